/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Twilio: short messages with a number of the brand. Its calls are under /sms/2010-04-01/Accounts;
 * files are given by a redirect. Who blocks the brand writes STOP, who unblocks it START: Twilio answers these
 * itself. Where a message names a StatusCallback, what became of it is told. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/crypto_legacy.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

#define TEXT_MAX    1600
#define ACCOUNT_SID "AC718b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define API         "/2010-04-01/Accounts/" ACCOUNT_SID

static struct str hex_id(struct arena *a, const char *prefix)
{
    unsigned char bytes[16];

    random_bytes(bytes, sizeof bytes);
    return str_concat(a, str_from(prefix), hex_encode(a, bytes, sizeof bytes));
}

static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 7);

    (void)sim;
    return str_format(a, "+39347%.*s", STR_ARGS(digits));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)kind;
    (void)person;
    (void)root;
    return hex_id(sim->state, "SM");
}

static struct str new_media(struct sim *sim)
{
    return hex_id(sim->state, "ME");
}

/* ---- webhooks ---- */

static void add_field(struct buf *form, const char *name, struct str value)
{
    if (form->len > 0)
        buf_char(form, '&');
    buf_url(form, str_from(name));
    buf_char(form, '=');
    buf_url(form, value);
}

static struct str our_number(const struct sim *sim)
{
    return str_from(sim->lines[SIM_SMS].account.account_id);
}

static void begin_form(struct sim *sim, struct arena *a, struct buf *form, struct str sid)
{
    (void)sim;
    buf_init(form, a, 512);
    add_field(form, "ToCountry", STR("IT"));
    add_field(form, "SmsSid", sid);
    add_field(form, "MessageSid", sid);
    add_field(form, "AccountSid", STR(ACCOUNT_SID));
    add_field(form, "ApiVersion", STR("2010-04-01"));
}

static struct str count_text(struct arena *a, size_t n)
{
    return str_format(a, "%zu", n);
}

static void tell(struct sim_deed *d)
{
    bool stop = d->verb == SIM_BLOCKED, start = d->verb == SIM_UNBLOCKED;
    struct str sid = stop || start ? hex_id(d->a, "SM") : d->item != NULL ? d->item->id : STR_EMPTY;
    struct str words = stop ? STR("STOP") : start ? STR("START") : d->item != NULL ? d->item->text : STR_EMPTY;
    const struct sim_media *media = d->item != NULL ? d->item->media : NULL;
    struct buf form;

    if (!stop && !start && d->verb != SIM_WROTE)
        return;
    begin_form(d->sim, d->a, &form, sid);
    add_field(&form, "SmsMessageSid", sid);
    add_field(&form, "SmsStatus", STR("received"));
    add_field(&form, "From", d->person->ids[SIM_SMS]);
    add_field(&form, "To", our_number(d->sim));
    add_field(&form, "Body", words);
    add_field(&form, "NumSegments", count_text(d->a, text_sms_parts(words)));
    add_field(&form, "NumMedia", media != NULL ? STR("1") : STR("0"));
    if (media != NULL) {
        add_field(&form, "MediaContentType0", media->mime);
        add_field(&form, "MediaUrl0",
                  str_format(d->a, "http://127.0.0.1:%u/sms" API "/Messages/%.*s/Media/%.*s", (unsigned)d->sim->port,
                             STR_ARGS(sid), STR_ARGS(media->id)));
    }
    if (stop || start)
        add_field(&form, "OptOutType", words);
    sim_hook_add(d->sim, SIM_SMS, d->item, buf_view(&form), 0);
}

static void tell_status(struct sim *sim, struct arena *a, struct sim_item *item, const char *status, int delay)
{
    struct buf form;

    begin_form(sim, a, &form, item->id);
    add_field(&form, "MessageStatus", str_from(status));
    add_field(&form, "SmsStatus", str_from(status));
    add_field(&form, "From", our_number(sim));
    add_field(&form, "To", item->person->ids[SIM_SMS]);
    sim_hook_add(sim, SIM_SMS, item, buf_view(&form), delay);
}

