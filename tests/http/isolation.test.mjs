// A network that hangs, lies or drowns us is its own trouble: meanwhile the replies and the rounds of the others go on as
// ever, memory stays bounded, the page and /metrics say which network it is, and when it is back everything is caught up.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { request, sleep, startHouse, until } from './support.mjs';

const ill = ['x', 'mastodon', 'viber'];
let house, giulia, anna, liar, mode = null, bomb, held = [];

// Between the house and the ill networks: what is asked arrives there, what comes back is one of these.
const lies = {
  hang: () => {},
  drip: res => { res.writeHead(200, { 'content-type': 'application/json' }); const timer = setInterval(() => res.write(' '), 200); res.on('close', () => clearInterval(timer)); },
  garbage: res => res.end(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))),
  html: res => { res.writeHead(200, { 'content-type': 'text/html' }); res.end('<!doctype html><title>Manutenzione</title><p>Torniamo subito'); },
  huge: res => {
    res.writeHead(200, { 'content-type': 'application/json' });
    const piece = Buffer.alloc(1 << 20, '[');
    let left = 400;
    const more = () => { while (left-- > 0 && !res.destroyed) if (!res.write(piece)) return res.once('drain', more); res.end(); };
    more();
  },
  bomb: res => { res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }); res.end(bomb); },
  types: res => { res.writeHead(200, { 'content-type': 'application/json' }); res.end('{"data":7,"id":[],"ok":"perhaps","meta":"no","result":[[]],"errors":{},"includes":[null],"message_token":{},"status":"0"}'); },
  list: res => { res.writeHead(200, { 'content-type': 'application/json' }); res.end('[1,null,{"id":{}},"x",[[]]]'); },
  renamed: (res, text) => { res.writeHead(200, { 'content-type': 'application/json' }); res.end(text.replace(/"([a-z_]+)":/g, '"$1_v2":')); },
  circle: (res, text, req) => { res.writeHead(302, { location: req.url }); res.end(); },
  cut: res => { res.writeHead(200, { 'content-type': 'application/json', 'content-length': 100000 }); res.write('{"data":[{"id":"1'); setTimeout(() => res.socket?.resetAndDestroy(), 50); },
};

