/* SPDX-License-Identifier: Apache-2.0 */
/* Flat XML from a stranger: its leaves, and nothing of what XML could do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/xml.h"

int base_xml_test(void);

static struct str leaf(const struct pairs *leaves, const char *name)
{
    return pairs_get(leaves, str_from(name));
}

static void leaves_are_read(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct pairs leaves;
    struct error e = {0};
    assert_true(
        xml_leaves(a,
                   STR("<xml><ToUserName><![CDATA[gh_1]]></ToUserName>\n <Content>caf\xc3\xa9 &amp; <![CDATA[<b>]]>"
                       "</Content><Empty/><Pics><Count>2</Count><item><Md5>x</Md5></item></Pics></xml>"),
                   &leaves, &e));
    assert_int_equal(leaves.count, 5);
    assert_true(str_eq(leaf(&leaves, "ToUserName"), STR("gh_1")));
    assert_true(str_eq(leaf(&leaves, "Content"), STR("caf\xc3\xa9 & <b>")));
    assert_true(str_eq(leaf(&leaves, "Pics/Count"), STR("2")));
    assert_true(str_eq(leaf(&leaves, "Pics/item/Md5"), STR("x")));
    assert_int_equal(leaf(&leaves, "Empty").len, 0);
    arena_free(a);
}

static const char *const refused[] = {
    "",
    "no xml",
    "<xml>",
    "<xml><a>1</b></xml>",
    "<xml><a>1</a></xml><xml/>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xml><a>&e;</a></xml>",
    "<!DOCTYPE x><xml><a>1</a></xml>",
    "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\"><!ENTITY c "
    "\"&b;&b;&b;&b;\">]><l><m>&c;</m></l>",
    "<xml><a>&unknown;</a></xml>",
    "<a><b><c><d><e><f><g><h><i><j>1</j></i></h></g></f></e></d></c></b></a>",
    "<xml><a>\xff</a></xml>",
};

static void the_rest_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct arena *a = arena_new();
        struct pairs leaves;
        struct error e = {0};
        if (xml_leaves(a, str_from(refused[i]), &leaves, &e))
            fail_msg("read: %s", refused[i]);
        assert_int_equal(e.code, ERR_MALFORMED);
        arena_free(a);
    }
}

static void parts_are_bounded(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct pairs leaves;
    struct error e = {0};
    struct buf many, deep;
    buf_init(&many, a, 4096);
    buf_init(&deep, a, 200000);
    buf_cstr(&many, "<xml>");
    for (int i = 0; i < XML_PARTS_MAX; i++)
        buf_cstr(&many, "<a>1</a>");
    struct str just = str_concat(a, buf_view(&many), STR("</xml>")),
               over = str_concat(a, buf_view(&many), STR("<b/></xml>"));
    assert_true(xml_leaves(a, just, &leaves, &e));
    assert_int_equal(leaves.count, XML_PARTS_MAX);
    assert_false(xml_leaves(a, over, &leaves, &e));
    for (int i = 0; i < 20000; i++)
        buf_cstr(&deep, "<a>");
    assert_false(xml_leaves(a, buf_view(&deep), &leaves, &e));
    arena_free(a);
}

int base_xml_test(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_are_read), cmocka_unit_test(the_rest_is_refused),
                                       cmocka_unit_test(parts_are_bounded)};
    return cmocka_run_group_tests_name("base/xml", tests, NULL, NULL);
}
