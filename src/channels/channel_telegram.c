/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Telegram's updates: messages of private talks, groups, channels and business accounts, their edits,
 * buttons, reactions, and who stopped the bot. */
#include "channels/channel_telegram.h"

#include <string.h>

#include "base/arena.h"

#define FILE_MAX   (20 << 20) /* bots are given no larger file */
#define LINKS_MAX  2
#define DELETE_MAX 1000
#define LIST_MAX   40

struct update {
    struct arena *a;
    struct channel_events *events;
    struct str id; /* empty where it has none */
};

static bool is_number(struct str s)
{
    int64_t n;
    return str_int64(s, &n);
}

/* ---- who ---- */

static struct str full_name(struct arena *a, const struct json *who)
{
    struct str first = read_text(a, json_get(who, "first_name")), last = read_text(a, json_get(who, "last_name"));
    if (!first.len && !last.len)
        return read_text(a, json_get(who, "title"));
    return str_trim(str_format(a, "%.*s %.*s", STR_ARGS(first), STR_ARGS(last)));
}

static struct channel_author author_of(struct arena *a, const struct json *who)
{
    return (struct channel_author){.external_id = read_id(a, json_get(who, "id")),
                                   .handle = read_text(a, json_get(who, "username")),
                                   .name = full_name(a, who)};
}

/* Of anonymous admins and channels that write in groups, Telegram says the chat. */
static const struct json *sender_of(const struct json *message)
{
    const struct json *chat = read_member(message, "sender_chat");
    return chat ? chat : read_member(message, "from");
}

/* ---- where ---- */

static bool place_read(struct update *u, const struct json *message, const struct place *at,
                       struct telegram_place *place)
{
    struct arena *a = u->a;
    *place = (struct telegram_place){
        .connection = read_id(a, json_get(message, "business_connection_id")),
        .chat = read_id(a, json_path(message, "chat", "id", NULL)),
        .topic = json_bool(json_get(message, "is_topic_message"), false)
                     ? read_id(a, json_get(message, "message_thread_id"))
                     : STR_EMPTY,
        .message = read_id(a, json_get(message, "message_id")),
    };
    if (!is_number(place->chat))
        channel_unread(u->events, at, "has no chat.id");
    else if (!is_number(place->message))
        channel_unread(u->events, at, "has no message_id");
    else if (str_find_char(place->connection, '/') >= 0)
        channel_unread(u->events, at, "has a business_connection_id of no known form");
    else
        return true;
    return false;
}

/* https://t.me/NAME/5, https://t.me/c/1234/5 where a group has no name; private talks have no address. */
static struct str link_of(struct arena *a, const struct json *chat, const struct telegram_place *place)
{
    struct str name = read_text(a, json_get(chat, "username"));
    if (!telegram_is_group(place->chat))
        return STR_EMPTY;
    if (name.len)
        return str_format(a, "https://t.me/%.*s/%.*s", STR_ARGS(url_encode(a, name)), STR_ARGS(place->message));
    if (!str_starts(place->chat, STR("-100")))
        return STR_EMPTY;
    return str_format(a, "https://t.me/c/%.*s/%.*s", STR_ARGS(str_slice(place->chat, 4, place->chat.len)),
                      STR_ARGS(place->message));
}

/* What all events of a message have in common. */
static struct channel_event *event_at(struct update *u, const struct json *message,
                                      const struct telegram_place *place, enum channel_event_kind kind)
{
    struct arena *a = u->a;
    const struct json *chat = json_get(message, "chat"), *sender = sender_of(message);
    struct channel_event *event = channel_events_add(u->events);
    bool group = telegram_is_group(place->chat);
    bool channel = str_eq(json_text(json_get(chat, "type")), STR("channel"));
    bool forwarded = json_bool(json_get(message, "is_automatic_forward"), false);
    event->kind = kind;
    event->external_id = telegram_name(a, place);
    event->thread_key = telegram_thread(a, place);
    event->thread_title = group ? read_title(a, read_text(a, json_get(chat, "title"))) : STR_EMPTY;
    event->door = group ? STR("group") : place->connection.len ? STR("business") : STR("chat");
    event->is_public = group;
    event->at = read_time(json_get(message, "date"));
    event->link = link_of(a, chat, place);
    event->author = author_of(a, sender);
    /* a channel's own posts, also where they appear in its group; what the business wrote by its own hand */
    event->echo = group ? channel || forwarded
                        : event->author.external_id.len > 0 && !str_eq(event->author.external_id, place->chat);
    if (event->echo)
        event->author = group ? (struct channel_author){.external_id = STR_EMPTY} : author_of(a, chat);
    else if (!event->author.external_id.len && !group)
        event->author = author_of(a, chat);
    return event;
}

