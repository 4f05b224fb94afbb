/* SPDX-License-Identifier: Apache-2.0 */
/* One thread reads the log after each commit and writes to every open page from that page's own cursor. */
#include "web/feed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "care/house.h"
#include "net/http.h"
#include "store/event.h"
#include "web/feed_internal.h"

/* A page that missed as many as one turn reads reloads itself: cheaper than replaying a night. */
#define FEED_EVENTS_A_TURN 500

struct reader {
    struct reader *next, **link; /* in the feed's list */
    struct feed *feed;
    struct http_stream *stream;
    int64_t brand, agent, cursor;
    int64_t talk; /* a guest's conversation; 0: a colleague, who hears everything */
    bool slow;    /* its client does not take what we send, or was signed out: the stream is closing */
    bool fresh;   /* just came: catches up from its own cursor */
};

#define CROWDS 1024 /* a power of two */
#define TALKS  4096

/* What the thread keeps of a brand between turns. */
struct brand_cursor {
    int64_t brand, last;
};

struct feed {
    struct house *house;
    struct arena *own;
    pthread_t thread;
    pthread_mutex_t lock; /* the readers: held while sending, never while reading the database */
    struct reader *readers;
    atomic_uint reader_count; /* written with the lock */
    unsigned fresh_count;
    struct reader *newcomers;    /* guests whom the thread has not seen yet */
    struct reader *talks[TALKS]; /* guests by their conversation */
    unsigned crowds[CROWDS];     /* readers by a number of their colleague */
    bool joined;                 /* somebody came since the thread last looked which brands there are */
    bool resumed;                /* ... and nobody was there before: the thread did not follow the log meanwhile */
    pthread_mutex_t wake_lock;   /* woken, closing: the writer's thread takes only this one */
    pthread_cond_t wake;
    bool woken, closing;
    bool behind;                 /* the thread's own: its last reading failed */
    struct brand_cursor *brands; /* the thread's own */
    size_t brand_count, brand_cap;
};

struct feed_read {
    struct arena *arena;
    int64_t brand, after, last;
    struct event *events;
    size_t count;
};

static bool feed_read_events(struct tx *tx, void *ctx, struct error *e)
{
    struct feed_read *read = ctx;
    if (!event_last_id(tx, read->brand, &read->last, e))
        return false;
    return read->after == 0 || /* from now on */
           event_list(tx, read->arena, read->brand, read->after, FEED_EVENTS_A_TURN, &read->events, &read->count, e);
}

static struct str event_lines(struct arena *a, const struct event *event)
{
    struct buf b;
    struct json *data = json_object(a);
    buf_init(&b, a, 192);
    if (event->conversation_id)
        json_set_id(a, data, "conversation", event->conversation_id);
    json_set_str(a, data, "kind", event->kind);
    if (event->actor_id)
        json_set_id(a, data, "actor", event->actor_id);
    buf_format(&b, "id: %lld\nevent: %s\ndata: ", (long long)event->id, feed_event_name(event->kind));
    json_write(&b, data);
    buf_cstr(&b, "\n\n");
    return buf_view(&b);
}

/* ---- the thread ---- */

/* Several events of one conversation in one turn say the same to a page: the last one is enough. */
static bool is_repeated(const struct feed_read *read, size_t i)
{
    const struct event *event = &read->events[i];
    for (size_t k = i + 1; k < read->count && k < i + 8; k++)
        if (read->events[k].conversation_id == event->conversation_id && event->conversation_id &&
            strcmp(feed_event_name(read->events[k].kind), feed_event_name(event->kind)) == 0)
            return true;
    return false;
}

static void send_to(struct reader *reader, struct str lines, int64_t id)
{
    if (reader->slow || reader->cursor >= id)
        return;
    reader->cursor = id;
    reader->slow = !http_stream_send(reader->stream, lines);
}

/* Readers who get the same, gathered: one lock of the server for all of them. */
#define CROWD 64
struct crowd {
    struct reader *readers[CROWD];
    struct http_stream *streams[CROWD];
    size_t count;
};

