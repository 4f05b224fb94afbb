/* SPDX-License-Identifier: Apache-2.0 */
/* What customers do on the networks: each act changes the state as the network would; the network's file tells the
 * brand of it, or nobody. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

#define TEXT_MAX 10000

bool sim_word_in(const char *list, struct str word)
{
    struct str rest = str_from(list), one;

    while (rest.len > 0 && str_split(&rest, ' ', &one))
        if (str_eq(one, word))
            return true;
    return false;
}

static const struct sim_driver *driver_of(const struct sim_deed *d)
{
    return sim_drivers[d->act->network];
}

/* ---- writing ---- */

static bool content_fits(const struct sim_deed *d, enum sim_kind kind, struct error *e)
{
    const char *takes = kind == SIM_PRIVATE ? driver_of(d)->attach_private : driver_of(d)->attach_public;
    const struct sim_act *act = d->act;

    if (act->media.len > 0 && !sim_word_in("picture sticker location unsupported file", act->media))
        return fail(e, ERR_BAD_INPUT, "There is no such media");
    if (act->text.len == 0 && act->media.len == 0)
        return fail(e, ERR_BAD_INPUT, "Nothing is written");
    if (act->text.len > TEXT_MAX)
        return fail(e, ERR_TOO_LARGE, "That is too long");
    if (act->media.len > 0 && !sim_word_in(takes, act->media))
        return fail(e, ERR_BAD_INPUT, "That cannot be sent here");
    return true;
}

static void set_content(struct sim_deed *d, struct sim_item *item)
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

static struct sim_item *write_item(struct sim_deed *d, enum sim_kind kind, struct str root)
{
    struct sim_item *item;

    item = sim_item_new(d->sim, d->act->network, kind, sim_new_id(d->sim, d->act->network, kind, d->person, root));
    item->root = root.len > 0 ? root : item->id;
    set_content(d, item);
    d->item = item;
    return item;
}

static bool tell(struct sim_deed *d, enum sim_verb verb)
{
    d->verb = verb;
    sim_changed(d->sim);
    if (driver_of(d)->tell != NULL)
        driver_of(d)->tell(d);
    return true;
}

static bool do_post(struct sim_deed *d, struct error *e)
{
    if (!content_fits(d, driver_of(d)->post, e))
        return false;
    write_item(d, driver_of(d)->post, STR_EMPTY);
    return tell(d, SIM_WROTE);
}

/* Where comments stand only so many levels deep, a deeper one stands beside what it answers. */
static struct sim_item *parent_of(const struct sim_driver *driver, struct sim_item *to)
{
    const struct sim_item *up;
    int level = 1;

    for (up = to; up->parent != NULL; up = up->parent)
        level++;
    return driver->levels > 0 && level > driver->levels ? to->parent : to;
}

static bool do_comment(struct sim_deed *d, struct error *e)
{
    struct sim_item *item, *to = d->to;

    if (to == NULL || to->deleted || to->kind == SIM_PRIVATE)
        return fail(e, ERR_NOT_FOUND, "What you want to answer is not there any more");
    if (!content_fits(d, driver_of(d)->comment, e))
        return false;
    item = write_item(d, driver_of(d)->comment, to->root);
    item->parent = parent_of(driver_of(d), to);
    if (driver_of(d)->placed != NULL)
        driver_of(d)->placed(d->sim, item);
    return tell(d, SIM_WROTE);
}

static bool do_message(struct sim_deed *d, struct error *e)
{
    struct sim_item *item;

    if (!content_fits(d, SIM_PRIVATE, e))
        return false;
    item = write_item(d, SIM_PRIVATE, STR_EMPTY);
    item->person = d->person;
    item->parent = d->to != NULL && d->to->person == d->person ? d->to : NULL;
    return tell(d, SIM_WROTE);
}

/* ---- changing ---- */

static bool own(struct sim_deed *d, enum sim_verb verb, struct error *e)
{
    if (d->to == NULL || d->to->deleted)
        return fail(e, ERR_NOT_FOUND, "It is not there any more");
    if (d->to->author != d->person)
        return fail(e, ERR_FORBIDDEN, "Only what one wrote oneself can be changed");
    d->verb = verb;
    d->item = d->to;
    return driver_of(d)->may == NULL || driver_of(d)->may(d, e);
}

