/* SPDX-License-Identifier: Apache-2.0 */
/* Search: what is found, what is not, how it is marked, and that nobody sees another brand's rows. */
#include "house_fixture.h"

int care_search_test(void);

struct found {
    struct search_hit *hits;
    size_t n;
    int64_t next;
};

static struct found find_with(struct care *c, struct search_query query)
{
    struct found f;
    if (!query.limit)
        query.limit = 20;
    DO(c, search_run(tx, c->arena, c->brand, &query, &f.hits, &f.n, &f.next, &e));
    return f;
}

static size_t find(struct care *c, const char *words)
{
    return find_with(c, (struct search_query){.words = str_from(words), .kind = "message"}).n;
}

static void case_and_accents_do_not_matter(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Perché il MODEM non và più? Ｆｕｌｌ");
    hear(c, "2", "Grüße aus Łódź");
    static const char *const yes[] = {"perche", "PERCHÉ", "modem",  "Modem",          "va",          "piu",
                                      "full",   "grusse", "GRÜSSE", "perche\xcc\x81", "modem perche"};
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        if (find(c, yes[i]) != 1)
            fail_msg("“%s” is not found", yes[i]);
    static const char *const no[] = {"mode", "odem", "modems", "perche router", "\"modem il\""};
    for (size_t i = 0; i < COUNT_OF(no); i++)
        if (find(c, no[i]) != 0)
            fail_msg("“%s” is found", no[i]);
}

static void phrases_and_beginnings(void **state)
{
    struct care *c = *state;
    hear(c, "1", "La linea non va da ieri");
    hear(c, "2", "Non va la linea");
    assert_int_equal(find(c, "linea non va"), 2);
    assert_int_equal(find(c, "\"linea non va\""), 1);
    assert_int_equal(find(c, "\"linea non va"), 1); /* the end of the phrase forgotten */
    assert_int_equal(find(c, "lin*"), 2);
    assert_int_equal(find(c, "ier* linea"), 1);
    assert_int_equal(find(c, "*"), 0);
    assert_int_equal(find(c, ""), 0);
    assert_int_equal(find(c, "\"\""), 0);
}

/* Nothing in a query is syntax of the engine, and signs between words are no words. */
static void a_query_is_only_words(void **state)
{
    struct care *c = *state;
    hear(c, "1", "La rete è lenta, AND NOT buona");
    static const char *const same[] = {"rete lenta",   "rete — lenta",   "rete… lenta!", "(rete) lenta)",
                                       "rete^ lenta:", "rete «lenta»",   "rete ' lenta", "rete -lenta",
                                       "body:rete",    "rete\tlenta",    "rete AND NOT", "NEAR(rete",
                                       "rete 😡 lenta", "{rete} + lenta", "rete\\ lenta"};
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        bool strange = strstr(same[i], "body") || strstr(same[i], "NEAR");
        if (find(c, same[i]) != (strange ? 0 : 1))
            fail_msg("“%s” finds %zu", same[i], find(c, same[i]));
    }
    assert_int_equal(find(c, "—"), 0);
    assert_int_equal(find(c, "\xff\xfe"), 0);
    char many[600] = "";
    for (int i = 0; i < 100; i++)
        strcat(many, "rete ");
    assert_int_equal(find(c, many), 1);
}

static void scopes_narrow(void **state)
{
    struct care *c = *state;
    int64_t one = hear(c, "1", "Il modem è rotto");
    take(c, &c->facebook, event_comment(c, "2", "Anche il mio modem"));
    int64_t story = message_now(c, one).conversation_id;
    DO(c, story_need(tx, &c->h->marta, story, STR("Vuole un modem"), &e));
    struct search_query query = {.words = STR("modem")};
    assert_int_equal(find_with(c, query).n, 3);
    query.kind = "need";
    struct found f = find_with(c, query);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.hits[0].kind, "need");
    query.kind = "message";
    query.channel = c->facebook.row.id;
    assert_int_equal(find_with(c, query).n, 1);
    query.channel = 0;
    query.person = message_now(c, one).person_id;
    assert_int_equal(find_with(c, query).n, 1);
    int64_t channels[] = {c->facebook.row.id, c->whatsapp.row.id, c->x.row.id};
    query = (struct search_query){.words = STR("modem"), .channels = channels, .channel_count = 3};
    assert_int_equal(find_with(c, query).n, 2);
    query.channels = &channels[2];
    query.channel_count = 1;
    assert_int_equal(find_with(c, query).n, 0);
    query = (struct search_query){.words = STR("modem"), .kind = "message", .after = one};
    assert_int_equal(find_with(c, query).n, 2);
    query.after = one + 1;
    assert_int_equal(find_with(c, query).n, 1);
}

