/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto channel: the brand's accounts on networks. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/asking.h"
#include "cli/cli_internal.h"

#define SETTING_FILE_MOST (64 * 1024)

struct change {
    struct cli *cli;
    struct str network, name;
    struct pairs given;
    int64_t id;
};

/* --set name=value and --set-file name=file, in the order given. */
static bool settings_given(struct cli *cli, struct pairs *out, struct error *e)
{
    out->items = ARENA_ARRAY(cli->arena, struct pair, cli->option_count + 1);
    for (size_t i = 0; i < cli->option_count; i++) {
        bool file = str_eq(cli->options[i].name, STR("set-file"));
        struct str text = cli->options[i].value, value;
        if (!file && !str_eq(cli->options[i].name, STR("set")))
            continue;
        ptrdiff_t equals = str_find_char(text, '=');
        if (equals < 1)
            return fail(e, ERR_MALFORMED, "--set is SETTING=VALUE: see `ascolto channel networks`");
        value = str_slice(text, (size_t)equals + 1, text.len);
        if (file) {
            if (!cli_read_file(cli->arena, str_cstr(cli->arena, value), SETTING_FILE_MOST, &value, e))
                return false;
            value = str_trim(value);
        }
        if (!utf8_valid(value))
            return fail(e, ERR_BAD_INPUT, "the value of %.*s is no UTF-8", (int)equals, text.ptr);
        out->items[out->count++] = (struct pair){str_slice(text, 0, (size_t)equals), value};
    }
    return true;
}

static bool add_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    return account_add(tx, change->cli->house, change->cli->brand.id, change->network, change->name, &change->given,
                       0, &change->id, e);
}

bool cli_channel_add(struct cli *cli, struct error *e)
{
    struct change change = {.cli = cli};
    if (!cli_needs(cli, "network", &change.network, e) || !cli_needs(cli, "name", &change.name, e) ||
        !settings_given(cli, &change.given, e) || !cli_open_brand(cli, e) || !cli_write(cli, add_write, &change, e))
        return false;
    cli_print_id(cli, change.id);
    return true;
}

/* ---- list ---- */

struct channels {
    struct cli *cli;
    struct json *list;
};

static struct json *moment(struct arena *a, int64_t at)
{
    return at ? json_new_str(a, clock_iso(a, at)) : json_new_null(a);
}

static struct json *channel_view(struct tx *tx, struct cli *cli, const struct channel_row *row, struct error *e)
{
    struct arena *a = cli->arena;
    struct json *item = json_object(a);
    const struct channel *channel = channel_find(row->network);
    json_set_id(a, item, "id", row->id);
    json_set_str(a, item, "network", row->network);
    json_set_str(a, item, "name", row->name);
    json_set_str(a, item, "account", row->account);
    json_set_str(a, item, "state", row->removed_at ? STR("removed") : row->state);
    json_set_str(a, item, "webhook", str_format(a, "/hooks/%.*s/%lld", STR_ARGS(row->network), (long long)row->id));
    json_set_str(a, item, "failure", row->failure);
    json_set_str(a, item, "failure_words", row->failure_words);
    json_set(a, item, "failure_at", moment(a, row->failure_at));
    json_set(a, item, "last_in_at", moment(a, row->last_in_at));
    json_set(a, item, "last_out_at", moment(a, row->last_out_at));
    json_set(a, item, "created_at", moment(a, row->created_at));
    if (channel && !row->removed_at) {
        struct json *settings = account_settings_view(a, cli->house, row, e);
        if (!settings)
            return NULL;
        json_set(a, item, "settings", settings);
    }
    struct json *asking = asking_json(tx, a, row, clock_now(), e);
    json_set(a, item, "asking", asking);
    return asking ? item : NULL;
}

static bool channels_read(struct tx *tx, void *ctx, struct error *e)
{
    struct channels *channels = ctx;
    struct cli *cli = channels->cli;
    struct channel_row *rows;
    size_t count;
    channels->list = json_array(cli->arena);
    if (!channel_row_list(tx, cli->arena, cli->brand.id, cli_given(cli, "all"), &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *item = channel_view(tx, cli, &rows[i], e);
        if (!item)
            return false;
        json_push(cli->arena, channels->list, item);
    }
    return true;
}

bool cli_channel_list(struct cli *cli, struct error *e)
{
    struct channels channels = {.cli = cli};
    if (!cli_open_brand(cli, e) || !cli_read(cli, channels_read, &channels, e))
        return false;
    cli_print_list(cli, channels.list, "id network name state webhook last_in_at failure_words");
    return true;
}

/* ---- changes: the id alone says which brand's ---- */

struct found {
    struct cli *cli;
    int64_t id;
};

static bool channel_read(struct tx *tx, void *ctx, struct error *e)
{
    const struct found *found = ctx;
    struct channel_row row;
    struct cli *cli = found->cli;
    if (!channel_row_anywhere(tx, cli->arena, found->id, &row, e))
        return false;
    if (row.removed_at)
        return fail(e, ERR_CONFLICT, "this channel was removed");
    if (cli_given(cli, "brand") && !brand_find(tx, cli->arena, str_trim(cli_option(cli, "brand")), &cli->brand, e))
        return false;
    if (cli_given(cli, "brand") && cli->brand.id != row.brand_id)
        return fail(e, ERR_NOT_FOUND, "this brand has no such channel");
    return brand_by_id(tx, cli->arena, row.brand_id, &cli->brand, e);
}

static bool channel_changed(struct cli *cli, struct change *change, db_command *write, struct error *e)
{
    struct found found = {.cli = cli};
    change->cli = cli;
    if (!cli_id(str_from(cli->words[0]), "channel", &found.id, e) || !cli_open(cli, false, e) ||
        !cli_read(cli, channel_read, &found, e))
        return false;
    change->id = found.id;
    if (!cli_write(cli, write, change, e))
        return false;
    cli_print_id(cli, change->id);
    return true;
}

static bool set_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    return account_change(tx, change->cli->house, change->cli->brand.id, change->id, change->name, &change->given, 0,
                          e);
}

static bool remove_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    return account_remove(tx, change->cli->brand.id, change->id, 0, e);
}

static bool pause_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    return account_pause(tx, change->cli->brand.id, change->id, FAILURE_NONE, STR("Paused on the command line."), e);
}

static bool resume_write(struct tx *tx, void *ctx, struct error *e)
{
    struct change *change = ctx;
    return account_resume(tx, change->cli->brand.id, change->id, 0, e);
}

bool cli_channel_set(struct cli *cli, struct error *e)
{
    struct change change = {.name = str_trim(cli_option(cli, "name"))};
    if (!settings_given(cli, &change.given, e))
        return false;
    if (change.given.count == 0 && change.name.len == 0)
        return fail(e, ERR_MALFORMED, "nothing to change: --set SETTING=VALUE or --name NAME");
    return channel_changed(cli, &change, set_write, e);
}

bool cli_channel_remove(struct cli *cli, struct error *e)
{
    struct change change = {0};
    return channel_changed(cli, &change, remove_write, e);
}

bool cli_channel_pause(struct cli *cli, struct error *e)
{
    struct change change = {0};
    return channel_changed(cli, &change, pause_write, e);
}

bool cli_channel_resume(struct cli *cli, struct error *e)
{
    struct change change = {0};
    return channel_changed(cli, &change, resume_write, e);
}
