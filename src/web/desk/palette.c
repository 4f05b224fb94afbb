/* SPDX-License-Identifier: Apache-2.0 */
/* The palette: a few letters find a person, something to do with the open conversation, a page, a label, a snippet,
 * or lead on to the search of everything ever said. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/shelf.h"
#include "web/desk/page.h"

#define PEOPLE_SHOWN   6
#define LABELS_SHOWN   5
#define SNIPPETS_SHOWN 12

struct palette {
    struct visit *v;
    struct names names;
    struct str q, folded;
    const struct locale *locale;
    struct conversation c; /* id 0: none is open */
    struct json *picks;
};

static bool fits(const struct palette *p, struct str words)
{
    return p->folded.len == 0 || str_find(text_fold(p->v->arena, words), p->folded) >= 0;
}

static struct json *pick_add(struct palette *p, const char *kind, struct str id, struct str url, const char *icon)
{
    struct arena *a = p->v->arena;
    struct json *pick = json_object(a);
    json_set_str(a, pick, "kind", str_from(kind));
    json_set_str(a, pick, "id", str_format(a, "%s-%.*s", kind, STR_ARGS(id)));
    json_set_str(a, pick, "url", url);
    json_set_str(a, pick, "icon", str_from(icon));
    json_set(a, pick, "name", json_new_null(a));
    json_set(a, pick, "key", json_new_null(a));
    json_set(a, pick, "detail", json_new_null(a));
    json_set(a, pick, "shortcut", json_new_null(a));
    json_push(a, p->picks, pick);
    return pick;
}

/* ---- people ---- */

