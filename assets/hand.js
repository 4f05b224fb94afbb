/* SPDX-License-Identifier: Apache-2.0 */
/* In the hand, where one sees one thing at a time: a stroke of the finger does what a link of the page does. To the
 * right: from a story back to the list; to the left: from the list into the story under the finger, from a story to the
 * next. The edges of the screen stay the browser's, what scrolls sideways keeps its own strokes, a selection its own.
 * And the style sheet is told how much the keyboard on the screen covers. */
import { all, later, one } from './common.js';

const EDGE = 28; /* the browser's own way back begins there */
const SLOP = 10;
const STEEP = 1.4;
const FAR = 88;
const FLICK = { far: 40, speed: 0.45 };
const HELD = 500; /* a finger that rests first wants to select */
const OWN = 'input, textarea, select, audio, video, iframe, .menu, .who, .over, [contenteditable]';

const hand = matchMedia('(max-width: 47.99rem)');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/* Whose story stands so many places after the open one, in the list as it is now. */
function neighbour(step) {
  const links = all('#rows > li > a');
  const at = links.findIndex((link) => link.hasAttribute('aria-current'));
  return at < 0 ? (step > 0 ? links[0] : null) : links[at + step];
}

/* What a stroke from here means, or nothing. */
function leadsTo(from, dx) {
  const talk = one('main.talk');
  if (!talk) return dx < 0 ? one(':scope > a', from.closest('#rows > li')) : null;
  return dx > 0 ? one('.back', talk) : neighbour(1);
}

const scrollsSideways = (element) =>
  element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX);

function isFree(event) {
  const { target } = event;
  if (!hand.matches || !event.isPrimary || event.pointerType === 'mouse') return false;
  if (event.clientX < EDGE || event.clientX > innerWidth - EDGE) return false;
  if (!target.closest?.('main.talk, main.queue #rows > li') || target.closest(OWN)) return false;
  for (let e = target; e && e.tagName !== 'MAIN'; e = e.parentElement) if (scrollsSideways(e)) return false;
  return getSelection().isCollapsed && !one(':popover-open, dialog[open], #selecting:checked');
}

/* ---- what one sees of it ---- */

function sign() {
  const words = document.createElement('p');
  words.className = 'stroke';
  words.ariaHidden = 'true';
  document.body.append(words);
  return words;
}

function show(stroke) {
  const { dx, link } = stroke, page = one('main');
  if (!calm.matches) page.style.translate = `${link ? dx : dx / 6}px`;
  stroke.sign ??= sign();
  stroke.sign.textContent = link ? (one('.name', link)?.textContent ?? link.ariaLabel) : '';
  stroke.sign.classList.toggle('before', dx > 0);
  stroke.sign.classList.toggle('enough', Math.abs(dx) > FAR);
}

function clear(stroke) {
  stroke?.sign?.remove();
  one('main').style.translate = '';
}

/* ---- the stroke ---- */

function isEnough(stroke, event) {
  const far = Math.abs(stroke.dx);
  return far > FAR || (far > FLICK.far && far / (event.timeStamp - stroke.began) > FLICK.speed);
}

function strokes() {
  let stroke = null;
  const leave = () => {
    clear(stroke);
    stroke = null;
  };
  document.addEventListener('pointerdown', (event) => {
    leave();
    if (isFree(event)) stroke = { id: event.pointerId, x: event.clientX, y: event.clientY, at: event.timeStamp, from: event.target, dx: 0 };
  });
  document.addEventListener('pointermove', (event) => {
    if (stroke?.id !== event.pointerId) return;
    const dx = event.clientX - stroke.x, dy = event.clientY - stroke.y;
    if (!stroke.began) {
      if (Math.hypot(dx, dy) < SLOP) return;
      if (Math.abs(dx) < Math.abs(dy) * STEEP || event.timeStamp - stroke.at > HELD || !getSelection().isCollapsed) return leave();
      stroke.began = stroke.at;
    }
    stroke.dx = dx;
    stroke.link = leadsTo(stroke.from, dx);
    show(stroke);
  });
  document.addEventListener('pointerup', (event) => {
    if (stroke?.id !== event.pointerId) return;
    const link = stroke.began && isEnough(stroke, event) ? stroke.link : null;
    const { began } = stroke;
    leave();
    /* what the finger stands on at the end is not pressed */
    if (began) addEventListener('click', (click) => click.isTrusted && click.timeStamp - event.timeStamp < 300 && click.preventDefault(), { capture: true, once: true });
    link?.click();
  });
  document.addEventListener('pointercancel', leave);
  addEventListener('pageshow', leave);
}

/* ---- turned round, what was in sight stays in sight ---- */

function turned() {
  let seen = null;
  const look = later(() => (seen = document.elementFromPoint(innerWidth * 0.6, innerHeight * 0.4)?.closest('#rows > li, #filo > li') ?? seen), 100);
  document.addEventListener('scroll', look, { capture: true, passive: true });
  hand.addEventListener('change', () => {
    const written = document.activeElement?.closest?.('.reply-box, .listen');
    if (written) written.scrollIntoView({ block: 'nearest' });
    else if (seen?.isConnected) seen.scrollIntoView({ block: 'center' });
    else one('main.talk #latest')?.scrollIntoView({ block: 'nearest' }); /* as it was opened */
  });
}

/* ---- buttons for the same, and the keyboard on the screen ---- */

/* The list has changed: they name who stands there now, and lead to them. */
function turns() {
  document.addEventListener('list', () => {
    for (const turn of all('.turns a')) {
      const now = neighbour(turn.rel === 'next' ? 1 : -1), name = one('span', turn);
      turn.hidden = !now;
      if (!now) continue;
      const fresh = one('.name', now).textContent;
      turn.setAttribute('aria-label', turn.getAttribute('aria-label').replace(name.textContent, () => fresh));
      name.textContent = fresh;
      turn.href = now.href;
    }
  });
}

const KEYBOARD = 120;
const STAYS = 150; /* of the height: the name above, what sends below */

/* What one writes stays in sight with its tools, also while it grows. */
function showWritten() {
  const field = document.activeElement, box = field?.closest?.('.reply-box, .listen');
  if (!hand.matches || !box || !field.matches('input, textarea')) return;
  (box.offsetHeight < visualViewport.height - STAYS ? box : field).scrollIntoView({ block: 'nearest' });
}

function keyboard() {
  const view = window.visualViewport;
  view?.addEventListener('resize', () => {
    const covered = view.scale > 1.01 ? 0 : Math.round(innerHeight - view.height - view.offsetTop);
    document.documentElement.style.setProperty('--keyboard', `${covered > KEYBOARD ? covered : 0}px`);
    showWritten();
  });
  document.addEventListener('input', () => view?.scale < 1.01 && showWritten());
}

export function start() {
  if (!one('.queue')) return;
  strokes();
  turned();
  turns();
  keyboard();
}
