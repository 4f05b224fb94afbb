/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator as a whole: opening, its thread (webhooks, answers that wait, the socket that is refused for
 * a while), routing of its server, reset. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "sim/sim_driver.h"

#define IDLE_US (10 * SECOND_US)

const struct sim_config sim_config_default = {
    .address = "127.0.0.1",
    .brand = "Nuvola Mobile",
    .handle = "nuvolamobile",
    .retry_first_ms = 200,
    .retry_max_ms = 5000,
    .hook_timeout_ms = 10000,
    .echo_ms = 120,
    .delivered_ms = 250,
    .people = true,
};

const char *sim_network_name(enum sim_network network)
{
    return sim_drivers[network]->name;
}

bool sim_network_find(struct str name, enum sim_network *out)
{
    int n;

    for (n = 0; n < SIM_NETWORKS; n++)
        if (str_eq(name, str_from(sim_drivers[n]->name))) {
            *out = (enum sim_network)n;
            return true;
        }
    return false;
}

const struct sim_account *sim_account_default(enum sim_network network)
{
    return &sim_drivers[network]->account;
}

void sim_lock(struct sim *sim)
{
    pthread_mutex_lock(&sim->lock);
}

void sim_unlock(struct sim *sim)
{
    pthread_mutex_unlock(&sim->lock);
}

void sim_wake(struct sim *sim)
{
    pthread_cond_signal(&sim->wake);
}

int64_t sim_now(const struct sim *sim)
{
    return clock_now() + sim->offset;
}

/* ---- answers that wait ---- */

static void respond(const struct sim_later *later)
{
    http_respond(later->req, later->status, later->type, later->body);
}

void sim_respond_later(struct sim *sim, struct sim_later later)
{
    struct sim_later *kept;

    sim_lock(sim);
    /* before nobody listens, what was accepted is answered: the server would tell whoever waits that it did nothing
     */
    if (sim->refuse || (later.due <= clock_monotonic() && later.after_hook == 0)) {
        sim_unlock(sim);
        respond(&later);
        return;
    }
    kept = malloc(sizeof *kept);
    if (kept == NULL)
        abort();
    *kept = later;
    kept->next = sim->laters;
    sim->laters = kept;
    sim_wake(sim);
    sim_unlock(sim);
}

/* Answers what is due (all of it when the end has come); returns the next moment. Lock held, given back
 * meanwhile. */
static int64_t run_laters(struct sim *sim, bool all)
{
    int64_t now = clock_monotonic(), next = now + IDLE_US;
    struct sim_later **at = &sim->laters, *due = NULL, *one;

    while ((one = *at) != NULL) {
        if (!all && one->due > now) {
            next = one->due < next ? one->due : next;
            at = &one->next;
            continue;
        }
        *at = one->next;
        one->next = due;
        due = one;
    }
    if (due == NULL)
        return next;
    sim_unlock(sim);
    while ((one = due) != NULL) {
        due = one->next;
        respond(one);
        free(one);
    }
    sim_lock(sim);
    return next;
}

/* ---- the server ---- */

static void handle(struct http_request *req, void *ctx)
{
    struct sim *sim = ctx;

    struct buf words;
    int n;

    if (sim_api_request(sim, req) || sim_control_request(sim, req))
        return;
    buf_init(&words, req->arena, 256);
    buf_cstr(&words, "The simulated networks are at");
    for (n = 0; n < SIM_NETWORKS; n++)
        buf_format(&words, " %s", sim_drivers[n]->base);
    buf_char(&words, '\n');
    http_respond(req, 404, STR("text/plain; charset=utf-8"), buf_view(&words));
}

static struct http_server *listen_on(struct sim *sim, uint16_t port, struct error *e)
{
    struct http_config config = http_config_default;

    config.address = sim->config.address;
    config.port = port;
    config.body_max = 110UL * 1024 * 1024;
    config.per_client_max = 0;
    config.loops = 1;
    return http_server_open(&config, handle, sim, e);
}

