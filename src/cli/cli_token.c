/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto token: for programs. A token can read and prepare drafts, and never send. */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "cli/cli_internal.h"
#include "store/agent.h"

#define SECRET_BYTES 32

static bool agents_read(struct tx *tx, void *ctx, struct error *e)
{
    struct agent *maker = ctx, *list;
    size_t count;
    if (!agent_list(tx, tx_arena(tx), maker->brand_id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!list[i].removed_at && list[i].role > maker->role) {
            maker->id = list[i].id;
            maker->role = list[i].role;
        }
    return maker->id || fail(e, ERR_NOT_FOUND, "a token belongs to a colleague: `ascolto agent add` first");
}

/* In whose name: --agent, else an admin, or who comes next. */
static bool maker_find(struct cli *cli, struct agent *maker, struct error *e)
{
    *maker = (struct agent){.brand_id = cli->brand.id};
    if (!cli_given(cli, "agent"))
        return cli_read(cli, agents_read, maker, e);
    return cli_agent(cli, cli_option(cli, "agent"), maker, e) &&
           (!maker->removed_at || fail(e, ERR_CONFLICT, "%.*s has left", STR_ARGS(maker->name)));
}

static bool token_write(struct tx *tx, void *ctx, struct error *e)
{
    struct token *token = ctx;
    token->created_at = tx_now(tx);
    return token_add(tx, token, e) && cli_event(tx, "token.added", token->brand_id, token->id, token->name, e);
}

static bool token_fill(struct cli *cli, struct token *token, struct error *e)
{
    struct agent maker;
    struct str name, role = cli_option(cli, "role");
    if (!cli_needs(cli, "name", &name, e) || !cli_open_brand(cli, e) || !maker_find(cli, &maker, e))
        return false;
    *token = (struct token){.brand_id = cli->brand.id,
                            .id = id_new(),
                            .name = text_clean(cli->arena, name),
                            .role = role.len ? role_from(role) : ROLE_AGENT,
                            .created_by = maker.id};
    if (token->role != ROLE_READ_ONLY && token->role != ROLE_AGENT)
        return fail(e, ERR_BAD_INPUT, "a token's role is read-only or agent: programs prepare, people answer");
    if (token->role > maker.role && !role.len)
        token->role = maker.role;
    return token->role <= maker.role || fail(e, ERR_FORBIDDEN, "a token may do no more than its colleague");
}

bool cli_token_add(struct cli *cli, struct error *e)
{
    struct arena *a = cli->arena;
    struct token token;
    unsigned char digest[SHA256_BYTES];
    if (!token_fill(cli, &token, e))
        return false;
    struct str secret = str_concat(a, STR("asc_"), random_token(a, SECRET_BYTES));
    sha256(secret, digest);
    token.hash = hex_encode(a, digest, sizeof digest);
    if (!cli_write(cli, token_write, &token, e))
        return false;
    if (!cli->json) {
        printf("%" PRId64 "\n%.*s\n", token.id, STR_ARGS(secret));
        return true;
    }
    struct json *object = json_object(a);
    json_set_id(a, object, "id", token.id);
    json_set_str(a, object, "token", secret);
    cli_print_json(cli, object);
    return true;
}

struct tokens {
    struct cli *cli;
    struct json *list;
};

static bool tokens_read(struct tx *tx, void *ctx, struct error *e)
{
    struct tokens *tokens = ctx;
    tokens->list = token_list(tx, tokens->cli->arena, tokens->cli->brand.id, e);
    return tokens->list != NULL;
}

bool cli_token_list(struct cli *cli, struct error *e)
{
    struct tokens tokens = {.cli = cli};
    if (!cli_open_brand(cli, e) || !cli_read(cli, tokens_read, &tokens, e))
        return false;
    cli_print_list(cli, tokens.list, "id name role created_at used_at revoked_at");
    return true;
}

struct revocation {
    struct cli *cli;
    int64_t id;
};

static bool revocation_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct revocation *revocation = ctx;
    int64_t brand = revocation->cli->brand.id;
    const struct json *list = token_list(tx, tx_arena(tx), brand, e), *found = NULL;
    if (!list)
        return false;
    for (size_t i = 0; i < json_count(list); i++)
        if (json_int(json_get(json_at(list, i), "id"), 0) == revocation->id)
            found = json_at(list, i);
    if (!found)
        return fail(e, ERR_NOT_FOUND, "there is no such token");
    if (!json_is(json_get(found, "revoked_at"), JSON_NULL))
        return fail(e, ERR_CONFLICT, "this token was revoked before");
    return token_revoke(tx, brand, revocation->id, tx_now(tx), e) &&
           cli_event(tx, "token.revoked", brand, revocation->id, json_text(json_get(found, "name")), e);
}

bool cli_token_revoke(struct cli *cli, struct error *e)
{
    struct revocation revocation = {.cli = cli};
    if (!cli_id(str_from(cli->words[0]), "token", &revocation.id, e) || !cli_open_brand(cli, e) ||
        !cli_write(cli, revocation_write, &revocation, e))
        return false;
    cli_print_id(cli, revocation.id);
    return true;
}
