/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys of customers: signing in on the care site by what unlocks their own device (docs/adr/0026). A passkey is
 * as good as the browser that added it: it opens what is that browser's person's now, so it goes along when
 * colleagues join two persons and when they part them. base/webauthn.h checks what browsers hand over. */
#pragma once

#include "base/webauthn.h"
#include "store/guest.h"
#include "store/passkey.h"

struct house;

#define PASSKEY_ASK_US          (5 * MINUTE_US)
#define PASSKEY_CHALLENGE_BYTES 32
#define PASSKEY_HANDLE_BYTES    32
#define PASSKEYS_MAX            20 /* of a person */
#define PASSKEY_NAME_MAX        60

/* Those of the guest's person, the oldest first. person: 0 where nobody knows them yet, who can add none. */
bool passkeys_of_guest(struct tx *tx, struct arena *a, const struct guest *guest, int64_t *person,
                       struct passkey **out, size_t *count, struct error *e) MUST_USE;

/* What a browser is to sign. The caller has made challenge and handle by chance; handle is that of the person's
 * passkeys afterwards, where there are any. ERR_CONFLICT: they are signed in already; they have as many as they can
 * have. ERR_NOT_FOUND: nobody knows who adds one. */
struct passkey_begin {
    const struct guest *guest;
    bool adds;
    struct str challenge, handle; /* base64url */
    struct passkey *there;        /* out, adds: those they have */
    size_t count;
};
bool passkey_begin(struct tx *tx, struct arena *a, const struct house *house, struct passkey_begin *begin,
                   struct error *e) MUST_USE;

enum passkey_state {
    PASSKEY_DONE,
    PASSKEY_OVER,    /* what was asked was answered already, or long ago */
    PASSKEY_WRONG,   /* what came does not prove anything */
    PASSKEY_UNKNOWN, /* none of ours, or not any more */
    PASSKEY_THERE    /* a new one that the brand has already */
};
struct passkey_adding {
    const struct guest *guest;
    struct str host; /* of the page, with its port */
    struct str name, transports;
    struct webauthn_made made;
    enum passkey_state state; /* out */
};
bool passkey_make(struct tx *tx, const struct house *house, struct passkey_adding *adding, struct error *e) MUST_USE;

struct passkey_entering {
    const struct guest *guest;
    struct str host;
    struct str credential, handle; /* base64url */
    struct webauthn_used used;
    enum passkey_state state; /* out */
};
/* Done: the guest is the passkey's person. */
bool passkey_enter(struct tx *tx, const struct house *house, struct passkey_entering *entering,
                   struct error *e) MUST_USE;

/* ERR_NOT_FOUND where it is none of this guest's person. */
bool passkey_remove(struct tx *tx, const struct guest *guest, int64_t id, struct error *e) MUST_USE;
