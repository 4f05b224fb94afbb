/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a call where time and races matter: who has it, when it is lost, what stays of it; and the credentials
 * of a TURN server. */
#include "house_fixture.h"

#include "care/calls.h"
#include "store/guest.h"

int care_calls_test(void);

#define SEAT_GUEST STR("seat-of-guest")
#define SEAT_MARTA STR("seat-of-marta")
#define SEAT_PAOLO STR("seat-of-paolo")

static bool call_made(struct tx *tx, struct care *c, struct call *call, struct error *e)
{
    struct conversation about = {.brand_id = c->brand,
                                 .id = id_new(),
                                 .person_id = c->h->person,
                                 .priority = PRIORITY_NORMAL,
                                 .created_at = tx_now(tx)};
    const struct guest guest = {.brand_id = c->brand, .id = id_new()};
    const struct message m = {.brand_id = c->brand, .id = id_new(), .conversation_id = about.id};
    return conversation_add(tx, &about, e) && call_duty_put(tx, c->brand, c->h->marta.agent_id, tx_now(tx), e) &&
           call_duty_put(tx, c->brand, c->h->paolo.agent_id, tx_now(tx), e) && calls_ring(tx, &guest, &m, call, e) &&
           calls_join(tx, call, 0, SEAT_GUEST, e);
}

static struct call ringing(struct care *c)
{
    struct call call;
    DO(c, call_made(tx, c, &call, &e));
    return call;
}

static struct call now_of(struct care *c, const struct call *call)
{
    struct call now;
    DO(c, call_by_id(tx, c->arena, c->brand, call->id, &now, &e));
    return now;
}

static bool answered(struct tx *tx, const struct actor *actor, const struct call *call, struct str seat,
                     struct error *e)
{
    return calls_answer(tx, actor, call->id, seat, STR("during the call"), e);
}

/* Both were heard last so long ago. */
static bool quiet_since(struct tx *tx, const struct call *call, int64_t micros, struct error *e)
{
    struct call now;
    if (!call_by_id(tx, tx_arena(tx), call->brand_id, call->id, &now, e))
        return false;
    now.guest_at = now.agent_at = tx_now(tx) - micros;
    return call_update(tx, &now, e);
}

static void the_first_has_it(void **state)
{
    struct care *c = *state;
    struct call call = ringing(c), other;
    DO(c, answered(tx, &c->h->marta, &call, SEAT_MARTA, &e));
    REFUSED(c, ERR_CONFLICT, answered(tx, &c->h->paolo, &call, SEAT_PAOLO, &e));
    call = now_of(c, &call);
    assert_int_equal(call.state, CALL_TALKING);
    assert_int_equal(call.agent_id, c->h->marta.agent_id);
    assert_int_equal(call.leg, 2);
    other = ringing(c);
    REFUSED(c, ERR_CONFLICT, answered(tx, &c->h->marta, &other, SEAT_MARTA, &e));
    REFUSED(c, ERR_FORBIDDEN, answered(tx, &c->h->reader, &other, SEAT_PAOLO, &e));
    REFUSED(c, ERR_FORBIDDEN, answered(tx, &c->h->token, &other, SEAT_PAOLO, &e));
    REFUSED(c, ERR_CONFLICT, calls_end(tx, &call, c->h->paolo.agent_id, &e));
    DO(c, calls_end(tx, &call, c->h->marta.agent_id, &e));
    REFUSED(c, ERR_CONFLICT, answered(tx, &c->h->paolo, &call, SEAT_PAOLO, &e));
    assert_true(now_of(c, &call).open); /* for its note */
}

static void one_side_gone_is_lost_and_a_server_away_is_not(void **state)
{
    struct care *c = *state;
    struct call call = ringing(c);
    bool any;
    DO(c, answered(tx, &c->h->marta, &call, SEAT_MARTA, &e));
    DO(c, quiet_since(tx, &call, HOUR_US, &e));
    DO(c, calls_due(tx, c->brand, tx_now(tx) - CALL_LOST_US / 2, &any, &e));
    assert_false(any); /* nobody could have heard them longer than for half a minute */
    DO(c, calls_turn(tx, c->brand, tx_now(tx) - CALL_LOST_US / 2, &e));
    assert_int_equal(now_of(c, &call).state, CALL_TALKING);
    DO(c, calls_due(tx, c->brand, 0, &any, &e));
    assert_true(any);
    DO(c, calls_turn(tx, c->brand, 0, &e));
    call = now_of(c, &call);
    assert_int_equal(call.state, CALL_LOST);
    assert_int_equal(call.guest_seat.len + call.agent_seat.len, 0);
    struct entry *list;
    size_t count;
    DO(c, entry_list(tx, c->arena, c->brand, call.conversation_id, &list, &count, &e));
    assert_string_equal(str_cstr(c->arena, list[count - 1].text), "lost");
}

