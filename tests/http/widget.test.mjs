// The widget from outside: who may frame it, what it is told to keep, tokens of the brand's own site, and that nobody sees
// another's story. As the browser speaks: with the headers that it sends and the frame's script adds.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { everything, request, root, startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';
import { token as signedToken } from './shop.mjs';

const SHOP = 'https://shop.example';
const token = (key, claims, how) => signedToken(key, { aud: 'prova', ...claims }, how);
let house, giulia, admin;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  admin = await house.colleague('anna');
}, { timeout: 120000 });
after(() => house?.stop());

// A frame: what it keeps is a token (anon, user), or a cookie where the browser takes one.
class Frame extends Guest {
  anon = ''; user = ''; signed = false; cookies = false; https = false; jar = {};
  mode() { return (this.signed ? this.user : this.anon) || 'none'; }
  async ask(where, { headers = {}, bare = false, ...options } = {}) {
    const cookie = Object.entries(this.jar).map(([k, v]) => `${k}=${v}`).join('; ');
    const r = await request(this.base + where, {
      ...options, headers: {
        'accept-language': this.lang, 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...(this.https && { 'x-forwarded-proto': 'https' }),
        ...(bare ? {} : { 'x-ascolto-guest': this.mode() }), ...headers,
      },
    });
    for (const line of [r.headers['set-cookie'] ?? []].flat()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (this.cookies) { if (/Max-Age=0/.test(line)) delete this.jar[name]; else this.jar[name] = value; }
    }
    return r;
  }
  body(fields) { return { method: 'POST', body: new URLSearchParams(fields).toString() }; }
  post(where, fields, headers = {}) { return this.ask(where, { ...this.body(fields), headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers } }); }
  page(origin = SHOP, more = '') { return this.ask(`/widget?origin=${encodeURIComponent(origin)}${more}`, { bare: true }); }
  async hello() {
    for (const mode of this.https ? ['try', 'try', 'none'] : ['none']) {
      const r = await this.post('/widget/hello', {}, { 'x-ascolto-guest': mode });
      assert.equal(r.status, 200, r.text);
      if (r.json().again) continue;
      this.anon = r.headers['x-ascolto-guest'] ?? 'cookie';
      return r.json().guest;
    }
  }
  async write(text, conversation = '') {
    if (this.mode() === 'none') await this.hello();
    const r = await this.form('/widget', { text, once: 'o' + Math.random(), name: '', conversation });
    assert.equal(r.status, 303, r.text.slice(0, 300));
    return r.headers.location.match(/^\/widget\?with=(\d+)/)[1];
  }
  async identify(jwt) {
    const r = await this.post('/widget/identify', { token: jwt, before: this.anon === 'cookie' ? '' : this.anon }, { 'x-ascolto-guest': this.user || 'none' });
    if (r.status !== 200) return r;
    this.user = r.headers['x-ascolto-guest'] ?? this.user;
    this.signed = true;
    return r.json();
  }
  async said(more = '') { return (await this.json(`/widget?fragment=chat${more}`)).items.map(i => i.text); }
}
const frame = () => new Frame(house.base);
const allow = (...origins) => admin.done('/desk/widget', { origins: origins.join('\n') });
async function secret(old = '0') {
  const r = await admin.post('/desk/widget/secret', { old });
  assert.equal(r.status, 200);
  return r.text.match(/<code class="long">([\w-]{43})<\/code>/)[1];
}
const policy = r => r.headers['content-security-policy'].match(/frame-ancestors ([^;]*)/)[1];

