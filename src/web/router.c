/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to its handler: brand, route, permission, CSRF, error. Webhooks and streams take their own way. */
#include "web/router.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "care/house.h"
#include "net/pool.h"
#include "net/ratelimit.h"
#include "web/assets.h"
#include "web/desk/model.h"
#include "web/gossip.h"
#include "web/hooks.h"
#include "web/ops.h"
#include "web/session.h"
#include "web/site/help.h"

extern const struct route *const route_registry[];

const struct route *const *router_all(void)
{
    return route_registry;
}

static bool same_route(const struct route *a, const struct route *b)
{
    return a != b && a->method == b->method && strcmp(a->path, b->path) == 0;
}

static bool route_ok(const struct route *route, struct error *e)
{
    if (route->permission == PERM_UNSET || !route->handler)
        return fail(e, ERR_INTERNAL, "The route %s has no permission or no handler.", route->path);
    for (size_t t = 0; route_registry[t]; t++)
        for (const struct route *other = route_registry[t]; other->path; other++)
            if (same_route(route, other))
                return fail(e, ERR_INTERNAL, "The route %s stands twice.", route->path);
    return true;
}

bool router_check(struct error *e)
{
    for (size_t t = 0; route_registry[t]; t++)
        for (const struct route *route = route_registry[t]; route->path; route++)
            if (!route_ok(route, e))
                return false;
    return true;
}

/* ---- matching ---- */

static bool segment_matches(struct visit *v, struct str pattern, struct str segment, size_t *ids, size_t *words)
{
    if (pattern.len == 0 || pattern.ptr[0] != ':')
        return str_eq(pattern, segment);
    if (str_eq(pattern, STR(":id"))) {
        if (*ids >= COUNT_OF(v->params) || !str_int64(segment, &v->params[*ids]) || v->params[*ids] <= 0)
            return false;
        ++*ids;
        return true;
    }
    if (*words >= COUNT_OF(v->words) || segment.len == 0)
        return false;
    v->words[(*words)++] = segment;
    return true;
}

/* Most routes differ before their first open segment. */
static bool begins_alike(const char *pattern, struct str path)
{
    size_t i = 0;
    while (pattern[i] && pattern[i] != ':' && pattern[i] != '*' && i < path.len && pattern[i] == path.ptr[i])
        i++;
    return i == path.len || !pattern[i] || pattern[i] == ':' || pattern[i] == '*';
}

static bool path_matches(struct visit *v, const char *pattern_text, struct str path)
{
    if (!begins_alike(pattern_text, path))
        return false;
    struct str pattern = str_from(pattern_text), part, segment;
    size_t ids = 0, words = 0;
    memset(v->params, 0, sizeof v->params);
    memset(v->words, 0, sizeof v->words);
    pattern = str_slice(pattern, 1, pattern.len);
    path = str_slice(path, 1, path.len);
    while (str_split(&pattern, '/', &part)) {
        if (str_eq(part, STR("*"))) {
            if (words < COUNT_OF(v->words))
                v->words[words] = path;
            return true;
        }
        if (!str_split(&path, '/', &segment))
            return false;
        if (!segment_matches(v, part, segment, &ids, &words))
            return false;
    }
    return path.len == 0;
}

/* "/desk/c/:id/reply" before "/desk/c/:id/:name": the fewer open segments, the better it fits. */
static int openness(const char *path)
{
    int n = 0;
    for (; *path; path++)
        n += *path == ':' ? 1 : *path == '*' ? 8 : 0;
    return n;
}

/* method HTTP_OTHER: whichever it is. */
static const struct route *best_route(struct visit *v, enum http_method method)
{
    const struct route *best = NULL;
    for (size_t t = 0; route_registry[t]; t++)
        for (const struct route *route = route_registry[t]; route->path; route++)
            if ((route->method == method || method == HTTP_OTHER) && path_matches(v, route->path, v->path) &&
                (!best || openness(route->path) < openness(best->path)))
                best = route;
    return best;
}

static bool route_find(struct visit *v, struct error *e)
{
    enum http_method method = v->http->method == HTTP_HEAD ? HTTP_GET : v->http->method;
    const struct route *best = method == HTTP_OTHER ? NULL : best_route(v, method);
    if (!best)
        return best_route(v, HTTP_OTHER)
                   ? fail(e, ERR_METHOD, "This address does not take %.*s.", STR_ARGS(v->http->method_name))
                   : fail(e, ERR_NOT_FOUND, "There is nothing at this address.");
    v->route = best;
    return path_matches(v, best->path, v->path);
}

/* ---- permission ---- */

static bool is_api(const struct visit *v)
{
    return str_starts(v->path, STR("/api/"));
}

