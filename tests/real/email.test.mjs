// E-mail with real servers: a person writes, a colleague answers, the answer stands in the person's mailbox beneath what
// they wrote; what cannot be delivered is told; a server that dies in between loses nothing and says nothing twice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cliTry, startHouse, until } from '../http/support.mjs';
import { Guest } from '../http/guest.mjs';
import { missing, startMail } from './mail.mjs';

const skip = missing ? `skipped: ${missing}` : false;
if (skip) console.log(skip);
let mail, house, giulia, channel;

// A round is asked every minute; whoever changes a channel does not wait for it.
const ask = () => cliTry('channel', 'set', channel, '--set', `name=Negozio ${Date.now()}`, '--data', house.data, '--brand', house.brand);
async function hear(words) {
  let asked = 0;
  await until(`“${words}”`, async () => {
    if (Date.now() - asked > 4000) { ask(); asked = Date.now(); }
    return giulia.find(words);
  }, 30000);
  return (await giulia.find(words)).id;
}

before(async () => {
  if (skip) return;
  mail = await startMail({ care: 'segreta', mina: 'altra' });
  house = await startHouse();
  const added = cliTry('channel', 'add', '--data', house.data, '--brand', house.brand, '--network', 'email', '--name', 'Posta',
    '--set', 'address=care@care.test', '--set', `imap_url=imap://127.0.0.1:${mail.imap}/INBOX?tls=none`,
    '--set', `smtp_url=smtp://127.0.0.1:${mail.smtp}?tls=none`, '--set', 'password=segreta', '--set', 'name=Negozio');
  assert.equal(added.code, 0, added.err);
  channel = added.out.trim();
  giulia = await house.colleague('giulia');
});
after(async () => {
  if (skip) return;
  try { await house.stop(); } finally { await mail.stop(); }
});

test('a mail is heard, answered, and the answer stands in its thread', { skip }, async () => {
  mail.send({ from: 'Mina Keller <mina@care.test>', subject: 'Dov’è il pacco?', body: 'Lo aspetto da due settimane.', headers: { 'Message-Id': '<prima@care.test>' } });
  const id = await hear('Lo aspetto da due settimane');
  assert.equal((await giulia.story(id)).person.name, 'Mina Keller');
  await giulia.listen(id, 'sapere dove è il pacco');
  const sent = await giulia.reply(id, 'Mina, è partito oggi: perché no?', { door: 'email' });
  assert.equal(sent.status, 200, sent.text);
  await until('the mailbox has the answer', () => mail.box('mina').length === 1, 30000);
  const { text } = mail.box('mina')[0];
  assert.match(text, /^In-Reply-To: <prima@care\.test>$/m);
  assert.match(text, /^References: <prima@care\.test>$/m);
  assert.match(text, /^From: Negozio.* <care@care\.test>$/m);
  assert.match(text, /^Subject: Re: /m);
  assert.match(text, /^Message-Id: <ascolto\.\d+@care\.test>$/mi);
  assert.match(text, /=C3=A8 partito oggi: perch=C3=A9 no\?/);

  const ours = /<(ascolto\.\d+@care\.test)>/.exec(text)[1];
  mail.send({ from: 'mina@care.test', subject: 'Re: Dov’è il pacco?', body: 'Arrivato, grazie!\\n\\nIl 2 nov 2026 Negozio ha scritto:\\n> Mina, è partito oggi', headers: { 'Message-Id': '<seconda@care.test>', 'In-Reply-To': `<${ours}>`, References: `<prima@care.test> <${ours}>` } });
  assert.equal(await hear('Arrivato, grazie!'), id, 'the same story');
  assert.equal((await giulia.message(id, 'Arrivato')).text, 'Arrivato, grazie!');
  await until('marked as read', () => mail.box('care').every(m => /:2,.*S/.test(m.name)), 20000);
});

