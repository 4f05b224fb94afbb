/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto channel networks: what every adapter's descriptor says. */
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "channels/channel.h"
#include "cli/cli_internal.h"

static const char *const units[] = {
    [LENGTH_CHARACTERS] = "characters",
    [LENGTH_BYTES] = "bytes",
    [LENGTH_UTF16] = "utf16",
    [LENGTH_GRAPHEMES] = "graphemes",
    [LENGTH_GRAPHEMES_TEN] = "graphemes-ten",
    [LENGTH_X_WEIGHTED] = "x-weighted",
    [LENGTH_EMOJI_BYTES] = "emoji-bytes",
    [LENGTH_SMS] = "sms",
};
static const char *const kinds[] = {[DOOR_PUBLIC] = "public", [DOOR_PRIVATE] = "private", [DOOR_DIRECT] = "direct"};

static struct json *door_view(struct arena *a, const struct door *door)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "name", str_from(door->name));
    json_set_str(a, item, "kind", str_from(kinds[door->kind]));
    json_set_int(a, item, "limit", door->limit);
    json_set_str(a, item, "unit", str_from(units[door->unit]));
    json_set_int(a, item, "url_weight", door->url_weight);
    json_set_int(a, item, "window_hours", door->window_hours);
    json_set_int(a, item, "human_hours", door->human_hours);
    json_set_bool(a, item, "once", door->once);
    json_set_bool(a, item, "reply_needed", door->reply_needed);
    json_set_bool(a, item, "attachments", door->attachments);
    json_set_bool(a, item, "approved", door->approved);
    json_set_int(a, item, "attachment_max", (int64_t)door->attachment_max);
    return item;
}

static struct json *setting_view(struct arena *a, const struct setting *setting)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "name", str_from(setting->name));
    json_set_bool(a, item, "required", setting->flags & SETTING_REQUIRED);
    json_set_bool(a, item, "secret", setting->flags & SETTING_SECRET);
    json_set(a, item, "default",
             setting->otherwise ? json_new_str(a, str_from(setting->otherwise)) : json_new_null(a));
    json_set_str(a, item, "help", str_from(setting->help));
    return item;
}

static struct json *network_view(struct arena *a, const struct channel *channel)
{
    struct json *item = json_object(a), *aliases = json_array(a), *doors = json_array(a), *settings = json_array(a);
    for (size_t i = 0; i < COUNT_OF(channel->aliases) && channel->aliases[i]; i++)
        json_push(a, aliases, json_new_str(a, str_from(channel->aliases[i])));
    for (const struct door *door = channel->doors; door->name; door++)
        json_push(a, doors, door_view(a, door));
    for (const struct setting *setting = channel->settings; setting->name; setting++)
        if (!(setting->flags & SETTING_KEPT))
            json_push(a, settings, setting_view(a, setting));
    json_set_str(a, item, "name", str_from(channel->name));
    json_set_str(a, item, "label", str_from(channel->label));
    json_set(a, item, "aliases", aliases);
    json_set_bool(a, item, "handshake", channel->handshake != NULL);
    json_set_bool(a, item, "probe", channel->probe != NULL);
    json_set_bool(a, item, "consent", channel->consent != NULL);
    json_set(a, item, "doors", doors);
    json_set(a, item, "settings", settings);
    return item;
}

static void door_print(const struct door *door)
{
    printf("  door %-14s %s", door->name, kinds[door->kind]);
    if (door->limit)
        printf(", %d %s", door->limit, units[door->unit]);
    if (door->window_hours)
        printf(", until %d h after their message", door->window_hours);
    if (door->human_hours)
        printf(" (a human %d h)", door->human_hours);
    if (door->approved)
        fputs(" (then approved words)", stdout);
    if (door->once)
        fputs(", once", stdout);
    if (door->reply_needed)
        fputs(", answers a message", stdout);
    if (door->attachments)
        printf(", files up to %zu KiB%s", door->attachment_max / 1024,
               door->by_address ? " (fetched from public_url)" : "");
    putchar('\n');
}

static void network_print(const struct channel *channel)
{
    printf("%s (%s)", channel->name, channel->label);
    for (size_t i = 0; i < COUNT_OF(channel->aliases) && channel->aliases[i]; i++)
        printf("%s%s", i ? ", " : ", also ", channel->aliases[i]);
    putchar('\n');
    for (const struct door *door = channel->doors; door->name; door++)
        door_print(door);
    for (const struct setting *setting = channel->settings; setting->name; setting++) {
        if (setting->flags & SETTING_KEPT)
            continue;
        printf("  --set %s=…%s%s", setting->name, setting->flags & SETTING_REQUIRED ? "  needed" : "",
               setting->flags & SETTING_SECRET ? "  secret" : "");
        if (setting->otherwise)
            printf("  (%s)", setting->otherwise);
        printf("\n      %s\n", setting->help);
    }
}

bool cli_channel_networks(struct cli *cli, struct error *e)
{
    size_t count;
    const struct channel *const *all = channel_all(&count);
    const struct channel *one = cli->word_count ? channel_find(str_from(cli->words[0])) : NULL;
    struct json *list = json_array(cli->arena);
    if (cli->word_count && (!one || !channel_connects(one)))
        return fail(e, ERR_NOT_FOUND, "there is no network “%s”", cli->words[0]);
    for (size_t i = 0; i < count; i++) {
        if (!channel_connects(all[i]) || (one && all[i] != one))
            continue;
        if (cli->json)
            json_push(cli->arena, list, network_view(cli->arena, all[i]));
        else
            network_print(all[i]);
    }
    if (cli->json)
        cli_print_json(cli, list);
    return true;
}
