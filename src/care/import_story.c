/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a conversation of the conversations format: members, references, times. */
#include "care/import_story.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "channels/channel.h"

/* ---- members, before any look into the database ---- */

#define MESSAGE_MEMBERS                                                                                              \
    "kind! id! channel! door! thread thread_title at ago# text content note link network_id identity parent "        \
    "answers "

static const struct item_kind {
    const char *name, *members;
    bool timed;
} item_kinds[] = {
    {"in", MESSAGE_MEMBERS "place place_by", true},
    {"out", MESSAGE_MEMBERS "by receipt", true},
    {"edit", "kind! of! at ago# text!", true},
    {"withdrawn", "kind! of! at ago#", true},
    {"note", "kind! by! at ago# text!", true},
    {"promise", "kind! of! by due_at due_ago# text! state!", false},
    {"handover", "kind! from! to! at ago# reason! summary", true},
};

static const struct item_kind *item_kind_of(const struct json *item)
{
    struct str name = json_text(json_get(item, "kind"));
    for (size_t i = 0; i < COUNT_OF(item_kinds); i++)
        if (str_eq(name, str_from(item_kinds[i].name)))
            return &item_kinds[i];
    return NULL;
}

static bool is_message(const struct json *item)
{
    struct str kind = json_text(json_get(item, "kind"));
    return str_eq(kind, STR("in")) || str_eq(kind, STR("out"));
}

static bool one_of(struct str word, const char *const *words)
{
    for (; *words; words++)
        if (str_eq(word, str_from(*words)))
            return true;
    return false;
}

static bool item_check(const struct import_run *run, const struct json *item, struct error *e)
{
    static const char *const receipts[] = {"sent", "accepted", "delivered", "read", "", NULL};
    static const char *const promises[] = {"noticed", "open", "kept", "broken", "dismissed", NULL};
    static const char *const places[] = {"", "waiting", "answered", "closed", "set_aside", NULL};
    const struct item_kind *kind = item_kind_of(item);
    int64_t at;
    if (!kind)
        return fail(e, ERR_BAD_INPUT, "“kind” of an item is in, out, edit, withdrawn, note, promise or handover.");
    if (!line_members(item, kind->members, "message or item", e) ||
        !line_time(run, item, kind->timed ? "" : "due_", &at, e))
        return false;
    if (at == 0)
        return fail(e, ERR_BAD_INPUT, "An item (%s) has no time.", kind->name);
    if (kind->timed && at > run->now + DAY_US)
        return fail(e, ERR_BAD_INPUT, "An item (%s) lies in the future.", kind->name);
    if (is_message(item) && json_text(json_get(item, "text")).len == 0 && !json_get(item, "content"))
        return fail(e, ERR_BAD_INPUT, "A message without words says what it is (“content”).");
    if (!one_of(json_text(json_get(item, "receipt")), receipts))
        return fail(e, ERR_BAD_INPUT, "A receipt is sent, delivered or read.");
    if (!one_of(json_text(json_get(item, "place")), places))
        return fail(e, ERR_BAD_INPUT, "A place is waiting, answered, closed or set_aside.");
    if (!kind->timed && !one_of(json_text(json_get(item, "state")), promises))
        return fail(e, ERR_BAD_INPUT, "A promise is noticed, open, kept, broken or dismissed.");
    return true;
}

