/* SPDX-License-Identifier: Apache-2.0 */
/* The log: every line is put together on the stack and written at once, so that lines of several threads
 * never mix and a full disk or a closed pipe costs a line, not the program. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

#define MESSAGE_LIMIT 4096
#define LINE_LIMIT    8192
#define TAIL          4 /* the closing quote, brace and line end */

static _Atomic int lowest = LOG_INFO;

struct line {
    size_t len;
    char bytes[LINE_LIMIT];
};

void log_set_level(enum log_level level)
{
    atomic_store(&lowest, (int)level);
}

static bool add(struct line *l, const char *ptr, size_t len)
{
    if (len > sizeof(l->bytes) - TAIL - l->len)
        return false;
    memcpy(l->bytes + l->len, ptr, len);
    l->len += len;
    return true;
}

/* Escapes for JSON; stops where the line is full. */
static void add_escaped(struct line *l, const char *words)
{
    size_t left = strlen(words), used;
    for (bool room = true; left && room; words += used, left -= used) {
        unsigned char c = (unsigned char)*words;
        char escape[7];
        used = 1;
        if (c < 0x20 || c == 0x7f) {
            snprintf(escape, sizeof(escape), "\\u%04x", c);
            room = add(l, escape, 6);
        } else if (c == '"' || c == '\\') {
            room = add(l, (const char[]){'\\', (char)c}, 2);
        } else if ((used = utf8_sequence(words, left)) > 0) {
            room = add(l, words, used);
        } else {
            used = utf8_bad_length(words, left);
            room = add(l, "\xef\xbf\xbd", 3);
        }
    }
}

static void add_time(struct line *l)
{
    struct timespec now;
    struct tm parts;
    char digits[64];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(digits, sizeof(digits), "%Y-%m-%dT%H:%M:%S", &parts);
    int rest = snprintf(digits + len, sizeof(digits) - len, ".%03ldZ", now.tv_nsec / 1000000);
    add(l, digits, len + (size_t)rest);
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if ((int)level < atomic_load(&lowest))
        return;
    char message[MESSAGE_LIMIT];
    va_list args;
    va_start(args, format);
    if (vsnprintf(message, sizeof(message), format, args) < 0)
        message[0] = '\0';
    va_end(args);
    struct line l;
    l.len = 0;
    add(&l, "{\"at\":\"", 7);
    add_time(&l);
    add(&l, "\",\"level\":\"", 11);
    add_escaped(&l, names[level]);
    add(&l, "\",\"area\":\"", 10);
    add_escaped(&l, area);
    add(&l, "\",\"message\":\"", 13);
    add_escaped(&l, message);
    memcpy(l.bytes + l.len, "\"}\n", 3);
    ssize_t written = write(STDERR_FILENO, l.bytes, l.len + 3);
    (void)written;
}
