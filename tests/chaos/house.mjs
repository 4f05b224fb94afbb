// SPDX-License-Identifier: Apache-2.0
// The house under test: its database (a file, or a PostgreSQL server of its own), its nodes, the networks beside it.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { bin, lastingPort, root, sleep, startNetworks, tempDir } from '../http/support.mjs';
import { Disk } from './disk.mjs';
import { Postgres } from './postgres.mjs';

export const colleagues = Array.from({ length: 14 }, (_, n) => ({ name: `Collega ${'ABCDEFGHIJKLMN'[n]}`, email: `collega${n}@prova.example`, role: ['lead', 'admin', 'agent'][n < 2 ? n : 2] }));
const password = 'parola-di-prova';

// One `ascolto serve`, on a port of its own for as long as the chaos lasts.
class Node {
  constructor(house, number) { Object.assign(this, { house, number, log: path.join(house.folder, `node${number}.log`), starts: 0, downSince: 0, troubles: [] }); }
  async open() {
    this.port = await lastingPort();
    this.base = `http://127.0.0.1:${this.port}`;
    this.clockFile = path.join(this.house.folder, `clock${this.number}`);
    this.step(0);
    await this.start();
  }
  // seconds by which its wall clock goes wrong
  step(seconds) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(seconds * 1e6)));
    fs.writeFileSync(this.clockFile, bytes, { flag: fs.existsSync(this.clockFile) ? 'r+' : 'w' });
  }
  running() { return this.child && this.child.exitCode === null && this.child.signalCode === null; }
  // One that can be asked and has to answer.
  up() { return this.running() && this.listening && !this.frozen && !this.ending; }
  environment() {
    const { clock, environment } = this.house;
    return { ...environment, ...(clock && { LD_PRELOAD: clock, CHAOS_CLOCK: this.clockFile }) };
  }
  spawn() {
    const out = fs.openSync(this.log, 'a');
    this.listening = this.ending = false;
    this.starts++;
    const child = spawn(bin, ['serve', '--data', this.house.data, '--listen', `127.0.0.1:${this.port}`], { env: this.environment(), stdio: ['ignore', 'pipe', out] });
    fs.closeSync(out);
    child.stdout.on('data', d => { if (/listening/.test(d)) { this.listening = true; this.upSince = Date.now(); } });
    child.stdout.on('error', () => {});
    child.ended = new Promise(done => child.on('exit', (code, signal) => {
      if (this.child === child) this.listening = false;
      if (!(signal === 'SIGKILL' || code === 0 || (code === 1 && !child.wasUp()))) this.troubles.push(`node ${this.number} ended by itself: ${signal || 'code ' + code}`);
      done();
    }));
    child.wasUp = () => this.child === child && this.upSince > child.born;
    child.born = Date.now();
    this.child = child;
  }
  // Starts it, and again, as whoever keeps services running does: a database that is away lets it end with a clear line.
  async start(ms = 60000) {
    this.wanted = true;
    for (const end = Date.now() + ms; Date.now() < end; await sleep(100)) {
      if (this.listening || !this.wanted) return;
      if (this.running()) continue;
      await sleep(300);
      if (this.wanted && !this.running()) this.spawn(); // another may have started it meanwhile
    }
    throw new Error(`node ${this.number} does not start: ${fs.readFileSync(this.log, 'utf8').slice(-1500)}`);
  }
  async kill() {
    this.wanted = false;
    if (!this.running()) return;
    this.child.kill('SIGKILL');
    await this.child.ended;
  }
  async end(ms = 30000) {
    this.wanted = false;
    this.ending = true;
    if (!this.running()) return;
    this.child.kill('SIGTERM');
    const in_time = await Promise.race([this.child.ended.then(() => true), sleep(ms).then(() => false)]);
    if (!in_time) { this.troubles.push(`node ${this.number} did not end within ${ms / 1000} s of SIGTERM`); await this.kill(); }
  }
  freeze() { if (this.running()) { this.frozen = true; this.child.kill('SIGSTOP'); } }
  thaw() { if (this.frozen) { this.child.kill('SIGCONT'); this.frozen = false; this.upSince = Date.now(); } }
}

