/* SPDX-License-Identifier: Apache-2.0 */
/* What a network lets us keep only for so long: words, files and names go, the fact stays; what is told again comes
 * back. */
#include "care/keeping.h"

#include "house_fixture.h"
#include "store/shelf.h"

int care_keeping_test(void);

static struct channel kept; /* X, with LinkedIn's terms */

static int kept_set_up(void **state)
{
    if (care_set_up(state) != 0)
        return -1;
    struct care *c = *state;
    kept = *c->x.channel;
    kept.keeping = (struct keeping){.words_hours = 48, .people_hours = 24};
    c->x.channel = &kept;
    return 0;
}
#define KEPT_TEST(function) cmocka_unit_test_setup_teardown(function, kept_set_up, care_tear_down)

static struct channel_event post(struct care *c, const char *author, const char *words)
{
    struct channel_event event = event_comment(c, author, words);
    event.door = STR("reply");
    event.thread_key = str_concat(c->arena, STR("post:"), event.external_id);
    event.author.name = STR("Ada Riva");
    event.author.handle = STR("ada_riva");
    return event;
}

/* So many hours go by since the network told it. */
static void hours_pass(struct care *c, int hours)
{
    tamper(c, str_cstr(c->arena, str_format(c->arena, "UPDATE message SET told_at = told_at - %lld WHERE told_at > 0",
                                            (long long)(hours * HOUR_US))));
    tamper(c,
           str_cstr(c->arena, str_format(c->arena, "UPDATE identity SET told_at = told_at - %lld WHERE told_at > 0",
                                         (long long)(hours * HOUR_US))));
}

static struct keeping_report prune(struct care *c)
{
    struct keeping_report report = {0};
    struct error e = {0};
    if (!keeping_prune(c->h->house, &c->x.row, &kept.keeping, NULL, NULL, &report, &e))
        fail_msg("%s", e.message);
    return report;
}

static size_t found(struct care *c, const char *words)
{
    struct search_found list = {0};
    struct search_query query = {.words = str_from(words), .limit = 10};
    DO(c, search_look(tx, c->arena, c->brand, &query, &list, &e));
    return list.count;
}

