/* SPDX-License-Identifier: Apache-2.0 */
/* The care site as an app. */
#include "web/app_manifest.h"

#include "base/arena.h"
#include "base/json.h"
#include "web/site/site.h"

static bool manifest_show(struct visit *v, struct error *e)
{
    (void)e;
    app_manifest(v, false);
    return true;
}

static bool worker_show(struct visit *v, struct error *e)
{
    (void)e;
    app_worker(v);
    return true;
}

/* Kept by the worker, for when there is no line. */
static bool offline_show(struct visit *v, struct error *e)
{
    struct site site;
    if (!site_open(v, "", &site, e))
        return false;
    site_render(&site, "offline", json_object(v->arena));
    return true;
}

const struct route routes_site_app[] = {
    {HTTP_GET, "/app.webmanifest", PERM_PUBLIC, manifest_show, NULL},
    {HTTP_GET, "/sw.js", PERM_PUBLIC, worker_show, NULL},
    {HTTP_GET, "/offline", PERM_PUBLIC, offline_show, NULL},
    {0},
};
