/* SPDX-License-Identifier: Apache-2.0 */
/* What people attach is fetched once, from where networks keep it and from nowhere else. */
#include "world.h"

int jobs_media_test(void);

static int world_set_up(void **state)
{
    struct world *w = world_open("Image/PNG; charset=none", "a picture");
    if (!w)
        return -1;
    world_worker(w, &w->jobs.media, "media");
    DO(w->c,
       world_account(tx, w, "facebook", "page_id", http_server_port(w->network.server), &w->c->facebook.row, &e));
    *state = w;
    return 0;
}

static int world_tear_down(void **state)
{
    struct world *w = *state;
    return world_close(w, &w->jobs.media);
}

static void turn(struct world *w)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    media_turn(&w->jobs.media, a);
    lanes_land(&w->jobs.media);
}

/* Somebody sends a picture that lies at url. */
static struct channel_event picture(struct world *w, const char *url)
{
    struct channel_media *media = ARENA_NEW(w->c->arena, struct channel_media);
    *media = (struct channel_media){.kind = MESSAGE_IMAGE, .url = str_from(url), .mime = STR("image/jpeg")};
    struct channel_event event = event_direct(w->c, "71", "");
    event.door = STR("messenger");
    event.message = MESSAGE_IMAGE;
    event.media = media;
    event.media_count = 1;
    return event;
}

static const char *here(struct world *w)
{
    return str_cstr(w->c->arena, str_format(w->c->arena, "http://127.0.0.1:%d/picture?of=modem",
                                            http_server_port(w->network.server)));
}

static int64_t attachments(struct world *w, const char *where)
{
    return number_of(
        w->c, str_cstr(w->c->arena, str_format(w->c->arena, "SELECT count(*) FROM attachment WHERE %s", where)));
}

static void fetched_once_and_kept(void **state)
{
    struct world *w = *state;
    take(w->c, &w->c->facebook, picture(w, here(w)));
    turn(w);
    assert_int_equal(w->network.calls, 1);
    assert_int_equal(attachments(w, "state = 'stored' AND mime = 'image/png' AND size = 9 AND problem = ''"), 1);
    assert_int_equal(number_of(w->c, *w->c->h->database
                                         ? "SELECT count(*) FROM blob WHERE bytes = 'a picture'"
                                         : "SELECT count(*) FROM blob WHERE CAST(bytes AS TEXT) = 'a picture'"),
                     1);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM event WHERE kind = 'message.media'"), 1);
    turn(w);
    assert_int_equal(w->network.calls, 1);
    take(w->c, &w->c->facebook, picture(w, here(w)));
    turn(w);
    assert_int_equal(attachments(w, "state = 'stored'"), 2);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM blob"), 1); /* the same bytes are kept once */
}

static void tried_again_later_and_given_up(void **state)
{
    struct world *w = *state;
    w->network.status = 503;
    take(w->c, &w->c->facebook, picture(w, here(w)));
    turn(w);
    turn(w);
    assert_int_equal(w->network.calls, 1); /* not at once */
    assert_int_equal(attachments(w, "state = 'pending' AND attempts = 1 AND problem LIKE '%503%'"), 1);
    for (int i = 2; i <= 9; i++) {
        tamper(w->c, "UPDATE attachment SET next_at = 1");
        turn(w);
    }
    assert_int_equal(w->network.calls, 6);
    assert_int_equal(attachments(w, "state = 'failed' AND attempts = 6"), 1);
    assert_int_equal(number_of(w->c, "SELECT count(*) FROM blob"), 0);
}

static void what_was_taken_back_is_not_fetched(void **state)
{
    struct world *w = *state;
    struct channel_event event = picture(w, here(w));
    take(w->c, &w->c->facebook, event);
    take(w->c, &w->c->facebook, event_of(w->c, CHANNEL_DELETE, event.external_id));
    turn(w);
    assert_int_equal(w->network.calls, 0);
    assert_int_equal(attachments(w, "state = 'removed' AND url = ''"), 1);
}

static void nothing_of_our_own_is_fetched(void **state)
{
    struct world *w = *state;
    take(w->c, &w->c->facebook,
         picture(w, str_cstr(w->c->arena, str_format(w->c->arena, "http://x@127.0.0.1:%d/metrics",
                                                     http_server_port(w->network.server)))));
    turn(w);
    assert_int_equal(w->network.calls, 0);
    assert_int_equal(attachments(w, "state = 'pending' AND problem LIKE '%not fetched%'"), 1);
}

