/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever writes now is said by name, when their row is not in sight: the list keeps its order (what people lose by
 * waiting), and nobody who has just written goes unnoticed. */
import { ask, conversation, one, page } from './common.js';

const people = new Map(); /* conversation → name, in the order they wrote */

function inSight(row) {
  const box = one('#rows').getBoundingClientRect(), at = row.getBoundingClientRect();
  return at.height > 0 && at.top + at.height / 2 < box.bottom && at.bottom > box.top;
}

const tab = () => new URL(one('.tabs [aria-current]')?.href ?? location.href).searchParams.get('tab');

function go() {
  const [id] = people.keys();
  const address = people.size === 1 ? `/desk/c/${id}?tab=${tab() ?? 'waiting'}#latest` : '/desk?tab=all';
  location.href = page.base + address;
}

/* One question at a time, at most one a second: of many who write at once the last are told by name. */
const PAUSE = 1000;
let asking = false, asked_next = null;

/* A message came in this conversation. */
export async function arrived(id) {
  if (id === conversation() || !one('.queue') || document.hidden) return;
  if (asking) {
    asked_next = id;
    return;
  }
  asking = true;
  const story = (await ask(`/desk/c/${id}`))?.story;
  if (story?.conversation.place === 'waiting' && (tab() !== 'mine' || story.conversation.mine)) {
    people.delete(id);
    people.set(id, story.person.name);
    showArrivals();
  }
  setTimeout(() => {
    const next = asked_next;
    asking = false;
    asked_next = null;
    if (next) arrived(next);
  }, PAUSE);
}

/* Says who wrote, or takes the word back once their row can be seen. True when something is said. */
export function showArrivals() {
  const holder = one('#new-rows'), button = holder && one('button', holder);
  for (const id of people.keys()) {
    const row = one(`#row-${id}`);
    if (id === conversation() || (row && inSight(row))) people.delete(id);
  }
  if (!button) return false;
  if (!people.size) {
    if (button.onclick === go) holder.hidden = true;
    return false;
  }
  const [name] = people.values();
  holder.hidden = false;
  button.textContent = people.size === 1 ? holder.dataset.writes.replace('#', name) : holder.dataset.more.replace('#', people.size);
  button.onclick = go;
  return true;
}
