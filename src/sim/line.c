/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated LINE: private talks with an Official Account. Its calls are under /line/v2/bot, files under the same
 * base (data_base). The brand hears of what is written, unsent and edited, and of who follows and unfollows it; of
 * reading and typing it hears nothing. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

#define TEXT_MAX 5000

static struct str new_person(struct sim *sim, struct arena *a)
{
    unsigned char bytes[16];

    (void)sim;
    random_bytes(bytes, sizeof bytes);
    return str_concat(a, STR("U"), hex_encode(a, bytes, sizeof bytes));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 12);

    (void)kind;
    (void)person;
    (void)root;
    return str_format(sim->state, "468789%.*s", STR_ARGS(digits));
}

/* ---- webhooks ---- */

static struct json *event_json(struct sim_deed *d, const char *type)
{
    struct json *event = json_object(d->a), *source = json_object(d->a), *delivery = json_object(d->a);
    struct str serial = str_format(d->a, "01SIM%021llu", (unsigned long long)d->sim->hook_serial);

    json_set_str(d->a, source, "type", STR("user"));
    json_set_str(d->a, source, "userId", d->person->ids[SIM_LINE]);
    json_set_bool(d->a, delivery, "isRedelivery", false);
    json_set_str(d->a, event, "type", str_from(type));
    json_set_str(d->a, event, "mode", STR("active"));
    json_set_int(d->a, event, "timestamp", sim_now(d->sim) / 1000);
    json_set(d->a, event, "source", source);
    json_set_str(d->a, event, "webhookEventId", serial);
    json_set(d->a, event, "deliveryContext", delivery);
    return event;
}

static void queue(struct sim_deed *d, struct json *event)
{
    struct json *body = json_object(d->a), *events = json_array(d->a);

    json_push(d->a, events, event);
    json_set_str(d->a, body, "destination", str_from(d->sim->lines[SIM_LINE].account.account_id));
    json_set(d->a, body, "events", events);
    sim_hook_add(d->sim, SIM_LINE, d->item, json_to_str(d->a, body), 0);
}

static void set_file(struct arena *a, struct json *message, const struct sim_item *item)
{
    struct json *provider = json_object(a);

    if (str_starts(item->media->mime, STR("image/"))) {
        json_set_str(a, provider, "type", STR("line"));
        json_set_str(a, message, "type", STR("image"));
        json_set(a, message, "contentProvider", provider);
    } else {
        json_set_str(a, message, "type", STR("file"));
        json_set_str(a, message, "fileName", item->media->file_name);
        json_set_int(a, message, "fileSize", (int64_t)item->media->bytes.len);
    }
}

static struct json *message_json(struct arena *a, const struct sim_item *item)
{
    struct json *message = json_object(a), *words = json_array(a);

    json_set_str(a, message, "id", item->id);
    if (str_eq(item->media_kind, STR("sticker"))) {
        json_push(a, words, json_new_str(a, STR("rain")));
        json_set_str(a, message, "type", STR("sticker"));
        json_set_str(a, message, "packageId", STR("446"));
        json_set_str(a, message, "stickerId", STR("1988"));
        json_set_str(a, message, "stickerResourceType", STR("STATIC"));
        json_set(a, message, "keywords", words);
    } else if (str_eq(item->media_kind, STR("location"))) {
        json_set_str(a, message, "type", STR("location"));
        json_set_str(a, message, "title", STR("Qui"));
        json_set_str(a, message, "address", STR("Via Po 1, Torino"));
        json_set(a, message, "latitude", json_new_real(a, 45.0718));
        json_set(a, message, "longitude", json_new_real(a, 7.6650));
    } else if (item->media != NULL) {
        set_file(a, message, item);
    } else if (str_eq(item->media_kind, STR("unsupported"))) {
        json_set_str(a, message, "type", STR("flex"));
    } else {
        json_set_str(a, message, "type", STR("text"));
        json_set_str(a, message, "text", item->text);
    }
    json_set_str(a, message, "quoteToken", str_concat(a, STR("q"), item->id));
    return message;
}

static void tell_removed(struct sim_deed *d)
{
    struct json *event = event_json(d, "unsend"), *unsend = json_object(d->a);

    json_set_str(d->a, unsend, "messageId", d->item->id);
    json_set(d->a, event, "unsend", unsend);
    queue(d, event);
}

