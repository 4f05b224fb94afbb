/* SPDX-License-Identifier: Apache-2.0 */
/* How SQLite runs every statement: none reads a whole brand where it looks for a few rows. A plan that is right with
 * a thousand messages and wrong with five million looks the same in every other test. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/error.h"
#include "db/sql_table.h"
#include "db/tx.h"

int store_plans_test(void);

/* Tables that grow with what people write. The others have as many rows as the house has colleagues or labels. */
static const char *const large[] = {"message",      "message_edit",   "reaction",
                                    "conversation", "identity",       "person",
                                    "entry",        "event",          "conversation_label",
                                    "promise",      "attachment",     "blob",
                                    "dedup",        "early",          "shingle",
                                    "payload",      "thread",         "imported",
                                    "idempotency",  "mention",        "person_merge",
                                    "article_word", "article_missing"};

/* These may: the first row of an index, what waits now, or everything because everything is checked. */
static const char *const may[] = {"early_expire", /* once a day, of a small table */
                                  "idempotency_expire",
                                  "conversation_absorb_mentions", /* joining two stories is rare, mentions are few */
                                  "event_last_id",
                                  "session_visit",
                                  "message_longest_waiting",
                                  "message_waiting_oldest",
                                  "ledger_recount",
                                  "event_newest",
                                  "payload_unread",
                                  "payload_unread_count",
                                  "search_newest_message",
                                  "search_oldest_message",
                                  "search_oldest_need",
                                  "search_newest_need",
                                  "search_newest_person",
                                  "person_waiting_longest",
                                  "payload_old_sum",
                                  "event_old_sum"}; /* these two are counted for `retention --dry-run` alone */

static bool is_in(const char *word, size_t len, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && memcmp(list[i], word, len) == 0)
            return true;
    return false;
}

/* "JOIN conversation c": plans name the alias. Finds the table of it in the statement. */
static bool is_large(const char *sql, const char *name, size_t len)
{
    if (is_in(name, len, large, COUNT_OF(large)))
        return true;
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        char wanted[64];
        int n = snprintf(wanted, sizeof wanted, " %s %.*s", large[i], (int)len, name);
        const char *at = strstr(sql, wanted);
        if (at && (at[n] == ' ' || at[n] == '\n' || at[n] == '\0'))
            return true;
    }
    return false;
}

/* "SEARCH message USING PRIMARY KEY (brand_id=?)": only the brand narrows it. "SCAN …": nothing does. */
static bool reads_a_brand(const char *sql, const char *detail)
{
    bool scan = strncmp(detail, "SCAN ", 5) == 0, search = strncmp(detail, "SEARCH ", 7) == 0;
    if (!scan && !search)
        return false;
    const char *name = detail + (scan ? 5 : 7);
    size_t len = strcspn(name, " ");
    return is_large(sql, name, len) &&
           (scan || strstr(detail, "(brand_id=?)") || strstr(detail, "(brand_id=? AND id<?)"));
}

/* $LIST(2) becomes $2; a parameter without a value is NULL, which changes no plan. */
static void text_fill(const char *sql, char *out, size_t size)
{
    size_t n = 0;
    for (; *sql && n + 2 < size; sql++) {
        if (strncmp(sql, "$LIST(", 6) == 0) {
            out[n++] = '$';
            sql += 6;
            while (*sql != ')' && n + 2 < size)
                out[n++] = *sql++;
        } else {
            out[n++] = *sql;
        }
    }
    out[n] = '\0';
}

