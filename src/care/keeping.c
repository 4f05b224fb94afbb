/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of what may be kept only for so long: it runs from when the network told it, is set anew when it tells it
 * again, and where it has run out words, media and names go. */
#include "care/keeping.h"

#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/house.h"
#include "care/intake_internal.h"
#include "care/likeness.h"
#include "care/people.h"
#include "care/search.h"
#include "care/story.h"
#include "store/channel.h"
#include "store/reaction.h"
#include "store/retention.h"
#include "store/shelf.h"

#define PIECE      32    /* rows a command */
#define REST_US    20000 /* between two */
#define MARK       "keeping"
#define EARLIER_US (10 * MINUTE_US) /* gone a little before the network's moment, never after */
#define ANEW_PARTS 16               /* the clock is not set anew more often than so many times within it */

/* ---- told anew ---- */

/* The words as the network tells them, where they had gone. */
static bool words_back(struct tx *tx, struct intake *in, struct message *m, const struct channel_event *event,
                       struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    m->text = event->text;
    m->note = event->note;
    m->told_at = tx_now(tx);
    if (!conversation_by_id(tx, a, m->brand_id, m->conversation_id, &c, e) ||
        !message_set_words(tx, m->brand_id, m->id, m->text, m->note, m->told_at, e) || !search_message(tx, m, e) ||
        !likeness_said(tx, in->account->row.network, m, e) || !attachment_delete_of(tx, m->brand_id, m->id, e) ||
        !intake_attachments(tx, m, event, e) || !message_set_payload(tx, m->brand_id, m->id, in->payload_id, e))
        return false;
    if (event->thread_key.len && event->thread_title.len &&
        !thread_put(tx, m->brand_id, m->channel_id, event->thread_key, text_shorten(a, event->thread_title, 120),
                    STR_EMPTY, m->at, e))
        return false;
    if (c.preview.len == 0 && m->at >= c.last_in_at)
        c.preview = story_preview(a, m);
    in->fresh++;
    return conversation_update(tx, &c, e) && story_event(tx, "message.told", &c, m->id, 0, STR_EMPTY, e);
}

bool keeping_told(struct tx *tx, struct intake *in, struct message *m, const struct channel_event *event,
                  struct error *e)
{
    int64_t hours = in->account->channel->keeping.words_hours, now = tx_now(tx);
    if (hours == 0 || m->told_at == 0 || m->outbound || m->deleted_at)
        return true;
    if (m->told_at < 0)
        return (event->text.len == 0 && event->media_count == 0) || words_back(tx, in, m, event, e);
    return now - m->told_at < hours * HOUR_US / ANEW_PARTS || message_set_told(tx, m->brand_id, m->id, now, e);
}

int64_t keeping_named_at(struct tx *tx, struct str network)
{
    const struct channel *channel = channel_find(network);
    return channel && channel->keeping.people_hours ? tx_now(tx) : 0;
}

bool keeping_named(struct tx *tx, struct identity *known, struct error *e)
{
    int64_t now = tx_now(tx);
    if (known->told_at == 0 || (known->told_at > 0 && now - known->told_at < HOUR_US))
        return true;
    known->told_at = now;
    return identity_set_told(tx, known, e);
}

/* ---- letting go ---- */

static bool message_let_go(struct tx *tx, struct str network, struct message *m, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    struct str head = str_concat(a, STR("post:"), m->external_id);
    if (!conversation_by_id(tx, a, m->brand_id, m->conversation_id, &c, e))
        return false;
    bool shown = str_eq(c.preview, story_preview(a, m));
    if (!search_message_gone(tx, m, e) || !likeness_unsaid(tx, network, m, e) ||
        !message_set_gone(tx, m->brand_id, m->id, -tx_now(tx), e) ||
        !attachment_remove_of(tx, m->brand_id, m->id, e) || !payload_forget(tx, m->brand_id, m->payload_id, e))
        return false;
    if (m->is_public && str_eq(m->thread_key, head) &&
        !thread_retitle(tx, m->brand_id, m->channel_id, m->thread_key, STR_EMPTY, e))
        return false;
    if (shown)
        c.preview = STR_EMPTY;
    return (!shown || conversation_update(tx, &c, e)) &&
           story_event(tx, "message.let_go", &c, m->id, 0, STR_EMPTY, e);
}

static bool is_name_of(struct arena *a, const struct person *person, const struct identity *identity)
{
    return (identity->name.len && str_eq(person->name, identity->name)) ||
           (identity->handle.len && str_eq(person->name, str_format(a, "@%.*s", STR_ARGS(identity->handle))));
}

/* Another network's name for them, else that of nobody. A name that a colleague gave stays. */
static bool name_let_go(struct tx *tx, struct identity *identity, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct person person;
    struct identity *all;
    size_t count;
    if (!person_by_id(tx, a, identity->brand_id, identity->person_id, &person, e) ||
        !identity_list(tx, a, identity->brand_id, identity->person_id, &all, &count, e))
        return false;
    if (is_name_of(a, &person, identity)) {
        if (!search_person_gone(tx, &person, e))
            return false;
        person.name = person_unnamed(a, identity->network, identity->external_id);
        for (size_t i = 0; i < count; i++)
            if (all[i].name.len && all[i].told_at == 0)
                person.name = all[i].name;
        if (!person_update(tx, &person, e) || !search_person(tx, &person, e))
            return false;
    }
    identity->name = identity->handle = STR_EMPTY;
    identity->told_at = -tx_now(tx);
    return identity_update(tx, identity, e) && identity_set_told(tx, identity, e) &&
           trait_forget(tx, identity->brand_id, identity->network, identity->external_id, 0, e);
}

