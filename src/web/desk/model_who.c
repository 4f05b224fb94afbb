/* SPDX-License-Identifier: Apache-2.0 */
/* The person beside the story: who they are, what we promised, who knows them, what they needed before, where they
 * reach us. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/widget.h"
#include "care/likeness.h"
#include "care/rank.h"
#include "store/promise.h"
#include "web/desk/model.h"

#define NEEDS_SHOWN 12
#define KNOWS_SHOWN 4
#define THEIRS_MAX  60

static bool promises_model(struct tx *tx, struct visit *v, const struct names *names, int64_t person, bool none,
                           struct json *model, struct error *e)
{
    struct arena *a = v->arena;
    struct promise *promises = NULL;
    struct json *list = json_array(a);
    size_t count = 0;
    if (!none && !promise_of_person(tx, a, v->brand.id, person, &promises, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool said = str_eq(promises[i].state, STR("open")) || str_eq(promises[i].state, STR("broken")) ||
                    str_eq(promises[i].state, STR("kept"));
        if (!said || json_count(list) >= 6)
            continue;
        struct json *item = json_object(a);
        json_set_id(a, item, "id", promises[i].id);
        json_set_str(a, item, "text", promises[i].text);
        json_set_str(a, item, "lang", STR_EMPTY);
        json_set_time(a, item, "due", promises[i].due_at);
        json_set_str(a, item, "state", promises[i].state);
        json_set(a, item, "by", names_agent_json(a, names, promises[i].agent_id));
        json_push(a, list, item);
    }
    json_set(a, model, "promises", list);
    return true;
}

struct known {
    int64_t agent, last, times;
};

/* Who owned this person's conversations: they know the story. */
static void knows_model(struct visit *v, const struct names *names, const struct conversation *list, size_t count,
                        struct json *model)
{
    struct arena *a = v->arena;
    struct known known[KNOWS_SHOWN];
    struct json *knows = json_array(a);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        int64_t owner = list[i].owner_id;
        if (owner == 0 || list[i].last_out_at == 0)
            continue;
        while (k < n && known[k].agent != owner)
            k++;
        if (k == KNOWS_SHOWN)
            continue;
        if (k == n)
            known[n++] = (struct known){.agent = owner};
        known[k].times++;
        known[k].last = list[i].last_out_at > known[k].last ? list[i].last_out_at : known[k].last;
    }
    for (size_t k = 0; k < n; k++) {
        const struct agent *agent = names_agent(names, known[k].agent);
        struct json *item = json_object(a);
        if (!agent)
            continue;
        json_set(a, item, "agent", names_agent_json(a, names, agent->id));
        json_set_time(a, item, "last", known[k].last);
        json_set_int(a, item, "times", known[k].times);
        json_set_bool(a, item, "me", agent->id == v->actor.agent_id);
        json_push(a, knows, item);
    }
    json_set(a, model, "knows", knows);
}

static const char *need_outcome(const struct conversation *c)
{
    if (c->state == CONVERSATION_SET_ASIDE)
        return "aside";
    if (c->state != CONVERSATION_CLOSED)
        return c->state == CONVERSATION_ANSWERED ? "answered" : "open";
    if (c->returns)
        return "came_back";
    return str_eq(c->outcome, STR("solved")) || str_eq(c->outcome, STR("thanks")) ? "solved" : "closed";
}

static void needs_model(struct visit *v, const struct names *names, const struct conversation *list, size_t count,
                        int64_t current, struct json *model)
{
    struct arena *a = v->arena;
    struct json *needs = json_array(a);
    for (size_t i = 0; i < count && json_count(needs) < NEEDS_SHOWN; i++) {
        if (list[i].id == current || list[i].need.len == 0)
            continue;
        struct json *item = json_object(a);
        json_set_id(a, item, "conversation", list[i].id);
        json_set_str(a, item, "text", list[i].need);
        json_set_str(a, item, "lang", list[i].language);
        json_set_time(a, item, "at", list[i].last_at);
        json_set(a, item, "by", names_agent_json(a, names, list[i].owner_id));
        json_set_str(a, item, "outcome", str_from(need_outcome(&list[i])));
        json_push(a, needs, item);
    }
    json_set(a, model, "needs", needs);
}

