/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are gathered, asked in lists of one brand (and network, or channel), and looked for one by one: there are few
 * hundred at most. */
#include "store/foreseen.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "db/db.h"
#include "store/message.h"

enum { ASK_MOST = 64 }; /* keys in one statement */

struct somebody {
    int64_t brand;
    struct str network, external_id;
    uint64_t hash; /* of the three */
    bool asked, spent;
    struct identity identity; /* person_id 0: nobody we know */
    struct person person;
    struct conversation newest; /* id 0: there is none */
};

struct arrival {
    int64_t brand, channel;
    struct str external_id;
    uint64_t hash;
    bool asked, spent;
    bool here;  /* it is known already */
    bool early; /* something came before it */
};

/* What was asked, and how its rows are read. */
struct question {
    struct rows *rows;
    int64_t brand, channel;
    void (*read)(struct foreseen *f, const struct question *q);
};

struct foreseen {
    struct arena *arena;
    struct somebody *authors;
    struct arrival *arrivals;
    struct question *questions;
    size_t author_count, arrival_count, question_count;
};

struct foreseen *foreseen_new(struct arena *a)
{
    struct foreseen *f = ARENA_NEW(a, struct foreseen);
    f->arena = a;
    return f;
}

/* ---- keys ---- */

static uint64_t author_hash(int64_t brand, struct str network, struct str external_id)
{
    return hash64(external_id) ^ (hash64(network) << 1) ^ (uint64_t)brand;
}

static struct somebody *author_find(const struct foreseen *f, int64_t brand, struct str network,
                                    struct str external_id)
{
    uint64_t hash = author_hash(brand, network, external_id);
    for (size_t i = 0; i < f->author_count; i++) {
        struct somebody *one = &f->authors[i];
        if (one->hash == hash && one->brand == brand && str_eq(one->external_id, external_id) &&
            str_eq(one->network, network))
            return one;
    }
    return NULL;
}

static struct arrival *arrival_find(const struct foreseen *f, int64_t brand, uint64_t hash)
{
    for (size_t i = 0; i < f->arrival_count; i++)
        if (f->arrivals[i].hash == hash && f->arrivals[i].brand == brand)
            return &f->arrivals[i];
    return NULL;
}

void foreseen_author(struct foreseen *f, int64_t brand, struct str network, struct str external_id)
{
    if (external_id.len == 0 || author_find(f, brand, network, external_id))
        return;
    f->authors = list_room(f->arena, f->authors, f->author_count, sizeof *f->authors);
    f->authors[f->author_count++] = (struct somebody){.brand = brand,
                                                      .network = network,
                                                      .external_id = external_id,
                                                      .hash = author_hash(brand, network, external_id)};
}

void foreseen_message(struct foreseen *f, int64_t brand, int64_t channel, struct str external_id, uint64_t hash)
{
    if (arrival_find(f, brand, hash))
        return;
    f->arrivals = list_room(f->arena, f->arrivals, f->arrival_count, sizeof *f->arrivals);
    f->arrivals[f->arrival_count++] =
        (struct arrival){.brand = brand, .channel = channel, .external_id = external_id, .hash = hash};
}

/* ---- the question ---- */

/* The columns of {identity} come first, then those of {person} and of {conversation}. */
enum { COLUMN_EXTERNAL_ID = 2, COLUMN_PERSON = 11, COLUMN_CONVERSATION = 20, COLUMN_NETWORK = 1 };

static void authors_read(struct foreseen *f, const struct question *q)
{
    while (rows_next(q->rows)) {
        struct somebody *one =
            author_find(f, q->brand, rows_str(q->rows, COLUMN_NETWORK), rows_str(q->rows, COLUMN_EXTERNAL_ID));
        if (!one)
            continue;
        if (!one->identity.person_id) {
            one->identity = identity_of_row(q->rows, f->arena);
            one->person = person_of_row(q->rows, COLUMN_PERSON, f->arena);
        }
        if (conversation_row_is_newer(q->rows, COLUMN_CONVERSATION, &one->newest))
            one->newest = conversation_of_row(q->rows, COLUMN_CONVERSATION, f->arena);
    }
}

static void dedup_read(struct foreseen *f, const struct question *q)
{
    while (rows_next(q->rows)) {
        struct arrival *one = arrival_find(f, q->brand, (uint64_t)rows_int(q->rows, 0));
        if (one)
            one->here = true;
    }
}

static void early_read(struct foreseen *f, const struct question *q)
{
    while (rows_next(q->rows))
        for (size_t i = 0; i < f->arrival_count; i++) {
            struct arrival *one = &f->arrivals[i];
            one->early |= one->brand == q->brand && one->channel == q->channel &&
                          str_eq(one->external_id, rows_str(q->rows, 0));
        }
}

static bool put(struct foreseen *f, struct question question)
{
    if (!question.rows)
        return false;
    f->questions = list_room(f->arena, f->questions, f->question_count, sizeof *f->questions);
    f->questions[f->question_count++] = question;
    return true;
}

