/* SPDX-License-Identifier: Apache-2.0 */
/* multipart/form-data (RFC 7578, as the WHATWG has browsers write it). The whole body is in memory, and files
 * are slices of it. Anything out of shape is refused, never guessed. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "net/form.h"

struct part {
    struct str disposition, mime, encoding;
    struct str content;
};

struct reader {
    struct arena *arena;
    struct str rest;
    struct str delimiter; /* CRLF, two hyphens, the boundary */
    struct error *e;
};

static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* A quoted value begins at s.ptr[0]; *used is the length with both quotes. */
static bool quoted_value(struct arena *a, struct str s, struct str *out, size_t *used)
{
    char *value = arena_alloc(a, s.len + 1);
    size_t n = 0;
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '"') {
            *out = (struct str){value, n};
            *used = i + 1;
            return true;
        }
        if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '"')
            i++;
        value[n++] = s.ptr[i];
    }
    return false;
}

static bool one_parameter(struct arena *a, struct str *rest, struct str *name, struct str *value)
{
    size_t used = 0;
    *rest = str_trim(*rest);
    if (rest->len == 0 || rest->ptr[0] != ';')
        return false;
    *rest = str_trim(str_slice(*rest, 1, rest->len));
    while (used < rest->len && is_token_char(rest->ptr[used]))
        used++;
    *name = str_slice(*rest, 0, used);
    if (used == 0 || used == rest->len || rest->ptr[used] != '=')
        return false;
    *rest = str_slice(*rest, used + 1, rest->len);
    used = 0;
    if (rest->len > 0 && rest->ptr[0] == '"') {
        if (!quoted_value(a, *rest, value, &used))
            return false;
    } else {
        while (used < rest->len && rest->ptr[used] != ';' && rest->ptr[used] != ' ')
            used++;
        *value = str_slice(*rest, 0, used);
    }
    *rest = str_slice(*rest, used, rest->len);
    return true;
}

bool mime_parameter(struct arena *a, struct str value, struct str name, struct str *out)
{
    ptrdiff_t start = str_find_char(value, ';');
    struct str rest = start < 0 ? STR_EMPTY : str_slice(value, (size_t)start, value.len);
    struct str found;
    while (one_parameter(a, &rest, &found, out))
        if (str_eq_nocase(found, name))
            return true;
    return false;
}

static bool find_boundary(struct arena *a, struct str content_type, struct str *delimiter)
{
    struct str boundary;
    if (!mime_parameter(a, content_type, STR("boundary"), &boundary) || boundary.len == 0 || boundary.len > 70)
        return false;
    for (size_t i = 0; i < boundary.len; i++)
        if (boundary.ptr[i] < ' ' || boundary.ptr[i] == 0x7f)
            return false;
    *delimiter = str_concat(a, STR("\r\n--"), boundary);
    return true;
}

static struct str find_in(struct str s, struct str needle)
{
    const char *at = s.len > 0 ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (struct str){at, s.len - (size_t)(at - s.ptr)} : STR_EMPTY;
}

/* After a delimiter: two hyphens end the body, CRLF (after optional blanks) begins a part. */
static bool after_delimiter(struct reader *r, bool *last)
{
    *last = str_starts(r->rest, STR("--"));
    if (*last)
        return true;
    size_t blanks = 0;
    while (blanks < r->rest.len && (r->rest.ptr[blanks] == ' ' || r->rest.ptr[blanks] == '\t'))
        blanks++;
    r->rest = str_slice(r->rest, blanks, r->rest.len);
    if (!str_starts(r->rest, STR("\r\n")))
        return fail(r->e, ERR_MALFORMED, "A boundary of the form is not followed by a new line.");
    return true;
}

static bool first_delimiter(struct reader *r, bool *last)
{
    struct str dashed = str_slice(r->delimiter, 2, r->delimiter.len);
    struct str found = str_starts(r->rest, dashed) ? r->rest : find_in(r->rest, r->delimiter);
    if (found.len == 0)
        return fail(r->e, ERR_MALFORMED, "The form does not contain its boundary.");
    size_t skip = found.ptr[0] == '\r' ? r->delimiter.len : dashed.len;
    r->rest = str_slice(found, skip, found.len);
    return after_delimiter(r, last);
}

static bool part_header(struct reader *r, struct str line, struct part *part)
{
    ptrdiff_t colon = str_find_char(line, ':');
    if (colon <= 0 || memchr(line.ptr, '\0', line.len))
        return fail(r->e, ERR_MALFORMED, "A part of the form has a malformed header.");
    struct str name = str_slice(line, 0, (size_t)colon);
    struct str value = str_trim(str_slice(line, (size_t)colon + 1, line.len));
    if (str_eq_nocase(name, STR("Content-Disposition")))
        part->disposition = value;
    else if (str_eq_nocase(name, STR("Content-Type")))
        part->mime = value;
    else if (str_eq_nocase(name, STR("Content-Transfer-Encoding")))
        part->encoding = value;
    return true;
}

/* r->rest begins with the CRLF that ended the delimiter's line. */
static bool part_headers(struct reader *r, struct part *part)
{
    struct str end = find_in(str_slice(r->rest, 0, FORM_PART_HEADER_MAX), STR("\r\n\r\n"));
    if (end.len == 0)
        return fail(r->e, ERR_MALFORMED, "The headers of a part of the form have no end.");
    size_t len = (size_t)(end.ptr - r->rest.ptr);
    struct str headers = str_slice(r->rest, 2, len > 2 ? len : 2);
    r->rest = str_slice(r->rest, len + 4, r->rest.len);
    while (headers.len > 0) {
        struct str line_end = find_in(headers, STR("\r\n"));
        struct str line = str_slice(headers, 0, headers.len - line_end.len);
        if (!part_header(r, line, part))
            return false;
        headers = str_slice(line_end, 2, line_end.len);
    }
    return true;
}

