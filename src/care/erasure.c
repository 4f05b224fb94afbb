/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to erase, and what a lead decides. */
#include "care/erasure.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/codes.h"
#include "care/erasure_internal.h"
#include "care/forum.h"
#include "care/house.h"
#include "care/people_internal.h"
#include "care/push.h"
#include "care/search.h"
#include "store/call.h"
#include "store/event.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/passkey.h"
#include "store/topic.h"

#define PAGE      200
#define CODE_KIND "erasure"

bool erasure_event(struct tx *tx, const char *kind, const struct erasure *row, int64_t actor, struct json *data,
                   struct error *e)
{
    struct json *about = data ? data : json_object(tx_arena(tx));
    json_set_id(tx_arena(tx), about, "erasure", row->id);
    return person_event(tx, kind, row->brand_id, row->person_id, actor, about, e);
}

/* ---- the person ---- */

bool erasure_of_guest(struct tx *tx, struct arena *a, const struct guest *guest, struct erasure *out, struct error *e)
{
    struct person person;
    *out = (struct erasure){0};
    return guest_person(tx, a, guest, &person, e) &&
           (person.id == 0 || erasure_newest_of(tx, a, guest->brand_id, person.id, out, e));
}

bool erasure_ask(struct tx *tx, const struct house *house, const struct guest *guest, int64_t conversation,
                 struct str code, bool posts_stay, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    struct erasure before;
    if (!guest_conversation(tx, a, guest, conversation, &c, e) || !erasure_of_guest(tx, a, guest, &before, e))
        return false;
    if (before.id && (before.state == ERASURE_ASKED || before.state == ERASURE_BEGUN))
        return fail(e, ERR_CONFLICT, "You asked for this already: one of us looks at it.");
    struct erasure row = {.brand_id = guest->brand_id,
                          .id = id_new(),
                          .person_id = c.person_id,
                          .conversation_id = conversation,
                          .receipt = code_hash(a, house, CODE_KIND, guest->brand_id, code),
                          .state = ERASURE_ASKED,
                          .posts_stay = posts_stay,
                          .asked_at = tx_now(tx),
                          .due_at = tx_now(tx) + ERASURE_DUE_US};
    return erasure_add(tx, &row, e) && erasure_event(tx, "erasure.asked", &row, 0, NULL, e);
}

bool erasure_take_back(struct tx *tx, const struct guest *guest, struct error *e)
{
    struct erasure row;
    if (!erasure_of_guest(tx, tx_arena(tx), guest, &row, e))
        return false;
    if (row.id == 0 || row.state != ERASURE_ASKED)
        return fail(e, ERR_CONFLICT, "There is nothing to take back.");
    row.state = ERASURE_TAKEN_BACK;
    row.decided_at = tx_now(tx);
    return erasure_update(tx, &row, e) && erasure_event(tx, "erasure.taken_back", &row, 0, NULL, e);
}

bool erasure_receipt(struct tx *tx, struct arena *a, const struct house *house, int64_t brand, struct str code,
                     struct erasure *out, struct error *e)
{
    *out = (struct erasure){0};
    struct str plain = code_plain(a, code);
    return !code_is(plain, ERASURE_CODE_SIGNS) ||
           erasure_by_receipt(tx, a, brand, code_hash(a, house, CODE_KIND, brand, plain), out, e);
}

/* ---- what there is ---- */

static bool look_at_messages(struct tx *tx, const struct conversation *c, int64_t request, struct erasure_look *out,
                             struct error *e)
{
    struct cursor cursor = {.limit = PAGE};
    for (size_t count = PAGE; count == PAGE;) {
        CLEANUP(arena_cleanup) struct arena *page = arena_new();
        struct message *list;
        if (!message_list(tx, page, c->brand_id, c->id, cursor, &list, &count, e))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (str_eq(list[i].note, STR(NOTE_ERASED)))
                continue;
            out->there.messages++;
            out->there.files += list[i].attachments;
            out->posts += !list[i].outbound && forum_topic_of(&list[i]) != 0;
            out->waiting += list[i].place == PLACE_WAITING && c->id != request;
        }
        if (count)
            cursor = (struct cursor){.limit = PAGE, .at = list[0].at, .id = list[0].id};
    }
    return true;
}

