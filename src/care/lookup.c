/* SPDX-License-Identifier: Apache-2.0 */
/* The words of messages that came as ids only: wished for, found, or withheld. */
#include "care/lookup.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "care/asking.h"
#include "care/intake_internal.h"
#include "care/likeness.h"
#include "care/people_internal.h"
#include "care/search.h"
#include "care/story.h"
#include "triage/triage.h"

#define AGAIN_US      (5 * SECOND_US)
#define AGAIN_MOST_US HOUR_US
#define TRIES_MAX     30 /* about a day */
#define UNREADY_US    MINUTE_US
#define RATE_US       (5 * MINUTE_US)

bool lookup_is_asked(const struct account *account, const struct channel_event *event)
{
    return event->lookup.len && account->channel->lookup;
}

bool lookup_wish(struct tx *tx, const struct account *account, const struct message *m,
                 const struct channel_event *event, struct error *e)
{
    struct wish wish = {
        .message_id = m->id, .channel_id = m->channel_id, .what = event->lookup, .next_at = tx_now(tx)};
    return !lookup_is_asked(account, event) || wish_add(tx, m->brand_id, &wish, e);
}

static bool lacks_words(const struct message *m)
{
    return !m->outbound && !m->deleted_at && m->text.len == 0 && str_eq(m->kind, STR("unsupported")) &&
           (str_eq(m->note, STR(NOTE_SOUGHT)) || str_starts(m->note, STR(NOTE_WITHHELD)));
}

bool lookup_is_told(const struct message *m, const struct channel_event *event)
{
    return !event->lookup.len && (event->text.len || event->media_count) && lacks_words(m);
}

/* ---- whose it is ---- */

/* Whether they are known by this one message alone, and no colleague has said who they are. */
static bool is_of_this_message(struct tx *tx, const struct message *m, struct str network, bool *alone,
                               struct error *e)
{
    struct identity *list;
    size_t count;
    *alone = false;
    if (!str_starts(m->author_id, STR("hidden:")))
        return true;
    if (!identity_list(tx, tx_arena(tx), m->brand_id, m->person_id, &list, &count, e))
        return false;
    *alone = count == 1 && str_eq(list[0].network, network) && str_eq(list[0].external_id, m->author_id) &&
             list[0].first_person_id == m->person_id;
    return true;
}

/* Into the talk that they have with us, as if it had been known at once who writes. */
static bool conversation_join(struct tx *tx, struct message *m, const struct conversation *newest, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation own;
    const struct actor house = {.brand_id = m->brand_id, .role = ROLE_AGENT};
    if (!conversation_by_id(tx, a, m->brand_id, m->conversation_id, &own, e))
        return false;
    bool joins = newest->id && newest->id != own.id && !own.failed && !str_eq(own.outcome, STR("joined"));
    return !joins ||
           (story_join(tx, &house, own.id, newest->id, e) && message_by_id(tx, a, m->brand_id, m->id, m, e));
}

/* Who had neither name nor handle has a handle now. */
static bool handle_shown(struct tx *tx, struct str network, const struct message *m, struct person *person,
                         const struct channel_author *author, struct error *e)
{
    struct arena *a = tx_arena(tx);
    if (!author->handle.len || !str_eq(person->name, person_unnamed(a, network, m->author_id)))
        return true;
    if (!search_person_gone(tx, person, e))
        return false;
    person->name = str_concat(a, STR("@"), author->handle);
    return person_update(tx, person, e) && search_person(tx, person, e);
}

/* What the network says of the author, who was nobody until now. */
static bool author_found(struct tx *tx, struct str network, struct message *m, const struct channel_author *said,
                         struct error *e)
{
    struct person person;
    struct conversation newest;
    struct channel_author author = *said;
    bool made, alone;
    if (!author.external_id.len)
        author.external_id = m->author_id;
    else if (str_starts(m->author_id, STR("hidden:")))
        author.also_known_as = m->author_id; /* who is new here is they from now on */
    if (!is_of_this_message(tx, m, network, &alone, e) ||
        !person_of_author(tx, NULL, m->brand_id, network, &author, m->at, &person, &made, e))
        return false;
    if (person.id == m->person_id) {
        bool shown = handle_shown(tx, network, m, &person, &author, e);
        m->author_id = author.external_id;
        return shown;
    }
    if (!alone) /* a colleague has said who it is */
        return true;
    struct message there = *m;
    there.person_id = person.id;
    if (!intake_conversation(tx, NULL, &there, &newest, e) ||
        !person_rehome(tx, m->brand_id, m->person_id, person.id, e))
        return false;
    m->person_id = person.id;
    if (!conversation_join(tx, m, &newest, e))
        return false;
    m->author_id = author.external_id;
    return true;
}

