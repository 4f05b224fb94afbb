// Guides on a phone: step by step to an end, without scripts, with the keyboard alone, and the words of the way in the
// form; the editor at the desk by keyboard. axe finds nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { focused, focusShows, phone, ready, stage, tablet, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const it = stage();
const slow = { offline: false, latency: 400, downloadThroughput: 50 * 1024, uploadThroughput: 50 * 1024 }; // slow 3G

async function wellMade(page, name) {
  const wrong = await page.evaluate(() => {
    const out = [], d = document.documentElement;
    if (d.scrollWidth > d.clientWidth) out.push(`scrolls sideways by ${d.scrollWidth - d.clientWidth}`);
    for (const e of document.querySelectorAll('main, main .sheet')) if (e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1) out.push(`leaves the page: ${e.outerHTML.slice(0, 80)}`);
    for (const e of document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select, main textarea, main summary')) {
      const c = getComputedStyle(e), box = (e.type === 'radio' && e.closest('label') || e).getBoundingClientRect();
      if (!box.width || c.visibility === 'hidden' || c.display === 'inline') continue;
      if (box.height < 43.5 || box.width < 43.5) out.push(`small (${Math.round(box.width)} by ${Math.round(box.height)}): ${e.outerHTML.slice(0, 90)}`);
    }
    if (document.querySelectorAll('h1').length !== 1) out.push('not one h1');
    return out;
  });
  assert.deepEqual(wrong, [], name);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
    const found = await page.evaluate(async () => (await window.axe.run(document)).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).slice(0, 3).join(' | ')}`));
    assert.deepEqual(found, [], `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
const answer = (page, words) => page.locator('.answers a', { hasText: words }).click();
const asks = (page, words) => page.getByRole('heading', { name: words }).waitFor();

test('S14 guides: on a slow phone, found by what one would say, step by step to a person who reads the way', async () => {
  const page = await it.open({ size: phone });
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', slow);
  let bytes = 0;
  network.on('Network.loadingFinished', e => { bytes += e.encodedDataLength; });
  await page.goto(it.base + '/guides/senza-segnale');
  await page.locator('.answers').waitFor();
  const first = bytes;
  assert.ok(first <= 40 * 1024, `the first load is ${first} bytes`);
  await page.goto(it.base + '/');
  await page.locator('#ask').pressSequentially('telefno senza segnle', { delay: 20 });
  await page.locator('#found a[href$="/guides/senza-segnale"]').click();
  await asks(page, 'Il telefono non ha segnale');
  await wellMade(page, 'the first step');
  await answer(page, 'dove di solito prende');
  await asks(page, 'Hai già spento e riacceso il telefono?');
  await answer(page, 'Sì, ma non prende ancora');
  await answer(page, 'No, non prende nessuno');
  await asks(page, 'Da quanto tempo non prende?');
  assert.deepEqual(await page.locator('.way b').allInnerTexts(), ['In Italia, dove di solito prende', 'Sì, ma non prende ancora', 'No, non prende nessuno']);
  await wellMade(page, 'a step with its way');
  await page.getByRole('link', { name: 'Indietro di un passo' }).click();
  await asks(page, 'Chi ti sta vicino con Nuvola prende?');
  await answer(page, 'No, non prende nessuno');
  await answer(page, 'Da stamattina o da più tempo');
  await page.waitForURL(/\/ask\?text=/);
  const words = await page.inputValue('#text');
  assert.match(words, /^Ho seguito «Il telefono non ha segnale»:\n• Dove ti trovi adesso\? In Italia, dove di solito prende\n[^]*• Da quanto tempo non prende\? Da stamattina o da più tempo\n/);
  await page.fill('#text', `${words}Abito in via Roma 3 a Lodi.`);
  await page.locator('main button.key').click();
  await page.waitForURL(/\/requests\/\d+/);
  const desk = await it.signIn('giulia', { size: wide });
  await desk.goto(`${it.base}/desk/c/${page.url().match(/requests\/(\d+)/)[1]}`);
  await desk.locator('main').getByText('Ho seguito «Il telefono non ha segnale»').first().waitFor(); // a colleague reads the way
  console.log(`# first load ${first} bytes`);
});

test('S14 guides without scripts and with the keyboard alone: begun again, another answer, solved', async () => {
  const page = await it.open({ size: phone, javaScriptEnabled: false });
  await page.goto(it.base + '/help');
  await page.locator('main a[href$="/guides/bolletta-alta"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/guides\/bolletta-alta$/);
  const press = async words => {
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      const text = await page.locator(':focus').innerText();
      if (text.includes(words)) break;
    }
    assert.match(await page.locator(':focus').innerText(), new RegExp(words));
    await page.keyboard.press('Enter');
  };
  await press('Chiamate o dati');
  await asks(page, 'Sei stato fuori dall’Italia quel mese?');
  await press('Ricomincia');
  await page.waitForURL(/\/guides\/bolletta-alta$/);
  await press('Chiamate o dati');
  await asks(page, 'Sei stato fuori');
  await press('No, sono rimasto in Italia');
  await asks(page, 'Hai finito i giga?');
  await press('Chiamate o dati'); // in the way that was taken: back to that question
  await page.waitForURL(/\/guides\/bolletta-alta$/);
  await press('Il telefono a rate');
  await asks(page, 'La rata è cambiata?');
  await press('È l’ultima');
  await asks(page, 'Bene, è fatta');
  assert.equal((await page.context().cookies()).some(c => c.name.startsWith('ascolto_guest')), false, 'nobody had to say who they are');
  await page.goto(it.base + '/guides/bolletta-alta/quale/5');
  await page.waitForURL(/\/chat\?text=/);
  assert.match(await page.inputValue('#text'), /• Quale riga è nuova o più alta\? Non riesco a capirlo/);
});

