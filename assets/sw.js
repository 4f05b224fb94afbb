/* SPDX-License-Identifier: Apache-2.0 */
/* The service worker of one brand's pages. In front of it the server puts APP: {version, base, shell, words}.
 *
 * What is kept: style sheets and scripts (by their hashes); articles that were read; and, of the guest who is here alone,
 * the first page, the form, the chat and the requests as they were seen last. Each page of the care site says whose it is
 * (Ascolto-Guest): as soon as that is somebody else, or nobody, what was kept of the one before goes. Of the desk nothing
 * is kept. */
const SHELL = `ascolto-shell ${APP.base} ${APP.version}`, READ = `ascolto-read ${APP.base}`, MINE = `ascolto-mine ${APP.base}`, SHARE = `ascolto-share ${APP.base}`;
const MOST = { [READ]: 80, [MINE]: 60 };
const SLOW = { [READ]: 4000, [MINE]: 8000 }; /* then what was seen last is shown */
const WHO = `${APP.base}/ascolto-who`;
const offlinePage = (desk) => `${APP.base}${desk ? '/desk' : ''}/offline`;
const said = outbox(APP.base);
let epoch = 0; /* grows with each forgetting: what was on its way is not kept after it */

const wait = (ms, value) => new Promise((done) => setTimeout(done, ms, value));

/* ---- beginning, and beginning anew ---- */

async function keepOffline(cache, address, as = address) {
  const answer = await fetch(address, { credentials: 'omit', cache: 'no-store' });
  if (answer.ok) await cache.put(as, answer);
}

/* What pages send by script goes by itself: a page that is leaving ("I am gone") would not wait for a worker. */
async function letScriptsBy(event) {
  await event.addRoutes?.({ condition: { requestMethod: 'POST', requestMode: 'cors' }, source: 'network' });
}

addEventListener('install', (event) =>
  event.waitUntil(
    (async () => {
      await letScriptsBy(event).catch(() => {});
      const cache = await caches.open(SHELL), language = APP.languages.includes(navigator.language?.slice(0, 2)) ? navigator.language.slice(0, 2) : APP.languages[0];
      await cache.addAll(APP.shell);
      for (const one of APP.languages) await keepOffline(cache, `${offlinePage(false)}?lang=${one}`);
      await keepOffline(cache, `${offlinePage(false)}?lang=${language}`, offlinePage(false));
      await keepOffline(cache, offlinePage(true));
      await skipWaiting();
    })(),
  ),
);

addEventListener('activate', (event) =>
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith(`ascolto-shell ${APP.base} `) && name !== SHELL) await caches.delete(name);
      await registration.navigationPreload?.enable();
      await clients.claim();
    })(),
  ),
);

/* ---- style sheets, scripts, drawings ---- */

/* A page from before an upgrade names them by their old hashes: offline, today's do. */
async function sameName(cache, url) {
  const name = url.pathname.split('/').slice(3).join('/');
  for (const request of await cache.keys()) if (new URL(request.url).pathname.split('/').slice(3).join('/') === name) return cache.match(request);
  return null;
}

async function asset(request, url) {
  const cache = await caches.open(SHELL), kept = await cache.match(url.pathname);
  if (kept) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok && /immutable/.test(answer.headers.get('cache-control') ?? '')) await cache.put(url.pathname, answer.clone());
    return answer;
  } catch (trouble) {
    const other = await sameName(cache, url);
    if (other) return other;
    throw trouble;
  }
}

/* ---- whose pages these are ---- */

async function forget() {
  epoch++;
  await caches.delete(MINE);
  await caches.delete(SHARE);
  for (const one of await registration.getNotifications()) if (!one.data?.desk) one.close();
  await said.clear().catch(() => {});
}

/* False: it is of somebody who is not here any more. */
let settling = Promise.resolve();
function known(answer, began) {
  const guest = answer.headers.get('ascolto-guest');
  const act = async () => {
    if (guest === null || began !== epoch) return false;
    const before = await (await caches.open(MINE)).match(WHO), was = before ? await before.text() : '';
    if (was && was !== 'none' && was !== guest) {
      epoch++;
      await caches.delete(MINE);
      began = epoch;
    }
    if (was !== guest) await (await caches.open(MINE)).put(WHO, new Response(guest));
    return true;
  };
  return (settling = settling.then(act, act));
}

/* ---- pages ---- */

/* In which of the two it is kept; '': in none. */
function place(path) {
  if (/^\/help(\/|$)/.test(path)) return READ;
  return /^\/(|ask|chat|requests(\/\d+)?)$/.test(path) ? MINE : '';
}

