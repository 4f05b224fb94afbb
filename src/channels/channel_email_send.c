/* SPDX-License-Identifier: Apache-2.0 */
/* A mail of ours: what a person wrote, as plain words, in the thread of the mail it answers. The same bytes on every
 * attempt but for the date. */
#include "channels/channel_email.h"

#include <gmime/gmime.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/unicode.h"

static struct str domain_of(struct str address)
{
    ptrdiff_t at = str_find_char(address, '@');
    return at >= 0 ? str_slice(address, (size_t)at + 1, address.len) : STR("ascolto.invalid");
}

struct str email_our_id(struct arena *a, const struct outgoing *m)
{
    struct str account = email_is_address(m->account) ? m->account : STR_EMPTY;
    struct str key = m->idempotency_key;
    for (size_t i = 0; i < key.len; i++)
        if (!((key.ptr[i] >= '0' && key.ptr[i] <= '9') || (key.ptr[i] >= 'a' && key.ptr[i] <= 'z')))
            key = str_format(a, "%016llx", (unsigned long long)hash64(m->idempotency_key));
    return str_format(a, EMAIL_OURS "%.*s@%.*s", STR_ARGS(key), STR_ARGS(domain_of(account)));
}

/* What we know of a message is its id and what tells it apart. */
static struct str plain_id(struct arena *a, struct str known)
{
    ptrdiff_t space = str_find_char(known, ' ');
    struct str id = space >= 0 ? str_slice(known, 0, (size_t)space) : known;
    bool none = str_eq(id, STR("none")) || str_starts(id, STR("long."));
    return none ? STR_EMPTY : email_id(a, str_format(a, "<%.*s>", STR_ARGS(id)));
}

static void header_set(struct arena *a, GMimeMessage *message, const char *name, struct str value)
{
    g_mime_object_set_header(GMIME_OBJECT(message), name, str_cstr(a, value), "utf-8");
}

static struct str one_line(struct arena *a, struct str words)
{
    char *copy = arena_copy(a, words.ptr ? words.ptr : "", words.len);
    for (size_t i = 0; i < words.len; i++)
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
            copy[i] = ' ';
    return text_shorten(a, str_trim(text_clean(a, (struct str){copy, words.len})), 200);
}

#define SUBJECT_PLAIN_MAX 60
#define SUBJECT_WORD_MAX  42 /* bytes in one encoded word (RFC 2047) */

static bool is_plain_subject(struct str words)
{
    bool plain = words.len <= SUBJECT_PLAIN_MAX && str_find(words, STR("=?")) < 0;
    for (size_t i = 0; i < words.len; i++)
        plain &= words.ptr[i] >= ' ' && words.ptr[i] < 0x7f;
    return plain;
}

/* Written by ourselves: the library folds some long words so that a line begins without a space, and whoever reads it
 * may take that for the end of the header. words: clean, in one line. */
static void subject_set(struct arena *a, GMimeMessage *message, struct str words)
{
    struct buf raw;
    buf_init(&raw, a, words.len * 2 + 64);
    buf_char(&raw, ' ');
    if (str_starts(words, STR("Re: "))) {
        buf_cstr(&raw, "Re: ");
        words = str_slice(words, 4, words.len);
    }
    if (is_plain_subject(words)) {
        buf_str(&raw, words);
        words = STR_EMPTY;
    }
    for (bool first = true; words.len; first = false) {
        size_t n = words.len < SUBJECT_WORD_MAX ? words.len : SUBJECT_WORD_MAX;
        while (n > 1 && n < words.len && ((unsigned char)words.ptr[n] & 0xc0) == 0x80)
            n--;
        struct str part = base64_encode(a, words.ptr, n);
        buf_format(&raw, "%s=?utf-8?B?%.*s?=", first ? "" : "\n ", STR_ARGS(part));
        words = str_slice(words, n, words.len);
    }
    buf_char(&raw, '\n');
    header_set(a, message, "Subject", STR("x"));
    g_mime_header_set_raw_value(
        g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(message)), "Subject"),
        str_cstr(a, buf_view(&raw)));
}

