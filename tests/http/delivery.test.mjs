// What networks do to messages on their way: twice, late, in the wrong order, changed, taken back, forged, of kinds that
// nobody knows. Everyone is on the desk exactly once, with the words they stand by.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { accounts, begin, cli, holds, request, startHouse, until } from './support.mjs';
import { feed, fresh, messenger, post, signed, whatsapp, x } from './payloads.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); });
after(() => house.stop());
afterEach(() => house.net.clear());

const tables = ['person', 'identity', 'conversation', 'message', 'message_edit', 'attachment', 'payload', "event WHERE kind NOT IN ('message.media', 'person.named', 'reply.receipt')", 'early', 'outbox', 'thread', 'reaction']; // without what comes when it comes
const rows = () => house.sql(`SELECT ${tables.map(t => `(SELECT count(*) FROM ${t}) AS ${t.split(' ')[0]}`).join(', ')}`)[0];
const balances = () => { const l = house.ledger(); assert.equal(l.code, 0, l.err); return l; };
const take = async (network, payload) => { const r = await post(house, network, payload); assert.equal(r.status, 200, r.text); };
const quiet = () => until('every webhook is taken', async () => {
  const s = await house.net.state();
  return ['facebook', 'whatsapp', 'x'].every(n => s[n].hooks_waiting === 0);
});
const heard = words => house.sql(`SELECT count(*) AS n FROM message WHERE outbound = 0 AND text LIKE '%${words}%'`)[0].n;
// Everywhere in the database where these words are still written in clear.
const traces = words => house.sql(`
  SELECT 'message' AS place FROM message WHERE text LIKE '%${words}%' OR note LIKE '%${words}%'
  UNION ALL SELECT 'edit' FROM message_edit WHERE text_before LIKE '%${words}%'
  UNION ALL SELECT 'conversation' FROM conversation WHERE preview LIKE '%${words}%'
  UNION ALL SELECT 'payload' FROM payload WHERE ${holds('body', words)}
  UNION ALL SELECT 'event' FROM event WHERE data LIKE '%${words}%'
  UNION ALL SELECT 'thread' FROM thread WHERE title LIKE '%${words}%'
  UNION ALL SELECT 'early' FROM early WHERE text LIKE '%${words}%'`).map(r => r.place);
const found = async words => (await giulia.json('/desk/search?q=' + encodeURIComponent(words))).hits.filter(h => h.kind === 'message');

/* ---- twice ---- */

const id = n => `24100000000${n}`;
const once = {
  'a Messenger message': () => ['facebook', messenger.text(id(1), `Due volte uno ${fresh()}`)],
  'a comment': () => ['facebook', feed('add', { post: `${accounts.facebook.page_id}_771`, comment: `771_${fresh()}`, from: id(2), name: 'Ada Commento', text: 'Due volte due' })],
  'a post on the wall': () => ['facebook', feed('add', { post: `${accounts.facebook.page_id}_${fresh()}`, from: id(3), name: 'Ugo Bacheca', text: 'Due volte tre' })],
  'a WhatsApp message': () => ['whatsapp', whatsapp.hook({ contacts: [whatsapp.contact('393330000001', 'Ida')], messages: [whatsapp.text('393330000001', 'Due volte quattro')] })],
  'a direct message': () => ['x', x.dm('1600000000000000001', 'Leo', 'Due volte cinque')],
  'a mention': () => ['x', x.mention('1600000000000000002', 'Mia', '@prova due volte sei')],
  'a batch of Messenger': () => ['facebook', messenger.many(...[4, 5, 4].map(n => messenger.event(id(n), { message: { mid: 'm_' + fresh(), text: `Insieme ${n}` } })))],
  'a batch of WhatsApp: two entries, three messages, two people, receipts between them': () => ['whatsapp', whatsapp.hook(
    { contacts: [whatsapp.contact('393330000002', 'Ivo')], messages: [whatsapp.text('393330000002', 'Primo'), whatsapp.text('393330000002', 'Secondo')] },
    { contacts: [whatsapp.contact('393330000003', 'Eva')], messages: [whatsapp.text('393330000003', 'Terzo')], statuses: [whatsapp.status('wamid.OF_NOBODY' + fresh(), 'read', '393330000003')] })],
};
for (const [name, make] of Object.entries(once))
  test(`${name} that comes three times is there once`, async () => {
    const [network, payload] = make(), none = rows();
    await take(network, payload);
    const one = rows();
    assert.ok(one.message > none.message, 'it came');
    await take(network, payload);
    await take(network, Buffer.from(JSON.stringify(payload, null, 1))); // other bytes, the same content
    assert.deepEqual(rows(), one, 'no new row anywhere');
    balances();
  });

test('the whole batch is read, not its first entry', async () => {
  const names = ['alfa', 'beta', 'gamma', 'delta'].map(n => n + fresh());
  await take('whatsapp', whatsapp.hook(
    { contacts: [whatsapp.contact('393331000001', 'Uno')], messages: [whatsapp.text('393331000001', names[0]), whatsapp.text('393331000001', names[1])] },
    { contacts: [whatsapp.contact('393331000002', 'Due')], messages: [whatsapp.text('393331000002', names[2]), whatsapp.text('393331000002', names[3])] }));
  for (const name of names) assert.equal(heard(name), 1, name);
});

