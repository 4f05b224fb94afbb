// What is special about an SMS gateway of one's own: it tells by GETs with a password, and its reports settle an answer whose
// fate was unknown. The gateway itself is in tests/real.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cli, hex, request, startHouse, until } from './support.mjs';

let house, giulia, hook;
before(async () => {
  house = await startHouse({ on: ['kannel'] });
  giulia = await house.colleague('giulia');
  hook = `${house.base}/hooks/kannel/${house.channels.kannel}`;
  cli('channel', 'set', house.channels.kannel, '--set', `report_url=${hook}`, '--data', house.data, '--brand', house.brand);
});
after(() => house.stop());

const words = (id, text) => `?from=%2B393480000077&to=%2B390110000719&text=${encodeURIComponent(text)}&id=${id}&at=1763740011&coding=0&charset=UTF-8`;
const says = (query, password, method = 'GET') => request(hook + query, { method, headers: password ? { authorization: 'Basic ' + Buffer.from(`ascolto:${password}`).toString('base64') } : {} });
const kept = text => house.sql(`SELECT count(*) AS n FROM message WHERE text = '${text}'`)[0].n;

test('a GET with the password is heard once and answered with nothing; without it, it is refused', async () => {
  for (const password of [undefined, '', 'simulatedkannelsecreT'])
    assert.equal((await says(words('a-1', 'falso'), password)).status, 403);
  const r = await says(words('a-2', 'vero'), 'simulatedkannelsecret');
  assert.deepEqual([r.status, r.text], [200, '']); // whatever is said here, Kannel might send to the person
  await giulia.hear('vero');
  assert.equal((await says(words('a-2', 'vero'), 'simulatedkannelsecret')).status, 200);
  assert.deepEqual([kept('vero'), kept('falso')], [1, 0]);
  assert.equal((await says(words('a-3', 'altro modo'), 'simulatedkannelsecret', 'PUT')).status, 405);
});

test('what is no call of Kannel is kept as unread, without the password', async () => {
  assert.equal((await says('?hello=1', 'simulatedkannelsecret')).status, 200);
  const bodies = house.sql(`SELECT ${hex('body')} AS body FROM payload`).map(r => Buffer.from(r.body, 'hex').toString());
  assert.ok(bodies.includes('hello=1'));
  assert.ok(bodies.every(body => !body.includes('simulatedkannel')));
});

test('a report settles an answer whose fate was unknown', async () => {
  await house.net.call('/sim/person', { key: 'ada', name: 'Ada' });
  await house.net.act({ network: 'kannel', person: 'ada', what: 'message', text: 'Mi sentite?' });
  const id = await giulia.hear('Mi sentite?');
  await giulia.listen(id);
  await house.net.fault('kannel', 'pause');
  await house.net.fault('kannel', 'timeout', 1);
  assert.equal((await giulia.reply(id, 'La sentiamo.')).status, 200);
  await until('it is unsure', async () => (await giulia.message(id, 'La sentiamo.')).unsent?.unsure, 40000);
  await house.net.clear();
  await until('the report settled it', async () => (await giulia.message(id, 'La sentiamo.')).state === 'delivered', 40000);
  assert.deepEqual((await house.net.state()).accepted.filter(a => a.text === 'La sentiamo.').map(a => a.count), [1]);
  assert.equal(house.ledger().balanced, true);
});
