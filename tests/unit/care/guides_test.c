/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of guides: as text and back, what hangs on a step, ways through them, and what is said before they are
 * published. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "care/guide_files.h"

int care_guides_test(void);

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct guide_tree *tree_of(struct arena *a, const char *text)
{
    struct guide_tree *tree = ARENA_NEW(a, struct guide_tree);
    struct error e = {0};
    if (!guide_tree_read(a, str_from(text), tree, &e))
        fail_msg("%s", e.message);
    return tree;
}

/* a → b, c; b → a (a circle), end; c → d; d → end; e: nobody comes here */
static const char small[] = "## a: First?\nWords\n\n- to b → step b\n- to c → step c\n"
                            "## b: Second?\n- back → step a\n- done → solved\n"
                            "## c: Third?\n- on -> step d\n"
                            "## d: Fourth?\n- ask → ask\n- read → article esim\n"
                            "## e: Fifth?\n- call → call\n";

/* ---- text ---- */

static const struct {
    const char *text, *written; /* written NULL: the same */
} texts[] = {
    {"", NULL},
    {"## a: One?\n", NULL},
    {"## a: One?\nTwo words\n\n- Yes → solved\n- No → step a\n", NULL},
    {"\n\n## a: One?\n\n\n- Yes -> ask\nlate words\n", "## a: One?\nlate words\n\n- Yes → ask\n"},
    {"## È già acceso?\n", "## e-gia-acceso: È già acceso?\n"},
    {"## Wifi: sì?\n## wifi: no?\n", "## wifi-si: Wifi: sì?\n\n## wifi: no?\n"},
    {"## Uno\n## Uno\n", "## uno: Uno\n\n## uno-2: Uno\n"},
    {"## ???\n", "## step: ???\n"},
    {"## a: One?\n- a → b → step a\n", NULL},
    {"## a: One?\n- a list\n- of points → here\n", NULL},
    {"## a: One?\n\\## no step\n\\- no → answer\n\\- no → solved\n\\\\- two → ask\n\\plain\n", NULL},
    {"## a: One?\n   ## led in\n", "## a: One?\n\\## led in\n"},
    {"## a: One?\n- Page → article Esim_2\n- Later → nowhere\n", NULL},
    {"## a: One?\n- No name → article\n- Too much → ask me\n- → solved\n", NULL},
};

static void a_tree_is_read_as_it_is_written(void **state)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *want = texts[i].written ? texts[i].written : texts[i].text;
        for (int round = 0; round < 2; round++) { /* what was written stays as it is */
            struct str written = guide_tree_write(*state, tree_of(*state, round ? want : texts[i].text));
            if (!str_eq(written, str_from(want)))
                fail_msg("%zu: “%.*s”, not “%s”", i, STR_ARGS(written), want);
        }
    }
}

static void a_tree_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"words first\n## a: One?\n", "## a: One\n## a: Two\n", "## a:\n", "##  \n",
                                        "## a: 1\n- 1 → ask\n- 2 → ask\n- 3 → ask\n- 4 → ask\n- 5 → ask\n- 6 → ask\n"
                                        "- 7 → ask\n- 8 → ask\n- 9 → ask\n"};
    struct guide_tree *tree = ARENA_NEW(*state, struct guide_tree);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct error e = {0};
        if (guide_tree_read(*state, str_from(wrong[i]), tree, &e))
            fail_msg("“%s” was read", wrong[i]);
        assert_int_equal(e.code, ERR_BAD_INPUT);
        assert_non_null(strstr(e.message, "line "));
    }
}

static void words_as_long_as_they_may_be_stay(void **state)
{
    struct arena *a = *state;
    char long_words[GUIDE_WORDS_MAX + 1];
    struct guide_tree *tree = tree_of(a, "## a: One?\n- Yes → ask\n"), *again = ARENA_NEW(a, struct guide_tree);
    struct error e = {0};
    memset(long_words, 'x', GUIDE_WORDS_MAX);
    tree->steps[0].words = (struct str){long_words, GUIDE_WORDS_MAX};
    assert_true(guide_tree_read(a, guide_tree_write(a, tree), again, &e));
    assert_int_equal(again->steps[0].words.len, GUIDE_WORDS_MAX);
    assert_int_equal(again->steps[0].count, 1);
}

/* ---- changing ---- */

