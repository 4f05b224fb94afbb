// A whole house moves: backup and restore on either engine and from one to the other, under load, by themselves, and what
// is refused. With ASCOLTO_TEST_POSTGRES both directions; without it SQLite alone.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { begin, bin, Colleague, databaseOf, request, root, sleep, startHouse, startServer, tempDir, until } from './support.mjs';
import { fresh, messenger, post, whatsapp } from './payloads.mjs';

const server = process.env.ASCOLTO_TEST_POSTGRES;
const folder = tempDir('ascolto-moves');
after(() => fs.rmSync(folder, { recursive: true, force: true }));
if (!server) console.log('# skipped: moves to and from PostgreSQL (ASCOLTO_TEST_POSTGRES is not set)');

/* ---- places: a data folder, and perhaps a database ---- */

const psql = (url, text) => execFileSync(path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN ?? '', 'psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', url, '-c', text], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
let places = 0;
const folderPlace = () => ({ data: path.join(folder, `data${++places}`), url: '' });
function databasePlace() {
  const place = folderPlace();
  return { ...place, url: `${server}/${databaseOf(place.data)}` };
}
const placeOf = house => ({ data: house.data, url: server ? `${server}/${databaseOf(house.data)}` : '' });
const envOf = place => ({ ...process.env, ASCOLTO_FAST_PASSWORDS: '1', ASCOLTO_STRICT: '1', ASCOLTO_DATABASE: place.url });

// {code, out, err}, without standing still meanwhile.
function run(place, ...args) {
  return new Promise(done => {
    const child = spawn(bin, [...args, '--data', place.data], { env: envOf(place), stdio: ['ignore', 'pipe', 'pipe'] });
    const r = { out: '', err: '' };
    child.stdout.on('data', d => { r.out += d; });
    child.stderr.on('data', d => { r.err += d; });
    child.on('close', code => done({ ...r, code }));
  });
}
async function ok(place, ...args) {
  const r = await run(place, ...args);
  assert.equal(r.code, 0, `${args.join(' ')}: ${r.err}`);
  return r;
}
async function refused(why, place, ...args) {
  const r = await run(place, ...args);
  assert.equal(r.code, 1, `${args.join(' ')}: ${r.out}`);
  assert.match(r.err, why);
}

const sqlite = (file, text) => JSON.parse(execFileSync('sqlite3', ['-json', file, text], { encoding: 'utf8', maxBuffer: 1 << 29 }) || '[]');
const rowsOf = (place, text) => place.url ? JSON.parse(psql(place.url, `SELECT coalesce(json_agg(whole_row), '[]') FROM (${text}) whole_row`)) : sqlite(path.join(place.data, 'ascolto.db'), text);
// Every table there is, as the engine's own catalogue says: {table: {column: type}}.
function tablesOf(place) {
  const columns = rowsOf(place, place.url
    ? `SELECT c.table_name AS t, c.column_name AS c, upper(c.data_type) AS type FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'`
    : `SELECT t.name AS t, c.name AS c, c.type FROM pragma_table_list t, pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') AND t.name NOT LIKE 'sqlite@_%' ESCAPE '@'`);
  const tables = {};
  for (const { t, c, type } of columns) (tables[t] ||= {})[c] = type;
  return tables;
}
// What is made of other tables, and compared by what it finds.
const made = ['search', 'search_name'];
// All rows of all tables, numbers and bytes as text.
function contentsOf(place) {
  const all = {};
  for (const [table, columns] of Object.entries(tablesOf(place))) {
    if (made.includes(table)) continue;
    const list = Object.keys(columns).sort().map(c => columns[c] === 'BYTEA' ? (place.url ? `upper(encode("${c}", 'hex')) AS "${c}"` : `hex("${c}") AS "${c}"`) : columns[c] === 'BIGINT' ? `CAST("${c}" AS TEXT) AS "${c}"` : `"${c}"`);
    all[table] = rowsOf(place, `SELECT ${list.join(', ')} FROM "${table}"`).map(row => JSON.stringify(Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1))).sort();
  }
  return all;
}
// Of each index, how many rows it has; on PostgreSQL also what they are.
function assertSameIndex(one, other, what) {
  const of = (place, table) => place.url ? psql(place.url, `SELECT md5(string_agg(CAST(s AS TEXT), chr(10) ORDER BY id)), count(*) FROM ${table} s`) : `|${sqlite(path.join(place.data, 'ascolto.db'), `SELECT count(*) AS n FROM ${table}_docsize`)[0].n}`;
  for (const table of made.filter(t => tablesOf(one)[t])) {
    const [rows, count] = of(one, table).split('|'), [rows2, count2] = of(other, table).split('|');
    assert.ok(count > 100, `${table} has rows`);
    assert.equal(count2, count, `${what}: ${table} has as many rows`);
    if (rows && rows2) assert.equal(rows2, rows, `${what}: and the same`);
  }
}
function assertSame(one, other, what) {
  assert.deepEqual(Object.keys(one).sort(), Object.keys(other).sort(), `${what}: the same tables`);
  for (const table of Object.keys(one)) assert.deepEqual(other[table], one[table], `${what}: ${table}`);
}
async function sound(place) {
  for (const args of [['ledger', 'verify'], ['statement', 'verify'], ['doctor']]) await ok(place, ...args);
}

