// SPDX-License-Identifier: Apache-2.0
// The API from outside: who may what, what is taken in, once only, pages that stay still. Every answer is held against
// the program's own description on the way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { cli, request, startHouse, until } from './support.mjs';
import { Caller, describe, signIn, tokenCaller } from './api-support.mjs';

const v1 = '/api/v1';
let house, about, anna, giulia, luca, rita, reader, agent, nobody;
let story; // a conversation that is there

before(async () => {
  house = await startHouse();
  about = await describe(house.base);
  const who = name => signIn(house.base, about, `${name}@prova.example`, 'parola-di-prova');
  [anna, giulia, luca, rita] = [await who('anna'), await who('giulia'), await who('luca'), await who('rita')];
  reader = tokenCaller(house, about, 'read-only');
  agent = tokenCaller(house, about, 'agent');
  nobody = new Caller('nobody', house.base, about);
  story = await writes('piera', 'Il telefono non prende da ieri');
});
after(() => house.stop());

// Somebody new writes; gives the conversation once it is there.
async function writes(key, text, network = 'whatsapp') {
  await house.net.call('/sim/person', { key, name: `${key[0].toUpperCase()}${key.slice(1)} Prova`, lang: 'it' });
  await house.net.act({ network, person: key, what: 'message', text });
  return until(`“${text}” in the list`, async () =>
    (await anna.ok('GET', `${v1}/conversations?tab=all`)).items.find(row => row.said.text === text)?.id);
}
const conversation = (id, more = '') => `${v1}/conversations/${id}${more}`;
const items = async id => (await anna.all(conversation(id, '/messages'))).items;
const notes = async (id, text) => (await items(id)).filter(i => i.kind === 'note' && i.text === text);

// ---- who may what ----

// Who each call needs, written down once more: a change of the program must change it here too.
const read = 'read-only', needs = {
  'GET /api/openapi.json': 'public',
  'GET me': read, 'GET agents': read, 'GET articles': read, 'GET articles/{id}': read, 'GET guides': read, 'GET guides/{id}': read, 'GET conversations': read, 'GET conversations/{id}': read,
  'GET conversations/{id}/messages': read, 'GET people/{id}': read, 'GET people/{id}/conversations': read, 'GET search': read,
  'GET ledger': read, 'GET statements': read, 'GET statements/{id}': read, 'GET events': read, 'GET unread': read, 'GET retention': read, 'PUT retention': 'admin in person',
  'GET networks': read, 'GET channels': read, 'GET labels': read, 'GET snippets': read, 'GET views': read,
  'POST views': 'agent in person', 'DELETE views/{id}': 'agent in person',
  'POST conversations/{id}/need': 'agent', 'POST conversations/{id}/notes': 'agent', 'POST conversations/{id}/assign': 'agent',
  'POST conversations/{id}/handover': 'agent', 'POST conversations/{id}/snooze': 'agent', 'POST conversations/{id}/wake': 'agent',
  'POST conversations/{id}/labels': 'agent', 'POST conversations/{id}/priority': 'agent', 'POST conversations/{id}/reopen': 'agent',
  'POST conversations/{id}/take-back': 'agent', 'POST conversations/{id}/join': 'agent', 'PUT conversations/{id}/draft': 'agent',
  'POST conversations/{id}/close': 'agent in person', 'POST conversations/{id}/aside': 'agent in person',
  'POST conversations/{id}/replies': 'agent in person', 'POST messages/{id}/retry': 'agent in person',
  'POST messages/{id}/take-back': 'agent in person', 'POST messages/{id}/settle': 'agent in person',
  'POST promises/{id}/confirm': 'agent in person', 'POST promises/{id}/kept': 'agent in person',
  'POST promises/{id}/broken': 'agent in person', 'POST promises/{id}/dismiss': 'agent in person',
  'PATCH people/{id}': 'agent', 'POST people/{id}/merge': 'agent', 'POST people/{id}/strangers': 'agent', 'POST merges/{id}/undo': 'agent',
  'POST unread/{id}/replay': 'agent', 'POST labels': 'agent', 'PUT labels/{id}': 'lead', 'DELETE labels/{id}': 'lead',
  'POST snippets': 'agent', 'PUT snippets/{id}': 'agent', 'DELETE snippets/{id}': 'agent',
  'GET channels/{id}': 'admin', 'POST channels': 'admin', 'PATCH channels/{id}': 'admin', 'DELETE channels/{id}': 'admin',
};
const roles = ['public', read, 'agent', 'lead', 'admin'];

test('every call is described, and needs what it should', () => {
  const told = Object.fromEntries(about.calls.map(({ method, path, call }) =>
    [`${method} ${path.replace('/api/v1/', '')}`, call['x-permission'] + (call['x-in-person'] ? ' in person' : '')]));
  assert.deepEqual(told, needs);
});

