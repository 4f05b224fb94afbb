/* SPDX-License-Identifier: Apache-2.0 */
/* Friction without third parties: work, or waiting, and a field that people do not see. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "care/house.h"
#include "web/site/community.h"

#define MAC_BYTES 16

static struct str mac_of(struct visit *v, struct str body)
{
    unsigned char mac[SHA256_BYTES];
    struct str key = {(const char *)v->app->house->seal_key, SEAL_KEY_BYTES};
    struct str words = str_format(v->arena, "community form|%lld|%.*s", (long long)v->brand.id, STR_ARGS(body));
    hmac_sha256(key, words, mac);
    return base64url_encode(v->arena, mac, MAC_BYTES);
}

struct str friction_token(struct visit *v)
{
    struct str body = str_format(v->arena, "%lld.%.*s", (long long)clock_now(), STR_ARGS(random_token(v->arena, 9)));
    return str_format(v->arena, "%.*s.%.*s", STR_ARGS(body), STR_ARGS(mac_of(v, body)));
}

static bool token_opened(struct visit *v, struct str token, int64_t *at)
{
    struct str rest = token, when, nonce;
    if (!str_split(&rest, '.', &when) || !str_split(&rest, '.', &nonce) || !str_int64(when, at))
        return false;
    struct str body = str_format(v->arena, "%.*s.%.*s", STR_ARGS(when), STR_ARGS(nonce));
    return same_secret(rest, mac_of(v, body));
}

bool friction_proves(struct arena *a, struct str token, struct str proof)
{
    unsigned char digest[SHA256_BYTES];
    if (proof.len == 0 || proof.len > 20)
        return false;
    sha256(str_format(a, "%.*s:%.*s", STR_ARGS(token), STR_ARGS(proof)), digest);
    unsigned first = (unsigned)digest[0] << 8 | digest[1];
    return first >> (16 - FRICTION_BITS) == 0;
}

enum friction friction_of(struct visit *v, struct str token, int *wait)
{
    int64_t at, now = clock_now();
    *wait = 0;
    if (http_form(v->http, "website").len)
        return FRICTION_TRAP;
    if (!token_opened(v, token, &at) || now - at > FRICTION_GOOD_US || at > now + MINUTE_US)
        return FRICTION_STALE;
    if (friction_proves(v->arena, token, http_form(v->http, "proof")) || now - at >= FRICTION_WAIT_US)
        return FRICTION_DONE;
    *wait = (int)((FRICTION_WAIT_US - (now - at)) / SECOND_US) + 1;
    return FRICTION_SOON;
}
