/* SPDX-License-Identifier: Apache-2.0 */
/* The chat in a frame on another site: who is here is kept by this frame and said in a header; what the page around it
 * may ask (open, close, who is signed in) comes as a message from that one origin, and goes back to it alone. */
import { call, who } from './chat_call.js';
import { start } from './chat_talk.js';

const page = document.body.dataset, PARENT = page.parent, KEPT = `ascolto-frame ${page.base}`;
const one = (selector) => document.querySelector(selector);
const tell = (what, data) => parent.postMessage({ ascolto: what, ...data }, PARENT);
let open = false, talk;

/* ---- who it is ---- */

/* anon: "cookie", a token, or "" for nobody yet; user: the token of whom the brand's site vouches for; no: before whom
 * they said that it was not them. */
let kept = { anon: '', user: '', no: '' };
try {
  kept = { ...kept, ...JSON.parse(localStorage.getItem(KEPT)) };
} catch {
  /* a browser that keeps nothing: as long as the page stays */
}
function keep(more) {
  kept = { ...kept, ...more };
  try {
    if (kept.anon || kept.user) localStorage.setItem(KEPT, JSON.stringify(kept));
    else localStorage.removeItem(KEPT);
  } catch {
    /* the same */
  }
}
let signed = false; /* the page has said in this visit who it is */
const mode = () => (signed ? kept.user : kept.anon) || 'none';
who.headers = () => ({ 'X-Ascolto-Guest': mode(), 'Accept-Language': document.documentElement.lang });
who.token = (token) => keep(signed ? { user: token } : { anon: token });
const before = () => (['', 'cookie'].includes(kept.anon) ? '' : kept.anon);
const as = (header, where, fields = {}) => call(where, { fields, headers: { 'X-Ascolto-Guest': header } }).catch(() => null);

/* Whether the browser keeps a cookie for this frame is seen by giving it one; else a token is kept. */
async function hello() {
  for (const header of location.protocol === 'https:' ? ['try', 'try', 'none'] : ['none']) {
    const answer = await as(header, '/widget/hello');
    if (!answer?.ok) return false;
    const { guest, again } = await answer.json();
    if (again) continue;
    if (!answer.headers.get('x-ascolto-guest')) keep({ anon: 'cookie' });
    who.guest = guest;
    tell('known', { known: true });
    return true;
  }
  return false;
}

let identity = Promise.resolve();
const inTurn = (act) => (identity = identity.then(act, act));

/* Whose token it is; only the server knows whether that is true. */
function subject(token) {
  try {
    return JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).sub;
  } catch {
    return undefined;
  }
}
const veil = (on) => document.documentElement.classList.toggle('changing', on);

let current; /* the subject that is shown */
async function identify(token) {
  const next = subject(token), other = signed && next !== current;
  if (other) veil(true);
  const answer = await call('/widget/identify', { fields: { token, before: before() }, headers: { 'X-Ascolto-Guest': kept.user || 'none' }, keep: false }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok) {
    tell('unidentified', { why: said?.error?.message ?? 'no answer' });
    if (other || !signed) await anonymous();
    return veil(false);
  }
  const fresh = answer.headers.get('x-ascolto-guest');
  if (!signed) talk.goesAlong();
  signed = true;
  current = next;
  if (fresh) keep({ user: fresh });
  await talk.become(said.name, !other);
  veil(false);
  one('#before').hidden = !said.before || said.before === kept.no;
  one('#before').dataset.guest = said.before ?? '';
  tell('identified');
}

async function anonymous() {
  signed = false;
  current = undefined;
  one('#before').hidden = true;
  await talk.become();
}

async function forget() {
  await as(kept.user || kept.anon || 'none', '/widget/forget', { before: before() });
  talk.forget();
  keep({ anon: '', user: '', no: '' });
  await anonymous();
  tell('known', { known: false });
}

one('#mine').onclick = () => inTurn(async () => {
  if (!(await as(kept.user, '/widget/mine', { before: before() }))?.ok) return;
  keep({ anon: '' });
  one('#before').hidden = true;
  await talk.become();
  one('#text').focus();
});
one('#not-mine').onclick = () => {
  keep({ no: one('#before').dataset.guest });
  one('#before').hidden = true;
  one('#text').focus();
};

/* ---- the page around ---- */

const shut = () => tell('close');
one('#shut').onclick = shut;
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.isComposing || one('#more:popover-open')) return;
  event.preventDefault();
  shut();
});

addEventListener('message', (event) => {
  if (event.source !== parent || event.origin !== PARENT) return;
  const { ascolto: what, token } = event.data ?? {};
  if (what === 'open') {
    open = true;
    talk.seen();
    one('#text').focus();
  } else if (what === 'close') {
    open = false;
    talk.left();
  } else if (what === 'identify' && typeof token === 'string') inTurn(() => identify(token));
  else if (what === 'forget') inTurn(forget);
});

/* ---- what else is there ---- */

const more = one('#more');
more.addEventListener('toggle', async (event) => {
  if (event.newState !== 'open') return;
  const answer = await call(`/widget?with=${one('#chat').dataset.conversation}&fragment=widget_more`, { accept: 'text/html' }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  one('#more-in').replaceChildren(...fresh.body.childNodes);
});
more.addEventListener('click', (event) => {
  const chosen = event.target.closest('[data-with]');
  if (chosen || event.target.closest('a')) more.hidePopover();
  if (chosen) talk.turn(chosen.dataset.with);
});
document.addEventListener('click', (event) => {
  const earlier = event.target.closest('.chat-log .mid a');
  if (!earlier) return;
  event.preventDefault();
  talk.earlier(earlier);
});

document.documentElement.classList.add('js');
const guest = one('#chat').dataset.guest;
if (guest) keep({ anon: 'cookie' });
else if (kept.anon === 'cookie') keep({ anon: '' });
talk = await start({
  hello,
  sight: () => open && !document.hidden,
  draft: () => (signed ? ` ${who.guest}` : ''),
  changed: (unread) => tell('unread', { count: open ? 0 : unread }),
});
const awaited = new URL(location.href).searchParams.has('identity');
if (!awaited && before()) await talk.become();
if (who.guest) tell('known', { known: true });
tell('ready');