test('each call refuses whom it must, and nobody else', async () => {
  const callers = [[nobody, 'public', false], [reader, read, true], [agent, 'agent', true], [rita, read, false],
    [luca, 'agent', false], [giulia, 'lead', false], [anna, 'admin', false]];
  for (const { method, path, call } of about.calls) {
    const where = path.replace('{id}', '1'), needed = call['x-permission'];
    for (const [caller, role, isToken] of callers) {
      const r = await caller.call(method, where, method === 'GET' ? undefined : {});
      const enough = roles.indexOf(role) >= roles.indexOf(needed) && !(isToken && call['x-in-person']);
      const expected = enough ? 'answered' : role === 'public' ? 401 : 403;
      const got = [401, 403].includes(r.status) ? r.status : 'answered';
      assert.equal(got, expected, `${caller.name}: ${method} ${where}: ${r.status} ${r.text.slice(0, 200)}`);
      assert.ok(r.status < 500, `${method} ${where}: ${r.text}`);
      const schemes = call.security.map(s => Object.keys(s).join('+'));
      if (got === 'answered' && isToken && needed !== 'public') assert.ok(schemes.includes('token'), `${method} ${path} takes tokens`);
    }
  }
});

test('a session needs its token for changes; a token needs none', async () => {
  const { 'x-csrf-token': csrf, ...bare } = luca.headers;
  const without = new Caller('luca without', house.base, about, bare);
  await without.refused(403, /reload/i, 'POST', conversation(story, '/need'), { need: 'x' });
  const wrong = new Caller('luca wrong', house.base, about, { ...bare, 'x-csrf-token': giulia.headers['x-csrf-token'] });
  await wrong.refused(403, /reload/i, 'POST', conversation(story, '/need'), { need: 'x' });
  const elsewhere = new Caller('luca elsewhere', house.base, about, { ...luca.headers, 'sec-fetch-site': 'cross-site' });
  await elsewhere.refused(403, /another site/, 'POST', conversation(story, '/need'), { need: 'x' });
  await agent.ok('POST', conversation(story, '/need'), { need: 'che il telefono prenda' });
  assert.equal((await agent.ok('GET', `${v1}/me`)).csrf, null);
  assert.ok(csrf.length > 10);
});

test('a token that is wrong or was revoked opens nothing', async () => {
  const wrong = new Caller('wrong', house.base, about, { authorization: 'Bearer nothing-of-ours' });
  await wrong.refused(401, /unknown or was revoked/, 'GET', `${v1}/me`);
  const gone = tokenCaller(house, about, 'agent');
  await gone.ok('GET', `${v1}/me`);
  assert.equal(house.cli('token', 'revoke', gone.id).code, 0);
  await gone.refused(401, /unknown or was revoked/, 'GET', `${v1}/me`);
});

// ---- what is taken in ----

test('what is not JSON, or not the right JSON, is refused by name', async () => {
  const need = conversation(story, '/need'), json = { 'content-type': 'application/json' };
  await luca.refused(400, /./, 'POST', need, '{"need": ', json);
  await luca.refused(400, /./, 'POST', need, Buffer.from('{"need": "\xff"}', 'latin1'), json);
  await luca.refused(400, /./, 'POST', need, '{"need": "x"} {}', json);
  await luca.refused(400, /./, 'POST', need, '['.repeat(1000), json);
  await luca.refused(422, /JSON object/, 'POST', need, '["need"]', json);
  await luca.refused(422, /JSON object/, 'POST', need, '"need"', json);
  await luca.refused(400, /Content-Type/, 'POST', need, '{"need": "x"}', { 'content-type': 'text/plain' });
  await luca.refused(422, /“need” is missing/, 'POST', need, {});
  await luca.refused(422, /“need” is missing/, 'POST', need);
  await luca.refused(422, /“need” is empty/, 'POST', need, { need: '  ' });
  await luca.refused(422, /“need” must be a text/, 'POST', need, { need: 12 });
  await luca.refused(422, /“need” must be a text/, 'POST', need, { need: ['x'] });
  await luca.refused(422, /“need” may not be null/, 'POST', need, { need: null });
  await luca.refused(422, /“neeed” is not known here. Known: need\./, 'POST', need, { need: 'x', neeed: 'y' });
  await luca.refused(422, /at most 160 characters/, 'POST', need, { need: 'è'.repeat(161) });
  await luca.refused(422, /takes nothing/, 'POST', conversation(story, '/wake'), { soon: true });
  await luca.refused(422, /takes nothing/, 'POST', conversation(story, '/wake?soon=1'));
  assert.equal((await luca.ok('POST', need, { need: 'è'.repeat(160) })).conversation.id, story);
  await luca.ok('POST', need, { need: 'che pr\u0000enda' });
  assert.equal((await luca.ok('GET', conversation(story))).conversation.need.text, 'che prenda');
});

