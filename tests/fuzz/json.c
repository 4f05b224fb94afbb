/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the JSON reader on any bytes. What it accepts must survive writing and reading unchanged. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct json *a, const struct json *b)
{
    if (a->type != b->type || a->boolean != b->boolean || a->count != b->count || !str_eq(a->text, b->text))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct json *x = a->type == JSON_ARRAY ? a->items[i] : a->members[i].value;
        const struct json *y = b->type == JSON_ARRAY ? b->items[i] : b->members[i].value;
        if (!same(x, y) || (a->type == JSON_OBJECT && !str_eq(a->members[i].key, b->members[i].key)))
            return false;
    }
    return true;
}

/* Every reader on every value: whatever they give, they must not fall over. */
static void read_all(const struct json *j)
{
    if (json_text(j).len > json_id(j).len || (j->type == JSON_STRING && !utf8_valid(json_text(j))))
        abort();
    if (json_int(j, 1) != json_int(j, 2) && json_int(j, 1) != 1)
        abort();
    json_real(j, 0);
    for (size_t i = 0; i < json_count(j); i++) {
        if (j->type == JSON_OBJECT && json_get_str(j, j->members[i].key) != j->members[i].value)
            abort();
        read_all(j->type == JSON_ARRAY ? json_at(j, i) : j->members[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct error e = {0};
    struct json *j = json_parse(a, (struct str){(const char *)data, size}, &e);
    if (!j) {
        if (e.code != ERR_MALFORMED)
            abort();
        return 0;
    }
    read_all(j);
    struct str text = json_to_str(a, j);
    struct json *again = json_parse(a, text, &e);
    if (!utf8_valid(text) || !again || !same(j, again) || !str_eq(text, json_to_str(a, again)))
        abort();
    return 0;
}
