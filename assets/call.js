/* SPDX-License-Identifier: Apache-2.0 */
/* Calling from the care site. A tap asks for the microphone and rings; the page stays, only what it shows changes. */
import { able, clock, microphone, talk } from './call_voice.js';
import { call } from './chat_call.js';
import { line as open } from './chat_line.js';

const one = (selector, from = document) => from.querySelector(selector);
const say = (words) => one('#said') && (one('#said').textContent = words ?? '');
let began = 0;

/* Another page of ours; the drawings it uses join those of this one. */
async function parse(answer) {
  const other = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const drawing of other.querySelectorAll('.sprite symbol')) if (!document.getElementById(drawing.id)) one('.sprite')?.append(document.adoptNode(drawing));
  return other;
}

/* What the page shows of the call, as the server says it; what was in the hand stays there. */
async function show(id) {
  const answer = await call(`/call/live/${id}`, { accept: 'text/html' }).catch(() => null);
  if (!answer?.ok) return;
  const now = one('#calling', await parse(answer)), old = one('#calling'), held = document.activeElement?.id;
  const muted = one('#mute')?.getAttribute('aria-pressed');
  old.replaceWith(document.adoptNode(now));
  if (muted === 'true') one('#mute')?.setAttribute('aria-pressed', muted);
  if (held) document.getElementById(held)?.focus();
  say(now.dataset.say);
}

function tick() {
  const place = one('#lasts');
  if (place && began) place.textContent = clock((Date.now() - began) / 1000);
}

async function live(id, stream) {
  const page = one('#calling');
  let shown = '';
  const voice = talk({
    stream,
    guest: true,
    post: (act, fields) => call(`/call/live/${id}/${act}`, { fields }).catch(() => null),
    line: (how) => {
      const place = one('#line');
      if (place) place.textContent = how === 'talking' ? '' : place.dataset[how];
    },
    changed: (now) => {
      began = now.live && now.state !== 'ringing' ? Date.now() - now.seconds * 1000 : 0;
      if (!now.live) wire.stop();
      const what = `${now.state} ${now.colleague}`;
      if (now.live && !now.here) say(one('#calling').dataset.elsewhere);
      if (what !== shown || !now.live) show(id);
      shown = what;
    },
  });
  const wire = open({ address: () => `/chat/events?with=${page.dataset.conversation}`, heard: () => voice.poke(), up: () => voice.poke(), down: () => {} });
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('#mute');
    if (!button) return;
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', on);
    voice.mute(on);
  });
  document.addEventListener('submit', async (event) => {
    if (event.target.id !== 'hang') return;
    event.preventDefault();
    voice.stop();
    wire.stop();
    await call(`/call/live/${id}/end`, { fields: {} }).catch(() => null);
    show(id);
  });
  addEventListener('pagehide', () => wire.stop());
  await voice.join();
  wire.start('');
  setInterval(tick, 1000);
}

async function start(form) {
  const wrong = one('#now-wrong'), button = one('button[type=submit]', form);
  const fail = (words) => {
    wrong.textContent = words;
    wrong.hidden = false;
    button.disabled = false;
  };
  button.disabled = true;
  wrong.hidden = true;
  const stream = await microphone().catch(() => null);
  if (!stream) return fail(form.dataset.microphone);
  const answer = await call('/call/now', { fields: Object.fromEntries(new FormData(form)) }).catch(() => null);
  const location = answer?.ok && (await answer.json()).location;
  const page = location && (await fetch(location, { headers: { Accept: 'text/html' } }).catch(() => null));
  if (!page?.ok) {
    for (const track of stream.getTracks()) track.stop();
    return fail(answer?.status === 409 ? form.dataset.nobody : answer?.status === 429 ? form.dataset.often : form.dataset.wrong);
  }
  one('#main').replaceWith(document.adoptNode(one('#main', await parse(page))));
  history.replaceState(null, '', location);
  one('h1')?.focus();
  await live(location.match(/\d+$/)[0], stream);
}

document.documentElement.classList.add('js');
const now = one('#now');
if (now && able()) {
  now.hidden = false;
  now.addEventListener('submit', (event) => {
    event.preventDefault();
    start(now);
  });
}
/* A reload goes on with the call. */
const page = one('#calling[data-live]');
if (page && able()) {
  const stream = await microphone().catch(() => null);
  if (stream) await live(page.dataset.call, stream);
  else say(page.dataset.microphone);
}
