/* SPDX-License-Identifier: Apache-2.0 */
/* Listening and replying: what is written is counted as the network counts and kept on the server while it is written;
 * remarks (said before, a promise) come beside it; who else looks can see that one is writing. */
import { offer } from './offers.js';
import { all, conversation, keepDrawings, later, one, page, send } from './common.js';
import { length, parts } from './count.js';

const KEEP_AFTER = 800;
const REMARK_AFTER = 1200;
const STILL_HERE = 30000;
const EMOJI = '🙂 😊 😀 😅 😂 🤣 😉 😍 🥰 😘 🤗 🤔 😐 🙄 😴 😢 😭 😡 🙏 👍 👎 👏 🙌 💪 👋 🤝 ✌️ 👌 ☝️ ❤️ 💛 💚 💙 💜 🖤 ✨ 🌟 ⭐ 🔥 🎉 🎁 🎂 ☀️ 🌙 🌧️ ❄️ 🌸 🍀 🌍 📞 📱 💻 📶 🔋 🔌 📷 📎 📄 📬 📦 🚚 🚗 🚆 ✈️ 🏠 ⏰ 📅 ✅ ❌ ⚠️ ❓ 💶'.split(' ');

const chosenDoor = (form) => one('[name="door"]:checked', form);
const number = (n) => n.toLocaleString(page.lang, { useGrouping: 'always' });

export function insert(field, text, from = field.selectionStart, to = field.selectionEnd) {
  field.focus();
  field.setRangeText(text, from, to, 'end');
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

/* What the server counted last: it knows every top-level domain, the page only the usual ones. */
let counted = {};

function showCount(form) {
  const door = chosenDoor(form), out = one('#count', form), field = one('#reply', form);
  if (!door || !out || !field) return;
  const told = counted.text === field.value && counted.door === door.value;
  const used = told ? counted.length : length(field.value, door.dataset.unit, Number(door.dataset.urlWeight));
  const limit = Number(door.dataset.limit);
  const split = parts(field.value, door.dataset.unit);
  out.textContent = limit ? `${number(used)} / ${number(limit)}` : number(used);
  if (split) out.textContent += ` · ${out.dataset.parts.replace('#', number(split))}`;
  out.classList.toggle('beyond', limit > 0 && used > limit);
}

async function keepDraft(kind, field, form) {
  const fields = { kind, text: field.value, door: form ? (chosenDoor(form)?.value ?? '') : '', once: form?.elements.once?.value ?? '' };
  const answer = await send(`/desk/c/${conversation()}/draft`, fields);
  const place = one('#saved');
  if (!answer || !answer.ok || kind !== 'reply' || !place) return;
  const kept = await answer.json();
  if (kept.length !== undefined) counted = { text: fields.text, door: fields.door, length: kept.length };
  showCount(form);
  const time = new Date().toLocaleTimeString(page.lang, { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: page.zone || undefined });
  place.textContent = place.dataset.words.replace('#', time);
  field.dataset.kept = field.value;
}

async function remark(field, form) {
  const place = one('#remarks');
  if (field.value.trim().length < 12) return place.replaceChildren();
  const fields = { text: field.value, door: chosenDoor(form)?.value ?? '' };
  const answer = await send(`/desk/c/${conversation()}/similar`, fields, 'text/html');
  if (!answer || !answer.ok || answer.status === 204) return;
  const holder = document.createElement('template');
  holder.innerHTML = await answer.text();
  keepDrawings(holder.content);
  place.replaceChildren(holder.content);
}

function presence() {
  let now = 'reading', told = 0;
  const tell = (doing) => {
    const id = conversation();
    if (!id || (doing === now && Date.now() - told < STILL_HERE)) return;
    now = doing;
    told = Date.now();
    send(`/desk/c/${id}/presence`, { doing });
  };
  told = 0;
  tell('reading');
  setInterval(() => document.hidden || tell(now), STILL_HERE + 1000);
  /* something new is before our eyes: whoever wrote it may know */
  document.addEventListener('story', () => {
    told = 0;
    document.hidden || tell(now);
  });
  addEventListener('pagehide', () => {
    const body = new URLSearchParams({ doing: 'gone', csrf: page.csrf });
    if (conversation()) navigator.sendBeacon(`${page.base}/desk/c/${conversation()}/presence`, body);
  });
  const quiet = later(() => tell('reading'), STILL_HERE);
  return (doing) => {
    tell(doing);
    quiet();
  };
}

function emojiGrid(field) {
  const grid = one('#emoji-grid');
  if (!grid || !field) return;
  for (const sign of EMOJI) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.onclick = () => {
      one('#emoji').hidePopover();
      insert(field, sign);
    };
    grid.append(button);
  }
}

