/* SPDX-License-Identifier: Apache-2.0 */
/* The composer: the listening step, the doors, the drafts; and the menus of a story. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/file_address.h"
#include "web/desk/model.h"
#include "web/presence.h"

static const char *unit_name(enum length_unit unit)
{
    static const char *const names[] = {[LENGTH_CHARACTERS] = "characters",
                                        [LENGTH_BYTES] = "bytes",
                                        [LENGTH_UTF16] = "utf16",
                                        [LENGTH_GRAPHEMES] = "graphemes",
                                        [LENGTH_GRAPHEMES_TEN] = "graphemes_ten",
                                        [LENGTH_X_WEIGHTED] = "x_weighted",
                                        [LENGTH_EMOJI_BYTES] = "emoji_bytes",
                                        [LENGTH_SMS] = "sms"};
    return names[unit];
}

static struct json *open_door(struct visit *v, const struct names *names, const struct reply_door *door, bool checked)
{
    struct arena *a = v->arena;
    bool public = door->door->kind == DOOR_PUBLIC;
    struct json *item = door_json(a, names, door->channel_id, str_from(door->door->name), public);
    json_set_bool(a, item, "open", true);
    json_set_bool(a, item, "checked", checked);
    json_set_time(a, item, "closes", door->until);
    json_set_bool(a, item, "closing", door->until && door->until - v->view.now < HOUR_US);
    json_set_int(a, item, "limit", door->door->limit);
    json_set_str(a, item, "unit", str_from(unit_name(door->door->unit)));
    json_set_int(a, item, "url_weight", door->door->url_weight);
    json_set_bool(a, item, "attachments",
                  door->door->attachments && (!door->door->by_address || file_reachable(v->app->house)));
    json_set_int(a, item, "attachment_max", (int64_t)door->door->attachment_max);
    json_set_bool(a, item, "once", door->door->once);
    return item;
}

static struct json *shut_door(struct visit *v, const struct names *names, const struct reply_door *door)
{
    struct arena *a = v->arena;
    struct json *item = door_json(a, names, door->channel_id, str_from(door->door->name), false);
    json_set_str(a, item, "why", door->reason.len ? door->reason : str_from(door->shut));
    json_set_time(a, item, "at", door->until);
    json_set_bool(a, item, "by_network", door->reason.len > 0);
    if (door->reason.len && door->link.len)
        json_set_str(a, item, "link", door->link);
    return item;
}

static bool is_paused(const struct names *names, int64_t channel)
{
    const struct channel_row *row = names_channel(names, channel);
    return row && str_eq(row->state, STR("paused"));
}

/* Its window is closed, and the network lets words through that it approved beforehand. */
static bool takes_approved(const struct reply_door *door)
{
    return door->shut && str_eq(str_from(door->shut), STR("window")) && door->door->approved;
}

/* The draft's door, else that of their last words. */
static size_t checked_door(const struct reply_door *doors, size_t n, const struct draft *draft)
{
    for (size_t i = 0; draft && i < n; i++)
        if (doors[i].open && doors[i].channel_id == draft->channel_id &&
            str_eq(draft->door, str_from(doors[i].door->name)))
            return i;
    for (size_t i = 0; i < n; i++)
        if (doors[i].open)
            return i;
    return n;
}

static bool doors_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                        const struct theirs *theirs, const struct draft *draft, struct json *model, struct error *e)
{
    const struct reply_known known = {.channels = names->channels,
                                      .identities = theirs->identities,
                                      .others = theirs->list,
                                      .channel_count = names->channel_count,
                                      .identity_count = theirs->identity_count,
                                      .other_count = theirs->count};
    struct arena *a = v->arena;
    struct reply_door *doors;
    struct json *open = json_array(a), *shut = json_array(a), *approved = json_array(a);
    size_t n;
    if (!reply_doors_known(tx, a, &story->c, story->messages, story->count, &known, &doors, &n, e))
        return false;
    size_t checked = checked_door(doors, n, draft);
    bool by_network = false;
    for (size_t i = 0; i < n; i++) {
        by_network |= doors[i].reason.len > 0;
        if (doors[i].open)
            json_push(a, open, open_door(v, names, &doors[i], i == checked));
        else if (!str_eq(str_from(doors[i].shut), STR("hidden")))
            json_push(a, shut, shut_door(v, names, &doors[i]));
        if (takes_approved(&doors[i]) && !approved_words_model(tx, v, &doors[i], approved, e))
            return false;
        if (doors[i].open && is_paused(names, doors[i].channel_id)) {
            doors[i].shut = "paused";
            json_push(a, shut, shut_door(v, names, &doors[i]));
        }
    }
    json_set(a, model, "doors", open);
    json_set(a, model, "shut", shut);
    json_set(a, model, "approved", approved);
    json_set_bool(a, model, "has_approved", json_count(approved) > 0);
    json_set_bool(a, model, "any_open", json_count(open) > 0);
    json_set_bool(a, model, "solo", json_count(open) == 1);
    json_set_bool(a, model, "by_network", by_network);
    if (by_network && checked < n)
        json_set(a, model, "nearest", open_door(v, names, &doors[checked], true));
    return true;
}