/* ---- what a message holds ---- */

static void attach(struct update *u, struct channel_event *event, const struct json *file, enum message_kind kind,
                   const char *mime)
{
    struct str id = read_id(u->a, json_get(file, "file_id")), said = read_text(u->a, json_get(file, "mime_type"));
    if (!id.len)
        return;
    if (json_int(json_get(file, "file_size"), 0) > FILE_MAX) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = STR("a file of more than 20 MB, which Telegram gives to no bot");
        return;
    }
    struct channel_media *media = event_attach(u->a, event, kind);
    if (!media)
        return;
    media->media_id = id;
    media->mime = said.len ? said : str_from(mime);
    media->file_name = read_text(u->a, json_get(file, "file_name"));
}

/* Photos come in several sizes. */
static void read_photo(struct update *u, struct channel_event *event, const struct json *sizes)
{
    const struct json *largest = NULL;
    int64_t most = -1;
    for (size_t i = 0; i < json_count(sizes); i++) {
        const struct json *one = json_at(sizes, i);
        int64_t width = json_int(json_get(one, "width"), 0), height = json_int(json_get(one, "height"), 0);
        bool sane = width >= 0 && height >= 0 && width < 1000000 && height < 1000000;
        int64_t area = sane ? width * height : 0;
        if (area >= most && read_id(u->a, json_get(one, "file_id")).len) {
            most = area;
            largest = one;
        }
    }
    if (largest)
        attach(u, event, largest, MESSAGE_IMAGE, "image/jpeg");
}

static void read_video(struct update *u, struct channel_event *event, const struct json *file)
{
    attach(u, event, file, MESSAGE_VIDEO, "video/mp4");
}

static void read_voice(struct update *u, struct channel_event *event, const struct json *file)
{
    attach(u, event, file, MESSAGE_AUDIO, "audio/ogg");
}

static void read_audio(struct update *u, struct channel_event *event, const struct json *file)
{
    attach(u, event, file, MESSAGE_AUDIO, "audio/mpeg");
}

static void read_document(struct update *u, struct channel_event *event, const struct json *file)
{
    attach(u, event, file, kind_of_mime(json_text(json_get(file, "mime_type"))), "application/octet-stream");
}

static void read_sticker(struct update *u, struct channel_event *event, const struct json *file)
{
    bool drawn = json_bool(json_get(file, "is_animated"), false), film = json_bool(json_get(file, "is_video"), false);
    attach(u, event, file, MESSAGE_STICKER, drawn ? "application/x-tgsticker" : film ? "video/webm" : "image/webp");
    event_say(u->a, event, read_text(u->a, json_get(file, "emoji")));
}

static void read_location(struct update *u, struct channel_event *event, const struct json *spot)
{
    event_location(u->a, event, STR_EMPTY, STR_EMPTY, json_get(spot, "latitude"), json_get(spot, "longitude"));
}

static void read_venue(struct update *u, struct channel_event *event, const struct json *venue)
{
    const struct json *spot = json_get(venue, "location");
    event_location(u->a, event, read_text(u->a, json_get(venue, "title")),
                   read_text(u->a, json_get(venue, "address")), json_get(spot, "latitude"),
                   json_get(spot, "longitude"));
}