/* ---- the whole ---- */

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

// History and something of everything that happens.
async function live(house) {
  const file = path.join(folder, 'history.jsonl');
  fs.writeFileSync(file, ['house', 'people', 'conversations-it', 'conversations-en'].map(n => fs.readFileSync(path.join(root, `demo/${n}.jsonl`), 'utf8')).join(''));
  const imported = house.cli('import', file);
  assert.equal(imported.code, 0, imported.err);
  assert.equal(house.cli('token', 'add', '--name', 'Un programma').code, 0);
  const giulia = await house.colleague('giulia');
  for (const door of ['messenger', 'whatsapp', 'dm']) {
    const talk = await begin(house, giulia, door, `Perché non funziona ${door}`);
    const r = await giulia.reply(talk.id, `Ci penso io, la richiamo domani ${door}`);
    assert.ok(r.status < 400, r.text);
    await until('the network has it', async () => (await house.net.accepted(`la richiamo domani ${door}`)).length);
    await giulia.act(talk.id, 'note', { text: 'Una nota con «accenti» e 🎈' });
    await giulia.act(talk.id, 'draft', { text: 'A metà', kind: 'reply' });
  }
  const person = 'p' + fresh(), mid = 'm_' + fresh();
  await house.net.call('/sim/person', { key: person, name: 'Foto Grafa' });
  await house.net.act({ network: 'whatsapp', person, what: 'message', text: 'guardate la foto', media: 'picture', mime: 'image/png', bytes: png.toString('base64') });
  const shown = await giulia.hear('guardate la foto');
  await until('the picture is fetched', async () => (await giulia.messages(shown))[0].attachments[0]?.state === 'stored');
  await post(house, 'facebook', messenger.text('7001', 'Che bel servizio', mid));
  await post(house, 'facebook', messenger.many(messenger.event('7001', { reaction: { mid, action: 'react', emoji: '❤️', reaction: 'love' } })));
  assert.equal(house.cli('channel', 'pause', house.channels.x).code, 0); // what is on its way moves too
  await giulia.reply((await giulia.find('non funziona dm')).id, 'Questa parte dopo il trasloco');
  await until('the days are signed', () => house.sql('SELECT count(*) AS n FROM statement')[0].n > 100);
  for (const table of ['message', 'message_edit', 'attachment', 'blob', 'reaction', 'promise', 'statement', 'outbox', 'entry', 'token', 'session', 'payload', 'imported', 'shingle', 'dedup', 'event'])
    assert.ok(house.sql(`SELECT count(*) AS n FROM ${table}`)[0].n > 0, `the house has some ${table}`);
  return giulia;
}
const searches = ['perche', 'richiamo domani', 'foto', 'bolletta', 'Grafa', 'nienteditutto'];
const found = async colleague => {
  const all = {};
  for (const words of searches) {
    const { hits, people } = await colleague.json('/desk/search?q=' + encodeURIComponent(words));
    all[words] = [hits.map(h => `${h.kind} ${h.conversation} ${h.message}`), people.map(p => p.name)];
  }
  return all;
};

