// Webhooks that are almost right: a member is missing or of another type, bytes are no UTF-8, a number is larger than
// any integer. Every network's element goes crooked at each of its places, between two good ones: those are heard, and
// the crooked one is heard too or listed under "Could not read". Nothing is lost, and nobody is answered 5xx.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asText, accounts, request, startHouse } from './support.mjs';
import { feed, fresh, messenger, post, signed, whatsapp, x } from './payloads.mjs';

let house, giulia;
before(async () => { house = await startHouse(); giulia = await house.colleague('giulia'); });
after(() => house.stop());

const heard = words => house.sql(`SELECT external_id, kind, text, note FROM message WHERE outbound = 0 AND text LIKE '%${words}%'`);
const byId = id => house.sql(`SELECT external_id, kind, text, note FROM message WHERE external_id = '${id}'`);
const unread = () => house.sql(`SELECT ${asText('body')} AS body, reason FROM payload WHERE state = 'unread'`);
const take = async (network, payload) => { const r = await post(house, network, payload); assert.equal(r.status, 200, r.text); };
const balances = () => { const l = house.ledger(); assert.equal(l.code, 0, l.err); assert.equal(l.balanced, true); };

/* ---- elements, and what holds several of them ---- */

const page = accounts.facebook.page_id, us = accounts.x.user_id;
const person = () => `2420${fresh().slice(-12)}`;
const elements = {
  'a Messenger message': { network: 'facebook', one: (id, words) => messenger.event(person(), { message: { mid: id, text: words, reply_to: { mid: 'm_0' }, attachments: [{ type: 'image', payload: { url: 'https://example.com/a.png' } }] } }),
    several: list => ({ object: 'page', entry: [{ id: page, time: Date.now(), messaging: list }] }) },
  'a Page’s entry': { network: 'facebook', one: (id, words) => messenger.text(person(), words, id).entry[0],
    several: list => ({ object: 'page', entry: list }) },
  'a comment': { network: 'facebook', one: (id, words) => feed('add', { post: `${page}_1`, comment: id, from: person(), name: 'Gina', text: words }).entry[0].changes[0],
    several: list => ({ object: 'page', entry: [{ id: page, time: 1763730000, changes: list }] }) },
  'a WhatsApp message': { network: 'whatsapp', one: (id, words) => ({ ...whatsapp.text('39333' + fresh().slice(-7), words, id), context: { id: 'wamid.0' } }),
    several: list => whatsapp.hook({ contacts: [], messages: list }) },
  'a WhatsApp change': { network: 'whatsapp', one: (id, words) => whatsapp.hook({ contacts: [whatsapp.contact('393330000001', 'Ada')], messages: [whatsapp.text('393330000001', words, id)] }).entry[0].changes[0],
    several: list => ({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: list }] }) },
  'a direct message of X': { network: 'x', one: (id, words) => x.dm(person(), 'Leo', words, id).data.payload.direct_message_events[0],
    several: list => ({ for_user_id: us, direct_message_events: list }) },
  'a post of X': { network: 'x', one: (id, words) => ({ id_str: id, text: words, created_at: 'Fri Nov 21 13:05:00 +0000 2025', in_reply_to_status_id_str: '5', user: { id_str: person(), screen_name: 'ada', name: 'Ada' } }),
    several: list => ({ for_user_id: us, tweet_create_events: list }) },
};

/* ---- crooked copies ---- */

const places = (j, at = []) => j && typeof j === 'object' ? [at, ...Object.entries(j).flatMap(([k, v]) => places(v, [...at, k]))] : [at];
const deep = n => n ? { deeper: [deep(n - 1)] } : 'at the bottom';
const raw = text => `@raw:${text}@`; // numbers that JavaScript cannot hold
const written = j => JSON.stringify(j).replace(/"@raw:([^@]*)@"/g, '$1');
let serial = 0;
const crooks = {
  'missing': undefined, 'null': null, 'a number': () => 7000000 + ++serial, 'a negative number': () => -++serial, 'text': () => `testo${++serial}`, 'no text': '', 'a list': [], 'an object': {},
  'a list of nothing': [null], 'true': true, 'a huge number': () => raw(`98765432109876543210${++serial}`), 'beyond all numbers': () => raw(`1e${400 + ++serial}`), 'a deep object': () => deep(20), 'long text': () => 'ab'.repeat(3000) + ++serial,
};
function bent(one, at, value) {
  const copy = structuredClone(one), last = at.at(-1);
  if (!at.length) return value === undefined ? null : value;
  const parent = at.slice(0, -1).reduce((j, k) => j[k], copy);
  if (value === undefined) delete parent[last]; else parent[last] = value;
  return copy;
}

