/* SPDX-License-Identifier: Apache-2.0 */
/* The way of the voice: the brand's STUN and TURN servers, with credentials that end by themselves. */
#include "base/arena.h"
#include "base/crypto_legacy.h"
#include "base/json.h"
#include "care/calls.h"
#include "care/house.h"

struct str calls_credential(struct arena *a, struct str secret, struct str username)
{
    unsigned char mac[SHA1_BYTES];
    hmac_sha1(secret, username, mac);
    return base64_encode(a, mac, sizeof mac);
}

bool calls_is_server(struct str address)
{
    static const char *const schemes[] = {"stun:", "stuns:", "turn:", "turns:"};
    size_t scheme = 0;
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        if (str_starts(address, str_from(schemes[i])))
            scheme = str_from(schemes[i]).len;
    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && str_find_char(STR(".-:?=[]_"), c) < 0)
            return false;
    }
    return scheme && address.len > scheme && address.len <= 200;
}

struct json *calls_ways(struct tx *tx, struct arena *a, const struct house *house, const struct call *call,
                        int64_t now, struct error *e)
{
    struct call_setting setting;
    struct str secret = STR_EMPTY, line;
    if (!call_setting_get(tx, a, call->brand_id, &setting, e) ||
        (setting.secret.len && !seal_open(a, house->seal_key, setting.secret, &secret, e)))
        return NULL;
    struct json *ways = json_object(a), *servers = json_array(a);
    struct str username =
        str_format(a, "%lld:%lld", (long long)((now + CALL_CREDENTIALS_US) / SECOND_US), (long long)call->id);
    while (str_split(&setting.servers, '\n', &line)) {
        struct json *server = json_object(a);
        if (!calls_is_server(line))
            continue;
        json_set_str(a, server, "urls", line);
        if (str_starts(line, STR("turn")) && secret.len) {
            json_set_str(a, server, "username", username);
            json_set_str(a, server, "credential", calls_credential(a, secret, username));
        }
        json_push(a, servers, server);
    }
    json_set(a, ways, "iceServers", servers);
    if (setting.relay_only)
        json_set_str(a, ways, "iceTransportPolicy", STR("relay"));
    return ways;
}
