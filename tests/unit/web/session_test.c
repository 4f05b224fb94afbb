/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes in and what they may: sessions, tokens, roles, foreign forms. Over a real server, without a browser. */
#include "../care/house_fixture.h"

#include "base/buf.h"
#include "net/client.h"
#include "net/http.h"
#include "net/pool.h"
#include "net/ratelimit.h"
#include "web/feed.h"
#include "web/presence.h"
#include "web/router.h"
#include "web/session.h"

int web_session_test(void);

struct desk {
    struct care *c;
    struct app app;
    struct client *client;
};

static bool password_set(struct tx *tx, struct care *c, struct error *e)
{
    struct agent agent;
    return agent_by_id(tx, tx_arena(tx), c->brand, c->h->marta.agent_id, &agent, e) &&
           password_hash(c->arena, STR("una lunga parola"), &agent.password, e) && agent_update(tx, &agent, e);
}

static bool session_make(struct tx *tx, struct care *c, const struct actor *who, const char *token, struct error *e)
{
    struct session session = {.brand_id = c->brand,
                              .agent_id = who->agent_id,
                              .hash = session_token_hash(c->arena, str_from(token)),
                              .csrf = STR("right"),
                              .created_at = tx_now(tx),
                              .seen_at = tx_now(tx)};
    return session_add(tx, &session, e);
}

static int desk_set_up(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    void *care = NULL;
    struct error why = {0};
    if (!d || care_set_up(&care) != 0)
        return -1;
    setenv("ASCOLTO_FAST_PASSWORDS", "1", 1);
    d->c = care;
    struct http_config config = http_config_default;
    config.address = "127.0.0.1";
    config.port = 0;
    config.stay_ms = 60000; /* also where the machine has much else to do */
    d->app = (struct app){.house = d->c->h->house,
                          .workers = pool_open(2, 64),
                          .doors = pool_open(1, 64),
                          .presence = presence_new(),
                          .addresses = ratelimit_new(60, 60, 100),
                          .sign_ins = ratelimit_new(3, 60, 100),
                          .api_calls = ratelimit_new(50, 60, 100),
                          .started_at = clock_now()};
    d->app.feed = feed_open(d->c->h->house, &why);
    d->client = client_open(&why);
    if (!view_open(&why) || !router_check(&why) || !d->app.feed || !d->client)
        fail_msg("%s", why.message);
    d->app.server = http_server_open(&config, web_handle, &d->app, &why);
    assert_non_null(d->app.server);
    DO(d->c, password_set(tx, d->c, &e) && session_make(tx, d->c, &d->c->h->marta, "marta", &e) &&
                 session_make(tx, d->c, &d->c->h->reader, "reader", &e));
    *state = d;
    return 0;
}

static int desk_tear_down(void **state)
{
    struct desk *d = *state;
    void *care = d->c;
    client_close(d->client);
    http_server_drain(d->app.server, 1);
    pool_close(d->app.doors);
    pool_close(d->app.workers);
    http_server_close(d->app.server);
    feed_close(d->app.feed);
    presence_free(d->app.presence);
    ratelimit_free(d->app.addresses);
    ratelimit_free(d->app.sign_ins);
    ratelimit_free(d->app.api_calls);
    int code = care_tear_down(&care);
    free(d);
    return code;
}

/* ---- asking ---- */

struct ask {
    const char *method, *path;
    const char *cookie; /* the session's token */
    const char *bearer;
    const char *body, *type;
    const char *header, *value; /* one more */
};

static struct http_reply answer_to(struct desk *d, struct ask ask)
{
    struct arena *a = d->c->arena;
    struct pair headers[5];
    struct http_reply reply = {0};
    struct http_call call = {.method = ask.method ? ask.method : "GET",
                             .url = str_format(a, "http://127.0.0.1:%d%s", http_server_port(d->app.server), ask.path),
                             .headers = {headers, 0},
                             .body = str_from(ask.body)};
    if (ask.cookie)
        headers[call.headers.count++] =
            (struct pair){STR("Cookie"), str_format(a, "ascolto_%lld=%s", (long long)d->c->brand, ask.cookie)};
    if (ask.bearer)
        headers[call.headers.count++] = (struct pair){STR("Authorization"), str_format(a, "Bearer %s", ask.bearer)};
    if (ask.body)
        headers[call.headers.count++] =
            (struct pair){STR("Content-Type"), str_from(ask.type ? ask.type : "application/x-www-form-urlencoded")};
    if (ask.header)
        headers[call.headers.count++] = (struct pair){str_from(ask.header), str_from(ask.value)};
    client_call(d->client, a, &call, &reply);
    return reply;
}

