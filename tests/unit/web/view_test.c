/* SPDX-License-Identifier: Apache-2.0 */
/* Both faces of a model, parts of a page, what every answer carries, and the assets: over a real server. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "net/client.h"
#include "net/http.h"
#include "web/assets.h"
#include "web/view.h"

int web_view_test(void);

static struct {
    struct http_server *server;
    struct client *client;
    struct arena *arena;
} world;

static struct json *model_of(struct arena *a)
{
    struct json *model = json_object(a), *values = json_object(a), *scopes = json_array(a), *tokens = json_array(a);
    struct json *token = json_object(a), *by = json_object(a);
    json_set_str(a, by, "name", STR("Noa <b>Sole</b>"));
    json_set_str(a, token, "id", STR("3"));
    json_set_str(a, token, "name", STR("Till & shop"));
    json_set_str(a, token, "scope", STR("read"));
    json_set(a, token, "by", by);
    json_set_str(a, token, "at", STR("2026-11-21T10:00:00Z"));
    json_set(a, token, "last", json_new_null(a));
    json_set_str(a, token, "hint", STR("…k3Fz"));
    json_push(a, tokens, token);
    json_set_str(a, values, "name", STR_EMPTY);
    json_set(a, model, "tokens", tokens);
    json_set(a, model, "fresh", json_new_null(a));
    json_set(a, model, "scopes", scopes);
    json_set(a, model, "values", values);
    json_set(a, model, "errors", json_new_null(a));
    return model;
}

static void answer(struct http_request *req, void *ctx)
{
    (void)ctx;
    struct view view = {.hue = 95, .brand = STR("Brezza"), .csrf = STR("c5rf"), .section = STR("admin")};
    struct error e = {0};
    if (str_starts(req->path, STR("/assets/"))) {
        assets_respond(req);
    } else if (str_eq(req->path, STR("/fails"))) {
        (void)(fail)(&e, ERR_STORAGE, "disk /secret/path is full");
        view_error(&view, req, &e);
    } else if (str_eq(req->path, STR("/refused"))) {
        (void)(fail)(&e, ERR_BAD_INPUT, "The name is too long.");
        view_error(&view, req, &e);
    } else if (str_eq(req->path, STR("/moved"))) {
        view.base = STR("/b/brezza");
        view_redirect(&view, req, STR("/desk"));
    } else {
        view_render(&view, req, str_eq(req->path, STR("/nopage")) ? "no-such-page" : "tokens", model_of(req->arena));
    }
}

static int set_up(void **state)
{
    (void)state;
    struct http_config config = http_config_default;
    struct error e = {0};
    config.address = "127.0.0.1";
    config.port = 0;
    config.loops = 1;
    world.arena = arena_new();
    world.server = http_server_open(&config, answer, NULL, &e);
    world.client = client_open(&e);
    return world.server && world.client && view_open(&e) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    client_close(world.client);
    http_server_close(world.server);
    arena_free(world.arena);
    return 0;
}

/* headers: name, value, …, NULL */
static struct http_reply get(struct str path, const char *const *headers)
{
    struct arena *a = world.arena;
    struct http_reply reply = {0};
    struct pair *pairs = ARENA_ARRAY(a, struct pair, 8);
    struct http_call call = {.method = "GET"};
    call.url = str_format(a, "http://127.0.0.1:%d%.*s", http_server_port(world.server), STR_ARGS(path));
    for (; headers && headers[call.headers.count * 2]; call.headers.count++) {
        pairs[call.headers.count].name = str_from(headers[call.headers.count * 2]);
        pairs[call.headers.count].value = str_from(headers[call.headers.count * 2 + 1]);
    }
    call.headers.items = pairs;
    client_call(world.client, a, &call, &reply);
    assert_string_equal(reply.problem, "");
    return reply;
}

static bool has(const struct http_reply *reply, const char *words)
{
    return str_find(reply->body, str_from(words)) >= 0;
}

