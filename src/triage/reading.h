/* SPDX-License-Identifier: Apache-2.0 */
/* A message as triage reads it: its words, folded and looked up once. Addresses and mentions are left out. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "triage/lexicon.h"

struct arena;

#define READING_BYTES  6000 /* of a longer message only the beginning is read */
#define READING_TOKENS 800

struct token {
    struct str raw;   /* as written */
    struct str key;   /* folded, repeats cut to two; digits as '0' in numbers */
    unsigned classes; /* of lexicon.h */
    unsigned char letters, digits;
    bool capitals; /* three letters or more, all of them capitals */
    bool quoted;   /* between quotation marks */
    bool pause;    /* the clause ends behind it */
    bool tag;      /* a #tag */
};
struct reading {
    struct arena *arena;
    struct str text;
    struct token *tokens;
    size_t count;
    struct str plain; /* without addresses and mentions: for the language */
    size_t words;     /* of two letters or more; scripts without spaces count two characters as one */
    size_t capitals;  /* words all in capitals */
    size_t exclamations, questions;
};
void reading_make(struct arena *a, struct str text, struct reading *out);
