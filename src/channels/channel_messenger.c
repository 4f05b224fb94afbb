/* SPDX-License-Identifier: Apache-2.0 */
/* Private talks of Messenger and of Instagram in webhooks: entry.messaging (ours to answer) and entry.standby
 * (another application holds the thread). What is sent is in channel_messenger_send.c. */
#include "channels/channel_meta.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

#define ATTACHMENTS_MAX 32

/* One element of messaging, taken apart. */
struct talk {
    struct str page, person;
    bool echo, standby;
    int64_t at;
};

static struct channel_event *talk_event(struct meta_reading *r, const struct talk *talk, enum channel_event_kind kind)
{
    struct channel_event *event = channel_events_add(r->events);
    event->kind = kind;
    event->account = talk->page;
    event->author.external_id = talk->person;
    event->thread_key = talk->person.len ? str_concat(r->a, STR("dm:"), talk->person) : STR_EMPTY;
    event->door = r->door;
    event->echo = talk->echo;
    event->standby = talk->standby;
    event->at = talk->at;
    event->at_exact = true;
    return event;
}

/* The thumb has three sizes, each a sticker of its own. */
static bool is_like(struct str sticker)
{
    return str_eq(sticker, STR("369239263222822")) || str_eq(sticker, STR("369239343222814")) ||
           str_eq(sticker, STR("369239383222810"));
}

static void read_sticker(struct meta_reading *r, const struct json *payload, struct channel_event *event)
{
    struct str sticker = read_id(r->a, json_get(payload, "sticker_id"));
    struct channel_media *media = event_attach(r->a, event, MESSAGE_STICKER);
    if (media)
        media->url = read_text(r->a, json_get(payload, "url"));
    if (is_like(sticker)) {
        event->note = STR("👍");
        if (!event->text.len)
            event->text = STR("👍");
    }
}

/* A file, or what Instagram sends as one: a story that names us, a reel or a post of somebody. False when it is
 * neither. */
static bool read_file(struct meta_reading *r, const struct json *payload, struct channel_event *event,
                      struct str type)
{
    static const struct {
        struct str type;
        enum message_kind kind;
        const char *url;
        const char *from; /* what it came from, where it is not theirs */
    } kinds[] = {{{"image", 5}, MESSAGE_IMAGE, "url", NULL},
                 {{"video", 5}, MESSAGE_VIDEO, "url", NULL},
                 {{"audio", 5}, MESSAGE_AUDIO, "url", NULL},
                 {{"file", 4}, MESSAGE_FILE, "url", NULL},
                 {{"story_mention", 13}, MESSAGE_IMAGE, "url", "story_mention"},
                 {{"ig_story", 8}, MESSAGE_IMAGE, "story_media_url", NULL},
                 {{"ig_post", 7}, MESSAGE_IMAGE, "url", "post"},
                 {{"ig_reel", 7}, MESSAGE_VIDEO, "url", "post"},
                 {{"reel", 4}, MESSAGE_VIDEO, "url", "post"}};
    size_t i = 0;
    while (i < COUNT_OF(kinds) && !str_eq(type, kinds[i].type))
        i++;
    if (i == COUNT_OF(kinds))
        return false;
    struct channel_media *media = event_attach(r->a, event, kinds[i].kind);
    if (media)
        media->url = read_text(r->a, json_get(payload, kinds[i].url));
    if (kinds[i].from)
        event_origin(r->a, event, kinds[i].from, read_text(r->a, json_get(payload, "title")), STR_EMPTY);
    return true;
}

/* The cards of a template, or the products that somebody asks about: title and second line of each. */
static void say_cards(struct meta_reading *r, const struct json *payload, struct channel_event *event)
{
    const struct json *cards = json_path(payload, "product", "elements", NULL);
    if (!cards)
        cards = json_get(payload, "elements");
    for (size_t i = 0; json_is(cards, JSON_ARRAY) && i < json_count(cards) && i < ATTACHMENTS_MAX; i++) {
        event_say(r->a, event, read_text(r->a, json_get(json_at(cards, i), "title")));
        event_say(r->a, event, read_text(r->a, json_get(json_at(cards, i), "subtitle")));
    }
}

