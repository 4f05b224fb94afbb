/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a WhatsApp message of each type, in its errors and in its templates. The rest of WhatsApp is in
 * whatsapp.c. */
#include "channels/channel_meta.h"

#include "base/arena.h"

#define CARDS_MAX  32
#define PHONES_MAX 8
#define FIELDS_MAX 64

/* "131051: Message type is currently not supported." */
struct str whatsapp_error_note(struct arena *a, const struct json *errors)
{
    const struct json *error = json_at(errors, 0);
    struct str words = read_text(a, json_path(error, "error_data", "details", NULL));
    if (!words.len)
        words = read_text(a, json_get(error, "details"));
    if (!words.len)
        words = read_text(a, json_get(error, "title"));
    if (!words.len)
        words = read_text(a, json_get(error, "message"));
    struct str code = read_id(a, json_get(error, "code"));
    return code.len ? str_format(a, "%.*s: %.*s", STR_ARGS(code), STR_ARGS(words)) : words;
}

/* Of the account, not of a person. */
static const char *const account_fields[] = {"account_alerts",
                                             "account_review_update",
                                             "account_settings_update",
                                             "account_update",
                                             "automatic_events",
                                             "business_capability_update",
                                             "business_status_update",
                                             "business_username_update",
                                             "business_username_updates",
                                             "flows",
                                             "group_lifecycle_update",
                                             "group_participant_update",
                                             "group_participants_update",
                                             "group_settings_update",
                                             "history",
                                             "message_template_components_update",
                                             "message_template_quality_update",
                                             "message_template_status_update",
                                             "messaging_handovers",
                                             "partner_solutions",
                                             "payment_configuration_update",
                                             "phone_number_name_update",
                                             "phone_number_quality_update",
                                             "security",
                                             "smb_app_state_sync",
                                             "template_category_update",
                                             "template_correct_category_detection",
                                             "template_performance_metrics",
                                             "tracking_events",
                                             "user_preferences"};

bool whatsapp_is_of_account(struct str field)
{
    for (size_t i = 0; i < COUNT_OF(account_fields); i++)
        if (str_eq(field, str_from(account_fields[i])))
            return true;
    return false;
}

/* Its name differs between versions, and a user id may change as a number does. */
struct str whatsapp_new_id(struct arena *a, const struct json *system, struct str old)
{
    static const char *const names[] = {"wa_id", "new_wa_id", "user_id"};
    struct str now = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(names) && (!now.len || str_eq(now, old)); i++)
        now = read_id(a, json_get(system, names[i]));
    return str_eq(now, old) ? STR_EMPTY : now;
}

bool whatsapp_one_person(const struct json *value)
{
    static const char *const lists[] = {"messages", "statuses"}, *const by[] = {"from", "recipient_id"},
                             *const by_user[] = {"from_user_id", "recipient_user_id"};
    struct str phone = STR_EMPTY, user = STR_EMPTY;
    size_t seen = 0;
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        const struct json *list = json_get(value, lists[k]);
        for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list); i++) {
            struct str p = json_id(json_get(json_at(list, i), by[k]));
            struct str u = json_id(json_get(json_at(list, i), by_user[k]));
            if (seen++ && !(str_eq(p, phone) && str_eq(u, user)))
                return false;
            phone = p;
            user = u;
        }
    }
    return true;
}

static void read_media(struct arena *a, struct channel_event *event, const struct json *part, enum message_kind kind)
{
    struct channel_media *media = event_attach(a, event, kind);
    if (!media)
        return;
    media->media_id = read_id(a, json_get(part, "id"));
    media->mime = read_text(a, json_get(part, "mime_type"));
    media->sha256 = read_text(a, json_get(part, "sha256"));
    media->file_name = read_text(a, json_get(part, "filename"));
    event_say(a, event, read_text(a, json_get(part, "caption")));
}

