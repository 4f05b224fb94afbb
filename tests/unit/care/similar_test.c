/* SPDX-License-Identifier: Apache-2.0 */
/* Is this reply written for the person? */
#include "house_fixture.h"

#include "care/similar.h"

int care_similar_test(void);

static const char standard[] =
    "Buongiorno %s, ci scusiamo per il disagio: il guasto della zona è noto e i tecnici sono "
    "al lavoro. La linea torna entro la sera.";

static bool told(struct tx *tx, struct care *c, int64_t person, const char *name, struct error *e)
{
    struct message m = {.brand_id = c->brand, .id = id_new(), .person_id = person};
    m.text = str_format(tx_arena(tx), standard, name);
    return similar_remember(tx, &m, e);
}

static struct similar like(struct care *c, int64_t person, struct str text)
{
    struct similar out = {0};
    DO(c, similar_find(tx, c->arena, c->brand, person, text, &out, &e));
    return out;
}

static void the_same_words_to_others_are_counted(void **state)
{
    struct care *c = *state;
    static const char *const names[] = {"Anna", "Bruno", "Carla Rossi", "Dario"};
    for (int i = 0; i < 4; i++)
        for (int twice = 0; twice < 2; twice++) /* told twice is one person */
            DO(c, told(tx, c, 10 + i, names[i], &e));
    struct similar s = like(c, 99, str_format(c->arena, standard, "Elena"));
    assert_int_equal(s.people, 4);
    assert_true(s.message_id > 0);
    assert_int_equal(like(c, 10, str_format(c->arena, standard, "Anna")).people, 3); /* others, not oneself */
    s = like(c, 99,
             STR("ci scusiamo per il DISAGIO, il guasto della zona è noto e i tecnici sono al lavoro: la linea "
                 "torna entro la sera!"));
    assert_int_equal(s.people, 4); /* signs and capitals do not make it another text */
}

static void other_words_are_not(void **state)
{
    struct care *c = *state;
    DO(c, told(tx, c, 10, "Anna", &e));
    assert_int_equal(like(c, 99,
                          STR("Signora Elena, ho visto la sua fattura di ottobre: il rimborso parte oggi e "
                              "arriva sul conto in tre giorni."))
                         .people,
                     0);
    /* a common beginning is not the whole */
    assert_int_equal(like(c, 99,
                          STR("Buongiorno Elena, ci scusiamo per il disagio: la fattura di ottobre era doppia, "
                              "ho tolto la seconda e le rimando il conto giusto domani mattina via posta."))
                         .people,
                     0);
    assert_int_equal(like(c, 99, STR("Grazie a lei")).people, 0); /* too short to say */
    assert_int_equal(like(c, 99, STR("")).people, 0);
}

static void other_brands_do_not_count(void **state)
{
    struct care *c = *state;
    struct similar s;
    DO(c, told(tx, c, 10, "Anna", &e));
    struct str text = str_format(c->arena, standard, "Anna");
    DO(c, similar_find(tx, c->arena, c->brand + 1, 99, text, &s, &e));
    assert_int_equal(s.people, 0);
}

static void hundreds_are_counted_quickly(void **state)
{
    struct care *c = *state;
    int64_t begun = clock_monotonic();
    struct tx *tx = care_begin(c);
    struct error why = {0};
    for (int i = 0; i < 450; i++)
        assert_true(told(tx, c, 1000 + i, "Anna", &why));
    care_end(c, true);
    assert_int_equal(like(c, 99, str_format(c->arena, standard, "Anna")).people, 450);
    assert_true(clock_monotonic() - begun < 20 * SECOND_US);
}

/* Only what the network accepted is remembered: what was taken back was told to nobody. */
static void a_reply_counts_when_it_is_accepted(void **state)
{
    struct care *c = *state;
    int64_t id = message_now(c, hear(c, "1", "Non va")).conversation_id;
    listen_to(c, id);
    struct str text = str_format(c->arena, standard, "Anna");
    int64_t reply = answer(c, id, str_cstr(c->arena, text));
    assert_int_equal(like(c, 99, text).people, 0);
    accept_reply(c, reply, "w1");
    assert_int_equal(like(c, 99, text).people, 1);
}

int care_similar_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(the_same_words_to_others_are_counted),
        CARE_TEST(other_words_are_not),
        CARE_TEST(other_brands_do_not_count),
        CARE_TEST(hundreds_are_counted_quickly),
        CARE_TEST(a_reply_counts_when_it_is_accepted),
    };
    return cmocka_run_group_tests_name("care/similar", tests, NULL, NULL);
}
