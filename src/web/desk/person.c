/* SPDX-License-Identifier: Apache-2.0 */
/* A person: everything they and we ever said on every channel, story by story, newest first; what one should know;
 * and making one of two persons who are the same, or two again. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/likeness.h"
#include "care/passages.h"
#include "care/people.h"
#include "web/desk/page.h"

#define STORIES_A_PAGE 6
#define FOUND_SHOWN    8
#define NOTE_MAX       2000

struct person_page {
    struct visit *v;
    struct names names;
    struct person person;
    struct json *model;
};

/* ---- stories ---- */

static struct json *doors_of(struct person_page *page, const struct story *story)
{
    struct arena *a = page->v->arena;
    struct json *doors = json_array(a);
    for (size_t i = 0; i < story->count; i++) {
        const struct channel_row *row = names_channel(&page->names, story->messages[i].channel_id);
        bool known = !row;
        for (size_t n = 0; n < json_count(doors) && !known; n++)
            known = str_eq(json_text(json_get(json_at(doors, n), "channel")), row->name);
        if (known)
            continue;
        struct json *door = json_object(a);
        json_set_str(a, door, "icon", str_from(network_icon(row->network)));
        json_set_str(a, door, "channel", row->name);
        json_push(a, doors, door);
    }
    return doors;
}

static struct json *need_of(struct person_page *page, const struct conversation *c)
{
    struct arena *a = page->v->arena;
    if (c->need.len == 0)
        return json_new_null(a);
    struct json *need = json_object(a);
    json_set_str(a, need, "text", c->need);
    json_set_str(a, need, "lang", STR_EMPTY);
    json_set(a, need, "by", names_agent_json(a, &page->names, c->need_by));
    json_set_time(a, need, "at", c->need_at);
    return need;
}

static struct json *story_json(struct tx *tx, struct person_page *page, int64_t conversation, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct story story;
    if (!story_read(tx, v, conversation, (struct cursor){.limit = STORY_MESSAGES}, &story, e))
        return NULL;
    struct json *items = items_model(tx, v, &page->names, &story, e);
    struct json *labels = items ? label_list_of(tx, a, v->brand.id, conversation, e) : NULL;
    if (!labels)
        return NULL;
    struct json *item = json_object(a), *about = json_object(a);
    json_set_id(a, about, "id", story.c.id);
    json_set_str(a, about, "place", str_from(place_of_state(&story.c)));
    json_set(a, about, "need", need_of(page, &story.c));
    json_set_time(a, about, "since", story.c.waiting_since);
    json_set(a, about, "labels", labels);
    json_set(a, item, "conversation", about);
    json_set(a, item, "items", items);
    json_set_time(a, item, "first", story.c.created_at);
    json_set_time(a, item, "last", story.c.last_at);
    json_set_bool(a, item, "later", story.c.last_at - story.c.created_at >= MINUTE_US);
    json_set(a, item, "doors", doors_of(page, &story));
    return item;
}

/* "<last_at>.<id>" of the last story of the page before. */
static struct cursor stories_cursor(struct str text)
{
    struct cursor cursor = {.limit = STORIES_A_PAGE};
    struct str at, id;
    if (str_split(&text, '.', &at) && str_split(&text, '.', &id) && str_int64(at, &cursor.at) &&
        str_int64(id, &cursor.id))
        return cursor;
    return (struct cursor){.limit = STORIES_A_PAGE};
}

static bool stories_read(struct tx *tx, struct person_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = page->person.id};
    struct cursor cursor = stories_cursor(http_query(v->http, "cursor"));
    struct conversation *list;
    size_t count;
    bool more;
    struct json *stories = json_array(a), *paging = json_object(a), *next = json_new_null(a);
    if (!conversation_list(tx, a, v->brand.id, &filter, cursor, &list, &count, &more, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *story = story_json(tx, page, list[i].id, e);
        if (!story)
            return false;
        json_push(a, stories, story);
    }
    if (more && count)
        next = json_new_str(
            a, str_format(a, "%lld.%lld", (long long)list[count - 1].last_at, (long long)list[count - 1].id));
    json_set(a, paging, "next", next);
    json_set(a, page->model, "stories", stories);
    json_set(a, page->model, "paging", paging);
    return true;
}

