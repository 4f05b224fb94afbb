/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths in every network's unit. X's weights and URLs are also checked against twitter-text's own
 * conformance files, where they are at hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"

int base_length_test(void);

#define FAMILY "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91\xa6"

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

static size_t x_length(struct arena *a, const char *text)
{
    return text_length(a, str_from(text), LENGTH_X_WEIGHTED);
}

static void counts_in_every_unit(void **state)
{
    static const struct {
        const char *text;
        size_t characters, bytes, utf16, graphemes, x, emoji_bytes;
    } cases[] = {
        {"", 0, 0, 0, 0, 0, 0},
        {"ciao", 4, 4, 4, 4, 4, 4},
        {"perch\xc3\xa9", 6, 7, 6, 6, 6, 6},
        {"perche\xcc\x81", 7, 8, 7, 6, 6, 7},
        {"\xe9\x99\x88\xe9\x9b\xa8", 2, 6, 2, 2, 4, 2},
        {"\xf0\x9f\x98\x80", 1, 4, 2, 1, 2, 4},
        {FAMILY, 7, 25, 11, 1, 2, 25},
        {"\xf0\x9f\x87\xae\xf0\x9f\x87\xb9", 2, 8, 4, 1, 2, 8},
        {"1\xef\xb8\x8f\xe2\x83\xa3", 3, 7, 3, 1, 2, 7},
        {"a\xff", 2, 2, 2, 2, 3, 2},
        {"\r\n", 2, 2, 2, 1, 2, 2},
        {"\xe0\xb8\x97\xe0\xb8\xb5\xe0\xb9\x88", 3, 9, 3, 1, 3, 3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str s = str_from(cases[i].text);
        assert_int_equal(text_length(*state, s, LENGTH_CHARACTERS), cases[i].characters);
        assert_int_equal(text_length(*state, s, LENGTH_BYTES), cases[i].bytes);
        assert_int_equal(text_length(*state, s, LENGTH_UTF16), cases[i].utf16);
        assert_int_equal(text_length(*state, s, LENGTH_GRAPHEMES), cases[i].graphemes);
        size_t tens = (cases[i].bytes + 9) / 10;
        assert_int_equal(text_length(*state, s, LENGTH_GRAPHEMES_TEN),
                         cases[i].graphemes > tens ? cases[i].graphemes : tens);
        assert_int_equal(text_length(*state, s, LENGTH_X_WEIGHTED), cases[i].x);
        assert_int_equal(text_length(*state, s, LENGTH_EMOJI_BYTES), cases[i].emoji_bytes);
    }
}

/* n times the sign */
static struct str times(struct arena *a, const char *sign, size_t n)
{
    struct buf b;
    buf_init(&b, a, n * 4 + 1);
    for (size_t i = 0; i < n; i++)
        buf_cstr(&b, sign);
    return buf_view(&b);
}

static void short_messages_are_counted_in_parts(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *sign;
        size_t n, units, parts;
        bool gsm;
    } cases[] = {
        {"", 0, 0, 0, true},       {"a", 160, 160, 1, true},  {"a", 161, 161, 2, true}, {"a", 306, 306, 2, true},
        {"a", 307, 307, 3, true},  {"è", 160, 160, 1, true},  {"€", 80, 160, 1, true},  {"€", 81, 162, 2, true},
        {"€", 152, 304, 2, true}, /* 76 in a part: the escape is not cut from its sign */
        {"€", 153, 306, 3, true},  {"{", 1, 2, 1, true},      {"\n", 1, 1, 1, true},    {"Σ", 160, 160, 1, true},
        {"ç", 70, 70, 1, false}, /* only the capital is of the alphabet */
        {"ç", 71, 71, 2, false},   {"`", 70, 70, 1, false},   {"\t", 1, 1, 1, false},   {"’", 67, 67, 1, false},
        {"’", 134, 134, 2, false}, {"’", 135, 135, 3, false}, {"包", 70, 70, 1, false}, {"😀", 35, 70, 1, false},
        {"😀", 66, 132, 2, false}, /* 33 in a part: its halves stay together */
        {"😀", 67, 134, 3, false},  {"a\xff", 1, 2, 1, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str s = times(a, cases[i].sign, cases[i].n);
        if (text_length(a, s, LENGTH_SMS) != cases[i].units || text_sms_parts(s) != cases[i].parts ||
            text_is_gsm(s) != cases[i].gsm)
            fail_msg("%zu of %s: %zu units, %zu parts", cases[i].n, cases[i].sign, text_length(a, s, LENGTH_SMS),
                     text_sms_parts(s));
    }
    assert_int_equal(text_sms_parts(STR("Perché no? È già l'ora: 5 €")), 1); /* È is not of it */
    assert_false(text_is_gsm(STR("È")));
    assert_true(
        text_is_gsm(STR("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUV"
                        "WXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€")));
}

static void typographic_signs_become_plain(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *typed, *plain;
    } cases[] = {{"", ""},
                 {"L’ora «è» giusta… – sì", "L'ora \"è\" giusta... - sì"},
                 {"È “lui”\u00a0‘qui’", "E' \"lui\" 'qui'"},
                 {"a 😀 ç Zoë", "a 😀 ç Zoë"}, /* what has no plain sign stays */
                 {"a\nb\tc", "a\nb\tc"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (!str_eq(text_sms_plain(a, str_from(cases[i].typed)), str_from(cases[i].plain)))
            fail_msg("%s", cases[i].typed);
    assert_true(text_is_gsm(text_sms_plain(a, STR("Non dirlo a nessuno. Se non l’hai chiesto tu, ignoralo…"))));
}

static void x_counts_emoji_as_two(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 2},                             /* skin tone */
        {"\xf0\x9f\x91\xa8\xf0\x9f\x8f\xbe\xe2\x80\x8d\xf0\x9f\x8e\xa4", 2}, /* skin tone, joined */
        {"\xe2\x98\xba\xef\xb8\x8f", 2},                                     /* emoji style */
        {"\xe2\x98\xba\xef\xb8\x8e", 4},                                     /* text style */
        {"\xc2\xa9", 1},                                                     /* a letter … */
        {"\xc2\xa9\xef\xb8\x8f", 2},                                         /* … or an emoji */
        {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 4},                             /* two */
        {"\xf0\x9f\x98\x80\xe2\x80\x8d", 3},                                 /* a joiner that joins nothing */
        {"\xf0\x9f\x98\x80\xe2\x80\x8d!", 4},
        {"\xf0\x9f\x87\xae\xf0\x9f\x87\xb9\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", 4}, /* two flags */
        {"\xf0\x9f\x87\xae", 2},                                                 /* half a flag */
        {"#\xef\xb8\x8f\xe2\x83\xa3 12", 5},
        {"\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xa5\xf3\xa0\x81\xae\xf3\xa0\x81\xa7"
         "\xf3\xa0\x81\xbf",
         2},                             /* the flag of England */
        {"\xf0\x9f\x98\x80\xcc\x81", 3}, /* an accent belongs to no emoji */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(x_length(*state, cases[i].text), cases[i].length);
}

static const struct {
    const char *text;
    size_t length;
} url_cases[] = {
    {"http://nuvola.example.com/a/very/long/path?with=a&query#and-a-fragment", 23},
    {"HTTPS://Nuvola.IT", 23},
    {"vedi nuvola.it", 5 + 23},
    {"vedi nuvola.it.", 5 + 23 + 1},
    {"(nuvola.it/aiuto)", 1 + 23 + 1},
    {"nuvola.it/aiuto_(it)", 23},
    {"nuvola.it/aiuto_(it(uno)due)x", 23},
    {"nuvola.it/aiuto_(", 23 + 1},
    {"nuvola.it/a/,;.", 23 + 3},
    {"nuvola.it?q=1!", 23 + 1},
    {"nuvola.it:8080/x", 23},
    {"nuvola.it:x", 23 + 2},
    {"anna@nuvola.it", 14},
    {"anna.it@nuvola.it", 17},
    {"@nuvola.it", 10},
    {"#nuvola.it", 10},
    {"$nuvola.it", 10},
    {"-nuvola.it", 10},
    {"_nuvola.it/http://nuvola.it", 27},
    {"nuvola.nosuchdomain", 19},
    {"v1.2.3", 6},
    {"fine.Poi", 8},
    {"nuvola.com-pro", 14},
    {"http://nuvola", 13},
    {"http://", 7},
    {"http://.it", 10},
    {"http://nuvola.xn--p1ai/x", 23},
    {"http://\xd0\xbc\xd0\xb8\xd1\x80.\xd1\x80\xd1\x84/", 23},
    {"foo_bar.nuvola.it", 23},
    {"http://foo_bar.it", 17},
    {"uno-http://nuvola.it", 4 + 23},
    {"unohttp://nuvola.it", 10 + 9},
    {"nuvola.it nuvola.it", 23 + 1 + 23},
    {"nuvola.it,nuvola.it", 23 + 1 + 23},
    {"https://t.co/abc123/xyz", 23 + 4},
    {"https://t.co/aaaaaaaaaabbbbbbbbbbccccccccccddddddddddx", 54},
    {"http://user:pw@nuvola.it", 24},
    {"ftp://nuvola.it", 15},
    {"http://xn--\xc3\xa8.it", 15},
    {"nuvola.\xe3\x81\xbf\xe3\x82\x93\xe3\x81\xaa", 23},
};

static void x_counts_every_url_as_23(void **state)
{
    for (size_t i = 0; i < COUNT_OF(url_cases); i++)
        if (x_length(*state, url_cases[i].text) != url_cases[i].length)
            fail_msg("%s: %zu instead of %zu", url_cases[i].text, x_length(*state, url_cases[i].text),
                     url_cases[i].length);
}

static struct str repeat(struct arena *a, const char *part, size_t bytes)
{
    struct buf b;
    buf_init(&b, a, bytes + 64);
    while (b.len < bytes)
        buf_cstr(&b, part);
    return buf_view(&b);
}

static const char *const tempting[] = {"a",
                                       "a.",
                                       "a_b.c_d.",
                                       "a.co_",
                                       "-a.",
                                       "http://",
                                       "http://a.",
                                       "x.co/(",
                                       "x.co/(a",
                                       "x.co/a(b(",
                                       "a.b-",
                                       "https://a.it/",
                                       "a@b.c_",
                                       ".it",
                                       "(",
                                       "x.co/,,,,",
                                       "t.co/a?",
                                       "x.it?,,,",
                                       "e\xcc\x81\xcc\xa7",
                                       "\xcc\x81\xcc\xa7",
                                       "\xe3\x81\x82",
                                       "\xe3\x81\x82.",
                                       "http://\xe3\x81\x82.",
                                       FAMILY,
                                       "\xf0\x9f\x98\x80\xe2\x80\x8d",
                                       "\xff",
                                       "1\xe2\x83\xa3"};

/* CPU time of this thread: what else the machine does is not counted. */
static int64_t spent(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

/* Every pattern that would tempt a backtracking or rescanning reader, at n and at 4 n: time may grow by 4,
 * not 16. */
static void takes_linear_time(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(tempting); i++) {
        int64_t best[2] = {INT64_MAX, INT64_MAX};
        for (int run = 0; run < 6; run++) {
            struct str s = repeat(a, tempting[i], run % 2 ? 256 << 10 : 64 << 10);
            int64_t begin = spent();
            text_length(a, s, LENGTH_X_WEIGHTED);
            text_length(a, s, LENGTH_GRAPHEMES);
            text_fold(a, s);
            int64_t took = spent() - begin;
            if (took < best[run % 2])
                best[run % 2] = took;
            arena_reset(a);
        }
        if (best[1] > best[0] * 10 + 20000)
            fail_msg("\"%s\" repeated: %d us for 64 KiB, %d us for 256 KiB", tempting[i], (int)best[0], (int)best[1]);
    }
}

/* A very small reader of the conformance files: a text in quotes (JSON's, and \U########) behind a key. */
static struct str unquote(struct arena *a, struct str line)
{
    struct buf b;
    ptrdiff_t from = str_find_char(line, '"');
    if (from < 0)
        return STR_EMPTY;
    struct str quoted = str_trim(str_slice(line, (size_t)from, line.len));
    buf_init(&b, a, quoted.len);
    for (size_t i = 0; i < quoted.len; i++) {
        if (quoted.len - i > 10 && memcmp(quoted.ptr + i, "\\U0000", 6) == 0) {
            buf_cstr(&b, "\\u");
            i += 5;
        } else {
            buf_char(&b, quoted.ptr[i]);
        }
    }
    return json_text(json_parse(a, buf_view(&b), NULL));
}

static struct str conformance_file(struct arena *a, const char *name)
{
    const char *shared = getenv("ASCOLTO_SHARED");
    struct str path = str_format(a, "%s/fixtures/x/twitter-text-conformance/%s", shared ? shared : "../shared", name);
    FILE *f = fopen(path.ptr, "rb");
    if (!f) {
        print_message("skipped: no %s\n", path.ptr);
        skip();
        return STR_EMPTY;
    }
    struct buf b;
    char part[4096];
    size_t len;
    buf_init(&b, a, sizeof(part));
    while ((len = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(&b, part, len);
    fclose(f);
    return buf_view(&b);
}

/* The lines of one section ("  urls:" up to the next line indented by two). */
static struct str section_of(struct str file, const char *name)
{
    struct str rest = file, line, heading = {name, strlen(name)};
    const char *begin = NULL;
    while (str_split(&rest, '\n', &line)) {
        bool is_heading = line.len > 2 && str_starts(line, STR("  ")) && line.ptr[2] != ' ';
        if (begin && is_heading)
            return (struct str){begin, (size_t)(line.ptr - begin)};
        if (is_heading && str_eq(str_slice(line, 2, line.len - 1), heading))
            begin = rest.ptr;
    }
    return begin ? (struct str){begin, (size_t)(file.ptr + file.len - begin)} : STR_EMPTY;
}

static void check_weights(struct arena *a, const char *section, int expected_cases, bool with_emoji)
{
    struct str rest = section_of(conformance_file(a, "conformance__validate.yml"), section), line;
    struct str name = STR_EMPTY, text = STR_EMPTY;
    int cases = 0, wrong = 0;
    while (str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (str_starts(line, STR("- description:")))
            name = unquote(a, line);
        else if (str_starts(line, STR("text:")))
            text = unquote(a, line);
        int64_t expected;
        if (!str_starts(line, STR("weightedLength:")) ||
            !str_int64(str_trim(str_slice(line, 15, line.len)), &expected))
            continue;
        if (!with_emoji && (str_find(name, STR("skin tone")) >= 0 || str_find(name, STR("Count a mix")) >= 0))
            continue;
        int64_t got = (int64_t)text_length(a, text, LENGTH_X_WEIGHTED);
        if (got != expected)
            print_error("%.*s: %d instead of %d\n", STR_ARGS(name), (int)got, (int)expected);
        wrong += got != expected;
        cases++;
    }
    assert_int_equal(wrong, 0);
    if (cases < expected_cases)
        fail_msg("%s: only %d cases found", section, cases);
}

static void x_conformance_weights(void **state)
{
    check_weights(*state, "WeightedTweetsWithDiscountedEmojiCounterTest", 22, true);
    check_weights(*state, "UnicodeDirectionalMarkerCounterTest", 2, true);
    /* This section is of the configuration that counts emoji by code point: those two cases differ. */
    check_weights(*state, "WeightedTweetsCounterTest", 18, false);
}

static size_t plain_weight(struct str s)
{
    size_t weight = 0;
    for (size_t i = 0; i < s.len;) {
        uint32_t c = utf8_next(s, &i);
        weight += c <= 4351 || (c >= 8192 && c <= 8205) || (c >= 8208 && c <= 8223) ? 1 : 2;
    }
    return weight;
}

/* What the text weighs when each expected URL is taken out and counted as 23. */
static size_t weight_with(struct str text, const struct json *urls)
{
    size_t weight = 0;
    for (size_t i = 0; i < json_count(urls); i++) {
        struct str url = json_text(json_at(urls, i));
        ptrdiff_t at = str_find(text, url);
        assert_true(at >= 0);
        weight += plain_weight(str_slice(text, 0, (size_t)at)) + 23;
        text = str_slice(text, (size_t)at + url.len, text.len);
    }
    return weight + plain_weight(text);
}

static int check_url_case(struct arena *a, struct str text, const struct json *urls)
{
    size_t got = text_length(a, text, LENGTH_X_WEIGHTED), expected = weight_with(text, urls);
    if (got != expected)
        print_error("%.*s: %zu instead of %zu (%zu URLs)\n", STR_ARGS(text), got, expected, json_count(urls));
    return got != expected;
}

static void check_urls(struct arena *a, const char *section, int expected_cases)
{
    struct str rest = section_of(conformance_file(a, "conformance__extract.yml"), section), line;
    struct str text = STR_EMPTY;
    struct json *urls = NULL;
    int cases = 0, wrong = 0;
    while (str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (str_starts(line, STR("- description:")) && urls) {
            wrong += check_url_case(a, text, urls);
            cases++;
            urls = NULL;
        } else if (str_starts(line, STR("text:"))) {
            text = unquote(a, line);
        } else if (str_starts(line, STR("expected:"))) {
            urls = json_parse(a, str_slice(line, 9, line.len), NULL);
            urls = urls ? urls : json_array(a);
        } else if (str_starts(line, STR("- url:"))) {
            json_push(a, urls, json_new_str(a, unquote(a, line)));
        }
    }
    wrong += check_url_case(a, text, urls);
    assert_int_equal(wrong, 0);
    if (cases + 1 < expected_cases)
        fail_msg("%s: only %d cases found", section, cases + 1);
}

static void x_conformance_urls(void **state)
{
    check_urls(*state, "urls", 91);
    check_urls(*state, "urls_with_indices", 10);
    check_urls(*state, "urls_with_directional_markers", 2);
    check_urls(*state, "tco_urls_with_params", 5);
}

int base_length_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_in_every_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(short_messages_are_counted_in_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(typographic_signs_become_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(x_counts_emoji_as_two, set_up, tear_down),
        cmocka_unit_test_setup_teardown(x_counts_every_url_as_23, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_linear_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(x_conformance_weights, set_up, tear_down),
        cmocka_unit_test_setup_teardown(x_conformance_urls, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("base/length", tests, NULL, NULL);
}
