/* SPDX-License-Identifier: Apache-2.0 */
/* From a network's webhook to the writer. Verifying and reading are pure and quick, so they run on the loop thread;
 * the answer is given by the writer's thread, after the commit. */
#include "web/hooks.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "care/house.h"
#include "care/intake.h"
#include "net/http.h"
#include "net/pool.h"
#include "web/app.h"

struct hook_visit {
    struct intake intake; /* first: it is what the writer gives back */
    struct http_request *req;
    struct app *app;
    struct str network;
    int64_t channel;
    int64_t came; /* monotonic */
    const struct account *account;
    const char *ack, *ack_type; /* what it is answered once it is stored */
    struct str greeting, greeting_type;
    struct channel_events events;
};

static void answer_plain(struct http_request *req, int status, struct str body, struct str type)
{
    http_set_header(req, "X-Content-Type-Options", STR("nosniff"));
    http_set_header(req, "Cache-Control", STR("no-store"));
    http_respond(req, status, type, body);
}

static _Atomic uint64_t stored, refused, unavailable, events;

struct hook_stats hooks_stats(void)
{
    return (struct hook_stats){.stored = stored, .refused = refused, .unavailable = unavailable, .events = events};
}

static void answer_fail(struct http_request *req, const struct error *e)
{
    bool away = e->code == ERR_STORAGE || e->code == ERR_UNAVAILABLE;
    *(away ? &unavailable : &refused) += 1;
    if (away)
        http_set_header(req, "Retry-After", STR("5"));
    answer_plain(req, error_http_status(e->code), str_from(e->message), STR("text/plain; charset=utf-8"));
}

/* Headers that the adapter looks at. */
static struct pairs hook_headers(struct http_request *req, const struct channel *channel)
{
    size_t most = COUNT_OF(channel->headers);
    struct pairs headers = {.items = ARENA_ARRAY(req->arena, struct pair, most)};
    for (size_t i = 0; i < most && channel->headers[i]; i++) {
        struct str value = http_header(req, channel->headers[i]);
        if (value.len)
            headers.items[headers.count++] = (struct pair){str_from(channel->headers[i]), value};
    }
    return headers;
}

static bool hook_greets(struct tx *tx, void *ctx, struct error *e)
{
    const struct hook_visit *v = ctx;
    return account_greeted(tx, v->account, e);
}

/* What the network is told, it is told also where the database did not take the note. */
static void hook_greeted(void *ctx, bool ok, const struct error *e)
{
    struct hook_visit *v = ctx;
    if (!ok)
        log_warn("hooks", "a handshake was not noted: %s", e->message);
    account_forget(v->app->house, v->channel);
    account_release(v->app->house, v->account);
    answer_plain(v->req, 200, v->greeting, v->greeting_type);
}

static void hook_get(struct hook_visit *v, const struct hook *hook)
{
    struct error e = {0};
    const struct channel *channel = v->account->channel;
    bool ok =
        channel->handshake
            ? channel->handshake(v->req->arena, &v->account->settings, hook, &v->greeting, &v->greeting_type, &e)
            : fail(&e, ERR_METHOD, "%s has no handshake: it sends its messages by POST.", channel->label);
    if (ok && account_greets(v->account, clock_now())) {
        db_write_later(v->app->house->db, v->account->row.brand_id, hook_greets, v, hook_greeted);
        return;
    }
    account_release(v->app->house, v->account);
    if (ok) /* with the answer the request may be gone, and v with it */
        answer_plain(v->req, 200, v->greeting, v->greeting_type);
    else
        answer_fail(v->req, &e);
}

/* On the writer's thread, after the commit. */
static void hook_taken(void *ctx, bool ok, const struct error *e)
{
    struct hook_visit *v = ctx;
    account_release(v->app->house, v->account);
    stored += ok;
    events += ok ? v->events.count : 0;
    if (ok)
        answer_plain(v->req, 200, str_from(v->ack), str_from(v->ack_type));
    else
        answer_fail(v->req, e);
}

