// Prints what the engines' measurements left behind as one table. table.mjs FOLDER
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const results = ['sqlite', 'postgres'].map(e => path.join(process.argv[2], `${e}-rows.json`)).filter(f => fs.existsSync(f)).map(f => JSON.parse(fs.readFileSync(f)));
if (!results.length) { console.log("Nothing was measured."); process.exit(1); }
const names = { sqlite: 'SQLite', postgres: 'PostgreSQL' };
const whats = [...new Set(results.flatMap(r => r.rows.map(x => x.what)))];
console.log(`\n${results[0].messages} messages; ${os.cpus().length} × ${os.cpus()[0].model}; load ${os.loadavg().map(n => n.toFixed(1)).join(' ')} at the end\n`);
console.log(`| what | ${results.map(r => `${names[r.engine]} | budget | holds`).join(' | ')} |\n| --- |${' --- | --- | --- |'.repeat(results.length)}`);
for (const what of whats) {
  const cells = results.map(r => r.rows.find(x => x.what === what) ?? { measured: '', budget: '', holds: '' });
  console.log(`| ${what} | ${cells.map(c => `${c.measured} | ${c.budget} | ${c.holds}`).join(' | ')} |`);
}
const missed = results.flatMap(r => r.rows.filter(x => x.holds === '**no**').map(x => `${names[r.engine]}: ${x.what}`));
console.log(missed.length ? `\nOver budget: ${missed.join('; ')}` : '\nAll within their budgets.');