const title = (html) => (html.match(/<title>([^<]*)/)?.[1] ?? '').split(' · ')[0].replace(/&#(\d+);/g, (_, n) => String.fromCodePoint(n)).replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&').trim();

async function keep(where, path, answer) {
  const began = epoch;
  if (!(await known(answer, began)) || !answer.ok || answer.redirected || !where) return;
  const now = epoch, cache = await caches.open(where);
  const html = (await answer.text()).replace(/ data-csrf="[^"]*"/, ' data-csrf=""').replace(/(name="csrf" value=")[^"]*/g, '$1');
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': answer.headers.get('content-security-policy'), 'X-At': new Date().toISOString(), 'X-Title': encodeURIComponent(title(html)) };
  if (now !== epoch) return;
  await cache.delete(APP.base + path);
  await cache.put(APP.base + path, new Response(html, { headers }));
  const all = await cache.keys();
  for (const request of all.slice(0, Math.max(0, all.length - MOST[where]))) if (new URL(request.url).pathname !== WHO) await cache.delete(request);
}

async function seen(where, path) {
  const kept = where && (await caches.open(where).then((cache) => cache.match(APP.base + path)));
  if (!kept) return null;
  const who = await (await caches.open(MINE)).match(WHO), guest = who ? await who.text() : 'none';
  const html = (await kept.text()).replace(/ data-guest="\d*"/, ` data-guest="${guest === 'none' ? '' : guest}"`);
  return new Response(html.replace('<body', `<body data-kept="${kept.headers.get('x-at')}"`), { headers: kept.headers });
}

async function offline(path) {
  const cache = await caches.open(SHELL);
  return (await cache.match(offlinePage(/^\/desk(\/|$)/.test(path)))) ?? Response.error();
}

async function page(event, path, url) {
  const where = place(path), began = epoch;
  const network = (async () => {
    const answer = (await event.preloadResponse) || (await fetch(event.request));
    event.waitUntil(url.search ? known(answer.clone(), began) : keep(where, path, answer.clone()));
    return answer;
  })();
  event.waitUntil(network.then(() => settle(path)).catch(() => {}));
  if (!where) return network.catch(() => offline(path));
  const slow = wait(SLOW[where]).then(async () => (await seen(where, path)) ?? network);
  return Promise.race([network, slow]).catch(async () => (await seen(where, path)) ?? offline(path));
}

async function picture(event, url) {
  const cache = await caches.open(READ);
  try {
    const answer = await fetch(event.request);
    if (answer.ok && answer.type === 'basic') event.waitUntil(cache.put(url.pathname, answer.clone()));
    return answer;
  } catch (trouble) {
    const kept = await cache.match(url.pathname);
    if (kept) return kept;
    throw trouble;
  }
}

/* What another app shares waits for the page that asks for the words: /ask takes it from here. */
async function shared(event) {
  const form = await event.request.formData(), cache = await caches.open(SHARE);
  for (const request of await cache.keys()) await cache.delete(request);
  const text = ['title', 'text', 'url'].map((name) => form.get(name)).filter((one, i, all) => one && all.indexOf(one) === i).join('\n');
  await cache.put(`${APP.base}/ascolto-share/text`, new Response(text));
  for (const [i, file] of form.getAll('file').entries())
    if (file instanceof File && file.size) await cache.put(`${APP.base}/ascolto-share/${i}`, new Response(file, { headers: { 'Content-Type': file.type || 'application/octet-stream', 'X-Name': encodeURIComponent(file.name) } }));
  return Response.redirect(`${APP.base}/ask?shared=1`, 303);
}

/* What was written leaves before the page's own script is there, or without it: it waits as if that had kept it. Its own
 * id goes along (it may have arrived), unless the page was kept too: then something else may have gone by that id. */
async function keepWords(request, path) {
  const data = await request.formData(), own = data.get('once'), files = data.getAll('file').filter((file) => file.size);
  const text = (data.get('text') ?? '').trim(), who = await (await caches.open(MINE)).match(WHO), guest = who ? await who.text() : 'none';
  const fields = [...data].filter(([name, value]) => typeof value === 'string' && !['once', 'csrf'].includes(name));
  const fresh = !own || !navigator.onLine || (await said.all()).some((row) => row.once === own);
  if (text || files.length)
    await said.put({ once: fresh ? crypto.randomUUID() : own, where: path, fields, files, text, guest: guest === 'none' ? '' : guest, csrf: data.get('csrf') ?? '', at: Date.now() });
  await registration.sync?.register('outbox').catch(() => {});
  return Response.redirect(APP.base + path, 303);
}

async function form(event, path) {
  if (path === '/share') return shared(event).catch(() => offline(path));
  if (path === '/sign-out') await forget();
  const words = /^\/(ask|requests\/\d+)$/.test(path) && event.request.clone();
  return fetch(event.request).catch(() => (words ? keepWords(words, path) : offline(path))).catch(() => offline(path));
}

addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname.startsWith('/assets/')) return request.method === 'GET' ? event.respondWith(asset(request, url)) : undefined;
  if (!url.pathname.startsWith(`${APP.base}/`) || (!APP.base && url.pathname.startsWith('/b/'))) return;
  const path = url.pathname.slice(APP.base.length);
  if (request.method === 'GET' && path.startsWith('/help/picture/')) return event.respondWith(picture(event, url));
  if (request.mode !== 'navigate' || path === '/play' || path.startsWith('/play/')) return;
  if (request.method === 'GET') event.respondWith(page(event, path, url));
  else if (request.method === 'POST' && !/^\/desk(\/|$)/.test(path)) event.respondWith(form(event, path));
});