static void words_go_and_the_fact_stays(void **state)
{
    struct care *c = *state;
    struct channel_event event = post(c, "7", "Scrivetemi a ada@posta.example, la fibra zoppica");
    int64_t id = take(c, &c->x, event).message, other = hear(c, "39333", "la fibra zoppica");
    struct conversation before = conversation_of_message(c, id);
    assert_true(message_now(c, id).told_at > 0);
    assert_true(message_now(c, other).told_at == 0); /* a network without such terms */
    assert_int_equal(found(c, "zoppica"), 2);
    hours_pass(c, 47);
    assert_int_equal(prune(c).messages, 0);
    hours_pass(c, 1);
    struct keeping_report gone = prune(c);
    assert_int_equal(gone.messages, 1);
    assert_int_equal(prune(c).messages, 0); /* once */
    struct message m = message_now(c, id);
    assert_int_equal(m.text.len, 0);
    assert_true(m.told_at < 0);
    assert_int_equal(m.place, PLACE_WAITING);
    assert_int_equal(m.deleted_at, 0);
    assert_int_equal(found(c, "zoppica"), 1);
    struct conversation now = conversation_of_message(c, id);
    assert_int_equal(now.preview.len, 0);
    assert_int_equal(now.waiting, before.waiting);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload WHERE length(body) > 0"), 1); /* WhatsApp's */
    assert_int_equal(number_of(c, "SELECT count(*) FROM trait WHERE message_id > 0"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM thread WHERE title <> ''"), 0);
    assert_str(message_now(c, other).text, "la fibra zoppica");
    house_is_sound(c);
}

static void told_again_it_stays(void **state)
{
    struct care *c = *state;
    struct channel_event event = post(c, "7", "La fibra zoppica");
    int64_t id = take(c, &c->x, event).message;
    hours_pass(c, 47);
    assert_int_equal(take(c, &c->x, event).duplicates, 1); /* listed again */
    hours_pass(c, 40);
    assert_int_equal(prune(c).messages, 0);
    assert_str(message_now(c, id).text, "La fibra zoppica");
    hours_pass(c, 8);
    assert_int_equal(prune(c).messages, 1);
}

static void told_again_it_comes_back(void **state)
{
    struct care *c = *state;
    struct channel_media media[] = {{.kind = MESSAGE_IMAGE, .url = STR("https://media.example/1.jpg")}};
    struct channel_event event = post(c, "7", "La fibra zoppica");
    event.media = media;
    event.media_count = 1;
    int64_t id = take(c, &c->x, event).message;
    hours_pass(c, 48);
    assert_int_equal(prune(c).messages, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM attachment WHERE state = 'pending'"), 0);
    event.as_of = clock_now();
    assert_int_equal(take(c, &c->x, event).fresh, 1);
    struct message m = message_now(c, id);
    assert_str(m.text, "La fibra zoppica");
    assert_true(m.told_at > 0);
    assert_int_equal(m.edited_at, 0); /* it was not edited */
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 0);
    assert_int_equal(found(c, "zoppica"), 1);
    assert_str(conversation_of_message(c, id).preview, "La fibra zoppica");
    assert_int_equal(number_of(c, "SELECT count(*) FROM attachment WHERE state = 'pending'"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM attachment"), 1);
    assert_int_equal(take(c, &c->x, event).fresh, 0);
    hours_pass(c, 48);
    assert_int_equal(prune(c).messages, 1); /* and goes again */
    assert_int_equal(found(c, "zoppica"), 0);
    house_is_sound(c);
}

static void an_edit_tells_it_anew(void **state)
{
    struct care *c = *state;
    struct channel_event event = post(c, "7", "La fibra zoppica"), edit;
    int64_t id = take(c, &c->x, event).message;
    edit = event_of(c, CHANNEL_EDIT, event.external_id);
    edit.text = STR("La fibra va piano");
    take(c, &c->x, edit);
    hours_pass(c, 48);
    prune(c);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 0); /* nor what was said before */
    edit = event_of(c, CHANNEL_EDIT, event.external_id);
    edit.text = STR("La fibra corre");
    take(c, &c->x, edit);
    assert_str(message_now(c, id).text, "La fibra corre");
    assert_true(message_now(c, id).told_at > 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 0);
    hours_pass(c, 48);
    prune(c);
    take(c, &c->x, event_of(c, CHANNEL_DELETE, event.external_id)); /* a message without words is taken back */
    assert_true(message_now(c, id).deleted_at > 0);
    assert_int_equal(take(c, &c->x, event).fresh, 0);
    assert_int_equal(message_now(c, id).text.len, 0); /* and does not come back */
    house_is_sound(c);
}

static struct person person_now(struct care *c, int64_t id)
{
    struct person person;
    DO(c, person_by_id(tx, c->arena, c->brand, id, &person, &e));
    return person;
}

static void names_go_and_come_back(void **state)
{
    struct care *c = *state;
    int64_t ada = message_now(c, take(c, &c->x, post(c, "900012345", "ciao")).message).person_id;
    /* the registry's X has no such terms: the clock is set by hand, as LinkedIn's would be */
    tamper(c, str_cstr(c->arena, str_format(c->arena, "UPDATE identity SET told_at = %lld", (long long)clock_now())));
    assert_str(person_now(c, ada).name, "Ada Riva");
    hours_pass(c, 23);
    assert_int_equal(prune(c).names, 0);
    take(c, &c->x, post(c, "900012345", "di nuovo")); /* the name is told anew */
    hours_pass(c, 23);
    assert_int_equal(prune(c).names, 0);
    hours_pass(c, 1);
    assert_int_equal(prune(c).names, 1);
    assert_str(person_now(c, ada).name, "X ···2345");
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE name <> '' OR handle <> ''"), 0);
    assert_int_equal(number_of(c, "SELECT count(*) FROM trait"), 0);
    assert_int_equal(found(c, "riva"), 0);
    take(c, &c->x, post(c, "900012345", "rieccomi"));
    assert_str(person_now(c, ada).name, "Ada Riva");
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE told_at > 0 AND handle = 'ada_riva'"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM trait WHERE value = 'hada_riva'"), 1);
    DO(c, person_rename(tx, c->brand, ada, STR("Ada della fibra"), STR("it"), STR(""), 1, &e));
    hours_pass(c, 24);
    assert_int_equal(prune(c).names, 1);
    assert_str(person_now(c, ada).name, "Ada della fibra"); /* a colleague's word */
    house_is_sound(c);
}

int care_keeping_test(void)
{
    const struct CMUnitTest tests[] = {KEPT_TEST(words_go_and_the_fact_stays), KEPT_TEST(told_again_it_stays),
                                       KEPT_TEST(told_again_it_comes_back), KEPT_TEST(an_edit_tells_it_anew),
                                       KEPT_TEST(names_go_and_come_back)};
    return cmocka_run_group_tests_name("care/keeping", tests, NULL, NULL);
}
