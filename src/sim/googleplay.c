/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Google Play: reviews with stars ("★★ …") of the brand's app, listed for a week, and one reply below
 * each. It tells nobody anything. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_google.h"

#define TEXT_MAX 350
#define WEEK_US  (7 * DAY_US)

/* …/applications/PACKAGE/reviews, and what follows it. */
static bool is_reviews(const struct sim_call *c, size_t count)
{
    return c->count == count && str_eq(c->parts[0], STR("androidpublisher")) &&
           str_eq(c->parts[2], STR("applications")) && str_eq(c->parts[4], STR("reviews"));
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && is_reviews(c, 6);
}

static struct json *moment(struct arena *a, int64_t at)
{
    struct json *stamp = json_object(a);

    json_set_str(a, stamp, "seconds", str_format(a, "%lld", (long long)(at / SECOND_US)));
    json_set_int(a, stamp, "nanos", at % SECOND_US * 1000);
    return stamp;
}

static struct json *comment_json(struct sim_call *c, const char *whose, struct json *said)
{
    struct json *one = json_object(c->a);

    json_set(c->a, one, whose, said);
    return one;
}

static struct json *review_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *review = json_object(c->a), *comments = json_array(c->a), *said = json_object(c->a),
                *device = json_object(c->a);
    const struct sim_item *reply = sim_google_reply_of(c->sim, item);
    struct str text;
    int stars = sim_google_stars(item->text, &text);

    json_set_str(c->a, said, "text", str_concat(c->a, STR("\t"), text));
    json_set(c->a, said, "lastModified", moment(c->a, sim_google_changed(item)));
    json_set_int(c->a, said, "starRating", stars);
    json_set_str(c->a, said, "reviewerLanguage", item->author->lang.len > 0 ? item->author->lang : STR("it"));
    json_set_str(c->a, said, "device", STR("lampada"));
    json_set_int(c->a, said, "androidOsVersion", 34);
    json_set_str(c->a, said, "appVersionName", STR("4.2.0"));
    json_set_str(c->a, device, "productName", STR("lampada (Lampada 7)"));
    json_set(c->a, said, "deviceMetadata", device);
    json_push(c->a, comments, comment_json(c, "userComment", said));
    if (reply != NULL) {
        said = json_object(c->a);
        json_set_str(c->a, said, "text", reply->text);
        json_set(c->a, said, "lastModified", moment(c->a, sim_google_changed(reply)));
        json_push(c->a, comments, comment_json(c, "developerComment", said));
    }
    json_set_str(c->a, review, "reviewId", item->id);
    json_set_str(c->a, review, "authorName", item->author->name);
    json_set(c->a, review, "comments", comments);
    return review;
}

/* Those with words, written or changed in the last week. */
static void list_reviews(struct sim_call *c)
{
    struct json *list = json_array(c->a), *paging = json_object(c->a);
    struct sim_google_page page;
    struct sim_item **all;
    struct str rest, next;
    size_t count, i;

    if (!sim_google_page(c, "maxResults", "token", 100, &page))
        return;
    all = sim_google_reviews(c, &count);
    for (i = 0; i < count; i++) {
        (void)sim_google_stars(all[i]->text, &rest);
        if (rest.len > 0 && sim_google_changed(all[i]) > sim_now(c->sim) - WEEK_US && sim_google_page_takes(&page))
            json_push(c->a, list, review_json(c, all[i]));
    }
    c->answer = json_object(c->a);
    if (json_count(list) > 0)
        json_set(c->a, c->answer, "reviews", list);
    next = sim_google_page_next(c, &page);
    if (next.len == 0)
        return;
    json_set_str(c->a, paging, "nextPageToken", next);
    json_set(c->a, c->answer, "tokenPagination", paging);
}

static void write_reply(struct sim_call *c)
{
    struct str text = json_text(json_get(c->body, "replyText")), id = c->parts[5];
    struct json *result = json_object(c->a);
    struct sim_item *review, *item;

    if (!str_ends(id, STR(":reply"))) {
        sim_google_refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    review = sim_call_target(c, str_slice(id, 0, id.len - 6), SIM_POST);
    if (review == NULL || review->kind != SIM_POST) {
        sim_google_refuse(c, SIM_FAULT_GONE, NULL);
    } else if (text.len == 0 || text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX ||
               sim_fault_take(c->sim, SIM_GOOGLEPLAY, SIM_FAULT_CONTENT)) {
        sim_google_refuse(c, SIM_FAULT_CONTENT, "The reply text is empty or too long.");
    } else {
        item = sim_google_reply(c, review, text);
        json_set_str(c->a, result, "replyText", item->text);
        json_set(c->a, result, "lastEdited", moment(c->a, sim_google_changed(item)));
        c->answer = json_object(c->a);
        json_set(c->a, c->answer, "result", result);
    }
}

static void serve(struct sim_call *c)
{
    if (sim_google_access(c))
        return;
    if (c->count < 5 || !str_eq(c->parts[3], str_from(c->sim->lines[SIM_GOOGLEPLAY].account.account_id)))
        sim_google_status(c, 404, "NOT_FOUND", "Package not found.");
    else if (sends(c))
        write_reply(c);
    else if (c->req->method == HTTP_GET && is_reviews(c, 5))
        list_reviews(c);
    else
        sim_google_refuse(c, SIM_FAULT_GONE, NULL);
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)kind;
    (void)person;
    (void)root;
    return sim_google_id(sim, "gp:AOqp", 30);
}

static const struct sim_place places[] = {
    {.name = "googleplay",
     .label = {"Google Play", "Google Play"},
     .advice = {"Recensisci l’app di {}: comincia dalle stelle, per esempio “★★ Si chiude da sola”.",
                "Review the app of {}: begin with the stars, as in “★★ It closes by itself”."},
     .write = {"Recensisci l’app di {}", "Review the app of {}"},
     .rank = 7},
    {0},
};
static const char *const more[] = {SIM_GOOGLE_ACCESS, NULL};

const struct sim_driver sim_googleplay = {
    .name = "googleplay",
    .base = "/googleplay",
    .account = {"example.nuvola.app", "simulated-play-token", NULL, NULL, NULL},
    .named = {"package_name", "access_token", NULL, NULL, NULL},
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
