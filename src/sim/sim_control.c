/* SPDX-License-Identifier: Apache-2.0 */
/* The control API under /sim, for tests: acts of customers, faults, clock, accounts, and the state as JSON.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "sim/sim_driver.h"

#define YEAR_SECONDS INT64_C(31622400)

/* ---- the state ---- */

static const char *const kind_names[] = {"post", "comment", "tweet", "private"};
static const char *const mark_names[] = {"", "sent", "delivered", "read", "failed"};

static struct json *person_json(struct arena *a, const struct sim_person *person)
{
    struct json *j = json_object(a), *blocked = json_array(a);
    int n;

    json_set_str(a, j, "key", person->key);
    json_set_str(a, j, "name", person->name);
    json_set_str(a, j, "handle", person->handle);
    for (n = 0; n < SIM_NETWORKS; n++) {
        json_set_str(a, j, sim_network_name((enum sim_network)n), person->ids[n]);
        if (person->blocked[n])
            json_push(a, blocked, json_new_str(a, str_from(sim_network_name((enum sim_network)n))));
    }
    json_set_str(a, j, "wa_user_id", person->wa_user_id);
    json_set(a, j, "blocked", blocked);
    return j;
}

static struct json *item_json(struct arena *a, const struct sim_item *item)
{
    struct json *j = json_object(a);

    json_set_str(a, j, "network", str_from(sim_network_name(item->network)));
    json_set_str(a, j, "kind", str_from(kind_names[item->kind]));
    json_set_str(a, j, "id", item->id);
    json_set_str(a, j, "thread", item->root);
    json_set_str(a, j, "parent", item->parent != NULL ? item->parent->id : STR_EMPTY);
    json_set_bool(a, j, "by_brand", item->author == NULL);
    json_set_str(a, j, "person",
                 item->author != NULL   ? item->author->key
                 : item->person != NULL ? item->person->key
                                        : STR_EMPTY);
    json_set_str(a, j, "text", item->text);
    json_set_str(a, j, "media", item->media_kind);
    if (item->media != NULL) {
        json_set_str(a, j, "file_type", item->media->mime);
        json_set_int(a, j, "file_bytes", (int64_t)item->media->bytes.len);
    }
    json_set_str(a, j, "key", item->key);
    json_set_str(a, j, "mark", str_from(mark_names[item->mark]));
    json_set_int(a, j, "at", item->at);
    json_set_bool(a, j, "edited", item->edited_at != 0);
    json_set_bool(a, j, "deleted", item->deleted);
    json_set_bool(a, j, "hidden", item->hidden);
    json_set_bool(a, j, "taken", item->hooks_left == 0); /* the brand has every webhook about it */
    return j;
}

static struct json *accepted_json(struct arena *a, const struct sim_accepted *one)
{
    struct json *j = json_object(a);

    json_set_str(a, j, "network", str_from(sim_network_name(one->network)));
    json_set_str(a, j, "door", str_from(one->door));
    json_set_str(a, j, "to", one->to);
    json_set_str(a, j, "text", one->text);
    json_set_str(a, j, "key", one->key);
    json_set_str(a, j, "id", one->first_id);
    json_set_int(a, j, "count", one->count);
    return j;
}

static struct json *line_json(struct sim *sim, struct arena *a, enum sim_network network)
{
    static const char *const handshakes[] = {"none", "waiting", "done"};
    const struct sim_line *line = &sim->lines[network];
    struct json *j = json_object(a), *faults = json_object(a);
    const struct sim_hook *hook;
    int64_t waiting = 0;
    int n;

    for (hook = sim->hooks; hook != NULL; hook = hook->next)
        waiting += hook->network == network && !hook->orphan;
    for (n = 0; n < SIM_FAULTS; n++)
        if (sim->faults[network][n].times != 0)
            json_set_int(a, faults, sim_fault_name((enum sim_fault)n), sim->faults[network][n].times);
    json_set_str(a, j, "handshake", str_from(handshakes[line->handshake]));
    json_set_int(a, j, "hooks_waiting", waiting);
    json_set_int(a, j, "hooks_sent", (int64_t)line->sent);
    json_set_int(a, j, "hooks_taken", (int64_t)line->taken);
    json_set_int(a, j, "hooks_refused", (int64_t)line->refused);
    json_set_int(a, j, "forged_sent", (int64_t)line->forged_sent);
    json_set_int(a, j, "forged_taken", (int64_t)line->forged_taken);
    json_set_int(a, j, "last_status", line->last_status);
    json_set_int(a, j, "calls", (int64_t)sim->calls[network]);
    json_set_int(a, j, "calls_refused", (int64_t)sim->refusals[network]);
    json_set(a, j, "faults", faults);
    return j;
}

