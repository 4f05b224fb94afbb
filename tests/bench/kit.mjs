// What the measurements share: the tools, what the kernel says of processes, houses with a history, and nginx beside us.
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

process.env.ASCOLTO_BIN = path.resolve('build/ascolto');
const support = await import('../http/support.mjs');
export const { bin, Colleague, engine, request } = support;

const number = (name, otherwise) => Number(process.env[name] || otherwise);
export const MESSAGES = number('MESSAGES', 100000), ROUNDS = number('ROUNDS', 3), STREAMS = number('STREAMS', 10000);
export const SECRET = 'simulated-app-secret', PASSWORD = 'parola-di-prova';
export const postgres = engine === 'postgres';
export const work = process.argv[2];

const run = promisify(execFile);
const psql = (database, ...statements) => execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', `${process.env.ASCOLTO_TEST_POSTGRES}/${database}`, ...statements.flatMap(s => ['-c', s])], { stdio: ['ignore', 'ignore', 'pipe'] });
const url = data => `${process.env.ASCOLTO_TEST_POSTGRES}/${support.databaseOf(data)}`;

// ---- tools and processes ----

export async function tool(name, data, ...args) {
  const env = postgres && data ? { ...process.env, ASCOLTO_DATABASE: url(data) } : process.env;
  return JSON.parse((await run(`build/release/bench_${name}`, args.map(String), { env, maxBuffer: 1 << 24 })).stdout);
}
export const house = (verb, data, ...args) => tool('house', data, verb, data, ...args);
export const bare = (data, ...args) => postgres ? tool('bare_postgres', data, url(data), ...args) : tool('bare', data, data, ...args);

const alive = new Set(); // not stopped yet: ended also when the run fails
export async function serve(data) {
  const server = await support.startServer({ data }), { stop } = server;
  alive.add(server.child);
  server.stop = async () => { await stop(); alive.delete(server.child); };
  server.port = new URL(server.base).port;
  return server;
}
export function killAll() { for (const child of alive) child.kill('SIGKILL'); }

