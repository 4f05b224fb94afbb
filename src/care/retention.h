/* SPDX-License-Identifier: Apache-2.0 */
/* What a brand keeps and for how long: the bytes that networks sent, the event log, and the words of closed
 * conversations in the search index. What is older goes in small pieces while the house works; messages, people,
 * conversations, figures and statements stay. Of the log only what a signed statement covers can go: that statement
 * is the opening balance of what is left. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "store/brand.h"

struct arena;
struct house;
struct json;
struct tx;

#define RETENTION_DAYS_MAX   36500
#define RETENTION_EVENTS_MIN 30 /* open pages, outgoing webhooks and programs read the log with some delay */
#define RETENTION_SEARCH_MIN 30
#define RETENTION_NEW_BRAND                                                                                          \
    90 /* days of payloads; an older brand keeps what it kept until somebody says otherwise                          \
        */

/* Whether the three numbers of days of a brand can be its rules. */
bool retention_rules_fit(const struct brand *brand, struct error *e) MUST_USE;
/* Makes them its rules: a line in the log with who did it (actor 0: by says what), and soon the first run. */
bool retention_rule(struct tx *tx, const struct brand *brand, int64_t actor, const char *by,
                    struct error *e) MUST_USE;
/* {payloads, events, search: days or null, pruned: {payloads, events, search: {rows, until, at} or null},
 * opening_day} */
struct json *retention_view(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e) MUST_USE;

/* Of one kind alone: {rows, until, at}, null when nothing of it ever went. */
struct json *retention_pruned(struct tx *tx, struct arena *a, int64_t brand, const char *kind,
                              struct error *e) MUST_USE;

/* What went, or would go. */
struct retention_report {
    int64_t payloads, payload_bytes;
    int64_t events, event_bytes;
    int64_t conversations, messages; /* that left the search index; would leave: all messages of theirs */
    int64_t files;
    int64_t opening_day; /* of the statement that opens the log; 0: it is whole */
};

struct retention_run {
    const struct brand *brand;
    int64_t grace_days; /* on top of the rules */
    /* Rows as JSON lines, written down for good by keep before they go; NULL: nobody keeps them. */
    bool (*line)(void *ctx, struct str line, struct error *e);
    bool (*keep)(void *ctx, struct error *e);
    bool (*stop)(void *ctx); /* asked between pieces; may be NULL */
    void *ctx;
};
bool retention_look(struct house *house, const struct brand *brand, struct retention_report *out,
                    struct error *e) MUST_USE;
/* May be broken off at any moment (it goes on with the next run) and run twice at once. */
bool retention_prune(struct house *house, const struct retention_run *run, struct retention_report *out,
                     struct error *e) MUST_USE;
/* Whether a day has passed since the last run by the clock, or the rules are new. */
bool retention_is_due(struct tx *tx, int64_t brand, bool *due, struct error *e) MUST_USE;