/* The address, then each parameter in the order of their names. */
static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    struct pairs fields = url_query(a, parcel->body);
    unsigned char digest[SHA1_BYTES];
    struct buf all;
    size_t i, k;

    (void)line;
    for (i = 1; i < fields.count; i++)
        for (k = i; k > 0 && str_cmp(fields.items[k].name, fields.items[k - 1].name) < 0; k--) {
            struct pair other = fields.items[k];
            fields.items[k] = fields.items[k - 1];
            fields.items[k - 1] = other;
        }
    buf_init(&all, a, 1024);
    buf_str(&all, parcel->url);
    for (i = 0; i < fields.count; i++) {
        buf_str(&all, fields.items[i].name);
        buf_str(&all, fields.items[i].value);
    }
    hmac_sha1(secret, buf_view(&all), digest);
    parcel->type = STR("application/x-www-form-urlencoded");
    sim_parcel_header(parcel, "X-Twilio-Signature", base64_encode(a, digest, sizeof digest));
}

static bool taken(const struct http_reply *reply)
{
    return reply->status == 200 && str_find(reply->body, STR("<Response")) >= 0;
}

/* ---- calls ---- */

static void problem(struct sim_call *c, int status, int code, const char *words)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "code", code);
    json_set_str(c->a, c->answer, "message", str_dup(c->a, str_from(words)));
    json_set_str(c->a, c->answer, "more_info", str_format(c->a, "https://www.twilio.com/docs/errors/%d", code));
    json_set_int(c->a, c->answer, "status", status);
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        problem(c, 401, 20003, "Authenticate");
    else if (fault == SIM_FAULT_PERMISSION)
        problem(c, 400, 21408,
                "Permission to send an SMS has not been enabled for the region indicated by the 'To' "
                "number");
    else if (fault == SIM_FAULT_RATE)
        problem(c, 429, 20429, "Too Many Requests");
    else if (fault == SIM_FAULT_BLOCKED)
        problem(c, 400, 21610, "Attempt to send to unsubscribed recipient");
    else
        problem(c, 400, detail != NULL ? 21617 : 30007, detail != NULL ? detail : "Message filtered by the carrier");
}

static struct str token(struct sim_call *c)
{
    struct str header = http_header(c->req, "authorization"), both;
    ptrdiff_t colon;

    if (!str_starts(header, STR("Basic ")) || !base64_decode(c->a, str_slice(header, 6, header.len), &both))
        return STR_EMPTY;
    colon = str_find_char(both, ':');
    if (colon < 0 || !str_eq(str_slice(both, 0, (size_t)colon), STR(ACCOUNT_SID)))
        return STR_EMPTY;
    return str_slice(both, (size_t)colon + 1, both.len);
}

static bool on_messages(const struct sim_call *c)
{
    return c->count == 4 && str_eq(c->parts[3], STR("Messages.json"));
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && on_messages(c);
}

/* "Fri, 24 May 2019 17:44:46 +0000" */
static struct str mail_time(struct arena *a, int64_t at)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct clock_parts t = clock_split(at, NULL);

    return str_format(a, "%.3s, %02d %.3s %d %02d:%02d:%02d +0000", days + 3 * t.weekday, t.day,
                      months + 3 * (t.month - 1), t.year, t.hour, t.minute, t.second);
}

static struct json *message_json(struct sim_call *c, const struct sim_item *item)
{
    struct arena *a = c->a;
    struct json *j = json_object(a), *more = json_object(a);
    struct str person = item->person->ids[SIM_SMS], us = our_number(c->sim);
    bool ours = item->author == NULL;
    struct str uri = str_format(a, API "/Messages/%.*s", STR_ARGS(item->id));

