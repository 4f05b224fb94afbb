/* SPDX-License-Identifier: Apache-2.0 */
/* What mail servers say of mails: delivered, read, or not to be delivered and why (RFC 3464, RFC 8098, and servers
 * that say it in words of their own). */
#include "channels/channel_email.h"

#include <gmime/gmime.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

#define WORDS_MAX  400
#define REPORT_MAX ((size_t)1 << 20)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct str email_status(struct str words)
{
    for (size_t i = 0; i + 4 < words.len; i++) {
        if (str_find_char(STR("245"), words.ptr[i]) < 0 || words.ptr[i + 1] != '.' ||
            (i > 0 && (is_digit(words.ptr[i - 1]) || words.ptr[i - 1] == '.')))
            continue;
        size_t k = i + 2, subject = k;
        while (k < words.len && k < subject + 3 && is_digit(words.ptr[k]))
            k++;
        if (k == subject || k >= words.len || words.ptr[k] != '.')
            continue;
        size_t detail = ++k;
        while (k < words.len && k < detail + 3 && is_digit(words.ptr[k]))
            k++;
        bool ends = k == words.len || (words.ptr[k] != '.' && !is_digit(words.ptr[k]));
        if (k > detail && ends)
            return str_slice(words, i, k);
    }
    return STR_EMPTY;
}

static bool says(struct str folded, const char *words)
{
    return str_find(folded, str_from(words)) >= 0;
}

static enum failure passing(struct str folded)
{
    bool fast = says(folded, "rate") || says(folded, "too many") || says(folded, "throttl") ||
                says(folded, "quota exceeded for");
    return fast ? FAILURE_RATE : FAILURE_TRANSIENT;
}

static bool says_any(struct str folded, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (says(folded, words[i]))
            return true;
    return false;
}

/* "5.0.0" and "5.3.0" are what a server says that does not say more; its words may. */
static enum failure by_words(struct str folded, enum failure otherwise)
{
    static const char *const full[] = {"mailbox full",       "mailbox is full", "over quota", "quota exceeded",
                                       "exceeded the quota", "timed out",       "timeout",    "greylist"};
    static const char *const unknown[] = {"user unknown",      "unknown user",       "no such user",
                                          "unknown e-mail",    "unknown email",      "does not exist",
                                          "unknown recipient", "invalid recipient",  "no mailbox",
                                          "mailbox not found", "recipient not found"};
    static const char *const refused[] = {"policy", "spam", "content", "virus", "blacklist", "block list"};
    if (says(folded, "relay"))
        return FAILURE_PERMISSION;
    if (says_any(folded, full, COUNT_OF(full)))
        return passing(folded);
    if (says_any(folded, unknown, COUNT_OF(unknown)))
        return FAILURE_BLOCKED;
    return says_any(folded, refused, COUNT_OF(refused)) ? FAILURE_CONTENT : otherwise;
}

