/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto doctor and ascolto migrate: is everything as it must be? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/clock.h"
#include "care/account.h"
#include "care/backups.h"
#include "care/ledger.h"
#include "cli/cli_internal.h"
#include "db/db_check.h"
#include "store/asking.h"
#include "store/lease.h"
#include "store/node.h"

struct placing {
    struct cli *cli;
    struct json *tables;
    int fresh;
};

struct examination {
    struct cli *cli;
    struct json *findings;
    size_t wrong;
};

static struct json *found(struct examination *x, const char *what, bool ok, struct str words)
{
    struct arena *a = x->cli->arena;
    struct json *finding = json_object(a);
    json_set_str(a, finding, "check", str_from(what));
    json_set_bool(a, finding, "ok", ok);
    json_set_str(a, finding, "words", str_dup(a, words));
    json_push(a, x->findings, finding);
    x->wrong += !ok;
    return finding;
}

static void mode_check(struct examination *x, const char *what, const char *path)
{
    struct arena *a = x->cli->arena;
    struct stat info;
    if (stat(path, &info) != 0)
        found(x, what, false, str_format(a, "%s: %s", path, strerror(errno)));
    else if (info.st_mode & 077)
        found(x, what, false,
              str_format(a, "%s can be read or changed by others (mode %03o): chmod go-rwx %s", path,
                         (unsigned)info.st_mode & 0777, path));
    else
        found(x, what, true, str_from(path));
}

/* Access that only a person can renew, and that ends soon. */
static void consents(struct examination *x, const struct channel_row *rows, size_t count)
{
    struct arena *a = x->cli->arena;
    for (size_t i = 0; i < count; i++) {
        int64_t left = account_consent_until(a, &rows[i]) * SECOND_US - clock_now();
        if (account_consent_until(a, &rows[i]) && left < 30 * DAY_US)
            found(x, "access", left > 0,
                  str_format(a, "%.*s (%.*s): an administrator must agree at the network again %s",
                             STR_ARGS(rows[i].name), STR_ARGS(rows[i].network),
                             left > 0 ? "within a month" : "now: access has ended"));
    }
}

/* A list that was not read for so long, though its channel is on, is a gap that nobody sees. */
#define LIST_LATE_US DAY_US