/* When the private door of a network closes, from what they last wrote through it. */
static int64_t closes_at(const struct channel *channel, const struct names *names, const struct conversation *list,
                         size_t count)
{
    int64_t until = 0;
    for (size_t i = 0; i < count; i++) {
        const struct door *door = channel_door(channel, list[i].door);
        bool here = str_eq(names_network(names, list[i].channel_id), str_from(channel->name));
        if (!here || !door || door->kind != DOOR_DIRECT)
            continue;
        int64_t at = rank_window_until(door, list[i].last_in_at);
        until = at > until ? at : until;
    }
    return until;
}

static struct str identity_handle(struct arena *a, const struct identity *i)
{
    if (str_eq(i->network, STR("site")) && i->handle.len) /* an address, as the brand's own site says it */
        return i->phone.len ? str_format(a, "%.*s, +%.*s", STR_ARGS(i->handle), STR_ARGS(i->phone)) : i->handle;
    if (i->handle.len)
        return str_format(a, "@%.*s", STR_ARGS(i->handle));
    if (i->phone.len)
        return str_format(a, "+%.*s", STR_ARGS(i->phone));
    return i->name.len ? i->name : i->external_id;
}

/* A network may know one person by two ids (WhatsApp: number and user id); a colleague needs to see one. */
static bool is_shown(struct arena *a, const struct identity *list, size_t i)
{
    struct str handle = identity_handle(a, &list[i]);
    for (size_t k = 0; k < i; k++)
        if (str_eq(list[k].network, list[i].network) && str_eq(identity_handle(a, &list[k]), handle))
            return true;
    return false;
}

static void identity_doors(struct json *item, struct arena *a, const struct channel *channel)
{
    bool public = false, private = false;
    for (const struct door *door = channel->doors; door->name; door++) {
        public |= door->kind == DOOR_PUBLIC;
        private |= door->kind != DOOR_PUBLIC;
    }
    json_set_bool(a, item, "public", public);
    json_set_bool(a, item, "private", private);
}

static void identities_model(struct visit *v, const struct names *names, const struct theirs *theirs,
                             struct json *model)
{
    struct arena *a = v->arena;
    const struct identity *identities = theirs->identities;
    struct json *out = json_array(a);
    for (size_t i = 0; i < theirs->identity_count; i++) {
        const struct channel *channel = channel_find(identities[i].network);
        if (!channel || str_starts(identities[i].external_id, STR("hidden:")) || is_shown(a, identities, i))
            continue;
        struct json *item = json_object(a);
        int64_t closes = closes_at(channel, names, theirs->list, theirs->count);
        json_set_str(
            a, item, "id",
            str_format(a, "%.*s:%.*s", STR_ARGS(identities[i].network), STR_ARGS(identities[i].external_id)));
        json_set_str(a, item, "network", identities[i].network);
        json_set_str(a, item, "icon", str_from(channel->icon));
        json_set_str(a, item, "channel", str_from(channel->label));
        json_set_str(a, item, "handle", identity_handle(a, &identities[i]));
        json_set_str(a, item, "phone",
                     identities[i].phone.len ? str_concat(a, STR("+"), identities[i].phone) : STR_EMPTY);
        json_set_bool(a, item, "vouched", channel->home && str_starts(identities[i].external_id, STR(SIGNED_PREFIX)));
        identity_doors(item, a, channel);
        bool shut =
            str_eq(identities[i].unreachable, STR("window")); /* the network says so, whatever the clock says */
        bool open = closes > v->view.now && !shut;
        json_set_time(a, item, "closes", open ? closes : 0);
        json_set_bool(a, item, "closing", open && closes - v->view.now < HOUR_US);
        json_set_bool(a, item, "shut", shut || (closes && !open));
        json_set_bool(a, item, "blocked", identities[i].unreachable.len && !shut);
        json_set_time(a, item, "since", identities[i].seen_at);
        json_push(a, out, item);
    }
    json_set(a, model, "identities", out);
}

