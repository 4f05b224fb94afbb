/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of the care site. */
#include "care/guests.h"

#include "base/arena.h"
#include "base/error.h"
#include "care/account.h"
#include "care/story.h"
#include "db/tx.h"
#include "store/message.h"
#include "store/person.h"

bool guest_person(struct tx *tx, struct arena *a, const struct guest *guest, struct person *person, struct error *e)
{
    struct identity identity;
    struct error here = {0};
    *person = (struct person){0};
    if (guest->id == 0)
        return true;
    if (identity_find(tx, a, guest->brand_id, STR(GUEST_NETWORK), guest->external_id, &identity, &here))
        return person_by_id(tx, a, guest->brand_id, identity.person_id, person, e);
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool guest_conversation(struct tx *tx, struct arena *a, const struct guest *guest, int64_t id,
                        struct conversation *out, struct error *e)
{
    struct person person;
    struct error here = {0};
    if (!guest_person(tx, a, guest, &person, e))
        return false;
    if (person.id && conversation_by_id(tx, a, guest->brand_id, id, out, &here) && out->person_id == person.id)
        return true;
    if (here.code != ERR_NONE && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    return fail(e, ERR_NOT_FOUND, "There is no such request of yours.");
}

bool guest_attachment(struct tx *tx, struct arena *a, const struct guest *guest, int64_t id, struct attachment *out,
                      struct error *e)
{
    struct message m;
    struct conversation c;
    if (!attachment_by_id(tx, a, guest->brand_id, id, out, e) ||
        !message_by_id(tx, a, guest->brand_id, out->message_id, &m, e) ||
        !guest_conversation(tx, a, guest, m.conversation_id, &c, e))
        return false;
    bool there = !m.deleted_at && (!m.outbound || m.receipt >= MESSAGE_ACCEPTED);
    return there || fail(e, ERR_NOT_FOUND, "There is no such file of yours.");
}

bool talk_unseen_count(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t *count, struct error *e)
{
    int64_t channel;
    *count = 0;
    return account_home_id(tx, brand, &channel, e) &&
           (!channel || message_unread(tx, brand, conversation, ours, channel, count, e));
}

bool talk_unseen(struct tx *tx, int64_t brand, int64_t conversation, bool ours, bool *unseen, struct error *e)
{
    int64_t count;
    bool ok = talk_unseen_count(tx, brand, conversation, ours, &count, e);
    *unseen = ok && count > 0;
    return ok;
}

bool talk_seen(struct tx *tx, int64_t brand, int64_t conversation, bool ours, int64_t agent, struct error *e)
{
    struct conversation c;
    int64_t channel;
    bool unseen;
    if (!talk_unseen(tx, brand, conversation, ours, &unseen, e) || !unseen)
        return !unseen;
    return account_home_id(tx, brand, &channel, e) &&
           conversation_by_id(tx, tx_arena(tx), brand, conversation, &c, e) &&
           message_read_all(tx, brand, conversation, ours, channel, e) &&
           story_event(tx, ours ? "reply.receipt" : "chat.seen", &c, 0, agent, STR_EMPTY, e);
}

#define TALKS_LOOKED_AT 20

static bool goes_on(struct tx *tx, const struct conversation *c, bool unseen, bool *on, struct error *e)
{
    *on = c->state != CONVERSATION_CLOSED && c->state != CONVERSATION_SET_ASIDE;
    return *on || !unseen || talk_unseen(tx, c->brand_id, c->id, true, on, e);
}

bool guest_talk(struct tx *tx, struct arena *a, const struct guest *guest, bool unseen, int64_t *id, struct error *e)
{
    struct person person;
    struct conversation *list;
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1};
    int64_t channel;
    size_t count;
    bool more;
    *id = 0;
    if (!guest_person(tx, a, guest, &person, e) || !account_home_id(tx, guest->brand_id, &channel, e))
        return false;
    filter.person = person.id;
    if (!person.id || !channel)
        return true;
    if (!conversation_list(tx, a, guest->brand_id, &filter, (struct cursor){.limit = TALKS_LOOKED_AT}, &list, &count,
                           &more, e))
        return false;
    for (size_t i = 0; i < count && !*id; i++) {
        bool on = false;
        if (list[i].messages && list[i].channel_id == channel && str_eq(list[i].door, STR("talk")) &&
            !goes_on(tx, &list[i], unseen, &on, e))
            return false;
        *id = on ? list[i].id : 0;
    }
    return true;
}

void guest_event(struct arena *a, const struct guest *guest, const struct guest_words *words,
                 struct channel_events *out)
{
    struct str key = str_format(a, "%.*s:%.*s", STR_ARGS(guest->external_id), STR_ARGS(words->once));
    struct channel_event *event = channel_events_add(out);
    event->kind = CHANNEL_MESSAGE;
    event->dedupe = str_concat(a, STR("m:"), key);
    event->external_id = key;
    event->thread_key = str_concat(a, STR("dm:"), guest->external_id);
    event->door = STR("talk");
    event->author = (struct channel_author){.external_id = guest->external_id,
                                            .handle = guest->email,
                                            .name = guest->name.len ? guest->name : guest->email,
                                            .phone = guest->phone};
    event->message = words->media_count ? words->media[0].kind : MESSAGE_TEXT;
    event->text = words->text;
    event->media = words->media;
    event->media_count = words->media_count;
    event->origins = words->origins;
    event->origin_count = words->origin_count;
}
