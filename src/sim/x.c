/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated X: posts (with the rule that one may only answer who mentioned or quoted one), users, lists,
 * tokens, problem documents and rate headers. Direct messages are in sim_x_dm.c, media in sim_x_media.c,
 * webhooks in sim_x_events.c. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_x.h"

#define TEXT_MAX     280
#define DUPLICATE_US HOUR_US
#define EPOCH_MS     INT64_C(1288834974657)
#define EDITS_MAX    5
#define PROBLEMS     "https://api.x.com/2/problems/"

static bool is_path(const struct sim_call *c, const char *second, size_t count)
{
    return c->count == count && str_eq(c->parts[0], STR("2")) && str_eq(c->parts[1], str_from(second));
}

static bool is_messages(const struct sim_call *c)
{
    return c->count >= 4 && str_eq(c->parts[1], STR("dm_conversations")) &&
           str_eq(c->parts[c->count - 1], STR("messages"));
}

static bool x_sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && (is_path(c, "tweets", 2) || is_messages(c));
}

/* ---- answers ---- */

void sim_x_problem(struct sim_call *c, int status, const char *type, const char *title, const char *detail)
{
    bool about = strcmp(type, "about:blank") == 0;

    c->status = status;
    c->type = STR("application/problem+json");
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "title", str_from(title));
    json_set_str(c->a, c->answer, "detail", str_dup(c->a, str_from(detail)));
    json_set_str(c->a, c->answer, "type", str_format(c->a, "%s%s", about ? "" : PROBLEMS, type));
    json_set_int(c->a, c->answer, "status", status);
    if (strcmp(type, "not-authorized-for-resource") == 0 || strcmp(type, "resource-not-found") == 0)
        json_set_str(c->a, c->answer, "resource_type", is_messages(c) ? STR("user") : STR("tweet"));
}

bool sim_x_invalid(struct sim_call *c, const char *detail)
{
    sim_x_problem(c, 400, "invalid-request", "Invalid Request", detail);
    return false;
}

void sim_x_answer(struct sim_call *c, int status, struct json *data)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "data", data);
}

static void x_refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    bool dm = is_messages(c);

    if (fault == SIM_FAULT_TOKEN)
        sim_x_problem(c, 401, "about:blank", "Unauthorized", "Unauthorized");
    else if (fault == SIM_FAULT_PERMISSION)
        sim_x_problem(c, 403, "client-forbidden", "Client Forbidden",
                      "Your client app is not configured with the appropriate oauth1 app permissions for "
                      "this endpoint.");
    else if (fault == SIM_FAULT_WINDOW)
        sim_x_problem(c, 403, "not-authorized-for-resource", "Forbidden",
                      "Reply to this conversation is not allowed because you have not been mentioned or "
                      "otherwise engaged "
                      "by the author of the post you are replying to.");
    else if (fault == SIM_FAULT_BLOCKED)
        sim_x_problem(c, 403, "not-authorized-for-resource", "Forbidden",
                      dm ? "You do not have permission to DM one or more participants."
                         : "You have been blocked from replying to this author.");
    else if (fault == SIM_FAULT_GONE)
        sim_x_problem(c, 404, "resource-not-found", "Not Found Error",
                      dm ? "Could not find user with id." : "Could not find tweet with id.");
    else if (fault == SIM_FAULT_CONTENT)
        sim_x_problem(c, 400, "invalid-request", "Invalid Request",
                      detail != NULL ? detail : "The text of this post is not allowed by the rules.");
    else
        sim_x_problem(c, 429, "rate-limit-exceeded", "Too Many Requests", "Too Many Requests");
    c->limited = fault == SIM_FAULT_RATE;
}

static void x_headers(struct sim_call *c)
{
    int ms = sim_fault_ms(c->sim, SIM_X, SIM_FAULT_RATE, SIM_RATE_MS);
    int64_t reset = clock_now() + (c->limited ? (int64_t)ms * 1000 : 15 * MINUTE_US);
    int64_t left = 300 - (int64_t)(c->sim->calls[SIM_X] % 300);

    http_set_header(c->req, "x-rate-limit-limit", STR("300"));
    http_set_header(c->req, "x-rate-limit-remaining", str_format(c->a, "%lld", c->limited ? 0LL : (long long)left));
    http_set_header(c->req, "x-rate-limit-reset",
                    str_format(c->a, "%lld", (long long)((reset + SECOND_US - 1) / SECOND_US)));
    http_set_header(c->req, "x-transaction-id", random_token(c->a, 8));
}