enum failure email_failure(int code, struct str words)
{
    struct str status = email_status(words);
    char folded_words[WORDS_MAX];
    struct str folded = {folded_words, words.len < WORDS_MAX ? words.len : WORDS_MAX};
    for (size_t i = 0; i < folded.len; i++) {
        char c = words.ptr[i];
        folded_words[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    if (code == 530 || code == 534 || code == 535 || code == 538)
        return FAILURE_TOKEN;
    if ((status.len ? status.ptr[0] == '4' : code >= 400 && code < 500) && code < 500)
        return passing(folded);
    if (!status.len)
        return by_words(folded, code == 550 || code == 551 || code == 553 ? FAILURE_BLOCKED : FAILURE_CONTENT);
    if (str_eq(status, STR("5.0.0")))
        return by_words(folded, FAILURE_BLOCKED);
    if (str_eq(status, STR("5.3.0")) || str_eq(status, STR("5.5.0")))
        return by_words(folded, FAILURE_CONTENT);
    if (str_starts(status, STR("5.2.2")) || status.ptr[0] == '4')
        return passing(folded); /* a full mailbox may be emptied */
    if (str_eq(status, STR("5.1.7")) || str_eq(status, STR("5.1.8")))
        return FAILURE_PERMISSION; /* the sender's address is not welcome */
    if (str_starts(status, STR("5.1.")) || str_eq(status, STR("5.2.1")) || str_eq(status, STR("5.4.4")) ||
        str_eq(status, STR("5.4.1")))
        return says(folded, "relay") ? FAILURE_PERMISSION : FAILURE_BLOCKED;
    if (str_starts(status, STR("5.7.")))
        return says(folded, "relay") ? FAILURE_PERMISSION : FAILURE_CONTENT;
    return FAILURE_CONTENT;
}

/* ---- a report's fields ---- */

/* The value of a field at the beginning of a line, the last one that is not empty; lines that go on are joined. */
static struct str field_of(struct arena *a, struct str text, const char *name)
{
    struct str found = STR_EMPTY, line, wanted = str_concat(a, str_from(name), STR(":"));
    bool goes_on = false;
    while (str_split(&text, '\n', &line)) {
        bool folded = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        struct str words = str_trim(line);
        if (folded && goes_on && words.len) {
            found = str_format(a, "%.*s %.*s", STR_ARGS(found), STR_ARGS(words));
            continue;
        }
        while (str_starts(words, STR(">")))
            words = str_trim(str_slice(words, 1, words.len));
        goes_on = words.len >= wanted.len && str_eq_nocase(str_slice(words, 0, wanted.len), wanted);
        if (goes_on)
            found = str_trim(str_slice(words, wanted.len, words.len));
    }
    return found;
}

struct report {
    struct str fields;   /* of message/delivery-status or …/disposition-notification */
    struct str returned; /* the mail it is about, or its head */
    struct str text;     /* the same for people */
    int parts;
};

static void part_look(struct arena *a, GMimeObject *part, struct report *r, int depth)
{
    GMimeContentType *type = part ? g_mime_object_get_content_type(part) : NULL;
    if (!type || depth > 10 || ++r->parts > 50)
        return;
    if (GMIME_IS_MULTIPART(part)) {
        for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(part)); i++)
            part_look(a, g_mime_multipart_get_part(GMIME_MULTIPART(part), i), r, depth + 1);
        return;
    }
    bool head = g_mime_content_type_is_type(type, "text", "rfc822-headers") ||
                g_mime_content_type_is_type(type, "message", "rfc822-headers");
    bool status = g_mime_content_type_is_type(type, "message", "delivery-status") ||
                  g_mime_content_type_is_type(type, "message", "global-delivery-status") ||
                  g_mime_content_type_is_type(type, "message", "disposition-notification");
    char *bytes = NULL;
    if (GMIME_IS_MESSAGE_PART(part)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
        bytes = inner ? g_mime_object_get_headers(GMIME_OBJECT(inner), NULL) : NULL;
        if (bytes && !status)
            r->returned = str_dup(a, str_from(bytes));
        else if (bytes)
            r->fields = str_dup(a, str_from(bytes));
        g_free(bytes);
    } else if (head) {
        r->returned = email_part_bytes(a, part);
    } else if (status) {
        r->fields = email_part_bytes(a, part);
    } else if (!r->text.len && g_mime_content_type_is_type(type, "text", "plain")) {
        r->text = email_text(a, email_part_bytes(a, part), STR("utf-8"));
    }
}

/* Who looks after the mail of a house may write to us too. */
static bool is_a_person(struct arena *a, GMimeMessage *message)
{
    return email_header(a, message, "In-Reply-To").len && !email_header(a, message, "Auto-Submitted").len &&
           !email_header(a, message, "X-Failed-Recipients").len &&
           !str_eq(email_header(a, message, "Return-Path"), STR("<>"));
}

