/* SPDX-License-Identifier: Apache-2.0 */
/* Letters: small mails that the house itself writes, of few kinds (docs/adr/0021): the code with which somebody signs
 * in, a talk they asked for, and that one of us wrote to them. They are no messages of a conversation, carry no
 * answer and have no author. A letter is kept sealed until its mail server took it; one whose end nobody knows is not
 * sent again. The log tells of each, without its address or words. */
#pragma once

#include "channels/channel.h"
#include "store/letter.h"

struct account;
struct house;
struct json;

#define LETTER_CODE       "code"
#define LETTER_TRANSCRIPT "transcript"
#define LETTER_TOLD       "told"

/* The account of the brand that letters go out from; *channel 0: it has none, so nothing that needs one is offered.
 */
bool letter_sender(struct tx *tx, int64_t brand, int64_t *channel, struct error *e) MUST_USE;
/* The same for short messages to telephones; *network: of that account, or NULL. */
bool letter_phone_sender(struct tx *tx, int64_t brand, int64_t *channel, const char **network,
                         struct error *e) MUST_USE;
/* The account through which letters of a network go; *channel 0: there is none now. */
bool letter_account(struct tx *tx, int64_t brand, struct str network, int64_t *channel, struct error *e) MUST_USE;
/* Whether an address is one of the brand's own. */
bool letter_is_ours(struct tx *tx, int64_t brand, struct str address, bool *ours, struct error *e) MUST_USE;

struct letter_order {
    int64_t brand_id, channel_id;
    const char *kind;
    struct str language, to;
    struct json *about; /* what its template shows */
    int64_t until_at;   /* afterwards it is not sent any more */
};
bool letter_queue(struct tx *tx, const struct house *house, const struct letter_order *order,
                  struct error *e) MUST_USE;
/* What was sealed in it. */
bool letter_open(struct arena *a, const struct house *house, const struct letter *letter, struct str *to,
                 const struct json **about, struct error *e) MUST_USE;

/* A letter leaves through a network, in these words: should the network show them as ours, they are no message. Kept
 * as a keyed hash. */
bool letter_leaves(struct tx *tx, const struct house *house, const struct letter *letter, struct str to,
                   struct str text, struct error *e) MUST_USE;
/* Whether what a network shows as ours was such a letter. */
bool letter_was(struct tx *tx, const struct house *house, const struct letter *like, struct str to, struct str text,
                bool *was, struct error *e) MUST_USE;

#define LETTER_LEASE_US (2 * MINUTE_US)
/* It is being sent now by this life; *claimed false: it is not to be sent. */
bool letter_claim(struct tx *tx, struct arena *a, int64_t brand, int64_t id, int64_t life, struct letter *out,
                  bool *claimed, struct error *e) MUST_USE;
/* How a call for it ended. maybe_arrived: the server may have it. */
bool letter_ended(struct tx *tx, const struct letter *letter, const struct outcome *outcome, bool maybe_arrived,
                  struct error *e) MUST_USE;
/* Those that came too late, and those whose end nobody will tell. *any: there were some. */
bool letter_sweep(struct tx *tx, int64_t brand, bool *any, struct error *e) MUST_USE;
