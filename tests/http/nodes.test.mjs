// Several nodes on one PostgreSQL database: what happens on one is seen on all, the jobs are done by one of them, and
// whichever stands still, dies or leaves, nobody is answered twice and nobody's request is dropped.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Colleague, begin, cli, engine, request, sleep, startHouse, startServer, stream, until } from './support.mjs';
import { startProxy } from './proxy.mjs';

const many = engine === 'postgres';
if (!many) console.log('skipped: several nodes need PostgreSQL (set ASCOLTO_TEST_POSTGRES, or run tools/with-postgres)');

let house, proxy, giulia, nodes = [];
const node = async (more = ['--drain', '2']) => {
  const one = await startServer({ data: house.data, more });
  nodes.push(one);
  proxy?.add(one.base);
  return one;
};
const at = (base, who = giulia) => Object.assign(new Colleague(base), { jar: new Map(who.jar), csrf: who.csrf });
const gone = one => { nodes = nodes.filter(n => n !== one); proxy.remove(one.base); };
const kill = async one => { one.child.kill('SIGKILL'); await one.ended; gone(one); };
const lease = () => house.sql("SELECT * FROM lease WHERE name = 'jobs'")[0];
// every process writes its number and life into the log when it takes the jobs; the registered one is found by its row
const numberOf = one => +one.log.match(/node (\d+) does the jobs/g)?.at(-1)?.match(/\d+/)[0];
const holder = () => until('a living node holds the jobs', () => {
  const row = house.sql("SELECT n.number FROM node n, lease l WHERE l.name = 'jobs' AND l.holder = n.life")[0];
  return row && nodes.find(n => numberOf(n) === row.number);
});
const counts = async words => (await house.net.state()).accepted.filter(a => a.text.includes(words)).map(a => a.count);
const outbox = words => house.sql(`SELECT o.state FROM outbox o, message m WHERE o.brand_id = m.brand_id AND o.id = m.id AND m.text LIKE '%${words}%'`).map(r => r.state);
const sent = (words, n, ms) => until(() => `${n} replies “${words}” are with the network`, async () => (await counts(words)).length === n && outbox(words).length === 0, ms);
const seconds = async work => { const from = performance.now(); await work(); return (performance.now() - from) / 1000; };
const story = (name, options, run) => test(name, { ...options, skip: many ? false : 'needs PostgreSQL' }, run);

before(async () => {
  house = await startHouse();
  if (!many) return;
  await house.server.stop();
  await node(); await node(); await node();
  proxy = await startProxy(nodes.map(n => n.base));
  house.base = proxy.base;
  for (const [network, id] of Object.entries(house.channels))
    await house.net.call('/sim/hook', { network, url: `${proxy.base}/hooks/${network}/${id}` });
  giulia = await house.colleague('giulia');
});
after(async () => {
  if (many) { for (const one of nodes) await one.stop(); await proxy.stop(); }
  await house.stop();
});

story('the doctor lists the living nodes, each with a number of its own, and who has the jobs', {}, () => {
  const found = JSON.parse(cli('doctor', '--data', house.data, '--json')).filter(f => f.check === 'node' && f.living);
  assert.equal(found.length, 3);
  assert.equal(new Set(found.map(f => f.number)).size, 3);
  assert.ok(found.every(f => f.number >= 0 && f.number < 512 && f.host && f.version && f.since && f.seen));
  assert.deepEqual(found.map(f => f.leases).sort(), ['', '', 'jobs']);
});

story('who signed in on one node is signed in on all, and signed out on all', {}, async () => {
  const luca = await new Colleague(nodes[0].base).signIn('luca@prova.example', 'parola-di-prova');
  for (const one of nodes) assert.equal((await at(one.base, luca).get('/desk')).status, 200);
  await at(nodes[1].base, luca).post('/desk/sign-out');
  for (const one of nodes) assert.equal((await at(one.base, luca).get('/desk')).status, 303);
});

