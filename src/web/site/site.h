/* SPDX-License-Identifier: Apache-2.0 */
/* The care site: pages for the brand's customers, made first for a phone, usable without scripts. Everybody may look;
 * who writes becomes a guest, known again by a cookie of their own (care/guests.h). A colleague's session plays no
 * part. */
#pragma once

#include "care/guests.h"
#include "web/router.h"

struct json;

struct site {
    struct visit *v;
    struct guest guest; /* id 0: nobody wrote from this browser yet */
    bool framed;        /* in a frame on another site of the brand's: who it is, is said in other ways (frame.h) */
    struct str parent;  /* framed: the origin that shows it; empty for what is not a page */
};

/* Begins a page: who the guest is, and in which language it is said (the guest's choice, then the browser's).
 * section: where in the bar, "home", "help", "requests", "chat", "community". */
bool site_open(struct visit *v, const char *section, struct site *site, struct error *e) MUST_USE;
/* The guest of a form: made, with a cookie, where there is none yet. name: as they gave it, or empty. */
bool site_guest(struct site *site, struct str name, struct error *e) MUST_USE;
/* The guest of a customer of whom the brand's own site says who they are; the one before in this frame, if it was
 * somebody signed, is left. told: external_id, name, email, phone. */
bool site_signed(struct site *site, const struct guest *told, struct error *e) MUST_USE;
/* Who showed who they are gets another cookie. */
bool site_renew(struct site *site, struct error *e) MUST_USE;
/* This browser is nobody's any more; the stories stay with their person. */
bool site_leave(struct site *site, struct error *e) MUST_USE;
/* templates/site/<page>.html with the model, to which what the frame needs is added. */
void site_render(struct site *site, const char *page, struct json *model);
void site_render_status(struct site *site, int status, const char *page, struct json *model);

/* The account of the care site, made now where nobody wrote yet. */
bool site_account(struct site *site, int64_t *channel, struct error *e) MUST_USE;
/* Takes in what a guest wrote, durably. story: a conversation of theirs, or INTAKE_BEGINS; *conversation: where it
 * stands now. */
bool site_say(struct site *site, const struct guest_words *words, int64_t story, int64_t *conversation,
              struct error *e) MUST_USE;
/* Whether this address has written no more than people do lately; ERR_RATE_LIMITED, with Retry-After. */
bool site_may_write(struct site *site, struct error *e) MUST_USE;
/* The same for what is said in a chat: many share an address there, so it is counted for each guest. */
bool site_may_chat(struct site *site, struct error *e) MUST_USE;
/* Whether this guest, or this address, has called no more than people do lately. */
bool site_may_call(struct site *site, struct error *e) MUST_USE;
/* The files of a form as media, at most GUEST_FILES; what cannot be taken is ERR_BAD_INPUT or ERR_TOO_LARGE. */
#define GUEST_FILES    5
#define GUEST_FILE_MAX ((size_t)16 << 20)
bool site_files(struct site *site, struct guest_words *words, struct error *e) MUST_USE;
