/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys: one more, where they are listed; signing in with one. Only by a press, and only in browsers that have them. */
const page = document.body.dataset;
const place = document.getElementById('passkey'), words = document.getElementById('passkey-words').dataset;

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

async function post(path, fields = {}) {
  const answer = await fetch(page.base + path, { method: 'POST', body: new URLSearchParams({ ...fields, csrf: page.csrf }), headers: { Accept: 'application/json' } });
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { status: answer.status });
  return answer.json();
}

async function add() {
  const { challenge, rp, user, exclude } = await post('/me/passkeys/begin');
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp,
      user: { ...user, id: bytes(user.id) },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: exclude.map((one) => ({ type: 'public-key', id: bytes(one.id), transports: one.transports })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    },
  });
  const { response } = made;
  return post('/me/passkeys', {
    name: place.querySelector('input').value,
    client: text(response.clientDataJSON),
    auth: text(response.getAuthenticatorData()),
    key: text(response.getPublicKey()),
    algorithm: response.getPublicKeyAlgorithm(),
    transports: response.getTransports?.().join(' ') ?? '',
  });
}

async function enter() {
  const { challenge, rpId } = await post('/sign-in/passkey/begin');
  const { id, response } = await navigator.credentials.get({ publicKey: { challenge: bytes(challenge), rpId, userVerification: 'required' } });
  /* That it opens nothing here is not told to the device, which would drop it: another brand may share this host. */
  return post('/sign-in/passkey', { id, client: text(response.clientDataJSON), auth: text(response.authenticatorData), signature: text(response.signature), handle: response.userHandle ? text(response.userHandle) : '' });
}

function why(trouble) {
  if (trouble.name === 'NotAllowedError' || trouble.name === 'AbortError') return 'cancelled';
  if (trouble.name === 'InvalidStateError' || trouble.status === 409) return 'there';
  return { 404: 'unknown', 429: 'many' }[trouble.status] ?? 'failed';
}

/* A new one takes a browser that reads its key for us; using one takes less. */
const reads = globalThis.AuthenticatorAttestationResponse?.prototype;
if (place && globalThis.PublicKeyCredential && (place.dataset.does === 'enter' || (reads?.getPublicKey && reads.getAuthenticatorData))) {
  const button = place.querySelector('button'), said = place.querySelector('[role="status"]');
  const say = (key) => (said.textContent = words[key]);
  const cannot = document.getElementById('passkey-cannot');
  if (cannot) cannot.hidden = true;
  place.hidden = false;
  let busy = false;
  addEventListener('pageshow', () => (busy = false)); /* they came back to it */
  const act = async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say('wait');
    try {
      const { location } = await (place.dataset.does === 'add' ? add() : enter());
      window.location.assign(location);
    } catch (trouble) {
      if (trouble.status === 409 && place.dataset.does === 'enter') window.location.assign(`${page.base}/requests`); /* they are in, by another page */
      say(why(trouble));
      busy = false;
    }
  };
  if (button.form) button.form.onsubmit = act;
  else button.onclick = act;
}
