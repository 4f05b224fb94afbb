/* SPDX-License-Identifier: Apache-2.0 */
/* How English and Italian write numbers, spans and moments. The words themselves are in the locales. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "web/locale_internal.h"

static const struct {
    const char *name;
    enum format format;
} names[] = {
    {"number", FORMAT_NUMBER},
    {"percent", FORMAT_PERCENT},
    {"bytes", FORMAT_BYTES},
    {"duration", FORMAT_DURATION},
    {"duration_long", FORMAT_DURATION_LONG},
    {"hours", FORMAT_HOURS},
    {"waited", FORMAT_WAITED},
    {"waited_long", FORMAT_WAITED_LONG},
    {"left", FORMAT_LEFT},
    {"left_long", FORMAT_LEFT_LONG},
    {"time", FORMAT_TIME},
    {"stamp", FORMAT_STAMP},
    {"day", FORMAT_DAY},
    {"date", FORMAT_DATE},
    {"datetime", FORMAT_DATETIME},
    {"month", FORMAT_MONTH},
    {"at", FORMAT_AT},
    {"by", FORMAT_BY},
    {"until", FORMAT_UNTIL},
    {"first", FORMAT_FIRST},
    {"initials", FORMAT_INITIALS},
    {"url", FORMAT_URL},
    {"query", FORMAT_QUERY},
};

bool format_find(struct str name, enum format *out)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(name, str_from(names[i].name))) {
            *out = names[i].format;
            return true;
        }
    }
    return false;
}

static void add_digits(struct buf *out, const struct locale_frame *frame, struct str digits)
{
    struct str mark = locale_names(frame->locale)->thousands;
    for (size_t i = 0; i < digits.len; i++) {
        size_t left = digits.len - i;
        if (i && left % 3 == 0)
            buf_str(out, mark);
        buf_char(out, digits.ptr[i]);
    }
}

static bool is_short(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len <= 3;
}

/* Numbers keep their text in JSON, so a fraction is written as it came; exponents are left alone. */
static struct str number_text(const struct locale_frame *frame, struct str text)
{
    struct buf out;
    if (is_short(text))
        return text;
    buf_init(&out, frame->arena, text.len + 8);
    if (str_find_char(text, 'e') >= 0 || str_find_char(text, 'E') >= 0)
        return text;
    if (text.len && text.ptr[0] == '-') {
        buf_cstr(&out, "−");
        text = str_slice(text, 1, text.len);
    }
    ptrdiff_t point = str_find_char(text, '.');
    add_digits(&out, frame, point < 0 ? text : str_slice(text, 0, (size_t)point));
    if (point >= 0) {
        buf_char(&out, str_eq(locale_names(frame->locale)->thousands, STR(",")) ? '.' : ',');
        buf_str(&out, str_slice(text, (size_t)point + 1, text.len));
    }
    return buf_view(&out);
}

struct str format_number(const struct locale_frame *frame, int64_t number)
{
    return number_text(frame, str_format(frame->arena, "%lld", (long long)number));
}

static struct str format_bytes(const struct locale_frame *frame, int64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    int64_t tenths = bytes * 10;
    size_t unit = 0;
    while (tenths >= 10240 && unit + 1 < COUNT_OF(units)) {
        tenths = (tenths + 512) / 1024;
        unit++;
    }
    struct str number = unit < 2 || tenths >= 1000
                            ? format_number(frame, (tenths + 5) / 10)
                            : number_text(frame, str_format(frame->arena, "%lld.%lld", (long long)(tenths / 10),
                                                            (long long)(tenths % 10)));
    return str_format(frame->arena, "%.*s %s", STR_ARGS(number), units[unit]);
}

static const struct json *the_count(void *ctx, const struct path *path)
{
    (void)path; /* the only placeholder there is */
    return ctx;
}

/* "23 hours", "1 hour": the locale's plural of a unit. */
static void add_unit(struct buf *out, const struct locale_frame *frame, int64_t count, const struct locale_text *text)
{
    struct json *number = json_new_int(frame->arena, count);
    struct locale_source source = {the_count, number};
    if (out->len)
        buf_char(out, ' ');
    locale_write(out, frame, text, &source, number, false, false);
}

static struct str span_spoken(const struct locale_frame *frame, int64_t seconds)
{
    const struct locale_names *words = locale_names(frame->locale);
    struct buf out;
    buf_init(&out, frame->arena, 48);
    int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    if (days > 0)
        add_unit(&out, frame, days, words->days);
    if (hours % 24 && days < 3)
        add_unit(&out, frame, hours % 24, words->hours);
    if (!days && minutes % 60)
        add_unit(&out, frame, minutes % 60, words->minutes);
    if (!out.len)
        add_unit(&out, frame, seconds, words->seconds);
    return buf_view(&out);
}

static void add_two(struct buf *out, int64_t number)
{
    buf_char(out, (char)('0' + number / 10 % 10));
    buf_char(out, (char)('0' + number % 10));
}

