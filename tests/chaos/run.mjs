// SPDX-License-Identifier: Apache-2.0
// Chaos: everything dies, and nothing is lost or doubled (docs/chaos.md).
//   node tests/chaos/run.mjs [--engine sqlite|postgres] [--seconds 60] [--seed N] [--nodes 3] [--rate 60] [--keep]
import fs from 'node:fs';
import { sleep } from '../http/support.mjs';
import { check, look, resume, settle } from './checks.mjs';
import { Dice } from './dice.mjs';
import { Trouble } from './faults.mjs';
import { House, colleagues } from './house.mjs';
import { Colleague, Crowd } from './people.mjs';
import { Office, Wire } from './post.mjs';
import { programs } from './postgres.mjs';
import { Follower, Page, Watch } from './watch.mjs';

const given = Object.fromEntries(process.argv.slice(2).map((word, at, all) => [word, all[at + 1]]).filter(([word]) => word.startsWith('--')));
const option = (name, otherwise) => (given['--' + name] !== undefined && given['--' + name] !== '' ? given['--' + name] : otherwise);
const seed = Number(option('seed', Math.floor(Math.random() * 1e9))), seconds = Number(option('seconds', 60)), nodes = Number(option('nodes', 3));
const rate = Number(option('rate', 60)), short = seconds < 120;
const table = [];

async function open(engine, dice, log) {
  const house = new House(engine, { seed, nodes });
  const watch = new Watch(house, log), office = new Office(house, dice.of('office'), watch), all = { house, watch, office, dice, log };
  try {
    await house.open();
    all.wire = new Wire(house.net.base, dice.of('wire'), house.known);
    await house.connect(await all.wire.start(), await office.start());
    all.books = { replies: new Map(), notes: new Map(), unsure: new Map(), n: 0 };
    house.team = [];
    for (const who of colleagues) house.team.push(await new Colleague(house, who, dice.of(who.email), watch, all.books).signIn());
    all.admin = house.team[1];
    house.resume = () => resume(house, all.admin);
    all.readers = house.team.slice(-4);
    all.crowd = new Crowd(house, dice.of('crowd'), 60);
    await all.crowd.open();
    const newest = house.sql('SELECT CAST(max(id) AS TEXT) AS id FROM event')[0].id;
    all.pages = house.team.slice(-3).map((who, n) => new Page(house, who, newest, dice.of(`page ${n}`)));
    all.follower = new Follower(house, house.team.at(-4), newest, dice.of('follower'));
    all.trouble = new Trouble(house, all.wire, dice.of('trouble'), watch, log, short);
    return all;
  } catch (e) { await house.close(false); throw e; }
}

async function day(all, until) {
  const { house, crowd, office, watch, trouble, books, dice, log } = all;
  for (const what of trouble.skipped) console.log(`skipped: ${what}`);
  const progress = setInterval(() => log(`${crowd.said.length} written, ${office.taken} webhooks taken (${office.backlog()} wait, ${office.crowds} to several nodes), ${books.replies.size} replies, ` +
    `answers ${JSON.stringify(watch.statuses)}, up: ${house.up().map(n => n.number)}`), short ? 10000 : 30000);
  // asked more often than by themselves; not those of whom the simulated quota would be used up
  const asked = house.networks.filter(n => !['linkedin', 'pinterest'].includes(n)), curious = dice.of('curious');
  const asking = setInterval(() => look(house, all.admin, [curious.pick(asked)]).catch(() => {}), 1500);
  const working = house.team.slice(2, -4);
  // faults end a little before those who write and answer do
  const calm = () => until() - (short ? 4000 : 10000);
  await Promise.all([crowd.live(rate, until, office), ...working.map(who => who.live(1.5, until)), sleep(1000).then(() => trouble.live(calm, short ? [200, 800] : [500, 4000]))]);
  clearInterval(progress);
  clearInterval(asking);
}