/* Networks send at most 3 MB; more is nobody's webhook, and is not worth a signature's time. */
#define HOOK_BYTES_MAX ((size_t)4 << 20)

static void hook_post(struct hook_visit *v, const struct hook *hook)
{
    struct error e = {0};
    struct str unread;
    if (!v->account->channel->verify || hook->body.len > HOOK_BYTES_MAX) {
        if (!v->account->channel->verify)
            fail(&e, ERR_METHOD, "%s sends no webhooks: it is asked.", v->account->channel->label);
        else
            fail(&e, ERR_TOO_LARGE, "A webhook has at most 4 MB.");
        account_release(v->app->house, v->account);
        answer_fail(v->req, &e);
        return;
    }
    if (!intake_read(v->req->arena, v->account, hook, &v->events, &unread, &e)) {
        account_release(v->app->house, v->account);
        answer_fail(v->req, &e);
        return;
    }
    v->intake = (struct intake){
        .house = v->app->house, .account = v->account, .body = hook->body, .events = &v->events, .unread = unread};
    if (v->events.count == 0 && unread.len == 0) {
        hook_taken(v, true, NULL);
        return;
    }
    intake_prepare(v->req->arena, &v->intake);
    intake_queue(v->app->house->db, &v->intake, hook_taken);
}

static bool hook_address(struct str path, struct str *network, int64_t *channel)
{
    struct str rest = str_slice(path, sizeof "/hooks/" - 1, path.len), id;
    return str_split(&rest, '/', network) && str_split(&rest, '/', &id) && str_int64(id, channel);
}

static void hook_go(struct hook_visit *v)
{
    struct http_request *req = v->req;
    const struct channel *channel = v->account->channel;
    v->ack = channel->ack ? channel->ack : "ok";
    v->ack_type = channel->ack ? channel->ack_type : "text/plain; charset=utf-8";
    struct hook hook = {.method = req->method_name,
                        .url = http_url(req),
                        .query = url_query(req->arena, req->query),
                        .headers = hook_headers(req, channel),
                        .body = req->body,
                        .at = clock_now()};
    bool told = req->method == HTTP_POST || channel->by_get;
    if (req->method == HTTP_GET && told)
        hook.body = req->query;
    if (told)
        hook_post(v, &hook);
    else
        hook_get(v, &hook);
}

static void hook_admit(struct hook_visit *v, struct error *e)
{
    if (v->account && v->account->channel != channel_find(v->network)) {
        account_release(v->app->house, v->account);
        v->account = NULL;
    }
    if (v->account && v->req->method != HTTP_GET && v->req->method != HTTP_POST) {
        account_release(v->app->house, v->account);
        v->account = NULL;
        fail(e, ERR_METHOD, "A webhook is a GET or a POST.");
    }
    if (v->account) {
        hook_go(v);
        return;
    }
    if (e->code == ERR_NONE || e->code == ERR_NOT_FOUND)
        fail(e, ERR_NOT_FOUND, "There is no such channel here.");
    answer_fail(v->req, e);
}

/* On a worker: the loop's thread, which serves everybody, never waits for the database. */
static void hook_find(void *ctx)
{
    struct hook_visit *v = ctx;
    struct error e = {0};
    if (app_in_time(v->app, v->came, &e))
        v->account = account_get(v->app->house, v->channel, &e);
    hook_admit(v, &e);
}

void hooks_handle(struct app *app, struct http_request *req)
{
    struct error e = {0};
    struct hook_visit *v = ARENA_NEW(req->arena, struct hook_visit);
    *v = (struct hook_visit){.req = req, .app = app, .came = clock_monotonic()};
    if (!hook_address(req->path, &v->network, &v->channel) || account_known(app->house, v->channel, &v->account, &e))
        hook_admit(v, &e);
    else if (!pool_run(app->workers, hook_find, v)) {
        fail(&e, ERR_UNAVAILABLE, "Too much at once: please try again in a moment.");
        answer_fail(req, &e);
    }
}
