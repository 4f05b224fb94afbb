// SPDX-License-Identifier: Apache-2.0
// Soaks the release build: thousands of open pages, steady intake, colleagues at work; watches what the process takes,
// and says whether any of it grows. Ends with 1 where something does, or somebody was not served.
import { execFileSync, fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.ASCOLTO_BIN ||= path.resolve('build/ascolto');
const { databaseOf, engine, request, sleep, until } = await import('../http/support.mjs');
const { line, quantile, verdict } = await import('./fit.mjs');
const { Measured, openHouse, works, write } = await import('./house.mjs');

const number = (name, otherwise) => Number(process.env[name] || otherwise);
const MINUTES = Number(process.argv[2] || 10), PAGES = number('PAGES', 10000), RATE = number('RATE', 1);
const BOUND_MB = number('BOUND_MB', 24); // an hour: half a gigabyte a day would be seen, noise of the allocator is not
const CACHE_MB = 64 + 16 * 16; // the writer's, and that of each thread that reads
const BRANDS = 10, COLLEAGUES = 16, SAMPLE_MS = number('SAMPLE_MS', 10000);
const A_SECOND = { webhook: 10, list: 4, story: 3, search: 2, note: 1, snooze: 0.5, reply: 0.7, api: 1 }; // each times RATE
const SHUFFLED = 2; // pages a second that close and come back
const pick = list => list[Math.floor(Math.random() * list.length)];
const say = words => process.stderr.write(`  ${words}\n`);

// ---- client processes ----

class Crowd {
  constructor(group) {
    this.child = fork(fileURLToPath(new URL('pages.mjs', import.meta.url)));
    this.group = group;
    this.waiting = new Map();
    this.child.on('message', ({ ticket, answer }) => { this.waiting.get(ticket)?.(answer); this.waiting.delete(ticket); });
    this.child.on('exit', code => { this.dead = `a client process ended with ${code}`; });
  }
  ask(what, more = {}) {
    const ticket = (Crowd.tickets = (Crowd.tickets || 0) + 1);
    return new Promise(done => { this.waiting.set(ticket, done); this.child.send({ what, ticket, ...more }); });
  }
}

// ---- what the process takes ----

function status(pid) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8'), of = name => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  return { resident: of('VmRSS') / 1024, anonymous: of('RssAnon') / 1024, threads: of('Threads'), files: fs.readdirSync(`/proc/${pid}/fd`).length };
}
async function metrics(house) {
  const r = await house.measured.time('metrics', () => request(house.server.base + '/metrics'));
  const of = name => Number(r?.text.match(new RegExp(`^ascolto_${name} (\\S+)`, 'm'))?.[1] ?? NaN);
  const cache = of('database_cache_bytes') / 2 ** 20;
  return { cache, own: of('allocated_bytes') / 2 ** 20 - cache, connections: of('connections'), streams: of('streams'), failed: of('responses_5xx_total'), cpu: of('cpu_seconds_total') };
}
const psql = (database, sql) => execFileSync(path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN, 'psql'), ['-X', '-A', '-t', `${process.env.ASCOLTO_TEST_POSTGRES}/${database}`, '-c', sql], { encoding: 'utf8' }).trim();
function database(house) {
  if (engine === 'sqlite') return { wal: fs.statSync(path.join(house.data, 'ascolto.db-wal')).size / 2 ** 20, sessions: 0, size: fs.statSync(path.join(house.data, 'ascolto.db')).size / 2 ** 20 };
  const name = databaseOf(house.data);
  const [wal, sessions, size] = psql(name, `SELECT (SELECT sum(size) FROM pg_ls_waldir()), (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ascolto'), pg_database_size('${name}')`).split('|').map(Number);
  return { wal: wal / 2 ** 20, sessions, size: size / 2 ** 20 };
}

