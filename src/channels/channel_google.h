/* SPDX-License-Identifier: Apache-2.0 */
/* What the networks of Google share: access by OAuth 2 that ends after an hour, the two shapes of its errors, and
 * reviews with their stars. */
#pragma once

#include "channels/channel_internal.h"

/* The settings by which access is given and renewed. */
#define GOOGLE_ACCESS(network)                                                                                       \
    {"client_id", "setting." network ".client_id", "the OAuth 2 client id of the project at Google", NULL, 0},       \
        {"client_secret", "setting." network ".client_secret", "its client secret", NULL, SETTING_SECRET},           \
        {"refresh_token", "setting." network ".refresh_token",                                                       \
         "the refresh token: access ends after an hour and is renewed with it", NULL, SETTING_SECRET},               \
    {                                                                                                                \
        "access_token", "setting." network ".access_token", "the access token of the moment", NULL, SETTING_SECRET   \
    }
#define GOOGLE_BASES(network, api)                                                                                   \
    {"api_base", "setting." network ".api_base", "address of the API", api, 0},                                      \
        {"oauth_base", "setting." network ".oauth_base", "address where access is renewed",                          \
         "https://oauth2.googleapis.com", 0},                                                                        \
    {                                                                                                                \
        "consent_base", "setting." network ".consent_base", "address of the site where an administrator agrees",     \
            "https://accounts.google.com", 0                                                                         \
    }

/* ---- access ---- */

bool google_page(struct arena *a, const struct settings *s, const struct consent *consent, const char *scope,
                 struct str *url, struct error *e) MUST_USE;
bool google_consented(struct arena *a, const struct settings *s, const struct consent *consent, struct str code,
                      struct http_call *call, struct error *e) MUST_USE;
bool google_renew(struct arena *a, const struct settings *s, struct http_call *call, struct error *e) MUST_USE;
int google_renewed(struct arena *a, const struct http_reply *reply, struct pairs *changed, struct outcome *out);

/* ---- errors ---- */

/* What a reason means where it is not what it means everywhere; ends with NULL. */
struct google_reason {
    const char *reason;
    enum failure failure;
};
/* Reads a refusal. reasons may be NULL. now: 0 where no time to wait is wanted; wait: seconds, for a limit that says
 * no time of its own.
 */
void google_problem(struct arena *a, const struct google_reason *reasons, const struct http_reply *reply, int64_t now,
                    int wait, struct outcome *out);
/* The same of a list of reviews: no review is named, it is our app or place that is not there, or not ours. */
void google_list_problem(struct arena *a, const struct http_reply *reply, int64_t now, int wait, struct outcome *out);

/* "name=value" behind ? or &; nothing where value is empty. */
void google_query(struct buf *url, const char *name, struct str value);

/* ---- reviews ---- */

/* A review and our reply to it, which is one: a new one takes its place. */
struct google_review {
    struct str id, who, avatar, text, link;
    int stars; /* 0: it says none */
    int64_t at, as_of;
    struct str reply;
    int64_t replied_at;
};
/* "★★☆☆☆" above its words. */
struct str google_stars(struct arena *a, int stars, struct str words);
/* Adds the events of a review, through the door "review". The first is given: more may be said of it. */
struct channel_event *google_review(struct channel_events *events, struct str account,
                                    const struct google_review *review);
/* What a reply with these words is called: Google gives it no id. */
struct str google_reply_id(struct arena *a, struct str review, struct str words);