static int status_of(struct desk *d, struct ask ask)
{
    return answer_to(d, ask).status;
}

/* The token in the cookie that the answer sets; NULL: none, or an empty one. */
static const char *cookie_of(struct desk *d, const struct http_reply *reply)
{
    struct str name = str_format(d->c->arena, "ascolto_%lld=", (long long)d->c->brand);
    for (size_t i = 0; i < reply->headers.count; i++) {
        struct str value = reply->headers.items[i].value, token;
        if (!str_eq(reply->headers.items[i].name, STR("set-cookie")) || !str_starts(value, name))
            continue;
        value = str_slice(value, name.len, value.len);
        if (str_split(&value, ';', &token) && token.len)
            return str_cstr(d->c->arena, token);
    }
    return NULL;
}

/* ---- the tests ---- */

static void strangers_are_sent_to_the_door(void **state)
{
    struct desk *d = *state;
    struct http_reply reply = answer_to(d, (struct ask){.path = "/desk?view=mine"});
    assert_int_equal(reply.status, 303);
    assert_str(pairs_get(&reply.headers, STR("location")), "/desk/sign-in?next=%2Fdesk%3Fview%3Dmine");
    assert_int_equal(status_of(d, (struct ask){.path = "/api/v1/conversations"}), 401);
    assert_int_equal(status_of(d, (struct ask){.method = "POST", .path = "/desk/sign-out", .body = ""}), 401);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = "made-up"}), 303);
    assert_int_equal(status_of(d, (struct ask){.path = "/no/such/page"}), 404);
    assert_int_equal(status_of(d, (struct ask){.method = "DELETE", .path = "/desk/sign-in"}), 405);
    assert_int_equal(status_of(d, (struct ask){.path = "/b/nobody/desk"}), 404);
    assert_int_equal(status_of(d, (struct ask){.path = "/b/nuvola/desk/sign-in"}), 200);
}

static void in_with_the_password_and_out_again(void **state)
{
    struct desk *d = *state;
    struct ask in = {.method = "POST", .path = "/desk/sign-in", .body = "user=marta@nuvola.example&password=wrong"};
    assert_int_equal(status_of(d, in), 422);
    in.body = "user=MARTA@nuvola.example&password=una+lunga+parola&next=%2F%2Fevil.example%2F";
    struct http_reply reply = answer_to(d, in);
    assert_int_equal(reply.status, 303);
    assert_str(pairs_get(&reply.headers, STR("location")), "/desk"); /* never to another site */
    const char *token = cookie_of(d, &reply);
    assert_non_null(token);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = token}), 200);
    /* the database knows no token, only its hash */
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM session WHERE hash = '%s'", token);
    assert_int_equal(number_of(d->c, sql), 0);
    struct ask out = {.method = "POST", .path = "/desk/sign-out", .cookie = token, .body = "csrf=wrong"};
    assert_int_equal(status_of(d, out), 403);
    out.body = str_cstr(d->c->arena, str_format(d->c->arena, "csrf=%s", "right"));
    out.cookie = "marta";
    assert_int_equal(status_of(d, out), 303);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = "marta"}), 303);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = token}), 200);
}

static void guessing_takes_time(void **state)
{
    struct desk *d = *state;
    struct ask in = {.method = "POST", .path = "/desk/sign-in", .body = "user=marta@nuvola.example&password=x"};
    for (int i = 0; i < 3; i++)
        assert_int_equal(status_of(d, in), 422);
    struct http_reply reply = answer_to(d, in);
    assert_int_equal(reply.status, 429);
    assert_true(pairs_get(&reply.headers, STR("retry-after")).len > 0);
    in.body = "user=marta@nuvola.example&password=una+lunga+parola"; /* nor does the right one help now */
    assert_int_equal(status_of(d, in), 429);
}

static void a_foreign_form_changes_nothing(void **state)
{
    struct desk *d = *state;
    int64_t id = message_now(d->c, hear(d->c, "1", "Non va")).conversation_id;
    const char *path = str_cstr(d->c->arena, str_format(d->c->arena, "/desk/c/%lld/need", (long long)id));
    struct ask ask = {.method = "POST", .path = path, .cookie = "marta", .body = "need=Vuole+la+linea"};
    assert_int_equal(status_of(d, ask), 403);
    ask.body = "need=Vuole+la+linea&csrf=right";
    ask.header = "Sec-Fetch-Site";
    ask.value = "cross-site";
    assert_int_equal(status_of(d, ask), 403);
    ask.value = "same-site"; /* another host of the same domain is another site to us */
    assert_int_equal(status_of(d, ask), 403);
    ask.header = "Origin";
    ask.value = "https://evil.example";
    assert_int_equal(status_of(d, ask), 403);
    assert_str(conversation_now(d->c, id).need, "");
    ask.header = "Sec-Fetch-Site";
    ask.value = "same-origin";
    int status = status_of(d, ask);
    assert_true(status == 303 || status == 200);
    assert_str(conversation_now(d->c, id).need, "Vuole la linea");
}

