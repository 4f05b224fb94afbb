/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts on networks: settings checked, secrets sealed, the cache honest about changes. */
#include "house_fixture.h"

int care_account_test(void);

static struct pair full_items[] = {{STR("phone_number_id"), STR("100")},
                                   {STR("app_secret"), STR("geheim-app")},
                                   {STR("access_token"), STR("geheim-token")},
                                   {STR("verify_token"), STR("ciao")}};
static const struct pairs full = {full_items, 4};

static int64_t account_made(struct care *c)
{
    int64_t id = 0;
    DO(c, account_add(tx, c->h->house, c->brand, STR("whatsapp"), STR(" Nuvola WA "), &full, 1, &id, &e));
    return id;
}

static const char *value_of(const struct account *account, const char *name)
{
    static char value[100];
    struct str s = settings_get(&account->settings, name);
    snprintf(value, sizeof value, "%.*s", STR_ARGS(s));
    return value;
}

static void settings_are_checked(void **state)
{
    struct care *c = *state;
    int64_t id;
    struct pairs none = {0}, wrong = {(struct pair[]){{STR("colour"), STR("blue")}}, 1};
    REFUSED(c, ERR_BAD_INPUT, account_add(tx, c->h->house, c->brand, STR("icq"), STR("N"), &full, 1, &id, &e));
    REFUSED(c, ERR_BAD_INPUT, account_add(tx, c->h->house, c->brand, STR("whatsapp"), STR(" "), &full, 1, &id, &e));
    REFUSED(c, ERR_BAD_INPUT, account_add(tx, c->h->house, c->brand, STR("whatsapp"), STR("N"), &none, 1, &id, &e));
    REFUSED(c, ERR_BAD_INPUT, account_add(tx, c->h->house, c->brand, STR("whatsapp"), STR("N"), &wrong, 1, &id, &e));
}

static void secrets_are_sealed(void **state)
{
    struct care *c = *state;
    int64_t id = account_made(c);
    struct error why = {0};
    const struct account *account = account_get(c->h->house, id, &why);
    assert_non_null(account);
    assert_string_equal(value_of(account, "access_token"), "geheim-token");
    assert_str(account->row.name, "Nuvola WA");
    assert_str(account->row.account, "100");
    account_release(c->h->house, account);
    struct channel_row row;
    DO(c, channel_row_by_id(tx, c->arena, c->brand, id, &row, &e));
    assert_int_equal(str_find(row.settings, STR("geheim")), -1);
    assert_int_equal(str_find(row.secrets, STR("geheim")), -1);
    struct json *view = NULL;
    DO(c, (view = account_settings_view(c->arena, c->h->house, &row, &e)) != NULL);
    assert_int_equal(str_find(json_to_str(c->arena, view), STR("geheim")), -1);
    /* with another key nothing opens, and nothing breaks */
    memset(c->h->house->seal_key, 7, SEAL_KEY_BYTES);
    account_forget(c->h->house, id);
    assert_null(account_get(c->h->house, id, &why));
    assert_true(why.code != ERR_NONE);
}

static void an_empty_secret_keeps_the_old_one(void **state)
{
    struct care *c = *state;
    int64_t id = account_made(c);
    struct pair items[] = {{STR("access_token"), STR("")}, {STR("phone_number_id"), STR("200")}};
    struct pairs change = {items, 2}, wrong = {(struct pair[]){{STR("colour"), STR("blue")}}, 1};
    struct error why = {0};
    DO(c, account_change(tx, c->h->house, c->brand, id, STR(""), &change, 1, &e));
    account_forget(c->h->house, id);
    const struct account *account = account_get(c->h->house, id, &why);
    assert_non_null(account);
    assert_string_equal(value_of(account, "access_token"), "geheim-token");
    assert_string_equal(value_of(account, "phone_number_id"), "200");
    assert_str(account->row.name, "Nuvola WA");
    account_release(c->h->house, account);
    items[0].value = STR("nuovo");
    DO(c, account_change(tx, c->h->house, c->brand, id, STR("Altro nome"), &change, 1, &e));
    account_forget(c->h->house, id);
    account = account_get(c->h->house, id, &why);
    assert_string_equal(value_of(account, "access_token"), "nuovo");
    assert_str(account->row.name, "Altro nome");
    account_release(c->h->house, account);
    REFUSED(c, ERR_BAD_INPUT, account_change(tx, c->h->house, c->brand, id, STR(""), &wrong, 1, &e));
    REFUSED(c, ERR_NOT_FOUND, account_change(tx, c->h->house, c->brand, 5, STR(""), &change, 1, &e));
}

