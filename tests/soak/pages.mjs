// SPDX-License-Identifier: Apache-2.0
// A process full of open pages: each is a socket that listens to /events, as a browser's page does, and comes back with
// Last-Event-ID when its stream ends. Told by its parent what to open; says what it saw when asked.
import net from 'node:net';

const A_SECOND = 1000, ADDRESS_PAGES = 2500; // pages of one 127.0.0.x: its ports suffice
const MS_2004 = 1072915200000n, TELLS_LAG = 50; // every so many pages says how old what it hears is
const pages = [];
let lags = [], ended = 0, refused = 0, bytes = 0, why = {};

const idTime = id => Number((BigInt(id) >> 22n) + MS_2004);

class Page {
  constructor(number, { port, path, cookie, address }) { Object.assign(this, { number, port, path, cookie, address, last: '', open: false }); }
  connect() {
    this.answered = false;
    const socket = this.socket = net.connect({ port: this.port, host: '127.0.0.1', localAddress: this.address });
    socket.setNoDelay(true);
    socket.on('connect', () => socket.write(`GET ${this.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nCookie: ${this.cookie}\r\n${this.last && `Last-Event-ID: ${this.last}\r\n`}\r\n`));
    socket.on('data', chunk => this.hear(chunk));
    socket.on('error', e => { why[e.code] = (why[e.code] || 0) + 1; });
    socket.on('close', () => this.gone());
  }
  hear(chunk) {
    bytes += chunk.length;
    this.heard = Date.now();
    if (!this.answered) {
      this.answered = true;
      this.open = chunk.latin1Slice(0, 12) === 'HTTP/1.1 200';
      if (!this.open) { refused++; why[chunk.latin1Slice(9, 12)] = (why[chunk.latin1Slice(9, 12)] || 0) + 1; this.socket.destroy(); return; }
    }
    const at = chunk.lastIndexOf('id: ');
    if (at < 0) return;
    const id = /^id: (\d{15,20})\n/.exec(chunk.latin1Slice(at, at + 26));
    if (!id) return;
    this.last = id[1];
    if (this.number % TELLS_LAG === 0 && !this.back) lags.push(this.heard - idTime(id[1]));
    this.back = false;
  }
  gone() {
    if (this.open && !this.leaving) ended++;
    this.open = false;
    this.leaving = false;
    this.back = true; // what it hears first may be old
    setTimeout(() => this.connect(), 300 + Math.random() * 1500);
  }
  leave() { if (this.open) { this.leaving = true; this.socket.destroy(); } }
}

async function openAll({ port, seats, first, count, group }) {
  for (let i = 0; i < count; i++) {
    const seat = seats[(first + i) % seats.length];
    const page = new Page(i, { ...seat, port, address: `127.0.0.${10 + group * 16 + Math.floor(i / ADDRESS_PAGES)}` });
    pages.push(page);
    page.connect();
    if (i % 50 === 49) await new Promise(done => setTimeout(done, 60)); // an office comes in in the morning, not in a second
  }
}

const asked = {
  open: openAll,
  // so many pages close, and come back
  shuffle({ n }) { for (let i = 0; i < n; i++) pages[Math.floor(Math.random() * pages.length)]?.leave(); },
  tell() {
    const silent = Date.now() - 45 * A_SECOND; // a comment comes every 20 s
    const r = { open: pages.filter(p => p.open).length, silent: pages.filter(p => p.open && p.heard < silent).length, lags, ended, refused, bytes, why };
    lags = []; ended = refused = bytes = 0; why = {};
    return r;
  },
  // pages that heard what happened last in their brand
  heard({ marks }) { return { heard: pages.filter(p => p.open && p.last && BigInt(p.last) >= BigInt(marks[p.path])).length }; },
};
process.on('message', async ({ what, ticket, ...more }) => process.send({ ticket, answer: (await asked[what](more)) ?? {} }));
process.on('disconnect', () => process.exit(0));