story('what happens on one node is on the open pages of the others within a second', {}, async () => {
  const talk = await begin(house, giulia, 'whatsapp', 'Dappertutto');
  const pages = nodes.map(n => stream(at(n.base)));
  for (const page of pages) await page.ready();
  await sleep(300);
  let worst = 0;
  for (let i = 0; i < 12; i++) {
    const from = performance.now(), words = `nota ${i}`, before = pages.map(p => p.events.length);
    await at(nodes[i % 3].base).post(`/desk/c/${talk.id}/note`, { text: words });
    await Promise.all(pages.map((p, k) => until('the page hears', () => p.events.length > before[k], 5000)));
    worst = Math.max(worst, performance.now() - from);
    await sleep(60);
  }
  console.log(`worst time from a note on one node to the pages of all: ${worst.toFixed(0)} ms`);
  assert.ok(worst < 1000, `${worst} ms`);
  const ids = pages.map(p => p.events.filter(e => e.id).map(e => e.id));
  for (const list of ids) assert.deepEqual(list, [...list].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)), 'in the order of the log');
  for (const page of pages) page.close();
});

story('what a node expects to be asked never shows: what another one changed is seen at once', {}, async () => {
  const talk = await begin(house, giulia, 'whatsapp', 'Chi era');
  const other = await begin(house, giulia, 'whatsapp', 'Chi resta');
  const personOf = async base => (await at(base).story(talk.id)).person.id;
  const here = nodes[0].base, before = await personOf(here), into = (await at(here).story(other.id)).person.id;
  for (let i = 0; i < 3; i++) assert.equal(await personOf(here), before);
  const merged = await at(nodes[1].base).post(`/desk/person/${into}/merge`, { other: before });
  assert.ok(merged.status === 200 || merged.status === 303, merged.text);
  assert.equal(await personOf(here), into);

  house.cli('agent', 'add', '--name', 'Ivo Breve', '--email', 'ivo@prova.example', '--role', 'agent', '--password-file', path.join(house.data, 'pass'));
  const ivo = await new Colleague(here).signIn('ivo@prova.example', 'parola-di-prova');
  for (let i = 0; i < 3; i++) assert.equal((await at(here, ivo).get(`/desk/c/${other.id}`)).status, 200);
  assert.equal(house.cli('agent', 'remove', 'ivo@prova.example').code, 0);
  for (const one of nodes) assert.equal((await at(one.base, ivo).get(`/desk/c/${other.id}`)).status, 303, 'out at once');
});

story('replies that are sent on three nodes at once go out once', {}, async () => {
  const talks = [];
  for (let i = 0; i < 9; i++) talks.push(await begin(house, giulia, ['whatsapp', 'messenger', 'dm'][i % 3], 'Una volta'));
  await Promise.all(talks.map((t, i) => at(nodes[i % 3].base).reply(t.id, `Eccomi ${i} tre nodi`)));
  await sent('tre nodi', 9);
  assert.deepEqual(await counts('tre nodi'), Array(9).fill(1));
});

story('who writes is seen on every node within a second', {}, async () => {
  const talk = await begin(house, giulia, 'messenger', 'Chi scrive');
  const luca = await new Colleague(nodes[0].base).signIn('luca@prova.example', 'parola-di-prova');
  const pages = nodes.map(n => stream(at(n.base)));
  for (const page of pages) await page.ready();
  const took = await seconds(async () => {
    await luca.post(`/desk/c/${talk.id}/presence`, { doing: 'writing' });
    await Promise.all(pages.map(p => p.hears('presence', e => e.event === 'presence' && e.data.conversation === talk.id)));
  });
  console.log(`presence on all nodes after ${(took * 1000).toFixed(0)} ms`);
  assert.ok(took < 1, `${took} s`);
  for (const one of nodes) assert.match((await at(one.base).get(`/desk/c/${talk.id}`)).text, /Luca Ferri/);
  for (const page of pages) page.close();
});

