// SPDX-License-Identifier: Apache-2.0
// Every story, person and statement of the demo, held against the description: what the pages show is what is told.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { startDemo, until } from './support.mjs';
import { describe, signIn } from './api-support.mjs';

const v1 = '/api/v1';
// Several, because each may ask 600 times a minute.
let demo, giulia, luca, sara, rows;
before(async () => {
  demo = await startDemo();
  const about = await describe(demo.base);
  [giulia, luca, sara] = await Promise.all(['giulia', 'luca', 'sara'].map(who => signIn(demo.base, about, `${who}@nuvola.example`, 'ascolto-demo')));
  rows = (await giulia.all(`${v1}/conversations?tab=all`)).items;
});
after(async () => { await demo.stop(); fs.rmSync(demo.data, { recursive: true, force: true }); });

test('every story is as described', async () => {
  assert.ok(rows.length > 100, `${rows.length} stories`);
  const kinds = new Set();
  for (const row of rows) {
    const story = await giulia.ok('GET', `${v1}/conversations/${row.id}`);
    assert.equal(story.conversation.id, row.id);
    assert.equal(story.person.name, row.person.name);
    assert.equal(story.conversation.place, row.place);
    for (const item of story.items) kinds.add(item.kind);
  }
  for (const kind of ['message', 'note', 'hand', 'aside', 'closed', 'promise']) assert.ok(kinds.has(kind), `some story has ${kind}`);
});

test('every person is as described', async () => {
  for (const id of new Set(rows.map(r => r.person.id))) {
    const who = await luca.ok('GET', `${v1}/people/${id}`);
    assert.equal(who.person.id, id);
    const theirs = (await luca.all(`${v1}/people/${id}/conversations`)).items;
    assert.ok(theirs.length >= rows.filter(r => r.person.id === id).length);
  }
});

test('filters say what they mean', async () => {
  const place = async (query, good) => {
    const { items } = await giulia.all(`${v1}/conversations?${query}`);
    assert.ok(items.length > 0 && items.every(good), query);
    return items.length;
  };
  await place('tab=mine', r => r.place === 'waiting');
  const waiting = await place('tab=waiting', r => r.place === 'waiting');
  const asleep = rows.filter(r => r.asleep).length;
  const told = await giulia.ok('GET', `${v1}/conversations`);
  assert.equal(told.counts.waiting, waiting);
  assert.equal(rows.filter(r => r.place === 'waiting' && !r.asleep).length, waiting, `${asleep} sleep`);
  await place('tab=all&place=closed', r => r.place === 'closed');
  await place('tab=all&place=aside', r => r.place === 'aside');
  const { items: agents } = await giulia.ok('GET', `${v1}/agents`);
  const owned = await Promise.all(agents.map(async a => (await giulia.all(`${v1}/conversations?tab=all&owner=${a.id}`)).items.length));
  const nobodys = (await giulia.all(`${v1}/conversations?tab=all&owner=nobody`)).items.length;
  assert.equal(owned.reduce((x, y) => x + y, 0) + nobodys, rows.length, 'each has one owner or none');
  const { items: channels } = await giulia.ok('GET', `${v1}/channels`);
  for (const c of channels.filter(c => rows.some(r => r.network === c.network))) await place(`tab=all&channel=${c.id}`, r => r.network === c.network);
});

test('the books balance, day by day, and are signed', async () => {
  const sum = o => o.waiting + o.answered + o.closed + o.set_aside + o.withdrawn;
  const whole = await sara.ok('GET', `${v1}/ledger`);
  assert.equal(whole.received, sum(whole));
  assert.equal(whole.channels.reduce((n, c) => n + c.received, 0), whole.received);
  const statements = await until('finished days are signed', async () => {
    const { items } = await sara.all(`${v1}/statements?limit=5`);
    return items.length > 1 && items;
  });
  for (const [i, s] of statements.entries()) {
    assert.deepEqual(await sara.ok('GET', `${v1}/statements/${s.day}`), s);
    if (i) assert.equal(s.previous, statements[i - 1].hash, 'chained');
    const day = String(s.day), ledger = await sara.ok('GET', `${v1}/ledger?day=${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`);
    assert.equal(ledger.received, sum(ledger));
  }
});

test('a reply can be taken back until it is on its way', async () => {
  let story;
  for (const row of rows.filter(r => r.place === 'waiting')) {
    story = await sara.ok('GET', `${v1}/conversations/${row.id}`);
    if (story.composer.any_open && !story.composer.reply.text) break;
  }
  const id = story.conversation.id, { doors, seen } = story.composer, words = 'Questa la riprendo subito.';
  if (story.composer.step === 'listen') await sara.ok('POST', `${v1}/conversations/${id}/need`, { need: 'capire come fare' });
  const sent = await sara.ok('POST', `${v1}/conversations/${id}/replies`, { door: doors[0].value, text: words, seen });
  assert.ok(Date.parse(sent.undo_until) > Date.now());
  const queued = (await sara.ok('GET', `${v1}/conversations/${id}`)).items.find(i => i.id === sent.message);
  assert.deepEqual([queued.state, queued.sends_at], ['queued', sent.undo_until]);
  await sara.ok('POST', `${v1}/messages/${sent.message}/take-back`);
  story = await sara.ok('GET', `${v1}/conversations/${id}`);
  assert.equal(story.composer.reply.text, words, 'the words are a draft again');
  assert.ok(!story.items.some(i => i.id === sent.message));
  assert.equal((await sara.call('POST', `${v1}/messages/${sent.message}/retry`)).status, 404);
});

test('everything else is as described', async () => {
  for (const where of ['me', 'agents', 'networks', 'labels', 'snippets', 'views', 'unread', 'events?limit=1000', 'search?q=rimborso', 'search?q=Marta'])
    await sara.ok('GET', `${v1}/${where}`);
});
