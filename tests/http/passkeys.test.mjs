// Passkeys of customers: what one opens from another browser, what goes with it when persons are joined and parted, and all
// that opens nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anotherKey, Device } from './authenticator.mjs';
import { cli, everything, startHouse, until } from './support.mjs';
import { Guest } from './guest.mjs';

let house, giulia, base, addresses = 0;
before(async () => { house = await startHouse(); base = house.base.replace('127.0.0.1', 'localhost'); giulia = await house.colleague('giulia'); }, { timeout: 120000 });
after(() => house?.stop());

// Somebody at an address of their own: no more sign-ins go from one than people make.
class Somebody extends Guest {
  constructor(at = base) { super(at); this.address = `10.31.${++addresses >> 8}.${addresses & 255}`; }
  ask(where, { headers = {}, ...options } = {}) { return super.ask(where, { ...options, headers: { 'x-forwarded-for': this.address, ...headers } }); }
  script(where, fields) { return this.post(where, fields, { accept: 'application/json' }); }
  async asked(where) { const r = await this.script(where); assert.equal(r.status, 200, `${where}: ${r.status} ${r.text.slice(0, 300)}`); return r.json(); }
  async add(device, wrong, more = {}) { return this.script('/me/passkeys', { ...device.make(await this.asked('/me/passkeys/begin'), wrong), ...more }); }
  async enter(device, wrong, key) { return this.script('/sign-in/passkey', device.use(await this.asked('/sign-in/passkey/begin'), wrong, key)); }
  async mine() { return (await this.json('/me/passkeys')).passkeys; }
  async open() { return (await this.requests()).open.map(r => r.id).sort(); }
}
const went = (r, where) => { assert.equal(r.status, 200, r.text.slice(0, 300)); assert.equal(r.json().location, where); };
const personOf = id => house.sql(`SELECT CAST(person_id AS TEXT) AS id FROM conversation WHERE id = ${id}`)[0].id;
const keys = () => house.sql('SELECT count(*) AS n FROM passkey')[0].n;
const asks = () => house.sql('SELECT count(*) AS n FROM passkey_ask')[0].n;
const log = () => house.server.log;

test('added in one browser, used in another: the requests are there, and go on; all three kinds of keys', { timeout: 120000 }, async () => {
  for (const algorithm of [-7, -8, -257]) {
    const device = new Device(base, { algorithm, counts: algorithm !== -8 }), one = new Somebody(), two = new Somebody();
    const own = await one.request(`Una cosa ${algorithm}`, { name: 'Pia Chiavi' });
    assert.deepEqual(await one.mine(), []);
    went(await one.add(device), '/me/passkeys?done=added');
    const [there] = await one.mine();
    assert.deepEqual([there.name, there.used, there.elsewhere], ['Telefono', null, '']);
    assert.ok(Date.parse(there.added) > Date.now() - 60000);
    assert.match((await one.get('/me/passkeys?done=added')).text, /La prossima volta entri così/);
    const asked = await two.asked('/sign-in/passkey/begin'), before = two.cookie();
    const fields = device.use(asked);
    went(await two.script('/sign-in/passkey', fields), '/requests');
    assert.notEqual(two.cookie(), before, 'another cookie');
    const old = new Somebody();
    for (const pair of before.split('; ')) old.jar.set(...pair.split('='));
    assert.deepEqual(await old.open(), [], 'one known before opens nothing after');
    assert.deepEqual(await two.open(), [own]);
    await two.say(own, 'Continuo da qui');
    assert.ok((await two.mine())[0].used);
    assert.equal((await two.json('/sign-in')).signed_in, 'Pia Chiavi');
    assert.equal((await two.script('/sign-in/passkey/begin')).status, 409, 'nobody becomes two people by pressing');
    const three = new Somebody();
    went(await three.enter(device), '/requests'); // a device without a counter too
  }
  assert.deepEqual([house.ledger().code, house.ledger().balanced], [0, true]);
  assert.equal(asks(), 0, 'nothing is asked any more');
});

test('what was written in this browser before is theirs from then on, as with a code', async () => {
  const device = new Device(base), one = new Somebody(), two = new Somebody();
  const own = await one.request('Dal primo', { name: 'Ugo Due' });
  await one.add(device);
  const later = await two.request('Dal secondo, senza dire chi sono');
  went(await two.enter(device), '/requests');
  assert.deepEqual(await two.open(), [own, later].sort());
  assert.equal(personOf(own), personOf(later));
});