/* A person's own card says their telephone number. */
static void read_contact(struct update *u, struct channel_event *event, const struct json *card)
{
    struct str number = read_id(u->a, json_get(card, "phone_number")), who = read_id(u->a, json_get(card, "user_id"));
    event->message = MESSAGE_CONTACT;
    event_say(u->a, event, full_name(u->a, card));
    event_say(u->a, event, number);
    if (!event->echo && who.len && str_eq(who, event->author.external_id))
        event->author.phone = str_starts(number, STR("+")) ? str_slice(number, 1, number.len) : number;
}

static void say_list(struct update *u, struct channel_event *event, const struct json *list)
{
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list) && i < LIST_MAX; i++) {
        struct str one = read_text(u->a, json_get(json_at(list, i), "text"));
        if (one.len)
            event_say(u->a, event, str_format(u->a, "– %.*s", STR_ARGS(one)));
    }
}

static void read_poll(struct update *u, struct channel_event *event, const struct json *poll)
{
    event->message = MESSAGE_UNSUPPORTED;
    event->note = STR("poll");
    event_say(u->a, event, read_text(u->a, json_get(poll, "question")));
    say_list(u, event, json_get(poll, "options"));
}

static void read_checklist(struct update *u, struct channel_event *event, const struct json *list)
{
    event->message = MESSAGE_UNSUPPORTED;
    event->note = STR("checklist");
    event_say(u->a, event, read_text(u->a, json_get(list, "title")));
    say_list(u, event, json_get(list, "tasks"));
}

/* What a page of the bot's own hands over when its button is pressed. */
static void read_web_app(struct update *u, struct channel_event *event, const struct json *part)
{
    event->message = MESSAGE_POSTBACK;
    event->note = read_words(u->a, json_get(part, "data"));
    event_say(u->a, event, read_text(u->a, json_get(part, "button_text")));
    if (!event->text.len)
        event_say(u->a, event, event->note);
}

static const struct {
    const char *name;
    void (*read)(struct update *u, struct channel_event *event, const struct json *part);
} contents[] = {
    {"photo", read_photo},       {"video", read_video},         {"animation", read_video},
    {"video_note", read_video},  {"voice", read_voice},         {"audio", read_audio},
    {"document", read_document}, {"sticker", read_sticker},     {"venue", read_venue},
    {"location", read_location}, {"contact", read_contact},     {"poll", read_poll},
    {"live_photo", read_video},  {"checklist", read_checklist}, {"web_app_data", read_web_app},
};

/* Beside the content: who, where, when, how. */
static const char about[] =
    "message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count "
    "sender_business_bot sender_tag date business_connection_id chat forward_origin "
    "forward_from forward_from_chat forward_from_message_id forward_signature "
    "forward_sender_name forward_date is_topic_message is_automatic_forward reply_to_message "
    "external_reply quote reply_to_story reply_to_checklist_task_id via_bot edit_date "
    "has_protected_content is_from_offline is_paid_post media_group_id author_signature "
    "paid_star_count text entities link_preview_options suggested_post_info effect_id caption "
    "caption_entities show_caption_above_media has_media_spoiler reply_markup guest_query_id "
    "reply_to_poll_option_id guest_bot_caller_user guest_bot_caller_chat ";

/* What happens to a chat, and is of no matter to care. */
static const char service[] =
    "new_chat_members new_chat_member new_chat_participant left_chat_member left_chat_participant new_chat_title "
    "new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created channel_chat_created "
    "message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id pinned_message users_shared "
    "user_shared chat_shared write_access_allowed connected_website proximity_alert_triggered boost_added "
    "chat_background_set forum_topic_created forum_topic_edited forum_topic_closed forum_topic_reopened "
    "general_forum_topic_hidden general_forum_topic_unhidden video_chat_scheduled video_chat_started "
    "video_chat_ended video_chat_participants_invited chat_owner_left chat_owner_changed ";

static bool word_in(const char *list, struct str word)
{
    struct str rest = str_from(list), one;
    while (str_split(&rest, ' ', &one))
        if (one.len && str_eq(one, word))
            return true;
    return false;
}

static struct str spaced(struct arena *a, struct str name)
{
    char *copy = arena_copy(a, name.ptr, name.len);
    for (size_t i = 0; i < name.len; i++)
        copy[i] = copy[i] == '_' ? ' ' : copy[i];
    return (struct str){copy, name.len};
}

