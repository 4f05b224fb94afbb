// SPDX-License-Identifier: Apache-2.0
// `ascolto migrate --citus`: which tables are placed how, in which order, once; and what is refused. Citus itself is in no
// Debian: a stand-in (citus-stand-in.sql) writes the calls down and refuses what the extension refuses.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { postgresText } from '../../tools/citus-rules.mjs';
import { bin, root, tempDir, until } from './support.mjs';

const server = process.env.ASCOLTO_TEST_POSTGRES;
const here = path.dirname(fileURLToPath(import.meta.url));
const tables = fs.readFileSync(path.join(root, 'src/db/citus.def'), 'utf8');
const named = kind => [...tables.matchAll(new RegExp(`^CITUS_${kind}\\((\\w+)`, 'gm'))].map(m => m[1]);

let number = 0;
class Base {
  constructor(citus = true) {
    this.name = `citus_${process.pid}_${++number}`;
    this.url = `${server}/${this.name}`;
    this.sql(`CREATE DATABASE ${this.name}`, `${server}/postgres`);
    this.sql(`ALTER DATABASE ${this.name} SET search_path = public, stand_in`, `${server}/postgres`);
    this.data = tempDir('citus');
    if (citus) this.extend();
  }
  extend() { this.sql(fs.readFileSync(path.join(here, 'citus-stand-in.sql'), 'utf8')); }
  sql(text, url = this.url) {
    const psql = path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN, 'psql');
    const out = execFileSync(psql, ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url],
      { input: text, encoding: 'utf8' });
    return out.split('\n').filter(Boolean);
  }
  run(...words) {
    const made = spawnSync(bin, [...words, '--data', this.data, '--database', this.url], { encoding: 'utf8' });
    return { code: made.status, out: made.stdout, err: made.stderr };
  }
  does(...words) {
    const made = this.run(...words);
    assert.equal(made.code, 0, `${words.join(' ')}: ${made.err}`);
    return made.out;
  }
  refuses(why, ...words) {
    const made = this.run(...words);
    assert.equal(made.code, 1, made.out + made.err);
    assert.match(made.err, why);
    assert.equal(made.err.trim().split('\n').length, 1, made.err);
  }
  calls() { return this.sql('SELECT call FROM stand_in.calls ORDER BY n'); }
  of(where) { return this.sql(`SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace =
    'public'::regnamespace AND ${where} ORDER BY 1`); }
}

