/* SPDX-License-Identifier: Apache-2.0 */
/* What networks answer, and the class of each failure. */
#include "support.h"

#include "channels/channel_internal.h"

int channels_answer_test(void);

static const int64_t NOW = INT64_C(1763740000) * SECOND_US;

struct answered {
    const char *network, *door;
    int status;
    const char *body;
    enum failure failure; /* NONE: accepted */
    const char *says;     /* the external id, or the code of the failure */
};

#define GRAPH(code) "{\"error\":{\"message\":\"(#x) Words\",\"type\":\"OAuthException\",\"code\":" #code "}}"
#define GRAPH2(code, sub)                                                                                            \
    "{\"error\":{\"message\":\"Words\",\"code\":" #code ",\"error_subcode\":" #sub ",\"fbtrace_id\":\"A\"}}"
#define PROBLEM(name, detail)                                                                                        \
    "{\"title\":\"T\",\"detail\":\"" detail "\",\"type\":\"https://api.x.com/2/problems/" name "\"}"
#define FORBIDDEN(detail)                                                                                            \
    "{\"title\":\"Forbidden\",\"detail\":\"" detail "\",\"type\":\"about:blank\",\"status\":403}"

static const struct answered answers[] = {
    /* accepted; an answer that cannot be read is no reason to say it twice */
    {"facebook", "comment", 200, "{\"id\":\"1_2\"}", FAILURE_NONE, "1_2"},
    {"facebook", "private_reply", 200, "{\"recipient_id\":\"9\",\"message_id\":\"m_1\"}", FAILURE_NONE, "m_1"},
    {"facebook", "messenger", 200, "{\"recipient_id\":\"9\",\"message_id\":\"m_1\"}", FAILURE_NONE, "m_1"},
    {"facebook", "messenger", 200, "<html>", FAILURE_NONE, ""},
    {"facebook", "messenger", 200, "", FAILURE_NONE, ""},
    {"facebook", "messenger", 200, "{\"error\":null,\"message_id\":\"m_1\"}", FAILURE_NONE, "m_1"},
    {"whatsapp", "whatsapp", 200, "{\"messages\":[{\"id\":\"wamid.1\"}]}", FAILURE_NONE, "wamid.1"},
    {"whatsapp", "whatsapp", 200, "{\"messages\":[]}", FAILURE_NONE, ""},
    {"x", "reply", 201, "{\"data\":{\"id\":\"1990\",\"text\":\"x\"}}", FAILURE_NONE, "1990"},
    {"x", "dm", 201, "{\"data\":{\"dm_conversation_id\":\"1-2\",\"dm_event_id\":\"77\"}}", FAILURE_NONE, "77"},
    {"x", "reply", 201, "", FAILURE_NONE, ""},
    {"x", "reply", 201, "{\"data\":{\"id\":\"1990\"},\"errors\":[{\"title\":\"partial\"}]}", FAILURE_NONE, "1990"},
    {"whatsapp", "whatsapp", 400, GRAPH(130497), FAILURE_BLOCKED, "130497"},
    {"whatsapp", "whatsapp", 400, GRAPH(133016), FAILURE_RATE, "133016"},
    {"whatsapp", "whatsapp", 400, GRAPH(131037), FAILURE_PERMISSION, "131037"},
    {"whatsapp", "whatsapp", 400, GRAPH(135000), FAILURE_CONTENT, "135000"},
    {"whatsapp", "whatsapp", 400, GRAPH(613), FAILURE_RATE, "613"},
    {"whatsapp", "whatsapp", 400, GRAPH(80008), FAILURE_RATE, "80008"},
    {"whatsapp", "whatsapp", 400, GRAPH2(100, 33), FAILURE_CONTENT, "100/33"},
    {"whatsapp", "whatsapp", 400, GRAPH(2500), FAILURE_TOKEN, "2500"},
    {"facebook", "messenger", 400, GRAPH(1200), FAILURE_TRANSIENT, "1200"},
    {"instagram", "comment", 400, GRAPH2(24, 2207006), FAILURE_GONE, "24/2207006"},
    {"instagram", "comment", 400, GRAPH2(25, 2207050), FAILURE_PERMISSION, "25/2207050"},
    /* no answer, and answers of something in between */
    {"facebook", "comment", 0, "", FAILURE_TRANSIENT, "no answer"},
    {"x", "reply", 0, "", FAILURE_TRANSIENT, "no answer"},
    {"facebook", "comment", 502, "<html>Bad gateway</html>", FAILURE_TRANSIENT, "HTTP 502"},
    {"facebook", "comment", 302, "", FAILURE_TRANSIENT, "HTTP 302"},
    {"facebook", "comment", 401, "", FAILURE_TOKEN, "HTTP 401"},
    {"facebook", "comment", 403, "", FAILURE_PERMISSION, "HTTP 403"},
    {"facebook", "comment", 404, "", FAILURE_GONE, "HTTP 404"},
    {"facebook", "comment", 413, "", FAILURE_CONTENT, "HTTP 413"},
    {"facebook", "comment", 429, "", FAILURE_RATE, "HTTP 429"},
    {"whatsapp", "whatsapp", 503, "{}", FAILURE_TRANSIENT, "HTTP 503"},
    /* Facebook and Messenger */
    {"facebook", "comment", 400, GRAPH(190), FAILURE_TOKEN, "190"},
    {"facebook", "comment", 401, GRAPH2(190, 463), FAILURE_TOKEN, "190/463"},
    {"facebook", "comment", 400, GRAPH2(190, 458), FAILURE_TOKEN, "190/458"},
    {"facebook", "comment", 400, GRAPH2(190, 460), FAILURE_TOKEN, "190/460"},
    {"facebook", "comment", 400, GRAPH2(190, 467), FAILURE_TOKEN, "190/467"},
    {"facebook", "comment", 400, GRAPH2(190, 492), FAILURE_PERMISSION, "190/492"},
    {"facebook", "messenger", 400, GRAPH2(10, 2018278), FAILURE_WINDOW, "10/2018278"},
    {"facebook", "messenger", 400, GRAPH2(10, 2534022), FAILURE_WINDOW, "10/2534022"},
    {"facebook", "messenger", 400, GRAPH2(10, 2018300), FAILURE_WINDOW, "10/2018300"},
    {"facebook", "private_reply", 400, GRAPH2(100, 2534025), FAILURE_WINDOW, "100/2534025"},
    {"facebook", "private_reply", 400, GRAPH(10900), FAILURE_WINDOW, "10900"},
    {"facebook", "messenger", 400, GRAPH(551), FAILURE_BLOCKED, "551"},
    {"facebook", "messenger", 400, GRAPH(1545041), FAILURE_BLOCKED, "1545041"},
    {"facebook", "messenger", 400, GRAPH2(200, 1545041), FAILURE_BLOCKED, "200/1545041"},
    {"facebook", "messenger", 400, GRAPH2(100, 2018001), FAILURE_BLOCKED, "100/2018001"},
    {"facebook", "messenger", 400, GRAPH2(100, 33), FAILURE_BLOCKED, "100/33"},
    {"facebook", "comment", 400, GRAPH2(100, 33), FAILURE_GONE, "100/33"},
    {"facebook", "comment", 400, GRAPH(100), FAILURE_CONTENT, "100"},
    {"facebook", "comment", 403, GRAPH(4), FAILURE_RATE, "4"},
    {"facebook", "comment", 403, GRAPH(17), FAILURE_RATE, "17"},
    {"facebook", "comment", 403, GRAPH(32), FAILURE_RATE, "32"},
    {"facebook", "comment", 403, GRAPH(613), FAILURE_RATE, "613"},
    {"facebook", "comment", 400, GRAPH(80001), FAILURE_RATE, "80001"},
    {"facebook", "messenger", 400, GRAPH(80004), FAILURE_RATE, "80004"},
    {"facebook", "comment", 403, GRAPH(10), FAILURE_PERMISSION, "10"},
    {"facebook", "comment", 403, GRAPH(200), FAILURE_PERMISSION, "200"},
    {"facebook", "messenger", 403, GRAPH(230), FAILURE_PERMISSION, "230"},
    {"facebook", "comment", 403, GRAPH(299), FAILURE_PERMISSION, "299"},
    {"facebook", "comment", 400, GRAPH(1705), FAILURE_PERMISSION, "1705"},
    {"facebook", "comment", 400, GRAPH(368), FAILURE_CONTENT, "368"},
    {"facebook", "messenger", 500, GRAPH(2), FAILURE_TRANSIENT, "2"},
    {"facebook", "messenger", 400, GRAPH(2), FAILURE_TRANSIENT, "2"},
    {"facebook", "comment", 500, GRAPH(1), FAILURE_TRANSIENT, "1"},
    {"facebook", "comment", 500, GRAPH(987654), FAILURE_TRANSIENT, "987654"},
    {"facebook", "comment", 400, GRAPH(987654), FAILURE_CONTENT, "987654"},
    {"facebook", "comment", 400, "{\"error\":{\"code\":987654,\"is_transient\":true}}", FAILURE_TRANSIENT, "987654"},
    {"facebook", "comment", 200, GRAPH(190), FAILURE_TOKEN, "190"},
    {"facebook", "comment", 400, "{\"error\":\"Sorry\"}", FAILURE_CONTENT, "HTTP 400"},
    {"facebook", "comment", 400, "{\"error\":{\"message\":\"no code\"}}", FAILURE_CONTENT, "HTTP 400"},
    /* WhatsApp */
    {"whatsapp", "whatsapp", 401, GRAPH(190), FAILURE_TOKEN, "190"},
    {"whatsapp", "whatsapp", 401, GRAPH(0), FAILURE_TOKEN, "0"},
    {"whatsapp", "whatsapp", 400, GRAPH(131047), FAILURE_WINDOW, "131047"},
    {"whatsapp", "whatsapp", 400, GRAPH(470), FAILURE_WINDOW, "470"},
    {"whatsapp", "whatsapp", 400, GRAPH(131026), FAILURE_BLOCKED, "131026"},
    {"whatsapp", "whatsapp", 400, GRAPH(131049), FAILURE_BLOCKED, "131049"},
    {"whatsapp", "whatsapp", 400, GRAPH(131050), FAILURE_BLOCKED, "131050"},
    {"whatsapp", "whatsapp", 400, GRAPH(130429), FAILURE_RATE, "130429"},
    {"whatsapp", "whatsapp", 400, GRAPH(80007), FAILURE_RATE, "80007"},
    {"whatsapp", "whatsapp", 400, GRAPH(131048), FAILURE_RATE, "131048"},
    {"whatsapp", "whatsapp", 400, GRAPH(131056), FAILURE_RATE, "131056"},
    {"whatsapp", "whatsapp", 400, GRAPH(4), FAILURE_RATE, "4"},
    {"whatsapp", "whatsapp", 403, GRAPH(10), FAILURE_PERMISSION, "10"},
    {"whatsapp", "whatsapp", 403, GRAPH(250), FAILURE_PERMISSION, "250"},
    {"whatsapp", "whatsapp", 403, GRAPH(368), FAILURE_CONTENT, "368"},
    {"whatsapp", "whatsapp", 403, GRAPH(131031), FAILURE_PERMISSION, "131031"},
    {"whatsapp", "whatsapp", 400, GRAPH(132001), FAILURE_CONTENT, "132001"},
    {"whatsapp", "whatsapp", 400, GRAPH(131051), FAILURE_CONTENT, "131051"},
    {"whatsapp", "whatsapp", 400, GRAPH(131053), FAILURE_CONTENT, "131053"},
    {"whatsapp", "whatsapp", 400, GRAPH(100), FAILURE_CONTENT, "100"},
    {"whatsapp", "whatsapp", 500, GRAPH(131000), FAILURE_TRANSIENT, "131000"},
    {"whatsapp", "whatsapp", 503, GRAPH(131016), FAILURE_TRANSIENT, "131016"},
    /* X */
    {"x", "reply", 401, "{\"title\":\"Unauthorized\",\"type\":\"about:blank\",\"status\":401}", FAILURE_TOKEN,
     "401/about:blank"},
    {"x", "reply", 403,
     FORBIDDEN("Reply to this conversation is not allowed because you have not been mentioned or otherwise "
               "engaged by "
               "the author of the post you are replying to."),
     FAILURE_WINDOW, "403/about:blank"},
    {"x", "reply", 403, PROBLEM("not-authorized-for-resource", "Sorry, you are not authorized."), FAILURE_WINDOW,
     "403/not-authorized-for-resource"},
    {"x", "reply", 403, "", FAILURE_WINDOW, "HTTP 403"},
    {"x", "reply", 403, FORBIDDEN("You have been blocked from the author of this Post."), FAILURE_BLOCKED, ""},
    {"x", "reply", 403, FORBIDDEN("You attempted to reply to a Tweet that is deleted or not visible to you."),
     FAILURE_GONE, ""},
    {"x", "reply", 403, FORBIDDEN("You are not allowed to create a Tweet with duplicate content."), FAILURE_CONTENT,
     ""},
    {"x", "reply", 403, FORBIDDEN("You are not permitted to perform this action."), FAILURE_PERMISSION, ""},
    {"x", "reply", 403, PROBLEM("client-forbidden", "This app is not enrolled."), FAILURE_PERMISSION,
     "403/client-forbidden"},
    {"x", "reply", 403, PROBLEM("oauth1-permissions", "Your client app is not configured."), FAILURE_PERMISSION, ""},
    {"x", "dm", 403, FORBIDDEN("You cannot send messages to this user."), FAILURE_BLOCKED, ""},
    {"x", "dm", 403, PROBLEM("not-authorized-for-resource", "Sorry."), FAILURE_BLOCKED, ""},
    {"x", "dm", 403, "", FAILURE_BLOCKED, "HTTP 403"},
    {"x", "dm", 403, PROBLEM("client-forbidden", "Scope dm.write is missing."), FAILURE_PERMISSION, ""},
    {"x", "reply", 404, PROBLEM("resource-not-found", "Could not find tweet."), FAILURE_GONE,
     "404/resource-not-found"},
    {"x", "reply", 400, PROBLEM("invalid-request", "text is too long"), FAILURE_CONTENT, "400/invalid-request"},
    {"x", "reply", 402, "{\"title\":\"CreditsDepleted\",\"detail\":\"No credits\",\"type\":\"t/credits\"}",
     FAILURE_PERMISSION, "402/credits"},
    {"x", "reply", 429, PROBLEM("rate-limit-exceeded", "Too Many Requests"), FAILURE_RATE, "429/rate-limit-exceeded"},
    {"x", "reply", 429, PROBLEM("usage-capped", "Usage cap exceeded"), FAILURE_RATE, "429/usage-capped"},
    {"x", "reply", 503, PROBLEM("internal-error", "Over capacity"), FAILURE_TRANSIENT, "503/internal-error"},
    {"x", "reply", 200,
     "{\"errors\":[{\"title\":\"Not Found Error\",\"detail\":\"Could not find tweet\","
     "\"type\":\"https://api.x.com/2/problems/resource-not-found\"}]}",
     FAILURE_GONE, "200/resource-not-found"},
    {"x", "reply", 200, "{\"errors\":[{\"message\":\"bad\"}]}", FAILURE_CONTENT, ""},
};

