// The same person on two networks: suggested with the reason in words, joined, parted, or denied for good; on the page of
// the person, beside the conversation and in the API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse } from './support.mjs';
import { fresh, messenger, post, whatsapp, x } from './payloads.mjs';

let house, giulia, rita;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  rita = await house.colleague('rita');
});
after(() => house.stop());

const told = async (network, payload) => { const r = await post(house, network, payload); assert.equal(r.status, 200, r.text); };
const heard = async words => { const id = await giulia.hear(words); return { id, who: (await giulia.json(`/desk/c/${id}`)).who }; };
let ada, other;

test('who writes her number is suggested with her own words', async () => {
  await told('whatsapp', whatsapp.hook({ contacts: [whatsapp.contact('393330000077', 'Ada Riva')], messages: [whatsapp.text('393330000077', 'Ciao da WhatsApp')] }));
  await told('x', x.mention('1600000000000000201', 'Ada R.', '@prova il mio numero è +39 333 000 0077', { id: fresh() }));
  ada = await heard('Ciao da WhatsApp');
  other = await heard('il mio numero');
  const [alike] = ada.who.alike;
  assert.deepEqual([alike.id, alike.name, alike.why], [other.who.person.id, 'Ada R.', 'said_phone']);
  assert.deepEqual(alike.reasons, [{ why: 'said_phone', value: '+393330000077', network: 'WhatsApp', other_network: 'X', said_by: 'Ada R.' }]);
  assert.deepEqual(ada.who.merge, alike);
  const story = (await giulia.get(`/desk/c/${ada.id}`)).text;
  assert.match(story, /Perhaps the same as Ada R\./);
  assert.match(story, /Ada wrote the number \+393330000077/, 'beside the conversation');
  const page = (await giulia.get(`/desk/person/${ada.who.person.id}`)).text;
  assert.match(page, /Ada wrote the number \+393330000077/);
  assert.match(page, /Somebody else/);
  assert.doesNotMatch((await rita.get(`/desk/person/${ada.who.person.id}`)).text, /Somebody else/, 'who only reads decides nothing');
  assert.equal((await rita.post(`/desk/person/${ada.who.person.id}/strangers`, { other: alike.id })).status, 403);
});

test('joined and parted, nothing is lost', async () => {
  const into = ada.who.person.id;
  await giulia.done(`/desk/person/${into}/merge`, { other: other.who.person.id });
  let page = await giulia.json(`/desk/person/${into}`);
  assert.deepEqual([page.who.alike, page.who.identities.length], [[], 2]);
  await giulia.done(`/desk/merge/${page.merges[0].id}/undo`, {});
  page = await giulia.json(`/desk/person/${into}`);
  assert.deepEqual([page.who.alike.length, page.who.identities.length], [1, 1]);
});

test('denied, it does not come back', async () => {
  const [one, two] = [ada.who.person.id, other.who.person.id];
  await giulia.done(`/desk/person/${one}/strangers`, { other: two });
  for (const id of [one, two]) assert.deepEqual((await giulia.json(`/desk/person/${id}`)).who.alike, []);
  await told('x', x.mention('1600000000000000201', 'Ada R.', '@prova di nuovo: 0039 333 0000077', { id: fresh() }));
  assert.deepEqual((await giulia.json(`/desk/person/${one}`)).who.alike, []);
  assert.doesNotMatch((await giulia.get(`/desk/c/${ada.id}`)).text, /Perhaps the same/);
  assert.equal(house.sql("SELECT count(*) AS n FROM event WHERE kind = 'person.strangers'")[0].n, 1);
  assert.equal((await giulia.post(`/desk/person/${one}/strangers`, { other: one }, { accept: 'application/json' })).status, 422);
});

test('who says which name is theirs elsewhere', async () => {
  await told('x', x.mention('1600000000000000202', 'Bea', '@prova buongiorno, sono Bea', { id: fresh() }));
  await told('facebook', messenger.text('7700000000000201', 'Non mi rispondete: sono @u00000202 su X'));
  const bea = await heard('Non mi rispondete');
  assert.deepEqual(bea.who.alike.map(a => [a.name, a.why, a.reasons[0].value]), [['Bea', 'said_handle', '@u00000202']]);
});
