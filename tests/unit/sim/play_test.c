/* SPDX-License-Identifier: Apache-2.0 */
/* The phone, over HTTP as a browser without a script would use it: pages in two languages, forms, escaping, who may
 * post, pictures, faults, and the live news. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "receiver.h"

int sim_play_test(void);

struct phone {
    struct world *w;
    struct http_server *server;
    struct client *client;
};

static void handle(struct http_request *req, void *ctx)
{
    struct phone *phone = ctx;

    if (!sim_play_request(phone->w->sim, req))
        http_respond(req, 418, STR("text/plain"), STR("not the phone's"));
}

static int phone_open(void **state)
{
    struct phone *phone = calloc(1, sizeof *phone);
    struct http_config config = http_config_default;
    struct error e = {ERR_NONE, ""};
    void *world;

    world_open(&world);
    phone->w = world;
    config.address = "127.0.0.1";
    config.port = 0;
    config.loops = 1;
    phone->server = http_server_open(&config, handle, phone, &e);
    assert_non_null(phone->server);
    *state = phone;
    return 0;
}

static int phone_close(void **state)
{
    struct phone *phone = *state;
    void *world = phone->w;

    http_server_close(phone->server);
    world_close(&world);
    free(phone);
    return 0;
}

static void request(struct phone *phone, const char *method, const char *path, const char *body, const char *header,
                    const char *value, struct http_reply *reply)
{
    struct world *w = phone->w;
    struct pair headers[2] = {{STR("Content-Type"), STR("application/x-www-form-urlencoded")}};
    struct http_call c = {.method = method, .headers = {headers, 1}, .body = str_from(body)};

    if (header != NULL) {
        headers[1] = (struct pair){str_from(header), str_from(value)};
        c.headers.count = 2;
    }
    c.url = str_format(w->a, "http://127.0.0.1:%u%s", (unsigned)http_server_port(phone->server), path);
    client_call(w->client, w->a, &c, reply);
}

static bool has(const struct http_reply *reply, const char *words)
{
    return str_find(reply->body, str_from(words)) >= 0;
}

/* ---- pages ---- */

static void only_its_own_paths(void **state)
{
    struct phone *phone = *state;
    struct http_reply reply;

    request(phone, "GET", "/playground", NULL, NULL, NULL, &reply);
    assert_int_equal(reply.status, 418);
    request(phone, "GET", "/play/nothing", NULL, NULL, NULL, &reply);
    assert_int_equal(reply.status, 404);
    request(phone, "DELETE", "/play", NULL, NULL, NULL, &reply);
    assert_int_equal(reply.status, 405);
}

