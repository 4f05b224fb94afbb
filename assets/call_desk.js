/* SPDX-License-Identifier: Apache-2.0 */
/* Voice calls at the desk. A browser takes calls where its colleague said so there; then every page of the desk shows what
 * rings, and the call goes on from page to page: the page that comes takes the call from the one that went. */
import { able, clock, microphone, talk } from './call_voice.js';
import { all, later, one, page, part, send } from './common.js';

const BEAT = 30000;
const RING = 3000;
const on = () => localStorage.getItem('ascolto-calls') === 'on';
const sounds = () => localStorage.getItem('ascolto-calls-sound') !== 'off';
const mark = () => sessionStorage.getItem('ascolto-call');
let voice = null, stream = null, began = 0, told = '', muted = false, ringer = 0, context = null;

/* ---- the bar ---- */

/* Cards that the server says as before stay as they are, with what is written in them. */
const served = new WeakMap();
function take(bar, fresh) {
  const old = one('#call-bar', bar), within = bar.contains(document.activeElement), focused = document.activeElement?.id;
  const cards = all('.call-card', fresh), kept = new Set();
  for (const card of cards) served.set(card, card.outerHTML);
  if (!old) bar.replaceChildren(fresh);
  let place = old?.firstElementChild ?? null;
  for (const card of old ? cards : []) {
    const same = all('.call-card', old).find((one) => !kept.has(one) && served.get(one) === served.get(card));
    if (!same) old.insertBefore(card, place);
    else place = same.nextElementSibling;
    kept.add(same ?? card);
  }
  if (old) for (const card of all('.call-card', old)) if (!kept.has(card)) card.remove();
  if (within && !bar.contains(document.activeElement)) (document.getElementById(focused) ?? one('button, textarea', bar))?.focus();
  return one('#call-bar', bar);
}

async function look() {
  const now = await part(`${page.base}/desk/calls`, 'call_bar');
  const bar = one('#calls'), fresh = now && one('#call-bar', now);
  if (!fresh || !bar) return;
  const shown = take(bar, fresh);
  one('#mute-call', shown)?.setAttribute('aria-pressed', muted);
  announce(shown);
  one('[data-mine]', shown)?.classList.toggle('elsewhere', !voice);
}
const soon = later(look, 60);

/* What rings is said once, heard while it rings, and shown by the browser where it may. */
function announce(bar) {
  const rings = one('[data-ring]', bar), words = rings?.dataset.say ?? '';
  clearInterval(ringer);
  if (rings && sounds()) ringer = setInterval(beep, RING, beep());
  if (words === told) return;
  told = words;
  one('#calls-say').textContent = words;
  if (words && document.hidden && window.Notification?.permission === 'granted') {
    const note = new Notification(words, { tag: 'ascolto-call', body: rings.dataset.about });
    note.onclick = () => (focus(), note.close());
  }
}

/* One page of this browser is heard. */
function beep() {
  navigator.locks?.request('ascolto-ring', { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    context ??= new AudioContext();
    if (context.state !== 'running') return;
    for (const [tone, at] of [[660, 0], [880, 0.22]]) {
      const sound = context.createOscillator(), volume = context.createGain();
      sound.frequency.value = tone;
      volume.gain.setValueAtTime(0.08, context.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + at + 0.2);
      sound.connect(volume).connect(context.destination);
      sound.start(context.currentTime + at);
      sound.stop(context.currentTime + at + 0.2);
    }
    await new Promise((done) => setTimeout(done, RING - 200));
  });
}

/* ---- the call ---- */

function quiet() {
  voice?.stop();
  voice = stream = null;
  began = 0;
  muted = false;
  sessionStorage.removeItem('ascolto-call');
}

