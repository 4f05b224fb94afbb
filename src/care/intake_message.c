/* SPDX-License-Identifier: Apache-2.0 */
/* One message on its way in: person, conversation, place in the ledger, search. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/intake_internal.h"
#include "care/keeping.h"
#include "care/ledger.h"
#include "care/letters.h"
#include "care/likeness.h"
#include "care/lookup.h"
#include "care/people.h"
#include "care/proofs.h"
#include "care/rank.h"
#include "care/reply.h"
#include "care/search.h"
#include "care/story.h"
#include "store/event.h"
#include "store/reaction.h"
#include "store/shelf.h"
#include "triage/triage.h"

/* How long after its end a conversation is taken up again when the person comes back to the same need. */
#define RETURN_US   (7 * DAY_US)
#define NETWORKS_US (INT64_C(1072915200) * SECOND_US) /* 2004: before it nobody wrote on any of them */

/* Networks that count in whole seconds would put a message before another
 * of the same second: one that comes at once has the time at which it came. */
int64_t intake_time(const struct channel_event *event, int64_t now)
{
    bool plausible = event->at >= NETWORKS_US && event->at <= now + DAY_US;
    bool coarse =
        !event->at_exact && event->at % SECOND_US == 0 && event->at <= now && now - event->at < 2 * SECOND_US;
    return plausible && !coarse ? event->at : now;
}

static bool is_over(const struct conversation *c)
{
    return c->state == CONVERSATION_CLOSED;
}

bool intake_conversation(struct tx *tx, const struct foreseen *foreseen, const struct message *m,
                         struct conversation *c, struct error *e)
{
    struct error here = {0};
    if (!foreseen_newest(tx, foreseen, m->brand_id, m->person_id, c, &here)) {
        *c = (struct conversation){0};
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    }
    int64_t ended = c->closed_at ? c->closed_at : c->last_at;
    bool on_us = c->waiting || c->state == CONVERSATION_WAITING || c->state == CONVERSATION_SNOOZED;
    bool stale = c->last_at + 60 * DAY_US < m->at && !on_us;
    if ((is_over(c) && ended + RETURN_US < m->at) || stale)
        *c = (struct conversation){0};
    return true;
}

static void conversation_begin(struct conversation *c, const struct message *m)
{
    *c = (struct conversation){.brand_id = m->brand_id,
                               .id = id_new(),
                               .person_id = m->person_id,
                               .state = CONVERSATION_WAITING,
                               .priority = PRIORITY_NORMAL,
                               .created_at = m->at};
}

/* What a new message of theirs changes in its conversation. */
static void conversation_hear(struct tx *tx, struct conversation *c, const struct message *m, const struct door *door,
                              const struct triage *triage)
{
    if (is_over(c))
        c->returns++;
    /* also one set aside comes back: the program never sets a message aside by itself, it only ranks a troll low */
    story_on_us(c);
    c->messages++;
    c->waiting++;
    if (c->waiting_since == 0 || m->at < c->waiting_since)
        c->waiting_since = m->at;
    if (m->at >= c->last_in_at) {
        c->last_in_at = m->at;
        c->preview = story_preview(tx_arena(tx), m);
        c->window_until = m->is_public ? 0 : rank_window_until(door, m->at);
        c->channel_id = m->channel_id;
        c->door = m->door;
        c->mood = str_from(triage->mood);
        if (triage->language[0])
            c->language = str_from(triage->language);
    }
    c->last_at = m->at > c->last_at ? m->at : c->last_at;
    rank_set(c, tx_now(tx));
}

/* The file came with its message. */
static bool attachment_keep(struct tx *tx, struct attachment *t, struct str bytes, struct error *e)
{
    unsigned char digest[SHA256_BYTES];
    sha256(bytes, digest);
    t->hash = hex_encode(tx_arena(tx), digest, sizeof digest);
    t->size = (int64_t)bytes.len;
    t->state = STR("stored");
    return blob_put(tx, t->brand_id, t->hash, t->mime, bytes, e);
}

