// SPDX-License-Identifier: Apache-2.0
// When it is quiet again: the networks' own lists and what was promised to people and colleagues, held against what
// the house has. Each check gives what is wrong, one line each; none is good.
import { halves } from '../http/whole.mjs';
import { sleep } from '../http/support.mjs';
import { ask } from './post.mjs';

const groupBy = (list, key) => list.reduce((map, one) => { const k = key(one); if (!map.has(k)) map.set(k, []); map.get(k).push(one); return map; }, new Map());
const show = value => JSON.stringify(value);

// ---- until it is quiet ----

// behind: one before it, to the same person, has not gone
const BEHIND = "(SELECT count(*) FROM outbox e WHERE e.brand_id = o.brand_id AND e.conversation_id = o.conversation_id AND e.channel_id = o.channel_id AND e.id < o.id AND e.state <> 'failed')";
const under_way = house => house.sql(`SELECT CAST(o.id AS TEXT) AS id, o.state, o.failure, o.words, o.next_at, o.lease_until, o.attempts, m.text, ${BEHIND} AS behind FROM outbox o JOIN message m ON m.brand_id = o.brand_id AND m.id = o.id`);

export async function resume(house, admin) {
  for (const row of house.sql("SELECT CAST(id AS TEXT) AS id FROM channel WHERE state <> 'on' OR rate_until > 0")) await admin.call('PATCH', `channels/${row.id}`, { state: 'active' });
}

// Everything the networks had was taken, and every reply went or says why it did not.
// Those that are asked are asked now, as an admin does by the button.
export async function look(house, admin, networks) {
  const node = house.up()[0];
  for (const network of node ? networks : [])
    await ask(`${node.base}/desk/channels/${house.channels[network]}/ask`, { method: 'POST', headers: { cookie: admin.cookie, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ csrf: admin.csrf }).toString() });
}
const heardOf = house => {
  const rows = house.sql('SELECT external_id, text FROM message WHERE outbound = 0'), ids = new Set(rows.map(r => r.external_id));
  const marks = new Set(rows.flatMap(r => r.text.match(/parola\d+/g) || []));
  return one => ids.has(one.first) || marks.has(one.mark);
};

export async function settle({ house, office, admin, crowd, log }, ms) {
  const wrong = [], end = Date.now() + ms;
  if (!await office.quiet(ms)) wrong.push(`${office.backlog()} webhooks are not taken: ${show(office.waiting.slice(0, 3).map(l => [l.where, l.tries]))}`);
  const moving = () => under_way(house).filter(o => o.state === 'sending' || (o.state === 'ready' && !o.failure && !o.behind));
  for (let turn = 0; ; turn++) {
    await resume(house, admin);
    const state = await house.net.state();
    const coming = house.networks.reduce((n, name) => n + state[name].hooks_waiting, 0) + office.backlog(), left = moving(), heard = heardOf(house), unheard = crowd.said.filter(one => !one.gone && !heard(one));
    if (coming === 0 && left.length === 0 && unheard.length === 0) break;
    if (turn % 8 === 0) await look(house, admin, [...new Set(unheard.map(one => one.network))]);
    if (Date.now() > end) { wrong.push(`not quiet after ${ms / 1000} s: ${coming} webhooks (${show(house.networks.filter(n => state[n].hooks_waiting).map(n => [n, state[n].hooks_waiting, state[n].last_status]))}), ${unheard.length} unheard ${show(unheard.slice(0, 5))}, and ${show(left.slice(0, 5))}`); break; }
    if (turn % 10 === 9) log(`waiting for ${coming} webhooks, ${unheard.length} unheard messages and ${left.length} replies on their way`);
    await sleep(500);
  }
  await sleep(700); // echoes and receipts of the last replies
  if (!await office.quiet(20000)) wrong.push('webhooks do not end');
  return wrong;
}

// ---- what must hold ----

