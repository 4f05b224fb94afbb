// Kannel of Debian for the tests: a gateway (bearerbox and smsbox) and telephones that speak to its fake network. bearerbox
// listens on every interface, so that all of it runs in a network of its own.
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import net from 'node:net';
import { lastingPort, tempDir, until } from '../http/support.mjs';

const fakesmsc = '/usr/lib/kannel/test/fakesmsc';
export const missing = process.getuid() !== 0 ? 'a network of its own is made by root'
  : ['/usr/sbin/bearerbox', '/usr/sbin/smsbox', fakesmsc, '/usr/bin/unshare', '/usr/sbin/ip'].filter(f => !fs.existsSync(f) && !fs.existsSync(f.replace('/usr', ''))).map(f => `${f} is not installed (script/bootstrap real)`)[0];

const answers = port => new Promise(done => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); done(true); });
  socket.once('error', () => done(false));
});

export async function startKannel({ getUrl, password }) {
  const dir = tempDir('kannel'), running = [];
  const [admin, box, smsc, send] = [await lastingPort(), await lastingPort(), await lastingPort(), await lastingPort()];
  fs.writeFileSync(path.join(dir, 'kannel.conf'), `
group = core
admin-port = ${admin}
admin-password = pw
admin-allow-ip = "127.0.0.1"
smsbox-port = ${box}
log-file = "${dir}/bearerbox.log"
log-level = 0
box-allow-ip = "127.0.0.1"
store-type = file
store-location = "${dir}/store"

group = smsc
smsc = fake
smsc-id = FAKE
host = 127.0.0.1
port = ${smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${send}
global-sender = 39011000
log-file = "${dir}/smsbox.log"
log-level = 0
http-request-retry = 60
http-queue-delay = 1

group = sendsms-user
username = care
password = ${password}
max-messages = 10
concatenation = true

group = sms-service
keyword = default
get-url = "${getUrl}?from=%p&to=%P&text=%b&id=%I&at=%T&coding=%c&charset=%C"
max-messages = 0
catch-all = true
`);
  const start = (file, ...args) => {
    const out = fs.openSync(path.join(dir, `${path.basename(file)}.out`), 'a');
    const child = spawn(file, args, { cwd: dir, stdio: ['ignore', out, out] });
    child.ended = new Promise(done => child.once('exit', done));
    running.push(child);
    return child;
  };
  const end = async child => { if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL'); await child.ended; };
  start('/usr/sbin/bearerbox', path.join(dir, 'kannel.conf'));
  await until('bearerbox', () => answers(box));
  start('/usr/sbin/smsbox', path.join(dir, 'kannel.conf'));
  await until('smsbox', () => answers(send));
  let phone, calls = 0;
  return {
    dir, send,
    // A telephone sends words and stays on until the next one does.
    async write(from, words) {
      if (phone) await end(phone.child);
      const file = path.join(dir, `phone-${++calls}.out`), out = fs.openSync(file, 'a');
      const child = spawn(fakesmsc, ['-H', '127.0.0.1', '-r', String(smsc), '-m', '1', '-i', '0.1', `${from} 39011000 text ${words}`], { cwd: dir, stdio: ['ignore', out, out] });
      child.ended = new Promise(done => child.once('exit', done));
      running.push(child);
      phone = { child, file };
    },
    // What the telephone that is on has got, as its own words.
    got: () => fs.readFileSync(phone.file, 'latin1'),
    async stop() {
      for (const child of running.reverse()) await end(child);
      if (process.env.KEEP_KANNEL) console.log(dir); else fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
