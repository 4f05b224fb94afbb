// A private reply to a comment under a post, and what they answer to it in Messenger: one story.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, startHouse, until } from './support.mjs';

let house, giulia;
before(async () => {
  house = await startHouse({ on: ['facebook'] });
  giulia = await house.colleague('giulia');
});
after(() => house.stop());

test('comment, private reply, their answer in Messenger: one story of one person', async () => {
  const talk = await begin(house, giulia, 'comment');
  assert.equal((await giulia.reply(talk.id, 'Le scrivo in privato.', { door: 'private_reply' })).status, 200);
  await until('the network has it', async () => (await house.net.accepted('Le scrivo in privato.')).length);
  await until('and we know', async () => (await giulia.message(talk.id, 'Le scrivo in privato.')).state !== 'queued');
  await house.net.act({ network: 'facebook', person: talk.person, what: 'message', text: 'Grazie, il numero è 12345' });
  assert.equal(await giulia.hear('il numero è 12345'), talk.id);
  const story = await giulia.story(talk.id);
  const said = story.items.filter(i => i.kind === 'message').map(i => [i.door.name, i.door.public]);
  assert.deepEqual(said, [['comment', true], ['private_reply', false], ['messenger', false]]);
  assert.equal(story.composer.doors.find(d => d.checked).name, 'messenger', 'and it goes on where they wrote last');
  assert.equal((await giulia.rows('all')).length, 1);
});
