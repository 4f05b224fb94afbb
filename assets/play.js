// The phone, live: what is new is put in without disturbing what is being read or written; forms go without a reload. All of
// it works without this script too, by ordinary links and forms.

const screen = () => document.getElementById('screen');

const busy = (part) => part.querySelector('details[open], textarea:focus, input:focus');

// Rows are known by their ids. A row that stays keeps its forms; only its body changes, unless somebody is busy in it.
function mergeList(here, there) {
  const kept = new Map([...here.children].map((row) => [row.id, row]));
  let place = here.firstElementChild;
  for (const row of [...there.children]) {
    const old = kept.get(row.id);
    if (!old) {
      here.insertBefore(row, place);
      continue;
    }
    kept.delete(row.id);
    if (old === place) place = place.nextElementSibling;
    else here.insertBefore(old, place);
    mergeRow(old, row);
  }
  for (const row of kept.values()) if (!busy(row)) row.remove();
}

function mergeRow(old, row) {
  const body = old.querySelector(':scope > [data-body]');
  const news = row.querySelector(':scope > [data-body]');
  const by = body?.querySelector(':scope > [data-by]');
  const newBy = news?.querySelector(':scope > [data-by]');
  if (by && newBy && by.innerHTML !== newBy.innerHTML) by.innerHTML = newBy.innerHTML; // times and marks, not read aloud
  if (body && news && body.outerHTML !== news.outerHTML && !busy(body)) {
    const focused = body.contains(document.activeElement);
    body.replaceWith(news);
    if (focused) news.querySelector('summary')?.focus();
  }
  const list = old.querySelector(':scope > [data-list]');
  const rows = row.querySelector(':scope > [data-list]');
  if (list && rows) mergeList(list, rows);
}

function mergePage(page) {
  const list = document.querySelector('#screen > [data-list]');
  const rows = page.querySelector('#screen > [data-list]');
  if (!list || !rows) return;
  mergeList(list, rows);
  for (const part of document.querySelectorAll('[data-live]')) {
    const news = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (news && news.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceWith(news);
  }
  document.body.dataset.version = page.body.dataset.version;
}

const parse = (text) => new DOMParser().parseFromString(text, 'text/html');

let looking = false;
let lookAgain = false;

async function look() {
  if (looking || document.hidden || !screen()) {
    lookAgain = true;
    return;
  }
  looking = true;
  lookAgain = false;
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { accept: 'text/html' } });
    if (answer.ok) mergePage(parse(await answer.text()));
  } catch {
    lookAgain = true; // the line is gone; the event source says when it is back
  }
  looking = false;
  if (lookAgain && !document.hidden) setTimeout(look, 200);
}

function problem(page) {
  const foot = document.querySelector('.foot');
  foot.querySelector(':scope > .warn')?.remove();
  const warn = page?.querySelector('.foot > .warn');
  if (warn) foot.prepend(warn);
  return Boolean(warn);
}

async function sendForm(form, button) {
  const data = new FormData(form, button);
  const plain = form.enctype !== 'multipart/form-data';
  if (button) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: 'post', body: plain ? new URLSearchParams(data) : data });
    const page = parse(await answer.text());
    if (!problem(page) && answer.ok) {
      form.reset();
      for (const area of form.querySelectorAll('textarea')) area.value = '';
      for (const open of form.querySelectorAll('details[open]')) open.open = false;
      const around = form.closest('details.mend, details.answer');
      if (around) {
        around.open = false;
        around.querySelector('summary').focus();
      }
      mergePage(page);
      if (form.classList.contains('say')) form.querySelector('textarea').focus();
    }
  } catch {
    form.submit(); // let the browser say what is wrong
  }
  if (button) button.disabled = false;
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!screen() || !['/play/act', '/play/fault', '/play/clock'].includes(new URL(form.action).pathname)) return;
  const what = form.elements.what?.value;
  if (['block', 'unblock', 'open', 'close'].includes(what)) return; // the whole head changes
  event.preventDefault();
  sendForm(form, event.submitter);
});

// Enter sends in private talk, Shift and Enter break the line; on the wall Enter breaks the line.
document.addEventListener('keydown', (event) => {
  const area = event.target;
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || area.id !== 'say') return;
  if (!screen()?.classList.contains('from-below')) return;
  event.preventDefault();
  area.form.requestSubmit(area.form.querySelector('button.key'));
});

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-say]');
  const area = document.getElementById('say');
  if (!link || !area) return;
  event.preventDefault();
  area.value = link.textContent;
  area.focus();
});

// A network that tells such things (X) is told that one is writing, at most every five seconds.
let told = 0;
document.addEventListener('input', (event) => {
  const form = event.target.form;
  if (event.target.id !== 'say' || form?.dataset.typing === undefined || Date.now() - told < 5000) return;
  told = Date.now();
  const sign = new URLSearchParams({ as: form.elements.as.value, on: form.elements.on.value, what: 'typing' });
  fetch('/play/act', { method: 'post', body: sign, redirect: 'manual' }).catch(() => {});
});

// One thing open at a time above the phone; Escape closes it and gives the focus back.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const open of document.querySelectorAll('.attach[open], .more[open]')) {
    open.open = false;
    open.querySelector('summary').focus();
  }
});

// There may be more places than fit.
document.querySelector('.apps [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

if (screen()) {
  const events = new EventSource(`/play/events?seen=${document.body.dataset.version}`);
  events.addEventListener('change', look);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && lookAgain) look();
  });
}
