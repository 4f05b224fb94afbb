// Nobody is forgotten: not by a crash, a lost connection, a colleague who is away, two who answer at once. After each
// story the ledger is recomputed from the log and from the messages, and must balance.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { begin, doors, sleep, startHouse, stream, tempDir, until } from './support.mjs';
import { fresh, messenger, post, whatsapp } from './payloads.mjs';

let house, giulia, luca, anna, rita;
before(async () => {
  house = await startHouse();
  [giulia, luca, anna, rita] = await Promise.all(['giulia', 'luca', 'anna', 'rita'].map(house.colleague));
});
after(() => house.stop());
afterEach(async () => { await house.net.clear(); balances(); });

const balances = (h = house) => {
  const l = h.ledger();
  assert.equal(l.code, 0, `${l.err} ${JSON.stringify(l.differences)}`);
  assert.equal(l.balanced, true);
  assert.equal(l.received, l.waiting + l.answered + l.closed + l.set_aside + l.withdrawn);
  return l;
};
const agent = name => house.sql(`SELECT CAST(id AS TEXT) AS id FROM agent WHERE name LIKE '${name}%'`)[0].id;
const place = async id => (await giulia.story(id)).conversation.place;
const row = async (id, tab = 'all') => (await giulia.rows(tab)).find(r => r.id === id);
const sent = (talk, text, h = house, who = giulia) => until(`“${text}” is sent`, async () => {
  const m = await who.message(talk.id, text);
  return m && ['sent', 'delivered', 'read', 'published'].includes(m.state);
});
const accepted = async (text, h = house) => (await h.net.state()).accepted.filter(a => a.text === text).reduce((n, a) => n + a.count, 0);
const quiet = h => until('every webhook is taken', async () => {
  const s = await h.net.state();
  return ['facebook', 'whatsapp', 'x'].every(n => s[n].hooks_waiting === 0);
}, 40000);
// The address stays the same: who was there stays signed in.
const restart = () => again(house, giulia);
const again = async (h, colleague) => { await h.start(); colleague.base = h.base; return colleague; };

/* ---- time to take it back, and crashes ---- */

test('a reply can be taken back until it goes; killed in that moment, it goes once after the start', async t => {
  const slow = await startHouse({ undo: 6 });
  t.after(() => slow.stop());
  const colleague = await slow.colleague('giulia');
  const talk = await begin(slow, colleague, 'messenger'), wrong = `No aspetta ${fresh()}`, right = `Ecco ${fresh()}`;
  await colleague.reply(talk.id, wrong);
  const m = await colleague.message(talk.id, wrong);
  assert.equal(m.state, 'queued');
  assert.ok(Date.parse(m.sends_at) > Date.now(), 'it says until when it can be taken back');
  await colleague.done(`/desk/m/${m.id}/withdraw`);
  assert.equal((await colleague.story(talk.id)).composer.reply.text, wrong, 'the words are the draft again');
  await colleague.reply(talk.id, right);
  await slow.kill(); // committed, not yet sent
  assert.equal(await accepted(right, slow), 0);
  await again(slow, colleague);
  await sent(talk, right, slow, colleague);
  assert.equal(await accepted(right, slow), 1);
  assert.equal(await accepted(wrong, slow), 0);
  balances(slow);
});

test('killed while the network answers: not sent again, the echo tells that it arrived', async () => {
  const talks = [];
  for (const door of Object.keys(doors)) talks.push([await begin(house, giulia, door), `Sul filo ${fresh()}`]);
  for (const network of ['facebook', 'whatsapp', 'x']) await house.net.fault(network, 'slow', -1, 2500);
  for (const [talk, text] of talks) assert.equal((await giulia.reply(talk.id, text, { door: talk.door })).status, 200);
  for (const [, text] of talks) await until('the network has it', async () => (await accepted(text)) === 1);
  await house.kill();
  await house.net.clear();
  await restart();
  for (const [talk, text] of talks) {
    await sent(talk, text);
    assert.equal((await giulia.messages(talk.id, text)).length, 1);
    assert.equal(await accepted(text), 1);
  }
});

