// The same work with the keyboard alone: every stop can be seen, single keys work and can be turned off, dialogs and menus
// take the focus and give it back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Colleague } from '../http/support.mjs';
import { focused, focusShows, leaving, mark, marked, password, ready, row, stage, until } from './support.mjs';

const s = stage();
const tabTo = async (page, wanted, most = 60) => {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(w => document.activeElement?.matches(w), wanted)) return i + 1;
  }
  throw new Error(`${most} tabs do not reach ${wanted}`);
};
const has = (page, wanted) => page.evaluate(w => !!document.activeElement?.closest(w), wanted);
const hear = async (page, person, says) => {
  const customer = await s.phone(person, 'whatsapp');
  await customer.write(says);
  await customer.page.context().close();
  await page.goto(s.base + '/desk?tab=all');
  await row(page, says).waitFor();
};

test('sign in, listen, answer and take it back, without a mouse', async t => {
  s.undo(60, t);
  const page = await s.open();
  await page.goto(s.base + '/desk/sign-in');
  await tabTo(page, '#user', 5);
  await page.keyboard.type('giulia@nuvola.example');
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(url => url.pathname === '/desk');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).text, 'Vai al contenuto');
  assert.ok(await focusShows(page), 'the skip link can be seen');
  await page.keyboard.press('Enter');
  assert.equal(new URL(page.url()).hash, '#main');

  await hear(page, 'Tina Tasti', 'Come si attiva la segreteria?');
  await page.keyboard.press('j');
  assert.ok(await has(page, '#rows > li:first-child'));
  await page.keyboard.press('j');
  assert.ok(await has(page, '#rows > li:nth-child(2)'));
  assert.ok(await focusShows(page));
  await page.keyboard.press('k');
  const first = await focused(page);
  assert.ok(first.text.includes('Tina Tasti'), first.text);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/c\/\d+/);
  await page.keyboard.press('r');
  assert.equal((await focused(page)).id, 'need');
  await page.keyboard.type('jklr: attivare la segreteria');
  assert.equal(await page.inputValue('#need'), 'jklr: attivare la segreteria', 'keys are letters in a field');
  await page.keyboard.press('Enter');
  await page.locator('#reply').waitFor();
  await ready(page);
  await page.keyboard.press('r');
  assert.equal((await focused(page)).id, 'reply');
  await page.keyboard.type('Tina, si chiama il 919 e si segue la voce.');
  await page.keyboard.press('Control+Enter');
  await leaving(page);
  await page.keyboard.press('Control+z');
  await page.getByText('Ripreso.').waitFor();
  assert.equal(await page.inputValue('#reply'), 'Tina, si chiama il 919 e si segue la voce.');
  await ready(page);
  await tabTo(page, 'form.reply [name=door]', 3);
  await mark(page);
  await page.keyboard.press('Enter');
  await page.waitForTimeout(300);
  await tabTo(page, 'form.reply .key');
  assert.ok(await marked(page), 'Enter on a door sends nothing');
  await page.keyboard.press('Enter');
  await leaving(page);
  await page.context().close();
});

test('a channel is connected, paused, opened again and removed with the keyboard alone', async () => {
  const page = await s.signIn('admin');
  await page.goto(s.base + '/desk/channels');
  const press = async (wanted, key = 'Enter', most = 80) => {
    await tabTo(page, wanted, most);
    assert.ok(await focusShows(page), `${wanted} can be seen`);
    await page.keyboard.press(key);
  };
  await press('main a[href$="new?network=telegram"]', 'Enter', 120);
  await page.waitForURL(/new\?network=telegram/);
  await tabTo(page, 'main form .key', 20);
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).id, 's-bot_token', 'the first field that is needed says so');
  await page.keyboard.type('123456:prova-con-la-tastiera');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).id, 's-secret_token');
  await page.keyboard.type('segreto-della-tastiera');
  await page.keyboard.press('Tab');
  assert.ok(await has(page, 'main form details > summary'), 'what may stay as it is is folded away');
  assert.equal(await page.locator('#s-api_base').isVisible(), false);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).id, 's-api_base');
  await page.keyboard.press('Control+a');
  await page.keyboard.type(new URL('/nobody', s.base).href);
  await press('main form .key');
  await page.waitForURL(/\/desk\/channels\/\d+/);
  await page.locator('#steps').waitFor();
  await press('main form[action$="/state"] button');
  await page.locator('main form[action$="/state"] .key').waitFor();
  await press('main form[action$="/state"] .key');
  await page.locator('main form[action$="/state"] .btn').waitFor();
  const where = new URL(page.url()).pathname;
  await press('main [name=sure]', 'Space');
  await press('main form[action$="/remove"] button', 'Enter', 2);
  await page.waitForURL(url => url.pathname === '/desk/channels');
  assert.equal(await page.locator(`main a[href="${where}"]`).count(), 0);
  await page.context().close();
});