/* A link, a product, a shared post: its words and its address. */
static void read_shared(struct meta_reading *r, const struct json *attachment, struct channel_event *event,
                        struct str type)
{
    const struct json *payload = json_get(attachment, "payload");
    struct str title = read_text(r->a, json_get(payload, "title"));
    struct str url = read_text(r->a, json_get(payload, "url"));
    event_say(r->a, event, title.len ? title : read_text(r->a, json_get(attachment, "title")));
    event_say(r->a, event, read_text(r->a, json_get(payload, "text")));
    say_cards(r, payload, event);
    event_say(r->a, event, url.len ? url : read_text(r->a, json_get(attachment, "url")));
    if (!event->text.len) {
        event->message = event->message == MESSAGE_TEXT ? MESSAGE_UNSUPPORTED : event->message;
        event->note = type.len ? type : STR("attachment");
    }
}

static void read_attachment(struct meta_reading *r, const struct json *attachment, const struct place *at, void *ctx)
{
    struct channel_event *event = ctx;
    if (at->index >= ATTACHMENTS_MAX) {
        if (at->index == ATTACHMENTS_MAX)
            channel_unread(r->events, at, "is one attachment too many");
        return;
    }
    const struct json *payload = json_get(attachment, "payload");
    struct str type = read_text(r->a, json_get(attachment, "type"));
    if (read_id(r->a, json_get(payload, "sticker_id")).len) {
        read_sticker(r, payload, event);
        return;
    }
    if (str_eq(type, STR("like_heart"))) {
        event->message = MESSAGE_STICKER;
        event_say(r->a, event, STR("❤️"));
        return;
    }
    if (str_eq(type, STR("location"))) {
        const struct json *spot = json_get(payload, "coordinates");
        event_location(r->a, event, read_text(r->a, json_get(attachment, "title")), STR_EMPTY, json_get(spot, "lat"),
                       json_get(spot, "long"));
        return;
    }
    if (!read_file(r, payload, event, type))
        read_shared(r, attachment, event, type);
}

/* Where a talk was begun: an ad, a product of the shop, a link of ours with a mark in it. */
static void read_referral(struct meta_reading *r, struct channel_event *event, const struct json *referral)
{
    struct str source = read_text(r->a, json_get(referral, "source"));
    struct str ref = read_text(r->a, json_get(referral, "ref"));
    struct str title = read_text(r->a, json_path(referral, "ads_context_data", "ad_title", NULL));
    struct str product = read_id(r->a, json_path(referral, "product", "id", NULL));
    if (event->echo)
        return;
    if (str_eq(source, STR("ADS")))
        event_origin(r->a, event, "ad", title.len ? title : ref, STR_EMPTY);
    else if (ref.len && str_eq(source, STR("SHORTLINK")))
        event_origin(r->a, event, "link", ref, STR_EMPTY);
    if (product.len)
        event_origin(r->a, event, "product", product, STR_EMPTY);
}

static void read_message(struct meta_reading *r, const struct json *message, const struct place *at, struct talk talk)
{
    struct str mid = read_id(r->a, json_get(message, "mid"));
    if (!mid.len) {
        channel_unread(r->events, at, "has no message.mid");
        return;
    }
    if (json_bool(json_get(message, "is_deleted"), false)) {
        struct channel_event *gone = talk_event(r, &talk, CHANNEL_DELETE);
        gone->external_id = mid;
        gone->dedupe = DEDUPE(r->a, "delete", mid);
        return;
    }
    struct channel_event *event = talk_event(r, &talk, CHANNEL_MESSAGE);
    event->external_id = mid;
    event->dedupe = DEDUPE(r->a, "m", mid);
    event->text = read_words(r->a, json_get(message, "text"));
    event->parent_id = read_id(r->a, json_path(message, "reply_to", "mid", NULL));
    event->reply_token = read_text(r->a, json_get(message, "metadata"));
    if (json_is(json_get(message, "quick_reply"), JSON_OBJECT)) {
        event->message = MESSAGE_POSTBACK;
        event->note = read_text(r->a, json_path(message, "quick_reply", "payload", NULL));
    }
    read_referral(r, event, json_get(message, "referral"));
    const struct json *story = json_path(message, "reply_to", "story", NULL);
    if (json_is(story, JSON_OBJECT) && !event->echo)
        event_origin(r->a, event, "story", STR_EMPTY, read_text(r->a, json_get(story, "url")));
    struct place here = {at, "message", -1};
    meta_each(r, message, "attachments", &here, read_attachment, event); /* adds no events: event stays where it is */
    if (!event->text.len && !event->media_count && event->message == MESSAGE_TEXT) {
        event->message = MESSAGE_UNSUPPORTED;
        event->note = json_bool(json_get(message, "is_unsupported"), false) ? STR("of a kind that Meta does not show")
                                                                            : STR("a message without words");
    }
}

