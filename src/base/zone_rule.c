/* SPDX-License-Identifier: Apache-2.0 */
/* The POSIX TZ rule at the end of a zone file: reading it and asking it. */
#include "base/zone.h"

#include "base/arena.h"

#define DAY 86400

struct reader {
    const char *ptr, *end;
};

static char peek(const struct reader *r)
{
    return r->ptr < r->end ? *r->ptr : '\0';
}

static bool accept(struct reader *r, char c)
{
    if (peek(r) != c || r->ptr == r->end)
        return false;
    r->ptr++;
    return true;
}

static bool read_number(struct reader *r, int64_t highest, int64_t *out)
{
    int64_t value = 0;
    const char *start = r->ptr;
    while (peek(r) >= '0' && peek(r) <= '9' && value <= highest)
        value = value * 10 + (*r->ptr++ - '0');
    *out = value;
    return r->ptr > start && value <= highest;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "CET" or "<+03>": only its end matters. */
static bool skip_name(struct reader *r)
{
    const char *start = r->ptr;
    if (accept(r, '<')) {
        while (r->ptr < r->end && *r->ptr != '>')
            r->ptr++;
        return accept(r, '>');
    }
    while (is_letter(peek(r)))
        r->ptr++;
    return r->ptr > start;
}

/* [+-]hh[:mm[:ss]] as seconds. */
static bool read_time(struct reader *r, int64_t *out)
{
    int64_t hours, minutes = 0, seconds = 0;
    bool negative = accept(r, '-');
    if (!negative)
        accept(r, '+');
    if (!read_number(r, 167, &hours))
        return false;
    if (accept(r, ':') && !read_number(r, 59, &minutes))
        return false;
    if (accept(r, ':') && !read_number(r, 59, &seconds))
        return false;
    *out = (hours * 60 + minutes) * 60 + seconds;
    if (negative)
        *out = -*out;
    return true;
}

static bool read_month_week_day(struct reader *r, struct zone_change *c)
{
    int64_t month, week, day;
    if (!read_number(r, 12, &month) || !accept(r, '.') || !read_number(r, 5, &week) || !accept(r, '.') ||
        !read_number(r, 6, &day) || month < 1 || week < 1)
        return false;
    c->month = (int)month;
    c->week = (int)week;
    c->day = (int)day;
    return true;
}

static bool read_change(struct reader *r, struct zone_change *c)
{
    if (!accept(r, ','))
        return false;
    *c = (struct zone_change){.kind = '0', .seconds = INT64_C(2) * 3600};
    if (accept(r, 'M')) {
        c->kind = 'M';
        if (!read_month_week_day(r, c))
            return false;
    } else {
        int64_t day;
        if (accept(r, 'J'))
            c->kind = 'J';
        if (!read_number(r, 365, &day) || (c->kind == 'J' && day < 1))
            return false;
        c->day = (int)day;
    }
    return !accept(r, '/') || read_time(r, &c->seconds);
}

bool zone_rule_parse(struct str text, struct zone_rule *out)
{
    struct reader r = {text.ptr, text.ptr + text.len};
    *out = (struct zone_rule){0};
    if (text.len == 0 || !skip_name(&r) || !read_time(&r, &out->standard))
        return false;
    out->standard = -out->standard; /* POSIX counts westwards */
    if (r.ptr == r.end)
        return true;
    if (!skip_name(&r))
        return false;
    out->has_summer = true;
    out->summer = out->standard + 3600;
    if (peek(&r) != ',') {
        if (!read_time(&r, &out->summer))
            return false;
        out->summer = -out->summer;
    }
    return read_change(&r, &out->begin) && read_change(&r, &out->end) && r.ptr == r.end;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t weekday_of(int64_t days)
{
    return ((days + 4) % 7 + 7) % 7;
}

/* The change's wall clock moment in a year, as if the wall clock were UTC. */
static int64_t change_at(const struct zone_change *c, int64_t year)
{
    int64_t day;
    if (c->kind == 'M') {
        int64_t first = days_of_date(year, c->month, 1), next = days_of_date(year, c->month + 1, 1);
        day = first + (c->day - weekday_of(first) + 7) % 7 + (c->week - 1) * INT64_C(7);
        if (day >= next)
            day -= 7;
    } else {
        day = days_of_date(year, 1, 1) + c->day;
        if (c->kind == 'J')
            day -= is_leap(year) && c->day >= 60 ? 0 : 1;
    }
    return day * DAY + c->seconds;
}

static int64_t year_of(int64_t days)
{
    int64_t year = 1970 + days / 366 - (days < 0);
    while (days_of_date(year + 1, 1, 1) <= days)
        year += (days - days_of_date(year + 1, 1, 1)) / 366 + 1;
    while (days_of_date(year, 1, 1) > days)
        year--;
    return year;
}

int64_t zone_rule_offset(const struct zone_rule *rule, int64_t at)
{
    if (!rule->has_summer)
        return rule->standard;
    int64_t local = at + rule->standard;
    int64_t year = year_of(local / DAY - (local % DAY < 0));
    int64_t begin = change_at(&rule->begin, year) - rule->standard;
    int64_t end = change_at(&rule->end, year) - rule->summer;
    bool summer = begin < end ? at >= begin && at < end : at >= begin || at < end;
    return summer ? rule->summer : rule->standard;
}
