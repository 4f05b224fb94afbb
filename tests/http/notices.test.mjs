// "We follow you", and the talk by e-mail: told of what a colleague wrote, where they chose, once, and nothing else.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startHouse, startServer, until } from './support.mjs';
import { Guest } from './guest.mjs';
import { letterAccount, startMailbox } from './mailbox.mjs';

let house, giulia, box, people = 0;
before(async () => {
  house = await startHouse({ on: ['facebook', 'whatsapp', 'x', 'telegram'] });
  box = await startMailbox();
  letterAccount(house, box);
  await anew();
}, { timeout: 120000 });
after(async () => { await house?.stop(); await box?.stop(); });

async function anew() {
  await house.server.stop();
  const config = path.join(house.data, 'config');
  fs.writeFileSync(config, `public_url = http://${house.listen}\n`);
  house.server = await startServer({ data: house.data, listen: house.listen, more: ['--config', config] });
  giulia = await house.colleague('giulia');
}
const somebody = () => `avvisa${++people}@posta.example`;
const settled = ms => new Promise(done => setTimeout(done, ms));
const codeOf = letter => letter.headers.subject.match(/(\d{6})/)[1];
const due = () => house.write('UPDATE untold SET due_at = 1');
const waiting = () => house.sql('SELECT id FROM untold').length;
const told = address => box.to(address).filter(l => /ti ha scritto|wrote to you/.test(l.headers.subject));
const ways = async guest => (await guest.json('/me/notices')).ways;
const chooses = (guest, way, what) => guest.post('/me/notices', { way: way.key, ...what });
// Somebody with a request, who is told at an address that they confirmed. At night too: tests run at any hour.
async function followed(words, chosen = { wanted: 1, nights: 1 }) {
  const guest = new Guest(house.base), address = somebody(), id = await guest.request(words, { name: 'Marta Bellucci' });
  assert.equal((await guest.post('/sign-in/email', { address, follow: 1 })).status, 303);
  const n = box.to(address).length + 1, r = await guest.post('/sign-in/email/code', { code: codeOf(await box.letter(address, n)) });
  assert.equal(r.headers.location, '/me/notices?saved=1');
  const [way] = await ways(guest);
  assert.deepEqual([way.address, way.wanted], [address, true]);
  assert.equal((await chooses(guest, way, chosen)).status, 303);
  await giulia.hear(words);
  await giulia.listen(id);
  return { guest, address, id };
}
// A colleague answers, and a minute goes by.
async function answers(id, text) {
  await giulia.reply(id, text);
  await until('the answer is there', async () => (await giulia.messages(id, text)).some(m => ['accepted', 'delivered', 'read'].includes(m.receipt ?? m.state)) || house.sql(`SELECT id FROM message WHERE text = '${text}' AND receipt >= 2`).length);
}

test('who follows is told once who wrote and where to read it, without the words, and again only after they came back', async () => {
  await anew();
  const { guest, address, id } = await followed('Dov’è la fattura di marzo?');
  await answers(id, 'È partita stamattina');
  assert.equal(waiting(), 1);
  await settled(2000);
  assert.equal(told(address).length, 0, 'not within the minute');
  due();
  const letter = await until('they are told', () => told(address)[0]);
  assert.equal(letter.headers.subject, 'Giulia ti ha scritto');
  assert.ok(!letter.raw.includes('stamattina'), 'no words of the answer');
  assert.ok(letter.text.includes(`${house.base}/requests/${id}`));
  assert.match(letter.headers['list-unsubscribe'], new RegExp(`^<${house.base}/notices/stop/\\d+-[0-9a-f]{32}>$`));
  assert.equal(letter.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click');
  await answers(id, 'E anche quella di aprile');
  due();
  await settled(2500);
  assert.equal(told(address).length, 1, 'one until they come back');
  await guest.get(`/requests/${id}`);
  await answers(id, 'Quella di maggio arriva domani');
  due();
  await until('told again', () => told(address).length === 2);
  assert.equal(waiting(), 0);
  const said = await giulia.messages(id);
  assert.deepEqual(said.map(m => m.text), ['Dov’è la fattura di marzo?', 'È partita stamattina', 'E anche quella di aprile', 'Quella di maggio arriva domani'], 'notices are no messages');
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced], [0, true]);
});

test('who has seen the page, or did not choose to, is not told; whoever wants the words gets them', async () => {
  await anew();
  const here = await followed('Sono qui davanti'), words = await followed('Mandami pure le parole', { wanted: 1, words: 1, nights: 1 }), quiet = await followed('Non avvisarmi', {});
  await answers(here.id, 'Eccomi, leggi subito');
  await here.guest.get(`/requests/${here.id}`);
  await answers(words.id, 'Ecco: <b>quaranta</b> euro & basta');
  await answers(quiet.id, 'Va bene, nessun avviso');
  due();
  const letter = await until('told', () => told(words.address)[0]);
  assert.ok(letter.text.includes('<b>quaranta</b> euro & basta'));
  assert.ok(letter.html.includes('&lt;b&gt;quaranta&lt;/b&gt; euro &amp; basta'));
  await settled(1500);
  assert.deepEqual([told(here.address).length, told(quiet.address).length], [0, 0]);
});

