/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: mails, the frames of a mailbox, answers and words of email. */
#include "channel_fuzz.h"

static void fuzz_frames(const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    const struct channel *channel = channel_find(STR("email"));
    struct settings settings = fuzz_settings(a, channel);
    struct asking asking = {.listing = channel->listings};
    struct channel_events events = {.arena = a};
    struct http_reply reply = {.status = 200, .body = {(const char *)data, size}};
    struct asked out;
    channel->asked(a, &settings, &asking, &reply, &events, &out);
    for (size_t i = 0; i < events.count; i++)
        if (!events.items[i].dedupe.len || !utf8_valid(events.items[i].text))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_frames(data, size);
    return fuzz_channel("email", data, size);
}
