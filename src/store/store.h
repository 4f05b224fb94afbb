/* SPDX-License-Identifier: Apache-2.0 */
/* What every noun's trio (noun.h, noun.c, noun.sql) shares. A store function runs one or few statements inside the
 * caller's transaction and knows no rules; the rules are in care/. Strings of a struct are copied into the arena
 * given (or the transaction's). Look-ups by key fail with ERR_NOT_FOUND. */
#pragma once

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "db/tx.h"

struct arena;
struct json;
struct rows;

/* A page of a list: rows after (at, id); at most limit, plus one to tell whether more follow. */
struct cursor {
    int64_t at, id; /* both 0: from the start */
    int limit;
};

/* Room for one more item in a list kept in an arena: call before writing items[count]. */
void *list_room(struct arena *a, void *items, size_t count, size_t item_size);

/* The first column of all rows. Closes the rows. */
bool rows_ids(struct rows *rows, struct arena *a, int64_t **out, size_t *count, struct error *e) MUST_USE;
/* All rows as a JSON array of objects. spec names the columns in order, each with its type: "id#" an id (string),
 * "n%" a number, "on?" a truth, "at@" a time (ISO 8601, null when 0), "name" text; separated by spaces.
 * Closes the rows. NULL with e filled when the engine failed or rows is NULL. */
struct json *rows_json(struct rows *rows, struct arena *a, const char *spec, struct error *e) MUST_USE;
/* One row: its object; ERR_NOT_FOUND with these words when there is none. */
struct json *rows_json_one(struct rows *rows, struct arena *a, const char *spec, const char *missing,
                           struct error *e) MUST_USE;
/* The first column of the first row; 0 when there is none. Closes the rows. */
bool rows_number(struct rows *rows, int64_t *out, struct error *e) MUST_USE;
