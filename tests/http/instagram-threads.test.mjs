// What is special about Instagram and Threads, told from the phone to the desk and back: a private answer to a comment,
// what is unsent, mentions, the reply that is made in three steps and said once, and what lists find out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request, startHouse, until } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: ['instagram', 'threads'] });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(() => house?.stop());

const person = async (key, name) => (await house.net.call('/sim/person', { key, name, handle: `${key}.prova` }), key);
const items = async network => (await house.net.state()).items.filter(i => i.network === network);
const ourPost = async network => (await items(network)).find(i => i.by_brand && i.kind !== 'private').id;
const accepted = async text => (await house.net.state()).accepted.filter(a => a.text === text);
const send = async (id, text, door) => { const r = await giulia.reply(id, text, { door }); assert.equal(r.status, 200, r.text); };
const count = (words, where = '') => Number(house.sql(`SELECT count(*) AS n FROM message WHERE outbound = 0 AND text LIKE '%${words}%' ${where}`)[0].n);
const lists = network => house.channel(network).asking.lists;
// As an admin presses the button; waits for the round of every list.
async function look(network) {
  const before = lists(network).map(l => l.rounds);
  await anna.get(`/desk/channels/${house.channels[network]}`);
  await anna.done(`/desk/channels/${house.channels[network]}/ask`);
  await until(() => `a round of ${network}: ${JSON.stringify(lists(network))}`, () => lists(network).every((l, i) => l.rounds > before[i]));
}

test('a comment is answered in public, then once in private, in the same story', async () => {
  const ada = await person('ada', 'Ada Riva'), post = await ourPost('instagram');
  const { id: comment } = await house.net.act({ network: 'instagram', person: ada, what: 'comment', to: post, text: 'Il mio ordine non arriva mai' });
  const id = await giulia.hear('Il mio ordine non arriva mai');
  await giulia.listen(id);
  await send(id, 'Ci dispiace, Ada: guardiamo subito.', 'comment');
  const said = await until('it stands under the comment', async () => (await items('instagram')).find(i => i.by_brand && i.text.startsWith('Ci dispiace')));
  assert.equal(said.parent, comment);
  await send(id, 'Ci manda qui il numero dell’ordine?', 'private_reply');
  await until('she has it in private', async () => (await items('instagram')).find(i => i.kind === 'private' && i.text.startsWith('Ci manda qui')));
  assert.deepEqual((await accepted('Ci manda qui il numero dell’ordine?')).map(a => [a.door, a.count]), [['private_reply', 1]]);
  await until('the door is shut', async () => !(await giulia.story(id)).composer.doors.some(d => d.name === 'private_reply'));
  await house.net.act({ network: 'instagram', person: ada, what: 'message', text: 'È il 7718, grazie' });
  await until('the answer is in the same story', async () => await giulia.message(id, 'È il 7718'));
});

test('what is unsent is gone from the desk', async () => {
  const bea = await person('bea', 'Bea Conti');
  const { id: item } = await house.net.act({ network: 'instagram', person: bea, what: 'message', text: 'La mia password è farfalla' });
  await giulia.hear('password è farfalla');
  await house.net.act({ network: 'instagram', person: bea, what: 'delete', to: item });
  await until('its words are gone', () => count('farfalla') === 0);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE deleted_at > 0")[0].n, 1);
});

test('a mention is shown as what it is, and answered where it stands', async () => {
  const carlo = await person('carlo', 'Carlo Neri');
  const { id: media } = await house.net.act({ network: 'instagram', person: carlo, what: 'mention', text: 'Grazie @nuvolamobile!' });
  const [row] = await until('the mention is there', () => { const rows = house.sql(`SELECT CAST(conversation_id AS TEXT) AS c, door FROM message WHERE external_id = '${media}'`); return rows.length && rows; });
  assert.equal(row.door, 'mention');
  await giulia.listen(row.c);
  await send(row.c, 'Grazie a lei!', 'mention');
  const said = await until('it stands there', async () => (await items('instagram')).find(i => i.by_brand && i.text === 'Grazie a lei!'));
  assert.equal(said.parent, media);
});

test('a reply on Threads is said once, though its echo is there before the answer', async () => {
  const dora = await person('dora', 'Dora Prova');
  await house.net.act({ network: 'threads', person: dora, what: 'post', text: '@nuvolamobile la app non si apre' });
  const id = await giulia.hear('la app non si apre');
  await giulia.listen(id);
  await house.net.fault('threads', 'echo-first', 1);
  await send(id, 'La riapra adesso, Dora.');
  await until('it is out', async () => (await accepted('La riapra adesso, Dora.')).length);
  await until('the desk knows', async () => ['sent', 'published'].includes((await giulia.message(id, 'La riapra adesso')).state));
  await look('threads');
  assert.deepEqual((await accepted('La riapra adesso, Dora.')).map(a => a.count), [1]);
  assert.equal((await giulia.messages(id, 'La riapra adesso')).length, 1, 'the list shows the same one');
});