// Some networks add to what was written (who is called, the stars of a review).
const reads = (one, text, words) => (['facebook', 'whatsapp', 'x'].includes(one.network) ? text === words : text.includes(one.mark + '.'));

function messages({ house, crowd }, items) {
  const rows = groupBy(house.sql('SELECT CAST(id AS TEXT) AS id, external_id, text, place, deleted_at FROM message WHERE outbound = 0'), r => r.external_id);
  const wrong = [], known = new Map(items.map(i => [i.id, i]));
  const marked = new Map([...rows].flatMap(([id, all]) => all.flatMap(r => (r.text.match(/parola\d+/g) || []).map(mark => [mark, id]))));
  for (const one of crowd.said) {
    // some networks know a message by another name than the one under which it was written
    const id = rows.has(one.first) ? one.first : marked.get(one.mark), mine = rows.get(id) || [];
    rows.delete(id);
    if (mine.length !== 1) wrong.push(`${show(one)} is there ${mine.length} times: ${show(mine)}`);
    else if (one.gone ? mine[0].text !== '' : !reads(one, mine[0].text, known.get(one.id)?.text)) wrong.push(`${show(one)} reads ${show(mine[0])}, on the network ${show(known.get(one.id)?.text)}`);
  }
  // where comments are only counted, what stands here is the notice of their number
  const notices = new Set(house.sql(`SELECT external_id FROM message WHERE channel_id IN (${house.networks.filter(n => house.known[n].counted).map(n => house.channels[n]).join() || 0})`).map(r => r.external_id));
  for (const [id, more] of rows) if (!notices.has(id)) wrong.push(`nobody wrote ${id}: ${show(more)}`);
  return wrong;
}

// The same through the API: every story, all its pages.
async function stories({ house, crowd, readers, dice }) {
  const all = [], texts = new Map(), wrong = [];
  for (let next = ''; next !== null;) {
    const page = await readers[0].call('GET', `conversations?tab=all${next && '&cursor=' + next}`);
    if (!page?.ok) return [`the list cannot be read: ${show(page)}`];
    all.push(...page.body.items.map(r => r.id));
    next = page.body.next;
  }
  for (const place of ['snoozed', 'closed', 'aside', 'answered'])
    for (let next = ''; next !== null;) {
      const page = await readers[0].call('GET', `conversations?tab=all&place=${place}${next && '&cursor=' + next}`);
      if (!page?.ok) break;
      all.push(...page.body.items.map(r => r.id));
      next = page.body.next;
    }
  const rest = dice.shuffled([...new Set(all)]).slice(0, 400), read = new Set(rest);
  await Promise.all(readers.map(async who => {
    for (let id; (id = rest.pop());)
      for (let next = ''; next !== null;) {
        const page = await who.call('GET', `conversations/${id}/messages${next && '?cursor=' + next}`);
        if (!page?.ok) { wrong.push(`the story ${id} cannot be read: ${show(page)}`); break; }
        for (const i of page.body.items) if (i.kind === 'message' || i.kind === 'note') texts.set(i.text, (texts.get(i.text) || 0) + 1);
        next = page.body.next;
      }
  }));
  const stored = groupBy(house.sql('SELECT CAST(conversation_id AS TEXT) AS c, external_id, text FROM message WHERE outbound = 0'), r => r.external_id);
  const marked = new Map([...stored.values()].flat().flatMap(r => (r.text.match(/(parola|corretta)\d+/g) || []).map(mark => [mark, r])));
  for (const one of crowd.said) {
    const there = stored.get(one.first)?.[0] || marked.get(one.mark);
    if (one.gone || !there || !read.has(there.c)) continue;
    const n = texts.get(there.text) || 0;
    if (n !== 1) wrong.push(`“${there.text}” stands ${n} times in the stories: ${show(one)}`);
  }
  return wrong;
}

