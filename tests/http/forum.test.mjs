// The community without scripts: topics, who answers whom, what waits for us, and that the ledger counts it all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Guest } from './guest.mjs';
import { Member } from './member.mjs';
import { startHouse, until } from './support.mjs';

let house, giulia, luca, category;
before(async () => {
  house = await startHouse();
  [giulia, luca] = await Promise.all([house.colleague('giulia'), house.colleague('luca')]);
  await giulia.get('/desk/community');
  await giulia.done('/desk/community/category', { title: 'Casa e modem', about: 'Fibra, wifi, stampanti', language: 'it', position: '1', category: '' });
  category = (await giulia.json('/desk/community')).categories[0].id;
}, { timeout: 120000 });
after(() => house?.stop());

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const member = (name, lang) => new Member(house.base, name, lang);
const place = post => house.sql(`SELECT place FROM message WHERE id = ${post}`)[0].place;
const [WAITING, ANSWERED, CLOSED, ASIDE, WITHDRAWN] = [1, 2, 3, 4, 5];
const balanced = () => { const l = house.ledger(); assert.deepEqual([l.code, l.balanced], [0, true], JSON.stringify(l)); assert.equal(l.received, l.waiting + l.answered + l.closed + l.set_aside + l.withdrawn); return l; };
const old = name => house.write(`UPDATE member SET created_at = created_at - 172800000000 WHERE name = '${name}'`);
const never = id => assert.equal(house.sql(`SELECT count(*) AS n FROM message WHERE id = ${id}`)[0].n, 1);

test('a question is left to the community; a member answers; thanks are shown', async () => {
  const ilaria = member('Ilaria Sanna'), gino = member('Gino Marras');
  const topic = await ilaria.topic(category, 'Modem nuovo e stampante vecchia: chi li fa parlare?', 'La stampante del 2014 non vede più il wifi.');
  assert.match(topic.address, /modem-nuovo-e-stampante-vecchia-chi-li-fa-parlare$/);
  assert.equal(place(topic.post), CLOSED);
  assert.equal((await ilaria.seen(topic)).topic.left, true);
  balanced();
  const answer = await gino.reply(topic, 'Togli la spunta a «rete unica» e dai un nome alla 2,4.');
  assert.deepEqual([place(topic.post), place(answer)], [ANSWERED, CLOSED]);
  assert.equal((await ilaria.json('/community')).unread[0].title, 'Modem nuovo e stampante vecchia: chi li fa parlare?');
  await ilaria.does(answer, 'accept');
  const seen = await ilaria.seen(topic);
  assert.equal(seen.topic.solved, true);
  assert.deepEqual(seen.posts.map(p => [p.by.name, p.by.helped, p.solves]), [['Ilaria Sanna', 0, false], ['Gino Marras', 1, true]]);
  await ilaria.does(answer, 'thank');
  assert.equal((await ilaria.seen(topic)).posts[1].by.helped, 1, 'a person is helped once');
  assert.equal((await gino.post_(answer, 'accept')).status, 403, 'who asked says what helped');
  assert.deepEqual((await ilaria.json('/community')).unread, [], 'what was read is not new');
  assert.equal((await giulia.rows('waiting')).length, 0);
  const page = (await new Guest(house.base).get(topic.address)).text;
  for (const mark of ['schema.org/QAPage', 'acceptedAnswer', 'ha aiutato 1 persona', '<title>Modem nuovo e stampante vecchia', 'rel="canonical"']) assert.ok(page.includes(mark), mark);
  assert.equal((await new Guest(house.base).get(`/community/t/${topic.id}/another-title`)).headers.location, topic.address);
  balanced();
});

