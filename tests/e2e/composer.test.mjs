// Where a reply is written: it is counted as the network counts, helped by snippets, mentions, emoji and files, kept while it
// is written, and never sent without its author knowing to whom, through which door, and what was said before.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Colleague, request, root } from '../http/support.mjs';
import { password, ready, row, stage, until } from './support.mjs';

const s = stage();
const openStory = async (page, says) => {
  await page.goto(s.base + '/desk?tab=all');
  await row(page, says).locator('a').click();
  await page.waitForURL(/\/desk\/c\/\d+/);
};
const listen = async (page, need) => {
  await page.fill('#need', need);
  await page.getByRole('button', { name: 'Ho ascoltato' }).click();
  await page.locator('#reply').waitFor();
  await ready(page);
};
const write = async (person, place, says) => {
  const customer = await s.phone(person, place);
  await customer.write(says);
  return customer;
};
const close = (...pages) => Promise.all(pages.map(p => (p.page ?? p).context().close()));

test('the page counts as the server and the network do', async t => {
  s.undo(60, t);
  const says = 'Quanto costa tenere il numero?';
  const customer = await write('Xenia Conta', 'dm', says);
  await close(customer);
  const post = await write('Xavier Conta', 'x', 'Quanto costa cambiare numero?');
  await close(post);
  const page = await s.signIn('giulia');
  await openStory(page, 'Quanto costa cambiare numero?');
  await listen(page, 'il prezzo del cambio');
  const giulia = await new Colleague(s.base).signIn('giulia@nuvola.example', password);
  const id = page.url().match(/\/c\/(\d+)/)[1];
  // what the page counted at once, or, of addresses it does not know, a moment later with the server's help
  const shows = async (text, count, name) => {
    let shown;
    await page.fill('#reply', text);
    await until(() => `${name}: ${count}, and not ${shown}`, async () => (shown = (await page.locator('#count').innerText()).replace(/\s/g, '')) === count);
  };
  const door = await page.locator('[name="door"]:checked').getAttribute('data-unit');
  assert.equal(door, 'x_weighted');
  const samples = { 'plain': ['ciao', 4], 'accents': ['perché', 6], 'emoji': ['🙂👍', 4], 'a family and a flag': ['👨‍👩‍👧🇮🇹', 4], 'keycap': ['1️⃣', 2], 'Chinese': ['您好', 4],
    'address': ['https://nuvola.it/un/indirizzo/molto/lungo?con=tutto', 23], 'no such domain': ['https://nuvola.example/un/indirizzo', 35], 'bare': ['vedi nuvola.museum/orari.', 29], 'address in words': ['vedi https://a.it, grazie', 36], 'quotes': ['«così» — “no”…', 15], 'Arabic': ['شكرا', 4], 'combining': ['e\u0301', 1] };
  for (const [name, [text, weight]] of Object.entries(samples)) {
    await shows(text, `${weight}/280`, name);
    const full = text + ' ' + 'a'.repeat(279 - weight);
    await shows(full, '280/280', name);
    assert.equal(await page.locator('#count.beyond').count(), 0, name);
    await shows(full + 'a', '281/280', name);
    assert.equal(await page.locator('#count.beyond').count(), 1, name);
    const refused = await giulia.reply(id, full + 'a', { door: 'reply' });
    assert.ok(refused.status >= 400, `${name}: the server refuses 281 (${refused.status})`);
    const taken = await giulia.reply(id, full, { door: 'reply' });
    assert.equal(taken.status, 200, `${name}: the server takes 280: ${taken.text.slice(0, 200)}`);
    const sent = (await giulia.story(id)).items.findLast(i => i.kind === 'message' && i.ours);
    assert.equal((await giulia.post(`/desk/m/${sent.id}/withdraw`)).status, 303);
  }
  await close(page);
});

test('an answer that comes after Escape, or after the field was left, opens no list', async () => {
  await write('Tarda Tondi', 'whatsapp', 'Dove trovo le impostazioni tarde?');
  const page = await s.signIn('giulia');
  await openStory(page, 'impostazioni tarde');
  await listen(page, 'trovare le impostazioni');
  let go, asked;
  await page.route('**/desk/snippets?*', async route => {
    asked();
    await new Promise(resolve => (go = resolve));
    await route.continue();
  });
  for (const leave of [() => page.keyboard.press('Escape'), () => page.locator('#reply').blur()]) {
    const question = new Promise(resolve => (asked = resolve));
    await page.fill('#reply', '');
    await page.fill('#reply', 'Ecco: /ap');
    await question;
    await leave();
    const answer = page.waitForResponse(/desk\/snippets/);
    go();
    await answer;
    await page.waitForTimeout(200);
    assert.equal(await page.locator('.offers:popover-open').count(), 0);
  }
  await close(page);
});

