/* SPDX-License-Identifier: Apache-2.0 */
/* Letters and codes without a mail server: what an address is, when it is night, a letter's life, a code's five
 * tries, and the address that ends notices. */
#include "care/letters.h"

#include "care/follows.h"
#include "care/letter_codes.h"
#include "house_fixture.h"
#include "store/guest.h"

int care_letters_test(void);

static void addresses(void **state)
{
    const struct care *c = *state;
    static const struct {
        const char *typed, *address; /* NULL: it is none */
    } expected[] = {{"Marta@Posta.Example", "marta@posta.example"},
                    {"  a.b+c@d.example \n", "a.b+c@d.example"},
                    {"perché@posta.example", "perché@posta.example"},
                    {"", NULL},
                    {"marta", NULL},
                    {"marta@", NULL},
                    {"@posta.example", NULL},
                    {"marta@posta", NULL},
                    {"marta@.example.", NULL},
                    {"a@b@c.example", NULL},
                    {"a b@c.example", NULL},
                    {"<a@b.example>", NULL},
                    {"a@b.example,c@d.example", NULL},
                    {"-oX@b.example", NULL},
                    {"a@b.example\r\nBcc: c@d.example", NULL}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct str address;
        bool is = code_address(c->arena, str_from(expected[i].typed), &address);
        if (is != (expected[i].address != NULL) || (is && !str_eq(address, str_from(expected[i].address))))
            fail_msg("“%s”", expected[i].typed);
    }
}

static void numbers(void **state)
{
    const struct care *c = *state;
    static const struct {
        const char *typed, *number; /* NULL: it is none */
    } expected[] = {{"+39 347 555.00-11", "+393475550011"},
                    {"0039 (347) 5550011\n", "+393475550011"},
                    {"+12345678", "+12345678"},
                    {"+123456789012345", "+123456789012345"},
                    {"", NULL},
                    {"+", NULL},
                    {"00", NULL},
                    {"3475550011", NULL},
                    {"+1234567", NULL},
                    {"+1234567890123456", NULL},
                    {"+0393475550011", NULL},
                    {"+39347+5550011", NULL},
                    {"+39347555001a", NULL},
                    {"+39347٥550011", NULL},
                    {"marta@posta.example", NULL}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct str number;
        bool is = code_number(c->arena, str_from(expected[i].typed), &number);
        if (is != (expected[i].number != NULL) || (is && !str_eq(number, str_from(expected[i].number))))
            fail_msg("“%s”", expected[i].typed);
    }
}

static int64_t at(const char *iso)
{
    int64_t moment;
    assert_true(clock_parse_iso(str_from(iso), &moment));
    return moment;
}

static void nights(void **state)
{
    (void)state;
    static const struct {
        const char *now, *until; /* NULL: it is day */
    } expected[] = {{"2026-11-23T12:00:00Z", NULL},
                    {"2026-11-23T20:59:59Z", NULL}, /* 21:59 in Rome */
                    {"2026-11-23T21:00:00Z", "2026-11-24T07:00:00Z"},
                    {"2026-11-23T22:59:00Z", "2026-11-24T07:00:00Z"},
                    {"2026-11-23T23:30:00Z", "2026-11-24T07:00:00Z"}, /* after midnight */
                    {"2026-11-24T06:59:59Z", "2026-11-24T07:00:00Z"},
                    {"2026-11-24T07:00:00Z", NULL},
                    {"2026-12-31T22:30:00Z", "2027-01-01T07:00:00Z"},
                    {"2026-10-24T21:30:00Z", "2026-10-25T07:00:00Z"}}; /* the clock goes back in between */
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        int64_t until = expected[i].until ? at(expected[i].until) : 0;
        if (follow_night_until(at(expected[i].now), "Europe/Rome") != until)
            fail_msg("%s", expected[i].now);
    }
}

/* ---- a letter's life ---- */

static int64_t queue(struct care *c)
{
    struct json *about = json_object(c->arena);
    json_set_str(c->arena, about, "code", STR("123456"));
    struct letter_order order = {.brand_id = c->brand,
                                 .channel_id = c->x.row.id,
                                 .kind = LETTER_CODE,
                                 .language = STR("it"),
                                 .to = STR("marta@posta.example"),
                                 .about = about,
                                 .until_at = clock_now() + MINUTE_US};
    struct letter *list;
    size_t count;
    DO(c, letter_queue(tx, c->h->house, &order, &e));
    DO(c, letter_due(tx, c->arena, c->brand, tx_now(tx), 10, &list, &count, &e));
    assert_int_equal(count, 1);
    return list[0].id;
}

static struct letter take_it(struct care *c, int64_t id, bool expected)
{
    struct letter letter;
    bool claimed;
    DO(c, letter_claim(tx, c->arena, c->brand, id, 7, &letter, &claimed, &e));
    assert_int_equal(claimed, expected);
    return letter;
}

static bool is_there(struct care *c, int64_t id)
{
    struct letter letter;
    struct error here = {0};
    bool there = false;
    DO(c, (there = letter_by_id(tx, c->arena, c->brand, id, &letter, &here), true));
    return there;
}