static void a_removed_account_is_gone_for_good(void **state)
{
    struct care *c = *state;
    int64_t id = account_made(c);
    struct error why = {0};
    const struct account *held = account_get(c->h->house, id, &why);
    DO(c, account_remove(tx, c->brand, id, 1, &e));
    account_forget(c->h->house, id);
    assert_null(account_get(c->h->house, id, &why));
    assert_int_equal(why.code, ERR_NOT_FOUND);
    assert_string_equal(value_of(held, "access_token"), "geheim-token"); /* a call under way still has it */
    account_release(c->h->house, held);
    REFUSED(c, ERR_NOT_FOUND, account_remove(tx, c->brand, id, 1, &e));
    REFUSED(c, ERR_NOT_FOUND, account_resume(tx, c->brand, id, 1, &e));
    REFUSED(c, ERR_NOT_FOUND, account_change(tx, c->h->house, c->brand, id, STR("Ancora"), &full, 1, &e));
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT length(secrets) FROM channel WHERE id = %lld", (long long)id);
    assert_int_equal(number_of(c, sql), 0);
    assert_null(account_get(c->h->house, 12345, &why));
    account_release(c->h->house, NULL);
}

/* Ids made one after the other are alike: none of a few accounts may drive another out of the cache. */
static void several_accounts_are_known_at_once(void **state)
{
    struct care *c = *state;
    int64_t ids[8];
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct error why = {0};
        ids[i] = account_made(c);
        account_release(c->h->house, account_get(c->h->house, ids[i], &why));
        assert_int_equal(why.code, ERR_NONE);
    }
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct account *account = NULL;
        assert_true(account_known(c->h->house, ids[i], &account, NULL));
        assert_int_equal(account->row.id, ids[i]);
        account_release(c->h->house, account);
        account_forget(c->h->house, ids[i]);
        assert_false(account_known(c->h->house, ids[i], &account, NULL));
    }
}

static void paused_and_renewed(void **state)
{
    struct care *c = *state;
    int64_t id = account_made(c);
    struct channel_row row;
    DO(c, account_pause(tx, c->brand, id, FAILURE_TOKEN, STR("expired"), &e));
    DO(c, channel_row_by_id(tx, c->arena, c->brand, id, &row, &e));
    assert_str(row.state, "paused");
    assert_str(row.failure, "token");
    DO(c, account_resume(tx, c->brand, id, 1, &e));
    DO(c, channel_row_by_id(tx, c->arena, c->brand, id, &row, &e));
    assert_str(row.state, "on");
    assert_str(row.failure, "");
}

/* What the network gave is kept, but never over what an admin typed while it was asked. */
static void renewed_unless_an_admin_was_quicker(void **state)
{
    struct care *c = *state;
    int64_t id = account_made(c);
    struct error why = {0};
    const struct account *asked = account_get(c->h->house, id, &why);
    struct pair given[] = {{STR("access_token"), STR("erneuert")}}, typed[] = {{STR("access_token"), STR("getippt")}};
    struct pairs renewed = {given, 1}, change = {typed, 1};
    DO(c, account_renew(tx, c->h->house, c->brand, id, &asked->settings, &renewed, 7200, &e));
    account_forget(c->h->house, id);
    const struct account *after = account_get(c->h->house, id, &why);
    assert_string_equal(value_of(after, "access_token"), "erneuert");
    assert_string_equal(value_of(after, "app_secret"), value_of(asked, "app_secret"));
    assert_str(after->row.name, "Nuvola WA");
    DO(c, account_change(tx, c->h->house, c->brand, id, STR(""), &change, 1, &e));
    DO(c, account_renew(tx, c->h->house, c->brand, id, &after->settings, &renewed, 7200, &e));
    account_release(c->h->house, asked);
    account_release(c->h->house, after);
    account_forget(c->h->house, id);
    after = account_get(c->h->house, id, &why);
    assert_string_equal(value_of(after, "access_token"), "getippt");
    account_release(c->h->house, after);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'channel.changed'"), 1);
}

int care_account_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(settings_are_checked),
        CARE_TEST(secrets_are_sealed),
        CARE_TEST(an_empty_secret_keeps_the_old_one),
        CARE_TEST(a_removed_account_is_gone_for_good),
        CARE_TEST(several_accounts_are_known_at_once),
        CARE_TEST(paused_and_renewed),
        CARE_TEST(renewed_unless_an_admin_was_quicker),
    };
    return cmocka_run_group_tests_name("care/account", tests, NULL, NULL);
}
