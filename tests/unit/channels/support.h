/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of channels share: an arena for each test, settings of a channel, files, and events as text.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "channels/channel.h"
#include "net/client.h"

UNUSED static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

UNUSED static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNUSED static void assert_str(struct str got, const char *expected)
{
    if (!str_eq(got, str_from(expected)))
        fail_msg("got \"%.*s\", expected \"%s\"", STR_ARGS(got), expected);
}

UNUSED static const struct channel *channel_of(const char *name)
{
    const struct channel *channel = channel_find(str_from(name));
    assert_non_null(channel);
    return channel;
}

/* Settings as a channel in use has them; each channel takes those it knows. */
UNUSED static struct settings settings_of(struct arena *a, const struct channel *channel)
{
    static const char *const all[][2] = {{"app_secret", "appsecret"},
                                         {"consumer_secret", "consumer-secret"},
                                         {"bot_token", "71:TOKEN"},
                                         {"secret_token", "our-secret"},
                                         {"access_token", "TOKEN"},
                                         {"verify_token", "our word"},
                                         {"page_id", "108900000000041"},
                                         {"phone_number_id", "330100000000077"},
                                         {"user_id", "1500000000000000007"},
                                         {"channel_secret", "channel-secret"},
                                         {"bot_user_id", "Ub0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"},
                                         {"package_name", "example.nuvola.app"},
                                         {"location", "accounts/1/locations/2"},
                                         {"channel_id", "UCours00000000000000000x"},
                                         {"did", "did:plc:negozio2345672345672345"},
                                         {"address", "care@shop.example"},
                                         {"password", "pw"},
                                         {"imap_url", "imaps://mail.example/INBOX"},
                                         {"smtp_url", "smtps://mail.example"}};
    struct pair pairs[32];
    size_t n = 0;
    for (const struct setting *s = channel->settings; s->name && n < COUNT_OF(pairs); s++) {
        size_t i = 0;
        while (i < COUNT_OF(all) && strcmp(s->name, all[i][0]) != 0)
            i++;
        if (i < COUNT_OF(all))
            pairs[n++] = (struct pair){str_from(s->name), str_from(all[i][1])};
        else if (s->flags & SETTING_REQUIRED && !s->otherwise)
            pairs[n++] =
                (struct pair){str_from(s->name), str_eq(str_from(s->name), STR("api_base"))
                                                     ? STR("https://mastodon.example") /* nowhere else asked */
                                                     : str_from(s->name)};
    }
    struct settings settings;
    struct error e = {0};
    if (!settings_make(a, channel, &(struct pairs){pairs, n}, &settings, &e))
        fail_msg("%s", e.message);
    return settings;
}

/* The bytes of a file; ptr is NULL when it cannot be read. */
UNUSED static struct str slurp(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return STR_EMPTY;
    struct buf b;
    buf_init(&b, a, 4096);
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&b, part, n);
    fclose(f);
    return buf_view(&b);
}

UNUSED static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted names of the files in dir that end with suffix; NULL when there is no such folder. */
UNUSED static const char **names_in(struct arena *a, const char *dir, const char *suffix, size_t *count)
{
    enum { MAX = 512 };
    *count = 0;
    DIR *d = opendir(dir);
    if (!d)
        return NULL;
    const char **names = ARENA_ARRAY(a, const char *, MAX);
    for (struct dirent *entry; (entry = readdir(d)) && *count < MAX;)
        if (str_ends(str_from(entry->d_name), str_from(suffix)))
            names[(*count)++] = str_cstr(a, str_from(entry->d_name));
    closedir(d);
    qsort(names, *count, sizeof *names, by_name);
    return names;
}

/* A path below the folder of shared fixtures, and whether that folder is there. */
UNUSED static const char *shared_path(struct arena *a, const char *below)
{
    const char *root = getenv("ASCOLTO_SHARED");
    return str_format(a, "%s/%s", root ? root : "../shared", below).ptr;
}

UNUSED static bool shared_or_skip(struct arena *a, const char *below)
{
    DIR *d = opendir(shared_path(a, below));
    if (d)
        closedir(d);
    else
        print_message("skipped: %s is not there\n", shared_path(a, below));
    return d != NULL;
}

/* ---- events as text ---- */

UNUSED static void say(struct buf *out, const char *name, struct str value)
{
    if (!value.len)
        return;
    buf_format(out, "  %s: ", name);
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '\n')
            buf_cstr(out, "\\n");
        else
            buf_char(out, value.ptr[i]);
    buf_char(out, '\n');
}

