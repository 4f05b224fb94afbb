// SPDX-License-Identifier: Apache-2.0
// Works a little on a form's token, so that who is new need not wait: sha256("token:proof") begins with so many bits of 0.
async function work(token, bits) {
  const text = new TextEncoder();
  for (let n = 0; ; n++) {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text.encode(`${token}:${n}`)));
    if (((hash[0] << 8) | hash[1]) >> (16 - bits) === 0) return String(n);
  }
}
for (const form of document.querySelectorAll('form[data-bits]')) {
  const bits = Number(form.dataset.bits), proof = form.elements.proof, once = form.elements.once;
  if (!bits || !globalThis.crypto?.subtle) continue;
  let begun, done = false;
  const begin = () => (begun ??= work(once.value, bits).then(found => { proof.value = found; done = true; }));
  form.addEventListener('focusin', begin, { once: true });
  form.addEventListener('submit', async event => {
    if (done) return;
    event.preventDefault();
    await begin();
    form.requestSubmit(event.submitter);
  });
}
