/* SPDX-License-Identifier: Apache-2.0 */
/* The scores: the models that are built in (models/README.md says what they were trained on). */
#include "triage/score.h"

#include "base/embed.h"
#include "triage/model.h"

bool score_read(const struct reading *r, const struct signs *signs, double *abuse, double *matter)
{
    struct str file = embed_get(STR("models/triage.bin"));
    struct features features;
    double scores[TASKS];
    if (!model_usable(file))
        return false;
    features_of(r, signs, &features);
    model_score(file, &features, scores);
    *abuse = scores[TASK_ABUSE];
    *matter = scores[TASK_MATTER];
    return true;
}
