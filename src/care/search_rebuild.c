/* SPDX-License-Identifier: Apache-2.0 */
/* Page after page of messages, needs and people, each in a command of its own. */
#include "care/search_rebuild.h"

#include "base/arena.h"
#include "care/search.h"
#include "store/brand.h"
#include "store/retention.h"
#include "store/shelf.h"

#define PAGE 1000

struct rebuild {
    struct arena *arena;
    struct brand *brands;
    size_t count;
    bool any; /* the index holds something */
    int64_t brand, after, last;
    size_t rows; /* of the page */
};

static bool state_read(struct tx *tx, void *ctx, struct error *e)
{
    struct rebuild *r = ctx;
    bool ok = brand_list(tx, r->arena, true, &r->brands, &r->count, e);
    for (size_t i = 0; ok && !r->any && i < r->count; i++)
        ok = search_any(tx, r->brands[i].id, &r->any, e);
    return ok;
}

static bool messages_page(struct tx *tx, void *ctx, struct error *e)
{
    struct rebuild *r = ctx;
    struct message *list;
    bool ok = (r->after || unsearched_clear(tx, r->brand, e)) && /* what left by rule leaves again */
              message_after(tx, tx_arena(tx), r->brand, r->after, PAGE, &list, &r->rows, e);
    for (size_t i = 0; ok && i < r->rows; i++) {
        ok = search_message(tx, &list[i], e);
        r->last = list[i].id;
    }
    return ok;
}

static bool needs_page(struct tx *tx, void *ctx, struct error *e)
{
    struct rebuild *r = ctx;
    struct conversation *list;
    bool ok = conversation_after(tx, tx_arena(tx), r->brand, r->after, PAGE, &list, &r->rows, e);
    for (size_t i = 0; ok && i < r->rows; i++) {
        ok = search_need(tx, &list[i], e);
        r->last = list[i].id;
    }
    return ok;
}

static bool people_page(struct tx *tx, void *ctx, struct error *e)
{
    struct rebuild *r = ctx;
    struct person *list;
    bool ok = person_list(tx, tx_arena(tx), r->brand, r->after, PAGE, &list, &r->rows, e);
    for (size_t i = 0; ok && i < r->rows; i++) {
        ok = search_person(tx, &list[i], e);
        r->last = list[i].id;
    }
    return ok;
}

bool search_rebuild(struct db *db, bool (*progress)(void *ctx, int64_t done, int64_t total), void *ctx,
                    struct error *e)
{
    static db_command *const pages[] = {messages_page, needs_page, people_page};
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct rebuild r = {.arena = a};
    int64_t done = 0;
    if (!db_read(db, state_read, &r, e))
        return false;
    for (size_t i = 0; !r.any && i < r.count * COUNT_OF(pages); i++) {
        r.brand = r.brands[i / COUNT_OF(pages)].id;
        r.after = 0;
        do {
            if (progress && !progress(ctx, done, 0))
                return fail(e, ERR_UNAVAILABLE, "The search index was not finished");
            if (!db_write(db, r.brand, pages[i % COUNT_OF(pages)], &r, e))
                return false;
            r.after = r.last;
            done += (int64_t)r.rows;
        } while (r.rows == PAGE);
    }
    return true;
}
