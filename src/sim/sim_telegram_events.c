/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of the simulated Telegram, and the Bot API's objects of people, chats and messages. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "sim/sim_telegram.h"

#define GROUP_TITLE "Nuvola Mobile, tra clienti"
#define BOT_NAME    "nuvolamobile_bot"

static bool in_group(const struct sim_item *item)
{
    return item->kind != SIM_PRIVATE;
}

static void set_number(struct arena *a, struct json *j, const char *name, struct str digits)
{
    int64_t n = 0;

    if (str_int64(digits, &n))
        json_set_int(a, j, name, n);
}

static struct str number_of(const struct sim_item *item)
{
    return str_slice(item->id, (size_t)str_find_char(item->id, ':') + 1, item->id.len);
}

/* ---- objects of the Bot API ---- */

struct json *sim_telegram_bot(const struct sim *sim, struct arena *a)
{
    struct json *bot = json_object(a);

    set_number(a, bot, "id", str_from(sim->lines[SIM_TELEGRAM].account.account_id));
    json_set_bool(a, bot, "is_bot", true);
    json_set_str(a, bot, "first_name", str_from(sim->config.brand));
    json_set_str(a, bot, "username", STR(BOT_NAME));
    return bot;
}

static void set_name(struct arena *a, struct json *j, const struct sim_person *person)
{
    ptrdiff_t space = str_find_char(person->name, ' ');
    struct str first = space < 0 ? person->name : str_slice(person->name, 0, (size_t)space);

    json_set_str(a, j, "first_name", first);
    if (space >= 0)
        json_set_str(a, j, "last_name", str_slice(person->name, (size_t)space + 1, person->name.len));
    json_set_str(a, j, "username", person->handle);
}

static struct json *user_json(struct arena *a, const struct sim_person *person)
{
    struct json *user = json_object(a);

    set_number(a, user, "id", person->ids[SIM_TELEGRAM]);
    json_set_bool(a, user, "is_bot", false);
    set_name(a, user, person);
    if (person->lang.len > 0)
        json_set_str(a, user, "language_code", person->lang);
    return user;
}

/* person NULL: the group. */
static struct json *chat_json(struct arena *a, const struct sim_person *person)
{
    struct json *chat = json_object(a);

    set_number(a, chat, "id", person != NULL ? person->ids[SIM_TELEGRAM] : STR(SIM_TELEGRAM_GROUP));
    if (person != NULL)
        set_name(a, chat, person);
    else
        json_set_str(a, chat, "title", STR(GROUP_TITLE));
    json_set_str(a, chat, "type", person != NULL ? STR("private") : STR("supergroup"));
    return chat;
}

struct json *sim_telegram_file(struct arena *a, const struct sim_media *media, struct str id, int side)
{
    struct json *file = json_object(a);

    json_set_str(a, file, "file_id", id);
    json_set_str(a, file, "file_unique_id", str_slice(media->sha256, 0, 16));
    json_set_int(a, file, "file_size", (int64_t)media->bytes.len);
    if (side > 0) {
        json_set_int(a, file, "width", side);
        json_set_int(a, file, "height", side);
    }
    return file;
}

static void set_media(struct arena *a, struct json *message, const struct sim_item *item)
{
    const struct sim_media *media = item->media;
    bool sticker = str_eq(item->media_kind, STR("sticker"));
    struct json *file = sim_telegram_file(a, media, media->id, sticker ? 512 : 0), *sizes = json_array(a);

    if (sticker) {
        json_set_str(a, file, "type", STR("regular"));
        json_set_bool(a, file, "is_animated", false);
        json_set_bool(a, file, "is_video", false);
        json_set_str(a, file, "emoji", STR("🌧"));
        json_set(a, message, "sticker", file);
    } else if (str_starts(media->mime, STR("image/"))) { /* sizes, the small one first */
        struct str small = str_format(a, "%.*ss", STR_ARGS(media->id));
        json_push(a, sizes, sim_telegram_file(a, media, small, 90));
        json_push(a, sizes, sim_telegram_file(a, media, media->id, 800));
        json_set(a, message, "photo", sizes);
    } else {
        json_set_str(a, file, "file_name", media->file_name);
        json_set_str(a, file, "mime_type", media->mime);
        json_set(a, message, "document", file);
    }
    if (item->text.len > 0 && !sticker)
        json_set_str(a, message, "caption", item->text);
}

