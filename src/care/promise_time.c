/* SPDX-License-Identifier: Apache-2.0 */
/* Times said in words, in Italian and English: parts ("venerdì", "entro le 17", "tomorrow", "morning") that
 * stand together make one time. Vague words ("presto", "soon") are no time. */
#include "base/clock.h"
#include "care/promise_internal.h"

enum trigger { TRIGGER_NONE, TRIGGER_AT, TRIGGER_AFTER, TRIGGER_RANGE, TRIGGER_NO };

struct reader {
    const struct words *s;
    ptrdiff_t first; /* of the expression; -1: not begun */
    struct said_when when;
};

/* ---- numbers ---- */

static int list_index(const struct word *w, const char *const *lists, int n)
{
    for (int i = 0; i < n; i++)
        if (word_in(w, lists[i]))
            return i;
    return -1;
}

static int number_of(const struct word *w)
{
    static const char *const numbers[] = {"zero",
                                          "una un uno one an a",
                                          "due two",
                                          "tre three",
                                          "quattro four",
                                          "cinque five",
                                          "sei six",
                                          "sette seven",
                                          "otto eight",
                                          "nove nine",
                                          "dieci ten",
                                          "undici eleven",
                                          "dodici twelve",
                                          "tredici",
                                          "quattordici",
                                          "quindici fifteen",
                                          "sedici",
                                          "diciassette",
                                          "diciotto",
                                          "diciannove",
                                          "venti twenty",
                                          "ventuno",
                                          "ventidue",
                                          "ventitre",
                                          "ventiquattro",
                                          "",
                                          "",
                                          "",
                                          "",
                                          "",
                                          "trenta thirty"};
    if (!w)
        return -1;
    return w->kind == WORD_NUMBER ? w->a : w->kind == WORD_TEXT ? list_index(w, numbers, COUNT_OF(numbers)) : -1;
}

/* ---- spans: "entro due ore", "in half an hour" ---- */

struct unit {
    const char *words;
    int64_t us;
    int days;
};
static const struct unit units[] = {
    {"minuto minuti min minute minutes mins", MINUTE_US, 0},
    {"ora ore hour hours hrs hr h", HOUR_US, 0},
    {"mezzora", HOUR_US / 2, 0},
    {"giorno giorni giornata day days", 0, 1},
    {"settimana settimane week weeks", 0, 7},
};

static const struct unit *unit_of(const struct word *w)
{
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (word_in(w, units[i].words))
            return &units[i];
    return NULL;
}

/* "due", "24", "un paio d'", "a couple of", "2-3", "due o tre": words taken; the larger number counts. */
static ptrdiff_t count_read(const struct words *s, ptrdiff_t i, int *n)
{
    const struct word *w = word_at(s, i), *next = word_at(s, i + 1);
    if (word_in(w, "un a") && word_in(next, "paio couple")) {
        *n = 2;
        return 2 + word_in(word_at(s, i + 2), "d di of");
    }
    if (w && w->kind == WORD_DATE && !w->c) {
        *n = w->b > w->a ? w->b : w->a;
        return 1;
    }
    *n = number_of(w);
    if (*n < 0 || (w && w->marked))
        return 0;
    bool both = word_in(next, "o or to");
    const struct word *more = both ? word_at(s, i + 2) : next;
    if (more && (both || (more->attached && more->kind == WORD_NUMBER)) && number_of(more) > *n) {
        *n = number_of(more);
        return both ? 3 : 2;
    }
    return 1;
}

static ptrdiff_t span_lead(const struct words *s, ptrdiff_t i)
{
    ptrdiff_t lead = 0;
    if (word_in(word_at(s, i), "nel") && word_in(word_at(s, i + 1), "giro"))
        lead = 3;
    else if (word_in(word_at(s, i), "entro tra fra in within"))
        lead = 1;
    while (lead && word_in(word_at(s, i + lead), "i le the next prossimi prossime circa about around approximately "
                                                 "massimo al max d di"))
        lead++;
    return lead;
}

static ptrdiff_t half_hour(const struct words *s, ptrdiff_t i)
{
    if (word_in(word_at(s, i), "mezzora"))
        return 1;
    if (word_in(word_at(s, i), "mezz mezza") && word_in(word_at(s, i + 1), "ora oretta"))
        return 2;
    if (word_in(word_at(s, i), "half") && word_in(word_at(s, i + 1), "an a") && word_in(word_at(s, i + 2), "hour"))
        return 3;
    return word_in(word_at(s, i), "half") && word_in(word_at(s, i + 1), "hour") ? 2 : 0;
}

