/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: days without holes, and every way of tampering noticed. */
#include "house_support.h"

#include <sqlite3.h>

#include "base/json.h"
#include "care/statements.h"

int care_statements_test(void);

struct context {
    struct test_house *h;
    int64_t today;
    int made;
    struct json *verdict;
    struct statement forged;
    bool page_says;
};

static bool receive(struct tx *tx, void *ctx, struct error *e)
{
    struct context *c = ctx;
    int64_t brand = c->h->brand.id, channel = c->h->channel;
    return ledger_count_add(tx, brand, channel, 20261101, PLACE_ANSWERED, 3, e) &&
           ledger_count_add(tx, brand, channel, 20261101, PLACE_WAITING, 1, e) &&
           ledger_count_add(tx, brand, channel + 1, 20261101, PLACE_WITHDRAWN, 2, e) &&
           ledger_count_add(tx, brand, channel, 20261103, PLACE_CLOSED, 5, e) &&
           ledger_count_add(tx, brand, channel, 20261103, PLACE_SET_ASIDE, 1, e);
}

static bool sign_due(struct tx *tx, void *ctx, struct error *e)
{
    struct context *c = ctx;
    return statement_sign_due(tx, c->h->house, &c->h->brand, c->today, &c->made, e);
}

static bool verify(struct tx *tx, void *ctx, struct error *e)
{
    struct context *c = ctx;
    c->verdict = statement_verify(tx, c->h->arena, &c->h->brand, e);
    return c->verdict != NULL;
}

static struct context signed_until(struct test_house *h, int64_t today, int expected)
{
    struct context c = {.h = h, .today = today};
    house_write(h, receive, &c);
    house_write(h, sign_due, &c);
    assert_int_equal(c.made, expected);
    return c;
}

static void assert_valid(struct context *c, int64_t statements)
{
    struct error e = {0};
    if (!db_read(c->h->house->db, verify, c, &e))
        fail_msg("%s", e.message);
    for (size_t i = 0; i < json_count(json_get(c->verdict, "differences")); i++)
        print_error("%.*s\n", STR_ARGS(json_text(json_at(json_get(c->verdict, "differences"), i))));
    assert_true(json_bool(json_get(c->verdict, "valid"), false));
    assert_int_equal(json_int(json_get(c->verdict, "statements"), -1), statements);
}

/* Not valid, and one of the differences contains these words. */
static void assert_noticed(struct context *c, const char *words)
{
    struct error e = {0};
    bool found = false;
    if (!db_read(c->h->house->db, verify, c, &e))
        fail_msg("%s", e.message);
    assert_false(json_bool(json_get(c->verdict, "valid"), true));
    for (size_t i = 0; i < json_count(json_get(c->verdict, "differences")); i++)
        found |= str_find(json_text(json_at(json_get(c->verdict, "differences"), i)), str_from(words)) >= 0;
    if (!found)
        fail_msg("no difference says \"%s\"", words);
}

static bool read_day(struct tx *tx, void *ctx, struct error *e)
{
    struct context *c = ctx;
    return statement_by_day(tx, c->h->arena, c->h->brand.id, c->forged.day, &c->forged, e);
}

static struct statement day_of(struct context *c, int64_t day)
{
    struct error e = {0};
    c->forged.day = day;
    if (!db_read(c->h->house->db, read_day, c, &e))
        fail_msg("%s", e.message);
    return c->forged;
}

static bool is_valid(struct tx *tx, void *ctx, struct error *e)
{
    struct context *c = ctx;
    return statement_by_day(tx, c->h->arena, c->h->brand.id, c->forged.day, &c->forged, e) &&
           statement_is_valid(tx, c->h->arena, c->h->house, &c->h->brand, &c->forged, &c->page_says, e);
}

/* What the page of that day says. */
static bool page_of(struct context *c, int64_t day)
{
    struct error e = {0};
    c->forged.day = day;
    if (!db_read(c->h->house->db, is_valid, c, &e))
        fail_msg("%s", e.message);
    return c->page_says;
}

static void nothing_received_nothing_signed(void **state)
{
    struct context c = {.h = *state, .today = 20261105};
    house_write(c.h, sign_due, &c);
    assert_int_equal(c.made, 0);
    assert_valid(&c, 0);
}

static void days_follow_without_holes(void **state)
{
    struct context c = signed_until(*state, 20261105, 4); /* the 1st, and the empty 2nd, to the 4th */
    assert_valid(&c, 4);
    assert_int_equal(json_int(json_get(c.verdict, "first_day"), 0), 20261101);
    assert_int_equal(json_int(json_get(c.verdict, "last_day"), 0), 20261104);
    house_write(c.h, sign_due, &c);
    assert_int_equal(c.made, 0); /* once */
    c.today = 20261202;
    house_write(c.h, sign_due, &c);
    assert_int_equal(c.made, 27);
    assert_valid(&c, 31);
}

