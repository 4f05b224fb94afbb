// A mail server for the tests: takes mails by SMTP on loopback, keeps them, and misbehaves when asked to.
import net from 'node:net';
import { until } from './support.mjs';

// Quoted-printable, as words.
const decoded = text => Buffer.from(text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))), 'latin1').toString();
// "=?utf-8?q?…?=" and "=?utf-8?b?…?=", as words.
const wordsOf = header => header.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind, body) =>
  /b/i.test(kind) ? Buffer.from(body, 'base64').toString() : decoded(body.replaceAll('_', ' ')));

function read(from, to, raw) {
  const at = raw.indexOf('\r\n\r\n'), headers = {};
  for (const line of raw.slice(0, at).replace(/\r\n[ \t]+/g, ' ').split('\r\n'))
    headers[line.slice(0, line.indexOf(':')).toLowerCase()] = wordsOf(line.slice(line.indexOf(':') + 1).trim());
  const boundary = headers['content-type']?.match(/boundary="?([^";]+)/)?.[1], parts = {};
  for (const part of boundary ? raw.slice(at).split(`--${boundary}`).slice(1, -1) : []) {
    const end = part.indexOf('\r\n\r\n');
    parts[part.match(/content-type: text\/(\w+)/i)?.[1]] = decoded(part.slice(end + 4)).trim();
  }
  return { from, to, raw, headers, text: parts.plain ?? '', html: parts.html ?? '' };
}

export async function startMailbox() {
  const box = { letters: [], calls: 0, faults: [] };
  const server = net.createServer(socket => {
    let rest = '', data = null, from = '', to = [];
    const say = line => socket.write(line + '\r\n');
    say('220 posta.example');
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', chunk => {
      rest += chunk;
      for (let at; (at = rest.indexOf('\r\n')) >= 0;) {
        const line = rest.slice(0, at);
        rest = rest.slice(at + 2);
        if (data !== null) {
          if (line !== '.') { data.push(line.replace(/^\./, '')); continue; }
          const fault = box.faults.shift();
          if (fault === 'lost') { socket.destroy(); return; } // it has the mail and says nothing
          if (fault) say(fault); else { box.letters.push(read(from, to, data.join('\r\n'))); say('250 2.0.0 kept'); }
          data = null;
        } else if (/^(EHLO|HELO)/i.test(line)) { from = ''; to = []; say('250-posta.example'); say('250 8BITMIME'); }
        else if (/^MAIL FROM:<(.*?)>/i.test(line)) { from = line.match(/<(.*?)>/)[1]; box.calls++; say('250 ok'); }
        else if (/^RCPT TO:<(.*?)>/i.test(line)) { to.push(line.match(/<(.*?)>/)[1]); say('250 ok'); }
        else if (/^DATA/i.test(line)) { data = []; say('354 go on'); }
        else if (/^QUIT/i.test(line)) { say('221 bye'); socket.end(); }
        else say('250 ok');
      }
    });
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return Object.assign(box, {
    url: `smtp://127.0.0.1:${server.address().port}?tls=none`,
    to: who => box.letters.filter(l => l.to.includes(who)),
    // Waits for the nth letter to somebody.
    async letter(who, n = 1, ms = 15000) { return (await until(`letter ${n} to ${who}`, () => box.to(who).length >= n && box.to(who), ms))[n - 1]; },
    stop: () => new Promise(done => server.close(done)),
  });
}

// The brand's account from which letters go out; no mailbox is read.
export function letterAccount(house, box, name = 'Prova') {
  const added = house.cli('channel', 'add', '--network', 'email', '--name', 'Posta', '--set', 'address=care@prova.example',
    '--set', `smtp_url=${box.url}`, '--set', `name=${name}`);
  if (added.code !== 0) throw new Error(added.err);
  return added.out.trim();
}
