// The chat on another site, in a real browser: two origins, by keyboard, unread while it is shut, a reload, a restart, a phone,
// customers who sign in and out there, a site that may not, and a browser with nothing but partitioned cookies.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { Colleague, startDemo, tempDir } from '../http/support.mjs';
import { startShop, token } from '../http/shop.mjs';
import { flags, password, phone, stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let shop, secret;
const s = stage({
  async prepare(s) {
    shop = await startShop({ base: s.base });
    s.houses.push(shop.origin);
    s.admin = await new Colleague(s.base).signIn('admin@nuvola.example', password);
    s.giulia = await new Colleague(s.base).signIn('giulia@nuvola.example', password);
    await s.admin.done('/desk/widget', { origins: shop.origin });
    secret = (await s.admin.post('/desk/widget/secret', { old: '0' })).text.match(/<code class="long">([^<]+)/)[1];
  },
});

// A browser that keeps things for frames, each site's apart, as most do; Playwright's own contexts are private windows,
// which keep nothing for them, and it turns the keeping apart off unless features are named here.
async function keeping(t, { size = { width: 1280, height: 900 }, ...more } = {}) {
  const folder = tempDir('ascolto-keeping');
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...flags, '--disable-features=TrackingProtection3pcd'], env: { ...process.env, HOME: folder },
    viewport: size, locale: 'it-IT', reducedMotion: 'reduce', hasTouch: size.width < 1000, ...more,
  });
  context.setDefaultTimeout(60000);
  t.after(async () => { await context.close(); fs.rmSync(folder, { recursive: true, force: true }); });
  return context;
}
const button = page => page.locator('ascolto-chat button');
const frameOf = page => page.frameLocator('ascolto-chat iframe');
const lively = page => frameOf(page).locator('html.live').waitFor({ state: 'attached' });
const said = async page => (await frameOf(page).locator('#said > li:not(.pending) .words').allTextContents()).map(w => w.trim());
const says = (page, ...words) => until(words.join(' / '), async () => JSON.stringify(await said(page)) === JSON.stringify(words));
async function open(page) {
  await button(page).click();
  await lively(page);
}
async function write(page, words) {
  await frameOf(page).locator('#text').fill(words);
  await frameOf(page).getByRole('button', { name: 'Invia' }).click();
  await frameOf(page).locator('#said > li[data-once]', { hasText: words }).waitFor();
}
async function answer(words, reply) {
  const id = await s.giulia.hear(words);
  await s.giulia.listen(id, 'quello che chiede');
  await s.giulia.reply(id, reply);
  return id;
}

test('S15 the widget on another site: keyboard, an answer while it is shut, reload, restart', async t => {
  s.undo(0, t);
  const context = await keeping(t), page = context.pages()[0];
  await page.goto(shop.origin);
  await button(page).waitFor();
  assert.equal(page.frames().length, 1, 'nothing but a button before somebody asks');
  assert.equal(await button(page).getAttribute('aria-label'), 'Chatta con Nuvola Mobile');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await lively(page);
  await until('the focus is where one writes', () => frameOf(page).locator('#text').evaluate(e => e === document.activeElement));
  await page.keyboard.type('Il pagamento non va');
  await page.keyboard.press('Enter');
  await says(page, 'Il pagamento non va');
  await page.keyboard.press('Escape');
  await page.locator('ascolto-chat section').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.localName), 'button', 'the focus comes back');
  await page.evaluate(() => { window.heard = []; window.Ascolto.on('unread', n => window.heard.push(n)); });
  await answer('Il pagamento non va', 'Ciao, riprova adesso: è a posto.');
  await until('it is said on the button', async () => (await button(page).getAttribute('aria-label')) === 'Chatta con Nuvola Mobile, 1 nuova risposta');
  assert.equal(await page.locator('ascolto-chat b').textContent(), '1');
  assert.equal((await page.evaluate(() => window.heard)).at(-1), 1);
  await page.reload();
  await until('also over a reload, without being opened', async () => (await page.locator('ascolto-chat b').textContent()) === '1');
  await page.evaluate(() => window.Ascolto.open());
  await says(page, 'Il pagamento non va', 'Ciao, riprova adesso: è a posto.');
  await until('seen', async () => (await s.giulia.message(await s.giulia.hear('Il pagamento non va'), 'riprova adesso'))?.state === 'read');
  const listen = s.base.replace('http://', '');
  await s.demo.stop();
  await frameOf(page).locator('#text').fill('Scritto mentre il server non c’era');
  await frameOf(page).locator('#text').press('Enter');
  await frameOf(page).locator('.pending').waitFor();
  s.demo = await startDemo({ data: s.demo.data, listen });
  await says(page, 'Il pagamento non va', 'Ciao, riprova adesso: è a posto.', 'Scritto mentre il server non c’era');
  assert.equal((await s.giulia.messages(await s.giulia.hear('Scritto mentre'), 'Scritto mentre')).length, 1);
  await frameOf(page).locator('#shut').click();
  await page.locator('ascolto-chat section').waitFor({ state: 'hidden' });
});

