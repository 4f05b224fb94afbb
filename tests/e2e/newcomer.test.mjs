// The newcomer's first minutes: write on the phone, see it on the open desk, listen, answer, read the answer on the phone;
// take it back; see a failed send with its reason and try again. In Italian and in English, at a desk and in the hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaving, mark, marked, phone, ready, row, stage, until, wide } from './support.mjs';

const words = {
  it: { now: 'scrive adesso', need: 'Di che cosa ha bisogno', listened: 'Ho ascoltato', privately: 'in privato', publicly: 'Pubblica, in risposta a', leaves: /Parte per .+ tra 5\ss/, back: 'Riprendilo', taken: 'Ripreso. Le tue parole sono di nuovo nella risposta.',
    unsent: 'Non consegnato.', kept: 'Le tue parole sono al sicuro.', retry: 'Riprova ora', rate: 'ci chiede di rallentare', waiting: 'aspetta da' },
  en: { now: 'writes now', need: 'What does', listened: 'I have listened', privately: 'privately', publicly: 'Publish, in reply to', leaves: /Leaves for .+ in 5\ss/, back: 'Take it back', taken: 'Taken back. Your words are in the reply again.',
    unsent: 'Not delivered.', kept: 'Your words are kept.', retry: 'Try now', rate: 'asks us to slow down', waiting: 'waiting' },
};
const journeys = [
  { lang: 'it', who: 'giulia', size: wide, person: 'marta', place: 'whatsapp', says: 'Da ieri mia madre non riceve chiamate, che cosa devo fare?', open: true },
  { lang: 'it', who: 'sara', size: phone, person: 'Teresa Prova', place: 'messenger', says: 'Buongiorno, la bolletta di novembre è il doppio di ottobre.', open: true },
  { lang: 'en', who: 'aisha', size: wide, person: 'Peter Trial', place: 'x', says: 'Is the roaming price in the app the one I will pay?', open: false },
  { lang: 'en', who: 'aisha', size: phone, person: 'Nora Attempt', place: 'facebook', says: 'The shop in via Roma was closed at ten this morning.', open: false },
];
const s = stage();

// Opens the story from wherever the list shows it: its row, or the word that somebody writes now.
async function openStory(desk, says, t) {
  const here = row(desk, says).locator('a');
  const now = desk.getByRole('button', { name: t.now });
  await here.or(now).first().waitFor();
  await (await here.count() ? here : now).first().click();
  await desk.waitForURL(/\/desk\/c\/\d+/);
}

async function listen(desk, need, t) {
  await desk.getByLabel(new RegExp('^' + t.need)).fill(need);
  await desk.getByRole('button', { name: t.listened }).click();
  await desk.locator('#reply').waitFor();
  await ready(desk);
}

for (const { lang, who, size, person, place, says, open } of journeys)
  test(`${lang}, ${size.width} wide, ${place}: heard within a second, listened to, answered, read`, async t0 => {
    const t = words[lang];
    const [desk, customer] = await Promise.all([s.signIn(who, { size, lang }), s.phone(person, place, { lang })]);
    assert.equal(await desk.locator('html').getAttribute('lang'), lang);
    await desk.goto(s.base + '/desk?tab=all');
    await mark(desk);
    const seen = row(desk, says).waitFor().then(() => Date.now());
    await customer.page.fill('#say', says);
    const began = Date.now();
    await customer.page.locator('form.say button.key').click();
    t0.diagnostic(`on the desk after ${(await seen) - began} ms`); // how quick it is, the benchmark measures
    assert.ok(await marked(desk), 'the page was not loaded again');

    await openStory(desk, says, t);
    assert.equal(await desk.locator('#reply').count(), 0, 'no reply before listening');
    await desk.locator('.msg.latest .words', { hasText: says }).waitFor();
    await listen(desk, says.slice(0, 40), t);
    assert.equal(await desk.locator('#needs .words').innerText().then(x => x.includes(says.slice(0, 40))), true);
    const key = desk.locator('form.reply .key');
    assert.ok((await key.innerText()).includes(open ? t.privately : t.publicly), await key.innerText());
    const answer = lang === 'it' ? `Ci guardo io adesso (${place}).` : `I am looking at it now (${place}).`;
    await desk.fill('#reply', answer);
    await key.click();
    const toast = desk.locator('#toast');
    await toast.waitFor();
    assert.match(await toast.innerText(), t.leaves);
    assert.ok((await toast.innerText()).includes(t.back));
    await desk.locator('.msg.ours', { hasText: answer }).waitFor();
    assert.match(await desk.locator('.tabs [aria-current]').getAttribute('href'), /tab=all/, 'beside the list one came from');
    if (!open) await customer.page.reload();
    await customer.screen.getByText(answer).first().waitFor();
    await desk.locator('.msg.ours', { hasText: answer }).locator('.by', { hasText: /consegnato|letto|pubblicata|inviato|delivered|read|published|sent/ }).waitFor();
    await desk.context().close();
    await customer.page.context().close();
  });