static struct outcome answer(struct arena *a, const struct answered *case_, struct pairs headers)
{
    struct outgoing m = {.door = str_from(case_->door), .text = STR("words"), .now = NOW};
    struct http_reply reply = {.status = case_->status, .headers = headers, .body = str_from(case_->body)};
    if (!case_->status)
        strcpy(reply.problem, "connection refused");
    struct outcome out = {0};
    channel_of(case_->network)->answer(a, &m, &reply, &out);
    return out;
}

static void every_answer_has_its_class(void **state)
{
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        const struct answered *c = &answers[i];
        struct outcome out = answer(*state, c, (struct pairs){0});
        if (out.failure != c->failure)
            fail_msg("%s %s %d %s: %s, expected %s", c->network, c->door, c->status, c->body,
                     failure_name(out.failure), failure_name(c->failure));
        assert_int_equal(out.kind, c->failure ? OUTCOME_FAILED : OUTCOME_ACCEPTED);
        if (c->failure && !c->says[0])
            assert_true(out.code.len > 0);
        else
            assert_str(c->failure ? out.code : out.external_id, c->says);
        if (c->failure && !strstr(c->body, "is_transient"))
            assert_true(out.words.len > 0 && utf8_valid(out.words));
    }
}

static struct str words_of(struct arena *a, const char *body)
{
    struct answered c = {"whatsapp", "whatsapp", 400, body, FAILURE_CONTENT, ""};
    return answer(a, &c, (struct pairs){0}).words;
}

