/* SPDX-License-Identifier: Apache-2.0 */
/* A brand for the tests: a small server that answers handshakes, checks signatures and keeps what came; and a
 * client that calls the simulated networks. */
#pragma once

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "net/client.h"
#include "net/http.h"
#include "sim/sim.h"

struct kept {
    char *body;
    size_t len;
    enum sim_network network;
    bool signed_well;
    int64_t at; /* monotonic */
};

struct receiver {
    struct http_server *server;
    pthread_mutex_t lock;
    struct kept *kept;
    size_t count, cap;
    size_t asked;    /* requests, also those refused */
    int refuse_with; /* a status instead of 200; 0: none */
    bool wrong_handshake;
};

struct world {
    struct receiver receiver;
    struct sim *sim;
    struct client *client;
    struct arena *a;
};

static const char *const network_paths[SIM_NETWORKS] = {"/facebook", "/whatsapp", "/x"};

static inline enum sim_network network_of(struct str path)
{
    int n;

    for (n = 0; n < SIM_NETWORKS; n++)
        if (str_eq(path, str_from(network_paths[n])))
            return (enum sim_network)n;
    return SIM_NETWORKS;
}

static inline struct str expected_signature(struct arena *a, enum sim_network network, struct str body)
{
    unsigned char digest[SHA256_BYTES];
    struct str text;

    hmac_sha256(str_from(sim_config_default.accounts[network].secret), body, digest);
    text = network == SIM_X ? base64_encode(a, digest, sizeof digest) : hex_encode(a, digest, sizeof digest);
    return str_concat(a, STR("sha256="), text);
}

static inline void answer_handshake(struct receiver *r, struct http_request *req, enum sim_network network)
{
    struct str token = http_query(req, "crc_token"), words;

    if (r->wrong_handshake) {
        http_respond(req, 403, STR("text/plain"), STR("no"));
    } else if (network == SIM_X) {
        words = expected_signature(req->arena, SIM_X, token);
        words = str_format(req->arena, "{\"response_token\":\"%.*s\"}", STR_ARGS(words));
        http_respond(req, 200, STR("application/json"), words);
    } else if (!str_eq(http_query(req, "hub.verify_token"),
                       str_from(sim_config_default.accounts[network].verify_token))) {
        http_respond(req, 403, STR("text/plain"), STR("no"));
    } else {
        http_respond(req, 200, STR("text/plain"), http_query(req, "hub.challenge"));
    }
}

static inline void keep(struct receiver *r, struct http_request *req, enum sim_network network)
{
    const char *header = network == SIM_X ? "x-twitter-webhooks-signature" : "x-hub-signature-256";
    struct kept *one;

    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->kept = realloc(r->kept, r->cap * sizeof *r->kept);
    }
    one = &r->kept[r->count++];
    one->body = malloc(req->body.len + 1);
    memcpy(one->body, req->body.ptr, req->body.len);
    one->len = req->body.len;
    one->network = network;
    one->at = clock_monotonic();
    one->signed_well = same_secret(http_header(req, header), expected_signature(req->arena, network, req->body));
}

static inline void receiver_handle(struct http_request *req, void *ctx)
{
    struct receiver *r = ctx;
    enum sim_network network = network_of(req->path);
    bool good = false;
    int refuse;

    pthread_mutex_lock(&r->lock);
    refuse = r->refuse_with;
    r->asked++;
    if (req->method == HTTP_POST && refuse == 0 && network != SIM_NETWORKS) {
        keep(r, req, network);
        good = r->kept[r->count - 1].signed_well;
    }
    pthread_mutex_unlock(&r->lock);
    if (network == SIM_NETWORKS || refuse != 0)
        http_respond(req, refuse != 0 ? refuse : 404, STR("text/plain"), STR("no"));
    else if (req->method == HTTP_GET)
        answer_handshake(r, req, network);
    else
        http_respond(req, good ? 200 : 403, STR("text/plain"), STR(""));
}

static inline void receiver_listen(struct receiver *r, uint16_t port)
{
    struct http_config config = http_config_default;
    struct error e = {ERR_NONE, ""};

    config.address = "127.0.0.1";
    config.port = port;
    config.loops = 1;
    r->server = http_server_open(&config, receiver_handle, r, &e);
    assert_non_null(r->server);
}

/* ---- the world ---- */

static inline void config_for(struct sim_config *config, struct arena *a, uint16_t port)
{
    int n;

    *config = sim_config_default;
    config->retry_first_ms = 20;
    config->retry_max_ms = 100;
    config->echo_ms = 30;
    config->delivered_ms = 60;
    for (n = 0; n < SIM_NETWORKS; n++)
        config->accounts[n].hook_url =
            str_cstr(a, str_format(a, "http://127.0.0.1:%u%s", (unsigned)port, network_paths[n]));
}

static inline int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct error e = {ERR_NONE, ""};
    struct sim_config config;

    assert_true(crypto_init(&e));
    w->a = arena_new();
    pthread_mutex_init(&w->receiver.lock, NULL);
    receiver_listen(&w->receiver, 0);
    w->client = client_open(&e);
    assert_non_null(w->client);
    config_for(&config, w->a, http_server_port(w->receiver.server));
    w->sim = sim_open(&config, &e);
    assert_non_null(w->sim);
    *state = w;
    return 0;
}

