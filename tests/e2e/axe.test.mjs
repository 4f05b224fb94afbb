// Every page in three widths, by day and by night: axe finds nothing, nothing scrolls sideways (at 320 too), what one
// presses is large enough for a finger, and every text has its words. Menus and dialogs are opened and looked at as well.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Guest } from '../http/guest.mjs';
import { accounts, cli, Colleague, request, startServer, tempDir } from '../http/support.mjs';
import { password, row, stage, until, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const heights = { 320: 640, 360: 780, 820: 1180, 1440: 960 };
const shots = process.env.SHOTS;
const s = stage({ prepare });
const at = {}; // addresses of what was prepared

async function judge(page, name, { widths = [1440, 820, 360, 320], dark = true, but = [], end = false } = {}) {
  const found = [];
  const say = (what, v) => found.push(`${name} ${what}: ${v}`);
  for (const width of widths) {
    await page.setViewportSize({ width, height: heights[width] });
    const wrong = await page.evaluate(() => {
      const out = [], d = document.documentElement;
      if (d.scrollWidth > d.clientWidth) out.push(`scrolls sideways by ${d.scrollWidth - d.clientWidth}`);
      for (const e of document.querySelectorAll('main, main .sheet')) { // a page that cuts does not scroll
        const over = Math.max(e.scrollWidth - e.clientWidth, Math.round(e.getBoundingClientRect().right - innerWidth));
        if (over > 1 && e.checkVisibility()) out.push(`leaves the page by ${over}: ${e.outerHTML.slice(0, 90)}`);
      }
      for (const e of document.querySelectorAll('a, button, input:not([type=hidden]), textarea, select, summary')) {
        const c = getComputedStyle(e), tick = ['checkbox', 'radio', 'file'].includes(e.type);
        const box = (tick && e.closest('label') || e).getBoundingClientRect();
        if (!box.width || c.visibility === 'hidden' || c.display === 'inline' || e.closest('[inert], .hidden')) continue;
        if (box.height < 43.5 || box.width < 43.5) out.push(`small (${Math.round(box.width)} by ${Math.round(box.height)}): ${e.outerHTML.slice(0, 110)}`);
      }
      for (const over of document.querySelectorAll(':popover-open, dialog[open]')) {
        const box = over.getBoundingClientRect();
        if (!box.width) continue;
        if (box.left < -0.5 || box.right > innerWidth + 0.5 || box.top < -0.5 || box.bottom > innerHeight + 0.5) out.push(`#${over.id} leaves the window`);
        if (over.scrollWidth > over.clientWidth + 1) out.push(`#${over.id} scrolls sideways by ${over.scrollWidth - over.clientWidth}`);
        for (const e of over.querySelectorAll('*')) if (!e.closest('.hidden, option, .cover') && e.getBoundingClientRect().right > box.right + 1) out.push(`#${over.id} cuts ${e.outerHTML.slice(0, 90)}`);
      }
      for (const e of document.querySelectorAll('main, h1')) if (!document.querySelector('dialog[open]') && document.querySelectorAll(e.tagName).length !== 1) out.push(`more than one ${e.tagName}`);
      if (/\{\{|undefined|\[object|NaN/.test(document.body.innerText)) out.push('words of a program');
      return [...new Set(out)];
    });
    for (const w of wrong) say(width, w);
    if (width === 320) continue;
    for (const scheme of dark ? ['light', 'dark'] : ['light']) {
      await page.emulateMedia({ colorScheme: scheme });
      const run = scheme === 'light' ? { runOnly: tags, rules: Object.fromEntries(but.map(rule => [rule, { enabled: false }])) } : { runOnly: { type: 'rule', values: ['color-contrast'] } };
      if (end) await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight)); // axe takes for small what the bar covers just now
      if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
      const violations = await page.evaluate(async r => (await window.axe.run(document, r)).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).slice(0, 3).join(' | ')}`), run);
      for (const v of violations) say(`${width} ${scheme}`, v);
      if (shots) await page.screenshot({ path: `${shots}/${name.replace(/\W+/g, '_')}-${width}-${scheme}.png` });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }
  return found;
}

const sign = (body, secret) => 'sha256=' + crypto.createHmac('sha256', secret).update(body).digest('hex');

async function prepare(s) {
  const giulia = await new Colleague(s.base).signIn('giulia@nuvola.example', password);
  const act = fields => request(s.base + '/play/act', { method: 'POST', body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', origin: s.base } });
  const fault = (kind, times) => request(s.base + '/play/fault', { method: 'POST', body: new URLSearchParams({ as: 'marta', on: 'whatsapp', network: 'whatsapp', kind, times }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', origin: s.base } });
  await act({ as: 'marta', on: 'whatsapp', what: 'message', text: 'Da stamattina mia madre non riceve chiamate.' });
  await act({ as: 'marta', on: 'whatsapp', what: 'message', text: '', media: 'picture' });
  await act({ as: 'marta', on: 'whatsapp', what: 'message', text: '', media: 'unsupported' });
  const wordless = await until('the last of Marta, without words', async () => (await giulia.json('/desk?tab=all')).list.rows.find(r => r.person.name === 'Marta Bellucci' && r.said.text === ''));
  assert.match((await giulia.get('/desk?tab=all')).text, /<span class="said soft">(Qui niente da leggere|Nothing to read here)/, 'the network’s own number is not what she said');
  const marta = wordless.id;
  await giulia.listen(marta, 'la linea di sua madre oggi');
  await fault('content', 1);
  await giulia.reply(marta, 'La chiamo oggi alle 18, Marta.');
  await giulia.post(`/desk/c/${marta}/note`, { text: '@Luca Ferri la conosci tu?' });
  await until('a failed send', async () => (await giulia.story(marta)).items.some(i => i.unsent));
  await act({ as: 'davide', on: 'whatsapp', what: 'message', text: 'Il modem fa rumore di notte.' });
  const all = (await giulia.json('/desk?tab=all')).list.rows;
  const davide = await giulia.hear('fa rumore di notte');
  const of = place => all.find(r => r.place === place).id;
  Object.assign(at, { failed: marta, listen: davide, closed: of('closed'), person: (await giulia.story(marta)).person.id });
  const waiting = (await giulia.json('/desk?tab=waiting')).list.rows;
  at.public = waiting.find(r => r.public).id;
  at.aside = (await giulia.json('/desk/aside')).kept[0].conversation;
  const body = '{"object":"page","entry":{"not":"a list <b>"}}';
  const admin = await new Colleague(s.base).signIn('admin@nuvola.example', password);
  const channel = (await admin.json('/desk/channels')).channels.find(c => c.network === 'facebook');
  const r = await request(`${s.base}/hooks/facebook/${channel.id}`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': sign(body, accounts.facebook.app_secret) } });
  assert.equal(r.status, 200);
  at.channel = channel.id;
  at.unread = (await giulia.json('/desk/unread')).payloads[0].id;
  at.statement = (await giulia.json('/desk/ledger')).days.find(d => d.signed).slug;
  at.agent = (await admin.json('/desk/team')).agents.find(a => a.name === 'Luca Ferri').id;
  at.guide = (await admin.json('/desk/guides')).guides[0].id;
  at.channels = Object.fromEntries((await admin.json('/desk/channels')).channels.map(c => [c.network, c.id]));
  for (const on of ['mastodon', 'x']) await act({ as: 'davide', on, what: 'post', text: `@nuvolamobile la fibra è ferma (${on})` });
  at.alike = (await until('both of Davide’s', async () => {
    await admin.post(`/desk/channels/${at.channels.mastodon}/ask`, {});
    const all = await Promise.all(['ferma (x)', 'ferma (mastodon)'].map(words => giulia.find(words)));
    return all.every(Boolean) && all;
  }))[0].id;
  at.alikePerson = (await giulia.story(at.alike)).person.id;
  assert.ok((await giulia.json(`/desk/c/${at.alike}`)).who.alike.length, 'the same name on two networks');
  const pin = (await request(`${s.base}/play?as=marta&on=pinterest`)).text.match(/name="to" value="([^"]+)"/)[1];
  await act({ as: 'marta', on: 'pinterest', what: 'comment', to: pin, text: 'Che bella lampada' });
  at.shut = (await until('a notice from Pinterest', async () => {
    await admin.post(`/desk/channels/${at.channels.pinterest}/ask`, {});
    return (await giulia.json('/desk?tab=all')).list.rows.find(r => r.person.name.startsWith('Pin '));
  })).id;
  assert.equal((await giulia.story(at.shut)).composer.shut[0].by_network, true);
  await admin.post('/desk/views', { name: 'Guasti in attesa', place: 'waiting', priority: 'high', shared: '1' });
}

const pages = () => ({
  'list': '/desk', 'all': '/desk?tab=all', 'mine': '/desk?tab=mine', 'listen': `/desk/c/${at.listen}`, 'reply, failed, unsupported': `/desk/c/${at.failed}`, 'public': `/desk/c/${at.public}`,
  'closed': `/desk/c/${at.closed}`, 'aside story': `/desk/c/${at.aside}`, 'change the need': `/desk/c/${at.failed}?change=need`, 'person': `/desk/person/${at.person}`, 'person search': `/desk/person/${at.person}?q=a`,
  'search empty': '/desk/search', 'search': '/desk/search?q=fibra', 'search nothing': '/desk/search?q=xyzzyx', 'ledger': '/desk/ledger', 'ledger day': `/desk/ledger?day=${at.statement}`, 'statement': `/desk/statement/${at.statement}`,
  'shut door': `/desk/c/${at.shut}`, 'perhaps the same': `/desk/c/${at.alike}`, 'perhaps the same, person': `/desk/person/${at.alikePerson}`, 'channels': '/desk/channels', 'channel': `/desk/channels/${at.channel}`, 'channel new': '/desk/channels/new?network=x', 'unread': '/desk/unread', 'unread one': `/desk/unread/${at.unread}`,
  'aside': '/desk/aside', 'team': '/desk/team', 'agent': `/desk/team/${at.agent}`, 'tokens': '/desk/tokens', 'retention': '/desk/retention', 'me': '/desk/me', 'views': '/desk/views', 'palette': '/desk/palette', 'palette found': '/desk/palette?q=ma', 'shortcuts': '/desk/shortcuts',
  'guides': '/desk/guides', 'guide': `/desk/guides/${at.guide}`, 'new guide': '/desk/guides/new', 'calls': '/desk/calls', 'widget': '/desk/widget',
  'labels': '/desk/labels', 'audit': '/desk/audit', 'welcome': '/desk/welcome', 'nothing here': '/desk/nowhere',
});

test('every page of the desk', async () => {
  const page = await s.signIn('admin', { bypassCSP: true });
  const found = [];
  for (const [name, where] of Object.entries(pages())) {
    const answer = await page.goto(s.base + where);
    assert.equal(answer.status(), name === 'nothing here' ? 404 : 200, where);
    assert.equal(answer.headers()['x-template-trouble'], undefined, where);
    found.push(...await judge(page, name));
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

// The care site, as nobody and as somebody who wrote: {name: [address, status]}
async function site(guest) {
  const first = async (where, pattern) => (await guest.get(where)).text.match(pattern)[1];
  const article = await first('/help', /href="(\/help\/[^"#?]+)"/), topic = await first('/community', /href="(\/community\/t\/[^"]+)"/), category = await first('/community', /href="(\/community\/c\/[^"]+)"/);
  const id = await guest.request('Ho pagato due volte la ricarica', { name: 'Teresa Galli', files: [{ name: 'ricevuta.pdf', mime: 'application/pdf', bytes: Buffer.from('%PDF-1.4') }] });
  const nobody = { home: ['/'], help: ['/help'], article: [article], search: ['/search?q=ricarica'], 'nothing found': ['/search?q=xyzq'], ask: ['/ask?text=xyzq'], call: ['/call'], chat: ['/chat'], 'sign-in': ['/sign-in'],
    'no requests': ['/requests'], community: ['/community'], category: [category], 'found there': ['/community?q=modem'], topic: [topic], 'new topic': ['/community/new'], join: ['/community/join'], guides: ['/guides'], guide: [await first('/help', /href="(\/guides\/[^"#?]+)"/)], 'where to be told': ['/me/notices'], 'nothing of mine': ['/mydata'], 'to the phone': ['/phone'], 'no line': ['/offline'], 'nothing here': ['/help/niente-qui', 404] };
  const somebody = { 'home, known': ['/'], 'my data': ['/mydata'], 'where to be told, known': ['/me/notices'], requests: ['/requests'], request: [`/requests/${id}`], 'chat, going on': [`/chat?with=${id}`] };
  return { nobody, somebody };
}

for (const lang of ['it-IT', 'en-GB'])
  test(`every page of the care site, ${lang}`, async () => {
    const guest = new Guest(s.base, lang), { nobody, somebody } = await site(guest), found = [];
    for (const [known, all] of [[false, nobody], [true, somebody]]) {
      const page = await s.open({ bypassCSP: true, lang });
      if (known) await page.context().addCookies([...guest.jar].map(([name, value]) => ({ name, value, url: s.base })));
      for (const [name, [where, status = 200]] of Object.entries(all)) {
        assert.equal((await page.goto(s.base + where)).status(), status, where);
        if (known && !['my data', 'where to be told, known'].includes(name)) assert.equal(await page.getByText('Teresa').count() + await page.locator('.req, .chat-log li').count() > 0, true, `${name} is theirs`);
        found.push(...await judge(page, `site ${name} ${lang}`, { end: true }));
      }
      await page.context().close();
    }
    const page = await s.open({ bypassCSP: true, lang });
    await page.goto(s.base + '/sign-in');
    await page.locator('main form[action$="/sign-in"] button').click();
    await page.locator('.code-shown').waitFor();
    found.push(...await judge(page, `site a code ${lang}`, { end: true }));
    await page.goto(s.base + '/ask'); // a form that was not as it should be
    await page.evaluate(() => { document.getElementById('text').required = false; document.querySelector('main form').submit(); });
    await page.locator('#text-wrong').waitFor();
    found.push(...await judge(page, `site wrong ${lang}`, { end: true }));
    await page.context().close();
    assert.deepEqual(found, []);
  });

test('connecting: the form of every network, and every channel’s own page', async () => {
  const page = await s.signIn('admin', { bypassCSP: true });
  const found = [];
  for (const { name } of (await (await page.context().request.get(`${s.base}/desk/channels`, { headers: { accept: 'application/json' } })).json()).networks) {
    const answer = await page.goto(`${s.base}/desk/channels/new?network=${name}`);
    assert.equal(answer.headers()['x-template-trouble'], undefined, name);
    for (const drawer of await page.locator('main details').all()) await drawer.evaluate(d => { d.open = true; });
    found.push(...await judge(page, `new ${name}`, { widths: [820, 320], dark: false }));
  }
  for (const [name, id] of Object.entries(at.channels)) {
    const answer = await page.goto(`${s.base}/desk/channels/${id}`);
    assert.equal(answer.headers()['x-template-trouble'], undefined, name);
    found.push(...await judge(page, `channel ${name}`, { widths: [360, 320], dark: ['x', 'bluesky', 'instagram'].includes(name) }));
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('in English, what differs', async () => {
  const page = await s.signIn('aisha', { bypassCSP: true, lang: 'en-GB' });
  const found = [];
  for (const name of ['list', 'listen', 'reply, failed, unsupported', 'aside', 'ledger', 'me']) {
    await page.goto(s.base + pages()[name]);
    found.push(...await judge(page, `en ${name}`, { widths: [1440, 320], dark: false }));
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('who only reads is offered nothing else, on any page', async () => {
  const page = await s.signIn('ettore', { bypassCSP: true });
  const found = [];
  for (const name of ['list', 'listen', 'reply, failed, unsupported', 'public', 'closed', 'aside story', 'person', 'unread', 'unread one', 'aside', 'labels', 'views']) {
    const answer = await page.goto(s.base + pages()[name]);
    assert.equal(answer.headers()['x-template-trouble'], undefined, name);
    assert.deepEqual(await page.locator('main form[method="post"], section.queue form[method="post"], aside form[method="post"], [formaction]').evaluateAll(all => all.map(e => e.outerHTML.slice(0, 120))), [], name);
    assert.equal(await page.locator('#reply, #need, #note, #selecting, [popovertarget^="menu-"]').count(), 0, name);
    found.push(...await judge(page, `reading ${name}`, { widths: [1440, 360], dark: false }));
  }
  await page.goto(s.base + pages()['reply, failed, unsupported']);
  await page.getByText('Qui leggi soltanto').waitFor();
  await page.getByText('Non consegnato.').waitFor();
  assert.deepEqual(found, []);
  await page.context().close();
});

test('menus, sheets and dialogs', async () => {
  const page = await s.signIn('giulia', { bypassCSP: true });
  const found = [];
  await page.goto(`${s.base}/desk/c/${at.failed}`);
  for (const menu of ['menu-more', 'menu-snooze', 'menu-hand', 'menu-assign', 'menu-label', 'menu-priority', 'menu-close', 'menu-aside', 'menu-note', 'emoji', 'views-menu', 'me']) {
    await page.setViewportSize(wide);
    await page.evaluate(id => document.getElementById(id).showPopover(), menu);
    found.push(...await judge(page, menu, { widths: [1440, 820, 360] }));
    await page.evaluate(id => document.getElementById(id).hidePopover(), menu);
  }
  await page.goto(s.base + '/desk');
  for (const menu of ['me', 'views-menu']) {
    await page.evaluate(id => document.getElementById(id).showPopover(), menu);
    found.push(...await judge(page, `${menu} beside the list`, { widths: [820, 360] }));
    const lefts = await page.evaluate(id => [...document.querySelectorAll(`#${id} .links > li`)].map(e => Math.round(e.getBoundingClientRect().left)), menu);
    assert.equal(new Set(lefts).size, 1, `${menu}: one below the other`);
    await page.evaluate(id => document.getElementById(id).hidePopover(), menu);
  }
  await page.setViewportSize(wide);
  await page.goto(`${s.base}/desk/c/${at.failed}`);
  await page.setViewportSize({ width: 360, height: 780 });
  await page.evaluate(() => document.getElementById('who').showPopover());
  found.push(...await judge(page, 'the person from below', { widths: [360] }));
  await page.evaluate(() => document.getElementById('who').hidePopover());
  await page.setViewportSize(wide);
  for (const key of ['Control+k', '?']) {
    await page.locator('#talk-h a').focus();
    await page.keyboard.press(key);
    await page.locator('dialog[open]').waitFor();
    found.push(...await judge(page, `dialog ${key}`, { widths: [1440, 360] }));
    await page.setViewportSize(wide);
    await page.keyboard.press('Escape');
  }
  await page.goto(`${s.base}/desk?tab=waiting`);
  await page.evaluate(() => { document.getElementById('selecting').checked = true; });
  // the edge of a list that scrolls cuts a tick, which axe takes for a small one; its label is measured above
  found.push(...await judge(page, 'selecting several', { widths: [1440, 360], but: ['target-size'] }));
  assert.deepEqual(found, []);
  await page.context().close();
});

test('the door, the phone of the demo, and a house where nobody has written yet', async () => {
  const found = [];
  for (const lang of ['it', 'en']) {
    const page = await s.open({ bypassCSP: true, lang: lang === 'it' ? 'it-IT' : 'en-GB' });
    await page.goto(s.base + '/desk/sign-in');
    found.push(...await judge(page, `sign-in ${lang}`, { dark: lang === 'it' }));
    for (const where of ['', 'as=marta&on=whatsapp', 'as=marta&on=facebook', 'as=marta&on=x']) {
      await page.goto(`${s.base}/play?${where}&lang=${lang}`);
      found.push(...await judge(page, `play ${where} ${lang}`, lang === 'it' ? {} : { widths: [360, 320], dark: false }));
    }
    await page.context().close();
  }
  const data = tempDir(), pass = `${data}-pass`;
  fs.writeFileSync(pass, password);
  cli('brand', 'add', '--data', data, '--name', 'vuota', '--title', 'Casa vuota', '--language', 'it');
  cli('agent', 'add', '--data', data, '--brand', 'vuota', '--name', 'Ada Prima', '--email', 'ada@vuota.example', '--role', 'admin', '--password-file', pass);
  const server = await startServer({ data });
  s.houses.push(server.base);
  try {
    const page = await s.signIn('ada@vuota.example', { base: server.base, bypassCSP: true });
    for (const where of ['/desk', '/desk?tab=all', '/desk?tab=mine', '/desk/welcome', '/desk/ledger', '/desk/aside', '/desk/channels', '/desk/unread', '/desk/tokens', '/desk/labels', '/desk/views', '/desk/audit', '/desk/search?q=x']) {
      await page.goto(server.base + where);
      found.push(...await judge(page, `empty ${where}`, { widths: [1440, 360], dark: false }));
      const bar = await page.locator('.rail').boundingBox();
      if (Math.abs(bar.y + bar.height - heights[360]) > 1) found.push(`empty ${where}: the bar is not at the thumb`);
      if (where === '/desk' && (await page.getByText('Non aspetta nessuno').filter({ visible: true }).count()) !== 1) found.push('nobody waits is said once');
    }
    await page.context().close();
  } finally {
    await server.stop();
    fs.rmSync(data, { recursive: true, force: true });
    fs.rmSync(pass);
  }
  assert.deepEqual(found, []);
});