test('one bad element does not take the others with it: it is kept, the rest is heard', async () => {
  const good = 'resta' + fresh(), before = rows();
  await take('facebook', { object: 'page', entry: [{ id: accounts.facebook.page_id, time: Date.now(), messaging: [
    { sender: 7, recipient: 'no', message: 'what is this' }, messenger.event(id(6), { message: { mid: 'm_' + fresh(), text: good } })] }] });
  assert.equal(heard(good), 1);
  assert.equal(rows().payload, before.payload + 1);
  assert.ok((await giulia.json('/desk/unread')).open >= 1, 'what could not be read is shown');
});

for (const kind of ['duplicate', 'reorder', 'batch', 'bad-signature'])
  test(`the networks misbehave (${kind}): everyone is heard once, in the order of the network`, async () => {
    const words = kind + fresh(), n = 8, kinds = { facebook: 'message', whatsapp: 'message', x: 'message' };
    for (const network of Object.keys(kinds)) {
      await house.net.call('/sim/person', { key: `${kind}-${network}`.replace('-', ''), name: `Persona ${kind}` });
      if (kind !== 'batch' || network !== 'x') await house.net.fault(network, kind, -1, kind === 'reorder' ? 120 : 0);
    }
    for (let i = 0; i < n; i++)
      for (const network of Object.keys(kinds))
        await house.net.act({ network, person: `${kind}-${network}`.replace('-', ''), what: 'message', text: `${words} ${network} ${i}.` });
    await quiet();
    for (const network of Object.keys(kinds)) {
      const texts = house.sql(`SELECT text FROM message WHERE text LIKE '${words} ${network} %' ORDER BY at, id`).map(r => r.text);
      assert.equal(texts.length, n, network);
      assert.equal(new Set(texts).size, n);
      // WhatsApp counts whole seconds: what came in one second has no order of its own
      if (network !== 'whatsapp' || kind === 'duplicate') assert.deepEqual(texts, [...texts].sort(), `${network}: ${kind}`);
    }
    const state = await house.net.state();
    for (const network of Object.keys(kinds)) assert.equal(state[network].forged_taken, 0);
    balances();
  });

test('who has another id on WhatsApp, or another number, is who they were', async () => {
  const old = 'IT.' + fresh(), now = 'IT.' + fresh(), number = '39333' + fresh().slice(-7), words = 'cambio' + fresh();
  const text = (from, body) => ({ id: 'wamid.' + fresh(), ...from, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: `${words} ${body}` } });
  await take('whatsapp', whatsapp.hook({ messages: [text({ from_user_id: old }, 'uno')] }));
  await take('whatsapp', { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'user_id_update', value: { metadata: { phone_number_id: accounts.whatsapp.phone_number_id },
    user_id_update: [{ user_id: { previous: old, current: now }, timestamp: '1763730000' }] } }] }] });
  await take('whatsapp', whatsapp.hook({ messages: [text({ from_user_id: now }, 'due')] }));
  await take('whatsapp', whatsapp.hook({ messages: [{ id: 'wamid.' + fresh(), from_user_id: now, from: '', timestamp: '1763730000', type: 'system', system: { type: 'user_changed_number', body: 'Ha cambiato numero', wa_id: number } }] }));
  await take('whatsapp', whatsapp.hook({ messages: [text({ from: number }, 'tre')] }));
  assert.equal(heard(words), 3);
  assert.equal(house.sql(`SELECT DISTINCT conversation_id FROM message WHERE text LIKE '%${words}%'`).length, 1, 'one story');
});

test('who writes while another application holds the talk is on the desk, which says so until they are answered', async () => {
  const words = 'altrove' + fresh(), event = messenger.event(id(12), { message: { mid: 'm_' + fresh(), text: words } });
  await take('facebook', { object: 'page', entry: [{ id: accounts.facebook.page_id, time: Date.now(), standby: [event] }] });
  const c = await giulia.hear(words), story = await giulia.story(c);
  assert.equal(story.conversation.place, 'waiting');
  assert.equal((await giulia.message(c, words)).standby, true);
  assert.match((await giulia.get(`/desk/c/${c}`)).text, /un’altra vostra applicazione|Another application/);
  const echo = { sender: { id: accounts.facebook.page_id }, recipient: { id: id(12) }, timestamp: Date.now() + 5, message: { mid: 'm_' + fresh(), is_echo: true, app_id: 4711, text: 'Risponde il robot' } };
  await take('facebook', { object: 'page', entry: [{ id: accounts.facebook.page_id, time: Date.now(), standby: [echo] }] });
  assert.equal((await giulia.message(c, words)).standby, false);
  assert.equal((await giulia.story(c)).conversation.place, 'answered', 'and the other application answered them');
});

/* ---- order ---- */

