/* SPDX-License-Identifier: Apache-2.0 */
/* The talk of a request as a letter, to an address that was shown to be theirs, and to no other. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/follows.h"
#include "web/site/requests.h"
#include "web/site/sign_in.h"

#define TRANSCRIPT_WORTH_US DAY_US

struct transcript {
    struct site site;
    int64_t id;
    struct str to;
    struct json *model;
    int64_t sender;
};

static bool transcript_read(struct tx *tx, void *ctx, struct error *e)
{
    struct transcript *t = ctx;
    struct visit *v = t->site.v;
    struct conversation c;
    struct follow_way *ways;
    size_t count;
    bool theirs = false;
    t->model = json_object(v->arena);
    if (!guest_conversation(tx, v->arena, &t->site.guest, t->id, &c, e) ||
        !follow_ways(tx, v->arena, &t->site.guest, &ways, &count, e) ||
        !letter_sender(tx, v->brand.id, &t->sender, e) || !request_model(tx, &t->site, &c, t->model, e))
        return false;
    for (size_t i = 0; i < count; i++)
        theirs |= str_eq(ways[i].network, STR("email")) && str_eq(ways[i].external_id, t->to);
    return (theirs && t->sender) || fail(e, ERR_NOT_FOUND, "This is no address of yours.");
}

/* What its template shows, as it is now: later changes are not sent. */
static struct json *about_of(struct arena *a, const struct transcript *t)
{
    static const char *const names[] = {"mine", "by", "at", "text", "withdrawn", "files"};
    struct json *about = json_object(a), *items = json_array(a);
    const struct json *said = json_get(t->model, "items"), *request = json_get(t->model, "request");
    for (size_t i = 0; i < json_count(said); i++) {
        struct json *item = json_object(a);
        for (size_t k = 0; k < COUNT_OF(names); k++) {
            struct json *value = json_parse(a, json_to_str(a, json_get(json_at(said, i), names[k])), NULL);
            json_set(a, item, names[k], value ? value : json_new_null(a));
        }
        json_push(a, items, item);
    }
    json_set_str(a, about, "title", json_text(json_get(request, "title")));
    json_set_str(a, about, "path", str_format(a, "/requests/%lld", (long long)t->id));
    json_set_bool(a, about, "earlier", !json_is(json_get(t->model, "earlier"), JSON_NULL));
    json_set(a, about, "items", items);
    return about;
}

static bool transcript_queue(struct tx *tx, void *ctx, struct error *e)
{
    const struct transcript *t = ctx;
    struct visit *v = t->site.v;
    struct letter_order order = {.brand_id = v->brand.id,
                                 .channel_id = t->sender,
                                 .kind = LETTER_TRANSCRIPT,
                                 .language = locale_language(v->view.locale),
                                 .to = t->to,
                                 .about = about_of(tx_arena(tx), t),
                                 .until_at = tx_now(tx) + TRANSCRIPT_WORTH_US};
    return letter_queue(tx, v->app->house, &order, e);
}

static bool transcript_post(struct visit *v, struct error *e)
{
    struct transcript t = {.id = v->params[0]};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &t.site, e))
        return false;
    t.to = http_form(v->http, "to");
    if (!visit_read(v, transcript_read, &t, e) || !sign_in_may_try(v, e) || !site_may_write(&t.site, e) ||
        !visit_write(v, transcript_queue, &t, e))
        return false;
    visit_wake_letters(v);
    view_redirect(&v->view, v->http, str_format(v->arena, "/requests/%lld?letter=1", (long long)t.id));
    return true;
}

const struct route routes_site_transcript[] = {
    {HTTP_POST, "/requests/:id/letter", PERM_PUBLIC, transcript_post, NULL},
    {0},
};
