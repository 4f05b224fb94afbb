/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is accepted and refused, what readers give for every kind of value, and that writing and reading
 * are each other's reverse. The public JSON test suite runs too, where it is at hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

int base_json_test(void);

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

static struct json *parse(struct arena *a, const char *text)
{
    struct error e = {0};
    struct json *j = json_parse(a, str_from(text), &e);
    if (!j)
        print_message("%s: %s\n", text, e.message);
    return j;
}

static void assert_str(struct str got, const char *expected)
{
    if (got.len != strlen(expected) || memcmp(got.ptr ? got.ptr : "", expected, got.len) != 0)
        fail_msg("got \"%.*s\", expected \"%s\"", STR_ARGS(got), expected);
}

static void assert_refused(struct arena *a, struct str text, const char *words)
{
    struct error e = {0};
    if (json_parse(a, text, &e))
        fail_msg("accepted: %.*s", STR_ARGS(text));
    assert_int_equal(e.code, ERR_MALFORMED);
    if (!strstr(e.message, words))
        fail_msg("%.*s: \"%s\" does not say \"%s\"", STR_ARGS(text), e.message, words);
}

static void reads_every_type(void **state)
{
    struct arena *a = *state;
    struct json *j = parse(a, " { \"s\" : \"ciao\" , \"n\":-12.5e1, \"t\":true,\"f\":false,\"z\":null,"
                              "\"a\":[1,[2],{}],\"o\":{\"k\":\"v\"},\"\":\"empty key\"}\r\n\t ");
    assert_non_null(j);
    assert_int_equal(json_count(j), 8);
    assert_str(json_text(json_get(j, "s")), "ciao");
    assert_true(json_real(json_get(j, "n"), 0) < -124.9 && json_real(json_get(j, "n"), 0) > -125.1);
    assert_int_equal(json_int(json_get(j, "n"), 0), -125);
    assert_true(json_bool(json_get(j, "t"), false));
    assert_false(json_bool(json_get(j, "f"), true));
    assert_true(json_is(json_get(j, "z"), JSON_NULL));
    assert_int_equal(json_count(json_get(j, "a")), 3);
    assert_int_equal(json_int(json_at(json_at(json_get(j, "a"), 1), 0), 0), 2);
    assert_true(json_is(json_at(json_get(j, "a"), 2), JSON_OBJECT));
    assert_null(json_at(json_get(j, "a"), 3));
    assert_str(json_text(json_path(j, "o", "k", NULL)), "v");
    assert_str(json_text(json_get(j, "")), "empty key");
}

static void readers_accept_null_and_other_types(void **state)
{
    struct arena *a = *state;
    struct json *j = parse(a, "{\"a\":[1],\"s\":\"x\",\"n\":1,\"b\":true}");
    assert_null(json_get(NULL, "a"));
    assert_null(json_get(json_get(j, "a"), "a"));
    assert_null(json_path(j, "a", "b", "c", NULL));
    assert_null(json_path(NULL, "a", NULL));
    assert_ptr_equal(json_path(j, NULL), j);
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_count(json_get(j, "s")), 0);
    assert_null(json_at(NULL, 0));
    assert_null(json_at(j, 0));
    assert_int_equal(json_text(NULL).len, 0);
    assert_int_equal(json_text(json_get(j, "n")).len, 0);
    assert_int_equal(json_id(json_get(j, "b")).len, 0);
    assert_int_equal(json_id(NULL).len, 0);
    assert_int_equal(json_int(NULL, -7), -7);
    assert_int_equal(json_int(json_get(j, "s"), -7), -7);
    assert_true(json_real(json_get(j, "s"), 2.5) > 2.4);
    assert_true(json_bool(json_get(j, "n"), true));
    assert_false(json_is(NULL, JSON_NULL));
}

static void ids_and_numbers_stay_exact(void **state)
{
    struct arena *a = *state;
    struct json *j = parse(a, "[9223372036854775807,-9223372036854775808,9223372036854775808,\"12\",1e3,12.0,12.5,"
                              "18446744073709551615,-0,1e400,0.1]");
    assert_int_equal(json_int(json_at(j, 0), 0), INT64_MAX);
    assert_int_equal(json_int(json_at(j, 1), 0), INT64_MIN);
    assert_int_equal(json_int(json_at(j, 2), 5), 5);
    assert_str(json_id(json_at(j, 2)), "9223372036854775808");
    assert_int_equal(json_int(json_at(j, 3), 0), 12);
    assert_str(json_id(json_at(j, 3)), "12");
    assert_int_equal(json_int(json_at(j, 4), 0), 1000);
    assert_int_equal(json_int(json_at(j, 5), 0), 12);
    assert_int_equal(json_int(json_at(j, 6), 3), 3);
    assert_str(json_id(json_at(j, 7)), "18446744073709551615");
    assert_int_equal(json_int(json_at(j, 8), 3), 0);
    assert_true(json_real(json_at(j, 9), -1) < 0);
    assert_true(json_real(json_at(j, 10), 0) > 0.09);
    assert_str(json_to_str(a, j),
               "[9223372036854775807,-9223372036854775808,9223372036854775808,\"12\",1e3,12.0,12.5,"
               "18446744073709551615,-0,1e400,0.1]");
}

