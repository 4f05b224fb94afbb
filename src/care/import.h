/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing history in. What is imported happened elsewhere: nothing is ever sent, every message has its real time,
 * its place in the ledger and its row in search, and the same line imported twice is imported once.
 *
 * Three formats, one JSON object a line: "conversations" (demo/FORMAT.md, docs/command-line.md), "threads" (public
 * threads of X with their reply trees) and "takeout" (posts of Google+ as Google exported them, each in one line). */
#pragma once

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

struct house;

enum import_format { IMPORT_CONVERSATIONS, IMPORT_THREADS, IMPORT_TAKEOUT };

/* A channel of the file that is one of ours already. */
struct import_channel {
    struct str id; /* as the file's lines call it */
    int64_t channel_id;
};

/* Problems kept in words; the rest is only counted. */
#define IMPORT_PROBLEMS_MAX 20

struct import_problem {
    size_t line; /* from 1 */
    char words[224];
};
struct import_report {
    size_t lines, known, bad; /* lines read; nothing new in them; refused, nothing of them was written */
    size_t agents, channels, labels, snippets, people, conversations;
    size_t threads, unaddressed; /* threads or posts read; of them without any customer, left out */
    size_t received, ours;       /* messages */
    size_t problem_count;
    struct import_problem problems[IMPORT_PROBLEMS_MAX];
};

struct import_options {
    int64_t brand_id;
    enum import_format format;
    int64_t now;         /* what "ago" counts back from; 0: the moment of the import */
    struct str password; /* of colleagues the file brings; empty: they cannot sign in before one is set */
    const struct import_channel *channels;
    size_t channel_count;
    int64_t channel_id; /* threads: into this channel of X; 0: one named like the file's brand, made paused */
    /* After each batch, on the calling thread. done and total: bytes. */
    void (*progress)(void *ctx, const struct import_report *so_far, size_t done, size_t total);
    void *progress_ctx;
};

/* Reads all lines. A line that cannot be read is refused whole and named in the report, the others are taken. False
 * only when nothing more could be written (what was written before stays; running it again goes on). */
bool import_lines(struct house *house, const struct import_options *options, struct str bytes,
                  struct import_report *report, struct error *e) MUST_USE;
