/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's community: invented people who ask and help each other (demo/community.jsonl), by the code that takes in
 * what real members write. */
#pragma once

#include "base/compiler.h"
#include "base/error.h"

struct house;

bool demo_community(struct house *house, int64_t brand, struct error *e) MUST_USE;
