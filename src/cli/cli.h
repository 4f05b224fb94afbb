/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table of commands (cli.c), one file a group of them. Scripts rely on what is printed: ids and
 * results on stdout, one clear line on stderr when something fails, exit 0 done, 1 refused or failed, 2 wrong use. */
#pragma once

int cli_main(int argc, char **argv);
