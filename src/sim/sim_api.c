/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the brand: which network, whose token, the faults that hit every call, and the answer in its time.
 * What a network does with a call is in its own file. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "sim/sim_driver.h"

#define ECHO_WAIT_US (3 * SECOND_US)

struct str sim_param(struct sim_call *c, const char *name)
{
    struct str value = json_id(json_get(c->body, name));

    if (value.len == 0)
        value = http_form(c->req, name);
    if (value.len == 0)
        value = http_query(c->req, name);
    return value;
}

void sim_call_sent(struct sim_call *c, struct sim_item *item, const char *door, struct str to)
{
    c->made = item;
    sim_accept(c->sim, door, to, item);
}

int sim_echo_delay(struct sim_call *c, bool *first)
{
    *first = sim_fault_take(c->sim, c->network, SIM_FAULT_ECHO_FIRST);
    return *first ? 0 : c->sim->config.echo_ms;
}

struct sim_item **sim_call_newest(struct sim_call *c, size_t *count)
{
    struct sim_item *item, **all;
    size_t n = 0;

    for (item = c->sim->items; item != NULL; item = item->next)
        n += item->network == c->network;
    *count = n;
    all = ARENA_ARRAY(c->a, struct sim_item *, n + 1);
    for (item = c->sim->items; item != NULL; item = item->next) /* the oldest first */
        if (item->network == c->network)
            all[--n] = item;
    return all;
}

struct sim_item *sim_call_target(struct sim_call *c, struct str id, enum sim_kind kind)
{
    struct sim *sim = c->sim;
    struct sim_item *item = sim_item_find(sim, c->network, id);

    if (sim_fault_call(sim, c->network, SIM_FAULT_GONE, c->sends))
        return NULL;
    if (item == NULL && sim->config.lenient && id.len > 0) {
        item = sim_item_new(sim, c->network, kind, id);
        item->past = item->summons = true;
        item->root = item->id;
        item->author = sim_stranger(sim, c->network, id);
    }
    return item != NULL && !item->deleted ? item : NULL;
}

struct sim_person *sim_call_person(struct sim_call *c, struct str id)
{
    struct sim_person *person = sim_person_of(c->sim, c->network, id);

    if (person == NULL && c->sim->config.lenient && id.len > 0)
        person = sim_stranger(c->sim, c->network, id);
    return person;
}

struct sim_media *sim_call_upload(struct sim_call *c)
{
    const struct http_file *file = http_file(c->req, 0);

    if (file == NULL || file->bytes.len == 0)
        return NULL;
    struct sim_media *media = sim_media_new(c->sim, c->network, file->mime, file->file_name, file->bytes);
    media->ours = true;
    return media;
}

/* ---- one call ---- */

static bool base_of(struct str path, enum sim_network *network, struct str *rest)
{
    int n;

    for (n = 0; n < SIM_NETWORKS; n++) {
        struct str base = str_from(sim_drivers[n]->base);
        if (str_starts(path, base) && path.len > base.len && path.ptr[base.len] == '/') {
            *network = (enum sim_network)n;
            *rest = str_slice(path, base.len + 1, path.len);
            return true;
        }
    }
    return false;
}

static bool is_version(struct str part)
{
    return part.len > 1 && part.ptr[0] == 'v' && part.ptr[1] >= '0' && part.ptr[1] <= '9';
}

static void split_path(struct sim_call *c, struct str rest)
{
    struct str part;

    c->path = rest;
    while (c->count < COUNT_OF(c->parts) && str_split(&rest, '/', &part))
        if (part.len > 0 && !(sim_drivers[c->network]->versioned && c->count == 0 && is_version(part)))
            c->parts[c->count++] = part;
}

struct str sim_bearer(struct sim_call *c)
{
    struct str header = http_header(c->req, "authorization");

    if (str_starts(header, STR("Bearer ")) || str_starts(header, STR("OAuth ")))
        return str_trim(str_slice(header, (size_t)str_find_char(header, ' ') + 1, header.len));
    return STR_EMPTY;
}

bool sim_token_ok(struct sim_call *c, struct str token)
{
    return token.len > 0 && same_secret(token, str_from(c->sim->lines[c->network].account.access_token));
}

