/* SPDX-License-Identifier: Apache-2.0 */
/* What a clock that ran ahead put off until a moment that no wait reaches: when the clock is right again, it would
 * wait for hours or days. */
#pragma once

#include "store/store.h"

struct misdated {
    int64_t now;
    int64_t soon;       /* what was never tried is due by then: now, and what two clocks may differ */
    int64_t undo_until; /* no reply that was not tried yet waits for longer (brand.undo_seconds) */
    int64_t far;        /* no reply, channel or file that was tried waits for longer */
};

bool misdated_any(struct tx *tx, int64_t brand, const struct misdated *bounds, bool *any, struct error *e) MUST_USE;
/* Brings what lies beyond its bound back to it: new replies can still be taken back, all else is due. */
bool misdated_bring_back(struct tx *tx, int64_t brand, const struct misdated *bounds, struct error *e) MUST_USE;
