// What a webhook only names: somebody mentions us elsewhere on Instagram, and the words appear on the desk by
// themselves, in the story of who wrote them. Where they cannot be had the desk says so; nobody is lost on the way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, until, sleep } from './support.mjs';

let house, giulia;
before(async () => {
  house = await startHouse({ on: ['instagram'] });
  giulia = await house.colleague('giulia');
});
after(() => house?.stop());

const person = async (key, name) => (await house.net.call('/sim/person', { key, name, handle: `${key}.prova` }), key);
const act = (who, what, text, more) => house.net.act({ network: 'instagram', person: who, what, text, ...more });
const ourPost = async () => (await house.net.state()).items.find(i => i.network === 'instagram' && i.by_brand && i.kind !== 'private').id;
const row = id => house.sql(`SELECT CAST(id AS TEXT) AS id, CAST(conversation_id AS TEXT) AS c, CAST(person_id AS TEXT) AS p, kind, text, note, link, door, author_id, place FROM message WHERE external_id = '${id}'`)[0];
const told = id => until('the webhook came', () => row(id));
const found = (id, words) => until(() => `the words are found: ${JSON.stringify([row(id), house.sql('SELECT * FROM wish')])}`, () => row(id)?.text === words && row(id));
const wishes = () => Number(house.sql('SELECT count(*) AS n FROM wish')[0].n);
const sound = () => { const r = house.ledger(); assert.equal(r.code, 0, r.err + JSON.stringify(r)); assert.equal(r.balanced, true); };

test('a caption that mentions us: its words and its author appear by themselves, and it is answered where it stands', async () => {
  const carlo = await person('carlo', 'Carlo Neri');
  const { id: media } = await act(carlo, 'mention', 'Grazie @nuvolamobile, fibra attivata in un giorno!');
  const m = await found(media, 'Grazie @nuvolamobile, fibra attivata in un giorno!');
  assert.deepEqual([m.kind, m.note, m.door, m.author_id], ['text', '', 'mention', '@carlo.prova']);
  const id = await giulia.hear('fibra attivata in un giorno');
  const story = await giulia.json(`/desk/c/${id}`);
  assert.match(JSON.stringify(story), /@carlo\.prova/);
  const page = (await giulia.get('/desk/search?q=attivata')).text;
  assert.match(page, /attivata/, 'it can be searched for');
  await giulia.listen(id);
  const r = await giulia.reply(id, 'Grazie a lei, Carlo!', { door: 'mention' });
  assert.equal(r.status, 200, r.text);
  const said = await until('it stands under the post', async () => (await house.net.state()).items.find(i => i.by_brand && i.text === 'Grazie a lei, Carlo!'));
  assert.equal(said.parent, media);
  assert.equal(wishes(), 0);
  sound();
});

test('a comment under somebody else’s post joins the story of who wrote it, and its link is there', async () => {
  const ada = await person('ada', 'Ada Riva'), bruno = await person('bruno', 'Bruno Sala');
  await act(ada, 'comment', 'Il mio ordine non arriva', { to: await ourPost() });
  const id = await giulia.hear('Il mio ordine non arriva');
  const { id: post } = await act(bruno, 'mention', 'Le mie vacanze');
  await sleep(300);
  assert.equal(row(post), undefined, 'a post that does not name us is told to nobody');
  const { id: comment } = await act(ada, 'comment', '@nuvolamobile sono sempre io: e allora?', { to: post });
  const m = await found(comment, '@nuvolamobile sono sempre io: e allora?');
  assert.equal(m.c, id, 'in her story');
  assert.equal(m.link, `https://www.instagram.com/p/${post}/`);
  const item = await giulia.message(id, 'sono sempre io');
  assert.equal(item.waiting, true);
  assert.equal((await giulia.json(`/desk/c/${id}`)).story.items.filter(i => i.kind === 'message').length, 2);
  const people = house.sql("SELECT name, CAST(merged_into AS TEXT) AS into_id FROM person WHERE name LIKE 'Instagram%'");
  assert.ok(people.every(p => p.into_id !== '0'), 'whom only the mention knew is nobody any more: ' + JSON.stringify(people));
  assert.equal(house.sql('SELECT count(*) AS n FROM person_merge')[0].n, 0);
  const { id: second } = await act(ada, 'comment', '@nuvolamobile anche qui', { to: post });
  assert.equal((await found(second, '@nuvolamobile anche qui')).c, id);
  sound();
});

