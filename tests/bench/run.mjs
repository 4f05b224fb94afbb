// Runs the benchmark: makes a history, measures both sides of each ratio in turns, prints the table of budgets.
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

process.env.ASCOLTO_BIN = path.resolve('build/ascolto');
const { bin, cli, Colleague, startServer } = await import('../http/support.mjs');

const number = (name, otherwise) => Number(process.env[name] || otherwise);
const MESSAGES = number('MESSAGES', 100000), ROUNDS = number('ROUNDS', 3), STREAMS = number('STREAMS', 10000);
const SECRET = 'simulated-app-secret', PASSWORD = 'parola-di-prova';
const work = fs.mkdtempSync(path.join(process.env.BENCH_DIR || os.tmpdir(), 'ascolto-bench-'));
const served = path.join(work, 'served'), bare = path.join(work, 'bare');
const run = promisify(execFile);
const servers = new Set(); // not stopped yet: ended also when the run fails
async function serve() {
  const settings = path.join(work, 'settings');
  fs.writeFileSync(settings, `pages_each = ${STREAMS + 100}\n`); // all of them are one colleague's
  const server = await startServer({ data: served, more: ['--config', settings] }), { stop } = server;
  servers.add(server);
  server.stop = async () => { await stop(); servers.delete(server); };
  return server;
}

const tool = async (name, ...args) => JSON.parse((await run(`build/release/bench_${name}`, args.map(String), { maxBuffer: 1 << 24 })).stdout);
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const say = words => process.stderr.write(`  ${words}\n`);

// ---- what the kernel says of a process ----

// What all threads ran, in microseconds: the scheduler's own count, where there is one.
function cpuMicroseconds(pid) {
  const tasks = fs.readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, t) => sum + Number(fs.readFileSync(`/proc/${pid}/task/${t}/schedstat`, 'utf8').split(' ')[0]) / 1000, 0);
}
const residentKiB = pid => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);

// What of the server's CPU one unit of work costs.
async function costing(server, work) {
  const before = cpuMicroseconds(server.child.pid), result = await work();
  return { ...result, cpu: (cpuMicroseconds(server.child.pid) - before) / result.n };
}

// ---- the table ----

const rows = [];
function row(what, measured, budget, holds) {
  rows.push({ what, measured, budget, holds: holds === undefined ? '' : holds ? 'yes' : '**no**' });
  say(`${what}: ${measured}${budget ? ` (${budget})` : ''}`);
}
function table() {
  console.log(`\n${MESSAGES} messages; ${os.cpus().length} × ${os.cpus()[0].model}; load ${os.loadavg()[0].toFixed(1)} at the end\n`);
  console.log('| what | measured | budget | holds |\n| --- | --- | --- | --- |');
  for (const r of rows) console.log(`| ${r.what} | ${r.measured} | ${r.budget} | ${r.holds} |`);
}

// ---- a house with a history ----

function prepare() {
  const at = ['--data', served];
  const brand = cli('brand', 'add', ...at, '--name', 'prova', '--title', 'Prova', '--zone', 'Europe/Rome');
  const pass = path.join(work, 'pass');
  fs.writeFileSync(pass, PASSWORD + '\n');
  cli('agent', 'add', ...at, '--brand', brand, '--name', 'Giulia Riva', '--email', 'giulia@prova.example', '--role', 'lead', '--password-file', pass);
  return ['whatsapp', 'facebook'].map(network =>
    cli('channel', 'add', ...at, '--brand', brand, '--network', network, '--name', network, '--set', `app_secret=${SECRET}`));
}
const copyAndSettle = (from, to) => { fs.cpSync(from, to, { recursive: true }); execFileSync('sync'); };

let next = 0; // the number of the next message
const take = n => (next += n) - n;

const port = server => new URL(server.base).port;
const hooks = (server, channels, clients, tag, from, count) =>
  tool('load', 'hooks', port(server), clients, tag, from, count, SECRET, `/hooks/whatsapp/${channels[0]}`, `/hooks/facebook/${channels[1]}`);

