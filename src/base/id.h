/* SPDX-License-Identifier: Apache-2.0 */
/* Ids are positive 63-bit numbers that grow with time: 41 bits of milliseconds since 2004, 10 bits of node,
 * 12 bits of sequence. Made by us, so that no engine's sequence is needed. Always strings in JSON. (2004: imports
 * bring messages as old as the networks; the bits last until 2073.) */
#pragma once

#include "base/compiler.h"

void id_set_node(unsigned node); /* 0-1023; once at start */
/* Strictly greater than any id made before by this process. Thread-safe. */
int64_t id_new(void);
/* Ids made from now on are greater than this one, which another process made. */
void id_follow(int64_t id);
/* The smallest id a moment (microseconds) may have: for imports that must sort by their real time. Adds a
 * sequence from the lower bits so that calls with the same moment differ. */
int64_t id_at(int64_t at);
int64_t id_time(int64_t id); /* microseconds */
