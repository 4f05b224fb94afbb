/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the parts in their order, waiting for a signal, closing them in the opposite order. */
#include "cli/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "care/house.h"
#include "cli/backup_schedule.h"
#include "cli/demo.h"
#include "jobs/jobs.h"
#include "net/client.h"
#include "net/http.h"
#include "net/pool.h"
#include "net/ratelimit.h"
#include "web/app.h"
#include "web/feed.h"
#include "web/gossip.h"
#include "web/hunch.h"
#include "web/letters.h"
#include "web/presence.h"
#include "web/router.h"
#include "web/view.h"

#define WORKERS          8
#define WORKER_QUEUE     4096
#define DOORS            2   /* passwords looked at at once: 64 MiB each */
#define DOOR_QUEUE       128 /* some seconds of waiting; then they are told to come again */
#define DRAIN_SECONDS    10
#define CONNECTIONS_EACH 1000 /* of one address: an office with its pages, a proxy's are not counted */
#define LIMIT_MOST       1000000
#define LEAVE_SECONDS    5 /* until a proxy that looks at /healthz has seen it, where there are other nodes */
#define LEAVE_MOST       600

struct parts {
    struct app app;
    struct client *client;
    struct jobs *jobs;
    struct demo *demo;
    struct backup_schedule backups;
    struct arena *arena;
    const char *address;   /* it listens at */
    int64_t leave_seconds; /* -1: as it is right */
};

static bool listen_parse(const char *text, struct http_config *config, struct arena *a, struct error *e)
{
    struct str s = str_from(text ? text : "127.0.0.1:8080");
    ptrdiff_t colon = -1;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ':')
            colon = (ptrdiff_t)i;
    int64_t port;
    if (colon < 0 || !str_int64(str_slice(s, (size_t)colon + 1, s.len), &port) || port < 0 || port > 65535)
        return fail(e, ERR_BAD_INPUT, "--listen is ADDRESS:PORT, like 127.0.0.1:8080.");
    struct str address = str_slice(s, 0, (size_t)colon);
    if (address.len > 2 && address.ptr[0] == '[')
        address = str_slice(address, 1, address.len - 1);
    config->address = address.len ? str_cstr(a, address) : "127.0.0.1";
    config->port = (uint16_t)port;
    return true;
}

/* Those that the command line has too: what it says goes before. */
static bool config_option(struct parts *p, struct serve_config *config, struct str name, struct str value)
{
    const struct {
        const char *name;
        const char **place;
    } options[] = {{"listen", &config->listen},           {"backup_to", &config->backup_to},
                   {"backup_at", &config->backup_at},     {"backup_keep", &config->backup_keep},
                   {"connections", &config->connections}, {"connections_each", &config->connections_each},
                   {"pages_each", &config->pages_each},   {"proxy", &config->proxy}};
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (str_eq(name, str_from(options[i].name))) {
            if (!*options[i].place)
                *options[i].place = str_cstr(p->arena, value);
            return true;
        }
    return false;
}

/* --config FILE: lines "name = value", # begins a remark. What the command line says goes before. */
static bool config_line(struct parts *p, struct serve_config *config, struct str line, int number, struct error *e)
{
    struct str name, value = line;
    if (line.len == 0 || line.ptr[0] == '#')
        return true;
    if (!str_split(&value, '=', &name) || str_find_char(line, '=') < 0)
        return fail(e, ERR_BAD_INPUT, "%s, line %d: it says name = value.", config->config_file, number);
    name = str_trim(name);
    value = str_trim(value);
    if (config_option(p, config, name, value))
        return true;
    if (str_eq(name, STR("public_url")))
        p->app.public_url = str_ends(value, STR("/")) ? str_slice(value, 0, value.len - 1) : value;
    else if (str_eq(name, STR("drain")))
        config->drain = config->drain ? config->drain : str_cstr(p->arena, value);
    else
        return fail(e, ERR_BAD_INPUT,
                    "%s, line %d: there is no setting “%.*s” (listen, public_url, drain, proxy, connections, "
                    "connections_each, pages_each, backup_to, backup_at and backup_keep are).",
                    config->config_file, number, STR_ARGS(name));
    return true;
}

#define CONFIG_BYTES_MAX 65536

static bool config_read(struct parts *p, struct serve_config *config, struct error *e)
{
    if (!config->config_file)
        return true;
    FILE *f = fopen(config->config_file, "re");
    if (!f)
        return fail(e, ERR_BAD_INPUT, "The file %s cannot be read: %s", config->config_file, strerror(errno));
    char *bytes = arena_alloc(p->arena, CONFIG_BYTES_MAX);
    struct str rest = {bytes, fread(bytes, 1, CONFIG_BYTES_MAX, f)}, line;
    fclose(f);
    for (int number = 1; str_split(&rest, '\n', &line); number++)
        if (!config_line(p, config, str_trim(line), number, e))
            return false;
    return true;
}