static void the_body_says_the_figures(void **state)
{
    struct context c = signed_until(*state, 20261105, 4);
    struct statement first = day_of(&c, 20261101), third = day_of(&c, 20261103);
    struct json *view = statement_view(c.h->arena, &first);
    const struct json *body = json_get(view, "body");
    assert_int_equal(json_int(json_get(body, "received"), 0), 6);
    assert_int_equal(json_int(json_get(body, "answered"), 0), 3);
    assert_int_equal(json_int(json_get(body, "withdrawn"), 0), 2);
    assert_int_equal(json_count(json_get(body, "channels")), 2);
    assert_true(str_eq(json_text(json_get(json_at(json_get(body, "channels"), 0), "network")), STR("telegram")));
    assert_true(str_eq(json_text(json_get(view, "previous")),
                       STR("0000000000000000000000000000000000000000000000000000000000000000")));
    view = statement_view(c.h->arena, &third);
    assert_int_equal(json_int(json_path(view, "body", "received", NULL), 0), 6);
    assert_int_equal(json_int(json_path(view, "body", "until_day", "received", NULL), 0), 12);
    assert_true(str_eq(json_text(json_get(view, "text")), third.body));
}

static void an_old_import_begins_400_days_back(void **state)
{
    struct context c = signed_until(*state, 20301105, 400);
    assert_valid(&c, 400);
}

/* ---- tampering: a chain is made, and one statement of another chain or of our own making put into it ----
 */

static bool forge(struct tx *tx, void *ctx, struct error *e)
{
    struct context *c = ctx;
    return statement_add(tx, &c->forged, e);
}

/* A brand whose statements are those given, changed by hand: rows cannot be updated through the store. */
static void forge_chain(struct context *c, struct statement *list, size_t count)
{
    c->h->brand.id = list[0].brand_id;
    for (size_t i = 0; i < count; i++) {
        c->forged = list[i];
        house_write(c->h, forge, c);
    }
}

struct chain {
    struct context c;
    struct statement days[3];
};

/* Three signed days of the brand, to be filed again under the same brand of an empty second house. */
static struct chain chain_of(struct test_house *h)
{
    struct chain chain = {.c = signed_until(h, 20261104, 3)};
    for (int i = 0; i < 3; i++)
        chain.days[i] = day_of(&chain.c, 20261101 + i);
    return chain;
}

static struct str replaced(struct test_house *h, struct str s, const char *from, const char *to)
{
    ptrdiff_t at = str_find(s, str_from(from));
    assert_true(at >= 0);
    return str_format(h->arena, "%.*s%s%.*s", (int)at, s.ptr, to,
                      STR_ARGS(str_slice(s, (size_t)at + strlen(from), s.len)));
}

static void resign(struct test_house *h, struct statement *s, const unsigned char *secret,
                   const unsigned char *public_key)
{
    unsigned char digest[SHA256_BYTES], signature[SIGNATURE_BYTES];
    sha256(str_concat(h->arena, str_concat(h->arena, s->previous, STR("\n")), s->body), digest);
    s->hash = hex_encode(h->arena, digest, sizeof digest);
    sign_message(secret, s->hash, signature);
    s->signature = hex_encode(h->arena, signature, sizeof signature);
    s->public_key = hex_encode(h->arena, public_key, SIGN_PUBLIC_BYTES);
}

static void none(struct test_house *h, struct statement *days)
{
    (void)h;
    (void)days;
}

static void change_body(struct test_house *h, struct statement *days)
{
    days[1].body = replaced(h, days[1].body, "\"waiting\":0", "\"waiting\":1");
}

static void change_body_and_hash(struct test_house *h, struct statement *days)
{
    unsigned char digest[SHA256_BYTES];
    change_body(h, days);
    sha256(str_concat(h->arena, str_concat(h->arena, days[1].previous, STR("\n")), days[1].body), digest);
    days[1].hash = hex_encode(h->arena, digest, sizeof digest);
}

static void change_figures_and_sign(struct test_house *h, struct statement *days)
{
    days[2].body = replaced(h, days[2].body, "\"closed\":5", "\"closed\":6");
    resign(h, &days[2], h->house->sign_secret, h->house->sign_public);
}

static void change_day_and_sign(struct test_house *h, struct statement *days)
{
    days[2].body = replaced(h, days[2].body, "\"day\":20261103", "\"day\":20261101");
    resign(h, &days[2], h->house->sign_secret, h->house->sign_public);
}