static void speaks_italian_and_english(void **state)
{
    struct phone *phone = *state;
    struct http_reply reply;

    request(phone, "GET", "/play", NULL, "Accept-Language", "it-IT,it;q=0.9,en;q=0.5", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(has(&reply, "<html lang=\"it\">") && has(&reply, "Chi vuoi essere?") &&
                has(&reply, "Marta Bellucci"));
    request(phone, "GET", "/play", NULL, "Accept-Language", "de,fr", &reply);
    assert_true(has(&reply, "<html lang=\"en\">") && has(&reply, "Who would you like to be?"));
    request(phone, "GET", "/play?as=marta&on=x&lang=en", NULL, "Accept-Language", "it", &reply);
    assert_true(has(&reply, "You are Marta Bellucci") && has(&reply, "as=marta&amp;on=dm&amp;lang=en"));
}

static void policy_is_strict(void **state)
{
    static const char *const paths[] = {"/play", "/play?as=marta&on=facebook", "/play/play.css", "/play/play.js"};
    struct phone *phone = *state;
    struct http_reply reply;
    size_t n;

    for (n = 0; n < COUNT_OF(paths); n++) {
        request(phone, "GET", paths[n], NULL, NULL, NULL, &reply);
        assert_int_equal(reply.status, 200);
        struct str policy = pairs_get(&reply.headers, STR("content-security-policy"));
        assert_true(str_starts(policy, STR("default-src 'none'; ")));
        assert_true(str_find(policy, STR("unsafe")) < 0);
        assert_true(str_eq(pairs_get(&reply.headers, STR("x-content-type-options")), STR("nosniff")));
        assert_false(has(&reply, " style=\"") || has(&reply, "<style") || has(&reply, " onclick="));
    }
}

static void every_place_can_be_opened(void **state)
{
    static const char *const places[] = {"facebook", "messenger", "x", "dm", "whatsapp"};
    struct phone *phone = *state;
    struct http_reply reply;
    size_t n;

    for (n = 0; n < COUNT_OF(places); n++) {
        struct str path = str_format(phone->w->a, "/play?as=davide&on=%s", places[n]);
        request(phone, "GET", str_cstr(phone->w->a, path), NULL, NULL, NULL, &reply);
        assert_int_equal(reply.status, 200);
        assert_true(has(&reply, "aria-current=\"page\"") && has(&reply, "href=\"/desk\"") &&
                    has(&reply, "role=\"log\""));
    }
    request(phone, "GET", "/play?as=nobody", NULL, NULL, NULL, &reply);
    assert_true(has(&reply, "Who would you like to be?"));
}

/* ---- actions ---- */

static void words_are_sent_and_escaped(void **state)
{
    struct phone *phone = *state;
    struct http_reply reply;

    request(phone, "POST", "/play/act",
            "as=marta&on=whatsapp&what=message&text=%3Cscript%3Ealert(%22a%22)%3C/script%3E+%26", "Sec-Fetch-Site",
            "same-origin", &reply);
    assert_int_equal(reply.status, 303);
    assert_true(str_eq(pairs_get(&reply.headers, STR("location")), STR("/play?as=marta&on=whatsapp")));
    wait_kept(phone->w, 1);
    assert_text(json_path(json_at(json_get(hook_value(phone->w, 0), "messages"), 0), "text", "body", NULL),
                "<script>alert(\"a\")</script> &");
    request(phone, "GET", "/play?as=marta&on=whatsapp", NULL, NULL, NULL, &reply);
    assert_true(has(&reply, "&lt;script&gt;alert(&quot;a&quot;)&lt;/script&gt; &amp;"));
    assert_false(has(&reply, "<script>alert"));
}

static void other_sites_may_not_post(void **state)
{
    static const struct {
        const char *header, *value;
        int status;
    } cases[] = {
        {"Sec-Fetch-Site", "cross-site", 403},
        {"Sec-Fetch-Site", "same-site", 403},
        {"Sec-Fetch-Site", "none", 403},
        {"Origin", "http://evil.example", 403},
        {"Origin", "null", 403},
        {"Sec-Fetch-Site", "same-origin", 303},
    };
    struct phone *phone = *state;
    struct http_reply reply;
    struct str own;
    size_t n;

    for (n = 0; n < COUNT_OF(cases); n++) {
        request(phone, "POST", "/play/act", "as=marta&on=x&what=message&text=a", cases[n].header, cases[n].value,
                &reply);
        assert_int_equal(reply.status, cases[n].status);
    }
    own = str_format(phone->w->a, "http://127.0.0.1:%u", (unsigned)http_server_port(phone->server));
    request(phone, "POST", "/play/act", "as=marta&on=x&what=message&text=a", "Origin", str_cstr(phone->w->a, own),
            &reply);
    assert_int_equal(reply.status, 303);
    wait_kept(phone->w, 2);
    assert_int_equal(kept_count(phone->w), 2);
}

static void what_cannot_be_sent_is_kept(void **state)
{
    struct phone *phone = *state;
    struct http_reply reply;

    request(phone, "POST", "/play/act", "as=marta&on=facebook&what=comment&to=1_2&text=Ancora+senza+rete", NULL, NULL,
            &reply);
    assert_int_equal(reply.status, 422);
    assert_true(has(&reply, "role=\"alert\""));
    request(phone, "POST", "/play/act", "as=marta&on=whatsapp&what=message&text=+", NULL, NULL, &reply);
    assert_int_equal(reply.status, 422);
    request(phone, "POST", "/play/act", "as=nobody&on=whatsapp&what=message&text=a", NULL, NULL, &reply);
    assert_int_equal(reply.status, 303);
    assert_int_equal(kept_count(phone->w), 0);
}

static void somebody_new_comes_in(void **state)
{
    struct phone *phone = *state;
    struct http_reply reply;

    request(phone, "POST", "/play/person", "name=Rosa+%3CBianchi%3E", NULL, NULL, &reply);
    assert_int_equal(reply.status, 303);
    assert_true(str_eq(pairs_get(&reply.headers, STR("location")), STR("/play?as=rosabianchi&on=whatsapp")));
    request(phone, "GET", "/play?as=rosabianchi&on=whatsapp", NULL, NULL, NULL, &reply);
    assert_true(has(&reply, "You are Rosa &lt;Bianchi&gt;"));
    request(phone, "POST", "/play/person", "name=+++", NULL, NULL, &reply);
    assert_int_equal(reply.status, 422);
}

static void own_words_are_corrected_and_deleted(void **state)
{
    struct phone *phone = *state;
    struct world *w = phone->w;
    struct str id = act(w, SIM_FACEBOOK, "marta", "message", STR_EMPTY, "Buongiono", ""), body;
    struct http_reply reply;

    body = str_format(w->a, "as=marta&on=messenger&what=edit&to=%.*s&text=Buongiorno", STR_ARGS(id));
    request(phone, "POST", "/play/act", str_cstr(w->a, body), NULL, NULL, &reply);
    assert_int_equal(reply.status, 303);
    body = str_format(w->a, "as=davide&on=messenger&what=delete&to=%.*s", STR_ARGS(id));
    request(phone, "POST", "/play/act", str_cstr(w->a, body), NULL, NULL, &reply);
    assert_int_equal(reply.status, 422); /* not his */
    body = str_format(w->a, "as=marta&on=messenger&what=delete&to=%.*s", STR_ARGS(id));
    request(phone, "POST", "/play/act", str_cstr(w->a, body), NULL, NULL, &reply);
    assert_int_equal(reply.status, 303);
    wait_kept(w, 3);
    assert_text(json_path(hook_value(w, 1), "message_edit", "text", NULL), "Buongiorno");
    assert_true(json_bool(json_path(hook_value(w, 2), "message", "is_deleted", NULL), false));
}

static void pictures_are_looked_at_before_they_are_taken(void **state)
{
    static const char part[] = "--b\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n";
    struct phone *phone = *state;
    struct world *w = phone->w;
    const char *bytes[] = {"\x89PNG\r\n\x1a\nrest", "<svg onload=alert(1)>"};
    struct pair header = {STR("Content-Type"), STR("multipart/form-data; boundary=b")};
    struct http_call c = {.method = "POST", .headers = {&header, 1}};
    struct http_reply reply;
    struct str fields, file;
    size_t n;

    c.url = str_format(w->a, "http://127.0.0.1:%u/play/act", (unsigned)http_server_port(phone->server));
    for (n = 0; n < 2; n++) {
        fields = str_format(w->a, part, "as", "", "marta");
        fields = str_concat(w->a, fields, str_format(w->a, part, "on", "", "whatsapp"));
        fields = str_concat(w->a, fields, str_format(w->a, part, "what", "", "message"));
        file = str_format(w->a, part, "file", "; filename=\"../../a.png\"\r\nContent-Type: image/png", bytes[n]);
        c.body = str_concat(w->a, str_concat(w->a, fields, file), STR("--b--\r\n"));
        client_call(w->client, w->a, &c, &reply);
        assert_int_equal(reply.status, n == 0 ? 303 : 422);
    }
    wait_kept(w, 1);
    assert_text(json_get(json_at(json_get(hook_value(w, 0), "messages"), 0), "type"), "image");
    struct str id = json_text(json_path(json_at(json_get(hook_value(w, 0), "messages"), 0), "image", "id", NULL));
    request(phone, "GET", str_cstr(w->a, str_format(w->a, "/play/media/%.*s", STR_ARGS(id))), NULL, NULL, NULL,
            &reply);
    assert_int_equal(reply.status, 200);
    assert_true(str_eq(pairs_get(&reply.headers, STR("content-type")), STR("image/png")));
    assert_true(str_starts(reply.body, STR("\x89PNG")));
}

static void replies_appear_and_are_read(void **state)
{
    struct phone *phone = *state;
    struct world *w = phone->w;
    struct http_reply reply;

    act(w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Ci siete?", "");
    call(w, SIM_WHATSAPP, "POST", STR("/v23.0/106540352242922/messages"),
         "{\"messaging_product\":\"whatsapp\",\"to\":\"393330000218\",\"type\":\"text\",\"text\":{\"body\":\"Sono "
         "Sara\"}}",
         &reply);
    wait_kept(w, 3);
    request(phone, "GET", "/play?as=marta&on=whatsapp", NULL, NULL, NULL, &reply);
    assert_true(has(&reply, "Sono Sara"));
    wait_kept(w, 4); /* opening the talk is reading it */
    assert_text(json_get(json_at(json_get(hook_value(w, 3), "statuses"), 0), "status"), "read");
    request(phone, "GET", "/play?as=davide&on=whatsapp", NULL, NULL, NULL, &reply);
    assert_false(has(&reply, "Sono Sara"));
}

static void the_network_misbehaves_on_demand(void **state)
{
    struct phone *phone = *state;
    struct http_reply reply;

    request(phone, "POST", "/play/fault", "as=marta&on=x&network=x&kind=down&times=-1", NULL, NULL, &reply);
    assert_int_equal(reply.status, 303);
    call(phone->w, SIM_X, "GET", STR("/2/users/me"), "", &reply);
    assert_int_equal(reply.status, 503);
    request(phone, "GET", "/play?as=marta&on=x&drawer=1", NULL, NULL, NULL, &reply);
    assert_true(has(&reply, "X: The network is down") && has(&reply, "class=\"drawer\" id=\"drawer\" open"));
    request(phone, "POST", "/play/fault", "as=marta&on=x&network=x&kind=down&times=0", NULL, NULL, &reply);
    call(phone->w, SIM_X, "GET", STR("/2/users/me"), "", &reply);
    assert_int_equal(reply.status, 200);
    request(phone, "POST", "/play/fault", "as=marta&on=x&network=x&kind=magic&times=1", NULL, NULL, &reply);
    assert_int_equal(reply.status, 422);
    request(phone, "POST", "/play/clock", "as=marta&on=x&hours=25", NULL, NULL, &reply);
    request(phone, "GET", "/play?as=marta&on=x", NULL, NULL, NULL, &reply);
    assert_true(has(&reply, "25 hours ahead"));
}

/* ---- live ---- */

static int open_events(struct phone *phone, const char *query)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(phone->server))};
    struct timeval patience = {5, 0};
    struct str get = str_format(phone->w->a, "GET /play/events%s HTTP/1.1\r\nHost: a\r\n\r\n", query);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(write(fd, get.ptr, get.len), (ssize_t)get.len);
    return fd;
}

