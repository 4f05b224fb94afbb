/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in on the care site without a password: a guest writes a short code to us from an account of theirs on a
 * network, in private. Who is shown to be somebody we know becomes one person with them, by their own proof; a
 * colleague can take the two apart again. */
#pragma once

#include "channels/channel.h"
#include "store/guest.h"
#include "store/proof.h"

struct account;
struct foreseen;
struct house;
struct identity;
struct message;

#define PROOF_LASTS_US   (15 * MINUTE_US)
#define PROOF_CODE_BYTES 10 /* ASC-7K4F2Q */

/* A message that is a code and nothing else, in whichever case. */
bool proof_code_of(struct arena *a, struct str text, struct str *code);
struct str proof_code_new(struct arena *a);
/* The code is this guest's; the ones before are over. */
bool proof_begin(struct tx *tx, const struct house *house, const struct guest *guest, struct str code,
                 struct error *e) MUST_USE;
/* The guest is this person from now on, and has shown it. actor: the colleague who says so, or 0; *merge: the joining
 * of the two, 0 where nobody was known by this browser. */
bool guest_becomes(struct tx *tx, const struct guest *guest, int64_t person, int64_t actor, struct foreseen *foreseen,
                   int64_t *merge, struct error *e) MUST_USE;
/* The guest has shown to be who this identity is: the same, and what a link waited for is proven. When colleagues
 * part its person from others, who came in by it goes along. */
bool guest_showed(struct tx *tx, const struct guest *guest, const struct identity *by, struct error *e) MUST_USE;
/* Whether a private message is the fresh code of a guest; then they are the person who wrote it. */
bool proof_heard(struct tx *tx, const struct house *house, const struct account *account, const struct message *m,
                 struct foreseen *foreseen, bool *heard, struct error *e) MUST_USE;
enum proof_state { PROOF_OPEN, PROOF_DONE, PROOF_OVER };
/* How it stands with a code of this guest; anybody else's is over. */
bool proof_look(struct tx *tx, const struct house *house, const struct guest *guest, struct str code,
                enum proof_state *out, struct error *e) MUST_USE;
/* An address was shown to be this guest's: they are the person who has it, or it is their person's from now on. */
bool proof_of_address(struct tx *tx, const struct guest *guest, struct str network, struct str address,
                      struct error *e) MUST_USE;
/* Whether who writes in private on this network is surely who it says. */
bool proof_on(const struct channel *channel);
