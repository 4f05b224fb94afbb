// Doors join: a private continuation by a link, from the desktop to the phone by a QR code. The code is read by an eye
// that is not ours (zbar).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { phone, ready, stage, tablet, until, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const s = stage();

async function sound(page, what) {
  for (const size of [phone, tablet, wide]) {
    await page.setViewportSize(size);
    if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
    const wrong = await page.evaluate(async runOnly => (await window.axe.run(document, { runOnly })).violations.map(v => `${v.id}: ${v.nodes[0].html}`), tags);
    assert.deepEqual(wrong, [], `${what} ${size.width}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${what} ${size.width} scrolls sideways`);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${what}-${size.width}.png` });
  }
}
// What a camera reads in the picture of this element.
async function read(element) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'qr-')), 'code.png');
  await element.screenshot({ path: file });
  try { return execFileSync('zbarimg', ['--quiet', '--raw', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(); }
  finally { fs.rmSync(path.dirname(file), { recursive: true }); }
}

async function story(customer, words) {
  await customer.write(words);
  const desk = await s.signIn('giulia', { size: wide });
  await until('the words are on the desk', async () => { await desk.goto(s.base + '/desk?tab=all'); return desk.locator('#rows > li', { hasText: words }).count(); });
  await desk.locator('#rows > li', { hasText: words }).first().locator('a').first().click();
  await desk.waitForURL(/\/desk\/c\/\d+/);
  await ready(desk);
  if (await desk.locator('#need').count()) {
    await desk.fill('#need', 'Una risposta in privato');
    await desk.locator('form.composer button.key').click();
  }
  await desk.locator('#reply').waitFor();
  return desk;
}

test('doors join: a public post is answered with a link, opened on a phone without scripts, judged by a colleague, and the story is one', async () => {
  const words = 'Tre giorni senza rete, e nessuno risponde';
  const desk = await story(await s.phone('Pia Pubblica', 'mastodon'), words);
  await desk.locator('#reply').pressSequentially('Pia, continuiamo qui:');
  const put = desk.getByRole('button', { name: 'Link privato' });
  await put.focus();
  await desk.keyboard.press('Enter');
  await until('the link stands in the draft', async () => /continuiamo qui: http\S+\/p\/[2-9A-Z]{12}$/.test(await desk.locator('#reply').inputValue()));
  const link = (await desk.locator('#reply').inputValue()).match(/http\S+/)[0];
  const site = await s.open({ size: phone, javaScriptEnabled: false });
  assert.equal((await site.goto(link)).status(), 404, 'a draft leads nowhere');
  await desk.locator('form.reply button.key').click();
  await desk.locator('.ours', { hasText: 'continuiamo qui' }).getByText('pubblicata').waitFor();
  assert.equal((await site.goto(link)).status(), 200);
  await site.getByRole('heading', { name: 'Continua in privato' }).waitFor();
  await site.getByRole('button', { name: 'Continua in privato' }).click();
  await site.locator('.public-said', { hasText: words }).waitFor();
  await site.fill('#text', 'Sono Pia, cliente 3321');
  await site.getByRole('button', { name: 'Invia' }).click();
  await site.waitForURL(/\/requests\/\d+/);
  await site.locator('.chat-log', { hasText: 'cliente 3321' }).waitFor();
  const talk = site.url().match(/requests\/(\d+)/)[1], c = desk.url().match(/\/c\/(\d+)/)[1];
  assert.notEqual(talk, c);
  await desk.goto(`${s.base}/desk/c/${talk}`);
  await desk.getByText('non ancora provato').first().waitFor();
  assert.equal(await site.getByText('Una risposta in privato').count(), 0, 'what we heard in the story is not shown');
  await sound(desk, 'desk-claim');
  await desk.setViewportSize(wide);
  await desk.locator('#talk-head').getByRole('button', { name: 'È Pia' }).click();
  await desk.waitForURL(new RegExp(`/desk/c/${c}`));
  await desk.locator('#filo', { hasText: 'cliente 3321' }).waitFor();
  await desk.locator('.passage', { hasText: 'dice che è proprio' }).waitFor();
  await site.goto(`${s.base}/requests/${c}`);
  for (const said of [words, 'cliente 3321']) await site.locator('.chat-log', { hasText: said }).waitFor();
  await sound(desk, 'desk-judged');
});

for (const [lang, scheme, js] of [['it-IT', 'light', true], ['en-GB', 'dark', false]])
  test(`from the desktop to the phone by a QR code (${lang}, ${scheme}, ${js ? 'with' : 'without'} scripts)`, async () => {
    const desktop = await s.open({ size: wide, lang, scheme, javaScriptEnabled: js });
    await desktop.goto(s.base + '/ask');
    await desktop.fill('#text', `Comincio al computer ${lang}`);
    await desktop.fill('#name', 'Rino Rossi');
    await desktop.locator('main form button.key').click();
    await desktop.waitForURL(/\/requests\/\d+/);
    const id = desktop.url().match(/\d+(?=#|$)/)[0];
    const button = desktop.locator('.to-phone button');
    await button.focus();
    await desktop.keyboard.press('Enter');
    await desktop.locator('svg.qr').waitFor();
    assert.ok(await desktop.locator('svg.qr').getAttribute('aria-label'));
    const link = await read(desktop.locator('svg.qr'));
    assert.equal(link, (await desktop.locator('#typed').innerText()).trim(), 'the drawing says the address that stands there');
    if (js) await sound(desktop, `phone-${lang}`);
    await desktop.setViewportSize(wide);
    const mobile = await s.open({ size: phone, lang, scheme });
    await mobile.goto(link);
    await mobile.getByText('Rino Rossi').first().waitFor();
    await sound(mobile, `open-${lang}`);
    await mobile.setViewportSize(phone);
    await mobile.locator('main form button.key').click();
    await mobile.waitForURL(new RegExp(`/requests/${id}`));
    await mobile.locator('.chat-log', { hasText: 'Comincio al computer' }).waitFor();
    if (!js) await desktop.locator('#look button').click();
    await desktop.getByRole('status').filter({ hasText: lang === 'it-IT' ? 'il telefono ha le tue richieste' : 'your phone has your requests' }).waitFor();
    await mobile.goto(link);
    assert.equal(new URL(mobile.url()).pathname, `/requests/${id}`);
    const other = await s.open({ size: phone, lang, scheme });
    assert.equal((await other.goto(link)).status(), 410);
    await sound(other, `used-${lang}`);
  });