static void unescapes_strings(void **state)
{
    struct arena *a = *state;
    struct json *j =
        parse(a, "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"a long plain beginning \\u00e8 and a long end\","
                 "\"\\ud83d\\ude00\",\"\\ud83d\",\"\\ude00x\",\"\\ud83d\\ud83d\\ude00\",\"\\uD83D\\u0041\","
                 "\"a\\u0000b\",\"perch\xc3\xa9\",\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"]");
    assert_str(json_text(json_at(j, 0)), "\"\\/\b\f\n\r\t");
    assert_str(json_text(json_at(j, 1)), "a long plain beginning \xc3\xa8 and a long end");
    assert_str(json_text(json_at(j, 2)), "\xf0\x9f\x98\x80");
    assert_str(json_text(json_at(j, 3)), "\xef\xbf\xbd");
    assert_str(json_text(json_at(j, 4)), "\xef\xbf\xbdx");
    assert_str(json_text(json_at(j, 5)), "\xef\xbf\xbd\xf0\x9f\x98\x80");
    assert_str(json_text(json_at(j, 6)), "\xef\xbf\xbd"
                                         "A");
    assert_int_equal(json_text(json_at(j, 7)).len, 3);
    assert_memory_equal(json_text(json_at(j, 7)).ptr, "a\0b", 3);
    assert_str(json_text(json_at(j, 8)), "perch\xc3\xa9");
    assert_str(json_text(json_at(j, 9)), "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
}

static void strings_of_every_length_and_offset(void **state)
{
    struct arena *a = *state;
    char text[200], expected[200];
    for (size_t len = 0; len < 40; len++)
        for (size_t at = 0; at <= len; at++) {
            memset(expected, 'x', sizeof(expected));
            snprintf(text, sizeof(text), "[\"%.*s\\n%.*s\"]", (int)at, expected, (int)(len - at), expected);
            expected[at] = '\n';
            expected[len + 1] = '\0';
            struct json *j = parse(a, text);
            assert_non_null(j);
            assert_str(json_text(json_at(j, 0)), expected);
            arena_reset(a);
        }
}

static void keeps_nothing_of_the_callers_text(void **state)
{
    struct arena *a = *state;
    char text[] = "{\"key\":\"value\",\"n\":12}";
    struct json *j = json_parse(a, str_from(text), NULL);
    memset(text, 'x', sizeof(text) - 1);
    assert_str(json_text(json_get(j, "key")), "value");
    assert_int_equal(json_int(json_get(j, "n"), 0), 12);
}

static const char *const not_json[] = {"",
                                       " ",
                                       "{",
                                       "}",
                                       "[",
                                       "]",
                                       "[1",
                                       "[1,",
                                       "[1,]",
                                       "[,1]",
                                       "{\"a\"",
                                       "{\"a\":",
                                       "{\"a\":1",
                                       "{\"a\":1,",
                                       "{\"a\":1,}",
                                       "{a:1}",
                                       "{1:1}",
                                       "{,}",
                                       "[1 2]",
                                       "nul",
                                       "nulll",
                                       "True",
                                       "tru",
                                       "truefalse",
                                       "01",
                                       "-",
                                       "+1",
                                       ".5",
                                       "1.",
                                       "1e",
                                       "1e+",
                                       "1.e5",
                                       "-01",
                                       "0x10",
                                       "NaN",
                                       "Infinity",
                                       "\"",
                                       "\"a",
                                       "'a'",
                                       "\"\\x\"",
                                       "\"\\u12\"",
                                       "\"\\u12g4\"",
                                       "\"\\\"",
                                       "\"\\",
                                       "[1]]",
                                       "{}{}",
                                       "1 2",
                                       "\"a\" b",
                                       "[1;2]",
                                       "//c\n1",
                                       "\"\t\"",
                                       "\"a\nb\"",
                                       "{\"a\" 1}",
                                       "[\"a\":1]",
                                       "\v1",
                                       "\xc2\xa0"
                                       "1",
                                       "-\"a\"",
                                       "[-]",
                                       "--1",
                                       "1-"};

static void refuses_what_is_not_json(void **state)
{
    for (size_t i = 0; i < COUNT_OF(not_json); i++) {
        assert_refused(*state, str_from(not_json[i]), "Not JSON at byte");
        arena_reset(*state);
    }
}

static void says_what_is_wrong_and_where(void **state)
{
    struct arena *a = *state;
    assert_refused(a, STR("[1,2"), "byte 4: the text ends too early");
    assert_refused(a, STR("[1 2]"), "byte 3: comma or closing bracket expected");
    assert_refused(a, STR("\"abc"), "byte 4: the string does not end");
    assert_refused(a, STR("\"a\nc\""), "byte 2: raw control character");
    assert_refused(a, STR("\"a\0c\""), "byte 2: raw control character");
    assert_refused(a, STR("{} x"), "byte 3: text behind the end");
    assert_refused(a, STR("{}\0"), "byte 2: text behind the end");
    assert_refused(a, STR("\"\\q\""), "unknown escape");
    assert_refused(a, STR("\"\\u00\""), "four hexadecimal digits");
    assert_refused(a, STR("{\"a\" 1}"), "colon expected");
    assert_null(json_parse(a, STR("x"), NULL));
}

static void refuses_bad_utf8(void **state)
{
    static const char *const bad[] = {
        "\x80", "\xc3",     "\xc0\x80",     "\xe0\x80\x80", "\xed\xa0\x80",    "\xf5\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xff", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",        "\xf0\x80\x80\x80"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[64];
        snprintf(text, sizeof(text), "[\"some words before %s\"]", bad[i]);
        assert_refused(*state, str_from(text), "not UTF-8");
        snprintf(text, sizeof(text), "\"%s", bad[i]);
        assert_refused(*state, str_from(text), "");
    }
    assert_non_null(parse(*state, "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\""));
}

static void skips_one_byte_order_mark(void **state)
{
    assert_non_null(parse(*state, "\xef\xbb\xbf{\"a\":1}"));
    assert_refused(*state, STR("\xef\xbb\xbf\xef\xbb\xbf{}"), "byte 3");
    assert_refused(*state, STR("\xef\xbb\xbf"), "too early");
}

static struct str nested(struct arena *a, size_t depth, bool closed)
{
    struct buf text;
    buf_init(&text, a, depth * 2);
    for (size_t i = 0; i < depth; i++)
        buf_cstr(&text, i % 2 ? "{\"a\":" : "[");
    buf_cstr(&text, "1");
    for (size_t i = depth; closed && i > 0; i--)
        buf_char(&text, (i - 1) % 2 ? '}' : ']');
    return buf_view(&text);
}

static void limits_depth(void **state)
{
    struct arena *a = *state;
    assert_non_null(json_parse(a, nested(a, JSON_DEPTH, true), NULL));
    assert_refused(a, nested(a, JSON_DEPTH + 1, true), "nested too deeply");
    assert_refused(a, nested(a, 1000000, false), "nested too deeply");
    /* Depth counts what is open, not what was. */
    struct buf flat;
    buf_init(&flat, a, 4096);
    buf_char(&flat, '[');
    for (int i = 0; i < 1000; i++)
        buf_cstr(&flat, i ? ",[[]]" : "[[]]");
    buf_char(&flat, ']');
    struct json *j = json_parse(a, buf_view(&flat), NULL);
    assert_int_equal(json_count(j), 1000);
}

static void last_duplicate_wins(void **state)
{
    struct arena *a = *state;
    struct json *j = parse(a, "{\"a\":1,\"b\":2,\"a\":3}");
    assert_int_equal(json_count(j), 2);
    assert_int_equal(json_int(json_get(j, "a"), 0), 3);
    assert_str(json_to_str(a, j), "{\"a\":3,\"b\":2}");
    struct buf text;
    buf_init(&text, a, 1 << 20);
    for (int i = 0; i < 60000; i++)
        buf_format(&text, "%s\"k%d\":%d", i ? "," : "{", i % 20000, i);
    buf_char(&text, '}');
    j = json_parse(a, buf_view(&text), NULL);
    assert_int_equal(json_count(j), 20000);
    assert_int_equal(json_int(json_get(j, "k0"), 0), 40000);
    assert_int_equal(json_int(json_get(j, "k19999"), 0), 59999);
}

static void builds_and_replaces(void **state)
{
    struct arena *a = *state;
    struct json *j = json_object(a), *list = json_array(a);
    json_set_str(a, j, "s", STR("x"));
    json_set_int(a, j, "n", INT64_MIN);
    json_set_id(a, j, "id", 9007199254740993);
    json_set_id(a, j, "none", 0);
    json_set_bool(a, j, "b", true);
    json_set(a, j, "list", list);
    json_set(a, j, "nothing", NULL);
    for (int i = 0; i < 20; i++)
        json_push(a, list, json_new_int(a, i));
    json_push(a, list, NULL);
    json_push(a, list, json_new_real(a, 0.1));
    json_push(a, list, json_new_real(a, -1.0 / 0.0));
    json_push(a, list, json_new_bool(a, false));
    json_set_str(a, j, "s", STR("y"));
    assert_int_equal(json_count(j), 7);
    assert_str(json_to_str(a, j),
               "{\"s\":\"y\",\"n\":-9223372036854775808,\"id\":\"9007199254740993\",\"none\":null,"
               "\"b\":true,\"list\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,null,0.1,null,"
               "false],\"nothing\":null}");
}

static void ids_and_times_keep_what_they_are(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct json *object = json_object(a);
    const int64_t numbers[] = {1, -1, 10, INT64_MAX, INT64_MIN, 1795267800123456};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        json_set_int(a, object, "n", numbers[i]);
        assert_true(json_is(json_get(object, "n"), JSON_NUMBER));
        assert_true(json_int(json_get(object, "n"), 0) == numbers[i]);
        json_set_id(a, object, "n", numbers[i]);
        assert_true(json_is(json_get(object, "n"), JSON_STRING));
        assert_true(json_int(json_get(object, "n"), 0) == numbers[i]);
    }
    json_set_id(a, object, "n", 0);
    json_set_time(a, object, "never", 0);
    json_set_time(a, object, "then", 1795267800123456);
    assert_true(json_is(json_get(object, "n"), JSON_NULL) && json_is(json_get(object, "never"), JSON_NULL));
    const struct json *then = json_get(object, "then");
    assert_true(then->is_time && then->at == 1795267800123456 && !json_get(object, "n")->is_time);
    assert_int_equal(json_count(then), 0);
    assert_str(json_to_str(a, object), "{\"n\":null,\"never\":null,\"then\":\"2026-11-21T13:30:00.123456Z\"}");
    arena_free(a);
}