test('killed three times while people write: nobody is lost, nobody is there twice', async () => {
  const words = `Tempesta ${fresh()}`, said = [];
  const writes = Object.entries(doors);
  const write = async i => {
    const [door, { network, what }] = writes[i % writes.length], person = `st${i % 9}`;
    await house.net.call('/sim/person', { key: person, name: `Scrive ${i % 9}` });
    const text = `${words} numero ${i} ${door}.`;
    await house.net.act({ network, person, what, text });
    said.push(text);
  };
  for (let i = 0; i < 50; i++) {
    if (i % 15 === 8) await house.kill();
    await write(i);
    if (i % 15 === 13) await again(house, giulia);
  }
  await quiet(house);
  const rows = house.sql(`SELECT text FROM message WHERE text LIKE '%${words}%'`).map(r => r.text.replace('@nuvolamobile ', ''));
  assert.deepEqual(rows.sort(), [...said].sort());
  const l = balances();
  assert.ok(l.waiting >= said.length);
});

/* ---- live ---- */

test('a page that lost its connection is told what it missed, and nothing twice', async () => {
  const first = await stream(giulia).ready();
  assert.match(first.type, /^text\/event-stream/);
  const talk = await begin(house, giulia, 'whatsapp');
  await first.hears('the message', e => e.event === 'message' && e.data.conversation === talk.id);
  const last = await until('its id', () => first.last());
  first.close();
  const missed = [await begin(house, giulia, 'messenger'), await begin(house, giulia, 'dm')];
  const second = await stream(giulia, { last }).ready();
  for (const m of missed) await second.hears('what was missed', e => e.event === 'message' && e.data.conversation === m.id);
  assert.ok(second.events.every(e => !e.id || BigInt(e.id) > BigInt(last)), 'only what came after');
  const ids = second.events.filter(e => e.id).map(e => e.id);
  assert.equal(new Set(ids).size, ids.length);
  second.close();
});

test('a page that opens when nobody was there is told what comes from then on, also beside one that resumes', async () => {
  const first = await stream(giulia).ready();
  const talk = await begin(house, giulia, 'whatsapp');
  await first.hears('the message', e => e.data.conversation === talk.id);
  const last = await until('its id', () => first.last());
  first.close();
  const unheard = await begin(house, giulia, 'reply'); // while no page is open; nothing follows of it, as a name does in Messenger
  const fresh = await stream(luca).ready(), resumed = await stream(giulia, { last }).ready();
  const heard = await begin(house, giulia, 'dm');
  await fresh.hears('what came now', e => e.data.conversation === heard.id);
  await resumed.hears('what was missed', e => e.data.conversation === unheard.id);
  await resumed.hears('what came now', e => e.data.conversation === heard.id);
  assert.ok(!fresh.events.some(e => e.data.conversation === unheard.id), 'nothing from before it opened');
  fresh.close();
  resumed.close();
});

test('the server starts anew: the stream goes on where it was', async () => {
  const first = await stream(giulia).ready();
  await luca.act((await begin(house, luca, 'messenger')).id, 'priority', { priority: 'high' });
  const last = await until('an id', () => first.last());
  await house.server.stop(); // drained, not killed
  await until('the stream ended', () => !first.open);
  await house.net.call('/sim/person', { key: 'intanto', name: 'Intanto Scrivo' });
  await house.net.act({ network: 'facebook', person: 'intanto', what: 'message', text: 'Intanto che siete chiusi' });
  await restart();
  const second = await stream(giulia, { last }).ready();
  const id = await giulia.hear('Intanto che siete chiusi');
  await second.hears('what was written meanwhile', e => e.data.conversation === id);
  second.close();
});

test('after a night a page reloads instead of replaying it', async () => {
  const first = await stream(giulia).ready();
  const talk = await begin(house, giulia, 'messenger');
  const last = await until('an id', () => first.last());
  first.close();
  for (let i = 0; i < 260; i++)
    await luca.act(talk.id, 'priority', { priority: i % 2 ? 'high' : 'low' });
  for (let i = 0; i < 260; i++)
    await luca.act(talk.id, 'priority', { priority: i % 2 ? 'high' : 'low' });
  const second = await stream(giulia, { last }).ready();
  await second.hears('reload', e => e.event === 'reload');
  second.close();
});

test('the stream is for colleagues only', async () => {
  const stranger = await stream({ base: house.base, cookie: () => '' }).ready();
  assert.equal(stranger.open, false);
  assert.ok([401, 303].includes(stranger.status));
});

/* ---- two colleagues ---- */

