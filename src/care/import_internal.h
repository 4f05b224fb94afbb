/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of import: a run, its batches, and the rules of history that the formats share. */
#pragma once

#include "care/import.h"
#include "store/brand.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/message.h"
#include "store/person.h"

struct json;

/* One call of import_lines. */
struct import_run {
    struct house *house;
    const struct import_options *options;
    struct brand brand;
    const char *zone;
    int64_t now;
    struct str password; /* hash for new colleagues */
};

/* ---- history: one batch of lines, one command ---- */

struct history_row; /* of search, written at the end in the order of ids: that is what full text search is fast at */

struct history {
    struct tx *tx;
    const struct import_run *run;
    int64_t brand;
    int64_t signed_day; /* days up to this one have their statement: what comes now is booked today */
    struct import_report report;
    bool writing; /* this line was found good, its rows are being written */
    struct history_row *rows;
    size_t row_count;
};
bool history_begin(struct history *h, struct tx *tx, const struct import_run *run, struct error *e) MUST_USE;
bool history_end(struct history *h, struct error *e) MUST_USE;
void history_person(struct history *h, const struct person *person); /* into search */

/* A conversation while its messages come in, oldest first. */
struct history_story {
    struct conversation c;
    struct person person;
    bool known;           /* the conversation was there before */
    int64_t known_out_at; /* our last message in it then */
    struct message *waiting;
    size_t waiting_count;
    int64_t newest_in;  /* id of their newest message */
    struct str last_in; /* its words */
    bool last_in_public;
};
/* For a person's new conversation that begins at a moment. */
void history_story_new(const struct history *h, struct history_story *s, const struct person *person, int64_t at);
bool history_story_known(struct history *h, struct history_story *s, int64_t conversation, struct error *e) MUST_USE;
/* *fresh is false when the channel has a message of that network id: m is then not added. m says channel, door,
 * is_public, external_id, text, at, outbound …; ids, place and day follow. */
bool history_message(struct history *h, struct history_story *s, struct message *m, bool *fresh,
                     struct error *e) MUST_USE;
/* Where a message of theirs stands, when it does not follow from what came after it. */
bool history_place(struct history *h, struct history_story *s, struct message *m, enum place place, int64_t by,
                   struct str reason, struct error *e) MUST_USE;
/* Everything of theirs that still waits. */
bool history_place_waiting(struct history *h, struct history_story *s, enum place place, int64_t by,
                           struct str reason, struct error *e) MUST_USE;
/* Reads the mood, saves the conversation with what waits, and tells the log. */
bool history_story_end(struct history *h, struct history_story *s, struct error *e) MUST_USE;

/* ---- lines ---- */

/* Checks members by a list of words: "name" text, "name#" number, "name?" truth, "name@" array, each with "!" when it
 * is needed: "id! hue# labels@". Others are refused. what: "person", for the error. */
bool line_members(const struct json *object, const char *members, const char *what, struct error *e) MUST_USE;
/* The text of a member, clean. */
struct str line_text(struct history *h, const struct json *object, const char *name);
/* prefix "" reads "at" or "ago", "due_" reads "due_at" or "due_ago" …; *at is 0 when neither is there. */
bool line_time(const struct import_run *run, const struct json *object, const char *prefix, int64_t *at,
               struct error *e) MUST_USE;
/* Our id of what the file calls id: imported before, or one of our own ids (an export read back). 0: unknown. */
bool line_find(struct history *h, const char *kind, struct str id, int64_t *out, struct error *e) MUST_USE;
/* The same, and unknown is an error. */
bool line_refer(struct history *h, const char *kind, struct str id, int64_t *out, struct error *e) MUST_USE;
bool line_keep(struct history *h, const char *kind, struct str id, int64_t ours, struct error *e) MUST_USE;

/* A line of any format: the members are right (check), and taken in (take). take fails with ERR_BAD_INPUT before
 * it writes anything, or with another code. */
bool conversations_check(const struct import_run *run, const struct json *line, struct error *e) MUST_USE;
bool conversations_take(struct history *h, const struct json *line, struct error *e) MUST_USE;
bool conversation_take(struct history *h, const struct json *line, struct error *e) MUST_USE;
bool conversation_check(const struct import_run *run, const struct json *line, struct error *e) MUST_USE;
bool threads_check(const struct import_run *run, const struct json *line, struct error *e) MUST_USE;
bool threads_take(struct history *h, const struct json *line, struct error *e) MUST_USE;
bool takeout_check(const struct import_run *run, const struct json *line, struct error *e) MUST_USE;
bool takeout_take(struct history *h, const struct json *line, struct error *e) MUST_USE;
/* A channel without its settings: paused until an admin fills them in; of a network that is no more: removed. */
bool channel_make(struct history *h, struct str network, struct str name, int64_t *id, struct error *e) MUST_USE;