bool intake_attachments(struct tx *tx, const struct message *m, const struct channel_event *event, struct error *e)
{
    for (size_t i = 0; i < event->media_count; i++) {
        const struct channel_media *media = &event->media[i];
        struct attachment attachment = {.brand_id = m->brand_id,
                                        .id = id_new(),
                                        .message_id = m->id,
                                        .kind = str_from(message_kind_name(media->kind)),
                                        .mime = media->mime,
                                        .name = media->file_name,
                                        .url = media->url,
                                        .media_id = media->media_id,
                                        .state = STR("pending"),
                                        .next_at = tx_now(tx),
                                        .channel_id = m->channel_id};
        if (media->bytes.len && !attachment_keep(tx, &attachment, media->bytes, e))
            return false;
        if (media->url.len == 0 && media->media_id.len == 0 && media->bytes.len == 0) {
            attachment.state = STR("failed");
            attachment.problem = STR("The network did not say where the file is.");
        }
        if (!attachment_add(tx, &attachment, e))
            return false;
    }
    return true;
}

struct str intake_origin(struct arena *a, const struct channel_event *event)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < event->origin_count; i++) {
        const struct channel_origin *origin = &event->origins[i];
        struct json *item = json_object(a);
        json_set_str(a, item, "kind", str_from(origin->kind));
        if (origin->words.len)
            json_set_str(a, item, "words", origin->words);
        if (origin->link.len)
            json_set_str(a, item, "link", origin->link);
        json_push(a, list, item);
    }
    return event->origin_count ? json_to_str(a, list) : STR_EMPTY;
}

static void message_of_event(struct tx *tx, const struct intake *in, const struct channel_event *event,
                             struct message *m)
{
    const struct account *account = in->account;
    int64_t now = tx_now(tx);
    bool standby = event->standby && event->text.len && !event->note.len;
    bool edited = event->kind == CHANNEL_EDIT && event->at > 0 && event->at <= now + DAY_US;
    *m = (struct message){.brand_id = account->row.brand_id,
                          .id = id_new(),
                          .channel_id = account->row.id,
                          .thread_key = event->thread_key,
                          .door = event->door,
                          .is_public = event->is_public,
                          .external_id = event->external_id,
                          .parent_id = event->parent_id,
                          .kind = str_from(message_kind_name(event->message)),
                          .text = event->text,
                          .note = standby                           ? STR(NOTE_STANDBY)
                                  : lookup_is_asked(account, event) ? STR(NOTE_SOUGHT)
                                                                    : event->note,
                          .link = event->link,
                          .author_id =
                              event->author.external_id.len ? event->author.external_id : event->author.also_known_as,
                          .at = intake_time(event, now),
                          .received_at = now,
                          .place = PLACE_WAITING,
                          .day = clock_day(now, str_cstr(tx_arena(tx), account->brand.zone)),
                          .edited_at = edited ? event->at : 0,
                          .attachments = (int64_t)event->media_count,
                          .payload_id = in->payload_id,
                          .origin = intake_origin(tx_arena(tx), event),
                          .shut = event->shut ? str_from(event->shut) : STR_EMPTY,
                          .told_at = account->channel->keeping.words_hours ? now : 0};
}

