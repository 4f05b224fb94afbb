/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Viber: private talks with a bot. Its calls are under /viber/pa, all by POST with a token in a header
 * of its own, all answered with HTTP 200 and a status. Who writes subscribes by it; a block is the end of the
 * subscription. Each message of the bot is told as delivered, and as seen when the person looks. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

#define TEXT_MAX    7000
#define SENDER_MAX  28
#define MESSAGE_MAX ((size_t)30 * 1024)
#define UNANSWERED  100 /* messages an hour to who does not answer */

static struct str new_person(struct sim *sim, struct arena *a)
{
    unsigned char bytes[16];

    (void)sim;
    random_bytes(bytes, sizeof bytes);
    return base64_encode(a, bytes, sizeof bytes);
}

/* Beyond 2^53. */
static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 17);

    (void)kind;
    (void)person;
    (void)root;
    return str_format(sim->state, "57%.*s", STR_ARGS(digits));
}

static void set_token(struct arena *a, struct json *j, struct str id)
{
    int64_t token = 0;

    (void)!str_int64(id, &token);
    json_set_int(a, j, "message_token", token);
}

/* ---- webhooks ---- */

static struct json *event_json(struct sim *sim, struct arena *a, const char *name, struct str token)
{
    struct json *event = json_object(a);

    json_set_str(a, event, "event", str_from(name));
    json_set_int(a, event, "timestamp", sim_now(sim) / 1000);
    json_set_str(a, event, "chat_hostname", STR("SN-CHAT-SIM_"));
    set_token(a, event, token.len > 0 ? token : new_id(sim, SIM_PRIVATE, NULL, STR_EMPTY));
    return event;
}

static struct json *user_json(struct arena *a, const struct sim_person *person)
{
    struct json *user = json_object(a);

    json_set_str(a, user, "id", person->ids[SIM_VIBER]);
    json_set_str(a, user, "name", person->name);
    json_set_str(a, user, "language", person->lang.len > 0 ? person->lang : STR("it"));
    json_set_str(a, user, "country", STR("IT"));
    json_set_int(a, user, "api_version", 10);
    return user;
}

static void queue(struct sim *sim, struct arena *a, struct sim_item *item, const struct json *event, int delay_ms)
{
    sim_hook_add(sim, SIM_VIBER, item, json_to_str(a, event), delay_ms);
}

static void tell_subscription(struct sim_deed *d, bool back)
{
    struct json *event = event_json(d->sim, d->a, back ? "subscribed" : "unsubscribed", STR_EMPTY);

    if (back)
        json_set(d->a, event, "user", user_json(d->a, d->person));
    else
        json_set_str(d->a, event, "user_id", d->person->ids[SIM_VIBER]);
    queue(d->sim, d->a, NULL, event, 0);
}

static void set_file(struct sim_deed *d, struct json *message)
{
    const struct sim_media *media = d->item->media;

    json_set_str(d->a, message, "media", sim_media_url(d->sim, d->a, media));
    if (str_starts(media->mime, STR("image/"))) {
        json_set_str(d->a, message, "type", STR("picture"));
        json_set_str(d->a, message, "text", d->item->text);
        return;
    }
    json_set_str(d->a, message, "type", STR("file"));
    json_set_str(d->a, message, "file_name", media->file_name);
    json_set_int(d->a, message, "file_size", (int64_t)media->bytes.len);
}

static struct json *message_json(struct sim_deed *d)
{
    struct json *message = json_object(d->a), *spot = json_object(d->a);

    if (str_eq(d->item->media_kind, STR("sticker"))) {
        json_set_str(d->a, message, "type", STR("sticker"));
        json_set_int(d->a, message, "sticker_id", 46105);
        if (d->item->media != NULL)
            json_set_str(d->a, message, "media", sim_media_url(d->sim, d->a, d->item->media));
    } else if (str_eq(d->item->media_kind, STR("location"))) {
        json_set(d->a, spot, "lat", json_new_real(d->a, 45.0718));
        json_set(d->a, spot, "lon", json_new_real(d->a, 7.6650));
        json_set_str(d->a, message, "type", STR("location"));
        json_set(d->a, message, "location", spot);
    } else if (d->item->media != NULL) {
        set_file(d, message);
    } else if (str_eq(d->item->media_kind, STR("unsupported"))) {
        json_set_str(d->a, message, "type", STR("animation"));
    } else {
        json_set_str(d->a, message, "type", STR("text"));
        json_set_str(d->a, message, "text", d->item->text);
    }
    return message;
}

/* What the bot told with its last message to them. */
static struct str tracked(const struct sim_deed *d)
{
    const struct sim_item *item;
    struct str key = STR_EMPTY;

    for (item = d->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_VIBER && item->author == NULL && item->person == d->person)
            key = item->key;
    return key;
}

static void queue_message(struct sim_deed *d, struct str token, struct json *message)
{
    struct json *event = event_json(d->sim, d->a, "message", token);

    if (tracked(d).len > 0)
        json_set_str(d->a, message, "tracking_data", tracked(d));
    json_set(d->a, event, "sender", user_json(d->a, d->person));
    json_set(d->a, event, "message", message);
    json_set_bool(d->a, event, "silent", false);
    queue(d->sim, d->a, d->item, event, 0);
}

