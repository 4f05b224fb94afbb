/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of Bluesky (AT protocol): reading posts and messages, the lists, and the steps of a reply. The channel
 * itself is in bluesky.c. A post is called by its address, at://<did of who wrote it>/app.bsky.feed.post/<key>. */
#pragma once

#include "channels/channel_internal.h"

#define BLUESKY_POST  "app.bsky.feed.post"
#define BLUESKY_SPENT "-" /* a refresh token that serves no more */

struct bluesky_reading {
    struct arena *a;
    struct channel_events *events;
    struct str us; /* our did */
};

/* One post as a list shows it: a notification or a view of it. False when it is none. */
bool bluesky_post(struct bluesky_reading *r, const struct json *item, const struct place *at);
/* A thread below (and right above) the post it was asked for; what we wrote in it is put on ours, by its address. */
void bluesky_thread(struct bluesky_reading *r, const struct json *node, const struct place *at, struct json *ours);
/* The post above one of ours: nobody tells when it was deleted or its author blocked us, but here it stands as such.
 */
void bluesky_above(struct bluesky_reading *r, const struct json *node);
/* A page of notifications; *oldest is the time of the last of them. */
void bluesky_notifications(struct bluesky_reading *r, const struct json *list, int64_t *oldest);

/* A talk in private, as it is handed from call to call. */
struct bluesky_talk {
    struct str id, did, handle, name, avatar;
};
/* Of the list of talks: who it is with. False without an id or another person, and for talks of several. */
bool bluesky_talk(struct bluesky_reading *r, const struct json *convo, struct bluesky_talk *talk);
/* Its messages; true when there may be older ones that are still asked for. */
bool bluesky_messages(struct bluesky_reading *r, const struct json *list, const struct bluesky_talk *talk,
                      int64_t since);

/* Whom an address belongs to, and its last part; empty when it is no address of this protocol. */
struct str bluesky_owner(struct str uri);
struct str bluesky_key(struct str uri);
/* The same post for people's eyes; empty when it is no post's address. */
struct str bluesky_link(struct arena *a, struct str uri);

/* ---- calls: bluesky.c ---- */

/* Starts a call of the account's own server with the access of the moment; nsid may be followed by a query. */
bool bluesky_call(struct arena *a, const struct settings *s, const char *method, struct str nsid,
                  struct http_call *call, struct error *e) MUST_USE;
/* The same of the service for direct messages, through the account's server. */
bool bluesky_chat_call(struct arena *a, const struct settings *s, const char *method, struct str nsid,
                       struct http_call *call, struct error *e) MUST_USE;
/* What a refusal means; now: 0 where no time to wait is wanted. */
void bluesky_problem(struct arena *a, const struct http_reply *reply, const struct json *body, int64_t now,
                     struct outcome *out);

/* ---- lists: channel_bluesky_lists.c ---- */

bool bluesky_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                 struct error *e);
void bluesky_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                   const struct http_reply *reply, struct channel_events *events, struct asked *out);

/* ---- replies: channel_bluesky_send.c ---- */

/* The next call of a reply whose door is known. */
bool bluesky_send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                  struct error *e);
void bluesky_answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out);
/* The key a reply's post has: the same on every attempt, and in the form the network asks for. */
struct str bluesky_reply_key(struct arena *a, const struct outgoing *m);
/* Links, and mentions of those whose did is known (by handle; an empty one is nobody's), at their bytes. */
struct json *bluesky_facets(struct arena *a, struct str text, const struct json *people);
/* The next handle that is named in text from *i on; false when there is none. *at is where its @ stands. */
bool bluesky_handle_next(struct str text, size_t *i, size_t *at, struct str *handle);