static ptrdiff_t span_part(struct reader *r, ptrdiff_t i)
{
    const struct words *s = r->s;
    ptrdiff_t at = i + span_lead(s, i);
    if (at == i || r->when.day || r->when.clock || r->when.span)
        return 0;
    at += word_in(word_at(s, at), "un") && half_hour(s, at + 1) ? 1 : 0;
    ptrdiff_t half = half_hour(s, at);
    if (half) {
        r->when.span = HOUR_US / 2;
        return at + half - i;
    }
    int n;
    ptrdiff_t taken = count_read(s, at, &n);
    bool business = word_in(word_at(s, at + taken), "working business");
    const struct unit *unit = taken ? unit_of(word_at(s, at + taken + business)) : NULL;
    if (!unit || n <= 0 || n > 1000)
        return 0;
    at += taken + business + 1;
    business |= word_in(word_at(s, at), "lavorativi lavorativo feriali");
    at += word_in(word_at(s, at), "lavorativi lavorativo feriali");
    bool and_half = word_in(word_at(s, at), "e and") && word_in(word_at(s, at + 1), "mezza mezzo half");
    r->when.span = unit->us * n + (and_half ? unit->us / 2 : 0);
    if (unit->days) {
        r->when.day = DAY_PLUS;
        r->when.n = unit->days * n;
        r->when.business = business;
    }
    return at + 2 * and_half + (and_half && word_in(word_at(s, at + 2), "an")) - i;
}

/* ---- clocks: "alle 17", "5 pm", "mezzogiorno" ---- */

static enum trigger trigger_of(const struct words *s, ptrdiff_t i)
{
    ptrdiff_t p = i - 1;
    while (word_in(word_at(s, p), "circa about approximately roughly"))
        p--;
    const struct word *w = word_at(s, p), *before = word_at(s, p - 1);
    if (word_in(w, "until till til") || (word_in(w, "alle all") && word_in(before, "fino sino")))
        return TRIGGER_NO;
    if (word_in(w, "ore")) {
        bool no = word_in(before, "fino sino") || word_in(word_at(s, p - 2), "fino sino");
        return no ? TRIGGER_NO : TRIGGER_AT;
    }
    if (word_in(w, "le l"))
        return word_in(before, "entro per verso massimo x") ? TRIGGER_AT
               : word_in(before, "tra fra")                 ? TRIGGER_RANGE
               : word_in(before, "dopo")                    ? TRIGGER_AFTER
                                                            : TRIGGER_NONE;
    if (word_in(w, "delle dell"))
        return word_in(before, "prima") ? TRIGGER_AT : word_in(before, "dopo") ? TRIGGER_AFTER : TRIGGER_NONE;
    if (word_in(w, "dalle dall from between"))
        return TRIGGER_RANGE;
    if (word_in(w, "after"))
        return TRIGGER_AFTER;
    if (word_in(w, "than") && word_in(before, "later"))
        return TRIGGER_AT;
    return word_in(w, "alle all at sulle by before around entro") ? TRIGGER_AT : TRIGGER_NONE;
}

/* A bare number says an hour only where nothing counted follows ("at 5 stores"). */
static bool counts_nothing(const struct words *s, ptrdiff_t next)
{
    const struct word *w = word_at(s, next), *last = word_at(s, next - 1);
    return !w || (last && last->pause) || w->kind != WORD_TEXT ||
           word_in(w, "today tomorrow tonight on o oclock sharp and or at latest the to with in this local cet gmt "
                      "hours "
                      "so if please your i we monday tuesday wednesday thursday friday circa di del della per e ed "
                      "oggi "
                      "domani con da al massimo la le lo vi ti ci mi in punto cosi se");
}

/* am, pm, "di sera", "in the morning" behind the hour: words taken. */
static ptrdiff_t half_read(const struct words *s, ptrdiff_t i, struct said_when *when)
{
    i += word_in(word_at(s, i), "o") && word_in(word_at(s, i + 1), "clock") ? 2 : 0;
    ptrdiff_t from = i;
    if (word_in(word_at(s, i), "am pm")) {
        when->half = word_in(word_at(s, i), "pm") ? 2 : 1;
        return 1;
    }
    i += word_in(word_at(s, i), "di del della in");
    i += i > from && word_in(word_at(s, i), "the");
    if (i == from)
        return 0;
    if (word_in(word_at(s, i), "mattina mattino morning"))
        when->half = 1;
    else if (word_in(word_at(s, i), "sera pomeriggio afternoon evening notte"))
        when->half = 2;
    return when->half ? i + 1 - from : 0;
}