/* Whether they wait, and for how long still; else how much was said. */
static bool person_detail(struct tx *tx, struct palette *p, int64_t person, struct json *pick, struct error *e)
{
    struct visit *v = p->v;
    struct arena *a = v->arena;
    struct conversation c;
    struct error here = {0};
    if (!conversation_newest_of(tx, a, v->brand.id, person, &c, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    struct json *detail = json_object(a);
    const struct channel *channel = channel_find(names_network(&p->names, c.channel_id));
    int64_t left = c.window_until - tx_now(tx);
    bool closing = c.waiting && c.window_until && left > 0 && left < HOUR_US;
    json_set_str(a, detail, "kind", str_from(closing ? "closing" : c.waiting ? "waiting" : "messages"));
    json_set_time(a, detail, "since", c.waiting_since);
    json_set_time(a, detail, "until", c.window_until);
    json_set_int(a, detail, "count", c.messages);
    json_set_str(a, detail, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set(a, pick, "detail", detail);
    json_set_str(a, pick, "url", str_format(a, "/desk/c/%lld#latest", (long long)c.id));
    return true;
}

static bool people_add(struct tx *tx, struct palette *p, struct error *e)
{
    struct visit *v = p->v;
    const struct json *found = people_found(tx, v, p->q, 0, PEOPLE_SHOWN, e);
    if (!found)
        return false;
    for (size_t i = 0; i < json_count(found); i++) {
        const struct json *person = json_at(found, i);
        int64_t id = json_int(json_get(person, "id"), 0);
        struct json *pick = pick_add(p, "person", json_id(json_get(person, "id")),
                                     str_format(v->arena, "/desk/person/%lld", (long long)id), "people");
        json_set_str(v->arena, pick, "name", json_text(json_get(person, "name")));
        if (!person_detail(tx, p, id, pick, e))
            return false;
    }
    return true;
}

/* ---- the open conversation ---- */

static const struct palette_act {
    const char *name, *key, *icon, *shortcut;
    bool ends; /* of use only while the story is open */
} acts[] = {
    {"note", "palette.note", "note", "n", false},          {"close", "palette.close", "check", "e", true},
    {"snooze", "palette.snooze", "moon", "z", true},       {"hand", "palette.hand", "hand", "h", false},
    {"assign", "palette.assign", "people", "a", false},    {"label", "palette.label_it", "label", "l", false},
    {"priority", "palette.priority", "flag", NULL, false}, {"aside", "palette.aside", "aside", "x", true},
};

static void act_pick(struct palette *p, const char *name, const char *key, const char *icon, const char *shortcut,
                     struct str url)
{
    struct arena *a = p->v->arena;
    if (!fits(p, locale_text(a, p->locale, str_from(key), NULL)))
        return;
    struct json *pick = pick_add(p, "action", str_from(name), url, icon);
    json_set_str(a, pick, "key", str_from(key));
    if (shortcut && p->v->agent.single_keys)
        json_set_str(a, pick, "shortcut", str_from(shortcut));
    if (str_eq(str_from(name), STR("hand")) && p->c.handovers) {
        struct json *detail = json_object(a);
        json_set_str(a, detail, "kind", STR("handed"));
        json_set_int(a, detail, "count", p->c.handovers);
        json_set(a, pick, "detail", detail);
    }
}

static void acts_add(struct palette *p)
{
    struct arena *a = p->v->arena;
    bool ended = p->c.state == CONVERSATION_CLOSED || p->c.state == CONVERSATION_SET_ASIDE;
    if (p->c.id == 0 || p->v->actor.role < ROLE_AGENT)
        return;
    long long id = p->c.id;
    act_pick(p, "reply", "palette.reply", "ear", "r", str_format(a, "/desk/c/%lld#latest", id));
    for (size_t i = 0; i < COUNT_OF(acts); i++)
        if (!ended || !acts[i].ends)
            act_pick(p, acts[i].name, acts[i].key, acts[i].icon, acts[i].shortcut,
                     str_format(a, "/desk/c/%lld#do-%s", id, acts[i].name));
    act_pick(p, "person", "palette.person", "people", "p",
             str_format(a, "/desk/person/%lld", (long long)p->c.person_id));
}

/* ---- pages, labels, snippets ---- */

static const struct palette_place {
    const char *key, *url, *icon;
    bool admin;
} places[] = {
    {"palette.waiting", "/desk?tab=waiting", "people", false},
    {"palette.mine", "/desk?tab=mine", "people", false},
    {"palette.all", "/desk?tab=all", "people", false},
    {"palette.search", "/desk/search", "search", false},
    {"palette.aside_list", "/desk/aside", "aside", false},
    {"palette.ledger", "/desk/ledger", "ledger", false},
    {"palette.unread", "/desk/unread", "alert", false},
    {"palette.views", "/desk/views", "views", false},
    {"palette.channels", "/desk/channels", "plug", false},
    {"palette.words", "/desk/labels", "label", false},
    {"palette.me", "/desk/me", "gear", false},
    {"palette.shortcuts", "/desk/shortcuts", "keyboard", false},
    {"palette.team", "/desk/team", "team", true},
    {"rail.tokens", "/desk/tokens", "key", true},
    {"palette.audit", "/desk/audit", "eye", true},
};

static void places_add(struct palette *p)
{
    struct arena *a = p->v->arena;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (places[i].admin && p->v->actor.role < ROLE_ADMIN)
            continue;
        if (!fits(p, locale_text(a, p->locale, str_from(places[i].key), NULL)))
            continue;
        struct json *pick = pick_add(p, "page", str_format(a, "%zu", i), str_from(places[i].url), places[i].icon);
        json_set_str(a, pick, "key", str_from(places[i].key));
    }
}

static bool labels_add(struct tx *tx, struct palette *p, struct error *e)
{
    struct arena *a = p->v->arena;
    const struct json *labels = label_list(tx, a, p->v->brand.id, e);
    size_t shown = 0;
    for (size_t i = 0; i < json_count(labels) && shown < LABELS_SHOWN; i++) {
        struct str id = json_id(json_get(json_at(labels, i), "id"));
        struct str name = json_text(json_get(json_at(labels, i), "name"));
        if (!fits(p, name))
            continue;
        struct str url = str_format(a, "/desk?tab=all&label=%.*s", STR_ARGS(id));
        json_set_str(a, pick_add(p, "label", id, url, "label"), "name", name);
        shown++;
    }
    return labels != NULL;
}

/* "/word": the snippets that begin so. */
static bool snippets_add(struct tx *tx, struct palette *p, struct error *e)
{
    struct arena *a = p->v->arena;
    const struct json *snippets = snippet_list(tx, a, p->v->brand.id, p->v->actor.agent_id, e);
    struct str word = text_fold(a, str_slice(p->q, 1, p->q.len));
    size_t shown = 0;
    for (size_t i = 0; i < json_count(snippets) && shown < SNIPPETS_SHOWN; i++) {
        const struct json *snippet = json_at(snippets, i);
        struct str id = json_id(json_get(snippet, "id")), shortcut = json_text(json_get(snippet, "shortcut"));
        if (word.len && !str_starts(text_fold(a, shortcut), word))
            continue;
        struct str url = str_format(a, "/desk/labels#snippet-%.*s", STR_ARGS(id));
        struct json *pick = pick_add(p, "snippet", id, url, "slash");
        json_set_str(a, pick, "name", json_text(json_get(snippet, "title")));
        json_set_str(a, pick, "shortcut", str_format(a, "/%.*s", STR_ARGS(shortcut)));
        shown++;
    }
    return snippets != NULL;
}

/* ---- the page ---- */

static bool conversation_open(struct tx *tx, struct palette *p, struct error *e)
{
    struct error here = {0};
    int64_t id = visit_query_id(p->v, "c");
    if (id == 0 || conversation_by_id(tx, p->v->arena, p->v->brand.id, id, &p->c, &here))
        return true;
    p->c = (struct conversation){0};
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static bool palette_read(struct tx *tx, void *ctx, struct error *e)
{
    struct palette *p = ctx;
    if (!names_read(tx, p->v, &p->names, e) || !conversation_open(tx, p, e))
        return false;
    if (p->q.len && p->q.ptr[0] == '/')
        return snippets_add(tx, p, e);
    if (p->q.len && !people_add(tx, p, e))
        return false;
    acts_add(p);
    places_add(p);
    return p->q.len == 0 || labels_add(tx, p, e);
}

static bool palette_show(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct palette p = {.v = v, .locale = v->view.locale, .picks = json_array(a)};
    if (!p.locale)
        p.locale = locale_find(http_header(v->http, "accept-language"));
    p.q = text_shorten(a, str_trim(text_clean(a, http_query(v->http, "q"))), 100);
    p.folded = text_fold(a, p.q);
    if (!visit_read(v, palette_read, &p, e))
        return false;
    if (p.q.len && p.q.ptr[0] != '/') {
        struct str url = str_format(a, "/desk/search?q=%.*s", STR_ARGS(url_encode(a, p.q)));
        json_set_str(a, pick_add(&p, "search", STR("all"), url, "search"), "key", STR("palette.search"));
    }
    struct json *model = json_object(a);
    json_set_str(a, model, "q", p.q);
    json_set(a, model, "c",
             p.c.id ? json_new_str(a, str_format(a, "%lld", (long long)p.c.id)) : json_new_str(a, STR_EMPTY));
    json_set(a, model, "picks", p.picks);
    v->view.section = STR("find");
    view_render(&v->view, v->http, "palette", model);
    return true;
}

const struct route routes_desk_palette[] = {
    {HTTP_GET, "/desk/palette", PERM_READ, palette_show, NULL},
    {0},
};
