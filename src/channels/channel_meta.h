/* SPDX-License-Identifier: Apache-2.0 */
/* What the networks of Meta share: the subscription handshake, the signature, the envelope of webhooks, and
 * the Graph API's errors. */
#pragma once

#include "channels/channel_internal.h"

bool meta_handshake(struct arena *a, const struct settings *settings, const struct hook *hook, struct str *reply,
                    struct str *content_type, struct error *e);
bool meta_verify(const struct settings *settings, const struct hook *hook, struct error *e);

/* One webhook being read. */
struct meta_reading {
    struct arena *a;
    const struct settings *settings;
    struct channel_events *events;
    struct str account; /* id of the entry */
    int64_t time;       /* of the entry */
};
/* Parses body, checks `object`, and calls read for each entry. What read cannot read it tells events. */
bool meta_receive(struct arena *a, const struct settings *settings, struct str body, const char *object,
                  void (*read)(struct meta_reading *r, const struct json *entry, const struct place *at),
                  struct channel_events *events, struct error *e);
/* The array entry[name], each element an object, handed to read. False when there is no such member. */
bool meta_each(struct meta_reading *r, const struct json *object, const char *name, const struct place *at,
               void (*read)(struct meta_reading *r, const struct json *item, const struct place *at, void *ctx),
               void *ctx);

/* api_base/api_version/id + tail; the id is percent-encoded. */
struct str meta_url(struct arena *a, const struct settings *settings, struct str id, const char *tail);

/* Codes and what they mean; subcode 0 is any. The first match counts; ends with FAILURE_NONE. */
struct meta_code {
    int from, to; /* codes */
    int subcode;
    enum failure failure;
};
enum failure meta_failure(const struct meta_code *codes, int64_t code, int64_t subcode);
/* Reads a Graph error answer. */
void meta_error(struct arena *a, const struct meta_code *codes, const struct http_reply *reply,
                const struct json *body, struct outcome *out);

/* entry.messaging and entry.standby of a Page: direct messages, their receipts, edits and reactions (in
 * channel_messenger.c). True when the entry has either. */
bool messenger_read(struct meta_reading *r, const struct json *entry, const struct place *at);

/* The content of a WhatsApp message (or of an edited one) of this type (in channel_whatsapp.c). */
void whatsapp_content(struct arena *a, struct channel_event *event, const struct json *message, struct str type);
/* What a WhatsApp message came from: an ad, a product, a group, being forwarded (in channel_whatsapp.c). */
void whatsapp_origin(struct arena *a, struct channel_event *event, const struct json *message);
/* The approved words of a page of message_templates that a colleague can fill in: those with a file on top, or with
 * buttons that need values of their own, are left out (in channel_whatsapp.c). */
void whatsapp_templates(struct arena *a, const struct json *body, struct approved_list *list);
/* The `template` part of a message. */
struct json *whatsapp_template(struct arena *a, const struct outgoing_approved *approved);
/* "131051: Message type is currently not supported." of the first of errors[]. */
struct str whatsapp_error_note(struct arena *a, const struct json *errors);
/* Is every message and status of this value of one person? */
bool whatsapp_one_person(const struct json *value);

/* What the Graph API's errors mean for a Page (in facebook.c). */
extern const struct meta_code facebook_codes[];
/* Asking a Page for its comments and talks (in channel_facebook_lists.c). */
bool facebook_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e);
void facebook_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out);