static struct str header(const struct http_reply *reply, const char *name)
{
    return pairs_get(&reply->headers, str_from(name));
}

static void pages_are_html(void **state)
{
    (void)state;
    struct http_reply reply = get(STR("/desk/tokens"), (const char *[]){"Accept", "text/html,*/*", NULL});
    assert_int_equal(reply.status, 200);
    assert_true(str_starts(reply.body, STR("<!doctype html>")));
    assert_true(has(&reply, "Till &amp; shop"));
    assert_true(has(&reply, "Noa &lt;b&gt;Sole&lt;/b&gt;"));
    assert_false(has(&reply, "<b>Sole"));
    assert_true(has(&reply, "name=\"csrf\" value=\"c5rf\""));
    assert_true(has(&reply, "/assets/hue/95.css"));
    assert_true(has(&reply, "<html lang=\"en\""));
    assert_true(str_starts(header(&reply, "content-type"), STR("text/html")));
}

static void pages_speak_the_readers_language(void **state)
{
    (void)state;
    struct http_reply reply = get(STR("/desk/tokens"), (const char *[]){"Accept-Language", "it-IT,it;q=0.9", NULL});
    assert_true(has(&reply, "<html lang=\"it\""));
    assert_true(has(&reply, "Chiavi API"));
}

static void every_page_is_guarded(void **state)
{
    (void)state;
    struct http_reply reply = get(STR("/desk/tokens"), NULL);
    struct str csp = header(&reply, "content-security-policy");
    assert_true(str_starts(csp, STR("default-src 'none'; style-src 'self'; script-src 'self';")));
    assert_true(str_find(csp, STR("frame-ancestors 'none'")) > 0);
    assert_true(str_find(csp, STR("unsafe")) < 0);
    assert_true(str_eq(header(&reply, "x-content-type-options"), STR("nosniff")));
    assert_true(str_eq(header(&reply, "referrer-policy"), STR("same-origin")));
    assert_true(str_eq(header(&reply, "cross-origin-opener-policy"), STR("same-origin")));
    assert_true(str_eq(header(&reply, "cache-control"), STR("no-store")));
}

static void the_model_is_the_other_face(void **state)
{
    (void)state;
    const struct {
        const char *path, *accept;
        bool json;
    } asked[] = {
        {"/api/v1/tokens", "*/*", true},
        {"/b/brezza/api/v1/tokens", "*/*", true},
        {"/desk/tokens", "application/json", true},
        {"/desk/tokens", "application/json, text/html", true},
        {"/desk/tokens", "text/html, application/json", false},
        {"/desk/tokens", "*/*", false},
        {"/b/api/desk", "*/*", false},
    };
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        struct http_reply reply = get(str_from(asked[i].path), (const char *[]){"Accept", asked[i].accept, NULL});
        assert_int_equal(str_starts(reply.body, STR("{\"tokens\":[{\"id\":\"3\"")), asked[i].json);
    }
}

static void parts_come_alone(void **state)
{
    (void)state;
    struct http_reply whole = get(STR("/desk/tokens"), (const char *[]){"HX-Request", "true", NULL});
    assert_false(has(&whole, "<!doctype"));
    assert_true(has(&whole, "<main class=\"page\""));
    struct http_reply part = get(STR("/desk/tokens?fragment=csrf"), NULL);
    assert_true(str_starts(part.body, STR("<input type=\"hidden\" name=\"csrf\"")));
    /* a part that the page does not show is not to be had from it */
    struct http_reply other = get(STR("/desk/tokens?fragment=composer"), NULL);
    assert_true(str_starts(other.body, STR("<!doctype html>")));
    struct http_reply odd = get(STR("/desk/tokens?fragment=../layout"), NULL);
    assert_true(str_starts(odd.body, STR("<!doctype html>")));
}

