/* SPDX-License-Identifier: Apache-2.0 */
/* E-mail: the rounds of asking, replies as mails, the words of mail servers, quotes cut away; and mails that other
 * programs keep to test with, each of which is read or named as unread. */
#include "support.h"
#include "channels/channel_email.h"

#include <sys/stat.h>

int channels_email_test(void);

static struct str value_of(const struct http_call *call, const char *name)
{
    return pairs_get(&call->headers, str_from(name));
}

static const struct channel *email(void)
{
    return channel_of("email");
}

static void settings_are_looked_at(void **state)
{
    static const struct {
        const char *imap, *smtp;
        bool ok;
    } expected[] = {{"imaps://mail.example/INBOX", "smtps://mail.example", true},
                    {"imap://mail.example/INBOX", "smtp://mail.example:587", true},
                    {"https://mail.example", "smtp://mail.example", false},
                    {"imaps://mail.example", "mail.example", false},
                    {"", "smtp://mail.example", true}, /* it only sends */
                    {"imaps://mail.example", "", false}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct pair given[] = {{STR("address"), STR("care@shop.example")},
                               {STR("imap_url"), str_from(expected[i].imap)},
                               {STR("smtp_url"), str_from(expected[i].smtp)}};
        struct settings s;
        struct error e = {0};
        assert_int_equal(settings_make(*state, email(), &(struct pairs){given, 3}, &s, &e), expected[i].ok);
    }
}

/* ---- asking ---- */

#define MAIL_ONE                                                                                                     \
    "From: Mina <mina@mail.example>\r\nMessage-ID: <a@mail.example>\r\nSubject: Late\r\n\r\nWhere is it?\r\n"

static void a_round_reads_then_marks(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_of(a, email());
    struct asking asking = {.listing = email()->listings, .now = 1795000000000000, .since = 1794800000000000};
    struct channel_events events = {.arena = a};
    struct http_call call;
    struct asked out;
    struct error e = {0};
    assert_true(email()->ask(a, &s, &asking, &call, &e));
    assert_string_equal(call.method, "FETCH");
    assert_str(value_of(&call, "after"), "");
    assert_str(value_of(&call, "since"), "15-Nov-2026");
    assert_str(value_of(&call, "user"), "care@shop.example");
    struct pair headers[] = {{STR("uidvalidity"), STR("77")}, {STR("last"), STR("9")}, {STR("more"), STR("1")}};
    struct http_reply reply = {
        .status = 200,
        .headers = {headers, 3},
        .body = str_format(a, "7 %zu -\n%s8 %zu S\n%s", strlen(MAIL_ONE), MAIL_ONE, strlen(MAIL_ONE), MAIL_ONE)};
    email()->asked(a, &s, &asking, &reply, &events, &out);
    assert_int_equal(out.outcome.kind, OUTCOME_ACCEPTED);
    assert_int_equal(events.count, 2);
    assert_true(str_eq(events.items[0].dedupe, events.items[1].dedupe));
    assert_str(events.items[0].text, "Late\n\nWhere is it?");
    assert_str(out.cursor, "77:9");
    assert_true(out.more);
    assert_str(out.carry, "seen 1 7"); /* the second was seen already */
    asking.cursor = out.cursor;
    asking.carry = out.carry;
    asking.step = 1;
    assert_true(email()->ask(a, &s, &asking, &call, &e));
    assert_string_equal(call.method, "SEEN");
    assert_str(value_of(&call, "uids"), "7");
    assert_str(value_of(&call, "validity"), "77");
    email()->asked(a, &s, &asking, &(struct http_reply){.status = 403}, &events, &out);
    assert_int_equal(out.outcome.kind, OUTCOME_ACCEPTED); /* not to be marked is no failure */
    assert_true(out.more);
    asking.carry = out.carry;
    assert_true(email()->ask(a, &s, &asking, &call, &e));
    assert_string_equal(call.method, "FETCH");
    assert_str(value_of(&call, "after"), "9");
}

