// The care site against who means ill: every address of it, tried by a stranger and by nobody at all with the ids of
// somebody else; forms from foreign pages; files that would run; secrets at rest; writing without end. The table of
// addresses is the router's: one that is added without saying here what must not happen fails.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { addPasskey } from './authenticator.mjs';
import { everything, request, root, startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';
import { Member, work } from './member.mjs';

let house, giulia, owner, at;
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const SECRET = /Via dei Glicini|IT60X0542|pinguino-\d|foto-mia|Telefono di Ada/; // what only the owner may read
let addresses = 0;
const from = () => `10.9.${++addresses >> 8}.${addresses & 255}`;
const somebody = (name = '') => new Member(house.base, name); // from an address of their own

// A guest with a request, a file, an answer, a chat, a post that is held and has a picture, and one that is public.
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  await giulia.get('/desk/community');
  await giulia.done('/desk/community/category', { title: 'Casa e modem', about: 'Fibra', language: 'it', position: '1', category: '' });
  const category = (await giulia.json('/desk/community')).categories[0].id;
  owner = new Member(house.base, 'Ada Proprietaria');
  const id = await owner.request('Abito in Via dei Glicini, il mio IBAN è IT60X0542', { name: 'Ada', files: [{ name: 'foto-mia.png', mime: 'image/png', bytes: png }] });
  await giulia.hear('Via dei Glicini');
  await giulia.listen(id, 'Cambiare il conto, pinguino-1');
  await giulia.reply(id, 'Il nuovo conto è al suo posto, pinguino-2.');
  const items = await until('the answer', async () => { const { items } = await owner.story(id); return items.length > 1 && items; });
  const topic = await owner.topic(category, 'La stampante non si collega più?', 'Da ieri non la vede nessuno.');
  const held = await owner.reply(topic, 'Guardate qui: https://pinguino-3.example/foto', { files: [{ name: 'foto-mia.png', mime: 'image/png', bytes: png }] });
  const seen = (await owner.seen(topic)).posts.find(p => p.id === held);
  assert.ok(seen.held, 'a link of somebody new is looked at first');
  await addPasskey(owner, 'Telefono di Ada');
  at = { passkey: (await owner.json('/me/passkeys')).passkeys[0].id, id, file: items[0].files[0].url, topic, held, picture: seen.files[0].url, cookie: owner.cookie() };
}, { timeout: 120000 });
after(() => house?.stop());

// What the owner sees, but for tokens and times: it must be the same after all attempts.
async function belongings() {
  const { passkeys } = await owner.json('/me/passkeys'), story = await owner.story(at.id), topic = await owner.seen(at.topic), { open, ended } = await owner.requests();
  return JSON.stringify([story.items.map(i => [i.id, i.text, i.files.length, i.withdrawn]), topic.posts.map(p => [p.id, p.text, p.thanks, p.solves, p.withdrawn, p.held]), topic.topic.solved, topic.topic.follows, open.map(r => [r.id, r.title, r.state]), ended.map(r => r.id), passkeys]);
}

