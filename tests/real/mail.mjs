// Mail servers of Debian for the tests, on loopback, in a folder of their own: postfix takes mail in and hands it to
// dovecot, whose mailboxes are read by IMAP. Both need to be started as root.
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';
import { lastingPort, tempDir, until } from '../http/support.mjs';

export const missing = process.getuid() !== 0 ? 'mail servers are started by root'
  : ['/usr/sbin/postfix', '/usr/sbin/dovecot', '/usr/bin/swaks'].filter(f => !fs.existsSync(f)).map(f => `${f} is not installed (script/bootstrap real)`)[0];

const answers = port => new Promise(done => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); done(true); });
  socket.once('error', () => done(false));
});

export async function startMail(people) {
  const dir = tempDir('mail');
  const imap = await lastingPort(), lmtp = await lastingPort(), smtp = await lastingPort();
  const uid = Number(execFileSync('id', ['-u', 'mail'])), gid = Number(execFileSync('id', ['-g', 'mail']));
  fs.chmodSync(dir, 0o755);
  for (const d of ['boxes', 'dovecot', 'postfix', 'spool', 'data']) fs.mkdirSync(path.join(dir, d), { recursive: true });
  fs.chownSync(path.join(dir, 'boxes'), uid, gid);
  execFileSync('chown', ['postfix', path.join(dir, 'data')]);
  fs.writeFileSync(path.join(dir, 'users'), Object.entries(people).map(([who, password]) => `${who}@care.test:{PLAIN}${password}:${uid}:${gid}::${dir}/boxes/${who}::\n`).join(''));
  fs.chmodSync(path.join(dir, 'users'), 0o644);
  fs.writeFileSync(path.join(dir, 'dovecot.conf'), `
base_dir = ${dir}/dovecot
state_dir = ${dir}/dovecot
log_path = ${dir}/dovecot.log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
mail_location = maildir:${dir}/boxes/%n
first_valid_uid = 1
first_valid_gid = 1
auth_username_format = %Lu
service imap-login {
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
}
passdb {
  driver = passwd-file
  args = ${dir}/users
}
userdb {
  driver = passwd-file
  args = ${dir}/users
}
`);
  fs.writeFileSync(path.join(dir, 'postfix/main.cf'), `
compatibility_level = 3.6
queue_directory = ${dir}/spool
data_directory = ${dir}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.care.test
mydestination =
virtual_mailbox_domains = care.test
virtual_transport = lmtp:inet:127.0.0.1:${lmtp}
mynetworks = 127.0.0.0/8
maillog_file = ${dir}/postfix.log
maillog_file_prefixes = ${dir}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
alias_maps =
alias_database =
smtp_dns_support_level = disabled
smtp_host_lookup = native
`);
  fs.writeFileSync(path.join(dir, 'postfix/master.cf'), `
127.0.0.1:${smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`);
  const dovecot = spawn('/usr/sbin/dovecot', ['-F', '-c', path.join(dir, 'dovecot.conf')], { stdio: 'ignore' });
  execFileSync('/usr/sbin/postfix', ['-c', path.join(dir, 'postfix'), 'start'], { stdio: 'ignore' });
  await until('dovecot and postfix', async () => await answers(imap) && await answers(smtp) && await answers(lmtp));
  return {
    dir, imap, smtp,
    send({ from, subject, body, headers = {}, to = 'care@care.test', attach }) {
      execFileSync('/usr/bin/swaks', ['--server', `127.0.0.1:${smtp}`, '--helo', 'mail.care.test', '--from', from, '--to', to, '--h-From', from,
        '--h-Subject', subject, '--body', body, '--suppress-data', '-hr', '-hs', ...(attach ? ['--attach', '@' + attach] : []),
        ...Object.entries(headers).flatMap(([k, v]) => ['--header', `${k}: ${v}`])], { stdio: 'pipe' });
    },
    box(who) {
      return ['new', 'cur'].flatMap(sub => {
        const d = path.join(dir, 'boxes', who, sub);
        return fs.existsSync(d) ? fs.readdirSync(d).map(f => ({ name: f, text: fs.readFileSync(path.join(d, f), 'utf8') })) : [];
      });
    },
    async stop() {
      try { execFileSync('/usr/sbin/postfix', ['-c', path.join(dir, 'postfix'), 'stop'], { stdio: 'ignore' }); } catch { /* it had ended */ }
      const ended = new Promise(done => dovecot.once('exit', done));
      dovecot.kill('SIGTERM');
      await ended;
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
