// SPDX-License-Identifier: Apache-2.0
// A small disk of its own for the data: it can be filled to the last block, and turned so that nothing on it can be
// changed any more, also by those who have its files open. Root is needed to mount it; without, the data lies where
// it lies and these faults are left out.
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const soon = promisify(execFile); // while the chaos is on, nothing may hold up this process
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

export class Disk {
  // megabytes: the file behind it is sparse
  constructor(folder, megabytes) {
    this.path = path.join(folder, 'disk');
    this.image = path.join(folder, 'disk.img');
    fs.mkdirSync(this.path);
    this.mounted = this.lockable = false;
    try {
      fs.closeSync(fs.openSync(this.image, 'w'));
      fs.truncateSync(this.image, megabytes * 2 ** 20);
      run('mkfs.ext4', '-q', '-m', '0', '-E', 'lazy_itable_init=1', this.image);
      run('mount', '-o', 'loop', this.image, this.path);
      this.mounted = true;
      this.lockable = this.tryLock();
    } catch (e) {
      this.why = String(e.stderr || e.message).trim().split('\n')[0];
    }
    fs.chmodSync(this.path, 0o755);
  }
  tryLock() {
    const file = path.join(this.path, 'try');
    fs.writeFileSync(file, '');
    const fd = fs.openSync(file, 'a');
    let locked = false;
    try {
      run('chattr', '+i', file);
      try { fs.writeSync(fd, 'x'); } catch { locked = true; }
      run('chattr', '-i', file);
    } catch { locked = false; }
    fs.closeSync(fd);
    fs.rmSync(file, { force: true });
    return locked;
  }
  async fill() {
    const ballast = path.join(this.path, 'ballast');
    for (let n = 0, step = 1 << 30; step >= 4096;) {
      try { await soon('fallocate', ['-l', String(step), `${ballast}${n}`]); n++; } catch { fs.rmSync(`${ballast}${n}`, { force: true }); step >>= 2; }
    }
  }
  empty() {
    for (const name of fs.readdirSync(this.path)) if (name.startsWith('ballast')) fs.rmSync(path.join(this.path, name));
  }
  // No file can be written, removed or made: what a disk does that its system has made read-only after an error. SQLite's
  // shared memory is left out, unless all of it is meant: who writes to a mapped page of such a file is ended by the
  // system (SIGBUS), which a reader may yet do in the moment after the last commit (tests/http/disk.test.mjs).
  async lock({ all = false } = {}) { await soon('find', [this.path, ...(all ? [] : ['!', '-name', '*-shm']), '-exec', 'chattr', '-f', '+i', '{}', '+']).catch(() => {}); } // files go away meanwhile
  async unlock() { for (let n = 0; n < 2; n++) await soon('chattr', ['-R', '-f', '-i', this.path]).catch(() => {}); }
  close(keep) {
    if (!this.mounted) return;
    try { run('chattr', '-R', '-f', '-i', this.path); } catch { /* as above */ }
    this.empty();
    if (keep) fs.cpSync(this.path, this.path + '-kept', { recursive: true });
    run('umount', this.path);
    fs.rmSync(this.image);
    if (keep) { fs.rmdirSync(this.path); fs.renameSync(this.path + '-kept', this.path); }
  }
}
