/* SPDX-License-Identifier: Apache-2.0 */
/* What the networks of Meta share: the subscription handshake, the signature, the envelope of webhooks, and
 * the Graph API's errors. */
#pragma once

#include "channels/channel_internal.h"

/* Settings that they share: with what Meta signs, what the handshake says, and access that is exchanged and renewed.
 */
#define META_SECRET(network, help)                                                                                   \
    {                                                                                                                \
        "app_secret", "setting." network ".app_secret", help ", with which Meta signs what it sends", NULL,          \
            SETTING_REQUIRED | SETTING_SECRET                                                                        \
    }
#define META_TOKEN(network, help)                                                                                    \
    {                                                                                                                \
        "access_token", "setting." network ".access_token", help ", needed to answer", NULL, SETTING_SECRET          \
    }
#define META_VERIFY(network)                                                                                         \
    {                                                                                                                \
        "verify_token", "setting." network ".verify_token",                                                          \
            "a word of yours, typed also where the webhook is subscribed", NULL, SETTING_SECRET                      \
    }
#define META_KEPT(network)                                                                                           \
    {"short_token", "setting." network ".short_token", "the token of an hour that becomes one of sixty days", NULL,  \
     SETTING_SECRET | SETTING_KEPT},                                                                                 \
    {                                                                                                                \
        SETTING_CONSENT_UNTIL, "setting." network ".consent_until", "until when access can be renewed", NULL,        \
            SETTING_KEPT                                                                                             \
    }

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
    struct str door;    /* through which its talks come */
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
/* The same on another host. */
struct str meta_url_at(struct arena *a, const struct settings *settings, struct str base, struct str id,
                       const char *tail);
/* Did it not take the call? */
bool meta_refused(const struct http_reply *reply, const struct json *body);
/* The id of what was sent; empty when the answer cannot be read. */
struct str meta_sent_id(struct arena *a, const struct json *body);

/* Codes and what they mean; subcode 0 is any. The first match counts; ends with FAILURE_NONE. */
struct meta_code {
    int from, to; /* codes */
    int subcode;
    enum failure failure;
};
/* What the Graph API's errors mean for a Page and for an Instagram account. */
extern const struct meta_code graph_codes[];
enum failure meta_failure(const struct meta_code *codes, int64_t code, int64_t subcode);
/* Reads a Graph error answer. */
void meta_error(struct arena *a, const struct meta_code *codes, const struct http_reply *reply,
                const struct json *body, struct outcome *out);

/* ---- private talks of Messenger and Instagram (in channel_messenger.c and channel_messenger_send.c) ---- */

/* entry.messaging and entry.standby: direct messages, their receipts, edits and reactions; r->door is theirs. True
 * when the entry has either. */
bool messenger_read(struct meta_reading *r, const struct json *entry, const struct place *at);
/* One element of them. */
void messenger_item(struct meta_reading *r, const struct json *item, const struct place *at, bool standby);
/* Is it so late that only a human may answer, and has to say so? */
bool messenger_human(const struct outgoing *m);
/* A message that is a file: the one that was uploaded, or the one that travels in the same form. */
struct json *messenger_attachment(struct arena *a, const struct outgoing_media *file, struct str uploaded);
/* What the Send API is told: to a person; once to who wrote what is answered (kind: "comment_id" …). */
struct json *messenger_body(struct arena *a, const struct outgoing *m, struct json *message);
struct json *messenger_private_body(struct arena *a, const struct outgoing *m, const char *kind,
                                    struct json *message);

/* ---- lists (in channel_meta_lists.c) ---- */

/* A round is a walk: what is still to be asked for is handed on as {todo: [ids], after: page of the first of them,
 * page: of the list itself, own: the network's}. */
struct meta_walk {
    struct json *todo;
    struct str after, page;
    struct json *own;
    bool walking; /* something of todo is asked for, not the list itself */
};
struct meta_walk meta_walk_read(struct arena *a, struct str carry);
struct str meta_walk_write(struct arena *a, const struct meta_walk *w);
/* What is asked for now; empty: the list itself. */
struct str meta_walk_first(const struct meta_walk *w);
/* One thing more to be asked for. False when there are a hundred already. */
bool meta_walk_add(struct arena *a, struct meta_walk *w, struct str id);
/* The answer was read: which page comes next (empty: none), and whether there is more to ask. */
bool meta_walk_on(struct arena *a, struct meta_walk *w, struct str next);
/* Where the list goes on; empty at its end. */
struct str meta_next_page(struct arena *a, const struct json *list);

struct meta_list {
    struct arena *a;
    struct channel_events *events;
    const struct asking *asking;
    struct str us, door;
};
/* The address of talks on this platform, or of the one that is asked for now. */
struct str meta_talks_tail(struct arena *a, const struct meta_walk *w, const char *platform);
/* Both answers; what is asked for next is added to the walk. True when older ones are asked for too. */
bool meta_talks(struct meta_list *r, const struct json *body, struct meta_walk *w);

/* ---- access that an administrator agrees to: Instagram and Threads (in channel_meta_oauth.c) ---- */

/* Tokens of an hour are exchanged for those of sixty days, which are renewed every week. */
struct meta_oauth {
    const char *network;             /* "Instagram" */
    const char *exchange, *refresh;  /* grant types */
    struct str page, code_url, base; /* where one agrees, where a code is made a token, and the API */
    const char *scope;
};
bool meta_consent(struct arena *a, const struct settings *s, const struct meta_oauth *o,
                  const struct consent *consent, struct str *url, struct error *e);
bool meta_consented(struct arena *a, const struct settings *s, const struct meta_oauth *o,
                    const struct consent *consent, struct str code, struct http_call *call, struct error *e);
bool meta_renew(struct arena *a, const struct settings *s, const struct meta_oauth *o, struct http_call *call,
                struct error *e);
int meta_renewed(struct arena *a, const char *network, const struct http_reply *reply, struct pairs *changed,
                 struct outcome *out);

/* ---- WhatsApp ---- */

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
/* Is this field about the account, and not about a person? */
bool whatsapp_is_of_account(struct str field);
/* The number or user id that a system message says somebody has now; empty when it is the old one. */
struct str whatsapp_new_id(struct arena *a, const struct json *system, struct str old);
/* Is every message and status of this value of one person? */
bool whatsapp_one_person(const struct json *value);

/* Asking a Page for its comments and talks (in channel_facebook_lists.c). */
bool facebook_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                  struct error *e);
void facebook_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                    const struct http_reply *reply, struct channel_events *events, struct asked *out);
/* Asking an Instagram account for its comments and talks (in channel_instagram_lists.c). */
bool instagram_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
                   struct error *e);
void instagram_asked(struct arena *a, const struct settings *s, const struct asking *asking,
                     const struct http_reply *reply, struct channel_events *events, struct asked *out);
/* What is asked for where we were mentioned elsewhere (in channel_instagram_mentions.c). */
#define INSTAGRAM_COMMENT "comment"
#define INSTAGRAM_POST    "post"
bool instagram_lookup(struct arena *a, const struct settings *s, const struct lookup *lookup, struct http_call *call,
                      struct error *e);
void instagram_looked_up(struct arena *a, const struct settings *s, const struct lookup *lookup,
                         const struct http_reply *reply, struct channel_events *events, struct outcome *out);
/* Is it the account itself that wrote? us: its id. */
bool instagram_ours(const struct settings *s, struct str us, struct str id, struct str handle);
/* Its address: of the way by which it logs in, unless another is set (in instagram.c). */
struct str instagram_url(struct arena *a, const struct settings *s, struct str id, const char *tail);