for (const [name, { network, one, several }] of Object.entries(elements))
  test(`${name} that is crooked anywhere is heard or listed, and takes no other with it`, async () => {
    const tried = [];
    const before = new Set(unread().map(p => p.body));
    for (const at of places(one('id', 'words')))
      for (const [how, crook] of Object.entries(crooks)) {
        if (how === 'a list' && Array.isArray(at.reduce((j, k) => j[k], one('id', 'words')))) continue; // nothing in it to be heard
        const id = n => (network === 'whatsapp' ? 'wamid.' : name.includes('X') ? '77' : 'm_') + fresh() + n, ids = [id(1), id(2), id(3)], words = `storta${fresh()}`;
        const value = typeof crook === 'function' ? crook() : crook;
        const body = written(several([one(ids[0], 'prima'), bent(one(ids[1], words), at, value), one(ids[2], 'dopo')]));
        await take(network, body);
        tried.push({ what: `${at.join('.') || 'all of it'} is ${how}`, ids, words, body });
      }
    const said = house.sql('SELECT external_id, text FROM message'), there = new Set(said.map(m => m.external_id));
    const listed = new Set(unread().map(p => p.body).filter(body => !before.has(body)));
    for (const t of tried) {
      assert.ok(there.has(t.ids[0]) && there.has(t.ids[2]), `${t.what}: its neighbours are heard`);
      assert.ok(there.has(t.ids[1]) || said.some(m => m.text.includes(t.words)) || listed.has(t.body), `${t.what}: neither heard nor listed`);
    }
    assert.ok(tried.length > 100 && listed.size > 10);
    balances();
  });

// What is changed later: an edit that does not say its words must not take away those that were there.
const edits = {
  'a comment': { network: 'facebook', said: (id, who, words) => feed('add', { post: `${page}_1`, comment: id, from: who, name: 'Gina', text: words }),
    changed: (id, who, words) => feed('edited', { post: `${page}_1`, comment: id, from: who, name: 'Gina', text: words }) },
  'a Messenger message': { network: 'facebook', said: (id, who, words) => messenger.text(who, words, id),
    changed: (id, who, words) => messenger.many(messenger.event(who, { message_edit: { mid: id, text: words, num_edit: 1 } })) },
  'a WhatsApp message': { network: 'whatsapp', said: (id, who, words) => whatsapp.hook({ messages: [whatsapp.text(who, words, id)] }),
    changed: (id, who, words) => whatsapp.hook({ messages: [{ id: 'wamid.' + fresh(), from: who, timestamp: String(Date.now() / 1000 | 0), type: 'edit', edit: { original_message_id: id, message: { type: 'text', text: { body: words } } } }] }) },
  'a post of X': { network: 'x', said: (id, who, words) => x.mention(who, 'Leo', words, { id }),
    changed: (id, who, words, now = `77${fresh()}`) => x.mention(who, 'Leo', words, { id: now, conversation: id, more: { edit_history_tweet_ids: [id, now] } }) },
};
for (const [name, { network, said, changed }] of Object.entries(edits))
  test(`${name}: a crooked edit leaves words where there were some`, async () => {
    const id = `77${fresh()}`, who = person();
    await take(network, said(id, who, 'parole di prima'));
    for (const at of places(changed(id, who, 'parole nuove')))
      for (const [how, crook] of Object.entries(crooks)) {
        if (how === 'no text') continue; // that is an edit: there is nothing any more
        await take(network, written(bent(changed(id, who, 'parole nuove'), at, typeof crook === 'function' ? crook() : crook)));
      }
    await take(network, changed(id, who, 'parole ultime'));
    const [m] = byId(id), before = house.sql(`SELECT e.text_before AS text FROM message_edit e JOIN message m ON m.id = e.message_id WHERE m.external_id = '${id}'`);
    assert.equal(m.text, 'parole ultime');
    assert.ok(before.length > 1 && before.every(e => e.text), JSON.stringify(before));
    balances();
  });

/* ---- kinds nobody has invented yet ---- */

test('a kind that nobody knows is on the desk as such, or listed', async () => {
  const who = person(), m = 'm_' + fresh(), w = 'wamid.' + fresh(), before = unread().length;
  await take('facebook', messenger.many(messenger.event(who, { message: { mid: m, attachments: [{ type: 'hologram', payload: { z: 1 } }] } })));
  await take('whatsapp', whatsapp.hook({ messages: [{ id: w, from: '393330000002', timestamp: '1763730000', type: 'hologram', hologram: { x: 1 } }] }));
  for (const id of [m, w]) assert.deepEqual(byId(id).map(r => [r.kind, r.note]), [['unsupported', 'hologram']]);
  assert.equal(unread().length, before);
  await take('facebook', messenger.many(messenger.event(who, { telepathy: { mid: 'm_' + fresh() } })));
  await take('facebook', { object: 'page', entry: [{ id: page, time: 1763730000, changes: [{ field: 'dreams', value: { n: fresh() } }] }] });
  await take('facebook', feed('enlarge', { post: `${page}_1`, comment: '1_' + fresh(), from: who, name: 'Gina', text: 'che verbo è' }));
  await take('whatsapp', { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'dreams', value: { n: fresh() } }] }] });
  await take('x', { data: { event_uuid: fresh(), event_type: 'dm.sung', filter: { user_id: us }, payload: { id: '1' } } });
  assert.equal(unread().length, before + 5);
  assert.ok((await giulia.json('/desk/unread')).payloads.slice(0, 5).every(p => p.reason), 'each with its reason');
});