test('one press ends it without signing in; the address of another ends nothing; opening it changes nothing', async () => {
  await anew();
  const { guest, address, id } = await followed('Poi basta avvisi');
  await answers(id, 'Prima risposta');
  due();
  const letter = await until('told', () => told(address)[0]);
  const where = letter.headers['list-unsubscribe'].slice(1, -1).slice(house.base.length), nobody = new Guest(house.base);
  assert.equal((await nobody.get(where)).status, 200);
  assert.ok((await ways(guest))[0].wanted, 'a scanner that opens it ends nothing');
  assert.equal((await nobody.post(where.replace(/.$/, c => (c === '0' ? '1' : '0')))).status, 404);
  assert.equal((await nobody.ask(where, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 200);
  assert.ok(!(await ways(guest))[0].wanted);
  await guest.get(`/requests/${id}`);
  await answers(id, 'Seconda risposta');
  due();
  await settled(1500);
  assert.equal(told(address).length, 1);
});

test('an address counts once it was shown to be theirs, and only theirs can be chosen', async () => {
  await anew();
  const { guest } = await followed('Un indirizzo mio'), thief = new Guest(house.base);
  await thief.request('Non è il mio indirizzo');
  const [way] = await ways(guest);
  assert.deepEqual(await ways(thief), []);
  assert.equal((await chooses(thief, way, { wanted: 1 })).status, 404);
  assert.equal((await guest.post('/me/notices', { way: way.key }, { origin: 'https://elsewhere.example' })).status, 403);
});

test('who asks and names an address is told there once it is confirmed', async () => {
  await anew();
  const guest = new Guest(house.base), address = somebody();
  assert.equal((await guest.form('/ask', { text: 'Quando riaprite?', once: 'a1', email: 'questo non è' })).status, 422);
  assert.equal((await guest.form('/ask', { text: 'Quando riaprite il negozio?', once: 'a2', email: address })).headers.location, '/sign-in/email');
  await giulia.hear('Quando riaprite il negozio');
  assert.deepEqual(await ways(guest), []);
  await guest.post('/sign-in/email/code', { code: codeOf(await box.letter(address)) });
  assert.deepEqual((await ways(guest)).map(w => [w.address, w.wanted]), [[address, true]]);
  assert.equal((await guest.requests()).open.length, 1);
});

test('the talk goes by e-mail to a confirmed address, and to nobody else', async () => {
  await anew();
  const { guest, address, id } = await followed('Vorrei tenere questa conversazione'), thief = new Guest(house.base);
  await answers(id, 'Certo, è tua: 5 < 7 & «così»');
  const story = await guest.story(id);
  assert.deepEqual(story.letter.addresses, [address]);
  assert.equal((await guest.post(`/requests/${id}/letter`, { to: 'altri@posta.example' })).status, 404);
  await thief.request('Sono un altro');
  assert.equal((await thief.post(`/requests/${id}/letter`, { to: address })).status, 404);
  assert.equal((await guest.post(`/requests/${id}/letter`, { to: address })).status, 303);
  const letter = await until('the talk', () => box.to(address).find(l => /ci siamo detti/.test(l.headers.subject)));
  for (const words of ['Vorrei tenere questa conversazione', 'Certo, è tua: 5 < 7 & «così»', 'Giulia Riva', `${house.base}/requests/${id}`]) assert.ok(letter.text.includes(words), words);
  assert.ok(letter.html.includes('5 &lt; 7 &amp;'));
  assert.ok(!box.letters.some(l => l.to.includes('altri@posta.example')));
});

test('who signed in through Telegram is told there, in no conversation, and what the network says of it is said of no message', async () => {
  await anew();
  const guest = new Guest(house.base), key = `tg${process.pid}`;
  await house.net.call('/sim/person', { key, name: 'Piero Telegrafo' });
  const write = text => house.net.act({ network: 'telegram', person: key, what: 'message', text });
  const asc = (await guest.post('/sign-in')).text.match(/ASC-[2-9A-Z]{6}/)[0];
  await write(asc);
  await until('the code is here', () => house.sql(`SELECT id FROM message WHERE text = '${asc}'`).length);
  assert.equal((await guest.post('/sign-in/done', { code: asc })).status, 303);
  const id = await guest.request('Avvisatemi su Telegram');
  const way = (await ways(guest)).find(w => w.label === 'Telegram');
  assert.equal((await chooses(guest, way, { wanted: 1, nights: 1 })).status, 303);
  await giulia.hear('Avvisatemi su Telegram');
  await giulia.listen(id);
  await answers(id, 'Ti rispondo dal sito');
  due();
  const [notice] = await until('it is there', async () => { const all = await house.net.accepted('Giulia di Prova ti ha scritto'); return all.length && all; });
  assert.ok(notice.text.includes(`${house.base}/requests/${id}`));
  assert.ok(!notice.text.includes('dal sito'));
  await write('Ho visto, grazie dell’avviso');
  await giulia.hear('grazie dell’avviso');
  assert.equal(house.sql(`SELECT id FROM message WHERE text LIKE '%ti ha scritto%'`).length, 0, 'no message, no echo');
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced], [0, true]);
});
