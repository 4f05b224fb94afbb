/* SPDX-License-Identifier: Apache-2.0 */
/* The other side of the ratio on PostgreSQL: a bare libpq loop that puts the same rows into the same tables with the
 * same indexes and search rows, in transactions of the same size. One session in pipeline mode: a whole transaction
 * is sent without waiting, numbers and payloads in binary, every statement prepared once. It looks nothing up,
 * verifies and parses nothing, and knows every value beforehand. bare_postgres URL BATCH TAG FROM COUNT
 * WHATSAPP_CHANNEL FACEBOOK_CHANNEL */
#include <assert.h>
#include <endian.h>
#include <err.h>
#include <libpq-fe.h>
#include <poll.h>
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

enum { PARAMETERS = 13, VECTOR = 3000 };

/* $1 is the brand wherever there is one. */
static const struct {
    const char *name, *text;
    int parameters;
} texts[STATEMENTS] = {
    [BEGIN] = {"begin", "BEGIN", 0},
    [COMMIT] = {"commit", "COMMIT", 0},
    [DEDUP] = {"dedup", "INSERT INTO dedup VALUES ($1, $2, $3)", 3},
    [PERSON] = {"person", "INSERT INTO person VALUES ($1, $2, $3, 'it', '', '', $4, $4, 0)", 4},
    [PERSON_SEARCH] = {"person_search", "INSERT INTO search_name VALUES ($1, $2, CAST(CAST($3 AS TEXT) AS TSVECTOR))",
                       3},
    [IDENTITY] = {"identity", "INSERT INTO identity VALUES ($1, $2, $3, $4, $4, '', $5, $6, '', $7, 0)", 7},
    [TRAIT] = {"trait", "INSERT INTO trait VALUES ($1, 'whatsapp', $2, $3, 0, '')", 3},
    [CONVERSATION] = {"conversation",
                      "INSERT INTO conversation VALUES ($1, $2, $3, 0, 0, '', 0, 0, 2, 1, $4, $5, 0, $6, $4, $4, 0, "
                      "$7, $8, $9, 'it', 1, 0, 0, 0, '', 0, 0, 0, '', '', $4)",
                      9},
    [TALLY] = {"tally",
               "INSERT INTO tally VALUES ($1, 0, 0, 1) ON CONFLICT (brand_id, owner_id, state) DO UPDATE SET n = "
               "tally.n + 1",
               1},
    [PERSON_SEEN] = {"person_seen", "UPDATE person SET last_at = $3 WHERE brand_id = $1 AND id = $2", 3},
    [HEAR] = {"hear",
              "UPDATE conversation SET waiting = waiting + 1, messages = messages + 1, last_at = $3, last_in_at = "
              "$3, window_until = $4, preview = $5 WHERE brand_id = $1 AND id = $2",
              5},
    [MESSAGE] = {"message",
                 "INSERT INTO message VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, '', 'text', $9, '', '', "
                 "$10, $11, $11, 1, 0, $12, 0, 0, 0, 0, 0, $13, '', '', 0)",
                 13},
    [COUNT_ADD] = {"count_add",
                   "INSERT INTO ledger_count VALUES ($1, $2, $3, 1, 1) ON CONFLICT (brand_id, channel_id, day, "
                   "place) DO UPDATE SET n = ledger_count.n + 1",
                   3},
    [EVENT] = {"event", "INSERT INTO event VALUES ($1, $2, 'message.received', $3, $4, 0, $5, $6)", 6},
    [SEARCH] = {"search", "INSERT INTO search VALUES ($1, $2, CAST(CAST($3 AS TEXT) AS TSVECTOR))", 3},
    [PAYLOAD] = {"payload", "INSERT INTO payload VALUES ($1, $2, $3, $4, 'read', '', 0, 0, '')", 4},
    [CHANNEL_SEEN] = {"channel_seen", "UPDATE channel SET last_in_at = $3 WHERE brand_id = $1 AND id = $2", 3},
};

struct known {
    int64_t person, conversation;
};

struct bare {
    PGconn *pg;
    int sent; /* statements whose answers are still to come */
    struct {
        int64_t numbers[PARAMETERS];
        const char *values[PARAMETERS];
        int lengths[PARAMETERS], formats[PARAMETERS];
    } given[STATEMENTS];
    int64_t brand, channels[2], day;
    struct known *known[2]; /* by the person's number / WORKLOAD_PERSON_EVERY */
    size_t known_size;
};

/* ---- the wire ---- */

static void set_bytes(struct bare *b, enum statement s, int i, const char *v, size_t len, bool binary)
{
    b->given[s].values[i - 1] = v;
    b->given[s].lengths[i - 1] = (int)len;
    b->given[s].formats[i - 1] = binary;
}

static void set_int(struct bare *b, enum statement s, int i, int64_t v)
{
    b->given[s].numbers[i - 1] = (int64_t)htobe64((uint64_t)v);
    set_bytes(b, s, i, (const char *)&b->given[s].numbers[i - 1], sizeof v, true);
}