story('a limit holds over all nodes', {}, async () => {
  const secret = cli('token', 'add', '--data', house.data, '--brand', house.brand, '--name', 'Limite').split('\n').at(-1).trim();
  const headers = { authorization: `Bearer ${secret}` };
  let allowed = 0;
  const took = await seconds(async () => {
    for (let round = 0; round < 30; round++) {
      const answers = await Promise.all(nodes.flatMap(n => Array.from({ length: 10 }, () => request(`${n.base}/api/v1/channels`, { headers }))));
      allowed += answers.filter(a => a.status === 200).length;
      assert.ok(answers.every(a => a.status === 200 || a.status === 429), answers.map(a => a.status).join());
      await sleep(20);
    }
  });
  console.log(`${allowed} of 900 calls on three nodes were allowed in ${took.toFixed(1)} s (600 a minute)`);
  assert.ok(allowed >= 600 && allowed <= 600 + 10 * took + 120, `${allowed} in ${took} s`);
  await sleep(400);
  for (const one of nodes) {
    const r = await request(`${one.base}/api/v1/channels`, { headers });
    assert.ok(r.status === 429 || +r.headers['ratelimit-remaining'] < 60, `${r.status} ${r.headers['ratelimit-remaining']}`);
  }
});

story('three nodes give no more guesses at a password than one', {}, async () => {
  const forms = await Promise.all(nodes.map(async n => { const c = new Colleague(n.base); await c.get('/desk/sign-in'); return c; }));
  const answers = await Promise.all(Array.from({ length: 45 }, (_, i) => forms[i % 3].post('/desk/sign-in', { user: 'anna@prova.example', password: `tentativo ${i}` })));
  const limited = answers.filter(a => a.status === 429).length;
  assert.ok(45 - limited >= 10 && 45 - limited <= 12, `${45 - limited} of 45 guesses were looked at`);
  assert.equal((await forms[2].post('/desk/sign-in', { user: 'anna@prova.example', password: 'parola-di-prova' })).status, 429);
});

story('kill -9 of the node that has the jobs: taken over within ten seconds, nothing doubled, nothing lost', { timeout: 120000 }, async () => {
  const talks = [];
  for (let i = 0; i < 6; i++) talks.push(await begin(house, giulia, ['whatsapp', 'messenger', 'dm'][i % 3], 'Ucciso'));
  await house.net.fault('whatsapp', 'slow', -1, 1500);
  await house.net.fault('facebook', 'slow', -1, 1500);
  await house.net.fault('x', 'slow', -1, 1500);
  const first = await holder(), before = lease(), other = nodes.find(n => n !== first);
  await Promise.all(talks.slice(0, 3).map((t, i) => at(other.base).reply(t.id, `Subito ${i} colpo`)));
  await until('replies are under way', () => outbox('colpo').filter(s => s === 'sending').length === 3, 5000);
  await kill(first);
  const took = await seconds(async () => {
    await Promise.all(talks.slice(3).map((t, i) => at(other.base).reply(t.id, `Dopo ${i} colpo`)));
    await until('another has the jobs', () => lease().fence > before.fence, 20000);
  });
  console.log(`taken over ${took.toFixed(1)} s after kill -9`);
  assert.ok(took < 10, `${took} s`);
  await house.net.clear();
  await until('what the dead node had under way is told', () => outbox('colpo').every(s => s !== 'sending' && s !== 'ready'), 20000);
  await sent('colpo', 6, 20000); // the echoes of those that arrived settle them
  assert.deepEqual(await counts('colpo'), Array(6).fill(1));
  assert.equal(house.ledger().code, 0);
  await node();
});