static void crowd_send(struct crowd *crowd, struct str lines)
{
    bool good[CROWD];
    http_stream_send_all(crowd->streams, crowd->count, lines, good);
    for (size_t i = 0; i < crowd->count; i++)
        crowd->readers[i]->slow = !good[i];
    crowd->count = 0;
}

static void crowd_add(struct crowd *crowd, struct reader *reader, struct str lines)
{
    crowd->readers[crowd->count] = reader;
    crowd->streams[crowd->count++] = reader->stream;
    if (crowd->count == CROWD)
        crowd_send(crowd, lines);
}

static void send_event(struct feed *feed, int64_t brand, struct str lines, int64_t id)
{
    struct crowd crowd = {.count = 0};
    for (struct reader *r = feed->readers; r; r = r->next) {
        if (r->brand != brand || r->fresh || r->slow || r->cursor >= id)
            continue;
        r->cursor = id;
        crowd_add(&crowd, r, lines);
    }
    crowd_send(&crowd, lines);
}

/* ---- guests ---- */

static struct reader **talk_place(struct feed *feed, int64_t talk)
{
    return &feed->talks[((uint64_t)talk ^ (uint64_t)talk >> 22) % TALKS];
}

static void reader_link(struct reader **list, struct reader *reader)
{
    reader->next = *list;
    reader->link = list;
    if (reader->next)
        reader->next->link = &reader->next;
    *list = reader;
}

static void reader_unlink(struct reader *reader)
{
    *reader->link = reader->next;
    if (reader->next)
        reader->next->link = reader->link;
    reader->link = NULL;
}

static void send_talk(struct feed *feed, int64_t brand, int64_t talk, struct str lines, int64_t id)
{
    struct crowd crowd = {.count = 0};
    for (struct reader *r = *talk_place(feed, talk); r; r = r->next)
        if (r->brand == brand && r->talk == talk && !r->slow && (!id || r->cursor < id)) {
            r->cursor = id ? id : r->cursor;
            crowd_add(&crowd, r, lines);
        }
    crowd_send(&crowd, lines);
}

static void send_guests(struct feed *feed, struct arena *a, const struct event *event)
{
    const char *name = event->conversation_id ? feed_guest_event_name(event->kind) : NULL;
    if (name && *talk_place(feed, event->conversation_id))
        send_talk(feed, event->brand_id, event->conversation_id,
                  str_format(a, "id: %lld\nevent: %s\ndata: {}\n\n", (long long)event->id, name), event->id);
}

/* A guest's page that may have missed something looks once: nothing is read for it here. */
static void guests_settle(struct feed *feed, struct arena *a)
{
    pthread_mutex_lock(&feed->lock);
    for (struct reader *r = feed->newcomers, *next; r; r = next) {
        int64_t last = 0;
        next = r->next;
        for (size_t i = 0; i < feed->brand_count && !last; i++)
            last = feed->brands[i].brand == r->brand ? feed->brands[i].last : 0;
        if (!last)
            continue;
        reader_unlink(r);
        reader_link(talk_place(feed, r->talk), r);
        if (r->cursor < last)
            send_to(r, str_format(a, "id: %lld\nevent: reload\ndata: {}\n\n", (long long)last), last);
    }
    pthread_mutex_unlock(&feed->lock);
}

static void let_go(struct reader *reader)
{
    if (!reader->slow)
        http_stream_close(reader->stream);
    reader->slow = true;
}

static void let_go_of(struct feed *feed, const struct event *event)
{
    for (struct reader *r = feed->readers; r; r = r->next)
        if (r->brand == event->brand_id && r->agent == event->subject_id && !r->fresh)
            let_go(r);
}

static void send_turn(struct feed *feed, struct arena *a, const struct feed_read *read)
{
    pthread_mutex_lock(&feed->lock);
    for (size_t i = 0; i < read->count; i++) {
        const struct event *event = &read->events[i];
        if (!is_repeated(read, i) && !str_starts(event->kind, STR("chat.")))
            send_event(feed, read->brand, event_lines(a, event), event->id);
        send_guests(feed, a, event);
        if (feed_ends_sessions(event))
            let_go_of(feed, event);
    }
    pthread_mutex_unlock(&feed->lock);
}

