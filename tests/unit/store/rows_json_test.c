/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as JSON, numbers of rows, and lists that grow in an arena. */
#include "../care/house_fixture.h"

#include "db/db.h"
#include "store/shelf.h"

int store_rows_json_test(void);

static bool rows_add(struct tx *tx, struct care *c, struct error *e)
{
    struct token token = {.brand_id = c->brand,
                          .id = INT64_C(9007199254740993), /* more than a JSON number holds */
                          .name = STR("\"crm\" è"),
                          .hash = STR("h"),
                          .role = ROLE_READ_ONLY,
                          .created_at = INT64_C(1795305600000000)};
    return token_add(tx, &token, e) && snippet_put(tx, c->brand, 0, 5, STR("ciao"), STR("T"), STR("t"), STR("it"), e);
}

static void types_of_columns(void **state)
{
    struct care *c = *state;
    struct json *list = NULL;
    DO(c, rows_add(tx, c, &e));
    DO(c, (list = token_list(tx, c->arena, c->brand, &e)) != NULL);
    assert_int_equal(json_count(list), 1);
    const struct json *token = json_at(list, 0);
    assert_str(json_text(json_get(token, "id")), "9007199254740993");
    assert_str(json_text(json_get(token, "name")), "\"crm\" è");
    assert_true(json_is(json_get(token, "created_by"), JSON_NULL)); /* an id of 0 is none */
    assert_str(json_text(json_get(token, "created_at")), "2026-11-22T00:00:00Z");
    assert_true(json_is(json_get(token, "used_at"), JSON_NULL));
    DO(c, (list = token_list(tx, c->arena, c->brand + 1, &e)) != NULL);
    assert_int_equal(json_count(list), 0);
    assert_true(json_is(list, JSON_ARRAY));
}

static size_t snippets_of(struct care *c, int64_t agent)
{
    struct json *list = NULL;
    DO(c, (list = snippet_list(tx, c->arena, c->brand, agent, &e)) != NULL);
    return json_count(list);
}

/* A colleague's own snippets are seen by that colleague; those of all by everybody. */
static void own_snippets(void **state)
{
    struct care *c = *state;
    struct json *list = NULL;
    DO(c, snippet_put(tx, c->brand, 0, 5, STR("ciao"), STR("T"), STR("t"), STR("it"), &e) &&
              snippet_put(tx, c->brand, 7, 6, STR("ciao"), STR("Mia"), STR("m"), STR("it"), &e));
    assert_int_equal(snippets_of(c, 0), 1);
    assert_int_equal(snippets_of(c, 8), 1);
    assert_int_equal(snippets_of(c, 7), 2);
    DO(c, (list = snippet_list(tx, c->arena, c->brand, 7, &e)) != NULL);
    assert_str(json_text(json_get(json_at(list, 0), "title")), "Mia"); /* one's own first */
    assert_str(json_text(json_get(json_at(list, 0), "agent_id")), "7");
    assert_true(json_is(json_get(json_at(list, 1), "agent_id"), JSON_NULL));
    DO(c, snippet_put(tx, c->brand, 0, 6, STR("salve"), STR("Di tutti"), STR("m"), STR("it"), &e)); /* given to all */
    assert_int_equal(snippets_of(c, 8), 2);
    DO(c, snippet_remove(tx, c->brand, 6, 9, &e));
    assert_int_equal(snippets_of(c, 7), 1);
}

static void truths_and_numbers(void **state)
{
    struct care *c = *state;
    struct json *one = NULL;
    DO(c,
       (one = rows_json_one(db_query(tx, SQL_brand_by_id, &e, V(c->brand)), c->arena,
                            "id# name title zone language hue% undo_seconds? created_at@", "no brand", &e)) != NULL);
    assert_int_equal(json_int(json_get(one, "hue"), -1), 0);
    assert_false(json_bool(json_get(one, "undo_seconds"), true));
    assert_str(json_text(json_get(one, "name")), "nuvola");
    REFUSED(c, ERR_NOT_FOUND,
            rows_json_one(db_query(tx, SQL_brand_by_id, &e, V(5)), c->arena, "id#", "no brand", &e) != NULL);
}

static void a_number_of_nothing_is_zero(void **state)
{
    struct care *c = *state;
    int64_t n = 5;
    DO(c, rows_number(db_query(tx, SQL_dedup_find, &e, V(c->brand), V(1)), &n, &e));
    assert_int_equal(n, 0);
    struct error why = {0};
    assert_false(rows_number(NULL, &n, &why)); /* the engine refused: who asked knows why */
    assert_null(rows_json(NULL, c->arena, "id#", &why));
}

static void lists_grow(void **state)
{
    struct care *c = *state;
    int64_t *list = NULL;
    for (size_t i = 0; i < 10000; i++) {
        list = list_room(c->arena, list, i, sizeof *list);
        list[i] = (int64_t)i;
    }
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(list[i], i);
}

int store_rows_json_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(types_of_columns), CARE_TEST(truths_and_numbers),
                                       CARE_TEST(own_snippets), CARE_TEST(a_number_of_nothing_is_zero),
                                       CARE_TEST(lists_grow)};
    return cmocka_run_group_tests_name("store/rows_json", tests, NULL, NULL);
}