/* ---- the same person elsewhere ---- */

static bool merges_read(struct tx *tx, struct person_page *page, struct error *e)
{
    struct arena *a = page->v->arena;
    struct json *merges = json_array(a);
    const struct json *list = person_merge_list(tx, a, page->v->brand.id, page->person.id, e);
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *merge = json_at(list, i);
        struct json *item = json_object(a), *other = json_object(a);
        json_set_id(a, other, "id", json_int(json_get(merge, "from_id"), 0));
        json_set_str(a, other, "name", json_text(json_get(merge, "from_name")));
        json_set_id(a, item, "id", json_int(json_get(merge, "id"), 0));
        json_set(a, item, "other", other);
        json_set(a, item, "by", names_agent_json(a, &page->names, json_int(json_get(merge, "agent_id"), 0)));
        json_set_str(a, item, "at", json_text(json_get(merge, "at")));
        json_set_bool(a, item, "undone", false);
        json_push(a, merges, item);
    }
    json_set(a, page->model, "merges", merges);
    return true;
}

/* By name; or the one whom the side of the desk pointed at. */
static bool found_read(struct tx *tx, struct person_page *page, struct error *e)
{
    struct visit *v = page->v;
    struct str q = text_shorten(v->arena, text_clean(v->arena, http_query(v->http, "q")), 100);
    struct person other;
    struct json *found = NULL;
    if (q.len == 0 && visit_query_id(v, "other") &&
        person_by_id(tx, v->arena, v->brand.id, visit_query_id(v, "other"), &other, NULL))
        q = other.name;
    found = q.len ? people_found(tx, v, q, page->person.id, FOUND_SHOWN, e) : json_array(v->arena);
    json_set_str(v->arena, page->model, "q", q);
    if (found)
        json_set(v->arena, page->model, "found", found);
    return found != NULL;
}

/* ---- the page ---- */

static bool person_read(struct tx *tx, void *ctx, struct error *e)
{
    struct person_page *page = ctx;
    struct visit *v = page->v;
    if (!person_by_id(tx, v->arena, v->brand.id, v->params[0], &page->person, e))
        return false;
    if (page->person.merged_into)
        return true;
    if (!names_read(tx, v, &page->names, e) || !stories_read(tx, page, e) || !merges_read(tx, page, e) ||
        !found_read(tx, page, e))
        return false;
    struct theirs theirs;
    struct json *who = theirs_read(tx, v, page->person.id, &theirs, e)
                           ? who_model(tx, v, &page->names, &page->person, &theirs, 0, e)
                           : NULL;
    if (!who)
        return false;
    json_set(v->arena, page->model, "who", who);
    json_set(v->arena, page->model, "notes", json_array(v->arena));
    json_set_id(v->arena, page->model, "from", visit_query_id(v, "from")); /* the story that led here */
    json_set_str(v->arena, page->model, "stays", str_format(v->arena, "person/%lld", (long long)page->person.id));
    return true;
}

static struct str person_path(struct visit *v, int64_t id)
{
    return str_format(v->arena, "/desk/person/%lld", (long long)id);
}

static bool person_show(struct visit *v, struct error *e)
{
    struct person_page page = {.v = v, .model = json_object(v->arena)};
    if (!visit_read(v, person_read, &page, e))
        return false;
    v->view.section = STR("people");
    if (page.person.merged_into)
        view_redirect(&v->view, v->http, person_path(v, page.person.merged_into));
    else
        view_render(&v->view, v->http, "person", page.model);
    return true;
}

/* ---- acts ---- */

struct person_act {
    struct visit *v;
    struct str note;
    int64_t other, merge, into;
};

static bool note_write(struct tx *tx, void *ctx, struct error *e)
{
    struct person_act *act = ctx;
    struct visit *v = act->v;
    return person_set_note(tx, v->brand.id, v->params[0], act->note, v->actor.agent_id, e);
}

