// A real browser before the real program: one Chromium and one demo a file, colleagues at the desk, a customer's phone.
// What a page says on its console, and whom it calls, is kept and judged at the end.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { lastingPort, query, write, sleep, startDemo, tempDir, until } from '../http/support.mjs';

export { sleep, until };
export const password = 'ascolto-demo';
export const UNDO = 5; // seconds, in the demo
export const wide = { width: 1440, height: 960 }, tablet = { width: 820, height: 1180 }, phone = { width: 360, height: 780 };
export const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--mute-audio'];

// A stage for one file: stage.demo and stage.browser while its tests run; `prepare` fills the house before them; what
// `extra` gives is in the program's environment.
export function stage({ prepare, extra } = {}) {
  const it = { trouble: [], houses: [] };
  before(async () => {
    it.profile = tempDir('ascolto-browser');
    it.demo = await startDemo({ listen: `127.0.0.1:${await lastingPort()}`, extra: await extra?.() });
    it.base = it.demo.base;
    it.houses.push(it.base);
    it.browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags, env: { ...process.env, HOME: it.profile } });
    await prepare?.(it);
  }, { timeout: 120000 });
  after(async () => {
    setTimeout(() => process.exit(), 20000).unref(); // what a file forgot to close does not hold up the others
    await it.browser?.close();
    await it.demo?.stop();
    for (const folder of [it.profile, it.demo?.data]) if (folder) fs.rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(it.trouble, [], 'the pages were silent on the console and spoke to nobody else');
  });
  it.open = options => open(it, options);
  it.signIn = (who, options) => signIn(it, who, options);
  it.phone = (person, place, options) => customer(it, person, place, options);
  const file = () => path.join(it.demo.data, 'ascolto.db');
  it.sql = text => query(file(), text);
  // For how long a reply can be taken back, until the end of the test t: the demo's five seconds are over too soon where
  // a machine is busy.
  it.undo = (seconds, t) => {
    write(file(), `UPDATE brand SET undo_seconds = ${seconds}`);
    t?.after(() => it.undo(UNDO));
  };
  return it;
}

const expected = [/the server responded with a status of (401|404|409|410|422)/, /net::ERR_INTERNET_DISCONNECTED/, /net::ERR_CONNECTION_REFUSED/,
  /net::ERR_INCOMPLETE_CHUNKED_ENCODING/, /net::ERR_CONNECTION_RESET/, /net::ERR_EMPTY_RESPONSE/, /net::ERR_NETWORK_CHANGED/];

async function open(it, { size = wide, lang = 'it-IT', scheme = 'light', ...more } = {}) {
  const context = await it.browser.newContext({ viewport: size, locale: lang, colorScheme: scheme, reducedMotion: 'reduce', hasTouch: size.width < 1000, ...more });
  context.setDefaultTimeout(30000); // less than the minute after which a page looks by itself
  context.on('page', page => {
    page.on('console', m => m.type() === 'error' && !expected.some(e => e.test(m.text())) && it.trouble.push(`${page.url()}: ${m.text()}`));
    page.on('pageerror', e => it.trouble.push(`${page.url()}: ${e.stack || e}`));
    page.on('request', r => !it.houses.some(house => r.url().startsWith(house)) && !/^(data|blob):/.test(r.url()) && it.trouble.push(`${page.url()} asks ${r.url()}`));
  });
  return context.newPage();
}

// A colleague of the demo, at the desk.
async function signIn(it, who, { base = it.base, ...options } = {}) {
  const page = await open(it, options);
  await page.goto(`${base}/desk/sign-in`);
  await page.fill('#user', who.includes('@') ? who : `${who}@nuvola.example`);
  await page.fill('#password', password);
  await Promise.all([page.waitForURL(url => /^\/desk(\/welcome)?$/.test(url.pathname)), page.click('button.wide')]);
  return page;
}

// The phone of a customer: write(words) publishes or sends; screen is what they see.
async function customer(it, person, place, { lang = 'it', ...options } = {}) {
  const page = await open(it, { size: phone, ...options });
  const go = where => page.goto(`${it.base}/play?as=${person}&on=${where}&lang=${lang}`);
  if (person.includes(' ')) {
    await page.goto(`${it.base}/play?lang=${lang}`);
    await page.fill('#name', person);
    await page.locator('form:has(#name) button').click();
    await page.waitForSelector('#say');
    person = new URL(page.url()).searchParams.get('as');
  }
  await go(place);
  return {
    page, person, go,
    screen: page.locator('#screen'),
    async write(words) {
      await page.fill('#say', words);
      await page.locator('form.say button.key').click();
      await page.locator('#screen').getByText(words).first().waitFor();
    },
    async misbehave(kind, times = -1, network = 'whatsapp') {
      await page.locator('#drawer').evaluate(d => (d.open = true));
      await page.selectOption('#drawer #network', network);
      await page.selectOption('#drawer #kind', kind);
      await page.locator(`#drawer [name="times"][value="${times}"]`).check({ force: true });
      await page.locator('#drawer form[action="/play/fault"]:has(#kind) button.key').click();
      await page.locator('#drawer [data-live="now"] button').first().waitFor();
    },
    async behave() {
      await page.locator('#drawer [data-live="now"] button').first().click();
      await until('the network behaves', async () => (await page.locator('#drawer [data-live="now"] button').count()) === 0);
    },
  };
}

// The page's scripts are at work: only now it hears single keys, and what is written into it.
export const ready = page => page.locator('html.js').waitFor({ state: 'attached' });
// A reply has left the page, and can be taken back there.
export const leaving = page => page.locator('#toast', { hasText: /Parte per|Leaves for/ }).waitFor().then(() => ready(page));

// The page has not been loaded anew since this mark was made.
export const mark = page => page.evaluate(() => { window.markOfTest = true; });
export const marked = page => page.evaluate(() => window.markOfTest === true);

// The row of the list with these words.
export const row = (page, words) => page.locator('#rows > li', { hasText: words });
export const focused = page => page.evaluate(() => {
  const e = document.activeElement;
  return e ? { tag: e.tagName.toLowerCase(), id: e.id, name: e.name || '', text: (e.textContent || '').trim().slice(0, 60), label: e.getAttribute('aria-label') || '' } : null;
});
// What has the focus looks different for it: a ring, or a shadow in its place, on it or close around it.
export const focusShows = page => page.evaluate(() => {
  const e = document.activeElement;
  const look = () => {
    const out = [];
    for (let n = e, i = 0; n && i < 4; n = n.parentElement, i++) {
      const s = getComputedStyle(n);
      out.push(s.outlineStyle, parseFloat(s.outlineWidth) >= 2, s.boxShadow);
    }
    return out.join();
  };
  const on = look();
  e.blur();
  const off = look();
  e.focus({ preventScroll: true });
  return on !== off;
});
