/* SPDX-License-Identifier: Apache-2.0 */
/* The other side of the ratio: a bare loop that puts the same rows into the same tables with the same indexes and
 * search rows, in transactions of the same size, with synchronous=FULL. It looks nothing up, verifies and parses
 * nothing, and knows every value beforehand; every statement is prepared once. bare DATA BATCH TAG FROM COUNT
 * WHATSAPP_CHANNEL FACEBOOK_CHANNEL */
#include <err.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/id.h"
#include "workload.h"

enum statement {
    BEGIN,
    COMMIT,
    DEDUP,
    PERSON,
    PERSON_SEARCH,
    IDENTITY,
    TRAIT,
    CONVERSATION,
    TALLY,
    PERSON_SEEN,
    HEAR,
    MESSAGE,
    COUNT_ADD,
    EVENT,
    SEARCH,
    PAYLOAD,
    CHANNEL_SEEN,
    STATEMENTS
};

/* ?1 is the brand everywhere. */
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [DEDUP] = "INSERT INTO dedup VALUES (?1, ?2, ?3)",
    [PERSON] = "INSERT INTO person VALUES (?1, ?2, ?3, 'it', '', '', ?4, ?4, 0)",
    [PERSON_SEARCH] = "INSERT INTO search_name (rowid, scope, body) VALUES (?2, ?3, ?4)",
    [IDENTITY] = "INSERT INTO identity VALUES (?1, ?2, ?3, ?4, ?4, '', ?5, ?6, '', ?7, 0)",
    [TRAIT] = "INSERT INTO trait VALUES (?1, 'whatsapp', ?2, ?3, 0, '')",
    [CONVERSATION] =
        "INSERT INTO conversation VALUES (?1, ?2, ?3, 0, 0, '', 0, 0, 2, 1, ?4, ?5, 0, ?6, ?4, ?4, 0, ?7, "
        "?8, ?9, 'it', 1, 0, 0, 0, '', 0, 0, 0, '', '', ?4)",
    [TALLY] =
        "INSERT INTO tally VALUES (?1, 0, 0, 1) ON CONFLICT (brand_id, owner_id, state) DO UPDATE SET n = n + 1",
    [PERSON_SEEN] = "UPDATE person SET last_at = ?3 WHERE brand_id = ?1 AND id = ?2",
    [HEAR] = "UPDATE conversation SET waiting = waiting + 1, messages = messages + 1, last_at = ?3, last_in_at = ?3, "
             "window_until = ?4, preview = ?5 WHERE brand_id = ?1 AND id = ?2",
    [MESSAGE] =
        "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8, '', 'text', ?9, '', '', ?10, ?11, "
        "?11, 1, 0, ?12, 0, 0, 0, 0, 0, ?13, '', '', 0)",
    [COUNT_ADD] = "INSERT INTO ledger_count VALUES (?1, ?2, ?3, 1, 1) "
                  "ON CONFLICT (brand_id, channel_id, day, place) DO UPDATE SET n = n + 1",
    [EVENT] = "INSERT INTO event VALUES (?1, ?2, 'message.received', ?3, ?4, 0, ?5, ?6)",
    [SEARCH] = "INSERT INTO search (rowid, scope, body) VALUES (?2, ?3, ?4)",
    [PAYLOAD] = "INSERT INTO payload VALUES (?1, ?2, ?3, ?4, 'read', '', 0, 0, '')",
    [CHANNEL_SEEN] = "UPDATE channel SET last_in_at = ?3 WHERE brand_id = ?1 AND id = ?2",
};

struct known {
    int64_t person, conversation;
};

struct bare {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    int64_t brand, channels[2], day;
    struct known *known[2]; /* by the person's number / WORKLOAD_PERSON_EVERY */
    size_t known_size;
};

static void need(struct bare *b, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        errx(1, "%s", sqlite3_errmsg(b->db));
}

static void set_int(struct bare *b, enum statement s, int i, int64_t v)
{
    need(b, sqlite3_bind_int64(b->statements[s], i, v));
}

static void set_text(struct bare *b, enum statement s, int i, const char *v, size_t len)
{
    need(b, sqlite3_bind_text64(b->statements[s], i, v, len, SQLITE_STATIC, SQLITE_UTF8));
}

static void run(struct bare *b, enum statement s)
{
    need(b, sqlite3_step(b->statements[s]));
    need(b, sqlite3_reset(b->statements[s]));
}

