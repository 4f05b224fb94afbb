// Click-to-call without a browser: who is rung, who has it, what waits in the ledger, and that only the two may listen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Colleague, engine, sleep, startHouse, startServer, stream, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia, luca, anna;
before(async () => {
  house = await startHouse();
  [giulia, luca, anna] = await Promise.all(['giulia', 'luca', 'anna'].map(house.colleague));
}, { timeout: 120000 });
after(() => house?.stop());

const json = { accept: 'application/json' };
const duty = (who, state = 'on') => who.post('/desk/calls/duty', { state });
const act = (who, id, name, fields = {}) => who.post(`/desk/call/${id}/${name}`, fields, json);
const side = (guest, id, name, fields = {}) => guest.post(`/call/live/${id}/${name}`, fields, json);
const bar = async who => (await who.json('/desk/calls')).bar;
const ring = async (guest, text, more = {}) => {
  const r = await guest.post('/call/now', { text, name: 'Teresa Galli', once: 'o' + Math.random(), ...more }, json);
  assert.equal(r.status, 200, r.text);
  return r.json().location.match(/\d+$/)[0];
};
const seat = who => `seat-of-${who}`;
const state = async (guest, id) => (await guest.json(`/call/live/${id}`)).call;
const last = async (conversation, kind = 'call') => (await giulia.story(conversation)).items.filter(i => i.kind === kind).at(-1);
const books = () => { const l = house.ledger(); assert.deepEqual([l.code, l.balanced], [0, true], l.err); return l; };
const free = async () => { for (const who of [giulia, luca, anna]) await duty(who, 'off'); };

test('nobody on duty: one cannot call now, only be called back', async () => {
  await free();
  const guest = new Guest(house.base);
  assert.equal((await guest.json('/call')).voice.now, false);
  assert.doesNotMatch((await guest.get('/call')).text, /id="now"/);
  assert.equal((await guest.post('/call/now', { text: 'Ehi', once: 'a' }, json)).status, 409);
  assert.equal(guest.jar.size, 0, 'who could not call is nobody yet');
});

test('it rings, the first who answers has it, and what they asked waits until it was answered by voice', async () => {
  await duty(giulia); await duty(luca);
  const guest = new Guest(house.base);
  assert.equal((await guest.json('/call')).voice.here, 2);
  assert.match((await guest.get('/call')).headers['permissions-policy'], /microphone=\(self\)/);
  assert.match((await guest.get('/help')).headers['permissions-policy'], /microphone=\(\)/);
  const before = books().waiting, id = await ring(guest, 'La fattura è doppia');
  assert.equal(books().waiting, before + 1);
  for (const who of [giulia, luca]) {
    const { rings } = await bar(who);
    assert.deepEqual([rings.length, rings[0].id, rings[0].about], [1, id, 'La fattura è doppia']);
  }
  const answers = await Promise.all([act(giulia, id, 'answer', { seat: seat('giulia') }), act(luca, id, 'answer', { seat: seat('luca1') })]);
  assert.deepEqual(answers.map(r => r.status).sort(), [200, 409]);
  const winner = answers[0].status === 200 ? giulia : luca, loser = winner === giulia ? luca : giulia;
  assert.deepEqual((await bar(loser)).rings, [], 'it rings nowhere else any more');
  assert.equal((await bar(winner)).mine.id, id);
  assert.equal((await state(guest, id)).state, 'talking');
  assert.equal((await side(guest, id, 'end')).status, 200);
  assert.equal(books().waiting, before + 1, 'a call that was answered is no answer before a colleague says so');
  const [note] = (await bar(winner)).notes;
  assert.equal((await act(loser, id, 'note', { note: 'mia', spoken: '1' })).status, 409);
  assert.equal((await act(winner, id, 'note', { note: 'Rimborso in cinque giorni', spoken: '1' })).status, 200);
  assert.equal(books().waiting, before);
  assert.deepEqual((await bar(winner)).notes, []);
  const item = await last(note.conversation);
  assert.deepEqual([item.state, item.missed, item.by.name], ['ended', false, winner === giulia ? 'Giulia Riva' : 'Luca Ferri']);
  assert.equal((await last(note.conversation, 'note')).text, 'Rimborso in cinque giorni');
  assert.equal((await giulia.story(note.conversation)).items.filter(i => i.kind === 'message')[0].waiting, false);
  assert.match((await guest.get(`/requests/${note.conversation}`)).text, /La fattura è doppia/);
  assert.doesNotMatch((await guest.get(`/requests/${note.conversation}`)).text, /cinque giorni/, 'a note is ours alone');
});

test('without "answered by voice" they go on waiting for words', async () => {
  await duty(giulia);
  const guest = new Guest(house.base), before = books().waiting, id = await ring(guest, 'Serve un documento');
  await act(giulia, id, 'answer', { seat: seat('giulia') });
  await act(giulia, id, 'end');
  assert.equal((await act(giulia, id, 'note', { note: 'Lo mando per iscritto' })).status, 200);
  assert.equal(books().waiting, before + 1);
});