test('on a tablet in English, and every page of a guide is well made', async () => {
  const page = await it.open({ size: tablet, lang: 'en-GB' });
  await page.goto(it.base + '/');
  await page.getByRole('link', { name: 'The phone has no signal' }).click();
  await answer(page, 'In Italy, somewhere new');
  await page.locator('nav.lang a[lang="it"]').click();
  await asks(page, 'Spostati di qualche metro');
  assert.equal(await page.locator('.way b').innerText(), 'In Italia, in un posto nuovo', 'the way came along');
  await answer(page, 'Vicino alla finestra prende');
  await asks(page, 'Bene, è fatta');
  await wellMade(page, 'solved');
  await page.goto(it.base + '/help');
  await wellMade(page, 'help with guides');
  await page.goto(it.base + '/');
  await wellMade(page, 'home with guides');
});

test('the editor by keyboard: a new guide, a new step behind an answer, the small tree, published', async () => {
  const page = await it.signIn('giulia', { size: wide });
  await page.goto(it.base + '/desk/guides');
  await wellMade(page, 'the list');
  await page.getByRole('link', { name: 'Nuova guida' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/guides\/new/);
  await wellMade(page, 'a new guide');
  await page.focus('#g-title');
  await page.keyboard.type('Il wifi è lento');
  await page.focus('#g-question');
  await page.keyboard.type('È lento in tutta la casa?');
  await page.keyboard.press('Enter');
  await page.locator('#step').waitFor();
  await page.focus('#t-1');
  await page.keyboard.type('Sì');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).id, 'to-1');
  assert.ok(await focusShows(page));
  await page.selectOption('#to-1', 'new');
  await page.fill('#t-2', 'No, in una stanza');
  await page.selectOption('#to-2', 'solved');
  await page.focus('#t-2');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Passo 2' }).waitFor();
  assert.match(await page.locator('#checks').innerText(), /non ha ancora risposte/);
  await page.fill('#s-question', 'Il modem è acceso da più di un mese?');
  await page.fill('#t-1', 'Sì');
  await page.selectOption('#to-1', 'ask');
  await page.focus('#t-1');
  await page.keyboard.press('Enter');
  await page.locator('#checks', { hasText: 'Si può pubblicare' }).waitFor();
  await ready(page);
  await wellMade(page, 'the editor with an open step');

  const tree = page.getByRole('tree', { name: 'Com’è fatta' });
  assert.equal(await tree.getByRole('treeitem').count(), 4);
  await tree.locator('[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  assert.match((await focused(page)).text, /È lento in tutta la casa\?/);
  assert.ok(await focusShows(page));
  await page.keyboard.press('ArrowDown');
  assert.match((await focused(page)).text, /Il modem è acceso/);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await tree.getByRole('treeitem').count(), 3, 'folded');
  await page.keyboard.press('ArrowDown');
  assert.match((await focused(page)).text, /No, in una stanza/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.waitForURL(/step=e-lento-in-tutta-la-casa/);
  await page.getByRole('button', { name: 'Pubblica' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Guardala sul sito' }).click();
  await asks(page, 'Il wifi è lento');
  await page.goBack();
  await page.getByRole('link', { name: 'Prova la bozza' }).click();
  await page.getByText('Questa è la bozza').waitFor();
  await wellMade(page, 'the preview');
});

test('the editor without scripts on a phone: order, deleting with a word about what hangs on it', async () => {
  const signed = await it.signIn('giulia', { size: phone });
  const page = await it.open({ size: phone, javaScriptEnabled: false });
  await page.context().addCookies(await signed.context().cookies());
  await page.goto(it.base + '/desk/guides');
  await page.getByRole('link', { name: 'Il telefono non ha segnale' }).first().click();
  await page.getByRole('button', { name: '«Da quanto tempo non prende?» un posto più su' }).click();
  await page.getByRole('link', { name: 'Elimina «Da quanto tempo non prende?»' }).click();
  const ask = page.locator('#remove');
  await ask.getByText('No, non prende nessuno').waitFor();
  await ask.getByRole('link', { name: 'Lascialo' }).click();
  await page.getByRole('link', { name: 'Elimina «Da quanto tempo non prende?»' }).click();
  await ask.getByRole('button', { name: 'Elimina il passo' }).click();
  await page.locator('#checks').getByText('«No, non prende nessuno» non porta ancora da nessuna parte.').waitFor();
  await signed.goto(page.url());
  await wellMade(signed, 'the editor on a phone, with faults');
  await signed.goto(`${page.url().split('?')[0]}?lang=it&step=sim`);
  await wellMade(signed, 'a step on a phone');
  await signed.goto(`${page.url().split('?')[0]}?lang=it&remove=riavvio`);
  await wellMade(signed, 'deleting on a phone');
  const guest = await it.open({ size: phone });
  await guest.goto(it.base + '/guides/senza-segnale/zona');
  await asks(guest, 'Da quanto tempo non prende?'); // readers still see what was published
});
