/* SPDX-License-Identifier: Apache-2.0 */
/* What is special about the simulated Instagram: the length in bytes, the window and the human's longer one, one
 * private answer to a comment, what is told of what, mentions, and the lists that fill the gaps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "receiver.h"

int sim_instagram_test(void);

#define US "17841400000000218"

static struct json *graph(struct world *w, const char *method, const char *path, const char *body,
                          struct http_reply *reply)
{
    return call(w, SIM_INSTAGRAM, method, str_format(w->a, "/v26.0/%s", path), body, reply);
}

static void assert_refused(struct world *w, const char *path, const char *body, int code, int subcode)
{
    struct http_reply reply;
    const struct json *error = json_get(graph(w, "POST", path, body, &reply), "error");

    if (reply.status < 400 || json_int(json_get(error, "code"), 0) != code ||
        json_int(json_get(error, "error_subcode"), 0) != subcode)
        fail_msg("%s %s is answered %d %.*s", path, body, reply.status, STR_ARGS(reply.body));
}

static struct json *post_at(struct world *w, const char *path, const char *body)
{
    struct http_reply reply;
    struct json *answer = graph(w, "POST", path, body, &reply);

    if (reply.status != 200)
        fail_msg("%s %s is answered %d %.*s", path, body, reply.status, STR_ARGS(reply.body));
    return answer;
}

static const char *id_of(struct world *w, const char *person)
{
    const struct json *people = json_get(state(w), "people");
    size_t n = 0;

    while (!str_eq(json_text(json_get(json_at(people, n), "key")), str_from(person)))
        n++;
    return str_cstr(w->a, json_text(json_get(json_at(people, n), "instagram")));
}

static const char *letter(struct world *w, const char *text, const char *more)
{
    return str_format(w->a, "{\"recipient\":{\"id\":\"%s\"},\"message\":{\"text\":\"%s\"}%s}", id_of(w, "marta"),
                      text, more)
        .ptr;
}

static struct str post_of_ours(struct world *w)
{
    struct http_reply reply;
    struct json *list = graph(w, "GET", US "/media?fields=id", "", &reply);

    return str_dup(w->a, json_text(json_get(json_at(json_get(list, "data"), 0), "id")));
}

static void the_window_closes_and_a_human_has_a_week(void **state_)
{
    struct world *w = *state_;

    assert_refused(w, "me/messages", letter(w, "Buongiorno", ""), 10, 2534022); /* the first word is theirs */
    act(w, SIM_INSTAGRAM, "marta", "message", STR_EMPTY, "Ciao", "");
    post_at(w, "me/messages", letter(w, "Eccomi", ""));
    sim_clock_advance(w->sim, 25 * HOUR_US);
    assert_refused(w, "me/messages", letter(w, "Tardi", ""), 10, 2534022);
    post_at(w, "me/messages", letter(w, "Tardi", ",\"messaging_type\":\"MESSAGE_TAG\",\"tag\":\"HUMAN_AGENT\""));
    sim_clock_advance(w->sim, 6 * DAY_US);
    assert_refused(w, "me/messages",
                   letter(w, "Troppo", ",\"messaging_type\":\"MESSAGE_TAG\",\"tag\":\"HUMAN_AGENT\""), 10, 2534022);
    assert_int_equal(accepted(w, "Tardi"), 1);
}

static void letters_are_counted_in_bytes(void **state_)
{
    struct world *w = *state_;
    struct buf words;
    int i;

    buf_init(&words, w->a, 1100);
    for (i = 0; i < 500; i++)
        buf_cstr(&words, "è");
    act(w, SIM_INSTAGRAM, "marta", "message", STR_EMPTY, "Ciao", "");
    post_at(w, "me/messages", letter(w, str_cstr(w->a, buf_view(&words)), ""));
    buf_char(&words, '.');
    assert_refused(w, "me/messages", letter(w, str_cstr(w->a, buf_view(&words)), ""), 100, 0);
}