static void a_role_opens_its_own_doors(void **state)
{
    struct desk *d = *state;
    int64_t id = message_now(d->c, hear(d->c, "1", "Non va")).conversation_id;
    const char *path = str_cstr(d->c->arena, str_format(d->c->arena, "/desk/c/%lld/need", (long long)id));
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = "reader"}), 200);
    struct ask change = {.method = "POST", .path = path, .cookie = "reader", .body = "need=x&csrf=right"};
    assert_int_equal(status_of(d, change), 403);
    /* every route of an administrator is shut to an agent, whatever it does */
    for (const struct route *const *table = router_all(); *table; table++)
        for (const struct route *route = *table; route->path; route++) {
            if (route->permission < PERM_LEAD || strpbrk(route->path, ":*") || route->method != HTTP_GET)
                continue;
            int status = status_of(d, (struct ask){.path = route->path, .cookie = "marta"});
            if (status != 403)
                fail_msg("%s is open to an agent: %d", route->path, status);
        }
}

static bool token_make(struct tx *tx, struct care *c, const char *text, int64_t *id, struct error *e)
{
    struct token token = {.brand_id = c->brand,
                          .id = *id = id_new(),
                          .name = STR("crm"),
                          .hash = session_token_hash(c->arena, str_from(text)),
                          .role = ROLE_AGENT,
                          .created_by = c->h->marta.agent_id,
                          .created_at = tx_now(tx)};
    return token_add(tx, &token, e);
}

static void a_token_prepares_and_never_sends(void **state)
{
    struct desk *d = *state;
    int64_t token, id = message_now(d->c, hear(d->c, "1", "Non va")).conversation_id;
    DO(d->c, token_make(tx, d->c, "tok", &token, &e));
    listen_to(d->c, id);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .bearer = "tok"}), 403);
    assert_int_equal(status_of(d, (struct ask){.path = "/api/v1/conversations", .bearer = "tok"}), 200);
    assert_int_equal(status_of(d, (struct ask){.path = "/api/v1/conversations", .bearer = "kot"}), 401);
    struct ask reply = {
        .method = "POST",
        .path = str_cstr(d->c->arena, str_format(d->c->arena, "/api/v1/conversations/%lld/replies", (long long)id)),
        .bearer = "tok",
        .type = "application/json",
        .body = str_cstr(d->c->arena,
                         str_format(d->c->arena, "{\"text\":\"Ciao\",\"door\":\"whatsapp\",\"channel\":\"%lld\"}",
                                    (long long)d->c->whatsapp.row.id))};
    assert_int_equal(status_of(d, reply), 403);
    /* a stolen cookie beside the token does not help: who asks by token is the token */
    reply.cookie = "marta";
    assert_int_equal(status_of(d, reply), 403);
    assert_int_equal(number_of(d->c, "SELECT count(*) FROM outbox"), 0);
    DO(d->c, token_revoke(tx, d->c->brand, token, tx_now(tx), &e));
    assert_int_equal(status_of(d, (struct ask){.path = "/api/v1/conversations", .bearer = "tok"}), 401);
}

/* How many pages the loop answered itself. */
static int stayed(struct desk *d, struct ask ask, int status)
{
    uint64_t before = http_server_stats(d->app.server).stayed;
    assert_int_equal(status_of(d, ask), status);
    return (int)(http_server_stats(d->app.server).stayed - before);
}

static bool ask_colleague(struct tx *tx, struct care *c, int64_t conversation, struct error *e)
{
    return mention_add(tx, c->brand, c->h->marta.agent_id, id_new(), conversation, c->h->reader.agent_id, tx_now(tx),
                       e);
}

