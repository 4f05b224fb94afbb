/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of networks, their names, and the settings of a channel. Knows no network. */
#include "channels/channel.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

/* Made by the build from the file names (tools/gen-channels). */
extern const struct channel *const channel_registry[];

const char *failure_name(enum failure f)
{
    static const char *const names[FAILURE_COUNT] = {
        [FAILURE_NONE] = "none", [FAILURE_TOKEN] = "token",     [FAILURE_PERMISSION] = "permission",
        [FAILURE_RATE] = "rate", [FAILURE_WINDOW] = "window",   [FAILURE_BLOCKED] = "blocked",
        [FAILURE_GONE] = "gone", [FAILURE_CONTENT] = "content", [FAILURE_TRANSIENT] = "transient",
    };
    assert((unsigned)f < FAILURE_COUNT);
    return names[f];
}

const char *message_kind_name(enum message_kind kind)
{
    static const char *const names[] = {
        [MESSAGE_TEXT] = "text",         [MESSAGE_IMAGE] = "image",
        [MESSAGE_VIDEO] = "video",       [MESSAGE_AUDIO] = "audio",
        [MESSAGE_FILE] = "file",         [MESSAGE_STICKER] = "sticker",
        [MESSAGE_LOCATION] = "location", [MESSAGE_CONTACT] = "contact",
        [MESSAGE_POSTBACK] = "postback", [MESSAGE_UNSUPPORTED] = "unsupported",
    };
    assert((unsigned)kind < COUNT_OF(names));
    return names[kind];
}

static bool goes_by(const struct channel *channel, struct str name)
{
    if (str_eq(name, str_from(channel->name)))
        return true;
    for (size_t i = 0; i < COUNT_OF(channel->aliases) && channel->aliases[i]; i++)
        if (str_eq(name, str_from(channel->aliases[i])))
            return true;
    return false;
}

const struct channel *channel_find(struct str name)
{
    for (size_t i = 0; channel_registry[i]; i++)
        if (goes_by(channel_registry[i], name))
            return channel_registry[i];
    return NULL;
}

bool channel_connects(const struct channel *channel)
{
    return !channel->archive && !channel->home;
}

const struct channel *const *channel_all(size_t *count)
{
    *count = 0;
    while (channel_registry[*count])
        (*count)++;
    return channel_registry;
}

const struct door *channel_door(const struct channel *channel, struct str name)
{
    for (const struct door *door = channel->doors; door->name; door++)
        if (str_eq(name, str_from(door->name)))
            return door;
    return NULL;
}

const struct listing *channel_listing(const struct channel *channel, struct str name)
{
    for (const struct listing *l = channel->listings; l && l->name; l++)
        if (str_eq(name, str_from(l->name)))
            return l;
    return NULL;
}

struct channel_event *channel_events_add(struct channel_events *events)
{
    if (events->count == events->cap) {
        size_t cap = events->cap ? events->cap * 2 : 4;
        struct channel_event *items = ARENA_ARRAY(events->arena, struct channel_event, cap);
        if (events->count)
            memcpy(items, events->items, events->count * sizeof *items);
        events->items = items;
        events->cap = cap;
    }
    return &events->items[events->count++];
}

struct str settings_get(const struct settings *settings, const char *name)
{
    return pairs_get(&settings->values, str_from(name));
}

static const struct setting *setting_named(const struct channel *channel, struct str name)
{
    for (const struct setting *s = channel->settings; s->name; s++)
        if (str_eq(name, str_from(s->name)))
            return s;
    return NULL;
}

/* Values end up in headers and addresses: a pasted line break must not. */
static bool has_control(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return true;
    return false;
}

static bool settings_known(struct arena *a, const struct channel *channel, const struct pairs *given, struct error *e)
{
    for (size_t i = 0; i < given->count; i++) {
        struct str name = given->items[i].name;
        if (!setting_named(channel, name)) {
            struct buf known;
            buf_init(&known, a, 128);
            for (const struct setting *s = channel->settings; s->name; s++)
                buf_format(&known, "%s%s", s == channel->settings ? "" : ", ", s->name);
            return fail(e, ERR_BAD_INPUT, "%s has no setting \"%.*s\"; it has %s.", channel->label,
                        STR_ARGS(str_slice(name, 0, 64)), buf_view(&known).ptr);
        }
        if (has_control(str_trim(given->items[i].value)))
            return fail(e, ERR_BAD_INPUT, "The value of %.*s contains a control character.", STR_ARGS(name));
    }
    return true;
}

static bool is_web_address(struct str s)
{
    return (str_starts(s, STR("https://")) && s.len > 8) || (str_starts(s, STR("http://")) && s.len > 7);
}

/* Addresses begin with what they are spoken to in. */
static bool is_address_for(const char *name, struct str s, const char **begins)
{
    if (strcmp(name, "imap_url") == 0) {
        *begins = "imaps:// or imap://";
        return !s.len || str_starts(s, STR("imaps://")) || str_starts(s, STR("imap://"));
    }
    if (strcmp(name, "smtp_url") == 0) {
        *begins = "smtps:// or smtp://";
        return str_starts(s, STR("smtps://")) || str_starts(s, STR("smtp://"));
    }
    *begins = "https:// or http://";
    bool address = str_ends(str_from(name), STR("_base")) || str_ends(str_from(name), STR("_url"));
    return !address || (!s.len && strcmp(name, "api_base") != 0) || is_web_address(s);
}

bool settings_make(struct arena *a, const struct channel *channel, const struct pairs *given, struct settings *out,
                   struct error *e)
{
    if (!settings_known(a, channel, given, e))
        return false;
    size_t count = 0;
    while (channel->settings[count].name)
        count++;
    struct pair *items = ARENA_ARRAY(a, struct pair, count);
    size_t n = 0;
    for (const struct setting *s = channel->settings; s->name; s++) {
        const char *begins;
        struct str value = str_trim(pairs_get(given, str_from(s->name)));
        if (!value.len)
            value = str_from(s->otherwise);
        if (!value.len && (s->flags & SETTING_REQUIRED))
            return fail(e, ERR_BAD_INPUT, "%s needs the setting %s: %s", channel->label, s->name, s->help);
        if (!is_address_for(s->name, value, &begins))
            return fail(e, ERR_BAD_INPUT, "%s: %s is an address that begins with %s", channel->label, s->name,
                        begins);
        if (value.len)
            items[n++] = (struct pair){str_from(s->name), str_dup(a, value)};
    }
    out->values = (struct pairs){items, n};
    return true;
}