test('what nobody answers in time waits for us, and a colleague answers there by name', async () => {
  const sole = member('Sole Deiana'), topic = await sole.topic(category, 'Copertura in Val Maira, qualcuno?', 'Ad agosto salgo a Elva.');
  house.write(`UPDATE post_left SET due_at = 1 WHERE id = ${topic.post}`);
  const c = await giulia.hear('Copertura in Val Maira, qualcuno?');
  assert.equal((await sole.seen(topic)).posts[0].text, 'Ad agosto salgo a Elva.', 'the title stands once');
  await until('the question is with us', () => place(topic.post) === WAITING);
  balanced();
  await giulia.listen(c, 'Sapere se a Elva si telefona');
  await giulia.reply(c, 'A Elva paese sì, sopra i 1.900 metri no.', { door: 'topic' });
  const seen = await until('the colleague in the topic', async () => { const s = await sole.seen(topic); return s.posts.length === 2 && s; });
  assert.deepEqual([seen.posts[1].by, seen.posts[1].text], [{ name: 'Giulia Riva', helped: 0, us: true }, 'A Elva paese sì, sopra i 1.900 metri no.']);
  assert.equal(place(topic.post), ANSWERED);
  const around = (await giulia.story(c)).topic;
  assert.deepEqual([around.title, around.posts], ['Copertura in Val Maira, qualcuno?', []], 'the story itself is not said twice');
  assert.ok((await sole.get(topic.address)).text.includes('di Prova'), 'a colleague is marked as such');
  // on in private: the same conversation
  await giulia.reply(c, 'Le mando la mappa qui, in privato.', { door: 'talk' });
  const told = await until('the private way', async () => (await sole.seen(topic)).topic.private);
  assert.equal(told, c);
  assert.ok((await sole.story(c)).items.some(i => i.text.includes('in privato')));
  assert.ok(!(await new Guest(house.base).get(topic.address)).text.includes('mando la mappa'), 'nobody else reads it');
  balanced();
});

test('who asks for us, names us, or is in grave trouble is with us at once', async () => {
  const rosa = member('Rosa Pinna'), teo = member('Teo Loi');
  const topic = await rosa.topic(category, 'La ricarica non arriva da ieri', 'Ho pagato 20 euro e il credito non c’è.');
  await teo.reply(topic, 'Anche a me, aspettiamo.');
  assert.equal(place(topic.post), ANSWERED);
  const r = await rosa.post(`/community/t/${topic.id}/call`);
  assert.equal(r.status, 303);
  assert.equal(place(topic.post), WAITING, 'it did not help: she asks us');
  assert.equal((await teo.post(`/community/t/${topic.id}/call`)).status, 403);
  const named = await teo.reply(topic, '@Giulia Riva puoi guardare?');
  assert.equal(place(named), WAITING);
  const more = await rosa.reply(topic, 'Aggiungo: era dal tabaccaio.');
  assert.equal(place(more), WAITING, 'who waits for us goes on waiting');
  await teo.reply(topic, '@Rosa Pinna hai lo scontrino?');
  assert.equal((await rosa.json('/community')).unread[0].named, true);
  balanced();
});

test('a name is one person’s, and nobody’s of ours; no third party, no password', async () => {
  const topic = await member('Nina Cossu').topic(category, 'Un nome soltanto per tutti', 'Prova.');
  const twin = member('NÌNA  Cossu'.replace('  ', ' ')), form = await twin.open(topic.address);
  for (const [name, why] of [['Nina Cossu', /già così/], ['nína cossu', /già così/], ['Giulia Riva', /non il nostro nome/], ['Prova ufficiale', /non il nostro nome/], ['x', /lettere/], ['vinci.example.com', /lettere/]]) {
    const r = await twin.form(`/community/t/${topic.id}`, { ...form, text: 'Eccomi', name });
    assert.equal(r.status, 422, name);
    assert.match(r.text, why, name);
    assert.ok(r.text.includes('Eccomi'), 'nothing typed is lost');
  }
});

test('friction: without work who is new waits; a token is good for one post; the trap stays empty', async () => {
  const eva = member('Eva Lai'), form = await eva.open('/community/new');
  const fields = { ...form, proof: '', category, title: 'Una domanda senza script', text: 'Ci sono?', name: 'Eva Lai' };
  const soon = await eva.form('/community/new', fields);
  assert.equal(soon.status, 422);
  assert.match(soon.text, /rimandalo tra 1\d s/);
  assert.ok(soon.text.includes('Una domanda senza script') && soon.text.includes(form.once), 'words and time are kept');
  assert.equal((await eva.form('/community/new', { ...fields, proof: form.proof, website: 'x' })).status, 422);
  assert.equal((await eva.form('/community/new', { ...fields, proof: form.proof, once: form.once + 'x' })).status, 422);
  const r = await eva.form('/community/new', { ...fields, proof: form.proof }), first = Member.place(r);
  assert.equal(Member.place(await eva.form('/community/new', { ...fields, proof: form.proof, text: 'Ancora' })).post, first.post, 'the same comes in once');
  never(first.post);
  balanced();
});

