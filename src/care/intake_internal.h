/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of intake: what happens to one event. */
#pragma once

#include "care/intake.h"

struct early;

bool intake_message(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e) MUST_USE;
bool intake_echo(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e) MUST_USE;
bool intake_edit(struct tx *tx, struct intake *in, int64_t message, struct str text, int64_t at,
                 struct error *e) MUST_USE;
bool intake_withdraw(struct tx *tx, struct intake *in, int64_t message, int64_t at, struct error *e) MUST_USE;
/* What the network had said of a message by this id before the id was known to be its own. */
bool intake_early(struct tx *tx, struct intake *in, int64_t message, struct str external_id,
                  struct error *e) MUST_USE;
/* A reaction that came before its message, which is here now. */
bool intake_early_reaction(struct tx *tx, int64_t message, const struct early *early, struct error *e) MUST_USE;
