// SPDX-License-Identifier: Apache-2.0
// The pages beside the list: who may see them, what their forms refuse, and that what they say is true.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { accounts, Colleague, request, startHouse, until } from './support.mjs';

let house, anna, giulia, luca;
before(async () => {
  house = await startHouse();
  [anna, giulia, luca] = [await house.colleague('anna'), await house.colleague('giulia'), await house.colleague('luca')];
});
after(() => house.stop());

const writes = async (person, name, text, network = 'whatsapp') => {
  await house.net.call('/sim/person', { key: person, name });
  await house.net.act({ network, person, what: 'message', text });
  return giulia.hear(text);
};
const hook = (network, body) => request(`${house.base}/hooks/${network}/${house.channels[network]}`, {
  method: 'POST', body, headers: {
    'content-type': 'application/json',
    'x-hub-signature-256': 'sha256=' + crypto.createHmac('sha256', accounts[network].app_secret).update(body).digest('hex'),
  },
});
const saved = (r, where) => { assert.equal(r.status, 303, r.text.slice(0, 400)); if (where) assert.equal(r.headers.location, where); };

test('every page opens, in both faces and both languages, and says every name its template asks for', async () => {
  const pages = ['/desk/ledger', '/desk/ledger?day=20240229', '/desk/channels', '/desk/channels/new?network=x', `/desk/channels/${house.channels.x}`,
    '/desk/unread', '/desk/search', '/desk/search?q=ciao', '/desk/palette', '/desk/palette?q=a', '/desk/palette?q=%2F', '/desk/aside', '/desk/me',
    '/desk/views', '/desk/views?query=place%3Dwaiting', '/desk/team', '/desk/tokens', '/desk/shortcuts', '/desk/welcome', '/desk/labels', '/desk/retention', '/desk/audit', '/desk/audit?all=1'];
  for (const page of pages) {
    const html = await anna.get(page);
    assert.equal(html.status, 200, page);
    assert.match(html.text, /<main[^>]* id="main"/, page);
    assert.equal(typeof await anna.json(page), 'object');
  }
  await anna.post('/desk/me', { name: 'Anna Capo', lang: 'en' });
  for (const page of pages) assert.match((await anna.get(page)).text, /<html lang="en"/, page);
  await anna.post('/desk/me', { name: 'Anna Capo', lang: 'it' });
});

test('what is not there, or not yours, is refused', async () => {
  for (const page of ['/desk/ledger?day=20260231', '/desk/ledger?day=x', '/desk/channels/new?network=myspace', '/desk/channels/1', '/desk/unread/1', '/desk/person/1', '/desk/statement/20260101', '/desk/team/1'])
    assert.equal((await anna.get(page)).status, 404, page);
  for (const page of ['/desk/team', '/desk/tokens', '/desk/retention', '/desk/audit', '/desk/channels/new?network=x', `/desk/channels/${house.channels.x}`])
    assert.equal((await giulia.get(page)).status, 403, page);
  const rita = await house.colleague('rita');
  assert.equal((await rita.get('/desk/ledger')).status, 200);
  assert.equal((await rita.post('/desk/views', { name: 'x', place: 'waiting' })).status, 403);
  assert.equal((await rita.post('/desk/labels', { label: 'x' })).status, 403);
  assert.equal((await rita.post('/desk/snippets', { shortcut: 'x', title: 'x', text: 'x' })).status, 403);
  assert.equal((await luca.post('/desk/me', { name: 'x', csrf: 'wrong' })).status, 403);
});

