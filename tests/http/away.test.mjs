// SPDX-License-Identifier: Apache-2.0
// The database is away: killed, shut down, or there and silent. Every kind of address says so in time and in its own
// way, what needs no database goes on, and all of it comes back by itself. On a PostgreSQL of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Postgres, programs } from '../chaos/postgres.mjs';
import { accounts, bin, Colleague, request, sleep, startServer, stream, tempDir, until } from './support.mjs';
import { post, whatsapp } from './payloads.mjs';

const MOST = 6000; // ms until somebody is told
const skip = programs ? false : 'needs PostgreSQL';
if (skip) console.log('skipped: a database that is away needs PostgreSQL (apt install postgresql)');

const house = { data: tempDir('ascolto-away') };
let postgres, giulia, story, page;
const cli = (...args) => execFileSync(bin, [...args, '--data', house.data], { env: { ...process.env, ASCOLTO_DATABASE: postgres.url, ASCOLTO_FAST_PASSWORDS: '1' }, encoding: 'utf8' }).trim();

before(async () => {
  if (skip) return;
  fs.chmodSync(house.data, 0o755);
  postgres = new Postgres(house.data, path.join(house.data, 'postgres.log'));
  await postgres.open();
  const brand = cli('brand', 'add', '--name', 'prova', '--title', 'Prova', '--zone', 'Europe/Rome', '--undo', '0'), pass = path.join(house.data, 'pass');
  fs.writeFileSync(pass, 'parola-di-prova\n');
  cli('agent', 'add', '--brand', brand, '--name', 'Giulia Riva', '--email', 'giulia@prova.example', '--role', 'lead', '--password-file', pass);
  house.channels = { whatsapp: cli('channel', 'add', '--brand', brand, '--network', 'whatsapp', '--name', 'Prova', ...Object.entries(accounts.whatsapp).flatMap(([k, v]) => ['--set', `${k}=${v}`])) };
  house.server = await startServer({ data: house.data, extra: { ASCOLTO_DATABASE: postgres.url } });
  house.base = house.server.base;
  giulia = await new Colleague(house.base).signIn('giulia@prova.example', 'parola-di-prova');
  assert.equal((await write('Ci siete?')).status, 200);
  story = await giulia.hear('Ci siete?');
  page = stream(giulia);
  await page.ready();
}, { timeout: 60000 });
after(async () => {
  page?.close();
  postgres?.thaw();
  await house.server?.stop();
  if (postgres?.child) await postgres.stop();
  fs.rmSync(house.data, { recursive: true, force: true });
}, { timeout: 30000 });

let number = 0;
const write = words => post(house, 'whatsapp', whatsapp.hook({ contacts: [whatsapp.contact('393330000001', 'Anna')], messages: [whatsapp.text('393330000001', words)] }));
const json = { accept: 'application/json' };
// Everything that needs the database, each as its users ask for it.
const needing = {
  page: () => giulia.get('/desk'),
  story: () => giulia.get(`/desk/c/${story}`),
  fragment: () => giulia.ask('/desk?fragment=list', { headers: { 'hx-request': 'true' } }),
  search: () => giulia.get('/desk/search?q=pacco'),
  'a change': () => giulia.post(`/desk/c/${story}/note`, { text: 'una nota' }),
  api: () => giulia.ask('/api/v1/conversations', { headers: json }),
  'a change by the API': () => giulia.ask('/api/v1/labels', { method: 'POST', body: '{"name":"x"}', headers: { ...json, 'content-type': 'application/json', 'x-csrf-token': giulia.csrf } }),
  webhook: () => write(`Nessuno risponde ${++number}`),
  'event stream': () => Promise.race([giulia.ask('/events', { headers: { accept: 'text/event-stream' } }), sleep(20000).then(() => ({ status: 0, headers: {}, text: 'no answer' }))]),
  'the sign-in page': () => new Colleague(house.base).get('/desk/sign-in'),
  'sign-in': () => new Colleague(house.base).post('/desk/sign-in', { user: 'giulia@prova.example', password: 'parola-di-prova' }),
};
// its channel may still be known by heart
const handshake = () => request(`${house.base}/hooks/whatsapp/${house.channels.whatsapp}?hub.mode=subscribe&hub.challenge=7&hub.verify_token=${accounts.whatsapp.verify_token}`);
// what the page itself asks for
const asset = async () => request(house.base + (await giulia.get('/desk')).text.match(/href="([^"]+\.css)"/)[1]);
const timed = async ask => { const began = performance.now(), r = await ask(); return { ...r, ms: performance.now() - began }; };

