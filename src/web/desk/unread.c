/* SPDX-License-Identifier: Apache-2.0 */
/* "Could not read": what networks sent and the program did not understand, kept whole; read again after an update, or
 * put away by a colleague with a reason. */
#include "base/arena.h"
#include "base/id.h"
#include "base/json.h"
#include "care/account.h"
#include "care/intake.h"
#include "store/shelf.h"
#include "web/desk/page.h"

#define PAYLOADS_A_PAGE 40
#define REPLAYS_AT_ONCE 500
#define BODY_SHOWN      (64 * 1024)

struct unread_page {
    struct visit *v;
    struct names names;
    struct payload payload;
    struct json *model;
};

struct json *payload_json(struct arena *a, const struct names *names, const struct payload *p)
{
    const struct channel_row *row = names_channel(names, p->channel_id);
    struct json *item = json_object(a);
    json_set_id(a, item, "id", p->id);
    json_set_str(a, item, "channel", row ? row->name : STR_EMPTY);
    json_set_str(a, item, "icon", str_from(network_icon(row ? row->network : STR_EMPTY)));
    json_set_time(a, item, "at", id_time(p->id));
    json_set_str(a, item, "reason", p->reason);
    json_set_int(a, item, "bytes", (int64_t)p->body.len); /* a list comes without bodies */
    json_set_time(a, item, "tried", p->replayed_at);
    json_set_str(a, item, "state", p->state);
    return item;
}

/* ---- the list ---- */

static bool unread_read(struct tx *tx, void *ctx, struct error *e)
{
    struct unread_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct payload *list;
    size_t count;
    int64_t open;
    struct json *payloads = json_array(a), *paging = json_object(a);
    if (!names_read(tx, v, &page->names, e) || !payload_unread_count(tx, v->brand.id, &open, e) ||
        !payload_unread(tx, a, v->brand.id, visit_query_id(v, "cursor"), PAYLOADS_A_PAGE + 1, &list, &count, e))
        return false;
    bool more = count > PAYLOADS_A_PAGE;
    count = more ? PAYLOADS_A_PAGE : count;
    for (size_t i = 0; i < count; i++)
        json_push(a, payloads, payload_json(a, &page->names, &list[i]));
    json_set(a, paging, "next", json_new_null(a));
    if (more)
        json_set_id(a, paging, "next", list[count - 1].id);
    json_set(a, page->model, "payloads", payloads);
    json_set_int(a, page->model, "open", open);
    json_set(a, page->model, "paging", paging);
    return true;
}

static bool unread_list(struct visit *v, struct error *e)
{
    struct unread_page page = {.v = v, .model = json_object(v->arena)};
    if (!visit_read(v, unread_read, &page, e))
        return false;
    v->view.section = STR("ledger");
    view_render(&v->view, v->http, "unread", page.model);
    return true;
}

/* ---- one ---- */

static bool one_read(struct tx *tx, void *ctx, struct error *e)
{
    struct unread_page *page = ctx;
    struct visit *v = page->v;
    return names_read(tx, v, &page->names, e) &&
           payload_by_id(tx, v->arena, v->brand.id, v->params[0], &page->payload, e);
}

/* The beginning of the bytes as text, cut between characters. */
static struct str body_text(struct arena *a, struct str body, bool *cut)
{
    size_t end = body.len;
    *cut = end > BODY_SHOWN;
    if (*cut)
        for (end = BODY_SHOWN; end > BODY_SHOWN - 4 && ((unsigned char)body.ptr[end] & 0xC0) == 0x80;)
            end--;
    return text_clean(a, str_slice(body, 0, end));
}

static bool unread_one(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct unread_page page = {.v = v, .model = json_object(a)};
    bool cut;
    if (!visit_read(v, one_read, &page, e))
        return false;
    struct json *payload = payload_json(v->arena, &page.names, &page.payload);
    json_set(a, payload, "headers", json_array(a));
    json_set_str(a, payload, "body", body_text(a, page.payload.body, &cut));
    json_set_bool(a, payload, "cut", cut);
    json_set(a, page.model, "payload", payload);
    v->view.section = STR("ledger");
    view_render(&v->view, v->http, "unread-one", page.model);
    return true;
}

/* ---- reading again ---- */

