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
#include "channels/channel.h"
#include "net/client.h"
#include "net/http.h"
#include "sim/sim_driver.h"

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
    const char *ack, *ack_type; /* of the last */
};

struct world {
    struct receiver receiver;
    struct sim *sim;
    struct client *client;
    struct arena *a;
    struct str counted[SIM_NETWORKS]; /* where a network only counts: the cursor, that is what it counted before */
};

/* The three whose every answer is known to these tests; the others are held against their adapters (every_test.c). */
static const enum sim_network trio[] = {SIM_FACEBOOK, SIM_WHATSAPP, SIM_X};
#define TRIO 3

static inline bool is_of_trio(enum sim_network network)
{
    return network == SIM_FACEBOOK || network == SIM_WHATSAPP || network == SIM_X;
}

/* Webhooks go to /NETWORK. */
static inline enum sim_network network_of(struct str path)
{
    enum sim_network network = SIM_NETWORKS;

    (void)!sim_network_find(str_slice(path, 1, path.len), &network);
    return network;
}

/* What the channel of a network's default account is set up with. */
static inline struct settings default_settings(struct arena *a, enum sim_network network, struct str api_base)
{
    const struct sim_driver *driver = sim_drivers[network];
    const struct sim_account *named = &driver->named, *account = &driver->account;
    const char *const parts[][2] = {{named->account_id, account->account_id},
                                    {named->access_token, account->access_token},
                                    {named->secret, account->secret},
                                    {named->verify_token, account->verify_token}};
    const char *const *more = driver->more;
    struct pairs given = {.items = ARENA_ARRAY(a, struct pair, 32)};
    struct settings settings;
    struct error e = {ERR_NONE, ""};
    size_t n;

    if (api_base.len > 0)
        given.items[given.count++] = (struct pair){STR("api_base"), api_base};
    for (n = 0; n < COUNT_OF(parts); n++)
        if (parts[n][0] != NULL && parts[n][1] != NULL)
            given.items[given.count++] = (struct pair){str_from(parts[n][0]), str_from(parts[n][1])};
    for (; more != NULL && *more != NULL; more += 2)
        if (strcmp(more[1], SIM_OWN_BASE) != 0 || api_base.len > 0)
            given.items[given.count++] =
                (struct pair){str_from(more[0]), strcmp(more[1], SIM_OWN_BASE) == 0 ? api_base : str_from(more[1])};
    if (!settings_make(a, channel_find(str_from(driver->name)), &given, &settings, &e))
        fail_msg("%s: %s", driver->name, e.message);
    return settings;
}

static inline struct str expected_signature(struct arena *a, enum sim_network network, struct str body)
{
    unsigned char digest[SHA256_BYTES];
    struct str text;

    hmac_sha256(str_from(sim_account_default(network)->secret), body, digest);
    text = network == SIM_X ? base64_encode(a, digest, sizeof digest) : hex_encode(a, digest, sizeof digest);
    return str_concat(a, STR("sha256="), text);
}

/* Some networks tell by GETs what others post. */
static inline struct str told_by(const struct http_request *req, enum sim_network network)
{
    const struct channel *channel = channel_find(str_from(sim_network_name(network)));

    return channel->by_get ? req->query : req->body;
}

/* As the server gives it to an adapter. */
static inline struct hook hook_of(struct http_request *req, const struct channel *channel)
{
    struct pair *headers = ARENA_ARRAY(req->arena, struct pair, COUNT_OF(channel->headers));
    struct hook hook = {.method = req->method == HTTP_GET ? STR("GET") : STR("POST"), .body = req->body};
    size_t n;

    for (n = 0; n < COUNT_OF(channel->headers) && channel->headers[n] != NULL; n++)
        headers[n] = (struct pair){str_from(channel->headers[n]), http_header(req, channel->headers[n])};
    hook.headers = (struct pairs){headers, n};
    hook.query = url_query(req->arena, req->query);
    hook.url = http_url(req);
    return hook;
}

static inline bool signed_for(struct http_request *req, enum sim_network network)
{
    const struct channel *channel = channel_find(str_from(sim_network_name(network)));
    struct settings settings = default_settings(req->arena, network, STR_EMPTY);
    struct hook hook = hook_of(req, channel);
    struct error e = {ERR_NONE, ""};

    return channel->verify(&settings, &hook, &e);
}

static inline void answer_by_adapter(struct http_request *req, enum sim_network network)
{
    const struct channel *channel = channel_find(str_from(sim_network_name(network)));
    struct settings settings = default_settings(req->arena, network, STR_EMPTY);
    struct hook hook = hook_of(req, channel);
    struct str reply = STR_EMPTY, type = STR("text/plain");
    struct error e = {ERR_NONE, ""};

    if (channel->handshake != NULL && channel->handshake(req->arena, &settings, &hook, &reply, &type, &e))
        http_respond(req, 200, type, reply);
    else
        http_respond(req, 403, type, str_from(e.message));
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
    } else if (!str_eq(http_query(req, "hub.verify_token"), str_from(sim_account_default(network)->verify_token))) {
        http_respond(req, 403, STR("text/plain"), STR("no"));
    } else {
        http_respond(req, 200, STR("text/plain"), http_query(req, "hub.challenge"));
    }
}

static inline void keep(struct receiver *r, struct http_request *req, enum sim_network network)
{
    const char *header = network == SIM_X ? "x-twitter-webhooks-signature" : "x-hub-signature-256";
    const struct channel *channel = channel_find(str_from(sim_network_name(network)));
    struct kept *one;

    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->kept = realloc(r->kept, r->cap * sizeof *r->kept);
    }
    one = &r->kept[r->count++];
    one->len = told_by(req, network).len;
    one->body = malloc(one->len + 1);
    memcpy(one->body, told_by(req, network).ptr, one->len);
    one->network = network;
    one->at = clock_monotonic();
    one->signed_well = is_of_trio(network)
                           ? same_secret(http_header(req, header), expected_signature(req->arena, network, req->body))
                           : signed_for(req, network);
    r->ack = channel->ack != NULL ? channel->ack : "";
    r->ack_type = channel->ack_type != NULL ? channel->ack_type : "text/plain";
}

static inline void receiver_handle(struct http_request *req, void *ctx)
{
    struct receiver *r = ctx;
    enum sim_network network = network_of(req->path);
    const char *ack = "", *type = "text/plain";
    bool good = false, told = req->method == HTTP_POST;
    int refuse;

    if (network != SIM_NETWORKS && channel_find(str_from(sim_network_name(network)))->by_get)
        told = true;
    pthread_mutex_lock(&r->lock);
    refuse = r->refuse_with;
    r->asked++;
    if (told && refuse == 0 && network != SIM_NETWORKS) {
        keep(r, req, network);
        good = r->kept[r->count - 1].signed_well;
        ack = r->ack;
        type = r->ack_type;
    }
    pthread_mutex_unlock(&r->lock);
    if (network == SIM_NETWORKS || refuse != 0)
        http_respond(req, refuse != 0 ? refuse : 404, STR("text/plain"), STR("no"));
    else if (!told && is_of_trio(network))
        answer_handshake(r, req, network);
    else if (!told)
        answer_by_adapter(req, network);
    else
        http_respond(req, good ? 200 : 403, str_from(type), str_from(ack));
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
        config->accounts[n].hook_url = str_cstr(
            a, str_format(a, "http://127.0.0.1:%u/%s", (unsigned)port, sim_network_name((enum sim_network)n)));
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
    headers[0].value = str_format(w->a, "Bearer %s", sim_account_default(network)->access_token);
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
