// Gaps are found and filled: what customers wrote, changed and removed while webhooks were lost, or the house stood
// still, is there exactly once after it asked the networks; and a network in trouble is nobody else's trouble.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startHouse, begin, until, sleep, request, accounts } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
  for (const key of ['gaia', 'gino', 'ada', 'ivo']) await house.net.call('/sim/person', { key, name: `Persona ${key}` });
});
after(() => house?.stop());

const lists = network => house.channel(network).asking.lists;
const list = (network, name) => lists(network).find(l => l.name === name);
const count = (words, where = '') => Number(house.sql(`SELECT count(*) AS n FROM message WHERE outbound = 0 AND text LIKE '%${words}%' ${where}`)[0].n);
const number = text => Number(house.sql(text)[0].n);
const act = (network, person, what, text, more) => house.net.act({ network, person, what, text, ...more });
const state = () => JSON.stringify({ facebook: lists('facebook'), x: lists('x') });
async function press(network) {
  await anna.get(`/desk/channels/${house.channels[network]}`);
  await anna.done(`/desk/channels/${house.channels[network]}/ask`);
}
// As an admin presses the button; waits for the round.
async function look(network) {
  const before = lists(network).map(l => l.rounds);
  await press(network);
  await until(() => `a round of ${network}: ${state()}`, () => lists(network).every((l, i) => l.rounds > before[i]));
}
const checked = network => until(() => `${network} was asked: ${state()}`, () => lists(network).every(l => l.state === 'well'));
const hooks = how => house.net.call('/sim/hook', { network: 'facebook', url: how === 'lost' ? 'http://127.0.0.1:9/nowhere' : `${house.base}/hooks/facebook/${house.channels.facebook}` });
const taken = network => until(`webhooks of ${network} went out`, async () => (await house.net.state())[network].hooks_waiting === 0);
// A post of our own on the Page.
async function ownPost(text) {
  const { page_id, access_token } = accounts.facebook;
  const r = await request(`${house.net.base}/graph/v26.0/${page_id}/feed`, { method: 'POST', body: new URLSearchParams({ message: text, access_token }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal(r.status, 200, r.text);
  return r.json().id;
}
const balanced = () => { const r = house.ledger(); assert.equal(r.code, 0, r.err + JSON.stringify(r)); };

test('every list is asked at the start, WhatsApp for nothing', async () => {
  await checked('facebook');
  await checked('x');
  assert.deepEqual(lists('facebook').map(l => l.name), ['comments', 'messages']);
  assert.deepEqual(lists('x').map(l => l.name), ['dms', 'mentions']);
  assert.deepEqual(lists('whatsapp'), []);
  const page = (await anna.get(`/desk/channels/${house.channels.facebook}`)).text;
  assert.match(page, /Commenti sotto i post della Pagina|Comments under the Page’s posts/);
  assert.match(page, /non mancava nulla|nothing was missing/);
  assert.deepEqual((await anna.json(`/desk/channels/${house.channels.whatsapp}`)).asking, { lists: [], quota: null });
  assert.equal((await giulia.post(`/desk/channels/${house.channels.x}/ask`)).status, 403, 'not for a lead');
  const metrics = (await request(house.base + '/metrics')).text;
  assert.match(metrics, new RegExp(`ascolto_list_rounds_total\\{brand="prova",channel="${house.channels.facebook}",network="facebook",list="comments"\\} [1-9]`));
});

test('webhooks that are kept back: everything is found, once, edits too', async () => {
  const wall = await ownPost('Le offerte di novembre');
  const { id: comment } = await act('facebook', 'gaia', 'comment', 'Prima del vuoto', { to: wall });
  await giulia.hear('Prima del vuoto');
  for (const network of ['facebook', 'x']) await house.net.fault(network, 'pause');
  await act('facebook', 'gaia', 'edit', 'Prima del vuoto, ma con altre parole', { to: comment });
  await act('facebook', 'gino', 'comment', 'Commento nel vuoto', { to: wall });
  await act('facebook', 'gino', 'message', 'Messenger nel vuoto');
  await act('x', 'gino', 'post', '@nuvolamobile Menzione nel vuoto');
  await act('x', 'gino', 'message', 'DM nel vuoto');
  await sleep(300);
  assert.equal(count('nel vuoto'), 0);
  await look('facebook');
  await look('x');
  assert.equal(count('nel vuoto'), 4, JSON.stringify(house.sql('SELECT text FROM message')) + state());
  assert.equal(count('ma con altre parole'), 1);
  // who writes is the same person, whichever way it came
  assert.equal(house.sql("SELECT DISTINCT person_id AS p FROM message WHERE text LIKE '%nel vuoto%'").length, 2);
  await house.net.clear();
  await taken('facebook');
  await taken('x');
  await look('facebook');
  assert.equal(count('vuoto'), 5, 'what a webhook tells again is known');
  assert.equal(list('facebook', 'comments').late + list('x', 'mentions').late, 0, 'nothing was five minutes old');
  balanced();
});

test('the house stood still: what was written, edited and removed meanwhile, and late is counted', async () => {
  const wall = await ownPost('Orari di Natale');
  const { id: stays } = await act('facebook', 'ada', 'comment', 'Resta qui', { to: wall });
  const { id: goes } = await act('facebook', 'ada', 'comment', 'Me ne pento', { to: wall });
  await until('both comments', () => count('Resta qui') + count('Me ne pento') === 2);
  await look('facebook');
  await house.server.stop();
  await hooks('lost');
  await act('facebook', 'ada', 'comment', 'Scritto nella pausa', { to: wall });
  await act('facebook', 'ada', 'edit', 'Resta qui, corretto', { to: stays });
  await act('facebook', 'ada', 'delete', '', { to: goes });
  // as if the last round had been now: what was written is from before it (in whole seconds), what was there is not young
  await sleep(1200);
  house.write(`UPDATE asking SET whole_at = 0, checked_until = ${Date.now()}000`);
  house.write("UPDATE message SET at = at - 600000000 WHERE text LIKE '%Me ne pento%'");
  await house.start();
  await until(() => `the comment of the pause ${state()}`, () => count('Scritto nella pausa') === 1);
  await until('the edit', () => count('Resta qui, corretto') === 1);
  await until('one is late', () => list('facebook', 'comments').late === 1);
  await until('one is missing', () => number('SELECT count(*) AS n FROM missing') === 1);
  assert.equal(count('Me ne pento'), 1, 'not believed at once');
  house.write('UPDATE missing SET since = since - 660000000');
  await look('facebook');
  assert.equal(count('Me ne pento'), 0);
  assert.equal(list('facebook', 'comments').withdrawn, 1);
  assert.equal(number('SELECT count(*) AS n FROM message WHERE deleted_at > 0'), 1);
  assert.match((await anna.get(`/desk/channels/${house.channels.facebook}`)).text, /1 trovato in ritardo|1 found late/);
  balanced();
  // the webhooks come after all
  await hooks('back');
  await taken('facebook');
  await look('facebook');
  assert.equal(count('Scritto nella pausa'), 1);
  assert.equal(count('Resta qui'), 1);
  assert.equal(number('SELECT count(*) AS n FROM message WHERE deleted_at > 0'), 1);
  balanced();
});

// What a reply of a colleague takes until its network has it.
async function replyIn(door, words) {
  const { id } = await begin(house, giulia, door);
  const began = performance.now();
  const r = await giulia.reply(id, words, { door });
  assert.ok(r.status < 300, r.text.slice(0, 300));
  await until(`${words} is out`, async () => (await house.net.accepted(words)).length === 1);
  return performance.now() - began;
}

test('a network that is slow, down or refuses: the others do not notice, and it is shown', async () => {
  await replyIn('whatsapp', 'Per scaldarsi');
  const asked = lists('x').map(l => l.rounds);
  await house.net.fault('x', 'slow', -1, 8000);
  await press('x');
  await sleep(300);
  assert.ok(await replyIn('whatsapp', 'Non aspetto nessuno') < 1000);
  await house.net.clear();
  await until(() => `slow is not broken ${state()}`, () => lists('x').every((l, i) => l.rounds > asked[i] && l.state === 'well'), 20000);
  await house.net.fault('x', 'down');
  await press('x');
  await until(() => `it fails ${state()}`, () => lists('x').every(l => l.state === 'failing' && l.failure === 'transient'));
  assert.ok(await replyIn('whatsapp', 'Nemmeno adesso') < 1000);
  const next = Date.parse(list('x', 'mentions').next) - Date.now();
  assert.ok(next > 15000 && next < 34000, `again in ${next} ms`);
  assert.match((await anna.get(`/desk/channels/${house.channels.x}`)).text, /Failing; the first error/);
  assert.match((await request(house.base + '/metrics')).text, /ascolto_list_failures_total\{[^}]*network="x",list="mentions"\} [1-9]/);
  await house.net.clear();
  await look('x');
  await checked('x');
  await house.net.fault('x', 'rate', -1, 90000);
  await press('x');
  await until(() => `it is asked to wait ${state()}`, () => list('x', 'mentions').failure === 'rate');
  const wait = Date.parse(list('x', 'mentions').next) - Date.now();
  assert.ok(wait > 60000 && wait < 110000, `again in ${wait} ms`);
  await house.net.clear();
  await look('x');
  await checked('x');
});

test('a token that is dead pauses the channel, and after its renewal the gap is filled', async () => {
  await house.net.fault('facebook', 'pause');
  await house.net.fault('facebook', 'token');
  await act('facebook', 'ivo', 'message', 'Mentre il token era scaduto');
  await press('facebook');
  await until(() => `the channel pauses ${state()}`, () => house.channel('facebook').state === 'paused');
  assert.equal(house.channel('facebook').failure, 'token');
  await house.net.call('/sim/fault', { network: 'facebook', kind: 'token', times: 0 });
  const r = house.cli('channel', 'resume', house.channels.facebook);
  assert.equal(r.code, 0, r.err);
  await until(() => `what was written meanwhile ${state()}`, () => count('Mentre il token era scaduto') === 1);
  await house.net.clear();
});

test('killed amid a round: everything is there, once', async () => {
  const wall = await ownPost('Si parte');
  await house.net.fault('facebook', 'pause');
  for (let i = 0; i < 30; i++) await act('facebook', i % 2 ? 'ada' : 'gaia', 'comment', `Commento numero ${i} della raffica`, { to: wall });
  await house.net.fault('facebook', 'slow', -1, 400);
  await press('facebook');
  await sleep(700); // the posts are here, their comments are not
  await house.kill();
  await house.net.call('/sim/fault', { network: 'facebook', kind: 'slow', times: 0 });
  await house.start();
  await until(() => `all of them ${count('della raffica')} ${state()}`, () => count('della raffica') === 30);
  await house.net.clear();
  await taken('facebook');
  await look('facebook');
  assert.equal(count('della raffica'), 30);
  assert.equal(number("SELECT count(*) AS n FROM (SELECT external_id FROM message WHERE external_id <> '' GROUP BY channel_id, external_id HAVING count(*) > 1) AS twice"), 0);
  balanced();
});

test('the house goes while it asks: it ends cleanly', async () => {
  await house.net.fault('facebook', 'slow', -1, 1500);
  await house.net.fault('x', 'slow', -1, 1500);
  await press('facebook');
  await press('x');
  await sleep(200);
  await house.server.stop();
  await house.net.clear();
  await house.start();
  await checked('facebook');
});
