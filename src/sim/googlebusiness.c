/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Google Business Profile: reviews with stars ("★★ …", words or not) of the brand's shop, and one reply
 * below each. It tells nobody anything. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_google.h"

#define TEXT_MAX 4096

/* What follows v4/accounts/…/locations/…/reviews; false for any other path. */
static bool after_reviews(const struct sim_call *c, struct str *rest)
{
    struct str place = str_from(c->sim->lines[SIM_GOOGLEBUSINESS].account.account_id), path = c->path;

    if (!str_starts(path, STR("v4/")) || !str_starts(str_slice(path, 3, path.len), place))
        return false;
    path = str_slice(path, 3 + place.len, path.len);
    if (!str_starts(path, STR("/reviews")))
        return false;
    *rest = str_slice(path, 8, path.len);
    return rest->len == 0 || rest->ptr[0] == '/';
}

static bool sends(struct sim_call *c)
{
    struct str rest;

    return c->req->method == HTTP_PUT && after_reviews(c, &rest) && str_ends(rest, STR("/reply"));
}

static struct json *reply_json(struct sim_call *c, const struct sim_item *reply)
{
    struct json *j = json_object(c->a);

    json_set_str(c->a, j, "comment", reply->text);
    json_set_str(c->a, j, "updateTime", clock_iso(c->a, sim_google_changed(reply)));
    return j;
}

static struct json *review_json(struct sim_call *c, const struct sim_item *item)
{
    static const char *const ratings[] = {"ONE", "TWO", "THREE", "FOUR", "FIVE"};
    struct json *review = json_object(c->a), *who = json_object(c->a);
    const struct sim_item *reply = sim_google_reply_of(c->sim, item);
    struct str text, place = str_from(c->sim->lines[SIM_GOOGLEBUSINESS].account.account_id);
    int stars = sim_google_stars(item->text, &text);

    json_set_str(c->a, who, "displayName", item->author->name);
    json_set_bool(c->a, who, "isAnonymous", false);
    json_set_str(c->a, review, "name", str_format(c->a, "%.*s/reviews/%.*s", STR_ARGS(place), STR_ARGS(item->id)));
    json_set_str(c->a, review, "reviewId", item->id);
    json_set(c->a, review, "reviewer", who);
    json_set_str(c->a, review, "starRating", str_from(ratings[stars - 1]));
    if (text.len > 0)
        json_set_str(c->a, review, "comment", text);
    json_set_str(c->a, review, "createTime", clock_iso(c->a, item->at));
    json_set_str(c->a, review, "updateTime", clock_iso(c->a, sim_google_changed(item)));
    if (reply != NULL)
        json_set(c->a, review, "reviewReply", reply_json(c, reply));
    return review;
}

static void list_reviews(struct sim_call *c)
{
    struct json *list = json_array(c->a);
    struct sim_google_page page;
    struct sim_item **all;
    struct str next;
    size_t count, i;

    if (!sim_google_page(c, "pageSize", "pageToken", 50, &page))
        return;
    all = sim_google_reviews(c, &count);
    for (i = 0; i < count; i++)
        if (sim_google_page_takes(&page))
            json_push(c->a, list, review_json(c, all[i]));
    c->answer = json_object(c->a);
    if (count > 0)
        json_set(c->a, c->answer, "reviews", list);
    json_set_int(c->a, c->answer, "totalReviewCount", (int64_t)count);
    next = sim_google_page_next(c, &page);
    if (next.len > 0)
        json_set_str(c->a, c->answer, "nextPageToken", next);
}

static void write_reply(struct sim_call *c, struct str id)
{
    struct str text = json_text(json_get(c->body, "comment"));
    struct sim_item *review = sim_call_target(c, id, SIM_POST);

    if (review == NULL || review->kind != SIM_POST)
        sim_google_refuse(c, SIM_FAULT_GONE, NULL);
    else if (text.len == 0 || text.len > TEXT_MAX || sim_fault_take(c->sim, SIM_GOOGLEBUSINESS, SIM_FAULT_CONTENT))
        sim_google_refuse(c, SIM_FAULT_CONTENT, "The comment is empty or too long.");
    else
        c->answer = reply_json(c, sim_google_reply(c, review, text));
}

static void serve(struct sim_call *c)
{
    struct str rest;

    if (sim_google_access(c))
        return;
    if (!after_reviews(c, &rest))
        sim_google_refuse(c, SIM_FAULT_GONE, NULL);
    else if (sends(c))
        write_reply(c, str_slice(rest, 1, rest.len - 6));
    else if (c->req->method == HTTP_GET && rest.len == 0)
        list_reviews(c);
    else
        sim_google_refuse(c, SIM_FAULT_GONE, NULL);
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)kind;
    (void)person;
    (void)root;
    return sim_google_id(sim, "AbFvOq", 30);
}

static const struct sim_place places[] = {
    {.name = "googlebusiness",
     .label = {"Google, recensioni", "Google reviews"},
     .advice = {"Recensisci il negozio di {}: comincia dalle stelle, anche senza parole: “★★★★★”.",
                "Review the shop of {}: begin with the stars, words or not: “★★★★★”."},
     .write = {"Recensisci il negozio di {}", "Review the shop of {}"},
     .rank = 8},
    {0},
};
static const char *const more[] = {SIM_GOOGLE_ACCESS, NULL};

const struct sim_driver sim_googlebusiness = {
    .name = "googlebusiness",
    .base = "/googlebusiness",
    .account = {"accounts/718000000000000000218/locations/7180000000000000731", "simulated-business-token", NULL,
                NULL, NULL},
    .named = {"location", "access_token", NULL, NULL, NULL},
    .more = more,
    .places = places,
    .new_id = new_id,
    .lacks = "window blocked",
    .acts = "post edit delete",
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 1,
    .token_ok = sim_google_token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = sim_google_refuse,
};
