/* SPDX-License-Identifier: Apache-2.0 */
/* Signs of a message: at whom an insult is, what a customer's matter looks like, and how it is said. */
#include "triage/signs.h"

#include <string.h>

void sign_add(struct signs *signs, enum sign sign, struct str words)
{
    if (signs->of[sign].count++ == 0)
        signs->of[sign].words = words;
}

struct str token_span(const struct reading *r, size_t first, size_t last)
{
    const struct str *a = &r->tokens[first].raw, *b = &r->tokens[last].raw;
    return (struct str){a->ptr, (size_t)(b->ptr + b->len - a->ptr)};
}

/* ---- insults ---- */

static bool key_is(const struct reading *r, size_t i, const char *word)
{
    return i < r->count && str_eq(r->tokens[i].key, str_from(word));
}

/* A word of this class within the reach of tokens, in the same clause. */
static bool class_before(const struct reading *r, size_t i, size_t reach, unsigned classes)
{
    for (size_t k = i; k-- > 0 && i - k <= reach && !r->tokens[k].pause;)
        if (r->tokens[k].classes & classes)
            return true;
    return false;
}

static bool class_behind(const struct reading *r, size_t i, size_t reach, unsigned classes)
{
    for (size_t k = i + 1; k < r->count && k - i <= reach && !r->tokens[k - 1].pause; k++)
        if (r->tokens[k].classes & classes)
            return true;
    return false;
}

/* "il vostro operatore mi ha detto idiota", 'he called me a "moron"' */
static bool is_reported(const struct reading *r, size_t i)
{
    bool call_me = false;
    for (size_t k = i > 4 ? i - 4 : 0; k < i; k++)
        call_me |= key_is(r, k, "call") && (key_is(r, k + 1, "me") || key_is(r, k + 1, "us"));
    return r->tokens[i].quoted || call_me || class_before(r, i, 5, SAID);
}

/* "stupida app", "this stupid router", "app di merda" */
static bool is_of_thing(const struct reading *r, size_t i)
{
    bool behind = i + 1 < r->count && !r->tokens[i].pause && (r->tokens[i + 1].classes & THING);
    bool before = i > 0 && !r->tokens[i - 1].pause && (r->tokens[i - 1].classes & THING);
    bool is_before = i > 1 && (r->tokens[i - 2].classes & THING) && (key_is(r, i - 1, "is") || key_is(r, i - 1, "e"));
    return behind || before || is_before;
}

/* "sono un idiota", "I feel so stupid" */
static bool is_of_self(const struct reading *r, size_t i)
{
    bool like_me = key_is(r, i + 1, "like") && i + 2 < r->count && (r->tokens[i + 2].classes & ME);
    return !class_before(r, i, 8, YOU) && (class_before(r, i, 8, ME) || like_me);
}

/* Stands alone: the whole message, or called at somebody ("Idiota!", "…, stronzi"). */
static bool is_called(const struct reading *r, size_t i)
{
    bool first = i == 0 || r->tokens[i - 1].pause, last = i + 1 == r->count || r->tokens[i].pause;
    return r->count <= 3 || (first && last);
}

static bool is_command(const struct token *t)
{
    static const char *const words[] = {"vaffanculo", "fanculo",     "affanculo", "vaffa", "fottiti", "fottetevi",
                                        "ammazzati",  "ammazzatevi", "impiccati", "crepa", "crepate", "muori",
                                        "morite",     "stfu",        "kys",       "gtfo"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq(t->key, str_from(words[i])))
            return true;
    return false;
}

/* "mi avete rotto i coglioni" */
static bool is_idiom(const struct reading *r, size_t i)
{
    bool broken = false;
    for (size_t k = i > 3 ? i - 3 : 0; k < i; k++)
        broken |= str_starts(r->tokens[k].key, STR("rott")) || str_starts(r->tokens[k].key, STR("romp"));
    return broken && key_is(r, i, "coglioni");
}

static void insult_read(const struct reading *r, size_t i, struct signs *out)
{
    const struct token *t = &r->tokens[i];
    bool strong = t->classes & INSULT;
    bool at_you = class_before(r, i, 4, YOU) || class_behind(r, i, 2, YOU) || is_command(t) || is_called(r, i);
    if (is_reported(r, i))
        sign_add(out, SIGN_QUOTED, t->raw);
    else if (is_of_thing(r, i) || is_idiom(r, i))
        sign_add(out, SIGN_SWEAR, t->raw);
    else if (is_of_self(r, i))
        return;
    else if (at_you) {
        sign_add(out, SIGN_INSULT, t->raw);
        out->strong_insult |= strong;
    } else if (strong)
        sign_add(out, SIGN_SLUR, t->raw);
}