static ptrdiff_t minutes_read(const struct words *s, ptrdiff_t i, struct said_when *when)
{
    const struct word *w = word_at(s, i + 1);
    if (!word_in(word_at(s, i), "e"))
        return 0;
    if (word_in(w, "mezza mezzo trenta"))
        when->minute = 30;
    else if (word_in(w, "un") && word_in(word_at(s, i + 2), "quarto"))
        when->minute = 15;
    else if (word_in(w, "tre") && word_in(word_at(s, i + 2), "quarti"))
        when->minute = 45;
    else if (w && w->kind == WORD_NUMBER && w->a > 0 && w->a < 60 && !word_in(word_at(s, i + 2), "minuti"))
        when->minute = w->a;
    else if (word_in(w, "quindici"))
        when->minute = 15;
    else
        return 0;
    return 2 + (word_in(w, "un tre") ? 1 : 0);
}

static bool clock_plausible(const struct reader *r, ptrdiff_t i, enum trigger trigger, bool half)
{
    const struct word *w = word_at(r->s, i);
    bool follows = r->when.range && word_in(word_at(r->s, i - 1), "e and to alle le all");
    if (w->marked || w->a > 24)
        return false;
    if (half || follows)
        return true;
    if (w->kind == WORD_CLOCK)
        return trigger != TRIGGER_NONE || (w->raw.len >= 3 && str_find_char(w->raw, ':') > 0);
    bool english = word_in(word_at(r->s, i - 1), "at by before around after than from between");
    bool checked = english || w->kind == WORD_TEXT || word_in(word_at(r->s, i - 1), "entro");
    return trigger != TRIGGER_NONE && (!checked || trigger == TRIGGER_RANGE || counts_nothing(r->s, i + 1));
}

static ptrdiff_t clock_part(struct reader *r, ptrdiff_t i)
{
    const struct word *w = word_at(r->s, i);
    enum trigger trigger = trigger_of(r->s, i);
    struct said_when said = {.hour = -1};
    ptrdiff_t taken = 1;
    if (word_in(w, "mezzogiorno noon midday mezzanotte midnight"))
        said = (struct said_when){.hour = word_in(w, "mezzanotte midnight") ? 24 : 12, .literal = true};
    else if (w->kind == WORD_CLOCK)
        said = (struct said_when){.hour = w->a, .minute = w->b, .literal = w->literal};
    else if (w->kind != WORD_DATE && !word_in(w, "a an un uno zero"))
        said = (struct said_when){.hour = number_of(w), .literal = w->literal};
    if (said.hour < 0 || said.hour > 24 || trigger == TRIGGER_NO)
        return 0;
    taken += half_read(r->s, i + taken, &said);
    if (said.half == 0 && w->kind != WORD_CLOCK)
        taken += minutes_read(r->s, i + taken, &said);
    if (said.half == 0)
        taken += half_read(r->s, i + taken, &said);
    bool named = word_in(w, "mezzogiorno noon midday mezzanotte midnight");
    if ((!named && !clock_plausible(r, i, trigger, said.half != 0)) || (r->when.clock && !r->when.range))
        return 0;
    r->when.clock = true;
    r->when.range = trigger == TRIGGER_RANGE;
    r->when.after = trigger == TRIGGER_AFTER;
    r->when.hour = said.hour;
    r->when.minute = said.minute;
    r->when.half = said.half;
    r->when.literal = said.literal;
    return taken;
}

/* ---- days ---- */

static const char *const weekdays[] = {"domenica sunday",  "lunedi monday",  "martedi tuesday", "mercoledi wednesday",
                                       "giovedi thursday", "venerdi friday", "sabato saturday"};
static const char *const months[] = {"",
                                     "gennaio january jan",
                                     "febbraio february feb",
                                     "marzo march mar",
                                     "aprile april apr",
                                     "maggio may",
                                     "giugno june jun",
                                     "luglio july jul",
                                     "agosto august aug",
                                     "settembre september sep sept",
                                     "ottobre october oct",
                                     "novembre november nov",
                                     "dicembre december dec"};

