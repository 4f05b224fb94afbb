/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a mail: words in whatever charset they are, lines that a program broke joined again (RFC 3676), files
 * with their bytes. */
#include "channels/channel_email.h"

#include <iconv.h>

#include <gmime/gmime.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/html_text.h"
#include "base/unicode.h"

#define PARTS_MAX 200
#define DEPTH_MAX 20
#define TEXT_MAX  ((size_t)4 << 20)

struct str email_part_bytes(struct arena *a, GMimeObject *part)
{
    if (!GMIME_IS_PART(part))
        return STR_EMPTY;
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
    if (!content)
        return STR_EMPTY;
    GMimeStream *out = g_mime_stream_mem_new();
    (void)g_mime_data_wrapper_write_to_stream(content, out);
    const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
    struct str found = {arena_copy(a, bytes->len ? (const char *)bytes->data : "", bytes->len), bytes->len};
    g_object_unref(out);
    return found;
}

static struct str convert(struct arena *a, struct str bytes, const char *charset)
{
    iconv_t cd = iconv_open("UTF-8", charset);
    if (cd == (iconv_t)-1) /* NOLINT: that is how it says no */
        return STR_EMPTY;
    struct buf out;
    char piece[4096], *in = arena_copy(a, bytes.ptr, bytes.len);
    size_t left = bytes.len;
    buf_init(&out, a, bytes.len + bytes.len / 2 + 16);
    while (left) {
        char *to = piece;
        size_t room = sizeof piece, before = left;
        size_t done = iconv(cd, &in, &left, &to, &room);
        buf_add(&out, piece, sizeof piece - room);
        if (done == (size_t)-1 && left && room == sizeof piece &&
            before == left) { /* a byte that is none of its letters */
            buf_cstr(&out, "\xef\xbf\xbd");
            in++;
            left--;
        }
    }
    iconv_close(cd);
    return buf_view(&out);
}

static bool is_plain(struct str charset)
{
    static const char *const names[] = {"",     "us-ascii",     "ascii",     "utf-8",
                                        "utf8", "unknown-8bit", "x-unknown", "default"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq_nocase(charset, str_from(names[i])))
            return true;
    return false;
}

/* What is written under a name is often of the larger charset that grew out of it, as browsers know. */
const char *email_iconv_name(struct arena *a, struct str charset)
{
    static const char *const larger[][2] = {{"iso-8859-1", "windows-1252"},
                                            {"latin1", "windows-1252"},
                                            {"iso_8859-1", "windows-1252"},
                                            {"iso8859-1", "windows-1252"},
                                            {"iso-8859-9", "windows-1254"},
                                            {"iso-8859-11", "cp874"},
                                            {"tis-620", "cp874"},
                                            {"gb2312", "gb18030"},
                                            {"gbk", "gb18030"},
                                            {"gb_2312-80", "gb18030"},
                                            {"x-gbk", "gb18030"},
                                            {"shift_jis", "cp932"},
                                            {"shift-jis", "cp932"},
                                            {"sjis", "cp932"},
                                            {"x-sjis", "cp932"},
                                            {"ks_c_5601-1987", "cp949"},
                                            {"euc-kr", "cp949"},
                                            {"big5", "big5-hkscs"},
                                            {"x-mac-roman", "macintosh"}};
    for (size_t i = 0; i < COUNT_OF(larger); i++)
        if (str_eq_nocase(charset, str_from(larger[i][0])))
            return larger[i][1];
    const char *name = str_cstr(a, charset), *known = g_mime_charset_iconv_name(name);
    return known ? known : name;
}

struct str email_text(struct arena *a, struct str bytes, struct str charset)
{
    bytes = str_slice(bytes, 0, TEXT_MAX);
    if (!bytes.len)
        return STR_EMPTY;
    struct str text = STR_EMPTY;
    if (!is_plain(charset))
        text = convert(a, bytes, email_iconv_name(a, charset));
    if (!text.len && !utf8_valid(bytes))
        text = convert(a, bytes, "WINDOWS-1252");
    return text_clean(a, text.len ? text : bytes);
}

struct str email_charset(struct str bytes)
{
    ptrdiff_t at = str_find(bytes, STR("charset="));
    if (at < 0)
        return STR_EMPTY;
    struct str rest = str_slice(bytes, (size_t)at + 8, (size_t)at + 60);
    while (rest.len && (rest.ptr[0] == '"' || rest.ptr[0] == '\''))
        rest = str_slice(rest, 1, rest.len);
    size_t end = 0;
    while (end < rest.len && str_find_char(STR("\"' ;>/\r\n"), rest.ptr[end]) < 0)
        end++;
    return str_slice(rest, 0, end);
}

/* ---- format=flowed ---- */

static size_t depth_of(struct str line)
{
    size_t n = 0;
    while (n < line.len && line.ptr[n] == '>')
        n++;
    return n;
}

