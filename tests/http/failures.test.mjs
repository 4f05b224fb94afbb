// What can go wrong on the way out, in each network's own words: nothing is lost, nothing is said twice, and a
// colleague sees why.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { accounts, begin, doors, hex, sleep, startHouse, until } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(() => house.stop());
// One story's trouble is not the next one's.
afterEach(async () => {
  await house.net.clear();
  for (const [network, id] of Object.entries(house.channels)) {
    await house.net.call('/sim/hook', { network, access_token: accounts[network].access_token });
    if (house.channel(network).state !== 'on') house.cli('channel', 'resume', id);
  }
});

let count = 0;
const answer = () => `Eccomi, ci penso io (risposta ${++count})`;
const send = async (talk, text, more) => {
  const r = await giulia.reply(talk.id, text, { door: talk.door, ...more });
  assert.equal(r.status, 200, r.text);
};
const unsent = async (talk, text) => (await giulia.message(talk.id, text)).unsent;
const failed = (talk, text, failure) => until(`${talk.door}: ${failure} is shown`, async () => {
  const u = await unsent(talk, text);
  return u?.failure === failure && u;
});
const arrives = async (talk, text, ms) => {
  let m;
  await until(() => `${talk.door}: “${text}” is on the network and on the desk: ${JSON.stringify(m)}`, async () => {
    m = await giulia.message(talk.id, text);
    return !m.unsent && ['sent', 'delivered', 'read', 'published'].includes(m.state);
  }, ms);
  await once(talk, text);
};
const once = async (talk, text) => {
  const { accepted } = await house.net.state();
  assert.deepEqual(accepted.filter(a => a.text === text).map(a => a.count), [1], `${talk.door}: the network took it once`);
  assert.equal((await giulia.messages(talk.id, text)).length, 1, `${talk.door}: it stands once in the story`);
};
const never = async text => assert.deepEqual((await house.net.state()).accepted.filter(a => a.text === text), []);
const balances = () => { const l = house.ledger(); assert.equal(l.code, 0, l.err); assert.equal(l.balanced, true); };
const health = async network => (await anna.json('/desk/channels')).channels.find(c => c.network === network);

const oneDoorEach = { facebook: 'messenger', whatsapp: 'whatsapp', x: 'dm' };

for (const [network, door] of Object.entries(oneDoorEach))
  test(`${network}: a dead token pauses the channel, says so, and the reply goes once when it is renewed`, async () => {
    const talk = await begin(house, giulia, door), text = answer(), second = answer();
    await house.net.call('/sim/hook', { network, access_token: 'another-token' });
    await send(talk, text);
    const shown = await failed(talk, text, 'token');
    assert.ok(shown.words, 'in the network’s words');
    await until('the channel is paused', () => house.channel(network).state === 'paused');
    const seen = await health(network);
    assert.equal(seen.state, 'refused');
    assert.ok(seen.words);
    await send(talk, second);
    assert.equal((await unsent(talk, second)).failure, 'token', 'also one that was not tried says why it does not go');
    assert.ok((await giulia.story(talk.id)).composer.shut.some(d => d.why === 'paused'), 'the composer says that the channel is paused');
    assert.equal((await giulia.story(talk.id)).conversation.place, 'waiting');
    await sleep(700);
    await never(text);
    // an administrator saves the new token in the form; nothing else is touched
    const page = await anna.json(`/desk/channels/${house.channels[network]}`);
    const values = Object.fromEntries(page.fields.map(f => [`set.${f.name}`, f.value]));
    await anna.done(`/desk/channels/${house.channels[network]}`, { name: page.name, ...values, 'set.access_token': 'another-token' });
    await arrives(talk, text);
    await arrives(talk, second);
    const state = await house.net.state();
    const order = state.items.filter(i => i.by_brand && [text, second].includes(i.text)).map(i => i.text);
    assert.deepEqual(order, [text, second], 'in the order in which they were written');
    assert.equal((await health(network)).state === 'refused', false);
    // and back, this time on the command line
    const third = answer();
    await house.net.call('/sim/hook', { network, access_token: accounts[network].access_token });
    await send(talk, third);
    await failed(talk, third, 'token');
    assert.equal(house.cli('channel', 'set', house.channels[network], '--set', `access_token=${accounts[network].access_token}`).code, 0);
    assert.equal(house.cli('channel', 'resume', house.channels[network]).code, 0);
    await arrives(talk, third);
    balances();
  });

