// "We follow you" on telephones: by SMS to a number that was shown to be theirs, on WhatsApp only while it lets us write.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { everything, sleep, startHouse, startServer, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia, people = 0;
before(async () => {
  house = await startHouse({ on: ['sms', 'kannel', 'whatsapp', 'facebook'] });
  await anew();
}, { timeout: 120000 });
after(() => house?.stop());

async function anew() {
  await house.server.stop();
  const config = path.join(house.data, 'config');
  fs.writeFileSync(config, `public_url = http://${house.listen}\n`);
  house.server = await startServer({ data: house.data, listen: house.listen, more: ['--config', config] });
  giulia = await house.colleague('giulia');
}
const set = (network, ...what) => assert.equal(house.cli('channel', 'set', house.channels[network], ...what.flatMap(w => ['--set', w])).code, 0);
const due = () => house.write('UPDATE untold SET due_at = 1');
const page = guest => guest.json('/me/notices');
const chooses = (guest, way, what) => guest.post('/me/notices', { way: way.key, ...what });
const count = (table, where) => Number(house.sql(`SELECT count(*) AS n FROM ${table} WHERE ${where}`)[0].n);
const balanced = () => { const l = house.ledger(); assert.deepEqual([l.code, l.balanced], [0, true]); };
// Somebody of the simulated networks with a number: {key, number}
async function phone(network, digits) {
  const key = `tel${++people}`, number = `+39347${digits ?? String(5550000 + people)}`;
  await house.net.call('/sim/person', { key, name: `Ada Telefono${people}`, [network]: number });
  const got = async words => (await house.net.accepted(words ?? '')).filter(i => i.network === network && i.person === key);
  return { key, number, got, told: async () => (await got('ti ha scritto')), codes: async () => (await got('è il tuo codice')) };
}
const codeOf = sms => sms.text.match(/^(\d{6}) /)[1];
const asks = (guest, number) => guest.post('/me/notices/phone', { number });
const enters = (guest, code) => guest.post('/me/notices/phone/code', { code });
async function answers(id, text) {
  await giulia.reply(id, text);
  await until('the answer is there', () => house.sql(`SELECT id FROM message WHERE text = '${text}' AND receipt >= 2`).length);
}
// A guest with a request who is told by SMS at a number that they confirmed, at night too: tests run at any hour.
async function followed(network, words, chosen = { wanted: 1, nights: 1 }) {
  const guest = new Guest(house.base), who = await phone(network), id = await guest.request(words, { name: 'Ada Fermi' });
  assert.equal((await asks(guest, who.number)).status, 303);
  const [sms] = await until('the code', async () => { const all = await who.codes(); return all.length && all; });
  assert.equal((await enters(guest, codeOf(sms))).headers.location, '/me/notices?saved=1');
  const [way] = (await page(guest)).ways;
  assert.deepEqual([way.address, way.wanted], [who.number, true]);
  assert.equal((await chooses(guest, way, chosen)).status, 303);
  await giulia.hear(words);
  await giulia.listen(id);
  return { guest, who, id };
}

test('where nobody turned it on, nothing is said of SMS and no number is written to', async () => {
  const guest = new Guest(house.base), who = await phone('sms');
  await guest.request('Un SMS?');
  assert.equal((await page(guest)).phone, false);
  assert.doesNotMatch((await guest.get('/me/notices')).text, /notices\/phone/);
  assert.equal((await asks(guest, who.number)).status, 404);
  set('sms', 'letters=yes');
  assert.equal((await page(guest)).phone, true);
  assert.equal((await page(new Guest(house.base))).phone, false, 'only for who wrote');
  assert.equal((await asks(new Guest(house.base), who.number)).status, 404);
  await sleep(1000);
  assert.equal((await who.got()).length, 0);
});