static bool calls_live(struct tx *tx, const struct conversation *list, size_t count, bool *live, struct error *e)
{
    struct call *calls;
    size_t n;
    *live = false;
    if (count == 0)
        return true;
    if (!call_list_open(tx, tx_arena(tx), list[0].brand_id, &calls, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++)
            *live |= call_is_live(&calls[i]) && calls[i].conversation_id == list[k].id;
    return true;
}

bool erasure_look(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct erasure_look *out,
                  struct error *e)
{
    struct conversation *list;
    struct identity *identities;
    size_t count, n;
    *out = (struct erasure_look){0};
    if (!erasure_newest_of(tx, a, brand, person, &out->request, e) ||
        !identity_list(tx, a, brand, person, &identities, &n, e) ||
        !person_conversations(tx, brand, person, &list, &count, e) || !calls_live(tx, list, count, &out->calls, e))
        return false;
    out->there.accounts = (int64_t)n;
    for (size_t i = 0; i < count; i++) {
        struct outbox *rows;
        size_t leaving;
        if (!look_at_messages(tx, &list[i], out->request.conversation_id, out, e) ||
            !outbox_of(tx, a, brand, list[i].id, &rows, &leaving, e))
            return false;
        out->there.stories += list[i].messages > 0;
        out->leaving += (int64_t)leaving;
    }
    return true;
}

/* ---- who they are ---- */

struct parting {
    const struct house *house;
    int64_t brand, person;
    const struct erasure_names *names;
    struct erasure_carry carry;
    struct erasure_counts gone;
};

static bool member_part(struct tx *tx, const struct parting *p, const struct identity *identity, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct member member;
    if (!str_eq(identity->network, STR(GUEST_NETWORK)))
        return true;
    if (!member_find(tx, a, p->brand, identity->external_id, &member, e))
        return false;
    return member.id == 0 || erase_member(tx, p->brand, member.id, str_format(a, "left %lld", (long long)member.id),
                                          p->names->member, e);
}

static bool guests_part(struct tx *tx, const struct parting *p, const struct identity *identity, struct error *e)
{
    int64_t *guests;
    size_t count;
    if (!str_eq(identity->network, STR(GUEST_NETWORK)))
        return true;
    if (!erase_guests(tx, tx_arena(tx), p->brand, identity->external_id, &guests, &count, e) ||
        !passkey_delete_of(tx, p->brand, identity->external_id, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!push_switch_off(tx, p->brand, guests[i], 0, STR_EMPTY, e) || !erase_guest(tx, p->brand, guests[i], e))
            return false;
    return true;
}

static bool identities_part(struct tx *tx, struct parting *p, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct identity *list;
    size_t count;
    if (!identity_list(tx, a, p->brand, p->person, &list, &count, e))
        return false;
    p->carry.ids = ARENA_ARRAY(a, struct erasure_id, count + 1);
    for (size_t i = 0; i < count; i++) {
        p->carry.ids[p->carry.count++] = (struct erasure_id){list[i].network, list[i].external_id, list[i].phone};
        if (!member_part(tx, p, &list[i], e) || !guests_part(tx, p, &list[i], e) ||
            !erase_identity(tx, p->brand, list[i].network, list[i].external_id, e))
            return false;
    }
    p->gone.accounts = (int64_t)count;
    return true;
}

/* The row stays, for the books; whoever was merged into it too. */
static bool person_part(struct tx *tx, struct parting *p, int64_t id, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct person person;
    int64_t *merged;
    size_t count;
    if (!person_by_id(tx, a, p->brand, id, &person, e) || !search_person_gone(tx, &person, e))
        return false;
    if (person.since && (p->carry.since == 0 || person.since < p->carry.since))
        p->carry.since = person.since;
    person.name = p->names->person;
    person.language = person.place = person.note = STR_EMPTY;
    if (!person_update(tx, &person, e) || !erase_ties(tx, p->brand, id, tx_now(tx), e) ||
        !erase_merged(tx, a, p->brand, id, &merged, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!person_part(tx, p, merged[i], e))
            return false;
    return true;
}

/* ---- what is handed on ---- */

struct str erasure_carry_seal(struct arena *a, const struct house *house, const struct erasure_carry *carry)
{
    struct json *all = json_object(a), *ids = json_array(a);
    for (size_t i = 0; i < carry->count; i++) {
        struct json *one = json_object(a);
        json_set_str(a, one, "network", carry->ids[i].network);
        json_set_str(a, one, "id", carry->ids[i].id);
        json_set_str(a, one, "phone", carry->ids[i].phone);
        json_push(a, ids, one);
    }
    json_set(a, all, "ids", ids);
    json_set_str(a, all, "topic", carry->topic);
    json_set_int(a, all, "since", carry->since);
    return seal(a, house->seal_key, json_to_str(a, all));
}

bool erasure_carry_open(struct arena *a, const struct house *house, struct str sealed, struct erasure_carry *out,
                        struct error *e)
{
    struct str plain;
    *out = (struct erasure_carry){0};
    if (!seal_open(a, house->seal_key, sealed, &plain, e))
        return false;
    const struct json *all = json_parse(a, plain, e), *ids = all ? json_get(all, "ids") : NULL;
    if (!all)
        return false;
    out->topic = json_text(json_get(all, "topic"));
    out->since = json_int(json_get(all, "since"), 0);
    out->ids = ARENA_ARRAY(a, struct erasure_id, json_count(ids) + 1);
    for (; out->count < json_count(ids); out->count++) {
        const struct json *one = json_at(ids, out->count);
        out->ids[out->count] = (struct erasure_id){json_text(json_get(one, "network")),
                                                   json_text(json_get(one, "id")), json_text(json_get(one, "phone"))};
    }
    return true;
}

/* ---- deciding ---- */

static bool may_decide(const struct actor *actor, struct error *e)
{
    return (actor->role >= ROLE_LEAD && actor->token_id == 0) ||
           fail(e, ERR_FORBIDDEN, "A lead decides this, in person.");
}

static bool reason_needed(struct tx *tx, struct str *reason, struct error *e)
{
    *reason = str_trim(text_clean(tx_arena(tx), *reason));
    if (reason->len == 0)
        return fail(e, ERR_BAD_INPUT, "Please say why, in a few words.");
    return text_length(tx_arena(tx), *reason, LENGTH_CHARACTERS) <= ERASURE_REASON_MAX ||
           fail(e, ERR_BAD_INPUT, "That is too long: at most %d characters.", ERASURE_REASON_MAX);
}

/* Nothing is taken away under the hands of somebody who is at it. */
static bool can_begin(struct tx *tx, const struct actor *actor, int64_t id, struct erasure_look *look,
                      struct error *e)
{
    struct person person;
    if (!may_decide(actor, e) || !person_by_id(tx, tx_arena(tx), actor->brand_id, id, &person, e) ||
        !erasure_look(tx, tx_arena(tx), actor->brand_id, id, look, e))
        return false;
    if (person.merged_into)
        return fail(e, ERR_CONFLICT, "This person was merged with another: it is decided there.");
    if (look->request.state == ERASURE_BEGUN || look->request.state == ERASURE_DONE)
        return fail(e, ERR_CONFLICT, "This was decided already.");
    if (look->leaving)
        return fail(e, ERR_CONFLICT, "A reply to them is on its way: once it has left, or was taken back.");
    return !look->calls || fail(e, ERR_CONFLICT, "They are on the phone with us now.");
}

bool erasure_begin(struct tx *tx, const struct house *house, const struct actor *actor, int64_t person,
                   bool posts_stay, struct str reason, const struct erasure_names *names, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct erasure_look look;
    struct parting p = {.house = house, .brand = actor->brand_id, .person = person, .names = names};
    p.carry.topic = names->topic;
    if (!can_begin(tx, actor, person, &look, e))
        return false;
    bool asked = look.request.id && look.request.state == ERASURE_ASKED;
    struct erasure row = look.request;
    if (!asked)
        row = (struct erasure){.brand_id = actor->brand_id,
                               .id = id_new(),
                               .person_id = person,
                               .posts_stay = posts_stay,
                               .asked_at = tx_now(tx),
                               .due_at = tx_now(tx) + ERASURE_DUE_US};
    if ((!asked && (!reason_needed(tx, &reason, e) || !erasure_add(tx, &row, e))) || !identities_part(tx, &p, e) ||
        !person_part(tx, &p, person, e))
        return false;
    row.state = ERASURE_BEGUN;
    row.decided_by = actor->agent_id;
    row.decided_at = tx_now(tx);
    row.reason = asked ? STR_EMPTY : reason;
    row.carry = erasure_carry_seal(a, house, &p.carry);
    return erasure_update(tx, &row, e) && erasure_count(tx, &row, &p.gone, e) &&
           erasure_event(tx, "person.erasing", &row, actor->agent_id, NULL, e);
}

bool erasure_refuse(struct tx *tx, const struct actor *actor, int64_t person, struct str reason, struct error *e)
{
    struct erasure row;
    if (!may_decide(actor, e) || !erasure_newest_of(tx, tx_arena(tx), actor->brand_id, person, &row, e))
        return false;
    if (row.id == 0 || row.state != ERASURE_ASKED)
        return fail(e, ERR_CONFLICT, "Nobody asks for this, or it was decided already.");
    if (!reason_needed(tx, &reason, e))
        return false;
    row.state = ERASURE_REFUSED;
    row.decided_by = actor->agent_id;
    row.decided_at = tx_now(tx);
    row.reason = reason;
    return erasure_update(tx, &row, e) && erasure_event(tx, "erasure.refused", &row, actor->agent_id, NULL, e);
}