static bool x_token_ok(struct sim_call *c, struct str token)
{
    if (c->count == 3 && str_eq(c->parts[1], STR("oauth2")))
        return true; /* it is what one comes for, as /2/oauth2/token or the page /i/oauth2/authorize */
    return sim_consent_token_ok(c, token);
}

/* ---- lists ---- */

bool sim_x_page(struct sim_call *c, int64_t min, int64_t otherwise, struct x_page *page)
{
    struct str max = http_query(c->req, "max_results"), token = http_query(c->req, "pagination_token");

    memset(page, 0, sizeof *page);
    page->data = json_array(c->a);
    page->max = otherwise;
    if (token.len == 0)
        token = http_query(c->req, "next_token");
    if (max.len > 0 && (!str_int64(max, &page->max) || page->max < min || page->max > 100))
        return sim_x_invalid(c, "The `max_results` query parameter value is not within the allowed range.");
    if (token.len > 0 && (!str_starts(token, STR("n")) || !str_int64(str_slice(token, 1, token.len), &page->from)))
        return sim_x_invalid(c, "The `pagination_token` query parameter value is not valid.");
    return true;
}

bool sim_x_page_takes(struct x_page *page, struct str id)
{
    bool takes = page->seen >= page->from && page->seen < page->from + page->max;

    page->seen++;
    if (takes && page->newest.len == 0)
        page->newest = id;
    if (takes)
        page->oldest = id;
    return takes;
}

void sim_x_page_answer(struct sim_call *c, const struct x_page *page)
{
    struct json *meta = json_object(c->a);

    c->answer = json_object(c->a);
    if (json_count(page->data) > 0) {
        json_set(c->a, c->answer, "data", page->data);
        json_set_str(c->a, meta, "newest_id", page->newest);
        json_set_str(c->a, meta, "oldest_id", page->oldest);
    }
    json_set_int(c->a, meta, "result_count", (int64_t)json_count(page->data));
    if (page->from + page->max < page->seen)
        json_set_str(c->a, meta, "next_token", str_format(c->a, "n%" PRId64, page->from + page->max));
    json_set(c->a, c->answer, "meta", meta);
}

static bool listed(struct sim_call *c, const struct sim_item *item, bool mentions, struct str conversation,
                   int64_t since)
{
    int64_t id;

    if (item->network != SIM_X || item->kind != SIM_TWEET || item->deleted)
        return false;
    if (mentions && (item->author == NULL || !sim_x_mentions_brand(c->sim, item->text)))
        return false;
    if (conversation.len > 0 && !str_eq(item->root, conversation))
        return false;
    return str_int64(item->id, &id) && id > since;
}

void sim_x_include_users(struct sim_call *c)
{
    struct json *users = json_array(c->a), *includes = json_object(c->a);
    struct sim_person *person;

    json_push(c->a, users, sim_x_user_json(c->sim, c->a, NULL));
    for (person = c->sim->people; person != NULL; person = person->next)
        json_push(c->a, users, sim_x_user_json(c->sim, c->a, person));
    json_set(c->a, includes, "users", users);
    json_set(c->a, c->answer, "includes", includes);
}

static void list_tweets(struct sim_call *c, bool mentions, struct str conversation)
{
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);
    struct x_page page;
    int64_t since = 0;

    if (http_query(c->req, "since_id").len > 0 && !str_int64(http_query(c->req, "since_id"), &since)) {
        sim_x_invalid(c, "The `since_id` query parameter value is not valid.");
        return;
    }
    if (!sim_x_page(c, mentions ? 5 : 10, 10, &page))
        return;
    for (i = 0; i < count; i++)
        if (listed(c, all[i], mentions, conversation, since) && sim_x_page_takes(&page, all[i]->id))
            json_push(c->a, page.data, sim_x_post_json(c->sim, c->a, all[i]));
    sim_x_page_answer(c, &page);
    if (str_find(http_query(c->req, "expansions"), STR("author_id")) >= 0)
        sim_x_include_users(c);
}

