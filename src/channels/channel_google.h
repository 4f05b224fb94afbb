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
        CONSENT_BASE(network, "https://accounts.google.com")

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

/* ---- reviews (in channel_google_reviews.c) ---- */

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

/* What one network's lists of reviews have of their own. */
struct google_reviews {
    struct str (*url)(struct arena *a, const struct settings *s);
    const char *query, *page_token; /* behind the address: how they are listed, and the name of a page's token */
    int rate_wait;                  /* seconds */
    /* One review; the moment it was changed last, 0 when it cannot be read. now: 0 where it was not asked for. */
    int64_t (*read)(struct channel_events *events, const struct settings *s, const struct json *review, int64_t now,
                    const struct place *at);
    struct str (*said)(struct arena *a, const struct json *body); /* the words of our reply, as they stand there */
};
/* A list's answer on its own, as an operator may have kept one. */
bool google_reviews_receive(const struct google_reviews *g, struct arena *a, const struct settings *s,
                            struct str body, struct channel_events *events, struct error *e) MUST_USE;
/* What is handed over within a round is the token of the next page. */
bool google_reviews_ask(const struct google_reviews *g, struct arena *a, const struct settings *s,
                        const struct asking *asking, struct http_call *call, struct error *e) MUST_USE;
/* The answer, read; NULL when it was refused. oldest: the moment of the review that was changed first. */
const struct json *google_reviews_asked(const struct google_reviews *g, struct arena *a, const struct settings *s,
                                        const struct asking *asking, const struct http_reply *reply,
                                        struct channel_events *events, struct asked *out, int64_t *oldest);
void google_reviews_answer(const struct google_reviews *g, struct arena *a, const struct outgoing *m,
                           const struct http_reply *reply, struct outcome *out);
void google_reviews_probed(const struct google_reviews *g, struct arena *a, const struct http_reply *reply,
                           struct outcome *out);
