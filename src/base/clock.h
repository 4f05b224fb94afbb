/* SPDX-License-Identifier: Apache-2.0 */
/* Times are int64 microseconds since 1970 UTC. 0 means "never" or "unknown". */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

int64_t clock_now(void);       /* wall clock */
int64_t clock_monotonic(void); /* for time-outs and measurements */
int64_t clock_awake(void);     /* the same, and it goes on while the machine sleeps */

/* A moment taken apart in a time zone (IANA name; unknown or NULL: UTC). Thread-safe. */
struct clock_parts {
    int year, month, day, hour, minute, second, weekday; /* month 1-12, weekday 0 = Sunday */
};
struct clock_parts clock_split(int64_t at, const char *zone);
/* The moment at which a wall clock in that zone shows these parts (seconds included, weekday ignored). */
int64_t clock_join(struct clock_parts parts, const char *zone);
/* "2026-11-21T14:30:05Z" (with .123456 when not whole seconds). */
struct str clock_iso(struct arena *a, int64_t at);
/* ISO 8601 with Z, +hh:mm or +hhmm and optional fraction; without a zone it is UTC. */
bool clock_parse_iso(struct str s, int64_t *out) MUST_USE;
/* "Sun, 06 Nov 1994 08:49:37 GMT", as HTTP says it today. */
bool clock_parse_http(struct str s, int64_t *out) MUST_USE;
/* The day a moment belongs to in a zone, as YYYYMMDD in one number (20261121); and back, the moment it begins. */
int64_t clock_day(int64_t at, const char *zone);
int64_t clock_day_start(int64_t day, const char *zone);
/* Seconds, milliseconds or microseconds since 1970, told apart by size, as microseconds. */
int64_t clock_from_epoch(int64_t value);
