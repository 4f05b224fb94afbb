// SPDX-License-Identifier: Apache-2.0
// Between the house and the networks. The office takes a network's webhooks and brings them to the nodes as networks do
// on a bad day: late, twice, out of order, to several nodes at once, and again until somebody said yes. The wire takes
// the house's calls to the network and breaks them, before they arrive or after.
import http from 'node:http';
import { sleep } from '../http/support.mjs';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

// {status, headers, text, ms}, or status 0 and why.
export function ask(url, { method = 'GET', headers = {}, body, timeout = 40000, through = agent } = {}) {
  return new Promise(done => {
    const began = Date.now();
    const end = (status, more) => { clearTimeout(late); done({ status, ms: Date.now() - began, began, headers: {}, text: '', ...more }); };
    const req = http.request(url, { method, headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) }, agent: through }, res => {
      const parts = [];
      res.on('data', d => parts.push(d));
      res.on('end', () => end(res.statusCode, { headers: res.headers, bytes: Buffer.concat(parts), text: Buffer.concat(parts).toString() }));
      res.on('error', e => end(0, { why: e.code || e.message }));
      res.on('aborted', () => end(0, { why: 'aborted' }));
    });
    req.on('error', e => end(0, { why: e.code || e.message }));
    const late = setTimeout(() => { end(0, { why: 'timeout' }); req.destroy(); }, timeout);
    req.end(body);
  });
}

const readAll = req => new Promise((done, failed) => {
  const parts = [];
  req.on('data', d => parts.push(d));
  req.on('end', () => done(Buffer.concat(parts)));
  req.on('error', failed);
});
const listen = server => new Promise(done => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));

