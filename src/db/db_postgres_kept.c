/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: answers that wait to be asked for; those of a reader by statement and values. */
#include <string.h>
#include "db/db_postgres.h"

static bool key_add(struct kept *k, const void *bytes, size_t len)
{
    if (len > sizeof k->key - (size_t)k->key_len)
        return false;
    memcpy(k->key + k->key_len, bytes, len);
    k->key_len += (int)len;
    return true;
}

static bool key_value(struct kept *k, const struct db_value *v)
{
    switch (v->type) {
    case DB_NULL: return key_add(k, "n", 1);
    case DB_INT: return key_add(k, "i", 1) && key_add(k, &v->integer, sizeof v->integer);
    case DB_REAL: return key_add(k, "r", 1) && key_add(k, &v->real, sizeof v->real);
    case DB_TEXT:
    case DB_BYTES:
        return key_add(k, v->type == DB_TEXT ? "t" : "b", 1) && key_add(k, &v->text.len, sizeof v->text.len) &&
               (v->text.len == 0 || key_add(k, v->text.ptr, v->text.len));
    }
    return false;
}

static bool key_make(struct kept *k, const struct query *q)
{
    bool ok = q->sql != SQL_COUNT && !q->list;
    k->sql = q->sql;
    k->key_len = 0;
    for (size_t i = 0; ok && i < q->n; i++)
        ok = key_value(k, &q->values[i]);
    return ok;
}

struct kept *kept_find(struct postgres_conn *c, const struct query *query)
{
    struct kept wanted;
    if (c->conn.writer || c->kept_count == 0 || !key_make(&wanted, query))
        return NULL;
    for (int i = 0; i < c->kept_count; i++) {
        struct kept *k = &c->kept[i];
        if (k->sql == wanted.sql && (k->result || k->under_way) && k->key_len == wanted.key_len &&
            memcmp(k->key, wanted.key, (size_t)wanted.key_len) == 0)
            return k;
    }
    return NULL;
}

struct kept *kept_place(struct postgres_conn *c, const struct query *query)
{
    struct kept *k = &c->kept[c->kept_count];
    if (c->conn.writer || c->kept_count == KEPT_MOST || !key_make(k, query))
        return NULL;
    k->result = NULL;
    k->under_way = false;
    c->kept_count++;
    return k;
}

bool kept_waiting(const struct postgres_conn *c)
{
    for (int i = 0; i < c->kept_count; i++)
        if (c->kept[i].under_way)
            return true;
    return false;
}

void kept_lost(struct postgres_conn *c)
{
    for (int i = 0; i < c->count; i++) {
        if (c->items[i].kept)
            c->items[i].kept->under_way = false;
        c->items[i].kept = NULL;
    }
}

void kept_forget(struct postgres_conn *c, const struct kept *k)
{
    for (int i = 0; i < c->count; i++)
        if (c->items[i].kept == k)
            c->items[i].kept = NULL;
}

void kept_clear(struct postgres_conn *c)
{
    kept_lost(c);
    for (int i = 0; i < c->kept_count; i++)
        PQclear(c->kept[i].result);
    c->kept_count = 0;
}
