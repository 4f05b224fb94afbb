/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, usage, and the way from arguments to an exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/id.h"
#include "cli/cli_internal.h"
#include "store/node.h"

#define SETTINGS "set= set-file="
#define KEEPS    "keep-payloads= keep-events= keep-search="
#define KEEPING  "[--keep-payloads DAYS|forever] [--keep-events DAYS|forever] [--keep-search DAYS|forever]"

const struct cli_command cli_commands[] = {
    {"demo", NULL, "listen=", "[--data DIR] [--listen ADDR:PORT]",
     "Serve with the demo brand, the simulated networks and /play", 0, 0, cli_demo},
    {"serve", NULL, "listen= config= proxy= drain= backup-to= backup-at= backup-keep=",
     "[--data DIR] [--listen ADDR:PORT] [--config FILE] [--drain SECONDS] [--proxy LIST]\n"
     "      [--backup-to DIR|off [--backup-at HH:MM] [--backup-keep N]]",
     "Serve; on SIGTERM /healthz says 503 for so many seconds before it closes", 0, 0, cli_serve},
    {"simulate", NULL, "listen=", "[--listen 127.0.0.1:PORT]", "The simulated networks alone, for tests", 0, 0,
     cli_simulate},
    {"brand", "add", "name= title= zone= language= hue= undo= " KEEPS,
     "--name NAME [--title TITLE] [--zone ZONE] [--language it|en] [--hue 0-359] [--undo SECONDS] " KEEPING,
     "Add a brand; prints its id", 0, 0, cli_brand_add},
    {"brand", "set", "brand= " KEEPS, "[--brand B] " KEEPING,
     "How long it keeps what networks sent, the event log, and the "
     "words of closed conversations in search",
     0, 0, cli_brand_set},
    {"brand", "list", "all", "[--all]", "Brands; --all with removed ones", 0, 0, cli_brand_list},
    {"brand", "remove", "anyway", "NAME|ID [--anyway]",
     "A brand leaves: accounts disconnected, colleagues and programs signed out; its history stays", 1, 1,
     cli_brand_remove},
    {"agent", "add", "brand= name= email= role= language= password-file=",
     "[--brand B] --name NAME --email ADDRESS [--role read-only|agent|lead|admin] [--language it|en] "
     "[--password-file "
     "FILE|-]",
     "Add a colleague; prints their id, and on stderr a password that was made up", 0, 0, cli_agent_add},
    {"agent", "list", "brand= all", "[--brand B] [--all]", "Colleagues; --all with those who left", 0, 0,
     cli_agent_list},
    {"agent", "remove", "brand=", "[--brand B] ID|ADDRESS", "A colleague leaves: signed out, and their name stays", 1,
     1, cli_agent_remove},
    {"agent", "password", "brand= password-file=", "[--brand B] ID|ADDRESS [--password-file FILE|-]",
     "A new password; ends their sessions", 1, 1, cli_agent_password},
    {"channel", "networks", "", "[NETWORK]", "Every network: doors, limits, windows and settings", 0, 1,
     cli_channel_networks},
    {"channel", "add", "brand= network= name= " SETTINGS,
     "[--brand B] --network NETWORK --name NAME --set SETTING=VALUE … [--set-file SETTING=FILE …]",
     "Connect an account; prints its id", 0, 0, cli_channel_add},
    {"channel", "list", "brand= all", "[--brand B] [--all]", "Channels; --all with removed ones", 0, 0,
     cli_channel_list},
    {"channel", "set", "brand= name= " SETTINGS,
     "[--brand B] ID [--name NAME] [--set SETTING=VALUE …] [--set-file SETTING=FILE …]",
     "Change settings; the others stay", 1, 1, cli_channel_set},
    {"channel", "remove", "brand=", "[--brand B] ID", "Disconnect an account; its history stays", 1, 1,
     cli_channel_remove},
    {"channel", "pause", "brand=", "[--brand B] ID", "Hold replies back", 1, 1, cli_channel_pause},
    {"channel", "resume", "brand=", "[--brand B] ID", "Let replies go again", 1, 1, cli_channel_resume},
    {"token", "add",
     "brand= name= role= agent=", "[--brand B] --name NAME [--role read-only|agent] [--agent ADDRESS]",
     "A token for a program; prints its id, then the secret, once", 0, 0, cli_token_add},
    {"token", "list", "brand=", "[--brand B]", "Tokens, without their secrets", 0, 0, cli_token_list},
    {"token", "revoke", "brand=", "[--brand B] ID", "The token ends at once", 1, 1, cli_token_revoke},
    {"token", "remove", "brand=", "[--brand B] ID", "The same", 1, 1, cli_token_revoke},
    {"import", NULL, "brand= format= channel= demo-password=",
     "FILE|FOLDER|- [--brand B] [--format conversations|threads|takeout] [--channel ID] [--demo-password WORDS]",
     "History from a file (also gzip; takeout: a folder or .zip of Google+); twice imports once", 1, 1, cli_import},
    {"export", NULL, "brand=", "[--brand B]", "The whole history as JSON lines on stdout", 0, 0, cli_export},
    {"article", "import", "brand=", "FOLDER [--brand B]",
     "Help articles from FOLDER/LANGUAGE/NAME.md; what is as it was stays as it is", 1, 1, cli_article_import},
    {"article", "export", "brand=", "FOLDER [--brand B]", "The newest version of every help article, as such files",
     1, 1, cli_article_export},
    {"guide", "import", "brand=", "FOLDER [--brand B]",
     "Step-by-step guides from FOLDER/LANGUAGE/NAME.md; what is as it was stays as it is", 1, 1, cli_guide_import},
    {"guide", "export", "brand=", "FOLDER [--brand B]", "The draft of every guide, as such files", 1, 1,
     cli_guide_export},
    {"retention", NULL, "brand= dry-run run move-to=", "[--brand B] --dry-run | --run [--move-to FILE]",
     "What is older than the brand keeps: count it, or let it go now, into a file of JSON lines before", 0, 0,
     cli_retention},
    {"push", "renew", "brand=", "[--brand B]", "Another key for Web Push; browsers are asked again", 0, 0,
     cli_push_renew},
    {"ledger", "show", "brand= day=", "[--brand B] [--day YYYY-MM-DD]", "The care ledger", 0, 0, cli_ledger_show},
    {"ledger", "verify", "brand= day=", "[--brand B] [--day YYYY-MM-DD]",
     "Recompute it from the log and the messages; exit 1 where it does not balance", 0, 0, cli_ledger_verify},
    {"statement", "show", "brand= day= all", "[--brand B] [--day YYYY-MM-DD | --all]",
     "The signed statement of a day, else the last one; --all: the whole chain, oldest first", 0, 0,
     cli_statement_show},
    {"statement", "verify", "brand=", "[--brand B]", "Check hashes, chain and signatures", 0, 0,
     cli_statement_verify},
    {"backup", NULL, "", "FILE", "Everything in one file, also while the server runs. It holds the keys", 1, 1,
     cli_backup},
    {"restore", NULL, "force", "FILE [--force]", "A backup into a data folder, or a database, without data", 1, 1,
     cli_restore},
    {"migrate", NULL, "citus", "[--citus]",
     "Bring the data up to this version; --citus: and spread its tables over the workers of Citus", 0, 0,
     cli_migrate},
    {"doctor", NULL, "sql", "[--sql]", "Check folder, keys, database and ledger", 0, 0, cli_doctor},
    {"version", NULL, "", "", "The version", 0, 0, cli_version},
    {0},
};