test('two who may be the same are joined and parted with the keyboard alone', async () => {
  const admin = await new Colleague(s.base).signIn('admin@nuvola.example', password);
  const mastodon = (await admin.json('/desk/channels')).channels.find(c => c.network === 'mastodon').id;
  const customers = [];
  for (const place of ['x', 'mastodon']) {
    customers.push(await s.phone('davide', place));
    await customers.at(-1).write(`@nuvolamobile il modem si spegne (${place})`);
  }
  const story = await until('both are on the desk', async () => {
    await admin.post(`/desk/channels/${mastodon}/ask`, {});
    const [onX, there] = await Promise.all(['x', 'mastodon'].map(place => admin.find(`si spegne (${place})`)));
    return onX && there;
  });
  const page = await s.signIn('giulia');
  await page.goto(`${s.base}/desk/c/${story.id}`);
  await tabTo(page, 'a[href$="#merge"]', 200);
  assert.ok(await focusShows(page));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/person\/\d+/);
  await tabTo(page, 'form[action$="/merge"] button', 120);
  assert.ok(await focusShows(page));
  await page.keyboard.press('Enter');
  await page.locator('#toast', { hasText: 'Ora è una persona sola' }).waitFor();
  assert.equal((await page.locator('#toast form button').innerText()).trim(), 'Annulla', 'nothing to take back: it is undone');
  await tabTo(page, 'form[action^="/desk/merge/"] button', 120);
  assert.ok(await focusShows(page));
  await page.keyboard.press('Enter');
  await page.locator('#toast', { hasText: 'Di nuovo due persone' }).waitFor();
  for (const p of [page, ...customers.map(c => c.page)]) await p.context().close();
});

test('each stop of the focus can be seen, and lies where it can be seen', async () => {
  const page = await s.signIn('admin');
  await page.goto(s.base + '/desk?tab=waiting');
  const story = new URL(await page.locator('#rows > li > a').nth(3).evaluate(a => a.href)).pathname;
  await page.goto(s.base + story);
  const person = new URL(await page.locator('#talk-h a').evaluate(a => a.href)).pathname;
  const ledger = async () => (await page.context().request.get(s.base + '/desk/ledger', { headers: { accept: 'application/json' } })).json();
  const statement = (await until('a signed day', async () => (await ledger()).days.find(d => d.signed))).slug;
  const wrong = [];
  for (const where of ['/desk', story, person, '/desk/ledger', `/desk/statement/${statement}`, '/desk/aside', '/desk/channels', '/desk/channels/new?network=x', '/desk/unread', '/desk/team', '/desk/tokens', '/desk/audit', '/desk/labels',
    '/desk/views', '/desk/me', '/desk/search?q=fibra', '/desk/palette?q=ma', '/desk/shortcuts', '/desk/welcome', '/desk/nowhere']) {
    await page.goto(s.base + where);
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      const at = await focused(page);
      if (!at || at.tag === 'body') break;
      if (!await focusShows(page)) wrong.push(`${where}: no ring on ${JSON.stringify(at)}`);
      const sight = await page.evaluate(() => {
        const e = document.activeElement, box = (e.matches('.cover, input') && e.closest('label') || e).getBoundingClientRect();
        return box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      });
      if (!sight) wrong.push(`${where}: out of sight: ${JSON.stringify(at)}`);
    }
  }
  assert.deepEqual(wrong, []);
  await page.context().close();
});