/* The socket is closed while calls are to be refused. Lock held, given back meanwhile. */
static int64_t run_refusal(struct sim *sim)
{
    int64_t now = clock_monotonic(), until = sim->refuse_until;
    struct http_server *server = sim->server;
    struct error e = {ERR_NONE, ""};

    if (sim->refuse && server != NULL) {
        run_laters(sim, true);
        sim->server = NULL;
        sim_unlock(sim);
        http_server_drain(server, 1);
        http_server_close(server);
        sim_lock(sim);
        return until;
    }
    if (sim->refuse && now < until)
        return until;
    if (server == NULL) {
        sim->refuse = false;
        sim_unlock(sim);
        server = listen_on(sim, sim->port, &e);
        sim_lock(sim);
        sim->server = server;
        return server != NULL ? now + IDLE_US : now + SECOND_US / 10;
    }
    return now + IDLE_US;
}

/* Tells the open pages what is new. Lock held, given back meanwhile. */
static void run_news(struct sim *sim)
{
    uint64_t version = sim->version;
    struct arena *a;

    if (sim->announced == version)
        return;
    sim->announced = version;
    sim_unlock(sim);
    a = arena_new();
    sim_play_announce(sim, a, version);
    arena_free(a);
    sim_lock(sim);
}

static void wait_until(struct sim *sim, int64_t monotonic)
{
    struct timespec at;

    at.tv_sec = (time_t)(monotonic / SECOND_US);
    at.tv_nsec = (long)(monotonic % SECOND_US) * 1000;
    pthread_cond_timedwait(&sim->wake, &sim->lock, &at);
}

static void *run(void *ctx)
{
    struct sim *sim = ctx;
    int64_t next, when;

    sim_lock(sim);
    while (!sim->closing) {
        next = run_laters(sim, false);
        when = run_refusal(sim);
        next = when < next ? when : next;
        when = sim_hooks_run(sim);
        next = when < next ? when : next;
        run_news(sim);
        if (!sim->closing && sim->announced == sim->version && next > clock_monotonic())
            wait_until(sim, next);
    }
    run_laters(sim, true);
    sim_unlock(sim);
    return NULL;
}

/* ---- opening and closing ---- */

static const char *keep(struct sim *sim, const char *given, const char *otherwise)
{
    const char *s = given != NULL ? given : otherwise;

    return s == NULL ? NULL : arena_copy(sim->house, s, strlen(s));
}

static void keep_account(struct sim *sim, enum sim_network network, const struct sim_account *given,
                         const struct sim_account *otherwise)
{
    struct sim_account *account = &sim->lines[network].account;

    account->account_id = keep(sim, given->account_id, otherwise->account_id);
    account->access_token = keep(sim, given->access_token, otherwise->access_token);
    account->secret = keep(sim, given->secret, otherwise->secret);
    account->verify_token = keep(sim, given->verify_token, otherwise->verify_token);
    account->hook_url = keep(sim, given->hook_url, otherwise->hook_url);
}

static void take_config(struct sim *sim, const struct sim_config *config)
{
    const struct sim_config *d = &sim_config_default;
    int n;

    sim->config = *config;
    sim->config.address = keep(sim, config->address, d->address);
    sim->config.brand = keep(sim, config->brand, d->brand);
    sim->config.handle = keep(sim, config->handle, d->handle);
    sim->config.retry_first_ms = config->retry_first_ms > 0 ? config->retry_first_ms : d->retry_first_ms;
    sim->config.retry_max_ms = config->retry_max_ms > 0 ? config->retry_max_ms : d->retry_max_ms;
    sim->config.hook_timeout_ms = config->hook_timeout_ms > 0 ? config->hook_timeout_ms : d->hook_timeout_ms;
    for (n = 0; n < SIM_NETWORKS; n++)
        keep_account(sim, (enum sim_network)n, &config->accounts[n], &sim_drivers[n]->account);
}

static void init_locks(struct sim *sim)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&sim->lock, NULL);
    pthread_mutex_init(&sim->viewers_lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&sim->wake, &attr);
    pthread_condattr_destroy(&attr);
}

struct sim *sim_open(const struct sim_config *config, struct error *e)
{
    struct sim *sim = calloc(1, sizeof *sim);
    int n;

