/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of forms, above all malformed ones: anything out of shape is refused, nothing is read past its end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/form.h"

int net_form_test(void);

#define TYPE        "multipart/form-data; boundary=xyz"
#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* The body at the very end of a heap block, so that AddressSanitizer sees a byte read too far. */
static bool parse_bytes(struct arena *a, const char *type, const char *body, size_t len, struct form *out)
{
    struct error e = {0};
    char *exact = malloc(len > 0 ? len : 1);
    memcpy(exact, body, len);
    arena_defer(a, free, exact);
    bool good = form_parse(a, str_from(type), (struct str){exact, len}, out, &e);
    assert_int_equal(e.code, good ? ERR_NONE : ERR_MALFORMED);
    assert_true(good || out->fields.count + out->file_count == 0);
    return good;
}

static bool parse(struct arena *a, const char *type, const char *body, struct form *out)
{
    return parse_bytes(a, type, body, strlen(body), out);
}

/* name=value; and [name file mime bytes] in words. */
static const char *shown(struct arena *a, const char *type, const char *body)
{
    struct form form;
    struct buf out;
    buf_init(&out, a, 256);
    if (!parse(a, type, body, &form))
        return "refused";
    for (size_t i = 0; i < form.fields.count; i++)
        buf_format(&out, "%.*s=%.*s;", STR_ARGS(form.fields.items[i].name), STR_ARGS(form.fields.items[i].value));
    for (size_t i = 0; i < form.file_count; i++) {
        const struct http_file *f = &form.files[i];
        buf_format(&out, "[%.*s|%.*s|%.*s|%.*s]", STR_ARGS(f->name), STR_ARGS(f->file_name), STR_ARGS(f->mime),
                   STR_ARGS(f->bytes));
    }
    return str_cstr(a, buf_view(&out));
}

static void test_fields(void **state)
{
    struct arena *a = *state;
    assert_string_equal(shown(a, TYPE, "--xyz\r\n" FIELD("a") "1\r\n--xyz\r\n" FIELD("b") "2\r\n--xyz--\r\n"),
                        "a=1;b=2;");
    assert_string_equal(shown(a, TYPE, "--xyz\r\n" FIELD("a") "\r\n--xyz--"), "a=;");
    assert_string_equal(shown(a, TYPE, "--xyz\r\n" FIELD("a") "--xyz--"), "a=;"); /* shares the empty line's CRLF */
    assert_string_equal(shown(a, TYPE, "--xyz\r\n" FIELD("a") "two\r\nlines\r\n\r\n--xy\r\n--xyz--"),
                        "a=two\r\nlines\r\n\r\n--xy;");
    assert_string_equal(shown(a, TYPE, "preamble\r\n--xyz \t\r\n" FIELD("a") "1\r\n--xyz--\r\nepilogue"), "a=1;");
    assert_string_equal(shown(a, TYPE, "--xyz--\r\n"), "");
    assert_string_equal(shown(a, "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"x y'()+_,-./:=?\"",
                              "--x y'()+_,-./:=?\r\n" FIELD("a") "1\r\n--x y'()+_,-./:=?--"),
                        "a=1;");
}

static void test_text_is_clean(void **state)
{
    struct arena *a = *state;
    static const char body[] = "--xyz\r\n" FIELD("a") "x\0y\xff\r\n--xyz--";
    struct form form;
    assert_true(parse_bytes(a, TYPE, body, sizeof(body) - 1, &form));
    assert_true(str_eq(form.fields.items[0].value, STR("xy\xEF\xBF\xBD")));
}

#define FILE_PART(parameters) "--xyz\r\nContent-Disposition: form-data; " parameters "\r\n\r\nb\r\n--xyz--"