static void words_are_the_most_helpful(void **state)
{
    struct arena *a = *state;
    assert_str(words_of(a, "{\"error\":{\"code\":100,\"message\":\"(#100) Invalid\",\"error_user_msg\":\"Per te\","
                           "\"error_data\":{\"details\":\"Il numero manca\"}}}"),
               "Il numero manca");
    assert_str(words_of(a, "{\"error\":{\"code\":100,\"message\":\"(#100) Invalid\",\"error_user_msg\":\"Per te\"}}"),
               "Per te");
    assert_str(words_of(a, "{\"error\":{\"code\":100,\"message\":\"(#100) Invalid\"}}"), "(#100) Invalid");
    char *many = ARENA_ARRAY(a, char, 3001);
    memset(many, 'a', 3000);
    struct str cut = words_of(a, str_format(a, "{\"error\":{\"code\":100,\"message\":\"%s\"}}", many).ptr);
    assert_in_range(text_length(a, cut, LENGTH_CHARACTERS), 150, 201);
    struct answered no = {"x", "dm", 0, "", FAILURE_TRANSIENT, ""};
    assert_str(answer(a, &no, (struct pairs){0}).words, "connection refused");
}

static int waits(struct arena *a, const char *network, int status, const char *body, const char *name,
                 const char *value)
{
    struct pair header = {str_from(name), str_from(value)};
    struct answered c = {network, strcmp(network, "x") ? "whatsapp" : "reply", status, body, FAILURE_RATE, ""};
    if (strcmp(network, "facebook") == 0)
        c.door = "comment";
    return answer(a, &c, (struct pairs){&header, 1}).retry_seconds;
}