test('an answer that comes before what it answers is heard, and both are one story', async () => {
  const p = `${accounts.facebook.page_id}_${fresh()}`, first = `881_${fresh()}`, second = `881_${fresh()}`, words = 'ordine' + fresh();
  const now = Date.now();
  await take('facebook', feed('add', { post: p, comment: second, parent: first, from: id(7), name: 'Rina Ordine', text: `${words} dopo`, at: now }));
  await take('facebook', feed('add', { post: p, comment: first, from: id(7), name: 'Rina Ordine', text: `${words} prima`, at: now - 60000 }));
  const story = await giulia.story(await giulia.hear(`${words} dopo`));
  assert.deepEqual(story.items.filter(i => i.kind === 'message').map(i => i.text), [`${words} prima`, `${words} dopo`]);
  assert.equal(story.conversation.place, 'waiting');
});

test('a late message from before our answer still waits', async () => {
  const talk = await begin(house, giulia, 'messenger');
  const psid = (await house.net.state()).people.find(p => p.key === talk.person).facebook;
  await giulia.reply(talk.id, `Risposta presto ${talk.person}`);
  await until('answered', async () => (await giulia.story(talk.id)).conversation.place === 'answered');
  await take('facebook', messenger.text(psid, `Arrivo tardi ${talk.person}`, undefined, Date.now() - 120000));
  assert.equal((await giulia.story(talk.id)).conversation.place, 'waiting', 'nobody is forgotten for being slow');
});

for (const door of ['messenger', 'comment', 'private_reply', 'whatsapp', 'reply', 'dm'])
  test(`${door}: our own message comes back before the answer to our call: one row`, async () => {
    const talk = await begin(house, giulia, door), text = `Eco prima della risposta ${talk.person}`;
    await house.net.fault(talk.network, 'echo-first', 1);
    const r = await giulia.reply(talk.id, text, { door });
    assert.equal(r.status, 200, r.text);
    await until('sent', async () => ['sent', 'published', 'delivered', 'read'].includes((await giulia.message(talk.id, text)).state));
    await quiet();
    assert.equal(house.sql(`SELECT count(*) AS n FROM message WHERE text = '${text}'`)[0].n, 1);
    assert.equal((await house.net.state()).accepted.find(a => a.text === text).count, 1);
    assert.equal(house.sql('SELECT count(*) AS n FROM outbox WHERE id IN (SELECT id FROM message WHERE text = \'' + text + '\')')[0].n, 0);
  });

test('two equal answers to one person are two rows, each with its own echo', async () => {
  const talk = await begin(house, giulia, 'messenger'), text = `Va bene ${talk.person}`;
  await house.net.fault('facebook', 'echo-first', 2);
  for (let i = 0; i < 2; i++) assert.equal((await giulia.reply(talk.id, text)).status, 200);
  await until('both sent', async () => (await giulia.messages(talk.id, text)).every(m => m.state !== 'queued' && m.state !== 'sending'));
  await quiet();
  const ids = house.sql(`SELECT external_id FROM message WHERE text = '${text}'`).map(r => r.external_id);
  assert.equal(ids.length, 2);
  assert.equal(new Set(ids).size, 2);
});

test('answered on the network itself: shown once, and the person no longer waits', async () => {
  const person = id(8), words = 'fuori' + fresh();
  await take('facebook', messenger.text(person, `${words} chiedo`));
  const c = await giulia.hear(`${words} chiedo`);
  const echo = { object: 'page', entry: [{ id: accounts.facebook.page_id, time: Date.now(), messaging: [{ sender: { id: accounts.facebook.page_id }, recipient: { id: person }, timestamp: Date.now(), message: { is_echo: true, mid: 'm_' + fresh(), text: `${words} rispondo`, app_id: 1 } }] }] };
  await take('facebook', echo);
  await take('facebook', echo);
  const story = await giulia.story(c);
  assert.equal(story.conversation.place, 'answered');
  assert.equal(story.items.filter(i => i.kind === 'message' && i.ours).length, 1);
  balances();
});

test('read before delivered before sent: it never steps back', async () => {
  const talk = await begin(house, giulia, 'whatsapp'), text = `Passi ${talk.person}`;
  await house.net.fault('whatsapp', 'pause');
  await giulia.reply(talk.id, text);
  const wamid = await until('accepted', async () => (await house.net.accepted(text))[0]?.id);
  const number = (await house.net.state()).people.find(p => p.key === talk.person).whatsapp;
  for (const status of ['read', 'delivered', 'sent', 'delivered']) {
    await take('whatsapp', whatsapp.hook({ statuses: [whatsapp.status(wamid, status, number)] }));
    await until('read', async () => (await giulia.message(talk.id, text)).state === 'read');
  }
  await house.net.clear();
  await quiet();
  assert.equal((await giulia.message(talk.id, text)).state, 'read');
});

test('receipts that come before we know the message’s id are kept for it', async () => {
  const talk = await begin(house, giulia, 'whatsapp'), text = `Presto letta ${talk.person}`;
  await house.net.fault('whatsapp', 'slow', 1, 1200);
  await giulia.reply(talk.id, text);
  const wamid = await until('accepted', async () => (await house.net.accepted(text))[0]?.id);
  await take('whatsapp', whatsapp.hook({ statuses: [whatsapp.status(wamid, 'read', '390000000000')] })); // without our token
  await until('read', async () => (await giulia.message(talk.id, text)).state === 'read');
});