static void set_content(struct arena *a, struct json *message, const struct sim_item *item)
{
    struct json *part = json_object(a);

    if (str_eq(item->media_kind, STR("location"))) {
        json_set(a, part, "latitude", json_new_real(a, 45.0718));
        json_set(a, part, "longitude", json_new_real(a, 7.6650));
        json_set(a, message, "location", part);
    } else if (item->media != NULL) {
        set_media(a, message, item);
    } else if (str_eq(item->media_kind, STR("unsupported"))) {
        json_set(a, part, "chat", chat_json(a, item->author));
        json_set_int(a, part, "id", 7);
        json_set(a, message, "story", part);
    } else {
        json_set_str(a, message, "text", item->text);
    }
}

struct json *sim_telegram_message(const struct sim *sim, struct arena *a, const struct sim_item *item, bool whole)
{
    struct json *message = json_object(a);

    set_number(a, message, "message_id", number_of(item));
    json_set(a, message, "from", item->author != NULL ? user_json(a, item->author) : sim_telegram_bot(sim, a));
    json_set(a, message, "chat", chat_json(a, in_group(item) ? NULL : item->person));
    json_set_int(a, message, "date", item->at / SECOND_US);
    if (item->edited_at != 0)
        json_set_int(a, message, "edit_date", item->edited_at / SECOND_US);
    if (whole && item->parent != NULL)
        json_set(a, message, "reply_to_message", sim_telegram_message(sim, a, item->parent, false));
    set_content(a, message, item);
    return message;
}

/* ---- updates ---- */

static void queue(struct sim *sim, struct arena *a, struct sim_item *item, const char *kind, struct json *part)
{
    struct json *update = json_object(a);

    json_set_int(a, update, "update_id", INT64_C(830100000) + (int64_t)sim->hook_serial);
    json_set(a, update, kind, part);
    sim_hook_add(sim, SIM_TELEGRAM, item, json_to_str(a, update), 0);
}

static void tell_reaction(struct sim_deed *d)
{
    struct json *part = json_object(d->a), *list = json_array(d->a), *one = json_object(d->a);

    json_set_str(d->a, one, "type", STR("emoji"));
    json_set_str(d->a, one, "emoji", STR("❤"));
    json_push(d->a, list, one);
    json_set(d->a, part, "chat", chat_json(d->a, in_group(d->item) ? NULL : d->item->person));
    set_number(d->a, part, "message_id", number_of(d->item));
    json_set(d->a, part, "user", user_json(d->a, d->person));
    json_set_int(d->a, part, "date", sim_now(d->sim) / SECOND_US);
    json_set(d->a, part, "old_reaction", json_array(d->a));
    json_set(d->a, part, "new_reaction", list);
    queue(d->sim, d->a, d->item, "message_reaction", part);
}

static struct json *standing(struct sim_deed *d, const char *status)
{
    struct json *j = json_object(d->a);

    json_set(d->a, j, "user", sim_telegram_bot(d->sim, d->a));
    json_set_str(d->a, j, "status", str_from(status));
    if (strcmp(status, "kicked") == 0)
        json_set_int(d->a, j, "until_date", 0);
    return j;
}

static void tell_block(struct sim_deed *d)
{
    bool blocked = d->verb == SIM_BLOCKED;
    struct json *part = json_object(d->a);

    json_set(d->a, part, "chat", chat_json(d->a, d->person));
    json_set(d->a, part, "from", user_json(d->a, d->person));
    json_set_int(d->a, part, "date", sim_now(d->sim) / SECOND_US);
    json_set(d->a, part, "old_chat_member", standing(d, blocked ? "member" : "kicked"));
    json_set(d->a, part, "new_chat_member", standing(d, blocked ? "kicked" : "member"));
    queue(d->sim, d->a, NULL, "my_chat_member", part);
}

void sim_telegram_tell(struct sim_deed *d)
{
    if (d->verb == SIM_WROTE)
        queue(d->sim, d->a, d->item, "message", sim_telegram_message(d->sim, d->a, d->item, true));
    else if (d->verb == SIM_EDITED)
        queue(d->sim, d->a, d->item, "edited_message", sim_telegram_message(d->sim, d->a, d->item, true));
    else if (d->verb == SIM_LIKED)
        tell_reaction(d);
    else if (d->verb == SIM_BLOCKED || d->verb == SIM_UNBLOCKED)
        tell_block(d);
}
