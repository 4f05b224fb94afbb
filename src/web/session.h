/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it: sessions by cookie for colleagues, tokens by header for programs; CSRF. */
#pragma once

#include "web/router.h"

#define PASSWORD_MIN 10

/* What the address says before anybody is asked: what it calls the brand, and the path below it. */
void visit_address(struct visit *v);
bool session_toasts(struct visit *v); /* a toast is waiting to be shown, and taken away by the answer */
/* Fills brand, actor, agent, session of the visit (nobody signed in is no error). Also reads the toast. */
bool session_open(struct visit *v, struct error *e) MUST_USE;
/* Checks a changing request: same origin, and the session's CSRF token (form field csrf or header X-CSRF-Token).
 * Tokens need none. */
bool session_csrf_ok(struct visit *v, struct error *e) MUST_USE;
/* Attempts left before one must wait, and how many seconds to wait when none is (0: none needed). */
struct sign_in_limit {
    int left, wait;
};
/* Checks name and password (slow: argon2id) and begins a session: the cookie is set on the answer. */
bool session_begin(struct visit *v, struct str email, struct str password, struct sign_in_limit *limit,
                   struct error *e) MUST_USE;
/* Sets the password; ends every other session of the colleague. */
bool session_change_password(struct visit *v, struct str old_password, struct str new_password,
                             struct error *e) MUST_USE;
void session_end_here(struct visit *v); /* removes the cookie */
/* Sets a cookie that scripts do not see; seconds 0 takes it away. */
void session_cookie(struct visit *v, const char *name, struct str value, int64_t seconds);
/* A proxy of ours says that the browser speaks https. */
bool visit_is_https(struct visit *v);
struct str session_token_hash(struct arena *a, struct str token);
