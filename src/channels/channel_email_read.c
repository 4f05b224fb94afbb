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

GMimeMessage *email_parse(struct arena *a, struct str bytes)
{
    pthread_once(&once, g_mime_init);
    if (!bytes.len)
        return NULL;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.ptr, bytes.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, FALSE);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    if (message)
        arena_defer(a, unref, message);
    return message;
}

bool email_is_address(struct str address)
{
    ptrdiff_t at = str_find_char(address, '@');
    if (at <= 0 || (size_t)at + 1 >= address.len || address.len > 254 || !utf8_valid(address))
        return false;
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.ptr[i] <= ' ' || address.ptr[i] == 0x7f ||
            str_find_char(STR("<>(),;:\\\""), address.ptr[i]) >= 0)
            return false;
    return str_find_char(str_slice(address, (size_t)at + 1, address.len), '@') < 0;
}

/* ---- who ---- */

/* The first mailbox of a header, groups looked into. */
static InternetAddressMailbox *mailbox_of(InternetAddressList *list)
{
    for (int i = 0; list && i < internet_address_list_length(list) && i < 50; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(address))
            return INTERNET_ADDRESS_MAILBOX(address);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            InternetAddressList *members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address));
            if (members && internet_address_list_length(members) > 0 &&
                INTERNET_ADDRESS_IS_MAILBOX(internet_address_list_get_address(members, 0)))
                return INTERNET_ADDRESS_MAILBOX(internet_address_list_get_address(members, 0));
        }
    }
    return NULL;
}

static struct str address_of(struct arena *a, InternetAddressMailbox *mailbox)
{
    struct str address = mailbox ? str_from(internet_address_mailbox_get_addr(mailbox)) : STR_EMPTY;
    return email_is_address(address) ? str_lower(a, address) : STR_EMPTY;
}

static void author_read(struct arena *a, GMimeMessage *message, struct channel_author *author)
{
    InternetAddressMailbox *from = mailbox_of(g_mime_message_get_from(message)),
                           *to = mailbox_of(g_mime_message_get_reply_to(message)),
                           *sender = mailbox_of(g_mime_message_get_sender(message));
    struct str address = address_of(a, to), name;
    if (!address.len)
        address = address_of(a, from);
    if (!address.len)
        address = address_of(a, sender);
    name = str_from(from ? internet_address_get_name(INTERNET_ADDRESS(from)) : NULL);
    if (!name.len && to)
        name = str_from(internet_address_get_name(INTERNET_ADDRESS(to)));
    author->external_id = address;
    author->handle = address;
    author->name = text_shorten(a, str_trim(text_clean(a, str_dup(a, name))), 120);
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

static int64_t time_read(struct arena *a, GMimeMessage *message)
{
    struct str date = email_header(a, message, "Date"), received = email_header(a, message, "Received");
    ptrdiff_t at = -1;
    for (size_t i = 0; i < received.len; i++)
        if (received.ptr[i] == ';')
            at = (ptrdiff_t)i;
    const struct str said[] = {date,
                               at >= 0 ? str_trim(str_slice(received, (size_t)at + 1, received.len)) : STR_EMPTY};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        GDateTime *time = said[i].len ? g_mime_utils_header_decode_date(str_cstr(a, said[i])) : NULL;
        int64_t seconds = time ? g_date_time_to_unix(time) : 0;
        if (time)
            g_date_time_unref(time);
        if (seconds > 0 && seconds < INT64_C(4102444800))
            return seconds * SECOND_US;
    }
    return 0;
}

/* ---- what kind ---- */

static bool header_has(struct arena *a, GMimeMessage *message, const char *name, const char *word)
{
    return str_find(str_lower(a, email_header(a, message, name)), str_from(word)) >= 0;
}

/* Written by a machine in answer to a mail: an absence note, a receipt. Newsletters and lists are not among them,
 * behind them may be somebody who waits. */
static bool is_automatic(struct arena *a, GMimeMessage *message)
{
    struct str submitted = str_lower(a, email_header(a, message, "Auto-Submitted"));
    if (submitted.len)
        return !str_starts(submitted, STR("no"));
    return header_has(a, message, "Precedence", "auto_reply") || header_has(a, message, "Precedence", "auto-reply") ||
           email_header(a, message, "X-Autoreply").len || email_header(a, message, "X-Autorespond").len ||
           header_has(a, message, "X-Auto-Response-Suppress", "all") ||
           str_eq(email_header(a, message, "Return-Path"), STR("<>"));
}

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
    struct str subject = email_subject(subject_of(a, message));
    buf_init(&text, a, 1024);
    if (!header_only)
        email_parts_read(&parts, message);
    struct str own = email_own_words(a, buf_view(&text));
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

void email_read(struct channel_events *events, struct str bytes, bool header_only, const struct place *at)
{
    struct arena *a = events->arena;
    GMimeMessage *message = email_parse(a, without_lead(bytes));
    if (!message || !has_a_head(a, message)) {
        channel_unread(events, at, "is no mail");
        return;
    }
    if (email_report(events, message, bytes, at))
        return;
    struct channel_event *event = channel_events_add(events);
    author_read(a, message, &event->author);
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
    event->automatic = is_automatic(a, message);
    thread_read(a, message, event);
    words_read(a, message, event, header_only);
}