for (const door of Object.keys(doors))
  test(`${door}: a lost permission pauses the channel; resumed, the reply goes once`, async () => {
    const talk = await begin(house, giulia, door), text = answer();
    await house.net.fault(talk.network, 'permission');
    await send(talk, text);
    await failed(talk, text, 'permission');
    await until('paused', () => house.channel(talk.network).state === 'paused');
    await sleep(600);
    await never(text);
    await house.net.clear();
    await anna.done(`/desk/channels/${house.channels[talk.network]}/probe`);
    await arrives(talk, text);
    assert.equal(house.channel(talk.network).state, 'on', 'the network’s own yes opened it again');
  });

test('paused by an administrator: said so, and it goes when it is opened again', async () => {
  const talk = await begin(house, giulia, 'whatsapp'), text = answer(), where = `/desk/channels/${house.channels.whatsapp}/state`;
  await anna.done(where, { state: 'paused' });
  await send(talk, text);
  assert.equal((await unsent(talk, text)).failure, 'paused');
  assert.match((await giulia.get(`/desk/c/${talk.id}`)).text, /in pausa|is paused/);
  await sleep(400);
  await never(text);
  await anna.done(where, { state: 'active' });
  await arrives(talk, text);
});

test('x: too many calls: it waits as long as it was told to, and goes by itself', async () => {
  const talk = await begin(house, giulia, 'reply'), other = await begin(house, giulia, 'dm');
  const text = answer(), next = answer();
  await house.net.fault('x', 'rate', 1, 6000);
  const began = Date.now();
  await send(talk, text);
  const shown = await failed(talk, text, 'rate');
  const wait = Date.parse(shown.next) - began, left = Date.parse(shown.next) - Date.now();
  assert.ok(wait > 4500 && left < 8500, `the time it waits for is shown: ${wait} ms, of which ${left} are left`);
  await send(other, next);
  await sleep(500);
  await never(next); // the account has to wait, not only this reply
  assert.equal((await unsent(other, next)).failure, 'rate');
  await arrives(talk, text);
  await arrives(other, next);
  assert.ok(Date.now() - began > 4500);
});

for (const door of ['messenger', 'comment', 'whatsapp'])
  test(`${door}: too many calls: the minute that Meta names is kept`, async () => {
    const talk = await begin(house, giulia, door), text = answer();
    await house.net.fault(talk.network, 'rate', 1, 50000);
    await send(talk, text);
    const shown = await failed(talk, text, 'rate');
    const wait = Date.parse(shown.next) - Date.now();
    assert.ok(wait > 40000 && wait < 61000, `about a minute: ${wait} ms`);
    await sleep(600);
    await never(text);
    assert.equal(house.cli('channel', 'resume', house.channels[talk.network]).code, 0);
    await arrives(talk, text);
  });

test('a promise in a reply that failed is not asked about until it is sent again', async () => {
  const talk = await begin(house, giulia, 'messenger'), text = `${answer()}, la richiamo domani alle 9:30`;
  const promised = async () => (await giulia.story(talk.id)).items.find(i => i.kind === 'promise');
  await house.net.fault('facebook', 'window', 1);
  await send(talk, text);
  await failed(talk, text, 'window');
  const [{ id }] = house.sql(`SELECT CAST(id AS TEXT) AS id FROM promise WHERE conversation_id = ${talk.id}`); // seen by nobody any more
  assert.equal(await promised(), undefined);
  const refused = await giulia.post(`/desk/promise/${id}`, { state: 'open' }, { accept: 'application/json' });
  assert.equal(refused.status, 409, refused.text);
  await giulia.done(`/desk/m/${(await giulia.message(talk.id, text)).id}/retry`, {}, { accept: 'application/json' });
  await arrives(talk, text);
  assert.equal((await promised()).state, 'proposed');
  await giulia.done(`/desk/promise/${id}`, { state: 'open' });
  assert.equal((await promised()).state, 'open');
});

