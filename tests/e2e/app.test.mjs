// The care site as an app on a phone: it installs, reads without a line, keeps what is written until the line is back, tells
// only whoever asked to be told, and forgets whoever signs out.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { startPushService } from '../http/pushservice.mjs';
import { phone, ready, sleep, stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let service;
// No browser here reaches the push service of its maker: one of ours stands in, and what it gets the worker gets.
const s = stage({ extra: async () => ({ ASCOLTO_PUSH_BASE: (service = await startPushService()).base }) });
after(async () => { await service.stop(); assert.deepEqual(service.wrong, []); });
const controlled = page => page.waitForFunction(() => navigator.serviceWorker.controller && navigator.serviceWorker.ready.then(() => true));
const keptPages = page => page.evaluate(async () => {
  const out = [];
  for (const name of await caches.keys())
    if (!name.startsWith('ascolto-shell')) for (const r of await (await caches.open(name)).keys()) out.push(new URL(r.url).pathname);
  return out.sort();
});
const isKept = (page, path) => until(`${path} is kept`, async () => (await keptPages(page)).includes(path));
async function ask(page, text) {
  await page.goto(s.base + '/ask');
  await page.fill('#text', text);
  await page.getByRole('button', { name: 'Invia' }).click();
  await page.waitForURL(/\/requests\/\d+/);
}

test('S11 the care site is an app: it installs, reads and writes without a line, and forgets whoever signs out', async () => {
  const page = await s.open({ size: phone });
  await page.goto(s.base + '/');
  await controlled(page);
  const cdp = await page.context().newCDPSession(page);
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors.filter(e => e.errorId !== 'in-incognito'), []);
  const { errors, url, data } = await cdp.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.deepEqual([manifest.name, manifest.lang, manifest.scope, manifest.share_target.action], ['Nuvola Mobile', 'it', '/', '/share']);
  assert.match(url, /app\.webmanifest/);
  await page.goto(s.base + '/help');
  await page.locator('main a[href*="/help/"]').first().click();
  await page.waitForURL(/\/help\/./);
  const article = new URL(page.url()).pathname, title = await page.locator('h1').textContent();
  await isKept(page, article);
  await ask(page, 'Il modem lampeggia');
  const story = new URL(page.url()).pathname;
  await page.goto(s.base + '/requests');
  await isKept(page, '/requests');
  await isKept(page, story);
  await isKept(page, '/ask');

  await page.context().setOffline(true);
  await page.goto(s.base + article);
  await page.getByText('Senza linea: questa pagina è com’era').waitFor();
  assert.equal(await page.locator('h1').textContent(), title);
  await page.goto(s.base + '/requests');
  await page.getByText('Il modem lampeggia').waitFor();
  await page.goto(s.base + '/community');
  await page.getByText('Adesso non c’è linea').waitFor();
  await page.locator('#kept').getByText(title).waitFor();
  await page.goto(s.base + story);
  for (const words of ['Scrivo dalla galleria', 'e ancora']) {
    await ready(page);
    await page.fill('#text', words);
    await page.getByRole('button', { name: 'Invia' }).click();
  }
  await until('both say that they wait', async () => (await page.getByText('parte appena torna la linea').count()) === 2);
  await page.goto(s.base + '/ask');
  await ready(page);
  await page.fill('#text', 'Una cosa nuova dal treno');
  await page.getByRole('button', { name: 'Invia' }).click();
  await until('all three are seen', async () => (await page.locator('#pending .pending').count()) === 3);
  await page.close();
  const again = await page.context().newPage();
  await again.context().setOffline(false);
  await again.goto(s.base + '/requests');
  const texts = () => s.sql(`SELECT text FROM message WHERE text IN ('Scrivo dalla galleria', 'e ancora', 'Una cosa nuova dal treno') ORDER BY id`).map(m => m.text);
  await until('all arrived', () => texts().length === 3);
  assert.deepEqual(texts(), ['Scrivo dalla galleria', 'e ancora', 'Una cosa nuova dal treno']);
  await until('nothing waits any more', async () => (await again.locator('.pending:not([data-state="arrived"])').count()) === 0);
  await again.reload();
  assert.deepEqual([texts().length, await again.locator('a.req').count()], [3, 2], 'once, and in the order in which they were written');
  await isKept(again, '/requests');
  await again.evaluate(() => { const f = Object.assign(document.createElement('form'), { method: 'post', action: '/sign-out' }); document.body.append(f); f.submit(); });
  await again.waitForURL(s.base + '/');
  await until('what was theirs is gone', async () => (await keptPages(again)).filter(p => p.startsWith('/requests')).length === 0);
  assert.ok((await keptPages(again)).includes(article), 'an article is nobody’s');
  await again.context().setOffline(true);
  await again.goto(s.base + '/requests');
  await again.getByText('Adesso non c’è linea').waitFor();
  assert.equal(await again.getByText('Il modem lampeggia').count(), 0);
  await again.context().close();
});

