/* SPDX-License-Identifier: Apache-2.0 */
/* Moving everything from one engine to the other. The list of tables and columns is the engines' own: the same
 * migrations have run on both, and what is on one side only is an error. Tables that are made of others (the search
 * index) are left empty, for the program to fill. */
#pragma once

#include "base/compiler.h"

struct db;
struct error;

struct db_fill {
    const char *path; /* a SQLite database of the program's own schema; read only */
    const char *url;  /* the PostgreSQL database that gets all of it */
    bool force;       /* what is there goes aside, into a schema of its own */
    /* Fills the tables that are made of others. */
    bool (*derive)(struct db *db, void *ctx, struct error *e);
    bool (*progress)(void *ctx, int64_t done, int64_t total); /* false: give up */
    void *ctx;
};

struct db_filled {
    int64_t rows;
    int64_t cleaned; /* texts with a NUL or broken UTF-8 in them, which PostgreSQL does not keep */
    char aside[64];  /* the schema that has what was there before; empty: there was nothing */
};

/* May this database be filled? Not when a program of ours is using it; when it holds data, only by force. */
bool db_fill_allowed(const char *url, bool force, struct error *e) MUST_USE;
/* All is made ready in a schema of its own, which takes its place in one transaction at the end: a database that
 * could not be filled is as it was. */
bool db_fill(const struct db_fill *fill, struct db_filled *out, struct error *e) MUST_USE;
