/* SPDX-License-Identifier: Apache-2.0 */
/* What threads.c and its lists share. */
#pragma once

#include "channels/channel_meta.h"

struct threads_reading {
    struct arena *a;
    const struct settings *settings;
    struct channel_events *events;
    int64_t time;    /* of the webhook */
    int64_t now;     /* of a list: its words are as of this moment; else 0 */
    struct str root; /* the post that a list is of, where an item does not say */
};
/* A post as a webhook or a list shows it. */
void threads_post(struct threads_reading *r, const struct json *post, const struct place *at);
/* What Threads calls not found: what is answered or listed, or a container that is not there yet. */
bool threads_not_found(const struct json *body);

/* In channel_threads_lists.c. */
bool threads_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                 struct error *e);
void threads_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                   const struct http_reply *reply, struct channel_events *events, struct asked *out);