test('read by the person: shown on every private door', async () => {
  for (const door of ['messenger', 'whatsapp', 'dm']) {
    const talk = await begin(house, giulia, door), text = `Lettura ${talk.person}`;
    await giulia.reply(talk.id, text, { door });
    await until('sent', async () => ['sent', 'delivered'].includes((await giulia.message(talk.id, text)).state));
    await house.net.act({ network: talk.network, person: talk.person, what: 'read' });
    await until(`${door}: read`, async () => (await giulia.message(talk.id, text)).state === 'read');
  }
});

/* ---- changed and taken back ---- */

// X tells a brand only of posts that name it.
const summons = door => (door === 'reply' ? '@nuvolamobile ' : '');

for (const door of ['messenger', 'comment', 'reply'])
  test(`${door}: corrected words replace the old ones, which stay readable as such`, async () => {
    const old = 'sbagliato' + fresh(), right = 'corretto' + fresh();
    const talk = await begin(house, giulia, door, old);
    await house.net.act({ network: talk.network, person: talk.person, what: 'edit', to: talk.item, text: summons(door) + `Volevo dire ${right}` });
    const m = await until('the new words', () => giulia.message(talk.id, right));
    assert.ok(m.edited, 'it is marked as edited');
    assert.ok(m.edited.before.includes(old));
    assert.equal((await giulia.messages(talk.id)).filter(i => !i.ours).length, 1, 'one message, not two');
    assert.equal((await found(right)).length, 1);
    assert.equal((await found(old)).length, 0, 'the old words are not found any more');
    assert.ok((await giulia.find(right)), 'the list says the new words');
    balances();
  });

for (const door of ['messenger', 'comment', 'reply'])
  test(`${door}: deleted by its author: withdrawn, the words are gone, nobody waits for it`, async () => {
    const secret = 'segreto' + fresh(), edited = 'ritocco' + fresh();
    const talk = await begin(house, giulia, door, secret);
    await house.net.act({ network: talk.network, person: talk.person, what: 'edit', to: talk.item, text: summons(door) + `Anzi ${edited}` });
    await until('edited', () => giulia.message(talk.id, edited));
    const before = balances();
    const now = (await house.net.state()).items.find(i => i.text.includes(edited)).id;
    await house.net.act({ network: talk.network, person: talk.person, what: 'delete', to: now });
    await until('withdrawn', async () => (await giulia.messages(talk.id)).some(m => m.withdrawn));
    const ledger = balances();
    assert.equal(ledger.withdrawn, before.withdrawn + 1);
    assert.equal(ledger.waiting, before.waiting - 1);
    assert.equal(ledger.received, before.received);
    const story = await giulia.json(`/desk/c/${talk.id}`);
    assert.ok(!JSON.stringify(story.story.items.filter(i => i.kind === 'message')).includes(edited), 'the words are gone from the story');
    assert.equal(await giulia.find(edited), undefined);
    for (const words of [secret, edited]) {
      assert.equal((await found(words)).length, 0, 'search does not find it');
      assert.deepEqual(traces(words), [], `no trace of “${words}” is left`);
    }
  });

test('deleted on the network before it came to us: received and withdrawn, the words never shown', async () => {
  const before = balances(), secret = 'mai' + fresh();
  const p = `${accounts.facebook.page_id}_${fresh()}`, c = `991_${fresh()}`;
  await take('facebook', feed('remove', { post: p, comment: c, from: id(9), name: 'Pia Pentita' }));
  await take('facebook', feed('add', { post: p, comment: c, from: id(9), name: 'Pia Pentita', text: secret }));
  const tweet = fresh(), gone = 'sparito' + fresh();
  await take('x', x.gone(tweet, '1600000000000000009'));
  await take('x', x.mention('1600000000000000009', 'Ennio', `@prova ${gone}`, { id: tweet }));
  const ledger = balances();
  assert.equal(ledger.received, before.received + 2);
  assert.equal(ledger.withdrawn, before.withdrawn + 2);
  assert.equal(ledger.waiting, before.waiting);
  for (const words of [secret, gone]) {
    assert.equal((await found(words)).length, 0);
    assert.deepEqual(traces(words), []);
  }
});

test('deleted after we answered: the story says so, and our answer stays', async () => {
  const talk = await begin(house, giulia, 'comment'), text = `Eccomi subito ${talk.person}`;
  await giulia.reply(talk.id, text, { door: 'comment' });
  await until('answered', async () => (await giulia.story(talk.id)).conversation.place === 'answered');
  await house.net.act({ network: 'facebook', person: talk.person, what: 'delete', to: talk.item });
  await until('withdrawn', async () => (await giulia.messages(talk.id)).some(m => m.withdrawn));
  assert.ok(await giulia.message(talk.id, text));
  balances();
});

