// Starting the real program for a story: the house with its own data folder, the simulated networks beside it, and
// colleagues who sign in by form. Everything listens on free loopback ports and is ended by its process id.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const bin = process.env.ASCOLTO_BIN || path.join(root, 'build/asan/ascolto');
export const shared = process.env.ASCOLTO_SHARED || path.join(root, '../shared');
export const hasShared = fs.existsSync(shared);
const env = { ...process.env, ASCOLTO_FAST_PASSWORDS: '1', ASCOLTO_STRICT: '1' };

// The accounts that some simulated networks start with (their files in src/sim; /sim/networks tells of all).
export const accounts = {
  facebook: { page_id: '104872390114503', access_token: 'simulated-page-token', app_secret: 'simulated-app-secret', verify_token: 'simulated-verify' },
  whatsapp: { phone_number_id: '106540352242922', business_account_id: '102290129340398', access_token: 'simulated-system-token', app_secret: 'simulated-app-secret', verify_token: 'simulated-verify' },
  instagram: { user_id: '17841400000000218', username: 'nuvolamobile', access_token: 'simulated-instagram-token', app_secret: 'simulated-instagram-secret', verify_token: 'simulated-verify' },
  threads: { user_id: '17841500000000218', username: 'nuvolamobile', access_token: 'simulated-threads-token', app_secret: 'simulated-threads-secret', verify_token: 'simulated-verify' },
  x: { user_id: '1700000000000000001', access_token: 'simulated-x-token', consumer_secret: 'simulated-consumer-secret' },
};

export const sleep = ms => new Promise(done => setTimeout(done, ms));

