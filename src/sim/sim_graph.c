/* SPDX-License-Identifier: Apache-2.0 */
/* What Facebook, Messenger and WhatsApp have in common as callers see it: Graph's error envelope, its usage
 * headers, its dates and its tokens. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "sim/sim_internal.h"

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

void sim_graph_headers(struct sim_call *c)
{
    struct sim *sim = c->sim;
    const char *account = sim->lines[c->network].account.account_id;
    int used = c->limited ? 100 : (int)(sim->calls[c->network] % 40);
    int wait_ms = c->limited ? sim_fault_ms(sim, c->network, SIM_FAULT_RATE, SIM_RATE_MS) : 0;
    const char *type = c->network == SIM_WHATSAPP ? "whatsapp" : "pages";
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

bool sim_graph_token(struct sim_call *c, struct str token)
{
    return token.len > 0 && same_secret(token, str_from(c->sim->lines[c->network].account.access_token));
}

struct str sim_graph_time(struct arena *a, int64_t at)
{
    struct clock_parts p = clock_split(at, NULL);

    return str_format(a, "%04d-%02d-%02dT%02d:%02d:%02d+0000", p.year, p.month, p.day, p.hour, p.minute, p.second);
}
