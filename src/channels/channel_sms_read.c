/* SPDX-License-Identifier: Apache-2.0 */
/* What Twilio tells: messages with their pictures, what became of ours, who wants no more of them. Parameters of a
 * form; new ones come without notice. */
#include "channels/channel_sms.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto_legacy.h"

#define FILES_MAX 10

/* ---- the signature ---- */

static int in_order(const void *a, const void *b)
{
    const struct pair *one = a, *other = b;
    int names = str_cmp(one->name, other->name);
    return names ? names : str_cmp(one->value, other->value);
}

/* A key that comes twice with the same value counts once. */
struct str sms_signature(struct arena *a, struct str auth_token, struct str url, const struct pairs *params)
{
    size_t count = params ? params->count : 0;
    struct pair *sorted = ARENA_ARRAY(a, struct pair, count + 1);
    struct buf all;
    unsigned char digest[SHA1_BYTES];
    for (size_t i = 0; i < count; i++)
        sorted[i] = params->items[i];
    qsort(sorted, count, sizeof *sorted, in_order);
    buf_init(&all, a, 1024);
    buf_str(&all, url);
    for (size_t i = 0; i < count; i++) {
        if (i && in_order(&sorted[i], &sorted[i - 1]) == 0)
            continue;
        buf_str(&all, sorted[i].name);
        buf_str(&all, sorted[i].value);
    }
    hmac_sha1(auth_token, buf_view(&all), digest);
    return base64_encode(a, digest, sizeof digest);
}

/* ---- events ---- */

struct reading {
    struct arena *a;
    const struct pairs *said;
    const struct sms_listed *listed;
    struct channel_events *events;
    struct str sid, them, us;
};

static struct str part(const struct reading *r, const char *name)
{
    return text_clean(r->a, str_trim(pairs_get(r->said, str_from(name))));
}

/* "+39347…" → "39347…"; short codes and names are no numbers. */
static struct str phone_of(struct str address)
{
    ptrdiff_t colon = str_find_char(address, ':');
    struct str number = colon < 0 ? address : str_slice(address, (size_t)colon + 1, address.len);
    int64_t digits;
    bool is = number.len > 7 && number.ptr[0] == '+' && str_int64(str_slice(number, 1, number.len), &digits);
    return is && digits > 0 ? str_slice(number, 1, number.len) : STR_EMPTY;
}

static struct channel_event *add(struct reading *r, enum channel_event_kind kind)
{
    struct channel_event *out = channel_events_add(r->events);
    out->kind = kind;
    out->account = r->us;
    out->author.external_id = r->them;
    out->author.phone = phone_of(r->them);
    out->author.name = part(r, "ProfileName");
    out->thread_key = str_concat(r->a, STR("dm:"), r->them);
    out->door = STR("sms");
    out->at = r->listed ? r->listed->at : 0; /* a webhook does not say */
    return out;
}

static void read_files(struct reading *r, struct channel_event *out)
{
    int64_t count = 0;
    (void)!str_int64(part(r, "NumMedia"), &count);
    for (int64_t i = 0; i < count && i < FILES_MAX; i++) {
        struct str mime = part(r, str_format(r->a, "MediaContentType%lld", (long long)i).ptr);
        struct str url = part(r, str_format(r->a, "MediaUrl%lld", (long long)i).ptr);
        struct channel_media *file = event_attach(r->a, out, kind_of_mime(mime));
        if (!file)
            return;
        file->mime = mime;
        file->url = url;
        if (!url.len) /* of a list: asked for by the message's id */
            file->media_id = str_format(r->a, "%.*s/%lld", STR_ARGS(r->sid), (long long)i);
    }
}

