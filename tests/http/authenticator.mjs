// A device with passkeys, as a browser's page would speak with it and then with us: keys of its own, a counter, and whatever
// a test wants to be wrong.
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = bytes => createHash('sha256').update(bytes).digest();
const kinds = {
  '-7': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  '-8': () => generateKeyPairSync('ed25519'),
  '-257': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export class Device {
  constructor(base, { algorithm = -7, counts = true } = {}) { Object.assign(this, { origin: base, algorithm, counts, counter: 0, keys: [] }); }
  // wrong: { type, challenge, origin, crossOrigin, rpId, flags }
  said(type, challenge, wrong = {}) {
    return Buffer.from(JSON.stringify({ type: wrong.type ?? type, challenge: wrong.challenge ?? challenge, origin: wrong.origin ?? this.origin, crossOrigin: wrong.crossOrigin ?? false }));
  }
  auth(rpId, flags, behind = Buffer.alloc(0)) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counts ? ++this.counter : 0);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, behind]);
  }
  // The fields of the form that adds a passkey, for what was asked.
  make(asked, wrong = {}) {
    const pair = kinds[this.algorithm](), id = wrong.id ?? randomBytes(32), length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    this.keys.push({ id, pair, handle: asked.user.id, rpId: asked.rp.id });
    const auth = this.auth(wrong.rpId ?? asked.rp.id, wrong.flags ?? 0x45, Buffer.concat([Buffer.alloc(16), length, id, randomBytes(77)]));
    const key = pair.publicKey.export({ type: 'spki', format: 'der' });
    return { client: this.said('webauthn.create', asked.challenge, wrong).toString('base64url'), auth: auth.toString('base64url'), key: key.toString('base64url'), algorithm: String(this.algorithm), transports: 'internal hybrid', name: 'Telefono' };
  }
  // The fields of the form that signs in, by the newest passkey for this site.
  use(asked, wrong = {}, key = this.keys.findLast(k => k.rpId === asked.rpId)) {
    const auth = this.auth(wrong.rpId ?? asked.rpId, wrong.flags ?? 0x05), client = this.said('webauthn.get', asked.challenge, wrong);
    const signature = sign(this.algorithm === -8 ? null : 'sha256', Buffer.concat([auth, sha256(client)]), wrong.key ?? key.pair.privateKey);
    return { id: (wrong.id ?? key.id).toString('base64url'), client: client.toString('base64url'), auth: auth.toString('base64url'), signature: signature.toString('base64url'), handle: wrong.handle ?? key.handle };
  }
}
// A guest adds a passkey in the browser that they have, at an address that is a name; gives the device.
export async function addPasskey(guest, name) {
  const base = guest.base.replace('127.0.0.1', 'localhost'), device = new Device(base), was = guest.base;
  guest.base = base;
  try {
    const script = (where, fields) => guest.post(where, fields, { accept: 'application/json', 'x-forwarded-for': '10.33.0.1' });
    const r = await script('/me/passkeys', { ...device.make((await script('/me/passkeys/begin')).json()), name });
    if (r.status !== 200) throw new Error(`passkey: ${r.status} ${r.text.slice(0, 300)}`);
  } finally { guest.base = was; }
  return device;
}
export const anotherKey = () => createPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }));
