/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON in one pass over a copy of the text in the arena: strings stay where they are and are unescaped
 * in place, eight bytes at a time are looked at while they are plain, members are gathered on a stack and
 * copied once when their container ends. Recursion is bounded by JSON_DEPTH. */
#include "base/json.h"

#include <string.h>

#include "base/arena.h"
#include "base/arena_internal.h"
#include "base/error.h"
#include "base/utf8.h"

#define PADDING       8 /* NULs behind the copy, so that eight bytes may be read anywhere */
#define STACK         64
#define NODES_AT_ONCE 32
#define FEW_MEMBERS   12 /* below, duplicates are found by comparing each with each */

struct parser {
    struct arena *arena;
    char *at, *end;
    const char *start;
    const char *problem;
    struct json *nodes; /* spare, zeroed */
    size_t nodes_left, nodes_wanted;
    struct json_member *stack; /* members of the containers that are still open */
    size_t stack_len, stack_cap;
    int depth;
};

static struct json *parse_value(struct parser *p);

static void *problem(struct parser *p, const char *words)
{
    if (!p->problem)
        p->problem = words;
    return NULL;
}

static struct json *new_node(struct parser *p, enum json_type type)
{
    if (p->nodes_left == 0) {
        p->nodes = ARENA_ARRAY(p->arena, struct json, p->nodes_wanted);
        p->nodes_left = p->nodes_wanted;
        p->nodes_wanted = NODES_AT_ONCE;
    }
    struct json *j = p->nodes++;
    p->nodes_left--;
    j->type = type;
    return j;
}

static inline void skip_space(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t')
        p->at++;
}

/* Non-zero where one of the eight bytes is a control character, a quote, a backslash or not ASCII; the lowest
 * bit that is set belongs to the first such byte. */
static inline uint64_t special_bytes(const char *ptr)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t w;
    memcpy(&w, ptr, sizeof(w));
    uint64_t quote = w ^ (ones * '"'), backslash = w ^ (ones * '\\');
    return ((w - ones * 0x20) | (quote - ones) | (backslash - ones) | w) & high;
}

/* Moves on to the first byte that needs a closer look. */
static inline char *skip_plain(char *ptr)
{
    uint64_t special;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while ((special = special_bytes(ptr)) == 0)
        ptr += 8;
    return ptr + __builtin_ctzll(special) / 8;
#else
    while ((special = special_bytes(ptr)) == 0)
        ptr += 8;
    while (*ptr != '"' && *ptr != '\\' && (unsigned char)*ptr >= 0x20 && (unsigned char)*ptr < 0x80)
        ptr++;
    return ptr;
#endif
}

static int hex4(const char *ptr)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int c = ptr[i];
        int digit = c >= '0' && c <= '9'                     ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* p->at stands behind "\u". Never writes more bytes than the escape had. */
