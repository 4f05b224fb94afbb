/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: rows that are only put somewhere, one at a time, by commands that wait together. Each statement costs
 * the server more than its row does, so they are kept here and put in by few statements with many rows. Whatever else
 * speaks of the same table, and whatever ends the transaction or a part of it, waits until they are on their way:
 * their order within a table stays. Tables have no references to each other here, so between tables there is none. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "db/db_postgres.h"
#include "db/sql_table.h"

enum { ROWS_POWER = 5, BYTES_MOST = 1 << 20, TABLES_MOST = 64, NAME_MOST = 40 };

/* INSERT INTO table (…) VALUES (…), and perhaps what to do with a row of the same brand and id. */
struct shape {
    bool fits, keyed; /* keyed: the same row twice is no error, but not in one statement */
    int parameters;
    size_t tuple, tuple_end; /* where "(…)" begins and ends in the text */
    uint64_t table;
};

static struct shape shapes[SQL_COUNT];
static uint64_t mentions[SQL_COUNT]; /* tables that have a shape */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t name_length(const char *text)
{
    size_t n = 0;
    while (is_name(text[n]))
        n++;
    return n;
}

static const char insert_words[] = "INSERT INTO ", values_words[] = "VALUES (",
                  again_words[] = "ON CONFLICT (brand_id, id) DO UPDATE SET ";

static bool shape_of(const char *text, struct shape *s)
{
    const char *values = strstr(text, values_words);
    if (strncmp(text, insert_words, sizeof insert_words - 1) != 0 || !values || strstr(text, "$LIST("))
        return false;
    const char *tuple = values + sizeof values_words - 2, *end = tuple;
    int depth = 0;
    do
        depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
    while (*end++ && depth);
    const char *rest = end + strspn(end, " \n\t");
    s->keyed = strncmp(rest, again_words, sizeof again_words - 1) == 0;
    s->parameters = sql_parameters(text);
    s->tuple = (size_t)(tuple - text);
    s->tuple_end = (size_t)(end - text);
    bool first = strncmp(tuple, "($1, $2,", 8) == 0;
    return depth == 0 && s->parameters > 0 && (*rest == '\0' || (s->keyed && first && !strchr(rest, '$')));
}

static uint64_t words_among(const char *text, char tables[TABLES_MOST][NAME_MOST], int count)
{
    uint64_t found = 0;
    for (size_t n; *text; text += n ? n : 1) {
        n = name_length(text);
        for (int i = 0; n && i < count; i++)
            if (strlen(tables[i]) == n && strncmp(tables[i], text, n) == 0)
                found |= UINT64_C(1) << i;
    }
    return found;
}

static uint64_t table_bit(const char *name, size_t n, char tables[TABLES_MOST][NAME_MOST], int *count)
{
    for (int i = 0; i < *count; i++)
        if (strlen(tables[i]) == n && strncmp(tables[i], name, n) == 0)
            return UINT64_C(1) << i;
    if (*count == TABLES_MOST || n >= NAME_MOST)
        return 0;
    memcpy(tables[*count], name, n);
    return UINT64_C(1) << (*count)++;
}

static void know_shapes(void)
{
    static char tables[TABLES_MOST][NAME_MOST];
    int count = 0;
    for (int i = 0; i < SQL_COUNT; i++) {
        struct shape *s = &shapes[i];
        const char *text = sql_table[i].postgres;
        if (!text || !shape_of(text, s))
            continue;
        const char *name = text + sizeof insert_words - 1;
        s->table = table_bit(name, name_length(name), tables, &count);
        s->fits = s->table != 0;
    }
    for (int i = 0; i < SQL_COUNT; i++)
        if (sql_table[i].postgres)
            mentions[i] = words_among(sql_table[i].postgres, tables, count);
}

/* ---- rows that wait ---- */

void gather_drop(struct postgres_conn *c)
{
    c->heap_count = 0;
    if (c->gathered)
        arena_reset(c->gathered);
}

void gather_free(struct postgres_conn *c)
{
    if (c->gathered)
        arena_free(c->gathered);
    c->gathered = NULL;
}