static bool from_a_server(struct arena *a, GMimeMessage *message)
{
    struct str from = str_lower(a, email_header(a, message, "From"));
    return str_find(from, STR("mailer-daemon")) >= 0 || str_find(from, STR("postmaster@")) >= 0 ||
           str_find(from, STR("microsoftexchange")) >= 0 || str_find(from, STR("mail delivery s")) >= 0 ||
           email_header(a, message, "X-Failed-Recipients").len > 0;
}

/* The head that the mail was sent back with stands in the text itself: the last id after our own head. */
static struct str id_in_text(struct arena *a, struct str bytes, struct str own)
{
    ptrdiff_t body = str_find(bytes, STR("\n\n")), crlf = str_find(bytes, STR("\r\n\r\n"));
    size_t from = body >= 0 && (crlf < 0 || body < crlf) ? (size_t)body : crlf >= 0 ? (size_t)crlf : bytes.len;
    struct str id = email_id(a, field_of(a, str_slice(bytes, from, from + REPORT_MAX), "Message-ID"));
    return str_eq(id, own) ? STR_EMPTY : id;
}

static void receipt_add(struct channel_events *events, GMimeMessage *message, struct str id, enum receipt receipt,
                        struct str words)
{
    struct arena *a = events->arena;
    struct channel_event *event = channel_events_add(events);
    event->kind = CHANNEL_RECEIPT;
    event->external_id = str_dup(a, id);
    event->receipt = receipt;
    event->dedupe = DEDUPE(a, "r", id,
                           str_from(receipt == RECEIPT_FAILED ? "failed"
                                    : receipt == RECEIPT_SENT ? "sent"
                                    : receipt == RECEIPT_READ ? "read"
                                                              : "there"));
    GDateTime *date = g_mime_message_get_date(message);
    event->at = date && g_date_time_to_unix(date) > 0 ? g_date_time_to_unix(date) * SECOND_US : 0;
    if (receipt == RECEIPT_FAILED) {
        int64_t code = 0;
        struct str rest = words;
        for (size_t i = 0; i + 3 <= words.len && !code; i++)
            if ((words.ptr[i] == '5' || words.ptr[i] == '4') && (i == 0 || !is_digit(words.ptr[i - 1])) &&
                (i + 3 == words.len || !is_digit(words.ptr[i + 3])) && str_int64(str_slice(words, i, i + 3), &code))
                rest = str_slice(words, i, words.len);
        event->failure = email_failure(code >= 400 && code < 600 ? (int)code : 0, words);
        event->note = text_shorten(a, str_trim(text_clean(a, str_dup(a, rest))), 200);
    }
}

static void ignored_add(struct channel_events *events, struct str bytes, const char *what)
{
    struct channel_event *event = channel_events_add(events);
    event->kind = CHANNEL_IGNORED;
    event->dedupe = dedupe_hash(events->arena, bytes);
    event->note = str_from(what);
}

static void failed_add(struct channel_events *events, GMimeMessage *message, const struct report *r, struct str bytes,
                       struct str id)
{
    struct arena *a = events->arena;
    struct str status = field_of(a, r->fields, "Status"), why = field_of(a, r->fields, "Diagnostic-Code");
    struct str action = str_lower(a, field_of(a, r->fields, "Action"));
    if (str_starts(action, STR("delivered")) || str_starts(action, STR("relayed")) ||
        str_starts(action, STR("expanded"))) {
        receipt_add(events, message, id, RECEIPT_DELIVERED, STR_EMPTY);
        return;
    }
    struct str words = email_status(why).len && str_ends(email_status(status), STR(".0.0"))
                           ? why
                           : str_format(a, "%.*s %.*s", STR_ARGS(status), STR_ARGS(why));
    if (!email_status(words).len && !str_trim(why).len) { /* it is in the text */
        ptrdiff_t body = str_find(bytes, STR("\n\n"));
        struct str text = r->text.len ? r->text : str_slice(bytes, body > 0 ? (size_t)body : 0, REPORT_MAX),
                   found = email_status(text);
        if (found.len) {
            size_t at = (size_t)(found.ptr - text.ptr);
            words = str_slice(text, at, at + WORDS_MAX);
            ptrdiff_t end = str_find_char(words, '\n');
            words = end > 0 ? str_slice(words, 0, (size_t)end) : words;
        }
    }
    if (!str_trim(words).len)
        words = STR("550 The mail was not delivered.");
    receipt_add(events, message, id, RECEIPT_FAILED, str_trim(words));
}