const deeds = ['follow', 'unfollow', 'call'], acts = ['thank', 'accept', 'withdraw', 'edit', 'report', 'appeal'];
const common = { text: 'Sono entrata di nascosto', once: 'x', name: '', website: '', words: 'Sono entrata di nascosto' };
// open: everybody may ask for it; what comes is theirs or everybody's, never the owner's. shut: with the owner's ids, refused.
// alone: it changes something of whoever asks, and takes no id.
const table = {
  'GET /': { open: ['/'] },
  'GET /ask': { open: ['/ask'] },
  'POST /ask': { alone: ['/ask', common] },
  'GET /call': { open: ['/call'] },
  'POST /call': { alone: ['/call', { ...common, phone: '+39 02 123456', at: '2020-01-01T10:00' }] },
  'GET /chat': { open: ['/chat'], shut: () => [`/chat?with=${at.id}`] },
  'POST /chat': { shut: () => [['/chat', { ...common, conversation: at.id }]] },
  'POST /chat/hello': { alone: ['/chat/hello', {}] },
  'POST /chat/here': { shut: () => [['/chat/here', { conversation: at.id, doing: 'reading', seen: '1' }]] },
  'GET /chat/events': { shut: () => [`/chat/events?with=${at.id}`] },
  'GET /chat/talk/:id': { shut: () => [`/chat/talk/${at.id}`] },
  'GET /community': { open: ['/community', '/community?q=stampante', '/community?q=pinguino'] },
  'GET /community/c/:name': { open: ['/community/c/casa-e-modem'] },
  'GET /community/new': { open: ['/community/new'] },
  'POST /community/new': { alone: ['/community/new', { ...common, title: 'Sono entrata di nascosto', category: '1' }] },
  'GET /community/t/:id': { open: () => [`/community/t/${at.topic.id}`] },
  'GET /community/t/:id/:name': { open: () => [at.topic.address] },
  'POST /community/t/:id': { shut: () => [[`/community/t/${at.id}`, common], [`/community/t/${at.held}`, common]] },
  'POST /community/t/:id/:name': { shut: () => deeds.map(d => [`/community/t/${at.id}/${d}`, common]).concat([[`/community/t/${at.topic.id}/call`, common]]) },
  'POST /community/p/:id/:name': { shut: () => [...acts.map(a => [`/community/p/${at.held}/${a}`, common]), ...acts.map(a => [`/community/p/${at.id}/${a}`, common]), ...['accept', 'withdraw', 'edit', 'appeal'].map(a => [`/community/p/${at.topic.post}/${a}`, common])] },
  'GET /community/file/:id': { shut: () => [at.picture, at.file.replace('/requests/', '/community/')] },
  'GET /community/join': { open: ['/community/join'] },
  'POST /community/join': { alone: ['/community/join', { ...common, name: 'Ada Proprietaria' }] },
  'GET /help': { open: ['/help'] },
  'GET /help/:name': { shut: () => [`/help/${at.id}`, '/help/..%2F..%2Fetc%2Fpasswd'] },
  'POST /help/:name/solved': { shut: () => [[`/help/${at.id}/solved`, { solved: 'yes' }]] },
  'GET /help/picture/:id': { shut: () => [at.file.replace('/requests/file', '/help/picture'), at.picture.replace('/community/file', '/help/picture')] },
  'GET /requests': { open: ['/requests'], shut: () => [] },
  'GET /requests/:id': { shut: () => [`/requests/${at.id}`, `/requests/${at.topic.post}`] },
  'POST /requests/:id': { shut: () => [[`/requests/${at.id}`, common]] },
  'GET /requests/file/:id': { shut: () => [at.file, at.picture.replace('/community/', '/requests/')] },
  'GET /search': { open: ['/search?q=glicini', '/search?q=pinguino'] },
  'GET /sitemap.xml': { open: ['/sitemap.xml'] },
  'GET /robots.txt': { open: ['/robots.txt'] },
  'GET /sign-in': { open: ['/sign-in'] },
  'POST /sign-in': { alone: ['/sign-in', {}] },
  'POST /sign-in/done': { alone: ['/sign-in/done', { code: 'ASC-AAAAAA' }] },
  'GET /app.webmanifest': { open: ['/app.webmanifest'] },
  'GET /call/live/:id': { shut: () => [`/call/live/${at.id}`] },
  'POST /call/telephone': { alone: ['/call/telephone', { ...common, why: 'prova', conversation: '' }], shut: () => [['/call/telephone', { ...common, why: 'prova', conversation: at.id }]] },
  'POST /call/now': { alone: ['/call/now', { ...common, conversation: '' }], shut: () => [['/call/now', { ...common, conversation: at.id }]] },
  ...Object.fromEntries(['end', 'join', 'signal', 'sync'].map(deed => [`POST /call/live/:id/${deed}`, { shut: () => [[`/call/live/${at.id}/${deed}`, { seat: '1', leg: '1', kind: 'ice', data: '{}', after: '0' }]] }])),
  'GET /files/:name': { shut: () => [`/files/${at.file.split('/').pop()}`, `/files/${house.brand}-${at.file.split('/').pop()}-${'0'.repeat(32)}`] },
  'GET /guides': { open: ['/guides'] },
  'GET /guides/:name': { shut: () => [`/guides/${at.id}`] },
  'GET /guides/:name/:name': { shut: () => [`/guides/${at.id}/start`] },
  'GET /guides/:name/:name/:id': { shut: () => [`/guides/${at.id}/start/1`] },
  'GET /me/notices': { open: ['/me/notices'] },
  'POST /me/notices': { alone: ['/me/notices', {}] },
  'GET /me/notices/phone': { open: ['/me/notices/phone'] },
  'POST /me/notices/phone': { alone: ['/me/notices/phone', { number: '+39 333 0000001' }] },
  'POST /me/notices/phone/code': { alone: ['/me/notices/phone/code', { code: '000000' }] },
  'GET /me/passkeys': { open: ['/me/passkeys'] },
  'POST /me/passkeys': { alone: ['/me/passkeys', { client: 'e30', auth: 'AAAA', key: 'AAAA', algorithm: '-7' }] },
  'POST /me/passkeys/begin': { alone: ['/me/passkeys/begin', {}] },
  'POST /me/passkeys/:id/remove': { shut: () => [[`/me/passkeys/${at.id}/remove`, {}], [`/me/passkeys/${at.passkey}/remove`, {}]] },
  'GET /mydata': { open: ['/mydata'] },
  'POST /mydata/read': { alone: ['/mydata/read', {}] },
  'POST /mydata/file': { alone: ['/mydata/file', {}] },
  'POST /mydata/erase': { alone: ['/mydata/erase', {}] },
  'POST /mydata/erase/back': { alone: ['/mydata/erase/back', {}] },
  'GET /mydata/receipt/:name': { shut: () => [`/mydata/receipt/${at.id}`, '/mydata/receipt/222222222222'] },
  'GET /notices/stop/:name': { shut: () => [`/notices/stop/${at.id}`] },
  'POST /notices/stop/:name': { shut: () => [[`/notices/stop/${at.id}`, {}]] },
  'GET /offline': { open: ['/offline'] },
  'GET /p/:name': { shut: () => [`/p/${at.id}`] },
  'POST /p/:name': { shut: () => [[`/p/${at.id}`, {}]] },
  'POST /p/:name/say': { shut: () => [[`/p/${at.id}/say`, common]] },
  'GET /phone': { open: ['/phone'] },
  'POST /phone': { alone: ['/phone', { from: '1' }] },
  'POST /phone/end': { alone: ['/phone/end', { code: 'AAAA' }] },
  'POST /phone/look': { alone: ['/phone/look', { code: 'AAAA' }] },
  'GET /push/key': { open: ['/push/key'] },
  'POST /push': { alone: ['/push', { endpoint: 'https://127.0.0.1/x', key: 'x', auth: 'x' }] },
  'POST /push/off': { alone: ['/push/off', {}] },
  'POST /requests/:id/letter': { shut: () => [[`/requests/${at.id}/letter`, { to: 'eva@estranea.example' }]] },
  'POST /share': { alone: ['/share', common] },
  'POST /sign-in/passkey': { alone: ['/sign-in/passkey', { id: 'AAAA', client: 'e30', auth: 'AAAA', signature: 'AAAA', handle: '' }] },
  'POST /sign-in/passkey/begin': { alone: ['/sign-in/passkey/begin', {}] },
  'GET /sign-in/email': { open: ['/sign-in/email'] },
  'POST /sign-in/email': { alone: ['/sign-in/email', { address: 'eva@estranea.example' }] },
  'POST /sign-in/email/code': { alone: ['/sign-in/email/code', { code: '000000' }] },
  'GET /sign-in/link/:name': { open: () => [`/sign-in/link/${'A'.repeat(32)}`] },
  'POST /sign-in/link': { alone: ['/sign-in/link', { token: 'A'.repeat(32) }] },
  'GET /sw.js': { open: ['/sw.js'] },
  'GET /widget': { shut: () => ['/widget', `/widget?with=${at.id}&fragment=chat`] },
  'GET /widget.js': { open: ['/widget.js'] },
  'GET /widget/events': { shut: () => [`/widget/events?with=${at.id}`] },
  'GET /widget/file/:id': { shut: () => [at.file.replace('/requests/', '/widget/')] },
  'GET /widget/talk/:id': { shut: () => [`/widget/talk/${at.id}`] },
  'POST /widget': { shut: () => [['/widget', { ...common, conversation: at.id }]] },
  'POST /widget/here': { shut: () => [['/widget/here', { conversation: at.id, doing: 'reading', seen: '1' }]] },
  'POST /widget/mine': { alone: ['/widget/mine', { before: at?.id ?? '1' }] },
  ...Object.fromEntries(['forget', 'hello', 'identify'].map(deed => [`POST /widget/${deed}`, { alone: [`/widget/${deed}`, { token: 'a.b.c', before: '1' }] }])),
  'POST /sign-out': { alone: ['/sign-out', {}] },
};
const list = (entry, what) => { const given = entry[what]; return typeof given === 'function' ? given() : given ?? []; };