test('two people of one batch, of whom one is described, stay two', async () => {
  const one = '39335' + fresh().slice(-7), two = '39336' + fresh().slice(-7), words = 'coppia' + fresh();
  await take('whatsapp', whatsapp.hook({ contacts: [{ ...whatsapp.contact(one, 'Ada Prima'), user_id: 'IT.' + fresh() }],
    messages: [whatsapp.text(one, words + ' uno'), whatsapp.text(two, words + ' due')] }));
  const people = house.sql(`SELECT p.name FROM message m JOIN person p ON p.id = m.person_id WHERE m.text LIKE '${words}%' ORDER BY m.text DESC`).map(r => r.name);
  assert.equal(people[0], 'Ada Prima');
  assert.ok(people[1].endsWith(two.slice(-4)) && !people[1].includes('Ada'), people[1]);
});

test('words changed there and back again end as they are on the network', async () => {
  const comment = `772_${fresh()}`, words = 'andata' + fresh(), at = Math.floor(Date.now() / 1000) - 60;
  const said = (verb, text, after) => { const hook = feed(verb, { post: `${accounts.facebook.page_id}_772`, comment, from: id(12), name: 'Ida Torna', text, at: at * 1000 }); hook.entry[0].time = at + after; return hook; };
  const hooks = [said('add', words + ' alle tre', 0), said('edited', words + ' alle quattro', 5), said('edited', words + ' alle tre', 10), said('edited', words + ' alle quattro', 15)];
  for (const hook of hooks) await take('facebook', hook);
  for (const hook of hooks) await take('facebook', hook);
  assert.deepEqual(house.sql(`SELECT text FROM message WHERE external_id = '${comment}'`), [{ text: words + ' alle quattro' }]);
});

test('a moment told in seconds where milliseconds are expected is the same moment', async () => {
  const words = 'orologio' + fresh(), at = Math.floor(Date.now() / 1000) - 7200;
  await take('facebook', messenger.text(id(13), words, undefined, at));
  assert.deepEqual(house.sql(`SELECT at FROM message WHERE text = '${words}'`), [{ at: at * 1e6 }]);
});

/* ---- reactions ---- */

test('a reaction stands under what it is to: the newest of each person, and none that was taken back', async () => {
  const who = id(14), mid = 'm_' + fresh(), words = 'reagito' + fresh(), now = Date.now();
  await take('facebook', messenger.text(who, words, mid));
  const react = (emoji, at, action = 'react') => take('facebook', messenger.many(messenger.event(who, { reaction: { mid, action, ...(emoji && { emoji, reaction: 'other' }) } }, at)));
  const seen = async () => (await giulia.message(await giulia.hear(words), words)).reactions;
  assert.deepEqual(await seen(), []);
  await react('😡', now + 10);
  assert.deepEqual(await seen(), [{ emoji: '😡', count: 1 }]);
  await react('❤️', now + 30);
  await react('👍', now + 20); /* late */
  assert.deepEqual(await seen(), [{ emoji: '❤️', count: 1 }]);
  const page = await giulia.get('/desk/c/' + await giulia.hear(words));
  assert.ok(page.text.includes('❤️'));
  await react('', now + 40, 'unreact');
  assert.deepEqual(await seen(), []);
  assert.equal((await giulia.messages(await giulia.hear(words), words)).filter(m => m.waiting).length, 1, 'and it still waits, once');

  const comment = `773_${fresh()}`, post_id = `${accounts.facebook.page_id}_773`;
  await take('facebook', feed('add', { post: post_id, comment, from: id(15), name: 'Lia Piace', text: words + ' commento' }));
  for (const [n, type] of [[16, 'like'], [17, 'like'], [18, 'angry']]) {
    const hook = feed('add', { post: post_id, comment, from: id(n), name: 'Altri' });
    Object.assign(hook.entry[0].changes[0].value, { item: 'reaction', reaction_type: type });
    await take('facebook', hook);
  }
  const there = await giulia.message(await giulia.hear(words + ' commento'), 'commento');
  assert.deepEqual(there.reactions, [{ emoji: '👍', count: 2 }, { emoji: '😡', count: 1 }]);
});

test('a reaction that overtakes its message stands under it when it comes', async () => {
  const who = id(19), mid = 'm_' + fresh(), words = 'sorpassato' + fresh(), now = Date.now();
  await take('facebook', messenger.many(messenger.event(who, { reaction: { mid, action: 'react', emoji: '❤️', reaction: 'love' } }, now + 30)));
  await take('facebook', messenger.many(messenger.event(who, { reaction: { mid, action: 'react', emoji: '😡', reaction: 'angry' } }, now + 20)));
  await take('facebook', messenger.text(who, words, mid));
  assert.deepEqual((await giulia.message(await giulia.hear(words), words)).reactions, [{ emoji: '❤️', count: 1 }]);
});

/* ---- what it came from ---- */