static void search(struct sim_call *c)
{
    struct str query = http_query(c->req, "query"), key = STR("conversation_id:"), part;
    ptrdiff_t at = str_find(query, key);

    if (query.len == 0) {
        sim_x_invalid(c, "The `query` query parameter can not be empty");
        return;
    }
    part = at < 0 ? STR_EMPTY : str_slice(query, (size_t)at + key.len, query.len);
    at = str_find_char(part, ' ');
    list_tweets(c, part.len == 0, at < 0 ? part : str_slice(part, 0, (size_t)at));
}

/* ---- posting ---- */

static bool is_duplicate(const struct sim_call *c, struct str text, const struct sim_item *parent)
{
    const struct sim_item *item;

    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_X && item->kind == SIM_TWEET && item->author == NULL && !item->deleted &&
            item->parent == parent && str_eq(item->text, text) && sim_now(c->sim) - item->at < DUPLICATE_US)
            return true;
    return false;
}

static bool tweet_text_fits(struct sim_call *c, struct str text, bool media)
{
    if (text.len == 0 && !media)
        return sim_x_invalid(c, "Your post must contain text or media.");
    if (text_length(c->a, text, LENGTH_X_WEIGHTED) > TEXT_MAX)
        return sim_x_invalid(c, "Your post text is too long.");
    if (sim_fault_take(c->sim, SIM_X, SIM_FAULT_CONTENT)) {
        x_refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    return true;
}

static bool may_reply(struct sim_call *c, const struct sim_item *to)
{
    if ((to->author != NULL && to->author->blocked[SIM_X]) || sim_fault_take(c->sim, SIM_X, SIM_FAULT_BLOCKED)) {
        x_refuse(c, SIM_FAULT_BLOCKED, NULL);
        return false;
    }
    if ((to->author != NULL && !to->summons) || sim_fault_take(c->sim, SIM_X, SIM_FAULT_WINDOW)) {
        x_refuse(c, SIM_FAULT_WINDOW, NULL);
        return false;
    }
    return true;
}

static void write_tweet(struct sim_call *c, struct str text, struct sim_item *to, struct sim_media *media)
{
    struct sim *sim = c->sim;
    struct sim_item *item = sim_item_new(sim, SIM_X, SIM_TWEET, sim_new_x_id(sim));
    struct json *data = json_object(c->a), *history = json_array(c->a);
    uint64_t echo;
    bool first;

    item->root = to != NULL ? to->root : item->id;
    item->parent = to;
    item->text = sim_copy(sim, text);
    item->media = media;
    if (media != NULL)
        item->media_kind = STR("picture");
    sim_call_sent(c, item, to != NULL ? "reply" : "post", to != NULL ? to->id : STR_EMPTY);
    echo = sim_x_echo(sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    json_set_str(c->a, data, "id", item->id);
    json_set_str(c->a, data, "text", item->text);
    json_push(c->a, history, json_new_str(c->a, item->id));
    json_set(c->a, data, "edit_history_post_ids", history);
    sim_x_answer(c, 201, data);
}

static void create_tweet(struct sim_call *c)
{
    struct str text = json_text(json_get(c->body, "text"));
    const struct json *reply = json_get(c->body, "reply");
    struct sim_item *to = NULL;
    struct sim_media *media;
    bool fine = true;

    if (c->body == NULL) {
        sim_x_invalid(c, "The body is not JSON.");
        return;
    }
    media = sim_x_media_of(c, json_path(c->body, "media", "media_ids", NULL), &fine);
    if (!fine || !tweet_text_fits(c, text, media != NULL))
        return;
    if (reply != NULL) {
        to = sim_call_target(c, json_id(json_get(reply, "in_reply_to_tweet_id")), SIM_TWEET);
        if (to == NULL || to->kind != SIM_TWEET) {
            x_refuse(c, SIM_FAULT_GONE, NULL);
            return;
        }
        if (!may_reply(c, to))
            return;
    }
    if (is_duplicate(c, text, to)) {
        sim_x_problem(c, 403, "about:blank", "Forbidden",
                      "You are not allowed to create a Tweet with duplicate content.");
        return;
    }
    write_tweet(c, text, to, media);
}

static void delete_tweet(struct sim_call *c, struct sim_item *item)
{
    struct json *data = json_object(c->a);

    if (item->author != NULL) {
        sim_x_problem(c, 403, "not-authorized-for-resource", "Forbidden",
                      "You are not permitted to delete this post.");
        return;
    }
    item->deleted = true;
    sim_changed(c->sim);
    sim_x_tweet(c->sim, c->a, item, "remove", c->sim->config.echo_ms);
    json_set_bool(c->a, data, "deleted", true);
    sim_x_answer(c, 200, data);
}

static void hide_tweet(struct sim_call *c, struct sim_item *item)
{
    struct json *data = json_object(c->a);

    item->hidden = json_bool(json_get(c->body, "hidden"), true);
    sim_changed(c->sim);
    json_set_bool(c->a, data, "hidden", item->hidden);
    sim_x_answer(c, 200, data);
}

/* ---- users, tokens, webhooks ---- */

static void serve_users(struct sim_call *c)
{
    struct str who = c->parts[2];
    struct sim_person *person;

    if (str_eq(who, STR("me")) || str_eq(who, str_from(c->sim->lines[SIM_X].account.account_id))) {
        if (c->count == 4 && str_eq(c->parts[3], STR("mentions")))
            list_tweets(c, true, STR_EMPTY);
        else
            sim_x_answer(c, 200, sim_x_user_json(c->sim, c->a, NULL));
        return;
    }
    for (person = c->sim->people; person != NULL; person = person->next)
        if (str_eq(person->ids[SIM_X], who) || (c->count == 5 && str_eq(person->handle, c->parts[4])))
            break;
    if (person == NULL)
        x_refuse(c, SIM_FAULT_GONE, NULL);
    else
        sim_x_answer(c, 200, sim_x_user_json(c->sim, c->a, person));
}

static void give_tokens(struct sim_call *c)
{
    if (sim_consent_grant(c, 7200, "tweet.read tweet.write users.read dm.read dm.write offline.access"))
        return;
    c->status = 400;
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "error", STR("invalid_request"));
    json_set_str(c->a, c->answer, "error_description", STR("Value passed for the token was invalid."));
}

static void serve_webhooks(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_X];
    struct str url = json_text(json_get(c->body, "url"));
    struct json *one = json_object(c->a), *list = json_array(c->a);

    if (c->req->method == HTTP_POST && url.len > 0)
        line->account.hook_url = arena_copy(c->sim->house, url.ptr, url.len);
    if (c->req->method != HTTP_GET)
        sim_handshake_begin(c->sim, SIM_X);
    json_set_str(c->a, one, "id", STR("1800000000000000001"));
    json_set_str(c->a, one, "url", str_from(line->account.hook_url));
    json_set_bool(c->a, one, "valid", line->handshake == SIM_HANDSHAKE_DONE);
    json_set_str(c->a, one, "created_at", sim_x_time(c->a, sim_now(c->sim)));
    if (c->req->method != HTTP_GET) {
        sim_x_answer(c, 200, one);
        return;
    }
    json_push(c->a, list, one);
    sim_x_answer(c, 200, list);
}

