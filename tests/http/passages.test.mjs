// Links to a private continuation, and from one browser of a guest to another: what they open, and what they must not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia, luca, people = 0;
const colleagues = async () => { giulia = await house.colleague('giulia'); luca = await house.colleague('luca'); };
before(async () => { house = await startHouse(); await colleagues(); }, { timeout: 120000 });
after(() => house?.stop());
// No more from one address a minute than people do: a restart begins anew.
const anew = async () => { await house.server.stop(); await house.start(); await colleagues(); };

async function somebody(name) {
  const key = `porta${++people}`;
  await house.net.call('/sim/person', { key, name });
  return { key, name, write: (text, network = 'whatsapp', what = 'message') => house.net.act({ network, person: key, what, text }) };
}
const linkOf = text => text.match(/https?:\/\/[^\s"<]+(\/p\/[2-9A-Z]{12})/)[1];
const shown = path => path.replace(/^\/p\//, '');
// A colleague puts a link into a reply and sends it through this door; gives its path.
async function gives(who, c, door, words = 'Continuiamo qui: ') {
  const { link } = (await who.post(`/desk/c/${c}/passage`, {}, { accept: 'application/json' })).json();
  const r = await who.reply(c, words + link, { door });
  assert.equal(r.status, 200, r.text.slice(0, 300));
  await until('the reply is at its place', async () => ['sent', 'delivered', 'read', 'published'].includes((await who.message(c, link)).state));
  return linkOf(link);
}
const passageOf = async (c, path) => (await giulia.message(c, path)).passage;
const joined = async guest => (await guest.requests()).open.map(x => x.id);
const balanced = () => { const l = house.ledger(); assert.deepEqual([l.code, l.balanced], [0, true]); };

test('a link given in private is opened by one browser once, and the story stays one', async () => {
  const marta = await somebody('Marta Bellucci'), guest = new Guest(house.base), other = new Guest(house.base);
  await marta.write('Il telefono non prende da lunedì');
  const c = await giulia.hear('non prende da lunedì');
  await giulia.listen(c, 'Che il telefono prenda');
  await giulia.done(`/desk/c/${c}/note`, { text: 'Nota che resta tra noi' });
  const path = await gives(giulia, c);
  assert.equal((await passageOf(c, path)).state, 'given');
  for (let i = 0; i < 5; i++) assert.equal((await new Guest(house.base).get(path)).status, 200, 'looking uses nothing up');
  const page = (await guest.get(path)).text;
  assert.match(page, /Giulia Riva/);
  assert.ok(!page.includes('non prende'), 'nothing of the story before it is opened');
  assert.equal(guest.jar.size, 0);
  const r = await guest.post(path);
  assert.deepEqual([r.status, r.headers.location], [303, `/requests/${c}#latest`]);
  assert.deepEqual(await joined(guest), [c]);
  assert.equal((await guest.get(path)).headers.location, `/requests/${c}#latest`, 'this browser comes back by it');
  const gone = await other.post(path);
  assert.equal(gone.status, 410);
  assert.match(gone.text, /già stato aperto/);
  assert.deepEqual(await joined(other), []);
  assert.equal((await other.get(`/requests/${c}`)).status, 404);
  await guest.say(c, 'Continuo qui, con una foto');
  assert.deepEqual((await giulia.messages(c)).map(m => m.text.split(' ')[0]), ['Il', 'Continuiamo', 'Continuo']);
  assert.ok(!(await guest.get(`/requests/${c}`)).text.includes('resta tra noi'));
  assert.equal((await passageOf(c, path)).state, 'opened');
  await giulia.reply(c, 'Qui ti rispondo, dal sito', { door: 'talk' });
  await until('the answer is on the site', async () => (await guest.story(c)).items.some(i => i.text.includes('dal sito') && !i.mine));
  balanced();
});

test('a link in a public post lets nobody into the story; proven by a code it is one story', async () => {
  const sara = await somebody('Sara Conti'), guest = new Guest(house.base, 'en-GB');
  await sara.write('Ho scritto in privato: il codice fiscale è CNTSRA', 'facebook', 'message');
  const before = await giulia.hear('CNTSRA');
  await sara.write('Nessuno mi risponde, da tre giorni!', 'facebook', 'post');
  const c = await giulia.hear('da tre giorni');
  assert.equal(before, c, 'one person, one story');
  await giulia.listen(c, 'La cosa segreta di Sara');
  await giulia.done(`/desk/c/${c}/note`, { text: 'Nota interna su Sara' });
  const { person } = await giulia.story(c);
  house.write(`UPDATE person SET name = 'Sara Conti, via Roma 7' WHERE id = ${person.id}`);
  const path = await gives(giulia, c, 'comment', 'Continuiamo in privato: ');
  assert.ok(!(await guest.get(path)).text.includes('via Roma'), 'nor what we call her');
  assert.deepEqual([(await guest.post(path)).headers.location], [path], 'no story opens');
  const page = (await guest.get(path)).text;
  assert.ok(page.includes('da tre giorni') && page.includes('Continuiamo in privato'), 'what was public');
  assert.ok(!page.includes('CNTSRA') && !page.includes('interna'), 'and nothing else');
  assert.equal((await guest.get(`/requests/${c}`)).status, 404);
  assert.deepEqual(await joined(guest), []);
  const said = await guest.form(`${path}/say`, { text: 'Sono Sara, il contratto è 7788', once: 'a' });
  assert.equal(said.status, 303, said.text.slice(0, 300));
  const talk = said.headers.location.match(/\/requests\/(\d+)/)[1];
  assert.notEqual(talk, c);
  assert.equal((await guest.form(`${path}/say`, { text: 'Sono Sara, il contratto è 7788', once: 'a' })).headers.location, said.headers.location);
  assert.equal((await guest.get(path)).headers.location, `/requests/${talk}#latest`);
  const request = await guest.get(`/requests/${talk}`);
  assert.match(request.text, /do not know yet that you are/);
  assert.ok(!request.text.includes('CNTSRA'));
  assert.equal((await new Guest(house.base).form(`${path}/say`, { text: 'Anch’io', once: 'b' })).status, 410);
  const told = await giulia.json(`/desk/c/${talk}`);
  assert.deepEqual([told.story.claim.state, told.story.claim.story, told.story.claim.person.name], ['claimed', c, 'Sara Conti, via Roma 7']);
  assert.equal(told.story.conversation.need ?? null, null);
  assert.equal(told.story.conversation.owner.name, 'Giulia Riva', 'who has the story has the talk');
  for (const where of ['/requests', `/requests/${talk}`, '/chat', '/', path]) assert.ok(!(await guest.get(where)).text.includes('segreta di Sara'), `what we heard: ${where}`);
  assert.ok(!(await guest.post('/mydata/read')).text.includes('segreta di Sara'));
  const passage = await passageOf(c, path);
  assert.deepEqual([passage.state, passage.talk], ['claimed', talk]);
  await giulia.listen(talk, 'Sapere che è Sara');
  await giulia.reply(talk, 'Grazie. Ci scrivi il codice dal tuo account?');
  await until('answered there', async () => (await guest.story(talk)).items.length === 2);
  const asc = (await guest.post('/sign-in')).text.match(/ASC-[2-9A-Z]{6}/)[0];
  await sara.write(asc, 'facebook', 'message');
  await until('the code is here', () => house.sql(`SELECT id FROM message WHERE text = '${asc}'`).length);
  assert.equal((await guest.post('/sign-in/done', { code: asc })).status, 303);
  assert.deepEqual(await joined(guest), [c], 'one story');
  const all = (await giulia.messages(c)).map(m => m.text);
  for (const words of ['CNTSRA', 'da tre giorni', '7788', 'dal tuo account']) assert.ok(all.some(t => t.includes(words)), words);
  assert.equal((await passageOf(c, path)).state, 'proven');
  assert.equal((await guest.get(`/requests/${talk}`)).headers.location, '/requests', 'what was joined leads on');
  assert.ok((await guest.get(`/requests/${c}`)).text.includes('CNTSRA'), 'now it is theirs');
  balanced();
});

test('a colleague says that it is them, and takes it back', async () => {
  const nora = await somebody('Nora Villa'), guest = new Guest(house.base), reader = await house.colleague('rita');
  await nora.write('La bolletta è doppia, vergogna', 'facebook', 'post');
  const c = await giulia.hear('vergogna');
  await giulia.listen(c, 'Una bolletta sola');
  const path = await gives(giulia, c, 'comment');
  await guest.post(path);
  const talk = (await guest.form(`${path}/say`, { text: 'Eccomi, numero cliente 4411', once: 'n' })).headers.location.match(/\d+/)[0];
  const { id } = await passageOf(c, path);
  assert.equal((await reader.post(`/desk/passage/${id}/them`)).status, 403);
  await luca.done(`/desk/passage/${id}/them`);
  assert.deepEqual(await joined(guest), [c]);
  const told = await passageOf(c, path);
  assert.deepEqual([told.state, told.judge.name], ['judged', 'Luca Ferri']);
  assert.equal(house.sql(`SELECT count(*) AS n FROM event WHERE kind = 'passage.proven' AND actor_id > 0`)[0].n, 1);
  assert.equal((await luca.post(`/desk/passage/${id}/other`, {}, { accept: 'application/json' })).status, 409, 'said already');
  await luca.done(`/desk/merge/${told.merge}/undo`);
  assert.equal((await guest.get(`/requests/${c}`)).status, 404, 'two again: nothing of hers is shown');
  const [mine] = await joined(guest);
  assert.deepEqual((await guest.story(mine)).items.map(i => i.text), ['Eccomi, numero cliente 4411']);
  const again = await passageOf(c, path);
  assert.deepEqual([again.state, again.talk], ['claimed', mine]);
  await luca.done(`/desk/passage/${id}/other`);
  assert.equal((await passageOf(c, path)).state, 'denied');
  assert.equal((await giulia.json(`/desk/c/${mine}`)).story.claim.state, 'denied');
  balanced();
});

test('a link in a draft opens nothing; taken back, withdrawn, late or pasted elsewhere neither', async () => {
  await anew();
  const ida = await somebody('Ida Riva'), ugo = await somebody('Ugo Sala'), guest = new Guest(house.base);
  await ida.write('Non trovo il contratto');
  await ugo.write('E io la fattura');
  const c = await giulia.hear('trovo il contratto'), d = await giulia.hear('io la fattura');
  for (const x of [c, d]) await giulia.listen(x, 'un documento');
  const put = async x => linkOf((await giulia.post(`/desk/c/${x}/passage`, {}, { accept: 'application/json' })).text);
  const draft = await put(c);
  assert.equal((await guest.post(draft)).status, 404, 'a draft');
  assert.match((await giulia.reply(d, `Ecco: ${house.base}${draft}`)).text, /given already/, 'in another conversation');
  house.write('UPDATE brand SET undo_seconds = 60');
  const sent = (await giulia.reply(c, `Qui: ${house.base}${draft}`)).json();
  assert.equal((await guest.get(draft)).status, 200);
  const { id } = await giulia.message(c, draft);
  await giulia.done(`/desk/m/${id}/withdraw`);
  assert.ok(sent && (await guest.post(draft)).status === 404, 'the reply was taken back');
  house.write('UPDATE brand SET undo_seconds = 0');
  assert.equal((await giulia.reply(c, `Qui: ${house.base}${draft}`)).status, 200, 'and sent again');
  await until('it leads somewhere', async () => (await guest.get(draft)).status === 200);
  assert.equal((await giulia.reply(c, `Ancora: ${house.base}${draft}`)).status, 409, 'given once');
  assert.equal((await giulia.reply(d, `Ecco: ${house.base}${draft}`)).status, 409, 'never to somebody else');
  await giulia.done(`/desk/passage/${(await passageOf(c, draft)).id}/withdraw`);
  const withdrawn = await guest.post(draft);
  assert.equal(withdrawn.status, 410);
  assert.match(withdrawn.text, /ritirato/);
  const late = await gives(giulia, c);
  house.write(`UPDATE passage SET expires_at = 1 WHERE used_at = 0`);
  assert.match((await guest.post(late)).text, /è passato/);
  assert.equal((await passageOf(c, late)).state, 'late');
  assert.equal(guest.jar.size, 0);
  // without scripts: by the form of the reply, whose words stay
  const { composer } = await giulia.story(c);
  await giulia.done(`/desk/c/${c}/reply`, { door: composer.doors[0].value, text: 'Parole mie', then: 'passage' });
  assert.match((await giulia.story(c)).composer.reply.text, /^Parole mie\nhttp.*\/p\/[2-9A-Z]{12}$/);
  assert.equal(house.sql(`SELECT 1 AS one FROM passage WHERE hash LIKE '%${shown(late)}%'`).length, 0, 'hashes only');
});

test('what a browser held before flows into nobody’s stories unasked', async () => {
  await anew();
  const ada = await somebody('Ada Monti'), guest = new Guest(house.base);
  await ada.write('Vorrei cambiare piano');
  const c = await giulia.hear('cambiare piano');
  await giulia.listen(c, 'Un piano nuovo');
  const own = await guest.request('Una cosa di chi usava prima il telefono', { name: 'Bea' });
  const path = await gives(giulia, c);
  const page = await guest.get(path);
  assert.match(page.text, /ci sono già altre richieste/);
  const asked = await guest.post(path);
  assert.equal(asked.status, 422);
  assert.deepEqual(await joined(guest), [own], 'nothing happened yet');
  assert.equal((await guest.post(path, { former: 'apart' })).status, 303);
  assert.deepEqual(await joined(guest), [c]);
  assert.equal((await guest.get(`/requests/${own}`)).status, 404);
  assert.equal((await giulia.story(own)).person.name, 'Bea', 'hers stays hers');
  const second = new Guest(house.base), kept = await second.request('E questa è mia davvero');
  const before = second.cookie(), again = await gives(giulia, c);
  assert.equal((await second.post(again, { former: 'together' })).status, 303);
  assert.deepEqual(new Set(await joined(second)), new Set([c, kept]));
  assert.notEqual(second.cookie(), before, 'another cookie');
  const third = new Guest(house.base), zoe = await somebody('Zoe Neri');
  await zoe.write('Io sono Zoe');
  const z = await giulia.hear('sono Zoe');
  await giulia.listen(z, 'ciao');
  await third.post(await gives(giulia, z));
  const last = await gives(giulia, c);
  assert.equal((await third.post(last, { former: 'together' })).status, 422, 'two who showed who they are stay two');
  assert.deepEqual(await joined(third), [z]);
});

test('a code is not found by guessing, and a foreign page opens nothing', async () => {
  await anew();
  const guest = new Guest(house.base), eli = await somebody('Eli Bruni');
  await eli.write('Una domanda sola');
  const c = await giulia.hear('domanda sola');
  await giulia.listen(c, 'una risposta');
  const path = await gives(giulia, c);
  assert.equal((await guest.post(path, {}, { origin: 'https://elsewhere.example' })).status, 403);
  let status = 404, n = 0;
  while (status === 404 && n++ < 60) ({ status } = await guest.get(`/p/${'23456789ABCD'.slice(0, 10)}${String(n).padStart(2, '2').replace(/[01]/g, 'Z')}`));
  assert.equal(status, 429);
  assert.ok(n <= 21, `${n}`);
  assert.equal((await guest.get('/p/quatsch')).status, 404, 'what is no code costs nothing');
  assert.equal((await guest.get(path)).status, 429, 'and who guessed waits');
});

const codeOf = async (guest, from) => {
  const r = await guest.post('/phone', from ? { from } : {});
  assert.equal(r.status, 200, r.text.slice(0, 300));
  assert.match(r.text, /<svg class="qr"/);
  return linkOf(r.text);
};
const stands = async (guest, path) => (await guest.post('/phone/look', { code: shown(path) }, { accept: 'application/json' })).json().phone.state;

test('from the desktop to the phone: the same person, once, and the desktop hears of it', async () => {
  await anew();
  const desktop = new Guest(house.base), mobile = new Guest(house.base), thief = new Guest(house.base);
  assert.match((await desktop.post('/phone')).text, /ancora niente/, 'nothing to take along yet');
  const id = await desktop.request('Dal computer, e poi in treno', { name: 'Rosa Blu' });
  const path = await codeOf(desktop, id);
  assert.equal(await stands(desktop, path), 'waits');
  assert.equal(await stands(thief, path), 'over', 'nobody else is told');
  const page = await mobile.get(path);
  assert.match(page.text, /Rosa Blu/);
  assert.ok(!page.text.includes('in treno'));
  assert.equal((await mobile.post(path)).headers.location, `/requests/${id}`);
  assert.deepEqual(await joined(mobile), [id]);
  assert.equal(await stands(desktop, path), 'done');
  assert.equal((await thief.post(path)).status, 410, 'once');
  await mobile.say(id, 'Ora dal telefono');
  assert.deepEqual((await desktop.story(id)).items.map(i => [i.text, i.mine]), [['Dal computer, e poi in treno', true], ['Ora dal telefono', true]]);
  assert.equal((await giulia.messages(id)).length, 2);
  assert.match((await desktop.post('/phone/end', { code: shown(path) })).text, /è uscito/);
  assert.deepEqual(await joined(mobile), [], 'signed out from afar');
  assert.deepEqual(await joined(desktop), [id]);
  const late = await codeOf(desktop);
  house.write('UPDATE passage SET expires_at = 1 WHERE used_at = 0');
  assert.equal((await mobile.post(late)).status, 410);
  assert.equal(await stands(desktop, late), 'over');
  const away = await codeOf(desktop);
  await desktop.post('/sign-out');
  assert.equal((await mobile.post(away)).status, 410, 'who signed out takes the code along');
  assert.equal((await thief.post('/phone', { from: id })).status, 200);
  assert.equal((await mobile.request('Altro') && await mobile.post('/phone', { from: id })).status, 404, 'another’s request is no place to go');
  balanced();
});

test('a stranger’s code opened on a phone takes nothing of what the phone held', async () => {
  await anew();
  const attacker = new Guest(house.base), victim = new Guest(house.base);
  await attacker.request('Sono io, il furbo', { name: 'Furbo' });
  const own = await victim.request('Cose mie', { name: 'Vita' });
  const path = await codeOf(attacker);
  const page = await victim.get(path);
  assert.match(page.text, /Furbo/);
  assert.match(page.text, /fatto mostrare tu/);
  assert.equal((await victim.post(path)).status, 422, 'asked first');
  assert.deepEqual(await joined(victim), [own]);
  assert.equal((await victim.post(path, {}, { origin: 'https://elsewhere.example' })).status, 403);
  assert.equal((await victim.post(path, { former: 'apart' })).status, 303);
  assert.ok(!(await joined(attacker)).includes(own), 'nothing of hers flowed over');
  assert.equal((await attacker.get(`/requests/${own}`)).status, 404);
  assert.equal((await giulia.story(own)).person.name, 'Vita');
});