static void a_file_that_lies_elsewhere_is_followed_once(void **state)
{
    struct world *w = *state;
    w->network.points_to = here(w);
    take(w->c, &w->c->facebook, picture(w, here(w)));
    turn(w);
    assert_int_equal(w->network.calls, 2);
    assert_int_equal(attachments(w, "state = 'stored' AND mime = 'image/png' AND size = 9"), 1);
}

static void nobody_is_led_to_where_nothing_is_fetched(void **state)
{
    struct world *w = *state;
    static const char *const nowhere[] = {"http://127.0.0.1:1/metrics", "http://169.254.169.254/latest",
                                          "file:///etc/x", "/picture", ""};
    for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
        w->network.calls = 0;
        w->network.points_to = nowhere[i];
        take(w->c, &w->c->facebook, picture(w, here(w)));
        turn(w);
        assert_int_equal(w->network.calls, 1);
    }
    assert_int_equal(attachments(w, "state = 'pending' AND problem LIKE '%not fetched%'"), COUNT_OF(nowhere));
}

/* An account that asks for a file by its id (WhatsApp: where it is, WeChat: the file itself). */
static void an_answer_that_is_no_json_is_the_file(void **state)
{
    struct world *w = *state;
    struct channel_event event = picture(w, "");
    event.media->media_id = STR("M-1");
    int port = http_server_port(w->network.server);
    DO(w->c, world_account(tx, w, "whatsapp", "phone_number_id", port, &w->c->whatsapp.row, &e));
    event.door = STR("whatsapp");
    take(w->c, &w->c->whatsapp, event);
    turn(w);
    assert_int_equal(w->network.calls, 1);
    assert_int_equal(attachments(w, "state = 'stored' AND mime = 'image/png' AND size = 9"), 1);
}

static void addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"https://scontent.xx.fbcdn.net/v/t1.0-9/1.jpg?oh=1",
                                       "https://pbs.twimg.com/media/a.jpg", "https://3d.example:8443/x",
                                       "http://4cdn.example.", "https://1c.de/#127.0.0.1"};
    static const char *const bad[] = {"",
                                      "127.0.0.1/x",
                                      "http://",
                                      "http:///etc/passwd",
                                      "http://127.0.0.1/x",
                                      "http://127.1/",
                                      "http://10.0.0.7:80/",
                                      "http://2130706433/",
                                      "http://0x7f000001/",
                                      "http://0X7F.1/",
                                      "http://127.0.0.0x1/",
                                      "http://169.254.169.254/latest",
                                      "http://[::1]/",
                                      "http://[fe80::1%25eth0]/",
                                      "http://localhost/",
                                      "http://localhost:8080/",
                                      "http://127.0.0.1./",
                                      "http://good.example@127.0.0.1/",
                                      "http://127.0.0.1?x.example/",
                                      "http://127.0.0.1#x.example/",
                                      "http://a@b.example/",
                                      "http://127.0.0.1\\x.example/",
                                      "http://.example/"};
    struct str base = STR("https://graph.facebook.com"), simulated = STR("http://127.0.0.1:4471/graph");
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!media_address_allowed(str_from(good[i]), base))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (media_address_allowed(str_from(bad[i]), base) || media_address_allowed(str_from(bad[i]), STR_EMPTY))
            fail_msg("%s is fetched", bad[i]);
    assert_true(media_address_allowed(STR("http://127.0.0.1:4471/media/7"), simulated));
    assert_false(media_address_allowed(STR("http://127.0.0.1:8080/metrics"), simulated));
    assert_false(media_address_allowed(STR("http://127.0.0.1:4471@127.0.0.1:8080/"), simulated));
}

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int jobs_media_test(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(fetched_once_and_kept),
        WORLD_TEST(tried_again_later_and_given_up),
        WORLD_TEST(what_was_taken_back_is_not_fetched),
        WORLD_TEST(nothing_of_our_own_is_fetched),
        WORLD_TEST(a_file_that_lies_elsewhere_is_followed_once),
        WORLD_TEST(nobody_is_led_to_where_nothing_is_fetched),
        WORLD_TEST(an_answer_that_is_no_json_is_the_file),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests_name("jobs/media", tests, NULL, NULL);
}