test('what does not hold opens nothing, and adds nothing', { timeout: 120000 }, async () => {
  const device = new Device(base), one = new Somebody(), own = await one.request('Una cosa privata', { name: 'Rosa Privata' });
  const wrongs = {
    'another challenge': { challenge: Buffer.alloc(32).toString('base64url') }, 'another deed': { type: 'webauthn.elsewhere' },
    'another site': { origin: 'https://evil.example' }, 'a page within another': { crossOrigin: true }, 'a key for another site': { rpId: 'evil.example' },
    'nobody there': { flags: 0x44 }, 'nobody confirmed': { flags: 0x41 },
  };
  const count = keys();
  for (const [why, wrong] of Object.entries(wrongs)) {
    const r = await one.add(device, wrong);
    assert.equal(r.status, 422, `${why}: ${r.status} ${r.text}`);
  }
  assert.equal((await one.add(device, {}, { algorithm: '-257' })).status, 422, 'a key of another kind');
  assert.equal((await one.add(device, {}, { key: 'AAAA' })).status, 422);
  assert.equal((await one.add(device, {}, { key: '' })).status, 422);
  assert.equal((await one.add(device, {}, { auth: 'A'.repeat(9000) })).status, 422, 'too long');
  assert.equal((await one.add(device, {}, { client: '***' })).status, 422);
  assert.equal((await one.add(device, { id: Buffer.alloc(1024, 1) })).status, 422, 'a name that is too long');
  assert.equal(keys(), count);
  went(await one.add(device), '/me/passkeys?done=added');
  const key = device.keys.at(-1), thief = new Somebody();
  for (const [why, wrong] of Object.entries({ ...wrongs, 'nobody there': { flags: 0x04 }, 'nobody confirmed': { flags: 0x01 }, 'another key': { key: anotherKey() }, 'another account': { handle: 'AAAA' }, 'no account': { handle: '' } })) {
    const r = await thief.enter(device, wrong, key);
    assert.equal(r.status, 422, `${why}: ${r.status} ${r.text}`);
    thief.address = `10.32.0.${++addresses & 255}`; // people do not try so often
    assert.deepEqual(await thief.open(), []);
  }
  assert.match(log(), /"passkey".*its signature is wrong/);
  const other = new Somebody();
  assert.equal((await other.enter(device, { id: Buffer.alloc(32, 7) }, key)).status, 404, 'one that nobody has');
  assert.equal((await other.script('/sign-in/passkey', { id: '', client: '', auth: '', signature: '', handle: '' })).status, 422);
  const right = new Somebody(), two = device.keys.at(-1);
  assert.deepEqual((await right.enter(device, {}, two)).json(), { location: '/requests' });
  assert.deepEqual(await right.open(), [own]);
});

test('once: not twice, not late, not in another browser, and nothing that was not asked', async () => {
  const device = new Device(base), one = new Somebody(), two = new Somebody(), three = new Somebody(), four = new Somebody();
  await one.request('Una volta sola', { name: 'Ida Unica' });
  const made = device.make(await one.asked('/me/passkeys/begin'));
  went(await one.script('/me/passkeys', made), '/me/passkeys?done=added');
  assert.equal((await one.script('/me/passkeys', made)).status, 422, 'the same again');
  const again = device.make(await one.asked('/me/passkeys/begin'), { id: device.keys.at(-1).id });
  device.keys.pop();
  assert.equal((await one.script('/me/passkeys', again)).status, 409, 'a name that is taken');
  const used = device.use(await two.asked('/sign-in/passkey/begin'));
  assert.equal((await three.script('/sign-in/passkey', used)).status, 422, 'nothing was asked of this browser');
  await three.asked('/sign-in/passkey/begin');
  assert.equal((await three.script('/sign-in/passkey', used)).status, 422, 'something else was');
  went(await two.script('/sign-in/passkey', used), '/requests');
  assert.equal((await two.script('/sign-in/passkey', used)).status, 422, 'twice');
  const copy = new Somebody();
  for (const [k, v] of two.jar) copy.jar.set(k, v);
  assert.equal((await copy.script('/sign-in/passkey', used)).status, 422);
  const late = device.use(await four.asked('/sign-in/passkey/begin'));
  house.write('UPDATE passkey_ask SET expires_at = 1');
  assert.equal((await four.script('/sign-in/passkey', late)).status, 422, 'late');
  const first = device.use(await four.asked('/sign-in/passkey/begin'));
  await four.asked('/sign-in/passkey/begin');
  assert.equal((await four.script('/sign-in/passkey', first)).status, 422, 'the one before');
  assert.deepEqual(await four.open(), []);
  const nobody = new Somebody();
  assert.equal((await nobody.script('/me/passkeys/begin')).status, 404, 'who is nobody yet adds none');
});

test('a counter that goes back is that of a copy, and is said in the log', async () => {
  const device = new Device(base), one = new Somebody(), two = new Somebody();
  await one.request('Copiata', { name: 'Elio Copia' });
  await one.add(device);
  device.counter = 40;
  went(await two.enter(device), '/requests');
  for (const counter of [0, 39, 40]) {
    const three = new Somebody();
    device.counter = counter;
    assert.equal((await three.enter(device)).status, 422);
    assert.deepEqual(await three.open(), []);
  }
  assert.match(log(), /passkey \d+: Its counter went back: there may be a copy of it/);
  device.counter = 41;
  went(await new Somebody().enter(device), '/requests');
});

