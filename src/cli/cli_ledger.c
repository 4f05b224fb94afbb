/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto ledger and ascolto statement: for scripts that want to know whether anybody is forgotten. */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/ledger.h"
#include "care/statements.h"
#include "cli/cli_internal.h"

struct look {
    struct cli *cli;
    const struct brand *brand;
    int64_t day;
    bool verify;
    struct json *view;
};

/* --day YYYY-MM-DD as one number; 0 when it was not given. */
static bool day_given(const struct cli *cli, int64_t *day, struct error *e)
{
    struct str text = cli_option(cli, "day");
    int64_t at;
    *day = 0;
    if (!cli_given(cli, "day"))
        return true;
    if (text.len != 10 || !clock_parse_iso(text, &at))
        return fail(e, ERR_MALFORMED, "--day is a day like 2026-11-21");
    *day = clock_day(at, "UTC");
    return true;
}

/* The differences of the whole ledger stand beside the figures asked for. */
static bool ledger_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    struct arena *a = look->cli->arena;
    look->view = ledger_view(tx, a, look->brand, look->day, false, e);
    if (!look->view || !look->verify)
        return look->view != NULL;
    struct json *verdict = ledger_verify(tx, a, look->brand, e);
    if (!verdict)
        return false;
    const struct json *found = json_get(verdict, "differences");
    struct json *differences = json_array(a);
    for (size_t i = 0; i < json_count(found); i++)
        json_push(a, differences, found->items[i]);
    json_set_bool(a, look->view, "balanced", json_bool(json_get(verdict, "balanced"), false));
    json_set(a, look->view, "differences", differences);
    return true;
}

static void words_print(const struct json *list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        struct str words = json_text(json_at(list, i));
        printf("  %.*s\n", STR_ARGS(words));
    }
}

static void figures_print(const struct json *figures, struct str name)
{
    static const char *const places[] = {"waiting", "answered", "closed", "set_aside", "withdrawn"};
    printf("%.*s: %" PRId64 " received =", STR_ARGS(name), json_int(json_get(figures, "received"), 0));
    for (size_t i = 0; i < COUNT_OF(places); i++)
        printf("%s %" PRId64 " %s", i ? " +" : "", json_int(json_get(figures, places[i]), 0), places[i]);
}

static void ledger_print(struct arena *a, const struct json *view)
{
    const struct json *channels = json_get(view, "channels");
    figures_print(view, json_text(json_get(view, "brand")));
    puts(json_bool(json_get(view, "balanced"), false) ? ": balanced" : ": DOES NOT BALANCE");
    for (size_t i = 0; i < json_count(channels); i++) {
        const struct json *channel = json_at(channels, i);
        struct str name = json_text(json_get(channel, "name")), network = json_text(json_get(channel, "network"));
        figures_print(channel, str_format(a, "  %.*s %.*s", STR_ARGS(network), STR_ARGS(name)));
        putchar('\n');
    }
    words_print(json_get(view, "differences"));
}

/* One object, or one line of text and its channels, for each brand. */
static bool ledger_each(struct cli *cli, bool verify, struct error *e)
{
    struct look look = {.cli = cli, .verify = verify};
    struct brand *brands;
    size_t count, wrong = 0;
    if (!day_given(cli, &look.day, e) || !cli_open(cli, false, e) || !cli_brands(cli, &brands, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        look.brand = &brands[i];
        if (!cli_read(cli, ledger_read, &look, e))
            return false;
        wrong += !json_bool(json_get(look.view, "balanced"), false);
        if (cli->json)
            cli_print_json(cli, look.view);
        else
            ledger_print(cli->arena, look.view);
    }
    fflush(stdout);
    return wrong == 0 || fail(e, ERR_CONFLICT, "the ledger does not balance");
}

bool cli_ledger_show(struct cli *cli, struct error *e)
{
    return ledger_each(cli, false, e);
}

bool cli_ledger_verify(struct cli *cli, struct error *e)
{
    return ledger_each(cli, true, e);
}

/* ---- statements ---- */

static bool statement_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    struct arena *a = look->cli->arena;
    struct statement statement;
    if (look->verify) {
        look->view = statement_verify(tx, a, look->brand, e);
        return look->view != NULL;
    }
    bool found = look->day ? statement_by_day(tx, a, look->brand->id, look->day, &statement, e)
                           : statement_last(tx, a, look->brand->id, &statement, e);
    look->view = found ? statement_view(a, &statement) : NULL;
    return found;
}

#define STATEMENTS_A_TURN 100

/* The whole chain, oldest first: what somebody else needs to check it. */
static bool chain_read(struct tx *tx, void *ctx, struct error *e)
{
    struct look *look = ctx;
    struct arena *a = look->cli->arena;
    struct statement *list;
    size_t count = STATEMENTS_A_TURN;
    int64_t after = 0;
    look->view = json_array(a);
    while (count == STATEMENTS_A_TURN) {
        if (!statement_list(tx, a, look->brand->id, after, STATEMENTS_A_TURN, &list, &count, e))
            return false;
        for (size_t i = 0; i < count; i++)
            json_push(a, look->view, statement_view(a, &list[i]));
        after = count ? list[count - 1].day : after;
    }
    return true;
}

bool cli_statement_show(struct cli *cli, struct error *e)
{
    struct look look = {.cli = cli, .brand = &cli->brand};
    bool all = cli_given(cli, "all");
    if (all && cli_given(cli, "day"))
        return fail(e, ERR_MALFORMED, "either --all or --day");
    if (!day_given(cli, &look.day, e) || !cli_open_brand(cli, e) ||
        !cli_read(cli, all ? chain_read : statement_read, &look, e))
        return false;
    cli_print_json(cli, look.view);
    return true;
}

static void statements_print(const struct json *view)
{
    struct str brand = json_text(json_get(view, "brand"));
    printf("%.*s: %" PRId64 " statements, %s\n", STR_ARGS(brand), json_int(json_get(view, "statements"), 0),
           json_bool(json_get(view, "valid"), false) ? "chain and signatures are right" : "NOT VALID");
    words_print(json_get(view, "differences"));
}

bool cli_statement_verify(struct cli *cli, struct error *e)
{
    struct look look = {.cli = cli, .verify = true};
    struct brand *brands;
    size_t count, wrong = 0;
    if (!cli_open(cli, false, e) || !cli_brands(cli, &brands, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        look.brand = &brands[i];
        if (!cli_read(cli, statement_read, &look, e))
            return false;
        wrong += !json_bool(json_get(look.view, "valid"), false);
        if (cli->json)
            cli_print_json(cli, look.view);
        else
            statements_print(look.view);
    }
    fflush(stdout);
    return wrong == 0 || fail(e, ERR_CONFLICT, "the statements are not valid");
}
