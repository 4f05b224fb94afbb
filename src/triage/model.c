/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring by the linear models. */
#include "triage/model.h"

#include <math.h>
#include <string.h>

bool model_usable(struct str file)
{
    struct model_header header;
    if (file.len != sizeof header + (size_t)FEATURES * TASKS)
        return false;
    memcpy(&header, file.ptr, sizeof header);
    return memcmp(header.magic, MODEL_MAGIC, sizeof header.magic) == 0 && header.bits == FEATURE_BITS &&
           header.named == NAMED_FEATURES;
}

void model_score(struct str file, const struct features *features, double scores[TASKS])
{
    struct model_header header;
    memcpy(&header, file.ptr, sizeof header);
    const signed char *weights = (const signed char *)file.ptr + sizeof header;
    int sums[TASKS] = {0};
    for (size_t i = 0; i < features->count; i++)
        for (int task = 0; task < TASKS; task++)
            sums[task] += weights[(size_t)features->hashed[i] * TASKS + (size_t)task];
    double norm = features->count ? 1 / sqrt((double)features->count) : 0;
    for (int task = 0; task < TASKS; task++) {
        double z = (double)header.bias[task] + (double)header.scale[task] * sums[task] * norm;
        for (int k = 0; k < NAMED_FEATURES; k++)
            z += features->named[k] * (double)header.weights[task][k];
        scores[task] = 1 / (1 + exp(-z));
    }
}