/* Here and below printf is not used: a page holds a hundred spans and moments. */
/* A term in hours, as a person says it: 48 hours, but 30 days. */
static struct str span_hours(const struct locale_frame *frame, int64_t hours)
{
    const struct locale_names *words = locale_names(frame->locale);
    bool by_days = hours >= 72 && hours % 24 == 0;
    struct buf out;
    buf_init(&out, frame->arena, 24);
    add_unit(&out, frame, by_days ? hours / 24 : hours, by_days ? words->days : words->hours);
    return buf_view(&out);
}

struct str format_span(const struct locale_frame *frame, int64_t seconds, bool spoken)
{
    if (seconds < 0)
        seconds = 0;
    if (spoken)
        return span_spoken(frame, seconds);
    int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    struct buf out;
    buf_init(&out, frame->arena, 0);
    buf_int(&out, seconds < 60 ? seconds : hours < 1 ? minutes : days < 2 ? hours : days);
    if (seconds < 60) {
        buf_cstr(&out, " s");
    } else if (hours < 1) {
        buf_cstr(&out, " min");
    } else if (days < 2) {
        buf_cstr(&out, " h ");
        add_two(&out, minutes % 60);
    } else {
        buf_char(&out, ' ');
        buf_str(&out, locale_names(frame->locale)->day_short);
        if (days < 7 && hours % 24) {
            buf_char(&out, ' ');
            buf_int(&out, hours % 24);
            buf_cstr(&out, " h");
        }
    }
    return buf_view(&out);
}

static struct str weekday(const struct locale_frame *frame, const struct clock_parts *p)
{
    return locale_names(frame->locale)->weekdays[p->weekday % 7];
}

static struct str month(const struct locale_frame *frame, const struct clock_parts *p, bool brief)
{
    const struct locale_names *all = locale_names(frame->locale);
    return brief ? all->months_short[(p->month - 1) % 12] : all->months[(p->month - 1) % 12];
}

static struct str day_words(const struct locale_frame *frame, const struct clock_parts *p, int64_t at)
{
    struct arena *a = frame->arena;
    int64_t day = clock_day(at, frame->zone), today = clock_day(frame->now, frame->zone);
    if (day == today)
        return locale_names(frame->locale)->today;
    if (day == clock_day(clock_day_start(today, frame->zone) - HOUR_US, frame->zone))
        return locale_names(frame->locale)->yesterday;
    if (day == clock_day(clock_day_start(today, frame->zone) + 36 * HOUR_US, frame->zone))
        return locale_names(frame->locale)->tomorrow;
    struct str name = weekday(frame, p), in = month(frame, p, false);
    if (day / 10000 == today / 10000)
        return str_format(a, "%.*s %d %.*s", STR_ARGS(name), p->day, STR_ARGS(in));
    return str_format(a, "%.*s %d %.*s %d", STR_ARGS(name), p->day, STR_ARGS(in), p->year);
}

/* "14:30", behind a word and a space when there is one. */
static struct str hour_words(const struct locale_frame *frame, struct str before, const struct clock_parts *p)
{
    struct buf out;
    buf_init(&out, frame->arena, before.len + 8);
    buf_str(&out, before);
    if (before.len)
        buf_char(&out, ' ');
    add_two(&out, p->hour);
    buf_char(&out, ':');
    add_two(&out, p->minute);
    return buf_view(&out);
}

static struct str stamp_words(const struct locale_frame *frame, const struct clock_parts *p, int64_t at)
{
    struct arena *a = frame->arena;
    struct clock_parts now = clock_split(frame->now, frame->zone);
    struct str in = month(frame, p, true);
    int64_t apart = at > frame->now ? at - frame->now : frame->now - at;
    if (p->year == now.year && p->month == now.month && p->day == now.day)
        return hour_words(frame, STR_EMPTY, p);
    if (apart < 6 * DAY_US)
        return hour_words(frame, weekday(frame, p), p);
    if (p->year == now.year)
        return str_format(a, "%d %.*s %02d:%02d", p->day, STR_ARGS(in), p->hour, p->minute);
    return str_format(a, "%d %.*s %d", p->day, STR_ARGS(in), p->year);
}

/* "by Friday at 15:18": each language has its own small words before a time, a weekday and a date. */
static struct str said_words(const struct locale_frame *frame, enum format format, const struct clock_parts *p,
                             int64_t at)
{
    struct arena *a = frame->arena;
    struct clock_parts now = clock_split(frame->now, frame->zone);
    struct str in = month(frame, p, true);
    int64_t apart = at > frame->now ? at - frame->now : frame->now - at;
    bool this_year = p->year == now.year;
    const char *how = this_year && p->month == now.month && p->day == now.day ? "today"
                      : apart < 6 * DAY_US                                    ? "weekday"
                      : this_year                                             ? "date"
                                                                              : "year";
    const char *kind = format == FORMAT_BY ? "by" : format == FORMAT_UNTIL ? "until" : "at";
    struct json *values = json_object(a);
    json_set_str(a, values, "time", str_format(a, "%02d:%02d", p->hour, p->minute));
    json_set_str(a, values, "weekday", weekday(frame, p));
    json_set_str(a, values, "date",
                 this_year ? str_format(a, "%d %.*s", p->day, STR_ARGS(in))
                           : str_format(a, "%d %.*s %d", p->day, STR_ARGS(in), p->year));
    return locale_say(frame, str_format(a, "date.%s_%s", kind, how), values);
}