static void a_comment_is_answered_in_private_once(void **state_)
{
    struct world *w = *state_;
    struct str post = post_of_ours(w), comment = act(w, SIM_INSTAGRAM, "marta", "comment", post, "Aperti?", "");
    const char *body = str_format(w->a, "{\"recipient\":{\"comment_id\":\"%.*s\"},\"message\":{\"text\":\"Qui\"}}",
                                  STR_ARGS(comment))
                           .ptr;

    post_at(w, "me/messages", body);
    assert_refused(w, "me/messages", body, 100, 2534025);
    assert_int_equal(accepted(w, "Qui"), 1);
    comment = act(w, SIM_INSTAGRAM, "davide", "comment", post, "E domenica?", "");
    sim_clock_advance(w->sim, 7 * DAY_US + HOUR_US);
    assert_refused(w, "me/messages",
                   str_format(w->a, "{\"recipient\":{\"comment_id\":\"%.*s\"},\"message\":{\"text\":\"Tardi\"}}",
                              STR_ARGS(comment))
                       .ptr,
                   10, 2534022);
}

static void nothing_is_told_of_a_comment_taken_away(void **state_)
{
    struct world *w = *state_;
    struct str comment = act(w, SIM_INSTAGRAM, "marta", "comment", post_of_ours(w), "Aperti?", ""), letter_id;

    wait_kept(w, 1);
    act(w, SIM_INSTAGRAM, "marta", "react", comment, "", "");
    act(w, SIM_INSTAGRAM, "marta", "delete", comment, "", "");
    letter_id = act(w, SIM_INSTAGRAM, "marta", "message", STR_EMPTY, "Ciao", "");
    act(w, SIM_INSTAGRAM, "marta", "delete", letter_id, "", "");
    wait_kept(w, 3);
    assert_text(json_path(hook_value(w, 1), "message", "text", NULL), "Ciao");
    assert_true(json_bool(json_path(hook_value(w, 2), "message", "is_deleted", NULL), false));
    assert_text(json_path(hook_value(w, 2), "message", "mid", NULL), str_cstr(w->a, letter_id));
}

static void an_answer_stands_under_the_first_comment(void **state_)
{
    struct world *w = *state_;
    struct str post = post_of_ours(w), comment = act(w, SIM_INSTAGRAM, "marta", "comment", post, "Aperti?", "");
    struct str below = act(w, SIM_INSTAGRAM, "davide", "comment", comment, "Già", "");
    struct http_reply reply;
    const struct json *list, *replies;

    post_at(w, str_cstr(w->a, str_concat(w->a, below, STR("/replies"))), "{\"message\":\"Anche domenica\"}");
    list =
        graph(w, "GET", str_cstr(w->a, str_concat(w->a, post, STR("/comments?fields=id,text,replies%7Bid,text%7D"))),
              "", &reply);
    assert_int_equal(json_count(json_get(list, "data")), 1);
    replies = json_path(json_at(json_get(list, "data"), 0), "replies", "data", NULL);
    assert_int_equal(json_count(replies), 2);
    assert_text(json_get(json_at(replies, 1), "text"), "Anche domenica");
    assert_text(json_path(json_at(replies, 1), "user", "id", NULL), US);
}

static void mentions_are_answered_where_they_stand(void **state_)
{
    struct world *w = *state_;
    struct str media = act(w, SIM_INSTAGRAM, "ngozi", "mention", STR_EMPTY, "Grazie @nuvolamobile", "");

    wait_kept(w, 1);
    assert_text(json_get(hook_value(w, 0), "media_id"), str_cstr(w->a, media));
    post_at(w, US "/mentions",
            str_format(w->a, "{\"media_id\":\"%.*s\",\"message\":\"A lei!\"}", STR_ARGS(media)).ptr);
    assert_int_equal(accepted(w, "A lei!"), 1);
    assert_refused(w, US "/mentions", "{\"media_id\":\"18000000000000000\",\"message\":\"A chi?\"}", 100, 33);
}

#define MENTIONED(what, id, parts)                                                                                   \
    str_cstr(w->a, str_format(w->a, US "?fields=%s(%.*s)%%7B" parts "%%7D", what, STR_ARGS(id)))