static void waits_as_long_as_told(void **state)
{
    struct arena *a = *state;
    const char *usage = "x-business-use-case-usage";
    assert_int_equal(waits(a, "facebook", 403, GRAPH(32), usage,
                           "{\"108900000000041\":[{\"type\":\"pages\",\"call_count\":100,"
                           "\"estimated_time_to_regain_access\":5},{\"estimated_time_to_regain_access\":12}]}"),
                     720);
    assert_int_equal(
        waits(a, "whatsapp", 400, GRAPH(80007), usage, "{\"1\":[{\"estimated_time_to_regain_access\":0}]}"), 0);
    static const char *const broken[] = {"",
                                         "{",
                                         "[]",
                                         "7",
                                         "{\"1\":7}",
                                         "{\"1\":[7,null]}",
                                         "{\"1\":[{\"estimated_time_to_regain_access\":\"x\"}]}",
                                         "{\"1\":[{\"estimated_time_to_regain_access\":99999999999}]}"};
    for (size_t i = 0; i < COUNT_OF(broken); i++)
        assert_int_equal(waits(a, "facebook", 403, GRAPH(32), usage, broken[i]), 0);
    assert_int_equal(waits(a, "facebook", 403, GRAPH(32), "retry-after", "90"), 90);
    assert_int_equal(waits(a, "facebook", 503, "", "retry-after", "30"), 30);
    assert_int_equal(waits(a, "facebook", 403, GRAPH(10), "retry-after", "90"), 0); /* waiting would not help */
    assert_int_equal(waits(a, "x", 429, PROBLEM("rate-limit-exceeded", "Slow"), "x-rate-limit-reset", "1763740077"),
                     77);
    assert_int_equal(waits(a, "x", 429, "", "x-rate-limit-reset", "1763740077"), 77);
    assert_int_equal(waits(a, "x", 429, "", "x-rate-limit-reset", "1763730000"), 1); /* already over */
    assert_int_equal(waits(a, "x", 429, "", "x-rate-limit-reset", "soon"), 0);
    assert_int_equal(waits(a, "x", 429, "", "retry-after", "-4"), 0);
    assert_int_equal(waits(a, "x", 429, PROBLEM("usage-capped", "Cap"), "x", "y"), 3600);
    assert_int_equal(waits(a, "x", 503, "", "retry-after", "15"), 15);
    assert_int_equal(waits(a, "x", 403, FORBIDDEN("No."), "retry-after", "15"), 0);
    assert_int_equal(waits(a, "facebook", 503, "", "retry-after", "90000"), 86400); /* a day, then it is tried */
    assert_int_equal(waits(a, "facebook", 503, "", "retry-after", "soon"), 0);
}