bool intake_early(struct tx *tx, struct intake *in, int64_t id, struct str external_id, int64_t again,
                  struct error *e)
{
    struct early *early;
    size_t count;
    const struct channel_row *row = &in->account->row;
    if (external_id.len == 0)
        return true;
    if (!early_take_kinds(tx, tx_arena(tx), row->brand_id, row->id, external_id, EARLY_EDIT, EARLY_REACTION, &early,
                          &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (early[i].kind == EARLY_DELETE && early[i].at && early[i].at < again)
            continue;
        bool ok = early[i].kind == EARLY_EDIT       ? intake_edit(tx, in, id, early[i].text, early[i].at, e)
                  : early[i].kind == EARLY_DELETE   ? intake_withdraw(tx, in, id, early[i].at, e)
                  : early[i].kind == EARLY_REACTION ? intake_early_reaction(tx, id, &early[i], e)
                                                    : true;
        if (!ok)
            return false;
    }
    return true;
}

bool intake_thread(struct tx *tx, const struct message *m, const struct channel_event *event, struct error *e)
{
    bool named = event->thread_title.len || (event->is_public && event->link.len);
    if (event->thread_key.len == 0 || !named)
        return true;
    struct str title = text_shorten(tx_arena(tx), event->thread_title, THREAD_TITLE);
    return thread_put(tx, m->brand_id, m->channel_id, event->thread_key, title, STR_EMPTY, m->at, e);
}

/* Who writes to us in private can be reached there again. */
static bool author_reachable(struct tx *tx, const struct foreseen *foreseen, const struct message *m,
                             struct str network, const struct channel_author *author, struct error *e)
{
    struct str ids[] = {author->external_id, author->also_known_as};
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        if (ids[i].len && !foreseen_reachable(foreseen, m->brand_id, network, ids[i]) &&
            !identity_reachable(tx, m->brand_id, network, ids[i], e))
            return false;
    return true;
}

/* The conversation into which a page of ours wrote. One that was joined with another since is found by person and
 * time, as for every network. */
static bool conversation_named(struct tx *tx, int64_t story, const struct message *m, struct conversation *c,
                               struct error *e)
{
    struct error here = {0};
    if (story == INTAKE_BEGINS)
        return true;
    bool found = conversation_by_id(tx, tx_arena(tx), m->brand_id, story, c, &here);
    if (!found && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (found && c->person_id == m->person_id && c->messages > 0)
        return true;
    return intake_conversation(tx, NULL, m, c, e);
}

/* Who writes, and what they said last: from here on it is not as it was foreseen. made: they never wrote before. */
static bool message_author(struct tx *tx, const struct intake *in, const struct channel_event *event,
                           struct message *m, struct person *person, struct conversation *c, struct error *e)
{
    bool made;
    struct str network = in->account->row.network;
    const struct channel_author *author = &event->author;
    struct foreseen *foreseen = tx_foreseen(tx, intake_foresee);
    *c = (struct conversation){0};
    if (!person_of_author(tx, foreseen, m->brand_id, network, author, m->at, person, &made, e))
        return false;
    m->person_id = person->id;
    bool named = in->story != 0;
    if (!made &&
        !((named ? conversation_named(tx, in->story, m, c, e) : intake_conversation(tx, foreseen, m, c, e)) &&
          (m->is_public || author_reachable(tx, foreseen, m, network, author, e))))
        return false;
    foreseen_spend(foreseen, m->brand_id, network, author->external_id, person->id);
    foreseen_spend(foreseen, m->brand_id, network, author->also_known_as, person->id);
    return true;
}

/* Of whom the network said no name in private it can be asked. */
static bool name_wanted(struct tx *tx, const struct intake *in, const struct message *m, const struct person *person,
                        struct error *e)
{
    struct nameless who = {.network = in->account->row.network,
                           .external_id = m->author_id,
                           .channel_id = m->channel_id,
                           .next_at = tx_now(tx)};
    bool asks = in->account->channel->profile && !m->is_public &&
                person_is_nameless(tx_arena(tx), person, who.network, who.external_id);
    return !asks || nameless_put(tx, m->brand_id, &who, e);
}

/* A machine answered: it stands in the story, and nobody waits for an answer to it. */
static bool automatic_settle(struct tx *tx, struct conversation *c, struct message *m, struct error *e)
{
    return ledger_move(tx, m, PLACE_CLOSED, 0, STR(LEDGER_WHY_AUTOMATIC), e) && story_settle(tx, c, e);
}

/* The code with which they sign in on the care site: nobody waits for an answer to it. */
static bool code_settle(struct tx *tx, struct intake *in, struct conversation *c, struct message *m, struct error *e)
{
    bool heard;
    if (!proof_heard(tx, in->house, in->account, m, tx_foreseen(tx, intake_foresee), &heard, e))
        return false;
    /* a private talk of theirs may have become part of this story meanwhile */
    return !heard || (conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, c, e) &&
                      ledger_move(tx, m, PLACE_CLOSED, 0, STR(LEDGER_WHY_SIGNED_IN), e) && story_settle(tx, c, e));
}

/* quiet: the network has said nothing of it before. */
static bool message_place(struct tx *tx, struct intake *in, const struct channel_event *event,
                          const struct triage_words *words, bool quiet, struct message *m, struct error *e)
{
    struct conversation c;
    struct triage triage;
    struct person person;
    if (!message_author(tx, in, event, m, &person, &c, e) || !name_wanted(tx, in, m, &person, e))
        return false;
    const struct conversation was = c;
    bool begun = c.id == 0;
    triage_place(words ? words : triage_words_read(tx_arena(tx), m->text), begun ? person.language : c.language,
                 !begun && c.last_out_at > 0, &triage);
    if (begun)
        conversation_begin(&c, m);
    if (person.language.len == 0 && triage.language[0]) {
        person.language = str_from(triage.language);
        if (!person_update(tx, &person, e))
            return false;
    }
    m->conversation_id = c.id;
    /* what waits at several doors has several windows: the one that closes first is found among the messages */
    bool several = c.waiting && (c.channel_id != m->channel_id || !str_eq(c.door, m->door) || m->at < c.last_in_at);
    conversation_hear(tx, &c, m, channel_door(in->account->channel, m->door), &triage);
    if (!(begun ? conversation_add(tx, &c, e) : conversation_update_from(tx, &was, &c, e)))
        return false;
    return message_add(tx, m, e) && ledger_receive(tx, m, e) && (!several || story_settle(tx, &c, e)) &&
           search_message(tx, m, e) && intake_attachments(tx, m, event, e) && intake_thread(tx, m, event, e) &&
           likeness_said(tx, in->account->row.network, m, e) &&
           (!event->automatic || automatic_settle(tx, &c, m, e)) && lookup_wish(tx, in->account, m, event, e) &&
           (event->automatic || code_settle(tx, in, &c, m, e)) &&
           (quiet || intake_early(tx, in, m->id, m->external_id, event->again ? event->at : 0, e));
}

/* Whom a webhook did not name a list may. */
static bool author_named(struct tx *tx, const struct intake *in, const struct channel_author *author, struct error *e)
{
    const struct channel_row *row = &in->account->row;
    struct identity known;
    struct error here = {0};
    if (!author->name.len || !author->external_id.len)
        return true;
    if (!identity_find(tx, tx_arena(tx), row->brand_id, row->network, author->external_id, &known, &here))
        return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    return known.name.len > 0 || person_named(tx, row->brand_id, row->network, author, e);
}

/* Its door opens when the network tells of it as one that can be answered (X: also as a mention); it shuts again only
 * where a list shows how it is now. */
static bool message_door(struct tx *tx, const struct message *m, const struct channel_event *event, struct error *e)
{
    struct str shut = event->shut ? str_from(event->shut) : STR_EMPTY;
    struct conversation c;
    return m->outbound || m->deleted_at || str_eq(m->shut, shut) || (shut.len && !event->as_of) ||
           (message_set_shut(tx, m->brand_id, m->id, shut, e) &&
            conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, &c, e) &&
            story_event(tx, shut.len ? "message.shut" : "message.open", &c, m->id, 0, STR_EMPTY, e));
}

