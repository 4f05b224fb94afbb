/* SPDX-License-Identifier: Apache-2.0 */
/* The chat in a frame on the brand's other sites: everything below /widget. Browsers keep cookies from such a frame,
 * or give it some of its own for each site that shows it; so its script says in a header of each request who it is:
 * a token, or "cookie" where a cookie of its own holds one. Without that header nothing is changed: the sites
 * around the frame cannot send it (no CORS), and no other page of ours looks at it. */
#pragma once

#include "web/site/site.h"

bool frame_is(const struct visit *v);
/* Before the guest is read: who may show the page; ERR_FORBIDDEN where a change comes without the header. */
bool frame_open(struct site *site, struct error *e) MUST_USE;
/* Before the page is shown: for whom, and how it looks. *answered: somebody opened it by itself, and is led to the
 * chat; ERR_FORBIDDEN where the site is none that may. */
bool frame_page(struct site *site, bool *answered, struct error *e) MUST_USE;
bool frame_guest(struct tx *tx, struct site *site, struct error *e) MUST_USE;
/* A token for the frame to keep; empty: it forgets. */
void frame_hand_out(struct site *site, struct str token);
/* Whether it is known if the browser keeps cookies for the frame; where not, it is tried now and the frame asks
 * again. */
bool frame_knows_cookies(struct site *site);
/* The guest who is there by the cookie, or by a token in a form, beside the one of the header; id 0: nobody. */
bool frame_before(struct tx *tx, struct site *site, struct guest *out, struct error *e) MUST_USE;
void frame_forget_cookie(struct site *site);
/* The address of a file of the guest's: in a frame it carries for some hours what a header would say. */
struct str frame_address(struct site *site, struct str path);
/* The account of the care site with its settings, or NULL without error where nobody wrote to it yet; give it back.
 */
const struct account *frame_account(struct visit *v, struct error *e);
