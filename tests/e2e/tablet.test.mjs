// A tablet shows two things at a time, to customers and to colleagues: the list beside what is open. Made by the server,
// so without scripts too; and turning it round loses nothing that was typed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { phone, ready, row, stage, tablet, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const turned = { width: 1180, height: 820 };
const s = stage();

async function wellMade(page, name) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} scrolls sideways`);
  const small = await page.evaluate(() => [...document.querySelectorAll('a, button, textarea, select, summary')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && getComputedStyle(e).display !== 'inline' && (box.height < 43.5 || box.width < 43.5);
  }).map(e => e.outerHTML.slice(0, 100)));
  assert.deepEqual(small, [], `${name}: wide enough for a finger`);
  await page.evaluate(axe);
  /* sizes are measured above; axe takes what the bar at the thumb half covers just now for a small target */
  assert.deepEqual(await page.evaluate(async runOnly => (await window.axe.run(document, { runOnly, rules: { 'target-size': { enabled: false } } })).violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`), tags), [], name);
}

// The one stands beside the other, both wholly on the screen.
async function sideBySide(page, first, second, name) {
  const [a, b] = [await page.locator(first).boundingBox(), await page.locator(second).boundingBox()], { width } = page.viewportSize();
  assert.ok(a.x + a.width <= b.x + 1 && b.x + b.width <= width + 1 && a.width > 200 && b.width > 300, `${name}: ${JSON.stringify([a, b])}`);
}

const asks = ['La eSIM non si attiva sul telefono nuovo', 'Ho pagato due volte la bolletta di ottobre', 'Il modem lampeggia rosso da ieri sera'];

test('S12 two panes on a tablet: a customer has the list beside the open request, topic and article, without scripts', async () => {
  const page = await s.open({ size: tablet, javaScriptEnabled: false });
  for (const text of asks) {
    await page.goto(s.base + '/ask');
    await page.fill('#text', text);
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests\/\d+/);
  }
  await page.goto(s.base + '/requests');
  await page.locator('a.req', { hasText: asks[1] }).click();
  for (const size of [tablet, turned]) {
    await page.setViewportSize(size);
    await sideBySide(page, '.beside', 'main', 'requests');
    assert.deepEqual(await page.locator('.beside .found b').allInnerTexts(), [...asks].reverse(), 'all of theirs, the newest first');
    assert.equal(await page.locator('.beside [aria-current="page"]').innerText().then(text => text.split('\n')[0]), asks[1]);
  }
  await page.locator('.beside a', { hasText: asks[0] }).click();
  await page.locator('main h1', { hasText: asks[0] }).waitFor();
  assert.equal(await page.locator('.beside [aria-current="page"] b').innerText(), asks[0]);
  await page.fill('#text', 'Aggiungo: è un telefono nuovo');
  for (const size of [tablet, phone, { width: 780, height: 360 }, turned]) {
    await page.setViewportSize(size);
    assert.equal(await page.inputValue('#text'), 'Aggiungo: è un telefono nuovo', 'turned round, it is still there');
    assert.equal(await page.locator('.beside').isVisible(), size.width >= 768, `${size.width}: one thing at a time in the hand`);
  }
  await page.getByRole('button', { name: 'Invia' }).click();
  await page.locator('.chat-log').getByText('Aggiungo: è un telefono nuovo').waitFor();

  await page.goto(s.base + '/community');
  const topic = page.locator('main .found a[href*="/community/t/"]').first(), title = await topic.locator('b').innerText();
  await topic.click();
  await page.locator('main h1', { hasText: title }).waitFor();
  for (const size of [tablet, turned]) {
    await page.setViewportSize(size);
    await sideBySide(page, '.beside', 'main', 'community');
  }
  assert.equal(await page.locator('.beside [aria-current="page"] b').innerText(), title);
  const other = page.locator('.beside a:not([aria-current]):not(.btn)').first(), next = await other.locator('b').innerText();
  await other.click();
  await page.locator('main h1', { hasText: next }).waitFor();

  await page.goto(s.base + '/help');
  await page.locator('main .found a[href*="/help/"]').first().click();
  for (const size of [tablet, turned]) {
    await page.setViewportSize(size);
    await sideBySide(page, '.beside', 'main', 'help');
  }
  assert.equal(await page.locator('.beside [aria-current="page"]').count(), 1);
  await page.context().close();
});

