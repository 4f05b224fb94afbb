// Web Push, with a push service of our own that opens what comes as a browser does: who is told, of what, and who is not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everything, sleep, startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';
import { startPushService } from './pushservice.mjs';

let house, service, giulia, luca;
before(async () => {
  service = await startPushService();
  house = await startHouse({ extra: { ASCOLTO_PUSH_BASE: service.base } });
  giulia = await house.colleague('giulia');
  luca = await house.colleague('luca');
}, { timeout: 120000 });
after(async () => {
  await house?.stop();
  await service?.stop();
  assert.deepEqual(service?.wrong, [], 'all that came could be opened, and was signed by the brand');
});

async function somebody(text, more = {}) {
  const guest = new Guest(house.base), id = await guest.request(text, more), sub = service.subscribe();
  return { guest, id, sub, on: (fields = {}) => guest.post('/push', { ...sub.fields, ...fields }) };
}
async function answer(who, id, text) {
  await who.listen(id, 'che qualcuno risponda');
  const r = await who.reply(id, text);
  assert.ok(r.status < 300, r.text.slice(0, 300));
}
const agentId = name => house.sql(`SELECT CAST(id AS TEXT) AS id FROM agent WHERE name = '${name}'`)[0].id;
const devices = () => Number(house.sql('SELECT count(*) AS n FROM push_device')[0].n);
const notes = () => Number(house.sql('SELECT count(*) AS n FROM push_note')[0].n);
const nothing = () => until('nothing is on its way', () => notes() === 0);

test('a guest is told who of us wrote and in which request, by the brand’s own key; no words', async () => {
  const { guest, id, sub, on } = await somebody('Il modem lampeggia rosso');
  const { key } = await guest.json('/push/key');
  assert.equal(Buffer.from(key, 'base64url').length, 65);
  assert.equal((await guest.json('/push/key')).key, key);
  assert.equal((await on()).status, 204);
  await answer(giulia, id, 'Lo spenga per dieci secondi, segreto-di-prova');
  const [come] = await until('it came', () => service.of(sub, 'reply').length && service.of(sub));
  assert.deepEqual(come.say, { k: 'reply', l: 'it', d: false, c: id, t: 'che qualcuno risponda', w: 'Giulia Riva' });
  assert.equal(come.key, key);
  assert.equal(come.urgency, 'normal');
  assert.ok(come.ttl > 86000 && come.ttl <= 86400);
  assert.ok(!come.raw.includes('Giulia'), 'nobody on the way can read it');
  await nothing();
  const kept = everything(house.data).toString('latin1');
  assert.ok(!kept.includes(sub.endpoint) && !kept.includes(sub.fields.auth), 'sealed at rest');
});

test('whoever chose so is told the words too; in the language of the page; no more once it is switched off', async () => {
  const { guest, id, sub, on } = await somebody('My bill is wrong', {});
  const english = new Guest(house.base, 'en-GB');
  english.jar = guest.jar;
  assert.equal((await english.post('/push', { ...sub.fields, words: '1' })).status, 204);
  await answer(giulia, id, 'We look at it now.');
  const [come] = await until('it came', () => service.of(sub).length && service.of(sub));
  assert.deepEqual([come.say.m, come.say.l], ['We look at it now.', 'en']);
  assert.equal((await on()).status, 204);
  assert.equal((await guest.post('/push/off', { endpoint: sub.endpoint })).status, 204);
  await answer(giulia, id, 'It is mended.');
  await sleep(4000);
  assert.equal(service.of(sub).length, 1);
});

test('what was read on the page meanwhile is not told; several replies are one', async () => {
  const { guest, id, sub, on } = await somebody('Due cose');
  await on();
  await giulia.listen(id);
  await giulia.reply(id, 'Prima cosa');
  await until('it stands on the page', async () => (await guest.story(id)).items.length === 2);
  assert.equal((await guest.post('/chat/here', { doing: 'reading', conversation: id, seen: '1' })).status, 204);
  await nothing();
  assert.equal(service.of(sub).length, 0);
  await giulia.reply(id, 'Seconda cosa');
  await giulia.reply(id, 'Terza cosa');
  await until('it came', () => service.of(sub).length === 1);
  await nothing();
  assert.equal(service.of(sub).length, 1, 'one for the story');
});

