/* SPDX-License-Identifier: Apache-2.0 */
/* What the Send API of Messenger and Instagram is told. */
#include "channels/channel_meta.h"

/* Past a day only a human may still answer, and says so by a tag. Whether Meta agrees is Meta's to say. */
bool messenger_human(const struct outgoing *m)
{
    return m->answered_at && m->now - m->answered_at > DAY_US;
}

struct json *messenger_attachment(struct arena *a, const struct outgoing_media *file, struct str uploaded)
{
    static const char *const types[] = {
        [MESSAGE_IMAGE] = "image", [MESSAGE_VIDEO] = "video", [MESSAGE_AUDIO] = "audio", [MESSAGE_FILE] = "file"};
    struct json *message = json_object(a), *attachment = json_object(a), *payload = json_object(a);
    if (uploaded.len)
        json_set_str(a, payload, "attachment_id", uploaded);
    else
        json_set_bool(a, payload, "is_reusable", false);
    json_set_str(a, attachment, "type", str_from(types[kind_of_mime(file->mime)]));
    json_set(a, attachment, "payload", payload);
    json_set(a, message, "attachment", attachment);
    return message;
}

struct json *messenger_body(struct arena *a, const struct outgoing *m, struct json *message)
{
    bool tag = messenger_human(m);
    struct json *body = json_object(a), *recipient = json_object(a);
    json_set_str(a, recipient, "id", m->to);
    json_set(a, body, "recipient", recipient);
    json_set_str(a, body, "messaging_type", tag ? STR("MESSAGE_TAG") : STR("RESPONSE"));
    if (tag)
        json_set_str(a, body, "tag", STR("HUMAN_AGENT"));
    json_set(a, body, "message", message);
    return body;
}

struct json *messenger_private_body(struct arena *a, const struct outgoing *m, const char *kind, struct json *message)
{
    struct json *body = json_object(a), *recipient = json_object(a);
    json_set_str(a, recipient, kind, m->parent_id);
    json_set(a, body, "recipient", recipient);
    json_set(a, body, "message", message);
    return body;
}
