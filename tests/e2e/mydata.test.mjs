// My data, from the phone: what stands there can be read without scripts, by keyboard, and by a screen reader.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { phone, stage, tablet, until, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const s = stage();

for (const [lang, scheme] of [['it-IT', 'light'], ['en-GB', 'dark']])
  test(`my data: read, and taken along as a file (${lang}, ${scheme})`, async () => {
    const page = await s.open({ size: phone, lang, scheme });
    const sound = async what => {
      for (const size of [phone, tablet, wide]) {
        await page.setViewportSize(size);
        if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
        const wrong = await page.evaluate(async runOnly => (await window.axe.run(document, { runOnly })).violations.map(v => `${v.id}: ${v.nodes[0].html}`), tags);
        assert.deepEqual(wrong, [], `${what} ${size.width}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${what} ${size.width}`);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/mydata-${what}-${lang}-${size.width}.png` });
      }
      await page.setViewportSize(phone);
    };
    await page.goto(s.base + '/mydata');
    await page.locator('main h1').waitFor();
    await sound('nobody');
    await page.goto(s.base + '/ask');
    await page.fill('#text', `Che cosa sapete di me? ${lang}`);
    await page.fill('#name', 'Dino Dati');
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests\/\d+/);
    await page.goto(s.base + '/requests');
    await page.getByRole('link', { name: lang === 'it-IT' ? 'I miei dati' : 'My data' }).click();
    await page.waitForURL(/\/mydata/);
    await sound('begin');
    const read = page.getByRole('button', { name: lang === 'it-IT' ? 'Leggi qui' : 'Read it here' });
    await read.focus();
    await page.keyboard.press('Enter');
    await page.locator('main', { hasText: 'Che cosa sapete di me?' }).waitFor();
    await page.getByRole('heading', { name: 'Dino Dati' }).waitFor();
    await sound('read');
    await page.goto(s.base + '/mydata');
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('form[action$="/mydata/file"] button').click()]);
    assert.match(file.suggestedFilename(), /mydata\.zip$/);
    // erased: asked by keyboard, decided by a lead, seen by the receipt alone
    const it = lang === 'it-IT', ask = page.getByRole('button', { name: it ? 'Chiedi di cancellare tutto' : 'Ask to erase everything' });
    await page.getByText(it ? 'Che cosa va via e che cosa resta' : 'What goes, and what stays').click();
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight)); // nothing half below the bar
    await sound('erase');
    await ask.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/mydata\/receipt\//);
    const receipt = page.url();
    await page.getByRole('heading', { name: it ? 'L’hai chiesto' : 'You asked' }).waitFor();
    await sound('receipt');
    await page.goto(s.base + '/mydata');
    await page.getByRole('button', { name: it ? 'Ho cambiato idea' : 'I changed my mind' }).waitFor();
    await sound('asked');
    const desk = await s.signIn('admin', { lang, scheme, bypassCSP: true });
    await desk.goto(s.base + '/desk/erasures');
    await desk.getByRole('link', { name: 'Dino Dati' }).first().click();
    await desk.waitForURL(/\/erase$/);
    const at = async (what, where) => {
      for (const size of [phone, tablet, wide]) {
        await where.setViewportSize(size);
        if (!(await where.evaluate(() => !!window.axe))) await where.evaluate(axe);
        assert.deepEqual(await where.evaluate(async runOnly => (await window.axe.run(document, { runOnly })).violations.map(v => `${v.id}: ${v.nodes[0].html}`), tags), [], `${what} ${size.width}`);
        assert.ok(await where.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${what} ${size.width}`);
        if (process.env.SHOTS) await where.screenshot({ path: `${process.env.SHOTS}/erase-${what}-${lang}-${size.width}.png`, fullPage: true });
      }
    };
    await at('decide', desk);
    await desk.getByLabel(/Ho letto|I have read/).focus();
    await desk.keyboard.press('Space');
    await desk.keyboard.press('Tab');
    const decided = desk.waitForResponse(r => r.request().method() === 'POST' && r.url().endsWith('/erase'));
    await desk.keyboard.press('Enter');
    assert.equal((await decided).status(), 303); // a page loaded anew before would take its place
    await desk.waitForURL(/\/erase$/);
    await until('it is done', async () => { await desk.reload(); return desk.getByRole('heading', { name: /Non c’è più niente|Nothing is left/ }).count(); });
    await at('done', desk);
    await desk.goto(s.base + '/desk/erasures');
    await at('list', desk);
    await page.goto(s.base + '/requests');
    assert.equal(await page.getByText('Che cosa sapete di me?').count(), 0, 'nobody is here any more');
    await page.goto(receipt);
    await page.getByRole('heading', { name: it ? 'Di te non abbiamo più niente' : 'We hold nothing of you any more' }).waitFor();
    await sound('receipt-done');
  });
