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