static void tell_message(struct sim_deed *d)
{
    bool beside = d->item->media_kind.len > 0 && !str_eq(d->item->media_kind, STR("picture"));

    if (d->person->blocked[SIM_VIBER]) {
        d->person->blocked[SIM_VIBER] = false;
        tell_subscription(d, true);
    }
    queue_message(d, d->item->id, message_json(d));
    if (beside && d->item->text.len > 0) { /* only pictures have words of their own */
        struct json *words = json_object(d->a);
        json_set_str(d->a, words, "type", STR("text"));
        json_set_str(d->a, words, "text", d->item->text);
        queue_message(d, STR_EMPTY, words);
    }
}

static void queue_receipt(struct sim *sim, struct arena *a, struct sim_item *item, const char *name, int delay_ms)
{
    struct json *event = event_json(sim, a, name, item->id);

    json_set_str(a, event, "user_id", item->person->ids[SIM_VIBER]);
    queue(sim, a, item, event, delay_ms);
}

/* Of corrections and removals on their side Viber tells nothing. */
static void tell(struct sim_deed *d)
{
    switch (d->verb) {
    case SIM_WROTE: tell_message(d); break;
    case SIM_READ: queue_receipt(d->sim, d->a, d->item, "seen", 0); break;
    case SIM_BLOCKED:
    case SIM_UNBLOCKED: tell_subscription(d, d->verb == SIM_UNBLOCKED); break;
    case SIM_EDITED:
    case SIM_REMOVED:
    case SIM_LIKED:
    case SIM_TYPED: break;
    }
}

static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    unsigned char digest[SHA256_BYTES];

    (void)line;
    hmac_sha256(secret, parcel->body, digest);
    sim_parcel_header(parcel, "X-Viber-Content-Signature", hex_encode(a, digest, sizeof digest));
}

/* ---- calls ---- */

static struct str token(struct sim_call *c)
{
    return http_header(c->req, "X-Viber-Auth-Token");
}

static void status(struct sim_call *c, int code, const char *words)
{
    c->status = 200;
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "status", code);
    json_set_str(c->a, c->answer, "status_message", str_from(words));
    json_set_str(c->a, c->answer, "chat_hostname", STR("SN-CHAT-SIM_"));
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        status(c, 2, "invalidAuthToken");
    else if (fault == SIM_FAULT_PERMISSION)
        status(c, 7, "publicAccountBlocked");
    else if (fault == SIM_FAULT_RATE)
        status(c, 12, "tooManyRequests");
    else if (fault == SIM_FAULT_WINDOW)
        status(c, 23, "freeMessagesExceeded");
    else if (fault == SIM_FAULT_BLOCKED)
        status(c, 6, "receiverNotSubscribed");
    else
        status(c, 3, detail != NULL ? detail : "badData");
}

static bool calls(const struct sim_call *c, const char *name)
{
    return c->req->method == HTTP_POST && c->count == 2 && str_eq(c->parts[0], STR("pa")) &&
           str_eq(c->parts[1], str_from(name));
}

static bool sends(struct sim_call *c)
{
    return calls(c, "send_message");
}

static bool is_file(const struct sim_call *c)
{
    return str_eq(json_text(json_get(c->body, "type")), STR("file"));
}

static bool has_what_its_kind_wants(const struct sim_call *c, struct str text)
{
    struct str type = json_text(json_get(c->body, "type"));

    if (str_eq(type, STR("text")))
        return str_trim(text).len > 0;
    if (!sim_is_address(json_text(json_get(c->body, "media"))))
        return false;
    return str_eq(type, STR("picture")) || (is_file(c) && json_int(json_get(c->body, "size"), 0) > 0 &&
                                            json_text(json_get(c->body, "file_name")).len > 0);
}

