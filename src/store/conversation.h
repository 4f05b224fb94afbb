/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation is one need of one person; it may span threads of several networks. Also labels, entries (what only
 * we see in a story), drafts and the tally of open conversations. */
#pragma once

#include "store/store.h"

struct json;
struct person;

enum conversation_state {
    CONVERSATION_WAITING,  /* on us */
    CONVERSATION_ANSWERED, /* on them */
    CONVERSATION_SNOOZED,
    CONVERSATION_CLOSED,
    CONVERSATION_SET_ASIDE,
    CONVERSATION_STATES
};
const char *conversation_state_name(enum conversation_state state); /* "waiting" … */
/* CONVERSATION_STATES when unknown */
enum conversation_state conversation_state_from(struct str name);

enum priority { PRIORITY_GRAVE, PRIORITY_HIGH, PRIORITY_NORMAL, PRIORITY_LOW, PRIORITIES };
const char *priority_name(enum priority priority);
enum priority priority_from(struct str name); /* PRIORITIES when unknown */

struct conversation {
    int64_t brand_id, id, person_id;
    enum conversation_state state;
    int64_t owner_id;
    struct str need;
    int64_t need_by, need_at;
    enum priority priority;
    int64_t waiting;       /* messages of theirs that wait */
    int64_t waiting_since; /* the oldest of them; 0: none */
    int64_t window_until;  /* when the network's reply window of the waiting door closes; 0: none */
    int64_t promise_due;   /* nearest open promise; 0: none */
    int64_t rank_at;       /* the moment something is lost: the list's order */
    int64_t last_at, last_in_at, last_out_at;
    int64_t channel_id; /* of their last message */
    struct str door;    /* of their last message */
    struct str preview; /* their last words */
    struct str language;
    int64_t messages, returns, handovers;
    int64_t failed;  /* replies not delivered */
    struct str mood; /* triage's word: "thanks", "angry", "grave", "troll", or empty */
    int64_t snooze_until, closed_at, closed_by;
    struct str outcome, reason;
    int64_t created_at;
};
bool conversation_add(struct tx *tx, const struct conversation *c, struct error *e) MUST_USE;
bool conversation_update(struct tx *tx, const struct conversation *c, struct error *e) MUST_USE; /* all but the id */
/* The same, where the row as it stands is known: nothing was written to it since `was` was read. */
bool conversation_update_from(struct tx *tx, const struct conversation *was, const struct conversation *c,
                              struct error *e) MUST_USE;
/* The row read now, its columns from `at` on those of {conversation}; is it newer than another (id 0: than none)? */
struct conversation conversation_of_row(const struct rows *rows, int at, struct arena *a);
bool conversation_row_is_newer(const struct rows *rows, int at, const struct conversation *than);
bool conversation_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct conversation *out,
                        struct error *e) MUST_USE;
/* As its page begins: with whom it is, and which of its lists have rows; the others need not be asked. */
enum story_part {
    STORY_LABELS = 1,
    STORY_OUTBOX = 2,
    STORY_PROMISES = 4,
    STORY_ENTRIES = 8,
    STORY_DRAFTS = 16,
    STORY_PROMISED = 32,  /* to the person, in whichever conversation */
    STORY_OTHERS = 64,    /* conversations of the same person */
    STORY_PASSAGES = 128, /* links that lead on from here */
    STORY_CLAIMED = 256,  /* begun behind one */
};
#define STORY_PARTS 9
bool conversation_with(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct conversation *out,
                       struct person *with, unsigned *has, struct error *e) MUST_USE;
/* The person's newest conversation that was not joined with another; ERR_NOT_FOUND when there is none. */
bool conversation_newest_of(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct conversation *out,
                            struct error *e) MUST_USE;
bool conversation_move_person(struct tx *tx, int64_t brand, int64_t id, int64_t person, struct error *e) MUST_USE;
/* Messages, entries, promises, replies on their way, mentions, labels and drafts (where it has none of the same) of
 * one conversation become another's. */
bool conversation_absorb(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e) MUST_USE;

/* What the list shows. Zero or empty members do not narrow. */
struct conversation_filter {
    bool by_rank;  /* else newest first */
    int state;     /* enum conversation_state, or -1 */
    int64_t owner; /* -1: any, 0: nobody's */
    int64_t person, channel, label;
    int priority; /* enum priority, or -1 */
    bool failed;  /* with a reply not delivered */
};
/* Keyset pages: by_rank after (rank_at, id), else before (last_at, id). *more tells whether others follow. */
bool conversation_list(struct tx *tx, struct arena *a, int64_t brand, const struct conversation_filter *filter,
                       struct cursor cursor, struct conversation **out, size_t *count, bool *more,
                       struct error *e) MUST_USE;