static void brand_turn(struct feed *feed, struct arena *a, struct brand_cursor *cursor)
{
    for (;;) {
        struct feed_read read = {.arena = a, .brand = cursor->brand, .after = cursor->last};
        if (!db_read(feed->house->db, feed_read_events, &read, NULL)) {
            feed->behind = true;
            return;
        }
        if (cursor->last == 0) {
            cursor->last = read.last ? read.last : 1;
            return;
        }
        send_turn(feed, a, &read);
        if (read.count)
            cursor->last = read.events[read.count - 1].id;
        if (read.count < FEED_EVENTS_A_TURN)
            return;
        arena_reset(a);
    }
}

/* As long as the log of a brand could not be read (its database is away) nobody knows. */
static bool missed_nothing(const struct feed *feed, const struct reader *reader)
{
    for (size_t i = 0; i < feed->brand_count; i++)
        if (feed->brands[i].brand == reader->brand)
            return reader->cursor && feed->brands[i].last && reader->cursor >= feed->brands[i].last;
    return false;
}

static void settle(struct feed *feed, struct reader *reader)
{
    feed->fresh_count -= reader->fresh;
    reader->fresh = false;
}

/* The first that has to be read for. Most who come have missed nothing: a crowd of them costs no reading. Those who
 * came last stand first. */
static struct reader *first_fresh(struct feed *feed)
{
    for (struct reader *reader = feed->readers; reader && feed->fresh_count; reader = reader->next) {
        if (reader->fresh && missed_nothing(feed, reader))
            settle(feed, reader);
        if (reader->fresh)
            return reader;
    }
    return NULL;
}

static void catch_up_send(struct arena *a, struct reader *reader, const struct feed_read *read)
{
    if (reader->cursor == 0) {
        reader->cursor = read->last;
        return;
    }
    if (read->count >= FEED_EVENTS_A_TURN) {
        send_to(reader, str_format(a, "id: %lld\nevent: reload\ndata: {}\n\n", (long long)read->last), read->last);
        return;
    }
    for (size_t i = 0; i < read->count; i++) {
        const struct event *event = &read->events[i];
        if (!is_repeated(read, i))
            send_to(reader, event_lines(a, event), event->id);
        if (feed_ends_sessions(event) && event->subject_id == reader->agent)
            let_go(reader);
    }
}

/* Those who came since the last turn, one at a time: the database is read without the lock, and a reader may leave
 * meanwhile. Comes after the brands' turns, so that what is read here and what a next turn sends overlap, not gap. */
static void catch_up(struct feed *feed, struct arena *a)
{
    for (;;) {
        arena_reset(a);
        pthread_mutex_lock(&feed->lock);
        struct reader *reader = first_fresh(feed);
        struct feed_read read = {.arena = a};
        if (reader) {
            read.brand = reader->brand;
            read.after = reader->cursor;
        }
        pthread_mutex_unlock(&feed->lock);
        if (!reader)
            return;
        if (!db_read(feed->house->db, feed_read_events, &read, NULL)) {
            feed->behind = true;
            return;
        }
        pthread_mutex_lock(&feed->lock);
        struct reader *still = first_fresh(feed);
        /* another reader may stand at the same place in memory by now: what was read is theirs where they ask the
         * same */
        if (still == reader && still->brand == read.brand && still->cursor == read.after) {
            settle(feed, reader);
            catch_up_send(a, reader, &read);
        }
        pthread_mutex_unlock(&feed->lock);
    }
}

static void brand_follow(struct feed *feed, int64_t brand)
{
    size_t i = 0;
    while (i < feed->brand_count && feed->brands[i].brand != brand)
        i++;
    if (i < feed->brand_count)
        return;
    if (feed->brand_count == feed->brand_cap) {
        struct brand_cursor *before = feed->brands;
        feed->brand_cap = feed->brand_cap ? 2 * feed->brand_cap : 16;
        feed->brands = ARENA_ARRAY(feed->own, struct brand_cursor, feed->brand_cap);
        if (before)
            memcpy(feed->brands, before, feed->brand_count * sizeof *before);
    }
    feed->brands[feed->brand_count++] = (struct brand_cursor){.brand = brand};
}