static bool asked_long_ago(struct tx *tx, const struct call *call, struct error *e)
{
    struct call now;
    if (!call_by_id(tx, tx_arena(tx), call->brand_id, call->id, &now, e))
        return false;
    now.asked_at -= CALL_RINGS_US;
    return call_update(tx, &now, e);
}

static void a_hand_over_that_nobody_takes_stays(void **state)
{
    struct care *c = *state;
    struct call call = ringing(c);
    DO(c, answered(tx, &c->h->marta, &call, SEAT_MARTA, &e));
    REFUSED(c, ERR_BAD_INPUT, calls_hand(tx, &c->h->marta, call.id, c->h->paolo.agent_id, STR(" "), &e));
    REFUSED(c, ERR_CONFLICT, calls_hand(tx, &c->h->marta, call.id, c->h->lead.agent_id, STR("why"), &e));
    REFUSED(c, ERR_CONFLICT, calls_hand(tx, &c->h->paolo, call.id, c->h->paolo.agent_id, STR("why"), &e));
    DO(c, calls_hand(tx, &c->h->marta, call.id, c->h->paolo.agent_id, STR("why"), &e));
    DO(c, asked_long_ago(tx, &call, &e));
    DO(c, calls_turn(tx, c->brand, 0, &e));
    assert_int_equal(now_of(c, &call).asked_id, 0);
    REFUSED(c, ERR_CONFLICT, answered(tx, &c->h->paolo, &call, SEAT_PAOLO, &e));
    DO(c, calls_hand(tx, &c->h->marta, call.id, c->h->paolo.agent_id, STR("why"), &e));
    DO(c, answered(tx, &c->h->paolo, &call, SEAT_PAOLO, &e));
    REFUSED(c, ERR_CONFLICT, calls_hold(tx, &c->h->marta, call.id, true, &e));
    DO(c, calls_hold(tx, &c->h->paolo, call.id, true, &e));
    assert_int_equal(now_of(c, &call).state, CALL_HELD);
}

static void what_is_signalled_is_of_this_leg_and_these_pages(void **state)
{
    struct care *c = *state;
    struct call call = ringing(c);
    struct call_signal *list;
    size_t count;
    DO(c, answered(tx, &c->h->marta, &call, SEAT_MARTA, &e));
    call = now_of(c, &call);
    REFUSED(c, ERR_CONFLICT, calls_signal(tx, &call, 0, SEAT_MARTA, call.leg, STR("offer"), STR("{}"), &e));
    REFUSED(c, ERR_CONFLICT, calls_signal(tx, &call, 0, SEAT_GUEST, call.leg - 1, STR("offer"), STR("{}"), &e));
    REFUSED(c, ERR_BAD_INPUT, calls_signal(tx, &call, 0, SEAT_GUEST, call.leg, STR("words"), STR("{}"), &e));
    DO(c, calls_signal(tx, &call, 0, SEAT_GUEST, call.leg, STR("offer"), STR("{}"), &e));
    DO(c, call_signal_list(tx, c->arena, &call, true, 0, &list, &count, &e));
    assert_int_equal(count, 0); /* not to themselves */
    DO(c, call_signal_list(tx, c->arena, &call, false, 0, &list, &count, &e));
    assert_int_equal(count, 1);
    DO(c, calls_join(tx, &call, 0, STR("another-page"), &e));
    DO(c, call_signal_list(tx, c->arena, &call, false, 0, &list, &count, &e));
    assert_int_equal(count, 0);
}

/* As OpenSSL computes it: printf "1700000000:42" | openssl dgst -sha1
 * -hmac north -binary | base64 */
static void turn_credentials_are_what_coturn_computes(void **state)
{
    struct care *c = *state;
    struct str credential = calls_credential(c->arena, STR("north"), STR("1700000000:42"));
    assert_string_equal(str_cstr(c->arena, credential), "DWX3FI7DiPIpadEYQAZsnZBAagI=");
}

static void servers_are_servers(void **state)
{
    (void)state;
    static const char *const good[] = {"stun:stun.example.org", "turn:127.0.0.1:3478?transport=udp",
                                       "turns:[2001:db8::1]:5349"};
    static const char *const bad[] = {"", "turn:", "http://example.org", "turn:a b", "turn:x\"y", "javascript:1"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(calls_is_server(str_from(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(calls_is_server(str_from(bad[i])));
}

int care_calls_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(the_first_has_it),
        CARE_TEST(one_side_gone_is_lost_and_a_server_away_is_not),
        CARE_TEST(a_hand_over_that_nobody_takes_stays),
        CARE_TEST(what_is_signalled_is_of_this_leg_and_these_pages),
        CARE_TEST(turn_credentials_are_what_coturn_computes),
        CARE_TEST(servers_are_servers),
    };
    return cmocka_run_group_tests_name("care/calls", tests, NULL, NULL);
}