/* From whom, to whom, about what, when. */
static void envelope_write(struct arena *a, GMimeMessage *message, const struct settings *s, struct str to,
                           struct str subject, int64_t at)
{
    struct str address = settings_get(s, "address"), name = one_line(a, settings_get(s, "name"));
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, name.len ? str_cstr(a, name) : NULL,
                               str_cstr(a, address));
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, str_cstr(a, to));
    subject_set(a, message, subject);
    GDateTime *date = g_date_time_new_from_unix_utc(at / SECOND_US);
    if (date) {
        g_mime_message_set_date(message, date);
        g_date_time_unref(date);
    }
    header_set(a, message, "X-Loop", str_format(a, EMAIL_LOOP " %.*s", STR_ARGS(address)));
}

static void head_write(struct arena *a, GMimeMessage *message, const struct settings *s, const struct outgoing *m)
{
    struct str parent = plain_id(a, m->parent_id), root = STR_EMPTY,
               title = one_line(a, email_subject(m->thread_title));
    if (str_starts(m->thread_key, STR("mail:")))
        root = plain_id(a, str_slice(m->thread_key, 5, m->thread_key.len));
    envelope_write(a, message, s, m->to, str_trim(str_concat(a, STR("Re: "), title)), m->now);
    g_mime_message_set_message_id(message, str_cstr(a, email_our_id(a, m)));
    if (parent.len) {
        header_set(a, message, "In-Reply-To", str_format(a, "<%.*s>", STR_ARGS(parent)));
        header_set(a, message, "References",
                   root.len && !str_eq(root, parent)
                       ? str_format(a, "<%.*s> <%.*s>", STR_ARGS(root), STR_ARGS(parent))
                       : str_format(a, "<%.*s>", STR_ARGS(parent)));
    }
}

static void content_set(GMimePart *part, struct str bytes, GMimeContentEncoding encoding)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.ptr ? bytes.ptr : "", bytes.len);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, encoding);
    g_object_unref(content);
    g_object_unref(stream);
}

