/* SPDX-License-Identifier: Apache-2.0 */
/* The features both models read, the same when they are trained (tools/train-triage) and when they score. */
#pragma once

#include "triage/signs.h"

#define FEATURE_BITS 18
#define FEATURES     (1u << FEATURE_BITS)
/* Of a longer message only so many hashed features are read. */
#define FEATURES_READ 6000

/* What has a name, each 0 to 1. */
enum named_feature {
    NAMED_INSULT,
    NAMED_WEAK_INSULT,
    NAMED_SLUR,
    NAMED_QUOTED,
    NAMED_SWEAR,
    NAMED_ANGER,
    NAMED_THREAT,
    NAMED_CAPS,
    NAMED_YOU,
    NAMED_ME,
    NAMED_MATTER,
    NAMED_MORE_MATTER,
    NAMED_PROBLEM,
    NAMED_NUMBER,
    NAMED_QUESTION,
    NAMED_REQUEST,
    NAMED_THANKS,
    NAMED_SHORT,
    NAMED_FEATURES
};
struct features {
    uint32_t hashed[FEATURES_READ]; /* distinct, below FEATURES: words, pairs of words, pieces of 2-5 letters */
    size_t count;
    double named[NAMED_FEATURES];
};
void features_of(const struct reading *r, const struct signs *signs, struct features *out);