/* ---- routing ---- */

static void serve_tweet(struct sim_call *c)
{
    struct sim_item *item = sim_call_target(c, c->parts[2], SIM_TWEET);

    if (item == NULL || item->kind != SIM_TWEET)
        x_refuse(c, SIM_FAULT_GONE, NULL);
    else if (c->count == 4 && str_eq(c->parts[3], STR("hidden")) && c->req->method == HTTP_PUT)
        hide_tweet(c, item);
    else if (c->req->method == HTTP_DELETE)
        delete_tweet(c, item);
    else
        sim_x_answer(c, 200, sim_x_post_json(c->sim, c->a, item));
}

static void x_serve(struct sim_call *c)
{
    struct str area = c->count > 1 && str_eq(c->parts[0], STR("2")) ? c->parts[1] : STR_EMPTY;
    struct json *list;

    if (c->count == 3 && str_eq(c->parts[0], STR("i")) && c->req->method == HTTP_GET)
        sim_consent_page(c);
    else if (str_eq(area, STR("tweets")) && c->count == 2 && c->req->method == HTTP_POST)
        create_tweet(c);
    else if (str_eq(area, STR("tweets")) && c->count == 4 && str_eq(c->parts[2], STR("search")))
        search(c);
    else if (str_eq(area, STR("tweets")) && c->count >= 3)
        serve_tweet(c);
    else if (str_eq(area, STR("users")) && c->count >= 3)
        serve_users(c);
    else if (str_eq(area, STR("dm_conversations")) || str_eq(area, STR("dm_events")))
        sim_x_dm_call(c);
    else if (str_eq(area, STR("media")))
        sim_x_media_call(c);
    else if (str_eq(area, STR("oauth2")))
        give_tokens(c);
    else if (str_eq(area, STR("webhooks")))
        serve_webhooks(c);
    else if (str_eq(area, STR("activity"))) {
        list = json_array(c->a);
        sim_x_answer(c, 200, list);
    } else {
        x_refuse(c, SIM_FAULT_GONE, NULL);
    }
}

