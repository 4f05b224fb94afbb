/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the command line share: a data folder of its own for each test, and running a line in it. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/house.h"
#include "channels/channel.h"
#include "cli/cli.h"
#include "store/agent.h"

#define WORDS_MAX 24

struct fixture {
    char folder[64], data[96], file[96];
    struct arena *a;
    int code;
    struct str out, err;
};

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/ascolto-cli-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->data, sizeof f->data, "%s/data", f->folder);
    snprintf(f->file, sizeof f->file, "%s/file", f->folder);
    setenv("ASCOLTO_DATA", f->data, 1);
    setenv("ASCOLTO_FAST_PASSWORDS", "1", 1);
    f->a = arena_new();
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    unsetenv("ASCOLTO_DATA");
    arena_free(f->a);
    free(f);
    return 0;
}

/* ---- running ---- */

static inline struct str file_bytes(struct arena *a, const char *path)
{
    struct buf b;
    char chunk[4096];
    buf_init(&b, a, sizeof chunk);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;)
        buf_add(&b, chunk, (size_t)n);
    close(fd);
    return buf_view(&b);
}

static inline void file_put(const char *path, struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    close(fd);
}

static inline int redirect(int fd, const char *path, int flags)
{
    int kept = dup(fd), other = open(path, flags, 0600);
    assert_true(kept >= 0 && other >= 0);
    assert_true(dup2(other, fd) >= 0);
    close(other);
    return kept;
}

static inline void restored(int fd, int kept)
{
    assert_true(dup2(kept, fd) >= 0);
    close(kept);
}

/* One command line, words cut at blanks; "~" in it stands for the test's file. */
static inline void run(struct fixture *f, const char *line)
{
    char out[96], err[96], *argv[WORDS_MAX + 1] = {(char[]){"ascolto"}};
    int argc = 1;
    snprintf(out, sizeof out, "%s/out", f->folder);
    snprintf(err, sizeof err, "%s/err", f->folder);
    struct str rest = str_from(line), word;
    while (str_split(&rest, ' ', &word)) {
        ptrdiff_t tilde = str_find_char(word, '~');
        assert_true(argc < WORDS_MAX);
        struct str full = tilde < 0 ? word
                                    : str_format(f->a, "%.*s%s%.*s", (int)tilde, word.ptr, f->file,
                                                 STR_ARGS(str_slice(word, (size_t)tilde + 1, word.len)));
        argv[argc++] = arena_copy(f->a, full.ptr, full.len);
    }
    fflush(stdout);
    fflush(stderr);
    int in = redirect(STDIN_FILENO, f->file[0] && access(f->file, R_OK) == 0 ? f->file : "/dev/null", O_RDONLY);
    int one = redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC);
    int two = redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
    f->code = cli_main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    restored(STDOUT_FILENO, one);
    restored(STDERR_FILENO, two);
    restored(STDIN_FILENO, in);
    f->out = file_bytes(f->a, out);
    f->err = file_bytes(f->a, err);
}

static inline void does(struct fixture *f, const char *line)
{
    run(f, line);
    if (f->code != 0)
        fail_msg("%s: exit %d: %.*s", line, f->code, STR_ARGS(f->err));
}

/* Refused with this exit code and these words in one line of stderr (a usage line may follow). */
static inline void refuses(struct fixture *f, const char *line, int code, const char *words)
{
    run(f, line);
    if (f->code != code || str_find(f->err, str_from(words)) < 0)
        fail_msg("%s: exit %d: %.*s", line, f->code, STR_ARGS(f->err));
    assert_true(str_starts(f->err, STR("ascolto: ")) || str_find(f->err, STR("\nascolto: ")) >= 0);
}

static inline int64_t printed_id(struct fixture *f)
{
    int64_t id;
    assert_true(f->out.len > 1 && f->out.ptr[f->out.len - 1] == '\n');
    assert_true(str_int64(str_slice(f->out, 0, f->out.len - 1), &id));
    assert_true(id > 0);
    return id;
}

static inline const struct json *printed(struct fixture *f)
{
    struct error e = {0};
    const struct json *json = json_parse(f->a, f->out, &e);
    if (!json)
        fail_msg("%s: %.*s", e.message, STR_ARGS(f->out));
    return json;
}

static inline bool says(struct str text, const char *words)
{
    return str_find(text, str_from(words)) >= 0;
}

static inline const char *with_id(struct fixture *f, const char *format, int64_t id)
{
    struct buf b;
    buf_init(&b, f->a, 128);
    for (; *format; format++) {
        if (*format == '#')
            buf_int(&b, id);
        else
            buf_char(&b, *format);
    }
    return buf_view(&b).ptr;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