static bool other_brand_add(struct tx *tx, struct care *c, struct error *e)
{
    struct message m = {.brand_id = c->brand + 1, .id = id_new(), .text = STR("parola segreta b1 kmessage")};
    struct person p = {.brand_id = c->brand + 1, .id = id_new(), .name = STR("Segreta")};
    return message_add(tx, &m, e) && search_message(tx, &m, e) && person_add(tx, &p, e) && search_person(tx, &p, e);
}

static void another_brands_rows_are_never_found(void **state)
{
    struct care *c = *state;
    DO(c, other_brand_add(tx, c, &e));
    assert_int_equal(find_with(c, (struct search_query){.words = STR("segreta")}).n, 0);
    /* words that look like scope are words */
    hear(c, "1", str_cstr(c->arena, str_format(c->arena, "b%lld kneed", (long long)c->brand)));
    assert_int_equal(find(c, "kneed"), 1);
    assert_int_equal(find_with(c, (struct search_query){.words = STR("kneed"), .kind = "need"}).n, 0);
    assert_int_equal(find(c, "kmessage"), 0);
}

static void what_is_gone_or_changed(void **state)
{
    struct care *c = *state;
    int64_t gone = hear(c, "1", "parola ritirata"), changed = hear(c, "1", "parola sbagliata");
    assert_int_equal(find(c, "parola"), 2);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, gone).external_id));
    struct channel_event edit = event_of(c, CHANNEL_EDIT, message_now(c, changed).external_id);
    edit.text = STR("parola giusta");
    take(c, &c->whatsapp, edit);
    assert_int_equal(find(c, "parola"), 1);
    assert_int_equal(find(c, "ritirata"), 0);
    assert_int_equal(find(c, "sbagliata"), 0);
    assert_int_equal(find(c, "giusta"), 1);
}

static void newest_first_page_by_page(void **state)
{
    struct care *c = *state;
    int64_t ids[25];
    for (int i = 0; i < 25; i++)
        ids[i] = hear(c, "1", "molte parole uguali");
    struct search_query query = {.words = STR("uguali"), .kind = "message", .limit = 10};
    int seen = 0;
    for (int page = 0; page < 3; page++) {
        struct found f = find_with(c, query);
        for (size_t i = 0; i < f.n; i++)
            assert_int_equal(f.hits[i].id, ids[24 - seen++]);
        query.before = f.next;
        assert_int_equal(f.next != 0, page < 2);
    }
    assert_int_equal(seen, 25);
}

static const char *marks(struct care *c, const char *words)
{
    struct found f = find_with(c, (struct search_query){.words = str_from(words), .kind = "message"});
    assert_int_equal(f.n, 1);
    char *text = arena_alloc(c->arena, f.hits[0].text.len + 1);
    for (size_t i = 0; i < f.hits[0].text.len; i++) {
        char ch = f.hits[0].text.ptr[i];
        text[i] = ch == '\2' ? '<' : ch == '\3' ? '>' : ch;
    }
    text[f.hits[0].text.len] = '\0';
    return text;
}

static void found_words_are_marked(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Perché “Modem”, modem… e MODEMS? \2finto\3");
    assert_string_equal(marks(c, "modem"), "Perché “<Modem>”, <modem>… e MODEMS? finto");
    assert_string_equal(marks(c, "perche modem*"), "<Perché> “<Modem>”, <modem>… e <MODEMS>? finto");
}

static void a_long_text_is_cut_around_the_find(void **state)
{
    struct care *c = *state;
    char text[3000] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "à parola qualsiasi ");
    strcat(text, "tesoro ");
    for (int i = 0; i < 20; i++)
        strcat(text, "e altre parole ");
    hear(c, "1", text);
    const char *shown = marks(c, "tesoro");
    assert_non_null(strstr(shown, "<tesoro>"));
    assert_true(strncmp(shown, "…", strlen("…")) == 0);
    assert_true(strlen(shown) < 700);
    assert_true(utf8_valid(str_from(shown)));
}

int care_search_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(case_and_accents_do_not_matter),
        CARE_TEST(phrases_and_beginnings),
        CARE_TEST(a_query_is_only_words),
        CARE_TEST(scopes_narrow),
        CARE_TEST(another_brands_rows_are_never_found),
        CARE_TEST(what_is_gone_or_changed),
        CARE_TEST(newest_first_page_by_page),
        CARE_TEST(found_words_are_marked),
        CARE_TEST(a_long_text_is_cut_around_the_find),
    };
    return cmocka_run_group_tests_name("care/search", tests, NULL, NULL);
}