static void members_may_be_added_to_what_was_read(void **state)
{
    struct arena *a = *state;
    struct json *j = parse(a, "{\"a\":1,\"l\":[1,2]}");
    json_set_int(a, j, "b", 2);
    json_set_int(a, j, "a", 0);
    struct json *empty = parse(a, "{}");
    json_set_bool(a, empty, "x", true);
    assert_str(json_to_str(a, j), "{\"a\":0,\"l\":[1,2],\"b\":2}");
    assert_str(json_to_str(a, empty), "{\"x\":true}");
}

/* More names than there are bits: each is found, what is not there is not, built or parsed. */
static void finds_each_of_many_names(void **state)
{
    struct arena *a = *state;
    struct json *built = json_object(a);
    for (int i = 0; i < 200; i++) {
        struct str key = str_format(a, "%c%d%c", 'a' + i % 26, i, 'z' - i % 7);
        assert_null(json_get_str(built, key));
        json_put(a, built, key, json_new_int(a, i));
        json_put(a, built, str_dup(a, key), json_new_int(a, i)); /* once more: it takes the place */
        assert_int_equal(json_count(built), i + 1);
    }
    const struct json *parsed = json_parse(a, json_to_str(a, built), NULL);
    for (int i = 0; i < 200; i++) {
        struct str key = str_format(a, "%c%d%c", 'a' + i % 26, i, 'z' - i % 7);
        assert_int_equal(json_int(json_get_str(built, key), -1), i);
        assert_int_equal(json_int(json_get_str(parsed, key), -1), i);
        assert_null(json_get_str(built, str_format(a, "%c%d%c", 'a' + i % 26, i + 1000, 'z' - i % 7)));
    }
    json_put(a, built, STR_EMPTY, json_new_bool(a, true));
    assert_true(json_bool(json_get(built, ""), false));
}

