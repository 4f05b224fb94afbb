/* SPDX-License-Identifier: Apache-2.0 */
/* What can be pointed at in a message: each sign is a reason with the words that show it. */
#pragma once

#include "triage/reading.h"

enum sign {
    SIGN_THREAT, /* of violence */
    SIGN_SELF_HARM,
    SIGN_SAFETY,    /* health, fire, gas: somebody is or may get hurt */
    SIGN_EMERGENCY, /* of law: identity theft, a formal notice */
    SIGN_LEGAL,     /* a lawyer, the police, a court */
    SIGN_INSULT,    /* at a person */
    SIGN_QUOTED,    /* an insult that they report */
    SIGN_SLUR,      /* an insulting word at nobody in particular */
    SIGN_SWEAR,     /* at the situation */
    SIGN_ANGER,
    SIGN_CAPS,
    SIGN_URGENT,
    SIGN_AMOUNT,
    SIGN_ORDER, /* an order, ticket, flight number */
    SIGN_PHONE,
    SIGN_DATE,
    SIGN_PROBLEM,
    SIGN_QUESTION,
    SIGN_THANKS,
    SIGN_DONE,
    SIGN_REQUEST,
    SIGN_MATTER,
    SIGNS
};
struct sign_seen {
    unsigned count;
    struct str words; /* the first */
};
struct signs {
    struct sign_seen of[SIGNS];
    bool strong_insult; /* at a person, by a word that is nothing else */
};
void signs_read(const struct reading *r, struct signs *out);
/* Phrases of threat, self-harm, safety and law; used by signs_read. */
void phrases_read(const struct reading *r, struct signs *out);
void sign_add(struct signs *signs, enum sign sign, struct str words);
/* From the first to the last token, as written. */
struct str token_span(const struct reading *r, size_t first, size_t last);
