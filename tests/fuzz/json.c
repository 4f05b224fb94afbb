/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the JSON reader on any bytes. What it accepts must survive writing and reading unchanged.
 * Where jansson is installed, both must agree on what JSON is and what it says; jansson is opened at run
 * time, because its functions have the names of ours. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct json *a, const struct json *b)
{
    if (a->type != b->type || a->boolean != b->boolean || json_count(a) != json_count(b) ||
        !str_eq(json_id(a), json_id(b)))
        return false;
    for (size_t i = 0; i < json_count(a); i++) {
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

#define JANSSON_ANY_VALUE 0x4
#define JANSSON_ALLOW_NUL 0x10

struct jansson_error {
    int line, column, position;
    char source[80], text[160];
};
struct jansson_value {
    int type;
    volatile size_t references;
};
static struct {
    struct jansson_value *(*load)(const char *, size_t, size_t, struct jansson_error *);
    int (*equal)(const struct jansson_value *, const struct jansson_value *);
    void (*drop)(struct jansson_value *);
} jansson;

static bool jansson_open(void)
{
    static bool tried;
    void *library = tried ? NULL : dlopen("libjansson.so.4", RTLD_NOW | RTLD_LOCAL);
    tried = true;
    if (library) {
        *(void **)&jansson.load = dlsym(library, "json_loadb");
        *(void **)&jansson.equal = dlsym(library, "json_equal");
        *(void **)&jansson.drop = dlsym(library, "json_delete");
    }
    return jansson.load && jansson.equal && jansson.drop;
}

static struct jansson_value *jansson_load(struct str text, struct jansson_error *e)
{
    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_slice(text, 3, text.len);
    return jansson.load(text.ptr ? text.ptr : "", text.len, JANSSON_ANY_VALUE | JANSSON_ALLOW_NUL, e);
}

/* What jansson refuses although it is JSON: numbers that fit no C type, lone surrogates, a NUL in a key. */
static bool is_narrow(const struct jansson_error *e)
{
    static const char *const reasons[] = {"too big", "real number overflow", "invalid Unicode",
                                          "NUL byte in object key"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (strstr(e->text, reasons[i]))
            return true;
    return false;
}

static void compare_with_jansson(struct str text, const struct error *problem, struct str written)
{
    struct jansson_error e;
    struct jansson_value *theirs = jansson_load(text, &e);
    if (!theirs) {
        if (written.len && !is_narrow(&e))
            abort();
        return;
    }
    if (written.len) {
        struct jansson_value *back = jansson_load(written, &e);
        if (!back || !jansson.equal(theirs, back))
            abort();
        if (--back->references == 0)
            jansson.drop(back);
    } else if (!strstr(problem->message, "nested too deeply")) {
        abort();
    }
    if (--theirs->references == 0)
        jansson.drop(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct error e = {0};
    struct str input = {(const char *)data, size};
    struct json *j = json_parse(a, input, &e);
    struct str text = j ? json_to_str(a, j) : STR_EMPTY;
    /* jansson takes a raw NUL for the end of the text. */
    if (str_find_char(input, '\0') < 0 && jansson_open())
        compare_with_jansson(input, &e, text);
    if (!j) {
        if (e.code != ERR_MALFORMED)
            abort();
        return 0;
    }
    read_all(j);
    struct json *again = json_parse(a, text, &e);
    if (!utf8_valid(text) || !again || !same(j, again) || !str_eq(text, json_to_str(a, again)))
        abort();
    return 0;
}
