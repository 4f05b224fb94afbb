// "Erase my data": asked on the site, decided by a lead who sees what there is, gone from every table, provable afterwards
// by somebody whom nobody knows any more; and what a network tells again does not bring it back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { engine, sleep, startHouse, startServer, until } from './support.mjs';
import { addPasskey } from './authenticator.mjs';
import { Guest } from './guest.mjs';
import { Member } from './member.mjs';

let house, giulia, luca;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); luca = await house.colleague('luca'); }, { timeout: 120000 });
after(() => house?.stop());
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

// Every cell of every table, bytes as text: {table: text}.
function dump() {
  const pg = engine === 'postgres';
  const tables = house.sql(pg ? `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'` : `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).map(t => t.name);
  return Object.fromEntries(tables.map(name => {
    const columns = pg ? house.sql(`SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${name}' AND table_schema = 'public'`) : house.sql(`SELECT name FROM pragma_table_info('${name}')`);
    const cell = c => (pg ? `CASE WHEN pg_typeof("${c}")::text = 'bytea' THEN encode("${c}"::text::bytea, 'escape') ELSE "${c}"::text END` : `hex(CAST("${c}" AS BLOB))`);
    const list = house.sql(`SELECT ${columns.map(({ name: c }, i) => `${cell(c)} AS c${i}`).join(', ')} FROM "${name}"`);
    const text = v => { v = String(v ?? ''); return pg ? (/^\\x[0-9a-f]*$/.test(v) ? Buffer.from(v.slice(2), 'hex').toString('latin1') : v) : Buffer.from(v, 'hex').toString('latin1'); };
    return [name, list.map(row => Object.values(row).map(text).join('\u0001')).join('\n')];
  }));
}
const holding = words => { const all = dump(); return words.flatMap(w => Object.entries(all).filter(([, t]) => t.toLowerCase().includes(Buffer.from(w).toString(engine === 'postgres' ? 'utf8' : 'latin1').toLowerCase())).map(([t]) => `${w} in ${t}`)); };
const ledger = () => { const l = house.ledger(); assert.equal(l.code, 0, l.text); return l; };
const personOf = id => house.sql(`SELECT CAST(person_id AS TEXT) AS id FROM conversation WHERE id = ${id}`)[0].id;
const state = person => house.sql(`SELECT state FROM erasure WHERE person_id = ${person} ORDER BY id DESC LIMIT 1`)[0]?.state;
const gone = person => until('it is done', () => state(person) === 4, 60000);
const receiptOf = r => { assert.equal(r.status, 303, r.text.slice(0, 300)); return r.headers.location.match(/\/mydata\/receipt\/([0-9A-Z]+)$/)[1]; };

