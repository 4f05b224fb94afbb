/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an administrator to the network and back: only who went comes back, and in time. */
#include "house_fixture.h"

#include "care/consent.h"
#include "care/house.h"

int care_consent_test(void);

static const struct consent_way way = {7, 8, 9};
static const char *const address = "https://care.example/b/nuvola/desk/channels/consent";

static struct consent began(struct care *c, int64_t now)
{
    return consent_begin(c->arena, c->h->house, &way, str_from(address), now);
}

static enum error_code back(struct care *c, struct str state, struct consent_way who, int64_t now)
{
    struct consent consent;
    struct error e = {0};
    if (!consent_end(c->arena, c->h->house, state, &who, now, &consent, &e))
        return e.code;
    assert_int_equal(who.channel, 8);
    return ERR_NONE;
}

static void who_went_comes_back_with_the_verifier(void **state)
{
    struct care *c = *state;
    struct consent went = began(c, c->clock), other = began(c, c->clock), came;
    struct consent_way who = {.brand = 7, .agent = 9};
    struct error e = {0};
    unsigned char digest[SHA256_BYTES];
    assert_true(went.verifier.len >= 43); /* RFC 7636, 4.1 */
    sha256(went.verifier, digest);
    assert_true(str_eq(went.challenge, base64url_encode(c->arena, digest, sizeof digest)));
    assert_false(str_eq(went.verifier, other.verifier));
    assert_false(str_eq(went.state, other.state));
    assert_int_equal(str_find(went.state, went.verifier), -1);
    assert_true(consent_end(c->arena, c->h->house, went.state, &who, c->clock + CONSENT_US, &came, &e));
    assert_int_equal(who.channel, 8);
    assert_true(str_eq(came.verifier, went.verifier));
    assert_true(str_eq(came.redirect_uri, str_from(address)));
}

static void nobody_else_and_not_too_late(void **state)
{
    struct care *c = *state;
    struct consent went = began(c, c->clock);
    char *changed = arena_copy(c->arena, went.state.ptr, went.state.len);
    changed[went.state.len / 2] = changed[went.state.len / 2] == '0' ? '1' : '0';
    struct consent_way me = {.brand = 7, .agent = 9};
    assert_int_equal(back(c, went.state, me, c->clock), ERR_NONE);
    assert_int_equal(back(c, went.state, (struct consent_way){.brand = 7, .agent = 10}, c->clock), ERR_FORBIDDEN);
    assert_int_equal(back(c, went.state, (struct consent_way){.brand = 6, .agent = 9}, c->clock), ERR_FORBIDDEN);
    assert_int_equal(back(c, (struct str){changed, went.state.len}, me, c->clock), ERR_FORBIDDEN);
    assert_int_equal(back(c, STR_EMPTY, me, c->clock), ERR_FORBIDDEN);
    assert_int_equal(back(c, STR("<script>"), me, c->clock), ERR_FORBIDDEN);
    assert_int_equal(back(c, went.state, me, c->clock + CONSENT_US + 1), ERR_CONFLICT);
}

/* Other things are sealed with the same key. */
static void what_was_sealed_for_something_else_is_no_way(void **state)
{
    struct care *c = *state;
    struct str plain = STR("{\"brand\":\"7\",\"channel\":\"8\",\"agent\":\"9\",\"until\":\"9000000000000000000\"}");
    struct str sealed = seal(c->arena, c->h->house->seal_key, plain);
    struct str hex = hex_encode(c->arena, sealed.ptr, sealed.len);
    assert_int_equal(back(c, hex, (struct consent_way){.brand = 7, .agent = 9}, c->clock), ERR_FORBIDDEN);
}

int care_consent_test(void)
{
    const struct CMUnitTest tests[] = {CARE_TEST(who_went_comes_back_with_the_verifier),
                                       CARE_TEST(nobody_else_and_not_too_late),
                                       CARE_TEST(what_was_sealed_for_something_else_is_no_way)};
    return cmocka_run_group_tests_name("care/consent", tests, NULL, NULL);
}
