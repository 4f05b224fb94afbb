// S10, the brand's own site, first made for a phone: little to load over a slow line and few turns, whole without scripts,
// by keyboard alone, at every width and in both languages; it says how long one waits, and when people are back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Colleague, stream } from '../http/support.mjs';
import { Guest } from '../http/guest.mjs';
import { focusShows, phone, stage, until } from './support.mjs';

const s = stage({ prepare });
const at = {};
const slow = { offline: false, latency: 400, downloadThroughput: 400 * 1000 / 8, uploadThroughput: 400 * 1000 / 8 };
const picture = { name: 'schermo.png', mimeType: 'image/png', buffer: fs.readFileSync(new URL('../../assets/play-picture.png', import.meta.url)) };

// What a known guest sees: a request that was answered.
async function prepare(s) {
  const giulia = await new Colleague(s.base).signIn('giulia@nuvola.example', 'ascolto-demo'), guest = new Guest(s.base);
  at.request = await guest.request('Ho pagato due volte la ricarica', { name: 'Teresa Galli' });
  await giulia.hear('Ho pagato due volte');
  await giulia.listen(at.request, 'Riavere la ricarica pagata due volte');
  await giulia.reply(at.request, 'Guardo subito che cosa è successo venerdì, Teresa.');
  await until('the answer', async () => (await guest.story(at.request)).items.length > 1);
  const first = async (where, pattern) => (await guest.get(where)).text.match(pattern)[1];
  Object.assign(at, { guest, giulia, article: await first('/help', /href="(\/help\/[^"#?]+)"/), topic: await first('/community', /href="(\/community\/t\/[^"]+)"/), category: await first('/community', /href="(\/community\/c\/[^"]+)"/) });
}

const open = async (options = {}) => {
  const page = await s.open({ size: phone, ...options });
  if (options.known) await page.context().addCookies([...at.guest.jar].map(([name, value]) => ({ name, value, url: s.base })));
  return page;
};
const everybody = () => ({ home: '/', help: '/help', article: at.article, search: '/search?q=ricarica', 'nothing found': '/search?q=xyzq', ask: '/ask', call: '/call', chat: '/chat', 'sign-in': '/sign-in',
  'no requests': '/requests', community: '/community', category: at.category, topic: at.topic, 'new topic': '/community/new', join: '/community/join', 'nothing here': '/help/niente-qui' });
const own = () => ({ 'home, known': '/', requests: '/requests', request: `/requests/${at.request}`, 'chat, going on': `/chat?with=${at.request}` });

// What a page asks for before anybody touches it: bytes as they travel, and in how many turns, one waiting for the other.
async function loaded(page, where) {
  const line = await page.context().newCDPSession(page), asked = new Map();
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', slow);
  line.on('Network.requestWillBeSent', e => !/^(data|blob):/.test(e.request.url) && asked.set(e.requestId, { url: e.request.url, from: e.initiator.url ?? e.initiator.stack?.callFrames[0]?.url ?? '', kind: e.type, bytes: 0 }));
  line.on('Network.requestServedFromCache', e => asked.has(e.requestId) && Object.assign(asked.get(e.requestId), { kept: true }));
  line.on('Network.loadingFinished', e => asked.has(e.requestId) && Object.assign(asked.get(e.requestId), { bytes: e.encodedDataLength, done: true }));
  await page.goto(s.base + where);
  await until('all of it', () => [...asked.values()].every(r => r.done || r.kind === 'EventSource'), 60000);
  const all = [...asked.values()], turn = url => { const r = all.find(r => r.url === url); return !r || r.kind === 'Document' ? 0 : 1 + turn(r.from); };
  for (const r of all) r.turn = r.kept ? 0 : turn(r.url);
  await line.detach();
  return { all, travelled: all.filter(r => !r.kept), bytes: all.reduce((n, r) => n + (r.kept ? 0 : r.bytes), 0), turns: 1 + Math.max(...all.map(r => r.turn)) };
}

test('S10 the brand’s care site, first made for a phone: little to load, in few turns, and only once', async () => {
  for (const [name, where] of Object.entries(everybody())) {
    const page = await open();
    const first = await loaded(page, where);
    assert.ok(first.bytes <= 40 * 1024, `${name}: ${first.bytes} bytes`);
    assert.ok(first.travelled.length <= 12, `${name}: ${first.travelled.map(r => r.url)}`);
    assert.ok(first.turns <= 2, `${name}: the page, then all that it names: ${first.all.filter(r => r.turn > 1).map(r => `${r.url} of ${r.from}`)}`);
    if (['home', 'article', 'chat', 'topic'].includes(name)) {
      const again = await loaded(page, where);
      assert.deepEqual(again.travelled.map(r => r.kind), ['Document'], `${name}: what does not change is kept`);
      assert.ok(again.bytes < 12 * 1024, `${name} again: ${again.bytes} bytes`);
    }
    await page.context().close();
  }
});

// Headings, landmarks, words for machines; nothing leaves the page at any width. 320 is also 1,280 at 400 %.
async function wellMade(page, name, lang) {
  const found = [];
  for (const width of [320, 360, 820, 1440]) {
    await page.setViewportSize({ width, height: width < 600 ? 640 : 900 });
    found.push(...(await page.evaluate(lang => {
      const out = [], d = document.documentElement, one = q => document.querySelectorAll(q).length;
      if (d.scrollWidth > d.clientWidth) out.push(`scrolls sideways by ${d.scrollWidth - d.clientWidth}`);
      for (const e of document.querySelectorAll('main, main *')) if (!e.closest('.hidden, svg, pre, table') && e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1) out.push(`cut: ${e.outerHTML.slice(0, 90)}`);
      if (d.lang !== lang) out.push(`lang is ${d.lang}`);
      if (one('h1') !== 1) out.push(`${one('h1')} h1`);
      for (const q of ['main', 'body > header', 'nav.bar[aria-label]', 'a.skip[href="#main"]', 'meta[name="description"]', 'meta[name="viewport"]']) if (one(q) !== 1) out.push(`${one(q)} ${q}`);
      if ((document.querySelector('meta[name="description"]')?.content ?? '').length < 20) out.push('no description');
      if (!/ · Nuvola Mobile$/.test(document.title) || document.title.length < 18) out.push(`title “${document.title}”`);
      if (/\{\{|undefined|\[object|NaN/.test(document.body.innerText)) out.push('words of a program');
      let before = 1;
      for (const h of document.querySelectorAll('h1, h2, h3')) { const level = Number(h.tagName[1]); if (level > before + 1) out.push(`h${before} and then h${level}`); before = level; }
      return out;
    }, lang)).map(w => `${name} ${lang} ${width}: ${w}`));
  }
  return found;
}

test('S10 every page has its headings, landmarks and words, in both languages, and fits from 320 to 1440', async () => {
  const found = [];
  for (const [lang, pages, known] of [['it-IT', everybody(), false], ['en-GB', everybody(), false], ['it-IT', own(), true], ['en-GB', own(), true]]) {
    const page = await open({ lang, known });
    for (const [name, where] of Object.entries(pages)) {
      const answer = await page.goto(s.base + where);
      assert.equal(answer.status(), name === 'nothing here' ? 404 : 200, where);
      assert.equal(answer.headers()['x-template-trouble'], undefined, where);
      found.push(...await wellMade(page, name, name === 'article' ? 'it' : lang.slice(0, 2)));
    }
    await page.context().close();
  }
  assert.deepEqual(found, []);
});

test('S10 the language is the browser’s: the first it asks for that there is', async () => {
  for (const [wish, lang] of [['fr-FR,it;q=0.6', 'it'], ['de,en;q=0.3', 'en'], ['xx', 'en']]) assert.match((await new Guest(s.base, wish).get('/')).text, new RegExp(`<html lang="${lang}"`), wish);
  for (const [wish, lang] of [['it-IT', 'it'], ['en-GB', 'en']]) {
    const page = await open({ lang: wish });
    await page.goto(s.base + '/');
    assert.equal(await page.getAttribute('html', 'lang'), lang, wish);
    await page.locator('nav.lang a:not([aria-current])').first().click();
    await page.waitForURL(/lang=/);
    await page.goto(s.base + '/requests');
    assert.notEqual(await page.getAttribute('html', 'lang'), lang, 'what was chosen by hand stays');
    await page.context().close();
  }
});

test('S10 without scripts every link from the first page leads somewhere, and every form works', async () => {
  const page = await open({ javaScriptEnabled: false, known: true });
  const seen = new Map(), next = ['/'], kind = where => where.replace(/\?.*/, '').replace(/\d{6,}/g, 'ID').replace(/(\/(?:help|t\/ID|c)\/).+/, '$1NAME');
  while (next.length) {
    const where = next.shift();
    if ((seen.get(kind(where)) ?? 0) >= 2) continue;
    seen.set(kind(where), (seen.get(kind(where)) ?? 0) + 1);
    const answer = await page.goto(s.base + where);
    assert.equal(answer.status(), 200, where);
    assert.equal(await page.locator('.only-js:visible').count(), 0, `${where}: nothing that needs a script is offered`);
    for (const href of await page.locator('a[href]:not([download])').evaluateAll(all => all.map(a => a.getAttribute('href'))))
      if (!/^(#|tel:|mailto:|https?:)/.test(href) && href !== '') next.push(href.startsWith('?') ? where.replace(/\?.*/, '') + href : href.replace(/#.*/, ''));
    assert.ok(!(await page.locator('a[href="#"], a[href$="/#"]').count()), `${where}: a link that leads nowhere`);
  }
  for (const must of ['/', '/help', '/help/NAME', '/ask', '/call', '/chat', '/requests', '/requests/ID', '/sign-in', '/community', '/community/c/NAME', '/community/t/ID/NAME', '/community/new']) assert.ok(seen.has(must), `${must}: ${[...seen.keys()]}`);
  await page.context().close();
});

test('S10 without scripts one asks with a picture, writes on, is called back, chats, votes and joins', async () => {
  const page = await open({ javaScriptEnabled: false }), press = name => page.getByRole('button', { name, exact: true }).click();
  const community = await page.context().newPage();
  await community.goto(s.base + '/community/new'); // who is new sends it 15 seconds later
  const opened = Date.now();
  await community.fill('#title', 'Il modem si scalda sul davanzale?');
  await community.fill('#text', 'Ci batte il sole dalle due alle cinque.');
  await community.fill('#name', 'Berta Solinas');
  await page.goto(s.base + '/');
  await page.fill('#ask', 'telefono bollente');
  await press('Cerca');
  await page.locator('.was-it a.key').click();
  assert.equal(await page.inputValue('#text'), 'telefono bollente');
  await page.fill('#name', 'Berta Solinas');
  await page.setInputFiles('#file', picture);
  await press('Invia');
  await page.waitForURL(/\/requests\/\d+/);
  await page.locator('.chat-log .mine img').waitFor();
  await page.fill('#text', 'Si scalda solo al sole.');
  await press('Invia');
  await page.locator('.chat-log').getByText('Si scalda solo al sole.').waitFor();
  await page.goto(s.base + '/call');
  await page.fill('#text', 'Di persona si spiega meglio.');
  await page.fill('#phone', '+39 333 7654321');
  await page.fill('#at', new Date(Date.now() + 864e5).toISOString().slice(0, 10) + 'T15:30');
  await press('Chiamatemi voi');
  await page.locator('.chat-log').getByText('+39 333 7654321').waitFor();
  await page.goto(s.base + '/chat');
  await page.fill('#text', 'Ci siete?');
  await press('Invia');
  await page.locator('#said').getByText('Ci siete?').waitFor();
  await page.goto(s.base + at.article);
  await press('Sì, funziona');
  await page.getByText('Grazie di avercelo detto.').waitFor();
  await page.goto(s.base + '/sign-in');
  await press('Ricevi un codice');
  await page.locator('.code-shown code').waitFor();
  await until('15 seconds have passed', () => Date.now() - opened > 15500);
  await community.getByRole('button', { name: 'Pubblica' }).click();
  await community.locator('h1', { hasText: 'Il modem si scalda sul davanzale?' }).waitFor();
  await page.goto(s.base + '/community/join');
  await page.getByText('Scrivi come Berta Solinas').waitFor();
  await page.context().close();
});

test('S10 by keyboard alone: the first step skips to the page, every step is seen, and a request is sent', async () => {
  const page = await open();
  for (const [name, where] of Object.entries(everybody())) {
    await page.goto(s.base + where);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip', name);
    const all = await page.locator('a[href]:visible, button:visible, input:not([type=hidden]):visible, textarea:visible, select:visible, summary:visible').count();
    const walked = new Set();
    for (let i = 0; i < Math.min(all + 5, 90); i++) {
      const on = await page.evaluate(() => {
        const e = document.activeElement, b = e.getBoundingClientRect(), bar = document.querySelector('.bar').getBoundingClientRect();
        return { key: e === document.body ? '' : [...document.querySelectorAll('*')].indexOf(e), what: e.outerHTML.slice(0, 90), under: !e.closest('.bar') && !!bar.height && b.height < bar.height && b.top >= bar.top && b.bottom <= bar.bottom, away: b.bottom <= 0 || b.top >= innerHeight };
      });
      if (on.key === '') break;
      assert.ok(!on.under && !on.away, `${name}: what has the focus is covered: ${on.what}`);
      if (!walked.has(on.key) && i < 12) assert.ok(await focusShows(page), `${name}: ${on.what} does not show the focus`);
      walked.add(on.key);
      await page.keyboard.press('Tab');
    }
    assert.ok(walked.size >= Math.min(all, 80) - 2, `${name}: ${walked.size} of ${all} are reached`);
  }
  await page.goto(s.base + '/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'ask', 'past the head of the page');
  await page.keyboard.type('xyzq');
  await page.keyboard.press('Enter');
  await page.waitForURL(/search/);
  await page.locator('.was-it a.key').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/ask/);
  await page.focus('#text');
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' sola tastiera');
  for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement.matches('main form button.key'))); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.chat-log').getByText('xyzq sola tastiera').waitFor();
  await page.context().close();
});

test('S10 who is here and the measured wait are said before anyone writes; outside hours, when people are back', async () => {
  const page = await open(), anna = await new Colleague(s.base).signIn('admin@nuvola.example', 'ascolto-demo'), here = stream(at.giulia);
  await here.ready();
  await page.goto(s.base + '/');
  await page.locator('.expect', { hasText: 'Adesso qui: Giulia' }).waitFor();
  assert.match(await page.locator('.expect').innerText(), /di solito (abbiamo risposto|rispondiamo|in questo momento rispondiamo) in \d/);
  here.close();
  await anna.done('/desk/hours', { monday: '9-18', tuesday: '9-18', wednesday: '9-18', thursday: '9-18', friday: '9-18', saturday: '', sunday: '' });
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome' }).format(new Date());
  await anna.done('/desk/hours/closed', { day: today });
  await page.goto(s.base + '/');
  assert.match(await page.locator('.expect').innerText(), /Adesso non c’è nessuno; torniamo .*9:00\. Scrivi lo stesso: niente va perso\./);
  await page.context().close();
});

test('S10 on paper, without motion and in the reader’s own colours', async () => {
  const page = await open({ known: true });
  await page.goto(s.base + at.article);
  await page.emulateMedia({ media: 'print' });
  for (const gone of ['nav.bar', '.was-it', '.crumbs', '.lang']) assert.equal(await page.locator(gone).isVisible(), false, gone);
  assert.ok(await page.locator('.article h1').isVisible());
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('main')).overflowY), 'visible', 'all of it is printed');
  await page.goto(`${s.base}/requests/${at.request}`);
  assert.ok(await page.getByText('Guardo subito che cosa è successo').isVisible());
  assert.equal(await page.locator('.write-on').isVisible(), false);
  await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
  const steps = await page.locator('.steps-line li').evaluateAll(all => all.map(e => getComputedStyle(e).borderBlockStartColor));
  assert.notEqual(steps[0], steps[3], 'what is done differs from what is not');
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce' });
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('*')].filter(e => getComputedStyle(e).animationName !== 'none').length), 0);
  await page.context().close();
});
