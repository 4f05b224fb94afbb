/* SPDX-License-Identifier: Apache-2.0 */
/* Google+, which Google closed in April 2019. It names the history that `ascolto import --format takeout` brings in;
 * nothing comes from it any more, and nothing goes there. */
#include "channels/channel_internal.h"

#include "base/arena.h"

static const struct setting settings[] = {{0}};

static const struct door doors[] = {
    {.kind = DOOR_PUBLIC, .name = "post", .label = "door.googleplus.post", .shut = "closed"},
    {.kind = DOOR_DIRECT, .name = "limited", .label = "door.googleplus.limited", .shut = "closed"},
    {0},
};

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    (void)a, (void)s, (void)m, (void)call;
    return fail(e, ERR_BAD_INPUT, "Google+ was closed in April 2019: nothing can be sent there.");
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    (void)m;
    outcome_by_status(a, out, reply);
}

const struct channel channel_googleplus = {
    .name = "googleplus",
    .label = "Google+",
    .icon = "googleplus",
    .settings = settings,
    .doors = doors,
    .archive = true,
    .send = send,
    .answer = answer,
};
