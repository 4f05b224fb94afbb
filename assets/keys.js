/* SPDX-License-Identifier: Apache-2.0 */
/* Single keys, for those who want them (a setting of one's own turns them off). None works while one writes, in a
 * dialog or together with Ctrl, Alt or Command. */
import { all, inField, one, openMenu, page } from './common.js';
import { shortcuts } from './palette.js';
import { toggleSelecting } from './select.js';

function move(step) {
  const links = all('#rows > li > a');
  const now = links.findIndex((link) => link === document.activeElement);
  const from = now >= 0 ? now : links.findIndex((link) => link.hasAttribute('aria-current'));
  links[Math.max(0, Math.min(links.length - 1, from + step))]?.focus();
}

function person() {
  const who = one('#who');
  if (who && getComputedStyle(who).position !== 'relative') who.togglePopover();
  else who?.focus();
}

const acts = {
  j: () => move(1),
  k: () => move(-1),
  r: () => one('#need, #reply')?.focus(),
  n: () => openMenu('note'),
  e: () => openMenu('close'),
  z: () => openMenu('snooze'),
  h: () => openMenu('hand'),
  a: () => openMenu('assign'),
  l: () => openMenu('label'),
  x: () => openMenu('aside'),
  p: person,
  s: () => (location.href = `${page.base}/desk/search`),
  v: () => toggleSelecting(),
  '?': shortcuts,
};

export function start() {
  document.addEventListener('keydown', (event) => {
    if (!('singleKeys' in page) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (inField(event.target) || one('dialog[open]') || one('.menu:popover-open') || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}