static struct json *state_json(struct sim *sim, struct arena *a)
{
    struct json *j = json_object(a), *list = json_array(a);
    const struct sim_accepted *one;
    struct sim_person *person;
    struct sim_item *item;
    int n;

    json_set_int(a, j, "now", sim_now(sim));
    for (n = 0; n < SIM_NETWORKS; n++)
        json_set(a, j, sim_network_name((enum sim_network)n), line_json(sim, a, (enum sim_network)n));
    for (one = sim->accepted; one != NULL; one = one->next)
        json_push(a, list, accepted_json(a, one));
    json_set(a, j, "accepted", list);
    list = json_array(a);
    for (item = sim->items; item != NULL; item = item->next)
        json_push(a, list, item_json(a, item));
    json_set(a, j, "items", list);
    list = json_array(a);
    for (person = sim->people; person != NULL; person = person->next)
        json_push(a, list, person_json(a, person));
    json_set(a, j, "people", list);
    return j;
}

static struct json *words_json(struct arena *a, const char *list)
{
    struct str rest = str_from(list), one;
    struct json *j = json_array(a);

    while (rest.len > 0 && str_split(&rest, ' ', &one))
        json_push(a, j, json_new_str(a, one));
    return j;
}

/* What a channel on each is set up with, what can be done there, whether it tells of it or is only asked, whether
 * it counts what people write and does not show it, and which faults it does not know. */
static struct str networks_json(struct sim *sim, struct arena *a)
{
    struct json *all = json_object(a), *one, *values;
    size_t k;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        struct pairs settings = sim_settings(sim, (enum sim_network)n, a);

        one = json_object(a);
        values = json_object(a);
        for (k = 0; k < settings.count; k++)
            json_set_str(a, values, str_cstr(a, settings.items[k].name), settings.items[k].value);
        json_set(a, one, "settings", values);
        json_set(a, one, "acts", words_json(a, sim_drivers[n]->acts));
        json_set_bool(a, one, "counted", sim_drivers[n]->counted);
        json_set(a, one, "attachments", words_json(a, sim_drivers[n]->attach_private));
        json_set_bool(a, one, "hooked", sim_drivers[n]->tell != NULL);
        json_set(a, one, "lacks", words_json(a, sim_drivers[n]->lacks));
        json_set(a, all, sim_drivers[n]->name, one);
    }
    return json_to_str(a, all);
}

struct str sim_state(struct sim *sim, struct arena *a)
{
    struct str text;

    sim_lock(sim);
    text = json_to_str(a, state_json(sim, a));
    sim_unlock(sim);
    return text;
}

/* ---- commands ---- */

struct command {
    struct sim *sim;
    struct arena *a;
    const struct json *body;
    struct json *answer;
};

static struct str text_of(const struct command *c, const char *name)
{
    return json_id(json_get(c->body, name));
}

static bool network_of(const struct command *c, enum sim_network *network, struct error *e)
{
    return sim_network_find(text_of(c, "network"), network) ||
           fail(e, ERR_BAD_INPUT, "network must be one of those in /sim/networks");
}

static bool command_act(struct command *c, struct error *e)
{
    struct sim_act act = {.person = text_of(c, "person"), .what = text_of(c, "what"), .to = text_of(c, "to")};
    struct str encoded = text_of(c, "bytes"), id;

    act.text = text_of(c, "text");
    act.media = text_of(c, "media");
    act.mime = text_of(c, "mime");
    if (!network_of(c, &act.network, e))
        return false;
    if (encoded.len > 0 && !base64_decode(c->a, encoded, &act.bytes))
        return fail(e, ERR_BAD_INPUT, "bytes must be base64");
    if (!sim_do(c->sim, &act, c->a, &id, e))
        return false;
    json_set_str(c->a, c->answer, "id", id);
    return true;
}

static bool command_fault(struct command *c, struct error *e)
{
    enum sim_network network;
    enum sim_fault fault;
    int64_t times = json_int(json_get(c->body, "times"), 1), ms = json_int(json_get(c->body, "ms"), 0);

    if (!network_of(c, &network, e))
        return false;
    if (!sim_fault_parse(text_of(c, "kind"), &fault))
        return fail(e, ERR_BAD_INPUT, "There is no such kind of fault");
    if (times < -1 || times > 1000000 || ms < 0 || ms > 3600000)
        return fail(e, ERR_BAD_INPUT, "times or ms is out of range");
    sim_lock(c->sim);
    sim_fault_set(c->sim, network, fault, (int)times, (int)ms, str_eq(text_of(c, "how"), STR("answer")));
    sim_unlock(c->sim);
    return true;
}

