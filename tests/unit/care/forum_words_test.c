/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the community: addresses, names, whom a post calls, what a picture is. */
#include "care/forum_words.h"
#include "house_fixture.h"

int care_forum_words_test(void);

static struct str names[] = {{"sara neri", 9}, {"sara", 4}, {"gino marras", 11}, {"ugo", 3}, {"", 0}};

static size_t named(const char *text, size_t *out)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    return forum_named(a, str_from(text), names, COUNT_OF(names), out);
}

static void titles_become_addresses(void **state)
{
    (void)state;
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    static const struct {
        const char *title, *slug;
    } cases[] = {{"Modem nuovo e stampante: perché?", "modem-nuovo-e-stampante-perche"},
                 {"  ÀÈÌ òù — 5G!  ", "aei-ou-5g"},
                 {"«»…", "topic"},
                 {"", "topic"},
                 {"陈雨 e il router", "e-il-router"},
                 {"../../etc?x=1#a&b", "etc-x-1-a-b"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str slug = forum_slug(a, str_from(cases[i].title));
        assert_string_equal(str_cstr(a, slug), cases[i].slug);
    }
    struct str lengthy = forum_slug(a, STR("una parola dopo l'altra fino a che non ce ne stanno più e ancora altre"));
    assert_true(lengthy.len <= FORUM_SLUG_MAX && lengthy.ptr[lengthy.len - 1] != '-');
}

static void names_are_names(void **state)
{
    (void)state;
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    static const char *const good[] = {"Ilaria Sanna", "Gino", "D’Angelo", "Anna-Maria", "陈雨", "J. R. 7"};
    static const char *const bad[] = {"",      "x",        " . ",          "vinci.example.com", "<b>Gino</b>",
                                      "@gino", "a\nb cde", "gino@post.it", "Gino\u202e"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(forum_name_is_good(a, str_from(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(forum_name_is_good(a, str_from(bad[i])));
}

static void links_are_seen_whatever_they_end_with(void **state)
{
    (void)state;
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    static const char *const links[] = {"vinci.example.com", "https://foto.nessuno/qui", "HTTP://10.0.0.7",
                                        "Vai su WWW.offerta", "ｈｔｔｐｓ：／／foto.nessuno"};
    static const char *const none[] = {"", "Dalle 9.30 in poi", "Il 2.4 e il 5", "http e https sono due cose", "www"};
    for (size_t i = 0; i < COUNT_OF(links); i++)
        assert_true(forum_has_link(a, str_from(links[i])));
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_false(forum_has_link(a, str_from(none[i])));
}

static void the_longest_name_is_called(void **state)
{
    (void)state;
    size_t out[FORUM_NAMED_MAX];
    assert_int_equal(named("Ciao @Sara Neri, grazie", out), 1);
    assert_int_equal(out[0], 0);
    assert_int_equal(named("(@SÀRA!) e @Gino Marras @sara", out), 2);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 2);
    static const char *const none[] = {"",       "@",    "@@",    "sara",  "scrivi a posta@sara.it",
                                       "@Sarah", "@sar", "@Gino", "@ sara"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_int_equal(named(none[i], out), 0);
    assert_int_equal(named("@ugo@ugo @ugo", out), 1);
}

static void pictures_are_what_their_bytes_say(void **state)
{
    (void)state;
    assert_true(str_eq(forum_picture(STR("\x89PNG\r\n\x1a\n....")), STR("image/png")));
    assert_true(str_eq(forum_picture(STR("\xff\xd8\xff\xe0")), STR("image/jpeg")));
    assert_true(str_eq(forum_picture(STR("GIF89a..")), STR("image/gif")));
    assert_true(str_eq(forum_picture(STR("RIFF....WEBPVP8 ")), STR("image/webp")));
    static const char *const no[] = {"", "RIFF....WAVE", "<svg/>", "<html>", "%PDF", "\x89PN", "RIFF...."};
    for (size_t i = 0; i < COUNT_OF(no); i++)
        assert_int_equal(forum_picture(str_from(no[i])).len, 0);
}

int care_forum_words_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_become_addresses),
        cmocka_unit_test(names_are_names),
        cmocka_unit_test(links_are_seen_whatever_they_end_with),
        cmocka_unit_test(the_longest_name_is_called),
        cmocka_unit_test(pictures_are_what_their_bytes_say),
    };
    return cmocka_run_group_tests_name("care/forum_words", tests, NULL, NULL);
}
