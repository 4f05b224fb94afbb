// Short messages with a real gateway: a telephone writes, a colleague answers, the telephone has it and the gateway reports
// it; a wrong password pauses the channel; a server that is away hears what was written meanwhile, once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { cliTry, startHouse, until } from '../http/support.mjs';
import { missing, startKannel } from './kannel.mjs';

const inside = process.env.ASCOLTO_OWN_NETWORK === '1', skip = missing ? `skipped: ${missing}` : false;
if (skip) console.log(skip);

// The whole of it once more, in a network that has nothing but a loopback.
if (!inside) test('short messages through Kannel, in a network of its own', { skip, timeout: 300000 }, () => {
  const env = { ...process.env, ASCOLTO_OWN_NETWORK: '1' };
  delete env.NODE_TEST_CONTEXT;
  const run = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, '--test', '--test-reporter=spec', fileURLToPath(import.meta.url)], { env, encoding: 'utf8' });
  console.log(run.stdout);
  assert.equal(run.status, 0, run.stderr);
});

if (inside) {
  let house, kannel, giulia, channel;
  const set = (...settings) => cliTry('channel', 'set', channel, '--data', house.data, '--brand', house.brand, ...settings.flatMap(s => ['--set', s]));

  before(async () => {
    house = await startHouse();
    const added = cliTry('channel', 'add', '--data', house.data, '--brand', house.brand, '--network', 'kannel', '--name', 'SMS',
      '--set', 'username=care', '--set', 'password=segreta', '--set', 'hook_password=chiave', '--set', 'api_base=http://127.0.0.1:9');
    assert.equal(added.code, 0, added.err);
    channel = added.out.trim();
    const hook = `${house.base}/hooks/kannel/${channel}`;
    kannel = await startKannel({ getUrl: hook.replace('://', '://ascolto:chiave@'), password: 'segreta' });
    const changed = set(`api_base=http://127.0.0.1:${kannel.send}`, `report_url=${hook}`);
    assert.equal(changed.code, 0, changed.err);
    giulia = await house.colleague('giulia');
  });
  after(async () => { try { await house.stop(); } finally { await kannel?.stop(); } });

  const hear = async words => { await until(`“${words}”`, () => giulia.find(words), 30000); return (await giulia.find(words)).id; };

  test('a telephone writes, a colleague answers, the telephone has it and the gateway says so', async () => {
    await kannel.write('+393480000011', 'Dov’è il pacco? 1+1 & 2=2 {ok} 😡');
    const id = await hear('Dov’è il pacco? 1+1 & 2=2 {ok} 😡');
    assert.equal(house.sql("SELECT i.external_id AS who FROM identity i WHERE i.network = 'kannel'")[0].who, '+393480000011');
    await giulia.listen(id, 'il pacco');
    const sent = await giulia.reply(id, 'Arriva domani: 5 & 6, e basta');
    assert.equal(sent.status, 200, sent.text);
    await until('the telephone has it', () => kannel.got().includes('Arriva domani'), 30000);
    await until('the gateway reported it', async () => (await giulia.message(id, 'Arriva domani')).state === 'delivered', 30000);
    assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE 'Arriva domani%'")[0].n, 1);
  });

  test('signs outside the alphabet of telephones arrive in both directions', async () => {
    await kannel.write('+393480000012', 'perche no');
    const id = await hear('perche no');
    await giulia.listen(id, 'perché');
    assert.equal((await giulia.reply(id, '包裹 ’')).status, 200);
    // UTF-16: the letters' bytes
    await until('the telephone has it', () => /%53%05|S%05/i.test(kannel.got()) || kannel.got().includes('S\x05'), 30000);
  });

  test('a wrong password pauses the channel, the right one lets the answer go', async () => {
    await kannel.write('+393480000013', 'e la password?');
    const id = await hear('e la password?');
    await giulia.listen(id, 'la password');
    const where = `/desk/channels/${channel}`, anna = await house.colleague('anna'), page = await anna.json(where);
    const values = Object.fromEntries(page.fields.map(f => [`set.${f.name}`, f.value]));
    assert.equal(set('password=sbagliata').code, 0);
    const sent = await giulia.reply(id, 'Ora va.');
    assert.equal(sent.status, 200, sent.text);
    await until('the channel is paused', async () => (await giulia.message(id, 'Ora va.')).unsent?.failure === 'token', 30000);
    await anna.done(where, { name: page.name, ...values, 'set.password': 'segreta' });
    await until('the telephone has it', () => /Ora va\./.test(kannel.got()), 30000);
    assert.equal(kannel.got().match(/Ora va\./g).length, 1);
  });

  test('what was written while the server was away is heard, once', async () => {
    await house.kill();
    await kannel.write('+393480000014', 'mentre non ci siete');
    await house.start();
    giulia = await house.colleague('giulia');
    await hear('mentre non ci siete');
    assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text = 'mentre non ci siete'")[0].n, 1);
    assert.equal(house.ledger().balanced, true);
  });
}
