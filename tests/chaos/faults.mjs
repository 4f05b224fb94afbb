// SPDX-License-Identifier: Apache-2.0
// What goes wrong: each fault begins, lasts a while, and is made good again. Several are under way at the same time;
// first each of them once, in the order of the dice, then any.
import { sleep } from '../http/support.mjs';
import { breaks } from './post.mjs';

const simulated = { timeout: 4000, rate: 1000, down: 0, slow: 800, duplicate: 0, reorder: 400, batch: 300, 'echo-first': 0, content: 0, gone: 0, token: 0, permission: 0, pause: 0 };

// {name: {ms: [least, most], begin(dice) → end, database: true where it takes the database away, what: kinds of things it keeps others from}}
export function faultsOf(house, wire, short) {
  const { disk, postgres, nodes } = house, skipped = [], all = {};
  const node = dice => dice.pick(nodes);
  all['a node is killed'] = { ms: [0, 2500], weight: 3, what: ['node'], begin: async dice => { const n = node(dice); await n.kill(); return () => n.start(); } };
  all['a node ends in order'] = { ms: [0, 1000], weight: 1, what: ['node'], begin: async dice => { const n = node(dice); await n.end(); return () => n.start(); } };
  all['a node stands still'] = { ms: [500, 5000], weight: 2, what: ['node'], begin: dice => { const n = node(dice); n.freeze(); return () => n.thaw(); } };
  // three at a time, so that with many networks each is met
  const some = (dice, kind) => dice.shuffled(house.networks.filter(n => !house.known[n].lacks.includes(kind))).slice(0, 3);
  for (const how of breaks) all[`a network: ${how}`] = { ms: [1000, 6000], weight: 1, begin: dice => { const chosen = some(dice); for (const n of chosen) wire.breaks(n, how); return () => { for (const n of chosen) wire.breaks(n, null); }; } };
  for (const [kind, ms] of Object.entries(simulated))
    all[`a network: ${kind}`] = { ms: [1000, 5000], weight: 0.6, begin: async dice => { const chosen = some(dice, kind); for (const n of chosen) await house.net.fault(n, kind, -1, ms); return async () => { for (const n of chosen) await house.net.fault(n, kind, 0); }; },
      ...(['token', 'permission'].includes(kind) && { after: () => house.resume().catch(() => {}) }) };
  if (house.clock)
    all['a clock is wrong'] = { ms: [500, 6000], weight: 2, what: ['clock'], begin: dice => {
      const n = node(dice), by = dice.pick([-7200, -600, -5, 3, 90, 3600, 86400]);
      n.step(by);
      return () => n.step(0);
    } };
  else skipped.push('clock steps (tests/chaos/clock.c cannot be built here)');
  const storage = postgres ? 'postgres' : 'sqlite';
  if (disk.mounted) all['the disk is full'] = { ms: [1000, 5000], weight: 1.5, database: true, what: [storage], begin: async () => { await disk.fill(); return () => disk.empty(); }, after: () => postgres?.start() };
  else skipped.push(`a full disk (${disk.why})`);
  if (disk.lockable) all['the disk is read-only'] = { ms: [1000, 4000], weight: 1.5, database: true, what: [storage], begin: async () => { await disk.lock(); return () => disk.unlock(); }, after: () => postgres?.start() };
  else skipped.push(`a read-only disk (${disk.why || 'files cannot be made immutable here'})`);
  if (postgres) {
    const server = (name, weight, ms, begin, what = [storage]) => { all[name] = { ms, weight, database: true, what, begin, after: () => postgres.start() }; };
    server('PostgreSQL is killed', 2, [0, 3000], async () => { postgres.kill(); return () => postgres.start(); });
    server('a session of PostgreSQL is killed', 2, [0, 0], async dice => { postgres.killBackend(dice); return () => {}; });
    server('PostgreSQL is stopped', 1, [0, 2000], async dice => { await postgres.stop(dice.pick(['SIGINT', 'SIGQUIT'])); return () => postgres.start(); });
    server('PostgreSQL stands still', 2, [500, 6000], async () => { postgres.freeze(); return () => postgres.thaw(); });
    // the nodes themselves are left in peace meanwhile: they have to answer
    server('PostgreSQL stands still for long', 0.7, short ? [7000, 8000] : [20000, 25000], async () => { postgres.freeze(); return () => postgres.thaw(); }, [storage, 'node']);
  }
  return { all, skipped };
}

export class Trouble {
  constructor(house, wire, dice, watch, log, short) {
    Object.assign(this, { house, wire, dice, watch, log, under: new Set(), count: {}, busy: new Map(), failed: [] });
    Object.assign(this, faultsOf(house, wire, short));
  }
  // One fault from beginning to end. Two of the same kind of thing (the database, one of few nodes) do not overlap.
  async one(name, dice) {
    const fault = this.all[name];
    const kinds = fault.what || [];
    if (kinds.some(kind => this.busy.has(kind))) return false;
    for (const kind of kinds) this.busy.set(kind, name);
    this.count[name] = (this.count[name] || 0) + 1;
    const ms = Math.round(dice.between(...fault.ms));
    const whole = (async () => {
      this.log(`${name} for ${ms} ms`);
      if (fault.database) this.watch.databaseGone();
      if (kinds.includes('clock')) this.watch.clockWasWrong = true;
      try {
        const end = await fault.begin(dice);
        await Promise.race([sleep(ms), this.over]);
        await end();
        await fault.after?.();
      } catch (e) { this.failed.push(`${name}: ${e.message}`); this.log(`WRONG: ${name}: ${e.message}`); }
      if (fault.database) this.watch.databaseBack(name);
      this.log(`${name}: over`);
      // what died of it by itself is started again, as it would be
      for (const n of this.house.nodes) if (!n.running() && n.wanted) await n.start().catch(e => this.failed.push(e.message));
      for (const kind of kinds) this.busy.delete(kind);
    })().finally(() => this.under.delete(whole));
    this.under.add(whole);
    return true;
  }
  async live(until, [least, most]) {
    const order = this.dice.shuffled(Object.keys(this.all));
    this.over = new Promise(done => { this.finish = done; });
    while (Date.now() < until()) {
      const name = order[0] || this.dice.weighted(Object.entries(this.all).map(([n, f]) => [n, f.weight]));
      const began = await this.one(name, this.dice.of(`${name} ${Object.keys(this.count).length} ${this.count[name] || 0}`));
      if (order.length && began) order.shift();
      else if (order.length) order.push(order.shift());
      await sleep(began ? this.dice.between(least, most) : 20);
    }
    await this.end();
  }
  async end() {
    this.finish?.();
    await Promise.all(this.under);
    this.wire.clear();
    await this.house.net.clear();
    if (this.house.disk.mounted) this.house.disk.empty();
    if (this.house.disk.lockable) await this.house.disk.unlock();
    for (const node of this.house.nodes) { node.step(0); node.thaw(); await node.start(); }
  }
}
