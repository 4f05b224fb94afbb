/* SPDX-License-Identifier: Apache-2.0 */
/* Unicode through utf8proc, and the units in which networks count. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

bool utf8_valid(struct str s);
/* Always valid UTF-8 without NUL: bad bytes become U+FFFD, NUL is dropped. Returns s itself when it is clean. */
struct str text_clean(struct arena *a, struct str s);
/* The key by which text is found: NFKC, case folded, accents stripped ("Perché" → "perche"). */
struct str text_fold(struct arena *a, struct str s);
struct str text_nfc(struct arena *a, struct str s);
/* At most n code points of s, cut between graphemes, with "…" when something was cut. */
struct str text_shorten(struct arena *a, struct str s, size_t n);
/* Initials for a face: "Marta Bellucci" → "MB", "陈雨" → "陈". */
struct str text_initials(struct arena *a, struct str name);
/* Next code point at s.ptr[*i], advancing *i; U+FFFD for bad bytes. *i must be < s.len. */
uint32_t utf8_next(struct str s, size_t *i);
/* Part of a word: a letter, a digit or a mark on one; as the full-text index cuts words. */
bool text_is_word(uint32_t c);
/* The next word from *i on; false at the end. */
bool text_word_next(struct str s, size_t *i, struct str *word);
/* The words alone, each with `lead` in front. */
struct str text_words_lead(struct arena *a, struct str s, struct str lead);

/* A network's own unit of length. */
enum length_unit {
    LENGTH_CHARACTERS,    /* code points */
    LENGTH_BYTES,         /* UTF-8 */
    LENGTH_UTF16,         /* UTF-16 code units */
    LENGTH_GRAPHEMES,     /* extended grapheme clusters */
    LENGTH_GRAPHEMES_TEN, /* the same, and ten bytes of UTF-8 for each at most: the larger of both counts */
    LENGTH_X_WEIGHTED,    /* twitter-text v3: NFC, URL 23, emoji 2, most of CJK 2 */
    LENGTH_EMOJI_BYTES,   /* code points, but the UTF-8 bytes of an emoji (Threads) */
    LENGTH_SMS,           /* signs of the GSM alphabet, those of its extension 2; UTF-16 where there is any other */
};
size_t text_length(struct arena *a, struct str s, enum length_unit unit);
bool text_has_url(struct arena *a, struct str s); /* one that X would shorten */
/* Are all its signs of the GSM alphabet? */
bool text_is_gsm(struct str s);
/* Its length as LENGTH_SMS, and as how many short messages it goes and is paid for. */
size_t text_sms_units(struct str s);
size_t text_sms_parts(struct str s);
/* With plain signs where typographic ones would make a whole text UTF-16: ’ “ ” – … and the like. */
struct str text_sms_plain(struct arena *a, struct str s);
