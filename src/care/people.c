/* SPDX-License-Identifier: Apache-2.0 */
/* Identities and persons. */
#include "care/people.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/search.h"
#include "store/conversation.h"
#include "store/event.h"
#include "store/message.h"
#include "store/promise.h"

/* What somebody is called of whom the network says no name: "Facebook ···5802". */
static struct str name_of_nobody(struct arena *a, struct str network, struct str external_id)
{
    const struct channel *channel = channel_find(network);
    size_t from = external_id.len > 4 ? external_id.len - 4 : 0;
    return str_format(a, "%s ···%.*s", channel ? channel->label : "", STR_ARGS(str_slice(external_id, from, external_id.len)));
}

static struct str name_of_author(const struct channel_author *author, struct str network, struct arena *a)
{
    if (author->name.len)
        return author->name;
    if (author->handle.len)
        return str_format(a, "@%.*s", STR_ARGS(author->handle));
    if (author->phone.len)
        return str_format(a, "+%.*s", STR_ARGS(author->phone));
    return name_of_nobody(a, network, author->external_id.len ? author->external_id : author->also_known_as);
}

static bool identity_of(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                        struct identity *out, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct error here = {0};
    if (author->external_id.len && identity_find(tx, a, brand, network, author->external_id, out, &here))
        return true;
    if ((here.code == ERR_NONE || here.code == ERR_NOT_FOUND) && author->also_known_as.len) {
        here = (struct error){0};
        if (identity_find(tx, a, brand, network, author->also_known_as, out, &here))
            return true;
    }
    if (here.code != ERR_NONE && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    return fail(e, ERR_NOT_FOUND, "Not seen before.");
}

static bool identity_new(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                         const struct channel_author *author, int64_t person, int64_t at, struct error *e)
{
    struct identity identity = {.brand_id = brand,
                                .network = network,
                                .external_id = external_id,
                                .person_id = person,
                                .first_person_id = person,
                                .handle = author->handle,
                                .name = author->name,
                                .phone = author->phone,
                                .seen_at = at};
    return identity_add(tx, &identity, e);
}

/* What the network says of a known person: new names and a second id are kept. */
static bool identity_refresh(struct tx *tx, struct str network, const struct channel_author *author, int64_t at,
                             struct identity *known, struct error *e)
{
    bool changed = (author->handle.len && !str_eq(author->handle, known->handle)) ||
                   (author->name.len && !str_eq(author->name, known->name)) ||
                   (author->phone.len && !str_eq(author->phone, known->phone));
    if (changed) {
        known->handle = author->handle.len ? author->handle : known->handle;
        known->name = author->name.len ? author->name : known->name;
        known->phone = author->phone.len ? author->phone : known->phone;
        known->seen_at = at;
        if (!identity_update(tx, known, e))
            return false;
    }
    struct str ids[] = {author->external_id, author->also_known_as};
    for (size_t i = 0; author->also_known_as.len && i < COUNT_OF(ids); i++) {
        struct identity other;
        struct error here = {0};
        if (ids[i].len == 0 || identity_find(tx, tx_arena(tx), known->brand_id, network, ids[i], &other, &here))
            continue;
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        if (!identity_new(tx, known->brand_id, network, ids[i], author, known->person_id, at, e))
            return false;
    }
    return true;
}

static bool person_make(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                        struct str language, int64_t at, struct person *out, struct error *e)
{
    *out = (struct person){.brand_id = brand,
                           .id = id_new(),
                           .name = name_of_author(author, network, tx_arena(tx)),
                           .language = language,
                           .since = at,
                           .last_at = at};
    if (!person_add(tx, out, e) || !search_person(tx, out, e))
        return false;
    if (author->external_id.len && !identity_new(tx, brand, network, author->external_id, author, out->id, at, e))
        return false;
    return author->also_known_as.len == 0 || str_eq(author->also_known_as, author->external_id) ||
           identity_new(tx, brand, network, author->also_known_as, author, out->id, at, e);
}

bool person_of_author(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                      struct str language, int64_t at, struct person *out, struct error *e)
{
    struct identity identity;
    struct error here = {0};
    if (!identity_of(tx, brand, network, author, &identity, &here)) {
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        return person_make(tx, brand, network, author, language, at, out, e);
    }
    if (!identity_refresh(tx, network, author, at, &identity, e) ||
        !person_by_id(tx, tx_arena(tx), brand, identity.person_id, out, e))
        return false;
    /* somebody known only by a number or handle now says a name */
    bool nameless = out->name.len == 0 || str_starts(out->name, STR("+")) || str_starts(out->name, STR("@")) ||
                    str_eq(out->name, name_of_nobody(tx_arena(tx), network, identity.external_id));
    if (nameless && author->name.len) {
        if (!search_person_gone(tx, out, e))
            return false;
        out->name = author->name;
        if (!person_update(tx, out, e) || !search_person(tx, out, e))
            return false;
    }
    return person_seen(tx, brand, out->id, at, e);
}

static bool person_event(struct tx *tx, const char *kind, int64_t brand, int64_t person, int64_t actor,
                         struct json *data, struct error *e)
{
    struct event event = {.brand_id = brand,
                          .kind = str_from(kind),
                          .subject_id = person,
                          .actor_id = actor,
                          .at = tx_now(tx),
                          .data = data ? json_to_str(tx_arena(tx), data) : STR_EMPTY};
    return event_add(tx, &event, e);
}

bool person_rename(struct tx *tx, int64_t brand, int64_t id, struct str name, struct str language, struct str place,
                   int64_t actor, struct error *e)
{
    struct person person;
    name = str_trim(name);
    if (name.len == 0 || name.len > 200)
        return fail(e, ERR_BAD_INPUT, "A person needs a name of at most 200 bytes.");
    if (!person_by_id(tx, tx_arena(tx), brand, id, &person, e) || !search_person_gone(tx, &person, e))
        return false;
    person.name = name;
    person.language = language;
    person.place = str_trim(place);
    return person_update(tx, &person, e) && search_person(tx, &person, e) &&
           person_event(tx, "person.changed", brand, id, actor, NULL, e);
}

bool person_set_note(struct tx *tx, int64_t brand, int64_t id, struct str note, int64_t actor, struct error *e)
{
    struct person person;
    if (note.len > 4000)
        return fail(e, ERR_BAD_INPUT, "A note about a person has at most 4,000 bytes.");
    if (!person_by_id(tx, tx_arena(tx), brand, id, &person, e))
        return false;
    person.note = str_trim(note);
    return person_update(tx, &person, e) && person_event(tx, "person.noted", brand, id, actor, NULL, e);
}

/* ---- merge ---- */

static bool conversations_of(struct tx *tx, int64_t brand, int64_t person, struct conversation **out, size_t *count,
                             struct error *e)
{
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = person};
    bool more;
    return conversation_list(tx, tx_arena(tx), brand, &filter, (struct cursor){.limit = 1000}, out, count, &more, e);
}