static bool token_ok(struct sim_call *c)
{
    const struct sim_driver *driver = sim_drivers[c->network];
    struct str token = driver->token != NULL ? driver->token(c) : sim_bearer(c);

    return driver->token_ok != NULL ? driver->token_ok(c, token) : sim_token_ok(c, token);
}

static void serve(struct sim_call *c)
{
    static const enum sim_fault before[] = {SIM_FAULT_PERMISSION, SIM_FAULT_RATE};
    const struct sim_driver *driver = sim_drivers[c->network];
    size_t n;

    if (sim_fault_call(c->sim, c->network, SIM_FAULT_DOWN, c->sends)) {
        c->status = 503;
        c->type = STR("text/html; charset=utf-8");
        c->raw = STR("<html><body><h1>503 Service Unavailable</h1></body></html>\n");
        return;
    }
    if (sim_fault_call(c->sim, c->network, SIM_FAULT_TOKEN, c->sends)) {
        driver->refuse(c, SIM_FAULT_TOKEN, NULL);
        return;
    }
    if (!token_ok(c)) {
        driver->refuse(c, SIM_FAULT_TOKEN, "invalid");
        return;
    }
    for (n = 0; n < COUNT_OF(before); n++)
        if (sim_fault_call(c->sim, c->network, before[n], c->sends)) {
            driver->refuse(c, before[n], NULL);
            return;
        }
    driver->serve(c);
}

static int64_t answer_due(struct sim_call *c)
{
    int64_t due = 0, now = clock_monotonic();

    if (sim_fault_call(c->sim, c->network, SIM_FAULT_SLOW, c->sends))
        due = now + (int64_t)sim_fault_ms(c->sim, c->network, SIM_FAULT_SLOW, 2000) * 1000;
    if (c->made != NULL && sim_fault_take(c->sim, c->network, SIM_FAULT_TIMEOUT)) {
        due = now + (int64_t)sim_fault_ms(c->sim, c->network, SIM_FAULT_TIMEOUT, SIM_TIMEOUT_MS) * 1000;
        c->after_hook = 0;
    }
    return c->after_hook != 0 ? now + ECHO_WAIT_US : due;
}

static void serve_media(struct sim *sim, enum sim_network network, struct http_request *req, struct str id)
{
    struct str token = http_header(req, "authorization");
    struct str bytes = STR_EMPTY, mime = STR_EMPTY;
    const char *refused = sim_drivers[network]->media_refused;
    struct sim_media *media;
    bool may;

    sim_lock(sim);
    may = refused == NULL ||
          str_eq(token, str_format(req->arena, "Bearer %s", sim->lines[network].account.access_token));
    media = sim_media_find(sim, id);
    if (media != NULL && may) {
        bytes = str_dup(req->arena, media->bytes);
        mime = str_dup(req->arena, media->mime);
    }
    sim_unlock(sim);
    if (!may)
        http_respond(req, 401, STR("application/json"), str_from(refused));
    else if (mime.len == 0)
        http_respond(req, 404, STR("text/plain"), STR("URL signature expired"));
    else
        http_respond(req, 200, mime, bytes);
}

bool sim_api_request(struct sim *sim, struct http_request *req)
{
    struct sim_call c = {.sim = sim, .req = req, .a = req->arena, .status = 200};
    struct sim_later later = {.req = req};
    struct str rest;

    if (!base_of(req->path, &c.network, &rest))
        return false;
    if (str_starts(rest, STR("cdn/"))) {
        serve_media(sim, c.network, req, str_slice(rest, 4, rest.len));
        return true;
    }
    c.type = STR("application/json; charset=UTF-8");
    split_path(&c, rest);
    if (str_starts(str_trim(req->body), STR("{")))
        c.body = json_parse(c.a, req->body, NULL);
    sim_lock(sim);
    sim->calls[c.network]++;
    c.sends = sim_drivers[c.network]->sends(&c);
    serve(&c);
    sim->refusals[c.network] += c.status >= 400;
    later.due = answer_due(&c);
    later.after_hook = c.after_hook;
    later.status = c.status;
    later.type = c.type;
    later.body = c.raw.ptr != NULL ? c.raw : json_to_str(c.a, c.answer != NULL ? c.answer : json_object(c.a));
    if (sim_drivers[c.network]->headers != NULL)
        sim_drivers[c.network]->headers(&c);
    sim_unlock(sim);
    sim_respond_later(sim, later);
    return true;
}
