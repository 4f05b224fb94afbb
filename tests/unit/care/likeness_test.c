/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be the same, and why; false friends; denied for good; joined and parted with what came in between. */
#include "care/likeness.h"

#include "house_fixture.h"

int care_likeness_test(void);

/* ---- what people say of themselves ---- */

static const struct {
    const char *text, *says; /* values and aims, in their order */
} texts[] = {
    {"", ""},
    {"La linea non va da ieri", ""},
    {"Il mio numero è +39 333 000 0001, grazie", "p393330000001 "},
    {"+39-333-000.0002", "p393330000002 "},
    {"chiamate 0039 (333) 0000003.", "p393330000003 "},
    {"call +44 (0)20 7946 0004", "p442079460004 "},
    {"+39 (0)6 1234567", "p39061234567 "}, /* in Italy the nought is dialled from everywhere */
    {"+39\u00a0333\u202f000\u20110005 è il mio", "p393330000005 "},
    {"Scrivete a Ada.Riva+Negozio@Posta.example", "eada.riva@posta.example "},
    {"+39 333", ""},                    /* not a whole number */
    {"+3933300000012345678", ""},       /* nor is this */
    {"333 0000001", ""},                /* of which country? */
    {"fattura 2020001234567", ""},      /* 00 within a number */
    {"ordine n. A+39333000000199", ""}, /* within a word */
    {"+0391234567", ""},                /* no country begins so */
    {"scrivetemi a Ada.Riva@Posta.example, per favore", "eada.riva@posta.example "},
    {"<ada@posta.example>", "eada@posta.example "},
    {"ada@posta", ""},
    {"@ada@social.example", ""},
    {"a@b@posta.example", ""},
    {"ada@posta.e1", ""},
    {"sono @ada_riva su X", "hada_riva x "},
    {"I'm @ada_riva on Telegram!", "hada_riva telegram "},
    {"I\xE2\x80\x99m @Ada on twitter", "hada x "},
    {"su facebook sono @ada.riva", "hada.riva facebook "},
    {"non sono @ada_riva su X", ""},
    {"di' a @marco su X che aspetto", ""},
    {"sono @ada_riva", ""},                     /* where? */
    {"sono @ada_riva. Su X non va niente", ""}, /* another sentence */
    {"sono @ada_riva online", ""},
    {"+39 333 000 0001 o +39 333 000 0001 o ada@posta.example", "p393330000001 eada@posta.example "},
};

static void what_a_text_says(void **state)
{
    struct care *c = *state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct trait out[LIKENESS_SAID];
        size_t n = likeness_read(c->arena, str_from(texts[i].text), out);
        struct str got = STR_EMPTY;
        for (size_t k = 0; k < n; k++)
            got = str_format(c->arena, "%.*s%.*s %.*s%s", STR_ARGS(got), STR_ARGS(out[k].value), STR_ARGS(out[k].aim),
                             out[k].aim.len ? " " : "");
        if (!str_eq(got, str_from(texts[i].says)))
            fail_msg("“%s” says “%.*s”, not “%s”", texts[i].text, STR_ARGS(got), texts[i].says);
    }
}

/* ---- suggestions ---- */

static struct channel_author who(const char *id, const char *handle, const char *phone)
{
    return (struct channel_author){
        .external_id = str_from(id), .handle = str_from(handle), .phone = str_from(phone), .name = str_from(id)};
}

static int64_t writes(struct care *c, const struct account *account, struct channel_author author, const char *words)
{
    struct channel_event event = event_direct(c, "nobody", words);
    event.author = author;
    event.thread_key = str_concat(c->arena, STR("dm:"), author.external_id);
    event.door = STR("dm");
    return message_now(c, take(c, account, event).message).person_id;
}

static bool suggested(struct tx *tx, struct care *c, int64_t person, struct likeness_person **out, size_t *n,
                      struct error *e)
{
    struct channel_row *rows;
    size_t count;
    return channel_row_list(tx, c->arena, c->brand, true, &rows, &count, e) &&
           likeness_suggest(tx, c->arena, c->brand, person, rows, count, out, n, e);
}