test('the door lets in who knows the password, and leads only to this desk', async () => {
  const stranger = new Colleague(house.base);
  assert.equal((await stranger.get('/desk/me')).headers.location, '/desk/sign-in?next=%2Fdesk%2Fme');
  const wrong = await stranger.post('/desk/sign-in', { user: 'luca@prova.example', password: 'no' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /value="luca@prova.example"/);
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/desk\r\nX: y', '/desk/sign-out'])
    saved(await new Colleague(house.base).post('/desk/sign-in', { user: 'luca@prova.example', password: 'parola-di-prova', next }), '/desk');
  saved(await stranger.post('/desk/sign-in', { user: ' LUCA@prova.example', password: 'parola-di-prova', next: '/desk/ledger?day=20240229' }), '/desk/ledger?day=20240229');
  await stranger.get('/desk/me');
  saved(await stranger.post('/desk/sign-out'), '/desk/sign-in');
  assert.equal((await stranger.get('/desk/me')).status, 303);
});

test('the ledger says who waits the longest, and the sum holds', async () => {
  const id = await writes('aspetta', 'Ada Aspetta', 'La fibra non arriva in salotto');
  const page = await giulia.json('/desk/ledger');
  const { sum, longest, days, channels } = page;
  assert.equal(page.today, true);
  assert.equal(sum.received, sum.waiting + sum.answered + sum.closed + sum.aside + sum.withdrawn);
  assert.equal(sum.balanced, true);
  assert.equal(channels.reduce((n, c) => n + c.received, 0), sum.received);
  assert.deepEqual([days.length, days[0].received], [14, sum.received]);
  assert.equal([longest, ...page.next_longest].some(p => p.id === id), true);
  assert.equal(page.health.find(h => h.id === house.channels.whatsapp).state, 'well');
});

test('what cannot be read is kept whole, read again, and put away only with a reason', async () => {
  const body = '{"object":"page","entry":{"not":"a list <b>"}}';
  assert.equal((await hook('facebook', body)).status, 200);
  const { payloads: [one], open } = await giulia.json('/desk/unread');
  assert.equal(open, 1);
  assert.equal((await giulia.json(`/desk/unread/${one.id}`)).payload.body, body);
  assert.equal((await giulia.get(`/desk/unread/${one.id}`)).text.includes('<b>"'), false, 'escaped');
  assert.equal((await giulia.json('/desk/ledger')).unread, 1);
  saved(await giulia.post(`/desk/unread/${one.id}/replay`), `/desk/unread/${one.id}`);
  saved(await giulia.post('/desk/unread/replay'), '/desk/unread');
  assert.ok((await giulia.json(`/desk/unread/${one.id}`)).payload.tried);
  assert.equal((await giulia.post(`/desk/unread/${one.id}/done`, { reason: ' ' })).status, 422);
  saved(await giulia.post(`/desk/unread/${one.id}/done`, { reason: 'una prova della rete' }), '/desk/unread');
  assert.equal((await giulia.post(`/desk/unread/${one.id}/done`, { reason: 'due volte' })).status, 409);
  assert.equal((await giulia.json('/desk/unread')).open, 0);
});

test('a channel is connected by its form; its secrets are never shown again', async () => {
  const where = '/desk/channels/new?network=x', secret = 'segreto-che-non-si-vede';
  assert.equal((await anna.post(where, { name: '' })).status, 422);
  const refused = await anna.post(where, { name: 'Altro', 'set.username': 'altro' });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /name="set.username" value="altro"/);
  const made = await anna.post(where, { name: 'Altro', 'set.consumer_secret': secret });
  saved(made);
  const page = made.headers.location, id = page.split('/').pop();
  assert.equal((await anna.json(page)).webhook, `${house.base}/hooks/x/${id}`);
  saved(await anna.post(page, { name: 'Altro ancora', 'set.consumer_secret': '', 'set.username': 'nuovo' }), page);
  const shown = await anna.get(page);
  assert.equal(shown.text.includes(secret), false);
  assert.match(shown.text, /Altro ancora/);
  assert.equal((await anna.json(page)).fields.find(f => f.name === 'consumer_secret').set, true);
  saved(await anna.post(`${page}/state`, { state: 'paused' }), page);
  assert.equal((await anna.json(page)).channel.state, 'paused');
  saved(await anna.post(`${page}/state`, { state: 'active' }), page);
  assert.equal((await anna.json(page)).channel.state, 'new');
  assert.equal((await anna.post(`${page}/remove`)).status, 422);
  saved(await anna.post(`${page}/remove`, { sure: '1' }), '/desk/channels');
  assert.equal((await anna.get(page)).status, 404);
  assert.equal((await request(`${house.base}/hooks/x/${id}`, { method: 'POST', body: '{}' })).status, 404);
});