static void day_set(struct said_when *when, enum said_day day, int n)
{
    when->day = day;
    when->n = n;
}

/* "25 novembre", "November 25th", "25/11", "il 25": words taken. */
static ptrdiff_t date_read(const struct words *s, ptrdiff_t i, struct said_when *when)
{
    const struct word *w = word_at(s, i), *next = word_at(s, i + 1);
    bool lead = word_in(word_at(s, i - 1), "il by on before giorno the entro per l");
    if (w->kind == WORD_DATE && (lead || w->c)) {
        *when = (struct said_when){.day = DAY_DATE, .n = w->a, .month = w->b, .year = w->c};
        return 1;
    }
    int month = list_index(w, months, COUNT_OF(months));
    if (month > 0 && next && next->kind == WORD_NUMBER && next->a >= 1 && next->a <= 31) {
        *when = (struct said_when){.day = DAY_DATE, .n = next->a, .month = month};
        return 2 + word_in(word_at(s, i + 2), "st nd rd th");
    }
    int day = word_in(w, "primo") ? 1 : w->kind == WORD_NUMBER ? w->a : -1;
    ptrdiff_t ordinal = word_in(next, "st nd rd th");
    if (day < 1 || day > 31 || w->marked)
        return 0;
    ptrdiff_t of = word_in(word_at(s, i + 1 + ordinal), "of");
    month = list_index(word_at(s, i + 1 + ordinal + of), months, COUNT_OF(months));
    if (month > 0) {
        *when = (struct said_when){.day = DAY_DATE, .n = day, .month = month};
        const struct word *year = word_at(s, i + 2 + ordinal + of);
        if (!year || year->kind != WORD_NUMBER || year->a < 2000 || year->a > 2200)
            return 2 + ordinal + of;
        when->year = year->a;
        return 3 + ordinal + of;
    }
    bool alone =
        ordinal || (word_in(word_at(s, i - 1), "il giorno") && w->kind == WORD_NUMBER && counts_nothing(s, i + 1));
    if (!alone || !lead)
        return 0;
    day_set(when, DAY_OF_MONTH, day);
    return 1 + ordinal;
}

static bool week_read(const struct words *s, ptrdiff_t i, struct said_when *when, ptrdiff_t *taken)
{
    const struct word *w = word_at(s, i), *before = word_at(s, i - 1), *next = word_at(s, i + 1);
    *taken = 1;
    if (word_in(w, "settimana week")) {
        bool next_one = word_in(before, "next prossima") || word_in(next, "prossima");
        if (!next_one && !word_in(before, "this questa fine in the la"))
            return false;
        day_set(when, DAY_WEEK_END, next_one ? 1 : 0);
        *taken = word_in(next, "prossima") ? 2 : 1;
        return true;
    }
    if (word_in(w, "mese month") && (word_in(before, "fine") || word_in(word_at(s, i - 2), "fine end of"))) {
        day_set(when, DAY_MONTH_END, 0);
        return true;
    }
    return false;
}

static ptrdiff_t day_part(struct reader *r, ptrdiff_t i)
{
    const struct words *s = r->s;
    const struct word *w = word_at(s, i);
    struct said_when said = {0};
    ptrdiff_t taken = 1;
    if (r->when.span || (r->when.day && r->when.day != DAY_OF_WEEK))
        return 0;
    int weekday = list_index(w, weekdays, COUNT_OF(weekdays));
    if (word_in(w, "oggi today"))
        day_set(&said, DAY_PLUS, 0);
    else if (word_in(w, "domani tomorrow tmrw"))
        day_set(&said, DAY_PLUS, 1);
    else if (word_in(w, "dopodomani"))
        day_set(&said, DAY_PLUS, 2);
    else if (word_in(w, "day") && word_in(word_at(s, i + 1), "after") && word_in(word_at(s, i + 2), "tomorrow"))
        day_set(&said, DAY_PLUS, 2), taken = 3;
    else if (weekday >= 0)
        day_set(&said, DAY_OF_WEEK, weekday);
    else if (!week_read(s, i, &said, &taken))
        taken = date_read(s, i, &said);
    if (!said.day || (r->when.day && said.day != DAY_DATE && said.day != DAY_OF_MONTH))
        return 0;
    r->when.day = said.day;
    r->when.n = said.n;
    r->when.month = said.month;
    r->when.year = said.year;
    return taken;
}

