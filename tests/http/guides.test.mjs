// Guides, step by step: from files, walked without scripts, what their ends lead to, what is counted, and the editor.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startHouse, tempDir } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia;
const folder = tempDir('ascolto-guides');
const file = (kind, language, name, lines, body) => {
  fs.mkdirSync(path.join(folder, kind, language), { recursive: true });
  fs.writeFileSync(path.join(folder, kind, language, `${name}.md`), `---\n${Object.entries(lines).map(([k, v]) => `${k}: ${v}`).join('\n')}\n---\n${body}\n`);
};
const steps = `## riavvio: Hai già spento e riacceso?
Spegni, conta fino a **trenta**, riaccendi.

- Sì, ora prende → solved
- Sì, ma non prende → step altri
- Ho la eSIM → article esim

## altri: Gli altri prendono?
<script>alert(1)</script>

- Sì → ask
- No → step zona
- Riprovo → step riavvio

## zona: Da quanto?
- Da poco → chat
- Da ieri → call`;
// A browser that a person sits before says that it navigates.
class Walker extends Guest {
  ask(where, { headers = {}, ...options } = {}) { return super.ask(where, { ...options, headers: { 'sec-fetch-mode': 'navigate', ...headers } }); }
}
const counts = () => Object.fromEntries(house.sql('SELECT step, answer, seen, moved FROM guide_count ORDER BY step, answer').map(r => [`${r.step}/${r.answer}`, r.answer ? Number(r.seen) : [Number(r.seen), Number(r.moved)]]));
const run = (...words) => { const r = house.cli(...words, '--json'); assert.equal(r.code, 0, r.err); return JSON.parse(r.out); };
const guideId = async slug => (await giulia.json('/api/v1/guides')).items.find(g => g.texts.some(t => t.slug === slug)).id;

before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  const rete = { category: 'Rete e SIM', icon: 'sim', state: 'published' };
  file('help', 'it', 'esim', { title: 'La eSIM non si attiva', about: 'Quattro passi', place: '1.1', ...rete }, 'Collega il telefono a un wifi.');
  file('help', 'en', 'esim', { title: 'The eSIM does not activate', about: 'Four steps', place: '1.1', ...rete, category: 'Network' }, 'Join a wifi.');
  file('guides', 'it', 'segnale', { title: 'Il telefono non prende', about: 'Tre domande', slug: 'non-prende', place: '1.1', ...rete }, steps);
  file('guides', 'en', 'segnale', { title: 'No signal', about: 'Two questions', slug: 'no-signal', place: '1.1', ...rete, category: 'Network' }, '## riavvio: Did you restart?\n- Yes → solved\n- No → step altri\n\n## altri: Do others have signal?\n- Yes → ask');
  file('guides', 'it', 'bozza', { title: 'Segreta', state: 'draft' }, '## uno: Uno?\n- Boh → nowhere');
  assert.deepEqual(run('article', 'import', path.join(folder, 'help')), { new: 2, changed: 0, same: 0 });
  assert.deepEqual(run('guide', 'import', path.join(folder, 'guides')), { new: 3, changed: 0, same: 0 });
  assert.deepEqual(run('guide', 'import', path.join(folder, 'guides')), { new: 0, changed: 0, same: 3 });
}, { timeout: 120000 });
after(() => { fs.rmSync(folder, { recursive: true, force: true }); return house?.stop(); });

test('each step is a page; the way taken is shown, goes back one step, and begins again', async () => {
  const guest = new Guest(house.base), first = await guest.get('/guides/non-prende');
  assert.equal(first.status, 200);
  assert.match(first.text, /<html lang="it"[^]*<h1>Il telefono non prende<\/h1>[^]*<h2 id="asks">Hai già spento e riacceso\?<\/h2>[^]*<strong>trenta<\/strong>/);
  assert.match(first.text, /<link rel="canonical" href="http[^"]*\/guides\/non-prende">/);
  assert.match(first.text, /<link rel="alternate" hreflang="en" href="[^"]*\/guides\/no-signal">/);
  assert.ok(!first.text.includes('Indietro di un passo') && !first.text.includes('class="way"'));
  const { step } = await guest.json('/guides/non-prende');
  assert.deepEqual(step.answers.map(a => [a.to, a.url]), [['solved', '/guides/non-prende/riavvio/1'], ['step', '/guides/non-prende/altri?way=2'], ['article', '/guides/non-prende/riavvio/3']]);
  const second = await guest.get(step.answers[1].url);
  assert.match(second.text, /<h1 id="asks">Gli altri prendono\?<\/h1>/);
  assert.ok(!second.text.includes('<script>alert'), 'nothing of it runs');
  const third = await guest.json('/guides/non-prende/zona?way=2-2');
  assert.deepEqual(third.way.map(w => [w.question, w.answer, w.url]), [['Hai già spento e riacceso?', 'Sì, ma non prende', '/guides/non-prende'], ['Gli altri prendono?', 'No', '/guides/non-prende/altri?way=2']]);
  assert.equal(third.back, '/guides/non-prende/altri?way=2');
  assert.equal(third.guide.url, '/guides/non-prende');
  const again = (await guest.json('/guides/non-prende/altri?way=2')).step.answers[2];
  assert.equal(again.url, '/guides/non-prende', 'who comes back to the first step is where the guide begins');
});