/* Retry-After may name a moment: by the network's own clock where it says that, else by ours. */
static void waits_until_a_moment(void **state)
{
    struct arena *a = *state;
    struct pair headers[] = {{STR("retry-after"), STR("Fri, 21 Nov 2025 15:48:20 GMT")},
                             {STR("date"), STR("Fri, 21 Nov 2025 15:47:50 GMT")}};
    struct http_reply reply = {.status = 429, .headers = {headers, 2}, .at = NOW};
    (void)a;
    assert_int_equal(retry_after(&reply), 30);
    reply.headers.count = 1; /* NOW is 15:46:40 */
    assert_int_equal(retry_after(&reply), 100);
    reply.at = 0;
    assert_int_equal(retry_after(&reply), 0);
    reply.at = NOW + DAY_US; /* long ago */
    assert_int_equal(retry_after(&reply), 0);
    headers[0].value = STR("Fri, 21 Nov 2025 25:48:20 GMT");
    reply.at = NOW;
    assert_int_equal(retry_after(&reply), 0);
}

static struct outcome step(struct arena *a, const char *network, const char *door, const struct outgoing_media *file,
                           const char *text, int number, int status, const char *body)
{
    struct outgoing m = {.door = str_from(door), .text = str_from(text), .media = file, .step = number, .now = NOW};
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct outcome out = {0};
    channel_of(network)->answer(a, &m, &reply, &out);
    return out;
}

