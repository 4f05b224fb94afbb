/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto brand */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/retention.h"
#include "cli/cli_internal.h"
#include "store/agent.h"
#include "store/channel.h"
#include "store/conversation.h"

#define NAME_MAX_BYTES 40
#define UNDO_SECONDS   10

/* A brand's name is a part of host names and addresses. */
static bool name_fits(struct str name, struct error *e)
{
    bool ok = name.len <= NAME_MAX_BYTES && name.ptr[0] != '-' && name.ptr[name.len - 1] != '-';
    bool letter = false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        letter |= c >= 'a' && c <= 'z';
        ok &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    return (ok && letter) ||
           fail(e, ERR_BAD_INPUT, "a brand's name has small letters, digits and inner hyphens, at most %d",
                NAME_MAX_BYTES);
}

static bool zone_fits(struct arena *a, struct str zone, struct error *e)
{
    const char *path = str_cstr(a, str_format(a, "/usr/share/zoneinfo/%.*s", STR_ARGS(zone)));
    bool plain = zone.len && zone.ptr[0] != '/' && str_find(zone, STR("..")) < 0;
    bool here = access("/usr/share/zoneinfo", F_OK) == 0;
    return (plain && (!here || access(path, R_OK) == 0)) ||
           fail(e, ERR_BAD_INPUT, "there is no time zone “%.*s” (Europe/Rome is one)", STR_ARGS(zone));
}

static struct str option_or(const struct cli *cli, const char *name, struct str otherwise)
{
    struct str value = str_trim(cli_option(cli, name));
    return value.len ? value : otherwise;
}

static bool brand_fill(struct cli *cli, struct brand *brand, struct error *e)
{
    struct str name;
    int64_t hue, undo;
    if (!cli_needs(cli, "name", &name, e) || !name_fits(name, e))
        return false;
    *brand = (struct brand){.id = id_new(),
                            .name = name,
                            .title = text_clean(cli->arena, option_or(cli, "title", name)),
                            .zone = option_or(cli, "zone", STR("UTC")),
                            .language = option_or(cli, "language", STR("en")),
                            .hue = 182,
                            .undo_seconds = UNDO_SECONDS,
                            .keep_payloads = RETENTION_NEW_BRAND,
                            .created_at = clock_now()};
    if (!str_eq(brand->language, STR("it")) && !str_eq(brand->language, STR("en")))
        return fail(e, ERR_BAD_INPUT, "the pages speak it and en, not “%.*s”", STR_ARGS(brand->language));
    if (cli_given(cli, "hue")) {
        if (!str_int64(cli_option(cli, "hue"), &hue) || hue < 0 || hue > 359)
            return fail(e, ERR_BAD_INPUT, "a hue is a number from 0 to 359");
        brand->hue = (int)hue;
    }
    if (cli_given(cli, "undo")) {
        if (!str_int64(cli_option(cli, "undo"), &undo) || undo < 0 || undo > 120)
            return fail(e, ERR_BAD_INPUT, "a reply can be taken back for 0 to 120 seconds");
        brand->undo_seconds = (int)undo;
    }
    return cli_keeps(cli, brand, e) && zone_fits(cli->arena, brand->zone, e);
}

static bool brand_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct brand *brand = ctx;
    struct brand same;
    if (brand_find(tx, tx_arena(tx), brand->name, &same, NULL))
        return fail(e, ERR_CONFLICT, "there %s a brand “%.*s” already", same.removed_at ? "was" : "is",
                    STR_ARGS(brand->name));
    return brand_add(tx, brand, e) && cli_event(tx, "brand.added", brand->id, brand->id, brand->name, e);
}

bool cli_brand_add(struct cli *cli, struct error *e)
{
    if (!brand_fill(cli, &cli->brand, e) || !cli_open(cli, true, e) || !cli_write(cli, brand_write, &cli->brand, e))
        return false;
    cli_print_id(cli, cli->brand.id);
    return true;
}

struct brands {
    struct cli *cli;
    struct brand *list;
    size_t count;
};

static bool brands_read(struct tx *tx, void *ctx, struct error *e)
{
    struct brands *brands = ctx;
    return brand_list(tx, brands->cli->arena, cli_given(brands->cli, "all"), &brands->list, &brands->count, e);
}

