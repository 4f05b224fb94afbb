/* SPDX-License-Identifier: Apache-2.0 */
/* Categories, topics, posts. */
#include "store/topic.h"

#include "base/arena.h"
#include "db/db.h"

/* ---- categories ---- */

static struct topic_category category_row(const struct rows *r, struct arena *a)
{
    return (struct topic_category){.brand_id = rows_int(r, 0),
                                   .id = rows_int(r, 1),
                                   .name = rows_dup(r, a, 2),
                                   .title = rows_dup(r, a, 3),
                                   .about = rows_dup(r, a, 4),
                                   .language = rows_dup(r, a, 5),
                                   .position = rows_int(r, 6)};
}

bool category_add(struct tx *tx, const struct topic_category *c, struct error *e)
{
    return db_exec(tx, SQL_category_insert, NULL, e, V(c->brand_id), V(c->id), V(c->name), V(c->title), V(c->about),
                   V(c->language), V(c->position));
}

bool category_update(struct tx *tx, const struct topic_category *c, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_category_update, &changed, e, V(c->brand_id), V(c->id), V(c->name), V(c->title),
                   V(c->about), V(c->language), V(c->position)) &&
           (changed || fail(e, ERR_NOT_FOUND, "There is no such category."));
}

bool category_remove(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_category_remove, &changed, e, V(brand), V(id), V(at)) &&
           (changed || fail(e, ERR_NOT_FOUND, "There is no such category."));
}

bool category_list(struct tx *tx, struct arena *a, int64_t brand, struct topic_category **out, size_t *count,
                   struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_category_list, e, V(brand));
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = category_row(r, a);
    }
    return r && rows_ok(r, e);
}

bool category_by_name(struct tx *tx, struct arena *a, int64_t brand, struct str name, struct topic_category *out,
                      struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_category_by_name, e, V(brand), V(name));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such category.");
    *out = category_row(r, a);
    return true;
}

bool category_taken(struct tx *tx, int64_t brand, struct str name, int64_t but, bool *out, struct error *e)
{
    int64_t n = 0;
    bool ok = rows_number(db_query(tx, SQL_category_taken, e, V(brand), V(name), V(but)), &n, e);
    *out = n > 0;
    return ok;
}

/* ---- topics ---- */

static struct topic topic_row(const struct rows *r, struct arena *a)
{
    return (struct topic){.brand_id = rows_int(r, 0),
                          .id = rows_int(r, 1),
                          .category_id = rows_int(r, 2),
                          .member_id = rows_int(r, 3),
                          .question_id = rows_int(r, 4),
                          .solved_id = rows_int(r, 5),
                          .solved_at = rows_int(r, 6),
                          .title = rows_dup(r, a, 7),
                          .slug = rows_dup(r, a, 8),
                          .posts = rows_int(r, 9),
                          .shown = rows_int(r, 10) != 0,
                          .created_at = rows_int(r, 11),
                          .last_at = rows_int(r, 12)};
}

static bool topic_rows(struct rows *given, struct arena *a, struct topic **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = topic_row(r, a);
    }
    return r && rows_ok(r, e);
}

bool topic_add(struct tx *tx, const struct topic *t, struct error *e)
{
    return db_exec(tx, SQL_topic_insert, NULL, e, V(t->brand_id), V(t->id), V(t->category_id), V(t->member_id),
                   V(t->question_id), V(t->solved_id), V(t->solved_at), V(t->title), V(t->slug), V(t->posts),
                   V((int64_t)t->shown), V(t->created_at), V(t->last_at));
}

bool topic_update(struct tx *tx, const struct topic *t, struct error *e)
{
    return db_exec(tx, SQL_topic_update, NULL, e, V(t->brand_id), V(t->id), V(t->category_id), V(t->solved_id),
                   V(t->solved_at), V(t->posts), V((int64_t)t->shown), V(t->last_at));
}

bool topic_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct topic *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_topic_by_id, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such topic.");
    *out = topic_row(r, a);
    return true;
}

