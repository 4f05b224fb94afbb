// What is special about networks that are only asked, on Google's three: who replied is named, what is held back says so,
// a review's one reply is replaced, what is gone is withdrawn after two rounds, and a dead consent asks for an admin.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Colleague, request, startDemo, startHouse, until } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: ['youtube', 'googleplay', 'googlebusiness'] });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
  for (const key of ['gaia', 'gino', 'ada']) await house.net.call('/sim/person', { key, name: `Persona ${key}` });
});
after(() => house?.stop());

const lists = network => house.channel(network).asking.lists;
const act = (network, person, what, text, more) => house.net.act({ network, person, what, text, ...more });
const count = words => Number(house.sql(`SELECT count(*) AS n FROM message WHERE outbound = 0 AND deleted_at = 0 AND text LIKE '%${words}%'`)[0].n);
const video = async () => (await house.net.state()).items.find(i => i.network === 'youtube' && i.by_brand).id;
const accepted = async network => (await house.net.state()).accepted.filter(a => a.network === network);
// As an admin presses the button; waits for the round.
async function look(network, state = 'well') {
  const [{ rounds }] = lists(network);
  await anna.get(`/desk/channels/${house.channels[network]}`);
  await anna.done(`/desk/channels/${house.channels[network]}/ask`);
  await until(() => `a round of ${network}: ${JSON.stringify(lists(network))}`, () => lists(network).every(l => l.rounds > rounds && l.state === state));
}
async function heard(network, words) {
  await look(network);
  const id = await giulia.hear(words);
  await giulia.listen(id);
  return id;
}
const balanced = () => { const r = house.ledger(); assert.equal(r.code, 0, r.err + JSON.stringify(r)); };

test('YouTube: who replied is named, the title of the video is told, what is held back says so', async () => {
  const to = await video();
  const { id: first } = await act('youtube', 'gaia', 'comment', 'Il modem lampeggia', { to });
  await act('youtube', 'gino', 'comment', 'Anche il mio', { to: first });
  for (let i = 0; i < 7; i++) await act('youtube', 'gaia', 'comment', `E poi ancora ${i}`, { to: first });
  const { id: held } = await act('youtube', 'ada', 'comment', 'Guardate qui', { to });
  await act('youtube', 'ada', 'hold', '', { to: held });
  const talk = await heard('youtube', 'Anche il mio');
  assert.equal(count('E poi ancora'), 7, 'a thread shows five of its replies');
  assert.equal((await giulia.reply(talk, 'Arriviamo, Gino')).status, 200);
  await until('it is named', async () => (await accepted('youtube')).some(a => a.text === '@gino Arriviamo, Gino' && a.to === first && a.count === 1));
  assert.match(JSON.stringify(await giulia.story(talk)), /Come si monta il modem nuovo/);
  const page = (await giulia.get(`/desk/c/${await giulia.hear('Guardate qui')}`)).text;
  assert.match(page, /Trattenuto da YouTube|kept this back/);
  await look('youtube');
  assert.equal((await giulia.messages(talk, 'Arriviamo, Gino')).length, 1, 'the list shows our own reply too');
  balanced();
});

test('YouTube: what is gone is withdrawn after two whole rounds', async () => {
  const { id: goes } = await act('youtube', 'ada', 'comment', 'Me ne pento', { to: await video() });
  await heard('youtube', 'Me ne pento');
  house.write("UPDATE message SET at = at - 600000000 WHERE text LIKE '%Me ne pento%'");
  await act('youtube', 'ada', 'delete', '', { to: goes });
  const missing = () => Number(house.sql('SELECT count(*) AS n FROM missing')[0].n);
  house.write('UPDATE asking SET whole_at = 0');
  await look('youtube');
  await until('it is missing', () => missing() === 1);
  assert.equal(count('Me ne pento'), 1, 'not believed at once');
  house.write('UPDATE missing SET since = since - 660000000');
  house.write('UPDATE asking SET whole_at = 0');
  await look('youtube');
  assert.equal(count('Me ne pento'), 0);
  assert.equal(lists('youtube')[0].withdrawn, 1);
  assert.ok(count('Il modem lampeggia') === 1 && count('Guardate qui') === 1, 'the others stay');
  balanced();
});

