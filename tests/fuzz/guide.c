/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: guides as text. What is read is written so that the same is read again; ways through it stay within
 * it. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "care/guide_files.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct guide_tree *a, const struct guide_tree *b)
{
    must(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct guide_step *x = &a->steps[i], *y = &b->steps[i];
        must(str_eq(x->name, y->name) && str_eq(x->title, y->title) && str_eq(x->words, y->words));
        must(x->count == y->count);
        for (size_t k = 0; k < x->count; k++)
            must(x->answers[k].to == y->answers[k].to && str_eq(x->answers[k].text, y->answers[k].text) &&
                 str_eq(x->answers[k].target, y->answers[k].target));
    }
}

static void walk_try(struct arena *a, const struct guide_tree *tree, struct str text)
{
    struct guide_walk walk;
    struct guide_remark *remarks;
    struct guide_hanging *hanging = ARENA_NEW(a, struct guide_hanging);
    bool stops;
    (void)guide_walk_read(tree, text, &walk);
    struct str way = STR_EMPTY;
    for (size_t i = 0; i < text.len && i < 64 && tree->count; i++) {
        must(guide_walk_read(tree, way, &walk));
        must(walk.at < tree->count && walk.count < tree->count);
        size_t answers = tree->steps[walk.at].count, answer = answers ? (unsigned char)text.ptr[i] % answers : 0;
        if (answers && tree->steps[walk.at].answers[answer].to == GUIDE_STEP &&
            guide_step_at(tree, tree->steps[walk.at].answers[answer].target) != GUIDE_NONE)
            way = guide_way_on(a, tree, &walk, answer);
    }
    must(guide_look_over(a, tree, NULL, 0, &remarks, &stops) > 0 || !stops);
    for (size_t i = 0; i < tree->count; i++)
        guide_step_hangs(tree, i, hanging);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct str text = {(const char *)data, size};
    struct guide_tree *one = ARENA_NEW(a, struct guide_tree), *two = ARENA_NEW(a, struct guide_tree);
    struct guide_file file;
    struct error e = {0};
    (void)guide_file_read(a, STR("it"), text, &file, &e);
    if (guide_tree_read(a, text, one, &e)) {
        struct str written = guide_tree_write(a, one);
        must(utf8_valid(written));
        must(guide_tree_read(a, written, two, &e));
        same(one, two);
        walk_try(a, one, text_clean(a, text));
        while (one->count)
            guide_step_remove(one, one->count / 2);
    }
    arena_free(a);
    return 0;
}