function report(all, results, began) {
  const { crowd, office, watch, trouble, books, house } = all, took = Math.round((Date.now() - began) / 1000);
  const deeds = {};
  for (const who of house.team) for (const [name, n] of Object.entries(who.count)) deeds[name] = (deeds[name] || 0) + n;
  console.log(`\n${house.engine}, ${house.nodes.length} node${house.nodes.length > 1 ? 's' : ''}, ${took} s, seed ${seed}`);
  console.log(`  ${crowd.said.length} messages written on ${new Set(crowd.said.map(s => s.network)).size} networks, ${office.taken} webhooks taken in ${office.tries} deliveries (${office.crowds} at once, ${office.again} again, ${office.lost} lost), ${books.replies.size} replies (${[...books.replies.values()].filter(r => r.acked).length} promised), deeds ${JSON.stringify(deeds)}`);
  console.log(`  answers ${JSON.stringify(watch.statuses)}; slowest ${watch.slowest} ms, slowest 503 ${watch.slowest503} ms; ${watch.backs.length} times without a database, ${watch.refusedWhileAway} × 503 meanwhile, back at the latest after ${watch.longest} ms`);
  console.log(`  faults ${JSON.stringify(trouble.count)}`);
  for (const [what, n, wrong] of results) {
    console.log(`  ${wrong.length ? 'FAIL' : 'ok  '} ${what} (${n})`);
    for (const line of wrong.slice(0, 8)) console.log(`         ${line}`);
    if (wrong.length > 8) console.log(`         … and ${wrong.length - 8} more`);
  }
}

async function run(engine) {
  const dice = new Dice(seed).of(engine), story = [], began = Date.now();
  const log = words => { const line = `${engine} +${((Date.now() - began) / 1000).toFixed(1)} s  ${words}`; story.push(line); if (!short || !/ for | over$/.test(words) || option('verbose')) console.log(line); };
  const all = await open(engine, dice, log);
  let failed = 1;
  try {
    const end = Date.now() + seconds * 1000;
    await day(all, () => end);
    all.watch.endedAt = Date.now();
    log('it becomes quiet');
    const noise = await settle(all, 120000);
    const results = [['everything becomes quiet', 1, noise], ...await check(all)];
    failed = results.filter(([, , wrong]) => wrong.length).length;
    report(all, results, began);
    table.push([engine, results.length - failed, failed]);
    if (failed) fs.writeFileSync(`${all.house.folder}/report.txt`, results.flatMap(([what, , wrong]) => wrong.map(line => `${what}\n    ${line}\n`)).join(''));
  } finally {
    if (failed) {
      fs.writeFileSync(`${all.house.folder}/story.txt`, story.join('\n') + '\n');
      console.log(`  The data, the nodes' logs, story.txt (all faults) and report.txt are kept in ${all.house.folder}; again with --engine ${engine} --seconds ${seconds} --seed ${seed}`);
      if (short) console.log(story.filter(l => / for | over$|WRONG/.test(l)).join('\n'));
    }
    await all.house.net.clear().catch(() => {});
    for (const one of [...all.pages, all.follower]) one.open = false;
    all.office.close();
    all.wire.close();
    await all.house.close(failed > 0 || given['--keep'] !== undefined);
  }
}

console.log(`chaos: seed ${seed}, ${seconds} s each engine, ${process.env.ASCOLTO_BIN || 'build/asan/ascolto'}`);
const engines = option('engine') ? [option('engine')] : ['sqlite', 'postgres'];
for (const engine of engines) {
  if (engine === 'postgres' && !programs) { console.log('skipped: chaos on PostgreSQL (no server is installed here)'); continue; }
  try { await run(engine); } catch (e) { console.log(`${engine}: ${e.stack}`); table.push([engine, 0, 1]); }
}
const passed = table.reduce((n, row) => n + row[1], 0), failed = table.reduce((n, row) => n + row[2], 0);
console.log(`\nseed ${seed}: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
