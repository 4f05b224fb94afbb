/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers over real sockets: what is understood, what is refused, and what goes over the wire.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <libdeflate.h>

#include "app.h"
#include "wire.h"

int net_http_test(void);

static int set_up(void **state)
{
    struct http_config config = app_config();
    config.body_max = 50000;
    *state = app_open(&config);
    return 0;
}

static int tear_down(void **state)
{
    app_close(*state);
    return 0;
}

static struct wire_reply once(void **state, const char *request)
{
    struct app *app = *state;
    return wire_once(app->port, request);
}

static void test_get(void **state)
{
    struct wire_reply reply = once(state, GET("/a%20b/%C3%A8?x=1&y=%20"));
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "GET /a b/è?x=1&y=%20 ");
    assert_string_equal(wire_header(&reply, "Content-Type"), "text/plain; charset=utf-8");
    assert_non_null(wire_header(&reply, "Date"));
    assert_null(wire_header(&reply, "Connection"));
}

static void test_methods(void **state)
{
    struct wire_reply reply = once(state, "HEAD /text HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_string_equal(wire_header(&reply, "Content-Length"), "20000");
    reply = once(state, "DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_string_equal(reply.body, "DELETE /x? ");
    reply = once(state, "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_string_equal(reply.body, "BREW /pot? ");
    reply = once(state, "GET /old HTTP/1.0\r\n\r\n");
    assert_string_equal(reply.body, "GET /old? ");
}

static void test_head_keeps_the_connection(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_int_equal(wire_ask(wire, "HEAD /text HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    struct wire_reply reply = wire_ask(wire, GET("/next"));
    assert_string_equal(reply.body, "GET /next? ");
    wire_close(wire);
}

static void test_keep_alive(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    for (int i = 0; i < 50; i++) {
        struct wire_reply reply = wire_ask(wire, i % 2 ? GET("/later/1") : GET("/now"));
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body, i % 2 ? "GET /later/1? " : "GET /now? ");
    }
    assert_int_equal(http_server_stats(app->server).connections, 1);
    wire_close(wire);
}

static void test_pipelining(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(
        wire, GET("/one") "POST /later/two HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" GET("/three")));
    assert_string_equal(wire_reply(wire, false).body, "GET /one? ");
    assert_string_equal(wire_reply(wire, false).body, "POST /later/two? abc");
    assert_string_equal(wire_reply(wire, false).body, "GET /three? ");
    wire_close(wire);
}

static void test_body(void **state)
{
    struct wire_reply reply = once(state, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    assert_string_equal(reply.body, "POST /p? hello");
    reply = once(state, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    assert_string_equal(reply.body, "POST /p? ");
    reply = once(state, "PUT /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
    assert_string_equal(reply.body, "PUT /p? abc0123456789");
}

static void test_large_body(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    char head[128], body[40000];
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)('a' + i % 26);
    (void)snprintf(head, sizeof(head), "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", sizeof(body));
    assert_true(wire_say(wire, head));
    for (size_t i = 0; i < sizeof(body); i += 1000)
        assert_true(wire_send(wire, body + i, 1000));
    struct wire_reply reply = wire_reply(wire, false);
    assert_int_equal(reply.body_len, sizeof(body) + strlen("POST /p? "));
    assert_memory_equal(reply.body + strlen("POST /p? "), body, sizeof(body));
    wire_close(wire);
}

static void test_expect_continue(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
    assert_true(wire_expect(wire, "HTTP/1.1 100 Continue\r\n\r\n"));
    assert_true(wire_say(wire, "hello"));
    assert_string_equal(wire_reply(wire, false).body, "POST /p? hello");
    wire_close(wire);
    struct wire_reply reply =
        once(state, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 50001\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(reply.status, 413);
}

/* Says the head and goes on sending; the refusal must arrive though nobody reads the body. */
static void refused(struct app *app, const char *head, const char *piece)
{
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, head));
    for (int i = 0; i < 200; i++)
        if (!wire_say(wire, piece))
            break;
    struct wire_reply reply = wire_reply(wire, false);
    assert_int_equal(reply.status, 413);
    assert_string_equal(wire_header(&reply, "Connection"), "close");
    assert_non_null(wire_header(&reply, "Date"));
    assert_non_null(strstr(reply.body, "\"too_large\""));
    assert_true(wire_ended(wire, 5000));
    wire_close(wire);
}

static void test_too_large(void **state)
{
    struct app *app = *state;
    char piece[1024];
    memset(piece, 'x', sizeof(piece));
    memcpy(piece, "3f8\r\n", 5);
    memcpy(piece + 5 + 0x3f8, "\r\n", 3);
    refused(app, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n", piece);
    refused(app, "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", piece);
    assert_int_equal(atomic_load(&app->handled), 0);
}

static void test_body_max_is_taken(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    assert_true(wire_say(wire, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n"));
    for (int i = 0; i < 5000; i++)
        assert_true(wire_say(wire, "0123456789"));
    assert_int_equal(wire_reply(wire, false).body_len, 50000 + strlen("POST /p? "));
    wire_close(wire);
}

static void test_malformed_targets(void **state)
{
    static const char *const bad[] = {"/%00",     "/a%00b", "/%",       "/%4",        "/%zz",    "/%c3%28",    "/%ff",
                                      "/%0d%0aX", "*",      "no-slash", "/%ED%A0%80", "/%c0%af", "mailto:a@b", "?x"};
    char request[256];
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", bad[i]);
        struct wire_reply reply = once(state, request);
        if (reply.status != 400)
            print_message("%s\n", bad[i]);
        assert_int_equal(reply.status, 400);
        assert_non_null(strstr(reply.body, "\"malformed\""));
    }
    struct app *app = *state;
    assert_int_equal(atomic_load(&app->handled), 0);
}

static void test_odd_targets(void **state)
{
    assert_string_equal(once(state, GET("http://care.example/x?y")).body, "GET /x?y ");
    assert_string_equal(once(state, GET("http://care.example?y")).status == 400 ? "400" : "200", "400");
    assert_string_equal(once(state, GET("http://care.example")).body, "GET /? ");
    assert_string_equal(once(state, GET("/a?b?c")).body, "GET /a?b?c ");
    assert_string_equal(once(state, GET("//two/../x")).body, "GET //two/../x? ");
    assert_string_equal(once(state, GET("/x%2Fy%25")).body, "GET /x/y%? ");
}

static void test_unclear_lengths(void **state)
{
    static const char *const bad[] = {"Content-Length: 3\r\nTransfer-Encoding: chunked",
                                      "Content-Length: 3\r\nContent-Length: 4",
                                      "Content-Length: +3",
                                      "Transfer-Encoding: gzip, chunked",
                                      "Transfer-Encoding: identity",
                                      "Content-Length: 0x3",
                                      "Content-Length: -1",
                                      "Content-Length: 99999999999999999999999999"};
    char request[256];
    struct app *app = *state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        (void)snprintf(request, sizeof(request), "POST /p HTTP/1.1\r\nHost: h\r\n%s\r\n\r\nabc", bad[i]);
        struct wire_reply reply = once(state, request);
        if (reply.status < 400)
            print_message("%s: %d\n", bad[i], reply.status);
        assert_in_range(reply.status, 400, 499);
    }
    assert_int_equal(atomic_load(&app->handled), 0);
}

static void test_header_limits(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    char line[1200];
    memset(line, 'h', sizeof(line));
    memcpy(line, "X-Long: ", 8);
    memcpy(line + sizeof(line) - 3, "\r\n", 3);
    assert_true(wire_say(wire, "GET / HTTP/1.1\r\nHost: h\r\n"));
    for (int i = 0; i < 20; i++)
        wire_say(wire, line);
    wire_say(wire, "\r\n");
    assert_int_equal(wire_reply(wire, false).status, 431);
    wire_close(wire);
    assert_int_equal(atomic_load(&app->handled), 0);
    wire = wire_open(app->port); /* and a good part of the limit is really usable */
    assert_true(wire_say(wire, "GET / HTTP/1.1\r\nHost: h\r\n"));
    for (int i = 0; i < 9; i++)
        wire_say(wire, line);
    wire_say(wire, "\r\n");
    assert_int_equal(wire_reply(wire, false).status, 200);
    wire_close(wire);
}

static void test_no_host(void **state)
{
    assert_int_equal(once(state, "GET / HTTP/1.1\r\n\r\n").status, 400);
    assert_int_equal(once(state, "nonsense\r\n\r\n").status == 200, 0);
}

static struct wire_reply text(void **state, const char *path, const char *accept)
{
    char request[256];
    (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\nAccept-Encoding: %s\r\n\r\n", path,
                   accept);
    return once(state, request);
}

static void test_gzip(void **state)
{
    struct wire_reply reply = text(state, "/text", "br, gzip;q=0.5");
    struct arena *a = arena_new();
    struct str original = app_long_text(a, 20000);
    char out[30000];
    size_t len = 0;
    assert_string_equal(wire_header(&reply, "Content-Encoding"), "gzip");
    assert_string_equal(wire_header(&reply, "Vary"), "Accept-Encoding");
    assert_true(reply.body_len < 5000);
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    assert_int_equal(libdeflate_gzip_decompress(d, reply.body, reply.body_len, out, sizeof(out), &len), 0);
    libdeflate_free_decompressor(d);
    assert_int_equal(len, original.len);
    assert_memory_equal(out, original.ptr, len);
    arena_free(a);
}

static void test_no_gzip(void **state)
{
    static const char *const unwilling[] = {"identity", "gzip;q=0", "gzip; q=0.000, br", "*;q=0", "", "gzipped"};
    for (size_t i = 0; i < COUNT_OF(unwilling); i++) {
        struct wire_reply reply = text(state, "/text", unwilling[i]);
        assert_null(wire_header(&reply, "Content-Encoding"));
        assert_string_equal(wire_header(&reply, "Vary"), "Accept-Encoding");
        assert_int_equal(reply.body_len, 20000);
    }
    struct wire_reply reply = text(state, "/short", "gzip");
    assert_null(wire_header(&reply, "Content-Encoding"));
    assert_null(wire_header(&reply, "Vary"));
    reply = text(state, "/image", "gzip");
    assert_null(wire_header(&reply, "Content-Encoding"));
    reply = text(state, "/text", "*");
    assert_string_equal(wire_header(&reply, "Content-Encoding"), "gzip");
    reply = text(state, "/static", "gzip");
    assert_string_equal(wire_header(&reply, "Content-Encoding"), "gzip");
    assert_string_equal(reply.body, "stands for gzip");
}

static void test_answers(void **state)
{
    struct wire_reply reply = once(state, GET("/nothing"));
    assert_int_equal(reply.status, 204);
    assert_int_equal(reply.body_len, 0);
    reply = once(state, GET("/moved"));
    assert_int_equal(reply.status, 303);
    assert_string_equal(wire_header(&reply, "Location"), "/elsewhere");
    reply = once(state, GET("/headers"));
    assert_int_equal(reply.status, 201);
    assert_non_null(strstr(reply.head, "Set-Cookie: a=1\r\n"));
    assert_non_null(strstr(reply.head, "Set-Cookie: b=2\r\n"));
    assert_string_equal(wire_header(&reply, "Cache-Control"), "no-store");
    assert_null(strstr(reply.head, "private"));
    reply = once(state, GET("/gone"));
    assert_int_equal(reply.status, 404);
    assert_string_equal(reply.body, "{\"error\":{\"code\":\"not_found\",\"message\":\"No such \\\"thing\\\"\"}}");
}

static void test_client_address(void **state)
{
    assert_string_equal(once(state, GET("/who")).body, "127.0.0.1");
    assert_string_equal(
        once(state, "GET /who HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 10.9.9.9, 203.0.113.7\r\n\r\n").body,
        "203.0.113.7");
    assert_string_equal(once(state, "GET /who HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 2001:db8::1\r\n\r\n").body,
                        "2001:db8::1");
    assert_string_equal(once(state, "GET /who HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: <script>\r\n\r\n").body,
                        "127.0.0.1");
}

/* Its address as the client called it: what some networks sign. */
static void test_url(void **state)
{
    static const char *const asked[][2] = {
        {"GET /url?a=1%202&b HTTP/1.1\r\nHost: care.example:8443\r\n\r\n", "http://care.example:8443/url?a=1%202&b"},
        {"GET /url HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https\r\n\r\n", "https://h/url"},
        {"GET /url HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https, http\r\nX-Forwarded-Host: care.example, "
         "inside\r\n\r\n",
         "https://care.example/url"},
        {"GET /url HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: javascript\r\n\r\n", "http://h/url"},
    };
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        assert_string_equal(once(state, asked[i][0]).body, asked[i][1]);
}

static void test_cookies(void **state)
{
    static const struct {
        const char *sent, *read;
    } cases[] = {{"session=abc", "abc"},
                 {"a=1; session=abc; b=2", "abc"},
                 {"session=\"quoted\"", "quoted"},
                 {"session=with=equals==", "with=equals=="},
                 {"Session=other; session=mine", "mine"},
                 {"session=first; session=second", "first"},
                 {" ;;; session ; session=late", "late"},
                 {"xsession=no", ""},
                 {"session", ""},
                 {"session=", ""}};
    char request[256];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        (void)snprintf(request, sizeof(request), "GET /cookie HTTP/1.1\r\nHost: h\r\nCookie: %s\r\n\r\n",
                       cases[i].sent);
        assert_string_equal(once(state, request).body, cases[i].read);
    }
    assert_string_equal(
        once(state, "GET /cookie HTTP/1.1\r\nHost: h\r\nCookie: a=1\r\nCookie: session=two\r\n\r\n").body, "two");
}

static void test_query(void **state)
{
    assert_string_equal(once(state, GET("/query?q=perch%C3%A9+no")).body, "perché no");
    assert_string_equal(once(state, GET("/query?q=100%&x")).body, "100%");
    assert_string_equal(once(state, GET("/query?q=a%00b%ff")).body, "ab\xEF\xBF\xBD");
    assert_string_equal(once(state, GET("/query?Q=1")).body, "");
    assert_string_equal(once(state, GET("/query")).body, "");
}

static struct wire_reply post_form(void **state, const char *type, const char *body)
{
    char request[2048];
    (void)snprintf(request, sizeof(request),
                   "POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", type,
                   strlen(body), body);
    return once(state, request);
}

static void test_forms(void **state)
{
    const char *urlencoded = "application/x-www-form-urlencoded; charset=UTF-8";
    assert_string_equal(post_form(state, urlencoded, "name=Ada+B%C3%A8&empty=&a%3Db=%26").body,
                        "name=Ada Bè;empty=;a=b=&;");
    assert_string_equal(post_form(state, urlencoded, "x=%&y=%4&z=%zz%41").body, "x=%;y=%4;z=%zzA;");
    assert_string_equal(post_form(state, urlencoded, "n=a%00b").body, "n=ab;");
    assert_string_equal(post_form(state, "text/plain", "name=Ada").body, "");
    const char *multipart = "multipart/form-data; boundary=xyz";
    assert_string_equal(post_form(state, multipart,
                                  "--xyz\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nhi\r\n"
                                  "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n"
                                  "Content-Type: text/plain\r\n\r\n12345\r\n--xyz--\r\n")
                            .body,
                        "t=hi;[f a.txt text/plain 5]");
    struct wire_reply reply = post_form(state, multipart, "--xyz\r\nContent-Disposition: form-data");
    assert_int_equal(reply.status, 400);
    assert_non_null(strstr(reply.body, "\"malformed\""));
}

static void test_connection_close(void **state)
{
    struct app *app = *state;
    struct wire *wire = wire_open(app->port);
    struct wire_reply reply = wire_ask(wire, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_string_equal(wire_header(&reply, "Connection"), "close");
    assert_true(wire_ended(wire, 5000));
    wire_close(wire);
}

static void test_bad_address(void **state)
{
    struct http_config config = app_config();
    struct error e = {0};
    struct app *app = *state;
    config.address = "not an address";
    assert_null(http_server_open(&config, app_handle, NULL, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
    config = app_config();
    config.port = app->port;
    assert_null(http_server_open(&config, app_handle, NULL, &e));
    assert_int_equal(e.code, ERR_UNAVAILABLE);
}

static void test_ipv6(void **state)
{
    (void)state;
    struct http_config config = app_config();
    struct error e = {0};
    struct app app = {0};
    config.address = "::1";
    struct http_server *server = http_server_open(&config, app_handle, &app, &e);
    if (!server) {
        print_message("skipped: no IPv6 here (%s)\n", e.message);
        return;
    }
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(http_server_port(server))};
    at.sin6_addr = in6addr_loopback;
    struct wire *wire = calloc(1, sizeof(*wire));
    wire->fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(wire->fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_string_equal(wire_ask(wire, GET("/who")).body, "::1");
    wire_close(wire);
    http_server_close(server);
}

int net_http_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_methods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_head_keeps_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keep_alive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pipelining, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_expect_continue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_body_max_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_malformed_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unclear_lengths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_header_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gzip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_gzip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_client_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_url, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cookies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_query, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connection_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("net/http", tests, NULL, NULL);
}