test('the window is closed: the words are kept, other doors are offered, the program does not try again', async () => {
  const talks = [], texts = [];
  for (const door of ['messenger', 'private_reply', 'whatsapp', 'reply']) { talks.push(await begin(house, giulia, door)); texts.push(answer()); }
  for (const network of Object.keys(oneDoorEach)) await house.net.fault(network, 'window', network === 'facebook' ? 2 : 1);
  for (const [i, talk] of talks.entries()) {
    await send(talk, texts[i]);
    const shown = await failed(talk, texts[i], 'window');
    assert.ok(shown.words);
    const story = await giulia.story(talk.id);
    assert.equal(story.conversation.place, 'waiting', 'the person still waits');
    assert.ok(story.items.some(m => m.kind === 'message' && m.text === texts[i]), 'the words are there');
    if (talk.door === 'private_reply')
      assert.ok(story.composer.doors.some(d => d.name === 'comment'), 'the public door is offered');
  }
  await sleep(6500); // longer than the first back-off
  for (const [i, talk] of talks.entries()) {
    const m = await giulia.message(talk.id, texts[i]);
    assert.ok(m.unsent.attempts <= 1 && !m.unsent.next, `${talk.door}: not tried again`);
    await giulia.done(`/desk/m/${m.id}/withdraw`, {}, { accept: 'application/json' });
    const story = await giulia.story(talk.id);
    assert.equal(story.composer.reply.text, texts[i], 'taken back, the words are the draft');
    assert.equal((await giulia.messages(talk.id, texts[i])).length, 0);
  }
  balances();
});

for (const door of Object.keys(doors).filter(d => d !== 'comment')) // who blocks a page does not see its comments
  test(`${door}: the person cannot be reached: said, not tried again, the door is shut`, async () => {
    const talk = await begin(house, giulia, door), text = answer();
    await house.net.fault(talk.network, 'blocked', 1);
    await send(talk, text);
    await failed(talk, text, 'blocked');
    const story = await giulia.story(talk.id);
    assert.equal(story.conversation.place, 'waiting');
    if (door !== 'reply')
      assert.ok(story.composer.shut.some(d => d.why === 'blocked'), `the door is shut: ${JSON.stringify(story.composer.shut)}`);
    assert.equal((await giulia.json(`/desk/c/${talk.id}`)).who.identities.some(i => i.blocked), true, 'flagged on the person');
    assert.equal((await house.net.state()).items.filter(i => i.by_brand && i.text === text).length <= 1, true);
    balances();
  });

for (const door of Object.keys(doors))
  for (const failure of ['gone', 'content'])
    test(`${door}: refused as “${failure}”: shown with the reason, tried again only by hand`, async () => {
      const talk = await begin(house, giulia, door), text = answer();
      await house.net.fault(talk.network, failure, 1);
      await send(talk, text);
      // on Messenger what is gone is a person: nobody to reach
      const shown = await until('the reason', async () => { const u = await unsent(talk, text); return u && !u.next && u; });
      // in private who is gone is a person; WhatsApp has no such word
      const expected = failure !== 'gone' ? failure : { messenger: 'blocked', whatsapp: 'content' }[door] || failure;
      assert.equal(shown.failure, expected);
      await never(text);
      assert.equal((await giulia.story(talk.id)).conversation.place, 'waiting');
      const m = await giulia.message(talk.id, text);
      await giulia.done(`/desk/m/${m.id}/retry`);
      await arrives(talk, text);
    });

