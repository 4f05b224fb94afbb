/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated WhatsApp Cloud API: messages with the 24 hour window, media both ways, marks of reading. As
 * on the real network, a closed window and a person who blocked the brand are said in a later "failed"
 * receipt. The webhooks are in sim_whatsapp_events.c. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_meta.h"

#define TEXT_MAX    4096
#define CAPTION_MAX 1024
#define WINDOW_US   (24 * HOUR_US)

static bool on_messages(const struct sim_call *c)
{
    return c->req->method == HTTP_POST && c->count == 2 && str_eq(c->parts[1], STR("messages"));
}

static bool whatsapp_sends(struct sim_call *c)
{
    return on_messages(c) && sim_param(c, "status").len == 0;
}

static void refuse_code(struct sim_call *c, int status, int code, const char *words, const char *details)
{
    struct str message = str_format(c->a, "(#%d) %s", code, words);

    sim_graph_error(c, status, code, 0, str_cstr(c->a, message), details);
}

static void whatsapp_refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN && detail != NULL) {
        sim_graph_error(c, 401, 190, 0, "Invalid OAuth access token - Cannot parse access token", NULL);
    } else if (fault == SIM_FAULT_TOKEN) {
        sim_graph_error(c, 401, 190, 463, "Error validating access token: Session has expired", NULL);
    } else if (fault == SIM_FAULT_PERMISSION) {
        refuse_code(c, 403, 10, "Application does not have permission for this action",
                    "Permission is either not granted or has been removed.");
    } else if (fault == SIM_FAULT_RATE) {
        c->limited = true;
        refuse_code(c, 429, 130429, "Rate limit hit",
                    "Cloud API message throughput has been reached. Please slow down or try again later.");
    } else if (fault == SIM_FAULT_WINDOW) {
        refuse_code(c, 400, 131047, "Re-engagement message",
                    "Message failed to send because more than 24 hours have passed since the customer last "
                    "replied to "
                    "this number.");
    } else if (fault == SIM_FAULT_BLOCKED) {
        refuse_code(c, 400, 131026, "Message undeliverable", "Message Undeliverable.");
    } else if (fault == SIM_FAULT_GONE) {
        sim_graph_error(c, 400, 100, 33,
                        "Unsupported post request. Object does not exist, cannot be loaded due to missing "
                        "permissions, or "
                        "does not support this operation",
                        NULL);
    } else if (fault == SIM_FAULT_CONTENT && detail == NULL) {
        refuse_code(c, 400, 131009, "Parameter value is not valid", "The text of this message is not allowed.");
    } else {
        refuse_code(c, 400, 100, "Invalid parameter", detail);
    }
}

/* ---- sending ---- */

struct sending {
    struct sim_person *person;
    struct str type, text, key;
    struct sim_media *media;
    struct sim_item *context;
    bool is_template;
};

static bool is_media(struct str type)
{
    static const char *const types[] = {"image", "video", "audio", "document", "sticker"};
    size_t n;

    for (n = 0; n < COUNT_OF(types); n++)
        if (str_eq(type, str_from(types[n])))
            return true;
    return false;
}

static bool find_recipient(struct sim_call *c, struct sending *s)
{
    struct str to = json_id(json_get(c->body, "to")), context;

    if (to.len == 0)
        to = json_id(json_get(c->body, "recipient"));
    if (str_starts(to, STR("+")))
        to = str_slice(to, 1, to.len);
    if (!str_eq(json_text(json_get(c->body, "messaging_product")), STR("whatsapp"))) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The parameter messaging_product is required.");
        return false;
    }
    if (to.len == 0) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The parameter to is required.");
        return false;
    }
    s->person = sim_person_of(c->sim, SIM_WHATSAPP, to);
    if (s->person == NULL && c->sim->config.lenient)
        s->person = sim_stranger(c->sim, SIM_WHATSAPP, to);
    context = json_id(json_path(c->body, "context", "message_id", NULL));
    s->context = context.len > 0 ? sim_item_find(c->sim, SIM_WHATSAPP, context) : NULL;
    if (sim_fault_take(c->sim, SIM_WHATSAPP, SIM_FAULT_GONE) ||
        (context.len > 0 && s->context == NULL && !c->sim->config.lenient)) {
        whatsapp_refuse(c, SIM_FAULT_GONE, NULL);
        return false;
    }
    return true;
}

