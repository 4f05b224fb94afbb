/* SPDX-License-Identifier: Apache-2.0 */
/* The threads format: public threads of X with their reply trees. Each customer of a thread has a conversation of
 * their own in it; what the brand wrote goes to whom it answers. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/import_internal.h"
#include "care/intake.h"
#include "care/people.h"
#include "channels/channel.h"

#define NETWORK STR("x")
#define DOOR    STR("reply")
#define NOBODY  SIZE_MAX

#define TWEETS_MAX 5000

struct tweet {
    struct str id, author, reply_to, text;
    bool inbound;
    int64_t at;
    size_t order;
    size_t customer; /* whose conversation it belongs to */
};
struct customer {
    struct str author;
    bool begun; /* story is filled */
    struct history_story story;
};
struct thread {
    struct history *h;
    struct str id;
    int64_t channel;
    struct tweet *tweets;
    size_t count;
    size_t *by_id; /* indexes of tweets, sorted by their ids */
    struct customer *customers;
    size_t customer_count;
};

/* ---- reading ---- */

bool threads_check(const struct import_run *run, const struct json *line, struct error *e)
{
    const struct json *messages = json_get(line, "messages");
    int64_t at;
    if (!line_members(line, "thread! brand! n# start end messages@!", "thread", e))
        return false;
    if (json_count(messages) > TWEETS_MAX)
        return fail(e, ERR_BAD_INPUT, "A thread has at most %d messages.", TWEETS_MAX);
    for (size_t i = 0; i < json_count(messages); i++) {
        const struct json *message = json_at(messages, i);
        const struct json *reply_to = json_get(message, "reply_to");
        if (!json_is(message, JSON_OBJECT) || json_text(json_get(message, "id")).len == 0 ||
            json_text(json_get(message, "author")).len == 0 || !json_is(json_get(message, "inbound"), JSON_BOOL) ||
            !json_is(json_get(message, "text"), JSON_STRING) ||
            (reply_to && reply_to->type != JSON_NULL && reply_to->type != JSON_STRING))
            return fail(e, ERR_BAD_INPUT, "Message %zu needs id, author, inbound, ts and text.", i + 1);
        if (!clock_parse_iso(json_text(json_get(message, "ts")), &at) || at <= 0 || at > run->now + DAY_US)
            return fail(e, ERR_BAD_INPUT, "“ts” of message %zu is no time that was.", i + 1);
    }
    return true;
}

static int compare_tweets(const void *a, const void *b)
{
    const struct tweet *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int compare_ids(const void *a, const void *b, void *tweets)
{
    const struct tweet *list = tweets;
    return str_cmp(list[*(const size_t *)a].id, list[*(const size_t *)b].id);
}

static size_t tweet_find(const struct thread *t, struct str id)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(t->tweets[t->by_id[middle]].id, id);
        if (order == 0)
            return t->by_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NOBODY;
}

static void thread_read(struct thread *t, struct history *h, const struct json *line)
{
    struct arena *a = tx_arena(h->tx);
    const struct json *messages = json_get(line, "messages");
    *t = (struct thread){.h = h, .id = line_text(h, line, "thread"), .count = json_count(messages)};
    t->tweets = ARENA_ARRAY(a, struct tweet, t->count + 1);
    t->by_id = ARENA_ARRAY(a, size_t, t->count + 1);
    t->customers = ARENA_ARRAY(a, struct customer, t->count + 1);
    for (size_t i = 0; i < t->count; i++) {
        const struct json *message = json_at(messages, i);
        struct tweet *tweet = &t->tweets[i];
        *tweet = (struct tweet){.id = line_text(h, message, "id"),
                                .author = line_text(h, message, "author"),
                                .reply_to = line_text(h, message, "reply_to"),
                                .text = line_text(h, message, "text"),
                                .inbound = json_bool(json_get(message, "inbound"), false),
                                .order = i,
                                .customer = NOBODY};
        if (!clock_parse_iso(json_text(json_get(message, "ts")), &tweet->at))
            tweet->at = 0; /* checked before */
    }
    if (t->count == 0)
        return;
    qsort(t->tweets, t->count, sizeof *t->tweets, compare_tweets);
    for (size_t i = 0; i < t->count; i++)
        t->by_id[i] = i;
    qsort_r(t->by_id, t->count, sizeof *t->by_id, compare_ids, t->tweets);
}

/* ---- who speaks with whom ---- */

static size_t customer_of(const struct thread *t, struct str author)
{
    for (size_t i = 0; i < t->customer_count; i++)
        if (str_eq_nocase(t->customers[i].author, author))
            return i;
    return NOBODY;
}

static void customers_find(struct thread *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (!t->tweets[i].inbound)
            continue;
        size_t at = customer_of(t, t->tweets[i].author);
        if (at == NOBODY) {
            at = t->customer_count++;
            t->customers[at].author = t->tweets[i].author;
        }
        t->tweets[i].customer = at;
    }
}