test('a new member writes 3 topics and 10 replies on the first day', async () => {
  const ugo = member('Ugo Melis'), topic = await ugo.topic(category, 'Prima domanda di Ugo', 'Uno');
  for (const n of ['Seconda', 'Terza']) await ugo.topic(category, `${n} domanda di Ugo`, n);
  await assert.rejects(ugo.topic(category, 'Quarta domanda di Ugo', 'Quattro'), { status: 429 });
  for (let n = 0; n < 10; n++) await ugo.reply(topic, `Risposta ${n}`);
  await assert.rejects(ugo.reply(topic, 'Una di troppo'), { status: 429 });
  old('Ugo Melis');
  await ugo.reply(topic, 'Un giorno dopo');
});

test('edits are kept; nobody changes another’s; what is withdrawn is gone and counted', async () => {
  const ada = member('Ada Usai'), leo = member('Leo Fois');
  const topic = await ada.topic(category, 'Si può cambiare una parola?', 'Il mio modem é rosso.');
  const post = await leo.reply(topic, 'Prova a spegnerlo.');
  for (const act of ['edit', 'withdraw', 'appeal']) assert.equal((await leo.post_(topic.post, act, 'Non sono mie')).status, 403, act);
  const stranger = new Guest(house.base);
  assert.equal((await stranger.post(`/community/p/${topic.post}/edit`, { words: 'x' })).headers.location, '/community/join');
  await ada.does(topic.post, 'edit', 'Il mio modem è blu.');
  const mine = (await ada.seen(topic)).posts[0], theirs = (await leo.seen(topic)).posts[0];
  assert.deepEqual([mine.text, mine.edits.map(x => x.text), theirs.edited, theirs.edits], ['Il mio modem è blu.', ['Il mio modem é rosso.'], true, []]);
  assert.deepEqual((await giulia.json(`/desk/topic/${topic.id}`)).posts[0].edits.map(x => x.text), ['Si può cambiare una parola?\n\nIl mio modem é rosso.']);
  assert.equal((await stranger.json('/community?q=rosso modem')).topics.length, 0, 'what it said before is not found');
  assert.equal((await stranger.json('/community?q=MODEM%20bl')).topics.length, 1);
  await leo.does(post, 'withdraw');
  assert.equal(place(post), WITHDRAWN);
  assert.ok(!(await stranger.get(topic.address)).text.includes('Prova a spegnerlo'));
  assert.equal((await leo.post_(post, 'edit', 'di nuovo')).status, 403);
  balanced();
});

test('reported, set aside with a reason, appealed, looked at by somebody else', async () => {
  const pia = member('Pia Cau'), max = member('Max Orru'), ben = member('Ben Piras');
  const topic = await pia.topic(category, 'Chi ha provato la nuova offerta?', 'Conviene?');
  const post = await max.reply(topic, 'Compra da mio cugino, costa meno.');
  await ben.reply(topic, 'Io sì.');
  assert.equal((await max.post_(post, 'report', 'mio')).status, 403);
  await ben.does(post, 'report', 'È pubblicità');
  await ben.does(post, 'report', 'È pubblicità');
  assert.equal(place(post), WAITING, 'a colleague looks');
  const { reports } = await giulia.json('/desk/community');
  assert.deepEqual([reports.length, reports[0].reports[0].reason, reports[0].reports[0].by], [1, 'È pubblicità', 'Ben Piras']);
  await pia.does(post, 'accept');
  assert.equal((await pia.seen(topic)).topic.solved, true);
  assert.equal((await giulia.post(`/desk/post/${post}/aside`, { what: 'spam', reason: ' ' }, { accept: 'application/json' })).status, 422);
  await giulia.done(`/desk/post/${post}/aside`, { what: 'spam', reason: 'Pubblicità di un negozio' });
  assert.equal(place(post), ASIDE);
  assert.equal((await giulia.json('/desk/community')).reports.length, 0);
  assert.ok(!(await ben.get(topic.address)).text.includes('mio cugino'));
  assert.equal((await pia.seen(topic)).topic.solved, false, 'what nobody sees solves nothing');
  const own = (await max.seen(topic)).posts.find(p => p.id === post);
  assert.deepEqual([own.aside.who, own.aside.reason, own.aside.may_appeal], ['Giulia Riva', 'Pubblicità di un negozio', true]);
  balanced();
  await max.does(post, 'appeal', 'È davvero mio cugino e non vende nulla.');
  assert.equal((await max.seen(topic)).posts.find(p => p.id === post).aside.appealed, true);
  assert.equal((await giulia.json('/desk/community')).appeals.length, 1);
  await giulia.hear('È davvero mio cugino');
  assert.equal((await giulia.post(`/desk/post/${post}/keep`, { reason: 'Resta' }, { accept: 'application/json' })).status, 403, 'somebody else looks');
  await luca.done(`/desk/post/${post}/show`, { reason: 'Ha ragione, non vende' });
  assert.ok((await ben.get(topic.address)).text.includes('mio cugino'));
  assert.equal((await giulia.json('/desk/community')).appeals.length, 0);
  // the desk's own ways do the same: aside by the menu of the story, and back
  await ben.does(post, 'report', 'Ancora');
  const again = await member('Tina Pisu').reply(topic, 'Siete tutti dei venduti, buffoni');
  const c = house.sql(`SELECT CAST(conversation_id AS TEXT) AS c FROM message WHERE id = ${again}`)[0].c;
  if (place(again) !== WAITING) await ben.does(again, 'report', 'Insulta');
  await giulia.done(`/desk/c/${c}/aside`, { what: 'troll', reason: 'Insulti' });
  assert.equal(place(again), ASIDE);
  assert.deepEqual([...new Set((await giulia.story(c)).topic.posts.map(p => p.by.name))].sort(), ['Ben Piras', 'Max Orru', 'Pia Cau']);
  assert.ok(!(await ben.get(topic.address)).text.includes('buffoni'));
  await giulia.done(`/desk/c/${c}/back`, { reason: 'Riletto con calma' });
  assert.equal(place(again), WAITING);
  const rita = await house.colleague('rita');
  await rita.get('/desk/community');
  assert.equal((await rita.post(`/desk/post/${post}/aside`, { what: 'spam', reason: 'no' }, { accept: 'application/json' })).status, 403);
  balanced();
});