test('what was sent can be taken back while it waits, and its words are in the reply again', async t0 => {
  const t = words.it;
  s.undo(60, t0);
  const [desk, customer] = await Promise.all([s.signIn('giulia'), s.phone('Rita Ripensa', 'whatsapp')]);
  await customer.write('Vorrei sapere quando arriva il modem nuovo');
  await openStory(desk, 'Vorrei sapere quando arriva il modem', t);
  await listen(desk, 'sapere quando arriva il modem', t);
  await desk.fill('#reply', 'Arriva martedì mattina, salvo neve.');
  await desk.locator('form.reply .key').click();
  await desk.locator('#toast').getByRole('button', { name: t.back }).click();
  await desk.getByText(t.taken).waitFor();
  assert.equal(await desk.inputValue('#reply'), 'Arriva martedì mattina, salvo neve.');
  assert.equal(await desk.locator('.msg.ours').count(), 0);

  await ready(desk);
  await desk.fill('#reply', 'Arriva mercoledì mattina.');
  await desk.keyboard.press('Control+Enter');
  await leaving(desk);
  await desk.locator('main h1').click({ trial: true });
  await desk.keyboard.press('Control+z');
  await desk.getByText(t.taken).waitFor();
  assert.deepEqual(s.sql("SELECT m.text FROM message m WHERE m.outbound = 1 AND m.text LIKE 'Arriva m%'"), [], 'there is nothing that could leave');
  await desk.context().close();
  await customer.page.context().close();
});

test('a failed send stays in sight with its reason; it is tried again and arrives', async () => {
  const t = words.it;
  const [desk, customer] = await Promise.all([s.signIn('luca'), s.phone('Carlo Capriccio', 'whatsapp')]);
  await customer.write('Il router lampeggia di rosso da stamattina');
  await openStory(desk, 'Il router lampeggia', t);
  await listen(desk, 'internet che torni a casa', t);
  await customer.misbehave('rate');
  await desk.fill('#reply', 'Le mando un tecnico domani alle nove.');
  await desk.locator('form.reply .key').click();
  const unsent = desk.locator('.msg.unsent');
  await unsent.waitFor();
  const said = await unsent.innerText();
  for (const part of [t.unsent, t.rate, t.kept, 'Le mando un tecnico']) assert.ok(said.includes(part), `“${part}” in: ${said}`);
  await desk.screenshot({ path: process.env.SHOTS ? `${process.env.SHOTS}/failed.png` : undefined });
  await customer.behave();
  await unsent.getByRole('button', { name: t.retry }).click();
  await customer.screen.getByText('Le mando un tecnico domani').first().waitFor();
  await until('no failure in sight', async () => (await desk.locator('.msg.unsent').count()) === 0);
  await desk.context().close();
  await customer.page.context().close();
});

test('another door, or taking back, after a refusal that will not pass', async () => {
  const t = words.it;
  const [desk, customer] = await Promise.all([s.signIn('sara'), s.phone('Bice Bloccata', 'whatsapp')]);
  await customer.write('Mi avete addebitato due volte la ricarica');
  await openStory(desk, 'addebitato due volte', t);
  await listen(desk, 'riavere la seconda ricarica', t);
  await customer.misbehave('blocked');
  await desk.fill('#reply', 'Gliela riaccredito subito.');
  await desk.locator('form.reply .key').click();
  await desk.locator('.msg.unsent', { hasText: 'non ci lascia raggiungere questa persona' }).waitFor();
  await desk.locator('.msg.unsent').getByRole('button', { name: t.back }).click();
  await desk.getByText(t.taken).waitFor();
  const kept = () => desk.evaluate(() => (document.querySelector('#reply')?.value ?? '') + document.querySelector('#latest').innerText);
  assert.ok((await kept()).includes('Gliela riaccredito subito.'), 'the words are there, even if no door is open');
  await customer.behave();
  await desk.context().close();
  await customer.page.context().close();
});
