/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: whatever a mail server says, the talk ends, and what it gives is whole. */
#include <stdlib.h>

#include "base/arena.h"
#include "net/mail_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct said {
    const uint8_t *data;
    size_t size, from;
};

static bool hear(void *ctx, struct str bytes)
{
    (void)ctx;
    return bytes.len > 2;
}

static ptrdiff_t say(void *ctx, char *out, size_t room)
{
    struct said *s = ctx;
    size_t left = s->size - s->from, n = left < room ? left : room;
    n = n < 61 ? n : 61;
    if (n)
        memcpy(out, s->data + s->from, n);
    s->from += n;
    return (ptrdiff_t)n;
}

static void talk(const char *method, const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct said said = {data, size, 0};
    struct imap_wire wire = {&said, hear, say};
    struct pair headers[] = {{STR("most"), STR("5")},
                             {STR("validity"), STR("1")},
                             {STR("size-max"), STR("2000")},
                             {STR("uids"), STR("1,2")}};
    struct http_call call = {.method = method, .headers = {headers, COUNT_OF(headers)}, .reply_max = 4000};
    struct http_reply reply;
    imap_talk(a, &wire, &call, STR("INBOX"), &reply);
    if ((reply.status == 0) != (reply.problem[0] != 0) || arena_used(a) > (64 << 20) + 64 * size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    talk("FETCH", data, size);
    talk("SEEN", data, size);
    return 0;
}
