// Being called back, on a phone: without scripts, by keyboard alone, and before axe at three widths, by day and night.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { phone, row, stage, tablet, until, wide } from './support.mjs';

const s = stage();
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tomorrow = () => new Date(Date.now() + 864e5).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' }).slice(0, 10) + 'T15:30';
const visit = async options => (await s.browser.newContext({ viewport: phone, locale: 'it-IT', ...options })).newPage();

test('a call-back is asked for without scripts, and a colleague sees it with its moment', async () => {
  const page = await visit({ javaScriptEnabled: false });
  await page.goto(s.base + '/');
  await page.getByRole('link', { name: 'Fatti chiamare' }).click();
  await page.fill('#text', 'La eSIM non si attiva sul telefono nuovo');
  await page.fill('#phone', '+39 333 1234567');
  await page.fill('#at', tomorrow());
  await page.getByRole('button', { name: 'Chiamatemi voi' }).click();
  await page.getByRole('log').getByText('Richiamatemi al +39 333 1234567').waitFor();
  await page.context().close();
  const desk = await s.signIn('giulia', { size: wide });
  await desk.goto(s.base + '/desk?tab=all');
  await until('it is on the desk', async () => (await row(desk, 'La eSIM non si attiva').count()) || (await desk.reload(), 0));
  await row(desk, 'La eSIM non si attiva').locator('a').click();
  await desk.locator('.promise', { hasText: 'Richiamare il +39 333 1234567' }).waitFor();
  await desk.context().close();
});

test('fields are reached by Tab, Enter sends, and what is wrong loses nothing', async () => {
  const page = await visit({});
  await page.goto(s.base + '/call');
  await page.focus('#text');
  await page.keyboard.type('Solo tastiera');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'phone');
  await page.keyboard.type('abc');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'at');
  await page.evaluate(at => { document.querySelector('#at').value = at; }, tomorrow());
  await page.focus('#name');
  await page.keyboard.press('Enter');
  await page.getByText('Non sembra un numero di telefono').waitFor();
  assert.equal(await page.inputValue('#text'), 'Solo tastiera');
  await page.context().close();
});

test('axe finds nothing, nothing scrolls sideways', async () => {
  const found = [];
  for (const lang of ['it-IT', 'en-GB'])
    for (const colorScheme of ['light', 'dark'])
      for (const viewport of [phone, tablet, wide]) {
        const page = await visit({ locale: lang, colorScheme, viewport, bypassCSP: true });
        await page.goto(s.base + '/call');
        await page.evaluate(axe);
        const where = `${lang} ${colorScheme} ${viewport.width}`;
        found.push(...await page.evaluate(async () => (await window.axe.run(document)).violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`)).then(l => l.map(x => `${where} ${x}`)));
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push(`${where} scrolls sideways`);
        if (process.env.SHOTS && lang === 'it-IT' && viewport === phone) await page.screenshot({ path: `${process.env.SHOTS}/call-${colorScheme}.png` });
        await page.context().close();
      }
  assert.deepEqual(found, []);
});
