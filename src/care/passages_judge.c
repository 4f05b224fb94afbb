/* SPDX-License-Identifier: Apache-2.0 */
/* Ways in that we give: whether who opened one is who they say. */
#include "base/arena.h"
#include "base/error.h"
#include "care/guests.h"
#include "care/passages.h"
#include "care/people.h"
#include "care/proofs.h"
#include "care/story.h"
#include "store/brand.h"

/* The talk becomes part of the story, unless one of the two is part of another by now, or a reply of ours in it is
 * not delivered yet: then they stay two, of one person. */
static bool talk_join(struct tx *tx, const struct passage_look *look, int64_t actor, struct error *e)
{
    struct conversation talk, story;
    const struct actor house = {.brand_id = look->row.brand_id, .agent_id = actor, .role = ROLE_AGENT};
    if (look->row.talk_id == 0 || look->row.talk_id == look->c.id)
        return true;
    if (!conversation_by_id(tx, tx_arena(tx), house.brand_id, look->row.talk_id, &talk, e) ||
        !conversation_by_id(tx, tx_arena(tx), house.brand_id, look->c.id, &story, e))
        return false;
    bool joins = !talk.failed && talk.person_id == story.person_id && talk.messages > 0 &&
                 !str_eq(talk.outcome, STR("joined")) && !str_eq(story.outcome, STR("joined"));
    return !joins || story_join(tx, &house, talk.id, story.id, e);
}

static bool one_proven(struct tx *tx, struct passage_look *look, int64_t actor, int64_t merge, struct error *e)
{
    struct passage row = look->row;
    row.proven_at = tx_now(tx);
    row.proven_by = actor;
    row.merge_id = merge;
    return passage_update(tx, &row, e) && talk_join(tx, look, actor, e) &&
           story_event(tx, "passage.proven", &look->c, row.id, actor, STR_EMPTY, e);
}

bool passages_proven(struct tx *tx, const struct guest *guest, int64_t person, int64_t actor, int64_t merge,
                     struct error *e)
{
    struct passage *list;
    size_t count;
    if (!passage_of_guest(tx, tx_arena(tx), guest->brand_id, guest->id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct passage_look look;
        if (!passage_stands(tx, tx_arena(tx), &list[i], guest, &look, e))
            return false;
        bool theirs = look.claims && look.state == PASSAGE_MINE && look.person.id == person && !list[i].proven_at &&
                      !list[i].withdrawn_at;
        if (theirs && !one_proven(tx, &look, actor, merge, e))
            return false;
    }
    return true;
}

/* ---- a colleague's own judgement ---- */

static bool judged_read(struct tx *tx, const struct actor *actor, int64_t id, struct passage *row,
                        struct passage_look *look, struct error *e)
{
    struct arena *a = tx_arena(tx);
    if (actor->role < ROLE_AGENT)
        return fail(e, ERR_FORBIDDEN, "You can read here, and not change anything.");
    return passage_by_id(tx, a, actor->brand_id, id, row, e) && passage_stands(tx, a, row, NULL, look, e);
}

/* Their browser may have been forgotten since; the talk is whose it is. */
static bool claimant_becomes(struct tx *tx, const struct actor *actor, const struct passage_look *look,
                             struct guest *guest, int64_t *merge, struct error *e)
{
    struct conversation talk;
    struct error here = {0};
    *merge = 0;
    if (guest_by_id(tx, tx_arena(tx), actor->brand_id, look->row.guest_id, guest, &here))
        return guest_becomes(tx, guest, look->person.id, actor->agent_id, NULL, merge, e);
    if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (look->row.talk_id == 0)
        return fail(e, ERR_CONFLICT, "Nobody is there any more who could be them.");
    return conversation_by_id(tx, tx_arena(tx), actor->brand_id, look->row.talk_id, &talk, e) &&
           (talk.person_id == look->person.id ||
            person_merge(tx, actor->brand_id, talk.person_id, look->person.id, actor->agent_id, merge, e));
}

bool passage_judge(struct tx *tx, const struct actor *actor, int64_t id, bool them, struct passage *out,
                   struct error *e)
{
    struct passage_look look;
    struct guest guest;
    int64_t merge;
    if (!judged_read(tx, actor, id, out, &look, e))
        return false;
    if (!look.claims || !out->used_at || look.c.id == 0)
        return fail(e, ERR_CONFLICT, "Nobody opened this link yet.");
    if (out->proven_at || out->withdrawn_at)
        return fail(e, ERR_CONFLICT, "Somebody has said who it is already.");
    if (!them) {
        out->withdrawn_at = tx_now(tx);
        out->withdrawn_by = actor->agent_id;
        return passage_update(tx, out, e) &&
               story_event(tx, "passage.denied", &look.c, id, actor->agent_id, STR_EMPTY, e);
    }
    return claimant_becomes(tx, actor, &look, &guest, &merge, e) &&
           one_proven(tx, &look, actor->agent_id, merge, e) &&
           passage_by_id(tx, tx_arena(tx), actor->brand_id, id, out, e);
}

bool passage_withdraw(struct tx *tx, const struct actor *actor, int64_t id, struct passage *out, struct error *e)
{
    struct passage_look look;
    if (!judged_read(tx, actor, id, out, &look, e))
        return false;
    if (out->kind != PASSAGE_REPLY || out->used_at || out->withdrawn_at || look.c.id == 0)
        return fail(e, ERR_CONFLICT, "This link was opened or withdrawn already.");
    out->withdrawn_at = tx_now(tx);
    out->withdrawn_by = actor->agent_id;
    return passage_update(tx, out, e) &&
           story_event(tx, "passage.withdrawn", &look.c, id, actor->agent_id, STR_EMPTY, e);
}

bool passage_unmerge(struct tx *tx, int64_t brand, int64_t merge, int64_t actor, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct passage *list;
    size_t count;
    if (!person_unmerge(tx, brand, merge, actor, e) || !passage_of_merge(tx, a, brand, merge, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct guest guest;
        struct error here = {0};
        list[i].proven_at = list[i].proven_by = list[i].merge_id = 0;
        list[i].talk_id = 0;
        bool found = guest_by_id(tx, a, brand, list[i].guest_id, &guest, &here);
        if (!found && here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
        if ((found && !guest_talk(tx, a, &guest, false, &list[i].talk_id, e)) || !passage_update(tx, &list[i], e))
            return false;
    }
    return true;
}
