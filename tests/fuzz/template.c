/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a template and as a model: the first part (up to a NUL) is the template, the rest the model.
 * Nothing may crash, and no '<' of the model may come out where the template is only a value. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "web/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct error e = {0};
    const char *text = (const char *)data;
    const char *nul = size ? memchr(text, 0, size) : NULL;
    size_t length = nul ? (size_t)(nul - text) : size;
    struct str rest = nul ? (struct str){nul + 1, size - length - 1} : STR_EMPTY;
    const struct template_source sources[] = {
        {STR("page"), {text, length}},
        {STR("parts/part"), STR("{{.}}{{#list}}{{>part}}{{/list}}")},
        {STR("safe"), STR("{{x}}{{{x}}}{{words x}}{{marked x}}{{first x}}{{url x}}{{stamp x}}{{number x}}")},
    };
    const struct json *model = json_parse(a, rest, &e);
    const struct template_set *set = template_set_parse(a, sources, COUNT_OF(sources), &e);
    if (!set)
        set = template_set_parse(a, sources + 1, COUNT_OF(sources) - 1, &e);
    struct buf out, trouble;
    buf_init(&out, a, 64);
    buf_init(&trouble, a, 64);
    struct template_frame frame = {
        .words = {.arena = a, .locale = locale_find(STR("it")), .now = INT64_C(1795267800000000)},
        .trouble = &trouble};
    if (set && model) {
        (void)!template_render(set, STR("page"), &frame, model, &out, &e);
        (void)!template_render(set, STR("safe"), &frame, model, &out, &e);
    }
    arena_free(a);
    return 0;
}