/* ---- customers ---- */

static bool may(const struct sim_deed *d, struct error *e)
{
    if (d->verb != SIM_EDITED)
        return true;
    if (d->item->kind == SIM_PRIVATE)
        return fail(e, ERR_BAD_INPUT, "Direct messages cannot be edited");
    return d->item->edits < EDITS_MAX || fail(e, ERR_BAD_INPUT, "A post can be edited five times");
}

/* Whom strangers' direct messages reach. */
static bool own_act(struct sim_deed *d, struct error *e)
{
    bool closes = str_eq(d->act->what, STR("close"));

    if (!closes && !str_eq(d->act->what, STR("open")))
        return fail(e, ERR_BAD_INPUT, "There is no such act");
    d->person->dms_closed = closes;
    sim_changed(d->sim);
    return true;
}

/* ---- ids ---- */

/* As X makes them: milliseconds since its epoch, above 2^53, growing. */
struct str sim_new_x_id(struct sim *sim)
{
    int64_t id = (sim_now(sim) / 1000 - EPOCH_MS) << 22;

    if (id <= sim->last_x_id)
        id = sim->last_x_id + 1;
    sim->last_x_id = id;
    return str_format(sim->state, "%lld", (long long)id);
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)person;
    (void)kind;
    (void)root;
    return sim_new_x_id(sim);
}

static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 16);

    (void)sim;
    return str_format(a, "170%.*s", STR_ARGS(digits));
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "x",
     .label = {"X", "X"},
     .advice = {"Scrivi un post a @{} e lasciati rispondere in pubblico; poi continua in privato.",
                "Write a post to @{} and be answered in public; then go on in private."},
     .write = {"Scrivi un post a @{}", "Write a post to @{}"},
     .rank = 3,
     .by_handle = true},
    {.name = "dm",
     .label = {"X, privato", "X, private"},
     .advice = {"Continua qui quello che hai cominciato in pubblico: la scrivania tiene insieme il filo.",
                "Go on here with what you began in public: the desk keeps the thread together."},
     .rank = 4,
     .private = true,
     .no_edit = true,
     .typing = true,
     .closes = true},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"Lavori in corso sulla rete a Genova Ponente fino alle 18. Se qualcosa non va, scrivici: rispondiamo noi.", 2},
    {"Tariffe in roaming: anche quest’inverno restano quelle di casa in tutta l’Unione europea.", 1},
    {0},
};

static const struct sim_past_door doors[] = {{"reply", "comment"}, {"dm", "message"}, {0}};
static const char *const more[] = {"client_id", "simulated-client", "consent_base", SIM_OWN_BASE, NULL};

const struct sim_driver sim_x = {
    .name = "x",
    .base = "/x",
    .account = {"1700000000000000001", "simulated-x-token", "simulated-consumer-secret", "", NULL},
    .named = {"user_id", "access_token", "consumer_secret", NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = doors,
    .shows_handles = true,
    .new_person = new_person,
    .new_id = new_id,
    .new_media = sim_new_x_id,
    .acts = "post comment message edit delete react read typing block unblock",
    .attach_public = "picture",
    .attach_private = "picture",
    .post = SIM_TWEET,
    .comment = SIM_TWEET,
    .may = may,
    .tell = sim_x_tell,
    .own_act = own_act,
    .sign = sim_x_sign,
    .shake = sim_x_shake,
    .shaken = sim_x_shaken,
    .token_ok = x_token_ok,
    .sends = x_sends,
    .serve = x_serve,
    .refuse = x_refuse,
    .headers = x_headers,
};
