/* SPDX-License-Identifier: Apache-2.0 */
/* A voice call from the care site: it rings at the colleagues on duty, the first who answers has it, it can be held
 * and handed over, and it ends with a note. The call itself is a message of theirs that waits in the ledger; only a
 * colleague in person says that it was answered by voice. Nothing of the voice is kept. */
#pragma once

#include "base/clock.h"
#include "care/author.h"
#include "store/call.h"
#include "store/message.h"

struct guest;
struct house;
struct json;

#define CALL_RINGS_US   (45 * SECOND_US)
#define CALL_LOST_US    (60 * SECOND_US)  /* without a sign of life of one side */
#define CALL_DUTY_US    (150 * SECOND_US) /* a page of a colleague on duty says every half minute that it is there */
#define CALL_LEAVING_US (8 * SECOND_US)   /* one that is left may be followed by another */
#define CALL_BEAT_US    (8 * SECOND_US)
#define CALL_LEGS       200
#define CALL_SIGNALS    60
#define CALL_SIGNAL_MAX 16384

/* Colleagues who can be rung now: on duty, and in no call. At most `most`. */
bool calls_reachable(struct tx *tx, int64_t brand, int64_t *agents, size_t most, size_t *count,
                     struct error *e) MUST_USE;
/* With this message of theirs it rings. Where a call of theirs lives already, that is the one. */
bool calls_ring(struct tx *tx, const struct guest *guest, const struct message *m, struct call *out,
                struct error *e) MUST_USE;
/* Whoever rings is answered by the first; who was asked to take a call over takes it. ERR_CONFLICT: another has it.
 * words: what stands in the story where a call was handed over. */
bool calls_answer(struct tx *tx, const struct actor *actor, int64_t id, struct str seat, struct str words,
                  struct error *e) MUST_USE;
bool calls_decline(struct tx *tx, const struct actor *actor, int64_t id, struct error *e) MUST_USE;
bool calls_hold(struct tx *tx, const struct actor *actor, int64_t id, bool held, struct error *e) MUST_USE;
/* Rings at a colleague, who sees why; to 0: not any more. The customer stays with the first until it is taken. */
bool calls_hand(struct tx *tx, const struct actor *actor, int64_t id, int64_t to, struct str why,
                struct error *e) MUST_USE;
/* agent 0: by the guest. Hanging up what has ended already is no mistake. */
bool calls_end(struct tx *tx, struct call *call, int64_t agent, struct error *e) MUST_USE;

/* A page takes its side (agent 0: the guest's): what was agreed before is void. */
bool calls_join(struct tx *tx, struct call *call, int64_t agent, struct str seat, struct error *e) MUST_USE;
/* From the page that has its side, for the other one. kind: "offer", "answer", "ice". */
bool calls_signal(struct tx *tx, const struct call *call, int64_t agent, struct str seat, int64_t leg,
                  struct str kind, struct str data, struct error *e) MUST_USE;
bool calls_beat(struct tx *tx, struct call *call, int64_t agent, struct error *e) MUST_USE;

/* After a call: a note, and whether what they said was answered by voice. */
bool calls_note(struct tx *tx, const struct author *author, const struct actor *actor, int64_t id, struct str note,
                bool spoken, struct error *e) MUST_USE;

/* What time brings: nobody answered, nobody took over, one side is gone. awake: since when signs of life could be
 * heard at all. */
bool calls_due(struct tx *tx, int64_t brand, int64_t awake, bool *any, struct error *e) MUST_USE;
bool calls_turn(struct tx *tx, int64_t brand, int64_t awake, struct error *e) MUST_USE;

/* ---- the way of the voice ---- */

#define CALL_CREDENTIALS_US (2 * HOUR_US)

/* {iceServers: [{urls, username?, credential?}], iceTransportPolicy?}: credentials of a TURN server hold two hours
 * and are for one call (coturn's REST scheme: username "EXPIRY:ID", credential base64 of its HMAC-SHA1). */
struct json *calls_ways(struct tx *tx, struct arena *a, const struct house *house, const struct call *call,
                        int64_t now, struct error *e);
struct str calls_credential(struct arena *a, struct str secret, struct str username);
/* One address of a STUN or TURN server: "turn:turn.nuvola.example:3478?transport=udp". */
bool calls_is_server(struct str address);
