/* SPDX-License-Identifier: Apache-2.0 */
/* care/ holds the rules of the house: who a person is, what waits, who answers, and that nobody is forgotten. It
 * knows no HTTP, no SQL and no HTML. Every change happens in a command (db/tx.h) and appends what happened to the
 * event log.
 *
 * The house itself: the open database, its keys (kept in a file outside the database) and the accounts on networks.
 */
#pragma once

#include "base/crypto.h"
#include "base/error.h"
#include "db/tx.h"

struct accounts;
struct arena;
struct chain_memory;

struct house {
    struct db *db;
    const char *folder;    /* of its data */
    bool shared;           /* on a database that other nodes may use too; else in a file of its own */
    struct str public_url; /* scheme and host as networks reach us, or ""; set before anything runs */
    unsigned char seal_key[SEAL_KEY_BYTES];
    unsigned char sign_public[SIGN_PUBLIC_BYTES];
    unsigned char sign_secret[SIGN_SECRET_BYTES];
    struct accounts *accounts;
    struct chain_memory *chains; /* statements.h */
    struct arena *arena;         /* its own memory */
};

/* Opens the data folder (made when create is set), its key file "key" (mode 0600) and its database: "ascolto.db" in
 * it, or the one at an address postgresql://… (NULL: none). Nodes that share a database share the key file too. */
struct house *house_open(const char *data_dir, const char *database, bool create, struct error *e) MUST_USE;
void house_close(struct house *house); /* NULL is accepted */
