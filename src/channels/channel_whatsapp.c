/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a WhatsApp message of each type, and in its errors. The rest of WhatsApp is in whatsapp.c.
 */
#include "channels/channel_meta.h"

#include "base/arena.h"

#define CARDS_MAX  32
#define PHONES_MAX 8

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

static void read_cards(struct arena *a, struct channel_event *event, const struct json *cards)
{
    event->message = MESSAGE_CONTACT;
    for (size_t i = 0; json_is(cards, JSON_ARRAY) && i < json_count(cards) && i < CARDS_MAX; i++) {
        const struct json *card = json_at(cards, i), *phones = json_get(card, "phones");
        event_say(a, event, read_text(a, json_path(card, "name", "formatted_name", NULL)));
        for (size_t k = 0; json_is(phones, JSON_ARRAY) && k < json_count(phones) && k < PHONES_MAX; k++)
            event_say(a, event, read_text(a, json_get(json_at(phones, k), "phone")));
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
        event_say(a, event, read_text(a, json_get(form, "response_json")));
        event->note = read_text(a, json_get(form, "name"));
    }
}

static void read_unsupported(struct arena *a, struct channel_event *event, const struct json *message,
                             struct str type)
{
    event->message = MESSAGE_UNSUPPORTED;
    event->text = read_text(a, json_path(message, "text", "body", NULL));
    event_say(a, event, read_text(a, json_path(message, "order", "text", NULL)));
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
        event->text = read_text(a, json_path(message, "text", "body", NULL));
    else if (str_eq(type, STR("location")))
        event_location(a, event, read_text(a, json_get(spot, "name")), read_text(a, json_get(spot, "address")),
                       json_get(spot, "latitude"), json_get(spot, "longitude"));
    else if (str_eq(type, STR("contacts")))
        read_cards(a, event, json_get(message, "contacts"));
    else if (str_eq(type, STR("button")) || str_eq(type, STR("interactive")))
        read_pressed(a, event, message);
    else
        read_unsupported(a, event, message, type);
    if (event->message == MESSAGE_TEXT && !event->text.len) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a message without words");
    }
}