test('the palette: opens, finds, goes; Escape gives the focus back; what is behind cannot be reached', async () => {
  const page = await s.signIn('luca');
  await page.keyboard.press('j');
  const before = await focused(page);
  await page.keyboard.press('Control+k');
  await page.locator('dialog[open] #pal').waitFor();
  assert.ok(await has(page, 'dialog[open]'));
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest('dialog[open]')), 'the focus stays within');
  }
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.deepEqual(await focused(page), before, 'the focus is back where it was');

  await page.keyboard.press('Control+k');
  await page.locator('dialog[open] #pal').waitFor();
  await page.keyboard.type('regis');
  await page.locator('dialog[open] [role=option][aria-selected=true]', { hasText: 'Registro' }).waitFor();
  assert.equal(await page.getAttribute('dialog[open] #pal', 'aria-activedescendant'), await page.locator('dialog[open] [aria-selected=true]').getAttribute('id'));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/ledger/);
  await page.keyboard.press('Control+k');
  await page.locator('dialog[open] #pal').waitFor();
  await page.keyboard.type('Ornella Ba');
  await page.locator('dialog[open] [role=option]', { hasText: 'Ornella Bassi' }).first().waitFor();
  const url = page.url();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForURL(now => now.href !== url);
  await page.getByRole('heading', { name: 'Ornella Bassi' }).first().waitFor();
  await page.context().close();
});

test('menus of a story by single keys: the focus goes in, Escape gives it back', async () => {
  const page = await s.signIn('sara');
  await page.goto(s.base + '/desk?tab=waiting');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/c\/\d+/);
  for (const [key, menu] of Object.entries({ n: 'note', e: 'close', z: 'snooze', h: 'hand', a: 'assign', l: 'label', x: 'aside' })) {
    await page.keyboard.press('j');
    const before = await focused(page);
    await page.keyboard.press(key);
    await page.locator(`#menu-${menu}:popover-open`).waitFor();
    assert.ok(await has(page, `#menu-${menu}`), `${key}: the focus is in the menu`);
    assert.ok(await focusShows(page), `${key}: and can be seen`);
    await page.keyboard.press('Escape');
    await page.locator(`#menu-${menu}:popover-open`).waitFor({ state: 'detached' });
    assert.deepEqual(await focused(page), before, `${key}: the focus is back`);
  }
  await page.keyboard.press('n');
  await page.keyboard.type('Richiamare dopo le 18, prima è al lavoro.');
  await page.keyboard.press('Control+Enter');
  await page.locator('.note', { hasText: 'Richiamare dopo le 18' }).waitFor();
  await ready(page);
  await page.keyboard.press('a');
  await page.locator('#menu-assign:popover-open').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#toast').waitFor();
  await page.context().close();
});

test('single keys can be turned off, and stay off', async () => {
  const page = await s.signIn('marco');
  await page.keyboard.press('j');
  const before = await focused(page);
  await page.keyboard.press('?');
  await page.locator('dialog[open] h1', { hasText: 'Scorciatoie' }).waitFor();
  assert.equal(await page.isChecked('dialog[open] [data-single-keys-switch]'), true);
  const kept = page.waitForResponse(r => r.url().endsWith('/desk/me/keys'));
  await page.locator('dialog[open] [data-single-keys-switch]').focus();
  await page.keyboard.press('Space');
  assert.ok((await kept).ok());
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.deepEqual(await focused(page), before);
  const still = async why => {
    await mark(page);
    const at = await focused(page);
    for (const key of ['j', 'k', 's', '?', 'v']) await page.keyboard.press(key);
    assert.ok(await marked(page), why);
    assert.deepEqual(await focused(page), at, why);
    assert.equal(await page.locator('dialog[open]').count(), 0, why);
  };
  await still('off at once');
  await page.reload();
  await still('off after a reload');
  await page.keyboard.press('Control+k');
  await page.locator('dialog[open] #pal').waitFor();
  await page.keyboard.press('Escape');
  await page.goto(s.base + '/desk/shortcuts');
  await page.check('[name="single_keys"]');
  await Promise.all([page.waitForResponse(r => r.request().method() === 'POST'), page.getByRole('button', { name: 'Salva' }).click()]);
  await page.goto(s.base + '/desk');
  await page.keyboard.press('j');
  assert.ok(await has(page, '#rows > li'), 'on again');
  await page.context().close();
});

test('reading only: nothing offers what the role cannot do', async () => {
  const page = await s.signIn('ettore');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/c\/\d+/);
  await page.getByText('Qui leggi soltanto').waitFor();
  assert.equal(await page.locator('#reply, #need, #note, [popovertarget^="menu-"], .change').count(), 0);
  for (const key of ['r', 'n', 'e', 'z', 'h']) await page.keyboard.press(key);
  assert.equal(await page.locator(':popover-open').count(), 0);
  await until('the page is calm', async () => true);
  await page.context().close();
});