test('an address without its way, or with a wrong one, still shows the step', async () => {
  const guest = new Guest(house.base);
  for (const way of ['', '?way=9-9', '?way=x', '?way=2-2-1', `?way=${'2-'.repeat(400)}`]) {
    const page = await guest.json(`/guides/non-prende/zona${way}`);
    assert.equal(page.step.name, 'zona', way);
    assert.deepEqual(page.way, [], way);
    assert.equal(page.back, '', way);
  }
  for (const where of ['/guides/nothing', '/guides/non-prende/nothing', '/guides/non-prende/zona/3', '/guides/non-prende/zona/0', '/guides/non-prende/altri/2', '/guides/segreta', '/guides/segreta/uno'])
    assert.equal((await guest.get(where)).status, 404, where);
  assert.equal((await guest.get('/guides')).headers.location, '/help');
});

test('ends lead to an article, to a person with the way in words that can be changed, or to a thank-you', async () => {
  const guest = new Guest(house.base);
  const led = async where => { const r = await guest.get(where); assert.equal(r.status, 303, where); return r.headers.location; };
  assert.equal(await led('/guides/non-prende/riavvio/3'), '/help/la-esim-non-si-attiva');
  const ask = await led('/guides/non-prende/altri/1?way=2');
  assert.match(ask, /^\/ask\?text=/);
  const words = 'Ho seguito «Il telefono non prende»:\n• Hai già spento e riacceso? Sì, ma non prende\n• Gli altri prendono? Sì';
  assert.equal((await guest.json(ask)).values.text.trim(), words);
  assert.equal((await guest.json(await led('/guides/non-prende/zona/2?way=2-2'))).values.text.trim(), `${words.slice(0, words.lastIndexOf('Sì'))}No\n• Da quanto? Da ieri`);
  const chat = await led('/guides/non-prende/zona/1');
  assert.match(chat, /^\/chat\?text=/);
  assert.match((await guest.get(chat)).text, /• Da quanto\? Da poco[^<]*<\/textarea>/);
  const solved = await guest.get('/guides/non-prende/riavvio/1');
  assert.match(solved.text, /<meta name="robots" content="noindex">[^]*Bene, è fatta/);
  const id = await guest.request(`${words}\n\nE non va lo stesso.`);
  assert.match((await giulia.messages(id))[0].text, /^Ho seguito «Il telefono non prende»:[^]*E non va lo stesso\.$/);
});

test('an article that went off the site does not leave anybody in the dark', async () => {
  const guest = new Guest(house.base);
  const id = (await giulia.json('/api/v1/articles')).items[0].id;
  await giulia.done(`/desk/help/${id}/withdraw`, { lang: 'it' });
  assert.match((await guest.get('/guides/non-prende/riavvio/3')).headers.location, /^\/ask\?text=Ho%20seguito/);
  const guide = await guideId('non-prende');
  assert.deepEqual((await giulia.json(`/desk/guides/${guide}?lang=it`)).remarks.map(r => [r.fault, r.name, r.answer]), [['unread', 'riavvio', 'Ho la eSIM'], ['circle', 'altri', 'Riprovo']]);
  run('article', 'import', path.join(folder, 'help'));
  assert.equal((await guest.get('/guides/non-prende/riavvio/3')).headers.location, '/help/la-esim-non-si-attiva');
});

