// X is paid by use: what replies and reading cost this month stands on the channel's page, in the API and the metrics.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, request, startHouse, until } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: ['x', 'whatsapp'] });
  [giulia, anna] = await Promise.all(['giulia', 'anna'].map(house.colleague));
});
after(() => house.stop());

const quota = async () => (await anna.json(`/desk/channels/${house.channels.x}`)).asking.quota;
const answered = async (text, door = 'reply') => {
  const talk = await begin(house, giulia, door);
  const { replies } = await quota();
  assert.equal((await giulia.reply(talk.id, text, { door })).status, 200);
  await until('the network has it', async () => (await house.net.accepted(text)).length);
  await until('and we know', async () => ['sent', 'published', 'delivered', 'read'].includes((await giulia.message(talk.id, text)).state));
  return (await quota()).replies - replies;
};

test('a reply costs a cent, one with an address twenty, a direct message has no price', async () => {
  assert.equal(await answered('Eccoci, guardiamo subito'), 10);
  assert.equal(await answered('Tutto qui: https://prova.it/guasti'), 200);
  assert.equal(await answered('Si veda prova.it per il resto'), 200, 'X shortens this too');
  assert.equal(await answered('Le scrivo qui', 'dm'), 0);
});

test('page, API and metrics say the same, and nothing ends', async () => {
  const q = await quota();
  assert.deepEqual([q.money, q.all, q.spent, q.replies, q.amount_replies], ['USD', 0, false, 410, '0.41']);
  assert.equal(Math.round(Number(q.amount) * 1000), q.used);
  const [from, end] = [new Date(q.from), new Date(q.until)];
  assert.deepEqual([from.getUTCDate(), end.getUTCDate(), from.getUTCHours()], [1, 1, 0]);
  const page = (await anna.get(`/desk/channels/${house.channels.x}`)).text;
  assert.match(page, /USD spent this month/);
  assert.match(page, /0\.41 of it for replies/);
  assert.doesNotMatch(page, /<meter/);
  assert.doesNotMatch((await anna.get(`/desk/channels/${house.channels.whatsapp}`)).text, /spent this month/);
  const { items } = await anna.json('/api/v1/channels');
  assert.equal(items.find(c => c.network === 'x').asking.quota.amount, q.amount);
  const metrics = (await request(`${house.base}/metrics`)).text;
  assert.match(metrics, /^ascolto_network_spent\{[^}]*network="x"[^}]*\} 0\.4\d/m);
  assert.doesNotMatch(metrics, /ascolto_network_spent\{[^}]*whatsapp/);
});
