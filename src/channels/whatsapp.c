/* SPDX-License-Identifier: Apache-2.0 */
/* WhatsApp through Meta's Cloud API: one channel is one phone number of ours. A person may be known by phone,
 * by a business-scoped user id, or by both. Outside 24 hours only approved templates go out: the colleague chooses
 * one and fills it in. */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define CAPTION_MAX 1024

extern const struct channel channel_whatsapp;

static const struct setting settings[] = {
    META_SECRET("whatsapp", "the app's secret"),
    META_TOKEN("whatsapp", "a system user's access token"),
    {"phone_number_id", "setting.whatsapp.phone_number_id", "the id of our phone number, as digits", NULL,
     SETTING_ACCOUNT},
    {"business_account_id", "setting.whatsapp.business_account_id",
     "the id of the WhatsApp Business Account, as digits: for its approved templates", NULL, 0},
    META_VERIFY("whatsapp"),
    {"api_base", "setting.whatsapp.api_base", "address of the Graph API", "https://graph.facebook.com", 0},
    {"api_version", "setting.whatsapp.api_version", "version of the Graph API", "v23.0", 0},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "whatsapp",
     .label = "door.whatsapp.whatsapp",
     .unit = LENGTH_CHARACTERS,
     .limit = 4096,
     .window_hours = 24,
     .attachments = true,
     .attachment_max = 100 << 20,
     .approved = true},
    {0},
};

/* The kinds of file, and what the network takes of each. */
static const struct file_kind {
    const char *type;
    size_t max;
    enum message_kind kind;
    bool caption;
} file_kinds[] = {
    {"image", 5 << 20, MESSAGE_IMAGE, true},
    {"video", 16 << 20, MESSAGE_VIDEO, true},
    {"audio", 16 << 20, MESSAGE_AUDIO, false},
    {"document", 100 << 20, MESSAGE_FILE, true},
};

static const struct meta_code codes[] = {
    {0, 0, 0, FAILURE_TOKEN},
    {190, 190, 0, FAILURE_TOKEN},
    {2500, 2500, 0, FAILURE_TOKEN},
    {131047, 131047, 0, FAILURE_WINDOW},
    {470, 470, 0, FAILURE_WINDOW},
    {131026, 131026, 0, FAILURE_BLOCKED},
    {131030, 131030, 0, FAILURE_BLOCKED}, /* not on the list of test numbers */
    {131049, 131050, 0, FAILURE_BLOCKED}, /* Meta chose not to deliver; opted out */
    {130472, 130472, 0, FAILURE_BLOCKED}, /* part of an experiment of Meta's */
    {130497, 130497, 0, FAILURE_BLOCKED}, /* we may not write to this country */
    {4, 4, 0, FAILURE_RATE},
    {133016, 133016, 0, FAILURE_RATE},
    {80000, 80014, 0, FAILURE_RATE},
    {613, 613, 0, FAILURE_RATE},
    {130429, 130429, 0, FAILURE_RATE},
    {131048, 131048, 0, FAILURE_RATE},
    {131056, 131056, 0, FAILURE_RATE},
    {3, 3, 0, FAILURE_PERMISSION},
    {10, 10, 0, FAILURE_PERMISSION},
    {33, 33, 0, FAILURE_PERMISSION}, /* our number was deleted */
    {200, 299, 0, FAILURE_PERMISSION},
    {131005, 131005, 0, FAILURE_PERMISSION},
    {131031, 131031, 0, FAILURE_PERMISSION},
    {131037, 131037, 0, FAILURE_PERMISSION}, /* our display name is not approved */
    {131042, 131042, 0, FAILURE_PERMISSION}, /* payment */
    {131045, 131045, 0, FAILURE_PERMISSION},
    {133010, 133010, 0, FAILURE_PERMISSION}, /* our number is not registered */
    {1, 2, 0, FAILURE_TRANSIENT},
    {131000, 131000, 0, FAILURE_TRANSIENT},
    {131016, 131016, 0, FAILURE_TRANSIENT},
    {131057, 131057, 0, FAILURE_TRANSIENT},
    {133004, 133004, 0, FAILURE_TRANSIENT},
    {100, 100, 0, FAILURE_CONTENT},
    {368, 368, 0, FAILURE_CONTENT}, /* against a policy */
    {131008, 131009, 0, FAILURE_CONTENT},
    {131021, 131021, 0, FAILURE_CONTENT},
    {131051, 131053, 0, FAILURE_CONTENT},
    {131062, 131062, 0, FAILURE_CONTENT},
    {132000, 132999, 0, FAILURE_CONTENT}, /* templates */
    {135000, 135000, 0, FAILURE_CONTENT},
    {0, 0, 0, FAILURE_NONE},
};

