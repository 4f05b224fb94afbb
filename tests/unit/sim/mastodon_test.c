/* SPDX-License-Identifier: Apache-2.0 */
/* What is special to the simulated Mastodon: two servers in one, people with clients of their own, blocks of which
 * nobody is told, keys that are taken once, tokens that are given and taken back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "receiver.h"

int sim_mastodon_test(void);

#define MARTA "simulated-mastodon-person-marta"
#define OTHER "simulated-mastodon-person-davide"
#define BRAND "simulated-mastodon-token"
#define MIN   "/api/v1/statuses"

/* Status of the answer; *out is its body. */
static int ask(struct world *w, const char *token, const char *method, const char *path, const char *key,
               const char *body, const struct json **out)
{
    struct str base = sim_base(w->sim, SIM_MASTODON, w->a);
    struct pair headers[] = {{STR("Authorization"), str_format(w->a, "Bearer %s", token)},
                             {STR("Content-Type"), STR("application/json")},
                             {STR("Idempotency-Key"), str_from(key)}};
    struct http_call call = {.method = method,
                             .url = str_format(w->a, "%.*s%s", STR_ARGS(base), path),
                             .headers = {headers, key != NULL ? 3 : 2},
                             .body = str_from(body)};
    struct http_reply reply = {0};

    client_call(w->client, w->a, &call, &reply);
    if (out != NULL)
        *out = json_parse(w->a, reply.body, NULL);
    return reply.status;
}

static struct str says(struct world *w, const char *token, const char *text, const char *more)
{
    const struct json *post;
    struct str body = str_format(w->a, "{\"status\":\"%s\"%s}", text, more);

    assert_int_equal(ask(w, token, "POST", MIN, NULL, str_cstr(w->a, body), &post), 200);
    return json_text(json_get(post, "id"));
}

static int looks(struct world *w, const char *token, struct str id, const struct json **out)
{
    return ask(w, token, "GET", str_format(w->a, MIN "/%.*s", STR_ARGS(id)).ptr, NULL, NULL, out);
}

static size_t hears(struct world *w, const char *token)
{
    const struct json *list;

    assert_int_equal(ask(w, token, "GET", "/api/v1/notifications", NULL, NULL, &list), 200);
    return json_count(list);
}

static struct str acct_of(const struct json *post)
{
    return json_text(json_path(post, "account", "acct", NULL));
}

static void each_sees_the_other_with_its_server(void **state_)
{
    struct world *w = *state_;
    struct str id = says(w, MARTA, "@nuvolamobile@nuvola.example non va", "");
    const struct json *post, *first;

    assert_int_equal(looks(w, BRAND, id, &post), 200);
    assert_true(str_ends(acct_of(post), STR("@piazza.example")));
    first = json_at(json_get(post, "mentions"), 0);
    assert_text(json_get(first, "acct"), "nuvolamobile");
    assert_int_equal(looks(w, MARTA, id, &post), 200);
    assert_int_equal(str_find_char(acct_of(post), '@'), -1);
    assert_text(json_get(json_at(json_get(post, "mentions"), 0), "acct"), "nuvolamobile@nuvola.example");
    assert_int_equal(hears(w, BRAND), 1);
    says(w, MARTA, "oggi piove, e @nuvolamobilex non c'entra", "");
    assert_int_equal(hears(w, BRAND), 1); /* it is not for us */
}

static void what_is_private_is_seen_by_two(void **state_)
{
    struct world *w = *state_;
    struct str id = says(w, MARTA, "@nuvolamobile il mio numero", ",\"visibility\":\"direct\"");
    const struct json *list;

    assert_int_equal(looks(w, BRAND, id, NULL), 200);
    assert_int_equal(looks(w, OTHER, id, NULL), 404);
    assert_int_equal(ask(w, OTHER, "GET", "/api/v1/timelines/public", NULL, NULL, &list), 200);
    for (size_t i = 0; i < json_count(list); i++)
        assert_false(str_eq(json_text(json_get(json_at(list, i), "id")), id));
    assert_int_equal(ask(w, BRAND, "DELETE", str_format(w->a, MIN "/%.*s", STR_ARGS(id)).ptr, NULL, NULL, NULL), 404);
    assert_int_equal(ask(w, MARTA, "DELETE", str_format(w->a, MIN "/%.*s", STR_ARGS(id)).ptr, NULL, NULL, NULL), 200);
    assert_int_equal(looks(w, BRAND, id, NULL), 404);
}