const all = {}; // every time measured, by kind
async function sample(house, crowds, began) {
  const told = await Promise.all(crowds.map(c => c.ask('tell')));
  const sum = key => told.reduce((n, t) => n + t[key], 0);
  const lags = told.flatMap(t => t.lags), kinds = house.measured.take();
  for (const [kind, list] of Object.entries({ ...kinds, 'event to page': lags })) (all[kind] ||= []).push(...list);
  const pid = house.server.child.pid;
  const row = { minute: (Date.now() - began) / 60000, ...status(pid), ...await metrics(house), ...database(house), open: sum('open'), silent: sum('silent'), ended: sum('ended'), refused: sum('refused'),
    lag50: quantile(lags, 0.5), lag99: quantile(lags, 0.99), list99: quantile(kinds.list || [], 0.99), hook99: quantile(kinds.webhook || [], 0.99), why: Object.assign({}, ...told.map(t => t.why)) };
  say(`${row.minute.toFixed(1).padStart(5)} min  ${row.resident.toFixed(1)} MB resident, ${row.own.toFixed(1)} its own, ${row.cache.toFixed(1)} cache, ${row.files} files, ${row.threads} threads, wal ${row.wal.toFixed(1)} MB, ${row.open} pages (${row.ended} ended), lag p50 ${row.lag50.toFixed(0)} p99 ${row.lag99.toFixed(0)} ms, list p99 ${row.list99.toFixed(1)}, webhook p99 ${row.hook99.toFixed(1)} ms${Object.keys(row.why).length ? ' ' + JSON.stringify(row.why) : ''}`);
  return row;
}

// ---- the run ----

let working = true;
// One kind of work, so many times a second; what takes longer is not waited for, up to a bound.
function keep(house, kind) {
  let under = 0;
  const turn = () => {
    if (!working) return;
    setTimeout(turn, -Math.log(1 - Math.random()) * 1000 / (A_SECOND[kind] * RATE));
    if (under >= 20) return;
    under++;
    const brand = pick(house.brands);
    Promise.resolve(kind === 'webhook' ? write(house, brand) : works[kind](house, brand, pick(brand.workers)))
      .catch(e => house.measured.bad.push(`${kind}: ${e.message}`)).finally(() => { under--; });
  };
  turn();
}

async function openPages(house, crowds) {
  const share = Math.ceil(PAGES / crowds.length);
  const seats = house.brands[0].seats.flatMap((_, c) => house.brands.map(b => b.seats[c])); // neighbours sit in different brands
  await Promise.all(crowds.map((c, i) => c.ask('open', { port: house.port, seats, first: i * share, count: Math.min(share, PAGES - i * share), group: c.group })));
  await until('all pages are open', async () => (await metrics(house)).streams >= PAGES, 60000);
}

// Something happens in each brand: every page has to hear of it. The id of what happens from now on is greater than one
// made of this moment.
async function heardByAll(house, crowds) {
  const now = String(BigInt(Date.now() - 1072915200000) << 22n);
  const marks = Object.fromEntries(house.brands.map(brand => [`${brand.prefix}/events`, now]));
  for (const brand of house.brands) await write(house, brand, 'Il saluto della sera');
  let heard = 0;
  await until(() => `all pages heard (${heard} of ${PAGES})`, async () => {
    heard = (await Promise.all(crowds.map(c => c.ask('heard', { marks })))).reduce((n, t) => n + t.heard, 0);
    return heard === PAGES;
  }, 15000).catch(() => {});
  return heard;
}

async function soak(house, crowds) {
  await openPages(house, crowds);
  say(`${PAGES} pages are open`);
  for (const kind of Object.keys(A_SECOND)) keep(house, kind);
  const rows = [], began = Date.now(), end = began + MINUTES * 60000;
  while (Date.now() < end) {
    const next = Date.now() + SAMPLE_MS;
    while (Date.now() < Math.min(next, end)) {
      await sleep(1000);
      for (const c of crowds) c.ask('shuffle', { n: SHUFFLED / crowds.length });
      if (crowds.some(c => c.dead) || house.server.child.exitCode !== null) throw new Error(crowds.find(c => c.dead)?.dead || `the server ended: ${house.server.log.slice(-3000)}`);
    }
    rows.push(await sample(house, crowds, began));
  }
  working = false;
  await sleep(3000);
  return rows;
}

// ---- the report ----

