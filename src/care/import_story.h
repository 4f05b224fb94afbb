/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation of the conversations format as it was read: everything it refers to is found, nothing is written
 * yet. Shared by import_story.c, which reads, and import_conversations.c, which writes. */
#pragma once

#include "care/import_internal.h"
#include "store/promise.h"

struct plan_edit {
    int64_t at;
    struct str before;
};
struct plan_message {
    struct message m;
    struct str item; /* the id in the file */
    size_t order;
    struct str thread_title;
    struct plan_edit *edits;
    size_t edit_count;
    enum place place; /* PLACE_NONE: it follows from what came after */
    int64_t place_by;
};
struct plan_promise {
    struct promise promise;
    struct str of; /* item */
};
struct plan {
    struct history *h;
    const struct json *line;
    struct str id;
    struct person person;
    struct identity *identities;
    size_t identity_count;
    struct plan_message *messages;
    size_t message_count;
    size_t *slots; /* of messages by their items: index + 1, 0 is free; a power of two of them */
    size_t slot_count;
    struct entry *entries;
    size_t entry_count;
    struct plan_promise *promises;
    size_t promise_count;
    int64_t *labels;
    size_t label_count;
    enum conversation_state state;
    int64_t need_by, need_at, owner, ended_by, ended_at, until, first_at, last_at, handovers;
    struct channel_row channel; /* of the item read last, with what the file calls it */
    struct str channel_item;
};

/* Fails with ERR_BAD_INPUT for what the line says wrong. Messages come out in the order of their times. */
bool plan_read(struct plan *plan, struct history *h, const struct json *line, struct error *e) MUST_USE;
struct plan_message *plan_message_of(struct plan *plan, struct str item); /* NULL: none */
