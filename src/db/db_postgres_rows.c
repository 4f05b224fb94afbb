/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: statements and their rows. Each statement is prepared once for a session, at its first use, under its
 * own name. Values travel as text, so that the server may take a number for any of its types; rows come back in
 * binary. */
#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "db/db_postgres.h"
#include "db/sql_table.h"

/* Types of the server's catalogue (pg_type.dat). */
enum {
    TYPE_BOOL = 16,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_NUMERIC = 1700
};

struct postgres_rows {
    struct rows rows; /* first */
    PGresult *result;
    bool kept; /* the session clears it */
    int row, count;
    struct kept promise; /* of an answer that nobody has waited for yet */
};

static struct postgres_rows *rows_of(struct rows *rows)
{
    return (struct postgres_rows *)rows;
}

/* The lists' lengths are rounded up, so that there are few texts; of rows there are no others. */
static int power_of(const struct query *q)
{
    int power = q->rows_power;
    while (q->list && (1U << power) < q->list_n)
        power++;
    return power;
}

/* Whether the session knows the statement already. */
static bool *prepared_place(struct postgres_conn *c, const struct query *q, int power)
{
    if (!c->prepared)
        c->prepared = calloc(SQL_COUNT, sizeof *c->prepared);
    if (!c->lists)
        c->lists = calloc(SQL_COUNT, sizeof *c->lists);
    assert(c->prepared && c->lists);
    return power || q->list ? &c->lists[q->sql][power] : &c->prepared[q->sql];
}

void postgres_statements_forget(struct postgres_conn *c)
{
    kept_clear(c);
    free(c->prepared);
    free(c->lists);
    c->prepared = NULL;
    c->lists = NULL;
}

static const char *statement_name(const struct query *q, int power, char *room, size_t size)
{
    if (!q->list && !power)
        return sql_table[q->sql].name;
    snprintf(room, size, "%s%c%d", sql_table[q->sql].name, q->list ? '/' : '*', 1 << power);
    return room;
}

static bool be_prepared(struct postgres_conn *c, const struct query *q, int power, const char *as, struct error *e)
{
    bool *known = prepared_place(c, q, power);
    if (*known)
        return true;
    const struct sql_statement *entry = &sql_table[q->sql];
    assert(entry->postgres); /* not for this engine */
    if (!q->list && !power)
        return wire_prepare(c, as, entry->name, entry->postgres, known, e);
    char *expanded = q->list ? sql_expand_list(entry->postgres, 1 << power, NULL) : gather_text(q->sql, 1 << power);
    bool ok = wire_prepare(c, as, entry->name, expanded, known, e);
    free(expanded);
    return ok;
}

/* Most values are numbers, and printf takes its time. */
static void number_write(int64_t number, char out[static 28])
{
    char digits[24];
    int n = 0;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[n++] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        *out++ = '-';
    while (n > 0)
        *out++ = digits[--n];
    *out = '\0';
}

static void send_value(struct sent *s, const struct db_value *v)
{
    assert(s->n < SENT_MOST);
    int i = s->n++;
    s->formats[i] = 0;
    s->lengths[i] = 0;
    s->values[i] = s->numbers[i];
    switch (v->type) {
    case DB_NULL: s->values[i] = NULL; break;
    case DB_INT: number_write(v->integer, s->numbers[i]); break;
    case DB_REAL: snprintf(s->numbers[i], sizeof s->numbers[i], "%.17g", v->real); break;
    case DB_TEXT:
    case DB_BYTES:
        s->formats[i] = 1; /* bytes as they are: they need no zero at their end */
        s->values[i] = v->text.len ? v->text.ptr : "";
        s->lengths[i] = (int)v->text.len;
        break;
    }
}

/* How many values its text takes, counted once: the other engine's may take more. */
static int expected_of(enum sql_id sql)
{
    static _Atomic int known[SQL_COUNT]; /* one more */
    int n = known[sql];
    if (n == 0)
        known[sql] = n = sql_parameters(sql_table[sql].postgres) + 1;
    return n - 1;
}

static void send_values(struct sent *s, const struct query *q, int power, int expected)
{
    s->n = 0;
    for (size_t i = 0; i < q->n && s->n < expected; i++)
        send_value(s, &q->values[i]);
    for (size_t i = 0; q->list && i < (size_t)1 << power; i++)
        send_value(s, &q->list[i < q->list_n ? i : q->list_n - 1]);
}

