// What stands beside what is open: a customer's other requests (theirs alone), the other topics of a category, and for a
// colleague with a telephone who comes before and after in the list.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Guest } from './guest.mjs';
import { Member } from './member.mjs';
import { startHouse } from './support.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());

test('beside a request stand all of one’s own and nobody else’s', async () => {
  const guest = new Guest(house.base), other = new Guest(house.base);
  const first = await guest.request('La SIM non entra'), second = await guest.request('Vorrei la fattura elettronica');
  const theirs = await other.request('Non è affare di nessuno');
  const { beside, beside_more } = await guest.story(first);
  assert.deepEqual(beside.map(r => [r.id, r.current, r.ended]), [[second, false, false], [first, true, false]]);
  assert.equal(beside_more, false);
  const page = await guest.get(`/requests/${second}`);
  assert.match(page.text, /aria-current="page">.*Vorrei la fattura elettronica/);
  assert.doesNotMatch(page.text, /affare di nessuno/);
  assert.deepEqual((await other.story(theirs)).beside.map(r => r.id), [theirs]);
  assert.equal((await other.get(`/requests/${first}`)).status, 404);
  await giulia.done(`/desk/c/${second}/close`, { reason: 'thanks' });
  assert.deepEqual((await guest.story(first)).beside.map(r => [r.id, r.ended]), [[second, true], [first, false]]);
});

test('of very many the newest stand there, and the open one however old it is', async () => {
  const guest = new Guest(house.base), ids = [];
  for (let i = 1; i <= 22; i++) ids.push(await guest.request(`Domanda numero ${i}`));
  const old = await guest.story(ids[0]);
  assert.equal(old.beside_more, true);
  assert.deepEqual(old.beside.map(r => r.id), [ids[0], ...ids.slice(2).reverse()]);
  assert.deepEqual(old.beside.filter(r => r.current).map(r => r.id), [ids[0]]);
  assert.match((await guest.get(`/requests/${ids[0]}`)).text, /Tutte le richieste/);
});

test('beside a topic stand those of its category', async () => {
  await giulia.get('/desk/community');
  for (const title of ['Telefono', 'Casa']) await giulia.done('/desk/community/category', { title, about: '', language: 'it', position: '1', category: '' });
  const categories = Object.fromEntries((await giulia.json('/desk/community')).categories.map(c => [c.title, c.id]));
  const ilaria = new Member(house.base, 'Ilaria Pani');
  const one = await ilaria.topic(categories.Casa, 'Il modem scalda molto', 'È normale che scotti?'), two = await ilaria.topic(categories.Casa, 'Quale cavo per la fibra', 'Ce ne sono troppi.');
  await ilaria.topic(categories.Telefono, 'Suoneria muta la notte', 'Come si fa?');
  const { beside, topic } = await ilaria.json(one.address);
  assert.deepEqual(beside.map(t => [t.title, t.current]), [['Quale cavo per la fibra', false], ['Il modem scalda molto', true]]);
  assert.equal(topic.category_id, categories.Casa);
  assert.match((await new Guest(house.base).get(two.address)).text, /class="beside".*Il modem scalda molto/s, 'for those who only read, too');
});

test('who comes before and after in the list, and after one that has left it, the first', async () => {
  const { rows } = (await giulia.json('/desk?tab=waiting')).list;
  assert.ok(rows.length > 3);
  const neighbours = async i => (await giulia.json(`/desk/c/${rows[i].id}?tab=waiting`)).list.neighbours;
  const of = row => ({ id: row.id, name: row.person.name });
  assert.deepEqual(await neighbours(1), { previous: of(rows[0]), next: of(rows[2]) });
  assert.deepEqual(await neighbours(0), { next: of(rows[1]) });
  assert.deepEqual(await neighbours(rows.length - 1), { previous: of(rows.at(-2)) });
  await giulia.done(`/desk/c/${rows[1].id}/close`, { reason: 'thanks' });
  assert.deepEqual(await neighbours(1), { next: of(rows[0]) }, 'it has left the list');
  const page = (await giulia.get(`/desk/c/${rows[2].id}?tab=waiting`)).text;
  assert.match(page, new RegExp(`rel="prev" href="/desk/c/${rows[0].id}\\?tab=waiting#latest"`));
  assert.equal((await giulia.json('/desk?tab=waiting')).list.neighbours, undefined, 'nothing is open');
});
