/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Messenger, of a Page and of an Instagram account: the Send API with its windows and private replies,
 * attachment upload, and the webhooks of private talk (messages, echoes, edits, deliveries, reads). */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_meta.h"

#define TEXT_MAX        2000 /* characters */
#define INSTAGRAM_MAX   1000 /* bytes */
#define WINDOW_US       (24 * HOUR_US)
#define HUMAN_WINDOW_US (7 * DAY_US)

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    sim_drivers[c->network]->refuse(c, fault, detail);
}

/* ---- webhooks ---- */

static struct str page_id(const struct sim *sim, enum sim_network network)
{
    return str_from(sim->lines[network].account.account_id);
}

/* The envelope of one messaging event; by_page says who is the sender. */
static struct json *messaging_new(struct sim *sim, struct arena *a, enum sim_network network,
                                  const struct sim_person *person, bool by_page, int64_t at)
{
    struct json *event = json_object(a), *sender = json_object(a), *recipient = json_object(a);

    json_set_str(a, sender, "id", by_page ? page_id(sim, network) : person->ids[network]);
    json_set_str(a, recipient, "id", by_page ? person->ids[network] : page_id(sim, network));
    json_set(a, event, "sender", sender);
    json_set(a, event, "recipient", recipient);
    json_set_int(a, event, "timestamp", at / 1000);
    return event;
}

static uint64_t queue_messaging(struct sim *sim, struct arena *a, enum sim_network network, struct sim_item *item,
                                struct json *event, int delay_ms)
{
    struct json *body = json_object(a), *entries = json_array(a), *entry = json_object(a), *list = json_array(a);

    json_push(a, list, event);
    json_set_str(a, entry, "id", page_id(sim, network));
    json_set_int(a, entry, "time", sim_now(sim) / 1000);
    json_set(a, entry, "messaging", list);
    json_push(a, entries, entry);
    json_set_str(a, body, "object", network == SIM_INSTAGRAM ? STR("instagram") : STR("page"));
    json_set(a, body, "entry", entries);
    return sim_hook_add(sim, network, item, sim_meta_escape(a, json_to_str(a, body)), delay_ms);
}

static void set_location(struct arena *a, struct json *attachment, struct json *payload)
{
    struct json *coordinates = json_object(a);

    json_set_str(a, attachment, "type", STR("location"));
    json_set_str(a, attachment, "title", STR("Torino Porta Susa"));
    json_set(a, coordinates, "lat", json_new_real(a, 45.0718));
    json_set(a, coordinates, "long", json_new_real(a, 7.6650));
    json_set(a, payload, "coordinates", coordinates);
}

static struct json *attachments_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *list = json_array(a), *attachment = json_object(a), *payload = json_object(a);

    if (str_eq(item->media_kind, STR("location"))) {
        set_location(a, attachment, payload);
    } else if (item->media != NULL) {
        json_set_str(a, attachment, "type",
                     str_starts(item->media->mime, STR("image/")) ? STR("image") : STR("file"));
        json_set_str(a, payload, "url", sim_media_url(sim, a, item->media));
        if (str_eq(item->media_kind, STR("sticker")))
            json_set_int(a, payload, "sticker_id", INT64_C(369239263222822));
    } else {
        json_set_str(a, attachment, "type", STR("fallback")); /* a shared thing the API does not describe */
        json_set_str(a, attachment, "title", STR("Shared content"));
    }
    json_set(a, attachment, "payload", payload);
    json_push(a, list, attachment);
    return list;
}

static struct json *message_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *message = json_object(a), *reply_to;

    json_set_str(a, message, "mid", item->id);
    if (item->author == NULL) {
        json_set_bool(a, message, "is_echo", true);
        json_set_int(a, message, "app_id", INT64_C(880244019377512));
        if (item->key.len > 0)
            json_set_str(a, message, "metadata", item->key);
    }
    if (item->text.len > 0)
        json_set_str(a, message, "text", item->text);
    if (item->network == SIM_INSTAGRAM && str_eq(item->media_kind, STR("unsupported")))
        json_set_bool(a, message, "is_unsupported", true);
    else if (item->media_kind.len > 0)
        json_set(a, message, "attachments", attachments_json(sim, a, item));
    if (item->parent != NULL && item->parent->kind == SIM_PRIVATE) {
        reply_to = json_object(a);
        json_set_str(a, reply_to, "mid", item->parent->id);
        json_set(a, message, "reply_to", reply_to);
    }
    return message;
}