/* "fuck off" said to somebody, not "time to fuck off" */
static bool is_said_to_somebody(const struct reading *r, size_t i)
{
    return i == 0 || r->tokens[i - 1].pause || (r->tokens[i - 1].classes & (YOU | INSULT | SWEAR)) ||
           key_is(r, i - 1, "just") || key_is(r, i - 1, "and") || key_is(r, i - 1, "so");
}

/* "fuck you", "go to hell", "vai a cagare", "pezzo di merda", "vai a quel paese" */
static void curse_read(const struct reading *r, size_t i, struct signs *out)
{
    static const struct {
        const char *first, *second, *third;
    } curses[] = {{"fuck", "you", NULL},      {"fuck", "u", NULL},         {"fuck", "off", NULL},
                  {"screw", "you", NULL},     {"piss", "off", NULL},       {"go", "to", "hell"},
                  {"go", "fuck", "yourself"}, {"eat", "shit", NULL},       {"piece", "of", "shit"},
                  {"shut", "the", "fuck"},    {"vai", "a", "cagare"},      {"andate", "a", "cagare"},
                  {"pezzo", "di", "merda"},   {"pezzi", "di", "merda"},    {"testa", "di", "cazzo"},
                  {"teste", "di", "cazzo"},   {"figlio", "di", "puttana"}, {"figli", "di", "puttana"},
                  {"faccia", "di", "culo"},   {"son", "of", "a"},          {"sucate", NULL, NULL},
                  {"suca", NULL, NULL},       {"rot", "in", "hell"},       {"you", "suck", NULL},
                  {"fate", "schifo", NULL},   {"mi", "fate", "schifo"},    {"fai", "schifo", NULL}};
    for (size_t k = 0; k < COUNT_OF(curses); k++) {
        if (!key_is(r, i, curses[k].first) || (curses[k].second && !key_is(r, i + 1, curses[k].second)) ||
            (curses[k].third && !key_is(r, i + 2, curses[k].third)))
            continue;
        size_t last = i + (curses[k].second ? 1 : 0) + (curses[k].third ? 1 : 0);
        bool mild = strcmp(curses[k].first, "you") == 0 || curses[k].first[0] == 'f' || curses[k].first[0] == 'm';
        bool loose = key_is(r, last, "off") || key_is(r, i, "shut");
        if (is_reported(r, i) || is_of_thing(r, last) || is_of_self(r, i) || (loose && !is_said_to_somebody(r, i))) {
            sign_add(out, SIGN_SWEAR, token_span(r, i, last));
        } else {
            sign_add(out, SIGN_INSULT, token_span(r, i, last));
            out->strong_insult |= !mild || key_is(r, i, "fuck") || key_is(r, i, "figlio") || key_is(r, i, "figli");
        }
    }
}

/* ---- what a matter is made of ---- */

static char sign_before(const struct reading *r, size_t i)
{
    const char *p = r->tokens[i].raw.ptr;
    while (p > r->text.ptr && p[-1] == ' ')
        p--;
    return p > r->text.ptr ? p[-1] : '\0';
}

static bool euro_at(const struct reading *r, size_t offset)
{
    struct str rest = str_slice(r->text, offset, r->text.len);
    return str_starts(rest, STR("€")) || str_starts(rest, STR(" €")) || str_starts(rest, STR("£")) ||
           str_starts(rest, STR("$")) || str_starts(rest, STR(" £"));
}

static bool is_amount(const struct reading *r, size_t i)
{
    static const char *const units[] = {"euro",    "euros",   "eur",    "usd",   "gbp",
                                        "dollars", "dollari", "pounds", "bucks", "quid"};
    const struct token *t = &r->tokens[i];
    size_t from = (size_t)(t->raw.ptr - r->text.ptr), to = from + t->raw.len;
    bool led = sign_before(r, i) == '$' || (from >= 3 && euro_at(r, from - 3)) ||
               (from >= 4 && euro_at(r, from - 4)) ||
               (from >= 2 && str_starts(str_slice(r->text, from - 2, from), STR("£")));
    for (size_t k = 0; k < COUNT_OF(units); k++)
        if (key_is(r, i + 1, units[k]) || key_is(r, i + 2, units[k]))
            return true;
    return led || euro_at(r, to);
}

static bool is_date(const struct reading *r, size_t i)
{
    const struct token *t = &r->tokens[i];
    size_t to = (size_t)(t->raw.ptr - r->text.ptr) + t->raw.len;
    bool slash = to + 1 < r->text.len && r->text.ptr[to] == '/' && i + 1 < r->count && r->tokens[i + 1].digits;
    bool month = class_behind(r, i, 2, MONTH) || (i > 0 && (r->tokens[i - 1].classes & MONTH));
    return t->digits <= 4 && !t->letters && ((slash && t->digits <= 2) || month);
}