static void a_letter_goes_once(void **state)
{
    struct care *c = *state;
    struct outcome fine = {.kind = OUTCOME_ACCEPTED};
    int64_t id = queue(c);
    struct letter letter = take_it(c, id, true);
    struct str to;
    const struct json *about;
    struct error why = {0};
    assert_true(str_find(letter.content, STR("marta")) < 0); /* sealed */
    assert_true(letter_open(c->arena, c->h->house, &letter, &to, &about, &why));
    assert_true(str_eq(to, STR("marta@posta.example")));
    assert_true(str_eq(json_text(json_get(about, "code")), STR("123456")));
    take_it(c, id, false); /* by nobody else while it is under way */
    DO(c, letter_ended(tx, &letter, &fine, false, &e));
    assert_false(is_there(c, id));
    DO(c, letter_ended(tx, &letter, &fine, false, &e)); /* told twice */
}

static void what_nobody_knows_is_not_sent_again(void **state)
{
    struct care *c = *state;
    struct outcome lost = {.kind = OUTCOME_FAILED, .failure = FAILURE_TRANSIENT};
    bool any;
    int64_t id = queue(c);
    struct letter letter = take_it(c, id, true);
    DO(c, letter_ended(tx, &letter, &lost, true, &e));
    assert_false(is_there(c, id));
    id = queue(c); /* and one of a node that died in between */
    take_it(c, id, true);
    DO(c, letter_sweep(tx, c->brand, &any, &e));
    assert_false(any);
    tamper(c, "UPDATE letter SET lease_until = 1");
    DO(c, letter_sweep(tx, c->brand, &any, &e));
    assert_true(any);
    assert_false(is_there(c, id));
}

static void what_is_refused_for_now_comes_later(void **state)
{
    struct care *c = *state;
    struct outcome busy = {.kind = OUTCOME_FAILED, .failure = FAILURE_TRANSIENT, .words = STR("not now")};
    bool any;
    int64_t id = queue(c);
    struct letter letter = take_it(c, id, true), again;
    DO(c, letter_ended(tx, &letter, &busy, false, &e));
    take_it(c, id, false); /* not yet */
    tamper(c, "UPDATE letter SET next_at = 1");
    again = take_it(c, id, true);
    assert_int_equal(again.attempts, 2);
    DO(c,
       letter_ended(tx, &letter, &(struct outcome){.kind = OUTCOME_ACCEPTED}, false, &e)); /* of the attempt before */
    assert_true(is_there(c, id));
    busy.retry_seconds = 3600; /* longer than it is worth anything */
    DO(c, letter_ended(tx, &again, &busy, false, &e));
    assert_false(is_there(c, id));
    id = queue(c);
    tamper(c, "UPDATE letter SET until_at = 1");
    take_it(c, id, false);
    DO(c, letter_sweep(tx, c->brand, &any, &e));
    assert_false(is_there(c, id));
}

/* ---- codes ---- */

static struct guest browser(struct care *c, const char *name)
{
    struct guest guest = {.brand_id = c->brand,
                          .id = id_new(),
                          .hash = str_from(name),
                          .external_id = str_format(c->arena, "guest-%s", name),
                          .language = STR("it")};
    DO(c, guest_add(tx, &guest, &e));
    return guest;
}

/* Begins, and opens the letter: what stands in it. */
static struct str begin_on(struct care *c, const struct guest *guest, const char *network, const char *address,
                           const char *what)
{
    struct code_order order = {.guest = guest,
                               .network = network,
                               .address = str_from(address),
                               .channel = c->x.row.id,
                               .language = STR("it")};
    struct letter *list;
    size_t count;
    struct str to;
    const struct json *about;
    struct error why = {0};
    tamper(c, "DELETE FROM letter");
    DO(c, code_begin(tx, c->h->house, &order, &e));
    if (!order.sent)
        return STR_EMPTY;
    DO(c, letter_due(tx, c->arena, c->brand, tx_now(tx), 10, &list, &count, &e));
    assert_int_equal(count, 1);
    assert_true(letter_open(c->arena, c->h->house, &list[0], &to, &about, &why));
    return str_dup(c->arena, json_text(json_get(about, what)));
}

static struct str begin(struct care *c, const struct guest *guest, const char *address, const char *what)
{
    return begin_on(c, guest, "email", address, what);
}

static enum code_state try_it(struct care *c, const struct guest *guest, struct str code, struct str link)
{
    struct code_try attempt = {.guest = guest, .code = code, .link = link};
    DO(c, code_try(tx, c->h->house, &attempt, &e));
    return attempt.state;
}