static bool permission_ok(struct visit *v, struct error *e)
{
    static const enum role needed[] = {
        [PERM_UNSET] = ROLE_ADMIN, [PERM_PUBLIC] = ROLE_NONE, [PERM_READ] = ROLE_READ_ONLY,
        [PERM_AGENT] = ROLE_AGENT, [PERM_LEAD] = ROLE_LEAD,   [PERM_ADMIN] = ROLE_ADMIN};
    if (v->route->permission == PERM_PUBLIC)
        return true;
    if (v->actor.role == ROLE_NONE)
        return fail(e, ERR_UNAUTHENTICATED, "Please sign in.");
    if (v->actor.token_id && !is_api(v))
        return fail(e, ERR_FORBIDDEN, "A token opens /api/v1, not the desk.");
    if (v->actor.role < needed[v->route->permission])
        return fail(e, ERR_FORBIDDEN, "Your role does not allow this.");
    return true;
}

static bool is_change(const struct http_request *req)
{
    return req->method != HTTP_GET && req->method != HTTP_HEAD && req->method != HTTP_OPTIONS;
}

static bool api_rate_ok(struct visit *v, struct error *e)
{
    if (!is_api(v))
        return true;
    struct str key = v->actor.token_id   ? str_format(v->arena, "t%lld", (long long)v->actor.token_id)
                     : v->actor.agent_id ? str_format(v->arena, "a%lld", (long long)v->actor.agent_id)
                                         : v->http->client;
    struct ratelimit_verdict verdict = ratelimit_take(v->app->api_calls, key);
    gossip_used(v->app->gossip);
    http_set_header(v->http, "RateLimit-Limit", str_format(v->arena, "%d", verdict.limit));
    http_set_header(v->http, "RateLimit-Remaining", str_format(v->arena, "%d", verdict.remaining));
    http_set_header(v->http, "RateLimit-Reset", str_format(v->arena, "%d", verdict.reset_seconds));
    if (verdict.allowed)
        return true;
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", verdict.retry_seconds));
    return fail(e, ERR_RATE_LIMITED, "Too many requests: please wait %d seconds.", verdict.retry_seconds);
}

/* ---- answering ---- */

#define NEXT_MAX 2000 /* bytes of an address to come back to: the head of an answer has its limit */

static void answer_error(struct visit *v, const struct error *e)
{
    bool page = e->code == ERR_UNAUTHENTICATED && !view_wants_json(v->http) && !is_api(v) &&
                (v->http->method == HTTP_GET || v->http->method == HTTP_HEAD) &&
                http_header(v->http, "hx-request").len == 0 && http_query(v->http, "fragment").len == 0;
    if (!page) {
        if (e->code == ERR_STORAGE || e->code == ERR_UNAVAILABLE)
            http_set_header(v->http, "Retry-After", STR("5"));
        view_error(&v->view, v->http, e);
        return;
    }
    struct str next =
        v->http->query.len ? str_format(v->arena, "%.*s?%.*s", STR_ARGS(v->path), STR_ARGS(v->http->query)) : v->path;
    struct str encoded = url_encode(v->arena, next);
    view_redirect(&v->view, v->http,
                  encoded.len <= NEXT_MAX ? str_format(v->arena, "/desk/sign-in?next=%.*s", STR_ARGS(encoded))
                                          : STR("/desk/sign-in"));
}

/* Limits hold, and are told, also where the token is wrong or the address is none. */
static bool visit_open(struct visit *v, struct error *e)
{
    struct error limited = {0}, unknown = {0};
    bool found = v->route || route_find(v, &unknown), opened = session_open(v, e);
    if (api_rate_ok(v, &limited) && (!opened || found))
        return opened;
    *e = limited.code == ERR_NONE ? unknown : limited;
    return false;
}

#define PATIENCE_US SECOND_US

bool app_in_time(const struct app *app, int64_t came, struct error *e)
{
    return clock_monotonic() - came < PATIENCE_US || !db_is_away(app->house->db) ||
           fail(e, ERR_STORAGE, "The database cannot be reached");
}

/* False: it stayed and came to what only a worker can do. Nothing is answered then. */
static bool visit_answer(struct visit *v)
{
    struct error e = {0};
    struct tx *reading = NULL; /* not in the visit, which is gone when it has been answered */
    bool stays = v->stays, writes = false;
    v->reading = &reading;
    bool ok = app_in_time(v->app, v->came, &e) && visit_open(v, &e) && permission_ok(v, &e) &&
              (!is_change(v->http) || session_csrf_ok(v, &e)) && v->route->handler(v, &e);
    if (!ok) {
        writes = stays && v->writes;
        if (!writes)
            answer_error(v, &e);
    }
    if (reading)
        db_read_end(reading);
    return !writes;
}

