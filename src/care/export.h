/* SPDX-License-Identifier: Apache-2.0 */
/* A brand's whole history in the conversations format, one JSON object a line: what import.h reads. One moment of the
 * database, while others go on writing. Passwords, tokens, channel secrets and files are not in it. */
#pragma once

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

struct house;

struct export_report {
    size_t lines, people, conversations, messages;
    size_t unsent; /* replies that no network has accepted: left out */
};
struct export_sink {
    bool (*line)(void *ctx, struct str line, struct error *e);       /* without the line's end */
    void (*progress)(void *ctx, const struct export_report *so_far); /* may be NULL */
    void *ctx;
};

bool export_lines(struct house *house, int64_t brand, const struct export_sink *sink, struct export_report *report,
                  struct error *e) MUST_USE;