test('removed, it opens nothing; nobody removes somebody else’s', async () => {
  const device = new Device(base), second = new Device(base), one = new Somebody(), two = new Somebody(), stranger = new Somebody();
  await one.request('Da togliere', { name: 'Nora Toglie' });
  await one.add(device);
  await one.add(second, {}, { name: '  <b>Portatile</b> di casa, quello che sta in cucina vicino alla finestra grande ' });
  const list = await one.mine();
  assert.equal(list.length, 2);
  assert.ok(list[1].name.length <= 61 && list[1].name.startsWith('<b>Portatile'), list[1].name);
  assert.doesNotMatch((await one.get('/me/passkeys')).text, /<b>Portatile/);
  await stranger.request('Altro');
  assert.equal((await stranger.post(`/me/passkeys/${list[0].id}/remove`)).status, 404);
  assert.equal((await new Somebody().post(`/me/passkeys/${list[0].id}/remove`)).status, 404);
  went(await two.enter(device), '/requests');
  const r = await two.post(`/me/passkeys/${list[0].id}/remove`);
  assert.deepEqual([r.status, r.headers.location], [303, '/me/passkeys?done=removed'], 'from any browser of theirs, without scripts');
  assert.equal((await new Somebody().enter(device)).status, 404);
  went(await new Somebody().enter(second), '/requests');
  assert.equal((await two.post(`/me/passkeys/${list[0].id}/remove`)).status, 404, 'once');
});

test('what a device is told: nothing of who they are but a name; which it need not make again', async () => {
  const device = new Device(base), one = new Somebody(), two = new Somebody();
  const own = await one.request('Che cosa si dice', { name: 'Gina Nomi' }), person = personOf(own);
  const first = await one.asked('/me/passkeys/begin');
  assert.deepEqual([first.rp, first.user.name, first.exclude], [{ id: 'localhost', name: 'Prova' }, 'Gina Nomi', []]);
  assert.equal(Buffer.from(first.user.id, 'base64url').length, 32);
  assert.equal(Buffer.from(first.challenge, 'base64url').length, 32);
  await one.add(device);
  const second = await one.asked('/me/passkeys/begin');
  assert.deepEqual(second.exclude, [{ id: device.keys[0].id.toString('base64url'), transports: ['internal', 'hybrid'] }]);
  assert.equal(second.user.id, device.keys[0].handle, 'one account on every device');
  assert.notEqual(second.challenge, first.challenge);
  const nameless = new Somebody();
  await nameless.request('Senza dire come mi chiamo');
  assert.equal((await nameless.asked('/me/passkeys/begin')).user.displayName, 'Prova', 'who gave no name is not given one');
  await two.request('Altra persona', { name: 'Gina Nomi' });
  const other = await two.asked('/me/passkeys/begin');
  assert.notEqual(other.user.id, second.user.id);
  assert.ok(!Buffer.from(second.user.id, 'base64url').includes(person));
  const asked = await new Somebody().asked('/sign-in/passkey/begin'), all = everything(house.data);
  for (const value of [asked.challenge, other.challenge]) for (const form of [Buffer.from(value), Buffer.from(value, 'base64url'), Buffer.from(Buffer.from(value, 'base64url').toString('hex'))])
    assert.equal(all.indexOf(form), -1, 'what is asked is not kept as it is');
});

test('persons joined and parted: a passkey goes with the browser that added it', { timeout: 120000 }, async () => {
  const ada = new Somebody(), bea = new Somebody(), hers = new Device(base), theirs = new Device(base);
  const a = await ada.request('Sono Ada', { name: 'Ada Unita' }), b = await bea.request('Sono Bea', { name: 'Bea Unita' });
  await ada.add(hers);
  await bea.add(theirs);
  await giulia.done(`/desk/person/${personOf(b)}/merge`, { other: personOf(a) });
  const from = house.sql(`SELECT CAST(from_id AS TEXT) AS id FROM person_merge WHERE into_id = ${personOf(b)}`)[0].id;
  for (const device of [hers, theirs]) {
    const two = new Somebody();
    went(await two.enter(device), '/requests');
    assert.deepEqual(await two.open(), [a, b].sort());
    assert.equal((await two.mine()).length, 2);
  }
  const merge = house.sql(`SELECT CAST(id AS TEXT) AS id FROM person_merge WHERE from_id = ${from}`)[0].id;
  await giulia.done(`/desk/merge/${merge}/undo`);
  for (const [device, own] of [[hers, a], [theirs, b]]) {
    const two = new Somebody();
    went(await two.enter(device), '/requests');
    assert.deepEqual(await two.open(), [own], 'apart again');
    assert.equal((await two.mine()).length, 1);
  }
});