static void errors_say_whose_fault(void **state)
{
    (void)state;
    struct http_reply ours = get(STR("/fails"), NULL);
    assert_int_equal(ours.status, 503);
    assert_true(has(&ours, "The message store does not answer"));
    assert_true(has(&ours, "<code>"));
    assert_false(has(&ours, "/secret/path"));
    struct http_reply theirs = get(STR("/refused"), (const char *[]){"Accept", "application/json", NULL});
    assert_int_equal(theirs.status, 422);
    assert_true(has(&theirs, "\"code\":\"bad_input\""));
    assert_true(has(&theirs, "The name is too long."));
    struct http_reply secret = get(STR("/fails"), (const char *[]){"Accept", "application/json", NULL});
    assert_false(has(&secret, "/secret/path"));
    assert_int_equal(get(STR("/nopage"), NULL).status, 500);
}

static void redirects_keep_the_brand(void **state)
{
    (void)state;
    struct http_reply reply = get(STR("/moved"), NULL);
    assert_int_equal(reply.status, 303);
    assert_true(str_eq(header(&reply, "location"), STR("/b/brezza/desk")));
    struct http_reply json = get(STR("/moved"), (const char *[]){"Accept", "application/json", NULL});
    assert_true(str_eq(json.body, STR("{\"location\":\"/b/brezza/desk\"}")));
}

static void assets_may_be_kept_for_ever(void **state)
{
    (void)state;
    struct str url = assets_url(STR("ascolto.css"));
    assert_true(str_starts(url, STR("/assets/")));
    struct http_reply plain = get(url, NULL);
    assert_int_equal(plain.status, 200);
    assert_true(str_eq(plain.body, assets_bytes(STR("ascolto.css"))));
    assert_true(str_eq(header(&plain, "cache-control"), STR("public, max-age=31536000, immutable")));
    assert_true(str_starts(header(&plain, "content-type"), STR("text/css")));
    struct http_reply packed = get(url, (const char *[]){"Accept-Encoding", "gzip", NULL});
    assert_true(str_eq(header(&packed, "content-encoding"), STR("gzip")) || str_eq(packed.body, plain.body));
    struct http_reply old = get(STR("/assets/0000000000000000/ascolto.css"), NULL);
    assert_int_equal(old.status, 200);
    assert_true(str_eq(header(&old, "cache-control"), STR("no-cache")));
}

static void modules_name_each_other_by_hash(void **state)
{
    (void)state;
    struct str script = assets_bytes(STR("desk.js"));
    assert_true(script.len > 0);
    assert_true(str_find(script, STR("'./")) < 0);
    assert_true(str_find(script, assets_url(STR("live.js"))) > 0);
    assert_true(str_find(assets_bytes(STR("keys.js")), assets_url(STR("palette.js"))) > 0);
}

static void strange_assets_are_refused(void **state)
{
    (void)state;
    static const char *const paths[] = {"/assets/",
                                        "/assets/x",
                                        "/assets/x/none.css",
                                        "/assets/x/../layout.html",
                                        "/assets/hue/360.css",
                                        "/assets/hue/-1.css",
                                        "/assets/hue/9;}.css",
                                        "/assets/hue/95"};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_int_equal(get(str_from(paths[i]), NULL).status, 404);
    struct http_reply hue = get(STR("/assets/hue/95.css"), NULL);
    assert_int_equal(hue.status, 200);
    assert_true(str_eq(hue.body, STR(":root { --hue: 95; }\n")));
    assert_true(str_eq(assets_url(STR("none.css")), STR("/assets/missing")));
}

int web_view_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_html),
        cmocka_unit_test(pages_speak_the_readers_language),
        cmocka_unit_test(every_page_is_guarded),
        cmocka_unit_test(the_model_is_the_other_face),
        cmocka_unit_test(parts_come_alone),
        cmocka_unit_test(errors_say_whose_fault),
        cmocka_unit_test(redirects_keep_the_brand),
        cmocka_unit_test(assets_may_be_kept_for_ever),
        cmocka_unit_test(modules_name_each_other_by_hash),
        cmocka_unit_test(strange_assets_are_refused),
    };
    return cmocka_run_group_tests_name("web/view", tests, set_up, tear_down);
}
