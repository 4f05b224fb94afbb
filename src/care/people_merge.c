/* SPDX-License-Identifier: Apache-2.0 */
/* Merging two persons and taking them apart again. A merge writes down what it moved; what goes back is that, and
 * what came since through the identities that go back. Search rows carry the person in their scope: they move along.
 */
#include "base/arena.h"
#include "base/id.h"
#include "base/json.h"
#include "care/people_internal.h"
#include "care/search.h"
#include "care/story.h"
#include "store/channel.h"
#include "store/erasure.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/promise.h"

#define PAGE 200

/* ---- moving ---- */

static bool message_rescope(struct tx *tx, struct message *m, int64_t person, struct error *e)
{
    if (!search_message_gone(tx, m, e))
        return false;
    m->person_id = person;
    return search_message(tx, m, e);
}

static bool messages_rescope(struct tx *tx, const struct conversation *c, int64_t person, struct error *e)
{
    struct cursor cursor = {.limit = PAGE};
    for (;;) {
        struct message *list;
        size_t count;
        if (!message_list(tx, tx_arena(tx), c->brand_id, c->id, cursor, &list, &count, e))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!message_rescope(tx, &list[i], person, e))
                return false;
        if (count < PAGE)
            return true;
        cursor.at = list[0].at;
        cursor.id = list[0].id;
    }
}

static bool conversation_to_person(struct tx *tx, struct conversation *c, int64_t person, struct error *e)
{
    if (!messages_rescope(tx, c, person, e) || !search_need_gone(tx, c, e))
        return false;
    c->person_id = person;
    return search_need(tx, c, e) && conversation_move_person(tx, c->brand_id, c->id, person, e) &&
           message_move_person(tx, c->brand_id, c->id, person, e) &&
           promise_move_person(tx, c->brand_id, c->id, person, e) &&
           erasure_to_person(tx, c->brand_id, c->id, person, e);
}

bool person_conversations(struct tx *tx, int64_t brand, int64_t person, struct conversation **out, size_t *count,
                          struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = person};
    struct cursor cursor = {.limit = PAGE};
    bool more = true;
    *out = NULL;
    *count = 0;
    while (more) {
        struct conversation *page;
        size_t n;
        if (!conversation_list(tx, a, brand, &filter, cursor, &page, &n, &more, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            *out = list_room(a, *out, *count, sizeof **out);
            (*out)[(*count)++] = page[i];
        }
        if (n) {
            cursor.at = page[n - 1].last_at;
            cursor.id = page[n - 1].id;
        }
    }
    return true;
}

/* ---- merge ---- */

static bool merge_check(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct person *source,
                        struct person *target, struct error *e)
{
    if (from == into)
        return fail(e, ERR_BAD_INPUT, "These are the same person already.");
    if (!person_by_id(tx, tx_arena(tx), brand, from, source, e) ||
        !person_by_id(tx, tx_arena(tx), brand, into, target, e))
        return false;
    if (source->merged_into || target->merged_into)
        return fail(e, ERR_CONFLICT, "One of the two was merged already.");
    return true;
}

static struct json *door_json(struct arena *a, const struct identity *identity)
{
    struct json *door = json_object(a);
    json_set_str(a, door, "network", identity->network);
    json_set_str(a, door, "id", identity->external_id);
    return door;
}

/* {conversations: [id], identities: [{network, id}], since, last_at}: the last two are the target's before. */
static struct json *moved_write(struct arena *a, const struct conversation *conversations, size_t n_conversations,
                                const struct identity *identities, size_t n_identities, const struct person *target)
{
    struct json *moved = json_object(a), *ids = json_array(a), *doors = json_array(a);
    for (size_t i = 0; i < n_conversations; i++)
        json_push(a, ids, json_new_str(a, str_format(a, "%lld", (long long)conversations[i].id)));
    for (size_t i = 0; i < n_identities; i++)
        json_push(a, doors, door_json(a, &identities[i]));
    json_set(a, moved, "conversations", ids);
    json_set(a, moved, "identities", doors);
    json_set_int(a, moved, "since", target->since);
    json_set_int(a, moved, "last_at", target->last_at);
    return moved;
}