test('asked, looked at, decided: nothing is left but that it was, and the books balance', { timeout: 180000 }, async () => {
  const guest = new Guest(house.base), other = new Guest(house.base);
  await other.request('Parole di un’altra persona che restano', { name: 'Elsa Altra' });
  await house.net.call('/sim/person', { key: 'qxvia', name: 'Zqxwalda Perdutissima' });
  await house.net.act({ network: 'whatsapp', person: 'qxvia', what: 'message', text: 'Il mio zqxnumero segreto è 4471' });
  const c = await giulia.hear('zqxnumero');
  await house.net.act({ network: 'whatsapp', person: 'qxvia', what: 'message', text: 'zqxfoto' });
  await giulia.hear('zqxfoto');
  await giulia.listen(c, 'Che zqxbisogno ha');
  await giulia.done(`/desk/c/${c}/note`, { text: 'zqxnota tra noi' });
  await giulia.reply(c, 'Cara Zqxwalda, zqxrisposta entro domani alle 15.');
  await until('the reply is there', async () => ['sent', 'delivered', 'read'].includes((await giulia.message(c, 'zqxrisposta')).state));
  const own = await guest.request('Dal sito zqxparole', { name: 'Zqxwalda', files: [{ name: 'zqxcarta.png', mime: 'image/png', bytes: png }] });
  const asc = (await guest.post('/sign-in')).text.match(/ASC-[2-9A-Z]{6}/)[0];
  await house.net.act({ network: 'whatsapp', person: 'qxvia', what: 'message', text: asc });
  await until('the code is here', () => house.sql(`SELECT id FROM message WHERE text = '${asc}'`).length);
  await guest.post('/sign-in/done', { code: asc });
  const person = personOf(own);
  assert.equal(person, personOf(c), 'one person now');
  const wa = house.sql(`SELECT external_id FROM identity WHERE person_id = ${person} AND network = 'whatsapp'`)[0].external_id;
  assert.ok(house.sql(`SELECT count(*) AS n FROM shingle WHERE person_id = ${person}`)[0].n > 0);
  const device = await addPasskey(guest, 'zqxchiave di casa'), [key] = device.keys;
  const id = house.sql(`SELECT CAST(id AS TEXT) AS id FROM guest WHERE external_id IN (SELECT external_id FROM passkey)`)[0].id;
  house.write(`INSERT INTO passkey_ask (brand_id, guest_id, adds, hash, handle, expires_at) VALUES (${house.brand}, ${id}, 1, 'zqxdomanda', '${key.handle}', 9000000000000000)`);
  const passkey = ['zqxchiave', 'zqxdomanda', key.handle, key.id.toString('base64url')];
  for (const word of passkey) assert.ok(holding([word]).length, word);
  const words = [...passkey, 'zqxnumero', 'zqxfoto', 'zqxbisogno', 'zqxnota', 'zqxrisposta', 'zqxparole', 'zqxcarta', 'zqxwalda', 'perdutissima', wa];
  assert.ok(holding(words).length > 12, 'the search finds what is there');
  assert.ok(holding(['qxnumero']).length > 0);

  assert.match((await guest.get('/mydata')).text, /Chiedi di cancellare tutto/);
  const code = receiptOf(await guest.post('/mydata/erase'));
  const stranger = new Guest(house.base);
  assert.match((await stranger.get(`/mydata/receipt/${code}`)).text, /lo guarda uno di noi/, 'whoever has the code');
  assert.equal((await stranger.get('/mydata/receipt/22222222222A')).status, 404);
  assert.match((await guest.get('/mydata')).text, /Ho cambiato idea/);
  assert.equal((await guest.post('/mydata/erase')).headers.location, '/mydata#erase', 'once');
  const story = await giulia.hear('cancelliate tutto');
  assert.match((await giulia.get(`/desk/c/${story}`)).text, new RegExp(`/desk/person/${person}/erase`), 'who reads it is led there');
  assert.equal((await luca.get(`/desk/person/${person}/erase`)).status, 403, 'a lead decides');
  assert.equal((await luca.post(`/desk/person/${person}/erase`, { sure: '1' })).status, 403);
  assert.match((await giulia.get('/desk/erasures')).text, /Zqxwalda/);
  const page = (await giulia.get(`/desk/person/${person}/erase`)).text;
  for (const say of [/3 accounts/, /6 messages/, /1 file/, /I have read/]) assert.match(page.replace(/[\s\S]*<main/, ''), say);
  assert.equal((await giulia.post(`/desk/person/${person}/erase`, {})).status, 422, 'read before');
  assert.equal((await giulia.post(`/desk/person/${person}/erase/refuse`, { no: ' ' })).status, 422, 'not without a reason');

  const was = ledger(), count = house.sql(`SELECT count(*) AS n FROM message`)[0].n;
  assert.equal((await giulia.post(`/desk/person/${person}/erase`, { sure: '1' })).status, 303);
  assert.equal((await guest.get(`/requests/${own}`)).status, 404, 'at once nobody is who they were');
  await gone(person);
  assert.deepEqual(holding(words), []);
  if (engine !== 'postgres') assert.deepEqual(holding(['qxnumero', 'qxbisogno', 'erdutissima']), [], 'nor in the pages of the index');
  assert.equal(house.sql('SELECT count(*) AS n FROM passkey')[0].n, 0);
  assert.equal(house.sql(`SELECT count(*) AS n FROM shingle WHERE person_id = ${person}`)[0].n, 0, 'nor the sketch of an answer');
  assert.equal(house.sql(`SELECT count(*) AS n FROM message`)[0].n, count);
  const is = ledger();
  assert.deepEqual([is.received, is.answered], [was.received, was.answered]);
  assert.equal(house.sql(`SELECT count(*) AS n FROM message WHERE person_id = ${person} AND place = 1`)[0].n, 0);
  const log = house.sql(`SELECT data, actor_id FROM event WHERE kind = 'person.erased' AND subject_id = ${person}`)[0], said = JSON.parse(log.data);
  assert.ok(log.actor_id && said.messages === 6 && said.files === 1 && said.accounts === 3 && said.events > 0 && said.payloads > 0, log.data);
  const after = (await stranger.get(`/mydata/receipt/${code}`)).text;
  assert.match(after, /non abbiamo più niente/);
  assert.match(after, /Giulia Riva/);
  assert.match((await giulia.get(`/desk/person/${person}/erase`)).text, /Non c’è più niente|Nothing is left/);
  assert.match((await giulia.get(`/desk/c/${c}`)).text, /su richiesta|because they asked/);
  assert.equal(JSON.stringify(await giulia.json('/desk/search?q=zqxnumero')).includes('zqxnumero segreto'), false);
  assert.match((await giulia.get('/desk')).text, /./);
  assert.equal((await giulia.get(`/desk/person/${person}`)).status, 200);
  assert.equal((await new Guest(house.base).get('/mydata')).status, 200);
  assert.deepEqual(holding(['Parole di un']).length > 0, true, 'others stay whole');
  assert.equal((await giulia.post(`/desk/person/${person}/erase`, { sure: '1' })).status, 409, 'once');

  // who writes again is somebody new, and heard
  await house.net.act({ network: 'whatsapp', person: 'qxvia', what: 'message', text: 'Rieccomi dopo la cancellazione' });
  const anew = await giulia.hear('Rieccomi');
  assert.notEqual(personOf(anew), person);
  assert.equal((await giulia.json(`/desk/c/${anew}`)).items?.length ?? 1, 1);
});