bool intake_door(struct tx *tx, int64_t brand, int64_t id, const struct channel_event *event, struct error *e)
{
    struct message m;
    return message_by_id(tx, tx_arena(tx), brand, id, &m, e) && message_door(tx, &m, event, e);
}

/* Taken away, and there again: its words are heard anew, and wait. */
static bool message_back(struct tx *tx, struct intake *in, const struct channel_event *event, struct message *m,
                         struct error *e)
{
    struct conversation c;
    if (!conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, &c, e))
        return false;
    m->text = event->text;
    m->note = event->note;
    m->deleted_at = 0;
    c.returns += is_over(&c);
    story_on_us(&c);
    if (m->at >= c.last_in_at)
        c.preview = story_preview(tx_arena(tx), m);
    in->fresh++;
    in->heard++;
    return message_set_back(tx, m->brand_id, m->id, m->text, m->note, e) &&
           message_set_payload(tx, m->brand_id, m->id, in->payload_id, e) &&
           ledger_move(tx, m, PLACE_WAITING, 0, STR(LEDGER_WHY_REOPENED), e) && search_message(tx, m, e) &&
           likeness_said(tx, in->account->row.network, m, e) && story_settle(tx, &c, e) &&
           story_event(tx, "message.open", &c, m->id, 0, STR_EMPTY, e);
}

