/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what is typed into the search, and texts that nobody is to be in. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/unicode.h"
#include "care/anonymous.h"
#include "care/article_words.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void words_try(struct arena *a, struct str folded)
{
    struct str word, last = STR_EMPTY;
    for (size_t i = 0; article_word_next(folded, &i, &word);) {
        must(word.len >= 2 && word.len <= ARTICLE_WORD_MAX);
        struct str it = article_word_stem(a, word, STR("it")), en = article_word_stem(a, word, STR("en"));
        must(it.len > 0 && it.len <= word.len && en.len > 0 && en.len <= word.len);
        (void)article_word_is_common(word, STR("it"));
        must(article_word_distance(word, word, 2) == 0);
        must(article_word_distance(word, last, 2) == article_word_distance(last, word, 2));
        last = word;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct anonymous_words words = {{"N", 1}, {"E", 1}, {"P", 1}, {"X", 1}, {"A", 1}, {"L", 1}};
    const struct str names[] = {STR("Marta Bellucci")};
    struct arena *a = arena_new();
    struct str text = text_clean(a, (struct str){(const char *)data, size});
    struct str left = anonymous_text(a, text, &words, names, COUNT_OF(names));
    must(utf8_valid(left));
    must(str_find(left, STR("://")) < 0 || str_find(text, STR(":")) >= 0);
    words_try(a, text_fold(a, text));
    arena_free(a);
    return 0;
}
