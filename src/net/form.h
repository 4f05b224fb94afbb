/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of HTML forms, urlencoded or multipart (RFC 7578), read whole. */
#pragma once

#include "net/http.h"

struct arena;
struct error;

#define FORM_PARTS_MAX       1000
#define FORM_PART_HEADER_MAX 8192 /* bytes of one part's headers */

struct form {
    struct pairs fields; /* values are valid UTF-8 without NUL */
    struct http_file *files;
    size_t file_count;
};

/* What the body holds by its content type; other types than forms give an empty form. False when it claims to
 * be a form and is not one. */
bool form_parse(struct arena *a, struct str content_type, struct str body, struct form *out,
                struct error *e) MUST_USE;
bool multipart_parse(struct arena *a, struct str content_type, struct str body, struct form *out,
                     struct error *e) MUST_USE;
/* A parameter of a header value: mime_parameter("form-data; name=\"a\"", "name") is a. False when it is
 * absent. A backslash escapes only a quote, since browsers send Windows paths as they are. */
bool mime_parameter(struct arena *a, struct str value, struct str name, struct str *out) MUST_USE;