test('who cannot says so; when nobody is left it ends at once, and waits with the offer of a call-back', async () => {
  await free(); await duty(giulia); await duty(luca);
  const guest = new Guest(house.base), before = books().waiting, id = await ring(guest, 'Non si accende');
  await act(giulia, id, 'decline');
  assert.deepEqual((await bar(giulia)).rings, []);
  assert.equal((await bar(luca)).rings.length, 1);
  await act(luca, id, 'decline');
  const call = await state(guest, id);
  assert.equal(call.state, 'declined');
  const page = (await guest.get(`/call/live/${id}`)).text;
  assert.match(page, new RegExp(`/call\\?with=${call.conversation}#back`));
  assert.equal(books().waiting, before + 1);
  assert.equal((await last(call.conversation)).missed, true);
  const at = new Date(Date.now() + 864e5).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' }).slice(0, 10) + 'T15:30';
  const back = await guest.post('/call', { text: 'Non si accende', phone: '+39 333 1234567', at, once: 'b', conversation: call.conversation });
  assert.match(back.headers.location, new RegExp(`/requests/${call.conversation}#`), 'the call-back is of the same story');
  assert.equal((await act(giulia, id, 'answer', { seat: seat('giulia') })).status, 409);
  const stranger = new Guest(house.base);
  await stranger.request('Altro');
  assert.equal((await stranger.post('/call', { text: 'x', phone: '+39 333 1234567', at, once: 'c', conversation: call.conversation })).status, 404);
});

test('nobody answers in 45 seconds: missed, and the person waits', async () => {
  await free(); await duty(giulia);
  const guest = new Guest(house.base), before = books().waiting, id = await ring(guest, 'Squilla a vuoto');
  await until('it was missed', async () => (await state(guest, id)).state === 'missed', 70000);
  assert.equal(books().waiting, before + 1);
  assert.equal((await last((await state(guest, id)).conversation)).state, 'missed');
});

test('who hangs up before an answer waits too', async () => {
  await duty(giulia);
  const guest = new Guest(house.base), before = books().waiting, id = await ring(guest, 'Ci ripenso');
  await side(guest, id, 'end');
  assert.equal((await state(guest, id)).state, 'given_up');
  assert.equal(books().waiting, before + 1);
  assert.deepEqual((await bar(giulia)).rings, []);
});

test('what the two pages tell each other reaches the other one alone, only while the call lives', async () => {
  await free(); await duty(giulia);
  const guest = new Guest(house.base), stranger = new Guest(house.base), id = await ring(guest, 'Parliamo');
  await stranger.request('Altro');
  const joined = (await side(guest, id, 'join', { seat: seat('guest') })).json();
  assert.deepEqual([joined.state, joined.here, joined.leg, joined.ways], ['ringing', true, 1, { iceServers: [] }]);
  await act(giulia, id, 'answer', { seat: seat('giulia') });
  const { conversation } = await state(guest, id), page = stream(giulia);
  await page.ready();
  const offer = { seat: seat('guest'), leg: 2, kind: 'offer', data: '{"type":"offer","sdp":"v=0"}' };
  assert.equal((await side(guest, id, 'signal', { ...offer, leg: 1 })).status, 409, 'of a leg that is over');
  assert.equal((await side(guest, id, 'signal', { ...offer, seat: seat('other') })).status, 409, 'of another page');
  assert.equal((await side(guest, id, 'signal', { ...offer, kind: 'words' })).status, 422);
  assert.equal((await side(guest, id, 'signal', { ...offer, data: 'x'.repeat(16385) })).status, 413);
  assert.equal((await side(guest, id, 'signal', offer)).status, 204);
  await page.hears('the colleague is told to look', e => e.event === 'call' && e.data.kind === 'call.signal');
  const heard = (await act(giulia, id, 'sync', { seat: seat('giulia'), after: '0' })).json();
  assert.deepEqual(heard.signals.map(s => [s.kind, s.data]), [['offer', offer.data]]);
  assert.deepEqual((await act(giulia, id, 'sync', { seat: seat('giulia'), after: heard.signals[0].id })).json().signals, []);
  const deaf = (await act(giulia, id, 'sync', { seat: seat('elsewhere'), after: '0' })).json();
  assert.deepEqual([deaf.here, deaf.signals, deaf.ways], [false, [], undefined], 'another page of hers hears nothing');
  for (const [who, where] of [[stranger, `/call/live/${id}`], [luca, `/desk/call/${id}`]])
    for (const name of ['join', 'sync', 'signal'])
      assert.equal((await who.post(`${where}/${name}`, { ...offer, after: '0' }, json)).status, 404, `${where}/${name}`);
  assert.equal((await stranger.get(`/call/live/${id}`)).status, 404);
  assert.equal((await stranger.post(`/call/live/${id}/end`, {}, json)).status, 404);
  assert.equal((await new Guest(house.base).post(`/call/live/${id}/sync`, {}, json)).status, 404);
  assert.equal((await luca.post(`/desk/call/${id}/end`, {}, json)).status, 409);
  for (let i = 1; i < 60; i++) assert.equal((await side(guest, id, 'signal', { ...offer, kind: 'ice' })).status, 204);
  assert.equal((await side(guest, id, 'signal', { ...offer, kind: 'ice' })).status, 429);
  assert.ok(house.sql('SELECT count(*) AS n FROM call_signal')[0].n > 0);
  await act(giulia, id, 'end');
  assert.equal(+house.sql('SELECT count(*) AS n FROM call_signal')[0].n, 0, 'nothing of it is left');
  assert.equal((await side(guest, id, 'signal', offer)).status, 409);
  assert.doesNotMatch(JSON.stringify(house.sql(`SELECT data FROM event WHERE conversation_id = ${conversation}`)), /sdp/);
  page.close();
});