test('who is reading and who is writing is seen by the others at once', async () => {
  const talk = await begin(house, giulia, 'messenger'), listening = await stream(luca).ready();
  await giulia.post(`/desk/c/${talk.id}/presence`, { doing: 'writing' });
  await listening.hears('presence', e => e.event === 'presence' && e.data.conversation === talk.id);
  const { beings } = await luca.story(talk.id);
  assert.deepEqual(beings.map(b => [b.name, b.doing]), [['Giulia Riva', 'writing']]);
  assert.deepEqual((await giulia.story(talk.id)).beings, [], 'nobody is told of themselves');
  assert.equal((await luca.rows('all')).find(r => r.id === talk.id).being.doing, 'writing');
  await giulia.post(`/desk/c/${talk.id}/presence`, { doing: 'gone' });
  await until('gone', async () => (await luca.story(talk.id)).beings.length === 0);
  listening.close();
});

test('two answer at once: the second is told, and can still send', async () => {
  const talk = await begin(house, giulia, 'whatsapp');
  const lucas = (await luca.story(talk.id)).composer;
  await giulia.reply(talk.id, 'La prima risposta');
  const form = { door: lucas.doors[0].value, text: 'La seconda risposta', seen: lucas.seen, once: lucas.once };
  const refused = await luca.post(`/desk/c/${talk.id}/reply`, form, { accept: 'application/json' });
  assert.equal(refused.status, 409);
  assert.match(refused.text, /A colleague answered/);
  assert.equal((await luca.story(talk.id)).composer.reply.text, 'La seconda risposta', 'the words are kept');
  const page = await luca.post(`/desk/c/${talk.id}/reply`, form);
  assert.equal(page.status, 303);
  const shown = await luca.json(page.headers.location.replace(/#.*/, ''));
  assert.equal(shown.story.composer.meanwhile?.by.name, 'Giulia Riva');
  assert.equal((await luca.post(`/desk/c/${talk.id}/reply`, { ...form, anyway: '1' })).status, 303);
  await sent(talk, 'La seconda risposta');
  assert.equal(await accepted('La seconda risposta'), 1);
});

test('two at the very same moment: one goes, one is told', async () => {
  for (let i = 0; i < 5; i++) {
    const talk = await begin(house, giulia, 'messenger'), words = `Insieme ${fresh()}`;
    // both have read before either has written
    const forms = await Promise.all([giulia, luca].map(async who => ({ who, composer: (await who.story(talk.id)).composer })));
    const [a, b] = await Promise.all(forms.map(({ who, composer: { doors, seen, once } }) =>
      who.post(`/desk/c/${talk.id}/reply`, { door: doors[0].value, text: `${words} ${who === giulia}`, seen, once }, { accept: 'application/json' })));
    assert.deepEqual([a.status, b.status].sort(), [200, 409]);
    await until('sent', async () => (await house.net.accepted(words)).length === 1);
  }
});

test('the same form sent many times at once is one message', async () => {
  const talk = await begin(house, giulia, 'messenger'), text = `Una volta sola ${fresh()}`, { composer } = await giulia.story(talk.id);
  const form = { door: composer.doors[0].value, text, seen: composer.seen, once: composer.once };
  const answers = await Promise.all(Array.from({ length: 8 }, () => giulia.post(`/desk/c/${talk.id}/reply`, form)));
  assert.ok(answers.every(r => r.status === 303), answers.map(r => r.status).join());
  await sent(talk, text);
  await giulia.post(`/desk/c/${talk.id}/reply`, form);
  await sleep(400);
  assert.equal((await giulia.messages(talk.id, text)).length, 1);
  assert.equal(await accepted(text), 1);
});

test('words that were sent do not stand in the composer again, however late the page’s last draft of them comes', async () => {
  const talk = await begin(house, giulia, 'messenger'), text = `Le richiamo io ${fresh()}`, door = (await giulia.story(talk.id)).composer.doors[0].value;
  const draft = words => giulia.post(`/desk/c/${talk.id}/draft`, { kind: 'reply', door, text: words }, { accept: 'application/json' });
  const kept = async () => (await giulia.story(talk.id)).composer.reply.text;
  assert.equal((await draft(text)).status, 200);
  assert.equal(await kept(), text, 'before');
  await giulia.reply(talk.id, text);
  assert.equal(await kept(), '');
  assert.equal((await draft(`${text} `)).status, 200);
  assert.equal(await kept(), '', 'after');
  assert.equal((await draft(`${text} E grazie.`)).status, 200);
  assert.equal(await kept(), `${text} E grazie.`, 'other words are kept');
  await sent(talk, text);
});

test('an older draft that comes after its form’s reply was sent is not kept, nor does it replace a newer one', async () => {
  const talk = await begin(house, giulia, 'messenger'), text = `Le scrivo appena so ${fresh()}`, { composer } = await giulia.story(talk.id);
  const door = composer.doors[0].value, kept = async () => (await giulia.story(talk.id)).composer.reply.text;
  const draft = (words, once) => giulia.post(`/desk/c/${talk.id}/draft`, { kind: 'reply', door, text: words, once }, { accept: 'application/json' });
  assert.equal((await draft('Le scr', composer.once)).status, 200);
  assert.equal(await kept(), 'Le scr');
  assert.equal((await giulia.reply(talk.id, text, { once: composer.once })).status, 200);
  assert.equal((await draft('Le scrivo app', composer.once)).status, 200);
  assert.equal(await kept(), '', 'the form is done');
  const next = (await giulia.story(talk.id)).composer.once;
  assert.notEqual(next, composer.once);
  assert.equal((await draft('E poi', next)).status, 200);
  assert.equal((await draft('Le scrivo app', composer.once)).status, 200);
  assert.equal(await kept(), 'E poi', 'what was begun after it stays');
  await sent(talk, text);
});

test('what came while the reply was written still waits', async () => {
  const talk = await begin(house, giulia, 'whatsapp'), { composer } = await giulia.story(talk.id);
  await house.net.act({ network: 'whatsapp', person: talk.person, what: 'message', text: `Anzi, un’altra cosa ${talk.person}` });
  await until('heard', () => giulia.message(talk.id, `un’altra cosa ${talk.person}`));
  const text = `Rispondo alla prima ${talk.person}`;
  await giulia.post(`/desk/c/${talk.id}/reply`, { door: composer.doors[0].value, text, seen: composer.seen, once: composer.once });
  await sent(talk, text);
  const items = await giulia.messages(talk.id);
  assert.equal(items.find(i => i.text.includes('Non mi funziona')).waiting, false);
  assert.equal(items.find(i => i.text.includes('un’altra cosa')).waiting, true);
  assert.equal(await place(talk.id), 'waiting');
});

/* ---- endings, and coming back ---- */

test('closed without a reply: by name, with a reason; who writes again waits again', async () => {
  const talk = await begin(house, giulia, 'messenger'), before = balances();
  await giulia.refused(talk.id, 'close', { reason: '' }, 'not without a reason');
  await giulia.refused(talk.id, 'close', { reason: 'other', words: '' });
  await giulia.done(`/desk/c/${talk.id}/close`, { reason: 'thanks' });
  assert.equal(await place(talk.id), 'closed');
  let now = balances();
  assert.equal(now.closed, before.closed + 1);
  assert.equal(now.waiting, before.waiting - 1);
  const closed = (await giulia.story(talk.id)).items.find(i => i.kind === 'closed');
  assert.equal(closed.by.name, 'Giulia Riva');
  await giulia.refused(talk.id, 'close', { reason: 'thanks' }, 'once');
  await house.net.act({ network: 'facebook', person: talk.person, what: 'message', text: `Non era finita ${talk.person}` });
  await until('waits again', async () => (await place(talk.id)) === 'waiting');
  await giulia.done(`/desk/c/${talk.id}/close`, { reason: 'other', words: 'mi ha chiamato al telefono' });
  await giulia.done(`/desk/c/${talk.id}/reopen`);
  assert.equal(await place(talk.id), 'waiting');
});

test('set aside by name and reason; one boundary reply; taken back without loss', async () => {
  const talk = await begin(house, giulia, 'messenger', 'Siete dei ladri e basta'), before = balances();
  await giulia.refused(talk.id, 'aside', { what: 'troll', reason: ' ' });
  await giulia.done(`/desk/c/${talk.id}/aside`, { what: 'troll', reason: 'insulta e non chiede nulla' });
  assert.equal(await place(talk.id), 'aside');
  assert.equal(balances().set_aside, before.set_aside + 1);
  assert.ok((await giulia.json('/desk/aside')).kept.some(k => k.conversation === talk.id));
  assert.equal((await giulia.story(talk.id)).menus.boundary_left, true);
  const text = `Quando vorrà, siamo qui ${talk.person}`;
  assert.equal((await giulia.reply(talk.id, text)).status, 200);
  await sent(talk, text);
  const second = await giulia.reply(talk.id, 'E ancora');
  assert.equal(second.status, 409, 'only one');
  await giulia.done(`/desk/c/${talk.id}/back`, { reason: 'era solo arrabbiata' });
  const now = balances();
  assert.equal(now.set_aside, before.set_aside);
  assert.equal((await giulia.story(talk.id)).items.some(i => i.kind === 'back'), true);
});

test('spam is set aside as spam, on its story and where it is kept', async () => {
  const talk = await begin(house, giulia, 'messenger', 'Diecimila follower a dieci euro, clicca qui');
  await giulia.refused(talk.id, 'aside', { what: 'other', reason: 'vende follower' });
  await giulia.done(`/desk/c/${talk.id}/aside`, { what: 'spam', reason: 'vende follower' });
  assert.equal((await giulia.story(talk.id)).items.find(i => i.kind === 'aside').what, 'spam');
  assert.equal((await giulia.json('/desk/aside')).kept.find(k => k.conversation === talk.id).what, 'spam');
});

test('one set aside who writes again is heard', async () => {
  const talk = await begin(house, giulia, 'whatsapp', 'Buffoni');
  await giulia.done(`/desk/c/${talk.id}/aside`, { what: 'troll', reason: 'provoca' });
  await house.net.act({ network: 'whatsapp', person: talk.person, what: 'message', text: `Sul serio: sono senza linea da ieri ${talk.person}` });
  await until('waits', async () => (await place(talk.id)) === 'waiting');
  assert.ok(await row(talk.id, 'waiting'), 'in the list of those who wait');
});

test('asleep until they write', async () => {
  const talk = await begin(house, giulia, 'messenger');
  await giulia.done(`/desk/c/${talk.id}/snooze`, { until: 'written' });
  assert.equal(await row(talk.id, 'waiting'), undefined);
  assert.equal(balances().balanced, true, 'asleep is still waiting in the ledger');
  await house.net.act({ network: 'facebook', person: talk.person, what: 'message', text: `Eccomi di nuovo ${talk.person}` });
  await until('awake', () => row(talk.id, 'waiting'));
});

test('asleep until a moment: wakes by itself', async () => {
  const talk = await begin(house, giulia, 'messenger');
  const rome = at => new Date(at).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' }).replace(' ', 'T') + 'Z';
  await giulia.refused(talk.id, 'snooze', { until: 'date', date: rome(Date.now() - 3600e3) }, 'not in the past');
  await giulia.refused(talk.id, 'snooze', { until: 'date', date: 'domani' });
  const back = await giulia.act(talk.id, 'snooze', { until: 'date', date: 'domani', list: 'tab=mine' });
  assert.deepEqual([back.status, back.headers.location], [303, `/desk/c/${talk.id}?tab=mine#latest`], 'a colleague is told on the story, beside the same list');
  assert.match((await giulia.get(`/desk/c/${talk.id}`)).text, /id="toast"[^>]*><span>(Non è stato fatto\. Non è un momento futuro|Not done\. This is not a moment in the future)\./);
  await giulia.done(`/desk/c/${talk.id}/snooze`, { until: 'date', date: rome(Date.now() + 5000) });
  assert.equal(await row(talk.id, 'waiting'), undefined);
  await until('awake', () => row(talk.id, 'waiting'));
});

test('handed over with a reason and a summary; counted, and warned from the first time on', async () => {
  const talk = await begin(house, giulia, 'messenger');
  await giulia.refused(talk.id, 'hand', { to: `agent:${agent('Luca')}`, reason: 'è suo', summary: '' }, 'nobody repeats their story');
  await giulia.refused(talk.id, 'hand', { to: `agent:${agent('Rita')}`, reason: 'è suo', summary: 'ha chiamato' }, 'not to one who only reads');
  assert.ok(!(await giulia.get(`/desk/c/${talk.id}`)).text.includes('già passato di mano'));
  await giulia.done(`/desk/c/${talk.id}/hand`, { to: `agent:${agent('Luca')}`, reason: 'conosce il caso', summary: 'ha il modem rotto da lunedì' });
  await luca.done(`/desk/c/${talk.id}/hand`, { to: `agent:${agent('Anna')}`, reason: 'serve un rimborso', summary: 'modem cambiato, vuole i soldi' });
  const story = await giulia.story(talk.id), hands = story.items.filter(i => i.kind === 'hand');
  assert.equal(story.conversation.hands, 2);
  assert.deepEqual(hands.map(h => [h.from.name, h.to.name, h.number]), [['Giulia Riva', 'Luca Ferri', 1], ['Luca Ferri', 'Anna Capo', 2]]);
  assert.equal(story.conversation.owner.name, 'Anna Capo');
  const page = (await luca.get(`/desk/c/${talk.id}`)).text;
  assert.ok(/passato di mano 2 volte|handed over 2 times|2 times/.test(page), 'it warns');
  assert.ok((await anna.rows('mine')).some(r => r.id === talk.id), 'it is in her list');
});

/* ---- promises ---- */

test('a promise is noticed, confirmed, in sight, and ends as kept or not', async () => {
  const outcomes = [];
  for (const end of ['kept', 'broken', 'dropped']) {
    const talk = await begin(house, giulia, 'messenger');
    const text = `La richiamo domani alle 9:30, ${talk.person}`;
    await giulia.reply(talk.id, text);
    const promise = (await giulia.story(talk.id)).items.find(i => i.kind === 'promise');
    assert.equal(promise?.state, 'proposed');
    const asks = `/desk/promise/${promise.id}`;
    assert.ok((await giulia.get(`/desk/c/${talk.id}`)).text.includes(asks), 'who made it is asked');
    assert.ok(!(await luca.get(`/desk/c/${talk.id}`)).text.includes(asks), 'nobody else confirms it');
    const due = new Date(promise.due).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' });
    assert.match(due, / 09:30:00$/, due);
    if (end === 'dropped') {
      await giulia.done(`/desk/promise/${promise.id}`, { state: 'dropped' });
      assert.equal((await giulia.story(talk.id)).items.some(i => i.kind === 'promise'), false);
      continue;
    }
    await giulia.done(`/desk/promise/${promise.id}`, { state: 'open' });
    await sent(talk, text);
    assert.equal((await giulia.json(`/desk/c/${talk.id}`)).who.promises.length, 1, 'on the person’s story');
    assert.ok((await row(talk.id)).due, 'in the list with its time');
    await giulia.done(`/desk/promise/${promise.id}`, { state: end });
    outcomes.push((await giulia.story(talk.id)).items.find(i => i.kind === 'promise').state);
  }
  assert.deepEqual(outcomes, ['kept', 'broken']);
});

test('a promise comes back to the list before its time', async () => {
  const talk = await begin(house, giulia, 'whatsapp');
  const text = `La richiamo domani alle 9:30, ${talk.person}`;
    await giulia.reply(talk.id, text);
  const promise = (await giulia.story(talk.id)).items.find(i => i.kind === 'promise');
  const soon = new Date(Date.now() + 5 * 60e3).toLocaleString('sv-SE', { timeZone: 'Europe/Rome' }).slice(0, 16).replace(' ', 'T');
  await giulia.done(`/desk/promise/${promise.id}`, { state: 'open', due: soon });
  await sent(talk, text);
  await until('back in the list', () => row(talk.id, 'waiting'));
  assert.equal((await row(talk.id, 'waiting')).why.kind, 'promise');
});

/* ---- sorting, many at once ---- */

test('labels and priority', async () => {
  await begin(house, giulia, 'dm');
  const talk = await begin(house, giulia, 'messenger');
  await giulia.done(`/desk/c/${talk.id}/label`, { new: 'Rimborsi' });
  const { labels } = (await giulia.story(talk.id)).conversation;
  assert.deepEqual(labels.map(l => l.name), ['Rimborsi']);
  await giulia.done(`/desk/c/${talk.id}/label`, {});
  assert.deepEqual((await giulia.story(talk.id)).conversation.labels, []);
  const position = async id => (await giulia.rows('waiting')).findIndex(r => r.id === id), before = await position(talk.id);
  await giulia.done(`/desk/c/${talk.id}/priority`, { priority: 'grave' });
  assert.equal((await giulia.story(talk.id)).conversation.priority, 'grave');
  assert.ok(await position(talk.id) < before, 'a grave need goes before others');
  await giulia.refused(talk.id, 'priority', { priority: 'enormous' });
});

test('one act on many: those chosen, and a whole selection', async () => {
  const talks = [];
  for (let i = 0; i < 6; i++) talks.push(await begin(house, giulia, 'messenger'));
  const chosen = talks.slice(0, 4).map(t => ['id', t.id]);
  const bulk = (who, pairs) => who.ask('/desk/bulk', { method: 'POST', body: new URLSearchParams([['csrf', who.csrf], ...pairs]).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal((await bulk(giulia, [['act', 'assign'], ['agent', agent('Luca')], ...chosen])).status, 303);
  for (const t of talks.slice(0, 4)) assert.equal((await giulia.story(t.id)).conversation.owner.name, 'Luca Ferri');
  for (const t of talks.slice(4)) assert.notEqual((await giulia.story(t.id)).conversation.owner?.name, 'Luca Ferri');
  await bulk(luca, [['act', 'label'], ['label', 'Rimborsi'], ...chosen]);
  const label = house.sql("SELECT CAST(id AS TEXT) AS id FROM label WHERE name = 'Rimborsi'")[0].id, before = balances();
  assert.notEqual((await bulk(luca, [['act', 'close'], ['reason', '']].concat(chosen))).status, 303, 'not without a reason');
  const whole = await bulk(luca, [['act', 'close'], ['reason', 'answered_elsewhere'], ['all', '1'], ['query', `tab=view&label=${label}`]]);
  assert.equal(whole.status, 303, whole.text);
  const now = balances();
  for (const t of talks.slice(0, 4)) assert.equal(await place(t.id), 'closed');
  for (const t of talks.slice(4)) assert.equal(await place(t.id), 'waiting');
  assert.equal(now.closed, before.closed + 4, 'the selection, and nobody else');
  assert.equal((await bulk(rita, [['act', 'close'], ['reason', 'thanks'], ['all', '1'], ['query', 'tab=all']])).status, 403);
});

test('a saved view shows what it says, to whom it says', async () => {
  const label = house.sql("SELECT CAST(id AS TEXT) AS id FROM label WHERE name = 'Rimborsi'")[0].id;
  const talk = await begin(house, giulia, 'messenger');
  await giulia.done(`/desk/c/${talk.id}/label`, { label });
  await giulia.done('/desk/views', { name: 'I rimborsi', query: `label=${label}` });
  await giulia.done('/desk/views', { name: 'Di tutti', query: `label=${label}`, shared: '1' });
  const { views } = await giulia.json('/desk/views');
  const mine = views.find(v => v.name === 'I rimborsi');
  const { list } = await giulia.json(`/desk?tab=view&view=${mine.id}`);
  assert.ok(list.rows.some(r => r.id === talk.id));
  assert.ok(list.rows.every(r => house.sql(`SELECT 1 FROM conversation_label WHERE conversation_id = ${r.id} AND label_id = ${label}`).length === 1));
  assert.deepEqual((await luca.json('/desk/views')).views.map(v => v.name).filter(n => ['I rimborsi', 'Di tutti'].includes(n)), ['Di tutti']);
  await giulia.done(`/desk/views/${mine.id}/remove`);
  assert.equal((await giulia.json('/desk/views')).views.some(v => v.id === mine.id), false);
});

/* ---- people ---- */

test('two who are one: merged with everything, and two again without loss', async () => {
  const a = await begin(house, giulia, 'messenger'), b = await begin(house, giulia, 'whatsapp');
  const person = async t => (await giulia.json(`/desk/c/${t.id}`)).who.person.id;
  const [pa, pb] = [await person(a), await person(b)], before = balances();
  const merged = await giulia.done(`/desk/person/${pa}/merge`, { other: pb });
  assert.ok(merged);
  assert.equal(await person(b), pa);
  const page = await giulia.json(`/desk/person/${pa}`);
  assert.deepEqual(page.stories.map(s => s.conversation.id).sort(), [a.id, b.id].sort(), 'both stories are one person’s');
  assert.deepEqual([...new Set(page.who.identities.map(i => i.network))].sort(), ['facebook', 'whatsapp'], 'reached at both doors');
  assert.deepEqual(balances().received, before.received);
  // a new message finds the merged person, through either door
  await house.net.act({ network: 'whatsapp', person: b.person, what: 'message', text: `Sempre io ${b.person}` });
  const c = await giulia.hear(`Sempre io ${b.person}`);
  assert.equal(await person({ id: c }), pa);
  await giulia.done(`/desk/merge/${page.merges[0].id}/undo`);
  assert.equal(await person(b), pb);
  assert.equal(await person(a), pa);
  balances();
  await house.net.act({ network: 'whatsapp', person: b.person, what: 'message', text: `E ora di nuovo io ${b.person}` });
  assert.equal(await person({ id: await giulia.hear(`E ora di nuovo io ${b.person}`) }), pb, 'each door leads to its own person again');
  assert.notEqual((await giulia.post(`/desk/person/${pa}/merge`, { other: pa })).status, 303);
});

/* ---- could not read ---- */

test('what cannot be read is kept whole, shown, read again after a fix', async () => {
  const before = (await giulia.json('/desk/unread')).open, words = `Illeggibile ${fresh()}`;
  const broken = `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"${words}"`;
  for (let i = 0; i < 2; i++) assert.equal((await post(house, 'whatsapp', broken)).status, 200, 'taken: the network need not send it again');
  const { open, payloads } = await giulia.json('/desk/unread');
  assert.equal(open, before + 1, 'once, however often it is sent');
  const one = await giulia.json(`/desk/unread/${payloads[0].id}`);
  assert.equal(one.payload.body, broken, 'byte for byte');
  assert.ok(one.payload.reason);
  await giulia.done(`/desk/unread/${payloads[0].id}/replay`);
  assert.equal((await giulia.json('/desk/unread')).open, before + 1, 'it is as unreadable as before');
  // the program learned to read it (here: the bytes are mended instead)
  const number = '39333' + fresh().slice(-7), mended = JSON.stringify(whatsapp.hook({ contacts: [whatsapp.contact(number, 'Lia')], messages: [whatsapp.text(number, words)] }));
  house.write(`UPDATE payload SET body = '${mended}' WHERE id = ${payloads[0].id}`);
  await giulia.done(`/desk/unread/${payloads[0].id}/replay`);
  assert.ok(await giulia.hear(words), 'and the person waits');
  assert.equal((await giulia.json('/desk/unread')).open, before);
  await post(house, 'whatsapp', mended);
  assert.equal(house.sql(`SELECT count(*) AS n FROM message WHERE text = '${words}'`)[0].n, 1);
});

test('what will never be readable is put away by name, with a reason', async () => {
  await post(house, 'facebook', `nemmeno JSON ${fresh()}`);
  const { payloads, open } = await giulia.json('/desk/unread');
  assert.notEqual((await giulia.post(`/desk/unread/${payloads[0].id}/done`, { reason: '' })).status, 303);
  await giulia.done(`/desk/unread/${payloads[0].id}/done`, { reason: 'una prova del fornitore' });
  assert.equal((await giulia.json('/desk/unread')).open, open - 1);
});

/* ---- statements ---- */

test('finished days are signed and chained; a changed figure is found', async t => {
  const lines = [3, 2, 1].map(days => ({ type: 'conversation', id: `vecchia-${days}`, person: 'vecchio', state: 'answered',
    items: [{ kind: 'in', id: `v${days}`, channel: 'wa', door: 'whatsapp', ago: days * 24 * 60, text: `Anni fa ${days}` }, { kind: 'out', id: `o${days}`, channel: 'wa', door: 'whatsapp', ago: days * 24 * 60 - 30, text: 'Risposto' }] }));
  const all = [{ type: 'channel', id: 'wa', network: 'whatsapp', name: 'Vecchio numero' }, { type: 'person', id: 'vecchio', name: 'Vecchio Cliente', identities: [{ network: 'whatsapp', id: '393339999999', name: 'Vecchio Cliente' }] }, ...lines];
  const data = await startHouse();
  t.after(() => data.stop());
  const file = path.join(tempDir(), 'storia.jsonl');
  fs.writeFileSync(file, all.map(l => JSON.stringify(l)).join('\n') + '\n');
  const imported = data.cli('import', file, '--json');
  assert.equal(imported.code, 0, imported.err + imported.out);
  const verify = () => { const r = data.cli('statement', 'verify', '--json'); return { code: r.code, ...JSON.parse(r.out) }; };
  const signed = await until('signed', () => { const v = verify(); return v.statements >= 3 && v; });
  assert.equal(signed.code, 0);
  assert.equal(signed.valid, true);
  // and by anybody, without this program, as docs/statements.md says
  const chain = JSON.parse(data.cli('statement', 'show', '--all').out);
  assert.equal(chain.length, verify().statements);
  let last = '0'.repeat(64);
  for (const s of chain) {
    assert.equal(s.previous, last);
    assert.equal(crypto.createHash('sha256').update(`${last}\n${s.text}`).digest('hex'), s.hash);
    const key = crypto.createPublicKey({ key: Buffer.from(`302a300506032b6570032100${s.public_key}`, 'hex'), format: 'der', type: 'spki' });
    assert.ok(crypto.verify(null, Buffer.from(s.hash), key, Buffer.from(s.signature, 'hex')), `${s.day}: the signature`);
    assert.deepEqual(JSON.parse(s.text), s.body);
    last = s.hash;
  }
  balances(data);
  const before = data.ledger().received;
  assert.equal(JSON.parse(data.cli('import', file, '--json').out || '{}').received || 0, 0, 'twice imports once');
  assert.equal(data.ledger().received, before);
  data.write("UPDATE statement SET body = replace(body, '\"received\":1', '\"received\":2') WHERE day = (SELECT max(day) FROM statement WHERE body LIKE '%\"received\":1%')");
  const forged = verify();
  assert.equal(forged.code, 1);
  assert.equal(forged.valid, false);
  assert.ok(forged.differences.length);
});