static bool person_note(struct visit *v, struct error *e)
{
    struct person_act act = {.v = v};
    if (!http_form_ok(v->http, e))
        return false;
    act.note = str_trim(text_clean(v->arena, http_form(v->http, "text")));
    if (text_length(v->arena, act.note, LENGTH_CHARACTERS) > NOTE_MAX)
        return fail(e, ERR_BAD_INPUT, "A note about a person has at most %d characters.", NOTE_MAX);
    if (!visit_write(v, note_write, &act, e))
        return false;
    visit_toast(v, "toast.noted", NULL);
    view_redirect(&v->view, v->http, person_path(v, v->params[0]));
    return true;
}

static bool merge_write(struct tx *tx, void *ctx, struct error *e)
{
    struct person_act *act = ctx;
    struct visit *v = act->v;
    return person_merge(tx, v->brand.id, act->other, v->params[0], v->actor.agent_id, &act->merge, e);
}

static bool person_join(struct visit *v, struct error *e)
{
    struct person_act act = {.v = v};
    if (!http_form_ok(v->http, e))
        return false;
    act.other = visit_form_id(v, "other");
    if (act.other == 0 || act.other == v->params[0])
        return fail(e, ERR_BAD_INPUT, "Choose the other person.");
    if (!visit_write(v, merge_write, &act, e))
        return false;
    struct json *values = json_object(v->arena), *undo = json_object(v->arena);
    json_set_str(v->arena, undo, "action", str_format(v->arena, "/desk/merge/%lld/undo", (long long)act.merge));
    json_set(v->arena, values, "undo", undo);
    visit_toast(v, "toast.merged", values);
    view_redirect(&v->view, v->http, person_path(v, v->params[0]));
    return true;
}

static bool deny_write(struct tx *tx, void *ctx, struct error *e)
{
    struct person_act *act = ctx;
    struct visit *v = act->v;
    return likeness_deny(tx, v->brand.id, v->params[0], act->other, v->actor.agent_id, e);
}

static bool person_deny(struct visit *v, struct error *e)
{
    struct person_act act = {.v = v};
    if (!http_form_ok(v->http, e))
        return false;
    act.other = visit_form_id(v, "other");
    if (act.other == 0)
        return fail(e, ERR_BAD_INPUT, "Choose the other person.");
    if (!visit_write(v, deny_write, &act, e))
        return false;
    visit_toast(v, "toast.strangers", NULL);
    view_redirect(&v->view, v->http, str_concat(v->arena, person_path(v, v->params[0]), STR("#merge")));
    return true;
}

static bool unmerge_write(struct tx *tx, void *ctx, struct error *e)
{
    struct person_act *act = ctx;
    struct visit *v = act->v;
    struct person_merge merge;
    if (!person_merge_by_id(tx, tx_arena(tx), v->brand.id, v->params[0], &merge, e))
        return false;
    act->into = merge.into_id;
    return passage_unmerge(tx, v->brand.id, merge.id, v->actor.agent_id, e);
}

static bool merge_undo(struct visit *v, struct error *e)
{
    struct person_act act = {.v = v};
    if (!visit_write(v, unmerge_write, &act, e))
        return false;
    visit_toast(v, "toast.unmerged", NULL);
    view_redirect(&v->view, v->http, person_path(v, act.into));
    return true;
}

const struct route routes_desk_person[] = {
    {HTTP_GET, "/desk/person/:id", PERM_READ, person_show, NULL},
    {HTTP_POST, "/desk/person/:id/note", PERM_AGENT, person_note, NULL},
    {HTTP_POST, "/desk/person/:id/merge", PERM_AGENT, person_join, NULL},
    {HTTP_POST, "/desk/person/:id/strangers", PERM_AGENT, person_deny, NULL},
    {HTTP_POST, "/desk/merge/:id/undo", PERM_AGENT, merge_undo, NULL},
    {0},
};