test('the table says of every address of the router what must not happen there', () => {
  const folder = path.join(root, 'src/web/site'), routes = new Set();
  for (const file of fs.readdirSync(folder).filter(f => f.endsWith('.c')))
    for (const [, method, where] of fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/\{HTTP_(\w+), "([^"]+)", PERM_/g)) routes.add(`${method} ${where}`);
  assert.ok(routes.size > 30);
  assert.deepEqual([...routes].sort(), Object.keys(table).sort());
});

test('no address shows a stranger, or nobody at all, what is somebody else’s, or changes it', async () => {
  const before = await belongings(), stranger = somebody('Eva Estranea'), wrong = [];
  await stranger.request('Una cosa mia');
  const other = await stranger.topic((await giulia.json('/desk/community')).categories[0].id, 'Una mia domanda qualsiasi', 'Niente di che');
  assert.ok(other.id);
  for (const [route, entry] of Object.entries(table)) {
    for (const [who, name] of [[stranger, 'a stranger'], [somebody(), 'nobody']]) {
      for (const where of list(entry, 'open')) for (const accept of ['text/html', 'application/json']) {
        const r = await who.ask(where, { headers: { accept } });
        const text = r.status === 303 ? (await who.get(r.headers.location)).text : r.text;
        if (![200, 303].includes(r.status) || SECRET.test(text.replace(/pinguino(?=["&<])/g, ''))) wrong.push(`${route}, ${name}: ${where} ${r.status} ${text.match(SECRET)}`);
      }
      for (const attempt of list(entry, 'shut')) {
        const [where, fields] = [].concat(attempt);
        // a form is filled as a browser fills it, its work done
        const form = fields && where.startsWith('/community/t') ? await who.open(other.address) : {};
        const r = fields ? await who.form(where, { ...fields, ...form }) : await who.get(where);
        const joins = r.status === 303 && r.headers.location === '/community/join'; // nobody has a name there
        if (![403, 404].includes(r.status) && !joins || SECRET.test(r.text)) wrong.push(`${route}, ${name}: ${where} ${r.status} ${r.text.slice(0, 200)}`);
      }
      if (entry.alone) {
        const [where, fields] = entry.alone, r = await who.form(where, fields);
        if (SECRET.test(r.text) || r.status >= 500) wrong.push(`${route}, ${name}: ${r.status}`);
      }
    }
    if (!list(entry, 'open').length && !list(entry, 'shut').length && !entry.alone) wrong.push(`${route}: nothing is tried`);
  }
  assert.deepEqual(wrong, []);
  assert.equal(await belongings(), before, 'all is as it was');
  assert.equal(owner.cookie(), at.cookie);
});

test('what is refused to a stranger works for the owner: the attempts were real ones', async () => {
  for (const where of [`/requests/${at.id}`, `/chat?with=${at.id}`, `/chat/talk/${at.id}`, at.topic.address]) assert.match((await owner.get(where)).text, SECRET, where);
  for (const where of [at.file, at.picture]) assert.deepEqual((await owner.get(where)).bytes, png, where);
  assert.equal((await owner.form('/chat/here', { conversation: at.id, doing: 'reading', seen: '1' })).status, 204);
  assert.equal((await owner.post_(at.held, 'edit', 'Guardate qui: https://pinguino-3.example/foto')).status, 303);
  assert.ok([303, 200].includes((await owner.form(`/community/t/${at.topic.id}/unfollow`, common)).status));
  assert.ok([303, 200].includes((await owner.form(`/community/t/${at.topic.id}/follow`, common)).status));
});

test('a foreign page cannot send any form of the site, nor read it from a frame', async () => {
  const body = new URLSearchParams({ ...common, conversation: at.id, code: 'ASC-AAAAAA' }).toString();
  for (const route of Object.keys(table).filter(r => r.startsWith('POST '))) {
    const where = route.slice(5).replace(':id', route.includes('/t/') ? at.topic.id : route.includes('/p/') ? at.held : at.id).replace(':name', route.includes('/p/') ? 'withdraw' : route.includes('/t/') ? 'unfollow' : 'x');
    for (const headers of [{ origin: 'https://elsewhere.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      const r = await request(house.base + where, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: at.cookie, 'x-forwarded-for': from(), ...headers } });
      assert.equal(r.status, 403, `${where} ${JSON.stringify(headers)}`);
    }
  }
  const r = await owner.get('/');
  assert.match(r.headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
  assert.ok(!/unsafe-|\*/.test(r.headers['content-security-policy']));
  assert.equal(r.headers['x-content-type-options'], 'nosniff');
});

test('the cookie is for the browser alone, and what opens a door is not kept as it is', async () => {
  const guest = somebody(), r = await guest.form('/ask', { text: 'Chi sono io?', name: '', once: 'k1' });
  const cookie = [].concat(r.headers['set-cookie']).find(c => c.startsWith('ascolto_guest'));
  assert.match(cookie, /HttpOnly/i);
  assert.match(cookie, /SameSite=(Lax|Strict)/i);
  const behind = await somebody().ask('/ask', { method: 'POST', body: 'text=Chi&once=k2', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-proto': 'https', origin: house.base.replace('http:', 'https:') } });
  const secure = [].concat(behind.headers['set-cookie'] ?? []).find(c => c.startsWith('ascolto_guest'));
  if (behind.status === 303) assert.match(secure, /Secure/i, 'behind a proxy with https');
  const token = cookie.split(';')[0].split('=')[1];
  const code = (await guest.form('/sign-in', {})).text.match(/<code>([^<]+)<\/code>/)?.[1];
  const all = everything(house.data);
  const secrets = [['the cookie', token], ...(code ? [['the code', code]] : [])];
  assert.ok(token.length >= 40, 'enough of it not to be guessed');
  for (const [what, value] of secrets) {
    const bytes = /^[\w-]+$/.test(value) ? Buffer.from(value, 'base64url') : Buffer.from(value);
    for (const form of [Buffer.from(value), bytes, Buffer.from(bytes.toString('hex')), Buffer.from(value.toLowerCase())]) assert.equal(all.indexOf(form), -1, `${what} is stored`);
  }
  const hash = createHash('sha256').update(token).digest();
  assert.ok(all.indexOf(hash) >= 0 || all.indexOf(hash.toString('hex')) >= 0, 'its hash is');
  // a cookie that was never given out, or another brand's, is nobody
  for (const made of ['', 'x', token.slice(0, -1), `${token}x`, 'A'.repeat(5000), '%00', '"; DROP TABLE guest; --']) {
    const name = cookie.split('=')[0], r = await request(house.base + '/requests', { headers: { cookie: `${name}=${made}`, accept: 'application/json' } });
    if (r.status === 200) assert.deepEqual(r.json().open, [], made);
    else assert.ok(r.status < 500, `${made}: ${r.status}`);
  }
});

test('files are limited, and are served so that nothing in them can run', async () => {
  const guest = somebody(), evil = Buffer.from('<html><script>alert(document.cookie)</script>');
  const files = [
    { name: 'page.html', mime: 'text/html', bytes: evil }, { name: 'draw.svg', mime: 'image/svg+xml', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>') },
    { name: 'lie.png', mime: 'image/png', bytes: evil }, { name: 'x.js', mime: 'text/javascript', bytes: Buffer.from('alert(1)') }, { name: 'a"; filename=b.html\r\nX: y', mime: 'application/xhtml+xml; x', bytes: evil },
  ];
  const id = await guest.request('Cinque file', { files: files.map(f => ({ ...f, name: f.name.replace(/[\r\n"]/g, '_') })) });
  const shown = (await guest.story(id)).items[0].files;
  assert.equal(shown.length, 5);
  for (const [i, { url }] of shown.entries()) {
    const r = await guest.get(url);
    assert.equal(r.status, 200);
    assert.equal(r.headers['x-content-type-options'], 'nosniff');
    assert.match(r.headers['content-security-policy'], /default-src 'none'.*sandbox/);
    assert.ok(['application/octet-stream', 'image/png'].includes(r.headers['content-type']), `${files[i].name}: ${r.headers['content-type']}`);
    if (files[i].mime !== 'image/png') assert.match(r.headers['content-disposition'], /^attachment; filename="[\w.-]+"$/, files[i].name);
    assert.match(r.headers['cache-control'], /private|no-store/);
  }
  const six = await guest.form('/ask', { text: 'Sei file', name: '', once: 'sei' }, Array.from({ length: 6 }, (_, i) => ({ name: `${i}.png`, mime: 'image/png', bytes: png })));
  assert.equal(six.status, 422);
  const big = await guest.form('/ask', { text: 'Uno grande', name: '', once: 'grande' }, [{ name: 'g.bin', mime: 'application/octet-stream', bytes: Buffer.alloc((16 << 20) + 1) }]);
  assert.ok([413, 422].includes(big.status), `${big.status}`);
  const page = await guest.request('<script>alert(1)</script><img src=x onerror=alert(1)>', { name: '"><svg onload=alert(1)>' });
  for (const where of ['/', '/requests', `/requests/${page}`, `/chat?with=${page}`, `/chat/talk/${page}`]) assert.ok(!/<script>alert|<img src=x|<svg onload/i.test((await guest.get(where)).text), where);
});

test('who writes without end is told to wait, at every form, from every kind of guest', async () => {
  const category = (await giulia.json('/desk/community')).categories[0].id;
  const forms = {
    '/ask': n => ({ text: `Domanda ${n}`, once: `a${n}`, name: '' }),
    '/call': n => ({ text: `Chiamata ${n}`, phone: '+39 333 1234567', once: `c${n}`, name: '', at: new Date(Date.now() + 864e5).toISOString().slice(0, 10) + 'T12:00' }),
    '/chat': n => ({ text: `Chat ${n}`, once: `h${n}`, name: '', conversation: '' }),
    '/chat/hello': () => ({}),
    '/sign-in': () => ({}),
    '/community/join': n => ({ ...common, name: `Nome ${n}` }),
    '/community/new': n => ({ ...common, title: `Una domanda qualsiasi ${n}`, category, name: `Altra ${n}` }),
    [`/community/t/${at.topic.id}`]: n => ({ ...common, name: `Terza ${n}` }),
    [`/community/p/${at.topic.post}/report`]: () => common,
    '/help/niente/solved': () => ({ solved: 'yes' }),
  };
  for (const [where, fields] of Object.entries(forms)) {
    const address = from(), works = /join|new|\/t\//.test(where);
    let r, n = 0;
    do { // each time without a cookie: the address counts
      const once = works && (await request(`${house.base}/community/new`, { headers: { accept: 'application/json' } })).json().values.once;
      r = await request(house.base + where, { method: 'POST', body: new URLSearchParams({ ...fields(++n), ...(works && { once, proof: work(once) }) }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address } });
    } while (r.status !== 429 && n < 130);
    assert.equal(r.status, 429, `${where} after ${n}`);
    assert.ok(Number(r.headers['retry-after']) > 0, where);
  }
});
