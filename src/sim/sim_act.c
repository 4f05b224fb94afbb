/* SPDX-License-Identifier: Apache-2.0 */
/* What customers do on the networks: each act changes the state as the network would and sends the webhooks
 * the network would send, none where it sends none (a block, a typing sign on Messenger). */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "sim/sim_internal.h"

#define TEXT_MAX  10000
#define EDITS_MAX 5

struct doing {
    struct sim *sim;
    const struct sim_act *act;
    struct arena *a;
    struct sim_person *person;
    struct sim_item *to;
    struct sim_item *made;
};

/* ---- writing ---- */

static bool media_known(struct str kind)
{
    return kind.len == 0 || str_eq(kind, STR("picture")) || str_eq(kind, STR("sticker")) ||
           str_eq(kind, STR("location")) || str_eq(kind, STR("unsupported")) || str_eq(kind, STR("file"));
}

static bool content_fits(const struct doing *d, enum sim_kind kind, struct error *e)
{
    const struct sim_act *act = d->act;

    if (!media_known(act->media))
        return fail(e, ERR_BAD_INPUT, "There is no such media");
    if (act->text.len == 0 && act->media.len == 0)
        return fail(e, ERR_BAD_INPUT, "Nothing is written");
    if (act->text.len > TEXT_MAX)
        return fail(e, ERR_TOO_LARGE, "That is too long");
    if (act->media.len > 0 && !str_eq(act->media, STR("picture")) && (kind != SIM_PRIVATE || act->network == SIM_X))
        return fail(e, ERR_BAD_INPUT, "Only a picture can be sent here");
    return true;
}

static void set_content(struct doing *d, struct sim_item *item)
{
    const struct sim_act *act = d->act;
    struct str mime = act->mime, name = STR("picture"), bytes = act->bytes;

    item->author = d->person;
    item->text = text_clean(d->sim->state, sim_copy(d->sim, act->text));
    item->media_kind = sim_copy(d->sim, act->media);
    if (str_eq(act->media, STR("location")) || str_eq(act->media, STR("unsupported")) || act->media.len == 0)
        return;
    if (bytes.len == 0)
        bytes = sim_drawing(act->media, act->network, &mime, &name);
    item->media = sim_media_new(d->sim, act->network, mime, name, bytes);
}

static struct sim_item *write_item(struct doing *d, enum sim_kind kind, struct str root)
{
    struct sim_item *item;

    item = sim_item_new(d->sim, d->act->network, kind, sim_new_id(d->sim, d->act->network, kind, root));
    item->root = root.len > 0 ? root : item->id;
    set_content(d, item);
    d->made = item;
    return item;
}

static bool do_post(struct doing *d, struct error *e)
{
    struct sim *sim = d->sim;
    struct sim_item *item;

    if (d->act->network == SIM_WHATSAPP)
        return fail(e, ERR_BAD_INPUT, "WhatsApp has no public posts");
    if (!content_fits(d, d->act->network == SIM_X ? SIM_TWEET : SIM_POST, e))
        return false;
    if (d->act->network == SIM_FACEBOOK) {
        item = write_item(d, SIM_POST, STR_EMPTY);
        sim_facebook_feed(sim, d->a, item, "add", 0);
        return true;
    }
    item = write_item(d, SIM_TWEET, STR_EMPTY);
    if (!sim_x_mentions_brand(sim, item->text))
        item->text = str_format(sim->state, "@%s %.*s", sim->config.handle, STR_ARGS(item->text));
    item->summons = true;
    sim_x_tweet(sim, d->a, item, "add", 0);
    return true;
}

static bool do_comment(struct doing *d, struct error *e)
{
    struct sim *sim = d->sim;
    struct sim_item *item, *to = d->to;

    if (to == NULL || to->deleted || to->kind == SIM_PRIVATE)
        return fail(e, ERR_NOT_FOUND, "What you want to answer is not there any more");
    if (!content_fits(d, to->kind == SIM_TWEET ? SIM_TWEET : SIM_COMMENT, e))
        return false;
    if (to->kind == SIM_TWEET) {
        item = write_item(d, SIM_TWEET, to->root);
        item->parent = to;
        item->summons = to->author == NULL || sim_x_mentions_brand(sim, item->text);
        sim_x_tweet(sim, d->a, item, "add", 0);
        return true;
    }
    item = write_item(d, SIM_COMMENT, to->root);
    item->parent = to->kind == SIM_COMMENT && to->parent != NULL && to->parent->kind == SIM_COMMENT ? to->parent : to;
    sim_facebook_feed(sim, d->a, item, "add", 0);
    return true;
}

