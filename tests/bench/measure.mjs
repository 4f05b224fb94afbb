// Measures one engine: PostgreSQL where ASCOLTO_TEST_POSTGRES names a server (tools/with-postgres), else SQLite. Both sides of
// each ratio take turns. measure.mjs FOLDER: houses are made there, and the rows of the table left there.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { MESSAGES, ROUNDS, STREAMS, SECRET, PASSWORD, Colleague, bare, bin, cost, costing, engine, house, houseCopy, houseGone,
  houseWith, killAll, median, ms, postgres, request, residentKiB, row, rows, serve, startNginx, tool, work } from './kit.mjs';

const GROWTH = 50; // the small house is so much smaller
const PAGE_US = postgres ? 600 : 300, SEARCH_MS = postgres ? 50 : 5;

let next = MESSAGES; // the number of the next message
const take = n => (next += n) - n;
const hooks = (server, channels, clients, tag, from, count, ...rate) =>
  tool('load', null, 'hooks', server.port, clients, tag, from, count, SECRET, `/hooks/whatsapp/${channels[0]}`, `/hooks/facebook/${channels[1]}`, ...rate);
const signIn = server => new Colleague(server.base).signIn('giulia@prova.example', PASSWORD);

// ---- durable intake against the bare loop ----

async function intakeRound({ data, channels }, copy, clients, count) {
  const from = take(count), tag = `c${clients}`, before = (await house('batch', data, 0)).newest;
  const server = await serve(data);
  await hooks(server, channels, clients, tag + 'w', take(200), 200);
  const ours = await costing(server.child.pid, () => hooks(server, channels, clients, tag, from, count));
  await server.stop();
  const { messages, batch } = await house('batch', data, before);
  if (messages !== count + 200) throw new Error(`${count + 200} webhooks answered, ${messages} messages stored`);
  const theirs = await bare(copy, Math.max(1, Math.round(batch)), tag, from, count, ...channels);
  return { ours, theirs, batch, ratio: ours.rate / theirs.rate };
}

// The same clients at half the rate that was reached: what a sender waits when nothing queues up.
async function unhurried({ data, channels }, clients, rate) {
  const server = await serve(data), count = Math.round(rate * 4);
  await hooks(server, channels, clients, 'uw', take(200), 200);
  const r = await hooks(server, channels, clients, 'u', take(count), count, rate);
  await server.stop();
  row(`— answer, ${clients}, at half that rate`, `p50 ${r.p50.toFixed(2)} ms, p99 ${r.p99.toFixed(1)} ms at ${r.rate.toFixed(0)} a second`, 'p50 ≤ 3 ms', r.p50 <= 3);
}

async function intake(past) {
  const copy = houseCopy(past.data, 'bare');
  for (const [clients, count] of [[1, 1500], [16, 6000], [64, 10000]]) {
    const rounds = [], last = clients === 64;
    for (let i = 0; i < ROUNDS; i++) rounds.push(await intakeRound(past, copy, clients, count));
    const of = pick => median(rounds.map(pick)), p50 = of(r => r.ours.p50), ratio = of(r => r.ratio);
    row(`durable intake, ${clients} client${clients > 1 ? 's' : ''}`,
      `${(100 * ratio).toFixed(0)} % of bare: ${of(r => r.ours.rate).toFixed(0)} of ${of(r => r.theirs.rate).toFixed(0)} a second, ${of(r => r.batch).toFixed(1)} a commit`,
      last ? '≥ 80 %' : '', last ? ratio >= 0.8 : undefined);
    row(`— CPU a message, ${clients}`, `${cost(of(r => r.ours.cpu), of(r => r.ours.database))}; bare ${ms(of(r => r.theirs.cpu_us))}`);
    if (last) await unhurried(past, clients, of(r => r.ours.rate) / 2);
    row(`— answer, ${clients}`, `p50 ${p50.toFixed(2)} ms, p99 ${of(r => r.ours.p99).toFixed(1)} ms`, last ? 'p50 ≤ 3 ms' : '', last ? p50 <= 3 : undefined);
  }
  houseGone(copy);
}

// ---- pages ----

