/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments: --name VALUE, --name=VALUE, --flag, and words. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli_internal.h"

#define EVERYWHERE "data= database= json"

/* Whether the words name the option, and whether it takes a value. */
static bool option_listed(const char *words, struct str name, bool *value)
{
    struct str rest = str_from(words), word;
    while (str_split(&rest, ' ', &word)) {
        *value = word.len && word.ptr[word.len - 1] == '=';
        if (word.len && str_eq(str_slice(word, 0, word.len - *value), name))
            return true;
    }
    return false;
}

static bool option_take(struct cli *cli, int argc, char **argv, int *i, struct error *e)
{
    struct str name = str_from(argv[*i] + 2), value = STR_EMPTY;
    ptrdiff_t equals = str_find_char(name, '=');
    bool takes;
    if (equals >= 0) {
        value = str_slice(name, (size_t)equals + 1, name.len);
        name = str_slice(name, 0, (size_t)equals);
    }
    if (!option_listed(EVERYWHERE, name, &takes) && !option_listed(cli->command->options, name, &takes))
        return fail(e, ERR_MALFORMED, "there is no option --%.*s here", STR_ARGS(name));
    if (!takes && equals >= 0)
        return fail(e, ERR_MALFORMED, "--%.*s takes no value", STR_ARGS(name));
    if (takes && equals < 0) {
        if (*i + 1 >= argc)
            return fail(e, ERR_MALFORMED, "--%.*s needs a value", STR_ARGS(name));
        value = str_from(argv[++*i]);
    }
    cli->options[cli->option_count++] = (struct pair){name, value};
    return true;
}

static bool options_common(struct cli *cli, struct error *e)
{
    const char *data = getenv("ASCOLTO_DATA");
    cli->json = cli_given(cli, "json");
    cli->data_dir = cli_option_cstr(cli, "data");
    if (!cli->data_dir)
        cli->data_dir = data && *data ? data : "ascolto-data";
    if (!*cli->data_dir)
        return fail(e, ERR_MALFORMED, "--data needs a folder");
    const char *database = getenv("ASCOLTO_DATABASE");
    cli->database = cli_given(cli, "database") ? cli_option_cstr(cli, "database")
                    : database && *database    ? database
                                               : NULL;
    if (cli->database && strncmp(cli->database, "postgresql://", 13) != 0 &&
        strncmp(cli->database, "postgres://", 11) != 0)
        return fail(e, ERR_MALFORMED, "--database needs an address like postgresql://user@host/name");
    return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv, struct error *e)
{
    bool words_only = false;
    cli->options = ARENA_ARRAY(cli->arena, struct pair, (size_t)argc + 1);
    for (int i = 0; i < argc; i++) {
        if (!words_only && strcmp(argv[i], "--") == 0) {
            words_only = true;
        } else if (!words_only && strncmp(argv[i], "--", 2) == 0) {
            if (!option_take(cli, argc, argv, &i, e))
                return false;
        } else if (!words_only && argv[i][0] == '-' && argv[i][1]) {
            return fail(e, ERR_MALFORMED, "there is no option %s", argv[i]);
        } else if (cli->word_count < (size_t)cli->command->words_max && cli->word_count < CLI_WORDS_MAX) {
            cli->words[cli->word_count++] = argv[i];
        } else {
            return fail(e, ERR_MALFORMED, "“%s” is too much here", argv[i]);
        }
    }
    if (cli->word_count < (size_t)cli->command->words_min)
        return fail(e, ERR_MALFORMED, "something is missing");
    return options_common(cli, e);
}

bool cli_given(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->option_count; i++)
        if (str_eq(cli->options[i].name, str_from(name)))
            return true;
    return false;
}

struct str cli_option(const struct cli *cli, const char *name)
{
    for (size_t i = cli->option_count; i-- > 0;)
        if (str_eq(cli->options[i].name, str_from(name)))
            return cli->options[i].value;
    return STR_EMPTY;
}

const char *cli_option_cstr(const struct cli *cli, const char *name)
{
    return cli_given(cli, name) ? str_cstr(cli->arena, cli_option(cli, name)) : NULL;
}

bool cli_needs(const struct cli *cli, const char *name, struct str *out, struct error *e)
{
    *out = str_trim(cli_option(cli, name));
    return out->len || fail(e, ERR_MALFORMED, "--%s is missing", name);
}

bool cli_id(struct str text, const char *what, int64_t *out, struct error *e)
{
    return (str_int64(text, out) && *out > 0) ||
           fail(e, ERR_MALFORMED, "“%.*s” is no id of a %s", STR_ARGS(text), what);
}
