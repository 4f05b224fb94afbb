/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that hand over to the server, and the version. */
#include <stdio.h>

#include "base/json.h"
#include "cli/cli_internal.h"
#include "cli/serve.h"

#ifndef ASCOLTO_VERSION
#define ASCOLTO_VERSION "0.1.0"
#endif

static bool serve(struct cli *cli, bool demo)
{
    struct serve_config config = {.data_dir = cli->data_dir,
                                  .database = cli_option_cstr(cli, "database"),
                                  .listen = cli_option_cstr(cli, "listen"),
                                  .config_file = cli_option_cstr(cli, "config"),
                                  .demo = demo};
    cli->exit_code = serve_run(&config);
    return true;
}

bool cli_serve(struct cli *cli, struct error *e)
{
    (void)e;
    return serve(cli, false);
}

bool cli_demo(struct cli *cli, struct error *e)
{
    (void)e;
    return serve(cli, true);
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
