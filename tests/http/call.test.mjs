// Being called back, without scripts: it waits like every message, with its moment, and comes back before its time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());
const rome = minutes => new Date(Date.now() + minutes * 60e3).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' }).slice(0, 16).replace(' ', 'T');
const ask = (guest, fields) => guest.post('/call', { text: 'La eSIM non si attiva', phone: '+39 333 1234567', at: rome(1440), name: 'Teresa Galli', once: 'o' + Math.random(), ...fields });
const promises = async c => (await giulia.story(c)).items.filter(i => i.kind === 'promise');

test('who asks to be called waits, with the number and the moment, until a colleague has called', async () => {
  const guest = new Guest(house.base), at = rome(1440);
  assert.match((await guest.get('/call')).text, /type="datetime-local"/);
  const r = await ask(guest, { at, once: 'tunnel' });
  assert.equal(r.status, 303, r.text);
  const id = r.headers.location.match(/\/requests\/(\d+)/)[1];
  assert.equal((await ask(guest, { at, once: 'tunnel' })).headers.location, r.headers.location, 'sent twice, once here');
  assert.equal(await giulia.hear('La eSIM non si attiva'), id);
  assert.match((await guest.story(id)).items[0].text, /La eSIM non si attiva\n\nRichiamatemi al \+39 333 1234567, /);
  const [promise, ...more] = await promises(id);
  assert.deepEqual([more.length, promise.state, promise.text, promise.may_end], [0, 'open', 'Richiamare il +39 333 1234567', true]);
  assert.equal(new Date(promise.due).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' }).slice(0, 16).replace(' ', 'T'), at);
  assert.match((await giulia.get(`/desk/c/${id}`)).text, /asked for by who writes to us/);
  const waits = house.ledger();
  assert.deepEqual([waits.code, waits.balanced, waits.received, waits.waiting], [0, true, 1, 1]);
  await giulia.done(`/desk/promise/${promise.id}`, { state: 'kept' });
  assert.equal((await promises(id))[0].state, 'kept');
});

test('a call-back that is near is on top of the list for its promise', async () => {
  const r = await ask(new Guest(house.base), { text: 'Richiamata vicina', at: rome(12) });
  assert.equal(r.status, 303, r.text);
  const c = await giulia.hear('Richiamata vicina');
  await until('it calls', async () => (await giulia.rows('waiting')).find(x => x.id === c && x.why?.kind === 'promise'));
});

test('what cannot be called is said beside its field, and nothing typed is lost', async () => {
  const guest = new Guest(house.base, 'en-GB');
  for (const [field, value] of [['phone', 'javascript:1'], ['phone', '12345'], ['phone', '1'.repeat(16)], ['phone', ''], ['at', rome(-5)], ['at', rome(15 * 1440)], ['at', 'domani'], ['text', ' ']]) {
    const r = await ask(guest, { [field]: value });
    assert.equal(r.status, 422, `${field} ${value}`);
    assert.match(r.text, new RegExp(`id="${field}-wrong"`));
    assert.match(r.text, /value="Teresa Galli"/);
  }
  assert.equal(guest.jar.size, 0, 'who asked for nothing is nobody yet');
});

test('who calls us by telephone says before what it is about, and whoever answers has it', async () => {
  const anna = await house.colleague('anna'), guest = new Guest(house.base), other = new Guest(house.base);
  assert.doesNotMatch((await guest.get('/call')).text, /\/call\/telephone/, 'only where there is a number');
  await anna.get('/desk/calls');
  await anna.done('/desk/calls/settings', { servers: '', phone: '+39 06 5550' });
  assert.match((await guest.get('/call')).text, /\/call\/telephone/);
  assert.equal((await guest.post('/call/telephone', { why: ' ' })).status, 422);
  const r = await guest.post('/call/telephone', { why: 'La bolletta è doppia', name: 'Ugo Voce', once: 'uno' });
  assert.equal(r.status, 303, r.text);
  assert.equal((await guest.post('/call/telephone', { why: 'La bolletta è doppia', once: 'uno' })).headers.location, r.headers.location, 'once');
  const where = r.headers.location.split('#')[0], page = (await guest.get(where)).text, id = where.match(/dial=(\d+)/)[1];
  assert.match(page, /class="key" href="tel:\+39 06 5550"|class="key" href="tel:\+39%2006%205550"|class="key" href="tel:\+39065550"/);
  assert.doesNotMatch(page, /name="why"/);
  assert.match((await other.get(where)).text, /name="why"/, 'what another noted is nobody else’s');
  assert.equal((await other.post('/call/telephone', { why: 'Di un altro', conversation: id })).status, 404);
  assert.equal(await giulia.hear('La bolletta è doppia'), id);
  assert.match((await giulia.get(`/desk/c/${id}`)).text, /they call us by telephone now/);
  const books = house.ledger();
  assert.deepEqual([books.code, books.balanced], [0, true]);
});

test('nobody else sees the number', async () => {
  const r = await ask(new Guest(house.base), { text: 'Solo per voi' }), stranger = new Guest(house.base);
  await stranger.request('Altro');
  assert.equal((await stranger.get(r.headers.location)).status, 404);
});
