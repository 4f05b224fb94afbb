/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of forms, choices and cursors. */
#include "web/forms.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"

struct json *option_json(struct arena *a, struct str value, struct str name, bool checked)
{
    struct json *option = json_object(a);
    json_set_str(a, option, "value", value);
    json_set_str(a, option, "name", name);
    json_set_bool(a, option, "checked", checked);
    return option;
}

struct json *choice_json(struct arena *a, struct str value, const char *key, bool checked)
{
    struct json *choice = json_object(a);
    json_set_str(a, choice, "value", value);
    json_set_str(a, choice, "key", str_from(key));
    json_set_bool(a, choice, "checked", checked);
    return choice;
}

void form_wrong(struct arena *a, struct json **errors, const char *field, const char *key)
{
    if (!json_is(*errors, JSON_OBJECT))
        *errors = json_object(a);
    json_set_str(a, *errors, field, str_from(key));
}

struct str form_line(struct visit *v, const char *field, size_t max, bool required, struct json **errors)
{
    struct str text = str_trim(text_clean(v->arena, http_form(v->http, field)));
    if (required && text.len == 0)
        form_wrong(v->arena, errors, field, "wrong.missing");
    if (text_length(v->arena, text, LENGTH_CHARACTERS) > max)
        form_wrong(v->arena, errors, field, "wrong.long");
    return text;
}

bool form_is_email(struct str text)
{
    ptrdiff_t at = str_find_char(text, '@');
    if (at <= 0 || text.len > 254 || str_find_char(text, ' ') >= 0)
        return false;
    struct str host = str_slice(text, (size_t)at + 1, text.len);
    ptrdiff_t dot = str_find_char(host, '.');
    return dot > 0 && (size_t)dot + 1 < host.len && str_find_char(host, '@') < 0;
}

struct cursor form_cursor(struct str text, int limit)
{
    struct cursor cursor = {.limit = limit};
    struct str at, id;
    if (!str_split(&text, '.', &at) || !str_split(&text, '.', &id) || !str_int64(at, &cursor.at) ||
        !str_int64(id, &cursor.id))
        return (struct cursor){.limit = limit};
    return cursor;
}

struct str form_cursor_text(struct arena *a, int64_t at, int64_t id)
{
    return str_format(a, "%lld.%lld", (long long)at, (long long)id);
}
