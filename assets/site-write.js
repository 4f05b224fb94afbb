/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of the care site in a tunnel: what is written is kept, leaves when the line is back, and says where it is.
 * Without scripts they are forms. */
import { outbox } from './site-outbox.js';

const page = document.body.dataset;
const words = document.getElementById('app').dataset;
const one = (selector, from = document) => from.querySelector(selector);
const kept = outbox(page.base);
const form = one('form[data-outbox]');
const items = new Map(); /* by once */
let going = null, timer = 0, tries = 0;

const flag = (any) => {
  try {
    if (any) localStorage.setItem(words.flag, '1');
    else localStorage.removeItem(words.flag);
  } catch {
    /* a browser that keeps nothing: the worker, or the next page that is opened, looks */
  }
};
const here = (row) => form && new URL(form.action).pathname === page.base + row.where;
const log = () => one('.chat-log ol');

/* Beside the talk it belongs to, else at the head of the page. */
function place(row) {
  if (here(row) && log()) return log();
  const list = one('#pending') ?? Object.assign(document.createElement('ol'), { id: 'pending', className: 'pending-list', ariaLabel: words.pending });
  if (!list.isConnected) one('main').prepend(list);
  return list;
}

function picture(name) {
  const i = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  i.setAttribute('class', 'i');
  i.setAttribute('viewBox', '0 0 24 24');
  i.setAttribute('aria-hidden', 'true');
  i.innerHTML = name;
  return i;
}
const CLOCK = '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>';

function made(row) {
  const item = document.createElement('li'), text = document.createElement('p'), by = document.createElement('p');
  item.className = 'mine pending';
  item.dataset.once = row.once;
  Object.assign(text, { className: 'words kept', textContent: [row.text, ...row.files.map((file) => file.name)].filter(Boolean).join('\n') });
  Object.assign(by, { className: 'by' });
  by.setAttribute('role', 'status');
  by.append(picture(CLOCK), ' ', document.createElement('span'));
  item.append(text, by);
  items.set(row.once, item);
  return item;
}

function takeBack(row, item) {
  const back = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: words.takeBack });
  back.onclick = async () => {
    await kept.remove(row.n);
    item.remove();
    items.delete(row.once);
    if (!here(row)) return;
    form.elements.text.value = [form.elements.text.value, row.text].filter(Boolean).join('\n');
    form.elements.text.focus();
  };
  item.append(back);
}

/* What the server shows of the talk by now. */
async function renew(row) {
  const answer = await fetch(location.pathname, { headers: { Accept: 'text/html' } }).catch(() => null);
  const fresh = answer?.ok && one('.chat-log ol', new DOMParser().parseFromString(await answer.text(), 'text/html'));
  if (!fresh) return;
  items.get(row.once)?.remove();
  items.delete(row.once);
  log().replaceChildren(...fresh.children, ...items.values());
}

function show(row, state, to) {
  const item = items.get(row.once) ?? made(row);
  if (!item.isConnected) place(row).append(item);
  const said = one('.by span', item);
  if (said.textContent !== words[state]) said.textContent = words[state];
  item.dataset.state = state;
  if (state === 'refused' && !one('button', item)) takeBack(row, item);
  if (state !== 'arrived') return;
  if (row.where === '/ask' && here(row) && !form.elements.text.value.trim()) location.assign(to);
  else if (here(row) && log()) renew(row);
  else if (to) said.append(' ', Object.assign(document.createElement('a'), { href: to, textContent: words.open }));
}

export async function run() {
  clearTimeout(timer);
  if (going) return going;
  going = kept.flush(page.csrf, show);
  const wait = await going;
  going = null;
  const rows = await kept.all();
  flag(rows.length);
  for (const row of rows) show(row, row.refused ? 'refused' : 'waits');
  if (wait) timer = setTimeout(run, Math.max(wait, Math.min(60, 2 ** tries++)) * 1000);
  else if (rows.some((row) => !row.refused)) run(); /* written meanwhile */
  else tries = 0;
}

/* The worker sends it too, when this page is long closed. */
async function askWorker() {
  const worker = await navigator.serviceWorker?.getRegistration(page.base + '/').catch(() => null);
  await worker?.sync?.register('outbox').catch(() => {});
}

async function write() {
  const data = new FormData(form), files = data.getAll('file').filter((file) => file.size);
  const text = (data.get('text') ?? '').trim();
  if (!text && !files.length) return form.elements.text.focus();
  const fields = [...data].filter(([name, value]) => typeof value === 'string' && !['once', 'csrf'].includes(name));
  const once = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const row = { once, where: new URL(form.action).pathname.slice(page.base.length), fields, files, text, guest: words.guest, csrf: page.csrf, at: Date.now() };
  try {
    await kept.put(row);
  } catch {
    return form.submit(); /* nothing can be kept here */
  }
  show(row, navigator.onLine ? 'goes' : 'waits');
  flag(true);
  askWorker();
  form.elements.text.value = '';
  if (form.elements.file) form.elements.file.value = '';
  form.elements.text.focus();
  run();
}

/* What another app shared: attached, and the words are left to whoever shares it. */
async function takeShared() {
  const name = `ascolto-share ${page.base}`;
  if (!form || !new URLSearchParams(location.search).has('shared') || !globalThis.caches || !(await caches.has(name))) return;
  const cache = await caches.open(name), files = new DataTransfer();
  for (const request of await cache.keys()) {
    const answer = await cache.match(request), said = answer.headers.get('x-name');
    if (said) files.items.add(new File([await answer.blob()], decodeURIComponent(said), { type: answer.headers.get('content-type') }));
    else form.elements.text.value ||= await answer.text();
  }
  form.elements.file.files = files.files;
  form.elements.text.focus();
  await caches.delete(name);
  history.replaceState(null, '', location.pathname);
}
takeShared().catch(() => {});

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  write();
});
document.documentElement.classList.add('js');
addEventListener('online', run);
document.addEventListener('visibilitychange', () => document.hidden || run());
run();