const crowd = () => Array.from({ length: 60 }, (_, n) => [['page', needing.page], ['api', needing.api], ['webhook', needing.webhook]][n % 3]);
async function everythingSaysSo(how) {
  const hears = async ([name, ask]) => {
    const r = await timed(ask);
    assert.equal(r.status, 503, `${how}, ${name}: ${r.status} ${r.text.slice(0, 200)}`);
    assert.match(r.headers['retry-after'] || '', /^\d+$/, `${how}, ${name}: Retry-After`);
    assert.ok(r.ms < MOST, `${how}, ${name}: ${r.ms.toFixed(0)} ms`);
  };
  // many at once, while nobody knows it yet: nobody waits for those before
  await Promise.all([...Object.entries(needing), ...crowd()].map(hears));
  for (const one of Object.entries(needing)) await hears(one);
  await Promise.all(crowd().map(hears));
}
// What a person reads: their language, what is the matter, and a way to try again that is this very address.
async function thePageIsForPeople(how) {
  for (const [language, head, again] of [['it', 'L’archivio non risponde', 'Riprova'], ['en', 'The message store does not answer', 'Try again']]) {
    const { text, headers } = await request(house.base + '/desk?tab=all', { headers: { 'accept-language': language, accept: 'text/html' } });
    assert.match(headers['content-type'], /^text\/html/);
    assert.match(text, new RegExp(`<html lang="${language}"`), how);
    assert.ok(text.includes(`<h1>${head}</h1>`), `${how}: ${text.slice(0, 600)}`);
    assert.ok(text.includes(`<a class="key" href="">${again}</a>`), how);
    assert.ok(!/PostgreSQL|SQL|connect|127\.0\.0\.1/.test(text), 'no word of the machine room');
  }
  assert.ok(!(await needing['a change']()).text.includes('href=""'), 'what was sent is not asked for by a link');
  const told = (await needing.api()).json();
  assert.equal(told.error.code, 'storage', 'a program hears it in its own way');
}
async function theRestGoesOn(how) {
  for (const [name, ask] of [['healthz', () => request(house.base + '/healthz')], ['metrics', () => request(house.base + '/metrics')], ['asset', asset], ['the handshake of a webhook', handshake]]) {
    const r = await timed(ask);
    assert.ok(r.status === 200 || r.status === 303 || (ask === handshake && r.status === 503 && r.headers['retry-after']), `${how}, ${name}: ${r.status}`);
    assert.ok(r.ms < MOST, `${how}, ${name}: ${r.ms.toFixed(0)} ms`);
  }
  const site = await timed(() => request(house.base + '/', { headers: { accept: 'text/html' } }));
  assert.ok(site.status === 503 && /class="site"/.test(site.text) && site.ms < MOST, `${how}, the care site says so in its own way: ${site.status} in ${site.ms.toFixed(0)} ms`);
  assert.match((await request(house.base + '/metrics')).text, /^ascolto_database_up\{engine="postgres"\} 0$/m, how);
}
async function comesBack(how, since = Date.now()) {
  const words = `Di nuovo qui ${++number}`;
  await until(`${how}: the page is back`, async () => (await giulia.get('/desk')).status === 200, 10000);
  await until(`${how}: the webhook is taken`, async () => (await write(words)).status === 200, 5000);
  assert.ok(Date.now() - since < 10000, `${how}: back after ${Date.now() - since} ms`);
  await until(`${how}: the page that was open hears of it`, () => page.open && page.events.some(e => e.event === 'message' || e.event === 'conversation'), 5000);
  assert.ok(await giulia.find(words));
  page.events.length = 0;
}
const ways = {
  'shut down': { go: () => postgres.stop(), back: () => postgres.start() },
  killed: { go: async () => { postgres.kill(); await until('it is dead', () => !postgres.running()); }, back: () => postgres.start() },
  'standing still': { go: () => postgres.freeze(), back: () => postgres.thaw() },
};
for (const [how, { go, back }] of Object.entries(ways))
  test(`${how}: 503 in time on every address, the rest goes on, and it comes back by itself`, { skip, timeout: 120000 }, async () => {
    page.events.length = 0;
    await go();
    try {
      await everythingSaysSo(how);
      await theRestGoesOn(how);
      await thePageIsForPeople(how);
    } finally {
      await back();
    }
    await comesBack(how);
    // what was told to come again is not there by half
    assert.equal(postgres.sql('chaos', 'SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM conversation c WHERE c.brand_id = m.brand_id AND c.id = m.conversation_id)').trim(), '0');
  });
