/* SPDX-License-Identifier: Apache-2.0 */
/* The talks that TikTok lists when it is asked: those we never answered (STRANGER), then the others (SINGLE), and of
 * each that was heard lately its last twenty messages. What is still to be asked for is handed on (carry) as {todo:
 * [talk], kind: of the talks that are listed next, or 2, after: where their list goes on}. */
#include "channels/channel_tiktok.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/url.h"

#define TODO_MAX 100 /* TikTok lists no more talks */

static const char *const kinds[] = {"STRANGER", "SINGLE"};

struct walk {
    struct json *todo;
    int64_t kind, after;
};

static struct walk walk_read(struct arena *a, struct str carry)
{
    struct json *root = carry.len ? json_parse(a, carry, NULL) : NULL;
    struct walk w = {.todo = todo_read(a, json_get(root, "todo"), TODO_MAX),
                     .kind = json_int(json_get(root, "kind"), 0),
                     .after = json_int(json_get(root, "after"), 0)};
    if (w.kind < 0 || w.kind > (int64_t)COUNT_OF(kinds))
        w.kind = 0;
    return w;
}

static struct str walk_write(struct arena *a, const struct walk *w)
{
    struct json *root = json_object(a);
    json_set(a, root, "todo", w->todo);
    json_set_int(a, root, "kind", w->kind);
    json_set_int(a, root, "after", w->after);
    return json_to_str(a, root);
}

bool tiktok_ask_talks(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                      struct error *e)
{
    struct walk w = walk_read(a, asking->carry);
    struct str us = url_encode(a, settings_get(s, "business_id")), talk = url_encode(a, todo_first(w.todo));
    if (str_find(settings_get(s, "scope"), STR("message.list.read")) < 0)
        return fail(e, ERR_NOT_FOUND, "Messages were not asked for: the scope has no message.list.read.");
    struct str path =
        talk.len ? str_format(a, "business/message/content/list/?business_id=%.*s&conversation_id=%.*s", STR_ARGS(us),
                              STR_ARGS(talk))
                 : str_format(a,
                              "business/message/conversation/list/?business_id=%.*s&conversation_type=%s&limit=100&"
                              "cursor=%" PRId64,
                              STR_ARGS(us), kinds[w.kind < (int64_t)COUNT_OF(kinds) ? w.kind : 0], w.after);
    if (!tiktok_call(a, s, "GET", path, call, e))
        return false;
    call->reply_max = 4 << 20;
    return true;
}

/* Names of who talks stand beside the messages. */
static void name_author(struct tiktok_reading *r, const struct json *people, struct channel_event *event)
{
    for (size_t i = 0; json_is(people, JSON_ARRAY) && i < json_count(people); i++) {
        const struct json *one = json_at(people, i);
        if (!str_eq(json_id(json_get(one, "id")), event->author.external_id))
            continue;
        event->author.name = read_text(r->a, json_get(one, "display_name"));
        event->author.avatar_url = read_text(r->a, json_get(one, "profile_image"));
    }
}

static void read_messages(struct tiktok_reading *r, const struct json *data)
{
    const struct json *list = json_get(data, "messages");
    struct place at = {NULL, "messages", -1};
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        int64_t when = read_time(json_get(json_at(list, i), "timestamp"));
        size_t before = r->events->count;
        at.index = (ptrdiff_t)i;
        if (when && when < r->asking->since)
            continue;
        tiktok_message(r, json_at(list, i), &at, false);
        if (r->events->count > before)
            name_author(r, json_get(data, "participants"), &r->events->items[before]);
    }
}

static void read_talks(struct tiktok_reading *r, const struct json *data, struct walk *w)
{
    const struct json *list = json_get(data, "conversations");
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
        struct str id = read_id(r->a, json_get(json_at(list, i), "conversation_id"));
        int64_t heard = read_time(json_get(json_at(list, i), "update_time"));
        if (id.len && (!heard || heard >= r->asking->since))
            (void)todo_add(r->a, w->todo, id, TODO_MAX);
    }
}

void tiktok_asked_talks(struct tiktok_reading *r, const struct http_reply *reply, struct asked *out)
{
    struct json *body = json_parse(r->a, reply->body, NULL);
    const struct json *data = tiktok_data(reply, body);
    struct walk w = walk_read(r->a, r->asking->carry);
    bool inside = todo_first(w.todo).len > 0;
    if (!json_is(data, JSON_OBJECT)) {
        tiktok_problem(r->a, NULL, reply, body, &out->outcome);
        if (!inside || out->outcome.failure != FAILURE_GONE) /* a talk that was removed meanwhile is no failure */
            return;
        out->outcome = (struct outcome){0};
        data = NULL;
    }
    if (inside) {
        read_messages(r, data);
        w.todo = todo_rest(r->a, w.todo);
    } else {
        int64_t next = json_bool(json_get(data, "has_more"), false) ? json_int(json_get(data, "cursor"), 0) : 0;
        bool on = next != 0 && next != w.after;
        read_talks(r, data, &w);
        w.after = on ? next : 0;
        w.kind += on ? 0 : 1;
    }
    out->more = json_count(w.todo) > 0 || w.kind < (int64_t)COUNT_OF(kinds);
    out->carry = out->more ? walk_write(r->a, &w) : STR_EMPTY;
}