static struct str network_label(struct str network)
{
    const struct channel *channel = channel_find(network);
    return channel ? str_from(channel->label) : network;
}

static struct json *reason_json(struct arena *a, const struct likeness_person *other, const struct person *person,
                                const struct likeness_reason *reason)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "why", str_from(reason->why));
    json_set_str(a, item, "value", reason->value);
    json_set_str(a, item, "network", network_label(reason->networks[0]));
    json_set_str(a, item, "other_network", network_label(reason->networks[1]));
    json_set_str(a, item, "said_by", reason->by_other ? other->name : person->name);
    return item;
}

/* Who may be the same, the likeliest first, each with its reasons. */
static bool merge_model(struct tx *tx, struct visit *v, const struct names *names, const struct person *person,
                        struct json *model, struct error *e)
{
    struct arena *a = v->arena;
    struct likeness_person *list;
    struct json *alike = json_array(a);
    size_t count;
    if (!likeness_suggest(tx, a, v->brand.id, person->id, names->channels, names->channel_count, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *merge = json_object(a), *reasons = json_array(a);
        json_set_id(a, merge, "id", list[i].id);
        json_set_str(a, merge, "name", list[i].name);
        json_set_str(a, merge, "why", str_from(list[i].reasons[0].why));
        for (size_t k = 0; k < list[i].count; k++)
            json_push(a, reasons, reason_json(a, &list[i], person, &list[i].reasons[k]));
        json_set(a, merge, "reasons", reasons);
        json_push(a, alike, merge);
    }
    if (count)
        json_set(a, model, "merge", alike->items[0]);
    json_set(a, model, "alike", alike);
    return true;
}

void theirs_ahead(struct tx *tx, struct visit *v, int64_t person)
{
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = person};
    conversation_rows_ahead(tx, v->brand.id, &filter, (struct cursor){.limit = THEIRS_MAX});
}

bool theirs_read(struct tx *tx, struct visit *v, int64_t person, struct theirs *out, struct error *e)
{
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = person};
    bool more;
    out->unpromised = false;
    return conversation_list(tx, v->arena, v->brand.id, &filter, (struct cursor){.limit = THEIRS_MAX}, &out->list,
                             &out->count, &more, e) &&
           identity_list(tx, v->arena, v->brand.id, person, &out->identities, &out->identity_count, e);
}

struct json *who_model(struct tx *tx, struct visit *v, const struct names *names, const struct person *person,
                       const struct theirs *theirs, int64_t conversation, struct error *e)
{
    struct arena *a = v->arena;
    const struct conversation *list = theirs->list;
    size_t count = theirs->count;
    struct json *model = json_object(a), *who = person_json(a, person);
    json_set_str(a, who, "place", person->place);
    json_set_str(a, who, "language", person->language);
    json_set_time(a, who, "since", person->since);
    json_set(a, model, "person", who);
    if (person->note.len) {
        struct json *note = json_object(a);
        json_set_str(a, note, "text", person->note);
        json_set_str(a, note, "lang", STR_EMPTY);
        json_set(a, model, "note", note);
    }
    int64_t asides = 0;
    for (size_t i = 0; i < count; i++)
        asides += list[i].state == CONVERSATION_SET_ASIDE;
    json_set_int(a, model, "aside_times", asides);
    knows_model(v, names, list, count, model);
    needs_model(v, names, list, count, conversation, model);
    identities_model(v, names, theirs, model);
    if (!promises_model(tx, v, names, person->id, theirs->unpromised, model, e) ||
        !merge_model(tx, v, names, person, model, e))
        return NULL;
    return model;
}
