/* SPDX-License-Identifier: Apache-2.0 */
/* Telling people on their own device (Web Push) that somebody wrote: guests what one of us wrote on the care site,
 * colleagues that their person wrote, that a person was handed to them, that a promise is due. Nobody is told who did
 * not ask for it in that browser, and nothing that no human did. Who wrote and which story is said; the words only to
 * whoever chose so. docs/adr/0022. */
#pragma once

#include "care/house.h"
#include "store/push.h"

struct actor;

#define PUSH_DEVICES_EACH 10 /* browsers of one guest or colleague: the oldest makes room */

/* The brand's key, made now where there is none. open: base64url, as browsers take it. */
bool push_brand_key(struct tx *tx, const struct house *house, int64_t brand, struct str *open,
                    struct error *e) MUST_USE;
/* Another key from now on: every browser has to be asked again. */
bool push_renew(struct tx *tx, const struct house *house, int64_t brand, struct error *e) MUST_USE;

/* A browser, as it says where it is reached. */
struct push_wish {
    int64_t brand, guest, agent; /* one of the two is 0 */
    struct str endpoint, key, auth;
    struct str session; /* of the colleague: told as long as it lasts */
    struct str site;    /* where the brand's site is: whom a push service would ask about us */
    struct str language;
    bool words;
};
/* Whether it can be: https with a host that is a name; on this machine only where ASCOLTO_PUSH_BASE says so (tests).
 */
bool push_endpoint_fits(struct str endpoint);
bool push_switch_on(struct tx *tx, const struct house *house, const struct push_wish *wish, struct error *e) MUST_USE;
/* endpoint empty: all of theirs. */
bool push_switch_off(struct tx *tx, int64_t brand, int64_t guest, int64_t agent, struct str endpoint,
                     struct error *e) MUST_USE;
/* A first one, so that one sees that it works. */
bool push_try(struct tx *tx, int64_t brand, int64_t guest, int64_t agent, struct error *e) MUST_USE;

/* Reads what the log says since the last time; whom it concerns is to be told. *more: there is more to read. */
bool push_hear(struct tx *tx, int64_t brand, bool *more, struct error *e) MUST_USE;

/* What goes out for a note. */
struct push_letter {
    bool needless; /* it was read meanwhile, answered, or is not theirs any more */
    struct str endpoint, authorization, topic, body;
    const char *urgency;
    int64_t ttl; /* seconds */
};
bool push_letter(struct tx *tx, const struct house *house, const struct push_note *note, struct push_letter *out,
                 struct error *e) MUST_USE;
/* What the push service answered (0: nothing; retry: seconds that it named, or 0). */
bool push_answered(struct tx *tx, const struct push_note *note, int status, int64_t retry, struct error *e) MUST_USE;
bool push_drop(struct tx *tx, const struct push_note *note, struct error *e) MUST_USE;