/* The same pages as a list shows them: with the person's name and language, and of the conversation what tells a row
 * or its rank: not its need, outcome, counts, nor when it began or was last heard. filter.person is not for these. */
struct conversation_row {
    struct conversation c;
    struct str name, name_language;
};
bool conversation_rows(struct tx *tx, struct arena *a, int64_t brand, const struct conversation_filter *filter,
                       struct cursor cursor, struct conversation_row **out, size_t *count, bool *more,
                       struct error *e) MUST_USE;
/* What conversation_rows is going to ask; with filter->person, conversation_list. */
void conversation_rows_ahead(struct tx *tx, int64_t brand, const struct conversation_filter *filter,
                             struct cursor cursor);
bool conversation_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n,
                         struct conversation **out, size_t *count, struct error *e) MUST_USE;
/* Snoozed ones whose time has come. */
bool conversation_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct conversation **out,
                      size_t *count, struct error *e) MUST_USE;

/* All of a brand, by id: the first `limit` after an id. */
bool conversation_after(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit,
                        struct conversation **out, size_t *count, struct error *e) MUST_USE;

/* Those who wait and whose window closes between these moments, where their rank is not below `ahead` yet. */
bool conversation_closing(struct tx *tx, struct arena *a, int64_t brand, int64_t from, int64_t until, int64_t ahead,
                          struct conversation **out, size_t *count, struct error *e) MUST_USE;
/* Those who wait with a rank of at most `ahead`. */
bool conversation_shut(struct tx *tx, struct arena *a, int64_t brand, int64_t ahead, struct conversation **out,
                       size_t *count, struct error *e) MUST_USE;

/* How many wait for this colleague, and in all. */
bool tally_waiting(struct tx *tx, int64_t brand, int64_t owner, int64_t *theirs, int64_t *all,
                   struct error *e) MUST_USE;
/* How many conversations an owner (0: nobody, -1: all) has in a state; kept by conversation_add and _update. */
bool tally_get(struct tx *tx, int64_t brand, int64_t owner, enum conversation_state state, int64_t *out,
               struct error *e) MUST_USE;

/* Labels. */
struct json *label_list(struct tx *tx, struct arena *a, int64_t brand,
                        struct error *e) MUST_USE; /* [{id, name, hue}] */
struct json *label_list_of(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation,
                           struct error *e) MUST_USE;
bool label_add(struct tx *tx, int64_t brand, int64_t id, struct str name, int hue, struct error *e) MUST_USE;
bool label_rename(struct tx *tx, int64_t brand, int64_t id, struct str name, struct error *e) MUST_USE;
bool label_remove(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e) MUST_USE;
bool label_find(struct tx *tx, int64_t brand, struct str name, int64_t *id, struct error *e) MUST_USE; /* 0: none */
bool conversation_label_set(struct tx *tx, int64_t brand, int64_t conversation, int64_t label, bool on,
                            struct error *e) MUST_USE;

/* Entries. kind: "note", "handover", "closed", "reopened", "set_aside", "taken_back", "need", "snoozed", "assigned".
 */
struct entry {
    int64_t brand_id, conversation_id, id;
    struct str kind;
    int64_t agent_id, other_id;
    struct str text, summary;
    int64_t at;
};
bool entry_add(struct tx *tx, const struct entry *entry, struct error *e) MUST_USE;
bool entry_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, struct entry **out,
                size_t *count, struct error *e) MUST_USE;
bool mention_add(struct tx *tx, int64_t brand, int64_t agent, int64_t id, int64_t conversation, int64_t by,
                 int64_t at, struct error *e) MUST_USE;
bool mention_seen(struct tx *tx, int64_t brand, int64_t agent, int64_t conversation, int64_t now,
                  struct error *e) MUST_USE;
/* [{id, conversation_id, by_id, at, person}] not seen yet */
struct json *mention_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e) MUST_USE;

/* Drafts: one of each kind ("reply", "note", "need") for each colleague in a conversation. */
struct draft {
    int64_t brand_id, conversation_id, agent_id;
    struct str kind, door;
    int64_t channel_id;
    struct str text;
    int64_t by_token; /* prepared by this integration */
    int64_t at;
};
bool draft_put(struct tx *tx, const struct draft *draft, struct error *e) MUST_USE;
bool draft_delete(struct tx *tx, int64_t brand, int64_t conversation, int64_t agent, struct str kind,
                  struct error *e) MUST_USE;
bool draft_list(struct tx *tx, struct arena *a, int64_t brand, int64_t conversation, int64_t agent,
                struct draft **out, size_t *count, struct error *e) MUST_USE;
