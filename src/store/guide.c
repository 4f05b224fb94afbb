/* SPDX-License-Identifier: Apache-2.0 */
/* Guides as rows. */
#include "store/guide.h"

#include "base/arena.h"
#include "db/db.h"

/* All rows of a query into *out, each made by of_row(r, a). Closes the rows. */
#define ROWS_INTO(query, of_row)                                                                                     \
    do {                                                                                                             \
        CLEANUP(rows_cleanup) struct rows *r = (query);                                                              \
        __typeof__(*out) list = NULL;                                                                                \
        *count = 0;                                                                                                  \
        if (!r)                                                                                                      \
            return false;                                                                                            \
        while (rows_next(r)) {                                                                                       \
            list = list_room(a, list, *count, sizeof *list);                                                         \
            list[(*count)++] = of_row(r, a);                                                                         \
        }                                                                                                            \
        *out = list;                                                                                                 \
        return rows_ok(r, e);                                                                                        \
    } while (0)

/* ---- guides ---- */

static struct guide guide_of_row(const struct rows *r, struct arena *a)
{
    return (struct guide){.brand_id = rows_int(r, 0),
                          .id = rows_int(r, 1),
                          .category_id = rows_int(r, 2),
                          .position = rows_int(r, 3),
                          .name = rows_dup(r, a, 4),
                          .created_at = rows_int(r, 5)};
}

static bool guides_of(struct rows *rows, struct arena *a, struct guide **out, size_t *count, struct error *e)
{
    ROWS_INTO(rows, guide_of_row);
}

static bool guide_first(struct rows *rows, struct arena *a, struct guide *out, struct error *e)
{
    struct guide *list;
    size_t count;
    if (!guides_of(rows, a, &list, &count, e))
        return false;
    *out = count ? list[0] : (struct guide){0};
    return true;
}

bool guide_add(struct tx *tx, const struct guide *g, struct error *e)
{
    return db_exec(tx, SQL_guide_insert, NULL, e, V(g->brand_id), V(g->id), V(g->category_id), V(g->position),
                   V(g->name), V(g->created_at));
}

bool guide_move(struct tx *tx, const struct guide *g, struct error *e)
{
    return db_exec(tx, SQL_guide_update, NULL, e, V(g->brand_id), V(g->id), V(g->category_id), V(g->position));
}

bool guide_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct guide *out, struct error *e)
{
    return guide_first(db_query(tx, SQL_guide_by_id, e, V(brand), V(id)), a, out, e) &&
           (out->id || fail(e, ERR_NOT_FOUND, "There is no such guide."));
}

bool guide_by_name(struct tx *tx, struct arena *a, int64_t brand, struct str name, struct guide *out, struct error *e)
{
    return guide_first(db_query(tx, SQL_guide_by_name, e, V(brand), V(name)), a, out, e);
}

bool guide_list(struct tx *tx, struct arena *a, int64_t brand, struct guide **out, size_t *count, struct error *e)
{
    return guides_of(db_query(tx, SQL_guide_list, e, V(brand)), a, out, count, e);
}

/* ---- texts ---- */

static struct guide_text text_of_row(const struct rows *r, struct arena *a)
{
    return (struct guide_text){.brand_id = rows_int(r, 0),
                               .guide_id = rows_int(r, 1),
                               .language = rows_dup(r, a, 2),
                               .slug = rows_dup(r, a, 3),
                               .title = rows_dup(r, a, 4),
                               .about = rows_dup(r, a, 5),
                               .published = rows_int(r, 6),
                               .revision = rows_int(r, 7),
                               .published_at = rows_int(r, 8),
                               .counted_since = rows_int(r, 9)};
}

static bool texts_of(struct rows *rows, struct arena *a, struct guide_text **out, size_t *count, struct error *e)
{
    ROWS_INTO(rows, text_of_row);
}

bool guide_text_put(struct tx *tx, const struct guide_text *t, struct error *e)
{
    return db_exec(tx, SQL_guide_text_put, NULL, e, V(t->brand_id), V(t->guide_id), V(t->language), V(t->slug),
                   V(t->title), V(t->about), V(t->published), V(t->revision), V(t->published_at),
                   V(t->counted_since));
}

bool guide_text_of(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct guide_text **out,
                   size_t *count, struct error *e)
{
    return texts_of(db_query(tx, SQL_guide_text_of, e, V(brand), V(guide)), a, out, count, e);
}