/* The first @mention that is a customer of this thread. */
static size_t customer_mentioned(const struct thread *t, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end = i + 1;
        if (text.ptr[i] != '@')
            continue;
        while (end < text.len &&
               (text.ptr[end] == '_' || (text.ptr[end] >= '0' && text.ptr[end] <= '9') ||
                (text.ptr[end] >= 'a' && text.ptr[end] <= 'z') || (text.ptr[end] >= 'A' && text.ptr[end] <= 'Z')))
            end++;
        size_t who = customer_of(t, str_slice(text, i + 1, end));
        if (who != NOBODY)
            return who;
    }
    return NOBODY;
}

/* Whom a tweet of the brand answers: the customer it replies to (through its own earlier parts), else whom it names,
 * else the only one there is, else who writes next, else the first. */
static size_t addressee_of(const struct thread *t, size_t index)
{
    const struct tweet *tweet = &t->tweets[index];
    size_t parent = tweet->reply_to.len ? tweet_find(t, tweet->reply_to) : NOBODY;
    if (parent != NOBODY && (t->tweets[parent].inbound || parent < index))
        return t->tweets[parent].customer;
    size_t named = customer_mentioned(t, tweet->text);
    if (named != NOBODY)
        return named;
    for (size_t i = index + 1; i < t->count; i++)
        if (t->tweets[i].inbound)
            return t->tweets[i].customer;
    return 0;
}

/* ---- writing ---- */

static struct str story_key(const struct thread *t, struct str author)
{
    return str_format(tx_arena(t->h->tx), "%lld:%.*s:%.*s", (long long)t->channel, STR_ARGS(t->id), STR_ARGS(author));
}

static bool story_begin(struct thread *t, struct customer *customer, int64_t at, struct error *e)
{
    struct history *h = t->h;
    struct channel_author author = {.external_id = customer->author, .handle = customer->author};
    struct person person;
    int64_t known;
    if (!line_find(h, "thread", story_key(t, customer->author), &known, e))
        return false;
    customer->begun = true;
    if (known)
        return history_story_known(h, &customer->story, known, e);
    bool made;
    if (!person_of_author(h->tx, NULL, h->brand, NETWORK, &author, at, &person, &made, e))
        return false;
    h->report.people += made;
    history_story_new(h, &customer->story, &person, at);
    return line_keep(h, "thread", story_key(t, customer->author), customer->story.c.id, e);
}

static bool tweet_known(struct thread *t, const struct tweet *tweet, bool *known, struct error *e)
{
    int64_t id;
    if (!intake_find_message(t->h->tx, t->h->brand, t->channel, tweet->id, &id, e))
        return false;
    *known = id != 0;
    return true;
}

static bool tweet_write(struct thread *t, const struct tweet *tweet, bool *fresh, struct error *e)
{
    struct customer *customer = &t->customers[tweet->customer];
    bool known;
    *fresh = false;
    if (!tweet_known(t, tweet, &known, e))
        return false;
    if (known)
        return true;
    if (!customer->begun && !story_begin(t, customer, tweet->at, e))
        return false;
    struct message m = {.channel_id = t->channel,
                        .thread_key = str_concat(tx_arena(t->h->tx), STR("post:"), t->id),
                        .door = DOOR,
                        .is_public = true,
                        .outbound = !tweet->inbound,
                        .external_id = tweet->id,
                        .parent_id = tweet->reply_to,
                        .text = tweet->text,
                        .author_id = customer->author,
                        .at = tweet->at,
                        .receipt = tweet->inbound ? MESSAGE_QUEUED : MESSAGE_ACCEPTED};
    return history_message(t->h, &customer->story, &m, fresh, e);
}

/* --channel, or the channel of X that is called like the file's brand. */
static bool channel_choose(struct thread *t, const struct json *line, struct error *e)
{
    struct channel_row row;
    int64_t given = t->h->run->options->channel_id;
    if (!given)
        return channel_make(t->h, NETWORK, str_trim(line_text(t->h, line, "brand")), &t->channel, e);
    t->channel = given;
    if (!channel_row_by_id(t->h->tx, tx_arena(t->h->tx), t->h->brand, given, &row, e))
        return false;
    return str_eq(row.network, NETWORK) || fail(e, ERR_BAD_INPUT, "Threads are of X, and this channel is not.");
}

bool threads_take(struct history *h, const struct json *line, struct error *e)
{
    struct thread t;
    size_t added = 0;
    thread_read(&t, h, line);
    customers_find(&t);
    if (t.customer_count && !channel_choose(&t, line, e))
        return false;
    h->report.threads++;
    if (t.customer_count == 0) {
        h->report.unaddressed++;
        return true;
    }
    h->writing = true;
    for (size_t i = 0; i < t.count; i++) {
        bool fresh;
        if (!t.tweets[i].inbound)
            t.tweets[i].customer = addressee_of(&t, i);
        if (!tweet_write(&t, &t.tweets[i], &fresh, e))
            return false;
        added += fresh;
    }
    h->report.known += added == 0;
    for (size_t i = 0; i < t.customer_count; i++)
        if (t.customers[i].begun && !history_story_end(h, &t.customers[i].story, e))
            return false;
    return true;
}
