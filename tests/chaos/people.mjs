// SPDX-License-Identifier: Apache-2.0
// Those who write to us, and those who answer. Each has dice of their own and remembers what was promised to them.
import { sleep } from '../http/support.mjs';
import { ask } from './post.mjs';

// What reaches us is seen by asking too where the network lists it: its webhook may be lost.
const listed = { facebook: ['message'], instagram: ['message', 'comment'], x: ['post', 'message'], sms: ['message'], threads: ['comment'], tiktok: ['comment'] };
const openings = ['Non funziona niente', 'Grazie', 'Quando arriva?', 'Siete dei ladri', 'Ho due linee', 'Help me please', 'Disdico tutto', 'È la terza volta che scrivo'];

// ---- customers ----

export class Crowd {
  constructor(house, dice, people) { Object.assign(this, { house, dice, people, said: [], n: 0 }); }
  async open() {
    const posts = (await this.house.net.state()).items.filter(i => i.by_brand && i.kind !== 'private');
    // of those where only the number of comments is told nothing can be said here
    this.ways = Object.entries(this.house.known).filter(([, one]) => !one.counted).flatMap(([network, { acts }]) => {
      const own = posts.filter(i => i.network === network).map(i => i.id);
      return [['message'], ['post'], ['comment', own]].filter(([what, under]) => acts.includes(what) && (!under || (under.length && !acts.includes('post')))).map(way => [network, ...way]);
    });
    for (let i = 0; i < this.people; i++) await this.house.net.call('/sim/person', { key: `gente${i}`, name: `Gente Numero${i}` });
  }
  // The simulated network itself never fails, but for what cannot be done (there is no such message any more).
  async act(what) {
    const r = await ask(this.house.net.base + '/sim/act', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) });
    if (r.status !== 200 && !(r.status >= 400 && r.status < 500)) throw new Error(`/sim/act: ${r.status} ${r.text}`);
    return r.status === 200 ? JSON.parse(r.text).id : null;
  }
  async deed(dice, office) {
    return dice.weighted([[() => this.write(dice, office), 50], [() => this.comment(dice), 12], [() => this.correct(dice), 6], [() => this.regret(dice), 4], [() => this.look(dice), 4]])();
  }
  async write(dice, office) {
    const [network, what, under] = dice.pick(this.ways), person = `gente${dice.below(this.people)}`, mark = `parola${++this.n}`;
    const text = `${dice.pick(openings)} ${mark}.`, lost = !!listed[network]?.includes(what) && dice.chance(0.05);
    if (lost) office.losing.add(mark);
    const id = await this.act({ network, person, what, text, ...(under && { to: dice.pick(under) }) });
    this.said.push({ network, kind: what, person, mark, id, first: id, edits: 0, ...(lost && { lost }) });
  }
  async comment(dice) {
    const post = dice.pick(this.said.slice(-200).filter(s => ['facebook', 'x'].includes(s.network) && s.kind === 'post' && !s.gone));
    if (!post) return;
    const person = `gente${dice.below(this.people)}`, mark = `parola${++this.n}`;
    const id = await this.act({ network: post.network, person, what: 'comment', to: post.id, text: `${post.network === 'x' ? '@nuvolamobile ' : ''}Anche io ${mark}.` });
    if (id) this.said.push({ network: post.network, kind: 'comment', person, mark, id, first: id, edits: 0 });
  }
  own(dice) { return dice.pick(this.said.slice(-300).filter(s => !s.gone && !s.busy && !s.lost && (s.network === 'facebook' || (s.network === 'x' && s.kind !== 'message')))); }
  async correct(dice) {
    const one = this.own(dice);
    // which of two corrections within one second came last, Facebook does not say
    if (!one || one.edits > 3 || Date.now() < (one.thought || 0)) return;
    one.busy = true;
    const mark = `corretta${++this.n}`, id = await this.act({ network: one.network, person: one.person, what: 'edit', to: one.id, text: `${one.network === 'x' ? '@nuvolamobile ' : ''}Volevo dire ${mark}.` });
    if (id) Object.assign(one, { id, mark, edits: one.edits + 1 });
    one.thought = Date.now() + 1500;
    one.busy = false;
  }
  async regret(dice) {
    const one = this.own(dice);
    if (!one) return;
    one.busy = true;
    one.gone = (await this.act({ network: one.network, person: one.person, what: 'delete', to: one.id })) !== null;
    one.busy = false;
  }
  look(dice) { return this.act({ network: dice.pick(this.house.networks.filter(n => this.house.known[n].acts.includes('read'))), person: `gente${dice.below(this.people)}`, what: 'read' }); }
  // so many a second, as long as the house keeps up
  async live(rate, until, office) {
    const dice = this.dice.of('deeds');
    for (let due = Date.now(); Date.now() < until(); due += 1000 / rate) {
      const wait = due - Date.now();
      if (wait > 0) await sleep(wait); else if (wait < -1000) due = Date.now();
      while (office.backlog() > 600 && Date.now() < until()) await sleep(50);
      await this.deed(dice, office);
    }
  }
}