test('each type refuses what is not of it', async () => {
  const labels = conversation(story, '/labels');
  for (const [where, body, words] of [
    ['/assign', { agent: 12 }, /“agent” must be a text/], ['/assign', { agent: 'Giulia' }, /me, nobody or an id/],
    ['/assign', { agent: '' }, /me, nobody or an id/], ['/assign', { agent: '-5' }, /me, nobody or an id/],
    ['/handover', { to: 12, reason: 'r', summary: 's' }, /“to” must be an id/],
    ['/handover', { to: '9223372036854775808', reason: 'r', summary: 's' }, /“to” must be an id/],
    ['/snooze', { until: 'tomorrow' }, /ISO 8601/], ['/snooze', { until: 1763733005 }, /“until” must be a text/],
    ['/priority', { priority: 'urgent' }, /one of grave\|high\|normal\|low/],
    ['/labels', { add: '12' }, /list of ids/], ['/labels', { add: [12] }, /strings of digits/],
    ['/labels', { add: Array(101).fill('1') }, /at most 100/], ['/labels', { add: ['77'] }, /no label 77/],
    ['/replies', { door: 'whatsapp', text: 'x', seen: '1' }, /<channel id>:<name>/],
    ['/replies', { door: '1:x', text: 'x' }, /“seen” is missing/],
    ['/replies', { door: '1:x', text: 'x', seen: '1', anyway: 'yes' }, /true or false/],
    ['/close', { outcome: 'bored' }, /one of solved/],
  ]) await luca.refused(422, words, 'POST', conversation(story, where), body);
  for (const [query, words] of [
    ['conversations?place=everywhere', /one of waiting/], ['conversations?owner=giulia', /me, nobody or an id/],
    ['conversations?cursor=abc', /next/], ['conversations?label=1&label=2', /twice/], ['conversations?stat=waiting', /“stat” is not known/],
    ['search', /“q” is missing/], ['search?q=x&limit=0', /from 1 to 100/], ['search?q=x&limit=ten', /whole number/],
    ['ledger?day=2026-02-30', /a day/], ['ledger?day=yesterday', /a day/], ['events?limit=1001', /from 1 to 1000/],
    ['events?after=-1', /“after” must be an id/],
  ]) await luca.refused(422, words, 'GET', `${v1}/${query}`);
  assert.equal((await luca.call('GET', conversation('9223372036854775808'))).status, 404);
  assert.equal((await luca.call('GET', conversation('12x'))).status, 404);
  assert.deepEqual((await luca.ok('POST', labels, {})).labels, []);
});

test('a form does what JSON does', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const label = await giulia.ok('POST', `${v1}/labels`, 'name=Guasto&hue=20', form);
  const other = await giulia.ok('POST', `${v1}/labels`, { name: 'Roma', hue: 200 });
  assert.deepEqual([label.name, label.hue], ['Guasto', 20]);
  await giulia.refused(409, /already/, 'POST', `${v1}/labels`, { name: 'Roma' });
  const on = await luca.ok('POST', conversation(story, '/labels'), `add=${label.id}&add=${other.id}`, form);
  assert.deepEqual(on.labels.map(l => l.name), ['Guasto', 'Roma']);
  const rows = (await luca.ok('GET', `${v1}/conversations?tab=all&label=${label.id}`)).items;
  assert.deepEqual(rows.map(r => r.id), [story]);
  const off = await luca.ok('POST', conversation(story, '/labels'), { remove: [other.id] });
  assert.deepEqual(off.labels.map(l => l.name), ['Guasto']);
  await luca.refused(422, /twice/, 'POST', conversation(story, '/need'), 'need=a&need=b', form);
});

// ---- numbers ----

test('ids come and go as strings, whole', async () => {
  const walk = (value, seen) => {
    if (Array.isArray(value)) value.forEach(v => walk(v, seen));
    else if (value && typeof value === 'object') for (const [k, v] of Object.entries(value)) {
      if ((k === 'id' || k.endsWith('_id')) && v !== null) { assert.equal(typeof v, 'string', k); if (/^\d+$/.test(v)) seen.push(v); }
      walk(v, seen);
    }
    return seen;
  };
  const ids = walk([await luca.ok('GET', `${v1}/conversations?tab=all`), await luca.ok('GET', conversation(story)),
    await luca.ok('GET', `${v1}/agents`), await luca.ok('GET', `${v1}/channels`)], []);
  assert.ok(ids.length > 20);
  assert.ok(ids.some(id => BigInt(id) > 2n ** 53n && BigInt(Number(id)) !== BigInt(id)), 'some would not survive as numbers');
  assert.equal((await luca.ok('GET', conversation(story))).conversation.id, story);
  assert.equal((await luca.call('GET', conversation(String(BigInt(story) + 1n)))).status, 404);
});

test('rate limits are told, and end in 429', async () => {
  const busy = tokenCaller(house, about, 'read-only');
  const first = await busy.get(`${v1}/me`), limit = Number(first.headers['ratelimit-limit']);
  assert.equal(Number(first.headers['ratelimit-remaining']), limit - 1);
  for (const r of [await nobody.get(`${v1}/me`), await busy.get(conversation('1')), await busy.post(conversation(story, '/need'), {})])
    assert.match(r.headers['ratelimit-remaining'], /^\d+$/);
  let last;
  for (let i = 0; i < limit + 50 && last?.status !== 429; i++) last = await busy.get(`${v1}/me`);
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers['retry-after']) >= 1);
  assert.equal(last.headers['ratelimit-remaining'], '0');
  assert.equal((await reader.get(`${v1}/me`)).status, 200, 'others are not concerned');
});

// ---- once ----

