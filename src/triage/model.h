/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the two linear models (models/triage.bin), little-endian: this header, then FEATURES pairs of
 * signed bytes, the weights of abuse and matter. A score is sigmoid(bias + named + scale × sum of bytes ÷
 * square root of the number of hashed features). */
#pragma once

#include "triage/features.h"

#define MODEL_MAGIC "ASCTRI01"

enum model_task { TASK_ABUSE, TASK_MATTER, TASKS };
struct model_header {
    char magic[8];
    uint32_t bits, named; /* FEATURE_BITS and NAMED_FEATURES of the program that trained it */
    float bias[TASKS], scale[TASKS];
    float weights[TASKS][NAMED_FEATURES];
};

/* False when there is no usable model in the bytes. */
bool model_usable(struct str file);
void model_score(struct str file, const struct features *features, double scores[TASKS]);
