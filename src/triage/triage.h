/* SPDX-License-Identifier: Apache-2.0 */
/* Triage reads one message and says what it looks like, with reasons in words. It only suggests: nothing is set aside
 * by a score. Scores are 0-1; -1 where there is no model for the language. Thread-safe; no allocation outlives a. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;

struct triage_reason {
    const char
        *kind; /* locale key: "insult", "threat", "caps", "urgent", "amount", "order", "thanks", "question" … */
    struct str words; /* the part of the message that says so; may be empty */
};
struct triage {
    const char *language; /* ISO 639-1, "" when it cannot be told */
    double abuse;         /* insult, flame, spam */
    double matter;        /* there is a real customer matter in it */
    const char *mood;     /* "grave", "angry", "thanks", "troll", "" */
    struct triage_reason reasons[8];
    size_t reason_count;
};

/* What the text alone says: nearly all of the work, for a thread that does not know the conversation. Lives in a,
 * which must hold text too. */
struct triage_words;
const struct triage_words *triage_words_read(struct arena *a, struct str text);

/* What it means where it was said. words may have been read on another thread.
 * known_language: of the conversation or person, inherited where the text is too short to tell; may be empty.
 * in_conversation: they have an open conversation or answer one of ours: never called a troll. */
void triage_place(const struct triage_words *words, struct str known_language, bool in_conversation,
                  struct triage *out);

/* Both at once. */
void triage_read(struct arena *a, struct str text, struct str known_language, bool in_conversation,
                 struct triage *out);
