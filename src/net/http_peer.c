/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of clients, and how many connections each has. IPv4 is kept as IPv4-mapped IPv6. */
#include <arpa/inet.h>
#include <assert.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "net/http_internal.h"

struct in6_addr peer_address(const struct sockaddr *address)
{
    struct in6_addr out = {0};
    if (address && address->sa_family == AF_INET6) {
        out = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    } else if (address && address->sa_family == AF_INET) {
        out.s6_addr[10] = out.s6_addr[11] = 0xff;
        memcpy(&out.s6_addr[12], &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    }
    return out;
}

bool peer_is_loopback(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) || (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

void peer_words(const struct in6_addr *address, char out[INET6_ADDRSTRLEN])
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        inet_ntop(AF_INET, &address->s6_addr[12], out, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
}

bool peer_written(int fd, uint64_t *out)
{
    enum { ESTABLISHED = 1 }; /* of the kernel, which shows it to no program */
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof(info.tcpi_bytes_retrans))
        return false;
    *out = info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
    return info.tcpi_state == ESTABLISHED;
}

static struct peer_count **peer_find(struct http_server *server, const struct in6_addr *address)
{
    uint64_t hash = hash64((struct str){(const char *)address->s6_addr, sizeof(address->s6_addr)});
    struct peer_count **at = &server->peers[hash % PEER_BUCKETS];
    while (*at && memcmp(&(*at)->address, address, sizeof(*address)) != 0)
        at = &(*at)->next;
    return at;
}

/* A trusted proxy brings everybody's connections. */
static bool is_limited(const struct http_server *server, const struct in6_addr *address)
{
    return server->config.per_client_max > 0 && !proxy_is(server, address);
}

bool peer_may_come(struct http_server *server, const struct in6_addr *address)
{
    if (atomic_load(&server->connections) >= server->config.connections_max)
        return false;
    if (!is_limited(server, address))
        return true;
    pthread_mutex_lock(&server->mutex);
    struct peer_count *peer = *peer_find(server, address);
    bool may = !peer || peer->count < server->config.per_client_max;
    pthread_mutex_unlock(&server->mutex);
    return may;
}

bool peer_came(struct http_server *server, const struct in6_addr *address)
{
    atomic_fetch_add(&server->connections, 1);
    if (!is_limited(server, address))
        return false;
    pthread_mutex_lock(&server->mutex);
    struct peer_count **at = peer_find(server, address);
    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at)
            abort();
        (*at)->address = *address;
    }
    (*at)->count++;
    pthread_mutex_unlock(&server->mutex);
    return true;
}

void peer_left(struct http_server *server, const struct in6_addr *address, bool counted)
{
    pthread_mutex_lock(&server->mutex);
    if (counted) {
        struct peer_count **at = peer_find(server, address), *peer = *at;
        assert(peer); /* it was counted when it came */
        if (--peer->count == 0) {
            *at = peer->next;
            free(peer);
        }
    }
    atomic_fetch_sub(&server->connections, 1);
    pthread_cond_broadcast(&server->quiet);
    pthread_mutex_unlock(&server->mutex);
}
