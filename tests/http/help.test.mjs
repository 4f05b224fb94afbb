// Help on the care site: articles from files, found by misspelt words, read without scripts, and what they lead to.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startHouse, tempDir } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia;
const folder = tempDir('ascolto-help');
const file = (language, name, lines, body) => {
  fs.mkdirSync(path.join(folder, language), { recursive: true });
  fs.writeFileSync(path.join(folder, language, `${name}.md`), `---\n${Object.entries(lines).map(([k, v]) => `${k}: ${v}`).join('\n')}\n---\n${body}\n`);
};
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  const rete = { category: 'Rete e SIM', icon: 'sim', state: 'published', author: 'Giulia Riva' };
  file('it', 'esim', { title: 'La eSIM non si attiva', about: 'Quattro passi', place: '1.1', ...rete }, '1. Collega il telefono a un wifi.\n2. Spegni e riaccendi.\n\n<script>alert(1)</script> [qui](javascript:alert(1))');
  file('en', 'esim', { title: 'The eSIM does not activate', about: 'Four steps', place: '1.1', ...rete, category: 'Network and SIM' }, 'Connect the phone to a wifi.');
  file('it', 'ricarica', { title: 'Una ricarica non arrivata', place: '2.1', category: 'Pagamenti', icon: 'bill', state: 'published' }, 'Guarda lo scontrino.');
  file('it', 'bozza', { title: 'Segreta ancora', place: '2.2', category: 'Pagamenti', state: 'draft' }, 'Parole non pubblicate.');
  assert.deepEqual(house.cli('article', 'import', folder, '--json').out && JSON.parse(house.cli('article', 'import', folder, '--json').out), { new: 0, changed: 0, same: 4 });
}, { timeout: 120000 });
after(() => { fs.rmSync(folder, { recursive: true, force: true }); return house?.stop(); });
const titles = (page) => page.found.map(row => row.title.replace(/[\u0002\u0003]/g, ''));

test('articles are read by category and by address, in the language of the address', async () => {
  const guest = new Guest(house.base);
  const shelf = await guest.json('/help');
  assert.deepEqual(shelf.categories.map(c => [c.name, c.articles.map(a => a.title)]), [['Rete e SIM', ['La eSIM non si attiva']], ['Pagamenti', ['Una ricarica non arrivata']]]);
  const page = await guest.get('/help/la-esim-non-si-attiva');
  assert.match(page.text, /<html lang="it"/);
  assert.match(page.text, /Scritta da Giulia Riva/);
  assert.match(page.text, /itemtype="https:\/\/schema.org\/Article"/);
  assert.match(page.text, /<link rel="alternate" hreflang="en" href="[^"]*\/help\/the-esim-does-not-activate">/);
  assert.match(page.text, /<link rel="canonical" href="http[^"]*\/help\/la-esim-non-si-attiva">/);
  assert.ok(!page.text.includes('<script>alert') && !page.text.includes('href="javascript'), 'nothing of it runs');
  assert.match((await guest.get('/help/the-esim-does-not-activate')).text, /<html lang="en"/);
  assert.equal((await guest.get('/help/la-esim-non-si-attiva?lang=en')).headers.location, '/help/the-esim-does-not-activate');
  assert.equal((await guest.get('/help/segreta-ancora')).status, 404, 'a draft is nobody’s to read');
  const map = await guest.get('/sitemap.xml');
  assert.match(map.text, /\/help\/una-ricarica-non-arrivata<\/loc>/);
  assert.ok(!map.text.includes('segreta'));
  assert.match((await guest.get('/robots.txt')).text, /Disallow: \/desk\n[^]*Sitemap: http/);
});

test('who has an article already is told so; who brings a cookie gets their own page', async () => {
  const guest = new Guest(house.base), where = '/help/the-esim-does-not-activate', first = await guest.get(where);
  assert.match(first.headers.etag, /^W\/"[0-9a-f]{16}"$/);
  assert.equal(first.headers['cache-control'], 'public, no-cache');
  const again = await guest.ask(where, { headers: { 'if-none-match': first.headers.etag } });
  assert.deepEqual([again.status, again.text], [304, '']);
  const known = await guest.ask(where, { headers: { 'if-none-match': first.headers.etag, cookie: 'ascolto_language=en' } });
  assert.deepEqual([known.status, known.headers.etag, known.headers['cache-control']], [200, undefined, 'private, no-cache']);
});

