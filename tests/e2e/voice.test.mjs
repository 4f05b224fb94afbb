// Voice from the site, between real browsers: what the microphone of one takes is heard by the other, measured there.
// Where coturn is (Debian: coturn), once more only through it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { startDemo } from '../http/support.mjs';
import { phone, ready, sleep, stage, tablet, until, wide } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Two seconds of a tone, as the microphone hears it over and over.
function tone(file, hertz) {
  const rate = 48000, n = rate * 2, wav = Buffer.alloc(44 + n * 2);
  wav.write('RIFF', 0); wav.writeUInt32LE(36 + n * 2, 4); wav.write('WAVEfmt ', 8); wav.writeUInt32LE(16, 16); wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22); wav.writeUInt32LE(rate, 24); wav.writeUInt32LE(rate * 2, 28); wav.writeUInt16LE(2, 32); wav.writeUInt16LE(16, 34);
  wav.write('data', 36); wav.writeUInt32LE(n * 2, 40);
  for (let i = 0; i < n; i++) wav.writeInt16LE(Math.round(12000 * Math.sin(2 * Math.PI * hertz * i / rate) * (i % 24000 < 16000 ? 1 : 0)), 44 + i * 2);
  fs.writeFileSync(file, wav);
}

const tones = { guest: 440, desk: 880 }, browsers = {};
const s = stage({
  prepare: async it => {
    for (const [who, hertz] of Object.entries(tones)) {
      const file = path.join(it.profile, `${who}.wav`);
      tone(file, hertz);
      browsers[who] = await chromium.launch({
        executablePath: process.env.CHROMIUM || '/usr/bin/chromium', env: { ...process.env, HOME: it.profile },
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--mute-audio', '--autoplay-policy=no-user-gesture-required',
          '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`],
      });
    }
  },
});
after(async () => { for (const b of Object.values(browsers)) await b.close(); });

// Keeps the peers of a page, to be asked what they hear: energy since the last time it was asked, and its loudest tone.
const ears = () => {
  const Peer = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Peer { constructor(...a) { super(...a); window.peers.push(this); } };
};
const heard = page => page.evaluate(async () => {
  const peer = window.peers.filter(p => p.connectionState === 'connected').at(-1);
  if (!peer) return { energy: 0, bytes: 0 };
  for (const r of (await peer.getStats()).values())
    if (r.type === 'inbound-rtp' && r.kind === 'audio') return { energy: r.totalAudioEnergy ?? 0, bytes: r.bytesReceived, packets: r.packetsReceived };
  return { energy: 0, bytes: 0 };
});
async function energy(page, seconds = 2) {
  const a = await heard(page);
  await sleep(seconds * 1000);
  const b = await heard(page);
  return b.energy - a.energy;
}
// The tone that stands out of what comes in, by the page's own analyser.
const pitch = page => page.evaluate(async () => {
  const peer = window.peers.filter(p => p.connectionState === 'connected').at(-1);
  const context = new AudioContext(), source = context.createMediaStreamSource(new MediaStream([peer.getReceivers()[0].track])), analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  source.connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  let best = 0, level = -Infinity;
  for (let i = 0; i < 40; i++) {
    await new Promise(done => setTimeout(done, 50));
    analyser.getFloatFrequencyData(bins);
    bins.forEach((v, k) => { if (v > level) { level = v; best = k; } });
  }
  const hertz = best * context.sampleRate / analyser.fftSize;
  await context.close();
  return hertz;
});
const hears = async (page, hertz, what) => {
  await until(`${what}: energy`, async () => (await energy(page, 1)) > 0.002, 40000);
  const found = await pitch(page);
  assert.ok(Math.abs(found - hertz) < 40, `${what}: ${found} Hz instead of ${hertz}`);
};