test('a channel that is asked answers within seconds', async () => {
  const page = `/desk/channels/${house.channels.whatsapp}`;
  const before = (await anna.json(page)).probes[0]?.at;
  saved(await anna.post(`${page}/probe`), page);
  const probe = await until('the probe', async () => (await anna.json(page)).probes.find(p => p.at !== before), 10000);
  assert.equal(probe.ok, true);
});

test('search finds what was said, marks it, and narrows by place and network', async () => {
  const id = await writes('cerca', 'Carla Cercata', 'Il contatore segna zero <i>virgola</i> perché?');
  const { hits, people } = await giulia.json('/desk/search?q=PERCHE%20virgola');
  assert.equal(hits[0].conversation, id);
  assert.match(hits[0].text, /\u0002virgola\u0003/);
  assert.match((await giulia.get('/desk/search?q=virgola')).text, /&lt;i&gt;<mark>virgola<\/mark>&lt;\/i&gt;/);
  const found = async q => (await giulia.json('/desk/search?q=' + q)).hits.length;
  assert.equal(people.length, 0);
  assert.equal((await giulia.json('/desk/search?q=cercat')).people[0].name, 'Carla Cercata');
  assert.equal(await found('virgola&network=whatsapp'), 1);
  assert.equal(await found('virgola&network=facebook'), 0);
  assert.equal(await found('virgola&place=waiting'), 1);
  assert.equal(await found('virgola&place=closed'), 0);
  assert.equal(await found('virgola&from=2004-01-02&to=2020-01-01'), 0);
  assert.equal(await found('unaparolachenessunodice'), 0);
  assert.equal((await giulia.json('/desk/palette?q=carla')).picks[0].url, `/desk/c/${id}#latest`);
  const acts = (await giulia.json(`/desk/palette?c=${id}`)).picks.filter(p => p.kind === 'action').map(p => p.url);
  assert.ok(acts.includes(`/desk/c/${id}#do-snooze`));
});

test('two persons become one, and two again', async () => {
  await writes('uno', 'Piero Doppio', 'Sono io, da WhatsApp');
  await house.net.call('/sim/person', { key: 'due', name: 'Piero Doppione' });
  await house.net.act({ network: 'facebook', person: 'due', what: 'post', text: 'Sono io, dalla bacheca' });
  await giulia.hear('Sono io, dalla bacheca');
  const id = async name => (await giulia.json('/desk/search?q=' + encodeURIComponent(`"${name}"`))).people[0]?.id;
  const [one, two] = [await id('piero doppio'), await id('piero doppione')];
  assert.ok(one && two && one !== two);
  assert.equal((await giulia.json(`/desk/person/${one}?q=Piero`)).found[0].id, two);
  saved(await giulia.post(`/desk/person/${one}/merge`, { other: two }), `/desk/person/${one}`);
  assert.equal((await giulia.get(`/desk/person/${two}`)).headers.location, `/desk/person/${one}`);
  const { merges, stories } = await giulia.json(`/desk/person/${one}`);
  assert.equal(stories.length, 2);
  assert.equal((await giulia.post(`/desk/person/${one}/merge`, { other: one })).status, 422);
  saved(await giulia.post(`/desk/merge/${merges[0].id}/undo`), `/desk/person/${one}`);
  assert.equal((await giulia.json(`/desk/person/${two}`)).stories.length, 1);
  saved(await giulia.post(`/desk/person/${one}/note`, { text: 'Preferisce che gli si scriva' }), `/desk/person/${one}`);
  assert.equal((await giulia.json(`/desk/person/${one}`)).who.note.text, 'Preferisce che gli si scriva');
});

