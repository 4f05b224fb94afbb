/* SPDX-License-Identifier: Apache-2.0 */
/* Ways in that we give (ADR 0023). A colleague puts a link into a reply: it goes on in private. Who got it in private
 * is in at once, for who reads that inbox could sign in from there; who got it in public begins a talk beside the
 * story, which becomes part of it once it is proven or a colleague says that it is them. And a guest takes their
 * requests along to another of their browsers. A code is opened once, by one browser; links that nobody sent open
 * nothing. */
#pragma once

#include "care/author.h"
#include "store/conversation.h"
#include "store/guest.h"
#include "store/message.h"
#include "store/passage.h"
#include "store/person.h"

struct house;

#define PASSAGE_LASTS_US  (7 * DAY_US)     /* from the reply that gives it */
#define PASSAGE_DEVICE_US (10 * MINUTE_US) /* from one browser to another */
#define PASSAGE_SIGNS     12
#define PASSAGE_PATH      "/p/"

struct str passage_code_new(struct arena *a);
/* As it is typed: small letters, hyphens and spaces are no matter. */
bool passage_code_of(struct arena *a, struct str text, struct str *code);

/* A link for a draft in this conversation: it opens nothing until a reply with it is sent. */
bool passage_draft(struct tx *tx, const struct house *house, const struct actor *actor, int64_t conversation,
                   struct str code, struct error *e) MUST_USE;
/* A reply goes out: the links in its words are given by it. ERR_CONFLICT where one of them belongs to another story
 * or was given before. */
bool passages_given(struct tx *tx, const struct house *house, const struct message *reply, struct error *e) MUST_USE;
/* From this guest's browser to another of theirs, where it leads to `place`. */
bool passage_device(struct tx *tx, const struct house *house, const struct guest *guest, struct str place,
                    struct str code, struct error *e) MUST_USE;

enum passage_state {
    PASSAGE_UNKNOWN, /* no such code, or one that nobody was sent */
    PASSAGE_OPEN,
    PASSAGE_MINE, /* this browser opened it */
    PASSAGE_USED, /* another did */
    PASSAGE_LATE,
    PASSAGE_WITHDRAWN,
};
struct passage_look {
    struct passage row;
    enum passage_state state;
    bool claims;           /* whoever opens it still has to show that it is them */
    struct person person;  /* whose it is */
    struct conversation c; /* its story; id 0: all of theirs (PASSAGE_DEVICE) */
    struct message reply;  /* that gave it */
    struct guest giver;
};
/* How it stands with a code, for this browser. */
bool passage_look(struct tx *tx, struct arena *a, const struct house *house, int64_t brand, struct str code,
                  const struct guest *guest, struct passage_look *out, struct error *e) MUST_USE;
bool passage_stands(struct tx *tx, struct arena *a, const struct passage *row, const struct guest *guest,
                    struct passage_look *out, struct error *e) MUST_USE;

/* What a browser holds already that is somebody's else than whom the passage leads to. */
struct passage_former {
    struct person person;
    int64_t stories; /* 0: nothing that could be mixed */
    bool proved;     /* a person who showed who they are: never joined with another here */
};
bool passage_former(struct tx *tx, struct arena *a, const struct guest *guest, const struct passage_look *look,
                    struct passage_former *out, struct error *e) MUST_USE;
/* This browser opens it, which it can once: *taken. Then the guest is that person, or (claims) may begin a talk. */
bool passage_take(struct tx *tx, struct arena *a, const struct house *house, const struct guest *guest,
                  struct str code, bool *taken, struct passage_look *out, struct error *e) MUST_USE;
/* Their first words stand in this conversation: it belongs beside the story. */
bool passage_began(struct tx *tx, const struct guest *guest, int64_t id, int64_t talk, struct error *e) MUST_USE;

/* The guest is shown to be this person: talks that claimed it become part of the story. */
bool passages_proven(struct tx *tx, const struct guest *guest, int64_t person, int64_t actor, int64_t merge,
                     struct error *e) MUST_USE;
/* A colleague's own judgement of who opened it. */
bool passage_judge(struct tx *tx, const struct actor *actor, int64_t id, bool them, struct passage *out,
                   struct error *e) MUST_USE;
/* Before it was opened. */
bool passage_withdraw(struct tx *tx, const struct actor *actor, int64_t id, struct passage *out,
                      struct error *e) MUST_USE;
/* Two persons are two again (person_unmerge): what that had proven is not. */
bool passage_unmerge(struct tx *tx, int64_t brand, int64_t merge, int64_t actor, struct error *e) MUST_USE;