/* A clock that goes wrong makes no mail one from before: the mailbox says that it came now. */
static void clocks_that_go_wrong(void **state)
{
    static const struct {
        const char *head;
        int64_t at;
    } said[] = {
        {"Date: Thu, 1 Jan 2009 00:00:00 +0000\n", 0},
        {"Date: Sun, 22 Nov 2026 08:00:00 +0000\n", INT64_C(1795334400)},
        {"Date: Thu, 1 Jan 2009 00:00:00 +0000\nReceived: by mx; Sun, 22 Nov 2026 08:00:00 +0000\n",
         INT64_C(1795334400)},
        {"Date: Thu, 1 Jan 2032 00:00:00 +0000\nReceived: by mx; Sun, 22 Nov 2026 08:00:00 +0000\n",
         INT64_C(1795334400)},
    };
    struct arena *a = *state;
    struct settings s = settings_of(a, email());
    struct asking asking = {.listing = &email()->listings[0], .since = INT64_C(1795250000) * SECOND_US};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        struct str mail = str_format(a, "From: a@b.example\n%s\nhello\n", said[i].head);
        struct http_reply reply = {.status = 200, .body = str_format(a, "5 %zu -\n%.*s", mail.len, STR_ARGS(mail))};
        struct channel_events events = {.arena = a};
        struct asked out;
        email()->asked(a, &s, &asking, &reply, &events, &out);
        assert_int_equal(events.count, 1);
        assert_int_equal(events.items[0].at, said[i].at * SECOND_US);
    }
}

static void a_mailbox_refuses(void **state)
{
    static const struct {
        int status;
        enum failure failure;
    } expected[] = {{401, FAILURE_TOKEN},     {404, FAILURE_PERMISSION}, {403, FAILURE_PERMISSION},
                    {503, FAILURE_TRANSIENT}, {0, FAILURE_TRANSIENT},    {400, FAILURE_TRANSIENT}};
    struct settings s = settings_of(*state, email());
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct asking asking = {.listing = email()->listings};
        struct channel_events events = {.arena = *state};
        struct http_reply reply = {.status = expected[i].status, .body = STR("no")};
        struct asked out;
        email()->asked(*state, &s, &asking, &reply, &events, &out);
        assert_int_equal(out.outcome.kind, OUTCOME_FAILED);
        assert_int_equal(out.outcome.failure, expected[i].failure);
        email()->probed(*state, &reply, &out.outcome);
        assert_int_equal(out.outcome.failure, expected[i].failure);
    }
}

static void frames_that_lie(void **state)
{
    static const char *const bodies[] = {
        "7 99999 -\nFrom: a@b.c\n\nx", "x", "7 5\n", "-7 5 -\nabcde", "7 -5 -\nabcde", "7 99999999999999999999 -\nx"};
    struct settings s = settings_of(*state, email());
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct asking asking = {.listing = email()->listings};
        struct channel_events events = {.arena = *state};
        struct asked out;
        email()->asked(*state, &s, &asking, &(struct http_reply){.status = 200, .body = str_from(bodies[i])}, &events,
                       &out);
        assert_true(events.unread.len > 0);
    }
}

/* ---- out ---- */

static struct outgoing reply_of(void)
{
    return (struct outgoing){.door = STR("email"),
                             .to = STR("mina@mail.example"),
                             .account = STR("care@shop.example"),
                             .parent_id = STR("a@mail.example 0123456789abcdef"),
                             .thread_key = STR("mail:root@mail.example"),
                             .thread_title = STR("Dov’è il mio ordine?"),
                             .text = STR("Gentile Mina,\n.\nè partito oggi."),
                             .idempotency_key = STR("4711"),
                             .now = 1795000000000000};
}

static void assert_has(struct str s, const char *words)
{
    if (str_find(s, str_from(words)) < 0)
        fail_msg("no \"%s\" in\n%.*s", words, STR_ARGS(s));
}

