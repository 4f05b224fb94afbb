/* SPDX-License-Identifier: Apache-2.0 */
/* Between one story and the next: the list stays where it was (in the hand the page is the list, and the way back leads
 * to the same place), and when the next story takes longer than a blink its shape is there already, with the name. */
import { one } from './common.js';

const BLINK = 300;
const KEY = 'ascolto-list';

const isSeen = (rows) => rows.getClientRects().length > 0; /* in the hand a story hides it */

let wants_top = false;
function remember() {
  const rows = one('#rows');
  if (!rows || wants_top || shown) return;
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  const here = { tab: one('.tabs [aria-current]')?.textContent, top: rows.scrollTop, page: scrollY, address: location.pathname + location.search };
  if (isSeen(rows)) sessionStorage.setItem(KEY, JSON.stringify(one('main.queue') ? here : { ...kept, tab: here.tab, top: here.top }));
}

/* Which list an address shows, whichever page of it. */
function listOf(address) {
  const asked = new URL(address, location.href).searchParams;
  asked.delete('cursor');
  if (!asked.has('view') && !asked.has('tab')) asked.set('tab', 'waiting');
  asked.sort();
  return asked.toString();
}

function restore() {
  const rows = one('#rows'), back = one('.talk .back');
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  if (back && kept?.address && listOf(back.href) === listOf(kept.address)) back.href = kept.address;
  if (!rows || kept?.tab?.replace(/\d/g, '') !== one('.tabs [aria-current]')?.textContent.replace(/\d/g, '')) return;
  rows.scrollTop = kept.top;
  if (one('main.queue') && kept.page && kept.address === location.pathname + location.search) scrollTo({ top: kept.page, behavior: 'instant' });
}

let shown = null; /* [the shape, what stood in its place] */
function showShape(link) {
  const shape = one('#loading')?.content.cloneNode(true).firstElementChild;
  const place = one('.talk') ?? one('.today');
  if (!shape || !place) return;
  one('h1, h2', shape).textContent = one('.name', link).textContent;
  remember();
  place.replaceWith(shape);
  shown = [shape, place, document.body.className];
  document.body.classList.add('talking');
}

/* The page comes back as it was left: without the shape of another. */
function hideShape() {
  if (!shown) return;
  shown[0].replaceWith(shown[1]);
  document.body.className = shown[2];
  shown = null;
}

export function start() {
  let timer = 0;
  restore();
  addEventListener('pagehide', () => (clearTimeout(timer), remember()));
  addEventListener('pageshow', (event) => event.persisted && hideShape());
  /* where one is already, one asks for the top */
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('.rail a[aria-current], .tabs a[aria-current]') || !one('main.queue')) return;
    wants_top = true;
    sessionStorage.removeItem(KEY);
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('#rows > li > a');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    remember();
    clearTimeout(timer);
    timer = setTimeout(showShape, BLINK, link);
  });
}
