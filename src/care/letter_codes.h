/* SPDX-License-Identifier: Apache-2.0 */
/* Who shows that an address is theirs: a code of six digits and a link go there, of use to the browser that asked
 * alone. What was shown makes the guest one with the person of that address (care/proofs.h). */
#pragma once

#include "care/letters.h"
#include "store/guest.h"

#define CODE_LASTS_US (15 * MINUTE_US)
#define CODE_DIGITS   6
#define CODE_TRIES    5
#define CODE_A_WHILE  3 /* letters to one address within CODE_LASTS_US */
#define CODE_A_DAY    12
/* To telephones, at the brand's price: whoever types numbers must not make it dear. */
#define CODE_PHONES_AN_HOUR 30 /* of a brand */
#define CODE_PHONES_A_DAY   150

struct code_order {
    const struct guest *guest;
    const char *network; /* "email", or the one of a telephone's account */
    struct str address;
    int64_t channel; /* the account that sends */
    struct str language;
    bool follow; /* they want to be told there */
    bool sent;   /* out: false where this address had enough letters, or is one of ours */
};
/* The address as it is compared and kept; false: it is none. */
bool code_address(struct arena *a, struct str typed, struct str *out);
/* The same of a telephone number, written with its country (+39… or 0039…). */
bool code_number(struct arena *a, struct str typed, struct str *out);
/* A code is on its way to the address; those of this browser before are over. */
bool code_begin(struct tx *tx, const struct house *house, struct code_order *order, struct error *e) MUST_USE;
/* The address a code of this guest is on its way to; empty: there is none. */
bool code_open(struct tx *tx, struct arena *a, const struct house *house, const struct guest *guest,
               struct str *address, struct error *e) MUST_USE;
/* Whether this link is of the code that this guest has open. */
bool code_link_is(struct tx *tx, struct arena *a, const struct house *house, const struct guest *guest,
                  struct str link, bool *is, struct error *e) MUST_USE;

enum code_state { CODE_RIGHT, CODE_WRONG, CODE_OVER };
struct code_try {
    const struct guest *guest;
    struct str code, link; /* one of them */
    enum code_state state; /* out */
    bool follow;
};
/* Right: the address is theirs, the guest is its person, and the code is over. */
bool code_try(struct tx *tx, const struct house *house, struct code_try *attempt, struct error *e) MUST_USE;
