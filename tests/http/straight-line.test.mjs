// The main job from end to end: a person writes, a colleague listens and answers, nobody is forgotten.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { messenger, post } from './payloads.mjs';
import { startHouse, until } from './support.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); });
after(() => house.stop());

const writes = {
  'a WhatsApp message': { network: 'whatsapp', what: 'message', door: 'whatsapp' },
  'a Messenger message': { network: 'facebook', what: 'message', door: 'messenger' },
  'a post on the wall': { network: 'facebook', what: 'post', door: 'comment' },
  'a tweet that mentions us': { network: 'x', what: 'post', door: 'reply' },
  'a direct message on X': { network: 'x', what: 'message', door: 'dm' },
};
for (const [name, { network, what, door }] of Object.entries(writes))
  test(`${name} is heard, answered and accounted for`, async () => {
    const words = `Il telefono di mia figlia non prende (${name})`;
    const before = house.ledger();
    const person = door;
    await house.net.call('/sim/person', { key: person, name: `Marta ${door}` });
    await house.net.act({ network, person, what, text: words });
    const id = await giulia.hear(words);
    const refused = await giulia.reply(id, 'Troppo presto', { door });
    assert.equal(refused.status, 409, 'a reply before listening is refused');
    await giulia.listen(id, 'che il telefono di sua figlia prenda');
    const sent = await giulia.reply(id, `Marta, ci guardo io adesso (${name}).`, { door });
    assert.equal(sent.status, 200, sent.text);
    await until('the network has the reply', async () => (await house.net.accepted(`(${name})`)).length === 1);
    await until('the story is answered', async () => (await giulia.story(id)).conversation.place === 'answered');
    const now = house.ledger();
    assert.equal(now.code, 0, now.err);
    assert.equal(now.balanced, true);
    assert.equal(now.received, (before.received || 0) + 1);
    assert.equal(now.answered, (before.answered || 0) + 1);
  });

test('a webhook that says only an id: the network is asked for the name, once', async () => {
  await house.net.call('/sim/person', { key: 'senzanome', name: 'Rosa Senzanome', facebook: '6100000000009911' });
  await house.net.act({ network: 'facebook', person: 'senzanome', what: 'message', text: 'Chi sono, lo sapete?' });
  const id = await giulia.hear('Chi sono, lo sapete?');
  await until('the name', async () => (await giulia.story(id)).person.name === 'Rosa Senzanome');
  assert.deepEqual(house.sql("SELECT count(*) AS n FROM nameless WHERE external_id = '6100000000009911'"), [{ n: 0 }]);
  assert.deepEqual((await giulia.json('/desk/search?q=Senzanome')).people.map(p => p.name), ['Rosa Senzanome'], 'and is found by it');

  const unknown = '6100000000009912', tries = () => house.sql(`SELECT tries FROM nameless WHERE external_id = '${unknown}'`)[0]?.tries;
  assert.equal((await post(house, 'facebook', messenger.text(unknown, 'E io chi sono?'))).status, 200);
  const other = await giulia.hear('E io chi sono?');
  await until('it was asked', () => tries() === 1);
  assert.equal((await giulia.story(other)).person.name, 'Facebook ···9912', 'whom the network does not name keeps the number');
  assert.equal((await post(house, 'facebook', messenger.text(unknown, 'Ancora io'))).status, 200);
  await giulia.hear('Ancora io');
  assert.equal(tries(), 1, 'and is not asked for again');
});