// ---- durable intake against the bare loop ----

async function intakeRound(channels, clients, count) {
  const from = take(count), tag = `c${clients}`, before = (await tool('house', 'batch', served, 0)).newest;
  const server = await serve();
  const ours = await costing(server, () => hooks(server, channels, clients, tag, from, count));
  await server.stop();
  const { messages, batch } = await tool('house', 'batch', served, before);
  if (messages !== count) throw new Error(`${count} webhooks answered, ${messages} messages stored`);
  const theirs = await tool('bare', bare, Math.max(1, Math.round(batch)), tag, from, count, ...channels);
  return { ours, theirs, batch, ratio: ours.rate / theirs.rate, work: theirs.cpu_us / ours.cpu };
}

async function intake(channels) {
  for (const [clients, count] of [[1, 1500], [16, 6000], [64, 10000]]) {
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await intakeRound(channels, clients, count));
    const of = pick => median(rounds.map(pick)), p50 = of(r => r.ours.p50);
    row(`durable intake, ${clients} client${clients > 1 ? 's' : ''}`,
      `${(100 * of(r => r.ratio)).toFixed(0)} % of bare: ${of(r => r.ours.rate).toFixed(0)} of ${of(r => r.theirs.rate).toFixed(0)} a second, ${of(r => r.batch).toFixed(1)} a commit`,
      clients === 64 ? '≥ 80 %' : '', clients === 64 ? of(r => r.ratio) >= 0.8 : undefined);
    row(`— CPU a message`, `${of(r => r.ours.cpu).toFixed(0)} µs, bare ${of(r => r.theirs.cpu_us).toFixed(0)} µs`, '');
    row(`— answer`, `p50 ${p50.toFixed(2)} ms, p99 ${of(r => r.ours.p99).toFixed(1)} ms`, clients === 64 ? 'p50 ≤ 3 ms' : '', clients === 64 ? p50 <= 3 : undefined);
  }
}

// ---- pages ----

async function pageRounds(server, colleague, name, paths, count) {
  const file = path.join(work, 'paths');
  fs.writeFileSync(file, paths.join('\n') + '\n');
  const once = n => tool('load', 'pages', port(server), 1, n, colleague.cookie(), file);
  await once(Math.min(count, 200));
  const rounds = []; // short ones: neighbours only ever add to what is measured, so the least is told beside the median
  for (let i = 0; i < 4 * ROUNDS; i++) rounds.push(await costing(server, () => once(count / 4)));
  const of = pick => median(rounds.map(pick)), least = Math.min(...rounds.map(r => r.cpu));
  row(name, `${of(r => r.cpu).toFixed(0)} µs of CPU (least ${least.toFixed(0)}), ${(of(r => r.bytes) / 1024).toFixed(1)} KiB sent`, '≤ 300 µs', of(r => r.cpu) <= 300);
  row('— answer', `p50 ${of(r => r.p50).toFixed(2)} ms, p99 ${of(r => r.p99).toFixed(2)} ms`, 'p99 < 5 ms', of(r => r.p99) < 5);
}

async function someConversations(colleague, wanted) {
  const ids = [];
  for (let cursor = ''; ids.length < wanted;) {
    const { list } = await colleague.json(`/desk?tab=all${cursor && '&cursor=' + cursor}`);
    ids.push(...list.rows.map(r => r.id));
    if (!(cursor = list.paging.next)) break;
  }
  return ids;
}

async function pages(server, colleague, channels) {
  const stories = (await someConversations(colleague, 200)).map(id => `/desk/c/${id}`);
  await pageRounds(server, colleague, 'desk list', ['/desk', '/desk?tab=all'], 1000);
  await pageRounds(server, colleague, 'conversation page (list, story, person)', stories, 600);
  await pageRounds(server, colleague, 'list fragment (what a live page asks for)', ['/desk?fragment=list'], 1000);
  const file = path.join(work, 'paths');
  fs.writeFileSync(file, ['/desk', ...stories.slice(0, 20)].join('\n') + '\n');
  const count = 12000, load = hooks(server, channels, 64, 'busy', take(count), count);
  const busy = await tool('load', 'pages', port(server), 1, 300, colleague.cookie(), file);
  await load;
  row('pages under a saturated writer', `p50 ${busy.p50.toFixed(2)} ms, p99 ${busy.p99.toFixed(1)} ms`, 'p99 ≤ 10 ms', busy.p99 <= 10);
}