static void files_go_step_by_step(void **state)
{
    struct arena *a = *state;
    struct outgoing_media png = {.mime = STR("image/png"), .bytes = STR("x")};
    struct outgoing_media voice = {.mime = STR("audio/ogg"), .bytes = STR("x")};
    const char *sent = "{\"messages\":[{\"id\":\"wamid.9\"}]}";

    struct outcome out = step(a, "whatsapp", "whatsapp", &png, "Ecco", 0, 200, "{\"id\":\"8801\"}");
    assert_int_equal(out.kind, OUTCOME_NEXT);
    assert_str(out.carry, "8801");
    out = step(a, "whatsapp", "whatsapp", &png, "Ecco", 1, 200, sent);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_str(out.external_id, "wamid.9");
    out = step(a, "whatsapp", "whatsapp", &voice, "Ecco", 1, 200, sent); /* a voice bears no words */
    assert_int_equal(out.kind, OUTCOME_NEXT);
    assert_int_equal(step(a, "whatsapp", "whatsapp", &voice, " ", 1, 200, sent).kind, OUTCOME_ACCEPTED);
    assert_int_equal(step(a, "whatsapp", "whatsapp", &voice, "Ecco", 2, 200, sent).kind, OUTCOME_ACCEPTED);
    out = step(a, "whatsapp", "whatsapp", &png, "", 0, 200, "{}"); /* nothing said yet: try again */
    assert_int_equal(out.kind, OUTCOME_FAILED);
    assert_int_equal(out.failure, FAILURE_TRANSIENT);
    out = step(a, "whatsapp", "whatsapp", &png, "", 0, 400, GRAPH(131053));
    assert_int_equal(out.failure, FAILURE_CONTENT);

    out = step(a, "x", "dm", &png, "", 0, 200, "{\"data\":{\"id\":\"1880\",\"media_key\":\"3_1880\"}}");
    assert_int_equal(out.kind, OUTCOME_NEXT);
    assert_str(out.carry, "1880");
    assert_int_equal(step(a, "x", "dm", &png, "", 0, 200, "").failure, FAILURE_TRANSIENT);
    assert_str(step(a, "x", "dm", &png, "", 1, 201, "{\"data\":{\"dm_event_id\":\"5\"}}").external_id, "5");

    const char *mid = "{\"recipient_id\":\"9\",\"message_id\":\"m_1\"}";
    out = step(a, "facebook", "messenger", &png, "Ecco", 0, 200, mid);
    assert_int_equal(out.kind, OUTCOME_NEXT);
    assert_int_equal(step(a, "facebook", "messenger", &png, "Ecco", 1, 200, mid).kind, OUTCOME_ACCEPTED);
    assert_int_equal(step(a, "facebook", "messenger", &png, "", 0, 200, mid).kind, OUTCOME_ACCEPTED);
}

