/* SPDX-License-Identifier: Apache-2.0 */
/* The doors through which a person can be answered, and why one is shut. */
#include "base/arena.h"
#include "base/clock.h"
#include "care/rank.h"
#include "care/reply.h"
#include "store/channel.h"
#include "store/person.h"

struct doors {
    struct arena *a;
    const struct conversation *c;
    const struct message *messages;
    size_t n;
    const struct reply_known *known;
    int64_t now;
    struct reply_door *list;
    size_t count;
};

static const struct channel_row *channel_of(const struct doors *d, int64_t id)
{
    for (size_t i = 0; i < d->known->channel_count; i++)
        if (d->known->channels[i].id == id)
            return &d->known->channels[i];
    return NULL;
}

static bool is_offered(const struct doors *d, int64_t channel, const struct door *door)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].channel_id == channel && d->list[i].door == door)
            return true;
    return false;
}

/* One that the network refused has not used it up. */
static bool was_used(const struct doors *d, const struct door *door, struct str parent)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->messages[i].outbound && d->messages[i].receipt != MESSAGE_FAILED &&
            str_eq(d->messages[i].door, str_from(door->name)) && str_eq(d->messages[i].parent_id, parent))
            return true;
    return false;
}

/* What the network said of this person there ("blocked", "window"), NULL when nothing. */
static const char *said_of(const struct doors *d, struct str network, struct str external_id)
{
    for (size_t i = 0; i < d->known->identity_count; i++) {
        const struct identity *identity = &d->known->identities[i];
        if (str_eq(identity->network, network) && str_eq(identity->external_id, external_id) &&
            identity->unreachable.len)
            return str_eq(identity->unreachable, STR("window")) ? "window" : "blocked";
    }
    return NULL;
}

/* Whether this door can answer a message that came through another door of the same network. */
static bool answers(const struct door *out, const struct door *in)
{
    if (out == in)
        return true;
    if (in->kind != DOOR_PUBLIC)
        return false;
    return out->kind == DOOR_PRIVATE || (out->kind == DOOR_DIRECT && out->window_hours == 0);
}

/* The network's own reason why nobody can answer here; of the message, through the door by which it came. */
static struct str reason_of(const struct doors *d, const struct channel *channel, const struct door *door,
                            const struct message *m)
{
    bool own = str_eq(m->door, str_from(door->name));
    struct str word = door->shut ? str_from(door->shut) : own ? m->shut : STR_EMPTY;
    return word.len ? str_format(d->a, "%s.%.*s", channel->name, STR_ARGS(word)) : STR_EMPTY;
}

static void door_offer(struct doors *d, const struct channel_row *row, const struct channel *channel,
                       const struct door *door, const struct message *m)
{
    int64_t since = door->rewritten && m->edited_at > m->at ? m->edited_at : m->at;
    struct reply_door offer = {.channel_id = row->id,
                               .channel_name = row->name,
                               .channel = channel,
                               .door = door,
                               .since = since,
                               .until = rank_window_until(door, since),
                               .parent = m->id,
                               .parent_external = m->external_id,
                               .to = m->author_id,
                               .thread_key = m->thread_key,
                               .link = m->link,
                               .reason = reason_of(d, channel, door, m)};
    bool hidden = str_starts(m->author_id, STR("hidden:"));
    const char *said = door->kind != DOOR_PUBLIC ? said_of(d, row->network, m->author_id) : NULL;
    if (offer.reason.len)
        offer.shut = "network";
    else if (offer.until && offer.until <= d->now)
        offer.shut = "window";
    else if (door->once && was_used(d, door, m->external_id))
        offer.shut = "used";
    else if (said && (door->kind == DOOR_DIRECT || str_eq(str_from(said), STR("blocked"))))
        offer.shut = said;
    else if (hidden && door->kind == DOOR_DIRECT)
        offer.shut = "hidden";
    else if (row->removed_at)
        offer.shut = "removed";
    offer.open = offer.shut == NULL;
    d->list = list_room(d->a, d->list, d->count, sizeof *d->list);
    d->list[d->count++] = offer;
}

static void doors_of_message(struct doors *d, const struct message *m)
{
    const struct channel_row *row = channel_of(d, m->channel_id);
    const struct channel *channel = row ? channel_find(row->network) : NULL;
    const struct door *in = channel ? channel_door(channel, m->door) : NULL;
    if (!in)
        return;
    if (!is_offered(d, row->id, in))
        door_offer(d, row, channel, in, m);
    for (const struct door *door = channel->doors; door->name; door++)
        if (answers(door, in) && !is_offered(d, row->id, door))
            door_offer(d, row, channel, door, m);
}

/* Doors at which the person wrote in other conversations. */
static bool doors_elsewhere(struct doors *d, struct tx *tx, struct error *e)
{
    const struct conversation *others = d->known->others;
    for (size_t i = 0; i < d->known->other_count && i < REPLY_OTHERS; i++) {
        const struct channel_row *row = channel_of(d, others[i].channel_id);
        const struct channel *channel = row ? channel_find(row->network) : NULL;
        const struct door *door = channel ? channel_door(channel, others[i].door) : NULL;
        struct message m;
        struct error here = {0};
        if (others[i].id == d->c->id || !door || door->kind != DOOR_DIRECT || is_offered(d, row->id, door))
            continue;
        if (message_last_in(tx, d->a, d->c->brand_id, others[i].id, row->id, others[i].door, &m, &here))
            door_offer(d, row, channel, door, &m);
        else if (here.code != ERR_NOT_FOUND)
            return fail(e, here.code, "%s", here.message);
    }
    return true;
}

bool reply_doors_known(struct tx *tx, struct arena *a, const struct conversation *c, const struct message *messages,
                       size_t n, const struct reply_known *known, struct reply_door **out, size_t *count,
                       struct error *e)
{
    struct doors d = {.a = a, .c = c, .messages = messages, .n = n, .known = known, .now = tx_now(tx)};
    for (size_t i = n; i-- > 0;)
        if (!messages[i].outbound && !messages[i].deleted_at)
            doors_of_message(&d, &messages[i]);
    if (!doors_elsewhere(&d, tx, e))
        return false;
    *out = d.list;
    *count = d.count;
    return true;
}

bool reply_doors(struct tx *tx, struct arena *a, const struct conversation *c, const struct message *messages,
                 size_t n, struct reply_door **out, size_t *count, struct error *e)
{
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1, .person = c->person_id};
    struct channel_row *channels;
    struct identity *identities;
    struct conversation *others;
    struct reply_known known = {0};
    bool more;
    if (!channel_row_list(tx, a, c->brand_id, true, &channels, &known.channel_count, e) ||
        !identity_list(tx, a, c->brand_id, c->person_id, &identities, &known.identity_count, e) ||
        !conversation_list(tx, a, c->brand_id, &filter, (struct cursor){.limit = REPLY_OTHERS}, &others,
                           &known.other_count, &more, e))
        return false;
    known.channels = channels;
    known.identities = identities;
    known.others = others;
    return reply_doors_known(tx, a, c, messages, n, &known, out, count, e);
}
