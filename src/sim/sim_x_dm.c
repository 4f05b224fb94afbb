/* SPDX-License-Identifier: Apache-2.0 */
/* Direct messages of the simulated X: sending, and the list of events. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_x.h"

#define DM_MAX 10000

static bool id_below(struct str a, struct str b)
{
    return a.len != b.len ? a.len < b.len : str_cmp(a, b) < 0;
}

struct str sim_x_conversation(struct sim *sim, struct arena *a, const struct sim_person *person)
{
    struct str ours = str_from(sim->lines[SIM_X].account.account_id), theirs = person->ids[SIM_X];
    struct str first = id_below(ours, theirs) ? ours : theirs, second = id_below(ours, theirs) ? theirs : ours;

    return str_format(a, "%.*s-%.*s", STR_ARGS(first), STR_ARGS(second));
}

/* /2/dm_conversations/with/ID/… or /2/dm_conversations/A-B/… */
static struct sim_person *participant(struct sim_call *c)
{
    struct sim *sim = c->sim;
    struct sim_person *person;

    if (c->count >= 4 && str_eq(c->parts[2], STR("with"))) {
        person = sim_person_of(sim, SIM_X, c->parts[3]);
        if (person == NULL && sim->config.lenient)
            person = sim_stranger(sim, SIM_X, c->parts[3]);
        return person;
    }
    for (person = sim->people; person != NULL && c->count >= 3; person = person->next)
        if (str_eq(sim_x_conversation(sim, c->a, person), c->parts[2]))
            return person;
    return NULL;
}

static bool may_write(struct sim_call *c, struct sim_person *person, struct str text, bool media)
{
    if (person == NULL || sim_fault_take(c->sim, SIM_X, SIM_FAULT_GONE)) {
        sim_x.refuse(c, SIM_FAULT_GONE, NULL);
        return false;
    }
    if (text.len == 0 && !media)
        return sim_x_invalid(c, "At least one of `text`, `attachments` is required.");
    if (text_length(c->a, text, LENGTH_CHARACTERS) > DM_MAX)
        return sim_x_invalid(c, "The text of the message is too long.");
    if (sim_fault_take(c->sim, SIM_X, SIM_FAULT_CONTENT)) {
        sim_x.refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    if (person->blocked[SIM_X] || sim_fault_take(c->sim, SIM_X, SIM_FAULT_BLOCKED) ||
        (person->dms_closed && sim_last_from(c->sim, SIM_X, person) == NULL)) {
        sim_x.refuse(c, SIM_FAULT_BLOCKED, NULL);
        return false;
    }
    return true;
}

static void send_dm(struct sim_call *c)
{
    struct str text = json_text(json_get(c->body, "text"));
    const struct json *attachment = json_at(json_get(c->body, "attachments"), 0);
    struct sim_person *person = participant(c);
    struct json *data = json_object(c->a), *ids = NULL;
    struct sim_media *media;
    struct sim_item *item;
    bool fine = true, first;

    if (attachment != NULL) {
        ids = json_array(c->a);
        json_push(c->a, ids, json_new_str(c->a, json_id(json_get(attachment, "media_id"))));
    }
    media = sim_x_media_of(c, ids, &fine);
    if (!fine || !may_write(c, person, text, media != NULL))
        return;
    item = sim_item_new(c->sim, SIM_X, SIM_PRIVATE, sim_new_x_id(c->sim));
    item->person = person;
    item->text = sim_copy(c->sim, text);
    item->media = media;
    if (media != NULL)
        item->media_kind = STR("picture");
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "dm", person->ids[SIM_X]);
    sim_x_dm(c->sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? c->sim->hook_serial : 0;
    json_set_str(c->a, data, "dm_conversation_id", sim_x_conversation(c->sim, c->a, person));
    json_set_str(c->a, data, "dm_event_id", item->id);
    sim_x_answer(c, 201, data);
}

static struct json *event_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *event = json_object(c->a), *attachments, *keys;

    json_set_str(c->a, event, "id", item->id);
    json_set_str(c->a, event, "event_type", STR("MessageCreate"));
    json_set_str(c->a, event, "text", item->text);
    json_set_str(c->a, event, "sender_id",
                 item->author != NULL ? item->author->ids[SIM_X] : str_from(c->sim->lines[SIM_X].account.account_id));
    json_set_str(c->a, event, "dm_conversation_id", sim_x_conversation(c->sim, c->a, item->person));
    json_set_str(c->a, event, "created_at", sim_x_time(c->a, item->at));
    if (item->media != NULL) {
        attachments = json_object(c->a);
        keys = json_array(c->a);
        json_push(c->a, keys, json_new_str(c->a, str_format(c->a, "3_%.*s", STR_ARGS(item->media->id))));
        json_set(c->a, attachments, "media_keys", keys);
        json_set(c->a, event, "attachments", attachments);
    }
    return event;
}

static bool is_event(const struct sim_item *item, const struct sim_person *only)
{
    return item->network == SIM_X && item->kind == SIM_PRIVATE && !item->deleted &&
           (only == NULL || item->person == only);
}

static void list_events(struct sim_call *c, const struct sim_person *only)
{
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);
    struct x_page page;

    if (!sim_x_page(c, 1, 100, &page))
        return;
    for (i = 0; i < count; i++)
        if (is_event(all[i], only) && sim_x_page_takes(&page, all[i]->id))
            json_push(c->a, page.data, event_json(c, all[i]));
    sim_x_page_answer(c, &page);
    if (str_find(http_query(c->req, "expansions"), STR("sender_id")) >= 0)
        sim_x_include_users(c);
}

void sim_x_dm_call(struct sim_call *c)
{
    struct sim_person *person;

    if (str_eq(c->parts[1], STR("dm_events"))) {
        list_events(c, NULL);
        return;
    }
    if (c->req->method == HTTP_POST) {
        send_dm(c);
        return;
    }
    person = participant(c);
    if (person == NULL)
        sim_x.refuse(c, SIM_FAULT_GONE, NULL);
    else
        list_events(c, person);
}
