/* SPDX-License-Identifier: Apache-2.0 */
/* One EventSource for the whole page. An event says that something changed; the page then asks for the parts it shows
 * and morphs them in. What is being read is never moved: what is new waits below, behind a button. The browser sends
 * Last-Event-ID by itself when the connection comes back, and the parts are asked for once more. */
import { arrived, showArrivals } from './arrivals.js';
import { all, conversation, keepDrawings, later, one, page, part } from './common.js';

const LOST_AFTER = 3000;
const AGAIN_AFTER = 5000;
const EVERY_MINUTE = 60000;
const BETWEEN = 250;
const FIGURES_AFTER = 1500;
/* what a colleague is filling in for several people stays as it is */
const beforeNodeMorphed = (old) => !(old.id === 'bulk' && one('#selecting:checked'));
const KEPT = { ignoreActiveValue: true, restoreFocus: true, callbacks: { beforeNodeMorphed } };

const rowsOf = (root) => all('#rows > li[id^="row-"]', root);
const itemsOf = (root) => all('#filo > li[id^="item-"]', root);

/* A part of the page as it is now; one that could not be had is asked for again a little later. */
let missed = false;
async function fresh(name) {
  const content = await part(location.href, name);
  missed ||= !content;
  return content ?? document.createDocumentFragment();
}

function announce(holder, count, act) {
  const button = holder && one('button', holder);
  if (!button) return;
  holder.hidden = !count;
  button.textContent = count === 1 ? holder.dataset.one : holder.dataset.more.replace('#', count);
  button.onclick = () => {
    holder.hidden = true;
    act();
  };
}

/* Somebody is in the middle of the list: rows may change, but none may come between. */
function listIsHeld(list) {
  const rows = one('#rows', list);
  return rows && (rows.scrollTop > 4 || rows.matches(':hover') || rows.contains(document.activeElement) || one('#selecting:checked'));
}

function keepChoices(list, fresh) {
  if (one('#selecting:checked', list)) {
    one('#selecting', fresh)?.setAttribute('checked', '');
    for (const box of all('.pick :checked', list)) one(`.pick [value="${box.value}"]`, fresh)?.setAttribute('checked', '');
  }
}

function takeList(list, fresh) {
  keepChoices(list, fresh);
  Idiomorph.morph(list, fresh, KEPT);
  one('#new-rows')?.setAttribute('hidden', '');
  document.dispatchEvent(new Event('list'));
}

async function refreshList() {
  const list = one('.queue');
  const now = list && one('.queue', await fresh('list'));
  if (!now) return;
  const before = rowsOf(list).map((row) => row.id), after = rowsOf(now).map((row) => row.id);
  if (!listIsHeld(list) || before.join() === after.join()) {
    takeList(list, now);
    showArrivals();
    return;
  }
  for (const row of rowsOf(list)) {
    const other = one(`#${row.id}`, now);
    if (other && !row.contains(document.activeElement)) Idiomorph.morph(row, other, KEPT);
  }
  const more = after.filter((id) => !before.includes(id)).length;
  if (!showArrivals() && more) announce(one('#new-rows'), more, () => refreshListNow());
}

async function refreshListNow() {
  const now = one('.queue', await fresh('list'));
  if (now) takeList(one('.queue'), now);
  one('#rows')?.scrollTo({ top: 0 });
}

/* Runs change while the item that is being read stays where it is; in the hand, where the page itself scrolls, the line
 * that is being written does. */
function holdStill(change) {
  const scroll = one('#scroll'), composer = one('#latest');
  const whole = getComputedStyle(scroll).overflowY === 'visible';
  const top = Math.max(scroll.getBoundingClientRect().top, one('#talk-head').getBoundingClientRect().bottom);
  const writing = whole && composer?.contains(document.activeElement) && composer.getBoundingClientRect().top < innerHeight;
  const held = writing ? composer : itemsOf(document).find((item) => item.getBoundingClientRect().bottom > top);
  const place = held?.getBoundingClientRect().top;
  change();
  if (!held?.isConnected) return;
  const moved = held.getBoundingClientRect().top - place;
  const talk = one('main.talk'); /* on a low screen it scrolls as one */
  if (whole && getComputedStyle(talk).overflowY === 'auto') talk.scrollTop += moved;
  else if (whole) scrollBy({ top: moved, behavior: 'instant' });
  else if (scroll.scrollHeight > scroll.clientHeight) scroll.scrollTop += moved;
}

function belowSight(item) {
  const box = one('#scroll').getBoundingClientRect();
  const end = Math.min(box.bottom, innerHeight);
  return item.getBoundingClientRect().top > end - 24;
}

