/* SPDX-License-Identifier: Apache-2.0 */
/* The files inside the program: sorted, each found by its name, each followed by a NUL. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/embed.h"

int base_embed_test(void);

static void every_file_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; embed_files[i].name; i++) {
        const struct embed_file *f = &embed_files[i];
        struct str found = embed_get(str_from(f->name));
        assert_ptr_equal(found.ptr, f->bytes);
        assert_int_equal(found.len, f->len);
        assert_int_equal(f->bytes[f->len], 0);
        if (i)
            assert_true(strcmp(embed_files[i - 1].name, f->name) < 0);
    }
}

static void others_are_not(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a", "zzz", "templates", "templates/", "no/such.file", "LICENSE2"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct str found = embed_get(str_from(names[i]));
        assert_null(found.ptr);
        assert_int_equal(found.len, 0);
    }
    assert_null(embed_get(STR_EMPTY).ptr);
}

int base_embed_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found),
        cmocka_unit_test(others_are_not),
    };
    return cmocka_run_group_tests_name("base/embed", tests, NULL, NULL);
}
