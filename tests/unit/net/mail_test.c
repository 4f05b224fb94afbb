/* SPDX-License-Identifier: Apache-2.0 */
/* Mail: addresses, what is said to an IMAP server by a script of what it answers, and a mail server of a few lines on
 * loopback: what it said is the answer, and what may have been sent is told truly. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/mail_internal.h"
#include "wire.h"

int net_mail_test(void);

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- addresses ---- */

static void addresses(void **state)
{
    static const struct {
        const char *url, *server, *path;
        bool ok, bare;
    } expected[] = {
        {"imaps://mail.example:993/INBOX", "imaps://mail.example:993/", "INBOX", true, false},
        {"imap://mail.example/Customer%20Care", "imap://mail.example/", "Customer Care", true, false},
        {"smtp://127.0.0.1:2525?tls=none", "smtp://127.0.0.1:2525/", "", true, true},
        {"imap://localhost:1/INBOX?tls=none", "imap://localhost:1/", "INBOX", true, true},
        {"imap://[::1]:1?tls=none", "imap://[::1]:1/", "", true, true},
        {"smtp://127.mail.example?tls=none", NULL, NULL, false, false},
        {"smtp://mail.example?tls=none", NULL, NULL, false, false},
        {"smtp://mail.example?tls=maybe", NULL, NULL, false, false},
        {"smtp://me@mail.example", NULL, NULL, false, false},
        {"imap://mail.example/a%0d%0aZ1 LOGOUT", NULL, NULL, false, false},
        {"http://mail.example/", NULL, NULL, false, false},
        {"smtp://", NULL, NULL, false, false},
        {"", NULL, NULL, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct mail_url url;
        char problem[MAIL_PROBLEM_MAX] = "";
        bool ok = mail_url_read(*state, str_from(expected[i].url), &url, problem);
        if (ok != expected[i].ok)
            fail_msg("%s: %s", expected[i].url, problem);
        assert_int_equal(!ok, problem[0] != 0);
        if (!ok)
            continue;
        assert_string_equal(url.server, expected[i].server);
        assert_true(str_eq(url.path, str_from(expected[i].path)));
        assert_int_equal(url.bare, expected[i].bare);
    }
}

/* ---- IMAP by a script ---- */

struct script {
    struct str answers, said;
    struct arena *arena;
    size_t from, piece;
};

static bool script_send(void *ctx, struct str bytes)
{
    struct script *s = ctx;
    s->said = str_concat(s->arena, s->said, bytes);
    return true;
}

static ptrdiff_t script_recv(void *ctx, char *out, size_t room)
{
    struct script *s = ctx;
    size_t left = s->answers.len - s->from, n = left < s->piece ? left : s->piece;
    n = n < room ? n : room;
    if (n)
        memcpy(out, s->answers.ptr + s->from, n);
    s->from += n;
    return (ptrdiff_t)n;
}

static struct http_reply talk(struct arena *a, const char *method, const char *answers, struct pair *headers,
                              size_t count, struct str *said, size_t piece)
{
    struct script s = {.answers = str_from(answers), .arena = a, .piece = piece};
    struct imap_wire wire = {&s, script_send, script_recv};
    struct http_call call = {.method = method, .headers = {headers, count}};
    struct http_reply reply;
    imap_talk(a, &wire, &call, STR("INBOX"), &reply);
    *said = s.said;
    return reply;
}

#define OPENED "* 3 EXISTS\r\n* OK [UIDVALIDITY 77] ok\r\n* OK [UIDNEXT 12] next\r\nZ1 OK [READ-ONLY] done\r\n"

static void assert_has(struct str s, const char *words)
{
    if (str_find(s, str_from(words)) < 0)
        fail_msg("\"%.*s\" has no \"%s\"", STR_ARGS(s), words);
}

static void fetches_in_frames(void **state)
{
    struct pair headers[] = {{STR("after"), STR("3")},
                             {STR("validity"), STR("77")},
                             {STR("most"), STR("2")},
                             {STR("size-max"), STR("1000")}};
    static const char answers[] =
        OPENED "* SEARCH 11 9 9 3 7\r\nZ2 OK\r\n"
               "* 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS (\\Seen))\r\nZ3 OK\r\n"
               "* 1 FETCH (UID 7 BODY[] {12}\r\nA: b\r\n\r\nZ4\r\n)\r\n* 4 EXISTS\r\nZ4 OK done\r\n"
               "* 2 FETCH (FLAGS () UID 9 RFC822.SIZE 5000)\r\nZ5 OK\r\n"
               "* 2 FETCH (UID 9 BODY[HEADER] {8}\r\nA: b\r\n\r\n)\r\nZ6 OK\r\n";
    /* however the bytes come in */
    for (size_t piece = 1; piece < 400; piece += 37) {
        struct str said;
        struct http_reply reply = talk(*state, "FETCH", answers, headers, COUNT_OF(headers), &said, piece);
        assert_string_equal(reply.problem, "");
        assert_int_equal(reply.status, 200);
        assert_true(str_eq(reply.body, STR("7 12 S\nA: b\r\n\r\nZ4\r\n9 8 H\nA: b\r\n\r\n")));
        assert_true(str_eq(pairs_get(&reply.headers, STR("uidvalidity")), STR("77")));
        assert_true(str_eq(pairs_get(&reply.headers, STR("last")), STR("9")));
        assert_true(str_eq(pairs_get(&reply.headers, STR("more")), STR("1")));
        assert_has(said, "Z1 EXAMINE \"INBOX\"\r\n");
        assert_has(said, "Z2 UID SEARCH UID 4:*\r\n");
        assert_has(said, "BODY.PEEK[HEADER]");
        assert_true(str_find(said, STR("SINCE")) < 0);
    }
}

/* One mail that a server cannot give does not stand before those behind it. */
static void what_is_not_given_is_told_of(void **state)
{
    struct pair headers[] = {{STR("after"), STR("3")}, {STR("validity"), STR("77")}, {STR("most"), STR("9")}};
    static const char answers[] =
        OPENED "* SEARCH 7 8 9 10\r\nZ2 OK\r\n"
               "* 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS ())\r\nZ3 OK\r\nZ4 NO cannot convert it\r\n"
               "* 1 FETCH (UID 7 BODY[HEADER] {8}\r\nA: b\r\n\r\n)\r\nZ5 OK\r\n"
               "* 2 FETCH (UID 8 RFC822.SIZE 12 FLAGS ())\r\nZ6 OK\r\nZ7 NO it is damaged\r\nZ8 NO it is damaged\r\n"
               "* 3 FETCH (UID 9 RFC822.SIZE 12 FLAGS ())\r\nZ9 OK\r\nZ10 OK gone meanwhile\r\n"
               "* 4 FETCH (UID 10 RFC822.SIZE 0 FLAGS ())\r\nZ11 OK\r\n"
               "* 4 FETCH (UID 10 BODY[] \"\")\r\nZ12 OK\r\n";
    struct str said;
    struct http_reply reply = talk(*state, "FETCH", answers, headers, COUNT_OF(headers), &said, 512);
    assert_string_equal(reply.problem, "");
    assert_int_equal(reply.status, 200);
    assert_true(str_eq(reply.body, STR("7 8 H\nA: b\r\n\r\n8 0 H\n10 0 -\n")));
    assert_true(str_eq(pairs_get(&reply.headers, STR("last")), STR("11")));
    static const char later[] = OPENED "* SEARCH 7\r\nZ2 OK\r\n* 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS ())\r\nZ3 OK\r\n"
                                       "Z4 NO [UNAVAILABLE] later\r\n";
    assert_int_equal(talk(*state, "FETCH", later, headers, COUNT_OF(headers), &said, 512).status, 503);
}

static void folders_by_their_names(void **state)
{
    static const char *const names[][2] = {{"Posta/Ordini", "Posta/Ordini"},
                                           {"R&D", "R&D"},
                                           {"Entw&APw-rfe", "Entw&APw-rfe"},
                                           {"Entwürfe", "Entw&APw-rfe"},
                                           {"Perché & co", "Perch&AOk- &- co"},
                                           {"台北", "&U,BTFw-"},
                                           {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
                                           {"😀", "&2D3eAA-"}};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct script s = {.answers = STR("Z1 NO\r\n"), .arena = *state, .piece = 64};
        struct imap_wire wire = {&s, script_send, script_recv};
        struct http_call call = {.method = "FETCH"};
        struct http_reply reply;
        imap_talk(*state, &wire, &call, str_from(names[i][0]), &reply);
        assert_has(s.said, str_format(*state, "Z1 EXAMINE \"%s\"\r\n", names[i][1]).ptr);
    }
}

static void another_mailbox_begins_anew(void **state)
{
    struct pair headers[] = {{STR("after"), STR("30")},
                             {STR("validity"), STR("76")},
                             {STR("most"), STR("10")},
                             {STR("since"), STR("20-Nov-2026")}};
    struct str said;
    struct http_reply reply =
        talk(*state, "FETCH", OPENED "* SEARCH\r\nZ2 OK\r\n", headers, COUNT_OF(headers), &said, 4096);
    assert_int_equal(reply.status, 200);
    assert_has(said, "UID SEARCH UID 1:* SINCE 20-Nov-2026");
    assert_int_equal(reply.body.len, 0);
    assert_true(str_eq(pairs_get(&reply.headers, STR("last")), STR("11"))); /* what came before is too old */
    assert_true(str_eq(pairs_get(&reply.headers, STR("more")), STR("0")));
}

static void refusals_and_nonsense(void **state)
{
    static const struct {
        const char *answers;
        int status;
    } expected[] = {
        {"Z1 NO [NONEXISTENT] Unknown Mailbox\r\n", 404},
        {"Z1 NO [UNAVAILABLE] later\r\n", 503},
        {"Z1 BAD what?\r\n", 400},
        {"* BYE shutting down\r\n", 0},
        {"", 0},
        {"Z1 OK\r\n* SEARCH 4\r\n", 0},
        {OPENED "* SEARCH 4\r\nZ2 OK\r\n* 1 FETCH (UID 4 RFC822.SIZE 9)\r\nZ3 OK\r\n* 1 FETCH (UID 4 BODY[] {9999999}"
                "\r\nA",
         0},
        {OPENED "* SEARCH 4\r\nZ2 OK\r\n* 1 FETCH (UID 4 RFC822.SIZE 9)\r\nZ3 OK\r\n* 1 FETCH (UID 4 BODY[] "
                "{9999999999999}\r\nA",
         0},
        {OPENED "* SEARCH x 99999999999999999999 -4\r\nZ2 OK\r\n", 200},
        {OPENED "* SEARCH 4\r\nZ2 OK\r\nZ3 OK gone\r\n", 200},
    };
    struct pair headers[] = {{STR("most"), STR("10")}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct str said;
        struct http_reply reply = talk(*state, "FETCH", expected[i].answers, headers, 1, &said, 512);
        if (reply.status != expected[i].status)
            fail_msg("%s gives %d %s", expected[i].answers, reply.status, reply.problem);
        assert_int_equal(reply.status == 0, reply.problem[0] != 0);
    }
}

static void marks_only_its_own(void **state)
{
    struct pair headers[] = {{STR("validity"), STR("77")}, {STR("uids"), STR("7,9")}};
    struct str said;
    struct http_reply reply = talk(*state, "SEEN", OPENED "Z2 OK\r\n", headers, 2, &said, 512);
    assert_int_equal(reply.status, 200);
    assert_has(said, "SELECT \"INBOX\"");
    assert_has(said, "UID STORE 7,9 +FLAGS.SILENT (\\Seen)\r\n");
    headers[0].value = STR("76");
    reply = talk(*state, "SEEN", OPENED, headers, 2, &said, 512);
    assert_int_equal(reply.status, 200);
    assert_true(str_find(said, STR("STORE")) < 0);
    headers[0].value = STR("77\r\nZ9 DELETE \"INBOX\"");
    reply = talk(*state, "SEEN", OPENED, headers, 2, &said, 512);
    assert_int_equal(reply.status, 0);
    assert_int_equal(said.len, 0);
}

/* ---- SMTP, and signing in to IMAP, against a server of a few lines ---- */

struct turn {
    const char *expects, *says; /* expects NULL: at once; says NULL: hangs up */
};
struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    const struct turn *turns;
    struct wire wire;
};