static bool do_message(struct doing *d, struct error *e)
{
    struct sim_item *item;

    if (!content_fits(d, SIM_PRIVATE, e))
        return false;
    item = write_item(d, SIM_PRIVATE, STR_EMPTY);
    item->person = d->person;
    item->parent = d->to != NULL && d->to->person == d->person ? d->to : NULL;
    if (d->act->network == SIM_FACEBOOK)
        sim_messenger_message(d->sim, d->a, item, "add", 0);
    else if (d->act->network == SIM_WHATSAPP)
        sim_whatsapp_message(d->sim, d->a, item, "add");
    else
        sim_x_dm(d->sim, d->a, item, 0);
    return true;
}

/* ---- changing ---- */

static bool own(const struct doing *d, struct error *e)
{
    if (d->to == NULL || d->to->deleted)
        return fail(e, ERR_NOT_FOUND, "It is not there any more");
    if (d->to->author != d->person)
        return fail(e, ERR_FORBIDDEN, "Only what one wrote oneself can be changed");
    return true;
}

static bool edit_tweet(struct doing *d, struct error *e)
{
    struct sim_item *item = d->to;

    if (item->edits > EDITS_MAX)
        return fail(e, ERR_BAD_INPUT, "A post can be edited five times");
    item->history = item->history.len > 0
                        ? str_format(d->sim->state, "%.*s %.*s", STR_ARGS(item->history), STR_ARGS(item->id))
                        : item->id; /* an edited post has a new id */
    item->id = sim_new_x_id(d->sim);
    item->summons = item->summons || sim_x_mentions_brand(d->sim, item->text);
    sim_x_tweet(d->sim, d->a, item, "add", 0);
    return true;
}

static bool do_edit(struct doing *d, struct error *e)
{
    struct sim_item *item = d->to;

    if (!own(d, e))
        return false;
    if (d->act->text.len == 0 || d->act->text.len > TEXT_MAX)
        return fail(e, ERR_BAD_INPUT, "Nothing is written");
    if (item->kind == SIM_PRIVATE && item->network == SIM_X)
        return fail(e, ERR_BAD_INPUT, "Direct messages cannot be edited");
    item->text = text_clean(d->sim->state, sim_copy(d->sim, d->act->text));
    item->edits++;
    item->edited_at = sim_now(d->sim);
    d->made = item;
    sim_changed(d->sim);
    if (item->kind == SIM_TWEET)
        return edit_tweet(d, e);
    if (item->kind != SIM_PRIVATE)
        sim_facebook_feed(d->sim, d->a, item, "edited", 0);
    else if (item->network == SIM_FACEBOOK)
        sim_messenger_message(d->sim, d->a, item, "edited", 0);
    else
        sim_whatsapp_message(d->sim, d->a, item, "edited");
    return true;
}

static bool do_delete(struct doing *d, struct error *e)
{
    struct sim_item *item = d->to;

    if (!own(d, e))
        return false;
    item->deleted = true;
    d->made = item;
    sim_changed(d->sim);
    if (item->kind == SIM_TWEET)
        sim_x_tweet(d->sim, d->a, item, "remove", 0);
    else if (item->kind != SIM_PRIVATE)
        sim_facebook_feed(d->sim, d->a, item, "remove", 0);
    else if (item->network == SIM_FACEBOOK)
        sim_messenger_message(d->sim, d->a, item, "remove", 0);
    else if (item->network == SIM_WHATSAPP)
        sim_whatsapp_message(d->sim, d->a, item, "remove");
    return true; /* X tells nobody of a direct message that was deleted */
}

