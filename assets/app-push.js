/* SPDX-License-Identifier: Apache-2.0 */
/* "Tell me on this phone": asked for by a tap alone, for a guest on their requests, for a colleague in their settings. */
const page = document.body.dataset;
const place = document.getElementById('push');
const one = (selector) => place.querySelector(selector);
const words = place.dataset;
const flag = `ascolto-told ${page.base} ${words.path}`, other = `ascolto-told ${page.base} ${words.other}`;

function kept(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    /* a browser that keeps nothing: it is asked again the next time */
  }
  return null;
}

const post = (path, fields = {}) => fetch(page.base + words.path + path, { method: 'POST', body: new URLSearchParams({ ...fields, csrf: page.csrf }), headers: { Accept: 'application/json' } });

function say(state) {
  const on = state === 'on' || state === 'tried';
  place.hidden = on && words.quiet === '1';
  one('[data-do="on"]').hidden = on;
  for (const also of place.querySelectorAll('[data-do="off"], [data-do="test"]')) also.hidden = !on;
  one('[role="status"]').textContent = words[state] ?? '';
}

async function tellServer(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const answer = await post('', { endpoint, key: keys.p256dh, auth: keys.auth, words: one('input').checked ? '1' : '' });
  if (!answer.ok) throw new Error(String(answer.status));
  kept(flag, JSON.stringify([words.who, endpoint, one('input').checked]));
}

async function subscribe(registration) {
  const { key } = await (await fetch(page.base + words.path + '/key', { headers: { Accept: 'application/json' } })).json();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await registration.pushManager.subscribe(options);
  } catch (trouble) {
    const before = await registration.pushManager.getSubscription();
    if (!before) throw trouble;
    await before.unsubscribe(); /* with a key that the brand has renewed */
    return registration.pushManager.subscribe(options);
  }
}

async function on(registration) {
  const allowed = Notification.permission === 'granted' ? 'granted' : await Notification.requestPermission();
  if (allowed !== 'granted') return say(allowed === 'denied' ? 'denied' : 'off');
  try {
    await tellServer(await subscribe(registration));
    say('on');
  } catch {
    say('failed');
  }
}

async function off(registration) {
  const subscription = await registration.pushManager.getSubscription();
  await post('/off', { endpoint: subscription?.endpoint ?? '' });
  kept(flag, '');
  if (!kept(other)) await subscription?.unsubscribe();
  say('off');
}

const standalone = () => matchMedia('(display-mode: standalone)').matches || navigator.standalone;

async function start() {
  if (!navigator.serviceWorker || !globalThis.PushManager || !globalThis.Notification) {
    if (/iP(hone|ad|od)/.test(navigator.userAgent) && !standalone()) {
      place.hidden = false;
      for (const part of place.querySelectorAll('label, button')) part.hidden = true;
      say('ios');
    }
    return;
  }
  await navigator.serviceWorker.register(`${page.base}/sw.js`, { scope: `${page.base}/` });
  const registration = await navigator.serviceWorker.ready;
  const [who, endpoint, shows] = JSON.parse(kept(flag) ?? '[]'), subscription = await registration.pushManager.getSubscription();
  const mine = who === words.who && Notification.permission === 'granted';
  place.hidden = false;
  one('input').checked = Boolean(mine && shows);
  say(mine ? 'on' : 'off');
  one('[data-do="on"]').onclick = () => on(registration);
  one('[data-do="off"]').onclick = () => off(registration);
  if (one('[data-do="test"]')) one('[data-do="test"]').onclick = async () => say((await post('/test')).ok ? 'tried' : 'failed');
  one('input').onchange = async () => {
    const now = await registration.pushManager.getSubscription();
    if (kept(flag) && now) await tellServer(now).catch(() => say('failed'));
  };
  if (mine && subscription?.endpoint !== endpoint) await tellServer(await subscribe(registration)); /* the browser has moved */
}
start().catch(() => {});
