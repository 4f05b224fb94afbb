/* SPDX-License-Identifier: Apache-2.0 */
/* Scores by the signs. */
#include "triage/score.h"

static double unless(double left, const struct signs *signs, enum sign sign, double weight)
{
    for (unsigned i = 0; i < signs->of[sign].count && i < 3; i++)
        left *= 1 - weight;
    return left;
}

static double matter_by_signs(const struct signs *signs)
{
    static const struct {
        enum sign sign;
        double weight;
    } weights[] = {{SIGN_MATTER, .35}, {SIGN_PROBLEM, .35}, {SIGN_AMOUNT, .5},   {SIGN_ORDER, .6},
                   {SIGN_PHONE, .5},   {SIGN_DATE, .3},     {SIGN_QUESTION, .2}, {SIGN_REQUEST, .15},
                   {SIGN_URGENT, .3},  {SIGN_LEGAL, .4}};
    double left = 1;
    for (size_t i = 0; i < COUNT_OF(weights); i++)
        left = unless(left, signs, weights[i].sign, weights[i].weight);
    return 1 - left;
}

static double abuse_by_signs(const struct signs *signs)
{
    double score = .03;
    if (signs->of[SIGN_SWEAR].count)
        score = .15;
    if (signs->of[SIGN_SLUR].count)
        score = .5;
    if (signs->of[SIGN_INSULT].count)
        score = signs->strong_insult ? .9 : .6;
    return signs->of[SIGN_THREAT].count ? .95 : score;
}

void score_read(const struct reading *r, const struct signs *signs, double *abuse, double *matter)
{
    (void)r;
    *abuse = abuse_by_signs(signs);
    *matter = matter_by_signs(signs);
}
