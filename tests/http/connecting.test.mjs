// Connecting a channel is a guided page: what to do at the network, the way there and back to agree (OAuth 2 with PKCE), and
// steps that come true by themselves: the webhook verified, the token valid, a message in, an answer out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request, startHouse, until } from './support.mjs';

let house, anna, luca, giulia, channel;
before(async () => {
  house = await startHouse({ on: ['facebook'] });
  anna = await house.colleague('anna');
  luca = await house.colleague('luca');
  giulia = await house.colleague('giulia');
});
after(() => house?.stop());

const page = () => anna.json(`/desk/channels/${channel}`);
const done = async () => (await page()).steps.filter(s => s.done).map(s => s.key);
async function is(...keys) {
  let now;
  await until(() => `the steps ${keys} are done, not ${JSON.stringify(now)}`, async () => { now = await done(); return now.join() === keys.join(); });
}
const site = () => house.net.call('/sim/networks').then(all => all.x.settings);

// What the network's own page offers: where its links lead.
async function consentPage() {
  const to = await anna.get(`/desk/channels/${channel}/consent`);
  assert.equal(to.status, 303, to.text);
  assert.equal(to.headers['cache-control'], 'no-store');
  const url = new URL(to.headers.location), r = await request(url.href);
  assert.equal(r.status, 200, r.text);
  const links = Object.fromEntries([...r.text.matchAll(/<a href="([^"]+)">(\w+)<\/a>/g)].map(m => [m[2], m[1].replaceAll('&amp;', '&').replace(house.base, '')]));
  return { asked: url.searchParams, links };
}

// Back on the channel's page, with the network's own words.
async function notGiven(where, words) {
  const r = await anna.get(where);
  assert.deepEqual([r.status, r.headers.location.replace(house.base, '')], [303, `/desk/channels/${channel}`]);
  assert.match((await anna.get(`/desk/channels/${channel}`)).text, words);
}

test('a new channel says what to do at the network, and that nothing is done yet', async () => {
  const form = await anna.json('/desk/channels/new?network=x');
  assert.ok(form.guide.length >= 2);
  const { api_base, consent_base } = await site();
  const r = await anna.post('/desk/channels/new?network=x', { network: 'x', name: 'Prova su X', 'set.consumer_secret': 'simulated-consumer-secret', 'set.user_id': '1700000000000000001', 'set.username': 'nuvolamobile', 'set.client_id': 'simulated-client', 'set.client_secret': 'simulated-client-secret', 'set.api_base': api_base, 'set.consent_base': consent_base });
  assert.equal(r.status, 303, r.text.slice(0, 500));
  channel = r.headers.location.match(/(\d+)/)[1];
  const seen = await page();
  assert.equal(seen.connected, false);
  assert.deepEqual(seen.steps.map(s => s.key), ['hook', 'token', 'in', 'out']);
  assert.equal(seen.consent, true);
  assert.ok(seen.webhook.endsWith(`/hooks/x/${channel}`) && seen.redirect_uri.endsWith('/desk/channels/consent'));
});

test('the way to the network carries a challenge and no secret', async () => {
  const { asked } = await consentPage();
  assert.equal(asked.get('response_type'), 'code');
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.equal(asked.get('code_challenge').length, 43);
  assert.match(asked.get('scope'), /dm\.read.*offline\.access/);
  assert.equal(asked.get('redirect_uri'), (await page()).redirect_uri);
  assert.doesNotMatch(asked.toString(), /secret/);
  assert.equal((await luca.get(`/desk/channels/${channel}/consent`)).status, 403, 'for administrators');
});

test('no way back but the one that was begun: forged, changed, of somebody else, refused there', async () => {
  const { links } = await consentPage(), good = new URL(links.Authorize, house.base), before = JSON.stringify(await page());
  const back = (state, code = good.searchParams.get('code')) => `${good.pathname}?code=${encodeURIComponent(code)}&state=${encodeURIComponent(state)}`;
  const state = good.searchParams.get('state'), at = state.length >> 1;
  for (const wrong of ['', 'a', state.slice(0, -2), state.slice(0, at) + (state[at] === '0' ? '1' : '0') + state.slice(at + 1), state + '00'])
    assert.equal((await anna.get(back(wrong))).status, 403, wrong);
  assert.equal((await luca.get(back(state))).status, 403);
  await notGiven(links.Cancel, /Nobody agreed on that page/);
  await notGiven(back(state, 'a code of nobody'), /X did not give access: Value passed for the token was invalid/);
  assert.equal(JSON.stringify(await page()), before, 'nothing changed');
});

test('agreed: the tokens are kept at once, and outlive a kill', async () => {
  const { links } = await consentPage();
  const r = await anna.get(links.Authorize);
  assert.equal(r.status, 303, r.text.slice(0, 300));
  assert.ok(r.headers.location.endsWith(`/desk/channels/${channel}`));
  await house.kill();
  await house.start();
  await is('token');
  for (const secret of ['access_token', 'refresh_token']) {
    const field = (await page()).fields.find(f => f.name === secret);
    assert.deepEqual([field.set, field.value], [true, ''], secret);
  }
  await notGiven(links.Authorize, /did not give access/); // a code serves once
  await is('token');
});

test('webhook, message in, answer out: each step is seen as it happens', async () => {
  await house.net.call('/sim/hook', { network: 'x', url: `${house.base}/hooks/x/${channel}` });
  await is('hook', 'token');
  await house.net.call('/sim/person', { key: 'ada', name: 'Ada Prova', handle: 'adaprova' });
  await house.net.act({ network: 'x', person: 'ada', what: 'post', text: '@nuvolamobile prova, mi sentite?' });
  const id = await giulia.hear('mi sentite?');
  await is('hook', 'token', 'in');
  await giulia.listen(id, 'sapere che la sentiamo');
  assert.equal((await giulia.reply(id, 'Ti sentiamo, Ada.')).status, 200);
  await is('hook', 'token', 'in', 'out');
  assert.equal((await page()).connected, true);
  assert.equal(house.sql("SELECT count(*) AS n FROM event WHERE data LIKE '%simulated-client-secret%'")[0].n, 0);
});