test('a file that came with a mail is there at once', { skip }, async () => {
  const file = path.join(mail.dir, 'prova.png');
  fs.writeFileSync(file, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
  mail.send({ from: 'Tom <tom@care.test>', subject: 'Rotto', body: 'Guardate la foto.', attach: file });
  await hear('Guardate la foto');
  assert.deepEqual(house.sql("SELECT state, name, mime FROM attachment WHERE name = 'prova.png'").map(r => r.state), ['stored']);
});

test('what cannot be delivered comes back to its reply', { skip }, async () => {
  mail.send({ from: 'Nessuno <nessuno@care.test>', subject: 'Aiuto', body: 'Non so se mi leggete.' });
  const id = await hear('Non so se mi leggete');
  await giulia.listen(id, 'aiuto');
  assert.equal((await giulia.reply(id, 'Eccoci, Nessuno.', { door: 'email' })).status, 200);
  let asked = 0;
  await until('the reply failed', async () => {
    if (Date.now() - asked > 4000) { ask(); asked = Date.now(); }
    return JSON.stringify(await giulia.message(id, 'Eccoci, Nessuno')).includes('5.1.1') || house.sql("SELECT receipt FROM message WHERE text LIKE 'Eccoci, Nessuno%'")[0].receipt === 1;
  }, 30000);
});

test('an absence note is shown and nobody waits', { skip }, async () => {
  mail.send({ from: 'Mina Keller <mina@care.test>', subject: 'Fuori sede', body: 'Torno lunedì.', headers: { 'Auto-Submitted': 'auto-replied' } });
  let asked = 0;
  await until('it is kept', () => {
    if (Date.now() - asked > 4000) { ask(); asked = Date.now(); }
    return house.sql("SELECT place FROM message WHERE text LIKE '%Torno luned%'").length === 1;
  }, 30000);
  assert.equal(house.sql("SELECT place FROM message WHERE text LIKE '%Torno luned%'")[0].place, 3);
  const ledger = house.ledger();
  assert.equal(ledger.balanced, true, ledger.err);
});

test('a server that dies in between loses nothing and doubles nothing', { skip }, async () => {
  await house.kill();
  for (let i = 0; i < 30; i++) mail.send({ from: `P${i} <p${i}@care.test>`, subject: `Numero ${i}`, body: `Domanda numero ${i}.` });
  await house.start();
  await until('some are in', () => house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%Domanda numero%'")[0].n > 0, 30000);
  await house.kill();
  await house.start();
  giulia = await house.colleague('giulia');
  await until('all are in', () => house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%Domanda numero%'")[0].n >= 30, 90000);
  assert.equal(house.sql("SELECT count(*) AS n FROM message WHERE text LIKE '%Domanda numero%'")[0].n, 30);
  assert.equal(house.ledger().balanced, true);
});

test('who wrote by mail signs in on the care site by a code in their mailbox, and finds what they wrote', { skip }, async () => {
  mail.send({ from: 'Mina Keller <mina@care.test>', subject: 'Il reso', body: 'A chi mando il reso?', headers: { 'Message-Id': '<reso@care.test>' } });
  const id = await hear('A chi mando il reso?'), before = mail.box('mina').length, guest = new Guest(house.base);
  assert.equal((await guest.post('/sign-in/email', { address: 'Mina@care.test' })).status, 303);
  const letter = await until('the code', () => mail.box('mina').map(m => m.text).find(t => /^Auto-Submitted: auto-generated$/m.test(t)), 30000);
  assert.equal(mail.box('mina').length, before + 1);
  assert.equal((await guest.post('/sign-in/email/code', { code: letter.match(/<h1>(\d{6})<\/h1>/)[1] })).status, 303);
  assert.ok((await guest.requests()).open.some(r => r.id === id));
  const { person } = await giulia.story(id);
  assert.equal(person.name, 'Mina Keller');
  assert.equal(house.ledger().balanced, true);
});
