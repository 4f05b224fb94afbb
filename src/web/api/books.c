/* SPDX-License-Identifier: Apache-2.0 */
/* What can be shown to anyone who asks: the care ledger, its signed statements, the event log, and what networks sent
 * that could not be read. */
#include "base/arena.h"
#include "care/intake.h"
#include "care/ledger.h"
#include "care/retention.h"
#include "care/statements.h"
#include "store/event.h"
#include "store/shelf.h"
#include "web/api/api.h"
#include "web/desk/page.h"

/* ---- ledger and statements ---- */

static bool ledger_run(struct tx *tx, struct api *api, struct error *e)
{
    api->out = ledger_view(tx, api->arena, &api->v->brand, in_day(api, "day"), false, e);
    return api->out != NULL;
}

static bool statements_run(struct tx *tx, struct api *api, struct error *e)
{
    struct statement *list;
    size_t count;
    int limit = (int)in_number(api, "limit", 31);
    if (!statement_list(tx, api->arena, api->v->brand.id, in_id(api, "cursor"), limit + 1, &list, &count, e))
        return false;
    bool more = count > (size_t)limit;
    count = more ? (size_t)limit : count;
    struct json *items = json_array(api->arena);
    for (size_t i = 0; i < count; i++)
        json_push(api->arena, items, statement_view(api->arena, &list[i]));
    api_page(api, items, more ? list[count - 1].day : 0);
    return true;
}

static bool statement_run(struct tx *tx, struct api *api, struct error *e)
{
    struct statement statement;
    if (!statement_by_day(tx, api->arena, api->v->brand.id, api->v->params[0], &statement, e))
        return false;
    api->out = statement_view(api->arena, &statement);
    return true;
}

/* ---- the event log ---- */

static bool events_run(struct tx *tx, struct api *api, struct error *e)
{
    struct event *events;
    size_t count;
    int limit = (int)in_number(api, "limit", 100);
    if (!event_list(tx, api->arena, api->v->brand.id, in_id(api, "after"), limit + 1, &events, &count, e))
        return false;
    bool more = count > (size_t)limit;
    count = more ? (size_t)limit : count;
    struct json *items = json_array(api->arena);
    for (size_t i = 0; i < count; i++) {
        struct json *item = json_object(api->arena);
        event_to_json(api->arena, item, &events[i]);
        json_push(api->arena, items, item);
    }
    api_page(api, items, more ? events[count - 1].id : 0);
    return true;
}

/* ---- how long what is kept ---- */

static bool retention_run_get(struct tx *tx, struct api *api, struct error *e)
{
    return (api->out = retention_view(tx, api->arena, &api->v->brand, e)) != NULL;
}

static bool retention_run_put(struct tx *tx, struct api *api, struct error *e)
{
    struct brand brand = api->v->brand;
    brand.keep_payloads = in_number(api, "payloads", 0);
    brand.keep_events = in_number(api, "events", 0);
    brand.keep_search = in_number(api, "search", 0);
    return retention_rule(tx, &brand, api->v->agent.id, NULL, e) &&
           (api->out = retention_view(tx, api->arena, &brand, e)) != NULL;
}

/* ---- could not be read ---- */

static bool unread_run(struct tx *tx, struct api *api, struct error *e)
{
    struct payload *list;
    struct names names;
    size_t count;
    int limit = (int)in_number(api, "limit", 50);
    if (!names_read(tx, api->v, &names, e) ||
        !payload_unread(tx, api->arena, api->v->brand.id, in_id(api, "cursor"), limit + 1, &list, &count, e))
        return false;
    bool more = count > (size_t)limit;
    count = more ? (size_t)limit : count;
    struct json *items = json_array(api->arena);
    for (size_t i = 0; i < count; i++)
        json_push(api->arena, items, payload_json(api->arena, &names, &list[i]));
    api_page(api, items, more ? list[count - 1].id : 0);
    return true;
}

struct replay {
    struct api *api;
    struct payload payload;
    const struct account *account;
};

static bool payload_read(struct tx *tx, void *ctx, struct error *e)
{
    struct replay *replay = ctx;
    struct api *api = replay->api;
    return payload_by_id(tx, api->arena, api->v->brand.id, api->v->params[0], &replay->payload, e);
}

