/* SPDX-License-Identifier: Apache-2.0 */
/* What the house does by itself: sending the outbox, fetching media, waking what slept, reminding of promises,
 * signing days, probing channels. One file a job. Nothing here writes words to a person. Of the nodes of an
 * installation one does all of it, the one that has the lease (docs/adr/0008). */
#pragma once

#include "base/error.h"

struct arena;
struct client;
struct house;
struct jobs;

struct jobs *jobs_open(struct house *house, struct client *client, struct error *e) MUST_USE;
/* Backups by themselves, once a day. */
struct backup_plan {
    const char *dir; /* a folder of files ascolto-YYYY-MM-DD.backup; outlives the jobs */
    int minute;      /* of the day, by the clock of the machine */
    int keep;        /* so many files stay */
    /* Writes the file, whole or not at all; gives up soon after go_on has said false. */
    bool (*make)(struct arena *a, const char *path, bool (*go_on)(void *go_on_ctx), void *go_on_ctx, void *ctx,
                 struct error *e);
    void *ctx;
};
/* Once, after jobs_open. */
bool jobs_backups(struct jobs *jobs, const struct backup_plan *plan, struct error *e) MUST_USE;
/* Letters (care/letters.h): their words are written by whoever knows templates and languages. */
struct brand;
struct json;
struct letter;
struct letter_mail;
struct letter_writer {
    bool (*write)(struct arena *a, const struct brand *brand, const struct letter *letter, const struct json *about,
                  struct letter_mail *out, void *ctx, struct error *e);
    void *ctx;
};
/* Once, after jobs_open. */
bool jobs_letters(struct jobs *jobs, const struct letter_writer *writer, struct error *e) MUST_USE;
/* A letter was queued. Any thread; ctx is the struct jobs. */
void jobs_wake_letters(void *ctx);
/* A reply was queued. Any thread; ctx is the struct jobs. */
void jobs_wake_outbox(void *ctx);
/* A channel is to be asked now. Any thread; ctx is the struct jobs. */
void jobs_wake_probe(void *ctx);
/* This node is leaving: no further turn begins, and as soon as nothing is under way the lease is given back. */
void jobs_rest(struct jobs *jobs);
/* No other node was seen living of late. */
bool jobs_are_alone(struct jobs *jobs);
/* Ends after the turns and the calls under way: client_cancel before it lets them end soon. NULL is accepted. */
void jobs_close(struct jobs *jobs);