test('a number counts once a code came back: who wrote from it, or says so, is not believed', async () => {
  await anew();
  const guest = new Guest(house.base), thief = new Guest(house.base), who = await phone('sms');
  await house.net.act({ network: 'sms', person: who.key, what: 'message', text: 'Scrivo dal mio telefono' });
  const written = await giulia.hear('Scrivo dal mio telefono');
  const own = await guest.request('Scrivo dal sito', { name: 'Ada' });
  for (const odd of ['', '347 1234567', '+39', '+39 347 12a4567', `+${'3'.repeat(16)}`, '+0347123456', 'ada@posta.example'])
    assert.equal((await asks(guest, odd)).status, 422, odd);
  assert.equal((await asks(guest, ` 0039 ${who.number.slice(3, 6)} ${who.number.slice(6)} `)).status, 303);
  const [sms] = await until('the code', async () => { const all = await who.codes(); return all.length && all; });
  const code = codeOf(sms), wrong = String((Number(code) + 1) % 1000000).padStart(6, '0');
  assert.equal(sms.text, `${code} è il tuo codice per Prova. Vale 15 minuti. Non dirlo a nessuno, nemmeno a noi. Se non l'hai chiesto tu, ignoralo.`);
  assert.ok(sms.text.length <= 160 && !/http/.test(sms.text));
  const open = await guest.get('/me/notices/phone');
  assert.ok(open.text.includes(who.number) && open.text.includes('/me/notices/phone/code') && !/e-mail/.test(open.text.match(/<main[\s\S]*<\/main>/)[0]));
  await thief.request('Sono un altro');
  assert.equal((await enters(thief, code)).status, 422, 'another browser');
  assert.equal((await enters(guest, wrong)).status, 422);
  assert.deepEqual((await page(guest)).ways, []);
  const before = guest.cookie();
  assert.equal((await enters(guest, code)).status, 303);
  assert.notEqual(guest.cookie(), before, 'a cookie known before opens nothing after');
  assert.deepEqual((await page(guest)).ways.map(w => [w.address, w.wanted, w.brief]), [[who.number, true, false]]);
  assert.deepEqual((await guest.requests()).open.map(r => r.id).sort(), [own, written].sort(), 'they are one person with who wrote from it');
  assert.equal(house.sql(`SELECT phone FROM identity WHERE external_id = '${who.number}'`)[0].phone, who.number.slice(1));
  assert.ok(!everything(house.data).includes(Buffer.from(code)), 'no code can be read');
  assert.equal(count('message', `text LIKE '%${code}%'`), 0);
  balanced();
});

test('a number is not flooded, nor is our own written to', async () => {
  await anew();
  const guest = new Guest(house.base), who = await phone('sms');
  await guest.request('Troppi codici');
  for (let i = 0; i < 3; i++) assert.equal((await asks(guest, who.number)).status, 303);
  assert.equal((await asks(guest, who.number)).status, 429);
  assert.equal((await asks(guest, '+390110000718')).status, 429);
  await until('three came', async () => (await who.codes()).length === 3);
  await sleep(500);
  assert.equal((await who.codes()).length, 3);
});

