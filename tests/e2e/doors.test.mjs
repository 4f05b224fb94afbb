// Self-care from the phone, without scripts: a story begun on WhatsApp is found on the care site and goes on there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { phone, stage, tablet, until, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const s = stage();

test('S13 self-care: from the phone a person asks, signs in by a code on WhatsApp, finds the story begun there and writes on', async () => {
  const says = 'La ricarica di ieri non si vede';
  const customer = await s.phone('Nora Nuova', 'whatsapp');
  await customer.write(says);
  const site = await s.open({ size: phone, javaScriptEnabled: false });
  await site.goto(s.base + '/ask');
  await site.fill('#text', 'Chiedo anche dal sito');
  await site.locator('main form button.key').click();
  await site.waitForURL(/\/requests\/\d+/);
  await site.goto(s.base + '/requests');
  await site.getByRole('link', { name: 'Ci hai scritto altrove?' }).click();
  await site.getByRole('button', { name: 'Ricevi un codice' }).click();
  const code = await site.locator('.code-shown').innerText();
  await customer.write(code);
  await until('the site knows', async () => {
    await site.getByRole('button', { name: 'L’ho scritto' }).click();
    return new URL(site.url()).pathname === '/requests';
  });
  await site.locator('a.req', { hasText: 'Chiedo anche dal sito' }).waitFor();
  const found = await until('the story of WhatsApp', async () => (await site.locator('a.req').count()) === 2);
  assert.ok(found);
  await site.locator('a.req').filter({ hasNotText: 'Chiedo anche dal sito' }).click();
  await site.locator('.chat-log').getByText(says).waitFor();
  await site.fill('#text', 'Scrivo qui da ora');
  await site.getByRole('button', { name: 'Invia' }).click();
  await site.locator('.chat-log').getByText('Scrivo qui da ora').waitFor();
  const [{ talks }] = s.sql(`SELECT count(DISTINCT conversation_id) AS talks FROM message WHERE text IN ('${says}', 'Scrivo qui da ora')`);
  assert.equal(talks, 1, 'one story');
  await site.goto(s.base + '/sign-in');
  await Promise.all([site.waitForURL(s.base + '/'), site.getByRole('button', { name: 'Esci' }).click()]);
  await site.goto(s.base + '/requests');
  assert.equal(await site.locator('a.req').count(), 0);
});

for (const [lang, scheme] of [['it-IT', 'light'], ['en-GB', 'dark']])
  test(`signing in: axe finds nothing, nothing scrolls sideways (${lang}, ${scheme})`, async () => {
    const page = await s.open({ size: phone, lang, scheme });
    for (const step of ['before', 'code', 'not yet']) {
      if (step === 'before') await page.goto(s.base + '/sign-in');
      else await page.locator('main form:not([action$="/sign-in/email"]) button.key').click();
      await page.locator('main h1').waitFor();
      for (const size of [phone, tablet, wide]) {
        await page.setViewportSize(size);
        if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
        await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); // the bar covers what is not scrolled to yet
        const wrong = await page.evaluate(async runOnly => (await window.axe.run(document, { runOnly })).violations.map(v => `${v.id}: ${v.nodes[0].html}`), tags);
        assert.deepEqual(wrong, [], `${step} ${size.width}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${step} ${size.width}`);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${lang}-${step}-${size.width}.png` });
      }
    }
  });
