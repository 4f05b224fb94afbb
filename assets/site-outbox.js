/* SPDX-License-Identifier: Apache-2.0 */
/* What was written on a form of the care site and has not arrived: kept in the browser until the server says that it has
 * it, sent in order, one at a time, with an id by which the server knows it again. Pages and the service worker share
 * it: the worker is no module, so this file exports nothing but functions and imports nothing. */
const PATIENCE = 120000; /* with pictures, over a weak line */

/* row: {once, where, fields: [[name, value]], files, text, guest, csrf, at} */
export function outbox(base) {
  const name = `ascolto-outbox ${base}`;
  let opened;
  const ask = (request) => new Promise((done, failed) => ((request.onsuccess = () => done(request.result)), (request.onerror = () => failed(request.error))));

  function store(mode) {
    opened ??= new Promise((done, failed) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore('said', { keyPath: 'n', autoIncrement: true });
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
    return opened.then((db) => db.transaction('said', mode).objectStore('said'));
  }
  const all = async () => ask((await store('readonly')).getAll());
  const put = async (row) => (row.n = await ask((await store('readwrite')).put(row)));
  const remove = async (key) => ask((await store('readwrite')).delete(key));
  const clear = async () => ask((await store('readwrite')).clear());

  const post = (path, body) => fetch(base + path, { method: 'POST', body, headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(PATIENCE) });

  /* Whoever writes is a guest before the first words leave: however often they are sent, they are one person's. */
  async function hello(csrf) {
    const answer = await post('/chat/hello', new URLSearchParams({ csrf }));
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).guest;
  }

  /* "arrived" with where it stands now, "refused", or "waits" */
  async function send(row, csrf) {
    const form = new FormData();
    for (const [key, value] of [...row.fields, ['once', row.once], ['csrf', csrf]]) form.append(key, value);
    for (const file of row.files) form.append('file', file, file.name);
    const answer = await post(row.where, form);
    if (answer.ok) return ['arrived', (await answer.json()).location];
    const later = answer.status >= 500 || [403, 408, 425, 429].includes(answer.status);
    return later ? ['waits', Number(answer.headers.get('retry-after')) || 0] : ['refused'];
  }

  async function turn(csrf, show) {
    let guest;
    for (const row of await all()) {
      if (row.refused) continue;
      guest ??= await hello(csrf ?? row.csrf);
      if (row.guest && row.guest !== guest) {
        await remove(row.n); /* of somebody who was here before */
        continue;
      }
      if (!row.guest) await put(Object.assign(row, { guest }));
      show(row, 'goes');
      const [state, more] = await send(row, csrf ?? row.csrf);
      if (state === 'waits') return (show(row, state), Math.max(1, more));
      if (state === 'arrived') await remove(row.n);
      else await put({ ...row, refused: true });
      show(row, state, more);
    }
    return 0;
  }

  return {
    all,
    put,
    remove,
    clear,
    /* Sends what there is. 0: nothing is left that could leave; else after how many seconds to try again. show(row, state,
     * location). csrf: of the page, where a colleague is signed in too. */
    flush(csrf, show = () => {}) {
      const act = () => turn(csrf, show).catch(() => 5);
      return navigator.locks ? navigator.locks.request(name, act) : act();
    },
  };
}