test('guides are found beside articles, listed, mapped, and offered in answers', async () => {
  const guest = new Guest(house.base);
  const titles = async q => (await guest.json(`/search?q=${encodeURIComponent(q)}`)).found.map(r => [r.title.replace(/[\u0002\u0003]/g, ''), r.url, r.guide]);
  assert.deepEqual((await titles('telefno prende'))[0], ['Il telefono non prende', '/guides/non-prende', true]);
  assert.deepEqual((await titles('telefono')).map(t => t[2]).sort(), [false, true], 'an article speaks of telephones too');
  assert.deepEqual(await titles('riaccendere'), [['Il telefono non prende', '/guides/non-prende', true]], 'the words of its steps are found');
  assert.deepEqual(await titles('segreta'), []);
  const help = await guest.json('/help');
  assert.deepEqual(help.categories.map(c => [c.name, c.articles.map(a => a.title)]), [['Rete e SIM', ['Il telefono non prende', 'La eSIM non si attiva']]]);
  assert.match((await guest.get('/')).text, /Passo dopo passo[^]*href="\/guides\/non-prende"/);
  assert.deepEqual(help.guides, [], 'a draft in no category is not listed');
  const map = (await guest.get('/sitemap.xml')).text;
  assert.match(map, /\/guides\/non-prende<\/loc><lastmod>20/);
  assert.ok(!map.includes('segreta'));
  assert.match((await guest.get('/robots.txt')).text, /Disallow: \/guides\/\*\?way=\n/);
  assert.ok((await giulia.json('/desk/help/offers?lang=it&q=non%20prende')).items.some(i => i.text === `Il telefono non prende: ${house.base}/guides/non-prende`));
});

test('in another language it is the same guide, at the same step where it has one', async () => {
  const guest = new Guest(house.base, 'en-GB');
  assert.equal((await guest.get('/guides/non-prende/altri?way=2&lang=en')).headers.location, '/guides/no-signal/altri?way=2');
  assert.equal((await guest.get('/guides/non-prende/zona?way=2-2&lang=en')).headers.location, '/guides/no-signal');
  assert.match((await guest.get('/guides/no-signal')).text, /<html lang="en"/);
});

test('what is counted is how far people come, once a walk, and nobody', async () => {
  house.write('DELETE FROM guide_count');
  const fetcher = new Guest(house.base), walker = new Walker(house.base), other = new Walker(house.base);
  await fetcher.get('/guides/non-prende');
  await walker.ask('/guides/non-prende', { headers: { 'sec-purpose': 'prefetch' } });
  await walker.ask('/guides/non-prende', { method: 'HEAD' });
  assert.deepEqual(counts(), {}, 'what only fetches is not counted');
  for (const where of ['', '/altri?way=2', '', '/altri?way=2', '/zona?way=2-2', '/zona/2?way=2-2', '/zona/2?way=2-2']) await walker.get(`/guides/non-prende${where}`);
  for (const where of ['', '/altri?way=2']) await other.get(`/guides/non-prende${where}`);
  await other.get('/guides/non-prende/riavvio/1');
  assert.deepEqual(counts(), { 'altri/': [2, 1], 'altri/No': 1, 'riavvio/': [2, 2], 'riavvio/Sì, ma non prende': 2, 'riavvio/Sì, ora prende': 1, 'zona/': [1, 1], 'zona/Da ieri': 1 });
  assert.equal([...walker.cookies?.keys?.() ?? Object.keys(walker.cookies ?? {})].some(n => /guest/.test(n)), false);
  const id = await guideId('non-prende'), desk = await giulia.json(`/desk/guides/${id}?lang=it`);
  assert.deepEqual(desk.steps.map(s => [s.name, s.seen, s.stopped]), [['riavvio', 2, 0], ['altri', 2, 1], ['zona', 1, 0]]);
  assert.deepEqual([desk.sum.began, desk.sum.ended, desk.sum.solved], [2, 2, 1]);
  const row = (await giulia.json('/desk/guides')).guides.find(g => g.id === id).texts.find(t => t.lang === 'it');
  assert.deepEqual([row.began, row.ended, row.solved, row.faults, row.steps], [2, 2, 1, 0, 3]);
  const told = (await giulia.json(`/api/v1/guides/${id}`)).texts.find(t => t.lang === 'it');
  assert.deepEqual(told.steps.map(s => [s.seen, s.went_on]), [[2, 2], [2, 1], [1, 1]]);
  assert.deepEqual(told.steps[0].answers[1], { text: 'Sì, ma non prende', to: 'step', target: 'altri', taken: 2 });
  await giulia.done(`/desk/guides/${id}/recount`, { lang: 'it' });
  assert.deepEqual(counts(), {});
});