// The same from the newest on; how far a first page goes depends on the time it took.
function assertFound(one, other, what) {
  for (const words of searches)
    for (const i of [0, 1]) {
      const [a, b] = [one[words][i], other[words][i]], n = Math.min(a.length, b.length);
      assert.deepEqual(b.slice(0, n), a.slice(0, n), `${what}: “${words}”`);
      assert.equal(b.length > 0, a.length > 0, `${what}: “${words}” finds ${a.length} and ${b.length}`);
    }
}
test('a whole house moves and goes on where it stood', async () => {
  const house = await startHouse();
  try {
    const giulia = await live(house), hits = await found(giulia);
    if (hits.perche) assert.ok(hits.perche[0].length > 2 && hits.Grafa[1].length === 1 && hits.nienteditutto[0].length === 0, JSON.stringify(hits));
    await house.server.stop();
    let from = placeOf(house);
    await sound(from);
    const before = contentsOf(from);
    const chain = server ? [folderPlace(), databasePlace(), databasePlace(), folderPlace()] : [folderPlace(), folderPlace()];
    for (const [i, to] of chain.entries()) {
      const file = path.join(folder, `hop${i}.backup`), what = `${from.url ? 'PostgreSQL' : 'SQLite'} to ${to.url ? 'PostgreSQL' : 'SQLite'}`;
      await ok(from, 'backup', file);
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      await ok(to, 'restore', file);
      await sound(to);
      assertSame(before, contentsOf(to), what);
      assertSameIndex(from, to, what);
      assert.deepEqual(fs.readFileSync(path.join(to.data, 'key')), fs.readFileSync(path.join(house.data, 'key')));
      assert.deepEqual(fs.readdirSync(to.data).filter(n => /restore/.test(n)), [], `${what}: nothing is left over`);
      from = to;
      if (to.url) assert.equal(psql(to.url, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%restore%'"), '0');
      if (i === 0 || i === 1) { // it goes on, with the same sessions, secrets, addresses and search
        const there = await startServer({ data: to.data, listen: house.listen, extra: { ASCOLTO_DATABASE: to.url } });
        house.base = there.base;
        let next;
        try {
          if (i === 0) {
            await ok(to, 'channel', 'resume', house.channels.x);
            await until('what was on its way has arrived', async () => (await house.net.accepted('parte dopo il trasloco')).length === 1);
          }
          next = await found(giulia);
          if (next && hits.perche) assertFound(hits, next, what);
          const talk = await begin({ ...house, base: there.base }, giulia, 'whatsapp', `Dopo il trasloco ${i}`);
          await giulia.reply(talk.id, `Siamo arrivati colpiù${i}`);
          await until('the network has it', async () => (await house.net.accepted(`Siamo arrivati colpiù${i}`)).length);
          if (next) assert.equal((await giulia.json(`/desk/search?q=colpiu*`)).hits.length, i + 1);
          next = await found(giulia);
          const shown = await giulia.find('guardate la foto');
          const r = await giulia.get((await giulia.messages(shown.id))[0].attachments[0].url);
          assert.deepEqual(r.bytes, png);
        } finally { await there.stop(); }
        await sound(to);
        Object.assign(before, contentsOf(to));
        if (next) Object.assign(hits, next);
      }
    }
  } finally { await house.stop(); }
});

/* ---- under load ---- */

test('a backup under load misses nothing that was acknowledged', async () => {
  const house = await startHouse();
  try {
    const from = placeOf(house), file = path.join(folder, 'load.backup'), acknowledged = [];
    let going = true, n = 0;
    const sender = async () => {
      while (going) {
        const words = `carico${++n}fine`;
        const r = await post(house, 'whatsapp', whatsapp.hook({ contacts: [whatsapp.contact(`39333${1000000 + n % 50}`, 'Carica')], messages: [whatsapp.text(`39333${1000000 + n % 50}`, words)] }));
        if (r.status === 200) acknowledged.push(words);
      }
    };
    const senders = Array.from({ length: 16 }, sender);
    for (let i = 0; i < 3; i++) {
      await until('some are there', () => acknowledged.length > 300 * (i + 1));
      const before = acknowledged.slice(), at = Date.now();
      await ok(from, 'backup', file);
      assert.ok(acknowledged.length > before.length, 'the house went on meanwhile');
      for (const to of server ? [folderPlace(), databasePlace()] : [folderPlace()]) {
        await ok(to, 'restore', file);
        await sound(to);
        const there = new Set(rowsOf(to, 'SELECT text FROM message').map(r => r.text));
        assert.deepEqual(before.filter(w => !there.has(w)), [], `all ${before.length} of before ${at} are there`);
        const [{ n: messages }] = rowsOf(to, 'SELECT count(*) AS n FROM message'), [{ n: hashes }] = rowsOf(to, 'SELECT count(*) AS n FROM dedup WHERE message_id > 0');
        assert.equal(messages, hashes, 'and each of them whole');
      }
    }
    going = false;
    await Promise.all(senders);
  } finally { await house.stop(); }
});

/* ---- what is refused, and what is cleaned ---- */

// A backup's database taken out, changed, and put back with the right size and checksum.
function rewritten(file, change, to) {
  const bytes = fs.readFileSync(file), end = bytes.indexOf('\n\n') + 2, db = path.join(folder, 'inside.db');
  fs.writeFileSync(db, bytes.subarray(end));
  change(db);
  const body = fs.readFileSync(db), sum = crypto.createHash('sha256').update(body).digest('hex');
  const head = bytes.subarray(0, end).toString().replace(/^size .*$/m, `size ${body.length}`).replace(/^sha256 .*$/m, `sha256 ${sum}`);
  fs.writeFileSync(to, Buffer.concat([Buffer.from(head), body]));
  return to;
}
const change = text => db => execFileSync('sqlite3', [db, text]);

test('what cannot be restored leaves everything as it was', async () => {
  const source = folderPlace(), file = path.join(folder, 'small.backup');
  await ok(source, 'brand', 'add', '--name', 'piccola');
  await ok(source, 'backup', file);
  const whole = fs.readFileSync(file), name = n => path.join(folder, n);
  fs.writeFileSync(name('cut.backup'), whole.subarray(0, whole.length - 100));
  fs.writeFileSync(name('head.backup'), whole.subarray(0, 60));
  const bad = Buffer.from(whole);
  bad[whole.length - 2000] ^= 1;
  fs.writeFileSync(name('bad.backup'), bad);
  fs.writeFileSync(name('other.backup'), 'PK something else');
  const newer = rewritten(file, change("INSERT INTO schema_version VALUES (9999, 'later', 1)"), name('newer.backup'));
  const strange = rewritten(file, change('CREATE TABLE extra (brand_id BIGINT NOT NULL PRIMARY KEY)'), name('strange.backup'));
  for (const to of server ? [folderPlace(), databasePlace()] : [folderPlace()]) {
    const nothing = () => to.url ? psql(to.url, "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information_schema)'") === '0' : !fs.existsSync(path.join(to.data, 'ascolto.db')) && !fs.existsSync(path.join(to.data, 'key'));
    await refused(/cut off/, to, 'restore', name('cut.backup'));
    await refused(/no backup/, to, 'restore', name('head.backup'));
    await refused(/checksum/, to, 'restore', name('bad.backup'));
    await refused(/no backup/, to, 'restore', name('other.backup'));
    await refused(/cannot be read/, to, 'restore', name('nowhere.backup'));
    await refused(/newer Ascolto/, to, 'restore', newer);
    if (to.url) await refused(/extra is in one of the databases only/, to, 'restore', strange);
    assert.ok(nothing(), 'nothing was touched');
    await ok(to, 'restore', file);
    const before = contentsOf(to);
    await refused(/holds data already/, to, 'restore', file);
    await refused(to.url ? /extra is in one/ : /cut off/, to, 'restore', to.url ? strange : name('cut.backup'), '--force');
    assertSame(before, contentsOf(to), 'still');
    if (to.url) assert.equal(psql(to.url, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%restore%'"), '0');
    await ok(to, 'brand', 'add', '--name', 'dopo');
    const forced = await ok(to, 'restore', file, '--force');
    assert.deepEqual(rowsOf(to, 'SELECT name FROM brand').map(b => b.name), ['piccola']);
    if (to.url) { // what was there is aside
      const [, schema] = forced.err.match(/in the schema (before_restore_\d+)/);
      assert.equal(psql(to.url, `SELECT string_agg(name, ',' ORDER BY name) FROM ${schema}.brand`), 'dopo,piccola');
      assert.ok(!/before-restore/.test(forced.err), 'the key was the same and stays');
    } else assert.match(forced.err, /before-restore-/);
    await sound(to);
  }
});

test('a backup of an older schema is brought up to this one', async () => {
  const source = folderPlace(), file = path.join(folder, 'now.backup');
  await ok(source, 'brand', 'add', '--name', 'antica');
  await ok(source, 'backup', file);
  const [{ now }] = rowsOf(source, 'SELECT max(version) AS now FROM schema_version');
  const old = rewritten(file, db => { // the first four migrations, as they were run then
    fs.rmSync(db);
    const migrations = fs.readdirSync(path.join(root, 'migrations')).sort().slice(0, 4);
    const text = migrations.map(n => fs.readFileSync(path.join(root, 'migrations', n), 'utf8').replace(/-- only: postgres\n[^]*?-- end\n/g, '')).join(';\n');
    execFileSync('sqlite3', [db, `CREATE TABLE schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);\n${text};\n`
      + migrations.map((n, i) => `INSERT INTO schema_version VALUES (${i + 1}, '${n}', 1);`).join('\n')
      + "INSERT INTO brand (id, name, title, zone, language, hue, undo_seconds, created_at, removed_at) VALUES (77, 'vecchia', 'Vecchia', 'Europe/Rome', 'it', 1, 0, 1, 0);"
      + "INSERT INTO person VALUES (77, 78, 'Anziana Persona', 'it', '', '', 1, 1, 0);"]);
  }, path.join(folder, 'old.backup'));
  for (const to of server ? [folderPlace(), databasePlace()] : [folderPlace()]) {
    await ok(to, 'restore', old);
    assert.deepEqual(rowsOf(to, 'SELECT name FROM brand').map(b => b.name), ['vecchia']);
    assert.equal(rowsOf(to, 'SELECT max(version) AS now FROM schema_version')[0].now, now);
    await sound(to);
  }
});

test('running nodes are not pulled away from under their colleagues', { skip: server ? false : 'PostgreSQL only' }, async () => {
  const source = folderPlace(), file = path.join(folder, 'running.backup'), to = databasePlace();
  await ok(source, 'brand', 'add', '--name', 'corrente');
  await ok(source, 'backup', file);
  const there = await startServer({ data: to.data, extra: { ASCOLTO_DATABASE: to.url } });
  try {
    fs.copyFileSync(path.join(source.data, 'key'), path.join(to.data, 'other'));
    await refused(/another key/, to, 'restore', file);
    await refused(/stop every node/, to, 'restore', file, '--force');
  } finally { await there.stop(); }
  const key = fs.readFileSync(path.join(to.data, 'key'));
  const r = await ok(to, 'restore', file, '--force');
  assert.match(r.err, /before-restore-/);
  const aside = fs.readdirSync(to.data).find(n => n.startsWith('before-restore-'));
  assert.deepEqual(fs.readFileSync(path.join(to.data, aside, 'key')), key, 'the other key is kept');
  await sound(to);
});

test('texts that PostgreSQL does not keep are cleaned, and told', { skip: server ? false : 'PostgreSQL only' }, async () => {
  const source = folderPlace(), file = path.join(folder, 'clean.backup'), dirty = path.join(folder, 'dirty.backup'), to = databasePlace(), back = folderPlace();
  await ok(source, 'brand', 'add', '--name', 'sporca');
  await ok(source, 'backup', file);
  rewritten(file, change(`INSERT INTO person SELECT id, 5, 'Ada' || char(0) || 'lgisa', 'it', '', CAST(X'66C3' AS TEXT), 1, 1, 0 FROM brand;
    INSERT INTO setting VALUES ('prova', CAST(X'610062' AS TEXT)); INSERT INTO blob SELECT id, 'h', 'x', X'00FF0061' FROM brand; DELETE FROM search_docsize; DELETE FROM search_data WHERE id > 10`), dirty);
  const r = await ok(to, 'restore', dirty);
  assert.match(r.err, /^3 texts held NUL/m);
  assert.deepEqual(rowsOf(to, 'SELECT name, note FROM person'), [{ name: 'Adalgisa', note: 'f\ufffd' }]);
  assert.equal(psql(to.url, "SELECT value FROM setting WHERE name = 'prova'"), 'ab');
  assert.equal(psql(to.url, "SELECT encode(bytes, 'hex') FROM blob"), '00ff0061', 'bytes are what they were');
  assert.equal(psql(to.url, "SELECT count(*) FROM search_name WHERE body @@ to_tsquery('simple', 'adalgisa')"), '1', 'and found as it is written now');
  await ok(to, 'backup', path.join(folder, 'cleaned.backup'));
  await ok(back, 'restore', path.join(folder, 'cleaned.backup'));
  assertSame(contentsOf(to), contentsOf(back), 'back');
});

/* ---- by itself ---- */

const metrics = async base => Object.fromEntries([...(await request(base + '/metrics')).text.matchAll(/^(ascolto_\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));

test('a backup a day is made by itself, the oldest go, and what fails is told', async () => {
  const place = server ? databasePlace() : folderPlace(), backups = path.join(folder, 'daily'), config = path.join(folder, 'config');
  await ok(place, 'brand', 'add', '--name', 'quotidiana');
  await refused(/like 03:30/, place, 'serve', '--listen', '127.0.0.1:0', '--backup-to', backups, '--backup-at', '25:00');
  await refused(/1 to 1000/, place, 'serve', '--listen', '127.0.0.1:0', '--backup-to', backups, '--backup-keep', '0');
  await refused(/--backup-to FOLDER is missing/, place, 'serve', '--listen', '127.0.0.1:0', '--backup-keep', '3');
  await refused(/no folder for backups/, place, 'serve', '--listen', '127.0.0.1:0', '--backup-to', path.join(place.data, 'key'));
  fs.mkdirSync(backups, { recursive: true });
  for (const day of ['2020-01-01', '2020-01-02', '2020-01-03']) {
    fs.writeFileSync(path.join(backups, `ascolto-${day}.backup`), day);
    fs.utimesSync(path.join(backups, `ascolto-${day}.backup`), 1577836800, 1577836800);
  }
  fs.writeFileSync(path.join(backups, 'ascolto-2020-01-01.backup.part'), 'a rest');
  fs.writeFileSync(path.join(backups, 'mine.txt'), 'not touched');
  fs.writeFileSync(config, `backup_to = ${backups}\nbackup_at = 00:00\nbackup_keep = 2\n`);
  const serve = async () => {
    const child = spawn(bin, ['serve', '--data', place.data, '--listen', '127.0.0.1:0', '--config', config], { env: { ...envOf(place), TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'pipe'] });
    const there = { log: '', out: '' };
    child.stdout.on('data', d => { there.out += d; });
    child.stderr.on('data', d => { there.log += d; });
    const ended = new Promise(done => child.on('exit', done));
    there.stop = async () => { child.kill('SIGTERM'); assert.equal(await ended, 0, there.log); };
    there.base = await until('it listens', () => there.out.match(/listening at (http:\S+)/)?.[1]);
    return there;
  };
  let there = await serve();
  const today = new Date().toISOString().slice(0, 10), file = path.join(backups, `ascolto-${today}.backup`);
  await until('the backup is made at once', () => /"backup".*bytes in/.test(there.log));
  await until('the oldest are gone', () => !fs.existsSync(path.join(backups, 'ascolto-2020-01-02.backup')));
  assert.deepEqual(fs.readdirSync(backups).sort(), ['ascolto-2020-01-03.backup', path.basename(file), 'mine.txt']);
  await until('it is measured', async () => { const m = await metrics(there.base); return m.ascolto_backup_failed === 0 && m.ascolto_backup_age_seconds < 60; });
  const to = folderPlace();
  await ok(to, 'restore', file);
  assert.deepEqual(rowsOf(to, 'SELECT name FROM brand').map(b => b.name), ['quotidiana']);
  assert.match((await ok(place, 'doctor')).out, /ok +backup +.*0 hours ago/);
  await there.stop();
  const stamp = fs.statSync(file).mtimeMs;
  there = await serve();
  await sleep(1500);
  assert.equal(fs.statSync(file).mtimeMs, stamp, 'one a day is enough');
  fs.rmSync(backups, { recursive: true });
  await until('the failure is told', async () => (await metrics(there.base)).ascolto_backup_failed === 1);
  assert.match(there.log, /"error".*The backup failed: The folder .* cannot be opened/);
  const doctor = await run(place, 'doctor');
  assert.match(doctor.out, /WRONG +backup +the scheduled backup fails/);
  assert.equal(doctor.code, 1);
  await there.stop();
  fs.mkdirSync(backups);
  there = await serve(); // it comes back by itself
  await until('the backup is made again', () => fs.existsSync(file));
  await until('and told', async () => (await metrics(there.base)).ascolto_backup_failed === 0);
  await there.stop();
  fs.writeFileSync(config, 'backup_to = off\n');
  there = await serve();
  await there.stop();
  assert.doesNotMatch((await ok(place, 'doctor')).out, /backup/, 'who makes them otherwise is not reminded');
});