for (const [lang, scheme] of [['it-IT', 'light'], ['en-GB', 'dark']])
  test(`a customer’s tablet: axe finds nothing, nothing scrolls sideways (${lang}, ${scheme})`, async () => {
    const page = await s.open({ size: tablet, lang, scheme, bypassCSP: true });
    await page.goto(s.base + '/ask');
    await page.fill('#text', 'Unaparolalunghissimasenzaspazichevadacapodasola'.repeat(2));
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests\/\d+/);
    const request = page.url();
    await page.goto(s.base + '/community');
    const topic = s.base + await page.locator('main .found a[href*="/community/t/"]').first().getAttribute('href');
    for (const where of [request, topic])
      for (const size of [tablet, turned, phone, { width: 390, height: 844 }, { width: 780, height: 360 }, wide]) {
        await page.setViewportSize(size);
        await page.goto(where);
        await wellMade(page, `${new URL(where).pathname}, ${size.width}`);
        for (const last of [page.locator('.bar a').last()]) {
          await last.scrollIntoViewIfNeeded();
          const box = await last.boundingBox();
          assert.ok(box.y + box.height <= size.height + 1, `${size.width}: the last section can be reached`);
        }
      }
    await page.context().close();
  });

test('S12 two panes on a tablet: a colleague has the list beside the story, the person in a drawer, and loses no word by turning it', async () => {
  const customer = await s.phone('Elsa Brandi', 'whatsapp');
  await customer.write('Il bonifico è partito ieri e la linea è ancora sospesa');
  for (const [lang, scheme, size] of [['it-IT', 'light', tablet], ['en-GB', 'dark', turned]]) {
    const page = await s.signIn(lang === 'it-IT' ? 'giulia' : 'aisha', { size, lang, scheme, bypassCSP: true, hasTouch: true });
    await page.goto(s.base + '/desk?tab=all');
    await ready(page);
    await sideBySide(page, '.queue', '.today', 'nobody open');
    await row(page, 'ancora sospesa').locator('a').tap();
    await page.locator('.msg.latest').waitFor();
    await ready(page);
    await sideBySide(page, '.queue', 'main.talk', 'a story');
    assert.equal(await page.locator('#who').isVisible(), false);
    await page.locator('[popovertarget="who"]').first().tap();
    await page.locator('#who:popover-open').waitFor();
    const drawer = await page.locator('#who').boundingBox();
    assert.ok(drawer.x > size.width / 2 && drawer.x + drawer.width <= size.width + 1, 'the person slides over from the end side');
    await page.locator('#who [popovertargetaction="hide"]').tap();
    assert.equal(await page.locator('.turns').isVisible(), false, 'the list is there: no need of what stands for it');
    const words = 'riattivare la linea';
    const field = page.locator('#need');
    await field.fill(words);
    for (const other of [turned, { width: 768, height: 1024 }, tablet, { width: 780, height: 360 }, phone, size]) {
      await page.setViewportSize(other);
      assert.equal(await field.inputValue(), words);
    }
    await wellMade(page, `a story, ${size.width}`);
    await page.reload();
    await ready(page);
    await page.setViewportSize(phone);
    await page.waitForTimeout(300);
    const latest = await page.locator('.composer .key').boundingBox();
    assert.ok(latest.y > 0 && latest.y + latest.height <= phone.height + 1, 'made narrow, it stands at its latest words');
    await page.setViewportSize(size);
    const [place] = [await page.locator('#rows').evaluate(rows => { rows.scrollTop = 400; return rows.scrollTop; })];
    await page.locator('#rows > li > a').nth(6).tap();
    await page.waitForURL(/\/desk\/c\//);
    await ready(page);
    assert.equal(await page.locator('#rows').evaluate(rows => rows.scrollTop), place, 'the list stays where it was');
    await page.context().close();
  }
  await customer.page.context().close();
});

test('what stands below the form does not press the story together', async () => {
  const page = await s.open({ size: { width: 1440, height: 760 } });
  await page.goto(s.base + '/ask');
  await page.fill('#text', 'La ricarica non arriva');
  await page.locator('main form button.key').click();
  await page.locator('.chat-log li').first().waitFor();
  await page.locator('#push button').first().waitFor(); // the last that comes, by script
  const [steps, said, form] = [await page.locator('.steps-line').boundingBox(), await page.locator('.chat-log li').first().boundingBox(), await page.locator('.write-on').boundingBox()];
  assert.ok(said.y >= steps.y + steps.height && said.y + said.height <= form.y, JSON.stringify({ steps, said, form }));
  await page.context().close();
});
