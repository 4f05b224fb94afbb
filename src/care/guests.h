/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of the care site as the house knows them: whose stories they may see, and what they write on its way in. A
 * guest is an identity on the network "site", and so a person like everybody else: merged, un-merged, set aside. */
#pragma once

#include "channels/channel.h"
#include "store/conversation.h"
#include "store/guest.h"

struct intake;
struct person;

#define GUEST_IDLE_US (180 * DAY_US) /* a browser that did not come back is forgotten; its stories stay */
#define GUEST_NETWORK "site"

/* Who they are; person->id 0: they never wrote, so nobody knows them. */
bool guest_person(struct tx *tx, struct arena *a, const struct guest *guest, struct person *person,
                  struct error *e) MUST_USE;
/* A conversation of theirs, on whichever network. ERR_NOT_FOUND also where it is somebody else's: nobody learns that
 * it exists. */
bool guest_conversation(struct tx *tx, struct arena *a, const struct guest *guest, int64_t id,
                        struct conversation *out, struct error *e) MUST_USE;
/* One of the files in a message of theirs or of an answer to them; ERR_NOT_FOUND as above. */
struct attachment;
bool guest_attachment(struct tx *tx, struct arena *a, const struct guest *guest, int64_t id, struct attachment *out,
                      struct error *e) MUST_USE;

/* Their newest open conversation behind the door "talk", which the chat goes on with; *id 0: there is none. unseen:
 * also one that has ended with an answer which they have not seen. */
bool guest_talk(struct tx *tx, struct arena *a, const struct guest *guest, bool unseen, int64_t *id,
                struct error *e) MUST_USE;
/* Whether something in a conversation of the care site was not seen yet by the other side: by the guest what is ours,
 * by us (ours false) what is theirs. talk_seen says that it is now. agent: who of us looked, or 0. */
bool talk_unseen_count(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t *count,
                       struct error *e) MUST_USE;
bool talk_unseen(struct tx *tx, int64_t brand, int64_t conversation, bool ours, bool *unseen,
                 struct error *e) MUST_USE;
bool talk_seen(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t agent,
               struct error *e) MUST_USE;

/* What a guest writes. */
struct guest_words {
    struct str text;
    struct str once; /* the page's own id of it: the same comes in once, however often it is sent */
    struct channel_media *media;
    size_t media_count;
    struct channel_origin *origins; /* the page or article it came from */
    size_t origin_count;
    int64_t call_at;      /* when they asked to be called back; 0: they did not */
    struct str call_what; /* "Call +39 06 1234567" */
    int64_t passage;      /* the link through which they came to say it first; 0: none */
    int64_t *rings;       /* it rings at the colleagues on duty: gets the call; NULL: they only write */
};
/* As the one event that intake_take takes in, for the account of the care site. */
void guest_event(struct arena *a, const struct guest *guest, const struct guest_words *words,
                 struct channel_events *out);