test('“/” brings snippets, the emoji their grid; nothing is put in by itself', async () => {
  const customer = await write('Sonia Scorta', 'whatsapp', 'Come imposto internet sul telefono?');
  const page = await s.signIn('giulia');
  await openStory(page, 'Come imposto internet');
  await listen(page, 'navigare');
  await page.fill('#reply', 'Ecco: /ap'); // one change, one question
  const offers = page.locator('.offers li');
  await offers.first().waitFor();
  assert.equal(await page.locator('#reply').getAttribute('aria-expanded') ?? 'true', 'true');
  await page.keyboard.press('Escape');
  await offers.first().waitFor({ state: 'hidden' });
  assert.equal(await page.inputValue('#reply'), 'Ecco: /ap');
  await page.locator('#reply').pressSequentially('n');
  await offers.filter({ hasText: 'Impostare internet' }).waitFor();
  await page.locator('#saved', { hasText: 'Bozza salvata' }).waitFor();
  const [over, field] = await Promise.all(['.offers:popover-open', '#reply'].map(e => page.locator(e).boundingBox()));
  assert.ok(over.y + over.height <= field.y + 1, 'what is offered stands above the words, also when something comes below them');
  await page.keyboard.press('Enter');
  assert.match(await page.inputValue('#reply'), /^Ecco: Impostazioni, Rete mobile/);
  await page.locator('[popovertarget="emoji"]').click();
  await page.locator('#emoji-grid button', { hasText: '📱' }).click();
  assert.match(await page.inputValue('#reply'), /📱$/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'reply');
  await close(customer, page);
});

test('“@” in a note calls a colleague, who sees it on top of the list until it is opened', async () => {
  const customer = await write('Mina Menzione', 'whatsapp', 'Avete una sede a Lecce?');
  const [giulia, luca] = await Promise.all([s.signIn('giulia'), s.signIn('luca')]);
  await luca.goto(s.base + '/desk?tab=waiting');
  await openStory(giulia, 'Avete una sede a Lecce');
  await giulia.keyboard.press('n');
  await giulia.keyboard.type('@Lu');
  await giulia.locator('.offers li', { hasText: 'Luca Ferri' }).waitFor();
  await giulia.keyboard.press('Enter');
  await giulia.keyboard.type('tu sei di lì: dove mando Mina?');
  assert.match(await giulia.inputValue('#note'), /^@Luca Ferri tu sei di lì/);
  await giulia.keyboard.press('Control+Enter');
  await giulia.locator('.note', { hasText: '@Luca Ferri' }).waitFor();
  const asked = row(luca, 'Avete una sede a Lecce').getByText('Giulia chiede a te');
  await asked.waitFor();
  await row(luca, 'Avete una sede a Lecce').locator('a').click();
  await luca.locator('.note', { hasText: 'dove mando Mina' }).waitFor();
  await luca.goto(s.base + '/desk?tab=waiting');
  assert.equal(await asked.count(), 0);
  await close(giulia, luca, customer);
});

test('a file goes with the words', async () => {
  const customer = await write('Fabio File', 'whatsapp', 'Mi mandate un disegno del modem?');
  const page = await s.signIn('giulia');
  await openStory(page, 'Mi mandate un disegno');
  await listen(page, 'vedere come è fatto il modem');
  await page.setInputFiles('#file', path.join(root, 'assets/play-picture.png'));
  await page.locator('#picked', { hasText: 'play-picture.png' }).waitFor();
  await page.locator('#picked button').click();
  assert.equal(await page.locator('#picked').isVisible(), false);
  await page.setInputFiles('#file', path.join(root, 'assets/play-picture.png'));
  await page.fill('#reply', 'Eccolo, Fabio.');
  await page.locator('form.reply .key').click();
  await page.locator('.msg.ours img').waitFor();
  await until('the drawing is loaded', () => page.locator('.msg.ours img').evaluate(i => i.complete && i.naturalWidth > 0));
  await customer.screen.getByText('Eccolo, Fabio.').first().waitFor();
  await close(customer, page);
});