char *gather_text(enum sql_id sql, int rows)
{
    const struct shape *s = &shapes[sql];
    const char *text = sql_table[sql].postgres;
    char *out = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&out, &size);
    assert(f);
    fwrite(text, 1, s->tuple, f);
    for (int row = 0; row < rows; row++) {
        if (row)
            fputs(", ", f);
        for (const char *p = text + s->tuple; p < text + s->tuple_end; p++) {
            fputc(*p, f);
            if (*p == '$') {
                char *end;
                fprintf(f, "%ld", strtol(p + 1, &end, 10) + row * s->parameters);
                p = end - 1;
            }
        }
    }
    fputs(text + s->tuple_end, f);
    fclose(f);
    assert(out);
    return out;
}

static bool heap_send(struct postgres_conn *c, struct heap *heap, struct error *e)
{
    int parameters = shapes[heap->sql].parameters, sent = 0;
    while (sent < heap->rows) {
        int power = ROWS_POWER;
        while (1 << power > heap->rows - sent || (1 << power) * parameters > SENT_MOST)
            power--;
        struct query q = {.sql = heap->sql,
                          .values = heap->values + (size_t)sent * (size_t)parameters,
                          .n = (size_t)(parameters << power),
                          .rows_power = power};
        if (!postgres_send(c, &q, e))
            return false;
        sent += 1 << power;
    }
    heap->rows = 0;
    return true;
}

static bool flush(struct postgres_conn *c, uint64_t tables, struct error *e)
{
    for (int i = 0; i < c->heap_count; i++)
        if (c->heaps[i].rows && (shapes[c->heaps[i].sql].table & tables) && !heap_send(c, &c->heaps[i], e))
            return false;
    return true;
}

bool gather_flush(struct postgres_conn *c, struct error *e)
{
    bool ok = flush(c, UINT64_MAX, e);
    gather_drop(c);
    return ok;
}

bool gather_before(struct postgres_conn *c, const struct query *q, struct error *e)
{
    if (c->heap_count == 0)
        return true;
    return q->sql < SQL_COUNT ? flush(c, mentions[q->sql], e) : gather_flush(c, e);
}

static struct heap *heap_of(struct postgres_conn *c, enum sql_id sql)
{
    for (int i = 0; i < c->heap_count; i++)
        if (c->heaps[i].sql == sql)
            return &c->heaps[i];
    if (c->heap_count == HEAPS_MOST)
        return NULL;
    struct heap *heap = &c->heaps[c->heap_count++];
    *heap = (struct heap){.sql = sql, .most = SENT_MOST / shapes[sql].parameters};
    if (heap->most > 1 << ROWS_POWER)
        heap->most = 1 << ROWS_POWER;
    heap->values = ARENA_ARRAY(c->gathered, struct db_value, (size_t)(heap->most * shapes[sql].parameters));
    return heap;
}

static bool has_row(const struct heap *heap, const struct query *q)
{
    int parameters = shapes[heap->sql].parameters;
    for (int i = 0; i < heap->rows; i++) {
        const struct db_value *row = heap->values + (size_t)(i * parameters);
        if (row[0].integer == q->values[0].integer && row[1].integer == q->values[1].integer)
            return true;
    }
    return false;
}

bool gather_add(struct postgres_conn *c, const struct query *q, bool *taken, struct error *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, know_shapes);
    const struct shape *s = q->sql < SQL_COUNT ? &shapes[q->sql] : NULL;
    *taken = false;
    if (!s || !s->fits || q->list || c->lost)
        return true;
    if (!c->gathered)
        c->gathered = arena_new();
    if (arena_used(c->gathered) > BYTES_MOST && !gather_flush(c, e))
        return false;
    /* another way to put rows into the same table */
    for (int i = 0; i < c->heap_count; i++)
        if (c->heaps[i].sql != q->sql && c->heaps[i].rows && shapes[c->heaps[i].sql].table == s->table &&
            !heap_send(c, &c->heaps[i], e))
            return false;
    struct heap *heap = heap_of(c, q->sql);
    if (!heap)
        return true;
    if ((heap->rows == heap->most || (s->keyed && has_row(heap, q))) && !heap_send(c, heap, e))
        return false;
    struct db_value *row = heap->values + (size_t)(heap->rows++ * s->parameters);
    assert(q->n >= (size_t)s->parameters);
    for (int i = 0; i < s->parameters; i++) {
        row[i] = q->values[i];
        if (row[i].type == DB_TEXT || row[i].type == DB_BYTES)
            row[i].text = str_dup(c->gathered, row[i].text);
    }
    *taken = true;
    return true;
}
