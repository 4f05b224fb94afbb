/* SPDX-License-Identifier: Apache-2.0 */
/* Small pieces of the desk's models. */
#include "web/desk/model.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "web/presence.h"

bool names_read(struct tx *tx, struct visit *v, struct names *out, struct error *e)
{
    *out = (struct names){0};
    return agent_list(tx, v->arena, v->brand.id, &out->agents, &out->agent_count, e) &&
           channel_row_list(tx, v->arena, v->brand.id, true, &out->channels, &out->channel_count, e);
}

const struct agent *names_agent(const struct names *names, int64_t id)
{
    for (size_t i = 0; i < names->agent_count; i++)
        if (names->agents[i].id == id)
            return &names->agents[i];
    return NULL;
}

const struct channel_row *names_channel(const struct names *names, int64_t id)
{
    for (size_t i = 0; i < names->channel_count; i++)
        if (names->channels[i].id == id)
            return &names->channels[i];
    return NULL;
}

struct json *names_agent_json(struct arena *a, const struct names *names, int64_t id)
{
    const struct agent *agent = names_agent(names, id);
    if (!agent)
        return json_new_null(a);
    struct json *object = json_object(a);
    json_set_id(a, object, "id", agent->id);
    json_set_str(a, object, "name", agent->name);
    return object;
}

struct str names_network(const struct names *names, int64_t channel)
{
    const struct channel_row *row = names_channel(names, channel);
    return row ? row->network : STR_EMPTY;
}

int64_t *names_channels_of(struct arena *a, const struct names *names, struct str network, int64_t one, size_t *count)
{
    int64_t *list = ARENA_ARRAY(a, int64_t, names->channel_count + 1);
    *count = 0;
    for (size_t i = 0; network.len && i < names->channel_count; i++)
        if (str_eq(names->channels[i].network, network) && (one == 0 || one == names->channels[i].id))
            list[(*count)++] = names->channels[i].id;
    return list;
}

const char *network_icon(struct str network)
{
    const struct channel *channel = channel_find(network);
    return channel ? channel->icon : "chat";
}

struct str visit_words(const struct visit *v, const char *key)
{
    const struct locale *locale = v->view.locale ? v->view.locale : locale_find(v->brand.language);
    return locale_text(v->arena, locale, str_from(key), NULL);
}

int64_t snooze_morning(int64_t now, struct str until, const char *zone)
{
    struct clock_parts at = clock_split(now + DAY_US, zone);
    if (str_eq(until, STR("week"))) {
        int days = (8 - at.weekday % 7) % 7; /* from tomorrow to Monday */
        at = clock_split(now + (1 + (days ? days : 7)) * DAY_US, zone);
    }
    at.hour = 9;
    at.minute = at.second = 0;
    return clock_join(at, zone);
}

/* Whether a name is in another script than the page's languages use: then it is read in the person's language. */
static bool is_foreign_script(struct str name)
{
    for (size_t i = 0; i < name.len;) {
        bool plain = (unsigned char)name.ptr[i] < 0x80;
        if (!plain && utf8_next(name, &i) >= 0x370)
            return true;
        i += plain;
    }
    return false;
}

struct json *person_json(struct arena *a, const struct person *p)
{
    struct json *object = json_object(a);
    json_set_id(a, object, "id", p->id);
    json_set_str(a, object, "name", p->name);
    bool foreign = p->language.len && is_foreign_script(p->name);
    json_set(a, object, "lang", foreign ? json_new_str(a, p->language) : json_new_null(a));
    return object;
}

struct json *door_json(struct arena *a, const struct names *names, int64_t channel_id, struct str name,
                       bool is_public)
{
    const struct channel_row *row = names_channel(names, channel_id);
    const struct channel *channel = row ? channel_find(row->network) : NULL;
    const struct door *door = channel ? channel_door(channel, name) : NULL;
    struct json *object = json_object(a);
    json_set_str(a, object, "value", str_format(a, "%lld:%.*s", (long long)channel_id, STR_ARGS(name)));
    json_set_str(a, object, "name", name);
    json_set_str(a, object, "network", row ? row->network : STR_EMPTY);
    json_set_str(a, object, "icon", str_from(channel ? channel->icon : "chat"));
    json_set_str(a, object, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_str(a, object, "label", str_from(door ? door->label : "door.unknown"));
    json_set_bool(a, object, "public", is_public);
    return object;
}

const char *place_of_state(const struct conversation *c)
{
    switch (c->state) {
    case CONVERSATION_WAITING: return "waiting";
    case CONVERSATION_ANSWERED: return "answered";
    case CONVERSATION_SNOOZED: return c->waiting ? "waiting" : "answered";
    case CONVERSATION_CLOSED: return "closed";
    case CONVERSATION_SET_ASIDE: return "aside";
    case CONVERSATION_STATES: break;
    }
    return "answered";
}

struct json *beings_model(struct visit *v, int64_t conversation)
{
    struct arena *a = v->arena;
    struct being *beings;
    struct json *list = json_array(a);
    size_t n = presence_list(v->app->presence, a, v->brand.id, conversation, v->actor.agent_id, &beings);
    for (size_t i = 0; i < n; i++) {
        struct json *item = json_object(a);
        bool guest = beings[i].agent_id == BEING_GUEST;
        const char *doing = guest && beings[i].doing == DOING_READING ? "here"
                            : guest && beings[i].doing == DOING_GONE  ? "left"
                                                                      : doing_name(beings[i].doing);
        json_set_str(a, item, "name", str_from(beings[i].name));
        json_set_str(a, item, "doing", str_from(doing));
        json_set_bool(a, item, "guest", guest);
        json_push(a, list, item);
    }
    return list;
}