static void *serve(void *ctx)
{
    struct server *s = ctx;
    s->wire.fd = accept(s->fd, NULL, NULL);
    for (const struct turn *t = s->turns; t->says; t++)
        if ((t->expects && !wire_expect(&s->wire, t->expects)) || !wire_say(&s->wire, t->says))
            break;
    close(s->wire.fd);
    return NULL;
}

static void server_start(struct server *s, const struct turn *turns)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    *s = (struct server){.turns = turns};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

static struct http_reply ask(struct arena *a, const struct turn *turns, const char *method, const char *scheme,
                             const char *tail)
{
    struct server *server = arena_alloc(a, sizeof *server);
    struct error e = {0};
    struct client *client = client_open(&e);
    struct http_reply reply;
    struct pair headers[] = {{STR("user"), STR("care")},
                             {STR("password"), STR("pw")},
                             {STR("from"), STR("care@shop.example")},
                             {STR("to"), STR("mina@mail.example")},
                             {STR("most"), STR("1")}};
    assert_non_null(client);
    server_start(server, turns);
    struct http_call call = {.method = method,
                             .url = str_format(a, "%s://127.0.0.1:%u/%s", scheme, (unsigned)server->port, tail),
                             .headers = {headers, COUNT_OF(headers)},
                             .body = str_eq(str_from(method), STR("SEND")) ? STR("Subject: hi\r\n\r\nHello\r\n.\r\n")
                                                                           : STR_EMPTY,
                             .timeout_ms = 3000};
    client_call(client, a, &call, &reply);
    client_close(client);
    server_stop(server);
    return reply;
}