test('what a message came from stands on it, in words and as a safe link', async () => {
  const from = '393335' + fresh().slice(-6), words = 'annuncio' + fresh();
  const say = more => take('whatsapp', whatsapp.hook({ contacts: [whatsapp.contact(from, 'Ottavia')], messages: [{ ...whatsapp.text(from, words), ...more }] }));
  await say({ referral: { source_type: 'ad', source_url: 'https://ads.example/1?a=1&b=2', headline: 'Scrivici <b>ora</b>', body: 'Fibra' }, context: { forwarded: true } });
  const id = await giulia.hear(words);
  const first = await giulia.message(id, words);
  assert.deepEqual(first.origin, [{ kind: 'ad', words: 'Scrivici <b>ora</b>: Fibra', link: 'https://ads.example/1?a=1&b=2' }, { kind: 'forwarded', words: null, link: null }]);
  let page = (await giulia.get('/desk/c/' + id)).text;
  assert.match(page, /(annuncio|ad) [«“]Scrivici &lt;b&gt;ora&lt;\/b&gt;: Fibra[»”] <a href="https:\/\/ads\.example\/1\?a=1&amp;b=2" rel="noopener noreferrer"/);
  assert.match(page, / · (Inoltrato|Forwarded)<\/p>/);

  await say({ referral: { source_type: 'ad', source_url: 'javascript:alert(1)', headline: 'Altro' }, group_id: 'Z3J1cHBv' });
  await until('the second is there', async () => (await giulia.messages(id)).length === 2);
  page = (await giulia.get('/desk/c/' + id)).text;
  assert.ok(!page.includes('javascript:alert'), 'no other address than a web address');
  assert.match(page, /(Written in a group|Scritto in un gruppo)/);
  assert.equal((await giulia.messages(id)).filter(m => m.waiting).length, 2, 'and both wait');
});

/* ---- kinds ---- */