static void renewed_access(void **state)
{
    static const struct {
        int status;
        const char *body;
        int seconds;
        size_t changed;
        enum failure failure;
    } renewals[] = {
        {200, "{\"access_token\":\"a2\",\"refresh_token\":\"r2\",\"expires_in\":7200}", 7200, 2, FAILURE_NONE},
        {200, "{\"access_token\":\"a2\",\"expires_in\":-1}", 7200, 1, FAILURE_NONE},
        {200, "{\"access_token\":7}", 0, 0, FAILURE_TRANSIENT},
        {200, "<html>", 0, 0, FAILURE_TRANSIENT},
        {400, "{\"error\":\"invalid_request\",\"error_description\":\"Value passed for the token was invalid.\"}", 0,
         0, FAILURE_TOKEN},
        {401, "", 0, 0, FAILURE_TOKEN},
        {429, "{}", 0, 0, FAILURE_RATE},
        {503, "", 0, 0, FAILURE_TRANSIENT},
        {0, "", 0, 0, FAILURE_TRANSIENT},
    };
    for (size_t i = 0; i < COUNT_OF(renewals); i++) {
        struct http_reply reply = {.status = renewals[i].status, .body = str_from(renewals[i].body)};
        struct pairs changed = {0};
        struct outcome out;
        assert_int_equal(channel_of("x")->renewed(*state, &reply, &changed, &out), renewals[i].seconds);
        assert_int_equal(changed.count, renewals[i].changed);
        assert_int_equal(out.failure, renewals[i].failure);
        assert_true(out.kind == OUTCOME_ACCEPTED || out.words.len || !renewals[i].status);
    }
}