for (const network of ['sms', 'kannel'])
  test(`by SMS (${network}): once, who and where in plain signs, ended by one press, and no message of the desk's`, async () => {
    await anew();
    for (const other of ['sms', 'kannel']) set(other, `letters=${other === network ? 'yes' : 'no'}`);
    const hook = `${house.base}/hooks/${network}/${house.channels[network]}`;
    set(network, `${network === 'sms' ? 'status_url' : 'report_url'}=${hook}`);
    const { guest, who, id } = await followed(network, `Avvisatemi per SMS, ${network}`), words = await followed(network, `Anche le parole, ${network}`, { wanted: 1, words: 1, nights: 1 });
    const here = await followed(network, `Sono qui davanti, ${network}`);
    await answers(id, `Ti rispondo dal sito, ${network}`);
    await answers(words.id, `È l’ora… «adesso» – ${network}`);
    await answers(here.id, `Eccomi subito, ${network}`);
    await here.guest.get(`/requests/${here.id}`);
    await sleep(1500);
    assert.equal((await who.told()).length, 0, 'not within the minute');
    due();
    const [notice] = await until('told', async () => { const all = await who.told(); return all.length && all; });
    const stop = notice.text.match(/\/notices\/stop\/\d+-[0-9a-f]{32}$/)[0];
    assert.equal(notice.text, `Giulia di Prova ti ha scritto.\n${house.base}/requests/${id}\nBasta avvisi:\n${house.base}${stop}`);
    assert.ok(notice.text.length <= 306, 'two parts');
    const [long] = await until('with words', async () => { const all = await words.who.told(); return all.length && all; });
    assert.ok(long.text.includes(`E' l'ora... "adesso" - ${network}`), long.text);
    await answers(id, `E ancora, ${network}`);
    due();
    await sleep(1500);
    assert.deepEqual([(await who.told()).length, (await here.who.told()).length], [1, 0], 'one until they come back; none for who has seen it');
    const nobody = new Guest(house.base);
    assert.equal((await nobody.ask(stop, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 200);
    assert.ok(!(await page(guest)).ways[0].wanted);
    await guest.get(`/requests/${id}`);
    await answers(id, `Seconda, ${network}`);
    due();
    await sleep(1500);
    assert.equal((await who.told()).length, 1);
    set(network, `${network === 'sms' ? 'status_url' : 'report_url'}=${hook}?again=1`); // Twilio's list is asked anew
    await sleep(1500);
    assert.equal(count('message', `text LIKE '%ti ha scritto%' OR text LIKE '%il tuo codice%'`), 0, 'no message, no echo');
    balanced();
  });

test('a notice whose end nobody knows goes once, and its place in Twilio’s list is no message', async () => {
  await anew();
  set('kannel', 'letters=no');
  set('sms', 'letters=yes');
  const { who, id } = await followed('sms', 'Avviso che si perde');
  await answers(id, 'Una risposta che si perde');
  await house.net.fault('sms', 'timeout', 1);
  due();
  await until('the network has it', async () => (await who.told()).length);
  set('sms', `status_url=${house.base}/hooks/sms/${house.channels.sms}?lost=1`);
  await until('nobody knows', () => count('event', `kind = 'letter.unsure'`), 30000);
  set('sms', `status_url=${house.base}/hooks/sms/${house.channels.sms}?lost=2`);
  await sleep(3000);
  assert.equal((await who.told()).length, 1);
  assert.equal(count('message', `text LIKE '%ti ha scritto%'`), 0);
  balanced();
});

test('on WhatsApp only within a day after they wrote there', async () => {
  await anew();
  const guest = new Guest(house.base), key = `wa${process.pid}`, told = async () => (await house.net.accepted('ti ha scritto')).filter(i => i.network === 'whatsapp' && i.person === key);
  await house.net.call('/sim/person', { key, name: 'Piera Verdi' });
  const write = text => house.net.act({ network: 'whatsapp', person: key, what: 'message', text });
  const asc = (await guest.post('/sign-in')).text.match(/ASC-[2-9A-Z]{6}/)[0];
  await write(asc);
  await until('the code is here', () => count('message', `text = '${asc}'`));
  assert.equal((await guest.post('/sign-in/done', { code: asc })).status, 303);
  const id = await guest.request('Avvisatemi su WhatsApp'), shown = await page(guest);
  assert.deepEqual(shown.ways.map(w => [w.label, w.address, w.brief]), [['WhatsApp', '', true]], 'once, though the network knows them by two ids');
  assert.deepEqual([shown.can.map(c => c.label), shown.cannot.map(c => c.label)], [['WhatsApp'], ['Facebook']]);
  assert.match((await guest.get('/me/notices')).text, /Su WhatsApp solo entro un giorno da quando ci hai scritto lì/);
  assert.equal((await chooses(guest, shown.ways[0], { wanted: 1, nights: 1 })).status, 303);
  await giulia.hear('Avvisatemi su WhatsApp');
  await giulia.listen(id);
  await answers(id, 'Dentro la finestra');
  due();
  const [notice] = await until('told', async () => { const all = await told(); return all.length && all; });
  assert.ok(notice.text.includes(`${house.base}/requests/${id}`) && !notice.text.includes('finestra'));

  const ago = hours => house.write(`UPDATE message SET at = at - ${hours * 3600e6} WHERE outbound = 0 AND channel_id = ${house.channels.whatsapp}`);
  await guest.get(`/requests/${id}`);
  ago(24);
  await answers(id, 'Fuori dalla finestra');
  due();
  await until('looked at', () => count('untold', 'id > 0') === 0);
  await sleep(1500);
  assert.equal((await told()).length, 1);
  assert.equal(count('letter', 'id > 0'), 0, 'nothing waits to go later');
  assert.deepEqual((await page(guest)).ways.map(w => w.wanted), [true], 'the choice stays');

  await write('Ci sono di nuovo');
  await giulia.hear('Ci sono di nuovo');
  await guest.say(id, 'E aspetto sul sito'); // answered where they wrote last
  await until('it is here', () => count('message', `text = 'E aspetto sul sito'`));
  await answers(id, 'La finestra è aperta');
  due();
  await until('told again', async () => (await told()).length === 2);
  await guest.get(`/requests/${id}`);

  // one that cannot leave now does not leave once the window is closed
  ago(23.9);
  await house.net.fault('whatsapp', 'rate', -1);
  await answers(id, 'Arriva tardi');
  due();
  await until('it waits', () => count('letter', 'id > 0') === 1);
  const left = (Number(house.sql('SELECT until_at FROM letter')[0].until_at) - Date.now() * 1000) / 1e6;
  assert.ok(left > 0 && left < 240, `${left} s`);
  house.write('UPDATE letter SET until_at = 1, next_at = 1');
  await house.net.clear();
  await until('it is given up', () => count('letter', 'id > 0') === 0);
  await sleep(1000);
  assert.equal((await told()).length, 2);
  assert.equal(count('message', `text LIKE '%ti ha scritto%'`), 0, 'no message');
  balanced();
});
