/* SPDX-License-Identifier: Apache-2.0 */
/* Posts of the community as colleagues see them: hidden ones, edits and reports too. */
#include "base/arena.h"
#include "base/json.h"
#include "care/forum.h"
#include "web/desk/model.h"

#define AROUND 6

struct posts {
    struct message *messages;
    struct member *members;
    size_t message_count, member_count;
};

static bool posts_read(struct tx *tx, struct visit *v, const struct post *list, size_t count, struct posts *out,
                       struct error *e)
{
    int64_t *ids = ARENA_ARRAY(v->arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = list[i].id;
    if (!message_by_ids(tx, v->arena, v->brand.id, ids, count, &out->messages, &out->message_count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        ids[i] = list[i].member_id;
    return member_by_ids(tx, v->arena, v->brand.id, ids, count, &out->members, &out->member_count, e);
}

static struct json *by_json(struct arena *a, const struct posts *posts, const struct names *names,
                            const struct post *post)
{
    struct json *by = json_object(a);
    const struct agent *agent = names_agent(names, post->agent_id);
    struct str name = agent ? agent->name : STR_EMPTY;
    for (size_t i = 0; i < posts->member_count && !agent; i++)
        if (posts->members[i].id == post->member_id)
            name = posts->members[i].name;
    json_set_str(a, by, "name", name);
    json_set_bool(a, by, "us", post->agent_id != 0);
    return by;
}

static struct json *reports_json(struct tx *tx, struct visit *v, const struct post *post, struct error *e)
{
    struct arena *a = v->arena;
    struct json *list = report_of(tx, a, v->brand.id, post->id, e);
    for (size_t i = 0; i < json_count(list); i++) {
        int64_t id = json_int(json_get(json_at(list, i), "member"), 0);
        struct member *member;
        size_t n;
        if (!member_by_ids(tx, a, v->brand.id, &id, 1, &member, &n, e))
            return NULL;
        json_set_str(a, list->items[i], "by", n ? member->name : STR_EMPTY);
    }
    return list;
}

static struct json *post_json(struct tx *tx, struct visit *v, const struct names *names, const struct posts *posts,
                              const struct post *post, const struct message *m, struct error *e)
{
    struct arena *a = v->arena;
    bool aside = m->place == PLACE_SET_ASIDE, agent = v->actor.role >= ROLE_AGENT;
    struct json *item = json_object(a), *reports = reports_json(tx, v, post, e);
    struct json *edits = reports ? post_edits(tx, a, v->brand.id, post->id, e) : NULL;
    if (!edits)
        return NULL;
    json_set_id(a, item, "id", post->id);
    json_set_id(a, item, "conversation", m->conversation_id);
    json_set(a, item, "by", by_json(a, posts, names, post));
    json_set_time(a, item, "at", post->at);
    json_set_str(a, item, "text", m->deleted_at ? STR_EMPTY : m->text);
    json_set_bool(a, item, "withdrawn", m->deleted_at != 0);
    json_set_bool(a, item, "hidden", !forum_is_seen(post, m));
    json_set_bool(a, item, "held", post->held);
    json_set_int(a, item, "thanks", post->thanks);
    json_set_str(a, item, "place", m->outbound ? STR_EMPTY : aside ? STR("aside") : str_from(place_name(m->place)));
    json_set(a, item, "aside_by", aside ? names_agent_json(a, names, m->place_by) : json_new_null(a));
    json_set_str(a, item, "reason", aside ? post->aside_reason : STR_EMPTY);
    json_set_str(a, item, "appeal", post->appeal);
    json_set_bool(a, item, "appealed", post->appeal_at && !post->appeal_by);
    json_set(a, item, "reports", reports);
    json_set(a, item, "edits", edits);
    json_set_bool(a, item, "may_aside", agent && !m->outbound && !aside && !m->deleted_at);
    json_set_bool(a, item, "may_show", agent && (aside || post->held) && !m->deleted_at);
    json_set_bool(a, item, "may_keep",
                  agent && aside && post->appeal_at && !post->appeal_by && m->place_by != v->actor.agent_id);
    json_set_bool(a, item, "may_accept", agent && forum_is_seen(post, m) && !m->deleted_at);
    return item;
}

struct json *topic_posts_model(struct tx *tx, struct visit *v, const struct names *names, const struct post *posts,
                               size_t count, struct error *e)
{
    struct posts read;
    struct json *list = json_array(v->arena);
    if (!posts_read(tx, v, posts, count, &read, e))
        return NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < read.message_count; k++)
            if (read.messages[k].id == posts[i].id) {
                struct json *item = post_json(tx, v, names, &read, &posts[i], &read.messages[k], e);
                if (!item)
                    return NULL;
                json_push(v->arena, list, item);
            }
    return list;
}

/* What is in the story itself is not said twice. */
static struct json *around_model(struct tx *tx, struct visit *v, const struct names *names, const struct topic *topic,
                                 int64_t conversation, struct error *e)
{
    struct arena *a = v->arena;
    struct post *posts;
    size_t count;
    if (!post_newest(tx, a, v->brand.id, topic->id, AROUND, &posts, &count, e))
        return NULL;
    for (size_t i = 0; i < count / 2; i++) {
        struct post post = posts[i];
        posts[i] = posts[count - 1 - i];
        posts[count - 1 - i] = post;
    }
    struct json *model = json_object(a), *others = json_array(a);
    struct json *list = topic_posts_model(tx, v, names, posts, count, e);
    if (!list)
        return NULL;
    for (size_t i = 0; i < json_count(list); i++)
        if (json_int(json_get(json_at(list, i), "conversation"), 0) != conversation)
            json_push(a, others, list->items[i]);
    json_set_id(a, model, "id", topic->id);
    json_set_str(a, model, "title", topic->title);
    json_set(a, model, "posts", others);
    return model;
}

bool topic_around(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                  struct json *told, struct error *e)
{
    struct arena *a = v->arena;
    struct topic topic;
    struct error here = {0};
    struct json *model = json_new_null(a);
    int64_t id = 0;
    for (size_t i = story->count; i-- > 0 && !id;)
        id = forum_topic_of(&story->messages[i]);
    if (id && topic_by_id(tx, a, v->brand.id, id, &topic, &here))
        model = around_model(tx, v, names, &topic, story->c.id, e);
    else if (id && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (!model)
        return false;
    json_set(a, told, "topic", model);
    return true;
}
