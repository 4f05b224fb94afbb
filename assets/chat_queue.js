/* SPDX-License-Identifier: Apache-2.0 */
/* What was written and has not arrived: kept in the browser until the server says that it has it, sent in order, one
 * at a time, with an id of the page's own by which the server knows it again. Pages of one browser share it. */
import { again, call, sleep, who } from './chat_call.js';

const PATIENCE = 120000; /* with pictures, over a weak line */

function ask(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

/* Where the browser keeps nothing, the page does, as long as it is there. */
function inMemory() {
  const rows = new Map();
  let n = 0;
  return {
    all: async () => [...rows.values()],
    put: async (row) => rows.set((row.n ??= ++n), row),
    remove: async (key) => rows.delete(key),
  };
}

async function open(name) {
  try {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('said', { keyPath: 'n', autoIncrement: true });
    const db = await ask(request);
    const store = (mode) => db.transaction('said', mode).objectStore('said');
    return {
      all: () => ask(store('readonly').getAll()),
      put: async (row) => (row.n = await ask(store('readwrite').put(row))),
      remove: (key) => ask(store('readwrite').delete(key)),
    };
  } catch {
    return inMemory();
  }
}

/* A browser that keeps nothing for a frame of another site has no locks for it either. */
let locks;
async function alone(name, act) {
  locks ??= Boolean(await navigator.locks?.request(`${name} ?`, () => true).catch(() => false));
  return locks ? navigator.locks.request(name, act) : act();
}

function body(row, conversation) {
  const form = new FormData();
  const fields = { csrf: document.body.dataset.csrf, once: row.once, name: row.name, conversation: row.lost ? '' : conversation, text: row.text };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const file of row.files) form.append('file', file, file.name);
  return form;
}

/* hello: becomes a guest before the first words leave. show(row, state): goes, waits, arrived, refused. */
export async function queue({ name, where, hello, conversation, show: draw, arrived }) {
  const kept = await open(name);
  let tries = 0, running = false, asked = false;
  const ours = (row) => !row.guest || row.guest === who.guest;
  const show = (row, state) => ours(row) && draw(row, state);

  /* "done", "refused", or for how many seconds to wait */
  async function send(row) {
    if (!ours(row)) return 'again'; /* somebody else is here by now */
    const answer = await call(where, { body: body(row, conversation()), wait: PATIENCE }).catch(() => null);
    if (answer?.ok) {
      const to = new URL((await answer.json()).location, location.href).searchParams.get('with');
      await kept.remove(row.n);
      if (ours(row)) arrived(row, to);
      return 'done';
    }
    if (answer?.status === 404 && conversation() && !row.lost) {
      row.lost = true;
      return 'again';
    }
    if (answer && answer.status < 500 && ![408, 425, 429].includes(answer.status)) return 'refused';
    return Number(answer?.headers.get('retry-after')) || -1;
  }

  async function next() {
    const row = (await kept.all()).find((one) => ours(one) && !one.refused);
    if (!row) return false;
    if (!who.guest && !(await hello())) return -1;
    if (!row.guest) {
      row.guest = who.guest;
      await kept.put(row);
    }
    show(row, tries ? 'waits' : 'goes');
    const came = await send(row).catch(() => -1);
    if (came === 'refused') await kept.put({ ...row, refused: true });
    if (came === 'refused') show(row, 'refused');
    else if (typeof came === 'number') show(row, 'waits');
    return came;
  }

  /* asked: something was added, perhaps after it had been looked for. */
  async function run() {
    asked = true;
    if (running) return;
    running = true;
    while (asked) {
      asked = false;
      const came = await alone(name, next).catch(() => -1);
      if (came === false) continue;
      asked = true;
      if (typeof came !== 'number') tries = 0;
      else if (came > 0) await sleep(Math.min(came, 60) * 1000);
      else await again(tries++);
    }
    running = false;
  }

  async function begin() {
    for (const row of await kept.all()) if (ours(row)) show(row, row.refused ? 'refused' : 'waits');
    run();
  }
  await begin();
  return {
    begin,
    /* Of whoever was here: it is not for the next. */
    async forget() {
      for (const row of await kept.all()) if (ours(row)) await kept.remove(row.n);
    },
    async add(row) {
      show(row, navigator.onLine ? 'goes' : 'waits');
      await kept.put({ ...row, guest: who.guest });
      run();
    },
    async drop(once) {
      for (const row of await kept.all()) if (row.once === once) await kept.remove(row.n);
    },
    run,
  };
}
