// A door that the network shuts itself: the desk says so with the network's own reason before anybody writes, offers the
// nearest door and the message on the network; a later message that can be answered opens it again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, startHouse, until } from './support.mjs';
import { fresh, post, x } from './payloads.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: ['x'] });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(() => house.stop());

const reply = (from, name, text, more = {}) => {
  const payload = x.mention(from, name, text, more);
  payload.data.event_type = 'post.reply.create';
  Object.assign(payload.data.payload, { in_reply_to_tweet_id: '1', in_reply_to_user_id: accounts.x.user_id, entities: { mentions: [] } });
  return payload;
};
const told = async payload => { const r = await post(house, 'x', payload); assert.equal(r.status, 200, r.text); };

test('who did not name us on X: said, with a way out, before anyone writes', async () => {
  const tweet = fresh();
  await told(reply('1600000000000000101', 'Ada Riva', 'sempre la stessa storia', { id: tweet }));
  const id = await giulia.hear('sempre la stessa storia');
  const page = (await giulia.get(`/desk/c/${id}`)).text;
  assert.match(page, /Ada did not name us here/, 'also while one listens');
  assert.match(page, new RegExp(`href="https://x.com/i/web/status/${tweet}"`));
  await giulia.listen(id);
  let { composer } = await giulia.story(id);
  const shut = composer.shut.find(d => d.name === 'reply');
  assert.deepEqual([shut.why, shut.by_network, shut.link], ['x.unsummoned', true, `https://x.com/i/web/status/${tweet}`]);
  assert.deepEqual([composer.nearest.name, composer.by_network, composer.any_open], ['dm', true, true]);
  const seen = { text: 'Eccoci', seen: composer.seen, once: composer.once };
  const refused = await giulia.post(`/desk/c/${id}/reply`, { door: shut.value, ...seen }, { accept: 'application/json' });
  assert.equal(refused.status, 409, refused.text);
  assert.match(refused.text, /lets nobody answer/);
  assert.equal(house.sql('SELECT count(*) AS n FROM outbox')[0].n, 0);
  await told(x.mention('1600000000000000101', 'Ada Riva', '@prova allora?', { conversation: tweet }));
  await until('the door is open', async () => (await giulia.story(id)).composer.doors.some(d => d.name === 'reply'));
  ({ composer } = await giulia.story(id));
  assert.deepEqual([composer.by_network, composer.nearest, composer.shut.length], [false, undefined, 0]);
});

test('told of as a reply first and as a mention then, it can be answered', async () => {
  const tweet = fresh();
  const first = reply('1600000000000000102', 'Bea Conti', 'e poi niente', { id: tweet });
  await told(first);
  const id = await giulia.hear('e poi niente');
  assert.equal((await giulia.story(id)).composer.shut[0].why, 'x.unsummoned');
  await told(x.mention('1600000000000000102', 'Bea Conti', 'e poi niente', { id: tweet }));
  assert.equal((await giulia.story(id)).composer.shut.length, 0);
  await told(first);
  assert.equal((await giulia.story(id)).composer.shut.length, 0, 'what comes late does not shut it');
});

test('on the enterprise plan X lets us answer everybody', async () => {
  const r = await anna.post(`/desk/channels/${house.channels.x}`, { ...(await settings()), 'set.plan': 'enterprise' });
  assert.equal(r.status, 303, r.text.slice(0, 300));
  await told(reply('1600000000000000103', 'Carlo Neri', 'nessuno mi ascolta'));
  const id = await giulia.hear('nessuno mi ascolta');
  assert.equal((await giulia.story(id)).composer.shut.length, 0);
});

// The form of the channel as it stands.
async function settings() {
  const page = await anna.json(`/desk/channels/${house.channels.x}`);
  return { name: 'Prova', ...Object.fromEntries(page.fields.filter(s => !s.secret).map(s => [`set.${s.name}`, s.value || ''])) };
}
