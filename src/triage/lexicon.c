/* SPDX-License-Identifier: Apache-2.0 */
/* Looking a word up. */
#include "triage/lexicon.h"

#include <string.h>

#define LONGEST_WORD 24

static unsigned class_of(char letter)
{
    switch (letter) {
    case '-': return PLAIN;
    case 'i': return INSULT;
    case 'w': return WEAK;
    case 's': return SWEAR;
    case 'a': return ANGER;
    case 'u': return URGENT;
    case 't': return THANKS;
    case 'm': return MATTER;
    case 'p': return PROBLEM;
    case 'l': return LEGAL;
    case 'y': return YOU;
    case 'e': return ME;
    case 'o': return THING;
    case 'd': return SAID;
    case 'n': return MONTH;
    case 'j': return DAY;
    case 'q': return QUESTION;
    case 'r': return REQUEST;
    case 'v': return DONE;
    default: return 0;
    }
}

static unsigned find_in(const char *words, const char *key)
{
    const char *found = strstr(words, key);
    unsigned classes = 0;
    if (!found)
        return 0;
    for (const char *p = found + strlen(key); *p != ' '; p++)
        classes |= class_of(*p);
    return classes;
}

/* Does a word of which letters are hidden ("str*nzo", "f**k") match the entry up to its "="? */
static bool masked_match(struct str masked, const char *entry)
{
    for (size_t i = 0; i < masked.len; i++)
        if (entry[i] == '=' || entry[i] == '\0' || (masked.ptr[i] != '*' && masked.ptr[i] != entry[i]))
            return false;
    return entry[masked.len] == '=';
}

static unsigned masked_in(const char *words, struct str masked, struct str *word)
{
    for (const char *p = words; *p; p++) {
        if (*p != ' ' || p[1] == '\0' || !masked_match(masked, p + 1))
            continue;
        unsigned classes = 0;
        for (const char *letter = strchr(p + 1, '=') + 1; *letter && *letter != ' '; letter++)
            classes |= class_of(*letter);
        if (classes & (INSULT | SWEAR)) {
            *word = (struct str){p + 1, masked.len};
            return classes;
        }
    }
    return 0;
}

unsigned lexicon_find_masked(struct str masked, struct str *word)
{
    if (masked.len < 3 || masked.len > LONGEST_WORD || masked.ptr[0] < 'a' || masked.ptr[0] > 'z')
        return 0;
    unsigned it = masked_in(lexicon_it[masked.ptr[0] - 'a'], masked, word);
    unsigned en = masked_in(lexicon_en[masked.ptr[0] - 'a'], masked, word);
    return it | en | (it ? (unsigned)ITALIAN : 0u) | (en ? (unsigned)ENGLISH : 0u);
}

unsigned lexicon_find(struct str folded)
{
    char key[LONGEST_WORD + 3];
    if (folded.len == 0 || folded.len > LONGEST_WORD || folded.ptr[0] < 'a' || folded.ptr[0] > 'z')
        return 0;
    key[0] = ' ';
    memcpy(key + 1, folded.ptr, folded.len);
    memcpy(key + 1 + folded.len, "=", 2);
    unsigned it = find_in(lexicon_it[folded.ptr[0] - 'a'], key), en = find_in(lexicon_en[folded.ptr[0] - 'a'], key);
    return it | en | (it ? (unsigned)ITALIAN : 0u) | (en ? (unsigned)ENGLISH : 0u);
}
