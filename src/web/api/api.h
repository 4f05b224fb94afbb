/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON face for programs, /api/v1. Every call is declared once, in a list beside its code (X below): address,
 * permission, what comes in, what goes out. From that list come the route, the strict check of what comes in, and the
 * description at /api/openapi.json, so that they cannot disagree.
 *
 *   #define CALLS(X) X(HTTP_GET, "/api/v1/labels", PERM_READ, "Labels of the brand", .run = labels, .page = "Label")
 *   const struct route routes_api_labels[] = {CALLS(API_ROUTE){0}};
 *   const struct api_call calls_api_labels[] = {CALLS(API_CALL){0}};
 *
 * A call of a new file is known when its table stands in api_groups (calls.c). */
#pragma once

#include "base/json.h"
#include "web/desk/model.h"
#include "web/router.h"

struct api;
struct tx;

/* ---- what a value may be: of a body, a query, or an answer ---- */

enum api_type {
    API_TEXT,   /* clean UTF-8, at most `most` characters */
    API_ID,     /* a string of digits */
    API_IDS,    /* a list of them, at most 100 */
    API_NUMBER, /* a whole number from `least` to `most` */
    API_TRUTH,
    API_TIME,   /* ISO 8601 */
    API_DAY,    /* "2026-11-21" */
    API_CHOICE, /* one of detail: "a|b|c" */
    API_CURSOR, /* `next` of the page before, unchanged */
    API_OWNER,  /* "me", "nobody" or an id */
    API_DOOR,   /* "<channel id>:<door>", the `value` of a door */
    API_WORDS,  /* an object whose members are texts */
    API_REF,    /* answers only: the schema named in detail */
    API_LIST,   /* answers only: a list of it */
    API_TEXTS,  /* answers only: a list of texts */
    API_OBJECT, /* answers only: whatever it holds is said in about */
};
enum api_flags {
    API_REQUIRED = 1, /* in: must be given; out: is always there */
    API_NULL = 2,     /* may be null */
    API_EMPTY = 4,    /* in: a required text may be empty */
};
struct api_field {
    const char *name;
    enum api_type type;
    unsigned flags;
    const char *about;  /* one English line, or NULL */
    const char *detail; /* choices, or the name of a schema */
    int64_t least, most;
};

/* ---- a call ---- */

typedef bool api_run(struct tx *tx, struct api *api, struct error *e);
struct api_call {
    api_run *run;                                     /* inside a read (GET) or a command */
    bool (*before)(struct api *api, struct error *e); /* outside of it, after the check; may be NULL */
    void (*after)(struct api *api, bool done);        /* when before was called, whatever came of it; may be NULL */
    const struct api_field *query;                    /* each ends with a NULL name; NULL: nothing may come */
    const struct api_field *body;
    const char *answer; /* schema of the answer */
    const char *page;   /* or: schema of the items of a page {items, next} */
    int status;         /* 0: 200 */
    bool in_person;     /* colleagues only: tokens are refused */
};

/* One call being answered. Lives in the request's arena. */
struct api {
    struct visit *v;
    struct arena *arena; /* the request's */
    const struct api_call *call;
    struct json *in;    /* checked; texts for everything but lists, objects and truths */
    struct json *out;   /* set by run */
    const void *own;    /* between before, run and after */
    struct str key;     /* Idempotency-Key as it is kept; empty: none */
    struct str request; /* hash of what was asked with it */
    struct str answer;  /* as text, when it is (or was) kept under the key */
    int status;
    bool replayed;
};

web_handler api_handle; /* of every route in a list */
/* The call behind a route, NULL for a route that is none (the description itself). */
const struct api_call *api_call_of(const struct route *route);

#define API_ROUTE(method, path, permission, summary, ...) {method, path, permission, api_handle, summary},
#define API_CALL(method, path, permission, summary, ...)  {__VA_ARGS__},

/* ---- in ---- */

/* Reads query or body (JSON or a form) and checks it against the call. Fills api->in. */
bool api_input(struct api *api, struct error *e) MUST_USE;
bool in_has(const struct api *api, const char *name); /* given, and not null */
struct str in_text(const struct api *api, const char *name);
int64_t in_id(const struct api *api, const char *name); /* 0: not given */
int64_t in_number(const struct api *api, const char *name, int64_t otherwise);
bool in_truth(const struct api *api, const char *name);
int64_t in_time(const struct api *api, const char *name); /* 0: not given */
int64_t in_day(const struct api *api, const char *name);  /* YYYYMMDD; 0: not given */
size_t in_ids(const struct api *api, const char *name, int64_t **out);
struct cursor in_cursor(const struct api *api, const char *name, int limit);
/* "12:comment" → 12 and "comment" */
void in_door(const struct api *api, const char *name, int64_t *channel, struct str *door);

/* ---- out ---- */

/* A member to be written to, or handed on; NULL when there is none. object may be NULL. */
struct json *api_member(struct json *object, const char *key);
/* {items, next}; next 0: null. */
void api_page(struct api *api, struct json *items, int64_t next);
/* {conversation: its row}, after an act on it; more may be set. */
bool api_row(struct tx *tx, struct api *api, int64_t conversation, struct error *e) MUST_USE;
/* The row of the conversation in the address. */
bool api_row_here(struct tx *tx, struct api *api, struct error *e) MUST_USE;

/* ---- the description (openapi.c, schemas.c) ---- */

struct api_schema {
    const char *name;
    const char *about;
    const struct api_field *fields; /* ends with a NULL name */
};
extern const struct api_schema api_schemas[];      /* ends with a NULL name */
extern const struct api_schema api_schemas_desk[]; /* those of the desk's view models */
struct json *api_description(struct visit *v);
