/* SPDX-License-Identifier: Apache-2.0 */
/* Unicode: good and bad UTF-8, the search key, cutting and initials. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/unicode.h"

int base_unicode_test(void);

#define BAD "\xef\xbf\xbd"

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

static void assert_str(struct str got, const char *expected)
{
    if (got.len != strlen(expected) || memcmp(got.ptr ? got.ptr : "", expected, got.len) != 0)
        fail_msg("got \"%.*s\", expected \"%s\"", STR_ARGS(got), expected);
}

/* Every sequence of bytes (all of one to three, and samples of four) against utf8proc's opinion. */
static void knows_good_bytes_from_bad(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 1 << 24; n += n < 1 << 16 ? 1 : 7) {
        char bytes[4] = {(char)(n & 0xff), (char)(n >> 8 & 0xff), (char)(n >> 16), (char)(0x80 | (n >> 3 & 0x3f))};
        for (size_t len = 1; len <= 4; len++) {
            utf8proc_int32_t c;
            bool expected = true;
            for (size_t i = 0; i < len && expected;) {
                utf8proc_ssize_t step =
                    utf8proc_iterate((const utf8proc_uint8_t *)bytes + i, (utf8proc_ssize_t)(len - i), &c);
                expected = step > 0;
                i += expected ? (size_t)step : 1;
            }
            if (utf8_valid((struct str){bytes, len}) != expected)
                fail_msg("%06x (%zu)", n, len);
        }
    }
}

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (int32_t c = 0; c < 0x110000; c++) {
        if (c == 0xd800)
            c = 0xe000;
        char bytes[8];
        size_t i = 0, len = (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)bytes);
        struct str s = {bytes, len};
        assert_true(utf8_valid(s));
        assert_int_equal(utf8_next(s, &i), c);
        assert_int_equal(i, len);
    }
}

static void finds_bad_bytes_at_any_offset(void **state)
{
    (void)state;
    char text[64];
    for (size_t len = 1; len < sizeof(text); len++)
        for (size_t at = 0; at < len; at++) {
            memset(text, 'x', sizeof(text));
            assert_true(utf8_valid((struct str){text, len}));
            text[at] = '\xc3'; /* cut off by what follows, or by the end */
            assert_false(utf8_valid((struct str){text, len}));
        }
    assert_true(utf8_valid(STR_EMPTY));
    assert_true(utf8_valid(STR("\0")));
}

/* One U+FFFD for each longest beginning of a sequence, as browsers do. */
static void cleans(void **state)
{
    static const struct {
        const char *dirty, *clean;
    } cases[] = {
        {"\xff", BAD},
        {"a\x80z", "a" BAD "z"},
        {"\xc3", BAD},
        {"\xc0\xaf", BAD BAD},
        {"\xe2\x82", BAD},
        {"\xe2\x82z", BAD "z"},
        {"\xf0\x9f\x98", BAD},
        {"\xf0\x9f\x98z", BAD "z"},
        {"\xf0\x9f", BAD},
        {"\xf0\x80\x80\x80", BAD BAD BAD BAD},
        {"\xed\xa0\x80", BAD BAD BAD},
        {"\xf4\x90\x80\x80", BAD BAD BAD BAD},
        {"\xf1\x80\x80\xe1\x80\xc2\x62", BAD BAD BAD "b"},
        {"\xe2\xe2\x82\xac", BAD "\xe2\x82\xac"},
        {"\xc3\xa8 caff\xe8", "\xc3\xa8 caff" BAD},
    };
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(text_clean(a, str_from(cases[i].dirty)), cases[i].clean);
    assert_str(text_clean(a, STR("\0a\0\0b\0")), "ab");
    assert_str(text_clean(a, STR("\0")), "");
    assert_str(text_clean(a, STR("a\0\xff\0z")), "a" BAD "z");
    struct str good = STR("perch\xc3\xa9");
    assert_ptr_equal(text_clean(a, good).ptr, good.ptr);
    assert_int_equal(text_clean(a, STR_EMPTY).len, 0);
}

static void cleans_any_noise(void **state)
{
    struct arena *a = *state;
    for (int i = 0; i < 2000; i++) {
        size_t len = (size_t)i % 200;
        char *noise = arena_alloc(a, len);
        random_bytes(noise, len);
        struct str clean = text_clean(a, (struct str){noise, len});
        assert_true(utf8_valid(clean));
        assert_int_equal(str_find_char(clean, '\0'), -1);
        struct str folded = text_fold(a, (struct str){noise, len});
        assert_true(utf8_valid(folded));
        text_shorten(a, (struct str){noise, len}, len / 3);
        text_initials(a, (struct str){noise, len});
        arena_reset(a);
    }
}

static void folds(void **state)
{
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"", ""},
        {"Ciao MONDO 42!", "ciao mondo 42!"},
        {"Perché", "perche"},
        {"PERCHE\xcc\x81", "perche"},
        {"Straße", "strasse"},
        {"ÅÇÑÖ", "acno"},
        {"İstanbul", "istanbul"},
        {"ΑΘΉΝΑΣ", "αθηνασ"},
        {"ς", "σ"},
        {"Ёлка", "елка"},
        {"ﬁne", "fine"},
        {"①２", "12"},
        {"ＡＢＣ", "abc"},
        {"ﾊﾟ", "パ"},
        {"ガ", "ガ"},
        {"カ\xe3\x82\x99", "ガ"},
        {"한글", "한글"},
        {"陈雨", "陈雨"},
        {"مُحَمَّد", "محمد"},
        {"किताब", "किताब"},
        {"สวัสดี", "สวัสดี"},
        {"so\xc2\xad\xe2\x80\x8b"
         "ft",
         "soft"},
        {"\xff", BAD},
    };
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(text_fold(a, str_from(cases[i].text)), cases[i].key);
    assert_str(text_fold(a, STR("A\0b")), "ab");
}

