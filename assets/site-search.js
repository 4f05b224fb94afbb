/* SPDX-License-Identifier: Apache-2.0 */
/* The answers come while one types: the server renders them, this only fetches and shows. Without it the form leads to
 * the same answers on a page of their own. */
const REST = 180;
const field = document.querySelector('[data-found]');
const place = field && document.getElementById(field.dataset.found);
const base = document.body.dataset.base ?? '';
let shown = field?.value.trim() ?? '';
let asking, timer;

function keepDrawings(content) {
  for (const drawing of content.querySelectorAll('.sprite symbol')) if (!document.getElementById(drawing.id)) document.querySelector('.sprite')?.append(drawing);
  content.querySelector('.sprite')?.remove();
}

async function look() {
  const q = field.value.trim();
  if (q === shown) return;
  asking?.abort();
  asking = new AbortController();
  if (q.length < 2) {
    shown = q;
    return place.replaceChildren();
  }
  try {
    const answer = await fetch(`${base}/search?fragment=site_found&q=${encodeURIComponent(q)}`, { signal: asking.signal, headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const holder = document.createElement('template');
    holder.innerHTML = await answer.text();
    keepDrawings(holder.content);
    place.replaceChildren(holder.content);
    shown = q;
  } catch {
    /* no signal, or one typed on: the form still works */
  }
}

if (field && place)
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(look, REST);
  });
