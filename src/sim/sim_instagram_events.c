/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of the simulated Instagram account's posts: the fields "comments" and "mentions". Nothing is told of
 * likes, nor of comments that are taken away. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/sim_meta.h"

static uint64_t queue_change(struct sim *sim, struct arena *a, struct sim_item *item, const char *field,
                             struct json *value, int delay_ms)
{
    struct json *body = json_object(a), *entries = json_array(a), *entry = json_object(a);
    struct json *changes = json_array(a), *change = json_object(a);

    json_set_str(a, change, "field", str_from(field));
    json_set(a, change, "value", value);
    json_push(a, changes, change);
    json_set_str(a, entry, "id", str_from(sim->lines[SIM_INSTAGRAM].account.account_id));
    json_set_int(a, entry, "time", sim_now(sim) / SECOND_US);
    json_set(a, entry, "changes", changes);
    json_push(a, entries, entry);
    json_set_str(a, body, "object", STR("instagram"));
    json_set(a, body, "entry", entries);
    return sim_hook_add(sim, SIM_INSTAGRAM, item, sim_meta_escape(a, json_to_str(a, body)), delay_ms);
}

struct json *sim_instagram_author(struct sim *sim, struct arena *a, const struct sim_person *person)
{
    struct json *from = json_object(a);

    json_set_str(a, from, "id",
                 person != NULL ? person->ids[SIM_INSTAGRAM]
                                : str_from(sim->lines[SIM_INSTAGRAM].account.account_id));
    json_set_str(a, from, "username", person != NULL ? person->handle : str_from(sim->config.handle));
    return from;
}

uint64_t sim_instagram_comment(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    struct json *value = json_object(a), *media = json_object(a);

    json_set(a, value, "from", sim_instagram_author(sim, a, item->author));
    json_set_str(a, media, "id", item->root);
    json_set_str(a, media, "media_product_type", STR("FEED"));
    json_set(a, value, "media", media);
    json_set_str(a, value, "id", item->id);
    if (item->parent != NULL && item->parent->kind == SIM_COMMENT)
        json_set_str(a, value, "parent_id", item->parent->id);
    json_set_str(a, value, "text", item->text);
    return queue_change(sim, a, item, "comments", value, delay_ms);
}

void sim_instagram_mention(struct sim *sim, struct arena *a, struct sim_item *item)
{
    struct json *value = json_object(a);

    json_set_str(a, value, "media_id", item->root);
    if (item->kind == SIM_COMMENT)
        json_set_str(a, value, "comment_id", item->id);
    queue_change(sim, a, item, "mentions", value, 0);
}

/* What somebody wrote under a post of somebody else is told only where it names us. */
bool sim_instagram_names_us(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct str name = str_format(a, "@%s", sim->config.handle);

    return str_find(str_lower(a, item->text), str_lower(a, name)) >= 0;
}
