// SPDX-License-Identifier: Apache-2.0
// Limits hold, and who keeps to them notices nothing: slow and greedy clients, crowds of one address, of pages and of
// sign-ins, more uploads than there is memory for. (The limits of a single request stand in tests/unit/net and people.)
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Colleague, request, sleep, startHouse, startServer, stream, until } from './support.mjs';
import { post, whatsapp } from './payloads.mjs';

const MB = 2 ** 20, agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
let house, giulia, port;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  port = Number(new URL(house.base).port);
});
after(() => { agent.destroy(); return house.stop(); });

// A client that says and takes what it wants. got: what came; ended: when the server let it go.
function client(first = '', { at = port, from = '127.0.0.1', half = false } = {}) {
  const it = { got: '', socket: net.connect({ port: at, host: '127.0.0.1', localAddress: from, allowHalfOpen: half }) };
  it.began = Date.now();
  it.socket.on('data', d => { it.got += d.toString('latin1'); });
  it.socket.on('error', () => {});
  it.ends = new Promise(done => it.socket.on('close', () => { it.ended = Date.now(); done(it); }));
  if (first) it.socket.write(first);
  it.status = () => Number(it.got.match(/^HTTP\/1\.1 (\d+)/)?.[1] || 0);
  it.answers = ms => until('an answer', () => it.status() || it.ended, ms).then(() => it.status());
  it.drip = (text, ms) => { let n = 0; it.dripping = setInterval(() => (n < text.length && !it.ended ? it.socket.write(text[n++]) : clearInterval(it.dripping)), ms); return it; };
  it.close = () => { clearInterval(it.dripping); it.socket.destroy(); };
  return it;
}
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))];
const one = (where, headers = {}) => new Promise(done => {
  const began = performance.now(), end = status => done({ status, ms: performance.now() - began });
  http.get(house.base + where, { agent, headers }, res => { res.resume(); res.on('end', () => end(res.statusCode)); }).on('error', () => end(0));
});
// Good people go on at so many requests a second while the work lasts: every answer is right. Gives their p99.
async function others(work, rate = 60) {
  const times = [], wrong = [], where = ['/desk', '/healthz', '/desk/shortcuts', '/healthz'];
  let on = true, n = 0;
  const asked = [];
  const turn = setInterval(() => {
    for (let i = 0; on && i < rate / 20; i++)
      asked.push(one(where[n++ % 4], { cookie: giulia.cookie() }).then(r => { times.push(r.ms); if (r.status !== 200) wrong.push(r.status); }));
  }, 50);
  try { await work(); await sleep(300); } finally { on = false; clearInterval(turn); }
  await Promise.all(asked);
  assert.equal(wrong.length, 0, `${wrong.length} of ${times.length} good requests went wrong: ${[...new Set(wrong)]}`);
  assert.ok(times.length > 10);
  return quantile(times, 0.99);
}
const resident = () => Number(fs.readFileSync(`/proc/${house.server.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const metric = async (name, base = house.base) => Number((await request(base + '/metrics')).text.match(new RegExp(`^ascolto_${name} (\\S+)`, 'm'))[1]);

test('slowloris: 200 who drip their header or body are closed at the deadline, others notice nothing', { timeout: 90000 }, async () => {
  const late = await metric('clients_too_slow_total');
  const slow = [];
  const p99 = await others(async () => {
    for (let i = 0; i < 200; i++)
      slow.push(i % 2 ? client('GET /desk HTTP/1.1\r\nHost: a\r\nX-Slow: ').drip('a'.repeat(100), 1000)
        : client('POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n').drip('a'.repeat(100), 1000));
    await Promise.all(slow.map(s => s.ends));
  }, 200);
  const lived = slow.map(s => (s.ended - s.began) / 1000);
  assert.ok(Math.max(...lived) < 36 && Math.min(...lived) > 25, `${Math.min(...lived)} to ${Math.max(...lived)} s`);
  assert.ok(p99 < 1000, `${p99} ms`);
  assert.equal(await metric('clients_too_slow_total'), late + 200, 'and an operator sees them');
});

test('a body without end is refused when it is too much, and is not kept', { timeout: 60000 }, async () => {
  const before = resident(), chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65536, 97), Buffer.from('\r\n')]);
  const p99 = await others(async () => {
    const endless = Array.from({ length: 6 }, () => client('POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'));
    await Promise.all(endless.map(async c => {
      let sent = 0;
      while (!c.status() && !c.ended && sent < 64 * MB) { sent += 65536; if (!c.socket.write(chunk)) await Promise.race([new Promise(done => c.socket.once('drain', done)), c.ends, sleep(50)]); }
      assert.equal(await c.answers(10000), 413);
      c.close();
    }));
    const declared = client(`POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
    assert.equal(await declared.answers(2000), 413, 'at once where it is said');
    declared.close();
  });
  assert.ok(p99 < 1500, `${p99} ms`);
  assert.ok(resident() - before < 6 * 2 * 27 * 2, `${(resident() - before).toFixed(0)} MB more`); // the sanitizer keeps what was freed for a while
});

