/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be the same person on another network, and why: the same phone number, e-mail address or handle, or they
 * said so themselves. Only suggested: a colleague joins them, or says that they are not one. */
#pragma once

#include "channels/channel.h"
#include "store/channel.h"
#include "store/message.h"
#include "store/trait.h"

/* ---- what tells ---- */

/* What the network says of an identity: told anew. */
bool likeness_of_author(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                        const struct channel_author *author, struct error *e) MUST_USE;
/* What they say of themselves in a message of theirs: an address, a number, "I am @ada on X". */
bool likeness_said(struct tx *tx, struct str network, const struct message *m, struct error *e) MUST_USE;
/* Its words are gone. */
bool likeness_unsaid(struct tx *tx, struct str network, const struct message *m, struct error *e) MUST_USE;

/* The network says that these two of its ids are one person's. Where they are two here already, it is suggested. */
bool likeness_told(struct tx *tx, int64_t brand, struct str network, struct str one, struct str other,
                   struct error *e) MUST_USE;

/* An address as it is compared: small letters, without what stands behind a plus. */
struct str likeness_mailbox(struct arena *a, struct str address);
/* What a text says of its author (pure): at most LIKENESS_SAID, value and aim filled. */
#define LIKENESS_SAID 4
size_t likeness_read(struct arena *a, struct str text, struct trait out[LIKENESS_SAID]);

/* ---- suggestions ---- */

struct likeness_reason {
    const char *why;  /* "same_phone", "same_email", "same_handle"; "said_phone", "said_email", "said_handle"; "told"
                         by the network */
    struct str value; /* "+39333…", "ada@shop.example", "@ada" */
    struct str networks[2];
    bool by_other; /* said_…: the other one said it */
};
#define LIKENESS_REASONS 3
struct likeness_person {
    int64_t id;
    struct str name;
    struct likeness_reason reasons[LIKENESS_REASONS];
    size_t count;
    int weight;
};
#define LIKENESS_SHOWN 3
/* At most LIKENESS_SHOWN, the likeliest first. channels: the brand's, whose own names are nobody's. */
bool likeness_suggest(struct tx *tx, struct arena *a, int64_t brand, int64_t person,
                      const struct channel_row *channels, size_t channel_count, struct likeness_person **out,
                      size_t *count, struct error *e) MUST_USE;
/* A colleague says that these two are not one: it is not suggested again, also after other merges. */
bool likeness_deny(struct tx *tx, int64_t brand, int64_t person, int64_t other, int64_t actor,
                   struct error *e) MUST_USE;