test('a colleague is told of their own people: they wrote, were handed over; not of others’, not of what they do themselves', async () => {
  const mine = service.subscribe(), his = service.subscribe();
  assert.equal((await giulia.post('/desk/me/push', mine.fields)).status, 204);
  assert.equal((await luca.post('/desk/me/push', his.fields)).status, 204);
  assert.equal((await giulia.post('/desk/me/push/test')).status, 204);
  const [first] = await until('the first one came', () => service.of(mine).length && service.of(mine));
  assert.deepEqual(first.say, { k: 'test', l: 'en', d: true }, 'in the language of the colleague');
  const { guest, id } = await somebody('Sono Dario', { name: 'Dario Neri' });
  await giulia.listen(id, 'una mano');
  await giulia.post(`/desk/c/${id}/assign`, { agent: agentId('Giulia Riva') });
  await until('she has it', () => house.sql(`SELECT owner_id FROM conversation WHERE id = ${id}`)[0].owner_id !== 0);
  await guest.say(id, 'C’è ancora qualcuno?');
  const [wrote] = await until('she is told', () => service.of(mine, 'wrote').length && service.of(mine, 'wrote'));
  assert.deepEqual([wrote.say.w, wrote.say.c, wrote.say.t, wrote.say.m], ['Dario Neri', id, 'una mano', undefined]);
  assert.equal(service.of(his).length, 0);
  assert.equal(service.of(mine, 'handed').length, 0, 'nobody is told what they did themselves');
  const to = agentId('Luca Ferri');
  const r = await giulia.post(`/desk/c/${id}/hand`, { to: to, reason: 'Ne sa di più', summary: 'Dario aspetta una mano.' }, { accept: 'application/json' });
  assert.ok(r.status < 300, r.text.slice(0, 300));
  const [handed] = await until('he is told', () => service.of(his, 'handed').length && service.of(his, 'handed'));
  assert.equal(handed.say.w, 'Giulia Riva');
  await nothing();
  const before = devices();
  await luca.post('/desk/sign-out');
  await until('his browser went with his session', () => devices() === before - 1);
  luca = await house.colleague('luca');
});

test('a promise that is due is told to whoever made it', async () => {
  const mine = service.subscribe();
  assert.equal((await giulia.post('/desk/me/push', mine.fields)).status, 204);
  const { id } = await somebody('Mi richiamate?');
  await giulia.listen(id, 'essere richiamato');
  const columns = 'brand_id, id, conversation_id, person_id, message_id, agent_id, text, due_at, state, reminded_at, ended_at, ended_by';
  house.write(`INSERT INTO promise (${columns}) SELECT c.brand_id, 77, c.id, c.person_id, 0, g.id, 'domani la richiamo', ${(Date.now() + 60000) * 1000}, 'open', 0, 0, 0
    FROM conversation c JOIN agent g ON g.brand_id = c.brand_id WHERE c.id = ${id} AND g.name = 'Giulia Riva'`);
  const [due] = await until('she is told', () => service.of(mine, 'due').length && service.of(mine, 'due'), 60000);
  assert.deepEqual([due.say.c, due.urgency], [id, 'high']);
});

test('a push service that is busy is asked again when it said; one that does not know the browser any more is never', async () => {
  const { guest, id, sub, on } = await somebody('Di nuovo io');
  await on();
  await nothing();
  service.answers.push([429, { 'retry-after': '3' }], [503]);
  await answer(giulia, id, 'Eccomi');
  await until('it was put off', () => service.refused.filter(r => r.sub === sub).length === 1);
  await until('and again', () => service.refused.filter(r => r.sub === sub).length === 2);
  const [busy, away] = service.refused.filter(r => r.sub === sub);
  assert.ok(away.at - busy.at >= 2900, `after ${away.at - busy.at} ms`);
  house.write('UPDATE push_note SET next_at = 1');
  await until('it came', () => service.of(sub).length === 1);
  assert.equal(busy.topic, service.of(sub)[0].topic, 'one topic a story');
  for (const status of [410, 404]) {
    await on();
    await nothing();
    const before = devices();
    service.answers.push([status]);
    await giulia.reply(id, `Ancora ${status}`);
    await until('it is forgotten', () => devices() === before - 1);
    assert.equal(notes(), 0);
  }
  await on();
  service.answers.push([400]);
  await giulia.reply(id, 'Un’ultima cosa');
  await until('refused', () => service.refused.some(r => r.sub === sub && r.status === 400));
  await nothing();
  assert.equal((await guest.post('/sign-out')).status, 303);
  assert.equal(house.sql(`SELECT id FROM push_device WHERE guest_id <> 0 AND guest_id NOT IN (SELECT id FROM guest)`).length, 0, 'signing out ends it');
});

