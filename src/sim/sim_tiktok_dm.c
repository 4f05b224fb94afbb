/* SPDX-License-Identifier: Apache-2.0 */
/* Direct messages of the simulated TikTok: only into talks that a person began, within 48 hours of their last words;
 * pictures after asking whether they may be sent. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_tiktok.h"

#define TEXT_MAX  6000
#define WINDOW_US (48 * HOUR_US)

static bool last_is(const struct sim_call *c, const char *name, const char *verb)
{
    return c->count >= 2 && str_eq(c->parts[c->count - 2], str_from(name)) &&
           str_eq(c->parts[c->count - 1], str_from(verb));
}

static struct sim_person *person_of_talk(struct sim_call *c, struct str talk)
{
    struct sim_person *person = c->sim->people;

    while (person != NULL && !str_eq(sim_tiktok_talk(c->a, person), talk))
        person = person->next;
    return person;
}

static bool may_write(struct sim_call *c, struct sim_person *person)
{
    const struct sim_item *last = sim_last_from(c->sim, SIM_TIKTOK, person);

    if (last == NULL && !c->sim->config.lenient) {
        sim_tiktok_problem(c, 40007, "The conversation does not exist.");
        return false;
    }
    if (person->blocked[SIM_TIKTOK] || sim_fault_take(c->sim, SIM_TIKTOK, SIM_FAULT_BLOCKED)) {
        sim_tiktok_refuse(c, SIM_FAULT_BLOCKED, NULL);
        return false;
    }
    if ((last != NULL && sim_now(c->sim) - last->at > WINDOW_US) ||
        sim_fault_take(c->sim, SIM_TIKTOK, SIM_FAULT_WINDOW)) {
        sim_tiktok_refuse(c, SIM_FAULT_WINDOW, NULL);
        return false;
    }
    return true;
}

static bool content_fits(struct sim_call *c, struct str text, const struct sim_media *media)
{
    if (media == NULL && str_trim(text).len == 0)
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, "text.body: Missing data for required field.");
    else if (text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX)
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, "text.body: Length must be between 1 and 6000.");
    else if (sim_fault_take(c->sim, SIM_TIKTOK, SIM_FAULT_CONTENT))
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

static void send(struct sim_call *c)
{
    struct str text = json_text(json_path(c->body, "text", "body", NULL));
    struct str picture = json_text(json_path(c->body, "image", "media_id", NULL));
    struct sim_media *media = picture.len > 0 ? sim_media_find(c->sim, picture) : NULL;
    struct sim_person *person = person_of_talk(c, json_text(json_get(c->body, "recipient")));
    struct json *data = json_object(c->a), *message = json_object(c->a);
    struct sim_item *item;
    uint64_t echo;
    bool first;

    if (person == NULL || !str_eq(json_text(json_get(c->body, "recipient_type")), STR("CONVERSATION"))) {
        sim_tiktok_problem(c, 40007, "The conversation does not exist.");
        return;
    }
    if (picture.len > 0 && media == NULL) {
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, "image.media_id: Invalid value.");
        return;
    }
    if (!may_write(c, person) || !content_fits(c, text, media))
        return;
    item =
        sim_item_new(c->sim, SIM_TIKTOK, SIM_PRIVATE, sim_new_id(c->sim, SIM_TIKTOK, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(c->sim, text);
    item->media = media;
    item->media_kind = media != NULL ? STR("picture") : STR_EMPTY;
    item->mark = SIM_MARK_SENT;
    sim_call_sent(c, item, "dm", person->ids[SIM_TIKTOK]);
    echo = sim_tiktok_message(c->sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    json_set_str(c->a, message, "message_id", item->id);
    json_set(c->a, data, "message", message);
    sim_tiktok_answer(c, data);
}

static void tell_capabilities(struct sim_call *c)
{
    struct json *data = json_object(c->a), *list = json_array(c->a), *one = json_object(c->a);

    json_set_str(c->a, one, "capability_type", STR("IMAGE_SEND"));
    json_set_bool(c->a, one, "capability_result", person_of_talk(c, http_query(c->req, "conversation_id")) != NULL);
    json_push(c->a, list, one);
    json_set(c->a, data, "capability_infos", list);
    sim_tiktok_answer(c, data);
}

static void upload(struct sim_call *c)
{
    struct sim_media *media = sim_call_upload(c);
    struct json *data = json_object(c->a);

    if (media == NULL) {
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, "file: Missing data for required field.");
        return;
    }
    json_set_str(c->a, data, "media_id", media->id);
    sim_tiktok_answer(c, data);
}

static void tell_address(struct sim_call *c)
{
    struct sim_media *media = sim_media_find(c->sim, json_text(json_get(c->body, "media_id")));
    struct json *data = json_object(c->a);

    if (media == NULL || person_of_talk(c, json_text(json_get(c->body, "conversation_id"))) == NULL) {
        sim_tiktok_problem(c, 40007, "The media does not exist.");
        return;
    }
    json_set_str(c->a, data, "download_url", sim_media_url(c->sim, c->a, media));
    sim_tiktok_answer(c, data);
}

/* ---- lists ---- */

