// Signing in with one's own device, on a phone with an authenticator as Chromium simulates it: added with the keyboard alone,
// used where nobody is known any more, removed; without scripts, and at an address in numbers, nothing of it is there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { focused, focusShows, phone, stage, tablet, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const s = stage({ prepare: it => { it.named = it.base.replace('127.0.0.1', 'localhost'); it.houses.push(it.named); } });

async function sound(page, what) {
  for (const size of [phone, tablet, wide]) {
    await page.setViewportSize(size);
    const small = await page.evaluate(() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main a.key, main a.btn')]
      .filter(e => e.getBoundingClientRect().height && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90)));
    assert.deepEqual(small, [], `${what}: large enough for a finger`);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight)); // nothing half below the bar
      if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
      const wrong = await page.evaluate(async runOnly => (await window.axe.run(document, { runOnly })).violations.map(v => `${v.id}: ${v.nodes[0].html}`), tags);
      assert.deepEqual(wrong, [], `${what} ${size.width} ${colorScheme}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${what} ${size.width}`);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/passkey-${what}-${size.width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: 'light' });
}

// A phone that unlocks with a finger, which is on it at once.
async function unlocking(page) {
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  return { keys: async () => (await device.send('WebAuthn.getCredentials', { authenticatorId })).credentials };
}

// By the keyboard alone: the Tab key, until it stands on what is meant.
async function tabTo(page, words) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    if ((await focused(page))?.text.includes(words)) {
      assert.ok(await focusShows(page), `${words}: the focus shows`);
      return;
    }
  }
  assert.fail(`the keyboard never comes to “${words}”`);
}
const answered = (page, where, act) => Promise.all([page.waitForResponse(r => r.request().method() === 'POST' && new URL(r.url()).pathname === where), act]).then(([r]) => r.status());

for (const [lang, its] of [
  ['it-IT', { offer: 'La prossima volta entra', add: 'Aggiungi questo dispositivo', enter: 'Entra con impronta, volto o PIN', remove: 'Togli', added: 'La prossima volta entri così', there: 'già nella lista', removed: 'qui non apre più niente', unknown: 'qui non apre niente', used: 'usata', unused: 'mai usata' }],
  ['en-GB', { offer: 'Next time, sign in', add: 'Add this device', enter: 'Sign in with your fingerprint, face or PIN', remove: 'Remove', added: 'Next time you sign in this way', there: 'in the list already', removed: 'opens nothing here any more', unknown: 'opens nothing here', used: 'used', unused: 'never used' }],
])
  test(`added, used where nobody is known any more, removed (${lang})`, { timeout: 180000 }, async () => {
    const page = await s.open({ size: phone, lang }), device = await unlocking(page), words = `Il mio segreto ${lang}`;
    const name = what => `${what}-${lang.slice(0, 2)}`;
    await page.goto(`${s.named}/ask`);
    await page.fill('#text', words);
    await page.fill('#name', 'Ines Impronta');
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests\/\d+/);
    await page.goto(`${s.named}/requests`);
    await page.getByRole('link', { name: its.offer }).click();
    await page.waitForURL(/\/me\/passkeys$/);
    const add = page.getByRole('button', { name: its.add });
    await add.waitFor();
    assert.ok(await page.locator('#passkey-cannot').isHidden());
    assert.match(await page.inputValue('#name'), /Chrome, Linux/);
    await sound(page, name('none'));
    await tabTo(page, its.add);
    assert.equal(await answered(page, '/me/passkeys', page.keyboard.press('Enter')), 200);
    await page.waitForURL(/done=added$/);
    await page.getByRole('status').filter({ hasText: its.added }).waitFor();
    await page.locator('.passkeys li', { hasText: 'Chrome, Linux' }).filter({ hasText: its.unused }).waitFor();
    const [key] = await device.keys();
    assert.deepEqual([key.rpId, key.isResidentCredential, key.userName], ['localhost', true, 'Ines Impronta']);
    await sound(page, name('added'));
    await tabTo(page, its.add); // the same device again
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: its.there }).waitFor();
    assert.equal((await device.keys()).length, 1);

    await page.context().clearCookies();
    await page.goto(`${s.named}/requests`);
    assert.equal(await page.getByText(words).count(), 0, 'nobody is known here any more');
    await page.goto(`${s.named}/sign-in`);
    await page.getByRole('button', { name: its.enter }).waitFor();
    await sound(page, name('enter'));
    await tabTo(page, its.enter);
    assert.equal(await answered(page, '/sign-in/passkey', page.keyboard.press('Enter')), 200);
    await page.waitForURL(/\/requests$/);
    await page.getByText(words).waitFor();
    await page.goto(`${s.named}/sign-in`);
    await page.getByText('Ines Impronta').first().waitFor();
    assert.equal(await page.locator('#passkey').count(), 0, 'who is in is not asked in');
    await page.getByRole('link', { name: its.offer }).click();
    await page.locator('.passkeys li').filter({ hasText: its.used }).waitFor();
    assert.equal(await page.locator('.passkeys li').filter({ hasText: its.unused }).count(), 0);
    await tabTo(page, its.remove);
    assert.equal(await answered(page, new URL(await page.locator('.passkeys form').first().getAttribute('action'), s.named).pathname, page.keyboard.press('Enter')), 303);
    await page.waitForURL(/done=removed$/);
    await page.getByRole('status').filter({ hasText: its.removed }).waitFor();
    assert.equal(await page.locator('.passkeys').count(), 0);
    await sound(page, name('removed'));

    await page.context().clearCookies();
    await page.goto(`${s.named}/sign-in`);
    assert.equal(await answered(page, '/sign-in/passkey', page.getByRole('button', { name: its.enter }).click()), 404);
    await page.getByRole('status').filter({ hasText: its.unknown }).waitFor();
    await page.goto(`${s.named}/requests`);
    assert.equal(await page.getByText(words).count(), 0);
  });

test('without scripts, and at an address in numbers, all is as it was', async () => {
  for (const [base, javaScriptEnabled] of [[s.named, false], [s.base, true]]) {
    const page = await s.open({ size: phone, javaScriptEnabled });
    await page.goto(`${base}/ask`);
    await page.fill('#text', 'Come prima');
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests\/\d+/);
    await page.goto(`${base}/requests`);
    await page.getByRole('link', { name: 'Ritrovalo qui' }).waitFor();
    assert.equal(await page.getByText('impronta').filter({ visible: true }).count(), 0);
    await page.goto(`${base}/sign-in`);
    await page.getByLabel('Il tuo indirizzo e-mail').waitFor();
    assert.equal(await page.getByText('impronta').filter({ visible: true }).count(), 0);
    assert.equal(await page.locator('#passkey:visible').count(), 0);
  }
});
