// SPDX-License-Identifier: Apache-2.0
// Pages that were foreseen whole (one journey to the server) show at once what came since.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse } from './support.mjs';

let house, anna, giulia;
before(async () => {
  house = await startHouse();
  [anna, giulia] = [await house.colleague('anna'), await house.colleague('giulia')];
});
after(() => house.stop());

test('a page that was seen before shows what it did not have then', async () => {
  await house.net.call('/sim/person', { key: 'nora', name: 'Nora Valli' });
  await house.net.act({ network: 'whatsapp', person: 'nora', what: 'message', text: 'La lampada non si accende' });
  const id = await giulia.hear('La lampada non si accende'), page = `/desk/c/${id}`;
  const story = async () => { const r = await giulia.get(page); assert.equal(r.status, 200); return r.text; };
  for (let i = 0; i < 4; i++) assert.match(await story(), /La lampada non si accende/);
  for (const words of ['Ha una lampada del 2024', 'Ne ha due']) { // entries, that were not asked for at first; then one more
    assert.doesNotMatch(await story(), new RegExp(words));
    assert.equal((await anna.post(`${page}/note`, { text: words })).status, 303);
    for (let i = 0; i < 3; i++) assert.match(await story(), new RegExp(words));
  }
  await house.net.act({ network: 'whatsapp', person: 'nora', what: 'message', text: 'E adesso fuma' });
  await giulia.hear('E adesso fuma');
  for (let i = 0; i < 2; i++) assert.match(await story(), /E adesso fuma/);
});

test('a list that was seen before shows whom somebody asks about now', async () => {
  await house.net.call('/sim/person', { key: 'ivo', name: 'Ivo Terzi' });
  await house.net.act({ network: 'whatsapp', person: 'ivo', what: 'message', text: 'Quanto dura la garanzia' });
  const id = await giulia.hear('Quanto dura la garanzia');
  await giulia.post(`/desk/c/${id}/close`, { outcome: 'answered', reason: 'test' });
  const list = async () => (await giulia.get('/desk?tab=mine')).text;
  for (let i = 0; i < 3; i++) assert.doesNotMatch(await list(), /Ivo Terzi/);
  assert.equal((await anna.post(`/desk/c/${id}/note`, { text: '@Giulia Riva, che ne dici?' })).status, 303);
  for (let i = 0; i < 3; i++) assert.match(await list(), /Ivo Terzi/);
});