static void trusted_html_is_marked(void **state)
{
    struct arena *a = *state;
    struct json *j = json_object(a);
    json_set_html(a, j, "h", STR("<b>x</b>"));
    json_set_str(a, j, "s", STR("<b>x</b>"));
    assert_true(json_get(j, "h")->is_html);
    assert_false(json_get(j, "s")->is_html);
    assert_false(json_get(parse(a, "{\"h\":\"<b>\"}"), "h")->is_html);
}

static void writes_safely_for_pages(void **state)
{
    struct arena *a = *state;
    assert_str(json_to_str(a, json_new_str(a, STR("</script><!-- <b> a/b"))),
               "\"\\u003c/script>\\u003c!-- <b> a/b\"");
    assert_str(json_to_str(a, json_new_str(a, STR("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa6"))),
               "\"\\u2028\\u2029\xe2\x80\xa6\"");
    assert_str(json_to_str(a, json_new_str(a, STR("\0\x01\x1f\x7f\b\f\n\r\t\"\\/"))),
               "\"\\u0000\\u0001\\u001f\x7f\\b\\f\\n\\r\\t\\\"\\\\/\"");
    assert_str(json_to_str(a, json_new_str(a, STR("a\xff\xe2\x82z\xc3"))),
               "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\"");
    assert_str(json_to_str(a, json_new_str(a, STR_EMPTY)), "\"\"");
    assert_str(json_to_str(a, NULL), "null");
}