static void change_order(struct test_house *h, struct statement *days)
{
    (void)h;
    struct statement second = days[1];
    days[1] = days[2];
    days[2] = second;
    days[1].day = 20261102;
    days[2].day = 20261103;
}

static void change_key(struct test_house *h, struct statement *days)
{
    unsigned char public_key[SIGN_PUBLIC_BYTES], secret[SIGN_SECRET_BYTES];
    sign_keypair(public_key, secret);
    resign(h, &days[2], secret, public_key);
}

static void change_public_key_alone(struct test_house *h, struct statement *days)
{
    unsigned char public_key[SIGN_PUBLIC_BYTES], secret[SIGN_SECRET_BYTES];
    sign_keypair(public_key, secret);
    days[0].public_key = hex_encode(h->arena, public_key, sizeof public_key);
}

static void change_signature(struct test_house *h, struct statement *days)
{
    days[0].signature = str_concat(h->arena, STR("00"), str_slice(days[0].signature, 2, days[0].signature.len));
    if (str_starts(days[0].signature, STR("0000")))
        days[0].signature = STR("no hex");
}

static void drop_day(struct test_house *h, struct statement *days)
{
    (void)h;
    days[1] = days[2];
}

static void drop_first(struct test_house *h, struct statement *days)
{
    (void)h;
    days[0] = days[1];
    days[1] = days[2];
}

static void tampering_is_noticed(void **state)
{
    static const struct {
        void (*change)(struct test_house *h, struct statement *days);
        size_t count;
        const char *words; /* NULL: valid */
    } cases[] = {
        {none, 3, NULL},
        {change_body, 3, "the hash is not that of its body"},
        {change_body_and_hash, 3, "the signature does not hold"},
        {change_body_and_hash, 3, "it does not follow the day before"},
        {change_figures_and_sign, 3, "the figures of the day do not add up"},
        {change_day_and_sign, 3, "the body is of another day"},
        {change_order, 3, "it does not follow the day before"},
        {change_key, 3, "it is signed by another key"},
        {change_public_key_alone, 3, "the signature does not hold"},
        {change_signature, 3, "the signature does not hold"},
        {drop_day, 2, "a day is missing before it"},
        {drop_first, 2, "it is not the first of its chain"},
    };
    struct test_house *h = *state;
    struct chain chain = chain_of(h);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *other = NULL;
        struct statement days[3];
        memcpy(days, chain.days, sizeof days);
        assert_int_equal(house_set_up(&other), 0);
        struct context c = {.h = other};
        cases[i].change(h, days);
        forge_chain(&c, days, cases[i].count);
        if (cases[i].words)
            assert_noticed(&c, cases[i].words);
        else
            assert_valid(&c, 3);
        for (size_t day = 0; day < cases[i].count; day++)
            assert_true(page_of(&c, days[day].day) == !cases[i].words);
        house_tear_down(&other);
    }
}

/* A page remembers how far the chain was whole; its own day it looks at in any case, and what came since. */
static void pages_remember_the_chain(void **state)
{
    struct context c = signed_until(*state, 20261110, 9);
    for (int64_t day = 20261101; day < 20261110; day++)
        assert_true(page_of(&c, day));
    tamper_with(c.h,
                "UPDATE statement SET body = replace(body, '\"waiting\":1', '\"waiting\":2') WHERE day = 20261101");
    assert_false(page_of(&c, 20261101));
    assert_true(page_of(&c, 20261109)); /* remembered, for an hour */
    assert_noticed(&c, "the hash is not that of its body");
    c.today = 20261112;
    house_write(c.h, sign_due, &c);
    assert_int_equal(c.made, 2);
    assert_true(page_of(&c, 20261111));
    tamper_with(c.h, "UPDATE statement SET signature = '00' WHERE day = 20261111");
    assert_false(page_of(&c, 20261111));
    tamper_with(c.h,
                "DELETE FROM statement WHERE day = 20261111"); /* what was remembered is not there: all is read */
    assert_false(page_of(&c, 20261109));
}

int care_statements_test(void)
{
#define STATEMENT(test) cmocka_unit_test_setup_teardown(test, house_set_up, house_tear_down)
    const struct CMUnitTest tests[] = {
        STATEMENT(nothing_received_nothing_signed),
        STATEMENT(days_follow_without_holes),
        STATEMENT(the_body_says_the_figures),
        STATEMENT(an_old_import_begins_400_days_back),
        STATEMENT(tampering_is_noticed),
        STATEMENT(pages_remember_the_chain),
    };
    return cmocka_run_group_tests_name("care/statements", tests, NULL, NULL);
}
