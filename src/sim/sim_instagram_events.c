/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of the simulated Instagram account's posts: the fields "comments" and "mentions". Nothing is told of
 * likes, nor of comments that are taken away. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/sim_meta.h"

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
    return sim_meta_change(sim, a, SIM_INSTAGRAM, "instagram", "comments", item, value, delay_ms);
}

void sim_instagram_mention(struct sim *sim, struct arena *a, struct sim_item *item)
{
    struct json *value = json_object(a);

    json_set_str(a, value, "media_id", item->root);
    if (item->kind == SIM_COMMENT)
        json_set_str(a, value, "comment_id", item->id);
    sim_meta_change(sim, a, SIM_INSTAGRAM, "instagram", "mentions", item, value, 0);
}

/* What somebody wrote under a post of somebody else is told only where it names us. */
bool sim_instagram_names_us(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct str name = str_format(a, "@%s", sim->config.handle);

    return str_find(str_lower(a, item->text), str_lower(a, name)) >= 0;
}