static void read_postback(struct meta_reading *r, const struct json *postback, const struct place *at,
                          struct talk talk)
{
    (void)at;
    struct str mid = read_id(r->a, json_get(postback, "mid"));
    struct str payload = read_text(r->a, json_get(postback, "payload"));
    struct str title = read_text(r->a, json_get(postback, "title"));
    if (!mid.len) /* older versions name none: the moment and the button tell it apart */
        mid = DEDUPE(r->a, "postback", talk.person, str_format(r->a, "%" PRId64, talk.at), payload);
    struct channel_event *event = talk_event(r, &talk, CHANNEL_MESSAGE);
    event->external_id = mid;
    event->dedupe = DEDUPE(r->a, "m", mid);
    event->message = MESSAGE_POSTBACK;
    event->text = title.len ? title : payload;
    event->note = payload;
    read_referral(r, event, json_get(postback, "referral"));
}

static void read_edit(struct meta_reading *r, const struct json *edit, const struct place *at, struct talk talk)
{
    struct str mid = read_id(r->a, json_get(edit, "mid"));
    if (!mid.len || !json_is(json_get(edit, "text"), JSON_STRING)) {
        channel_unread(r->events, at, "has no message_edit.%s", mid.len ? "text" : "mid");
        return;
    }
    struct channel_event *event = talk_event(r, &talk, CHANNEL_EDIT);
    event->external_id = mid;
    event->text = read_text(r->a, json_get(edit, "text"));
    event->dedupe =
        DEDUPE(r->a, "edit", mid, read_id(r->a, json_get(edit, "num_edit")), dedupe_hash(r->a, event->text));
}

static void read_reaction(struct meta_reading *r, const struct json *reaction, const struct place *at,
                          struct talk talk)
{
    struct str mid = read_id(r->a, json_get(reaction, "mid"));
    if (!mid.len) {
        channel_unread(r->events, at, "has no reaction.mid");
        return;
    }
    struct channel_event *event = talk_event(r, &talk, CHANNEL_REACTION);
    struct str emoji = read_text(r->a, json_get(reaction, "emoji"));
    event->external_id = mid;
    if (!str_eq(json_text(json_get(reaction, "action")), STR("unreact")))
        event->note = emoji.len ? emoji : read_text(r->a, json_get(reaction, "reaction"));
    event->dedupe = DEDUPE(r->a, "reaction", mid, talk.person, event->note, str_format(r->a, "%" PRId64, talk.at));
}

/* Delivered: by name where names are given, else everything up to the watermark. */
static void read_delivery(struct meta_reading *r, const struct json *delivery, const struct place *at,
                          struct talk talk)
{
    const struct json *mids = json_get(delivery, "mids");
    int64_t watermark = read_time(json_get(delivery, "watermark"));
    if (watermark)
        talk.at = watermark;
    for (size_t i = 0; json_is(mids, JSON_ARRAY) && i < json_count(mids); i++) {
        struct str mid = read_id(r->a, json_at(mids, i));
        if (!mid.len)
            continue;
        struct channel_event *event = talk_event(r, &talk, CHANNEL_RECEIPT);
        event->external_id = mid;
        event->receipt = RECEIPT_DELIVERED;
        event->dedupe = DEDUPE(r->a, "receipt", mid, STR("delivered"));
    }
    if (json_is(mids, JSON_ARRAY) && json_count(mids))
        return;
    if (!watermark) {
        channel_unread(r->events, at, "delivery names neither mids nor a watermark");
        return;
    }
    struct channel_event *event = talk_event(r, &talk, CHANNEL_READ_UPTO);
    event->receipt = RECEIPT_DELIVERED;
    event->dedupe = DEDUPE(r->a, "delivered", talk.person, str_format(r->a, "%" PRId64, talk.at));
}

static void read_read(struct meta_reading *r, const struct json *read, const struct place *at, struct talk talk)
{
    struct str mid = read_id(r->a, json_get(read, "mid"));
    int64_t watermark = read_time(json_get(read, "watermark"));
    if (!mid.len && !watermark) {
        channel_unread(r->events, at, "read names neither a mid nor a watermark");
        return;
    }
    if (watermark)
        talk.at = watermark;
    struct channel_event *event = talk_event(r, &talk, watermark ? CHANNEL_READ_UPTO : CHANNEL_RECEIPT);
    event->receipt = RECEIPT_READ;
    event->external_id = mid;
    event->dedupe = watermark ? DEDUPE(r->a, "read", talk.person, str_format(r->a, "%" PRId64, talk.at))
                              : DEDUPE(r->a, "receipt", mid, STR("read"));
}

