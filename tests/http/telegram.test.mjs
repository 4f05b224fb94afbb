// What is special about Telegram, told from the phone to the desk and back: the group that everybody reads, words that
// are too long for a caption, who stops the bot and starts it again, and its secret.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request, startHouse, until } from './support.mjs';
import { post } from './payloads.mjs';

let house, giulia;
before(async () => {
  house = await startHouse({ on: ['telegram'] });
  giulia = await house.colleague('giulia');
});
after(() => house.stop());

const network = 'telegram';
const person = async (key, name) => (await house.net.call('/sim/person', { key, name }), key);
const items = async () => (await house.net.state()).items;

test('an answer in the group stands below the question, for everybody', async () => {
  const ada = await person('ada', 'Ada Riva');
  const { id: asked } = await house.net.act({ network, person: ada, what: 'post', text: 'Quando torna la rete a Susa?' });
  const id = await giulia.hear('Quando torna la rete a Susa?');
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE 'Quando torna%' AND is_public = 1")[0].n, 1);
  await giulia.listen(id);
  const r = await giulia.reply(id, 'Stasera alle otto.', { door: 'group' });
  assert.equal(r.status, 200, r.text);
  const said = await until('it is in the group', async () => (await items()).find(i => i.by_brand && i.text === 'Stasera alle otto.'));
  assert.equal(said.kind, 'tweet');
  assert.equal(said.parent, asked);
});

test('a private answer goes to the person, and never to a group', async () => {
  const bea = await person('bea', 'Bea Conti');
  await house.net.act({ network, person: bea, what: 'message', text: 'Il mio numero è 333 000 0001' });
  const id = await giulia.hear('333 000 0001');
  await giulia.listen(id);
  assert.equal((await giulia.reply(id, 'La chiamo subito.', { door: 'chat' })).status, 200);
  const said = await until('she has it', async () => (await items()).find(i => i.by_brand && i.text === 'La chiamo subito.'));
  assert.deepEqual([said.kind, said.person], ['private', bea]);
});

test('who stops the bot is not reached until they start it again', async () => {
  const carlo = await person('carlo', 'Carlo Neri');
  await house.net.act({ network, person: carlo, what: 'message', text: 'Sono Carlo, non funziona' });
  const id = await giulia.hear('Sono Carlo');
  await giulia.listen(id);
  await house.net.act({ network, person: carlo, what: 'block' });
  await until('the door is shut', async () => (await giulia.story(id)).composer.shut.some(d => d.why === 'blocked'));
  await house.net.act({ network, person: carlo, what: 'unblock' });
  await until('the door is open', async () => (await giulia.story(id)).composer.doors.some(d => d.name === 'chat'));
  assert.equal((await giulia.reply(id, 'Rieccoci, Carlo.')).status, 200);
  await until('he has it', async () => (await items()).some(i => i.by_brand && i.text === 'Rieccoci, Carlo.'));
});

test('without the secret nothing is taken, and nothing says what it is', async () => {
  const update = { update_id: 1, message: { message_id: 1, chat: { id: 9, type: 'private' }, from: { id: 9, first_name: 'Falso' }, date: 1763730000, text: 'falso' } };
  for (const headers of [{}, { 'x-telegram-bot-api-secret-token': '' }, { 'x-telegram-bot-api-secret-token': 'simulated-telegram-secreT' }]) {
    const r = await post(house, network, update, headers);
    assert.equal(r.status, 403);
    assert.doesNotMatch(r.text, /simulated/);
  }
  assert.equal((await request(`${house.base}/hooks/telegram/${house.channels.telegram}`)).status < 500, true);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text = 'falso'")[0].n, 0);
});

test('the token of the bot stands in no log', async () => {
  await house.net.fault(network, 'down', 1);
  await house.net.act({ network, person: 'bea', what: 'message', text: 'Ancora io', media: 'picture' });
  const id = await giulia.hear('Ancora io');
  await giulia.reply(id, 'Riprovo fra poco.');
  await until('it is said after a second try', async () => (await items()).some(i => i.by_brand && i.text === 'Riprovo fra poco.'), 60000);
  assert.doesNotMatch(house.server.log + house.server.out, /simulated-telegram-token/);
});
