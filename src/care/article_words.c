/* SPDX-License-Identifier: Apache-2.0 */
/* Endings are few and cut gently: two words that become one by mistake cost a wrong hit, not a lost one. */
#include "care/article_words.h"

#include "base/arena.h"
#include "base/unicode.h"

#define STEM_MIN 3

bool article_word_next(struct str folded, size_t *i, struct str *word)
{
    while (text_word_next(folded, i, word))
        if (word->len >= 2 && word->len <= ARTICLE_WORD_MAX)
            return true;
    return false;
}

/* ---- common words ---- */

static const char common_it[] =
    " il lo la gli le un uno una di da in con su per tra fra del dello della dei degli delle al allo alla ai agli "
    "alle "
    "dal dalla dai nel nella nei sul sulla che chi cui come cosa quando dove mi ti si ci vi me te se ne ma ed od non "
    "sono sei siamo ho hai ha abbiamo hanno era essere avere fare mio mia miei mie tuo tua suo sua questo questa "
    "quello quella piu anche ancora perche io tu voi noi lui lei posso devo voglio puo ";
static const char common_en[] =
    " the an of to in on at by for with from and or but is are am be was were it its this that these those my your "
    "our me you we they he she do does did have has had can could will would not no how what when where why which "
    "who so if as there here about into out up get got want need please ";

bool article_word_is_common(struct str word, struct str language)
{
    bool italian = str_eq(language, STR("it"));
    if (!italian && !str_eq(language, STR("en")))
        return false;
    struct str list = italian ? STR(common_it) : STR(common_en);
    for (ptrdiff_t from = 0, at; (at = str_find(str_slice(list, (size_t)from, list.len), word)) >= 0;
         from += at + 1) {
        size_t begin = (size_t)(from + at);
        if (list.ptr[begin - 1] == ' ' && list.ptr[begin + word.len] == ' ')
            return true;
    }
    return false;
}

/* ---- endings ---- */

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/* The first ending that leaves enough goes; endings are tried as they stand. */
static struct str without(struct str word, const char *const *endings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str ending = str_from(endings[i]);
        if (word.len >= ending.len + STEM_MIN && str_ends(word, ending))
            return str_slice(word, 0, word.len - ending.len);
    }
    return word;
}

static struct str stem_it(struct str word)
{
    static const char *const endings[] = {
        "azioni", "azione", "izione", "izioni", "amento", "amenti", "imento", "imenti", "andomi", "endomi",
        "arlo",   "arla",   "arli",   "arle",   "arsi",   "armi",   "arti",   "erlo",   "erla",   "ersi",
        "ermi",   "irlo",   "irla",   "irsi",   "irmi",   "ando",   "endo",   "iamo",   "avano",  "evano",
        "ivano",  "anno",   "are",    "ere",    "ire",    "ato",    "ata",    "ati",    "ate",    "ito",
        "ita",    "iti",    "ite",    "uto",    "uta",    "uti",    "ute",    "che",    "chi",    "ghe",
        "ghi",    "io",     "ia",     "ie",     "ii",     "a",      "e",      "i",      "o"};
    struct str stem = without(word, endings, COUNT_OF(endings));
    bool hard = word.len == stem.len + 3 && (str_ends(word, STR("che")) || str_ends(word, STR("chi")) ||
                                             str_ends(word, STR("ghe")) || str_ends(word, STR("ghi")));
    return hard ? str_slice(word, 0, stem.len + 1) : stem; /* "ricariche": "ricaric", as "ricarica" */
}

static struct str stem_en(struct arena *a, struct str word)
{
    static const char *const endings[] = {"ations", "ation", "ings", "ing", "edly", "ed", "es", "ly", "s", "e"};
    if (word.len >= 5 && str_ends(word, STR("ies")))
        return str_concat(a, str_slice(word, 0, word.len - 3), STR("y"));
    if (str_ends(word, STR("ss")))
        return word;
    struct str stem = without(word, endings, COUNT_OF(endings));
    size_t n = stem.len;
    bool doubled = n > STEM_MIN && n < word.len && stem.ptr[n - 1] == stem.ptr[n - 2] && !is_vowel(stem.ptr[n - 1]) &&
                   stem.ptr[n - 1] != 'l' && stem.ptr[n - 1] != 's';
    if (doubled)
        n--; /* "topped": "top" */
    stem = str_slice(stem, 0, n);
    return stem.len > STEM_MIN + 1 && str_ends(stem, STR("at")) ? str_slice(stem, 0, stem.len - 2) : stem;
}

struct str article_word_stem(struct arena *a, struct str word, struct str language)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] < 'a' || word.ptr[i] > 'z')
            return word;
    if (str_eq(language, STR("it")))
        return stem_it(word);
    return str_eq(language, STR("en")) ? stem_en(a, word) : word;
}

/* ---- slips ---- */

int article_word_slips(struct str word)
{
    return word.len < 4 ? 0 : word.len < 7 ? 1 : 2;
}

static int least(int x, int y)
{
    return x < y ? x : y;
}

int article_word_distance(struct str a, struct str b, int most)
{
    int rows[3][ARTICLE_WORD_MAX + 2];
    size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (a.len > ARTICLE_WORD_MAX || b.len > ARTICLE_WORD_MAX || apart > (size_t)most)
        return most + 1;
    for (size_t k = 0; k <= b.len; k++)
        rows[0][k] = (int)k;
    for (size_t i = 1; i <= a.len; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3], best = row[0] = (int)i;
        for (size_t k = 1; k <= b.len; k++) {
            int same = a.ptr[i - 1] == b.ptr[k - 1] ? 0 : 1;
            row[k] = least(least(above[k] + 1, row[k - 1] + 1), above[k - 1] + same);
            if (i > 1 && k > 1 && a.ptr[i - 1] == b.ptr[k - 2] && a.ptr[i - 2] == b.ptr[k - 1])
                row[k] = least(row[k], two[k - 2] + 1);
            best = least(best, row[k]);
        }
        if (best > most)
            return most + 1;
    }
    return least(rows[a.len % 3][b.len], most + 1);
}
