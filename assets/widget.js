/* SPDX-License-Identifier: Apache-2.0 */
/* Ascolto's chat on any site: a button, and when somebody asks for it a frame of the brand's own, which this page cannot
   look into. They speak by messages, each checked for where it comes from. Nothing else of the page is touched. */
(() => {
  'use strict';
  const brand = /*brand*/ {};
  if (window.Ascolto?.open) return;
  const tag = document.currentScript, said = tag.dataset, home = tag.src.replace(/\/widget\.js.*$/, ''), origin = new URL(tag.src).origin;
  const spoken = [said.lang, document.documentElement.lang, ...navigator.languages, brand.language].map((l) => (l || '').slice(0, 2).toLowerCase());
  const lang = spoken.find((l) => brand.words[l]) || Object.keys(brand.words)[0], words = brand.words[lang];
  const say = (text, what) => text.replace('#', () => what);
  const KEPT = `ascolto-widget ${home}`, WAIT_LOADED = 4000, WAIT_LONGEST = 20000;
  const heard = {};
  let host, button, panel, frame, badge, ready = false, open = false, refused = false, token = said.token || '', unread = 0, dead;

  function kept(value) {
    try {
      if (value === undefined) return localStorage.getItem(KEPT);
      return value ? localStorage.setItem(KEPT, value) : localStorage.removeItem(KEPT);
    } catch {
      return null; /* a browser that keeps nothing */
    }
  }
  const tell = (name, data) => (heard[name] || []).forEach((listen) => listen(data));
  const post = (what, data) => ready && frame.contentWindow.postMessage({ ascolto: what, ...data }, origin);

  /* ---- what is seen ---- */

  const look = `
    :host { all: initial; color-scheme: ${said.scheme === 'light' || said.scheme === 'dark' ? said.scheme : 'light dark'};
      --back: light-dark(oklch(.43 .082 ${brand.hue}), oklch(.81 .068 ${brand.hue - 10})); --deep: light-dark(oklch(.36 .072 ${brand.hue}), oklch(.87 .058 ${brand.hue - 10}));
      --ink: light-dark(oklch(.99 .006 ${brand.hue}), oklch(.195 .025 ${brand.hue})); --paper: light-dark(oklch(.991 .006 98), oklch(.238 .009 115)); --loss: light-dark(oklch(.505 .175 29), oklch(.775 .125 34)); }
    [hidden] { display: none !important; }
    button { all: unset; box-sizing: border-box; position: fixed; z-index: 2147483000; inset-block-end: calc(1.25rem + env(safe-area-inset-bottom)); ${said.position === 'left' ? 'left' : 'right'}: 1.25rem;
      display: grid; place-items: center; inline-size: 3.75rem; block-size: 3.75rem; border-radius: 50%; background: var(--back); color: var(--ink); cursor: pointer;
      box-shadow: 0 1px 2px rgb(0 0 0 / .2), 0 12px 28px -10px rgb(0 0 0 / .45); -webkit-tap-highlight-color: transparent; }
    button:hover { background: var(--deep); }
    button:focus-visible { outline: 3px solid var(--back); outline-offset: 3px; box-shadow: 0 0 0 3px var(--paper); }
    svg { inline-size: 1.75rem; block-size: 1.75rem; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
    b { position: absolute; inset-block-start: -.3rem; inset-inline-end: -.3rem; min-inline-size: 1.5rem; block-size: 1.5rem; padding-inline: .3rem; box-sizing: border-box; border-radius: 1rem;
      background: var(--loss); color: light-dark(white, oklch(.2 .03 30)); font: 700 .8125rem/1.5rem "Segoe UI", Lato, Roboto, sans-serif; text-align: center; box-shadow: 0 0 0 2px var(--paper); }
    section { position: fixed; z-index: 2147483001; inset-block-end: calc(6rem + env(safe-area-inset-bottom)); ${said.position === 'left' ? 'left' : 'right'}: 1.25rem; inline-size: min(25rem, 100vw - 2.5rem);
      block-size: min(42rem, 100dvh - 7.5rem); border-radius: 1rem; overflow: hidden; background: var(--paper); box-shadow: 0 0 0 1px rgb(0 0 0 / .1), 0 24px 60px -20px rgb(0 0 0 / .5); }
    iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; color-scheme: normal; }
    @media (max-width: 36rem), (max-height: 30rem) { section { inset: 0; inline-size: auto; block-size: auto; border-radius: 0; } .open { visibility: hidden; } }
    @media (prefers-reduced-motion: no-preference) { section:not([hidden]) { animation: up .18s cubic-bezier(.2, .7, .2, 1); } b { animation: pop .18s cubic-bezier(.2, .7, .2, 1); } }
    @media (forced-colors: active) { button, section { border: 1px solid; } }
    @media print { button, section { display: none; } }
    @keyframes up { from { opacity: 0; transform: translateY(.75rem); } }
    @keyframes pop { from { transform: scale(.6); } }`;
  const drawings = {
    chat: '<path d="M4 5.5h16v11h-9l-4.5 3.6v-3.6H4z"/><path d="M8 9.3h8M8 12.7h5"/>',
    shut: '<path d="M6 9.5l6 6 6-6"/>',
  };
  const draw = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true">${drawings[name]}</svg>`;

  function name() {
    const what = refused ? say(words.tab, brand.title) : open ? words.close : say(words.open, brand.title);
    return unread && !open ? `${what}, ${say(unread === 1 ? words.one : words.unread, unread)}` : what;
  }
  function show() {
    button.setAttribute('aria-label', name());
    button.setAttribute('aria-expanded', open);
    button.className = open ? 'open' : '';
    button.firstElementChild.innerHTML = draw(open ? 'shut' : 'chat');
    badge.hidden = !unread || open;
    badge.textContent = unread > 99 ? '99+' : unread;
    panel.hidden = !open;
  }

  function build() {
    host = document.createElement('ascolto-chat');
    const root = host.attachShadow({ mode: 'open' });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(look);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(Object.assign(document.createElement('style'), { textContent: look }));
    }
    button = Object.assign(document.createElement('button'), { type: 'button' });
    button.append(document.createElement('span'), (badge = document.createElement('b')));
    badge.setAttribute('aria-hidden', 'true');
    panel = document.createElement('section');
    root.append(button, panel);
    show();
    button.onclick = () => (open ? close() : api.open());
    button.onpointerenter = button.onfocus = load; /* it is on its way before it is pressed */
    host.addEventListener('keydown', (event) => event.key === 'Escape' && open && close());
    document.body.append(host);
  }

  /* ---- the frame ---- */

  function load() {
    if (frame) return;
    const query = new URLSearchParams({ origin: location.origin, lang });
    if (said.scheme) query.set('scheme', said.scheme);
    if (token) query.set('identity', 1);
    frame = document.createElement('iframe');
    Object.assign(frame, { src: `${home}/widget?${query}`, title: say(words.open, brand.title), allow: 'clipboard-write' });
    const late = () => ready || deny();
    frame.onload = () => setTimeout(late, WAIT_LOADED);
    dead = setTimeout(late, WAIT_LONGEST);
    panel.append(frame);
  }

  /* Nobody is left before an empty frame: the chat opens by itself, beside this page. */
  function deny() {
    console.error(say(words.refused, location.origin));
    refused = true;
    open = false;
    frame.remove();
    show();
  }

  addEventListener('message', (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    const { ascolto: what, ...data } = event.data || {};
    if (what === 'ready') {
      ready = true;
      clearTimeout(dead);
      if (token) post('identify', { token });
      if (open) enter();
      tell('ready');
    } else if (what === 'unread') {
      unread = data.count;
      show();
      tell('unread', unread);
    } else if (what === 'known') kept(data.known ? '1' : '');
    else if (what === 'close') close();
    else if (what === 'identified') tell('identified');
    else if (what === 'unidentified') {
      console.error(`Ascolto: ${data.why}`);
      tell('unidentified', data.why);
    }
  });

  /* Not before the frame is there: a page that replaces another one in it takes the focus away. */
  function enter() {
    frame.focus();
    post('open');
  }
  function close() {
    if (!open) return;
    open = false;
    show();
    post('close');
    button.focus();
    tell('close');
  }

  const queued = [], ask = (act) => (host ? act() : queued.push(act));
  const api = {
    open: () => ask(() => {
      if (refused) return window.open(`${home}/chat`, '_blank', 'noopener');
      if (open) return;
      load();
      open = true;
      unread = 0;
      show();
      if (ready) enter();
      tell('open');
    }),
    close: () => ask(close),
    identify: (given) => ask(() => {
      token = String(given);
      load();
      post('identify', { token });
    }),
    forget: () => ask(() => {
      token = '';
      if (!frame && !kept()) return;
      load();
      if (ready) post('forget');
      else api.on('ready', () => post('forget'));
    }),
    on: (what, listen) => {
      (heard[what] ||= []).push(listen);
      if (what === 'ready' && ready) listen();
    },
  };
  window.Ascolto = api;

  function start() {
    build();
    if (token || kept()) load(); /* somebody is known here: an answer may have come */
    queued.forEach((act) => act());
  }
  if (document.body) start();
  else addEventListener('DOMContentLoaded', start);
})();