/* "<name>: <why> <value>, …; " for each who is suggested. */
static struct str alike(struct care *c, int64_t person)
{
    struct likeness_person *list;
    size_t n;
    struct str all = STR_EMPTY;
    DO(c, suggested(tx, c, person, &list, &n, &e));
    for (size_t i = 0; i < n; i++) {
        all = str_format(c->arena, "%.*s%.*s:", STR_ARGS(all), STR_ARGS(list[i].name));
        for (size_t k = 0; k < list[i].count; k++)
            all = str_format(c->arena, "%.*s %s %.*s%s", STR_ARGS(all), list[i].reasons[k].why,
                             STR_ARGS(list[i].reasons[k].value), list[i].reasons[k].by_other ? " (they)" : "");
        all = str_concat(c->arena, all, STR(";"));
    }
    return all;
}

static void the_same_number_and_name(void **state)
{
    struct care *c = *state;
    int64_t ada = writes(c, &c->whatsapp, who("393330000001", "", "393330000001"), "ciao");
    int64_t x = writes(c, &c->x, who("7", "Ada_Riva", ""), "ciao");
    assert_str(alike(c, ada), "");
    int64_t fb = writes(c, &c->facebook, who("9", "ada_riva", "393330000001"), "ciao");
    assert_str(alike(c, ada), "9: same_phone +393330000001;");
    assert_str(alike(c, x), "9: same_handle @ada_riva;");
    assert_str(alike(c, fb), "393330000001: same_phone +393330000001;7: same_handle @ada_riva;");
}

static void they_say_so_themselves(void **state)
{
    struct care *c = *state;
    int64_t x = writes(c, &c->x, who("7", "ada", ""), "ciao");
    int64_t fb = writes(c, &c->facebook, who("9", "", ""), "sono @Ada su X, il mio numero è +39 333 000 0001");
    assert_str(alike(c, fb), "7: said_handle @ada;");
    assert_str(alike(c, x), "9: said_handle @ada (they);");
    int64_t wa = writes(c, &c->whatsapp, who("393330000001", "", "393330000001"), "ciao");
    assert_str(alike(c, wa), "9: said_phone +393330000001 (they);");
    int64_t other = writes(c, &c->facebook, who("10", "ada", ""), "sono @ada su Telegram");
    assert_str(alike(c, other), ""); /* not there; and the name is too short to tell by itself */
    int64_t one = writes(c, &c->facebook, who("11", "", ""), "scrivetemi a ada@posta.example");
    writes(c, &c->x, who("12", "", ""), "la mia e-mail: ADA@posta.example");
    assert_str(alike(c, one), "12: said_email ada@posta.example;");
}

static void words_that_are_gone_tell_nothing(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_direct(c, "9", "il mio numero: +39 333 000 0001");
    int64_t wa = writes(c, &c->facebook, who("8", "", "393330000001"), "ciao");
    int64_t m = take(c, &c->whatsapp, event).message;
    assert_str(alike(c, wa), "9: said_phone +393330000001 (they);");
    struct channel_event edit = event_of(c, CHANNEL_EDIT, event.external_id);
    edit.text = STR("il mio numero: +39 333 000 0002");
    take(c, &c->whatsapp, edit);
    assert_str(alike(c, wa), "");
    assert_int_equal(number_of(c, "SELECT count(*) FROM trait WHERE message_id <> 0"), 1);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, m).external_id));
    assert_int_equal(number_of(c, "SELECT count(*) FROM trait WHERE message_id <> 0"), 0);
}

static void false_friends(void **state)
{
    struct care *c = *state;
    int64_t one = writes(c, &c->facebook, who("1", "assistenza", ""), "info@ditta.example");
    writes(c, &c->x, who("2", "assistenza", ""), "info@ditta.example");
    assert_str(alike(c, one), ""); /* an office, a name that says nothing */
    one = writes(c, &c->facebook, who("3", "marco", ""), "ciao");
    writes(c, &c->x, who("4", "marco", ""), "ciao");
    assert_str(alike(c, one), ""); /* short */
    one = writes(c, &c->facebook, who("5", "marco.bianchi", ""), "ciao");
    writes(c, &c->facebook, who("6", "marco.bianchi", ""), "ciao");
    assert_str(alike(c, one), ""); /* on the same network: the name was given on */
    for (int i = 0; i < 5; i++)
        one = writes(c, &c->x, who(str_cstr(c->arena, str_format(c->arena, "2%d", i)), "", ""), "+39 06 1234567");
    assert_str(alike(c, one), ""); /* a switchboard's */
    tamper(
        c,
        "UPDATE channel SET account = '390600000009', settings = '{\"username\":\"nuvola_it\"}' WHERE network = 'x'");
    one = writes(c, &c->facebook, who("30", "nuvola_it", ""), "sono +390600000009");
    writes(c, &c->whatsapp, who("31", "nuvola_it", "390600000009"), "ciao");
    assert_str(alike(c, one), ""); /* ours */
}