/* The first member that is neither known content nor something beside it; empty when there is none. */
static struct str other_content(struct arena *a, const struct json *message)
{
    for (size_t i = 0; i < json_count(message); i++) {
        struct str name = message->members[i].key;
        if (!json_is(message->members[i].value, JSON_NULL) && !word_in(about, name))
            return text_clean(a, text_shorten(a, name, 60));
    }
    return STR_EMPTY;
}

static void read_content(struct update *u, const struct json *message, struct channel_event *event)
{
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(contents) && !known; i++) {
        const struct json *part = read_member(message, contents[i].name);
        if (part && event->message == MESSAGE_TEXT && (known = true))
            contents[i].read(u, event, part);
    }
    event_say(u->a, event, read_words(u->a, json_get(message, "text")));
    event_say(u->a, event, read_words(u->a, json_get(message, "caption")));
    if (event->message != MESSAGE_TEXT || event->text.len)
        return;
    struct str other = other_content(u->a, message);
    if (word_in(service, other)) {
        event->kind = CHANNEL_IGNORED;
        event->note = other;
        return;
    }
    event->message = MESSAGE_UNSUPPORTED;
    event->note = other.len ? spaced(u->a, other) : STR("a message without words");
}

/* ---- where a message comes from ---- */

static void read_forward(struct update *u, const struct json *message, struct channel_event *event)
{
    const struct json *from = read_member(message, "forward_origin"), *chat;
    if (!from)
        return;
    struct str words = full_name(u->a, json_get(from, "sender_user"));
    chat = json_get(from, "sender_chat") ? json_get(from, "sender_chat") : json_get(from, "chat");
    if (!words.len)
        words = full_name(u->a, chat);
    if (!words.len)
        words = read_text(u->a, json_get(from, "sender_user_name"));
    event_origin(u->a, event, "forwarded", words, STR_EMPTY);
}

/* Addresses that stand behind other words. */
static void read_links(struct update *u, const struct json *entities, struct channel_event *event)
{
    size_t links = 0;
    for (size_t i = 0; i < json_count(entities) && links < LINKS_MAX; i++) {
        const struct json *one = json_at(entities, i);
        if (!str_eq(json_text(json_get(one, "type")), STR("text_link")))
            continue;
        event_origin(u->a, event, "link", STR_EMPTY, read_text(u->a, json_get(one, "url")));
        links++;
    }
}

static void read_parent(struct update *u, const struct json *message, const struct telegram_place *place,
                        struct channel_event *event)
{
    const struct json *to = read_member(message, "reply_to_message");
    struct telegram_place parent = *place;
    if (!to || json_get(to, "forum_topic_created")) /* in a topic everything answers its beginning */
        return;
    parent.message = read_id(u->a, json_get(to, "message_id"));
    if (is_number(parent.message))
        event->parent_id = telegram_name(u->a, &parent);
}

/* ---- updates ---- */

static struct str key_of(struct update *u, const char *kind, const struct json *part)
{
    return DEDUPE(u->a, kind, u->id.len ? u->id : dedupe_hash(u->a, json_to_str(u->a, part)));
}

static void read_message(struct update *u, const struct json *message, const struct place *at)
{
    struct telegram_place place;
    if (!place_read(u, message, at, &place))
        return;
    struct channel_event *event = event_at(u, message, &place, CHANNEL_MESSAGE);
    event->dedupe = DEDUPE(u->a, "m", event->external_id);
    read_parent(u, message, &place, event);
    read_content(u, message, event);
    read_forward(u, message, event);
    read_links(u, json_get(message, "entities"), event);
    read_links(u, json_get(message, "caption_entities"), event);
}

/* Somebody calls the bot into a talk of which it is no part: it may speak there once, to a query that ends at once.
 */
static void read_guest(struct update *u, const struct json *message, const struct place *at)
{
    size_t before = u->events->count;
    read_message(u, message, at);
    if (u->events->count > before)
        u->events->items[before].shut = "guest";
}

