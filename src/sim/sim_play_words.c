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

struct str play_word_in(int lang, enum play_word word)
{
    return words[word].in[lang];
}

struct str play_word(const struct play *p, enum play_word word)
{
    return play_word_in(p->lang, word);
}

int play_person_lang(const struct play *p)
{
    int lang;

    for (lang = 0; lang < 2 && p->person != NULL; lang++)
        if (str_eq(p->person->lang, str_from(play_lang_code(lang))))
            return lang;
    return p->lang;
}

struct str play_words_of(const struct play *p, const struct sim_words *said)
{
    return str_from(p->lang == 0 ? said->it : said->en);
}
