/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies in front: which addresses are theirs, and who the client behind them is. Each proxy appends the address it
 * saw to X-Forwarded-For, so the words are read from the right, and believed as far as proxies of ours said them. */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "net/http_internal.h"

#define V4_BITS 96 /* of the prefix under which IPv4 is kept */

static bool address_parse(struct str text, struct in6_addr *out, bool *v4)
{
    char words[INET6_ADDRSTRLEN];
    struct in_addr old;
    if (text.len == 0 || text.len >= sizeof words || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(words, text.ptr, text.len);
    words[text.len] = '\0';
    *v4 = inet_pton(AF_INET, words, &old) == 1;
    if (!*v4)
        return inet_pton(AF_INET6, words, out) == 1;
    *out = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(&out->s6_addr[12], &old, sizeof old);
    return true;
}

static bool bit(const struct in6_addr *address, unsigned n)
{
    return address->s6_addr[n / 8] >> (7 - n % 8) & 1;
}

static bool net_holds(const struct proxy_net *net, const struct in6_addr *address)
{
    for (unsigned i = 0; i < net->bits; i++)
        if (bit(&net->address, i) != bit(address, i))
            return false;
    return true;
}

/* ADDRESS or ADDRESS/BITS, where the bits behind the net's are zero. */
static bool net_parse(struct str text, struct proxy_net *out)
{
    ptrdiff_t slash = str_find_char(text, '/');
    int64_t bits = -1;
    bool v4;
    struct str address = slash < 0 ? text : str_slice(text, 0, (size_t)slash);
    if (!address_parse(address, &out->address, &v4))
        return false;
    int64_t most = v4 ? 128 - V4_BITS : 128;
    if (slash < 0)
        bits = most;
    else if (!str_int64(str_slice(text, (size_t)slash + 1, text.len), &bits) || bits < 0 || bits > most)
        return false;
    out->bits = (unsigned)bits + (v4 ? V4_BITS : 0);
    for (unsigned i = out->bits; i < 128; i++)
        if (bit(&out->address, i))
            return false;
    return true;
}

static bool proxy_add(struct http_server *server, struct str text)
{
    if (!str_eq(text, STR("loopback")))
        return net_parse(text, &server->proxies[server->proxy_count++]);
    server->proxy_loopback = true;
    return true;
}

bool proxies_parse(struct http_server *server, const char *text, struct error *e)
{
    struct str rest = str_from(text), part;
    if (str_eq(str_trim(rest), STR("none")))
        return true;
    while (str_split(&rest, ',', &part)) {
        part = str_trim(part);
        if (server->proxy_count == PROXIES_MAX)
            return fail(e, ERR_BAD_INPUT, "The setting proxy takes at most %d nets.", PROXIES_MAX);
        if (!proxy_add(server, part))
            return fail(e, ERR_BAD_INPUT,
                        "The setting proxy is “none”, or “loopback”, addresses and nets (10.0.0.0/8, fd00::/8) with "
                        "commas between: “%.*s” is none of them.",
                        STR_ARGS(part));
    }
    return server->proxy_loopback || server->proxy_count > 0 ||
           fail(e, ERR_BAD_INPUT, "The setting proxy is empty: say “none” where there is no proxy.");
}

bool proxy_is(const struct http_server *server, const struct in6_addr *address)
{
    bool is = server->proxy_loopback && peer_is_loopback(address);
    for (size_t i = 0; i < server->proxy_count && !is; i++)
        is = net_holds(&server->proxies[i], address);
    return is;
}

/* Takes the last of a list with commas off its end; false: there was none. */
static bool take_last(struct str *list, struct str *out)
{
    size_t at = list->len;
    if (list->len == 0)
        return false;
    while (at > 0 && list->ptr[at - 1] != ',')
        at--;
    *out = str_trim(str_slice(*list, at, list->len));
    *list = str_slice(*list, 0, at > 0 ? at - 1 : 0);
    if (out->len > 2 && out->ptr[0] == '[' && out->ptr[out->len - 1] == ']')
        *out = str_slice(*out, 1, out->len - 1);
    return true;
}

/* The address that this one tells of can be that of a client: only whoever is on this machine sees who else is. */
static bool may_tell(const struct in6_addr *teller, const struct in6_addr *of)
{
    return peer_is_loopback(teller) || !peer_is_loopback(of);
}

/* The nearest that is no proxy of ours; what is further away is their word. Where all are, or one is no address, the
 * furthest that is known. */
struct str proxy_client(const struct exchange *x)
{
    struct in6_addr client = x->conn->address, before;
    bool v4, on = proxy_is(x->req.server, &client);
    for (size_t i = x->headers.count; on && i-- > 0;) {
        struct str list = x->headers.items[i].value, part;
        if (!str_eq_nocase(x->headers.items[i].name, STR("X-Forwarded-For")))
            continue;
        while (on && take_last(&list, &part)) {
            on = address_parse(part, &before, &v4) && may_tell(&client, &before);
            if (on)
                client = before;
            on = on && proxy_is(x->req.server, &client);
        }
    }
    char words[INET6_ADDRSTRLEN];
    peer_words(&client, words);
    return str_dup(x->req.arena, str_from(words));
}

/* The first of a header's list: what the proxy nearest to the client saw. */
static struct str first_of(const struct exchange *x, const char *name)
{
    struct str list = header_get(x, name), part;
    return str_split(&list, ',', &part) ? str_trim(part) : STR_EMPTY;
}

struct str http_url(struct http_request *req)
{
    const struct exchange *x = exchange_of(req);
    bool told = proxy_is(req->server, &x->conn->address);
    struct str scheme = told ? first_of(x, "X-Forwarded-Proto") : STR_EMPTY;
    struct str host = told ? first_of(x, "X-Forwarded-Host") : STR_EMPTY;
    if (host.len == 0)
        host = header_get(x, "Host");
    return str_format(req->arena, "%s://%.*s%s", str_eq_nocase(scheme, STR("https")) ? "https" : "http",
                      STR_ARGS(host), x->target);
}
