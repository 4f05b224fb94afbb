/* SPDX-License-Identifier: Apache-2.0 */
/* The brand's own place for its customers: requests, chat, calls, community. What is written there comes from the
 * pages of web/site, not by webhook; a reply is at its place as soon as it is stored, and nothing is called. */
#include "channels/channel_internal.h"

/* The chat in a frame on other sites (care/widget.h); the desk has a page of its own for them. */
static const struct setting settings[] = {
    {"origins", "setting.site.origins", "sites that may show the chat", NULL, SETTING_KEPT},
    {"widget_secret", "setting.site.widget_secret", "with it they sign who a customer is", NULL,
     SETTING_SECRET | SETTING_KEPT},
    {"widget_since", "setting.site.widget_since", "since when it is so", NULL, SETTING_KEPT},
    {"widget_secret_before", "setting.site.widget_secret_before", "the one before", NULL,
     SETTING_SECRET | SETTING_KEPT},
    {"widget_before_until", "setting.site.widget_before_until", "until when that one opens", NULL, SETTING_KEPT},
    {0},
};

static const struct door doors[] = {
    {.kind = DOOR_DIRECT,
     .name = "talk",
     .label = "door.site.talk",
     .unit = LENGTH_CHARACTERS,
     .limit = 10000,
     .attachments = true,
     .attachment_max = (size_t)16 << 20},
    {.kind = DOOR_PUBLIC,
     .name = "topic",
     .label = "door.site.topic",
     .unit = LENGTH_CHARACTERS,
     .limit = 10000,
     .reply_needed = true},
    {0},
};

static bool send(struct arena *a, const struct settings *s, const struct outgoing *m, struct http_call *call,
                 struct error *e)
{
    (void)a, (void)s, (void)m, (void)call;
    return fail(e, ERR_INTERNAL, "Nothing is called for what is at home.");
}

static void answer(struct arena *a, const struct outgoing *m, const struct http_reply *reply, struct outcome *out)
{
    (void)m;
    outcome_by_status(a, out, reply);
}

const struct channel channel_site = {
    .name = "site",
    .label = "Web",
    .icon = "site",
    .settings = settings,
    .doors = doors,
    .home = true,
    .send = send,
    .answer = answer,
};