static char *unescape_unicode(struct parser *p, char *out)
{
    int unit = hex4(p->at);
    if (unit < 0)
        return problem(p, "\\u wants four hexadecimal digits");
    p->at += 4;
    if (unit >= 0xd800 && unit <= 0xdbff && p->at[0] == '\\' && p->at[1] == 'u') {
        int low = hex4(p->at + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
            p->at += 6;
            return put_utf8(out, 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
        }
    }
    bool lone = unit >= 0xd800 && unit <= 0xdfff;
    return put_utf8(out, lone ? 0xfffd : (uint32_t)unit);
}

/* p->at stands on the backslash. */
static char *unescape(struct parser *p, char *out)
{
    char c = p->at[1];
    p->at += 2;
    switch (c) {
    case '"':
    case '\\':
    case '/': *out = c; break;
    case 'b': *out = '\b'; break;
    case 'f': *out = '\f'; break;
    case 'n': *out = '\n'; break;
    case 'r': *out = '\r'; break;
    case 't': *out = '\t'; break;
    case 'u': return unescape_unicode(p, out);
    default: p->at--; return problem(p, "unknown escape");
    }
    return out + 1;
}

/* The byte at p->at is not plain and not the closing quote: copies what it begins to out. */
static char *special_in_string(struct parser *p, char *out)
{
    if (*p->at == '\\')
        return unescape(p, out);
    if ((unsigned char)*p->at < 0x20)
        return problem(p, p->at == p->end ? "the string does not end" : "raw control character in a string");
    size_t len = utf8_sequence(p->at, (size_t)(p->end - p->at));
    if (len == 0)
        return problem(p, "not UTF-8");
    for (size_t i = 0; i < len; i++)
        out[i] = p->at[i];
    p->at += len;
    return out + len;
}

/* The rest of a string whose first special byte is at p->at. */
__attribute__((noinline)) static bool parse_special_string(struct parser *p, char *start, struct str *out)
{
    char *to = p->at;
    while (*p->at != '"') {
        to = special_in_string(p, to);
        if (!to)
            return false;
        char *plain = p->at;
        p->at = skip_plain(plain);
        size_t len = (size_t)(p->at - plain);
        if (to != plain)
            memmove(to, plain, len);
        to += len;
    }
    *to = '\0';
    p->at++;
    *out = (struct str){start, (size_t)(to - start)};
    return true;
}

/* p->at stands on the opening quote. The closing one becomes a NUL. */
static inline bool parse_string(struct parser *p, struct str *out)
{
    char *start = p->at + 1, *end = skip_plain(start);
    if (__builtin_expect(*end != '"', 0)) {
        p->at = end;
        return parse_special_string(p, start, out);
    }
    *end = '\0';
    p->at = end + 1;
    *out = (struct str){start, (size_t)(end - start)};
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct json *parse_number(struct parser *p)
{
    char *start = p->at, *c = start;
    c += *c == '-';
    bool leading_zero = *c == '0';
    char *digits = c;
    while (is_digit(*c))
        c++;
    bool good = c > digits && !(leading_zero && c > digits + 1);
    if (good && *c == '.') {
        digits = ++c;
        while (is_digit(*c))
            c++;
        good = c > digits;
    }
    if (good && (*c == 'e' || *c == 'E')) {
        c++;
        c += *c == '+' || *c == '-';
        digits = c;
        while (is_digit(*c))
            c++;
        good = c > digits;
    }
    if (!good)
        return problem(p, "not a number");
    struct json *j = new_node(p, JSON_NUMBER);
    j->text = (struct str){start, (size_t)(c - start)};
    p->at = c;
    return j;
}

static struct json *parse_word(struct parser *p)
{
    struct json *j;
    if (memcmp(p->at, "true", 4) == 0) {
        j = new_node(p, JSON_BOOL);
        j->boolean = true;
        p->at += 4;
    } else if (memcmp(p->at, "false", 5) == 0) {
        j = new_node(p, JSON_BOOL);
        p->at += 5;
    } else if (memcmp(p->at, "null", 4) == 0) {
        j = new_node(p, JSON_NULL);
        p->at += 4;
    } else {
        return problem(p, p->at == p->end ? "the text ends too early" : "unexpected character");
    }
    return j;
}

__attribute__((noinline)) static void grow_stack(struct parser *p)
{
    struct json_member *larger = arena_raw(p->arena, p->stack_cap * 2 * sizeof(*larger));
    memcpy(larger, p->stack, p->stack_len * sizeof(*larger));
    p->stack = larger;
    p->stack_cap *= 2;
}

static inline void push(struct parser *p, struct str key, struct json *value)
{
    if (p->stack_len == p->stack_cap)
        grow_stack(p);
    p->stack[p->stack_len++] = (struct json_member){key, value};
}

/* After an item: true on a comma, false on the closing bracket; anything else is a problem (and false). */
static bool more_items(struct parser *p, char closing)
{
    skip_space(p);
    if (*p->at == ',') {
        p->at++;
        skip_space(p);
        return true;
    }
    if (*p->at == closing)
        p->at++;
    else
        problem(p, p->at == p->end ? "the text ends too early" : "comma or closing bracket expected");
    return false;
}

static struct json *parse_array(struct parser *p)
{
    struct json *array = new_node(p, JSON_ARRAY);
    size_t base = p->stack_len;
    p->at++;
    skip_space(p);
    if (*p->at == ']') {
        p->at++;
        return array;
    }
    do {
        struct json *item = parse_value(p);
        if (!item)
            return NULL;
        push(p, STR_EMPTY, item);
    } while (more_items(p, ']'));
    array->count = array->cap = (uint32_t)(p->stack_len - base);
    array->items = arena_raw(p->arena, array->count * sizeof(struct json *));
    for (size_t i = 0; i < array->count; i++)
        array->items[i] = p->stack[base + i].value;
    p->stack_len = base;
    return array;
}

static uint64_t key_hash(struct str key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.ptr[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

/* Keeps the first place and the last value of every key; gives the new count. */
static size_t drop_duplicates(struct parser *p, struct json_member *members, size_t count)
{
    size_t slots = 16;
    while (slots < count * 2)
        slots *= 2;
    uint32_t *table = ARENA_ARRAY(p->arena, uint32_t, slots);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t slot = (size_t)key_hash(members[i].key) & (slots - 1);
        while (table[slot] && !str_eq(members[table[slot] - 1].key, members[i].key))
            slot = (slot + 1) & (slots - 1);
        if (table[slot]) {
            members[table[slot] - 1].value = members[i].value;
        } else {
            members[kept++] = members[i];
            table[slot] = (uint32_t)kept;
        }
    }
    return kept;
}

/* Keys end with a NUL, so that the first byte may be looked at even when there is none. */
static inline bool same_key(struct str a, struct str b)
{
    return a.len == b.len && *a.ptr == *b.ptr && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static size_t drop_few_duplicates(struct json_member *members, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < kept && !same_key(members[k].key, members[i].key))
            k++;
        if (k < kept)
            members[k].value = members[i].value;
        else
            members[kept++] = members[i];
    }
    return kept;
}

static struct json *end_object(struct parser *p, struct json *object, size_t base)
{
    struct json_member *members = p->stack + base;
    size_t count = p->stack_len - base;
    count = count <= FEW_MEMBERS ? drop_few_duplicates(members, count) : drop_duplicates(p, members, count);
    object->count = object->cap = (uint32_t)count;
    object->members = arena_raw(p->arena, count * sizeof(*members));
    memcpy(object->members, members, count * sizeof(*members));
    for (size_t i = 0; i < count; i++)
        object->keys |= json_key_bit(members[i].key);
    p->stack_len = base;
    return object;
}

static struct json *parse_object(struct parser *p)
{
    struct json *object = new_node(p, JSON_OBJECT);
    size_t base = p->stack_len;
    p->at++;
    skip_space(p);
    if (*p->at == '}') {
        p->at++;
        return object;
    }
    do {
        struct str key;
        if (*p->at != '"')
            return problem(p, p->at == p->end ? "the text ends too early" : "a key in quotes expected");
        if (!parse_string(p, &key))
            return NULL;
        skip_space(p);
        if (*p->at != ':')
            return problem(p, "colon expected");
        p->at++;
        skip_space(p);
        struct json *value = parse_value(p);
        if (!value)
            return NULL;
        push(p, key, value);
    } while (more_items(p, '}'));
    return end_object(p, object, base);
}

static struct json *parse_container(struct parser *p)
{
    if (p->depth == JSON_DEPTH)
        return problem(p, "nested too deeply");
    p->depth++;
    struct json *j = *p->at == '{' ? parse_object(p) : parse_array(p);
    p->depth--;
    return p->problem ? NULL : j;
}

/* p->at stands on the value's first character. */
static struct json *parse_value(struct parser *p)
{
    switch (*p->at) {
    case '{':
    case '[': return parse_container(p);
    case '"': {
        struct json *j = new_node(p, JSON_STRING);
        return parse_string(p, &j->text) ? j : NULL;
    }
    case '-':
    case '0' ... '9': return parse_number(p);
    default: return parse_word(p);
    }
}

struct json *json_parse(struct arena *a, struct str text, struct error *e)
{
    struct json_member stack[STACK];
    char *copy = arena_raw(a, text.len + PADDING);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    memset(copy + text.len, 0, PADDING);
    struct parser p = {.arena = a,
                       .at = copy,
                       .start = copy,
                       .end = copy + text.len,
                       .nodes_wanted = text.len / 24 < NODES_AT_ONCE ? text.len / 24 + 1 : NODES_AT_ONCE,
                       .stack = stack,
                       .stack_cap = STACK};
    if (str_starts(text, STR("\xef\xbb\xbf")))
        p.at += 3; /* a byte order mark, which RFC 8259 lets readers ignore */
    skip_space(&p);
    struct json *j = parse_value(&p);
    if (j) {
        skip_space(&p);
        if (p.at != p.end)
            j = problem(&p, "text behind the end");
    }
    if (!j)
        fail(e, ERR_MALFORMED, "Not JSON at byte %zu: %s.", (size_t)(p.at - p.start), p.problem);
    return j;
}
