/* SPDX-License-Identifier: Apache-2.0 */
/* One mail as an event: who wrote, what it answers, what they say. Headers of strangers are untrusted words. */
#include "channels/channel_email.h"

#include <gmime/gmime.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/unicode.h"

#define ID_MAX    240
#define HEAD_MAX  65536
#define WORDS_MAX 50000 /* characters of one mail that are shown */

static void unref(void *object)
{
    g_object_unref(object);
}

struct str email_header(struct arena *a, GMimeMessage *message, const char *name)
{
    const char *value = g_mime_object_get_header(GMIME_OBJECT(message), name);
    return value ? str_trim(text_clean(a, str_dup(a, str_from(value)))) : STR_EMPTY;
}

struct str email_id(struct arena *a, struct str words)
{
    ptrdiff_t open = str_find_char(words, '<');
    struct str id = open >= 0 ? str_slice(words, (size_t)open + 1, words.len) : words;
    ptrdiff_t close = str_find_char(id, '>');
    id = str_trim(close >= 0 ? str_slice(id, 0, (size_t)close) : id);
    if (!id.len || (open < 0 && str_find_char(id, '@') < 0))
        return STR_EMPTY;
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] <= ' ' || id.ptr[i] == 0x7f)
            return STR_EMPTY;
    if (id.len > ID_MAX)
        return str_format(a, "long.%016llx", (unsigned long long)hash64(id));
    return id;
}

struct str email_last_id(struct arena *a, struct str words)
{
    struct str found = STR_EMPTY;
    for (ptrdiff_t open; (open = str_find_char(words, '<')) >= 0;) {
        words = str_slice(words, (size_t)open, words.len);
        struct str id = email_id(a, words);
        found = id.len ? id : found;
        words = str_slice(words, 1, words.len);
    }
    return found.len ? found : email_id(a, words);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Letters that stand raw in a head are of the charset that the mail names for its words. */
static GMimeParserOptions *options_for(struct arena *a, struct str bytes)
{
    GMimeParserOptions *options = g_mime_parser_options_new();
    struct str begin = str_slice(bytes, 0, HEAD_MAX), name = email_charset(str_lower(a, begin));
    if (!name.len || utf8_valid(begin))
        return options;
    const char *charsets[] = {"utf-8", email_iconv_name(a, name), "windows-1252", NULL};
    g_mime_parser_options_set_fallback_charsets(options, charsets);
    return options;
}

GMimeMessage *email_parse(struct arena *a, struct str bytes)
{
    pthread_once(&once, g_mime_init);
    if (!bytes.len)
        return NULL;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.ptr, bytes.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeParserOptions *options = options_for(a, bytes);
    g_mime_parser_set_persist_stream(parser, FALSE);
    GMimeMessage *message = g_mime_parser_construct_message(parser, options);
    g_mime_parser_options_free(options);
    g_object_unref(parser);
    g_object_unref(stream);
    if (message)
        arena_defer(a, unref, message);
    return message;
}

/* ---- what of ---- */

/* Two mails may bear one id (programs that count badly, somebody who wants a mail to be taken for another): the id
 * is that of the message with what tells it from others, after a space. */
static struct str own_id(struct arena *a, GMimeMessage *message, struct str bytes,
                         const struct channel_author *author)
{
    struct str id = email_id(a, email_header(a, message, "Message-ID"));
    struct str rest =
        str_format(a, "%.*s|%.*s|%.*s", STR_ARGS(author->external_id), STR_ARGS(email_header(a, message, "Date")),
                   STR_ARGS(email_header(a, message, "Subject")));
    uint64_t hash = hash64(id.len ? rest : bytes);
    return str_format(a, "%.*s %016llx", STR_ARGS(id.len ? id : STR("none")), (unsigned long long)hash);
}

static struct str first_id(struct arena *a, struct str words)
{
    for (ptrdiff_t open; (open = str_find_char(words, '<')) >= 0;) {
        words = str_slice(words, (size_t)open, words.len);
        struct str id = email_id(a, words);
        if (id.len)
            return id;
        words = str_slice(words, 1, words.len);
    }
    return STR_EMPTY;
}

static void thread_read(struct arena *a, GMimeMessage *message, struct channel_event *event)
{
    struct str to = email_header(a, message, "In-Reply-To"), references = email_header(a, message, "References");
    struct str parent = first_id(a, to), root = first_id(a, references);
    if (!parent.len)
        parent = email_last_id(a, references);
    if (!root.len)
        root = parent;
    if (!root.len) {
        root = event->external_id;
        ptrdiff_t space = str_find_char(root, ' ');
        if (!str_starts(root, STR("none ")) && space > 0)
            root = str_slice(root, 0, (size_t)space);
    }
    event->parent_id = parent;
    event->thread_key = str_concat(a, STR("mail:"), root);
}

static int64_t date_of(struct arena *a, struct str said)
{
    GDateTime *time = said.len ? g_mime_utils_header_decode_date(str_cstr(a, said)) : NULL;
    int64_t seconds = time ? g_date_time_to_unix(time) : 0;
    if (time)
        g_date_time_unref(time);
    return seconds > 0 && seconds < INT64_C(4102444800) ? seconds * SECOND_US : 0;
}

/* When it was written; where the writer's clock is days off, when our own server had it. */
static int64_t time_read(struct arena *a, GMimeMessage *message)
{
    struct str received = email_header(a, message, "Received");
    ptrdiff_t at = -1;
    for (size_t i = 0; i < received.len; i++)
        if (received.ptr[i] == ';')
            at = (ptrdiff_t)i;
    int64_t wrote = date_of(a, email_header(a, message, "Date"));
    int64_t came = at < 0 ? 0 : date_of(a, str_trim(str_slice(received, (size_t)at + 1, received.len)));
    bool off = wrote && came && (wrote < came - 7 * DAY_US || wrote > came + DAY_US);
    return wrote && !off ? wrote : came;
}

/* ---- what kind ---- */

static bool is_ours(struct arena *a, GMimeMessage *message)
{
    return str_starts(email_header(a, message, "X-Loop"), STR(EMAIL_LOOP)) ||
           str_starts(email_id(a, email_header(a, message, "Message-ID")), STR(EMAIL_OURS));
}

/* ---- words ---- */

static struct str subject_of(struct arena *a, GMimeMessage *message)
{
    struct str subject = str_from(g_mime_message_get_subject(message));
    return text_shorten(a, str_trim(text_clean(a, str_dup(a, subject))), 300);
}

static void words_read(struct arena *a, GMimeMessage *message, struct channel_event *event, bool header_only)
{
    struct buf text;
    struct email_parts parts = {.arena = a, .event = event, .text = &text};
    struct str said = subject_of(a, message), subject = email_subject(said);
    buf_init(&text, a, 1024);
    if (!header_only)
        email_parts_read(&parts, message);
    struct str own = email_own_words(a, buf_view(&text), email_subject_forwards(said));
    bool begins = !event->parent_id.len && subject.len && !str_starts(own, subject);
    if (begins && own.len)
        own = str_format(a, "%.*s\n\n%.*s", STR_ARGS(subject), STR_ARGS(own));
    event->thread_title = subject;
    event->text = text_shorten(a, text_clean(a, own.len ? own : begins ? subject : STR_EMPTY), WORDS_MAX);
    if (header_only || parts.encrypted) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = header_only ? STR("a mail that is too large to be fetched") : STR("an encrypted mail");
    } else if (!event->text.len && !event->media_count) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a mail without words");
    } else if (event->text.len && event->message != MESSAGE_TEXT && event->media_count) {
        event->message = MESSAGE_TEXT;
    }
}