static void a_reply_is_a_mail_in_its_thread(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_of(a, email());
    struct outgoing m = reply_of();
    struct http_call call, again;
    struct error e = {0};
    assert_true(email()->send(a, &s, &m, &call, &e));
    assert_string_equal(call.method, "SEND");
    assert_str(value_of(&call, "to"), "mina@mail.example");
    assert_str(value_of(&call, "from"), "care@shop.example");
    assert_has(call.body, "Message-Id: <ascolto.4711@shop.example>\r\n");
    assert_has(call.body, "In-Reply-To: <a@mail.example>\r\n");
    assert_has(call.body, "References: <root@mail.example> <a@mail.example>\r\n");
    assert_has(call.body, "X-Loop: Ascolto care@shop.example\r\n");
    assert_has(call.body, "To: mina@mail.example\r\n");
    assert_has(call.body, "Content-Type: text/plain; charset=utf-8\r\n");
    assert_has(call.body, "\r\n\r\nGentile Mina,\r\n.\r\n=C3=A8 partito oggi.\r\n");
    for (size_t i = 0; i < call.body.len; i++)
        if (call.body.ptr[i] == '\n' && (i == 0 || call.body.ptr[i - 1] != '\r'))
            fail_msg("a bare line end at %zu", i);
    assert_true(email()->send(a, &s, &m, &again, &e));
    assert_true(str_eq(call.body, again.body));
    /* what we write we can read, and know for ours */
    struct channel_events events;
    assert_true(take(a, email(), call.body, &events, &e));
    assert_int_equal(events.items[0].kind, CHANNEL_IGNORED);
}

static void a_file_goes_along(void **state)
{
    struct arena *a = *state;
    struct settings s = settings_of(a, email());
    struct outgoing_media file = {
        .mime = STR("image/png"), .file_name = STR("ricevuta è.png"), .bytes = STR("\x89PNG\r\n\x1a\n and bytes")};
    struct outgoing m = reply_of();
    struct http_call call;
    struct channel_events events = {.arena = a};
    struct error e = {0};
    m.media = &file;
    assert_true(email()->send(a, &s, &m, &call, &e));
    /* as they would send it on */
    struct str theirs =
        str_format(a, "From: Mina <mina@mail.example>\r\n%.*s",
                   STR_ARGS(str_slice(call.body, (size_t)str_find(call.body, STR("MIME-Version:")), call.body.len)));
    assert_true(take(a, email(), theirs, &events, &e));
    assert_int_equal(events.count, 1);
    assert_str(events.items[0].text, "Gentile Mina,\n.\nè partito oggi.");
    assert_int_equal(events.items[0].media_count, 1);
    assert_true(str_eq(events.items[0].media[0].bytes, file.bytes));
    assert_true(str_eq(events.items[0].media[0].file_name, file.file_name));
    assert_str(events.items[0].media[0].mime, "image/png");
}

static void nobody_is_smuggled_in(void **state)
{
    static const char *const wrong[] = {"",      "mina",    "mina@mail.example\r\nRCPT TO:<x@y.z>",
                                        "a@b@c", "<a@b.c>", "a b@c.d"};
    struct settings s = settings_of(*state, email());
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct outgoing m = reply_of();
        struct http_call call;
        struct error e = {0};
        m.to = str_from(wrong[i]);
        assert_false(email()->send(*state, &s, &m, &call, &e));
        assert_int_equal(e.code, ERR_BAD_INPUT);
    }
    struct outgoing m = reply_of();
    struct http_call call;
    struct error e = {0};
    m.thread_title = STR("x\r\nBcc: all@mail.example");
    assert_true(email()->send(*state, &s, &m, &call, &e));
    assert_true(str_find(call.body, STR("\nBcc:")) < 0);
}