bool conversation_check(const struct import_run *run, const struct json *line, struct error *e)
{
    static const char *const outcomes[] = {"solved", "thanks", "no_need", "unreachable", "joined", NULL};
    static const char *const asides[] = {"", "troll", "spam", NULL};
    const struct json *items = json_get(line, "items");
    enum conversation_state state = conversation_state_from(json_text(json_get(line, "state")));
    struct str priority = json_text(json_get(line, "priority")), outcome = json_text(json_get(line, "outcome"));
    if (state == CONVERSATION_STATES)
        return fail(e, ERR_BAD_INPUT, "A state is waiting, answered, snoozed, closed or set_aside.");
    if (priority.len && priority_from(priority) == PRIORITIES)
        return fail(e, ERR_BAD_INPUT, "A priority is grave, high, normal or low.");
    bool said = json_get(line, "closed_by") || json_get(line, "reason"); /* nobody of ours closed what was imported */
    if (state == CONVERSATION_CLOSED && (!said || !one_of(outcome, outcomes)))
        return fail(e, ERR_BAD_INPUT,
                    "A closed conversation says closed_by (or, where nobody here closed it, reason) and outcome "
                    "(solved, thanks, no_need or unreachable).");
    if (state == CONVERSATION_SET_ASIDE && (!json_get(line, "set_aside_by") || !json_get(line, "reason")))
        return fail(e, ERR_BAD_INPUT, "A conversation set aside says set_aside_by and reason.");
    if (state == CONVERSATION_SET_ASIDE && !one_of(outcome, asides) && !one_of(outcome, outcomes))
        return fail(e, ERR_BAD_INPUT, "The outcome of a conversation set aside is troll or spam.");
    if (json_count(items) == 0)
        return fail(e, ERR_BAD_INPUT, "A conversation without items.");
    for (size_t i = 0; i < json_count(items); i++)
        if (!item_check(run, json_at(items, i), e))
            return false;
    return true;
}

/* ---- reading ---- */

/* The slot of an item: the one that has it, or the free one where it belongs. */
static size_t *slot_of(struct plan *plan, struct str item)
{
    size_t i = (size_t)hash64(item) & (plan->slot_count - 1);
    while (plan->slots[i] && !str_eq(plan->messages[plan->slots[i] - 1].item, item))
        i = (i + 1) & (plan->slot_count - 1);
    return &plan->slots[i];
}

static void slots_make(struct plan *plan, size_t items)
{
    for (plan->slot_count = 8; plan->slot_count < items * 2;)
        plan->slot_count *= 2;
    plan->slots = ARENA_ARRAY(tx_arena(plan->h->tx), size_t, plan->slot_count);
}

struct plan_message *plan_message_of(struct plan *plan, struct str item)
{
    size_t slot = *slot_of(plan, item);
    return slot ? &plan->messages[slot - 1] : NULL;
}

static bool agent_of(struct plan *plan, const struct json *object, const char *name, int64_t *out, struct error *e)
{
    struct str id = json_text(json_get(object, name));
    *out = 0;
    return id.len == 0 || line_refer(plan->h, "agent", id, out, e);
}

static bool channel_of(struct plan *plan, struct str item, struct error *e)
{
    int64_t id;
    if (plan->channel.id && str_eq(plan->channel_item, item))
        return true;
    plan->channel_item = item;
    return line_refer(plan->h, "channel", item, &id, e) &&
           channel_row_by_id(plan->h->tx, tx_arena(plan->h->tx), plan->h->brand, id, &plan->channel, e);
}

/* The person on the channel's network: the identity the item names, or their first there. */
static bool identity_of(const struct plan *plan, struct str named, struct str *out, struct error *e)
{
    *out = named;
    for (size_t i = 0; i < plan->identity_count && !out->len; i++)
        if (str_eq(plan->identities[i].network, plan->channel.network))
            *out = plan->identities[i].external_id;
    return out->len || fail(e, ERR_BAD_INPUT, "%.*s has no identity on %.*s.", STR_ARGS(plan->person.name),
                            STR_ARGS(plan->channel.network));
}

static bool thread_of(struct plan *plan, const struct json *item, const struct door *door, struct plan_message *p,
                      const struct plan_message *parent, struct error *e)
{
    struct arena *a = tx_arena(plan->h->tx);
    struct str thread = line_text(plan->h, item, "thread");
    if (thread.len)
        p->m.thread_key = str_concat(a, door->kind == DOOR_DIRECT ? STR("dm:") : STR("post:"), thread);
    else if (door->kind == DOOR_PUBLIC)
        return fail(e, ERR_BAD_INPUT, "A message everybody reads (%s) needs its thread.", p->m.door.ptr);
    else if (door->kind == DOOR_PRIVATE && parent)
        p->m.thread_key = parent->m.thread_key;
    else
        p->m.thread_key = str_concat(a, STR("dm:"), p->m.author_id);
    p->thread_title = line_text(plan->h, item, "thread_title");
    return true;
}

