/* SPDX-License-Identifier: Apache-2.0 */
/* The scores: the models that are built in (models/README.md says what they were trained on). */
#include "triage/score.h"

#include "base/embed.h"
#include "triage/model.h"

/* What the signs say of a matter by themselves: each leaves less doubt. */
static double matter_by_signs(const struct signs *signs)
{
    static const struct {
        enum sign sign;
        double weight;
    } weights[] = {{SIGN_MATTER, .25}, {SIGN_PROBLEM, .25}, {SIGN_AMOUNT, .5}, {SIGN_ORDER, .5},
                   {SIGN_PHONE, .5},   {SIGN_DATE, .3},     {SIGN_LEGAL, .4},  {SIGN_REQUEST, .15}};
    double left = 1;
    for (size_t i = 0; i < COUNT_OF(weights); i++)
        for (unsigned n = 0; n < signs->of[weights[i].sign].count && n < 2; n++)
            left *= 1 - weights[i].weight;
    return 1 - left;
}

bool score_read(const struct reading *r, const struct signs *signs, double *abuse, double *matter)
{
    struct str file = embed_get(STR("models/triage.bin"));
    NOT_CLEARED struct features features;
    double scores[TASKS];
    if (!model_usable(file))
        return false;
    features_of(r, signs, &features);
    model_score(file, &features, scores);
    *abuse = scores[TASK_ABUSE];
    double by_signs = matter_by_signs(signs);
    *matter = by_signs > scores[TASK_MATTER] ? by_signs : scores[TASK_MATTER];
    return true;
}