before(async () => {
  bomb = zlib.gzipSync(Buffer.alloc(300 << 20));
  liar = http.createServer(async (req, res) => {
    const parts = [], how = mode;
    for await (const part of req) parts.push(part);
    const body = Buffer.concat(parts);
    while (!house) await sleep(20);
    res.on('error', () => {});
    const { host, connection, ...headers } = req.headers;
    // what hangs says nothing and does nothing
    const r = how === 'hang' ? null : await request(house.net.base + req.url, { method: req.method, headers, body: body.length ? body : undefined }).catch(() => null);
    if (how) { held.push(res); lies[how](res, r?.text, req); return; }
    if (!r) { res.destroy(); return; }
    res.writeHead(r.status, Object.fromEntries(Object.entries(r.headers).filter(([k]) => !['connection', 'transfer-encoding', 'keep-alive'].includes(k))));
    res.end(r.bytes);
  });
  await new Promise(ready => liar.listen(0, '127.0.0.1', ready));
  const base = `http://127.0.0.1:${liar.address().port}`;
  house = await startHouse({ on: ['x', 'mastodon', 'viber', 'whatsapp', 'telegram', 'youtube', 'bluesky'], through: (network, settings) =>
    (ill.includes(network) ? Object.fromEntries(Object.entries(settings).map(([k, v]) => [k, v.replace(/^http:\/\/127\.0\.0\.1:\d+/, base)])) : settings) });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(async () => {
  for (const res of held) res.destroy();
  await house?.stop();
  liar.close();
  liar.closeAllConnections();
});

let people = 0;
async function talk(network, more = {}) {
  const person = `isola${++people}`, words = `Mi sentite? (${person})`;
  await house.net.call('/sim/person', { key: person, name: `Persona ${people}` });
  await house.net.act({ network, person, what: 'message', text: words, ...more });
  const id = await giulia.hear(words);
  await giulia.listen(id);
  return { id, network, person, words };
}
async function press(network) {
  await anna.get(`/desk/channels/${house.channels[network]}`);
  await anna.done(`/desk/channels/${house.channels[network]}/ask`);
}
const rounds = network => house.channel(network).asking.lists.map(l => l.rounds + l.failed);
const accepted = async text => (await house.net.state()).accepted.filter(a => a.text === text).reduce((n, a) => n + a.count, 0);
const memory = () => Number(fs.readFileSync(`/proc/${house.server.child.pid}/statm`, 'utf8').split(' ')[1]) * 4096 / (1 << 20);
const circuit = async network => Number((await request(house.base + '/metrics')).text.match(new RegExp(`ascolto_channel_circuit\\{[^}]*channel="${house.channels[network]}"[^}]*\\} (\\d)`))[1]);
const health = async network => (await anna.json('/desk/channels')).channels.find(c => c.network === network);
// null once the network has it. What is queued or on its way has no failure to tell, and has not gone either.
const unsent = async (t, text) => {
  const m = await giulia.message(t.id, text);
  return ['sent', 'delivered', 'read', 'published'].includes(m.state) ? null : m.unsent ?? { underway: m.state };
};

// What a reply and a round of those that are well take meanwhile.
async function others(what) {
  for (const network of ['whatsapp', 'telegram']) {
    const one = await talk(network), text = `Eccomi (${what} ${one.person})`, began = Date.now();
    assert.equal((await giulia.reply(one.id, text)).status, 200);
    await until(`${network} while ${what}`, () => accepted(text), 5000);
    assert.ok(Date.now() - began < 2500, `${network} took ${Date.now() - began} ms while ${what}`);
  }
  for (const network of ['youtube', 'bluesky']) {
    const was = rounds(network), began = Date.now();
    await press(network);
    await until(`a round of ${network} while ${what}`, () => rounds(network).every((n, i) => n > was[i]), 8000);
    assert.ok(Date.now() - began < 5000, `a round of ${network} took ${Date.now() - began} ms while ${what}`);
  }
}

test('a network that never answers holds up its own replies alone, is shut for a while, and is seen to be', { timeout: 180000 }, async () => {
  const talks = [];
  for (let i = 0; i < 20; i++) talks.push(await talk(i % 2 ? 'x' : 'viber'));
  await others('all are well');
  mode = 'hang';
  for (const network of ill) if (house.channel(network).asking?.lists.length) await press(network);
  for (const one of talks) assert.equal((await giulia.reply(one.id, one.text = `Rispondo a ${one.person}`)).status, 200);
  // those before whom others are under way are not even called yet: none of them is said to have gone
  for (const one of talks) assert.ok(await unsent(one, one.text), `${one.text} went into a silence`);
  for (const what of ['it hangs', 'it still hangs', 'it hangs for long']) await others(what);
  let told, waiting;
  const listen = async () => {
    told = await Promise.all(talks.map(one => unsent(one, one.text)));
    waiting = told.filter(u => u?.failure && !u.unsure);
    return waiting.length >= 4 && (await circuit('x')) === 2 && (await circuit('viber')) === 2;
  };
  await until(() => `both are shut, before all ran into the silence: ${JSON.stringify(told)}`, listen, 40000);
  assert.equal((await health('x')).state, 'down');
  assert.match((await anna.get(`/desk/channels/${house.channels.x}`)).text, /does not answer us; we keep trying/);
  assert.ok(told.every(u => u), `some went into a silence: ${JSON.stringify(told)}`);
  assert.ok(waiting.every(u => u.next && u.failure === 'transient'), JSON.stringify(waiting));
  await others('it is shut');
  mode = null;
  for (const res of held) res.destroy();
  // those that waited go by themselves; those of which nobody knows are looked for by a colleague
  await until('those that waited went', async () => (await Promise.all(talks.map(one => unsent(one, one.text)))).every(u => !u || u.unsure), 90000);
  for (const one of talks) if (await unsent(one, one.text)) {
    const m = await giulia.message(one.id, one.text);
    await giulia.done(`/desk/m/${m.id}/settle`, { arrived: '0' });
    if (!(await unsent(one, one.text))) assert.equal(await accepted(one.text), 1, `${one.text} is said to have gone`);
  }
  await until('all went', async () => (await Promise.all(talks.map(one => unsent(one, one.text)))).every(u => !u), 60000);
  for (const one of talks) assert.equal(await accepted(one.text), 1, one.text);
  assert.equal(await circuit('x'), 0);
  assert.notEqual((await health('x')).state, 'down');
});

for (const how of Object.keys(lies).filter(name => name !== 'hang'))
  test(`a network whose answers are “${how}”: the others go on, memory stays bounded, all is caught up`, { timeout: 120000 }, async () => {
    for (const network of ill) house.cli('channel', 'resume', house.channels[network]);
    const one = await talk('x'), two = await talk('viber'), was = memory();
    mode = how;
    await press('x');
    await press('mastodon');
    const missed = `Scritto intanto (${how})`;
    await house.net.call('/sim/person', { key: `toot${how}`, name: `Toot ${how}` });
    await house.net.act({ network: 'mastodon', person: `toot${how}`, what: 'post', text: missed });
    for (const t of [one, two]) assert.equal((await giulia.reply(t.id, t.text = `Rispondo (${how} ${t.network})`)).status, 200);
    await others(how);
    await sleep(500);
    const grew = memory() - was;
    assert.ok(grew < 160, `${how}: ${grew.toFixed()} MB more`);
    mode = null;
    for (const res of held) res.destroy();
    held = [];
    for (const network of ill) house.cli('channel', 'resume', house.channels[network]);
    await until('what was written meanwhile', async () => { await press('mastodon'); await sleep(400); return giulia.find(missed); }, 60000);
    assert.equal(house.sql(`SELECT count(*) AS n FROM message WHERE outbound = 0 AND text LIKE '%${missed}%'`)[0].n, 1);
    for (const t of [one, two]) {
      let u;
      await until(() => `${t.network} ends: ${JSON.stringify(u)}`, async () => { u = await unsent(t, t.text); return !u || u.unsure || !(u.next || u.underway); }, 60000);
      const n = await accepted(t.text);
      assert.ok(n <= 1, `${t.network}: said ${n} times`);
      if (!u) assert.equal(n, 1, `${t.network} says that it went`);
    }
    assert.equal(house.ledger().balanced, true);
  });