/* Known already. What a list shows of it is how it reads now, and whose it is. */
static bool message_again(struct tx *tx, struct intake *in, const struct channel_event *event, struct str key,
                          struct error *e)
{
    struct message m;
    int64_t id, brand = in->account->row.brand_id;
    if (!intake_find_message(tx, brand, in->account->row.id, key, &id, e) ||
        (id > 0 && !message_by_id(tx, tx_arena(tx), brand, id, &m, e)))
        return false;
    if (id > 0 && str_eq(m.note, STR(NOTE_ERASED))) { /* for good: nor do the bytes that tell it again stay */
        in->forget = true;
        in->duplicates++;
        return true;
    }
    if (id > 0 && !((m.outbound || m.deleted_at || author_named(tx, in, &event->author, e)) &&
                    message_door(tx, &m, event, e) && keeping_told(tx, in, &m, event, e)))
        return false;
    if (id > 0 && event->again && m.place == PLACE_WITHDRAWN && m.deleted_at && event->at > m.deleted_at)
        return message_back(tx, in, event, &m, e);
    if (id > 0 && lookup_is_told(&m, event)) {
        in->fresh++;
        if (!lookup_found(tx, in->account, &m, event, e))
            return false;
        foreseen_spend(tx_foreseen(tx, intake_foresee), brand, in->account->row.network, event->author.external_id,
                       m.person_id);
        return true;
    }
    bool words = event->as_of && event->text.len;
    if (id <= 0 || !words || m.outbound || m.deleted_at || m.edited_at >= event->as_of ||
        str_eq(m.text, event->text)) {
        in->duplicates++;
        return true;
    }
    in->fresh++;
    return intake_edit(tx, in, id, event->text, event->as_of, e);
}

bool intake_message(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message m;
    bool fresh, quiet;
    struct str key = intake_message_key(event);
    /* a person the network hides is a person of this message alone: never mixed with others */
    struct channel_event named = *event;
    if (event->author.external_id.len == 0 && event->author.also_known_as.len == 0)
        named.author.external_id = str_format(a, "hidden:%.*s", STR_ARGS(key));
    message_of_event(tx, in, &named, &m);
    if (!foreseen_dedup_add(tx, tx_foreseen(tx, intake_foresee), m.brand_id,
                            intake_message_hash(a, m.channel_id, key), m.id, &fresh, &quiet, e))
        return false;
    if (!fresh)
        return message_again(tx, in, event, key, e);
    in->fresh++;
    in->heard++;
    /* a time in whole seconds is some moment of its second */
    int64_t at = event->at_exact ? event->at : event->at + SECOND_US - 1;
    in->late += event->at > 0 && at < in->late_before;
    const struct triage_words *words = in->words ? in->words[event - in->events->items] : NULL;
    return message_place(tx, in, &named, words, quiet, &m, e);
}

/* ---- our own message coming back ---- */

