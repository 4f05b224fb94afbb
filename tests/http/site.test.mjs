// The care site without scripts: asking, my requests, what others must not see, and that the ledger counts it all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request, startHouse, stream, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const hears = (guest, id, words) => until(`“${words}” among the requests`, async () => (await guest.story(id)).items.find(i => i.text.includes(words)));

test('a guest asks, a colleague answers by name, the guest writes on, and the ledger balances', async () => {
  const guest = new Guest(house.base);
  assert.match((await guest.get('/')).text, /Ti ascoltiamo\./);
  const id = await guest.request('Ho pagato due volte la ricarica', { name: 'Teresa Galli' });
  const c = await giulia.hear('Ho pagato due volte');
  assert.equal(c, id, 'a request is a conversation');
  assert.equal((await giulia.story(c)).person.name, 'Teresa Galli');
  await giulia.listen(c, 'Riavere la seconda ricarica');
  assert.equal((await guest.requests()).open[0].title, 'Riavere la seconda ricarica');
  await giulia.reply(c, 'Buongiorno Teresa, la seconda torna entro domani.');
  const reply = await hears(guest, id, 'torna entro domani');
  assert.deepEqual([reply.mine, reply.by], [false, 'Giulia Riva']);
  await guest.say(id, 'Grazie, aspetto.');
  assert.deepEqual((await giulia.messages(c)).map(m => [m.text, !!m.ours]),
    [['Ho pagato due volte la ricarica', false], ['Buongiorno Teresa, la seconda torna entro domani.', true], ['Grazie, aspetto.', false]]);
  const { open } = await guest.requests();
  assert.deepEqual(open.map(r => [r.id, r.state]), [[id, 'heard']]);
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced, ledger.received, ledger.waiting, ledger.answered], [0, true, 2, 1, 1]);
});

test('what is sent twice comes in once, and each question is a request of its own', async () => {
  const guest = new Guest(house.base), once = 'tunnel-7';
  const first = await guest.request('Una domanda dal tunnel', { once });
  assert.equal(await guest.request('Una domanda dal tunnel', { once }), first);
  const second = await guest.request('Un’altra cosa, la portabilità');
  assert.notEqual(second, first);
  assert.equal((await guest.requests()).open.length, 2);
  await guest.say(first, 'Ancora sulla prima', { once: 'due' });
  await guest.say(first, 'Ancora sulla prima', { once: 'due' });
  assert.deepEqual((await guest.story(first)).items.map(i => i.text), ['Una domanda dal tunnel', 'Ancora sulla prima']);
  assert.deepEqual((await guest.story(second)).items.map(i => i.text), ['Un’altra cosa, la portabilità']);
});

test('nobody sees the request of another, nor notes, nor a reply that has not left', async () => {
  const guest = new Guest(house.base), stranger = new Guest(house.base);
  const id = await guest.request('Il mio indirizzo è cambiato', { files: [{ name: 'carta.png', mime: 'image/png', bytes: png }] });
  const file = (await guest.story(id)).items[0].files[0];
  assert.deepEqual((await guest.get(file.url)).bytes, png);
  await stranger.request('Sono un’altra persona');
  for (const who of [stranger, new Guest(house.base)]) {
    for (const where of [`/requests/${id}`, file.url]) assert.equal((await who.get(where)).status, 404, where);
    assert.equal((await who.form(`/requests/${id}`, { text: 'io?', once: 'x' })).status, 404);
  }
  await giulia.listen(id, 'Cambiare indirizzo');
  await giulia.done(`/desk/c/${id}/note`, { text: 'Nota solo per noi, controllare il documento' });
  house.write('UPDATE brand SET undo_seconds = 60');
  await giulia.reply(id, 'Parole che possono ancora tornare indietro');
  const page = (await guest.get(`/requests/${id}`)).text;
  assert.ok(!page.includes('Nota solo per noi') && !page.includes('tornare indietro'));
  house.write('UPDATE brand SET undo_seconds = 0');
});

