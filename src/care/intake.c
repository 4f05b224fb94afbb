/* SPDX-License-Identifier: Apache-2.0 */
/* From a channel's events to rows, exactly once. */
#include "care/intake.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/asking.h"
#include "care/intake_internal.h"
#include "care/people.h"
#include "care/reply.h"
#include "store/channel.h"
#include "store/conversation.h"
#include "store/event.h"
#include "store/message.h"
#include "store/person.h"
#include "store/reaction.h"
#include "store/shelf.h"
#include "triage/triage.h"

/* ---- reading (pure) ---- */

bool intake_read(struct arena *a, const struct account *account, const struct hook *hook,
                 struct channel_events *events, struct str *unread, struct error *e)
{
    struct error why = {0};
    *unread = STR_EMPTY;
    *events = (struct channel_events){.arena = a};
    if (!account->channel->verify(&account->settings, hook, e))
        return false;
    if (!account->channel->receive(a, &account->settings, hook->body, events, &why))
        *unread = str_dup(a, str_from(why.message));
    else
        *unread = events->unread;
    return true;
}

void intake_prepare(struct arena *a, struct intake *in)
{
    size_t count = in->events ? in->events->count : 0;
    in->words = ARENA_ARRAY(a, const struct triage_words *, count);
    for (size_t i = 0; i < count; i++)
        if (in->events->items[i].kind == CHANNEL_MESSAGE && !in->events->items[i].echo)
            in->words[i] = triage_words_read(a, in->events->items[i].text);
}

/* ---- what is asked beforehand ---- */

/* Anything else than a message of theirs may change what any other message would ask for. */
static bool is_plain(const struct intake *in)
{
    bool plain = in->events && !in->replay;
    for (size_t i = 0; plain && i < in->events->count; i++)
        plain = in->events->items[i].kind == CHANNEL_MESSAGE && !in->events->items[i].echo;
    return plain;
}

struct str intake_message_key(const struct channel_event *event)
{
    return event->external_id.len ? event->external_id : event->dedupe;
}

void *intake_foresee(struct tx *tx, void *const *ctx, size_t count, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct foreseen *foreseen = foreseen_new(a);
    for (size_t k = 0; k < count; k++) {
        const struct intake *in = ctx[k];
        const struct channel_row *row = &in->account->row;
        for (size_t i = 0; i < in->events->count; i++) {
            const struct channel_event *event = &in->events->items[i];
            uint64_t hash = intake_message_hash(a, row->id, intake_message_key(event));
            foreseen_message(foreseen, row->brand_id, row->id, event->external_id, hash);
            foreseen_author(foreseen, row->brand_id, row->network, event->author.external_id);
            foreseen_author(foreseen, row->brand_id, row->network, event->author.also_known_as);
        }
    }
    return foreseen_ask(tx, foreseen, e) ? foreseen : NULL;
}

void intake_queue(struct db *db, struct intake *in, void (*done)(void *ctx, bool ok, const struct error *e))
{
    db_write_foreseen(db, in->account->row.brand_id, is_plain(in) ? intake_foresee : NULL, intake_take, in, done);
}

/* ---- finding by the network's id ---- */

uint64_t intake_message_hash(struct arena *a, int64_t channel, struct str external_id)
{
    return hash64(str_format(a, "%lld|m|%.*s", (long long)channel, STR_ARGS(external_id)));
}

static uint64_t event_hash(struct arena *a, int64_t channel, const struct channel_event *event)
{
    return hash64(str_format(a, "%lld|e|%.*s", (long long)channel, STR_ARGS(event->dedupe)));
}