test('the same key does it once and answers the same', async () => {
  const where = conversation(story, '/notes'), key = { 'idempotency-key': 'nota-1' };
  const first = await agent.post(where, { text: 'Una volta sola' }, key);
  const again = await agent.post(where, { text: 'Una volta sola' }, key);
  assert.deepEqual([first.status, again.status], [201, 201]);
  assert.equal(again.text, first.text);
  assert.deepEqual([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']], [undefined, 'true']);
  assert.equal((await notes(story, 'Una volta sola')).length, 1);
  await agent.refused(422, /used for another request/, 'POST', where, { text: 'Un’altra' }, key);
  await agent.refused(422, /used for another request/, 'POST', conversation(story, '/need'), { need: 'x' }, key);
  const luca2 = await luca.post(where, { text: 'Una volta sola' }, key);
  assert.equal(luca2.headers['idempotency-replayed'], undefined, 'keys of others do not meet');
  assert.equal((await notes(story, 'Una volta sola')).length, 2);
});

test('at the same moment it is done once too', async () => {
  const where = conversation(story, '/notes'), key = { 'idempotency-key': 'nota-insieme' };
  const all = await Promise.all(Array.from({ length: 12 }, () => agent.post(where, { text: 'Tutti insieme' }, key)));
  assert.deepEqual([...new Set(all.map(r => r.status))], [201]);
  assert.equal(new Set(all.map(r => r.text)).size, 1);
  assert.equal(all.filter(r => !r.headers['idempotency-replayed']).length, 1);
  assert.equal((await notes(story, 'Tutti insieme')).length, 1);
});

test('what was refused may be put right under the same key', async () => {
  const where = conversation(story, '/assign'), key = { 'idempotency-key': 'assegna' };
  await agent.refused(404, /./, 'POST', where, { agent: '1' }, key);
  await agent.ok('POST', where, { agent: luca.id }, key);
  await agent.ok('POST', where, { agent: 'nobody' });
  const replayed = await agent.post(where, { agent: luca.id }, key);
  assert.equal(replayed.headers['idempotency-replayed'], 'true');
  assert.equal((await luca.ok('GET', conversation(story))).conversation.owner, null, 'the answer is the old one, and nothing changed');
  await agent.refused(400, /Idempotency-Key/, 'POST', where, { agent: 'me' }, { 'idempotency-key': 'x'.repeat(201) });
});

test('the answer of a key survives the end of the program', async () => {
  const where = conversation(story, '/notes'), key = { 'idempotency-key': 'nota-che-resta' };
  const first = await agent.post(where, { text: 'Resta' }, key);
  await house.kill();
  await house.start();
  const again = await agent.post(where, { text: 'Resta' }, key);
  assert.deepEqual([again.status, again.text], [201, first.text]);
  assert.equal((await notes(story, 'Resta')).length, 1);
});

// ---- pages ----

test('pages of the list neither repeat nor lose anybody while others write', async () => {
  const names = Array.from({ length: 95 }, (_, i) => `folla${i}`);
  for (const key of names) {
    await house.net.call('/sim/person', { key, name: `Persona ${key}`, lang: 'it' });
    await house.net.act({ network: 'whatsapp', person: key, what: 'message', text: `Sono ${key}` });
  }
  const there = async () => new Set((await anna.all(`${v1}/conversations?tab=all`)).items.map(r => r.said.text));
  await until('all have arrived', async () => { const s = await there(); return names.every(n => s.has(`Sono ${n}`)); }, 60000);
  for (const tab of ['waiting', 'all']) {
    const { items: rows, turns } = await anna.all(`${v1}/conversations?tab=${tab}`, turn =>
      house.net.act({ network: 'facebook', person: 'marta', what: 'message', text: `Intanto ${tab} ${turn}` }));
    assert.ok(turns >= 3, `${turns} pages`);
    const ids = rows.map(r => r.id);
    assert.equal(new Set(ids).size, ids.length, 'nobody twice');
    for (const n of names) assert.ok(rows.some(r => r.said.text === `Sono ${n}`), `${n} is in tab ${tab}`);
  }
});

test('pages of a story fit together', async () => {
  const id = await writes('ugo', 'Comincio io');
  for (let i = 0; i < 70; i++) {
    await house.net.act({ network: 'whatsapp', person: 'ugo', what: 'message', text: `Riga ${i}` });
    if (i % 10 === 0) await until(`line ${i}`, async () => (await items(id)).some(m => m.text === `Riga ${i}`));
    if (i % 20 === 0) await luca.ok('POST', conversation(id, '/notes'), { text: `Nota dopo ${i}` });
  }
  await until('all lines', async () => (await items(id)).some(m => m.text === 'Riga 69'));
  const all = await items(id);
  const { items: newest, next } = await luca.ok('GET', conversation(id, '/messages'));
  assert.ok(next && newest.filter(i => i.kind === 'message').length === 60);
  const seen = all.filter(i => i.kind !== 'day').map(i => i.id);
  assert.equal(new Set(seen).size, seen.length, 'nothing twice');
  assert.equal(all.filter(i => i.kind === 'message').length, 71);
  assert.equal(all.filter(i => i.kind === 'note').length, 4);
  const older = (await luca.ok('GET', conversation(id, `/messages?cursor=${next}`))).items;
  assert.ok(older.at(-1).at <= newest.find(i => i.kind !== 'day').at, 'the page before ends where this one begins');
  const story = await luca.ok('GET', conversation(id));
  assert.equal(story.more, next);
  assert.deepEqual(story.items, newest);
});

test('the log can be read in steps of any size', async () => {
  const steps = [];
  for (let after = '', turn = 0; turn < 500; turn++) {
    const page = await reader.ok('GET', `${v1}/events?limit=7${after && '&after=' + after}`);
    steps.push(...page.items);
    if (!page.next || steps.length >= 210) break;
    after = page.next;
  }
  assert.ok(steps.length > 100);
  const whole = await luca.ok('GET', `${v1}/events?limit=1000`);
  assert.deepEqual(steps, whole.items.slice(0, steps.length));
  assert.ok(steps.every((e, i) => i === 0 || BigInt(e.id) > BigInt(steps[i - 1].id)));
  assert.ok(steps.some(e => e.kind === 'message.received'));
});

// ---- drafts and replies ----

test('a program prepares, a colleague sends', async () => {
  const id = await writes('tina', 'Potete controllare la mia fattura?');
  const { composer } = await luca.ok('GET', conversation(id));
  const door = composer.doors[0].value, seen = composer.seen;
  for (const [where, body] of [['replies', { door, text: 'Automatica', seen }], ['close', { outcome: 'solved', reason: 'x' }], ['aside', { reason: 'x' }]])
    await agent.refused(403, /A token prepares drafts/, 'POST', conversation(id, '/' + where), body);
  await luca.refused(409, /Listen first/, 'POST', conversation(id, '/replies'), { door, text: 'Troppo presto', seen });
  await luca.ok('POST', conversation(id, '/need'), { need: 'controllare la fattura' });
  const kept = await agent.ok('PUT', conversation(id, '/draft'), { kind: 'reply', door, text: 'Gentile Tina, ecco la fattura.' });
  assert.deepEqual([kept.agent, kept.by_token], [luca.id, agent.id], 'for the owner, and marked');
  assert.equal((await luca.ok('GET', conversation(id))).composer.reply.text, 'Gentile Tina, ecco la fattura.');
  await agent.ok('PUT', conversation(id, '/draft'), { kind: 'reply', door, text: 'Meglio così.' });
  const told = (await reader.ok('GET', `${v1}/events?limit=1000`)).items.filter(e => e.kind === 'conversation.drafted');
  assert.deepEqual(told.map(e => [e.conversation, e.subject, e.data.words]), Array(2).fill([id, luca.id, 'Prova agent']));
  await luca.ok('PUT', conversation(id, '/draft'), { kind: 'reply', door, text: 'La guardo io.' });
  await agent.refused(409, /their words stay/, 'PUT', conversation(id, '/draft'), { kind: 'reply', door, text: 'No' });
  await luca.refused(403, /your own draft/, 'PUT', conversation(id, '/draft'), { kind: 'reply', text: 'x', agent: giulia.id });
  await agent.refused(404, /./, 'PUT', conversation('1', '/draft'), { kind: 'note', text: 'x' });

  const key = { 'idempotency-key': 'risposta' };
  const [one, two] = await Promise.all([1, 2].map(() => luca.post(conversation(id, '/replies'), { door, text: 'La fattura è corretta.', seen }, key)));
  assert.deepEqual([one.status, two.status], [201, 201]);
  assert.equal(one.json().message, two.json().message);
  await until('the network has it', async () => (await house.net.accepted('La fattura è corretta.')).length === 1);
  const after = await until('answered', async () => { const s = await luca.ok('GET', conversation(id)); return s.conversation.place === 'answered' && s; });
  assert.equal(after.composer.reply.text, '', 'the draft is used up');
  assert.equal(after.items.filter(i => i.kind === 'message' && i.ours).length, 1);
  const state = await house.net.state();
  assert.ok(state.accepted.filter(a => a.text === 'La fattura è corretta.').every(a => a.count === 1), 'once on the network');
});

test('a reply that failed is tried again, in person', async () => {
  const id = await writes('renzo', 'E il rimborso?');
  await luca.ok('POST', conversation(id, '/need'), { need: 'il rimborso' });
  const { composer } = await luca.ok('GET', conversation(id));
  await house.net.fault('whatsapp', 'content');
  const sent = await luca.ok('POST', conversation(id, '/replies'), { door: composer.doors[0].value, text: 'Il rimborso parte oggi.', seen: composer.seen });
  const failed = await until('it failed', async () => (await luca.ok('GET', conversation(id))).items.find(i => i.id === sent.message && i.unsent));
  assert.equal(failed.unsent.failure, 'content');
  await house.net.clear();
  await agent.refused(403, /in person/, 'POST', `${v1}/messages/${sent.message}/retry`);
  await luca.refused(409, /nothing unsure/, 'POST', `${v1}/messages/${sent.message}/settle`, { arrived: true });
  await luca.ok('POST', `${v1}/messages/${sent.message}/retry`);
  await until('the network has it', async () => (await house.net.accepted('Il rimborso parte oggi.')).length === 1);
  const theirs = (await items(id)).find(i => i.kind === 'message' && !i.ours);
  await luca.refused(422, /of theirs/, 'POST', `${v1}/messages/${theirs.id}/retry`);
});

// ---- acts ----

test('acts are seen by everybody, and answer with the row', async () => {
  const id = await writes('silvia', 'Una cosa in più', 'facebook');
  const act = (who, what, body) => who.ok('POST', conversation(id, '/' + what), body).then(a => a.conversation);
  assert.equal((await act(luca, 'snooze', { until: new Date(Date.now() + 3600e3).toISOString() })).asleep.until.slice(0, 2), '20');
  await luca.refused(422, /past/, 'POST', conversation(id, '/snooze'), { until: '2020-01-01T00:00:00Z' });
  assert.equal((await act(luca, 'snooze', {})).asleep.until, null);
  assert.equal((await act(agent, 'wake')).place, 'waiting');
  await act(agent, 'priority', { priority: 'high' });
  await act(luca, 'assign', { agent: 'me' });
  await act(luca, 'handover', { to: giulia.id, reason: 'Lo conosce lei', summary: 'Vuole sapere del contratto.' });
  let seen = await rita.ok('GET', conversation(id));
  assert.deepEqual([seen.conversation.priority, seen.conversation.owner.name, seen.conversation.hands], ['high', 'Giulia Riva', 1]);
  assert.equal(seen.items.find(i => i.kind === 'hand').summary, 'Vuole sapere del contratto.');
  await luca.refused(422, /why no reply/, 'POST', conversation(id, '/close'), { outcome: 'thanks' });
  assert.equal((await act(giulia, 'close', { outcome: 'thanks', reason: 'Ringraziava soltanto' })).place, 'closed');
  await giulia.refused(409, /closed already/, 'POST', conversation(id, '/close'), { outcome: 'thanks', reason: 'x' });
  assert.equal((await act(agent, 'reopen')).place, 'waiting');
  assert.equal((await act(luca, 'aside', { reason: 'Solo insulti' })).place, 'aside');
  assert.ok((await luca.ok('GET', `${v1}/conversations?tab=all&place=aside`)).items.some(r => r.id === id));
  assert.equal((await act(agent, 'take-back', { reason: 'Aveva ragione' })).place, 'waiting');
  const ledger = house.ledger();
  assert.equal(ledger.code, 0, ledger.err);
  const told = await luca.ok('GET', `${v1}/ledger`);
  for (const n of ['received', 'waiting', 'answered', 'closed', 'set_aside', 'withdrawn']) assert.equal(told[n], ledger[n], n);
  assert.equal(told.received, told.waiting + told.answered + told.closed + told.set_aside + told.withdrawn);
});

test('people are corrected, merged and unmerged', async () => {
  const first = (await luca.ok('GET', conversation(await writes('bruna', 'Sono io su WhatsApp')))).person;
  const second = (await luca.ok('GET', conversation(await writes('bruno', 'E io su Messenger', 'facebook')))).person;
  const changed = await luca.ok('PATCH', `${v1}/people/${first.id}`, { place: 'Lodi', note: 'Chiamare dopo le 18' });
  assert.deepEqual([changed.person.place, changed.person.name, changed.note.text], ['Lodi', first.name, 'Chiamare dopo le 18']);
  await luca.refused(422, /“age” is not known/, 'PATCH', `${v1}/people/${first.id}`, { age: 40 });
  const count = async id => (await luca.all(`${v1}/people/${id}/conversations`)).items.length;
  const [one, two] = [await count(first.id), await count(second.id)];
  const { merge } = await luca.ok('POST', `${v1}/people/${first.id}/merge`, { other: second.id });
  assert.equal(await count(first.id), one + two);
  assert.equal((await luca.ok('GET', `${v1}/people/${second.id}`)).person.id, first.id, 'whom they became');
  await luca.refused(422, /same person/, 'POST', `${v1}/people/${first.id}/merge`, { other: first.id });
  assert.equal((await luca.ok('POST', `${v1}/merges/${merge}/undo`)).person, second.id);
  assert.deepEqual([await count(first.id), await count(second.id)], [one, two]);
  await luca.refused(409, /./, 'POST', `${v1}/merges/${merge}/undo`);
});

test('search finds what was said, needed, and who', async () => {
  const hits = (await reader.ok('GET', `${v1}/search?q=prende`)).items;
  assert.ok(hits.some(h => h.kind === 'message' && h.conversation === story && h.text.includes('\u0002prende\u0003')));
  assert.ok((await reader.ok('GET', `${v1}/search?q=fattura&kind=need`)).items.every(h => h.kind === 'need'));
  const { items: found, turns } = await reader.all(`${v1}/search?q=riga&limit=10`);
  assert.ok(turns >= 7 && new Set(found.map(h => h.message)).size === found.length);
});

// ---- the house ----

test('secrets of a channel go in and never come out', async () => {
  const settings = { page_id: '1', access_token: 'segreto-vero', app_secret: 'altro-segreto', verify_token: 'terzo-segreto' };
  await anna.refused(422, /no network/, 'POST', `${v1}/channels`, { network: 'piccione', name: 'x', settings });
  await anna.refused(422, /“settings\.page_id” must be a text/, 'POST', `${v1}/channels`, { network: 'facebook', name: 'x', settings: { page_id: 1 } });
  const added = await anna.call('POST', `${v1}/channels`, { network: 'facebook', name: 'Seconda pagina', settings });
  assert.equal(added.status, 201, added.text);
  const { id, webhook } = added.json();
  assert.equal(webhook, `${house.base}/hooks/facebook/${id}`);
  const changed = await anna.call('PATCH', `${v1}/channels/${id}`, { name: 'Terza pagina', settings: { access_token: 'segreto-nuovo' }, state: 'paused' });
  assert.deepEqual([changed.json().name, changed.json().state], ['Terza pagina', 'paused']);
  const active = await anna.ok('PATCH', `${v1}/channels/${id}`, { state: 'active' });
  assert.equal(active.name, 'Terza pagina');
  const all = [added, changed, await anna.get(`${v1}/channels/${id}`), await luca.get(`${v1}/channels`), await luca.get(`${v1}/events?limit=1000`)];
  for (const r of all) assert.doesNotMatch(r.text, /segreto/);
  const token = changed.json().settings.find(s => s.name === 'access_token');
  assert.deepEqual([token.secret, token.set, token.value], [true, true, '']);
  await anna.ok('DELETE', `${v1}/channels/${id}`);
  assert.equal((await anna.get(`${v1}/channels/${id}`)).status, 404);
  assert.equal((await anna.call('DELETE', `${v1}/channels/${id}`)).status, 404);
});

test('what cannot be read is listed and replayed', async () => {
  const crypto = await import('node:crypto');
  const body = '{"object":"page","entry":"nonsense"}';
  const signature = 'sha256=' + crypto.createHmac('sha256', 'simulated-app-secret').update(body).digest('hex');
  await request(`${house.base}/hooks/facebook/${house.channels.facebook}`, { method: 'POST', body,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature } });
  const [payload] = (await reader.ok('GET', `${v1}/unread`)).items;
  assert.ok(payload?.reason, 'it is kept, with why');
  const again = await agent.ok('POST', `${v1}/unread/${payload.id}/replay`);
  assert.deepEqual([again.id, again.state], [payload.id, 'unread'], 'the program reads it no better yet');
  await agent.refused(404, /./, 'POST', `${v1}/unread/1/replay`);
});

test('snippets, labels and views come and go', async () => {
  const snippet = await luca.ok('POST', `${v1}/snippets`, { shortcut: 'ciao', title: 'Saluto', text: 'Buongiorno {nome}' });
  assert.equal(snippet.language, (await luca.ok('GET', `${v1}/me`)).brand.language);
  const changed = await luca.ok('PUT', `${v1}/snippets/${snippet.id}`, { shortcut: 'ciao', title: 'Saluto', text: 'Buonasera', language: 'it' });
  assert.equal(changed.text, 'Buonasera');
  assert.notEqual(changed.agent_id, null, 'a colleague’s own');
  assert.ok(!(await giulia.ok('GET', `${v1}/snippets`)).items.some(s => s.id === snippet.id), 'and nobody else’s');
  await giulia.refused(404, /no such snippet/, 'DELETE', `${v1}/snippets/${snippet.id}`);
  await luca.refused(403, /by a lead/, 'PUT', `${v1}/snippets/${snippet.id}`, { shortcut: 'ciao', title: 'Saluto', text: 'x', shared: true });
  await luca.refused(403, /by a lead/, 'POST', `${v1}/snippets`, { shortcut: 'tutti', title: 'Saluto', text: 'x', shared: true });
  const house = await giulia.ok('POST', `${v1}/snippets`, { shortcut: 'ciao', title: 'Di tutti', text: 'Buongiorno', shared: true });
  assert.equal(house.agent_id, null);
  await giulia.refused(409, /already/, 'POST', `${v1}/snippets`, { shortcut: 'ciao', title: 'Doppia', text: 'x', shared: true });
  assert.deepEqual((await luca.ok('GET', `${v1}/snippets`)).items.filter(s => s.shortcut === 'ciao').map(s => s.title), ['Saluto', 'Di tutti'], 'one’s own first');
  await luca.refused(403, /by a lead/, 'PUT', `${v1}/snippets/${house.id}`, { shortcut: 'ciao', title: 'Mia', text: 'x' });
  await luca.refused(403, /by a lead/, 'DELETE', `${v1}/snippets/${house.id}`);
  assert.equal((await giulia.ok('PUT', `${v1}/snippets/${house.id}`, { shortcut: 'ciao', title: 'Di tutti', text: 'Salve' })).agent_id, null, 'stays everybody’s');
  await giulia.ok('DELETE', `${v1}/snippets/${house.id}`);
  await luca.ok('DELETE', `${v1}/snippets/${snippet.id}`);
  assert.ok(!(await luca.ok('GET', `${v1}/snippets`)).items.some(s => s.id === snippet.id));
  const view = await luca.ok('POST', `${v1}/views`, { name: 'Gravi', filter: 'priority=high' });
  assert.ok((await luca.ok('GET', `${v1}/conversations?view=${view.id}`)).saved.name === 'Gravi');
  await rita.refused(422, /no such view/, 'GET', `${v1}/conversations?view=${view.id}`);
  await giulia.refused(404, /no such view/, 'DELETE', `${v1}/views/${view.id}`);
  await luca.ok('DELETE', `${v1}/views/${view.id}`);
  await luca.refused(422, /“filter” takes/, 'POST', `${v1}/views`, { name: 'Storta', filter: 'plaice=waiting' });
  const everybodys = await luca.ok('POST', `${v1}/views`, { name: 'Di tutti', filter: 'place=closed', shared: true });
  assert.equal(everybodys.agent_id, null);
  assert.ok((await rita.ok('GET', `${v1}/views`)).items.some(w => w.id === everybodys.id));
  await luca.refused(403, /supervisor/, 'DELETE', `${v1}/views/${everybodys.id}`);
  await giulia.ok('DELETE', `${v1}/views/${everybodys.id}`);
  const [label] = (await luca.ok('GET', `${v1}/labels`)).items;
  await luca.refused(403, /role/, 'DELETE', `${v1}/labels/${label.id}`);
  await luca.refused(403, /role/, 'PUT', `${v1}/labels/${label.id}`, { name: 'Nuovo' });
  assert.equal((await giulia.ok('PUT', `${v1}/labels/${label.id}`, { name: 'Nuovo' })).name, 'Nuovo');
  await giulia.refused(404, /no such label/, 'PUT', `${v1}/labels/1`, { name: 'Altro' });
  const second = await luca.ok('POST', `${v1}/labels`, { name: 'Secondo' });
  await giulia.refused(409, /already/, 'PUT', `${v1}/labels/${second.id}`, { name: 'Nuovo' });
  await giulia.ok('DELETE', `${v1}/labels/${label.id}`);
});

test('a promise is confirmed and kept, in person', async () => {
  const id = await writes('vera', 'Mi richiamate?');
  await luca.ok('POST', conversation(id, '/need'), { need: 'essere richiamata' });
  const { composer } = await luca.ok('GET', conversation(id));
  await luca.ok('POST', conversation(id, '/replies'), { door: composer.doors[0].value, seen: composer.seen, text: 'La richiamo domani alle 10:30.' });
  const promise = async () => (await items(id)).find(i => i.kind === 'promise');
  const noticed = await promise();
  assert.equal(noticed.state, 'proposed');
  const where = `${v1}/promises/${noticed.id}`;
  await agent.refused(403, /in person/, 'POST', where + '/confirm');
  await luca.refused(409, /open/, 'POST', where + '/kept');
  const due = new Date(Math.floor(Date.now() / 1000) * 1000 + 7200e3).toISOString().replace('.000', '');
  await luca.ok('POST', where + '/confirm', { due });
  assert.deepEqual([(await promise()).state, (await promise()).due], ['open', due]);
  await luca.ok('POST', where + '/kept');
  assert.equal((await promise()).state, 'kept');
  await luca.refused(409, /open/, 'POST', where + '/broken');
});

test('a brand sees nothing of another', async () => {
  const other = cli('brand', 'add', '--data', house.data, '--name', 'altra', '--title', 'Altra');
  fs.writeFileSync(path.join(house.data, 'altra'), 'parola-di-prova\n');
  cli('agent', 'add', '--data', house.data, '--brand', other, '--name', 'Olga Altra', '--email', 'olga@altra.example', '--role', 'admin',
    '--password-file', path.join(house.data, 'altra'));
  const secret = cli('token', 'add', '--data', house.data, '--brand', other, '--name', 'Altrove', '--role', 'agent').split(/\s+/)[1];
  const bearer = { authorization: `Bearer ${secret}` };
  const there = new Caller('altra', house.base + '/b/altra', about, bearer), here = new Caller('qui', house.base + '/b/prova', about, bearer);
  assert.equal((await there.ok('GET', `${v1}/me`)).brand.name, 'altra');
  await here.refused(401, /unknown/, 'GET', `${v1}/me`);
  assert.equal((await there.ok('GET', `${v1}/conversations?tab=all`)).items.length, 0);
  assert.equal((await there.ok('GET', `${v1}/search?q=prende`)).items.length, 0);
  for (const [method, where, body] of [['GET', conversation(story)], ['POST', conversation(story, '/need'), { need: 'x' }],
    ['POST', conversation(story, '/notes'), { text: 'x' }], ['PUT', conversation(story, '/draft'), { kind: 'note', text: 'x' }],
    ['POST', conversation(story, '/assign'), { agent: 'me' }], ['POST', conversation(story, '/wake')],
    ['POST', conversation(story, '/priority'), { priority: 'low' }], ['GET', conversation(story, '/messages')]])
    assert.equal((await there.call(method, where, body)).status, 404, `${method} ${where}`);
  assert.ok((await there.ok('GET', `${v1}/events`)).items.every(e => e.conversation === null));
  assert.equal((await request(house.base + '/b/altra/api/openapi.json')).json().servers[0].url, '/b/altra');
});

test('the description is whole: every reference leads somewhere, every name is used once', () => {
  const names = new Set();
  const walk = value => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (value && typeof value === 'object') {
      if (value.$ref) about.follow(value);
      Object.values(value).forEach(walk);
    }
  };
  walk(about.json);
  for (const { method, path, call } of about.calls) {
    assert.ok(call.operationId && !names.has(call.operationId), `${call.operationId} stands twice`);
    names.add(call.operationId);
    assert.ok(call.summary?.length > 5, `${method} ${path} says what it does`);
    const inPath = [...path.matchAll(/\{([a-z]+)\}/g)].map(m => m[1]);
    assert.deepEqual(call.parameters.filter(p => p.in === 'path').map(p => p.name), inPath);
    assert.ok(call.parameters.every(p => p.$ref || p.in !== 'path' || p.required));
    assert.ok(Object.keys(call.responses).some(s => s.startsWith('2')));
    if (method !== 'GET') assert.ok(call.parameters.some(p => p.$ref?.endsWith('IdempotencyKey')));
    for (const s of call.security) for (const scheme of Object.keys(s)) assert.ok(about.json.components.securitySchemes[scheme]);
  }
  assert.match(about.json.openapi, /^3\.1\./);
  assert.equal(about.json.components.securitySchemes.session.name, `ascolto_${house.brand}`);
});
