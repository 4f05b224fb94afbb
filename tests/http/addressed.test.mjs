// SPDX-License-Identifier: Apache-2.0
// LINE, Viber, Twilio and Threads take no file: they fetch it from an address of ours. The simulated networks fetch it as
// the real ones would, and get the bytes that the colleague chose; nobody guesses an address.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { request, startHouse, until } from './support.mjs';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const networks = { line: 'message', viber: 'message', sms: 'message', threads: 'post' };
const config = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ascolto-addressed-')), 'ascolto.conf');
let house, giulia;
before(async () => {
  fs.writeFileSync(config, '# nothing yet\n');
  house = await startHouse({ more: ['--config', config], on: Object.keys(networks) });
  giulia = await house.colleague('giulia');
});
after(async () => { await house.stop(); fs.rmSync(path.dirname(config), { recursive: true }); });

async function heard(network, words) {
  await house.net.act({ network, person: 'marta', what: networks[network], text: words });
  const id = await giulia.hear(words);
  await giulia.listen(id);
  return id;
}

test('without a public address no door offers files, and a form that sends one is told why', async () => {
  for (const network of Object.keys(networks)) {
    const id = await heard(network, `Mi mandi il modulo (${network})`), { composer } = await giulia.story(id);
    assert.equal(composer.doors[0].attachments, false, network);
    const boundary = 'prova', fields = { csrf: giulia.csrf, door: composer.doors[0].value, text: 'Ecco', seen: composer.seen, once: composer.once };
    const parts = Object.entries(fields).map(([k, v]) => Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`));
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`), png, Buffer.from(`\r\n--${boundary}--\r\n`));
    const r = await giulia.ask(`/desk/c/${id}/reply`, { method: 'POST', body: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, accept: 'application/json' } });
    assert.ok(r.status >= 400 && r.status < 500, `${network}: ${r.status}`);
  }
});

test('with one, the network fetches what the colleague chose', async () => {
  fs.writeFileSync(config, `public_url = http://${house.listen}\n`);
  await house.kill();
  await house.start();
  giulia = await house.colleague('giulia');
  for (const network of Object.keys(networks)) {
    const id = await heard(network, `E la fotografia? (${network})`), words = `Eccola, per ${network}`;
    const r = await giulia.replyWithFile(id, words, { name: 'modem.png', mime: 'image/png', bytes: png });
    assert.ok(r.status < 300, `${network}: ${r.status} ${r.text.slice(0, 200)}`);
    await until(`${network} has it`, async () => ['sent', 'published', 'delivered', 'read'].includes((await giulia.message(id, words)).state));
    // Viber takes a PNG as a file, and its words after it
    const item = await until(`${network} fetched the picture`, async () =>
      (await house.net.state()).items.find(i => i.network === network && i.by_brand && i.file_bytes === png.length));
    assert.equal(item.file_type, 'image/png', network);
  }
  assert.equal(house.ledger().code, 0);
});

test('nobody guesses an address', async () => {
  const [file] = house.sql("SELECT CAST(a.brand_id AS TEXT) AS brand, CAST(a.id AS TEXT) AS id FROM attachment a JOIN message m ON m.brand_id = a.brand_id AND m.id = a.message_id WHERE m.outbound = 1");
  for (const token of [`${file.brand}-${file.id}`, `${file.brand}-${file.id}-`, `${file.brand}-${file.id}-${'0'.repeat(32)}`, `-${file.id}-00`, 'x-y-z', `${file.brand}-${file.id}-${'0'.repeat(32)}-1`]) {
    const r = await request(`${house.base}/files/${token}`);
    assert.equal(r.status, 404, token);
  }
});