test('a link of somebody new is looked at first, and its author is told so', async () => {
  const zoe = member('Zoe Manca'), topic = await zoe.topic(category, 'Guardate che bella offerta', 'Tutto su https://offerte.example.com');
  assert.equal(place(topic.post), WAITING);
  assert.equal((await zoe.seen(topic)).posts[0].held, true);
  assert.equal((await new Guest(house.base).get(topic.address)).status, 404);
  assert.ok(!(await new Guest(house.base).get('/community')).text.includes('bella offerta'));
  await giulia.done(`/desk/post/${topic.post}/show`);
  await zoe.does(topic.post, 'edit', 'Tutto su https://altrove.nessuno/x');
  assert.equal((await new Guest(house.base).get(topic.address)).status, 404, 'another link than the one that was looked at');
  await giulia.done(`/desk/post/${topic.post}/show`);
  assert.equal((await new Guest(house.base).get(topic.address)).status, 200);
  assert.equal(place(topic.post), CLOSED);
  balanced();
});

test('scripts are words, pictures are pictures, and nothing runs', async () => {
  const bad = '<script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) "\'><svg onload=alert(1)>';
  const iva = member('Iva Sechi'), topic = await iva.topic(category, 'Titolo <script>alert(1)</script> "x', bad, { files: [{ name: '"><svg onload=1>.png', mime: 'text/html', bytes: png }] });
  await iva.does(topic.post, 'edit', bad + ' modificato');
  const stranger = new Guest(house.base);
  for (const where of [topic.address, '/community', '/community?q=' + encodeURIComponent(bad)]) {
    const { text } = await stranger.get(where);
    assert.ok(!/<script>alert|<img src=x|<svg onload|href="javascript/i.test(text), where);
  }
  for (const where of [`/desk/topic/${topic.id}`, '/desk/community']) assert.ok(!/<script>alert|<img src=x|<svg onload/i.test((await giulia.get(where)).text), where);
  const [file] = (await stranger.json(topic.address)).posts[0].files, r = await stranger.get(file.url);
  assert.deepEqual([r.headers['content-type'], r.headers['content-security-policy'], r.headers['x-content-type-options']], ['image/png', "default-src 'none'; sandbox", 'nosniff']);
  assert.deepEqual(r.bytes, png);
  const form = await iva.open(topic.address);
  for (const [name, mime, bytes] of [['a.png', 'image/png', Buffer.from('<html><script>alert(1)</script>')], ['a.svg', 'image/svg+xml', Buffer.from('<svg onload="alert(1)"/>')], ['a.pdf', 'application/pdf', Buffer.from('%PDF-1.4')]]) {
    const no = await iva.form(`/community/t/${topic.id}`, { ...form, text: 'con figura', name: '' }, [{ name, mime, bytes }]);
    assert.equal(no.status, 422, name);
  }
  await iva.does(topic.post, 'withdraw');
  assert.equal((await stranger.get(file.url)).status, 404, 'a picture goes with its post');
});

test('categories are kept by leads, in their order and language', async () => {
  assert.equal((await luca.post('/desk/community/category', { title: 'No', language: 'it', position: '2' }, { accept: 'application/json' })).status, 403);
  await giulia.done('/desk/community/category', { title: 'English speakers', about: 'For visitors', language: 'en', position: '1', category: '' });
  assert.equal((await giulia.post('/desk/community/category', { title: 'Casa e Modem!', language: 'it', position: '2', category: '' })).status, 422);
  await giulia.done('/desk/community/category', { title: 'Casa e modem', about: 'Fibra e wifi', language: 'it', position: '5', category });
  const guest = new Guest(house.base), { categories } = await guest.json('/community');
  assert.deepEqual(categories.map(c => [c.name, c.lang]), [['english-speakers', 'en'], ['casa-e-modem', 'it']]);
  const page = await guest.json('/community/c/casa-e-modem');
  assert.ok(page.topics.length > 3 && page.category.about === 'Fibra e wifi');
  assert.deepEqual((await guest.json('/community/c/english-speakers')).topics, []);
  assert.equal((await guest.get('/community/c/nowhere')).status, 404);
  await giulia.done(`/desk/community/category/${categories[0].id}/remove`);
  assert.equal((await guest.get('/community/c/english-speakers')).status, 404);
});

test('a password is not needed, an address that writes without end is told to wait', async () => {
  const ivo = member('Ivo Serra');
  let last;
  for (let n = 0; n < 62; n++) last = await ivo.post('/community/t/1/follow');
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers['retry-after']) > 0);
});