static void quick_pages_need_no_worker(void **state)
{
    struct desk *d = *state;
    int here = db_reads_here(d->c->h->house->db); /* on a server's database nothing stays */
    int64_t id = message_now(d->c, hear(d->c, "1", "Non va")).conversation_id;
    const char *story = str_cstr(d->c->arena, str_format(d->c->arena, "/desk/c/%lld", (long long)id));
    assert_int_equal(stayed(d, (struct ask){.path = "/desk", .cookie = "marta"}, 200), here);
    assert_int_equal(stayed(d, (struct ask){.path = story, .cookie = "marta"}, 200), here);
    assert_int_equal(stayed(d, (struct ask){.path = "/desk?fragment=list", .cookie = "marta"}, 200), here);
    assert_int_equal(stayed(d, (struct ask){.method = "HEAD", .path = "/desk", .cookie = "marta"}, 200), here);
    assert_int_equal(stayed(d, (struct ask){.path = "/desk"}, 303), here); /* refusals are as quick */
    assert_int_equal(stayed(d, (struct ask){.path = "/desk/c/7", .cookie = "marta"}, 404), here);
    assert_int_equal(stayed(d, (struct ask){.path = "/b/nobody/desk", .cookie = "marta"}, 404), here);
    /* what looks for something, other pages, and what shows a toast and takes it away */
    assert_int_equal(stayed(d, (struct ask){.path = "/desk?tab=all&label=3", .cookie = "marta"}, 200), 0);
    assert_int_equal(stayed(d, (struct ask){.path = "/desk/labels", .cookie = "marta"}, 200), 0);
    assert_int_equal(stayed(d, (struct ask){.path = "/desk/search?q=va", .cookie = "marta"}, 200), 0);
    assert_int_equal(stayed(d, (struct ask){.path = "/no/such/page", .cookie = "marta"}, 404), 0);
    struct ask toast = {.path = "/desk", .header = "Cookie", .value = "ascolto_toast=7b7d"};
    assert_int_equal(stayed(d, toast, 303), 0);
    assert_int_equal(stayed(d, (struct ask){.method = "POST", .path = "/desk", .cookie = "marta"}, 405), 0);
    /* a page that writes: a worker shows it, and has written */
    tamper(d->c, "UPDATE session SET seen_at = seen_at - 600000000"); /* ten minutes */
    assert_int_equal(stayed(d, (struct ask){.path = "/desk", .cookie = "marta"}, 200), 0);
    assert_int_equal(stayed(d, (struct ask){.path = "/desk", .cookie = "marta"}, 200), here);
    DO(d->c, ask_colleague(tx, d->c, id, &e));
    assert_int_equal(stayed(d, (struct ask){.path = story, .cookie = "marta"}, 200), 0);
    assert_int_equal(stayed(d, (struct ask){.path = story, .cookie = "marta"}, 200), here);
}

static void a_session_gets_a_fresh_token(void **state)
{
    struct desk *d = *state;
    struct ask desk = {.path = "/desk", .cookie = "marta"};
    struct http_reply reply = answer_to(d, desk);
    assert_null(cookie_of(d, &reply));                                        /* not yet */
    tamper(d->c, "UPDATE session SET created_at = created_at - 46800000000"); /* 13 hours */
    reply = answer_to(d, desk);
    const char *fresh = cookie_of(d, &reply);
    assert_non_null(fresh);
    assert_string_not_equal(fresh, "marta");
    reply = answer_to(d, desk); /* a request that was under way */
    assert_int_equal(reply.status, 200);
    assert_null(cookie_of(d, &reply));
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = fresh}), 200);
    assert_int_equal(status_of(d, desk), 200);
    tamper(d->c, "UPDATE session SET rotated_at = rotated_at - 120000000, confirmed_at = confirmed_at - 120000000 "
                 "WHERE rotated_at > 0");
    assert_int_equal(status_of(d, desk), 303);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = fresh}), 200);
}

static void a_fresh_token_may_be_lost_on_its_way(void **state)
{
    struct desk *d = *state;
    struct ask desk = {.path = "/desk", .cookie = "marta"};
    tamper(d->c, "UPDATE session SET created_at = created_at - 46800000000");
    struct http_reply reply = answer_to(d, desk);
    const char *lost = cookie_of(d, &reply);
    assert_non_null(lost);
    tamper(d->c, "UPDATE session SET rotated_at = rotated_at - 120000000 WHERE rotated_at > 0");
    reply = answer_to(d, (struct ask){.method = "POST",
                                      .path = "/desk/sign-out",
                                      .cookie = "marta",
                                      .body = "csrf=wrong",
                                      .type = "application/x-www-form-urlencoded"});
    assert_int_equal(reply.status, 403); /* known, and it is no moment for a new one */
    assert_null(cookie_of(d, &reply));
    reply = answer_to(d, desk);
    assert_int_equal(reply.status, 200);
    const char *second = cookie_of(d, &reply);
    assert_non_null(second);
    assert_string_not_equal(second, lost);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = lost}), 303);
    assert_int_equal(status_of(d, desk), 200);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = second}), 200);
    tamper(d->c, "UPDATE session SET rotated_at = rotated_at - 120000000, confirmed_at = confirmed_at - 120000000 "
                 "WHERE rotated_at > 0");
    assert_int_equal(status_of(d, desk), 303); /* it came to use: the one before ends */
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = second}), 200);
    assert_int_equal(number_of(d->c, "SELECT count(*) FROM session WHERE csrf = 'right'"), 2);
}

