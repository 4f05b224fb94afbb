/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations as rows, their lists and the tally. */
#include "store/conversation.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "store/erasure.h"
#include "store/passage.h"
#include "store/person.h"

static const char *const state_names[] = {"waiting", "answered", "snoozed", "closed", "set_aside"};
static const char *const priority_names[] = {"grave", "high", "normal", "low"};

const char *conversation_state_name(enum conversation_state state)
{
    return state_names[state];
}

enum conversation_state conversation_state_from(struct str name)
{
    for (unsigned i = 0; i < CONVERSATION_STATES; i++)
        if (str_eq(name, str_from(state_names[i])))
            return (enum conversation_state)i;
    return CONVERSATION_STATES;
}

const char *priority_name(enum priority priority)
{
    return priority_names[priority];
}

enum priority priority_from(struct str name)
{
    for (unsigned i = 0; i < PRIORITIES; i++)
        if (str_eq(name, str_from(priority_names[i])))
            return (enum priority)i;
    return PRIORITIES;
}

struct conversation conversation_of_row(const struct rows *r, int at, struct arena *a)
{
    return (struct conversation){.brand_id = rows_int(r, at),
                                 .id = rows_int(r, at + 1),
                                 .person_id = rows_int(r, at + 2),
                                 .state = (enum conversation_state)rows_int(r, at + 3),
                                 .owner_id = rows_int(r, at + 4),
                                 .need = rows_dup(r, a, at + 5),
                                 .need_by = rows_int(r, at + 6),
                                 .need_at = rows_int(r, at + 7),
                                 .priority = (enum priority)rows_int(r, at + 8),
                                 .waiting = rows_int(r, at + 9),
                                 .waiting_since = rows_int(r, at + 10),
                                 .window_until = rows_int(r, at + 11),
                                 .promise_due = rows_int(r, at + 12),
                                 .rank_at = rows_int(r, at + 13),
                                 .last_at = rows_int(r, at + 14),
                                 .last_in_at = rows_int(r, at + 15),
                                 .last_out_at = rows_int(r, at + 16),
                                 .channel_id = rows_int(r, at + 17),
                                 .door = rows_dup(r, a, at + 18),
                                 .preview = rows_dup(r, a, at + 19),
                                 .language = rows_dup(r, a, at + 20),
                                 .messages = rows_int(r, at + 21),
                                 .returns = rows_int(r, at + 22),
                                 .handovers = rows_int(r, at + 23),
                                 .failed = rows_int(r, at + 24),
                                 .mood = rows_dup(r, a, at + 25),
                                 .snooze_until = rows_int(r, at + 26),
                                 .closed_at = rows_int(r, at + 27),
                                 .closed_by = rows_int(r, at + 28),
                                 .outcome = rows_dup(r, a, at + 29),
                                 .reason = rows_dup(r, a, at + 30),
                                 .created_at = rows_int(r, at + 31)};
}

static void conversation_read(const struct rows *r, struct arena *a, struct conversation *out)
{
    *out = conversation_of_row(r, 0, a);
}

static bool tally_add(struct tx *tx, int64_t brand, int64_t owner, enum conversation_state state, int n,
                      struct error *e)
{
    return db_exec(tx, SQL_tally_add, NULL, e, V(brand), V(owner), V((int)state), V(n));
}

bool conversation_add(struct tx *tx, const struct conversation *c, struct error *e)
{
    return db_exec(tx, SQL_conversation_insert, NULL, e, V(c->brand_id), V(c->id), V(c->person_id), V((int)c->state),
                   V(c->owner_id), V(c->need), V(c->need_by), V(c->need_at), V((int)c->priority), V(c->waiting),
                   V(c->waiting_since), V(c->window_until), V(c->promise_due), V(c->rank_at), V(c->last_at),
                   V(c->last_in_at), V(c->last_out_at), V(c->channel_id), V(c->door), V(c->preview), V(c->language),
                   V(c->messages), V(c->returns), V(c->handovers), V(c->failed), V(c->mood), V(c->snooze_until),
                   V(c->closed_at), V(c->closed_by), V(c->outcome), V(c->reason), V(c->created_at)) &&
           tally_add(tx, c->brand_id, c->owner_id, c->state, 1, e);
}