function refreshComposer(fresh) {
  const old = one('#latest'), now = one('#latest', fresh);
  if (!old || !now) return;
  const written = all('input.line, textarea', old).some((field) => field.value !== field.defaultValue);
  if (old.className !== now.className) {
    if (!written && !old.contains(document.activeElement)) location.reload();
    return;
  }
  const doors = one('fieldset', old), nowDoors = one('fieldset', now);
  if (!doors || !nowDoors || doors.contains(document.activeElement)) return;
  const chosen = one(':checked', doors)?.value;
  Idiomorph.morph(doors, nowDoors, KEPT);
  const same = chosen && one(`[value="${CSS.escape(chosen)}"]:not(:disabled)`, doors);
  if (same) same.checked = true;
}

async function refreshStory() {
  const id = conversation();
  const now = id && (await fresh('story'));
  if (!now || !one('#filo', now) || conversation() !== id) return;
  const known = new Set(itemsOf(document).map((item) => item.id));
  holdStill(() => {
    Idiomorph.morph(one('#filo'), one('#filo', now), KEPT);
    Idiomorph.morph(one('#needs'), one('#needs', now), KEPT);
    Idiomorph.morph(one('#talk-h'), one('#talk-h', now), KEPT);
  });
  refreshComposer(now);
  if (itemsOf(document).some((item) => !known.has(item.id))) document.dispatchEvent(new Event('story'));
  const unseen = itemsOf(document).filter((item) => !known.has(item.id) && belowSight(item));
  if (unseen.length) announce(one('#new-below'), unseen.length, () => unseen[0].scrollIntoView({ block: 'start' }));
}

async function refreshToday() {
  const today = one('.today');
  const now = today && one('.today', await fresh('today'));
  if (now && !today.contains(document.activeElement)) Idiomorph.morph(today, now, KEPT);
}

async function refreshWho() {
  const who = one('#who');
  const now = who && one('#who', await fresh('who'));
  if (now && !who.contains(document.activeElement)) Idiomorph.morph(who, now, KEPT);
}

/* At once after a quiet moment, else a few times a second; one at a time. A page nobody looks at waits until it is
 * looked at. Only what concerns the open story asks for the story. */
let under_way = false, waiting = 0, last = 0, story_too = false;
async function refresh() {
  const whole = story_too;
  waiting = 0;
  story_too = false;
  under_way = true;
  missed = false;
  try {
    await Promise.all(whole ? [refreshList(), refreshStory(), refreshWho(), refreshToday()] : [refreshList(), refreshToday()]);
  } finally {
    under_way = false;
    last = performance.now();
  }
  if (waiting || story_too) soon(story_too);
  else if (missed) setTimeout(soon, AGAIN_AFTER);
}

function soon(story = true) {
  story_too ||= story;
  if (document.hidden) return;
  if (under_way) waiting ||= -1;
  else if (waiting <= 0) waiting = setTimeout(refresh, Math.max(0, last + BETWEEN - performance.now()));
}

/* Pages of figures (the ledger) follow more calmly. */
const refreshFigures = later(async () => {
  const figures = one('[data-live]');
  const answer = figures && !document.hidden && (await fetch(location.href, { headers: { Accept: 'text/html' } }).catch(() => null));
  if (!answer || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  keepDrawings(fresh);
  if (one(`#${figures.id}[data-live]`, fresh)) Idiomorph.morph(figures, one(`#${figures.id}`, fresh), KEPT);
}, FIGURES_AFTER);

let lost = 0;
function connect() {
  const events = new EventSource(`${page.base}/events?after=${page.event}`); // also what came while the page was on its way
  let again = false;
  const concerns = (event) => {
    const about = event.data ? JSON.parse(event.data) : {};
    const ours = !about.conversation || about.conversation === conversation();
    if (event.type !== 'presence' || ours || one(`#row-${about.conversation}`)) soon(ours);
    if (event.type === 'message' && /^message\.(received|place)$/.test(about.kind)) arrived(about.conversation);
  };
  for (const name of ['message', 'conversation', 'list', 'presence', 'promise', 'reload']) events.addEventListener(name, concerns);
  for (const name of ['message', 'conversation', 'channel', 'ledger', 'reload']) events.addEventListener(name, refreshFigures);
  events.addEventListener('call', (event) => {
    const detail = JSON.parse(event.data);
    document.dispatchEvent(new CustomEvent('call', { detail }));
    if (detail.kind !== 'call.signal') concerns(event);
  });
  events.onopen = () => {
    clearTimeout(lost);
    lost = 0;
    one('#lost').hidden = true;
    if (again) soon();
    again = true;
  };
  events.onerror = () => {
    lost ||= setTimeout(() => (one('#lost').hidden = false), LOST_AFTER);
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_AFTER);
  };
  addEventListener('pagehide', () => events.close(), { once: true });
}

export function start() {
  if (!page.csrf || !window.EventSource) return;
  connect();
  addEventListener('pageshow', (event) => event.persisted && (connect(), soon()));
  if (!one('.queue')) return;
  document.addEventListener('scroll', later(showArrivals, 150), true);
  setInterval(soon, EVERY_MINUTE);
  addEventListener('online', () => soon());
  document.addEventListener('visibilitychange', () => soon());
}