test('a call rings in the pocket of who takes calls, and of nobody else; not when somebody has answered', async () => {
  const mine = service.subscribe(), his = service.subscribe(), json = { accept: 'application/json' };
  assert.equal((await giulia.post('/desk/me/push', mine.fields)).status, 204);
  assert.equal((await luca.post('/desk/me/push', his.fields)).status, 204);
  await nothing();
  await giulia.post('/desk/calls/duty', { state: 'on' });
  const call = async text => (await new Guest(house.base).post('/call/now', { text, name: 'Teresa Voce', once: 'o' + Math.random() }, json)).json().location.match(/\d+$/)[0];
  const first = await call('Il modem fischia');
  const [rings] = await until('it rings', () => service.of(mine, 'rings').length && service.of(mine, 'rings'));
  assert.deepEqual([rings.say.w, rings.say.d, rings.urgency, rings.say.t.split('\n')[0]], ['Teresa Voce', true, 'high', 'Il modem fischia']);
  assert.equal(service.of(his, 'rings').length, 0, 'who takes no calls is not called');
  assert.equal((await giulia.post(`/desk/call/${first}/answer`, { seat: 'seat-of-giulia' }, json)).status, 200);
  await giulia.post(`/desk/call/${first}/end`, { seat: 'seat-of-giulia' }, json);
  await giulia.post('/desk/calls/duty', { state: 'off' });
  await giulia.post('/desk/me/push/off'); await luca.post('/desk/me/push/off');
});

test('a key that was renewed is another, and every browser is asked again', async () => {
  const { guest, id, on } = await somebody('Prima del cambio'), { key } = await guest.json('/push/key');
  await on();
  assert.equal(house.cli('push', 'renew').code, 0);
  assert.equal(devices(), 0);
  const now = (await guest.json('/push/key')).key;
  assert.notEqual(now, key);
  const sub = service.subscribe();
  await guest.post('/push', sub.fields);
  await answer(giulia, id, 'Dopo il cambio');
  await until('it came', () => service.of(sub).length);
  assert.equal(service.of(sub)[0].key, now);
});

test('addresses of our own house, keys that are none, foreign pages and strangers are refused', async () => {
  const { guest, sub, on } = await somebody('Provo');
  const n = devices();
  for (const endpoint of ['http://push.example/x', 'https://127.0.0.1/x', 'https://2130706433/x', 'https://0x7f000001/', 'https://[::1]/', 'https://localhost/x', 'https://db.internal/x', 'https://intranet/x',
    'https://a@push.example/', 'ftp://push.example/', service.base.replace('127.0.0.1', '127.0.0.2') + '/x', 'https://push.example/' + 'a'.repeat(1100), ''])
    assert.equal((await on({ endpoint })).status, 422, endpoint);
  for (const bad of [{ key: 'abc' }, { key: sub.fields.key.slice(0, -2) + 'AA' }, { auth: 'abc' }, { key: '', auth: '' }]) assert.equal((await on(bad)).status, 422, JSON.stringify(bad));
  assert.equal((await guest.post('/push', sub.fields, { origin: 'https://elsewhere.example' })).status, 403);
  assert.equal((await new Guest(house.base).post('/push', sub.fields)).status, 404, 'who never wrote is told nothing');
  assert.ok((await new Guest(house.base).post('/desk/me/push', sub.fields)).status >= 303);
  assert.equal(devices(), n);
  for (let i = 0; i < 14; i++) assert.equal((await on(service.subscribe().fields)).status, 204);
  assert.equal(devices(), n + 10, 'the oldest makes room');
});

test('manifest, worker and pages say whose they are; the worker is the brand’s', async () => {
  const guest = new Guest(house.base, 'en-GB');
  const site = await guest.get('/app.webmanifest'), desk = await guest.get('/desk/app.webmanifest');
  assert.match(site.headers['content-type'], /application\/manifest\+json/);
  const m = site.json(), d = desk.json();
  assert.deepEqual([m.name, m.id, m.scope, m.display, m.lang], ['Prova', '/', '/', 'standalone', 'en']);
  assert.deepEqual([d.name, d.scope, d.share_target], ['Prova, desk', '/desk', undefined]);
  assert.match(m.theme_color, /^#[0-9a-f]{6}$/);
  assert.deepEqual(m.share_target.params.files[0].accept[0], 'image/*');
  for (const icon of [...m.icons, ...d.icons]) assert.equal((await guest.get(icon.src)).status, 200, icon.src);
  assert.ok(m.icons.some(i => i.purpose === 'maskable'));
  const below = (await guest.get('/b/prova/app.webmanifest')).json();
  assert.deepEqual([below.id, below.scope, below.shortcuts[0].url], ['/b/prova/', '/b/prova/', '/b/prova/ask']);
  const worker = await guest.get('/sw.js');
  assert.match(worker.headers['content-type'], /javascript/);
  assert.equal(worker.headers['cache-control'], 'no-cache');
  assert.ok(!/^export|^import/m.test(worker.text), 'a classic script');
  assert.match((await guest.get('/b/prova/sw.js')).text, /"base":"\/b\/prova"/);
  assert.equal((await guest.get('/')).headers['ascolto-guest'], 'none');
  await guest.request('Chi sono?');
  assert.match((await guest.get('/')).headers['ascolto-guest'], /^\d+$/);
  for (const where of ['/offline', '/desk/offline']) assert.equal((await guest.get(where)).status, 200);
});
