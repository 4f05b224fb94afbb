// Two at the same desk: they see each other, nobody is answered twice, what moves moves for both, and a page that lost
// the connection says so and catches up by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mark, marked, row, stage, until } from './support.mjs';
import { startDemo } from '../http/support.mjs';

const s = stage();
const openStory = async (page, says) => {
  await page.goto(s.base + '/desk?tab=all');
  await row(page, says).locator('a').click();
  await page.waitForURL(/\/desk\/c\/\d+/);
};
const beings = page => page.locator('#beings').innerText();

test('who reads and who writes is seen, beside the name and in the list', async () => {
  const [giulia, luca, sara, customer] = await Promise.all([s.signIn('giulia'), s.signIn('luca'), s.signIn('sara'), s.phone('Dora Doppia', 'whatsapp')]);
  await customer.write('La mia SIM nuova non si accende');
  await sara.goto(s.base + '/desk?tab=all');
  await openStory(giulia, 'La mia SIM nuova');
  await row(sara, 'La mia SIM nuova').getByText('Giulia sta leggendo').waitFor();
  await openStory(luca, 'La mia SIM nuova');
  await until('Giulia sees Luca', async () => (await beings(giulia)).includes('Luca sta leggendo'));
  await until('Luca sees Giulia', async () => (await beings(luca)).includes('Giulia sta leggendo'));
  await luca.fill('#need', 'accendere la SIM nuova');
  await until('Giulia sees him write', async () => (await beings(giulia)).includes('Luca sta scrivendo'));
  await row(sara, 'La mia SIM nuova').getByText(/Luca sta scrivendo|Giulia sta leggendo/).waitFor();
  await luca.goto(s.base + '/desk/ledger');
  await until('and go', async () => !(await beings(giulia)).includes('Luca'));
  for (const page of [giulia, luca, sara, customer.page]) await page.context().close();
});

test('nobody is answered twice by mistake; the words of the second are kept', async () => {
  const [giulia, luca, customer] = await Promise.all([s.signIn('giulia'), s.signIn('luca'), s.phone('Elio Eco', 'whatsapp')]);
  await customer.write('A che ora chiude il negozio di Bari?');
  await openStory(giulia, 'A che ora chiude il negozio');
  await giulia.fill('#need', 'sapere quando chiude il negozio');
  await giulia.getByRole('button', { name: 'Ho ascoltato' }).click();
  await giulia.locator('#reply').waitFor();
  await openStory(luca, 'A che ora chiude il negozio');
  await mark(giulia);
  await giulia.fill('#reply', 'Alle 20, tutti i giorni.');
  await luca.fill('#reply', 'Buongiorno, chiude alle 20.');
  await luca.locator('form.reply .key').click();
  await giulia.locator('.msg.ours', { hasText: 'chiude alle 20' }).waitFor();
  assert.ok(await marked(giulia), 'it came without a reload');
  assert.equal(await giulia.inputValue('#reply'), 'Alle 20, tutti i giorni.', 'what she writes is not touched');
  await giulia.locator('form.reply .key').click();
  await giulia.getByText('Luca ha risposto nel frattempo').waitFor();
  assert.equal(await giulia.inputValue('#reply'), 'Alle 20, tutti i giorni.');
  await customer.screen.getByText('Buongiorno, chiude alle 20.').first().waitFor();
  assert.equal(await customer.screen.getByText('Alle 20, tutti i giorni.').count(), 0);
  await giulia.getByLabel('Invia anche la mia').check();
  await giulia.locator('form.reply .key').click();
  await customer.screen.getByText('Alle 20, tutti i giorni.').first().waitFor();
  for (const page of [giulia, luca, customer.page]) await page.context().close();
});

test('pressing send twice sends once', async () => {
  const [giulia, customer] = await Promise.all([s.signIn('giulia'), s.phone('Dino Due', 'whatsapp')]);
  await customer.write('Il PIN che mi avete dato non va');
  await openStory(giulia, 'Il PIN che mi avete dato');
  await giulia.fill('#need', 'un PIN che vada');
  await giulia.getByRole('button', { name: 'Ho ascoltato' }).click();
  await giulia.fill('#reply', 'Gliene mando uno nuovo adesso.');
  await giulia.evaluate(() => {
    const form = document.querySelector('form.reply');
    fetch(form.action, { method: 'POST', body: new FormData(form) });
    fetch(form.action, { method: 'POST', body: new FormData(form) });
  });
  await customer.screen.getByText('Gliene mando uno nuovo').first().waitFor();
  await giulia.reload();
  assert.equal(await giulia.locator('.msg.ours').count(), 1);
  assert.equal(await customer.screen.getByText('Gliene mando uno nuovo').count(), 1);
  for (const page of [giulia, customer.page]) await page.context().close();
});