/* ---- usage ---- */

static void command_print(FILE *out, const struct cli_command *command)
{
    fprintf(out, "ascolto %s%s%s%s%s\n", command->name, command->deed ? " " : "", command->deed ? command->deed : "",
            *command->usage ? " " : "", command->usage);
}

static void usage_print(FILE *out)
{
    fputs("Ascolto: social customer care.\n\n", out);
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        fputs("  ", out);
        command_print(out, command);
        fprintf(out, "      %s\n", command->help);
    }
    fputs("\nEverywhere: --data DIR (default $ASCOLTO_DATA, else ./ascolto-data), --json.\n"
          "--brand takes a name or an id, and may be left out when there is one brand.\n"
          "Exit: 0 done, 1 refused or failed, 2 wrong use.\n",
          out);
}

/* `ascolto help channel add`, `ascolto help channel`. */
static int help_print(int argc, char **argv)
{
    bool found = false;
    for (const struct cli_command *command = cli_commands; command->name && argc > 0; command++) {
        if (strcmp(command->name, argv[0]) != 0 || (argc > 1 && command->deed && strcmp(command->deed, argv[1]) != 0))
            continue;
        found = true;
        command_print(stdout, command);
        printf("    %s\n", command->help);
    }
    if (argc > 0 && !found) {
        fprintf(stderr, "ascolto: there is no command “%s”: see `ascolto help`\n", argv[0]);
        return 2;
    }
    if (argc == 0)
        usage_print(stdout);
    return 0;
}

