// Letters of the care site: signing in by e-mail, what it opens and what it must not; a letter goes once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { everything, startHouse, startServer, until } from './support.mjs';
import { Guest } from './guest.mjs';
import { letterAccount, startMailbox } from './mailbox.mjs';

let house, giulia, box, account, people = 0;
before(async () => {
  house = await startHouse();
  box = await startMailbox();
  account = letterAccount(house, box);
  await anew();
}, { timeout: 120000 });
after(async () => { await house?.stop(); await box?.stop(); });

// A server that knows its address, and has forgotten who asked for how much.
async function anew() {
  await house.server.stop();
  const config = path.join(house.data, 'config');
  fs.writeFileSync(config, `public_url = http://${house.listen}\n`);
  house.server = await startServer({ data: house.data, listen: house.listen, more: ['--config', config] });
  giulia = await house.colleague('giulia');
}
const somebody = () => `persona${++people}@posta.example`;
const asks = (guest, address, headers) => guest.post('/sign-in/email', { address }, headers);
const enters = (guest, code) => guest.post('/sign-in/email/code', { code });
const codeOf = letter => letter.headers.subject.match(/(\d{6})/)[1];
const isIn = async guest => !!(await guest.json('/sign-in')).signed_in;
const wrong = code => String((Number(code) + 1) % 1000000).padStart(6, '0');
const events = kind => house.sql(`SELECT data FROM event WHERE kind = '${kind}'`).map(r => JSON.parse(r.data));

test('a code that went to the address signs in; what was written from this browser before is theirs from then on', async () => {
  const guest = new Guest(house.base), phone = new Guest(house.base), address = somebody();
  const own = await guest.request('Scrivo dal sito, senza dire chi sono', { name: 'Marta Bellucci' });
  const before = guest.cookie(), r = await asks(guest, ` ${address.toUpperCase()} `);
  assert.deepEqual([r.status, r.headers.location], [303, '/sign-in/email']);
  assert.match((await guest.get('/sign-in/email')).text, new RegExp(address));
  const letter = await box.letter(address), code = codeOf(letter);
  assert.deepEqual([letter.from, letter.to], ['care@prova.example', [address]]);
  assert.equal(letter.headers['auto-submitted'], 'auto-generated');
  assert.match(letter.headers.from, /^Prova <care@prova\.example>$/);
  assert.match(letter.text, new RegExp(code));
  assert.match(letter.html, new RegExp(`<h1>${code}</h1>`));
  assert.match(letter.text, /Non dirlo a nessuno/);
  assert.deepEqual([(await enters(guest, wrong(code))).status, await isIn(guest)], [422, false]);
  const done = await enters(guest, `${code.slice(0, 3)} ${code.slice(3)}`);
  assert.deepEqual([done.status, done.headers.location], [303, '/requests']);
  assert.notEqual(guest.cookie(), before, 'a cookie known before opens nothing after');
  assert.equal((await enters(guest, code)).status, 422, 'once');
  await asks(phone, address);
  await enters(phone, codeOf(await box.letter(address, 2)));
  assert.deepEqual((await phone.requests()).open.map(x => x.id), [own]);
  assert.deepEqual(house.sql(`SELECT person_id FROM identity WHERE external_id = '${address}'`).length, 1);
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced], [0, true]);
});

test('who came in by an address goes with it when a colleague parts two persons again', async () => {
  await anew();
  const one = new Guest(house.base), other = new Guest(house.base), phone = new Guest(house.base), address = somebody();
  const own = await one.request('Mio, per posta', { name: 'Vito Posta' }), theirs = await other.request('Di un altro, privato', { name: 'Un Altro' });
  await asks(one, address);
  await enters(one, codeOf(await box.letter(address)));
  const personOf = id => house.sql(`SELECT CAST(person_id AS TEXT) AS id FROM conversation WHERE id = ${id}`)[0].id, from = personOf(own);
  await giulia.done(`/desk/person/${personOf(theirs)}/merge`, { other: from });
  await asks(phone, address);
  await enters(phone, codeOf(await box.letter(address, 2)));
  assert.deepEqual((await phone.requests()).open.map(x => x.id).sort(), [own, theirs].sort());
  await giulia.done(`/desk/merge/${house.sql(`SELECT CAST(id AS TEXT) AS id FROM person_merge WHERE from_id = ${from}`)[0].id}/undo`);
  for (const guest of [one, phone]) assert.deepEqual((await guest.requests()).open.map(x => x.id), [own]);
  assert.deepEqual((await other.requests()).open.map(x => x.id), [theirs]);
});

test('the link opens in the browser that asked, after a press; opening it changes nothing, and elsewhere it opens nothing', async () => {
  const guest = new Guest(house.base), other = new Guest(house.base), address = somebody();
  await asks(guest, address, { 'x-forwarded-host': 'evil.example' });
  const letter = await box.letter(address), url = letter.html.match(/href="([^"]+)"/)[1];
  assert.ok(url.startsWith(`${house.base}/sign-in/link/`), url);
  assert.ok(letter.text.includes(url));
  const where = url.slice(house.base.length), link = where.split('/').at(-1);
  for (let i = 0; i < 3; i++) assert.match((await guest.get(where)).text, new RegExp(`value="${link}"`));
  assert.ok(!await isIn(guest), 'opening is not signing in');
  assert.match((await other.get(where)).text, /nel browser da cui hai chiesto/);
  assert.equal((await other.post('/sign-in/link', { link })).status, 422);
  assert.ok(!await isIn(other));
  assert.equal((await guest.post('/sign-in/link', { link }, { origin: 'https://elsewhere.example' })).status, 403);
  assert.equal((await guest.post('/sign-in/link', { link })).status, 303);
  assert.ok(await isIn(guest));
  assert.match((await guest.get(where)).text, /nel browser da cui hai chiesto/, 'once');
});

