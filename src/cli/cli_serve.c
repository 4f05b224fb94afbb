/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that hand over to the server, and the version. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/version.h"
#include "cli/cli_internal.h"
#include "cli/serve.h"
#include "cli/simulate.h"

static bool serve(struct cli *cli, bool demo, struct error *e)
{
    struct serve_config config = {.data_dir = cli->data_dir,
                                  .database = cli->database,
                                  .listen = cli_option_cstr(cli, "listen"),
                                  .config_file = cli_option_cstr(cli, "config"),
                                  .backup_to = cli_option_cstr(cli, "backup-to"),
                                  .backup_at = cli_option_cstr(cli, "backup-at"),
                                  .backup_keep = cli_option_cstr(cli, "backup-keep"),
                                  .drain = cli_option_cstr(cli, "drain"),
                                  .proxy = cli_option_cstr(cli, "proxy"),
                                  .demo = demo};
    const char *proxy = getenv("ASCOLTO_PROXY");
    if (!config.proxy && proxy && *proxy)
        config.proxy = proxy;
    return serve_run(&config, e);
}

bool cli_serve(struct cli *cli, struct error *e)
{
    return serve(cli, false, e);
}

bool cli_demo(struct cli *cli, struct error *e)
{
    return serve(cli, true, e);
}

bool cli_simulate(struct cli *cli, struct error *e)
{
    int64_t port = 0;
    struct str listen = cli_option(cli, "listen");
    ptrdiff_t colon = str_find_char(listen, ':');
    if (listen.len && (colon < 0 || !str_int64(str_slice(listen, (size_t)colon + 1, listen.len), &port) || port < 0 ||
                       port > 65535))
        return fail(e, ERR_BAD_INPUT, "--listen is ADDRESS:PORT, like 127.0.0.1:8090.");
    return simulate_run((unsigned)port, e);
}

bool cli_version(struct cli *cli, struct error *e)
{
    (void)e;
    if (cli->json) {
        struct json *object = json_object(cli->arena);
        json_set_str(cli->arena, object, "version", STR(ASCOLTO_VERSION));
        cli_print_json(cli, object);
    } else {
        printf("ascolto %s\n", ASCOLTO_VERSION);
    }
    return true;
}