// What each thread ran, in microseconds: the scheduler's own count.
function threadMicroseconds(pid) {
  try {
    const tasks = fs.readdirSync(`/proc/${pid}/task`);
    return new Map(tasks.map(t => [t, Number(fs.readFileSync(`/proc/${pid}/task/${t}/schedstat`, 'utf8').split(' ')[0]) / 1000]));
  } catch { return new Map(); } // it has ended
}
const cpuMicroseconds = pid => [...threadMicroseconds(pid).values()].reduce((sum, us) => sum + us, 0);
const parent = pid => { try { return Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[1]); } catch { return 0; } };
// PostgreSQL's backends, and its processes in the background.
function databaseMicroseconds() {
  if (!postgres) return new Map();
  const master = Number(fs.readFileSync(path.join(process.env.ASCOLTO_TEST_POSTGRES_DATA, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return new Map(fs.readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && parent(pid) === master).map(pid => [pid, cpuMicroseconds(pid)]));
}
export const residentKiB = pid => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);

// What one unit of work costs in CPU: of our process (cpu), of its threads but the busiest (beside), of the database's
// (database), of both.
export async function costing(pid, work) {
  const ours = threadMicroseconds(pid), theirs = databaseMicroseconds(), result = await work();
  const ran = [...threadMicroseconds(pid)].map(([t, us]) => (us - (ours.get(t) ?? 0)) / result.n);
  const cpu = ran.reduce((sum, us) => sum + us, 0), beside = cpu - Math.max(...ran);
  let database = 0;
  for (const [backend, now] of databaseMicroseconds()) database += (now - (theirs.get(backend) ?? 0)) / result.n;
  return { ...result, cpu, beside, database, both: cpu + database };
}

// While another process reads a webhook's JSON again and again, for this share of one core's time.
export async function withOtherCoreBusy(share, work) {
  const reading = `const text = JSON.stringify({ entry: Array(40).fill({ id: '440200000000088', text: 'ancora niente' }) });
    const cell = new Int32Array(new SharedArrayBuffer(4)), busy = 2 * ${Math.min(1, share)};
    for (;;) { const end = performance.now() + busy; while (performance.now() < end) JSON.parse(text); if (busy < 2) Atomics.wait(cell, 0, 0, 2 - busy); }`;
  const child = spawn(process.execPath, ['-e', reading], { stdio: 'ignore' });
  alive.add(child);
  try { return await work(); } finally { alive.delete(child); child.kill('SIGKILL'); }
}

export const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
export const ms = us => `${(us / 1000).toFixed(2)} ms`;
// As in "0.31 ms (0.20 + 0.11 in PostgreSQL)".
export const cost = (ours, database) => postgres ? `${ms(ours + database)} (${(ours / 1000).toFixed(2)} + ${(database / 1000).toFixed(2)} in PostgreSQL)` : ms(ours);

// ---- the rows of the table ----

export const rows = [];
export function row(what, measured, budget = '', holds) {
  rows.push({ what, measured, budget, holds: holds === undefined ? '' : holds ? 'yes' : '**no**' });
  process.stderr.write(`  ${engine}: ${what}: ${measured}${budget ? ` (${budget})` : ''}${holds === false ? ' NO' : ''}\n`);
}

// ---- houses with a history ----

// Three years of daily statements are written when a server first runs: not while it is measured.
async function statementsWritten(data, env, cli) {
  const child = spawn(bin, ['serve', '--data', data, '--listen', '127.0.0.1:0'], { env, stdio: 'ignore' });
  alive.add(child);
  const yesterday = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome' }).format(new Date(Date.now() - 24 * 3600e3)); // the brand's
  const newest = () => { try { return cli('statement', 'show', '--data', data, '--json'); } catch { return ''; } };
  await support.until('the daily statements', () => newest().includes(yesterday) || newest().includes(yesterday.replaceAll('-', '')), 300000);
  alive.delete(child);
  child.kill('SIGTERM');
  await new Promise(done => child.on('exit', done));
}

// Always made in a file; a database gets it by backup and restore, as anybody's house would move. What one engine has
// made is kept for the other.
export async function houseWith(name, messages) {
  const data = path.join(work, `${engine}-${name}`), backup = path.join(work, `${name}.backup`), channels = path.join(work, `${name}.json`);
  const past = path.join(work, `past-${name}`), env = { ...process.env, ASCOLTO_FAST_PASSWORDS: '1' };
  delete env.ASCOLTO_DATABASE;
  const cli = (...args) => execFileSync(bin, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  if (!fs.existsSync(backup)) {
    const brand = cli('brand', 'add', '--data', past, '--name', 'prova', '--title', 'Prova', '--zone', 'Europe/Rome'), pass = path.join(work, 'pass');
    fs.writeFileSync(pass, PASSWORD + '\n');
    cli('agent', 'add', '--data', past, '--brand', brand, '--name', 'Giulia Riva', '--email', 'giulia@prova.example', '--role', 'lead', '--password-file', pass);
    const added = ['whatsapp', 'facebook'].map(network => cli('channel', 'add', '--data', past, '--brand', brand, '--network', network, '--name', network, '--set', `app_secret=${SECRET}`));
    fs.writeFileSync(channels, JSON.stringify(added));
    execFileSync('build/release/bench_history', [past, messages, ...added].map(String), { env });
    await statementsWritten(past, env, cli);
    cli('backup', '--data', past, backup);
    fs.rmSync(past, { recursive: true });
  }
  const began = Date.now();
  if (postgres) {
    execFileSync(bin, ['restore', backup, '--data', data], { env: { ...env, ASCOLTO_DATABASE: url(data) }, stdio: ['ignore', 'ignore', 'inherit'] });
    psql(support.databaseOf(data), 'VACUUM ANALYZE', 'CHECKPOINT');
  } else {
    cli('restore', backup, '--data', data);
  }
  return { data, channels: JSON.parse(fs.readFileSync(channels)), seconds: (Date.now() - began) / 1000 };
}

// The same house once more.
export function houseCopy(from, name) {
  const data = path.join(work, `${engine}-${name}`);
  if (postgres) {
    psql('postgres', `DROP DATABASE ${support.databaseOf(data)}`, `CREATE DATABASE ${support.databaseOf(data)} TEMPLATE ${support.databaseOf(from)} STRATEGY file_copy`);
  } else {
    fs.cpSync(from, data, { recursive: true });
  }
  execFileSync('sync');
  return data;
}
export function houseGone(data) {
  fs.rmSync(data, { recursive: true, force: true });
  if (postgres) psql('postgres', `DROP DATABASE ${support.databaseOf(data)} WITH (FORCE)`, `CREATE DATABASE ${support.databaseOf(data)}`);
}

// ---- nginx beside us ----

const freePort = () => new Promise(done => { const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); }); });

// A static page of 6 KB, one worker, nothing logged; null where there is no nginx.
export async function startNginx() {
  const program = [process.env.BENCH_NGINX, '/usr/sbin/nginx'].find(p => p && fs.existsSync(p));
  if (!program) return null;
  const place = path.join(work, `nginx-${engine}`), port = await freePort();
  fs.mkdirSync(path.join(place, 'html'), { recursive: true });
  fs.writeFileSync(path.join(place, 'html', 'page.html'), '<!doctype html><title>Page</title>' + 'a page of six kilobytes. '.repeat(300).slice(0, 6110));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(n => `${n}_temp_path ${place}/tmp;`).join(' ');
  fs.writeFileSync(path.join(place, 'conf'), `daemon off; ${process.getuid() === 0 ? 'user root; ' : ''}worker_processes 1; pid ${place}/pid; error_log ${place}/error;
events { worker_connections 512; }
http { access_log off; ${temporary} sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/html;
  server { listen 127.0.0.1:${port}; root ${place}/html; } }\n`);
  const child = spawn(program, ['-p', place, '-c', path.join(place, 'conf'), '-e', path.join(place, 'error')], { stdio: 'inherit' });
  alive.add(child);
  const paths = path.join(place, 'paths');
  fs.writeFileSync(paths, '/page.html\n');
  const once = n => tool('load', null, 'pages', port, 1, n, 'none=0', paths);
  await support.until('nginx', () => once(1));
  const worker = fs.readdirSync('/proc').find(pid => /^\d+$/.test(pid) && parent(pid) === child.pid);
  const stop = async () => { alive.delete(child); child.kill('SIGTERM'); await new Promise(done => child.on('exit', done)); };
  return { stop, round: async n => { const { cpu, database, ...result } = await costing(worker, () => once(n)); return { ...result, cpu }; } };
}
