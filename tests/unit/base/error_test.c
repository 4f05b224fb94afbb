/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: one line that fits, and a status for every code. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/unicode.h"

int base_error_test(void);

static bool refuse(struct error *e, const char *words)
{
    return (fail)(e, ERR_NOT_FOUND, "No %s here", words);
}

static void fills_and_returns_false(void **state)
{
    (void)state;
    struct error e = {0};
    assert_false(refuse(&e, "ticket"));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_string_equal(e.message, "No ticket here");
    assert_false(refuse(NULL, "ticket"));
    assert_null(fail_null(&e, ERR_CONFLICT, "%d", 7));
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_string_equal(e.message, "7");
    assert_null(fail_null(NULL, ERR_CONFLICT, "x"));
}

static void stays_one_line(void **state)
{
    (void)state;
    struct error e;
    refuse(&e, "a\nb\r\nc\t");
    assert_string_equal(e.message, "No a b  c  here");
}

static void cuts_between_characters(void **state)
{
    static const char *const signs[] = {"x", "\xc3\xa8", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        for (size_t before = 0; before < 5; before++) {
            char words[600];
            struct error e;
            memset(words, '.', before);
            words[before] = '\0';
            while (strlen(words) < 500)
                strcat(words, signs[i]);
            refuse(&e, words);
            assert_in_range(strlen(e.message), 250, 255);
            assert_true(utf8_valid((struct str){e.message, strlen(e.message)}));
        }
}

static void every_code_has_an_answer(void **state)
{
    (void)state;
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        assert_in_range(error_http_status((enum error_code)code), 400, 599);
        assert_true(strlen(error_json_code((enum error_code)code)) > 0);
        assert_true(strlen(error_words((enum error_code)code)) > 0);
    }
    assert_int_equal(error_http_status(ERR_TOO_LARGE), 413);
    assert_string_equal(error_json_code(ERR_RATE_LIMITED), "rate_limited");
    assert_int_equal(error_http_status((enum error_code)999), 500);
    assert_string_equal(error_json_code((enum error_code) - 1), "internal");
}

int base_error_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_and_returns_false),
        cmocka_unit_test(stays_one_line),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(every_code_has_an_answer),
    };
    return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
