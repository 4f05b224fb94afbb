/* SPDX-License-Identifier: Apache-2.0 */
/* What the brand's own site says of a customer who is signed in there: a JSON Web Token (RFC 7519) with HMAC-SHA256
 * (RFC 7515), and nothing else that could be one. Pure: no database, no network. */
#pragma once

#include "base/error.h"
#include "base/str.h"

struct arena;
struct json;

#define CLAIMS_TOKEN_MAX     8192
#define CLAIMS_SUBJECT_MAX   200 /* bytes */
#define CLAIMS_LASTS_SECONDS 3600
#define CLAIMS_LEEWAY        30 /* seconds between two clocks */
#define CLAIMS_SECRETS       2

/* By which a token is judged. */
struct claims_rule {
    struct str secrets[CLAIMS_SECRETS]; /* any of them; empty ones open nothing */
    struct str audience;                /* the brand's name */
    struct str origins;                 /* from which the token may say that it comes (care/widget.h) */
    int64_t now;                        /* microseconds */
};

struct claims {
    struct str subject; /* the customer's id on the brand's site */
    struct str name, email, locale;
    struct str phone; /* E.164 without + */
};

/* ERR_UNAUTHENTICATED with the reason, for whoever builds the brand's site. What cannot be used of the rest (an
 * e-mail address that is none) is left out. */
bool claims_read(struct arena *a, struct str token, const struct claims_rule *rule, struct claims *out,
                 struct error *e) MUST_USE;
/* The signed part alone: the payload of a compact token that one of the secrets has signed. NULL with e filled. */
struct json *claims_open(struct arena *a, struct str token, const struct claims_rule *rule, struct error *e) MUST_USE;
