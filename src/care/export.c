/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the conversations format: the house first, then people, then conversations. */
#include "care/export.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/house.h"
#include "care/guide_files.h"
#include "store/agent.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/message.h"
#include "store/person.h"
#include "store/promise.h"
#include "store/shelf.h"

#define PAGE 200

struct export
{
    struct tx *tx;
    struct arena *a; /* of the page */
    int64_t brand;
    const struct export_sink *sink;
    struct export_report *report;
};

static bool line_out(struct export *x, const struct json *line, struct error *e)
{
    x->report->lines++;
    return x->sink->line(x->sink->ctx, json_to_str(x->a, line), e);
}

/* ---- members: empty ones are left out ---- */

static void text(struct export *x, struct json *object, const char *name, struct str value)
{
    if (value.len)
        json_set_str(x->a, object, name, value);
}

static void id(struct export *x, struct json *object, const char *name, int64_t value)
{
    if (value)
        json_set_id(x->a, object, name, value);
}

static void moment(struct export *x, struct json *object, const char *name, int64_t at)
{
    if (at)
        json_set_str(x->a, object, name, clock_iso(x->a, at));
}

static struct json *line_of(struct export *x, const char *type, int64_t own)
{
    struct json *line = json_object(x->a);
    json_set_str(x->a, line, "type", str_from(type));
    json_set_id(x->a, line, "id", own);
    return line;
}

/* ---- the house ---- */

static bool agents_out(struct export *x, struct error *e)
{
    struct agent *list;
    size_t n;
    if (!agent_list(x->tx, x->a, x->brand, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct json *line = line_of(x, "agent", list[i].id);
        text(x, line, "name", list[i].name);
        text(x, line, "email", list[i].email);
        text(x, line, "role", str_from(role_name(list[i].role)));
        text(x, line, "language", list[i].language);
        if (list[i].removed_at)
            json_set_bool(x->a, line, "removed", true);
        if (!line_out(x, line, e))
            return false;
    }
    return true;
}

static bool channels_out(struct export *x, struct error *e)
{
    struct channel_row *list;
    size_t n;
    if (!channel_row_list(x->tx, x->a, x->brand, true, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct json *line = line_of(x, "channel", list[i].id);
        text(x, line, "network", list[i].network);
        text(x, line, "name", list[i].name);
        if (!line_out(x, line, e))
            return false;
    }
    return true;
}

/* Labels and snippets come as JSON already: their members are those of the format, but for whose they are (only
 * everybody's go out). */
static bool shelf_out(struct export *x, const char *type, const struct json *list, struct error *e)
{
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_at(list, i);
        struct json *line = line_of(x, type, json_int(json_get(item, "id"), 0));
        for (size_t k = 0; k < item->count; k++)
            if (!str_eq(item->members[k].key, STR("id")) && !str_eq(item->members[k].key, STR("agent_id")))
                json_set(x->a, line, str_cstr(x->a, item->members[k].key), item->members[k].value);
        if (!line_out(x, line, e))
            return false;
    }
    return true;
}

static bool person_out(struct export *x, const struct person *person, struct error *e)
{
    struct identity *list;
    size_t n;
    if (!identity_list(x->tx, x->a, x->brand, person->id, &list, &n, e))
        return false;
    struct json *line = line_of(x, "person", person->id), *identities = json_array(x->a);
    text(x, line, "name", person->name);
    text(x, line, "language", person->language);
    text(x, line, "place", person->place);
    text(x, line, "note", person->note);
    moment(x, line, "since", person->since);
    for (size_t i = 0; i < n; i++) {
        struct json *identity = json_object(x->a);
        text(x, identity, "network", list[i].network);
        text(x, identity, "id", list[i].external_id);
        text(x, identity, "handle", list[i].handle);
        text(x, identity, "name", list[i].name);
        text(x, identity, "phone", list[i].phone);
        text(x, identity, "unreachable", list[i].unreachable);
        json_push(x->a, identities, identity);
    }
    json_set(x->a, line, "identities", identities);
    x->report->people++;
    return line_out(x, line, e);
}

static bool people_out(struct export *x, struct error *e)
{
    struct person *list;
    size_t n = PAGE;
    for (int64_t after = 0; n == PAGE;) {
        if (!person_list(x->tx, x->a, x->brand, after, PAGE, &list, &n, e))
            return false;
        for (size_t i = 0; i < n; i++)
            if (!list[i].merged_into && !person_out(x, &list[i], e))
                return false;
        after = n ? list[n - 1].id : 0;
        arena_reset(x->a);
    }
    return true;
}

/* ---- a conversation ---- */

struct story {
    const struct conversation *c;
    struct message *messages;
    size_t count;
    struct json *items;
};

static bool is_sent(const struct message *m)
{
    return !m->outbound || m->receipt >= MESSAGE_ACCEPTED;
}

static const char *receipt_word(enum message_receipt receipt)
{
    return receipt == MESSAGE_READ ? "read" : receipt == MESSAGE_DELIVERED ? "delivered" : "sent";
}

static const struct message *story_message(const struct story *s, struct str network_id)
{
    for (size_t i = s->count; network_id.len && i-- > 0;)
        if (str_eq(s->messages[i].external_id, network_id))
            return is_sent(&s->messages[i]) ? &s->messages[i] : NULL;
    return NULL;
}

static bool thread_out(struct export *x, const struct message *m, struct json *item, struct error *e)
{
    struct str title, link, key = m->thread_key;
    bool post = str_starts(key, STR("post:")), direct = str_starts(key, STR("dm:"));
    if (post || (direct && !str_eq(str_slice(key, 3, key.len), m->author_id)))
        text(x, item, "thread", str_slice(key, post ? 5 : 3, key.len));
    if (!thread_get(x->tx, x->a, x->brand, m->channel_id, key, &title, &link, e))
        return false;
    text(x, item, "thread_title", title);
    return true;
}

/* Words that were changed: as they came, then the change. Of several edits the last is kept. */
static bool words_out(struct export *x, struct story *s, const struct message *m, struct json *item, struct error *e)
{
    struct str before = STR_EMPTY;
    if (m->edited_at && !m->deleted_at && !message_edit_last(x->tx, x->a, x->brand, m->id, &before, e))
        return false;
    bool edited = before.len > 0;
    if (!str_eq(m->kind, STR("text")) || m->text.len == 0)
        text(x, item, "content", m->kind);
    json_set_str(x->a, item, "text", edited ? before : m->text);
    text(x, item, "note", m->note);
    text(x, item, "link", m->link);
    json_push(x->a, s->items, item);
    if (!edited && !m->deleted_at)
        return true;
    struct json *change = json_object(x->a);
    json_set_str(x->a, change, "kind", m->deleted_at ? STR("withdrawn") : STR("edit"));
    id(x, change, "of", m->id);
    moment(x, change, "at", m->deleted_at ? m->deleted_at : m->edited_at);
    if (edited)
        json_set_str(x->a, change, "text", m->text);
    json_push(x->a, s->items, change);
    return true;
}

static bool message_out(struct export *x, struct story *s, const struct message *m, struct error *e)
{
    struct json *item = json_object(x->a);
    const struct message *parent = story_message(s, m->parent_id);
    json_set_str(x->a, item, "kind", m->outbound ? STR("out") : STR("in"));
    id(x, item, "id", m->id);
    id(x, item, "channel", m->channel_id);
    text(x, item, "door", m->door);
    if (!thread_out(x, m, item, e))
        return false;
    moment(x, item, "at", m->at);
    text(x, item, "network_id", m->external_id);
    text(x, item, "identity", m->author_id);
    if (parent && (parent->at < m->at || (parent->at == m->at && parent->id < m->id)))
        id(x, item, "parent", parent->id);
    else
        text(x, item, "answers", m->parent_id);
    if (m->outbound) {
        id(x, item, "by", m->agent_id);
        text(x, item, "receipt", str_from(receipt_word(m->receipt)));
    } else if (m->place != PLACE_WITHDRAWN) {
        text(x, item, "place", str_from(place_name(m->place)));
        id(x, item, "place_by", m->place_by);
    }
    x->report->messages++;
    return words_out(x, s, m, item, e);
}

static bool messages_out(struct export *x, struct story *s, struct error *e)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!is_sent(&s->messages[i]))
            x->report->unsent++;
        else if (!message_out(x, s, &s->messages[i], e))
            return false;
    }
    return true;
}

