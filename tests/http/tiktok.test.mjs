// TikTok's signature carries its moment: what somebody kept is not said again later. And the address to which it sends an
// administrator back ends with a slash.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';
import { post } from './payloads.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: ['tiktok'] });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(() => house.stop());

const signed = (body, seconds) => {
  const t = Math.floor(Date.now() / 1000) + seconds;
  return { 'tiktok-signature': `t=${t},s=${crypto.createHmac('sha256', 'simulated-tiktok-secret').update(`${t}.${body}`).digest('hex')}` };
};
const comment = (id, text, comment_action = 'insert', later = 0) => JSON.stringify({ event: 'comment.update', user_openid: 'biz-7b1d4c90-5e2f-nuvola', content: JSON.stringify({
  comment_id: id, video_id: '7203946000000000001', comment_action, timestamp: Math.floor(Date.now() / 1000) - 60 + later, unique_identifier: '7105000000000000009', text }) });
const count = () => house.sql('SELECT count(*) AS n FROM message')[0].n;

test('a webhook signed ten minutes ago, or in ten minutes, is refused and leaves nothing', async () => {
  const body = comment('7247303000000000001', 'Detto una volta sola'), before = count();
  for (const seconds of [-600, 600]) assert.equal((await post(house, 'tiktok', body, signed(body, seconds))).status, 403);
  assert.equal(count(), before);
  for (const seconds of [-240, 0, 0]) assert.equal((await post(house, 'tiktok', body, signed(body, seconds))).status, 200);
  await giulia.hear('Detto una volta sola');
  assert.equal(count(), before + 1, 'three times told, once heard');
});

test('what only friends see is withdrawn', async () => {
  const network = 'tiktok', person = 'ada', text = 'Il terzo consiglio qual è?';
  await house.net.call('/sim/person', { key: person, name: 'Ada Prova' });
  const to = (await house.net.state()).items.find(i => i.network === network && i.by_brand && i.kind !== 'private').id;
  const { id } = await house.net.act({ network, person, what: 'comment', to, text });
  const talk = await giulia.hear(text);
  await house.net.act({ network, person, what: 'friends-only', to: id });
  await until('the words are gone', async () => !JSON.stringify(await giulia.story(talk)).includes(text));
});

test('what is public again waits again, and what another account lost pauses nothing here', async () => {
  const id = '7247303000000000077', text = 'Si vede di nuovo?', say = async (action, later) => assert.equal((await post(house, 'tiktok', comment(id, text, action, later))).status, 200);
  const now = () => house.sql(`SELECT text, place FROM message WHERE external_id = '${id}'`);
  await say('insert', 0);
  const [heard] = now();
  await say('set_to_friends_only', 10);
  assert.notDeepEqual(now(), [heard]);
  await say('insert', 0); // told twice
  assert.equal(now()[0].text, '');
  for (let times = 0; times < 2; times++) await say('set_to_public', 20);
  assert.deepEqual(now(), [heard]);
  await giulia.hear(text);
  assert.equal(house.ledger().balanced, true);
  const removed = user_openid => post(house, 'tiktok', JSON.stringify({ event: 'authorization.removed', user_openid, create_time: 1, content: '{"reason":1}' }));
  await removed('another-account');
  assert.equal(house.sql('SELECT state FROM channel')[0].state, 'on');
});

test('whom the webhook did not name the list does', async () => {
  const network = 'tiktok', person = 'bice', text = 'Mi rispondete anche di domenica?';
  await house.net.call('/sim/person', { key: person, name: 'Bice Senzanome' });
  const to = (await house.net.state()).items.find(i => i.network === network && i.by_brand && i.kind !== 'private').id;
  await house.net.act({ network, person, what: 'comment', to, text });
  const talk = await giulia.hear(text), name = () => house.sql(`SELECT p.name FROM conversation c JOIN person p ON p.id = c.person_id WHERE c.id = ${talk}`)[0].name;
  assert.match(name(), /^TikTok/);
  await anna.get(`/desk/channels/${house.channels.tiktok}`);
  await anna.done(`/desk/channels/${house.channels.tiktok}/ask`);
  await until('the name is there', () => name() === 'Bice Senzanome');
});

test('the way back from TikTok ends with a slash', async () => {
  const plain = await anna.get('/desk/channels/consent?state=unknown&code=c'), slash = await anna.get('/desk/channels/consent/?state=unknown&code=c');
  assert.notEqual(slash.status, 404);
  assert.equal(slash.status, plain.status);
});
