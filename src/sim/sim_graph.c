/* SPDX-License-Identifier: Apache-2.0 */
/* What the networks of Meta have in common as callers see it: Graph's error envelope, its usage headers, its lists,
 * its dates, its tokens, and how its webhooks are written, signed and joined. */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_meta.h"

#define LIST_LIMIT 25

void sim_graph_error(struct sim_call *c, int status, int code, int subcode, const char *message, const char *details)
{
    struct json *error = json_object(c->a), *data;

    json_set_str(c->a, error, "message", str_dup(c->a, str_from(message)));
    json_set_str(c->a, error, "type", STR("OAuthException"));
    json_set_int(c->a, error, "code", code);
    if (subcode != 0)
        json_set_int(c->a, error, "error_subcode", subcode);
    if (details != NULL) {
        data = json_object(c->a);
        json_set_str(c->a, data, "messaging_product", STR("whatsapp"));
        json_set_str(c->a, data, "details", str_dup(c->a, str_from(details)));
        json_set(c->a, error, "error_data", data);
    }
    json_set_str(c->a, error, "fbtrace_id", random_token(c->a, 8));
    c->status = status;
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "error", error);
}

bool sim_graph_ends(const struct sim_call *c, const char *part)
{
    return c->count > 0 && str_eq(c->parts[c->count - 1], str_from(part));
}

void sim_graph_headers(struct sim_call *c)
{
    struct sim *sim = c->sim;
    const char *account = sim->lines[c->network].account.account_id;
    int used = c->limited ? 100 : (int)(sim->calls[c->network] % 40);
    int wait_ms = c->limited ? sim_fault_ms(sim, c->network, SIM_FAULT_RATE, SIM_RATE_MS) : 0;
    const char *type = c->network == SIM_WHATSAPP ? "whatsapp" : c->network == SIM_INSTAGRAM ? "instagram" : "pages";
    struct str usage =
        str_format(c->a, "{\"call_count\":%d,\"total_cputime\":%d,\"total_time\":%d}", used, used / 2, used / 2);

    http_set_header(c->req, "X-App-Usage", usage);
    usage = str_format(c->a,
                       "{\"%s\":[{\"type\":\"%s\",\"call_count\":%d,\"total_cputime\":%d,\"total_time\":%d,"
                       "\"estimated_time_to_regain_access\":%d}]}",
                       account, type, used, used / 2, used / 2, (wait_ms + 59999) / 60000);
    http_set_header(c->req, "X-Business-Use-Case-Usage", usage);
    http_set_header(c->req, "facebook-api-version", STR("v23.0"));
}

struct str sim_graph_given(struct sim_call *c)
{
    struct str token = sim_bearer(c);

    return token.len > 0 ? token : sim_param(c, "access_token");
}

struct str sim_graph_time(struct arena *a, int64_t at)
{
    struct clock_parts p = clock_split(at, NULL);

    return str_format(a, "%04d-%02d-%02dT%02d:%02d:%02d+0000", p.year, p.month, p.day, p.hour, p.minute, p.second);
}

void sim_graph_answer_id(struct sim_call *c, struct str id)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", id);
}

void sim_graph_answer_success(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_bool(c->a, c->answer, "success", true);
}

/* ---- lists ---- */

struct sim_graph_list sim_graph_list(struct sim_call *c)
{
    struct sim_graph_list list = {json_array(c->a), 0, LIST_LIMIT, 0, 0};
    int64_t n;

    if (str_int64(http_query(c->req, "limit"), &n) && n > 0 && n <= 100)
        list.limit = n;
    if (str_int64(http_query(c->req, "after"), &n) && n > 0)
        list.from = n;
    if (str_int64(http_query(c->req, "since"), &n))
        list.since = clock_from_epoch(n);
    return list;
}

bool sim_graph_listed(struct sim_graph_list *list)
{
    bool here = list->seen >= list->from && list->seen < list->from + list->limit;

    list->seen++;
    return here;
}

struct json *sim_graph_list_json(struct sim_call *c, const struct sim_graph_list *list)
{
    struct json *answer = json_object(c->a), *paging = json_object(c->a), *cursors = json_object(c->a);
    int64_t after = list->from + (int64_t)json_count(list->data);

    json_set(c->a, answer, "data", list->data);
    if (json_count(list->data) == 0)
        return answer;
    json_set_str(c->a, cursors, "before", str_format(c->a, "%lld", (long long)list->from));
    json_set_str(c->a, cursors, "after", str_format(c->a, "%lld", (long long)after));
    json_set(c->a, paging, "cursors", cursors);
    if (after < list->seen)
        json_set_str(c->a, paging, "next",
                     str_format(c->a, "http://127.0.0.1:%u%s/%.*s?limit=%lld&after=%lld", (unsigned)c->sim->port,
                                sim_drivers[c->network]->base, STR_ARGS(c->path), (long long)list->limit,
                                (long long)after));
    json_set(c->a, answer, "paging", paging);
    return answer;
}

void sim_graph_answer_list(struct sim_call *c, const struct sim_graph_list *list)
{
    c->answer = sim_graph_list_json(c, list);
}

/* ---- tokens ---- */

static bool is_oauth(const struct sim_call *c)
{
    return c->count == 2 && str_eq(c->parts[0], STR("oauth"));
}