test('hold is told to both; a call is handed over with its reason, and the first keeps it until then', async () => {
  await free(); await duty(giulia); await duty(luca);
  const guest = new Guest(house.base), id = await ring(guest, 'Passatemi il tecnico');
  await side(guest, id, 'join', { seat: seat('guest') });
  await act(giulia, id, 'answer', { seat: seat('giulia') });
  await act(giulia, id, 'hold');
  assert.equal((await side(guest, id, 'sync', { seat: seat('guest') })).json().state, 'held');
  await act(giulia, id, 'resume');
  const { mine } = await bar(giulia), to = mine.colleagues.find(c => c.name === 'Luca Ferri').id;
  assert.equal((await act(giulia, id, 'hand', { to, why: '' })).status, 422, 'never without a reason');
  assert.equal((await act(luca, id, 'hand', { to, why: 'x' })).status, 409);
  assert.equal((await act(giulia, id, 'hand', { to, why: 'Serve il tecnico' })).status, 200);
  assert.deepEqual((await bar(luca)).rings.map(r => [r.id, r.why, r.colleague.name]), [[id, 'Serve il tecnico', 'Giulia Riva']]);
  assert.equal((await side(guest, id, 'sync', { seat: seat('guest') })).json().colleague, 'Giulia Riva');
  await act(luca, id, 'decline');
  assert.equal((await bar(giulia)).mine.asked, null);
  await act(giulia, id, 'hand', { to, why: 'Serve il tecnico' });
  const leg = (await side(guest, id, 'sync', { seat: seat('guest') })).json().leg;
  assert.equal((await act(luca, id, 'answer', { seat: seat('luca1') })).status, 200);
  const now = (await side(guest, id, 'sync', { seat: seat('guest') })).json();
  assert.deepEqual([now.colleague, now.leg, now.here], ['Luca Ferri', leg + 1, true]);
  assert.equal((await act(giulia, id, 'sync', { seat: seat('giulia') })).status, 404, 'the first has it no more');
  const { conversation } = await state(guest, id), story = await giulia.story(conversation), hand = story.items.find(i => i.kind === 'hand');
  assert.deepEqual([hand.from.name, hand.to.name, hand.reason, story.conversation?.owner?.name ?? hand.to.name], ['Giulia Riva', 'Luca Ferri', 'Serve il tecnico', 'Luca Ferri']);
  await act(luca, id, 'end');
  await act(luca, id, 'note', { note: 'Risolto', spoken: '1' });
  assert.equal((await last(conversation)).by.name, 'Luca Ferri');
});

test('who calls twice has one call; a page that comes anew takes the side of the one before', async () => {
  await free(); await duty(giulia);
  const guest = new Guest(house.base), id = await ring(guest, 'Una volta', { once: 'uno' });
  assert.equal(await ring(guest, 'Una volta', { once: 'uno' }), id);
  assert.equal((await guest.json('/call')).voice.live, id);
  await side(guest, id, 'join', { seat: seat('before') });
  await side(guest, id, 'join', { seat: seat('after') });
  assert.equal((await side(guest, id, 'sync', { seat: seat('before') })).json().here, false);
  await act(giulia, id, 'answer', { seat: seat('giulia') });
  assert.equal((await new Guest(house.base).json('/call')).voice.now, false, 'the only one on duty is in a call');
  await side(guest, id, 'end');
  await act(giulia, id, 'note', { spoken: '1' });
});

