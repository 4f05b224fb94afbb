/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks, the Gregorian calendar (valid for all years, forwards and backwards) and ISO 8601. Zones are
 * zone.c's. */
#include "base/clock.h"

#include <time.h>

#include "base/zone.h"

#define DAY_SECONDS   INT64_C(86400)
#define FARTHEST_YEAR 200000 /* keeps microseconds within 64 bits */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_awake(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

/* Years are counted from March, so that the leap day is the last; eras of 400 years repeat exactly. */
int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    year += floor_div(month - 1, 12);
    month = month - 1 - floor_div(month - 1, 12) * 12 + 1;
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of_days(int64_t days, struct clock_parts *out)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t day_of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    out->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = (int)(year + era * 400 + (out->month <= 2));
}

static struct clock_parts split_seconds(int64_t seconds)
{
    struct clock_parts parts;
    int64_t days = floor_div(seconds, DAY_SECONDS), rest = seconds - days * DAY_SECONDS;
    date_of_days(days, &parts);
    parts.hour = (int)(rest / 3600);
    parts.minute = (int)(rest / 60 % 60);
    parts.second = (int)(rest % 60);
    parts.weekday = (int)((days % 7 + 11) % 7);
    return parts;
}

struct clock_parts clock_split(int64_t at, const char *zone)
{
    int64_t seconds = floor_div(at, SECOND_US);
    return split_seconds(seconds + zone_offset(zone, seconds));
}

/* The wall clock's own seconds, as if it stood in UTC. */
static int64_t wall_seconds(struct clock_parts p)
{
    int64_t year = p.year < -FARTHEST_YEAR ? -FARTHEST_YEAR : p.year > FARTHEST_YEAR ? FARTHEST_YEAR : p.year;
    return days_of_date(year, p.month, p.day) * DAY_SECONDS + p.hour * INT64_C(3600) + p.minute * INT64_C(60) +
           p.second;
}

int64_t clock_join(struct clock_parts parts, const char *zone)
{
    int64_t wall = wall_seconds(parts);
    int64_t before = zone_offset(zone, wall - DAY_SECONDS), after = zone_offset(zone, wall + DAY_SECONDS);
    int64_t at = wall - before;
    /* A wall clock that shows the time twice: the first. One that skips it: as much later as it skips. */
    if (before != after && zone_offset(zone, at) != before && zone_offset(zone, wall - after) == after)
        at = wall - after;
    return at * SECOND_US;
}

/* Written by hand: a page shows a hundred moments, and printf was a twelfth of its cost. */
static char *put_number(char *out, int value, int digits, char behind)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    out[digits] = behind;
    return out + digits + 1;
}

struct str clock_iso(struct arena *a, int64_t at)
{
    int64_t seconds = floor_div(at, SECOND_US), fraction = (at % SECOND_US + SECOND_US) % SECOND_US;
    struct clock_parts p = split_seconds(seconds);
    if (p.year < 0 || p.year > 9999)
        return str_format(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", p.year, p.month, p.day, p.hour, p.minute, p.second);
    char text[sizeof "2026-01-31T12:00:00.000000Z"], *end = text;
    end = put_number(end, p.year, 4, '-');
    end = put_number(end, p.month, 2, '-');
    end = put_number(end, p.day, 2, 'T');
    end = put_number(end, p.hour, 2, ':');
    end = put_number(end, p.minute, 2, ':');
    end = put_number(end, p.second, 2, fraction ? '.' : 'Z');
    if (fraction)
        end = put_number(end, (int)fraction, 6, 'Z');
    return str_dup(a, (struct str){text, (size_t)(end - text)});
}

/* Exactly `digits` digits off the front of *s. */
static bool take_number(struct str *s, size_t digits, int lowest, int highest, int *out)
{
    if (s->len < digits)
        return false;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        value = value * 10 + (s->ptr[i] - '0');
    }
    *s = str_slice(*s, digits, s->len);
    *out = value;
    return value >= lowest && value <= highest;
}

static bool take_one_of(struct str *s, char a, char b)
{
    if (s->len == 0 || (s->ptr[0] != a && s->ptr[0] != b))
        return false;
    *s = str_slice(*s, 1, s->len);
    return true;
}

