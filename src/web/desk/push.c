/* SPDX-License-Identifier: Apache-2.0 */
/* A colleague's own devices: told that their person wrote, that somebody was handed to them, that a promise is due.
 */
#include "web/push.h"

#include "web/router.h"

static bool key_show(struct visit *v, struct error *e)
{
    return push_key_show(v, e);
}

static bool on(struct visit *v, struct error *e)
{
    return http_form_ok(v->http, e) && push_on(v, 0, v->agent.id, e);
}

static bool off(struct visit *v, struct error *e)
{
    return http_form_ok(v->http, e) && push_off(v, 0, v->agent.id, e);
}

static bool try(struct visit *v, struct error *e)
{
    return http_form_ok(v->http, e) && push_test(v, 0, v->agent.id, e);
}

const struct route routes_desk_push[] = {
    {HTTP_GET, "/desk/me/push/key", PERM_READ, key_show, NULL},
    {HTTP_POST, "/desk/me/push", PERM_READ, on, NULL},
    {HTTP_POST, "/desk/me/push/off", PERM_READ, off, NULL},
    {HTTP_POST, "/desk/me/push/test", PERM_READ, try, NULL},
    {0},
};
