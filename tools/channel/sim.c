/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated @Label@: private talks. What it tells, what it answers, and what it never tells, in a sentence or two. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

#define TEXT_MAX 2000

/* Ids above 2^53, so that nothing on the way may take them for numbers. */
static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 16);

    (void)kind;
    (void)person;
    (void)root;
    return str_format(sim->state, "90%.*s", STR_ARGS(digits));
}

/* ---- webhooks ---- */

static struct json *message_json(const struct sim *sim, struct arena *a, const struct sim_item *item)
{
    struct json *one = json_object(a), *author = json_object(a);
    struct str us = str_from(sim->lines[SIM_@NAME@].account.account_id);
    bool ours = item->author == NULL;

    json_set_str(a, author, "id", ours ? us : item->author->ids[SIM_@NAME@]);
    json_set_str(a, author, "name", ours ? str_from(sim->config.brand) : item->author->name);
    json_set_str(a, one, "id", item->id);
    json_set(a, one, "author", author);
    if (ours)
        json_set_str(a, one, "to", item->person->ids[SIM_@NAME@]);
    if (item->text.len > 0)
        json_set_str(a, one, "text", item->text);
    else
        json_set_str(a, one, "type", item->media_kind);
    json_set_int(a, one, "at", item->at / 1000);
    return one;
}

static void tell(struct sim_deed *d)
{
    static const char *const kinds[] = {[SIM_WROTE] = "message", [SIM_EDITED] = "edit", [SIM_REMOVED] = "delete"};
    struct json *body, *events, *one;

    if (d->verb != SIM_WROTE && d->verb != SIM_EDITED && d->verb != SIM_REMOVED)
        return; /* nobody is told */
    body = json_object(d->a);
    events = json_array(d->a);
    one = message_json(d->sim, d->a, d->item);
    json_set_str(d->a, one, "kind", str_from(kinds[d->verb]));
    json_push(d->a, events, one);
    json_set_str(d->a, body, "account", str_from(d->sim->lines[SIM_@NAME@].account.account_id));
    json_set(d->a, body, "events", events);
    sim_hook_add(d->sim, SIM_@NAME@, d->item, json_to_str(d->a, body), 0);
}

static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    unsigned char digest[SHA256_BYTES];

    (void)line;
    hmac_sha256(secret, parcel->body, digest);
    sim_parcel_header(parcel, "x-@name@-signature", hex_encode(a, digest, sizeof digest));
}

/* ---- calls ---- */

static void problem(struct sim_call *c, int status, const char *code, const char *words)
{
    struct json *error = json_object(c->a);

    json_set_str(c->a, error, "code", str_from(code));
    json_set_str(c->a, error, "message", str_from(words));
    c->status = status;
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "error", error);
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    static const struct {
        enum sim_fault fault;
        int status;
        const char *code, *words;
    } errors[] = {
        {SIM_FAULT_TOKEN, 401, "token_expired", "The token has run out."},
        {SIM_FAULT_PERMISSION, 403, "not_allowed", "This account may not do that."},
        {SIM_FAULT_RATE, 429, "too_fast", "Too many calls."},
        {SIM_FAULT_WINDOW, 403, "window", "They wrote too long ago."},
        {SIM_FAULT_BLOCKED, 403, "blocked", "They do not want to hear from this account."},
        {SIM_FAULT_GONE, 404, "gone", "What is answered is gone."},
        {SIM_FAULT_CONTENT, 400, "content", "The words were refused."},
    };
    size_t i = 0;

    while (i + 1 < COUNT_OF(errors) && errors[i].fault != fault)
        i++;
    problem(c, errors[i].status, errors[i].code, detail != NULL ? detail : errors[i].words);
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && c->count == 1 && str_eq(c->parts[0], STR("messages"));
}

/* The faults that the network would notice at this call. */
static bool is_refused(struct sim_call *c)
{
    static const enum sim_fault faults[] = {SIM_FAULT_WINDOW, SIM_FAULT_GONE, SIM_FAULT_CONTENT};
    size_t i;

    for (i = 0; i < COUNT_OF(faults); i++)
        if (sim_fault_take(c->sim, SIM_@NAME@, faults[i])) {
            refuse(c, faults[i], NULL);
            return true;
        }
    return false;
}

static void take_message(struct sim_call *c)
{
    struct str text = json_text(json_get(c->body, "text"));
    struct sim_person *person = sim_call_person(c, json_text(json_get(c->body, "to")));
    struct sim_item *item;

    if (person == NULL) {
        problem(c, 404, "blocked", "There is nobody of that id.");
        return;
    }
    if (person->blocked[SIM_@NAME@] || sim_fault_take(c->sim, SIM_@NAME@, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    if (str_trim(text).len == 0 || text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX) {
        refuse(c, SIM_FAULT_CONTENT, "The text must have 1 to 2000 characters.");
        return;
    }
    if (is_refused(c))
        return;
    item = sim_item_new(c->sim, SIM_@NAME@, SIM_PRIVATE,
                        sim_new_id(c->sim, SIM_@NAME@, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(c->sim, text);
    item->key = sim_copy(c->sim, json_text(json_get(c->body, "key")));
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "chat", person->ids[SIM_@NAME@]);
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", item->id);
}

/* All since a moment, on one page. */
static void list_messages(struct sim_call *c)
{
    struct json *list = json_array(c->a);
    const struct sim_item *item;
    int64_t since = 0;

    if (!clock_parse_iso(sim_param(c, "since"), &since)) {
        problem(c, 400, "since", "since is no time.");
        return;
    }
    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_@NAME@ && !item->deleted && item->at >= since && item->person != NULL)
            json_push(c->a, list, message_json(c->sim, c->a, item));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "messages", list);
}

static void tell_account(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", str_from(c->sim->lines[SIM_@NAME@].account.account_id));
    json_set_str(c->a, c->answer, "name", str_from(c->sim->config.brand));
}

static void serve(struct sim_call *c)
{
    bool get = c->req->method == HTTP_GET && c->count == 1;

    if (sends(c))
        take_message(c);
    else if (get && str_eq(c->parts[0], STR("messages")))
        list_messages(c);
    else if (get && str_eq(c->parts[0], STR("me")))
        tell_account(c);
    else
        problem(c, 404, "unknown", "There is no such address.");
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "@name@", .label = {"@Label@", "@Label@"}, .private = true},
    {0},
};
static const struct sim_past_door doors[] = {{"chat", "message"}, {0}};

const struct sim_driver sim_@name@ = {
    .name = "@name@",
    .base = "/@name@",
    .account = {"9000000000000001", "simulated-@name@-token", "simulated-@name@-secret", NULL, NULL},
    .named = {"account_id", "access_token", "app_secret", NULL, NULL},
    .places = places,
    .doors = doors,
    .new_id = new_id,
    .acts = "message edit delete block unblock",
    .attach_private = "unsupported",
    .tell = tell,
    .sign = sign,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