static bool next_part(struct reader *r, struct part *part, bool *last)
{
    *part = (struct part){0};
    if (!part_headers(r, part))
        return false;
    /* The delimiter's CRLF may be the one that ended the headers: an empty part. */
    struct str from = {r->rest.ptr - 2, r->rest.len + 2};
    struct str found = str_starts(from, r->delimiter) ? from : find_in(r->rest, r->delimiter);
    if (found.len == 0)
        return fail(r->e, ERR_MALFORMED, "A part of the form has no end.");
    if (found.ptr != from.ptr)
        part->content = str_slice(r->rest, 0, r->rest.len - found.len);
    r->rest = str_slice(found, r->delimiter.len, found.len);
    return after_delimiter(r, last);
}

/* Browsers escape quotes and line breaks in names as %22, %0D, %0A. */
static struct str unescape_name(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        struct str three = str_slice(s, i, i + 3);
        if (str_eq_nocase(three, STR("%22")))
            out[n++] = '"';
        else if (str_eq_nocase(three, STR("%0D")))
            out[n++] = '\r';
        else if (str_eq_nocase(three, STR("%0A")))
            out[n++] = '\n';
        else {
            out[n++] = s.ptr[i];
            continue;
        }
        i += 2;
    }
    return text_clean(a, (struct str){out, n});
}

/* The last part of what may be a whole path, without control characters; "file" where nothing is left. */
static struct str base_name(struct arena *a, struct str said)
{
    struct str name = unescape_name(a, said);
    for (size_t i = name.len; i-- > 0;) {
        if (name.ptr[i] == '/' || name.ptr[i] == '\\') {
            name = str_slice(name, i + 1, name.len);
            break;
        }
    }
    char *out = arena_alloc(a, name.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] >= ' ' && name.ptr[i] != 0x7f)
            out[n++] = name.ptr[i];
    struct str base = str_trim((struct str){out, n});
    return base.len == 0 || str_eq(base, STR(".")) || str_eq(base, STR("..")) ? STR("file") : base;
}

static struct str mime_of(struct str said)
{
    ptrdiff_t end = str_find_char(said, ';');
    struct str mime = str_trim(end < 0 ? said : str_slice(said, 0, (size_t)end));
    size_t slashes = 0;
    for (size_t i = 0; i < mime.len; i++) {
        slashes += mime.ptr[i] == '/';
        if (mime.ptr[i] != '/' && !is_token_char(mime.ptr[i]))
            return STR("application/octet-stream");
    }
    bool whole = slashes == 1 && mime.ptr[0] != '/' && mime.ptr[mime.len - 1] != '/';
    return whole ? mime : STR("application/octet-stream");
}

static bool is_plain(struct str encoding)
{
    return encoding.len == 0 || str_eq_nocase(encoding, STR("binary")) || str_eq_nocase(encoding, STR("8bit")) ||
           str_eq_nocase(encoding, STR("7bit"));
}

static bool add_part(struct reader *r, struct form *form, const struct part *part)
{
    struct str name, file_name;
    if (!str_eq_nocase(str_slice(part->disposition, 0, 10), STR("form-data;")) ||
        !mime_parameter(r->arena, part->disposition, STR("name"), &name))
        return fail(r->e, ERR_MALFORMED, "A part of the form has no name.");
    if (!is_plain(part->encoding))
        return fail(r->e, ERR_MALFORMED, "A part of the form is encoded in a way forms are not.");
    name = unescape_name(r->arena, name);
    if (!mime_parameter(r->arena, part->disposition, STR("filename"), &file_name)) {
        form->fields.items[form->fields.count++] = (struct pair){name, text_clean(r->arena, part->content)};
        return true;
    }
    if (file_name.len == 0 && part->content.len == 0)
        return true; /* a file input in which nothing was chosen */
    form->files[form->file_count++] =
        (struct http_file){name, base_name(r->arena, file_name), mime_of(part->mime), part->content};
    return true;
}

/* An upper bound of the number of parts, for the arrays. */
static size_t count_delimiters(struct str body, struct str delimiter)
{
    size_t n = 1;
    for (struct str at = find_in(body, delimiter); at.len > 0 && n <= FORM_PARTS_MAX; n++)
        at = find_in(str_slice(at, delimiter.len, at.len), delimiter);
    return n;
}

bool multipart_parse(struct arena *a, struct str content_type, struct str body, struct form *out, struct error *e)
{
    struct reader r = {.arena = a, .rest = body, .e = e};
    bool last = false;
    if (!find_boundary(a, content_type, &r.delimiter))
        return fail(e, ERR_MALFORMED, "The form does not name its boundary.");
    size_t most = count_delimiters(body, r.delimiter);
    if (most > FORM_PARTS_MAX)
        return fail(e, ERR_MALFORMED, "The form has more than %d parts.", FORM_PARTS_MAX);
    out->fields.items = ARENA_ARRAY(a, struct pair, most);
    out->files = ARENA_ARRAY(a, struct http_file, most);
    if (!first_delimiter(&r, &last))
        return false;
    while (!last) {
        struct part part;
        if (!next_part(&r, &part, &last) || !add_part(&r, out, &part))
            return false;
    }
    return true;
}
