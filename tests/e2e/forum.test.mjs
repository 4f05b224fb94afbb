// The community on a phone: asked, answered, thanked and accepted; without scripts too, by keyboard, and axe finds nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { write } from '../http/support.mjs';
import { phone, stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const s = stage();
const shots = process.env.SHOTS;

async function judge(page, name) {
  for (const [width, height] of [[360, 780], [820, 1180], [1440, 960], [320, 640]]) {
    await page.setViewportSize({ width, height });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(sideways, 0, `${name} at ${width} scrolls sideways`);
    const small = await page.evaluate(() => [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main textarea, main select, main summary')]
      .filter(e => { const c = getComputedStyle(e), b = (e.type === 'radio' && e.closest('label') || e).getBoundingClientRect(); return b.width && c.display !== 'inline' && !e.closest('.hidden') && e.type !== 'file' && (b.height < 43.5 || b.width < 43.5); })
      .map(e => e.outerHTML.slice(0, 120)));
    assert.deepEqual(small, [], `${name} at ${width}: too small for a finger`);
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
      const found = await page.evaluate(async () => (await window.axe.run(document)).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 140)).join(' | ')}`));
      assert.deepEqual(found, [], `${name} at ${width}, ${scheme}`);
      if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${scheme}.png`, fullPage: width !== 360 });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(phone);
}

const ask = async (page, title, text, name) => {
  await page.goto(s.base + '/community/new');
  await page.fill('#title', title);
  await page.fill('#text', text);
  if (name) await page.fill('#name', name);
  await page.getByRole('button', { name: 'Pubblica' }).click();
};

