/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print and read besides the database: ids, tables, JSON, progress, files, passwords. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "cli/cli_internal.h"

#define CELL_MAX       60
#define COLUMNS_MAX    12
#define PASSWORD_LEAST 8
#define PASSWORD_MOST  1024

static void print(struct str s)
{
    fwrite(s.ptr ? s.ptr : "", 1, s.len, stdout);
}

void cli_print_json(const struct cli *cli, const struct json *json)
{
    print(json_to_str(cli->arena, json));
    putchar('\n');
}

void cli_print_id(const struct cli *cli, int64_t id)
{
    if (!cli->json) {
        printf("%" PRId64 "\n", id);
        return;
    }
    struct json *object = json_object(cli->arena);
    json_set_id(cli->arena, object, "id", id);
    cli_print_json(cli, object);
}

/* ---- tables ---- */

static struct str cell_of(struct arena *a, const struct json *value)
{
    if (!value || value->type == JSON_NULL)
        return STR("-");
    if (value->type == JSON_BOOL)
        return value->boolean ? STR("yes") : STR("no");
    struct str text = json_id(value);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ')
            return STR("(several lines)");
    return text.len ? text_shorten(a, text, CELL_MAX) : STR("-");
}

static size_t columns_cut(const char *columns, struct str out[COLUMNS_MAX])
{
    struct str rest = str_from(columns), name;
    size_t n = 0;
    while (n < COLUMNS_MAX && str_split(&rest, ' ', &name))
        out[n++] = name;
    return n;
}

static void cell_print(struct arena *a, struct str cell, size_t width, bool last)
{
    print(cell);
    for (size_t used = text_length(a, cell, LENGTH_GRAPHEMES); !last && used < width + 2; used++)
        putchar(' ');
    if (last)
        putchar('\n');
}

void cli_print_list(const struct cli *cli, const struct json *list, const char *columns)
{
    struct str names[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX], n = columns_cut(columns, names);
    if (cli->json) {
        cli_print_json(cli, list);
        return;
    }
    if (json_count(list) == 0)
        return;
    for (size_t k = 0; k < n; k++) {
        widths[k] = names[k].len;
        for (size_t i = 0; i < json_count(list); i++) {
            struct str cell = cell_of(cli->arena, json_get_str(json_at(list, i), names[k]));
            size_t width = text_length(cli->arena, cell, LENGTH_GRAPHEMES);
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    for (size_t k = 0; k < n; k++)
        cell_print(cli->arena, names[k], widths[k], k + 1 == n);
    for (size_t i = 0; i < json_count(list); i++)
        for (size_t k = 0; k < n; k++)
            cell_print(cli->arena, cell_of(cli->arena, json_get_str(json_at(list, i), names[k])), widths[k],
                       k + 1 == n);
}

/* ---- progress ---- */

static bool progress_shown;

void cli_progress(const char *format, ...)
{
    if (!isatty(STDERR_FILENO))
        return;
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, args);
    fflush(stderr);
    va_end(args);
    progress_shown = true;
}

void cli_progress_end(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}

/* ---- files ---- */

static bool fd_read(struct arena *a, int fd, size_t size, size_t most, struct str *out)
{
    struct buf b;
    char chunk[65536];
    buf_init(&b, a, size ? size + 1 : sizeof chunk);
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || b.len + (size_t)n > most) {
            errno = n < 0 ? errno : EFBIG;
            return false;
        }
        if (n == 0)
            break;
        buf_add(&b, chunk, (size_t)n);
    }
    *out = buf_view(&b);
    return true;
}

bool cli_read_file(struct arena *a, const char *path, size_t most, struct str *out, struct error *e)
{
    bool standard = strcmp(path, "-") == 0;
    struct stat info;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0)
        return fail(e, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
    size_t size = S_ISREG(info.st_mode) && info.st_size > 0 ? (size_t)info.st_size : 0;
    bool ok = size <= most && fd_read(a, fd, size, most, out);
    int why = size > most ? EFBIG : errno;
    if (!standard)
        close(fd);
    return ok || fail(e, ERR_BAD_INPUT, "%s cannot be read: %s", standard ? "stdin" : path, strerror(why));
}

/* ---- passwords ---- */

/* One line from the terminal, without showing it. */
static bool ask(struct arena *a, const char *question, struct str *out, struct error *e)
{
    char line[PASSWORD_MOST + 2];
    struct termios shown, hidden;
    fprintf(stderr, "%s", question);
    fflush(stderr);
    bool known = tcgetattr(STDIN_FILENO, &shown) == 0;
    if (known) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    bool got = fgets(line, sizeof line, stdin) != NULL;
    if (known)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    if (!got)
        return fail(e, ERR_BAD_INPUT, "no password was given");
    *out = str_dup(a, str_slice(str_from(line), 0, strcspn(line, "\r\n")));
    return true;
}

static bool password_fits(struct str password, struct error *e)
{
    if (password.len < PASSWORD_LEAST)
        return fail(e, ERR_BAD_INPUT, "a password has at least %d characters", PASSWORD_LEAST);
    return password.len <= PASSWORD_MOST || fail(e, ERR_BAD_INPUT, "that is too long for a password");
}

bool cli_password(struct cli *cli, struct str *password, bool *made, struct error *e)
{
    struct arena *a = cli->arena;
    struct str again, file = cli_option(cli, "password-file");
    *made = false;
    if (file.len) {
        if (!cli_read_file(a, str_cstr(a, file), PASSWORD_MOST + 2, password, e))
            return false;
        ptrdiff_t end = str_find_char(*password, '\n');
        *password = str_slice(*password, 0, end < 0 ? password->len : (size_t)end);
        if (password->len && password->ptr[password->len - 1] == '\r')
            password->len--;
        return password_fits(*password, e);
    }
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
        if (!ask(a, "Password (empty: make one up): ", password, e))
            return false;
        if (password->len)
            return password_fits(*password, e) && ask(a, "Once more: ", &again, e) &&
                   (str_eq(*password, again) || fail(e, ERR_BAD_INPUT, "the two passwords differ"));
    }
    *made = true;
    *password = random_token(a, 15);
    return true;
}