bool postgres_send(struct postgres_conn *c, const struct query *q, struct error *e)
{
    struct sent *sent = &c->sent;
    char room[96];
    int power = power_of(q);
    struct wire_values values = {.values = sent->values, .lengths = sent->lengths, .formats = sent->formats};
    if (q->sql == SQL_COUNT) {
        send_values(sent, q, 0, (int)q->n);
        values.n = sent->n;
        return wire_execute_text(c, q->text, &values, e);
    }
    const char *as = statement_name(q, power, room, sizeof room);
    if (!wire_room(c, e) || !be_prepared(c, q, power, as, e))
        return false;
    send_values(sent, q, power, q->list || power ? (int)q->n : expected_of(q->sql));
    values.n = sent->n;
    return wire_execute(c, as, sql_table[q->sql].name, &values, e);
}

static bool send_query(struct postgres_conn *c, const struct query *q, struct error *e)
{
    return gather_before(c, q, e) && postgres_send(c, q, e);
}

static PGresult *execute(struct postgres_conn *c, const struct query *q, struct error *e)
{
    /* The server may have ended an idle session (a restart, a limit of time): nothing was lost, it is begun anew. */
    bool first = !c->flown && !c->blind;
    PGresult *result = send_query(c, q, e) ? wire_answer(c, e) : NULL;
    if (result || !first || !c->lost || !c->begun)
        return result;
    struct error again = {0};
    if (!postgres_begin_again(c, &again) || !send_query(c, q, &again))
        return NULL;
    result = wire_answer(c, &again);
    return result ? result : fail_null(e, again.code, "%s", again.message);
}

/* A statement whose outcome shows at the end of its command. */
static bool execute_blindly(struct postgres_conn *c, const struct query *q, struct error *e)
{
    bool gathered;
    if (!gather_add(c, q, &gathered, e) || (!gathered && !send_query(c, q, e)))
        return false;
    c->blind = true;
    return true;
}

void postgres_ahead(struct tx *tx, const struct query *query)
{
    struct postgres_conn *c = postgres_conn(tx->conn);
    struct error ignored = {0}; /* told when it is asked in earnest */
    struct kept *k = c->lost || c->count + 8 > WIRE_MOST || kept_find(c, query) ? NULL : kept_place(c, query);
    if (!k || !send_query(c, query, &ignored))
        return;
    c->items[c->count - 1].kept = k;
    k->under_way = true;
}

void postgres_forget(struct tx *tx)
{
    kept_clear(postgres_conn(tx->conn));
}

/* NULL without an error: it was not asked before, or its answer was lost. */
static PGresult *kept_answer(struct postgres_conn *c, const struct query *query, struct error *e)
{
    struct kept *k = kept_find(c, query);
    bool first = !c->flown;
    if (k && k->under_way && !wire_settle(c, e)) {
        if (c->lost && first && c->begun) { /* execute() takes the session up again */
            *e = (struct error){0};
            c->flown = false;
        }
        return NULL;
    }
    return k ? k->result : NULL;
}

/* What is asked for the first time is kept too, unless it is much. */
static PGresult *execute_kept(struct postgres_conn *c, const struct query *query, bool *kept, struct error *e)
{
    struct error here = {0};
    PGresult *result = c->conn.writer ? NULL : kept_answer(c, query, &here);
    *kept = result;
    if (result)
        return result;
    if (here.code != ERR_NONE)
        return fail_null(e, here.code, "%s", here.message);
    result = execute(c, query, e);
    struct kept *k = result && PQresultMemorySize(result) < KEPT_BYTES ? kept_place(c, query) : NULL;
    if (k)
        k->result = result;
    *kept = k;
    return result;
}

/* Sent, and not waited for. */
static struct rows *execute_later(struct tx *tx, const struct query *query, struct error *e)
{
    struct postgres_conn *c = postgres_conn(tx->conn);
    if (!send_query(c, query, e))
        return NULL;
    struct postgres_rows *r = calloc(1, sizeof *r);
    assert(r);
    *r = (struct postgres_rows){
        .rows = {.tx = tx, .name = sql_table[query->sql].name}, .row = -1, .promise = {.under_way = true}};
    c->items[c->count - 1].kept = &r->promise;
    return &r->rows;
}

/* Its answer, which may have come with another one. */
static void promise_take(struct postgres_rows *r)
{
    struct postgres_conn *c = postgres_conn(r->rows.tx->conn);
    bool ok = !r->promise.under_way || wire_settle(c, &r->rows.error);
    r->result = r->promise.result;
    r->promise.result = NULL;
    if (ok && !r->result)
        ok = fail(&r->rows.error, ERR_STORAGE, "The database has given the change up");
    r->rows.failed = !ok;
    r->count = ok ? PQntuples(r->result) : 0;
}

