/* SPDX-License-Identifier: Apache-2.0 */
/* What the forms of all pages share: fields with what is wrong with them, choices, and where a list goes on. */
#pragma once

#include "store/store.h"
#include "web/router.h"

struct json;

/* {value, name, checked}: a choice whose names are data. */
struct json *option_json(struct arena *a, struct str value, struct str name, bool checked);
/* {value, key, checked}: a choice whose names are words of ours. */
struct json *choice_json(struct arena *a, struct str value, const char *key, bool checked);
/* What is wrong with a form: errors is null until the first; key is one of wrong.*. */
void form_wrong(struct arena *a, struct json **errors, const char *field, const char *key);
/* A line of the form, trimmed and clean; writes wrong.missing and wrong.long into errors. */
struct str form_line(struct visit *v, const char *field, size_t max, bool required, struct json **errors);
/* name@host.tld, roughly: what a mistake would not look like. */
bool form_is_email(struct str text);

/* "<at>.<id>" of the last row of a list, as its next page's address carries it; from the start where it is none. */
struct cursor form_cursor(struct str text, int limit);
struct str form_cursor_text(struct arena *a, int64_t at, int64_t id);
