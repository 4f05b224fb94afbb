/* SPDX-License-Identifier: Apache-2.0 */
/* Writing, signing and checking the statements of days. The body's form is docs/statements.md's: whoever
 * changes it here changes it there. */
#include "care/statements.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/zone.h"
#include "care/house.h"
#include "store/channel.h"
#include "store/event.h"

#define DAYS_BACK   400 /* of a fresh import */
#define PAGE        500
#define HASH_HEX    (2 * (size_t)SHA256_BYTES)
#define FORMAT_KEPT 1

static const char first_previous[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* ---- days as YYYYMMDD ---- */

static int64_t day_number(int64_t day)
{
    return days_of_date(day / 10000, day / 100 % 100, day % 100);
}

static int64_t day_plus(int64_t day, int64_t days)
{
    return clock_day((day_number(day) + days) * DAY_US, NULL);
}

/* ---- the body ---- */

static int64_t places_sum(const struct ledger_line *line)
{
    int64_t sum = 0;
    for (int p = PLACE_WAITING; p < PLACES; p++)
        sum += line->n[p];
    return sum;
}

static void places_json(struct arena *a, struct json *object, const struct ledger_line *line)
{
    json_set_int(a, object, "received", places_sum(line));
    for (int p = PLACE_WAITING; p < PLACES; p++)
        json_set_int(a, object, place_name((enum place)p), line->n[p]);
}

static struct ledger_line lines_sum(const struct ledger_line *lines, size_t count)
{
    struct ledger_line sum = {0};
    for (size_t i = 0; i < count; i++)
        for (int p = PLACE_WAITING; p < PLACES; p++)
            sum.n[p] += lines[i].n[p];
    return sum;
}

static struct json *channels_json(struct arena *a, const struct ledger_line *lines, size_t count,
                                  const struct channel_row *rows, size_t row_count)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < count; i++) {
        struct json *object = json_object(a);
        struct str name = STR_EMPTY, network = STR_EMPTY;
        for (size_t k = 0; k < row_count; k++)
            if (rows[k].id == lines[i].channel_id) {
                name = rows[k].name;
                network = rows[k].network;
            }
        json_set_id(a, object, "channel", lines[i].channel_id);
        json_set_str(a, object, "name", name);
        json_set_str(a, object, "network", network);
        places_json(a, object, &lines[i]);
        json_push(a, list, object);
    }
    return list;
}