// ---- search ----

async function search() {
  const words = ['fattura', 'inesistente', 'guasto corriere', 'il pacco', 'strala*'];
  for (const r of await tool('house', 'search', served, 50, ...words))
    row(`search: ${r.words}`, `${r.found} found; p50 ${r.p50.toFixed(2)} ms, p95 ${r.p95.toFixed(2)} ms, CPU ${r.cpu_us.toFixed(0)} µs`, 'p95 ≤ 5 ms', r.p95 <= 5);
}

// ---- open pages ----

async function live(server, colleague, channels, streams, count) {
  const before = residentKiB(server.child.pid), from = take(count);
  const child = spawn('build/release/bench_load', ['live', port(server), streams, `live${streams}`, from, count, SECRET, `/hooks/whatsapp/${channels[0]}`, colleague.cookie()].map(String));
  let out = '', trouble = '', grown = 0;
  child.stdout.on('data', d => { out += d; });
  child.stderr.on('data', d => { trouble += d; grown = residentKiB(server.child.pid) - before; });
  const code = await new Promise(done => child.on('close', done));
  if (code !== 0) throw new Error(`live: ${trouble}`);
  const r = JSON.parse(out), limit = streams === 1 ? 50 : 250;
  row(`message in → on ${streams === 1 ? 'one open page' : `all of ${streams} open pages`}`, `p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms`, `p99 < ${limit} ms`, r.p99 < limit);
  if (streams > 1) row('— memory a connection', `${(grown / streams).toFixed(1)} KiB`, '≤ 12 KiB', grown / streams <= 12);
}

// ---- footprint ----

async function footprint() {
  const started = [], resident = [];
  for (let i = 0; i < ROUNDS; i++) {
    const began = process.hrtime.bigint(), server = await serve();
    started.push(Number(process.hrtime.bigint() - began) / 1e6);
    await new Promise(done => setTimeout(done, 500));
    resident.push(residentKiB(server.child.pid) / 1024);
    await server.stop();
  }
  const size = fs.statSync(bin).size / 2 ** 20, lean = path.join(work, 'lean');
  execFileSync('strip', ['-o', lean, bin]);
  const stripped = fs.statSync(lean).size / 2 ** 20;
  row('start', `${median(started).toFixed(0)} ms`, '< 100 ms', median(started) < 100);
  row('idle, resident', `${median(resident).toFixed(1)} MiB`, '< 40 MB', median(resident) < 40);
  row('binary', `${stripped.toFixed(1)} MiB stripped, ${size.toFixed(1)} MiB with symbols`, '< 8 MB', stripped * 1.048576 < 8);
}

try {
  const channels = prepare();
  const filled = await tool('house', 'fill', served, 'base', take(MESSAGES), MESSAGES, ...channels);
  row('filling (intake without HTTP)', `${filled.rate.toFixed(0)} a second, ${filled.cpu_us.toFixed(0)} µs of CPU a message`, '');
  copyAndSettle(served, bare);
  await intake(channels);
  fs.rmSync(bare, { recursive: true });
  const server = await serve();
  const colleague = await new Colleague(server.base).signIn('giulia@prova.example', PASSWORD);
  await pages(server, colleague, channels);
  await live(server, colleague, channels, 1, 300);
  await live(server, colleague, channels, STREAMS, 20);
  await server.stop();
  await search();
  const triage = await tool('house', 'triage', 20000);
  row('triage', `${triage.cpu_us.toFixed(1)} µs a message`, '< 50 µs', triage.cpu_us < 50);
  await footprint();
  table();
} finally {
  for (const server of servers) server.child.kill('SIGKILL');
  fs.rmSync(work, { recursive: true, force: true });
}
