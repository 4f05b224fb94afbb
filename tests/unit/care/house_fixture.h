/* SPDX-License-Identifier: Apache-2.0 */
/* A house with accounts on networks, colleagues who are signed in, and commands that a test runs line by line:
 * DO(c, …) runs an expression in a command of its own (it may use `tx` and `e`), REFUSED(c, code, …) wants it to fail
 * and to leave nothing behind. */
#pragma once

#include "house_support.h"

#include <pthread.h>
#include <sqlite3.h>

#include "base/json.h"
#include "care/intake.h"
#include "care/people.h"
#include "care/rank.h"
#include "care/reply.h"
#include "care/search.h"
#include "care/story.h"
#include "store/event.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/promise.h"
#include "db/db.h"
#include "db/db_internal.h"

/* A command whose transaction is lent to the test's own thread until the test ends it. */
struct lent {
    struct house *house;
    int64_t brand;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct tx *tx;
    bool open, ended, keep;
    struct error error;
};

struct care {
    struct test_house *h;
    struct arena *arena;
    int64_t brand;
    struct account facebook, whatsapp, x;
    struct lent lent;
    struct str marta_session, paolo_session;
    int64_t clock; /* at of the next event made */
    int serial;
};

static inline bool lent_command(struct tx *tx, void *ctx, struct error *e)
{
    struct lent *l = ctx;
    pthread_mutex_lock(&l->lock);
    l->tx = tx;
    pthread_cond_broadcast(&l->change);
    while (!l->ended)
        pthread_cond_wait(&l->change, &l->lock);
    bool keep = l->keep;
    pthread_mutex_unlock(&l->lock);
    return keep || (fail)(e, ERR_CONFLICT, "undone by the test");
}

static inline void *lent_run(void *ctx)
{
    struct lent *l = ctx;
    bool written = db_write(l->house->db, l->brand, lent_command, l, &l->error);
    pthread_mutex_lock(&l->lock);
    if (!l->tx)
        l->ended = true;
    pthread_cond_broadcast(&l->change);
    pthread_mutex_unlock(&l->lock);
    return written ? l : NULL;
}

static inline struct tx *care_begin(struct care *c)
{
    struct lent *l = &c->lent;
    assert_false(l->open);
    *l = (struct lent){.house = c->h->house, .brand = c->brand, .open = true};
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->change, NULL);
    assert_int_equal(pthread_create(&l->thread, NULL, lent_run, l), 0);
    pthread_mutex_lock(&l->lock);
    while (!l->tx && !l->ended)
        pthread_cond_wait(&l->change, &l->lock);
    pthread_mutex_unlock(&l->lock);
    assert_non_null(l->tx);
    return l->tx;
}

static inline void care_end(struct care *c, bool keep)
{
    struct lent *l = &c->lent;
    if (!l->open)
        return;
    pthread_mutex_lock(&l->lock);
    l->keep = keep;
    l->ended = true;
    pthread_cond_broadcast(&l->change);
    pthread_mutex_unlock(&l->lock);
    void *written = NULL;
    pthread_join(l->thread, &written);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->change);
    l->open = false;
    if (keep && !written)
        fail_msg("%s", l->error.message);
}

