/* SPDX-License-Identifier: Apache-2.0 */
/* Direct messages of the simulated Bluesky: the service behind the account's server, reached by the header that names
 * it. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_bluesky.h"

#define CHAT_SERVICE "did:web:api.bsky.chat#bsky_chat"
#define GRAPHEMES    1000

/* A talk is called after the person. */
static struct str talk_id(const struct sim *sim, struct arena *a, const struct sim_person *person)
{
    return str_slice(sim_bluesky_cid(a, sim_bluesky_did(sim, person)), 7, 20);
}

static struct sim_person *talk_of(struct sim_call *c, struct str id)
{
    struct sim_person *person = c->sim->people;

    while (person != NULL && !str_eq(talk_id(c->sim, c->a, person), id))
        person = person->next;
    return person;
}

static bool is_of(const struct sim_item *item, const struct sim_person *person)
{
    return item->network == SIM_BLUESKY && item->kind == SIM_PRIVATE && item->person == person;
}

static struct json *message_json(const struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *message = json_object(a), *sender = json_object(a);

    json_set_str(a, message, "$type",
                 item->deleted ? STR("chat.bsky.convo.defs#deletedMessageView")
                               : STR("chat.bsky.convo.defs#messageView"));
    json_set_str(a, message, "id", item->id);
    json_set_str(a, message, "rev", item->id);
    if (!item->deleted)
        json_set_str(a, message, "text", item->text);
    json_set_str(a, sender, "did", sim_bluesky_did(sim, item->author));
    json_set(a, message, "sender", sender);
    json_set_str(a, message, "sentAt", sim_bluesky_time(a, item->at));
    return message;
}

static struct json *talk_json(struct sim_call *c, const struct sim_person *person)
{
    struct json *talk = json_object(c->a), *members = json_array(c->a);
    const struct sim_item *item, *last = NULL;

    for (item = c->sim->items; item != NULL; item = item->next)
        last = is_of(item, person) ? item : last;
    json_set_str(c->a, talk, "id", talk_id(c->sim, c->a, person));
    json_set_str(c->a, talk, "rev", last != NULL ? last->id : STR("2222222222222"));
    json_push(c->a, members, sim_bluesky_profile(c->sim, c->a, NULL));
    json_push(c->a, members, sim_bluesky_profile(c->sim, c->a, person));
    json_set(c->a, talk, "members", members);
    if (last != NULL)
        json_set(c->a, talk, "lastMessage", message_json(c->sim, c->a, last));
    json_set_bool(c->a, talk, "muted", false);
    json_set_str(c->a, talk, "status", STR("accepted"));
    json_set_int(c->a, talk, "unreadCount", 0);
    return talk;
}

static int64_t last_heard(const struct sim *sim, const struct sim_person *person)
{
    const struct sim_item *item;
    int64_t at = 0;

    for (item = sim->items; item != NULL; item = item->next)
        at = is_of(item, person) ? item->at : at;
    return at;
}

/* The one that was heard last first. */
static void list_talks(struct sim_call *c)
{
    struct json *talks = json_array(c->a);
    struct sim_person *person, **all;
    size_t n = 0, i, k;

    for (person = c->sim->people; person != NULL; person = person->next)
        n++;
    all = ARENA_ARRAY(c->a, struct sim_person *, n + 1);
    n = 0;
    for (person = c->sim->people; person != NULL; person = person->next) {
        if (last_heard(c->sim, person) == 0)
            continue;
        for (i = 0; i < n && last_heard(c->sim, all[i]) >= last_heard(c->sim, person);)
            i++;
        for (k = n++; k > i; k--)
            all[k] = all[k - 1];
        all[i] = person;
    }
    for (i = 0; i < n && i < 100; i++)
        json_push(c->a, talks, talk_json(c, all[i]));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "convos", talks);
}

static void list_messages(struct sim_call *c, const struct sim_person *person)
{
    struct json *messages = json_array(c->a);
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);
    int64_t from = 0, at = 0, most = 100;

    if (http_query(c->req, "cursor").len > 0 && !str_int64(http_query(c->req, "cursor"), &from)) {
        sim_bluesky_error(c, 400, "InvalidRequest", STR("Error: cursor is not valid"));
        return;
    }
    for (i = 0; i < count; i++) {
        if (!is_of(all[i], person))
            continue;
        if (at >= from && at < from + most)
            json_push(c->a, messages, message_json(c->sim, c->a, all[i]));
        at++;
    }
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "messages", messages);
    if (at > from + most)
        json_set_str(c->a, c->answer, "cursor", str_format(c->a, "%lld", (long long)from + most));
}

static void get_talk(struct sim_call *c)
{
    struct sim_person *person = sim_call_person(c, http_query(c->req, "members"));

    if (person == NULL || sim_fault_take(c->sim, SIM_BLUESKY, SIM_FAULT_GONE)) {
        sim_bluesky_error(c, 400, "InvalidConvo", STR("Recipient not found"));
    } else if (person->blocked[SIM_BLUESKY] || sim_fault_take(c->sim, SIM_BLUESKY, SIM_FAULT_BLOCKED)) {
        sim_bluesky.refuse(c, SIM_FAULT_BLOCKED, NULL);
    } else {
        c->answer = json_object(c->a);
        json_set(c->a, c->answer, "convo", talk_json(c, person));
    }
}

static void send_message(struct sim_call *c)
{
    struct sim_person *person = talk_of(c, json_text(json_get(c->body, "convoId")));
    struct str text = json_text(json_path(c->body, "message", "text", NULL));
    struct sim_item *item;

    if (person == NULL) {
        sim_bluesky.refuse(c, SIM_FAULT_GONE, "Convo not found");
        return;
    }
    if (!sim_bluesky_fits(c, text, GRAPHEMES, "message"))
        return;
    if (sim_fault_take(c->sim, SIM_BLUESKY, SIM_FAULT_CONTENT)) {
        sim_bluesky.refuse(c, SIM_FAULT_CONTENT, NULL);
        return;
    }
    if (person->blocked[SIM_BLUESKY]) {
        sim_bluesky.refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    item =
        sim_item_new(c->sim, SIM_BLUESKY, SIM_PRIVATE, sim_new_id(c->sim, SIM_BLUESKY, SIM_PRIVATE, NULL, STR_EMPTY));
    item->person = person;
    item->text = sim_copy(c->sim, text);
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "dm", sim_bluesky_did(c->sim, person));
    c->answer = message_json(c->sim, c->a, item);
}

bool sim_bluesky_talks_call(struct sim_call *c)
{
    struct sim_person *person;

    if (c->count != 2 || !str_starts(c->parts[1], STR("chat.bsky.convo.")))
        return false;
    if (!str_eq(http_header(c->req, "atproto-proxy"), STR(CHAT_SERVICE)))
        return false;
    if (sim_bluesky_is(c, "chat.bsky.convo.listConvos")) {
        list_talks(c);
    } else if (sim_bluesky_is(c, "chat.bsky.convo.getConvoForMembers")) {
        get_talk(c);
    } else if (sim_bluesky_is(c, "chat.bsky.convo.sendMessage")) {
        send_message(c);
    } else if (sim_bluesky_is(c, "chat.bsky.convo.getMessages")) {
        person = talk_of(c, http_query(c->req, "convoId"));
        if (person != NULL)
            list_messages(c, person);
        else
            sim_bluesky.refuse(c, SIM_FAULT_GONE, "Convo not found");
    } else {
        return false;
    }
    return true;
}
