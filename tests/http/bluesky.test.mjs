// What is special about Bluesky, told from the phone to the desk and back: it tells nothing and is asked, its sessions end,
// a deletion is seen by what stands above our answer, and who blocks us is not answered into the void.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: ['bluesky'] });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
  await anna.get(where());
});
after(() => house.stop());

const network = 'bluesky';
const where = () => `/desk/channels/${house.channels.bluesky}`;
const items = async () => (await house.net.state()).items.filter(i => i.network === network);
const act = (person, what, more) => house.net.act({ network, person, what, ...more });
// An admin asks by "Check now" until it is there.
async function soon(what, look) {
  let asked = 0;
  return until(what, async () => {
    if (Date.now() - asked > 1500) { await anna.done(`${where()}/ask`); asked = Date.now(); }
    return look();
  }, 40000);
}
const hear = async words => (await soon(`“${words}”`, () => giulia.find(words))).id;
async function person(key, name, words) {
  await house.net.call('/sim/person', { key, name });
  const { id: item } = await act(key, 'post', { text: `@nuvolamobile ${words}` });
  const id = await hear(words);
  await giulia.listen(id);
  return { item, id };
}
const send = async (id, text) => { const r = await giulia.reply(id, text, { door: 'reply' }); assert.equal(r.status, 200, r.text); };
const said = text => until('it is there', async () => (await items()).find(i => i.by_brand && i.text === text));

test('a mention is answered beneath it, and what they answer then is the same story', async () => {
  const { item, id } = await person('ada', 'Ada Riva', 'il telefono è muto');
  await send(id, 'Ci penso io, Ada: https://nuvola.example/guasti');
  const ours = await said('Ci penso io, Ada: https://nuvola.example/guasti');
  assert.equal(ours.parent, item);
  await act('ada', 'comment', { to: ours.id, text: 'Grazie, funziona' });
  assert.equal(await hear('Grazie, funziona'), id);
  assert.equal((await giulia.messages(id, 'Ci penso io')).length, 1, 'our own words are there once');
});

test('a comment under what we posted comes in, with its picture', async () => {
  const post = (await items()).find(i => i.by_brand && !i.parent);
  await house.net.call('/sim/person', { key: 'bea', name: 'Bea Conti' });
  await act('bea', 'comment', { to: post.id, text: 'Qui dice così', media: 'picture' });
  const id = await hear('Qui dice così');
  await until('the picture is kept', async () => (await giulia.message(id, 'Qui dice così')).attachments[0]?.state === 'stored');
});

test('what was deleted after our answer leaves the desk; what was deleted before is not answered', async () => {
  const after = await person('carlo', 'Carlo Neri', 'questo lo tolgo poi');
  await send(after.id, 'Eccoci, Carlo.');
  await said('Eccoci, Carlo.');
  await act('carlo', 'delete', { to: after.item });
  await soon('it is gone from the desk', () => house.sql(`SELECT deleted_at FROM message WHERE external_id = '${after.item}'`)[0].deleted_at > 0);
  const sooner = await person('dora', 'Dora Blu', 'questo lo tolgo adesso');
  await act('dora', 'delete', { to: sooner.item });
  await send(sooner.id, 'Troppo tardi?');
  await until('the colleague knows', async () => (await giulia.message(sooner.id, 'Troppo tardi?')).unsent?.failure === 'gone');
  assert.equal((await items()).some(i => i.text === 'Troppo tardi?'), false);
});

test('who blocked us is not answered into the void', async () => {
  const { id } = await person('elio', 'Elio Verdi', 'ora vi blocco');
  await act('elio', 'block');
  await send(id, 'Ci spiace.');
  await until('the person is flagged', async () => (await giulia.json(`/desk/c/${id}`)).who.identities.some(i => i.blocked));
  assert.equal((await items()).some(i => i.text === 'Ci spiace.'), false);
});

test('a thread that lets only some answer says so', async () => {
  const { id } = await person('fabio', 'Fabio Rosa', 'chi può rispondere?');
  await house.net.fault(network, 'window', 1);
  await send(id, 'Noi?');
  await until('the colleague knows', async () => (await giulia.message(id, 'Noi?')).unsent?.failure === 'window');
});

test('a session whose renewal is refused is begun anew with the app password', async () => {
  const { id } = await person('gino', 'Gino Viola', 'ci siete sempre?');
  const set = house.cli('channel', 'set', house.channels.bluesky, '--set', 'refresh_token=spento');
  assert.equal(set.code, 0, set.err);
  await anna.done(`${where()}/probe`);
  await until('another session', () => house.sql('SELECT access_until AS ends FROM channel')[0].ends > Date.now() * 1000, 80000); // at the latest in the next turn, a minute later
  await send(id, 'Sempre qui.');
  await said('Sempre qui.');
  await until('the channel is on', () => house.channel(network).state === 'on');
  assert.equal(house.ledger().balanced, true);
});

test('a wrong app password pauses the channel; the right one fills the gap', async () => {
  const page = await anna.json(where()), values = Object.fromEntries(page.fields.map(f => [`set.${f.name}`, f.value]));
  house.cli('channel', 'set', house.channels.bluesky, '--set', 'refresh_token=spento', '--set', 'access_token=finito');
  await anna.done(where(), { name: page.name, ...values, 'set.app_password': 'sbagliata' });
  await until('it stands still', () => house.channel(network).state === 'paused');
  await house.net.call('/sim/person', { key: 'ida', name: 'Ida Gialli' });
  await act('ida', 'post', { text: '@nuvolamobile mentre eravate via' });
  await anna.done(where(), { name: page.name, ...values, 'set.app_password': 'abcd-efgh-ijkl-mnop' });
  await until('it is on', () => house.channel(network).state === 'on');
  await giulia.hear('mentre eravate via');
});