// Asks again until the answer is truthy; fails saying what was waited for.
export async function until(what, ask, ms = 30000) {
  const end = Date.now() + ms;
  for (;;) {
    let answer, trouble;
    try { answer = await ask(); } catch (e) { trouble = e; }
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for: ${typeof what === 'function' ? what() : what}${trouble ? ' (' + trouble.message + ')' : ''}`);
    await sleep(40);
  }
}

export function tempDir(name = 'ascolto') {
  return fs.mkdtempSync(path.join(os.tmpdir(), name + '-'));
}

// With ASCOLTO_TEST_POSTGRES=postgresql://… every data folder has a database of its own on that server.
const server = process.env.ASCOLTO_TEST_POSTGRES;
export const engine = server ? 'postgres' : 'sqlite';
const psql = (database, ...args) => execFileSync(path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN ?? '', 'psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', `${server}/${database}`, ...args], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
const databases = new Map();
export function databaseOf(data) {
  if (!databases.has(data)) {
    const name = `t${process.pid}_${databases.size}`;
    psql('postgres', '-c', `DROP DATABASE IF EXISTS ${name}`, '-c', `CREATE DATABASE ${name}`);
    databases.set(data, name);
  }
  return databases.get(data);
}
process.on('exit', () => { for (const name of databases.values()) psql('postgres', '-c', `DROP DATABASE ${name} WITH (FORCE)`); });
function surroundings(args) {
  const at = args.indexOf('--data');
  return server && at >= 0 ? { ...env, ASCOLTO_DATABASE: `${server}/${databaseOf(args[at + 1])}` } : env;
}

// A program of ours that prints where it listens.
async function start(args, pattern, extra = {}) {
  const child = spawn(bin, args, { env: { ...surroundings(args), ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
  const running = { child, out: '', log: '' };
  child.stdout.on('data', d => { running.out += d; });
  child.stderr.on('data', d => { running.log += d; });
  running.ended = new Promise(done => child.on('exit', (code, signal) => done({ code, signal })));
  running.stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const { code } = await running.ended;
    if (signal === 'SIGTERM' && (code !== 0 || /Sanitizer|runtime error/.test(running.log)))
      throw new Error(`ascolto ${args[0]} ended with ${code}: ${running.log.slice(-4000)}`);
  };
  running.base = await new Promise((done, failed) => {
    child.stdout.on('data', () => { const m = running.out.match(pattern); if (m) done(m[1]); });
    child.on('exit', code => failed(new Error(`ascolto ${args[0]} ended with ${code}: ${running.log.slice(-2000)}`)));
  });
  return running;
}

export async function startDemo({ data = tempDir(), listen = '127.0.0.1:0', extra } = {}) {
  return Object.assign(await start(['demo', '--data', data, '--listen', listen], /listening at (http:\S+)/, extra), { data });
}
export async function startServer({ data, listen = '127.0.0.1:0', extra, more = [] }) {
  return Object.assign(await start(['serve', '--data', data, '--listen', listen, ...more], /listening at (http:\S+)/, extra), { data });
}

// The simulated networks alone: what customers do, and what goes wrong (docs/simulators.md).
export async function startNetworks() {
  const running = await start(['simulate', '--listen', '127.0.0.1:0'], /networks are at (http:\S+)/);
  const call = async (where, body) => {
    const r = await request(running.base + where, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {} });
    if (r.status !== 200) throw new Error(`${where}: ${r.status} ${r.text}`);
    return r.json();
  };
  return Object.assign(running, {
    call,
    act: act => call('/sim/act', act),
    fault: (network, kind, times = -1, ms = 0) => call('/sim/fault', { network, kind, times, ms }),
    clear: () => call('/sim/clear', {}),
    state: () => call('/sim/state'),
    // what the network has accepted from the brand, by its words
    async accepted(words) { return (await call('/sim/state')).items.filter(i => i.by_brand && i.text.includes(words)); },
  });
}

export function cli(...args) {
  return execFileSync(bin, args, { env: surroundings(args), encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim();
}
// {code, out, err}, whatever the exit code.
export function cliTry(...args) {
  try { return { code: 0, out: cli(...args), err: '' }; }
  catch (e) { return { code: e.status, out: String(e.stdout), err: String(e.stderr) }; }
}

// Changes a database beside the program.
export function write(file, text) {
  return server ? psql(databaseOf(path.dirname(file)), '-c', text) : execFileSync('sqlite3', [file, '.timeout 20000', text]);
}
// Conditions and values that the engines say differently: a column of bytes that holds these words, its hex, its text.
export const holds = (column, words) => server ? `position(CAST('${words}' AS BYTEA) IN ${column}) > 0` : `instr(CAST(${column} AS TEXT), '${words}') > 0`;
export const hex = column => server ? `encode(${column}, 'hex')` : `hex(${column})`;
export const asText = column => server ? `convert_from(${column}, 'UTF8')` : `CAST(${column} AS TEXT)`;
// Everything a house keeps, byte for byte.
export function everything(data) {
  if (server) return execFileSync(path.join(process.env.ASCOLTO_TEST_POSTGRES_BIN ?? '', 'pg_dump'), [`${server}/${databaseOf(data)}`], { maxBuffer: 1 << 28 });
  return Buffer.concat(['ascolto.db', 'ascolto.db-wal'].map(f => path.join(data, f)).filter(f => fs.existsSync(f)).map(f => fs.readFileSync(f)));
}

// Rows of a database, read while the server has it open.
export function query(file, sql) {
  if (server) return JSON.parse(psql(databaseOf(path.dirname(file)), '-c', `SELECT coalesce(json_agg(t), '[]') FROM (${sql}) t`));
  const out = execFileSync('sqlite3', ['-json', '-cmd', '.timeout 5000', `file:${file}?mode=ro`, sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return JSON.parse(out || '[]');
}

// One HTTP exchange without redirects or pooling.
export function request(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, failed) => {
    const req = http.request(url, { method, headers, agent: false }, res => {
      const parts = [];
      res.on('data', d => parts.push(d));
      res.on('end', () => {
        const bytes = Buffer.concat(parts), text = bytes.toString();
        done({ status: res.statusCode, headers: res.headers, text, bytes, json: () => JSON.parse(text) });
      });
      res.on('error', failed);
    });
    req.on('error', failed);
    if (body) req.write(body);
    req.end();
  });
}

// A colleague at the desk: cookies, forms with their CSRF token, pages as data.
export class Colleague {
  constructor(base) { this.base = base; this.jar = new Map(); this.csrf = ''; }
  cookie() { return [...this.jar].map(([k, v]) => `${k}=${v}`).join('; '); }
  async ask(where, { method = 'GET', body, headers = {} } = {}) {
    const r = await request(this.base + where, { method, body, headers: { cookie: this.cookie(), ...headers } });
    for (const line of [].concat(r.headers['set-cookie'] || [])) {
      const [pair] = line.split(';'), at = pair.indexOf('=');
      if (/max-age=0/i.test(line)) this.jar.delete(pair.slice(0, at)); else this.jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const token = r.text.match(/name="csrf" value="([^"]+)"/);
    if (token) this.csrf = token[1];
    if (r.headers['x-template-trouble']) throw new Error(`${where}: ${r.headers['x-template-trouble']}`);
    return r;
  }
  get(where) { return this.ask(where); }
  async json(where) {
    const r = await this.ask(where, { headers: { accept: 'application/json' } });
    if (r.status !== 200) throw new Error(`${where}: ${r.status} ${r.text.slice(0, 300)}`);
    return r.json();
  }
  post(where, fields = {}, headers = {}) {
    const body = new URLSearchParams({ csrf: this.csrf, ...fields }).toString();
    return this.ask(where, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  }
  async signIn(email, password) {
    await this.get('/desk/sign-in');
    const r = await this.post('/desk/sign-in', { user: email, password });
    if (r.status !== 303) throw new Error('sign-in: ' + r.status + ' ' + r.text.slice(0, 300));
    await this.get('/desk');
    return this;
  }
  async story(id) { return (await this.json(`/desk/c/${id}`)).story; }
  // the rows of a list, all of its pages
  async rows(tab) {
    const all = [];
    for (let cursor = ''; cursor !== null;) {
      const { list } = await this.json(`/desk?tab=${tab}${cursor && '&cursor=' + cursor}`);
      all.push(...list.rows);
      cursor = list.paging.next;
    }
    return all;
  }
  async find(words) { return (await this.json('/desk?tab=all')).list.rows.find(row => row.said.text.includes(words)); }
  // Waits until these words are on the desk; gives the conversation's id.
  async hear(words, ms) { return (await until(`“${words}” on the desk`, () => this.find(words), ms)).id; }
  async listen(id, need = 'una risposta') { const r = await this.post(`/desk/c/${id}/need`, { need }); if (r.status !== 303) throw new Error('need: ' + r.text.slice(0, 300)); }
  // Sends through the door of that name, else the first open one.
  async reply(id, text, { door, ...more } = {}) {
    const { composer } = await this.story(id);
    const chosen = door ? composer.doors.find(d => d.name === door) : composer.doors[0];
    if (!chosen) throw new Error(`no open door ${door || ''}: ${JSON.stringify(composer.shut)}`);
    return this.post(`/desk/c/${id}/reply`, { door: chosen.value, text, seen: composer.seen, once: composer.once, ...more }, { accept: 'application/json' });
  }
  async message(id, words) { return (await this.story(id)).items.find(i => i.kind === 'message' && i.text.includes(words)); }
  async messages(id, words = '') { return (await this.story(id)).items.filter(i => i.kind === 'message' && i.text.includes(words)); }
  // An act that must not be done, as a script hears it.
  async refused(id, name, fields, why = '') {
    const r = await this.post(`/desk/c/${id}/${name}`, fields, { accept: 'application/json' });
    if (r.status < 400 || r.status >= 500) throw new Error(`${name} ${why}: ${r.status} ${r.text.slice(0, 300)}`);
    return r;
  }
  // With a file, as a browser's form sends it.
  async replyWithFile(id, text, file) {
    const { composer } = await this.story(id), boundary = 'prova' + Date.now(), parts = [];
    const fields = { csrf: this.csrf, door: composer.doors.find(d => d.attachments).value, text, seen: composer.seen, once: composer.once };
    for (const [k, v] of Object.entries(fields)) parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`));
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${file.name}"\r\nContent-Type: ${file.mime}\r\n\r\n`), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`));
    return this.ask(`/desk/c/${id}/reply`, { method: 'POST', body: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, accept: 'application/json' } });
  }
  act(id, name, fields) { return this.post(`/desk/c/${id}/${name}`, fields); }
  // An act that must be done: back to where it came from.
  async done(where, fields) { const r = await this.post(where, fields); if (r.status !== 303) throw new Error(`${where}: ${r.status} ${r.text.slice(0, 300)}`); return r; }
}