test('what leaves before the page has its script waits too', async () => {
  const page = await s.open({ size: phone });
  await page.goto(s.base + '/');
  await controlled(page);
  await ask(page, 'Prima della galleria');
  const story = new URL(page.url()).pathname;
  await isKept(page, '/ask');
  await isKept(page, story);
  await page.context().setOffline(true);
  for (const [where, words] of [['/ask', 'Senza lo script'], [story, 'Neanche qui'], [story, 'e di nuovo']]) {
    await page.goto(s.base + where);
    await ready(page);
    const back = page.waitForEvent('load');
    await page.evaluate(text => { const f = document.querySelector('form[data-outbox]'); f.elements.text.value = text; HTMLFormElement.prototype.submit.call(f); }, words);
    await back;
    await page.locator('.pending', { hasText: words }).waitFor();
    assert.equal(new URL(page.url()).pathname, where);
  }
  await page.context().setOffline(false);
  const words = ['Senza lo script', 'Neanche qui', 'e di nuovo'];
  const there = () => s.sql(`SELECT text FROM message WHERE text IN ('${words.join("','")}') ORDER BY id`).map(m => m.text);
  await until('all arrived, once', () => there().length === 3);
  assert.deepEqual(there(), words);
  await page.context().close();
});

test('somebody else on the same phone sees nothing of whoever was here before, and sends nothing of theirs', async () => {
  const page = await s.open({ size: phone });
  await page.goto(s.base + '/');
  await controlled(page);
  await ask(page, 'Una cosa di Ada');
  await page.goto(s.base + '/requests');
  await isKept(page, '/requests');
  await page.context().setOffline(true);
  await page.goto(s.base + '/ask');
  await ready(page);
  await page.fill('#text', 'Ancora una cosa di Ada');
  await page.getByRole('button', { name: 'Invia' }).click();
  await page.getByText('parte appena torna la linea').waitFor();
  await page.context().clearCookies();
  await page.close();
  const other = await page.context().newPage();
  await other.context().setOffline(false);
  await ask(other, 'Una cosa di Bice');
  await until('nothing waits', async () => (await other.locator('.pending').count()) === 0);
  await other.context().setOffline(true);
  await other.goto(s.base + '/requests');
  assert.equal(await other.getByText('Una cosa di Ada').count(), 0);
  assert.equal(s.sql(`SELECT id FROM message WHERE text = 'Ancora una cosa di Ada'`).length, 0);
  await other.context().close();
});

