/* SPDX-License-Identifier: Apache-2.0 */
/* What people write in the benchmark: message number i is the same text of the same invented person in every process,
 * so that the server and the bare loop store the same rows. One message in ten comes from somebody
 * new; everybody writes through one network. */
#pragma once

#include <stdint.h>

#include "base/str.h"

enum { WORKLOAD_BODY = 2048, WORKLOAD_TEXT = 600, WORKLOAD_NAME = 64, WORKLOAD_PERSON_EVERY = 10 };

/* The number of the person who writes message i: a multiple of WORKLOAD_PERSON_EVERY, at most i. */
int64_t workload_person(int64_t i);
bool workload_on_whatsapp(int64_t i);    /* else on Messenger */
uint64_t workload_random(uint64_t seed); /* the same seed, the same number */
void workload_name(int64_t person, char out[static WORKLOAD_NAME]);
/* 8 to 30 words of a skewed vocabulary, lower case, without accents; returns the length. */
size_t workload_text(int64_t i, char out[static WORKLOAD_TEXT]);
/* The webhook's body for network "whatsapp" or "facebook"; tag keeps the runs' message ids apart. */
size_t workload_body(const char *network, const char *tag, int64_t i, char out[static WORKLOAD_BODY]);
/* "sha256=…", as Meta signs. */
void workload_sign(struct str secret, struct str body, char out[static 72]);

/* What one message is, made before a bare loop's clock starts. */
struct workload_row {
    char body[WORKLOAD_BODY], text[WORKLOAD_TEXT], external_id[64], author[32];
    size_t body_len, text_len;
};
struct workload_row *workload_rows(const char *tag, int64_t from, int64_t count);

/* CPU seconds of this process, and the line of a bare loop that began at a moment with so many of them behind it. */
double workload_cpu(void);
void workload_report(int64_t count, int64_t began, double cpu);
