// The same story on every network that there is, as its simulator and its adapter describe themselves: a customer writes,
// a colleague answers, the network takes it once; an edit, a picture, a block. A new network is told here without a line.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cli, root, startHouse, until } from './support.mjs';

let house, giulia, anna;
before(async () => {
  house = await startHouse({ on: 'all' });
  giulia = await house.colleague('giulia');
  anna = await house.colleague('anna');
});
after(() => house.stop());

// The networks are known before the house stands: tests are named after them. Some have no simulation (e-mail has real
// servers, tests/real).
const networks = JSON.parse(cli('channel', 'networks', '--json')).map(n => n.name).filter(n => fs.existsSync(path.join(root, `src/sim/${n}.c`)));
// Edits that the network tells without saying of what, or not at all.
const silentEdits = { whatsapp: true };

// Waits for what a network tells; one that tells nothing is asked, as an admin asks by "Check now", until it is there.
async function hear(network, what, ask) {
  if (house.known[network].hooked) return until(what, ask);
  const where = `/desk/channels/${house.channels[network]}`;
  await anna.get(where);
  for (const end = Date.now() + 40000; ;) {
    await anna.done(`${where}/ask`);
    try {
      return await until(what, ask, 4000);
    } catch (e) {
      if (Date.now() > end) throw new Error(`${e.message}: ${JSON.stringify(house.channel(network).asking.lists)}`);
    }
  }
}

let count = 0;
async function write(network, more = {}) {
  const person = `cliente${++count}`, what = ['message', 'post', 'comment'].find(act => house.known[network].acts.includes(act));
  const said = { network, person, what, text: `Non va più niente, aiuto (${person})`, ...more };
  if (said.what === 'comment') said.to = (await house.net.state()).items.find(i => i.network === network && i.by_brand && i.kind !== 'private').id;
  await house.net.call('/sim/person', { key: person, name: `Ada Prova ${count}` });
  const { id: item } = await house.net.act(said);
  return { ...said, item, id: (await hear(network, `“${said.text}” on the desk`, () => giulia.find(said.text))).id };
}
const accepted = async text => (await house.net.state()).accepted.filter(a => a.text === text).map(a => a.count);
const state = async (talk, text) => {
  const m = await giulia.message(talk.id, text);
  return m && (m.unsent ? m.unsent.failure : m.state);
};
const send = async (talk, text) => {
  const r = await giulia.reply(talk.id, text);
  assert.equal(r.status, 200, r.text);
};

// Where the brand learns only how much people wrote: a notice with a link, which a colleague answers there and closes here.
async function counted(network) {
  const post = (await house.net.state()).items.find(i => i.network === network && i.by_brand), person = `cliente${++count}`;
  await hear(network, 'what was there is counted', async () => house.channel(network).asking.lists.every(l => l.checked_until));
  await house.net.call('/sim/person', { key: person, name: `Ada Prova ${count}` });
  await house.net.act({ network, person, what: 'comment', to: post.id, text: 'Che bello!' });
  const row = await hear(network, 'a notice', async () => (await giulia.json('/desk?tab=all')).list.rows.find(r => r.person.name.includes(post.text)));
  const { items } = await giulia.story(row.id), notice = items.find(i => i.kind === 'message');
  assert.match(notice.text, /\b1\b/);
  assert.ok(!notice.text.includes('Che bello!') && notice.link.includes(post.id), JSON.stringify(notice));
  await giulia.done(`/desk/c/${row.id}/close`, { reason: 'answered_elsewhere' });
  assert.equal((await giulia.story(row.id)).conversation.place, 'closed');
  await hear(network, 'the next look', async () => true);
  assert.equal((await giulia.messages(row.id)).length, 1, 'told once');
  const { steps } = await anna.json(`/desk/channels/${house.channels[network]}`);
  assert.deepEqual(steps.map(s => [s.key, s.done]), [['token', true], ['in', true]], 'nobody is told to answer');
}

for (const network of networks) {
  const does = (...acts) => acts.every(act => house.known[network].acts.includes(act));

  test(`${network}: what a customer writes is answered, once`, async () => {
    if (house.known[network].counted) return counted(network);
    const talk = await write(network), text = `Eccomi, ci penso io (${++count})`;
    await giulia.listen(talk.id);
    await send(talk, text);
    await until('the network has it', async () => (await accepted(text)).length);
    await until('the desk knows', async () => ['sent', 'delivered', 'read', 'published'].includes(await state(talk, text)));
    assert.deepEqual(await accepted(text), [1]);
    assert.equal((await giulia.messages(talk.id, text)).length, 1);
  });

  test(`${network}: an edit is seen, with what it said before`, async t => {
    if (!does('edit') || silentEdits[network]) return t.skip('the network tells of none');
    const talk = await write(network, { ...(does('post') && { what: 'post' }), text: `@nuvolamobile prima (${++count})` });
    await house.net.act({ network, person: talk.person, what: 'edit', to: talk.item, text: `@nuvolamobile dopo (${count})` });
    const m = await hear(network, 'the new words are there', () => giulia.message(talk.id, `dopo (${count})`));
    assert.match(JSON.stringify(m), /prima \(/);
  });

  test(`${network}: a picture is fetched and kept`, async t => {
    if (!house.known[network].attachments.includes('picture')) return t.skip('none can be sent there');
    const talk = await write(network, { media: 'picture' });
    // with its words, or beside them where a picture has none
    await until('the picture is there', async () => (await giulia.messages(talk.id)).some(m => m.attachments?.[0]?.state === 'stored'));
  });

  test(`${network}: who blocked us is not reached, and the desk says so`, async t => {
    if (!does('message', 'block') || house.known[network].lacks.includes('blocked')) return t.skip('nobody can, or nobody is told');
    const talk = await write(network), text = `Ci sente ancora? (${++count})`;
    await giulia.listen(talk.id);
    await house.net.act({ network, person: talk.person, what: 'block' });
    const told = async () => (await giulia.json(`/desk/c/${talk.id}`)).who.identities.some(i => i.blocked);
    if (!await until('the network tells', told, 1000).catch(() => false)) await send(talk, text); // else it says so when we answer
    await until('the person is flagged', told);
    assert.ok((await giulia.story(talk.id)).composer.shut.some(d => d.why === 'blocked'), 'the door is shut');
    assert.deepEqual(await accepted(text), network === 'whatsapp' ? [1] : []); // taken, and refused by a later word
  });
}