/* The same on every run. */
static struct str odd_title(struct arena *a, unsigned *seed)
{
    static const char *const parts[] = {"@q ",        "To: q@r.s",    "\xef\xbf\xbd", "perch\xc3\xa9 ",
                                        "=?utf-8?q?", "https://x/",   "\"s\"",        "--ascolto-",
                                        "a\\b",       "aaaaaaaaaaaa", "Re: [x] ",     "1, 2 (3) "};
    struct str title = STR_EMPTY;
    for (unsigned n = 1 + (*seed >> 8) % 30; n; n--) {
        *seed = *seed * 1103515245u + 12345u;
        title = str_concat(a, title, str_from(parts[(*seed >> 16) % COUNT_OF(parts)]));
    }
    return title;
}

/* The library folds some words so that a line begins without a space: whoever reads it may take the header for over.
 */
static void a_subject_stays_in_its_header(void **state)
{
    struct settings s = settings_of(*state, email());
    unsigned seed = 4711;
    for (int i = 0; i < 1000; i++) {
        struct outgoing m = reply_of();
        struct http_call call;
        struct error e = {0};
        m.thread_title = odd_title(*state, &seed);
        assert_true(email()->send(*state, &s, &m, &call, &e));
        struct str head = str_slice(call.body, 0, (size_t)str_find(call.body, STR("\r\n\r\n"))), line;
        assert_true(str_find(head, STR("Subject: Re: ")) >= 0);
        while (str_split(&head, '\n', &line))
            if (line.ptr[0] != ' ' && line.ptr[0] != '\t' && !(line.ptr[0] >= 'A' && line.ptr[0] <= 'Z'))
                fail_msg("%.*s", STR_ARGS(line));
    }
}

static struct letter_mail letter_of(void)
{
    return (struct letter_mail){.to = STR("mina@mail.example"),
                                .subject = STR("Il tuo codice è 123456"),
                                .text = STR("123456\n\nNon dirlo a nessuno."),
                                .html = STR("<h1>123456</h1>"),
                                .language = STR("it"),
                                .stop = STR("https://care.shop.example/b/negozio/notices/stop/"
                                            "3030318641322577920-0123456789abcdef0123456789abcdef"),
                                .key = STR("letter4711"),
                                .now = 1795000000000000};
}

/* Both faces in one mail; no machine answers it; one press ends it, and the address of that is never folded or
 * encoded. */