/* What it answers: what the line says, else their newest message in that thread where the network needs one. */
static bool parent_of(struct plan *plan, const struct json *item, const struct door *door, struct plan_message *p,
                      const struct plan_message *parent, struct error *e)
{
    struct str named = json_text(json_get(item, "parent"));
    if (named.len && !parent)
        return fail(e, ERR_BAD_INPUT, "No message “%.*s” before this one in the conversation.", STR_ARGS(named));
    p->m.parent_id = parent ? parent->m.external_id : line_text(plan->h, item, "answers");
    if (p->m.parent_id.len || !p->m.outbound || door->kind == DOOR_DIRECT)
        return true;
    for (size_t i = plan->message_count; i-- > 0 && !p->m.parent_id.len;) {
        const struct message *before = &plan->messages[i].m;
        if (!before->outbound && str_eq(before->thread_key, p->m.thread_key))
            p->m.parent_id = before->external_id;
    }
    return true;
}

static struct str content_of(struct history *h, const struct json *item)
{
    struct str content = line_text(h, item, "content");
    for (int kind = MESSAGE_TEXT; kind <= MESSAGE_UNSUPPORTED; kind++)
        if (str_eq(content, str_from(message_kind_name((enum message_kind)kind))))
            return content;
    return content.len ? STR("unsupported") : STR("text");
}

static enum message_receipt receipt_of(const struct json *item)
{
    struct str word = json_text(json_get(item, "receipt"));
    return str_eq(word, STR("read"))        ? MESSAGE_READ
           : str_eq(word, STR("delivered")) ? MESSAGE_DELIVERED
                                            : MESSAGE_ACCEPTED;
}

static bool place_of(struct plan *plan, const struct json *item, struct plan_message *p, struct error *e)
{
    struct str word = json_text(json_get(item, "place"));
    for (int place = PLACE_WAITING; word.len && place < PLACES; place++)
        if (str_eq(word, str_from(place_name((enum place)place))))
            p->place = (enum place)place;
    return agent_of(plan, item, "place_by", &p->place_by, e);
}

static bool message_read(struct plan *plan, const struct json *item, struct error *e)
{
    struct history *h = plan->h;
    struct arena *a = tx_arena(h->tx);
    struct str id = json_text(json_get(item, "id")), network_id = line_text(h, item, "network_id");
    struct plan_message p = {.item = id, .order = plan->message_count};
    const struct plan_message *parent = plan_message_of(plan, json_text(json_get(item, "parent")));
    struct message *m = &p.m;
    if (plan_message_of(plan, id))
        return fail(e, ERR_BAD_INPUT, "Two messages with the id “%.*s”.", STR_ARGS(id));
    if (!channel_of(plan, json_text(json_get(item, "channel")), e))
        return false;
    const struct channel *channel = channel_find(plan->channel.network);
    const struct door *door = channel ? channel_door(channel, json_text(json_get(item, "door"))) : NULL;
    if (!door)
        return fail(e, ERR_BAD_INPUT, "%.*s has no door “%.*s”.", STR_ARGS(plan->channel.network),
                    STR_ARGS(json_text(json_get(item, "door"))));
    m->outbound = str_eq(json_text(json_get(item, "kind")), STR("out"));
    m->channel_id = plan->channel.id;
    m->door = str_from(door->name);
    m->is_public = door->kind == DOOR_PUBLIC;
    m->external_id =
        network_id.len ? network_id : str_format(a, "import:%.*s:%.*s", STR_ARGS(plan->id), STR_ARGS(id));
    m->kind = content_of(h, item);
    m->text = line_text(h, item, "text");
    m->note = line_text(h, item, "note");
    m->link = line_text(h, item, "link");
    m->receipt = m->outbound ? receipt_of(item) : MESSAGE_QUEUED;
    if (!identity_of(plan, line_text(h, item, "identity"), &m->author_id, e) ||
        !thread_of(plan, item, door, &p, parent, e) || !parent_of(plan, item, door, &p, parent, e) ||
        !line_time(h->run, item, "", &m->at, e) || !agent_of(plan, item, "by", &m->agent_id, e) ||
        !place_of(plan, item, &p, e))
        return false;
    plan->messages = list_room(a, plan->messages, plan->message_count, sizeof *plan->messages);
    plan->messages[plan->message_count++] = p;
    *slot_of(plan, id) = plan->message_count;
    return true;
}