test('what a network lists again, edits, or delivers twice, does not come back', { timeout: 120000 }, async () => {
  const anna = await house.colleague('anna'), lists = () => house.channel('facebook').asking.lists;
  await house.net.call('/sim/person', { key: 'qxeco', name: 'Zqxeco Ritorna' });
  const { id } = await house.net.act({ network: 'facebook', person: 'qxeco', what: 'post', text: 'zqxcommento pubblico' });
  const c = await giulia.hear('zqxcommento'), person = personOf(c);
  const told = () => house.sql(`SELECT id FROM payload WHERE ${engine === 'postgres' ? `position('zqxcommento'::bytea in body) > 0` : `instr(CAST(body AS TEXT), 'zqxcommento') > 0`}`).length;
  assert.ok(told() > 0);
  await giulia.done(`/desk/person/${person}/erase`, { sure: '1', reason: 'lo ha chiesto per posta' });
  await gone(person);
  assert.deepEqual(holding(['zqxcommento', 'zqxeco']), []);
  const rounds = lists().map(l => l.rounds);
  await anna.get(`/desk/channels/${house.channels.facebook}`);
  await anna.done(`/desk/channels/${house.channels.facebook}/ask`);
  await until('the network was asked', () => lists().every((l, i) => l.rounds > rounds[i]));
  assert.deepEqual(holding(['zqxcommento']), [], 'nor the bytes that list it');
  await house.net.act({ network: 'facebook', person: 'qxeco', what: 'edit', to: id, text: 'zqxcommento cambiato' });
  await sleep(1500);
  assert.deepEqual(holding(['zqxcommento']), [], 'nor an edit of it');
  ledger();
});

test('in the community: all of it goes, or only the name, as they chose; what others wrote stays', { timeout: 180000 }, async () => {
  await giulia.get('/desk/community');
  await giulia.done('/desk/community/category', { title: 'Casa e modem', about: 'Fibra, wifi, stampanti', language: 'it', position: '1', category: '' });
  const category = (await giulia.json('/desk/community')).categories[0].id;
  for (const stay of [false, true]) {
    const n = stay ? 'resta' : 'vada', guest = new Member(house.base, `Zqx${n} Socio`), helper = new Member(house.base, `Aiutante ${n}`);
    const topic = await guest.topic(category, `Come si fa zqx${n} la cosa`, `Parole zqxtesto${n} mie`), where = topic.address;
    await helper.reply(topic, `Si fa così, zqxaiuto${n}`);
    const code = receiptOf(await guest.post('/mydata/erase', stay ? { posts_stay: '1' } : {}));
    const person = house.sql(`SELECT CAST(person_id AS TEXT) AS id FROM message WHERE id = ${topic.post}`)[0].id;
    await giulia.done(`/desk/person/${person}/erase`, { sure: '1' });
    await gone(person);
    assert.deepEqual(holding([`Zqx${n} Socio`]), []);
    assert.equal(holding([`zqxtesto${n}`]).length > 0, stay);
    assert.ok(holding([`zqxaiuto${n}`]).length > 0, 'others’ words');
    const seen = (await helper.get(where)).text;
    assert.equal(seen.includes(`zqxtesto${n}`), stay);
    if (stay) assert.match(seen, /Chi se n’è andato|Someone who left/);
    assert.match((await helper.get(`/mydata/receipt/${code}`)).text, /non abbiamo più niente/);
    ledger();
  }
});

