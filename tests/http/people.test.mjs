// Who may do what, and what nobody may: roles on every route, forged forms, guessed passwords, stolen sessions, secrets,
// and what strangers send to a server on the internet.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Colleague, accounts, begin, everything, request, root, startHouse, startServer, stream, tempDir, until } from './support.mjs';
import { post, signed, whatsapp } from './payloads.mjs';

let house, giulia, luca, anna, rita;
before(async () => {
  house = await startHouse();
  [giulia, luca, anna, rita] = await Promise.all(['giulia', 'luca', 'anna', 'rita'].map(house.colleague));
});
after(() => house.stop());

const sources = dir => fs.readdirSync(path.join(root, 'src', dir)).filter(f => f.endsWith('.c')).map(f => [`${dir}/${f}`, fs.readFileSync(path.join(root, 'src', dir, f), 'utf8')]);
// Every route of the desk as the registry has it: {method, path, permission}.
const routes = sources('web/desk').flatMap(([, text]) => [...text.matchAll(/\{HTTP_(\w+),\s*"([^"]+)",\s*PERM_(\w+)/g)].map(m => ({ method: m[1], path: m[2], permission: m[3] })));
const at = route => route.path.replace(/:id/g, '1').replace(/:name/g, 'x').replace('*', 'x');
const rank = { PUBLIC: 0, READ: 1, AGENT: 2, LEAD: 3, ADMIN: 4 };
const ask = (who, route) => (route.method === 'GET' ? who.get(at(route)) : who.post(at(route)));
// What somebody did: the program's own deeds (a name that a network told, a receipt) come when they come.
const rows = () => house.sql("SELECT (SELECT count(*) FROM event WHERE actor_id <> 0 AND kind NOT LIKE 'agent.sign%') AS event, (SELECT count(*) FROM message) AS message, (SELECT count(*) FROM conversation) AS conversation, (SELECT count(*) FROM agent) AS agent, (SELECT count(*) FROM channel) AS channel, (SELECT count(*) FROM token) AS token")[0];

test('the routes were found', () => { assert.ok(routes.length >= 50, `${routes.length}`); });

test('signed out, nothing opens but the door', async () => {
  const before = rows();
  for (const route of routes.filter(r => r.permission !== 'PUBLIC')) {
    const r = await request(house.base + at(route), { method: route.method, body: route.method === 'GET' ? undefined : 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    const away = r.status === 303 && r.headers.location.startsWith('/desk/sign-in');
    assert.ok(r.status === 401 || (route.method === 'GET' && away), `${route.method} ${route.path}: ${r.status}`);
    assert.ok(!/Riva|Ferri/.test(r.text), 'nobody’s name in it');
  }
  assert.deepEqual(rows(), before);
});

test('each role opens what it may, and nothing above', async () => {
  const talk = await begin(house, giulia, 'messenger'), before = rows();
  const who = { READ: rita, AGENT: luca, LEAD: giulia };
  for (const [role, colleague] of Object.entries(who))
    for (const route of routes.filter(r => rank[r.permission] > rank[role])) {
      const r = await ask(colleague, route);
      assert.equal(r.status, 403, `${role}: ${route.method} ${route.path}`);
    }
  assert.deepEqual(rows(), before, 'and nothing was changed');
  for (const [role, colleague] of Object.entries({ ...who, ADMIN: anna }))
    for (const route of routes.filter(r => r.method === 'GET' && rank[r.permission] <= rank[role] && !['/events', '/desk/channels/consent'].includes(r.path))) // who comes back from a network without having gone is nobody
      assert.ok(![401, 403, 500].includes((await ask(colleague, route)).status), `${role}: ${route.path}`);
  // one who only reads is offered nothing to change
  const page = await rita.get(`/desk/c/${talk.id}`);
  assert.equal(page.status, 200);
  const { menus } = await rita.story(talk.id);
  assert.deepEqual(Object.entries(menus.can).filter(([, may]) => may), []);
  for (const act of ['need', 'reply', 'note', 'close', 'aside', 'assign', 'label', 'draft'])
    assert.equal((await rita.act(talk.id, act, { need: 'x', text: 'x', reason: 'thanks' })).status, 403, act);
});

/* ---- forms ---- */

test('a form of another site changes nothing', async () => {
  const talk = await begin(house, giulia, 'messenger'), before = rows(), where = `/desk/c/${talk.id}/priority`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const send = (fields, headers) => giulia.ask(where, { method: 'POST', body: new URLSearchParams({ priority: 'high', ...fields }).toString(), headers: { ...form, ...headers } });
  assert.equal((await send({})).status, 403, 'no token');
  assert.equal((await send({ csrf: '' })).status, 403);
  assert.equal((await send({ csrf: luca.csrf })).status, 403, 'a colleague’s token');
  assert.equal((await send({ csrf: giulia.csrf.slice(0, -1) })).status, 403);
  assert.equal((await send({ csrf: giulia.csrf }, { origin: 'https://evil.example' })).status, 403);
  assert.equal((await send({ csrf: giulia.csrf }, { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await send({ csrf: giulia.csrf }, { 'sec-fetch-site': 'same-site' })).status, 403);
  assert.equal((await giulia.get(`${where}?csrf=${giulia.csrf}&priority=high`)).status, 405, 'a link changes nothing');
  assert.deepEqual(rows(), before);
  assert.equal((await send({ csrf: giulia.csrf }, { origin: house.base })).status, 303);
  assert.equal((await send({}, { 'x-csrf-token': giulia.csrf })).status, 303, 'scripts say it in a header');
  const signIn = await request(house.base + '/desk/sign-in', { method: 'POST', headers: { ...form, origin: 'https://evil.example' }, body: 'user=giulia@prova.example&password=parola-di-prova' });
  assert.equal(signIn.status, 403, 'nor does another site sign anybody in');
});

test('the cookie is for this site only, and not for scripts', async () => {
  const who = new Colleague(house.base);
  await who.get('/desk/sign-in');
  const r = await who.post('/desk/sign-in', { user: 'luca@prova.example', password: 'parola-di-prova' });
  const cookie = [].concat(r.headers['set-cookie']).find(c => /^ascolto_\d+=/.test(c));
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /SameSite=(Lax|Strict)/);
  const tls = await request(house.base + '/desk/sign-in', { method: 'POST', body: 'user=luca@prova.example&password=parola-di-prova', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-proto': 'https' } });
  assert.match([].concat(tls.headers['set-cookie']).find(c => /^ascolto_\d+=/.test(c)), /Secure/);
  const value = cookie.split(';')[0].split('=')[1];
  assert.equal(house.sql(`SELECT count(*) AS n FROM session WHERE hash = '${value}'`)[0].n, 0, 'only its hash is stored');
});

/* ---- sessions ---- */

test('guessing a password is slowed down, for this name only', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const attempt = (user, password) => request(house.base + '/desk/sign-in', { method: 'POST', headers: form, body: new URLSearchParams({ user, password }).toString() });
  let refused;
  for (let i = 0; i < 30 && !refused; i++) {
    const r = await attempt('anna@prova.example', 'sbagliata' + i);
    assert.ok([422, 429].includes(r.status), `${r.status}`);
    if (r.status === 429) refused = r;
  }
  assert.ok(refused, 'not for ever');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.equal((await attempt('anna@prova.example', 'parola-di-prova')).status, 429, 'nor with the right one now');
  assert.equal((await attempt('giulia@prova.example', 'parola-di-prova')).status, 303, 'others go on working');
  const known = await attempt('giulia@prova.example', 'no'), unknown = await attempt('nessuno@prova.example', 'no');
  assert.equal(known.status, unknown.status);
  const words = r => r.text.replace(/value="[^"]*"/g, '');
  assert.equal(words(known), words(unknown), 'it is not said whether a name exists');
  assert.equal((await anna.get('/desk/me')).status, 200, 'who is in stays in');
});

test('a session gets a new cookie in time; the old one ends', async () => {
  const who = await house.colleague('luca'), old = who.cookie();
  const hash = "hash IN (SELECT hash FROM session s WHERE s.agent_id IN (SELECT id FROM agent WHERE name LIKE 'Luca%') ORDER BY created_at DESC LIMIT 1)";
  house.write(`UPDATE session SET created_at = created_at - ${13 * 3600e6} WHERE ${hash}`);
  await who.get('/desk');
  assert.notEqual(who.cookie(), old, 'renewed');
  const stranger = new Colleague(house.base);
  const ask = () => stranger.ask('/desk', { headers: { cookie: old } });
  assert.equal((await ask()).status, 200, 'pages on their way are not cut off');
  assert.equal((await who.get('/desk')).status, 200);
  const later = () => house.write("UPDATE session SET rotated_at = rotated_at - 120 * 1000000, confirmed_at = CASE WHEN confirmed_at = 0 THEN 0 ELSE confirmed_at - 120 * 1000000 END WHERE rotated_hash <> ''");
  later();
  assert.equal((await ask()).status, 303, 'a copy of the old cookie opens nothing');
  assert.equal((await who.get('/desk')).status, 200);
  // the answer that brings the new cookie is lost on its way
  const before = who.cookie();
  house.write(`UPDATE session SET rotated_at = rotated_at - ${13 * 3600e6} WHERE rotated_hash <> ''`);
  const lost = await new Colleague(house.base).ask('/desk', { headers: { cookie: before } });
  assert.equal(lost.status, 200);
  assert.match(String(lost.headers['set-cookie']), /ascolto_\d+=/);
  later();
  assert.equal(who.cookie(), before);
  assert.equal((await who.get('/desk')).status, 200, 'the cookie in hand still opens');
  assert.notEqual(who.cookie(), before, 'and is renewed again');
  assert.equal((await who.get('/desk')).status, 200);
  // many requests at once: whichever answer comes last, its cookie opens
  house.write(`UPDATE session SET rotated_at = rotated_at - ${13 * 3600e6} WHERE rotated_hash <> ''`);
  const at = who.cookie(), answers = await Promise.all(Array.from({ length: 12 }, () => new Colleague(house.base).ask('/desk', { headers: { cookie: at } })));
  const given = answers.flatMap(r => [r.headers['set-cookie'] ?? []].flat()).map(c => c.split(';')[0]).filter(c => /^ascolto_\d+=./.test(c));
  assert.equal(given.length, 1);
  who.jar.set(given[0].slice(0, given[0].indexOf('=')), given[0].slice(given[0].indexOf('=') + 1));
  assert.equal((await who.get('/desk')).status, 200);
});

test('signing out ends the session, also a copy of it; everywhere means everywhere', async () => {
  const here = await house.colleague('luca'), there = await house.colleague('luca'), copy = new Colleague(house.base);
  copy.jar = new Map(there.jar);
  const open = await stream(copy).ready(), others = await stream(anna).ready();
  await there.done('/desk/sign-out');
  assert.equal((await copy.get('/desk')).status, 303);
  await until('what was open hears nothing more', () => !open.open);
  const third = await house.colleague('luca'), thirds = await stream(third).ready();
  await here.done('/desk/me/sessions/end');
  assert.equal((await third.get('/desk')).status, 303);
  assert.equal((await here.get('/desk')).status, 200);
  await until('nor does the third', () => !thirds.open);
  const again = await stream(here, { last: thirds.last() }).ready();
  assert.deepEqual([again.status, again.open], [200, true], 'who is still signed in comes back');
  assert.equal((await stream(third, { last: thirds.last() }).ready()).open, false);
  assert.equal(others.open, true, 'and nobody else was let go');
  for (const one of [again, others]) one.close();
  await luca.get('/desk');
  luca = await house.colleague('luca');
});

test('who leaves is out at once', async () => {
  const who = path.join(house.data, 'pass');
  house.cli('agent', 'add', '--name', 'Per Poco', '--email', 'poco@prova.example', '--role', 'admin', '--password-file', who);
  const poco = await house.colleague('poco');
  assert.equal((await poco.get('/desk/team')).status, 200);
  const open = await stream(poco).ready();
  assert.equal(house.cli('agent', 'remove', 'poco@prova.example').code, 0);
  assert.equal((await poco.get('/desk')).status, 303);
  await until('the open page hears nothing more', () => !open.open);
  await assert.rejects(house.colleague('poco'));
});

/* ---- people answer people ---- */

test('a token cannot send, however it asks', async () => {
  const talk = await begin(house, giulia, 'messenger'), { composer } = await giulia.story(talk.id), before = rows();
  const made = house.cli('token', 'add', '--name', 'Robot', '--role', 'agent', '--agent', 'giulia@prova.example').out.split('\n');
  const headers = { authorization: `Bearer ${made.at(-1)}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ door: composer.doors[0].value, text: 'Sono un robot', seen: composer.seen });
  const api = where => request(house.base + where, { method: 'POST', headers, body });
  assert.equal((await api(`/api/v1/conversations/${talk.id}/replies`)).status, 403);
  assert.equal((await api(`/desk/c/${talk.id}/reply`)).status, 403);
  assert.equal((await request(house.base + '/desk', { headers })).status, 403, 'a token opens no page');
  assert.equal(rows().message, before.message);
  assert.deepEqual(await house.net.accepted('Sono un robot'), []);
  const both = await giulia.ask(`/desk/c/${talk.id}/reply`, { method: 'POST', headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ csrf: giulia.csrf, door: composer.doors[0].value, text: 'Sono un robot', seen: composer.seen }).toString() });
  assert.equal(both.status, 403, 'nor beside somebody’s session');
});

test('there is one place where a message to a person is made, and it asks for an author', () => {
  const all = ['base', 'care', 'channels', 'cli', 'db', 'jobs', 'net', 'store', 'triage', 'web', 'web/desk', 'web/api'].flatMap(sources);
  const where = pattern => all.filter(([, text]) => pattern.test(text)).map(([name]) => name).sort();
  assert.deepEqual(where(/\boutbox_add\(tx/), ['care/reply.c', 'care/reply_outcome.c'], 'who puts a message into the outbox');
  assert.deepEqual(where(/[^_\w]reply_send\(/), ['care/reply.c', 'web/api/replies.c', 'web/desk/replies.c'], 'who sends');
  assert.deepEqual(where(/= author_of_session\(|return author_of_session\(|author \*author_of_session\(/), ['care/author.c', 'web/router.c'], 'who makes an author');
  assert.deepEqual(where(/struct author \{/), ['care/author.c'], 'nobody else knows what an author is made of');
  const sends = all.filter(([, text]) => /channel->send\(/.test(text)).map(([name]) => name);
  assert.deepEqual(sends, ['jobs/letters.c', 'jobs/outbox.c'], 'who calls a network: replies, and the notice that one of us wrote (docs/adr/0021)');
  assert.deepEqual(where(/[^_\w]follow_answered\(tx/), ['care/reply_outcome.c'], 'what one is told of: an author’s reply that arrived');
  const [, follows] = all.find(([name]) => name === 'care/follows.c');
  assert.match(follows, /!m->outbound \|\| !m->agent_id/, '… of a colleague');
  const [, outcome] = all.find(([name]) => name === 'care/reply_outcome.c');
  assert.equal(outcome.match(/outbox_add\(/g).length, 1);
  assert.match(outcome, /reply_undelivered[\s\S]*?state = STR\("failed"\)[\s\S]*?outbox_add/, 'there only to show that one failed');
});

/* ---- secrets ---- */

const secrets = [...new Set(Object.values(accounts).flatMap(a => [a.access_token, a.app_secret, a.consumer_secret]).filter(Boolean))];
const pages = async who => {
  const seen = new Map(), todo = ['/desk', '/desk/channels/new?network=x', '/desk/statement/20200101', ...routes.filter(r => r.method === 'GET' && !/[:*]/.test(r.path) && r.path !== '/events').map(r => r.path)];
  while (todo.length && seen.size < 120) {
    const where = todo.shift();
    if (seen.has(where)) continue;
    const r = await who.get(where);
    seen.set(where, r);
    if (/^text\/html/.test(r.headers['content-type'] || ''))
      for (const [, href] of r.text.matchAll(/href="(\/desk[^"#]*)/g)) todo.push(href.replace(/&amp;/g, '&'));
  }
  return seen;
};

test('no page, no answer, no log, no list and no export says a secret; every page has its policy', async () => {
  await begin(house, giulia, 'messenger');
  const { who } = await giulia.json(`/desk/c/${(await giulia.json('/desk?tab=all')).list.rows[0].id}`);
  assert.ok(who);
  const password = fs.readFileSync(path.join(house.data, 'pass'), 'utf8').trim(), hash = house.sql('SELECT password FROM agent LIMIT 1')[0].password;
  const silent = (text, where) => { for (const s of [...secrets, password, hash]) assert.ok(!text.includes(s), `${where} says a secret`); };
  let html = 0;
  for (const [where, r] of await pages(anna)) {
    silent(r.text, where);
    assert.ok(r.status < 500, `${where}: ${r.status}`);
    if (!/^text\/html/.test(r.headers['content-type'] || '')) continue;
    html++;
    const csp = r.headers['content-security-policy'];
    assert.ok(csp, `${where} has a policy`);
    assert.match(csp, /default-src 'none'|default-src 'self'/);
    assert.ok(!/unsafe-(inline|eval)/.test(csp.replace(/style-src[^;]*/, '')), csp);
    assert.match(csp, /frame-ancestors/);
    assert.equal(r.headers['x-content-type-options'], 'nosniff', where);
    assert.ok(!/<script(?![^>]*\bsrc=)[^>]*>[^<]/.test(r.text), `${where}: no script inside the page`);
    assert.ok(!/\son\w+="/.test(r.text), `${where}: no handlers in attributes`);
    assert.ok(!/(src|href|action)="https?:\/\/(?!127\.0\.0\.1)[^"]*\.(js|css|woff2?)/.test(r.text), `${where}: nothing loaded from elsewhere`);
    const json = await anna.ask(where, { headers: { accept: 'application/json' } });
    silent(json.text, where + ' as JSON');
  }
  assert.ok(html > 15, `${html} pages were seen`);
  for (const where of ['/api/openapi.json', '/api/v1/channels', '/api/v1/conversations', '/api/v1/events', '/metrics', '/healthz'])
    silent((await anna.get(where)).text, where);
  silent((await request(house.base + '/desk/nowhere')).text, 'an error');
  silent(house.server.log, 'the log');
  for (const args of [['channel', 'list', '--json'], ['channel', 'list'], ['token', 'list', '--json'], ['agent', 'list', '--json'], ['export'], ['doctor', '--json']])
    silent(house.cli(...args).out, args.join(' '));
  const bytes = everything(house.data);
  for (const s of secrets) assert.ok(!bytes.includes(s) && !bytes.includes(Buffer.from(s).toString('hex')), 'the database keeps it sealed');
  assert.equal(fs.statSync(path.join(house.data, 'key')).mode & 0o777, 0o600, 'the key is for its owner only');
  // and what people write is no code
  const evil = '<img src=x onerror=alert(1)>"\'><script>alert(2)</script>';
  await post(house, 'whatsapp', whatsapp.hook({ contacts: [whatsapp.contact('393336660001', evil)], messages: [whatsapp.text('393336660001', evil)] }));
  const c = await giulia.hear('onerror=alert(1)');
  await giulia.listen(c, '<script>alert(3)</script>');
  await giulia.act(c, 'note', { text: '<svg onload=alert(4)>' });
  for (const where of ['/desk?tab=all', `/desk/c/${c}`, `/desk/person/${(await giulia.json(`/desk/c/${c}`)).who.person.id}`, '/desk/search?q=alert']) {
    const r = await giulia.get(where);
    assert.ok(!/<img src=x|<script>alert|<svg onload/.test(r.text), where);
  }
});

/* ---- what strangers send ---- */

const raw = (text, ms = 5000) => new Promise(done => {
  const socket = net.connect(Number(house.base.split(':').pop()), '127.0.0.1', () => socket.write(text));
  let got = '';
  const end = () => { socket.destroy(); done(got); };
  socket.setTimeout(ms, end);
  socket.on('data', d => { got += d; });
  socket.on('error', end);
  socket.on('close', end);
});
const status = answer => Number(answer.match(/^HTTP\/1\.[01] (\d+)/)?.[1] || 0);

test('too large is 413, for pages, files and webhooks alike', async () => {
  const big = Buffer.alloc(28 * 1024 * 1024, 97), headers = { 'content-type': 'application/json', ...signed('whatsapp', big) };
  const tooLarge = async (where, options) => { try { return (await request(house.base + where, options)).status; } catch (e) { assert.match(e.code, /EPIPE|ECONNRESET/); return 413; } };
  assert.equal(await tooLarge(`/hooks/whatsapp/${house.channels.whatsapp}`, { method: 'POST', body: big, headers }), 413);
  assert.equal(await tooLarge('/desk/sign-in', { method: 'POST', body: big, headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 413);
  assert.equal(status(await raw('POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n')), 413, 'said before it is read');
  const heads = status(await raw(`GET /desk HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(200000)}\r\n\r\n`));
  assert.ok([0, 400, 413, 431].includes(heads), `${heads}`);
  const talk = await begin(house, giulia, 'messenger');
  const long = await giulia.reply(talk.id, 'a'.repeat(70000));
  assert.ok([400, 413].includes(long.status), `${long.status}`);
  assert.equal((await giulia.get('/desk')).status, 200, 'and the desk goes on');
});

test('the address that is said is the one it listens at, and no other', async () => {
  const server = await startServer({ data: tempDir(), listen: '127.0.0.2:0' });
  try {
    assert.match(server.base, /^http:\/\/127\.0\.0\.2:\d+$/);
    assert.equal((await request(server.base + '/healthz')).status, 200);
    await assert.rejects(request(server.base.replace('127.0.0.2', '127.0.0.1') + '/healthz'));
  } finally {
    await server.stop();
    fs.rmSync(server.data, { recursive: true, force: true });
  }
});

test('no path leads out of the program', async () => {
  for (const where of ['/assets/../../../../etc/passwd', '/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2fetc%2fpasswd', '/assets//etc/passwd', '/desk/file/../../etc/passwd', '/desk/file/%2e%2e%2f1', '/assets/\0', '/%00', '/desk/%c0%ae%c0%ae/', '//etc/passwd', '/b/../../etc/passwd/desk', '/b/%2e%2e/desk']) {
    const answer = await raw(`GET ${where} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    assert.ok(!answer.includes('root:'), where);
    assert.ok([0, 303, 400, 401, 403, 404].includes(status(answer)), `${where}: ${status(answer)}`);
  }
});

test('nothing that is sent can write a header', async () => {
  for (const next of ['/desk\r\nSet-Cookie: a=b', '/desk%0d%0aSet-Cookie:%20a=b', '//evil.example', '/\\evil.example', 'https://evil.example', '/desk/sign-in?next=//evil.example', '\u2028//evil.example']) {
    const r = await request(`${house.base}/desk/sign-in`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ user: 'giulia@prova.example', password: 'parola-di-prova', next }).toString() });
    assert.equal(r.status, 303);
    assert.ok(/^\/desk/.test(r.headers.location), r.headers.location);
    assert.ok(![].concat(r.headers['set-cookie']).some(c => c.startsWith('a=')));
  }
  const r = await request(`${house.base}/desk/c/1?x=%0d%0aSet-Cookie:a=b`);
  assert.ok(!r.headers['set-cookie'] || ![].concat(r.headers['set-cookie']).some(c => c.startsWith('a=')));
  const toast = Buffer.from('{"key":"toast.sent","name":"\\r\\nSet-Cookie: a=b <script>","seconds":0}').toString('hex');
  giulia.jar.set('ascolto_toast', toast);
  assert.ok(!(await giulia.get('/desk')).text.includes('<script>"'));
  // requests that two readers could understand differently
  const double = await raw('POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\n\r\n', 1500);
  assert.ok(!double.includes('ascolto_requests_total'), 'nothing is smuggled behind a body');
});

test('nothing that is sent can make it fall', async () => {
  const deep = '['.repeat(20000) + ']'.repeat(20000), before = rows();
  const nested = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [] }] }).replace('[]', deep);
  for (const body of [deep, nested, '{"a":'.repeat(20000) + '1' + '}'.repeat(20000), '', 'null', '"', '[]', '{"object":"page","entry":[null,7,"x",{}]}', '\xff\xfe{}', `{"object":"page","entry":[{"id":"1","messaging":[{"message":{"text":"${'a'.repeat(65536)}"}}]}]}`, '{"object":"page","object":"x"}', '1e999999', '{"a":"\\ud800"}']) {
    for (const network of ['facebook', 'whatsapp', 'x']) {
      const r = await post(house, network, body);
      assert.ok(r.status < 500, `${network} ${body.slice(0, 30)}: ${r.status}`);
    }
    const api = await giulia.ask('/api/v1/labels', { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-csrf-token': giulia.csrf } });
    assert.ok(api.status < 500 && api.status >= 400, `${api.status}`);
  }
  assert.equal(rows().message, before.message, 'nobody was made up');
  for (const text of ['GET', 'GET / HTTP/9.9\r\n\r\n', '\r\n\r\n\r\n', '\x16\x03\x01\x02\x00', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /desk HTTP/1.1\r\nHost: a\r\nCookie: ' + 'a=b; '.repeat(2000) + '\r\n\r\n', 'POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=\r\nContent-Length: 2\r\n\r\n--', 'POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n'])
  {
    const answer = status(await raw(text, 700));
    assert.ok(answer < 500 || answer === 505, `${JSON.stringify(text.slice(0, 60))}: ${answer}`);
  }
  assert.equal((await giulia.get('/desk')).status, 200);
});

test('slow senders do not keep others out', async () => {
  const sockets = Array.from({ length: 60 }, () => { const s = net.connect(Number(house.base.split(':').pop()), '127.0.0.1', () => s.write('POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\na')); s.on('error', () => {}); return s; });
  const began = Date.now();
  assert.equal((await giulia.get('/desk')).status, 200);
  assert.ok(Date.now() - began < 3000);
  for (const s of sockets) s.destroy();
});
