/* SPDX-License-Identifier: Apache-2.0 */
/* Between one story and the next: the list stays where it was, and when the next story takes longer than a blink its
 * shape is there already, with the name. */
import { one } from './common.js';

const BLINK = 300;
const KEY = 'ascolto-list';

function remember() {
  const rows = one('#rows');
  if (rows) sessionStorage.setItem(KEY, JSON.stringify({ tab: one('.tabs [aria-current]')?.textContent, top: rows.scrollTop }));
}

function restore() {
  const rows = one('#rows');
  const kept = rows && JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  if (kept && kept.tab?.replace(/\d/g, '') === one('.tabs [aria-current]')?.textContent.replace(/\d/g, '')) rows.scrollTop = kept.top;
}

function showShape(link) {
  const shape = one('#loading')?.content.cloneNode(true);
  const place = one('.talk') ?? one('.today');
  if (!shape || !place) return;
  one('h1, h2', shape).textContent = one('.name', link).textContent;
  place.replaceWith(shape);
}

export function start() {
  let timer = 0;
  restore();
  addEventListener('pagehide', () => (clearTimeout(timer), remember()));
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('#rows > li > a');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    remember();
    clearTimeout(timer);
    timer = setTimeout(showShape, BLINK, link);
  });
}
