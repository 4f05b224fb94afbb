/* SPDX-License-Identifier: Apache-2.0 */
/* The talk as it is seen: the server's page is asked for again when something changed, and what is new in it joins what
 * stands; below it waits what has not arrived yet. Nothing that was read is drawn anew, so that a screen reader says
 * each word once. */
import { call, sleep, who } from './chat_call.js';
import { line } from './chat_line.js';
import { queue } from './chat_queue.js';

const HERE_EVERY = 25000;
const TYPING_EVERY = 8000;
const QUIET_AFTER = 5000;
const TYPING_FADES = 40000;
const LOST_AFTER = 2000;
const AGAIN_AFTER = 4000;

const page = document.body.dataset;
const one = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/* In a frame on another site: hello, sight (whether somebody looks), draft (whose it is), changed (how many are new). */
export async function start({ hello, sight = () => !document.hidden, draft = () => '', changed = () => {} } = {}) {
  const form = one('#say'), words = form.dataset, field = form.elements.text, file = form.elements.file;
  const where = words.where, draftKey = () => `ascolto-draft ${page.base}${where}${draft()}`;
  const live = () => one('#chat').dataset;
  const said = () => one('#said');
  const pending = new Map(); /* by once: what is below the log */
  const drawn = new WeakMap(); /* as the server said it */
  who.guest ||= words.guest;

  /* ---- what stands ---- */

  function keep(text) {
    try {
      if (text) localStorage.setItem(draftKey(), text);
      else localStorage.removeItem(draftKey());
    } catch {
      /* a browser that keeps nothing */
    }
  }

  function redraw(old, fresh) {
    if ((drawn.get(old) ?? old.outerHTML) === fresh.outerHTML) return old;
    const before = [...old.children], after = [...fresh.children];
    const alike = before.length === after.length && before.every((e, i) => e.tagName === after[i].tagName);
    drawn.set(old, fresh.outerHTML);
    if (!alike) {
      old.replaceWith(fresh);
      return fresh;
    }
    before.forEach((e, i) => e.outerHTML !== after[i].outerHTML && e.replaceWith(after[i]));
    return old;
  }

  function take(fresh) {
    const head = one('.chat-who', fresh), now = one('.chat-who');
    if (head.innerHTML !== now.innerHTML) now.innerHTML = head.innerHTML;
    const { conversation, unread } = one('#chat', fresh).dataset;
    Object.assign(live(), { conversation, unread });
    form.elements.conversation.value = live().conversation;
    let last = null;
    for (const item of all('#said > li', fresh)) {
      const old = document.getElementById(item.id);
      if (old) last = redraw(old, item);
      else {
        const html = item.outerHTML;
        pending.get(item.dataset.once)?.remove();
        pending.delete(item.dataset.once);
        drawn.set(item, html);
        if (last) last.after(item);
        else said().prepend(item);
        last = item;
      }
    }
    const more = all('.chat-log .mid', fresh).at(-1), place = all('.chat-log .mid').at(-1);
    if (more && !place) said().after(more);
  }

  async function part(query) {
    const answer = await call(`${where}?${query}&fragment=chat`, { accept: 'text/html' }).catch(() => null);
    return answer?.ok ? new DOMParser().parseFromString(await answer.text().catch(() => ''), 'text/html') : null;
  }

  let asking = false, asked = false;
  async function look() {
    const whose = who.guest;
    if (!live().conversation) return;
    if (asking) {
      asked = true;
      return;
    }
    asking = true;
    asked = false;
    const fresh = await part(`with=${live().conversation}`);
    if (fresh) {
      if (one('#chat', fresh) && whose === who.guest) take(fresh);
      if (sight()) here('reading', true);
      changed(sight() ? 0 : Number(live().unread));
    } else setTimeout(look, AGAIN_AFTER);
    asking = false;
    if (asked) look();
  }

  /* ---- what has not arrived ---- */

  function show(row, state) {
    if (one(`#said > li[data-once="${CSS.escape(row.once)}"]`)) return;
    let item = pending.get(row.once);
    if (!item) {
      item = copy('pending-t');
      one('.words', item).textContent = [row.text, ...row.files.map((f) => f.name)].filter(Boolean).join('\n');
      pending.set(row.once, item);
    }
    if (!item.isConnected) said().append(item);
    const place = one('.by span', item), text = words[state];
    if (place.textContent !== text) place.textContent = text;
    item.dataset.state = state;
    if (state !== 'refused' || one('button', item)) return;
    const back = copy('take-back-t');
    back.onclick = async () => {
      await waiting.drop(row.once);
      item.remove();
      pending.delete(row.once);
      field.value = [field.value, row.text].filter(Boolean).join('\n');
      keep(field.value);
      field.focus();
    };
    item.append(back);
  }

  /* ---- the line ---- */

  let lost = 0;
  const down = () => {
    lost ||= setTimeout(() => one('#lost').replaceChildren(copy('lost-t')), LOST_AFTER);
  };
  const up = () => {
    clearTimeout(lost);
    lost = 0;
    one('#lost').replaceChildren();
    waiting?.run();
    look();
  };
  let fades = 0;
  function typing(name) {
    clearTimeout(fades);
    const place = one('#writing');
    place.hidden = !name;
    if (name) one('.writing > span', place).textContent = words.writes.replace('#', name.split(' ')[0]);
    if (name) fades = setTimeout(typing, TYPING_FADES, '');
  }
  const wire = line({
    address: () => `${where}/events?with=${live().conversation}&after=${live().event}`,
    up,
    down,
    heard(name, data) {
      if (name === 'typing') return typing(data.name);
      if (name === 'said') typing('');
      look();
    },
  });
  let following = '';
  function follow() {
    if (!live().conversation || following === live().conversation) return;
    following = live().conversation;
    wire.start(live().event);
  }
  addEventListener('offline', down);
  addEventListener('online', () => following || up());

  /* ---- who is here ---- */

  let doing = '', told = 0;
  function here(now, seen = false) {
    if (!live().conversation || !who.guest) return;
    if (now === doing && !seen && Date.now() - told < (now === 'writing' ? TYPING_EVERY : HERE_EVERY)) return;
    if (seen && doing === 'writing') now = doing;
    doing = now;
    told = Date.now();
    call(`${where}/here`, { fields: { doing: now, conversation: live().conversation, seen: seen ? '1' : '' }, keepalive: true }).catch(() => {});
  }
  let quiet = 0;
  setInterval(() => sight() && here(doing === 'writing' ? doing : 'reading'), HERE_EVERY);
  document.addEventListener('visibilitychange', () => (sight() ? here('reading', true) : here('gone')));
  addEventListener('pagehide', () => here('gone'));
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    following = '';
    follow();
  });

  /* ---- writing ---- */

  async function greet() {
    const answer = await call(`${where}/hello`, { fields: {} }).catch(() => null);
    if (!answer?.ok) return false;
    who.guest = (await answer.json()).guest;
    return true;
  }

  function picked() {
    const place = one('#picked'), names = [...file.files].map((f) => f.name).join(', ');
    place.hidden = !names;
    const off = document.createElement('button');
    Object.assign(off, { type: 'button', className: 'plain square', textContent: '×', ariaLabel: words.drop.replace('#', names) });
    off.onclick = () => {
      file.value = '';
      picked();
      field.focus();
    };
    place.replaceChildren(names, off);
  }

  const waiting = await queue({
    name: `ascolto-chat ${page.base}${where}`,
    where,
    hello: hello ?? greet,
    conversation: () => live().conversation,
    show,
    arrived(row, conversation) {
      show(row, 'arrived');
      if (conversation && conversation !== live().conversation) {
        const first = !live().conversation;
        live().conversation = form.elements.conversation.value = conversation;
        if (first) one('#name')?.closest('.field').remove();
      }
      follow();
      look();
    },
  });

  function send() {
    const text = field.value.trim();
    if (!text && !file.files.length) return;
    waiting.add({ once: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, text, name: form.elements.name?.value.trim() ?? '', files: [...file.files], at: Date.now() });
    field.value = '';
    file.value = '';
    picked();
    keep('');
    clearTimeout(quiet);
    here('reading');
    one('#log').scrollTop = 0;
    field.focus();
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    send();
  });
  let typed = false; /* by whoever is here now */
  field.addEventListener('input', () => {
    typed = true;
    keep(field.value);
    here('writing');
    clearTimeout(quiet);
    quiet = setTimeout(here, QUIET_AFTER, 'reading');
  });
  file.addEventListener('change', picked);

  function remembered() {
    try {
      return localStorage.getItem(draftKey()) ?? '';
    } catch {
      return ''; /* a browser that keeps nothing */
    }
  }
  field.value ||= remembered();
  for (const item of all('#said > li')) drawn.set(item, item.outerHTML);
  follow();
  look();
  document.documentElement.classList.add('live');

  /* ---- another talk, or somebody else before the same page ---- */

  let turns = 0;
  async function turn(conversation) {
    const mine = ++turns;
    wire.stop();
    following = '';
    pending.clear();
    said().replaceChildren();
    one('.chat-log .mid')?.remove();
    typing('');
    Object.assign(live(), { conversation, unread: '0' });
    form.elements.conversation.value = conversation;
    for (let fresh; !fresh; ) {
      fresh = await part(`with=${conversation}`);
      if (mine !== turns) return;
      if (!fresh) await sleep(AGAIN_AFTER);
      else {
        const { guest, event } = one('#chat', fresh).dataset;
        who.guest = guest;
        live().event = event;
        take(fresh);
      }
    }
    changed(sight() ? 0 : Number(live().unread));
    follow();
    if (sight()) here('reading', true);
  }

  return {
    turn,
    /* same: who was here all along, and only now it is said who that is: what they are writing stays. */
    async become(name = '', same = false) {
      if (!same || !typed) field.value = '';
      if (!same) file.value = '';
      picked();
      one('#name')?.closest('.field').toggleAttribute('hidden', Boolean(name));
      await turn('');
      field.value = (same && typed && field.value) || remembered();
      if (same && typed) keep(field.value);
      typed &&= same;
      await waiting.begin();
    },
    /* What they are writing goes along to whom they turn out to be, and is not kept for the next one here. */
    goesAlong() {
      if (typed) keep('');
    },
    forget() {
      keep('');
      waiting.forget();
    },
    seen() {
      changed(0);
      here('reading', true);
    },
    left: () => here('gone'),
    async earlier(link) {
      const fresh = await part(link.search.slice(1)), next = fresh && one('.chat-log .mid a', fresh);
      if (!fresh) return;
      said().prepend(...all('#said > li', fresh).filter((item) => !document.getElementById(item.id)));
      if (next?.search.includes('more=')) link.href = next.href;
      else link.closest('.mid').remove();
    },
  };
}