/* What the indexes and the tally know of a conversation: no more of it is read. */
static bool standing_read(struct tx *tx, const struct conversation *c, struct conversation *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_conversation_standing, e, V(c->brand_id), V(c->id));
    if (!rows)
        return false;
    if (!rows_next(rows))
        return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such conversation.");
    *out = (struct conversation){.state = (enum conversation_state)rows_int(rows, 0),
                                 .owner_id = rows_int(rows, 1),
                                 .person_id = rows_int(rows, 2),
                                 .rank_at = rows_int(rows, 3),
                                 .snooze_until = rows_int(rows, 4)};
    return true;
}

/* Keeps the tally right: only a change of state or owner touches it. */
static bool tally_move(struct tx *tx, const struct conversation *c, const struct conversation *was, struct error *e)
{
    if (was->owner_id == c->owner_id && was->state == c->state)
        return true;
    return tally_add(tx, c->brand_id, was->owner_id, was->state, -1, e) &&
           tally_add(tx, c->brand_id, c->owner_id, c->state, 1, e);
}

/* The next message of somebody who waits moves nothing in three of the five indexes: a statement that names their
 * columns would write them all the same. */
static bool update_in_place(struct tx *tx, const struct conversation *c, struct error *e)
{
    return db_exec(tx, SQL_conversation_update_in_place, NULL, e, V(c->brand_id), V(c->id), V(c->need), V(c->need_by),
                   V(c->need_at), V((int)c->priority), V(c->waiting), V(c->waiting_since), V(c->window_until),
                   V(c->promise_due), V(c->last_at), V(c->last_in_at), V(c->last_out_at), V(c->channel_id),
                   V(c->door), V(c->preview), V(c->language), V(c->messages), V(c->returns), V(c->handovers),
                   V(c->failed), V(c->mood), V(c->closed_at), V(c->closed_by), V(c->outcome), V(c->reason));
}

bool conversation_update(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct conversation was;
    return standing_read(tx, c, &was, e) && conversation_update_from(tx, &was, c, e);
}

bool conversation_update_from(struct tx *tx, const struct conversation *was, const struct conversation *c,
                              struct error *e)
{
    if (was->owner_id == c->owner_id && was->state == c->state && was->person_id == c->person_id &&
        was->rank_at == c->rank_at && was->snooze_until == c->snooze_until)
        return update_in_place(tx, c, e);
    return tally_move(tx, c, was, e) &&
           db_exec(tx, SQL_conversation_update, NULL, e, V(c->brand_id), V(c->id), V(c->person_id), V((int)c->state),
                   V(c->owner_id), V(c->need), V(c->need_by), V(c->need_at), V((int)c->priority), V(c->waiting),
                   V(c->waiting_since), V(c->window_until), V(c->promise_due), V(c->rank_at), V(c->last_at),
                   V(c->last_in_at), V(c->last_out_at), V(c->channel_id), V(c->door), V(c->preview), V(c->language),
                   V(c->messages), V(c->returns), V(c->handovers), V(c->failed), V(c->mood), V(c->snooze_until),
                   V(c->closed_at), V(c->closed_by), V(c->outcome), V(c->reason));
}

static bool conversation_one(struct rows *given, struct arena *a, struct conversation *out, struct error *e)
{
    *out = (struct conversation){0};
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    if (rows_next(rows)) {
        conversation_read(rows, a, out);
        return true;
    }
    return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such conversation.");
}

bool conversation_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct conversation *out,
                        struct error *e)
{
    return conversation_one(db_query(tx, SQL_conversation_by_id, e, V(brand), V(id)), a, out, e);
}

bool conversation_with(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct conversation *out,
                       struct person *with, unsigned *has, struct error *e)
{
    const int person_at = 32, parts_at = 41; /* columns */
    *out = (struct conversation){0};
    *has = 0;
    CLEANUP(rows_cleanup) struct rows *r = db_query(tx, SQL_conversation_with, e, V(brand), V(id));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such conversation.");
    conversation_read(r, a, out);
    *with = person_of_row(r, person_at, a);
    for (int i = 0; i < STORY_PARTS; i++)
        *has |= rows_int(r, parts_at + i) ? 1U << i : 0;
    return true;
}