// What a raw request is answered, whole, once the server has closed or has said enough.
async function told(text, { closes = true } = {}) {
  const c = client(text), began = performance.now();
  if (closes) await Promise.race([c.ends, sleep(5000)]); else await c.answers(5000).catch(() => 0);
  const answer = { status: c.status(), text: c.got, closed: Boolean(c.ended), ms: performance.now() - began };
  c.close();
  return answer;
}
const many = (n, one) => Array.from({ length: n }, (_, i) => one(i));

test('headers, cookies and addresses that are too long or too many are refused at once, each in its words', { timeout: 60000 }, async () => {
  const ask = (target, ...lines) => `GET ${target} HTTP/1.1\r\n${['Host: a', ...lines].join('\r\n')}\r\n\r\n`;
  const refused = async (text, status, what) => {
    const r = await told(text);
    assert.equal(r.status, status, `${what}: ${r.text.slice(0, 100) || 'no answer'}`);
    assert.ok(r.closed && r.ms < 2000 && /\r\nConnection: close\r\n/.test(r.text), `${what}: ${r.ms} ms`);
  };
  const p99 = await others(async () => {
    await refused(ask('/desk', `X-Long: ${'a'.repeat(100000)}`), 431, 'a long header');
    for (const n of [220, 300, 2000, 5000]) await refused(ask('/desk', ...many(n, i => `X-${i}: 1`)), 431, `${n} headers`);
    for (const n of [200, 250, 300, 700, 1000, 1300, 2000]) await refused(ask('/desk', `Cookie: ${many(n, i => `k${i}=v`).join('; ')}`), 431, `${n} cookies`);
    await refused(ask('/desk', ...many(200, i => `Cookie: k${i}=v`)), 431, '200 headers of cookies');
    for (const n of [13000, 16000, 100000, 200000]) await refused(ask(`/desk/search?q=${'a'.repeat(n)}`), 414, `${n} bytes of a query`);
    await refused(ask(`/desk/search?${many(2000, i => `pair${i}=value`).join('&')}`), 414, '2000 pairs of 20 KB');
    // what fits is served, however many pairs it is
    for (const n of [100, 200, 300, 1000, 2000, 3000]) assert.equal((await told(ask(`/desk/search?${'a=b&'.repeat(n)}`), { closes: false })).status, 303, `${n} pairs`);
    assert.equal((await giulia.get(`/desk/search?${'a=b&'.repeat(2000)}q=parola`)).status, 200);
    assert.equal((await giulia.get(`/desk/search?q=${'parola+'.repeat(900)}`)).status, 200);
    assert.equal((await told(ask('/desk/search', `Cookie: ${many(100, i => `k${i}=v`).join('; ')}`), { closes: false })).status, 303);
  });
  assert.ok(p99 < 1000, `${p99} ms`);
});