static bool content_fits(struct sim_call *c, struct str text)
{
    struct str name = json_text(json_path(c->body, "sender", "name", NULL));

    if (!has_what_its_kind_wants(c, text))
        status(c, 4, "missingData");
    else if (name.len == 0 || text_length(c->a, name, LENGTH_CHARACTERS) > SENDER_MAX)
        refuse(c, SIM_FAULT_CONTENT, "badData: sender.name");
    else if (text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX || c->req->body.len > MESSAGE_MAX)
        refuse(c, SIM_FAULT_CONTENT, "badData: the message is too large");
    else if (sim_fault_take(c->sim, SIM_VIBER, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

/* Has so much been said within the hour, and nothing been answered? */
static bool is_too_much(const struct sim_call *c, const struct sim_person *person)
{
    const struct sim_item *item;
    int count = 0;

    for (item = c->sim->items; item != NULL; item = item->next) {
        if (item->network != SIM_VIBER || item->person != person)
            continue;
        if (item->author == NULL && item->at > sim_now(c->sim) - HOUR_US)
            count++;
        else
            count = 0;
    }
    return count >= UNANSWERED;
}

static bool may_write(struct sim_call *c, const struct sim_person *person)
{
    if (person == NULL) {
        status(c, 5, "receiverNotRegistered");
    } else if (person->blocked[SIM_VIBER] || sim_fault_take(c->sim, SIM_VIBER, SIM_FAULT_BLOCKED) ||
               (sim_last_from(c->sim, SIM_VIBER, person) == NULL && !c->sim->config.lenient)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
    } else if (sim_fault_take(c->sim, SIM_VIBER, SIM_FAULT_WINDOW)) {
        refuse(c, SIM_FAULT_WINDOW, NULL);
    } else if (is_too_much(c, person)) {
        refuse(c, SIM_FAULT_RATE, NULL);
    } else {
        return true;
    }
    return false;
}

static void send_message(struct sim_call *c)
{
    struct sim *sim = c->sim;
    struct str text = json_text(json_get(c->body, "text"));
    struct sim_person *person = sim_call_person(c, json_text(json_get(c->body, "receiver")));
    struct sim_item *item;
    bool first;

    if (!may_write(c, person) || !content_fits(c, text))
        return;
    item = sim_item_new(sim, SIM_VIBER, SIM_PRIVATE, sim_new_id(sim, SIM_VIBER, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(sim, text);
    if (json_get(c->body, "media") != NULL) {
        item->media =
            sim_media_fetch(c, json_text(json_get(c->body, "media")), json_text(json_get(c->body, "file_name")));
        item->media_kind = is_file(c) ? STR("file") : STR("picture");
    }
    item->key = sim_copy(sim, json_text(json_get(c->body, "tracking_data")));
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "viber", person->ids[SIM_VIBER]);
    (void)sim_echo_delay(c, &first); /* here the first to come back is the receipt */
    queue_receipt(sim, c->a, item, "delivered", first ? 0 : sim->config.delivered_ms);
    c->after_hook = first ? sim->hook_serial : 0;
    status(c, 0, "ok");
    set_token(c->a, c->answer, item->id);
    json_set_int(c->a, c->answer, "billing_status", 1);
}

/* Until an address is told, webhooks are kept as if there was one. */
static void tell_account(struct sim_call *c)
{
    const struct sim_account *account = &c->sim->lines[SIM_VIBER].account;
    const char *webhook = account->hook_url != NULL ? account->hook_url : "https://kept.example/";

    status(c, 0, "ok");
    json_set_str(c->a, c->answer, "id", str_from(account->account_id));
    json_set_str(c->a, c->answer, "name", str_from(c->sim->config.brand));
    json_set_str(c->a, c->answer, "uri", STR("nuvola"));
    json_set_str(c->a, c->answer, "webhook", str_from(webhook));
    json_set_int(c->a, c->answer, "subscribers_count", 35);
}

static void tell_user(struct sim_call *c)
{
    const struct sim_person *person = sim_person_of(c->sim, SIM_VIBER, json_text(json_get(c->body, "id")));

    if (person == NULL) {
        status(c, 5, "receiverNotRegistered");
        return;
    }
    status(c, 0, "ok");
    json_set(c->a, c->answer, "user", user_json(c->a, person));
}

static void set_webhook(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_VIBER];
    struct str url = json_text(json_get(c->body, "url"));

    if (!str_starts(url, STR("http"))) {
        status(c, 1, "invalidUrl");
        return;
    }
    line->account.hook_url = arena_copy(c->sim->house, url.ptr, url.len);
    queue(c->sim, c->a, NULL, event_json(c->sim, c->a, "webhook", STR_EMPTY), 0);
    status(c, 0, "ok");
}

static void serve(struct sim_call *c)
{
    if (c->body == NULL)
        status(c, 3, "badData");
    else if (calls(c, "send_message"))
        send_message(c);
    else if (calls(c, "get_account_info"))
        tell_account(c);
    else if (calls(c, "get_user_details"))
        tell_user(c);
    else if (calls(c, "set_webhook"))
        set_webhook(c);
    else
        c->status = 404;
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "viber",
     .label = {"Viber", "Viber"},
     .advice = {"Scrivi a {}, poi blocca: sulla scrivania si vede subito che qui non ti si raggiunge più.",
                "Write to {}, then block: the desk shows at once that you cannot be reached here any more."},
     .private = true,
     .no_edit = true},
    {0},
};
static const struct sim_past_door doors[] = {{"viber", "message"}, {0}};
static const char *const more[] = {"sender_name", "Nuvola Mobile", NULL};

const struct sim_driver sim_viber = {
    .name = "viber",
    .base = "/viber",
    .account = {"pa:75346594275468546724", "simulated-viber-token", "simulated-viber-token", NULL, NULL},
    .named = {NULL, "auth_token", NULL, NULL, NULL},
    .more = more,
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .lacks = "gone",
    .acts = "message read block unblock",
    .attach_private = "picture sticker location file unsupported",
    .reads_each = true,
    .tell = tell,
    .sign = sign,
    .token = token,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