/* ---- in ---- */

/* One change: its value, and how it came. */
struct change {
    const struct json *value;
    struct str number; /* id of our phone number */
    bool echo, standby;
};

/* What is said of a person beside a message: by phone, by user id, or as the only one there is (who may be written
 * there another way, as some countries' numbers are). */
static const struct json *contact_of(const struct change *c, struct str phone, struct str user)
{
    const struct json *contacts = json_get(c->value, "contacts");
    for (size_t i = 0; json_is(contacts, JSON_ARRAY) && i < json_count(contacts); i++) {
        const struct json *contact = json_at(contacts, i);
        if ((phone.len && str_eq(json_id(json_get(contact, "wa_id")), phone)) ||
            (user.len && str_eq(json_id(json_get(contact, "user_id")), user)))
            return contact;
    }
    bool only = json_is(contacts, JSON_ARRAY) && json_count(contacts) == 1;
    return only && !c->echo && (phone.len || user.len) && whatsapp_one_person(c->value) ? json_at(contacts, 0) : NULL;
}

static struct channel_author read_author(struct meta_reading *r, const struct change *c, struct str phone,
                                         struct str user)
{
    const struct json *contact = contact_of(c, phone, user);
    if (!user.len)
        user = read_id(r->a, json_get(contact, "user_id"));
    if (!phone.len)
        phone = read_id(r->a, json_get(contact, "wa_id"));
    return (struct channel_author){.external_id = phone.len ? phone : user,
                                   .also_known_as = phone.len ? user : STR_EMPTY,
                                   .phone = phone,
                                   .handle = read_text(r->a, json_path(contact, "profile", "username", NULL)),
                                   .name = read_text(r->a, json_path(contact, "profile", "name", NULL))};
}

static struct channel_event *whatsapp_event(struct meta_reading *r, const struct change *c,
                                            const struct channel_author *author, enum channel_event_kind kind)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = kind;
    event->account = c->number;
    event->author = *author;
    event->thread_key = author->external_id.len ? str_concat(r->a, STR("dm:"), author->external_id) : STR_EMPTY;
    event->door = STR("whatsapp");
    event->echo = c->echo;
    event->standby = c->standby;
    return event;
}

/* Does an edit say what stands there now: words, or a file? */
static bool has_new_words(const struct json *edit)
{
    const struct json *now = json_get(edit, "message");
    const struct json *part = json_get_str(now, json_text(json_get(now, "type")));
    return json_text(json_get(part, "body")).len || json_text(json_get(part, "id")).len;
}

/* An edit, a removal or a reaction: about another message. NULL when it is none, or does not say about which, or
 * how: it is then a message of a kind that cannot be shown. */
