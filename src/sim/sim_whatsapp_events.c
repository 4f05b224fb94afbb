/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of the simulated WhatsApp Cloud API: messages of people, statuses of the brand's. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/sim_meta.h"

/* WhatsApp's numbers are decimal text. */
static struct str seconds(struct arena *a, int64_t at)
{
    return str_format(a, "%lld", (long long)(at / SECOND_US));
}

static struct json *value_new(struct sim *sim, struct arena *a)
{
    struct json *value = json_object(a), *metadata = json_object(a);

    json_set_str(a, value, "messaging_product", STR("whatsapp"));
    json_set_str(a, metadata, "display_phone_number", STR("390115550100"));
    json_set_str(a, metadata, "phone_number_id", str_from(sim->lines[SIM_WHATSAPP].account.account_id));
    json_set(a, value, "metadata", metadata);
    return value;
}

static void queue_value(struct sim *sim, struct arena *a, struct sim_item *item, struct json *value, int delay_ms)
{
    struct json *body = json_object(a), *entries = json_array(a), *entry = json_object(a);
    struct json *changes = json_array(a), *change = json_object(a);

    json_set(a, change, "value", value);
    json_set_str(a, change, "field", STR("messages"));
    json_push(a, changes, change);
    json_set_str(a, entry, "id", STR(SIM_WABA_ID));
    json_set(a, entry, "changes", changes);
    json_push(a, entries, entry);
    json_set_str(a, body, "object", STR("whatsapp_business_account"));
    json_set(a, body, "entry", entries);
    sim_hook_add(sim, SIM_WHATSAPP, item, sim_meta_escape(a, json_to_str(a, body)), delay_ms);
}

static void set_contact(struct arena *a, struct json *value, const struct sim_person *person)
{
    struct json *contacts = json_array(a), *contact = json_object(a), *profile = json_object(a);

    json_set_str(a, profile, "name", person->name);
    json_set(a, contact, "profile", profile);
    json_set_str(a, contact, "wa_id", person->ids[SIM_WHATSAPP]);
    json_set_str(a, contact, "user_id", person->wa_user_id);
    json_push(a, contacts, contact);
    json_set(a, value, "contacts", contacts);
}

static struct json *message_new(struct arena *a, const struct sim_item *item, int64_t at)
{
    struct json *message = json_object(a);

    json_set_str(a, message, "from", item->person->ids[SIM_WHATSAPP]);
    json_set_str(a, message, "from_user_id", item->person->wa_user_id);
    json_set_str(a, message, "id", item->id);
    json_set_str(a, message, "timestamp", seconds(a, at));
    return message;
}

static void set_unsupported(struct arena *a, struct json *message, const char *details)
{
    struct json *errors = json_array(a), *error = json_object(a), *data = json_object(a);

    json_set_str(a, message, "type", STR("unsupported"));
    json_set_int(a, error, "code", 131051);
    json_set_str(a, error, "title", STR("Message type unknown"));
    json_set_str(a, error, "message", STR("Message type unknown"));
    json_set_str(a, data, "details", str_from(details));
    json_set(a, error, "error_data", data);
    json_push(a, errors, error);
    json_set(a, message, "errors", errors);
}

static void set_location(struct arena *a, struct json *message)
{
    struct json *location = json_object(a);

    json_set(a, location, "latitude", json_new_real(a, 45.0718));
    json_set(a, location, "longitude", json_new_real(a, 7.6650));
    json_set_str(a, location, "name", STR("Torino Porta Susa"));
    json_set_str(a, location, "address", STR("Corso Bolzano, 10138 Torino"));
    json_set_str(a, message, "type", STR("location"));
    json_set(a, message, "location", location);
}

static const char *media_type(const struct sim_item *item)
{
    if (str_eq(item->media_kind, STR("sticker")))
        return "sticker";
    return str_starts(item->media->mime, STR("image/")) ? "image" : "document";
}

static void set_media(struct arena *a, struct json *message, const struct sim_item *item)
{
    struct json *media = json_object(a);
    const char *type = media_type(item);

    json_set_str(a, media, "mime_type", item->media->mime);
    json_set_str(a, media, "sha256", item->media->sha256);
    json_set_str(a, media, "id", item->media->id);
    if (strcmp(type, "sticker") == 0)
        json_set_bool(a, media, "animated", false);
    if (strcmp(type, "document") == 0)
        json_set_str(a, media, "filename", item->media->file_name);
    if (item->text.len > 0 && strcmp(type, "sticker") != 0)
        json_set_str(a, media, "caption", item->text);
    json_set_str(a, message, "type", str_from(type));
    json_set(a, message, type, media);
}

static void set_content(struct arena *a, struct json *message, const struct sim_item *item)
{
    struct json *text;

    if (str_eq(item->media_kind, STR("location"))) {
        set_location(a, message);
    } else if (item->media != NULL) {
        set_media(a, message, item);
    } else if (str_eq(item->media_kind, STR("unsupported"))) {
        set_unsupported(a, message, "Message type is currently not supported.");
    } else {
        text = json_object(a);
        json_set_str(a, text, "body", item->text);
        json_set(a, message, "text", text);
        json_set_str(a, message, "type", STR("text"));
    }
}

