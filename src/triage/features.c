/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing words and pieces of words, and the features that have names. */
#include "triage/features.h"

#define PIECE_LONGEST  5
#define PIECE_SHORTEST 2
#define SHORT_WORDS    4

#define HASH_START  UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x100000001b3)
#define HASH_MIX    UINT64_C(0x9e3779b97f4a7c15)

struct collector {
    struct features *out;
    unsigned char *seen; /* a bit a feature */
};

static uint64_t hash_byte(uint64_t h, unsigned char byte)
{
    return (h ^ byte) * HASH_FACTOR;
}

static uint64_t hash_word(uint64_t h, struct str word)
{
    for (size_t i = 0; i < word.len; i++)
        h = hash_byte(h, (unsigned char)word.ptr[i]);
    return h;
}

static void collect(struct collector *c, uint64_t h)
{
    h *= HASH_MIX;
    uint32_t id = (uint32_t)(h >> (64 - FEATURE_BITS));
    unsigned char bit = (unsigned char)(1u << (id & 7));
    if ((c->seen[id >> 3] & bit) || c->out->count >= FEATURES_READ)
        return;
    c->seen[id >> 3] |= bit;
    c->out->hashed[c->out->count++] = id;
}

/* Pieces of " word ". */
static void pieces_collect(struct collector *c, struct str word)
{
    for (size_t from = 0; from <= word.len; from++) {
        uint64_t h = hash_byte(HASH_START, 'p');
        for (size_t i = from; i < from + PIECE_LONGEST && i < word.len + 2; i++) {
            bool edge = i == 0 || i == word.len + 1;
            h = hash_byte(h, edge ? ' ' : (unsigned char)word.ptr[i - 1]);
            if (i - from + 1 >= PIECE_SHORTEST)
                collect(c, h);
        }
    }
}

static struct str normal(const struct token *t)
{
    return t->letters == 0 && t->digits ? STR("0") : t->key;
}

static void words_collect(struct collector *c, const struct reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct str word = normal(&r->tokens[i]);
        uint64_t h = hash_word(hash_byte(HASH_START, 'w'), word);
        collect(c, h);
        if (i + 1 < r->count)
            collect(c, hash_word(hash_byte(h, ' '), normal(&r->tokens[i + 1])));
        pieces_collect(c, word);
    }
}

static double seen(const struct signs *signs, enum sign sign, unsigned at_least)
{
    return signs->of[sign].count >= at_least ? 1 : 0;
}

static void named_fill(const struct reading *r, const struct signs *signs, double *named)
{
    unsigned you = 0, me = 0;
    for (size_t i = 0; i < r->count; i++) {
        you += (r->tokens[i].classes & YOU) != 0;
        me += (r->tokens[i].classes & ME) != 0;
    }
    named[NAMED_INSULT] = signs->strong_insult ? 1 : 0;
    named[NAMED_WEAK_INSULT] = signs->strong_insult ? 0 : seen(signs, SIGN_INSULT, 1);
    named[NAMED_SLUR] = seen(signs, SIGN_SLUR, 1);
    named[NAMED_QUOTED] = seen(signs, SIGN_QUOTED, 1);
    named[NAMED_SWEAR] = seen(signs, SIGN_SWEAR, 1);
    named[NAMED_ANGER] = seen(signs, SIGN_ANGER, 1);
    named[NAMED_THREAT] = seen(signs, SIGN_THREAT, 1);
    named[NAMED_CAPS] = seen(signs, SIGN_CAPS, 1);
    named[NAMED_YOU] = you ? 1 : 0;
    named[NAMED_ME] = me ? 1 : 0;
    named[NAMED_MATTER] = seen(signs, SIGN_MATTER, 1);
    named[NAMED_MORE_MATTER] = seen(signs, SIGN_MATTER, 2);
    named[NAMED_PROBLEM] = seen(signs, SIGN_PROBLEM, 1);
    named[NAMED_NUMBER] =
        seen(signs, SIGN_AMOUNT, 1) + seen(signs, SIGN_ORDER, 1) + seen(signs, SIGN_PHONE, 1) > 0 ? 1 : 0;
    named[NAMED_QUESTION] = seen(signs, SIGN_QUESTION, 1);
    named[NAMED_REQUEST] = seen(signs, SIGN_REQUEST, 1);
    named[NAMED_THANKS] = seen(signs, SIGN_THANKS, 1);
    named[NAMED_SHORT] = r->words < SHORT_WORDS ? 1 : 0;
}

void features_of(const struct reading *r, const struct signs *signs, struct features *out)
{
    unsigned char seen_bits[FEATURES / 8] = {0};
    struct collector c = {.out = out, .seen = seen_bits};
    out->count = 0;
    words_collect(&c, r);
    named_fill(r, signs, out->named);
}
