// SPDX-License-Identifier: Apache-2.0
// The rules of tools/check-citus: each refuses what it is for, and says so; and what is right passes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migrationFaults, namedTables, overAllBrands, schemaFaults, statementFaults } from '../../tools/citus-rules.mjs';

const kinds = new Map([['conversation', 'distributed'], ['message', 'distributed'], ['person', 'distributed'],
  ['brand', 'reference'], ['setting', 'reference'], ['lease', 'local']]);

function refuses(check, cases) {
  for (const [what, words] of cases) {
    const faults = check(what);
    assert.ok(faults.some(f => words.test(f)), `${JSON.stringify(what)}: ${faults.join('; ') || 'no fault'}`);
  }
}

describe('statements', () => {
  const check = sql => statementFaults(sql, kinds);

  test('what stays with one brand passes', () => {
    for (const sql of [
      'SELECT id FROM message WHERE brand_id = $1 AND id = $2',
      'SELECT id FROM message WHERE brand_id = $1 AND id IN ($LIST(2))',
      'SELECT m.id FROM message m JOIN person p ON p.brand_id = m.brand_id AND p.id = m.person_id WHERE m.brand_id = $1',
      'SELECT m.id FROM message m CROSS JOIN person p WHERE p.brand_id = m.brand_id AND $1 = m.brand_id',
      'SELECT m.id FROM message m LEFT JOIN brand b ON b.id = m.brand_id WHERE m.brand_id = $1',
      'SELECT id FROM brand WHERE name = $1',
      'SELECT 1 FROM lease WHERE name = $1',
      'WITH hits AS MATERIALIZED (SELECT id FROM message WHERE brand_id = $1) SELECT id FROM hits ORDER BY id',
      'INSERT INTO message (brand_id, id) VALUES ($1, $2), ($1, $3) ON CONFLICT (brand_id, id) DO NOTHING',
      'INSERT INTO message (brand_id, id) SELECT brand_id, CAST($2 AS BIGINT) FROM person WHERE brand_id = $1',
      'UPDATE message SET text = $2 WHERE brand_id = $1 RETURNING id',
      'DELETE FROM message WHERE brand_id = $1 AND NOT EXISTS (SELECT 1 FROM person WHERE brand_id = $1 AND id = 3)',
      'SELECT id FROM message WHERE brand_id = $1 AND id = $2 FOR UPDATE SKIP LOCKED',
      'INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ]) assert.deepEqual(check(sql), [], sql);
  });

  test('each kind of violation is refused', () => refuses(check, [
    ['SELECT id FROM message WHERE id = $1', /message has no brand_id/],
    ['SELECT id FROM message WHERE brand_id > $1', /no brand_id/],
    ['SELECT id FROM message WHERE brand_id = $1 OR id = $2', /no brand_id/],
    ['SELECT id FROM message WHERE brand_id IN (SELECT id FROM brand)', /no brand_id/],
    ['UPDATE message SET text = $1 WHERE id = $2', /no brand_id/],
    ['DELETE FROM message WHERE at < $1', /no brand_id/],
    ['SELECT id FROM message FOR UPDATE', /no brand_id/],
    ['SELECT m.id FROM message m JOIN person p ON p.id = m.person_id WHERE m.brand_id = $1', /p has no brand_id/],
    ['SELECT m.id FROM message m JOIN person p ON p.brand_id = m.brand_id', /m has no brand_id/],
    ['SELECT m.id FROM message m, person p WHERE m.brand_id = $1 AND p.brand_id = $2', /several parameters: \$1, \$2/],
    ['SELECT id FROM message WHERE brand_id = $1 AND EXISTS (SELECT 1 FROM person p WHERE p.id = message.id)', /p has no brand_id/],
    ['SELECT id FROM message WHERE brand_id = $1 AND id IN (SELECT id FROM person WHERE brand_id = $2)', /several parameters/],
    ['SELECT (SELECT name FROM person WHERE id = m.person_id) FROM message m WHERE m.brand_id = $1', /person has no brand_id/],
    ['SELECT s.id FROM (SELECT id FROM message) s', /message has no brand_id/],
    ['WITH all_of AS (SELECT id FROM message) SELECT id FROM all_of', /message has no brand_id/],
    ['SELECT id FROM message WHERE brand_id = $1 UNION ALL SELECT id FROM person', /person has no brand_id/],
    ['WITH gone AS (DELETE FROM message WHERE brand_id = $1 RETURNING id) SELECT id FROM gone', /changes rows inside of a WITH/],
    ['SELECT m.id FROM message m JOIN person p ON p.brand_id = m.brand_id WHERE m.brand_id = $1 FOR UPDATE', /locks rows of a join/],
    ['SELECT m.id FROM message m JOIN lease l ON l.name = m.text WHERE m.brand_id = $1', /on the coordinator alone/],
    ['UPDATE message SET brand_id = $2 WHERE brand_id = $1', /a row never changes its brand/],
    ['INSERT INTO message (id) VALUES ($1)', /gets no brand_id/],
    ['INSERT INTO message (brand_id, id) VALUES (7, $1)', /neither a parameter/],
    ['INSERT INTO message (brand_id, id) VALUES ($1, $2), ($3, $4)', /several parameters/],
    ['INSERT INTO message (brand_id, id) SELECT id, id FROM person WHERE brand_id = $1', /neither a parameter/],
    ['INSERT INTO message (brand_id, id) SELECT brand_id, id FROM person', /person has no brand_id/],
    ['INSERT INTO message (brand_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', /does not name brand_id/],
    ['INSERT INTO message (brand_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING', /does not name brand_id/],
    ['INSERT INTO message (brand_id, id) VALUES ($1, $2) ON CONFLICT (brand_id, id) DO UPDATE SET brand_id = 3', /never changes its brand/],
    ['SELECT id FROM elsewhere WHERE brand_id = $1', /there is no table elsewhere/],
    ['TRUNCATE message', /is no statement of a program/],
    ['SELECT 1; SELECT 2', /2 statements/],
  ]));

  test('what is excused has its reason', () => {
    for (const [name, why] of Object.entries(overAllBrands)) assert.ok(why.length > 20, name);
    const named = namedTables();
    assert.equal(named.get('brand').kind, 'reference');
    assert.equal(named.get('schema_version').kind, 'local');
    for (const [name, { why }] of named) assert.ok(why.length > 20, name);
  });
});

describe('migrations', () => {
  const check = sql => migrationFaults(sql, kinds);

  test('what runs on distributed tables passes', () => assert.deepEqual(check(`
    CREATE TABLE one (brand_id BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (brand_id, id));
    CREATE INDEX one_id ON one (brand_id, id) WHERE id > 0;
    ALTER TABLE message ADD COLUMN x BIGINT NOT NULL DEFAULT 0;
    -- only: sqlite
    CREATE TRIGGER whatever;
    -- end
    UPDATE message SET text = '' WHERE at = 0;
    INSERT INTO person (brand_id, id) SELECT brand_id, id FROM message;
    INSERT INTO setting (name, value) SELECT 'a', 'b';
    DROP INDEX one_id;`), []));

  test('each kind of violation is refused', () => refuses(check, [
    ['CREATE TRIGGER t AFTER INSERT ON message EXECUTE FUNCTION f()', /CreateTrigStmt/],
    ['CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS $$ SELECT 1 $$', /CreateFunctionStmt/],
    ['CREATE SEQUENCE s', /CreateSeqStmt/],
    ['DO $$ BEGIN END $$', /DoStmt/],
    ['CREATE INDEX CONCURRENTLY i ON message (brand_id)', /CONCURRENTLY/],
    ['ALTER TABLE message ALTER COLUMN brand_id TYPE INT', /AT_AlterColumnType/],
    ['ALTER TABLE message DROP COLUMN brand_id', /brand_id stays/],
    ['ALTER TABLE message RENAME COLUMN brand_id TO tenant', /brand_id stays/],
    ['UPDATE message SET brand_id = 1', /never changes its brand/],
    ['UPDATE message SET text = p.name FROM person p WHERE p.id = message.id', /has no brand_id/],
    ['INSERT INTO person (brand_id, id) SELECT id, brand_id FROM message', /neither a parameter/],
  ]));
});

describe('the schema', () => {
  const table = change => ({ name: 'message', primary: 1,
    columns: [{ name: 'brand_id', type: 'bigint', notnull: true, identity: '', fallback: null }, { name: 'id', type: 'bigint', notnull: true, identity: '', fallback: null }],
    keys: [{ name: 'message_pkey', columns: ['brand_id', 'id'] }], references: null, triggers: null, rules: null, ...change });
  const others = [{ ...table({}), name: 'person' },
    { name: 'brand', primary: 1, columns: [{ name: 'id', type: 'bigint', notnull: true }], keys: [{ name: 'brand_pkey', columns: ['id'] }] },
    { name: 'lease', primary: 1, columns: [{ name: 'name', type: 'text', notnull: true }], keys: [{ name: 'lease_pkey', columns: ['name'] }] }];
  const check = change => schemaFaults({ tables: [table(change), ...others], sequences: change.sequences ?? [] }, namedTables());
  const refers = (to, columns, there) => ({ references: [{ name: 'f', to, columns, there }] });
  const [brand, id] = table({}).columns;

  test('a table of a brand passes', () => {
    assert.deepEqual(check({}), []);
    assert.deepEqual(check(refers('person', ['brand_id', 'id'], ['brand_id', 'id'])), []);
    assert.deepEqual(check(refers('brand', ['brand_id'], ['id'])), []);
  });

  test('each kind of violation is refused', () => refuses(check, [
    [{ columns: [id] }, /has no brand_id, and is not in/],
    [{ columns: [{ ...brand, type: 'integer' }, id] }, /not BIGINT NOT NULL/],
    [{ columns: [{ ...brand, notnull: false }, id] }, /not BIGINT NOT NULL/],
    [{ columns: [brand, { ...id, identity: 'a' }] }, /numbered by a sequence/],
    [{ columns: [brand, { ...id, fallback: "nextval('s')" }] }, /numbered by a sequence/],
    [{ columns: [brand, { ...id, fallback: 'now()' }] }, /not constant/],
    [{ keys: [{ name: 'message_pkey', columns: ['id'] }] }, /message_pkey \(id\) does not contain brand_id/],
    [{ keys: [{ name: 'u', columns: ['(an expression)'] }] }, /does not contain brand_id/],
    [{ primary: 0 }, /no primary key/],
    [{ triggers: ['t'] }, /trigger t/],
    [{ rules: ['r'] }, /rule r/],
    [{ sequences: ['s'] }, /s: a sequence/],
    [refers('person', ['id'], ['id']), /does not refer from brand_id to brand_id/],
    [refers('person', ['brand_id', 'id'], ['id', 'brand_id']), /does not refer from brand_id to brand_id/],
    [refers('lease', ['id'], ['name']), /on the coordinator alone/],
    [{ name: 'setting', ...refers('person', ['id'], ['id']) }, /refers from reference to distributed person/],
  ]));
});