test('a draft is kept on the server: after a reload, in another browser, not for others', async () => {
  const customer = await write('Bianca Bozza', 'messenger', 'Posso sospendere la linea d’estate?');
  const page = await s.signIn('giulia');
  await openStory(page, 'Posso sospendere la linea');
  await listen(page, 'sospendere la linea');
  await page.fill('#reply', 'Bianca, si può: per due mesi');
  await page.getByText('Bozza salvata alle').waitFor();
  await page.reload();
  assert.equal(await page.inputValue('#reply'), 'Bianca, si può: per due mesi');
  const [other, luca] = await Promise.all([s.signIn('giulia'), s.signIn('luca')]);
  await Promise.all([other.goto(page.url()), luca.goto(page.url())]);
  assert.equal(await other.inputValue('#reply'), 'Bianca, si può: per due mesi');
  assert.equal(await luca.inputValue('#reply'), '');
  await close(customer, page, other, luca);
});

test('what was said before is remarked, a promise is noticed and confirmed with one press', async () => {
  const same = 'Grazie della pazienza: abbiamo rimesso in funzione la cella della sua zona questa notte.';
  const page = await s.signIn('sara');
  for (const person of ['Uno Uguale', 'Due Uguale']) {
    const says = `Il telefono non prende in casa di ${person}`;
    const customer = await write(person, 'whatsapp', says);
    await openStory(page, says);
    await listen(page, 'che prenda');
    await page.fill('#reply', same);
    await page.locator('form.reply .key').click();
    await customer.screen.getByText(same).first().waitFor(); // said is what has arrived
    await close(customer);
  }
  await close(await write('Tre Uguale', 'whatsapp', 'Il telefono non prende nemmeno da me'));
  await openStory(page, 'nemmeno da me');
  await listen(page, 'che prenda');
  await page.fill('#reply', same);
  await page.locator('#remarks').getByText(/Lo hai già detto a (2|un’altra) person[ae]/i).waitFor();
  assert.equal(await page.locator('form.reply .key').getAttribute('aria-disabled'), null, 'it is a remark, never a block');
  await page.fill('#reply', 'Tre, controllo io e la richiamo domani alle 10.');
  await page.locator('#remarks').getByText('c’è una promessa').waitFor();
  assert.match(await page.locator('#remarks').innerText(), /domani|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica/i);
  await page.locator('form.reply .key').click();
  await page.getByRole('button', { name: 'Sì, lo prometto' }).click();
  await page.getByText('La promessa resta in vista.').waitFor();
  await page.locator('#who').getByText('Abbiamo promesso').waitFor();
  await page.getByRole('button', { name: 'L’abbiamo mantenuta' }).click();
  await page.locator('.did.promise', { hasText: 'mantenuta' }).waitFor();
  await close(page);
});

test('send, then the next person; the last word can still be taken back there', async t => {
  s.undo(60, t);
  const customer = await write('Nino Prossimo', 'whatsapp', 'Quando riapre il negozio?');
  const page = await s.signIn('marco');
  await openStory(page, 'Quando riapre il negozio');
  const here = page.url().match(/\/c\/(\d+)/)[1];
  await listen(page, 'sapere quando riapre');
  await page.fill('#reply', 'Lunedì alle 9, Nino.');
  await page.getByRole('button', { name: 'Invia, poi la prossima persona' }).click();
  await page.waitForURL(url => /\/desk\/c\/\d+/.test(url.pathname) && !url.pathname.includes(here));
  assert.match(await page.locator('#toast').innerText(), /Parte per Nino/);
  await page.locator('#toast').getByRole('button', { name: 'Riprendilo' }).click();
  await page.waitForURL(url => url.pathname.includes(here));
  assert.equal(await page.inputValue('#reply'), 'Lunedì alle 9, Nino.');
  await close(customer, page);
});

