/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one message: language, signs, scores, mood. What the mood rules are, and what was measured:
 * docs/triage.md. */
#include "triage/triage.h"

#include <string.h>

#include "base/arena.h"
#include "triage/language.h"
#include "triage/reading.h"
#include "triage/score.h"
#include "triage/signs.h"

#define TROLL_ABUSE   0.8 /* at least */
#define TROLL_MATTER  0.3 /* less than */
#define MATTER_THERE  0.3
#define THANKS_MATTER 0.5
#define THANKS_WORDS  40 /* a longer message is about something */

/* In the order in which reasons are shown. NULL: not a reason by itself. */
static const char *const reason_kinds[SIGNS] = {
    [SIGN_THREAT] = "threat",   [SIGN_SELF_HARM] = "self_harm",
    [SIGN_SAFETY] = "safety",   [SIGN_EMERGENCY] = "emergency",
    [SIGN_LEGAL] = "legal",     [SIGN_INSULT] = "insult",
    [SIGN_QUOTED] = "quoted",   [SIGN_SLUR] = "slur",
    [SIGN_SWEAR] = "swear",     [SIGN_ANGER] = "anger",
    [SIGN_CAPS] = "caps",       [SIGN_URGENT] = "urgent",
    [SIGN_AMOUNT] = "amount",   [SIGN_ORDER] = "order",
    [SIGN_PHONE] = "phone",     [SIGN_DATE] = "date",
    [SIGN_PROBLEM] = "problem", [SIGN_QUESTION] = "question",
    [SIGN_THANKS] = "thanks",   [SIGN_DONE] = NULL,
    [SIGN_REQUEST] = NULL,      [SIGN_MATTER] = "matter",
};

static void reasons_fill(const struct signs *signs, struct triage *out)
{
    for (int i = 0; i < SIGNS && out->reason_count < COUNT_OF(out->reasons); i++)
        if (signs->of[i].count && reason_kinds[i])
            out->reasons[out->reason_count++] = (struct triage_reason){reason_kinds[i], signs->of[i].words};
}

static bool has(const struct signs *signs, enum sign sign)
{
    return signs->of[sign].count > 0;
}

static bool is_grave(const struct signs *signs)
{
    return has(signs, SIGN_THREAT) || has(signs, SIGN_SELF_HARM) || has(signs, SIGN_SAFETY) ||
           has(signs, SIGN_EMERGENCY);
}

/* Whatever the scores say, these are no trolls. */
static bool has_veto(const struct signs *signs, bool in_conversation)
{
    static const enum sign vetoes[] = {SIGN_ORDER,  SIGN_PHONE,  SIGN_AMOUNT, SIGN_DATE,
                                       SIGN_URGENT, SIGN_QUOTED, SIGN_LEGAL,  SIGN_PROBLEM};
    for (size_t i = 0; i < COUNT_OF(vetoes); i++)
        if (has(signs, vetoes[i]))
            return true;
    return in_conversation || is_grave(signs);
}

/* Never by the model alone: something must be there to point at. For Italian little was learned from: there
 * it must be an insult at a person, and no word of a matter. */
static bool is_troll(const struct signs *signs, const struct triage *t, bool in_conversation)
{
    if (has_veto(signs, in_conversation) || t->abuse < TROLL_ABUSE || t->matter >= TROLL_MATTER)
        return false;
    if (strcmp(t->language, "en") == 0)
        return has(signs, SIGN_INSULT) || has(signs, SIGN_SLUR);
    return signs->strong_insult && !has(signs, SIGN_MATTER) && !has(signs, SIGN_REQUEST) &&
           !has(signs, SIGN_QUESTION);
}

static bool is_angry(const struct signs *signs, const struct triage *t, bool in_conversation)
{
    bool sharp = has(signs, SIGN_INSULT) || has(signs, SIGN_CAPS) || has(signs, SIGN_ANGER) ||
                 has(signs, SIGN_SWEAR) || has(signs, SIGN_LEGAL) || has(signs, SIGN_SLUR);
    return sharp && (in_conversation || t->matter >= MATTER_THERE) &&
           !(has(signs, SIGN_THANKS) && has(signs, SIGN_DONE) && !has(signs, SIGN_INSULT));
}

/* "Grazie in anticipo" under a question is no thanks. */
static bool is_thanks(const struct reading *r, const struct signs *signs, double matter)
{
    bool open = has(signs, SIGN_QUESTION) || has(signs, SIGN_URGENT) || has(signs, SIGN_REQUEST) ||
                has(signs, SIGN_ANGER) || has(signs, SIGN_INSULT) || has(signs, SIGN_LEGAL) ||
                (!has(signs, SIGN_DONE) && (has(signs, SIGN_PROBLEM) || matter >= THANKS_MATTER));
    bool polite_end = has(signs, SIGN_MATTER) && !has(signs, SIGN_DONE) && r->words > 8 &&
                      signs->of[SIGN_THANKS].words.ptr > r->text.ptr + r->text.len / 2;
    return has(signs, SIGN_THANKS) && !open && !polite_end && r->words <= THANKS_WORDS;
}

static const char *mood_of(const struct reading *r, const struct signs *signs, const struct triage *t,
                           bool in_conversation)
{
    if (is_grave(signs))
        return "grave";
    if (is_troll(signs, t, in_conversation))
        return "troll";
    if (is_thanks(r, signs, t->matter))
        return "thanks";
    return is_angry(signs, t, in_conversation) ? "angry" : "";
}

struct triage_words {
    struct reading reading;
    struct signs signs;
    struct language_told told;
    double abuse, matter; /* -1: not scored */
};

static bool has_model(const char *language)
{
    return strcmp(language, "it") == 0 || strcmp(language, "en") == 0;
}

const struct triage_words *triage_words_read(struct arena *a, struct str text)
{
    struct triage_words *words = ARENA_NEW(a, struct triage_words);
    reading_make(a, text, &words->reading);
    signs_read(&words->reading, &words->signs);
    language_tell(&words->reading, &words->told);
    words->abuse = words->matter = -1;
    if (has_model(language_of(&words->reading, &words->told, STR_EMPTY)))
        (void)score_read(&words->reading, &words->signs, &words->abuse, &words->matter);
    return words;
}

void triage_place(const struct triage_words *words, struct str known_language, bool in_conversation,
                  struct triage *out)
{
    *out = (struct triage){.mood = "", .abuse = -1, .matter = -1};
    out->language = language_of(&words->reading, &words->told, known_language);
    bool scored = has_model(out->language);
    if (scored) {
        out->abuse = words->abuse;
        out->matter = words->matter;
    }
    if (scored && words->abuse < 0) /* told as another language, known to be ours */
        (void)score_read(&words->reading, &words->signs, &out->abuse, &out->matter);
    reasons_fill(&words->signs, out);
    out->mood = mood_of(&words->reading, &words->signs, out, in_conversation);
}

void triage_read(struct arena *a, struct str text, struct str known_language, bool in_conversation,
                 struct triage *out)
{
    triage_place(triage_words_read(a, text), known_language, in_conversation, out);
}
