/* SPDX-License-Identifier: Apache-2.0 */
/* Twilio's list of messages: what came to our number, then what went out from it, the newest first, page by page.
 * What went out settles answers whose fate was unknown, and says what became of the others. */
#include "channels/channel_sms.h"

#include "base/arena.h"
#include "base/buf.h"

#define PAGES_MAX 200 /* of a round */

/* carry: "in" or "out", and where its next page is. */
static bool is_out(struct str carry)
{
    return str_starts(carry, STR("out"));
}

static struct str page_of(struct str carry)
{
    ptrdiff_t space = str_find_char(carry, ' ');
    return space < 0 ? STR_EMPTY : str_slice(carry, (size_t)space + 1, carry.len);
}

bool sms_ask(struct arena *a, const struct settings *s, const struct asking *asking, struct http_call *call,
             struct error *e)
{
    struct str page = page_of(asking->carry), day = clock_iso(a, asking->since), path = page;
    (void)e;
    if (!str_starts(page, STR("/"))) {
        struct str sid = url_encode(a, settings_get(s, "account_sid"));
        struct str number = url_encode(a, settings_get(s, "number"));
        path = str_format(a, "/2010-04-01/Accounts/%.*s/Messages.json?%s=%.*s&DateSent%%3E=%.*s&PageSize=100",
                          STR_ARGS(sid), is_out(asking->carry) ? "From" : "To", STR_ARGS(number),
                          STR_ARGS(str_slice(day, 0, 10)));
    }
    sms_start(a, s, "GET", path, call);
    call->reply_max = (size_t)4 << 20;
    return true;
}

/* "Fri, 24 May 2019 17:44:46 +0000"; 0 where it is none. */
static int64_t moment(struct str text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct str parts[6], rest = text, number;
    int64_t n[3], clock[3];
    size_t count = 0;
    while (count < 6 && str_split(&rest, ' ', &parts[count]))
        count++;
    if (count < 6 || parts[2].len != 3)
        return 0;
    ptrdiff_t month = str_find(STR(months), parts[2]);
    rest = parts[4];
    for (size_t i = 0; i < 3; i++)
        if (!str_split(&rest, ':', &number) || !str_int64(number, &clock[i]) || clock[i] < 0 || clock[i] > 60)
            return 0;
    if (month < 0 || month % 3 || !str_int64(parts[1], &n[0]) || !str_int64(parts[3], &n[1]) ||
        !str_int64(parts[5], &n[2]) || n[0] < 1 || n[0] > 31 || n[1] < 1970 || n[1] > 9999 || n[2] < -1400 ||
        n[2] > 1400)
        return 0;
    struct clock_parts at = {.year = (int)n[1],
                             .month = (int)(month / 3) + 1,
                             .day = (int)n[0],
                             .hour = (int)clock[0],
                             .minute = (int)clock[1],
                             .second = (int)clock[2]};
    int64_t utc = clock_join(at, NULL) - (n[2] / 100 * 60 + n[2] % 100) * MINUTE_US;
    return utc > 0 ? utc : 0;
}

/* One message of the list in the words of a webhook. */
static int64_t read_listed(struct arena *a, const struct json *message, struct channel_events *events, ptrdiff_t i)
{
    static const char *const names[][2] = {{"sid", "MessageSid"},
                                           {"from", "From"},
                                           {"to", "To"},
                                           {"body", "Body"},
                                           {"num_media", "NumMedia"},
                                           {"status", "MessageStatus"},
                                           {"error_code", "ErrorCode"},
                                           {"error_message", "ErrorMessage"}};
    struct pair said[COUNT_OF(names)];
    struct error e = {0};
    for (size_t n = 0; n < COUNT_OF(names); n++)
        said[n] = (struct pair){str_from(names[n][1]), json_id(read_member(message, names[n][0]))};
    int64_t at = moment(json_text(json_get(message, "date_sent")));
    if (!at)
        at = moment(json_text(json_get(message, "date_created")));
    struct sms_listed listed = {.at = at};
    if (!sms_event(a, &(struct pairs){said, COUNT_OF(said)}, &listed, events, &e))
        channel_unread(events, &(struct place){NULL, "messages", i}, "%s", e.message);
    return at;
}

void sms_asked(struct arena *a, const struct settings *s, const struct asking *asking, const struct http_reply *reply,
               struct channel_events *events, struct asked *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    const struct json *list = json_get(body, "messages");
    struct str next = json_text(json_get(body, "next_page_uri"));
    bool recent = false;
    (void)s;
    if (reply->status != 200 || !json_is(list, JSON_ARRAY)) {
        sms_problem(a, reply, body, &out->outcome);
        return;
    }
    for (size_t i = 0; i < json_count(list); i++)
        recent |= read_listed(a, json_at(list, i), events, (ptrdiff_t)i) >= asking->since;
    if (recent && str_starts(next, STR("/")) && asking->step < PAGES_MAX) {
        out->more = true;
        out->carry = str_format(a, "%s %.*s", is_out(asking->carry) ? "out" : "in", STR_ARGS(next));
    } else if (!is_out(asking->carry)) {
        out->more = true;
        out->carry = STR("out");
    }
}
