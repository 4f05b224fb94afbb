// Gaps are found and filled: what customers wrote, changed and removed while webhooks were lost, or the house stood
// still, is there exactly once after it asked the networks; and a network in trouble is nobody else's trouble.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startHouse, begin, until, sleep } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(() => house?.stop());

const lists = network => house.channel(network).asking.lists;
const list = (network, name) => lists(network).find(l => l.name === name);
const count = (words, where = '') => Number(house.sql(`SELECT count(*) AS n FROM message WHERE outbound = 0 AND text LIKE '%${words}%' ${where}`)[0].n);
const act = (network, person, what, text, more) => house.net.act({ network, person, what, text, ...more });
// As an admin presses the button; waits for the round.
async function look(network) {
  const before = lists(network).map(l => l.rounds);
  await anna.get(`/desk/channels/${house.channels[network]}`);
  const r = await anna.post(`/desk/channels/${house.channels[network]}/ask`);
  assert.equal(r.status, 303, r.text.slice(0, 200));
  await until(() => `a round of ${network}: ${JSON.stringify(lists(network))}`, () => lists(network).every((l, i) => l.rounds > before[i]));
}
const checked = network => until(() => `${network} was asked: ${JSON.stringify(lists(network))}`, () => lists(network).every(l => l.state === 'well'));
// Some time passes: what was stored before is now so much older.
const pass = minutes => house.write(`UPDATE missing SET since = since - ${minutes * 60000000}`);

test('every list is asked at the start, WhatsApp for nothing', async () => {
  await checked('facebook');
  await checked('x');
  assert.deepEqual(lists('facebook').map(l => l.name), ['comments', 'messages']);
  assert.deepEqual(lists('x').map(l => l.name), ['dms', 'mentions']);
  assert.deepEqual(lists('whatsapp'), []);
  const page = (await anna.get(`/desk/channels/${house.channels.facebook}`)).text;
  assert.match(page, /Comments under the Page’s posts|Commenti sotto i post/);
  const api = (await anna.json(`/desk/channels/${house.channels.whatsapp}`)).asking;
  assert.deepEqual(api, { lists: [], quota: null });
  assert.equal((await giulia.post(`/desk/channels/${house.channels.x}/ask`)).status, 403, 'not for a lead');
});

test('webhooks that are kept back: everything is found, once, edits too', async () => {
  const { id: post } = await house.net.call('/graph-post', null).catch(() => ({}));
  assert.equal(post, undefined);
  const wall = await ownPost('Le offerte di novembre');
  const { id: comment } = await act('facebook', 'gaia', 'comment', 'Prima del vuoto', { to: wall });
  await giulia.hear('Prima del vuoto');
  for (const network of ['facebook', 'x']) await house.net.fault(network, 'pause');
  await act('facebook', 'gaia', 'edit', 'Prima del vuoto, ma con altre parole', { to: comment });
  await act('facebook', 'gino', 'comment', 'Commento nel vuoto', { to: wall });
  await act('facebook', 'gino', 'message', 'Messenger nel vuoto');
  await act('x', 'gino', 'post', '@{brand} Menzione nel vuoto'.replace('{brand}', await handle()));
  await act('x', 'gino', 'message', 'DM nel vuoto');
  await sleep(300);
  assert.equal(count('nel vuoto'), 0);
  await look('facebook');
  await look('x');
  assert.equal(count('nel vuoto'), 4, JSON.stringify(house.sql("SELECT text FROM message")));
  assert.equal(count('ma con altre parole'), 1);
  // what came by asking answers as what came by itself does
  const people = new Set(house.sql("SELECT DISTINCT person_id AS p FROM message WHERE text LIKE '%nel vuoto%'").map(r => String(r.p)));
  assert.equal(people.size, 2, 'one person a network');
  await house.net.clear();
  await until('webhooks went out', async () => Object.values((await house.net.state()).networks ?? {}).every(n => !n.hooks_waiting));
  await sleep(300);
  assert.equal(count('nel vuoto'), 4, 'what a webhook tells again is known');
  assert.equal(list('facebook', 'comments').late + list('x', 'mentions').late, 0, 'nothing was five minutes old');
  assert.equal(house.ledger().code, 0);
});

test('the house stood still: what was written, edited and removed is told apart, and late is counted', async () => {
  const wall = await ownPost('Orari di Natale');
  const { id: stays } = await act('facebook', 'ada', 'comment', 'Resta qui', { to: wall });
  const { id: goes } = await act('facebook', 'ada', 'comment', 'Me ne pento', { to: wall });
  await giulia.hear('Resta qui');
  await giulia.hear('Me ne pento');
  await look('facebook');
  await house.server.stop();
  await house.net.call('/sim/hook', { network: 'facebook', url: 'http://127.0.0.1:9/nowhere' }); // lost for good
  await act('facebook', 'ada', 'comment', 'Scritto nella pausa', { to: wall });
  await act('facebook', 'ada', 'edit', 'Resta qui, corretto', { to: stays });
  await act('facebook', 'ada', 'delete', '', { to: goes });
  await house.net.call('/sim/clock', { advance_seconds: 1 });
  // six minutes ago by the house's clock
  house.write('UPDATE asking SET checked_until = checked_until + 600000000');
  await house.start();
  await until('the comment of the pause', () => count('Scritto nella pausa') === 1);
  await until('the edit', () => count('Resta qui, corretto') === 1);
  await until('late', () => list('facebook', 'comments').late >= 1);
});

async function handle() { return (await house.net.state()).brand?.handle ?? 'prova'; }
async function ownPost(text) {
  const { accounts, request } = await import('./support.mjs');
  const r = await request(`${house.net.base}/graph/v26.0/${accounts.facebook.page_id}/feed`, { method: 'POST', body: new URLSearchParams({ message: text, access_token: accounts.facebook.access_token }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal(r.status, 200, r.text);
  return r.json().id;
}