async function someConversations(colleague, wanted) {
  const ids = [];
  for (let cursor = ''; ids.length < wanted;) {
    const { list } = await colleague.json(`/desk?tab=all${cursor && '&cursor=' + cursor}`);
    ids.push(...list.rows.map(r => r.id));
    if (!(cursor = list.paging.next)) break;
  }
  return ids.map(id => `/desk/c/${id}`);
}

// A server with somebody signed in, and lists of pages to ask for.
async function desk(past) {
  const server = await serve(past.data), colleague = await signIn(server), cookie = colleague.cookie();
  const pages = { list: ['/desk', '/desk?tab=all'], story: await someConversations(colleague, 200), fragment: ['/desk?fragment=list'] };
  pages.busy = ['/desk', ...pages.story.slice(0, 20)];
  const file = name => path.join(past.data, `paths-${name}`);
  for (const [name, paths] of Object.entries(pages)) fs.writeFileSync(file(name), paths.join('\n') + '\n');
  const ask = (name, n) => tool('load', null, 'pages', server.port, 1, n, cookie, file(name));
  return { server, colleague, ask, round: (name, n) => costing(server.child.pid, () => ask(name, n)) };
}

// Short rounds in turns: ours, nginx's static page, and the same page of a house that is so much smaller.
async function pageRounds(large, small, nginx, what, name, count) {
  const rounds = [];
  for (const d of [large, small]) await d.ask(name, Math.min(count, 200));
  for (let i = 0; i < 4 * ROUNDS; i++)
    rounds.push({ ours: await large.round(name, count / 4), small: await small.round(name, count / 4), nginx: await nginx?.round(2000) });
  const of = pick => median(rounds.map(pick)), least = Math.min(...rounds.map(r => r.ours.both));
  const both = of(r => r.ours.both), growth = both / of(r => r.small.both), slower = of(r => r.ours.p50) / of(r => r.small.p50);
  row(what, `${cost(of(r => r.ours.cpu), of(r => r.ours.database))} of CPU, least ${ms(least)}; ${(of(r => r.ours.bytes) / 1024).toFixed(1)} KiB sent`, `≤ ${PAGE_US} µs`, both <= PAGE_US);
  row(`— ${name}: answer`, `p50 ${of(r => r.ours.p50).toFixed(2)} ms, p99 ${of(r => r.ours.p99).toFixed(2)} ms`, 'p99 < 5 ms', of(r => r.ours.p99) < 5);
  if (nginx) row(`— ${name}: beside nginx's 6 KB`, `${(1e6 / both).toFixed(0)} pages a CPU second, nginx ${(1e6 / of(r => r.nginx.cpu)).toFixed(0)}: 1 to ${of(r => r.ours.both / r.nginx.cpu).toFixed(0)}`);
  row(`— ${name}: ${MESSAGES} messages against ${MESSAGES / GROWTH}`, `CPU × ${growth.toFixed(2)}, time × ${slower.toFixed(2)}`, '≤ 1.5 ×', growth <= 1.5);
}

async function pages(large, small, channels) {
  const nginx = await startNginx();
  await pageRounds(large, small, nginx, 'desk list', 'list', 1000);
  await pageRounds(large, small, nginx, 'conversation page (list, story, person)', 'story', 600);
  await pageRounds(large, small, nginx, 'list fragment (what a live page asks for)', 'fragment', 1000);
  await nginx?.stop();
  const count = postgres ? 5000 : 12000, load = hooks(large.server, channels, 64, 'busy', take(count), count);
  const busy = await large.ask('busy', 300);
  await load;
  row('pages under a saturated writer', `p50 ${busy.p50.toFixed(2)} ms, p99 ${busy.p99.toFixed(1)} ms`, 'p99 ≤ 10 ms', busy.p99 <= 10);
}

// ---- the care site's first page, with what it needs to be seen ----

async function careSite(server) {
  const page = await request(`${server.base}/`, { headers: { 'accept-encoding': 'gzip', 'accept-language': 'it' } });
  if (page.status !== 200) {
    row('care site, first load', `not built yet (${page.status})`, '≤ 40 KB');
    return;
  }
  const html = page.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(page.bytes).toString() : page.text;
  const needs = [...html.matchAll(/<(?:link[^>]+rel="(?:stylesheet|icon|preload)"[^>]+href|script[^>]+src)="([^"]+)"/g)].map(m => m[1]);
  let bytes = page.bytes.length;
  for (const where of new Set(needs)) bytes += (await request(new URL(where, server.base).href, { headers: { 'accept-encoding': 'gzip, br' } })).bytes.length;
  row('care site, first load', `${(bytes / 1024).toFixed(1)} KiB in ${1 + new Set(needs).size} answers`, '≤ 40 KB', bytes <= 40000);
}

