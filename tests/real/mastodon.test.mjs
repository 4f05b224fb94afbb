// Mastodon with real clients: a person writes with toot, a colleague answers at the desk, the person reads it with toot;
// what is private stays private; edits, deletions, a block, a token taken back, and a house that dies in between.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { request, startHouse, tempDir, until } from '../http/support.mjs';
import { mastodonPy, missing, tootOf } from './clients.mjs';

const skip = missing ? `skipped: ${missing}` : false;
if (skip) console.log(skip);
const US = '@nuvolamobile@nuvola.example';
let house, base, giulia, anna, mina, tom, token = 'simulated-mastodon-token';

const asTom = (what, given) => mastodonPy(base, 'simulated-mastodon-person-tom', what, given);
const asBrand = (what, given) => mastodonPy(base, token, what, given);
// Lists are asked every minute; an administrator does not wait for it.
async function hear(what, ask, ms = 30000) {
  const where = `/desk/channels/${house.channels.mastodon}`;
  let asked = 0;
  await anna.get(where);
  return until(what, async () => {
    if (Date.now() - asked > 3000) { await anna.post(`${where}/ask`); asked = Date.now(); }
    return ask();
  }, ms);
}
const find = async words => (await hear(`“${words}” on the desk`, () => giulia.find(words))).id;

before(async () => {
  if (skip) return;
  house = await startHouse({ on: ['mastodon'] });
  base = house.known.mastodon.settings.api_base;
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
  for (const [key, name] of [['mina', 'Mina Keller'], ['tom', 'Tom Berg']]) await house.net.call('/sim/person', { key, name, handle: key });
  mina = tootOf(base, 'mina');
  tom = tootOf(base, 'tom');
});
after(async () => {
  if (skip) return;
  mina.end();
  tom.end();
  await house.stop();
});

test('a person writes with toot and reads the answer with toot', { skip }, async () => {
  const post = await mina.post(`${US} il modem è spento da ieri <b>, che faccio? 😡`);
  const id = await find('il modem è spento da ieri');
  const said = await giulia.message(id, 'il modem è spento');
  assert.equal(said.text, '@nuvolamobile il modem è spento da ieri <b>, che faccio? 😡');
  assert.equal((await giulia.story(id)).person.name, 'Mina Keller');
  await hear('every list is well', () => house.channel('mastodon').asking.lists.every(l => l.state === 'well'));
  await giulia.listen(id, 'sapere che fare');
  const sent = await giulia.reply(id, 'Mina, lo riavviamo noi & subito: 5 minuti.', { door: 'public' });
  assert.equal(sent.status, 200, sent.text);
  await until('Mina hears of it', async () => /mentioned you in/.test(await mina.toot('notifications')));
  assert.match(await mina.toot('notifications'), /Prova|Nuvola/);
  const thread = await mina.toot('thread', post);
  assert.match(thread, /@mina Mina, lo riavviamo noi & subito: 5 minuti\./);
  assert.match(thread, new RegExp(`In reply to ${post}`));
  await mina.post(`${US} funziona, grazie!`, '--reply-to', thread.match(/ID (\d+)\s+↲/)[1]);
  assert.equal(await find('funziona, grazie!'), id, 'the same story');
});

test('what is said in private is answered in private, and nobody else sees it', { skip }, async () => {
  await tom.post(`${US} il mio numero è 0102030405`, '--visibility', 'direct');
  const id = await find('il mio numero è');
  const { composer } = await giulia.story(id);
  assert.deepEqual(composer.doors.map(d => d.name), ['direct'], 'there is no public door');
  await giulia.listen(id, 'una chiamata');
  assert.equal((await giulia.reply(id, 'La chiamiamo oggi alle 15.')).status, 200);
  const talk = await until('Tom has the answer', async () => (await asTom('return m.conversations()')).find(c => /La chiamiamo oggi/.test(c.last_status.content)));
  assert.equal(talk.last_status.visibility, 'direct');
  assert.deepEqual(talk.last_status.mentions.map(m => m.acct), ['tom']);
  assert.doesNotMatch(await mina.toot('timeline', '--once', '--public'), /La chiamiamo|0102030405/);
  assert.ok(!(await asBrand('return m.timeline_public()')).some(s => s.visibility !== 'direct' && /La chiamiamo/.test(s.content)));
});