/* True with *read set when nothing of it is unread any more. */
static bool replay_one(struct visit *v, const struct payload *payload, bool *read, struct error *e)
{
    const struct account *account = account_get(v->app->house, payload->channel_id, e);
    if (!account)
        return false;
    struct intake_replay replay = {.house = v->app->house,
                                   .account = account,
                                   .payload_id = payload->id,
                                   .actor = v->actor.agent_id,
                                   .arena = v->arena};
    bool ok = visit_write(v, intake_replay, &replay, e);
    account_release(v->app->house, account);
    *read = ok && replay.still_unread.len == 0;
    return ok;
}

static struct json *counted(struct arena *a, int64_t count)
{
    struct json *values = json_object(a);
    json_set_int(a, values, "count", count);
    return values;
}

static void replay_answer(struct visit *v, int64_t read, struct str path)
{
    if (read)
        visit_toast(v, "toast.replayed", counted(v->arena, read));
    else
        visit_toast(v, "toast.still_unread", NULL);
    view_redirect(&v->view, v->http, path);
}

static bool unread_replay(struct visit *v, struct error *e)
{
    struct unread_page page = {.v = v, .model = json_object(v->arena)};
    bool read;
    if (!visit_read(v, one_read, &page, e) || !replay_one(v, &page.payload, &read, e))
        return false;
    struct str here = str_format(v->arena, "/desk/unread/%lld", (long long)page.payload.id);
    replay_answer(v, read, read ? STR("/desk/unread") : here);
    return true;
}

struct replay_all {
    struct visit *v;
    struct payload *list;
    size_t count;
};

static bool all_read(struct tx *tx, void *ctx, struct error *e)
{
    struct replay_all *all = ctx;
    return payload_unread(tx, all->v->arena, all->v->brand.id, 0, REPLAYS_AT_ONCE, &all->list, &all->count, e);
}

/* The oldest first, so that stories grow in their own order. One that fails (its channel was removed, a colleague was
 * quicker) does not stop the others. */
static bool unread_replay_all(struct visit *v, struct error *e)
{
    struct replay_all all = {.v = v};
    int64_t read = 0;
    if (!visit_read(v, all_read, &all, e))
        return false;
    for (size_t i = all.count; i-- > 0;) {
        bool done;
        read += replay_one(v, &all.list[i], &done, NULL) && done;
    }
    replay_answer(v, read, STR("/desk/unread"));
    return true;
}

/* ---- putting away ---- */

struct putting_away {
    struct visit *v;
    struct str reason;
};

static bool away_write(struct tx *tx, void *ctx, struct error *e)
{
    struct putting_away *away = ctx;
    struct visit *v = away->v;
    struct payload payload;
    if (!payload_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &payload, e))
        return false;
    if (!str_eq(payload.state, STR("unread")))
        return fail(e, ERR_CONFLICT, "This was read or put away in the meantime.");
    struct json *data = json_object(tx_arena(tx));
    json_set_str(tx_arena(tx), data, "reason", away->reason);
    return payload_set_state(tx, v->brand.id, payload.id, STR("dismissed"), away->reason, v->actor.agent_id,
                             tx_now(tx), e) &&
           page_event(tx, v, "payload.dismissed", payload.id, data, e);
}

static bool unread_done(struct visit *v, struct error *e)
{
    struct putting_away away = {.v = v};
    struct json *errors = json_new_null(v->arena);
    if (!http_form_ok(v->http, e))
        return false;
    away.reason = form_line(v, "reason", 300, true, &errors);
    if (json_is(errors, JSON_OBJECT))
        return fail(e, ERR_BAD_INPUT, "Putting away needs a reason of at most 300 characters.");
    if (!visit_write(v, away_write, &away, e))
        return false;
    visit_toast(v, "toast.saved", NULL);
    view_redirect(&v->view, v->http, STR("/desk/unread"));
    return true;
}

const struct route routes_desk_unread[] = {
    {HTTP_GET, "/desk/unread", PERM_READ, unread_list, NULL},
    {HTTP_GET, "/desk/unread/:id", PERM_READ, unread_one, NULL},
    {HTTP_POST, "/desk/unread/replay", PERM_AGENT, unread_replay_all, NULL},
    {HTTP_POST, "/desk/unread/:id/replay", PERM_AGENT, unread_replay, NULL},
    {HTTP_POST, "/desk/unread/:id/done", PERM_AGENT, unread_done, NULL},
    {0},
};