static uint64_t queue_message(struct sim *sim, struct arena *a, struct sim_item *item, int delay_ms)
{
    struct json *event = messaging_new(sim, a, item->network, item->person, item->author == NULL, item->at);

    json_set(a, event, "message", message_json(sim, a, item));
    return queue_messaging(sim, a, item->network, item, event, delay_ms);
}

void sim_messenger_message(struct sim *sim, struct arena *a, struct sim_item *item, const char *verb, int delay_ms)
{
    struct json *event, *part;

    if (strcmp(verb, "add") == 0) {
        queue_message(sim, a, item, delay_ms);
        return;
    }
    event = messaging_new(sim, a, item->network, item->person, item->author == NULL, sim_now(sim));
    part = json_object(a);
    json_set_str(a, part, "mid", item->id);
    if (strcmp(verb, "edited") == 0) {
        json_set_str(a, part, "text", item->text);
        json_set_int(a, part, "num_edit", item->edits);
        json_set(a, event, "message_edit", part);
    } else {
        json_set_bool(a, part, "is_deleted", true);
        json_set(a, event, "message", part);
    }
    queue_messaging(sim, a, item->network, item, event, delay_ms);
}

void sim_messenger_mark(struct sim *sim, struct arena *a, struct sim_item *item, enum sim_mark mark, int delay_ms)
{
    struct json *event = messaging_new(sim, a, item->network, item->person, false, sim_now(sim)),
                *part = json_object(a), *mids;

    if (mark == SIM_MARK_DELIVERED) {
        mids = json_array(a);
        json_push(a, mids, json_new_str(a, item->id));
        json_set(a, part, "mids", mids);
    }
    if (item->network == SIM_INSTAGRAM)
        json_set_str(a, part, "mid", item->id);
    else
        json_set_int(a, part, "watermark", (mark == SIM_MARK_DELIVERED ? item->at : sim_now(sim)) / 1000);
    json_set(a, event, mark == SIM_MARK_DELIVERED ? "delivery" : "read", part);
    queue_messaging(sim, a, item->network, NULL, event, delay_ms);
}

void sim_messenger_reaction(struct sim *sim, struct arena *a, struct sim_item *item, struct sim_person *by)
{
    struct json *event = messaging_new(sim, a, item->network, by, false, sim_now(sim)), *part = json_object(a);

    json_set_str(a, part, "reaction", STR("love"));
    json_set_str(a, part, "emoji", STR("\u2764\uFE0F"));
    json_set_str(a, part, "action", STR("react"));
    json_set_str(a, part, "mid", item->id);
    json_set(a, event, "reaction", part);
    queue_messaging(sim, a, item->network, item, event, 0);
}

void sim_messenger_tell(struct sim_deed *d)
{
    struct sim *sim = d->sim;

    if (d->verb == SIM_WROTE)
        sim_messenger_message(sim, d->a, d->item, "add", 0);
    else if (d->verb == SIM_EDITED)
        sim_messenger_message(sim, d->a, d->item, "edited", 0);
    else if (d->verb == SIM_REMOVED)
        sim_messenger_message(sim, d->a, d->item, "remove", 0);
    else if (d->verb == SIM_LIKED)
        sim_messenger_reaction(sim, d->a, d->item, d->person);
    else if (d->verb == SIM_READ)
        sim_messenger_mark(sim, d->a, d->item, SIM_MARK_READ, 0);
}

/* ---- the Send API ---- */

struct sending {
    struct sim_person *person;
    struct sim_item *comment; /* private reply to it, or to a visitor's post */
    struct str text, key;
    struct sim_media *media;
};

/* recipient and message are objects in JSON, and JSON text in a form. */
static const struct json *object_param(struct sim_call *c, const char *name)
{
    const struct json *j = json_get(c->body, name);
    struct str text;

    if (j == NULL) {
        text = http_form(c->req, name);
        j = text.len > 0 ? json_parse(c->a, text, NULL) : NULL;
    }
    return j;
}

static bool find_recipient(struct sim_call *c, struct sending *s)
{
    const struct json *recipient = object_param(c, "recipient");
    struct str comment = json_id(json_get(recipient, "comment_id")), id = json_id(json_get(recipient, "id"));
    struct str post = json_id(json_get(recipient, "post_id"));

    if (comment.len > 0 || post.len > 0) {
        s->comment = comment.len > 0 ? sim_call_target(c, comment, SIM_COMMENT) : sim_call_target(c, post, SIM_POST);
        if (s->comment == NULL || s->comment->author == NULL) {
            refuse(c, SIM_FAULT_GONE, NULL);
            return false;
        }
        s->person = s->comment->author;
        return true;
    }
    if (id.len == 0) {
        refuse(c, SIM_FAULT_CONTENT, "(#100) The parameter recipient is required");
        return false;
    }
    s->person = sim_person_of(c->sim, c->network, id);
    if (s->person == NULL && c->sim->config.lenient)
        s->person = sim_stranger(c->sim, c->network, id);
    if (s->person == NULL || sim_fault_take(c->sim, c->network, SIM_FAULT_GONE)) {
        sim_graph_error(c, 400, 100, c->network == SIM_INSTAGRAM ? 2534014 : 2018001, "(#100) No matching user found",
                        NULL);
        return false;
    }
    return true;
}