function speak(id) {
  let shown = '';
  voice = talk({
    stream,
    guest: false,
    post: (act, fields) => send(`/desk/call/${id}/${act}`, fields),
    line: (how) => {
      const place = one('#call-line');
      if (place) place.textContent = how === 'talking' ? '' : place.dataset[how];
    },
    changed: (now) => {
      began = now.live ? Date.now() - now.seconds * 1000 : 0;
      if (!now.live || !now.here) quiet();
      const what = `${now.state} ${now.asked} ${now.live} ${now.here}`;
      if (what !== shown) soon();
      shown = what;
    },
  });
}

const wrong = (name) => one('#calls-say') && (one('#calls-say').textContent = one('#calls').dataset[name]);

async function answer(id, again) {
  stream = await microphone().catch(() => null);
  if (!stream) return wrong('microphone');
  speak(id);
  const said = again ? null : await send(`/desk/call/${id}/answer`, { seat: voice.seat });
  if (!again && !said?.ok) {
    wrong(said?.status === 409 ? 'taken' : 'wrong');
    quiet();
    return soon();
  }
  sessionStorage.setItem('ascolto-call', id);
  if (again) await voice.join();
  else await voice.poke();
  soon();
  return null;
}

async function act(form, name, button) {
  const id = form.dataset.call;
  if (name === 'answer') return answer(id, false);
  if (name === 'take') return answer(id, true);
  if (name === 'end') quiet();
  const said = await send(`/desk/call/${id}/${name}`, Object.fromEntries(new FormData(form, button)));
  if (!said?.ok) wrong('wrong');
  voice?.poke();
  return look();
}

/* ---- duty ---- */

const duty = (state, keepalive = false) =>
  fetch(`${page.base}/desk/calls/duty`, { method: 'POST', keepalive, body: new URLSearchParams({ state, csrf: page.csrf }), headers: { Accept: 'application/json' } }).catch(() => null);

function offer() {
  const form = one('#duty');
  if (!form) return;
  const button = one('[data-duty]', form), sound = one('[data-sound]', form);
  const show = () => {
    button.setAttribute('aria-checked', on());
    sound.setAttribute('aria-checked', sounds());
  };
  form.hidden = !able();
  one('#duty-unable').hidden = able();
  button.addEventListener('click', async () => {
    const wanted = !on();
    if (wanted) {
      const tried = await microphone().catch(() => null);
      if (!tried) return wrong('microphone');
      for (const track of tried.getTracks()) track.stop();
      await window.Notification?.requestPermission?.();
    }
    localStorage.setItem('ascolto-calls', wanted ? 'on' : 'off');
    await duty(wanted ? 'on' : 'off');
    return location.reload();
  });
  sound.addEventListener('click', () => {
    localStorage.setItem('ascolto-calls-sound', sounds() ? 'off' : 'on');
    clearInterval(ringer);
    show();
  });
  show();
}

let running = false;
function run() {
  if (running) return;
  running = true;
  duty('on');
  setInterval(() => on() && duty('on'), BEAT);
  addEventListener('pagehide', () => on() && duty('leaving', true));
  addEventListener('pageshow', (event) => event.persisted && on() && duty('on'));
  soon();
}

export function start() {
  const bar = one('#calls');
  if (!bar || !page.csrf) return;
  offer();
  document.addEventListener('call', ({ detail }) => {
    voice?.poke();
    if (on() && detail.kind !== 'call.signal') soon();
  });
  bar.addEventListener('submit', (event) => {
    const name = event.submitter?.dataset.act;
    if (!name) return;
    event.preventDefault();
    act(event.target, name, event.submitter);
  });
  bar.addEventListener('click', (event) => {
    const button = event.target.closest('#mute-call');
    if (!button) return;
    muted = !muted;
    button.setAttribute('aria-pressed', muted);
    voice?.mute(muted);
  });
  setInterval(() => {
    const place = one('#call-lasts');
    if (place && began) place.textContent = clock((Date.now() - began) / 1000);
  }, 1000);
  if (able() && on()) run();
  if (able() && mark()) answer(mark(), true);
}
