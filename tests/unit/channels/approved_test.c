/* SPDX-License-Identifier: Apache-2.0 */
/* Words approved beforehand: their fields, what WhatsApp lists of them, and how they go out. */
#include "support.h"

int channels_approved_test(void);

static void fields_are_found_once_each(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *text, *fields; /* with a bar after each */
    } known[] = {{"", ""},
                 {"No field.", ""},
                 {"Hello {{1}}, {{2}} and {{1}}.", "1|2|"},
                 {"{{name}}{{ need }}", "name|need|"},
                 {"{{}} {{1", ""},
                 {"}} {{1}} {{", "1|"},
                 {"a {{ {{1}}", "{{1|"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct str *fields, all = STR_EMPTY;
        size_t count = approved_fields(a, str_from(known[i].text), &fields);
        for (size_t k = 0; k < count; k++)
            all = str_format(a, "%.*s%.*s|", STR_ARGS(all), STR_ARGS(fields[k]));
        assert_str(all, known[i].fields);
    }
    struct str *fields;
    struct str many_fields = STR_EMPTY;
    for (int i = 0; i < 60; i++)
        many_fields = str_format(a, "%.*s{{f%d}}", STR_ARGS(many_fields), i);
    assert_int_equal(approved_fields(a, many_fields, &fields), 32);
}

static void fields_are_filled(void **state)
{
    struct arena *a = *state;
    struct pair values[] = {{STR("1"), STR("Ada")}, {STR("need"), STR("{{1}} & co")}};
    struct pairs pairs = {values, COUNT_OF(values)};
    assert_str(approved_fill(a, STR("{{1}}, {{1}}: {{need}}!"), &pairs), "Ada, Ada: {{1}} & co!");
    assert_str(approved_fill(a, STR("{{2}}."), &pairs), ".");
    assert_str(approved_fill(a, STR("as it is"), &pairs), "as it is");
    assert_str(approved_fill(a, STR_EMPTY, &pairs), "");
}

static struct outcome list_of(struct arena *a, int status, const char *body, struct approved_list *list)
{
    struct http_reply reply = {.status = status, .body = str_from(body)};
    struct outcome out = {0};
    *list = (struct approved_list){.arena = a};
    channel_of("whatsapp")->approved_read(a, &reply, list, &out);
    return out;
}

#define BODY(text) "{\"type\":\"BODY\",\"text\":\"" text "\"}"
#define ONE(name, parts)                                                                                             \
    "{\"name\":\"" name "\",\"language\":\"it\",\"status\":\"APPROVED\",\"components\":[" parts "]}"

static void what_can_be_filled_in_is_listed(void **state)
{
    struct arena *a = *state;
    struct approved_list list;
    struct outcome out = list_of(
        a, 200,
        "{\"data\":[" ONE("plain", BODY("Buongiorno {{1}}")) "," ONE(
            "whole", "{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"Pratica {{1}}\"}," BODY(
                         "Ecco") ",{\"type\":\"FOOTER\",\"text\":\"Nuvola\"},{\"type\":\"BUTTONS\",\"buttons\":["
                                 "{\"type\":\"QUICK_REPLY\",\"text\":\"Sì\"},{\"type\":\"URL\",\"url\":\"https://n."
                                 "example\"}]}") "],\"paging\":{\"cursors\":{\"after\":\"MjQ=\"},\"next\":\"https://"
                                                 "x\"}}",
        &list);
    assert_int_equal(out.kind, OUTCOME_ACCEPTED);
    assert_int_equal(list.count, 2);
    assert_str(list.items[0].body, "Buongiorno {{1}}");
    assert_str(list.items[0].language, "it");
    assert_int_equal(list.items[0].head.len + list.items[0].foot.len, 0);
    assert_str(list.items[1].head, "Pratica {{1}}");
    assert_str(list.items[1].foot, "Nuvola");
    assert_str(list.next, "MjQ=");
}