static bool is_too_long(struct sim_call *c, struct str text)
{
    if (c->network == SIM_INSTAGRAM)
        return text.len > INSTAGRAM_MAX;
    return text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX;
}

static bool find_content(struct sim_call *c, struct sending *s)
{
    const struct json *message = object_param(c, "message");
    const struct json *payload = json_path(message, "attachment", "payload", NULL);

    s->text = json_text(json_get(message, "text"));
    s->key = json_text(json_get(message, "metadata"));
    s->media = sim_media_find(c->sim, json_id(json_get(payload, "attachment_id")));
    if (s->media == NULL && payload != NULL)
        s->media = sim_call_upload(c);
    if (payload != NULL && s->media == NULL && json_text(json_get(payload, "url")).len == 0) {
        sim_graph_error(c, 400, 100, 2018008, "(#100) Failed to fetch the file from the url", NULL);
        return false;
    }
    if (s->text.len == 0 && payload == NULL) {
        refuse(c, SIM_FAULT_CONTENT, "(#100) param message must be non-empty.");
        return false;
    }
    if (is_too_long(c, s->text)) {
        refuse(c, SIM_FAULT_CONTENT,
               "(#100) Length of param message[text] must be less than or equal to the maximum");
        return false;
    }
    if (sim_fault_take(c->sim, c->network, SIM_FAULT_CONTENT)) {
        refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    return true;
}

static bool window_open(struct sim_call *c, const struct sending *s)
{
    bool human = str_eq(sim_param(c, "tag"), STR("HUMAN_AGENT"));
    struct sim_item *last;
    int64_t since;

    if (s->comment != NULL) {
        since = sim_now(c->sim) - s->comment->at;
        return since <= HUMAN_WINDOW_US;
    }
    last = sim_last_from(c->sim, c->network, s->person);
    if (last == NULL)
        return c->sim->config.lenient;
    since = sim_now(c->sim) - last->at;
    return since <= (human ? HUMAN_WINDOW_US : WINDOW_US);
}

static bool may_send(struct sim_call *c, const struct sending *s)
{
    struct sim *sim = c->sim;

    if (s->person->blocked[c->network] || sim_fault_take(sim, c->network, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return false;
    }
    if (s->comment != NULL && s->comment->answered_privately) {
        if (c->network == SIM_INSTAGRAM)
            sim_graph_error(c, 400, 100, 2534025, "(#100) This comment was already replied to in private", NULL);
        else
            sim_graph_error(c, 400, 10900, 0, "(#10900) Activity already replied to", NULL);
        return false;
    }
    if (sim_fault_take(sim, c->network, SIM_FAULT_WINDOW) || !window_open(c, s)) {
        refuse(c, SIM_FAULT_WINDOW, NULL);
        return false;
    }
    return true;
}

static void do_send(struct sim_call *c, const struct sending *s)
{
    struct sim *sim = c->sim;
    struct sim_item *item;
    uint64_t echo;
    bool first;

    item = sim_item_new(sim, c->network, SIM_PRIVATE, sim_new_id(sim, c->network, SIM_PRIVATE, s->person, STR_EMPTY));
    item->person = s->person;
    item->parent = s->comment;
    item->private_reply = s->comment != NULL;
    item->text = sim_copy(sim, s->text);
    item->key = sim_copy(sim, s->key);
    item->media = s->media;
    if (s->media != NULL)
        item->media_kind = str_starts(s->media->mime, STR("image/")) ? STR("picture") : STR("file");
    item->mark = SIM_MARK_SENT;
    if (s->comment != NULL)
        s->comment->answered_privately = true;
    sim_call_sent(c, item,
                  s->comment != NULL            ? "private_reply"
                  : c->network == SIM_INSTAGRAM ? "dm"
                                                : "messenger",
                  s->comment != NULL ? s->comment->id : s->person->ids[c->network]);
    echo = queue_message(sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    if (c->network != SIM_INSTAGRAM) { /* which tells of no delivery */
        item->mark = SIM_MARK_DELIVERED;
        sim_messenger_mark(sim, c->a, item, SIM_MARK_DELIVERED, sim->config.delivered_ms);
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "recipient_id", s->person->ids[c->network]);
    json_set_str(c->a, c->answer, "message_id", item->id);
}

void sim_messenger_send(struct sim_call *c)
{
    struct sending s = {NULL, NULL, STR_EMPTY, STR_EMPTY, NULL};
    struct str type = sim_param(c, "messaging_type");

    if (!find_recipient(c, &s))
        return;
    if (sim_param(c, "sender_action").len > 0) {
        c->answer = json_object(c->a);
        json_set_str(c->a, c->answer, "recipient_id", s.person->ids[c->network]);
        return;
    }
    if (type.len > 0 && !str_eq(type, STR("RESPONSE")) && !str_eq(type, STR("UPDATE")) &&
        !str_eq(type, STR("MESSAGE_TAG"))) {
        refuse(c, SIM_FAULT_CONTENT, "(#100) Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}");
        return;
    }
    if (str_eq(type, STR("MESSAGE_TAG")) && sim_param(c, "tag").len == 0) {
        refuse(c, SIM_FAULT_CONTENT, "(#100) A tag is required with messaging_type MESSAGE_TAG");
        return;
    }
    if (find_content(c, &s) && may_send(c, &s))
        do_send(c, &s);
}

void sim_messenger_upload(struct sim_call *c)
{
    struct sim_media *media = sim_call_upload(c);

    if (media == NULL) {
        sim_graph_error(c, 400, 100, 2018047, "(#100) Upload attachment failure.", NULL);
        return;
    }
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "attachment_id", media->id);
}

static struct json *party_json(struct sim *sim, struct arena *a, enum sim_network network,
                               const struct sim_person *person)
{
    struct json *party = json_object(a);

    json_set_str(a, party, "id", person != NULL ? person->ids[network] : page_id(sim, network));
    if (network == SIM_INSTAGRAM)
        json_set_str(a, party, "username", person != NULL ? person->handle : str_from(sim->config.handle));
    else
        json_set_str(a, party, "name", person != NULL ? person->name : str_from(sim->config.brand));
    return party;
}

/* {data: [one]} */
static struct json *data_of(struct arena *a, struct json *one)
{
    struct json *data = json_object(a), *list = json_array(a);

    json_push(a, list, one);
    json_set(a, data, "data", list);
    return data;
}

/* A message as the list of a talk shows it. */
static struct json *listed_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *one = json_object(a), *file, *data;
    bool picture = item->media != NULL && str_starts(item->media->mime, STR("image/"));

    json_set_str(a, one, "id", item->id);
    json_set_str(a, one, "message", item->text);
    json_set_str(a, one, "created_time", sim_graph_time(a, item->at));
    json_set(a, one, "from", party_json(sim, a, item->network, item->author));
    json_set(a, one, "to", data_of(a, party_json(sim, a, item->network, item->author != NULL ? NULL : item->person)));
    if (item->media == NULL)
        return one;
    file = json_object(a);
    json_set_str(a, file, "id", item->media->id);
    json_set_str(a, file, "mime_type", item->media->mime);
    data = json_object(a);
    json_set_str(a, data, "url", sim_media_url(sim, a, item->media));
    if (picture)
        json_set(a, file, "image_data", data);
    else
        json_set_str(a, file, "file_url", sim_media_url(sim, a, item->media));
    json_set(a, one, "attachments", data_of(a, file));
    return one;
}

/* GET /{page}/conversations?user_id=: the talk with one person, newest first; without it, everybody's. */
void sim_messenger_talks(struct sim_call *c)
{
    struct json *data = json_array(c->a), *talk, *messages, *list;
    struct str only = http_query(c->req, "user_id");
    struct sim_person *person;
    struct sim_item *item;

    for (person = c->sim->people; person != NULL; person = person->next) {
        if (only.len > 0 && !str_eq(only, person->ids[c->network]))
            continue;
        list = json_array(c->a);
        for (item = c->sim->items; item != NULL; item = item->next) {
            if (item->network != c->network || item->person != person || item->deleted)
                continue;
            json_push(c->a, list, listed_json(c->sim, c->a, item));
        }
        if (json_count(list) == 0)
            continue;
        talk = json_object(c->a);
        messages = json_object(c->a);
        json_set(c->a, messages, "data", list);
        json_set_str(c->a, talk, "id", str_format(c->a, "t_%.*s", STR_ARGS(person->ids[c->network])));
        json_set(c->a, talk, "messages", messages);
        json_push(c->a, data, talk);
    }
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "data", data);
}
