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

static void elisions_are_left_out(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Dov’è l’ordine di ieri?");
    hear(c, "1", "Il numero dell'ordine, per favore");
    hear(c, "1", "Non ho un ordine");
    static const char *const same[] = {"ordine", "l'ordine", "L’ORDINE", "dell’ordine ordine", "l'ordine*"};
    static const size_t found[] = {3, 3, 3, 1, 3};
    for (size_t i = 0; i < COUNT_OF(same); i++)
        if (find(c, same[i]) != found[i])
            fail_msg("“%s” is not found %zu times", same[i], found[i]);
    assert_int_equal(find(c, "\"l'ordine\""), 1);
    assert_int_equal(find(c, "l"), 1); /* a letter alone is a word */
    assert_int_equal(find(c, "l'"), 1);
}

/* ---- long histories ---- */

static bool past_add(struct tx *tx, struct care *c, int64_t like, int64_t ago, const char *words, struct error *e)
{
    struct message m;
    if (!message_by_id(tx, c->arena, c->brand, like, &m, e))
        return false;
    m.at = c->clock - ago;
    m.id = id_at(m.at);
    m.external_id = STR_EMPTY;
    m.text = str_from(words);
    return message_add(tx, &m, e) && search_message(tx, &m, e);
}

static struct search_found look(struct care *c, struct search_query query)
{
    struct search_found found;
    DO(c, search_look(tx, c->arena, c->brand, &query, &found, &e));
    return found;
}

/* All pages one after the other: the ids, newest first. */
static size_t pages(struct care *c, struct search_query query, int64_t *ids, size_t room, size_t *stops)
{
    size_t n = 0;
    *stops = 0;
    for (;;) {
        struct search_found found = look(c, query);
        for (size_t i = 0; i < found.count && n < room; i++)
            ids[n++] = found.hits[i].id;
        *stops += found.until != 0;
        assert_true(found.until == 0 || found.next != 0);
        if (!found.next)
            return n;
        assert_true(query.before == 0 || found.next < query.before);
        query.before = found.next;
    }
}

static void a_search_that_took_too_long_goes_on(void **state)
{
    struct care *c = *state;
    int64_t like = hear(c, "1", "oggi"), ids[100];
    size_t stops;
    for (int i = 0; i < 40; i++)
        DO(c, past_add(tx, c, like, (1 + i) * 5 * HOUR_US, i % 2 ? "raro caso" : "comune cosa", &e));
    struct search_query query = {.words = STR("raro"), .kind = "message", .limit = 7};
    assert_int_equal(pages(c, query, ids, COUNT_OF(ids), &stops), 20);
    assert_int_equal(stops, 0);
    query.time_us = 1;
    query.after = id_at(c->clock - 300 * HOUR_US); /* each page is 70 minutes now */
    assert_int_equal(pages(c, query, ids, COUNT_OF(ids), &stops), 20);
    assert_true(stops > 0 || !*c->h->database); /* one question is one span on SQLite */
    for (int i = 1; i < 20; i++)
        assert_true(ids[i] < ids[i - 1]);
    query.words = STR("ra*");
    assert_int_equal(pages(c, query, ids, COUNT_OF(ids), &stops), 20);
    query.words = STR("assente");
    struct search_found found = look(c, query);
    assert_int_equal(found.count, 0);
    assert_true(!*c->h->database || (found.until < c->clock && found.until > c->clock - 5 * DAY_US && found.next));
    query.time_us = 0;
    query.after = 0;
    found = look(c, query);
    assert_true(found.next == 0 && found.until == 0);
}

static void a_beginning_that_few_have(void **state)
{
    struct care *c = *state;
    int64_t like = hear(c, "1", "oggi"), ids[1500];
    size_t stops;
    for (int i = 0; i < 400; i++)
        DO(c, past_add(tx, c, like, i * HOUR_US,
                       i % 100 == 99 ? "zucca gialla"
                       : i % 3       ? "mela rossa"
                                     : "melone verde",
                       &e));
    struct search_query query = {.words = STR("zuc*"), .kind = "message", .limit = 3};
    assert_int_equal(pages(c, query, ids, COUNT_OF(ids), &stops), 4);
    query.words = STR("mel*");
    query.limit = 100;
    assert_int_equal(pages(c, query, ids, COUNT_OF(ids), &stops), 396);
    query.words = STR("ver* melo*");
    assert_int_equal(pages(c, query, ids, COUNT_OF(ids), &stops), 132);
}