/* The webhook names ids; the account's own fields tell the rest, of those who let us. */
static void a_mention_is_told_by_id_and_read_by_fields(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    struct json *said;
    struct str post = act(w, SIM_INSTAGRAM, "ngozi", "mention", STR_EMPTY, "Le mie vacanze", ""), comment;

    act(w, SIM_INSTAGRAM, "marta", "comment", post, "Che bello", ""); /* of no matter to us: nothing is told */
    comment = act(w, SIM_INSTAGRAM, "marta", "comment", post, "Anche con @nuvolamobile?", "");
    wait_kept(w, 1);
    assert_text(json_get(hook_value(w, 0), "media_id"), str_cstr(w->a, post));
    assert_text(json_get(hook_value(w, 0), "comment_id"), str_cstr(w->a, comment));
    assert_null(json_get(hook_value(w, 0), "text"));
    said = graph(w, "GET", MENTIONED("mentioned_comment.comment_id", comment, "id,text,username,media%%7Bid%%7D"), "",
                 &reply);
    assert_text(json_path(said, "mentioned_comment", "text", NULL), "Anche con @nuvolamobile?");
    assert_text(json_path(said, "mentioned_comment", "media", "id", NULL), str_cstr(w->a, post));
    assert_refused(w, MENTIONED("mentioned_media.media_id", post, "id,caption"), "", 100, 33); /* it names nobody */
    post = act(w, SIM_INSTAGRAM, "ngozi", "mention", STR_EMPTY, "Grazie @nuvolamobile", "");
    graph(w, "GET", MENTIONED("mentioned_media.media_id", post, "id,caption,permalink"), "", &reply);
    assert_int_equal(reply.status, 400);
    said = graph(w, "GET", MENTIONED("mentioned_media.media_id", post, "id,caption"), "", &reply);
    assert_text(json_path(said, "mentioned_media", "caption", NULL), "Grazie @nuvolamobile");
    act(w, SIM_INSTAGRAM, "ngozi", "delete", post, "", "");
    graph(w, "GET", MENTIONED("mentioned_media.media_id", post, "id,caption"), "", &reply);
    assert_int_equal(reply.status, 400);
}

static void tokens_are_given_and_renewed(void **state_)
{
    struct world *w = *state_;
    struct http_reply reply;
    const char *code, *form;
    struct json *answer;
    ptrdiff_t at;

    answer = call(w, SIM_INSTAGRAM, "GET", STR("/refresh_access_token?grant_type=ig_refresh_token"), "", &reply);
    assert_int_equal(json_int(json_get(answer, "expires_in"), 0), 5184000);
    call(w, SIM_INSTAGRAM, "GET",
         STR("/oauth/authorize?response_type=code&client_id=1&state=s&redirect_uri=http%3A%2F%2Fa.example%2F"), "",
         &reply);
    assert_int_equal(reply.status, 200);
    at = str_find(reply.body, STR("?code="));
    assert_true(at > 0);
    reply.body = str_slice(reply.body, (size_t)at + 6, reply.body.len);
    code = str_cstr(w->a, str_slice(reply.body, 0, (size_t)str_find_char(reply.body, '&')));
    form = str_format(
               w->a, "{\"grant_type\":\"authorization_code\",\"redirect_uri\":\"http://a.example/\",\"code\":\"%s\"}",
               code)
               .ptr;
    answer = call(w, SIM_INSTAGRAM, "POST", STR("/oauth/access_token"), form, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_text(json_get(answer, "access_token")).len > 0);
    assert_null(json_get(answer, "expires_in")); /* of an hour */
    answer = call(w, SIM_INSTAGRAM, "POST", STR("/oauth/access_token"), form, &reply);
    assert_int_equal(reply.status, 400); /* a code serves once */
    assert_text(json_get(answer, "error_type"), "OAuthException");
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int sim_instagram_test(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(the_window_closes_and_a_human_has_a_week),   WORLD(letters_are_counted_in_bytes),
        WORLD(a_comment_is_answered_in_private_once),      WORLD(nothing_is_told_of_a_comment_taken_away),
        WORLD(an_answer_stands_under_the_first_comment),   WORLD(mentions_are_answered_where_they_stand),
        WORLD(a_mention_is_told_by_id_and_read_by_fields), WORLD(tokens_are_given_and_renewed)};

    return cmocka_run_group_tests_name("sim/instagram", tests, NULL, NULL);
}
