/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of YouTube: youtube.c and channel_youtube_lists.c, which asks for comments and reads them. */
#pragma once

#include "channels/channel_google.h"

/* An answer of commentThreads.list, comments.list or videos.list being read. */
struct youtube_reading {
    struct arena *a;
    struct channel_events *events;
    struct str us;       /* our channel */
    int64_t now;         /* of the asking; 0: none is under way */
    struct str held;     /* what keeps them back ("heldForReview"); empty: as each says */
    struct str of_video; /* under which replies stand, which do not say so themselves */
    int64_t oldest;      /* out: of the threads; 0: there were none */
};
void youtube_items(struct youtube_reading *r, const struct json *items);

bool youtube_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                 struct error *e);
void youtube_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                   const struct http_reply *reply, struct channel_events *events, struct asked *out);

/* In youtube.c. */
void youtube_problem(struct arena *a, const struct http_reply *reply, int64_t now, struct outcome *out);
struct str youtube_url(struct arena *a, const struct settings *s, const char *tail);
