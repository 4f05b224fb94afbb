/* SPDX-License-Identifier: Apache-2.0 */
/* What people write in the benchmark: message number i is the same text of the same invented person in every process,
 * so that the server and the bare loop store the same rows. One message in five comes from somebody new. */
#pragma once

#include <stdint.h>

#include "base/str.h"

enum { WORKLOAD_BODY = 2048, WORKLOAD_TEXT = 600, WORKLOAD_NAME = 64 };

/* The number of the person who writes message i: a multiple of five, at most i. */
int64_t workload_person(int64_t i);
void workload_name(int64_t person, char out[static WORKLOAD_NAME]);
/* 8 to 30 words of a skewed vocabulary, lower case, without accents; returns the length. */
size_t workload_text(int64_t i, char out[static WORKLOAD_TEXT]);
/* The webhook's body for network "whatsapp" or "facebook"; tag keeps the runs' message ids apart. */
size_t workload_body(const char *network, const char *tag, int64_t i, char out[static WORKLOAD_BODY]);
/* "sha256=…", as Meta signs. */
void workload_sign(struct str secret, struct str body, char out[static 72]);