#define DO(c, ...)                                                                                                   \
    do {                                                                                                             \
        struct error e = {0};                                                                                        \
        struct tx *tx = care_begin(c);                                                                               \
        (void)tx;                                                                                                    \
        bool done_ = (__VA_ARGS__);                                                                                  \
        care_end((c), done_);                                                                                        \
        if (!done_)                                                                                                  \
            fail_msg("%s: %s", #__VA_ARGS__, e.message);                                                             \
    } while (0)

/* What was said without waiting for its outcome is refused at the end of its command, if it is. */
static inline bool late_refusal(struct tx *tx, struct error *e)
{
    return tx->conn->engine->settle(tx->conn, e);
}

#define REFUSED(c, wanted, ...)                                                                                      \
    do {                                                                                                             \
        struct error e = {0};                                                                                        \
        struct tx *tx = care_begin(c);                                                                               \
        (void)tx;                                                                                                    \
        bool done_ = (__VA_ARGS__) && late_refusal(tx, &e);                                                          \
        care_end((c), false);                                                                                        \
        if (done_)                                                                                                   \
            fail_msg("%s: was not refused", #__VA_ARGS__);                                                           \
        if (e.code != (wanted))                                                                                      \
            fail_msg("%s: refused with code %d: %s", #__VA_ARGS__, (int)e.code, e.message);                          \
    } while (0)

#define assert_str(value, text)                                                                                      \
    do {                                                                                                             \
        struct str value_ = (value);                                                                                 \
        if (!str_eq(value_, str_from(text)))                                                                         \
            fail_msg("%s is “%.*s”, not “%s”", #value, STR_ARGS(value_), (text));                                    \
    } while (0)

/* ---- the house ---- */

static inline bool account_row_add(struct tx *tx, struct care *c, const char *network, struct account *out,
                                   struct error *e)
{
    *out = (struct account){.brand = c->h->brand,
                            .row = {.brand_id = c->brand,
                                    .id = id_new(),
                                    .network = str_from(network),
                                    .name = str_format(c->arena, "Nuvola su %s", network),
                                    .account = STR("100"),
                                    .settings = STR("{}"),
                                    .state = STR("on"),
                                    .created_at = tx_now(tx)},
                            .channel = channel_find(str_from(network))};
    return channel_row_add(tx, &out->row, e);
}

static inline bool session_row_add(struct tx *tx, struct care *c, const struct actor *who, const char *hash,
                                   struct error *e)
{
    struct session session = {.brand_id = c->brand,
                              .agent_id = who->agent_id,
                              .hash = str_from(hash),
                              .csrf = STR("csrf"),
                              .created_at = tx_now(tx),
                              .seen_at = tx_now(tx)};
    return session_add(tx, &session, e);
}

static inline int care_set_up(void **state)
{
    struct care *c = calloc(1, sizeof *c);
    void *house = NULL;
    if (!c || house_set_up(&house) != 0)
        return -1;
    c->h = house;
    c->arena = c->h->arena;
    c->brand = c->h->brand.id;
    c->marta_session = STR("session-of-marta");
    c->paolo_session = STR("session-of-paolo");
    c->clock = clock_now() - HOUR_US;
    DO(c, account_row_add(tx, c, "facebook", &c->facebook, &e) &&
              account_row_add(tx, c, "whatsapp", &c->whatsapp, &e) && account_row_add(tx, c, "x", &c->x, &e) &&
              session_row_add(tx, c, &c->h->marta, "session-of-marta", &e) &&
              session_row_add(tx, c, &c->h->paolo, "session-of-paolo", &e));
    *state = c;
    return 0;
}

static inline int care_tear_down(void **state)
{
    struct care *c = *state;
    void *house = c->h;
    care_end(c, false); /* a test that failed inside of a command */
    int code = house_tear_down(&house);
    free(c);
    return code;
}

#define CARE_TEST(function) cmocka_unit_test_setup_teardown(function, care_set_up, care_tear_down)

/* ---- what networks say ---- */

/* A direct message of a person on WhatsApp, one second after the event made before. */
static inline struct channel_event event_direct(struct care *c, const char *author, const char *words)
{
    c->clock += SECOND_US + 7;
    struct str id = str_format(c->arena, "wamid.%d", ++c->serial);
    return (struct channel_event){.kind = CHANNEL_MESSAGE,
                                  .dedupe = id,
                                  .external_id = id,
                                  .thread_key = str_format(c->arena, "dm:%s", author),
                                  .door = STR("whatsapp"),
                                  .author = {.external_id = str_from(author), .name = str_from(author)},
                                  .at = c->clock,
                                  .text = str_from(words)};
}

/* A comment below a post on Facebook. */
static inline struct channel_event event_comment(struct care *c, const char *author, const char *words)
{
    struct channel_event event = event_direct(c, author, words);
    event.dedupe = event.external_id = str_format(c->arena, "post_%d", c->serial);
    event.thread_key = STR("post:1");
    event.thread_title = STR("Le offerte di novembre");
    event.door = STR("comment");
    event.is_public = true;
    return event;
}

static inline struct channel_event event_of(struct care *c, enum channel_event_kind kind, struct str external_id)
{
    c->clock += SECOND_US + 7;
    return (struct channel_event){
        .kind = kind, .dedupe = str_format(c->arena, "e%d", ++c->serial), .external_id = external_id, .at = c->clock};
}

struct taken {
    size_t fresh, duplicates;
    int64_t payload, message; /* of the last event */
};

static inline bool take_one(struct tx *tx, struct care *c, const struct account *account,
                            const struct channel_event *events, size_t n, struct taken *out, struct error *e)
{
    struct channel_event *copy = ARENA_ARRAY(c->arena, struct channel_event, n + 1);
    memcpy(copy, events, n * sizeof *events);
    struct channel_events list = {.arena = c->arena, .items = copy, .count = n, .cap = n};
    struct intake in = {.house = c->h->house, .account = account, .body = STR("{\"a\":1}"), .events = &list};
    if (!intake_take(tx, &in, e))
        return false;
    out->fresh = in.fresh;
    out->duplicates = in.duplicates;
    out->payload = in.payload_id;
    struct str last = n ? events[n - 1].external_id : STR_EMPTY;
    return intake_find_message(tx, c->brand, account->row.id, last, &out->message, e);
}

/* One event taken in; its message's id, 0 when there is none. */
static inline struct taken take(struct care *c, const struct account *account, struct channel_event event)
{
    struct taken taken = {0};
    DO(c, take_one(tx, c, account, &event, 1, &taken, &e));
    return taken;
}

static inline int64_t hear(struct care *c, const char *author, const char *words)
{
    return take(c, &c->whatsapp, event_direct(c, author, words)).message;
}

/* ---- looking ---- */

static inline struct message message_now(struct care *c, int64_t id)
{
    struct message m;
    DO(c, message_by_id(tx, c->arena, c->brand, id, &m, &e));
    return m;
}

static inline bool message_exists(struct care *c, int64_t id)
{
    struct message m;
    struct error e = {0};
    struct tx *tx = care_begin(c);
    bool there = message_by_id(tx, c->arena, c->brand, id, &m, &e);
    care_end(c, false);
    assert_true(there || e.code == ERR_NOT_FOUND);
    return there;
}

static inline struct conversation conversation_now(struct care *c, int64_t id)
{
    struct conversation found;
    DO(c, conversation_by_id(tx, c->arena, c->brand, id, &found, &e));
    return found;
}

static inline struct conversation conversation_of_message(struct care *c, int64_t message)
{
    return conversation_now(c, message_now(c, message).conversation_id);
}

/* The row in the outbox; its id is 0 when it is not there. */
static inline struct outbox outbox_now(struct care *c, int64_t id)
{
    struct outbox row;
    struct error e = {0};
    struct tx *tx = care_begin(c);
    bool there = outbox_by_id(tx, c->arena, c->brand, id, &row, &e);
    care_end(c, false);
    assert_true(there || e.code == ERR_NOT_FOUND);
    return there ? row : (struct outbox){0};
}

/* A number asked of the database directly, beside the program. */
static inline int64_t number_of(struct care *c, const char *sql)
{
    struct str all = text_of(c->h, sql);
    return all.len ? atoll(all.ptr + 1) : 0;
}

static inline void tamper(struct care *c, const char *sql)
{
    tamper_with(c->h, sql);
}

/* SQLite's full-text index agrees with itself. */
static inline void search_is_sound(struct care *c)
{
    if (!*c->h->database)
        tamper(c, "INSERT INTO search (search) VALUES ('integrity-check')");
}

static inline bool ledger_balances(struct care *c)
{
    struct json *view = NULL;
    DO(c, (view = ledger_verify(tx, c->arena, &c->h->brand, &e)) != NULL);
    const struct json *differences = json_get(view, "differences");
    for (size_t i = 0; i < json_count(differences); i++)
        print_message("%.*s\n", STR_ARGS(json_text(json_at(differences, i))));
    return json_bool(json_get(view, "balanced"), false);
}

/* The full-text index agrees with itself, and every tally with what it counts. */
static inline void house_is_sound(struct care *c)
{
    assert_true(ledger_balances(c));
    assert_int_equal(number_of(c, "SELECT count(*) FROM (SELECT owner_id, state, sum(n) n FROM tally GROUP BY 1, 2 "
                                  "HAVING sum(n) <> 0 EXCEPT SELECT owner_id, state, count(*) FROM conversation "
                                  "GROUP BY 1, 2) AS apart"),
                     0);
    assert_int_equal(
        number_of(c, "SELECT count(*) FROM (SELECT owner_id, state, count(*) FROM conversation "
                     "GROUP BY 1, 2 EXCEPT SELECT owner_id, state, sum(n) FROM tally GROUP BY 1, 2) AS apart"),
        0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM conversation c WHERE waiting <> (SELECT count(*) FROM "
                                  "message m WHERE m.conversation_id = c.id AND m.place = 1)"),
                     0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM conversation c WHERE messages <> (SELECT count(*) FROM "
                                  "message m WHERE m.conversation_id = c.id)"),
                     0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM conversation c WHERE failed <> (SELECT count(*) FROM "
                                  "outbox o WHERE o.conversation_id = c.id AND o.state = 'failed')"),
                     0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message m, conversation c WHERE c.id = m.conversation_id "
                                  "AND c.person_id <> m.person_id"),
                     0);
}

/* ---- colleagues ---- */

static inline void listen_to(struct care *c, int64_t conversation)
{
    DO(c, story_need(tx, &c->h->marta, conversation, STR("La linea non va"), &e));
}

static inline bool send_as(struct tx *tx, struct care *c, struct str session, const struct reply_request *request,
                           int64_t *id, struct error *e)
{
    const struct author *author = author_of_session(tx, tx_arena(tx), c->brand, session, e);
    return author && reply_send(tx, author, request, id, e);
}

/* Marta answers through WhatsApp; the reply stays in the outbox. */
static inline int64_t answer(struct care *c, int64_t conversation, const char *words)
{
    int64_t id = 0;
    struct reply_request request = {.conversation_id = conversation,
                                    .channel_id = c->whatsapp.row.id,
                                    .door = STR("whatsapp"),
                                    .text = str_from(words)};
    DO(c, send_as(tx, c, c->marta_session, &request, &id, &e));
    return id;
}

static inline bool sending_set(struct tx *tx, struct care *c, int64_t id, struct error *e)
{
    struct outbox row;
    if (!outbox_by_id(tx, tx_arena(tx), c->brand, id, &row, e))
        return false;
    if (!str_eq(row.state, STR("ready")))
        return (fail)(e, ERR_CONFLICT, "only what is ready is claimed");
    row.state = STR("sending");
    row.attempts++;
    row.lease_until = tx_now(tx) + REPLY_LEASE_US;
    row.next_at = row.lease_until;
    return outbox_update(tx, &row, e);
}

/* As the outbox job does before its call. */
static inline void claim(struct care *c, int64_t id)
{
    DO(c, sending_set(tx, c, id, &e));
}

static inline void accept_reply(struct care *c, int64_t id, const char *external_id)
{
    DO(c, reply_accepted(tx, c->brand, id, str_from(external_id), tx_now(tx), &e));
}

static inline bool taken_back(struct tx *tx, struct care *c, struct str session, int64_t id, struct error *e)
{
    const struct author *author = author_of_session(tx, tx_arena(tx), c->brand, session, e);
    return author && reply_take_back(tx, author, id, e);
}