test('a network that is down: tried again with growing pauses, and arrives once; others are not held up', async () => {
  const talks = [], texts = [];
  for (const door of Object.keys(doors)) { talks.push(await begin(house, giulia, door)); texts.push(answer()); }
  for (const network of Object.keys(oneDoorEach)) await house.net.fault(network, 'down');
  for (const [i, talk] of talks.entries()) await send(talk, texts[i]);
  for (const [i, talk] of talks.entries()) {
    const shown = await failed(talk, texts[i], 'transient');
    const wait = Date.parse(shown.next) - Date.now();
    assert.ok(wait < 7000, `the next try is shown: ${wait} ms`);
  }
  await house.net.call('/sim/fault', { network: 'x', kind: 'down', times: 0 });
  await arrives(talks[4], texts[4]);
  for (const [i, talk] of talks.slice(0, 4).entries()) assert.ok(await unsent(talk, texts[i]), 'still shown');
  await house.net.clear();
  for (const [i, talk] of talks.entries()) await arrives(talk, texts[i], 30000);
  balances();
});

test('nobody answers at the network’s address for a while: it arrives once', async () => {
  const talk = await begin(house, giulia, 'whatsapp'), text = answer();
  await house.net.fault('whatsapp', 'refused', 1, 1200);
  await send(talk, text);
  await failed(talk, text, 'transient');
  await arrives(talk, text);
});

test('a slow network: it is on its way meanwhile, and arrives once', async () => {
  const talks = [], texts = [], networks = Object.keys(oneDoorEach);
  for (const door of Object.keys(doors)) { talks.push(await begin(house, giulia, door)); texts.push(answer()); }
  for (const network of networks) {
    await house.net.fault(network, 'slow', 4, 5000);
    await house.net.fault(network, 'pause'); // its echo would tell before its answer does
  }
  for (const [i, talk] of talks.entries()) await send(talk, texts[i]);
  let seen;
  await until(() => `on its way: ${seen}`, async () => (seen = (await giulia.message(talks.at(-1).id, texts.at(-1))).state) === 'sending');
  const back = await giulia.post(`/desk/m/${(await giulia.message(talks.at(-1).id, texts.at(-1))).id}/withdraw`, {}, { accept: 'application/json' });
  assert.equal(back.status, 409, 'what is on its way cannot be taken back');
  for (const network of networks) await house.net.call('/sim/fault', { network, kind: 'pause', times: 0 });
  for (const [i, talk] of talks.entries()) await arrives(talk, texts[i]);
});

test('taken, but the answer was lost: unsure, never sent again, settled by the echo or by a colleague', async () => {
  const names = Object.keys(doors), talks = [], texts = [];
  for (const door of names) { talks.push(await begin(house, giulia, door)); texts.push(answer()); }
  const byHand = await begin(house, giulia, 'messenger'), handText = answer();
  const byHandX = await begin(house, giulia, 'dm'), handTextX = answer();
  for (const network of Object.keys(oneDoorEach)) {
    await house.net.fault(network, 'pause');
    await house.net.fault(network, 'timeout');
  }
  const all = [...talks.map((t, i) => [t, texts[i]]), [byHand, handText], [byHandX, handTextX]];
  for (const [talk, text] of all) await send(talk, text);
  for (const [talk, text] of all) {
    const u = await until(`${talk.door}: unsure`, async () => { const u = await unsent(talk, text); return u?.unsure && u; });
    assert.ok(u.words);
    const m = await giulia.message(talk.id, text);
    assert.equal((await giulia.post(`/desk/m/${m.id}/retry`, {}, { accept: 'application/json' })).status, 409, 'no blind second try');
    assert.equal((await giulia.story(talk.id)).conversation.place, 'waiting');
  }
  for (const network of Object.keys(oneDoorEach)) await house.net.call('/sim/fault', { network, kind: 'timeout', times: 0 });
  // the colleague looked on the network before the echo came
  for (const [talk, text] of [[byHand, handText], [byHandX, handTextX]]) {
    const m = await giulia.message(talk.id, text);
    await giulia.done(`/desk/m/${m.id}/settle`, { arrived: '1' });
    assert.equal((await giulia.story(talk.id)).conversation.place, 'answered');
  }
  await house.net.clear();
  for (const [talk, text] of all) await arrives(talk, text);
  await until('every webhook is taken', async () => { const s = await house.net.state(); return ['facebook', 'whatsapp', 'x'].every(n => s[n].hooks_waiting === 0); });
  for (const [talk, text] of all) await once(talk, text);
  balances();
});

