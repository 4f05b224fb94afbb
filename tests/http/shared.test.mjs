// Payloads that were recorded elsewhere, and broken ones, over HTTP: each file of ASCOLTO_SHARED is posted as it is, and
// in the envelope that it was cut out of. Whatever it is, it is answered, and a second time changes nothing.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accounts, request, root, shared, startHouse } from './support.mjs';
import { post } from './payloads.mjs';

const missing = ['fixtures', 'data'].filter(folder => !fs.existsSync(path.join(shared, folder)));
if (missing.length) console.log(`skipped: recorded payloads and threads (${path.relative(root, shared)} has no ${missing.join(', no ')})`);
const there = { skip: missing.length > 0 };

// Folders of recorded payloads, and whose they are.
const recorded = { facebook: 'facebook', messenger: 'facebook', whatsapp: 'whatsapp', x: 'x', x_legacy: 'x', telegram: 'telegram', line: 'line', viber: 'viber', instagram: 'instagram', threads: 'threads', wechat: 'wechat', twilio: 'sms', linkedin: 'linkedin', tiktok: 'tiktok', sms_bandwidth: 'kannel' };

let house;
before(async () => {
  // ASan keeps what was freed for a while; the less it keeps, the sooner a leak shows
  if (!missing.length) house = await startHouse({ on: [...new Set(Object.values(recorded))], extra: { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS || ''}:quarantine_size_mb=1` } });
});
after(() => house?.stop());

/* ---- the files ---- */

const filesOf = folder => fs.readdirSync(path.join(shared, 'fixtures', folder), { recursive: true, withFileTypes: true })
  .filter(f => f.isFile() && /\.(json|xml|txt)$/.test(f.name) && f.name !== 'SOURCE.txt')
  .map(f => path.join(f.parentPath || f.path, f.name)).sort();
const read = file => ({ name: path.relative(shared, file), body: fs.readFileSync(file) });

// What was recorded from within a program has its names (camelCase), or is one element without its envelope.
const snake = j => Array.isArray(j) ? j.map(snake) : j && typeof j === 'object'
  ? Object.fromEntries(Object.entries(j).map(([k, v]) => [k.replace(/[A-Z]/g, c => '_' + c.toLowerCase()), snake(v)])) : j;
const page = entry => ({ object: 'page', entry: [{ id: accounts.facebook.page_id, time: 1511949068, ...entry }] });
const number = change => ({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [change] }] });
const envelopes = {
  facebook: j => j.field && page({ changes: [j] }),
  messenger: j => j.sender && page({ messaging: [j] }),
  whatsapp: j => (j.messages || j.statuses) ? number({ field: 'messages', value: j }) : j.from && j.id && number({ field: 'smb_message_echoes', value: { message_echoes: [j] } }),
  instagram: j => (j.messaging || j.standby || j.changes) && { object: 'instagram', entry: [j] },
  threads: () => undefined,
  line: j => (j.type && j.source ? { destination: 'U1', events: [j] } : j.events && j),
  x: () => undefined,
  sms_bandwidth: () => undefined, // of another gateway: nothing is read of it, and nothing breaks
  twilio: () => undefined, // its parameters as JSON, whole
  wechat: () => undefined, // XML; the JSON beside it is what its API answers
  linkedin: () => undefined,
  tiktok: j => (j.message_id && { event: 'im_receive_msg', user_openid: 'biz-123', content: JSON.stringify(j) }),
  telegram: j => (j.message_id ? { update_id: 5, message: j } : j),
  viber: j => j.event && j,
  x_legacy: j => ({ for_user_id: '1', [j.message_create ? 'direct_message_events' : 'tweet_create_events']: [j] }),
};
function whole(folder, { name, body }) {
  let j;
  try { j = JSON.parse(body); } catch { return; }
  if (/bottender/.test(name) && folder !== 'line') j = snake(j); // LINE writes so itself
  if (!j || typeof j !== 'object' || Array.isArray(j) || j.entry || j.data) return;
  const within = j.body?.object ? j.body : envelopes[folder](j);
  return within && { name: name + ' in its envelope', body: Buffer.from(JSON.stringify(within)) };
}

/* ---- what a payload leaves behind ---- */

// not counted: that a file was fetched, which comes when it comes
const tables = ['person', 'identity', 'conversation', 'message', 'message_edit', 'attachment', 'payload', "event WHERE kind NOT IN ('message.media', 'person.named')", 'early', 'thread', 'dedup', 'outbox'];
const rows = () => house.sql(`SELECT ${tables.map(t => `(SELECT count(*) FROM ${t}) AS ${t.split(' ')[0]}`).join(', ')}`)[0];
const send = async (network, { name, body }) => {
  const r = await post(house, network, body);
  assert.equal(r.status, 200, `${name} to ${network}: ${r.status} ${r.text}`);
};
const balances = () => { const l = house.ledger(); assert.equal(l.code, 0, l.err); assert.equal(l.balanced, true); };

const heard = { facebook: 3, messenger: 5, whatsapp: 15, x: 6, x_legacy: 2, telegram: 6, line: 10, viber: 1, instagram: 6, threads: 0, wechat: 2, twilio: 2, linkedin: 1, tiktok: 3, sms_bandwidth: 0 }; // messages with an id of their own
for (const [folder, network] of Object.entries(recorded))
  test(`${folder}: every recorded payload is taken, and a second time changes nothing`, there, async () => {
    const alone = filesOf(folder).map(read), all = alone.flatMap(one => [one, whole(folder, one)].filter(Boolean)), none = rows();
    assert.ok(all.length > alone.length || envelopes[folder].length === 0, 'some had to be put into their envelope');
    for (const one of all) await send(network, one);
    const once = rows();
    assert.equal(once.message - none.message, heard[folder], `messages of ${all.length} payloads`);
    for (const one of all) await send(network, one);
    assert.deepEqual(rows(), once, 'no new row anywhere');
    balances();
  });

test('every malformed payload is answered by every network, and a second time changes nothing', there, async () => {
  const all = filesOf('_malformed').map(read), networks = Object.keys(house.channels);
  assert.ok(all.length > 200);
  for (const network of networks) for (const one of all) await send(network, one);
  const once = rows();
  for (const network of networks) for (const one of all) await send(network, one);
  assert.deepEqual(rows(), once);
  const text = id => house.sql(`SELECT text FROM message WHERE external_id = '${id}'`).map(r => r.text);
  assert.deepEqual(text('wamid.A').concat(text('wamid.C')), ['first', 'third, same value'], 'the batch is read to its end');
  assert.deepEqual(text('m_in'), ['question sent earlier'], 'an echo before the question is no hindrance');
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%root:%' OR note LIKE '%root:%'")[0].n, 0, 'no file was read');
  balances();
});

/* ---- who may say something ---- */

const vectors = () => JSON.parse(fs.readFileSync(path.join(shared, 'fixtures/_signatures/vectors.json')));
const channelWith = (network, settings) => house.cli('channel', 'add', '--network', network, '--name', 'Firma',
  ...Object.entries(settings).flatMap(([k, v]) => ['--set', `${k}=${v}`])).out;

test('the published signatures and handshakes hold; anything near them is refused without a trace', there, async () => {
  let held = 0;
  for (const v of vectors()) {
    const meta = v.network.startsWith('meta'), network = meta ? 'facebook' : 'x';
    if (!meta && v.network !== 'x') continue;
    const id = channelWith(network, meta ? { app_secret: v.secret, verify_token: 'parola' } : { consumer_secret: v.secret });
    const hook = `${house.base}/hooks/${network}/${id}`;
    held++;
    if (v.crc_token) {
      const r = await request(`${hook}?crc_token=${encodeURIComponent(v.crc_token)}`);
      assert.deepEqual([r.status, r.json()], [200, { response_token: v.expected }]);
      continue;
    }
    const header = meta ? 'x-hub-signature-256' : 'x-twitter-webhooks-signature', body = Buffer.from(v.body);
    const hex = crypto.createHmac('sha256', v.secret).update(body).digest('hex'), flipped = Buffer.from(body);
    flipped[3] ^= 1;
    const ask = (signature, bytes = body) => request(hook, { method: 'POST', body: bytes, headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...(signature !== undefined && { [header]: signature }) } });
    assert.equal((await ask(v.expected)).status, 200);
    const before = rows();
    for (const [signature, bytes] of [[v.expected, flipped], [undefined], [''], ['sha256='], [v.expected.slice(0, -1)], [v.expected + '0'], ['sha1' + v.expected.slice(6)],
      [v.expected.slice(7)], [v.expected.replace(/=.*/, c => c.toUpperCase())], ['sha256=' + hex.toUpperCase()], ['sha512=' + hex]])
      assert.match(String((await ask(signature, bytes)).status), /^40[13]$/, `${signature} of ${bytes || body}`);
    assert.deepEqual(rows(), before);
  }
  assert.equal(held, 3);
});

/* ---- much of it ---- */

const resident = () => Number(fs.readFileSync(`/proc/${house.server.child.pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+)/m)[1]);
async function flood(list, times) {
  let next = 0;
  const one = async () => { while (next < times) { const at = next++; await send(['facebook', 'whatsapp', 'x'][at % 3], list[at % list.length]); } };
  await Promise.all(Array.from({ length: 8 }, one));
}

test('3,000 malformed payloads leave the memory as it was', there, async () => {
  const list = filesOf('_malformed').map(read);
  await flood(list, 1000);
  const before = resident(), kept = rows();
  await flood(list, 3000);
  const grown = resident() - before;
  console.log(`resident memory: ${before} KB, then ${grown} KB more`);
  assert.ok(grown < 8192, `${grown} KB more`);
  assert.deepEqual(rows(), kept);
});

test('thousands of recorded public threads are imported while the server runs, twice once', there, async () => {
  const file = path.join(shared, 'data/measure-only/replay_threads_en.jsonl.gz'), before = rows();
  const go = () => { const r = house.cli('import', file, '--format', 'threads', '--channel', house.channels.x, '--json'); assert.equal(r.code, 0, r.err); return JSON.parse(r.out); };
  const first = go();
  assert.deepEqual([first.threads, first.messages, first.refused], [2527, 10799, 0]);
  const imported = rows();
  assert.equal(imported.message - before.message, 10799);
  const second = go();
  assert.deepEqual([second.messages, second.known], [0, 2527]);
  assert.deepEqual(rows(), imported, 'no new row anywhere');
  balances();
  assert.equal((await request(house.base + '/healthz')).status, 200);
});