static void tell_message(struct sim_deed *d, const char *type)
{
    struct json *event = event_json(d, type), *message = message_json(d->a, d->item);

    if (d->item->parent != NULL)
        json_set_str(d->a, message, "quotedMessageId", d->item->parent->id);
    json_set_str(d->a, event, "replyToken", random_token(d->a, 20));
    json_set(d->a, event, "message", message);
    queue(d, event);
    /* LINE has no captions: words beside a picture are a message of their own */
    if (d->verb == SIM_WROTE && d->item->media != NULL && d->item->text.len > 0) {
        struct json *words = event_json(d, type), *text = json_object(d->a);
        json_set_str(d->a, text, "id", str_concat(d->a, d->item->id, STR("1")));
        json_set_str(d->a, text, "type", STR("text"));
        json_set_str(d->a, text, "text", d->item->text);
        json_set(d->a, words, "message", text);
        queue(d, words);
    }
}

static void tell_friend(struct sim_deed *d, bool back)
{
    struct json *event = event_json(d, back ? "follow" : "unfollow"), *follow = json_object(d->a);

    if (back) {
        json_set_bool(d->a, follow, "isUnblocked", true);
        json_set(d->a, event, "follow", follow);
    }
    queue(d, event);
}

static void tell(struct sim_deed *d)
{
    switch (d->verb) {
    case SIM_WROTE: tell_message(d, "message"); break;
    case SIM_EDITED: tell_message(d, "messageEdited"); break;
    case SIM_REMOVED: tell_removed(d); break;
    case SIM_BLOCKED:
    case SIM_UNBLOCKED: tell_friend(d, d->verb == SIM_UNBLOCKED); break;
    case SIM_LIKED:
    case SIM_READ:
    case SIM_TYPED: break; /* nobody is told */
    }
}

static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    unsigned char digest[SHA256_BYTES];

    (void)line;
    hmac_sha256(secret, parcel->body, digest);
    sim_parcel_header(parcel, "x-line-signature", base64_encode(a, digest, sizeof digest));
}

/* ---- calls ---- */

static void problem(struct sim_call *c, int status, const char *words, const char *property, const char *detail)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "message", str_from(words));
    if (property != NULL) {
        struct json *details = json_array(c->a), *one = json_object(c->a);
        json_set_str(c->a, one, "message", str_from(detail));
        json_set_str(c->a, one, "property", str_from(property));
        json_push(c->a, details, one);
        json_set(c->a, c->answer, "details", details);
    }
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        problem(c, 401, "Authentication failed. Confirm that the access token in the authorization header is valid.",
                NULL, NULL);
    else if (fault == SIM_FAULT_PERMISSION)
        problem(c, 403, "Access to this API is not available for your account", NULL, NULL);
    else if (fault == SIM_FAULT_RATE)
        problem(c, 429, "The API rate limit has been exceeded. Try again later.", NULL, NULL);
    else if (fault == SIM_FAULT_BLOCKED)
        problem(c, 400, "Failed to send messages", NULL, NULL);
    else
        problem(c, 400, "The request body has 1 error(s)", "messages[0].text",
                detail != NULL ? detail : "May not be used");
}

static bool path_is(const struct sim_call *c, const char *a, const char *b)
{
    return c->count >= 4 && str_eq(c->parts[0], STR("v2")) && str_eq(c->parts[1], STR("bot")) &&
           str_eq(c->parts[2], str_from(a)) && (b == NULL || str_eq(c->parts[3], str_from(b)));
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && path_is(c, "message", "push");
}

static bool picture_fits(struct sim_call *c, const struct json *message)
{
    struct str address = json_text(json_get(message, "originalContentUrl"));
    struct str preview = json_text(json_get(message, "previewImageUrl"));

    if (sim_is_address(address) && sim_is_address(preview))
        return true;
    refuse(c, SIM_FAULT_CONTENT, "Must be a valid URL");
    return false;
}