static void say_each(struct arena *a, struct channel_event *event, const struct json *list, const char *name)
{
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list) && i < PHONES_MAX; i++)
        event_say(a, event, read_text(a, json_get(json_at(list, i), name)));
}

static void read_cards(struct arena *a, struct channel_event *event, const struct json *cards)
{
    event->message = MESSAGE_CONTACT;
    for (size_t i = 0; json_is(cards, JSON_ARRAY) && i < json_count(cards) && i < CARDS_MAX; i++) {
        const struct json *card = json_at(cards, i);
        struct str name = read_text(a, json_path(card, "name", "formatted_name", NULL));
        event_say(a, event, name.len ? name : read_text(a, json_path(card, "name", "first_name", NULL)));
        event_say(a, event, read_text(a, json_path(card, "org", "company", NULL)));
        say_each(a, event, json_get(card, "phones"), "phone");
        say_each(a, event, json_get(card, "emails"), "email");
        say_each(a, event, json_get(card, "urls"), "url");
    }
}

/* The answers of a form, a line each ("cap: 00184"); what cannot be taken apart, as it is. */
static void say_form(struct arena *a, struct channel_event *event, struct str response)
{
    const struct json *fields = json_parse(a, response, NULL);
    if (!json_is(fields, JSON_OBJECT)) {
        event_say(a, event, response);
        return;
    }
    for (size_t i = 0; i < fields->count && i < FIELDS_MAX; i++) {
        const struct json *value = fields->members[i].value;
        struct str name = text_clean(a, fields->members[i].key), words = read_words(a, value);
        if (str_eq(name, STR("flow_token")) || json_is(value, JSON_NULL))
            continue;
        if (!words.len && !json_is(value, JSON_STRING))
            words = json_to_str(a, value);
        event_say(a, event, str_format(a, "%.*s: %.*s", STR_ARGS(name), STR_ARGS(words)));
    }
}

/* What they pressed: a button, a row of a list, or the answers of a form. */
static void read_pressed(struct arena *a, struct channel_event *event, const struct json *message)
{
    const struct json *button = json_get(message, "button"), *part = json_get(message, "interactive");
    const struct json *reply = json_get(part, "button_reply");
    if (!reply)
        reply = json_get(part, "list_reply");
    event->message = MESSAGE_POSTBACK;
    if (button) {
        event->text = read_text(a, json_get(button, "text"));
        event->note = read_text(a, json_get(button, "payload"));
    } else if (reply) {
        event->text = read_text(a, json_get(reply, "title"));
        event->note = read_id(a, json_get(reply, "id"));
    } else {
        const struct json *form = json_get(part, "nfm_reply");
        event->text = read_text(a, json_get(form, "body"));
        say_form(a, event, read_text(a, json_get(form, "response_json")));
        event->note = read_text(a, json_get(form, "name"));
    }
    if (event->text.len)
        return;
    struct str kind = read_text(a, json_get(part, "type"));
    event->message = MESSAGE_UNSUPPORTED;
    event->note = kind.len ? kind : STR("a button without words");
}

/* "2 × SHOE-42 (59.90 EUR)", a line for each thing they chose from the catalogue, under what they wrote to it. */
static void read_order(struct arena *a, struct channel_event *event, const struct json *order)
{
    const struct json *items = json_get(order, "product_items");
    event_say(a, event, read_text(a, json_get(order, "text")));
    for (size_t i = 0; json_is(items, JSON_ARRAY) && i < json_count(items) && i < CARDS_MAX; i++) {
        const struct json *item = json_at(items, i);
        struct str what = read_id(a, json_get(item, "product_retailer_id"));
        struct str many = read_id(a, json_get(item, "quantity")), price = read_id(a, json_get(item, "item_price"));
        if (!what.len)
            continue;
        struct str line = str_format(a, "%.*s × %.*s", STR_ARGS(many.len ? many : STR("1")), STR_ARGS(what));
        if (price.len)
            line = str_format(a, "%.*s (%.*s %.*s)", STR_ARGS(line), STR_ARGS(price),
                              STR_ARGS(read_text(a, json_get(item, "currency"))));
        event_say(a, event, line);
    }
    if (event->text.len)
        return;
    event->message = MESSAGE_UNSUPPORTED;
    event->note = STR("order");
}