static struct str unflow(struct arena *a, struct str text, bool delsp)
{
    struct buf out;
    struct str line;
    bool open = false;
    size_t depth = 0;
    buf_init(&out, a, text.len + 16);
    while (str_split(&text, '\n', &line)) {
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        size_t quoted = depth_of(line);
        struct str words = str_slice(line, quoted, line.len);
        if (str_starts(words, STR(" ")))
            words = str_slice(words, 1, words.len);
        bool mark = str_eq(words, STR("-- "));
        if (open && (quoted != depth || mark)) {
            buf_char(&out, '\n');
            open = false;
        }
        for (size_t i = 0; !open && i < quoted; i++)
            buf_char(&out, '>');
        if (!open && quoted)
            buf_char(&out, ' ');
        depth = quoted;
        open = !mark && words.len && words.ptr[words.len - 1] == ' ';
        buf_str(&out, open && delsp ? str_slice(words, 0, words.len - 1) : words);
        if (!open)
            buf_char(&out, '\n');
    }
    return buf_view(&out);
}

/* ---- parts ---- */

static struct str param(const char *value)
{
    return str_from(value);
}

static bool is_type(GMimeObject *part, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(part), type, subtype);
}

static void text_add(struct buf *out, struct str words)
{
    words = str_trim(words);
    if (out->len && words.len)
        buf_cstr(out, "\n\n");
    buf_str(out, words);
}

/* The words that a signature of PGP stands around (RFC 9580); an encrypted text has none. */
static struct str without_pgp(struct email_parts *p, struct str text)
{
    text = str_trim(text);
    if (str_starts(text, STR("-----BEGIN PGP MESSAGE-----"))) {
        p->encrypted = true;
        return STR_EMPTY;
    }
    ptrdiff_t end = str_find(text, STR("\n-----BEGIN PGP SIGNATURE-----"));
    if (!str_starts(text, STR("-----BEGIN PGP SIGNED MESSAGE-----")) || end < 0)
        return text;
    struct str rest = str_slice(text, 0, (size_t)end), line;
    struct buf out;
    buf_init(&out, p->arena, rest.len);
    while (str_split(&rest, '\n', &line) && str_trim(line).len) {
    } /* its own head */
    while (str_split(&rest, '\n', &line)) {
        buf_str(&out, str_starts(line, STR("- ")) ? str_slice(line, 2, line.len) : line);
        buf_char(&out, '\n');
    }
    return buf_view(&out);
}

/* Some programs send a page and say that it is plain text. */
static bool is_page(struct arena *a, struct str text)
{
    struct str begin = str_lower(a, str_slice(str_trim(text), 0, 16));
    return str_starts(begin, STR("<!doctype html")) || str_starts(begin, STR("<html"));
}

static void text_read(struct email_parts *p, GMimeObject *part)
{
    struct arena *a = p->arena;
    struct str bytes = email_part_bytes(a, part),
               charset = param(g_mime_object_get_content_type_parameter(part, "charset"));
    if (is_type(part, "text", "html")) {
        if (is_plain(charset) && !utf8_valid(bytes))
            charset = email_charset(str_slice(bytes, 0, 2048));
        text_add(p->text, html_text(a, email_text(a, bytes, charset)));
        return;
    }
    struct str text = email_text(a, bytes, charset);
    struct str format = param(g_mime_object_get_content_type_parameter(part, "format"));
    struct str delsp = param(g_mime_object_get_content_type_parameter(part, "delsp"));
    if (is_page(a, text))
        text = html_text(a, text);
    else if (str_eq_nocase(format, STR("flowed")))
        text = unflow(a, text, str_eq_nocase(delsp, STR("yes")));
    text_add(p->text, without_pgp(p, text));
}

static struct str type_of(struct arena *a, GMimeObject *part)
{
    char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
    struct str found = str_lower(a, text_clean(a, str_from(type)));
    found = str_dup(a, found);
    g_free(type);
    return found.len && found.len < 100 ? found : STR("application/octet-stream");
}

/* A name without a path, and without what could be one. */
static struct str name_of(struct arena *a, const char *given)
{
    struct str name = str_trim(text_clean(a, str_from(given)));
    for (size_t i = name.len; i-- > 0;)
        if (name.ptr[i] == '/' || name.ptr[i] == '\\') {
            name = str_slice(name, i + 1, name.len);
            break;
        }
    char *copy = arena_copy(a, name.ptr ? name.ptr : "", name.len);
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
            copy[i] = '_';
    return text_shorten(a, (struct str){copy, name.len}, 120);
}

static void file_read(struct email_parts *p, struct str bytes, struct str type, struct str name)
{
    struct arena *a = p->arena;
    struct channel_media *media = bytes.len ? event_attach(a, p->event, kind_of_mime(type)) : NULL;
    if (!media)
        return;
    media->mime = type;
    media->file_name = name;
    media->bytes = bytes;
}