// What the desk says of every reply, at one moment: one that waits for an unsure one may yet go while the checks read.
const desk_of = house => house.sql(`SELECT CAST(m.id AS TEXT) AS id, m.text, m.receipt, m.external_id, o.state, o.failure, o.words, o.next_at, o.lease_until, o.attempts, ${BEHIND} AS behind
  FROM message m LEFT JOIN outbox o ON o.brand_id = m.brand_id AND o.id = m.id WHERE m.outbound = 1`);

// desk is older than state: what looked sent then has been heard by the network since.
function replies({ house, books }, desk, state) {
  const wrong = [], rows = groupBy(desk, r => r.text), stuck = new Map(desk.filter(r => r.state !== null).map(r => [r.text, r]));
  const items = groupBy(state.items.filter(i => i.by_brand), i => i.text), accepted = groupBy(state.accepted, a => a.text);
  const log = id => (id ? house.sql(`SELECT kind, at, data FROM event WHERE subject_id = ${id} ORDER BY id`).map(e => `${e.kind} ${e.at} ${e.data}`) : []);
  for (const [text, one] of books.replies) {
    const mine = rows.get(text) || [], shown = (items.get(text) || []).filter(i => i.mark !== 'failed').length;
    const calls = (accepted.get(text) || []).reduce((n, a) => n + a.count, 0), o = stuck.get(text), times = shown || calls;
    const about = () => show({ said: one, desk: mine, outbox: o, accepted: accepted.get(text), log: log(mine[0]?.id) });
    if (times > 1 || calls > 1 + (one.retried || 0)) wrong.push(`“${text}” was said ${times} times (${calls} calls accepted): ${about()}`);
    if (mine.length > 1) wrong.push(`“${text}” stands ${mine.length} times on the desk: ${about()}`);
    if (one.acked && mine.length !== 1) wrong.push(`“${text}” was promised to go and is gone: ${about()}`);
    if (!mine.length && calls) wrong.push(`“${text}” was said and is not on the desk: ${about()}`);
    if (mine.length !== 1) continue;
    if (mine[0].receipt >= 2 && (times < 1 || o)) wrong.push(`“${text}” looks sent and was not: ${about()}`);
    if (mine[0].receipt < 2 && !o) wrong.push(`“${text}” is neither sent nor waiting: ${about()}`);
    if (mine[0].receipt < 2 && o && !o.behind && !(o.failure && ['unsure', 'failed', 'ready'].includes(o.state))) wrong.push(`“${text}” does not go and nobody knows why: ${about()}`);
  }
  return wrong;
}

function notes({ house, books }) {
  const rows = groupBy(house.sql("SELECT CAST(id AS TEXT) AS id, text FROM entry WHERE kind = 'note'"), r => r.text), wrong = [];
  for (const [text, one] of books.notes) {
    const n = (rows.get(text) || []).length;
    if (n > 1 || (one.acked && n !== 1) || (one.refused && n)) wrong.push(`“${text}” is there ${n} times: ${show(one)}`);
  }
  return wrong;
}

// What a page heard: each event, or a later one that says the same of the same conversation, or that it must reload.
function heard(page, events) {
  const names = kind => (/^conversation\./.test(kind) ? 'conversation' : /^promise\./.test(kind) ? 'promise' : /^(channel|payload)\./.test(kind) ? 'channel' : /^statement\./.test(kind) ? 'ledger' : /^(message|reply|note)\./.test(kind) ? 'message' : 'list');
  const got = new Set(page.events.map(e => e.id)), last = new Map();
  for (const e of page.events) { const key = e.event + e.conversation; if (!last.has(key) || last.get(key) < e.id) last.set(key, e.id); }
  const missed = events.filter(e => e.id > BigInt(page.start) && !got.has(e.id) && !(e.conversation !== '0' && last.get(names(e.kind) + e.conversation) > e.id) && !page.reloads.some(r => r >= e.id));
  const doubled = page.events.length - got.size;
  return [...missed.slice(0, 5).map(e => `a page of ${page.who.email} (began at ${page.start}, is at ${page.last}) did not hear of ${e.id} ${e.kind}`), ...(missed.length > 5 ? [`… and of ${missed.length - 5} more`] : []),
    ...(doubled ? [`a page of ${page.who.email} heard ${doubled} events twice`] : [])];
}

