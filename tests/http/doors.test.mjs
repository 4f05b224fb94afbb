// Signing in on the care site without a password, through a network: what it opens, and what it must not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia, people = 0;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());

const codeOf = r => { assert.equal(r.status, 200, r.text.slice(0, 300)); return r.text.match(/ASC-[2-9A-Z]{6}/)[0]; };
const code = async guest => codeOf(await guest.post('/sign-in'));
const done = (guest, text) => guest.post('/sign-in/done', { code: text });
const isIn = async guest => !!(await guest.json('/sign-in')).signed_in;
async function somebody(name) {
  const key = `porta${++people}`;
  await house.net.call('/sim/person', { key, name });
  return { key, name, write: text => house.net.act({ network: 'whatsapp', person: key, what: 'message', text }) };
}
// Writes a code and waits until it is here.
async function writes(who, text) {
  await who.write(text);
  await until('the code is here', () => house.sql(`SELECT id FROM message WHERE text = '${text}'`).length);
}
// No more sign-ins from one address a minute than people make: a restart begins anew.
const anew = async () => { await house.server.stop(); await house.start(); giulia = await house.colleague('giulia'); };

test('who writes the code from their account finds what they wrote there, goes on writing, and nobody owes the code an answer', async () => {
  const marta = await somebody('Marta Bellucci'), guest = new Guest(house.base);
  await marta.write('Il telefono non prende da ieri');
  const c = await giulia.hear('non prende da ieri');
  const own = await guest.request('Scrivo anche dal sito');
  const before = guest.cookie(), asc = await code(guest);
  assert.match((await done(guest, asc)).text, /non è ancora arrivato/);
  await writes(marta, asc.toLowerCase());
  const r = await done(guest, asc);
  assert.deepEqual([r.status, r.headers.location], [303, '/requests']);
  assert.notEqual(guest.cookie(), before, 'a cookie known before opens nothing after');
  const old = new Guest(house.base);
  for (const pair of before.split('; ')) old.jar.set(...pair.split('='));
  assert.equal((await old.get(`/requests/${c}`)).status, 404);
  assert.deepEqual(new Set((await guest.requests()).open.map(x => x.id)), new Set([c, own]));
  await guest.say(c, 'Continuo qui, dal sito');
  const said = await giulia.messages(c);
  assert.deepEqual(said.map(m => m.text), ['Il telefono non prende da ieri', asc.toLowerCase(), 'Continuo qui, dal sito']);
  const [row] = house.sql(`SELECT place FROM message WHERE text = '${asc.toLowerCase()}'`);
  assert.equal(row.place, 3, 'closed');
  const { person } = await giulia.story(c);
  assert.match((await giulia.get(`/desk/person/${person.id}`)).text, /entrando nel sito|by signing in/);
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced], [0, true]);
});

test('a second browser of the same person, one person; signing out leaves the stories where they are', async () => {
  const sara = await somebody('Sara Conti'), phone = new Guest(house.base), desktop = new Guest(house.base);
  await sara.write('Vorrei la fattura');
  const c = await giulia.hear('Vorrei la fattura');
  for (const guest of [phone, desktop]) {
    const asc = await code(guest);
    await writes(sara, asc);
    assert.equal((await done(guest, asc)).status, 303);
    assert.deepEqual((await guest.requests()).open.map(x => x.id), [c]);
  }
  const before = phone.cookie();
  await phone.post('/sign-out');
  assert.equal(phone.jar.size, 0);
  const old = new Guest(house.base);
  for (const pair of before.split('; ')) old.jar.set(...pair.split('='));
  assert.deepEqual((await old.requests()).open, []);
  assert.deepEqual((await desktop.requests()).open.map(x => x.id), [c]);
});

test('a browser that came in by an account goes with it when a colleague parts two persons again', async () => {
  const tea = await somebody('Tea Parte'), ugo = await somebody('Ugo Resta'), guest = new Guest(house.base);
  await tea.write('Il mio, di Tea');
  await ugo.write('Il suo, di Ugo');
  const own = await giulia.hear('Il mio, di Tea'), theirs = await giulia.hear('Il suo, di Ugo');
  const from = (await giulia.story(own)).person.id, into = (await giulia.story(theirs)).person.id;
  await giulia.done(`/desk/person/${into}/merge`, { other: from });
  const asc = await code(guest);
  await writes(tea, asc);
  assert.equal((await done(guest, asc)).status, 303);
  assert.deepEqual(new Set((await guest.requests()).open.map(x => x.id)), new Set([own, theirs]));
  await giulia.done(`/desk/merge/${house.sql(`SELECT CAST(id AS TEXT) AS id FROM person_merge WHERE from_id = ${from}`)[0].id}/undo`);
  const left = (await guest.requests()).open.map(x => x.id);
  assert.ok(left.includes(own) && !left.includes(theirs), String(left));
});

test('a code opens nothing twice, nothing late, nothing in another browser, nothing in public, and none by guessing', async () => {
  await anew();
  const luca = await somebody('Luca Neri'), eva = await somebody('Eva Ladra');
  const guest = new Guest(house.base), thief = new Guest(house.base);
  await luca.write('Una cosa privata di Luca');
  const c = await giulia.hear('privata di Luca');
  const asc = await code(guest), hers = await code(thief);
  await writes(luca, asc);
  assert.equal((await done(thief, asc)).status, 200, 'a code that another browser was shown');
  assert.equal((await done(thief, hers)).status, 200, 'her own, which nobody wrote');
  assert.equal((await thief.get(`/requests/${c}`)).status, 404);
  assert.equal((await done(guest, asc)).status, 303);
  await eva.write(asc);
  await giulia.hear(asc);
  assert.ok(!house.sql(`SELECT 1 AS one FROM identity i JOIN identity k ON k.brand_id = i.brand_id AND k.person_id = i.person_id WHERE i.name = 'Luca Neri' AND k.name = 'Eva Ladra'`).length, 'a used code joins nobody');
  const late = await code(thief);
  house.write('UPDATE proof SET expires_at = 1 WHERE used_at = 0');
  await luca.write(late);
  await until('it waits like any message', () => house.sql(`SELECT place FROM message WHERE text = '${late}'`)[0]?.place === 1);
  assert.match((await done(thief, late)).text, /scaduto/);
  const open = await code(thief);
  await house.net.act({ network: 'facebook', person: luca.key, what: 'post', text: open });
  await until('in public', () => house.sql(`SELECT id FROM message WHERE text = '${open}'`).length);
  await luca.write(`Il mio codice è ${open}`);
  await giulia.hear(`codice è ${open}`);
  assert.ok(!await isIn(thief));
  assert.equal((await thief.get(`/requests/${c}`)).status, 404);
  assert.equal(house.sql(`SELECT 1 AS one FROM proof WHERE hash = '${open}'`).length, 0, 'hashes only');
});

test('codes are not handed out without end, and a foreign page cannot sign anybody in or out', async () => {
  await anew();
  const guest = new Guest(house.base);
  let status = 200, n = 0;
  while (status === 200 && n++ < 40) ({ status } = await guest.post('/sign-in'));
  assert.equal(status, 429);
  for (const where of ['/sign-in', '/sign-in/done', '/sign-out'])
    assert.equal((await guest.post(where, {}, { origin: 'https://elsewhere.example' })).status, 403, where);
});