test('an invited colleague enters with the password shown once; a closed account is closed at once', async () => {
  assert.equal((await anna.post('/desk/team', { name: 'N', email: 'non-un-indirizzo', role: 'agent' })).status, 422);
  const invited = await anna.post('/desk/team', { name: 'Nuova Venuta', email: 'nuova@prova.example', role: 'agent' });
  const password = invited.text.match(/<code>([^<]+)<\/code>/)[1];
  assert.equal((await anna.get('/desk/team')).text.includes(password), false);
  assert.equal((await anna.post('/desk/team', { name: 'Altra', email: 'Nuova@Prova.example', role: 'agent' })).status, 422, 'taken');
  const nuova = await new Colleague(house.base).signIn('nuova@prova.example', password);
  const { agents } = await anna.json('/desk/team');
  const [hers, mine] = ['nuova', 'anna'].map(n => `/desk/team/${agents.find(a => a.email === `${n}@prova.example`).id}`);
  const id = await writes('affidata', 'Affidata Aki', 'Chi mi segue adesso?');
  saved(await nuova.post(`/desk/c/${id}/assign`, { agent: hers.split('/').pop() }));
  assert.equal((await giulia.story(id)).conversation.owner.name, 'Nuova Venuta');
  assert.equal((await anna.post(`${mine}/disable`)).status, 422, 'nobody closes their own account');
  assert.equal((await anna.post(mine, { name: 'Anna', email: 'anna@prova.example', role: 'agent' })).status, 422);
  saved(await anna.post(`${hers}/disable`, { to: '' }), '/desk/team');
  assert.equal((await nuova.get('/desk/me')).status, 303, 'signed out');
  assert.equal((await giulia.story(id)).conversation.owner ?? null, null, 'waits for everyone');
  await assert.rejects(new Colleague(house.base).signIn('nuova@prova.example', password));
  saved(await anna.post(`${hers}/enable`), hers);
  const given = (await anna.post(`${hers}/password`)).text.match(/<code>([^<]+)<\/code>/)[1];
  await new Colleague(house.base).signIn('nuova@prova.example', given);
  await assert.rejects(new Colleague(house.base).signIn('nuova@prova.example', password));
});