struct piece {
    const struct channel_row *row;
    struct arena *arena;
    int64_t words_before, people_before; /* 0: nothing goes */
    struct message *messages;
    struct identity *names;
    size_t message_count, name_count;
    struct keeping_report gone;
};

static bool piece_find(struct tx *tx, void *ctx, struct error *e)
{
    struct piece *p = ctx;
    p->message_count = p->name_count = 0;
    return (p->words_before == 0 || message_told_before(tx, p->arena, p->row->brand_id, p->row->id, p->words_before,
                                                        PIECE, &p->messages, &p->message_count, e)) &&
           (p->people_before == 0 || identity_told_before(tx, p->arena, p->row->brand_id, p->row->network,
                                                          p->people_before, PIECE, &p->names, &p->name_count, e));
}

/* Each is looked at again: it may have been told meanwhile. */
static bool piece_let_go(struct tx *tx, void *ctx, struct error *e)
{
    struct piece *p = ctx;
    struct arena *a = tx_arena(tx);
    struct retention_mark mark;
    p->gone = (struct keeping_report){0};
    for (size_t i = 0; i < p->message_count; i++) {
        struct message m;
        if (!message_by_id(tx, a, p->row->brand_id, p->messages[i].id, &m, e))
            return false;
        if (m.told_at <= 0 || m.told_at >= p->words_before)
            continue;
        if (!message_let_go(tx, p->row->network, &m, e))
            return false;
        p->gone.messages++;
    }
    for (size_t i = 0; i < p->name_count; i++) {
        struct identity now;
        if (!identity_find(tx, a, p->row->brand_id, p->row->network, p->names[i].external_id, &now, e))
            return false;
        if (now.told_at <= 0 || now.told_at >= p->people_before)
            continue;
        if (!name_let_go(tx, &now, e))
            return false;
        p->gone.names++;
    }
    if (!retention_get(tx, p->row->brand_id, MARK, &mark, e))
        return false;
    mark.pruned += p->gone.messages;
    mark.until_at = mark.until_at > p->words_before ? mark.until_at : p->words_before;
    mark.at = tx_now(tx);
    return p->gone.messages == 0 || retention_put(tx, p->row->brand_id, MARK, &mark, e);
}

static int64_t before_of(int hours)
{
    return hours ? clock_now() - hours * HOUR_US + EARLIER_US : 0;
}

bool keeping_prune(struct house *house, const struct channel_row *row, const struct keeping *keeping,
                   bool (*stop)(void *ctx), void *ctx, struct keeping_report *out, struct error *e)
{
    struct piece p = {.row = row,
                      .words_before = before_of(keeping->words_hours),
                      .people_before = before_of(keeping->people_hours)};
    const struct timespec pause = {.tv_nsec = REST_US * 1000};
    while (!stop || !stop(ctx)) {
        CLEANUP(arena_cleanup) struct arena *a = arena_new();
        p.arena = a;
        if (!db_read(house->db, piece_find, &p, e))
            return false;
        if (p.message_count == 0 && p.name_count == 0)
            break;
        if (!db_write(house->db, row->brand_id, piece_let_go, &p, e))
            return false;
        out->messages += p.gone.messages;
        out->names += p.gone.names;
        nanosleep(&pause, NULL);
    }
    return true;
}

struct rows_of {
    struct arena *arena;
    int64_t brand;
    struct channel_row *rows;
    size_t count;
};

static bool rows_read(struct tx *tx, void *ctx, struct error *e)
{
    struct rows_of *of = ctx;
    return channel_row_list(tx, of->arena, of->brand, true, &of->rows, &of->count, e);
}

bool keeping_turn(struct house *house, int64_t brand, bool (*stop)(void *ctx), void *ctx, struct keeping_report *out,
                  struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct rows_of of = {.arena = a, .brand = brand};
    bool ok = db_read(house->db, rows_read, &of, e);
    for (size_t i = 0; ok && i < of.count; i++) {
        const struct channel *channel = channel_find(of.rows[i].network);
        if (channel && (channel->keeping.words_hours || channel->keeping.people_hours))
            ok = keeping_prune(house, &of.rows[i], &channel->keeping, stop, ctx, out, e);
    }
    return ok;
}

/* ---- shown ---- */

struct json *keeping_json(struct arena *a, const struct channel_row *channels, size_t count)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < count; i++) {
        const struct channel *channel = channel_find(channels[i].network);
        bool said = false;
        for (size_t k = 0; k < i; k++)
            said |= str_eq(channels[k].network, channels[i].network);
        if (said || !channel || (channel->keeping.words_hours == 0 && channel->keeping.people_hours == 0))
            continue;
        struct json *one = json_object(a);
        json_set_str(a, one, "network", channels[i].network);
        json_set_str(a, one, "label", str_from(channel->label));
        json_set_int(a, one, "words_hours", channel->keeping.words_hours);
        json_set_int(a, one, "people_hours", channel->keeping.people_hours);
        json_push(a, list, one);
    }
    return list;
}
