/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of intake: what happens to one event. */
#pragma once

#include "care/intake.h"

struct conversation;
struct early;
struct foreseen;
struct message;

/* A db_foresight of commands that are intake_take: ctx is a struct intake of plain messages only, which ask but for
 * their authors and themselves. */
void *intake_foresee(struct tx *tx, void *const *ctx, size_t count, struct error *e);
/* What a message is known by, within its channel. */
struct str intake_message_key(const struct channel_event *event);

bool intake_message(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e) MUST_USE;
bool intake_echo(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e) MUST_USE;
bool intake_edit(struct tx *tx, struct intake *in, int64_t message, struct str text, int64_t at,
                 struct error *e) MUST_USE;
bool intake_withdraw(struct tx *tx, struct intake *in, int64_t message, int64_t at, struct error *e) MUST_USE;
/* Whether it can be answered through its own door, as this event tells of it. */
bool intake_door(struct tx *tx, int64_t brand, int64_t message, const struct channel_event *event,
                 struct error *e) MUST_USE;
/* The files of an event, to be fetched. */
bool intake_attachments(struct tx *tx, const struct message *m, const struct channel_event *event,
                        struct error *e) MUST_USE;
#define THREAD_TITLE 120 /* characters of a post by which its thread is called */
/* The thread is called as the event calls it. */
bool intake_thread(struct tx *tx, const struct message *m, const struct channel_event *event,
                   struct error *e) MUST_USE;
/* The conversation this message of m->person_id belongs to: the person's newest, unless it ended long ago. c->id 0: a
 * new one. */
bool intake_conversation(struct tx *tx, const struct foreseen *foreseen, const struct message *m,
                         struct conversation *c, struct error *e) MUST_USE;
/* The network's time where it is plausible, else now. */
int64_t intake_time(const struct channel_event *event, int64_t now);
struct str intake_origin(struct arena *a, const struct channel_event *event);
/* What the network had said of a message by this id before the id was known to be its own. again: since when it can
 * be seen (again), whatever took it away before; 0: that is not said. */
bool intake_early(struct tx *tx, struct intake *in, int64_t message, struct str external_id, int64_t again,
                  struct error *e) MUST_USE;
/* A reaction that came before its message, which is here now. */
bool intake_early_reaction(struct tx *tx, int64_t message, const struct early *early, struct error *e) MUST_USE;
