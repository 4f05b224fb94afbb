/* SPDX-License-Identifier: Apache-2.0 */
/* The community (ADR 0016). Each post of a member is a message like any other and stands in the ledger from its first
 * moment; but members answer each other, so a question is left to them first:
 *
 *   a question        closed, "left to the community"; answered, when another member writes; waiting, when nobody did
 * in the time the brand gives, or its author asks for us between members   closed, "between members" waits for us
 * what names the brand or a colleague, a grave or an angry matter, what is held or reported
 *
 * A post is hidden where its message is set aside, by a colleague with a name and a reason. */
#pragma once

#include "care/author.h"
#include "care/forum_words.h"
#include "care/guests.h"
#include "store/member.h"
#include "store/topic.h"

struct account;
struct house;
struct message;

#define FORUM_TITLE_MIN   8
#define FORUM_TITLE_MAX   120
#define FORUM_TEXT_MAX    5000
#define FORUM_NEW_US      DAY_US /* so long is somebody new */
#define FORUM_NEW_TOPICS  3      /* on the first day */
#define FORUM_NEW_REPLIES 10
#define FORUM_DAY_POSTS   60 /* on each other day */
#define FORUM_POSTS       20 /* on a page */
#define FORUM_FILE_MAX    ((size_t)8 << 20)

/* member->id 0: they have not joined. */
bool forum_member(struct tx *tx, struct arena *a, const struct guest *guest, struct member *member,
                  struct error *e) MUST_USE;
/* Under a name that is theirs alone: ERR_CONFLICT where it is somebody's, ERR_BAD_INPUT where nobody may have it. */
bool forum_join(struct tx *tx, const struct guest *guest, struct str name, struct member *member,
                struct error *e) MUST_USE;
bool forum_is_new(const struct member *member, int64_t now);

/* A member writes: a topic (topic_id 0) or a reply. A db_command's work; events were made by forum_event. */
struct forum_say {
    const struct house *house;
    const struct account *account;
    const struct guest *guest;
    struct channel_events *events;
    struct member member;
    int64_t topic_id; /* 0: a new one; out: which */
    bool begins;      /* made by forum_event: it is a new one */
    int64_t category_id;
    struct str title;
    int64_t post_id; /* out */
    bool held;       /* out: a colleague looks at it first */
};
/* The event of a post, its topic's id made where it is new. */
void forum_event(struct arena *a, struct forum_say *say, const struct guest_words *words);
/* ERR_RATE_LIMITED: a new member wrote as much as they may on a day. */
bool forum_say(struct tx *tx, struct forum_say *say, struct error *e) MUST_USE;

/* What members do; each refuses what is not theirs with ERR_NOT_FOUND or ERR_FORBIDDEN. */
struct forum_act {
    const struct house *house;
    const struct account *account; /* for what is written: edit, withdraw, appeal */
    const struct guest *guest;
    struct member member;
    int64_t post_id, topic_id;
    struct str words; /* an edit, a reason, an appeal */
    struct str once;
};
bool forum_edit(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;
bool forum_withdraw(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;
bool forum_thank(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;
bool forum_accept(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;
bool forum_follow(struct tx *tx, struct forum_act *act, bool on, struct error *e) MUST_USE;
/* "This did not help: I ask you." */
bool forum_call(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;
bool forum_report(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;
/* It is written to us in private, and waits. */
bool forum_appeal(struct tx *tx, struct forum_act *act, struct error *e) MUST_USE;

/* What colleagues do. */
bool forum_accept_by(struct tx *tx, const struct actor *actor, int64_t post, struct error *e) MUST_USE;
bool forum_set_aside(struct tx *tx, const struct actor *actor, int64_t post, struct str what, struct str reason,
                     struct error *e) MUST_USE;
/* A hidden or held post is shown; a report of it is decided. */
bool forum_show(struct tx *tx, const struct actor *actor, int64_t post, struct str reason, struct error *e) MUST_USE;
/* After an appeal, by somebody else than who set it aside. */
bool forum_keep_aside(struct tx *tx, const struct actor *actor, int64_t post, struct str reason,
                      struct error *e) MUST_USE;
bool forum_report_done(struct tx *tx, const struct actor *actor, int64_t post, struct error *e) MUST_USE;

/* A reply of ours is at its place: a public one is a post of its topic, and what was left to the community is
 * answered. */
bool forum_replied(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
/* The ledger: a post was hidden, shown again, or withdrawn. */
bool forum_place_changed(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
/* Questions nobody answered in time wait for us. */
bool forum_due(struct tx *tx, int64_t brand, bool *any, struct error *e) MUST_USE;
bool forum_bring(struct tx *tx, int64_t brand, struct error *e) MUST_USE;

/* Topics with all these words (the last may be a beginning), newest first. */
bool forum_search(struct tx *tx, struct arena *a, int64_t brand, struct str words, size_t most, struct topic **out,
                  size_t *count, struct error *e) MUST_USE;
/* The topic of a message behind the door "topic"; 0: it is of none. */
int64_t forum_topic_of(const struct message *m);
/* What a post says below its topic's title: a question's message has the title as its first line. */
struct str forum_body(const struct topic *topic, int64_t post, struct str text);
/* Whether others see it. */
bool forum_is_seen(const struct post *post, const struct message *m);
