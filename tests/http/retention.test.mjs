// SPDX-License-Identifier: Apache-2.0
// How long what is kept: rules by page, API and command line; pruning beside intake, killed amid it, and books that prove
// themselves afterwards. What is old here was made old in the database.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accounts, begin, engine, request, sleep, startHouse, until } from './support.mjs';

let house, anna, luca;
before(async () => {
  house = await startHouse();
  anna = await house.colleague('anna');
  luca = await house.colleague('luca');
});
after(() => house.stop());

const DAY = 86400;
const days = n => `${n * DAY * 1e6}`;
const count = (table, where = '1 = 1') => +house.sql(`SELECT count(*) AS n FROM ${table} WHERE ${where}`)[0].n;
const old = new Date(Date.now() - 60 * DAY * 1000).toISOString().slice(0, 10).replaceAll('-', '');

// All that happened so far, 60 days ago: its places, its statements (signed by the clock of the running server).
async function age() {
  const days_there = house.sql('SELECT DISTINCT day FROM message WHERE outbound = 0').map(r => r.day);
  for (const day of days_there) house.write(`UPDATE event SET data = replace(data, '"day":${day}', '"day":${old}')`);
  house.write(`UPDATE message SET day = ${old} WHERE day <> 0; UPDATE ledger_count SET day = ${old};
    UPDATE conversation SET closed_at = closed_at - ${days(60)}, last_at = last_at - ${days(60)} WHERE closed_at > 0`);
  await until('the days are signed', () => count('statement') >= 59);
  house.write(`UPDATE statement SET at = at - ${days(59)}`);
}
const proves = () => {
  const ledger = house.ledger();
  assert.equal(ledger.balanced, true, JSON.stringify(ledger.differences));
  const made = house.cli('statement', 'verify', '--json');
  assert.equal(made.code, 0, made.out + made.err);
  return ledger;
};
const report = (...words) => {
  const made = house.cli('retention', ...words, '--json');
  assert.equal(made.code, 0, made.err);
  return JSON.parse(made.out);
};

