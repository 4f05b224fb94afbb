/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1, HMAC-SHA1 and AES-256-CBC by OpenSSL, for networks that ask for them. */
#include "base/crypto_legacy.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

#include "base/arena_internal.h"

void sha1(struct str data, unsigned char out[SHA1_BYTES])
{
    int done = EVP_Digest(data.ptr, data.len, out, NULL, EVP_sha1(), NULL);
    assert(done);
}

void hmac_sha1(struct str key, struct str data, unsigned char out[SHA1_BYTES])
{
    size_t len = 0;
    const void *done = EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, key.ptr ? key.ptr : "", key.len,
                                 (const unsigned char *)data.ptr, data.len, out, SHA1_BYTES, &len);
    assert(done && len == SHA1_BYTES);
}

static bool run(struct arena *a, const unsigned char *key, const unsigned char *iv, struct str data, int encrypt,
                struct str *out)
{
    if (data.len % 16 || data.len > INT_MAX - 16)
        return false;
    unsigned char *bytes = arena_raw(a, data.len + 16);
    int len = 0, rest = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool done = c && EVP_CipherInit_ex2(c, EVP_aes_256_cbc(), key, iv, encrypt, NULL) &&
                EVP_CIPHER_CTX_set_padding(c, 0) &&
                EVP_CipherUpdate(c, bytes, &len, (const unsigned char *)data.ptr, (int)data.len) &&
                EVP_CipherFinal_ex(c, bytes + len, &rest);
    EVP_CIPHER_CTX_free(c);
    assert(done);
    *out = (struct str){(const char *)bytes, (size_t)(len + rest)};
    return done;
}

bool aes256_cbc_open(struct arena *a, const unsigned char key[AES_KEY_BYTES], const unsigned char iv[AES_IV_BYTES],
                     struct str data, struct str *out)
{
    return run(a, key, iv, data, 0, out);
}

bool aes256_cbc_close(struct arena *a, const unsigned char key[AES_KEY_BYTES], const unsigned char iv[AES_IV_BYTES],
                      struct str data, struct str *out)
{
    return run(a, key, iv, data, 1, out);
}