test('the script is one small file for everybody, kept by the browser', async () => {
  const r = await request(house.base + '/widget.js'), packed = await request(house.base + '/widget.js', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(r.status, 200);
  assert.match(r.headers['content-type'], /^text\/javascript/);
  assert.match(r.headers['cache-control'], /^public, max-age=300/);
  assert.equal(r.headers['cross-origin-resource-policy'], 'cross-origin');
  assert.equal(r.headers['set-cookie'], undefined);
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(Number(packed.headers['content-length']) <= 15 * 1024, packed.headers['content-length']);
  assert.ok(zlib.gzipSync(r.text).length <= 5 * 1024, 'and much less than it may be');
  assert.doesNotMatch(r.text, /\bimport\b|\beval\b|innerHTML = (?!draw)/);
  assert.match(r.text, /"title":"Prova/);
  assert.equal((await request(house.base + '/widget.js', { headers: { 'if-none-match': r.headers.etag } })).status, 304);
  new Function(r.text); // it can be read
});

test('only listed sites may frame it, and nothing else may be framed', async () => {
  const it = frame();
  assert.equal((await it.page()).status, 403, 'no site yet');
  assert.equal(policy(await it.page()), "'none'");
  for (const wrong of ['shop.example', 'https://a.example; script-src *', 'https://shop.example/path']) {
    const r = await admin.post('/desk/widget', { origins: wrong });
    assert.equal(r.status, 422, wrong);
  }
  await allow(SHOP, 'https://*.nuvola.example', 'HTTP://localhost:8090/');
  const page = await until('the list is known', async () => { const r = await it.page(); return r.status === 200 && r; });
  assert.equal(policy(page), 'https://shop.example https://*.nuvola.example http://localhost:8090');
  assert.match(page.text, /data-parent="https:\/\/shop\.example"/);
  assert.equal(page.headers['x-template-trouble'], undefined);
  assert.equal(page.headers['set-cookie'], undefined, 'nothing is kept before somebody writes');
  assert.equal((await it.page('https://www.nuvola.example')).status, 200);
  for (const other of ['https://evil.example', 'https://shop.example.evil', 'http://shop.example', 'https://*.nuvola.example', 'null', ''])
    assert.equal((await it.page(other)).status, 403, other);
  assert.equal(policy(await it.page('https://evil.example')), policy(page), 'what says no is framed by nobody else either');
  const alone = await request(house.base + '/widget', { headers: { 'sec-fetch-dest': 'document' } });
  assert.deepEqual([alone.status, alone.headers.location], [303, '/chat']);
  for (const where of ['/', '/chat', '/requests', '/sign-in', '/help', '/community', '/desk/sign-in']) assert.equal(policy(await request(house.base + where)), "'none'", where);
  assert.equal(policy(await admin.get('/desk/widget')), "'none'");
  assert.equal((await giulia.get('/desk/widget')).status, 403, 'administrators alone');
  assert.equal((await request(house.base + '/desk/widget')).status, 303);
});

test('who writes in a frame keeps a token, or a cookie of that frame alone', async () => {
  const it = frame(), id = await it.write('Dal carrello: il pagamento non va');
  assert.match(it.anon, /^[\w-]{43}$/);
  assert.deepEqual(await it.said(), ['Dal carrello: il pagamento non va']);
  assert.ok(!everything(house.data).includes(it.anon), 'kept as a hash');
  assert.deepEqual((await it.json(`/widget?fragment=chat&with=${id}`)).chat.unread, 0);
  // https, and a browser with partitioned cookies
  const cookie = Object.assign(frame(), { https: true, cookies: true });
  const tried = await cookie.post('/widget/hello', {}, { 'x-ascolto-guest': 'try' });
  assert.equal(tried.json().again, true);
  await cookie.write('Con un cookie');
  assert.equal(cookie.anon, 'cookie');
  const name = Object.keys(cookie.jar).find(n => n.startsWith('ascolto_widget_') && n !== 'ascolto_widget_try');
  assert.deepEqual(await cookie.said(), ['Con un cookie']);
  assert.match((await cookie.page()).text, /Con un cookie/, 'the page itself shows it at once');
  assert.doesNotMatch((await cookie.page(SHOP, '&identity=1')).text, /Con un cookie/, '… unless the site is going to say who it is');
  for (const where of ['/chat', '/requests']) assert.doesNotMatch((await cookie.ask(where)).text, /Con un cookie/, 'it opens nothing else');
  const again = Object.assign(frame(), { https: true, cookies: true });
  await again.post('/widget/hello', {}, { 'x-ascolto-guest': 'try' });
  const given = await again.post('/widget/hello', {}, { 'x-ascolto-guest': 'try' });
  const line = [given.headers['set-cookie']].flat().find(l => l.startsWith(name));
  assert.match(line, /; Path=\/widget; HttpOnly; Secure; SameSite=None; Partitioned; Max-Age=15552000$/);
  assert.equal(given.headers['x-ascolto-guest'], undefined);
  // https, and a browser that keeps none
  const none = Object.assign(frame(), { https: true });
  await none.write('Senza cookie');
  assert.match(none.anon, /^[\w-]{43}$/);
  assert.deepEqual(await none.said(), ['Senza cookie']);
});

test('the site around cannot act for the guest', async () => {
  const it = Object.assign(frame(), { https: true, cookies: true });
  await it.write('Prima');
  const fields = { text: 'falso', once: 'x' + Math.random() };
  const form = (headers, bare = true) => it.ask('/widget', { ...it.body(fields), bare, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  assert.equal((await form({ 'sec-fetch-site': 'cross-site', origin: SHOP })).status, 403, 'a form of the site');
  assert.equal((await form({ 'sec-fetch-site': 'same-site', origin: SHOP })).status, 403);
  assert.equal((await form({ 'sec-fetch-site': '', origin: SHOP })).status, 403, 'an older browser');
  assert.equal((await form({ 'sec-fetch-site': '' })).status, 403, 'no header of the frame');
  assert.equal((await form({ 'sec-fetch-site': 'cross-site', origin: SHOP }, false)).status, 403, 'even with it');
  const preflight = await it.ask('/widget', { method: 'OPTIONS', bare: true, headers: { origin: SHOP, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-ascolto-guest' } });
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  for (const where of ['/widget/identify', '/widget/forget', '/widget/mine', '/widget/hello', '/widget/here']) assert.equal((await it.ask(where, { ...it.body({}), bare: true, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 403, where);
  assert.deepEqual(await it.said(), ['Prima']);
});

test('nobody sees another’s story, nor their files', async () => {
  const a = frame(), b = frame();
  await a.hello();
  const sent = await a.form('/widget', { text: 'Ecco la ricevuta', once: 'f1', name: 'Aisha', conversation: '' }, [{ name: 'ricevuta.txt', mime: 'text/plain', bytes: Buffer.from('dodici euro') }]);
  const id = sent.headers.location.match(/with=(\d+)/)[1];
  await b.write('Io sono un altro');
  for (const [method, where] of [['GET', `/widget?with=${id}&fragment=chat`], ['GET', `/widget/events?with=${id}`], ['GET', `/widget/talk/${id}`], ['POST', '/widget'], ['POST', '/widget/here']]) {
    const r = await b.ask(where, method === 'GET' ? {} : { ...b.body({ conversation: id, text: 'x', doing: 'reading' }), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(r.status, 404, `${method} ${where}`);
  }
  const file = (await a.json(`/widget?with=${id}&fragment=chat`)).items[0].files[0].url;
  assert.equal((await request(house.base + file)).text, 'dodici euro', 'an address of their own, for an <img>');
  assert.equal((await a.json(`/widget?with=${id}&fragment=chat`)).items[0].files[0].url, file, 'the same each time: nothing is drawn anew');
  const query = new URLSearchParams(file.split('?')[1]), other = (await b.json('/widget?fragment=chat')).chat.guest;
  for (const change of [{ guest: other }, { until: Number(query.get('until')) + 1 }, { key: 'A'.repeat(43) }, { key: '' }]) {
    const changed = new URLSearchParams({ ...Object.fromEntries(query), ...change });
    assert.equal((await request(`${house.base}${file.split('?')[0]}?${changed}`)).status, 404, JSON.stringify(change));
  }
  const talk = (await a.json(`/widget?with=${id}&fragment=chat`)).chat.talk;
  assert.match((await request(house.base + talk)).text, /Ecco la ricevuta/);
  assert.equal((await request(`${house.base}${talk.replace('/talk/', '/file/')}`)).status, 404, 'a key is for one address');
  assert.equal((await a.post('/widget/forget', {})).status, 204);
  assert.equal((await request(house.base + file)).status, 404, 'whoever left takes the keys along');
  assert.equal((await a.ask(`/widget?with=${id}&fragment=chat`)).status, 404);
});

test('a signed customer is one person on every device; another on the same browser sees nothing of it', async () => {
  const key = await secret(), aisha = { sub: 'c-4711', name: 'Aisha Bello', email: 'aisha@example.org', phone: '+39 333 1234567' };
  const phone = frame(), desk = frame();
  assert.deepEqual(await until('the secret is known', async () => { const r = await phone.identify(token(key, aisha)); return r.guest && [r.name, r.before]; }), ['Aisha Bello', null]);
  const id = await phone.write('Il mio ordine è fermo');
  await desk.identify(token(key, aisha));
  assert.notEqual(desk.user, phone.user);
  assert.deepEqual(await desk.said(), ['Il mio ordine è fermo']);
  assert.equal(await desk.write('Scrivo dal computer'), id, 'one conversation');
  assert.deepEqual(await phone.said(), ['Il mio ordine è fermo', 'Scrivo dal computer']);
  assert.equal((await giulia.story(id)).person.name, 'Aisha Bello');
  assert.deepEqual((await giulia.json(`/desk/c/${id}`)).who.identities.map(i => [i.handle, i.vouched]), [['aisha@example.org, +393331234567', true]]);
  assert.match((await giulia.get(`/desk/c/${id}`)).text, /aisha@example\.org[^]*lo dice il vostro sito|aisha@example\.org[^]*your own site says so/);
  // a page says the same again: nothing changes
  const user = desk.user;
  await desk.identify(token(key, aisha));
  assert.equal(desk.user, user);
  // somebody else signs in on that computer
  const old = desk.user;
  const bruno = await desk.identify(token(key, { sub: 'c-4712', name: 'Bruno Neri' }));
  assert.equal(bruno.before, null);
  assert.deepEqual(await desk.said(), []);
  assert.equal((await desk.ask(`/widget?with=${id}&fragment=chat`)).status, 404);
  assert.equal((await desk.ask(`/widget?with=${id}&fragment=chat`, { headers: { 'x-ascolto-guest': old } })).status, 404, 'what the first one had opens nothing any more');
  await desk.write('Sono Bruno');
  assert.deepEqual(await phone.said(), ['Il mio ordine è fermo', 'Scrivo dal computer']);
  // signing out of the site
  assert.equal((await desk.post('/widget/forget', {})).status, 204);
  assert.deepEqual(await desk.said(), []);
  assert.deepEqual(await phone.said(), ['Il mio ordine è fermo', 'Scrivo dal computer'], 'the other device stays');
  // an address joins nobody: one with the same is somebody of their own
  const same = frame();
  await same.identify(token(key, { sub: 'c-9', name: 'Aisha B.', email: aisha.email }));
  assert.deepEqual(await same.said(), []);
});

test('tokens that are none say why, and nobody is signed in by them', async () => {
  const key = await secret(), now = Math.floor(Date.now() / 1000), good = { sub: 'c-1' };
  const it = frame();
  await until('the secret is known', async () => (await frame().identify(token(key, good))).guest);
  const cases = [
    ['signed', token('another secret', good)], ['signed', token('', good)], ['three parts', token(key, good, { header: { alg: 'none' }, mac: '' })], ['alg', token(key, good, { header: { alg: 'none' } })], ['alg', token(key, good, { header: { alg: 'HS512' }, mac: 'sha512' })],
    ['alg', token(key, good, { header: { alg: 'RS256' } })], ['crit', token(key, good, { header: { alg: 'HS256', crit: ['exp'] } })], ['exp', token(key, { ...good, iat: now - 700, exp: now - 60 })],
    ['hour', token(key, { ...good, exp: now + 86400 })], ['iat', token(key, { ...good, iat: now + 300, exp: now + 600 })], ['nbf', token(key, { ...good, nbf: now + 300 })], ['aud', token(key, { ...good, aud: 'altri' })],
    ['iss', token(key, { ...good, iss: 'https://evil.example' })], ['sub', token(key, {})], ['sub', token(key, { sub: 7 })], ['three parts', 'x'], ['three parts', ''], ['bytes', 'a'.repeat(9000)],
  ];
  for (const [why, jwt] of cases) {
    const r = await it.identify(jwt);
    assert.equal(r.status, 401, `${why}: ${r.text}`);
    assert.match(r.json().error.message, new RegExp(why), jwt.slice(0, 80));
    assert.equal(r.headers['x-ascolto-guest'], undefined);
  }
  assert.equal((await it.identify(token(key, { ...good, iss: SHOP }))).name, '');
});

test('a new secret; the one before opens as long as it was said', async () => {
  const one = await secret(), who = { sub: 'c-77' };
  const opens = async key => (await frame().identify(token(key, who))).guest !== undefined;
  await until('the first opens', () => opens(one));
  const two = await secret('24');
  await until('the second opens', () => opens(two));
  assert.equal(await opens(one), true, 'for a day');
  const three = await secret('0');
  await until('the third opens', () => opens(three));
  assert.deepEqual([await opens(one), await opens(two)], [false, false]);
  assert.ok(![one, two, three].some(s => everything(house.data).includes(s)), 'sealed');
  assert.doesNotMatch((await admin.get('/desk/widget')).text, new RegExp(three), 'shown once');
  await allow(SHOP);
  await until('the list is kept', async () => policy(await frame().page()) === SHOP);
  assert.equal(await opens(three), true, 'saving the sites leaves the secret');
});

test('who wrote before signing in is asked whether it was them', async () => {
  const key = await secret();
  await until('the secret is known', async () => (await frame().identify(token(key, { sub: 'x' }))).guest);
  for (const [n, cookies] of [[1, false], [2, true]]) {
    const it = Object.assign(frame(), { https: cookies, cookies });
    const id = await it.write('Non ero ancora entrata');
    const answer = await it.identify(token(key, { sub: `m-${n}`, name: 'Marta Bellucci' }));
    assert.match(answer.before, /^\d+$/);
    assert.deepEqual(await it.said(), [], 'not before they say so');
    assert.equal((await it.post('/widget/mine', { before: it.anon === 'cookie' ? '' : it.anon })).status, 200);
    assert.deepEqual(await it.said(), ['Non ero ancora entrata']);
    assert.equal(await it.write('Ero io'), id);
    const elsewhere = frame();
    await elsewhere.identify(token(key, { sub: `m-${n}` }));
    assert.deepEqual(await elsewhere.said(), ['Non ero ancora entrata', 'Ero io']);
    if (!cookies) assert.equal((await it.ask(`/widget?with=${id}&fragment=chat`, { headers: { 'x-ascolto-guest': it.anon } })).status, 404, 'the way in from before is shut');
    else assert.deepEqual(Object.keys(it.jar).filter(k => k !== 'ascolto_widget_try'), []);
  }
  const stranger = frame();
  await stranger.write('Di passaggio');
  assert.equal((await stranger.post('/widget/mine', { before: stranger.anon })).status, 403, 'nobody is signed in');
});

test('an answer waits in the frame, also where the conversation has ended', async () => {
  const it = frame(), id = await it.write('Si può avere la fattura?');
  await giulia.listen(id, 'la fattura');
  await giulia.reply(id, 'Eccola, è nella tua posta.');
  await until('one is new', async () => (await it.json('/widget?fragment=chat')).chat.unread === 1);
  await giulia.done(`/desk/c/${id}/close`, { reason: 'no_answer_needed' });
  const page = await it.json('/widget?fragment=chat');
  assert.deepEqual([page.chat.id, page.chat.unread, page.request.ended], [id, 1, true]);
  assert.equal((await it.post('/widget/here', { doing: 'reading', conversation: id, seen: '1' })).status, 204);
  assert.equal((await it.json(`/widget?fragment=chat&with=${id}`)).chat.unread, 0);
  assert.equal((await it.json('/widget?fragment=chat')).chat.id, null);
  const ledger = house.ledger();
  assert.deepEqual([ledger.code, ledger.balanced], [0, true]);
});

test('limits are those of the chat', async () => {
  const it = frame(), id = await it.write('uno');
  let r, n = 0;
  for (; n < 100; n++) if ((r = await it.form('/widget', { text: `n ${n}`, once: 'n' + n, name: '', conversation: id })).status !== 303) break;
  assert.equal(r.status, 429);
  assert.ok(n >= 25 && n < 60, String(n));
  assert.ok(Number(r.headers['retry-after']) > 0);
});

test('the documentation shows a page that works', () => {
  const page = fs.readFileSync(path.join(root, 'docs/widget/shop.html'), 'utf8');
  assert.match(page, /\/widget\.js"/);
});