static void steps_are_moved_and_removed(void **state)
{
    struct arena *a = *state;
    struct guide_tree *tree = tree_of(a, small);
    guide_step_move(tree, 0, true);
    assert_int_equal(guide_step_at(tree, STR("a")), 0);
    guide_step_move(tree, 1, true);
    assert_int_equal(guide_step_at(tree, STR("b")), 0);
    guide_step_move(tree, tree->count - 1, false);
    assert_int_equal(guide_step_at(tree, STR("e")), tree->count - 1);
    guide_step_remove(tree, guide_step_at(tree, STR("a")));
    assert_int_equal(tree->count, 4);
    assert_int_equal(tree->steps[0].answers[0].to, GUIDE_NOWHERE);
    assert_int_equal(tree->steps[0].answers[0].target.len, 0);
    assert_int_equal(tree->steps[0].answers[1].to, GUIDE_SOLVED);
    for (size_t i = tree->count; i < GUIDE_STEPS; i++)
        assert_int_equal(guide_step_add(a, tree, STR("Again?")), i);
    assert_true(guide_step_add(a, tree, STR("Too many?")) == GUIDE_NONE);
}

static void what_hangs_on_a_step_is_said(void **state)
{
    struct guide_hanging *hanging = ARENA_NEW(*state, struct guide_hanging);
    const struct guide_tree *tree = tree_of(*state, small);
    guide_step_hangs(tree, guide_step_at(tree, STR("c")), hanging);
    assert_int_equal(hanging->answers, 1);
    assert_int_equal(hanging->answer[0].step, 0);
    assert_int_equal(hanging->answer[0].answer, 1);
    assert_int_equal(hanging->steps, 1); /* d; e was out of reach before */
    assert_int_equal(hanging->step[0], 3);
    guide_step_hangs(tree, 4, hanging);
    assert_int_equal(hanging->answers + hanging->steps, 0);
}

/* ---- ways ---- */

static void ways_are_followed(void **state)
{
    static const struct {
        const char *way;
        bool there;
        size_t at;
    } ways[] = {{"", true, 0},   {"1", true, 1},     {"2-1", true, 3},  {"2-1-1", false, 0},
                {"3", false, 0}, {"0", false, 0},    {"x", false, 0},   {"1-1", true, 0},
                {"-", false, 0}, {"1--1", false, 0}, {"1-2", false, 0}, {"99999999999999999999", false, 0},
                {"-1", false, 0}};
    const struct guide_tree *tree = tree_of(*state, small);
    struct guide_walk walk;
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (guide_walk_read(tree, str_from(ways[i].way), &walk) != ways[i].there || walk.at != ways[i].at)
            fail_msg("“%s” leads to %zu", ways[i].way, walk.at);
    assert_true(guide_walk_read(tree, STR("2-1"), &walk));
    assert_int_equal(walk.count, 2);
    assert_true(str_eq(guide_way(*state, &walk, 1), STR("2")));
    assert_true(guide_walk_read(tree, STR("1"), &walk));
    assert_int_equal(guide_way_on(*state, tree, &walk, 0).len, 0); /* back to the first: as if one began there */
    assert_true(guide_walk_read(tree, STR(""), &walk));
    assert_true(str_eq(guide_way_on(*state, tree, &walk, 1), STR("2")));
}

/* However often one goes round, a way stays short. */
static void a_circle_does_not_lengthen_the_way(void **state)
{
    const struct guide_tree *tree = tree_of(
        *state, "## a: A\n- on → step b\n## b: B\n- on → step c\n- same → step b\n## c: C\n- back → step b\n");
    struct guide_walk walk;
    struct str way = STR_EMPTY;
    for (int i = 0; i < 50; i++) {
        assert_true(guide_walk_read(tree, way, &walk));
        way = guide_way_on(*state, tree, &walk, walk.at == 1 && i % 3 == 0 ? 1 : 0);
        assert_true(way.len <= 3);
    }
}

/* ---- looking it over ---- */

