/* SPDX-License-Identifier: Apache-2.0 */
/* The template language, piece by piece, and that it never lets a person's words become markup. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "web/template.h"

int web_template_test(void);

static struct arena *arena;
static struct buf trouble;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct template_frame frame_of(const char *language)
{
    buf_init(&trouble, arena, 64);
    struct template_frame frame = {.words = {.arena = arena, .locale = locale_find(str_from(language))},
                                   .trouble = &trouble};
    assert_true(clock_parse_iso(STR("2026-11-21T13:30:00Z"), &frame.words.now));
    frame.words.zone = "Europe/Rome";
    return frame;
}

static const char *render_set(const struct template_source *sources, size_t count, const struct json *model,
                              const char *language)
{
    struct error e = {0};
    struct buf out;
    struct template_frame frame = frame_of(language);
    const struct template_set *set = template_set_parse(arena, sources, count, &e);
    if (!set)
        fail_msg("%s", e.message);
    buf_init(&out, arena, 64);
    assert_true(template_render(set, sources[0].name, &frame, model, &out, &e));
    return str_cstr(arena, buf_view(&out));
}

static struct json *model_of(const char *json)
{
    struct error e = {0};
    struct json *model = json_parse(arena, str_from(json), &e);
    if (!model)
        fail_msg("%s", e.message);
    return model;
}

static const char *render(const char *text, const char *json)
{
    struct template_source source = {STR("page"), str_from(text)};
    return render_set(&source, 1, model_of(json), "en");
}

static const char *parse_error(const char *text)
{
    static struct error e;
    struct template_source source = {STR("page"), str_from(text)};
    e = (struct error){0};
    assert_null(template_set_parse(arena, &source, 1, &e));
    assert_int_equal(e.code, ERR_MALFORMED);
    return e.message;
}

static void values_are_escaped(void **state)
{
    (void)state;
    const char *model =
        "{\"x\": \"<b>&\\\"'\", \"n\": 7, \"t\": true, \"o\": {\"p\": {\"q\": \"deep\"}}, \"z\": null}";
    assert_string_equal(render("{{x}}", model), "&lt;b&gt;&amp;&quot;&#39;");
    assert_string_equal(render("{{{x}}}", model), "&lt;b&gt;&amp;&quot;&#39;");
    assert_string_equal(render("{{n}} {{t}} {{o.p.q}} [{{z}}]", model), "7 true deep []");
    assert_string_equal(render("{{#o}}{{p.q}}{{#p}}{{n}}{{/p}}{{/o}}", model), "deep7");
}

static void trusted_html_needs_both_sides(void **state)
{
    (void)state;
    struct json *model = json_object(arena);
    json_set_html(arena, model, "h", STR("<i>ours</i>"));
    json_set_str(arena, model, "s", STR("<i>theirs</i>"));
    struct template_source source = {STR("page"), STR("{{{h}}}|{{h}}|{{{s}}}")};
    assert_string_equal(render_set(&source, 1, model, "en"),
                        "<i>ours</i>|&lt;i&gt;ours&lt;/i&gt;|&lt;i&gt;theirs&lt;/i&gt;");
}

static void sections_follow_the_value(void **state)
{
    (void)state;
    const char *model = "{\"l\": [{\"n\": \"a\"}, {\"n\": \"b\"}], \"e\": [], \"f\": false, \"s\": \"\", \"zero\": 0,"
                        " \"w\": [\"x\", \"y\"], \"obj\": {}, \"n\": \"outer\"}";
    assert_string_equal(render("{{#l}}{{n}}{{^@last}}, {{/@last}}{{/l}}", model), "a, b");
    assert_string_equal(render("{{#l}}{{#@first}}<{{/@first}}{{n}}{{#@last}}>{{/@last}}{{/l}}", model), "<ab>");
    assert_string_equal(render("{{#w}}{{.}}{{/w}}", model), "xy");
    assert_string_equal(render("{{^e}}none{{/e}}{{#e}}some{{/e}}", model), "none");
    assert_string_equal(render("{{#f}}1{{/f}}{{#s}}2{{/s}}{{#zero}}3{{/zero}}{{#gone}}4{{/gone}}", model), "");
    assert_string_equal(render("{{^f}}1{{/f}}{{^s}}2{{/s}}{{^zero}}3{{/zero}}{{^gone}}4{{/gone}}", model), "1234");
    assert_string_equal(render("{{#obj}}{{n}}{{/obj}}", model), "outer");
}

/* A page remembers where a name was: objects of one list may still be unlike each other. */
static void names_are_found_wherever_they_are(void **state)
{
    (void)state;
    const char *model =
        "{\"same\": \"S\", \"name\": \"outer\", \"l\": [{\"name\": \"a\", \"kind\": 1}, {\"kind\": 2, "
        "\"name\": \"b\"}, {\"kind\": 3}, {\"k\": 0, \"x\": 0, \"name\": \"d\", \"kind\": 4}, {}, {\"name\": "
        "\"e\"}]}";
    assert_string_equal(render("{{#l}}{{name}}{{kind}}{{same}};{{/l}}", model), "a1S;b2S;outer3S;d4S;outerS;eS;");
    /* the very same keys, as models made in C have them, in another order */
    static const char key_a[] = "left", key_b[] = "name";
    struct json *list = json_array(arena), *top = json_object(arena);
    for (int i = 0; i < 6; i++) {
        struct json *item = json_object(arena);
        json_set_int(arena, item, i % 2 ? key_a : key_b, i);
        json_set_int(arena, item, i % 2 ? key_b : key_a, 10 * i);
        if (i == 3)
            item = json_object(arena);
        json_push(arena, list, item);
    }
    json_set(arena, top, "l", list);
    json_set_str(arena, top, key_a, STR("L"));
    struct template_source source = {STR("page"), STR("{{#l}}{{left}}-{{name}};{{/l}}{{left}}")};
    assert_string_equal(render_set(&source, 1, top, "en"), "0-0;1-10;20-2;L-;40-4;5-50;L");
}