/* Whichever of the two is in hand. */
static void leaving_ends_both_tokens(void **state)
{
    struct desk *d = *state;
    for (int previous = 0; previous < 2; previous++) {
        DO(d->c, session_make(tx, d->c, &d->c->h->marta, previous ? "third" : "second", &e));
        struct ask desk = {.path = "/desk", .cookie = previous ? "third" : "second"};
        tamper(d->c, "UPDATE session SET created_at = created_at - 46800000000");
        struct http_reply reply = answer_to(d, desk);
        const char *fresh = cookie_of(d, &reply);
        assert_non_null(fresh);
        assert_int_equal(status_of(d, (struct ask){.method = "POST",
                                                   .path = "/desk/sign-out",
                                                   .cookie = previous ? desk.cookie : fresh,
                                                   .body = "csrf=right",
                                                   .type = "application/x-www-form-urlencoded"}),
                         303);
        assert_int_equal(status_of(d, desk), 303);
        assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = fresh}), 303);
    }
}

static void idle_or_gone_is_out(void **state)
{
    struct desk *d = *state;
    tamper(d->c, "UPDATE session SET seen_at = seen_at - 15 * 86400000000");
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = "marta"}), 303);
    tamper(d->c, "UPDATE session SET seen_at = seen_at + 15 * 86400000000; UPDATE agent SET removed_at = 1");
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = "marta"}), 303);
}

static void too_many_calls_are_told_to_wait(void **state)
{
    struct desk *d = *state;
    int status = 0, calls = 0;
    for (; calls < 60 && status != 429; calls++)
        status = status_of(d, (struct ask){.path = "/api/v1/conversations", .cookie = "marta"});
    assert_int_equal(status, 429);
    assert_true(calls > 40);
    assert_int_equal(status_of(d, (struct ask){.path = "/desk", .cookie = "marta"}), 200); /* people are not */
}

/* The agent was read when the request began; a lead changes the role before the new password is written. */
static void a_new_password_leaves_the_role_alone(void **state)
{
    struct desk *d = *state;
    struct care *c = d->c;
    struct error here = {0};
    struct visit v = {.app = &d->app, .arena = c->arena, .session_hash = session_token_hash(c->arena, STR("marta"))};
    struct agent now;
    v.brand.id = c->brand;
    DO(c, agent_by_id(tx, c->arena, c->brand, c->h->marta.agent_id, &v.agent, &e));
    tamper(c, "UPDATE agent SET role = 'read-only', name = 'Marta Sposata'");
    assert_true(session_change_password(&v, STR("una lunga parola"), STR("un'altra lunga parola"), &here));
    DO(c, agent_by_id(tx, c->arena, c->brand, c->h->marta.agent_id, &now, &e));
    assert_int_equal(now.role, ROLE_READ_ONLY);
    assert_str(now.name, "Marta Sposata");
    struct ask in = {.method = "POST",
                     .path = "/desk/sign-in",
                     .body = "user=marta@nuvola.example&password=un%27altra+lunga+parola"};
    assert_int_equal(status_of(d, in), 303);
    in.body = "user=marta@nuvola.example&password=una+lunga+parola";
    assert_int_not_equal(status_of(d, in), 303);
}

#define DESK_TEST(function) cmocka_unit_test_setup_teardown(function, desk_set_up, desk_tear_down)

int web_session_test(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(strangers_are_sent_to_the_door),
        DESK_TEST(in_with_the_password_and_out_again),
        DESK_TEST(a_new_password_leaves_the_role_alone),
        DESK_TEST(guessing_takes_time),
        DESK_TEST(a_foreign_form_changes_nothing),
        DESK_TEST(a_role_opens_its_own_doors),
        DESK_TEST(a_token_prepares_and_never_sends),
        DESK_TEST(quick_pages_need_no_worker),
        DESK_TEST(a_session_gets_a_fresh_token),
        DESK_TEST(a_fresh_token_may_be_lost_on_its_way),
        DESK_TEST(leaving_ends_both_tokens),
        DESK_TEST(idle_or_gone_is_out),
        DESK_TEST(too_many_calls_are_told_to_wait),
    };
    return cmocka_run_group_tests_name("web/session", tests, NULL, NULL);
}