static void a_letter_says_what_it_is(void **state)
{
    struct settings s = settings_of(*state, email());
    struct letter_mail letter = letter_of();
    struct http_call call;
    struct error e = {0};
    assert_true(email()->letter(*state, &s, &letter, &call, &e));
    assert_string_equal(call.method, "SEND");
    assert_str(value_of(&call, "to"), "mina@mail.example");
    assert_has(call.body, "Message-Id: <ascolto.letter4711@shop.example>\r\n");
    assert_has(call.body, "Auto-Submitted: auto-generated\r\n");
    assert_has(call.body, "X-Auto-Response-Suppress: All\r\n");
    assert_has(call.body, "List-Unsubscribe: <https://care.shop.example/b/negozio/notices/stop/"
                          "3030318641322577920-0123456789abcdef0123456789abcdef>\r\n");
    assert_has(call.body, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    assert_has(call.body, "Content-Type: multipart/alternative;");
    assert_has(call.body, "<h1>123456</h1>");
    /* what we write we know for ours */
    struct channel_events events;
    assert_true(take(*state, email(), call.body, &events, &e));
    assert_int_equal(events.items[0].kind, CHANNEL_IGNORED);
}

static void nothing_is_smuggled_into_a_letter(void **state)
{
    struct settings s = settings_of(*state, email());
    struct http_call call;
    struct error e = {0};
    struct letter_mail letter = letter_of();
    letter.subject = STR("x\r\nBcc: all@mail.example\r\n\r\nbody");
    letter.language = STR("it\r\nBcc: all@mail.example");
    letter.stop = STR("https://care.shop.example/>\r\nBcc: all@mail.example");
    assert_true(email()->letter(*state, &s, &letter, &call, &e));
    assert_true(str_find(call.body, STR("\nBcc:")) < 0);
    assert_true(str_find(call.body, STR("List-Unsubscribe")) < 0);
    letter.to = STR("mina@mail.example\r\nRCPT TO:<x@y.z>");
    assert_false(email()->letter(*state, &s, &letter, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

static void servers_words(void **state)
{
    static const struct {
        int status;
        const char *words;
        enum failure failure;
    } expected[] = {{550, "5.1.1 <x@y.example>: Recipient address rejected", FAILURE_BLOCKED},
                    {550, "No such user here", FAILURE_BLOCKED},
                    {550, "5.1.10 Recipient not found", FAILURE_BLOCKED},
                    {552, "5.2.2 Over quota", FAILURE_TRANSIENT},
                    {552, "5.3.4 Message too big", FAILURE_CONTENT},
                    {552, "message size exceeds limit", FAILURE_CONTENT},
                    {554, "5.7.1 Spam message rejected", FAILURE_CONTENT},
                    {554, "5.7.1 <x@y.example>: Relay access denied", FAILURE_PERMISSION},
                    {535, "5.7.8 Username and Password not accepted", FAILURE_TOKEN},
                    {530, "5.7.0 Authentication Required", FAILURE_TOKEN},
                    {421, "4.3.2 Service not available", FAILURE_TRANSIENT},
                    {450, "4.7.1 Greylisted", FAILURE_TRANSIENT},
                    {452, "4.2.2 Mailbox full", FAILURE_TRANSIENT},
                    {451, "4.7.0 Rate limit, too many mails", FAILURE_RATE},
                    {454, "4.7.0 Temporary authentication failure", FAILURE_TRANSIENT},
                    {553, "5.1.8 Sender address rejected", FAILURE_PERMISSION},
                    {0, "", FAILURE_TRANSIENT}};
    struct outgoing m = reply_of();
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct outcome out = {0};
        email()->answer(*state, &m,
                        &(struct http_reply){.status = expected[i].status, .body = str_from(expected[i].words)},
                        &out);
        if (out.kind != OUTCOME_FAILED || out.failure != expected[i].failure)
            fail_msg("%d %s is %s", expected[i].status, expected[i].words, failure_name(out.failure));
        assert_true(out.code.len > 0);
    }
    struct outcome out = {0};
    email()->answer(*state, &m, &(struct http_reply){.status = 250, .body = STR("2.0.0 kept")}, &out);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "ascolto.4711@shop.example");
}

static void servers_say_little(void **state)
{
    (void)state;
    assert_int_equal(email_failure(0, STR("5.0.0 mailbox is full")), FAILURE_TRANSIENT);
    assert_int_equal(email_failure(0, STR("5.3.0 Unknown E-Mail Address")), FAILURE_BLOCKED);
    assert_int_equal(email_failure(554, STR("554 5.0.0 rejected for policy reasons")), FAILURE_CONTENT);
    assert_int_equal(email_failure(0, STR("Connection timed out")), FAILURE_TRANSIENT);
    assert_int_equal(email_failure(550, STR("550 5.0.0 no")), FAILURE_BLOCKED);
    assert_int_equal(email_failure(554, STR("554 relay access denied")), FAILURE_PERMISSION);
}

/* ---- quotes ---- */

static struct str text_of(struct arena *a, const char *body)
{
    struct channel_events events;
    struct error e = {0};
    struct str mail = str_format(a,
                                 "From: a@b.example\nIn-Reply-To: <x@y.example>\nSubject: Re: hi\n"
                                 "Content-Type: text/plain; charset=utf-8\n\n%s",
                                 body);
    assert_true(take(a, channel_of("email"), mail, &events, &e));
    return events.items[0].text;
}

static void quotes_are_cut(void **state)
{
    static const char *const tails[] = {
        "On Mon, 2 Nov 2026 at 10:00, Care <care@shop.example> wrote:\n> old",
        "Il giorno lun 2 nov 2026 alle ore 10:00 Care <care@shop.example> ha\nscritto:\n\n> old\n> older",
        "Am 02.11.2026 um 10:00 schrieb Care:\n> old",
        "Le 2 nov. 2026 à 10:00, Care a écrit :\n> old",
        "El lun, 2 nov 2026 a las 10:00, Care (<care@shop.example>) escribió:\n> old",
        "Em seg., 2 de nov. de 2026 às 10:00, Care <care@shop.example> escreveu:\n> old",
        "Op ma 2 nov. 2026 om 10:00 schreef Care <care@shop.example>:\n> old",
        "Den mån 2 nov. 2026 kl 10:00 skrev Care <care@shop.example>:\n> old",
        "2 ноября 2026 г., 10:00 Care пишет:\n> old",
        "W dniu 2.11.2026 o 10:00, Care napisał(a):\n> old",
        "-----Original Message-----\nFrom: Care\nold",
        "-----Ursprüngliche Nachricht-----\nVon: Care\nold",
        "Von: Care <care@shop.example>\nGesendet: Montag, 2. November 2026\nAn: Mina\nBetreff: hi\n\nold",
        "Da: Care\nInviato: lunedì\nA: Mina\nOggetto: hi\n\nold",
        "*From:* Care\n*Sent:* Monday\n*To:* Mina\n*Subject:* hi\n\nold",
        "> old\n> older",
        "________________________________\nFrom: Care\nSent: Monday\nTo: Mina\nSubject: hi\n\nold",
        "-- \nMina\nVia Roma 1",
        "Inviato da iPhone",
        "On Mon, 2 Nov 2026 at 10:00, Care <care@shop.example> wrote:\n> old\n\n-- \nMina",
        "On 02/11/26 7:07 PM, Care wrote:\n> old\n\n_______________________\nusers mailing list\nu@l.example",
        "בתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:00 מאת \u202aCare\u202c <\u202acare@shop.example\u202c\u200f>:\u202c\n\n> "
        "old",
        "Sent from my iPhone\n\nOn 2 Nov 2026, at 10:00, Care wrote:\n\n> old",
    };
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        assert_str(text_of(*state, str_format(*state, "Thanks, it is here.\n\n%s\n", tails[i]).ptr),
                   "Thanks, it is here.");
}

static void words_stay(void **state)
{
    static const char *const own[] = {
        "On your machine you can run:\n\n    ls 2\n\nand it works",
        "> when?\nTomorrow.\n> where?\nHere.",
        "From: the bottom of my heart\nthank you",
        "a -- b",
        "Note:\nbring 2 of them",
        "See below.\n\n---------- Forwarded message ---------\nFrom: Care\nDate: Monday\nSubject: hi\nTo: "
        "Mina\n\nold",
        "Inizio messaggio inoltrato:\n\nDa: Care\nData: 2 novembre\nA: Mina\nOggetto: hi\n\nold",
    };
    assert_str(
        text_of(*state, "Hello\n02.04.2012 14:20 user \"bob@mail.example\" <\nbob@mail.example> napisal:\n\n> Hi\n>"),
        "Hello");
    for (size_t i = 0; i < COUNT_OF(own); i++)
        assert_str(text_of(*state, own[i]), own[i]);
    assert_str(text_of(*state, "Il 2 nov 2026 Care <care@shop.example> ha scritto:\n> When?\n\nTomorrow."),
               "Tomorrow.");
    assert_str(text_of(*state, "> only this\n"), "> only this");
}

/* ---- what others keep to test with ---- */

struct count {
    int files, messages, automatic, receipts, ignored, unread, named;
};

static void count_one(struct arena *a, const char *path, struct count *c)
{
    struct channel_events events;
    struct error e = {0};
    bool ok = take(a, email(), slurp(a, path), &events, &e);
    c->files++;
    c->unread += !ok || events.unread.len > 0;
    if (ok != (events.count > 0))
        fail_msg("%s: neither read nor unread", path);
    for (size_t i = 0; i < events.count; i++) {
        const struct channel_event *event = &events.items[i];
        c->messages += event->kind == CHANNEL_MESSAGE;
        c->automatic += event->automatic;
        c->receipts += event->kind == CHANNEL_RECEIPT;
        c->ignored += event->kind == CHANNEL_IGNORED;
        if (event->kind == CHANNEL_MESSAGE && !event->text.len && !event->media_count && !event->note.len)
            fail_msg("%s says nothing", path);
        if (event->kind == CHANNEL_RECEIPT)
            assert_true(event->external_id.len &&
                        (event->receipt != RECEIPT_FAILED || event->failure != FAILURE_NONE));
        if (getenv("ASCOLTO_EMAIL_LIST"))
            print_message("%s: %s\n", path, dump(a, &events, &e).ptr);
    }
    if (!ok && getenv("ASCOLTO_EMAIL_LIST"))
        print_message("%s: unread %s\n", path, e.message);
}

static void everybody_elses_mails(void **state)
{
    static const char *const folders[] = {"chatwoot", "flanker",         "mikel_mail", "nodemailer",
                                          "stalwart", "sisimai_bounces", "talon"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        const char *dir = shared_path(*state, str_format(*state, "fixtures/email/%s", folders[i]).ptr);
        struct count c = {0};
        size_t count;
        const char **names = names_in(*state, dir, ".eml", &count);
        if (!names) {
            print_message("skipped: %s is not there\n", dir);
            return;
        }
        for (size_t k = 0; k < count; k++) {
            struct arena *own CLEANUP(arena_cleanup) = arena_new();
            count_one(own, str_format(own, "%s/%s", dir, names[k]).ptr, &c);
        }
        print_message("%s: %d files, %d messages (%d of machines), %d receipts, %d ignored, %d unread\n", folders[i],
                      c.files, c.messages, c.automatic, c.receipts, c.ignored, c.unread);
        assert_true(c.files > 0 && c.unread * 10 <= c.files * 3);
    }
}

static void mails_that_are_wrong_on_purpose(void **state)
{
    struct arena *a = *state;
    struct buf deep;
    struct channel_events events;
    struct error e = {0};
    buf_init(&deep, a, 1 << 20);
    buf_cstr(&deep, "From: a@b.example\nContent-Type: multipart/mixed; boundary=b0\n\n");
    for (int i = 0; i < 20000; i++)
        buf_format(&deep, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i + 1);
    (void)take(a, email(), buf_view(&deep), &events, &e);
    deep.len = 0;
    buf_cstr(&deep, "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 5000; i++)
        buf_format(&deep, "--b\nContent-Type: image/png\n\nbytes %d\n", i);
    assert_true(take(a, email(), buf_view(&deep), &events, &e));
    assert_true(events.items[0].media_count <= 32);
    static const char *const bodies[] = {
        "", "\n", "\0", "From", "From: \n\n", "garbage garbage", "Subject:\xff\xfe\n\n\xff\xfe"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct error e2 = {0};
        (void)take(a, email(), str_from(bodies[i]), &events, &e2);
    }
}

int channels_email_test(void)
{
    const struct CMUnitTest tests[] = {TEST(settings_are_looked_at),
                                       TEST(a_round_reads_then_marks),
                                       TEST(clocks_that_go_wrong),
                                       TEST(a_mailbox_refuses),
                                       TEST(frames_that_lie),
                                       TEST(a_reply_is_a_mail_in_its_thread),
                                       TEST(a_file_goes_along),
                                       TEST(nobody_is_smuggled_in),
                                       TEST(a_letter_says_what_it_is),
                                       TEST(a_subject_stays_in_its_header),
                                       TEST(nothing_is_smuggled_into_a_letter),
                                       TEST(servers_words),
                                       TEST(servers_say_little),
                                       TEST(quotes_are_cut),
                                       TEST(words_stay),
                                       TEST(everybody_elses_mails),
                                       TEST(mails_that_are_wrong_on_purpose)};
    return cmocka_run_group_tests_name("channels/email", tests, NULL, NULL);
}
