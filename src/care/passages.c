/* SPDX-License-Identifier: Apache-2.0 */
/* Ways in that we give: made, given, looked at, opened. */
#include "care/passages.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/codes.h"
#include "care/guests.h"
#include "care/people_internal.h"
#include "care/proofs.h"
#include "care/story.h"
#include "store/brand.h"

#define DRAFT_KEPT_US  (90 * DAY_US) /* a draft that old is not sent any more */
#define DEVICE_KEPT_US DAY_US

/* ---- codes ---- */

struct str passage_code_new(struct arena *a)
{
    return code_random(a, PASSAGE_SIGNS);
}

bool passage_code_of(struct arena *a, struct str text, struct str *code)
{
    *code = text.len <= PASSAGE_SIGNS * 2 ? code_plain(a, text) : STR_EMPTY;
    return code_is(*code, PASSAGE_SIGNS);
}

static struct str hash_of(struct arena *a, const struct house *house, int64_t brand, struct str code)
{
    return code_hash(a, house, "passage", brand, code);
}

static bool found_or_not(bool found, const struct error *here, bool *out, struct error *e)
{
    *out = found;
    return found || here->code == ERR_NOT_FOUND || fail(e, here->code, "%s", here->message);
}

static bool row_find(struct tx *tx, struct arena *a, const struct house *house, int64_t brand, struct str code,
                     struct passage *out, bool *found, struct error *e)
{
    struct error here = {0};
    bool ok = passage_by_hash(tx, a, brand, hash_of(a, house, brand, code), out, &here);
    return found_or_not(ok, &here, found, e);
}

/* ---- making ---- */

bool passage_draft(struct tx *tx, const struct house *house, const struct actor *actor, int64_t conversation,
                   struct str code, struct error *e)
{
    struct passage row = {.brand_id = actor->brand_id,
                          .id = id_new(),
                          .hash = hash_of(tx_arena(tx), house, actor->brand_id, code),
                          .kind = PASSAGE_REPLY,
                          .conversation_id = conversation,
                          .agent_id = actor->agent_id,
                          .place = STR_EMPTY,
                          .made_at = tx_now(tx)};
    struct conversation c;
    return conversation_by_id(tx, tx_arena(tx), actor->brand_id, conversation, &c, e) &&
           passage_expire(tx, actor->brand_id, PASSAGE_REPLY, tx_now(tx) - DRAFT_KEPT_US, e) &&
           passage_add(tx, &row, e);
}

bool passage_device(struct tx *tx, const struct house *house, const struct guest *guest, struct str place,
                    struct str code, struct error *e)
{
    struct passage row = {.brand_id = guest->brand_id,
                          .id = id_new(),
                          .hash = hash_of(tx_arena(tx), house, guest->brand_id, code),
                          .kind = PASSAGE_DEVICE,
                          .giver_id = guest->id,
                          .place = place,
                          .made_at = tx_now(tx),
                          .expires_at = tx_now(tx) + PASSAGE_DEVICE_US};
    return passage_expire(tx, guest->brand_id, PASSAGE_DEVICE, tx_now(tx) - DEVICE_KEPT_US, e) &&
           passage_add(tx, &row, e);
}

/* ---- giving ---- */

/* The next address of ours in a text. */
static bool code_next(struct arena *a, struct str text, size_t *from, struct str *code)
{
    for (;;) {
        struct str rest = str_slice(text, *from, text.len);
        ptrdiff_t at = str_find(rest, STR(PASSAGE_PATH));
        if (at < 0)
            return false;
        size_t begin = *from + (size_t)at + STR(PASSAGE_PATH).len;
        *from = begin;
        if (text.len - begin >= PASSAGE_SIGNS &&
            passage_code_of(a, str_slice(text, begin, begin + PASSAGE_SIGNS), code))
            return true;
    }
}

static bool is_given(struct tx *tx, const struct passage *row, bool *given, struct error *e)
{
    struct message m;
    struct error here = {0};
    *given = false;
    if (row->message_id == 0)
        return true;
    bool ok = message_by_id(tx, tx_arena(tx), row->brand_id, row->message_id, &m, &here);
    return found_or_not(ok, &here, given, e);
}

bool passages_given(struct tx *tx, const struct house *house, const struct message *reply, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct str code;
    for (size_t from = 0; code_next(a, reply->text, &from, &code);) {
        struct passage row;
        bool known, given;
        if (!row_find(tx, a, house, reply->brand_id, code, &row, &known, e))
            return false;
        if (!known)
            continue;
        if (!is_given(tx, &row, &given, e))
            return false;
        bool same = given && row.message_id == reply->id;
        if (row.kind != PASSAGE_REPLY || row.conversation_id != reply->conversation_id || (given && !same) ||
            row.withdrawn_at)
            return fail(e, ERR_CONFLICT,
                        "This private link was given already, or to somebody else: put in a new one.");
        row.message_id = reply->id;
        row.is_public = reply->is_public;
        row.expires_at = tx_now(tx) + PASSAGE_LASTS_US;
        if (!passage_update(tx, &row, e))
            return false;
    }
    return true;
}

/* ---- looking ---- */

static bool device_stands(struct tx *tx, struct arena *a, struct passage_look *out, bool *there, struct error *e)
{
    struct error here = {0};
    bool ok = guest_by_id(tx, a, out->row.brand_id, out->row.giver_id, &out->giver, &here);
    return found_or_not(ok, &here, there, e) && (!*there || guest_person(tx, a, &out->giver, &out->person, e)) &&
           ((*there = *there && out->person.id) || true);
}