test('on a phone it fills the page; axe finds nothing, in light and dark, at 320 px too', async t => {
  const page = (await keeping(t, { size: phone, bypassCSP: true })).pages()[0];
  await page.goto(`${shop.origin}/?position=left`);
  await button(page).waitFor();
  assert.ok((await button(page).boundingBox()).x < 40, 'on the left');
  await open(page);
  await write(page, 'Dal telefono');
  await frameOf(page).locator('[popovertarget="more"]').click();
  await frameOf(page).getByText('Salva la conversazione').waitFor();
  const frame = page.frames().find(f => f.url().includes('/widget?'));
  for (const [width, height] of [[360, 780], [320, 640], [820, 1180], [1440, 900]])
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      const box = await page.locator('ascolto-chat section').boundingBox();
      if (width < 500) assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, width, height]);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/widget-${width}-${colorScheme}.png` });
      assert.equal(await frame.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false, `${width}`);
      for (const place of [frame, page.mainFrame()]) {
        await place.evaluate(axe);
        const violations = await place.evaluate(async () => (await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], iframes: false })).violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160))]));
        assert.deepEqual(violations.filter(([, nodes]) => !nodes.every(n => /<a href="#">|<html|<main>/.test(n))), [], `${width} ${colorScheme} ${place.url()}`);
      }
    }
});

test('customers of the shop: one on two devices, two on one', async t => {
  s.undo(0, t);
  const aisha = token(secret, { sub: 'c-1', name: 'Aisha Bello' }), bruno = token(secret, { sub: 'c-2', name: 'Bruno Neri' });
  const page = (await keeping(t)).pages()[0], other = (await keeping(t, { size: phone })).pages()[0];
  const as = jwt => `${shop.origin}/?token=${jwt}`;
  await page.goto(as(aisha));
  await open(page);
  await page.waitForFunction(() => new Promise(done => { window.Ascolto.on('identified', () => done(true)); setTimeout(done, 3000, true); }));
  await frameOf(page).locator('#name').waitFor({ state: 'hidden' }); // who they are is known
  await write(page, 'Il mio pacco è fermo');
  await other.goto(as(aisha));
  await open(other);
  await says(other, 'Il mio pacco è fermo');
  await write(other, 'Scrivo dal telefono');
  await says(page, 'Il mio pacco è fermo', 'Scrivo dal telefono');
  await frameOf(page).locator('#text').fill('Una bozza di Aisha');
  await page.evaluate(jwt => window.Ascolto.identify(jwt), bruno); // the shop signs in somebody else, on the same page
  await says(page);
  await until('nor what was being written is there', async () => (await frameOf(page).locator('#text').inputValue()) === '');
  await write(page, 'Sono Bruno');
  assert.deepEqual(await said(other), ['Il mio pacco è fermo', 'Scrivo dal telefono']);
  await page.goto(as(aisha));
  await open(page);
  await says(page, 'Il mio pacco è fermo', 'Scrivo dal telefono');
  await page.goto(shop.origin); // nobody is signed in there any more, and nobody said forget()
  await open(page);
  assert.deepEqual(await said(page), []);
  await page.goto(as(bruno));
  await open(page);
  await says(page, 'Sono Bruno');
  await page.evaluate(() => window.Ascolto.forget());
  await says(page);
  await page.goto(as('no.token.at-all'));
  const trouble = page.waitForEvent('console', m => m.type() === 'error' && m.text().startsWith('Ascolto: '));
  await page.reload();
  assert.match((await trouble).text(), /This token is not accepted/);
});

test('what is being written stays while the page says who it is, and is not left for the next one', async t => {
  const page = (await keeping(t)).pages()[0], jwt = token(secret, { sub: 'c-8', name: 'Carla Lenti' });
  await page.goto(shop.origin);
  await open(page);
  await frameOf(page).locator('#text').pressSequentially('Sto scrivendo');
  await page.evaluate(given => { window.told = new Promise(done => window.Ascolto.on('identified', done)); window.Ascolto.identify(given); return window.told; }, jwt);
  assert.equal(await frameOf(page).locator('#text').inputValue(), 'Sto scrivendo');
  await page.evaluate(given => { window.told = new Promise(done => window.Ascolto.on('identified', done)); window.Ascolto.identify(given); return window.told; }, token(secret, { sub: 'c-8', name: 'Carla Lenti' }));
  assert.equal(await frameOf(page).locator('#text').inputValue(), 'Sto scrivendo', 'also when the page says it again');
  await page.reload();
  await open(page);
  assert.equal(await frameOf(page).locator('#text').inputValue(), '', 'nobody is signed in there, and it is not theirs');
});

test('who wrote before signing in takes it along, if they say that it was them', async t => {
  const page = (await keeping(t)).pages()[0], jwt = token(secret, { sub: 'c-3', name: 'Marta Bellucci' });
  await page.goto(shop.origin);
  await open(page);
  await write(page, 'Prima di accedere');
  await page.evaluate(given => window.Ascolto.identify(given), jwt);
  await frameOf(page).getByText('Hai scritto qui prima di accedere?').waitFor();
  assert.deepEqual(await said(page), []);
  await frameOf(page).getByRole('button', { name: 'Sì, ero io' }).click();
  await says(page, 'Prima di accedere');
});

test('a site that is not listed gets no frame, and a way to the chat beside it', async t => {
  const stranger = await startShop({ base: s.base }), context = await keeping(t), page = context.pages()[0];
  t.after(() => stranger.stop());
  const lines = [];
  page.on('console', m => lines.push(m.text()));
  await page.goto(stranger.origin);
  await button(page).click();
  await until('it is said', () => lines.some(l => l.includes(`Ascolto: ${stranger.origin} non è fra i siti`)));
  assert.ok(lines.some(l => /frame-ancestors|Refused|refused/.test(l)), lines.join('\n'));
  assert.equal(await page.locator('ascolto-chat iframe').count(), 0);
  assert.equal(await button(page).getAttribute('aria-label'), 'Chatta con Nuvola Mobile, in una nuova scheda');
  const [tab] = await Promise.all([context.waitForEvent('page'), button(page).click()]);
  await tab.waitForURL(`${s.base}/chat`);
});

test('where a browser keeps nothing for frames, it works as long as the page stays', async () => {
  const page = await s.open();
  await page.goto(shop.origin);
  await open(page);
  await write(page, 'In una finestra privata');
  await write(page, 'e ancora');
  assert.deepEqual(await said(page), ['In una finestra privata', 'e ancora']);
  await page.context().close();
});

// TLS in front, as a proxy does it.
async function startTls(target) {
  const folder = tempDir('ascolto-tls'), [key, cert] = ['key.pem', 'cert.pem'].map(f => path.join(folder, f));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'], { stdio: 'ignore' });
  const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (req, res) => {
    const passed = http.request(target + req.url, { method: req.method, headers: { ...req.headers, 'x-forwarded-proto': 'https' }, agent: false }, answer => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    passed.on('error', () => res.destroy());
    res.on('close', () => passed.destroy());
    req.pipe(passed);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return { port: server.address().port, stop: () => { server.close(); server.closeAllConnections(); fs.rmSync(folder, { recursive: true, force: true }); } };
}

test('over https a private window keeps a partitioned cookie: the story is there after a reload, for this site alone', async t => {
  const home = await startTls(s.base), shops = [await startTls(shop.origin), await startTls(shop.origin)];
  const origins = [`https://localhost:${shops[0].port}`, `https://bottega.localhost:${shops[1].port}`];
  const at = `https://127.0.0.1:${home.port}`;
  await s.admin.done('/desk/widget', { origins: [shop.origin, ...origins].join('\n') });
  const context = await s.browser.newContext({ ignoreHTTPSErrors: true, locale: 'it-IT', viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(60000);
  t.after(async () => { await context.close(); for (const one of [home, ...shops]) one.stop(); });
  const page = await context.newPage();
  await page.goto(`${origins[0]}/?to=${encodeURIComponent(at)}`);
  await open(page);
  await write(page, 'Con un cookie di questa cornice');
  const kept = (await context.cookies()).filter(c => c.name.startsWith('ascolto_widget_'));
  assert.ok(kept.length >= 1 && kept.every(c => c.httpOnly && c.secure && c.sameSite === 'None' && c.partitionKey), JSON.stringify(kept));
  await page.reload();
  await open(page);
  await says(page, 'Con un cookie di questa cornice');
});