static struct channel_event *read_about(struct meta_reading *r, const struct change *c,
                                        const struct channel_author *author, const struct json *message,
                                        struct str id, struct str type)
{
    static const struct {
        const char *type, *about;
        enum channel_event_kind kind;
    } kinds[] = {{"edit", "original_message_id", CHANNEL_EDIT},
                 {"revoke", "original_message_id", CHANNEL_DELETE},
                 {"reaction", "message_id", CHANNEL_REACTION}};
    size_t k = 0;
    while (k < COUNT_OF(kinds) && !str_eq(type, str_from(kinds[k].type)))
        k++;
    if (k == COUNT_OF(kinds))
        return NULL;
    const struct json *part = json_get(message, kinds[k].type);
    struct str about = read_id(r->a, json_get(part, kinds[k].about));
    if (!about.len || (kinds[k].kind == CHANNEL_EDIT && !has_new_words(part)))
        return NULL;
    struct channel_event *event = whatsapp_event(r, c, author, kinds[k].kind);
    event->external_id = about;
    event->dedupe = DEDUPE(r->a, kinds[k].type, id);
    if (event->kind == CHANNEL_EDIT) {
        const struct json *now = json_get(part, "message");
        whatsapp_content(r->a, event, now, read_text(r->a, json_get(now, "type")));
    } else if (event->kind == CHANNEL_REACTION) {
        event->note = read_text(r->a, json_get(part, "emoji")); /* empty: taken back */
    }
    return event;
}

/* A number changed, or a person looked in without a word. */
static struct channel_event *read_system(struct meta_reading *r, const struct change *c,
                                         const struct channel_author *author, const struct json *message,
                                         struct str id, struct str type)
{
    if (!str_eq(type, STR("system")) && !str_eq(type, STR("request_welcome")))
        return NULL;
    const struct json *part = json_get(message, "system");
    struct channel_event *event = whatsapp_event(r, c, author, CHANNEL_IGNORED);
    struct str now = whatsapp_new_id(r->a, part, author->external_id);
    event->dedupe = DEDUPE(r->a, "system", id);
    event->note = read_text(r->a, json_get(part, "body"));
    if (!event->note.len)
        event->note = type;
    if (now.len)
        event->author.also_known_as = now;
    return event;
}

static void read_message(struct meta_reading *r, const struct json *message, const struct place *at, void *ctx)
{
    const struct change *c = ctx;
    struct str id = read_id(r->a, json_get(message, "id")), type = read_text(r->a, json_get(message, "type"));
    struct str phone = read_id(r->a, json_get(message, c->echo ? "to" : "from"));
    struct str user = read_id(r->a, json_get(message, c->echo ? "to_user_id" : "from_user_id"));
    if (!id.len || (!phone.len && !user.len)) {
        channel_unread(r->events, at, id.len ? "does not say who: neither phone nor user id" : "has no id");
        return;
    }
    struct channel_author author = read_author(r, c, phone, user);
    struct channel_event *event = read_about(r, c, &author, message, id, type);
    if (!event)
        event = read_system(r, c, &author, message, id, type);
    if (!event) {
        event = whatsapp_event(r, c, &author, CHANNEL_MESSAGE);
        event->external_id = id;
        event->dedupe = DEDUPE(r->a, "m", id);
        event->parent_id = read_id(r->a, json_path(message, "context", "id", NULL));
        if (!c->echo)
            whatsapp_origin(r->a, event, message);
        whatsapp_content(r->a, event, message, type);
    }
    event->at = read_time(json_get(message, "timestamp"));
    if (!event->at)
        event->at = r->time;
}