test('kinds nobody knows yet are shown as what they are, and somebody waits', async () => {
  const name = 'Zoe ' + fresh(), from = '393334' + fresh().slice(-6);
  const kinds = [{ type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown' }] }, { type: 'hologram', hologram: { x: 1 } },
    { type: 'interactive', interactive: { type: 'call_permission_reply', call_permission_reply: { response: 'accept' } } }, { type: 'location', location: { latitude: 45.46, longitude: 9.19, name: 'Il negozio' } },
    { type: 'contacts', contacts: [{ name: { formatted_name: 'Zio Pino' }, phones: [{ phone: '+39 333 1' }] }] }];
  for (const kind of kinds)
    await take('whatsapp', whatsapp.hook({ contacts: [whatsapp.contact(from, name)], messages: [{ from, id: 'wamid.' + fresh(), timestamp: String(Math.floor(Date.now() / 1000)), ...kind }] }));
  const row = await until('in the list', async () => (await giulia.json('/desk?tab=all')).list.rows.find(r => r.person.name === name));
  const messages = await giulia.messages(row.id);
  assert.equal(messages.length, kinds.length);
  for (const m of messages) assert.ok(m.unsupported || m.text, `something is said: ${JSON.stringify(m)}`);
  assert.ok(messages.slice(0, 3).every(m => m.unsupported?.what), 'what it was');
  assert.ok(messages[3].text.includes('Il negozio') || messages[3].text.includes('45.46'));
  assert.ok(messages.every(m => m.waiting));
  await take('facebook', messenger.many(messenger.event(id(10), { message: { mid: 'm_' + fresh(), attachments: [{ type: 'template_of_2031', payload: { url: 'javascript:alert(1)' } }] } })));
  const page = await giulia.get('/desk?tab=all');
  assert.ok(!/(href|src)="?\s*javascript:/i.test(page.text));
  balances();
});

for (const media of ['sticker', 'location', 'unsupported', 'file'])
  test(`a ${media} from the phone is on the desk`, async () => {
    for (const network of ['whatsapp', 'facebook']) {
      const person = `media${media}${network}`;
      await house.net.call('/sim/person', { key: person, name: `Manda ${media} ${network}` });
      await house.net.act({ network, person, what: 'message', media });
      const theirs = (await house.net.state()).people.find(p => p.key === person)[network]; // Messenger tells no names
      const row = await until('it came', () => house.sql(`SELECT CAST(conversation_id AS TEXT) AS id FROM message WHERE author_id = '${theirs}'`)[0]);
      const [m] = await giulia.messages(row.id);
      assert.ok(m.unsupported || m.text || m.attachments.length, JSON.stringify(m));
      if (media === 'file' || media === 'sticker')
        await until('the file is fetched', async () => (await giulia.messages(row.id))[0].attachments[0]?.state === 'stored');
    }
  });

/* ---- pictures and files ---- */

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const arrived = async (id, index = 0) => until('the file is fetched', async () => {
  const m = (await giulia.messages(id))[index];
  return m.attachments[0]?.state === 'stored' && m.attachments[0];
});
const send = async (network, what, bytes, mime) => {
  const person = 'pic' + fresh(), name = 'Foto ' + person;
  await house.net.call('/sim/person', { key: person, name });
  const { id: item } = await house.net.act({ network, person, what, text: what === 'post' ? `@prova guardate ${person}` : `guardate ${person}`, media: 'picture', mime, bytes: bytes.toString('base64') });
  return { id: await giulia.hear(`guardate ${person}`), person, item, network };
};

for (const [network, what] of [['facebook', 'message'], ['whatsapp', 'message'], ['facebook', 'post'], ['x', 'message']])
  test(`${network} ${what}: a picture is fetched at once and shown inertly`, async () => {
    const talk = await send(network, what, png, 'image/png'), file = await arrived(talk.id);
    assert.equal(file.kind, 'image');
    const r = await giulia.get(file.url);
    assert.equal(r.status, 200);
    assert.deepEqual(r.bytes, png, 'byte for byte');
    assert.equal(r.headers['content-type'], 'image/png');
    assert.match(r.headers['content-security-policy'], /default-src 'none'/);
    assert.match(r.headers['content-security-policy'], /sandbox/);
    assert.equal(r.headers['x-content-type-options'], 'nosniff');
    assert.match(r.headers['cache-control'], /private/);
    assert.notEqual((await request(house.base + file.url)).status, 200, 'not for strangers');
    const page = await giulia.get(`/desk/c/${talk.id}`);
    assert.ok(!/<img[^>]+src="https?:/.test(page.text), 'no picture is loaded from the network by the browser');
  });

for (const [mime, bytes] of [['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'], ['text/html', '<script>alert(1)</script>'], ['image/png; x="', 'no picture at all']])
  test(`what only says that it is a picture (${mime}) cannot run`, async () => {
    const talk = await send('whatsapp', 'message', Buffer.from(bytes), mime), file = await arrived(talk.id);
    const r = await giulia.get(file.url);
    assert.equal(r.status, 200);
    assert.ok(['application/octet-stream', 'image/png'].includes(r.headers['content-type']), r.headers['content-type']);
    if (r.headers['content-type'] !== 'image/png') assert.match(r.headers['content-disposition'], /^attachment/);
    assert.match(r.headers['content-security-policy'], /sandbox/);
    assert.equal(r.headers['x-content-type-options'], 'nosniff');
  });

test('a deleted message takes its picture with it', async () => {
  const talk = await send('facebook', 'message', crypto.randomBytes(64), 'image/png'), file = await arrived(talk.id);
  await house.net.act({ network: 'facebook', person: talk.person, what: 'delete', to: talk.item });
  await until('withdrawn', async () => (await giulia.messages(talk.id))[0].withdrawn);
  assert.equal((await giulia.get(file.url)).status, 404);
  assert.deepEqual(house.sql(`SELECT hash, url, name FROM attachment WHERE id = ${file.id} AND (hash <> '' OR url <> '' OR name <> '')`), []);
  assert.equal(house.sql('SELECT count(*) AS n FROM blob WHERE hash NOT IN (SELECT hash FROM attachment)')[0].n, 0, 'no bytes are left behind');
});

function multipart(fields, file) {
  const boundary = 'prova' + fresh(), parts = [];
  for (const [k, v] of Object.entries(fields)) parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`));
  parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${file.name}"\r\nContent-Type: ${file.mime}\r\n\r\n`), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`));
  return { body: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, accept: 'application/json' } };
}
for (const door of ['messenger', 'whatsapp', 'dm', 'reply', 'comment'])
  test(`${door}: a picture goes out with the words, once`, async () => {
    const talk = await begin(house, giulia, door), { composer } = await giulia.story(talk.id);
    const chosen = composer.doors.find(d => d.name === door), text = `Ecco la foto ${talk.person}`;
    if (!chosen.attachments) return;
    const form = multipart({ csrf: giulia.csrf, door: chosen.value, text, seen: composer.seen, once: composer.once }, { name: 'ricevuta "1".png', mime: 'image/png', bytes: png });
    const r = await giulia.ask(`/desk/c/${talk.id}/reply`, { method: 'POST', ...form });
    assert.equal(r.status, 200, r.text);
    await until('sent', async () => { const m = await giulia.message(talk.id, text); assert.equal(m.unsent, undefined, JSON.stringify(m.unsent)); return ['sent', 'delivered', 'published', 'read'].includes(m.state); });
    const items = (await house.net.state()).items.filter(i => i.by_brand && i.media);
    assert.equal(items.filter(i => i.text === text || i.person === talk.person).length, 1, JSON.stringify(items));
    await quiet();
    assert.equal((await giulia.messages(talk.id)).filter(m => m.ours).length, 1, 'one message of ours');
    assert.equal((await giulia.message(talk.id, text)).attachments.length, 1);
  });

/* ---- whose it is ---- */

const forgeries = {
  'no signature': () => ({}),
  'a byte of the body changed': (network, body) => signed(network, body + ' '),
  'upper case': (network, body) => Object.fromEntries(Object.entries(signed(network, body)).map(([k, v]) => [k, v.slice(0, 7) + v.slice(7).toUpperCase()])),
  'cut short': (network, body) => Object.fromEntries(Object.entries(signed(network, body)).map(([k, v]) => [k, v.slice(0, -2)])),
  'another algorithm': (network, body) => ({ 'x-hub-signature': 'sha1=' + crypto.createHmac('sha1', accounts.facebook.app_secret).update(body).digest('hex') }),
  'the name of the algorithm left out': (network, body) => Object.fromEntries(Object.entries(signed(network, body)).map(([k, v]) => [k, v.slice(7)])),
  'nothing but the name': network => Object.fromEntries(Object.keys(signed(network, '')).map(k => [k, 'sha256='])),
  'another channel’s secret': (network, body) => signed(network === 'x' ? 'facebook' : 'x', body),
};
for (const network of ['facebook', 'whatsapp', 'x'])
  test(`${network}: forged webhooks are refused with 403 and leave no row`, async () => {
    const payload = { facebook: messenger.text(id(11), 'Falso'), whatsapp: whatsapp.hook({ contacts: [whatsapp.contact('393335000001', 'Falso')], messages: [whatsapp.text('393335000001', 'Falso')] }), x: x.dm('1600000000000000011', 'Falso', 'Falso') }[network];
    const body = JSON.stringify(payload), before = rows();
    for (const [name, forge] of Object.entries(forgeries))
      assert.equal((await post(house, network, body, forge(network, body))).status, 403, name);
    assert.deepEqual(rows(), before);
    const other = await request(`${house.base}/hooks/${network}/12345`, { method: 'POST', body, headers: signed(network, body) });
    assert.equal(other.status, 404, 'no such channel');
    const wrong = await request(`${house.base}/hooks/${network === 'x' ? 'facebook' : 'x'}/${house.channels[network]}`, { method: 'POST', body, headers: signed(network, body) });
    assert.equal(wrong.status, 404, 'a channel answers at its own network’s address only');
    await take(network, body);
    assert.equal(rows().message, before.message + 1);
  });

test('handshakes answer exactly the expected bytes, and nobody else', async () => {
  for (const network of ['facebook', 'whatsapp']) {
    const at = `${house.base}/hooks/${network}/${house.channels[network]}`;
    for (const challenge of ['1158201444', '<script>alert(1)</script>', 'spazi e & segni']) {
      const q = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': accounts[network].verify_token, 'hub.challenge': challenge });
      const r = await request(`${at}?${q}`);
      assert.equal(r.status, 200);
      assert.equal(r.text, challenge);
      assert.match(r.headers['content-type'], /^text\/plain/);
      assert.equal(r.headers['x-content-type-options'], 'nosniff');
    }
    for (const wrong of [{ 'hub.verify_token': 'altro' }, { 'hub.verify_token': '' }, { 'hub.verify_token': accounts[network].verify_token + 'x' }]) {
      const q = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': 'si-vede', ...wrong });
      const r = await request(`${at}?${q}`);
      assert.equal(r.status, 403);
      assert.ok(!r.text.includes('si-vede'));
    }
    assert.ok([400, 403].includes((await request(at)).status));
  }
  const crc = 'token<&>' + fresh(), r = await request(`${house.base}/hooks/x/${house.channels.x}?crc_token=${encodeURIComponent(crc)}`);
  assert.equal(r.status, 200);
  assert.deepEqual(r.json(), { response_token: 'sha256=' + crypto.createHmac('sha256', accounts.x.consumer_secret).update(crc).digest('base64') });
  assert.match(r.headers['content-type'], /^application\/json/);
  assert.equal((await request(`${house.base}/hooks/x/${house.channels.x}`)).status, 400);
});

test('ids above 2^53 come out as they went in', async () => {
  const big = '9007199254740993', bigger = '18446744073709551615', words = 'numeri' + fresh(), tweet = '9223372036854775' + fresh().slice(-3);
  await take('x', x.dm(big, 'Grande Numero', `${words} uno`, bigger));
  await take('x', x.mention(big, 'Grande Numero', `@prova ${words} due`, { id: tweet }));
  const c = await giulia.hear(`${words} due`), stored = house.sql(`SELECT external_id, author_id FROM message WHERE text LIKE '%${words}%' ORDER BY at, id`);
  assert.deepEqual(stored.map(r => r.external_id), [bigger, tweet]);
  assert.ok(stored.every(r => r.author_id === big));
  // numbers in the JSON of a vendor keep every digit too
  const body = JSON.stringify(messenger.text('0', `${words} tre`)).replace('"id":"0"', '"id":9007199254740995');
  await take('facebook', body);
  assert.equal(house.sql(`SELECT author_id FROM message WHERE text = '${words} tre'`)[0].author_id, '9007199254740995');
  // ours, through the desk's JSON and the API's
  const token = cli('token', 'add', '--data', house.data, '--brand', house.brand, '--name', 'numeri', '--role', 'read-only').split('\n').pop();
  const api = await request(`${house.base}/api/v1/conversations/${c}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(api.status, 200, api.text);
  const ids = house.sql(`SELECT CAST(id AS TEXT) AS id FROM message WHERE conversation_id = ${c}`).map(r => r.id);
  assert.ok(ids.length && ids.every(i => BigInt(i) > 2n ** 53n), 'ours are above 2^53 too');
  for (const i of ids) {
    assert.ok(api.text.includes(`"${i}"`), 'in the API as a string');
    assert.ok((await giulia.ask(`/desk/c/${c}`, { headers: { accept: 'application/json' } })).text.includes(`"${i}"`));
  }
  assert.ok(!/:\s*\d{16,}[,}\]]/.test(api.text), 'no long number goes unquoted');
});

test('after all of it the ledger balances and nothing stands half', () => {
  balances();
  assert.deepEqual(house.sql('SELECT id FROM outbox'), []);
});
