/* SPDX-License-Identifier: Apache-2.0 */
/* The way in. A webhook's bytes were verified and read by the channel's adapter; here each event finds its person,
 * its conversation and its place in the ledger, exactly once however often the network sends it. */
#pragma once

#include "care/account.h"

struct house;
struct triage_words;

#define INTAKE_BEGINS INT64_C(-1) /* of intake.story: a request of its own, whatever else is open */

struct intake {
    const struct house *house;
    const struct account *account;
    struct str body;                     /* raw, kept when anything in it is new or unread */
    const struct channel_events *events; /* NULL when the payload could not be read at all */
    struct str unread;                   /* why it, or a part of it, could not be read; empty when all was read */
    int64_t replay;                      /* the payload being replayed, or 0 */
    const struct triage_words **words;   /* by event, from intake_prepare; NULL: read in the command */
    struct str listing;                  /* the answer of a list: how it was asked; empty: a webhook */
    int64_t story;       /* our own site says into which conversation it was written; 0: found by person and time */
    int64_t late_before; /* a new message of theirs from before this moment came late; 0: none does */
    /* out */
    size_t fresh, duplicates;
    size_t heard, late; /* new messages of theirs */
    bool forget;        /* a message of this payload was taken back by its author: its bytes are not kept */
    int64_t payload_id;
};

/* A db_command: ctx is a struct intake. */
bool intake_take(struct tx *tx, void *ctx, struct error *e);
/* Queues intake_take (db_write_later); done gets the struct intake. Messages that wait together ask together. */
void intake_queue(struct db *db, struct intake *in, void (*done)(void *ctx, bool ok, const struct error *e));

/* Verifies and reads a webhook (pure: any thread). False with ERR_FORBIDDEN when the signature is wrong; a payload
 * that cannot be parsed gives true with *unread set. */
bool intake_read(struct arena *a, const struct account *account, const struct hook *hook,
                 struct channel_events *events, struct str *unread, struct error *e) MUST_USE;

/* Reads the words of the messages before the command, so that the writer has less to do. On any thread; a must live
 * as long as the command. */
void intake_prepare(struct arena *a, struct intake *in);

/* Reads a kept payload again after a fix; it leaves "Could not read" when nothing of it is unread any more. ctx is a
 * struct intake_replay. */
struct intake_replay {
    const struct house *house;
    const struct account *account;
    int64_t payload_id, actor;
    struct str still_unread; /* out: why not, or empty */
    struct arena *arena;     /* the caller's: for still_unread */
};
bool intake_replay(struct tx *tx, void *ctx, struct error *e);

/* How a network's id is found among ours: one hash for messages, one for other events. */
uint64_t intake_message_hash(struct arena *a, int64_t channel, struct str external_id);
/* Our id of the network's message; 0 when unknown, -1 when it is known and has no message here (a post of ours). */
bool intake_find_message(struct tx *tx, int64_t brand, int64_t channel, struct str external_id, int64_t *id,
                         struct error *e) MUST_USE;
/* Reactions that came before a message of ours was known by the network's id. */
bool intake_reactions_early(struct tx *tx, int64_t brand, int64_t channel, struct str external_id,
                            struct error *e) MUST_USE;