test('YouTube: the quota is told, and used up it waits for midnight in California', async () => {
  const quota = house.channel('youtube').asking.quota;
  assert.equal(quota.all, 10000);
  assert.ok(quota.used >= 9, JSON.stringify(quota));
  assert.ok(quota.replies >= 50, 'a reply costs fifty');
  await house.net.fault('youtube', 'rate', -1);
  await look('youtube', 'failing');
  const [list] = lists('youtube');
  assert.equal(list.failure, 'rate');
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Los_Angeles', hour: '2-digit', minute: '2-digit' }).format(new Date(list.next));
  assert.match(clock, /^(23:59|2[0-3]:|0[0-3]:)/, `asked again at ${clock} there`);
  await house.net.clear();
});

for (const [network, words] of [['googleplay', 'Si chiude da sola'], ['googlebusiness', 'Un’ora in coda']])
  test(`${network}: stars stand above the words, an edit is seen, one reply takes the place of another`, async () => {
    const { id: review } = await act(network, 'gaia', 'post', `★★ ${words}`);
    const talk = await heard(network, words);
    assert.equal((await giulia.message(talk, words)).text, `★★☆☆☆\n${words}`);
    for (const reply of ['Guardiamo subito', 'Risolto, grazie']) {
      assert.equal((await giulia.reply(talk, reply)).status, 200);
      await until(`${reply} is out`, async () => (await accepted(network)).some(a => a.text === reply && a.to === review));
      await look(network);
      await giulia.listen(talk);
    }
    const replies = (await house.net.state()).items.filter(i => i.network === network && i.by_brand);
    assert.deepEqual(replies.map(i => i.text), ['Risolto, grazie']);
    assert.equal((await giulia.messages(talk, 'Guardiamo subito')).length, 1, 'what we said stays in our story, once');
    assert.equal((await giulia.messages(talk, 'Risolto')).length, 1);
    await act(network, 'gaia', 'edit', `★★★★★ ${words}, ma ora va`, { to: review });
    await look(network);
    const edited = await giulia.message(talk, 'ma ora va');
    assert.equal(edited.text, `★★★★★\n${words}, ma ora va`);
    assert.match(JSON.stringify(edited), /★★☆☆☆/);
    const place = () => house.sql(`SELECT place FROM message WHERE external_id = '${review}'`)[0].place;
    assert.equal(place(), 1, 'their edit is their answer: it waits again');
    assert.equal((await giulia.story(talk)).conversation.place, 'waiting');
    balanced();
    const older = days => house.write(`UPDATE message SET at = at - ${days} * 86400000000 WHERE external_id = '${review}'`);
    older(8);
    assert.equal((await giulia.reply(talk, 'Che bello!')).status, 200, 'the week begins anew with the edit');
    await until('it is out', async () => (await accepted(network)).some(a => a.text === 'Che bello!' && a.to === review));
    older(-8);
    await until('it is answered', () => place() === 2);
    balanced();
  });

test('a review of stars alone is a message; people with the same name are not the same person', async () => {
  await act('googlebusiness', 'gino', 'post', '★');
  await act('googlebusiness', 'gino', 'post', '★★★★');
  await look('googlebusiness');
  const rows = await until('both', () => { const r = house.sql("SELECT CAST(person_id AS TEXT) AS p, text FROM message WHERE text IN ('★☆☆☆☆', '★★★★☆')"); return r.length === 2 && r; });
  assert.notEqual(rows[0].p, rows[1].p);
});

test('a consent that was taken back pauses the channel', async () => {
  await house.net.fault('googlebusiness', 'token', -1);
  await anna.get(`/desk/channels/${house.channels.googlebusiness}`);
  await anna.done(`/desk/channels/${house.channels.googlebusiness}/ask`);
  await until(() => `the channel pauses: ${JSON.stringify(house.channel('googlebusiness'))}`, () => house.channel('googlebusiness').state === 'paused');
  assert.equal(house.channel('googlebusiness').failure, 'token');
  assert.equal(house.channel('googleplay').state, 'on', 'nobody else’s trouble');
});

test('in the demo a review is on the desk at once, although nobody is told of it', async () => {
  const demo = await startDemo();
  try {
    const body = new URLSearchParams({ as: 'marta', on: 'googleplay', what: 'post', text: '★ Dopo l’aggiornamento è lentissima' }).toString();
    const r = await request(`${demo.base}/play/act`, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(r.status, 303, r.text.slice(0, 300));
    const giulia = await new Colleague(demo.base).signIn('giulia@nuvola.example', 'ascolto-demo');
    const talk = await giulia.hear('è lentissima', 15000);
    const story = (await giulia.get(`/desk/c/${talk}`)).text;
    assert.match(story, /★☆☆☆☆/);
    assert.match(story, /Da lampada \(Lampada 7\)/);
  } finally {
    await demo.stop();
  }
});