test('search forgives typing, accents and endings, and leads to a person with the words kept', async () => {
  const guest = new Guest(house.base), look = async q => titles(await guest.json(`/search?q=${encodeURIComponent(q)}`));
  for (const q of ['esim', 'eSIM non si attiva', 'atiiva esmi', 'attivare', 'ÉSIM', 'attivazione della esim', 'riacendi'])
    assert.equal((await look(q))[0], 'La eSIM non si attiva', q);
  for (const q of ['ricariche', 'ricar', 'scontrini', 'ricarca non arivata']) assert.equal((await look(q))[0], 'Una ricarica non arrivata', q);
  assert.deepEqual(await look('segreta'), [], 'drafts are not found');
  assert.deepEqual(await look('activate'), ['The eSIM does not activate'], 'another language is better than nothing');
  const none = await guest.get('/search?q=smartwatch%20rosso');
  assert.match(none.text, /href="\/ask\?text=smartwatch%20rosso&amp;looked=smartwatch%20rosso"/);
  const part = await guest.get('/search?q=esim&fragment=site_found');
  assert.ok(!part.text.includes('<html') && part.text.includes('<mark>eSIM</mark>'), 'as one types, a part of the page');
});

test('“not yet” leads to a person who sees what was read; each browser counts once a version', async () => {
  const guest = new Guest(house.base), vote = solved => guest.form('/help/la-esim-non-si-attiva/solved', { solved });
  assert.equal((await vote('yes')).headers.location, '/help/la-esim-non-si-attiva#solved');
  await vote('yes');
  assert.equal((await guest.json('/help/la-esim-non-si-attiva')).article.helped, 1);
  const other = new Guest(house.base);
  const no = await other.form('/help/la-esim-non-si-attiva/solved', { solved: 'no' });
  assert.equal(no.headers.location, '/ask?article=la-esim-non-si-attiva');
  assert.match((await other.get(no.headers.location)).text, /Hai letto «La eSIM non si attiva»/);
  const asked = await other.form('/ask', { text: 'Ho letto tutto ma niente', name: '', once: 'v1', article: 'la-esim-non-si-attiva' });
  assert.equal(asked.status, 303);
  const id = asked.headers.location.match(/\d+/)[0];
  const said = (await giulia.messages(id))[0];
  assert.equal(said.origin[0].words, 'La eSIM non si attiva');
  assert.deepEqual(house.sql('SELECT helped, not_helped FROM article_version WHERE language = \'it\' ORDER BY helped DESC LIMIT 1'), [{ helped: 1, not_helped: 1 }]);
});

test('a colleague writes, previews, publishes, restores and withdraws; readers see what is published only', async () => {
  const guest = new Guest(house.base), article = { lang: 'it', title: 'Il modem nuovo', about: 'Come si collega', body: '## Primo\n\n<b>no</b> **sì**', category: '', new_category: 'Casa', slug: '' };
  const preview = await giulia.post('/desk/help/new', { ...article, do: 'preview' });
  assert.equal(preview.status, 200);
  assert.match(preview.text, /<h2>Primo<\/h2>[^]*&lt;b&gt;no&lt;\/b&gt; <strong>sì<\/strong>/);
  assert.equal((await giulia.post('/desk/help/new', { ...article, title: '', do: 'save' })).status, 422);
  const saved = await giulia.post('/desk/help/new', { ...article, do: 'save' });
  assert.equal(saved.status, 303);
  const id = saved.headers.location.match(/\/desk\/help\/(\d+)/)[1];
  assert.equal((await guest.get('/help/il-modem-nuovo')).status, 404);
  await giulia.done(`/desk/help/${id}`, { ...article, do: 'publish' });
  assert.match((await guest.get('/help/il-modem-nuovo')).text, /<h2>Primo<\/h2>/);
  assert.ok((await guest.json('/help')).categories.some(c => c.name === 'Casa'));
  await giulia.done(`/desk/help/${id}`, { ...article, body: 'Parole nuove', do: 'save' });
  assert.match((await guest.get('/help/il-modem-nuovo')).text, /<h2>Primo<\/h2>/, 'what is saved is not what is published');
  await giulia.done(`/desk/help/${id}/restore`, { lang: 'it', number: 1 });
  const page = await giulia.json(`/desk/help/${id}?lang=it`);
  assert.deepEqual(page.versions.map(v => [v.number, v.by.name, v.published]), [[4, 'Giulia Riva', false], [3, 'Giulia Riva', false], [2, 'Giulia Riva', true], [1, 'Giulia Riva', false]]);
  assert.equal(page.values.body, article.body);
  await giulia.done(`/desk/help/${id}`, { ...article, lang: 'en', title: 'The new modem', new_category: '', slug: 'il-modem-nuovo', do: 'publish' });
  assert.equal((await guest.json('/help/il-modem-nuovo-2')).article.title, 'The new modem', 'two texts have two addresses');
  await giulia.done(`/desk/help/${id}/withdraw`, { lang: 'it' });
  assert.equal((await guest.get('/help/il-modem-nuovo')).status, 404);
  assert.deepEqual(titles(await guest.json('/search?q=modem')), ['The new modem']);
});

