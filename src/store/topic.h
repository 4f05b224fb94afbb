/* SPDX-License-Identifier: Apache-2.0 */
/* The community: categories, topics and their posts. A post is a message and has its id; its words, edits and files
 * are the message's. */
#pragma once

#include "store/store.h"

struct topic_category {
    int64_t brand_id, id;
    struct str name;         /* in its address: "casa-e-modem" */
    struct str title, about; /* shown */
    struct str language;
    int64_t position;
};
bool category_add(struct tx *tx, const struct topic_category *category, struct error *e) MUST_USE;
bool category_update(struct tx *tx, const struct topic_category *category, struct error *e) MUST_USE;
/* Its topics stay, and are found among all. */
bool category_remove(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
/* Those not removed, in their order. */
bool category_list(struct tx *tx, struct arena *a, int64_t brand, struct topic_category **out, size_t *count,
                   struct error *e) MUST_USE;
bool category_by_name(struct tx *tx, struct arena *a, int64_t brand, struct str name, struct topic_category *out,
                      struct error *e) MUST_USE;
/* Removed ones too: an address is never given twice. */
bool category_taken(struct tx *tx, int64_t brand, struct str name, int64_t but, bool *out, struct error *e) MUST_USE;

struct topic {
    int64_t brand_id, id, category_id, member_id;
    int64_t question_id; /* its first post */
    int64_t solved_id, solved_at;
    struct str title, slug;
    int64_t posts;
    bool shown; /* false while its question is hidden */
    int64_t created_at, last_at;
};
bool topic_add(struct tx *tx, const struct topic *topic, struct error *e) MUST_USE;
bool topic_update(struct tx *tx, const struct topic *topic, struct error *e) MUST_USE; /* what happens to it */
bool topic_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct topic *out,
                 struct error *e) MUST_USE;
bool topic_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct topic **out,
                  size_t *count, struct error *e) MUST_USE;
/* The shown ones, newest word first, before (last_at, id); category 0: all. */
bool topic_list(struct tx *tx, struct arena *a, int64_t brand, int64_t category, struct cursor before,
                struct topic **out, size_t *count, struct error *e) MUST_USE;
/* Words by which it is found, folded. */
bool topic_word_add(struct tx *tx, int64_t brand, struct str word, int64_t topic, struct error *e) MUST_USE;
bool topic_words_delete(struct tx *tx, int64_t brand, int64_t topic, struct error *e) MUST_USE;
/* Topics that have a word which begins so, newest first. */
bool topic_word_find(struct tx *tx, struct arena *a, int64_t brand, struct str begins, int limit, int64_t **ids,
                     size_t *count, struct error *e) MUST_USE;
/* How long the brand leaves a question to the community. */
bool topic_minutes(struct tx *tx, int64_t brand, int64_t *minutes, struct error *e) MUST_USE;
bool topic_set_minutes(struct tx *tx, int64_t brand, int64_t minutes, struct error *e) MUST_USE;

struct post {
    int64_t brand_id, id, topic_id, member_id, agent_id, at, thanks;
    bool held; /* a colleague looks at it before others see it */
    int64_t aside_by;
    struct str aside_reason, appeal;
    int64_t appeal_at, appeal_by;
    struct str appeal_answer;
};
bool post_add(struct tx *tx, const struct post *post, struct error *e) MUST_USE;
bool post_update(struct tx *tx, const struct post *post, struct error *e) MUST_USE;
bool post_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct post *out,
                struct error *e) MUST_USE;
/* From the first on, those after an id. */
bool post_list(struct tx *tx, struct arena *a, int64_t brand, int64_t topic, int64_t after, int limit,
               struct post **out, size_t *count, struct error *e) MUST_USE;
/* The newest ones, newest first. */
bool post_newest(struct tx *tx, struct arena *a, int64_t brand, int64_t topic, int limit, struct post **out,
                 size_t *count, struct error *e) MUST_USE;
/* The newest post of a member in a topic; 0: none. */
bool post_of_member(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t *id,
                    struct error *e) MUST_USE;
/* How many posts a member wrote since an id, and how many of them began a topic; at most 200 are counted. */
bool post_count_since(struct tx *tx, int64_t brand, int64_t member, int64_t since, int64_t *posts, int64_t *topics,
                      struct error *e) MUST_USE;
/* Those whose author asks that they be looked at again, and nobody did. */
bool post_appeals(struct tx *tx, struct arena *a, int64_t brand, struct post **out, size_t *count,
                  struct error *e) MUST_USE;
/* What the post said before, newest first: [{at, text}]. */
struct json *post_edits(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct error *e);

/* Questions that are left to the community. */
struct post_left {
    int64_t id, topic_id, due_at;
};
bool post_left_put(struct tx *tx, int64_t brand, const struct post_left *left, struct error *e) MUST_USE;
bool post_left_end(struct tx *tx, int64_t brand, int64_t id, struct error *e) MUST_USE;
bool post_left_of(struct tx *tx, struct arena *a, int64_t brand, int64_t topic, struct post_left **out, size_t *count,
                  struct error *e) MUST_USE;
bool post_left_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, struct post_left **out,
                   size_t *count, struct error *e) MUST_USE;

/* Reports of members. */
bool report_add(struct tx *tx, int64_t brand, int64_t post, int64_t member, int64_t topic, struct str reason,
                int64_t at, bool *fresh, struct error *e) MUST_USE;
bool report_decide(struct tx *tx, int64_t brand, int64_t post, int64_t by, int64_t at, struct error *e) MUST_USE;
/* Not decided yet, oldest first: [{post, member, topic, reason, at}] */
struct json *report_open(struct tx *tx, struct arena *a, int64_t brand, struct error *e);
/* Those of one post: [{member, reason, at}] */
struct json *report_of(struct tx *tx, struct arena *a, int64_t brand, int64_t post, struct error *e);