test('a public and a private door: the box, the key and the limit say which', async () => {
  const customer = await write('Paola Porta', 'facebook', 'Ho il numero 333 0000000 e non va niente');
  const page = await s.signIn('giulia');
  await openStory(page, 'e non va niente');
  await listen(page, 'che la linea vada');
  const border = () => page.locator('.reply-box').evaluate(e => getComputedStyle(e).borderTopStyle);
  const key = () => page.locator('form.reply .key').innerText();
  const choose = async visibility => page.locator('.doors label', { hasText: visibility }).first().click();
  await choose('pubblico');
  assert.equal(await border(), 'dashed');
  assert.match(await key(), /Pubblica, in risposta a Paola/);
  await page.getByText('Lo leggeranno tutti:').waitFor();
  await choose('privato');
  assert.equal(await border(), 'solid');
  assert.match(await key(), /Invia a Paola, in privato/);
  assert.equal(await page.getByText('Lo leggeranno tutti:').isVisible(), false);
  await page.fill('#reply', 'Paola, qui siamo soli: mi dia l’indirizzo.');
  assert.match(await page.locator('#count').innerText(), /42 \/ 2\.000/);
  await page.locator('form.reply .key').click();
  await page.locator('.msg.ours.private, .msg.private.ours').waitFor();
  await customer.go('messenger');
  await customer.screen.getByText('qui siamo soli').first().waitFor();
  await close(customer, page);
});

test('several people at once: a range, what to do, and all of a view', async () => {
  const page = await s.signIn('giulia');
  await page.goto(s.base + '/desk?tab=waiting');
  await page.locator('#rows > li > a').nth(6).focus();
  await page.keyboard.press('v');
  assert.equal(await page.locator('.pick :checked').count(), 1);
  await page.locator('.pick input').nth(9).click({ modifiers: ['Shift'] });
  const ticked = await page.locator('.pick :checked').count();
  assert.ok(ticked >= 2, `${ticked} ticked`);
  assert.equal(await page.locator('#bulk-count').innerText(), `Selezionate: ${ticked}`);
  const names = await page.locator('li:has(.pick :checked) .name').allInnerTexts();
  await page.selectOption('#bulk [name="act"]', 'label');
  await page.locator('#bulk [name="label"]').fill('Prova in blocco');
  await page.locator('#bulk button').click();
  await page.locator('#toast', { hasText: `Fatto per ${ticked} persone.` }).waitFor();
  await page.goto(s.base + '/desk/labels');
  await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name: 'Prova in blocco', exact: true }).click()]);
  assert.deepEqual((await page.locator('#rows .name').allInnerTexts()).sort(), names.sort());
  await page.keyboard.press('v');
  await page.locator('#bulk [name="all"]').check();
  await page.selectOption('#bulk [name="act"]', 'priority');
  await page.selectOption('#bulk [name="priority"]', 'low');
  await page.locator('#bulk button').click();
  await page.locator('#toast', { hasText: `Fatto per ${ticked} persone.` }).waitFor();
  await ready(page);
  await page.keyboard.press('v');
  assert.equal(await page.locator('#bulk').isVisible(), true);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#bulk').isVisible(), false);
  await close(page);
});

test('what a program prepared says so, until a colleague has made it theirs', async () => {
  const says = 'Quando arriva il tecnico in via Roma?';
  const customer = await write('Pia Pronta', 'whatsapp', says);
  const admin = await new Colleague(s.base).signIn('admin@nuvola.example', password);
  const made = await admin.post('/desk/tokens', { name: 'Il nostro CRM', scope: 'draft' });
  const secret = made.text.match(/<code>([^<]+)<\/code>/)[1];
  const page = await s.signIn('sara');
  await openStory(page, says);
  await listen(page, 'sapere quando arriva il tecnico');
  const id = page.url().match(/\/c\/(\d+)/)[1], sara = await page.evaluate(() => document.querySelector('#menu-assign [name="agent"]').value);
  assert.equal(await page.locator('#prepared').count(), 0);
  const put = await request(`${s.base}/api/v1/conversations/${id}/draft`, { method: 'PUT', body: JSON.stringify({ kind: 'reply', text: 'Pia, il tecnico viene domani alle 9.', agent: sara }), headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' } });
  assert.equal(put.status, 200, put.text);
  await page.reload();
  assert.match(await page.locator('#prepared').innerText(), /Il nostro CRM, che è un programma\. Leggila prima di inviarla/);
  assert.equal(await page.getAttribute('#reply', 'aria-describedby'), 'prepared', 'and a screen reader says it with the field');
  const kept = page.waitForResponse(r => r.url().endsWith('/draft'));
  await page.fill('#reply', 'Pia, il tecnico viene domani alle 9: la avviso io quando parte.');
  await kept;
  await page.reload();
  assert.equal(await page.locator('#prepared').count(), 0, 'now it is hers');
  await close(customer, page);
});