bool topic_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n, struct topic **out,
                  size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    if (n == 0)
        return true;
    struct db_value first = V(brand), *list = ARENA_ARRAY(a, struct db_value, n);
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return topic_rows(db_query_list(tx, SQL_topic_by_ids, &first, 1, list, n, e), a, out, count, e);
}

bool topic_list(struct tx *tx, struct arena *a, int64_t brand, int64_t category, struct cursor before,
                struct topic **out, size_t *count, struct error *e)
{
    int64_t at = before.at ? before.at : INT64_MAX, id = before.id ? before.id : INT64_MAX;
    return topic_rows(
        category ? db_query(tx, SQL_topic_list_category, e, V(brand), V(at), V(id), V(before.limit), V(category))
                 : db_query(tx, SQL_topic_list, e, V(brand), V(at), V(id), V(before.limit)),
        a, out, count, e);
}

bool topic_word_add(struct tx *tx, int64_t brand, struct str word, int64_t topic, struct error *e)
{
    return db_exec(tx, SQL_topic_word_insert, NULL, e, V(brand), V(word), V(topic));
}

bool topic_words_delete(struct tx *tx, int64_t brand, int64_t topic, struct error *e)
{
    return db_exec(tx, SQL_topic_words_delete, NULL, e, V(brand), V(topic));
}

bool topic_word_find(struct tx *tx, struct arena *a, int64_t brand, struct str begins, int limit, int64_t **ids,
                     size_t *count, struct error *e)
{
    struct str end = str_concat(a, begins, STR("\xf4\x8f\xbf\xbf"));
    return rows_ids(db_query(tx, SQL_topic_word_find, e, V(brand), V(begins), V(end), V(limit)), a, ids, count, e);
}

bool topic_minutes(struct tx *tx, int64_t brand, int64_t *minutes, struct error *e)
{
    return rows_number(db_query(tx, SQL_topic_minutes, e, V(brand)), minutes, e);
}

bool topic_set_minutes(struct tx *tx, int64_t brand, int64_t minutes, struct error *e)
{
    return db_exec(tx, SQL_topic_set_minutes, NULL, e, V(brand), V(minutes));
}

/* ---- posts ---- */

static struct post post_row(const struct rows *r, struct arena *a)
{
    return (struct post){.brand_id = rows_int(r, 0),
                         .id = rows_int(r, 1),
                         .topic_id = rows_int(r, 2),
                         .member_id = rows_int(r, 3),
                         .agent_id = rows_int(r, 4),
                         .at = rows_int(r, 5),
                         .thanks = rows_int(r, 6),
                         .held = rows_int(r, 7) != 0,
                         .aside_by = rows_int(r, 8),
                         .aside_reason = rows_dup(r, a, 9),
                         .appeal = rows_dup(r, a, 10),
                         .appeal_at = rows_int(r, 11),
                         .appeal_by = rows_int(r, 12),
                         .appeal_answer = rows_dup(r, a, 13)};
}

static bool post_rows(struct rows *given, struct arena *a, struct post **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = post_row(r, a);
    }
    return r && rows_ok(r, e);
}

bool post_add(struct tx *tx, const struct post *p, struct error *e)
{
    return db_exec(tx, SQL_post_insert, NULL, e, V(p->brand_id), V(p->id), V(p->topic_id), V(p->member_id),
                   V(p->agent_id), V(p->at), V(p->thanks), V((int64_t)p->held), V(p->aside_by), V(p->aside_reason),
                   V(p->appeal), V(p->appeal_at), V(p->appeal_by), V(p->appeal_answer));
}

bool post_update(struct tx *tx, const struct post *p, struct error *e)
{
    return db_exec(tx, SQL_post_update, NULL, e, V(p->brand_id), V(p->id), V(p->thanks), V((int64_t)p->held),
                   V(p->aside_by), V(p->aside_reason), V(p->appeal), V(p->appeal_at), V(p->appeal_by),
                   V(p->appeal_answer));
}

bool post_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct post *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_post_by_id, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such post.");
    *out = post_row(r, a);
    return true;
}

