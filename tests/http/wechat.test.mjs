// What is special about WeChat, from the phone to the desk and back: sealed webhooks answered with `success`, access that
// somebody else renewed, five answers until the person writes again, words that are never escaped.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request, sleep, startHouse, until } from './support.mjs';
import { post } from './payloads.mjs';

let house, giulia, begun;
before(async () => {
  house = await startHouse({ on: ['wechat'] });
  begun = Date.now();
  giulia = await house.colleague('giulia');
});
after(() => house.stop());

const network = 'wechat';
let count = 0;
async function write(text) {
  const person = `mei${++count}`;
  await house.net.call('/sim/person', { key: person, name: `陈美 ${count}` });
  await house.net.act({ network, person, what: 'message', text });
  const id = await giulia.hear(text);
  await giulia.listen(id);
  return { person, id };
}
const accepted = async text => (await house.net.state()).accepted.filter(a => a.text === text).map(a => a.count);
const arrives = (text, ms) => until('the network has it', async () => (await accepted(text)).length, ms);

test('what comes sealed is taken with `success`, the same in plain is refused', async () => {
  const words = '<xml><ToUserName>gh_5e1f0a2b3c4d</ToUserName><FromUserName>oPost1</FromUserName><CreateTime>1763740011</CreateTime><MsgType>text</MsgType><Content><![CDATA[我的包裹 & <还> 没到]]></Content><MsgId>24071234567890123</MsgId></xml>';
  const r = await post(house, network, words);
  assert.deepEqual([r.status, r.text], [200, 'success']);
  await giulia.hear('我的包裹 & <还> 没到');
  const url = `${house.base}/hooks/wechat/${house.channels.wechat}`;
  for (const query of ['', '?signature=00&timestamp=1&nonce=2']) {
    const bare = await request(url + query, { method: 'POST', body: words.replace('123</MsgId>', '124</MsgId>') });
    assert.equal(bare.status, 403);
    assert.doesNotMatch(bare.text, /simulated/);
  }
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE external_id = '24071234567890124'")[0].n, 0);
});

test('words arrive as they were written, and a sixth answer waits for the person', async () => {
  const talk = await write('五个问题');
  for (let i = 1; i <= 5; i++) {
    const text = `回答 ${i} è «qui» 😀`;
    assert.equal((await giulia.reply(talk.id, text)).status, 200);
    await arrives(text);
  }
  const sixth = 'E una sesta';
  assert.equal((await giulia.reply(talk.id, sixth)).status, 200);
  await until('it is refused', async () => (await giulia.message(talk.id, sixth))?.unsent?.failure === 'window');
  assert.deepEqual(await accepted(sixth), []);
});

test('access that another program renewed is renewed here too, and the reply goes by itself', async () => {
  const talk = await write('还在吗？');
  await sleep(Math.max(0, 11_000 - (Date.now() - begun))); // not right after the first renewal
  await house.net.call('/sim/hook', { network, access_token: 'renewed-elsewhere' });
  assert.equal((await giulia.reply(talk.id, 'Sì, eccoci.')).status, 200);
  await arrives('Sì, eccoci.', 40000);
  assert.deepEqual(await accepted('Sì, eccoci.'), [1]);
  assert.equal(house.channel(network).state, 'on');
});

test('who unfollows is not reached until they follow again', async () => {
  const talk = await write('再见');
  await house.net.act({ network, person: talk.person, what: 'block' });
  await until('the door is shut', async () => (await giulia.story(talk.id)).composer.shut.some(d => d.why === 'blocked'));
  await house.net.act({ network, person: talk.person, what: 'unblock' });
  await until('the door is open', async () => (await giulia.story(talk.id)).composer.doors.some(d => d.name === 'wechat'));
});
