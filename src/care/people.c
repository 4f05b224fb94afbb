/* SPDX-License-Identifier: Apache-2.0 */
/* Identities and persons: found or made, named, noted. */
#include "care/people.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "care/keeping.h"
#include "care/likeness.h"
#include "care/people_internal.h"
#include "care/search.h"
#include "store/conversation.h"
#include "store/event.h"

struct str person_unnamed(struct arena *a, struct str network, struct str external_id)
{
    const struct channel *channel = channel_find(network);
    size_t from = external_id.len > 4 ? external_id.len - 4 : 0;
    return str_format(a, "%s ···%.*s", channel ? channel->label : "",
                      STR_ARGS(str_slice(external_id, from, external_id.len)));
}

static struct str name_of_author(const struct channel_author *author, struct str network, struct arena *a)
{
    if (author->name.len)
        return author->name;
    if (author->handle.len)
        return str_format(a, "@%.*s", STR_ARGS(author->handle));
    if (author->phone.len)
        return str_format(a, "+%.*s", STR_ARGS(author->phone));
    return person_unnamed(a, network, author->external_id.len ? author->external_id : author->also_known_as);
}

static bool identity_of(struct tx *tx, const struct foreseen *foreseen, int64_t brand, struct str network,
                        const struct channel_author *author, struct identity *out, struct error *e)
{
    struct error here = {0};
    if (author->external_id.len && foreseen_identity(tx, foreseen, brand, network, author->external_id, out, &here))
        return true;
    if ((here.code == ERR_NONE || here.code == ERR_NOT_FOUND) && author->also_known_as.len) {
        here = (struct error){0};
        if (foreseen_identity(tx, foreseen, brand, network, author->also_known_as, out, &here))
            return true;
    }
    if (here.code != ERR_NONE && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    return fail(e, ERR_NOT_FOUND, "Not seen before.");
}

/* first: whose it was before any merge. */
static bool identity_new(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                         const struct channel_author *author, int64_t person, int64_t first, int64_t at,
                         struct error *e)
{
    struct identity identity = {.brand_id = brand,
                                .network = network,
                                .external_id = external_id,
                                .person_id = person,
                                .first_person_id = first,
                                .handle = author->handle,
                                .name = author->name,
                                .phone = author->phone,
                                .seen_at = at,
                                .told_at = keeping_named_at(tx, network)};
    return identity_add(tx, &identity, e) && likeness_of_author(tx, brand, network, external_id, author, e);
}

/* What the network says of a known person: new names and a second id are kept. */
static bool identity_refresh(struct tx *tx, const struct foreseen *foreseen, struct str network,
                             const struct channel_author *author, int64_t at, struct identity *known, struct error *e)
{
    bool changed = (author->handle.len && !str_eq(author->handle, known->handle)) ||
                   (author->name.len && !str_eq(author->name, known->name)) ||
                   (author->phone.len && !str_eq(author->phone, known->phone));
    if (changed) {
        known->handle = author->handle.len ? author->handle : known->handle;
        known->name = author->name.len ? author->name : known->name;
        known->phone = author->phone.len ? author->phone : known->phone;
        known->seen_at = at;
        struct channel_author now = {.handle = known->handle, .phone = known->phone};
        if (!identity_update(tx, known, e) || !trait_forget(tx, known->brand_id, network, known->external_id, 0, e) ||
            !likeness_of_author(tx, known->brand_id, network, known->external_id, &now, e))
            return false;
    }
    if ((author->name.len || author->handle.len) && !keeping_named(tx, known, e))
        return false;
    struct str ids[] = {author->external_id, author->also_known_as};
    for (size_t i = 0; author->also_known_as.len && i < COUNT_OF(ids); i++) {
        struct identity other;
        struct error here = {0};
        if (ids[i].len == 0 || foreseen_identity(tx, foreseen, known->brand_id, network, ids[i], &other, &here))
            continue;
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        if (!identity_new(tx, known->brand_id, network, ids[i], author, known->person_id, known->first_person_id, at,
                          e))
            return false;
    }
    return true;
}

static bool person_make(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                        int64_t at, struct person *out, struct error *e)
{
    *out = (struct person){.brand_id = brand,
                           .id = id_new(),
                           .name = name_of_author(author, network, tx_arena(tx)),
                           .since = at,
                           .last_at = at};
    if (!person_add(tx, out, e) || !search_person(tx, out, e))
        return false;
    if (author->external_id.len &&
        !identity_new(tx, brand, network, author->external_id, author, out->id, out->id, at, e))
        return false;
    return author->also_known_as.len == 0 || str_eq(author->also_known_as, author->external_id) ||
           identity_new(tx, brand, network, author->also_known_as, author, out->id, out->id, at, e);
}

bool person_is_nameless(struct arena *a, const struct person *person, struct str network, struct str external_id)
{
    return person->name.len == 0 || str_starts(person->name, STR("+")) || str_starts(person->name, STR("@")) ||
           str_eq(person->name, person_unnamed(a, network, external_id));
}

bool person_of_author(struct tx *tx, const struct foreseen *foreseen, int64_t brand, struct str network,
                      const struct channel_author *author, int64_t at, struct person *out, bool *made,
                      struct error *e)
{
    struct identity identity;
    struct error here = {0};
    *made = !identity_of(tx, foreseen, brand, network, author, &identity, &here);
    if (*made) {
        if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        return person_make(tx, brand, network, author, at, out, e);
    }
    if (!identity_refresh(tx, foreseen, network, author, at, &identity, e) ||
        !foreseen_person(tx, foreseen, brand, identity.person_id, out, e))
        return false;
    /* somebody known only by a number or handle now says a name */
    if (author->name.len && person_is_nameless(tx_arena(tx), out, network, identity.external_id)) {
        if (!search_person_gone(tx, out, e))
            return false;
        out->name = author->name;
        if (!person_update(tx, out, e) || !search_person(tx, out, e))
            return false;
    }
    return person_seen(tx, brand, out->id, at, e);
}

bool person_also_known(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                       int64_t at, struct error *e)
{
    struct identity known;
    struct error here = {0};
    if (author->external_id.len == 0 || author->also_known_as.len == 0)
        return true;
    if (!identity_of(tx, NULL, brand, network, author, &known, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    return identity_refresh(tx, NULL, network, author, at, &known, e);
}

bool person_event(struct tx *tx, const char *kind, int64_t brand, int64_t person, int64_t actor, struct json *data,
                  struct error *e)
{
    struct event event = {.brand_id = brand,
                          .kind = str_from(kind),
                          .subject_id = person,
                          .actor_id = actor,
                          .at = tx_now(tx),
                          .data = data ? json_to_str(tx_arena(tx), data) : STR_EMPTY};
    return event_add(tx, &event, e);
}

bool person_named(struct tx *tx, int64_t brand, struct str network, const struct channel_author *author,
                  struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct identity identity;
    struct person person;
    struct conversation c;
    struct error here = {0};
    bool made;
    if (!identity_find(tx, a, brand, network, author->external_id, &identity, e) ||
        !person_of_author(tx, NULL, brand, network, author, identity.seen_at, &person, &made, e))
        return false;
    struct event event = {.brand_id = brand, .kind = STR("person.named"), .subject_id = person.id, .at = tx_now(tx)};
    if (conversation_newest_of(tx, a, brand, person.id, &c, &here))
        event.conversation_id = c.id;
    else if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
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
