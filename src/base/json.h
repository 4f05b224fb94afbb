/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) in an arena. Reading is strict: UTF-8 is checked, depth is limited to JSON_DEPTH, trailing text
 * is refused, duplicate keys keep the last. A lone surrogate escape becomes U+FFFD and \u0000 is kept as a NUL
 * byte in the string (text_clean removes it), because networks do send both. Numbers keep their text: 64-bit ids are
 * exact, larger ones stay readable through json_id. A missing member is NULL, and every reader accepts NULL. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct buf;
struct error;

#define JSON_DEPTH 64

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_member;
struct json {
    enum json_type type;
    bool is_html; /* a string that is trusted HTML: only {{{ }}} of a template looks at it */
    bool is_time; /* a string that json_new_time made: at is the same moment */
    bool boolean;
    union {
        struct {
            uint32_t count, cap; /* of items or members */
        };
        int64_t at; /* of a time, microseconds */
    };
    union {
        struct str text;     /* JSON_STRING: the words; JSON_NUMBER: as it was written */
        struct json **items; /* JSON_ARRAY */
        struct {             /* JSON_OBJECT */
            struct json_member *members;
            uint64_t keys; /* the json_key_bit of each: most names that are not there are known by it */
        };
    };
};
struct json_member {
    struct str key;
    struct json *value;
};

static inline uint64_t json_key_bit(struct str key)
{
    unsigned first = key.len ? (unsigned char)key.ptr[0] : 0,
             last = key.len ? (unsigned char)key.ptr[key.len - 1] : 0;
    return UINT64_C(1) << ((first * 5 + last * 11 + (unsigned)key.len * 3) & 63);
}

/* NULL and e filled (ERR_MALFORMED, with the byte offset) when text is not JSON. */
struct json *json_parse(struct arena *a, struct str text, struct error *e) MUST_USE;

/* Reading. */
const struct json *json_get_str(const struct json *object, struct str key);
static inline const struct json *json_get(const struct json *object, const char *key)
{
    return json_get_str(object, str_from(key));
}
/* json_path(j, "a", "b", NULL) */
const struct json *json_path(const struct json *object, ...) __attribute__((sentinel));
size_t json_count(const struct json *j); /* 0 for anything but arrays and objects */
const struct json *json_at(const struct json *array, size_t index);
struct str json_text(const struct json *j);                /* strings only, else empty */
struct str json_id(const struct json *j);                  /* string or number, as written; else empty */
int64_t json_int(const struct json *j, int64_t otherwise); /* number or decimal string that fits */
double json_real(const struct json *j, double otherwise);
bool json_bool(const struct json *j, bool otherwise);
bool json_is(const struct json *j, enum json_type type); /* false for NULL pointers */

/* Building: keys and strings are not copied, so they must live as long as the arena (literals do). */
struct json *json_object(struct arena *a);
struct json *json_array(struct arena *a);
struct json *json_new_str(struct arena *a, struct str s);
struct json *json_new_int(struct arena *a, int64_t n);
struct json *json_new_bool(struct arena *a, bool b);
struct json *json_new_real(struct arena *a, double r);
struct json *json_new_null(struct arena *a);
struct json *json_new_id(struct arena *a, int64_t id);   /* as a string; 0 gives null */
struct json *json_new_time(struct arena *a, int64_t at); /* ISO 8601; 0 or before: null */
void json_put(struct arena *a, struct json *object, struct str key, struct json *value); /* replaces */
/* Here, so that the lengths of keys are known when they are compiled. */
static inline void json_set(struct arena *a, struct json *object, const char *key, struct json *value)
{
    json_put(a, object, str_from(key), value);
}
static inline void json_set_str(struct arena *a, struct json *object, const char *key, struct str s)
{
    json_put(a, object, str_from(key), json_new_str(a, s));
}
static inline void json_set_int(struct arena *a, struct json *object, const char *key, int64_t n)
{
    json_put(a, object, str_from(key), json_new_int(a, n));
}
static inline void json_set_id(struct arena *a, struct json *object, const char *key, int64_t id)
{
    json_put(a, object, str_from(key), json_new_id(a, id));
}
static inline void json_set_bool(struct arena *a, struct json *object, const char *key, bool b)
{
    json_put(a, object, str_from(key), json_new_bool(a, b));
}
static inline void json_set_time(struct arena *a, struct json *object, const char *key, int64_t at)
{
    json_put(a, object, str_from(key), json_new_time(a, at));
}
void json_set_html(struct arena *a, struct json *object, const char *key, struct str html);
void json_push(struct arena *a, struct json *array, struct json *value);

/* Writing: compact; characters below space, quotes, backslash, U+2028/9 and </ are escaped so that it may also
 * stand in HTML. Invalid UTF-8 in strings becomes U+FFFD. */
void json_write(struct buf *out, const struct json *j);
struct str json_to_str(struct arena *a, const struct json *j);