static void five_tries_one_browser(void **state)
{
    struct care *c = *state;
    struct guest mine = browser(c, "mine"), other = browser(c, "other");
    struct str code = begin(c, &mine, "marta@posta.example", "code");
    struct str wrong = str_eq(code, STR("000000")) ? STR("000001") : STR("000000");
    assert_int_equal(code.len, CODE_DIGITS);
    assert_int_equal(try_it(c, &other, code, STR_EMPTY), CODE_OVER);
    for (int i = 1; i < CODE_TRIES; i++)
        assert_int_equal(try_it(c, &mine, wrong, STR_EMPTY), CODE_WRONG);
    assert_int_equal(try_it(c, &mine, wrong, STR_EMPTY), CODE_OVER);
    assert_int_equal(try_it(c, &mine, code, STR_EMPTY), CODE_OVER);
    struct str link = begin(c, &mine, "marta@posta.example", "link");
    assert_int_equal(try_it(c, &other, STR_EMPTY, link), CODE_OVER);
    assert_int_equal(try_it(c, &mine, STR_EMPTY, link), CODE_RIGHT);
    assert_int_equal(try_it(c, &mine, STR_EMPTY, link), CODE_OVER);
    code = begin(c, &mine, "marta@posta.example", "code");
    tamper(c, "UPDATE letter_code SET expires_at = 1");
    assert_int_equal(try_it(c, &mine, code, STR_EMPTY), CODE_OVER);
    assert_int_equal(begin(c, &mine, "marta@posta.example", "code").len, 0); /* three lately */
    struct str first = begin(c, &mine, "altra@posta.example", "code"),
               second = begin(c, &mine, "terza@posta.example", "code");
    if (!str_eq(first, second))
        assert_int_equal(try_it(c, &mine, first, STR_EMPTY), CODE_WRONG); /* the newest alone */
    assert_int_equal(try_it(c, &mine, second, STR_EMPTY), CODE_RIGHT);
}

/* Short messages are paid for: a brand's are counted, whoever asks and for whatever number. Letters are not. */
static void codes_to_telephones_are_counted(void **state)
{
    struct care *c = *state;
    struct guest mine = browser(c, "mine");
    for (int i = 0; i < CODE_PHONES_AN_HOUR; i++)
        assert_int_equal(begin_on(c, &mine, "sms", str_format(c->arena, "+3934755500%02d", i).ptr, "code").len,
                         CODE_DIGITS);
    assert_int_equal(begin_on(c, &mine, "sms", "+393475559999", "code").len, 0);
    assert_int_equal(begin(c, &mine, "marta@posta.example", "code").len, CODE_DIGITS);
}

/* What a letter said is known again, in other spaces too; to others, in other words or elsewhere it was none. */
static void what_left_is_known_again(void **state)
{
    struct care *c = *state;
    struct letter letter = {.brand_id = c->brand, .channel_id = c->x.row.id}, other = letter;
    const struct house *house = c->h->house;
    struct str to = STR("+393475550011"), text = STR("Giulia ti ha scritto.\nhttps://care.example/requests/1");
    bool was;
    other.channel_id++;
    DO(c, letter_was(tx, house, &letter, to, text, &was, &e));
    assert_false(was);
    DO(c, letter_leaves(tx, house, &letter, to, text, &e));
    DO(c,
       letter_was(tx, house, &letter, to, STR("Giulia ti ha scritto. https://care.example/requests/1 "), &was, &e));
    assert_true(was);
    DO(c, letter_was(tx, house, &letter, STR("+393475550012"), text, &was, &e));
    assert_false(was);
    DO(c, letter_was(tx, house, &letter, to, STR("Giulia ti ha scritto."), &was, &e));
    assert_false(was);
    DO(c, letter_was(tx, house, &other, to, text, &was, &e));
    assert_false(was);
}

static void stops(void **state)
{
    struct care *c = *state;
    int64_t id;
    struct str token = follow_stop_token(c->arena, c->h->house, c->brand, 4711);
    assert_true(follow_stop_id(c->arena, c->h->house, c->brand, token, &id));
    assert_int_equal(id, 4711);
    assert_false(follow_stop_id(c->arena, c->h->house, c->brand + 1, token, &id));
    static const char *const wrong[] = {"",
                                        "4711",
                                        "4711-",
                                        "-",
                                        "-1-00",
                                        "x-0123456789abcdef0123456789abcdef",
                                        "4712-0123456789abcdef0123456789abcdef"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(follow_stop_id(c->arena, c->h->house, c->brand, str_from(wrong[i]), &id));
    for (size_t i = 0; i < token.len; i++) {
        char *other = arena_copy(c->arena, token.ptr, token.len);
        other[i] = other[i] == '1' ? '2' : '1';
        assert_false(follow_stop_id(c->arena, c->h->house, c->brand, (struct str){other, token.len}, &id));
    }
}

int care_letters_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(addresses),
                                       CARE_TEST(numbers),
                                       CARE_TEST(nights),
                                       CARE_TEST(a_letter_goes_once),
                                       CARE_TEST(what_nobody_knows_is_not_sent_again),
                                       CARE_TEST(what_is_refused_for_now_comes_later),
                                       CARE_TEST(five_tries_one_browser),
                                       CARE_TEST(codes_to_telephones_are_counted),
                                       CARE_TEST(what_left_is_known_again),
                                       CARE_TEST(stops)};
    return cmocka_run_group_tests_name("care/letters", tests, NULL, NULL);
}