// Five members and two colleagues do at random what they can; after each round the books are proven anew.
test('the ledger balances whatever members and colleagues do', { timeout: 300000 }, async () => {
  const seed = Number(process.env.ASCOLTO_SEED || Date.now() % 100000);
  let state = seed;
  const dice = n => (state = (state * 1103515245 + 12345) % 2147483648, Math.floor(state / 65536) % n);
  const people = ['Uno Aresu', 'Due Boi', 'Tre Carta', 'Quattro Dore', 'Cinque Erba'].map(name => member(name)), topics = [], posts = [], whose = new Map();
  for (const who of people) { topics.push({ ...await who.topic(category, `Domanda di ${who.name}`, `Chi sa dirmi di ${who.name}?`), who }); posts.push(topics.at(-1).post); whose.set(posts.at(-1), who); }
  house.write('UPDATE member SET created_at = created_at - 172800000000');
  const words = ['Grazie mille!', 'Non funziona ancora', '@Giulia Riva aiuto', '@Due Boi che dici?', 'Vergogna, mi avete rubato 50 euro!', 'Spegni e riaccendi', 'Vi denuncio', 'Anche a me'];
  const fine = [200, 303, 403, 404, 409, 422, 429];
  for (let n = 0; n < 200; n++) {
    const who = people[dice(5)], topic = topics[dice(topics.length)], own = posts.filter(p => whose.get(p) === who), post = dice(2) ? own[dice(own.length)] : posts[dice(posts.length)], us = [giulia, luca][dice(2)];
    const deeds = [
      async () => { posts.push(await who.reply(topic, `${words[dice(words.length)]} (${n})`)); whose.set(posts.at(-1), who); },
      () => who.post_(post, 'edit', `Cambiato ${n}`), () => who.post_(post, 'withdraw'), () => who.post_(post, 'thank'), () => who.post_(post, 'accept'),
      () => who.post_(post, 'report', 'Non va'), () => who.post_(post, 'appeal', `Perché no ${n}`), () => who.post(`/community/t/${topic.id}/call`),
      () => who.post(`/community/t/${topic.id}/${dice(2) ? 'follow' : 'unfollow'}`),
      () => us.post(`/desk/post/${post}/aside`, { what: 'troll', reason: 'Non qui' }, { accept: 'application/json' }),
      () => us.post(`/desk/post/${post}/show`, { reason: 'Va bene' }, { accept: 'application/json' }),
      () => us.post(`/desk/post/${post}/keep`, { reason: 'No' }, { accept: 'application/json' }),
      () => us.post(`/desk/post/${post}/accept`, {}, { accept: 'application/json' }),
      async () => { house.write(`UPDATE post_left SET due_at = 1 WHERE topic_id = ${topic.id}`); },
      async () => {
        const c = house.sql(`SELECT CAST(conversation_id AS TEXT) AS c FROM message WHERE id = ${post}`)[0].c;
        await us.listen(String(c));
        const { composer } = await us.story(c);
        if (composer?.doors?.length) await us.reply(c, `Eccomi ${n}`, { anyway: '1' });
      },
      () => us.post(`/desk/c/${house.sql(`SELECT CAST(conversation_id AS TEXT) AS c FROM message WHERE id = ${post}`)[0].c}/close`, { reason: 'other', words: 'Basta così' }, { accept: 'application/json' }),
      () => us.post(`/desk/c/${house.sql(`SELECT CAST(conversation_id AS TEXT) AS c FROM message WHERE id = ${post}`)[0].c}/aside`, { what: 'troll', reason: 'Basta' }, { accept: 'application/json' }),
      () => us.post(`/desk/c/${house.sql(`SELECT CAST(conversation_id AS TEXT) AS c FROM message WHERE id = ${post}`)[0].c}/reopen`, {}, { accept: 'application/json' }),
    ];
    const k = dice(3) ? dice(deeds.length) : 0, r = await deeds[k]().catch(e => { if (e.status === 422 || e.status === 429 || /: 404/.test(e.message)) return null; throw new Error(`seed ${seed}, step ${n}, deed ${k}: ${e.message}`); });
    if (r?.status) assert.ok(fine.includes(r.status), `seed ${seed}, step ${n}, deed ${k}: ${r.status} ${r.text.slice(0, 300)}`);
    if (n % 25 === 24) balanced();
  }
  await until('what is due has come', () => house.sql('SELECT count(*) AS n FROM post_left WHERE due_at <= 1')[0].n === 0);
  const l = balanced();
  assert.ok(posts.length > 30 && l.answered && l.closed && l.set_aside && l.withdrawn, `seed ${seed}: enough happened: ${JSON.stringify(l)}`);
  // each message of a member is in one place, and what is hidden or withdrawn is seen by nobody
  const stranger = new Member(house.base, '');
  for (const topic of topics) {
    const r = await stranger.ask(topic.address, { headers: { accept: 'application/json' } });
    if (r.status !== 200) continue;
    for (const p of r.json().posts) assert.ok(![ASIDE].includes(place(p.id)) && (place(p.id) !== WITHDRAWN || !p.text), `seed ${seed}: post ${p.id} in place ${place(p.id)}`);
  }
});

