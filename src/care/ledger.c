/* SPDX-License-Identifier: Apache-2.0 */
/* Booking places, and proving that the books balance. */
#include "care/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "care/forum.h"
#include "store/channel.h"
#include "store/event.h"
#include "store/retention.h"

static bool ledger_event(struct tx *tx, const char *kind, const struct message *m, enum place from, enum place to,
                         int64_t actor, struct str reason, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct json *data = json_object(a);
    json_set_id(a, data, "channel", m->channel_id);
    json_set_int(a, data, "day", m->day);
    if (from != PLACE_NONE)
        json_set_str(a, data, "from", str_from(place_name(from)));
    json_set_str(a, data, "to", str_from(place_name(to)));
    if (reason.len)
        json_set_str(a, data, "reason", reason);
    struct event event = {.brand_id = m->brand_id,
                          .kind = str_from(kind),
                          .conversation_id = m->conversation_id,
                          .subject_id = m->id,
                          .actor_id = actor,
                          .at = tx_now(tx),
                          .data = json_to_str(a, data)};
    return event_add(tx, &event, e);
}

bool ledger_receive(struct tx *tx, const struct message *m, struct error *e)
{
    return ledger_count_add(tx, m->brand_id, m->channel_id, m->day, m->place, 1, e) &&
           ledger_event(tx, "message.received", m, PLACE_NONE, m->place, 0, STR_EMPTY, e);
}

bool ledger_move(struct tx *tx, struct message *m, enum place to, int64_t actor, struct str reason, struct error *e)
{
    enum place from = m->place;
    if (from == to)
        return true;
    if (!message_set_place(tx, m->brand_id, m->id, to, actor, e) ||
        !ledger_count_add(tx, m->brand_id, m->channel_id, m->day, from, -1, e) ||
        !ledger_count_add(tx, m->brand_id, m->channel_id, m->day, to, 1, e) ||
        !ledger_event(tx, "message.place", m, from, to, actor, reason, e))
        return false;
    m->place = to;
    m->place_by = actor;
    bool shows = from == PLACE_SET_ASIDE || to == PLACE_SET_ASIDE || to == PLACE_WITHDRAWN;
    return !shows || forum_place_changed(tx, m, e);
}

const char *ledger_why_key(struct str reason)
{
    static const struct {
        const char *words, *key;
    } known[] = {
        {LEDGER_WHY_OUTSIDE, "ledger.why.outside"},     {LEDGER_WHY_DELETED, "ledger.why.deleted"},
        {LEDGER_WHY_IMPORTED, "ledger.why.imported"},   {LEDGER_WHY_STOOD, "ledger.why.stood"},
        {LEDGER_WHY_ENDED, "ledger.why.ended"},         {LEDGER_WHY_UNDELIVERED, "ledger.why.undelivered"},
        {LEDGER_WHY_REOPENED, "ledger.why.reopened"},   {LEDGER_WHY_TAKEN_BACK, "ledger.why.taken_back"},
        {LEDGER_WHY_AUTOMATIC, "ledger.why.automatic"}, {LEDGER_WHY_REWRITTEN, "ledger.why.rewritten"},
        {LEDGER_WHY_LEFT, "ledger.why.left"},           {LEDGER_WHY_MEMBER, "ledger.why.member"},
        {LEDGER_WHY_BETWEEN, "ledger.why.between"},     {LEDGER_WHY_NOBODY, "ledger.why.nobody"},
        {LEDGER_WHY_CALLED, "ledger.why.called"},       {LEDGER_WHY_REPORTED, "ledger.why.reported"},
        {LEDGER_WHY_LOOK, "ledger.why.look"},           {LEDGER_WHY_SIGNED_IN, "ledger.why.signed_in"},
        {LEDGER_WHY_VOICE, "ledger.why.voice"},         {LEDGER_WHY_ERASED, "ledger.why.erased"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(reason, str_from(known[i].words)))
            return known[i].key;
    return NULL;
}

/* ---- the books as JSON ---- */

static int64_t line_sum(const struct ledger_line *line)
{
    int64_t sum = 0;
    for (int p = PLACE_WAITING; p < PLACES; p++)
        sum += line->n[p];
    return sum;
}

static void line_json(struct arena *a, struct json *object, const struct ledger_line *line)
{
    json_set_int(a, object, "received", line_sum(line));
    for (int p = PLACE_WAITING; p < PLACES; p++)
        json_set_int(a, object, place_name((enum place)p), line->n[p]);
}

static void line_add(struct ledger_line *sum, const struct ledger_line *line)
{
    for (int p = 0; p < PLACES; p++)
        sum->n[p] += line->n[p];
}

static bool channel_names(struct tx *tx, struct arena *a, int64_t brand, struct channel_row **rows, size_t *n,
                          struct error *e)
{
    return channel_row_list(tx, a, brand, true, rows, n, e);
}

static struct json *channel_line(struct arena *a, const struct ledger_line *line, const struct channel_row *rows,
                                 size_t n)
{
    struct json *object = json_object(a);
    json_set_id(a, object, "channel", line->channel_id);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].id != line->channel_id)
            continue;
        json_set_str(a, object, "name", rows[i].name);
        json_set_str(a, object, "network", rows[i].network);
    }
    line_json(a, object, line);
    return object;
}

