/* SPDX-License-Identifier: Apache-2.0 */
/* What several pages of the desk show: rows, stories, the composer, a person. The shapes are those of
 * templates/MODELS.md; here stand facts only, the words are the templates'. */
#pragma once

#include "care/reply.h"
#include "store/agent.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/message.h"
#include "store/person.h"
#include "web/router.h"

struct json;

/* Names that a page needs again and again, read once. */
struct names {
    struct agent *agents;
    size_t agent_count;
    struct channel_row *channels;
    size_t channel_count;
};
bool names_read(struct tx *tx, struct visit *v, struct names *out, struct error *e) MUST_USE;
const struct agent *names_agent(const struct names *names, int64_t id); /* NULL when unknown */
const struct channel_row *names_channel(const struct names *names, int64_t id);
/* Why a message's words are not here: `let_go`, `sought`, `withheld`. True when they were never here. */
bool absence_model(struct arena *a, const struct names *names, struct json *item, const struct message *m);
/* {id, name}; for 0 null. */
struct json *names_agent_json(struct arena *a, const struct names *names, int64_t id);
struct str names_network(const struct names *names, int64_t channel);
/* The channels of a network (empty: none are named), or the one of them that is meant (0: all). */
int64_t *names_channels_of(struct arena *a, const struct names *names, struct str network, int64_t one,
                           size_t *count);
/* The line drawing of a network, "chat" when unknown. */
const char *network_icon(struct str network);

/* Words of ours in the language of who looks: for what is kept as if they had typed it. */
struct str visit_words(const struct visit *v, const char *key);
/* 9:00 tomorrow ("tomorrow"), or on the next Monday that is not tomorrow ("week"). */
int64_t snooze_morning(int64_t now, struct str until, const char *zone);
struct json *person_json(struct arena *a, const struct person *p);
/* {value, name, network, icon, channel, label, public} */
struct json *door_json(struct arena *a, const struct names *names, int64_t channel, struct str door, bool is_public);
const char *place_of_state(const struct conversation *c); /* "waiting", "answered", "closed", "aside" */

/* What the desk is going to ask, where this visit goes there. Also before anybody knows who comes: brand and actor
 * are hunches then (web/hunch.h). */
void desk_ahead(struct tx *tx, struct visit *v);
/* A page of the desk whose every read is bounded by what it shows: a list that nothing is looked up for. */
bool desk_is_quick(const struct visit *v);

/* A page of rows; fills counts, views, rows, paging. */
struct list_query {
    struct str tab; /* "mine", "waiting", "all", "view" */
    int64_t view;
    struct str cursor;
    struct str query; /* the saved view's, or given */
    int64_t current;  /* the conversation that is open */
};
void list_query_of(struct visit *v, struct list_query *query);
void list_ahead(struct tx *tx, struct visit *v, const struct list_query *query); /* what it is going to ask */
struct json *list_model(struct tx *tx, struct visit *v, const struct names *names, const struct list_query *query,
                        struct error *e);
/* The list's own query, as links to it carry it. */
struct str list_address(struct visit *v, const struct list_query *query);
/* Of a story, after an act on it: beside the list from which one came (the form's field `list`). */
struct str story_address(struct visit *v, int64_t id);
/* The label of that name; a new one when there is none. */
bool label_named(struct tx *tx, int64_t brand, struct str name, int64_t *out, struct error *e) MUST_USE;
struct json *row_model(struct tx *tx, struct visit *v, const struct names *names, const struct conversation *c,
                       const struct person *p, int64_t current);
/* The filter behind "tab=all&state=waiting&owner=12…"; *ok is false for a malformed one. */
void list_filter(struct visit *v, const struct list_query *query, struct conversation_filter *filter);

/* A story: its items, composer and menus. */
struct story {
    struct conversation c;
    struct person person;
    struct message *messages;
    size_t count;
    unsigned has;  /* which lists of it have rows (enum story_part) */
    bool more;     /* older ones follow */
    int64_t until; /* what came from here on stands on the page after this one; 0: it is the newest */
};
#define STORY_MESSAGES 60

/* The conversations of one person, the newest first, as far back as pages tell of them; and who they are where. */
struct theirs {
    struct conversation *list;
    struct identity *identities;
    size_t count, identity_count;
    bool unpromised; /* nothing was ever promised to them */
};
void theirs_ahead(struct tx *tx, struct visit *v, int64_t person);
bool theirs_read(struct tx *tx, struct visit *v, int64_t person, struct theirs *out, struct error *e) MUST_USE;

struct json *story_labels(struct tx *tx, struct visit *v, const struct story *story, struct error *e);
/* What reading a story is going to ask, from what is known of it; person 0: not known. */
void story_ahead(struct tx *tx, struct visit *v, int64_t conversation, int64_t person, unsigned has);
bool story_read(struct tx *tx, struct visit *v, int64_t conversation, struct cursor before, struct story *out,
                struct error *e) MUST_USE;
/* What there is of the person beside the story, which must outlive it. */
bool story_theirs(struct tx *tx, struct visit *v, struct story *story, struct theirs *out, struct error *e) MUST_USE;
struct json *story_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                         const struct theirs *theirs, struct error *e);
struct json *items_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                         struct error *e);
/* Adds to a story's model what others wrote around it in the community: topic, null for any other story. */
bool topic_around(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                  struct json *told, struct error *e) MUST_USE;
/* Posts of a topic as colleagues see them, hidden ones too. */
struct post;
struct json *topic_posts_model(struct tx *tx, struct visit *v, const struct names *names, const struct post *posts,
                               size_t count, struct error *e);
/* Adds the approved words of a door to the list. */
bool approved_words_model(struct tx *tx, struct visit *v, const struct reply_door *door, struct json *list,
                          struct error *e) MUST_USE;
struct json *composer_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                            const struct theirs *theirs, struct error *e);
struct json *menus_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                         struct error *e);
struct json *who_model(struct tx *tx, struct visit *v, const struct names *names, const struct person *person,
                       const struct theirs *theirs, int64_t conversation, struct error *e);
struct json *beings_model(struct visit *v, int64_t conversation);
