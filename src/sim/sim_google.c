/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth 2, errors, pages and reviews of the simulated networks of Google. */
#include "sim/sim_google.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"

/* ---- access ---- */

static bool is_token_path(const struct sim_call *c)
{
    return c->count == 1 && str_eq(c->parts[0], STR("token")) && c->req->method == HTTP_POST;
}

static bool is_consent_page(const struct sim_call *c)
{
    return c->count == 4 && str_eq(c->parts[0], STR("o")) && str_eq(c->parts[1], STR("oauth2")) &&
           c->req->method == HTTP_GET;
}

bool sim_google_token_ok(struct sim_call *c, struct str token)
{
    return is_token_path(c) || is_consent_page(c) || /* it is what one comes for */ sim_consent_token_ok(c, token);
}

static void refuse_grant(struct sim_call *c, const char *error, const char *words)
{
    c->status = 400;
    json_set_str(c->a, c->answer, "error", str_from(error));
    json_set_str(c->a, c->answer, "error_description", str_from(words));
}

/* A refresh token lasts until another consent, and is told only then; the first is whatever the brand was given. */
static void give_tokens(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[c->network];
    struct str grant = sim_param(c, "grant_type"), given = sim_param(c, "refresh_token");
    bool code = str_eq(grant, STR("authorization_code"));

    c->answer = json_object(c->a);
    if (sim_param(c, "client_id").len == 0 || (!code && !str_eq(grant, STR("refresh_token")))) {
        refuse_grant(c, "invalid_request", "Missing required parameter");
        return;
    }
    if (!sim_consent_grant(c, 0, "")) {
        refuse_grant(c, "invalid_grant", "Token has been expired or revoked.");
        return;
    }
    c->answer = json_object(c->a);
    if (code)
        json_set_str(c->a, c->answer, "refresh_token", line->refresh_token);
    else
        line->refresh_token = str_dup(c->sim->house, given);
    json_set_str(c->a, c->answer, "access_token", line->refreshed_token);
    json_set_int(c->a, c->answer, "expires_in", 3599);
    json_set_str(c->a, c->answer, "token_type", STR("Bearer"));
}

bool sim_google_access(struct sim_call *c)
{
    if (is_consent_page(c))
        sim_consent_page(c);
    else if (is_token_path(c))
        give_tokens(c);
    else
        return false;
    return true;
}

/* ---- errors ---- */

static struct json *error_json(struct sim_call *c, int status, const char *message)
{
    struct json *error = json_object(c->a);

    c->status = status;
    c->answer = json_object(c->a);
    json_set_int(c->a, error, "code", status);
    json_set_str(c->a, error, "message", str_dup(c->a, str_from(message)));
    json_set(c->a, c->answer, "error", error);
    return error;
}

void sim_google_reason(struct sim_call *c, int status, const char *domain, const char *reason, const char *message)
{
    struct json *error = error_json(c, status, message), *list = json_array(c->a), *one = json_object(c->a);

    json_set_str(c->a, one, "message", str_dup(c->a, str_from(message)));
    json_set_str(c->a, one, "domain", str_from(domain));
    json_set_str(c->a, one, "reason", str_from(reason));
    json_push(c->a, list, one);
    json_set(c->a, error, "errors", list);
}

void sim_google_status(struct sim_call *c, int status, const char *word, const char *message)
{
    struct json *error = error_json(c, status, message), *list, *one;
    int ms = sim_fault_ms(c->sim, c->network, SIM_FAULT_RATE, SIM_RATE_MS);

    json_set_str(c->a, error, "status", str_from(word));
    if (status != 429)
        return;
    list = json_array(c->a);
    one = json_object(c->a);
    json_set_str(c->a, one, "@type", STR("type.googleapis.com/google.rpc.RetryInfo"));
    json_set_str(c->a, one, "retryDelay", str_format(c->a, "%ds", ms / 1000));
    json_push(c->a, list, one);
    json_set(c->a, error, "details", list);
}

