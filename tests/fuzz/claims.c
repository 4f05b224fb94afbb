/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: tokens of the brand's own site, as they come and as one whose payload is right but for what it says;
 * and what is typed as a list of origins. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/unicode.h"
#include "care/claims.h"
#include "care/widget.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void claims_try(struct arena *a, struct str token, const struct claims_rule *rule)
{
    struct claims claims;
    struct error e = {0};
    if (!claims_read(a, token, rule, &claims, &e)) {
        must(e.code == ERR_UNAUTHENTICATED && e.message[0]);
        return;
    }
    must(claims.subject.len > 0 && claims.subject.len <= CLAIMS_SUBJECT_MAX && utf8_valid(claims.subject));
    must(utf8_valid(claims.name) && utf8_valid(claims.email) && utf8_valid(claims.locale));
    must(claims.phone.len <= 15);
}

static struct str signed_as(struct arena *a, struct str payload, struct str secret)
{
    unsigned char digest[SHA256_BYTES];
    struct str body = base64url_encode(a, payload.ptr, payload.len);
    struct str input = str_concat(a, STR("eyJhbGciOiJIUzI1NiJ9."), body);
    hmac_sha256(secret, input, digest);
    return str_format(a, "%.*s.%.*s", STR_ARGS(input), STR_ARGS(base64url_encode(a, digest, sizeof digest)));
}

/* Nothing in a policy but the origins themselves. */
static void origins_try(struct arena *a, struct str text)
{
    struct str list, wrong;
    if (!origins_read(a, text_clean(a, text), &list, &wrong))
        return;
    for (size_t i = 0; i < list.len; i++)
        must(str_find_char(STR("abcdefghijklmnopqrstuvwxyz0123456789.-:/* "), list.ptr[i]) >= 0);
    must(!origin_allowed(list, STR("https://not.among.them.example")) || str_find_char(list, '*') >= 0 ||
         str_find(list, STR("https://not.among.them.example")) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size}, secret = STR("a secret");
    struct arena *a = arena_new();
    const struct claims_rule rule = {.secrets = {secret},
                                     .audience = STR("nuvola"),
                                     .origins = STR("https://shop.example"),
                                     .now = 1800000000 * SECOND_US};
    claims_try(a, text, &rule);
    if (size <= 4096)
        claims_try(a, signed_as(a, text, secret), &rule);
    origins_try(a, text);
    arena_free(a);
    return 0;
}
