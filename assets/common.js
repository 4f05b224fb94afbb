/* SPDX-License-Identifier: Apache-2.0 */
/* What the other modules share: addresses, asking for a part of a page, sending a form, waiting until typing stops. */
export const page = document.body.dataset;
export const one = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];
export const conversation = () => one('.talk')?.dataset.conversation;

/* A part brings the drawings it uses; those the page does not have yet join the page's own. */
export function keepDrawings(content) {
  for (const drawing of all('.sprite symbol', content)) if (!document.getElementById(drawing.id)) one('.sprite')?.append(drawing);
  one('.sprite', content)?.remove();
}

/* A part of a page as an element, or null when it could not be had (the session ended, the server is away). */
export async function part(address, name) {
  const url = new URL(address, location.href);
  url.searchParams.set('fragment', name);
  url.hash = '';
  const answer = await fetch(url, { headers: { Accept: 'text/html' }, redirect: 'manual' }).catch(() => null);
  if (!answer || !answer.ok) return null;
  const holder = document.createElement('template');
  holder.innerHTML = await answer.text();
  keepDrawings(holder.content);
  return holder.content;
}

/* POSTs fields as a form does. Answers the Response, or null when nothing came back. */
export function send(path, fields, accept = 'application/json') {
  const body = new URLSearchParams({ ...fields, csrf: page.csrf });
  return fetch(page.base + path, { method: 'POST', body, headers: { Accept: accept } }).catch(() => null);
}

export async function ask(path) {
  const answer = await fetch(page.base + path, { headers: { Accept: 'application/json' } }).catch(() => null);
  return answer && answer.ok ? answer.json() : null;
}

/* fn runs once, so many milliseconds after the last call. */
export function later(fn, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(fn, wait, ...args);
  };
}

/* A menu of the open story, with the focus in it; Escape gives the focus back to where it was. */
export function openMenu(name) {
  const menu = one(`#menu-${name}`);
  menu?.showPopover();
  if (menu) one('input:not([type=hidden]), select, textarea, button', menu)?.focus();
  return Boolean(menu);
}

export const inField = (element) =>
  element instanceof Element && element.matches('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
