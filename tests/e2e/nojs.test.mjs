// Without scripts the desk is whole: sign in, listen, answer, note, close, let sleep, search, and read the ledger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phone, row, stage, until, UNDO, wide } from './support.mjs';

const s = stage();
const plain = { javaScriptEnabled: false };
const main = page => page.locator('#main');

for (const [size, says] of [[wide, 'Il decoder non trova i canali'], [phone, 'Il decoder è sparito dallo scaffale']])
  test(`${size.width} wide: listen, answer, take back, answer again`, async t => {
    s.undo(60, t);
    const customer = await s.phone('Piero Piano', 'messenger', plain);
    await customer.page.fill('#say', says);
    await customer.page.locator('form.say button.key').click();
    await customer.page.getByText(says).first().waitFor();
    const desk = await s.signIn('giulia', { size, ...plain });
    await desk.goto(s.base + '/desk?tab=all');
    await until('it is on the desk', async () => (await row(desk, says).count()) || (await desk.reload(), 0));
    await row(desk, says).locator('a').click();
    await desk.waitForURL(/#latest$/);
    assert.equal(await desk.locator('.only-js:visible').count(), 0, 'nothing that needs a script is offered');
    await desk.fill('#need', 'rivedere i canali');
    await desk.getByRole('button', { name: 'Ho ascoltato' }).click();
    await desk.fill('#reply', 'Piero, tenga premuto OK per dieci secondi.');
    await desk.locator('form.reply .key').click();
    await desk.locator('#toast').getByRole('button', { name: 'Riprendilo' }).click();
    await desk.getByText('Ripreso.').waitFor();
    s.undo(UNDO);
    await desk.fill('#reply', 'Piero, tenga premuto il tasto OK');
    await desk.locator('[name="door"]:checked').press('Enter');
    await desk.locator('#toast', { hasText: 'Bozza salvata.' }).waitFor();
    assert.equal(await desk.inputValue('#reply'), 'Piero, tenga premuto il tasto OK', 'Enter on a door keeps the draft and sends nothing');
    await desk.fill('#reply', 'Piero, tenga premuto il tasto OK per dieci secondi.');
    await desk.locator('form.reply .key').click();
    await desk.locator('#toast').waitFor();
    await until('the phone shows it', async () => { await customer.page.reload(); return customer.page.getByText('tenga premuto il tasto OK').count(); });
    await until('and the desk knows', async () => { await desk.reload(); return desk.locator('.msg.ours .by', { hasText: /consegnato|letto|inviato/ }).count(); });
    await desk.context().close();
    await customer.page.context().close();
  });

test('note, labels, sleep, close, open again, who takes it', async () => {
  const desk = await s.signIn('giulia', plain);
  await desk.locator('#rows > li > a').nth(5).click();
  const name = await desk.locator('#talk-h').innerText();
  await desk.locator('.composer [popovertarget="menu-note"]').first().click();
  await desk.fill('#note', 'Chiedere a Sara del modulo.');
  await desk.locator('#menu-note .key').click();
  await desk.locator('.note', { hasText: 'Chiedere a Sara' }).waitFor();
  const menu = async which => {
    await desk.locator('[popovertarget="menu-more"]').click();
    await desk.locator(`#menu-more [popovertarget="${which}"]`).click();
  };
  await menu('menu-label');
  await desk.locator('#menu-label label', { hasText: 'Roaming' }).or(desk.locator('#menu-label label', { hasText: 'All’estero' })).first().click();
  await desk.locator('#menu-label button[type=submit]').click();
  await desk.locator('.tag', { hasText: /Roaming|All’estero/ }).waitFor();
  await menu('menu-assign');
  await desk.getByRole('button', { name: 'Me ne occupo io' }).click();
  await desk.getByText('Cambiato chi se ne occupa').waitFor();
  await menu('menu-snooze');
  await desk.locator('#menu-snooze').getByText('Fino a domani').click();
  await desk.locator('#toast', { hasText: 'A riposo' }).waitFor();
  await menu('menu-close');
  await desk.locator('#menu-close label', { hasText: 'Non chiede niente' }).click();
  await desk.locator('#menu-close button[type=submit]').click();
  await desk.locator('.did', { hasText: 'ha chiuso senza risposta' }).waitFor();
  await desk.locator('#toast').getByRole('button', { name: 'Riprendilo' }).click();
  await desk.locator('#toast', { hasText: 'Riaperto' }).waitFor();
  await desk.goto(s.base + '/desk?tab=mine');
  await row(desk, name).waitFor();
  await desk.context().close();
});

test('several at once, by ticks', async () => {
  const desk = await s.signIn('giulia', plain);
  await desk.locator('[popovertarget="views-menu"]').click();
  await desk.check('#selecting');
  const names = await desk.locator('#rows > li .name').allInnerTexts();
  await desk.keyboard.press('Escape');
  await desk.locator('.pick input').nth(2).check();
  await desk.locator('.pick input').nth(4).check();
  await desk.selectOption('#bulk [name="act"]', 'assign');
  await desk.locator('#bulk button').click();
  await desk.getByText('Fatto per 2 persone.').waitFor();
  await desk.goto(s.base + '/desk?tab=mine');
  for (const name of [names[2], names[4]]) await row(desk, name).first().waitFor();
  await desk.context().close();
});

test('search, the ledger, a day of it and its signed statement', async () => {
  const desk = await s.signIn('giulia', plain);
  await desk.goto(s.base + '/desk/search');
  await desk.fill('#q', 'antifurto');
  await desk.locator('#main').getByRole('button', { name: 'Cerca' }).click();
  await desk.locator('.hits mark').first().waitFor();
  await desk.locator('.hits a').first().click();
  await desk.waitForURL(/\/desk\/c\/\d+/);
  await desk.locator('.rail').getByRole('link', { name: 'Registro' }).click();
  const sum = (await desk.locator('.sum').innerText()).match(/\d+/g).map(Number);
  assert.equal(sum[0], sum.slice(1).reduce((a, b) => a + b), 'the sum holds');
  await Promise.all([desk.waitForEvent('load'), desk.getByRole('link', { name: 'Ieri' }).click()]);
  assert.match(await main(desk).innerText(), /Quel giorno/);
  await desk.goBack();
  const seal = desk.getByRole('link', { name: /Rendiconto firmato/ }).first();
  await seal.click();
  await desk.getByRole('heading', { name: 'La firma è valida' }).waitFor();
  await desk.context().close();
});

test('settings, palette and shortcuts are pages of their own', async () => {
  const desk = await s.signIn('luca', plain);
  await desk.locator('.rail').getByRole('link', { name: 'Cerca' }).click();
  await desk.fill('#pal', 'registro');
  await desk.locator('#main').getByRole('button', { name: 'Cerca' }).click();
  await desk.locator('#picks').getByText('Registro').first().click();
  await desk.waitForURL(/\/desk\/ledger/);
  await desk.goto(s.base + '/desk/me');
  await desk.selectOption('#m-lang', 'en');
  await desk.locator('#main label', { hasText: 'Scuro' }).click();
  await desk.getByRole('button', { name: 'Salva' }).click();
  await desk.getByRole('heading', { name: 'My settings' }).waitFor();
  assert.equal(await desk.locator('html').getAttribute('lang'), 'en');
  assert.equal(await desk.locator('html').getAttribute('data-scheme'), 'dark');
  await desk.goto(s.base + '/desk/shortcuts');
  await desk.getByRole('heading', { name: 'Shortcuts' }).waitFor();
  await desk.locator('.rail [popovertarget="me"]').click();
  await desk.locator('#me').getByRole('button', { name: 'Sign out' }).click();
  await desk.locator('#user').waitFor();
  await desk.goto(s.base + '/desk');
  assert.match(desk.url(), /sign-in/);
  await desk.context().close();
});