/* More paths than a page remembers at once. */
static void many_names(void **state)
{
    (void)state;
    struct buf text, expected;
    struct json *model = json_object(arena), *list = json_array(arena);
    buf_init(&text, arena, 0);
    buf_init(&expected, arena, 0);
    buf_cstr(&text, "{{#l}}");
    for (int i = 0; i < 700; i++)
        buf_format(&text, "{{n%d}},", i);
    buf_cstr(&text, "{{/l}}");
    for (int row = 0; row < 3; row++) {
        struct json *item = json_object(arena);
        for (int i = 0; i < 700; i++) {
            json_put(arena, item, str_format(arena, "n%d", i), json_new_int(arena, i * (row + 1)));
            buf_format(&expected, "%d,", i * (row + 1));
        }
        json_push(arena, list, item);
    }
    json_set(arena, model, "l", list);
    struct template_source source = {STR("page"), buf_view(&text)};
    assert_string_equal(render_set(&source, 1, model, "en"), str_cstr(arena, buf_view(&expected)));
}

static void sections_compare(void **state)
{
    (void)state;
    const char *model = "{\"kind\": \"note\", \"count\": 1, \"on\": true, \"item\": {\"kind\": \"call\"}}";
    assert_string_equal(render("{{#kind=note}}N{{/kind}}{{#kind=call}}C{{/kind=call}}", model), "N");
    assert_string_equal(render("{{^kind=note}}N{{/kind}}{{^kind=call}}C{{/kind}}", model), "C");
    assert_string_equal(render("{{#count=1}}one{{/count}}{{#on=true}}on{{/on}}", model), "oneon");
    assert_string_equal(render("{{#item.kind=call}}{{kind}}{{/item.kind}}", model), "note");
    assert_string_equal(render("{{^gone=x}}not{{/gone}}", model), "not");
}

static void lines_leave_nothing_behind(void **state)
{
    (void)state;
    assert_string_equal(render("<ul>\n  {{#l}}\n  <li>{{.}}</li>\n  {{/l}}\n</ul>\n", "{\"l\": [1, 2]}"),
                        "<ul>\n<li>1</li>\n<li>2</li>\n</ul>\n");
    assert_string_equal(render("a\n{{! a word aside }}\nb {{! inline }}c\n", "{}"), "a\nb c\n");
}

static void parts_and_layouts(void **state)
{
    (void)state;
    const struct template_source sources[] = {
        {STR("page"), STR("{{<layout}}\n{{$title}}{{n}}{{/title}}<p>{{>part}}</p>")},
        {STR("layout"), STR("<title>{{$title}}none{{/title}}</title>{{$class}}plain{{/class}}|{{>body}}|")},
        {STR("parts/part"), STR("{{n}}{{#l}}{{>leaf}}{{/l}}")},
        {STR("parts/leaf"), STR("({{.}})")},
    };
    struct json *model = model_of("{\"n\": \"<N>\", \"l\": [1, 2]}");
    assert_string_equal(render_set(sources, 4, model, "en"), "<title>&lt;N&gt;</title>plain|<p>&lt;N&gt;(1)(2)</p>|");
    struct error e = {0};
    const struct template_set *set = template_set_parse(arena, sources, 4, &e);
    assert_true(template_shows(set, STR("page"), STR("parts/leaf")));
    assert_false(template_shows(set, STR("parts/leaf"), STR("parts/part")));
    assert_false(template_shows(set, STR("page"), STR("layout")));
    struct template_frame frame = frame_of("en");
    struct buf out;
    buf_init(&out, arena, 64);
    assert_true(template_render_bare(set, STR("page"), &frame, model, &out, &e));
    assert_string_equal(str_cstr(arena, buf_view(&out)), "<p>&lt;N&gt;(1)(2)</p>");
    assert_false(template_render(set, STR("nowhere"), &frame, model, &out, &e));
}

