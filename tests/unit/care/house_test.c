/* SPDX-License-Identifier: Apache-2.0 */
/* The data and its keys belong together. */
#include "house_support.h"

int care_house_test(void);

static const char *database_of(const struct test_house *h)
{
    return *h->database ? h->database : NULL;
}

static void rewrite_key(const struct test_house *h, char with)
{
    char path[128];
    snprintf(path, sizeof path, "%s/key", h->folder);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fputc(with, file);
    fclose(file);
}

static int key_begins(const struct test_house *h)
{
    char path[128];
    snprintf(path, sizeof path, "%s/key", h->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int first = fgetc(file);
    fclose(file);
    return first;
}

static void other_keys_are_refused(void **state)
{
    struct test_house *h = *state;
    struct error e = {0};
    char own = (char)key_begins(h);
    house_close(h->house);
    rewrite_key(h, (char)(own + 1));
    h->house = house_open(h->folder, database_of(h), false, &e);
    assert_null(h->house);
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_non_null(strstr(e.message, "other keys"));
    rewrite_key(h, own);
    h->house = house_open(h->folder, database_of(h), false, &e);
    assert_non_null(h->house);
}

/* A second node that forgot to bring the key: told so, and none of its own making is left to mislead it. */
static void a_node_without_the_key_is_refused(void **state)
{
    struct test_house *h = *state;
    struct error e = {0};
    char folder[] = "/tmp/ascolto-node-XXXXXX", key[64];
    if (!database_of(h))
        return; /* a file has its keys beside it */
    assert_non_null(mkdtemp(folder));
    assert_null(house_open(folder, database_of(h), true, &e));
    assert_non_null(strstr(e.message, "from another node"));
    snprintf(key, sizeof key, "%s/key", folder);
    assert_int_not_equal(access(key, F_OK), 0);
    rmdir(folder);
}

int care_house_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(other_keys_are_refused, house_set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(a_node_without_the_key_is_refused, house_set_up, house_tear_down),
    };
    return cmocka_run_group_tests_name("care/house", tests, NULL, NULL);
}
