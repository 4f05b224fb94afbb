/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the text, piece by piece: what stands between spaces, and numbers that go on over spaces. */
#include "care/anonymous.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

#define CODE_MIN   5 /* signs of a code with a digit in it */
#define PHONE_MIN  6 /* digits of a number with spaces in it */
#define NAME_MIN   3 /* letters of a part of a name */
#define IBAN_MIN   15
#define DIGITS_MIN 4 /* so many digits alone may be a year: more are somebody's */

struct walk {
    struct arena *a;
    struct str text;
    const struct anonymous_words *words;
    const struct str *names; /* folded */
    size_t name_count;
    struct buf out;
};

static void put(struct walk *w, struct str s)
{
    if (s.ptr)
        buf_str(&w->out, s);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_open(char c)
{
    return c == '(' || c == '[' || c == '"' || c == '\'' || c == '<' || c == '*' || c == '_';
}

static bool is_close(char c)
{
    return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == ')' || c == ']' || c == '"' ||
           c == '\'' || c == '>' || c == '*' || c == '_';
}

/* ---- numbers over spaces ---- */

/* From `at` on: digits with spaces, dots, dashes, slashes and brackets between them, perhaps after a plus; an IBAN
 * with its letters. The length; 0: this is none. */
static size_t number_length(struct str s, size_t at, size_t *digits)
{
    size_t i = at, end = at;
    *digits = 0;
    if (i < s.len && s.ptr[i] == '+')
        i++;
    for (; i < s.len; i++) {
        char c = s.ptr[i];
        if (is_digit(c)) {
            ++*digits;
            end = i + 1;
        } else if ((c != ' ' && c != '.' && c != '-' && c != '/' && c != '(' && c != ')') || i > end + 2) {
            break;
        }
    }
    return end - at;
}

static size_t iban_length(struct str s, size_t at)
{
    size_t signs = 0, i = at, end = at;
    if (at + 4 > s.len || !is_letter(s.ptr[at]) || !is_letter(s.ptr[at + 1]) || !is_digit(s.ptr[at + 2]) ||
        !is_digit(s.ptr[at + 3]))
        return 0;
    for (; i < s.len && signs < 34; i++) {
        char c = s.ptr[i];
        bool begins_word = i > at && s.ptr[i - 1] == ' ' && signs >= IBAN_MIN && (c >= 'a' && c <= 'z');
        if (begins_word || (!is_digit(c) && !is_letter(c) && c != ' ') || (c == ' ' && i > 0 && s.ptr[i - 1] == ' '))
            break;
        if (c != ' ') {
            signs++;
            end = i + 1;
        }
    }
    return signs >= IBAN_MIN ? end - at : 0;
}

/* ---- pieces ---- */

static struct str replaced(struct walk *w, struct str piece)
{
    size_t digits = 0, letters = 0, dots = 0, signs = 0;
    for (size_t i = 0; i < piece.len; i++) {
        digits += is_digit(piece.ptr[i]);
        letters += !is_digit(piece.ptr[i]) && (is_letter(piece.ptr[i]) || (unsigned char)piece.ptr[i] >= 0x80);
        dots += piece.ptr[i] == '.';
        signs += piece.ptr[i] == '@';
    }
    ptrdiff_t at = str_find_char(piece, '@');
    if (at > 0 && str_find_char(str_slice(piece, (size_t)at, piece.len), '.') > 0)
        return w->words->email;
    if (signs)
        return w->words->name;
    if (str_find(piece, STR("://")) > 0 || (str_starts(piece, STR("www.")) && dots > 1))
        return w->words->link;
    if (digits > DIGITS_MIN && letters == 0)
        return digits >= 9 ? w->words->phone : w->words->number;
    if (digits && piece.len >= CODE_MIN && letters && digits > 1)
        return w->words->number;
    return piece;
}

static bool is_name(const struct walk *w, struct str word)
{
    struct str folded = text_fold(w->a, word);
    for (size_t i = 0; i < w->name_count; i++)
        if (str_eq(w->names[i], folded))
            return true;
    return false;
}

/* The words of a piece, names among them taken out: "Marta's", "l'Aisha". */
static void piece_names(struct walk *w, struct str piece)
{
    struct str word;
    size_t done = 0;
    for (size_t i = 0; w->name_count && text_word_next(piece, &i, &word);) {
        if (!is_name(w, word))
            continue;
        size_t at = (size_t)(word.ptr - piece.ptr);
        put(w, str_slice(piece, done, at));
        put(w, w->words->name);
        done = at + word.len;
    }
    put(w, str_slice(piece, done, piece.len));
}

static void piece_write(struct walk *w, struct str piece)
{
    struct str other = replaced(w, piece);
    if (other.ptr == piece.ptr && other.len == piece.len)
        piece_names(w, piece);
    else
        put(w, other);
}

static size_t word_end(struct str s, size_t at)
{
    while (at < s.len && !is_space(s.ptr[at]))
        at++;
    return at;
}

/* What begins here and goes on over spaces; the bytes it takes, 0: nothing does. */
static size_t long_number(struct walk *w, size_t at)
{
    size_t digits, iban = iban_length(w->text, at), number = number_length(w->text, at, &digits);
    if (iban) {
        put(w, w->words->account);
        return iban;
    }
    bool ends =
        at + number >= w->text.len || is_space(w->text.ptr[at + number]) || is_close(w->text.ptr[at + number]);
    if (digits < PHONE_MIN || !ends)
        return 0;
    bool abroad = w->text.ptr[at] == '+' || str_starts(str_slice(w->text, at, at + 2), STR("00"));
    put(w, digits <= 13 || (abroad && digits <= 17) ? w->words->phone : w->words->number);
    return number;
}

static size_t piece_take(struct walk *w, size_t at)
{
    size_t taken = long_number(w, at);
    if (taken)
        return taken;
    size_t end = word_end(w->text, at), last = end;
    while (last > at && is_close(w->text.ptr[last - 1]))
        last--;
    piece_write(w, str_slice(w->text, at, last));
    put(w, str_slice(w->text, last, end));
    return end - at;
}

static void names_fold(struct walk *w, const struct str *names, size_t count)
{
    struct str *list = NULL, word;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; text_word_next(names[i], &k, &word);) {
            if (text_length(w->a, word, LENGTH_CHARACTERS) < NAME_MIN)
                continue;
            struct str *more = ARENA_ARRAY(w->a, struct str, w->name_count + 1);
            for (size_t n = 0; n < w->name_count; n++)
                more[n] = list[n];
            more[w->name_count++] = text_fold(w->a, word);
            list = more;
        }
    w->names = list;
}

struct str anonymous_text(struct arena *a, struct str text, const struct anonymous_words *words,
                          const struct str *names, size_t name_count)
{
    struct walk w = {.a = a, .text = text, .words = words};
    names_fold(&w, names, name_count);
    buf_init(&w.out, a, text.len + 64);
    for (size_t at = 0; at < text.len;) {
        if (is_space(text.ptr[at]) || is_open(text.ptr[at]))
            buf_char(&w.out, text.ptr[at++]);
        else
            at += piece_take(&w, at);
    }
    return buf_view(&w.out);
}