async function colleague(who, options = {}) {
  const browser = s.browser;
  s.browser = browsers.desk;
  try {
    const page = await s.signIn(who, { size: wide, permissions: ['microphone', 'notifications'], ...options });
    await page.context().addInitScript(ears);
    await page.goto(s.base + '/desk/calls');
    await page.getByRole('switch', { name: /Prendo le chiamate|I take calls/ }).click();
    await page.locator('[data-duty][aria-checked=true]').waitFor();
    return page;
  } finally { s.browser = browser; }
}
async function visitor(options = {}) {
  const browser = s.browser;
  s.browser = browsers.guest;
  try {
    const page = await s.open({ size: phone, permissions: ['microphone'], ...options });
    await page.addInitScript(ears);
    return page;
  } finally { s.browser = browser; }
}
async function calls(page, about) {
  await page.goto(s.base + '/call');
  await page.fill('#now-text', about);
  await page.locator('#now').getByRole('button', { name: 'Chiama adesso' }).click();
  await page.locator('#calling', { hasText: 'Sta suonando' }).waitFor();
}
const wrapUp = async (page, words) => {
  await page.locator('#calls textarea').fill(words);
  await page.locator('#calls').getByRole('button', { name: 'Ha avuto risposta' }).click();
  await until('nothing is left in the bar', async () => (await page.locator('#calls .call-card').count()) === 0);
};
const off = async page => {
  await page.goto(s.base + '/desk/calls');
  await page.getByRole('switch', { name: /Prendo le chiamate/ }).click();
  await page.locator('[data-duty][aria-checked=false]').waitFor();
  await page.context().close();
};

test('S16 click-to-call: a tap rings the colleagues, one answers, and both hear each other; mute, hold, hand-over, note', { timeout: 240000 }, async () => {
  const giulia = await colleague('giulia'), luca = await colleague('luca'), marta = await visitor();
  await giulia.goto(s.base + '/desk');
  await calls(marta, 'La eSIM non si attiva');
  assert.match(await marta.locator('#calling').textContent(), /Nessuno registra/);
  for (const page of [giulia, luca]) await page.locator('#calls [data-ring]', { hasText: 'La eSIM non si attiva' }).waitFor();
  assert.match(await giulia.locator('#calls-say').textContent(), /ti chiama/);
  await giulia.locator('#calls').getByRole('button', { name: 'Rispondi' }).click();
  await marta.locator('#calling', { hasText: 'Parli con Giulia' }).waitFor();
  await until('it rings at Luca no more', async () => (await luca.locator('#calls [data-ring]').count()) === 0);
  await hears(marta, tones.desk, 'the customer hears the colleague');
  await hears(giulia, tones.guest, 'the colleague hears the customer');
  assert.match(await giulia.locator('#calls [data-mine]').textContent(), /Nessuno registra/);

  await giulia.locator('#mute-call').click();
  await until('a muted microphone is silent', async () => (await energy(marta)) < 0.0005);
  assert.ok((await energy(giulia)) > 0.002, 'the other direction goes on');
  await giulia.locator('#mute-call').click();
  await hears(marta, tones.desk, 'and is heard again');
  await marta.locator('#mute').click();
  await until('the customer can be silent too', async () => (await energy(giulia)) < 0.0005);
  await marta.locator('#mute').click();
  await hears(giulia, tones.guest, 'and is heard again');

  await giulia.locator('#calls').getByRole('button', { name: 'In attesa' }).click();
  await marta.locator('#calling', { hasText: 'ti ha messo in attesa' }).waitFor();
  await until('on hold nobody hears anything', async () => (await energy(marta)) < 0.0005 && (await energy(giulia)) < 0.0005);
  await giulia.locator('#calls').getByRole('button', { name: 'In attesa' }).click();
  await hears(marta, tones.desk, 'off hold');

  // from page to page of the desk, and over a reload of the customer's
  await giulia.goto(s.base + '/desk/ledger');
  await hears(marta, tones.desk, 'the colleague went to another page');
  await marta.reload();
  await hears(marta, tones.desk, 'the customer reloaded');
  await hears(giulia, tones.guest, 'and is heard');

  await giulia.locator('#calls summary').click();
  await giulia.selectOption('#hand-to', { label: 'Luca Ferri' }).catch(async () => giulia.selectOption('#hand-to', { index: 0 }));
  await giulia.fill('#hand-why', 'Serve chi conosce le eSIM');
  await giulia.getByRole('button', { name: 'Chiedi di prenderla' }).click();
  await luca.locator('#calls [data-ring]', { hasText: 'Serve chi conosce le eSIM' }).waitFor();
  assert.ok((await energy(marta)) > 0.002, 'the first stays on the line until then');
  await luca.locator('#calls').getByRole('button', { name: 'Rispondi' }).click();
  await marta.locator('#calling', { hasText: 'Parli con Luca' }).waitFor();
  await hears(marta, tones.desk, 'the customer hears who took over');
  await hears(luca, tones.guest, 'who took over hears the customer');
  await until('the first has it no more', async () => (await giulia.locator('#calls [data-mine]').count()) === 0);

  await marta.locator('#hang-up').click();
  await marta.locator('#calling', { hasText: 'Chiamata finita' }).waitFor();
  await wrapUp(luca, 'Attivata insieme, funziona');
  const [row] = s.sql("SELECT m.place FROM message m, call c WHERE m.brand_id = c.brand_id AND m.id = c.message_id");
  assert.equal(+row.place, 2, 'answered in the ledger');
  const [{ id }] = s.sql('SELECT CAST(conversation_id AS TEXT) AS id FROM call');
  await luca.goto(`${s.base}/desk/c/${id}`);
  await luca.locator('#filo', { hasText: 'Attivata insieme, funziona' }).waitFor();
  assert.match(await luca.locator('#filo').textContent(), /ci ha chiamato/);
  assert.match(await luca.locator('#filo').textContent(), /Serve chi conosce le eSIM/);
  for (const page of [giulia, luca]) await off(page);
  await marta.context().close();
});