static int plan_check(sqlite3 *db, const struct sql_statement *statement)
{
    char text[8192], explain[8320];
    sqlite3_stmt *stmt;
    int wrong = 0;
    text_fill(statement->sqlite, text, sizeof text);
    snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", text);
    if (sqlite3_prepare_v2(db, explain, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", statement->name, sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);
        if (!reads_a_brand(text, detail) || is_in(statement->name, strlen(statement->name), may, COUNT_OF(may)))
            continue;
        print_error("%s: %s\n", statement->name, detail);
        wrong++;
    }
    sqlite3_finalize(stmt);
    return wrong;
}

struct fixture {
    char folder[40], path[64];
    sqlite3 *db;
};

static int setup(void **state)
{
    struct error e = {0};
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/ascolto-plans-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/ascolto.db", f->folder);
    struct db_config config = {.path = f->path, .create = true};
    struct db *db = db_open(&config, &e);
    if (!db)
        fail_msg("%s", e.message);
    db_close(db);
    assert_int_equal(sqlite3_open(f->path, &f->db), SQLITE_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char turn[80];
    int closed = sqlite3_close(f->db);
    snprintf(turn, sizeof turn, "%s-turn", f->path);
    unlink(f->path);
    unlink(turn);
    rmdir(f->folder);
    free(f);
    return closed;
}

static void no_statement_reads_a_whole_brand(void **state)
{
    struct fixture *f = *state;
    int wrong = 0, looked = 0;
    for (size_t i = 0; i < SQL_COUNT; i++)
        if (sql_table[i].sqlite && strstr(sql_table[i].sqlite, "brand_id")) {
            wrong += plan_check(f->db, &sql_table[i]);
            looked++;
        }
    assert_true(looked > 150);
    assert_int_equal(wrong, 0);
}

static const struct sql_statement *statement_named(const char *name)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        if (strcmp(sql_table[i].name, name) == 0)
            return &sql_table[i];
    fail_msg("there is no statement %s", name);
    return NULL;
}

static bool plan_has(sqlite3 *db, const struct sql_statement *statement, const char *words)
{
    char text[8192], explain[8320];
    sqlite3_stmt *stmt;
    bool has = false;
    text_fill(statement->sqlite, text, sizeof text);
    snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", text);
    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        has |= strncmp((const char *)sqlite3_column_text(stmt, 3), words, strlen(words)) == 0;
    sqlite3_finalize(stmt);
    return has;
}

/* What each page or worker asks for, by the index it is meant to use: another one may narrow by the brand and a time,
 * and still read all of it. */
static const struct {
    const char *statement, *plan;
} wanted[] = {
    {"conversation_list_person", "SEARCH conversation USING INDEX conversation_person (brand_id=? AND person_id=?)"},
    {"conversation_newest_of", "SEARCH conversation USING INDEX conversation_person (brand_id=? AND person_id=?)"},
    {"conversation_rows_state",
     "SEARCH c USING INDEX conversation_rank (brand_id=? AND state=? AND (rank_at,id)>(?,?))"},
    {"conversation_rows_state", "SEARCH p USING PRIMARY KEY (brand_id=? AND id=?)"},
    {"conversation_rows_owner", "SEARCH c USING INDEX conversation_owner (brand_id=? AND owner_id=? AND state=?"},
    {"conversation_rows_owner", "SEARCH p USING PRIMARY KEY (brand_id=? AND id=?)"},
    {"conversation_rows_newest", "SEARCH c USING INDEX conversation_last (brand_id=? AND (last_at,id)<(?,?))"},
    {"conversation_rows_newest", "SEARCH p USING PRIMARY KEY (brand_id=? AND id=?)"},
    {"conversation_rows_label", "SEARCH l USING COVERING INDEX conversation_label_label"},
    {"conversation_due", "SEARCH conversation USING INDEX conversation_snoozed (brand_id=? AND snooze_until>?"},
    {"conversation_closing", "SEARCH conversation USING INDEX conversation_window (brand_id=? AND window_until>?"},
    {"conversation_shut", "SEARCH conversation USING INDEX conversation_rank (brand_id=? AND state=? AND rank_at<?)"},
    {"session_visit", "SEARCH s USING INDEX sqlite_autoindex_session_1 (brand_id=? AND hash=?)"},
    {"session_visit", "SEARCH g USING INDEX sqlite_autoindex_agent_1 (brand_id=? AND id=?)"},
    {"conversation_with", "SEARCH c USING PRIMARY KEY (brand_id=? AND id=?)"},
    {"ledger_received", "SEARCH l USING PRIMARY KEY (brand_id=? AND channel_id=? AND day=? AND place>?)"},
    {"person_waiting_longest", "SEARCH m USING INDEX message_waiting (brand_id=?)"},
    {"person_waiting_longest", "SEARCH p USING PRIMARY KEY (brand_id=? AND id=?)"},
    {"nameless_due", "SEARCH n USING INDEX nameless_lane (brand_id=? AND channel_id=? AND next_at=?)"},
    {"attachment_due", "SEARCH a USING INDEX attachment_lane (brand_id=? AND channel_id=? AND next_at=?)"},
    {"identity_list", "SEARCH identity USING INDEX identity_person (brand_id=? AND person_id=?)"},
    {"identity_find", "SEARCH identity USING PRIMARY KEY (brand_id=? AND network=? AND external_id=?)"},
    {"message_told_before", "SEARCH message USING INDEX message_told (brand_id=? AND channel_id=? AND told_at>?"},
    {"identity_told_before", "SEARCH identity USING INDEX identity_told (brand_id=? AND network=? AND told_at>?"},
    {"likeness_list", "SEARCH i USING INDEX identity_person (brand_id=? AND person_id=?)"},
    {"likeness_list", "SEARCH m USING PRIMARY KEY (brand_id=? AND network=? AND external_id=?)"},
    {"likeness_list", "SEARCH t USING INDEX trait_value (brand_id=? AND value=?)"},
    {"article_vocabulary_begins",
     "SEARCH article_vocabulary USING COVERING INDEX sqlite_autoindex_article_vocabulary_1 (brand_id=? AND "
     "language=? AND word>? AND word<?)"},
    {"article_vocabulary_near", "SEARCH article_vocabulary USING INDEX article_vocabulary_length (brand_id=? AND "
                                "language=? AND word_length>? AND word_length<?)"},
    {"article_word_find", "SEARCH article_word USING INDEX sqlite_autoindex_article_word_1 (brand_id=? AND "
                          "language=? AND word=?)"},
    {"article_text_some", "SEARCH article_text USING INDEX sqlite_autoindex_article_text_1 (brand_id=? AND "
                          "article_id=? AND language=?)"},
    {"article_text_by_slug", "SEARCH article_text USING INDEX article_text_slug (brand_id=? AND slug=?)"},
    {"article_some", "SEARCH article USING INDEX sqlite_autoindex_article_1 (brand_id=? AND id=?)"},
    {"article_of_category", "SEARCH article USING INDEX article_category_of (brand_id=? AND category_id=?)"},
    {"article_missing_open",
     "SEARCH article_missing USING INDEX article_missing_open (brand_id=? AND dismissed_at=?)"},
    {"likeness_list", "SEARCH o USING PRIMARY KEY (brand_id=? AND network=? AND external_id=?)"},
};

static void pages_use_their_indexes(void **state)
{
    struct fixture *f = *state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (!plan_has(f->db, statement_named(wanted[i].statement), wanted[i].plan)) {
            print_error("%s: not %s\n", wanted[i].statement, wanted[i].plan);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

/* The index holds all windows that there ever were: they are looked for from $2 on, not from the first (the plan says
 * the same of both, the program does not). */
static void closing_windows_are_looked_for_from_now_on(void **state)
{
    struct fixture *f = *state;
    char text[8192], explain[8320];
    sqlite3_stmt *stmt;
    bool from_now = false, sought = false;
    text_fill(statement_named("conversation_closing")->sqlite, text, sizeof text);
    snprintf(explain, sizeof explain, "EXPLAIN %s", text);
    assert_int_equal(sqlite3_prepare_v2(f->db, explain, -1, &stmt, NULL), SQLITE_OK);
    while (!sought && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *opcode = (const char *)sqlite3_column_text(stmt, 1);
        from_now |= strcmp(opcode, "Variable") == 0 && sqlite3_column_int(stmt, 2) == 2;
        sought = strncmp(opcode, "Seek", 4) == 0;
    }
    sqlite3_finalize(stmt);
    assert_true(sought && from_now);
}

/* The test can see: a query that does read the whole brand is found. */
static void a_bad_plan_is_seen(void **state)
{
    struct fixture *f = *state;
    const struct sql_statement bad[] = {
        {"by_mood", "SELECT id FROM conversation WHERE brand_id = $1 AND mood = $2", NULL},
        {"by_text", "SELECT m.id FROM message m WHERE m.text = $1", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(plan_check(f->db, &bad[i]), 1);
}

int store_plans_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_statement_reads_a_whole_brand, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_use_their_indexes, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_windows_are_looked_for_from_now_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_plan_is_seen, setup, teardown),
    };
    return cmocka_run_group_tests_name("store/plans", tests, NULL, NULL);
}
