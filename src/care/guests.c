/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of the care site. */
#include "care/guests.h"

#include "base/arena.h"
#include "base/error.h"
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
    event->author = (struct channel_author){.external_id = guest->external_id, .name = guest->name};
    event->message = words->media_count ? words->media[0].kind : MESSAGE_TEXT;
    event->text = words->text;
    event->media = words->media;
    event->media_count = words->media_count;
    event->origins = words->origins;
    event->origin_count = words->origin_count;
}