test('a public word is answered in private where a colleague wants it so', { skip }, async () => {
  await tom.post(`${US} qui mi spiate tutti`);
  const id = await find('qui mi spiate tutti');
  await giulia.listen(id, 'parlarne in privato');
  assert.equal((await giulia.reply(id, 'Parliamone qui, tra noi.', { door: 'direct' })).status, 200);
  const heard = await until('Tom hears it', async () => (await asTom('return m.notifications()')).find(n => /Parliamone qui/.test(n.status.content)));
  assert.equal(heard.status.visibility, 'direct');
});

test('a picture comes with a post, a warning stands before its words', { skip }, async () => {
  const dir = tempDir('picture'), file = path.join(dir, 'prova.png');
  fs.writeFileSync(file, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
  await mina.post(`${US} guardate la foto`, '--media', file, '--spoiler-text', 'Cavi scoperti');
  fs.rmSync(dir, { recursive: true });
  const id = await find('guardate la foto');
  const stored = await until('it is stored', async () => { const m = await giulia.message(id, 'guardate la foto'); return m.attachments[0]?.state === 'stored' && m; });
  assert.match(stored.text, /^Cavi scoperti\n/);
  await giulia.listen(id, 'un tecnico');
  assert.equal((await giulia.reply(id, 'Arriva un tecnico, non li tocchi.', { door: 'public' })).status, 200);
  const answer = await until('the answer is there', async () => (await asBrand('return m.timeline_public()')).find(s => /Arriva un tecnico/.test(s.content)));
  assert.equal(answer.spoiler_text, 'Cavi scoperti', 'an answer stands behind the same warning');
});

test('an edit is seen with what it said before, a deletion takes the words away', { skip }, async () => {
  const { id: post } = await asTom(`return m.status_post('${US} costa 10 euro')`);
  const id = await find('costa 10 euro');
  await asTom(`return m.status_update(given['post'], '${US} costa 100 euro')`, { post });
  const edited = await hear('the new words', () => giulia.message(id, 'costa 100 euro'));
  assert.match(JSON.stringify(edited), /costa 10 euro/);
  await tom.toot('delete', String(post));
  await hear('the words are gone', () => house.sql(`SELECT deleted_at FROM message WHERE external_id = '${post}'`)[0]?.deleted_at > 0);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%costa 1%'")[0].n, 0);
});

test('what the brand answers with a client of its own stands in the story', { skip }, async () => {
  const { id: post } = await asTom(`return m.status_post('${US} chi risponde di notte?')`);
  const id = await find('chi risponde di notte?');
  await asBrand("return m.status_reply(m.status(given['post']), 'Di notte risponde Sara.', untag=False)", { post });
  const ours = await hear('our answer is there', () => giulia.message(id, 'Di notte risponde Sara'));
  assert.equal(ours.text, 'Di notte risponde Sara.');
  assert.equal(house.sql(`SELECT place FROM message WHERE external_id = '${post}'`)[0].place, 2, 'nobody waits any more');
});

test('who blocked us hears nothing, and nothing fails', { skip }, async () => {
  const open = await tom.post(`${US} siete pessimi`), id = await find('siete pessimi');
  await tom.post(`${US} davvero pessimi`, '--visibility', 'direct');
  assert.equal(await find('davvero pessimi'), id);
  await tom.toot('block', US);
  await giulia.listen(id, 'essere ascoltato');
  assert.equal((await giulia.reply(id, 'Ci dispiace, Tom.', { door: 'direct' })).status, 200);
  await until('it is taken', async () => (await giulia.message(id, 'Ci dispiace, Tom')).state === 'sent');
  assert.ok(!(await asTom('return m.notifications()')).some(n => /Ci dispiace, Tom/.test(n.status.content)));
  await hear('what was public is shown to us no more', () => house.sql(`SELECT deleted_at FROM message WHERE external_id = '${open}'`)[0].deleted_at > 0);
  await tom.toot('unblock', US);
});

test('a token taken back pauses the channel; with a new one nothing is missing', { skip }, async () => {
  await asBrand('return m.revoke_access_token()');
  await mina.post(`${US} pronto? (mentre manca il token)`);
  await hear('the channel is paused', () => house.channel('mastodon').state === 'paused');
  const { url } = await asBrandless("return {'url': m.auth_request_url(redirect_uris='urn:ietf:wg:oauth:2.0:oob', scopes=['read', 'write'])}");
  const code = (await request(url)).text;
  ({ token } = await asBrandless("return {'token': m.log_in(code=given['code'], redirect_uri='urn:ietf:wg:oauth:2.0:oob', scopes=['read', 'write'])}", { code }));
  const set = house.cli('channel', 'set', house.channels.mastodon, '--set', `access_token=${token}`);
  assert.equal(set.code, 0, set.err);
  await find('mentre manca il token');
  assert.equal(house.channel('mastodon').state, 'on');
});

test('an administrator agrees on the page of the server', { skip }, async () => {
  const where = `/desk/channels/${house.channels.mastodon}`;
  await asBrand('return m.revoke_access_token()');
  const set = house.cli('channel', 'set', house.channels.mastodon, '--set', 'client_id=simulated-mastodon-client', '--set', 'client_secret=simulated-mastodon-secret');
  assert.equal(set.code, 0, set.err);
  const there = await hear('the way to the server', async () => { const r = await anna.get(`${where}/consent`); return r.status === 303 && r; });
  assert.match(there.headers.location, /code_challenge_method=S256/);
  const page = await request(there.headers.location);
  assert.equal(page.status, 200, page.text);
  const back = new URL(page.text.match(/<a href="([^"]+)">Authorize<\/a>/)[1].replaceAll('&amp;', '&'));
  const agreed = await anna.get(back.pathname + back.search);
  assert.equal(agreed.status, 303, agreed.text.slice(0, 300));
  await mina.post(`${US} e adesso mi sentite?`);
  await find('e adesso mi sentite?');
});

test('a house that dies in between loses nothing and doubles nothing', { skip }, async () => {
  await mina.post(`${US} ci siete ancora?`);
  const id = await find('ci siete ancora?'), taken = async () => (await house.net.state()).accepted.filter(a => a.text === 'Eccoci di nuovo.');
  await giulia.listen(id, 'una risposta');
  await house.net.fault('mastodon', 'timeout', 1, 8000); // the server takes the reply, and its answer comes too late
  assert.equal((await giulia.reply(id, 'Eccoci di nuovo.', { door: 'public' })).status, 200);
  await until('the server has it', async () => (await taken()).length);
  await house.kill();
  for (let i = 0; i < 6; i++) await mina.post(`${US} domanda numero ${i}`);
  for (let life = 0; life < 2; life++) {
    if (life) await house.kill();
    await house.start();
    giulia = await house.colleague('giulia');
    anna = await house.colleague('anna');
    await find('domanda numero 5');
  }
  await hear('all are in', () => house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%domanda numero%'")[0].n >= 6);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%domanda numero%'")[0].n, 6);
  await hear('what the server shows says that it arrived', async () => ['sent', 'published'].includes((await giulia.message(id, 'Eccoci di nuovo')).state));
  assert.equal((await giulia.messages(id, 'Eccoci di nuovo')).length, 1);
  assert.deepEqual((await taken()).map(a => a.count), [1]);
  const heard = (await mina.toot('thread', (await taken())[0].to)).match(/Eccoci di nuovo/g);
  assert.equal(heard.length, 1, 'said once');
  assert.equal(house.ledger().balanced, true);
});

function asBrandless(what, given) { return mastodonPy(base, null, what, given); }
