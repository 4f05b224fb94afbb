/* SPDX-License-Identifier: Apache-2.0 */
/* Our own message comes back from the network: which reply it is, if it is one of ours. */
#include "base/arena.h"
#include "base/clock.h"
#include "care/intake.h"
#include "care/people.h"
#include "care/reply.h"
#include "store/person.h"

#define CLOCKS_APART_US (2 * DAY_US) /* ours may be a day wrong; an echo not known again would stand twice */

bool reply_of_token(struct tx *tx, const struct account *account, struct str token, int64_t *id, struct error *e)
{
    struct message m;
    *id = 0;
    if (token.len == 0 || !str_int64(token, id))
        return true;
    if (!message_by_id(tx, tx_arena(tx), account->row.brand_id, *id, &m, e) || !m.outbound ||
        m.channel_id != account->row.id) {
        *id = 0;
        if (e)
            e->code = ERR_NONE;
    }
    return true;
}

/* The same words alone do not make it ours: what one of us wrote on the network days before this reply was written,
 * and a list tells of late, or in public where this one is private, leaves it as unsure as it was. */
static bool may_be_echo_of(const struct message *m, const struct channel_event *event)
{
    bool before = event->at > 0 && event->at < m->received_at - CLOCKS_APART_US;
    return m->is_public == event->is_public && !before;
}

/* The row among those on their way to this person with the same words, in whichever conversation of theirs. */
static bool echo_by_words(struct tx *tx, const struct account *account, const struct channel_event *event,
                          int64_t person, int64_t *id, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct outbox *rows;
    size_t count;
    if (!outbox_left_of(tx, a, account->row.brand_id, account->row.id, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count && *id == 0; i++) {
        struct message m;
        if (!message_by_id(tx, a, account->row.brand_id, rows[i].id, &m, e))
            return false;
        bool same = str_eq(str_trim(m.text), str_trim(event->text)) || (m.text.len == 0 && event->media_count);
        if (m.person_id == person && same && may_be_echo_of(&m, event))
            *id = m.id;
    }
    return true;
}

/* One of a story that a colleague settled before its echo came: it gets the network's id now. */
static bool echo_of_settled(struct tx *tx, const struct account *account, const struct channel_event *event,
                            int64_t conversation, bool *settled, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message *story;
    size_t n;
    int64_t brand = account->row.brand_id;
    if (!message_list(tx, a, brand, conversation, (struct cursor){.limit = 50}, &story, &n, e))
        return false;
    for (size_t i = n; i-- > 0 && !*settled;) {
        const struct message *m = &story[i];
        bool ours = m->outbound && m->channel_id == account->row.id && m->receipt >= MESSAGE_ACCEPTED;
        bool same = str_eq(str_trim(m->text), str_trim(event->text));
        if (!ours || m->external_id.len || !same || !may_be_echo_of(m, event))
            continue;
        *settled = true;
        if (!dedup_set(tx, brand, intake_message_hash(a, m->channel_id, event->external_id), m->id, e) ||
            !message_set_external(tx, brand, m->id, event->external_id, e))
            return false;
    }
    return true;
}

static bool echo_settled_for(struct tx *tx, const struct account *account, const struct channel_event *event,
                             int64_t person, bool *settled, struct error *e)
{
    struct conversation_filter theirs = {.state = -1, .owner = -1, .priority = -1, .person = person};
    struct conversation *list;
    size_t count;
    bool more;
    if (!conversation_list(tx, tx_arena(tx), account->row.brand_id, &theirs, (struct cursor){.limit = 10}, &list,
                           &count, &more, e))
        return false;
    for (size_t i = 0; i < count && !*settled; i++)
        if (!echo_of_settled(tx, account, event, list[i].id, settled, e))
            return false;
    return true;
}

/* To whom an echo went: who wrote what it answers, or whom it names; 0 when we know neither. */
static bool echo_person(struct tx *tx, const struct account *account, const struct channel_event *event,
                        int64_t *person, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message parent;
    struct identity identity;
    struct error here = {0};
    int64_t brand = account->row.brand_id, id;
    *person = 0;
    if (!intake_find_message(tx, brand, account->row.id, event->parent_id, &id, e))
        return false;
    if (id > 0 && message_by_id(tx, a, brand, id, &parent, &here)) {
        *person = parent.person_id;
        return true;
    }
    here = (struct error){0};
    if (event->author.external_id.len &&
        identity_find(tx, a, brand, account->row.network, event->author.external_id, &identity, &here))
        *person = identity.person_id;
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool reply_echo(struct tx *tx, const struct account *account, const struct channel_event *event, bool *known,
                struct error *e)
{
    int64_t id, person;
    *known = false;
    if (!intake_find_message(tx, account->row.brand_id, account->row.id, event->external_id, &id, e))
        return false;
    if (id != 0)
        return id < 0 || reply_reached(tx, account->row.brand_id, id, event->author.external_id, e);
    if (!reply_of_token(tx, account, event->reply_token, &id, e))
        return false;
    if (id == 0) {
        if (!echo_person(tx, account, event, &person, e))
            return false;
        if (person && (!echo_by_words(tx, account, event, person, &id, e) ||
                       (id == 0 && !echo_settled_for(tx, account, event, person, known, e))))
            return false;
    }
    if (id == 0)
        return true;
    *known = true;
    return reply_accepted(tx, account->row.brand_id, id, event->external_id, event->at > 0 ? event->at : tx_now(tx),
                          e) &&
           reply_reached(tx, account->row.brand_id, id, event->author.external_id, e);
}