static bool merge_write(struct tx *tx, const struct person_merge *row, struct error *e)
{
    struct json *data = json_object(tx_arena(tx));
    json_set_id(tx_arena(tx), data, "from", row->from_id);
    json_set_id(tx_arena(tx), data, "merge", row->id);
    return person_merge_add(tx, row, e) &&
           person_event(tx, "person.merged", row->brand_id, row->into_id, row->agent_id, data, e);
}

bool person_merge(struct tx *tx, int64_t brand, int64_t from, int64_t into, int64_t actor, int64_t *merge,
                  struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct person source, target;
    struct identity *identities;
    struct conversation *conversations;
    size_t n_identities, n_conversations;
    if (!merge_check(tx, brand, from, into, &source, &target, e) ||
        !identity_list(tx, a, brand, from, &identities, &n_identities, e) ||
        !person_conversations(tx, brand, from, &conversations, &n_conversations, e))
        return false;
    struct json *moved = moved_write(a, conversations, n_conversations, identities, n_identities, &target);
    for (size_t i = 0; i < n_conversations; i++)
        if (!conversation_to_person(tx, &conversations[i], into, e))
            return false;
    source.merged_into = into;
    target.since = source.since && source.since < target.since ? source.since : target.since;
    target.last_at = source.last_at > target.last_at ? source.last_at : target.last_at;
    struct person_merge row = {.brand_id = brand,
                               .id = *merge = id_new(),
                               .from_id = from,
                               .into_id = into,
                               .agent_id = actor,
                               .moved = json_to_str(a, moved),
                               .at = tx_now(tx)};
    return identity_move(tx, brand, from, into, e) && person_update(tx, &source, e) &&
           person_update(tx, &target, e) && merge_write(tx, &row, e);
}