static bool find_media(struct sim_call *c, struct sending *s)
{
    const struct json *media = json_get_str(c->body, s->type);
    struct str id = json_id(json_get(media, "id"));

    s->text = json_text(json_get(media, "caption"));
    s->media = sim_media_find(c->sim, id);
    if (s->media == NULL && json_text(json_get(media, "link")).len == 0) {
        refuse_code(c, 400, 131009, "Parameter value is not valid", "The media id is unknown or no longer valid.");
        return false;
    }
    if (text_length(c->a, s->text, LENGTH_CHARACTERS) > CAPTION_MAX) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "Param caption must be at most 1024 characters long.");
        return false;
    }
    return true;
}

static bool find_template(struct sim_call *c, struct sending *s)
{
    int wrong = sim_whatsapp_template(c, &s->text);

    if (wrong == 132001)
        refuse_code(c, 404, wrong, "Template name does not exist in the translation",
                    "The template does not exist in this language.");
    else if (wrong != 0)
        refuse_code(c, 400, wrong, "Number of parameters does not match the expected number of params",
                    "The parameters are not those of the template.");
    return wrong == 0;
}

static bool find_content(struct sim_call *c, struct sending *s)
{
    s->type = json_text(json_get(c->body, "type"));
    if (s->type.len == 0)
        s->type = STR("text");
    s->key = json_text(json_get(c->body, "biz_opaque_callback_data"));
    s->is_template = str_eq(s->type, STR("template"));
    if (json_get_str(c->body, s->type) == NULL) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The parameter named by type is required.");
        return false;
    }
    if (is_media(s->type) && !find_media(c, s))
        return false;
    if (str_eq(s->type, STR("text"))) {
        s->text = json_text(json_path(c->body, "text", "body", NULL));
        if (s->text.len == 0 || text_length(c->a, s->text, LENGTH_CHARACTERS) > TEXT_MAX) {
            whatsapp_refuse(c, SIM_FAULT_CONTENT, "Param text['body'] must be between 1 and 4096 characters long.");
            return false;
        }
    }
    if (s->is_template && !find_template(c, s))
        return false;
    if (sim_fault_take(c->sim, SIM_WHATSAPP, SIM_FAULT_CONTENT)) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    return true;
}

static bool window_closed(const struct sim_call *c, const struct sending *s)
{
    struct sim_item *last;

    if (s->is_template || s->person == NULL)
        return false;
    last = sim_last_from(c->sim, SIM_WHATSAPP, s->person);
    if (last == NULL)
        return !c->sim->config.lenient;
    return sim_now(c->sim) - last->at > WINDOW_US;
}

/* The code of the receipt that will say it failed, 0 when it arrives; -1 when the answer has said it already.
 */
static int failing_code(struct sim_call *c, const struct sending *s)
{
    static const struct {
        enum sim_fault fault;
        int code;
    } ways[] = {{SIM_FAULT_BLOCKED, 131026}, {SIM_FAULT_WINDOW, 131047}};
    size_t n;

    for (n = 0; n < COUNT_OF(ways); n++) {
        if (!sim_fault_take(c->sim, SIM_WHATSAPP, ways[n].fault))
            continue;
        if (!c->sim->faults[SIM_WHATSAPP][ways[n].fault].sync)
            return ways[n].code;
        whatsapp_refuse(c, ways[n].fault, NULL);
        return -1;
    }
    if (s->person == NULL || s->person->blocked[SIM_WHATSAPP])
        return 131026;
    return window_closed(c, s) ? 131047 : 0;
}

static void answer_sent(struct sim_call *c, const struct sending *s, const struct sim_item *item)
{
    struct json *contacts = json_array(c->a), *contact = json_object(c->a);
    struct json *messages = json_array(c->a), *message = json_object(c->a);
    struct str to = json_id(json_get(c->body, "to"));

    json_set_str(c->a, contact, "input", to);
    json_set_str(c->a, contact, "wa_id", s->person != NULL ? s->person->ids[SIM_WHATSAPP] : to);
    json_push(c->a, contacts, contact);
    json_set_str(c->a, message, "id", item->id);
    if (s->is_template)
        json_set_str(c->a, message, "message_status", STR("accepted"));
    json_push(c->a, messages, message);
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "messaging_product", STR("whatsapp"));
    json_set(c->a, c->answer, "contacts", contacts);
    json_set(c->a, c->answer, "messages", messages);
}

