// My requests by e-mail, on a phone: a code that comes by mail, told where one chose, the talk to keep. Without scripts, with
// the keyboard alone, in two languages; axe finds nothing. The mail is read in the demo's own mailbox (/play/mail).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { cli, Colleague, write } from '../http/support.mjs';
import { focused, focusShows, password, phone, stage, tablet, until, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
const it = stage();

async function wellMade(page, name) {
  for (const size of [phone, tablet, wide]) {
    await page.setViewportSize(size);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(sideways <= 0, `${name} scrolls sideways by ${sideways} at ${size.width}`);
    const small = await page.evaluate(() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select, main a.key, main a.btn')]
      .map(e => [(['checkbox', 'radio'].includes(e.type) && e.closest('label')) || e, e]).filter(([box]) => box.getBoundingClientRect().width && box.getBoundingClientRect().height < 43.5).map(([, e]) => e.outerHTML.slice(0, 90)));
    assert.deepEqual(small, [], `${name}: large enough for a finger`);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      if (shots) await page.screenshot({ path: `${shots}/${name.replace(/\W+/g, '_')}-${size.width}-${colorScheme}.png`, fullPage: true });
      if (size !== phone) continue;
      if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
      const found = await page.evaluate(async () => (await window.axe.run(document)).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).slice(0, 3).join(' | ')}`));
      assert.deepEqual(found, [], `${name}, ${colorScheme}`);
    }
  }
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: 'light' });
}

// The newest letter to somebody with these words in its subject.
async function letter(mail, to, subject) {
  return until(`${subject} to ${to}`, async () => {
    await mail.goto(`${it.base}/play/mail`);
    const found = mail.locator('article', { hasText: to }).filter({ has: mail.locator('h2', { hasText: subject }) }).first();
    return (await found.count()) && { subject: await found.locator('h2').innerText(), text: await found.innerText(), links: await found.locator('a').evaluateAll(all => all.map(a => a.href)) };
  });
}
const codeIn = l => l.subject.match(/\d{6}/)[0];
const due = () => write(path.join(it.demo.data, 'ascolto.db'), 'UPDATE untold SET due_at = 1');

test('S13 my requests by e-mail: on another phone, without a password and without scripts, a code by mail opens every story, and one goes on writing', async () => {
  const first = await it.open({ size: phone, javaScriptEnabled: false }), mail = await it.open({ size: phone });
  await first.goto(`${it.base}/ask`);
  await first.fill('#text', 'Mi è arrivata una bolletta doppia, la 4471');
  await first.fill('#name', 'Teresa Fontana');
  await first.fill('#email', 'teresa@posta.example');
  await first.locator('main form button.key').click();
  await first.waitForURL(/\/sign-in\/email$/);
  await first.fill('#code', codeIn(await letter(mail, 'teresa@posta.example', 'codice')));
  await first.locator('main form button.key').click();
  await first.waitForURL(/\/me\/notices/);
  assert.ok(await first.locator('[name=wanted]').isChecked(), 'who named an address while asking is told there');
  await first.locator('[name=nights]').check(); // tests run at any hour
  await first.locator('.notice-way button').click();
  await first.getByText('Fatto.').waitFor();

  const second = await it.open({ size: phone, javaScriptEnabled: false });
  await second.goto(`${it.base}/requests`);
  await second.getByRole('link', { name: /Ritrovalo qui/ }).click();
  await second.fill('#address', 'Teresa@posta.example');
  await second.getByRole('button', { name: 'Mandami un codice' }).click();
  await second.waitForURL(/\/sign-in\/email$/);
  await second.getByText('teresa@posta.example').waitFor();
  const code = await until('another code', async () => { const now = codeIn(await letter(mail, 'teresa@posta.example', 'codice')); return (await mail.locator('article', { hasText: 'teresa@posta.example' }).filter({ has: mail.locator('h2', { hasText: 'codice' }) }).count()) === 2 && now; });
  await second.fill('#code', code);
  await second.getByRole('button', { name: 'Entra' }).click();
  await second.waitForURL(/\/requests$/);
  await second.getByText('bolletta doppia').click();
  await second.fill('#text', 'La vedo anche dal telefono di casa');
  await second.locator('.write-on button.key').click();
  await second.locator('.chat-log').getByText('telefono di casa').waitFor();

  const giulia = await new Colleague(it.base).signIn('giulia@nuvola.example', password), id = second.url().match(/requests\/(\d+)/)[1];
  await giulia.listen(id, 'capire perché la bolletta è doppia');
  assert.equal((await giulia.reply(id, 'Teresa, la seconda è stata annullata')).status, 200);
  await until('told', () => it.sql('SELECT id FROM untold').length, 30000);
  due();
  const told = await letter(mail, 'teresa@posta.example', 'ti ha scritto');
  assert.match(told.subject, /^Giulia ti ha scritto$/);
  assert.doesNotMatch(told.text, /annullata/);
  const open = told.links.find(l => /\/requests\/\d+$/.test(l)), stop = told.links.find(l => /\/notices\/stop\//.test(l));
  await second.goto(open);
  await second.locator('.chat-log').getByText('la seconda è stata annullata').waitFor();
  await second.locator('form[action$="/letter"] button').click();
  await second.getByText('È in partenza.').waitFor();
  const talk = await letter(mail, 'teresa@posta.example', 'ci siamo detti');
  for (const words of ['bolletta doppia', 'telefono di casa', 'la seconda è stata annullata', 'Giulia']) assert.ok(talk.text.includes(words), words);
  const nobody = await it.open({ size: phone, javaScriptEnabled: false });
  await nobody.goto(stop);
  await nobody.getByRole('button', { name: 'Non avvisatemi più qui' }).click();
  await nobody.getByText('qui non ti avvisiamo più').waitFor();
  await second.goto(`${it.base}/me/notices`);
  assert.equal(await second.locator('[name=wanted]').isChecked(), false);
});

test('with the keyboard alone, in English: from the page to the code to the requests', async () => {
  const page = await it.open({ size: wide, lang: 'en-GB' }), mail = await it.open({ size: phone, lang: 'en-GB' });
  const to = async (test, key = 'Tab') => { for (let i = 0; i < 40; i++) { await page.keyboard.press(key); const f = await focused(page); if (f && test(f)) { assert.ok(await focusShows(page), JSON.stringify(f)); return; } } assert.fail(`never reached: ${test}`); };
  await page.goto(`${it.base}/sign-in`);
  await to(f => f.id === 'address');
  await page.keyboard.type('not an address@', { delay: 5 });
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('ada@mail.example');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/sign-in\/email$/);
  const l = await letter(mail, 'ada@mail.example', 'Your code');
  assert.match(l.text, /Tell it to nobody/);
  await to(f => f.id === 'code');
  await page.keyboard.type('12');
  await page.keyboard.press('Enter');
  await page.getByText('That is not it').waitFor();
  await to(f => f.id === 'code');
  await page.keyboard.type(codeIn(l));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/requests$/);
  const link = l.links.find(a => /\/sign-in\/link\//.test(a)), other = await it.open({ size: phone, lang: 'en-GB' });
  await other.goto(link);
  await other.getByText('opens in the browser in which you asked').waitFor();
});

test('every page of it is well made: three widths, by day and by night, axe', async () => {
  for (const [lang, code] of [['it-IT', 'codice'], ['en-GB', 'Your code']]) {
    const page = await it.open({ size: phone, lang }), mail = await it.open({ size: phone, lang }), address = `prova-${lang.slice(0, 2)}@posta.example`, name = what => `${what} ${lang.slice(0, 2)}`;
    await page.goto(`${it.base}/sign-in`);
    await wellMade(page, name('sign-in'));
    await page.fill('#address', address);
    await page.locator('form[action$="/sign-in/email"] button').click();
    await page.waitForURL(/\/sign-in\/email$/);
    await wellMade(page, name('the code'));
    const l = await letter(mail, address, code);
    await wellMade(mail, name('the mailbox'));
    await page.goto(l.links.find(a => /\/sign-in\/link\//.test(a)));
    await wellMade(page, name('the link'));
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests$/);
    await wellMade(page, name('requests'));
    await page.goto(`${it.base}/me/notices`);
    await wellMade(page, name('notices'));
    await page.goto(`${it.base}/ask`);
    await wellMade(page, name('ask'));
    await page.fill('#text', `Una domanda di prova ${lang}`);
    await page.locator('main form button.key').click();
    await page.waitForURL(/\/requests\/\d+/);
    await wellMade(page, name('a request'));
  }
});

test('told by SMS: without scripts a number is shown to be theirs, and every page of it is well made', async () => {
  const sms = it.sql("SELECT CAST(id AS TEXT) AS id FROM channel WHERE network = 'sms'")[0].id, marta = await it.phone('marta', 'sms');
  cli('channel', 'set', sms, '--set', 'letters=yes', '--data', it.demo.data, '--brand', 'nuvola');
  await marta.write('Vi scrivo dal mio telefono, per gli avvisi');
  const number = await until('they are known', () => it.sql("SELECT i.external_id AS n FROM identity i JOIN message m ON m.brand_id = i.brand_id AND m.author_id = i.external_id WHERE i.network = 'sms' AND m.text LIKE 'Vi scrivo dal mio telefono%'")[0]?.n);
  const page = await it.open({ size: phone, javaScriptEnabled: false }), seen = await it.open({ size: phone });
  await page.goto(`${it.base}/ask`);
  await page.fill('#text', 'Mi avvisate per SMS?');
  await page.locator('main form button.key').click();
  await page.waitForURL(/\/requests\/\d+/);
  await page.goto(`${it.base}/me/notices`);
  await seen.context().addCookies(await page.context().cookies());
  await seen.goto(page.url());
  await wellMade(seen, 'notices, a number');
  await page.fill('#number', '347 1234567');
  await page.getByRole('button', { name: 'Mandami un codice' }).last().click();
  await page.getByText('Questo non è un numero').waitFor();
  await page.getByRole('link', { name: 'Un altro numero' }).click();
  await page.fill('#number', number);
  await page.getByRole('button', { name: 'Mandami un codice' }).last().click();
  await page.waitForURL(/\/me\/notices\/phone$/);
  await page.getByText(number).waitFor();
  await seen.goto(page.url());
  await wellMade(seen, 'the code of a number');
  const [, code] = await until('the SMS', async () => (await marta.page.locator('body').innerText()).match(/(\d{6}) è il tuo codice/));
  await page.fill('#code', code);
  await page.getByRole('button', { name: 'È il mio numero' }).click();
  await page.waitForURL(/\/me\/notices\?saved=1$/);
  assert.ok(await page.locator('.notice-way', { hasText: number }).locator('[name=wanted]').isChecked());
  await seen.context().addCookies(await page.context().cookies());
  await seen.goto(page.url());
  await wellMade(seen, 'told by SMS');
});