static bool limit_parse(const char *name, const char *given, int64_t otherwise, int64_t *out, struct error *e)
{
    *out = otherwise;
    return !given || (str_int64(str_from(given), out) && *out >= 1 && *out <= LIMIT_MOST) ||
           fail(e, ERR_BAD_INPUT, "The setting %s is a number, 1 to %d.", name, LIMIT_MOST);
}

/* One address cannot take all the connections there are. */
static bool limits_parse(struct parts *p, const struct serve_config *config, struct http_config *http,
                         struct error *e)
{
    int64_t all, each;
    if (!limit_parse("connections", config->connections, http->connections_max, &all, e) ||
        !limit_parse("connections_each", config->connections_each, CONNECTIONS_EACH, &each, e) ||
        !limit_parse("pages_each", config->pages_each, WEB_PAGES_EACH, &p->app.pages_each, e))
        return false;
    http->connections_max = (unsigned)all;
    http->per_client_max = (unsigned)each;
    if (config->proxy)
        http->proxies = config->proxy;
    return true;
}

static bool web_open(struct parts *p, const struct serve_config *config, struct error *e)
{
    struct http_config http = http_config_default;
    http.loops = 1;
    http.body_max = 27 * 1024 * 1024;
    if (!listen_parse(config->listen, &http, p->arena, e) || !limits_parse(p, config, &http, e) || !view_open(e) ||
        !router_check(e))
        return false;
    p->address = http.address;
    p->app.started_at = clock_now();
    p->app.presence = presence_new();
    p->app.hunches = hunches_new();
    p->app.addresses = ratelimit_new(WEB_ADDRESS_BURST, WEB_LIMIT_SECONDS, 10000);
    p->app.sign_ins = ratelimit_new(WEB_SIGN_IN_BURST, WEB_LIMIT_SECONDS, 10000);
    p->app.guests = ratelimit_new(WEB_GUEST_BURST, WEB_LIMIT_SECONDS, 10000);
    p->app.chat = ratelimit_new(WEB_CHAT_BURST, WEB_LIMIT_SECONDS, 20000);
    p->app.chats = ratelimit_new(WEB_CHATS_BURST, WEB_LIMIT_SECONDS, 10000);
    p->app.passages = ratelimit_new(WEB_PASSAGE_BURST, WEB_LIMIT_SECONDS, 10000);
    p->app.passages_all = ratelimit_new(WEB_PASSAGES_BURST, WEB_LIMIT_SECONDS, 10);
    p->app.callers = ratelimit_new(WEB_CALL_BURST, WEB_CALL_SECONDS, 20000);
    p->app.calls = ratelimit_new(WEB_CALLS_BURST, WEB_CALL_SECONDS, 10000);
    p->app.exports = ratelimit_new(WEB_EXPORTS_BURST, WEB_EXPORTS_SECONDS, 10000);
    p->app.api_calls = ratelimit_new(WEB_API_BURST, WEB_LIMIT_SECONDS, 10000);
    p->app.workers = pool_open(WORKERS, WORKER_QUEUE);
    p->app.doors = pool_open(DOORS, DOOR_QUEUE);
    p->app.feed = feed_open(p->app.house, e);
    if (!p->app.feed)
        return false;
    db_on_commit(p->app.house->db, feed_wake, p->app.feed);
    p->app.gossip = gossip_open(&p->app, e);
    if (!p->app.gossip && p->app.house->shared)
        return false;
    p->app.server = http_server_open(&http, web_handle, &p->app, e);
    return p->app.server != NULL;
}

/* Where this machine finds the server. */
static const char *base_of(const struct parts *p)
{
    const char *host = strcmp(p->address, "0.0.0.0") == 0 ? "127.0.0.1"
                       : strcmp(p->address, "::") == 0    ? "::1"
                                                          : p->address;
    return str_cstr(p->arena, str_format(p->arena, strchr(host, ':') ? "http://[%s]:%u" : "http://%s:%u", host,
                                         http_server_port(p->app.server)));
}

static bool drain_parse(struct parts *p, const struct serve_config *config, struct error *e)
{
    p->leave_seconds = -1;
    return !config->drain ||
           (str_int64(str_from(config->drain), &p->leave_seconds) && p->leave_seconds >= 0 &&
            p->leave_seconds <= LEAVE_MOST) ||
           fail(e, ERR_BAD_INPUT, "How long to drain is a number of seconds, 0 to %d.", LEAVE_MOST);
}

