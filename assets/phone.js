/* SPDX-License-Identifier: Apache-2.0 */
/* Notices when the phone has opened the code, so that nobody has to ask. */
const form = document.getElementById('look');
const EVERY = 2000;

async function look() {
  if (document.hidden) return setTimeout(look, EVERY);
  const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { accept: 'application/json' } }).catch(() => null);
  const state = answer?.ok ? (await answer.json()).phone.state : 'waits';
  if (state !== 'waits') form.requestSubmit();
  else setTimeout(look, EVERY);
}

if (form) {
  document.getElementById('waits').textContent = form.dataset.waits;
  setTimeout(look, EVERY);
}