test('S17 forum on mobile: asked, answered by a member, thanked, accepted, called and set aside', { timeout: 120000 }, async () => {
  const asker = await s.open({ size: phone }), helper = await s.open({ size: phone });
  await asker.goto(s.base + '/');
  await asker.locator('nav.bar').getByText('Community').click();
  await asker.getByText('Modem nuovo e stampante vecchia').click();
  await asker.getByText('ha aiutato').first().waitFor();
  await judge(asker, 'topic');
  await asker.goto(s.base + '/community');
  await judge(asker, 'list');
  await asker.fill('#q', 'STAMPÀNTE vecc');
  await asker.press('#q', 'Enter');
  await asker.getByText('Modem nuovo e stampante vecchia').waitFor();
  assert.equal(await asker.locator('.found a').count(), 1);
  // with scripts nobody waits: the browser works a little
  await ask(asker, 'Il telecomando non comanda più niente', 'Ho cambiato le pile due volte.', 'Lia Serra');
  await asker.waitForURL(/\/community\/t\/\d+\/il-telecomando-non-comanda-piu-niente/);
  const where = asker.url().replace(/[?#].*/, '');
  await asker.getByText('la parola è alla community').waitFor();
  await helper.goto(where);
  await helper.fill('#text', 'Tieni premuto OK e la freccia in su per cinque secondi. <b>Poi</b> riprova.');
  await helper.fill('#name', 'Gavino Piga');
  await helper.getByRole('button', { name: 'Pubblica' }).click();
  await helper.locator('.posts p.words', { hasText: '<b>Poi</b> riprova' }).waitFor();
  await asker.goto(s.base + '/community');
  await asker.locator('section', { hasText: 'Novità in ciò che segui' }).getByText('Il telecomando').click();
  await judge(asker, 'own');
  await asker.getByRole('button', { name: 'La soluzione è questa' }).click();
  await asker.locator('.posts .solves', { hasText: 'Gavino Piga' }).getByText('ha aiutato 1 persona').waitFor();
  // a colleague sees it around the story, and sets the reply aside by name and with a reason
  const desk = await s.signIn('giulia', { size: phone }), id = where.match(/t\/(\d+)/)[1];
  await desk.goto(`${s.base}/desk/topic/${id}`);
  await judge(desk, 'topic-desk');
  await desk.locator('li', { hasText: 'Gavino Piga' }).getByText('Metti da parte questo messaggio').click();
  const form = desk.locator('li', { hasText: 'Gavino Piga' }).locator('details form');
  await form.locator('[value="troll"]').check();
  await form.locator('[name="reason"]').fill('Solo una prova');
  await form.getByRole('button').click();
  await desk.getByText('Solo una prova').first().waitFor();
  await helper.goto(where);
  await helper.getByText('Messo da parte da Giulia').waitFor();
  await judge(helper, 'aside');
  await helper.getByLabel('Perché dovrebbe restare?').fill('Funziona davvero, provatelo.');
  await helper.getByRole('button', { name: 'Chiedi che lo guardi qualcun altro' }).click();
  await helper.getByText('Lo riguarda un altro di noi.').waitFor();
  await desk.goto(s.base + '/desk/community');
  await desk.getByText('Funziona davvero').waitFor();
  await judge(desk, 'desk');
  for (const page of [asker, helper, desk]) await page.context().close();
});

test('without scripts and by keyboard alone; what is light on the line', { timeout: 120000 }, async () => {
  const page = await s.open({ size: phone, javaScriptEnabled: false });
  await ask(page, 'Senza script si può chiedere?', 'Dal telefono vecchio di mia zia.', 'Zia Peppa');
  const soon = page.locator('.wrong', { hasText: 'rimandalo tra' });
  await soon.waitFor();
  assert.equal(await page.inputValue('#text'), 'Dal telefono vecchio di mia zia.', 'nothing typed is lost');
  await until('the wait is over', async () => { await new Promise(done => setTimeout(done, 2000)); await page.getByRole('button', { name: 'Pubblica' }).click(); return /\/t\/\d+/.test(page.url()); }, 40000);
  const where = page.url().replace(/[?#].*/, '');
  await page.locator('summary', { hasText: 'Modifica' }).click();
  await page.getByLabel('Le tue parole').fill('Dal telefono nuovo di mia zia.');
  await page.getByRole('button', { name: 'Salva' }).click();
  await page.getByText('modificato: che cosa diceva prima').click();
  await page.locator('details li', { hasText: 'Dal telefono vecchio di mia zia.' }).waitFor();
  await page.getByRole('button', { name: 'Chiedi a noi' }).click();
  const desk = await s.signIn('giulia', { javaScriptEnabled: false });
  await until('it is in the list', async () => { await desk.goto(s.base + '/desk?tab=all'); return desk.locator('#rows', { hasText: 'Dal telefono nuovo' }).count(); });
  await desk.locator('#rows > li', { hasText: 'Dal telefono nuovo' }).locator('a').click();
  await desk.locator('#topic-h').waitFor();
  await page.context().close();
  await desk.context().close();
  // by keyboard
  write(s.demo.data + '/ascolto.db', "UPDATE member SET created_at = 1 WHERE name = 'Zia Peppa'");
  const keys = await s.open({ size: phone });
  await keys.goto(where);
  await keys.keyboard.press('Tab');
  assert.equal(await keys.evaluate(() => document.activeElement.className), 'skip');
  await keys.focus('#text');
  await keys.keyboard.type('Certo che sì.');
  await keys.keyboard.press('Tab');
  await keys.keyboard.type('Nino Tasto');
  for (let n = 0; n < 4 && await keys.evaluate(() => document.activeElement.type) !== 'submit'; n++) await keys.keyboard.press('Tab');
  await keys.keyboard.press('Enter');
  await keys.locator('.posts p.words', { hasText: 'Certo che sì.' }).waitFor();
  const light = await s.open({ size: phone, lang: 'en-GB' }), bytes = [];
  light.on('response', async r => bytes.push((await r.request().sizes().catch(() => ({ responseBodySize: 0 }))).responseBodySize));
  await light.goto(s.base + '/community', { waitUntil: 'networkidle' });
  await light.getByRole('heading', { name: 'Topics' }).waitFor();
  assert.ok(bytes.reduce((a, b) => a + b, 0) < 40 * 1024, `${bytes} bytes at first`);
  for (const page of [keys, light]) await page.context().close();
});
