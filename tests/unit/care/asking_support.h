/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of asking, with a clock that the test sets and a network that lists what the test wants. */
#pragma once

#include "house_fixture.h"

#include "care/asking.h"

enum { COMMENTS, TALKS, LISTS };

/* A network of the tests': its lists and its quota are the test's to change. */
struct lister {
    struct listing listings[LISTS + 1];
    struct channel channel;
    struct account account;
    int64_t now;
};

static inline void lister_set_up(struct care *c, struct lister *l)
{
    *l = (struct lister){.listings = {{.name = "comments",
                                       .label = "listing.facebook.comments",
                                       .doors = {"comment"},
                                       .every_seconds = 600,
                                       .hooked = true,
                                       .complete = true},
                                      {.name = "talks",
                                       .label = "listing.facebook.messages",
                                       .doors = {"messenger"},
                                       .every_seconds = 1200}},
                         .account = c->facebook,
                         .now = clock_now()};
    l->channel = *c->facebook.channel;
    l->channel.listings = l->listings;
    l->account.channel = &l->channel;
}

static inline struct asking_row row_fresh(const struct lister *l, int list)
{
    return (struct asking_row){.brand_id = l->account.row.brand_id,
                               .channel_id = l->account.row.id,
                               .listing = str_from(l->listings[list].name),
                               .next_at = 1};
}

static inline struct asking_row row_now(struct care *c, const struct lister *l, int list)
{
    struct asking_row row;
    DO(c, asking_row_get(tx, c->arena, c->brand, l->account.row.id, str_from(l->listings[list].name), &row, &e));
    return row;
}

static inline void row_put(struct care *c, const struct asking_row *row)
{
    DO(c, asking_row_put(tx, row, &e));
}

/* A comment written so long before the lister's now. */
static inline struct channel_event comment_of(struct care *c, const struct lister *l, const char *id, int64_t ago)
{
    struct channel_event event = event_comment(c, "42", str_cstr(c->arena, str_format(c->arena, "Commento %s", id)));
    event.external_id = str_from(id);
    event.dedupe = str_format(c->arena, "m:%s", id);
    event.at = l->now - ago;
    return event;
}

static inline bool round_may_begin(struct care *c, const struct lister *l, int list, struct round *r, int64_t *until)
{
    bool due = false;
    *r = (struct round){.arena = c->arena, .account = &l->account, .listing = &l->listings[list]};
    DO(c, round_begin(tx, r, l->now, &due, until, &e));
    return due;
}

static inline void round_begins(struct care *c, const struct lister *l, int list, struct round *r)
{
    int64_t until;
    assert_true(round_may_begin(c, l, list, r, &until));
}

/* An answer with these events. */
static inline struct round_answer round_hears(struct care *c, const struct lister *l, struct round *r,
                                              const struct channel_event *events, size_t n, struct asked asked)
{
    struct channel_event *copy = ARENA_ARRAY(c->arena, struct channel_event, n + 1);
    if (n)
        memcpy(copy, events, n * sizeof *events);
    struct round_answer answer = {.round = r,
                                  .house = c->h->house,
                                  .body = STR("{\"data\":[]}"),
                                  .events = {.arena = c->arena, .items = copy, .count = n, .cap = n},
                                  .asked = asked,
                                  .now = l->now};
    round_hear(r, &answer);
    DO(c, round_take(tx, &answer, &e));
    round_took(r, &answer);
    return answer;
}

static inline struct round_end round_ends(struct care *c, const struct lister *l, struct round *r,
                                          struct round_end end)
{
    end.round = r;
    end.house = c->h->house;
    end.now = l->now;
    if (end.kind == ROUND_COMPLETE && end.from && r->listing->complete && r->checked_until)
        DO(c, round_compare(tx, &end, &e));
    DO(c, round_finish(tx, &end, &e));
    return end;
}

/* A whole round of one answer, which lists everything of the last day. */
static inline struct round_end round_of(struct care *c, const struct lister *l, int list,
                                        const struct channel_event *events, size_t n)
{
    struct round r;
    round_begins(c, l, list, &r);
    round_hears(c, l, &r, events, n, (struct asked){0});
    return round_ends(c, l, &r, (struct round_end){.kind = ROUND_COMPLETE, .from = l->now - DAY_US});
}

/* The first round is behind, and the next is due. */
static inline void checked_before(struct care *c, struct lister *l, int list)
{
    struct asking_row row = row_fresh(l, list);
    row.checked_until = l->now - 15 * MINUTE_US;
    row.whole_at = l->now + DAY_US;
    row_put(c, &row);
}

static inline void due_again(struct care *c, struct lister *l, int list, int64_t later)
{
    struct asking_row row = row_now(c, l, list);
    l->now += later;
    row.next_at = l->now;
    row_put(c, &row);
}