/* ---- what waits to be sent ---- */

addEventListener('sync', (event) => {
  if (event.tag === 'outbox') event.waitUntil(said.flush().then((later) => (later ? Promise.reject(new Error('later')) : null)));
});

/* ---- what pages say ---- */

addEventListener('message', (event) => {
  const { say, lang, keep: address } = event.data ?? {};
  if (say === 'forget') event.waitUntil(forget());
  if (say !== 'seen') return;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(SHELL), words = APP.languages.includes(lang) && (await cache.match(`${offlinePage(false)}?lang=${lang}`));
      if (words) await cache.put(offlinePage(false), words);
      const wanted = address ? [new URL(address), new URL(`${APP.base}/ask`, location.href)] : [];
      for (const url of wanted) {
        const path = url.pathname.slice(APP.base.length), where = url.origin === location.origin && !url.search && place(path);
        if (where) await keep(where, path, await fetch(url, { headers: { Accept: 'text/html' } }));
      }
    })(),
  );
});

/* ---- what a colleague, or one of us, wrote ---- */

const pathOf = (say) => `${APP.base}${say.d ? (say.c ? `/desk/c/${say.c}` : '/desk/me') : say.c ? `/requests/${say.c}` : '/requests'}`;

/* Whoever has the story before their eyes is not told of it. */
function isSeen(window, say) {
  const url = new URL(window.url);
  if (window.visibilityState !== 'visible') return false;
  if (say.k === 'rings') return url.pathname.startsWith(`${APP.base}/desk`); /* it rings there */
  const talk = !say.d && url.pathname === `${APP.base}/chat` && [say.c, null].includes(url.searchParams.get('with'));
  return talk || (Boolean(say.c) && url.pathname === pathOf(say));
}

async function count() {
  const news = (await registration.getNotifications()).length;
  await (news ? navigator.setAppBadge?.(news) : navigator.clearAppBadge?.());
}

async function tell(say) {
  const windows = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (windows.some((window) => isSeen(window, say))) return;
  const words = APP.words[say.l] ?? APP.words[APP.languages[0]];
  const title = (words[say.k] ?? words.nothing).replace('#', say.w || '').trim();
  await registration.showNotification(title, {
    body: [say.t, say.m].filter(Boolean).join('\n'),
    tag: `${say.d ? 'desk' : 'site'} ${say.c ?? say.k}`,
    renotify: true,
    lang: say.l,
    icon: say.d ? APP.desk_icon : APP.icon,
    badge: APP.badge,
    data: { where: pathOf(say), desk: Boolean(say.d) },
  });
  await count();
}

function told(event) {
  try {
    return event.data.json();
  } catch {
    return { k: 'nothing' };
  }
}
addEventListener('push', (event) => event.waitUntil(tell(told(event))));

async function open({ where, desk }) {
  const ours = (window) => new URL(window.url).pathname.startsWith(`${APP.base}/desk`) === desk && new URL(window.url).pathname.startsWith(`${APP.base}/`);
  const windows = (await clients.matchAll({ type: 'window', includeUncontrolled: true })).filter(ours);
  const there = windows.find((window) => new URL(window.url).pathname === where);
  if (there) return there.focus();
  const any = windows[0] && (await windows[0].navigate(`${where}#latest`).catch(() => null));
  return any ? any.focus() : clients.openWindow(`${where}#latest`);
}
addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data).finally(count));
});
addEventListener('notificationclose', (event) => event.waitUntil(count()));

/* Whoever opens the story has seen it. */
async function settle(path) {
  for (const one of await registration.getNotifications()) if (one.data?.where === APP.base + path) one.close();
  await count();
}
