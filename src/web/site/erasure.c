/* SPDX-License-Identifier: Apache-2.0 */
/* "Erase what you hold of me": asked as a message that a person reads, seen afterwards by whoever has the receipt. */
#include "care/erasure.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/codes.h"
#include "care/intake.h"
#include "store/agent.h"
#include "web/site/erasure.h"
#include "web/desk/model.h"
#include "web/site/passage.h"

struct erasure_page {
    struct site site;
    struct erasure row;
    struct str code;
    struct str by; /* who of us decided */
    bool stay;
    int64_t conversation;
};

/* ---- on "my data" ---- */

bool erasure_model(struct tx *tx, struct site *site, struct json *model, struct error *e)
{
    struct arena *a = site->v->arena;
    struct erasure row;
    if (!erasure_of_guest(tx, a, &site->guest, &row, e))
        return false;
    struct json *open = json_object(a);
    json_set_time(a, open, "at", row.asked_at);
    json_set_time(a, open, "due", row.due_at);
    json_set_id(a, open, "conversation", row.conversation_id);
    json_set_bool(a, open, "posts_stay", row.posts_stay);
    json_set_str(a, open, "reason", row.reason);
    json_set(a, model, "erase_asked", row.id && row.state == ERASURE_ASKED ? open : json_new_null(a));
    json_set(a, model, "erase_refused", row.id && row.state == ERASURE_REFUSED ? open : json_new_null(a));
    return true;
}

/* ---- asking ---- */

static bool known_read(struct tx *tx, void *ctx, struct error *e)
{
    struct erasure_page *page = ctx;
    return erasure_of_guest(tx, page->site.v->arena, &page->site.guest, &page->row, e);
}

static bool ask_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct erasure_page *page = ctx;
    return erasure_ask(tx, page->site.v->app->house, &page->site.guest, page->conversation, page->code, page->stay,
                       e);
}

static bool take_back_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct erasure_page *page = ctx;
    return erasure_take_back(tx, &page->site.guest, e);
}

static bool form_open(struct visit *v, struct erasure_page *page, struct error *e)
{
    return http_form_ok(v->http, e) && site_open(v, "requests", &page->site, e) &&
           (page->site.guest.id == 0 || visit_read(v, known_read, page, e));
}

/* The message says it in words, as they would: whoever reads it needs nothing else. */
static bool ask_post(struct visit *v, struct error *e)
{
    struct erasure_page page = {.code = code_random(v->arena, ERASURE_CODE_SIGNS)};
    struct channel_origin origin = {.kind = "erasure"};
    struct guest_words words = {.once = random_token(v->arena, 12), .origins = &origin, .origin_count = 1};
    if (!form_open(v, &page, e))
        return false;
    bool open = page.row.id && (page.row.state == ERASURE_ASKED || page.row.state == ERASURE_BEGUN);
    if (page.site.guest.id == 0 || open) {
        view_redirect(&v->view, v->http, STR("/mydata#erase"));
        return true;
    }
    page.stay = http_form(v->http, "posts_stay").len > 0;
    words.text = visit_words(v, page.stay ? "erase.text_stay" : "erase.text");
    if (!site_may_write(&page.site, e) || !site_say(&page.site, &words, INTAKE_BEGINS, &page.conversation, e) ||
        !visit_write(v, ask_write, &page, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/mydata/receipt/%.*s", STR_ARGS(page.code)));
    return true;
}

static bool back_post(struct visit *v, struct error *e)
{
    struct erasure_page page = {0};
    if (!form_open(v, &page, e))
        return false;
    if (page.row.id && page.row.state == ERASURE_ASKED && !visit_write(v, take_back_write, &page, e))
        return false;
    view_redirect(&v->view, v->http, STR("/mydata#erase"));
    return true;
}

/* ---- the receipt ---- */

static bool receipt_read(struct tx *tx, void *ctx, struct error *e)
{
    struct erasure_page *page = ctx;
    struct visit *v = page->site.v;
    struct agent agent;
    if (!erasure_receipt(tx, v->arena, v->app->house, v->brand.id, page->code, &page->row, e))
        return false;
    if (page->row.decided_by && agent_by_id(tx, v->arena, v->brand.id, page->row.decided_by, &agent, e))
        page->by = agent.name;
    return e->code == ERR_NONE;
}

static bool receipt_show(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct erasure_page page = {.code = v->words[0]};
    struct json *model = json_object(a), *receipt = json_object(a);
    if (!passage_may(v, e) || !site_open(v, "requests", &page.site, e) || !visit_read(v, receipt_read, &page, e))
        return false;
    if (page.row.id == 0)
        return fail(e, ERR_NOT_FOUND, "There is no such receipt.");
    passage_may_again(v);
    json_set_str(a, receipt, "code", code_plain(a, page.code));
    json_set_str(a, receipt, "state", str_from(erasure_state_name(page.row.state)));
    json_set_str(a, receipt, "by", page.by);
    json_set_str(a, receipt, "reason", page.row.state == ERASURE_REFUSED ? page.row.reason : STR_EMPTY);
    json_set_time(a, receipt, "at", page.row.asked_at);
    json_set_time(a, receipt, "due", page.row.due_at);
    json_set_time(a, receipt, "decided", page.row.decided_at);
    json_set_time(a, receipt, "done", page.row.done_at);
    json_set_int(a, receipt, "messages", page.row.gone.messages);
    json_set_int(a, receipt, "files", page.row.gone.files);
    json_set_int(a, receipt, "accounts", page.row.gone.accounts);
    json_set_id(a, receipt, "number", page.row.id);
    json_set(a, model, "receipt", receipt);
    http_set_header(v->http, "X-Robots-Tag", STR("noindex"));
    site_render(&page.site, "receipt", model);
    return true;
}

const struct route routes_site_erasure[] = {
    {HTTP_POST, "/mydata/erase", PERM_PUBLIC, ask_post, NULL},
    {HTTP_POST, "/mydata/erase/back", PERM_PUBLIC, back_post, NULL},
    {HTTP_GET, "/mydata/receipt/:name", PERM_PUBLIC, receipt_show, NULL},
    {0},
};
