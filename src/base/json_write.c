/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON so that it may stand in a page as well: nothing in it can end a script element or open a
 * comment. */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

static void write_control(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_form[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    if (short_form[c]) {
        buf_char(out, '\\');
        buf_char(out, short_form[c]);
        return;
    }
    buf_cstr(out, "\\u00");
    buf_char(out, hex[c >> 4]);
    buf_char(out, hex[c & 15]);
}

/* U+2028 and U+2029 end a line in older JavaScript. */
static bool is_line_separator(struct str s, size_t i)
{
    return s.len - i >= 3 && s.ptr[i] == '\xe2' && s.ptr[i + 1] == '\x80' && (s.ptr[i + 2] & '\xfe') == '\xa8';
}

/* Writes what begins at s.ptr[i] and cannot stand as it is; gives the number of bytes it took. */
static size_t write_special(struct buf *out, struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x20) {
        write_control(out, c);
    } else if (c == '"' || c == '\\') {
        buf_char(out, '\\');
        buf_char(out, (char)c);
    } else if (c == '<') {
        buf_cstr(out, "\\u003c");
    } else if (is_line_separator(s, i)) {
        buf_cstr(out, s.ptr[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
        return 3;
    } else {
        buf_cstr(out, "\xef\xbf\xbd");
        return utf8_bad_length(s.ptr + i, s.len - i);
    }
    return 1;
}

/* How many bytes from i on may be written as they are: 0 where escaping begins. */
static size_t plain_length(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x20 || c == '"' || c == '\\')
        return 0;
    if (c == '<')
        return i + 1 < s.len && (s.ptr[i + 1] == '/' || s.ptr[i + 1] == '!') ? 0 : 1;
    if (c < 0x80)
        return 1;
    return is_line_separator(s, i) ? 0 : utf8_sequence(s.ptr + i, s.len - i);
}

/* The index of the first byte from i on that needs a closer look, eight at a time. */
static size_t skip_plain(struct str s, size_t i)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    for (uint64_t w; s.len - i >= sizeof(w); i += sizeof(w)) {
        memcpy(&w, s.ptr + i, sizeof(w));
        uint64_t quote = w ^ (ones * '"'), backslash = w ^ (ones * '\\'), less = w ^ (ones * '<');
        if (((w - ones * 0x20) | (quote - ones) | (backslash - ones) | (less - ones) | w) & high)
            break;
    }
    return i;
}

static void write_string(struct buf *out, struct str s)
{
    buf_char(out, '"');
    size_t from = 0, i = 0;
    while ((i = skip_plain(s, i)) < s.len) {
        /* Eight bytes with something special among them, or the last few. */
        size_t stop = s.len - i > 8 ? i + 8 : s.len;
        while (i < stop) {
            size_t plain = plain_length(s, i);
            if (plain) {
                i += plain;
                continue;
            }
            buf_add(out, s.ptr + from, i - from);
            i += write_special(out, s, i);
            from = i;
        }
    }
    buf_add(out, s.ptr + from, s.len - from);
    buf_char(out, '"');
}

static void write_array(struct buf *out, const struct json *j)
{
    buf_char(out, '[');
    for (size_t i = 0; i < j->count; i++) {
        if (i)
            buf_char(out, ',');
        json_write(out, j->items[i]);
    }
    buf_char(out, ']');
}

static void write_object(struct buf *out, const struct json *j)
{
    buf_char(out, '{');
    for (size_t i = 0; i < j->count; i++) {
        if (i)
            buf_char(out, ',');
        write_string(out, j->members[i].key);
        buf_char(out, ':');
        json_write(out, j->members[i].value);
    }
    buf_char(out, '}');
}

void json_write(struct buf *out, const struct json *j)
{
    if (!j) {
        buf_cstr(out, "null");
        return;
    }
    switch (j->type) {
    case JSON_NULL: buf_cstr(out, "null"); return;
    case JSON_BOOL: buf_cstr(out, j->boolean ? "true" : "false"); return;
    case JSON_NUMBER:
        assert(j->text.len > 0);
        buf_add(out, j->text.ptr, j->text.len);
        return;
    case JSON_STRING: write_string(out, j->text); return;
    case JSON_ARRAY: write_array(out, j); return;
    case JSON_OBJECT: write_object(out, j); return;
    }
}

struct str json_to_str(struct arena *a, const struct json *j)
{
    struct buf out;
    buf_init(&out, a, 256);
    json_write(&out, j);
    return buf_view(&out);
}
