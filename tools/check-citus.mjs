/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the schema on the server of tools/with-postgres, reads it from the catalogue, and holds it, every statement of
 * the program and every migration against the rules. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { catalogue, kindsOf, migrationFaults, namedTables, overAllBrands, schemaFaults, statementFaults } from './citus-rules.mjs';

const [program] = process.argv.slice(2);
const url = `${process.env.ASCOLTO_TEST_POSTGRES}/postgres`;
const psql = path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN, 'psql');

execFileSync(program, ['doctor', '--sql', '--database', url], { stdio: ['ignore', 'ignore', 'inherit'] });
const schema = JSON.parse(execFileSync(psql, ['-X', '-q', '-A', '-t', '-d', url, '-c', catalogue], { encoding: 'utf8' }));
const named = namedTables();
const kinds = kindsOf(schema, named);

const faults = schemaFaults(schema, named);
const table = execFileSync('sh', ['-c', 'awk -v out=postgres -f tools/gen-sql.awk src/*/*.sql'], { encoding: 'utf8' });
const statements = table.split(/^-- name: /m).slice(1);
const excused = new Set(Object.keys(overAllBrands));
for (const one of statements) {
  const [, name, file, sql] = one.match(/^(\S+) \((.*)\)\n([\s\S]*)$/);
  const found = statementFaults(sql, kinds);
  if (!excused.delete(name)) faults.push(...found.map(words => `${file}: ${name}: ${words}`));
  else if (!found.length) faults.push(`${name} is excused, and need not be`);
}
for (const name of excused) faults.push(`${name} is excused, and is not there`);
const migrations = fs.readdirSync('migrations').filter(f => f.endsWith('.sql')).sort();
for (const file of migrations)
  faults.push(...migrationFaults(fs.readFileSync(`migrations/${file}`, 'utf8'), kinds).map(words => `migrations/${file}: ${words}`));

for (const words of faults) console.error(words);
const spread = [...kinds.values()].filter(kind => kind === 'distributed').length;
console.log(`citus: ${spread} distributed tables of ${kinds.size}, ${statements.length} statements, ${migrations.length} migrations`);
process.exit(faults.length ? 1 : 0);