static bool lists_look(struct tx *tx, struct examination *x, const struct channel_row *row, struct error *e)
{
    struct arena *a = x->cli->arena;
    struct asking_row *lists;
    size_t count;
    if (!asking_row_list(tx, a, row->brand_id, row->id, &lists, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool failing = lists[i].failures && tx_now(tx) - lists[i].failing_since > LIST_LATE_US;
        if (str_eq(row->state, STR("on")) && failing)
            found(x, "lists", false,
                  str_format(a, "%.*s (%.*s): %.*s could not be asked since %.*s: %.*s", STR_ARGS(row->name),
                             STR_ARGS(row->network), STR_ARGS(lists[i].listing),
                             STR_ARGS(clock_iso(a, lists[i].failing_since)), STR_ARGS(lists[i].words)));
        if (lists[i].doubted)
            found(x, "lists", false,
                  str_format(a, "%.*s (%.*s): %.*s left out %" PRId64 " messages at once, which was not believed",
                             STR_ARGS(row->name), STR_ARGS(row->network), STR_ARGS(lists[i].listing),
                             lists[i].doubted));
    }
    return true;
}

static bool books_read(struct tx *tx, void *ctx, struct error *e)
{
    struct examination *x = ctx;
    struct arena *a = x->cli->arena;
    struct brand *brands;
    size_t n_brands, n_rows;
    if (!brand_list(tx, a, true, &brands, &n_brands, e))
        return false;
    for (size_t i = 0; i < n_brands; i++) {
        struct channel_row *rows;
        struct error here = {0};
        if (!channel_row_list(tx, a, brands[i].id, false, &rows, &n_rows, e))
            return false;
        for (size_t k = 0; k < n_rows; k++)
            if (channel_find(rows[k].network) && !account_settings_view(a, x->cli->house, &rows[k], &here))
                found(x, "secrets", false,
                      str_format(a, "%.*s (%.*s): %s", STR_ARGS(rows[k].name), STR_ARGS(rows[k].network),
                                 here.message));
        consents(x, rows, n_rows);
        for (size_t k = 0; k < n_rows; k++)
            if (!lists_look(tx, x, &rows[k], e))
                return false;
        const struct json *verdict = ledger_verify(tx, a, &brands[i], e);
        if (!verdict)
            return false;
        bool balanced = json_bool(json_get(verdict, "balanced"), false);
        found(x, "ledger", balanced,
              str_format(a, "%.*s: %" PRId64 " received, %s", STR_ARGS(brands[i].name),
                         json_int(json_get(verdict, "received"), 0),
                         balanced ? "balanced" : "does not balance: see `ascolto ledger verify`"));
    }
    return true;
}

#define BACKUP_LATE_US (DAY_US + 2 * HOUR_US)

/* Only where backups are scheduled. */
static bool backup_look(struct tx *tx, void *ctx, struct error *e)
{
    struct examination *x = ctx;
    struct arena *a = x->cli->arena;
    struct backup_state state;
    if (!backup_state_read(tx, a, &state, e))
        return false;
    int64_t age = tx_now(tx) - state.at;
    if (state.failed_at > state.at)
        found(x, "backup", false, str_format(a, "the scheduled backup fails: %.*s", STR_ARGS(state.words)));
    else if (state.at)
        found(x, "backup", age < BACKUP_LATE_US,
              str_format(a, "%.*s: %lld bytes, %lld hours ago", STR_ARGS(state.path), (long long)state.size,
                         (long long)(age / HOUR_US)));
    return true;
}

/* Where a file has one server it is seen once a minute. The times are of the nodes' own clocks. */
static bool is_living(const struct examination *x, const struct node *node, int64_t now)
{
    return now - node->seen_at < 3 * (x->cli->house->shared ? NODE_BEAT_US : NODE_ALONE_BEAT) + SECOND_US;
}

static void node_found(struct examination *x, const struct node *node, const struct lease *leases, size_t count,
                       int64_t now)
{
    struct arena *a = x->cli->arena;
    struct str held = STR_EMPTY;
    bool living = is_living(x, node, now);
    for (size_t i = 0; i < count; i++)
        if (leases[i].holder == node->life)
            held = str_format(a, "%.*s%s%.*s", STR_ARGS(held), held.len ? ", " : "", STR_ARGS(leases[i].name));
    struct json *finding =
        found(x, "node", true,
              str_format(a, "%" PRId64 " %s on %.*s, version %.*s, since %.*s, seen %" PRId64 " s ago, leases: %.*s",
                         node->number, living ? "living" : "silent", STR_ARGS(node->host), STR_ARGS(node->version),
                         STR_ARGS(clock_iso(a, node->since / SECOND_US * SECOND_US)),
                         (now - node->seen_at) / SECOND_US, STR_ARGS(held.len ? held : STR("none"))));
    json_set_int(a, finding, "number", node->number);
    json_set_bool(a, finding, "living", living);
    json_set_str(a, finding, "host", node->host);
    json_set_str(a, finding, "version", node->version);
    json_set_time(a, finding, "since", node->since);
    json_set_time(a, finding, "seen", node->seen_at);
    json_set_str(a, finding, "leases", held);
}

static bool nodes_read(struct tx *tx, void *ctx, struct error *e)
{
    struct examination *x = ctx;
    struct node *nodes;
    struct lease *leases;
    size_t node_count, lease_count;
    if (!node_list(tx, x->cli->arena, &nodes, &node_count, e) ||
        !lease_list(tx, x->cli->arena, &leases, &lease_count, e))
        return false;
    for (size_t i = 0; i < node_count; i++)
        node_found(x, &nodes[i], leases, lease_count, tx_now(tx));
    return true;
}

static void house_examine(struct examination *x)
{
    struct cli *cli = x->cli;
    struct arena *a = cli->arena;
    struct error here = {0};
    if (!cli_open(cli, false, &here)) {
        found(x, "database", false, str_from(here.message));
        return;
    }
    found(x, "database", true, str_format(a, "schema %" PRId64, db_schema_version(cli->house->db)));
    bool whole = db_check(cli->house->db, &here);
    found(x, "integrity", whole, whole ? STR("whole") : str_from(here.message));
    bool understood = db_prepare_all(cli->house->db, &here);
    found(x, "statements", understood, understood ? STR("all understood") : str_from(here.message));
    if (!cli_read(cli, books_read, x, &here))
        found(x, "ledger", false, str_from(here.message));
    if (!cli_read(cli, backup_look, x, &here))
        found(x, "backup", false, str_from(here.message));
    if (!cli_read(cli, nodes_read, x, &here))
        found(x, "node", false, str_from(here.message));
}

static bool sql_understood(const char *engine, const struct db_config *config, struct error *e)
{
    struct db *db = db_open(config, e);
    int64_t schema = db ? db_schema_version(db) : 0;
    bool ok = db && db_prepare_all(db, e);
    db_close(db);
    if (ok)
        printf("%s: schema %" PRId64 ", every statement is understood\n", engine, schema);
    return ok;
}

/* Every statement of the program on a new, empty database: a file, or the one at --database. */
static bool sql_examine(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    struct db_config there = {.url = cli->database, .create = true};
    if (cli->database)
        return sql_understood("postgresql", &there, e);
    const char *base = getenv("TMPDIR");
    struct str template = str_format(a, "%s/ascolto-sql-XXXXXX", base && *base ? base : "/tmp");
    char *folder = arena_copy(a, template.ptr, template.len);
    if (!mkdtemp(folder))
        return fail(e, ERR_UNAVAILABLE, "%s cannot be made: %s", folder, strerror(errno));
    const char *path = str_cstr(a, str_format(a, "%s/ascolto.db", folder));
    struct db_config config = {.path = path, .create = true};
    bool ok = sql_understood("sqlite", &config, e);
    static const char *const suffixes[] = {"", "-wal", "-shm", "-turn"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        unlink(str_cstr(a, str_format(a, "%s%s", path, suffixes[i])));
    rmdir(folder);
    return ok;
}

bool cli_doctor(struct cli *cli, struct error *e)
{
    struct examination x = {.cli = cli, .findings = json_array(cli->arena)};
    if (cli_given(cli, "sql"))
        return sql_examine(cli, e);
    const char *key = str_cstr(cli->arena, str_format(cli->arena, "%s/key", cli->data_dir));
    mode_check(&x, "folder", cli->data_dir);
    mode_check(&x, "key", key);
    if (access(key, R_OK) == 0)
        house_examine(&x);
    if (cli->json)
        cli_print_json(cli, x.findings);
    for (size_t i = 0; !cli->json && i < json_count(x.findings); i++) {
        const struct json *finding = json_at(x.findings, i);
        printf("%s  %-10.*s %.*s\n", json_bool(json_get(finding, "ok"), false) ? "ok   " : "WRONG",
               STR_ARGS(json_text(json_get(finding, "check"))), STR_ARGS(json_text(json_get(finding, "words"))));
    }
    fflush(stdout);
    return x.wrong == 0 || fail(e, ERR_CONFLICT, "%zu of %zu checks failed", x.wrong, json_count(x.findings));
}

static void table_told(void *ctx, const char *table, const char *how, bool fresh)
{
    struct placing *placing = ctx;
    struct arena *a = placing->cli->arena;
    if (!table) {
        fprintf(stderr, "ascolto: %s\n", how);
        return;
    }
    if (fresh) {
        placing->fresh++;
        cli_progress("%s: %s", table, how);
        return;
    }
    struct json *item = json_object(a);
    json_set_str(a, item, "table", str_dup(a, str_from(table)));
    json_set_str(a, item, "how", str_from(how));
    json_push(a, placing->tables, item);
}

static bool citus_migrate(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    struct placing placing = {cli, json_array(a), 0};
    struct db_config config = {.url = cli->database, .create = true};
    int64_t schema = 0;
    if (!cli->database)
        return fail(e, ERR_MALFORMED, "Citus is PostgreSQL's: say which with --database URL");
    if (!db_distribute(&config, &schema, table_told, &placing, e))
        return false;
    cli_progress_end();
    struct json *object = json_object(a);
    json_set_int(a, object, "schema", schema);
    json_set_int(a, object, "placed", placing.fresh);
    json_set(a, object, "tables", placing.tables);
    if (cli->json) {
        cli_print_json(cli, object);
        return true;
    }
    cli_print_list(cli, placing.tables, "table how");
    printf("schema %" PRId64 ", %s\n", schema,
           placing.fresh ? str_cstr(a, str_format(a, "%d tables placed now", placing.fresh)) : "nothing to be done");
    return true;
}

bool cli_migrate(struct cli *cli, struct error *e)
{
    if (cli_given(cli, "citus"))
        return citus_migrate(cli, e);
    /* the one command, beside serve, that brings the schema up */
    cli->house = house_open(cli->data_dir, cli->database, false, e);
    if (!cli->house)
        return false;
    int64_t schema = db_schema_version(cli->house->db);
    if (!cli->json) {
        printf("schema %" PRId64 "\n", schema);
        return true;
    }
    struct json *object = json_object(cli->arena);
    json_set_int(cli->arena, object, "schema", schema);
    cli_print_json(cli, object);
    return true;
}
