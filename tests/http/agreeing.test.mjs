// An administrator agrees at LinkedIn and at TikTok, each in its own way of OAuth 2: the tokens are kept, the day of the next
// consent is known, and a code serves once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request, startHouse, until } from './support.mjs';

let house, anna;
before(async () => {
  house = await startHouse({ on: ['linkedin', 'tiktok'] });
  anna = await house.colleague('anna');
});
after(() => house?.stop());

const page = network => anna.json(`/desk/channels/${house.channels[network]}`);
async function consentPage(network) {
  const to = await anna.get(`/desk/channels/${house.channels[network]}/consent`);
  assert.equal(to.status, 303, to.text);
  const url = new URL(to.headers.location), r = await request(url.href);
  assert.equal(r.status, 200, r.text);
  const links = Object.fromEntries([...r.text.matchAll(/<a href="([^"]+)">(\w+)<\/a>/g)].map(m => [m[2], m[1].replaceAll('&amp;', '&').replace(house.base, '')]));
  return { asked: url.searchParams, links };
}
const health = async network => (await anna.json('/desk/channels')).channels.find(c => c.network === network);
const set = async (network, name) => (await page(network)).fields.find(f => f.name === name).set;

for (const network of ['linkedin', 'tiktok'])
  test(`${network}: agreed, kept for a year, and a code serves once`, async () => {
    const { asked, links } = await consentPage(network);
    assert.ok(asked.get('redirect_uri').endsWith(network === 'tiktok' ? '/consent/' : '/consent'));
    assert.equal(asked.has('code_challenge'), false, 'without PKCE');
    assert.equal(asked.has('client_key'), network === 'tiktok');
    assert.equal(await set(network, 'refresh_token'), false);
    const back = await anna.get(links.Authorize);
    assert.deepEqual([back.status, back.headers.location.replace(house.base, '')], [303, `/desk/channels/${house.channels[network]}`]);
    assert.equal(await set(network, 'refresh_token'), true);
    const days = (Date.parse((await health(network)).token_expires) - Date.now()) / 86400000;
    assert.ok(days > 364 && days < 366.1, `${days} days until the next consent`);
    await until('the new access is found well', async () => (await page(network)).steps.find(s => s.key === 'token').done);
    const again = await anna.get(links.Authorize);
    assert.equal(again.status, 303);
    assert.match((await anna.get(`/desk/channels/${house.channels[network]}`)).text, /did not give access/);
    assert.equal(house.channel(network).state, 'on');
  });