#define HELLO                                                                                                        \
    {NULL, "220 mail.example\r\n"},                                                                                  \
    {                                                                                                                \
        "EHLO shop.example\r\n", "250-mail.example\r\n250 AUTH PLAIN\r\n"                                            \
    }
#define SIGNED                                                                                                       \
    HELLO,                                                                                                           \
    {                                                                                                                \
        "AUTH PLAIN", "235 2.7.0 yes\r\n"                                                                            \
    }
#define ASKED                                                                                                        \
    SIGNED,                                                                                                          \
    {                                                                                                                \
        "MAIL FROM:<care@shop.example>", "250 ok\r\n"                                                                \
    }

static void smtp_answers(void **state)
{
    static const struct turn sent[] = {ASKED,
                                       {"RCPT TO:<mina@mail.example>", "250 ok\r\n"},
                                       {"DATA", "354 go\r\n"},
                                       {"Hello\r\n..\r\n.\r\n", "250 2.0.0 kept as 17\r\n"},
                                       {"QUIT", "221 bye\r\n"},
                                       {0}};
    static const struct turn unknown[] = {
        ASKED, {"RCPT TO", "550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n"}, {"QUIT", "221 bye\r\n"}, {0}};
    static const struct turn denied[] = {HELLO, {"AUTH PLAIN", "535 5.7.8 no\r\n"}, {"QUIT", "221 bye\r\n"}, {0}};
    static const struct turn refused[] = {ASKED,
                                          {"RCPT TO", "250 ok\r\n"},
                                          {"DATA", "354 go\r\n"},
                                          {"\r\n.\r\n", "452 4.3.1 full\r\n"},
                                          {"QUIT", "221 bye\r\n"},
                                          {0}};
    static const struct turn early[] = {ASKED, {"RCPT TO", "250 ok\r\n"}, {0}};
    static const struct turn late[] = {ASKED, {"RCPT TO", "250 ok\r\n"}, {"DATA", "354 go\r\n"}, {"Hello", ""}, {0}};
    static const struct {
        const struct turn *turns;
        int status;
        const char *words;
        bool maybe_sent;
    } expected[] = {{sent, 250, "2.0.0 kept as 17", false},
                    {unknown, 550, "5.1.1 nobody 5.1.1 of that name", false},
                    {denied, 535, "5.7.8 no", false},
                    {refused, 452, "4.3.1 full", false},
                    {early, 0, "", false},
                    {late, 0, "", true}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct http_reply reply = ask(*state, expected[i].turns, "SEND", "smtp", "?tls=none");
        if (reply.status != expected[i].status || !str_eq(reply.body, str_from(expected[i].words)) ||
            reply.maybe_sent != expected[i].maybe_sent)
            fail_msg("%zu: %d \"%.*s\" %d %s", i, reply.status, STR_ARGS(reply.body), reply.maybe_sent,
                     reply.problem);
    }
}

