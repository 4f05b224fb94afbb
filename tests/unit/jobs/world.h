/* SPDX-License-Identifier: Apache-2.0 */
/* A house with a small network behind its jobs, over real HTTP, for the tests of jobs that call one. */
#pragma once

#include "../care/house_fixture.h"

#include <stdatomic.h>
#include <time.h>

#include "jobs/jobs_internal.h"
#include "net/http.h"

struct network {
    struct http_server *server;
    atomic_int calls;
    int status;
    const char *type, *body; /* of its answers; no body: it accepts, and gives each reply an id */
    const char *points_to;   /* its first answer is a redirect to this address */
    atomic_int slow_ms;
};

struct world {
    struct care *c;
    struct network network;
    struct client *client;
    struct jobs jobs;
};

static inline void network_answer(struct http_request *req, void *ctx)
{
    struct network *n = ctx;
    int call = atomic_fetch_add(&n->calls, 1);
    nanosleep(&(struct timespec){.tv_nsec = atomic_load(&n->slow_ms) * 1000000L}, NULL);
    if (n->points_to && call == 0) {
        http_set_header(req, "Location", str_from(n->points_to));
        http_respond(req, 307, STR("text/plain"), STR_EMPTY);
        return;
    }
    struct str body =
        n->body ? str_from(n->body) : str_format(req->arena, "{\"messages\":[{\"id\":\"wamid.out.%d\"}]}", call);
    http_respond(req, n->status, str_from(n->type), body);
}

/* An account whose network is at this port of ours; number: the setting that holds what it is called there. */
static inline bool world_account(struct tx *tx, struct world *w, const char *network, const char *number, int port,
                                 struct channel_row *out, struct error *e)
{
    struct pair items[] = {{STR("app_secret"), STR("s")},
                           {STR("access_token"), STR("t")},
                           {str_from(number), STR("100")},
                           {STR("api_base"), str_format(tx_arena(tx), "http://127.0.0.1:%d", port)}};
    struct pairs given = {items, COUNT_OF(items)};
    int64_t id;
    return account_add(tx, w->c->h->house, w->c->brand, str_from(network), STR("Vero"), &given, 1, &id, e) &&
           channel_row_by_id(tx, w->c->arena, w->c->brand, id, out, e);
}

static inline struct world *world_open(const char *type, const char *body)
{
    struct world *w = calloc(1, sizeof *w);
    void *care = NULL;
    struct error why = {0};
    struct http_config config = http_config_default;
    if (!w || care_set_up(&care) != 0)
        return NULL;
    w->c = care;
    config.address = "127.0.0.1";
    config.port = 0;
    w->network.status = 200;
    w->network.type = type;
    w->network.body = body;
    w->network.server = http_server_open(&config, network_answer, &w->network, &why);
    w->client = client_open(&why);
    if (!w->network.server || !w->client)
        fail_msg("%s", why.message);
    w->jobs.house = w->c->h->house;
    w->jobs.client = w->client;
    gates_begin(&w->jobs);
    return w;
}

/* A worker without its thread: the test takes its turns. */
static inline void world_worker(struct world *w, struct worker *worker, const char *name)
{
    *worker = (struct worker){.jobs = &w->jobs, .name = name};
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, NULL);
}

static inline int world_close(struct world *w, struct worker *worker)
{
    void *care = w->c;
    lanes_land(worker);
    client_close(w->client);
    gates_end(&w->jobs);
    http_server_close(w->network.server);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
    int code = care_tear_down(&care);
    free(w);
    return code;
}