static const struct draft *draft_of(const struct draft *drafts, size_t n, const char *kind)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(drafts[i].kind, str_from(kind)))
            return &drafts[i];
    return NULL;
}

static struct json *draft_json(struct arena *a, const struct draft *draft)
{
    struct json *object = json_object(a);
    json_set_str(a, object, "text", draft ? draft->text : STR_EMPTY);
    if (draft)
        json_set_time(a, object, "saved", draft->at);
    return object;
}

/* A draft that a program prepared says so: whoever sends it puts their name under it. */
static bool prepared_model(struct tx *tx, struct visit *v, const struct draft *draft, struct json *model,
                           struct error *e)
{
    struct arena *a = v->arena;
    if (!draft || !draft->by_token || !draft->text.len)
        return true;
    const struct json *tokens = token_list(tx, a, v->brand.id, e);
    struct json *by = json_object(a);
    if (!tokens)
        return false;
    json_set_str(a, by, "name", STR_EMPTY);
    for (size_t i = 0; i < json_count(tokens); i++)
        if (json_int(json_get(json_at(tokens, i), "id"), 0) == draft->by_token)
            json_set_str(a, by, "name", json_text(json_get(json_at(tokens, i), "name")));
    json_set(a, model, "prepared", by);
    return true;
}

static int64_t newest_of_theirs(const struct story *story)
{
    for (size_t i = story->count; i-- > 0;)
        if (!story->messages[i].outbound)
            return story->messages[i].id;
    return 0;
}

/* A refused reply comes back with what its author had seen: who answered since is said before it can be sent. */
static void meanwhile_model(struct visit *v, const struct names *names, const struct story *story, struct json *model)
{
    int64_t seen = visit_query_id(v, "seen");
    for (size_t i = story->count; seen && i-- > 0;) {
        const struct message *m = &story->messages[i];
        if (!m->outbound || m->id <= seen || m->agent_id == v->actor.agent_id)
            continue;
        struct json *meanwhile = json_object(v->arena);
        json_set(v->arena, meanwhile, "by", names_agent_json(v->arena, names, m->agent_id));
        json_set(v->arena, model, "meanwhile", meanwhile);
        return;
    }
}

struct json *composer_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                            const struct theirs *theirs, struct error *e)
{
    struct arena *a = v->arena;
    struct draft *drafts = NULL;
    size_t n = 0;
    struct json *model = json_object(a), *need = json_object(a);
    if (story->has & STORY_DRAFTS && !draft_list(tx, a, v->brand.id, story->c.id, v->actor.agent_id, &drafts, &n, e))
        return NULL;
    bool change = str_eq(http_query(v->http, "change"), STR("need"));
    bool listen = story->c.need.len == 0 || change;
    json_set_str(a, model, "step", listen ? STR("listen") : STR("reply"));
    json_set_str(a, model, "lang", story->c.language);
    const struct draft *kept = draft_of(drafts, n, "need");
    json_set_str(a, need, "text", kept ? kept->text : change ? story->c.need : STR_EMPTY);
    json_set(a, model, "need", need);
    const struct draft *reply = draft_of(drafts, n, "reply");
    if (!doors_model(tx, v, names, story, theirs, reply, model, e))
        return NULL;
    json_set(a, model, "reply", draft_json(a, reply));
    if (!prepared_model(tx, v, reply, model, e))
        return NULL;
    json_set(a, model, "note", draft_json(a, draft_of(drafts, n, "note")));
    int64_t answers = newest_of_theirs(story);
    int64_t newest = story->count ? story->messages[story->count - 1].id : 0;
    json_set_str(a, model, "answers", answers ? str_format(a, "%lld", (long long)answers) : STR_EMPTY);
    json_set_str(a, model, "seen", str_format(a, "%lld", (long long)newest));
    json_set_str(a, model, "once", random_token(a, 12));
    json_set(a, model, "attachments", json_array(a));
    meanwhile_model(v, names, story, model);
    return model;
}

