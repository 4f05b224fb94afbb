/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out an erasure: messages, then the bytes that networks sent, then words in the log. Each piece is a
 * command of a few milliseconds, and done again does nothing: it may be broken off anywhere. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/erasure_internal.h"
#include "care/forum_internal.h"
#include "care/house.h"
#include "care/ledger.h"
#include "care/likeness.h"
#include "care/people_internal.h"
#include "care/search.h"
#include "care/similar.h"
#include "care/story.h"
#include "store/channel.h"
#include "store/event.h"
#include "store/message.h"
#include "store/retention.h"
#include "store/search.h"
#include "store/shelf.h"

enum { MESSAGES = 32, PAYLOADS = 200, EVENTS = 500 }; /* a piece */
#define REST_US    5000
#define ID_DIGITS  17 /* ours have more */
#define NEEDLE_MIN 5  /* a shorter id is found in what is of others */

struct erasing {
    struct house *house;
    const struct brand *brand;
    struct erasure row;
    struct erasure_carry carry;
    struct channel_row *channels;
    struct conversation *stories;
    size_t channel_count, story_count;
    bool (*stop)(void *ctx);
    void *ctx;
    struct arena *own, *arena; /* of all of it; of this piece */
    /* of this piece */
    const struct conversation *story;
    struct cursor cursor;
    struct message *messages;
    struct payload *payloads;
    struct event *events;
    size_t count;
    int64_t after;
    struct erasure_counts gone;
};

static bool stops(const struct erasing *x)
{
    return x->stop && x->stop(x->ctx);
}

typedef bool piece_work(struct tx *tx, void *ctx, struct error *e);

