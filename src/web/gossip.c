/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of words, gathered by whoever has something to tell and sent by one thread. A line is a letter and its
 * values: "p BRAND CONVERSATION AGENT DOING NAME", "l KEY COUNT" (of the API's limit), "a CHANNEL", "w JOB",
 * "c BRAND CONVERSATION AGENT". */
#include "web/gossip.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "care/account.h"
#include "care/house.h"
#include "net/ratelimit.h"
#include "web/app.h"
#include "web/feed.h"

#define GATHER_MS    100
#define WORDS_MAX    7000
#define GATHERED_MAX (64 * 1024) /* more is not told */
#define USES_A_TIME  64

struct gossip {
    struct app *app;
    struct arena *own;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool woken, closing;
    size_t len;
    char gathered[GATHERED_MAX];
};

/* ---- telling ---- */

static void gather(struct gossip *g, struct str line)
{
    pthread_mutex_lock(&g->lock);
    if (line.len && line.len < WORDS_MAX && g->len + line.len <= GATHERED_MAX) {
        memcpy(g->gathered + g->len, line.ptr, line.len);
        g->len += line.len;
    }
    g->woken = true;
    pthread_cond_signal(&g->wake);
    pthread_mutex_unlock(&g->lock);
}

void gossip_presence(struct gossip *g, int64_t brand, int64_t conversation, int64_t agent, struct str name,
                     enum doing doing)
{
    if (!g)
        return;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    ptrdiff_t end = str_find_char(name, '\n');
    gather(g, str_format(a, "p %" PRId64 " %" PRId64 " %" PRId64 " %s %.*s\n", brand, conversation, agent,
                         doing_name(doing), STR_ARGS(end < 0 ? name : str_slice(name, 0, (size_t)end))));
}

void gossip_account(struct gossip *g, int64_t channel_id)
{
    if (!g)
        return;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    gather(g, str_format(a, "a %" PRId64 "\n", channel_id));
}

void gossip_wake(struct gossip *g, const char *job)
{
    if (!g)
        return;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    gather(g, str_format(a, "w %s\n", job));
}

void gossip_call(struct gossip *g, int64_t brand, int64_t conversation, int64_t agent)
{
    if (!g)
        return;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    gather(g, str_format(a, "c %" PRId64 " %" PRId64 " %" PRId64 "\n", brand, conversation, agent));
}

void gossip_used(struct gossip *g)
{
    if (g)
        gather(g, STR_EMPTY);
}

/* As many whole lines as may be told at once. */
static size_t words_length(struct str words)
{
    size_t len = words.len < WORDS_MAX ? words.len : WORDS_MAX;
    while (len > 0 && words.ptr[len - 1] != '\n')
        len--;
    return len;
}

static void tell(struct gossip *g, struct str words)
{
    for (size_t n; (n = words_length(words)) > 0; words = str_slice(words, n, words.len))
        db_tell(g->app->house->db, str_slice(words, 0, n));
}

static void tell_uses(struct gossip *g, struct arena *a)
{
    struct ratelimit_use uses[USES_A_TIME];
    size_t n;
    while ((n = ratelimit_used(g->app->api_calls, uses, USES_A_TIME)) > 0) {
        struct buf b;
        buf_init(&b, a, 4096);
        for (size_t i = 0; i < n; i++)
            buf_format(&b, "l %" PRId64 " %d\n", (int64_t)uses[i].key, uses[i].count);
        tell(g, buf_view(&b));
    }
}

/* False: it is closing. What comes within a tenth of a second goes together. */
static bool gossip_wait(struct gossip *g, struct arena *a, struct str *words)
{
    pthread_mutex_lock(&g->lock);
    while (!g->woken && !g->closing)
        pthread_cond_wait(&g->wake, &g->lock);
    bool go_on = !g->closing;
    g->woken = false;
    pthread_mutex_unlock(&g->lock);
    if (go_on)
        nanosleep(&(struct timespec){.tv_nsec = GATHER_MS * 1000000L}, NULL);
    pthread_mutex_lock(&g->lock);
    *words = str_dup(a, (struct str){g->gathered, g->len});
    g->len = 0;
    pthread_mutex_unlock(&g->lock);
    return go_on;
}

static void *gossip_run(void *ctx)
{
    struct gossip *g = ctx;
    struct arena *a = arena_new();
    struct str words;
    bool go_on = true;
    while (go_on) {
        go_on = gossip_wait(g, a, &words);
        tell(g, words);
        tell_uses(g, a);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

/* ---- hearing ---- */

/* To the person's own pages: who of us writes to them now; an empty name: nobody. */
static void show_typing(struct app *app, struct arena *a, int64_t brand, int64_t conversation)
{
    struct being *beings;
    size_t n = presence_list(app->presence, a, brand, conversation, BEING_GUEST, &beings);
    struct json *data = json_object(a);
    json_set_str(a, data, "name", STR_EMPTY);
    for (size_t i = n; i-- > 0;)
        if (beings[i].doing == DOING_WRITING)
            json_set_str(a, data, "name", str_from(beings[i].name));
    feed_say_guests(app->feed, brand, conversation, "typing", json_to_str(a, data));
}

void gossip_show_presence(struct app *app, int64_t brand, int64_t conversation, int64_t agent)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct json *data = json_object(a);
    json_set_id(a, data, "conversation", conversation);
    json_set_str(a, data, "kind", STR("presence"));
    json_set_id(a, data, "actor", agent);
    feed_say(app->feed, brand, "presence", json_to_str(a, data));
    if (agent != BEING_GUEST)
        show_typing(app, a, brand, conversation);
}

/* The next number of a line; false when there is none. */
static bool number(struct str *line, int64_t *out)
{
    struct str word;
    return str_split(line, ' ', &word) && str_int64(word, out);
}

static void hear_presence(struct app *app, struct str line)
{
    int64_t brand, conversation, agent;
    struct str doing;
    if (!number(&line, &brand) || !number(&line, &conversation) || !number(&line, &agent) ||
        !str_split(&line, ' ', &doing))
        return;
    if (presence_set(app->presence, brand, conversation, agent, line, doing_from(doing)))
        gossip_show_presence(app, brand, conversation, agent);
}

void gossip_show_call(struct app *app, int64_t brand, int64_t conversation, int64_t agent)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct json *data = json_object(a);
    json_set_str(a, data, "kind", STR("call.signal"));
    if (agent)
        feed_say_agent(app->feed, brand, agent, "call", json_to_str(a, data));
    else
        feed_say_guests(app->feed, brand, conversation, "call", json_to_str(a, data));
}

static void hear_call(struct app *app, struct str line)
{
    int64_t brand, conversation, agent;
    if (number(&line, &brand) && number(&line, &conversation) && number(&line, &agent))
        gossip_show_call(app, brand, conversation, agent);
}

static void hear_use(struct app *app, struct str line)
{
    int64_t key, count;
    if (!number(&line, &key) || !number(&line, &count) || count <= 0 || count > 1000000)
        return;
    struct ratelimit_use use = {(uint64_t)key, (int)count};
    ratelimit_charge(app->api_calls, &use);
}

static void hear_line(struct app *app, struct str line)
{
    struct str kind;
    int64_t id;
    if (!str_split(&line, ' ', &kind))
        return;
    if (str_eq(kind, STR("p")))
        hear_presence(app, line);
    else if (str_eq(kind, STR("l")))
        hear_use(app, line);
    else if (str_eq(kind, STR("c")))
        hear_call(app, line);
    else if (str_eq(kind, STR("a")) && str_int64(line, &id))
        account_forget(app->house, id);
    else if (str_eq(kind, STR("w")) && str_eq(line, STR("outbox")) && app->wake_outbox)
        app->wake_outbox(app->wake_ctx);
    else if (str_eq(kind, STR("w")) && str_eq(line, STR("probe")) && app->wake_probe)
        app->wake_probe(app->wake_ctx);
}

void gossip_hear(struct app *app, struct str words)
{
    struct str line;
    while (str_split(&words, '\n', &line))
        hear_line(app, line);
}

static void told(void *ctx, struct str words)
{
    gossip_hear(ctx, words);
}

/* ---- its life ---- */

struct gossip *gossip_open(struct app *app, struct error *e)
{
    if (!app->house->shared)
        return NULL;
    struct arena *own = arena_new();
    struct gossip *g = ARENA_NEW(own, struct gossip);
    g->app = app;
    g->own = own;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->wake, NULL);
    if (pthread_create(&g->thread, NULL, gossip_run, g) != 0) {
        arena_free(own);
        return fail_null(e, ERR_INTERNAL, "The thread that tells other nodes cannot be started.");
    }
    ratelimit_share(app->api_calls);
    db_on_told(app->house->db, told, app);
    return g;
}

void gossip_close(struct gossip *g)
{
    if (!g)
        return;
    db_on_told(g->app->house->db, NULL, NULL);
    pthread_mutex_lock(&g->lock);
    g->closing = true;
    pthread_cond_signal(&g->wake);
    pthread_mutex_unlock(&g->lock);
    pthread_join(g->thread, NULL);
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->wake);
    arena_free(g->own);
}