static void open_file(struct bare *b, const char *data)
{
    char path[4000];
    snprintf(path, sizeof path, "%s/ascolto.db", data);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    need(b, sqlite3_open_v2(path, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    need(b, sqlite3_exec(b->db,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                         "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
                         "PRAGMA wal_autocheckpoint = 20000",
                         NULL, NULL, NULL));
    for (int s = 0; s < STATEMENTS; s++)
        need(b, sqlite3_prepare_v3(b->db, texts[s], -1, SQLITE_PREPARE_PERSISTENT, &b->statements[s], NULL));
}

/* Who has written before, as the database says: the person's number is the tail of the network's id. */
static void know_people(struct bare *b, int64_t upto)
{
    sqlite3_stmt *q;
    b->known_size = (size_t)upto / WORKLOAD_PERSON_EVERY + 1;
    b->known[0] = calloc(b->known_size, sizeof(struct known));
    b->known[1] = calloc(b->known_size, sizeof(struct known));
    need(b, sqlite3_prepare_v2(b->db,
                               "SELECT i.brand_id, i.network, i.external_id, i.person_id, c.id FROM identity i "
                               "JOIN conversation c ON c.brand_id = i.brand_id AND c.person_id = i.person_id",
                               -1, &q, NULL));
    while (sqlite3_step(q) == SQLITE_ROW) {
        bool whatsapp = strcmp((const char *)sqlite3_column_text(q, 1), "whatsapp") == 0;
        size_t person = strtoul((const char *)sqlite3_column_text(q, 2) + 2, NULL, 10) / WORKLOAD_PERSON_EVERY;
        b->brand = sqlite3_column_int64(q, 0);
        if (person < b->known_size)
            b->known[whatsapp ? 0 : 1][person] =
                (struct known){sqlite3_column_int64(q, 3), sqlite3_column_int64(q, 4)};
    }
    sqlite3_finalize(q);
}

static void meet(struct bare *b, int network, int64_t number, const struct workload_row *row, int64_t now,
                 struct known *known)
{
    char name[WORKLOAD_NAME], scope[40], phone[40];
    bool whatsapp = network == 0;
    *known = (struct known){.person = id_new()};
    workload_name(number, name);
    const char *shown = whatsapp ? name : row->author;
    set_int(b, PERSON, 2, known->person);
    set_text(b, PERSON, 3, shown, strlen(shown));
    set_int(b, PERSON, 4, now);
    run(b, PERSON);
    int n = snprintf(scope, sizeof scope, "b%lld", (long long)b->brand);
    set_int(b, PERSON_SEARCH, 2, known->person);
    set_text(b, PERSON_SEARCH, 3, scope, (size_t)n);
    set_text(b, PERSON_SEARCH, 4, shown, strlen(shown));
    run(b, PERSON_SEARCH);
    set_text(b, IDENTITY, 2, whatsapp ? "whatsapp" : "facebook", 8);
    set_text(b, IDENTITY, 3, row->author, strlen(row->author));
    set_int(b, IDENTITY, 4, known->person);
    set_text(b, IDENTITY, 5, whatsapp ? name : "", whatsapp ? strlen(name) : 0);
    set_text(b, IDENTITY, 6, whatsapp ? row->author : "", whatsapp ? strlen(row->author) : 0);
    set_int(b, IDENTITY, 7, now);
    run(b, IDENTITY);
    if (!whatsapp)
        return;
    n = snprintf(phone, sizeof phone, "p%s", row->author);
    set_text(b, TRAIT, 2, row->author, strlen(row->author));
    set_text(b, TRAIT, 3, phone, (size_t)n);
    run(b, TRAIT);
}

static void converse(struct bare *b, int network, const struct workload_row *row, int64_t now, struct known *known)
{
    enum statement s = known->conversation ? HEAR : CONVERSATION;
    int64_t until = now + (network ? 7 : 1) * DAY_US;
    size_t preview = row->text_len < 180 ? row->text_len : 180;
    if (s == HEAR) {
        set_int(b, PERSON_SEEN, 2, known->person);
        set_int(b, PERSON_SEEN, 3, now);
        run(b, PERSON_SEEN);
        set_int(b, HEAR, 2, known->conversation);
        set_int(b, HEAR, 3, now);
        set_int(b, HEAR, 4, until);
        set_text(b, HEAR, 5, row->text, preview);
        run(b, HEAR);
        return;
    }
    known->conversation = id_new();
    set_int(b, CONVERSATION, 2, known->conversation);
    set_int(b, CONVERSATION, 3, known->person);
    set_int(b, CONVERSATION, 4, now);
    set_int(b, CONVERSATION, 5, until);
    set_int(b, CONVERSATION, 6, now + 4 * HOUR_US);
    set_int(b, CONVERSATION, 7, b->channels[network]);
    set_text(b, CONVERSATION, 8, network ? "messenger" : "whatsapp", network ? 9 : 8);
    set_text(b, CONVERSATION, 9, row->text, preview);
    run(b, CONVERSATION);
    run(b, TALLY);
}

/* As they stand in the index: each behind its brand and season. */
static size_t words_led(const struct workload_row *row, unsigned long long brand, unsigned long long season,
                        char out[static WORKLOAD_TEXT * 4])
{
    char lead[24];
    size_t n = (size_t)snprintf(lead, sizeof lead, "%04llx%llxg", brand, season), len = n;
    memcpy(out, lead, n);
    for (size_t i = 0; i < row->text_len && len + n < WORKLOAD_TEXT * 4 - 1; i++) {
        out[len++] = row->text[i];
        if (row->text[i] != ' ')
            continue;
        memcpy(out + len, lead, n);
        len += n;
    }
    return len;
}

static void say(struct bare *b, int network, const struct workload_row *row, int64_t now, const struct known *known,
                int64_t id, int64_t payload)
{
    char thread[64], scope[200], words[WORKLOAD_TEXT * 4];
    int n = snprintf(thread, sizeof thread, "dm:%s", row->author);
    set_int(b, MESSAGE, 2, id);
    set_int(b, MESSAGE, 3, known->conversation);
    set_int(b, MESSAGE, 4, known->person);
    set_int(b, MESSAGE, 5, b->channels[network]);
    set_text(b, MESSAGE, 6, thread, (size_t)n);
    set_text(b, MESSAGE, 7, network ? "messenger" : "whatsapp", network ? 9 : 8);
    set_text(b, MESSAGE, 8, row->external_id, strlen(row->external_id));
    set_text(b, MESSAGE, 9, row->text, row->text_len);
    set_text(b, MESSAGE, 10, row->author, strlen(row->author));
    set_int(b, MESSAGE, 11, now);
    set_int(b, MESSAGE, 12, b->day);
    set_int(b, MESSAGE, 13, payload);
    run(b, MESSAGE);
    unsigned long long digits = (unsigned long long)b->brand % 65521, season = (unsigned long long)id >> 54;
    n = snprintf(scope, sizeof scope, "%04llx%llxg c%lldg%llx p%lld d%04llx%llx", digits, season,
                 (long long)b->channels[network], season, (long long)known->person, digits,
                 (unsigned long long)id >> 48);
    set_int(b, SEARCH, 2, id);
    set_text(b, SEARCH, 3, scope, (size_t)n);
    set_text(b, SEARCH, 4, words, words_led(row, digits, season, words));
    run(b, SEARCH);
}

static void book(struct bare *b, int network, const struct workload_row *row, int64_t now, const struct known *known,
                 int64_t id, int64_t payload)
{
    char data[200];
    int n = snprintf(data, sizeof data, "{\"channel\":\"%lld\",\"day\":%lld,\"to\":\"waiting\"}",
                     (long long)b->channels[network], (long long)b->day);
    set_int(b, COUNT_ADD, 2, b->channels[network]);
    set_int(b, COUNT_ADD, 3, b->day);
    run(b, COUNT_ADD);
    set_int(b, EVENT, 2, id_new());
    set_int(b, EVENT, 3, known->conversation);
    set_int(b, EVENT, 4, id);
    set_int(b, EVENT, 5, now);
    set_text(b, EVENT, 6, data, (size_t)n);
    run(b, EVENT);
    set_int(b, PAYLOAD, 2, payload);
    set_int(b, PAYLOAD, 3, b->channels[network]);
    set_text(b, PAYLOAD, 4, row->body, row->body_len);
    run(b, PAYLOAD);
    set_int(b, CHANNEL_SEEN, 2, b->channels[network]);
    set_int(b, CHANNEL_SEEN, 3, now);
    run(b, CHANNEL_SEEN);
}

static void put(struct bare *b, int64_t i, const struct workload_row *row, int64_t now)
{
    int network = workload_on_whatsapp(i) ? 0 : 1;
    int64_t number = workload_person(i), id = id_new(), payload = id_new();
    struct known *known = &b->known[network][number / WORKLOAD_PERSON_EVERY];
    set_int(b, DEDUP, 2, (int64_t)hash64(str_from(row->external_id)));
    set_int(b, DEDUP, 3, id);
    run(b, DEDUP);
    if (!known->person)
        meet(b, network, number, row, now, known);
    converse(b, network, row, now, known);
    say(b, network, row, now, known, id, payload);
    book(b, network, row, now, known, id, payload);
}

int main(int argc, char **argv)
{
    struct bare b = {0};
    struct error e = {0};
    if (argc != 8 || !crypto_init(&e))
        errx(2, "bare DATA BATCH TAG FROM COUNT WHATSAPP_CHANNEL FACEBOOK_CHANNEL");
    int64_t batch = strtoll(argv[2], NULL, 10), from = strtoll(argv[4], NULL, 10), count = strtoll(argv[5], NULL, 10);
    open_file(&b, argv[1]);
    know_people(&b, from + count);
    b.channels[0] = strtoll(argv[6], NULL, 10);
    b.channels[1] = strtoll(argv[7], NULL, 10);
    b.day = clock_day(clock_now(), "Europe/Rome");
    for (int s = DEDUP; s < STATEMENTS; s++)
        if (sqlite3_bind_parameter_count(b.statements[s]) > 0)
            need(&b, sqlite3_bind_int64(b.statements[s], 1, b.brand));
    struct workload_row *rows = workload_rows(argv[3], from, count);
    double cpu = workload_cpu();
    int64_t began = clock_monotonic();
    for (int64_t i = 0; i < count; i++) {
        if (i % batch == 0)
            run(&b, BEGIN);
        put(&b, from + i, &rows[i], clock_now());
        if (i % batch == batch - 1 || i == count - 1)
            run(&b, COMMIT);
    }
    workload_report(count, began, cpu);
    return 0;
}
