// Words that a network lets us keep only for so long: the story, the list and the page of rules say so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, startHouse } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse();
  [giulia, anna] = await Promise.all(['giulia', 'anna'].map(house.colleague));
});
after(() => house.stop());

test('a message whose words went says why, and where they are', async () => {
  const talk = await begin(house, giulia, 'reply', 'Qui la fibra zoppica');
  const now = Date.now() * 1000;
  house.write(`UPDATE message SET text = '', note = '', told_at = -${now}, link = 'https://x.com/i/web/status/5' WHERE text LIKE '%zoppica%'`);
  house.write("UPDATE conversation SET preview = ''");
  const story = await giulia.story(talk.id), item = story.items.find(i => i.kind === 'message');
  assert.deepEqual([item.text, item.let_go.network, item.withdrawn], ['', 'X', undefined]);
  assert.equal(new Date(item.let_go.at).getTime(), Math.floor(now / 1000));
  const page = (await giulia.get(`/desk/c/${talk.id}`)).text;
  assert.match(page, /X lets us keep what people write only for a while[^<]*<a href="https:\/\/x\.com\/i\/web\/status\/5"/);
  assert.equal(story.composer.doors.length > 0, true, 'and it can be answered as before');
  assert.equal((await giulia.rows('all')).length, 1);
  assert.equal(house.ledger().balanced, true);
});

// Those of this version whose terms say so.
test('the page of rules names the networks and their hours', async () => {
  const { networks } = await anna.json('/api/v1/retention');
  const page = (await anna.get('/desk/retention')).text;
  for (const n of networks) assert.ok(n.words_hours + n.people_hours > 0 && page.includes(n.label), n.network);
  assert.equal(/What networks let us keep/.test(page), networks.length > 0);
});
