/* SPDX-License-Identifier: Apache-2.0 */
/* Agents, sessions, tokens. */
#include "store/agent.h"

#include "base/json.h"
#include "db/db.h"

static const char *const role_names[] = {[ROLE_NONE] = "",
                                         [ROLE_READ_ONLY] = "read-only",
                                         [ROLE_AGENT] = "agent",
                                         [ROLE_LEAD] = "lead",
                                         [ROLE_ADMIN] = "admin"};

const char *role_name(enum role role)
{
    return role_names[role];
}

enum role role_from(struct str name)
{
    for (enum role role = ROLE_READ_ONLY; role <= ROLE_ADMIN; role++)
        if (str_eq(name, str_from(role_names[role])))
            return role;
    return ROLE_NONE;
}

/* first: the column where the colleague begins. */
static void agent_read(const struct rows *r, struct arena *a, int first, struct agent *out)
{
    *out = (struct agent){.brand_id = rows_int(r, first),
                          .id = rows_int(r, first + 1),
                          .email = rows_dup(r, a, first + 2),
                          .name = rows_dup(r, a, first + 3),
                          .role = role_from(rows_str(r, first + 4)),
                          .password = rows_dup(r, a, first + 5),
                          .language = rows_dup(r, a, first + 6),
                          .scheme = rows_dup(r, a, first + 7),
                          .single_keys = rows_int(r, first + 8) != 0,
                          .created_at = rows_int(r, first + 9),
                          .removed_at = rows_int(r, first + 10)};
}

bool agent_add(struct tx *tx, const struct agent *g, struct error *e)
{
    return db_exec(tx, SQL_agent_insert, NULL, e, V(g->brand_id), V(g->id), V(g->email), V(g->name),
                   V(role_name(g->role)), V(g->password), V(g->language), V(g->scheme), V(g->single_keys),
                   V(g->created_at), V(g->removed_at));
}

bool agent_update(struct tx *tx, const struct agent *g, struct error *e)
{
    return db_exec(tx, SQL_agent_update, NULL, e, V(g->brand_id), V(g->id), V(g->email), V(g->name),
                   V(role_name(g->role)), V(g->password), V(g->language), V(g->scheme), V(g->single_keys),
                   V(g->removed_at));
}

bool agent_set_password(struct tx *tx, int64_t brand, int64_t id, struct str hash, struct error *e)
{
    return db_exec(tx, SQL_agent_set_password, NULL, e, V(brand), V(id), V(hash));
}

static bool agent_one(struct rows *given, struct arena *a, struct agent *out, struct error *e)
{
    *out = (struct agent){0};
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    if (rows_next(rows)) {
        agent_read(rows, a, 0, out);
        return true;
    }
    return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such colleague.");
}

bool agent_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct agent *out, struct error *e)
{
    return agent_one(db_query(tx, SQL_agent_by_id, e, V(brand), V(id)), a, out, e);
}

bool agent_by_email(struct tx *tx, struct arena *a, int64_t brand, struct str email, struct agent *out,
                    struct error *e)
{
    return agent_one(db_query(tx, SQL_agent_by_email, e, V(brand), V(email)), a, out, e);
}

bool agent_list(struct tx *tx, struct arena *a, int64_t brand, struct agent **out, size_t *count, struct error *e)
{
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_agent_list, e, V(brand));
    if (!rows)
        return false;
    *out = NULL;
    *count = 0;
    while (rows_next(rows)) {
        *out = list_room(a, *out, *count, sizeof **out);
        agent_read(rows, a, 0, &(*out)[(*count)++]);
    }
    return rows_ok(rows, e);
}

bool session_add(struct tx *tx, const struct session *s, struct error *e)
{
    return db_exec(tx, SQL_session_insert, NULL, e, V(s->brand_id), V(s->agent_id), V(s->hash), V(s->csrf),
                   V(s->browser), V(s->created_at), V(s->seen_at), V(s->rotated_hash), V(s->rotated_at),
                   V(s->confirmed_at));
}

static void session_read(const struct rows *rows, struct arena *a, struct session *out)
{
    *out = (struct session){.brand_id = rows_int(rows, 0),
                            .agent_id = rows_int(rows, 1),
                            .hash = rows_dup(rows, a, 2),
                            .csrf = rows_dup(rows, a, 3),
                            .browser = rows_dup(rows, a, 4),
                            .created_at = rows_int(rows, 5),
                            .seen_at = rows_int(rows, 6),
                            .rotated_hash = rows_dup(rows, a, 7),
                            .rotated_at = rows_int(rows, 8),
                            .confirmed_at = rows_int(rows, 9)};
}

static bool session_one(struct rows *given, struct arena *a, struct session *out, struct error *e)
{
    *out = (struct session){0};
    CLEANUP(rows_cleanup) struct rows *rows = given;
    if (!rows)
        return false;
    if (!rows_next(rows))
        return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such session.");
    session_read(rows, a, out);
    return true;
}