static bool command_clear(struct command *c, struct error *e)
{
    (void)e;
    sim_faults_clear(c->sim);
    return true;
}

static bool command_reset(struct command *c, struct error *e)
{
    (void)e;
    sim_reset(c->sim);
    return true;
}

static bool command_clock(struct command *c, struct error *e)
{
    int64_t seconds = json_int(json_get(c->body, "advance_seconds"), 0);

    if (seconds < -YEAR_SECONDS || seconds > YEAR_SECONDS)
        return fail(e, ERR_BAD_INPUT, "advance_seconds is out of range");
    sim_clock_advance(c->sim, seconds * SECOND_US);
    return true;
}

static const char *word(const struct command *c, const char *name)
{
    struct str value = text_of(c, name);

    return value.len > 0 ? str_cstr(c->a, value) : NULL;
}

static bool command_hook(struct command *c, struct error *e)
{
    struct sim_account account;
    enum sim_network network;

    if (!network_of(c, &network, e))
        return false;
    account.account_id = word(c, "account_id");
    account.access_token = word(c, "access_token");
    account.secret = word(c, "secret");
    account.verify_token = word(c, "verify_token");
    account.hook_url = word(c, "url");
    sim_hook_to(c->sim, network, &account);
    return true;
}

static bool command_person(struct command *c, struct error *e)
{
    struct sim_persona persona = {
        .key = text_of(c, "key"), .name = text_of(c, "name"), .handle = text_of(c, "handle")};
    int n;

    persona.lang = text_of(c, "lang");
    for (n = 0; n < SIM_NETWORKS; n++)
        persona.ids[n] = text_of(c, sim_network_name((enum sim_network)n));
    return sim_person_add(c->sim, &persona, e);
}

static const struct {
    const char *path;
    bool (*run)(struct command *c, struct error *e);
} commands[] = {
    {"/sim/act", command_act},       {"/sim/fault", command_fault}, {"/sim/clear", command_clear},
    {"/sim/reset", command_reset},   {"/sim/clock", command_clock}, {"/sim/hook", command_hook},
    {"/sim/person", command_person},
};

/* A page of another site must not steer the simulator: browsers say where a request comes from, tests do not.
 */
static bool from_elsewhere(struct http_request *req)
{
    return http_header(req, "origin").len > 0 || http_header(req, "sec-fetch-site").len > 0;
}

static void run_command(struct sim *sim, struct http_request *req, size_t n)
{
    struct command c = {.sim = sim, .a = req->arena, .answer = json_object(req->arena)};
    struct error e = {ERR_NONE, ""};

    c.body = req->body.len > 0 ? json_parse(c.a, req->body, &e) : json_object(c.a);
    json_set_bool(c.a, c.answer, "done", true);
    if (c.body == NULL || !commands[n].run(&c, &e)) {
        http_respond_error(req, &e);
        return;
    }
    http_respond(req, 200, STR("application/json"), json_to_str(c.a, c.answer));
}

bool sim_control_request(struct sim *sim, struct http_request *req)
{
    struct error e = {ERR_NONE, ""};
    size_t n;

    if (!str_starts(req->path, STR("/sim/")))
        return false;
    if (from_elsewhere(req)) {
        (void)!fail(&e, ERR_FORBIDDEN, "The control API is not for pages");
        http_respond_error(req, &e);
        return true;
    }
    if (str_eq(req->path, STR("/sim/state")) && req->method == HTTP_GET) {
        http_respond(req, 200, STR("application/json"), sim_state(sim, req->arena));
        return true;
    }
    if (str_eq(req->path, STR("/sim/networks")) && req->method == HTTP_GET) {
        http_respond(req, 200, STR("application/json"), networks_json(sim, req->arena));
        return true;
    }
    for (n = 0; n < COUNT_OF(commands); n++)
        if (str_eq(req->path, str_from(commands[n].path)) && req->method == HTTP_POST) {
            run_command(sim, req, n);
            return true;
        }
    (void)!fail(&e, ERR_NOT_FOUND, "There is no such command");
    http_respond_error(req, &e);
    return true;
}