/* Digits of a telephone number, with its spaces: tokens [i, last]. */
static unsigned digits_run(const struct reading *r, size_t i, size_t *last)
{
    unsigned digits = 0;
    for (*last = i; i < r->count && !r->tokens[i].letters && r->tokens[i].digits; i++) {
        const char *end = r->tokens[i].raw.ptr + r->tokens[i].raw.len;
        digits += r->tokens[i].digits;
        *last = i;
        bool goes_on = i + 1 < r->count && r->tokens[i + 1].raw.ptr - end <= 2 && memchr(" -.", *end, 3);
        if (!goes_on || digits >= 13)
            break;
    }
    return digits;
}

static void number_read(const struct reading *r, size_t i, struct signs *out)
{
    static const char *const kinds[] = {"ordine",    "order",     "pratica", "ticket",  "codice", "tracking",
                                        "flight",    "volo",      "n",       "numero",  "number", "ref",
                                        "reference", "contratto", "pnr",     "booking", "case",   "claim"};
    const struct token *t = &r->tokens[i];
    size_t last = i;
    bool named = false;
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        named |= (i > 0 && key_is(r, i - 1, kinds[k])) || (i > 1 && key_is(r, i - 2, kinds[k]));
    unsigned digits = t->letters ? 0 : digits_run(r, i, &last);
    if (!t->letters && is_amount(r, i))
        sign_add(out, SIGN_AMOUNT, t->raw);
    else if (is_date(r, i))
        sign_add(out, SIGN_DATE, t->raw);
    else if (t->letters ? t->digits >= 3 && t->letters >= 2 : t->digits >= 6 && (named || sign_before(r, i) == '#'))
        sign_add(out, SIGN_ORDER, t->raw);
    else if (digits >= 9 && digits <= 13)
        sign_add(out, SIGN_PHONE, token_span(r, i, last));
    else if (t->digits >= 5 || (named && t->digits >= 3))
        sign_add(out, SIGN_ORDER, t->raw);
}

/* ---- the way it is said ---- */

static void shouting_read(const struct reading *r, struct signs *out)
{
    size_t first = r->count;
    for (size_t i = r->count; i-- > 0;)
        if (r->tokens[i].capitals && !r->tokens[i].tag)
            first = i;
    if (r->capitals >= 3 && r->capitals * 2 >= r->words && first < r->count)
        sign_add(out, SIGN_CAPS, r->tokens[first].raw);
}

static bool is_polite_nothing(const struct reading *r, size_t i)
{
    size_t you = key_is(r, i + 1, "you");
    i += you;
    bool nothing = (key_is(r, i + 1, "for") && key_is(r, i + 2, "nothing")) ||
                   ((key_is(r, i + 1, "di") || key_is(r, i + 1, "per")) &&
                    (key_is(r, i + 2, "niente") || key_is(r, i + 2, "nulla"))) ||
                   (key_is(r, i + 1, "al") && key_is(r, i + 2, "cazzo"));
    return nothing || (i > you && key_is(r, i - you - 1, "no"));
}

static void word_read(const struct reading *r, size_t i, struct signs *out)
{
    static const struct {
        unsigned class;
        enum sign sign;
    } plain[] = {{SWEAR, SIGN_SWEAR},     {ANGER, SIGN_ANGER}, {URGENT, SIGN_URGENT}, {MATTER, SIGN_MATTER},
                 {PROBLEM, SIGN_PROBLEM}, {LEGAL, SIGN_LEGAL}, {DONE, SIGN_DONE},     {REQUEST, SIGN_REQUEST}};
    const struct token *t = &r->tokens[i];
    for (size_t k = 0; k < COUNT_OF(plain); k++)
        if (t->classes & plain[k].class)
            sign_add(out, plain[k].sign, t->raw);
    if (t->classes & (INSULT | WEAK))
        insult_read(r, i, out);
    if (t->classes & THANKS)
        sign_add(out, is_polite_nothing(r, i) ? SIGN_ANGER : SIGN_THANKS, t->raw);
    if (t->digits && !(t->classes & (INSULT | SWEAR)))
        number_read(r, i, out);
    curse_read(r, i, out);
}

static void question_read(const struct reading *r, struct signs *out)
{
    struct str words = r->count ? r->tokens[r->count - 1].raw : STR_EMPTY;
    bool asks = r->count && (r->tokens[0].classes & QUESTION) && r->count >= 3;
    if (r->questions || asks)
        sign_add(out, SIGN_QUESTION, r->questions ? words : r->tokens[0].raw);
}

void signs_read(const struct reading *r, struct signs *out)
{
    *out = (struct signs){0};
    for (size_t i = 0; i < r->count; i++)
        word_read(r, i, out);
    phrases_read(r, out);
    shouting_read(r, out);
    question_read(r, out);
}
