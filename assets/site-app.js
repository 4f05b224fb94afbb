/* SPDX-License-Identifier: Apache-2.0 */
/* The care site as an app: its worker, what waits to be sent, and a page that is shown as it was seen last. */
const page = document.body.dataset;
const words = document.getElementById('app').dataset;
const lang = document.documentElement.lang;

function note(text) {
  const line = Object.assign(document.createElement('p'), { className: 'aside-note small', textContent: text });
  line.setAttribute('role', 'status');
  document.querySelector('main').prepend(line);
}

async function listKept() {
  const place = document.getElementById('kept');
  if (!place || !globalThis.caches) return;
  for (const name of [`ascolto-mine ${page.base}`, `ascolto-read ${page.base}`])
    for (const request of (await caches.has(name)) ? await (await caches.open(name)).keys() : []) {
      const title = decodeURIComponent((await caches.match(request, { cacheName: name })).headers.get('x-title') ?? '');
      const link = Object.assign(document.createElement('a'), { href: request.url, textContent: title });
      const item = document.createElement('li');
      item.append(link);
      if (title) place.append(item);
    }
  place.parentElement.hidden = !place.children.length;
}

async function worker() {
  const had = navigator.serviceWorker.controller;
  const registration = await navigator.serviceWorker.register(`${page.base}/sw.js`, { scope: `${page.base}/` });
  await navigator.serviceWorker.ready;
  registration.active?.postMessage({ say: 'seen', lang, keep: had ? '' : location.href.split('#')[0] });
}

if (page.kept) {
  note(words.kept.replace('#', new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(page.kept))));
}
if (page.kept || document.getElementById('kept')) {
  const again = () => [...document.querySelectorAll('textarea')].every((field) => !field.value) && location.reload();
  addEventListener('online', again);
}
listKept();
const waits = () => {
  try {
    return localStorage.getItem(words.flag);
  } catch {
    return null;
  }
};
if (waits()) import('./site-write.js');
if (navigator.serviceWorker) {
  const begin = () => worker().catch(() => {});
  if (document.readyState === 'complete') begin();
  else addEventListener('load', begin, { once: true });
}
