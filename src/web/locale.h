/* SPDX-License-Identifier: Apache-2.0 */
/* The program's words in English and Italian, and how each language writes numbers, times and spans. The
 * texts are locale/XX.json (flat keys; a string, or {"one": …, "other": …}); read once, on first use, and
 * never changed after. A language is added by adding its file: what it does not say is said in English, and the name
 * it gives itself (site.language_fr, site.language_name_fr) is known to the others.
 *
 * A text may hold placeholders: {name}, {person.name}, {at|time}. After the bar stands the format (below); a
 * number without one is grouped, everything else is written as it is. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct buf;
struct error;
struct json;
struct locale;
struct locale_text;

#define LOCALE_MOST 16

enum format {
    FORMAT_PLAIN,
    FORMAT_NUMBER,        /* 1,284 · 1.284 */
    FORMAT_PERCENT,       /* 2.1 % · 2,1 % */
    FORMAT_BYTES,         /* 184 KB */
    FORMAT_DURATION,      /* of seconds: 23 h 12 · 26 min · 40 s */
    FORMAT_DURATION_LONG, /* 23 hours 12 minutes */
    FORMAT_HOURS,         /* of 48: 48 hours; of 720: 30 days */
    FORMAT_WAITED,        /* since a time: as duration */
    FORMAT_WAITED_LONG,
    FORMAT_LEFT, /* until a time: as duration, never below zero */
    FORMAT_LEFT_LONG,
    FORMAT_TIME,     /* 14:30 */
    FORMAT_STAMP,    /* 14:30 today · Friday 15:18 this week · 19 Nov 15:18 · 19 Nov 2025 */
    FORMAT_DAY,      /* Today · Yesterday · Thursday 19 November */
    FORMAT_DATE,     /* 19 November 2026 */
    FORMAT_DATETIME, /* Thursday 19 November, 14:30 */
    FORMAT_MONTH,    /* Nov 2026 */
    FORMAT_AT,       /* within a sentence: at 14:30 · on Friday at 15:18 · on 19 Nov at 15:18 · on 19 Nov 2025 */
    FORMAT_BY,       /* by 14:30 … · entro le 14:30 … */
    FORMAT_UNTIL,    /* until 14:30 … · fino alle 14:30 … */
    FORMAT_FIRST, /* the name one is called by: "Marta Bellucci" → "Marta"; one of ours for the nameless is whole */
    FORMAT_INITIALS, /* "MB" */
    FORMAT_URL,      /* an address that is safe in href: http, https, mailto, tel or a path; else "#" */
    FORMAT_QUERY,    /* percent-encoded */
    FORMAT_COUNT
};

/* Where and when something is said. Times in models are ISO 8601 text or microseconds. */
struct locale_frame {
    struct arena *arena;
    const struct locale *locale;
    int64_t now;      /* microseconds */
    const char *zone; /* IANA name; NULL: UTC */
};

/* Reads the embedded files, or says what is wrong with them; called once at start. The others call it
 * themselves. */
bool locale_open(struct error *e) MUST_USE;
/* By language tag ("it", "it-IT") or a whole Accept-Language header; English when none fits. */
const struct locale *locale_find(struct str language);
struct str locale_language(const struct locale *locale); /* "en" */
size_t locale_index(const struct locale *locale);        /* below locale_count() */
const struct locale *locale_at(size_t index);
size_t locale_count(void);

/* The words for a key with its placeholders filled from values (an object or NULL), for now and in UTC. A key
 * that is not there gives the key itself. Plural texts look at values' "count". */
struct str locale_text(struct arena *a, const struct locale *locale, struct str key, const struct json *values);
struct str locale_say(const struct locale_frame *frame, struct str key, const struct json *values);
bool locale_has(const struct locale *locale, struct str key);

/* A value as a format writes it, as plain text (not escaped). A missing or null value is written as nothing.
 */
bool format_find(struct str name, enum format *out) MUST_USE;
struct str format_value(const struct locale_frame *frame, enum format format, const struct json *value);
struct str format_number(const struct locale_frame *frame, int64_t number);
struct str format_span(const struct locale_frame *frame, int64_t seconds, bool spoken);
struct str format_moment(const struct locale_frame *frame, enum format format, int64_t at);
