/* SPDX-License-Identifier: Apache-2.0 */
/* Asking networks for what they list (docs/adr/0013): when a list is due, what its answers bring, how a round ends,
 * what is missing from it, and how much of the network's quota it may use. The calls are made by jobs/asks.c. */
#pragma once

#include "care/intake.h"
#include "store/asking.h"

struct json;
struct payload;

/* ---- quota ---- */

/* A network's quota as it stands. all 0: it counts none. */
struct quota_state {
    int64_t all, asked, replied;
    int64_t from, until; /* the period */
    int64_t left;        /* for asking, with a tenth kept for replies */
    const char *money;   /* they are thousandths of this currency, spent this month; nothing ends (all is 0) */
};
struct quota_state quota_state_of(const struct quota *quota, const struct quota_spent *spent, int64_t now);
bool quota_state_read(struct tx *tx, const struct account *account, int64_t now, struct quota_state *out,
                      struct error *e) MUST_USE;
/* A reply goes out through this door. */
bool quota_reply(struct tx *tx, const struct account *account, struct str door, int64_t now,
                 struct error *e) MUST_USE;
/* It was accepted, and cost so many units; 0: as the door says. Money is spent only now. */
bool quota_replied(struct tx *tx, const struct account *account, struct str door, int units, int64_t now,
                   struct error *e) MUST_USE;

/* ---- when ---- */

/* Lists that a channel has and that are not asked yet: after it was added, or after the program learned them. */
bool asking_mend(struct tx *tx, int64_t brand, int64_t now, struct error *e) MUST_USE;
/* The jobs begin here: every list of the brand is asked soon, each at a moment of its own, unless it waits after a
 * failure. */
bool asking_start(struct tx *tx, int64_t brand, int64_t now, struct error *e) MUST_USE;
/* All lists of a channel are asked at once; whole: as far back as they are. */
bool asking_now(struct tx *tx, int64_t brand, int64_t channel, bool whole, int64_t now, struct error *e) MUST_USE;
/* The moment of the next round after one that ended well at `now`: every so often, and thinned where all of the
 * channel's lists together would use more than is left of the quota; its end when nothing is left. */
int64_t asking_next(const struct channel *channel, const struct asking_row *rows, size_t count,
                    const struct quota_state *quota, const struct listing *listing, int64_t now);
/* So long after so many failures in a row, give or take a tenth; seconds: as the network said, or 0. */
int64_t asking_wait(enum failure failure, int64_t failures, int seconds, const struct listing *listing);

/* ---- a round ---- */

/* Hashes of what a round listed. */
struct hashes {
    uint64_t *slots;
    size_t count, cap;
};

/* One round, from its beginning to its end; its arena is its own. */
struct round {
    struct arena *arena;
    const struct account *account;
    const struct listing *listing;
    struct asking asking; /* of the next call */
    int64_t begun, checked_until;
    int pages, units;
    size_t found, late;
    struct hashes ids, threads;
};
/* Reads what the round begins with: a read. *due is false when it is not to begin now; *until is then the moment to
 * put it off to, where the quota is used up, else 0. */
bool round_begin(struct tx *tx, struct round *round, int64_t now, bool *due, int64_t *until,
                 struct error *e) MUST_USE;

/* One answer: its events, its cursor and what it cost, in one transaction. */
struct round_answer {
    struct round *round;
    const struct house *house;
    struct str body;
    struct channel_events events; /* those of before a first round are taken out by round_hear */
    struct asked asked;
    int64_t now;
    /* out */
    struct intake in;
    bool spent; /* nothing is left of the quota: the round ends here */
};
/* Notes what the answer lists: before the command. */
void round_hear(struct round *round, struct round_answer *answer);
/* A db_command: ctx is a struct round_answer. */
bool round_take(struct tx *tx, void *ctx, struct error *e);
/* After it was stored: the next call, or the end. */
void round_took(struct round *round, const struct round_answer *answer);

enum round_end_kind {
    ROUND_COMPLETE,
    ROUND_CUT,      /* it goes on from the cursor */
    ROUND_LEFT_OUT, /* this account has not what it takes: words say what */
    ROUND_FAILED,
};
struct round_end {
    struct round *round;
    const struct house *house;
    enum round_end_kind kind;
    struct outcome outcome; /* failed, left out: why */
    int64_t from;           /* complete: asked.from */
    int64_t now;
    /* in and out of round_compare */
    int64_t *missing; /* ids of messages of ours that it did not list */
    size_t missing_count, compared;
    bool doubted;
    /* out */
    size_t withdrawn;
    bool probe; /* a right is in doubt: the probe says of which worth the rest is */
};
/* What this complete round should have listed and did not: a read, ctx is a struct round_end. */
bool round_compare(struct tx *tx, void *ctx, struct error *e);
/* A db_command: ctx is a struct round_end. */
bool round_finish(struct tx *tx, void *ctx, struct error *e);

/* ---- shown ---- */

/* {lists: [{name, label, state: new|well|failing|left_out|waiting, checked_until, next, found, late, withdrawn,
 * rounds, failed, doubted, failing_since, failure, words}], quota: null or {all, used, replies, until, spent, money?,
 * amount?}}: for the page, the API and the command line. NULL with e filled when it cannot be read. */
struct json *asking_json(struct tx *tx, struct arena *a, const struct channel_row *row, int64_t now,
                         struct error *e) MUST_USE;

/* The bytes of an answer that was kept because it could not be read: once more. */
bool asking_read_again(struct arena *a, const struct account *account, const struct payload *payload,
                       struct channel_events *events, struct error *e) MUST_USE;