static void probes_tell_token_from_trouble(void **state)
{
    static const struct answered probes[] = {
        {"facebook", "Nuvola", 200, "{\"id\":\"108\",\"name\":\"Nuvola\"}", FAILURE_NONE, "108"},
        {"facebook", "", 200, "{}", FAILURE_TRANSIENT, "HTTP 200"},
        {"facebook", "", 400, GRAPH2(190, 463), FAILURE_TOKEN, "190/463"},
        {"facebook", "", 0, "", FAILURE_TRANSIENT, "no answer"},
        {"whatsapp", "Nuvola (GREEN)", 200,
         "{\"id\":\"33\",\"verified_name\":\"Nuvola\",\"quality_rating\":\"GREEN\"}", FAILURE_NONE, "33"},
        {"whatsapp", "", 400, GRAPH(131031), FAILURE_PERMISSION, "131031"},
        {"whatsapp", "", 200, "oops", FAILURE_TRANSIENT, "HTTP 200"},
        {"x", "nuvola_it", 200, "{\"data\":{\"id\":\"15\",\"username\":\"nuvola_it\"}}", FAILURE_NONE, "15"},
        {"x", "", 401, "", FAILURE_TOKEN, "HTTP 401"},
        {"x", "", 403, PROBLEM("client-forbidden", "No."), FAILURE_PERMISSION, "403/client-forbidden"},
        {"x", "", 403, "", FAILURE_PERMISSION, "HTTP 403"},
        {"x", "", 429, "", FAILURE_RATE, "HTTP 429"},
    };
    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        struct http_reply reply = {.status = probes[i].status, .body = str_from(probes[i].body)};
        struct outcome out = {0};
        channel_of(probes[i].network)->probed(*state, &reply, &out);
        if (out.failure != probes[i].failure)
            fail_msg("%s %d %s: %s", probes[i].network, probes[i].status, probes[i].body, failure_name(out.failure));
        assert_str(out.kind == OUTCOME_ACCEPTED ? out.external_id : out.code, probes[i].says);
        if (out.kind == OUTCOME_ACCEPTED)
            assert_str(out.words, probes[i].door); /* whose it is */
    }
}

static void names_are_asked_for(void **state)
{
    static const struct {
        int status;
        const char *body, *name;
        enum failure failure;
    } profiles[] = {
        {200, "{\"id\":\"24\",\"name\":\"Rosa Verdi\",\"first_name\":\"Rosa\"}", "Rosa Verdi", FAILURE_NONE},
        {200, "{\"first_name\":\"Rosa\",\"last_name\":\"Verdi\"}", "Rosa Verdi", FAILURE_NONE},
        {200, "{\"last_name\":\"Verdi\"}", "Verdi", FAILURE_NONE},
        {200, "{\"id\":\"24\"}", "", FAILURE_NONE},
        {200, "[]", "", FAILURE_TRANSIENT},
        {400, GRAPH2(100, 33), "", FAILURE_GONE},
        {400, GRAPH2(190, 463), "", FAILURE_TOKEN},
        {0, "", "", FAILURE_TRANSIENT},
    };
    const struct channel *channel = channel_of("facebook");
    struct settings settings = settings_of(*state, channel);
    struct http_call call = {0};
    struct error e = {0};
    assert_true(channel->profile(*state, &settings, STR("24/x"), &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://graph.facebook.com/v26.0/24%2Fx?fields=name,first_name,last_name");
    for (size_t i = 0; i < COUNT_OF(profiles); i++) {
        struct http_reply reply = {.status = profiles[i].status, .body = str_from(profiles[i].body)};
        struct channel_author author = {0};
        struct outcome out = {0};
        channel->profiled(*state, &reply, &author, &out);
        assert_str(author.name, profiles[i].name);
        assert_int_equal(out.failure, profiles[i].failure);
    }
}

int channels_answer_test(void)
{
    const struct CMUnitTest tests[] = {TEST(every_answer_has_its_class),     TEST(words_are_the_most_helpful),
                                       TEST(waits_as_long_as_told),          TEST(waits_until_a_moment),
                                       TEST(files_go_step_by_step),          TEST(renewed_access),
                                       TEST(probes_tell_token_from_trouble), TEST(names_are_asked_for)};
    return cmocka_run_group_tests_name("channels/answer", tests, NULL, NULL);
}