/* Those of the first one's brand and network that were not asked for yet. */
static bool authors_ask(struct tx *tx, struct foreseen *f, struct somebody *first, struct error *e)
{
    struct db_value values[] = {V(first->brand), V(first->network)}, ids[ASK_MOST];
    size_t n = 0;
    for (struct somebody *one = first; one < f->authors + f->author_count && n < ASK_MOST; one++)
        if (!one->asked && one->brand == first->brand && str_eq(one->network, first->network)) {
            one->asked = true;
            ids[n++] = V(one->external_id);
        }
    return put(f, (struct question){.rows = db_ask_list(tx, SQL_acquaintance_list, values, 2, ids, n, e),
                                    .brand = first->brand,
                                    .read = authors_read});
}

/* Those of the first one's channel. */
static bool arrivals_ask(struct tx *tx, struct foreseen *f, struct arrival *first, struct error *e)
{
    struct db_value values[] = {V(first->brand), V(first->channel)}, hashes[ASK_MOST], ids[ASK_MOST];
    size_t n = 0;
    for (struct arrival *one = first; one < f->arrivals + f->arrival_count && n < ASK_MOST; one++)
        if (!one->asked && one->brand == first->brand && one->channel == first->channel) {
            one->asked = true;
            hashes[n] = V((int64_t)one->hash);
            ids[n++] = V(one->external_id);
        }
    return put(f, (struct question){.rows = db_ask_list(tx, SQL_dedup_list, values, 1, hashes, n, e),
                                    .brand = first->brand,
                                    .read = dedup_read}) &&
           put(f, (struct question){.rows = db_ask_list(tx, SQL_early_among, values, 2, ids, n, e),
                                    .brand = first->brand,
                                    .channel = first->channel,
                                    .read = early_read});
}

static bool questions_put(struct tx *tx, struct foreseen *f, struct error *e)
{
    for (size_t i = 0; i < f->author_count; i++)
        if (!f->authors[i].asked && !authors_ask(tx, f, &f->authors[i], e))
            return false;
    for (size_t i = 0; i < f->arrival_count; i++)
        if (!f->arrivals[i].asked && !arrivals_ask(tx, f, &f->arrivals[i], e))
            return false;
    return true;
}

bool foreseen_ask(struct tx *tx, struct foreseen *f, struct error *e)
{
    bool ok = questions_put(tx, f, e);
    for (size_t i = 0; i < f->question_count; i++) {
        struct question *q = &f->questions[i];
        if (ok)
            q->read(f, q);
        ok = ok && rows_ok(q->rows, e);
        rows_close(q->rows);
    }
    f->question_count = 0;
    return ok;
}

/* ---- answers ---- */

bool foreseen_identity(struct tx *tx, const struct foreseen *f, int64_t brand, struct str network,
                       struct str external_id, struct identity *out, struct error *e)
{
    const struct somebody *one = f ? author_find(f, brand, network, external_id) : NULL;
    if (!one || one->spent)
        return identity_find(tx, tx_arena(tx), brand, network, external_id, out, e);
    *out = one->identity;
    return one->identity.person_id || fail(e, ERR_NOT_FOUND, "There is no such identity.");
}

bool foreseen_reachable(const struct foreseen *f, int64_t brand, struct str network, struct str external_id)
{
    const struct somebody *one = f ? author_find(f, brand, network, external_id) : NULL;
    return one && !one->spent && one->identity.person_id && one->identity.unreachable.len == 0;
}

/* Somebody with this person's rows as they stand. */
static const struct somebody *behind(const struct foreseen *f, int64_t brand, int64_t person)
{
    for (size_t i = 0; f && person && i < f->author_count; i++)
        if (f->authors[i].person.id == person && f->authors[i].brand == brand && !f->authors[i].spent)
            return &f->authors[i];
    return NULL;
}

bool foreseen_person(struct tx *tx, const struct foreseen *f, int64_t brand, int64_t id, struct person *out,
                     struct error *e)
{
    const struct somebody *one = behind(f, brand, id);
    if (!one)
        return person_by_id(tx, tx_arena(tx), brand, id, out, e);
    *out = one->person;
    return true;
}

bool foreseen_newest(struct tx *tx, const struct foreseen *f, int64_t brand, int64_t person, struct conversation *out,
                     struct error *e)
{
    const struct somebody *one = behind(f, brand, person);
    if (!one)
        return conversation_newest_of(tx, tx_arena(tx), brand, person, out, e);
    *out = one->newest;
    return one->newest.id || fail(e, ERR_NOT_FOUND, "There is no such conversation.");
}

bool foreseen_dedup_add(struct tx *tx, struct foreseen *f, int64_t brand, uint64_t hash, int64_t id, bool *fresh,
                        bool *quiet, struct error *e)
{
    struct arrival *one = f ? arrival_find(f, brand, hash) : NULL;
    bool known = one && !one->spent;
    *quiet = known && !one->early;
    if (!known)
        return dedup_add(tx, brand, hash, id, fresh, e);
    *fresh = !one->here;
    one->spent = true;
    return one->here || dedup_add_new(tx, brand, hash, id, e);
}

void foreseen_spend(struct foreseen *f, int64_t brand, struct str network, struct str external_id, int64_t person)
{
    for (size_t i = 0; f && i < f->author_count; i++) {
        struct somebody *one = &f->authors[i];
        one->spent |=
            one->brand == brand &&
            (one->person.id == person || (str_eq(one->external_id, external_id) && str_eq(one->network, network)));
    }
}
