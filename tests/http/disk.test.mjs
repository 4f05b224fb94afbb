// SPDX-License-Identifier: Apache-2.0
// A disk that turns read-only or full, SQLite's mapped -shm file on it included: what cannot be stored is refused, and what
// was acknowledged is there. Where even that memory fails the program ends with one line, to be started again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Disk } from '../chaos/disk.mjs';
import { engine, request, startHouse, until } from './support.mjs';
import { post, whatsapp } from './payloads.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ascolto-disk-')), outside = process.env.TMPDIR;
const skip = engine !== 'sqlite' && 'skipped: only SQLite maps a file';
let disk, house, said = 0;
before(async () => {
  if (skip) return;
  disk = new Disk(folder, 200);
  process.env.TMPDIR = disk.path; // where houses are made
  house = await startHouse();
});
after(async () => {
  if (outside === undefined) delete process.env.TMPDIR; else process.env.TMPDIR = outside;
  if (disk?.lockable) await disk.unlock();
  if (disk?.mounted) disk.empty();
  await house?.stop();
  disk?.close(false);
  fs.rmSync(folder, { recursive: true, force: true });
});

const say = () => { said++; return post(house, 'whatsapp', whatsapp.hook({ contacts: [whatsapp.contact('393330000001', 'Ada')], messages: [whatsapp.text('393330000001', `parola ${said}`, `wamid.${said}`)] })); };
const here = () => house.sql(`SELECT external_id FROM message WHERE external_id LIKE 'wamid.%'`).map(m => m.external_id);

test('read-only: what comes is refused, pages are shown, and it goes on when the disk does', { skip, timeout: 60000 }, async t => {
  if (!disk.lockable) { t.skip(`skipped: ${disk.why || 'files cannot be made immutable here'}`); return; }
  const pid = house.server.child.pid, kept = [];
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 3; n++) if ((await say()).status === 200) kept.push(`wamid.${said}`);
    await request(house.base + '/healthz');
    const giulia = round === 0 ? await house.colleague('giulia') : house.giulia;
    house.giulia = giulia;
    assert.equal((await giulia.get('/desk')).status, 200);
    if (round % 2) house.write('PRAGMA wal_checkpoint(PASSIVE)'); // then the next writer begins the log anew, in the mapped memory first
    execFileSync('sync', ['-f', disk.path]); // from here on a mapped page that is changed asks the disk again
    await disk.lock({ all: true });
    try {
      for (let n = 0; n < 3; n++) {
        const refused = await say();
        assert.equal(refused.status, 503, refused.text);
        assert.equal((await giulia.get('/desk')).status, 200);
      }
    } finally { await disk.unlock(); }
    assert.equal(house.server.child.pid, pid);
    assert.equal(house.server.child.exitCode, null, house.server.log.slice(-500));
    const again = await say();
    assert.equal(again.status, 200, again.text);
    kept.push(`wamid.${said}`);
  }
  assert.equal(kept.length, 20);
  assert.deepEqual(kept.filter(id => !here().includes(id)), []);
  assert.equal(house.ledger().code, 0);
});

test('full: what comes is refused, and it goes on when there is room', { skip, timeout: 60000 }, async t => {
  if (!disk.mounted) { t.skip(`skipped: ${disk.why}`); return; }
  const kept = [];
  await disk.fill();
  try {
    let refused = 0;
    for (let n = 0; n < 2000 && refused < 20; n++) { const r = await say(); if (r.status === 200) kept.push(`wamid.${said}`); else { assert.equal(r.status, 503, r.text); refused++; } }
    assert.equal(refused, 20);
  } finally { disk.empty(); }
  assert.equal(house.server.child.exitCode, null, house.server.log.slice(-500));
  assert.equal((await until('there is room', async () => { const r = await say(); return r.status === 200 && r; })).status, 200);
  const there = new Set(here());
  assert.deepEqual(kept.filter(id => !there.has(id)), []);
});

test('where the mapped memory itself fails, it ends with one line, and what was acknowledged is there', { skip, timeout: 60000 }, async () => {
  assert.equal((await say()).status, 200);
  const last = `wamid.${said}`, before = house.server.log.length;
  fs.truncateSync(path.join(house.data, 'ascolto.db-shm'), 0); // as a disk that can no longer be read
  await say().catch(() => {});
  const { code, signal } = await house.server.ended;
  assert.deepEqual([code, signal], [1, null]);
  const lines = house.server.log.slice(before).split('\n').filter(Boolean).map(line => JSON.parse(line));
  const told = lines.filter(l => l.level === 'error' && /-shm file\) failed/.test(l.message));
  assert.equal(told.length, 1, house.server.log.slice(before));
  await house.start();
  assert.ok(here().includes(last));
  assert.equal((await say()).status, 200);
  assert.equal(house.ledger().code, 0);
});
