/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a file inside the program. */
#include "base/embed.h"

#include <pthread.h>
#include <string.h>

static size_t count;

static void count_files(void)
{
    while (embed_files[count].name)
        count++;
}

struct str embed_get(struct str name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, count_files);
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(str_from(embed_files[middle].name), name);
        if (order == 0)
            return (struct str){embed_files[middle].bytes, embed_files[middle].len};
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return STR_EMPTY;
}
