/* SPDX-License-Identifier: Apache-2.0 */
/* Reads compiled zone files (TZif, RFC 8536) and keeps those that are in use. A name that is unknown is kept
 * too, as UTC, so that it does not cost a file access each time. */
#include "base/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define FOLDER      "/usr/share/zoneinfo/"
#define NAME_LIMIT  64
#define FILE_LIMIT  65536
#define HEADER_SIZE 44

struct zone {
    char name[NAME_LIMIT];
    uint64_t used; /* the counter's value when it was last asked for */
    size_t count;
    int64_t *at;      /* transitions, ascending */
    int32_t *offsets; /* from each on */
    int32_t first;    /* before all */
    bool has_rule;
    struct zone_rule rule;
};

static struct {
    pthread_mutex_t lock;
    struct zone *zones[ZONES_KEPT];
    uint64_t counter;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t big_endian(const unsigned char *p, size_t bytes)
{
    uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | p[i];
    return (int64_t)value;
}

/* The counts of a TZif header, in the order of the file. */
struct header {
    uint64_t is_ut, is_std, leap, times, types, chars;
};

static bool read_header(struct str file, struct header *h)
{
    const unsigned char *p = (const unsigned char *)file.ptr;
    uint64_t counts[6];
    if (file.len < HEADER_SIZE || memcmp(p, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < 6; i++) {
        counts[i] = (uint64_t)big_endian(p + 20 + 4 * i, 4);
        if (counts[i] > FILE_LIMIT)
            return false;
    }
    *h = (struct header){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
    return h->types > 0;
}

static size_t body_size(const struct header *h, size_t time_size)
{
    return h->times * (time_size + 1) + h->types * 6 + h->chars + h->leap * (time_size + 4) + h->is_std + h->is_ut;
}

static bool fill(struct zone *z, const struct header *h, const char *body)
{
    const unsigned char *times = (const unsigned char *)body, *index = times + h->times * 8;
    const unsigned char *types = index + h->times;
    z->at = calloc(h->times + 1, sizeof(*z->at));
    z->offsets = calloc(h->times + 1, sizeof(*z->offsets));
    if (!z->at || !z->offsets)
        return false;
    z->first = (int32_t)big_endian(types, 4);
    for (size_t i = 0; i < h->times; i++) {
        if (index[i] >= h->types)
            return false;
        z->at[i] = big_endian(times + i * 8, 8);
        z->offsets[i] = (int32_t)big_endian(types + (size_t)index[i] * 6, 4);
        if (i && z->at[i] <= z->at[i - 1])
            return false;
    }
    z->count = h->times;
    return true;
}

/* Only version 2 and later, which carry 64-bit times behind a first block that is skipped. */
static bool parse(struct zone *z, struct str file)
{
    struct header h;
    if (!read_header(file, &h) || file.ptr[4] < '2')
        return false;
    file = str_slice(file, HEADER_SIZE + body_size(&h, 4), file.len);
    if (!read_header(file, &h) || file.len < HEADER_SIZE + body_size(&h, 8))
        return false;
    if (!fill(z, &h, file.ptr + HEADER_SIZE))
        return false;
    struct str footer = str_trim(str_slice(file, HEADER_SIZE + body_size(&h, 8), file.len));
    z->has_rule = zone_rule_parse(footer, &z->rule);
    return true;
}

/* Letters, digits, + - _ and single slashes: nothing that leaves the folder. */
static bool is_safe(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len >= NAME_LIMIT || name[0] == '/' || strstr(name, ".."))
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/") == len;
}

static void load(struct zone *z)
{
    char path[sizeof(FOLDER) + NAME_LIMIT];
    snprintf(path, sizeof(path), FOLDER "%s", z->name);
    FILE *f = fopen(path, "re");
    char *bytes = f ? malloc(FILE_LIMIT) : NULL;
    size_t len = bytes ? fread(bytes, 1, FILE_LIMIT, f) : 0;
    if (!parse(z, (struct str){bytes, len})) {
        z->count = 0;
        z->first = 0;
        z->has_rule = false;
    }
    free(bytes);
    if (f)
        fclose(f);
}

static void zone_free(struct zone *z)
{
    if (!z)
        return;
    free(z->at);
    free(z->offsets);
    free(z);
}

/* The lock is held. NULL when memory is out, or the name is none: no such name is kept. */
static struct zone *find(const char *name)
{
    size_t oldest = 0;
    for (size_t i = 0; i < ZONES_KEPT; i++) {
        struct zone *z = cache.zones[i];
        if (z && strcmp(z->name, name) == 0) {
            z->used = ++cache.counter;
            return z;
        }
        struct zone *o = cache.zones[oldest];
        if (o && (!z || z->used < o->used))
            oldest = i;
    }
    struct zone *fresh = is_safe(name) ? calloc(1, sizeof(*fresh)) : NULL;
    if (!fresh)
        return NULL;
    memcpy(fresh->name, name, strlen(name));
    fresh->used = ++cache.counter;
    load(fresh);
    zone_free(cache.zones[oldest]);
    cache.zones[oldest] = fresh;
    return fresh;
}

static int64_t offset_in(const struct zone *z, int64_t at)
{
    size_t low = 0, high = z->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->count && z->has_rule)
        return zone_rule_offset(&z->rule, at);
    return low ? z->offsets[low - 1] : z->first;
}

int64_t zone_offset(const char *name, int64_t at)
{
    if (!name || strcmp(name, "UTC") == 0)
        return 0;
    pthread_mutex_lock(&cache.lock);
    const struct zone *z = find(name);
    int64_t offset = z ? offset_in(z, at) : 0;
    pthread_mutex_unlock(&cache.lock);
    return offset;
}