struct json *ledger_view(struct tx *tx, struct arena *a, const struct brand *brand, int64_t day, bool recount,
                         struct error *e)
{
    struct ledger_line *lines, sum = {0};
    struct channel_row *rows;
    size_t count, n;
    if (!channel_names(tx, a, brand->id, &rows, &n, e) ||
        !ledger_counts(tx, a, brand->id, day, day, day != 0, &lines, &count, e))
        return NULL;
    struct json *view = json_object(a), *channels = json_array(a);
    json_set_str(a, view, "brand", brand->name);
    for (size_t i = 0; i < count; i++) {
        line_add(&sum, &lines[i]);
        json_push(a, channels, channel_line(a, &lines[i], rows, n));
    }
    line_json(a, view, &sum);
    if (day)
        json_set_int(a, view, "day", day);
    bool balanced = true;
    if (recount) {
        struct json *verdict = ledger_verify(tx, a, brand, e);
        if (!verdict)
            return NULL;
        balanced = json_bool(json_get(verdict, "balanced"), false);
    } else {
        for (size_t i = 0; i < count; i++)
            for (int p = PLACE_WAITING; p < PLACES; p++)
                balanced &= lines[i].n[p] >= 0;
    }
    json_set_bool(a, view, "balanced", balanced);
    json_set(a, view, "channels", channels);
    return view;
}

/* ---- proof ---- */

struct book {
    struct ledger_line *lines;
    size_t count;
};

static struct ledger_line *book_line(struct arena *a, struct book *book, int64_t channel, int64_t day)
{
    for (size_t i = book->count; i-- > 0;)
        if (book->lines[i].channel_id == channel && book->lines[i].day == day)
            return &book->lines[i];
    book->lines = list_room(a, book->lines, book->count, sizeof *book->lines);
    book->lines[book->count] = (struct ledger_line){.channel_id = channel, .day = day};
    return &book->lines[book->count++];
}

static enum place place_from(struct str name)
{
    for (int p = PLACE_WAITING; p < PLACES; p++)
        if (str_eq(name, str_from(place_name((enum place)p))))
            return (enum place)p;
    return PLACE_NONE;
}

bool ledger_booking(struct arena *a, const struct event *event, struct ledger_booking *out)
{
    bool received = str_eq(event->kind, STR("message.received"));
    if (!received && !str_eq(event->kind, STR("message.place")))
        return false;
    struct json *data = json_parse(a, event->data, NULL);
    *out = (struct ledger_booking){.channel_id = json_int(json_get(data, "channel"), 0),
                                   .day = json_int(json_get(data, "day"), 0),
                                   .from = received ? PLACE_NONE : place_from(json_text(json_get(data, "from"))),
                                   .to = place_from(json_text(json_get(data, "to")))};
    return true;
}

static void book_event(struct arena *keep, struct arena *a, struct book *book, const struct event *event)
{
    struct ledger_booking booking;
    if (!ledger_booking(a, event, &booking))
        return;
    struct ledger_line *line = book_line(keep, book, booking.channel_id, booking.day);
    line->n[booking.to]++;
    if (booking.from != PLACE_NONE)
        line->n[booking.from]--;
}

#define VERIFY_EVENTS_A_TURN 2000

static bool book_from_log(struct tx *tx, struct arena *keep, int64_t brand, struct book *book, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    int64_t after = 0;
    if (!ledger_openings(tx, keep, brand, &book->lines, &book->count, e))
        return false;
    for (;;) {
        struct event *events;
        size_t count;
        if (!event_list(tx, a, brand, after, VERIFY_EVENTS_A_TURN, &events, &count, e))
            return false;
        for (size_t i = 0; i < count; i++)
            book_event(keep, a, book, &events[i]);
        if (count < VERIFY_EVENTS_A_TURN)
            return true;
        after = events[count - 1].id;
        arena_reset(a);
    }
}

static int compare_lines(const void *a, const void *b)
{
    const struct ledger_line *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return x->channel_id < y->channel_id ? -1 : x->channel_id > y->channel_id;
}