// The ways in which a person writes, and the door through which the answer to it goes.
export const doors = {
  messenger: { network: 'facebook', what: 'message' },
  comment: { network: 'facebook', what: 'post' },
  private_reply: { network: 'facebook', what: 'post' },
  whatsapp: { network: 'whatsapp', what: 'message' },
  reply: { network: 'x', what: 'post' },
  dm: { network: 'x', what: 'message' },
};

let people = 0;
// Somebody new writes to us so that we can answer through this door, and a colleague has listened. {id, person, item, words}
export async function begin(house, colleague, door, words = 'Non mi funziona') {
  const { network, what } = doors[door], person = `p${process.pid}n${++people}`;
  const said = `${words} (${person})`;
  await house.net.call('/sim/person', { key: person, name: `Persona ${people} ${door}` });
  const { id: item } = await house.net.act({ network, person, what, text: said });
  const id = await colleague.hear(said);
  await colleague.listen(id, 'che qualcuno lo guardi');
  return { id, person, item, network, door, words: said };
}

// A port for a server that will be stopped and started: outside of the range from which the system takes ports for
// calls, or one of those that call it meanwhile could get it.
export async function lastingPort() {
  for (;;) {
    const port = 12000 + Math.floor(Math.random() * 20000), server = net.createServer();
    const free = await new Promise(done => server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)));
    if (free) { await new Promise(done => server.close(done)); return port; }
  }
}