static bool echo_conversation(struct tx *tx, const struct intake *in, const struct channel_event *event,
                              struct conversation *c, bool *found, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct message parent;
    struct identity identity;
    struct error here = {0};
    int64_t brand = in->account->row.brand_id, id;
    *found = false;
    if (!intake_find_message(tx, brand, in->account->row.id, event->parent_id, &id, e))
        return false;
    if (id > 0 && message_by_id(tx, a, brand, id, &parent, &here))
        *found = conversation_by_id(tx, a, brand, parent.conversation_id, c, &here);
    else if (event->author.external_id.len &&
             identity_find(tx, a, brand, in->account->row.network, event->author.external_id, &identity, &here))
        *found = conversation_newest_of(tx, a, brand, identity.person_id, c, &here);
    return *found || here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

/* Who answers on the network itself sees one chat, or one post with its comments, and not the rest of the story. */
static bool same_talk(const struct message *a, const struct message *b)
{
    return a->channel_id == b->channel_id && a->is_public == b->is_public &&
           (!a->is_public || str_eq(a->thread_key, b->thread_key));
}

/* Written by one of us on the network itself: it answers what they wrote there before it. */
static bool echo_outside(struct tx *tx, struct message *m, uint64_t hash, struct conversation *c, struct error *e)
{
    struct message *waiting;
    size_t count;
    m->outbound = true;
    m->told_at = 0; /* what one of us wrote stays */
    m->place = PLACE_NONE;
    m->receipt = MESSAGE_ACCEPTED;
    m->conversation_id = c->id;
    m->person_id = c->person_id;
    if (!message_waiting(tx, tx_arena(tx), m->brand_id, c->id, INT64_MAX, &waiting, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (waiting[i].at > m->at || !same_talk(&waiting[i], m))
            continue;
        if (!ledger_move(tx, &waiting[i], PLACE_ANSWERED, 0, STR(LEDGER_WHY_OUTSIDE), e))
            return false;
        m->covers = waiting[i].id > m->covers ? waiting[i].id : m->covers;
    }
    c->messages++;
    c->last_out_at = m->at > c->last_out_at ? m->at : c->last_out_at;
    c->last_at = m->at > c->last_at ? m->at : c->last_at;
    return message_add(tx, m, e) && dedup_set(tx, m->brand_id, hash, m->id, e) && search_message(tx, m, e) &&
           story_settle(tx, c, e) && story_event(tx, "reply.outside", c, m->id, 0, STR_EMPTY, e) &&
           intake_reactions_early(tx, m->brand_id, m->channel_id, m->external_id, e);
}

/* A code or a notice of the house's that its network shows as ours: known from now on, and no message. */
static bool echo_of_letter(struct tx *tx, const struct intake *in, const struct channel_event *event, bool *is,
                           struct error *e)
{
    const struct channel_row *row = &in->account->row;
    struct letter like = {.brand_id = row->brand_id, .channel_id = row->id};
    *is = false;
    if (!in->account->channel->notice || !event->text.len)
        return true;
    return letter_was(tx, in->house, &like, event->author.external_id, event->text, is, e) &&
           (!*is || dedup_set(tx, row->brand_id,
                              intake_message_hash(tx_arena(tx), row->id, intake_message_key(event)), -1, e));
}

bool intake_echo(struct tx *tx, struct intake *in, const struct channel_event *event, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct conversation c;
    struct message m;
    bool known, found, fresh;
    int64_t id = 0;
    /* a list shows it again and again */
    if (in->listing.len &&
        !intake_find_message(tx, in->account->row.brand_id, in->account->row.id, event->external_id, &id, e))
        return false;
    if (id) {
        in->duplicates++;
        return true;
    }
    if (!echo_of_letter(tx, in, event, &known, e) || known)
        return known;
    if (!reply_echo(tx, in->account, event, &known, e))
        return false;
    if (known) {
        in->fresh++;
        return intake_reactions_early(tx, in->account->row.brand_id, in->account->row.id, event->external_id, e);
    }
    message_of_event(tx, in, event, &m);
    uint64_t hash = intake_message_hash(a, m.channel_id, intake_message_key(event));
    /* known from now on; a message only when there is somebody whose story it belongs to */
    if (!dedup_add(tx, m.brand_id, hash, -1, &fresh, e))
        return false;
    if (!fresh) {
        in->duplicates++;
        return true;
    }
    in->fresh++;
    if (event->is_public && event->parent_id.len == 0)
        return thread_put(tx, m.brand_id, m.channel_id, event->thread_key, text_shorten(a, event->text, THREAD_TITLE),
                          event->link, m.at, e);
    if (!echo_conversation(tx, in, event, &c, &found, e))
        return false;
    return !found || echo_outside(tx, &m, hash, &c, e);
}