static void message_read(struct email_parts *p, GMimeObject *part)
{
    GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    char *bytes = inner ? g_mime_object_to_string(GMIME_OBJECT(inner), NULL) : NULL;
    struct str subject = inner ? name_of(p->arena, g_mime_message_get_subject(inner)) : STR_EMPTY;
    struct str name = str_format(p->arena, "%.*s.eml", STR_ARGS(subject.len ? subject : STR("mail")));
    file_read(p, str_dup(p->arena, str_from(bytes)), STR("message/rfc822"), name);
    g_free(bytes);
}

static void part_read(struct email_parts *p, GMimeObject *part, int depth);

static GMimeMessage *certified_in(GMimeObject *part, int depth)
{
    GMimeMessage *found = NULL;
    if (GMIME_IS_MULTIPART(part))
        for (int i = 0; !found && depth < 4 && i < g_mime_multipart_get_count(GMIME_MULTIPART(part)) && i < 8; i++)
            found = certified_in(g_mime_multipart_get_part(GMIME_MULTIPART(part), i), depth + 1);
    if (!GMIME_IS_MESSAGE_PART(part))
        return found;
    const char *said = g_mime_object_get_content_disposition_parameter(part, "filename");
    const char *name = said ? said : g_mime_object_get_content_type_parameter(part, "name");
    bool is = name && str_eq_nocase(str_from(name), STR("postacert.eml"));
    return is ? g_mime_message_part_get_message(GMIME_MESSAGE_PART(part)) : NULL;
}

GMimeMessage *email_certified(GMimeMessage *message)
{
    return certified_in(g_mime_message_get_mime_part(message), 0);
}

static bool envelope_open(struct email_parts *p, GMimeObject *part, int depth)
{
    GMimeMessage *inner = certified_in(part, 0);
    if (!inner)
        return false;
    p->text->len = 0; /* the provider's own words */
    part_read(p, g_mime_message_get_mime_part(inner), depth + 1);
    return true;
}

/* Of several ways to say the same, plain words where there are any; pictures of the others stay. */
static void alternative_read(struct email_parts *p, GMimeMultipart *multipart, int depth)
{
    struct buf best, *out = p->text;
    bool plain = false;
    buf_init(&best, p->arena, 256);
    for (int i = 0; i < g_mime_multipart_get_count(multipart); i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);
        struct buf text;
        buf_init(&text, p->arena, 256);
        p->text = &text;
        part_read(p, part, depth + 1);
        bool has_words = str_trim(buf_view(&text)).len > 0;
        if (has_words && !plain) {
            best = text;
            plain = is_type(part, "text", "plain");
        }
    }
    p->text = out;
    text_add(out, buf_view(&best));
}

static void multipart_read(struct email_parts *p, GMimeMultipart *multipart, int depth)
{
    if (is_type(GMIME_OBJECT(multipart), "multipart", "encrypted")) {
        p->encrypted = true;
        return;
    }
    if (is_type(GMIME_OBJECT(multipart), "multipart", "alternative")) {
        alternative_read(p, multipart, depth);
        return;
    }
    int count = g_mime_multipart_get_count(multipart);
    if (is_type(GMIME_OBJECT(multipart), "multipart", "signed") && count > 1)
        count = 1;
    for (int i = 0; i < count; i++)
        part_read(p, g_mime_multipart_get_part(multipart, i), depth + 1);
}

static void part_read(struct email_parts *p, GMimeObject *part, int depth)
{
    if (!part || depth > DEPTH_MAX || ++p->parts > PARTS_MAX)
        return;
    if (GMIME_IS_MULTIPART(part)) {
        multipart_read(p, GMIME_MULTIPART(part), depth);
    } else if (GMIME_IS_MESSAGE_PART(part)) {
        if (!envelope_open(p, part, depth))
            message_read(p, part);
    } else if (GMIME_IS_PART(part)) {
        const char *disposition = g_mime_object_get_disposition(part);
        bool file = disposition && str_eq_nocase(str_from(disposition), STR("attachment"));
        const char *name = g_mime_part_get_filename(GMIME_PART(part));
        bool words =
            is_type(part, "text", "plain") || is_type(part, "text", "html") || is_type(part, "text", "enriched");
        p->encrypted |= is_type(part, "application", "pkcs7-mime");
        if (words && !file && !(name && p->text->len))
            text_read(p, part);
        else if (!is_type(part, "application", "pkcs7-mime"))
            file_read(p, email_part_bytes(p->arena, part), type_of(p->arena, part), name_of(p->arena, name));
    }
}

void email_parts_read(struct email_parts *parts, GMimeMessage *message)
{
    part_read(parts, g_mime_message_get_mime_part(message), 0);
}
