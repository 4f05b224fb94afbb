/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated Instagram tells of a mention elsewhere: fields of our own account, with parts in braces,
 * `mentioned_comment.comment_id(ID){id,text}` and `mentioned_media.media_id(ID){id,caption}`. As the Graph API it
 * refuses the whole call for one part that it does not know, and for what is gone, or of an account that is closed
 * to us. The address of a post is no part of a mentioned_media. */
#include "base/arena.h"
#include "base/json.h"
#include "sim/sim_meta.h"

#define COMMENT "mentioned_comment.comment_id("
#define POST    "mentioned_media.media_id("

static void refuse_gone(struct sim_call *c)
{
    sim_graph_error(c, 400, 100, 33,
                    "Unsupported get request. Object does not exist, cannot be loaded due to missing permissions, or "
                    "does not support this operation",
                    NULL);
}

static struct str permalink(struct sim_call *c, struct str media)
{
    return str_format(c->a, "https://www.instagram.com/p/%.*s/", STR_ARGS(media));
}

/* One part of a comment or a post; false when there is no such part. */
static bool tell_part(struct sim_call *c, struct json *j, const struct sim_item *item, struct str part)
{
    bool comment = item->kind == SIM_COMMENT;
    struct json *media;

    if (str_eq(part, STR("id"))) {
        json_set_str(c->a, j, "id", item->id);
    } else if (str_eq(part, comment ? STR("text") : STR("caption"))) {
        json_set_str(c->a, j, comment ? "text" : "caption", item->text);
    } else if (str_eq(part, STR("timestamp"))) {
        json_set_str(c->a, j, "timestamp", sim_graph_time(c->a, item->at));
    } else if (str_eq(part, STR("username"))) {
        json_set_str(c->a, j, "username", item->author->handle);
    } else if (comment && str_eq(part, STR("from"))) {
        json_set(c->a, j, "from", sim_instagram_author(c->sim, c->a, item->author));
    } else if (comment && str_starts(part, STR("media"))) {
        media = json_object(c->a);
        json_set_str(c->a, media, "id", item->root);
        if (str_find(part, STR("permalink")) >= 0)
            json_set_str(c->a, media, "permalink", permalink(c, item->root));
        json_set(c->a, j, "media", media);
    } else if (!comment && str_eq(part, STR("media_type"))) {
        json_set_str(c->a, j, "media_type", STR("IMAGE"));
    } else {
        return !comment && (str_eq(part, STR("owner")) || str_eq(part, STR("media_url"))); /* known, and not told */
    }
    return true;
}

/* Up to the next comma that stands in no braces. */
static struct str part_take(struct str *rest)
{
    size_t i = 0, depth = 0;
    struct str part;

    while (i < rest->len && (depth > 0 || rest->ptr[i] != ',')) {
        depth += rest->ptr[i] == '{';
        depth -= rest->ptr[i] == '}' && depth > 0;
        i++;
    }
    part = str_slice(*rest, 0, i);
    *rest = str_slice(*rest, i + 1, rest->len);
    return part;
}

static void tell_mention(struct sim_call *c, const struct sim_item *item, struct str parts)
{
    struct json *j = json_object(c->a);

    while (parts.len > 0) {
        struct str part = part_take(&parts);
        if (tell_part(c, j, item, part))
            continue;
        sim_graph_error(c, 400, 100, 0,
                        str_format(c->a, "(#100) Tried accessing nonexisting field (%.*s)", STR_ARGS(part)).ptr,
                        NULL);
        return;
    }
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, item->kind == SIM_COMMENT ? "mentioned_comment" : "mentioned_media", j);
    json_set_str(c->a, c->answer, "id", str_from(c->sim->lines[SIM_INSTAGRAM].account.account_id));
}

bool sim_instagram_mentioned(struct sim_call *c)
{
    struct str fields = sim_param(c, "fields");
    bool comment = str_starts(fields, STR(COMMENT));
    size_t from = comment ? sizeof COMMENT - 1 : sizeof POST - 1;
    ptrdiff_t end = str_find(fields, STR("){"));
    struct sim_item *item;

    if ((!comment && !str_starts(fields, STR(POST))) || end < 0 || !str_ends(fields, STR("}")))
        return false;
    item = sim_call_target(c, str_slice(fields, from, (size_t)end), comment ? SIM_COMMENT : SIM_POST);
    if (item == NULL || item->author == NULL || item->kind != (comment ? SIM_COMMENT : SIM_POST) ||
        item->author->blocked[SIM_INSTAGRAM] || !sim_instagram_names_us(c->sim, c->a, item))
        refuse_gone(c);
    else
        tell_mention(c, item, str_slice(fields, (size_t)end + 2, fields.len - 1));
    return true;
}