static bool do_edit(struct sim_deed *d, struct error *e)
{
    if (!own(d, SIM_EDITED, e))
        return false;
    if (d->act->text.len == 0 || d->act->text.len > TEXT_MAX)
        return fail(e, ERR_BAD_INPUT, "Nothing is written");
    d->item->text = text_clean(d->sim->state, sim_copy(d->sim, d->act->text));
    d->item->edits++;
    d->item->edited_at = sim_now(d->sim);
    return tell(d, SIM_EDITED);
}

static bool do_delete(struct sim_deed *d, struct error *e)
{
    if (!own(d, SIM_REMOVED, e))
        return false;
    d->item->deleted = true;
    return tell(d, SIM_REMOVED);
}

static bool do_react(struct sim_deed *d, struct error *e)
{
    if (d->to == NULL || d->to->deleted)
        return fail(e, ERR_NOT_FOUND, "It is not there any more");
    d->item = d->to;
    d->item->liked = true;
    return tell(d, SIM_LIKED);
}

/* ---- signs ---- */

static bool do_read(struct sim_deed *d, struct error *e)
{
    enum sim_network network = d->act->network;
    struct sim_item *item, *last = NULL;

    (void)e;
    for (item = d->sim->items; item != NULL; item = item->next) {
        if (item->network != network || item->kind != SIM_PRIVATE || item->person != d->person ||
            item->author != NULL || item->past || item->mark == SIM_MARK_READ || item->mark == SIM_MARK_FAILED)
            continue;
        item->mark = SIM_MARK_READ;
        d->item = last = item;
        if (driver_of(d)->reads_each)
            tell(d, SIM_READ);
    }
    if (last != NULL && !driver_of(d)->reads_each)
        tell(d, SIM_READ);
    d->item = NULL; /* nothing was made */
    return true;
}

static bool do_typing(struct sim_deed *d, struct error *e)
{
    (void)e;
    return tell(d, SIM_TYPED);
}

static bool do_block(struct sim_deed *d, struct error *e)
{
    (void)e;
    d->person->blocked[d->act->network] = true;
    return tell(d, SIM_BLOCKED);
}

static bool do_unblock(struct sim_deed *d, struct error *e)
{
    (void)e;
    d->person->blocked[d->act->network] = false;
    return tell(d, SIM_UNBLOCKED);
}

/* ---- the door ---- */

static const struct {
    const char *what;
    bool (*act)(struct sim_deed *d, struct error *e);
} acts[] = {
    {"post", do_post},     {"comment", do_comment}, {"message", do_message}, {"edit", do_edit},
    {"delete", do_delete}, {"react", do_react},     {"read", do_read},       {"typing", do_typing},
    {"block", do_block},   {"unblock", do_unblock},
};

static bool do_what(struct sim_deed *d, struct error *e)
{
    const struct sim_driver *driver = driver_of(d);
    size_t n;

    for (n = 0; n < COUNT_OF(acts); n++)
        if (str_eq(d->act->what, str_from(acts[n].what)) && sim_word_in(driver->acts, d->act->what))
            return acts[n].act(d, e);
    if (driver->own_act != NULL)
        return driver->own_act(d, e);
    return fail(e, ERR_BAD_INPUT, "There is no such act on %s", driver->name);
}

bool sim_act_locked(struct sim *sim, const struct sim_act *act, struct arena *a, struct str *id, struct error *e)
{
    struct sim_deed d = {.sim = sim, .act = act, .a = a};

    if (id != NULL)
        *id = STR_EMPTY;
    d.person = sim_person_find(sim, act->person);
    if (d.person == NULL)
        return fail(e, ERR_NOT_FOUND, "There is no such person");
    d.to = act->to.len > 0 ? sim_item_find(sim, act->network, act->to) : NULL;
    if (!do_what(&d, e))
        return false;
    if (id != NULL && d.item != NULL)
        *id = str_dup(a, d.item->id);
    return true;
}

bool sim_do(struct sim *sim, const struct sim_act *act, struct arena *a, struct str *id, struct error *e)
{
    bool done;

    sim_lock(sim);
    done = sim_act_locked(sim, act, a, id, e);
    sim_unlock(sim);
    return done;
}