    json_set_str(a, j, "sid", item->id);
    json_set_str(a, j, "account_sid", STR(ACCOUNT_SID));
    json_set_str(a, j, "api_version", STR("2010-04-01"));
    json_set_str(a, j, "body", item->text);
    json_set_str(a, j, "direction", ours ? STR("outbound-api") : STR("inbound"));
    json_set_str(a, j, "from", ours ? us : person);
    json_set_str(a, j, "to", ours ? person : us);
    json_set_str(a, j, "status",
                 !ours                              ? STR("received")
                 : item->mark == SIM_MARK_DELIVERED ? STR("delivered")
                                                    : STR("queued"));
    json_set_str(a, j, "num_media", item->media != NULL ? STR("1") : STR("0"));
    json_set_str(a, j, "num_segments", count_text(a, text_sms_parts(item->text)));
    json_set_str(a, j, "date_created", mail_time(a, item->at));
    json_set_str(a, j, "date_updated", mail_time(a, item->at));
    json_set_str(a, j, "date_sent", mail_time(a, item->at));
    json_set(a, j, "error_code", json_new_null(a));
    json_set(a, j, "error_message", json_new_null(a));
    json_set(a, j, "messaging_service_sid", json_new_null(a));
    json_set(a, j, "price", json_new_null(a));
    json_set_str(a, j, "price_unit", STR("USD"));
    json_set_str(a, j, "uri", str_concat(a, uri, STR(".json")));
    json_set_str(a, more, "media", str_concat(a, uri, STR("/Media.json")));
    json_set(a, j, "subresource_uris", more);
    return j;
}

