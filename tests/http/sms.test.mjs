// What is special about short messages through Twilio, told from the phone to the desk and back: delivery notes out of order,
// STOP and START, an answer whose fate is unknown and which the list of messages settles, and what no webhook told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cli, request, sleep, startHouse, until } from './support.mjs';

let house, giulia, hook;
before(async () => {
  house = await startHouse({ on: ['sms'] });
  giulia = await house.colleague('giulia');
  hook = `${house.base}/hooks/sms/${house.channels.sms}`;
  cli('channel', 'set', house.channels.sms, '--set', `status_url=${hook}`, '--data', house.data, '--brand', house.brand);
});
after(() => house.stop());

const network = 'sms';
let count = 0;
async function write(text, more = {}) {
  const person = `ada${++count}`;
  await house.net.call('/sim/person', { key: person, name: `Ada ${count}` });
  await house.net.act({ network, person, what: 'message', text, ...more });
  const id = await giulia.hear(text);
  await giulia.listen(id);
  return { person, id };
}
const accepted = async text => (await house.net.state()).accepted.filter(a => a.text === text).map(a => a.count);
const balances = () => { const l = house.ledger(); assert.equal(l.code, 0, l.err); assert.equal(l.balanced, true); };
// The list is asked every five minutes; whoever changes a channel does not wait for it.
const ask = () => cli('channel', 'set', house.channels.sms, '--set', `status_url=${hook}?n=${++count}`, '--data', house.data, '--brand', house.brand);

test('a webhook is answered with an empty TwiML, an unsigned one is refused', async () => {
  const seen = await until('the network was answered', async () => (await house.net.state()).sms);
  assert.ok(seen);
  const r = await request(hook, { method: 'POST', body: 'MessageSid=SM1&From=%2B39347&To=%2B390110000718&Body=falso', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'AAAA' } });
  assert.equal(r.status, 403);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text = 'falso'")[0].n, 0);
});

test('what became of an answer is told, also out of order', async () => {
  const talk = await write('Avete ricevuto?');
  await house.net.fault(network, 'reorder', 1);
  assert.equal((await giulia.reply(talk.id, 'Sì, ricevuto.')).status, 200);
  await until('it is delivered', async () => (await giulia.message(talk.id, 'Sì, ricevuto.'))?.state === 'delivered');
  await until('all notes are in', async () => (await house.net.state()).sms.hooks_waiting === 0);
  assert.equal((await giulia.message(talk.id, 'Sì, ricevuto.')).state, 'delivered', 'never a step back');
});

test('who writes STOP is not reached, and is again after START', async () => {
  const talk = await write('Basta messaggi');
  await house.net.act({ network, person: talk.person, what: 'block' });
  await until('the door is shut', async () => (await giulia.story(talk.id)).composer.shut.some(d => d.why === 'blocked'));
  await house.net.act({ network, person: talk.person, what: 'unblock' });
  await until('the door is open', async () => (await giulia.story(talk.id)).composer.doors.some(d => d.name === 'sms'));
});

test('an answer whose fate is unknown is not sent twice: the list says that it arrived', async () => {
  const talk = await write('Mi richiamate?'), text = 'La richiamiamo alle dieci.';
  await house.net.fault(network, 'timeout', 1);
  assert.equal((await giulia.reply(talk.id, text)).status, 200);
  await until('the network has it', async () => (await accepted(text)).length);
  ask();
  // the list may tell before our own call gives up, after ten seconds; either way it is known, and nothing is sent again
  await sleep(11_000);
  await until('the list settled it', async () => (await giulia.message(talk.id, text)).state === 'delivered', 40000);
  assert.deepEqual(await accepted(text), [1]);
  assert.equal((await giulia.messages(talk.id, text)).length, 1);
  balances();
});

test('what no webhook told is found in the list, once', async () => {
  await house.net.fault(network, 'pause', -1);
  const person = `ada${++count}`;
  await house.net.call('/sim/person', { key: person, name: 'Ada Persa' });
  await house.net.act({ network, person, what: 'message', text: 'Nessuno mi sente', media: 'picture' });
  ask();
  const id = await giulia.hear('Nessuno mi sente');
  await until('the picture is there', async () => (await giulia.messages(id)).some(m => m.attachments[0]?.state === 'stored'));
  await house.net.call('/sim/clear', {});
  await until('the webhook came late', async () => (await house.net.state()).sms.hooks_waiting === 0);
  assert.equal((await giulia.messages(id, 'Nessuno mi sente')).length, 1);
  balances();
});
