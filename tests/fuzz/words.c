/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what is read out of people's own words, triage of a message and promises in a reply. Words that are
 * shown must be the text's own, scores in their range, and a promise due after now. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "care/promises.h"
#include "triage/triage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1795000000000000)

static bool is_score(double score)
{
    return score >= -1 && score <= 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    struct str text = {(const char *)data, size}, words;
    struct triage triage;
    int64_t due;
    if (promise_notice(a, text, NOW, "Europe/Rome", &words, &due) ? due <= NOW || words.len == 0 : due != 0)
        abort();
    triage_read(a, text, STR("it"), size & 1, &triage);
    if (!is_score(triage.abuse) || !is_score(triage.matter) || triage.reason_count > COUNT_OF(triage.reasons))
        abort();
    for (size_t i = 0; i < triage.reason_count; i++) {
        struct str shown = triage.reasons[i].words;
        if (shown.len && (shown.ptr < text.ptr || shown.ptr + shown.len > text.ptr + text.len))
            abort();
    }
    return 0;
}