bool session_find(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct session *out,
                  struct error *e)
{
    struct error first = {0};
    if (hash.len == 0) /* as the token before the first */
        return fail(e, ERR_NOT_FOUND, "There is no such session.");
    if (session_one(db_query(tx, SQL_session_by_hash, &first, V(brand), V(hash)), a, out, &first))
        return true;
    if (first.code != ERR_NOT_FOUND) {
        if (e)
            *e = first;
        return false;
    }
    return session_one(db_query(tx, SQL_session_by_rotated, e, V(brand), V(hash)), a, out, e);
}

/* Whose cookie is the one before the last rotation. */
static bool visit_rotated(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct session_visit *out,
                          struct error *e)
{
    return session_one(db_query(tx, SQL_session_by_rotated, e, V(brand), V(hash)), a, &out->session, e) &&
           agent_by_id(tx, a, brand, out->session.agent_id, &out->agent, e) &&
           rows_number(db_query(tx, SQL_event_last_id, e, V(brand)), &out->event, e);
}

bool session_visit(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct session_visit *out,
                   struct error *e)
{
    const int agent_at = 10, event_at = 21; /* columns */
    *out = (struct session_visit){0};
    if (hash.len == 0) /* as the token before the first */
        return fail(e, ERR_NOT_FOUND, "There is no such session.");
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_session_visit, e, V(brand), V(hash));
    if (!rows)
        return false;
    if (!rows_next(rows))
        return rows_ok(rows, e) && visit_rotated(tx, a, brand, hash, out, e);
    session_read(rows, a, &out->session);
    agent_read(rows, a, agent_at, &out->agent);
    out->event = rows_int(rows, event_at);
    return true;
}

bool session_seen(struct tx *tx, int64_t brand, struct str hash, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_session_seen, NULL, e, V(brand), V(hash), V(now));
}

bool session_rotate(struct tx *tx, int64_t brand, struct str hash, struct str new_hash, bool lost, int64_t now,
                    bool *done, struct error *e)
{
    int64_t rows;
    *done = false;
    if (!db_exec(tx, lost ? SQL_session_rotate_again : SQL_session_rotate, &rows, e, V(brand), V(hash), V(new_hash),
                 V(now)))
        return false;
    *done = rows == 1;
    return true;
}

bool session_confirm(struct tx *tx, int64_t brand, struct str hash, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_session_confirm, NULL, e, V(brand), V(hash), V(now));
}

bool session_end(struct tx *tx, int64_t brand, struct str hash, struct error *e)
{
    struct error here = {0};
    struct session session;
    if (session_find(tx, tx_arena(tx), brand, hash, &session, &here))
        return db_exec(tx, SQL_session_delete, NULL, e, V(brand), V(session.hash));
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool session_end_all(struct tx *tx, int64_t brand, int64_t agent, struct error *e)
{
    return db_exec(tx, SQL_session_delete_agent, NULL, e, V(brand), V(agent));
}

bool session_expire(struct tx *tx, int64_t brand, int64_t seen_before, struct error *e)
{
    return db_exec(tx, SQL_session_expire, NULL, e, V(brand), V(seen_before));
}

struct json *session_list(struct tx *tx, struct arena *a, int64_t brand, int64_t agent, struct error *e)
{
    return rows_json(db_query(tx, SQL_session_list, e, V(brand), V(agent)), a, "hash browser created_at@ seen_at@",
                     e);
}

bool token_add(struct tx *tx, const struct token *t, struct error *e)
{
    return db_exec(tx, SQL_token_insert, NULL, e, V(t->brand_id), V(t->id), V(t->name), V(t->hash),
                   V(role_name(t->role)), V(t->created_by), V(t->created_at), V(t->used_at), V(t->revoked_at));
}

bool token_find(struct tx *tx, struct arena *a, int64_t brand, struct str hash, struct token *out, struct error *e)
{
    *out = (struct token){0};
    CLEANUP(rows_cleanup) struct rows *rows = db_query(tx, SQL_token_by_hash, e, V(brand), V(hash));
    if (!rows)
        return false;
    if (!rows_next(rows))
        return rows_ok(rows, e) && fail(e, ERR_NOT_FOUND, "There is no such token.");
    *out = (struct token){.brand_id = rows_int(rows, 0),
                          .id = rows_int(rows, 1),
                          .name = rows_dup(rows, a, 2),
                          .hash = rows_dup(rows, a, 3),
                          .role = role_from(rows_str(rows, 4)),
                          .created_by = rows_int(rows, 5),
                          .created_at = rows_int(rows, 6),
                          .used_at = rows_int(rows, 7),
                          .revoked_at = rows_int(rows, 8)};
    return true;
}

bool token_used(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e)
{
    return db_exec(tx, SQL_token_used, NULL, e, V(brand), V(id), V(now));
}

bool token_revoke(struct tx *tx, int64_t brand, int64_t id, int64_t now, struct error *e)
{
    int64_t changed = 0;
    return db_exec(tx, SQL_token_revoke, &changed, e, V(brand), V(id), V(now)) &&
           (changed || fail(e, ERR_NOT_FOUND, "There is no such token."));
}

struct json *token_list(struct tx *tx, struct arena *a, int64_t brand, struct error *e)
{
    return rows_json(db_query(tx, SQL_token_list, e, V(brand)), a,
                     "id# name role created_by# created_at@ used_at@ revoked_at@", e);
}
