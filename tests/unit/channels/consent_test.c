/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth 2: the page where an administrator agrees, the code made into tokens, and what comes of it. */
#include "support.h"

int channels_consent_test(void);

static struct settings x_settings(struct arena *a, const char *client_id, const char *client_secret)
{
    struct pair given[] = {{STR("consumer_secret"), STR("c")},
                           {STR("client_id"), str_from(client_id)},
                           {STR("client_secret"), str_from(client_secret)}};
    struct settings settings;
    struct error e = {0};
    assert_true(settings_make(a, channel_of("x"), &(struct pairs){given, 3}, &settings, &e));
    return settings;
}

static const struct consent consent = {.redirect_uri = {"https://care.example/desk/channels/consent", 42},
                                       .state = {"5ea1ed", 6},
                                       .verifier = {"the-verifier", 12},
                                       .challenge = {"the-challenge", 13}};

static void x_sends_to_its_page(void **state)
{
    struct arena *a = *state;
    struct settings with = x_settings(a, "our app", ""), without = x_settings(a, "", "");
    struct str url;
    struct error e = {0};
    assert_true(channel_of("x")->consent(a, &with, &consent, &url, &e));
    assert_str(url,
               "https://x.com/i/oauth2/authorize?response_type=code&client_id=our%20app&redirect_uri=https%3A%2F%2F"
               "care.example%2Fdesk%2Fchannels%2Fconsent&scope=tweet.read%20tweet.write%20users.read%20dm.read%20"
               "dm.write%20media.write%20offline.access&state=5ea1ed&code_challenge=the-challenge&"
               "code_challenge_method=S256");
    assert_int_equal(str_find(url, consent.verifier), -1);
    assert_false(channel_of("x")->consent(a, &without, &consent, &url, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void x_makes_tokens_of_the_code(void **state)
{
    struct arena *a = *state;
    struct settings open = x_settings(a, "our app", ""), confidential = x_settings(a, "our app", "hush");
    struct settings without = x_settings(a, "", "");
    struct http_call call;
    struct error e = {0};
    assert_true(channel_of("x")->consented(a, &open, &consent, STR("c/1+"), &call, &e));
    assert_string_equal(call.method, "POST");
    assert_str(call.url, "https://api.x.com/2/oauth2/token");
    assert_str(call.body,
               "grant_type=authorization_code&code=c%2F1%2B&redirect_uri=https%3A%2F%2Fcare.example%2Fdesk%2F"
               "channels%2Fconsent&client_id=our%20app&code_verifier=the-verifier");
    assert_int_equal(pairs_get(&call.headers, STR("Authorization")).len, 0);
    assert_true(channel_of("x")->consented(a, &confidential, &consent, STR("c"), &call, &e));
    assert_str(pairs_get(&call.headers, STR("Authorization")), "Basic b3VyIGFwcDpodXNo");
    assert_false(channel_of("x")->consented(a, &without, &consent, STR("c"), &call, &e));
}

static const struct {
    int status;
    const char *body;
    int seconds; /* 0: refused */
    enum failure failure;
    const char *words;
} answers[] = {
    {200, "{\"access_token\":\"t\",\"refresh_token\":\"r\",\"expires_in\":3600}", 3600, FAILURE_NONE, ""},
    {200, "{\"access_token\":\"t\"}", 7200, FAILURE_NONE, ""},
    {200, "{\"access_token\":\"t\",\"expires_in\":-5}", 7200, FAILURE_NONE, ""},
    {200, "{\"access_token\":\"t\",\"expires_in\":99999999999}", 7200, FAILURE_NONE, ""},
    {200, "{}", 0, FAILURE_TRANSIENT, NULL},
    {200, "<html>", 0, FAILURE_TRANSIENT, NULL},
    {400, "{\"error\":\"invalid_grant\",\"error_description\":\"The code was used.\"}", 0, FAILURE_TOKEN,
     "The code was used."},
    {401, "", 0, FAILURE_TOKEN, "X did not give access."},
    {429, "", 0, FAILURE_RATE, NULL},
    {503, "", 0, FAILURE_TRANSIENT, NULL},
    {0, "", 0, FAILURE_TRANSIENT, NULL},
};

static void what_comes_of_it(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct http_reply reply = {.status = answers[i].status, .body = str_from(answers[i].body)};
        struct pairs changed = {0};
        struct outcome out = {0};
        assert_int_equal(channel_of("x")->renewed(a, &reply, &changed, &out), answers[i].seconds);
        assert_int_equal(out.failure, answers[i].failure);
        if (answers[i].seconds)
            assert_str(pairs_get(&changed, STR("access_token")), "t");
        else if (answers[i].words)
            assert_str(out.words, answers[i].words);
    }
}

int channels_consent_test(void)
{
    const struct CMUnitTest tests[] = {TEST(x_sends_to_its_page), TEST(x_makes_tokens_of_the_code),
                                       TEST(what_comes_of_it)};
    return cmocka_run_group_tests_name("channels/consent", tests, NULL, NULL);
}