static void read_unsupported(struct arena *a, struct channel_event *event, const struct json *message,
                             struct str type)
{
    event->message = MESSAGE_UNSUPPORTED;
    event->text = read_text(a, json_path(message, "text", "body", NULL));
    struct str said = whatsapp_error_note(a, json_get(message, "errors"));
    event->note = said.len ? said : type.len ? type : STR("a message of no type");
}

void whatsapp_content(struct arena *a, struct channel_event *event, const struct json *message, struct str type)
{
    static const struct {
        const char *type;
        enum message_kind kind;
    } files[] = {{"image", MESSAGE_IMAGE},
                 {"video", MESSAGE_VIDEO},
                 {"audio", MESSAGE_AUDIO},
                 {"document", MESSAGE_FILE},
                 {"sticker", MESSAGE_STICKER}};
    if (str_eq(type, STR("voice")))
        type = STR("audio");
    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (str_eq(type, str_from(files[i].type))) {
            const struct json *part = json_get(message, files[i].type);
            read_media(a, event, part ? part : json_get(message, "voice"), files[i].kind);
            event->note = whatsapp_error_note(a, json_get(message, "errors"));
            return;
        }
    const struct json *spot = json_get(message, "location");
    if (str_eq(type, STR("text")))
        event->text = read_words(a, json_path(message, "text", "body", NULL));
    else if (str_eq(type, STR("location")))
        event_location(a, event, read_text(a, json_get(spot, "name")), read_text(a, json_get(spot, "address")),
                       json_get(spot, "latitude"), json_get(spot, "longitude"));
    else if (str_eq(type, STR("contacts")))
        read_cards(a, event, json_get(message, "contacts"));
    else if (str_eq(type, STR("button")) || str_eq(type, STR("interactive")))
        read_pressed(a, event, message);
    else if (str_eq(type, STR("order")))
        read_order(a, event, json_get(message, "order"));
    else
        read_unsupported(a, event, message, type);
    if (event->message == MESSAGE_TEXT && !str_trim(event->text).len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
}

/* ---- what it came from ---- */

/* The words of an ad: its headline says little ("Chat with us") where its body says what it is about. */
static struct str ad_words(struct arena *a, const struct json *referral)
{
    struct str head = read_text(a, json_get(referral, "headline")), body = read_text(a, json_get(referral, "body"));
    return head.len && body.len ? str_format(a, "%.*s: %.*s", STR_ARGS(head), STR_ARGS(body))
           : head.len           ? head
                                : body;
}

/* Groups are answered through another interface: an answer from here reaches the writer alone. */
void whatsapp_origin(struct arena *a, struct channel_event *event, const struct json *message)
{
    const struct json *referral = json_get(message, "referral"), *context = json_get(message, "context");
    const struct json *product = json_get(context, "referred_product");
    if (read_id(a, json_get(message, "group_id")).len)
        event_origin(a, event, "group", STR_EMPTY, STR_EMPTY);
    if (json_is(referral, JSON_OBJECT)) {
        bool post = str_eq(json_text(json_get(referral, "source_type")), STR("post"));
        event_origin(a, event, post ? "post" : "ad", ad_words(a, referral),
                     read_text(a, json_get(referral, "source_url")));
    }
    if (json_is(product, JSON_OBJECT))
        event_origin(a, event, "product", read_id(a, json_get(product, "product_retailer_id")), STR_EMPTY);
    if (json_bool(json_get(context, "frequently_forwarded"), false))
        event_origin(a, event, "forwarded_often", STR_EMPTY, STR_EMPTY);
    else if (json_bool(json_get(context, "forwarded"), false))
        event_origin(a, event, "forwarded", STR_EMPTY, STR_EMPTY);
}

/* ---- templates ---- */

/* Buttons that need a value of ours at each sending: an address with a field, a code, a form. */
static bool buttons_need_values(const struct json *buttons)
{
    for (size_t i = 0; i < json_count(buttons); i++) {
        struct str type = json_text(json_get(json_at(buttons, i), "type"));
        bool plain =
            str_eq(type, STR("QUICK_REPLY")) || str_eq(type, STR("PHONE_NUMBER")) || str_eq(type, STR("URL"));
        if (!plain || str_find(json_text(json_get(json_at(buttons, i), "url")), STR("{{")) >= 0)
            return true;
    }
    return false;
}

static bool template_read(struct arena *a, const struct json *template, struct approved *out)
{
    const struct json *parts = json_get(template, "components");
    struct str status = json_text(json_get(template, "status"));
    *out = (struct approved){.name = read_text(a, json_get(template, "name")),
                             .language = read_text(a, json_get(template, "language"))};
    if ((status.len && !str_eq(status, STR("APPROVED"))) ||
        str_eq(json_text(json_get(template, "category")), STR("AUTHENTICATION")))
        return false;
    for (size_t i = 0; json_is(parts, JSON_ARRAY) && i < json_count(parts); i++) {
        const struct json *part = json_at(parts, i);
        struct str type = json_text(json_get(part, "type")), text = read_text(a, json_get(part, "text"));
        struct str format = json_text(json_get(part, "format"));
        if (str_eq(type, STR("HEADER")) && format.len && !str_eq(format, STR("TEXT")))
            return false; /* a file on top */
        if (str_eq(type, STR("HEADER")))
            out->head = text;
        else if (str_eq(type, STR("BODY")))
            out->body = text;
        else if (str_eq(type, STR("FOOTER")))
            out->foot = text;
        else if (!str_eq(type, STR("BUTTONS")) || buttons_need_values(json_get(part, "buttons")))
            return false;
    }
    return out->name.len && out->language.len && out->body.len;
}

void whatsapp_templates(struct arena *a, const struct json *body, struct approved_list *list)
{
    const struct json *data = json_get(body, "data"), *paging = json_get(body, "paging");
    for (size_t i = 0; i < json_count(data); i++) {
        struct approved one;
        if (template_read(a, json_at(data, i), &one))
            *approved_add(list) = one;
    }
    list->next = json_get(paging, "next") ? read_text(a, json_path(paging, "cursors", "after", NULL)) : STR_EMPTY;
}

static bool is_number(struct str field)
{
    int64_t number;
    return str_int64(field, &number);
}

static void add_component(struct arena *a, struct json *components, const char *type, const struct pairs *values)
{
    struct json *component = json_object(a), *parameters = json_array(a);
    for (size_t i = 0; i < values->count; i++) {
        struct json *parameter = json_object(a);
        json_set_str(a, parameter, "type", STR("text"));
        if (!is_number(values->items[i].name))
            json_set_str(a, parameter, "parameter_name", values->items[i].name);
        json_set_str(a, parameter, "text", values->items[i].value);
        json_push(a, parameters, parameter);
    }
    if (values->count == 0)
        return;
    json_set_str(a, component, "type", str_from(type));
    json_set(a, component, "parameters", parameters);
    json_push(a, components, component);
}

struct json *whatsapp_template(struct arena *a, const struct outgoing_approved *approved)
{
    struct json *part = json_object(a), *language = json_object(a), *components = json_array(a);
    json_set_str(a, language, "policy", STR("deterministic"));
    json_set_str(a, language, "code", approved->language);
    add_component(a, components, "header", &approved->head);
    add_component(a, components, "body", &approved->body);
    json_set_str(a, part, "name", approved->name);
    json_set(a, part, "language", language);
    if (json_count(components))
        json_set(a, part, "components", components);
    return part;
}
