/* SPDX-License-Identifier: Apache-2.0 */
/* The words triage knows by name, in Italian and English. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

/* What a word may be; a word may be several. */
enum lexicon_class {
    PLAIN = 1 << 0,  /* common: tells the language only */
    INSULT = 1 << 1, /* of a person, whatever it stands with */
    WEAK = 1 << 2,   /* an insult when it is said of a person */
    SWEAR = 1 << 3,  /* at the situation */
    ANGER = 1 << 4,
    URGENT = 1 << 5,
    THANKS = 1 << 6,
    MATTER = 1 << 7, /* what customers write about */
    PROBLEM = 1 << 8,
    LEGAL = 1 << 9,
    YOU = 1 << 10,
    ME = 1 << 11,
    THING = 1 << 12, /* an insult before or behind it is no person's */
    SAID = 1 << 13,  /* what follows are another's words */
    MONTH = 1 << 14,
    DAY = 1 << 15,
    QUESTION = 1 << 16,
    ITALIAN = 1 << 17,
    ENGLISH = 1 << 18,
    REQUEST = 1 << 19, /* asks for something */
    DONE = 1 << 20,    /* says that all is well */
};

#define LEXICON_LETTERS 26
/* " word=letters word=letters … " for each first letter. */
extern const char *const lexicon_it[LEXICON_LETTERS], *const lexicon_en[LEXICON_LETTERS];

/* Classes of a folded word, with the languages that have it; 0: unknown. */
unsigned lexicon_find(struct str folded);
/* Classes of a swear word or insult of which letters are hidden by '*', and the word. */
unsigned lexicon_find_masked(struct str masked, struct str *word);