    if (sim == NULL)
        abort();
    init_locks(sim);
    sim->house = arena_new();
    sim->state = arena_new();
    take_config(sim, config);
    sim_hooks_init(sim);
    if (sim->config.people)
        sim_seed(sim);
    sim->client = client_open(e);
    sim->server = sim->client == NULL ? NULL : listen_on(sim, config->port, e);
    if (sim->server == NULL) {
        sim_close(sim);
        return NULL;
    }
    sim->port = http_server_port(sim->server);
    sim_lock(sim);
    for (n = 0; n < SIM_NETWORKS; n++)
        sim_handshake_begin(sim, (enum sim_network)n);
    sim_unlock(sim);
    if (pthread_create(&sim->thread, NULL, run, sim) != 0) {
        sim_close(sim);
        return fail_null(e, ERR_INTERNAL, "The simulator's thread could not be started");
    }
    sim->thread_runs = true;
    return sim;
}

void sim_close(struct sim *sim)
{
    if (sim == NULL)
        return;
    sim_lock(sim);
    sim->closing = true;
    sim_wake(sim);
    sim_unlock(sim);
    if (sim->thread_runs)
        pthread_join(sim->thread, NULL);
    http_server_close(sim->server);
    client_close(sim->client);
    sim_hooks_free(sim);
    arena_free(sim->state);
    arena_free(sim->house);
    pthread_mutex_destroy(&sim->lock);
    pthread_mutex_destroy(&sim->viewers_lock);
    pthread_cond_destroy(&sim->wake);
    free(sim);
}

uint16_t sim_port(const struct sim *sim)
{
    return sim->port;
}

struct str sim_base(const struct sim *sim, enum sim_network network, struct arena *a)
{
    return str_format(a, "http://127.0.0.1:%u%s", (unsigned)sim->port, sim_drivers[network]->base);
}

struct sim_account sim_account(struct sim *sim, enum sim_network network)
{
    struct sim_account account;

    sim_lock(sim);
    account = sim->lines[network].account;
    sim_unlock(sim);
    return account;
}

static void add_setting(struct pairs *settings, const char *name, const char *value)
{
    if (name != NULL && value != NULL)
        settings->items[settings->count++] = (struct pair){str_from(name), str_from(value)};
}

struct pairs sim_settings(struct sim *sim, enum sim_network network, struct arena *a)
{
    const struct sim_account *named = &sim_drivers[network]->named, account = sim_account(sim, network);
    const char *const *more = sim_drivers[network]->more;
    size_t count = 0;
    struct pairs settings;

    while (more != NULL && more[count] != NULL)
        count++;
    settings = (struct pairs){.items = ARENA_ARRAY(a, struct pair, 5 + count)};
    const char *base = str_cstr(a, sim_base(sim, network, a));
    add_setting(&settings, "api_base", base);
    add_setting(&settings, named->account_id, account.account_id);
    add_setting(&settings, named->access_token, account.access_token);
    add_setting(&settings, named->secret, account.secret);
    add_setting(&settings, named->verify_token, account.verify_token);
    for (; more != NULL && more[0] != NULL && more[1] != NULL; more += 2)
        add_setting(&settings, more[0], strcmp(more[1], SIM_OWN_BASE) == 0 ? base : more[1]);
    return settings;
}

void sim_hook_to(struct sim *sim, enum sim_network network, const struct sim_account *account)
{
    struct sim_account before;

    sim_lock(sim);
    before = sim->lines[network].account;
    keep_account(sim, network, account, &before);
    sim_handshake_begin(sim, network);
    sim_unlock(sim);
}

void sim_clock_advance(struct sim *sim, int64_t us)
{
    sim_lock(sim);
    sim->offset += us;
    sim_changed(sim);
    sim_unlock(sim);
}

static void forget_people_state(struct sim *sim)
{
    struct sim_person *person;

    for (person = sim->people; person != NULL; person = person->next) {
        memset(person->blocked, 0, sizeof person->blocked);
        person->dms_closed = false;
    }
}

void sim_reset(struct sim *sim)
{
    sim_lock(sim);
    sim_hooks_drop(sim);
    sim->items = sim->items_last = NULL;
    sim->media = NULL;
    sim->accepted = sim->accepted_last = NULL;
    sim->offset = 0;
    memset(sim->calls, 0, sizeof sim->calls);
    memset(sim->refusals, 0, sizeof sim->refusals);
    memset(sim->faults, 0, sizeof sim->faults);
    forget_people_state(sim);
    arena_reset(sim->state);
    if (sim->config.people)
        sim_seed(sim);
    sim_changed(sim);
    sim_wake(sim);
    sim_unlock(sim);
}
