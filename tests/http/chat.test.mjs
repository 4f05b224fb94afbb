// The chat without scripts and as its script speaks: one story, once, in order; what a guest's stream tells, and what not.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());

const chat = (guest, text, more = {}) => guest.form('/chat', { text, once: 'o' + Math.random(), name: '', conversation: '', ...more });
const withOf = r => r.headers.location?.match(/with=(\d+)/)?.[1];

function listen(guest, id, headers = {}) {
  const heard = { events: [] };
  const req = http.request(`${guest.base}/chat/events?with=${id}`, { headers: { cookie: guest.cookie(), ...headers }, agent: false }, res => {
    heard.status = res.statusCode;
    res.setEncoding('utf8');
    let rest = '';
    res.on('data', text => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop();
      for (const b of blocks) { const name = b.match(/^event: (.*)$/m)?.[1]; if (name) heard.events.push({ name, id: b.match(/^id: (.*)$/m)?.[1], data: JSON.parse(b.match(/^data: (.*)$/m)[1]) }); }
    });
    res.on('error', () => {});
  });
  req.on('error', () => {});
  req.end();
  heard.close = () => req.destroy();
  heard.hears = (name, test = () => true) => until(`the guest hears ${name}`, () => heard.events.find(e => e.name === name && test(e)));
  return heard;
}

test('one open talk, written into once, seen by both sides', async () => {
  const guest = new Guest(house.base);
  const first = await chat(guest, 'La eSIM dice nessun piano', { name: 'Aisha Bello', once: 'a1' });
  const id = withOf(first);
  assert.equal(first.status, 303);
  assert.equal(withOf(await chat(guest, 'La eSIM dice nessun piano', { once: 'a1' })), id, 'sent again: the same');
  assert.equal(withOf(await chat(guest, 'Sono a Malpensa', { once: 'a2' })), id, 'it goes on');
  assert.deepEqual((await guest.json('/chat')).items.map(i => [i.text, i.once, i.read]), [['La eSIM dice nessun piano', 'a1', false], ['Sono a Malpensa', 'a2', false]]);
  const heard = listen(guest, id);
  await until('the stream is open', () => heard.status === 200);
  await giulia.get(`/desk/c/${id}`);
  await giulia.post(`/desk/c/${id}/presence`, { doing: 'reading' });
  await heard.hears('seen');
  assert.deepEqual((await guest.json('/chat')).items.map(i => i.read), [true, true]);
  await giulia.listen(id, 'La eSIM attiva');
  await heard.hears('state');
  await giulia.post(`/desk/c/${id}/presence`, { doing: 'writing' });
  await heard.hears('typing', e => e.data.name === 'Giulia Riva');
  await giulia.reply(id, 'Ciao Aisha, ci siamo.');
  await heard.hears('said');
  assert.equal((await until('it is on the page', async () => (await guest.json('/chat')).items.find(i => !i.mine))).by, 'Giulia Riva');
  await guest.post('/chat/here', { doing: 'writing', conversation: id, seen: '1' });
  assert.deepEqual((await giulia.story(id)).beings.map(b => [b.name, b.doing, b.guest]), [['Aisha Bello', 'writing', true]]);
  assert.equal((await giulia.message(id, 'ci siamo')).state, 'read');
  await guest.post('/chat/here', { doing: 'gone', conversation: id });
  assert.equal((await giulia.story(id)).beings[0].doing, 'left');
  heard.events.length = 0;
  await giulia.done(`/desk/c/${id}/note`, { text: 'solo per noi' });
  await new Guest(house.base).request('Un’altra persona scrive');
  await giulia.reply(id, 'Fine della prova');
  await heard.hears('said');
  assert.deepEqual(heard.events.map(e => e.name).filter(n => n !== 'typing'), ['said'], 'neither notes nor others');
  assert.deepEqual(heard.events.find(e => e.name === 'said').data, {});
  heard.close();
  const kept = await guest.get(`/chat/talk/${id}`);
  assert.match(kept.headers['content-disposition'], /attachment/);
  assert.match(kept.text, /Giulia Riva[^]*Ciao Aisha, ci siamo\./);
  assert.ok(!kept.text.includes('solo per noi'));
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced], [0, true]);
});

test('who lost the line looks once; a stranger hears nothing', async () => {
  const guest = new Guest(house.base), stranger = new Guest(house.base);
  const id = withOf(await chat(guest, 'Cado spesso'));
  await chat(stranger, 'Sono altri');
  const page = await guest.json('/chat'), behind = listen(guest, id, { 'last-event-id': String(BigInt(page.chat.event) - 1n) });
  await behind.hears('reload');
  behind.close();
  for (const who of [stranger, new Guest(house.base)]) {
    const heard = listen(who, id);
    await until('an answer', () => heard.status);
    assert.equal(heard.status, 404);
    assert.equal((await who.form('/chat', { text: 'io?', once: 'x', conversation: id })).status, 404);
    assert.equal((await who.get(`/chat/talk/${id}`)).status, 404);
    assert.equal((await who.post('/chat/here', { doing: 'reading', conversation: id })).status, 404);
  }
});

test('a guest writes as much as people do, and is told when to go on', async () => {
  const guest = new Guest(house.base);
  let r, n = 0;
  for (const id = withOf(await chat(guest, 'Prima')); n < 100; n++) if ((r = await chat(guest, `n ${n}`, { conversation: id })).status !== 303) break;
  assert.equal(r.status, 429);
  assert.ok(n >= 25 && n < 60, String(n));
  assert.ok(Number(r.headers['retry-after']) > 0);
  assert.equal((await chat(new Guest(house.base), 'Un altro, dallo stesso indirizzo')).status, 303);
});