/* ---- found ---- */

static void message_fill(struct tx *tx, const struct account *account, struct message *m,
                         const struct channel_event *event)
{
    int64_t now = tx_now(tx), at = intake_time(event, now);
    m->kind = str_from(message_kind_name(event->message));
    m->text = event->text;
    m->note = event->note;
    m->link = event->link.len ? event->link : m->link;
    m->door = event->door.len ? event->door : m->door;
    m->parent_id = event->parent_id.len ? event->parent_id : m->parent_id;
    m->attachments = (int64_t)event->media_count;
    m->origin = event->origin_count ? intake_origin(tx_arena(tx), event) : m->origin;
    m->shut = event->shut ? str_from(event->shut) : m->shut;
    m->told_at = account->channel->keeping.words_hours ? now : 0;
    if (at + 2 * SECOND_US < m->at) /* written some time before it was told of */
        m->at = at;
}

/* What the list of conversations shows of it. */
static bool conversation_hears(struct tx *tx, const struct message *m, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    struct person person;
    struct triage triage;
    if (!conversation_by_id(tx, a, m->brand_id, m->conversation_id, &c, e) ||
        !person_by_id(tx, a, m->brand_id, m->person_id, &person, e))
        return false;
    triage_place(triage_words_read(a, m->text), c.language.len ? c.language : person.language, c.last_out_at > 0,
                 &triage);
    if (!conversation_figures_again(tx, &c, 0, e))
        return false;
    if (m->at >= c.last_in_at) {
        c.mood = str_from(triage.mood);
        if (triage.language[0])
            c.language = str_from(triage.language);
        if (!story_settle(tx, &c, e))
            return false;
    }
    if (person.language.len == 0 && triage.language[0]) {
        person.language = str_from(triage.language);
        if (!person_update(tx, &person, e))
            return false;
    }
    return story_event(tx, "message.found", &c, m->id, 0, STR_EMPTY, e);
}

bool lookup_found(struct tx *tx, const struct account *account, struct message *m, const struct channel_event *event,
                  struct error *e)
{
    struct str network = account->row.network;
    if (!search_message_gone(tx, m, e) || !author_found(tx, network, m, &event->author, e))
        return false;
    message_fill(tx, account, m, event);
    return message_set_found(tx, m, e) && search_message(tx, m, e) && likeness_said(tx, network, m, e) &&
           intake_attachments(tx, m, event, e) && intake_thread(tx, m, event, e) && conversation_hears(tx, m, e) &&
           wish_delete(tx, m->brand_id, m->id, e);
}

/* It says honestly that there is no more to be had. */
static bool lookup_withheld(struct tx *tx, struct message *m, enum failure why, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    struct str note = str_format(a, "%s%s", NOTE_WITHHELD, failure_name(why));
    return conversation_by_id(tx, a, m->brand_id, m->conversation_id, &c, e) &&
           message_set_words(tx, m->brand_id, m->id, STR_EMPTY, note, m->told_at, e) &&
           story_event(tx, "message.withheld", &c, m->id, 0, STR_EMPTY, e) && wish_delete(tx, m->brand_id, m->id, e);
}

/* ---- one wish ---- */

/* The wish and its message as they stand now; *live is false when there is nothing to ask any more. */
static bool looking_now(struct tx *tx, struct looking *l, struct message *m, bool *live, struct error *e)
{
    struct error here = {0};
    *live = wish_get(tx, l->arena, l->brand, l->wish.message_id, &l->wish, &here) &&
            message_by_id(tx, l->arena, l->brand, l->wish.message_id, m, &here);
    if (!*live)
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    *live = lacks_words(m);
    return *live || wish_delete(tx, l->brand, m->id, e);
}