/* In binary too: a text's bytes are the same, and need no zero at their end. */
static void set_text(struct bare *b, enum statement s, int i, const char *v, size_t len)
{
    set_bytes(b, s, i, v, len, true);
}

/* Never waits for what the server has to say, but takes it in while the server takes nothing more. */
static void flush(struct bare *b)
{
    for (int left; (left = PQflush(b->pg)) != 0;) {
        struct pollfd p = {.fd = PQsocket(b->pg), .events = POLLIN | POLLOUT};
        if (left < 0 || poll(&p, 1, -1) < 0 || ((p.revents & POLLIN) && !PQconsumeInput(b->pg)))
            errx(1, "%s", PQerrorMessage(b->pg));
    }
}

static void run(struct bare *b, enum statement s)
{
    if (!PQsendQueryPrepared(b->pg, texts[s].name, texts[s].parameters, b->given[s].values, b->given[s].lengths,
                             b->given[s].formats, 1))
        errx(1, "%s", PQerrorMessage(b->pg));
    b->sent++;
}

static void finish(struct bare *b)
{
    if (!PQpipelineSync(b->pg))
        errx(1, "%s", PQerrorMessage(b->pg));
    flush(b);
    for (int i = 0; i <= b->sent; i++) {
        PGresult *result = PQgetResult(b->pg);
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC)
            errx(1, "%s", PQresultErrorMessage(result));
        PQclear(result);
        if (status == PGRES_COMMAND_OK)
            PQclear(PQgetResult(b->pg)); /* the end of a statement's answer */
    }
    b->sent = 0;
}

/* What the session's process at the other end has run, seconds; it ends with the session, so it is asked before. */
static double cpu_there(const struct bare *b)
{
    char path[64];
    double ns = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", PQbackendPID(b->pg));
    FILE *in = fopen(path, "r");
    if (in && fscanf(in, "%lf", &ns) != 1)
        ns = 0;
    if (in)
        fclose(in);
    return ns / 1e9;
}

static PGresult *ask(struct bare *b, const char *text)
{
    PGresult *result = PQexec(b->pg, text);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        errx(1, "%s", PQerrorMessage(b->pg));
    return result;
}

/* Who has written before, as the database says: the person's number is the tail of the network's id. */
static void know_people(struct bare *b, int64_t upto)
{
    b->known_size = (size_t)upto / WORKLOAD_PERSON_EVERY + 1;
    b->known[0] = calloc(b->known_size, sizeof(struct known));
    b->known[1] = calloc(b->known_size, sizeof(struct known));
    PGresult *r = ask(b, "SELECT i.brand_id, i.network, i.external_id, i.person_id, c.id FROM identity i "
                         "JOIN conversation c ON c.brand_id = i.brand_id AND c.person_id = i.person_id");
    for (int i = 0; i < PQntuples(r); i++) {
        bool whatsapp = strcmp(PQgetvalue(r, i, 1), "whatsapp") == 0;
        size_t person = strtoul(PQgetvalue(r, i, 2) + 2, NULL, 10) / WORKLOAD_PERSON_EVERY;
        if (person < b->known_size)
            b->known[whatsapp ? 0 : 1][person] =
                (struct known){strtoll(PQgetvalue(r, i, 3), NULL, 10), strtoll(PQgetvalue(r, i, 4), NULL, 10)};
    }
    PQclear(r);
}

