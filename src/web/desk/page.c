/* SPDX-License-Identifier: Apache-2.0 */
/* Forms, the log and cursors of the pages beside the list. */
#include "web/desk/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/event.h"

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

bool page_event(struct tx *tx, struct visit *v, const char *kind, int64_t subject, struct json *data, struct error *e)
{
    struct event event = {.brand_id = v->brand.id,
                          .kind = str_from(kind),
                          .subject_id = subject,
                          .actor_id = v->actor.agent_id,
                          .at = tx_now(tx),
                          .data = data ? json_to_str(tx_arena(tx), data) : STR_EMPTY};
    return event_add(tx, &event, e);
}

struct json *page_named(struct arena *a, struct str name)
{
    struct json *data = json_object(a);
    json_set_str(a, data, "name", name);
    return data;
}