static void visit_run(void *ctx)
{
    (void)visit_answer(ctx);
}

/* What needs no worker: webhooks (answered when they are on disk), assets, health. */
static bool handled_at_once(struct app *app, struct http_request *req)
{
    if (str_starts(req->path, STR("/hooks/")))
        return hooks_handle(app, req), true;
    if (str_starts(req->path, STR("/assets/")))
        return assets_respond(req), true;
    if (app->play && (str_eq(req->path, STR("/play")) || str_starts(req->path, STR("/play/"))))
        return app->play(app->play_ctx, req);
    return ops_handle(app, req);
}

static struct visit *visit_new(struct app *app, struct http_request *req)
{
    struct visit *v = ARENA_NEW(req->arena, struct visit);
    *v = (struct visit){.http = req,
                        .app = app,
                        .arena = req->arena,
                        .path = req->path,
                        .came = clock_monotonic(),
                        .view = {.hue = -1}};
    visit_address(v);
    return v;
}

/* The desk's pages take less time than waking a worker and being woken by it: they are answered here where a read
 * waits for nobody, and nobody waits for this thread (docs/adr/0012). */
static bool visit_may_stay(struct visit *v)
{
    struct error none;
    return !v->app->draining && !is_change(v->http) && db_reads_here(v->app->house->db) && route_find(v, &none) &&
           (desk_is_quick(v) || help_is_quick(v)) && !session_toasts(v) && http_may_stay(v->http);
}

void web_handle(struct http_request *req, void *ctx)
{
    struct app *app = ctx;
    if (app->draining) /* a proxy keeps no connection to a server that is leaving */
        http_set_header(req, "Connection", STR("close"));
    if (handled_at_once(app, req))
        return;
    struct visit *v = visit_new(app, req);
    v->stays = visit_may_stay(v);
    if (v->stays && visit_answer(v))
        return;
    if (v->stays)
        v = visit_new(app, req);
    bool door = req->method == HTTP_POST && str_ends(req->path, STR("/desk/sign-in"));
    if (!pool_run(door ? app->doors : app->workers, visit_run, v)) {
        struct error busy = {.code = ERR_UNAVAILABLE, .message = "Too much at once: please try again in a moment."};
        http_set_header(req, "Retry-After", STR("2"));
        http_respond_error(req, &busy);
    }
}

/* ---- help for handlers ---- */

static struct tx *reading_taken(struct visit *v)
{
    struct tx *tx = v->reading ? *v->reading : NULL;
    if (tx)
        *v->reading = NULL;
    return tx;
}

void visit_reading_end(struct visit *v)
{
    struct tx *tx = reading_taken(v);
    if (tx)
        db_read_end(tx);
}

bool visit_read(struct visit *v, db_command *read, void *ctx, struct error *e)
{
    struct tx *tx = reading_taken(v);
    if (!tx)
        return db_read(v->app->house->db, read, ctx, e);
    bool ok = read(tx, ctx, e);
    db_read_end(tx);
    return ok;
}

bool visit_write(struct visit *v, db_command *command, void *ctx, struct error *e)
{
    visit_reading_end(v); /* what is read after it shall see it */
    if (v->stays) {
        v->writes = true;
        return fail(e, ERR_UNAVAILABLE, "This takes a worker.");
    }
    return db_write(v->app->house->db, v->brand.id, command, ctx, e);
}

int64_t visit_query_id(struct visit *v, const char *name)
{
    int64_t id;
    return str_int64(http_query(v->http, name), &id) ? id : 0;
}

int64_t visit_form_id(struct visit *v, const char *name)
{
    int64_t id;
    return str_int64(http_form(v->http, name), &id) ? id : 0;
}

const struct author *visit_author(struct visit *v, struct tx *tx, struct error *e)
{
    if (v->actor.token_id || v->session_hash.len == 0)
        return fail_null(e, ERR_FORBIDDEN, "A token prepares drafts; a colleague in person sends.");
    return author_of_session(tx, tx_arena(tx), v->brand.id, v->session_hash, e);
}

void visit_wake_outbox(struct visit *v)
{
    if (v->app->wake_outbox)
        v->app->wake_outbox(v->app->wake_ctx);
    gossip_wake(v->app->gossip, "outbox");
}

void visit_wake_letters(struct visit *v)
{
    if (v->app->wake_letters)
        v->app->wake_letters(v->app->wake_ctx);
}

void visit_wake_probe(struct visit *v)
{
    if (v->app->wake_probe)
        v->app->wake_probe(v->app->wake_ctx);
    gossip_wake(v->app->gossip, "probe");
}
