/* SPDX-License-Identifier: Apache-2.0 */
/* Routes are tables beside their handlers, collected by file name (tools/gen-routes). Every route says who may use
 * it: a route without a permission keeps the program from starting. */
#pragma once

#include "base/error.h"
#include "care/author.h"
#include "db/tx.h"
#include "net/http.h"
#include "store/brand.h"
#include "web/app.h"
#include "web/view.h"

enum permission {
    PERM_UNSET,
    PERM_PUBLIC, /* anybody */
    PERM_READ,   /* signed in, read-only included */
    PERM_AGENT,  /* may change and answer */
    PERM_LEAD,
    PERM_ADMIN,
};

struct visit;
/* False with e filled: the router answers with the error page (or its JSON). True: the handler has answered. */
typedef bool web_handler(struct visit *v, struct error *e);

struct route {
    enum http_method method;
    const char *path; /* "/desk/c/:id"; ":id" matches digits, ":name" one segment, "*" the rest */
    enum permission permission;
    web_handler *handler;
    const char *summary; /* one English line: for /api/openapi.json (API routes), or NULL */
};

/* One request on its way through web. Lives in the request's arena. */
struct visit {
    struct http_request *http;
    struct app *app;
    struct arena *arena;
    const struct route *route;
    struct brand brand;
    struct view view;
    int64_t came;            /* monotonic */
    struct actor actor;      /* role ROLE_NONE: nobody is signed in */
    struct agent agent;      /* the colleague, when a session is there */
    struct str session_hash; /* empty for tokens */
    struct str csrf;
    struct str path;   /* below the brand's base */
    struct str called; /* the brand, by the address; prefixed: by its path, else by its host */
    bool prefixed;
    bool stays;          /* on the loop's thread: visit_write fails there, and a worker begins anew */
    bool writes;         /* it wanted to */
    struct tx **reading; /* the snapshot in which the session was read, until the handler has read; may hold NULL */
    int64_t params[4];   /* ":id" in order */
    struct str words[4]; /* ":name" and "*" in order */
};

/* Refuses to start where a route lacks a permission or two routes are the same. */
bool router_check(struct error *e) MUST_USE;
const struct route *const *router_all(void); /* tables, NULL-terminated; each ends with a NULL path */

/* Runs a read or a command, the latter only on a worker: a handler that may stay on the loop (desk_is_quick) answers
 * nothing after a failed visit_write. ctx's strings that must last belong in v->arena. The first read of a handler
 * that changes nothing sees the snapshot in which its session was read. */
bool visit_read(struct visit *v, db_command *read, void *ctx, struct error *e) MUST_USE;
bool visit_write(struct visit *v, db_command *command, void *ctx, struct error *e) MUST_USE;
/* Ends that snapshot, for a handler that reads in other ways, or waits. */
void visit_reading_end(struct visit *v);
/* Query or form values as ids and numbers; 0 (or otherwise) when missing or unreadable. */
int64_t visit_query_id(struct visit *v, const char *name);
int64_t visit_form_id(struct visit *v, const char *name);
/* Puts a toast on the page that follows: a key of the locale, and values. */
void visit_toast(struct visit *v, const char *key, struct json *values);
/* The author behind this visit, inside a command. Fails for tokens: only colleagues in person answer people. */
const struct author *visit_author(struct visit *v, struct tx *tx, struct error *e) MUST_USE;
/* After a command that queued a reply. */
void visit_wake_outbox(struct visit *v);
/* After a command that queued a letter. */
void visit_wake_letters(struct visit *v);
/* After a channel was added, changed or asked. */
void visit_wake_probe(struct visit *v);