static void open_base(struct bare *b, const char *url)
{
    b->pg = PQconnectdb(url);
    PQclear(ask(b, "SET synchronous_commit = on"));
    PGresult *brand = ask(b, "SELECT id FROM brand");
    b->brand = strtoll(PQgetvalue(brand, 0, 0), NULL, 10);
    PQclear(brand);
    for (int s = 0; s < STATEMENTS; s++) {
        PGresult *result = PQprepare(b->pg, texts[s].name, texts[s].text, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            errx(1, "%s", PQerrorMessage(b->pg));
        PQclear(result);
    }
}

/* ---- rows ---- */

/* The tokens by which a row is narrowed, as the program writes them, and the words with their places. */
static void set_vector(struct bare *b, enum statement s, int64_t id, const char *scope, const char *lead,
                       struct str words, char out[static VECTOR])
{
    long long brand = (long long)b->brand;
    size_t len =
        (size_t)snprintf(out, VECTOR, "'/h%llx/%lld' '/d%llx/%lld' '/m%llx/%lld'%s", (unsigned long long)id >> 43,
                         brand, (unsigned long long)id >> 48, brand, (unsigned long long)id >> 53, brand, scope);
    for (int place = 1; words.len; place++) {
        const char *end = memchr(words.ptr, ' ', words.len);
        size_t n = end ? (size_t)(end - words.ptr) : words.len;
        len += (size_t)snprintf(out + len, VECTOR - len, " '%s%.*s':%d", lead, (int)n, words.ptr, place);
        words = str_slice(words, end ? n + 1 : n, words.len);
    }
    assert(len < VECTOR);
    set_int(b, s, 2, id);
    set_text(b, s, 3, out, len);
    run(b, s);
}

static void meet(struct bare *b, int network, int64_t number, const struct workload_row *row, int64_t now,
                 struct known *known)
{
    char name[WORKLOAD_NAME], scope[40], phone[40], vector[VECTOR];
    bool whatsapp = network == 0;
    *known = (struct known){.person = id_new()};
    workload_name(number, name);
    const char *shown = whatsapp ? name : row->author;
    set_int(b, PERSON, 2, known->person);
    set_text(b, PERSON, 3, shown, strlen(shown));
    set_int(b, PERSON, 4, now);
    run(b, PERSON);
    snprintf(scope, sizeof scope, " '/b%lld'", (long long)b->brand);
    set_vector(b, PERSON_SEARCH, known->person, scope, "", str_from(shown), vector);
    set_text(b, IDENTITY, 2, whatsapp ? "whatsapp" : "facebook", 8);
    set_text(b, IDENTITY, 3, row->author, strlen(row->author));
    set_int(b, IDENTITY, 4, known->person);
    set_text(b, IDENTITY, 5, whatsapp ? name : "", whatsapp ? strlen(name) : 0);
    set_text(b, IDENTITY, 6, whatsapp ? row->author : "", whatsapp ? strlen(row->author) : 0);
    set_int(b, IDENTITY, 7, now);
    run(b, IDENTITY);
    if (!whatsapp)
        return;
    int n = snprintf(phone, sizeof phone, "p%s", row->author);
    set_text(b, TRAIT, 2, row->author, strlen(row->author));
    set_text(b, TRAIT, 3, phone, (size_t)n);
    run(b, TRAIT);
}

static void hear(struct bare *b, const struct workload_row *row, int64_t now, int64_t until,
                 const struct known *known)
{
    set_int(b, PERSON_SEEN, 2, known->person);
    set_int(b, PERSON_SEEN, 3, now);
    run(b, PERSON_SEEN);
    set_int(b, HEAR, 2, known->conversation);
    set_int(b, HEAR, 3, now);
    set_int(b, HEAR, 4, until);
    set_text(b, HEAR, 5, row->text, row->text_len < 180 ? row->text_len : 180);
    run(b, HEAR);
}

static void converse(struct bare *b, int network, const struct workload_row *row, int64_t now, struct known *known)
{
    int64_t until = now + (network ? 7 : 1) * DAY_US;
    if (known->conversation) {
        hear(b, row, now, until, known);
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
    set_text(b, CONVERSATION, 9, row->text, row->text_len < 180 ? row->text_len : 180);
    run(b, CONVERSATION);
    run(b, TALLY);
}

static void say(struct bare *b, int network, const struct workload_row *row, int64_t now, const struct known *known,
                int64_t id, int64_t payload)
{
    char thread[64], scope[80], lead[24], vector[VECTOR];
    unsigned long long season = (unsigned long long)id >> 54;
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
    snprintf(lead, sizeof lead, "%04llx%llxg", (unsigned long long)b->brand % 65521, season);
    snprintf(scope, sizeof scope, " '/p%lld' '/c%lld/%llx'", (long long)known->person,
             (long long)b->channels[network], season);
    set_vector(b, SEARCH, id, scope, lead, (struct str){row->text, row->text_len}, vector);
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
    set_bytes(b, PAYLOAD, 4, row->body, row->body_len, true);
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
    flush(b);
}

int main(int argc, char **argv)
{
    static struct bare b;
    struct error e = {0};
    if (argc != 8 || !crypto_init(&e))
        errx(2, "bare_postgres URL BATCH TAG FROM COUNT WHATSAPP_CHANNEL FACEBOOK_CHANNEL");
    int64_t batch = strtoll(argv[2], NULL, 10), from = strtoll(argv[4], NULL, 10), count = strtoll(argv[5], NULL, 10);
    open_base(&b, argv[1]);
    know_people(&b, from + count);
    b.channels[0] = strtoll(argv[6], NULL, 10);
    b.channels[1] = strtoll(argv[7], NULL, 10);
    b.day = clock_day(clock_now(), "Europe/Rome");
    for (int s = DEDUP; s < STATEMENTS; s++)
        set_int(&b, (enum statement)s, 1, b.brand);
    struct workload_row *rows = workload_rows(argv[3], from, count);
    if (!PQenterPipelineMode(b.pg) || PQsetnonblocking(b.pg, 1) != 0)
        errx(1, "%s", PQerrorMessage(b.pg));
    double cpu = workload_cpu() + cpu_there(&b);
    int64_t began = clock_monotonic();
    for (int64_t i = 0; i < count; i++) {
        if (i % batch == 0)
            run(&b, BEGIN);
        put(&b, from + i, &rows[i], clock_now());
        if (i % batch == batch - 1 || i == count - 1) {
            run(&b, COMMIT);
            finish(&b);
        }
    }
    workload_report(count, began, cpu - cpu_there(&b));
    PQfinish(b.pg);
    return 0;
}