bool guide_text_by_slug(struct tx *tx, struct arena *a, int64_t brand, struct str slug, struct guide_text *out,
                        struct error *e)
{
    struct guide_text *list;
    size_t count;
    if (!texts_of(db_query(tx, SQL_guide_text_by_slug, e, V(brand), V(slug)), a, &list, &count, e))
        return false;
    *out = count ? list[0] : (struct guide_text){0};
    return true;
}

bool guide_text_list(struct tx *tx, struct arena *a, int64_t brand, struct guide_text **out, size_t *count,
                     struct error *e)
{
    return texts_of(db_query(tx, SQL_guide_text_list, e, V(brand)), a, out, count, e);
}

bool guide_text_some(struct tx *tx, struct arena *a, int64_t brand, struct str language, const int64_t *ids, size_t n,
                     struct guide_text **out, size_t *count, struct error *e)
{
    struct db_value values[] = {V(brand), V(language)}, *list = ARENA_ARRAY(a, struct db_value, n + 1);
    *count = 0;
    *out = NULL;
    for (size_t i = 0; i < n; i++)
        list[i] = V(ids[i]);
    return n == 0 ||
           texts_of(db_query_list(tx, SQL_guide_text_some, values, COUNT_OF(values), list, n, e), a, out, count, e);
}

/* ---- versions ---- */

bool guide_version_put(struct tx *tx, const struct guide_version *n, struct error *e)
{
    return db_exec(tx, SQL_guide_version_put, NULL, e, V(n->brand_id), V(n->guide_id), V(n->language), V(n->number),
                   V(n->title), V(n->about), V(n->steps), V(n->agent_id), V(n->at));
}

static struct guide_version version_of_row(const struct rows *r, struct arena *a)
{
    return (struct guide_version){.brand_id = rows_int(r, 0),
                                  .guide_id = rows_int(r, 1),
                                  .language = rows_dup(r, a, 2),
                                  .number = rows_int(r, 3),
                                  .title = rows_dup(r, a, 4),
                                  .about = rows_dup(r, a, 5),
                                  .steps = rows_dup(r, a, 6),
                                  .agent_id = rows_int(r, 7),
                                  .at = rows_int(r, 8)};
}

bool guide_version_get(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct str language,
                       int64_t number, struct guide_version *out, struct error *e)
{
    CLEANUP(rows_cleanup)
    struct rows *r = db_query(tx, SQL_guide_version_get, e, V(brand), V(guide), V(language), V(number));
    if (!r)
        return false;
    if (!rows_next(r))
        return rows_ok(r, e) && fail(e, ERR_NOT_FOUND, "There is no such guide.");
    *out = version_of_row(r, a);
    return true;
}

static bool versions_of(struct rows *rows, struct arena *a, struct guide_version **out, size_t *count,
                        struct error *e)
{
    ROWS_INTO(rows, version_of_row);
}

bool guide_version_drafts(struct tx *tx, struct arena *a, int64_t brand, struct guide_version **out, size_t *count,
                          struct error *e)
{
    return versions_of(db_query(tx, SQL_guide_version_drafts, e, V(brand)), a, out, count, e);
}

/* ---- how it went ---- */

static struct guide_count count_of_row(const struct rows *r, struct arena *a)
{
    return (struct guide_count){.guide_id = rows_int(r, 0),
                                .language = rows_dup(r, a, 1),
                                .step = rows_dup(r, a, 2),
                                .answer = rows_dup(r, a, 3),
                                .seen = rows_int(r, 4),
                                .moved = rows_int(r, 5)};
}

static bool counts_of(struct rows *rows, struct arena *a, struct guide_count **out, size_t *count, struct error *e)
{
    ROWS_INTO(rows, count_of_row);
}

bool guide_count_add(struct tx *tx, int64_t brand, const struct guide_count *c, struct error *e)
{
    return db_exec(tx, SQL_guide_count_add, NULL, e, V(brand), V(c->guide_id), V(c->language), V(c->step),
                   V(c->answer), V(c->seen), V(c->moved));
}

bool guide_count_of(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct str language,
                    struct guide_count **out, size_t *count, struct error *e)
{
    return counts_of(db_query(tx, SQL_guide_count_of, e, V(brand), V(guide), V(language)), a, out, count, e);
}

bool guide_count_list(struct tx *tx, struct arena *a, int64_t brand, struct guide_count **out, size_t *count,
                      struct error *e)
{
    return counts_of(db_query(tx, SQL_guide_count_list, e, V(brand)), a, out, count, e);
}

bool guide_count_clear(struct tx *tx, int64_t brand, int64_t guide, struct str language, struct error *e)
{
    return db_exec(tx, SQL_guide_count_clear, NULL, e, V(brand), V(guide), V(language));
}