bool post_list(struct tx *tx, struct arena *a, int64_t brand, int64_t topic, int64_t after, int limit,
               struct post **out, size_t *count, struct error *e)
{
    return post_rows(db_query(tx, SQL_post_list, e, V(brand), V(topic), V(after), V(limit)), a, out, count, e);
}

bool post_newest(struct tx *tx, struct arena *a, int64_t brand, int64_t topic, int limit, struct post **out,
                 size_t *count, struct error *e)
{
    return post_rows(db_query(tx, SQL_post_newest, e, V(brand), V(topic), V(limit)), a, out, count, e);
}

bool post_of_member(struct tx *tx, int64_t brand, int64_t member, int64_t topic, int64_t *id, struct error *e)
{
    return rows_number(db_query(tx, SQL_post_of_member, e, V(brand), V(member), V(topic)), id, e);
}

bool post_count_since(struct tx *tx, int64_t brand, int64_t member, int64_t since, int64_t *posts, int64_t *topics,
                      struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_post_since, e, V(brand), V(member), V(since));
    *posts = *topics = 0;
    while (r && rows_next(r)) {
        (*posts)++;
        *topics += rows_int(r, 0) == rows_int(r, 1);
    }
    return r && rows_ok(r, e);
}

bool post_appeals(struct tx *tx, struct arena *a, int64_t brand, struct post **out, size_t *count, struct error *e)
{
    return post_rows(db_query(tx, SQL_post_appeals, e, V(brand)), a, out, count, e);
}

struct json *post_edits(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct error *e)
{
    return rows_json(db_query(tx, SQL_post_edits, e, V(brand), V(id)), a, "at@ text", e);
}

/* ---- left to the community; reports ---- */

bool post_left_put(struct tx *tx, int64_t brand, const struct post_left *left, struct error *e)
{
    return db_exec(tx, SQL_post_left_put, NULL, e, V(brand), V(left->id), V(left->topic_id), V(left->due_at));
}

bool post_left_end(struct tx *tx, int64_t brand, int64_t id, struct error *e)
{
    return db_exec(tx, SQL_post_left_end, NULL, e, V(brand), V(id));
}

static bool left_rows(struct rows *given, struct arena *a, struct post_left **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *r = given;
    *out = NULL;
    *count = 0;
    while (r && rows_next(r)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = (struct post_left){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2)};
    }
    return r && rows_ok(r, e);
}

bool post_left_of(struct tx *tx, struct arena *a, int64_t brand, int64_t topic, struct post_left **out, size_t *count,
                  struct error *e)
{
    return left_rows(db_query(tx, SQL_post_left_of, e, V(brand), V(topic)), a, out, count, e);
}

bool post_left_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, int limit, struct post_left **out,
                   size_t *count, struct error *e)
{
    return left_rows(db_query(tx, SQL_post_left_due, e, V(brand), V(now), V(limit)), a, out, count, e);
}

bool report_add(struct tx *tx, int64_t brand, int64_t post, int64_t member, int64_t topic, struct str reason,
                int64_t at, bool *fresh, struct error *e)
{
    int64_t changed = 0;
    bool ok = db_exec(tx, SQL_report_insert, &changed, e, V(brand), V(post), V(member), V(topic), V(reason), V(at));
    *fresh = changed > 0;
    return ok;
}

bool report_decide(struct tx *tx, int64_t brand, int64_t post, int64_t by, int64_t at, struct error *e)
{
    return db_exec(tx, SQL_report_decide, NULL, e, V(brand), V(post), V(by), V(at));
}

struct json *report_open(struct tx *tx, struct arena *a, int64_t brand, struct error *e)
{
    return rows_json(db_query(tx, SQL_report_open, e, V(brand)), a, "post# member# topic# reason at@", e);
}

struct json *report_of(struct tx *tx, struct arena *a, int64_t brand, int64_t post, struct error *e)
{
    return rows_json(db_query(tx, SQL_report_of, e, V(brand), V(post)), a, "member# reason at@", e);
}
