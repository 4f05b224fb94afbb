/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of TikTok share. The channel itself is in tiktok.c; reading what TikTok sends is in
 * channel_tiktok.c, what it lists in channel_tiktok_lists.c and channel_tiktok_talks.c. */
#pragma once

#include "channels/channel_internal.h"

/* One webhook, or one answer to asking, being read. */
struct tiktok_reading {
    struct arena *a;
    const struct settings *settings;
    struct channel_events *events;
    struct str us;               /* our account, as its events name it (open_id) */
    const struct asking *asking; /* NULL: a webhook */
};

/* A comment as a list shows it. */
void tiktok_listed(struct tiktok_reading *r, const struct json *comment, struct str video, struct str parent,
                   const struct place *at);
/* A film of ours: names its thread. Empty when it has no id. */
struct str tiktok_film(struct tiktok_reading *r, const struct json *film);
/* A direct message, of a webhook or of a list; sent: it says itself that it is ours. */
void tiktok_message(struct tiktok_reading *r, const struct json *content, const struct place *at, bool sent);
/* A webhook. */
void tiktok_event(struct tiktok_reading *r, const struct json *root);

/* A call with the token as TikTok wants it: by itself, in a header of its own. */
bool tiktok_call(struct arena *a, const struct settings *s, const char *method, struct str path,
                 struct http_call *call, struct error *e) MUST_USE;
/* `data` of an answer; NULL when it was refused, whatever its HTTP status. */
const struct json *tiktok_data(const struct http_reply *reply, const struct json *body);
/* What a refusal means; m may be NULL: of no reply. */
void tiktok_problem(struct arena *a, const struct outgoing *m, const struct http_reply *reply,
                    const struct json *body, struct outcome *out);

/* Talks (channel_tiktok_talks.c). */
bool tiktok_ask_talks(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                      struct error *e);
void tiktok_asked_talks(struct tiktok_reading *r, const struct http_reply *reply, struct asked *out);
/* Both lists; films and their comments are in channel_tiktok_lists.c. */
bool tiktok_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                struct error *e);
void tiktok_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                  const struct http_reply *reply, struct channel_events *events, struct asked *out);
