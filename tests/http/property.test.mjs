// A random day: people write, correct and take back, colleagues answer and sort, networks misbehave, the server is
// killed. In the end, when it is quiet: whoever wrote is on the desk exactly once, nothing was said twice, nothing is
// stuck without a reason in sight, and every book balances.
//   SEED=… STEPS=… node --test tests/http/property.test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cliTry, doors, sleep, startHouse, until } from './support.mjs';
import { halves } from './whole.mjs';

const seed = Number(process.env.SEED || Math.floor(Math.random() * 1e9)), steps = Number(process.env.STEPS || 2500);
console.log(`# seed: SEED=${seed} STEPS=${steps}`);

let state = seed >>> 0;
const random = () => { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const groupBy = (list, key) => list.reduce((map, one) => map.set(key(one), [...(map.get(key(one)) || []), one]), new Map());
const below = n => Math.floor(random() * n), pick = list => list[below(list.length)];

let house;
const colleagues = [];
before(async () => {
  house = await startHouse({ undo: 0 });
  for (const who of ['giulia', 'luca', 'anna']) colleagues.push(await house.colleague(who));
});
after(() => house.stop());

const people = 30, networks = ['facebook', 'whatsapp', 'x'];
const said = []; // {network, kind, person, id, text, gone, told}
const replies = new Map(); // text → {known: the desk said yes, withdrawn, retried}
const count = {};
let n = 0;
const offline = e => /ECONN|EPIPE|socket hang up|in vain/.test(`${e.code} ${e.message}`);

/* ---- what people do ---- */

const theirs = async (person, words) => (await house.net.state()).items.find(i => i.person === person && i.text.includes(words));
// Done, or known not to have been done: the control address goes away with the networks (fault "refused").
async function act(what, words) {
  for (;;) {
    try { return (await house.net.act(what)).id; } catch (e) {
      if (!offline(e)) throw e;
      await sleep(100);
      const there = words && await theirs(what.person, words).catch(() => undefined);
      if (there) return there.id;
    }
  }
}
const write = async () => {
  const { network, what } = pick(Object.values(doors)), person = `gente${below(people)}`, words = `parola${++n}`;
  const text = `${pick(['Non funziona niente', 'Grazie', 'Quando arriva?', 'Siete dei ladri', 'Ho due linee', 'Help me please'])} ${words}.`;
  const one = { network, kind: what, person, words, text };
  said.push(one);
  one.id = one.first = await act({ network, person, what, text }, words);
};
const answerOurs = async () => { // a comment under something public
  const post = pick(said.filter(s => s.kind === 'post' && s.id && !s.gone));
  if (!post) return;
  const person = `gente${below(people)}`, words = `parola${++n}`;
  const text = `${post.network === 'x' ? '@nuvolamobile ' : ''}Anche io ${words}.`, one = { network: post.network, kind: 'comment', person, words, text };
  said.push(one);
  try { one.id = one.first = await act({ network: post.network, person, what: 'comment', to: post.id, text }, words); } catch (e) {
    assert.match(e.message, /not there any more/);
    said.splice(said.indexOf(one), 1);
  }
};
const mine = () => pick(said.filter(s => s.id && !s.gone && !s.busy && (s.network === 'facebook' || (s.network === 'x' && s.kind !== 'message'))));
const correct = async () => {
  const one = mine();
  if (!one || Date.now() < one.thought) return;
  one.busy = true;
  const words = `corretta${++n}`, text = `${one.network === 'x' ? '@nuvolamobile ' : ''}Volevo dire ${words}.`;
  try { one.id = await act({ network: one.network, person: one.person, what: 'edit', to: one.id, text }, words); one.text = text; } catch (e) { assert.match(e.message, /five times/); }
  one.thought = Date.now() + 1100; // Facebook counts seconds: which of two corrections within one came last, nobody can say
  one.busy = false;
};
const regret = async () => {
  const one = mine();
  if (!one) return;
  one.busy = one.gone = true;
  try { await house.net.act({ network: one.network, person: one.person, what: 'delete', to: one.id }); } catch (e) { if (!/not there any more/.test(e.message)) { if (!offline(e)) throw e; one.gone = (await until('state', () => house.net.state())).items.find(i => i.id === one.id)?.deleted; } }
  one.busy = false;
};
const look = () => act({ network: pick(networks), person: `gente${below(people)}`, what: pick(['read', 'typing', 'block', 'unblock', 'unblock']) });

/* ---- what colleagues do ---- */

const someone = async (who, tab) => pick((await who.json(`/desk?tab=${tab}`)).list.rows.slice(0, 12));
const reply = async () => {
  const who = pick(colleagues), row = await someone(who, 'waiting');
  if (!row) return;
  let story = await who.story(row.id);
  if (story.composer.step === 'listen') {
    const r = await who.act(row.id, 'need', { need: `che la si aiuti ${++n}` });
    assert.ok(r.status < 500, r.text);
    story = await who.story(row.id);
  }
  const door = pick(story.composer.doors);
  if (!door) return;
  const text = `Risposta${++n} per ${row.person.name}`, form = { door: door.value, text, seen: story.composer.seen, once: story.composer.once, anyway: pick(['', '1']) };
  const one = { known: false, retried: 0 };
  replies.set(text, one);
  const send = async () => {
    const r = await who.post(`/desk/c/${row.id}/reply`, form, { accept: 'application/json' });
    assert.ok(r.status < 500, r.text);
    if (r.status === 200) one.known = true; // JSON is asked for: 200 and the address
    return r.status;
  };
  const times = random() < 0.2 ? 3 : 1; // a finger that taps twice
  const all = await Promise.allSettled(Array.from({ length: times }, send));
  for (const a of all) if (a.status === 'rejected' && !offline(a.reason)) throw a.reason;
};
const sort = async () => {
  const who = pick(colleagues), row = await someone(who, pick(['waiting', 'waiting', 'all', 'mine']));
  if (!row) return;
  const to = pick(house.sql("SELECT CAST(id AS TEXT) AS id FROM agent WHERE role <> 'read-only'")).id;
  const [name, fields] = pick([['close', { reason: 'thanks' }], ['close', { reason: 'other', words: 'chiarito a voce' }], ['reopen', {}], ['aside', { what: 'troll', reason: 'provoca' }], ['back', { reason: 'no' }],
    ['snooze', { until: 'written' }], ['snooze', { until: 'tomorrow' }], ['wake', {}], ['priority', { priority: pick(['low', 'high', 'grave', 'normal']) }], ['assign', { to }], ['assign', { to: '' }],
    ['hand', { to: `agent:${to}`, reason: 'è suo', summary: 'sa tutto' }], ['label', { new: pick(['rosso', 'verde']) }], ['note', { text: '@Luca Ferri guarda' }]]);
  const r = await who.act(row.id, name, fields);
  assert.ok(r.status < 500, `${name}: ${r.text}`);
};
const bulk = async () => {
  const who = pick(colleagues), rows = (await who.json('/desk?tab=waiting')).list.rows.slice(0, 3);
  const body = new URLSearchParams([['csrf', who.csrf], ['act', pick(['close', 'priority'])], ['reason', 'thanks'], ['priority', 'low'], ...rows.map(r => ['id', r.id])]).toString();
  const r = await who.ask('/desk/bulk', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.ok(r.status < 500, r.text);
};
// Two people turn out to be one, or are two after all; two conversations of one person become one.
const together = async () => {
  const who = pick(colleagues), one = ([what]) => pick(house.sql(`SELECT CAST(id AS TEXT) AS id ${what}`))?.id;
  const merge = random() < 0.4 && one(['FROM person_merge WHERE undone_at = 0']);
  const [into, other] = [1, 2].map(() => one(['FROM person WHERE merged_into = 0']));
  const pair = random() < 0.4 && pick(house.sql('SELECT CAST(a.id AS TEXT) AS a, CAST(b.id AS TEXT) AS b FROM conversation a JOIN conversation b ON b.person_id = a.person_id AND b.id > a.id'));
  const r = pair ? await who.act(pair.a, 'join', { into: pair.b }) : merge ? await who.post(`/desk/merge/${merge}/undo`) : await who.post(`/desk/person/${into}/merge`, { other });
  assert.ok(r.status < 500, r.text);
};
// What did not go: taken back, tried again, or looked up on the network.
const takeBack = async (who, row, one) => {
  const r = await who.post(`/desk/m/${row.id}/withdraw`, {}, { accept: 'application/json' }).catch(e => { one.withdrawn = 'perhaps'; throw e; });
  if (r.status < 400) one.withdrawn = true;
};
const mend = async () => {
  const who = pick(colleagues), row = pick(house.sql("SELECT CAST(id AS TEXT) AS id, CAST(conversation_id AS TEXT) AS c, state FROM outbox WHERE state IN ('failed', 'unsure', 'ready')"));
  if (!row) return;
  const m = (await who.messages(row.c)).find(i => i.id === row.id);
  if (!m) return;
  const one = replies.get(m.text);
  if (row.state === 'unsure') {
    // who looks on the network sees what stands there, and what it says was not delivered
    const arrived = (await house.net.state()).items.some(i => i.by_brand && i.text === m.text && i.mark !== 'failed');
    await who.post(`/desk/m/${row.id}/settle`, { arrived: arrived ? '1' : '0' });
  } else if (random() < 0.5) {
    await takeBack(who, row, one);
  } else {
    one.retried++;
    await who.post(`/desk/m/${row.id}/retry`);
    if (random() < 0.3) await takeBack(who, row, one);
  }
};

/* ---- what goes wrong ---- */

const misbehave = () => {
  const kind = pick(['rate', 'down', 'slow', 'duplicate', 'reorder', 'echo-first', 'bad-signature', 'pause', 'batch', 'refused', 'content', 'gone', 'window', 'blocked', 'token', 'permission', 'timeout']);
  const ms = { rate: 1000, slow: 300, reorder: 150, batch: 250, refused: 300 }[kind] || 0;
  const times = ['pause', 'duplicate', 'reorder', 'batch', 'echo-first'].includes(kind) && random() < 0.5 ? -1 : 1 + below(3);
  return house.net.fault(pick(networks), kind, kind === 'refused' ? 1 : times, ms).catch(e => { if (!offline(e)) throw e; });
};
const pause = (network = pick(networks)) => colleagues[2].post(`/desk/channels/${house.channels[network]}/state`, { state: 'paused' });
const forgive = async () => {
  await house.net.clear().catch(() => {});
  await resume();
};
const resume = async () => {
  for (const row of house.sql("SELECT CAST(id AS TEXT) AS id FROM channel WHERE state = 'paused' OR rate_until > 0"))
    await colleagues[2].post(`/desk/channels/${row.id}/state`, { state: 'active' });
};
let dying = Promise.resolve(), logs = '';
const kill = () => {
  dying = dying.then(async () => {
    logs += house.server.log;
    await house.kill();
    await sleep(below(300));
    await house.start();
  });
  return dying;
};

const deeds = [[write, 40], [answerOurs, 6], [correct, 4], [regret, 3], [look, 5], [reply, 22], [sort, 9], [bulk, 1], [together, 0.7], [mend, 4], [misbehave, 3], [pause, 0.2], [forgive, 2.2], [kill, 0.8]];
const total = deeds.reduce((sum, [, weight]) => sum + weight, 0);
const next = () => { let at = random() * total; for (const [deed, weight] of deeds) if ((at -= weight) < 0) return deed; return write; };

/* ---- the day, and its evening ---- */

const waits = () => house.sql(`SELECT CAST(o.id AS TEXT) AS id, o.state, o.failure, o.words, o.next_at, m.text, o.attempts,
  EXISTS (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.channel_id = o.channel_id AND e.id < o.id AND e.state <> 'failed') AS behind
  FROM outbox o JOIN message m ON m.id = o.id`);

test(`a random day of ${steps} steps (SEED=${seed})`, async () => {
  for (let i = 0; i < people; i++) await house.net.call('/sim/person', { key: `gente${i}`, name: `Gente Numero${i}` });
  const pending = new Set(), began = Date.now();
  for (let i = 0; i < steps; i++) {
    const deed = next();
    count[deed.name] = (count[deed.name] || 0) + 1;
    const doing = deed().catch(async e => { if (!offline(e)) throw e; count.offline = (count.offline || 0) + 1; await dying; });
    const kept = doing.finally(() => pending.delete(kept));
    pending.add(kept);
    kept.catch(() => {});
    if (pending.size >= 4) await Promise.race(pending);
  }
  await Promise.all(pending);
  await dying;
  console.log(`# ${JSON.stringify(count)} in ${Math.round((Date.now() - began) / 1000)} s`);
});

test('when it is quiet, everything the networks had was taken', async () => {
  await until('the networks listen', () => house.net.clear());
  await resume();
  const told = async () => {
    const s = await house.net.state();
    return networks.every(name => s[name].hooks_waiting === 0) && s.items.every(i => i.taken || i.by_brand);
  };
  await until('every webhook is taken', told, 60000);
  await until('nothing is on its way', async () => {
    await resume();
    return waits().every(o => o.state !== 'sending' && (o.state !== 'ready' || o.behind || (o.failure && o.next_at > Date.now() * 1000)));
  }, 90000);
  // what waits for its next attempt stays where it is while we look
  for (const name of networks) await pause(name);
  await until('nothing moves', async () => waits().every(o => o.state !== 'sending') && told());
  const s = await house.net.state();
  for (const name of networks) assert.equal(s[name].forged_taken, 0);
  console.log(`# ${said.length} said, ${replies.size} answered, ${waits().length} not sent`);
});

test('every message of a customer is on the desk exactly once, with their last words', async () => {
  const rows = house.sql('SELECT external_id, text, place, deleted_at FROM message WHERE outbound = 0');
  const byId = groupBy(rows, r => r.external_id);
  const items = new Map((await house.net.state()).items.map(i => [i.id, i]));
  for (const one of said) {
    const mine = byId.get(one.first) || [];
    assert.equal(mine.length, 1, `${JSON.stringify(one)} is there ${mine.length} times`);
    if (one.gone) {
      assert.equal(mine[0].text, '', `withdrawn: ${JSON.stringify(one)}`);
      assert.equal(mine[0].place, 5);
    } else {
      assert.equal(mine[0].text, items.get(one.id).text, JSON.stringify(one));
    }
  }
  assert.equal(rows.length, said.length, 'and nobody who did not write');
});

test('every reply was taken by its network at most once, and none is stuck without a reason in sight', async () => {
  // WhatsApp takes what it then does not deliver: that was not said to anybody
  const { accepted, items } = await house.net.state(), stuck = new Map(waits().map(o => [o.text, o]));
  const rows = groupBy(house.sql('SELECT text, receipt FROM message WHERE outbound = 1'), r => r.text);
  // all that is known of a reply, for whoever has to find out
  const about = text => JSON.stringify({ said: replies.get(text), network: items.filter(i => i.text === text), accepted: accepted.filter(a => a.text === text),
    desk: house.sql(`SELECT CAST(id AS TEXT) AS id, door, external_id, receipt FROM message WHERE text = '${text}'`),
    log: house.sql(`SELECT kind, at, data FROM event WHERE subject_id IN (SELECT id FROM message WHERE text = '${text}') ORDER BY id`) }, null, 1);
  for (const [text, one] of replies) {
    const times = items.filter(i => i.by_brand && i.text === text && i.mark !== 'failed').length, mine = rows.get(text) || [];
    assert.ok(times <= 1, `“${text}” was said ${times} times: ${JSON.stringify(one)}`);
    assert.ok(accepted.filter(a => a.text === text).every(a => a.count <= 1 + one.retried), `“${text}” was sent again: ${about(text)}`);
    assert.ok(mine.length <= 1, `“${text}” stands ${mine.length} times on the desk: ${about(text)}`);
    if (one.known && !one.withdrawn) assert.equal(mine.length, 1, `“${text}” was promised to go and is gone`);
    if (!mine.length) { assert.ok(times === 0 || one.withdrawn === 'perhaps', `“${text}” was said and is not on the desk`); continue; }
    const o = stuck.get(text);
    if (mine[0].receipt >= 2) {
      assert.ok(times >= 1, `“${text}” looks sent and was not: ${about(text)}`);
      assert.equal(o, undefined, `“${text}” is sent and still in the outbox`);
    } else {
      assert.ok(o, `“${text}” is neither sent nor waiting`);
      assert.ok(o.behind || (o.failure && o.words), `“${text}” does not go and nobody knows why: ${JSON.stringify(o)}`);
    }
  }
});

test('what is counted is what is there', () => {
  for (const [what, rows] of halves(house.sql)) assert.deepEqual(rows.slice(0, 3), [], what);
});

test('every book balances', async () => {
  const ledger = house.ledger();
  assert.equal(ledger.code, 0, `${ledger.err} ${JSON.stringify(ledger.differences)}`);
  assert.equal(ledger.balanced, true);
  assert.equal(ledger.received, said.length);
  for (const args of [['statement', 'verify'], ['doctor']]) {
    const r = cliTry(...args, '--data', house.data);
    assert.equal(r.code, 0, r.out + r.err);
  }
  assert.ok(!/Sanitizer|runtime error|assert/i.test(logs + house.server.log), (logs + house.server.log).slice(-3000));
  const hits = pick(said.filter(s => !s.gone));
  const found = await colleagues[0].json(`/desk/search?q=${(hits.text.match(/(parola|corretta)\d+/))[0]}`);
  assert.ok(found.hits.some(h => h.kind === 'message'), 'and search finds them');
});
