// What meets the eye and no machine rule names: scripts that run from the right, a long story in the hand, paper,
// and a search that says by what it was narrowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phone, row, stage, wide } from './support.mjs';

const s = stage();
const shown = locator => locator.evaluateAll(all => all.filter(e => e.checkVisibility()).length);

test('words run in the direction of their own script', async () => {
  const noa = await s.phone('Noa Levi', 'whatsapp', { lang: 'en' });
  await noa.write('שלום, האינטרנט לא עובד 😡');
  const page = await s.signIn('giulia');
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'Noa Levi').getByText('שלום').click();
  const words = page.locator('.msg .words', { hasText: 'שלום' });
  await words.waitFor();
  const edges = await words.evaluate(e => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const text = range.getBoundingClientRect(), box = e.getBoundingClientRect();
    return { left: text.left - box.left, right: box.right - text.right };
  });
  assert.ok(edges.right < 8 && edges.left > 40, `from the right: ${JSON.stringify(edges)}`);
  for (const p of [noa.page, page]) await p.context().close();
});

test('a story in the hand keeps its name and the way back in sight; of several in a row the first says since when', async () => {
  const davide = await s.phone('davide', 'whatsapp');
  for (let i = 1; i <= 12; i++) await davide.write(`Riga numero ${i}: il modem lampeggia rosso, poi verde, poi si spegne e resta spento tutta la notte.`);
  const page = await s.signIn('giulia', { size: phone });
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'Riga numero 12').locator('a').click();
  const last = page.locator('.msg .words', { hasText: 'Riga numero 12' });
  await last.waitFor();
  for (const part of [page.locator('#talk-h'), page.locator('.talk .back'), last]) {
    const box = await part.boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= phone.height, `in sight: ${JSON.stringify(box)}`);
  }
  assert.equal(await page.locator('.msg .wait').count(), 12, 'each message waits');
  assert.equal(await shown(page.locator('.msg .wait')), 1);
  assert.equal(await shown(page.locator('.menu kbd')), 0, 'no keys where there are none');
  for (const p of [davide.page, page]) await p.context().close();
});

test('in the hand nothing moves under the fingers or the eyes when something arrives', async () => {
  const ada = await s.phone('Ada Quaglia', 'whatsapp');
  for (let i = 1; i <= 8; i++) await ada.write(`Prima riga lunga numero ${i}: la bolletta di questo mese è il doppio di quella di sempre e non so perché.`);
  const page = await s.signIn('giulia', { size: phone });
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'lunga numero 8').locator('a').click();
  const place = locator => locator.evaluate(e => e.getBoundingClientRect().top);
  const arrives = async words => {
    await ada.write(words);
    await page.locator('.msg .words', { hasText: words }).waitFor();
    await page.waitForTimeout(200);
  };
  await page.locator('#need').pressSequentially('Capire la bol');
  const written = await place(page.locator('#need'));
  await arrives('Arriva mentre si scrive');
  assert.ok(Math.abs(await place(page.locator('#need')) - written) < 3, 'the line that is being written');
  assert.equal(await page.inputValue('#need'), 'Capire la bol');
  const read = page.locator('.msg', { hasText: 'lunga numero 3' });
  await read.evaluate(e => e.scrollIntoView({ block: 'center' }));
  const seen = await place(read);
  await arrives('Arriva mentre si legge');
  assert.ok(Math.abs(await place(read) - seen) < 3, 'the words that are being read');
  await page.locator('#new-below button').waitFor();
  for (const p of [ada.page, page]) await p.context().close();
});

