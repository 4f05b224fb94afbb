/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the bodies of forms. The first line is the content type, the rest the body. What is accepted must
 * lie inside the body, or be clean text. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "net/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct form *form, struct str body)
{
    for (size_t i = 0; i < form->fields.count; i++)
        assert(utf8_valid(form->fields.items[i].value));
    for (size_t i = 0; i < form->file_count; i++) {
        const struct http_file *f = &form->files[i];
        assert(f->bytes.len == 0 || (f->bytes.ptr >= body.ptr && f->bytes.ptr + f->bytes.len <= body.ptr + body.len));
        assert(utf8_valid(f->file_name) && f->file_name.len > 0 && str_find_char(f->file_name, '/') < 0);
        assert(str_find_char(f->mime, '/') > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
    size_t type_len = end ? (size_t)(end - text) : size;
    struct str body = {NULL, end ? size - type_len - 1 : 0};
    char *copy = malloc(body.len > 0 ? body.len : 1); /* exactly as long, for AddressSanitizer */
    struct arena *a = arena_new();
    struct error e = {0};
    struct form form;
    if (body.len > 0)
        memcpy(copy, end + 1, body.len);
    body.ptr = copy;
    if (form_parse(a, (struct str){text, type_len}, body, &form, &e))
        check(&form, body);
    else
        assert(e.code == ERR_MALFORMED && form.fields.count == 0 && form.file_count == 0);
    arena_free(a);
    free(copy);
    return 0;
}
