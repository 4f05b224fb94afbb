/* SPDX-License-Identifier: Apache-2.0 */
/* The words of letters (care/letters.h): templates/letter/KIND.html in the language of who gets it, and the same as
 * plain text. */
#pragma once

#include "jobs/jobs.h"
#include "web/app.h"

/* For jobs_letters: ctx is the struct app. */
bool letter_write(struct arena *a, const struct brand *brand, const struct letter *letter, const struct json *about,
                  struct letter_mail *out, void *ctx, struct error *e) MUST_USE;