story('a holder that stands still and wakes changes nothing and sends nothing', { timeout: 120000 }, async () => {
  const talks = [];
  for (let i = 0; i < 3; i++) talks.push(await begin(house, giulia, 'whatsapp', 'Fermo'));
  const first = await holder(), before = lease(), other = nodes.find(n => n !== first);
  first.child.kill('SIGSTOP');
  proxy.remove(first.base);
  await Promise.all(talks.map((t, i) => at(other.base).reply(t.id, `Fermo ${i} sosta`)));
  const took = await seconds(() => until('another has the jobs', () => lease().fence > before.fence, 20000));
  console.log(`taken over ${took.toFixed(1)} s after SIGSTOP`);
  assert.ok(took < 10, `${took} s`);
  await sent('sosta', 3);
  first.child.kill('SIGCONT');
  await sleep(3000);
  assert.deepEqual(await counts('sosta'), [1, 1, 1]);
  assert.equal(lease().fence, before.fence + 1, 'it did not take the jobs back');
  assert.match(first.log, /another node has taken the jobs over/);
  assert.equal((await request(first.base + '/healthz')).status, 200);
  proxy.add(first.base);
});

story('what a network accepted while its node stood still is known when it wakes', { timeout: 120000 }, async () => {
  const talk = await begin(house, giulia, 'whatsapp', 'Risposta tardiva');
  await house.net.fault('whatsapp', 'slow', 1, 1500);
  await house.net.fault('whatsapp', 'pause'); // its echo would tell before its answer does
  const first = await holder(), other = nodes.find(n => n !== first);
  await at(other.base).reply(talk.id, 'Presa e non saputa');
  await until('it is under way', () => outbox('Presa e non saputa')[0] === 'sending', 5000);
  first.child.kill('SIGSTOP');
  proxy.remove(first.base);
  await until('nobody knows whether it arrived', () => outbox('Presa e non saputa')[0] === 'unsure', 20000);
  first.child.kill('SIGCONT');
  await until('the answer is known after all', () => outbox('Presa e non saputa').length === 0, 5000);
  assert.deepEqual(await counts('Presa e non saputa'), [1]);
  assert.notEqual((await giulia.message(talk.id, 'Presa e non saputa')).state, 'sending');
  await house.net.clear();
  proxy.add(first.base);
  assert.equal(house.ledger().code, 0);
});

story('what a slow but living node has under way is left to it', { timeout: 120000 }, async () => {
  const talk = await begin(house, giulia, 'whatsapp', 'Con calma');
  await house.net.fault('whatsapp', 'slow', 1, 6000);
  await house.net.fault('whatsapp', 'pause');
  const first = await holder();
  await giulia.reply(talk.id, 'Lenta ma viva');
  await until('it is under way', () => outbox('Lenta ma viva')[0] === 'sending', 5000);
  // the lease goes away from under it, as if it had been cut off from the database for a while
  house.write("UPDATE lease SET holder = 0, beat = beat + 1 WHERE name = 'jobs'");
  const second = await until('another has the jobs', async () => { const h = await holder(); return h; }, 10000);
  await sleep(1500);
  assert.equal(outbox('Lenta ma viva')[0], 'sending', second === first ? 'taken back by itself' : 'left alone');
  await sent('Lenta ma viva', 1, 15000);
  assert.deepEqual(await counts('Lenta ma viva'), [1]);
  await house.net.clear();
});

