/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as both engines describe them, compared by name. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "db/db_copy_internal.h"

/* The one place that names what is not carried. */
static const char *const derived[] = {"search", "search_name"};

bool copy_is_derived(struct str table)
{
    for (size_t i = 0; i < COUNT_OF(derived); i++)
        if (str_eq(table, str_from(derived[i])))
            return true;
    return false;
}

static bool type_of(struct str words, enum copy_type *out)
{
    static const char *const names[] = {
        [COPY_INT] = "BIGINT", [COPY_REAL] = "DOUBLE PRECISION", [COPY_TEXT] = "TEXT", [COPY_BYTES] = "BYTEA"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq_nocase(words, str_from(names[i]))) {
            *out = (enum copy_type)i;
            return true;
        }
    return false;
}

/* Room for one more: lists grow by doubling at powers of two. */
static void *room(struct arena *a, void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    char *larger = arena_alloc(a, (count ? count * 2 : 1) * size);
    if (count)
        memcpy(larger, items, count * size);
    return larger;
}

bool copy_column_add(struct copy_schema *s, struct str table, struct str column, struct str type, struct error *e)
{
    enum copy_type known;
    if (!type_of(type, &known))
        return fail(e, ERR_INTERNAL, "%.*s.%.*s is of a type that cannot be carried: %.*s", STR_ARGS(table),
                    STR_ARGS(column), STR_ARGS(type));
    if (s->count == 0 || !str_eq(str_from(s->tables[s->count - 1].name), table)) {
        s->tables = room(s->arena, s->tables, s->count, sizeof *s->tables);
        s->tables[s->count++] = (struct copy_table){.name = str_cstr(s->arena, table), .key = ""};
    }
    struct copy_table *t = &s->tables[s->count - 1];
    t->columns = room(s->arena, t->columns, t->count, sizeof *t->columns);
    t->columns[t->count++] = (struct copy_column){str_cstr(s->arena, column), known};
    return true;
}

static const struct copy_table *table_find(const struct copy_schema *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->tables[i].name, name) == 0)
            return &s->tables[i];
    return NULL;
}

static bool column_there(const struct copy_table *table, const struct copy_column *column)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->columns[i].name, column->name) == 0)
            return table->columns[i].type == column->type;
    return false;
}

static bool holds_all(const struct copy_schema *to, const struct copy_schema *from, struct error *e)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct copy_table *one = &from->tables[i], *other = table_find(to, one->name);
        if (!other)
            return fail(e, ERR_CONFLICT, "The table %s is in one of the databases only: nothing was copied",
                        one->name);
        for (size_t k = 0; k < one->count; k++)
            if (!column_there(other, &one->columns[k]))
                return fail(e, ERR_CONFLICT,
                            "%s.%s is not the same in both databases: are they of the same version? Nothing was "
                            "copied",
                            one->name, one->columns[k].name);
    }
    return true;
}

bool copy_same(const struct copy_schema *from, const struct copy_schema *to, struct error *e)
{
    return holds_all(to, from, e) && holds_all(from, to, e);
}

const char *copy_columns(struct arena *a, const struct copy_table *table)
{
    struct buf b;
    buf_init(&b, a, 256);
    for (size_t i = 0; i < table->count; i++)
        buf_format(&b, "%s\"%s\"", i ? ", " : "", table->columns[i].name);
    return buf_view(&b).ptr;
}
