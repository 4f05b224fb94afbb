/* SPDX-License-Identifier: Apache-2.0 */
/* Who is behind a mail: the person who wrote it, not the form, the list or the machine that hands it on. */
#include "channels/channel_email.h"

#include <gmime/gmime.h>

#include "base/arena.h"
#include "base/unicode.h"

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

static struct str name_of(InternetAddressMailbox *mailbox)
{
    return str_from(mailbox ? internet_address_get_name(INTERNET_ADDRESS(mailbox)) : NULL);
}

static struct str domain_of(struct str address)
{
    ptrdiff_t at = str_find_char(address, '@');
    return at < 0 ? STR_EMPTY : str_slice(address, (size_t)at + 1, address.len);
}

/* Nobody reads there. */
static bool is_deaf(struct str address)
{
    static const char *const names[] = {"noreply",    "no-reply",     "no_reply",
                                        "donotreply", "do-not-reply", "do_not_reply"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_starts(address, str_from(names[i])))
            return true;
    return false;
}

/* A list wants answers to go to all of it; who wrote is somebody else. */
static bool is_list(struct arena *a, GMimeMessage *message, struct str address)
{
    struct str post = str_lower(a, email_header(a, message, "List-Post"));
    bool listed = post.len || email_header(a, message, "List-Id").len;
    struct str to =
        str_lower(a, str_format(a, "%.*s %.*s %.*s", STR_ARGS(post), STR_ARGS(email_header(a, message, "To")),
                                STR_ARGS(email_header(a, message, "Cc"))));
    return listed && str_find(to, address) >= 0;
}

bool email_author(struct arena *a, GMimeMessage *message, struct str account, struct channel_author *author)
{
    InternetAddressMailbox *from = mailbox_of(g_mime_message_get_from(message)),
                           *to = mailbox_of(g_mime_message_get_reply_to(message)),
                           *sender = mailbox_of(g_mime_message_get_sender(message));
    struct str wrote = address_of(a, from), answer = address_of(a, to), ours = str_lower(a, account);
    if (!wrote.len)
        wrote = address_of(a, sender);
    bool other = answer.len && wrote.len && !str_eq(answer, wrote);
    if (other && (str_eq(answer, ours) || (is_deaf(answer) && !is_deaf(wrote)) || is_list(a, message, answer)))
        other = false, answer = wrote;
    /* a form of our own house bears its own name, not that of who filled it in */
    bool form =
        other && ours.len && str_eq(domain_of(wrote), domain_of(ours)) && !str_eq(domain_of(answer), domain_of(ours));
    struct str name = other ? name_of(to) : STR_EMPTY;
    if (!name.len && !form)
        name = name_of(from);
    if (!name.len && !form)
        name = name_of(to);
    if (str_starts(name, STR("Per conto di: "))) /* certified mail: the provider's words before the address */
        name = STR_EMPTY;
    author->external_id = answer.len ? answer : wrote;
    author->handle = author->external_id;
    author->name = text_shorten(a, str_trim(text_clean(a, str_dup(a, name))), 120);
    return other;
}

/* ---- machines ---- */

static bool header_has(struct arena *a, GMimeMessage *message, const char *name, const char *word)
{
    return str_find(str_lower(a, email_header(a, message, name)), str_from(word)) >= 0;
}

/* "Out of office: your order", in the words of the programs that write it. */
static bool subject_is_absence(struct arena *a, GMimeMessage *message)
{
    static const char *const words[] = {"automatic reply",
                                        "auto reply",
                                        "autoreply",
                                        "auto-reply",
                                        "auto response",
                                        "out of office",
                                        "out of the office",
                                        "automatische antwort",
                                        "abwesenheitsnotiz",
                                        "abwesenheit",
                                        "autosvar",
                                        "risposta automatica",
                                        "fuori sede",
                                        "fuori ufficio",
                                        "reponse automatique",
                                        "absence du bureau",
                                        "respuesta automatica",
                                        "resposta automatica",
                                        "automatisch antwoord",
                                        "afwezig",
                                        "automatiskt svar",
                                        "automatisk svar",
                                        "automatyczna odpowiedz",
                                        "otomatik yanit",
                                        "автоматический ответ",
                                        "автоответ",
                                        "自动回复",
                                        "自动答复",
                                        "自動返信",
                                        "自動応答"};
    struct str subject = text_fold(a, str_trim(text_clean(a, str_from(g_mime_message_get_subject(message)))));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct str word = text_fold(a, str_from(words[i])); /* as subjects are folded */
        struct str rest = str_starts(subject, word) ? str_trim(str_slice(subject, word.len, subject.len)) : STR_EMPTY;
        if (str_starts(rest, STR(":")) || str_starts(rest, STR("：")))
            return true;
    }
    return false;
}

/* It says itself that it answers. */
static bool is_absence(struct arena *a, GMimeMessage *message)
{
    static const char *const names[] = {"X-Autoreply", "X-Autorespond", "X-Mail-Autoreply", "X-Vacation"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (email_header(a, message, names[i]).len)
            return true;
    bool bulk = header_has(a, message, "Precedence", "bulk") || header_has(a, message, "Precedence", "junk");
    return header_has(a, message, "Precedence", "auto_reply") || header_has(a, message, "Precedence", "auto-reply") ||
           header_has(a, message, "X-Apple-Action", "vacation") ||
           (bulk && email_header(a, message, "In-Reply-To").len && !email_header(a, message, "List-Id").len) ||
           subject_is_absence(a, message);
}

/* Newsletters and lists are not among them, behind them may be somebody who waits; nor is what a form or a shop hands
 * on for a person, whom an answer reaches. */
bool email_automatic(struct arena *a, GMimeMessage *message, bool relayed)
{
    struct str submitted = str_lower(a, email_header(a, message, "Auto-Submitted"));
    if (str_starts(submitted, STR("no")) && !str_starts(submitted, STR("not")))
        return false;
    if (str_starts(submitted, STR("auto-replied")) || is_absence(a, message))
        return true;
    return !relayed && (submitted.len || header_has(a, message, "X-Auto-Response-Suppress", "all") ||
                        str_eq(email_header(a, message, "Return-Path"), STR("<>")));
}
