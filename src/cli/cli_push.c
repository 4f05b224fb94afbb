/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto push: the key by which browsers know the brand. */
#include "care/push.h"
#include "cli/cli_internal.h"

static bool renew(struct tx *tx, void *ctx, struct error *e)
{
    const struct cli *cli = ctx;
    return push_renew(tx, cli->house, cli->brand.id, e) &&
           cli_event(tx, "push.renewed", cli->brand.id, 0, cli->brand.name, e);
}

bool cli_push_renew(struct cli *cli, struct error *e)
{
    if (!cli_open_brand(cli, e) || !cli_write(cli, renew, cli, e))
        return false;
    cli_print_id(cli, cli->brand.id);
    return true;
}