static void do_send(struct sim_call *c, const struct sending *s, int failing)
{
    struct sim *sim = c->sim;
    struct sim_person *person = s->person;
    struct sim_item *item;
    int sent_ms;
    bool first;

    item = sim_item_new(sim, SIM_WHATSAPP, SIM_PRIVATE, sim_new_id(sim, SIM_WHATSAPP, SIM_PRIVATE, NULL, STR_EMPTY));
    if (person == NULL)
        person = sim_stranger(sim, SIM_WHATSAPP, json_id(json_get(c->body, "to")));
    item->person = person;
    item->parent = s->context;
    item->text = sim_copy(sim, s->text);
    item->key = sim_copy(sim, s->key);
    item->media = s->media;
    if (!str_eq(s->type, STR("text")) && !s->is_template)
        item->media_kind = sim_copy(sim, str_eq(s->type, STR("image")) ? STR("picture") : s->type);
    item->mark = failing != 0 ? SIM_MARK_FAILED : SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "whatsapp", person->ids[SIM_WHATSAPP]);
    sent_ms = sim_echo_delay(c, &first);
    if (failing != 0) {
        sim_whatsapp_mark(sim, c->a, item, SIM_MARK_FAILED, failing, sent_ms);
    } else {
        sim_whatsapp_mark(sim, c->a, item, SIM_MARK_SENT, 0, sent_ms);
        sim_whatsapp_mark(sim, c->a, item, SIM_MARK_DELIVERED, 0, sim->config.delivered_ms);
    }
    c->after_hook = first ? sim->hook_serial - (failing != 0 ? 0 : 1) : 0;
    answer_sent(c, s, item);
}

static void send_message(struct sim_call *c)
{
    struct sending s = {.person = NULL};
    int failing;

    if (!find_recipient(c, &s) || !find_content(c, &s))
        return;
    failing = failing_code(c, &s);
    if (failing >= 0)
        do_send(c, &s, failing);
}

static void answer_success(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_bool(c->a, c->answer, "success", true);
}

static void mark_read(struct sim_call *c)
{
    struct sim_item *item = sim_item_find(c->sim, SIM_WHATSAPP, sim_param(c, "message_id")), *other;

    if (item == NULL && !c->sim->config.lenient) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The message_id is unknown.");
        return;
    }
    for (other = c->sim->items; item != NULL && other != NULL; other = other->next)
        if (other->network == SIM_WHATSAPP && other->author == item->person && other->at <= item->at)
            other->mark = SIM_MARK_READ;
    sim_changed(c->sim);
    answer_success(c);
}

/* ---- media ---- */

static size_t media_limit(struct str mime)
{
    if (str_eq(mime, STR("image/webp")))
        return 500UL * 1024;
    if (str_starts(mime, STR("image/")))
        return 5UL * 1024 * 1024;
    if (str_starts(mime, STR("audio/")) || str_starts(mime, STR("video/")))
        return 16UL * 1024 * 1024;
    return 100UL * 1024 * 1024;
}

static void upload(struct sim_call *c)
{
    struct sim_media *media;
    struct str type = http_form(c->req, "type");

    if (!str_eq(http_form(c->req, "messaging_product"), STR("whatsapp"))) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The parameter messaging_product is required.");
        return;
    }
    media = sim_call_upload(c);
    if (media == NULL) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The parameter file is required.");
        return;
    }
    if (type.len > 0 && str_find_char(type, '/') > 0)
        media->mime = sim_copy(c->sim, type);
    if (media->bytes.len > media_limit(media->mime)) {
        refuse_code(c, 400, 131053, "Media upload error", "The file is larger than this media type allows.");
        return;
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", media->id);
}

static void answer_media(struct sim_call *c, const struct sim_media *media)
{
    struct json *j = json_object(c->a);

    json_set_str(c->a, j, "url", sim_media_url(c->sim, c->a, media));
    json_set_str(c->a, j, "mime_type", media->mime);
    json_set_str(c->a, j, "sha256", media->sha256);
    json_set_str(c->a, j, "file_size", str_format(c->a, "%zu", media->bytes.len));
    json_set_str(c->a, j, "id", media->id);
    json_set_str(c->a, j, "messaging_product", STR("whatsapp"));
    c->answer = j;
}

static void answer_number(struct sim_call *c)
{
    struct json *j = json_object(c->a);

    json_set_str(c->a, j, "verified_name", str_from(c->sim->config.brand));
    json_set_str(c->a, j, "code_verification_status", STR("VERIFIED"));
    json_set_str(c->a, j, "display_phone_number", STR("+39 011 555 0100"));
    json_set_str(c->a, j, "quality_rating", STR("GREEN"));
    json_set_str(c->a, j, "platform_type", STR("CLOUD_API"));
    json_set_str(c->a, j, "id", str_from(c->sim->lines[SIM_WHATSAPP].account.account_id));
    c->answer = j;
}

