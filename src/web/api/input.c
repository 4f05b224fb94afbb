/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in, checked against the call's declaration: unknown names, missing ones and wrong types are refused by
 * name. Everything is kept as text but truths, lists and objects; ids are strings of digits, so that none is rounded.
 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/unicode.h"
#include "web/api/api.h"

#define IDS_MAX   100
#define WORDS_MAX 50
#define TEXT_MOST 20000

/* ---- one value ---- */

struct given {
    struct arena *arena;
    const struct api_field *field;
    const struct json *value;
    bool typed; /* JSON: a number is no text. Forms and queries: all is text */
};

static bool digits_id(struct str s)
{
    int64_t id;
    return s.len && s.ptr[0] >= '0' && s.ptr[0] <= '9' && str_int64(s, &id) && id > 0;
}

static bool cursor_parts(struct str s, int64_t *at, int64_t *id)
{
    struct str first, second;
    return str_split(&s, '.', &first) && str_split(&s, '.', &second) && s.len == 0 && str_int64(first, at) &&
           digits_id(second) && str_int64(second, id);
}

static bool door_parts(struct str s, int64_t *channel, struct str *door)
{
    ptrdiff_t colon = str_find_char(s, ':');
    if (colon <= 0 || !digits_id(str_slice(s, 0, (size_t)colon)))
        return false;
    *door = str_slice(s, (size_t)colon + 1, s.len);
    return door->len > 0 && str_int64(str_slice(s, 0, (size_t)colon), channel);
}

/* "2026-11-21" or "20261121"; 0 when it is no day of the calendar. */
static int64_t day_number(struct str s)
{
    char digits[9] = "";
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool dash = s.len == 10 && (i == 4 || i == 7);
        if (dash ? s.ptr[i] != '-' : s.ptr[i] < '0' || s.ptr[i] > '9')
            return 0;
        if (!dash && n < 8)
            digits[n++] = s.ptr[i];
    }
    int64_t day;
    bool readable = (s.len == 8 || s.len == 10) && str_int64((struct str){digits, n}, &day);
    return readable && clock_day(clock_day_start(day, NULL), NULL) == day ? day : 0;
}

static bool is_choice(struct str value, const char *choices)
{
    struct str rest = str_from(choices), one;
    while (str_split(&rest, '|', &one))
        if (str_eq(one, value))
            return true;
    return false;
}

static struct json *wrong(const struct given *g, struct error *e, const char *words)
{
    return fail_null(e, ERR_BAD_INPUT, "“%s” must be %s.", g->field->name, words);
}

static struct json *take_text(const struct given *g, struct error *e)
{
    struct arena *a = g->arena;
    const struct api_field *f = g->field;
    struct str text = text_clean(a, json_text(g->value));
    size_t most = f->most ? (size_t)f->most : TEXT_MOST;
    if ((f->flags & API_REQUIRED) && !(f->flags & API_EMPTY) && str_trim(text).len == 0)
        return fail_null(e, ERR_BAD_INPUT, "“%s” is empty.", f->name);
    if (text.len > most && text_length(a, text, LENGTH_CHARACTERS) > most)
        return fail_null(e, ERR_BAD_INPUT, "“%s” has at most %zu characters.", f->name, most);
    return json_new_str(a, text);
}

static struct json *take_number(const struct given *g, struct error *e)
{
    const struct api_field *f = g->field;
    int64_t n;
    if (g->typed && !json_is(g->value, JSON_NUMBER))
        return wrong(g, e, "a number");
    if (!str_int64(g->value->text, &n))
        return wrong(g, e, "a whole number");
    if (n < f->least || n > f->most)
        return fail_null(e, ERR_BAD_INPUT, "“%s” goes from %lld to %lld.", f->name, (long long)f->least,
                         (long long)f->most);
    return json_new_str(g->arena, g->value->text);
}

static struct json *take_truth(const struct given *g, struct error *e)
{
    if (json_is(g->value, JSON_BOOL))
        return json_new_bool(g->arena, g->value->boolean);
    struct str text = json_text(g->value);
    if (!g->typed && (str_eq(text, STR("true")) || str_eq(text, STR("1"))))
        return json_new_bool(g->arena, true);
    if (!g->typed && (str_eq(text, STR("false")) || str_eq(text, STR("0"))))
        return json_new_bool(g->arena, false);
    return wrong(g, e, "true or false");
}

static struct json *take_ids(const struct given *g, struct error *e)
{
    struct json *list = json_array(g->arena);
    if (!json_is(g->value, JSON_ARRAY))
        return wrong(g, e, "a list of ids");
    if (json_count(g->value) > IDS_MAX)
        return fail_null(e, ERR_BAD_INPUT, "“%s” holds at most %d ids.", g->field->name, IDS_MAX);
    for (size_t i = 0; i < json_count(g->value); i++) {
        struct str id = json_text(json_at(g->value, i));
        if (!digits_id(id))
            return wrong(g, e, "a list of ids, which are strings of digits");
        json_push(g->arena, list, json_new_str(g->arena, id));
    }
    return list;
}