static void read_status(struct meta_reading *r, const struct json *status, const struct place *at, void *ctx)
{
    static const struct {
        struct str name;
        enum receipt receipt;
    } known[] = {{{"sent", 4}, RECEIPT_SENT},
                 {{"delivered", 9}, RECEIPT_DELIVERED},
                 {{"read", 4}, RECEIPT_READ},
                 {{"played", 6}, RECEIPT_READ},
                 {{"failed", 6}, RECEIPT_FAILED}};
    const struct change *c = ctx;
    struct str id = read_id(r->a, json_get(status, "id")), name = read_text(r->a, json_get(status, "status"));
    if (!id.len || !name.len) {
        channel_unread(r->events, at, "has no id or no status");
        return;
    }
    struct channel_author author = read_author(r, c, read_id(r->a, json_get(status, "recipient_id")),
                                               read_id(r->a, json_get(status, "recipient_user_id")));
    struct channel_event *event = whatsapp_event(r, c, &author, CHANNEL_IGNORED);
    event->external_id = id;
    event->dedupe = DEDUPE(r->a, "s", id, name);
    event->at = read_time(json_get(status, "timestamp"));
    event->note = name;
    event->reply_token = read_text(r->a, json_get(status, "biz_opaque_callback_data"));
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(name, known[i].name)) {
            event->kind = CHANNEL_RECEIPT;
            event->receipt = known[i].receipt;
            event->note = STR_EMPTY;
        }
    if (event->receipt == RECEIPT_FAILED) {
        const struct json *errors = json_get(status, "errors");
        event->note = whatsapp_error_note(r->a, errors);
        event->failure = meta_failure(codes, json_int(json_get(json_at(errors, 0), "code"), -1), 0);
        if (event->failure == FAILURE_NONE)
            event->failure = FAILURE_CONTENT;
    }
}

/* They called: nothing here can take a call, so it waits as something to be answered in words. Told at its beginning
 * and at its end. Our own calls are of no matter. */
static void read_call(struct meta_reading *r, const struct json *call, const struct place *at, void *ctx)
{
    const struct change *c = ctx;
    struct str id = read_id(r->a, json_get(call, "id")), phone = read_id(r->a, json_get(call, "from"));
    struct str user = read_id(r->a, json_get(call, "from_user_id"));
    bool ours = str_eq(json_text(json_get(call, "direction")), STR("BUSINESS_INITIATED"));
    if (!id.len || (!ours && !phone.len && !user.len)) {
        channel_unread(r->events, at, id.len ? "does not say who: neither phone nor user id" : "has no id");
        return;
    }
    struct channel_author author = ours ? (struct channel_author){0} : read_author(r, c, phone, user);
    struct channel_event *event = whatsapp_event(r, c, &author, ours ? CHANNEL_IGNORED : CHANNEL_MESSAGE);
    event->external_id = ours ? STR_EMPTY : id;
    event->dedupe = DEDUPE(r->a, ours ? "call" : "m", id);
    event->message = MESSAGE_UNSUPPORTED;
    event->note = STR("a call");
    event->at = read_time(json_get(call, "timestamp"));
}

/* A person's id changed: nobody waits for it, but the old and the new one are one person. */
static void read_id_update(struct meta_reading *r, const struct json *update, const struct place *at, void *ctx)
{
    const struct change *c = ctx;
    struct str now = read_id(r->a, json_path(update, "user_id", "current", NULL));
    struct str before = read_id(r->a, json_path(update, "user_id", "previous", NULL));
    if (!now.len || !before.len) {
        channel_unread(r->events, at, "does not name the previous and the current user_id");
        return;
    }
    struct channel_author author = {
        .external_id = now, .also_known_as = before, .phone = read_id(r->a, json_get(update, "wa_id"))};
    struct channel_event *event = whatsapp_event(r, c, &author, CHANNEL_IGNORED);
    event->note = STR("user_id_update");
    event->at = read_time(json_get(update, "timestamp"));
    event->dedupe = DEDUPE(r->a, "user_id_update", before, now);
}