/* ---- bytes ---- */

test('a byte that is no UTF-8 costs its letter and not the message, nor its neighbours', async () => {
  for (const [network, make] of [['facebook', w => messenger.text(person(), `${w} caf\u0001 è`, 'm_' + fresh())], ['x', w => x.dm(person(), 'Leo', `${w} caf\u0001 è`)],
    ['whatsapp', w => whatsapp.hook({ messages: [whatsapp.text('393330000003', `${w} caf\u0001 è`), whatsapp.text('393330000003', `vicina di ${w}`)] })]]) {
    const words = 'byte' + fresh(), text = Buffer.from(JSON.stringify(make(words))), at = text.indexOf('\\u0001');
    await take(network, Buffer.concat([text.subarray(0, at), Buffer.from([0xe9, 0xff]), text.subarray(at + 6)]));
    const [one] = heard(words);
    assert.ok(one, `${network}: heard`);
    assert.match(one.text, /^byte\d+ caf\ufffd+ è$/);
    if (network === 'whatsapp') assert.equal(heard('vicina di ' + words).length, 1);
  }
});

test('a NUL, half a surrogate, a mark at the beginning, the same key twice', async () => {
  const words = 'strana' + fresh(), hook = JSON.stringify(messenger.text(person(), 'WORDS', 'MID'));
  const send = (text, tail = '') => take('facebook', hook.replace('"WORDS"', text).replace('MID', 'm_' + fresh()) + tail);
  await send(`"${words} a\\u0000b"`);
  await send(`"${words} \\ud83d fine"`);
  await send(`"prima","text":"${words} ultima"`);
  await take('facebook', '\ufeff' + hook.replace('WORDS', `${words} segno`).replace('MID', 'm_' + fresh()));
  assert.deepEqual(heard(words).map(m => m.text.replace(words, '').trim()).sort(), ['ab', 'segno', 'ultima', '\ufffd fine']);
  const before = unread().length;
  await send(`"${words} poi altro"`, '\n<html>');
  assert.equal(unread().length, before + 1, 'what has something behind it is listed');
});

test('as large as networks send, and larger; nothing; nesting without end', async () => {
  const words = 'grande' + fresh(), before = unread().length;
  await take('whatsapp', whatsapp.hook({ messages: [whatsapp.text('393330000004', `${words} ${'è'.repeat(500_000)}`)] }));
  assert.equal(heard(words)[0].text.length, words.length + 1 + 500_000);
  await take('facebook', messenger.many(...Array.from({ length: 2000 }, (_, i) => messenger.event(person(), { message: { mid: `m_${fresh()}`, text: `${words}n${i} ${'x'.repeat(300)}` } }))));
  assert.equal(heard(words + 'n').length, 2000, 'two thousand in one');
  const huge = JSON.stringify(messenger.text(person(), 'x'.repeat(5 << 20)));
  assert.equal((await post(house, 'facebook', huge)).status, 413);
  assert.equal(unread().length, before);
  const hopeless = ['', ' ', '[]', '"', '0', 'null', '[' .repeat(20000) + ']'.repeat(20000), '{"a":'.repeat(30000), '{"object":"page","entry":[' + '{"messaging":['.repeat(5000)];
  for (const body of hopeless.concat(hopeless)) for (const network of ['facebook', 'whatsapp', 'x']) await take(network, body);
  const listed = unread();
  for (const body of hopeless) assert.equal(listed.filter(p => p.body === body).length, 3, `once for each network: ${body.slice(0, 20)}`);
});

test('what the bytes are called does not matter: their signature does', async () => {
  const names = ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'application/json; charset=latin1', 'cose/altre'];
  for (const type of names) {
    const words = 'tipo' + fresh(), body = JSON.stringify(messenger.text(person(), words));
    const headers = { ...signed('facebook', body), 'content-length': Buffer.byteLength(body), ...(type && { 'content-type': type }) };
    const r = await request(`${house.base}/hooks/facebook/${house.channels.facebook}`, { method: 'POST', body, headers });
    assert.deepEqual([r.status, heard(words).length], [200, 1], type || 'no name');
  }
  const words = 'pezzi' + fresh(), body = JSON.stringify(messenger.text(person(), words));
  const r = await request(`${house.base}/hooks/facebook/${house.channels.facebook}`, { method: 'POST', body, headers: { ...signed('facebook', body), 'transfer-encoding': 'chunked' } });
  assert.deepEqual([r.status, heard(words).length], [200, 1], 'in pieces');
});
