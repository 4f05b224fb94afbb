// A push service as browsers have one, and the browsers behind it: takes what is sent to an endpoint, checks who sends it
// (RFC 8292), opens it with the browser's own key (RFC 8291, 8188), and answers as it is told to.
import crypto from 'node:crypto';
import http from 'node:http';

const b64 = bytes => Buffer.from(bytes).toString('base64url');
const hmac = (key, ...parts) => crypto.createHmac('sha256', key).update(Buffer.concat(parts.map(p => Buffer.from(p)))).digest();

// A browser that was subscribed: what it gives to a site, and how it opens what comes.
export class Subscription {
  constructor(service) {
    this.ecdh = crypto.createECDH('prime256v1');
    this.ecdh.generateKeys();
    this.auth = crypto.randomBytes(16);
    this.path = '/send/' + crypto.randomBytes(12).toString('hex');
    this.endpoint = service.base + this.path;
    service.subscriptions.set(this.path, this);
  }
  get fields() { return { endpoint: this.endpoint, key: b64(this.ecdh.getPublicKey()), auth: b64(this.auth) }; }
  open(body) {
    const salt = body.subarray(0, 16), rs = body.readUInt32BE(16), length = body[20], theirs = body.subarray(21, 21 + length), sealed = body.subarray(21 + length);
    if (length !== 65 || sealed.length > rs) throw new Error('no aes128gcm record');
    const secret = hmac(hmac(this.auth, this.ecdh.computeSecret(theirs)), 'WebPush: info\0', this.ecdh.getPublicKey(), theirs, [1]);
    const prk = hmac(salt, secret), key = hmac(prk, 'Content-Encoding: aes128gcm\0', [1]).subarray(0, 16), nonce = hmac(prk, 'Content-Encoding: nonce\0', [1]).subarray(0, 12);
    const d = crypto.createDecipheriv('aes-128-gcm', key, nonce);
    d.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([d.update(sealed.subarray(0, -16)), d.final()]), end = plain.lastIndexOf(2);
    return JSON.parse(plain.subarray(0, end));
  }
}

// Who sends it, by the token and the key that came with it.
function vapid(header, audience) {
  const [, token, key] = header.match(/^vapid t=([\w.-]+), k=([\w-]+)$/), [head, body, signature] = token.split('.');
  const raw = Buffer.from(key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: b64(raw.subarray(1, 33)), y: b64(raw.subarray(33)) };
  const good = crypto.verify('sha256', Buffer.from(`${head}.${body}`), { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  if (!good) throw new Error('the signature is wrong');
  if (JSON.parse(Buffer.from(head, 'base64url')).alg !== 'ES256') throw new Error('not ES256');
  if (claims.aud !== audience) throw new Error(`for ${claims.aud}`);
  if (!/^(mailto:|https:)/.test(claims.sub)) throw new Error(`sub ${claims.sub}`);
  const left = claims.exp - Date.now() / 1000;
  if (left <= 0 || left > 86400) throw new Error(`exp in ${left} s`);
  return { key, claims };
}

export async function startPushService() {
  const service = { subscriptions: new Map(), got: [], refused: [], wrong: [], answers: [] };
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', d => parts.push(d));
    req.on('end', () => {
      const [status, headers = {}] = service.answers.shift() ?? [201], sub = service.subscriptions.get(req.url);
      try {
        const by = vapid(req.headers.authorization, service.base), body = Buffer.concat(parts);
        if (req.method !== 'POST' || req.headers['content-encoding'] !== 'aes128gcm' || body.length > 4096) throw new Error('not a push');
        if (!/^\d+$/.test(req.headers.ttl) || !/^(very-low|low|normal|high)$/.test(req.headers.urgency)) throw new Error('TTL or urgency');
        if (!/^[\w-]{1,32}$/.test(req.headers.topic)) throw new Error('topic');
        const come = { sub, say: sub.open(body), ttl: Number(req.headers.ttl), urgency: req.headers.urgency, topic: req.headers.topic, raw: body.toString('latin1'), at: Date.now(), ...by };
        (status < 300 ? service.got : service.refused).push({ status, ...come });
      } catch (e) { service.wrong.push(`${req.url}: ${e.message}`); }
      res.writeHead(status, { location: service.base + '/m/1', ...headers }).end();
    });
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  service.base = `http://127.0.0.1:${server.address().port}`;
  service.subscribe = () => new Subscription(service);
  service.of = (sub, kind) => service.got.filter(g => g.sub === sub && (!kind || g.say.k === kind));
  service.stop = () => new Promise(done => { server.closeAllConnections(); server.close(done); });
  return service;
}