static bool reply_stands(struct tx *tx, struct arena *a, struct passage_look *out, bool *there, struct error *e)
{
    struct error here = {0};
    const struct passage *row = &out->row;
    bool ok = row->message_id && message_by_id(tx, a, row->brand_id, row->message_id, &out->reply, &here);
    if (row->message_id == 0) {
        *there = false;
        return true;
    }
    return found_or_not(ok, &here, there, e) &&
           (!*there || (conversation_by_id(tx, a, row->brand_id, out->reply.conversation_id, &out->c, e) &&
                        person_by_id(tx, a, row->brand_id, out->c.person_id, &out->person, e)));
}

bool passage_stands(struct tx *tx, struct arena *a, const struct passage *row, const struct guest *guest,
                    struct passage_look *out, struct error *e)
{
    bool there;
    *out = (struct passage_look){.row = *row, .claims = row->kind == PASSAGE_REPLY && row->is_public};
    bool ok =
        row->kind == PASSAGE_DEVICE ? device_stands(tx, a, out, &there, e) : reply_stands(tx, a, out, &there, e);
    if (!ok)
        return false;
    if (!there)
        out->state = row->used_at ? PASSAGE_USED : row->kind == PASSAGE_DEVICE ? PASSAGE_WITHDRAWN : PASSAGE_UNKNOWN;
    else if (row->used_at)
        out->state = guest && guest->id && row->guest_id == guest->id ? PASSAGE_MINE : PASSAGE_USED;
    else if (row->withdrawn_at)
        out->state = PASSAGE_WITHDRAWN;
    else
        out->state = row->expires_at > tx_now(tx) ? PASSAGE_OPEN : PASSAGE_LATE;
    return true;
}

bool passage_look(struct tx *tx, struct arena *a, const struct house *house, int64_t brand, struct str code,
                  const struct guest *guest, struct passage_look *out, struct error *e)
{
    struct passage row;
    bool known;
    *out = (struct passage_look){.state = PASSAGE_UNKNOWN};
    return row_find(tx, a, house, brand, code, &row, &known, e) &&
           (!known || passage_stands(tx, a, &row, guest, out, e));
}

#define STORIES_LOOKED_AT 50

bool passage_former(struct tx *tx, struct arena *a, const struct guest *guest, const struct passage_look *look,
                    struct passage_former *out, struct error *e)
{
    struct conversation *list;
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1};
    size_t count;
    bool more;
    *out = (struct passage_former){0};
    if (!guest_person(tx, a, guest, &out->person, e))
        return false;
    filter.person = out->person.id;
    if (!out->person.id || out->person.id == look->person.id)
        return true;
    out->proved = guest->proved_at != 0;
    if (!conversation_list(tx, a, guest->brand_id, &filter, (struct cursor){.limit = STORIES_LOOKED_AT}, &list,
                           &count, &more, e))
        return false;
    for (size_t i = 0; i < count; i++)
        out->stories += list[i].messages > 0;
    return true;
}

/* ---- opening ---- */

static bool taken_told(struct tx *tx, const struct passage_look *look, struct error *e)
{
    if (look->row.kind == PASSAGE_DEVICE)
        return person_event(tx, "passage.device", look->row.brand_id, look->person.id, 0, NULL, e);
    return story_event(tx, "passage.opened", &look->c, look->row.id, 0, STR_EMPTY, e);
}

static bool proven_write(struct tx *tx, struct passage *row, int64_t actor, int64_t merge, struct error *e)
{
    row->proven_at = tx_now(tx);
    row->proven_by = actor;
    row->merge_id = merge;
    return passage_update(tx, row, e);
}

bool passage_take(struct tx *tx, struct arena *a, const struct house *house, const struct guest *guest,
                  struct str code, bool *taken, struct passage_look *out, struct error *e)
{
    struct person who;
    int64_t merge = 0;
    *taken = false;
    if (!passage_look(tx, a, house, guest->brand_id, code, guest, out, e) || out->state != PASSAGE_OPEN)
        return out->state != PASSAGE_OPEN && e->code == ERR_NONE;
    if (!passage_use(tx, guest->brand_id, out->row.id, guest->id, tx_now(tx), taken, e) || !*taken)
        return !*taken && e->code == ERR_NONE;
    if (!taken_told(tx, out, e) || !guest_person(tx, a, guest, &who, e))
        return false;
    if (out->claims) /* who is known to be them already has nothing to show */
        return who.id != out->person.id || proven_write(tx, &out->row, 0, 0, e);
    return guest_becomes(tx, guest, out->person.id, 0, NULL, &merge, e) && proven_write(tx, &out->row, 0, merge, e);
}

/* Who has the story has the talk. What was heard in it stays there: it would be the title of what they see. */
static bool talk_inherits(struct tx *tx, struct conversation *talk, const struct conversation *c, struct error *e)
{
    if (talk->owner_id == 0)
        talk->owner_id = c->owner_id;
    return story_settle(tx, talk, e);
}

bool passage_began(struct tx *tx, const struct guest *guest, int64_t id, int64_t talk_id, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct passage row;
    struct passage_look look;
    struct conversation talk;
    if (!passage_by_id(tx, a, guest->brand_id, id, &row, e) || !passage_stands(tx, a, &row, guest, &look, e))
        return false;
    if (look.state != PASSAGE_MINE || !look.claims || row.talk_id || row.proven_at)
        return true;
    row.talk_id = talk_id;
    return conversation_by_id(tx, a, guest->brand_id, talk_id, &talk, e) && passage_update(tx, &row, e) &&
           talk_inherits(tx, &talk, &look.c, e) &&
           story_event(tx, "passage.began", &look.c, talk_id, 0, STR_EMPTY, e);
}