test('until the words are here the desk says so, and who is known by a name alone is one person', async () => {
  const dora = await person('dora', 'Dora Blu');
  await house.net.fault('instagram', 'down');
  const { id: media } = await act(dora, 'mention', 'Oggi da @nuvolamobile');
  const m = await told(media);
  assert.equal(m.place, 1, 'it waits from the moment it was told of');
  const page = (await giulia.get(`/desk/c/${m.c}`)).text;
  assert.match(page, /(Stiamo chiedendo le parole|We are asking for the words)/);
  assert.ok(!/sought|withheld/.test(page.replace(/<script[\s\S]*?<\/script>/g, '')), 'in human words');
  const item = (await giulia.story(m.c)).items.find(i => i.kind === 'message');
  assert.deepEqual([item.sought, item.text, item.unsupported], [{ network: 'Instagram' }, '', undefined]);
  sound();
  await house.net.clear();
  assert.equal((await found(media, 'Oggi da @nuvolamobile')).c, m.c);
  const { id: next } = await act(dora, 'mention', 'E anche domani da @nuvolamobile');
  assert.equal((await found(next, 'E anche domani da @nuvolamobile')).c, m.c, 'the same name, the same story');
  sound();
});

test('deleted before it could be read, or closed to us: the desk says so, and it waits for a colleague', async () => {
  const elio = await person('elio', 'Elio Verdi'), fede = await person('fede', 'Fede Rosa');
  await house.net.fault('instagram', 'down');
  const { id: gone } = await act(elio, 'mention', 'Mai più @nuvolamobile');
  await told(gone);
  await act(elio, 'delete', undefined, { to: gone });
  const { id: shut } = await act(fede, 'mention', 'Solo per amici @nuvolamobile');
  await told(shut);
  await act(fede, 'block');
  await house.net.clear();
  for (const id of [gone, shut]) {
    const m = await until('it is withheld', () => row(id).note.startsWith('withheld') && row(id));
    assert.deepEqual([m.note, m.text, m.place], ['withheld gone', '', 1]);
    assert.match((await giulia.get(`/desk/c/${m.c}`)).text, /(ma le parole non si possono avere|but the words cannot be had)/);
    const item = (await giulia.story(m.c)).items.find(i => i.kind === 'message');
    assert.deepEqual(item.withheld, { network: 'Instagram', gone: true, silent: false });
  }
  assert.equal(house.channel('instagram').state, 'on', 'what is gone is nobody’s failure');
  assert.equal(wishes(), 0);
  sound();
});

test('a right that is refused withholds this one and pauses nothing', async () => {
  const gina = await person('gina', 'Gina Oro');
  await house.net.fault('instagram', 'permission');
  const { id } = await act(gina, 'mention', 'Vicino a @nuvolamobile');
  const m = await until('it is withheld', () => row(id)?.note.startsWith('withheld') && row(id));
  await house.net.clear();
  assert.equal(m.note, 'withheld permission');
  assert.match((await giulia.get(`/desk/c/${m.c}`)).text, /(che non ci lascia leggere le parole|does not let us read the words)/);
});

test('asked too often it waits as long as it is told, and everything comes then', async () => {
  const hugo = await person('hugo', 'Hugo Lilla');
  await house.net.fault('instagram', 'rate');
  const { id: one } = await act(hugo, 'mention', 'Uno per @nuvolamobile'), { id: two } = await act(hugo, 'mention', 'Due per @nuvolamobile');
  await told(two);
  const [wish] = await until('they are put off', () => { const w = house.sql('SELECT tries, CAST(next_at AS TEXT) AS next_at FROM wish'); return w.length === 2 && w.every(x => Number(x.next_at) > (Date.now() + 20000) * 1000) && w; });
  assert.equal(Number(wish.tries), 0, 'it is no try that failed');
  assert.match(row(one).note, /sought/);
  await house.net.clear();
  house.write('UPDATE wish SET next_at = 1');
  await found(one, 'Uno per @nuvolamobile');
  await found(two, 'Due per @nuvolamobile');
  assert.equal(row(one).c, row(two).c);
  sound();
});

test('a token that is refused pauses the channel; once it is on again the words come', async () => {
  const iris = await person('iris', 'Iris Viola');
  await house.net.fault('instagram', 'token');
  const { id } = await act(iris, 'mention', 'Da @nuvolamobile con amore');
  await told(id);
  await until('the channel is paused', () => house.channel('instagram').state === 'paused');
  assert.equal(row(id).note, 'sought');
  assert.equal(wishes(), 1);
  await house.net.clear();
  assert.equal(house.cli('channel', 'resume', house.channels.instagram).code, 0);
  await found(id, 'Da @nuvolamobile con amore');
  sound();
});

test('killed while it asks, it asks again, and the words are there once', async () => {
  const luca = await person('lino', 'Lino Grigi');
  await house.net.fault('instagram', 'slow', -1, 4000);
  const { id } = await act(luca, 'mention', 'Fermi tutti, @nuvolamobile');
  await told(id);
  await sleep(1500);
  await house.kill();
  await house.net.clear();
  await house.start();
  giulia = await house.colleague('giulia');
  await found(id, 'Fermi tutti, @nuvolamobile');
  assert.equal(Number(house.sql(`SELECT count(*) AS n FROM message WHERE external_id = '${id}'`)[0].n), 1);
  assert.equal(Number(house.sql(`SELECT count(*) AS n FROM event WHERE kind = 'message.found' AND subject_id = ${row(id).id}`)[0].n), 1);
  assert.equal(wishes(), 0);
  sound();
});