function followed(follower, events) {
  const seen = new Set(follower.ids), wrong = [];
  for (const e of events) if (e.id > BigInt(follower.start) && !seen.has(String(e.id))) wrong.push(`who follows the log missed ${e.id} ${e.kind} at ${e.at}`);
  if (seen.size !== follower.ids.length) wrong.push(`who follows the log was told ${follower.ids.length - seen.size} events twice`);
  return wrong.length > 6 ? [...wrong.slice(0, 5), `… ${wrong.length - 5} more`] : wrong;
}

async function log({ house, pages, follower }) {
  const newest = house.sql('SELECT CAST(max(id) AS TEXT) AS id FROM event')[0].id;
  const there = () => BigInt(follower.last) >= BigInt(newest) && pages.every(p => BigInt(p.last) >= BigInt(newest));
  for (let n = 0; n < 150 && !there(); n++) await sleep(100);
  for (const page of [...pages, follower]) await page.close();
  const events = house.sql('SELECT CAST(id AS TEXT) AS id, kind, CAST(conversation_id AS TEXT) AS conversation, at FROM event ORDER BY id').map(e => ({ ...e, id: BigInt(e.id) })).filter(e => e.id <= BigInt(newest));
  return { pages: pages.flatMap(p => heard(p, events)), follower: followed(follower, events), count: events.length };
}

function books({ house, crowd }) {
  const wrong = [], ledger = house.cliTry('ledger', 'verify', '--brand', house.brand, '--json'), sum = JSON.parse(ledger.out || '{}');
  if (ledger.code !== 0 || !sum.balanced) wrong.push(`ledger verify: ${ledger.err} ${ledger.out.slice(0, 600)}`);
  if (sum.received !== crowd.said.length) wrong.push(`the ledger received ${sum.received}, ${crowd.said.length} were written`);
  for (const args of [['statement', 'verify'], ['doctor']]) {
    const r = house.cliTry(...args);
    if (r.code !== 0) wrong.push(`${args.join(' ')}: ${(r.out + r.err).slice(0, 600)}`);
  }
  return wrong;
}

// [[what, the number of things looked at, what is wrong]]
export async function check(all) {
  const { house, crowd, office, watch, trouble } = all, desk = desk_of(house), state = await house.net.state(), told = await log(all);
  const whole = halves(text => house.sql(text));
  return [
    ['every webhook that was answered 2xx is in the database, once, with its author’s last words', crowd.said.length, messages(all, state.items)],
    ['… and stands once in the stories of the API', crowd.said.length, await stories(all)],
    ['every reply was accepted once by its network, or says on the desk why not', all.books.replies.size, replies(all, desk, state)],
    ['every note stands once', all.books.notes.size, notes(all)],
    ['no half-made record', whole.length, whole.flatMap(([what, rows]) => (rows.length ? [`${what}: not ${rows.length} times, as ${show(rows.slice(0, 3))}`] : []))],
    ['the ledger balances, the statements verify, the doctor finds nothing', 3, books(all)],
    ['open pages heard of every event, across nodes', told.count, told.pages],
    ['who follows the log by the API missed nothing', told.count, told.follower],
    ['every answer was one of a house in order (503 with Retry-After while its database is away)', office.tries, watch.wrong],
    ['every node stored again within 10 s of its database’s return', watch.backs.length, watch.missedBacks(10000)],
    ['no node ended by itself, or found a fault in itself', house.nodes.reduce((n, one) => n + one.starts, 0), [...house.troubles(), ...trouble.failed]],
  ];
}
