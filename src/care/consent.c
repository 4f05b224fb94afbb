/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an administrator to the network and back, sealed into the state that comes back with them. */
#include "care/consent.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/house.h"

#define VERIFIER_BYTES 32

struct consent consent_begin(struct arena *a, const struct house *house, const struct consent_way *way,
                             struct str redirect_uri, int64_t now)
{
    struct consent consent = {.redirect_uri = redirect_uri, .verifier = random_token(a, VERIFIER_BYTES)};
    unsigned char digest[SHA256_BYTES];
    sha256(consent.verifier, digest);
    consent.challenge = base64url_encode(a, digest, sizeof digest);
    struct json *kept = json_object(a);
    json_set_str(a, kept, "for", STR("consent"));
    json_set_id(a, kept, "brand", way->brand);
    json_set_id(a, kept, "channel", way->channel);
    json_set_id(a, kept, "agent", way->agent);
    json_set_id(a, kept, "until", now + CONSENT_US);
    json_set_str(a, kept, "verifier", consent.verifier);
    json_set_str(a, kept, "redirect_uri", redirect_uri);
    struct str sealed = seal(a, house->seal_key, json_to_str(a, kept));
    consent.state = hex_encode(a, sealed.ptr, sealed.len);
    return consent;
}

static int64_t kept_id(const struct json *kept, const char *name)
{
    int64_t id;
    return str_int64(json_text(json_get(kept, name)), &id) ? id : 0;
}

bool consent_end(struct arena *a, const struct house *house, struct str state, struct consent_way *way, int64_t now,
                 struct consent *out, struct error *e)
{
    struct str sealed, plain;
    struct json *kept = hex_decode(a, state, &sealed) && seal_open(a, house->seal_key, sealed, &plain, NULL)
                            ? json_parse(a, plain, NULL)
                            : NULL;
    if (!kept || !str_eq(json_text(json_get(kept, "for")), STR("consent")) || kept_id(kept, "brand") != way->brand ||
        kept_id(kept, "agent") != way->agent)
        return fail(e, ERR_FORBIDDEN, "This way back from a network was not begun by you here: please begin again.");
    if (now > kept_id(kept, "until"))
        return fail(e, ERR_CONFLICT, "It took longer than a quarter of an hour: please begin again.");
    way->channel = kept_id(kept, "channel");
    *out = (struct consent){.redirect_uri = json_text(json_get(kept, "redirect_uri")),
                            .state = state,
                            .verifier = json_text(json_get(kept, "verifier"))};
    return true;
}
