/* SPDX-License-Identifier: Apache-2.0 */
/* What is there before anybody writes: invented people, posts of the brand, and conversations imported from
 * elsewhere. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "sim/sim_driver.h"

static const struct sim_persona people[] = {
    {{"marta", 5},
     {"Marta Bellucci", 14},
     {"martabellucci", 13},
     {[SIM_FACEBOOK] = {"6100000000000218", 16},
      [SIM_WHATSAPP] = {"393330000218", 12},
      [SIM_X] = {"1700000000000000218", 19}},
     {"it", 2}},
    {{"davide", 6},
     {"Davide Fontana", 14},
     {"davfontana", 10},
     {[SIM_FACEBOOK] = {"6100000000000731", 16},
      [SIM_WHATSAPP] = {"393330000731", 12},
      [SIM_X] = {"1700000000000000731", 19}},
     {"it", 2}},
    {{"ngozi", 5},
     {"Ngozi Adeyemi", 13},
     {"ngozi_a", 7},
     {[SIM_FACEBOOK] = {"6100000000000544", 16},
      [SIM_WHATSAPP] = {"393330000544", 12},
      [SIM_X] = {"1700000000000000544", 19}},
     {"en", 2}},
};

static void seed_people(struct sim *sim)
{
    struct error e;
    size_t n;

    for (n = 0; n < COUNT_OF(people); n++)
        if (sim_person_find(sim, people[n].key) == NULL)
            (void)!sim_person_add(sim, &people[n], &e);
}

static struct sim_item *brand_post(struct sim *sim, enum sim_network network, struct str id, struct str text,
                                   int64_t at)
{
    enum sim_kind kind = sim_drivers[network]->post;
    struct sim_item *item;

    if (id.len == 0)
        id = sim_new_id(sim, network, kind, NULL, STR_EMPTY);
    item = sim_item_new(sim, network, kind, id);
    item->root = item->id;
    item->text = sim_copy(sim, text);
    item->at = at;
    item->past = true;
    return item;
}

/* Called before the threads run, and by sim_reset with the lock held, when the people are there already. */
void sim_seed(struct sim *sim)
{
    const struct sim_seed_post *post;
    int n;

    if (sim->people == NULL)
        seed_people(sim);
    for (n = 0; n < SIM_NETWORKS; n++)
        for (post = sim_drivers[n]->posts; post != NULL && post->text != NULL; post++)
            brand_post(sim, (enum sim_network)n, STR_EMPTY, str_from(post->text),
                       clock_now() - post->days_ago * DAY_US)
                ->lang = STR("it");
}

/* What it stands under: what it answers, else the post of its thread (of tweets a thread is only a name). */
static struct sim_item *past_parent(struct sim *sim, const struct sim_past *past)
{
    struct str id = past->to.len > 0 ? past->to : past->thread;
    struct sim_item *to = id.len > 0 ? sim_item_find(sim, past->network, id) : NULL, *item;

    if (to != NULL || id.len == 0)
        return to;
    if (sim_drivers[past->network]->post == SIM_TWEET && past->to.len == 0) { /* the last that was said there */
        for (item = sim->items; item != NULL; item = item->next)
            to = item->network == past->network && item->kind == SIM_TWEET && str_eq(item->root, past->thread) ? item
                                                                                                               : to;
        return to;
    }
    return brand_post(sim, past->network, id, past->title, past->at - 1);
}

static void remember_public(struct sim *sim, struct sim_item *item, const struct sim_past *past)
{
    struct sim_item *to = past_parent(sim, past);

    if (to != NULL && to->text.len == 0 && to->author == NULL)
        to->text = sim_copy(sim, past->title);
    item->parent = to;
    item->root = to != NULL ? to->root : past->thread.len > 0 ? sim_copy(sim, past->thread) : item->id;
    if (to != NULL && to->kind == SIM_COMMENT && to->parent != NULL && to->parent->kind == SIM_COMMENT)
        item->parent = to->parent;
    item->summons = true;
}

static void remember_private_reply(struct sim *sim, struct sim_item *item, struct str to)
{
    struct sim_item *comment = sim_item_find(sim, item->network, to);

    if (comment == NULL || comment->kind == SIM_PRIVATE)
        return;
    comment->answered_privately = true;
    item->private_reply = true;
}

bool sim_remember(struct sim *sim, const struct sim_past *past, struct error *e)
{
    bool private = str_eq(past->what, STR("message")), post = str_eq(past->what, STR("post"));
    const struct sim_driver *driver = sim_drivers[past->network];
    enum sim_kind kind = private ? SIM_PRIVATE : post ? driver->post : driver->comment;
    struct sim_person *person;
    struct sim_item *item;

    if (past->id.len == 0 || !(private || post || str_eq(past->what, STR("comment"))))
        return fail(e, ERR_BAD_INPUT, "Nothing can be remembered of this");
    sim_lock(sim);
    person = sim_person_find(sim, past->person);
    if (person == NULL || sim_item_find(sim, past->network, past->id) != NULL) {
        sim_unlock(sim);
        return person != NULL || fail(e, ERR_NOT_FOUND, "There is no such person");
    }
    item = sim_item_new(sim, past->network, kind, past->id);
    item->author = past->by_brand ? NULL : person;
    item->person = private ? person : NULL;
    item->text = sim_copy(sim, past->text);
    item->at = past->at;
    item->past = true;
    if (!private)
        remember_public(sim, item, past);
    else if (past->by_brand && past->to.len > 0)
        remember_private_reply(sim, item, past->to);
    sim_unlock(sim);
    return true;
}