test('the server dies during a call: it is still the same call afterwards', async () => {
  await free(); await duty(giulia);
  const guest = new Guest(house.base), id = await ring(guest, 'Resta in linea');
  await side(guest, id, 'join', { seat: seat('guest') });
  await act(giulia, id, 'answer', { seat: seat('giulia') });
  await house.kill();
  await house.start();
  for (const who of [guest, giulia, luca, anna]) who.base = house.base;
  const now = (await side(guest, id, 'sync', { seat: seat('guest') })).json();
  assert.deepEqual([now.state, now.here, now.colleague], ['talking', true, 'Giulia Riva']);
  await act(giulia, id, 'end');
  await act(giulia, id, 'note', { spoken: '1' });
  books();
});

test('the servers for voice are an administrator’s, the secret is sealed, credentials end and are for the two alone', async () => {
  assert.equal((await giulia.post('/desk/calls/settings', { servers: '' })).status, 403);
  await anna.get('/desk/calls');
  assert.equal((await anna.post('/desk/calls/settings', { servers: 'http://evil', phone: 'abc' })).status, 422);
  await anna.done('/desk/calls/settings', { servers: 'stun:127.0.0.1:3478\nturn:127.0.0.1:3478?transport=udp', secret: 'parola-segreta', relay_only: '1', phone: '+39 06 1234' });
  assert.doesNotMatch((await anna.get('/desk/calls')).text, /parola-segreta/);
  assert.doesNotMatch(JSON.stringify(house.sql('SELECT servers, phone, relay_only FROM call_setting')), /parola/);
  await duty(giulia);
  const guest = new Guest(house.base);
  assert.match((await guest.get('/call')).text, /href="tel:\+39 06 1234"/);
  assert.doesNotMatch((await guest.get('/call')).text, /127\.0\.0\.1:3478/);
  const id = await ring(guest, 'Con TURN'), { ways } = (await side(guest, id, 'join', { seat: seat('guest') })).json();
  const [stun, turn] = ways.iceServers, [until, of] = turn.username.split(':');
  assert.deepEqual([ways.iceTransportPolicy, stun.credential, of], ['relay', undefined, id]);
  assert.ok(+until > Date.now() / 1000 + 3600 && +until < Date.now() / 1000 + 3 * 3600);
  const { createHmac } = await import('node:crypto');
  assert.equal(turn.credential, createHmac('sha1', 'parola-segreta').update(turn.username).digest('base64'));
  await side(guest, id, 'end');
  await anna.done('/desk/calls/settings', { servers: '', forget: '1', phone: '' });
});

test('so many calls in a row are too many', async () => {
  await free(); await duty(giulia);
  const guest = new Guest(house.base);
  await guest.request('Sono io');
  for (let i = 0; i < 6; i++) await side(guest, await ring(guest, `Chiamata ${i}`), 'end');
  const r = await guest.post('/call/now', { text: 'Ancora', once: 'z' }, json);
  assert.equal(r.status, 429);
  assert.ok(+r.headers['retry-after'] > 0);
});

test('who only reads takes no calls', async () => {
  const rita = await house.colleague('rita');
  assert.equal((await rita.post('/desk/calls/duty', { state: 'on' })).status, 403);
  await free(); await duty(giulia);
  const guest = new Guest(house.base), id = await ring(guest, 'Chi legge non risponde');
  assert.deepEqual((await bar(rita)).rings, []);
  assert.doesNotMatch((await rita.get('/desk/calls')).text, /data-duty/);
  for (const name of ['answer', 'join', 'sync', 'decline']) assert.equal((await act(rita, id, name, { seat: seat('rita1') })).status, 403);
  await side(guest, id, 'end');
});

test('two nodes: it rings on the other one, and both sides find each other', { skip: engine === 'postgres' ? false : 'needs PostgreSQL' }, async () => {
  await free(); await duty(giulia);
  const other = await startServer({ data: house.data });
  try {
    const far = Object.assign(new Colleague(other.base), { jar: new Map(giulia.jar), csrf: giulia.csrf });
    const page = stream(far);
    await page.ready();
    const guest = new Guest(house.base), id = await ring(guest, 'Da un nodo all’altro');
    await page.hears('it rings there', e => e.event === 'call' && e.data.kind === 'call.ringing');
    await side(guest, id, 'join', { seat: seat('guest') });
    assert.equal((await act(far, id, 'answer', { seat: seat('giulia') })).status, 200);
    const { leg } = (await side(guest, id, 'sync', { seat: seat('guest') })).json();
    assert.equal((await side(guest, id, 'signal', { seat: seat('guest'), leg, kind: 'offer', data: '{}' })).status, 204);
    await page.hears('the other node tells it', e => e.event === 'call' && e.data.kind === 'call.signal');
    assert.equal((await act(far, id, 'sync', { seat: seat('giulia'), after: '0' })).json().signals.length, 1);
    await act(far, id, 'end');
    await act(far, id, 'note', { spoken: '1' });
    page.close();
  } finally { await other.stop(); }
  await sleep(0);
});