static void parts_without_end_stop(void **state)
{
    (void)state;
    const struct template_source sources[] = {{STR("parts/a"), STR("x{{>b}}")}, {STR("parts/b"), STR("y{{>a}}")}};
    struct error e = {0};
    struct buf out;
    struct template_frame frame = frame_of("en");
    const struct template_set *set = template_set_parse(arena, sources, 2, &e);
    assert_non_null(set);
    buf_init(&out, arena, 64);
    assert_false(template_render(set, STR("parts/a"), &frame, json_object(arena), &out, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_false(template_shows(set, STR("parts/a"), STR("parts/none")));
}

static void words_that_are_not_there_have_a_general_one(void **state)
{
    (void)state;
    struct template_source source = {STR("page"), STR("{{t language.writes_@a}}|{{t language.writes_@b}}")};
    const char *model = "{\"a\": \"sv\", \"b\": \"xx\"}";
    assert_string_equal(render_set(&source, 1, model_of(model), "en"),
                        "writes in Swedish|writes in another language");
    assert_string_equal(render_set(&source, 1, model_of(model), "it"), "scrive in svedese|scrive in un’altra lingua");
}

static void words_come_from_the_locale(void **state)
{
    (void)state;
    const char *model = "{\"person\": {\"name\": \"<Ada> Lume\"}, \"k\": \"waiting\", \"n\": 1, \"m\": 1284, "
                        "\"c\": \"save\"}";
    struct template_source source = {
        STR("page"), STR("{{t save}}|{{t need.ask name=person.name}}|{{t place.@k}}|{{t today.waiting count=n}}|"
                         "{{t today.waiting count=m}}|{{t @c}}|{{t need.ask name=\"Noa\"}}")};
    assert_string_equal(render_set(&source, 1, model_of(model), "en"),
                        "Save|What does &lt;Ada&gt; need?|waiting|1 person waits.|1,284 people wait.|Save|"
                        "What does Noa need?");
    assert_string_equal(render_set(&source, 1, model_of(model), "it"),
                        "Salva|Di che cosa ha bisogno &lt;Ada&gt;?|in attesa|Aspetta 1 persona.|"
                        "Aspettano 1.284 persone.|Salva|Di che cosa ha bisogno Noa?");
}

static void words_keep_only_the_locales_markup(void **state)
{
    (void)state;
    const char *model = "{\"since\": \"2026-11-21T12:30:00Z\", \"words\": \"<script>\", \"count\": 3}";
    assert_string_equal(render("{{{t story.waiting}}}", model), "waiting <b>1 h 00</b>");
    assert_string_equal(render("{{t story.waiting}}", model), "waiting &lt;b&gt;1 h 00&lt;/b&gt;");
    assert_string_equal(render("{{{t reply.similar}}}", model),
                        "“&lt;script&gt;”: <b>you have said this to 3 people.</b>");
}

static void formats_are_escaped_too(void **state)
{
    (void)state;
    const char *model = "{\"name\": \"<Ada Lume\", \"bad\": \"javascript:alert(1)\", \"good\": "
                        "\"https://a.example/?a=1&b=\\\"\","
                        " \"path\": \"/desk\", \"twist\": \"//evil.example\", \"q\": \"a b&c\", \"n\": 1234567}";
    assert_string_equal(render("{{first name}}", model), "&lt;Ada");
    assert_string_equal(render("{{url bad}} {{url path}} {{url twist}}", model), "# /desk #");
    assert_string_equal(render("{{url good}}", model), "https://a.example/?a=1&amp;b=&quot;");
    assert_string_equal(render("{{query q}} {{number n}}", model), "a%20b%26c 1,234,567");
}

static void peoples_words_get_links_and_marks(void **state)
{
    (void)state;
    const char *model =
        "{\"a\": \"see https://a.example/x?y=1&z=2. <b> (http://b.example)\", \"b\": \"none http:// here\","
        " \"m\": \"my \\u0002mo<ther\\u0003 and \\u0002more\"}";
    assert_string_equal(render("{{words a}}", model),
                        "see <a rel=\"noopener noreferrer nofollow\" target=\"_blank\" "
                        "href=\"https://a.example/x?y=1&amp;z=2\">https://a.example/x?y=1&amp;z=2</a>. &lt;b&gt; "
                        "(<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" "
                        "href=\"http://b.example\">http://b.example</a>)");
    assert_string_equal(render("{{words b}}", model), "none http:// here");
    assert_string_equal(render("{{marked m}}", model), "my <mark>mo&lt;ther</mark> and <mark>more</mark>");
}

static void drawings_come_with_the_page(void **state)
{
    (void)state;
    const char *out =
        render("{{icon check}}{{icon check}}{{icon @n}}|{{sprite}}|{{icon lock}}", "{\"n\": \"whatsapp\"}");
    const char *sprite = strchr(out, '|');
    assert_non_null(sprite);
    assert_non_null(strstr(out, "<svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-check\"/></svg>"));
    assert_non_null(strstr(sprite, "<symbol id=\"i-check\" viewBox=\"0 0 24 24\">"));
    assert_non_null(strstr(sprite, "<symbol id=\"i-whatsapp\""));
    assert_null(strstr(strstr(sprite, "i-check") + 7, "i-check"));
    assert_null(strstr(sprite, "i-facebook"));
    /* what is used after its place comes at the end */
    assert_non_null(strstr(strchr(sprite + 1, '|'), "<symbol id=\"i-lock\""));
    assert_string_equal(render("no drawing{{sprite}}", "{}"), "no drawing");
}

static void drawings_cannot_break_out(void **state)
{
    (void)state;
    const char *out = render("{{icon @i}}", "{\"i\": \"face\\\"><script>book\"}");
    assert_non_null(strstr(out, "#i-chat\"/></svg>"));
    assert_null(strstr(out, "script"));
    assert_non_null(strstr(parse_error("{{icon no-such}}"), "no drawing \"no-such\""));
}

static void strictness_names_what_is_missing(void **state)
{
    (void)state;
    render("ok\n{{here}}\n{{nowhere}} {{a.b}}{{#maybe}}x{{/maybe}}{{t need.ask}}", "{\"here\": null, \"a\": {}}");
    assert_string_equal(str_cstr(arena, buf_view(&trouble)), "page:3 nowhere\npage:3 a.b\npage:3 name\n");
}

static void mistakes_are_named(void **state)
{
    (void)state;
    assert_non_null(strstr(parse_error("a\nb{{#x}}"), "is not closed: x"));
    assert_non_null(strstr(parse_error("a\n{{/x}}"), "page:2: closes what is not open: x"));
    assert_non_null(strstr(parse_error("{{#x}}{{/y}}"), "closes what is not open: y"));
    assert_non_null(strstr(parse_error("{{x"), "a tag is not closed"));
    assert_non_null(strstr(parse_error("{{x}y}"), "a tag is not closed"));
    assert_non_null(strstr(parse_error("{{}}"), "an empty tag"));
    assert_non_null(strstr(parse_error("{{x-y}}"), "not a name"));
    assert_non_null(strstr(parse_error("{{a..b}}"), "not a name"));
    assert_non_null(strstr(parse_error("{{shout x}}"), "no such format: shout"));
    assert_non_null(strstr(parse_error("{{t no.such.key}}"), "no such text: no.such.key"));
    assert_non_null(strstr(parse_error("{{t save x}}"), "not name=path"));
    assert_non_null(strstr(parse_error("{{>gone}}"), "there is no part \"gone\""));
    assert_non_null(strstr(parse_error("{{<gone}}"), "there is no layout \"gone\""));
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, arena, 1024);
    for (int i = 0; i < 60; i++)
        buf_cstr(&text, "{{#x}}");
    for (int i = 0; i < 60; i++)
        buf_cstr(&text, "{{/x}}");
    assert_non_null(strstr(parse_error(str_cstr(arena, buf_view(&text))), "too deep"));
}

int web_template_test(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(values_are_escaped),
        T(trusted_html_needs_both_sides),
        T(sections_follow_the_value),
        T(names_are_found_wherever_they_are),
        T(many_names),
        T(sections_compare),
        T(lines_leave_nothing_behind),
        T(parts_and_layouts),
        T(parts_without_end_stop),
        T(words_come_from_the_locale),
        T(words_that_are_not_there_have_a_general_one),
        T(words_keep_only_the_locales_markup),
        T(formats_are_escaped_too),
        T(peoples_words_get_links_and_marks),
        T(drawings_come_with_the_page),
        T(drawings_cannot_break_out),
        T(strictness_names_what_is_missing),
        T(mistakes_are_named),
        T(depth_is_limited),
    };
    return cmocka_run_group_tests_name("web/template", tests, NULL, NULL);
}
