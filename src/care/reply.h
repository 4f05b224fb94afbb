/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: the doors a reply can go through, sending (into the outbox, with time to take it back), and what the
 * network made of it. A reply is committed before it is sent; an echo that comes before the network's answer is
 * recognised; what may have arrived is never sent again by the program. */
#pragma once

#include "care/account.h"
#include "care/author.h"
#include "store/conversation.h"
#include "store/message.h"
#include "store/outbox.h"

/* ---- doors ---- */

struct reply_door {
    int64_t channel_id;
    struct str channel_name;
    const struct channel *channel;
    const struct door *door;
    bool open;
    const char *shut;  /* why not: "window", "used", "blocked", "hidden", "removed", "network"; NULL when open */
    struct str reason; /* "network": its own, text shut.<reason>: "x.unsummoned" */
    struct str link;   /* address of their message on the network; may be empty */
    int64_t until;     /* when its window closes; 0: no window */
    int64_t since;     /* when their message that opens it came */
    int64_t parent;    /* message it answers; 0: none */
    struct str parent_external, to, thread_key; /* as the network knows them */
};
/* What was read of the person before: the brand's channels, removed ones too; who they are; their conversations, the
 * newest first, as many as REPLY_OTHERS or all. */
struct reply_known {
    const struct channel_row *channels;
    const struct identity *identities;
    const struct conversation *others;
    size_t channel_count, identity_count, other_count;
};
#define REPLY_OTHERS 6 /* so many of a person's conversations are looked at for doors */
bool reply_doors_known(struct tx *tx, struct arena *a, const struct conversation *c, const struct message *messages,
                       size_t n, const struct reply_known *known, struct reply_door **out, size_t *count,
                       struct error *e) MUST_USE;
/* All doors of this person, the one of their last message first. messages: the story's newest, oldest first. */
bool reply_doors(struct tx *tx, struct arena *a, const struct conversation *c, const struct message *messages,
                 size_t n, struct reply_door **out, size_t *count, struct error *e) MUST_USE;

/* ---- sending ---- */

struct reply_request {
    int64_t conversation_id, channel_id;
    struct str door;
    struct str text;
    int64_t seen;       /* the newest message the author had before their eyes: later ones stay waiting */
    bool anyway;        /* also when a colleague answered in the meantime */
    int64_t attachment; /* uploaded before, or 0 */
    struct str once;    /* the form's key: the same key sends once */
    /* links to a private continuation are given by it, and files an address to doors that take them so; NULL: the
     * reply holds neither */
    const struct house *house;
    /* approved words instead of text, where the door's window is closed: which, and what fills their fields */
    struct str approved, approved_language;
    const struct str *fills;
    size_t fill_count;
};
bool reply_send(struct tx *tx, const struct author *author, const struct reply_request *request, int64_t *message_id,
                struct error *e) MUST_USE;
/* The reply that this colleague's form has sent already; 0: none, or it was taken back. */
bool reply_sent_once(struct tx *tx, int64_t brand, int64_t agent, struct str once, int64_t *message_id,
                     struct error *e) MUST_USE;
/* What a reply of approved words says, and what its row in the outbox keeps of them. */
bool reply_approved_words(struct tx *tx, int64_t brand, const struct reply_request *request, struct str *text,
                          struct str *kept, struct error *e) MUST_USE;
/* What the outbox kept, for the call; NULL when the words are the author's own. */
const struct outgoing_approved *reply_approved(struct arena *a, struct str kept);
/* Until the network has it. The words come back as the author's draft. */
bool reply_take_back(struct tx *tx, const struct author *author, int64_t message_id, struct error *e) MUST_USE;
/* A failed one once more (also through the same door after a token was renewed). */
bool reply_retry(struct tx *tx, const struct author *author, int64_t message_id, struct error *e) MUST_USE;
/* An unsure one: a colleague looked on the network. Arrived: it is booked as accepted. Else it is sent again. */
bool reply_settle(struct tx *tx, const struct author *author, int64_t message_id, bool arrived,
                  struct error *e) MUST_USE;

/* ---- what the network made of it (jobs/outbox, intake) ---- */

#define REPLY_LEASE_US     (60 * SECOND_US)
#define REPLY_ATTEMPTS_MAX 8
/* No reply and no channel waits longer than this for its next try, whatever a network asks for: it is asked again
 * once an hour. A moment beyond it comes from a clock that was wrong. */
#define REPLY_WAIT_MAX_US HOUR_US

bool reply_accepted(struct tx *tx, int64_t brand, int64_t message_id, struct str external_id, int64_t at,
                    struct error *e) MUST_USE;
/* Whom a private reply to a comment reached, as the network names them in its direct messages: what they answer there
 * belongs to the same story. */
bool reply_reached(struct tx *tx, int64_t brand, int64_t message_id, struct str person, struct error *e) MUST_USE;
/* step and carry: how far a reply of several calls came; a further attempt goes on from there. */
bool reply_failed(struct tx *tx, int64_t brand, int64_t message_id, const struct outcome *outcome, int step,
                  struct str carry, bool maybe_arrived, struct error *e) MUST_USE;
/* Its account was removed: it has failed; and all that did not leave yet through an account. */
bool reply_gone(struct tx *tx, int64_t brand, int64_t message_id, struct error *e) MUST_USE;
bool reply_account_gone(struct tx *tx, int64_t brand, int64_t channel_id, struct error *e) MUST_USE;
/* The reply that went with this token of ours; 0: none of this account. */
bool reply_of_token(struct tx *tx, const struct account *account, struct str token, int64_t *message_id,
                    struct error *e) MUST_USE;
/* Our own message came back. *known is false when we do not know it (written on the network itself). */
bool reply_echo(struct tx *tx, const struct account *account, const struct channel_event *event, bool *known,
                struct error *e) MUST_USE;
bool reply_receipt(struct tx *tx, const struct account *account, const struct channel_event *event,
                   struct error *e) MUST_USE;