static struct json *take_words(const struct given *g, struct error *e)
{
    struct json *words = json_object(g->arena);
    if (!json_is(g->value, JSON_OBJECT) || json_count(g->value) > WORDS_MAX)
        return wrong(g, e, "an object of texts");
    for (size_t i = 0; i < json_count(g->value); i++) {
        const struct json_member *m = &g->value->members[i];
        if (!json_is(m->value, JSON_STRING))
            return fail_null(e, ERR_BAD_INPUT, "“%s.%.*s” must be a text.", g->field->name, STR_ARGS(m->key));
        struct str value = text_clean(g->arena, m->value->text);
        json_set(g->arena, words, str_cstr(g->arena, m->key), json_new_str(g->arena, value));
    }
    return words;
}

/* What is one word of a certain shape. */
static struct json *take_shape(const struct given *g, struct error *e)
{
    const struct api_field *f = g->field;
    struct str text = json_text(g->value), door;
    int64_t n, id;
    bool right = true;
    const char *words = "a text";
    if (f->type == API_ID) {
        right = digits_id(text);
        words = "an id: a string of digits";
    } else if (f->type == API_TIME) {
        right = clock_parse_iso(text, &n) && n > 0;
        words = "a moment in ISO 8601, like 2026-11-21T14:30:00Z";
    } else if (f->type == API_DAY) {
        right = day_number(text) > 0;
        words = "a day, like 2026-11-21";
    } else if (f->type == API_CURSOR) {
        right = cursor_parts(text, &n, &id);
        words = "the `next` of the page before";
    } else if (f->type == API_OWNER) {
        right = str_eq(text, STR("me")) || str_eq(text, STR("nobody")) || digits_id(text);
        words = "me, nobody or an id";
    } else if (f->type == API_DOOR) {
        right = door_parts(text, &n, &door);
        words = "a door: <channel id>:<name>";
    } else if (f->type == API_CHOICE) {
        right = text.len && is_choice(text, f->detail);
        words = str_cstr(g->arena, str_format(g->arena, "one of %s", f->detail));
    }
    return right ? json_new_str(g->arena, text) : wrong(g, e, words);
}

static struct json *take(const struct given *g, struct error *e)
{
    const struct api_field *f = g->field;
    if (json_is(g->value, JSON_NULL))
        return f->flags & API_NULL ? json_new_null(g->arena)
                                   : fail_null(e, ERR_BAD_INPUT, "“%s” may not be null.", f->name);
    if (f->type == API_NUMBER)
        return take_number(g, e);
    if (f->type == API_TRUTH)
        return take_truth(g, e);
    if (f->type == API_IDS)
        return take_ids(g, e);
    if (f->type == API_WORDS)
        return take_words(g, e);
    if (!json_is(g->value, JSON_STRING))
        return wrong(g, e, f->type == API_ID ? "an id: a string of digits" : "a text");
    return f->type == API_TEXT ? take_text(g, e) : take_shape(g, e);
}

/* ---- all of them ---- */

static const struct api_field *field_find(const struct api_field *fields, struct str name)
{
    for (; fields && fields->name; fields++)
        if (str_eq(name, str_from(fields->name)))
            return fields;
    return NULL;
}

static bool unknown(struct arena *a, const struct api_field *fields, struct str name, struct error *e)
{
    struct buf known;
    name = text_shorten(a, text_clean(a, name), 40);
    if (!fields || !fields->name)
        return fail(e, ERR_BAD_INPUT, "“%.*s” is not known here: this call takes nothing.", STR_ARGS(name));
    buf_init(&known, a, 128);
    for (const struct api_field *f = fields; f->name; f++)
        buf_format(&known, "%s%s", f == fields ? "" : ", ", f->name);
    struct str list = buf_view(&known);
    return fail(e, ERR_BAD_INPUT, "“%.*s” is not known here. Known: %.*s.", STR_ARGS(name), STR_ARGS(list));
}

static bool check(struct api *api, const struct api_field *fields, const struct json *object, bool typed,
                  struct error *e)
{
    struct arena *a = api->arena;
    api->in = json_object(a);
    for (size_t i = 0; i < json_count(object); i++) {
        const struct api_field *f = field_find(fields, object->members[i].key);
        if (!f)
            return unknown(a, fields, object->members[i].key, e);
        struct given given = {a, f, object->members[i].value, typed};
        struct json *value = take(&given, e);
        if (!value)
            return false;
        json_set(a, api->in, f->name, value);
    }
    for (const struct api_field *f = fields; f && f->name; f++)
        if ((f->flags & API_REQUIRED) && !json_get(api->in, f->name))
            return fail(e, ERR_BAD_INPUT, "“%s” is missing.", f->name);
    return true;
}