static void the_best_come_first(void **state)
{
    struct care *c = *state;
    hear(c, "1",
         "Il modem di casa si spegne e non so che altro dire, la linea della luce invece funziona sempre bene");
    int64_t near = hear(c, "1", "Modem e linea");
    hear(c, "1", "Ho chiamato per la linea, poi per la bolletta, poi per il contratto e infine per il modem nuovo");
    struct search_query query = {
        .words = STR("modem linea"), .kind = "message", .limit = 2, .best = true, .time_us = 10 * SECOND_US};
    struct search_found found = look(c, query);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.hits[0].id, near);
    assert_false(found.of_newest);
    assert_int_equal(found.next, 0);
    for (int i = 0; i < SEARCH_RANKED; i++)
        DO(c, past_add(tx, c, near, (1 + i) * HOUR_US, "modem e poi tante altre parole prima di dire linea", &e));
    found = look(c, query);
    assert_true(found.of_newest && found.next && found.until == 0);
    assert_int_equal(found.hits[0].id, near);
    query.before = found.next;
    found = look(c, query);
    assert_int_equal(found.count, 2);
    assert_false(found.of_newest);
}

static bool label_put(struct tx *tx, struct care *c, int64_t label, int64_t message, struct error *e)
{
    struct message m;
    return message_by_id(tx, c->arena, c->brand, message, &m, e) &&
           conversation_label_set(tx, c->brand, m.conversation_id, label, true, e);
}

static bool outbound_only(void *ctx, const struct search_hit *hit)
{
    ++*(size_t *)ctx;
    return hit->message.outbound;
}

static void labels_and_wishes(void **state)
{
    struct care *c = *state;
    int64_t label = id_new(), other = id_new(), none = id_new(), last = 0, first = 0;
    DO(c, label_add(tx, c->brand, label, STR("rari"), 1, &e) && label_add(tx, c->brand, other, STR("molti"), 1, &e));
    for (int i = 0; i < 60; i++) {
        char author[16];
        snprintf(author, sizeof author, "%d", i);
        last = hear(c, author, "stessa parola");
        first = first ? first : last;
        if (i % 3)
            DO(c, label_put(tx, c, other, last, &e));
    }
    DO(c, label_put(tx, c, label, first, &e));
    struct search_query query = {.words = STR("parola"), .kind = "said", .limit = 50, .label = label};
    struct search_found found = look(c, query);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.hits[0].id, first);
    query.label = other;
    assert_int_equal(look(c, query).count, 40);
    query.label = none;
    assert_int_equal(look(c, query).count, 0);
    size_t asked = 0;
    query = (struct search_query){
        .words = STR("parola"), .kind = "said", .limit = 5, .wanted = outbound_only, .ctx = &asked};
    found = look(c, query);
    assert_int_equal(found.count, 0);
    assert_int_equal(asked, 60);
    assert_int_equal(found.next, 0);
}

static void people_are_found_by_name(void **state)
{
    struct care *c = *state;
    int64_t one = message_now(c, hear(c, "1", "Marta Bellucci? No, Marta non c'è")).person_id;
    int64_t two = message_now(c, hear(c, "2", "altro")).person_id;
    DO(c, person_rename(tx, c->brand, one, STR("Nicolò Zuccarelli"), STR("it"), STR_EMPTY, 0, &e) &&
              person_rename(tx, c->brand, two, STR("Niccolò D’Amico"), STR("it"), STR_EMPTY, 0, &e));
    struct search_query query = {.words = STR("nic*"), .kind = "person"};
    assert_int_equal(find_with(c, query).n, 2);
    query.words = STR("NICOLO");
    assert_int_equal(find_with(c, query).n, 1);
    query.words = STR("d'amico");
    assert_int_equal(find_with(c, query).n, 1);
    query.words = STR("marta");
    assert_int_equal(find_with(c, query).n, 0);
    query.kind = NULL;
    assert_int_equal(find_with(c, query).n, 1);
    query.words = STR("zuccarelli");
    struct found f = find_with(c, query);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.hits[0].kind, "person");
    query.kind = "said";
    assert_int_equal(find_with(c, query).n, 0);
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
        CARE_TEST(elisions_are_left_out),
        CARE_TEST(a_search_that_took_too_long_goes_on),
        CARE_TEST(a_beginning_that_few_have),
        CARE_TEST(the_best_come_first),
        CARE_TEST(labels_and_wishes),
        CARE_TEST(people_are_found_by_name),
    };
    return cmocka_run_group_tests_name("care/search", tests, NULL, NULL);
}