static bool entries_out(struct export *x, struct story *s, struct error *e)
{
    struct entry *list;
    size_t n;
    if (!entry_list(x->tx, x->a, x->brand, s->c->id, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool note = str_eq(list[i].kind, STR("note"));
        if (!note && !str_eq(list[i].kind, STR("handover")))
            continue;
        struct json *item = json_object(x->a);
        json_set_str(x->a, item, "kind", list[i].kind);
        id(x, item, note ? "by" : "from", list[i].agent_id);
        if (!note)
            id(x, item, "to", list[i].other_id);
        moment(x, item, "at", list[i].at);
        text(x, item, note ? "text" : "reason", list[i].text);
        text(x, item, "summary", list[i].summary);
        json_push(x->a, s->items, item);
    }
    return true;
}

static bool promises_out(struct export *x, struct story *s, struct error *e)
{
    struct promise *list;
    size_t n;
    if (!promise_of_conversation(x->tx, x->a, x->brand, s->c->id, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool sent = false;
        for (size_t k = 0; k < s->count; k++)
            sent |= s->messages[k].id == list[i].message_id && is_sent(&s->messages[k]);
        if (!sent)
            continue;
        struct json *item = json_object(x->a);
        json_set_str(x->a, item, "kind", STR("promise"));
        id(x, item, "of", list[i].message_id);
        id(x, item, "by", list[i].agent_id);
        moment(x, item, "due_at", list[i].due_at);
        text(x, item, "text", list[i].text);
        text(x, item, "state", list[i].state);
        json_push(x->a, s->items, item);
    }
    return true;
}

static bool labels_out(struct export *x, const struct conversation *c, struct json *line, struct error *e)
{
    const struct json *list = label_list_of(x->tx, x->a, x->brand, c->id, e);
    struct json *ids = json_array(x->a);
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++)
        json_push(x->a, ids, json_new_str(x->a, json_text(json_get(json_at(list, i), "id"))));
    if (json_count(ids))
        json_set(x->a, line, "labels", ids);
    return true;
}

static void frame_out(struct export *x, const struct conversation *c, struct json *line)
{
    id(x, line, "person", c->person_id);
    text(x, line, "need", c->need);
    id(x, line, "need_by", c->need_by);
    moment(x, line, "need_at", c->need_at);
    id(x, line, "owner", c->owner_id);
    if (c->priority != PRIORITY_NORMAL)
        text(x, line, "priority", str_from(priority_name(c->priority)));
    if (c->returns)
        json_set_int(x->a, line, "returns", c->returns);
    text(x, line, "state", str_from(conversation_state_name(c->state)));
    if (c->state == CONVERSATION_SNOOZED)
        moment(x, line, "until_at", c->snooze_until);
    if (c->state != CONVERSATION_CLOSED && c->state != CONVERSATION_SET_ASIDE)
        return;
    id(x, line, c->state == CONVERSATION_CLOSED ? "closed_by" : "set_aside_by", c->closed_by);
    moment(x, line, "closed_at", c->closed_at);
    text(x, line, "outcome", c->outcome);
    text(x, line, "reason", c->reason);
}

static bool conversation_out(struct export *x, const struct conversation *c, struct error *e)
{
    struct story s = {.c = c, .items = json_array(x->a)};
    struct json *line = line_of(x, "conversation", c->id);
    frame_out(x, c, line);
    if (!labels_out(x, c, line, e) ||
        !message_list(x->tx, x->a, x->brand, c->id, (struct cursor){.limit = INT32_MAX}, &s.messages, &s.count, e) ||
        !messages_out(x, &s, e) || !entries_out(x, &s, e) || !promises_out(x, &s, e))
        return false;
    /* nothing is left of a conversation that was joined to another */
    if (json_count(s.items) == 0)
        return true;
    json_set(x->a, line, "items", s.items);
    x->report->conversations++;
    return line_out(x, line, e);
}

static bool conversations_out(struct export *x, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *page = arena_new();
    struct conversation_filter all = {.state = -1, .owner = -1, .priority = -1};
    struct cursor cursor = {.limit = PAGE};
    bool more = true;
    while (more) {
        struct conversation *list;
        size_t n;
        if (!conversation_list(x->tx, page, x->brand, &all, cursor, &list, &n, &more, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!conversation_out(x, &list[i], e))
                return false;
            arena_reset(x->a);
        }
        if (n)
            cursor = (struct cursor){.at = list[n - 1].last_at, .id = list[n - 1].id, .limit = PAGE};
        if (x->sink->progress)
            x->sink->progress(x->sink->ctx, x->report);
        arena_reset(page);
    }
    return true;
}

/* A help article or a guide in one language: the file of `ascolto article export` or `guide export`, on a line. */
static bool file_out(struct export *x, const char *type, struct str language, struct str name, struct str bytes,
                     struct error *e)
{
    struct json *line = json_object(x->a);
    json_set_str(x->a, line, "type", str_from(type));
    json_set_str(x->a, line, "id", str_format(x->a, "%.*s/%.*s", STR_ARGS(language), STR_ARGS(name)));
    text(x, line, "language", language);
    text(x, line, "name", name);
    text(x, line, "file", bytes);
    return line_out(x, line, e);
}

static bool article_out(void *ctx, struct str language, struct str name, struct str bytes, struct error *e)
{
    return file_out(ctx, "article", language, name, bytes, e);
}

static bool guide_out(void *ctx, struct str language, struct str name, struct str bytes, struct error *e)
{
    return file_out(ctx, "guide", language, name, bytes, e);
}

static bool export_read(struct tx *tx, void *ctx, struct error *e)
{
    struct export *x = ctx;
    x->tx = tx;
    return agents_out(x, e) && channels_out(x, e) && shelf_out(x, "label", label_list(tx, x->a, x->brand, e), e) &&
           shelf_out(x, "snippet", snippet_list(tx, x->a, x->brand, 0, e), e) &&
           article_export(tx, x->a, x->brand, article_out, x, e) &&
           guide_export(tx, x->a, x->brand, guide_out, x, e) && people_out(x, e) && conversations_out(x, e);
}

bool export_lines(struct house *house, int64_t brand, const struct export_sink *sink, struct export_report *report,
                  struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct export x = {.a = a, .brand = brand, .sink = sink, .report = report};
    *report = (struct export_report){0};
    return db_read(house->db, export_read, &x, e);
}