test('long topics and long lists have pages', async () => {
  const tea = member('Tea Carta'), topic = await tea.topic(category, 'Una lunga discussione di prova', 'Inizio');
  old('Tea Carta');
  for (let n = 0; n < 24; n++) await tea.reply(topic, `Numero ${n}`);
  const first = await tea.seen(topic), next = await tea.json(`${topic.address}?after=${first.next}`);
  assert.deepEqual([first.posts.length, next.posts.length, next.next], [21, 5, null]);
  assert.equal(next.posts.at(-1).text, 'Numero 23');
});


test('a category is reached from the community and from its topics, and search engines are told of both', async () => {
  const guest = new Guest(house.base), list = (await guest.get('/community')).text;
  const where = list.match(/href="(\/community\/c\/[^"]*)"/)[1];
  assert.equal(where, '/community/c/casa-e-modem');
  const page = await guest.get(where);
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(`<link rel="canonical" href="${house.base}${where}">`), 'one absolute address');
  const topic = await member('Nora Pili').topic(category, 'Un ripetitore in soffitta serve?', 'La casa ha tre piani.');
  const shown = (await guest.get(topic.address)).text;
  assert.ok(shown.includes(`href="${where}"`) && shown.includes(`<link rel="canonical" href="${house.base}${topic.address}">`));
  assert.match((await guest.get('/community?q=ripetitore')).text, /name="robots" content="noindex"/);
  const map = (await guest.get('/sitemap.xml')).text;
  for (const path of ['/community', where, topic.address]) assert.ok(map.includes(`<loc>${house.base}${path}</loc>`), path);
});