test('the line is lost and found again; the server dies, and the voice goes on', { timeout: 180000 }, async () => {
  const giulia = await colleague('giulia'), marta = await visitor();
  await calls(marta, 'Cade la linea');
  await giulia.locator('#calls').getByRole('button', { name: 'Rispondi' }).click();
  await hears(marta, tones.desk, 'they hear each other');
  await marta.evaluate(() => window.peers.at(-1).close());
  await until('nobody hears anything', async () => (await energy(marta, 1)) === 0);
  await marta.reload();
  await hears(marta, tones.desk, 'and hear each other again');
  await s.demo.stop('SIGKILL');
  assert.ok((await energy(marta)) > 0.002, 'without a server');
  s.demo = await startDemo({ data: s.demo.data, listen: s.base.replace('http://', '') });
  assert.ok((await energy(giulia)) > 0.002, 'with it again');
  await giulia.locator('#calls').getByRole('button', { name: 'Riaggancia' }).click();
  await marta.locator('#calling', { hasText: 'Chiamata finita' }).waitFor();
  await wrapUp(giulia, 'Fatto');
  await off(giulia);
  await marta.context().close();
});

const turnserver = spawnSync('turnserver', ['--version']).error ? null : 'turnserver';
if (!turnserver) console.log('skipped: the call through TURN needs coturn (Debian: coturn)');