test('unsure, and a colleague saw that it did not arrive: it is sent once more', async () => {
  const hole = net.createServer(() => {}); // takes the call and never answers
  await new Promise(ready => hole.listen(0, '127.0.0.1', ready));
  const real = `${house.net.base}/wa`, id = house.channels.whatsapp;
  const talk = await begin(house, giulia, 'whatsapp'), text = answer();
  house.cli('channel', 'set', id, '--set', `api_base=http://127.0.0.1:${hole.address().port}`);
  await send(talk, text);
  await until('unsure', async () => (await unsent(talk, text))?.unsure);
  house.cli('channel', 'set', id, '--set', `api_base=${real}`);
  await never(text);
  await giulia.done(`/desk/m/${(await giulia.message(talk.id, text)).id}/settle`, { arrived: '0' });
  await arrives(talk, text);
  hole.close();
});

for (const fault of ['window', 'blocked'])
  test(`whatsapp: “${fault}” is told before the call is answered: not taken for sent`, async () => {
    const talk = await begin(house, giulia, 'whatsapp'), text = answer();
    await house.net.fault('whatsapp', 'echo-first', 1);
    await house.net.fault('whatsapp', fault, 1);
    await send(talk, text);
    await failed(talk, text, fault);
    await sleep(800);
    await failed(talk, text, fault);
    assert.equal((await giulia.story(talk.id)).conversation.place, 'waiting');
    assert.equal((await giulia.messages(talk.id, text)).length, 1);
    balances();
  });

test('x: access that ends after two hours is renewed by the program, each time with the token it got last', async () => {
  const talk = await begin(house, giulia, 'dm'), where = `/desk/channels/${house.channels.x}`, page = await anna.json(where);
  const values = Object.fromEntries(page.fields.map(f => [`set.${f.name}`, f.value])), save = more => anna.done(where, { name: page.name, ...values, ...more });
  const secrets = () => house.sql(`SELECT ${hex('secrets')} AS s, settings FROM channel WHERE id = ${house.channels.x}`)[0];
  await house.net.call('/sim/hook', { network: 'x', access_token: 'ended' });
  const text = answer(), second = answer();
  await send(talk, text);
  await failed(talk, text, 'token');
  await save({ 'set.client_id': 'our-app', 'set.refresh_token': 'given once' });
  await arrives(talk, text, 30000);
  assert.equal((await health('x')).state, 'well');
  const before = secrets();
  assert.ok(!before.settings.includes('given once'));
  house.write(`UPDATE channel SET access_until = 1 WHERE id = ${house.channels.x}`); // two hours later
  await anna.done(`${where}/probe`);
  await until('it was renewed again, with what came the first time', () => secrets().s !== before.s);
  await send(talk, second);
  await arrives(talk, second);
  // a refresh token that serves no more does not take away what still works
  const third = answer();
  await save({ 'set.client_id': 'our-app', 'set.refresh_token': 'used up' });
  await send(talk, third);
  await arrives(talk, third);
  await save({ 'set.client_id': '', 'set.access_token': accounts.x.access_token });
  balances();
});

test('who could not be reached and writes again is reached again', async () => {
  const talk = await begin(house, giulia, 'messenger'), text = answer(), next = answer();
  await house.net.act({ network: 'facebook', person: talk.person, what: 'block' });
  await send(talk, text);
  await failed(talk, text, 'blocked');
  assert.deepEqual((await giulia.story(talk.id)).composer.doors, []);
  await house.net.act({ network: 'facebook', person: talk.person, what: 'unblock' });
  await house.net.act({ network: 'facebook', person: talk.person, what: 'message', text: `Scusate, ero io ${talk.person}` });
  await until('heard', () => giulia.message(talk.id, `ero io ${talk.person}`));
  await giulia.done(`/desk/m/${(await giulia.message(talk.id, text)).id}/withdraw`, {}, { accept: 'application/json' });
  await send(talk, next);
  await arrives(talk, next);
});

test('the statement of what is owed is right after all of it', balances);