bool looking_begin(struct tx *tx, void *ctx, struct error *e)
{
    struct looking *l = ctx;
    struct message m;
    struct quota_state quota;
    l->due = false;
    if (!looking_now(tx, l, &m, &l->due, e) || !l->due)
        return l->due || e->code == ERR_NONE;
    l->lookup = (struct lookup){.what = l->wish.what,
                                .external_id = m.external_id,
                                .parent_id = m.parent_id,
                                .thread_key = m.thread_key,
                                .door = m.door};
    if (!l->account || !l->account->channel->lookup) {
        l->due = false;
        return lookup_withheld(tx, &m, FAILURE_PERMISSION, e);
    }
    l->lookup.account = l->account->row.account;
    if (!quota_state_read(tx, l->account, tx_now(tx), &quota, e))
        return false;
    l->due = !quota.all || quota.left >= l->account->channel->lookup_units;
    return l->due || wish_put_off(tx, l->brand, l->wish.channel_id, quota.until, e);
}

static bool units_spend(struct tx *tx, const struct looking *l, struct error *e)
{
    struct quota_state quota;
    int units = l->calls * l->account->channel->lookup_units;
    if (units == 0 || !quota_state_read(tx, l->account, tx_now(tx), &quota, e))
        return units == 0;
    struct quota_spent more = {.period = quota.from, .asked = units};
    return (!quota.all && !quota.money) || quota_spend(tx, l->brand, l->wish.channel_id, &more, e);
}

/* Back-off; after the last try it is said that there was no answer. */
static bool try_again(struct tx *tx, struct looking *l, struct message *m, struct error *e)
{
    int64_t wait = (int64_t)l->outcome.retry_seconds * SECOND_US, doubled = AGAIN_US;
    for (int64_t i = 0; i < l->wish.tries && doubled < AGAIN_MOST_US; i++)
        doubled *= 2;
    if (++l->wish.tries >= TRIES_MAX)
        return lookup_withheld(tx, m, FAILURE_TRANSIENT, e);
    l->wish.next_at = tx_now(tx) + (wait ? wait : doubled < AGAIN_MOST_US ? doubled : AGAIN_MOST_US);
    return wish_again(tx, l->brand, &l->wish, e);
}

static bool looking_failed(struct tx *tx, struct looking *l, struct message *m, struct error *e)
{
    int64_t wait = l->outcome.retry_seconds > 0 ? l->outcome.retry_seconds * SECOND_US : RATE_US;
    switch (l->outcome.failure) {
    case FAILURE_TOKEN: /* asked at once when the channel is on again */
        return account_pause(tx, l->brand, l->wish.channel_id, FAILURE_TOKEN, l->outcome.words, e);
    case FAILURE_RATE: return wish_put_off(tx, l->brand, l->wish.channel_id, tx_now(tx) + wait, e);
    case FAILURE_TRANSIENT: return try_again(tx, l, m, e);
    case FAILURE_NONE: /* the account has not what it takes yet: no call was made */
        return wish_put_off(tx, l->brand, l->wish.channel_id, tx_now(tx) + UNREADY_US, e);
    case FAILURE_PERMISSION:
    case FAILURE_WINDOW:
    case FAILURE_BLOCKED:
    case FAILURE_GONE:
    case FAILURE_CONTENT:
    case FAILURE_COUNT: break;
    }
    return lookup_withheld(tx, m, l->outcome.failure, e);
}

bool looking_end(struct tx *tx, void *ctx, struct error *e)
{
    struct looking *l = ctx;
    struct message m;
    bool live;
    if (!units_spend(tx, l, e) || !looking_now(tx, l, &m, &live, e) || !live)
        return e->code == ERR_NONE;
    if (l->outcome.kind == OUTCOME_ACCEPTED && l->events.count)
        return lookup_found(tx, l->account, &m, &l->events.items[0], e);
    return looking_failed(tx, l, &m, e);
}

bool looking_is_trouble(const struct looking *l)
{
    return l->outcome.kind == OUTCOME_FAILED &&
           (l->outcome.failure == FAILURE_TOKEN || l->outcome.failure == FAILURE_RATE ||
            l->outcome.failure == FAILURE_TRANSIENT || l->outcome.failure == FAILURE_NONE);
}
