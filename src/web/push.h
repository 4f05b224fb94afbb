/* SPDX-License-Identifier: Apache-2.0 */
/* What guests and colleagues do alike to be told on their device (care/push.h). */
#pragma once

#include "base/error.h"

#include <stdint.h>

struct visit;

bool push_key_show(struct visit *v, struct error *e) MUST_USE; /* {key} */
bool push_on(struct visit *v, int64_t guest, int64_t agent, struct error *e) MUST_USE;
bool push_off(struct visit *v, int64_t guest, int64_t agent, struct error *e) MUST_USE;
bool push_test(struct visit *v, int64_t guest, int64_t agent, struct error *e) MUST_USE;