static bool take_date(struct str *s, struct clock_parts *p)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!take_number(s, 4, 0, 9999, &p->year) || !take_one_of(s, '-', '-') || !take_number(s, 2, 1, 12, &p->month) ||
        !take_one_of(s, '-', '-') || !take_number(s, 2, 1, days[p->month - 1], &p->day))
        return false;
    bool leap = (p->year % 4 == 0 && p->year % 100 != 0) || p->year % 400 == 0;
    return p->month != 2 || p->day < 29 || leap;
}

/* Digits beyond microseconds are dropped. */
static bool take_fraction(struct str *s, int64_t *microseconds)
{
    int64_t unit = SECOND_US / 10;
    size_t i = 0;
    for (; i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++, unit /= 10)
        *microseconds += (s->ptr[i] - '0') * unit;
    *s = str_slice(*s, i, s->len);
    return i > 0;
}

static bool take_time(struct str *s, struct clock_parts *p, int64_t *microseconds)
{
    if (!take_number(s, 2, 0, 23, &p->hour) || !take_one_of(s, ':', ':') || !take_number(s, 2, 0, 59, &p->minute))
        return false;
    if (!take_one_of(s, ':', ':'))
        return true;
    if (!take_number(s, 2, 0, 60, &p->second))
        return false;
    return !take_one_of(s, '.', ',') || take_fraction(s, microseconds);
}

static bool take_zone(struct str *s, int64_t *offset)
{
    if (s->len == 0 || take_one_of(s, 'Z', 'z'))
        return true;
    bool west = s->ptr[0] == '-';
    int hours, minutes = 0;
    if (!take_one_of(s, '+', '-') || !take_number(s, 2, 0, 23, &hours))
        return false;
    bool colon = take_one_of(s, ':', ':');
    if ((colon || s->len) && !take_number(s, 2, 0, 59, &minutes))
        return false;
    *offset = (hours * INT64_C(60) + minutes) * 60;
    if (west)
        *offset = -*offset;
    return true;
}

bool clock_parse_iso(struct str s, int64_t *out)
{
    struct clock_parts parts = {0};
    int64_t microseconds = 0, offset = 0;
    if (!take_date(&s, &parts))
        return false;
    if (s.len) {
        if (!take_one_of(&s, 'T', 't') && !take_one_of(&s, ' ', ' '))
            return false;
        if (!take_time(&s, &parts, &microseconds) || !take_zone(&s, &offset) || s.len)
            return false;
    }
    *out = (wall_seconds(parts) - offset) * SECOND_US + microseconds;
    return true;
}

bool clock_parse_http(struct str s, int64_t *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct clock_parts parts = {0};
    int64_t day, year, microseconds = 0;
    if (s.len != 29 || !str_eq(str_slice(s, 3, 5), STR(", ")) || !str_ends(s, STR(" GMT")) || s.ptr[7] != ' ' ||
        s.ptr[11] != ' ' || s.ptr[16] != ' ')
        return false;
    ptrdiff_t month = str_find(STR(months), str_slice(s, 8, 11));
    struct str time = str_slice(s, 17, 25);
    if (month < 0 || month % 3 || !str_int64(str_slice(s, 5, 7), &day) || !str_int64(str_slice(s, 12, 16), &year) ||
        day < 1 || day > 31 || year < 1970 || !take_time(&time, &parts, &microseconds) || time.len)
        return false;
    parts.year = (int)year;
    parts.month = (int)(month / 3) + 1;
    parts.day = (int)day;
    *out = wall_seconds(parts) * SECOND_US + microseconds;
    return true;
}

int64_t clock_day(int64_t at, const char *zone)
{
    struct clock_parts p = clock_split(at, zone);
    return (p.year * INT64_C(100) + p.month) * 100 + p.day;
}

int64_t clock_day_start(int64_t day, const char *zone)
{
    struct clock_parts p = {.year = (int)(day / 10000), .month = (int)(day / 100 % 100), .day = (int)(day % 100)};
    return clock_join(p, zone);
}

int64_t clock_from_epoch(int64_t value)
{
    int64_t seconds_end = INT64_C(100000000000), milliseconds_end = seconds_end * 1000;
    if (value > -seconds_end && value < seconds_end)
        return value * SECOND_US;
    if (value > -milliseconds_end && value < milliseconds_end)
        return value * 1000;
    return value;
}
