/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones (RFC 8536) for clock.c alone: what a zone's offset from UTC is at a moment. Read from the
 * system's zoneinfo folder and kept, at most ZONES_KEPT of them. Nothing here touches TZ, which belongs to
 * the process. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

#define ZONES_KEPT 64

/* Offset in seconds east of UTC at a moment (seconds since 1970 UTC). Thread-safe; unknown or NULL names: 0.
 */
int64_t zone_offset(const char *name, int64_t at);
/* Days since 1970 of a date of the Gregorian calendar; month may be any number. */
int64_t days_of_date(int64_t year, int64_t month, int64_t day);

/* A POSIX TZ rule ("CET-1CEST,M3.5.0,M10.5.0/3"), which holds after the last listed transition. */
struct zone_change {
    char kind; /* M: week of month, J: day without 29 February, 0: day with it */
    int month, week, day;
    int64_t seconds; /* of that day's wall clock, may be negative or beyond a day */
};
struct zone_rule {
    int64_t standard, summer; /* offsets */
    bool has_summer;
    struct zone_change begin, end;
};
bool zone_rule_parse(struct str text, struct zone_rule *out) MUST_USE;
int64_t zone_rule_offset(const struct zone_rule *rule, int64_t at);