static bool do_react(struct doing *d, struct error *e)
{
    struct sim_item *item = d->to;

    if (item == NULL || item->deleted)
        return fail(e, ERR_NOT_FOUND, "It is not there any more");
    item->liked = true;
    d->made = item;
    sim_changed(d->sim);
    if (item->kind == SIM_TWEET)
        sim_x_like(d->sim, d->a, item, d->person);
    else if (item->kind != SIM_PRIVATE)
        sim_facebook_reaction(d->sim, d->a, item, d->person);
    else if (item->network == SIM_FACEBOOK)
        sim_messenger_reaction(d->sim, d->a, item, d->person);
    else if (item->network == SIM_WHATSAPP)
        sim_whatsapp_reaction(d->sim, d->a, item, d->person);
    return true;
}

/* ---- signs ---- */

static bool do_read(struct doing *d, struct error *e)
{
    enum sim_network network = d->act->network;
    struct sim_item *item, *last = NULL;

    (void)e;
    for (item = d->sim->items; item != NULL; item = item->next) {
        if (item->network != network || item->kind != SIM_PRIVATE || item->person != d->person ||
            item->author != NULL || item->past || item->mark == SIM_MARK_READ || item->mark == SIM_MARK_FAILED)
            continue;
        item->mark = SIM_MARK_READ;
        last = item;
        if (network == SIM_WHATSAPP)
            sim_whatsapp_mark(d->sim, d->a, item, SIM_MARK_READ, 0, 0);
    }
    if (last == NULL)
        return true;
    sim_changed(d->sim);
    if (network == SIM_FACEBOOK)
        sim_messenger_mark(d->sim, d->a, last, SIM_MARK_READ, 0);
    else if (network == SIM_X)
        sim_x_dm_sign(d->sim, d->a, d->person, last, "read");
    return true;
}

static bool do_typing(struct doing *d, struct error *e)
{
    (void)e;
    if (d->act->network == SIM_X) /* the only one of the three that tells the brand */
        sim_x_dm_sign(d->sim, d->a, d->person, NULL, "typing");
    return true;
}

static bool set_block(struct doing *d, bool blocked)
{
    d->person->blocked[d->act->network] = blocked;
    sim_changed(d->sim);
    return true; /* no network tells the brand */
}

static bool do_block(struct doing *d, struct error *e)
{
    (void)e;
    return set_block(d, true);
}

static bool do_unblock(struct doing *d, struct error *e)
{
    (void)e;
    return set_block(d, false);
}

static bool do_close(struct doing *d, struct error *e)
{
    (void)e;
    d->person->dms_closed = true;
    sim_changed(d->sim);
    return true;
}

static bool do_open(struct doing *d, struct error *e)
{
    (void)e;
    d->person->dms_closed = false;
    sim_changed(d->sim);
    return true;
}

/* ---- the door ---- */

static const struct {
    const char *what;
    bool (*act)(struct doing *d, struct error *e);
} acts[] = {
    {"post", do_post},     {"comment", do_comment}, {"message", do_message}, {"edit", do_edit},
    {"delete", do_delete}, {"react", do_react},     {"read", do_read},       {"typing", do_typing},
    {"block", do_block},   {"unblock", do_unblock}, {"open", do_open},       {"close", do_close},
};

bool sim_act_locked(struct sim *sim, const struct sim_act *act, struct arena *a, struct str *id, struct error *e)
{
    struct doing d = {.sim = sim, .act = act, .a = a};
    size_t n;

    if (id != NULL)
        *id = STR_EMPTY;
    d.person = sim_person_find(sim, act->person);
    if (d.person == NULL)
        return fail(e, ERR_NOT_FOUND, "There is no such person");
    d.to = act->to.len > 0 ? sim_item_find(sim, act->network, act->to) : NULL;
    for (n = 0; n < COUNT_OF(acts); n++) {
        if (!str_eq(act->what, str_from(acts[n].what)))
            continue;
        if (!acts[n].act(&d, e))
            return false;
        if (id != NULL && d.made != NULL)
            *id = str_dup(a, d.made->id);
        return true;
    }
    return fail(e, ERR_BAD_INPUT, "There is no such act");
}

bool sim_do(struct sim *sim, const struct sim_act *act, struct arena *a, struct str *id, struct error *e)
{
    bool done;

    sim_lock(sim);
    done = sim_act_locked(sim, act, a, id, e);
    sim_unlock(sim);
    return done;
}
