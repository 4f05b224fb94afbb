/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulated networks of Google share: OAuth 2 (the page at base/o/oauth2/v2/auth, tokens at base/token),
 * errors in both shapes, pages, and reviews with stars. */
#pragma once

#include "sim/sim_driver.h"

#define SIM_GOOGLE_ACCESS                                                                                            \
    "oauth_base", SIM_OWN_BASE, "consent_base", SIM_OWN_BASE, "client_id", "simulated.apps.google.example",          \
        "client_secret", "simulated-client-secret", "refresh_token", "simulated-refresh-token"

bool sim_google_token_ok(struct sim_call *c, struct str token);
/* Serves the page of consent and the tokens; false for any other path. */
bool sim_google_access(struct sim_call *c);

/* The older shape, with a reason. */
void sim_google_reason(struct sim_call *c, int status, const char *domain, const char *reason, const char *message);
/* The newer one, with a status in words; a limit says when to come back. */
void sim_google_status(struct sim_call *c, int status, const char *word, const char *message);
/* Faults in the newer shape. */
void sim_google_refuse(struct sim_call *c, enum sim_fault fault, const char *detail);

struct str sim_google_id(struct sim *sim, const char *before, size_t bytes);
/* A moment as Google writes it. */
struct str sim_google_time(struct arena *a, int64_t at);

/* One page of a list that is counted through. */
struct sim_google_page {
    int64_t from, max, seen;
};
/* Reads the parameters of these names; false, and c refused, when they are no page. */
bool sim_google_page(struct sim_call *c, const char *size, const char *token, int64_t most,
                     struct sim_google_page *page);
bool sim_google_page_takes(struct sim_google_page *page);
/* The token of the page after it; empty at the end. */
struct str sim_google_page_next(struct sim_call *c, const struct sim_google_page *page);

/* ---- reviews: what a person posts; our reply is an item below it, and there is one ---- */

/* The stars a text begins with ("★★ no good"), and the rest of it; three where it begins with none. */
int sim_google_stars(struct str text, struct str *rest);
struct sim_item *sim_google_reply_of(struct sim *sim, const struct sim_item *review);
/* Makes or replaces it. */
struct sim_item *sim_google_reply(struct sim_call *c, struct sim_item *review, struct str text);
/* Reviews of this network, the one that was changed last first. */
struct sim_item **sim_google_reviews(struct sim_call *c, size_t *count);
int64_t sim_google_changed(const struct sim_item *item);
