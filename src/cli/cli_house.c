/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the data folder for a command, and finding the brand and the colleague it is about. */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/unicode.h"
#include "cli/cli_internal.h"
#include "store/agent.h"
#include "store/event.h"

#define NEW_DATA_TRIES   10
#define NEW_DATA_WAIT_US 50000

/* An older schema is found before a writer would bring it up. A server that is just making its first schema is given
 * half a second. */
static bool schema_fits(struct cli *cli, bool make, struct error *e)
{
    const char *path = str_cstr(cli->arena, str_format(cli->arena, "%s/ascolto.db", cli->data_dir));
    if (!cli->database && access(path, F_OK) != 0)
        return true;
    for (int i = 0; i < NEW_DATA_TRIES; i++) {
        struct db_config config = {.path = cli->database ? NULL : path, .url = cli->database, .read_only = true};
        struct error here = {0};
        struct db *db = db_open(&config, &here);
        db_close(db);
        if (db)
            return true;
        if (make && cli->database && here.code == ERR_NOT_FOUND) /* a new, empty one */
            return true;
        *e = here;
        if (here.code != ERR_CONFLICT)
            return false;
        usleep(NEW_DATA_WAIT_US);
    }
    return false;
}

bool cli_open(struct cli *cli, bool make, struct error *e)
{
    if (!schema_fits(cli, make, e))
        return false;
    cli->house = house_open(cli->data_dir, cli->database, make, e);
    return cli->house != NULL;
}

bool cli_write(struct cli *cli, db_command *command, void *ctx, struct error *e)
{
    return db_write(cli->house->db, cli->brand.id, command, ctx, e);
}

bool cli_read(struct cli *cli, db_command *read, void *ctx, struct error *e)
{
    return db_read(cli->house->db, read, ctx, e);
}

bool cli_event(struct tx *tx, const char *kind, int64_t brand, int64_t subject, struct str name, struct error *e)
{
    struct json *data = json_object(tx_arena(tx));
    json_set_str(tx_arena(tx), data, "name", name);
    json_set_str(tx_arena(tx), data, "by", STR("command line"));
    struct event event = {.brand_id = brand,
                          .kind = str_from(kind),
                          .subject_id = subject,
                          .at = tx_now(tx),
                          .data = json_to_str(tx_arena(tx), data)};
    return event_add(tx, &event, e);
}

/* ---- brands ---- */

struct brands {
    struct cli *cli;
    struct brand *list;
    size_t count;
};

static bool brands_read(struct tx *tx, void *ctx, struct error *e)
{
    struct brands *brands = ctx;
    struct arena *a = brands->cli->arena;
    if (!cli_given(brands->cli, "brand"))
        return brand_list(tx, a, false, &brands->list, &brands->count, e);
    brands->list = ARENA_NEW(a, struct brand);
    brands->count = 1;
    return brand_find(tx, a, str_trim(cli_option(brands->cli, "brand")), brands->list, e);
}

bool cli_brands(struct cli *cli, struct brand **out, size_t *count, struct error *e)
{
    struct brands brands = {.cli = cli};
    if (!cli_read(cli, brands_read, &brands, e))
        return false;
    *out = brands.list;
    *count = brands.count;
    return true;
}

bool cli_open_brand(struct cli *cli, struct error *e)
{
    struct brand *list;
    size_t count;
    if (!cli_open(cli, false, e) || !cli_brands(cli, &list, &count, e))
        return false;
    if (count == 0)
        return fail(e, ERR_NOT_FOUND, "there is no brand yet: `ascolto brand add --name NAME`");
    if (count > 1)
        return fail(e, ERR_MALFORMED, "there are %zu brands: say which with --brand", count);
    cli->brand = list[0];
    return true;
}

/* ---- colleagues ---- */

struct who {
    struct cli *cli;
    struct str who;
    struct agent *out;
};

static bool agent_read(struct tx *tx, void *ctx, struct error *e)
{
    struct who *who = ctx;
    struct arena *a = who->cli->arena;
    int64_t id;
    if (str_int64(who->who, &id))
        return agent_by_id(tx, a, who->cli->brand.id, id, who->out, e);
    return agent_by_email(tx, a, who->cli->brand.id, text_fold(a, who->who), who->out, e);
}

bool cli_agent(struct cli *cli, struct str text, struct agent *out, struct error *e)
{
    struct who who = {cli, str_trim(text), out};
    return cli_read(cli, agent_read, &who, e);
}
