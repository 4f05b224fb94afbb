// The archive of Google+ on the desk: imported beside a running house, shown and found, answered by nobody, offered
// nowhere as a network to connect.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startHouse, tempDir } from './support.mjs';

let house, giulia, anna, archive;
before(async () => {
  house = await startHouse({ on: ['x'] });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
  archive = tempDir('ascolto-takeout');
});
after(async () => { await house.stop(); fs.rmSync(archive, { recursive: true, force: true }); });

const who = (id, displayName) => ({ displayName, resourceName: `users/${id}` });
const comment = (id, author, at, content) => ({ creationTime: `2018-10-09 ${at}+0000`, author, content, resourceName: `users/1001/posts/P1/comments/${id}` });
const post = {
  url: 'https://plus.google.com/+Prova/posts/P1', creationTime: '2018-10-09 08:00:00+0000', author: who('1001', 'Prova &amp; Figli'),
  content: 'Siamo <b>tornati</b>', resourceName: 'users/1001/posts/P1', postAcl: { visibleToStandardAcl: { circles: [{ type: 'CIRCLE_TYPE_PUBLIC' }] } },
  comments: [comment('c1', who('1002', 'Ada &#39;Dina&#39; Prova'), '08:12:44', 'A Trebisonda <script>alert(1)</script>non va<br>ancora'), comment('c2', who('1001', 'Prova'), '08:30:00', 'Ora sì')],
};
const bring = () => house.cli('import', archive, '--format', 'takeout', '--json');

test('a post and its comments are a closed story that nobody can answer', async () => {
  const folder = path.join(archive, 'Takeout/Google+ Stream/Posts');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, '20181009 - Siamo tornati.json'), JSON.stringify(post, null, 2));
  const r = bring();
  assert.equal(r.code, 0, r.err);
  assert.deepEqual([JSON.parse(r.out).conversations, JSON.parse(r.out).messages], [1, 3]);
  const row = (await giulia.json('/desk?tab=all&place=closed')).list.rows.find(one => one.person.name === "Ada 'Dina' Prova");
  assert.ok(row, 'it stands among what is closed');
  const { conversation, items, composer } = await giulia.story(row.id);
  assert.equal(conversation.place, 'closed');
  assert.deepEqual(items.filter(i => i.kind === 'message').map(i => [i.ours, i.text]), [[true, 'Siamo tornati'], [false, 'A Trebisonda non va\nancora'], [true, 'Ora sì']]);
  assert.equal(composer.any_open, false, JSON.stringify(composer));
  const page = await giulia.get(`/desk/c/${row.id}`);
  assert.equal(page.status, 200);
  assert.ok(page.text.includes('Trebisonda') && !page.text.includes('alert(1)'));
});

test('it is found by its words and by its network', async () => {
  const found = await giulia.json('/desk/search?q=trebisonda&network=googleplus');
  assert.equal(found.hits.length, 1);
  assert.equal(found.hits[0].network, 'googleplus');
});

test('a second time changes nothing', async () => {
  const ledger = house.ledger(), r = JSON.parse(bring().out);
  assert.deepEqual([r.messages, r.people, r.conversations, r.known], [0, 0, 0, 1]);
  assert.deepEqual(house.ledger(), ledger);
  assert.equal(ledger.balanced, true);
});

test('nobody is offered to connect it', async () => {
  const { networks, channels } = await anna.json('/desk/channels');
  assert.ok(!networks.some(n => n.name === 'googleplus') && networks.some(n => n.name === 'x'));
  assert.ok(!channels.some(c => c.network === 'googleplus'));
  assert.equal((await anna.get('/desk/channels/new?network=googleplus')).status, 404);
});