/* find, then work, until nothing is found. */
static bool pieces(struct erasing *x, piece_work *find, piece_work *work, struct error *e)
{
    const struct timespec pause = {.tv_nsec = REST_US * 1000};
    while (!stops(x)) {
        CLEANUP(arena_cleanup) struct arena *a = arena_new();
        x->arena = a;
        x->count = 0;
        if (!db_read(x->house->db, find, x, e))
            return false;
        if (x->count == 0)
            return true;
        if (!db_write(x->house->db, x->brand->id, work, x, e))
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* ---- messages ---- */

static struct str network_of(const struct erasing *x, int64_t channel)
{
    for (size_t i = 0; i < x->channel_count; i++)
        if (x->channels[i].id == channel)
            return x->channels[i].network;
    return STR_EMPTY;
}

/* A thread of theirs alone goes; under a post of others it stays. */
static bool thread_go(struct tx *tx, const struct message *m, struct error *e)
{
    bool head = str_eq(m->thread_key, str_concat(tx_arena(tx), STR("post:"), m->external_id));
    return m->thread_key.len == 0 || (m->is_public && !head) ||
           erase_thread(tx, m->brand_id, m->channel_id, m->thread_key, e);
}

/* Where a title of theirs stands over what others wrote, others' words stay. */
static bool post_go(struct tx *tx, const struct erasing *x, const struct message *m, struct error *e)
{
    int64_t id = forum_topic_of(m);
    struct topic topic;
    struct error here = {0};
    if (!id)
        return true;
    if (!topic_by_id(tx, tx_arena(tx), m->brand_id, id, &topic, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    return erase_post(tx, m->brand_id, m->id, e) &&
           (topic.question_id != m->id || erase_topic(tx, m->brand_id, id, x->carry.topic, STR("topic"), e)) &&
           forum_refresh(tx, m->brand_id, id, e);
}

static bool message_go(struct tx *tx, struct erasing *x, struct message *m, struct error *e)
{
    struct str network = network_of(x, m->channel_id), key = forum_topic_of(m) ? m->thread_key : STR_EMPTY;
    int64_t files, brand = m->brand_id;
    bool waits = !m->outbound && m->place == PLACE_WAITING;
    if (!search_message_gone(tx, m, e) ||
        !(m->outbound ? similar_forget(tx, m, e) : likeness_unsaid(tx, network, m, e)) ||
        !payload_forget(tx, brand, m->payload_id, e) || !thread_go(tx, m, e) ||
        (waits && !ledger_move(tx, m, PLACE_WITHDRAWN, x->row.decided_by, STR(LEDGER_WHY_ERASED), e)))
        return false;
    if (!erase_attachments(tx, brand, m->id, &files, e) ||
        !erase_message(tx, brand, m->id, key, m->deleted_at ? m->deleted_at : tx_now(tx), e))
        return false;
    x->gone.messages++;
    x->gone.files += files;
    return post_go(tx, x, m, e);
}

/* A post that stays says nothing any more of who wrote it. */
static bool author_go(struct tx *tx, struct erasing *x, const struct message *m, struct error *e)
{
    if (m->author_id.len == 0 && m->external_id.len == 0)
        return true;
    x->gone.messages++;
    return payload_forget(tx, m->brand_id, m->payload_id, e) && erase_message_author(tx, m->brand_id, m->id, e);
}

static bool messages_find(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    if (!message_list(tx, x->arena, x->brand->id, x->story->id, x->cursor, &x->messages, &x->count, e))
        return false;
    if (x->count)
        x->cursor = (struct cursor){.limit = MESSAGES, .at = x->messages[0].at, .id = x->messages[0].id};
    return true;
}

static bool messages_go(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    x->gone = (struct erasure_counts){0};
    for (size_t i = 0; i < x->count; i++) {
        struct message m;
        if (!message_by_id(tx, tx_arena(tx), x->brand->id, x->messages[i].id, &m, e))
            return false;
        bool stays = x->row.posts_stay && forum_topic_of(&m) && !m.deleted_at;
        if (!str_eq(m.note, STR(NOTE_ERASED)) && !(stays ? author_go(tx, x, &m, e) : message_go(tx, x, &m, e)))
            return false;
    }
    return erasure_count(tx, &x->row, &x->gone, e);
}

/* What stands around the messages. An open conversation is over: nobody is there to be answered. */
static bool story_go(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct conversation c;
    struct erasure_counts one = {0};
    int64_t by = x->row.decided_by;
    if (!conversation_by_id(tx, tx_arena(tx), x->brand->id, x->story->id, &c, e) || !search_need_gone(tx, &c, e))
        return false;
    one.stories = c.preview.len || c.need.len || c.state != CONVERSATION_CLOSED;
    c.need = c.preview = c.reason = c.language = c.mood = STR_EMPTY;
    c.snooze_until = 0;
    if (!erase_conversation(tx, x->brand->id, c.id, tx_now(tx), by, e) || !story_settle(tx, &c, e))
        return false;
    if (c.state != CONVERSATION_CLOSED && c.state != CONVERSATION_SET_ASIDE) {
        c.state = CONVERSATION_CLOSED;
        c.owner_id = 0;
        c.closed_at = tx_now(tx);
        c.closed_by = by;
        c.outcome = STR("no_need");
        if (!conversation_update(tx, &c, e))
            return false;
    }
    return erasure_count(tx, &x->row, &one, e) && story_event(tx, "conversation.erased", &c, 0, by, STR_EMPTY, e);
}

static bool stories_find(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct conversation *list;
    if (!channel_row_list(tx, x->own, x->brand->id, true, &x->channels, &x->channel_count, e) ||
        !person_conversations(tx, x->brand->id, x->row.person_id, &list, &x->story_count, e))
        return false;
    x->stories = ARENA_ARRAY(x->own, struct conversation, x->story_count + 1);
    for (size_t i = 0; i < x->story_count; i++)
        x->stories[i] = (struct conversation){.brand_id = list[i].brand_id, .id = list[i].id};
    return true;
}

static bool stories_go(struct erasing *x, struct error *e)
{
    if (!db_read(x->house->db, stories_find, x, e))
        return false;
    for (size_t i = 0; i < x->story_count && !stops(x); i++) {
        x->story = &x->stories[i];
        x->cursor = (struct cursor){.limit = MESSAGES};
        if (!pieces(x, messages_find, messages_go, e))
            return false;
        if (!stops(x) && !db_write(x->house->db, x->brand->id, story_go, x, e))
            return false;
    }
    return true;
}

/* ---- the bytes that networks sent ---- */

static bool is_sign(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether it stands there by itself, not inside of a longer one. */
static bool says(struct str body, struct str needle)
{
    if (needle.len < NEEDLE_MIN)
        return false;
    const char *at = body.ptr, *end = body.ptr + body.len;
    while (at && (at = memmem(at, (size_t)(end - at), needle.ptr, needle.len)) != NULL) {
        const char *behind = at + needle.len;
        if ((at == body.ptr || !is_sign(at[-1])) && (behind == end || !is_sign(*behind)))
            return true;
        at++;
    }
    return false;
}

static bool is_of_them(const struct erasing *x, const struct payload *payload)
{
    bool of = false;
    for (size_t i = 0; i < x->carry.count && !of; i++)
        of = says(payload->body, x->carry.ids[i].id) || says(payload->body, x->carry.ids[i].phone);
    return of;
}

/* Pages that say nothing of them are passed over in one read. */
static bool payloads_find(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct payload *list;
    size_t n = PAYLOADS;
    while (x->count == 0 && n == PAYLOADS && !stops(x)) {
        arena_reset(x->arena);
        if (!payload_old(tx, x->arena, x->brand->id, x->after, INT64_MAX, PAYLOADS, &list, &n, e))
            return false;
        x->payloads = ARENA_ARRAY(x->arena, struct payload, n + 1);
        for (size_t i = 0; i < n; i++)
            if (is_of_them(x, &list[i]))
                x->payloads[x->count++] = list[i];
        if (n)
            x->after = list[n - 1].id;
    }
    return true;
}

static bool payloads_go(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct erasure_counts gone = {.payloads = (int64_t)x->count};
    for (size_t i = 0; i < x->count; i++)
        if (!payload_forget(tx, x->brand->id, x->payloads[i].id, e))
            return false;
    return erasure_count(tx, &x->row, &gone, e);
}

/* ---- words in the log ---- */

/* Ids, numbers, places and states stay, and what the program itself gives as a reason: the books are proved by them.
 */
static bool may_stay(const struct json_member *member)
{
    static const char *const plain[] = {"from", "to", "state", "kind"};
    const struct json *value = member->value;
    struct str words = json_text(value);
    int64_t id;
    if (!json_is(value, JSON_STRING))
        return json_is(value, JSON_NUMBER) || json_is(value, JSON_BOOL) || json_is(value, JSON_NULL);
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (str_eq(member->key, str_from(plain[i])))
            return true;
    return (words.len >= ID_DIGITS && str_int64(words, &id)) ||
           (str_eq(member->key, STR("reason")) && ledger_why_key(words));
}

static struct str without_words(struct arena *a, struct str data)
{
    struct error e = {0};
    const struct json *given = data.len ? json_parse(a, data, &e) : NULL;
    struct json *left = json_object(a);
    if (!given || given->type != JSON_OBJECT)
        return STR_EMPTY;
    for (size_t i = 0; i < given->count; i++)
        if (may_stay(&given->members[i]))
            json_put(a, left, given->members[i].key, given->members[i].value);
    return json_count(left) ? json_to_str(a, left) : STR_EMPTY;
}

static int by_id(const void *one, const void *other)
{
    int64_t a = ((const struct conversation *)one)->id, b = ((const struct conversation *)other)->id;
    return (a > b) - (a < b);
}

static bool is_their_story(const struct erasing *x, int64_t conversation)
{
    struct conversation wanted = {.id = conversation};
    return conversation && x->story_count &&
           bsearch(&wanted, x->stories, x->story_count, sizeof wanted, by_id) != NULL;
}

static bool events_find(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct event *list;
    size_t n = EVENTS;
    while (x->count == 0 && n == EVENTS && !stops(x)) {
        arena_reset(x->arena);
        if (!event_list(tx, x->arena, x->brand->id, x->after, EVENTS, &list, &n, e))
            return false;
        x->events = ARENA_ARRAY(x->arena, struct event, n + 1);
        for (size_t i = 0; i < n; i++) {
            bool theirs = list[i].subject_id == x->row.person_id || is_their_story(x, list[i].conversation_id);
            struct str left = theirs ? without_words(x->arena, list[i].data) : list[i].data;
            if (left.len >= list[i].data.len)
                continue;
            x->events[x->count] = list[i];
            x->events[x->count++].data = left;
        }
        if (n)
            x->after = list[n - 1].id;
    }
    return true;
}

static bool events_go(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct erasure_counts gone = {.events = (int64_t)x->count};
    for (size_t i = 0; i < x->count; i++)
        if (!erase_event(tx, x->brand->id, x->events[i].id, x->events[i].data, e))
            return false;
    return erasure_count(tx, &x->row, &gone, e);
}

/* ---- what left the search index ---- */

static bool pages_read(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    return search_pages(tx, &x->after, e);
}

static bool merge_first(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return search_merge(tx, true, e);
}

static bool merge_more(struct tx *tx, void *ctx, struct error *e)
{
    (void)ctx;
    return search_merge(tx, false, e);
}

static bool index_go(struct erasing *x, struct error *e)
{
    const struct timespec pause = {.tv_nsec = REST_US * 1000};
    struct db *db = x->house->db;
    if (!db_read(db, pages_read, x, e) || (x->after && !db_write(db, x->brand->id, merge_first, x, e)))
        return false;
    for (int64_t left = x->after; left > 0 && !stops(x); left -= SEARCH_MERGED) {
        nanosleep(&pause, NULL);
        if (!db_write(db, x->brand->id, merge_more, x, e))
            return false;
    }
    return true;
}

/* ---- all of it ---- */

static bool erasure_over(struct tx *tx, void *ctx, struct error *e)
{
    struct erasing *x = ctx;
    struct arena *a = tx_arena(tx);
    struct erasure row;
    if (!erasure_by_id(tx, a, x->brand->id, x->row.id, &row, e) || row.state != ERASURE_BEGUN)
        return e->code == ERR_NONE;
    struct json *data = json_object(a);
    json_set_int(a, data, "accounts", row.gone.accounts);
    json_set_int(a, data, "stories", row.gone.stories);
    json_set_int(a, data, "messages", row.gone.messages);
    json_set_int(a, data, "files", row.gone.files);
    json_set_int(a, data, "payloads", row.gone.payloads);
    json_set_int(a, data, "events", row.gone.events);
    row.state = ERASURE_DONE;
    row.done_at = tx_now(tx);
    row.carry = STR_EMPTY;
    return erasure_update(tx, &row, e) && erasure_event(tx, "person.erased", &row, row.decided_by, data, e);
}

static bool erase_one(struct erasing *x, struct error *e)
{
    if (!erasure_carry_open(x->own, x->house, x->row.carry, &x->carry, e) || !stories_go(x, e))
        return false;
    x->after = 0;
    if (!stops(x) && !pieces(x, payloads_find, payloads_go, e))
        return false;
    qsort(x->stories, x->story_count, sizeof *x->stories, by_id);
    x->after = x->carry.since ? id_at(x->carry.since - DAY_US) : 0;
    if (!stops(x) && (!pieces(x, events_find, events_go, e) || !index_go(x, e)))
        return false;
    return stops(x) || db_write(x->house->db, x->brand->id, erasure_over, x, e);
}

struct begun {
    struct arena *arena;
    int64_t brand;
    struct erasure *rows;
    size_t count;
};

static bool begun_read(struct tx *tx, void *ctx, struct error *e)
{
    struct begun *begun = ctx;
    return erasure_list(tx, begun->arena, begun->brand, ERASURE_BEGUN, ERASURE_DECIDED_MAX, &begun->rows,
                        &begun->count, e);
}

bool erasure_turn(struct house *house, const struct brand *brand, bool (*stop)(void *ctx), void *ctx, int64_t *done,
                  struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct begun begun = {.arena = a, .brand = brand->id};
    *done = 0;
    if (!db_read(house->db, begun_read, &begun, e))
        return false;
    for (size_t i = begun.count; i-- > 0 && !(stop && stop(ctx));) { /* the oldest first */
        CLEANUP(arena_cleanup) struct arena *own = arena_new();
        struct erasing x = {
            .house = house, .brand = brand, .row = begun.rows[i], .stop = stop, .ctx = ctx, .own = own};
        if (!erase_one(&x, e))
            return false;
        *done += !stops(&x);
    }
    return true;
}