export class Office {
  constructor(house, dice, watch) {
    Object.assign(this, { house, dice, watch, waiting: [], under: 0, open: true, losing: new Set() });
    this.taken = this.lost = this.crowds = this.again = this.tries = 0;
    this.server = http.createServer((req, res) => this.receive(req, res).catch(() => res.destroy()));
  }
  start() { return listen(this.server); }
  async receive(req, res) {
    const body = await readAll(req);
    if (req.method !== 'POST' && !/^\/hooks\/kannel\//.test(req.url)) { // a handshake is answered by the house
      const node = this.house.up()[0];
      const r = node ? await ask(node.base + req.url, {}) : { status: 503, text: '' };
      res.writeHead(r.status || 502, { 'content-type': r.headers?.['content-type'] || 'text/plain' }).end(r.text);
      return;
    }
    // with the name under which we were called: some networks sign it
    const { connection, 'content-length': length, 'transfer-encoding': encoding, ...headers } = req.headers;
    // what each wants to hear of who took it
    res.writeHead(200).end(/^\/hooks\/sms\//.test(req.url) ? '<Response/>' : '');
    if ([...(body + req.url).matchAll(/parola\d+/g)].some(([mark]) => this.losing.has(mark))) { this.lost++; return; }
    this.post({ method: req.method, where: req.url, headers, body: req.method === 'POST' ? body : undefined, tries: 0, due: Date.now() });
  }
  post(letter) {
    const late = this.dice.number();
    if (!letter.spare) {
      if (late < 0.06) letter.due += this.dice.between(200, 3000); // overtaken by those behind it
      letter.crowd = this.dice.chance(0.08);
      letter.repeat = this.dice.chance(0.06);
    }
    this.waiting.push(letter);
    this.turn();
  }
  backlog() { return this.waiting.length + this.under; }
  turn() {
    const now = Date.now();
    while (this.under < 24) {
      const at = this.waiting.findIndex(l => l.due <= now);
      if (at < 0) break;
      const [letter] = this.waiting.splice(at, 1);
      this.under++;
      this.bring(letter).finally(() => { this.under--; this.turn(); });
    }
    if (this.waiting.length && !this.timer) this.timer = setTimeout(() => { this.timer = null; this.turn(); }, 50);
  }
  async bring(letter) {
    const up = this.house.up();
    let yes = false;
    if (up.length) {
      const to = letter.crowd ? [...up, ...(up.length < 2 ? [up[0], up[0]] : [])] : [this.dice.pick(up)];
      if (letter.crowd) this.crowds++;
      const answers = await Promise.all(to.map(async node => {
        this.tries++;
        const r = await ask(node.base + letter.where, { method: letter.method, headers: letter.headers, body: letter.body, timeout: 40000 });
        this.watch.answered('webhook', node, r);
        return r.status;
      }));
      yes = answers.some(s => s >= 200 && s < 300);
    }
    if (!yes) {
      letter.tries++;
      letter.crowd = letter.crowd || this.dice.chance(0.1);
      letter.due = Date.now() + Math.min(2000, 150 * 2 ** letter.tries);
      this.waiting.push(letter);
    } else if (!letter.spare) {
      this.taken++;
      if (letter.repeat) { this.again++; this.post({ ...letter, spare: true, crowd: this.dice.chance(0.3), due: Date.now() + this.dice.between(0, 15000) }); }
    }
  }
  async quiet(ms) {
    for (const end = Date.now() + ms; this.backlog() > 0; await sleep(50)) if (Date.now() > end) return false;
    return true;
  }
  close() { this.server.close(); this.server.closeAllConnections(); clearTimeout(this.timer); }
}

export const breaks = ['reset-before', 'reset-after', 'hang-after', 'bad-gateway-after', 'error-before', 'slow'];

export class Wire {
  // known: the simulated networks; each has the first part of its addresses for itself
  constructor(target, dice, known) {
    const names = Object.fromEntries(Object.entries(known).map(([name, { settings }]) => [new URL(settings.api_base).pathname.split('/')[1], name]));
    Object.assign(this, { target, dice, names, how: {}, held: new Set(), count: {} });
    this.server = http.createServer((req, res) => this.pass(req, res).catch(() => res.destroy()));
  }
  async start() { return this.base = await listen(this.server); }
  // From now on calls of this network break in this way; null: they arrive.
  breaks(network, how) { this.how[network] = how; }
  clear() { this.how = {}; for (const end of this.held) end(); }
  hold(ms) {
    return new Promise(done => {
      const end = () => { clearTimeout(timer); this.held.delete(end); done(); }, timer = setTimeout(end, ms);
      this.held.add(end);
    });
  }
  async pass(req, res) {
    const network = this.names[req.url.split('/')[1]];
    const how = this.dice.chance(0.6) ? this.how[network] : null;
    const body = await readAll(req);
    if (how) this.count[how] = (this.count[how] || 0) + 1;
    if (how === 'reset-before') { req.socket.resetAndDestroy(); return; }
    if (how === 'error-before') { res.writeHead(503, { 'content-type': 'text/plain' }).end('upstream'); return; }
    if (how === 'slow') await this.hold(this.dice.between(200, 2500));
    const headers = { ...req.headers };
    delete headers.host; delete headers.connection; delete headers['content-length']; delete headers['transfer-encoding'];
    const r = await ask(this.target + req.url, { method: req.method, headers, body: body.length || req.method !== 'GET' ? body : undefined, timeout: 60000 });
    if (how === 'hang-after') await this.hold(this.dice.between(3000, 12000));
    if (how === 'hang-after' || how === 'reset-after' || r.status === 0) { req.socket.resetAndDestroy(); return; }
    if (how === 'bad-gateway-after') { res.writeHead(this.dice.pick([502, 504]), { 'content-type': 'text/plain' }).end('no answer from behind'); return; }
    const out = { ...r.headers };
    delete out.connection; delete out['transfer-encoding']; delete out['keep-alive'];
    // the addresses that it names lead through here
    for (const name of ['link', 'location']) if (out[name]) out[name] = out[name].replaceAll(this.target, this.base);
    const bytes = /json|text|xml/.test(out['content-type']) ? Buffer.from(r.text.replaceAll(this.target, this.base)) : r.bytes;
    res.writeHead(r.status, { ...out, 'content-length': bytes.length }).end(bytes);
  }
  close() { this.clear(); this.server.close(); this.server.closeAllConnections(); }
}