static inline int world_close(void **state)
{
    struct world *w = *state;
    size_t n;

    sim_close(w->sim);
    client_close(w->client);
    http_server_close(w->receiver.server);
    for (n = 0; n < w->receiver.count; n++)
        free(w->receiver.kept[n].body);
    free(w->receiver.kept);
    pthread_mutex_destroy(&w->receiver.lock);
    arena_free(w->a);
    free(w);
    return 0;
}

static inline void nap(void)
{
    struct timespec ms = {0, 2000000};

    nanosleep(&ms, NULL);
}

static inline size_t kept_count(struct world *w)
{
    size_t count;

    pthread_mutex_lock(&w->receiver.lock);
    count = w->receiver.count;
    pthread_mutex_unlock(&w->receiver.lock);
    return count;
}

/* Waits until n webhooks have come and none is on its way any more. */
static inline void wait_kept(struct world *w, size_t n)
{
    int64_t until = clock_monotonic() + 8 * SECOND_US;

    while ((kept_count(w) < n || sim_hooks_pending(w->sim) > 0) && clock_monotonic() < until)
        nap();
    if (kept_count(w) < n)
        fail_msg("%zu webhooks came, %zu were expected", kept_count(w), n);
}

/* Waits until so many webhooks are on their way, no more and no fewer. */
static inline void wait_pending(struct world *w, size_t n)
{
    int64_t until = clock_monotonic() + 8 * SECOND_US;

    while (sim_hooks_pending(w->sim) != n && clock_monotonic() < until)
        nap();
    assert_int_equal(sim_hooks_pending(w->sim), n);
}

/* The n-th webhook as JSON. */
static inline const struct json *hook_json(struct world *w, size_t n)
{
    struct json *j = NULL;
    struct str body;

    pthread_mutex_lock(&w->receiver.lock);
    if (n < w->receiver.count) {
        body = str_dup(w->a, (struct str){w->receiver.kept[n].body, w->receiver.kept[n].len});
        j = json_parse(w->a, body, NULL);
    }
    pthread_mutex_unlock(&w->receiver.lock);
    assert_non_null(j);
    return j;
}

/* entry[0].changes[0].value, entry[0].messaging[0] or data of the n-th webhook. */
static inline const struct json *hook_value(struct world *w, size_t n)
{
    const struct json *j = hook_json(w, n), *entry = json_at(json_get(j, "entry"), 0);
    const struct json *value = json_get(json_at(json_get(entry, "changes"), 0), "value");

    if (value == NULL)
        value = json_at(json_get(entry, "messaging"), 0);
    return value != NULL ? value : json_get(j, "data");
}

/* ---- what customers and the brand do ---- */

static inline struct str act(struct world *w, enum sim_network network, const char *person, const char *what,
                             struct str to, const char *text, const char *media)
{
    struct sim_act a = {.network = network, .person = str_from(person), .what = str_from(what), .to = to};
    struct error e = {ERR_NONE, ""};
    struct str id = STR_EMPTY;

    a.text = str_from(text);
    a.media = str_from(media);
    if (!sim_do(w->sim, &a, w->a, &id, &e))
        fail_msg("%s: %s", what, e.message);
    return id;
}

static inline struct json *call(struct world *w, enum sim_network network, const char *method, struct str path,
                                const char *body, struct http_reply *reply)
{
    struct pair headers[2];
    struct http_call c = {.method = method, .timeout_ms = 5000};
    struct str base = sim_base(w->sim, network, w->a);

    headers[0].name = STR("Authorization");
    headers[0].value = str_format(w->a, "Bearer %s", sim_config_default.accounts[network].access_token);
    headers[1].name = STR("Content-Type");
    headers[1].value = STR("application/json");
    c.url = str_format(w->a, "%.*s%.*s", STR_ARGS(base), STR_ARGS(path));
    c.headers = (struct pairs){headers, 2};
    c.body = str_from(body);
    client_call(w->client, w->a, &c, reply);
    return reply->body.len > 0 ? json_parse(w->a, reply->body, NULL) : NULL;
}

static inline struct json *state(struct world *w)
{
    struct json *j = json_parse(w->a, sim_state(w->sim, w->a), NULL);

    assert_non_null(j);
    return j;
}

/* How often a text of the brand was accepted. */
static inline int64_t accepted(struct world *w, const char *text)
{
    const struct json *list = json_get(state(w), "accepted");
    int64_t count = 0;
    size_t n;

    for (n = 0; n < json_count(list); n++)
        if (str_eq(json_text(json_get(json_at(list, n), "text")), str_from(text)))
            count += json_int(json_get(json_at(list, n), "count"), 0);
    return count;
}

static inline void assert_text(const struct json *j, const char *expected)
{
    assert_non_null(j);
    if (!str_eq(json_id(j), str_from(expected)))
        fail_msg("\"%.*s\" instead of \"%s\"", STR_ARGS(json_id(j)), expected);
}