/* Pairs of a form or a query as an object of texts; a repeated name only where a list is taken. */
static struct json *object_of_pairs(struct arena *a, const struct api_field *fields, const struct pairs *pairs,
                                    struct error *e)
{
    struct json *object = json_object(a);
    for (size_t i = 0; i < pairs->count; i++) {
        struct str name = pairs->items[i].name;
        const struct api_field *f = field_find(fields, name);
        struct json *value = json_new_str(a, text_clean(a, pairs->items[i].value));
        const struct json *before = json_get_str(object, name);
        if (f && f->type == API_IDS) {
            struct json *list = json_array(a);
            for (size_t k = 0; k < json_count(before); k++)
                json_push(a, list, before->items[k]);
            json_push(a, list, value);
            value = list;
        } else if (before) {
            return fail_null(e, ERR_BAD_INPUT, "“%.*s” stands there twice.", STR_ARGS(text_shorten(a, name, 40)));
        }
        json_set(a, object, str_cstr(a, name), value);
    }
    return object;
}

static bool query_input(struct api *api, const struct api_field *fields, struct error *e)
{
    struct pairs pairs = url_query(api->arena, api->v->http->query);
    struct json *object = object_of_pairs(api->arena, fields, &pairs, e);
    return object && check(api, fields, object, false, e);
}

static bool form_input(struct api *api, struct error *e)
{
    if (!http_form_ok(api->v->http, e))
        return false;
    const struct pairs *all = http_form_all(api->v->http);
    struct pairs pairs = {.items = ARENA_ARRAY(api->arena, struct pair, all->count + 1)};
    for (size_t i = 0; i < all->count; i++)
        if (!str_eq(all->items[i].name, STR("csrf")))
            pairs.items[pairs.count++] = all->items[i];
    struct json *object = object_of_pairs(api->arena, api->call->body, &pairs, e);
    return object && check(api, api->call->body, object, false, e);
}

static bool json_input(struct api *api, struct error *e)
{
    struct json *object = json_parse(api->arena, api->v->http->body, e);
    if (!object)
        return false;
    if (!json_is(object, JSON_OBJECT))
        return fail(e, ERR_BAD_INPUT, "The body must be a JSON object.");
    return check(api, api->call->body, object, true, e);
}

bool api_input(struct api *api, struct error *e)
{
    struct http_request *req = api->v->http;
    if (req->method == HTTP_GET || req->method == HTTP_HEAD)
        return query_input(api, api->call->query, e);
    if (!query_input(api, NULL, e))
        return false;
    struct str type = http_header(req, "content-type"), rest = type, kind = STR_EMPTY;
    str_split(&rest, ';', &kind);
    kind = str_lower(api->arena, str_trim(kind));
    if (str_eq(kind, STR("application/x-www-form-urlencoded")) || str_eq(kind, STR("multipart/form-data")))
        return form_input(api, e);
    if (req->body.len == 0)
        return check(api, api->call->body, json_object(api->arena), true, e);
    if (!str_eq(kind, STR("application/json")))
        return fail(e, ERR_MALFORMED, "Send JSON, with Content-Type: application/json.");
    return json_input(api, e);
}

/* ---- reading it ---- */

bool in_has(const struct api *api, const char *name)
{
    const struct json *value = json_get(api->in, name);
    return value && value->type != JSON_NULL;
}

struct str in_text(const struct api *api, const char *name)
{
    return json_text(json_get(api->in, name));
}

int64_t in_number(const struct api *api, const char *name, int64_t otherwise)
{
    int64_t n;
    return str_int64(in_text(api, name), &n) ? n : otherwise;
}

int64_t in_id(const struct api *api, const char *name)
{
    return in_number(api, name, 0);
}

bool in_truth(const struct api *api, const char *name)
{
    return json_bool(json_get(api->in, name), false);
}

int64_t in_time(const struct api *api, const char *name)
{
    int64_t at;
    return in_has(api, name) && clock_parse_iso(in_text(api, name), &at) ? at : 0;
}

int64_t in_day(const struct api *api, const char *name)
{
    return in_has(api, name) ? day_number(in_text(api, name)) : 0;
}

size_t in_ids(const struct api *api, const char *name, int64_t **out)
{
    const struct json *list = json_get(api->in, name);
    size_t n = json_count(list);
    *out = ARENA_ARRAY(api->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        (*out)[i] = json_int(json_at(list, i), 0);
    return n;
}

struct cursor in_cursor(const struct api *api, const char *name, int limit)
{
    struct cursor cursor = {.limit = limit};
    if (in_has(api, name) && !cursor_parts(in_text(api, name), &cursor.at, &cursor.id))
        cursor.at = cursor.id = 0;
    return cursor;
}

void in_door(const struct api *api, const char *name, int64_t *channel, struct str *door)
{
    *channel = 0;
    *door = STR_EMPTY;
    if (in_has(api, name) && !door_parts(in_text(api, name), channel, door))
        *channel = 0;
}
