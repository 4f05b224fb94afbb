/* SPDX-License-Identifier: Apache-2.0 */
/* What a sign brings up while one writes: "/" snippets, "??" help pages, "@" colleagues. The list stands above the field
 * and is worked with arrows, Enter and Escape; nothing is put in by itself. */
import { ask, later } from './common.js';

const LONGEST = 40;
const ROOM = 256;
const SMALLEST = 96;
let count = 0;

/* The sign before the caret and what was written after it. */
function sought(field, signs) {
  const before = field.value.slice(0, field.selectionStart);
  let found = null;
  for (const sign of Object.keys(signs)) {
    const at = before.lastIndexOf(sign);
    const rest = before.slice(at + sign.length);
    const begins = at === 0 || (at > 0 && /[\s(]/.test(before[at - 1]));
    if (at >= 0 && begins && rest.length <= LONGEST && !rest.includes('\n') && (!found || at > found.at))
      found = { sign, at, q: rest };
  }
  return found;
}

export function offer(field, signs) {
  const list = document.createElement('ul');
  const id = `offers-${++count}`;
  let items = [], chosen = 0, about = null, taken = null;
  let turn = 0, live = 0; /* what was written last, while its list is wanted; 0: no list is */
  Object.assign(list, { id, className: 'offers', popover: 'manual', role: 'listbox' });
  list.setAttribute('aria-label', field.labels?.[0]?.textContent ?? field.placeholder);
  field.parentElement.append(list);
  field.setAttribute('aria-autocomplete', 'list');

  const close = () => {
    if (list.matches(':popover-open')) list.hidePopover();
    items = [];
    field.removeAttribute('aria-activedescendant');
    field.removeAttribute('aria-controls');
  };
  const leave = () => {
    live = 0;
    close();
  };
  /* above the field, or below it where there is more room, over everything that scrolls; never beyond what is seen */
  const stand = () => {
    const box = field.getBoundingClientRect(), view = visualViewport;
    const above = box.top - view.offsetTop, below = view.offsetTop + view.height - box.bottom;
    const under = above < ROOM && below > above;
    const room = Math.max(SMALLEST, Math.min(ROOM, (under ? below : above) - 8));
    Object.assign(list.style, { left: `${box.left}px`, width: `${box.width}px`, maxHeight: `${room}px`, top: under ? `${box.bottom + 4}px` : 'auto' });
    list.style.bottom = under ? 'auto' : `${innerHeight - Math.max(box.top, view.offsetTop + room + 4) + 4}px`;
    if (!list.matches(':popover-open')) list.showPopover();
  };
  const take = (index) => {
    const item = items[index];
    const text = about.sign === '@' ? `${item.text ?? item.name} ` : (item.text ?? item.name);
    close();
    field.focus();
    taken = { at: about.at, text };
    field.setRangeText(text, about.at, field.selectionStart, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const show = () => {
    list.replaceChildren(...items.map((item, index) => {
      const line = document.createElement('li'), name = document.createElement('b'), text = document.createElement('small');
      name.textContent = item.name;
      text.textContent = item.text && item.text !== item.name ? item.text : '';
      Object.assign(line, { id: `${id}-${index}`, role: 'option' });
      line.setAttribute('aria-selected', String(index === chosen));
      line.onmousedown = (event) => (event.preventDefault(), take(index));
      line.append(name, text);
      return line;
    }));
    if (!items.length) return close();
    stand();
    field.setAttribute('aria-controls', id);
    field.setAttribute('aria-activedescendant', `${id}-${chosen}`);
    list.children[chosen].scrollIntoView({ block: 'nearest' });
  };
  const look = later(async () => {
    const mine = live;
    if (!mine) return;
    about = sought(field, signs);
    const again = about && taken?.at === about.at && field.value.startsWith(taken.text, about.at);
    if (!about || again) return close();
    const where = signs[about.sign];
    const answer = await ask(`${where}${where.includes('?') ? '&' : '?'}q=${encodeURIComponent(about.q)}`);
    if (mine !== live) return; /* left meanwhile, or more was written */
    items = answer?.items?.slice(0, 8) ?? [];
    chosen = 0;
    show();
  }, 120);

  /* what grows below the field pushes it up */
  new ResizeObserver(() => list.matches(':popover-open') && stand()).observe(field.form ?? field);
  addEventListener('resize', () => list.matches(':popover-open') && stand());
  field.addEventListener('input', () => {
    live = ++turn;
    look();
  });
  field.addEventListener('blur', leave);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') live = 0;
    if (!items.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) chosen = (chosen + step + items.length) % items.length;
    if (step) show();
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') take(chosen);
    else if (event.key === 'Escape') leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
