// Chat over a line that breaks: connections are cut before and after the server heard, and the server is killed. Guests
// send as the page's queue does: in order, each until it is acknowledged, with the id it was given. Nothing is lost,
// nothing doubled, order is kept, both ways. CHAT_EACH messages each way (100), CHAT_KILLS kills (2): `make chat-chaos`.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { sleep, startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';

const EACH = Number(process.env.CHAT_EACH ?? 100), KILLS = Number(process.env.CHAT_KILLS ?? 2), OF_ONE = 20;

// Sends a form; one time in three the connection is cut: before the request, amid it, or before its answer is read.
function dropped(guest, fields) {
  const body = new URLSearchParams(fields).toString(), luck = Math.random();
  return new Promise((done, failed) => {
    if (luck < 0.1) return failed(new Error('no line'));
    const headers = { cookie: guest.cookie(), 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body), accept: 'application/json' };
    const req = http.request(guest.base + '/chat', { method: 'POST', headers, agent: false }, res => {
      let text = '';
      if (luck < 0.25) { req.destroy(); return failed(new Error('the answer was lost')); }
      res.on('data', d => { text += d; }).on('end', () => done({ status: res.statusCode, retry: Number(res.headers['retry-after']), text })).on('error', failed);
    });
    req.on('error', failed);
    if (luck > 0.92) { req.write(body.slice(0, body.length / 2)); setTimeout(() => { req.destroy(); failed(new Error('cut amid it')); }, 5); } else req.end(body);
  });
}

async function talk(house, n, giulia) {
  const guest = new Guest(house.base), mine = [], ours = [];
  let id = '', resent = 0;
  await until('a guest', async () => (await guest.post('/chat/hello')).status === 200);
  const send = async (text, once) => {
    for (;; resent++) {
      const r = await dropped(guest, { text, once, name: `Ospite ${n}`, conversation: id }).catch(() => null);
      if (r?.status === 200) { id = JSON.parse(r.text).location.match(/with=(\d+)/)[1]; return; }
      if (r) assert.ok(r.status === 429 || r.status >= 500, `${r.status} ${r.text}`);
      await sleep(r?.retry ? r.retry * 1000 : 50);
    }
  };
  const answer = async text => {
    for (let once;;) {
      try {
        const { composer } = await giulia.story(id);
        once ??= composer.once;
        const r = await giulia.post(`/desk/c/${id}/reply`, { door: composer.doors[0].value, text, seen: composer.seen, once }, { accept: 'application/json' });
        if (r.status === 200) return;
      } catch { /* the server is away */ }
      await sleep(100);
    }
  };
  await send(`o${n} 0`, `c${n}-0`);
  mine.push(`o${n} 0`);
  await until('listened', async () => { await giulia.listen(id); return true; });
  for (let i = 1; i < OF_ONE; i++) {
    const theirs = `o${n} ${i}`, reply = `g${n} ${i}: eccomi con la risposta numero ${i} per l’ospite ${n}`;
    await Promise.all([send(theirs, `c${n}-${i}`), answer(reply)]);
    mine.push(theirs);
    ours.push(reply);
  }
  const last = `g${n} fine: questa era l’ultima per l’ospite ${n}`;
  await answer(last);
  ours.push(last);
  return { guest, mine, ours, resent, n, id };
}

test(`chat chaos: ${EACH} messages each way, ${KILLS} kills`, async () => {
  const house = await startHouse();
  try {
    const giulia = await house.colleague('giulia');
    let over = false;
    const killing = (async () => { for (let k = 0; k < KILLS && !over; k++) { await sleep(1500); await house.kill(); await house.start(); } })();
    const talks = await Promise.all(Array.from({ length: Math.ceil(EACH / OF_ONE) }, (_, n) => talk(house, n, giulia)));
    over = true;
    await killing;
    const places = () => JSON.stringify(house.sql('SELECT o.state, o.failure, o.words, o.attempts FROM outbox o'));
    for (const { guest, mine, ours } of talks) {
      const items = await until(() => `all are there: ${places()}`, async () => {
        const { items } = await guest.json('/chat');
        return items.filter(i => !i.mine).length >= ours.length && items;
      });
      assert.deepEqual(items.filter(i => i.mine).map(i => i.text), mine);
      assert.deepEqual(items.filter(i => !i.mine).map(i => i.text), ours);
    }
    assert.ok(talks.reduce((n, t) => n + t.resent, 0) > 10, 'lines did break');
    const ledger = house.ledger();
    assert.deepEqual([ledger.code, ledger.balanced, ledger.received], [0, true, talks.length * OF_ONE]);
  } finally { await house.stop(); }
}, { timeout: 1800000 });