/* ---- parts of a day ---- */

static ptrdiff_t part_part(struct reader *r, ptrdiff_t i)
{
    const struct words *s = r->s;
    const struct word *w = word_at(s, i), *before = word_at(s, i - 1);
    enum said_part part = PART_UNSAID;
    bool today =
        word_in(w, "stamattina stamani stasera stanotte tonight eod cob") || word_in(before, "this questo questa");
    bool led = today || r->when.day || word_in(before, "in nel nella") ||
               (word_in(before, "the la il") && word_in(word_at(s, i - 2), "in entro by during"));
    if (word_in(w, "mattina mattinata mattino morning stamattina stamani"))
        part = PART_MORNING;
    else if (word_in(w, "pomeriggio afternoon"))
        part = PART_AFTERNOON;
    else if (word_in(w, "sera serata evening stasera stanotte tonight night"))
        part = PART_EVENING;
    else if (word_in(w, "giornata day eod cob business") &&
             (word_in(w, "eod cob") || word_in(before, "fine in la della") ||
              (word_in(w, "day") && (word_in(word_at(s, i - 2), "end of") || word_in(word_at(s, i - 3), "end of"))) ||
              (word_in(w, "business") && word_in(word_at(s, i - 2), "close"))))
        part = PART_END, led = true;
    if (!part || !led || r->when.part || r->when.span)
        return 0;
    r->when.part = part;
    if (today && !r->when.day)
        day_set(&r->when, DAY_PLUS, 0);
    return 1;
}

/* ---- one expression ---- */

static const char joins[] =
    "entro per verso prima di del della dell il la lo le l nel nella in a al alle all ore d sulle "
    "by before on at the of this next around about circa late later early within prossimo "
    "prossima questo questa stesso stessa massimo fine end working business close delle dopo "
    "after tra fra between and e to no than most from dalle dall non oltre tardi piu mia my our";
static const char blocks[] =
    "fino until till til since dal da ieri yesterday last scorso scorsa di del dell dello della of "
    "your their";
static const char past[] = "scorso scorsa scorse ago fa";

static ptrdiff_t part_at(struct reader *r, ptrdiff_t i)
{
    ptrdiff_t taken = span_part(r, i);
    if (!taken)
        taken = part_part(r, i);
    if (!taken)
        taken = day_part(r, i);
    return taken ? taken : clock_part(r, i);
}

/* Behind what was read, over at most four joining words, another part; i moves behind it. */
static bool part_follows(struct reader *r, ptrdiff_t *i)
{
    for (ptrdiff_t k = *i; k <= *i + 4 && word_at(r->s, k); k++) {
        ptrdiff_t taken = part_at(r, k);
        if (taken) {
            *i = k + taken;
            return true;
        }
        if (!word_in(word_at(r->s, k), joins))
            return false;
    }
    return false;
}

/* "la consegna di domani", "fino a venerdì", "lunedì scorso" are no times at which we act. */
static bool is_blocked(const struct reader *r, ptrdiff_t to)
{
    ptrdiff_t i = r->first - 1;
    bool article = word_in(word_at(r->s, i), "a al alla il la le the fine end");
    if (article && word_in(word_at(r->s, i - 1), blocks) && !word_in(word_at(r->s, i), "fine end"))
        i--;
    const struct word *before = word_at(r->s, i), *after = word_at(r->s, to);
    bool until = word_in(before, "di del dell della of") && word_in(word_at(r->s, i - 1), "prima fine end close");
    bool possessive = word_in(after, "s") && after->attached;
    return (word_in(before, blocks) && !until) || possessive || word_in(after, past);
}

bool promise_time(const struct words *sentence, size_t at, int64_t now, const char *zone, struct said_time *out)
{
    for (ptrdiff_t i = (ptrdiff_t)at; (size_t)i < sentence->count; i++) {
        struct reader r = {.s = sentence, .first = i};
        ptrdiff_t taken = part_at(&r, i), to = i + taken;
        if (!taken)
            continue;
        while (part_follows(&r, &to))
            ;
        bool open_range = r.when.range; /* "from 9" without its end */
        *out = (struct said_time){.from = (size_t)i, .to = (size_t)to};
        out->due = open_range || is_blocked(&r, to) ? 0 : promise_moment(&r.when, now, zone);
        return true;
    }
    return false;
}
