// A brand's own site beside the house: pages on another origin that load its widget, and the tokens that its server signs.
import crypto from 'node:crypto';
import http from 'node:http';

const b64 = what => Buffer.from(typeof what === 'string' ? what : JSON.stringify(what)).toString('base64url');

// A compact JWT; header and signature can be wrong on purpose.
export function token(secret, claims, { header = { typ: 'JWT', alg: 'HS256' }, mac = 'sha256' } = {}) {
  const now = Math.floor(Date.now() / 1000), input = `${b64(header)}.${b64({ aud: 'nuvola', iat: now, exp: now + 600, ...claims })}`;
  return `${input}.${mac ? crypto.createHmac(mac, secret).update(input).digest('base64url') : ''}`;
}

const escaped = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);

// attributes: of the script tag, by the page's query (?position=left → data-position="left").
export async function startShop({ base, host = 'localhost', lang = 'it' }) {
  const server = http.createServer((req, res) => {
    const query = new URL(req.url, 'http://shop').searchParams;
    const data = [...query].filter(([k]) => k !== 'to').map(([k, v]) => ` data-${k}="${escaped(v)}"`).join('');
    res.writeHead(req.url.startsWith('/favicon') ? 204 : 200, { 'content-type': 'text/html; charset=utf-8' });
    if (req.url.startsWith('/favicon')) return res.end();
    res.end(`<!doctype html><html lang="${lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>La bottega</title>
<style>body{font:1.1rem/1.6 Georgia,serif;margin:0;padding:2rem;color-scheme:light dark}main{max-width:40rem}</style>
<main><h1>La bottega di Nuvola</h1><p>Modem, cavi e pazienza. <a href="#">Il carrello</a></p><p>${'Spediamo in due giorni. '.repeat(40)}</p></main>
<script src="${escaped(query.get('to') || base)}/widget.js"${data} async></script></html>`);
  });
  await new Promise(done => server.listen(0, host === 'localhost' ? '127.0.0.1' : host, done));
  return { origin: `http://${host}:${server.address().port}`, stop: () => new Promise(done => { server.closeAllConnections(); server.close(done); }) };
}
