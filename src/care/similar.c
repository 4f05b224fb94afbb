/* SPDX-License-Identifier: Apache-2.0 */
/* Sketches of replies: the 16 smallest hashes of their three-word shingles (names left to chance). */
#include "care/similar.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/unicode.h"
#include "store/shelf.h"

#define SHINGLE_WORDS 3
#define SKETCH_MAX    16
#define WORDS_MIN     6

static int compare_hashes(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t words_of(struct arena *a, struct str text, struct str **out)
{
    struct str folded = text_fold(a, text);
    struct str *words = NULL;
    size_t n = 0, start = 0;
    for (size_t i = 0; i <= folded.len; i++) {
        unsigned char c = i < folded.len ? (unsigned char)folded.ptr[i] : ' ';
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (letter)
            continue;
        if (i > start) {
            words = list_room(a, words, n, sizeof *words);
            words[n++] = str_slice(folded, start, i);
        }
        start = i + 1;
    }
    *out = words;
    return n;
}

static size_t sketch_of(struct arena *a, struct str text, int64_t out[SKETCH_MAX])
{
    struct str *words;
    size_t n = words_of(a, text, &words), kept = 0;
    if (n < WORDS_MIN)
        return 0;
    size_t count = n - SHINGLE_WORDS + 1;
    int64_t *hashes = ARENA_ARRAY(a, int64_t, count);
    for (size_t i = 0; i < count; i++)
        hashes[i] = (int64_t)(hash64(str_format(a, "%.*s %.*s %.*s", STR_ARGS(words[i]), STR_ARGS(words[i + 1]),
                                                STR_ARGS(words[i + 2]))) >>
                              1);
    qsort(hashes, count, sizeof *hashes, compare_hashes);
    for (size_t i = 0; i < count && kept < SKETCH_MAX; i++)
        if (kept == 0 || out[kept - 1] != hashes[i])
            out[kept++] = hashes[i];
    return kept;
}

bool similar_remember(struct tx *tx, const struct message *m, struct error *e)
{
    int64_t sketch[SKETCH_MAX];
    size_t n = sketch_of(tx_arena(tx), m->text, sketch);
    for (size_t i = 0; i < n; i++)
        if (!shingle_add(tx, m->brand_id, sketch[i], m->id, m->person_id, e))
            return false;
    return true;
}

bool similar_forget(struct tx *tx, const struct message *m, struct error *e)
{
    int64_t sketch[SKETCH_MAX];
    size_t n = sketch_of(tx_arena(tx), m->text, sketch);
    for (size_t i = 0; i < n; i++)
        if (!shingle_delete(tx, m->brand_id, sketch[i], m->id, e))
            return false;
    return true;
}

bool similar_find(struct tx *tx, struct arena *a, int64_t brand, int64_t person, struct str text, struct similar *out,
                  struct error *e)
{
    int64_t sketch[SKETCH_MAX];
    struct shingle_hit *hits;
    size_t n = sketch_of(a, text, sketch), count;
    *out = (struct similar){0};
    if (!shingle_find(tx, a, brand, sketch, n, &hits, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (hits[i].person_id == person || hits[i].shared * 10 < (int64_t)n * 6)
            continue;
        bool counted = false;
        for (size_t k = 0; k < i; k++)
            counted |= hits[k].person_id == hits[i].person_id && hits[k].shared * 10 >= (int64_t)n * 6;
        out->people += !counted;
        if (hits[i].message_id > out->message_id)
            out->message_id = hits[i].message_id;
    }
    return true;
}