/* ---- routing ---- */

static void serve_number(struct sim_call *c, struct str edge)
{
    if (edge.len == 0) {
        answer_number(c);
    } else if (on_messages(c) && c->body == NULL) {
        whatsapp_refuse(c, SIM_FAULT_CONTENT, "The body is not JSON.");
    } else if (on_messages(c) && str_eq(sim_param(c, "status"), STR("read"))) {
        mark_read(c);
    } else if (on_messages(c)) {
        send_message(c);
    } else if (str_eq(edge, STR("media")) && c->req->method == HTTP_POST) {
        upload(c);
    } else {
        whatsapp_refuse(c, SIM_FAULT_GONE, NULL);
    }
}

static void whatsapp_serve(struct sim_call *c)
{
    struct str object = c->count > 0 ? c->parts[0] : STR_EMPTY;
    struct str edge = c->count > 1 ? c->parts[1] : STR_EMPTY;
    struct sim_media *media;

    if (str_eq(object, str_from(c->sim->lines[SIM_WHATSAPP].account.account_id))) {
        serve_number(c, edge);
        return;
    }
    if (str_eq(edge, STR("message_templates")) && str_eq(object, STR(SIM_WHATSAPP_BUSINESS))) {
        sim_whatsapp_templates(c);
        return;
    }
    if (str_eq(object, STR("debug_token")) || str_eq(edge, STR("subscribed_apps"))) {
        answer_success(c);
        return;
    }
    media = edge.len == 0 ? sim_media_find(c->sim, object) : NULL;
    if (media == NULL || media->network != SIM_WHATSAPP)
        whatsapp_refuse(c, SIM_FAULT_GONE, NULL);
    else if (c->req->method == HTTP_DELETE)
        answer_success(c);
    else
        answer_media(c, media);
}

/* ---- customers ---- */

/* Typing and blocks are told to nobody. */
static void tell(struct sim_deed *d)
{
    if (d->item == NULL)
        return;
    if (d->verb == SIM_LIKED)
        sim_whatsapp_reaction(d->sim, d->a, d->item, d->person);
    else if (d->verb == SIM_READ)
        sim_whatsapp_mark(d->sim, d->a, d->item, SIM_MARK_READ, 0, 0);
    else
        sim_whatsapp_message(d->sim, d->a, d->item,
                             d->verb == SIM_WROTE    ? "add"
                             : d->verb == SIM_EDITED ? "edited"
                                                     : "remove");
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)person;
    unsigned char bytes[27];
    struct str text;

    (void)kind;
    (void)root;
    random_bytes(bytes, sizeof bytes);
    text = base64_encode(sim->state, bytes, sizeof bytes);
    return str_format(sim->state, "wamid.HBgM%.*s", STR_ARGS(text));
}

static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 6);

    (void)sim;
    return str_format(a, "393331%.*s", STR_ARGS(digits));
}

static bool is_person(const struct sim_person *person, struct str id)
{
    return str_eq(person->wa_user_id, id);
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "whatsapp",
     .label = {"WhatsApp", "WhatsApp"},
     .advice = {"Manda una foto o uno sticker, poi fai passare 25 ore e guarda che cosa succede alla risposta.",
                "Send a picture or a sticker, then let 25 hours pass and see what becomes of the reply."},
     .rank = 5,
     .private = true},
    {0},
};
static const struct sim_past_door doors[] = {{"whatsapp", "message"}, {0}};
static const char *const more[] = {"business_account_id", SIM_WHATSAPP_BUSINESS, NULL};

const struct sim_driver sim_whatsapp = {
    .name = "whatsapp",
    .base = "/wa",
    .account = {"106540352242922", "simulated-system-token", "simulated-app-secret", "simulated-verify", NULL},
    .named = {"phone_number_id", "access_token", "app_secret", "verify_token", NULL},
    .more = more,
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .is_person = is_person,
    .acts = "message edit delete react read typing block unblock",
    .attach_private = "picture sticker location file unsupported",
    .reads_each = true,
    .webp_stickers = true,
    .tell = tell,
    .sign = sim_meta_sign,
    .shake = sim_meta_shake,
    .shaken = sim_meta_shaken,
    .join = sim_meta_join,
    .versioned = true,
    .token = sim_graph_given,
    .sends = whatsapp_sends,
    .serve = whatsapp_serve,
    .refuse = whatsapp_refuse,
    .headers = sim_graph_headers,
    .media_refused = "{\"error\":{\"message\":\"Authentication Error\",\"code\":190}}",
};
