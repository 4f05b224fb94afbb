#!/usr/bin/env node
/* SPDX-License-Identifier: Apache-2.0 */
/* citus-plans URL: asks a real coordinator, whose tables `ascolto migrate --citus` has placed, for the plan of every
 * statement of the program: each must be one task on one worker (or none, of reference and local tables). Changes
 * nothing. Needs psql. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const [url] = process.argv.slice(2);
if (!url) { console.error('citus-plans postgresql://coordinator/database'); process.exit(2); }
const psql = text => execFileSync(path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN ?? '', 'psql'),
  ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url], { input: text, encoding: 'utf8', maxBuffer: 1 << 26 });

const table = execFileSync('sh', ['-c', 'awk -v out=postgres -f tools/gen-sql.awk src/*/*.sql'],
  { encoding: 'utf8', cwd: new URL('..', import.meta.url) });
const statements = table.split(/^-- name: /m).slice(1)
  .map(one => one.match(/^(\S+) \(.*\)\n([\s\S]*)$/).slice(1))
  .filter(([, sql]) => !sql.startsWith('CREATE '))
  .map(([name, sql]) => [name, sql.trim().replace(/\$LIST\((\d+)\)/g, '$$$1')]);

const placed = new Map(psql(`SELECT logicalrelid::text || ' ' || partmethod::text FROM pg_dist_partition`).trim().split('\n')
  .filter(Boolean).map(line => line.split(' ')));
const prepare = statements.map(([name, sql]) => `PREPARE "${name}" AS ${sql};`).join('\n');
const types = JSON.parse(psql(`${prepare}\nSELECT json_object_agg(name, parameter_types::text[]) FROM pg_prepared_statements;`));
const values = { bigint: '1', integer: '1', text: `'a'`, bytea: `''`, 'double precision': '0', 'bigint[]': `'{1}'` };
const explain = statements.map(([name]) => {
  const given = (types[name] ?? []).map(type => `${values[type] ?? 'NULL'}::${type}`).join(', ');
  return `\\echo ==${name}\nEXPLAIN (COSTS OFF) EXECUTE "${name}"${given && `(${given})`};`;
}).join('\n');

let wrong = 0;
for (const block of psql(`${prepare}\n${explain}`).split(/^==/m).slice(1)) {
  const [name, ...plan] = block.split('\n');
  const sql = statements.find(s => s[0] === name)[1];
  const spread = [...placed].some(([relation, method]) => method === 'h' && new RegExp(`\\b${relation}\\b`).test(sql));
  const tasks = plan.join('\n').match(/Task Count: (\d+)/g)?.map(t => +t.slice(12)) ?? [];
  if (tasks.some(n => n > 1) || (spread && !tasks.length)) {
    wrong++;
    console.error(`${name}: ${tasks.length ? `${tasks.join(' and ')} tasks` : 'no task on a worker'}\n${plan.join('\n')}`);
  }
}
console.log(`${statements.length} statements, ${placed.size} placed tables, ${wrong} that are not one task`);
process.exit(wrong || !placed.size ? 1 : 0);
