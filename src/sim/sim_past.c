/* SPDX-License-Identifier: Apache-2.0 */
/* Reads people and conversations in the conversations format, so that the phone shows what the desk was given, and
 * what the desk answers finds its place. Only what happened on the simulated networks is taken. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "sim/sim_driver.h"

#define CHANNELS_MAX 64

struct reading {
    struct sim *sim;
    struct arena *a;
    int64_t now;
    struct str person, conversation;
    struct arena *kept; /* for all lines */
    struct {
        struct str id;
        enum sim_network network;
    } channels[CHANNELS_MAX];
    size_t channel_count;
};

static bool read_person(const struct reading *r, const struct json *line, struct error *e)
{
    struct sim_persona persona = {.key = json_text(json_get(line, "id")), .name = json_text(json_get(line, "name"))};
    const struct json *list = json_get(line, "identities"), *one;
    enum sim_network network;
    size_t n;

    persona.lang = json_text(json_get(line, "language"));
    for (n = 0; n < json_count(list); n++) {
        one = json_at(list, n);
        if (!sim_network_find(json_text(json_get(one, "network")), &network))
            continue;
        if (persona.ids[network].len == 0)
            persona.ids[network] = json_id(json_get(one, "id"));
        if (sim_drivers[network]->shows_handles && persona.handle.len == 0)
            persona.handle = json_text(json_get(one, "handle"));
    }
    return sim_person_add(r->sim, &persona, e);
}

/* Channels say the network of a door that several have. */
static bool read_channel(struct reading *r, const struct json *line)
{
    enum sim_network network;

    if (r->channel_count < CHANNELS_MAX && sim_network_find(json_text(json_get(line, "network")), &network)) {
        r->channels[r->channel_count].id = str_dup(r->kept, json_text(json_get(line, "id")));
        r->channels[r->channel_count++].network = network;
    }
    return true;
}

static bool has_door(enum sim_network network, struct str door, struct sim_past *past)
{
    const struct sim_past_door *one = sim_drivers[network]->doors;

    for (; one != NULL && one->door != NULL; one++)
        if (str_eq(door, str_from(one->door))) {
            past->what = str_from(one->what);
            past->network = network;
            return true;
        }
    return false;
}

/* Doors say whether all can read it, and the network where no channel does. */
static bool read_door(const struct reading *r, const struct json *item, struct sim_past *past)
{
    struct str door = json_text(json_get(item, "door")), channel = json_text(json_get(item, "channel"));
    size_t k;
    int n;

    for (k = 0; k < r->channel_count; k++)
        if (str_eq(channel, r->channels[k].id))
            return has_door(r->channels[k].network, door, past);
    for (n = 0; n < SIM_NETWORKS; n++)
        if (has_door((enum sim_network)n, door, past))
            return true;
    return false;
}

static int64_t read_time(const struct reading *r, const struct json *item)
{
    int64_t at;

    if (clock_parse_iso(json_text(json_get(item, "at")), &at))
        return at;
    return r->now - (int64_t)(json_real(json_get(item, "ago"), 0) * 60e6);
}

static struct str import_id(const struct reading *r, struct str item)
{
    return str_format(r->a, "import:%.*s:%.*s", STR_ARGS(r->conversation), STR_ARGS(item));
}

static bool read_message(const struct reading *r, const struct json *item, struct error *e)
{
    struct sim_past past = {.person = r->person, .text = json_text(json_get(item, "text"))};
    struct str parent = json_text(json_get(item, "parent"));

    if (!read_door(r, item, &past))
        return true;
    past.id = json_text(json_get(item, "network_id"));
    if (past.id.len == 0)
        past.id = import_id(r, json_text(json_get(item, "id")));
    if (parent.len > 0)
        past.to = import_id(r, parent);
    past.thread = json_text(json_get(item, "thread"));
    past.title = json_text(json_get(item, "thread_title"));
    past.at = read_time(r, item);
    past.by_brand = str_eq(json_text(json_get(item, "kind")), STR("out"));
    return sim_remember(r->sim, &past, e);
}

/* An edit or a withdrawal of what was read before. */
static void read_change(const struct reading *r, const struct json *item, bool withdrawn)
{
    struct str id = import_id(r, json_text(json_get(item, "of")));
    struct sim_item *of = NULL;
    int n;

    sim_lock(r->sim);
    for (n = 0; n < SIM_NETWORKS && of == NULL; n++)
        of = sim_item_find(r->sim, (enum sim_network)n, id);
    if (of != NULL && withdrawn) {
        of->deleted = true;
    } else if (of != NULL) {
        of->text = sim_copy(r->sim, json_text(json_get(item, "text")));
        of->edited_at = read_time(r, item);
    }
    sim_unlock(r->sim);
}

static bool read_conversation(struct reading *r, const struct json *line, struct error *e)
{
    const struct json *items = json_get(line, "items"), *item;
    struct str kind;
    size_t n;

    r->conversation = json_text(json_get(line, "id"));
    r->person = json_text(json_get(line, "person"));
    for (n = 0; n < json_count(items); n++) {
        item = json_at(items, n);
        kind = json_text(json_get(item, "kind"));
        if (str_eq(kind, STR("edit")) || str_eq(kind, STR("withdrawn")))
            read_change(r, item, str_eq(kind, STR("withdrawn")));
        else if ((str_eq(kind, STR("in")) || str_eq(kind, STR("out"))) && !read_message(r, item, e))
            return false;
    }
    return true;
}

static bool read_line(struct reading *r, struct str text, struct error *e)
{
    const struct json *line = json_parse(r->a, text, e);
    struct str type = json_text(json_get(line, "type"));

    if (line == NULL)
        return false;
    if (str_eq(type, STR("person")))
        return read_person(r, line, e);
    if (str_eq(type, STR("channel")))
        return read_channel(r, line);
    return !str_eq(type, STR("conversation")) || read_conversation(r, line, e);
}

bool sim_remember_lines(struct sim *sim, struct str lines, struct error *e)
{
    struct arena *a = arena_new();
    struct reading r = {.sim = sim, .a = a, .now = clock_now(), .kept = arena_new()};
    struct error why = {ERR_NONE, ""};
    struct str text;
    int number = 0;
    bool fine = true;

    while (fine && str_split(&lines, '\n', &text)) {
        number++;
        fine = str_trim(text).len == 0 || read_line(&r, text, &why);
        arena_reset(a);
    }
    arena_free(a);
    arena_free(r.kept);
    return fine || fail(e, ERR_MALFORMED, "Line %d: %s", number, why.message);
}
