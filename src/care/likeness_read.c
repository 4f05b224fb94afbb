/* SPDX-License-Identifier: Apache-2.0 */
/* What people say of themselves in their messages: an e-mail address, a phone number with its country, a name on
 * another network ("sono @ada su X", "I'm @ada on X"). Few rules that are seldom wrong, rather than many. */
#include <string.h>

#include "base/arena.h"
#include "base/unicode.h"
#include "care/likeness.h"

#define TEXT_MAX  4096
#define WORDS_MAX 512
#define NEAR      6 /* words between a handle and its network */

struct reading {
    struct arena *a;
    struct str text;
    struct str words[WORDS_MAX]; /* without the marks around them */
    bool last[WORDS_MAX];        /* a sentence ends after it */
    size_t word_count;
    struct trait *out;
    size_t count;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void tell(struct reading *r, enum trait_kind kind, struct str value, const char *aim)
{
    value = str_format(r->a, "%c%.*s", (char)kind, STR_ARGS(str_lower(r->a, value)));
    for (size_t i = 0; i < r->count; i++)
        if (str_eq(r->out[i].value, value))
            return;
    if (r->count < LIKENESS_SAID)
        r->out[r->count++] = (struct trait){.value = value, .aim = str_from(aim)};
}

/* ---- phone numbers: "+39 333 000 0001", "0039…" ---- */

/* How many bytes a space that does not break, or a dash of typesetters, takes at i; 0: none. */
static size_t mark_at(struct str text, size_t i)
{
    static const char *const marks[] = {"\u00a0", "\u202f", "\u2009", "\u2010", "\u2011", "\u2013"};
    for (size_t k = 0; k < COUNT_OF(marks); k++)
        if (str_starts(str_slice(text, i, text.len), str_from(marks[k])))
            return strlen(marks[k]);
    return 0;
}

/* The digits from i on, which stand together but for a mark or a space between two. The nought that some write in
 * brackets is dialled at home only; not so in Italy. */
static struct str digits_from(const struct reading *r, size_t i)
{
    char digits[16];
    size_t n = 0;
    for (; i < r->text.len && n < sizeof digits; i++) {
        size_t wide = mark_at(r->text, i);
        if (wide && i + wide < r->text.len && (is_digit(r->text.ptr[i + wide]) || r->text.ptr[i + wide] == '(')) {
            i += wide - 1;
            continue;
        }
        if (str_starts(str_slice(r->text, i, r->text.len), STR("(0)")) && !(n == 2 && memcmp(digits, "39", 2) == 0)) {
            i += 2;
            continue;
        }
        char c = r->text.ptr[i], next = i + 1 < r->text.len ? r->text.ptr[i + 1] : ' ';
        bool mark = c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
        if (is_digit(c))
            digits[n++] = c;
        else if (!mark || !(is_digit(next) || next == '(' || c == ')'))
            break;
    }
    return n >= 8 && n < sizeof digits ? str_dup(r->a, (struct str){digits, n}) : STR_EMPTY;
}

static void phones_read(struct reading *r)
{
    struct str text = r->text;
    for (size_t i = 0; i + 8 < text.len; i++) {
        char before = i ? text.ptr[i - 1] : ' ';
        bool plus = text.ptr[i] == '+', zeros = text.ptr[i] == '0' && text.ptr[i + 1] == '0';
        size_t from = i + (plus ? 1 : 2);
        if ((!plus && !zeros) || is_digit(before) || is_letter(before) || before == '+' || before == '.' ||
            !is_digit(text.ptr[from]) || text.ptr[from] == '0')
            continue;
        struct str digits = digits_from(r, from);
        if (digits.len)
            tell(r, TRAIT_PHONE, digits, "");
    }
}

/* ---- words ---- */

static bool is_mark(char c)
{
    return strchr(",;:!?.()<>[]{}\"'*", c) != NULL;
}

static void words_cut(struct reading *r)
{
    size_t i = 0;
    while (i < r->text.len && r->word_count < WORDS_MAX) {
        while (i < r->text.len && (unsigned char)r->text.ptr[i] <= ' ')
            i++;
        size_t from = i;
        while (i < r->text.len && (unsigned char)r->text.ptr[i] > ' ')
            i++;
        struct str word = str_slice(r->text, from, i);
        bool last = word.len && strchr(".!?", word.ptr[word.len - 1]);
        while (word.len && is_mark(word.ptr[0]))
            word = str_slice(word, 1, word.len);
        while (word.len && is_mark(word.ptr[word.len - 1]))
            word.len--;
        r->last[r->word_count] = last;
        r->words[r->word_count++] = word;
    }
}

static bool is_among(struct str word, const char *const *list)
{
    for (; *list; list++)
        if (str_eq_nocase(word, str_from(*list)))
            return true;
    return false;
}

/* ---- e-mail addresses ---- */

static bool is_address(struct str word)
{
    ptrdiff_t at = str_find_char(word, '@'), dot = -1;
    if (at < 1 || word.len > 254)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        bool local = (ptrdiff_t)i < at;
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && !(local && strchr("_%+'", c)) &&
            (ptrdiff_t)i != at)
            return false;
        if (!local && c == '.')
            dot = (ptrdiff_t)i;
    }
    struct str end = str_slice(word, (size_t)dot + 1, word.len);
    bool letters = dot > at + 1 && end.len >= 2;
    for (size_t i = 0; letters && i < end.len; i++)
        letters = is_letter(end.ptr[i]);
    return letters;
}

