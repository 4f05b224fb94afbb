/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated SMS gateway, as Kannel speaks: sendsms under /kannel/cgi-bin, and GETs to the brand with a name and a
 * password for what comes (sms-service) and for what became of a message that named a dlr-url. Nobody can block here:
 * phones are out of reach for a fault only. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_driver.h"

static struct str new_person(struct sim *sim, struct arena *a)
{
    struct str digits = sim_digits(a, 7);

    (void)sim;
    return str_format(a, "+39348%.*s", STR_ARGS(digits));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    unsigned char b[16];
    struct str hex;

    (void)kind;
    (void)person;
    (void)root;
    random_bytes(b, sizeof b);
    hex = hex_encode(sim->state, b, sizeof b);
    return str_format(sim->state, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.ptr, hex.ptr + 8, hex.ptr + 12, hex.ptr + 16,
                      hex.ptr + 20);
}

/* ---- webhooks: the body is what stands behind the "?" ---- */

static void add_field(struct buf *out, const char *name, struct str value)
{
    buf_format(out, "%s%s=", out->len > 0 ? "&" : "", name);
    buf_url(out, value);
}

static void tell(struct sim_deed *d)
{
    struct buf out;

    if (d->verb != SIM_WROTE)
        return;
    buf_init(&out, d->a, 256);
    add_field(&out, "from", d->person->ids[SIM_KANNEL]);
    add_field(&out, "to", str_from(d->sim->lines[SIM_KANNEL].account.account_id));
    add_field(&out, "text", d->item->text);
    add_field(&out, "id", d->item->id);
    add_field(&out, "at", str_format(d->a, "%lld", (long long)(sim_now(d->sim) / SECOND_US)));
    add_field(&out, "coding", text_is_gsm(d->item->text) ? STR("0") : STR("2"));
    add_field(&out, "charset", STR("UTF-8"));
    sim_hook_add(d->sim, SIM_KANNEL, d->item, buf_view(&out), 0);
}

static void sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    struct str both = str_concat(a, STR("ascolto:"), secret);

    (void)line;
    parcel->method = "GET";
    parcel->type = STR("text/plain");
    parcel->url = str_format(a, "%.*s%s%.*s", STR_ARGS(parcel->url), str_find_char(parcel->url, '?') >= 0 ? "&" : "?",
                             STR_ARGS(parcel->body));
    parcel->body = STR_EMPTY;
    sim_parcel_header(parcel, "Authorization", str_concat(a, STR("Basic "), base64_encode(a, both.ptr, both.len)));
}

/* What the dlr-url says behind its "?", filled in. */
static void report(struct sim_call *c, struct sim_item *item, const char *status, const char *reason, int delay)
{
    struct str url = http_query(c->req, "dlr-url");
    ptrdiff_t query = str_find_char(url, '?');
    struct buf out;
    size_t i;

    if (query < 0)
        return;
    buf_init(&out, c->a, 256);
    for (i = (size_t)query + 1; i < url.len; i++) {
        bool sign_next = url.ptr[i] == '%' && i + 1 < url.len;
        if (sign_next && url.ptr[i + 1] == 'd')
            buf_cstr(&out, status);
        else if (sign_next && url.ptr[i + 1] == 'A')
            buf_url(&out, str_from(reason));
        else
            buf_char(&out, url.ptr[i]);
        i += sign_next && (url.ptr[i + 1] == 'd' || url.ptr[i + 1] == 'A');
    }
    sim_hook_add(c->sim, SIM_KANNEL, item, buf_view(&out), delay);
}

/* ---- calls ---- */

static void say(struct sim_call *c, int status, const char *words)
{
    c->status = status;
    c->type = STR("text/html");
    c->raw = str_from(words);
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        say(c, 403, "Authorization failed for sendsms");
    else if (fault == SIM_FAULT_BLOCKED)
        say(c, 403, "Not routable. Do not try again.");
    else
        say(c, 400, detail != NULL ? detail : "Bad message, rejected");
}

static struct str token(struct sim_call *c)
{
    return str_eq(http_query(c->req, "username"), STR("care")) ? http_query(c->req, "password") : STR_EMPTY;
}

static bool sends(struct sim_call *c)
{
    return http_query(c->req, "to").len > 0;
}

static void serve(struct sim_call *c)
{
    struct str to = http_query(c->req, "to"), text = http_query(c->req, "text");
    struct sim_person *person = sim_call_person(c, to);
    struct sim_item *item;

    if (c->count != 2 || !str_eq(c->parts[1], STR("sendsms"))) {
        say(c, 404, "Unknown command.");
        return;
    }
    if (to.len == 0 || person == NULL) {
        say(c, 400, "Missing receiver number, rejected");
        return;
    }
    if (sim_fault_take(c->sim, SIM_KANNEL, SIM_FAULT_BLOCKED)) {
        refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    if (text.len == 0 || sim_fault_take(c->sim, SIM_KANNEL, SIM_FAULT_CONTENT)) {
        refuse(c, SIM_FAULT_CONTENT, NULL);
        return;
    }
    item =
        sim_item_new(c->sim, SIM_KANNEL, SIM_PRIVATE, sim_new_id(c->sim, SIM_KANNEL, SIM_PRIVATE, person, STR_EMPTY));
    item->person = person;
    item->root = item->id;
    item->text = sim_copy(c->sim, text);
    item->mark = SIM_MARK_DELIVERED;
    sim_call_sent(c, item, "sms", to);
    say(c, 202, "0: Accepted for delivery");
    report(c, item, "8", "ACK/", c->sim->config.echo_ms);
    report(c, item, "1", "id:1 stat:DELIVRD", c->sim->config.delivered_ms);
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "kannel",
     .label = {"SMS (Kannel)", "SMS (Kannel)"},
     .advice = {"Scrivi un messaggio a {}: passa per un gateway di casa.",
                "Write a message to {}: it goes through a gateway of its own."},
     .private = true},
    {0},
};
static const struct sim_past_door doors[] = {{"sms", "message"}, {0}};
static const char *const more[] = {"username", "care", NULL};

const struct sim_driver sim_kannel = {
    .name = "kannel",
    .base = "/kannel",
    .account = {"+390110000719", "simulated-kannel-password", "simulatedkannelsecret", NULL, NULL},
    .named = {"number", "password", "hook_password", NULL, NULL},
    .more = more,
    .places = places,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .lacks = "permission rate window gone",
    .acts = "message",
    .tell = tell,
    .sign = sign,
    .token = token,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