struct str format_moment(const struct locale_frame *frame, enum format format, int64_t at)
{
    struct arena *a = frame->arena;
    if (at <= 0)
        return STR_EMPTY; /* a network's clock that was never set says nothing */
    struct clock_parts p = clock_split(at, frame->zone);
    struct str in = month(frame, &p, format == FORMAT_MONTH), name = weekday(frame, &p);
    if (format == FORMAT_AT || format == FORMAT_BY || format == FORMAT_UNTIL)
        return said_words(frame, format, &p, at);
    if (format == FORMAT_TIME)
        return hour_words(frame, STR_EMPTY, &p);
    if (format == FORMAT_STAMP)
        return stamp_words(frame, &p, at);
    if (format == FORMAT_DAY)
        return day_words(frame, &p, at);
    if (format == FORMAT_MONTH)
        return str_format(a, "%.*s %d", STR_ARGS(in), p.year);
    if (format == FORMAT_DATETIME)
        return str_format(a, "%.*s %d %.*s, %02d:%02d", STR_ARGS(name), p.day, STR_ARGS(in), p.hour, p.minute);
    return str_format(a, "%d %.*s %d", p.day, STR_ARGS(in), p.year);
}

/* 0: no time, or one before there were networks. */
static int64_t moment_of(const struct json *value)
{
    int64_t at = 0;
    if (value->is_time)
        at = value->at;
    else if (!json_is(value, JSON_STRING) || !clock_parse_iso(json_text(value), &at))
        at = json_int(value, 0);
    return at > 0 ? at : 0;
}

static struct str safe_url(struct str url)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:", "tel:", "#", "?"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        if (str_starts(url, str_from(schemes[i])))
            return url;
    bool path = str_starts(url, STR("/")) && !str_starts(url, STR("//")) && !str_starts(url, STR("/\\"));
    return path ? url : STR("#");
}

static struct str first_name(struct str name)
{
    name = str_trim(name);
    if (str_find(name, STR("···")) >= 0)
        return name; /* "Facebook ···5802": nobody is called Facebook */
    if (str_find(name, STR("“")) >= 0)
        return name; /* Pin “The lamp”: a thing, which has no first name */
    ptrdiff_t space = str_find_char(name, ' ');
    return space > 0 ? str_slice(name, 0, (size_t)space) : name;
}

static struct str format_text(const struct locale_frame *frame, enum format format, struct str text)
{
    switch ((int)format) {
    case FORMAT_FIRST: return first_name(text);
    case FORMAT_INITIALS: return text_initials(frame->arena, text);
    case FORMAT_URL: return safe_url(text);
    case FORMAT_QUERY: {
        struct buf out;
        buf_init(&out, frame->arena, text.len + 16);
        buf_url(&out, text);
        return buf_view(&out);
    }
    case FORMAT_NUMBER: return number_text(frame, text);
    case FORMAT_PERCENT: return str_concat(frame->arena, number_text(frame, text), STR("\xc2\xa0%"));
    default: return text;
    }
}

struct str format_value(const struct locale_frame *frame, enum format format, const struct json *value)
{
    if (!value || value->type == JSON_NULL)
        return STR_EMPTY;
    int64_t at;
    switch ((int)format) {
    case FORMAT_BYTES: return format_bytes(frame, json_int(value, 0));
    case FORMAT_DURATION:
    case FORMAT_DURATION_LONG: return format_span(frame, json_int(value, 0), format == FORMAT_DURATION_LONG);
    case FORMAT_HOURS: return span_hours(frame, json_int(value, 0));
    case FORMAT_WAITED:
    case FORMAT_WAITED_LONG:
        at = moment_of(value);
        return at ? format_span(frame, (frame->now - at) / SECOND_US, format == FORMAT_WAITED_LONG) : STR_EMPTY;
    case FORMAT_LEFT:
    case FORMAT_LEFT_LONG:
        at = moment_of(value);
        return at ? format_span(frame, (at - frame->now) / SECOND_US, format == FORMAT_LEFT_LONG) : STR_EMPTY;
    case FORMAT_TIME:
    case FORMAT_STAMP:
    case FORMAT_DAY:
    case FORMAT_DATE:
    case FORMAT_DATETIME:
    case FORMAT_AT:
    case FORMAT_BY:
    case FORMAT_UNTIL:
    case FORMAT_MONTH: return format_moment(frame, format, moment_of(value));
    default: return format_text(frame, format, value->type == JSON_BOOL ? STR_EMPTY : json_id(value));
    }
}