static void tls_is_required(void **state)
{
    static const struct turn plain[] = {HELLO, {"QUIT", "221 bye\r\n"}, {0}};
    static const struct turn mailbox[] = {
        {NULL, "* OK hi\r\n"}, {"CAPABILITY", "* CAPABILITY IMAP4rev1\r\nA001 OK\r\n"}, {0}};
    struct http_reply reply = ask(*state, plain, "SEND", "smtp", "");
    assert_int_equal(reply.status, 0);
    assert_false(reply.maybe_sent);
    assert_true(reply.problem[0] != 0);
    reply = ask(*state, mailbox, "FETCH", "imap", "INBOX");
    assert_int_equal(reply.status, 0);
    assert_true(reply.problem[0] != 0);
}

static void mailbox_lets_in_or_not(void **state)
{
    static const struct turn open[] = {{NULL, "* OK hi\r\n"},
                                       {"CAPABILITY\r\n", "* CAPABILITY IMAP4rev1\r\nA001 OK\r\n"},
                                       {"A002 LOGIN care pw\r\n", "A002 OK in\r\n"},
                                       {"EXAMINE \"INBOX\"\r\n", "* OK [UIDVALIDITY 5]\r\nZ1 OK\r\n"},
                                       {"SEARCH", "* SEARCH\r\nZ2 OK\r\n"},
                                       {"LOGOUT\r\n", "* BYE\r\n"},
                                       {0}};
    static const struct turn shut[] = {{NULL, "* OK hi\r\n"},
                                       {"CAPABILITY\r\n", "* CAPABILITY IMAP4rev1\r\nA001 OK\r\n"},
                                       {"LOGIN", "A002 NO [AUTHENTICATIONFAILED] no\r\n"},
                                       {0}};
    static const struct turn away[] = {{NULL, "* OK hi\r\n"},
                                       {"CAPABILITY\r\n", "* CAPABILITY IMAP4rev1\r\nA001 OK\r\n"},
                                       {"LOGIN", "A002 NO [UNAVAILABLE] the book of names is away\r\n"},
                                       {0}};
    assert_int_equal(ask(*state, open, "FETCH", "imap", "INBOX?tls=none").status, 200);
    struct http_reply reply = ask(*state, shut, "FETCH", "imap", "INBOX?tls=none");
    assert_int_equal(reply.status, 401);
    assert_has(reply.body, "AUTHENTICATIONFAILED");
    assert_int_equal(ask(*state, away, "FETCH", "imap", "INBOX?tls=none").status, 503);
}

