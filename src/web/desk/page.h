/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages beside the list share: sums of the ledger, the health of channels, the log. Shapes
 * are those of templates/MODELS.md. */
#pragma once

#include "store/channel.h"
#include "store/ledger.h"
#include "web/desk/model.h"
#include "web/forms.h"

struct json;

/* ---- rows that the API shows too ---- */

struct payload;
struct search_hit;
/* {conversation, kind, person, text, network, icon, channel, message, at, ours, by, lang, public} */
struct json *hit_json(struct arena *a, const struct names *names, const struct search_hit *hit);
/* {id, channel, icon, at, reason, bytes, tried, state} */
struct json *payload_json(struct arena *a, const struct names *names, const struct payload *p);

/* ---- labels and snippets ---- */

/* A snippet is a colleague's own wording (owner: theirs), or everybody's (owner 0), which only leads add and change.
 */
struct snippet {
    int64_t id; /* 0: a new one; filled in */
    int64_t owner;
    struct str shortcut, title, text, language;
};
/* Whether the visitor may change what is this owner's. */
bool snippet_may(const struct visit *v, int64_t owner);
/* Adds or changes; ERR_CONFLICT when the visitor has another with this word and language. */
bool snippet_keep(struct tx *tx, struct visit *v, struct snippet *snippet, struct error *e) MUST_USE;
bool snippet_drop(struct tx *tx, struct visit *v, int64_t id, struct error *e) MUST_USE;
/* ERR_CONFLICT when another label has the name. */
bool label_put(struct tx *tx, struct visit *v, int64_t id, struct str name, struct error *e) MUST_USE;

/* ---- the log ---- */

/* Appends what the visitor did; data may be NULL. */
bool page_event(struct tx *tx, struct visit *v, const char *kind, int64_t subject, struct json *data,
                struct error *e) MUST_USE;
/* {name: …} */
struct json *page_named(struct arena *a, struct str name);

/* ---- the ledger ---- */

/* received, waiting, answered, closed, aside, withdrawn, balanced */
void sum_set(struct arena *a, struct json *object, const struct ledger_line *line);
int64_t sum_received(const struct ledger_line *line);
void sum_add(struct ledger_line *sum, const struct ledger_line *line);
/* "8f3a…91c4" */
struct str hash_short(struct arena *a, struct str hash);
/* One row a channel that has a line, or is open, for a table of sums. lines: of one day or of all. */
struct json *sum_channels(struct arena *a, const struct names *names, const struct ledger_line *lines, size_t count);
/* The day before or after, as YYYYMMDD. */
int64_t day_step(int64_t day, int days, const char *zone);

/* ---- the health of channels ---- */

#define PULSE_DAYS      14
#define CONSENT_WARN_US (30 * DAY_US) /* before an administrator must agree at the network again */

/* What came in on the last days, for all channels at once. */
struct pulses {
    int64_t first_day, last_day;
    struct ledger_line *lines;
    size_t count;
};
bool pulses_read(struct tx *tx, struct visit *v, struct pulses *out, struct error *e) MUST_USE;
/* {id, name, icon, state, last_in, last_out, usual_seconds, token_expires, token_soon, pulse, words} */
struct json *health_json(struct visit *v, const struct channel_row *row, const struct pulses *pulses);

/* ---- people ---- */

/* [{id, name, handle, icon}] of persons whose name has these words (the last may be a beginning); not `but`, and
 * nobody who was merged into another. */
struct json *people_found(struct tx *tx, struct visit *v, struct str words, int64_t but, int limit, struct error *e);