static void read_edit(struct update *u, const struct json *message, const struct place *at)
{
    struct telegram_place place;
    if (!place_read(u, message, at, &place))
        return;
    struct channel_event *event = event_at(u, message, &place, CHANNEL_EDIT);
    int64_t edited = read_time(json_get(message, "edit_date"));
    event->dedupe = key_of(u, "e", message);
    event->at = edited ? edited : event->at;
    read_content(u, message, event);
    if (event->kind == CHANNEL_EDIT && !event->text.len) { /* another picture, a poll's new votes */
        event->kind = CHANNEL_IGNORED;
        event->note = STR("an edit that changed no words");
    }
    event->media = NULL;
    event->media_count = 0;
}

static void read_deleted(struct update *u, const struct json *part, const struct place *at)
{
    const struct json *ids = json_get(part, "message_ids");
    struct telegram_place place = {.connection = read_id(u->a, json_get(part, "business_connection_id")),
                                   .chat = read_id(u->a, json_path(part, "chat", "id", NULL)),
                                   .topic = STR_EMPTY,
                                   .message = STR_EMPTY};
    if (!is_number(place.chat) || !json_is(ids, JSON_ARRAY)) {
        channel_unread(u->events, at, "has no chat.id or no message_ids");
        return;
    }
    for (size_t i = 0; i < json_count(ids) && i < DELETE_MAX; i++) {
        place.message = read_id(u->a, json_at(ids, i));
        if (!is_number(place.message)) {
            channel_unread(u->events, at, "names no message with message_ids[%zu]", i);
            continue;
        }
        struct channel_event *event = channel_events_add(u->events);
        event->kind = CHANNEL_DELETE;
        event->external_id = telegram_name(u->a, &place);
        event->thread_key = telegram_thread(u->a, &place);
        event->door = STR("business");
        event->dedupe = DEDUPE(u->a, "d", event->external_id);
    }
}

/* The words on the button that was pressed; Telegram tells only the data behind it. */
static struct str button_words(struct arena *a, const struct json *message, struct str data)
{
    const struct json *rows = json_path(message, "reply_markup", "inline_keyboard", NULL);
    for (size_t i = 0; i < json_count(rows); i++)
        for (size_t k = 0; k < json_count(json_at(rows, i)); k++) {
            const struct json *button = json_at(json_at(rows, i), k);
            if (str_eq(json_text(json_get(button, "callback_data")), data))
                return read_text(a, json_get(button, "text"));
        }
    return STR_EMPTY;
}

static void read_press(struct update *u, const struct json *part, const struct place *at)
{
    const struct json *message = read_member(part, "message");
    struct str id = read_id(u->a, json_get(part, "id")), data = read_words(u->a, json_get(part, "data"));
    struct telegram_place place;
    if (!id.len) {
        channel_unread(u->events, at, "has no id");
        return;
    }
    if (!message) { /* under a message that was sent by way of the bot into another talk */
        struct channel_event *event = channel_events_add(u->events);
        event->kind = CHANNEL_IGNORED;
        event->note = STR("a button in another talk");
        event->dedupe = key_of(u, "u", part);
        return;
    }
    if (!place_read(u, message, &(struct place){at, "message", -1}, &place))
        return;
    struct channel_event *event = event_at(u, message, &place, CHANNEL_MESSAGE);
    event->echo = false;
    event->author = author_of(u->a, json_get(part, "from"));
    event->external_id = str_concat(u->a, STR("press:"), id);
    event->dedupe = DEDUPE(u->a, "m", event->external_id);
    event->parent_id = telegram_name(u->a, &place);
    event->at = 0; /* the message is older than the press */
    event->message = MESSAGE_POSTBACK;
    event->text = button_words(u->a, message, data);
    event->note = data;
    if (!event->text.len)
        event->text = data.len ? data : read_text(u->a, json_get(part, "game_short_name"));
}

static struct str sign_of(struct arena *a, const struct json *reactions)
{
    const struct json *last = json_at(reactions, json_count(reactions) ? json_count(reactions) - 1 : 0);
    struct str emoji = read_text(a, json_get(last, "emoji"));
    return emoji.len || !last ? emoji : STR("★"); /* one of Telegram's own drawings, or paid for */
}