/* A key of a key is the key itself, for every code point. */
static void folding_twice_changes_nothing(void **state)
{
    struct arena *a = *state;
    int unlike = 0;
    for (int32_t c = 1; c < 0x30000; c++) {
        char bytes[8];
        if (c == 0xd800)
            c = 0xe000;
        size_t len = (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)bytes);
        struct str once = text_fold(a, (struct str){bytes, len}), twice = text_fold(a, once);
        if (!str_eq(once, twice)) {
            print_error("U+%04X\n", (unsigned)c);
            unlike++;
        }
        arena_reset(a);
    }
    assert_int_equal(unlike, 0);
}

static void composes(void **state)
{
    struct arena *a = *state;
    assert_str(text_nfc(a, STR("perche\xcc\x81")), "perché");
    assert_str(text_nfc(a, STR("q\xcc\x87\xcc\xa3")), "q\xcc\xa3\xcc\x87");
    assert_str(text_nfc(a, STR("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab")), "한");
    assert_str(text_nfc(a, STR("\xe2\x84\xab")), "Å");
    assert_str(text_nfc(a, STR("ﬁ")), "ﬁ");
    assert_str(text_nfc(a, STR_EMPTY), "");
    struct str plain = STR("perché no");
    assert_ptr_equal(text_nfc(a, plain).ptr, plain.ptr);
}

/* Long and short piles of marks, against utf8proc's own ordering. */
static void orders_marks_as_utf8proc_does(void **state)
{
    static const char *const marks[] = {"\xcc\x81", "\xcc\xa3", "\xcc\x9b", "\xcd\x85",
                                        "\xcc\xb4", "\xcc\x87", "\xcd\xa1"};
    struct arena *a = *state;
    for (size_t count = 0; count < 60; count++)
        for (size_t seed = 0; seed < 20; seed++) {
            struct buf b;
            buf_init(&b, a, 256);
            buf_cstr(&b, "a");
            for (size_t i = 0; i < count; i++)
                buf_cstr(&b, marks[(i * i + seed * i + seed) % COUNT_OF(marks)]);
            buf_cstr(&b, "e\xcc\xa3\xcc\x81z");
            utf8proc_uint8_t *expected = utf8proc_NFC((const utf8proc_uint8_t *)buf_view(&b).ptr);
            arena_defer(a, free, expected);
            assert_str(text_nfc(a, buf_view(&b)), (const char *)expected);
        }
}

static void shortens_between_graphemes(void **state)
{
    struct arena *a = *state;
    assert_str(text_shorten(a, STR("ciao"), 4), "ciao");
    assert_str(text_shorten(a, STR("ciao"), 10), "ciao");
    assert_str(text_shorten(a, STR("ciao"), 3), "cia…");
    assert_str(text_shorten(a, STR("ciao"), 0), "…");
    assert_str(text_shorten(a, STR_EMPTY, 0), "");
    assert_str(text_shorten(a, STR("buon giorno"), 5), "buon…");
    assert_str(text_shorten(a, STR("perche\xcc\x81 no"), 6), "perch…");
    assert_str(text_shorten(a, STR("perche\xcc\x81 no"), 7), "perche\xcc\x81…");
    assert_str(text_shorten(a, STR("a👨‍👩‍👧‍👦b"), 5), "a…");
    assert_str(text_shorten(a, STR("a👨‍👩‍👧‍👦b"), 8), "a👨‍👩‍👧‍👦…");
    assert_str(text_shorten(a, STR("🇮🇹🇫🇷🇩🇪"), 3), "🇮🇹…");
    assert_str(text_shorten(a, STR("🇮🇹🇫🇷🇩🇪"), 4), "🇮🇹🇫🇷…");
    assert_str(text_shorten(a, STR("\r\nx"), 1), "…");
    assert_str(text_shorten(a,
                            STR("ab\xff"
                                "cd"),
                            3),
               "ab" BAD "…");
    struct str same = STR("ciao");
    assert_ptr_equal(text_shorten(a, same, 4).ptr, same.ptr);
}

static void initials(void **state)
{
    static const struct {
        const char *name, *initials;
    } cases[] = {
        {"Marta Bellucci", "MB"},
        {"marta", "M"},
        {"  anna  maria   de santis ", "AS"},
        {"陈雨", "陈"},
        {"김 민준", "김"},
        {"さくら 山田", "さ"},
        {"e\xcc\x81lodie durand", "ÉD"},
        {"@marta_b", "MB"},
        {"Jean-Luc", "JL"},
        {"D'Angelo", "D"},
        {"🌸 Giulia 🌸 Neri ✨", "GN"},
        {"иван петров", "ИП"},
        {"محمد علي", "مع"},
        {"+39 333 1234567", "3"},
        {"🌸", "🌸"},
        {"", ""},
        {"   ", ""},
        {"R2D2", "R"},
        {"J.R.R. Tolkien", "JT"},
        {"\xff", BAD},
    };
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(text_initials(a, str_from(cases[i].name)), cases[i].initials);
    assert_str(text_initials(a, STR_EMPTY), "");
}

int base_unicode_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_good_bytes_from_bad, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_code_point_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_bad_bytes_at_any_offset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cleans, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cleans_any_noise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folding_twice_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(composes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(orders_marks_as_utf8proc_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shortens_between_graphemes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(initials, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("base/unicode", tests, NULL, NULL);
}
