// What we hold of a person, for that person: all of it, and of nobody else.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startHouse, tempDir, until } from './support.mjs';
import { addPasskey } from './authenticator.mjs';
import { Guest } from './guest.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

// The archive, opened by a program that is not ours: {facts, read(path), names}.
function opened(bytes) {
  const dir = tempDir('mydata'), file = path.join(dir, 'all.zip');
  fs.writeFileSync(file, bytes);
  const py = 'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;z.extractall(sys.argv[2]);print("\\n".join(z.namelist()))';
  const names = execFileSync('python3', ['-c', py, file, dir], { encoding: 'utf8' }).trim().split('\n');
  const read = name => fs.readFileSync(path.join(dir, name));
  return { names, read, facts: JSON.parse(read('mydata.json')) };
}
const takes = async guest => { const r = await guest.post('/mydata/file'); assert.equal(r.status, 200, r.text.slice(0, 300)); assert.equal(r.headers['content-type'], 'application/zip'); return opened(r.bytes); };

test('everything that is theirs, on whichever network, and their files; no notes, and nothing of others', async () => {
  const guest = new Guest(house.base), stranger = new Guest(house.base);
  await stranger.request('Il segreto di un’altra persona', { name: 'Elsa Altra' });
  await house.net.call('/sim/person', { key: 'miei1', name: 'Dora Dati' });
  await house.net.act({ network: 'whatsapp', person: 'miei1', what: 'message', text: 'Da WhatsApp, la mia fattura' });
  const c = await giulia.hear('la mia fattura');
  await giulia.listen(c, 'Avere la fattura');
  await giulia.done(`/desk/c/${c}/note`, { text: 'Nota interna: il fratello paga tardi' });
  await giulia.reply(c, 'Ecco la fattura, Dora.');
  await until('the reply is there', async () => ['sent', 'delivered', 'read'].includes((await giulia.message(c, 'Ecco la fattura')).state));
  const own = await guest.request('Dal sito, con una carta', { name: 'Dora', files: [{ name: 'la carta: 1.png', mime: 'image/png', bytes: png }] });
  const asc = (await guest.post('/sign-in')).text.match(/ASC-[2-9A-Z]{6}/)[0];
  await house.net.act({ network: 'whatsapp', person: 'miei1', what: 'message', text: asc });
  await until('the code is here', () => house.sql(`SELECT id FROM message WHERE text = '${asc}'`).length);
  await guest.post('/sign-in/done', { code: asc });
  await giulia.done(`/desk/c/${own}/close`, { reason: 'no_answer_needed' });
  house.write('UPDATE brand SET undo_seconds = 60');
  await giulia.reply(c, 'Parole che possono ancora tornare indietro');
  await addPasskey(guest, 'Telefono di Dora');
  const { facts, names, read } = await takes(guest);
  house.write('UPDATE brand SET undo_seconds = 0');
  assert.deepEqual(facts.passkeys.map(k => [k.name, Date.parse(k.since) > Date.now() - 60000, k.used]), [['Telefono di Dora', true, null]]);
  assert.equal(facts.person.name, 'Dora Dati');
  assert.deepEqual(new Set(facts.accounts.map(a => a.network)), new Set(['whatsapp', 'site']));
  assert.deepEqual(new Set(facts.stories.map(s => s.id)), new Set([c, own]));
  const story = facts.stories.find(s => s.id === c), here = facts.stories.find(s => s.id === own);
  assert.deepEqual(story.said.map(m => [m.text, m.yours, m.by]), [['Da WhatsApp, la mia fattura', true, ''], ['Ecco la fattura, Dora.', false, 'Giulia Riva'], [asc, true, '']]);
  assert.equal(story.need, 'Avere la fattura');
  assert.deepEqual(here.decided.map(d => d.what), ['closed']);
  const file = here.said[0].files[0];
  assert.deepEqual([file.enclosed, names.includes(file.path)], [true, true]);
  assert.deepEqual(read(file.path), png);
  const all = JSON.stringify(facts);
  for (const words of ['fratello', 'tornare indietro', 'Elsa', 'segreto']) assert.ok(!all.includes(words), words);
  assert.equal(facts.notes, 1, 'that there is one is said');
  const page = (await guest.post('/mydata/read')).text;
  for (const words of ['la mia fattura', 'Ecco la fattura', 'con una carta', 'una nota interna', 'Telefono di Dora']) assert.ok(page.includes(words), words);
  assert.ok(!page.includes('fratello') && !page.includes('segreto'));
});

test('a long story comes whole and in order', async () => {
  const guest = new Guest(house.base), id = await guest.request('numero 0');
  house.write('UPDATE brand SET undo_seconds = 0');
  for (let i = 1; i < 55; i++) await guest.say(id, `numero ${i}`);
  const base = Number(house.sql(`SELECT count(*) AS n FROM message WHERE conversation_id = ${id}`)[0].n);
  // as many again as make two pages and a half, beside the program
  house.write(`INSERT INTO message SELECT ${house.sql('SELECT * FROM message LIMIT 1').flatMap(Object.keys).map(c => c === 'id' ? 'm.id + CAST(n.i AS BIGINT) * 1000000' : c === 'at' ? 'm.at + CAST(n.i AS BIGINT) * 1000000000' : c === 'text' ? `m.text || '/' || n.i` : `m.${c}`).join(', ')} FROM message m, (SELECT 1 AS i UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8) n WHERE m.conversation_id = ${id}`);
  const { facts } = await takes(guest), said = facts.stories[0].said;
  assert.equal(said.length, base * 9);
  assert.deepEqual(said.map(m => m.at), said.map(m => m.at).sort());
});

test('nobody gets what is another’s, and not without end', async () => {
  const nobody = new Guest(house.base, 'en-GB');
  assert.match((await nobody.get('/mydata')).text, /nobody wrote to us yet/);
  for (const where of ['/mydata/read', '/mydata/file']) {
    assert.equal((await nobody.post(where)).headers.location, '/mydata');
    assert.equal((await nobody.get(where)).status, 405, 'not by a link that somebody sends');
    assert.equal((await nobody.post(where, {}, { origin: 'https://elsewhere.example' })).status, 403);
  }
  const guest = new Guest(house.base), other = new Guest(house.base);
  await guest.request('La cosa mia', { name: 'Gina' });
  await other.request('La cosa sua', { name: 'Omar' });
  const mine = (await takes(guest)).facts;
  assert.deepEqual(mine.stories.flatMap(s => s.said.map(m => m.text)), ['La cosa mia']);
  const forged = new Guest(house.base);
  forged.jar.set([...guest.jar.keys()][0], 'A'.repeat(43));
  assert.equal((await forged.post('/mydata/file')).headers.location, '/mydata');
  let status = 200, n = 1;
  while (status === 200 && n++ < 20) ({ status } = await guest.post('/mydata/file'));
  assert.deepEqual([status, n], [429, 6]);
  assert.equal((await other.post('/mydata/file')).status, 200, 'each for themselves');
});