/* How long the message that waits longest had been waiting when the statement was signed. */
static bool longest_wait(struct tx *tx, const struct brand *brand, int64_t *out, struct error *e)
{
    struct message m;
    struct error here = {0};
    *out = 0;
    if (message_longest_waiting(tx, tx_arena(tx), brand->id, &m, &here)) {
        *out = tx_now(tx) > m.at ? tx_now(tx) - m.at : 0;
        return true;
    }
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

struct statement_maker {
    struct tx *tx;
    const struct house *house;
    const struct brand *brand;
    struct channel_row *rows;
    size_t row_count;
    int64_t longest, event_id;
    struct str previous;
};

/* The lines of a range of days, one a channel. */
static bool day_lines(const struct statement_maker *s, int64_t from, int64_t to, struct ledger_line **lines,
                      size_t *count, struct error *e)
{
    return ledger_counts(s->tx, tx_arena(s->tx), s->brand->id, from, to, false, lines, count, e);
}

static struct json *body_make(const struct statement_maker *s, int64_t day, struct error *e)
{
    struct arena *a = tx_arena(s->tx);
    struct ledger_line *of_day, *until;
    size_t of_day_count, until_count;
    if (!day_lines(s, day, day, &of_day, &of_day_count, e) || !day_lines(s, 0, day, &until, &until_count, e))
        return NULL;
    struct ledger_line sum = lines_sum(of_day, of_day_count), total = lines_sum(until, until_count);
    struct json *body = json_object(a), *all = json_object(a);
    json_set_int(a, body, "format", FORMAT_KEPT);
    json_set_str(a, body, "brand", s->brand->name);
    json_set_id(a, body, "brand_id", s->brand->id);
    json_set_int(a, body, "day", day);
    json_set_str(a, body, "zone", s->brand->zone);
    json_set_str(a, body, "signed_at", clock_iso(a, tx_now(s->tx)));
    places_json(a, body, &sum);
    json_set(a, body, "channels", channels_json(a, of_day, of_day_count, s->rows, s->row_count));
    places_json(a, all, &total);
    json_set(a, all, "channels", channels_json(a, until, until_count, s->rows, s->row_count));
    json_set(a, body, "until_day", all);
    json_set_int(a, body, "longest_waiting_us", s->longest);
    return body;
}

/* ---- chain and signature ---- */

static struct str statement_hash(struct arena *a, struct str previous, struct str body)
{
    unsigned char digest[SHA256_BYTES];
    sha256(str_concat(a, str_concat(a, previous, STR("\n")), body), digest);
    return hex_encode(a, digest, sizeof digest);
}

static bool statement_make(struct statement_maker *s, int64_t day, struct error *e)
{
    struct arena *a = tx_arena(s->tx);
    unsigned char signature[SIGNATURE_BYTES];
    struct json *body = body_make(s, day, e);
    if (!body)
        return false;
    struct statement statement = {.brand_id = s->brand->id,
                                  .day = day,
                                  .body = json_to_str(a, body),
                                  .previous = s->previous,
                                  .public_key = hex_encode(a, s->house->sign_public, SIGN_PUBLIC_BYTES),
                                  .at = tx_now(s->tx),
                                  .event_id = s->event_id};
    statement.hash = statement_hash(a, statement.previous, statement.body);
    sign_message(s->house->sign_secret, statement.hash, signature);
    statement.signature = hex_encode(a, signature, sizeof signature);
    s->previous = statement.hash;
    return statement_add(s->tx, &statement, e);
}

/* The first day to sign; 0: none. */
static bool first_day(struct statement_maker *s, int64_t today, int64_t *day, struct error *e)
{
    struct arena *a = tx_arena(s->tx);
    struct statement last;
    struct ledger_line *lines;
    size_t count;
    struct error here = {0};
    if (statement_last(s->tx, a, s->brand->id, &last, &here)) {
        s->previous = last.hash;
        *day = day_plus(last.day, 1);
        return true;
    }
    if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    s->previous = str_from(first_previous);
    if (!ledger_counts(s->tx, a, s->brand->id, 0, 0, true, &lines, &count, e))
        return false;
    int64_t earliest = day_plus(today, -DAYS_BACK);
    *day = count ? lines[0].day : 0;
    if (*day && *day < earliest)
        *day = earliest;
    return true;
}

bool statement_is_due(struct tx *tx, const struct brand *brand, int64_t today, bool *due, struct error *e)
{
    struct statement_maker s = {.tx = tx, .brand = brand};
    int64_t day;
    if (!first_day(&s, today, &day, e))
        return false;
    *due = day != 0 && day < today;
    return true;
}

bool statement_sign_due(struct tx *tx, const struct house *house, const struct brand *brand, int64_t today, int *made,
                        struct error *e)
{
    struct statement_maker s = {.tx = tx, .house = house, .brand = brand};
    int64_t day = 0;
    *made = 0;
    if (!first_day(&s, today, &day, e))
        return false;
    if (day == 0 || day >= today)
        return true;
    if (!channel_row_list(tx, tx_arena(tx), brand->id, true, &s.rows, &s.row_count, e) ||
        !longest_wait(tx, brand, &s.longest, e) || !event_last_id(tx, brand->id, &s.event_id, e))
        return false;
    for (; day < today; day = day_plus(day, 1)) {
        if (!statement_make(&s, day, e))
            return false;
        ++*made;
    }
    return true;
}

/* ---- checking ---- */

struct check {
    struct arena *arena;
    const struct brand *brand;
    struct json *differences;
    struct statement before; /* day 0: none yet */
    int64_t count, first_day;
};

static void differs(struct check *c, int64_t day, const char *words)
{
    json_push(c->arena, c->differences,
              json_new_str(c->arena, str_format(c->arena, "%lld: %s", (long long)day, words)));
}

/* received = waiting + answered + closed + set_aside + withdrawn */
static bool places_balance(const struct json *object)
{
    int64_t sum = 0;
    bool whole = json_is(json_get(object, "received"), JSON_NUMBER);
    for (int p = PLACE_WAITING; p < PLACES; p++) {
        int64_t n = json_int(json_get(object, place_name((enum place)p)), -1);
        whole &= n >= 0;
        sum += n;
    }
    return whole && sum == json_int(json_get(object, "received"), -1);
}

/* The figures of an object are those of its channels together. */
static bool channels_balance(const struct json *object)
{
    const struct json *channels = json_get(object, "channels");
    bool same = places_balance(object) && json_is(channels, JSON_ARRAY);
    int64_t received = 0;
    for (size_t i = 0; i < json_count(channels); i++) {
        same &= places_balance(json_at(channels, i));
        received += json_int(json_get(json_at(channels, i), "received"), 0);
    }
    for (int p = PLACE_WAITING; p < PLACES; p++) {
        int64_t sum = 0;
        for (size_t i = 0; i < json_count(channels); i++)
            sum += json_int(json_get(json_at(channels, i), place_name((enum place)p)), 0);
        same &= sum == json_int(json_get(object, place_name((enum place)p)), -1);
    }
    return same && received == json_int(json_get(object, "received"), -1);
}

static void body_check(struct check *c, const struct statement *s)
{
    const struct json *body = json_parse(c->arena, s->body, NULL);
    if (!body) {
        differs(c, s->day, "the body is no JSON");
        return;
    }
    if (json_int(json_get(body, "day"), 0) != s->day)
        differs(c, s->day, "the body is of another day");
    if (json_int(json_get(body, "brand_id"), 0) != c->brand->id)
        differs(c, s->day, "the body is of another brand");
    if (!channels_balance(body))
        differs(c, s->day, "the figures of the day do not add up");
    if (!channels_balance(json_get(body, "until_day")))
        differs(c, s->day, "the figures until the day do not add up");
}

static bool signature_holds(struct arena *a, const struct statement *s)
{
    struct str key, signature;
    return hex_decode(a, s->public_key, &key) && key.len == SIGN_PUBLIC_BYTES &&
           hex_decode(a, s->signature, &signature) && signature.len == SIGNATURE_BYTES &&
           sign_verify((const unsigned char *)key.ptr, s->hash, (const unsigned char *)signature.ptr);
}

static void chain_check(struct check *c, const struct statement *s)
{
    const struct statement *before = &c->before;
    struct str previous = before->day ? before->hash : str_from(first_previous);
    if (!str_eq(s->previous, previous))
        differs(c, s->day, before->day ? "it does not follow the day before" : "it is not the first of its chain");
    if (before->day && s->day != day_plus(before->day, 1))
        differs(c, s->day, "a day is missing before it");
    if (before->day && !str_eq(s->public_key, before->public_key))
        differs(c, s->day, "it is signed by another key than the day before");
    if (s->hash.len != HASH_HEX || !str_eq(s->hash, statement_hash(c->arena, s->previous, s->body)))
        differs(c, s->day, "the hash is not that of its body");
    if (!signature_holds(c->arena, s))
        differs(c, s->day, "the signature does not hold");
}

static bool check_all(struct tx *tx, struct check *c, struct error *e)
{
    for (;;) {
        struct statement *list;
        size_t count;
        if (!statement_list(tx, c->arena, c->brand->id, c->before.day, PAGE, &list, &count, e))
            return false;
        for (size_t i = 0; i < count; i++) {
            chain_check(c, &list[i]);
            body_check(c, &list[i]);
            c->before = list[i];
            c->first_day = c->first_day ? c->first_day : list[i].day;
            c->count++;
        }
        if (count < PAGE)
            return true;
    }
}

struct json *statement_verify(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e)
{
    struct check c = {.arena = a, .brand = brand, .differences = json_array(a)};
    if (!check_all(tx, &c, e))
        return NULL;
    struct json *view = json_object(a);
    json_set_str(a, view, "brand", brand->name);
    json_set_int(a, view, "statements", c.count);
    json_set_bool(a, view, "valid", json_count(c.differences) == 0);
    json_set_int(a, view, "first_day", c.first_day);
    json_set_int(a, view, "last_day", c.before.day);
    json_set(a, view, "differences", c.differences);
    return view;
}

/* ---- of one, for a page ---- */

#define CHAINS_MAX 64

/* Where a brand's chain was whole, and when that was found. */
struct chain_head {
    int64_t brand, day, found_at;
    char hash[HASH_HEX + 1];
};

struct chain_memory {
    pthread_mutex_t lock;
    struct chain_head heads[CHAINS_MAX];
    size_t count, next;
};

struct chain_memory *chain_memory_new(struct arena *a)
{
    struct chain_memory *chains = ARENA_NEW(a, struct chain_memory);
    *chains = (struct chain_memory){.lock = PTHREAD_MUTEX_INITIALIZER};
    return chains;
}

static struct chain_head *head_of(struct chain_memory *chains, int64_t brand)
{
    for (size_t i = 0; i < chains->count; i++)
        if (chains->heads[i].brand == brand)
            return &chains->heads[i];
    return NULL;
}

static struct chain_head head_get(struct chain_memory *chains, int64_t brand, int64_t now)
{
    pthread_mutex_lock(&chains->lock);
    const struct chain_head *known = head_of(chains, brand);
    struct chain_head head = known && now - known->found_at < HOUR_US ? *known : (struct chain_head){0};
    pthread_mutex_unlock(&chains->lock);
    return head;
}

/* found_at stays when the head only grew: what lies before it was not looked at again. */
static void head_put(struct chain_memory *chains, struct chain_head head)
{
    pthread_mutex_lock(&chains->lock);
    struct chain_head *place = head_of(chains, head.brand);
    if (!place)
        place = &chains->heads[chains->next++ % CHAINS_MAX];
    *place = head;
    chains->count = chains->next < CHAINS_MAX ? chains->next : CHAINS_MAX;
    pthread_mutex_unlock(&chains->lock);
}

/* c->before becomes the statement of that day; day 0 when there is none. */
static bool before_read(struct tx *tx, struct check *c, int64_t day, struct error *e)
{
    struct error here = {0};
    if (statement_by_day(tx, c->arena, c->brand->id, day, &c->before, &here))
        return true;
    c->before = (struct statement){0};
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static bool chain_is_whole(struct tx *tx, struct check *c, struct chain_memory *chains, struct error *e)
{
    struct chain_head head = head_get(chains, c->brand->id, tx_now(tx));
    if (head.day && !before_read(tx, c, head.day, e))
        return false;
    if (!head.day || !str_eq(c->before.hash, str_from(head.hash))) {
        c->before = (struct statement){0};
        head.found_at = tx_now(tx);
    }
    if (!check_all(tx, c, e))
        return false;
    if (json_count(c->differences) || c->before.hash.len != HASH_HEX)
        return true;
    head.brand = c->brand->id;
    head.day = c->before.day;
    memcpy(head.hash, c->before.hash.ptr, HASH_HEX);
    head_put(chains, head);
    return true;
}

bool statement_is_valid(struct tx *tx, struct arena *a, const struct house *house, const struct brand *brand,
                        const struct statement *statement, bool *valid, struct error *e)
{
    struct check c = {.arena = a, .brand = brand, .differences = json_array(a)};
    if (!chain_is_whole(tx, &c, house->chains, e) || !before_read(tx, &c, day_plus(statement->day, -1), e))
        return false;
    chain_check(&c, statement);
    body_check(&c, statement);
    *valid = json_count(c.differences) == 0;
    return true;
}

struct json *statement_view(struct arena *a, const struct statement *statement)
{
    struct json *view = json_object(a), *body = json_parse(a, statement->body, NULL);
    json_set_int(a, view, "day", statement->day);
    json_set(a, view, "body", body ? body : json_new_null(a));
    json_set_str(a, view, "text", statement->body); /* the bytes that were hashed */
    json_set_str(a, view, "previous", statement->previous);
    json_set_str(a, view, "hash", statement->hash);
    json_set_str(a, view, "signature", statement->signature);
    json_set_str(a, view, "public_key", statement->public_key);
    json_set_str(a, view, "at", clock_iso(a, statement->at));
    return view;
}