/* A text part of the library's own would choose an older charset. */
static GMimeObject *text_part(const char *subtype, struct str words)
{
    GMimePart *part = g_mime_part_new_with_type("text", subtype);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
    content_set(part, words, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    return GMIME_OBJECT(part);
}

static GMimeObject *words_part(struct arena *a, const struct settings *s, const struct outgoing *m)
{
    struct str signature = settings_get(s, "signature");
    struct buf text;
    buf_init(&text, a, m->text.len + signature.len + 16);
    for (size_t i = 0; i < m->text.len; i++)
        if (m->text.ptr[i] != '\r')
            buf_char(&text, m->text.ptr[i]);
    if (signature.len)
        buf_format(&text, "\n\n-- \n%.*s", STR_ARGS(signature));
    buf_char(&text, '\n');
    return text_part("plain", text_clean(a, buf_view(&text)));
}

static GMimeObject *file_part(struct arena *a, const struct outgoing_media *file)
{
    struct str mime = mime_of(file), name = one_line(a, file->file_name);
    ptrdiff_t slash = str_find_char(mime, '/'), end = str_find_char(mime, ';');
    struct str subtype = str_slice(mime, (size_t)slash + 1, end > slash ? (size_t)end : mime.len);
    GMimePart *part =
        g_mime_part_new_with_type(str_cstr(a, str_slice(mime, 0, (size_t)slash)), str_cstr(a, str_trim(subtype)));
    content_set(part, file->bytes, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
    g_mime_part_set_filename(part, str_cstr(a, name.len ? name : STR("file")));
    return GMIME_OBJECT(part);
}

static struct str written(struct arena *a, GMimeMessage *message)
{
    GMimeFormatOptions *options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    char *bytes = g_mime_object_to_string(GMIME_OBJECT(message), options);
    struct str out = str_dup(a, str_from(bytes));
    g_free(bytes);
    g_mime_format_options_free(options);
    return out;
}

struct str email_write(struct arena *a, const struct settings *settings, const struct outgoing *m)
{
    (void)email_parse(a, STR("X: y\r\n\r\n")); /* the library is begun where mails are read */
    GMimeMessage *message = g_mime_message_new(FALSE);
    GMimeObject *words = words_part(a, settings, m);
    head_write(a, message, settings, m);
    if (m->media) {
        unsigned char digest[SHA256_BYTES];
        GMimeMultipart *both = g_mime_multipart_new_with_subtype("mixed");
        GMimeObject *file = file_part(a, m->media);
        sha256(m->media->bytes, digest);
        g_mime_multipart_set_boundary(both, str_cstr(a, str_concat(a, STR("ascolto-"), hex_encode(a, digest, 16))));
        if (m->text.len)
            g_mime_multipart_add(both, words);
        g_mime_multipart_add(both, file);
        g_mime_message_set_mime_part(message, GMIME_OBJECT(both));
        g_object_unref(file);
        g_object_unref(both);
    } else {
        g_mime_message_set_mime_part(message, words);
    }
    struct str out = written(a, message);
    g_object_unref(words);
    g_object_unref(message);
    return out;
}

/* ---- letters ---- */

#define ADDRESS_MAX 900 /* of a line */

/* What may stand in a header between brackets. */
static bool is_plain_address(struct str url)
{
    bool plain = url.len > 0 && url.len <= ADDRESS_MAX;
    for (size_t i = 0; i < url.len; i++)
        plain &= url.ptr[i] > ' ' && url.ptr[i] < 0x7f && url.ptr[i] != '<' && url.ptr[i] != '>' && url.ptr[i] != ',';
    return plain;
}

#define LANGUAGE_MAX 35

static bool is_language(struct str tag)
{
    bool is = tag.len > 0 && tag.len <= LANGUAGE_MAX;
    for (size_t i = 0; i < tag.len; i++)
        is &=
            (tag.ptr[i] >= 'a' && tag.ptr[i] <= 'z') || (tag.ptr[i] >= 'A' && tag.ptr[i] <= 'Z') || tag.ptr[i] == '-';
    return is;
}

/* Nobody's machine answers it, and one press in the mail program ends such letters (RFC 3834, RFC 8058). */
static void letter_head(struct arena *a, GMimeMessage *message, const struct settings *s,
                        const struct letter_mail *letter)
{
    struct outgoing named = {.account = settings_get(s, "address"), .idempotency_key = letter->key};
    envelope_write(a, message, s, letter->to, one_line(a, letter->subject), letter->now);
    g_mime_message_set_message_id(message, str_cstr(a, email_our_id(a, &named)));
    header_set(a, message, "Auto-Submitted", STR("auto-generated"));
    header_set(a, message, "X-Auto-Response-Suppress", STR("All"));
    if (is_language(letter->language))
        header_set(a, message, "Content-Language", letter->language);
    if (is_plain_address(letter->stop)) {
        header_set(a, message, "List-Unsubscribe", STR("<>"));
        GMimeHeader *stop =
            g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(message)), "List-Unsubscribe");
        /* the library would write a long one as an encoded word, which is none here */
        g_mime_header_set_raw_value(stop, str_cstr(a, str_format(a, " <%.*s>\n", STR_ARGS(letter->stop))));
        header_set(a, message, "List-Unsubscribe-Post", STR("List-Unsubscribe=One-Click"));
    }
}

struct str email_write_letter(struct arena *a, const struct settings *settings, const struct letter_mail *letter)
{
    (void)email_parse(a, STR("X: y\r\n\r\n")); /* the library is begun where mails are read */
    unsigned char digest[SHA256_BYTES];
    GMimeMessage *message = g_mime_message_new(FALSE);
    GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");
    GMimeObject *words = text_part("plain", text_clean(a, letter->text)),
                *html = text_part("html", text_clean(a, letter->html));
    letter_head(a, message, settings, letter);
    sha256(str_concat(a, letter->key, letter->html), digest);
    g_mime_multipart_set_boundary(both, str_cstr(a, str_concat(a, STR("ascolto-"), hex_encode(a, digest, 16))));
    g_mime_multipart_add(both, words);
    g_mime_multipart_add(both, html);
    g_mime_message_set_mime_part(message, GMIME_OBJECT(both));
    struct str out = written(a, message);
    g_object_unref(words);
    g_object_unref(html);
    g_object_unref(both);
    g_object_unref(message);
    return out;
}
