/* SPDX-License-Identifier: Apache-2.0 */
/* Words approved beforehand: the fields in them, and filling these. */
#include "channels/channel.h"

#include "base/arena.h"
#include "base/buf.h"

#define FIELDS_MAX 32

bool approved_field(struct str *rest, struct str *before, struct str *field)
{
    for (size_t from = 0; from < rest->len;) {
        ptrdiff_t open = str_find(str_slice(*rest, from, rest->len), STR("{{"));
        ptrdiff_t close = open < 0 ? -1 : str_find(str_slice(*rest, from + (size_t)open, rest->len), STR("}}"));
        if (close < 0)
            break;
        size_t begin = from + (size_t)open, end = begin + (size_t)close;
        *field = str_trim(str_slice(*rest, begin + 2, end));
        *before = str_slice(*rest, 0, begin);
        from = end + 2;
        if (field->len == 0)
            continue;
        *rest = str_slice(*rest, from, rest->len);
        return true;
    }
    *before = *rest;
    return false;
}

size_t approved_fields(struct arena *a, struct str text, struct str **fields)
{
    struct str before, field;
    size_t count = 0;
    *fields = ARENA_ARRAY(a, struct str, FIELDS_MAX);
    while (count < FIELDS_MAX && approved_field(&text, &before, &field)) {
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known |= str_eq((*fields)[i], field);
        if (!known)
            (*fields)[count++] = field;
    }
    return count;
}

struct str approved_fill(struct arena *a, struct str text, const struct pairs *values)
{
    struct buf b;
    struct str before, field;
    buf_init(&b, a, text.len + 64);
    while (approved_field(&text, &before, &field)) {
        buf_str(&b, before);
        buf_str(&b, pairs_get(values, field));
    }
    buf_str(&b, before);
    return buf_view(&b);
}

struct approved *approved_add(struct approved_list *list)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct approved *items = ARENA_ARRAY(list->arena, struct approved, cap);
        for (size_t i = 0; i < list->count; i++)
            items[i] = list->items[i];
        list->items = items;
        list->cap = cap;
    }
    return &list->items[list->count++];
}