bool conversation_row_is_newer(const struct rows *r, int at, const struct conversation *than)
{
    int64_t id = rows_int(r, at + 1), last_at = rows_int(r, at + 14);
    return id && (!than->id || last_at > than->last_at || (last_at == than->last_at && id > than->id));
}

/* Most have one, nobody has many: choosing here costs less than having the engine sort. */
bool conversation_newest_of(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct conversation *out,
                            struct error *e)
{
    *out = (struct conversation){0};
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_conversation_newest_of, e, V(brand), V(person));
    while (rows && rows_next(rows))
        if (conversation_row_is_newer(rows, 0, out))
            conversation_read(rows, a, out);
    if (!rows || !rows_ok(rows, e))
        return false;
    return out->id || fail(e, ERR_NOT_FOUND, "There is no such conversation.");
}

bool conversation_move_person(struct tx *tx, int64_t brand, int64_t id, int64_t person, struct error *e)
{
    return db_exec(tx, SQL_conversation_move_person, NULL, e, V(brand), V(id), V(person));
}

bool conversation_absorb(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e)
{
    return db_exec(tx, SQL_conversation_absorb_messages, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_conversation_absorb_entries, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_conversation_absorb_promises, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_conversation_absorb_outbox, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_conversation_absorb_mentions, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_conversation_absorb_labels, NULL, e, V(brand), V(from), V(into)) &&
           db_exec(tx, SQL_conversation_labels_delete, NULL, e, V(brand), V(from)) &&
           db_exec(tx, SQL_conversation_absorb_drafts, NULL, e, V(brand), V(from), V(into)) &&
           passage_move(tx, brand, from, into, e) && erasure_to_conversation(tx, brand, from, into, e);
}

/* What a list is made of: whole conversations, or rows as they are shown. Each item begins with a conversation. */
struct listing {
    enum sql_id by_owner, by_state, by_label, newest;
    size_t size;
    void (*read)(const struct rows *r, struct arena *a, int64_t brand, void *item);
};

static void whole_read(const struct rows *r, struct arena *a, int64_t brand, void *item)
{
    (void)brand;
    conversation_read(r, a, item);
}

static void row_read(const struct rows *r, struct arena *a, int64_t brand, void *item)
{
    struct conversation_row *row = item;
    row->c = (struct conversation){.brand_id = brand,
                                   .id = rows_int(r, 0),
                                   .person_id = rows_int(r, 1),
                                   .state = (enum conversation_state)rows_int(r, 2),
                                   .owner_id = rows_int(r, 3),
                                   .priority = (enum priority)rows_int(r, 4),
                                   .waiting = rows_int(r, 5),
                                   .waiting_since = rows_int(r, 6),
                                   .window_until = rows_int(r, 7),
                                   .promise_due = rows_int(r, 8),
                                   .rank_at = rows_int(r, 9),
                                   .last_at = rows_int(r, 10),
                                   .last_out_at = rows_int(r, 11),
                                   .channel_id = rows_int(r, 12),
                                   .door = rows_dup(r, a, 13),
                                   .preview = rows_dup(r, a, 14),
                                   .language = rows_dup(r, a, 15),
                                   .returns = rows_int(r, 16),
                                   .failed = rows_int(r, 17),
                                   .mood = rows_dup(r, a, 18),
                                   .snooze_until = rows_int(r, 19),
                                   .closed_by = rows_int(r, 20)};
    row->name = rows_dup(r, a, 21);
    row->name_language = rows_dup(r, a, 22);
}

static const struct listing whole = {SQL_conversation_list_owner, SQL_conversation_list_state,
                                     SQL_conversation_list_label, SQL_conversation_list_newest,
                                     sizeof(struct conversation), whole_read};
static const struct listing shown = {SQL_conversation_rows_owner,     SQL_conversation_rows_state,
                                     SQL_conversation_rows_label,     SQL_conversation_rows_newest,
                                     sizeof(struct conversation_row), row_read};