if (!server) {
  test('citus: beside a PostgreSQL of its own', { timeout: 300000 }, t => {
    const made = spawnSync(path.join(root, 'tools/with-postgres'),
      [process.execPath, '--test', '--test-reporter=tap', fileURLToPath(import.meta.url)],
      { encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
    if (made.status === 77) return t.skip('no PostgreSQL server is installed');
    assert.equal(made.status, 0, made.stdout + made.stderr);
    assert.match(made.stdout, /^# pass [1-9]/m);
  });
} else {
  describe('migrate --citus', { timeout: 120000 }, () => {
    test('places every table once, references first, all of them beside the first', () => {
      const base = new Base();
      base.does('brand', 'add', '--name', 'lume');
      const told = JSON.parse(base.does('migrate', '--citus', '--json'));
      const calls = base.calls();
      const reference = named('REFERENCE').sort();
      const ofBrands = base.of(`EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'brand_id')`)
        .filter(name => !reference.includes(name) && !named('LOCAL').includes(name));
      assert.ok(ofBrands.length > 30);
      assert.deepEqual(calls.slice(0, reference.length), reference.map(name => `reference ${name}`));
      assert.equal(calls[reference.length], `distributed ${ofBrands[0]} by brand_id hash with none`);
      assert.deepEqual(calls.slice(reference.length + 1),
        ofBrands.slice(1).map(name => `distributed ${name} by brand_id hash with ${ofBrands[0]}`));
      assert.equal(told.placed, reference.length + ofBrands.length);
      const how = Object.fromEntries(told.tables.map(t => [t.table, t.how]));
      assert.equal(how.message, 'distributed by brand_id');
      assert.equal(how.brand, 'reference');
      assert.equal(how.schema_version, 'coordinator');
      assert.deepEqual(base.sql(`SELECT DISTINCT sequential FROM stand_in.calls`), ['sequential']);
    });

    test('does nothing the second time, and says what there is', () => {
      const base = new Base();
      base.does('migrate', '--citus');
      const calls = base.calls().length;
      assert.match(base.does('migrate', '--citus'), /message +distributed by brand_id[\s\S]*nothing to be done/);
      assert.equal(base.calls().length, calls);
      base.does('brand', 'add', '--name', 'lume');
      base.does('doctor', '--sql');
    });

    test('goes on where it was broken off, beside what is distributed already', () => {
      const base = new Base();
      base.does('migrate', '--citus');
      base.sql(`DELETE FROM stand_in.pg_dist_partition WHERE logicalrelid IN ('message'::regclass, 'setting'::regclass)`);
      base.refuses(/The table \w+ is not distributed as the others are: run ascolto migrate --citus/, 'brand', 'add', '--name', 'x');
      base.sql('DELETE FROM stand_in.calls');
      base.does('migrate', '--citus');
      assert.deepEqual(base.calls(), ['reference setting', 'distributed message by brand_id hash with agent']);
      base.does('brand', 'add', '--name', 'x');
    });

    test('follows the references between tables', () => {
      const base = new Base();
      base.does('migrate');
      base.sql(`ALTER TABLE approved ADD FOREIGN KEY (brand_id, channel_id) REFERENCES channel (brand_id, id)`);
      base.does('migrate', '--citus');
      const calls = base.calls().map(call => call.split(' ')[1]);
      assert.ok(calls.indexOf('approved') > calls.indexOf('channel'));
    });

    test('later migrations place their new tables by themselves, in their own transaction', () => {
      const base = new Base();
      const files = fs.readdirSync(path.join(root, 'migrations')).sort();
      const first = postgresText(fs.readFileSync(path.join(root, 'migrations', files[0]), 'utf8'));
      base.sql(`${first}; CREATE TABLE schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);
        INSERT INTO schema_version VALUES (1, '${files[0]}', 1);
        INSERT INTO brand VALUES (1, 'lume', 'Lume', 'UTC', 'it', 1, 1, 1);
        INSERT INTO channel (brand_id, id, network, name, account, settings, secrets, state, failure, failure_words, failure_at,
          rate_until, last_in_at, last_out_at, probed_at, created_at, removed_at)
        VALUES (1, 77, 'x', '@lume', '', '{}', '', 'on', '', '', 0, 0, 0, 0, 0, 0, 0);
        SELECT create_reference_table(name) FROM unnest(ARRAY['brand', 'setting']::regclass[]) name;
        SELECT create_distributed_table('agent', 'brand_id', colocate_with => 'none');
        SELECT create_distributed_table(oid, 'brand_id', colocate_with => 'agent') FROM pg_class WHERE relkind = 'r'
          AND relnamespace = 'public'::regnamespace AND relname NOT IN ('agent', 'brand', 'setting', 'schema_version');
        DELETE FROM stand_in.calls`);
      base.does('migrate');
      const calls = base.calls();
      assert.ok(calls.includes('reference channel_home'), calls.join());
      assert.ok(calls.includes('distributed reaction by brand_id hash with agent'), calls.join());
      assert.deepEqual(base.sql(`SELECT DISTINCT sequential FROM stand_in.calls`), ['sequential']);
      assert.deepEqual(base.sql('SELECT id, brand_id FROM channel_home'), ['77|1']);
      assert.match(base.does('migrate', '--citus'), /nothing to be done/);
      assert.deepEqual(base.calls(), calls);
    });

    test('a database where nothing is distributed yet is left alone', () => {
      const base = new Base();
      base.does('brand', 'add', '--name', 'lume');
      base.does('migrate');
      assert.deepEqual(base.calls(), []);
    });

    test('refuses without the extension, on a worker, on an old one, and what lies wrongly', () => {
      const plain = new Base(false);
      plain.refuses(/has no Citus: .*CREATE EXTENSION citus/, 'migrate', '--citus');
      plain.extend();
      plain.sql(`UPDATE stand_in.pg_dist_local_group SET groupid = 1`);
      plain.refuses(/This is a worker/, 'migrate', '--citus');
      plain.sql(`UPDATE stand_in.pg_dist_local_group SET groupid = 0;
        CREATE OR REPLACE FUNCTION stand_in.citus_version() RETURNS TEXT LANGUAGE sql AS $$ SELECT 'Citus 10.2.9' $$`);
      plain.refuses(/Citus 12 or newer is needed, here is 10/, 'migrate', '--citus');
      assert.deepEqual(plain.calls(), []);
      const wrong = new Base();
      wrong.does('migrate');
      wrong.sql(`SELECT create_distributed_table('person', 'id', colocate_with => 'none')
        FROM (SELECT 1) one WHERE false; INSERT INTO stand_in.pg_dist_partition VALUES ('person', 'h', 'id', 7, 's')`);
      wrong.refuses(/The table \w+ (is not distributed by brand_id but by id|does not lie beside)/, 'migrate', '--citus');
      const sqlite = spawnSync(bin, ['migrate', '--citus', '--data', wrong.data],
        { encoding: 'utf8', env: { ...process.env, ASCOLTO_DATABASE: '' } });
      assert.equal(sqlite.status, 2);
      assert.match(sqlite.stderr, /say which with --database/);
    });

    test('says that there is no worker yet', () => {
      const base = new Base();
      base.sql(`DELETE FROM stand_in.pg_dist_node WHERE groupid <> 0`);
      const made = base.run('migrate', '--citus');
      assert.equal(made.code, 0);
      assert.match(made.err, /no worker yet/);
    });

    test('waits until the servers are stopped', async () => {
      const base = new Base();
      const serving = spawn(bin, ['serve', '--data', base.data, '--database', base.url, '--listen', '127.0.0.1:0'],
        { stdio: ['ignore', 'pipe', 'pipe'] });
      try {
        await until('the server is connected', () =>
          +base.sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = '${base.name}' AND application_name = 'ascolto'`)[0] > 3);
        await until('the schema stands', () => +base.sql(`SELECT count(*) FROM pg_class WHERE relname = 'channel_home'`)[0]);
        base.refuses(/sessions of Ascolto are open: stop its servers/, 'migrate', '--citus');
        assert.deepEqual(base.calls(), []);
      } finally {
        serving.kill('SIGTERM');
        await new Promise(done => serving.once('exit', done));
      }
      base.does('migrate', '--citus');
    });
  });
}
