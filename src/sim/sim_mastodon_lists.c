/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated Mastodon lists, the newest first, with the header Link to the page that follows. */
#include <inttypes.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/url.h"
#include "sim/sim_mastodon.h"

struct page {
    struct json *list;
    int64_t limit;
    struct str max, since, last; /* ids */
    bool more;
};

static bool is_after(struct str id, struct str than)
{
    return id.len != than.len ? id.len > than.len : str_cmp(id, than) > 0;
}

static struct page page_begin(struct sim_call *c)
{
    struct page p = {.list = json_array(c->a), .limit = 20};
    int64_t limit;

    if (str_int64(http_query(c->req, "limit"), &limit) && limit > 0)
        p.limit = limit < 80 ? limit : 80;
    p.max = http_query(c->req, "max_id");
    p.since = http_query(c->req, "since_id");
    if (p.since.len == 0)
        p.since = http_query(c->req, "min_id");
    return p;
}

/* Is the thing of this id on the page? */
static bool page_takes(struct page *p, struct str id)
{
    if ((p->max.len > 0 && !is_after(p->max, id)) || (p->since.len > 0 && !is_after(id, p->since)))
        return false;
    if ((int64_t)json_count(p->list) >= p->limit) {
        p->more = true;
        return false;
    }
    p->last = id;
    return true;
}

static void page_answer(struct sim_call *c, const struct page *p)
{
    struct str query = c->req->query, one, kept = STR_EMPTY;

    c->answer = p->list;
    if (!p->more)
        return;
    while (str_split(&query, '&', &one))
        if (!str_starts(one, STR("max_id=")))
            kept = str_format(c->a, "%.*s&%.*s", STR_ARGS(kept), STR_ARGS(one));
    http_set_header(c->req, "Link",
                    str_format(c->a, "<http://127.0.0.1:%u%.*s?max_id=%.*s%.*s>; rel=\"next\"",
                               (unsigned)c->sim->port, STR_ARGS(c->req->path), STR_ARGS(p->last), STR_ARGS(kept)));
}

/* All posts of the network, the newest first. */
static struct sim_item **newest_first(struct sim_call *c, size_t *count)
{
    struct sim_item *item, **all;
    size_t n = 0, i, k;

    for (item = c->sim->items; item != NULL; item = item->next)
        n += item->network == SIM_MASTODON;
    all = ARENA_ARRAY(c->a, struct sim_item *, n + 1);
    n = 0;
    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_MASTODON) {
            for (i = n; i > 0 && is_after(item->id, all[i - 1]->id); i--)
                all[i] = all[i - 1];
            all[i] = item;
            n++;
        }
    for (k = n; k > 0 && all[k - 1] == NULL; k--)
        n--;
    *count = n;
    return all;
}

/* ---- lists ---- */

/* Of the brand's words a person hears where they are named, and the brand of theirs. Who blocked us is not heard. */
static bool is_heard(struct sim_call *c, const struct sim_item *item)
{
    struct mastodon_caller caller = sim_mastodon_caller(c);

    if (!sim_mastodon_sees(c, item) || item->past)
        return false;
    if (!caller.brand)
        return item->author == NULL && item->person == caller.person && caller.person != NULL;
    return item->author != NULL && !item->author->blocked[SIM_MASTODON] &&
           (!item->aside || sim_mastodon_names(c, NULL, item->text, NULL));
}

void sim_mastodon_notifications(struct sim_call *c)
{
    struct page p = page_begin(c);
    size_t n, i;
    struct sim_item **all = newest_first(c, &n);

    for (i = 0; i < n; i++) {
        struct json *one = json_object(c->a);

        if (!is_heard(c, all[i]) || !page_takes(&p, all[i]->id))
            continue;
        json_set_str(c->a, one, "id", all[i]->id);
        json_set_str(c->a, one, "type", STR("mention"));
        json_set_str(c->a, one, "group_key", str_concat(c->a, STR("ungrouped-"), all[i]->id));
        json_set_str(c->a, one, "created_at", sim_mastodon_time(c->a, all[i]->at));
        json_set(c->a, one, "account", sim_mastodon_account(c, all[i]->author));
        json_set(c->a, one, "status", sim_mastodon_status(c, all[i]));
        json_push(c->a, p.list, one);
    }
    page_answer(c, &p);
}

static bool is_last_of_talk(struct sim_item **all, size_t i)
{
    size_t k;

    for (k = 0; k < i; k++)
        if (all[k]->kind == SIM_PRIVATE && all[k]->person == all[i]->person && !all[k]->deleted)
            return false;
    return true;
}

void sim_mastodon_conversations(struct sim_call *c)
{
    struct page p = page_begin(c);
    struct mastodon_caller caller = sim_mastodon_caller(c);
    size_t n, i;
    struct sim_item **all = newest_first(c, &n);

    for (i = 0; i < n; i++) {
        struct json *one = json_object(c->a), *accounts = json_array(c->a);

        if (all[i]->kind != SIM_PRIVATE || all[i]->person == NULL || all[i]->past || !sim_mastodon_sees(c, all[i]) ||
            !is_last_of_talk(all, i) || !page_takes(&p, all[i]->id))
            continue;
        json_push(c->a, accounts, sim_mastodon_account(c, caller.brand ? all[i]->person : NULL));
        json_set_str(c->a, one, "id", all[i]->person->ids[SIM_MASTODON]);
        json_set_bool(c->a, one, "unread", true);
        json_set(c->a, one, "accounts", accounts);
        json_set(c->a, one, "last_status", sim_mastodon_status(c, all[i]));
        json_push(c->a, p.list, one);
    }
    page_answer(c, &p);
}

void sim_mastodon_statuses(struct sim_call *c, const struct str *account)
{
    struct page p = page_begin(c);
    size_t n, i;
    struct sim_item **all = newest_first(c, &n);

    for (i = 0; i < n; i++) {
        bool of = account == NULL || str_eq(sim_mastodon_account_id(c->sim, all[i]->author), *account);

        if (of && !all[i]->past && sim_mastodon_sees(c, all[i]) && page_takes(&p, all[i]->id))
            json_push(c->a, p.list, sim_mastodon_status(c, all[i]));
    }
    page_answer(c, &p);
}

static bool is_below(const struct sim_item *item, const struct sim_item *top)
{
    const struct sim_item *up;

    for (up = item->parent; up != NULL; up = up->parent)
        if (up == top)
            return true;
    return false;
}

void sim_mastodon_context(struct sim_call *c, struct sim_item *item)
{
    struct json *above = json_array(c->a), *below = json_array(c->a);
    const struct sim_item *one, *chain[64];
    size_t n = 0;

    for (one = item->parent; one != NULL && n < COUNT_OF(chain); one = one->parent)
        chain[n++] = one;
    while (n-- > 0)
        if (sim_mastodon_sees(c, chain[n]))
            json_push(c->a, above, sim_mastodon_status(c, chain[n]));
    for (one = c->sim->items; one != NULL; one = one->next)
        if (one->network == SIM_MASTODON && is_below(one, item) && sim_mastodon_sees(c, one))
            json_push(c->a, below, sim_mastodon_status(c, one));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "ancestors", above);
    json_set(c->a, c->answer, "descendants", below);
}