static void read_message(struct reading *r)
{
    struct str latitude = part(r, "Latitude"), longitude = part(r, "Longitude"), button = part(r, "ButtonText");
    struct channel_event *out = add(r, CHANNEL_MESSAGE);
    out->external_id = r->sid;
    out->dedupe = DEDUPE(r->a, "m", r->sid);
    out->parent_id = part(r, "OriginalRepliedMessageSid");
    out->text = part(r, "Body");
    read_files(r, out);
    if (button.len)
        out->message = MESSAGE_POSTBACK;
    if (latitude.len && longitude.len)
        event_location(r->a, out, part(r, "Label"), part(r, "Address"), json_new_str(r->a, latitude),
                       json_new_str(r->a, longitude));
    if (!out->text.len && !out->media_count) {
        out->message = MESSAGE_UNSUPPORTED;
        out->note = STR("a message without words");
    }
}

/* What one of our own messages said, as the list shows it. */
static void read_ours(struct reading *r)
{
    read_message(r);
    struct channel_event *out = &r->events->items[r->events->count - 1];
    out->echo = true;
    out->media = NULL;
    out->media_count = 0;
}

static void read_status(struct reading *r, struct str status)
{
    static const struct {
        const char *status;
        enum receipt receipt;
    } known[] = {{"sent", RECEIPT_SENT},          {"delivered", RECEIPT_DELIVERED}, {"read", RECEIPT_READ},
                 {"undelivered", RECEIPT_FAILED}, {"failed", RECEIPT_FAILED},       {"canceled", RECEIPT_FAILED}};
    enum receipt receipt = RECEIPT_NONE;
    int64_t code = 0;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(status, str_from(known[i].status)))
            receipt = known[i].receipt;
    struct channel_event *out = add(r, receipt ? CHANNEL_RECEIPT : CHANNEL_IGNORED);
    out->dedupe = DEDUPE(r->a, "r", r->sid, read_title(r->a, status));
    out->external_id = r->sid;
    out->receipt = receipt;
    out->note = receipt == RECEIPT_FAILED ? part(r, "ErrorMessage") : receipt ? STR_EMPTY : read_title(r->a, status);
    if (receipt != RECEIPT_FAILED)
        return;
    bool coded = str_int64(part(r, "ErrorCode"), &code) && code;
    out->failure = coded && sms_class(code) ? sms_class(code) : FAILURE_CONTENT;
    if (!out->note.len)
        out->note = coded ? str_format(r->a, "Twilio says %lld", (long long)code) : status;
}

/* Twilio answers these words by itself, and sends to this person nothing more, or again. */
static bool read_opt_out(struct reading *r)
{
    struct str type = part(r, "OptOutType");
    bool stop = str_eq(type, STR("STOP"));
    if (!stop && !str_eq(type, STR("START")))
        return false; /* HELP is a question */
    struct channel_event *out = add(r, stop ? CHANNEL_LEFT : CHANNEL_BACK);
    out->dedupe = DEDUPE(r->a, "o", r->sid);
    return true;
}

bool sms_event(struct arena *a, const struct pairs *said, const struct sms_listed *listed,
               struct channel_events *events, struct error *e)
{
    static const char *const ids[] = {"MessageSid", "SmsSid", "SmsMessageSid"};
    struct reading r = {.a = a, .said = said, .listed = listed, .events = events};
    for (size_t i = 0; i < COUNT_OF(ids) && !r.sid.len; i++)
        r.sid = part(&r, ids[i]);
    struct str status = part(&r, "MessageStatus"), came = part(&r, "SmsStatus");
    if (!status.len && !str_starts(came, STR("receiv")))
        status = came;
    bool ours = status.len && !str_starts(status, STR("receiv"));
    r.them = part(&r, ours ? "To" : "From");
    r.us = part(&r, ours ? "From" : "To");
    if (!r.sid.len || r.sid.len > 128)
        return fail(e, ERR_MALFORMED, "It has no MessageSid: not a webhook of Twilio's messages");
    if (ours) {
        if (listed)
            read_ours(&r);
        read_status(&r, status);
        return true;
    }
    if (!r.them.len || r.them.len > 128)
        return fail(e, ERR_MALFORMED, "It has no From: nobody wrote it");
    if (!read_opt_out(&r))
        read_message(&r);
    return true;
}
