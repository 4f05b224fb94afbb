/* SPDX-License-Identifier: Apache-2.0 */
/* The chat in a frame on the brand's other sites: which may show it, with which secret they sign who a customer is,
 * and how such a customer, or whoever wrote before signing in, becomes a guest. */
#pragma once

#include "care/account.h"
#include "care/claims.h"
#include "store/guest.h"

#define WIDGET_ORIGINS_MAX  50
#define WIDGET_SECRET_BYTES 32
#define SIGNED_PREFIX       "user:" /* of the external_id of a guest of whom the brand's site said who they are */

/* An origin as an administrator types it: "https://shop.example", with *. in front of the host also those below it,
 * "http://localhost:8090". In lower case, without what stands behind; false where it is none. */
bool origin_read(struct arena *a, struct str text, struct str *out);
/* All of a text, one a line; *wrong is the first that is none, or empty. Separated by spaces, as a content security
 * policy wants them. */
bool origins_read(struct arena *a, struct str text, struct str *out, struct str *wrong);
/* Whether one of the list is this origin, or "*." stands for what begins it. */
bool origin_allowed(struct str list, struct str origin);

/* As an account of the care site has it. */
struct str widget_origins(const struct settings *settings);
void widget_rule(const struct settings *settings, const struct brand *brand, int64_t now, struct claims_rule *out);
/* A new secret; the one until now opens for as long as said, 0: not any more. */
bool widget_renew(struct tx *tx, const struct house *house, const struct account *account, struct str secret,
                  int64_t old_for_us, int64_t actor, struct error *e) MUST_USE;
bool widget_allow(struct tx *tx, const struct house *house, const struct account *account, struct str origins,
                  int64_t actor, struct error *e) MUST_USE;

bool guest_is_signed(const struct guest *guest);
/* These two guests of one browser are one person: what the first wrote before they signed in is the second's. */
bool guest_joins(struct tx *tx, const struct guest *before, const struct guest *guest, struct error *e) MUST_USE;
