/* SPDX-License-Identifier: Apache-2.0 */
/* Filling an error, and what the table errors.def says of each code. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *json;
    int http;
    const char *words;
} table[ERR_COUNT] = {
    [ERR_NONE] = {"none", 200, "No error."},
#define ERROR(name, json, http, words) [name] = {json, http, words},
#include "base/errors.def"
#undef ERROR
};

/* One line, and no character cut in half at its end. */
static void tidy(char *message, bool cut)
{
    size_t len = strlen(message);
    if (cut && len) {
        size_t i = len - 1;
        while (i > 0 && len - i < 4 && ((unsigned char)message[i] & 0xc0) == 0x80)
            i--;
        if ((unsigned char)message[i] >= 0x80)
            message[i] = '\0';
    }
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
}

FORMAT(3, 0) static void fill(struct error *e, enum error_code code, const char *format, va_list args)
{
    if (!e)
        return;
    e->code = code;
    int len = vsnprintf(e->message, sizeof(e->message), format, args);
    if (len < 0)
        e->message[0] = '\0';
    tidy(e->message, len >= (int)sizeof(e->message));
}

bool(fail)(struct error *e, enum error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(e, code, format, args);
    va_end(args);
    return false;
}

void *(fail_null)(struct error *e, enum error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(e, code, format, args);
    va_end(args);
    return NULL;
}

static enum error_code known(enum error_code code)
{
    return (unsigned)code < ERR_COUNT ? code : ERR_INTERNAL;
}

const char *error_json_code(enum error_code code)
{
    return table[known(code)].json;
}

int error_http_status(enum error_code code)
{
    return table[known(code)].http;
}

const char *error_words(enum error_code code)
{
    return table[known(code)].words;
}
