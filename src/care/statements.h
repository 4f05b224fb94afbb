/* SPDX-License-Identifier: Apache-2.0 */
/* The statement of a day: the ledger's figures, hash-chained to the day before and signed (Ed25519), so that they can
 * be shown to anyone. Format and how to check it by hand: docs/statements.md. */
#pragma once

#include "store/brand.h"
#include "store/ledger.h"

struct arena;
struct house;
struct json;

/* Signs all finished days since the last statement (or since the brand's first message) up to, not including, `today`
 * (YYYYMMDD in the brand's zone). *made: how many. */
bool statement_sign_due(struct tx *tx, const struct house *house, const struct brand *brand, int64_t today, int *made,
                        struct error *e) MUST_USE;
/* Whether statement_sign_due has a day to sign: a read. */
bool statement_is_due(struct tx *tx, const struct brand *brand, int64_t today, bool *due, struct error *e) MUST_USE;
/* Recomputes hashes, chain and signatures, and whether each body balances in itself.
 * {brand, statements, valid, first_day, last_day, differences: [words]} */
struct json *statement_verify(struct tx *tx, struct arena *a, const struct brand *brand, struct error *e) MUST_USE;
/* What a page says of one statement: it holds by itself and where it stands, and so does the chain around it. How far
 * the chain was found whole is remembered for an hour (and forgotten when its last statement is not the same any
 * more), so that years of it are not read for each view; statement_verify reads all. */
bool statement_is_valid(struct tx *tx, struct arena *a, const struct house *house, const struct brand *brand,
                        const struct statement *statement, bool *valid, struct error *e) MUST_USE;
/* For house_open. */
struct chain_memory *chain_memory_new(struct arena *a);
/* {day, body (object), previous, hash, signature, public_key, at} */
struct json *statement_view(struct arena *a, const struct statement *statement);
