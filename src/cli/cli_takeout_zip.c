/* SPDX-License-Identifier: Apache-2.0 */
/* The posts of a .zip as Google gives it: entries that are stored or deflated, found by the directory at its end.
 * What is encrypted or needs more than 32 bits for its sizes is refused with words. */
#include <libdeflate.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "cli/cli_takeout.h"

#define END_SIZE   22
#define ENTRY_SIZE 46
#define LOCAL_SIZE 30
#define DEPTH_MAX  2                   /* a .zip within the one that was given */
#define WITHIN_MAX ((size_t)512 << 20) /* it, where it is packed once more */

struct unzip {
    struct takeout *t;
    struct str zip, below; /* whose bytes, and what stands before the names in it */
    int depth;
    struct libdeflate_decompressor *inflate;
};
struct entry {
    struct str name;
    unsigned flags, method;
    size_t packed, size, local;
};

static size_t number(struct str zip, size_t at, size_t bytes)
{
    size_t n = 0;
    for (size_t i = bytes; i-- > 0;)
        n = n << 8 | (unsigned char)zip.ptr[at + i];
    return n;
}

static bool is_at(struct str zip, size_t at, struct str signature, size_t size)
{
    return at <= zip.len && zip.len - at >= size && str_eq(str_slice(zip, at, at + signature.len), signature);
}

/* Where the record at the end begins; a comment of up to 64 KB may follow it. */
static bool end_find(struct str zip, size_t *at)
{
    for (size_t back = END_SIZE; back <= zip.len && back <= END_SIZE + 65535; back++)
        if (is_at(zip, zip.len - back, STR("PK\x05\x06"), END_SIZE)) {
            *at = zip.len - back;
            return true;
        }
    return false;
}

static bool entry_read(struct str zip, size_t *at, struct entry *out)
{
    if (!is_at(zip, *at, STR("PK\x01\x02"), ENTRY_SIZE))
        return false;
    size_t name = number(zip, *at + 28, 2), rest = number(zip, *at + 30, 2) + number(zip, *at + 32, 2);
    if (zip.len - *at - ENTRY_SIZE < name + rest)
        return false;
    *out = (struct entry){.name = str_slice(zip, *at + ENTRY_SIZE, *at + ENTRY_SIZE + name),
                          .flags = (unsigned)number(zip, *at + 8, 2),
                          .method = (unsigned)number(zip, *at + 10, 2),
                          .packed = number(zip, *at + 20, 4),
                          .size = number(zip, *at + 24, 4),
                          .local = number(zip, *at + 42, 4)};
    *at += ENTRY_SIZE + name + rest;
    return true;
}

/* The bytes of an entry; false for what this does not read. */
static bool entry_bytes(const struct unzip *u, const struct entry *entry, size_t most, struct str *out)
{
    struct arena *a = u->t->arena;
    size_t at = entry->local, got = 0;
    bool possible =
        (entry->size <= most || entry->method == 0) && entry->size / 1040 <= entry->packed; /* deflate's reach */
    if (entry->flags & 1 || !possible || !is_at(u->zip, at, STR("PK\x03\x04"), LOCAL_SIZE))
        return false;
    at += LOCAL_SIZE + number(u->zip, at + 26, 2) + number(u->zip, at + 28, 2);
    if (at > u->zip.len || u->zip.len - at < entry->packed)
        return false;
    if (entry->method == 0) {
        *out = str_slice(u->zip, at, at + entry->packed);
        return true;
    }
    char *bytes = arena_alloc(a, entry->size + 1);
    *out = (struct str){bytes, entry->size};
    return entry->method == 8 &&
           libdeflate_deflate_decompress(u->inflate, u->zip.ptr + at, entry->packed, bytes, entry->size, &got) ==
               LIBDEFLATE_SUCCESS &&
           got == entry->size;
}

static bool zip_read(const struct unzip *u);

static void entry_take(const struct unzip *u, const struct entry *entry)
{
    struct takeout *t = u->t;
    struct str bytes, name = str_concat(t->arena, u->below, entry->name);
    bool zip = str_ends(entry->name, STR(".zip"));
    if (zip ? u->depth == DEPTH_MAX : !takeout_may_be(t, entry->name))
        return;
    bool ok = entry_bytes(u, entry, zip ? WITHIN_MAX : TAKEOUT_FILE_MAX, &bytes);
    if (ok && zip) {
        struct unzip within = *u;
        within.zip = bytes;
        within.below = str_concat(t->arena, name, STR("/"));
        within.depth++;
        ok = zip_read(&within);
    } else if (ok) {
        takeout_offer(t, str_cstr(t->arena, name), bytes);
    }
    if (!ok && !t->anywhere)
        takeout_add(t, str_cstr(t->arena, name), STR("(it cannot be unpacked)"));
}

static bool zip_read(const struct unzip *u)
{
    struct entry entry;
    size_t end, at, count;
    if (!end_find(u->zip, &end) || number(u->zip, end + 10, 2) == 0xffff || number(u->zip, end + 16, 4) > u->zip.len)
        return false;
    at = number(u->zip, end + 16, 4);
    count = number(u->zip, end + 10, 2);
    for (size_t i = 0; i < count && entry_read(u->zip, &at, &entry); i++)
        entry_take(u, &entry);
    return true;
}

bool takeout_unzip(struct takeout *t, const char *below, struct str zip, struct error *e)
{
    struct unzip u = {.t = t, .zip = zip, .below = str_from(below), .depth = 1};
    u.inflate = libdeflate_alloc_decompressor();
    if (!u.inflate)
        return fail(e, ERR_INTERNAL, "there is no memory to unpack the file");
    bool ok = zip_read(&u);
    libdeflate_free_decompressor(u.inflate);
    return ok || fail(e, ERR_BAD_INPUT,
                      "the .zip is damaged, or too large to be read as it is: unpack it and give its folder");
}
