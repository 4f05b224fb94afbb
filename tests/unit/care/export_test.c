/* SPDX-License-Identifier: Apache-2.0 */
/* The demo comes in whole; and what is exported comes back the same. */
#include "import_support.h"

int care_export_test(void);

/* ---- the demo, and there and back ---- */

static struct str demo_text(struct arena *a)
{
    static const char *const files[] = {"demo/house.jsonl", "demo/people.jsonl", "demo/conversations-it.jsonl",
                                        "demo/conversations-en.jsonl"};
    struct buf b;
    buf_init(&b, a, 1 << 19);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct str bytes = embed_get(str_from(files[i]));
        assert_true(bytes.len > 0);
        buf_str(&b, bytes);
        buf_char(&b, '\n');
    }
    return buf_view(&b);
}

static void demo_states(struct fixture *f, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        const struct json *json = line.len ? json_parse(f->a, line, NULL) : NULL;
        if (!str_eq(json_text(json_get(json, "type")), STR("conversation")))
            continue;
        struct str key = str_concat(f->a, STR("conversation:"), json_text(json_get(json, "id")));
        struct story s = story_of(f, id_of(f, str_cstr(f->a, key)));
        if (!str_eq(json_text(json_get(json, "state")), str_from(conversation_state_name(s.c.state))))
            fail_msg("%.*s is %s", STR_ARGS(key), conversation_state_name(s.c.state));
    }
}

static void the_demo_comes_in_whole(void **state)
{
    struct fixture *f = *state;
    struct str text = demo_text(f->a);
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, text));
    assert_int_equal(f->report.people, 120);
    assert_int_equal(f->report.conversations, 205);
    struct look look = look_at(f);
    assert_int_equal(look.count, 205);
    assert_int_equal(figure(&look, "received"), (int64_t)f->report.received);
    demo_states(f, text);
}

struct sink {
    struct buf out;
};

static bool sink_line(void *ctx, struct str line, struct error *e)
{
    struct sink *sink = ctx;
    (void)e;
    buf_str(&sink->out, line);
    buf_char(&sink->out, '\n');
    return true;
}

static struct str export_text(struct fixture *f)
{
    struct sink sink = {0};
    struct export_report report;
    struct error e = {0};
    buf_init(&sink.out, f->a, 1 << 20);
    struct export_sink out = {.line = sink_line, .ctx = &sink};
    if (!export_lines(f->house, f->brand, &out, &report, &e))
        fail_msg("%s", e.message);
    assert_int_equal(report.unsent, 0);
    return buf_view(&sink.out);
}

/* Ids of ours differ from brand to brand: each is replaced by words that do not. */
struct alias {
    struct str id, words;
};
struct aliases {
    struct alias items[2000];
    size_t count;
};

static void alias_add(struct aliases *all, struct str id, struct str words)
{
    assert_true(all->count < COUNT_OF(all->items) && id.len && words.len);
    all->items[all->count++] = (struct alias){id, words};
}

static void aliases_of(struct arena *a, struct aliases *all, const struct json *line)
{
    static const char *const names[] = {"email", "shortcut", "name"};
    const struct json *items = json_get(line, "items");
    struct str words = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(names) && !words.len; i++)
        words = json_text(json_get(line, names[i]));
    for (size_t i = 0; i < json_count(items); i++) {
        struct str network_id = json_text(json_get(json_at(items, i), "network_id"));
        if (network_id.len)
            alias_add(all, json_text(json_get(json_at(items, i), "id")), network_id);
        if (network_id.len && !words.len)
            words = str_concat(a, STR("with "), network_id);
    }
    words = str_format(a, "%.*s %.*s %.*s", STR_ARGS(json_text(json_get(line, "type"))), STR_ARGS(words),
                       STR_ARGS(json_text(json_get(line, "network"))));
    alias_add(all, json_text(json_get(line, "id")), words);
}

static struct str without_ids(struct arena *a, struct str text, const struct aliases *all)
{
    struct buf b;
    buf_init(&b, a, text.len);
    for (size_t i = 0; i < text.len;) {
        size_t end = i, k = 0;
        while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
            end++;
        while (end - i >= 17 && k < all->count && !str_eq(all->items[k].id, str_slice(text, i, end)))
            k++;
        if (end - i >= 17 && k < all->count)
            buf_str(&b, all->items[k].words);
        else
            buf_add(&b, text.ptr + i, end > i ? end - i : 1);
        i = end > i ? end : i + 1;
    }
    return buf_view(&b);
}

static int compare_lines(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static size_t lines_of(struct arena *a, struct str text, struct str *out, size_t most)
{
    struct aliases *all = ARENA_NEW(a, struct aliases);
    struct str rest = text, line;
    size_t n = 0;
    while (str_split(&rest, '\n', &line) && line.len)
        aliases_of(a, all, json_parse(a, line, NULL));
    text = without_ids(a, text, all);
    while (n < most && str_split(&text, '\n', &out[n]) && out[n].len)
        n++;
    qsort(out, n, sizeof *out, compare_lines);
    return n;
}

static void there_and_back_is_the_same(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, demo_text(f->a)));
    import_all(f, IMPORT_THREADS, thread_lines);
    struct look first = look_at(f);
    struct str there = export_text(f);
    f->brand = OTHER;
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, there));
    struct look second = look_at(f);
    static const char *const figures[] = {"received", "waiting", "answered", "closed", "set_aside", "withdrawn"};
    for (size_t i = 0; i < COUNT_OF(figures); i++)
        assert_int_equal(figure(&first, figures[i]), figure(&second, figures[i]));
    static struct str out[1000], back[1000];
    size_t n = lines_of(f->a, there, out, COUNT_OF(out));
    assert_int_equal(n, lines_of(f->a, export_text(f), back, COUNT_OF(back)));
    assert_true(n > 370);
    for (size_t i = 0; i < n; i++)
        if (!str_eq(out[i], back[i]))
            fail_msg("\n%.*s\n%.*s", STR_ARGS(out[i]), STR_ARGS(back[i]));
}

static void an_export_read_back_changes_nothing(void **state)
{
    struct fixture *f = *state;
    import_small(f);
    struct look before = look_at(f);
    import_all(f, IMPORT_CONVERSATIONS, str_cstr(f->a, export_text(f)));
    assert_int_equal(f->report.known, f->report.lines);
    struct look after = look_at(f);
    assert_int_equal(before.last_event, after.last_event);
}

int care_export_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_demo_comes_in_whole),
        TEST(there_and_back_is_the_same),
        TEST(an_export_read_back_changes_nothing),
    };
    return cmocka_run_group_tests_name("care/export", tests, NULL, NULL);
}