void sim_google_refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        sim_google_status(c, 401, "UNAUTHENTICATED",
                          "Request had invalid authentication credentials. Expected OAuth 2 access token.");
    else if (fault == SIM_FAULT_PERMISSION)
        sim_google_status(c, 403, "PERMISSION_DENIED", "The caller does not have permission");
    else if (fault == SIM_FAULT_GONE)
        sim_google_status(c, 404, "NOT_FOUND", "Requested entity was not found.");
    else if (fault == SIM_FAULT_CONTENT)
        sim_google_status(c, 400, "INVALID_ARGUMENT",
                          detail != NULL ? detail : "Request contains an invalid argument.");
    else
        sim_google_status(c, 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).");
}

/* ---- ids, moments, pages ---- */

struct str sim_google_id(struct sim *sim, const char *before, size_t bytes)
{
    return str_concat(sim->state, str_from(before), random_token(sim->state, bytes));
}

struct str sim_google_time(struct arena *a, int64_t at)
{
    return clock_iso(a, at - at % SECOND_US);
}

bool sim_google_page(struct sim_call *c, const char *size, const char *token, int64_t most,
                     struct sim_google_page *page)
{
    struct str max = http_query(c->req, size), from = http_query(c->req, token);

    *page = (struct sim_google_page){.max = most};
    if ((max.len > 0 && (!str_int64(max, &page->max) || page->max < 1 || page->max > most)) ||
        (from.len > 0 &&
         (!str_starts(from, STR("page-")) || !str_int64(str_slice(from, 5, from.len), &page->from)))) {
        sim_google_refuse(c, SIM_FAULT_CONTENT, "The page is not valid.");
        return false;
    }
    return true;
}

bool sim_google_page_takes(struct sim_google_page *page)
{
    bool takes = page->seen >= page->from && page->seen < page->from + page->max;

    page->seen++;
    return takes;
}

struct str sim_google_page_next(struct sim_call *c, const struct sim_google_page *page)
{
    return page->from + page->max < page->seen ? str_format(c->a, "page-%" PRId64, page->from + page->max)
                                               : STR_EMPTY;
}

/* ---- reviews ---- */

int sim_google_stars(struct str text, struct str *rest)
{
    const struct str full = STR("★"), empty = STR("☆");
    int stars = 0, all = 0;

    while (all < 5 && (str_starts(text, full) || str_starts(text, empty))) {
        stars += str_starts(text, full);
        text = str_slice(text, full.len, text.len);
        all++;
    }
    *rest = str_trim(text);
    return stars > 0 ? stars : 3;
}

struct sim_item *sim_google_reply_of(struct sim *sim, const struct sim_item *review)
{
    struct sim_item *item;

    for (item = sim->items; item != NULL; item = item->next)
        if (item->parent == review && item->author == NULL && !item->deleted)
            return item;
    return NULL;
}

struct sim_item *sim_google_reply(struct sim_call *c, struct sim_item *review, struct str text)
{
    struct sim_item *item = sim_google_reply_of(c->sim, review);

    if (item == NULL) {
        item = sim_item_new(c->sim, c->network, SIM_COMMENT, sim_google_id(c->sim, "reply-", 9));
        item->parent = review;
        item->root = review->root;
    } else {
        item->edits++;
        item->edited_at = sim_now(c->sim);
    }
    item->text = sim_copy(c->sim, text);
    sim_call_sent(c, item, "review", review->id);
    sim_changed(c->sim);
    return item;
}

int64_t sim_google_changed(const struct sim_item *item)
{
    return item->edited_at > item->at ? item->edited_at : item->at;
}

static int later_first(const void *a, const void *b)
{
    int64_t at = sim_google_changed(*(struct sim_item *const *)a),
            bt = sim_google_changed(*(struct sim_item *const *)b);

    return (at < bt) - (at > bt);
}

struct sim_item **sim_google_reviews(struct sim_call *c, size_t *count)
{
    struct sim_item *item, **all;
    size_t n = 0;

    for (item = c->sim->items; item != NULL; item = item->next)
        n += item->network == c->network;
    all = ARENA_ARRAY(c->a, struct sim_item *, n + 1);
    *count = 0;
    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == c->network && item->kind == SIM_POST && item->author != NULL && !item->deleted)
            all[(*count)++] = item;
    qsort(all, *count, sizeof *all, later_first);
    return all;
}
