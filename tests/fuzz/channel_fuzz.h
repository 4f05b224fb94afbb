/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets of the networks share: the same bytes as a webhook, as the answer to a call, and as
 * words to send. Whatever comes, keys, ids and clean text must be there. */
#pragma once

#include <stdlib.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/unicode.h"
#include "channels/channel.h"
#include "net/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct settings fuzz_settings(struct arena *a, const struct channel *channel)
{
    static const char *const formed[][2] = {{"imap_url", "imaps://mail.example/INBOX"},
                                            {"smtp_url", "smtps://mail.example"},
                                            {"api_base", "https://mastodon.example"},
                                            {"address", "care@shop.example"}};
    struct pair given[32];
    size_t count = 0;
    for (const struct setting *s = channel->settings; s->name && count < COUNT_OF(given); s++) {
        struct str value = STR("secret");
        for (size_t i = 0; i < COUNT_OF(formed); i++)
            if (strcmp(s->name, formed[i][0]) == 0)
                value = str_from(formed[i][1]);
        if ((s->flags & SETTING_REQUIRED && !s->otherwise) || str_eq(str_from(s->name), STR("access_token")) ||
            str_eq(str_from(s->name), STR("imap_url")))
            given[count++] = (struct pair){str_from(s->name), value};
    }
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, channel, &(struct pairs){given, count}, &settings, &e))
        abort();
    return settings;
}

/* of_list: what a list shows and is of no matter may have no key. */
static void fuzz_events(const struct channel *channel, const struct channel_events *events, bool of_list)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct channel_event *event = &events->items[i];
        bool keyless = of_list && event->kind == CHANNEL_IGNORED;
        if ((!event->dedupe.len && !keyless) || !utf8_valid(event->text) || !utf8_valid(event->note) || event->at < 0)
            abort();
        if (event->kind == CHANNEL_MESSAGE &&
            (!event->external_id.len || !event->thread_key.len || !channel_door(channel, event->door)))
            abort();
    }
}

/* The body as an answer to asking, and as what one before it left. */
static void fuzz_asked(struct arena *a, const struct channel *channel, const struct http_reply *reply)
{
    struct settings settings = fuzz_settings(a, channel);
    for (const struct listing *l = channel->listings; l && l->name; l++)
        for (int step = 0; step < 2; step++) {
            struct asking asking = {.listing = l, .now = 1763740000000000, .since = 1763700000000000, .step = step};
            struct channel_events events = {.arena = a};
            struct asked asked = {0};
            struct http_call call = {0};
            struct error e = {0};
            if (step) {
                asking.cursor = text_clean(a, reply->body);
                asking.carry = asking.cursor;
            }
            if (!channel->ask(a, &settings, &asking, &call, &e) && !e.message[0])
                abort();
            channel->asked(a, &settings, &asking, reply, &events, &asked);
            bool failed = asked.outcome.kind == OUTCOME_FAILED;
            if (failed != (asked.outcome.failure != FAILURE_NONE) || (failed && asked.more))
                abort();
            fuzz_events(channel, &events, true);
        }
}

static void fuzz_receive(struct arena *a, const struct channel *channel, struct str body)
{
    struct settings settings = fuzz_settings(a, channel);
    struct channel_events events = {.arena = a};
    struct error e = {0};
    bool ok = channel->receive(a, &settings, body, &events, &e);
    if (!ok && (events.count || e.code != ERR_MALFORMED || !e.message[0]))
        abort();
    fuzz_events(channel, &events, false);
    for (size_t i = 0; i < events.count; i++) {
        const struct channel_event *event = &events.items[i];
        if (event->kind == CHANNEL_MESSAGE && event->message == MESSAGE_TEXT && !event->text.len)
            abort();
    }
}

