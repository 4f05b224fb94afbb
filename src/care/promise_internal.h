/* SPDX-License-Identifier: Apache-2.0 */
/* What the three files that read promises share: words of a text, whose action a sentence speaks of, and
 * times. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

enum word_kind { WORD_TEXT, WORD_NUMBER, WORD_CLOCK, WORD_DATE };
struct word {
    struct str raw, key; /* as written; folded */
    enum word_kind kind;
    int a, b, c;   /* NUMBER a; CLOCK a:b; DATE day a, month b, year c (0: not said) */
    bool literal;  /* a clock that can only be of 24 hours: "03:30", "17" */
    bool attached; /* no space before: "5pm", "25th", the "ora" of "un'ora" */
    bool marked;   /* a sign of money, number or per cent stands with it */
    bool accent;   /* its last letter has an accent, or an apostrophe in place of one */
    bool pause;    /* a comma, colon, dash, bracket or end of line follows */
    bool ends;     /* the sentence ends here */
    bool question; /* … with a question mark */
};
struct words {
    struct word *items;
    size_t count;
};
struct words promise_words(struct arena *a, struct str text);
/* Is the word one of these (separated by spaces, folded)? False for NULL. */
bool word_in(const struct word *w, const char *list);
/* The i-th word of a sentence; NULL outside of it (also for i below 0). */
const struct word *word_at(const struct words *sentence, ptrdiff_t i);

/* Whose action a word speaks of. OURS: we say that we shall do something; OTHER: the customer, the courier,
 * the past. */
enum deed { DEED_NONE, DEED_OURS, DEED_OTHER };
/* One entry a word of the sentence. */
enum deed *promise_deeds(struct arena *a, const struct words *sentence);

enum said_day { DAY_UNSAID, DAY_PLUS, DAY_OF_WEEK, DAY_OF_MONTH, DAY_DATE, DAY_WEEK_END, DAY_MONTH_END };
enum said_part { PART_UNSAID, PART_MORNING, PART_AFTERNOON, PART_EVENING, PART_END };
/* A time as it was said. */
struct said_when {
    enum said_day day;
    int n, month, year; /* of the day: how many, which */
    enum said_part part;
    bool clock, literal, range, after, business;
    int hour, minute, half; /* half: 1 before noon, 2 after */
    int64_t span;           /* "in two hours" */
};
/* The moment after now; 0 when it is past or too far. */
int64_t promise_moment(const struct said_when *when, int64_t now, const char *zone);

/* A time said at words [from, to) of a sentence, and the moment it means after now; 0: none that holds. */
struct said_time {
    size_t from, to;
    int64_t due;
};
/* The first said at or after word `at`; false when there is no more. */
bool promise_time(const struct words *sentence, size_t at, int64_t now, const char *zone, struct said_time *out);