test('rules: by page, by API and by command line, within limits, each a line in the log', async () => {
  const page = await anna.json('/desk/retention');
  assert.deepEqual(page.values, { payloads: '90', events: '', search: '' });
  assert.equal(page.retention.events, null);
  assert.equal((await luca.get('/desk/retention')).status, 403);
  for (const wrong of [{ events: '29' }, { search: 'x' }, { payloads: '-1' }, { payloads: '99999' }]) {
    const refused = await anna.post('/desk/retention', { payloads: '90', events: '', search: '', ...wrong });
    assert.equal(refused.status, 422, JSON.stringify(wrong));
    assert.match(refused.text, /class="loss"/);
  }
  assert.equal((await anna.post('/desk/retention', { payloads: '30', events: '400', search: '365' })).status, 303);
  assert.deepEqual((await anna.json('/desk/retention')).values, { payloads: '30', events: '400', search: '365' });
  const me = await anna.json('/api/v1/me');
  const put = (body, headers = {}) => request(`${house.base}/api/v1/retention`, { method: 'PUT', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', cookie: anna.cookie(), 'x-csrf-token': me.csrf, ...headers } });
  assert.equal((await put({ payloads: 30 })).status, 422);
  assert.equal((await put({ payloads: 30, events: 10, search: null })).status, 422);
  const kept = await put({ payloads: 60, events: null, search: null });
  assert.equal(kept.status, 200, kept.text);
  assert.deepEqual({ ...kept.json() }, { payloads: 60, events: null, search: null, opening_day: null, networks: [], pruned: { payloads: null, events: null, search: null, networks: null } });
  assert.equal(house.cli('brand', 'set', '--keep-events', '20').code, 1);
  assert.equal(house.cli('brand', 'set', '--keep-events', 'soon').code, 2);
  assert.equal(house.cli('brand', 'set').code, 2);
  assert.equal(house.cli('brand', 'set', '--keep-payloads', '30', '--keep-events', '31', '--keep-search', '40').code, 0);
  assert.deepEqual((await anna.json('/desk/retention')).values, { payloads: '30', events: '31', search: '40' });
  assert.equal(count('event', `kind = 'brand.retention'`), 3);
  assert.match((await anna.get('/desk/audit')).text, /changed how long we keep what/);
});

test('a dry run counts, a run lets go and writes it down before, the pages say so and work on', async () => {
  house.cli('brand', 'set', '--keep-payloads', '30', '--keep-events', '31', '--keep-search', '40');
  const open = await begin(house, luca, 'whatsapp', 'Il tostapane fischia');
  const closed = await begin(house, luca, 'dm', 'Il frullatore balla');
  await luca.done(`/desk/c/${closed.id}/close`, { reason: 'thanks' });
  // where the engine's own search cannot be asked, its rows are counted
  const found = async words => {
    const r = await luca.ask(`/desk/search?q=${words}`, { headers: { accept: 'application/json' } });
    if (r.status === 200) return r.json().hits.length;
    return count('search s JOIN message m ON m.id = s.id', `m.text LIKE '%${words}%'`);
  };
  await until('both are found', async () => await found('tostapane') === 1 && await found('frullatore') === 1);
  assert.deepEqual((({ payloads, events, messages }) => ({ payloads, events, messages }))(report('--dry-run')), { payloads: 0, events: 0, messages: 0 });
  await age();
  const told = report('--dry-run');
  assert.ok(told.events > 5 && told.messages >= 1 && told.opening_day, JSON.stringify(told));
  const before = count('event');
  const file = path.join(house.data, 'moved.jsonl');
  const gone = report('--run', '--move-to', file);
  assert.equal(gone.events, told.events);
  assert.equal(gone.messages, 1);
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse);
  assert.equal(lines.filter(l => l.type === 'event').length, gone.events);
  assert.ok(lines.every(l => l.brand === 'prova' && /^\d+$/.test(l.id) && l.at));
  assert.ok(lines.some(l => l.kind === 'message.received' && l.data.to === 'waiting'));
  assert.equal(count('event'), before - gone.events + 1);
  assert.equal(proves().opening_day ?? gone.opening_day, gone.opening_day);
  assert.equal(await found('frullatore'), 0);
  assert.equal(await found('tostapane'), 1);
  assert.match((await luca.get('/desk/search')).text, /are not searched any more/);
  assert.match((await anna.get('/desk/audit?all=1')).text, /by our own rule/);
  assert.match((await anna.get('/desk/retention')).text, /What went/);
  assert.equal((await luca.messages(closed.id, 'frullatore')).length, 1); // it stays with its person
  assert.equal(report('--run').events, 0);
  await begin(house, luca, 'whatsapp', 'E adesso?');
  assert.equal((await luca.story(open.id)).items.length > 0, true);
  proves();
});

test('killed amid it, beside people who write: nothing is lost, and it goes on where it was', async () => {
  house.cli('brand', 'set', '--keep-payloads', '1', '--keep-events', '31', '--keep-search', '40');
  const unread = count('payload', `state = 'unread'`);
  const bytes = engine === 'postgres' ? `convert_to(repeat('x', 1500), 'UTF8')` : 'zeroblob(1500)';
  await house.kill();
  // ids of January 2024 and on: old payloads, two of them not read yet
  house.write(`INSERT INTO payload (brand_id, id, channel_id, body, state, reason, replayed_by, replayed_at)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
    SELECT ${house.brand}, 1000000000 + i, 1, ${bytes}, CASE WHEN i IN (5, 11000) THEN 'unread' ELSE 'read' END, '', 0, 0 FROM n`);
  let left = () => count('payload', `id < 2000000000`);
  assert.equal(left(), 12000);
  const said = [];
  for (let turn = 0; turn < 3; turn++) {
    await house.start();
    const wait = until('some have gone', () => left() < 12000 - 1000 * (turn + 1));
    for (let i = 0; i < 10; i++) {
      const id = `retention.${turn}.${i}`;
      const body = JSON.stringify({ object: 'page', entry: [{ id: accounts.facebook.page_id, time: Date.now(), messaging: [{
        sender: { id: `ret${i}` }, recipient: { id: accounts.facebook.page_id }, timestamp: Date.now(), message: { mid: id, text: `Ancora qui ${id}` } }] }] });
      const began = Date.now();
      const r = await request(`${house.base}/hooks/facebook/${house.channels.facebook}`, { method: 'POST', body, headers: { 'content-type': 'application/json',
        'x-hub-signature-256': 'sha256=' + crypto.createHmac('sha256', accounts.facebook.app_secret).update(body).digest('hex') } });
      assert.equal(r.status, 200, r.text);
      said.push({ id, ms: Date.now() - began });
    }
    await wait;
    await house.kill();
    assert.ok(left() > 2, 'it was to be killed amid it');
    proves();
  }
  await house.start();
  await until('all that is old has gone', () => left() === 2, 60000);
  assert.equal(count('payload', `state = 'unread'`), unread + 2);
  for (const { id } of said) assert.equal(count('message', `text = 'Ancora qui ${id}'`), 1, id);
  const slow = said.map(s => s.ms).sort((a, b) => a - b);
  assert.ok(slow[Math.floor(slow.length * 0.9)] < 1000, `intake waited: ${slow}`);
  proves();
  luca = await house.colleague('luca');
  anna = await house.colleague('anna');
  assert.equal((await anna.get('/desk/retention')).status, 200);
  assert.equal((await anna.get('/desk/unread')).status, 200);
  await sleep(0);
});