test('too fast for Threads: it waits, and goes by itself', async () => {
  const ugo = await person('ugo', 'Ugo Prova');
  await house.net.act({ network: 'threads', person: ugo, what: 'comment', to: await ourPost('threads'), text: 'E la bolletta doppia?' });
  const id = await giulia.hear('E la bolletta doppia?');
  await giulia.listen(id);
  await house.net.fault('threads', 'rate', 1, 2000);
  await send(id, 'La togliamo oggi.');
  const waits = () => house.sql("SELECT next_at FROM outbox WHERE failure = 'rate'")[0];
  const { next_at } = await until('it waits', waits);
  assert.ok(next_at > (Date.now() + 30000) * 1000, 'Threads names no moment: a minute');
  house.write('UPDATE channel SET rate_until = 0'); // a minute later
  house.write("UPDATE outbox SET next_at = 0 WHERE failure = 'rate'");
  await until('it went', async () => (await accepted('La togliamo oggi.')).length);
  assert.deepEqual((await accepted('La togliamo oggi.')).map(a => a.count), [1]);
});

test('what webhooks missed is found, what was taken away is withdrawn after two looks', async () => {
  const eva = await person('eva', 'Eva Prova'), gone = {};
  for (const network of ['instagram', 'threads']) {
    const post = await ourPost(network);
    ({ id: gone[network] } = await house.net.act({ network, person: eva, what: 'comment', to: post, text: `Me ne pento su ${network}` }));
    await house.net.act({ network, person: eva, what: 'comment', to: post, text: `Resto su ${network}` });
    await until(`both of ${network}`, () => count(`Me ne pento su ${network}`) + count(`Resto su ${network}`) === 2);
    await house.net.fault(network, 'pause');
    await house.net.act({ network, person: eva, what: 'comment', to: post, text: `Nel vuoto su ${network}` });
    await house.net.act({ network, person: eva, what: 'delete', to: gone[network] });
  }
  house.write("UPDATE message SET at = at - 600000000 WHERE text LIKE '%Me ne pento%'");
  for (const network of ['instagram', 'threads']) {
    await look(network);
    await until(`the missed one on ${network}`, () => count(`Nel vuoto su ${network}`) === 1);
    assert.equal(count(`Me ne pento su ${network}`), 1, 'not believed at once');
  }
  await until(() => `both are missed ${JSON.stringify(house.sql('SELECT * FROM missing'))}`, () => Number(house.sql('SELECT count(*) AS n FROM missing')[0].n) === 2);
  house.write('UPDATE missing SET since = since - 660000000');
  house.write('UPDATE asking SET whole_at = 0');
  for (const network of ['instagram', 'threads']) {
    await look(network);
    await until(`withdrawn on ${network}`, () => count(`Me ne pento su ${network}`) === 0);
    assert.equal(count(`Resto su ${network}`), 1);
  }
  await house.net.clear();
  const r = house.ledger();
  assert.equal(r.code, 0, r.err);
});

for (const network of ['instagram', 'threads'])
  test(`${network}: an administrator agrees there; the token of an hour becomes one that lasts`, async () => {
    const channel = house.channels[network], to = await anna.get(`/desk/channels/${channel}/consent`);
    assert.equal(to.status, 303, to.text);
    const page = await request(to.headers.location), [, link] = page.text.match(/<a href="([^"]+)">Authorize</);
    const back = await anna.get(link.replaceAll('&amp;', '&').replace(house.base, ''));
    assert.equal(back.status, 303, back.text.slice(0, 300));
    const until60 = () => Number(JSON.parse(house.sql(`SELECT settings FROM channel WHERE network = '${network}'`)[0].settings).consent_until || 0);
    await until('it lasts for two months', () => until60() > Date.now() / 1000 + 59 * 86400);
    const who = await person(`dopo${network}`, 'Dopo Prova'), text = `Dopo il consenso su ${network}`;
    await house.net.act({ network, person: who, what: 'comment', to: await ourPost(network), text });
    const id = await giulia.hear(text);
    await giulia.listen(id);
    await send(id, `Il token è buono su ${network}.`);
    await until('it went', async () => (await accepted(`Il token è buono su ${network}.`)).length);
  });