static const struct {
    const char *text, *said; /* "fault.step.answer" of each, by their numbers */
    bool stops;
} looks[] = {
    {"", "no_step ", true},
    {"## a: A\n", "no_answer.1 ", true},
    {"## a: A\n- x → solved\n", "", false},
    {"## a: A\n- x → nowhere\n- y → ask\n", "nowhere.1.1 ", true},
    {"## a: A\n- x → step gone\n- y → ask\n", "nowhere.1.1 ", true},
    {"## a: A\n- x → step a\n- y → chat\n", "circle.1.1 ", false},
    {"## a: A\n- x → step b\n## b: B\n- y → step a\n", "no_end.1 no_end.2 circle.2.1 ", true},
    {"## a: A\n- x → call\n## b: B\n- y → call\n", "unreached.2 ", true},
    {"## a: A\n- x → article esim\n- y → article draft\n- z → article gone\n- w → article other\n",
     "unread.1.2 no_article.1.3 no_article.1.4 ", true},
    /* two ways to one step are no circle */
    {"## a: A\n- x → step b\n- y → step c\n## b: B\n- z → step c\n## c: C\n- w → ask\n", "", false},
};

static void a_guide_is_looked_over(void **state)
{
    static const struct guide_article articles[] = {{{"esim", 4}, {"esim", 4}, {"eSIM", 4}, true},
                                                    {{"draft", 5}, {"draft", 5}, {"Draft", 5}, false},
                                                    {.name = {"other", 5}}};
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        char said[400] = "";
        bool stops;
        struct guide_remark *list;
        size_t n =
            guide_look_over(*state, tree_of(*state, looks[i].text), articles, COUNT_OF(articles), &list, &stops);
        for (size_t k = 0; k < n; k++) {
            size_t at = strlen(said);
            at += (size_t)snprintf(said + at, sizeof said - at, "%s", guide_fault_name(list[k].fault));
            if (list[k].step != GUIDE_NONE)
                at += (size_t)snprintf(said + at, sizeof said - at, ".%zu", list[k].step + 1);
            if (list[k].answer != GUIDE_NONE)
                at += (size_t)snprintf(said + at, sizeof said - at, ".%zu", list[k].answer + 1);
            snprintf(said + at, sizeof said - at, " ");
        }
        if (strcmp(said, looks[i].said) != 0 || stops != looks[i].stops)
            fail_msg("%zu: %s(stops %d), not %s", i, said, stops, looks[i].said);
    }
}

/* ---- figures, files ---- */

static void ends_are_summed(void **state)
{
    const struct guide_tree *tree = tree_of(*state, small);
    const struct guide_count counts[] = {{1, STR("it"), STR("a"), STR(""), 9, 7},
                                         {1, STR("it"), STR("b"), STR("done"), 3, 0},
                                         {1, STR("it"), STR("b"), STR("back"), 5, 0},
                                         {1, STR("it"), STR("d"), STR("ask"), 2, 0},
                                         {2, STR("it"), STR("a"), STR(""), 100, 0}};
    size_t n;
    const struct guide_count *own = guide_counts_in(counts, COUNT_OF(counts), 1, STR("it"), &n);
    assert_int_equal(n, 4);
    struct guide_sum sum = guide_sum_of(tree, own, n);
    assert_int_equal(sum.began, 9);
    assert_int_equal(sum.ended, 5);
    assert_int_equal(sum.solved, 3);
    assert_int_equal(guide_counted(own, n, STR("a"), STR_EMPTY).moved, 7);
    assert_int_equal(guide_counted(own, n, STR("z"), STR_EMPTY).seen, 0);
}

static void a_file_is_a_front_and_a_tree(void **state)
{
    struct guide_file file;
    struct error e = {0};
    assert_true(guide_file_read(*state, STR("it"),
                                STR("---\ntitle: Senza segnale\nstate: published\n---\n## a: Sì?\n- Sì → solved\n"),
                                &file, &e));
    assert_true(file.front.published);
    assert_int_equal(file.tree->count, 1);
    assert_false(guide_file_read(*state, STR("it"), STR("---\ntitle: x\n---\nwords alone\n"), &file, &e));
    assert_false(guide_file_read(*state, STR("it"), STR("## a: Sì?\n"), &file, &e));
}

int care_guides_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tree_is_read_as_it_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tree_that_is_none_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(words_as_long_as_they_may_be_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(steps_are_moved_and_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_hangs_on_a_step_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(ways_are_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_circle_does_not_lengthen_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_guide_is_looked_over, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_are_summed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_a_front_and_a_tree, setup, teardown),
    };
    return cmocka_run_group_tests_name("care/guides", tests, NULL, NULL);
}
