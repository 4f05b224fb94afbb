// An administrator agrees at every network that has a page for it, each in its own way of OAuth 2: the button leads to the network
// as it is simulated, a refusal is told in its words, the tokens are kept and good, and a code serves once. A new network is told
// here without a line.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cli, request, startHouse, until } from './support.mjs';

const networks = JSON.parse(cli('channel', 'networks', '--json')).filter(n => n.consent).map(n => n.name);
// Networks without PKCE, and those that say how long the consent itself lasts.
const plain = ['instagram', 'linkedin', 'threads', 'tiktok'], days = { linkedin: 365, tiktok: 365 };

let house, anna;
before(async () => {
  house = await startHouse({ on: networks });
  anna = await house.colleague('anna');
});
after(() => house?.stop());

const where = network => `/desk/channels/${house.channels[network]}`;
const page = network => anna.json(where(network));
async function consentPage(network) {
  const to = await anna.get(`${where(network)}/consent`);
  assert.equal(to.status, 303, to.text);
  const url = new URL(to.headers.location), simulated = new URL(house.known[network].settings.api_base);
  assert.ok(url.href.startsWith(simulated.href), `${url.href} is not the simulated network ${simulated.href}`);
  const r = await request(url.href);
  assert.equal(r.status, 200, r.text);
  const links = Object.fromEntries([...r.text.matchAll(/<a href="([^"]+)">(\w+)<\/a>/g)].map(m => [m[2], m[1].replaceAll('&amp;', '&').replace(house.base, '')]));
  return { asked: url.searchParams, links };
}
async function back(network, link) {
  const r = await anna.get(link);
  assert.deepEqual([r.status, r.headers.location?.replace(house.base, '')], [303, where(network)], r.text.slice(0, 300));
  return (await anna.get(where(network))).text;
}
const accessUntil = network => Number(house.sql(`SELECT access_until FROM channel WHERE network = '${network}'`)[0].access_until);
const health = async network => (await anna.json('/desk/channels')).channels.find(c => c.network === network);

test('networks that have such a page are known', () => assert.ok(networks.length >= 10, networks.join()));

for (const network of networks)
  test(`${network}: refused, agreed, kept, and a code serves once`, async () => {
    const { asked, links } = await consentPage(network);
    assert.equal(asked.get('response_type'), 'code');
    assert.ok(asked.get('redirect_uri').endsWith(network === 'tiktok' ? '/consent/' : '/consent'), asked.get('redirect_uri'));
    assert.equal(asked.has('code_challenge'), !plain.includes(network), 'PKCE');
    assert.equal(asked.has(network === 'tiktok' ? 'client_key' : 'client_id'), true);
    assert.doesNotMatch(asked.toString(), /secret/);
    assert.match(await back(network, links.Cancel), /Nobody agreed on that page/);
    const before = accessUntil(network);
    assert.doesNotMatch(await back(network, links.Authorize), /did not give access/);
    assert.notEqual(accessUntil(network), before, 'the access is kept, and until when');
    assert.ok(accessUntil(network) > Date.now() * 1000);
    if (days[network]) {
      const left = (Date.parse((await health(network)).token_expires) - Date.now()) / 86400000;
      assert.ok(Math.abs(left - days[network]) < 1.1, `${left} days until the next consent`);
    }
    await until('the new access is found well', async () => (await page(network)).steps.find(s => s.key === 'token').done);
    assert.match(await back(network, links.Authorize), /did not give access/);
    assert.equal(house.channel(network).state, 'on');
  });