/* ---- "sono @ada su X" ---- */

static const char *network_named(const struct reading *r, size_t i)
{
    static const char *const before[] = {"su",      "sul",    "on",      "in",     "di", "of",  "via",
                                         "profilo", "utente", "account", "handle", "my", "mio", NULL};
    size_t count;
    const struct channel *const *all = channel_all(&count);
    if (i == 0 || !is_among(r->words[i - 1], before))
        return NULL;
    for (size_t c = 0; c < count; c++) {
        bool named =
            str_eq_nocase(r->words[i], str_from(all[c]->label)) || str_eq_nocase(r->words[i], str_from(all[c]->name));
        for (size_t k = 0; k < COUNT_OF(all[c]->aliases) && all[c]->aliases[k]; k++)
            named |= str_eq_nocase(r->words[i], str_from(all[c]->aliases[k]));
        if (named)
            return all[c]->name;
    }
    return NULL;
}

/* The network of which the sentence speaks. */
static const char *network_near(const struct reading *r, size_t handle)
{
    for (size_t i = handle + 1; i < r->word_count && i <= handle + NEAR && !r->last[i - 1]; i++)
        if (network_named(r, i))
            return network_named(r, i);
    for (size_t i = handle; i-- > 0 && i + NEAR >= handle && !r->last[i];)
        if (network_named(r, i))
            return network_named(r, i);
    return NULL;
}

static bool is_own(const struct reading *r, size_t i)
{
    static const char *const self[] = {"sono", "sarei",          "\xC3\xA8", "chiamo", "come",    "am",      "i'm",
                                       "im",   "i\xE2\x80\x99m", "is",       "as",     "profilo", "account", "handle",
                                       "nick", "nickname",       "utente",   "user",   NULL};
    static const char *const no[] = {"non", "not", "isn't", "isn\xE2\x80\x99t", NULL};
    return i > 0 && !r->last[i - 1] && is_among(r->words[i - 1], self) && !(i > 1 && is_among(r->words[i - 2], no));
}

static bool is_handle(struct str word)
{
    bool well = word.len >= 3 && word.len <= 64 && word.ptr[0] == '@';
    for (size_t i = 1; well && i < word.len; i++)
        well = is_letter(word.ptr[i]) || is_digit(word.ptr[i]) || word.ptr[i] == '_' || word.ptr[i] == '.';
    return well;
}

struct str likeness_mailbox(struct arena *a, struct str address)
{
    ptrdiff_t at = str_find_char(address, '@'), plus = str_find_char(address, '+');
    if (plus < 1 || plus > at)
        return str_lower(a, address);
    return str_lower(a,
                     str_concat(a, str_slice(address, 0, (size_t)plus), str_slice(address, (size_t)at, address.len)));
}

size_t likeness_read(struct arena *a, struct str text, struct trait out[LIKENESS_SAID])
{
    text = str_slice(text, 0, TEXT_MAX);
    bool at = str_find_char(text, '@') >= 0;
    if (!at && str_find_char(text, '+') < 0 && str_find(text, STR("00")) < 0)
        return 0;
    struct reading *r = ARENA_NEW(a, struct reading);
    *r = (struct reading){.a = a, .text = text, .out = out};
    phones_read(r);
    if (at)
        words_cut(r);
    for (size_t i = 0; i < r->word_count; i++) {
        const char *network = is_handle(r->words[i]) && is_own(r, i) ? network_near(r, i) : NULL;
        if (network)
            tell(r, TRAIT_HANDLE, str_slice(r->words[i], 1, r->words[i].len), network);
        else if (is_address(r->words[i]))
            tell(r, TRAIT_EMAIL, likeness_mailbox(a, r->words[i]), "");
    }
    return r->count;
}