test('no, and why; a change of mind; a reply on its way', { timeout: 120000 }, async () => {
  const guest = new Guest(house.base);
  const own = await guest.request('Tenete tutto, anzi no', { name: 'Incerta' }), person = personOf(own);
  receiptOf(await guest.post('/mydata/erase'));
  await guest.get('/mydata');
  await guest.post('/mydata/erase/back');
  assert.equal(state(person), 1);
  const code = receiptOf(await guest.post('/mydata/erase'));
  await giulia.done(`/desk/person/${person}/erase/refuse`, { no: 'C’è una causa aperta' });
  assert.match((await guest.get('/mydata')).text, /una causa aperta/);
  assert.match((await new Guest(house.base).get(`/mydata/receipt/${code}`)).text, /una causa aperta/);
  assert.equal(state(person), 2);
  assert.ok(holding(['anzi no']).length > 0);
  receiptOf(await guest.post('/mydata/erase'));
  house.write('UPDATE brand SET undo_seconds = 60');
  await giulia.listen(own, 'Un momento');
  await giulia.reply(own, 'Sta ancora partendo');
  assert.match((await giulia.get(`/desk/person/${person}/erase`)).text, /sta ancora partendo|still on its way/);
  assert.equal((await giulia.post(`/desk/person/${person}/erase`, { sure: '1' })).status, 409);
  house.write('UPDATE brand SET undo_seconds = 0');
});

test('a request goes with its person: merged, and apart again', { timeout: 120000 }, async () => {
  const guest = new Guest(house.base), other = new Guest(house.base);
  const own = await guest.request('Sono io che chiedo', { name: 'Una Che Chiede' }), theirs = await other.request('Io non chiedo niente', { name: 'Altra Che Resta' });
  const from = personOf(own), into = personOf(theirs);
  receiptOf(await guest.post('/mydata/erase'));
  await giulia.done(`/desk/person/${into}/merge`, { other: from });
  assert.match((await giulia.get(`/desk/person/${from}/erase`)).headers.location, new RegExp(`/desk/person/${into}/erase`));
  assert.match((await giulia.get(`/desk/person/${into}/erase`)).text, /Asks that their data be erased/);
  const merge = house.sql(`SELECT CAST(id AS TEXT) AS id FROM person_merge WHERE from_id = ${from}`)[0].id;
  await giulia.done(`/desk/merge/${merge}/undo`);
  assert.doesNotMatch((await giulia.get(`/desk/person/${into}/erase`)).text, /Asks that their data be erased/, 'nobody else is erased');
  await giulia.done(`/desk/person/${from}/erase`, { sure: '1' });
  await gone(from);
  assert.deepEqual(holding(['Sono io che chiedo']), []);
  assert.ok(holding(['Io non chiedo niente']).length);
  assert.equal((await giulia.post(`/desk/merge/${merge}/undo`)).status >= 400, true, 'nothing to take apart');
});

test('kill -9 in the middle: it goes on', { timeout: 180000 }, async () => {
  await house.net.call('/sim/person', { key: 'qxtanti', name: 'Zqxtanti Messaggi' });
  for (let i = 0; i < 60; i++) await house.net.act({ network: 'facebook', person: 'qxtanti', what: 'message', text: `zqxmolti ${i}` });
  const c = await giulia.hear('zqxmolti 59'), person = personOf(c);
  await until('all are here', () => house.sql(`SELECT count(*) AS n FROM message WHERE conversation_id = ${c}`)[0].n == 60);
  await giulia.done(`/desk/person/${person}/erase`, { sure: '1', reason: 'prova' });
  await until('it has begun', () => house.sql(`SELECT messages FROM erasure WHERE person_id = ${person}`)[0].messages > 0 || state(person) === 4, 20000);
  house.server.child.kill('SIGKILL');
  await house.server.ended;
  house.server = await startServer({ data: house.data, listen: house.base.replace('http://', '') });
  await gone(person);
  assert.deepEqual(holding(['zqxmolti', 'zqxtanti']), []);
  assert.equal(house.sql(`SELECT messages FROM erasure WHERE person_id = ${person}`)[0].messages, 60, 'each counted once');
  ledger();
});
