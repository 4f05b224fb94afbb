/* SPDX-License-Identifier: Apache-2.0 */
/* Places a time that was said ("venerdì entro mezzogiorno") after now, on the wall clock of the zone. */
#include "base/clock.h"
#include "base/zone.h"
#include "care/promise_internal.h"

#define DAY_ENDS     18 /* a day without an hour: the end of work */
#define EVENING_ENDS 20
#define FARTHEST_US  (400 * DAY_US)
#define PAST_DAYS    180 /* a date without its year that is at most so long ago is past */
#define SHORTEST_US  (5 * MINUTE_US)

static struct clock_parts date_plus(struct clock_parts date, int days)
{
    date.day += days;
    return date;
}

static int64_t moment(struct clock_parts date, int hour, int minute, const char *zone)
{
    date.hour = hour;
    date.minute = minute;
    date.second = 0;
    return clock_join(date, zone);
}

static int business_days(const struct clock_parts *today, int n)
{
    int days = 0, weekday = today->weekday;
    while (n > 0) {
        days++;
        weekday = (weekday + 1) % 7;
        n -= weekday != 0 && weekday != 6;
    }
    return days;
}

static bool date_of(const struct said_when *when, const struct clock_parts *today, struct clock_parts *out)
{
    int64_t now_days = days_of_date(today->year, today->month, today->day);
    *out = (struct clock_parts){.year = when->year ? when->year : today->year, .month = when->month, .day = when->n};
    int64_t days = days_of_date(out->year, out->month, out->day);
    if (!when->year && days < now_days) {
        if (now_days - days <= PAST_DAYS)
            return false;
        out->year++;
    }
    return when->year == 0 || days >= now_days;
}

/* The day meant. False for one that is past. */
static bool day_find(const struct said_when *when, const struct clock_parts *today, struct clock_parts *out)
{
    int ahead;
    *out = *today;
    switch (when->day) {
    case DAY_UNSAID: return true;
    case DAY_PLUS: *out = date_plus(*today, when->business ? business_days(today, when->n) : when->n); return true;
    case DAY_OF_WEEK:
        ahead = (when->n - today->weekday + 7) % 7;
        *out = date_plus(*today, ahead ? ahead : 7);
        return true;
    case DAY_OF_MONTH:
        out->month += when->n < today->day;
        out->day = when->n;
        return true;
    case DAY_WEEK_END:
        ahead = today->weekday == 0 ? 0 : 5 - today->weekday;
        if (when->n)
            ahead = (today->weekday == 0 ? -2 : ahead) + 7;
        else if (ahead < 0 || (ahead == 0 && today->weekday == 5 && today->hour >= DAY_ENDS))
            ahead = 7 - today->weekday;
        *out = date_plus(*today, ahead);
        return true;
    case DAY_MONTH_END:
        out->month++;
        out->day = 0;
        return true;
    case DAY_DATE: return date_of(when, today, out);
    }
    return false;
}

/* Of an hour that may be before or after noon: people call between eight and nineteen. */
static int hour_of(const struct said_when *when, bool today)
{
    bool afternoon = when->part == PART_AFTERNOON || when->part == PART_EVENING || when->half == 2;
    if (when->hour > 12 || when->literal)
        return when->hour;
    if (when->half == 1 || when->part == PART_MORNING)
        return when->hour % 12 + (when->hour == 12 && when->half != 1 ? 12 : 0);
    if (afternoon)
        return when->hour == 12 ? 12 : when->hour + 12;
    return when->hour <= (today ? 7 : 6) && when->hour > 0 ? when->hour + 12 : when->hour;
}

static int64_t clock_moment(const struct said_when *when, struct clock_parts date, int64_t now, const char *zone)
{
    bool today = when->day == DAY_UNSAID || (when->day == DAY_PLUS && when->n == 0);
    int hour = hour_of(when, today);
    int64_t due = moment(date, hour, when->minute, zone) + (when->after ? HOUR_US : 0);
    if (due > now)
        return due;
    if (when->day == DAY_UNSAID)
        return moment(date_plus(date, 1), hour_of(when, false), when->minute, zone);
    if (today && hour < 12 && !when->literal && when->half != 1 && when->part != PART_MORNING)
        return moment(date, hour + 12, when->minute, zone);
    return due;
}

int64_t promise_moment(const struct said_when *when, int64_t now, const char *zone)
{
    static const int ends[] = {DAY_ENDS, 12, DAY_ENDS, EVENING_ENDS, DAY_ENDS};
    struct clock_parts today = clock_split(now, zone), date;
    int64_t due;
    if (when->span)
        return when->span >= SHORTEST_US ? now + when->span : 0;
    if (!day_find(when, &today, &date))
        return 0;
    if (when->clock)
        due = clock_moment(when, date, now, zone);
    else
        due = moment(date, ends[when->part], 0, zone);
    /* "entro oggi", said in the evening; "in the morning", said in the afternoon */
    if (due <= now && when->part != PART_MORNING && when->part != PART_AFTERNOON && !when->clock)
        due = moment(date, 24, 0, zone);
    if (due <= now && when->part == PART_MORNING && when->day == DAY_UNSAID)
        due = moment(date_plus(date, 1), 12, 0, zone);
    return due > now && due < now + FARTHEST_US ? due : 0;
}