test('a very long name leaves room for what one does, and too many letters for the rest of the line', async () => {
  const maria = await s.phone('Maria Massimiliana Guglielmina della Torre-Sanseverino', 'x');
  await maria.write('@nuvolamobile la bolletta da 312 € non è mia');
  const page = await s.signIn('giulia');
  await page.goto(s.base + '/desk?tab=all');
  await row(page, 'la bolletta da 312').locator('a').click();
  await page.fill('#need', 'Capire da dove vengono i 312 € della bolletta, senza doverlo chiedere un’altra volta');
  await page.locator('.composer').getByText('Ho ascoltato').click();
  await page.locator('#reply').fill('Buongiorno, sono Giulia. '.repeat(20));
  await page.locator('#count.beyond').waitFor();
  for (const width of [wide.width, 820, phone.width, 320]) {
    await page.setViewportSize({ width, height: 900 });
    const cut = await page.evaluate(() => {
      const side = document.getElementById('talk-head').getBoundingClientRect();
      return [...document.querySelectorAll('#talk-head :is(button, .words, .change)')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > side.right + 1).map(e => e.outerHTML.slice(0, 90));
    });
    assert.deepEqual(cut, [], `${width} wide`);
    assert.ok((await page.locator('#count').boundingBox()).width < 120, `${width} wide: the count is a figure, not a bar`);
  }
  for (const p of [maria.page, page]) await p.context().close();
});

test('on paper a story is the story alone', async () => {
  const page = await s.signIn('giulia', { size: wide });
  await page.locator('#rows a').first().click();
  await page.locator('#talk-h').waitFor();
  await page.emulateMedia({ media: 'print' });
  for (const off of ['.rail', '.queue', '.composer', '.skip']) assert.equal(await shown(page.locator(`body > ${off}, main ${off}`)), 0, off);
  assert.ok(await shown(page.locator('#talk-h, .msg .words')) > 1);
  await page.context().close();
});

test('a search says by what it was narrowed, in its place and in the title', async () => {
  const page = await s.signIn('giulia');
  await page.goto(s.base + '/desk/search?q=fibra&network=facebook&from=2026-01-31');
  assert.equal(await page.title(), 'fibra · Tutto quello che è stato detto · Ascolto');
  assert.match(await page.locator('.drawer > summary').innerText(), /Facebook · dal 31 gennaio/);
  await page.context().close();
});

test('who looks a second time does not read beside it who decided', async () => {
  const page = await s.signIn('sara');
  const model = await (await page.request.get(s.base + '/desk/aside', { headers: { accept: 'application/json' } })).json();
  assert.ok(model.second.length > 0);
  const drawn = new Set(model.second.map(look => look.id));
  assert.deepEqual(model.kept.filter(kept => kept.drawn).map(kept => kept.conversation).sort(), [...drawn].sort());
  for (const kept of model.kept) assert.equal(kept.by === null && !kept.reason, drawn.has(kept.conversation));
  await page.goto(s.base + '/desk/aside');
  assert.equal(await page.getByText('messo da parte da un collega').count(), drawn.size);
  await page.context().close();
});

test('a command that is shown breaks between its words only, and no page is wider than the hand', async () => {
  const sideways = page => page.evaluate(() => Math.max(...[document.documentElement, ...document.querySelectorAll('main, .sheet')].map(e => e.scrollWidth - e.clientWidth)));
  for (const size of [{ width: 320, height: 640 }, phone, wide]) {
    const page = await s.signIn('admin', { size });
    await page.goto(s.base + '/desk/retention');
    const parts = page.locator('p code > span');
    assert.deepEqual(await parts.allInnerTexts(), ['ascolto retention', '--run', '--move-to FILE']);
    assert.deepEqual(await parts.evaluateAll(all => all.map(e => e.getClientRects().length)), [1, 1, 1]);
    assert.ok(await sideways(page) <= 0, `${size.width}: ${await sideways(page)} px`);
    await page.goto(s.base + '/desk/nowhere');
    const [head, words] = await page.evaluate(() => ['main h1', 'main .words'].map(at => { const range = document.createRange(); range.selectNodeContents(document.querySelector(at)); const box = range.getBoundingClientRect(); return (box.left + box.right) / 2; }));
    assert.ok(Math.abs(head - words) < 2, `the words stand under their headline: ${head} and ${words}`);
    assert.ok(await sideways(page) <= 0);
    await page.context().close();
  }
});