/* What Meta does to the account itself: blocking it takes our rights away. */
static bool read_policy(struct meta_reading *r, const struct json *item, struct talk talk)
{
    const struct json *policy = json_get(item, "policy_enforcement");
    if (!policy)
        policy = json_get(item, "policy-enforcement");
    if (!json_is(policy, JSON_OBJECT))
        return false;
    bool block = str_eq(json_text(json_get(policy, "action")), STR("block"));
    talk.person = STR_EMPTY;
    struct channel_event *event = talk_event(r, &talk, block ? CHANNEL_RIGHTS : CHANNEL_IGNORED);
    event->door = STR_EMPTY;
    event->note = read_text(r->a, json_get(policy, "reason"));
    event->dedupe = DEDUPE(r->a, "policy", talk.page, read_text(r->a, json_get(policy, "action")),
                           str_format(r->a, "%" PRId64, talk.at));
    return true;
}

static void ignore(struct meta_reading *r, struct talk talk, const char *what)
{
    struct channel_event *event = talk_event(r, &talk, CHANNEL_IGNORED);
    event->note = str_from(what);
    event->dedupe = DEDUPE(r->a, what, talk.person, str_format(r->a, "%" PRId64, talk.at));
}

/* Of no matter to care: how a person came in, who holds the thread, payments, games. */
static bool read_ignored(struct meta_reading *r, const struct json *item, struct talk talk)
{
    static const char *const kinds[] = {"optin",
                                        "referral",
                                        "account_linking",
                                        "pass_thread_control",
                                        "take_thread_control",
                                        "request_thread_control",
                                        "app_roles",
                                        "payment",
                                        "pre_checkout",
                                        "checkout_update",
                                        "game_play",
                                        "branded_camera",
                                        "message_context",
                                        "messaging_feedback",
                                        "messaging_customer_information"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!read_member(item, kinds[i]))
            continue;
        ignore(r, talk, kinds[i]);
        return true;
    }
    return false;
}

static const struct {
    const char *name;
    void (*read)(struct meta_reading *r, const struct json *item, const struct place *at, struct talk talk);
    bool theirs; /* of matter only when the person did it */
} kinds_of_talk[] = {{"message", read_message, false},   {"postback", read_postback, false},
                     {"message_edit", read_edit, false}, {"reaction", read_reaction, false},
                     {"delivery", read_delivery, true},  {"read", read_read, true}};

void messenger_item(struct meta_reading *r, const struct json *item, const struct place *at, bool standby)
{
    struct str sender = read_id(r->a, json_path(item, "sender", "id", NULL));
    struct str recipient = read_id(r->a, json_path(item, "recipient", "id", NULL));
    bool echo = json_bool(json_path(item, "message", "is_echo", NULL), false) ||
                (sender.len && str_eq(sender, r->account) && !str_eq(sender, recipient));
    struct talk talk = {.page = echo ? sender : recipient,
                        .person = echo ? recipient : sender,
                        .echo = echo,
                        .standby = standby,
                        .at = read_time(json_get(item, "timestamp"))};
    if (!talk.page.len)
        talk.page = r->account;
    if (!talk.at)
        talk.at = r->time;
    if (read_policy(r, item, talk))
        return;
    for (size_t i = 0; i < COUNT_OF(kinds_of_talk); i++) {
        const struct json *part = read_member(item, kinds_of_talk[i].name);
        if (!part)
            continue;
        if (!json_is(part, JSON_OBJECT))
            channel_unread(r->events, at, "has a %s that is not an object", kinds_of_talk[i].name);
        else if (!talk.person.len)
            channel_unread(r->events, at, "does not say who: %s.id is missing", echo ? "recipient" : "sender");
        else if (echo && kinds_of_talk[i].theirs)
            ignore(r, talk, kinds_of_talk[i].name);
        else
            kinds_of_talk[i].read(r, part, at, talk);
        return;
    }
    if (!read_ignored(r, item, talk))
        channel_unread(r->events, at, "holds nothing that is known");
}

static void read_item(struct meta_reading *r, const struct json *item, const struct place *at, void *ctx)
{
    messenger_item(r, item, at, *(const bool *)ctx);
}

bool messenger_read(struct meta_reading *r, const struct json *entry, const struct place *at)
{
    bool ours = false, standby = true;
    bool any = meta_each(r, entry, "messaging", at, read_item, &ours);
    return meta_each(r, entry, "standby", at, read_item, &standby) || any;
}