/* An edit or a withdrawal. */
static bool change_read(struct plan *plan, const struct json *item, struct error *e)
{
    struct plan_message *p = plan_message_of(plan, json_text(json_get(item, "of")));
    int64_t at;
    if (!p)
        return fail(e, ERR_BAD_INPUT, "A change of “%.*s”, which is not in this conversation.",
                    STR_ARGS(json_text(json_get(item, "of"))));
    if (!line_time(plan->h->run, item, "", &at, e))
        return false;
    if (str_eq(json_text(json_get(item, "kind")), STR("withdrawn"))) {
        p->m.deleted_at = at;
        p->m.text = p->m.note = STR_EMPTY;
        p->edit_count = 0;
        return true;
    }
    if (p->m.deleted_at)
        return fail(e, ERR_BAD_INPUT, "“%.*s” is edited after it was withdrawn.", STR_ARGS(p->item));
    p->edits = list_room(tx_arena(plan->h->tx), p->edits, p->edit_count, sizeof *p->edits);
    p->edits[p->edit_count++] = (struct plan_edit){at, p->m.text};
    p->m.text = line_text(plan->h, item, "text");
    p->m.edited_at = at;
    return true;
}

/* A note or a hand-over. */
static bool entry_read(struct plan *plan, const struct json *item, struct error *e)
{
    bool note = str_eq(json_text(json_get(item, "kind")), STR("note"));
    struct entry entry = {.brand_id = plan->h->brand,
                          .kind = note ? STR("note") : STR("handover"),
                          .text = line_text(plan->h, item, note ? "text" : "reason"),
                          .summary = line_text(plan->h, item, "summary")};
    if (!line_time(plan->h->run, item, "", &entry.at, e) ||
        !agent_of(plan, item, note ? "by" : "from", &entry.agent_id, e) ||
        !agent_of(plan, item, "to", &entry.other_id, e))
        return false;
    plan->handovers += !note;
    entry.id = id_at(entry.at);
    plan->entries = list_room(tx_arena(plan->h->tx), plan->entries, plan->entry_count, sizeof *plan->entries);
    plan->entries[plan->entry_count++] = entry;
    return true;
}

static bool promise_read(struct plan *plan, const struct json *item, struct error *e)
{
    struct plan_promise p = {.of = json_text(json_get(item, "of"))};
    const struct plan_message *of = plan_message_of(plan, p.of);
    if (!of || !of->m.outbound)
        return fail(e, ERR_BAD_INPUT, "A promise is made in a message of ours in this conversation.");
    p.promise = (struct promise){.brand_id = plan->h->brand,
                                 .id = id_at(of->m.at),
                                 .person_id = plan->person.id,
                                 .text = line_text(plan->h, item, "text"),
                                 .state = line_text(plan->h, item, "state")};
    if (!line_time(plan->h->run, item, "due_", &p.promise.due_at, e) ||
        !agent_of(plan, item, "by", &p.promise.agent_id, e))
        return false;
    if (!p.promise.agent_id)
        p.promise.agent_id = of->m.agent_id;
    if (!str_eq(p.promise.state, STR("open")) && !str_eq(p.promise.state, STR("noticed"))) {
        p.promise.ended_at = p.promise.due_at < plan->h->run->now ? p.promise.due_at : plan->h->run->now;
        p.promise.ended_by = str_eq(p.promise.state, STR("broken")) ? 0 : p.promise.agent_id;
    }
    plan->promises = list_room(tx_arena(plan->h->tx), plan->promises, plan->promise_count, sizeof *plan->promises);
    plan->promises[plan->promise_count++] = p;
    return true;
}

