/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what a browser hands over of a passkey, as it comes and as if all before it were right; and hosts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/webauthn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOST       "care.example"
#define CHALLENGE  "AAAA"
#define SAID(type) "{\"type\":\"webauthn." type "\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://" HOST "\"}"

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* A piece with its length in front, in memory of its own. */
static struct str piece(struct arena *a, struct str *rest)
{
    size_t len = 0;
    if (rest->len >= 2)
        len = (size_t)(unsigned char)rest->ptr[0] << 8 | (unsigned char)rest->ptr[1];
    struct str out = str_slice(*rest, 2, 2 + len);
    *rest = str_slice(*rest, 2 + len, rest->len);
    return (struct str){arena_copy(a, out.ptr, out.len), out.len};
}

/* For our site, and confirmed by somebody: the rest is as it comes. */
static struct str righted(struct arena *a, struct str auth)
{
    unsigned char digest[SHA256_BYTES];
    char *out = arena_copy(a, auth.ptr, auth.len);
    sha256(STR(HOST), digest);
    if (auth.len > sizeof digest) {
        memcpy(out, digest, sizeof digest);
        out[sizeof digest] = (char)(((unsigned char)out[sizeof digest] | 0x05) & ~0x10);
    }
    return (struct str){out, auth.len};
}

static void made_try(struct arena *a, const struct webauthn_made *made)
{
    const struct webauthn_expected expected = {STR(CHALLENGE), STR(HOST)};
    struct error e = {0};
    struct str id;
    int64_t counter;
    if (!webauthn_check_made(a, &expected, made, &id, &counter, &e)) {
        must(e.code == ERR_UNAUTHENTICATED && e.message[0] && id.len == 0);
        return;
    }
    must(id.len > 0 && id.len <= WEBAUTHN_CREDENTIAL_MAX && counter >= 0 && counter <= UINT32_MAX);
    must(id.ptr > made->auth_data.ptr && id.ptr + id.len <= made->auth_data.ptr + made->auth_data.len);
}

static void used_try(struct arena *a, struct str key, int64_t algorithm, const struct webauthn_used *used)
{
    const struct webauthn_expected expected = {STR(CHALLENGE), STR(HOST)};
    struct error e = {0};
    int64_t counter;
    bool holds = webauthn_check_used(a, &expected, key, algorithm, used, &counter, &e);
    must(holds || (e.code == ERR_UNAUTHENTICATED && e.message[0]));
}

static void host_try(struct arena *a, struct str host)
{
    struct str party;
    if (!webauthn_party(a, host, &party))
        return;
    must(party.len > 0 && party.len <= host.len);
    for (size_t i = 0; i < party.len; i++)
        must(str_find_char(STR("abcdefghijklmnopqrstuvwxyz0123456789.-"), party.ptr[i]) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t algorithms[] = {WEBAUTHN_ES256, WEBAUTHN_EDDSA, WEBAUTHN_RS256, 0};
    struct arena *a = arena_new();
    struct str rest = {(const char *)data, size};
    struct str client = piece(a, &rest), auth = piece(a, &rest), key = piece(a, &rest), signature = piece(a, &rest);
    int64_t algorithm = algorithms[size % COUNT_OF(algorithms)];
    made_try(a, &(struct webauthn_made){client, auth, key, algorithm});
    made_try(a, &(struct webauthn_made){STR(SAID("create")), righted(a, auth), key, algorithm});
    used_try(a, key, algorithm, &(struct webauthn_used){client, auth, signature});
    used_try(a, key, algorithm, &(struct webauthn_used){STR(SAID("get")), righted(a, auth), signature});
    must(webauthn_challenge(a, client).len <= WEBAUTHN_CLIENT_MAX);
    host_try(a, client);
    arena_free(a);
    return 0;
}