static bool message_fits(struct sim_call *c, const struct json *message)
{
    struct str text = json_text(json_get(message, "text"));

    if (str_eq(json_text(json_get(message, "type")), STR("image")))
        return picture_fits(c, message);
    if (!str_eq(json_text(json_get(message, "type")), STR("text")))
        problem(c, 400, "A message (messages[0]) in the request body is invalid", NULL, NULL);
    else if (str_trim(text).len == 0)
        refuse(c, SIM_FAULT_CONTENT, "May not be empty");
    else if (text_length(c->a, text, LENGTH_UTF16) > TEXT_MAX)
        refuse(c, SIM_FAULT_CONTENT, "Length must be between 0 and 5000");
    else if (sim_fault_take(c->sim, SIM_LINE, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

static void answer_sent(struct sim_call *c, const struct sim_item *item, int status)
{
    struct json *list = json_array(c->a), *one = json_object(c->a);

    c->status = status;
    c->answer = json_object(c->a);
    if (status == 409)
        json_set_str(c->a, c->answer, "message", STR("The retry key is already accepted"));
    json_set_str(c->a, one, "id", item->id);
    json_set_str(c->a, one, "quoteToken", str_concat(c->a, STR("q"), item->id));
    json_push(c->a, list, one);
    json_set(c->a, c->answer, "sentMessages", list);
}

/* What was accepted under this retry key, or NULL. */
static const struct sim_item *accepted_before(struct sim_call *c, struct str key)
{
    const struct sim_item *item = c->sim->items;

    while (item != NULL && (item->network != SIM_LINE || item->key.len == 0 || !str_eq(item->key, key)))
        item = item->next;
    return item;
}

static void push(struct sim_call *c)
{
    const struct json *list = json_get(c->body, "messages"), *message = json_at(list, 0), *second = json_at(list, 1);
    const struct json *picture = second != NULL ? second : message;
    struct str text = json_text(json_get(message, "text")), key = http_header(c->req, "X-Line-Retry-Key");
    const struct sim_item *before = accepted_before(c, key);
    struct sim_person *person = sim_call_person(c, json_text(json_get(c->body, "to")));
    struct sim_item *item;

    if (before != NULL) {
        answer_sent(c, before, 409);
        return;
    }
    if (person == NULL) {
        problem(c, 400, "The property, 'to', in the request body is invalid (line: -, column: -)", NULL, NULL);
        return;
    }
    if (person->blocked[SIM_LINE] || sim_fault_take(c->sim, SIM_LINE, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    if (!message_fits(c, message) || (second != NULL && !message_fits(c, second)))
        return;
    item = sim_item_new(c->sim, SIM_LINE, SIM_PRIVATE, sim_new_id(c->sim, SIM_LINE, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(c->sim, text);
    if (str_eq(json_text(json_get(picture, "type")), STR("image"))) {
        item->media = sim_media_fetch(c, json_text(json_get(picture, "originalContentUrl")), STR_EMPTY);
        item->media_kind = STR("picture");
    }
    item->key = sim_copy(c->sim, key);
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "line", person->ids[SIM_LINE]);
    answer_sent(c, item, 200);
}

static void tell_profile(struct sim_call *c)
{
    const struct sim_person *person = sim_person_of(c->sim, SIM_LINE, c->parts[3]);

    if (person == NULL) {
        problem(c, 404, "Not found", NULL, NULL);
        return;
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "displayName", person->name);
    json_set_str(c->a, c->answer, "userId", person->ids[SIM_LINE]);
    json_set_str(c->a, c->answer, "language", person->lang.len > 0 ? person->lang : STR("it"));
}

static void tell_bot(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "userId", str_from(c->sim->lines[SIM_LINE].account.account_id));
    json_set_str(c->a, c->answer, "basicId", STR("@718nuvola"));
    json_set_str(c->a, c->answer, "displayName", str_from(c->sim->config.brand));
    json_set_str(c->a, c->answer, "chatMode", STR("bot"));
    json_set_str(c->a, c->answer, "markAsReadMode", STR("manual"));
}

/* /v2/bot/message/ID/content */
static void give_content(struct sim_call *c)
{
    const struct sim_item *item = sim_item_find(c->sim, SIM_LINE, c->parts[3]);

    if (item == NULL || item->deleted || item->media == NULL) {
        problem(c, 404, "Not found", NULL, NULL);
        return;
    }
    c->type = str_dup(c->a, item->media->mime);
    c->raw = str_dup(c->a, item->media->bytes);
}

static void serve(struct sim_call *c)
{
    bool get = c->req->method == HTTP_GET;

    if (sends(c))
        push(c);
    else if (get && path_is(c, "profile", NULL))
        tell_profile(c);
    else if (get && c->count == 5 && path_is(c, "message", NULL) && str_eq(c->parts[4], STR("content")))
        give_content(c);
    else if (get && c->count == 3 && str_eq(c->parts[2], STR("info")))
        tell_bot(c);
    else
        problem(c, 404, "Not found", NULL, NULL);
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "line",
     .label = {"LINE", "LINE"},
     .advice = {"Scrivi a {}, poi annulla l’invio o correggi: sulla scrivania si vede subito.",
                "Write to {}, then unsend it or correct it: the desk shows it at once."},
     .private = true},
    {0},
};
static const struct sim_past_door doors[] = {{"line", "message"}, {0}};
static const char *const more[] = {"data_base", SIM_OWN_BASE, NULL};

const struct sim_driver sim_line = {
    .name = "line",
    .base = "/line",
    .account = {"U718b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "simulated-line-token", "simulated-line-secret", NULL, NULL},
    .named = {"bot_user_id", "access_token", "channel_secret", NULL, NULL},
    .more = more,
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .lacks = "window gone",
    .acts = "message edit delete block unblock",
    .attach_private = "picture sticker location file unsupported",
    .tell = tell,
    .sign = sign,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