bool cli_brand_list(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    struct brands brands = {.cli = cli};
    if (!cli_open(cli, false, e) || !cli_read(cli, brands_read, &brands, e))
        return false;
    const struct brand *list = brands.list;
    struct json *array = json_array(a);
    for (size_t i = 0; i < brands.count; i++) {
        struct json *item = json_object(a);
        json_set_id(a, item, "id", list[i].id);
        json_set_str(a, item, "name", list[i].name);
        json_set_str(a, item, "title", list[i].title);
        json_set_str(a, item, "zone", list[i].zone);
        json_set_str(a, item, "language", list[i].language);
        json_set_int(a, item, "hue", list[i].hue);
        json_set_int(a, item, "undo_seconds", list[i].undo_seconds);
        json_set_int(a, item, "keep_payloads", list[i].keep_payloads);
        json_set_int(a, item, "keep_events", list[i].keep_events);
        json_set_int(a, item, "keep_search", list[i].keep_search);
        json_set_str(a, item, "created_at", clock_iso(a, list[i].created_at));
        json_set(a, item, "removed_at",
                 list[i].removed_at ? json_new_str(a, clock_iso(a, list[i].removed_at)) : json_new_null(a));
        json_push(a, array, item);
    }
    cli_print_list(cli, array,
                   cli_given(cli, "all") ? "id name title zone language removed_at" : "id name title zone language");
    return true;
}

/* ---- leaving ---- */

/* Nobody is forgotten: who waits, and what is on its way, comes first. */
static bool nothing_left(struct tx *tx, const struct cli *cli, struct error *e)
{
    int64_t waiting, snoozed, leaving;
    if (!tally_get(tx, cli->brand.id, -1, CONVERSATION_WAITING, &waiting, e) ||
        !tally_get(tx, cli->brand.id, -1, CONVERSATION_SNOOZED, &snoozed, e) ||
        !brand_on_their_way(tx, cli->brand.id, &leaving, e))
        return false;
    if (leaving > 0)
        return fail(e, ERR_CONFLICT, "%lld replies are on their way: let them go or take them back first",
                    (long long)leaving);
    if (waiting + snoozed > 0 && !cli_given(cli, "anyway"))
        return fail(e, ERR_CONFLICT, "%lld conversations wait for an answer: --anyway leaves them without one",
                    (long long)(waiting + snoozed));
    return true;
}

static bool colleagues_leave(struct tx *tx, int64_t brand, struct error *e)
{
    struct agent *agents;
    size_t count;
    if (!agent_list(tx, tx_arena(tx), brand, &agents, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        agents[i].removed_at = agents[i].removed_at ? agents[i].removed_at : tx_now(tx);
        agents[i].password = STR("!");
        if (!agent_update(tx, &agents[i], e) || !session_end_all(tx, brand, agents[i].id, e))
            return false;
    }
    struct json *tokens = token_list(tx, tx_arena(tx), brand, e);
    for (size_t i = 0; tokens && i < json_count(tokens); i++) {
        int64_t id = 0;
        if (!str_int64(json_text(json_get(json_at(tokens, i), "id")), &id) ||
            !token_revoke(tx, brand, id, tx_now(tx), e))
            return false;
    }
    return tokens != NULL;
}

static bool channels_close(struct tx *tx, int64_t brand, struct error *e)
{
    struct channel_row *rows;
    size_t count;
    if (!channel_row_list(tx, tx_arena(tx), brand, false, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!account_remove(tx, brand, rows[i].id, 0, e))
            return false;
    return true;
}

static bool remove_write(struct tx *tx, void *ctx, struct error *e)
{
    struct cli *cli = ctx;
    int64_t id = cli->brand.id;
    return nothing_left(tx, cli, e) && channels_close(tx, id, e) && colleagues_leave(tx, id, e) &&
           brand_remove(tx, id, tx_now(tx), e) && cli_event(tx, "brand.removed", id, id, cli->brand.name, e);
}

static bool brand_named(struct tx *tx, void *ctx, struct error *e)
{
    struct cli *cli = ctx;
    return brand_find(tx, cli->arena, str_trim(str_from(cli->words[0])), &cli->brand, e);
}

bool cli_brand_remove(struct cli *cli, struct error *e)
{
    if (!cli_open(cli, false, e) || !cli_read(cli, brand_named, cli, e))
        return false;
    if (cli->brand.removed_at)
        return fail(e, ERR_CONFLICT, "the brand “%.*s” was removed already", STR_ARGS(cli->brand.name));
    if (!cli_write(cli, remove_write, cli, e))
        return false;
    cli_print_id(cli, cli->brand.id);
    return true;
}
