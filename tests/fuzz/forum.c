/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the words of the community. The first line gives names, the rest is a post: each one called is one of
 * them and once; an address is plain and short; a good name is neither empty nor endless. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/unicode.h"
#include "care/forum_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct str rest = {(const char *)data, size}, line, name, names[NAMES];
    size_t count = 0, out[FORUM_NAMED_MAX];
    if (!str_split(&rest, '\n', &line))
        return 0;
    while (count < NAMES && str_split(&line, ',', &name))
        names[count++] = text_fold(a, text_clean(a, name));
    struct str text = text_clean(a, rest);
    size_t found = forum_named(a, text, names, count, out);
    if (found > FORUM_NAMED_MAX || found > count ||
        (found && !memchr(text.ptr, '@', text.len) && utf8_valid(rest) && str_find(text_fold(a, text), STR("@")) < 0))
        abort();
    for (size_t i = 0; i < found; i++)
        for (size_t k = 0; k <= i; k++)
            if (out[i] >= count || names[out[i]].len == 0 || (k < i && out[k] == out[i]))
                abort();
    struct str slug = forum_slug(a, text);
    if (slug.len == 0 || slug.len > FORUM_SLUG_MAX)
        abort();
    for (size_t i = 0; i < slug.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", slug.ptr[i]))
            abort();
    if (forum_name_is_good(a, text) && (text.len < FORUM_NAME_MIN || memchr(text.ptr, '<', text.len)))
        abort();
    (void)forum_picture(rest);
    return 0;
}
