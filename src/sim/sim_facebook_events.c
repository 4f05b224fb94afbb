/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of the simulated Facebook Page's wall: field "feed". */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/sim_meta.h"

static struct json *from_json(struct sim *sim, struct arena *a, const struct sim_person *person)
{
    struct json *from = json_object(a);

    json_set_str(a, from, "id",
                 person != NULL ? person->ids[SIM_FACEBOOK] : str_from(sim->lines[SIM_FACEBOOK].account.account_id));
    json_set_str(a, from, "name", person != NULL ? person->name : str_from(sim->config.brand));
    return from;
}

static struct json *post_json(struct arena *a, const struct sim_item *item)
{
    struct json *post = json_object(a);
    struct str link = str_format(a, "https://www.facebook.com/%.*s", STR_ARGS(item->root));

    json_set_str(a, post, "status_type", STR("mobile_status_update"));
    json_set_bool(a, post, "is_published", true);
    json_set_str(a, post, "updated_time", sim_graph_time(a, item->at));
    json_set_str(a, post, "permalink_url", link);
    json_set_str(a, post, "promotion_status", STR("inactive"));
    json_set_str(a, post, "id", item->root);
    return post;
}

static const char *item_name(const struct sim_item *item)
{
    if (item->kind == SIM_COMMENT)
        return "comment";
    if (item->media != NULL)
        return "photo";
    return item->author == NULL ? "status" : "post";
}

static struct json *feed_value(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb)
{
    struct json *value = json_object(a);
    bool removed = strcmp(verb, "remove") == 0;
    int64_t at = strcmp(verb, "add") == 0 ? item->at : sim_now(sim);

    json_set(a, value, "from", from_json(sim, a, item->author));
    if (!removed && item->text.len > 0)
        json_set_str(a, value, "message", item->text);
    if (item->kind == SIM_COMMENT && !removed)
        json_set(a, value, "post", post_json(a, item));
    json_set_str(a, value, "post_id", item->root);
    if (item->kind == SIM_COMMENT) {
        json_set_str(a, value, "comment_id", item->id);
        json_set_str(a, value, "parent_id", item->parent != NULL ? item->parent->id : item->root);
    } else {
        json_set_int(a, value, "published", 1);
    }
    if (item->media != NULL && !removed)
        json_set_str(a, value, item->kind == SIM_COMMENT ? "photo" : "link", sim_media_url(sim, a, item->media));
    json_set_str(a, value, "item", str_from(item_name(item)));
    json_set_str(a, value, "verb", str_from(verb));
    json_set_int(a, value, "created_time", at / SECOND_US);
    return value;
}

void sim_facebook_feed(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb, int delay_ms)
{
    sim_changed(sim);
    sim_meta_change(sim, a, SIM_FACEBOOK, "page", "feed", item, feed_value(sim, a, item, verb), delay_ms);
}

uint64_t sim_facebook_echo(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    return sim_meta_change(sim, a, SIM_FACEBOOK, "page", "feed", item, feed_value(sim, a, item, "add"), delay_ms);
}

void sim_facebook_reaction(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by)
{
    struct json *value = json_object(a);

    json_set(a, value, "from", from_json(sim, a, by));
    json_set_str(a, value, "reaction_type", STR("like"));
    json_set_str(a, value, "post_id", item->root);
    if (item->kind == SIM_COMMENT)
        json_set_str(a, value, "comment_id", item->id);
    json_set_str(a, value, "parent_id", item->parent != NULL ? item->parent->id : item->root);
    json_set_str(a, value, "item", STR("reaction"));
    json_set_str(a, value, "verb", STR("add"));
    json_set_int(a, value, "created_time", sim_now(sim) / SECOND_US);
    sim_meta_change(sim, a, SIM_FACEBOOK, "page", "feed", item, value, 0);
}