/* Some programs put an empty line in front. */
static struct str without_lead(struct str bytes)
{
    size_t from = 0;
    while (from < bytes.len && str_find_char(STR(" \t\r\n"), bytes.ptr[from]) >= 0)
        from++;
    return str_slice(bytes, from, bytes.len);
}

static bool has_a_head(struct arena *a, GMimeMessage *message)
{
    static const char *const names[] = {"From", "Subject", "Date", "Message-ID", "To", "MIME-Version", "Received"};
    GMimeObject *body = g_mime_message_get_mime_part(message);
    if (body && g_mime_object_get_header(body, "Content-Type"))
        return true;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (email_header(a, message, names[i]).len)
            return true;
    return false;
}

void email_read(struct channel_events *events, struct str bytes, struct str account, bool header_only,
                const struct place *at)
{
    struct arena *a = events->arena;
    if (!bytes.len) {
        channel_unread(events, at, "stands in the mailbox, and the mail server does not give it");
        return;
    }
    GMimeMessage *message = email_parse(a, without_lead(bytes));
    if (!message || !has_a_head(a, message)) {
        channel_unread(events, at, "is no mail");
        return;
    }
    if (email_report(events, message, bytes, at))
        return;
    struct channel_event *event = channel_events_add(events);
    bool relayed = email_author(a, message, account, &event->author);
    event->external_id = own_id(a, message, bytes, &event->author);
    event->dedupe = DEDUPE(a, "m", event->external_id);
    event->door = STR("email");
    event->at = time_read(a, message);
    if (is_ours(a, message)) {
        *event =
            (struct channel_event){.kind = CHANNEL_IGNORED, .dedupe = event->dedupe, .note = STR("our own mail")};
        return;
    }
    event->kind = CHANNEL_MESSAGE;
    event->automatic = email_automatic(a, message, relayed);
    GMimeMessage *inside = email_certified(message);
    thread_read(a, message, event);
    if (inside && !event->parent_id.len)
        thread_read(a, inside, event);
    words_read(a, message, event, header_only);
}
