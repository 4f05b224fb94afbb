// The chat on a phone: a guest and a colleague live, a line that goes away, a reload amid typing, no scripts, a keyboard alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { phone, row, stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const s = stage();
const said = page => page.locator('#said > li .words').allTextContents();
const write = async (page, text) => { await page.fill('#text', text); await page.getByRole('button', { name: 'Invia' }).click(); };

async function hear(desk, words) {
  await desk.goto(s.base + '/desk?tab=all');
  await until(`${words} on the desk`, async () => (await row(desk, words).count()) || (await desk.reload(), 0));
  await row(desk, words).locator('a').click();
  await desk.waitForURL(/#latest$/);
}

test('S15 live chat on mobile: typing, seen, a tunnel, a reload, nothing lost, nothing doubled', async t => {
  s.undo(0, t);
  const guest = await s.open({ size: phone });
  await guest.goto(s.base + '/chat');
  await guest.locator('html.live').waitFor({ state: 'attached' });
  await guest.fill('#name', 'Aisha Bello');
  await write(guest, 'La eSIM dice nessun piano, sono a Malpensa');
  await guest.locator('#said > li[data-once]').waitFor();
  const desk = await s.signIn('giulia');
  await hear(desk, 'sono a Malpensa');
  await guest.getByText('letta').waitFor();
  await desk.locator('#beings').getByText('Aisha è sulla pagina adesso').waitFor();
  await guest.locator('#text').pressSequentially('Parto alle');
  await desk.locator('#beings').getByText('Aisha sta scrivendo').waitFor();
  await desk.fill('#need', 'usare la eSIM prima delle 18');
  await desk.getByRole('button', { name: 'Ho ascoltato' }).click();
  await desk.locator('#reply').pressSequentially('Ciao Aisha, ');
  await guest.getByText('Giulia sta scrivendo').waitFor();
  await desk.fill('#reply', 'Ciao Aisha, ce la facciamo con calma.');
  await desk.locator('form.reply .key').click();
  await guest.locator('#said').getByText('ce la facciamo con calma').waitFor();
  assert.equal(await guest.inputValue('#text'), 'Parto alle', 'what is being written stays');
  await guest.reload();
  await guest.locator('html.live').waitFor({ state: 'attached' });
  assert.equal(await guest.inputValue('#text'), 'Parto alle', 'also over a reload');
  await guest.context().setOffline(true);
  for (const words of ['Parto alle 18', 'uno dal tunnel', 'due dal tunnel']) await write(guest, words);
  await guest.locator('#lost').getByText('Linea assente').waitFor();
  assert.equal(await guest.getByText('parte appena torna la linea').count() > 0, true);
  await guest.context().setOffline(false);
  await until('all arrived', async () => (await guest.locator('#said > li.mine[data-once]').count()) === 4);
  assert.equal(await guest.locator('.pending').count(), 0);
  const words = ['La eSIM dice nessun piano, sono a Malpensa', 'Ciao Aisha, ce la facciamo con calma.', 'Parto alle 18', 'uno dal tunnel', 'due dal tunnel'];
  assert.deepEqual(await said(guest), words);
  await guest.reload();
  assert.deepEqual(await said(guest), words);
  await until('the desk has them, in order', async () => (await desk.locator('#filo .msg .words').allTextContents()).join().includes('Parto alle 18,uno dal tunnel,due dal tunnel'));
  await guest.goto(s.base + '/requests');
  await desk.locator('#beings').getByText('Aisha ha lasciato la pagina').waitFor();
  await guest.getByText('usare la eSIM prima delle 18').waitFor();
  await guest.context().close();
  await desk.context().close();
});

test('what is written just as the queue has found nothing to send leaves too', async () => {
  const page = await s.open({ size: phone });
  await page.route('**/nowhere', route => route.fulfill({ json: { location: '/chat?with=1' } }));
  await page.goto(s.base + '/chat');
  await page.locator('html.live').waitFor({ state: 'attached' });
  const module = await page.evaluate(() => performance.getEntriesByType('resource').map(e => e.name).find(n => n.endsWith('/chat_queue.js')));
  const left = await page.evaluate(async module => {
    const { queue } = await import(module), sleep = ms => new Promise(done => setTimeout(done, ms));
    const hop = () => new Promise(done => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
    let came = 0, lay = [];
    const q = await queue({ name: 'prova', where: '/nowhere', hello: async () => true, conversation: () => '1', show() {}, arrived: () => came++ });
    for (let i = 0; i < 60; i++) {
      q.run(); // looks, and finds nothing
      for (const until = performance.now() + (i % 30) * 0.15; performance.now() < until;) await hop();
      q.add({ once: `p${i}`, text: `${i}`, name: '', files: [], at: 0 });
      for (let ms = 0; ms < 1500 && came <= i; ms += 15) await sleep(15);
      if (came <= i) lay.push(i);
    }
    return lay;
  }, module);
  assert.deepEqual(left, [], 'each left without another to push it');
  await page.context().close();
});

test('without scripts it is a form and a page', async () => {
  const guest = await s.open({ size: phone, javaScriptEnabled: false });
  await guest.goto(s.base + '/chat');
  await write(guest, 'Senza script si può');
  await guest.locator('#said').getByText('Senza script si può').waitFor();
  await write(guest, 'e ancora');
  assert.deepEqual(await said(guest), ['Senza script si può', 'e ancora']);
  const beside = await guest.context().newPage();
  await beside.goto(s.base + '/chat');
  await write(beside, 'da un’altra scheda');
  for (let i = 0; i < 2; i++) { // its own address, with a fragment, would load nothing
    await Promise.all([guest.waitForEvent('load'), guest.getByRole('link', { name: 'Ricarica' }).click()]);
    assert.deepEqual(await said(guest), ['Senza script si può', 'e ancora', 'da un’altra scheda']);
  }
  await guest.context().close();
});

test('with a keyboard alone, at 320 px, and axe finds nothing', async () => {
  const guest = await s.open({ size: { width: 1280, height: 900 }, bypassCSP: true });
  await guest.goto(s.base + '/chat');
  await guest.locator('html.live').waitFor({ state: 'attached' });
  await guest.locator('#text').focus();
  await guest.keyboard.type('Solo tasti');
  await guest.keyboard.press('Enter');
  await guest.locator('#said > li[data-once]').waitFor();
  assert.equal(await guest.evaluate(() => document.activeElement.id), 'text');
  for (const width of [1440, 820, 360, 320])
    for (const colorScheme of ['light', 'dark']) {
      await guest.setViewportSize({ width, height: width < 500 ? 640 : 900 });
      await guest.emulateMedia({ colorScheme });
      assert.equal(await guest.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false, `${width}`);
      if (process.env.SHOTS) await guest.screenshot({ path: `${process.env.SHOTS}/chat-${width}-${colorScheme}.png` });
      await guest.evaluate(axe);
      const { violations } = await guest.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
      assert.deepEqual(violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160))]), [], `${width} ${colorScheme}`);
    }
  await guest.context().close();
});
