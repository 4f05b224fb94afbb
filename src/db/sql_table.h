/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of all .sql files, made by tools/gen-sql.awk. A NULL text: not for that engine. */
#pragma once

#include "sql_ids.h"

struct sql_statement {
    const char *name;
    const char *sqlite;
    const char *postgres;
};
extern const struct sql_statement sql_table[SQL_COUNT];
