/* SPDX-License-Identifier: Apache-2.0 */
/* Forms by their content type; the urlencoded kind is read here, the other in multipart.c. */
#include "net/form.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"

static struct str media_type(struct str content_type)
{
    ptrdiff_t end = str_find_char(content_type, ';');
    return str_trim(end < 0 ? content_type : str_slice(content_type, 0, (size_t)end));
}

bool form_parse(struct arena *a, struct str content_type, struct str body, struct form *out, struct error *e)
{
    struct str type = media_type(content_type);
    *out = (struct form){0};
    if (str_eq_nocase(type, STR("multipart/form-data"))) {
        if (multipart_parse(a, content_type, body, out, e))
            return true;
        *out = (struct form){0};
        return false;
    }
    if (str_eq_nocase(type, STR("application/x-www-form-urlencoded"))) {
        out->fields = url_query(a, body);
        for (size_t i = 0; i < out->fields.count; i++)
            out->fields.items[i].value = text_clean(a, out->fields.items[i].value);
    }
    return true;
}
