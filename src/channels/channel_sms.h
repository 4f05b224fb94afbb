/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the SMS channel (Twilio) share. The channel itself is in sms.c. */
#pragma once

#include "base/url.h"
#include "channels/channel_internal.h"

/* The class of one of Twilio's codes; FAILURE_NONE for one that is not known. */
enum failure sms_class(int64_t code);
/* X-Twilio-Signature of an address and the parameters of a form (none: NULL). */
struct str sms_signature(struct arena *a, struct str auth_token, struct str url, const struct pairs *params);
struct sms_listed {
    int64_t at; /* 0: not said */
};
/* Adds the events of one webhook; or of one message of the list (listed), in the same words. */
bool sms_event(struct arena *a, const struct pairs *said, const struct sms_listed *listed,
               struct channel_events *events, struct error *e) MUST_USE;
/* Starts a call with the account's name and token. */
void sms_start(struct arena *a, const struct settings *s, const char *method, struct str path,
               struct http_call *call);
/* What a refusal means. */
void sms_problem(struct arena *a, const struct http_reply *reply, const struct json *body, struct outcome *out);

/* The list of messages (in channel_sms_list.c). */
bool sms_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
             struct error *e);
void sms_asked(struct arena *a, const struct settings *s, const struct asking *asking, const struct http_reply *reply,
               struct channel_events *events, struct asked *out);