test('where links lead is not chosen by who asks', async () => {
  const address = somebody();
  await asks(new Guest(house.base), address, { host: 'evil.example', 'x-forwarded-proto': 'https' });
  const letter = await box.letter(address);
  assert.ok(!letter.raw.includes('evil'));
});

test('five tries, a quarter of an hour, one browser; the answer does not tell who is known; nothing readable is kept', async () => {
  await anew();
  const known = somebody(), unknown = somebody(), guest = new Guest(house.base), thief = new Guest(house.base);
  await asks(guest, known);
  const code = codeOf(await box.letter(known));
  assert.equal((await enters(thief, code)).status, 422, 'another browser');
  for (let i = 0; i < 4; i++) assert.match((await enters(guest, wrong(code))).text, /Ricontrollalo/);
  assert.match((await enters(guest, wrong(code))).text, /non vale più/);
  assert.equal((await enters(guest, code)).status, 422, 'five tries');
  assert.ok(!await isIn(guest));
  await anew();
  await asks(guest, known);
  const second = codeOf(await box.letter(known, 2));
  for (const secret of [known, second]) assert.ok(!everything(house.data).includes(Buffer.from(secret)), `${secret} can be read`);
  assert.equal((await enters(guest, second)).status, 303);
  const ask = async address => { const g = new Guest(house.base); const r = await asks(g, address); return [r.status, (await g.get('/sign-in/email')).text.replaceAll(address, 'X').replace(/(value|data-guest)="[^"]*"/g, '')]; };
  assert.deepEqual(await ask(known), await ask(unknown));
  await box.letter(unknown);
  await asks(guest, unknown);
  const late = codeOf(await box.letter(unknown, 2));
  house.write('UPDATE letter_code SET expires_at = 1 WHERE expires_at > 0');
  assert.equal((await enters(guest, late)).status, 422, 'late');
});

test('an address is not flooded, what is no address gets nothing, and our own address neither', async () => {
  await anew();
  const address = somebody();
  for (let i = 0; i < 3; i++) assert.equal((await asks(new Guest(house.base), address)).status, 303);
  const enough = await asks(new Guest(house.base), address);
  assert.equal(enough.status, 429);
  assert.match(enough.text, /quarto d’ora/);
  assert.equal((await asks(new Guest(house.base), 'care@prova.example')).status, 429);
  await anew();
  for (const odd of ['', 'nobody', 'a@b', 'a@b.example\r\nBcc: x@y.example', 'a b@c.example', '<a@b.example>', 'a@b@c.example', '-oX@b.example', `${'a'.repeat(250)}@b.example`])
    assert.equal((await asks(new Guest(house.base), odd)).status, 422, odd);
  await box.letter(address, 3);
  assert.equal(box.to(address).length, 3);
  assert.ok(!box.letters.some(l => l.to.some(to => to !== l.headers.to)), 'nobody else got one');
});

test('a letter goes once: later when the server is busy, never again when nobody knows its end, and the log says so', async () => {
  await anew();
  const busy = somebody(), lost = somebody(), refused = somebody();
  box.faults.push('451 4.3.0 not now');
  await asks(new Guest(house.base), busy);
  await box.letter(busy, 1, 30000);
  box.faults.push('lost');
  let calls = box.calls;
  await asks(new Guest(house.base), lost);
  await until('it is unsure', () => events('letter.unsure').length);
  box.faults.push('550 5.1.1 no such person');
  await asks(new Guest(house.base), refused);
  await until('it failed', () => events('letter.failed').find(d => /no such person/.test(d.words)));
  await new Promise(done => setTimeout(done, 3000));
  assert.equal(box.calls - calls, 2);
  assert.deepEqual([box.to(lost).length, box.to(refused).length], [0, 0]);
  assert.equal(house.sql('SELECT id FROM letter').length, 0, 'nothing stays');
  assert.ok(house.sql(`SELECT data FROM event WHERE kind LIKE 'letter%'`).every(r => !r.data.includes('@')), 'no addresses in the log');
  await giulia.get('/desk');
  const anna = await house.colleague('anna');
  assert.match((await anna.get('/desk/audit?all=1')).text, /lettera del sito|letter of the care site/);
});

test('where no account sends letters, nothing is said of e-mail', async () => {
  assert.equal(house.cli('channel', 'set', account, '--set', 'letters=no').code, 0);
  const guest = new Guest(house.base);
  assert.doesNotMatch((await guest.get('/sign-in')).text, /sign-in\/email/);
  assert.equal((await asks(guest, somebody())).status, 404);
  assert.equal(house.cli('channel', 'set', account, '--set', 'letters=yes').code, 0);
  assert.match((await guest.get('/sign-in')).text, /sign-in\/email/);
});