static bool conversation_to_person(struct tx *tx, int64_t brand, int64_t conversation, int64_t person,
                                   struct error *e)
{
    return conversation_move_person(tx, brand, conversation, person, e) &&
           message_move_person(tx, brand, conversation, person, e) &&
           promise_move_person(tx, brand, conversation, person, e);
}

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
        !conversations_of(tx, brand, from, &conversations, &n_conversations, e))
        return false;
    struct json *moved = json_object(a), *ids = json_array(a), *doors = json_array(a);
    for (size_t i = 0; i < n_conversations; i++) {
        json_push(a, ids, json_new_str(a, str_format(a, "%lld", (long long)conversations[i].id)));
        if (!conversation_to_person(tx, brand, conversations[i].id, into, e))
            return false;
    }
    for (size_t i = 0; i < n_identities; i++) {
        struct json *door = json_object(a);
        json_set_str(a, door, "network", identities[i].network);
        json_set_str(a, door, "id", identities[i].external_id);
        json_push(a, doors, door);
    }
    json_set(a, moved, "conversations", ids);
    json_set(a, moved, "identities", doors);
    source.merged_into = into;
    target.since = source.since && source.since < target.since ? source.since : target.since;
    target.last_at = source.last_at > target.last_at ? source.last_at : target.last_at;
    struct person_merge row = {.brand_id = brand,
                               .id = id_new(),
                               .from_id = from,
                               .into_id = into,
                               .agent_id = actor,
                               .moved = json_to_str(a, moved),
                               .at = tx_now(tx)};
    *merge = row.id;
    struct json *data = json_object(a);
    json_set_id(a, data, "from", from);
    json_set_id(a, data, "merge", row.id);
    return identity_move(tx, brand, from, into, e) && person_update(tx, &source, e) &&
           person_update(tx, &target, e) && person_merge_add(tx, &row, e) &&
           person_event(tx, "person.merged", brand, into, actor, data, e);
}

/* Conversations that began after the merge through a door that goes back, go back with it. */
static bool later_conversations_back(struct tx *tx, const struct person_merge *merge, const struct json *doors,
                                     struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation *list;
    size_t count;
    if (!conversations_of(tx, merge->brand_id, merge->into_id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct message *first;
        size_t n;
        if (list[i].created_at < merge->at)
            continue;
        if (!message_list(tx, a, merge->brand_id, list[i].id, (struct cursor){.limit = 50}, &first, &n, e))
            return false;
        bool theirs = false;
        for (size_t d = 0; n && d < json_count(doors); d++)
            theirs |= str_eq(first[0].author_id, json_text(json_get(json_at(doors, d), "id")));
        if (theirs && !conversation_to_person(tx, merge->brand_id, list[i].id, merge->from_id, e))
            return false;
    }
    return true;
}

bool person_unmerge(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct person_merge merge;
    struct person source;
    if (!person_merge_by_id(tx, a, brand, id, &merge, e))
        return false;
    if (merge.undone_at)
        return fail(e, ERR_CONFLICT, "This merge was undone already.");
    struct json *moved = json_parse(a, merge.moved, e);
    if (!moved || !person_by_id(tx, a, brand, merge.from_id, &source, e))
        return false;
    const struct json *ids = json_get(moved, "conversations"), *doors = json_get(moved, "identities");
    for (size_t i = 0; i < json_count(ids); i++)
        if (!conversation_to_person(tx, brand, json_int(json_at(ids, i), 0), merge.from_id, e))
            return false;
    for (size_t i = 0; i < json_count(doors); i++)
        if (!identity_move_one(tx, brand, json_text(json_get(json_at(doors, i), "network")),
                               json_text(json_get(json_at(doors, i), "id")), merge.from_id, e))
            return false;
    source.merged_into = 0;
    return later_conversations_back(tx, &merge, doors, e) && person_update(tx, &source, e) &&
           person_merge_undone(tx, brand, id, tx_now(tx), e) &&
           person_event(tx, "person.unmerged", brand, merge.into_id, actor, NULL, e);
}
