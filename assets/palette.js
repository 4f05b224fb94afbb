/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl or Command with K: find a person, a word, something to do, over the page. Also opens the shortcuts sheet and
 * the menus that an address ending in "#do-…" names. Without it the same addresses are pages. */
import { all, conversation, later, one, openMenu, page, part, send } from './common.js';

let dialog = null;

async function over(address, name) {
  if (dialog) return null;
  const content = await part(page.base + address, name);
  const sheet = content && one('.over', content);
  if (!sheet) {
    location.href = page.base + address;
    return null;
  }
  dialog = document.createElement('dialog');
  dialog.className = sheet.className.replace('still-over', '');
  dialog.setAttribute('aria-label', sheet.getAttribute('aria-label'));
  dialog.append(...sheet.childNodes);
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    dialog = null;
  });
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  return dialog;
}

/* Links of the page without scripts become the options of a list box. */
function asOptions(list) {
  const options = all('li:has(a)', list);
  list.setAttribute('role', 'listbox');
  for (const option of options) {
    const link = one('a', option);
    option.dataset.to = link.getAttribute('href');
    option.setAttribute('role', 'option');
    option.replaceChildren(...link.childNodes);
    option.onclick = () => go(option.dataset.to);
  }
  return options;
}

export function go(address) {
  dialog?.close();
  const url = new URL(address, location.href);
  const menu = url.hash.startsWith('#do-') && url.pathname === location.pathname;
  if (!menu || !openMenu(url.hash.slice(4))) location.href = url.href;
}

async function open() {
  const box = await over(`/desk/palette?c=${conversation() ?? ''}`, 'palette_over');
  if (!box) return;
  const input = one('input', box);
  let options = [], chosen = 0;
  const mark = () => {
    options.forEach((option, index) => option.setAttribute('aria-selected', String(index === chosen)));
    if (options[chosen]) input.setAttribute('aria-activedescendant', options[chosen].id);
    options[chosen]?.scrollIntoView({ block: 'nearest' });
  };
  const fresh = () => {
    options = asOptions(one('#picks', box));
    chosen = 0;
    mark();
  };
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'picks', 'aria-autocomplete': 'list' }))
    input.setAttribute(name, value);
  one('button', box)?.remove();
  input.addEventListener('input', later(async () => {
    const asked = input.value;
    const content = await part(`${page.base}/desk/palette?q=${encodeURIComponent(asked)}&c=${conversation() ?? ''}`, 'picks');
    if (!content || input.value !== asked || !dialog) return;
    one('#picks', box).replaceWith(one('#picks', content));
    fresh();
  }, 90));
  input.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) chosen = (chosen + step + options.length) % options.length;
    else if (event.key === 'Enter') go(options[chosen]?.dataset.to ?? `${page.base}/desk/search?q=${encodeURIComponent(input.value)}`);
    else return;
    event.preventDefault();
    mark();
  });
  fresh();
  input.focus();
}

export async function shortcuts() {
  const sheet = await over('/desk/shortcuts', 'shortcuts_over');
  const close = sheet && one('header a', sheet);
  close?.addEventListener('click', (event) => (event.preventDefault(), dialog.close()));
  const toggle = sheet && one('[data-single-keys-switch]', sheet);
  one('footer button', sheet ?? document.createElement('i'))?.remove();
  toggle?.addEventListener('change', () => {
    document.body.toggleAttribute('data-single-keys', toggle.checked);
    send('/desk/me/keys', { single_keys: toggle.checked ? '1' : '' });
  });
}

export function start() {
  if (!page.csrf || !window.HTMLDialogElement) return;
  for (const link of all('[data-palette]')) link.addEventListener('click', (event) => (event.preventDefault(), open()));
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog) dialog.close();
    else open();
  });
  if (location.hash.startsWith('#do-')) openMenu(location.hash.slice(4));
}
