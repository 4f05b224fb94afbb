/* SPDX-License-Identifier: Apache-2.0 */
/* The phone's words in its two languages. */
#include "sim/sim_play.h"

static const struct {
    struct str in[2];
} words[W_COUNT] = {
#define WORDS(name, italian, english) [name] = {{{italian, sizeof(italian) - 1}, {english, sizeof(english) - 1}}},
#include "sim/sim_play_words.def"
#undef WORDS
};

const char *play_lang_code(int lang)
{
    return lang == 0 ? "it" : "en";
}

struct str play_word(const struct play *p, enum play_word word)
{
    return words[word].in[p->lang];
}
