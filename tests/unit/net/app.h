/* SPDX-License-Identifier: Apache-2.0 */
/* A small application behind the server, for the tests: each path shows one thing that the server can do. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/http.h"
#include "net/pool.h"

struct app {
    struct http_server *server;
    uint16_t port;
    struct pool *pool;
    atomic_int handled;
    pthread_mutex_t mutex; /* of held */
    pthread_cond_t changed;
    struct http_request *held; /* what came to /hold, until the test answers it */
    bool blocked, let_go;      /* /block keeps the loop itself busy */
};

static inline struct str app_long_text(struct arena *a, size_t len)
{
    struct buf text;
    buf_init(&text, a, len + 64);
    while (text.len < len)
        buf_format(&text, "line %zu of a text that compresses well\n", text.len);
    return str_slice(buf_view(&text), 0, len);
}

static inline void app_echo(struct http_request *req)
{
    struct str words = str_format(req->arena, "%.*s %.*s?%.*s %.*s", STR_ARGS(req->method_name), STR_ARGS(req->path),
                                  STR_ARGS(req->query), STR_ARGS(req->body));
    http_respond(req, 200, STR("text/plain; charset=utf-8"), words);
}

static inline void app_later(void *ctx)
{
    app_echo(ctx);
}

static inline void app_later_there(void *ctx)
{
    http_respond(ctx, 200, STR("text/plain"), STR("there"));
}

/* Says where it was answered; "/stay/long" keeps the loop for longer than it may. */
static inline void app_stay(struct app *app, struct http_request *req)
{
    const struct timespec pause = {.tv_nsec = 30 * 1000 * 1000};
    if (!http_may_stay(req)) {
        if (!pool_run(app->pool, app_later_there, req))
            http_respond(req, 503, STR("text/plain"), STR("full"));
        return;
    }
    if (str_eq(req->path, STR("/stay/long")))
        nanosleep(&pause, NULL);
    http_respond(req, 200, STR("text/plain"), STR("here"));
}

static inline void app_form(struct http_request *req)
{
    struct buf out;
    struct error e = {0};
    buf_init(&out, req->arena, 256);
    if (!http_form_ok(req, &e)) {
        http_respond_error(req, &e);
        return;
    }
    const struct pairs *all = http_form_all(req);
    for (size_t i = 0; i < all->count; i++)
        buf_format(&out, "%.*s=%.*s;", STR_ARGS(all->items[i].name), STR_ARGS(all->items[i].value));
    const struct http_file *file;
    for (size_t i = 0; (file = http_file(req, i)); i++)
        buf_format(&out, "[%.*s %.*s %.*s %zu]", STR_ARGS(file->name), STR_ARGS(file->file_name),
                   STR_ARGS(file->mime), file->bytes.len);
    http_respond(req, 200, STR("text/plain"), buf_view(&out));
}

static inline void app_hold(struct app *app, struct http_request *req)
{
    pthread_mutex_lock(&app->mutex);
    app->held = req;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->mutex);
}

/* Waits for a request to /hold. */
static inline struct http_request *app_held(struct app *app)
{
    pthread_mutex_lock(&app->mutex);
    while (!app->held)
        pthread_cond_wait(&app->changed, &app->mutex);
    struct http_request *req = app->held;
    app->held = NULL;
    pthread_mutex_unlock(&app->mutex);
    return req;
}

static inline void app_block(struct app *app, struct http_request *req)
{
    pthread_mutex_lock(&app->mutex);
    app->blocked = true;
    pthread_cond_broadcast(&app->changed);
    while (!app->let_go)
        pthread_cond_wait(&app->changed, &app->mutex);
    app->blocked = app->let_go = false;
    pthread_mutex_unlock(&app->mutex);
    app_echo(req);
}

static inline void app_wait_blocked(struct app *app)
{
    pthread_mutex_lock(&app->mutex);
    while (!app->blocked)
        pthread_cond_wait(&app->changed, &app->mutex);
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_let_go(struct app *app)
{
    pthread_mutex_lock(&app->mutex);
    app->let_go = true;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->mutex);
}

static inline void app_headers(struct http_request *req)
{
    http_set_header(req, "Set-Cookie", STR("a=1"));
    http_set_header(req, "Set-Cookie", STR("b=2"));
    http_set_header(req, "Cache-Control", STR("private"));
    http_set_header(req, "cache-control", STR("no-store"));
    http_respond(req, 201, STR("application/json"), STR("{}"));
}

static inline void app_handle(struct http_request *req, void *ctx)
{
    static const char zipped[] = "stands for gzip";
    struct app *app = ctx;
    struct error gone = {0};
    atomic_fetch_add(&app->handled, 1);
    if (str_eq(req->path, STR("/text")))
        http_respond(req, 200, STR("text/html; charset=utf-8"), app_long_text(req->arena, 20000));
    else if (str_eq(req->path, STR("/short")))
        http_respond(req, 200, STR("text/html"), app_long_text(req->arena, 999));
    else if (str_eq(req->path, STR("/image")))
        http_respond(req, 200, STR("image/png"), app_long_text(req->arena, 20000));
    else if (str_eq(req->path, STR("/static")))
        http_respond_bytes(req, 200, STR("text/css"), zipped, sizeof(zipped) - 1, STR("gzip"));
    else if (str_eq(req->path, STR("/nothing")))
        http_respond(req, 204, STR_EMPTY, STR("never sent"));
    else if (str_eq(req->path, STR("/moved")))
        http_redirect(req, 303, STR("/elsewhere"));
    else if (str_eq(req->path, STR("/headers")))
        app_headers(req);
    else if (str_eq(req->path, STR("/who")))
        http_respond(req, 200, STR("text/plain"), req->client);
    else if (str_eq(req->path, STR("/url")))
        http_respond(req, 200, STR("text/plain"), http_url(req));
    else if (str_eq(req->path, STR("/cookie")))
        http_respond(req, 200, STR("text/plain"), http_cookie(req, "session"));
    else if (str_eq(req->path, STR("/query")))
        http_respond(req, 200, STR("text/plain"), http_query(req, "q"));
    else if (str_eq(req->path, STR("/form")))
        app_form(req);
    else if (str_eq(req->path, STR("/hold")))
        app_hold(app, req);
    else if (str_starts(req->path, STR("/stay")))
        app_stay(app, req);
    else if (str_eq(req->path, STR("/block")))
        app_block(app, req);
    else if (str_starts(req->path, STR("/later"))) {
        if (!pool_run(app->pool, app_later, req))
            http_respond(req, 503, STR("text/plain"), STR("full"));
    } else if (str_eq(req->path, STR("/gone"))) {
        (fail)(&gone, ERR_NOT_FOUND, "No such \"thing\"");
        http_respond_error(req, &gone);
    } else
        app_echo(req);
}

static inline struct http_config app_config(void)
{
    struct http_config config = http_config_default;
    config.port = 0;
    return config;
}

static inline struct app *app_open(const struct http_config *config)
{
    struct error e = {0};
    struct app *app = calloc(1, sizeof(*app));
    pthread_mutex_init(&app->mutex, NULL);
    pthread_cond_init(&app->changed, NULL);
    app->pool = pool_open(2, 1000);
    app->server = http_server_open(config, app_handle, app, &e);
    if (!app->server)
        fprintf(stderr, "%s\n", e.message);
    app->port = http_server_port(app->server);
    return app;
}

static inline void app_close(struct app *app)
{
    http_server_close(app->server);
    pool_close(app->pool);
    pthread_cond_destroy(&app->changed);
    pthread_mutex_destroy(&app->mutex);
    free(app);
}
