/* SPDX-License-Identifier: Apache-2.0 */
/* One error, filled where it happens, carried to the edge and answered once. Only web, jobs and cli turn it into
 * a response, a log line or an exit code; nothing below prints. Bugs are asserted, bad input errs. */
#pragma once

#include "base/compiler.h"

enum error_code {
    ERR_NONE = 0,
#define ERROR(name, json, http, words) name,
#include "base/errors.def"
#undef ERROR
    ERR_COUNT
};

struct error {
    enum error_code code;
    char message[256]; /* one line, words for a person; never a secret */
};

/* Fills e (which may be NULL) and returns false, so that `return fail(e, ERR_NOT_FOUND, "…")` reads well.
 * (The parentheses keep cmocka's macro of that name away.) */
bool(fail)(struct error *e, enum error_code code, const char *format, ...) FORMAT(3, 4);
/* As fail, returns NULL. */
void *fail_null(struct error *e, enum error_code code, const char *format, ...) FORMAT(3, 4);
#ifdef __clang_analyzer__ /* sees no body: it must know what they return */
#define fail(...)      ((void)(fail)(__VA_ARGS__), false)
#define fail_null(...) ((void)(fail_null)(__VA_ARGS__), NULL)
#endif
const char *error_json_code(enum error_code code);
int error_http_status(enum error_code code);
const char *error_words(enum error_code code);