static void answered(void *ctx, const struct http_reply *reply)
{
    *(int *)ctx = reply->status == 0 && reply->problem[0] ? 1 : 2;
}

/* A mailbox that says nothing does not hold up the end of the program. */
static void cancelled_in_time(void **state)
{
    static const struct turn mute[] = {{NULL, "* OK hi\r\n"}, {"never", "x"}, {0}};
    struct server *server = arena_alloc(*state, sizeof *server);
    struct error e = {0};
    struct client *client = client_open(&e);
    int done = 0;
    server_start(server, mute);
    struct http_call call = {.method = "FETCH",
                             .url = str_format(*state, "imap://127.0.0.1:%u/INBOX?tls=none", (unsigned)server->port),
                             .timeout_ms = 60000};
    int64_t began = clock_monotonic();
    client_send(client, &call, answered, &done);
    client_close(client);
    assert_int_equal(done, 1);
    assert_true(clock_monotonic() - began < 8 * SECOND_US);
    server_stop(server);
}

int net_mail_test(void)
{
    const struct CMUnitTest tests[] = {TEST(addresses),
                                       TEST(fetches_in_frames),
                                       TEST(another_mailbox_begins_anew),
                                       TEST(what_is_not_given_is_told_of),
                                       TEST(folders_by_their_names),
                                       TEST(refusals_and_nonsense),
                                       TEST(marks_only_its_own),
                                       TEST(smtp_answers),
                                       TEST(tls_is_required),
                                       TEST(mailbox_lets_in_or_not),
                                       TEST(cancelled_in_time)};
    return cmocka_run_group_tests_name("net/mail", tests, NULL, NULL);
}
