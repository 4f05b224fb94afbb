/* SPDX-License-Identifier: Apache-2.0 */
/* An index made anew finds what the old one found, and takes back what is taken back. */
#include "care/search_rebuild.h"
#include "house_fixture.h"

int care_search_rebuild_test(void);

static size_t find(struct care *c, const char *words)
{
    struct search_query query = {.words = str_from(words), .limit = 20};
    struct search_hit *hits;
    size_t n;
    int64_t next;
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    return n;
}

/* On PostgreSQL it is asked over HTTP (tests/http/moves.test.mjs). */
static void index_lose(struct care *c)
{
    if (*c->h->database) {
        print_message("skipped: an index is lost on SQLite only\n");
        skip();
    }
    tamper(c, "INSERT INTO search (search) VALUES ('delete-all')");
    assert_int_equal(find(c, "modem"), 0);
}

static bool count_up(void *ctx, int64_t done, int64_t total)
{
    int64_t *last = ctx;
    assert_true(done >= *last && total == 0);
    *last = done;
    return true;
}

static bool give_up(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    (void)total;
    return done == 0;
}

static void an_index_made_anew_finds_the_same(void **state)
{
    struct care *c = *state;
    struct error why = {0};
    int64_t last = 0;
    int64_t id = hear(c, "1", "Il modem è spento"), story = message_now(c, id).conversation_id;
    hear(c, "2", "Il modem è acceso");
    int64_t gone = hear(c, "3", "Il modem è rotto");
    {
        struct message rotten = message_now(c, gone);
        DO(c, search_message_gone(tx, &rotten, &e) && message_set_deleted(tx, c->brand, gone, 5, &e));
    }
    DO(c, story_need(tx, &c->h->marta, story, STR("cambiare il modem"), &e));
    index_lose(c);
    assert_true(search_rebuild(c->h->house->db, count_up, &last, &why));
    assert_true(last > 0);
    assert_int_equal(find(c, "modem"), 3); /* two messages and a need */
    assert_int_equal(find(c, "rotto"), 0);
    assert_int_equal(find(c, "cambiare"), 1);
    assert_true(search_rebuild(c->h->house->db, NULL, NULL, &why)); /* nothing twice */
    assert_int_equal(find(c, "modem"), 3);
    struct message m = message_now(c, id);
    DO(c, search_message_gone(tx, &m, &e));
    assert_int_equal(find(c, "spento"), 0);
    assert_int_equal(find(c, "modem"), 2);
}

static void it_can_be_given_up(void **state)
{
    struct care *c = *state;
    struct error why = {0};
    hear(c, "1", "Il modem è spento");
    index_lose(c);
    assert_false(search_rebuild(c->h->house->db, give_up, NULL, &why));
    assert_int_equal(why.code, ERR_UNAVAILABLE);
}

static void more_than_a_page(void **state)
{
    struct care *c = *state;
    struct error why = {0};
    int64_t last = 0;
    hear(c, "1", "Il modem è spento");
    tamper(
        c,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "INSERT INTO person SELECT brand_id, i, 'Persona' || i, language, place, note, since, last_at, merged_into "
        "FROM person, n WHERE id = (SELECT max(id) FROM person)");
    index_lose(c);
    assert_true(search_rebuild(c->h->house->db, count_up, &last, &why));
    for (int i = 1; i <= 2500; i += 833) {
        char words[32];
        snprintf(words, sizeof words, "persona%d", i);
        assert_int_equal(find(c, words), 1);
    }
    assert_int_equal(find(c, "persona2500"), 1);
    assert_int_equal(find(c, "persona2501"), 0);
}

int care_search_rebuild_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(an_index_made_anew_finds_the_same),
        CARE_TEST(it_can_be_given_up),
        CARE_TEST(more_than_a_page),
    };
    return cmocka_run_group_tests_name("care/search_rebuild", tests, NULL, NULL);
}
