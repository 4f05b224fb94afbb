// SPDX-License-Identifier: Apache-2.0
// The house that is soaked: several brands with a WhatsApp number each, colleagues enough for all the pages, and the
// work that goes on: customers write, colleagues read, search, answer, note, put off.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { accounts, cli, Colleague, lastingPort, startNetworks, startServer, tempDir } from '../http/support.mjs';
import { signed, whatsapp } from '../http/payloads.mjs';

const PASSWORD = 'parola-di-prova', ACTIVE = 3; // colleagues of a brand who work; the others only look
const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
const words = 'pacco fattura corriere rimborso linea guasto telefono ordine consegna conto credito password reso scontrino assistenza numero contratto bolletta ritardo indirizzo'.split(' ');
const pick = list => list[Math.floor(Math.random() * list.length)];
const sentence = () => Array.from({ length: 4 + Math.floor(Math.random() * 14) }, () => pick(words)).join(' ');

export class Measured {
  constructor() { this.kinds = {}; this.bad = []; this.declined = {}; }
  async time(kind, ask) {
    const began = performance.now();
    let r;
    try { r = await ask(); } catch (e) { this.bad.push(`${kind}: ${e.code || e.message}`); return null; }
    (this.kinds[kind] ||= []).push(performance.now() - began);
    if (r.status >= 400 && r.status < 500) this.declined[kind] = (this.declined[kind] || 0) + 1;
    if (r.status >= 500 || r.status === 0) this.bad.push(`${kind}: ${r.status}`);
    return r;
  }
  take() { const kinds = this.kinds; this.kinds = {}; return kinds; }
}

// A colleague whose requests reuse connections and are counted.
class Worker extends Colleague {
  constructor(base, address, measured) { super(base); Object.assign(this, { address, measured }); }
  ask(where, { method = 'GET', body, headers = {} } = {}) {
    return new Promise((done, failed) => {
      const req = http.request(this.base + where, { method, agent, headers: { cookie: this.cookie(), 'x-forwarded-for': this.address, ...(body && { 'content-length': Buffer.byteLength(body) }), ...headers } }, res => {
        const parts = [];
        res.on('data', d => parts.push(d));
        res.on('error', failed);
        res.on('end', () => {
          const text = Buffer.concat(parts).toString();
          for (const line of res.headers['set-cookie'] || []) { const [pair] = line.split(';'), at = pair.indexOf('='); this.jar.set(pair.slice(0, at), pair.slice(at + 1)); }
          const token = text.match(/name="csrf" value="([^"]+)"/);
          if (token) this.csrf = token[1];
          done({ status: res.statusCode, headers: res.headers, text, json: () => JSON.parse(text) });
        });
      });
      req.on('error', failed);
      req.end(body);
    });
  }
}

export async function openHouse({ brands: wanted, colleagues, measured, more }) {
  const data = tempDir('ascolto-soak'), networks = await startNetworks(), pass = path.join(data, 'pass');
  const house = { data, networks, brands: [], measured };
  for (let b = 0; b < wanted; b++) {
    const id = cli('brand', 'add', '--data', data, '--name', `casa${b}`, '--title', `Casa ${b}`, '--zone', 'Europe/Rome', '--undo', '0');
    if (b === 0) fs.writeFileSync(pass, PASSWORD + '\n');
    for (let c = 0; c < colleagues; c++)
      cli('agent', 'add', '--data', data, '--brand', id, '--name', `Collega ${c}`, '--email', `c${c}@casa${b}.example`, '--role', c ? 'agent' : 'lead', '--password-file', pass);
    const channel = cli('channel', 'add', '--data', data, '--brand', id, '--network', 'whatsapp', '--name', `Casa ${b}`,
      ...Object.entries({ ...accounts.whatsapp, api_base: networks.base + '/wa' }).flatMap(([k, v]) => ['--set', `${k}=${v}`]));
    house.brands.push({ id, channel, prefix: `/b/casa${b}`, people: 0, ids: [], workers: [], seats: [] });
  }
  house.server = await startServer({ data, listen: `127.0.0.1:${await lastingPort()}`, more });
  house.port = new URL(house.server.base).port;
  for (const [b, brand] of house.brands.entries())
    for (let c = 0; c < colleagues; c++) {
      const worker = new Worker(house.server.base + brand.prefix, `10.1.${b}.${c + 1}`, measured);
      await worker.signIn(`c${c}@casa${b}.example`, PASSWORD);
      if (c < ACTIVE) brand.workers.push(worker);
      brand.seats.push({ path: `${brand.prefix}/events`, cookie: worker.cookie() });
    }
  return house;
}

function post(house, brand, payload) {
  const body = Buffer.from(JSON.stringify(payload));
  return new Promise((done, failed) => {
    const req = http.request(`${house.server.base}/hooks/whatsapp/${brand.channel}`, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': body.length, ...signed('whatsapp', body) } }, res => { res.resume(); res.on('end', () => done({ status: res.statusCode })); });
    req.on('error', failed);
    req.end(body);
  });
}

// Somebody writes: most of those who wrote before, some who are new.
export function write(house, brand, text = sentence()) {
  const n = Math.random() < 0.25 ? ++brand.people : 1 + Math.floor(Math.random() * Math.max(1, brand.people));
  brand.people = Math.max(brand.people, n);
  const from = `39333${String(brand.id).slice(-3)}${String(n).padStart(6, '0')}`;
  return house.measured.time('webhook', () => post(house, brand, whatsapp.hook({ contacts: [whatsapp.contact(from, `Persona ${n}`)], messages: [whatsapp.text(from, text)] })));
}


// What colleagues do; each is measured under its own name.
export const works = {
  list: async (house, brand, who) => {
    const tab = pick(['', '?tab=all', '?tab=all', '?fragment=list']);
    await house.measured.time('list', () => who.get(`/desk${tab}`));
    if (Math.random() < 0.3) brand.ids = (await who.json('/desk?tab=all')).list.rows.map(r => r.id);
  },
  story: async (house, brand, who) => { const id = pick(brand.ids); if (id) await house.measured.time('story', () => who.get(`/desk/c/${id}`)); },
  search: (house, brand, who) => house.measured.time('search', () => who.get(`/desk/search?q=${pick(words)}${pick(['', '+' + pick(words), '*'])}`)),
  note: async (house, brand, who) => { const id = pick(brand.ids); if (id) await house.measured.time('note', () => who.post(`/desk/c/${id}/note`, { text: sentence() })); },
  snooze: async (house, brand, who) => { const id = pick(brand.ids); if (id) await house.measured.time('snooze', () => who.post(`/desk/c/${id}/snooze`, { until: pick(['tomorrow', 'week', 'written']) })); },
  reply: async (house, brand, who) => {
    const id = pick(brand.ids);
    if (!id) return;
    await who.post(`/desk/c/${id}/need`, { need: 'una risposta' });
    const { composer } = await who.story(id);
    if (composer.doors.length) await house.measured.time('reply', () => who.post(`/desk/c/${id}/reply`, { door: composer.doors[0].value, text: sentence(), seen: composer.seen, once: composer.once }, { accept: 'application/json' }));
  },
  api: (house, brand, who) => house.measured.time('api', () => who.ask('/api/v1/labels', { headers: { accept: 'application/json' } })),
};
