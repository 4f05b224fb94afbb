// SPDX-License-Identifier: Apache-2.0
// What is seen while it happens: how every request was answered, how long the house was away and how fast it came back,
// what the event log told those who follow it.
import http from 'node:http';
import { sleep } from '../http/support.mjs';
import { ask } from './post.mjs';

const LATE_MS = Number(process.env.CHAOS_LATE_MS || 20000); // a node that runs has answered by then, whatever is the matter with its database

export class Watch {
  constructor(house, log) { Object.assign(this, { house, log, wrong: [], statuses: {}, slowest: 0, slowest503: 0, away: 0, backs: [], refusedWhileAway: 0, longest: 0 }); }
  found(what) {
    this.wrong.push(what);
    if (this.wrong.length <= 20) this.log(`WRONG: ${what}`);
  }
  // Every answer of a node goes through here.
  answered(kind, node, r) {
    const undisturbed = node.up() && node.upSince < r.began;
    this.statuses[r.status] = (this.statuses[r.status] || 0) + 1;
    const about = () => `${kind} at node ${node.number} after ${r.ms} ms: ${r.status} ${(r.text || r.why || '').slice(0, 160).replaceAll('\n', ' ')}`;
    if (undisturbed && (r.ms > LATE_MS || r.why === 'timeout')) this.found(`no answer in time: ${about()}`);
    if (r.status >= 500 && r.status !== 503) this.found(`a fault of ours: ${about()}`);
    if (r.status === 503) {
      if (!r.headers['retry-after']) this.found(`503 without Retry-After: ${about()}`);
      if (this.away) this.refusedWhileAway++;
      if (undisturbed) this.slowest503 = Math.max(this.slowest503, r.ms);
    }
    if (undisturbed) this.slowest = Math.max(this.slowest, r.ms);
    // whose clock is wrong cannot know how old a signature is; the network tells it again
    const stale = this.clockWasWrong && r.status === 403 && /more than five minutes away/.test(r.text);
    if (kind === 'webhook' && r.status >= 400 && r.status < 500 && !stale) this.found(`a webhook was refused: ${about()}`);
    if (r.status >= 200 && r.status < 300 && (kind === 'webhook' || kind === 'act')) this.alive(node, r);
  }
  // A node has stored something: for those who wait until it is back.
  alive(node, r) {
    const back = this.backs.at(-1);
    if (this.away || !back || r.began < back.at || back.first[node.number] !== undefined) return;
    back.first[node.number] = Date.now() - Math.max(back.at, node.upSince);
    this.longest = Math.max(this.longest, back.first[node.number]);
  }
  databaseGone() { if (this.away++ === 0) this.goneAt = Date.now(); }
  databaseBack(kind) { if (--this.away === 0) this.backs.push({ kind, at: Date.now(), gone: Date.now() - this.goneAt, first: {} }); }
  // Those that were not stored anything by a node in time after the database was back.
  missedBacks(ms) {
    return this.backs.flatMap((b, i) => {
      const next = this.backs[i + 1], until = next ? next.at - next.gone : this.endedAt;
      return Object.entries(b.first).filter(([, took]) => took > ms).map(([n, took]) => `node ${n} took ${took} ms to store again after ${b.kind}`)
        .concat(until - b.at > ms ? this.house.nodes.filter(n => n.up() && n.upSince < b.at && b.first[n.number] === undefined).map(n => `node ${n.number} stored nothing for ${until - b.at} ms after ${b.kind}`) : []);
    });
  }
}

// An open page: server-sent events, taken up again with Last-Event-ID, at whichever node there is.
export class Page {
  constructor(house, who, after, dice) { Object.assign(this, { house, who, dice, last: after, start: after, events: [], reloads: [], resumed: 0, open: true }); this.done = this.run(); }
  async run() {
    while (this.open) {
      const node = this.house.up().length && this.dice.pick(this.house.up());
      if (node) { await this.read(node); this.resumed++; }
      await sleep(this.dice.between(50, 800));
    }
  }
  read(node) {
    return new Promise(done => {
      const req = http.request(node.base + '/events', { headers: { cookie: this.who.cookie, accept: 'text/event-stream', 'last-event-id': this.last }, agent: false }, res => {
        let rest = '';
        this.who.keep(res);
        if (res.statusCode !== 200) { res.resume(); res.on('close', done); return; }
        res.setEncoding('utf8');
        res.on('data', chunk => {
          const blocks = (rest + chunk).split('\n\n');
          rest = blocks.pop();
          for (const block of blocks) this.take(block);
        });
        res.on('error', done);
        res.on('close', done);
      });
      req.on('error', done);
      req.end();
      this.leave = () => req.destroy();
      if (this.dice.chance(0.3)) setTimeout(() => req.destroy(), this.dice.between(1000, 8000));
    });
  }
  take(block) {
    const field = name => block.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];
    const id = field('id'), event = field('event');
    if (!id) return;
    if (event === 'reload') this.reloads.push(BigInt(id));
    else this.events.push({ id: BigInt(id), event, conversation: JSON.parse(field('data')).conversation || '0' });
    this.last = id;
  }
  async close() { this.open = false; this.leave?.(); await this.done; }
}

// A program that follows the log by asking for what came after the last it knows, at any node.
export class Follower {
  constructor(house, who, after, dice) { Object.assign(this, { house, who, dice, last: after, start: after, ids: [], open: true }); this.done = this.run(); }
  async run() {
    while (this.open) {
      if (this.house.up().length) await this.turn(this.dice.pick(this.house.up()));
      await sleep(this.dice.between(150, 500));
    }
  }
  async turn(node) {
    const r = await ask(`${node.base}/api/v1/events?limit=1000&after=${this.last}`, { headers: { cookie: this.who.cookie } });
    this.who.keep(r);
    if (r.status !== 200) return;
    const page = JSON.parse(r.text);
    for (const e of page.items) this.ids.push(e.id);
    if (page.items.length) this.last = page.items.at(-1).id;
    if (page.next) await this.turn(node);
  }
  async close() { this.open = false; await this.done; }
}