// ---- colleagues ----

export class Colleague {
  constructor(house, { email, name }, dice, watch, books) { Object.assign(this, { house, email, name, dice, watch, books, n: 0, count: {} }); }
  async signIn() {
    const node = this.house.up()[0];
    const r = await ask(node.base + '/desk/sign-in', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ user: this.email, password: this.house.password() }).toString() });
    this.cookie = '';
    this.keep(r);
    const me = JSON.parse((await ask(node.base + '/api/v1/me', { headers: { cookie: this.cookie } })).text);
    Object.assign(this, { csrf: me.csrf, id: me.agent });
    return this;
  }
  // A session is given a new name now and then, as a browser takes it.
  keep(r) {
    const lines = [].concat(r.headers['set-cookie'] || []).filter(line => !/max-age=0/i.test(line));
    if (!lines.length) return;
    const jar = new Map(this.cookie.split('; ').filter(Boolean).map(pair => [pair.split('=')[0], pair]));
    for (const line of lines) { const pair = line.split(';')[0]; jar.set(pair.split('=')[0], pair); }
    this.cookie = [...jar.values()].join('; ');
  }
  // Asks until somebody answers, at any node; a change carries a key, so that it is made once. Null: nobody did.
  async call(method, where, body, tries = 40) {
    const key = body !== undefined ? `${this.email}-${++this.n}` : null;
    for (; tries > 0; tries--) {
      const headers = { cookie: this.cookie, ...(key && { 'content-type': 'application/json', 'x-csrf-token': this.csrf, 'idempotency-key': key }) };
      const up = this.house.up(), twice = key && this.dice.chance(0.05);
      if (up.length) {
        const to = twice ? [this.dice.pick(up), this.dice.pick(up)] : [this.dice.pick(up)]; // a finger that taps twice
        const all = await Promise.all(to.map(async node => {
          const r = await ask(`${node.base}/api/v1/${where}`, { method, headers, body: key ? JSON.stringify(body) : undefined });
          this.watch.answered(key ? 'act' : 'page', node, r);
          this.keep(r);
          return r;
        }));
        if (all.some(a => a.status === 401)) {
          // a day later by a wrong clock a session gets a new name; who did not hear it, because the answer was lost, signs in again
          if (!this.watch.clockWasWrong) this.watch.found(`${this.email} is not signed in any more`);
          await this.signIn().catch(() => {});
          continue;
        }
        const r = all.find(a => a.status >= 200 && a.status < 300) || all[0];
        if (r.status > 0 && r.status < 500 && r.status !== 429) return { status: r.status, ok: r.status < 300, body: JSON.parse(r.text || '{}') };
      }
      await sleep(this.dice.between(100, 700));
    }
    return null;
  }
  async row() {
    const list = await this.call('GET', `conversations?tab=${this.dice.pick(['waiting', 'waiting', 'waiting', 'all'])}`);
    return list?.ok ? this.dice.pick(list.body.items.slice(0, 25)) : null;
  }
  async deed() {
    const row = await this.row();
    if (!row) return;
    const name = this.dice.weighted([['reply', 45], ['note', 10], ['close', 7], ['handover', 6], ['snooze', 5], ['wake', 2], ['aside', 3], ['take-back', 2], ['reopen', 3], ['assign', 4], ['priority', 4], ['mend', 6]]);
    this.count[name] = (this.count[name] || 0) + 1;
    if (name === 'reply') return this.reply(row);
    if (name === 'note') return this.note(row);
    if (name === 'mend') return this.mend(row);
    const other = this.dice.pick(this.house.team).id, where = `conversations/${row.id}/${name}`;
    const bodies = {
      close: { outcome: this.dice.pick(['thanks', 'no_need', 'solved']), reason: 'chiarito a voce' }, handover: { to: other, reason: 'è suo', summary: 'sa tutto' },
      snooze: this.dice.chance(0.5) ? {} : { until: new Date(Date.now() + 5000).toISOString() }, wake: {}, aside: { what: this.dice.pick(['troll', 'spam']), reason: 'provoca' },
      'take-back': { reason: 'no' }, reopen: {}, assign: { agent: this.dice.pick(['me', 'nobody', other]) }, priority: { priority: this.dice.pick(['grave', 'high', 'normal', 'low']) },
    };
    return this.call('POST', where, bodies[name]);
  }
  async reply(row) {
    let story = await this.call('GET', `conversations/${row.id}`);
    if (!story?.ok) return;
    if (story.body.composer.step === 'listen') {
      await this.call('POST', `conversations/${row.id}/need`, { need: 'che qualcuno la aiuti' });
      story = await this.call('GET', `conversations/${row.id}`);
    }
    const { composer } = story?.ok ? story.body : {}, door = composer && this.dice.pick(composer.doors);
    if (!door) return;
    const text = `Risposta ${this.id.slice(-6)}x${++this.books.n}`, one = { text, network: row.door?.network, acked: false };
    this.books.replies.set(text, one);
    const r = await this.call('POST', `conversations/${row.id}/replies`, { door: door.value, text, seen: composer.seen, anyway: this.dice.chance(0.7) });
    one.answer = r && `${r.status} ${r.ok ? '' : r.body.error?.message}`;
    one.acked = !!r?.ok;
    one.refused = !!r && !r.ok;
    if (r?.ok) Object.assign(one, { id: r.body.message, conversation: row.id });
  }
  async note(row) {
    const text = `Nota ${this.id.slice(-6)}x${++this.books.n}`, one = { text };
    this.books.notes.set(text, one);
    const r = await this.call('POST', `conversations/${row.id}/notes`, { text });
    one.acked = !!r?.ok;
    one.refused = !!r && !r.ok;
  }
  // What did not go, or of which nobody knows: looked up on the network, or tried again.
  async mend(row) {
    const story = await this.call('GET', `conversations/${row.id}`);
    const item = story?.ok && story.body.items.find(i => i.kind === 'message' && i.unsent?.failure && !i.unsent.next);
    if (!item) return;
    const one = this.books.replies.get(item.text);
    if (item.unsent.unsure) {
      // who looks on the network sees what stands there; what is under way may still arrive, so they take their time
      const seen = this.books.unsure.get(item.id);
      if (!seen) this.books.unsure.set(item.id, Date.now());
      if (!seen || Date.now() - seen < 12000) return;
      const state = await this.house.net.state();
      await this.call('POST', `messages/${item.id}/settle`, { arrived: state.accepted.some(a => a.text === item.text) });
    } else {
      if (one) one.retried = (one.retried || 0) + 1;
      await this.call('POST', `messages/${item.id}/retry`, {});
    }
  }
  async live(rate, until) {
    while (Date.now() < until()) {
      await this.deed();
      await sleep(this.dice.between(0.3, 1.7) * 1000 / rate);
    }
  }
}
