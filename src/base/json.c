/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON: looking at them and building them. Reading text is json_parse.c's, writing it
 * json_write.c's. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/arena_internal.h"
#include "base/clock.h"

bool json_is(const struct json *j, enum json_type type)
{
    return j && j->type == type;
}

static inline struct json_member *find(const struct json *object, struct str key)
{
    if (!object || object->type != JSON_OBJECT || !(object->keys & json_key_bit(key)))
        return NULL;
    struct json_member *m = object->members; /* NULL when there are none */
    for (size_t left = object->count; left; left--, m++)
        if (m->key.len == key.len && (m->key.ptr == key.ptr || str_eq(m->key, key)))
            return m;
    return NULL;
}

const struct json *json_get_str(const struct json *object, struct str key)
{
    const struct json_member *m = find(object, key);
    return m ? m->value : NULL;
}

const struct json *json_path(const struct json *object, ...)
{
    va_list keys;
    va_start(keys, object);
    const char *key;
    while (object && (key = va_arg(keys, const char *)))
        object = json_get(object, key);
    va_end(keys);
    return object;
}

size_t json_count(const struct json *j)
{
    return json_is(j, JSON_ARRAY) || json_is(j, JSON_OBJECT) ? j->count : 0;
}

const struct json *json_at(const struct json *array, size_t index)
{
    return json_is(array, JSON_ARRAY) && index < array->count ? array->items[index] : NULL;
}

struct str json_text(const struct json *j)
{
    return json_is(j, JSON_STRING) ? j->text : STR_EMPTY;
}

struct str json_id(const struct json *j)
{
    return json_is(j, JSON_STRING) || json_is(j, JSON_NUMBER) ? j->text : STR_EMPTY;
}

/* The number's text is copied because nothing promises a NUL behind it. */
static bool real_from(struct str text, double *out)
{
    char copy[512];
    if (text.len == 0 || text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    char *end;
    *out = strtod(copy, &end);
    return *end == '\0' && isfinite(*out);
}

int64_t json_int(const struct json *j, int64_t otherwise)
{
    int64_t value;
    double real;
    if (str_int64(json_id(j), &value))
        return value;
    /* 1e3 and 12.0 are whole numbers too, as long as a double holds them exactly. */
    if (json_is(j, JSON_NUMBER) && real_from(j->text, &real) && fabs(real) < 9007199254740992.0 &&
        trunc(real) >= real && trunc(real) <= real)
        return (int64_t)real;
    return otherwise;
}

double json_real(const struct json *j, double otherwise)
{
    double value;
    return json_is(j, JSON_NUMBER) && real_from(j->text, &value) ? value : otherwise;
}

bool json_bool(const struct json *j, bool otherwise)
{
    return json_is(j, JSON_BOOL) ? j->boolean : otherwise;
}

/* Values are cut whole, and most are a word or a number: nothing is zeroed twice. */
static inline struct json *new_value(struct arena *a, enum json_type type)
{
    struct json *j = arena_raw(a, sizeof *j);
    *j = (struct json){.type = type};
    return j;
}

struct json *json_object(struct arena *a)
{
    return new_value(a, JSON_OBJECT);
}

struct json *json_array(struct arena *a)
{
    return new_value(a, JSON_ARRAY);
}

struct json *json_new_str(struct arena *a, struct str s)
{
    struct json *j = new_value(a, JSON_STRING);
    j->text = s;
    return j;
}

/* A value and its digits, cut together. */
static struct json *new_digits(struct arena *a, enum json_type type, int64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0)
        digits[--at] = '-';
    size_t len = sizeof digits - at;
    struct json *j = arena_raw(a, sizeof *j + len + 1);
    char *text = (char *)(j + 1);
    *j = (struct json){.type = type, .text = {text, len}};
    memcpy(text, digits + at, len);
    text[len] = '\0';
    return j;
}

struct json *json_new_int(struct arena *a, int64_t n)
{
    return new_digits(a, JSON_NUMBER, n);
}

struct json *json_new_id(struct arena *a, int64_t id)
{
    return id ? new_digits(a, JSON_STRING, id) : json_new_null(a);
}

struct json *json_new_time(struct arena *a, int64_t at)
{
    if (at <= 0)
        return json_new_null(a);
    struct json *j = new_value(a, JSON_STRING);
    j->text = clock_iso(a, at);
    j->is_time = true;
    j->at = at;
    return j;
}

struct json *json_new_bool(struct arena *a, bool b)
{
    struct json *j = new_value(a, JSON_BOOL);
    j->boolean = b;
    return j;
}

struct json *json_new_null(struct arena *a)
{
    return new_value(a, JSON_NULL);
}

struct json *json_new_real(struct arena *a, double r)
{
    char digits[40];
    if (!isfinite(r))
        return json_new_null(a);
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, r);
        double back = strtod(digits, NULL);
        if (memcmp(&back, &r, sizeof(r)) == 0)
            break;
    }
    struct json *j = new_value(a, JSON_NUMBER);
    j->text = str_dup(a, str_from(digits));
    return j;
}

static void *grown(struct arena *a, const void *old, uint32_t count, uint32_t *cap, size_t size)
{
    assert(*cap < UINT32_MAX / 2);
    *cap = *cap ? *cap * 2 : 8;
    void *larger = arena_raw(a, *cap * size);
    if (count)
        memcpy(larger, old, count * size);
    return larger;
}

void json_put(struct arena *a, struct json *object, struct str key, struct json *value)
{
    assert(json_is(object, JSON_OBJECT));
    if (!value)
        value = json_new_null(a);
    struct json_member *m = find(object, key);
    if (m) {
        m->value = value;
        return;
    }
    if (object->count == object->cap)
        object->members = grown(a, object->members, object->count, &object->cap, sizeof(*m));
    object->members[object->count++] = (struct json_member){key, value};
    object->keys |= json_key_bit(key);
}

void json_set_html(struct arena *a, struct json *object, const char *key, struct str html)
{
    struct json *j = json_new_str(a, html);
    j->is_html = true;
    json_set(a, object, key, j);
}

void json_push(struct arena *a, struct json *array, struct json *value)
{
    assert(json_is(array, JSON_ARRAY));
    if (array->count == array->cap)
        array->items = grown(a, array->items, array->count, &array->cap, sizeof(*array->items));
    array->items[array->count++] = value ? value : json_new_null(a);
}
