/* SPDX-License-Identifier: Apache-2.0 */
/* Persons: who they are, corrections, merges and their undoing; and search over everything they and we said. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/likeness.h"
#include "care/passages.h"
#include "care/people.h"
#include "care/search.h"
#include "web/api/api.h"
#include "web/desk/page.h"

/* ---- one person ---- */

/* Of somebody who was merged into another, that other one. */
static bool who_out(struct tx *tx, struct api *api, int64_t id, struct error *e)
{
    struct visit *v = api->v;
    struct person person;
    struct names names;
    struct theirs theirs;
    if (!person_by_id(tx, api->arena, v->brand.id, id, &person, e) ||
        (person.merged_into && !person_by_id(tx, api->arena, v->brand.id, person.merged_into, &person, e)) ||
        !names_read(tx, v, &names, e) || !theirs_read(tx, v, person.id, &theirs, e))
        return false;
    api->out = who_model(tx, v, &names, &person, &theirs, 0, e);
    return api->out != NULL;
}

static bool who_run(struct tx *tx, struct api *api, struct error *e)
{
    return who_out(tx, api, api->v->params[0], e);
}

static struct str text_or(const struct api *api, const char *name, struct str otherwise)
{
    return json_get(api->in, name) ? in_text(api, name) : otherwise;
}

static bool change_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    int64_t brand = v->brand.id, id = v->params[0], actor = v->actor.agent_id;
    struct person person;
    if (!person_by_id(tx, api->arena, brand, id, &person, e))
        return false;
    bool named = json_get(api->in, "name") || json_get(api->in, "language") || json_get(api->in, "place");
    if (named &&
        !person_rename(tx, brand, id, text_or(api, "name", person.name), text_or(api, "language", person.language),
                       text_or(api, "place", person.place), actor, e))
        return false;
    if (json_get(api->in, "note") && !person_set_note(tx, brand, id, in_text(api, "note"), actor, e))
        return false;
    return who_out(tx, api, id, e);
}

static bool merge_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    int64_t merge;
    if (!person_merge(tx, v->brand.id, in_id(api, "other"), v->params[0], v->actor.agent_id, &merge, e))
        return false;
    json_set_id(api->arena, api->out, "merge", merge);
    json_set_id(api->arena, api->out, "person", v->params[0]);
    return true;
}

static bool deny_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    return likeness_deny(tx, v->brand.id, v->params[0], in_id(api, "other"), v->actor.agent_id, e) &&
           who_out(tx, api, v->params[0], e);
}

static bool unmerge_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct person_merge merge;
    if (!passage_unmerge(tx, v->brand.id, v->params[0], v->actor.agent_id, e) ||
        !person_merge_by_id(tx, api->arena, v->brand.id, v->params[0], &merge, e))
        return false;
    json_set_id(api->arena, api->out, "merge", merge.id);
    json_set_id(api->arena, api->out, "person", merge.from_id);
    return true;
}

/* ---- search ---- */

/* A day of the brand's own clock as the smallest id it may have. */
static int64_t day_id(const struct api *api, const char *name, int days)
{
    const char *zone = str_cstr(api->arena, api->v->brand.zone);
    int64_t day = in_day(api, name);
    return day ? id_at(clock_day_start(days ? day_step(day, days, zone) : day, zone)) : 0;
}

static int64_t earlier_of(int64_t a, int64_t b)
{
    return a == 0 || (b && b < a) ? b : a;
}