bool sim_graph_token_ok(struct sim_call *c, struct str token)
{
    return is_oauth(c) || /* it is what one comes for */ sim_consent_token_ok(c, token);
}

static void give_for_code(struct sim_call *c)
{
    const struct sim_line *line = &c->sim->lines[c->network];
    bool fits = sim_consent_grant(c, 0, "");

    c->answer = json_object(c->a);
    if (fits) { /* for an hour, which it does not say */
        json_set_str(c->a, c->answer, "access_token", line->refreshed_token);
        json_set_str(c->a, c->answer, "user_id", str_from(line->account.account_id));
        return;
    }
    c->status = 400;
    json_set_str(c->a, c->answer, "error_type", STR("OAuthException"));
    json_set_int(c->a, c->answer, "code", 400);
    json_set_str(c->a, c->answer, "error_message", STR("Matching code was not found or was already used"));
}

/* The one that is brought lasts for sixty days more. */
static void give_for_token(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "access_token", sim_graph_given(c));
    json_set_str(c->a, c->answer, "token_type", STR("bearer"));
    json_set_int(c->a, c->answer, "expires_in", (int64_t)60 * 24 * 3600);
}

bool sim_graph_tokens(struct sim_call *c)
{
    struct str last = c->count > 0 ? c->parts[c->count - 1] : STR_EMPTY;

    if (is_oauth(c) && str_eq(last, STR("authorize")))
        sim_consent_page(c);
    else if (is_oauth(c) && str_eq(last, STR("access_token")))
        give_for_code(c);
    else if (c->count == 1 && (str_eq(last, STR("access_token")) || str_eq(last, STR("refresh_access_token"))))
        give_for_token(c);
    else
        return false;
    return true;
}

/* ---- webhooks ---- */

static void escape_unit(struct buf *b, uint32_t unit)
{
    buf_format(b, "\\u%04x", (unsigned)unit);
}

struct str sim_meta_escape(struct arena *a, struct str json)
{
    struct buf b;
    size_t i = 0;
    uint32_t c;

    buf_init(&b, a, json.len + json.len / 4);
    while (i < json.len) {
        c = utf8_next(json, &i);
        if (c == '/') {
            if (b.len > 0 && b.ptr[b.len - 1] == '\\') /* already escaped */
                buf_char(&b, '/');
            else
                buf_cstr(&b, "\\/");
        } else if (c < 0x80) {
            buf_char(&b, (char)c);
        } else if (c < 0x10000) {
            escape_unit(&b, c);
        } else {
            escape_unit(&b, 0xd800 + ((c - 0x10000) >> 10));
            escape_unit(&b, 0xdc00 + ((c - 0x10000) & 0x3ff));
        }
    }
    return buf_view(&b);
}

uint64_t sim_meta_change(struct sim *sim, struct arena *a, enum sim_network network, const char *object,
                         const char *field, struct sim_item *item, struct json *value, int delay_ms)
{
    struct json *body = json_object(a), *entries = json_array(a), *entry = json_object(a);
    struct json *changes = json_array(a), *change = json_object(a);

    json_set_str(a, change, "field", str_from(field));
    json_set(a, change, "value", value);
    json_push(a, changes, change);
    json_set_str(a, entry, "id", str_from(sim->lines[network].account.account_id));
    json_set_int(a, entry, "time", sim_now(sim) / SECOND_US);
    json_set(a, entry, "changes", changes);
    json_push(a, entries, entry);
    json_set_str(a, body, "object", str_from(object));
    json_set(a, body, "entry", entries);
    return sim_hook_add(sim, network, item, sim_meta_escape(a, json_to_str(a, body)), delay_ms);
}

void sim_meta_sign(struct sim_line *line, struct arena *a, struct str secret, struct sim_parcel *parcel)
{
    unsigned char digest[SHA256_BYTES];

    (void)line;
    hmac_sha256(secret, parcel->body, digest);
    sim_parcel_header(parcel, "X-Hub-Signature-256",
                      str_concat(a, STR("sha256="), hex_encode(a, digest, sizeof digest)));
}

struct str sim_meta_shake(struct sim_line *line, struct arena *a)
{
    const char *url = line->account.hook_url;
    struct str token = url_encode(a, str_from(line->account.verify_token));

    memcpy(line->challenge, str_cstr(a, sim_digits(a, 10)), 11);
    return str_format(a, "%s%shub.mode=subscribe&hub.verify_token=%.*s&hub.challenge=%s", url,
                      strchr(url, '?') != NULL ? "&" : "?", STR_ARGS(token), line->challenge);
}

bool sim_meta_shaken(struct sim_line *line, struct arena *a, const struct http_reply *reply)
{
    (void)a;
    return str_eq(reply->body, str_from(line->challenge));
}

/* The entries of one go behind the others': {"object":"page","entry":[…]}. */
struct str sim_meta_join(struct arena *a, struct str into, struct str one)
{
    static const struct str key = {"\"entry\":[", 9};
    ptrdiff_t at = str_find(one, key);
    struct str entries;

    assert(at >= 0 && one.len > 2 && into.len > 2);
    entries = str_slice(one, (size_t)at + key.len, one.len - 2);
    return str_format(a, "%.*s,%.*s]}", STR_ARGS(str_slice(into, 0, into.len - 2)), STR_ARGS(entries));
}