// A house with one brand on three of the simulated networks (on those that are named, or on 'all'), and four colleagues.
// Undo is off, so that stories are short. through: changes a channel's settings, so that its calls go another way.
export async function startHouse({ undo = 0, extra, more, on = ['facebook', 'whatsapp', 'x'], through = (network, settings) => settings } = {}) {
  const data = tempDir(), networks = await startNetworks(), known = await networks.call('/sim/networks');
  const brand = cli('brand', 'add', '--data', data, '--name', 'prova', '--title', 'Prova', '--zone', 'Europe/Rome', '--undo', String(undo));
  const pass = path.join(data, 'pass');
  fs.writeFileSync(pass, 'parola-di-prova\n');
  for (const [name, email, role] of [['Giulia Riva', 'giulia', 'lead'], ['Luca Ferri', 'luca', 'agent'], ['Anna Capo', 'anna', 'admin'], ['Rita Lettrice', 'rita', 'read-only']])
    cli('agent', 'add', '--data', data, '--brand', brand, '--name', name, '--email', `${email}@prova.example`, '--role', role, '--password-file', pass);
  const channels = {};
  for (const network of on === 'all' ? Object.keys(known) : on)
    channels[network] = cli('channel', 'add', '--data', data, '--brand', brand, '--network', network, '--name', 'Prova',
      ...Object.entries(await through(network, known[network].settings)).flatMap(([k, v]) => ['--set', `${k}=${v}`]));
  const house = { data, net: networks, known, brand, channels, listen: `127.0.0.1:${await lastingPort()}` };
  house.start = async () => {
    house.server = await startServer({ data, listen: house.listen, extra, more });
    house.base = house.server.base;
    house.listen = house.base.replace('http://', '');
    return house;
  };
  house.kill = async () => { house.server.child.kill('SIGKILL'); await house.server.ended; };
  house.stop = async () => {
    try { await house.server.stop(); } finally { await networks.stop(); fs.rmSync(data, { recursive: true, force: true }); }
  };
  house.colleague = who => new Colleague(house.base).signIn(`${who}@prova.example`, 'parola-di-prova');
  house.cli = (...args) => cliTry(...args, '--data', data, '--brand', brand);
  house.channel = network => JSON.parse(house.cli('channel', 'list', '--json').out).find(c => c.network === network);
  house.write = text => write(path.join(data, 'ascolto.db'), text);
  house.sql = text => query(path.join(data, 'ascolto.db'), text);
  house.ledger = () => { const r = house.cli('ledger', 'verify', '--json'); return { code: r.code, err: r.err, ...JSON.parse(r.out || '{}') }; };
  await house.start();
  for (const network of Object.keys(channels))
    await networks.call('/sim/hook', { network, url: `${house.base}/hooks/${network}/${channels[network]}` });
  return house;
}

// An open page's stream of events: what came, with its ids; ends when the connection does.
export function stream(colleague, { last } = {}) {
  const listening = { events: [], open: false };
  const headers = { cookie: colleague.cookie(), accept: 'text/event-stream', ...(last && { 'last-event-id': last }) };
  const req = http.request(colleague.base + '/events', { headers, agent: false }, res => {
    let rest = '';
    listening.status = res.statusCode;
    listening.type = res.headers['content-type'];
    listening.open = res.statusCode === 200;
    res.setEncoding('utf8');
    res.on('data', chunk => {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const event = Object.fromEntries(block.split('\n').filter(l => /^\w+: /.test(l)).map(l => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 2)]));
        if (event.event) listening.events.push({ ...event, data: JSON.parse(event.data) });
      }
    });
    res.on('close', () => { listening.open = false; });
    res.on('error', () => { listening.open = false; });
  });
  req.on('error', () => { listening.open = false; listening.status ||= 0; });
  req.end();
  listening.close = () => req.destroy();
  listening.last = () => listening.events.filter(e => e.id).at(-1)?.id;
  listening.ready = () => until('the stream is open', () => listening.status !== undefined && listening);
  listening.hears = (what, test) => until(what, () => listening.events.find(test));
  return listening;
}