function showPicked(input) {
  const list = one('#picked');
  list.replaceChildren(...[...input.files].map((file) => {
    const item = document.createElement('li');
    item.textContent = `${file.name} · ${number(Math.ceil(file.size / 1024))} KB`;
    const off = document.createElement('button');
    Object.assign(off, { type: 'button', className: 'plain square', textContent: '×', ariaLabel: list.dataset.remove.replace('#', file.name) });
    off.onclick = () => ((input.value = ''), showPicked(input));
    item.append(off);
    return item;
  }));
  list.hidden = !input.files.length;
}

function pasteFiles(field, input) {
  field.addEventListener('paste', (event) => {
    if (!event.clipboardData?.files.length || !chosenDoor(field.form)?.dataset.attachments) return;
    event.preventDefault();
    const held = new DataTransfer();
    held.items.add(event.clipboardData.files[0]);
    input.files = held.files;
    showPicked(input);
  });
}

function startReply(form, doing) {
  const field = one('#reply', form), file = one('#file', form);
  const keep = later(() => keepDraft('reply', field, form), KEEP_AFTER);
  const look = later(() => remark(field, form), REMARK_AFTER);
  if (!field || field.readOnly) return; /* no door is open: the words are only shown */
  field.addEventListener('input', () => {
    showCount(form);
    keep();
    look();
    doing('writing');
  });
  form.addEventListener('change', (event) => event.target.name === 'door' && (showCount(form), keep()));
  file.addEventListener('change', () => showPicked(file));
  for (const button of all('[data-insert]', form))
    button.onclick = () => insert(field, (/\S$/.test(field.value.slice(0, field.selectionStart)) ? ' ' : '') + button.dataset.insert);
  for (const button of all('[data-passage]', form))
    button.onclick = async (event) => {
      event.preventDefault();
      const answer = await send(`/desk/c/${conversation()}/passage`, {});
      if (!answer?.ok) return form.requestSubmit(button);
      insert(field, (/\S$/.test(field.value.slice(0, field.selectionStart)) ? ' ' : '') + (await answer.json()).link);
    };
  /* Enter chooses a door, it does not send */
  form.addEventListener('keydown', (event) => event.key === 'Enter' && event.target.matches('[type=radio], [type=checkbox]') && !event.ctrlKey && !event.metaKey && event.preventDefault());
  /* a second press must not send twice; the server would notice too */
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  offer(field, { '/': '/desk/snippets', '??': `/desk/help/offers?lang=${field.lang}` });
  emojiGrid(field);
  pasteFiles(field, file);
  showCount(form);
}

export function start() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form && event.target.matches('textarea, input'))
      event.target.form.requestSubmit();
  });
  for (const button of all('[data-start-from]'))
    button.onclick = () => {
      const field = one(`#${button.dataset.startFrom}`);
      field.value = '';
      insert(field, one('#suggestion').textContent, 0, 0);
    };
  if (!conversation()) return;
  const doing = presence();
  const form = one('form.reply'), note = one('#note');
  if (form) startReply(form, doing);
  one('#need')?.addEventListener('input', () => doing('writing'));
  if (note) {
    const keep = later(() => keepDraft('note', note), KEEP_AFTER);
    note.addEventListener('input', () => (keep(), doing('noting')));
    offer(note, { '@': '/desk/mentions' });
  }
}
