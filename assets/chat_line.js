/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the server: a stream of what changed. It is read by hand and not by EventSource, so that a line
 * that is dead without having been closed is noticed. It resumes where it was. */
import { again, call } from './chat_call.js';

const DEAD_AFTER = 50000; /* the server says something every 20 s */

export function line({ address, heard, up, down }) {
  let current = null, last = '', generation = 0;

  function block(text) {
    const event = {};
    for (const row of text.split('\n')) {
      const at = row.indexOf(': ');
      if (at > 0) event[row.slice(0, at)] = row.slice(at + 2);
    }
    if (event.id) last = event.id;
    if (event.event) heard(event.event, event.data ? JSON.parse(event.data) : {});
  }

  async function follow(path) {
    const abort = new AbortController();
    let alive = setTimeout(() => abort.abort(), DEAD_AFTER);
    current = abort;
    try {
      const answer = await call(path, { accept: 'text/event-stream', signal: abort.signal, wait: 0, headers: last ? { 'Last-Event-ID': last } : {} });
      if (!answer.ok) throw new Error(String(answer.status));
      up();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ''; ; ) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(alive);
        alive = setTimeout(() => abort.abort(), DEAD_AFTER);
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop();
        for (const one of blocks) block(one);
      }
    } finally {
      clearTimeout(alive);
      abort.abort();
    }
  }

  async function run(mine) {
    for (let tries = 0; mine === generation; tries++) {
      const began = Date.now();
      await follow(address()).catch(() => {});
      if (mine !== generation) return;
      down();
      if (Date.now() - began > 5000) tries = 0;
      await again(tries);
    }
  }

  addEventListener('offline', () => current?.abort());
  return {
    start(after) {
      generation++;
      current?.abort();
      last = after;
      run(generation);
    },
    stop() {
      generation++;
      current?.abort();
    },
  };
}
