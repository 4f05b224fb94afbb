/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the community. */
#include "care/forum_words.h"

#include "base/arena.h"
#include "base/unicode.h"

struct str forum_slug(struct arena *a, struct str title)
{
    struct str folded = text_fold(a, title), word;
    char *out = arena_alloc(a, FORUM_SLUG_MAX + 1);
    size_t len = 0, i = 0;
    while (text_word_next(folded, &i, &word)) {
        bool plain = true;
        for (size_t k = 0; k < word.len; k++)
            plain &= (word.ptr[k] >= 'a' && word.ptr[k] <= 'z') || (word.ptr[k] >= '0' && word.ptr[k] <= '9');
        if (!plain)
            continue;
        if (len + word.len + 1 > FORUM_SLUG_MAX)
            break;
        if (len)
            out[len++] = '-';
        for (size_t k = 0; k < word.len; k++)
            out[len++] = word.ptr[k];
    }
    return len ? (struct str){out, len} : STR("topic");
}

bool forum_has_link(struct arena *a, struct str text)
{
    struct str folded = text_fold(a, text);
    return str_find(folded, STR("://")) >= 0 || str_find(folded, STR("www.")) >= 0 || text_has_url(a, text);
}

bool forum_name_is_good(struct arena *a, struct str name)
{
    size_t length = text_length(a, name, LENGTH_CHARACTERS), letters = 0;
    if (length < FORUM_NAME_MIN || length > FORUM_NAME_MAX || forum_has_link(a, name))
        return false;
    for (size_t i = 0; i < name.len;) {
        uint32_t c = utf8_next(name, &i);
        bool between = c == ' ' || c == '.' || c == '-' || c == '\'' || c == 0x2019;
        if (!between && !text_is_word(c))
            return false;
        letters += !between;
    }
    return letters >= FORUM_NAME_MIN;
}

static bool word_ends(struct str text, size_t at)
{
    return at >= text.len || !text_is_word(utf8_next(text, &at));
}

/* Of the names, the longest that stands at this place; count: none. */
static size_t name_at(struct str text, size_t at, const struct str *folded, size_t count)
{
    size_t best = count;
    for (size_t n = 0; n < count; n++)
        if (folded[n].len && str_starts(str_slice(text, at, text.len), folded[n]) &&
            word_ends(text, at + folded[n].len) && (best == count || folded[n].len > folded[best].len))
            best = n;
    return best;
}

size_t forum_named(struct arena *a, struct str text, const struct str *folded, size_t count, size_t *out)
{
    struct str words = text_fold(a, text);
    size_t found = 0;
    bool in_word = false;
    for (size_t i = 0; i < words.len && found < FORUM_NAMED_MAX;) {
        uint32_t c = utf8_next(words, &i);
        size_t name = c == '@' && !in_word ? name_at(words, i, folded, count) : count;
        bool known = name == count;
        for (size_t k = 0; k < found; k++)
            known |= out[k] == name;
        if (!known)
            out[found++] = name;
        in_word = text_is_word(c);
    }
    return found;
}

struct str forum_picture(struct str bytes)
{
    if (str_starts(bytes, STR("\x89PNG\r\n\x1a\n")))
        return STR("image/png");
    if (str_starts(bytes, STR("\xff\xd8\xff")))
        return STR("image/jpeg");
    if (str_starts(bytes, STR("GIF87a")) || str_starts(bytes, STR("GIF89a")))
        return STR("image/gif");
    if (bytes.len >= 12 && str_starts(bytes, STR("RIFF")) && str_starts(str_slice(bytes, 8, 12), STR("WEBP")))
        return STR("image/webp");
    return STR_EMPTY;
}