static bool item_read(struct plan *plan, const struct json *item, struct error *e)
{
    struct str kind = json_text(json_get(item, "kind"));
    int64_t at;
    if (!line_time(plan->h->run, item, "", &at, e))
        return false;
    plan->first_at = at && (!plan->first_at || at < plan->first_at) ? at : plan->first_at;
    plan->last_at = at > plan->last_at ? at : plan->last_at;
    if (is_message(item))
        return message_read(plan, item, e);
    if (str_eq(kind, STR("edit")) || str_eq(kind, STR("withdrawn")))
        return change_read(plan, item, e);
    return str_eq(kind, STR("promise")) ? promise_read(plan, item, e) : entry_read(plan, item, e);
}

static bool labels_read(struct plan *plan, struct error *e)
{
    const struct json *labels = json_get(plan->line, "labels");
    plan->labels = ARENA_ARRAY(tx_arena(plan->h->tx), int64_t, json_count(labels) + 1);
    for (size_t i = 0; i < json_count(labels); i++)
        if (!line_refer(plan->h, "label", json_text(json_at(labels, i)), &plan->labels[plan->label_count++], e))
            return false;
    return true;
}

static int compare_times(const void *a, const void *b)
{
    const struct plan_message *x = a, *y = b;
    if (x->m.at != y->m.at)
        return x->m.at < y->m.at ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static bool frame_read(struct plan *plan, struct error *e)
{
    const struct json *line = plan->line;
    const struct import_run *run = plan->h->run;
    bool aside = plan->state == CONVERSATION_SET_ASIDE;
    return labels_read(plan, e) && agent_of(plan, line, "owner", &plan->owner, e) &&
           agent_of(plan, line, "need_by", &plan->need_by, e) &&
           agent_of(plan, line, aside ? "set_aside_by" : "closed_by", &plan->ended_by, e) &&
           line_time(run, line, "need_", &plan->need_at, e) && line_time(run, line, "closed_", &plan->ended_at, e) &&
           line_time(run, line, "until_", &plan->until, e);
}

static void messages_sort(struct plan *plan)
{
    if (plan->message_count == 0)
        return;
    qsort(plan->messages, plan->message_count, sizeof *plan->messages, compare_times);
    memset(plan->slots, 0, plan->slot_count * sizeof *plan->slots);
    for (size_t i = 0; i < plan->message_count; i++)
        *slot_of(plan, plan->messages[i].item) = i + 1;
}

bool plan_read(struct plan *plan, struct history *h, const struct json *line, struct error *e)
{
    struct arena *a = tx_arena(h->tx);
    const struct json *items = json_get(line, "items");
    int64_t person;
    *plan = (struct plan){.h = h,
                          .line = line,
                          .id = line_text(h, line, "id"),
                          .state = conversation_state_from(json_text(json_get(line, "state")))};
    if (!line_refer(h, "person", json_text(json_get(line, "person")), &person, e) ||
        !person_by_id(h->tx, a, h->brand, person, &plan->person, e) ||
        !identity_list(h->tx, a, h->brand, person, &plan->identities, &plan->identity_count, e) ||
        !frame_read(plan, e))
        return false;
    slots_make(plan, json_count(items));
    for (size_t i = 0; i < json_count(items); i++)
        if (!item_read(plan, json_at(items, i), e))
            return false;
    messages_sort(plan);
    return true;
}
