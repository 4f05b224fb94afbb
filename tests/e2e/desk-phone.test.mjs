// The desk in the hand: a colleague's morning by touch; strokes of the finger between list and story, which leave alone
// what is not theirs; the keyboard on the screen; and every page of the desk on small telephones.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Colleague } from '../http/support.mjs';
import { mark, marked, password, phone, ready, row, sleep, stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const picture = fs.readFileSync(path.join(root, 'assets', 'play-picture.png'));
const KEYS = 320; // how much of the screen its keyboard takes
const s = stage();
const hand = (who, options = {}) => s.signIn(who, { size: phone, isMobile: true, ...options });

// A finger, as the browser gets it.
async function stroke(page, from, to, { steps = 10, rest = 0 } = {}) {
  const touch = await page.context().newCDPSession(page);
  const send = (type, touchPoints) => touch.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', [{ x: from[0], y: from[1] }]);
  if (rest) await sleep(rest);
  for (let i = 1; i <= steps; i++) {
    await send('touchMove', [{ x: from[0] + (to[0] - from[0]) * i / steps, y: from[1] + (to[1] - from[1]) * i / steps }]);
    await sleep(12);
  }
  await send('touchEnd', []);
  await touch.detach();
}
const middle = async locator => {
  const box = await locator.boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
const story = page => page.waitForURL(/\/desk\/c\/\d+/).then(() => ready(page));
const isIn = async (page, locator) => {
  const box = await locator.boundingBox(), height = await page.evaluate(() => innerHeight);
  return box && box.y >= -0.5 && box.y + box.height <= height + 0.5;
};
// Nothing lies over the middle of it.
const isFree = locator => locator.evaluate(e => {
  const box = e.getBoundingClientRect();
  return e.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
});

test('a morning by touch: read, listen, answer with a phrase and a picture, note, hand over, let sleep', async t => {
  s.undo(1, t);
  const customer = await s.phone('Nives Morandi', 'whatsapp');
  await customer.write('Ho cambiato telefono e internet non va');
  const page = await hand('giulia');
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'internet non va').locator('a').tap();
  await story(page);
  for (const part of ['#talk-h', '.talk .back', '.msg.latest', '#need', '.composer .key']) assert.ok(await isIn(page, page.locator(part)), `${part} is in sight`);
  await page.locator('#need').tap();
  await page.keyboard.type('navigare dal telefono nuovo');
  await page.getByRole('button', { name: 'Ho ascoltato' }).tap();
  await page.locator('#reply').tap();
  await ready(page);
  await page.locator('#reply').pressSequentially('Buongiorno Nives. ');
  await page.getByRole('button', { name: 'Frase pronta' }).tap();
  await page.keyboard.type('apn');
  await page.locator('.offers:popover-open li', { hasText: '/apn' }).tap();
  assert.match(await page.inputValue('#reply'), /^Buongiorno Nives\. .*web\.nuvola\.example/s);
  await page.setInputFiles('#file', { name: 'schermo.png', mimeType: 'image/png', buffer: picture });
  await page.locator('#picked', { hasText: 'schermo.png' }).waitFor();
  await page.locator('form.reply .key').tap();
  await page.locator('.msg.ours', { hasText: 'web.nuvola.example' }).waitFor();
  await customer.screen.getByText('web.nuvola.example').waitFor();
  await until('the picture is there too', async () => (await customer.page.reload(), customer.screen.locator('img').count()));
  await ready(page);
  await page.locator('[popovertarget="menu-note"]').first().tap();
  await page.locator('#note').fill('Richiamare domani se non va');
  await page.locator('#menu-note .key').tap();
  await page.locator('.note', { hasText: 'Richiamare domani' }).waitFor();
  const more = page.locator('[popovertarget="menu-more"]');
  await more.tap();
  await page.locator('#menu-more [popovertarget="menu-hand"]').tap();
  const sheet = await page.locator('#menu-hand').boundingBox();
  assert.ok(sheet.width === phone.width && Math.abs(sheet.y + sheet.height - phone.height) < 1, 'the menu comes from below');
  await page.locator('#hand-to').selectOption({ label: (await page.locator('#hand-to option').allInnerTexts()).find(name => name.startsWith('Luca')) });
  await page.locator('#hand-why').fill('Conosce il modello');
  await page.locator('#hand-sum').fill('Le ho mandato i passi per l’APN.');
  await page.locator('#menu-hand .key').tap();
  await page.locator('.hand', { hasText: 'Conosce il modello' }).waitFor();
  await ready(page);
  await more.tap();
  await page.locator('#menu-more [popovertarget="menu-snooze"]').tap();
  await page.locator('#menu-snooze button', { hasText: 'Finché non scrive' }).tap();
  await page.locator('.did', { hasText: 'riposo' }).last().waitFor();
  const { conversation } = (await (await page.request.get(page.url(), { headers: { accept: 'application/json' } })).json()).story;
  assert.ok(conversation.asleep && conversation.owner?.name.startsWith('Luca'), JSON.stringify(conversation));
  for (const p of [customer.page, page]) await p.context().close();
});

test('strokes: from the list into a story, on to the next, back to the same place of the list', async () => {
  for (const reducedMotion of ['no-preference', 'reduce']) {
    const page = await hand('sara', { reducedMotion });
    await page.goto(s.base + '/desk?tab=waiting');
    await ready(page);
    const names = await page.locator('#rows .name').allInnerTexts();
    const eleventh = page.locator('#rows > li').nth(10);
    await eleventh.evaluate(e => e.scrollIntoView({ block: 'center' }));
    const place = await eleventh.evaluate(e => e.getBoundingClientRect().top);
    assert.ok(await page.evaluate(() => document.querySelector('.tabs').getBoundingClientRect().top >= 0), 'whose list it is stays in sight');
    const [, y] = await middle(eleventh);
    await stroke(page, [280, y], [120, y + 6]);
    await story(page);
    assert.equal(await page.locator('#talk-h').innerText(), names[10]);
    const at = await middle(page.locator('.msg').last());
    await stroke(page, [300, at[1]], [100, at[1] + 10]);
    await page.locator('#talk-h', { hasText: names[11] }).waitFor();
    await ready(page);
    assert.equal(await page.locator('.turns [rel="prev"]').innerText(), names[10], 'and buttons for the same');
    await page.locator('.turns [rel="prev"]').tap();
    await page.locator('#talk-h', { hasText: names[10] }).waitFor();
    await page.locator('.turns [rel="next"]').tap();
    await page.locator('#talk-h', { hasText: names[11] }).waitFor();
    await ready(page);
    await stroke(page, [80, at[1]], [280, at[1]]);
    await page.waitForURL(/\/desk\?tab=waiting/);
    await ready(page);
    assert.ok(Math.abs(await page.locator('#rows > li').nth(10).evaluate(e => e.getBoundingClientRect().top) - place) < 3, 'where it was');
    await page.locator('#rows > li').nth(10).locator('a').tap();
    await story(page);
    await page.locator('.talk .back').tap();
    await page.waitForURL(/\/desk\?tab=waiting/);
    await ready(page);
    assert.ok(Math.abs(await page.locator('#rows > li').nth(10).evaluate(e => e.getBoundingClientRect().top) - place) < 3, 'by the button too');
    await page.locator('.rail [aria-current]').tap();
    await until('who is there already and asks for it again, gets the top', async () => (await page.evaluate(() => scrollY)) === 0);
    await page.context().close();
  }
});

test('from a later page of the list one goes on there, and comes back there', async () => {
  const page = await hand('sara');
  await page.goto(s.base + '/desk?tab=waiting');
  await page.locator('#rows .more a').tap();
  await page.waitForURL(/cursor=/);
  await ready(page);
  const where = page.url(), names = await page.locator('#rows .name').allInnerTexts();
  await page.locator('#rows > li > a').nth(6).tap();
  await story(page);
  assert.equal(await page.locator('.turns [rel="next"]').innerText(), names[7]);
  const at = await middle(page.locator('.msg').last());
  await stroke(page, [300, at[1]], [100, at[1]]);
  await page.locator('#talk-h', { hasText: names[7] }).waitFor();
  await ready(page);
  await stroke(page, [80, at[1]], [280, at[1]]);
  await page.waitForURL(where);
  assert.ok(await isIn(page, page.locator('#rows > li').nth(6)));
  await page.context().close();
});

test('without a script the way back leads to the row one came from', async () => {
  const page = await hand('sara', { javaScriptEnabled: false });
  await page.goto(s.base + '/desk?tab=waiting');
  const name = await page.locator('#rows .name').nth(14).innerText();
  await page.locator('#rows > li > a').nth(14).click();
  await page.waitForURL(/\/desk\/c\//);
  await page.locator('.turns [rel="next"]').click();
  await page.waitForURL(/\/desk\/c\//);
  await page.locator('.turns [rel="prev"]').click();
  await page.locator('#talk-h', { hasText: name }).waitFor();
  await page.locator('.talk .back').click();
  await page.waitForURL(/\/desk\?tab=waiting#row-/);
  assert.ok(await isIn(page, page.locator('#rows > li', { hasText: name }).first()));
  await page.context().close();
});

test('the buttons name who stands there now, also when the list has changed meanwhile', async () => {
  const page = await hand('sara');
  await page.goto(s.base + '/desk?tab=waiting');
  await page.locator('#rows > li > a').nth(8).tap();
  await story(page);
  const rows = await page.locator('#rows > li[id^="row-"]').evaluateAll(all => all.slice(7, 12).map(li => ({ id: li.id.slice(4), name: li.querySelector('.name').textContent })));
  const next = page.locator('.turns [rel="next"]');
  assert.equal(await next.innerText(), rows[2].name);
  const marco = await new Colleague(s.base).signIn('marco@nuvola.example', password);
  await marco.post(`/desk/c/${rows[2].id}/close`, { reason: 'answered_elsewhere' });
  await until('the next is another', async () => (await next.innerText()) === rows[3].name);
  assert.ok((await next.getAttribute('aria-label')).endsWith(rows[3].name));
  await next.tap();
  await page.locator('#talk-h', { hasText: rows[3].name }).waitFor();
  await page.context().close();
});

test('turned round, what was in sight stays in sight', async () => {
  const page = await hand('sara');
  await page.goto(s.base + '/desk?tab=waiting');
  await ready(page);
  await page.locator('#rows > li').nth(12).evaluate(e => e.scrollIntoView({ block: 'center' }));
  await sleep(300);
  for (const size of [{ width: phone.height, height: phone.width }, phone]) {
    await page.setViewportSize(size);
    await sleep(200);
    const seen = await page.locator('#rows > li').evaluateAll(all => all.map((e, i) => [i, e.getBoundingClientRect()]).filter(([, box]) => box.top < innerHeight && box.bottom > 60).map(([i]) => i));
    assert.ok(seen.some(i => Math.abs(i - 12) <= 1), `${size.width} wide: ${seen}`);
    await sleep(300);
  }
  await page.context().close();
});

test('what is no stroke stays what it is: up and down, the edges, what scrolls sideways, a field, a selection, half a way', async () => {
  const customer = await s.phone('Tito Vanni', 'whatsapp');
  for (let i = 1; i <= 9; i++) await customer.write(`Passo ${i}: ho spento il modem, ho aspettato un minuto e l’ho riacceso.`);
  const page = await hand('giulia', { reducedMotion: 'no-preference' });
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'Passo 9').locator('a').tap();
  await story(page);
  await mark(page);
  const where = page.url();
  const stays = async what => {
    await sleep(250);
    assert.ok(page.url() === where && await marked(page), what);
    assert.equal(await page.locator('main').evaluate(e => e.style.translate), '', `${what}: nothing stays aside`);
    assert.equal(await page.locator('.stroke').count(), 0);
  };
  await page.evaluate(() => scrollTo(0, 200));
  const before = await page.evaluate(() => scrollY);
  await stroke(page, [180, 300], [200, 520]);
  await until('the page is moved by the finger', async () => (await page.evaluate(() => scrollY)) < before);
  await stays('up and down');
  await stroke(page, [6, 300], [260, 300]);
  await stays('the left edge is the browser’s');
  await stroke(page, [355, 300], [100, 300]);
  await stays('the right edge too');
  await stroke(page, [150, 300], [190, 300], { steps: 30 });
  await stays('half a way');
  await stroke(page, [100, 300], [280, 300], { rest: 700 });
  await stays('a finger that rests first');
  await page.evaluate(() => getSelection().removeAllRanges());
  await page.locator('#filo').evaluate(filo => {
    const box = document.createElement('div'), long = document.createElement('pre');
    box.id = 'sideways';
    box.style.overflowX = 'auto';
    long.textContent = 'una tabella molto larga '.repeat(20);
    box.append(long);
    filo.lastElementChild.append(box);
    box.scrollIntoView({ block: 'center' });
  });
  const [, y] = await middle(page.locator('#sideways'));
  await stroke(page, [300, y], [80, y]);
  await until('it scrolls', async () => (await page.locator('#sideways').evaluate(e => e.scrollLeft)) > 50);
  await stays('what scrolls sideways');
  const field = await middle(page.locator('#need, #reply').first());
  await stroke(page, [120, field[1]], [290, field[1]]);
  await stays('a field');
  await page.evaluate(() => getSelection().selectAllChildren(document.querySelector('.msg .words')));
  await stroke(page, [100, 300], [280, 300]);
  await stays('a selection');
  await page.evaluate(() => getSelection().removeAllRanges());
  await until('the menu is open', async () => {
    if (await page.locator('#menu-more:popover-open').count()) return true;
    await page.locator('[popovertarget="menu-more"]').tap();
    return sleep(500); // the page may have been renewed under the finger
  });
  await stroke(page, [100, 200], [280, 200]);
  await stays('a menu is open');
  for (const p of [customer.page, page]) await p.context().close();
});

test('the keyboard on the screen never hides what sends; the draft is kept when the telephone is turned', async () => {
  const customer = await s.phone('Quinto Rua', 'whatsapp');
  for (let i = 1; i <= 6; i++) await customer.write(`Riga ${i}: la bolletta è doppia, e prima di pagare vorrei sapere perché.`);
  const page = await hand('giulia');
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'Riga 6').locator('a').tap();
  await story(page);
  const send = page.locator('.composer .key');
  const keys = async on => {
    await page.setViewportSize({ width: phone.width, height: phone.height - (on ? KEYS : 0) });
    await sleep(200);
  };
  await page.locator('#need').tap();
  await keys(true);
  for (const part of [send, page.locator('#need'), page.locator('.talk .back')]) assert.ok(await isIn(page, part) && await isFree(part), `while listening: ${part}`);
  await page.locator('#need').fill('capire perché è doppia');
  await send.tap();
  await page.locator('#reply').waitFor();
  await ready(page);
  await keys(false);
  await page.locator('#reply').tap();
  await keys(true);
  const words = 'Buongiorno Quinto, guardo le due righe e le rispondo qui.\n'.repeat(4).trim();
  await page.locator('#reply').fill(words);
  for (const part of [send, page.locator('#talk-h'), page.locator('.tools [data-insert]')]) assert.ok(await isIn(page, part) && await isFree(part), `while answering: ${part}`);
  await page.getByRole('button', { name: 'Frase pronta' }).tap();
  const offers = page.locator('.offers:popover-open');
  await offers.waitFor();
  assert.ok(await isIn(page, offers), 'what is offered is all in sight');
  await page.keyboard.press('Escape');
  await page.locator('#reply').fill(words);
  await until('kept', async () => (await page.locator('#saved').innerText()).includes('Bozza'));
  await mark(page);
  for (const size of [{ width: phone.height, height: phone.width }, { width: 640, height: phone.width }, { width: 1180, height: 820 }, phone]) {
    await page.setViewportSize(size);
    await sleep(150);
    assert.equal(await page.inputValue('#reply'), words, `${size.width} wide`);
    assert.ok(await isIn(page, send) && await isFree(send), `${size.width} by ${size.height}: what sends is in sight`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${size.width} wide`);
  }
  assert.ok(await marked(page), 'the page was not loaded anew');
  await page.reload();
  assert.equal(await page.inputValue('#reply'), words, 'the server kept it');
  /* where the keyboard lies over the page and does not make it smaller (iOS) */
  await ready(page);
  await page.locator('#reply').tap();
  await page.evaluate(keys => {
    Object.defineProperty(visualViewport, 'height', { configurable: true, get: () => innerHeight - keys });
    visualViewport.dispatchEvent(new Event('resize'));
  }, KEYS);
  const box = await send.boundingBox();
  assert.ok(box.y + box.height <= phone.height - KEYS + 1, `above the keyboard: ${JSON.stringify(box)}`);
  for (const p of [customer.page, page]) await p.context().close();
});

test('selecting several: the menu that began it makes room', async () => {
  const page = await hand('giulia');
  await page.locator('[popovertarget="views-menu"]').tap();
  await page.locator('#views-menu label').tap();
  assert.equal(await page.locator('#views-menu:popover-open').count(), 0);
  await page.locator('.pick').nth(1).tap();
  assert.match(await page.locator('#bulk-count').innerText(), /1/);
  const name = await page.locator('#rows .name').nth(1).innerText();
  await stroke(page, [280, 300], [100, 300]);
  await sleep(200);
  assert.equal(new URL(page.url()).pathname, '/desk', `no stroke while one selects (${name})`);
  await page.context().close();
});

test('from a story to everything with the person, their number to be called, and back', async () => {
  const customer = await s.phone('Olga Sereni', 'whatsapp');
  await customer.write('Mi richiamate?');
  const page = await hand('giulia');
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'Mi richiamate?').locator('a').tap();
  await story(page);
  const where = new URL(page.url()).pathname;
  await page.locator('[popovertarget="who"]').first().tap();
  const call = page.locator('#who a[href^="tel:+39"]');
  assert.match(await call.getAttribute('aria-label'), /^Chiama \+39/);
  assert.ok((await call.boundingBox()).height >= 43.5);
  await page.locator('#who .btn', { hasText: 'Tutto con Olga' }).tap();
  await page.waitForURL(/\/desk\/person\//);
  await page.getByRole('link', { name: 'Torna alla storia' }).tap();
  await page.waitForURL(url => url.pathname === where);
  for (const p of [customer.page, page]) await p.context().close();
});

// Where there is something to see, each route of the desk; a new one is told of here.
const notPages = ['/desk/file/:id', '/desk/help/offers', '/desk/mentions', '/desk/snippets', '/desk/next', '/desk/channels/consent', '/desk/channels/:id/consent', '/desk/unread/:id', '/desk/sign-in', '/desk/app.webmanifest', '/desk/me/push/key'];
async function routes() {
  const folder = path.join(root, 'src', 'web', 'desk'), found = new Set();
  for (const file of fs.readdirSync(folder).filter(f => f.endsWith('.c')))
    for (const [, route] of fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/\{HTTP_GET, "(\/desk[^"]*)"/g)) found.add(route);
  const admin = await new Colleague(s.base).signIn('admin@nuvola.example', password);
  const id = (await admin.json('/desk?tab=all')).list.rows[0].id;
  const topic = s.sql('SELECT CAST(id AS text) AS id FROM topic LIMIT 1')[0].id;
  const guide = (await admin.json('/desk/guides')).guides[0].id;
  const of = {
    '/desk/c/:id': [`/desk/c/${id}`], '/desk/person/:id': [`/desk/person/${(await admin.story(id)).person.id}?from=${id}`], '/desk/person/:id/erase': [`/desk/person/${(await admin.story(id)).person.id}/erase`],
    '/desk/channels/:id': (await admin.json('/desk/channels')).channels.slice(0, 3).map(c => `/desk/channels/${c.id}`), '/desk/channels/new': ['/desk/channels/new?network=telegram'],
    '/desk/help/:id': [`/desk/help/${(await admin.json('/desk/help')).articles[0].id}`], '/desk/team/:id': [`/desk/team/${(await admin.json('/desk/team')).agents[1].id}`],
    '/desk/statement/:slug': [`/desk/statement/${(await admin.json('/desk/ledger')).days.find(d => d.signed).slug}`], '/desk/topic/:id': [`/desk/topic/${topic}`],
    '/desk/guides/:id': [`/desk/guides/${guide}`], '/desk/guides/:id/preview/:name': [`/desk/guides/${guide}/preview/it`], '/desk/guides/:id/preview/:name/:name': [], '/desk/guides/:id/preview/:name/:name/:id': [],
    '/desk': ['/desk', '/desk?tab=all', '/desk?tab=mine'], '/desk/search': ['/desk/search?q=fibra'],
  };
  const all = [...found].filter(route => !notPages.includes(route)).flatMap(route => of[route] ?? [route]);
  assert.ok(all.length > 25 && all.every(where => !where.includes(':')), `each route has an address: ${all.filter(where => where.includes(':'))}`);
  return all;
}

const faults = page => page.evaluate(() => {
  const out = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) out.push(`scrolls sideways by ${document.documentElement.scrollWidth - wide}`);
  for (const e of document.querySelectorAll('main, main .sheet')) if (e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > wide + 1)) out.push(`leaves the page: ${e.outerHTML.slice(0, 90)}`);
  for (const e of document.querySelectorAll('a, button, input:not([type=hidden]), textarea, select, summary')) {
    const style = getComputedStyle(e), tick = ['checkbox', 'radio', 'file'].includes(e.type);
    const box = (tick && e.closest('label') || e).getBoundingClientRect();
    if (!box.width || style.visibility === 'hidden' || style.display === 'inline') continue;
    if (box.height < 43.5 || box.width < 43.5) out.push(`small (${Math.round(box.width)} by ${Math.round(box.height)}): ${e.outerHTML.slice(0, 110)}`);
  }
  for (const e of document.querySelectorAll('input:is(:not([type]), [type=text], [type=search], [type=email], [type=password], [type=number], [type=datetime-local]), textarea, select'))
    if (parseFloat(getComputedStyle(e).fontSize) < 16) out.push(`a telephone would zoom into it: ${e.outerHTML.slice(0, 90)}`);
  return [...new Set(out)];
});

for (const [lang, scheme, width] of [['it-IT', 'light', 360], ['en-GB', 'dark', 390]])
  test(`every page of the desk, ${width} wide (${lang}, ${scheme}): nothing scrolls sideways, each target is a finger wide, axe finds nothing`, async () => {
    const page = await hand('admin', { size: { width, height: 780 }, lang, scheme, bypassCSP: true });
    const found = [];
    for (const where of await routes()) {
      const answer = await page.goto(s.base + where);
      assert.equal(answer.status(), 200, where);
      for (const fault of await faults(page)) found.push(`${where}: ${fault}`);
      await page.evaluate(axe); /* sizes are measured above: axe takes what the bar at the thumb half covers just now for small */
      for (const v of await page.evaluate(async runOnly => (await window.axe.run(document, { runOnly, rules: { 'target-size': { enabled: false } } })).violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`), tags)) found.push(`${where}: ${v}`);
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