const f = (x, digits = 1) => (Number.isFinite(x) ? x.toFixed(digits) : '–');
function table(rows) {
  console.log(`\n${engine}, ${PAGES} open pages, ${MINUTES} minutes; ${os.cpus().length} × ${os.cpus()[0].model}; load ${os.loadavg()[0].toFixed(1)} at the end\n`);
  console.log('| minute | resident MB | anonymous MB | its own MB | cache MB | files | threads | WAL MB | database MB | sessions | pages | lag p50 / p99 ms | list p99 ms | webhook p99 ms |\n|' + ' ---: |'.repeat(14));
  const step = Math.max(1, Math.floor(rows.length / 20));
  for (const r of rows.filter((_, i) => i % step === 0 || i === rows.length - 1))
    console.log(`| ${f(r.minute)} | ${f(r.resident)} | ${f(r.anonymous)} | ${f(r.own)} | ${f(r.cache)} | ${r.files} | ${r.threads} | ${f(r.wal)} | ${f(r.size)} | ${r.sessions} | ${r.open} | ${f(r.lag50, 0)} / ${f(r.lag99, 0)} | ${f(r.list99)} | ${f(r.hook99)} |`);
  console.log('\n| what | times | declined | p50 ms | p99 ms | longest ms |\n| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const [kind, list] of Object.entries(all)) console.log(`| ${kind} | ${list.length} | ${measured.declined[kind] || 0} | ${f(quantile(list, 0.5))} | ${f(quantile(list, 0.99))} | ${f(quantile(list, 1))} |`);
}

function judge(house, rows, heard) {
  const warm = Math.min(4, MINUTES * 0.4), after = rows.filter(r => r.minute >= warm), troubles = [];
  const span = key => [Math.min(...after.map(r => r[key])), Math.max(...after.map(r => r[key]))];
  console.log(`\nAfter ${f(warm)} minutes of warming up, for each hour (bound: ${BOUND_MB} MB; without the database's cache):`);
  // pages of the database's file are kept up to a bound, and a file that grows fills it: no growth of the program
  // resident memory of streams comes to what was allocated for them as their memory changes hands: it is judged against that
  const beyond = r => Math.max(0, r.anonymous - r.cache - r.own);
  for (const [name, of] of [['allocated and not given back', r => r.own], ['resident beyond that', beyond]]) {
    const fit = line(after.map(r => [r.minute / 60, of(r)])), word = MINUTES < 3 ? 'unsure' : verdict(fit, BOUND_MB);
    console.log(`  ${name}: ${f(fit.slope)} ± ${f(fit.error)} MB: ${word === 'unsure' ? 'too short a run to tell' : word}`);
    if (word === 'grows') troubles.push(`${name} grows`);
  }
  if (span('cache')[1] > CACHE_MB) troubles.push(`the database's cache has ${f(span('cache')[1])} MB`);
  for (const [key, most] of [['files', 150], ['threads', 2], ['sessions', 16]]) { // requests come and go, and pages that change places
    const [least, largest] = span(key);
    console.log(`  ${key}: ${least} to ${largest}`);
    if (largest - least > most) troubles.push(`${key} are not flat`);
  }
  const walMost = engine === 'sqlite' ? 66 : 2048;
  if (span('wal')[1] > walMost) troubles.push(`the WAL has ${f(span('wal')[1])} MB`);
  const cpu = after.length > 1 ? (after.at(-1).cpu - after[0].cpu) / (after.at(-1).minute - after[0].minute) / 60 : NaN;
  console.log(`  processor: ${f(100 * cpu, 0)} % of one`);
  const ended = rows.reduce((n, r) => n + r.ended, 0), refused = rows.reduce((n, r) => n + r.refused, 0), silent = Math.max(...rows.map(r => r.silent));
  console.log(`  pages: ${rows.at(-1).open} open, ${heard} heard what happened last, ${ended} ended by the server, ${refused} refused, ${silent} silent`);
  if (heard !== PAGES) troubles.push(`${PAGES - heard} pages did not hear what happened last`);
  if (ended || refused || silent) troubles.push('pages were not served');
  if (rows.at(-1).failed > 0) troubles.push(`${rows.at(-1).failed} answers were 5xx`);
  if (house.measured.bad.length) troubles.push(`${house.measured.bad.length} requests failed: ${[...new Set(house.measured.bad)].slice(0, 5).join('; ')}`);
  console.log(troubles.length ? `\nFAILED: ${troubles.join('; ')}` : '\nNothing grows, everybody was served.');
  return troubles.length === 0;
}

const measured = new Measured();
let house, crowds = [], good = false;
try {
  house = await openHouse({ brands: BRANDS, colleagues: COLLEAGUES, measured });
  for (let i = 0; i < 60; i++) for (const brand of house.brands) await write(house, brand);
  for (const brand of house.brands) brand.ids = (await brand.workers[0].json('/desk?tab=all')).list.rows.map(r => r.id);
  crowds = [0, 1].map(group => new Crowd(group));
  const rows = await soak(house, crowds), heard = await heardByAll(house, crowds);
  table(rows);
  good = judge(house, rows, heard);
} finally {
  for (const c of crowds) c.child.kill('SIGKILL');
  if (house) {
    await (good ? house.server.stop() : house.server.stop('SIGKILL')).catch(e => { good = false; console.log(`FAILED: ${e.message}`); });
    await house.networks.stop('SIGKILL');
    fs.rmSync(house.data, { recursive: true, force: true });
  }
}
process.exit(good ? 0 : 1);