story('nodes are stopped one by one under load, and no request fails', { timeout: 180000 }, async () => {
  const talk = await begin(house, giulia, 'messenger', 'Sotto carico');
  await giulia.get(`/desk/c/${talk.id}`);
  let on = true, answered = 0;
  proxy.failures.length = 0; // of the node that was killed
  const wrong = [];
  const client = async n => {
    const one = at(proxy.base);
    for (let i = 0; on; i++) {
      const r = i % 5 === 4 ? await one.post(`/desk/c/${talk.id}/note`, { text: `carico ${n} ${i}` }) : await one.get(i % 2 ? '/desk' : `/desk/c/${talk.id}`);
      answered++;
      if (r.status !== 200 && r.status !== 303) wrong.push(`${r.status} ${r.text.slice(0, 200)}`);
    }
  };
  const clients = Array.from({ length: 6 }, (_, n) => client(n));
  const page = stream(at(proxy.base));
  await page.ready();
  for (const old of [...nodes]) {
    const held = (await holder()) === old, before = lease();
    await node();
    old.child.kill('SIGTERM');
    if (held) {
      const took = await seconds(() => until('the jobs moved', () => lease().fence > before.fence, 10000));
      console.log(`a node that leaves gives the jobs away in ${took.toFixed(2)} s`);
      assert.ok(took < 2, `${took} s`);
    }
    assert.equal((await old.ended).code, 0, old.log.slice(-2000));
    gone(old);
  }
  on = false;
  await Promise.all(clients);
  console.log(`${answered} requests while three nodes were replaced`);
  assert.deepEqual(proxy.failures, []);
  assert.deepEqual(wrong, []);
  assert.ok(answered > 30);
  assert.equal(page.open, false, 'the stream ended, for the page to come back elsewhere');
  assert.equal(JSON.parse(cli('doctor', '--data', house.data, '--json')).filter(f => f.check === 'node' && f.living).length, 3, 'who left is not listed');
});

story('one node alone: started again after kill -9 it does the jobs at once, but not while the one before only stands still', { timeout: 60000 }, async () => {
  for (const one of nodes.slice(1)) { await one.stop(); gone(one); }
  await holder();
  await kill(nodes[0]);
  await node();
  const mine = await holder(), talk = await begin(house, giulia, 'whatsapp', 'Un nodo'), before = lease();
  await kill(mine);
  const again = await node();
  assert.equal(lease().fence, before.fence + 1);
  const took = await seconds(async () => { await giulia.reply(talk.id, 'Riparto da solo'); await sent('Riparto da solo', 1, 5000); });
  assert.ok(took < 3, `${took} s`);
  again.child.kill('SIGSTOP');
  const fence = lease().fence, other = await node();
  proxy.remove(again.base);
  await sleep(3000);
  assert.equal(lease().fence, fence, 'it may wake');
  await until('the silence was long enough', () => lease().fence === fence + 1, 10000);
  again.child.kill('SIGCONT');
  await again.stop();
  gone(again);
  assert.ok(other);
});

/* ---- a file has one server ---- */

const alone = (name, run) => test(name, { skip: many ? 'of a file' : false, timeout: 60000 }, run);

alone('on a file: after kill -9 the jobs go on at once', async () => {
  giulia = await house.colleague('giulia');
  const talk = await begin(house, giulia, 'whatsapp', 'Da solo'), before = lease();
  await house.kill();
  await house.start();
  assert.equal(lease().fence, before.fence + 1);
  const took = await seconds(async () => { await giulia.reply(talk.id, 'Riparto subito'); await sent('Riparto subito', 1, 5000); });
  assert.ok(took < 3, `${took} s`);
  const found = JSON.parse(cli('doctor', '--data', house.data, '--json')).filter(f => f.check === 'node');
  assert.deepEqual(found.map(f => [f.living, f.leases]), [[true, 'jobs']]);
});

alone('on a file: a server that is started beside another takes the jobs, and the first one gives in', async () => {
  const second = await startServer({ data: house.data });
  const talk = await begin(house, giulia, 'messenger', 'In due');
  await giulia.reply(talk.id, 'Uno solo risponde');
  await sent('Uno solo risponde', 1);
  assert.deepEqual(await counts('Uno solo risponde'), [1]);
  await until('the first has seen it', () => /another node has taken the jobs over|Another node has this work/.test(house.server.log), 5000);
  await second.stop();
  await giulia.reply((await begin(house, giulia, 'whatsapp', 'Di nuovo')).id, 'E ora ancora io');
  await sent('E ora ancora io', 1, 8000);
});

alone('on a file: who stops is gone at once', async () => {
  const took = await seconds(() => house.server.stop());
  assert.ok(took < 4, `${took} s`);
  assert.equal(lease().holder, 0);
  assert.equal(house.sql('SELECT count(*) AS n FROM node')[0].n, 0);
  await house.start();
});
