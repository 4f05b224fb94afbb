/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what X sends: posts, direct messages and the rest, in the shapes of its Activity API (v2) and of
 * the older account activity (v1.1). The channel itself is in x.c. */
#pragma once

#include "channels/channel_internal.h"

/* What X asks of those who pay by use, in thousandths of a dollar (its documents, August 2026). For sending direct
 * messages and for webhooks they name no price. */
enum {
    X_PRICE_REPLY = 10, /* to who summoned us; another post costs 15 */
    X_PRICE_URL = 200,  /* any with an address in it */
    X_PRICE_READ = 5,   /* each post that is read */
    X_PRICE_OWN = 1,    /* of one's own: direct messages */
};

/* One webhook being read. */
struct x_reading {
    struct arena *a;
    struct channel_events *events;
    struct str us;               /* our user id */
    const struct json *users;    /* a list, or members by id; each plain or inside {data} */
    const struct json *includes; /* tweets, media */
    struct str key;              /* the event's own key; may be empty */
    struct str username;         /* ours, where the settings say it; may be empty */
    bool summons;                /* all that is read may be answered: it names or quotes us, or our plan lets us */
};

/* Starts reading for an account. */
struct x_reading x_reading_of(struct arena *a, const struct settings *s, struct channel_events *events);

typedef void x_read(struct x_reading *r, const struct json *item, const struct place *at);
/* Hands the elements of object[name] to read. False when there is no such member. */
bool x_each(struct x_reading *r, const struct json *object, const char *name, const struct place *at, x_read *read);

void x_post(struct x_reading *r, const struct json *post, const struct place *at);        /* v2 */
void x_old_post(struct x_reading *r, const struct json *post, const struct place *at);    /* v1.1 */
void x_deleted(struct x_reading *r, const struct json *gone, const struct place *at);     /* {id} */
void x_old_deleted(struct x_reading *r, const struct json *gone, const struct place *at); /* {status{id}} */
void x_dm(struct x_reading *r, const struct json *dm, const struct place *at);
void x_dm_event(struct x_reading *r, const struct json *dm, const struct place *at); /* of the list, v2 */
void x_dm_read(struct x_reading *r, const struct json *read, const struct place *at);
void x_typing(struct x_reading *r, const struct json *typing, const struct place *at);
void x_chat(struct x_reading *r, const struct json *chat, const struct place *at); /* encrypted */
void x_revoked(struct x_reading *r, const struct json *revoke, const struct place *at);
/* Understood, and of no matter; otherwise: its key when the event brings none. */
void x_ignored(struct x_reading *r, struct str what, struct str otherwise);

/* What a refusal of X means; direct: of direct messages; now: 0 where no time to wait is wanted (in x.c). */
void x_problem(struct arena *a, const struct http_reply *reply, const struct json *body, bool direct, int64_t now,
               struct outcome *out);
/* Asking for mentions and direct messages (in channel_x_lists.c). */
bool x_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
           struct error *e);
void x_asked(struct arena *a, const struct settings *s, const struct asking *asking, const struct http_reply *reply,
             struct channel_events *events, struct asked *out);
