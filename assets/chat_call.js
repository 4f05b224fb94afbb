/* SPDX-License-Identifier: Apache-2.0 */
/* How the chat speaks with the server, and how long it waits for an answer. */
const page = document.body.dataset;

/* guest: our number for whoever writes here, "" until they do. headers, token: how a frame on another site says who it
 * is, and what it is told to keep. */
export const who = { guest: '', headers: () => ({}), token: () => {} };

export function call(path, { fields, body, keepalive = false, accept = 'application/json', wait = 30000, signal, headers = {}, keep = true } = {}) {
  const sent = fields ? new URLSearchParams({ ...fields, csrf: page.csrf }) : body;
  const all = { Accept: accept, ...who.headers(), ...headers };
  const signals = [signal, wait && AbortSignal.timeout(wait)].filter(Boolean);
  const asked = fetch(page.base + path, { method: sent ? 'POST' : 'GET', body: sent, headers: all, keepalive, signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0] });
  return asked.then((answer) => {
    const token = answer.headers.get('x-ascolto-guest');
    if (token && keep) who.token(token);
    return answer;
  });
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/* 1, 2, 4 … 15 s and a little chance, so that many do not come back at once; sooner when the network says it is back. */
export function again(tries) {
  const wait = Math.min(15000, 1000 * 2 ** tries) * (0.6 + Math.random() * 0.6);
  return Promise.race([sleep(wait), new Promise((done) => addEventListener('online', done, { once: true }))]);
}