test('axe finds nothing on what is shown without a line, in three widths, by day and by night, in both languages', async () => {
  for (const lang of ['it-IT', 'en-GB']) {
    const page = await s.open({ size: phone, lang, bypassCSP: true });
    await page.goto(s.base + '/');
    await controlled(page);
    await page.goto(s.base + '/help');
    await page.goto(s.base + '/ask');
    await isKept(page, '/ask');
    await page.context().setOffline(true);
    for (const where of ['/community', '/ask', '/desk']) {
      await page.goto(s.base + where);
      if (where === '/ask') {
        await page.fill('#text', 'Solo tasti');
        await page.locator('#text').press('Tab');
        for (let i = 0; i < 4 && (await page.evaluate(() => document.activeElement.type)) !== 'submit'; i++) await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.locator('.pending').waitFor();
      }
      for (const width of [360, 820, 1440])
        for (const colorScheme of ['light', 'dark']) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false, `${where} ${width}`);
          if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/app${where.replace('/', '-')}-${lang.slice(0, 2)}-${width}-${colorScheme}.png` });
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
          assert.deepEqual(violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160))]), [], `${where} ${width} ${colorScheme}`);
        }
    }
    await page.context().close();
  }
});

const shared = async (page, fields, file) => {
  await page.evaluate(({ fields, file }) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: '/share', enctype: 'multipart/form-data' });
    for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement('input'), { name, value }));
    const input = Object.assign(document.createElement('input'), { type: 'file', name: 'file' }), files = new DataTransfer();
    files.items.add(new File([Uint8Array.from(atob(file), c => c.charCodeAt(0))], 'schermata.png', { type: 'image/png' }));
    input.files = files.files;
    form.append(input);
    document.body.append(form);
    form.submit();
  }, { fields, file });
  await page.waitForURL(/\/ask/);
};

test('a screenshot shared from another app waits in the form for the words, without a line too', async () => {
  const page = await s.open({ size: phone }), png = fs.readFileSync(new URL('../../assets/app/badge.png', import.meta.url)).toString('base64');
  await page.goto(s.base + '/');
  await controlled(page);
  await isKept(page, '/ask');
  await shared(page, { title: 'Errore', text: 'codice 42', url: '' }, png);
  await until('it is attached', () => page.evaluate(() => document.querySelector('#file').files[0]?.name === 'schermata.png'));
  await page.waitForURL(s.base + '/ask'); // its address says nothing of sharing any more
  assert.equal(await page.inputValue('#text'), 'Errore\ncodice 42');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
  assert.equal(s.sql(`SELECT id FROM message WHERE text LIKE '%codice 42%'`).length, 0, 'nothing leaves by itself');
  await page.fill('#text', 'Mi dà codice 42');
  await page.getByRole('button', { name: 'Invia' }).click();
  await page.waitForURL(/\/requests\/\d+/);
  await page.locator('.chat-log img').waitFor();
  await page.context().setOffline(true);
  await page.goto(s.base + '/community');
  await shared(page, { title: '', text: 'dal treno', url: '' }, png);
  await until('it is attached', () => page.evaluate(() => document.querySelector('#file').files.length === 1));
  await ready(page);
  await page.getByRole('button', { name: 'Invia' }).click();
  await page.getByText('parte appena torna la linea').waitFor();
  await page.context().setOffline(false);
  await until('it arrived', () => s.sql(`SELECT attachments FROM message WHERE text = 'dal treno'`)[0]?.attachments === 1);
  await page.context().close();
});

// What the browser's own push service would do: the page subscribes to ours, and what arrives there is given to the worker.
async function subscribed(page) {
  const sub = service.subscribe();
  await page.context().grantPermissions(['notifications'], { origin: s.base });
  await page.context().addInitScript(({ endpoint, key, auth }) => {
    let is = localStorage.getItem('stand-in');
    const subscription = { endpoint, toJSON: () => ({ endpoint, keys: { p256dh: key, auth } }), unsubscribe: async () => (localStorage.removeItem('stand-in'), (is = null), true) };
    PushManager.prototype.subscribe = async function (options) {
      if (!options.userVisibleOnly || options.applicationServerKey.length !== 87) throw new Error('options');
      localStorage.setItem('stand-in', (is = '1'));
      return subscription;
    };
    PushManager.prototype.getSubscription = async () => (is ? subscription : null);
  }, sub.fields);
  return sub;
}
async function deliver(page, say) {
  const cdp = await page.context().newCDPSession(page), registrations = [];
  cdp.on('ServiceWorker.workerRegistrationUpdated', e => registrations.push(...e.registrations));
  await cdp.send('ServiceWorker.enable');
  const { registrationId } = await until('the worker’s registration', () => registrations.find(r => r.scopeURL === s.base + '/'));
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: s.base, registrationId, data: JSON.stringify(say) });
  await cdp.detach();
}
const notices = page => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => ({ title: n.title, body: n.body, tag: n.tag, where: n.data.where })));

test('whoever taps “tell me on this device” is told who of us wrote; an open story is not told; signing out ends it', async t => {
  s.undo(0, t);
  const page = await s.open({ size: phone }), sub = await subscribed(page);
  await page.goto(s.base + '/');
  await controlled(page);
  await ask(page, 'La SIM non prende');
  const story = new URL(page.url()).pathname, id = story.split('/').pop();
  assert.equal(s.sql('SELECT id FROM push_device').length, 0, 'nobody is asked by itself');
  await page.goto(s.base + '/requests');
  await page.getByRole('button', { name: 'Avvisami su questo dispositivo' }).click();
  await page.getByText('Ti avvisiamo qui quando').waitFor();
  await until('the server knows', () => s.sql('SELECT id FROM push_device').length === 1);
  const desk = await s.signIn('giulia');
  await desk.goto(`${s.base}/desk/c/${id}`);
  await ready(desk);
  await desk.fill('#need', 'usare la SIM');
  await desk.getByRole('button', { name: 'Ho ascoltato' }).click();
  await desk.fill('#reply', 'La riattivo subito, Marta.');
  await desk.locator('form.reply .key').click();
  const [come] = await until('the push service got it', () => service.of(sub).length && service.of(sub));
  assert.equal(come.say.k, 'reply');
  await deliver(page, come.say);
  const [note] = await until('the phone shows it', async () => { const all = await notices(page); return all.length && all; });
  assert.deepEqual(note, { title: `${come.say.w} ti ha scritto`, body: come.say.t, tag: `site ${id}`, where: story });
  await deliver(page, { ...come.say, m: 'ancora' });
  await sleep(500);
  assert.equal((await notices(page)).length, 1, 'one a story');
  await page.goto(s.base + story);
  await until('it was seen', async () => (await notices(page)).length === 0);
  await deliver(page, come.say);
  await sleep(1000);
  assert.equal((await notices(page)).length, 0, 'the story is before their eyes');
  await page.goto(s.base + '/requests');
  await page.getByRole('button', { name: 'Non avvisarmi più qui' }).click();
  await until('the server forgot', () => s.sql('SELECT id FROM push_device').length === 0);
  await page.context().close();
  await desk.context().close();
});

test('a colleague switches it on in their own settings, tries it, and opens the story from it', async () => {
  const desk = await s.signIn('giulia', { size: phone }), sub = await subscribed(desk);
  await desk.goto(s.base + '/desk/me');
  await desk.getByRole('button', { name: 'Avvisami su questo dispositivo' }).click();
  await desk.getByText('finché resti collegato').waitFor();
  await desk.getByRole('button', { name: 'Prova', exact: true }).click();
  const [come] = await until('the first one came', () => service.of(sub, 'test').length && service.of(sub, 'test'));
  // the browser's own push service would give it to a worker that is just being started once more
  await until('it is shown', async () => { await deliver(desk, come.say); await sleep(500); return (await notices(desk))[0]?.title === 'Funziona: ti avvisiamo qui.'; });
  await desk.bringToFront();
  if (process.env.SHOTS) await desk.screenshot({ path: `${process.env.SHOTS}/push-desk-360.png`, fullPage: true });
  await desk.goto(s.base + '/desk');
  const kept = await keptPages(desk);
  assert.deepEqual(kept.filter(p => p.startsWith('/desk')), [], 'of the desk nothing is kept');
  await desk.locator('form[action="/desk/sign-out"]').first().evaluate(form => form.submit());
  await desk.waitForURL(/sign-in/);
  await until('it ends with the session', () => s.sql('SELECT id FROM push_device WHERE agent_id <> 0').length === 0);
  await desk.context().close();
});

test('that the site can stand among one’s apps is said once, after something went well', async () => {
  const page = await s.open({ size: phone, bypassCSP: true });
  const offer = () => page.evaluate(() => dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt: () => { window.wasAsked = true; } })));
  await page.goto(s.base + '/');
  await offer();
  await sleep(300);
  assert.equal(await page.locator('#hint').count(), 0);
  await ask(page, 'Come si paga?');
  await page.locator('#app').waitFor({ state: 'attached' });
  await until('it is said', async () => { await offer(); return page.locator('#hint').count(); });
  for (const [width, colorScheme] of [[360, 'dark'], [360, 'light'], [820, 'light'], [1440, 'light']]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.locator('#hint').scrollIntoViewIfNeeded();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/hint-${width}-${colorScheme}.png`, fullPage: true });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    assert.deepEqual(violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160))]), []);
  }
  await page.getByRole('button', { name: 'No, grazie' }).click();
  await page.goto(s.base + '/requests');
  await offer();
  await sleep(300);
  assert.equal(await page.locator('#hint').count(), 0, 'and never again');
  await page.context().close();
});