static void a_new_name_takes_the_place_of_the_old(void **state)
{
    struct care *c = *state;
    int64_t one = writes(c, &c->facebook, who("1", "ada_riva", ""), "ciao");
    writes(c, &c->x, who("2", "ada_riva", ""), "ciao");
    assert_str(alike(c, one), "2: same_handle @ada_riva;");
    writes(c, &c->x, who("2", "bea_conti", ""), "ho un nome nuovo");
    assert_str(alike(c, one), "");
}

/* ---- denied, joined, parted ---- */

static void denied_for_good(void **state)
{
    struct care *c = *state;
    int64_t merge, one = writes(c, &c->facebook, who("1", "ada_riva", "393330000001"), "ciao");
    int64_t two = writes(c, &c->x, who("2", "ada_riva", "393330000001"), "ciao");
    int64_t three = writes(c, &c->whatsapp, who("3", "", ""), "ciao");
    assert_str(alike(c, one), "2: same_phone +393330000001 same_handle @ada_riva;");
    REFUSED(c, ERR_BAD_INPUT, likeness_deny(tx, c->brand, one, one, 1, &e));
    REFUSED(c, ERR_NOT_FOUND, likeness_deny(tx, c->brand, one, 5, 1, &e));
    DO(c, likeness_deny(tx, c->brand, one, two, c->h->marta.agent_id, &e));
    DO(c, likeness_deny(tx, c->brand, one, two, c->h->marta.agent_id, &e)); /* twice is once */
    assert_str(alike(c, one), "");
    assert_str(alike(c, two), "");
    writes(c, &c->x, who("2", "ada_riva", "393330000001"), "e anche ada@posta.example");
    writes(c, &c->facebook, who("1", "ada_riva", "393330000001"), "ada@posta.example");
    assert_str(alike(c, one), ""); /* nor for another reason */
    DO(c, person_merge(tx, c->brand, two, three, 1, &merge, &e));
    assert_str(alike(c, one), ""); /* nor as part of somebody else */
    assert_str(alike(c, three), "");
    DO(c, person_unmerge(tx, c->brand, merge, 1, &e));
    assert_str(alike(c, two), "");
}

/* The network tells another id of somebody while they are joined: parted, both ids go where they belong. */
static void what_came_in_between_is_not_lost(void **state)
{
    struct care *c = *state;
    int64_t merge, two = writes(c, &c->whatsapp, who("393330000001", "", "393330000001"), "ciao");
    int64_t one = writes(c, &c->facebook, who("1", "ada_riva", "393330000001"), "ciao");
    DO(c, person_merge(tx, c->brand, two, one, 1, &merge, &e));
    assert_str(alike(c, one), "");
    struct channel_author author = who("393330000001", "", "393330000001");
    author.also_known_as = STR("user.7");
    assert_int_equal(writes(c, &c->whatsapp, author, "ho anche un altro nome"), one);
    assert_int_equal(writes(c, &c->whatsapp, who("user.7", "", ""), "da qui"), one);
    assert_int_equal(writes(c, &c->facebook, who("1", "ada_riva", "393330000001"), "e da qui"), one);
    DO(c, person_unmerge(tx, c->brand, merge, 1, &e));
    assert_int_equal(writes(c, &c->whatsapp, who("user.7", "", ""), "di nuovo"), two);
    assert_int_equal(writes(c, &c->whatsapp, who("393330000001", "", ""), "di nuovo"), two);
    assert_int_equal(writes(c, &c->facebook, who("1", "ada_riva", ""), "di nuovo"), one);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message m JOIN identity i ON i.external_id = m.author_id AND "
                                  "i.person_id <> m.person_id"),
                     0);
    assert_str(alike(c, one), "393330000001: same_phone +393330000001;");
    house_is_sound(c);
}

int care_likeness_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(what_a_text_says),       CARE_TEST(the_same_number_and_name),
        CARE_TEST(they_say_so_themselves), CARE_TEST(words_that_are_gone_tell_nothing),
        CARE_TEST(false_friends),          CARE_TEST(a_new_name_takes_the_place_of_the_old),
        CARE_TEST(denied_for_good),        CARE_TEST(what_came_in_between_is_not_lost)};
    return cmocka_run_group_tests_name("care/likeness", tests, NULL, NULL);
}