bool person_rehome(struct tx *tx, int64_t brand, int64_t from, int64_t into, struct error *e)
{
    struct person source, target;
    struct conversation *conversations;
    size_t count;
    if (!merge_check(tx, brand, from, into, &source, &target, e) ||
        !person_conversations(tx, brand, from, &conversations, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!conversation_to_person(tx, &conversations[i], into, e))
            return false;
    if (!search_person_gone(tx, &source, e))
        return false;
    source.merged_into = into;
    target.since = source.since && source.since < target.since ? source.since : target.since;
    target.last_at = source.last_at > target.last_at ? source.last_at : target.last_at;
    return identity_move(tx, brand, from, into, e) && person_update(tx, &source, e) && person_update(tx, &target, e);
}

/* ---- and back ---- */

struct parting {
    struct person_merge merge;
    struct person source, into;
    struct person holder; /* who has it all now: `into`, or whom that was merged into since */
    struct json *moved;
    const struct json *doors; /* of who goes back */
    struct json *others;      /* of who stays */
    struct channel_row *channels;
    size_t channel_count;
};

/* Whether a message came from, or went to, one of these identities. */
static bool is_of(const struct parting *p, const struct json *doors, const struct message *m)
{
    struct str network = STR_EMPTY;
    for (size_t i = 0; i < p->channel_count; i++)
        if (p->channels[i].id == m->channel_id)
            network = p->channels[i].network;
    for (size_t d = 0; d < json_count(doors); d++) {
        const struct json *door = json_at(doors, d);
        if (str_eq(m->author_id, json_text(json_get(door, "id"))) &&
            str_eq(network, json_text(json_get(door, "network"))))
            return true;
    }
    return false;
}

/* What the network told since of who goes back (another id of theirs) goes with them. */
static bool doors_since(struct tx *tx, struct parting *p, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct json *moved = json_get(p->moved, "identities");
    struct json *doors = json_array(a);
    struct identity *list;
    size_t count;
    for (size_t i = 0; i < json_count(moved); i++)
        json_push(a, doors, moved->items[i]);
    p->doors = doors;
    p->others = json_array(a);
    if (!identity_list(tx, a, p->merge.brand_id, p->holder.id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool theirs = false, known = false;
        for (size_t d = 0; d < json_count(moved); d++) {
            struct str network = json_text(json_get(json_at(moved, d), "network"));
            struct str id = json_text(json_get(json_at(moved, d), "id"));
            for (size_t k = 0; k < count; k++)
                theirs |= str_eq(list[k].network, network) && str_eq(list[k].external_id, id) &&
                          list[k].first_person_id == list[i].first_person_id;
            known |= str_eq(list[i].network, network) && str_eq(list[i].external_id, id);
        }
        if (!known)
            json_push(a, theirs ? doors : p->others, door_json(a, &list[i]));
    }
    return true;
}

static bool parting_read(struct tx *tx, int64_t brand, int64_t id, struct parting *p, struct error *e)
{
    struct arena *a = tx_arena(tx);
    if (!person_merge_by_id(tx, a, brand, id, &p->merge, e))
        return false;
    if (p->merge.undone_at)
        return fail(e, ERR_CONFLICT, "This merge was undone already.");
    p->moved = json_parse(a, p->merge.moved, e);
    if (!p->moved || !person_by_id(tx, a, brand, p->merge.from_id, &p->source, e) ||
        !person_by_id(tx, a, brand, p->merge.into_id, &p->into, e) ||
        !channel_row_list(tx, a, brand, true, &p->channels, &p->channel_count, e))
        return false;
    p->holder = p->into;
    while (p->holder.merged_into)
        if (!person_by_id(tx, a, brand, p->holder.merged_into, &p->holder, e))
            return false;
    return doors_since(tx, p, e);
}

bool conversation_figures_again(struct tx *tx, struct conversation *c, int64_t messages, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message in = {0}, out = {0};
    struct outbox *rows;
    size_t count;
    struct error here = {0};
    if (!outbox_of(tx, a, c->brand_id, c->id, &rows, &count, e))
        return false;
    if (!message_newest_in(tx, a, c->brand_id, c->id, &in, &here) && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    here = (struct error){0};
    if (!message_last_out(tx, a, c->brand_id, c->id, 0, &out, &here) && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    c->messages += messages;
    c->failed = 0;
    for (size_t i = 0; i < count; i++)
        c->failed += str_eq(rows[i].state, STR("failed"));
    c->last_in_at = in.at;
    c->last_out_at = out.at;
    c->last_at = in.at > out.at ? in.at : out.at;
    if (in.id) {
        c->preview = story_preview(a, &in);
        c->channel_id = in.channel_id;
        c->door = in.door;
    }
    return story_settle(tx, c, e);
}

static bool message_to(struct tx *tx, struct message *m, const struct conversation *c, struct error *e)
{
    return message_rescope(tx, m, c->person_id, e) && message_move(tx, m->brand_id, m->id, c->id, c->person_id, e) &&
           outbox_move(tx, m->brand_id, m->id, c->id, e) &&
           promise_move(tx, m->brand_id, m->id, m->conversation_id, c->id, c->person_id, e);
}

static bool conversation_for(struct tx *tx, int64_t person, const struct conversation *shared, struct conversation *c,
                             struct error *e)
{
    struct error here = {0};
    if (conversation_newest_of(tx, tx_arena(tx), shared->brand_id, person, c, &here))
        return true;
    if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    *c = (struct conversation){.brand_id = shared->brand_id,
                               .id = id_new(),
                               .person_id = person,
                               .state = shared->state,
                               .owner_id = shared->owner_id,
                               .priority = shared->priority,
                               .language = shared->language,
                               .created_at = tx_now(tx)};
    return conversation_add(tx, c, e);
}

/* A story both wrote in since the merge: what is of these identities leaves it, to this person. */
static bool story_part(struct tx *tx, const struct parting *p, struct conversation *shared, const struct json *doors,
                       int64_t person, struct error *e)
{
    struct conversation c = {0};
    struct cursor cursor = {.limit = PAGE};
    int64_t moved = 0;
    for (;;) {
        struct message *list;
        size_t count;
        if (!message_list(tx, tx_arena(tx), shared->brand_id, shared->id, cursor, &list, &count, e))
            return false;
        for (size_t i = 0; i < count; i++) {
            bool before = doors == p->others && list[i].id < p->merge.id; /* theirs when they came */
            if (before || !is_of(p, doors, &list[i]))
                continue;
            if ((c.id == 0 && !conversation_for(tx, person, shared, &c, e)) || !message_to(tx, &list[i], &c, e))
                return false;
            moved++;
        }
        if (count < PAGE)
            break;
        cursor.at = list[0].at;
        cursor.id = list[0].id;
    }
    if (moved == 0)
        return true;
    story_on_us(&c); /* settled in a moment */
    return conversation_figures_again(tx, &c, moved, e) && conversation_figures_again(tx, shared, -moved, e);
}

/* Only what the holder still has: another merge that was undone since may have taken its own already. What the holder
 * wrote in their stories since stays with the holder. */
static bool stories_back(struct tx *tx, const struct parting *p, struct error *e)
{
    const struct json *ids = json_get(p->moved, "conversations");
    struct conversation *list = ARENA_ARRAY(tx_arena(tx), struct conversation, json_count(ids) + 1);
    size_t count = 0;
    for (size_t i = 0; i < json_count(ids); i++) {
        struct conversation *c = &list[count];
        if (!conversation_by_id(tx, tx_arena(tx), p->merge.brand_id, json_int(json_at(ids, i), 0), c, e))
            return false;
        bool has = c->person_id == p->holder.id;
        if (has && !conversation_to_person(tx, c, p->source.id, e))
            return false;
        count += has;
    }
    for (size_t i = 0; i < count; i++)
        if (!story_part(tx, p, &list[i], p->others, p->holder.id, e))
            return false;
    return true;
}

static bool doors_back(struct tx *tx, const struct parting *p, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = p->merge.brand_id;
    for (size_t i = 0; i < json_count(p->doors); i++) {
        struct identity identity;
        struct str network = json_text(json_get(json_at(p->doors, i), "network"));
        struct str external_id = json_text(json_get(json_at(p->doors, i), "id"));
        if (!identity_find(tx, a, brand, network, external_id, &identity, e))
            return false;
        if (identity.person_id == p->holder.id &&
            !identity_move_one(tx, brand, network, external_id, p->source.id, e))
            return false;
    }
    return true;
}

/* Whether nobody but them wrote or was written to. */
static bool is_all_theirs(struct tx *tx, const struct parting *p, const struct conversation *c, bool *all,
                          struct error *e)
{
    struct cursor cursor = {.limit = PAGE};
    bool any = false;
    *all = true;
    for (size_t count = PAGE; *all && count == PAGE;) {
        struct message *list;
        if (!message_list(tx, tx_arena(tx), c->brand_id, c->id, cursor, &list, &count, e))
            return false;
        for (size_t i = 0; i < count; i++)
            *all &= is_of(p, p->doors, &list[i]);
        any |= count > 0;
        if (count) {
            cursor.at = list[0].at;
            cursor.id = list[0].id;
        }
    }
    *all &= any;
    return true;
}

static bool later_back(struct tx *tx, const struct parting *p, struct error *e)
{
    struct conversation *list;
    size_t count;
    if (!person_conversations(tx, p->merge.brand_id, p->holder.id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool all;
        if (!is_all_theirs(tx, p, &list[i], &all, e))
            return false;
        if (all ? !conversation_to_person(tx, &list[i], p->source.id, e)
                : !story_part(tx, p, &list[i], p->doors, p->source.id, e))
            return false;
    }
    return true;
}

/* The times they had before, unless something came since. */
static bool times_back(struct tx *tx, struct parting *p, struct error *e)
{
    struct conversation *list;
    size_t count;
    int64_t last_at = json_int(json_get(p->moved, "last_at"), 0), since = json_int(json_get(p->moved, "since"), 0);
    int64_t merged = p->source.last_at > last_at ? p->source.last_at : last_at;
    p->into.since = since ? since : p->into.since;
    p->into.last_at = since && p->into.last_at == merged ? last_at : p->into.last_at;
    if (!person_update(tx, &p->into, e))
        return false;
    if (!person_conversations(tx, p->merge.brand_id, p->source.id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].last_in_at > p->source.last_at)
            p->source.last_at = list[i].last_in_at;
    p->source.merged_into = 0;
    return person_update(tx, &p->source, e);
}

bool person_unmerge(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e)
{
    struct parting p = {0};
    return parting_read(tx, brand, id, &p, e) && stories_back(tx, &p, e) && doors_back(tx, &p, e) &&
           later_back(tx, &p, e) && times_back(tx, &p, e) && person_merge_undone(tx, brand, id, tx_now(tx), e) &&
           person_event(tx, "person.unmerged", brand, p.merge.into_id, actor, NULL, e);
}