test('a form that is not as it should be is shown again with its words', async () => {
  const guest = new Guest(house.base, 'en-GB');
  const empty = await guest.form('/ask', { text: '  ', name: 'Ada', once: 'e' });
  assert.equal(empty.status, 422);
  assert.match(empty.text, /id="text-wrong"/);
  assert.match(empty.text, /value="Ada"/);
  const long = await guest.form('/ask', { text: 'a'.repeat(10001), name: '', once: 'l' });
  assert.equal(long.status, 422);
  assert.ok(long.text.includes('a'.repeat(10001)), 'nothing typed is lost');
  assert.equal(guest.jar.size, 0, 'who wrote nothing is nobody yet');
  const foreign = await request(house.base + '/ask', { method: 'POST', body: 'text=x', headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://elsewhere.example' } });
  assert.equal(foreign.status, 403);
});

test('the language is the browser’s, or the one that was chosen', async () => {
  const guest = new Guest(house.base, 'en-GB,en;q=0.9');
  assert.match((await guest.get('/')).text, /lang="en"[^]*We are listening\./);
  assert.match((await guest.get('/?lang=it')).text, /Ti ascoltiamo\./);
  assert.match((await guest.get('/requests')).text, /Le tue richieste/);
  assert.match((await guest.get('/nothing/here')).text, /class="site"/, 'errors look like the site');
});

test('pages without anything of one’s own are gone back to without a signal; the others are not kept', async () => {
  const guest = new Guest(house.base), kept = async (who, where) => (await who.get(where)).headers['cache-control'];
  for (const where of ['/', '/help', '/search?q=sim']) assert.equal(await kept(guest, where), 'private, no-cache', where);
  for (const where of ['/requests', '/chat', '/sign-in', '/ask', '/community/new']) assert.equal(await kept(guest, where), 'no-store', where);
  const id = await guest.request('Una domanda mia');
  for (const where of ['/', `/requests/${id}`]) assert.equal(await kept(guest, where), 'no-store', where);
});

test('hours and the measured wait are said before anyone writes', async () => {
  const anna = await house.colleague('anna'), guest = new Guest(house.base, 'en-GB');
  const names = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  assert.equal((await guest.json('/')).expect.open, null, 'nothing is said of hours that nobody noted');
  assert.equal((await anna.post('/desk/hours', Object.fromEntries(names.map(n => [n, 'always'])))).status, 422);
  await anna.done('/desk/hours', Object.fromEntries(names.map(n => [n, '0-24'])));
  assert.deepEqual((await guest.json('/')).expect.here, [], 'nobody has the desk open');
  const open = stream(anna);
  await open.ready();
  const { expect } = await guest.json('/');
  open.close();
  assert.deepEqual([expect.open, expect.here], [true, ['Anna Capo']]);
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome' }).format(new Date());
  await anna.done('/desk/hours/closed', { day: today });
  const shut = (await guest.json('/')).expect;
  assert.deepEqual([shut.open, shut.shut], [false, true]);
  assert.match((await guest.get('/')).text, /we are back/);
  await anna.done('/desk/hours/closed', { remove: today.replaceAll('-', '') });
  for (let i = 0; i < 3; i++) {
    const who = new Guest(house.base), id = await who.request(`Quanto si aspetta? ${i}`);
    await giulia.listen(id, 'Sapere quanto si aspetta');
    await giulia.reply(id, `Poco, per esempio adesso ${i}.`);
    await hears(who, id, 'Poco');
  }
  const now = (await guest.json('/')).expect;
  assert.ok(now.recent && now.wait >= 0 && now.wait < 120, JSON.stringify(now));
  assert.equal((await (await house.colleague('luca')).post('/desk/hours', {})).status, 403);
});

test('one address writes no more than people do', async () => {
  const guest = new Guest(house.base);
  let status = 303, n = 0;
  while (status === 303 && n < 100) ({ status } = await guest.form('/ask', { text: `Domanda ${++n}`, once: `r${n}` }));
  assert.equal(status, 429);
  assert.ok(n > 20);
});