test('the list moves by itself; a hand-over is seen by whom it reaches, with reason and summary', async () => {
  const [giulia, luca, customer] = await Promise.all([s.signIn('giulia'), s.signIn('luca'), s.phone('Mara Mano', 'whatsapp')]);
  const says = 'Vorrei intestare la linea a mio figlio';
  await luca.goto(s.base + '/desk?tab=mine');
  await mark(luca);
  await customer.write(says);
  await openStory(giulia, says);
  await giulia.getByRole('button', { name: 'Passa a un collega' }).click();
  await giulia.selectOption('#hand-to', { label: await giulia.locator('#hand-to option', { hasText: 'Luca Ferri' }).innerText() });
  await giulia.fill('#hand-why', 'Luca conosce i subentri');
  await giulia.fill('#hand-sum', 'Il figlio è maggiorenne e ha i documenti pronti.');
  await giulia.locator('#menu-hand .key').click();
  await giulia.getByText('Passato, con il riassunto.').waitFor();
  await row(luca, says).getByText('Da Giulia a te').waitFor();
  assert.ok(await marked(luca), 'without a reload');
  await row(luca, says).locator('a').click();
  const item = luca.locator('#filo', { hasText: 'Luca conosce i subentri' });
  await item.waitFor();
  for (const part of ['Da Giulia Riva a Luca Ferri', 'primo passaggio', 'Il figlio è maggiorenne']) assert.ok((await item.innerText()).includes(part), part);

  await giulia.goto(s.base + '/desk?tab=waiting');
  await mark(giulia);
  const count = () => giulia.locator('.tabs a', { hasText: 'In attesa' }).locator('.num').innerText();
  const before = Number(await count());
  await luca.getByRole('button', { name: 'Altro', exact: true }).click();
  await luca.locator('#menu-more').getByRole('button', { name: 'Chiudi senza risposta' }).click();
  await luca.locator('#menu-close label', { hasText: 'Un grazie' }).click();
  await luca.locator('#menu-close button[type=submit]').click();
  await luca.locator('#toast').getByText('Chiuso senza risposta').waitFor();
  await luca.locator('#toast').getByRole('button', { name: 'Riprendilo' }).focus(); // with the focus in it, it stays
  await until('one waits less', async () => Number(await count()) === before - 1);
  await luca.locator('#toast').getByRole('button', { name: 'Riprendilo' }).click();
  await until('and waits again', async () => Number(await count()) === before);
  assert.ok(await marked(giulia));
  for (const page of [giulia, luca, customer.page]) await page.context().close();
});

test('who writes while the page is on its way to the colleague is on it nevertheless', async () => {
  const [giulia, customer] = await Promise.all([s.signIn('giulia'), s.phone('Tina Tempo', 'whatsapp')]);
  let letGo;
  const wrote = new Promise(done => { letGo = done; });
  await giulia.route('**/events*', async route => { await wrote; await route.continue(); });
  await giulia.goto(s.base + '/desk?tab=all');
  await customer.write('Mi avete tolto il credito due volte');
  await until('it is in the house', async () => (await giulia.request.get(`${s.base}/desk?tab=all`)).text().then(t => t.includes('tolto il credito due volte')));
  assert.equal(await row(giulia, 'tolto il credito due volte').count(), 0, 'the page was read before');
  letGo();
  await row(giulia, 'tolto il credito due volte').waitFor();
  for (const page of [giulia, customer.page]) await page.context().close();
});

test('a lost connection is said; the page catches up by itself, and what was being written stays', async () => {
  const [giulia, luca] = await Promise.all([s.signIn('giulia'), s.signIn('luca')]);
  const where = new URL(await giulia.locator('#rows > li > a').nth(3).getAttribute('href'), s.base);
  await Promise.all([giulia.goto(where.href), luca.goto(where.href)]);
  const field = await giulia.locator('#reply, #need').first();
  await field.fill('Parole che non devono andare perse');
  await mark(giulia);
  await s.demo.stop();
  await giulia.locator('#lost').waitFor();
  assert.ok((await giulia.locator('#lost').innerText()).includes('La connessione è caduta'));
  s.demo = await startDemo({ data: s.demo.data, listen: s.base.replace('http://', '') });
  await giulia.locator('#lost').waitFor({ state: 'hidden' });
  await luca.keyboard.press('n');
  await luca.fill('#note', 'Siamo tornati: ha chiamato anche il fratello.');
  await luca.locator('#menu-note .key').click();
  await giulia.locator('.note', { hasText: 'ha chiamato anche il fratello' }).waitFor();
  assert.ok(await marked(giulia), 'nobody had to load it again');
  assert.equal(await field.inputValue(), 'Parole che non devono andare perse');
  for (const page of [giulia, luca]) await page.context().close();
});

test('a note written while the browser was away is there when it is back', async () => {
  const [giulia, luca] = await Promise.all([s.signIn('giulia'), s.signIn('luca')]);
  const where = new URL(await giulia.locator('#rows > li > a').nth(4).getAttribute('href'), s.base);
  await Promise.all([giulia.goto(where.href), luca.goto(where.href)]);
  await mark(giulia);
  await giulia.context().setOffline(true);
  await luca.keyboard.press('n');
  await luca.fill('#note', 'Scritta mentre eri in galleria.');
  await luca.locator('#menu-note .key').click();
  await luca.locator('.note', { hasText: 'mentre eri in galleria' }).waitFor();
  await giulia.context().setOffline(false);
  await giulia.locator('.note', { hasText: 'mentre eri in galleria' }).waitFor();
  assert.ok(await marked(giulia));
  for (const page of [giulia, luca]) await page.context().close();
});