/* When the account is gone, so are our rights. */
static bool read_account(struct meta_reading *r, const struct change *c, struct str field)
{
    static const char *const losses[] = {"ACCOUNT_DELETED", "DISABLED_UPDATE", "PARTNER_APP_UNINSTALLED",
                                         "PARTNER_REMOVED"};
    struct str business = settings_get(r->settings, "business_account_id");
    if (!whatsapp_is_of_account(field))
        return false;
    struct channel_author nobody = {0};
    struct channel_event *event = whatsapp_event(r, c, &nobody, CHANNEL_IGNORED);
    struct str what = read_text(r->a, json_get(c->value, "event"));
    event->door = STR_EMPTY;
    event->at = r->time;
    event->note = what.len ? str_format(r->a, "%.*s: %.*s", STR_ARGS(field), STR_ARGS(what)) : field;
    event->dedupe = DEDUPE(r->a, "change", r->account, field, str_format(r->a, "%" PRId64, r->time),
                           dedupe_hash(r->a, json_to_str(r->a, c->value)));
    for (size_t i = 0; i < COUNT_OF(losses); i++)
        if (str_eq(field, STR("account_update")) && str_eq(what, str_from(losses[i])) &&
            (!business.len || !r->account.len ||
             str_eq(business, r->account))) /* of another account it is not ours */
            event->kind = CHANNEL_RIGHTS;
    return true;
}

static void read_change(struct meta_reading *r, const struct json *change, const struct place *at, void *ctx)
{
    (void)ctx;
    struct str field = read_text(r->a, json_get(change, "field"));
    struct place here = {at, "value", -1};
    struct change c = {.value = json_get(change, "value"), .standby = str_eq(field, STR("standby"))};
    if (!json_is(c.value, JSON_OBJECT)) {
        channel_unread(r->events, &here, "is missing or not an object");
        return;
    }
    c.number = read_id(r->a, json_path(c.value, "metadata", "phone_number_id", NULL));
    if (!c.number.len)
        c.number = settings_get(r->settings, "phone_number_id");
    if (read_account(r, &c, field))
        return;
    bool any = meta_each(r, c.value, "messages", &here, read_message, &c);
    any |= meta_each(r, c.value, "statuses", &here, read_status, &c);
    any |= meta_each(r, c.value, "user_id_update", &here, read_id_update, &c);
    any |= meta_each(r, c.value, "calls", &here, read_call, &c);
    c.echo = true;
    any |= meta_each(r, c.value, "message_echoes", &here, read_message, &c);
    if (json_is(json_get(c.value, "errors"), JSON_ARRAY))
        channel_unread(r->events, &here, "tells of an error: %.*s",
                       STR_ARGS(text_shorten(r->a, whatsapp_error_note(r->a, json_get(c.value, "errors")), 120)));
    else if (!any)
        channel_unread(r->events, at, "has the field \"%.*s\" and nothing that is known",
                       STR_ARGS(str_slice(field, 0, 40)));
}

static void read_entry(struct meta_reading *r, const struct json *entry, const struct place *at)
{
    if (!meta_each(r, entry, "changes", at, read_change, NULL))
        channel_unread(r->events, at, "has no changes");
}

static bool receive(struct arena *a, const struct settings *s, struct str body, struct channel_events *events,
                    struct error *e)
{
    return meta_receive(a, s, body, "whatsapp_business_account", read_entry, events, e);
}

/* ---- out: a file is uploaded first (step 0), then sent (1), then words that are no caption (2) ---- */

static const struct file_kind *file_kind_of(struct str mime)
{
    static const struct {
        struct str mime;
        size_t kind;
    } known[] = {{{"image/jpeg", 10}, 0}, {{"image/png", 9}, 0}, {{"video/mp4", 9}, 1},
                 {{"video/3gpp", 10}, 1}, {{"audio/aac", 9}, 2}, {{"audio/amr", 9}, 2},
                 {{"audio/mpeg", 10}, 2}, {{"audio/mp4", 9}, 2}, {{"audio/ogg", 9}, 2}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_starts(mime, known[i].mime))
            return &file_kinds[known[i].kind];
    return &file_kinds[3]; /* anything may go as a document */
}

static bool has_words(const struct outgoing *m)
{
    return str_trim(m->text).len > 0;
}

/* May the words stand under the file? More than 1,024 characters may not. */
static bool words_are_caption(struct arena *a, const struct outgoing *m)
{
    return file_kind_of(m->media->mime)->caption && text_length(a, m->text, LENGTH_CHARACTERS) <= CAPTION_MAX;
}