static void nobody_is_told_of_a_block(void **state_)
{
    struct world *w = *state_;
    struct str open = says(w, MARTA, "@nuvolamobile siete pessimi", ""),
               closed = says(w, MARTA, "@nuvolamobile davvero", ",\"visibility\":\"direct\"");
    const struct json *post;

    looks(w, BRAND, open, &post);
    struct str body =
        str_format(w->a, "{\"status\":\"@%.*s scusi\",\"visibility\":\"direct\",\"in_reply_to_id\":\"%.*s\"}",
                   STR_ARGS(acct_of(post)), STR_ARGS(closed));
    act(w, SIM_MASTODON, "marta", "block", STR_EMPTY, "", "");
    assert_int_equal(looks(w, BRAND, open, NULL), 404);
    assert_int_equal(looks(w, BRAND, closed, NULL), 200); /* what named us stays ours to see */
    assert_int_equal(ask(w, BRAND, "POST", MIN, "k1", str_cstr(w->a, body), NULL), 200);
    assert_int_equal(hears(w, MARTA), 0);
    act(w, SIM_MASTODON, "marta", "unblock", STR_EMPTY, "", "");
    assert_int_equal(looks(w, BRAND, open, NULL), 200);
}

static void a_key_is_taken_once(void **state_)
{
    struct world *w = *state_;
    const struct json *first, *again, *other;
    const char *body = "{\"status\":\"Buongiorno a tutti\"}";

    assert_int_equal(ask(w, BRAND, "POST", MIN, "k7", body, &first), 200);
    assert_int_equal(ask(w, BRAND, "POST", MIN, "k7", body, &again), 200);
    assert_int_equal(ask(w, BRAND, "POST", MIN, "k8", body, &other), 200);
    assert_true(str_eq(json_text(json_get(first, "id")), json_text(json_get(again, "id"))));
    assert_false(str_eq(json_text(json_get(first, "id")), json_text(json_get(other, "id"))));
    assert_int_equal(accepted(w, "Buongiorno a tutti"), 2);
}

static void access_is_given_for_a_code_and_taken_back(void **state_)
{
    struct world *w = *state_;
    const struct json *given;
    struct http_call page = {.method = "GET"};
    struct http_reply reply = {0};
    struct str base = sim_base(w->sim, SIM_MASTODON, w->a), body;

    assert_int_equal(ask(w, BRAND, "POST", "/oauth/revoke", NULL, "{\"token\":\"" BRAND "\"}", NULL), 200);
    assert_int_equal(ask(w, BRAND, "GET", "/api/v1/notifications", NULL, NULL, NULL), 401);
    page.url =
        str_format(w->a,
                   "%.*s/oauth/authorize?response_type=code&redirect_uri=urn:ietf:wg:oauth:2.0:oob&code_challenge="
                   "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                   STR_ARGS(base)); /* RFC 7636, appendix B */
    client_call(w->client, w->a, &page, &reply);
    assert_int_equal(reply.status, 200);
    body = str_format(w->a,
                      "{\"grant_type\":\"authorization_code\",\"code\":\"%.*s\",\"code_verifier\":\"%s\","
                      "\"redirect_uri\":\"urn:ietf:wg:oauth:2.0:oob\"}",
                      STR_ARGS(reply.body), "of somebody else");
    assert_int_equal(ask(w, "", "POST", "/oauth/token", NULL, str_cstr(w->a, body), NULL), 400);
    body = str_format(w->a,
                      "{\"grant_type\":\"authorization_code\",\"code\":\"%.*s\",\"code_verifier\":\"%s\","
                      "\"redirect_uri\":\"urn:ietf:wg:oauth:2.0:oob\"}",
                      STR_ARGS(reply.body), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_int_equal(ask(w, "", "POST", "/oauth/token", NULL, str_cstr(w->a, body), &given), 200);
    struct str token = json_text(json_get(given, "access_token"));
    assert_int_equal(ask(w, str_cstr(w->a, token), "GET", "/api/v1/notifications", NULL, NULL, NULL), 200);
    assert_int_equal(ask(w, "", "POST", "/oauth/token", NULL, str_cstr(w->a, body), NULL), 400); /* once */
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_mastodon_test(void)
{
    const struct CMUnitTest tests[] = {WORLD(each_sees_the_other_with_its_server),
                                       WORLD(what_is_private_is_seen_by_two), WORLD(nobody_is_told_of_a_block),
                                       WORLD(a_key_is_taken_once), WORLD(access_is_given_for_a_code_and_taken_back)};

    return cmocka_run_group_tests_name("sim/mastodon", tests, NULL, NULL);
}
