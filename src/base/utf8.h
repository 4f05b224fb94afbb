/* SPDX-License-Identifier: Apache-2.0 */
/* One UTF-8 sequence, checked: shared by the JSON reader, the log and unicode.c. */
#pragma once

#include "base/compiler.h"

/* Length (1-4) of the well-formed sequence at ptr (left > 0 bytes), 0 when there is none. */
static inline size_t utf8_sequence(const char *ptr, size_t left)
{
    const unsigned char *p = (const unsigned char *)ptr;
    unsigned char lowest = 0x80, highest = 0xbf;
    size_t len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > left)
        return 0;
    if (p[0] == 0xe0)
        lowest = 0xa0; /* else overlong */
    else if (p[0] == 0xed)
        highest = 0x9f; /* else a surrogate */
    else if (p[0] == 0xf0)
        lowest = 0x90;
    else if (p[0] == 0xf4)
        highest = 0x8f; /* else beyond U+10FFFF */
    if (p[1] < lowest || p[1] > highest)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

/* How many bytes one U+FFFD stands for at ptr, where utf8_sequence gave 0: the longest beginning of a
 * well-formed sequence (as the Unicode standard and browsers do). */
static inline size_t utf8_bad_length(const char *ptr, size_t left)
{
    static const char tail[3] = {(char)0x80, (char)0x80, (char)0x80};
    const unsigned char *p = (const unsigned char *)ptr;
    char whole[4];
    if (p[0] < 0xe0 || p[0] > 0xf4)
        return 1;
    size_t len = 1, most = left < 3 ? left : 3;
    while (len < most) {
        for (size_t i = 0; i < 4; i++)
            whole[i] = i <= len ? ptr[i] : tail[0];
        if (!utf8_sequence(whole, 4))
            break;
        len++;
    }
    return len;
}
