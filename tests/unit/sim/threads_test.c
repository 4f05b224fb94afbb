/* SPDX-License-Identifier: Apache-2.0 */
/* What is special about the simulated Threads: a container is published once, gets old, and counts emoji by their
 * bytes; who names the brand while answering it comes in twice; conversations are listed at any depth. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/url.h"
#include "receiver.h"

int sim_threads_test(void);

#define US "17841500000000218"

static struct json *graph(struct world *w, const char *method, const char *path, const char *body,
                          struct http_reply *reply)
{
    return call(w, SIM_THREADS, method, str_format(w->a, "/v1.0/%s", path), body, reply);
}

static const char *container(struct world *w, struct str to, const char *text)
{
    struct http_reply reply;
    const char *body =
        str_format(w->a, "{\"media_type\":\"TEXT\",\"text\":\"%s\",\"reply_to_id\":\"%.*s\"}", text, STR_ARGS(to))
            .ptr;
    struct json *answer = graph(w, "POST", US "/threads", body, &reply);

    return reply.status == 200 ? str_cstr(w->a, json_id(json_get(answer, "id"))) : NULL;
}

static struct str published(struct world *w, const char *id, int status)
{
    struct http_reply reply;
    struct json *answer =
        graph(w, "POST", US "/threads_publish", str_format(w->a, "{\"creation_id\":\"%s\"}", id).ptr, &reply);

    assert_int_equal(reply.status, status);
    if (status != 200)
        assert_int_equal(json_int(json_path(answer, "error", "error_subcode", NULL), 0), 4279009);
    return json_id(json_get(answer, "id"));
}

static void assert_status(struct world *w, const char *id, const char *status)
{
    struct http_reply reply;

    assert_text(json_get(graph(w, "GET", id, "", &reply), "status"), status);
}

static void a_container_is_published_once(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_THREADS, "marta", "post", STR_EMPTY, "@nuvolamobile ci siete?", "");
    const char *id = container(w, post, "Eccoci");

    assert_non_null(id);
    assert_int_equal(accepted(w, "Eccoci"), 0); /* nobody sees it yet */
    assert_status(w, id, "FINISHED");
    assert_true(published(w, id, 200).len > 0);
    assert_status(w, id, "PUBLISHED");
    published(w, id, 400);
    published(w, "18000000000000000", 400);
    assert_int_equal(accepted(w, "Eccoci"), 1);
    id = container(w, post, "Domani");
    sim_clock_advance(w->sim, 25 * HOUR_US);
    assert_status(w, id, "EXPIRED");
}

static void what_is_too_long_or_answers_nothing(void **state_)
{
    struct world *w = *state_;
    struct str post = act(w, SIM_THREADS, "marta", "post", STR_EMPTY, "@nuvolamobile ci siete?", "");
    struct buf words;
    int i;

    buf_init(&words, w->a, 1100);
    for (i = 0; i < 125; i++)
        buf_cstr(&words, "😀");
    assert_non_null(container(w, post, str_cstr(w->a, buf_view(&words))));
    buf_char(&words, '.');
    assert_null(container(w, post, str_cstr(w->a, buf_view(&words))));
    assert_null(container(w, post, ""));
    act(w, SIM_THREADS, "marta", "delete", post, "", "");
    assert_null(container(w, post, "Eccoci"));
}

static void who_answers_and_names_us_comes_twice(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct json *ours = graph(w, "GET", US "/threads?fields=id", "", &reply);
    struct str post = str_dup(w->a, json_id(json_get(json_at(json_get(ours, "data"), 0), "id"))), first, second;
    const struct json *list;

    first = act(w, SIM_THREADS, "marta", "comment", post, "Non è arrivata", "");
    wait_kept(w, 1);
    assert_text(json_path(hook_json(w, 0), "values", "field", NULL), "replies");
    assert_text(json_path(hook_json(w, 0), "values", "value", "root_post", "id", NULL), str_cstr(w->a, post));
    second = act(w, SIM_THREADS, "davide", "comment", first, "@NuvolaMobile neanche a me", "");
    wait_kept(w, 3);
    assert_text(json_path(hook_json(w, 2), "values", "field", NULL), "mentions");
    list =
        json_get(graph(w, "GET", str_cstr(w->a, str_concat(w->a, post, STR("/conversation"))), "", &reply), "data");
    assert_int_equal(json_count(list), 2);
    assert_text(json_get(json_at(list, 0), "id"), str_cstr(w->a, second)); /* the newest first, at any depth */
    list = json_get(graph(w, "GET", str_cstr(w->a, str_concat(w->a, post, STR("/replies"))), "", &reply), "data");
    assert_int_equal(json_count(list), 1);
    list = json_get(graph(w, "GET", US "/mentions", "", &reply), "data");
    assert_int_equal(json_count(list), 1);
    act(w, SIM_THREADS, "davide", "delete", second, "", "");
    list =
        json_get(graph(w, "GET", str_cstr(w->a, str_concat(w->a, post, STR("/conversation"))), "", &reply), "data");
    assert_int_equal(json_count(list), 1);
    assert_int_equal(kept_count(w), 3); /* of which nobody was told */
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_threads_test(void)
{
    const struct CMUnitTest tests[] = {WORLD(a_container_is_published_once),
                                       WORLD(what_is_too_long_or_answers_nothing),
                                       WORLD(who_answers_and_names_us_comes_twice)};

    return cmocka_run_group_tests_name("sim/threads", tests, NULL, NULL);
}