/* ---- running ---- */

static const struct cli_command *command_find(int argc, char **argv, int *words)
{
    for (const struct cli_command *command = cli_commands; command->name; command++) {
        if (strcmp(command->name, argv[0]) != 0)
            continue;
        if (!command->deed) {
            *words = 1;
            return command;
        }
        if (argc > 1 && strcmp(command->deed, argv[1]) == 0) {
            *words = 2;
            return command;
        }
    }
    return NULL;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int command_unknown(int argc, char **argv)
{
    const char *deeds[8];
    size_t n = 0;
    for (const struct cli_command *command = cli_commands; command->name && n < COUNT_OF(deeds); command++)
        if (command->deed && strcmp(command->name, argv[0]) == 0)
            deeds[n++] = command->deed;
    if (n == 0) {
        fprintf(stderr, "ascolto: there is no command “%s”: see `ascolto help`\n", argv[0]);
        return 2;
    }
    fprintf(stderr, "ascolto: %s %s%s%s: say ", argv[0], argc > 1 ? "cannot “" : "needs a deed",
            argc > 1 ? argv[1] : "", argc > 1 ? "”" : "");
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", deeds[i]);
    fputc('\n', stderr);
    return 2;
}

/* Ids made here differ from those of servers that run at the same time (store/node.h). */
static void node_choose(void)
{
    unsigned random;
    random_bytes(&random, sizeof random);
    id_set_node(NODES_MAX + random % (NODE_NUMBERS - NODES_MAX));
}

static int end(struct cli *cli, bool done, const struct error *e)
{
    cli_progress_end();
    house_close(cli->house);
    if (done && (fflush(stdout) != 0 || ferror(stdout))) {
        fputs("ascolto: the output cannot be written\n", stderr);
        return 1;
    }
    if (done)
        return 0;
    fprintf(stderr, "ascolto: %s\n", e->message[0] ? e->message : error_words(e->code));
    if (e->code != ERR_MALFORMED)
        return 1;
    fputs("usage: ", stderr);
    command_print(stderr, cli->command);
    return 2;
}

int cli_main(int argc, char **argv)
{
    struct error e = {0};
    int words;
    if (argc < 2) {
        usage_print(stderr);
        return 2;
    }
    argc--;
    argv++;
    if (is_help(argv[0]))
        return help_print(argc - 1, argv + 1);
    if (strcmp(argv[0], "--version") == 0)
        argv[0] = (char[]){"version"};
    const struct cli_command *command = command_find(argc, argv, &words);
    if (!command)
        return argc > 1 && is_help(argv[1]) ? help_print(1, argv) : command_unknown(argc, argv);
    umask(077); /* keys, databases and backups are nobody else's */
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct cli cli = {.arena = a, .command = command};
    for (int i = words; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help_print(words, argv);
    if (!crypto_init(&e) || !cli_parse(&cli, argc - words, argv + words, &e))
        return end(&cli, false, &e);
    node_choose();
    bool done = command->run(&cli, &e);
    return end(&cli, done, &e);
}