test('a colleague makes a guide with forms alone; readers see what is published only', async () => {
  const guest = new Guest(house.base);
  assert.equal((await giulia.post('/desk/guides/new', { lang: 'it', title: '', question: '' })).status, 422);
  const made = await giulia.post('/desk/guides/new', { lang: 'it', title: 'Il modem non va', about: 'Due passi', question: 'Le luci sono accese?', category: '', new_category: 'Casa' });
  assert.equal(made.status, 303);
  const [, id, step] = made.headers.location.match(/\/desk\/guides\/(\d+)\?lang=it&step=([a-z-]+)#step/);
  assert.equal(step, 'le-luci-sono-accese');
  const page = (more = '') => giulia.json(`/desk/guides/${id}?lang=it${more}`);
  const keep = async (name, fields, more = {}) => giulia.post(`/desk/guides/${id}/step/${name}`, { lang: 'it', revision: (await page()).values.revision, do: 'save', ...fields, ...more });
  assert.deepEqual((await page()).remarks.map(r => r.fault), ['no_answer']);
  await giulia.done(`/desk/guides/${id}/publish`, { lang: 'it' });
  assert.equal((await guest.get('/guides/il-modem-non-va')).status, 404, 'it is not ready');
  const fresh = await keep(step, { question: 'Le luci sono accese?', words: 'Guarda il **retro**.', 'text-1': 'Sì', 'to-1': 'new', 'text-2': 'No', 'to-2': 'ask', 'text-3': '', 'to-3': 'call' });
  assert.equal(fresh.headers.location, `/desk/guides/${id}?lang=it&step=si#step`, 'the step that was made is open');
  assert.equal((await keep('si', { question: 'Quale luce è rossa?', 'text-1': 'Internet', 'to-1': 'article esim', 'text-2': 'Nessuna', 'to-2': 'solved', 'text-3': 'Riprovo', 'to-3': `step ${step}` })).status, 303);
  let now = await page('&step=si');
  assert.deepEqual(now.remarks.map(r => [r.fault, r.stops]), [['circle', false]]);
  assert.deepEqual(now.tree.map(r => [r.level, r.answer, r.to, r.title, r.again]), [
    [1, '', 'step', 'Le luci sono accese?', false], [2, 'Sì', 'step', 'Quale luce è rossa?', false],
    [3, 'Internet', 'article', 'La eSIM non si attiva', false], [3, 'Nessuna', 'solved', '', false], [3, 'Riprovo', 'step', 'Le luci sono accese?', true], [2, 'No', 'ask', '', false]]);
  assert.equal(now.form.answers.length, 5, 'there is room for two more');
  const preview = await giulia.get(`/desk/guides/${id}/preview/it/si?way=1`);
  assert.match(preview.text, /Questa è la bozza[^]*Quale luce è rossa\?[^]*href="\/desk\/guides\/\d+\/preview\/it\/si\/2\?way=1"/);
  assert.match((await giulia.get(`/desk/guides/${id}/preview/it/${step}/2`)).text, /Qui la persona ci scrive[^]*• Le luci sono accese\? No/);
  await giulia.done(`/desk/guides/${id}/publish`, { lang: 'it' });
  assert.match((await guest.get('/guides/il-modem-non-va')).text, /Guarda il <strong>retro<\/strong>/);
  assert.ok((await guest.json('/help')).categories.some(c => c.name === 'Casa' && c.articles[0].title === 'Il modem non va'));

  await keep('si', { question: 'Quale luce è rossa?', 'text-1': 'Internet', 'to-1': 'article esim', 'text-2': 'Nessuna', 'to-2': 'solved' }, { do: 'up-2' });
  assert.deepEqual((await page('&step=si')).steps[1].answers.map(a => a.text), ['Nessuna', 'Internet']);
  await keep('si', { question: 'Quale luce è rossa?', 'text-1': 'Nessuna', 'to-1': 'solved', 'text-2': 'Internet', 'to-2': 'article esim' }, { do: 'drop-1' });
  assert.deepEqual((await page('&step=si')).steps[1].answers.map(a => a.text), ['Internet']);
  assert.equal((await guest.json('/guides/il-modem-non-va/si')).step.answers.length, 3, 'what is published stays while the draft is edited');
  assert.match((await giulia.get(`/desk/guides/${id}?lang=it`)).text, /Published in an earlier version/);

  await giulia.done(`/desk/guides/${id}/step`, { lang: 'it', question: 'Sei ancora lì?' });
  assert.deepEqual((await page()).remarks.map(r => [r.fault, r.name]), [['unreached', 'sei-ancora-li'], ['no_answer', 'sei-ancora-li']]);
  await giulia.done(`/desk/guides/${id}/step/sei-ancora-li/move`, { lang: 'it', to: 'up' });
  assert.deepEqual((await page()).steps.map(s => s.name), [step, 'sei-ancora-li', 'si']);
  const { removing } = await page('&remove=si');
  assert.deepEqual([removing.title, removing.answers.map(a => a.answer), removing.steps], ['Quale luce è rossa?', ['Sì'], []]);
  await giulia.done(`/desk/guides/${id}/step/si/remove`, { lang: 'it' });
  now = await page();
  assert.deepEqual(now.steps.map(s => s.name), [step, 'sei-ancora-li']);
  assert.ok(now.remarks.some(r => r.fault === 'nowhere' && r.answer === 'Sì'));
  await giulia.done(`/desk/guides/${id}/publish`, { lang: 'it' });
  assert.equal((await guest.json('/guides/il-modem-non-va/si')).step.answers.length, 3, 'with a fault nothing new is published');
  await giulia.done(`/desk/guides/${id}/withdraw`, { lang: 'it' });
  assert.equal((await guest.get('/guides/il-modem-non-va')).status, 404);
  assert.deepEqual((await guest.json('/search?q=modem')).found, []);
});

test('two colleagues at one step: the second sees that it was changed, and loses no words', async () => {
  const id = await guideId('non-prende'), { revision } = (await giulia.json(`/desk/guides/${id}?lang=it`)).values;
  const form = { lang: 'it', revision, do: 'save', 'text-1': 'Da poco', 'to-1': 'chat', 'text-2': 'Da ieri', 'to-2': 'call' };
  assert.equal((await giulia.post(`/desk/guides/${id}/step/zona`, { ...form, question: 'Da quando?' })).status, 303);
  const second = await giulia.post(`/desk/guides/${id}/step/zona`, { ...form, question: 'Da quanto tempo?' });
  assert.equal(second.status, 422);
  assert.match(second.text, /value="Da quanto tempo\?"[^]*Somebody changed this/);
  assert.equal((await giulia.json(`/desk/guides/${id}?lang=it`)).steps[2].title, 'Da quando?');
});

test('a language more begins with the steps of the first', async () => {
  const id = await guideId('segreta');
  const before = await giulia.json(`/desk/guides/${id}?lang=en`);
  assert.deepEqual([before.there, before.other], [false, 'it']);
  await giulia.done(`/desk/guides/${id}/copy`, { lang: 'en', from: 'it' });
  assert.deepEqual((await giulia.json(`/desk/guides/${id}?lang=en`)).steps.map(s => s.title), ['Uno?']);
  assert.equal((await giulia.post(`/desk/guides/${id}/copy`, { lang: 'en', from: 'it' })).status, 409);
  await giulia.done(`/desk/guides/${id}`, { lang: 'en', title: 'Secret', about: '', slug: 'non-prende', category: '', new_category: '' });
  assert.equal((await giulia.json(`/desk/guides/${id}?lang=en`)).values.slug, 'non-prende-2', 'two guides have two addresses');
});

test('export brings the same files; a file that cannot be published changes nothing', async () => {
  const out = tempDir('ascolto-guides-out');
  run('guide', 'export', out);
  assert.match(fs.readFileSync(path.join(out, 'en', 'segnale.md'), 'utf8'), /^---\ntitle: No signal\n[^]*slug: no-signal\n[^]*state: published\n---\n## riavvio: Did you restart\?\n- Yes → solved\n/);
  const again = run('guide', 'import', out);
  assert.deepEqual([again.new, again.changed], [0, 0]);
  fs.rmSync(out, { recursive: true, force: true });
  file('wrong', 'it', 'rotta', { title: 'Rotta', state: 'published' }, '## a: Uno?\n- Sì → article manca');
  const wrong = house.cli('guide', 'import', path.join(folder, 'wrong'));
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.err, /rotta\.md: a is not ready to be published: no_article/);
  assert.equal(house.sql("SELECT count(*) AS n FROM guide WHERE name = 'rotta'")[0].n, 0);
  const lines = house.cli('export').out.split('\n').filter(l => l.includes('"type":"guide"')).map(l => JSON.parse(l));
  assert.ok(lines.some(l => l.id === 'it/segnale' && l.file.includes('## riavvio: Hai già spento')));
});

test('only colleagues who act change guides; programs read them', async () => {
  const id = await guideId('non-prende'), guest = new Guest(house.base);
  assert.equal((await guest.get(`/desk/guides/${id}`)).status, 303);
  assert.equal((await guest.get(`/desk/guides/${id}/preview/it`)).status, 303);
  assert.equal((await guest.get('/api/v1/guides')).status, 401);
  assert.equal((await giulia.get('/api/v1/guides/7')).status, 404);
  const { items } = await giulia.json('/api/v1/guides');
  assert.deepEqual(items.find(g => g.id === id).texts.map(t => t.lang), ['en', 'it']);
  assert.ok(house.sql("SELECT kind FROM event WHERE kind LIKE 'guides.%'").length > 5);
});