static void test_files(void **state)
{
    struct arena *a = *state;
    assert_string_equal(shown(a, TYPE,
                              "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n"
                              "Content-Type: image/png; x=y\r\n\r\n\r\n--PNG\r\n\r\n--xyz--"),
                        "[f|a.png|image/png|\r\n--PNG\r\n]");
    static const struct {
        const char *body, *shown;
    } cases[] = {
        {FILE_PART("name=\"f\"; filename=\"../../etc/passwd\""), "[f|passwd|application/octet-stream|b]"},
        {FILE_PART("name=\"f\"; filename=\"C:\\Users\\Ada\\foto.jpg\""), "[f|foto.jpg|application/octet-stream|b]"},
        {FILE_PART("name=\"f\"; filename=\"..\""), "[f|file|application/octet-stream|b]"},
        {FILE_PART("name=\"f\"; filename=\"dir/\""), "[f|file|application/octet-stream|b]"},
        {FILE_PART("name=\"f\"; filename=\"\""), "[f|file|application/octet-stream|b]"},
        {FILE_PART("name=\"f\"; filename=\"say %22hi%22%0D%0A.txt\""),
         "[f|say \"hi\".txt|application/octet-stream|b]"},
        {FILE_PART("name=\"f\"; filename=\"say \\\"hi\\\".txt\""), "[f|say \"hi\".txt|application/octet-stream|b]"},
        {FILE_PART("name=f; filename=plain.txt"), "[f|plain.txt|application/octet-stream|b]"},
        {FILE_PART("filename=\"first;name=x\"; name=\"f\""), "[f|first;name=x|application/octet-stream|b]"},
        {FILE_PART("name=\"100%\"; filename=\"\xc3\xa8\xff\""),
         "[100%|\xc3\xa8\xef\xbf\xbd|application/octet-stream|b]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(shown(a, TYPE, cases[i].body), cases[i].shown);
}

static void test_nothing_chosen(void **state)
{
    struct arena *a = *state;
    assert_string_equal(shown(a, TYPE,
                              "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n"
                              "Content-Type: application/octet-stream\r\n\r\n\r\n--xyz--"),
                        "");
}

static void test_mime(void **state)
{
    struct arena *a = *state;
    static const char *const bad[] = {"", "image", "a/b/c", "<script>/x", "text/html\x01", "im age/png"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct str body = str_format(a,
                                     "--xyz\r\ncontent-disposition: FORM-DATA; NAME=f; "
                                     "FileName=x\r\nCONTENT-TYPE: %s\r\n\r\n\r\n--xyz--",
                                     bad[i]);
        assert_string_equal(shown(a, TYPE, str_cstr(a, body)), "[f|x|application/octet-stream|]");
    }
}

static void test_refused(void **state)
{
    struct arena *a = *state;
    static const char *const bodies[] = {
        "",
        "--xyz",
        "--xy\r\n",
        "--xyz\r\n",
        "--xyz\r\n\r\n",
        "--xyz\r\n--xyz--",
        "--xyz\r\n\r\n\r\n--xyz--",
        "--xyzz\r\n" FIELD("a") "1\r\n--xyzz--",
        "--xyz\n" FIELD("a") "1\r\n--xyz--",
        "--xyz\r\n" FIELD("a") "1",
        "--xyz\r\n" FIELD("a") "1\r\n--xyz",
        "--xyz\r\n" FIELD("a") "1\r\n--xyz-",
        "--xyz\r\n" FIELD("a") "1\r\n--xyz\r\n",
        "--xyz\r\n" FIELD("a") "1\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n1\r\n--xyz--",
        "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--",
        "--xyz\r\nContent-Type: text/plain\r\n\r\n1\r\n--xyz--",
        "--xyz\r\n: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--",
        "--xyz\r\nno colon\r\n\r\n1\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\nMQ==\r\n--xyz--",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        if (strcmp(shown(a, TYPE, bodies[i]), "refused") != 0)
            print_message("case %zu was taken\n", i);
        assert_string_equal(shown(a, TYPE, bodies[i]), "refused");
    }
    static const char *const types[] = {
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"open",
        "multipart/form-data; boundary=\"\x01\"",
        "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789"
        "012345678901234567890"};
    for (size_t i = 0; i < COUNT_OF(types); i++)
        assert_string_equal(shown(a, types[i], "--xyz\r\n" FIELD("a") "1\r\n--xyz--"), "refused");
}

/* Every beginning of a good body is refused, and none is read too far. */
static void test_cut_anywhere(void **state)
{
    struct arena *a = *state;
    static const char whole[] = "--xyz\r\n" FIELD("a") "1\r\n--xyz\r\nContent-Disposition: form-data; name=\"f\"; "
                                                       "filename=\"x\"\r\nContent-Type: a/b\r\n\r\n2\r\n--xyz--";
    struct form form;
    for (size_t len = 0; len < sizeof(whole) - 1; len++)
        assert_false(parse_bytes(a, TYPE, whole, len, &form));
    assert_true(parse_bytes(a, TYPE, whole, sizeof(whole) - 1, &form));
}

static struct str many_parts(struct arena *a, size_t n)
{
    struct buf body;
    buf_init(&body, a, n * 64);
    for (size_t i = 0; i < n; i++)
        buf_cstr(&body, "--xyz\r\n" FIELD("a") "1\r\n");
    buf_cstr(&body, "--xyz--");
    return buf_view(&body);
}

static void test_limits(void **state)
{
    struct arena *a = *state;
    struct form form;
    struct error e = {0};
    assert_true(form_parse(a, STR(TYPE), many_parts(a, FORM_PARTS_MAX - 1), &form, &e));
    assert_int_equal(form.fields.count, FORM_PARTS_MAX - 1);
    assert_false(form_parse(a, STR(TYPE), many_parts(a, FORM_PARTS_MAX * 2), &form, &e));
    assert_int_equal(e.code, ERR_MALFORMED);
    struct buf body;
    buf_init(&body, a, 20000);
    buf_cstr(&body, "--xyz\r\nX-Long: ");
    for (int i = 0; i < FORM_PART_HEADER_MAX; i++)
        buf_char(&body, 'x');
    buf_cstr(&body, "\r\n" FIELD("a") "1\r\n--xyz--");
    assert_false(form_parse(a, STR(TYPE), buf_view(&body), &form, &e));
}

static void test_urlencoded(void **state)
{
    struct arena *a = *state;
    const char *type = "application/x-www-form-urlencoded";
    assert_string_equal(shown(a, type, "a=1&b=+%2B&&=x&c"), "a=1;b= +;=x;c=;");
    assert_string_equal(shown(a, type, "a=%G1%&b=%"), "a=%G1%;b=%;");
    assert_string_equal(shown(a, type, ""), "");
    assert_string_equal(shown(a, "text/plain", "a=1"), "");
    assert_string_equal(shown(a, "", "a=1"), "");
}

static void test_parameters(void **state)
{
    struct arena *a = *state;
    struct str out;
    assert_true(mime_parameter(a, STR("x; a=1; b=\"2;c=3\" ;c=4"), STR("C"), &out));
    assert_true(str_eq(out, STR("4")));
    assert_false(mime_parameter(a, STR("a=1"), STR("a"), &out));
    assert_false(mime_parameter(a, STR("x; aa=1"), STR("a"), &out));
    assert_false(mime_parameter(a, STR("x; a"), STR("a"), &out));
    assert_false(mime_parameter(a, STR("x; b=\"; a=1"), STR("a"), &out));
    assert_false(mime_parameter(a, STR_EMPTY, STR("a"), &out));
}

int net_form_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_is_clean, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_chosen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mime, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_urlencoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("net/form", tests, NULL, NULL);
}
