/* SPDX-License-Identifier: Apache-2.0 */
/* Running a call: who may, what came, once only where a key says so, and the answer. */
#include <assert.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/str.h"
#include "store/shelf.h"
#include "web/api/api.h"

#define KEY_BYTES_MAX 200

/* ---- which call ---- */

#define GROUPS(X) X(acts) X(articles) X(books) X(channels) X(conversations) X(guides) X(people) X(replies) X(shelf)

#define DECLARE(name)                                                                                                \
    extern const struct route routes_api_##name[];                                                                   \
    extern const struct api_call calls_api_##name[];
GROUPS(DECLARE)

static const struct {
    const struct route *routes;
    const struct api_call *calls;
} api_groups[] = {
#define GROUP(name) {routes_api_##name, calls_api_##name},
    GROUPS(GROUP)};

const struct api_call *api_call_of(const struct route *route)
{
    for (size_t g = 0; g < COUNT_OF(api_groups); g++)
        for (size_t i = 0; api_groups[g].routes[i].path; i++)
            if (&api_groups[g].routes[i] == route)
                return &api_groups[g].calls[i];
    return NULL;
}

/* ---- once ---- */

static bool is_read(const struct api *api)
{
    return api->v->http->method == HTTP_GET || api->v->http->method == HTTP_HEAD;
}

/* Keys of one caller are not those of another. */
static bool key_read(struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct str given = http_header(v->http, "idempotency-key");
    if (given.len == 0 || is_read(api))
        return true;
    bool plain = given.len <= KEY_BYTES_MAX;
    for (size_t i = 0; plain && i < given.len; i++)
        plain = given.ptr[i] > ' ' && given.ptr[i] < 0x7f;
    if (!plain)
        return fail(e, ERR_MALFORMED, "Idempotency-Key is a word of at most %d visible ASCII characters.",
                    KEY_BYTES_MAX);
    api->key = v->actor.token_id
                   ? str_format(api->arena, "t%lld:%.*s", (long long)v->actor.token_id, STR_ARGS(given))
                   : str_format(api->arena, "a%lld:%.*s", (long long)v->actor.agent_id, STR_ARGS(given));
    unsigned char digest[SHA256_BYTES];
    struct buf asked;
    buf_init(&asked, api->arena, v->http->body.len + 128);
    buf_format(&asked, "%.*s %.*s\n", STR_ARGS(v->http->method_name), STR_ARGS(v->path));
    buf_str(&asked, v->http->body);
    sha256(buf_view(&asked), digest);
    api->request = hex_encode(api->arena, digest, sizeof digest);
    return true;
}

/* *found: the call was made before, and its answer is there again. */
static bool once_before(struct tx *tx, struct api *api, bool *found, struct error *e)
{
    struct error here = {0};
    struct json *kept = idempotency_get(tx, api->arena, api->v->brand.id, api->key, &here);
    if (!kept)
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    if (!str_eq(json_text(json_get(kept, "request")), api->request))
        return fail(e, ERR_BAD_INPUT, "This Idempotency-Key was used for another request.");
    api->answer = json_text(json_get(kept, "answer"));
    api->status = (int)json_int(json_get(kept, "status"), 200);
    api->replayed = *found = true;
    return true;
}

/* The look-up, the change and the note of its answer are one command: of two at the same moment one does it, and the
 * other gets the first one's answer. */
static bool run_change(struct tx *tx, void *ctx, struct error *e)
{
    struct api *api = ctx;
    bool found = false;
    if (api->key.len && !once_before(tx, api, &found, e))
        return false;
    if (found)
        return true;
    if (!api->call->run(tx, api, e))
        return false;
    if (api->key.len == 0)
        return true;
    api->answer = json_to_str(api->arena, api->out);
    return idempotency_put(tx, api->v->brand.id, api->key, api->request, api->status, api->answer, tx_now(tx), e);
}

static bool run_read(struct tx *tx, void *ctx, struct error *e)
{
    struct api *api = ctx;
    return api->call->run(tx, api, e);
}

/* ---- the answer ---- */

static void answer(struct api *api)
{
    struct visit *v = api->v;
    if (api->replayed)
        http_set_header(v->http, "Idempotency-Replayed", STR("true"));
    if (!api->answer.len) {
        view_render_status(&v->view, v->http, api->status, "error", api->out);
        return;
    }
    view_headers(v->http);
    http_respond(v->http, api->status, STR("application/json; charset=utf-8"), api->answer);
}

static bool run_call(struct api *api, struct error *e)
{
    if (api->call->before && !api->call->before(api, e))
        return false;
    bool done = is_read(api) ? visit_read(api->v, run_read, api, e) : visit_write(api->v, run_change, api, e);
    if (api->call->after)
        api->call->after(api, done);
    return done;
}

bool api_handle(struct visit *v, struct error *e)
{
    const struct api_call *call = api_call_of(v->route);
    assert(call);
    struct api *api = ARENA_NEW(v->arena, struct api);
    *api =
        (struct api){.v = v, .arena = v->arena, .call = call, .out = json_object(v->arena), .status = call->status};
    if (api->status == 0)
        api->status = 200;
    if (call->in_person && v->actor.token_id)
        return fail(e, ERR_FORBIDDEN, "A token prepares drafts; this is for a colleague in person.");
    if (!api_input(api, e) || !key_read(api, e) || !run_call(api, e))
        return false;
    answer(api);
    return true;
}

/* ---- shapes of answers ---- */

struct json *api_member(struct json *object, const char *key)
{
    for (size_t i = 0; i < json_count(object); i++)
        if (str_eq(object->members[i].key, str_from(key)))
            return object->members[i].value;
    return NULL;
}

void api_page(struct api *api, struct json *items, int64_t next)
{
    json_set(api->arena, api->out, "items", items);
    json_set_id(api->arena, api->out, "next", next);
}

bool api_row(struct tx *tx, struct api *api, int64_t conversation, struct error *e)
{
    struct visit *v = api->v;
    struct names names;
    struct conversation c;
    struct person person;
    if (!names_read(tx, v, &names, e) || !conversation_by_id(tx, api->arena, v->brand.id, conversation, &c, e) ||
        !person_by_id(tx, api->arena, v->brand.id, c.person_id, &person, e))
        return false;
    json_set(api->arena, api->out, "conversation", row_model(tx, v, &names, &c, &person, 0));
    return true;
}

bool api_row_here(struct tx *tx, struct api *api, struct error *e)
{
    return api_row(tx, api, api->v->params[0], e);
}
