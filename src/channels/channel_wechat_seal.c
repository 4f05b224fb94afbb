/* SPDX-License-Identifier: Apache-2.0 */
/* WeChat's signature, and its safe mode: 16 random bytes, the length in 4, the XML and our appid, padded to 32 and
 * sealed with AES-256-CBC. */
#include "channels/channel_wechat.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto_legacy.h"

#define KEY_LETTERS 43 /* of the key, base64 without its "=" */
#define PARTS_MAX   4
#define RANDOM      16
#define HEAD        (RANDOM + 4)
#define PAD_MAX     32

static int in_order(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct str wechat_digest(struct arena *a, const struct str *parts, size_t count)
{
    struct str sorted[PARTS_MAX];
    struct buf all;
    unsigned char digest[SHA1_BYTES];
    count = count < PARTS_MAX ? count : PARTS_MAX;
    memcpy(sorted, parts, count * sizeof *parts);
    qsort(sorted, count, sizeof *sorted, in_order);
    buf_init(&all, a, 256);
    for (size_t i = 0; i < count; i++)
        buf_str(&all, sorted[i]);
    sha1(buf_view(&all), digest);
    return hex_encode(a, digest, sizeof digest);
}

/* The last letter of 43 stands for 4 bits of key and 2 that mean nothing; strict decoders want those to be zero. */
static bool key_of(struct arena *a, struct str letters, struct str *key)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (letters.len != KEY_LETTERS)
        return false;
    char *copy = arena_copy(a, letters.ptr, KEY_LETTERS + 1);
    const char *last = strchr(alphabet, copy[KEY_LETTERS - 1]);
    if (!last || !*last)
        return false;
    copy[KEY_LETTERS - 1] = alphabet[(last - alphabet) & ~3];
    copy[KEY_LETTERS] = '=';
    return base64_decode(a, (struct str){copy, KEY_LETTERS + 1}, key) && key->len == AES_KEY_BYTES;
}

bool wechat_unseal(struct arena *a, struct str aes_key, struct str app_id, struct str sealed, struct str *xml)
{
    struct str key, bytes, plain;
    if (!key_of(a, aes_key, &key) || !base64_decode(a, sealed, &bytes) || !bytes.len ||
        !aes256_cbc_open(a, (const unsigned char *)key.ptr, (const unsigned char *)key.ptr, bytes, &plain))
        return false;
    size_t pad = (unsigned char)plain.ptr[plain.len - 1];
    if (pad < 1 || pad > PAD_MAX || plain.len < pad + HEAD)
        return false;
    for (size_t i = plain.len - pad; i < plain.len; i++)
        if ((unsigned char)plain.ptr[i] != pad)
            return false;
    const unsigned char *head = (const unsigned char *)plain.ptr + RANDOM;
    size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    size_t rest = plain.len - pad - HEAD;
    if (len > rest)
        return false;
    *xml = str_slice(plain, HEAD, HEAD + len);
    return str_eq(str_slice(plain, HEAD + len, HEAD + rest), app_id);
}
