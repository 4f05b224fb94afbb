/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that people read and type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "care/codes.h"
#include "care/house.h"
#include "care/passages.h"

int care_codes_test(void);

static void test_typed(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct str code;
    assert_true(passage_code_of(a, STR("7k4f-2q9m xrtb"), &code));
    assert_true(str_eq(code, STR("7K4F2Q9MXRTB")));
    static const char *const none[] = {"",
                                       "7K4F2Q9MXRT",
                                       "7K4F2Q9MXRTBB",
                                       "7K4F2Q9MXRT0",
                                       "7K4F2Q9MXRTI",
                                       "7K4F2Q9MXRT\xc3\xa8",
                                       "7K4F/../MXRTB",
                                       "------------"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(passage_code_of(a, str_from(none[i]), &code));
}

static void test_by_chance(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    size_t seen[256] = {0};
    for (int i = 0; i < 3000; i++) {
        struct str code = passage_code_new(a);
        assert_true(code_is(code, PASSAGE_SIGNS));
        for (size_t k = 0; k < code.len; k++)
            seen[(unsigned char)code.ptr[k]]++;
    }
    size_t signs = 0;
    for (size_t i = 0; i < 256; i++) {
        signs += seen[i] > 0;
        assert_true(seen[i] == 0 || (seen[i] > 950 && seen[i] < 1450)); /* 1,200 each, seven deviations */
    }
    assert_int_equal(signs, CODE_SIGNS);
}

static void test_hashes(void **state)
{
    (void)state;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct house one = {0}, two = {0};
    two.seal_key[0] = 1;
    struct str code = STR("7K4F2Q9MXRTB"), hash = code_hash(a, &one, "passage", 1, code);
    assert_true(str_eq(hash, code_hash(a, &one, "passage", 1, code)));
    assert_false(str_eq(hash, code_hash(a, &two, "passage", 1, code)));
    assert_false(str_eq(hash, code_hash(a, &one, "proof", 1, code)));
    assert_false(str_eq(hash, code_hash(a, &one, "passage", 2, code)));
}

int care_codes_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_typed), cmocka_unit_test(test_by_chance),
                                       cmocka_unit_test(test_hashes)};
    return cmocka_run_group_tests_name("care/codes", tests, NULL, NULL);
}