static struct sim_item *last_of_talk(struct sim_call *c, const struct sim_person *person, bool ours)
{
    struct sim_item *item, *last = NULL;

    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_TIKTOK && item->kind == SIM_PRIVATE && item->person == person && !item->past &&
            (item->author == NULL || !ours))
            last = item;
    return last;
}

/* Talks that the brand answered (SINGLE), or never did (STRANGER). */
static void list_talks(struct sim_call *c)
{
    bool answered = str_eq(http_query(c->req, "conversation_type"), STR("SINGLE"));
    struct json *data = json_object(c->a), *list = json_array(c->a), *one;
    const struct sim_person *person;

    for (person = c->sim->people; person != NULL; person = person->next) {
        const struct sim_item *last = last_of_talk(c, person, false);
        if (last == NULL || (last_of_talk(c, person, true) != NULL) != answered)
            continue;
        one = json_object(c->a);
        json_set_str(c->a, one, "conversation_id", sim_tiktok_talk(c->a, person));
        json_set_int(c->a, one, "update_time", last->at / 1000);
        json_push(c->a, list, one);
    }
    json_set(c->a, data, "conversations", list);
    json_set_bool(c->a, data, "has_more", false);
    json_set_int(c->a, data, "cursor", (int64_t)json_count(list));
    sim_tiktok_answer(c, data);
}

static void list_messages(struct sim_call *c)
{
    const struct sim_person *person = person_of_talk(c, http_query(c->req, "conversation_id"));
    struct json *data = json_object(c->a), *list = json_array(c->a), *people = json_array(c->a), *one;
    const struct sim_item *item;

    if (person == NULL) {
        sim_tiktok_problem(c, 40007, "The conversation does not exist.");
        return;
    }
    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_TIKTOK && item->kind == SIM_PRIVATE && item->person == person && !item->past &&
            !item->deleted)
            json_push(c->a, list, sim_tiktok_message_json(c->sim, c->a, item, "message_type"));
    one = json_object(c->a);
    json_set_str(c->a, one, "role", STR("PERSONAL_ACCOUNT"));
    json_set_str(c->a, one, "id", person->ids[SIM_TIKTOK]);
    json_set_str(c->a, one, "display_name", person->name);
    json_push(c->a, people, one);
    json_set(c->a, data, "participants", people);
    json_set(c->a, data, "messages", list);
    sim_tiktok_answer(c, data);
}

void sim_tiktok_dm_call(struct sim_call *c)
{
    bool post = c->req->method == HTTP_POST;

    if (post && last_is(c, "message", "send"))
        send(c);
    else if (post && last_is(c, "media", "upload"))
        upload(c);
    else if (post && last_is(c, "media", "download"))
        tell_address(c);
    else if (last_is(c, "conversation", "list"))
        list_talks(c);
    else if (last_is(c, "content", "list"))
        list_messages(c);
    else if (last_is(c, "capabilities", "get"))
        tell_capabilities(c);
    else
        sim_tiktok_problem(c, 40002, "This is not simulated");
}
