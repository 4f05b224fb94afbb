// The care site as an app on a phone: it installs, reads without a line, keeps what is written until the line is back, tells
// only whoever asked to be told, and forgets whoever signs out.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { phone, row, stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const s = stage();
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
    await page.fill('#text', words);
    await page.getByRole('button', { name: 'Invia' }).click();
  }
  await until('both say that they wait', async () => (await page.getByText('parte appena torna la linea').count()) === 2);
  await page.goto(s.base + '/ask');
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

test('somebody else on the same phone sees nothing of whoever was here before, and sends nothing of theirs', async () => {
  const page = await s.open({ size: phone });
  await page.goto(s.base + '/');
  await controlled(page);
  await ask(page, 'Una cosa di Ada');
  await page.goto(s.base + '/requests');
  await isKept(page, '/requests');
  await page.context().setOffline(true);
  await page.goto(s.base + '/ask');
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
