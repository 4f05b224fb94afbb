/* SPDX-License-Identifier: Apache-2.0 */
/* The log: every line is JSON, whole, and on stderr. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

int base_log_test(void);

/* Runs write_lines with stderr in a file; gives what was written. */
static struct str capture(struct arena *a, void (*write_lines)(void))
{
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    assert_non_null(file);
    assert_true(before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    write_lines();
    dup2(before, STDERR_FILENO);
    close(before);
    struct buf out;
    char part[4096];
    size_t len;
    buf_init(&out, a, sizeof(part));
    rewind(file);
    while ((len = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(&out, part, len);
    fclose(file);
    return buf_view(&out);
}

static const struct json *line_at(struct arena *a, struct str text, int index)
{
    struct str line = STR_EMPTY;
    for (int i = 0; i <= index; i++)
        if (!str_split(&text, '\n', &line))
            return NULL;
    return json_parse(a, line, NULL);
}

static void write_levels(void)
{
    log_set_level(LOG_WARN);
    log_debug("http", "no");
    log_info("http", "no");
    log_warn("http", "careful %d", 1);
    log_error("outbox", "broken");
    log_set_level(LOG_DEBUG);
    log_debug("x", "now");
    log_set_level(LOG_INFO);
}

static void lines_have_time_level_area_and_message(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct str text = capture(a, write_levels);
    const struct json *first = line_at(a, text, 0);
    int64_t at;
    assert_true(str_eq(json_text(json_get(first, "level")), STR("warn")));
    assert_true(str_eq(json_text(json_get(first, "area")), STR("http")));
    assert_true(str_eq(json_text(json_get(first, "message")), STR("careful 1")));
    assert_true(clock_parse_iso(json_text(json_get(first, "at")), &at));
    assert_true(llabs(clock_now() - at) < 10 * SECOND_US);
    assert_true(str_eq(json_text(json_get(line_at(a, text, 1), "level")), STR("error")));
    assert_true(str_eq(json_text(json_get(line_at(a, text, 2), "message")), STR("now")));
    assert_null(line_at(a, text, 3));
    arena_free(a);
}

static char large[20000];
static void write_hostile(void)
{
    memset(large, '\n', sizeof(large) - 1);
    log_info("a\"b", "line\nbreak \"quoted\" \\ \x01\x7f \xff\xc3 perché");
    log_info("a", "%s", large);
    memset(large, 'x', sizeof(large) - 1);
    log_info("a", "%s", large);
    log_info("a", "%s", "");
}

static void hostile_words_stay_in_their_line(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct str text = capture(a, write_hostile);
    const struct json *first = line_at(a, text, 0);
    assert_true(str_eq(json_text(json_get(first, "area")), STR("a\"b")));
    assert_true(str_eq(json_text(json_get(first, "message")),
                       STR("line\nbreak \"quoted\" \\ \x01\x7f \xef\xbf\xbd\xef\xbf\xbd perché")));
    assert_true(json_text(json_get(line_at(a, text, 1), "message")).len > 1000);
    assert_true(json_text(json_get(line_at(a, text, 2), "message")).len > 4000);
    assert_true(json_is(json_get(line_at(a, text, 3), "message"), JSON_STRING));
    assert_null(line_at(a, text, 4));
    arena_free(a);
}

static void *write_many(void *unused)
{
    for (int i = 0; i < 500; i++)
        log_info("thread", "a line of one thread among others, number %d", i);
    return unused;
}

static void write_in_threads(void)
{
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_create(&threads[i], NULL, write_many, NULL);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct str rest = capture(a, write_in_threads), line;
    int lines = 0;
    for (; str_split(&rest, '\n', &line); lines++)
        assert_non_null(json_parse(a, line, NULL));
    assert_int_equal(lines, 2000);
    arena_free(a);
}

int base_log_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_time_level_area_and_message),
        cmocka_unit_test(hostile_words_stay_in_their_line),
        cmocka_unit_test(lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
