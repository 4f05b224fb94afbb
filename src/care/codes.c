/* SPDX-License-Identifier: Apache-2.0 */
/* Short codes. */
#include "care/codes.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "care/house.h"

static const char signs[CODE_SIGNS + 1] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

struct str code_random(struct arena *a, size_t n)
{
    char *out = arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char byte;
        do
            random_bytes(&byte, 1);
        while (byte >= 256 / CODE_SIGNS * CODE_SIGNS);
        out[i] = signs[byte % CODE_SIGNS];
    }
    return (struct str){out, n};
}

struct str code_plain(struct arena *a, struct str text)
{
    char *out = arena_alloc(a, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != ' ' && c != '-')
            out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (struct str){out, n};
}

bool code_is(struct str text, size_t n)
{
    bool ok = text.len == n;
    for (size_t i = 0; ok && i < n; i++)
        ok = str_find_char(str_from(signs), text.ptr[i]) >= 0;
    return ok;
}

struct str code_hash(struct arena *a, const struct house *house, const char *what, int64_t brand, struct str code)
{
    unsigned char digest[SHA256_BYTES];
    struct str words = str_format(a, "%s|%lld|%.*s", what, (long long)brand, STR_ARGS(code));
    hmac_sha256((struct str){(const char *)house->seal_key, SEAL_KEY_BYTES}, words, digest);
    return hex_encode(a, digest, sizeof digest);
}
