/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting several people: how many there are, a range with Shift, Escape to leave. */
import { all, one } from './common.js';

let last = null;

function show() {
  const form = one('#bulk'), out = one('#bulk-count');
  if (!form || !out) return;
  const chosen = all('.pick :checked').length, everyone = one('[name="all"]', form)?.checked;
  out.dataset.words ??= out.textContent;
  out.textContent = everyone || !chosen ? out.dataset.words : out.dataset.chosen.replace('#', chosen);
  one('button', form).setAttribute('aria-disabled', String(!everyone && !chosen));
}

export function toggleSelecting() {
  const box = one('#selecting');
  if (!box) return;
  const link = document.activeElement?.closest?.('#rows > li');
  if (!box.checked || !link) box.checked = !box.checked;
  const pick = box.checked && link ? one('.pick input', link) : null;
  if (pick) pick.checked = !pick.checked;
  show();
}

function range(box) {
  const boxes = all('.pick input');
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
  for (const between of boxes.slice(Math.max(from, 0), to + 1)) between.checked = box.checked;
}

export function start() {
  document.addEventListener('click', (event) => {
    if (!event.target.matches?.('.pick input')) return;
    if (event.shiftKey && last) range(event.target);
    last = event.target;
    show();
  });
  document.addEventListener('change', (event) => event.target.closest?.('#bulk, #selecting') && show());
  one('#selecting')?.addEventListener('change', () => one('#views-menu:popover-open')?.hidePopover());
  document.addEventListener('submit', (event) => {
    if (event.target.id === 'bulk' && one('button', event.target).getAttribute('aria-disabled') === 'true') event.preventDefault();
  });
  document.addEventListener('keydown', (event) => {
    const box = one('#selecting:checked');
    if (event.key !== 'Escape' || !box || one('dialog[open], .menu:popover-open')) return;
    box.checked = false;
    for (const pick of all('.pick :checked')) pick.checked = false;
    show();
  });
}
