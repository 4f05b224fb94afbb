/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto agent */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "cli/cli_internal.h"
#include "store/agent.h"

static bool address_fits(struct str email, struct error *e)
{
    ptrdiff_t at = str_find_char(email, '@');
    bool blank = false;
    for (size_t i = 0; i < email.len; i++)
        blank |= (unsigned char)email.ptr[i] <= ' ';
    return (at > 0 && (size_t)at + 1 < email.len && !blank && email.len <= 254) ||
           fail(e, ERR_BAD_INPUT, "“%.*s” is no e-mail address", STR_ARGS(email));
}

static bool agent_fill(struct cli *cli, struct agent *agent, struct error *e)
{
    struct str name, email, role = cli_option(cli, "role"), language = cli_option(cli, "language");
    if (!cli_needs(cli, "name", &name, e) || !cli_needs(cli, "email", &email, e) || !address_fits(email, e))
        return false;
    *agent = (struct agent){.id = id_new(),
                            .name = text_clean(cli->arena, name),
                            .email = text_fold(cli->arena, email),
                            .role = role.len ? role_from(role) : ROLE_AGENT,
                            .language = language,
                            .scheme = STR("auto"),
                            .single_keys = true};
    if (agent->role == ROLE_NONE)
        return fail(e, ERR_BAD_INPUT, "a role is read-only, agent, lead or admin");
    if (language.len && !str_eq(language, STR("it")) && !str_eq(language, STR("en")))
        return fail(e, ERR_BAD_INPUT, "the pages speak it and en, not “%.*s”", STR_ARGS(language));
    return true;
}

/* Somebody who left and comes back is who they were. */
static bool agent_return(struct tx *tx, struct agent *agent, struct agent *known, struct error *e)
{
    if (!known->removed_at)
        return fail(e, ERR_CONFLICT, "%.*s is a colleague already", STR_ARGS(agent->email));
    agent->id = known->id;
    known->name = agent->name;
    known->role = agent->role;
    known->password = agent->password;
    known->language = agent->language;
    known->removed_at = 0;
    return agent_update(tx, known, e);
}

static bool agent_write(struct tx *tx, void *ctx, struct error *e)
{
    struct agent *agent = ctx, known;
    struct error here = {0};
    agent->created_at = tx_now(tx);
    bool ok;
    if (agent_by_email(tx, tx_arena(tx), agent->brand_id, agent->email, &known, &here))
        ok = agent_return(tx, agent, &known, e);
    else
        ok = here.code == ERR_NOT_FOUND ? agent_add(tx, agent, e) : fail(e, here.code, "%s", here.message);
    return ok && cli_event(tx, "agent.added", agent->brand_id, agent->id, agent->name, e);
}

/* The password where it was made up: for the admin's eyes, so not among what scripts read of stdout. */
static void password_show(const struct cli *cli, int64_t id, struct str password, bool made)
{
    if (!cli->json) {
        cli_print_id(cli, id);
        if (made)
            fprintf(stderr, "The password, shown only now: %.*s\n", STR_ARGS(password));
        return;
    }
    struct json *object = json_object(cli->arena);
    json_set_id(cli->arena, object, "id", id);
    if (made)
        json_set_str(cli->arena, object, "password", password);
    cli_print_json(cli, object);
}

bool cli_agent_add(struct cli *cli, struct error *e)
{
    struct agent agent;
    struct str password;
    bool made;
    if (!agent_fill(cli, &agent, e) || !cli_open_brand(cli, e) || !cli_password(cli, &password, &made, e) ||
        !password_hash(cli->arena, password, &agent.password, e))
        return false;
    agent.brand_id = cli->brand.id;
    if (!agent.language.len)
        agent.language = cli->brand.language;
    if (!cli_write(cli, agent_write, &agent, e))
        return false;
    password_show(cli, agent.id, password, made);
    return true;
}

/* ---- list ---- */

struct agents {
    struct cli *cli;
    struct agent *list;
    size_t count;
};

static bool agents_read(struct tx *tx, void *ctx, struct error *e)
{
    struct agents *agents = ctx;
    return agent_list(tx, agents->cli->arena, agents->cli->brand.id, &agents->list, &agents->count, e);
}

bool cli_agent_list(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    struct agents agents = {.cli = cli};
    if (!cli_open_brand(cli, e) || !cli_read(cli, agents_read, &agents, e))
        return false;
    struct json *array = json_array(a);
    for (size_t i = 0; i < agents.count; i++) {
        const struct agent *agent = &agents.list[i];
        if (agent->removed_at && !cli_given(cli, "all"))
            continue;
        struct json *item = json_object(a);
        json_set_id(a, item, "id", agent->id);
        json_set_str(a, item, "name", agent->name);
        json_set_str(a, item, "email", agent->email);
        json_set_str(a, item, "role", str_from(role_name(agent->role)));
        json_set_str(a, item, "language", agent->language);
        json_set_str(a, item, "created_at", clock_iso(a, agent->created_at));
        json_set(a, item, "removed_at",
                 agent->removed_at ? json_new_str(a, clock_iso(a, agent->removed_at)) : json_new_null(a));
        json_push(a, array, item);
    }
    cli_print_list(cli, array, cli_given(cli, "all") ? "id name email role removed_at" : "id name email role");
    return true;
}

/* ---- leaving, and a new password ---- */

static bool removal_write(struct tx *tx, void *ctx, struct error *e)
{
    struct agent *agent = ctx;
    agent->removed_at = tx_now(tx);
    agent->password = STR("!");
    return agent_update(tx, agent, e) && session_end_all(tx, agent->brand_id, agent->id, e) &&
           cli_event(tx, "agent.removed", agent->brand_id, agent->id, agent->name, e);
}

bool cli_agent_remove(struct cli *cli, struct error *e)
{
    struct agent agent;
    if (!cli_open_brand(cli, e) || !cli_agent(cli, str_from(cli->words[0]), &agent, e))
        return false;
    if (agent.removed_at)
        return fail(e, ERR_CONFLICT, "%.*s has left already", STR_ARGS(agent.name));
    if (!cli_write(cli, removal_write, &agent, e))
        return false;
    cli_print_id(cli, agent.id);
    return true;
}

static bool password_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct agent *agent = ctx;
    return agent_update(tx, agent, e) && session_end_all(tx, agent->brand_id, agent->id, e) &&
           cli_event(tx, "agent.password", agent->brand_id, agent->id, agent->name, e);
}

bool cli_agent_password(struct cli *cli, struct error *e)
{
    struct agent agent;
    struct str password;
    bool made;
    if (!cli_open_brand(cli, e) || !cli_agent(cli, str_from(cli->words[0]), &agent, e))
        return false;
    if (agent.removed_at)
        return fail(e, ERR_CONFLICT, "%.*s has left", STR_ARGS(agent.name));
    if (!cli_password(cli, &password, &made, e) || !password_hash(cli->arena, password, &agent.password, e) ||
        !cli_write(cli, password_write, &agent, e))
        return false;
    password_show(cli, agent.id, password, made);
    return true;
}