static void set_context(struct sim *sim, struct arena *a, struct json *message, const struct sim_item *parent)
{
    struct json *context = json_object(a);

    json_set_str(a, context, "from",
                 parent->author != NULL ? parent->author->ids[SIM_WHATSAPP] : STR("390115550100"));
    json_set_str(a, context, "id", parent->id);
    json_set(a, message, "context", context);
    sim_changed(sim);
}

static void queue_message(struct sim *sim, struct arena *a, struct sim_item *item, struct json *message)
{
    struct json *value = value_new(sim, a), *messages = json_array(a);

    set_contact(a, value, item->person);
    json_push(a, messages, message);
    json_set(a, value, "messages", messages);
    queue_value(sim, a, item, value, 0);
}

/* "remove": the network cannot say which message was withdrawn; it sends one it calls unsupported. */
void sim_whatsapp_message(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb)
{
    struct json *message;

    if (strcmp(verb, "add") == 0) {
        message = message_new(a, item, item->at);
        set_content(a, message, item);
        if (item->parent != NULL)
            set_context(sim, a, message, item->parent);
    } else {
        message = message_new(a, item, sim_now(sim));
        json_set_str(a, message, "id", sim_new_id(sim, SIM_WHATSAPP, SIM_PRIVATE, NULL, STR_EMPTY));
        set_unsupported(a, message,
                        strcmp(verb, "remove") == 0 ? "The user deleted a message." : "The user edited a message.");
    }
    queue_message(sim, a, item, message);
}

void sim_whatsapp_reaction(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by)
{
    struct sim_item about = *item;
    struct json *message, *reaction = json_object(a);

    about.person = by;
    message = message_new(a, &about, sim_now(sim));
    json_set_str(a, message, "id", sim_new_id(sim, SIM_WHATSAPP, SIM_PRIVATE, NULL, STR_EMPTY));
    json_set_str(a, message, "type", STR("reaction"));
    json_set_str(a, reaction, "message_id", item->id);
    json_set_str(a, reaction, "emoji", STR("\u2764\uFE0F"));
    json_set(a, message, "reaction", reaction);
    queue_message(sim, a, item, message);
}

/* ---- statuses ---- */

static void set_failure(struct arena *a, struct json *status, int code)
{
    bool window = code == 131047;
    struct json *errors = json_array(a), *error = json_object(a), *data = json_object(a);

    json_set_int(a, error, "code", code);
    json_set_str(a, error, "title", window ? STR("Re-engagement message") : STR("Message undeliverable"));
    json_set_str(a, error, "message", window ? STR("Re-engagement message") : STR("Message undeliverable"));
    json_set_str(a, data, "details",
                 window ? STR("Message failed to send because more than 24 hours have passed since the customer last "
                              "replied to this number.")
                        : STR("Message Undeliverable."));
    json_set(a, error, "error_data", data);
    json_push(a, errors, error);
    json_set(a, status, "errors", errors);
}

static void set_price(struct arena *a, struct json *status, const struct sim_item *item)
{
    struct json *conversation = json_object(a), *origin = json_object(a), *pricing = json_object(a);

    json_set_str(a, conversation, "id", item->person->wa_user_id);
    json_set_str(a, origin, "type", STR("service"));
    json_set(a, conversation, "origin", origin);
    json_set(a, status, "conversation", conversation);
    json_set_bool(a, pricing, "billable", false);
    json_set_str(a, pricing, "pricing_model", STR("PMP"));
    json_set_str(a, pricing, "category", STR("service"));
    json_set(a, status, "pricing", pricing);
}

void sim_whatsapp_mark(struct sim *sim, struct arena *a, struct sim_item *item, enum sim_mark mark, int code,
                       int delay_ms)
{
    static const char *const names[] = {"", "sent", "delivered", "read", "failed"};
    struct json *value = value_new(sim, a), *statuses = json_array(a), *status = json_object(a);

    json_set_str(a, status, "id", item->id);
    json_set_str(a, status, "status", str_from(names[mark]));
    json_set_str(a, status, "timestamp", seconds(a, sim_now(sim) + (int64_t)delay_ms * 1000));
    json_set_str(a, status, "recipient_id", item->person->ids[SIM_WHATSAPP]);
    json_set_str(a, status, "recipient_user_id", item->person->wa_user_id);
    if (item->key.len > 0)
        json_set_str(a, status, "biz_opaque_callback_data", item->key);
    if (mark == SIM_MARK_FAILED)
        set_failure(a, status, code);
    else
        set_price(a, status, item);
    json_push(a, statuses, status);
    json_set(a, value, "statuses", statuses);
    queue_value(sim, a, item, value, delay_ms);
}