static bool text_fits(struct sim_call *c, struct str text)
{
    bool file = sim_is_address(http_form(c->req, "MediaUrl"));

    if (str_trim(text).len == 0 && !file)
        problem(c, 400, 21602, "Message body is required.");
    else if (text_sms_units(text) > TEXT_MAX)
        refuse(c, SIM_FAULT_CONTENT, "The concatenated message body exceeds the 1600 character limit.");
    else if (sim_fault_take(c->sim, SIM_SMS, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

static void create(struct sim_call *c)
{
    struct str to = http_form(c->req, "To"), text = http_form(c->req, "Body");
    struct sim_person *person = sim_call_person(c, to);
    struct sim_item *item;

    if (!str_starts(to, STR("+")) || person == NULL) {
        problem(c, 400, 21211, "Invalid 'To' Phone Number");
        return;
    }
    if (!str_eq(http_form(c->req, "From"), our_number(c->sim))) {
        problem(c, 400, 21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number");
        return;
    }
    if (person->blocked[SIM_SMS] || sim_fault_take(c->sim, SIM_SMS, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    if (!text_fits(c, text))
        return;
    item = sim_item_new(c->sim, SIM_SMS, SIM_PRIVATE, sim_new_id(c->sim, SIM_SMS, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(c->sim, text);
    if (http_form(c->req, "MediaUrl").len > 0) {
        item->media = sim_media_fetch(c, http_form(c->req, "MediaUrl"), STR_EMPTY);
        item->media_kind = STR("picture");
    }
    sim_call_sent(c, item, "sms", to);
    c->status = 201;
    c->answer = message_json(c, item);
    item->mark = SIM_MARK_DELIVERED;
    if (http_form(c->req, "StatusCallback").len > 0) {
        tell_status(c->sim, c->a, item, "sent", c->sim->config.echo_ms);
        tell_status(c->sim, c->a, item, "delivered", c->sim->config.delivered_ms);
    }
}

static bool is_listed(struct sim_call *c, const struct sim_item *item, struct str to, struct str from, struct str day)
{
    bool ours = item->author == NULL;
    struct str us = our_number(c->sim);

    if (item->network != SIM_SMS || item->kind != SIM_PRIVATE || item->person == NULL || item->past)
        return false;
    if (to.len > 0 && !str_eq(to, ours ? item->person->ids[SIM_SMS] : us))
        return false;
    if (from.len > 0 && !str_eq(from, ours ? us : item->person->ids[SIM_SMS]))
        return false;
    return day.len == 0 || str_cmp(str_slice(clock_iso(c->a, item->at), 0, 10), day) >= 0;
}

/* The newest first, a page at a time. */
static void list(struct sim_call *c)
{
    struct str to = http_query(c->req, "To"), from = http_query(c->req, "From"),
               day = http_query(c->req, "DateSent>");
    int64_t size = 50, page = 0, seen = 0;
    struct json *messages = json_array(c->a);
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);

    (void)!str_int64(http_query(c->req, "PageSize"), &size);
    (void)!str_int64(http_query(c->req, "Page"), &page);
    for (i = 0; i < count; i++)
        if (is_listed(c, all[i], to, from, day)) {
            if (seen >= page * size && seen < (page + 1) * size)
                json_push(c->a, messages, message_json(c, all[i]));
            seen++;
        }
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "messages", messages);
    json_set_int(c->a, c->answer, "page", page);
    json_set_int(c->a, c->answer, "page_size", size);
    json_set(c->a, c->answer, "next_page_uri", json_new_null(c->a));
    if ((page + 1) * size < seen)
        json_set_str(
            c->a, c->answer, "next_page_uri",
            str_format(c->a,
                       API "/Messages.json?To=%.*s&From=%.*s&DateSent%%3E=%.*s&PageSize=%lld&Page=%lld&PageToken=PA1",
                       STR_ARGS(url_encode(c->a, to)), STR_ARGS(url_encode(c->a, from)), STR_ARGS(day),
                       (long long)size, (long long)page + 1));
}

static void list_media(struct sim_call *c, struct str sid)
{
    const struct sim_item *item = sim_item_find(c->sim, SIM_SMS, sid);
    struct json *files = json_array(c->a), *one = json_object(c->a);

    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "media_list", files);
    if (item == NULL || item->media == NULL)
        return;
    json_set_str(c->a, one, "sid", item->media->id);
    json_set_str(c->a, one, "content_type", item->media->mime);
    json_set_str(c->a, one, "uri",
                 str_format(c->a, API "/Messages/%.*s/Media/%.*s.json", STR_ARGS(sid), STR_ARGS(item->media->id)));
    json_push(c->a, files, one);
}

static void serve(struct sim_call *c)
{
    ptrdiff_t file = str_find(c->path, STR("/Media/"));

    if (sends(c)) {
        create(c);
    } else if (on_messages(c)) {
        list(c);
    } else if (c->count == 6 && str_eq(c->parts[5], STR("Media.json"))) {
        list_media(c, c->parts[4]);
    } else if (file > 0) { /* for everybody who knows the address that is said here */
        struct str id = str_slice(c->path, (size_t)file + 7, c->path.len);
        c->status = 307;
        http_set_header(c->req, "Location",
                        str_format(c->a, "http://127.0.0.1:%u/sms/cdn/%.*s", (unsigned)c->sim->port, STR_ARGS(id)));
        c->answer = json_object(c->a);
    } else if (c->count == 3 && str_eq(c->parts[2], STR(ACCOUNT_SID ".json"))) {
        c->answer = json_object(c->a);
        json_set_str(c->a, c->answer, "sid", STR(ACCOUNT_SID));
        json_set_str(c->a, c->answer, "friendly_name", str_from(c->sim->config.brand));
        json_set_str(c->a, c->answer, "status", STR("active"));
    } else {
        problem(c, 404, 20404, "The requested resource was not found");
    }
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "sms",
     .label = {"SMS", "SMS"},
     .advice = {"Scrivi un messaggio a {}, anche con una foto; poi blocca, e guarda che cosa dice la scrivania.",
                "Write a message to {}, with a picture if you like; then block, and see what the desk says."},
     .private = true},
    {0},
};
static const struct sim_past_door doors[] = {{"sms", "message"}, {0}};
static const char *const more[] = {"account_sid", ACCOUNT_SID, NULL};

const struct sim_driver sim_sms = {
    .name = "sms",
    .base = "/sms",
    .account = {"+390110000718", "simulated-twilio-token", "simulated-twilio-token", NULL, NULL},
    .named = {"number", "auth_token", NULL, NULL, NULL},
    .more = more,
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .new_media = new_media,
    .lacks = "window gone",
    .acts = "message block unblock",
    .attach_private = "picture file",
    .tell = tell,
    .sign = sign,
    .taken = taken,
    .token = token,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