/* Reads until the words have come; false when they do not. */
static bool hears(int fd, const char *words)
{
    char all[8192] = "";
    size_t len = 0;
    ssize_t n;

    while (len < sizeof all - 1 && (n = read(fd, all + len, sizeof all - 1 - len)) > 0) {
        len += (size_t)n;
        all[len] = '\0';
        if (strstr(all, words) != NULL)
            return true;
    }
    return false;
}

static void news_are_heard(void **state)
{
    struct phone *phone = *state;
    int behind = open_events(phone, "?seen=0"), fd;

    assert_true(hears(behind, "event: change")); /* something happened before the line was there */
    fd = open_events(phone, "");
    assert_true(hears(fd, "event: change"));
    act(phone->w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Eccomi", "");
    assert_true(hears(fd, "event: change"));
    close(fd);
    close(behind);
    act(phone->w, SIM_WHATSAPP, "marta", "message", STR_EMPTY, "Eccomi", ""); /* nobody listens any more */
    wait_kept(phone->w, 2);
}

int sim_play_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_its_own_paths, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(speaks_italian_and_english, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(policy_is_strict, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(every_place_can_be_opened, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(words_are_sent_and_escaped, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(other_sites_may_not_post, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(what_cannot_be_sent_is_kept, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(somebody_new_comes_in, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(own_words_are_corrected_and_deleted, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(pictures_are_looked_at_before_they_are_taken, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(replies_appear_and_are_read, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(the_network_misbehaves_on_demand, phone_open, phone_close),
        cmocka_unit_test_setup_teardown(news_are_heard, phone_open, phone_close),
    };

    return cmocka_run_group_tests_name("sim/play", tests, NULL, NULL);
}