UNUSED static void say_flag(struct buf *out, const char *name, bool on)
{
    if (on)
        buf_format(out, "  %s\n", name);
}

UNUSED static void dump_event(struct buf *out, const struct channel_event *event)
{
    static const char *const kinds[] = {"message", "edit",   "delete", "receipt", "read up to", "reaction",
                                        "typing",  "rights", "left",   "back",    "ignored"};
    static const char *const receipts[] = {"", "sent", "delivered", "read", "failed"};
    buf_format(out, "%s\n", kinds[event->kind]);
    say(out, "dedupe", event->dedupe);
    say(out, "account", event->account);
    say(out, "external_id", event->external_id);
    say(out, "parent_id", event->parent_id);
    say(out, "thread_key", event->thread_key);
    say(out, "thread_title", event->thread_title);
    say(out, "door", event->door);
    say_flag(out, "public", event->is_public);
    say_flag(out, "echo", event->echo);
    say_flag(out, "standby", event->standby);
    say_flag(out, "automatic", event->automatic);
    say_flag(out, "again", event->again);
    say(out, "author", event->author.external_id);
    say(out, "author also", event->author.also_known_as);
    say(out, "author handle", event->author.handle);
    say(out, "author name", event->author.name);
    say(out, "author phone", event->author.phone);
    say(out, "author avatar", event->author.avatar_url);
    if (event->at)
        say(out, "at", clock_iso(out->arena, event->at));
    if (event->kind == CHANNEL_MESSAGE || event->message != MESSAGE_TEXT)
        say(out, "kind", str_from(message_kind_name(event->message)));
    say(out, "text", event->text);
    say(out, "note", event->note);
    say(out, "link", event->link);
    say(out, "lookup", event->lookup);
    say(out, "shut", event->shut ? str_from(event->shut) : STR_EMPTY);
    say(out, "reply_token", event->reply_token);
    for (size_t i = 0; i < event->origin_count; i++) {
        say(out, "origin", str_from(event->origins[i].kind));
        say(out, "origin words", event->origins[i].words);
        say(out, "origin link", event->origins[i].link);
    }
    for (size_t i = 0; i < event->media_count; i++) {
        const struct channel_media *m = &event->media[i];
        buf_format(out, "  media: %s", message_kind_name(m->kind));
        const struct str parts[] = {m->url, m->media_id, m->mime, m->file_name, m->sha256};
        for (size_t k = 0; k < COUNT_OF(parts); k++)
            if (parts[k].len)
                buf_format(out, " %.*s", STR_ARGS(parts[k]));
        if (m->bytes.len)
            buf_format(out, " (%zu bytes)", m->bytes.len);
        buf_char(out, '\n');
    }
    say(out, "receipt", str_from(receipts[event->receipt]));
    if (event->failure)
        say(out, "failure", str_from(failure_name(event->failure)));
}

UNUSED static struct str dump(struct arena *a, const struct channel_events *events, const struct error *e)
{
    struct buf out;
    buf_init(&out, a, 1024);
    for (size_t i = 0; i < events->count; i++)
        dump_event(&out, &events->items[i]);
    if (events->unread.len)
        buf_format(&out, "unread\n  %.*s\n", STR_ARGS(events->unread));
    if (e->code)
        buf_format(&out, "error %s\n  %s\n", error_json_code(e->code), e->message);
    return buf_view(&out);
}

/* Reads a payload; what every payload must hold is checked here: clean text, keys where keys belong. */
UNUSED static bool take(struct arena *a, const struct channel *channel, struct str body,
                        struct channel_events *events, struct error *e)
{
    struct settings settings = settings_of(a, channel);
    *events = (struct channel_events){.arena = a};
    bool ok = channel->receive(a, &settings, body, events, e);
    if (!ok) {
        assert_int_equal(events->count, 0);
        assert_int_equal(e->code, ERR_MALFORMED);
        assert_true(e->message[0] != 0);
    }
    for (size_t i = 0; i < events->count; i++) {
        const struct channel_event *event = &events->items[i];
        assert_true(event->dedupe.len > 0);
        assert_true(utf8_valid(event->text) && utf8_valid(event->note) && utf8_valid(event->author.name));
        assert_null(event->text.len ? memchr(event->text.ptr, 0, event->text.len) : NULL);
        if (event->kind == CHANNEL_MESSAGE) {
            assert_true(event->external_id.len && event->thread_key.len);
            assert_non_null(channel_door(channel, event->door));
        }
    }
    return ok;
}
