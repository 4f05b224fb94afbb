/* SPDX-License-Identifier: Apache-2.0 */
/* The desk as an app: it is installed like the care site, keeps nothing, and says so when there is no line. */
#include "base/json.h"
#include "web/app_manifest.h"
#include "web/router.h"

static bool manifest_show(struct visit *v, struct error *e)
{
    (void)e;
    app_manifest(v, true);
    return true;
}

static bool offline_show(struct visit *v, struct error *e)
{
    (void)e;
    view_render(&v->view, v->http, "offline", json_object(v->arena));
    return true;
}

const struct route routes_desk_app[] = {
    {HTTP_GET, "/desk/app.webmanifest", PERM_PUBLIC, manifest_show, NULL},
    {HTTP_GET, "/desk/offline", PERM_PUBLIC, offline_show, NULL},
    {0},
};