bool intake_find_message(struct tx *tx, int64_t brand, int64_t channel, struct str external_id, int64_t *id,
                         struct error *e)
{
    struct message m;
    struct error here = {0};
    *id = 0;
    if (external_id.len == 0)
        return true;
    if (!dedup_find(tx, brand, intake_message_hash(tx_arena(tx), channel, external_id), id, e))
        return false;
    /* a reply that was taken back may have had several names, one for each attempt and each part */
    if (*id > 0 && !message_by_id(tx, tx_arena(tx), brand, *id, &m, &here))
        *id = -1;
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

/* ---- events ---- */

/* What the network says of a message later may be said of the id that an edit gave it; some of it may have come
 * before the edit. */
static bool new_id_heard(struct tx *tx, struct intake *in, const struct channel_event *edit, int64_t id,
                         struct error *e)
{
    const struct channel_row *row = &in->account->row;
    return id <= 0 || edit->new_id.len == 0 ||
           (dedup_set(tx, row->brand_id, intake_message_hash(tx_arena(tx), row->id, edit->new_id), id, e) &&
            intake_early(tx, in, id, edit->new_id, 0, e));
}

/* An edit of a message that never came: perhaps we were named only by the edit, or were connected after the message.
 * It says all there is to hear, so it is the message; should the first words come after all, they are known already,
 * and those of an edit before it are older. */
static bool edit_heard(struct tx *tx, struct intake *in, const struct channel_event *edit, struct error *e)
{
    const struct triage_words **words = in->words;
    int64_t id;
    in->words = NULL; /* they are of messages only */
    bool ok = intake_message(tx, in, edit, e);
    in->words = words;
    if (!ok || !edit->new_id.len)
        return ok;
    int64_t brand = in->account->row.brand_id, channel = in->account->row.id;
    return intake_find_message(tx, brand, channel, edit->external_id, &id, e) && new_id_heard(tx, in, edit, id, e);
}

/* An event that changes a message of theirs: found, or kept until the message comes. */
static bool intake_change(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    int64_t id, brand = in->account->row.brand_id, channel = in->account->row.id;
    int64_t at =
        event->at <= tx_now(tx) + DAY_US ? event->at : 0; /* after one from the far future none would count */
    if (!intake_find_message(tx, brand, channel, event->external_id, &id, e))
        return false;
    if (id < 0 || event->external_id.len == 0)
        return true; /* of a post of ours, or of nothing we could ever find */
    if (id > 0 && event->kind == CHANNEL_EDIT)
        return intake_edit(tx, in, id, event->text, at, e) && intake_door(tx, brand, id, event, e) &&
               new_id_heard(tx, in, event, id, e);
    if (id > 0)
        return intake_withdraw(tx, in, id, at, e);
    if (event->kind == CHANNEL_EDIT && !event->echo && event->thread_key.len && event->text.len)
        return edit_heard(tx, in, event, e);
    struct early early = {.brand_id = brand,
                          .channel_id = channel,
                          .external_id = event->external_id,
                          .id = id_new(),
                          .kind = event->kind == CHANNEL_EDIT ? EARLY_EDIT : EARLY_DELETE,
                          .text = event->text,
                          .at = at};
    return early_add(tx, &early, e);
}

/* One application's webhook tells also of accounts that are not connected here: what they lost is not ours. */
static bool intake_rights(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    struct str ours = in->account->row.account;
    if (ours.len && event->account.len && !str_eq(ours, event->account))
        return true;
    struct str words = event->note.len ? event->note : STR("The network took our access away.");
    return account_pause(tx, in->account->row.brand_id, in->account->row.id, FAILURE_TOKEN, words, e);
}

/* Events come in any order: what the network said of a person earlier changes nothing of what it said later, and who
 * wrote after they had left is there. The moment of the last such event stands in place of a message's id. */
static bool reach_is_old(struct tx *tx, const struct intake *in, const struct channel_event *event, struct str id,
                         bool *old, struct error *e)
{
    const struct channel_row *row = &in->account->row;
    struct arena *a = tx_arena(tx);
    struct str network = row->network;
    uint64_t hash = hash64(str_format(a, "reach|%.*s|%.*s", STR_ARGS(network), STR_ARGS(id)));
    struct identity identity;
    struct conversation c;
    struct message m;
    struct error here = {0};
    int64_t last, at = event->at_exact ? event->at : event->at + SECOND_US - 1; /* some moment of its second */
    *old = false;
    if (event->at <= 0 || event->at > tx_now(tx) + DAY_US)
        return true;
    if (!dedup_find(tx, row->brand_id, hash, &last, e))
        return false;
    *old = event->at < last ||
           (event->kind == CHANNEL_LEFT && identity_find(tx, a, row->brand_id, network, id, &identity, &here) &&
            conversation_newest_of(tx, a, row->brand_id, identity.person_id, &c, &here) &&
            message_last_in(tx, a, row->brand_id, c.id, row->id, event->door, &m, &here) && at < m.at);
    if (here.code != ERR_NONE && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    return *old || dedup_set(tx, row->brand_id, hash, event->at, e);
}

/* What the network says of a person is true of every way to them there. */
static bool intake_reach(struct tx *tx, const struct intake *in, const struct channel_event *event, struct error *e)
{
    const struct channel_row *row = &in->account->row;
    const struct channel_author *author = &event->author;
    const struct str ids[] = {author->external_id, author->also_known_as};
    bool ok = true, old;
    for (size_t i = 0; ok && i < COUNT_OF(ids); i++) {
        if (!ids[i].len)
            continue;
        ok = reach_is_old(tx, in, event, ids[i], &old, e);
        if (ok && !old)
            ok = event->kind == CHANNEL_BACK
                     ? identity_reachable(tx, row->brand_id, row->network, ids[i], e)
                     : identity_unreachable(tx, row->brand_id, row->network, ids[i], STR("blocked"), e);
    }
    return ok;
}

#define REACTION_MAX    24  /* characters: an emoji has few, a name of the network's a word */
#define REACTIONS_EARLY 100 /* for one message: thousands like a post that is older than its account here */

static bool intake_react(struct tx *tx, int64_t brand, int64_t id, struct str by, struct str emoji, int64_t at,
                         struct error *e)
{
    struct message m;
    if (!message_by_id(tx, tx_arena(tx), brand, id, &m, e))
        return false;
    if (m.deleted_at)
        return true;
    if (!reaction_put(tx, m.brand_id, m.id, by, emoji, at, e))
        return false;
    struct event log = {.brand_id = m.brand_id,
                        .kind = STR("message.reaction"),
                        .conversation_id = m.conversation_id,
                        .subject_id = m.id,
                        .at = tx_now(tx)};
    return event_add(tx, &log, e);
}

static bool reaction_keep(struct tx *tx, const struct intake *in, struct str message, struct str by, struct str emoji,
                          int64_t at, struct error *e)
{
    struct early early = {.brand_id = in->account->row.brand_id,
                          .channel_id = in->account->row.id,
                          .external_id = message,
                          .id = id_new(),
                          .kind = EARLY_REACTION,
                          .text = str_concat(tx_arena(tx), by, emoji),
                          .receipt = (int)by.len,
                          .at = at};
    int64_t kept;
    if (!early_count(tx, early.brand_id, early.channel_id, message, &kept, e))
        return false;
    return kept >= REACTIONS_EARLY || early_add(tx, &early, e);
}

static bool intake_reaction(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    int64_t id, at = event->at > 0 && event->at <= tx_now(tx) + DAY_US ? event->at : tx_now(tx);
    struct str by = event->echo ? STR("us") : event->author.external_id;
    struct str emoji = text_shorten(tx_arena(tx), event->note, REACTION_MAX);
    if (!intake_find_message(tx, in->account->row.brand_id, in->account->row.id, event->external_id, &id, e))
        return false;
    if (id < 0 || event->external_id.len == 0)
        return true; /* to a post of ours, or to nothing we could ever find */
    return id > 0 ? intake_react(tx, in->account->row.brand_id, id, by, emoji, at, e)
                  : reaction_keep(tx, in, event->external_id, by, emoji, at, e);
}

bool intake_reactions_early(struct tx *tx, int64_t brand, int64_t channel, struct str external_id, struct error *e)
{
    struct early *early;
    size_t count;
    int64_t id;
    if (!intake_find_message(tx, brand, channel, external_id, &id, e))
        return false;
    if (id <= 0)
        return true;
    if (!early_take_kinds(tx, tx_arena(tx), brand, channel, external_id, EARLY_REACTION, EARLY_REACTION, &early,
                          &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!intake_early_reaction(tx, id, &early[i], e))
            return false;
    return true;
}

bool intake_early_reaction(struct tx *tx, int64_t id, const struct early *early, struct error *e)
{
    size_t by = early->receipt > 0 ? (size_t)early->receipt : 0;
    return intake_react(tx, early->brand_id, id, str_slice(early->text, 0, by),
                        str_slice(early->text, by, early->text.len), early->at, e);
}

static bool intake_other(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    switch (event->kind) {
    case CHANNEL_EDIT:
    case CHANNEL_DELETE: return intake_change(tx, in, event, e);
    case CHANNEL_RECEIPT:
    case CHANNEL_READ_UPTO: return reply_receipt(tx, in->account, event, e);
    case CHANNEL_RIGHTS: return intake_rights(tx, in, event, e);
    case CHANNEL_LEFT:
    case CHANNEL_BACK: return intake_reach(tx, in, event, e);
    case CHANNEL_REACTION: return intake_reaction(tx, in, event, e);
    case CHANNEL_MESSAGE:
    case CHANNEL_TYPING:
    case CHANNEL_IGNORED: return true;
    }
    return true;
}

static bool intake_event(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = in->account->row.brand_id, channel = in->account->row.id;
    bool fresh = true;
    if (event->kind == CHANNEL_TYPING)
        return true;
    if (event->kind == CHANNEL_IGNORED) /* of matter is at most that a person has another id now */
        return person_also_known(tx, brand, in->account->row.network, &event->author, tx_now(tx), e);
    if (event->kind == CHANNEL_MESSAGE)
        return event->echo ? intake_echo(tx, in, event, e) : intake_message(tx, in, event, e);
    if (event->dedupe.len && !dedup_add(tx, brand, event_hash(a, channel, event), -1, &fresh, e))
        return false;
    if (!fresh) {
        in->duplicates++;
        return true;
    }
    in->fresh++;
    return intake_other(tx, in, event, e);
}

/* One application's webhook may tell of several of our accounts. Which of them an event is for, when it is not the
 * one whose address was called; an account that is not connected here stays with that one, so that nothing is lost.
 */
static bool account_meant(struct tx *tx, const struct account *called, const struct channel_event *event,
                          struct account *out, struct error *e)
{
    struct channel_row *rows;
    size_t count;
    *out = *called;
    if (!event->account.len || !called->row.account.len || str_eq(event->account, called->row.account))
        return true;
    if (!channel_row_list(tx, tx_arena(tx), called->row.brand_id, false, &rows, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].network, called->row.network) && str_eq(rows[i].account, event->account)) {
            out->row = rows[i];
            return channel_row_last_in(tx, rows[i].brand_id, rows[i].id, tx_now(tx), e);
        }
    return true;
}

static bool intake_each(struct tx *tx, struct intake *in, struct error *e)
{
    const struct account *called = in->account;
    struct account meant;
    bool ok = true;
    for (size_t i = 0; ok && in->events && i < in->events->count; i++) {
        ok = account_meant(tx, called, &in->events->items[i], &meant, e);
        in->account = &meant;
        ok = ok && intake_event(tx, in, &in->events->items[i], e);
    }
    in->account = called;
    return ok;
}

/* ---- the payload ---- */

/* A payload that could not be read is kept once, however often it is sent; a list shows the same again and again amid
 * what is new, so that its answers are kept once a day for each reason. */
static bool unread_is_known(struct tx *tx, struct intake *in, bool *known, struct error *e)
{
    struct arena *a = tx_arena(tx);
    unsigned char digest[SHA256_BYTES];
    struct str bytes = in->body;
    if (in->listing.len)
        bytes = str_format(a, "%lld|%.*s", (long long)clock_day(tx_now(tx), NULL), STR_ARGS(in->unread));
    sha256(bytes, digest);
    struct str key =
        str_format(a, "%lld|p|%.*s", (long long)in->account->row.id, STR_ARGS(hex_encode(a, digest, sizeof digest)));
    bool fresh;
    if (!dedup_add(tx, in->account->row.brand_id, hash64(key), -1, &fresh, e))
        return false;
    *known = !fresh;
    return true;
}

static bool payload_keep(struct tx *tx, struct intake *in, struct error *e)
{
    bool unread = in->unread.len > 0, known = false;
    int64_t brand = in->account->row.brand_id;
    if (in->replay || !in->payload_id) /* what comes from a page of ours has no bytes of a network's */
        return true;
    if (unread && !unread_is_known(tx, in, &known, e))
        return false;
    if (known && !in->fresh)
        return true;
    struct payload payload = {.brand_id = brand,
                              .id = in->payload_id,
                              .channel_id = in->account->row.id,
                              .body = in->forget && !unread ? STR("") : in->body,
                              .state = unread && !known ? STR("unread") : STR("read"),
                              .reason = in->unread,
                              .listing = in->listing};
    if (!payload_add(tx, &payload, e))
        return false;
    if (!unread || known)
        return true;
    struct event log = {
        .brand_id = brand, .kind = STR("payload.unread"), .subject_id = in->payload_id, .at = tx_now(tx)};
    return event_add(tx, &log, e);
}

bool intake_take(struct tx *tx, void *ctx, struct error *e)
{
    struct intake *in = ctx;
    const struct channel_row *row = &in->account->row;
    in->fresh = in->duplicates = in->heard = in->late = 0;
    in->forget = false;
    in->payload_id = in->replay ? in->replay : in->account->channel->home ? 0 : id_new();
    if (!intake_each(tx, in, e))
        return false;
    if (!in->fresh && !in->unread.len)
        return true;
    return payload_keep(tx, in, e) && channel_row_last_in(tx, row->brand_id, row->id, tx_now(tx), e);
}

bool intake_replay(struct tx *tx, void *ctx, struct error *e)
{
    struct intake_replay *replay = ctx;
    struct arena *a = tx_arena(tx);
    struct payload payload;
    struct channel_events events = {.arena = a};
    struct error why = {0};
    const struct account *account = replay->account;
    if (!payload_by_id(tx, a, account->row.brand_id, replay->payload_id, &payload, e))
        return false;
    if (!str_eq(payload.state, STR("unread")))
        return fail(e, ERR_CONFLICT, "This payload was read in the meantime.");
    bool read = payload.listing.len ? asking_read_again(a, account, &payload, &events, &why)
                                    : account->channel->receive(a, &account->settings, payload.body, &events, &why);
    struct str unread = read ? events.unread : str_from(why.message);
    struct intake in = {.house = replay->house,
                        .account = account,
                        .body = payload.body,
                        .events = read ? &events : NULL,
                        .unread = unread,
                        .replay = payload.id,
                        .listing = payload.listing};
    if (!intake_take(tx, &in, e))
        return false;
    replay->still_unread = str_dup(replay->arena, unread);
    struct event log = {.brand_id = payload.brand_id,
                        .kind = STR("payload.replayed"),
                        .subject_id = payload.id,
                        .actor_id = replay->actor,
                        .at = tx_now(tx)};
    return payload_set_state(tx, payload.brand_id, payload.id, unread.len ? STR("unread") : STR("replayed"), unread,
                             replay->actor, tx_now(tx), e) &&
           (!in.forget || payload_forget(tx, payload.brand_id, payload.id, e)) && event_add(tx, &log, e);
}