struct rows *postgres_query(struct tx *tx, const struct query *query, struct error *e)
{
    if (query->later)
        return execute_later(tx, query, e);
    struct postgres_conn *c = postgres_conn(tx->conn);
    bool blind = query->blind && c->conn.writer, kept = false;
    PGresult *result = NULL;
    if (blind ? !execute_blindly(c, query, e) : !(result = execute_kept(c, query, &kept, e)))
        return NULL;
    struct postgres_rows *r = calloc(1, sizeof *r);
    assert(r);
    *r = (struct postgres_rows){.result = result, .kept = kept, .count = PQntuples(result)};
    r->rows = (struct rows){.tx = tx,
                            .name = query->sql < SQL_COUNT ? sql_table[query->sql].name : "a statement",
                            .changed = result ? atoll(PQcmdTuples(result)) : 0};
    r->rows.first_waiting = r->count > 0;
    r->rows.ended = r->count == 0;
    return &r->rows;
}

void postgres_next(struct rows *rows)
{
    struct postgres_rows *r = rows_of(rows);
    if (r->row < 0)
        promise_take(r);
    rows->ended = ++r->row >= r->count;
}

void postgres_close(struct rows *rows)
{
    struct postgres_rows *r = rows_of(rows);
    if (r->promise.under_way)
        kept_forget(postgres_conn(rows->tx->conn), &r->promise);
    PQclear(r->promise.result);
    if (!r->kept)
        PQclear(r->result);
    free(rows);
}

/* A number of any length: groups of four digits, the first of them 10000^weight. What is behind the comma is cut. */
static int64_t numeric_int(const char *bytes)
{
    uint16_t head[4], digit;
    memcpy(head, bytes, sizeof head);
    int count = be16toh(head[0]), weight = (int16_t)be16toh(head[1]);
    int64_t sum = 0;
    for (int i = 0; i <= weight; i++) {
        memcpy(&digit, bytes + sizeof head + sizeof digit * (size_t)i, i < count ? sizeof digit : 0);
        sum = sum * 10000 + (i < count ? be16toh(digit) : 0);
    }
    return be16toh(head[2]) == 0x4000 ? -sum : sum;
}

static double real_of(const char *bytes, int length)
{
    if (length == 4) {
        uint32_t bits;
        float real;
        memcpy(&bits, bytes, sizeof bits);
        bits = be32toh(bits);
        memcpy(&real, &bits, sizeof real);
        return (double)real;
    }
    uint64_t bits;
    double real;
    memcpy(&bits, bytes, sizeof bits);
    bits = be64toh(bits);
    memcpy(&real, &bits, sizeof real);
    return real;
}

static int64_t integer_of(const char *bytes, int length)
{
    int64_t value = (signed char)bytes[0];
    for (int i = 1; i < length; i++)
        value = (int64_t)((uint64_t)value << 8 | (unsigned char)bytes[i]);
    return value;
}

int64_t postgres_column_int(const struct rows *rows, int column)
{
    const struct postgres_rows *r = (const struct postgres_rows *)rows;
    const char *bytes = PQgetvalue(r->result, r->row, column);
    int length = PQgetlength(r->result, r->row, column);
    if (PQgetisnull(r->result, r->row, column))
        return 0;
    switch (PQftype(r->result, column)) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8: return integer_of(bytes, length);
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: return (int64_t)real_of(bytes, length);
    case TYPE_NUMERIC: return numeric_int(bytes);
    default: return strtoll(bytes, NULL, 10);
    }
}

double postgres_column_real(const struct rows *rows, int column)
{
    const struct postgres_rows *r = (const struct postgres_rows *)rows;
    Oid type = PQftype(r->result, column);
    bool real = (type == TYPE_FLOAT4 || type == TYPE_FLOAT8) && !PQgetisnull(r->result, r->row, column);
    return real ? real_of(PQgetvalue(r->result, r->row, column), PQgetlength(r->result, r->row, column))
                : (double)postgres_column_int(rows, column);
}

bool postgres_column_null(const struct rows *rows, int column)
{
    const struct postgres_rows *r = (const struct postgres_rows *)rows;
    return PQgetisnull(r->result, r->row, column);
}

struct str postgres_column_str(const struct rows *rows, int column)
{
    const struct postgres_rows *r = (const struct postgres_rows *)rows;
    return (struct str){PQgetvalue(r->result, r->row, column), (size_t)PQgetlength(r->result, r->row, column)};
}

bool postgres_prepare(struct conn *conn, enum sql_id sql, struct error *e)
{
    struct postgres_conn *c = postgres_conn(conn);
    static const struct db_value none = {.type = DB_NULL};
    struct query query = {.sql = sql};
    char room[96];
    if (!sql_table[sql].postgres)
        return true;
    if (strstr(sql_table[sql].postgres, "$LIST("))
        query.list = &none, query.list_n = 1;
    return wire_room(c, e) && be_prepared(c, &query, 0, statement_name(&query, 0, room, sizeof room), e) &&
           wire_settle(c, e);
}