static bool send_upload(struct arena *a, const struct settings *s, const struct outgoing *m, struct str number,
                        struct http_call *call, struct error *e)
{
    const struct file_kind *kind = file_kind_of(m->media->mime);
    if (m->media->bytes.len > kind->max)
        return fail(e, ERR_BAD_INPUT, "The file has %zu bytes, and WhatsApp takes %zu for %s.", m->media->bytes.len,
                    kind->max, kind->type);
    if (!call_start(a, s, "POST", meta_url(a, s, number, "/media"), call, e))
        return false;
    struct pair fields[] = {{STR("messaging_product"), STR("whatsapp")}, {STR("type"), mime_of(m->media)}};
    call_form(a, call, &(struct pairs){fields, COUNT_OF(fields)}, "file", m->media);
    return true;
}

static struct json *file_part(struct arena *a, const struct outgoing *m, const struct file_kind *kind)
{
    struct json *part = json_object(a);
    json_set_str(a, part, "id", m->carry);
    if (has_words(m) && words_are_caption(a, m))
        json_set_str(a, part, "caption", m->text);
    if (kind->kind == MESSAGE_FILE && m->media->file_name.len)
        json_set_str(a, part, "filename", m->media->file_name);
    return part;
}

/* Phones are digits; business-scoped user ids are not, and have a member of their own. */
static bool is_phone(struct str id)
{
    for (size_t i = id.len && id.ptr[0] == '+' ? 1 : 0; i < id.len; i++)
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
    return id.len > 0;
}

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    if (!outgoing_door(a, &channel_whatsapp, m, e))
        return false;
    struct str number = m->account.len ? m->account : settings_get(s, "phone_number_id");
    if (!number.len)
        return fail(e, ERR_BAD_INPUT, "The setting phone_number_id is missing: from which number shall this go?");
    if (m->media && m->step == 0)
        return send_upload(a, s, m, number, call, e);
    if (!call_start(a, s, "POST", meta_url(a, s, number, "/messages"), call, e))
        return false;
    bool file = m->media && m->step == 1;
    struct json *body = json_object(a), *part;
    json_set_str(a, body, "messaging_product", STR("whatsapp"));
    json_set_str(a, body, "recipient_type", STR("individual"));
    json_set_str(a, body, is_phone(m->to) ? "to" : "recipient", m->to);
    if (m->parent_id.len && !str_starts(m->parent_id, STR("wacid."))) { /* a call cannot be quoted */
        struct json *context = json_object(a);
        json_set_str(a, context, "message_id", m->parent_id);
        json_set(a, body, "context", context);
    }
    const char *type = file ? file_kind_of(m->media->mime)->type : "text";
    if (file) {
        part = file_part(a, m, file_kind_of(m->media->mime));
    } else if (m->approved) {
        type = "template";
        part = whatsapp_template(a, m->approved);
    } else {
        part = json_object(a);
        json_set_str(a, part, "body", m->text);
        json_set_bool(a, part, "preview_url", str_find(m->text, STR("http")) >= 0);
    }
    if (m->idempotency_key.len) /* comes back in the statuses */
        json_set_str(a, body, "biz_opaque_callback_data", m->idempotency_key);
    json_set_str(a, body, "type", str_from(type));
    json_set(a, body, type, part);
    call_json(a, call, body);
    return true;
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status < 200 || reply->status > 299 || json_is(json_get(body, "error"), JSON_OBJECT)) {
        meta_error(a, codes, reply, body, out);
        return;
    }
    struct str id = read_id(a, json_get(json_at(json_get(body, "messages"), 0), "id"));
    if (m->media && m->step == 0) {
        id = read_id(a, json_get(body, "id"));
        if (id.len)
            outcome_next(a, out, id);
        else /* nothing was said to the person yet: it may be tried again */
            outcome_fail(a, out, FAILURE_TRANSIENT, STR("upload"), STR("WhatsApp named no id for the file."));
    } else if (m->media && m->step == 1 && has_words(m) && !words_are_caption(a, m)) {
        outcome_next(a, out, id);
    } else {
        outcome_accept(a, out, id); /* taken, even when the answer cannot be read */
    }
}

