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
  let leaves = false; /* where somebody is on their way from here, nothing takes them back */
  addEventListener('beforeunload', () => (leaves = true));
  addEventListener('pageshow', () => (leaves = false));
  const again = () => leaves || ([...document.querySelectorAll('textarea')].every((field) => !field.value) && location.reload());
  addEventListener('online', again);
}
listKept();

/* ---- among one's apps: once, after something went well ---- */

const keeps = (key, value) => {
  try {
    if (value) localStorage.setItem(`${key} ${page.base}`, value);
    return localStorage.getItem(`${key} ${page.base}`);
  } catch {
    return value ? null : 'nothing is kept';
  }
};
async function hintOnce(install) {
  const today = new Date().toISOString().slice(0, 10), first = keeps('ascolto-first') ?? keeps('ascolto-first', today);
  const well = words.guest && (/\/requests\/\d+$/.test(location.pathname) || first !== today);
  if (!well || page.kept || keeps('ascolto-hinted') || matchMedia('(display-mode: standalone)').matches || navigator.standalone) return;
  keeps('ascolto-hinted', today);
  (await import('./app-hint.js')).hint(words, install);
}
addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  hintOnce(event);
});
if (/iP(hone|ad|od)/.test(navigator.userAgent)) hintOnce();
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
