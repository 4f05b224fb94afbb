/* SPDX-License-Identifier: Apache-2.0 */
/* Words approved beforehand, for the doors whose window is closed: as blanks that a colleague fills in. */
#include "base/arena.h"
#include "base/json.h"
#include "store/channel.h"
#include "web/desk/model.h"
#include "web/hunch.h"

static void part_words(struct arena *a, struct json *parts, struct str words)
{
    struct json *part = json_object(a);
    if (words.len == 0)
        return;
    json_set_str(a, part, "text", words);
    json_set_bool(a, part, "field", false);
    json_push(a, parts, part);
}

static bool is_known(const struct str *fields, size_t count, struct str field)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(fields[i], field))
            return true;
    return false;
}

/* A field asks where it stands first; where it stands again it says the same. */
static void parts_add(struct arena *a, struct json *parts, struct str words, int *number)
{
    struct str *fields, before, field;
    size_t count = approved_fields(a, words, &fields), asked = 0;
    while (approved_field(&words, &before, &field)) {
        part_words(a, parts, before);
        if (asked == count || is_known(fields, asked, field)) {
            part_words(a, parts, STR("…"));
            continue;
        }
        struct json *part = json_object(a);
        json_set_str(a, part, "text", field);
        json_set_bool(a, part, "field", true);
        json_set_int(a, part, "number", ++*number);
        json_push(a, parts, part);
        asked++;
    }
    part_words(a, parts, before);
}

/* "riprendiamo_da_qui" as words. */
static struct str label_of(struct arena *a, struct str name)
{
    char *label = arena_copy(a, name.ptr, name.len);
    for (size_t i = 0; i < name.len; i++)
        if (label[i] == '_')
            label[i] = ' ';
    return (struct str){label, name.len};
}

static struct json *approved_model(struct visit *v, const struct reply_door *door, const struct approved_row *row)
{
    struct arena *a = v->arena;
    struct json *item = json_object(a), *parts = json_array(a);
    int number = 0;
    json_set_str(a, item, "door", str_format(a, "%lld:%s", (long long)door->channel_id, door->door->name));
    json_set_str(a, item, "channel", door->channel_name);
    json_set_str(a, item, "name", row->name);
    json_set_str(a, item, "language", row->language);
    json_set_str(a, item, "label", label_of(a, row->name));
    json_set_str(a, item, "lang", str_slice(row->language, 0, 2));
    parts_add(a, parts, row->head, &number);
    if (row->head.len)
        part_words(a, parts, STR("\n"));
    parts_add(a, parts, row->body, &number);
    if (row->foot.len)
        part_words(a, parts, str_format(a, "\n%.*s", STR_ARGS(row->foot)));
    json_set(a, item, "parts", parts);
    return item;
}

bool approved_words_model(struct tx *tx, struct visit *v, const struct reply_door *door, struct json *list,
                          struct error *e)
{
    struct approved_row *rows;
    size_t count;
    if (!approved_all(tx, v->arena, v->brand.id, door->channel_id, &rows, &count, e))
        return false;
    hunch_keep(v->app->hunches, HUNCH_APPROVED, (uint64_t)v->params[0], door->channel_id);
    for (size_t i = 0; i < count; i++)
        json_push(v->arena, list, approved_model(v, door, &rows[i]));
    return true;
}
