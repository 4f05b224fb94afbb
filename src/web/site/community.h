/* SPDX-License-Identifier: Apache-2.0 */
/* The community's pages: what reading and writing share, and what other pages may show of it. */
#pragma once

#include "care/forum.h"
#include "web/site/site.h"

/* {categories, category, topics, …}: templates/MODELS.md */
struct json *community_member_json(struct arena *a, const struct member *member, int64_t now);
struct str community_address(struct arena *a, const struct topic *topic);
/* Topics the guest follows in which something new was said, or where they were named: [{id, slug, title, named}]. For
 * whatever shows notices. */
struct json *community_unread(struct tx *tx, struct site *site, struct error *e);
/* For the sitemap: {path, at} of the newest categories and topics that everybody sees, appended to out. */
bool community_addresses(struct tx *tx, struct visit *v, struct json *out, struct error *e) MUST_USE;

/* A topic's page, with a form that was not as it should be (errors; else NULL). */
struct community_form {
    struct str text, name, title, token;
    int64_t category;
    int wait; /* seconds still to wait */
    struct json *errors;
};
bool community_topic_page(struct site *site, int64_t topic, int status, const struct community_form *form,
                          struct error *e) MUST_USE;
bool community_new_page(struct site *site, int status, const struct community_form *form, struct error *e) MUST_USE;

/* Friction for those who are new (docs/site.md): a form's token says when its page was opened and is good for one
 * post. A browser with scripts works a little on it; one without waits. */
#define FRICTION_BITS    14
#define FRICTION_WAIT_US (15 * SECOND_US)
#define FRICTION_GOOD_US DAY_US
enum friction { FRICTION_DONE, FRICTION_SOON, FRICTION_STALE, FRICTION_TRAP };
struct str friction_token(struct visit *v);
enum friction friction_of(struct visit *v, struct str token, int *wait);
/* Whether sha256("token:proof") begins with FRICTION_BITS bits of 0. */
bool friction_proves(struct arena *a, struct str token, struct str proof);