/* The statement that serves a filter from an index, and its values; what it does not narrow is left to fits. */
static enum sql_id list_statement(const struct listing *l, int64_t brand, const struct conversation_filter *f,
                                  struct cursor at, struct db_value v[static 6], size_t *n)
{
    int64_t before = at.at ? at.at : INT64_MAX, before_id = at.id ? at.id : INT64_MAX;
    size_t i = 0;
    v[i++] = V(brand);
    if (f->person)
        v[i++] = V(f->person);
    else if (f->by_rank && f->owner >= 0)
        v[i++] = V(f->owner), v[i++] = V(f->state);
    else if (f->by_rank)
        v[i++] = V(f->state);
    else if (f->label)
        v[i++] = V(f->label);
    bool ranked = f->by_rank && !f->person, labelled = f->label && !ranked && !f->person;
    if (!labelled)
        v[i++] = V(ranked ? at.at : before);
    v[i++] = V(ranked ? at.id : before_id);
    v[i++] = V(at.limit);
    *n = i;
    return f->person  ? SQL_conversation_list_person
           : ranked   ? (f->owner >= 0 ? l->by_owner : l->by_state)
           : labelled ? l->by_label
                      : l->newest;
}

static struct rows *list_query(struct tx *tx, const struct listing *l, int64_t brand,
                               const struct conversation_filter *f, struct cursor at, struct error *e)
{
    struct db_value values[6];
    size_t n;
    enum sql_id sql = list_statement(l, brand, f, at, values, &n);
    return db_query_values(tx, sql, values, n, e);
}

void conversation_rows_ahead(struct tx *tx, int64_t brand, const struct conversation_filter *filter,
                             struct cursor cursor)
{
    struct db_value values[6];
    size_t n;
    cursor.limit++; /* as page_fill asks */
    enum sql_id sql = list_statement(&shown, brand, filter, cursor, values, &n);
    db_ahead_values(tx, sql, values, n);
}

static bool has_label(struct tx *tx, const struct conversation *c, int64_t label, bool *has, struct error *e)
{
    int64_t n = 0;
    if (!rows_number(db_query(tx, SQL_conversation_has_label, e, V(c->brand_id), V(c->id), V(label)), &n, e))
        return false;
    *has = n > 0;
    return true;
}

static bool fits(struct tx *tx, const struct conversation *c, const struct conversation_filter *f, bool *fit,
                 struct error *e)
{
    *fit = (f->state < 0 || (int)c->state == f->state) && (f->owner < 0 || c->owner_id == f->owner) &&
           (!f->channel || c->channel_id == f->channel) && (f->priority < 0 || (int)c->priority == f->priority) &&
           (!f->failed || c->failed > 0) && (!f->person || c->person_id == f->person);
    if (*fit && f->label)
        return has_label(tx, c, f->label, fit, e);
    return true;
}

/* How many rows one page may look at when a filter finds few: a list never becomes a scan of the whole table. */
#define LIST_LOOK_MAX 2000

/* A page of so many is given its room at once: growing copies. */
#define ROOM_AT_ONCE 64

/* A page under way. */
struct page {
    struct tx *tx;
    struct arena *a;
    int64_t brand;
    const struct listing *listing;
    const struct conversation_filter *filter;
    char *items;
    size_t count, wanted;
    bool more;
};

/* One statement's rows. *seen counts them all; stops at the first that fits and has no room. */
static bool page_read(struct page *p, struct cursor *cursor, int *seen, struct error *e)
{
    const struct listing *l = p->listing;
    CLEANUP(rows_cleanup) struct rows *rows = list_query(p->tx, l, p->brand, p->filter, *cursor, e);
    if (!rows)
        return false;
    while (!p->more && rows_next(rows)) {
        struct conversation_row item; /* or only what it begins with */
        bool fit;
        l->read(rows, p->a, p->brand, &item);
        ++*seen;
        cursor->at = p->filter->by_rank ? item.c.rank_at : item.c.last_at;
        cursor->id = item.c.id;
        if (!fits(p->tx, &item.c, p->filter, &fit, e))
            return false;
        p->more = fit && p->count == p->wanted;
        if (!fit || p->more)
            continue;
        if (p->wanted > ROOM_AT_ONCE)
            p->items = list_room(p->a, p->items, p->count, l->size);
        else if (!p->items)
            p->items = arena_alloc(p->a, p->wanted * l->size);
        memcpy(p->items + p->count++ * l->size, &item, l->size);
    }
    return rows_ok(rows, e);
}