static void what_cannot_is_left_out(void **state)
{
    struct arena *a = *state;
    static const char *const left_out[] = {
        ONE("", BODY("x")),
        ONE("no_body", "{\"type\":\"FOOTER\",\"text\":\"x\"}"),
        ONE("picture", "{\"type\":\"HEADER\",\"format\":\"IMAGE\"}," BODY("x")),
        ONE("code", BODY("x") ",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"COPY_CODE\"}]}"),
        ONE("address",
            BODY("x") ",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"url\":\"https://n/{{1}}\"}]}"),
        ONE("cards", BODY("x") ",{\"type\":\"CAROUSEL\"}"),
        "{\"name\":\"later\",\"language\":\"it\",\"status\":\"PENDING\",\"components\":[" BODY("x") "]}",
        "{\"name\":\"otp\",\"language\":\"it\",\"category\":\"AUTHENTICATION\",\"components\":[" BODY("x") "]}",
        "{\"name\":\"odd\",\"language\":\"it\",\"components\":\"x\"}",
        "7",
        "null",
    };
    for (size_t i = 0; i < COUNT_OF(left_out); i++) {
        struct approved_list list;
        struct str body = str_format(a, "{\"data\":[%s,%s]}", left_out[i], ONE("good", BODY("x")));
        assert_int_equal(list_of(a, 200, str_cstr(a, body), &list).kind, OUTCOME_ACCEPTED);
        if (list.count != 1)
            fail_msg("%s: %zu", left_out[i], list.count);
        assert_str(list.items[0].name, "good");
        assert_int_equal(list.next.len, 0);
    }
    struct approved_list list;
    assert_int_equal(list_of(a, 200, "{}", &list).kind, OUTCOME_FAILED);
    assert_int_equal(list_of(a, 200, "oops", &list).kind, OUTCOME_FAILED);
    assert_int_equal(list_of(a, 400, "{\"error\":{\"code\":190,\"message\":\"x\"}}", &list).failure, FAILURE_TOKEN);
}

static void the_list_is_asked_page_by_page(void **state)
{
    struct arena *a = *state;
    const struct channel *channel = channel_of("whatsapp");
    struct settings settings = settings_of(a, channel);
    struct http_call call = {0};
    struct error e = {0};
    assert_false(channel->approved(a, &settings, STR_EMPTY, &call, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    struct pair more[8];
    for (size_t i = 0; i < settings.values.count; i++)
        more[i] = settings.values.items[i];
    more[settings.values.count] = (struct pair){STR("business_account_id"), STR("1022")};
    struct settings with = {.values = {more, settings.values.count + 1}};
    assert_true(channel->approved(a, &with, STR_EMPTY, &call, &e));
    assert_string_equal(call.method, "GET");
    assert_str(call.url, "https://graph.facebook.com/v23.0/1022/message_templates?status=APPROVED&limit=100");
    assert_true(channel->approved(a, &with, STR("a=&b"), &call, &e));
    assert_true(str_ends(call.url, STR("&after=a%3D%26b")));
}

static void they_go_out_by_name_with_their_values(void **state)
{
    struct arena *a = *state;
    const struct channel *channel = channel_of("whatsapp");
    struct settings settings = settings_of(a, channel);
    struct pair head[] = {{STR("1"), STR("77/B")}}, body[] = {{STR("first_name"), STR("Ada")}};
    struct outgoing_approved approved = {
        .name = STR("pratica"), .language = STR("it"), .head = {head, 1}, .body = {body, 1}};
    struct outgoing m = {
        .door = STR("whatsapp"), .to = STR("393331100220"), .text = STR("Pratica 77/B"), .approved = &approved};
    struct http_call call = {0};
    struct error e = {0};
    assert_true(channel->send(a, &settings, &m, &call, &e));
    assert_str(call.body,
               "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"393331100220\","
               "\"type\":\"template\",\"template\":{\"name\":\"pratica\",\"language\":{\"policy\":\"deterministic\","
               "\"code\":\"it\"},\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"text\":"
               "\"77/B\"}]},{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"first_name\","
               "\"text\":\"Ada\"}]}]}}");
    approved.head.count = approved.body.count = 0;
    assert_true(channel->send(a, &settings, &m, &call, &e));
    assert_true(str_find(call.body, STR("components")) < 0);
}

int channels_approved_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_are_found_once_each),      TEST(fields_are_filled),
        TEST(what_can_be_filled_in_is_listed), TEST(what_cannot_is_left_out),
        TEST(the_list_is_asked_page_by_page),  TEST(they_go_out_by_name_with_their_values)};
    return cmocka_run_group_tests_name("channels/approved", tests, NULL, NULL);
}
