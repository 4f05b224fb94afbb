/* SPDX-License-Identifier: Apache-2.0 */
/* What the nouns share: growing lists, and rows as JSON. */
#include "store/store.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "db/db.h"

void *list_room(struct arena *a, void *items, size_t count, size_t item_size)
{
    if (count != 0 && (count < 8 || (count & (count - 1)) != 0))
        return items;
    char *wider = arena_alloc(a, item_size * (count ? count * 2 : 8));
    if (count)
        memcpy(wider, items, count * item_size);
    return wider;
}

bool rows_ids(struct rows *given, struct arena *a, int64_t **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    *out = NULL;
    *count = 0;
    if (!rows)
        return false;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        (*out)[(*count)++] = rows_int(rows, 0);
    }
    return rows_ok(rows, e);
}

static struct json *column_json(const struct rows *rows, struct arena *a, int column, char type)
{
    switch (type) {
    case '#': return json_new_id(a, rows_int(rows, column));
    case '%': return json_new_int(a, rows_int(rows, column));
    case '?': return json_new_bool(a, rows_int(rows, column) != 0);
    case '@': return json_new_time(a, rows_int(rows, column));
    default: return json_new_str(a, rows_dup(rows, a, column));
    }
}

static struct json *row_json(const struct rows *rows, struct arena *a, const char *spec)
{
    struct json *object = json_object(a);
    struct str rest = str_from(spec), name;
    for (int column = 0; str_split(&rest, ' ', &name); column++) {
        char type = name.ptr[name.len - 1];
        if (strchr("#%?@", type))
            name.len--;
        json_put(a, object, name, column_json(rows, a, column, type));
    }
    return object;
}

struct json *rows_json(struct rows *given, struct arena *a, const char *spec, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return NULL;
    struct json *list = json_array(a);
    while (rows_next(rows))
        json_push(a, list, row_json(rows, a, spec));
    return rows_ok(rows, e) ? list : NULL;
}

struct json *rows_json_one(struct rows *given, struct arena *a, const char *spec, const char *missing,
                           struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return NULL;
    if (rows_next(rows))
        return row_json(rows, a, spec);
    return rows_ok(rows, e) ? fail_null(e, ERR_NOT_FOUND, "%s", missing) : NULL;
}

bool rows_number(struct rows *given, int64_t *out, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    *out = rows_next(rows) ? rows_int(rows, 0) : 0;
    return rows_ok(rows, e);
}