/* ---- menus ---- */

static struct json *snooze_choices(struct visit *v)
{
    struct arena *a = v->arena;
    struct json *list = json_array(a);
    static const char *const values[] = {"written", "tomorrow", "week"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct json *item = json_object(a);
        json_set_str(a, item, "value", str_from(values[i]));
        if (i > 0)
            json_set_time(a, item, "at", snooze_morning(v->view.now, str_from(values[i]), v->view.zone));
        json_push(a, list, item);
    }
    return list;
}

static bool knows(const struct story *story, int64_t agent)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->messages[i].outbound && story->messages[i].agent_id == agent)
            return true;
    return false;
}

static struct json *agents_model(struct visit *v, const struct names *names, const struct story *story)
{
    struct arena *a = v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < names->agent_count; i++) {
        const struct agent *agent = &names->agents[i];
        if (agent->removed_at || agent->role < ROLE_AGENT)
            continue;
        struct json *item = json_object(a);
        json_set_id(a, item, "id", agent->id);
        json_set_str(a, item, "name", agent->name);
        json_set_bool(a, item, "knows", knows(story, agent->id));
        json_set_bool(a, item, "me", agent->id == v->actor.agent_id);
        json_push(a, list, item);
    }
    return list;
}

static struct json *labels_model(struct tx *tx, struct visit *v, const struct story *story, struct error *e)
{
    struct arena *a = v->arena;
    struct json *all = label_list(tx, a, v->brand.id, e);
    struct json *on = all ? story_labels(tx, v, story, e) : NULL;
    if (!on)
        return NULL;
    for (size_t i = 0; i < json_count(all); i++) {
        bool has = false;
        for (size_t k = 0; k < json_count(on); k++)
            has |= str_eq(json_text(json_get(json_at(on, k), "id")), json_text(json_get(json_at(all, i), "id")));
        json_set_bool(a, all->items[i], "on", has);
    }
    return all;
}

static struct json *priority_choices(struct arena *a, enum priority now)
{
    struct json *list = json_array(a);
    for (int i = 0; i < PRIORITIES; i++) {
        struct json *item = json_object(a);
        json_set_str(a, item, "value", str_from(priority_name((enum priority)i)));
        json_set_bool(a, item, "checked", now == (enum priority)i);
        json_push(a, list, item);
    }
    return list;
}

struct json *menus_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                         struct error *e)
{
    struct arena *a = v->arena;
    const struct conversation *c = &story->c;
    struct json *menus = json_object(a), *can = json_object(a), *labels = labels_model(tx, v, story, e);
    if (!labels)
        return NULL;
    bool may = v->actor.role >= ROLE_AGENT;
    bool open = c->state != CONVERSATION_CLOSED && c->state != CONVERSATION_SET_ASIDE;
    json_set(a, menus, "agents", agents_model(v, names, story));
    json_set(a, menus, "labels", labels);
    json_set_int(a, menus, "hands", c->handovers);
    json_set_bool(a, can, "assign", may && open);
    json_set_bool(a, can, "hand", may && open);
    json_set_bool(a, can, "close", may && open);
    json_set_bool(a, can, "aside", may && open);
    json_set_bool(a, can, "back", may && c->state == CONVERSATION_SET_ASIDE);
    json_set_bool(a, can, "reopen", may && c->state == CONVERSATION_CLOSED);
    json_set_bool(a, can, "snooze", may && open);
    json_set_bool(a, can, "priority", may);
    json_set_bool(a, can, "label", may);
    json_set(a, menus, "can", can);
    json_set(a, menus, "snoozes", snooze_choices(v));
    json_set_bool(a, menus, "boundary_left", c->state == CONVERSATION_SET_ASIDE && c->last_out_at < c->closed_at);
    json_set(a, menus, "priorities", priority_choices(a, c->priority));
    return menus;
}