/* The receipts of certified mail (PEC): taken, handed over, or not. */
static bool certified(struct channel_events *events, GMimeMessage *message, struct str bytes)
{
    struct arena *a = events->arena;
    struct str kind = str_lower(a, email_header(a, message, "X-Ricevuta"));
    struct str id = email_id(a, email_header(a, message, "X-Riferimento-Message-ID"));
    if (!kind.len || !id.len)
        return false;
    bool there = str_starts(kind, STR("avvenuta-consegna")),
         taken = str_starts(kind, STR("accettazione")) || str_starts(kind, STR("presa-in-carico"));
    bool warned = str_starts(kind, STR("preavviso")); /* within a day it is known */
    if (warned ||
        (!there && !taken && !says(kind, "errore") && !says(kind, "non-accettazione") && !says(kind, "virus")))
        ignored_add(events, bytes, "a receipt of certified mail");
    else if (there || taken)
        receipt_add(events, message, id, there ? RECEIPT_DELIVERED : RECEIPT_SENT, STR_EMPTY);
    else
        receipt_add(events, message, id, RECEIPT_FAILED, str_format(a, "550 PEC: %.*s", STR_ARGS(kind)));
    return true;
}

bool email_report(struct channel_events *events, GMimeMessage *message, struct str bytes, const struct place *at)
{
    struct arena *a = events->arena;
    struct report r = {0};
    GMimeObject *body = g_mime_message_get_mime_part(message);
    const char *said = body ? g_mime_object_get_header(body, "Content-Type") : NULL;
    struct str type = str_lower(a, text_clean(a, str_from(said)));
    bool report = str_find(type, STR("multipart/report")) >= 0;
    struct str submitted = str_lower(a, email_header(a, message, "Auto-Submitted"));
    if (certified(events, message, bytes))
        return true;
    if (!report && (!from_a_server(a, message) || is_a_person(a, message)))
        return false;
    part_look(a, g_mime_message_get_mime_part(message), &r, 0);
    if (str_find(type, STR("feedback-report")) >= 0) {
        ignored_add(events, bytes, "a complaint about a mail");
        return true;
    }
    struct str original = email_id(a, field_of(a, r.fields, "Original-Message-ID"));
    struct str id = original.len ? original : email_id(a, field_of(a, r.returned, "Message-ID"));
    if (str_find(type, STR("disposition-notification")) >= 0) {
        bool read = str_find(str_lower(a, field_of(a, r.fields, "Disposition")), STR("displayed")) >= 0;
        if (read && id.len)
            receipt_add(events, message, id, RECEIPT_READ, STR_EMPTY);
        else
            ignored_add(events, bytes, "what became of a mail");
        return true;
    }
    if (str_starts(str_lower(a, field_of(a, r.fields, "Action")), STR("delayed"))) {
        ignored_add(events, bytes, "a mail of ours is delayed");
        return true;
    }
    if (!id.len)
        id = id_in_text(a, bytes, email_id(a, email_header(a, message, "Message-ID")));
    if (!report && !id.len && !str_starts(submitted, STR("auto-replied")))
        return false; /* a postmaster may write to us */
    if (!id.len && (report || r.fields.len))
        channel_unread(events, at, "says that a mail was not delivered, and not which");
    else if (id.len)
        failed_add(events, message, &r, bytes, id);
    return id.len || report || r.fields.len;
}