test('a picture is only one of ours, and only a picture', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const id = (await giulia.json('/desk/help')).articles[0].id, guest = new Guest(house.base);
  const up = (mime, bytes) => {
    const boundary = 'provaprova', head = (name, more) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n`;
    const body = Buffer.concat([Buffer.from(`${head('csrf', '')}\r\n${giulia.csrf}\r\n${head('lang', '')}\r\nit\r\n${head('file', '; filename="modem.png"')}Content-Type: ${mime}\r\n\r\n`), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    return giulia.ask(`/desk/help/${id}/picture`, { method: 'POST', body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } });
  };
  for (const [mime, bytes] of [['image/svg+xml', Buffer.from('<svg onload="alert(1)"/>')], ['text/html', Buffer.from('<script>')], ['image/png', Buffer.from('<script>')]]) {
    await up(mime, bytes);
    assert.equal((await giulia.json(`/desk/help/${id}`)).pictures.length, 0, mime);
  }
  assert.equal((await up('image/png', png)).status, 303);
  const [picture] = (await giulia.json(`/desk/help/${id}`)).pictures;
  const shown = await guest.get(`/help/picture/${picture.id}`);
  assert.deepEqual(shown.bytes, png);
  assert.match(shown.headers['content-security-policy'], /default-src 'none'; sandbox/);
  const preview = await giulia.post(`/desk/help/${id}`, { lang: 'it', title: 'x', body: `![Il retro](picture:${picture.id}) ![altrove](https://elsewhere.example/a.png)`, do: 'preview' });
  assert.match(preview.text, new RegExp(`<img src="/help/picture/${picture.id}" loading="lazy" alt="Il retro">`));
  assert.ok(!preview.text.includes('elsewhere.example/a.png" '), 'no picture comes from elsewhere');
});

test('from a story in two clicks: a draft without what is the person’s own, opened again the second time', async () => {
  const guest = new Guest(house.base);
  const id = await guest.request('Sono Teresa Galli, teresa@posta.example, +39 333 123 4567: la ricarica dell’ordine AB-98765 non arriva', { name: 'Teresa Galli' });
  await giulia.hear('la ricarica dell’ordine');
  await giulia.listen(id, 'Avere la ricarica');
  await giulia.reply(id, 'Ciao Teresa, spegni e riaccendi il telefono: arriva in un’ora.');
  const made = await giulia.post(`/desk/c/${id}/article`, {});
  assert.equal(made.status, 303);
  const draft = await giulia.json(made.headers.location);
  assert.equal(draft.values.title, 'Avere la ricarica');
  assert.equal(draft.conversation, id);
  assert.equal(draft.published, false);
  assert.match(draft.values.body, /la ricarica dell’ordine \[numero\] non arriva/);
  assert.match(draft.values.body, /Ciao \[nome\], spegni e riaccendi/);
  for (const secret of ['Teresa', 'Galli', 'posta.example', '333', '98765']) assert.ok(!draft.values.body.includes(secret), secret);
  assert.equal((await giulia.post(`/desk/c/${id}/article`, {})).headers.location, made.headers.location);
});

test('what was looked for in vain is counted on the desk, merged, without anybody’s data', async () => {
  const guest = new Guest(house.base), list = async () => (await giulia.json('/desk/help/missing')).missing.map(m => [m.said, m.missed, m.asked]);
  const before = (await list()).length;
  await guest.get('/search?q=Orologio%20da%20polso%20333%201234567%20io@posta.example');
  await guest.get('/search?q=orologio%20da%20p%C3%B2lso%3F');
  await guest.get('/search?q=orol&fragment=site_found');
  await guest.form('/ask', { text: 'orologio?', name: '', once: 'w1', looked: 'OROLOGIO da polso' });
  const now = await list();
  assert.equal(now.length, before + 1);
  assert.deepEqual(now[0], ['OROLOGIO da polso', 2, 1]);
  const [first] = (await giulia.json('/desk/help/missing')).missing;
  assert.equal((await giulia.json(`/desk/help/new?missing=${first.id}`)).values.title, 'OROLOGIO da polso');
  await giulia.done(`/desk/help/missing/${first.id}/dismiss`, {});
  assert.equal((await list()).length, before);
});

test('export and import bring the same; an agent who only reads changes nothing', async () => {
  const out = tempDir('ascolto-help-out');
  assert.equal(house.cli('article', 'export', out, '--json').code, 0);
  const again = JSON.parse(house.cli('article', 'import', out, '--json').out);
  assert.deepEqual([again.new, again.changed], [0, 0]);
  assert.match(fs.readFileSync(path.join(out, 'it', 'esim.md'), 'utf8'), /^---\ntitle: La eSIM non si attiva\n[^]*author: Giulia Riva\nstate: published\n---\n1\. Collega/);
  fs.rmSync(out, { recursive: true, force: true });
  assert.equal((await new Guest(house.base).get('/desk/help')).status, 303, 'the desk’s pages are the desk’s');
});

test('programs read the same', async () => {
  const { items } = await giulia.json('/api/v1/articles');
  const esim = items.find(a => a.texts.some(t => t.slug === 'la-esim-non-si-attiva'));
  assert.deepEqual(esim.texts.map(t => [t.lang, t.state]), [['en', 'published'], ['it', 'published']]);
  const one = await giulia.json(`/api/v1/articles/${esim.id}`);
  assert.match(one.texts[1].body, /^1\. Collega/);
  assert.equal((await giulia.get('/api/v1/articles/7')).status, 404);
  assert.equal((await new Guest(house.base).get('/api/v1/articles')).status, 401);
  assert.ok((await giulia.json('/api/openapi.json')).paths['/api/v1/articles/{id}'].get);
});

test('a page is offered while one answers, as a line with its address', async () => {
  const { items } = await giulia.json('/desk/help/offers?lang=it&q=esmi%20attiva');
  assert.equal(items[0].text, `La eSIM non si attiva: ${house.base}/help/la-esim-non-si-attiva`);
});

test('the export of the brand brings its articles to another house, and its pictures stay when retention runs', async () => {
  const lines = house.cli('export').out.split('\n').filter(l => l.includes('"type":"article"')).map(l => JSON.parse(l));
  assert.ok(lines.some(l => l.id === 'it/esim' && l.file.includes('title: La eSIM non si attiva')));
  const other = await startHouse();
  try {
    const from = path.join(folder, 'out.jsonl');
    fs.writeFileSync(from, lines.map(l => JSON.stringify(l)).join('\n') + '\n');
    assert.equal(other.cli('import', from).code, 0);
    fs.writeFileSync(from + '2', JSON.stringify({ ...lines[0], id: 'x', name: '../../x' }) + '\n' + JSON.stringify({ ...lines[0], id: 'y', language: '../it' }) + '\n');
    assert.equal(other.cli('import', from + '2').code, 1, 'a name is no path');
    assert.equal((await new Guest(other.base).json('/help/la-esim-non-si-attiva')).article.title, 'La eSIM non si attiva');
    assert.equal(other.cli('import', from).code, 0);
    assert.equal(other.sql('SELECT count(*) AS n FROM article_version')[0].n, lines.length, 'twice imports once');
  } finally { await other.stop(); }
  assert.equal(house.cli('retention', '--run').code, 0);
  const [picture] = (await giulia.json(`/desk/help/${(await giulia.json('/desk/help')).articles[0].id}`)).pictures;
  assert.equal((await giulia.get(`/help/picture/${picture.id}`)).status, 200);
});