static bool page_fill(struct page *p, struct cursor cursor, struct error *e)
{
    p->wanted = (size_t)cursor.limit;
    cursor.limit++;
    for (int looked = 0; looked < LIST_LOOK_MAX; looked += cursor.limit) {
        int seen = 0;
        if (!page_read(p, &cursor, &seen, e))
            return false;
        if (p->more || seen < cursor.limit)
            return true;
    }
    p->more = true;
    return true;
}

bool conversation_list(struct tx *tx, struct arena *a, int64_t brand, const struct conversation_filter *filter,
                       struct cursor cursor, struct conversation **out, size_t *count, bool *more, struct error *e)
{
    struct page page = {.tx = tx, .a = a, .brand = brand, .listing = &whole, .filter = filter};
    if (!page_fill(&page, cursor, e))
        return false;
    *out = (struct conversation *)(void *)page.items;
    *count = page.count;
    *more = page.more;
    return true;
}

bool conversation_rows(struct tx *tx, struct arena *a, int64_t brand, const struct conversation_filter *filter,
                       struct cursor cursor, struct conversation_row **out, size_t *count, bool *more,
                       struct error *e)
{
    struct page page = {.tx = tx, .a = a, .brand = brand, .listing = &shown, .filter = filter};
    assert(!filter->person);
    if (!page_fill(&page, cursor, e))
        return false;
    *out = (struct conversation_row *)(void *)page.items;
    *count = page.count;
    *more = page.more;
    return true;
}

static bool all_rows(struct rows *given, struct arena *a, struct conversation **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        conversation_read(rows, a, &(*out)[(*count)++]);
    }
    return rows_ok(rows, e);
}

bool conversation_by_ids(struct tx *tx, struct arena *a, int64_t brand, const int64_t *ids, size_t n,
                         struct conversation **out, size_t *count, struct error *e)
{
    *out = NULL;
    *count = 0;
    if (n == 0)
        return true;
    struct db_value *list = ARENA_ARRAY(a, struct db_value, n);
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    struct db_value first = V(brand);
    return all_rows(db_query_list(tx, SQL_conversation_by_ids, &first, 1, list, n, e), a, out, count, e);
}

bool conversation_due(struct tx *tx, struct arena *a, int64_t brand, int64_t now, struct conversation **out,
                      size_t *count, struct error *e)
{
    return all_rows(db_query(tx, SQL_conversation_due, e, V(brand), V(now)), a, out, count, e);
}

bool conversation_after(struct tx *tx, struct arena *a, int64_t brand, int64_t after, int limit,
                        struct conversation **out, size_t *count, struct error *e)
{
    return all_rows(db_query(tx, SQL_conversation_after, e, V(brand), V(after), V(limit)), a, out, count, e);
}

bool conversation_closing(struct tx *tx, struct arena *a, int64_t brand, int64_t from, int64_t until, int64_t ahead,
                          struct conversation **out, size_t *count, struct error *e)
{
    return all_rows(db_query(tx, SQL_conversation_closing, e, V(brand), V(from), V(until),
                             V((int)CONVERSATION_WAITING), V(ahead)),
                    a, out, count, e);
}

bool conversation_shut(struct tx *tx, struct arena *a, int64_t brand, int64_t ahead, struct conversation **out,
                       size_t *count, struct error *e)
{
    return all_rows(db_query(tx, SQL_conversation_shut, e, V(brand), V((int)CONVERSATION_WAITING), V(ahead)), a, out,
                    count, e);
}

bool tally_waiting(struct tx *tx, int64_t brand, int64_t owner, int64_t *theirs, int64_t *all, struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *rows = db_query(tx, SQL_tally_waiting, e, V(brand), V(owner), V((int)CONVERSATION_WAITING));
    bool any = rows && rows_next(rows);
    *theirs = any ? rows_int(rows, 0) : 0;
    *all = any ? rows_int(rows, 1) : 0;
    return rows && rows_ok(rows, e);
}

bool tally_get(struct tx *tx, int64_t brand, int64_t owner, enum conversation_state state, int64_t *out,
               struct error *e)
{
    if (owner < 0)
        return rows_number(db_query(tx, SQL_tally_all, e, V(brand), V((int)state)), out, e);
    return rows_number(db_query(tx, SQL_tally_owner, e, V(brand), V(owner), V((int)state)), out, e);
}