static void line_differs(struct arena *a, struct json *differences, const char *what, const struct ledger_line *kept,
                         const struct ledger_line *proven)
{
    static const struct ledger_line none = {0};
    const struct ledger_line *named = kept ? kept : proven;
    kept = kept ? kept : &none;
    proven = proven ? proven : &none;
    for (int place = PLACE_WAITING; place < PLACES; place++)
        if (kept->n[place] != proven->n[place])
            json_push(a, differences,
                      json_new_str(a, str_format(a, "channel %lld, day %lld, %s: the ledger says %lld, %s %lld",
                                                 (long long)named->channel_id, (long long)named->day,
                                                 place_name((enum place)place), (long long)kept->n[place], what,
                                                 (long long)proven->n[place])));
}

/* Both books side by side, in the order of their days. */
static void compare(struct arena *a, struct json *differences, const char *what, struct book *kept,
                    struct book *proven)
{
    size_t i = 0, k = 0;
    if (kept->count)
        qsort(kept->lines, kept->count, sizeof *kept->lines, compare_lines);
    if (proven->count)
        qsort(proven->lines, proven->count, sizeof *proven->lines, compare_lines);
    while (i < kept->count || k < proven->count) {
        int order = i == kept->count     ? 1
                    : k == proven->count ? -1
                                         : compare_lines(&kept->lines[i], &proven->lines[k]);
        line_differs(a, differences, what, order <= 0 ? &kept->lines[i] : NULL,
                     order >= 0 ? &proven->lines[k] : NULL);
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- the opening ---- */

/* The opening in one line a channel, as a statement has it; what is of a later day has no place in it. */
static void opening_by_channel(struct arena *a, const struct book *openings, int64_t day, struct book *out)
{
    for (size_t i = 0; i < openings->count; i++) {
        const struct ledger_line *line = &openings->lines[i];
        line_add(book_line(a, out, line->channel_id, line->day <= day ? day : line->day), line);
    }
}

static void statement_by_channel(struct arena *a, struct str body, int64_t day, struct book *out)
{
    const struct json *channels = json_get(json_get(json_parse(a, body, NULL), "until_day"), "channels");
    for (size_t i = 0; i < json_count(channels); i++) {
        const struct json *channel = json_at(channels, i);
        struct ledger_line *line = book_line(a, out, json_int(json_get(channel, "channel"), 0), day);
        for (int p = PLACE_WAITING; p < PLACES; p++)
            line->n[p] = json_int(json_get(channel, place_name((enum place)p)), 0);
    }
}

/* While a part of the days before a statement is gone, and a part is not, nothing can be said of it. */
static bool opening_compare(struct tx *tx, struct arena *a, int64_t brand, struct json *differences, int64_t *day,
                            struct error *e)
{
    struct retention_mark mark;
    struct statement statement;
    struct book openings = {0}, gone = {0}, proven = {0};
    if (!retention_get(tx, brand, "events", &mark, e))
        return false;
    *day = mark.day;
    if (mark.day == 0 || mark.day != mark.begun)
        return true;
    if (!statement_by_day(tx, a, brand, mark.day, &statement, e) ||
        !ledger_openings(tx, a, brand, &openings.lines, &openings.count, e))
        return false;
    opening_by_channel(a, &openings, mark.day, &gone);
    statement_by_channel(a, statement.body, mark.day, &proven);
    compare(a, differences, "the signed statement", &gone, &proven);
    return true;
}

struct json *ledger_verify(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e)
{
    struct book kept = {0}, counted = {0}, logged = {0};
    if (!ledger_counts(tx, a, brand->id, 0, 0, true, &kept.lines, &kept.count, e) ||
        !ledger_recount(tx, a, brand->id, &counted.lines, &counted.count, e) ||
        !book_from_log(tx, a, brand->id, &logged, e))
        return NULL;
    struct json *view = json_object(a), *differences = json_array(a);
    struct ledger_line sum = {0};
    int64_t opening = 0;
    if (!opening_compare(tx, a, brand->id, differences, &opening, e))
        return NULL;
    for (size_t i = 0; i < kept.count; i++)
        line_add(&sum, &kept.lines[i]);
    compare(a, differences, "the messages", &kept, &counted);
    compare(a, differences, "the event log", &kept, &logged);
    json_set_str(a, view, "brand", brand->name);
    line_json(a, view, &sum);
    json_set_bool(a, view, "balanced", json_count(differences) == 0);
    json_set(a, view, "differences", differences);
    json_set(a, view, "opening_day", opening ? json_new_int(a, opening) : json_new_null(a));
    return view;
}