static void learn_brands(struct feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    if (feed->resumed)
        feed->brand_count = 0;
    for (struct reader *r = feed->joined ? feed->readers : NULL; r; r = r->next)
        brand_follow(feed, r->brand);
    for (struct reader *r = feed->joined ? feed->newcomers : NULL; r; r = r->next)
        brand_follow(feed, r->brand);
    feed->joined = feed->resumed = false;
    pthread_mutex_unlock(&feed->lock);
}

static void feed_turn(struct feed *feed, struct arena *a)
{
    feed->behind = false;
    learn_brands(feed);
    for (size_t i = 0; i < feed->brand_count; i++)
        brand_turn(feed, a, &feed->brands[i]);
    catch_up(feed, a);
    guests_settle(feed, a);
}

static bool feed_wait(struct feed *feed)
{
    pthread_mutex_lock(&feed->wake_lock);
    struct timespec again;
    clock_gettime(CLOCK_REALTIME, &again);
    again.tv_sec += 1; /* the database could not be read: whatever happened is told a second after it is back */
    int timed_out = 0;
    while (!feed->woken && !feed->closing && !timed_out)
        timed_out = feed->behind ? pthread_cond_timedwait(&feed->wake, &feed->wake_lock, &again)
                                 : pthread_cond_wait(&feed->wake, &feed->wake_lock);
    feed->woken = false;
    bool go_on = !feed->closing;
    pthread_mutex_unlock(&feed->wake_lock);
    return go_on;
}

