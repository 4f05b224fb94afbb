// When a reply window is closed: words that the network approved beforehand still go, chosen and filled in by a colleague.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); });
after(() => house.stop());

const day = 86400;
const listed = () => house.sql('SELECT name, language FROM approved ORDER BY name, language').map(r => `${r.name}/${r.language}`);
let n = 0;
// Somebody who wrote days ago and was not answered: {id, person}
async function lateTalk() {
  const key = `tardi${++n}`, words = `Mi avevate promesso una chiamata, caso ${key}`;
  await house.net.call('/sim/person', { key, name: `Tarda Persona${n}` });
  await house.net.call('/sim/clock', { advance_seconds: -3 * day });
  await house.net.act({ network: 'whatsapp', person: key, what: 'message', text: words });
  await house.net.call('/sim/clock', { advance_seconds: 3 * day });
  const id = await giulia.hear(words);
  await giulia.listen(id, 'la chiamata promessa');
  return { id, person: key };
}
const form = async (talk, name, fill, more) => {
  const { composer } = await giulia.story(talk.id), words = composer.approved.find(a => a.name === name) || composer.approved[0];
  const body = new URLSearchParams([['csrf', giulia.csrf], ['door', words?.door || `${house.channels.whatsapp}:whatsapp`], ['approved', name], ['language', words?.language || 'it'],
    ['seen', composer.seen], ['once', composer.once], ...fill.map(f => ['fill', f]), ...Object.entries(more || {})]).toString();
  return giulia.ask(`/desk/c/${talk.id}/reply`, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' } });
};

test('the network’s list is read by itself; what cannot be filled in by a colleague is left out', async () => {
  await until('the list', () => listed().length > 0);
  assert.deepEqual(listed(), ['picking_up_again/en', 'pratica_pronta/it', 'riprendiamo_da_qui/it']);
});

test('a closed window shows them as blanks to fill in, and they arrive', async () => {
  const talk = await lateTalk(), { composer } = await giulia.story(talk.id);
  assert.deepEqual(composer.doors, []);
  assert.equal(composer.shut[0].why, 'window');
  assert.equal(composer.has_approved, true);
  const words = composer.approved.find(a => a.name === 'riprendiamo_da_qui');
  assert.equal(words.parts.filter(p => p.field).length, 3);
  assert.match((await giulia.get(`/desk/c/${talk.id}`)).text, /menu-approved/);

  const r = await form(talk, 'riprendiamo_da_qui', ['Tarda', 'Giulia', 'la chiamata\npromessa']);
  assert.equal(r.status, 200, r.text);
  const said = 'Buongiorno Tarda, sono Giulia di Nuvola Mobile. Ci aveva scritto per la chiamata promessa: possiamo riprendere da dove eravamo? Basta rispondere qui.';
  const [accepted] = await until('the network has it', async () => { const all = await house.net.accepted('sono Giulia'); return all.length && all; });
  assert.equal(accepted.text, said, 'as the network itself puts it together');
  await until('it is told', async () => ['sent', 'delivered', 'read'].includes((await giulia.message(talk.id, 'sono Giulia')).state));
  const story = await giulia.story(talk.id);
  assert.equal(story.items.find(i => i.kind === 'message' && i.ours).text, said, 'and as the desk remembers it');
  assert.equal(story.conversation.place, 'answered');
  assert.equal(house.ledger().code, 0);

  await house.net.act({ network: 'whatsapp', person: talk.person, what: 'message', text: 'Sì, volentieri' });
  await until('the door is open again', async () => (await giulia.story(talk.id)).composer.doors.length === 1);
  const late = await form(talk, 'riprendiamo_da_qui', ['Tarda', 'Giulia', 'tutto']);
  assert.equal(late.status, 409, 'who can write freely does');
});

test('head, foot and named fields', async () => {
  const talk = await lateTalk();
  assert.equal((await form(talk, 'pratica_pronta', ['77/B', 'Ada', 'numero nuovo'])).status, 200);
  const [one] = await until('the network has it', async () => { const all = await house.net.accepted('77/B'); return all.length && all; });
  assert.equal(one.text, 'Pratica 77/B\n\nBuongiorno Ada, la sua pratica è pronta: numero nuovo. Se qualcosa non torna, risponda a questo messaggio.\n\nNuvola Mobile, servizio clienti');
  const other = await lateTalk();
  assert.equal((await form(other, 'picking_up_again', ['Ada', 'Giulia', 'a new number'])).status, 200);
  await until('the network has it', async () => (await house.net.accepted('Hello Ada, this is Giulia')).length);
});

test('what is not filled in, and what is not on the list, is refused and nothing leaves', async () => {
  const talk = await lateTalk();
  for (const [name, fill, status] of [['riprendiamo_da_qui', ['Tarda', 'Giulia'], 422], ['riprendiamo_da_qui', ['Tarda', ' ', 'x'], 422], ['riprendiamo_da_qui', ['Tarda', 'x'.repeat(1025), 'x'], 422], ['mai_visto', [], 409]]) {
    const r = await form(talk, name, fill);
    assert.equal(r.status, status, r.text);
  }
  assert.equal((await giulia.messages(talk.id)).length, 1);
  assert.equal((await giulia.post(`/desk/c/${talk.id}/reply`, { door: `${house.channels.whatsapp}:whatsapp`, text: 'Scrivo lo stesso' }, { accept: 'application/json' })).status, 409, 'words of one’s own do not go through a closed window');
});

test('the network changed its mind after the list was read: told as content, words and all', async () => {
  const talk = await lateTalk();
  await house.net.fault('whatsapp', 'content', 1);
  assert.equal((await form(talk, 'riprendiamo_da_qui', ['Tarda', 'Giulia', 'la fattura'])).status, 200);
  const m = await until('it is told', async () => { const one = await giulia.message(talk.id, 'la fattura'); return one.unsent && one; });
  assert.equal(m.unsent.failure, 'content');
  await giulia.done(`/desk/m/${m.id}/retry`, {});
  await until('the network has it', async () => (await house.net.accepted('la fattura')).length === 1);
});

test('the list is read anew when an administrator asks the channel how it is; without the business id it stays as it was', async () => {
  const anna = await house.colleague('anna'), probe = () => anna.done(`/desk/channels/${house.channels.whatsapp}/probe`, {});
  house.write("DELETE FROM approved WHERE language = 'en'; INSERT INTO approved SELECT brand_id, channel_id, 'withdrawn', language, head, body, foot FROM approved LIMIT 1");
  await probe();
  await until('the list', () => listed().length === 3 && listed().includes('picking_up_again/en'));
  assert.equal(house.cli('channel', 'set', house.channels.whatsapp, '--set', 'business_account_id=').code, 0);
  const before = house.sql('SELECT probed_at FROM channel WHERE network = \'whatsapp\'')[0].probed_at;
  await probe();
  await until('it was asked', () => house.sql('SELECT probed_at FROM channel WHERE network = \'whatsapp\'')[0].probed_at > before);
  assert.equal(listed().length, 3);
});
