// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server that can be killed, frozen and started again. Its commits are durable.
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { lastingPort, sleep } from '../http/support.mjs';

const soon = promisify(execFile);
const places = ['/usr/lib/postgresql/15/bin', ...(fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql').map(v => `/usr/lib/postgresql/${v}/bin`) : [])];
export const programs = places.find(p => fs.existsSync(`${p}/initdb`) && fs.existsSync(`${p}/postgres`));

export class Postgres {
  constructor(folder, log) {
    this.data = path.join(folder, 'postgres');
    this.log = log;
    this.user = process.getuid() === 0 ? 'postgres' : null; // the server refuses to be root
  }
  as(command, args) {
    if (!this.user) return [command, args];
    const id = what => execFileSync('id', [what, this.user], { encoding: 'utf8' }).trim();
    return ['setpriv', [`--reuid=${id('-u')}`, `--regid=${id('-g')}`, '--clear-groups', command, ...args]];
  }
  async open() {
    fs.mkdirSync(this.data);
    if (this.user) execFileSync('chown', [this.user, this.data]);
    const [command, args] = this.as(`${programs}/initdb`, ['-D', this.data, '-U', 'ascolto', '-A', 'trust', '--locale=C', '--encoding=UTF8', '-N']);
    execFileSync(command, args, { cwd: this.data, stdio: 'ignore', env: { ...process.env, LC_ALL: 'C' } });
    this.port = await lastingPort();
    this.base = `postgresql://ascolto@127.0.0.1:${this.port}`;
    await this.start();
    this.sql('postgres', 'CREATE DATABASE chaos');
    this.url = `${this.base}/chaos`;
  }
  running() { return this.child && this.child.exitCode === null && this.child.signalCode === null; }
  // Until it takes connections: after a crash, and while processes of the server before are still there, that takes a while.
  async start(ms = 60000) {
    this.wanted = true;
    for (const end = Date.now() + ms; Date.now() < end; await sleep(100)) {
      if (!this.running()) this.spawn();
      if (await this.ready()) return;
      if (!this.wanted) return; // killed again meanwhile
    }
    throw new Error(`PostgreSQL does not start: ${fs.readFileSync(this.log, 'utf8').slice(-2000)}`);
  }
  spawn() {
    const [command, args] = this.as(`${programs}/postgres`, ['-D', this.data, '-p', String(this.port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=',
      '-c', 'fsync=on', '-c', 'max_connections=200', '-c', 'max_wal_size=128MB', '-c', 'restart_after_crash=on', '-c', 'log_min_messages=warning']);
    const out = fs.openSync(this.log, 'a');
    this.child = spawn(command, args, { cwd: this.data, stdio: ['ignore', out, out], env: { ...process.env, LC_ALL: 'C' } });
    this.child.on('error', () => {});
    fs.closeSync(out);
  }
  ready() {
    return soon(`${programs}/pg_isready`, ['-q', '-h', '127.0.0.1', '-p', String(this.port), '-t', '1']).then(() => true, () => false);
  }
  children() {
    try { return fs.readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number); } catch { return []; }
  }
  // Processes of the server that serve a session, and those of its own.
  backends() {
    return this.children().filter(pid => { try { return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('127.0.0.1'); } catch { return false; } });
  }
  signal(pid, name) { try { process.kill(pid, name); return true; } catch { return false; } }
  kill() { this.wanted = false; this.signal(this.child.pid, 'SIGKILL'); }
  killBackend(dice) {
    const all = this.backends();
    return all.length > 0 && this.signal(dice.pick(all), 'SIGKILL');
  }
  freeze() {
    this.frozen = [this.child.pid, ...this.children()];
    for (const pid of this.frozen) this.signal(pid, 'SIGSTOP');
    // who was born meanwhile
    for (const pid of this.children()) if (!this.frozen.includes(pid)) { this.signal(pid, 'SIGSTOP'); this.frozen.push(pid); }
  }
  thaw() {
    for (const pid of this.frozen || []) this.signal(pid, 'SIGCONT');
    this.frozen = null;
  }
  async stop(how = 'SIGINT') { // SIGINT: fast, SIGQUIT: immediate
    this.wanted = false;
    if (!this.running()) return;
    const ended = new Promise(done => this.child.once('exit', done));
    this.signal(this.child.pid, how);
    await ended;
  }
  sql(database, text) {
    return execFileSync(`${programs}/psql`, ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', `${this.base}/${database}?connect_timeout=5`, '-c', text],
      { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