/* Step 0 asks for the address of a file, step 1 fetches it: it lives five minutes and wants the token. */
static bool media(struct arena *a, const struct settings *s, const struct channel_media *file, int step,
                  struct str carry, struct http_call *call, struct error *e)
{
    if (step == 0 && !file->media_id.len)
        return fail(e, ERR_BAD_INPUT, "The file has no media id.");
    if (step == 0)
        return call_start(a, s, "GET", meta_url(a, s, file->media_id, ""), call, e);
    struct json *told = json_parse(a, carry, NULL);
    struct str url = told ? read_text(a, json_get(told, "url")) : str_trim(carry);
    if (!https_host(url).len && !same_origin(url, api_base(s)))
        return fail(e, ERR_BAD_INPUT, "WhatsApp named no secure address for the file.");
    if (!call_start(a, s, "GET", str_dup(a, url), call, e))
        return false;
    call->timeout_ms = 60000;
    call->reply_max = (size_t)100 << 20;
    return true;
}

static bool probe(struct arena *a, const struct settings *s, struct http_call *call, struct error *e)
{
    struct str number = settings_get(s, "phone_number_id");
    if (!number.len)
        return fail(e, ERR_BAD_INPUT, "The setting phone_number_id is missing.");
    return call_start(a, s, "GET", meta_url(a, s, number, "?fields=verified_name,quality_rating"), call, e);
}

static void probed(struct arena *a, const struct http_reply *reply, struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status != 200 || !json_is(body, JSON_OBJECT) || json_is(json_get(body, "error"), JSON_OBJECT)) {
        meta_error(a, codes, reply, body, out);
        return;
    }
    outcome_accept(a, out, read_id(a, json_get(body, "id")));
    struct str name = read_text(a, json_get(body, "verified_name"));
    struct str quality = read_text(a, json_get(body, "quality_rating"));
    out->words = quality.len ? str_format(a, "%.*s (%.*s)", STR_ARGS(name), STR_ARGS(quality)) : str_dup(a, name);
}

/* https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates */
static bool approved(struct arena *a, const struct settings *s, struct str after, struct http_call *call,
                     struct error *e)
{
    struct str business = settings_get(s, "business_account_id");
    if (!business.len)
        return fail(e, ERR_NOT_FOUND, "The setting business_account_id is missing.");
    struct buf url;
    buf_init(&url, a, 256);
    buf_str(&url, meta_url(a, s, business, "/message_templates?status=APPROVED&limit=100"));
    if (after.len) {
        buf_cstr(&url, "&after=");
        buf_url(&url, after);
    }
    return call_start(a, s, "GET", buf_view(&url), call, e);
}

static void approved_read(struct arena *a, const struct http_reply *reply, struct approved_list *list,
                          struct outcome *out)
{
    struct json *body = json_parse(a, reply->body, NULL);
    if (reply->status != 200 || !json_is(json_get(body, "data"), JSON_ARRAY)) {
        meta_error(a, codes, reply, body, out);
        return;
    }
    whatsapp_templates(a, body, list);
    outcome_accept(a, out, STR_EMPTY);
}

const struct channel channel_whatsapp = {
    .name = "whatsapp",
    .label = "WhatsApp",
    .icon = "whatsapp",
    .settings = settings,
    .doors = doors,
    .notice = "whatsapp",
    .headers = {"x-hub-signature-256"},
    .guide_steps = 4,
    .honest = "honest.whatsapp",
    .handshake = meta_handshake,
    .verify = meta_verify,
    .receive = receive,
    .send = send,
    .answer = answer,
    .media = media,
    .approved = approved,
    .approved_read = approved_read,
    .probe = probe,
    .probed = probed,
};
