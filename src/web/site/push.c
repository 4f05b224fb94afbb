/* SPDX-License-Identifier: Apache-2.0 */
/* "Tell me on this phone": a guest's browser is told when one of us wrote to them. */
#include "web/push.h"

#include "web/site/site.h"

static bool key_show(struct visit *v, struct error *e)
{
    return push_key_show(v, e);
}

static bool guest_only(struct visit *v, struct site *site, struct error *e)
{
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", site, e))
        return false;
    return site->guest.id || fail(e, ERR_NOT_FOUND, "Nobody wrote from this browser yet.");
}

static bool on(struct visit *v, struct error *e)
{
    struct site site;
    return guest_only(v, &site, e) && site_may_write(&site, e) && push_on(v, site.guest.id, 0, e);
}

static bool off(struct visit *v, struct error *e)
{
    struct site site;
    return guest_only(v, &site, e) && push_off(v, site.guest.id, 0, e);
}

const struct route routes_site_push[] = {
    {HTTP_GET, "/push/key", PERM_PUBLIC, key_show, NULL},
    {HTTP_POST, "/push", PERM_PUBLIC, on, NULL},
    {HTTP_POST, "/push/off", PERM_PUBLIC, off, NULL},
    {0},
};