static bool search_api_run(struct tx *tx, struct api *api, struct error *e)
{
    struct visit *v = api->v;
    struct names names;
    struct search_found found = {0};
    struct str kind = in_text(api, "kind"), network = in_text(api, "network");
    struct search_query query = {.words = in_text(api, "q"),
                                 .kind = kind.len ? str_cstr(api->arena, kind) : NULL,
                                 .channel = in_id(api, "channel"),
                                 .person = in_id(api, "person"),
                                 .label = in_id(api, "label"),
                                 .after = day_id(api, "from", 0),
                                 .before = earlier_of(in_id(api, "cursor"), day_id(api, "to", 1)),
                                 .best = str_eq(in_text(api, "sort"), STR("best")),
                                 .limit = (int)in_number(api, "limit", 25)};
    if (!names_read(tx, v, &names, e))
        return false;
    query.channels = names_channels_of(api->arena, &names, network, query.channel, &query.channel_count);
    bool nowhere = network.len && query.channel_count == 0;
    if (network.len)
        query.channel = 0;
    if (!nowhere && !search_look(tx, api->arena, v->brand.id, &query, &found, e))
        return false;
    struct json *items = json_array(api->arena);
    for (size_t i = 0; i < found.count; i++)
        json_push(api->arena, items, hit_json(api->arena, &names, &found.hits[i]));
    api_page(api, items, found.next);
    json_set_time(api->arena, api->out, "until", found.until);
    json_set_bool(api->arena, api->out, "of_newest", found.of_newest);
    return true;
}

/* ---- the calls ---- */

static const struct api_field change_body[] = {
    {"name", API_TEXT, 0, NULL, NULL, 0, 100},
    {"language", API_TEXT, 0, "as in it or zh", NULL, 0, 12},
    {"place", API_TEXT, 0, NULL, NULL, 0, 100},
    {"note", API_TEXT, 0, "what colleagues should know about this person", NULL, 0, 4000},
    {0}};
static const struct api_field merge_body[] = {
    {"other", API_ID, API_REQUIRED, "who becomes part of this person", NULL, 0, 0}, {0}};
static const struct api_field deny_body[] = {{"other", API_ID, API_REQUIRED, "who is somebody else", NULL, 0, 0},
                                             {0}};
static const struct api_field search_fields[] = {
    {"q", API_TEXT, API_REQUIRED, "words, \"phrases\", beginnings*", NULL, 0, 200},
    {"kind", API_CHOICE, 0, "said: messages and needs", "message|need|person|said", 0, 0},
    {"channel", API_ID, 0, NULL, NULL, 0, 0},
    {"network", API_TEXT, 0, NULL, NULL, 0, 40},
    {"person", API_ID, 0, NULL, NULL, 0, 0},
    {"label", API_ID, 0, "of the conversation, now", NULL, 0, 0},
    {"from", API_DAY, 0, "the first day", NULL, 0, 0},
    {"to", API_DAY, 0, "the last day", NULL, 0, 0},
    {"sort", API_CHOICE, 0, "best: the best first, of the newest 200 that match; newest unless said otherwise",
     "newest|best", 0, 0},
    {"limit", API_NUMBER, 0, "25 unless said otherwise", NULL, 1, 100},
    {"cursor", API_ID, 0, "next of the page before", NULL, 0, 0},
    {0}};

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/people/:id", PERM_READ,                                                                     \
      "A person: names on networks, needs, promises, who knows them; of a merged one, whom they became",             \
      .run = who_run, .answer = "Who")                                                                               \
    X(HTTP_PATCH, "/api/v1/people/:id", PERM_AGENT, "Correct a person's name, language, place or note",              \
      .run = change_run, .body = change_body, .answer = "Who")                                                       \
    X(HTTP_POST, "/api/v1/people/:id/merge", PERM_AGENT, "Two are one: the other becomes part of this person",       \
      .run = merge_run, .body = merge_body, .answer = "Merge", .status = 201)                                        \
    X(HTTP_POST, "/api/v1/people/:id/strangers", PERM_AGENT,                                                         \
      "Two that look alike are not one: it is not suggested again", .run = deny_run, .body = deny_body,              \
      .answer = "Who")                                                                                               \
    X(HTTP_POST, "/api/v1/merges/:id/undo", PERM_AGENT, "Undo a merge without loss; answers with who came back",     \
      .run = unmerge_run, .answer = "Merge")                                                                         \
    X(HTTP_GET, "/api/v1/search", PERM_READ,                                                                         \
      "Search all history: messages, needs and people, newest first or best first", .run = search_api_run,           \
      .query = search_fields, .answer = "Found")

const struct route routes_api_people[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_people[] = {CALLS(API_CALL){0}};
