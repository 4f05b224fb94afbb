/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of cli: a command, what it was given, and what all of them share. */
#pragma once

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "care/house.h"
#include "cli/cli.h"
#include "store/brand.h"

struct json;

#define CLI_WORDS_MAX 2

struct cli {
    struct arena *arena;
    const struct cli_command *command;
    const char *data_dir;
    const char *database; /* postgresql://…, or NULL: in the data folder */
    struct pair *options; /* in the order given; a flag has an empty value */
    size_t option_count;
    const char *words[CLI_WORDS_MAX]; /* what follows the command and is no option */
    size_t word_count;
    bool json;
    struct house *house;
    struct brand brand;
};

/* A command may end with ERR_MALFORMED: wrong use, exit 2. */
struct cli_command {
    const char *name, *deed; /* "brand", "add"; deed NULL: the command has none */
    const char *options;     /* "name= title= all": those with = take a value */
    const char *usage;       /* what follows the command's words */
    const char *help;        /* one line */
    int words_min, words_max;
    bool (*run)(struct cli *cli, struct error *e);
};
extern const struct cli_command cli_commands[]; /* ended by a NULL name */

/* ---- options ---- */

bool cli_parse(struct cli *cli, int argc, char **argv, struct error *e) MUST_USE;
bool cli_given(const struct cli *cli, const char *name);
struct str cli_option(const struct cli *cli, const char *name);       /* the last one given; empty when not */
const char *cli_option_cstr(const struct cli *cli, const char *name); /* NULL when not given */
bool cli_needs(const struct cli *cli, const char *name, struct str *out, struct error *e) MUST_USE;
bool cli_id(struct str text, const char *what, int64_t *out, struct error *e) MUST_USE;

/* ---- the house ---- */

/* Opens the data folder (make: also when there is none yet). Data of an older version is refused: `ascolto migrate`
 * brings it up, so that no command changes the schema under a running server by the way. */
bool cli_open(struct cli *cli, bool make, struct error *e) MUST_USE;
/* cli_open, and the brand of --brand; the only one there is when it was not given. */
bool cli_open_brand(struct cli *cli, struct error *e) MUST_USE;
/* All brands, or that of --brand. */
bool cli_brands(struct cli *cli, struct brand **out, size_t *count, struct error *e) MUST_USE;
/* A colleague by id or e-mail address. */
struct agent;
bool cli_agent(struct cli *cli, struct str who, struct agent *out, struct error *e) MUST_USE;
/* A command of the program's own with ctx as a struct cli plus its own values: one transaction. */
bool cli_write(struct cli *cli, db_command *command, void *ctx, struct error *e) MUST_USE;
bool cli_read(struct cli *cli, db_command *read, void *ctx, struct error *e) MUST_USE;
/* Appends to the log what the command line did. */
bool cli_event(struct tx *tx, const char *kind, int64_t brand, int64_t subject, struct str name,
               struct error *e) MUST_USE;

/* The days of --keep-payloads, --keep-events and --keep-search, where they are given; "forever" is 0. */
bool cli_keeps(struct cli *cli, struct brand *brand, struct error *e) MUST_USE;

/* ---- output ---- */

void cli_print_id(const struct cli *cli, int64_t id); /* "123", or {"id":"123"} */
void cli_print_json(const struct cli *cli, const struct json *json);
/* A list as a table of these members ("id name state"), or as JSON with --json. */
void cli_print_list(const struct cli *cli, const struct json *list, const char *columns);
/* On a terminal only: rewrites one line of stderr. NULL ends it. */
void cli_progress(const char *format, ...) FORMAT(1, 2);
void cli_progress_end(void);
/* All of a file, or of stdin for "-"; at most `most` bytes. */
bool cli_read_file(struct arena *a, const char *path, size_t most, struct str *out, struct error *e) MUST_USE;
/* --password-file, else asked for on a terminal, else made up (*made: to be shown once). */
bool cli_password(struct cli *cli, struct str *password, bool *made, struct error *e) MUST_USE;

/* ---- commands, by file ---- */

bool cli_serve(struct cli *cli, struct error *e);
bool cli_demo(struct cli *cli, struct error *e);
bool cli_simulate(struct cli *cli, struct error *e);
bool cli_article_import(struct cli *cli, struct error *e);
bool cli_article_export(struct cli *cli, struct error *e);
bool cli_guide_import(struct cli *cli, struct error *e);
bool cli_guide_export(struct cli *cli, struct error *e);
bool cli_brand_add(struct cli *cli, struct error *e);
bool cli_brand_set(struct cli *cli, struct error *e);
bool cli_push_renew(struct cli *cli, struct error *e);
bool cli_retention(struct cli *cli, struct error *e);
bool cli_brand_list(struct cli *cli, struct error *e);
bool cli_brand_remove(struct cli *cli, struct error *e);
bool cli_agent_add(struct cli *cli, struct error *e);
bool cli_agent_list(struct cli *cli, struct error *e);
bool cli_agent_remove(struct cli *cli, struct error *e);
bool cli_agent_password(struct cli *cli, struct error *e);
bool cli_channel_add(struct cli *cli, struct error *e);
bool cli_channel_list(struct cli *cli, struct error *e);
bool cli_channel_networks(struct cli *cli, struct error *e);
bool cli_channel_set(struct cli *cli, struct error *e);
bool cli_channel_remove(struct cli *cli, struct error *e);
bool cli_channel_pause(struct cli *cli, struct error *e);
bool cli_channel_resume(struct cli *cli, struct error *e);
bool cli_token_add(struct cli *cli, struct error *e);
bool cli_token_list(struct cli *cli, struct error *e);
bool cli_token_revoke(struct cli *cli, struct error *e);
bool cli_import(struct cli *cli, struct error *e);
bool cli_export(struct cli *cli, struct error *e);
bool cli_ledger_show(struct cli *cli, struct error *e);
bool cli_ledger_verify(struct cli *cli, struct error *e);
bool cli_statement_show(struct cli *cli, struct error *e);
bool cli_statement_verify(struct cli *cli, struct error *e);
bool cli_backup(struct cli *cli, struct error *e);
bool cli_restore(struct cli *cli, struct error *e);
bool cli_migrate(struct cli *cli, struct error *e);
bool cli_doctor(struct cli *cli, struct error *e);
bool cli_version(struct cli *cli, struct error *e);