test('JSON 10,000 levels deep or a million numbers long costs nobody anything', { timeout: 60000 }, async () => {
  const deep = '['.repeat(10000) + ']'.repeat(10000), long = `[${'1,'.repeat(1e6)}1]`;
  const p99 = await others(async () => {
    for (const body of [deep, '{"a":'.repeat(10000) + '1' + '}'.repeat(10000), long, `{"object":"whatsapp_business_account","entry":${long}}`]) {
      const hook = await post(house, 'whatsapp', body);
      assert.ok([200, 400, 413, 422].includes(hook.status), `webhook: ${hook.status}`);
      const r = await giulia.ask('/api/v1/labels', { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-csrf-token': giulia.csrf } });
      assert.ok([400, 413, 422].includes(r.status) && r.json().error.code, `api: ${r.status}`);
    }
  });
  assert.ok(p99 < 1500, `${p99} ms`);
});

test('garbage is answered 400 and closes, alone and behind a good request; nothing of it is done', { timeout: 60000 }, async () => {
  const good = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', statuses = r => [...r.text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(m => Number(m[1]));
  const garbage = ['garbage\r\n\r\n', '\x16\x03\x01\x02\x00\x01\n', '\x01\x02 garbage\r\n\r\n', 'GET\r\n\r\n', 'GET \r\n\r\n', 'GET /healthz\r\n\r\n', 'GET /a b c HTTP/1.1\r\nHost: a\r\n\r\n',
    '<GET> /healthz HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /healthz HTTP/1.1\r\n\r\n', 'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /healthz HTTP/1.1\r\nHost\r\n\r\n', 'GET /healthz HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n'];
  for (const text of garbage) {
    const before = await metric('requests_total');
    const alone = await told(text), behind = await told(good + text + good);
    assert.deepEqual([statuses(alone), alone.closed], [[400], true], JSON.stringify([text, alone.text]));
    assert.deepEqual([statuses(behind), behind.closed], [[200, 400], true], JSON.stringify([text, behind.text]));
    assert.equal(await metric('requests_total') - before, 2, `${JSON.stringify(text)}: the good one, and the one for the metric`);
  }
  const old = await told('GET /healthz HTTP/3.1\r\nHost: a\r\n\r\n');
  assert.deepEqual([old.status, old.closed], [505, true]);
  const asked = await metric('requests_total');
  const nothing = client('\x00\x01 garbage\r\n\r\n'); // counts as an empty line
  await sleep(500);
  assert.equal(await metric('requests_total') - asked, 1);
  nothing.close();
  // who leaves, is told goodbye, or rests between requests hears nothing that was not asked for
  assert.deepEqual(statuses(await told('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')), [200]);
  assert.deepEqual(statuses(await told('GET /healthz HTTP/1.0\r\n\r\n')), [200]);
  const half = client('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', { half: true });
  half.socket.end();
  await half.ends;
  assert.deepEqual(statuses({ text: half.got }), [200]);
  assert.equal((await giulia.get('/desk')).status, 200);
});

test('who does not take what they asked for costs a bounded piece of memory, and is let go', { timeout: 90000 }, async () => {
  const late = await metric('clients_too_slow_total'), deaf = [];
  for (let i = 0; i < 5; i++) {
    const c = client(`GET /events HTTP/1.1\r\nHost: a\r\nCookie: ${giulia.cookie()}\r\n\r\n`);
    assert.equal(await c.answers(5000), 200);
    c.socket.pause();
    deaf.push(c);
  }
  const good = stream(giulia);
  await good.ready();
  let n = 0;
  // what the kernel takes for them (some megabytes), and 256 KiB each: then they are let go
  await others(() => until('the deaf are let go', async () => {
    const hook = () => { n++; return whatsapp.hook({ contacts: [whatsapp.contact('39333' + n, `P${n}`)], messages: Array.from({ length: 100 }, (_, k) => whatsapp.text(String(39333000000 + n * 100 + k), `Ciao ${n}`)) }); };
    await Promise.all([post(house, 'whatsapp', hook()), post(house, 'whatsapp', hook())]);
    return await metric('clients_too_slow_total') - late >= 5;
  }, 70000), 20);
  assert.ok(good.open, 'who listens goes on hearing');
  good.close();
  for (const c of deaf) c.close();
});

/* ---- a server that is open to the world: every address for itself ---- */

async function openServer(settings, work) {
  const file = path.join(house.data, 'settings');
  fs.writeFileSync(file, settings);
  const server = await startServer({ data: house.data, more: ['--config', file] });
  try { await work(server, Number(new URL(server.base).port)); } finally { await server.stop(); }
}

test('one address cannot take every connection; others are served', { timeout: 60000 }, () =>
  openServer('proxy = none\nconnections = 60\nconnections_each = 20\n', async (server, at) => {
    const greedy = Array.from({ length: 40 }, () => client('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', { at, from: '127.0.0.77' }));
    await until('each is served or refused', () => greedy.every(c => c.status() || c.ended), 10000);
    assert.equal(greedy.filter(c => c.status() === 200).length, 20);
    for (let i = 0; i < 5; i++) assert.equal((await request(server.base + '/healthz')).status, 200, 'another address');
    assert.equal(await metric('connections_refused_total', server.base), 20);
    const more = ['127.0.0.78', '127.0.0.79'].flatMap(from => Array.from({ length: 20 }, () => client('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', { at, from })));
    await until('each is served', () => more.every(c => c.status() || c.ended), 10000);
    const last = client('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', { at });
    await last.ends;
    assert.equal(last.status(), 0, 'then the house is full');
    for (const c of [...greedy, ...more]) c.close();
    await until('and when they have left, not any more', async () => { const c = client('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', { at }); const s = await c.answers(2000); c.close(); return s === 200; }, 10000);
    const forged = await request(server.base + '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    assert.equal(forged.status, 200, 'nobody is believed about another address');
  }));

test('a proxy on another machine is believed when it is named: by flag, surroundings or file, in this order', { timeout: 60000 }, async () => {
  // guesses at one name are counted by address: ten a minute
  let names = 0;
  const allowed = async (server, from, forwarded) => {
    let n = 0, name = ++names;
    for (let i = 0; i < 14; i++) {
      const body = `user=x${name}%40prova.example&password=x`, at = Number(new URL(server.base).port);
      const c = client(`POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: ${forwarded(i)}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`, { at, from });
      await c.ends;
      if (c.status() !== 429) n++;
    }
    return n;
  };
  const file = path.join(house.data, 'settings');
  const run = async (more, extra, work) => {
    fs.writeFileSync(file, 'proxy = none\n');
    const server = await startServer({ data: house.data, more: ['--config', file, ...more], extra });
    try { await work(server); } finally { await server.stop(); }
  };
  const behind = i => `198.51.100.${i}, 10.1.2.3`;
  await run([], {}, async s => assert.ok(await allowed(s, '127.0.0.77', behind) <= 11, 'the file says none'));
  await run([], { ASCOLTO_PROXY: '127.0.0.77,10.0.0.0/8' }, async s => {
    assert.equal(await allowed(s, '127.0.0.77', behind), 14, 'each is somebody else');
    assert.ok(await allowed(s, '127.0.0.78', behind) <= 11, 'who is not named is not believed');
    assert.ok(await allowed(s, '127.0.0.77', i => `198.51.100.${i}, 192.0.2.9, 10.1.2.3`) <= 11, 'nor whom they tell of');
  });
  await run(['--proxy', 'none'], { ASCOLTO_PROXY: '127.0.0.77,10.0.0.0/8' }, async s => assert.ok(await allowed(s, '127.0.0.77', behind) <= 11, 'the flag goes before'));
  await assert.rejects(run(['--proxy', 'fd00::1/8'], {}, () => {}), /The setting proxy is .*“fd00::1\/8” is none of them/);
});

test('one colleague cannot take every page; the others open theirs', { timeout: 60000 }, () =>
  openServer('pages_each = 5\n', async server => {
    const here = who => Object.assign(new Colleague(server.base), { jar: new Map(who.jar), csrf: who.csrf });
    const mine = Array.from({ length: 5 }, () => stream(here(giulia)));
    await Promise.all(mine.map(s => s.ready()));
    assert.deepEqual(mine.map(s => s.status), [200, 200, 200, 200, 200]);
    const sixth = await here(giulia).ask('/events', { headers: { accept: 'text/event-stream' } });
    assert.equal(sixth.status, 429);
    assert.equal(sixth.headers['retry-after'], '60');
    const luca = stream(here(await house.colleague('luca')));
    await luca.ready();
    assert.equal(luca.status, 200);
    mine[0].close();
    await until('there is room again', async () => { const s = stream(here(giulia)); await s.ready(); s.close(); return s.status === 200; }, 10000);
    for (const s of [...mine, luca]) s.close();
  }));

test('a setting that is none is said, and the server does not start', async () => {
  for (const [line, why] of [['connections_each = many', /connections_each is a number/], ['pages_each = 0', /pages_each is a number/], ['proxy = yes', /proxy is “none”, or “loopback”.*“yes” is none of them/], ['proxy = 10.0.0.1/8', /“10.0.0.1\/8” is none/]])
    await assert.rejects(openServer(`${line}\n`, () => {}), why);
});

test('1000 sign-ins at once, each with a real password to look at: others notice nothing', { timeout: 120000 }, async () => {
  const told = {};
  const p99 = await others(async () => {
    const waiting = Array.from({ length: 1000 }, (_, n) => request(`${house.base}/desk/sign-in`, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': `10.9.${n % 250}.${1 + n % 7}` },
      body: `user=nessuno${n}%40prova.example&password=indovino`, // an unknown name costs the full 64 MiB
    }).then(r => { told[r.status] = (told[r.status] || 0) + 1; if (r.status === 503) assert.match(r.headers['retry-after'], /^\d+$/); }));
    await Promise.all(waiting);
  });
  assert.deepEqual(Object.keys(told).filter(s => !['422', '429', '503'].includes(s)), [], JSON.stringify(told));
  assert.ok(told[422] >= 100 && told[503] > 0, JSON.stringify(told));
  assert.ok(p99 < 1500, `${p99.toFixed(0)} ms`);
  await house.colleague('luca'); // and the door is open again
});

test('more uploads than there is memory for: 503 with Retry-After, and room again afterwards', { timeout: 120000 }, async () => {
  const size = 26 * MB, piece = Buffer.alloc(MB, 97), all = [];
  const p99 = await others(async () => {
    for (let i = 0; i < 24; i++) {
      const c = client(`POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: ${size}\r\n\r\n`);
      all.push(c);
      for (let sent = 0; sent < size - MB && !c.status() && !c.ended; sent += MB)
        if (!c.socket.write(piece)) await Promise.race([new Promise(done => c.socket.once('drain', done)), c.ends, sleep(2000)]);
    }
    await until('some are told to come again', () => all.some(c => c.status() === 503), 10000);
  }, 40);
  const refused = all.filter(c => c.status() === 503);
  assert.ok(refused.length >= 2 && refused.length <= 8, `${refused.length} of 24`); // 19 times 26 MB fit into 512
  for (const c of refused) assert.match(c.got, /\r\nRetry-After: \d+\r\n/);
  assert.ok(p99 < 1500, `${p99.toFixed(0)} ms`);
  for (const c of all) c.close();
  await until('there is room again', async () => {
    const c = client(`POST /desk/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: ${2 * MB}\r\n\r\n${'a'.repeat(2 * MB)}`);
    const s = await c.answers(5000);
    c.close();
    return s && s !== 503;
  }, 10000);
});
