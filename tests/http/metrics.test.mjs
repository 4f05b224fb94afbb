// What an operator sees: /metrics reads as Prometheus reads it, and says what happened.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, engine, startHouse, until } from './support.mjs';

let house, giulia;
before(async () => {
  house = await startHouse();
  giulia = await house.colleague('giulia');
});
after(() => house.stop());

// {name{labels}: value}, after the text was held against the format's grammar
async function metrics() {
  const r = await fetch(house.base + '/metrics');
  assert.equal(r.status, 200);
  assert.match(r.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const values = {}, types = {};
  for (const line of (await r.text()).trimEnd().split('\n')) {
    const type = line.match(/^# TYPE (ascolto_[a-z0-9_]+) (counter|gauge|histogram)$/);
    if (type) {
      assert.ok(!types[type[1]], `${type[1]} is told twice`);
      types[type[1]] = type[2];
    } else if (!line.startsWith('# HELP ')) {
      const m = line.match(/^(ascolto_[a-z0-9_]+)((?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})?) (-?[0-9.e+-]+|NaN)$/i);
      assert.ok(m, line);
      assert.ok(types[m[1]] ?? types[m[1].replace(/_(bucket|sum|count)$/, '')], `${m[1]} has no type`);
      values[m[1] + m[2]] = Number(m[3]);
    }
  }
  return values;
}
const one = (values, start) => {
  const keys = Object.keys(values).filter(k => k.startsWith(start));
  assert.equal(keys.length, 1, `${start}: ${keys}`);
  return values[keys[0]];
};

test('what comes in is counted, who waits is seen', async () => {
  const before = await metrics();
  assert.equal(before[`ascolto_database_up{engine="${engine}"}`], 1);
  await begin(house, giulia, 'whatsapp');
  const now = await metrics();
  assert.ok(now.ascolto_webhooks_stored_total > before.ascolto_webhooks_stored_total);
  assert.ok(now.ascolto_webhook_events_total > before.ascolto_webhook_events_total);
  assert.ok(now.ascolto_batch_commands_count > before.ascolto_batch_commands_count);
  assert.ok(now.ascolto_batch_commands_sum >= now.ascolto_batch_commands_count);
  assert.ok(now.ascolto_commit_seconds_sum > 0 && now.ascolto_read_seconds_count > 0);
  assert.equal(now['ascolto_commit_seconds_bucket{le="+Inf"}'], now.ascolto_commit_seconds_count);
  assert.ok(one(now, 'ascolto_conversations{brand="prova",state="waiting"}') >= 1);
  assert.ok(now.ascolto_resident_bytes > 1e6);
});

test('a refused webhook is no stored one', async () => {
  const before = await metrics();
  const r = await fetch(`${house.base}/hooks/facebook/${house.channels.facebook}`, { method: 'POST', body: '{}' });
  assert.ok(r.status >= 400 && r.status < 500);
  const now = await metrics();
  assert.equal(now.ascolto_webhooks_refused_total, before.ascolto_webhooks_refused_total + 1);
  assert.equal(now.ascolto_webhooks_stored_total, before.ascolto_webhooks_stored_total);
});

test('a paused channel and a reply that waits for it are seen', async () => {
  const talk = await begin(house, giulia, 'dm');
  const of = name => values => one(values, `ascolto_${name}{brand="prova",channel="${house.channels.x}"`);
  assert.equal(of('channel_on')(await metrics()), 1);
  assert.equal(house.cli('channel', 'pause', house.channels.x).code, 0);
  assert.equal((await giulia.reply(talk.id, 'Arrivo subito', { door: talk.door })).status, 200);
  await until('the reply waits', async () => {
    const values = await metrics();
    return of('channel_on')(values) === 0 && Object.entries(values).some(([k, v]) => k.startsWith('ascolto_outbox{') && k.includes(house.channels.x) && k.includes('state="ready"') && v === 1);
  });
  assert.equal(house.cli('channel', 'resume', house.channels.x).code, 0);
});

test('it is for this machine alone', async () => {
  const r = await fetch(house.base + '/metrics', { headers: { 'X-Forwarded-For': '203.0.113.9' } });
  assert.equal(r.status, 404);
});
