/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the simulated Mastodon: mastodon.c (the network, access), sim_mastodon_json.c (what a post and an
 * account look like to whom), sim_mastodon_posts.c (writing, editing, deleting, files), sim_mastodon_lists.c (what is
 * listed). The brand's server and the people's are two, in one: each sees those of the other with their server's
 * name. A person has an access token of their own, so that real clients can be theirs. */
#pragma once

#include "sim/sim_driver.h"

#define MASTODON_BRAND_HOST   "nuvola.example"
#define MASTODON_PEOPLE_HOST  "piazza.example"
#define MASTODON_PERSON_TOKEN "simulated-mastodon-person-" /* and the person's key */
#define MASTODON_TEXT_MAX     500
#define MASTODON_URL_COUNTS   23

/* Who calls. person is NULL for the brand, and for nobody. */
struct mastodon_caller {
    bool brand;
    struct sim_person *person;
};
struct mastodon_caller sim_mastodon_caller(struct sim_call *c);

/* {"error": words} */
void sim_mastodon_problem(struct sim_call *c, int status, const char *words);
void sim_mastodon_not_found(struct sim_call *c);
struct str sim_mastodon_new_id(struct sim *sim);

/* sim_mastodon_json.c: person NULL is the brand. */
struct str sim_mastodon_acct(struct sim_call *c, const struct sim_person *person);
struct str sim_mastodon_account_id(struct sim *sim, const struct sim_person *person);
struct json *sim_mastodon_account(struct sim_call *c, const struct sim_person *person);
struct json *sim_mastodon_status(struct sim_call *c, const struct sim_item *item);
struct json *sim_mastodon_media(struct sim_call *c, const struct sim_media *media, bool ready);
struct str sim_mastodon_time(struct arena *a, int64_t at);
/* Does the text name this account? Cuts the name off where it stands first. */
bool sim_mastodon_names(struct sim_call *c, const struct sim_person *person, struct str text, struct str *rest);
/* Is it shown to the caller? */
bool sim_mastodon_sees(struct sim_call *c, const struct sim_item *item);
/* A post that is there and shown to the caller, else NULL. */
struct sim_item *sim_mastodon_item(struct sim_call *c, struct str id);

/* sim_mastodon_posts.c */
void sim_mastodon_post(struct sim_call *c);
void sim_mastodon_edit(struct sim_call *c, struct sim_item *item);
void sim_mastodon_delete(struct sim_call *c, struct sim_item *item);
void sim_mastodon_media_call(struct sim_call *c);

/* sim_mastodon_lists.c */
void sim_mastodon_context(struct sim_call *c, struct sim_item *item);
void sim_mastodon_notifications(struct sim_call *c);
void sim_mastodon_conversations(struct sim_call *c);
/* Posts of an account, or of everybody where account is NULL. */
void sim_mastodon_statuses(struct sim_call *c, const struct str *account);