static void reals_come_back(void **state)
{
    struct arena *a = *state;
    static const double reals[] = {0.1, 1.0 / 3, 1e300, -2.5e-300, 5e-324, 123456789.123456789, 0, -0.0};
    for (size_t i = 0; i < COUNT_OF(reals); i++) {
        struct json *back = json_parse(a, json_to_str(a, json_new_real(a, reals[i])), NULL);
        double value = json_real(back, 99);
        assert_memory_equal(&value, &reals[i], sizeof(value));
    }
}

static void large_texts(void **state)
{
    struct arena *a = *state;
    struct buf text;
    buf_init(&text, a, 3 << 20);
    buf_char(&text, '[');
    for (int i = 0; i < 100000; i++)
        buf_format(&text, "%s{\"id\":%d,\"t\":\"caff\xc3\xa8 \\u00e8\"}", i ? "," : "", i);
    buf_char(&text, ']');
    struct json *j = json_parse(a, buf_view(&text), NULL);
    assert_int_equal(json_count(j), 100000);
    assert_int_equal(json_int(json_get(json_at(j, 99999), "id"), 0), 99999);
    struct str once = json_to_str(a, j);
    struct str twice = json_to_str(a, json_parse(a, once, NULL));
    assert_true(str_eq(once, twice));
}

static bool read_whole(struct arena *a, const char *path, struct str *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    struct buf b;
    char part[4096];
    size_t len;
    buf_init(&b, a, sizeof(part));
    while ((len = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(&b, part, len);
    fclose(f);
    *out = buf_view(&b);
    return true;
}

/* y_… must be accepted, n_… refused, i_… is free; what is accepted must survive writing and reading. */
static int check_suite_file(struct arena *a, const char *folder, const char *name)
{
    struct str text;
    assert_true(read_whole(a, str_format(a, "%s/%s", folder, name).ptr, &text));
    struct error e = {0};
    struct json *j = json_parse(a, text, &e);
    if ((name[0] == 'y' && !j) || (name[0] == 'n' && j)) {
        print_error("%s: %s\n", name, j ? "accepted" : e.message);
        return 1;
    }
    if (!j)
        return 0;
    struct str once = json_to_str(a, j);
    struct json *again = json_parse(a, once, &e);
    return again && str_eq(once, json_to_str(a, again)) ? 0 : 1;
}

static void json_test_suite(void **state)
{
    struct arena *a = *state;
    const char *shared = getenv("ASCOLTO_SHARED");
    char folder[512];
    snprintf(folder, sizeof(folder), "%s/fixtures/_malformed/jsontestsuite/test_parsing",
             shared ? shared : "../shared");
    DIR *d = opendir(folder);
    if (!d) {
        print_message("skipped: no %s\n", folder);
        skip();
    }
    int files = 0, wrong = 0;
    for (struct dirent *f; (f = readdir(d));) {
        if (!strstr(f->d_name, ".json"))
            continue;
        files++;
        wrong += check_suite_file(a, folder, f->d_name);
        arena_reset(a);
    }
    closedir(d);
    assert_true(files > 100);
    assert_int_equal(wrong, 0);
}

int base_json_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_every_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_accept_null_and_other_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_and_numbers_stay_exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unescapes_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strings_of_every_length_and_offset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_nothing_of_the_callers_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_and_where, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_bad_utf8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(skips_one_byte_order_mark, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(last_duplicate_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(builds_and_replaces, set_up, tear_down),
        cmocka_unit_test(ids_and_times_keep_what_they_are),
        cmocka_unit_test_setup_teardown(members_may_be_added_to_what_was_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_each_of_many_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trusted_html_is_marked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_safely_for_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reals_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_test_suite, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
