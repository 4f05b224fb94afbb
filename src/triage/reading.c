/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a message into words. One pass over the bytes; only words with letters beyond ASCII are folded by
 * Unicode. */
#include "triage/reading.h"

#include <string.h>

#include "base/arena.h"
#include "base/unicode.h"

struct cutter {
    struct reading *r;
    size_t at;
    char *plain; /* grows with what is kept */
    size_t plain_len;
    char *folded; /* ASCII words, one behind the other */
    size_t folded_len;
    bool quote_open;
};

static bool is_letter(unsigned char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static unsigned char at(const struct cutter *c, size_t i)
{
    return i < c->r->text.len ? (unsigned char)c->r->text.ptr[i] : 0;
}

/* Bytes of a sign beyond ASCII that is no letter (punctuation, symbols, emoji); 0: it is a letter. */
static size_t sign_bytes(const struct cutter *c, size_t i)
{
    unsigned char first = at(c, i), second = at(c, i + 1);
    if (first == 0xc2)
        return 2;
    if (first == 0xe2 || first == 0xef || (first == 0xe3 && second == 0x80))
        return 3;
    return first >= 0xf0 ? 4 : 0;
}

static void plain_add(struct cutter *c, const char *ptr, size_t len)
{
    memcpy(c->plain + c->plain_len, ptr, len);
    c->plain_len += len;
}

/* ---- words ---- */

/* Letters that stand for others inside a word. */
static char unleet(unsigned char c)
{
    switch (c) {
    case '0': return 'o';
    case '1': return 'i';
    case '3': return 'e';
    case '4': return 'a';
    case '5': return 's';
    case '7': return 't';
    case '@': return 'a';
    case '$': return 's';
    default: return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
}

/* Repeats cut to `most`; true when something was cut. */
static bool cut_repeats(struct str s, size_t most, char *out, size_t *len)
{
    size_t run = 0, n = 0;
    for (size_t i = 0; i < s.len; i++) {
        run = i && s.ptr[i] == s.ptr[i - 1] ? run + 1 : 1;
        if (run <= most)
            out[n++] = s.ptr[i];
    }
    *len = n;
    return n < s.len;
}

/* A word with hidden letters becomes the word itself. */
static unsigned look_up(struct str *key, bool hidden)
{
    char once[32];
    size_t len;
    if (hidden)
        return lexicon_find_masked(*key, key);
    unsigned classes = lexicon_find(*key);
    if (!classes && key->len < sizeof once && cut_repeats(*key, 1, once, &len))
        classes = lexicon_find((struct str){once, len});
    return classes;
}

static struct str fold_ascii(struct cutter *c, size_t from, size_t to, bool apostrophe, bool leet)
{
    char *out = c->folded + c->folded_len;
    size_t n = 0, len;
    for (size_t i = from; i < to; i++) {
        unsigned char byte = at(c, i);
        if (apostrophe && (byte == '\'' || byte == 0xe2 || byte == 0x80 || byte == 0x99))
            continue;
        out[n++] = leet ? unleet(byte) : (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
    }
    (void)cut_repeats((struct str){out, n}, 2, out, &len);
    c->folded_len += len;
    return (struct str){out, len};
}

static struct token *token_add(struct cutter *c, size_t from, size_t to)
{
    struct token *t = &c->r->tokens[c->r->count++];
    *t = (struct token){.raw = {c->r->text.ptr + from, to - from}, .quoted = c->quote_open};
    return t;
}

struct shape {
    size_t letters, capitals, digits, hidden, beyond, apostrophes;
};

/* "don't" is one word, "l'ordine" two: behind the apostrophe stands an English ending. */
static size_t english_ending(const struct cutter *c, size_t i)
{
    static const char *const endings[] = {"t", "re", "m", "ll", "ve", "s", "d"};
    size_t apostrophe = at(c, i) == '\''                                                   ? 1
                        : at(c, i) == 0xe2 && at(c, i + 1) == 0x80 && at(c, i + 2) == 0x99 ? 3
                                                                                           : 0;
    for (size_t k = 0; apostrophe && k < COUNT_OF(endings); k++) {
        size_t len = strlen(endings[k]), j = 0;
        while (j < len && (at(c, i + apostrophe + j) | 0x20) == (unsigned char)endings[k][j])
            j++;
        if (j == len && !is_letter(at(c, i + apostrophe + len)))
            return apostrophe + len;
    }
    return 0;
}

/* The end of the word that begins at the cursor. */
static size_t word_end(const struct cutter *c, struct shape *shape)
{
    size_t i = c->at;
    for (; i < c->r->text.len; i++) {
        unsigned char byte = at(c, i), next = at(c, i + 1);
        size_t ending = english_ending(c, i);
        if (ending) {
            shape->apostrophes++;
            return i + ending;
        }
        bool inside = is_letter(next) || next == '*' || is_digit(next);
        if (byte >= 0x80 && sign_bytes(c, i))
            break;
        if (is_digit(byte))
            shape->digits++;
        else if ((byte == '*' || byte == '@' || byte == '$') && i > c->at && inside)
            shape->hidden += byte == '*' ? 1 : 0;
        else if (!is_letter(byte))
            break;
        shape->letters += is_letter(byte) && (byte & 0xc0) != 0x80;
        shape->capitals += byte >= 'A' && byte <= 'Z';
        shape->beyond += byte >= 0x80;
    }
    return i;
}

static void word_cut(struct cutter *c)
{
    struct shape shape = {0};
    size_t end = word_end(c, &shape);
    if (end == c->at) { /* a sign that only looked like a letter */
        c->at++;
        return;
    }
    struct token *t = token_add(c, c->at, end);
    bool leet = shape.letters > 1 && shape.digits <= shape.letters + 1;
    bool odd = leet && (shape.digits || memchr(t->raw.ptr, '@', t->raw.len) || memchr(t->raw.ptr, '$', t->raw.len));
    t->key = fold_ascii(c, c->at, end, shape.apostrophes > 0, false);
    if (shape.beyond && shape.apostrophes == 0)
        t->key = text_fold(c->r->arena, t->raw);
    if (shape.letters)
        t->classes = look_up(&t->key, shape.hidden > 0);
    if (odd && !t->classes) {
        struct str key = fold_ascii(c, c->at, end, false, true);
        t->classes = look_up(&key, shape.hidden > 0) & (INSULT | SWEAR | ITALIAN | ENGLISH);
        t->key = t->classes & (INSULT | SWEAR) ? key : t->key;
    }
    t->letters = (unsigned char)(shape.letters > 255 ? 255 : shape.letters);
    t->digits = (unsigned char)(shape.digits > 255 ? 255 : shape.digits);
    t->capitals = shape.letters >= 3 && shape.capitals == shape.letters && !shape.digits;
    c->r->capitals += t->capitals;
    bool spaceless = shape.beyond > 2 && at(c, c->at) >= 0xe0;
    c->r->words += spaceless ? (shape.letters + 1) / 2 : shape.letters >= 2;
    plain_add(c, t->raw.ptr, t->raw.len);
    plain_add(c, " ", 1);
    c->at = end;
}

/* ---- what is left out, and what stands between words ---- */

static bool starts(const struct cutter *c, const char *word)
{
    size_t i = 0;
    while (word[i] && (at(c, c->at + i) | 0x20) == (unsigned char)word[i])
        i++;
    return word[i] == '\0';
}

/* Addresses and mentions. */
static bool skip_address(struct cutter *c)
{
    bool mention = at(c, c->at) == '@' && is_letter(at(c, c->at + 1));
    bool word_start = c->at == 0 || !is_letter(at(c, c->at - 1));
    if (!mention && !(word_start && (starts(c, "http://") || starts(c, "https://") || starts(c, "www."))))
        return false;
    while (c->at < c->r->text.len && at(c, c->at) > ' ' && !(mention && strchr(",;:!?)", (char)at(c, c->at))))
        c->at++;
    return true;
}

static void sign_read(struct cutter *c)
{
    struct token *last = c->r->count ? &c->r->tokens[c->r->count - 1] : NULL;
    unsigned char byte = at(c, c->at);
    size_t len = byte >= 0x80 ? sign_bytes(c, c->at) : 1;
    bool curly = byte == 0xe2 && at(c, c->at + 1) == 0x80;
    unsigned char third = at(c, c->at + 2);
    if (byte == '"' || (byte == 0xc2 && (at(c, c->at + 1) == 0xab || at(c, c->at + 1) == 0xbb)))
        c->quote_open = byte == '"' ? !c->quote_open : at(c, c->at + 1) == 0xab;
    else if (curly && (third == 0x9c || third == 0x9d))
        c->quote_open = third == 0x9c;
    c->r->exclamations += byte == '!';
    c->r->questions += byte == '?';
    if (last && byte && strchr(".,;:!?()\n", (char)byte))
        last->pause = true;
    c->at += len ? len : 1;
}

void reading_make(struct arena *a, struct str text, struct reading *out)
{
    size_t len = text.len < READING_BYTES ? text.len : READING_BYTES;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    *out = (struct reading){.arena = a, .text = {text.ptr, len}};
    out->tokens = ARENA_ARRAY(a, struct token, (len / 2 < READING_TOKENS ? len / 2 : READING_TOKENS) + 1);
    struct cutter c = {.r = out, .plain = arena_alloc(a, 2 * len + 2), .folded = arena_alloc(a, 2 * len + 2)};
    size_t most = (len / 2 < READING_TOKENS ? len / 2 : READING_TOKENS) + 1;
    while (c.at < len && out->count < most) {
        unsigned char byte = at(&c, c.at);
        if (skip_address(&c))
            continue;
        bool letter = (byte >= 0x80 && !sign_bytes(&c, c.at)) || (byte < 0x80 && (is_letter(byte) || is_digit(byte)));
        size_t before = out->count;
        if (letter)
            word_cut(&c);
        else
            sign_read(&c);
        if (out->count > before && out->tokens[before].raw.ptr > out->text.ptr)
            out->tokens[before].tag = out->tokens[before].raw.ptr[-1] == '#';
    }
    out->plain = (struct str){c.plain, c.plain_len};
}