static void *feed_run(void *ctx)
{
    struct feed *feed = ctx;
    struct arena *a = arena_new();
    while (feed_wait(feed)) {
        feed_turn(feed, a);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

void feed_wake(void *ctx)
{
    struct feed *feed = ctx;
    if (atomic_load(&feed->reader_count) ==
        0) /* each commit asks; who comes later begins where the log stands then */
        return;
    pthread_mutex_lock(&feed->wake_lock);
    feed->woken = true;
    pthread_cond_signal(&feed->wake);
    pthread_mutex_unlock(&feed->wake_lock);
}

/* ---- readers ---- */

static unsigned *crowd_of(struct feed *feed, int64_t agent)
{
    return &feed->crowds[((uint64_t)agent ^ (uint64_t)agent >> 22) % CROWDS];
}

/* On the server's loop thread, once: the stream must not be used after it. */
static void reader_left(void *ctx)
{
    struct reader *reader = ctx;
    struct feed *feed = reader->feed;
    pthread_mutex_lock(&feed->lock);
    if (reader->link) { /* else it left before it was in the list */
        reader_unlink(reader);
        if (!reader->talk)
            --*crowd_of(feed, reader->agent);
        atomic_fetch_sub(&feed->reader_count, 1);
        settle(feed, reader);
    }
    pthread_mutex_unlock(&feed->lock);
}

/* With the lock. */
static bool has_room(struct feed *feed, const struct feed_seat *seat)
{
    unsigned *count = crowd_of(feed, seat->agent);
    int64_t open = 0;
    for (const struct reader *r = seat->talk ? *talk_place(feed, seat->talk) : NULL; r; r = r->next)
        open += r->talk == seat->talk && r->brand == seat->brand;
    if (seat->talk)
        return open < seat->most;
    if (*count >= seat->most) /* with others who share the number, perhaps */
        for (const struct reader *r = feed->readers; r; r = r->next)
            open += r->agent == seat->agent && r->brand == seat->brand;
    return open < seat->most;
}

size_t feed_present(struct feed *feed, int64_t brand, int64_t *agents, size_t most)
{
    size_t count = 0;
    pthread_mutex_lock(&feed->lock);
    for (const struct reader *r = feed->readers; r && count < most; r = r->next) {
        bool known = r->brand != brand;
        for (size_t i = 0; i < count && !known; i++)
            known = agents[i] == r->agent;
        if (!known)
            agents[count++] = r->agent;
    }
    pthread_mutex_unlock(&feed->lock);
    return count;
}

bool feed_join(struct feed *feed, struct http_request *req, const struct feed_seat *seat, struct error *e)
{
    int64_t cursor;
    struct str last = http_header(req, "last-event-id");
    if (!str_int64(last.len ? last : http_query(req, "after"), &cursor) || cursor == 0)
        cursor = seat->newest;
    struct reader *reader = ARENA_NEW(req->arena, struct reader);
    *reader = (struct reader){.feed = feed,
                              .brand = seat->brand,
                              .agent = seat->agent,
                              .talk = seat->talk,
                              .cursor = cursor,
                              .fresh = !seat->talk};
    pthread_mutex_lock(&feed->lock);
    if (!has_room(feed, seat)) {
        pthread_mutex_unlock(&feed->lock);
        return fail(e, ERR_RATE_LIMITED, "At most %lld pages can be open here.", (long long)seat->most);
    }
    reader->stream = http_stream_open(req, reader_left, reader);
    if (reader->stream) {
        http_stream_send(reader->stream, STR("retry: 1500\n\n"));
        reader_link(seat->talk ? &feed->newcomers : &feed->readers, reader);
        feed->resumed |= atomic_fetch_add(&feed->reader_count, 1) == 0;
        if (!seat->talk)
            ++*crowd_of(feed, seat->agent);
        feed->fresh_count += reader->fresh;
        feed->joined = true;
    }
    pthread_mutex_unlock(&feed->lock);
    feed_wake(feed);
    return true;
}

static void say_to(struct feed *feed, int64_t brand, int64_t agent, const char *name, struct str data)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str lines = str_format(a, "event: %s\ndata: %.*s\n\n", name, STR_ARGS(data));
    pthread_mutex_lock(&feed->lock);
    struct crowd crowd = {.count = 0};
    for (struct reader *r = feed->readers; r; r = r->next)
        if (r->brand == brand && !r->slow && (!agent || r->agent == agent))
            crowd_add(&crowd, r, lines);
    crowd_send(&crowd, lines);
    pthread_mutex_unlock(&feed->lock);
}

void feed_say(struct feed *feed, int64_t brand, const char *name, struct str data)
{
    say_to(feed, brand, 0, name, data);
}

void feed_say_agent(struct feed *feed, int64_t brand, int64_t agent, const char *name, struct str data)
{
    say_to(feed, brand, agent, name, data);
}

void feed_say_guests(struct feed *feed, int64_t brand, int64_t talk, const char *name, struct str data)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str lines = str_format(a, "event: %s\ndata: %.*s\n\n", name, STR_ARGS(data));
    pthread_mutex_lock(&feed->lock);
    send_talk(feed, brand, talk, lines, 0);
    pthread_mutex_unlock(&feed->lock);
}

/* ---- opening ---- */

struct feed *feed_open(struct house *house, struct error *e)
{
    struct arena *own = arena_new();
    struct feed *feed = ARENA_NEW(own, struct feed);
    feed->house = house;
    feed->own = own;
    pthread_mutex_init(&feed->lock, NULL);
    pthread_mutex_init(&feed->wake_lock, NULL);
    pthread_cond_init(&feed->wake, NULL);
    if (pthread_create(&feed->thread, NULL, feed_run, feed) != 0) {
        arena_free(own);
        return fail_null(e, ERR_INTERNAL, "The thread of the feed cannot be started.");
    }
    return feed;
}

void feed_close(struct feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_lock(&feed->wake_lock);
    feed->closing = true;
    pthread_cond_signal(&feed->wake);
    pthread_mutex_unlock(&feed->wake_lock);
    pthread_join(feed->thread, NULL);
    pthread_mutex_destroy(&feed->lock);
    pthread_mutex_destroy(&feed->wake_lock);
    pthread_cond_destroy(&feed->wake);
    arena_free(feed->own);
}