test('a token is shown once, reads the API, and ends when revoked', async () => {
  const made = await anna.post('/desk/tokens', { name: 'cruscotto', scope: 'read' });
  const secret = made.text.match(/<code>([^<]+)<\/code>/)[1];
  assert.equal((await anna.get('/desk/tokens')).text.includes(secret), false);
  const ask = where => request(house.base + where, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal((await ask('/api/v1/labels')).status, 200);
  assert.equal((await ask('/desk/ledger')).status, 403);
  const { tokens } = await anna.json('/desk/tokens');
  assert.deepEqual([tokens[0].name, tokens[0].scope, tokens[0].by.name], ['cruscotto', 'read', 'Anna Capo']);
  saved(await anna.post(`/desk/tokens/${tokens[0].id}/revoke`), '/desk/tokens');
  assert.equal((await ask('/api/v1/labels')).status, 401);
});

test('my settings: switches, passwords, sessions', async () => {
  const other = await house.colleague('luca'), third = await house.colleague('luca');
  const script = { accept: 'application/json' };
  assert.equal((await luca.post('/desk/me/scheme', { scheme: 'dark' }, script)).status, 204);
  assert.match((await luca.get('/desk/me')).text, /data-scheme="dark"/);
  assert.equal((await luca.post('/desk/me/scheme', { scheme: 'pink' })).status, 422);
  saved(await luca.post('/desk/me/keys', {}), '/desk/shortcuts');
  assert.equal((await luca.json('/desk/me')).single_keys, false);
  const { sessions } = await luca.json('/desk/me');
  assert.equal(sessions.filter(s => s.current).length, 1);
  assert.equal((await luca.post('/desk/me/session/ffffffffffffffff/end')).status, 404);
  saved(await luca.post('/desk/me/sessions/end'), '/desk/me');
  for (const ended of [other, third]) assert.equal((await ended.get('/desk/me')).status, 303);
  assert.equal((await luca.post('/desk/me/password', { old: 'parola-di-prova', new: 'corta' })).status, 422);
  assert.equal((await luca.post('/desk/me/password', { old: 'sbagliata', new: 'una frase più lunga' })).status, 422);
  saved(await luca.post('/desk/me/password', { old: 'parola-di-prova', new: 'una frase più lunga' }), '/desk/me');
  await new Colleague(house.base).signIn('luca@prova.example', 'una frase più lunga');
  await luca.post('/desk/me/password', { old: 'una frase più lunga', new: 'parola-di-prova' });
});

test('a saved view stands beside the list; one for all is everybody’s', async () => {
  assert.equal((await luca.post('/desk/views', { name: 'Niente' })).status, 422);
  assert.equal((await luca.post('/desk/views', { name: '', place: 'waiting' })).status, 422);
  saved(await luca.post('/desk/views', { name: 'Mia', place: 'waiting', owner: 'nobody' }), '/desk/views');
  saved(await giulia.post('/desk/views', { name: 'Di tutti', query: `channel=${house.channels.whatsapp}&drop=table` }), '/desk/views');
  saved(await giulia.post('/desk/views', { name: 'Di tutti', channel: house.channels.whatsapp, shared: '1' }), '/desk/views');
  const { views } = await luca.json('/desk/views');
  assert.deepEqual(views.map(v => [v.name, v.shared, v.mine]), [['Di tutti', true, false], ['Mia', false, true]]);
  assert.equal(views[0].query, `channel=${house.channels.whatsapp}`);
  const { list } = await luca.json(`/desk?view=${views[0].id}`);
  assert.ok(list.rows.length > 0 && list.rows.every(row => row.network === 'whatsapp'));
  assert.equal((await luca.post(`/desk/views/${views[0].id}/remove`)).status, 403);
  saved(await luca.post(`/desk/views/${views[1].id}/remove`), '/desk/views');
  assert.equal((await luca.json('/desk/views')).views.length, 1);
});

test('what is set aside is looked at again by others, and comes back when it was a person', async () => {
  const id = await writes('molesto', 'Molesto Moro', 'Bla bla bla, pecore');
  saved(await luca.post(`/desk/c/${id}/aside`, { what: 'troll', reason: 'Non chiede niente' }));
  assert.equal((await luca.json('/desk/aside')).second.length, 0, 'not by who set it aside');
  assert.equal((await luca.post(`/desk/aside/${id}/second`, { verdict: 'troll' })).status, 403);
  const { second, kept } = await giulia.json('/desk/aside');
  assert.equal(second[0].id, id);
  assert.deepEqual([kept[0].drawn, kept[0].by, kept[0].reason], [true, null, ''], 'who looks again does not learn who decided');
  const [own] = (await luca.json('/desk/aside')).kept;
  assert.deepEqual([own.drawn, own.by.name, own.reason], [false, 'Luca Ferri', 'Non chiede niente']);
  assert.equal((await giulia.post(`/desk/aside/${id}/second`, { verdict: 'boh' })).status, 422);
  saved(await giulia.post(`/desk/aside/${id}/second`, { verdict: 'person' }), '/desk/aside');
  assert.equal((await giulia.story(id)).conversation.place, 'waiting');
  const { error, second: left } = await giulia.json('/desk/aside');
  assert.deepEqual([error.looked, error.wrong, error.share, left.length], [1, 1, 100, 0]);
  assert.ok(error.low > 0 && error.high === 100);
  assert.equal(house.ledger().balanced, true);
});

test('an act leads back to the page it came from, and nowhere else', async () => {
  const id = await writes('ritorno', 'Rita Torna', 'Non mi arriva la bolletta'), person = (await giulia.story(id)).person.id;
  const back = async (act, fields, stays) => (await giulia.post(`/desk/c/${id}/${act}`, { ...fields, stays })).headers.location;
  assert.equal(await back('aside', { what: 'troll', reason: 'Non chiede niente' }, 'aside'), '/desk/aside');
  assert.match((await giulia.get('/desk/aside')).text, new RegExp(`action="/desk/c/${id}/back"><input type="hidden" name="csrf" value="[^"]+"><input type="hidden" name="stays" value="aside">`));
  assert.equal(await back('back', {}, 'aside'), '/desk/aside');
  assert.equal(await back('priority', { priority: 'high' }, `person/${person}`), `/desk/person/${person}`);
  for (const stays of ['', 'people', 'person/', 'person/../team', '//example.org', 'https://example.org']) assert.equal(await back('priority', { priority: 'low' }, stays), `/desk/c/${id}#latest`, stays);
});

test('who takes, gives and closes is told in words of one’s own language', async () => {
  const id = await writes('parole', 'Paola Parole', 'Grazie di tutto'), lucas = (await anna.json('/desk/team')).agents.find(a => a.email === 'luca@prova.example').id;
  const me = (await giulia.json(`/desk/c/${id}`)).story.menus.agents.find(a => a.me).id;
  await giulia.done(`/desk/c/${id}/assign`, { agent: me });
  await giulia.done(`/desk/c/${id}/assign`, { to: lucas });
  const text = (await giulia.get(`/desk/c/${id}`)).text;
  assert.match(text, /Giulia Riva looks after this now|Ora se ne occupa Giulia Riva/);
  assert.match(text, /Giulia Riva gave this to Luca Ferri|Giulia Riva l’ha affidata a Luca Ferri/);
  await giulia.post('/desk/me', { name: 'Giulia Riva', lang: 'it' });
  await giulia.done(`/desk/c/${id}/close`, { reason: 'thanks' });
  const closed = (await giulia.story(id)).items.find(i => i.kind === 'closed');
  assert.deepEqual([closed.reason, closed.words], ['thanks', 'Un grazie, niente da rispondere']);
});

test('colleagues add labels and keep snippets of their own; what is everybody’s is a lead’s', async () => {
  saved(await luca.post('/desk/labels', { label: 'Modem' }), '/desk/labels');
  saved(await luca.post('/desk/snippets', { shortcut: 'mio', title: 'Mio', text: 'Come lo dico io.', language: 'it' }), '/desk/labels');
  assert.equal((await luca.post('/desk/snippets', { shortcut: 'tutti', title: 'x', text: 'x', shared: '1' })).status, 403);
  saved(await giulia.post('/desk/snippets', { shortcut: 'mio', title: 'Di tutti', text: 'Come lo diciamo.', language: 'it', shared: '1' }), '/desk/labels');
  const his = await luca.json('/desk/labels'), hers = await giulia.json('/desk/labels');
  const label = his.labels.find(l => l.name === 'Modem').id, mine = his.snippets.find(s => s.title === 'Mio'), all = his.snippets.find(s => s.title === 'Di tutti');
  assert.deepEqual([his.may_add, his.may_lead, mine.yours, mine.may_change, all.yours, all.may_change], [true, false, true, true, false, false]);
  assert.deepEqual(hers.snippets.map(s => [s.title, s.may_change]), [['Di tutti', true]], 'his own are seen by him alone');
  assert.deepEqual((await luca.json('/desk/snippets?q=mio')).items.map(s => s.text), ['Come lo dico io.', 'Come lo diciamo.'], 'his own first');
  assert.deepEqual((await giulia.json('/desk/snippets?q=mio')).items.map(s => s.text), ['Come lo diciamo.']);
  assert.equal((await luca.post('/desk/snippets', { snippet: all.id, shortcut: 'mio', title: 'x', text: 'x', language: 'it' })).status, 403);
  assert.equal((await luca.post(`/desk/snippets/${all.id}/remove`)).status, 403);
  assert.equal((await giulia.post(`/desk/snippets/${mine.id}/remove`)).status, 404);
  for (const act of ['rename', 'remove']) assert.equal((await luca.post(`/desk/labels/${label}/${act}`, { label: 'Router' })).status, 403);
  saved(await giulia.post(`/desk/labels/${label}/rename`, { label: 'Router' }), '/desk/labels');
  saved(await giulia.post('/desk/labels', { label: 'Antenna' }), '/desk/labels');
  assert.equal((await giulia.post(`/desk/labels/${label}/rename`, { label: 'Antenna' })).status, 422);
  saved(await giulia.post(`/desk/labels/${label}/remove`), '/desk/labels');
  saved(await giulia.post(`/desk/labels/${hers.labels.concat((await giulia.json('/desk/labels')).labels).find(l => l.name === 'Antenna').id}/remove`), '/desk/labels');
  saved(await luca.post(`/desk/snippets/${mine.id}/remove`), '/desk/labels');
  saved(await giulia.post(`/desk/snippets/${all.id}/remove`), '/desk/labels');
});

test('the audit gives the program’s own reasons in the reader’s language, and a colleague’s as written', async () => {
  const id = await writes('riaperta', 'Riaperta Reni', 'La linea va e viene');
  saved(await luca.post(`/desk/c/${id}/close`, { reason: 'other', words: 'taken care of by phone' }));
  saved(await luca.post(`/desk/c/${id}/reopen`));
  const said = async () => (await anna.json('/desk/audit')).events.filter(e => e.conversation === id && e.kind === 'message.place').map(e => e.words);
  assert.deepEqual(await said(), ['riaperto', 'taken care of by phone']);
  await anna.post('/desk/me', { name: 'Anna Capo', lang: 'en' });
  assert.deepEqual(await said(), ['reopened', 'taken care of by phone']);
  await anna.post('/desk/me', { name: 'Anna Capo', lang: 'it' });
});

test('labels and snippets come and go, and the audit says who did what', async () => {
  saved(await giulia.post('/desk/labels', { label: 'Guasto' }), '/desk/labels');
  assert.equal((await giulia.post('/desk/labels', { label: 'Guasto' })).status, 422);
  saved(await giulia.post('/desk/snippets', { shortcut: '/saluto', title: 'Saluto', text: 'Buongiorno,\necco.', language: 'it' }), '/desk/labels');
  assert.equal((await giulia.post('/desk/snippets', { shortcut: 'saluto', title: 'Altro', text: 'x', language: 'it' })).status, 422);
  assert.equal((await giulia.post('/desk/snippets', { shortcut: 'due parole', title: 'Altro', text: 'x', language: 'it' })).status, 422);
  const { labels, snippets } = await giulia.json('/desk/labels');
  assert.equal(snippets[0].text, 'Buongiorno,\necco.');
  saved(await giulia.post('/desk/snippets', { snippet: snippets[0].id, shortcut: 'saluto', title: 'Saluto', text: 'Buonasera.', language: 'it' }), '/desk/labels');
  assert.deepEqual((await giulia.json('/desk/labels')).snippets.map(s => s.text), ['Buonasera.']);
  assert.equal((await giulia.json('/desk/palette?q=%2Fsal')).picks[0].name, 'Saluto');
  saved(await giulia.post(`/desk/snippets/${snippets[0].id}/remove`), '/desk/labels');
  saved(await giulia.post(`/desk/labels/${labels[0].id}/remove`), '/desk/labels');
  assert.equal((await giulia.post(`/desk/labels/${labels[0].id}/remove`)).status, 404);
  const events = [];
  for (let where = '/desk/audit', next; ; where = `/desk/audit?cursor=${next}`) {
    const page = await anna.json(where);
    events.push(...page.events);
    if (!(next = page.paging.next)) break;
  }
  assert.equal(new Set(events.map(e => e.id)).size, events.length, 'no line twice');
  assert.deepEqual(events.slice(0, 5).map(e => [e.by.name, e.kind]), ['label.removed', 'snippet.removed', 'snippet.saved', 'snippet.saved', 'label.added'].map(kind => ['Giulia Riva', kind]));
  assert.deepEqual(events.filter(e => !e.key).map(e => e.kind), [], 'every act has words');
  const lucas = (await anna.json('/desk/team')).agents.find(a => a.email === 'luca@prova.example').id;
  assert.ok((await anna.json(`/desk/audit?agent=${lucas}`)).events.every(e => e.by.name === 'Luca Ferri'));
  assert.ok((await anna.json('/desk/audit?all=1')).events.length > 0);
});
