/* SPDX-License-Identifier: Apache-2.0 */
/* @Label@: its signature, the call that says something, every class of its errors, its list. */
#include "support.h"

int channels_@name@_test(void);

static const struct channel *@name@(void)
{
    return channel_of("@name@");
}

static bool verify_with(struct arena *a, struct str value, struct str body)
{
    struct settings settings = settings_of(a, @name@());
    struct pair headers[] = {{STR("x-@name@-signature"), value}};
    struct hook hook = {.method = STR("POST"), .headers = {headers, value.ptr ? 1 : 0}, .body = body};
    struct error e = {0};
    bool ok = @name@()->verify(&settings, &hook, &e);
    if (!ok)
        assert_int_equal(e.code, ERR_FORBIDDEN);
    return ok;
}

static void the_signature_is_over_the_bytes(void **state)
{
    struct arena *a = *state;
    struct str body = STR("{\"account\":\"9\",\"events\":[]}");
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(STR("appsecret"), body, digest);
    struct str good = hex_encode(a, digest, sizeof digest);
    assert_true(verify_with(a, good, body));
    assert_false(verify_with(a, (struct str){NULL, 0}, body));
    assert_false(verify_with(a, str_concat(a, STR("sha256="), good), body));
    for (size_t len = 0; len < good.len; len++)
        assert_false(verify_with(a, str_slice(good, 0, len), body));
    for (size_t i = 0; i < body.len; i++) {
        char *flipped = arena_copy(a, body.ptr, body.len);
        flipped[i] ^= 1;
        assert_false(verify_with(a, good, (struct str){flipped, body.len}));
    }
}

static void a_reply_is_one_call(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, @name@());
    struct outgoing m = {.door = STR("chat"),
                         .to = STR("9007199254740993"),
                         .parent_id = STR("41"),
                         .text = STR("Eccomi, «Ada» 😀"),
                         .idempotency_key = STR("ascolto:7301")};
    struct http_call call;
    struct error e = {0};
    assert_true(@name@()->send(a, &settings, &m, &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.@name@.example/messages");
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Bearer TOKEN");
    assert_str(call.body, "{\"to\":\"9007199254740993\",\"text\":\"Eccomi, «Ada» 😀\",\"reply_to\":\"41\","
                          "\"key\":\"ascolto:7301\"}");
    m.text = STR(" ");
    assert_false(@name@()->send(a, &settings, &m, &call, &e));
    assert_int_equal(e.code, ERR_BAD_INPUT);
}

static const struct {
    int status;
    const char *body;
    enum failure failure;
} answers[] = {
    {200, "{\"id\":\"461230966842064897\"}", FAILURE_NONE},
    {200, "<html>", FAILURE_NONE}, /* accepted, whatever it says */
    {401, "{\"error\":{\"code\":\"token_expired\"}}", FAILURE_TOKEN},
    {403, "{\"error\":{\"code\":\"not_allowed\"}}", FAILURE_PERMISSION},
    {403, "{\"error\":{\"code\":\"window\"}}", FAILURE_WINDOW},
    {403, "{\"error\":{\"code\":\"blocked\"}}", FAILURE_BLOCKED},
    {404, "{\"error\":{\"code\":\"gone\"}}", FAILURE_GONE},
    {400, "{\"error\":{\"code\":\"content\"}}", FAILURE_CONTENT},
    {429, "{\"error\":{\"code\":\"too_fast\"}}", FAILURE_RATE},
    {503, "", FAILURE_TRANSIENT},
    {0, "", FAILURE_TRANSIENT},
};

static void each_error_has_its_class(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct outgoing m = {.door = STR("chat")};
        struct http_reply reply = {.status = answers[i].status, .body = str_from(answers[i].body)};
        struct outcome out = {0};
        @name@()->answer(a, &m, &reply, &out);
        assert_int_equal(out.failure, answers[i].failure);
    }
}

static void the_list_is_read_page_by_page(void **state)
{
    struct arena *a = *state;
    struct settings settings = settings_of(a, @name@());
    struct asking asking = {.listing = channel_listing(@name@(), STR("messages")), .since = 1795267800000000};
    struct http_reply reply = {
        .status = 200,
        .body = STR("{\"messages\":[{\"id\":\"41\",\"author\":{\"id\":\"7\",\"name\":\"Ada\"},\"text\":\"Aiuto\"},"
                    "{\"id\":\"42\"}],\"next\":\"p2\"}")};
    struct channel_events events = {.arena = a};
    struct asked out = {0};
    struct http_call call;
    struct error e = {0};
    assert_true(@name@()->ask(a, &settings, &asking, &call, &e));
    assert_true(str_starts(call.url, STR("https://api.@name@.example/messages?since=2026-")));
    @name@()->asked(a, &settings, &asking, &reply, &events, &out);
    assert_int_equal(events.count, 1);
    assert_str(events.items[0].dedupe, "m:41"); /* as a webhook would say it */
    assert_true(events.unread.len > 0);         /* the second has no author */
    assert_true(out.more);
    assert_str(out.carry, "p2");
}

int channels_@name@_test(void)
{
    const struct CMUnitTest tests[] = {TEST(the_signature_is_over_the_bytes), TEST(a_reply_is_one_call),
                                       TEST(each_error_has_its_class), TEST(the_list_is_read_page_by_page)};
    return cmocka_run_group_tests_name("channels/@name@", tests, NULL, NULL);
}