static bool replay_before(struct api *api, struct error *e)
{
    struct replay *replay = ARENA_NEW(api->arena, struct replay);
    replay->api = api;
    api->own = replay;
    if (!visit_read(api->v, payload_read, replay, e))
        return false;
    replay->account = account_get(api->v->app->house, replay->payload.channel_id, e);
    return replay->account != NULL;
}

static void replay_after(struct api *api, bool done)
{
    const struct replay *replay = api->own;
    (void)done;
    account_release(api->v->app->house, replay->account);
}

static bool replay_run(struct tx *tx, struct api *api, struct error *e)
{
    const struct replay *replay = api->own;
    struct names names;
    struct payload now;
    struct intake_replay intake = {.house = api->v->app->house,
                                   .account = replay->account,
                                   .payload_id = api->v->params[0],
                                   .actor = api->v->actor.agent_id,
                                   .arena = api->arena};
    if (!intake_replay(tx, &intake, e) || !names_read(tx, api->v, &names, e) ||
        !payload_by_id(tx, api->arena, api->v->brand.id, api->v->params[0], &now, e))
        return false;
    api->out = payload_json(api->arena, &names, &now);
    return true;
}

/* ---- the calls ---- */

static const struct api_field ledger_fields[] = {
    {"day", API_DAY, 0, "in the brand's zone; left out: all days together", NULL, 0, 0}, {0}};
static const struct api_field statements_fields[] = {
    {"limit", API_NUMBER, 0, "31 unless said otherwise", NULL, 1, 366},
    {"cursor", API_ID, 0, "next of the page before; also any day, as in 20261121", NULL, 0, 0},
    {0}};
static const struct api_field events_fields[] = {
    {"after", API_ID, 0, "the last event you have; left out: from the first", NULL, 0, 0},
    {"limit", API_NUMBER, 0, "100 unless said otherwise", NULL, 1, 1000},
    {0}};
static const struct api_field unread_fields[] = {{"limit", API_NUMBER, 0, "50 unless said otherwise", NULL, 1, 200},
                                                 {"cursor", API_ID, 0, "next of the page before", NULL, 0, 0},
                                                 {0}};

static const struct api_field retention_fields[] = {
    {"payloads", API_NUMBER, API_REQUIRED | API_NULL, "days what networks sent is kept; null: for ever", NULL, 1,
     RETENTION_DAYS_MAX},
    {"events", API_NUMBER, API_REQUIRED | API_NULL, "days of the event log", NULL, RETENTION_EVENTS_MIN,
     RETENTION_DAYS_MAX},
    {"search", API_NUMBER, API_REQUIRED | API_NULL, "days closed conversations are searched", NULL,
     RETENTION_SEARCH_MIN, RETENTION_DAYS_MAX},
    {0}};

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/ledger", PERM_READ, "The care ledger: everyone who wrote, and in which place they are",     \
      .run = ledger_run, .query = ledger_fields, .answer = "Ledger")                                                 \
    X(HTTP_GET, "/api/v1/statements", PERM_READ, "The signed statements, oldest first", .run = statements_run,       \
      .query = statements_fields, .page = "Statement")                                                               \
    X(HTTP_GET, "/api/v1/statements/:id", PERM_READ, "The statement of a day (20261121)", .run = statement_run,      \
      .answer = "Statement")                                                                                         \
    X(HTTP_GET, "/api/v1/events", PERM_READ, "The event log, oldest first: keep the last id and ask after it",       \
      .run = events_run, .query = events_fields, .page = "Event")                                                    \
    X(HTTP_GET, "/api/v1/retention", PERM_READ, "How long what is kept, and what went by that",                      \
      .run = retention_run_get, .answer = "Retention")                                                               \
    X(HTTP_PUT, "/api/v1/retention", PERM_ADMIN, "Change it", .run = retention_run_put, .body = retention_fields,    \
      .answer = "Retention", .in_person = true)                                                                      \
    X(HTTP_GET, "/api/v1/unread", PERM_READ, "What networks sent that could not be read, newest first",              \
      .run = unread_run, .query = unread_fields, .page = "Payload")                                                  \
    X(HTTP_POST, "/api/v1/unread/:id/replay", PERM_AGENT, "Read it again, after a fix", .run = replay_run,           \
      .before = replay_before, .after = replay_after, .answer = "Payload")

const struct route routes_api_books[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_books[] = {CALLS(API_CALL){0}};