export class House {
  constructor(engine, { seed, nodes, disk = 3000 }) {
    this.engine = engine;
    this.folder = tempDir(`ascolto-chaos-${engine}-${seed}`);
    fs.chmodSync(this.folder, 0o755);
    this.disk = new Disk(this.folder, disk);
    this.environment = { ...process.env, ASCOLTO_FAST_PASSWORDS: '1', ASCOLTO_STRICT: '1' };
    this.nodes = Array.from({ length: engine === 'sqlite' ? 1 : nodes }, (_, n) => new Node(this, n + 1));
    this.clock = this.buildClock();
  }
  // What lets a node's wall clock step; the sanitizer's library wants to come first.
  buildClock() {
    const out = path.join(this.folder, 'clock.so');
    try {
      execFileSync('gcc', ['-std=gnu17', '-D_GNU_SOURCE', '-O1', '-fPIC', '-shared', '-o', out, path.join(root, 'tests/chaos/clock.c'), '-ldl'], { stdio: 'pipe' });
      if (!/libasan/.test(execFileSync('ldd', [bin], { encoding: 'utf8' }))) return out;
      return execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim() + ':' + out;
    } catch { return null; }
  }
  async open() {
    if (this.engine === 'postgres') {
      this.data = path.join(this.folder, 'data');
      this.postgres = new Postgres(this.disk.path, path.join(this.folder, 'postgres.log'));
      await this.postgres.open();
      this.environment.ASCOLTO_DATABASE = this.postgres.url;
    } else {
      this.data = path.join(this.disk.path, 'data');
    }
    this.net = await startNetworks();
    this.known = await this.net.call('/sim/networks');
    this.networks = Object.keys(this.known);
    this.found();
    for (const node of this.nodes) await node.open();
  }
  cli(...args) { return execFileSync(bin, [...args, '--data', this.data], { env: this.environment, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 }).trim(); }
  // {code, out, err}
  cliTry(...args) { try { return { code: 0, out: this.cli(...args), err: '' }; } catch (e) { return { code: e.status, out: String(e.stdout), err: String(e.stderr) }; } }
  found() {
    this.brand = this.cli('brand', 'add', '--name', 'prova', '--title', 'Prova', '--zone', 'Europe/Rome', '--undo', '0');
    const pass = path.join(this.folder, 'pass');
    fs.writeFileSync(pass, password + '\n');
    for (const c of colleagues) this.cli('agent', 'add', '--brand', this.brand, '--name', c.name, '--email', c.email, '--role', c.role, '--password-file', pass);
  }
  // Each account speaks to its network, and the network to it, through us.
  connect(wire, office) {
    this.channels = {};
    for (const [network, { settings }] of Object.entries(this.known))
      this.channels[network] = this.cli('channel', 'add', '--brand', this.brand, '--network', network, '--name', 'Prova',
        ...Object.entries(settings).flatMap(([k, v]) => ['--set', `${k}=${v.replace(this.net.base, wire)}`]));
    return Promise.all(this.networks.map(network => this.net.call('/sim/hook', { network, url: `${office}/hooks/${network}/${this.channels[network]}` })));
  }
  password() { return password; }
  up() { return this.nodes.filter(n => n.up()); }
  sql(text) {
    if (this.postgres) return JSON.parse(this.postgres.sql('chaos', `SELECT coalesce(json_agg(t), '[]') FROM (${text}) t`));
    const file = `file:${path.join(this.data, 'ascolto.db')}?mode=ro`;
    return JSON.parse(execFileSync('sqlite3', ['-json', '-cmd', '.timeout 5000', file, text], { encoding: 'utf8', maxBuffer: 1 << 30 }) || '[]');
  }
  troubles() {
    const told = this.nodes.flatMap(n => n.troubles);
    for (const node of this.nodes) {
      const log = fs.existsSync(node.log) ? fs.readFileSync(node.log, 'utf8') : '';
      const line = log.split('\n').find(l => /Sanitizer|runtime error|[Aa]ssertion/.test(l));
      if (line) told.push(`node ${node.number}: ${line.trim()}`);
    }
    return told;
  }
  async close(keep) {
    for (const node of this.nodes) { node.thaw(); await node.kill(); }
    if (this.postgres?.child) { this.postgres.thaw(); await this.postgres.stop(); }
    await this.net?.stop('SIGKILL');
    this.disk.close(keep);
    if (!keep) fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