// ---- search ----

async function search(data) {
  const words = ['fattura', 'inesistente', 'guasto corriere', 'il pacco', '"numero guasto"', 'strala*'];
  const found = await house('search', data, 50, ...words);
  for (const [i, r] of found.entries())
    row(`search: \`${words[i]}\``, `${r.found} found; p50 ${r.p50.toFixed(2)} ms, p95 ${r.p95.toFixed(2)} ms, slowest ${r.max.toFixed(1)} ms`, `p95 ≤ ${SEARCH_MS} ms`, r.p95 <= SEARCH_MS && r.max <= 200);
}

// ---- open pages ----

async function live({ server, colleague }, channels, streams, count) {
  const before = residentKiB(server.child.pid), from = take(count);
  const child = spawn('build/release/bench_load', ['live', server.port, streams, `live${streams}`, from, count, SECRET, `/hooks/whatsapp/${channels[0]}`, colleague.cookie()].map(String));
  let out = '', trouble = '', grown = 0;
  child.stdout.on('data', d => { out += d; });
  child.stderr.on('data', d => { trouble += d; grown = residentKiB(server.child.pid) - before; });
  const code = await new Promise(done => child.on('close', done));
  if (code !== 0) throw new Error(`live: ${trouble}`);
  const r = JSON.parse(out), limit = streams === 1 ? 50 : 250;
  row(`message in → on ${streams === 1 ? 'one open page' : `all of ${streams} open pages`}`, `p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms`, `p99 < ${limit} ms`, r.p99 < limit);
  if (streams > 1) row('— memory a connection', `${(grown / streams).toFixed(1)} KiB`, '≤ 12 KiB', grown / streams <= 12);
}

// ---- footprint ----

async function footprint(data) {
  const started = [], resident = [];
  for (let i = 0; i < ROUNDS; i++) {
    const began = process.hrtime.bigint(), server = await serve(data);
    started.push(Number(process.hrtime.bigint() - began) / 1e6);
    await new Promise(done => setTimeout(done, 500));
    resident.push(residentKiB(server.child.pid) / 1024);
    await server.stop();
  }
  const size = fs.statSync(bin).size / 2 ** 20, lean = path.join(work, 'lean');
  execFileSync('strip', ['-o', lean, bin]);
  const stripped = fs.statSync(lean).size / 2 ** 20;
  row('start', `${median(started).toFixed(0)} ms`, '< 100 ms', median(started) < 100);
  row('idle, resident', `${median(resident).toFixed(1)} MiB`, '< 40 MB', median(resident) < 40);
  row('binary', `${stripped.toFixed(1)} MiB stripped, ${size.toFixed(1)} MiB with symbols`, '< 8 MB', stripped * 1.048576 < 8);
}

async function measure() {
  const past = await houseWith('large', MESSAGES), young = await houseWith('small', Math.ceil(MESSAGES / GROWTH));
  row('a history taken over (backup and restore)', `${past.seconds.toFixed(0)} s, ${(MESSAGES / past.seconds).toFixed(0)} messages a second`);
  const large = await desk(past), small = await desk(young);
  await pages(large, small, past.channels);
  await small.server.stop();
  await live(large, past.channels, 1, 300);
  await live(large, past.channels, STREAMS, 20);
  await careSite(large.server);
  await large.server.stop();
  await search(past.data);
  await intake(past);
  const triage = await tool('house', null, 'triage', 20000);
  row('triage', `${triage.cpu_us.toFixed(1)} µs a message`, '< 50 µs', triage.cpu_us < 50);
  await footprint(past.data);
}

try {
  await measure();
  fs.rmSync(path.join(work, `${engine}-large`), { recursive: true, force: true });
} finally {
  if (rows.length) fs.writeFileSync(path.join(work, `${engine}-rows.json`), JSON.stringify({ engine, messages: MESSAGES, rows }));
  killAll();
}
