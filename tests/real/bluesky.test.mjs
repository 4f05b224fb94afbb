// Bluesky with a real server and AppView: a person mentions the brand, the desk hears it, a colleague answers, the person
// sees it; what is deleted, who blocks us, a session that ended, an answer of the server that is lost, a restart.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { cliTry, startHouse, until } from '../http/support.mjs';
import { expired, missing, ref, startBluesky } from './bluesky.mjs';

const skip = missing ? `skipped: ${missing}` : false;
if (skip) console.log(skip);
let net, house, giulia, channel, care, mina, tom, between, chat;

// Between the house and the server of its account: what is to be lost is lost here.
async function startBetween(target) {
  const way = { lose: () => false, seen: [] };
  const server = http.createServer((req, res) => {
    const onward = http.request(target + req.url, { method: req.method, headers: { ...req.headers, host: new URL(target).host } }, answer => {
      way.seen.push({ method: req.method, nsid: req.url.split('?')[0].slice(6), status: answer.statusCode });
      if (way.lose(req, answer)) { answer.resume().on('end', () => req.socket.destroy()); return; }
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => req.socket.destroy());
    req.pipe(onward);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  way.base = `http://127.0.0.1:${server.address().port}`;
  way.count = (nsid, status) => way.seen.filter(c => c.nsid === nsid && c.status === status).length;
  way.stop = () => { server.closeAllConnections(); return new Promise(done => server.close(done)); };
  return way;
}

// The network brings no service for direct messages: one that stands in for it, found by its did as the real one is. What
// is real is the way to it, through the server of the account and with the token that server makes.
async function startChat() {
  const service = { open: false, messages: [], tokens: [] };
  const server = http.createServer((req, res) => {
    const say = (status, body) => { res.writeHead(status, { 'content-type': 'application/json' }); res.end(JSON.stringify(body)); };
    const url = new URL(req.url, service.base);
    if (url.pathname === '/.well-known/did.json') return say(200, { '@context': ['https://www.w3.org/ns/did/v1'], id: service.did, service: [{ id: '#bsky_chat', type: 'BskyChatService', serviceEndpoint: service.base }] });
    service.tokens.push(JSON.parse(Buffer.from((req.headers.authorization || 'x.e30').split('.')[1], 'base64url')));
    if (!service.open) return say(501, { error: 'MethodNotImplemented', message: 'Method Not Implemented' });
    const talk = () => ({ id: 'talk1', rev: '2', members: [{ did: care.did, handle: care.handle }, { did: mina.did, handle: mina.handle }], lastMessage: service.messages.at(-1), muted: false, unreadCount: 0 });
    const view = (did, text) => { const m = { $type: 'chat.bsky.convo.defs#messageView', id: `m${service.messages.length}`, rev: '1', text, sender: { did }, sentAt: new Date().toISOString() }; service.messages.push(m); return m; };
    if (url.pathname.endsWith('listConvos')) return say(200, { convos: service.messages.length ? [talk()] : [] });
    if (url.pathname.endsWith('getMessages')) return say(200, { messages: [...service.messages].reverse() });
    if (url.pathname.endsWith('getConvoForMembers')) return say(200, { convo: talk() });
    let body = '';
    req.on('data', d => { body += d; }).on('end', () => { const { convoId, message } = JSON.parse(body); assert.equal(convoId, 'talk1'); say(200, view(care.did, message.text)); });
    service.view = view;
  });
  service.write = (did, text) => service.messages.push({ $type: 'chat.bsky.convo.defs#messageView', id: `t${service.messages.length}`, rev: '1', text, sender: { did }, sentAt: new Date().toISOString() });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  service.base = `http://localhost:${port}`;
  service.did = `did:web:localhost%3A${port}`;
  service.stop = () => { server.closeAllConnections(); return new Promise(done => server.close(done)); };
  return service;
}

// A round is asked every minute; whoever changes a channel does not wait for it.
const A_MINUTE = 80000;
let turn = 0;
const ask = () => {
  const r = cliTry('channel', 'set', channel, '--set', `chat_service=${chat.did}#bsky_chat`, '--name', `Bluesky ${++turn}`, '--data', house.data, '--brand', house.brand);
  assert.equal(r.code, 0, r.err);
};
async function soon(what, look, ms = 40000) {
  let asked = 0;
  return until(what, async () => {
    if (Date.now() - asked > 3000) { ask(); asked = Date.now(); }
    return look();
  }, ms);
}
const hear = async words => (await soon(`“${words}”`, () => giulia.find(words))).id;
const story = id => giulia.story(id);
// Of an answer that names its reader the network tells as of a mention.
const answers = async who => (await who.notifications()).filter(n => ['reply', 'mention'].includes(n.reason) && n.author.did === care.did);
const ours = async words => (await care.posts()).filter(p => p.value.text.includes(words));
const status = () => JSON.parse(cliTry('channel', 'list', '--data', house.data, '--brand', house.brand, '--json').out).find(c => c.id === channel);
async function mention(who, words) {
  const post = await who.post(`@${care.handle} ${words}`, { mentions: [care] });
  const id = await hear(words);
  await giulia.listen(id, 'una risposta');
  return { post, id };
}

before(async () => {
  if (skip) return;
  net = await startBluesky();
  [care, mina, tom] = [await net.account('negozio'), await net.account('mina'), await net.account('tommaso')];
  between = await startBetween(net.pds);
  chat = await startChat();
  house = await startHouse({ on: [] });
  const added = cliTry('channel', 'add', '--data', house.data, '--brand', house.brand, '--network', 'bluesky', '--name', 'Bluesky',
    '--set', `handle=${care.handle}`, '--set', `app_password=${await care.appPassword('ascolto', true)}`, '--set', `api_base=${between.base}`, '--set', `chat_service=${chat.did}#bsky_chat`);
  assert.equal(added.code, 0, added.err);
  channel = added.out.trim();
  await house.server.stop(); // what is set on the page is taken at once; what is set from here, within a minute
  await house.start();
  giulia = await house.colleague('giulia');
});
after(async () => {
  if (skip) return;
  try { await house?.stop(); } finally { await between?.stop(); await chat?.stop(); await net?.stop(); }
});

test('a mention is heard, answered, and the answer stands beneath it', { skip }, async () => {
  const { post, id } = await mention(mina, 'il pacco non arriva 😡');
  const { person } = await story(id);
  assert.match(JSON.stringify(person), /mina\.test/);
  const text = 'Ciao @mina.test, è partito 📦: https://spedizioni.example/v/1?a=b. Scrivi anche a @tommaso.test!';
  const sent = await giulia.reply(id, text, { door: 'reply' });
  assert.equal(sent.status, 200, sent.text);
  const [seen] = await until('Mina is told', async () => (await answers(mina)).length && answers(mina));
  assert.equal(seen.record.text, text);
  assert.deepEqual([seen.record.reply.root, seen.record.reply.parent], [ref(post), ref(post)]);
  const marked = Object.fromEntries(seen.record.facets.map(f => [Buffer.from(text).subarray(f.index.byteStart, f.index.byteEnd).toString(), f.features[0].did || f.features[0].uri]));
  assert.deepEqual(marked, { '@mina.test': mina.did, '@tommaso.test': tom.did, 'https://spedizioni.example/v/1?a=b': 'https://spedizioni.example/v/1?a=b' });
  await until('Tommaso is told, too', async () => (await tom.notifications()).some(n => n.reason === 'mention'));
  assert.equal((await mina.thread(post.uri)).json.thread.replies[0].post.uri, seen.uri);

  await mina.post('Arrivato, grazie!', { reply: { root: ref(post), parent: ref(seen) } });
  assert.equal(await hear('Arrivato, grazie!'), id, 'the same story');
  assert.equal((await giulia.messages(id, 'è partito')).length, 1, 'what we said is there once');
});

// As it happens by itself when somebody answers at once: here what is answered is away while the answer is indexed.
test('an answer to what was not indexed yet is rarely notified, and found in its thread', { skip }, async t => {
  const record = { text: 'Da oggi spediamo anche la domenica.', createdAt: new Date().toISOString() };
  const write = rkey => care.record('app.bsky.feed.post', record, rkey);
  const own = await write();
  await care.remove(own.uri);
  await until('it is away', async () => (await care.thread(own.uri)).status === 400);
  const answer = await mina.post('Anche in Sardegna?', { reply: { root: ref(own), parent: ref(own) } });
  await until('the answer is indexed', async () => (await mina.thread(answer.uri)).status === 200);
  assert.deepEqual(ref(await write(own.uri.split('/').at(-1))), ref(own), 'the same post');
  await until('what it answers is back', async () => (await care.thread(own.uri)).status === 200);
  // which of its two indexers was first is the network's affair: the thread is what we rely upon
  if ((await care.notifications()).some(n => n.uri === answer.uri)) t.diagnostic('the network told of it after all');
  const id = await hear('Anche in Sardegna?');
  assert.equal((await giulia.messages(id, 'Anche in Sardegna?')).length, 1);
});

test('a quote of what we wrote is heard', { skip }, async () => {
  const own = await care.post('Nuovi colori in negozio.');
  await until('it is indexed', async () => (await tom.thread(own.uri)).status === 200);
  await tom.post('Ma quello verde non si accende', { embed: { $type: 'app.bsky.embed.record', record: own } });
  const id = await hear('Ma quello verde');
  assert.equal((await story(id)).composer.doors[0].name, 'reply');
});

test('a picture goes out with its words', { skip }, async () => {
  const { post, id } = await mention(mina, 'dove si preme?');
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const { composer } = await story(id), line = '----parti', chosen = composer.doors.find(d => d.name === 'reply');
  const fields = { csrf: giulia.csrf, door: chosen.value, text: 'Qui, guarda.', seen: composer.seen, once: composer.once };
  const body = Buffer.concat([...Object.entries(fields).map(([k, v]) => Buffer.from(`--${line}\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`)),
    Buffer.from(`--${line}\r\nContent-Disposition: form-data; name="file"; filename="qui.png"\r\nContent-Type: image/png\r\n\r\n`), png, Buffer.from(`\r\n--${line}--\r\n`)]);
  const sent = await giulia.ask(`/desk/c/${id}/reply`, { method: 'POST', body, headers: { accept: 'application/json', 'content-type': `multipart/form-data; boundary=${line}`, 'content-length': body.length } });
  assert.equal(sent.status, 200, sent.text);
  const seen = await until('Mina is told', async () => (await answers(mina)).find(n => n.record.text === 'Qui, guarda.'));
  assert.equal(seen.record.embed.$type, 'app.bsky.embed.images');
  assert.equal(seen.record.embed.images[0].image.size, png.length);
  assert.equal(seen.record.reply.parent.uri, post.uri);
});

test('three hundred letters and their bytes are counted as the server counts', { skip }, async () => {
  const { id } = await mention(mina, 'quanto ci sta?');
  const family = '👨‍👩‍👧‍👦'; // one letter, 25 bytes
  for (const [text, fits] of [['è'.repeat(300), true], ['è'.repeat(301), false], [family.repeat(120), true], [family.repeat(121), false]]) {
    const said = await care.call('POST', 'com.atproto.repo.createRecord', { body: { repo: care.did, collection: 'app.bsky.feed.post', validate: true, record: { $type: 'app.bsky.feed.post', text, createdAt: new Date().toISOString() } } });
    assert.equal(said.status === 200, fits, `the server: ${JSON.stringify(said.json)}`);
    const sent = await giulia.reply(id, text, { door: 'reply' });
    if (fits) await until('it stands there', async () => (await answers(mina)).some(n => n.record.text === text));
    else assert.equal(sent.status, 422, sent.text);
  }
});

test('when the answer of the server is lost, what we said stands there once', { skip }, async () => {
  const { id } = await mention(tom, 'mi sentite?');
  let lost = 0;
  between.lose = req => req.url.includes('createRecord') && lost++ === 0;
  assert.equal((await giulia.reply(id, 'Forte e chiaro.', { door: 'reply' })).status, 200);
  await until('the answer was lost', () => lost > 0);
  between.lose = () => false;
  await soon('the desk finds it among what we wrote', async () => { const m = await giulia.message(id, 'Forte e chiaro'); return ['sent', 'published'].includes(m.state) && !m.unsent; });
  assert.equal((await ours('Forte e chiaro')).length, 1);
  assert.equal((await giulia.messages(id, 'Forte e chiaro')).length, 1);
});

test('sent again by a colleague who was wrong about it, it still stands there once', { skip }, async () => {
  const { id } = await mention(tom, 'e adesso?');
  let lost = 0;
  between.lose = req => req.url.includes('createRecord') && lost++ === 0;
  assert.equal((await giulia.reply(id, 'Anche adesso.', { door: 'reply' })).status, 200);
  const m = await until('nobody knows', async () => { const one = await giulia.message(id, 'Anche adesso.'); return one?.unsent?.unsure && one; });
  between.lose = () => false;
  const before = between.seen.length;
  await giulia.done(`/desk/m/${m.id}/settle`, { arrived: '0' });
  await until('it was looked for', () => between.seen.slice(before).some(c => c.nsid === 'com.atproto.repo.getRecord'));
  await until('the desk knows', async () => !(await giulia.message(id, 'Anche adesso.')).unsent);
  assert.equal((await ours('Anche adesso.')).length, 1);
  assert.deepEqual(between.seen.filter(c => /createRecord|getRecord/.test(c.nsid)).slice(-2).map(c => [c.nsid, c.status]), [['com.atproto.repo.createRecord', 500], ['com.atproto.repo.getRecord', 200]]);
});

test('a post that was deleted leaves the desk, and is not answered', { skip }, async () => {
  const answered = await mention(mina, 'questo lo cancello dopo');
  assert.equal((await giulia.reply(answered.id, 'Eccoci.', { door: 'reply' })).status, 200);
  await until('it stands there', async () => (await ours('Eccoci.')).length === 1);
  await mina.remove(answered.post.uri);
  await soon('it is marked as removed', async () => !(await giulia.find('questo lo cancello dopo')) || house.sql("SELECT deleted_at FROM message WHERE external_id = '" + answered.post.uri + "'")[0].deleted_at > 0);
  assert.equal(house.sql(`SELECT text FROM message WHERE external_id = '${answered.post.uri}'`)[0].text.includes('cancello'), false);

  const other = await mention(tom, 'e questo subito');
  await tom.remove(other.post.uri);
  await until('it is gone there', async () => (await care.thread(other.post.uri)).status === 400);
  assert.equal((await giulia.reply(other.id, 'Troppo tardi?', { door: 'reply' })).status, 200);
  await until('the colleague knows', async () => (await giulia.message(other.id, 'Troppo tardi?'))?.unsent?.failure === 'gone');
  assert.equal((await ours('Troppo tardi?')).length, 0);
});

test('direct messages go through the server of the account, once it passes them on', { skip }, async () => {
  await until('the server was asked', () => chat.tokens.length > 0);
  assert.deepEqual([chat.tokens[0].iss, chat.tokens[0].aud.split('#')[0]], [care.did, chat.did]);
  const list = () => house.sql("SELECT words, failing_since FROM asking WHERE listing = 'messages'")[0];
  await until('the list is left out', () => /passes no direct messages on/.test(list()?.words || ''), A_MINUTE);
  assert.equal(list().failing_since, 0);
  chat.open = true;
  chat.write(mina.did, 'In privato: il mio indirizzo è cambiato');
  const id = await hear('il mio indirizzo è cambiato');
  await giulia.listen(id, 'l’indirizzo nuovo');
  assert.equal((await giulia.reply(id, 'Annotato, grazie.', { door: 'dm' })).status, 200);
  await until('it was said there', () => chat.messages.filter(m => m.text === 'Annotato, grazie.').length === 1);
  assert.equal(chat.messages.at(-1).sender.did, care.did);
});

test('a session that ended is begun anew with the app password, and nobody notices', { skip }, async () => {
  const { id } = await mention(mina, 'ancora lì?');
  const begun = between.count('com.atproto.server.createSession', 200);
  const set = cliTry('channel', 'set', channel, '--set', `access_token=${expired(care.did)}`, '--set', 'refresh_token=spento', '--data', house.data, '--brand', house.brand);
  assert.equal(set.code, 0, set.err);
  await until('another session', () => between.count('com.atproto.server.createSession', 200) === begun + 1, A_MINUTE);
  assert.ok(between.count('com.atproto.server.refreshSession', 400) >= 1);
  assert.equal((await giulia.reply(id, 'Sempre.', { door: 'reply' })).status, 200);
  await until('Mina reads it', async () => (await answers(mina)).some(n => n.record.text === 'Sempre.'));
  await until('the channel is on', () => status().state === 'on');
});

test('a password that was taken back stops the channel; a new one fills the gap', { skip }, async () => {
  const set = (...more) => { const r = cliTry('channel', 'set', channel, ...more.flatMap(m => ['--set', m]), '--data', house.data, '--brand', house.brand); assert.equal(r.code, 0, r.err); };
  set(`access_token=${expired(care.did)}`, 'refresh_token=spento', 'app_password=non-più-buona');
  await until('the channel stands still', () => status().state === 'paused', A_MINUTE);
  await mina.post(`@${care.handle} mentre dormivate`, { mentions: [care] });
  set(`app_password=${await care.appPassword('nuova', true)}`);
  await until('the channel is on', () => status().state === 'on', A_MINUTE);
  await giulia.hear('mentre dormivate', 30000);
});

test('a server that dies in between loses nothing and says nothing twice', { skip }, async () => {
  const { id } = await mention(tom, 'prima della caduta');
  assert.equal((await giulia.reply(id, 'Restiamo in piedi.', { door: 'reply' })).status, 200);
  await house.kill();
  const refreshed = between.count('com.atproto.server.refreshSession', 200);
  for (let i = 0; i < 12; i++) await (i % 2 ? mina : tom).post(`@${care.handle} domanda numero ${i}.`, { mentions: [care] });
  ask(); // … and its session is renewed as soon as it is back
  await house.start();
  giulia = await house.colleague('giulia');
  await soon('all are in', () => house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%domanda numero%'")[0].n >= 12, 60000);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%domanda numero%'")[0].n, 12);
  const said = await soon('what was said stands there, or nobody knows', async () => {
    const m = await giulia.message(id, 'Restiamo in piedi');
    return (m.unsent?.unsure || !m.unsent) && m;
  });
  if (said.unsent) await giulia.done(`/desk/m/${said.id}/settle`, { arrived: '0' });
  await soon('it stands there', async () => (await ours('Restiamo in piedi')).length > 0 && !(await giulia.message(id, 'Restiamo in piedi')).unsent);
  assert.equal((await ours('Restiamo in piedi')).length, 1);
  assert.ok(between.count('com.atproto.server.refreshSession', 200) > refreshed, 'the session was renewed, not begun');
  const ledger = house.ledger();
  assert.equal(ledger.balanced, true, ledger.err);
});

test('who blocked us is not reached, and the desk says so', { skip }, async () => {
  const { id } = await mention(tom, 'adesso vi blocco');
  await tom.block(care);
  await until('the AppView knows', async () => !(await care.notifications()).some(n => n.author.did === tom.did));
  assert.equal((await giulia.reply(id, 'Ci spiace.', { door: 'reply' })).status, 200);
  await until('the person is flagged', async () => (await giulia.json(`/desk/c/${id}`)).who.identities.some(i => i.blocked));
  assert.ok((await story(id)).composer.shut.some(d => d.why === 'blocked'));
  assert.equal((await ours('Ci spiace.')).length, 0, 'the server would have taken it, and nobody would have seen it');
});
