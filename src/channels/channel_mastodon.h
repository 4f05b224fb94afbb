/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of Mastodon's adapter: mastodon.c (what goes out, access), channel_mastodon_read.c (what its posts say),
 * channel_mastodon_lists.c (asking). */
#pragma once

#include "channels/channel_internal.h"

struct mastodon_reading {
    struct arena *a;
    struct channel_events *events;
    struct str us; /* our account's name on its own server */
    struct str id; /* and its id there, where it is known */
};

/* What a post is to us, besides the event. */
struct mastodon_post {
    struct str id;
    int64_t at;
    bool theirs; /* somebody else wrote it */
    bool calls;  /* it mentions us */
};

struct mastodon_reading mastodon_reading(struct arena *a, const struct settings *s, struct channel_events *events);
/* The name of an account without the @ in front, and without our own server's name behind. */
struct str mastodon_name(struct str account);
/* One post (a Status); of it what a list goes on by. False when it cannot be read. */
bool mastodon_post(struct mastodon_reading *r, const struct json *status, const struct place *at,
                   struct mastodon_post *out);
/* One notification: its post, that a post was edited, or that it is of no matter. True where out is a post. */
bool mastodon_notification(struct mastodon_reading *r, const struct json *notification, const struct place *at,
                           struct mastodon_post *out);
/* Any of what the API answers or streams: a post, notifications, conversations, a context, or lists of them. */
bool mastodon_any(struct mastodon_reading *r, const struct json *root, const struct place *at);
/* A post is gone, or is not shown to us any more. */
void mastodon_gone(struct mastodon_reading *r, struct str id, int64_t now);
/* Its words as Mastodon counts them: grapheme clusters, an address as so many, of @name@server only the name. */
struct str mastodon_counted(struct arena *a, struct str text, int64_t address_counts);

/* The class of an answer that is no success. */
void mastodon_problem(struct arena *a, const struct http_reply *reply, const struct json *body, int64_t now,
                      struct outcome *out);

bool mastodon_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e);
void mastodon_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out);