test('only through a TURN server of the brand’s own, with credentials that end', { timeout: 120000, skip: turnserver ? false : 'needs coturn' }, async () => {
  const port = await new Promise(done => { const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); }); });
  const turn = spawn(turnserver, ['-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--use-auth-secret', '--static-auth-secret=segreto-di-prova',
    '--realm=nuvola.example', '--no-tls', '--no-dtls', '--no-cli', '--verbose', '--allow-loopback-peers', '--log-file=stdout', `--pidfile=${path.join(s.profile, 'turn.pid')}`, `--userdb=${path.join(s.profile, 'turn.db')}`]);
  let log = '';
  turn.stdout.on('data', d => { log += d; });
  try {
    const admin = await s.signIn('admin');
    await admin.goto(s.base + '/desk/calls');
    await admin.fill('#servers', `turn:127.0.0.1:${port}?transport=udp`);
    await admin.fill('#secret', 'segreto-di-prova');
    await admin.locator('[name=relay_only]').check();
    await admin.locator('form[action$="/desk/calls/settings"] button').click();
    await admin.locator('#toast').waitFor();
    await admin.context().close();
    const giulia = await colleague('giulia'), marta = await visitor();
    await calls(marta, 'Attraverso TURN');
    await giulia.locator('#calls').getByRole('button', { name: 'Rispondi' }).click();
    await hears(marta, tones.desk, 'the customer hears the colleague');
    await hears(giulia, tones.guest, 'the colleague hears the customer');
    const kinds = await marta.evaluate(async () => {
      const stats = await window.peers.at(-1).getStats(), all = [...stats.values()], pair = all.find(r => r.type === 'candidate-pair' && r.nominated);
      return [stats.get(pair.localCandidateId).candidateType, stats.get(pair.remoteCandidateId).candidateType];
    });
    assert.deepEqual(kinds, ['relay', 'relay']);
    assert.match(log, /ALLOCATE processed, success/);
    await marta.locator('#hang-up').click();
    await wrapUp(giulia, 'Fatto');
    await off(giulia);
    await marta.context().close();
  } finally { turn.kill(); }
});

test('by keyboard alone, before axe, at three widths, by day and night', { timeout: 240000 }, async () => {
  const found = [];
  const look = async (page, where) => {
    await page.evaluate(axe);
    found.push(...(await page.evaluate(async () => (await window.axe.run(document)).violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`))).map(x => `${where} ${x}`));
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push(`${where} scrolls sideways`);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/voice-${where.replaceAll(' ', '-')}.png` });
  };
  const dress = async (one, where) => {
    for (const colorScheme of ['light', 'dark'])
      for (const viewport of [phone, tablet, wide]) {
        await one.emulateMedia({ colorScheme });
        await one.setViewportSize(viewport);
        await look(one, `${where} ${colorScheme} ${viewport.width}`);
      }
  };
  const giulia = await colleague('giulia', { bypassCSP: true }), marta = await visitor({ bypassCSP: true });
  await dress(giulia, 'calls');
  await giulia.goto(s.base + '/desk');
  await ready(giulia);
  await marta.goto(s.base + '/call');
  await dress(marta, 'call');
  await marta.focus('#now-text');
  await marta.keyboard.type('Solo tastiera');
  await marta.keyboard.press('Enter');
  await marta.locator('#calling', { hasText: 'Sta suonando' }).waitFor();
  await dress(marta, 'ringing');
  await giulia.locator('#calls [data-ring]').waitFor();
  await dress(giulia, 'rung');
  await giulia.locator('#calls').getByRole('button', { name: 'Rispondi' }).focus();
  await giulia.keyboard.press('Enter');
  await giulia.locator('#calls [data-mine]').waitFor();
  await dress(giulia, 'talking');
  await dress(marta, 'talks');
  await marta.locator('#mute').focus();
  await marta.keyboard.press('Space');
  assert.equal(await marta.locator('#mute').getAttribute('aria-pressed'), 'true');
  await marta.keyboard.press('Tab');
  assert.equal(await marta.evaluate(() => document.activeElement.id), 'hang-up');
  await marta.keyboard.press('Enter');
  await marta.locator('#calling', { hasText: 'Chiamata finita' }).waitFor();
  await dress(marta, 'after');
  await giulia.locator('#calls textarea').waitFor();
  await dress(giulia, 'note');
  await giulia.locator('#calls textarea').focus();
  await giulia.keyboard.type('Fatto');
  await giulia.keyboard.press('Tab');
  await giulia.keyboard.press('Enter');
  await until('noted', async () => (await giulia.locator('#calls .call-card').count()) === 0);
  assert.deepEqual(found, []);
  await off(giulia);
  await marta.context().close();
});

test('without scripts one can be called back, and nothing promises more', async () => {
  const giulia = await colleague('giulia'), page = await visitor({ javaScriptEnabled: false });
  await page.goto(s.base + '/call');
  assert.equal(await page.locator('#now').isVisible(), false);
  assert.ok(await page.locator('#phone').isVisible());
  await page.context().close();
  await off(giulia);
});
