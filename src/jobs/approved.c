/* SPDX-License-Identifier: Apache-2.0 */
/* The words that a network approved for an account, read anew whenever the account was found well: a list that could
 * not be read to its end changes nothing. */
#include "base/arena.h"
#include "care/account.h"
#include "jobs/jobs_internal.h"
#include "store/channel.h"

#define PAGES_MAX 20

struct approved_round {
    int64_t brand, channel;
    struct approved_list list;
};

static bool listing_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct approved_round *l = ctx;
    if (!approved_clear(tx, l->brand, l->channel, e))
        return false;
    for (size_t i = 0; i < l->list.count; i++) {
        const struct approved *one = &l->list.items[i];
        struct approved_row row = {one->name, one->language, one->head, one->body, one->foot};
        if (!approved_put(tx, l->brand, l->channel, &row, e))
            return false;
    }
    return true;
}

void approved_refresh(struct worker *worker, struct arena *a, const struct account *account)
{
    struct approved_round l = {.brand = account->row.brand_id, .channel = account->row.id, .list = {.arena = a}};
    struct error e = {0};
    if (!account->channel->approved)
        return;
    for (int page = 0; page < PAGES_MAX; page++) {
        struct http_call call = {0};
        struct http_reply reply = {0};
        struct outcome outcome = {0};
        struct str after = l.list.next;
        if (!account->channel->approved(a, &account->settings, after, &call, &e)) {
            if (e.code != ERR_NOT_FOUND) /* nothing said where to ask */
                jobs_log("approved", &e);
            return;
        }
        jobs_call(worker, a, &call, &reply);
        account->channel->approved_read(a, &reply, &l.list, &outcome);
        if (outcome.kind == OUTCOME_FAILED) {
            fail(&e, ERR_UNAVAILABLE, "The approved words of %s could not be read: %.*s", account->channel->label,
                 STR_ARGS(outcome.words));
            jobs_log("approved", &e);
            return;
        }
        if (l.list.next.len == 0 || str_eq(l.list.next, after))
            break;
    }
    if (!jobs_write(worker, l.brand, listing_write, &l, &e))
        jobs_log("approved", &e);
}