/* The body as the words of a message that was only named. */
static void fuzz_looked_up(struct arena *a, const struct channel *channel, const struct http_reply *reply)
{
    static const char *const whats[] = {"comment", "post"};
    struct settings settings = fuzz_settings(a, channel);
    for (size_t i = 0; channel->lookup && i < 2 * COUNT_OF(whats); i++) {
        struct lookup lookup = {.what = str_from(whats[i / 2]),
                                .external_id = i & 1 ? text_clean(a, reply->body) : STR("7"),
                                .thread_key = STR("post:1"),
                                .door = str_from(channel->doors[0].name),
                                .account = STR("1")};
        struct channel_events events = {.arena = a};
        struct outcome out = {0};
        struct http_call call = {0};
        struct error e = {0};
        if (!channel->lookup(a, &settings, &lookup, &call, &e) && !e.message[0])
            abort();
        channel->looked_up(a, &settings, &lookup, reply, &events, &out);
        if ((out.kind == OUTCOME_FAILED) != (out.failure != FAILURE_NONE) ||
            (out.kind == OUTCOME_ACCEPTED) != (events.count == 1) || events.count > 1)
            abort();
        fuzz_events(channel, &events, false);
    }
}

static void fuzz_answer(struct arena *a, const struct channel *channel, struct str body)
{
    static const int statuses[] = {200, 400, 403, 429, 503};
    struct pair headers[] = {
        {STR("x-business-use-case-usage"), body}, {STR("retry-after"), body}, {STR("x-rate-limit-reset"), body}};
    struct outgoing_media file = {.mime = STR("image/png"), .bytes = body};
    for (const struct door *door = channel->doors; door->name; door++)
        for (size_t i = 0; i < COUNT_OF(statuses); i++) {
            struct outgoing m = {.door = str_from(door->name), .text = STR("x"), .now = 1763740000000000};
            struct http_reply reply = {.status = statuses[i], .headers = {headers, COUNT_OF(headers)}, .body = body};
            struct outcome out = {0};
            m.media = i & 1 ? NULL : &file;
            channel->answer(a, &m, &reply, &out);
            if ((out.kind == OUTCOME_FAILED) != (out.failure != FAILURE_NONE) || !utf8_valid(out.words) ||
                (out.kind == OUTCOME_FAILED && !out.code.len) || out.retry_seconds < 0)
                abort();
            channel->probed(a, &reply, &out);
            fuzz_asked(a, channel, &reply);
            fuzz_looked_up(a, channel, &reply);
            struct pairs changed = {0};
            if (channel->renewed &&
                (channel->renewed(a, &reply, &changed, &out) > 0) != (changed.count && out.kind == OUTCOME_ACCEPTED))
                abort();
            struct approved_list list = {.arena = a};
            if (channel->approved_read)
                channel->approved_read(a, &reply, &list, &out);
            for (size_t k = 0; k < list.count; k++) {
                struct str *fields;
                approved_fields(a, list.items[k].body, &fields);
                if (!utf8_valid(approved_fill(a, list.items[k].body, &(struct pairs){0})) || !list.items[k].name.len)
                    abort();
            }
        }
}

static void fuzz_send(struct arena *a, const struct channel *channel, struct str body)
{
    struct settings settings = fuzz_settings(a, channel);
    struct outgoing_media file = {.mime = body, .file_name = body, .bytes = body};
    for (const struct door *door = channel->doors; door->name; door++)
        for (int with = 0; with < 2; with++) {
            struct str text = text_clean(a, body);
            struct outgoing m = {.door = str_from(door->name),
                                 .to = text,
                                 .parent_id = text,
                                 .account = text,
                                 .text = text,
                                 .carry = text,
                                 .media = with ? &file : NULL};
            struct http_call call = {0};
            struct error e = {0};
            if (!channel->send(a, &settings, &m, &call, &e) && e.code != ERR_BAD_INPUT)
                abort();
            for (size_t i = 0; i < call.url.len; i++)
                if ((unsigned char)call.url.ptr[i] <= ' ')
                    abort();
            for (size_t i = 0; i < call.headers.count; i++)
                if (str_find_char(call.headers.items[i].value, '\n') >= 0)
                    abort();
        }
}

static int fuzz_channel(const char *name, const uint8_t *data, size_t size)
{
    struct arena *a CLEANUP(arena_cleanup) = arena_new();
    const struct channel *channel = channel_find(str_from(name));
    struct str body = {(const char *)data, size};
    fuzz_receive(a, channel, body);
    fuzz_answer(a, channel, body);
    if (size < 512)
        fuzz_send(a, channel, body);
    return 0;
}