static void read_reaction(struct update *u, const struct json *part, const struct place *at)
{
    struct telegram_place place;
    if (!place_read(u, part, at, &place))
        return;
    struct channel_event *event = event_at(u, part, &place, CHANNEL_REACTION);
    const struct json *user = read_member(part, "user");
    event->echo = false;
    event->author = author_of(u->a, user ? user : json_get(part, "actor_chat"));
    event->note = sign_of(u->a, json_get(part, "new_reaction"));
    event->dedupe = key_of(u, "u", part);
}

/* Who stops the bot cannot be written to, until they start it again. */
static void read_member_change(struct update *u, const struct json *part, const struct place *at)
{
    struct str status = read_text(u->a, json_path(part, "new_chat_member", "status", NULL));
    struct telegram_place place = {.connection = STR_EMPTY,
                                   .chat = read_id(u->a, json_path(part, "chat", "id", NULL)),
                                   .topic = STR_EMPTY,
                                   .message = STR_EMPTY};
    if (!is_number(place.chat) || !status.len) {
        channel_unread(u->events, at, "has no chat.id or no new_chat_member.status");
        return;
    }
    struct channel_event *event = event_at(u, part, &place, CHANNEL_IGNORED);
    event->external_id = STR_EMPTY;
    event->echo = false;
    event->link = STR_EMPTY;
    event->dedupe = key_of(u, "u", part);
    event->author = author_of(u->a, json_get(part, "from"));
    event->note = status;
    if (telegram_is_group(place.chat))
        return;
    if (str_eq(status, STR("kicked")))
        event->kind = CHANNEL_LEFT;
    else if (str_eq(status, STR("member")))
        event->kind = CHANNEL_BACK;
}

static const struct {
    const char *name;
    void (*read)(struct update *u, const struct json *part, const struct place *at); /* NULL: of no matter */
} kinds[] = {
    {"message", read_message},
    {"edited_message", read_edit},
    {"channel_post", read_message},
    {"edited_channel_post", read_edit},
    {"business_message", read_message},
    {"edited_business_message", read_edit},
    {"deleted_business_messages", read_deleted},
    {"guest_message", read_guest},
    {"callback_query", read_press},
    {"message_reaction", read_reaction},
    {"my_chat_member", read_member_change},
    {"business_connection", NULL},
    {"message_reaction_count", NULL},
    {"inline_query", NULL},
    {"chosen_inline_result", NULL},
    {"shipping_query", NULL},
    {"pre_checkout_query", NULL},
    {"purchased_paid_media", NULL},
    {"poll", NULL},
    {"poll_answer", NULL},
    {"chat_member", NULL},
    {"chat_join_request", NULL},
    {"chat_boost", NULL},
    {"removed_chat_boost", NULL},
    {"managed_bot", NULL},
};

static void read_kind(struct update *u, size_t kind, const struct json *part)
{
    struct place at = {NULL, kinds[kind].name, -1};
    if (kinds[kind].read && !json_is(part, JSON_OBJECT)) {
        channel_unread(u->events, &at, "is not an object");
    } else if (kinds[kind].read) {
        kinds[kind].read(u, part, &at);
    } else {
        struct channel_event *event = channel_events_add(u->events);
        event->kind = CHANNEL_IGNORED;
        event->note = str_from(kinds[kind].name);
        event->dedupe = key_of(u, "u", part);
    }
}

void telegram_update(struct arena *a, const struct json *update, struct channel_events *events)
{
    struct update u = {.a = a, .events = events, .id = read_id(a, json_get(update, "update_id"))};
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct json *part = read_member(update, kinds[i].name);
        if (part && (any = true))
            read_kind(&u, i, part);
    }
    for (size_t i = 0; i < json_count(update) && !any; i++) {
        struct str name = update->members[i].key;
        if (!str_eq(name, STR("update_id")))
            channel_unread(events, NULL, "%.*s is an update of a kind that is not known",
                           STR_ARGS(str_slice(name, 0, 60)));
    }
}
