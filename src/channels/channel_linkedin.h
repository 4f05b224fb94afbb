/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of LinkedIn share: its URNs, reading a notification, its errors. The channel itself is in
 * linkedin.c. */
#pragma once

#include "channels/channel_internal.h"

/* One webhook, or one answer to asking, being read. */
struct linkedin_reading {
    struct arena *a;
    struct channel_events *events;
    struct str us; /* our organization's id, as digits */
    bool listed;   /* it was asked for, and more can be */
};

/* "urn:li:comment:(urn:li:activity:1,2)" of that and of "urn:li:comment:(activity:1,2)"; others stay as they are. */
struct str linkedin_urn(struct arena *a, struct str urn);
bool linkedin_is_comment(struct str urn);
/* The post a comment stands under, and its own number; both empty when it is no comment. */
struct str linkedin_post_of(struct str comment);
struct str linkedin_number_of(struct str comment);
/* "urn:li:organization:12", of its id. */
struct str linkedin_organization(struct arena *a, struct str id);

/* A comment or a post, whoever's; event has external_id. words may be NULL: what it said was not told. */
void linkedin_say(struct linkedin_reading *r, struct channel_event *event, struct str owner,
                  const struct json *words);
/* One notification, of a webhook or of a list. */
void linkedin_notification(struct linkedin_reading *r, const struct json *one, const struct place *at);
/* Is its message one of which only the id was told? */
bool linkedin_is_mute(const struct channel_event *event);

/* A call with LinkedIn's headers. */
bool linkedin_call(struct arena *a, const struct settings *s, const char *method, struct str path,
                   struct http_call *call, struct error *e) MUST_USE;
/* What a refusal means; now: 0 where nobody waits. */
void linkedin_problem(struct arena *a, const struct http_reply *reply, int64_t now, struct outcome *out);

/* Asking for the notifications of the organization (channel_linkedin_lists.c). */
bool linkedin_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e);
void linkedin_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out);