static bool parts_open(struct parts *p, struct serve_config *config, struct error *e)
{
    if (!config_read(p, config, e) || !drain_parse(p, config, e))
        return false;
    p->app.house = house_open(config->data_dir, config->database, true, e);
    if (!p->app.house)
        return false;
    /* the simulated networks of the demo are on this machine */
    bool here =
        config->demo && !p->app.public_url.len && config->listen && !str_ends(str_from(config->listen), STR(":0"));
    p->app.house->public_url =
        here ? str_concat(p->arena, STR("http://"), str_from(config->listen)) : p->app.public_url;
    p->client = client_open(e);
    if (!p->client)
        return false;
    p->jobs = jobs_open(p->app.house, p->client, e);
    if (!p->jobs)
        return false;
    p->app.client = p->client;
    p->app.wake_outbox = jobs_wake_outbox;
    p->app.wake_probe = jobs_wake_probe;
    p->app.wake_letters = jobs_wake_letters;
    p->app.wake_ctx = p->jobs;
    if (config->demo) {
        p->demo = demo_open(p->app.house, e);
        if (!p->demo)
            return false;
        p->app.demo = true;
        p->app.play = demo_play;
        p->app.play_ctx = p->demo;
    }
    if (!web_open(p, config, e))
        return false;
    p->app.letters_url = p->app.public_url.len || !p->demo ? p->app.public_url : str_from(base_of(p));
    if (!jobs_letters(p->jobs, &(struct letter_writer){letter_write, &p->app}, e))
        return false;
    if (p->demo)
        demo_connect(p->demo, base_of(p), jobs_wake_probe, p->jobs);
    p->backups = (struct backup_schedule){p->app.house, config->data_dir};
    if (!backup_schedule_open(&p->backups, p->jobs, config, e))
        return false;
    jobs_wake_probe(p->jobs); /* the demo's channels are newer than the jobs */
    return true;
}

static void parts_close(struct parts *p)
{
    if (p->app.server) {
        p->app.draining = true;
        http_server_drain(p->app.server, DRAIN_SECONDS);
    }
    pool_close(p->app.doors);
    pool_close(p->app.workers);
    if (p->client)
        client_cancel(p->client);
    jobs_close(p->jobs);
    gossip_close(p->app.gossip);
    if (p->app.house && p->app.house->db)
        db_on_commit(p->app.house->db, NULL, NULL);
    http_server_close(p->app.server);
    demo_close(p->demo);
    feed_close(p->app.feed);
    client_close(p->client);
    presence_free(p->app.presence);
    hunches_free(p->app.hunches);
    ratelimit_free(p->app.addresses);
    ratelimit_free(p->app.sign_ins);
    ratelimit_free(p->app.passages);
    ratelimit_free(p->app.exports);
    ratelimit_free(p->app.passages_all);
    ratelimit_free(p->app.guests);
    ratelimit_free(p->app.chat);
    ratelimit_free(p->app.chats);
    ratelimit_free(p->app.callers);
    ratelimit_free(p->app.calls);
    ratelimit_free(p->app.api_calls);
    house_close(p->app.house);
}

static void say_where(const struct parts *p, const struct serve_config *config)
{
    printf("Ascolto is listening at %s\n", base_of(p));
    if (config->demo)
        demo_say(base_of(p));
    fflush(stdout);
}

static void wait_for_signal(void)
{
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigwait(&set, &got);
}

/* /healthz says that we are leaving, and everything is answered as before, until a proxy has seen it and sends
 * nothing more. The jobs go to another node meanwhile. A second signal ends the waiting. */
static void leave(struct parts *p)
{
    sigset_t set;
    int64_t seconds = p->leave_seconds;
    if (seconds < 0)
        seconds = !p->app.house->shared || jobs_are_alone(p->jobs) ? 0 : LEAVE_SECONDS;
    p->app.draining = true;
    jobs_rest(p->jobs);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    struct timespec wait = {.tv_sec = seconds};
    if (seconds)
        (void)sigtimedwait(&set, NULL, &wait);
}

/* Before any thread is started, so that all inherit it. */
static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool serve_run(const struct serve_config *given, struct error *e)
{
    struct parts parts = {.arena = arena_new()};
    struct serve_config config = *given;
    block_signals();
    bool ok = parts_open(&parts, &config, e);
    if (ok) {
        say_where(&parts, &config);
        wait_for_signal();
        log_info("serve", "closing");
        leave(&parts);
    }
    parts_close(&parts);
    arena_free(parts.arena);
    return ok;
}
