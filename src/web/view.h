/* SPDX-License-Identifier: Apache-2.0 */
/* One view model, two faces: a handler builds one JSON value; view_render shows it as a page (or a part of
 * one), or sends it as it is to those who ask for JSON. Models hold facts (times in ISO 8601, numbers, ids as
 * strings, keys of texts); the words are the templates'. templates/MODELS.md lists every page's model. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "web/locale.h"

struct arena;
struct error;
struct http_request;
struct json;

/* Who looks, and how. The router fills it once for each request; all strings live as long as the request. */
struct view {
    const struct locale *locale; /* NULL: found in Accept-Language */
    const char *zone;            /* of the colleague or the brand; NULL: UTC */
    int64_t now;                 /* 0: clock_now() */
    struct str base;             /* "" or "/b/nuvola": before every address of the brand */
    struct str brand;            /* title of the brand, "Nuvola Mobile" */
    int hue;                     /* of the brand, 0-359; below 0: ours */
    struct str scheme;           /* "auto", "light" or "dark"; empty: auto */
    bool site;                   /* a page of the care site: errors look and speak like it */
    bool shared;                 /* the same for everybody who brings no cookie: may be kept, and asked for again */
    bool kept;                   /* nothing of one's own is on it: going back shows it without asking again */
    bool voice;                  /* the page speaks: it may ask for the microphone, as the desk's may */
    bool single_keys;            /* single-key shortcuts work */
    int64_t event;               /* the log's last when the page was asked for: it listens from there on */
    struct str ancestors;        /* of whom the page may be framed, separated by spaces; empty: of nobody */
    struct str csrf;             /* for the forms; empty when nobody is signed in */
    const struct json *me;       /* {id, name, email, since, admin, supervisor} or NULL */
    const struct json *toast;    /* {key, …values, undo?: {action}} shown once, or NULL */
    struct str section;          /* where in the rail: "people", "aside", "ledger", "insight", "admin", "me" */
};

/* Parses the templates and locales inside the program; what is wrong with them is a reason not to start. */
bool view_open(struct error *e) MUST_USE;

/* Answers 200 with templates/<page>.html in its layout; with the model as JSON where the path is below /api/
 * or the client prefers application/json; with one part where ?fragment=NAME asks for
 * templates/parts/NAME.html and the page shows it; without layout where the header HX-Request is set and no
 * fragment is named. */
void view_render(struct view *view, struct http_request *req, const char *page, struct json *model);
void view_render_status(struct view *view, struct http_request *req, int status, const char *page,
                        struct json *model);
/* A page for somebody who is not asking for one now: a letter. */
bool view_compose(const struct view *view, struct arena *a, const char *page, const struct json *model,
                  struct str *out, struct error *e) MUST_USE;
/* The page "error" (or {"error": {code, message, number}}) with e's status; logs what is our fault. number is
 * what the reader may quote. */
void view_error(struct view *view, struct http_request *req, const struct error *e);
/* 303 to base + path after a form; {"location": …} as JSON where the client asks for it. */
void view_redirect(struct view *view, struct http_request *req, struct str path);
/* The security headers of every page, for answers that are not made here. */
void view_headers(struct http_request *req);
/* Whether the answer will be JSON. */
bool view_wants_json(struct http_request *req);