test('who came in by somebody’s code and is parted again takes along the passkey added meanwhile', { timeout: 120000 }, async () => {
  const wrong = new Somebody(), device = new Device(base);
  const own = await wrong.request('Ho scritto io', { name: 'Chi Non È' });
  await house.net.call('/sim/person', { key: 'chiave1', name: 'Vera Persona' });
  await house.net.act({ network: 'whatsapp', person: 'chiave1', what: 'message', text: 'Sono Vera, il mio segreto' });
  const c = await giulia.hear('il mio segreto');
  const asc = (await wrong.post('/sign-in')).text.match(/ASC-[2-9A-Z]{6}/)[0];
  await house.net.act({ network: 'whatsapp', person: 'chiave1', what: 'message', text: asc });
  await until('the code is here', () => house.sql(`SELECT id FROM message WHERE text = '${asc}'`).length);
  await wrong.post('/sign-in/done', { code: asc });
  went(await wrong.add(device), '/me/passkeys?done=added');
  const two = new Somebody();
  went(await two.enter(device), '/requests');
  assert.deepEqual(await two.open(), [c, own].sort());
  const merge = house.sql(`SELECT CAST(id AS TEXT) AS id FROM person_merge WHERE into_id = ${personOf(c)} ORDER BY id LIMIT 1`)[0].id;
  await giulia.done(`/desk/merge/${merge}/undo`);
  assert.deepEqual(await two.open(), [own], 'and the browser that came in by it meanwhile');
  const three = new Somebody();
  went(await three.enter(device), '/requests');
  assert.deepEqual(await three.open(), [own], 'not what is Vera’s');
});

test('another brand’s passkey opens nothing; one of an address that is gone neither', async () => {
  cli('brand', 'add', '--data', house.data, '--name', 'altra', '--title', 'Altra');
  const device = new Device(base), one = new Somebody(), there = new Somebody(`${base}/b/altra`);
  await one.request('Di questo marchio', { name: 'Lea Marchio' });
  await one.add(device);
  const r = await there.script('/sign-in/passkey', device.use(await there.asked('/sign-in/passkey/begin')));
  assert.equal(r.status, 404, r.text);
  assert.deepEqual((await there.json('/me/passkeys')).passkeys, []);
  house.write(`UPDATE passkey SET host = 'prima.example' WHERE credential = '${device.keys[0].id.toString('base64url')}'`);
  assert.equal((await new Somebody().enter(device)).status, 404);
  assert.match((await one.get('/me/passkeys')).text, /vale su prima\.example/);
});

test('where the address is in numbers nothing is offered, and the other ways are as they were', async () => {
  const guest = new Somebody(house.base), here = new Somebody();
  await guest.request('Per numeri');
  assert.equal((await guest.script('/me/passkeys/begin')).status, 404);
  assert.equal((await guest.script('/sign-in/passkey/begin')).status, 404);
  for (const where of ['/sign-in', '/requests']) assert.doesNotMatch((await guest.get(where)).text, /passkey/, where);
  assert.match((await guest.get('/me/passkeys')).text, /serve quello con il nome del sito/);
  const page = (await here.get('/sign-in')).text;
  assert.match(page, /<section[^>]* id="passkey"[^>]* hidden/, 'without scripts nothing is shown');
  assert.match(page, /assets\/[0-9a-f]+\/passkey\.js/);
});

test('no more than people do: sign-ins from an address, passkeys of a person', { timeout: 120000 }, async () => {
  const one = new Somebody();
  let r, n = 0;
  do r = await one.script('/sign-in/passkey/begin'); while (r.status === 200 && ++n < 30);
  assert.deepEqual([r.status, n], [429, 10]);
  assert.ok(Number(r.headers['retry-after']) > 0);
  const many = new Somebody(), device = new Device(base);
  await many.request('Tante', { name: 'Tea Tante' });
  for (let i = 0; i < 20; i++) { if (i === 12) many.address = '10.31.250.1'; went(await many.add(device), '/me/passkeys?done=added'); }
  assert.equal((await many.script('/me/passkeys/begin')).status, 409);
  assert.match((await many.get('/me/passkeys')).text, /Ne hai già venti/);
});

test('signing out, and forgetting a browser, leave the passkey; what is asked goes', async () => {
  const device = new Device(base), one = new Somebody();
  const own = await one.request('Resta', { name: 'Resi Sta' });
  await one.add(device);
  await one.asked('/me/passkeys/begin');
  const waiting = asks();
  await one.post('/sign-out');
  assert.equal(asks(), waiting - 1);
  const two = new Somebody();
  went(await two.enter(device), '/requests');
  assert.deepEqual(await two.open(), [own]);
});
