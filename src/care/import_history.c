/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of history: what an imported message is to its conversation, the ledger and search. There is no outbox
 * here, and nothing is sent. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/hours.h"
#include "care/intake.h"
#include "care/ledger.h"
#include "care/import_internal.h"
#include "care/search.h"
#include "care/similar.h"
#include "care/story.h"
#include "store/channel.h"
#include "store/ledger.h"
#include "triage/triage.h"

#define PREVIEW_CHARACTERS 180

struct history_row {
    int64_t id;
    const struct message *message; /* one of the three */
    const struct person *person;
    const struct conversation *need;
};

static void row_add(struct history *h, struct history_row row)
{
    h->rows = list_room(tx_arena(h->tx), h->rows, h->row_count, sizeof *h->rows);
    h->rows[h->row_count++] = row;
}

bool history_begin(struct history *h, struct tx *tx, const struct import_run *run, struct error *e)
{
    struct statement last;
    struct error here = {0};
    *h = (struct history){.tx = tx, .run = run, .brand = run->brand.id};
    if (statement_last(tx, tx_arena(tx), run->brand.id, &last, &here))
        h->signed_day = last.day;
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static int compare_rows(const void *a, const void *b)
{
    int64_t x = ((const struct history_row *)a)->id, y = ((const struct history_row *)b)->id;
    return x < y ? -1 : x > y;
}

bool history_end(struct history *h, struct error *e)
{
    if (h->row_count)
        qsort(h->rows, h->row_count, sizeof *h->rows, compare_rows);
    for (size_t i = 0; i < h->row_count; i++) {
        const struct history_row *row = &h->rows[i];
        bool ok = row->message  ? search_message(h->tx, row->message, e)
                  : row->person ? search_person(h->tx, row->person, e)
                                : search_need(h->tx, row->need, e);
        if (!ok)
            return false;
    }
    return true;
}

void history_person(struct history *h, const struct person *person)
{
    struct person *copy = ARENA_NEW(tx_arena(h->tx), struct person);
    *copy = *person;
    row_add(h, (struct history_row){.id = person->id, .person = copy});
}

/* ---- a conversation ---- */

void history_story_new(const struct history *h, struct history_story *s, const struct person *person, int64_t at)
{
    *s = (struct history_story){.person = *person,
                                .c = {.brand_id = h->brand,
                                      .id = id_at(at),
                                      .person_id = person->id,
                                      .state = CONVERSATION_WAITING,
                                      .priority = PRIORITY_NORMAL,
                                      .created_at = at}};
}

bool history_story_known(struct history *h, struct history_story *s, int64_t conversation, struct error *e)
{
    struct arena *a = tx_arena(h->tx);
    *s = (struct history_story){.known = true};
    if (!conversation_by_id(h->tx, a, h->brand, conversation, &s->c, e) ||
        !person_by_id(h->tx, a, h->brand, s->c.person_id, &s->person, e) ||
        !message_waiting(h->tx, a, h->brand, conversation, INT64_MAX, &s->waiting, &s->waiting_count, e))
        return false;
    s->known_out_at = s->c.last_out_at;
    s->newest_in = s->waiting_count ? s->waiting[s->waiting_count - 1].id : 0;
    return true;
}

/* What a message says of the conversation it is in. */
static void story_hear(struct history *h, struct history_story *s, const struct message *m)
{
    struct conversation *c = &s->c;
    if (m->at >= c->last_in_at) {
        c->last_in_at = m->at;
        c->channel_id = m->channel_id;
        c->door = m->door;
        s->newest_in = m->id;
        s->last_in = m->deleted_at ? STR_EMPTY : m->text;
        struct str words = m->deleted_at ? STR_EMPTY : m->text.len ? m->text : m->note;
        c->preview = text_shorten(tx_arena(h->tx), words, PREVIEW_CHARACTERS);
    }
    s->waiting = list_room(tx_arena(h->tx), s->waiting, s->waiting_count, sizeof *s->waiting);
    s->waiting[s->waiting_count++] = *m;
}

bool history_place(struct history *h, struct history_story *s, struct message *m, enum place place, int64_t by,
                   struct str reason, struct error *e)
{
    for (size_t i = 0; i < s->waiting_count; i++) {
        if (s->waiting[i].id != m->id)
            continue;
        for (size_t k = i + 1; k < s->waiting_count; k++)
            s->waiting[k - 1] = s->waiting[k];
        s->waiting_count--;
        break;
    }
    return ledger_move(h->tx, m, place, by, reason, e);
}

bool history_place_waiting(struct history *h, struct history_story *s, enum place place, int64_t by,
                           struct str reason, struct error *e)
{
    for (size_t i = 0; i < s->waiting_count; i++)
        if (!ledger_move(h->tx, &s->waiting[i], place, by, reason, e))
            return false;
    s->waiting_count = 0;
    return true;
}

/* How long they waited for a reply of these days counts in what the care site says of the wait (care/hours.h). */
static bool story_waited(struct history *h, const struct history_story *s, const struct message *m, struct error *e)
{
    int64_t since = s->waiting_count ? s->waiting[0].at : 0;
    bool recent = m->at > tx_now(h->tx) - WAIT_WEEK && m->at <= tx_now(h->tx);
    return !since || since > m->at || !m->agent_id || m->deleted_at || !recent ||
           waited_add(h->tx, h->brand, m->id, m->at - since, e);
}

/* A reply answers what they wrote before it. */
static bool story_say(struct history *h, struct history_story *s, struct message *m, struct error *e)
{
    size_t left = 0;
    if (!story_waited(h, s, m, e))
        return false;
    for (size_t i = 0; i < s->waiting_count; i++) {
        if (m->deleted_at || s->waiting[i].at > m->at)
            s->waiting[left++] = s->waiting[i];
        else if (!ledger_move(h->tx, &s->waiting[i], PLACE_ANSWERED, m->agent_id, STR(LEDGER_WHY_IMPORTED), e))
            return false;
    }
    s->waiting_count = left;
    if (m->at >= s->c.last_out_at)
        s->c.last_out_at = m->at;
    h->report.ours++;
    return m->deleted_at || m->text.len == 0 || similar_remember(h->tx, m, e);
}

/* Statements are never made untrue: what is imported into a day that was signed counts on the day of the import. */
static void message_day(const struct history *h, struct message *m)
{
    m->received_at = m->at;
    m->day = clock_day(m->at, h->run->zone);
    if (m->day <= h->signed_day || m->at > tx_now(h->tx)) {
        m->received_at = tx_now(h->tx);
        m->day = clock_day(m->received_at, h->run->zone);
    }
}

bool history_message(struct history *h, struct history_story *s, struct message *m, bool *fresh, struct error *e)
{
    struct arena *a = tx_arena(h->tx);
    m->brand_id = h->brand;
    m->id = id_at(m->at);
    m->conversation_id = s->c.id;
    m->person_id = s->person.id;
    m->place = m->outbound ? PLACE_NONE : PLACE_WAITING;
    m->covers = m->outbound ? s->newest_in : 0;
    if (m->kind.len == 0)
        m->kind = STR("text");
    message_day(h, m);
    if (!dedup_add(h->tx, h->brand, intake_message_hash(a, m->channel_id, m->external_id), m->id, fresh, e))
        return false;
    if (!*fresh)
        return true;
    if (!message_add(h->tx, m, e))
        return false;
    if (!m->deleted_at) {
        struct message *copy = ARENA_NEW(a, struct message);
        *copy = *m;
        row_add(h, (struct history_row){.id = m->id, .message = copy});
    }
    s->c.messages++;
    if (m->at > s->c.last_at)
        s->c.last_at = m->at;
    if (m->outbound)
        return story_say(h, s, m, e);
    h->report.received++;
    story_hear(h, s, m);
    if (!ledger_receive(h->tx, m, e))
        return false;
    /* it came before something we had already imported */
    return m->at >= s->known_out_at || history_place(h, s, m, PLACE_ANSWERED, 0, STR(LEDGER_WHY_IMPORTED), e);
}

static bool story_mood(struct history *h, struct history_story *s, struct error *e)
{
    struct triage triage;
    struct conversation *c = &s->c;
    struct str language = c->language.len ? c->language : s->person.language;
    triage_read(tx_arena(h->tx), s->last_in, language, c->last_out_at > 0, &triage);
    c->mood = str_from(triage.mood);
    if (triage.language[0])
        c->language = str_from(triage.language);
    if (s->person.language.len || c->language.len == 0)
        return true;
    s->person.language = c->language;
    return person_update(h->tx, &s->person, e);
}

/* New words of theirs in a conversation that had ended: it is open again. */
static void story_reopened(struct history_story *s)
{
    struct conversation *c = &s->c;
    if (!s->known || s->waiting_count == 0 || c->state == CONVERSATION_WAITING || c->state == CONVERSATION_ANSWERED)
        return;
    c->state = CONVERSATION_WAITING;
    c->snooze_until = c->closed_at = c->closed_by = 0;
    c->outcome = c->reason = STR_EMPTY;
}

bool history_story_end(struct history *h, struct history_story *s, struct error *e)
{
    struct conversation *c = &s->c;
    if (s->last_in.len && !story_mood(h, s, e))
        return false;
    story_reopened(s);
    if (!s->known) {
        h->report.conversations++;
        if (!conversation_add(h->tx, c, e))
            return false;
        if (c->need.len) {
            struct conversation *copy = ARENA_NEW(tx_arena(h->tx), struct conversation);
            *copy = *c;
            row_add(h, (struct history_row){.id = c->id, .need = copy});
        }
    }
    return channel_row_last_in(h->tx, h->brand, c->channel_id, c->last_in_at, e) &&
           channel_row_last_out(h->tx, h->brand, c->channel_id, c->last_out_at, e) &&
           person_seen(h->tx, h->brand, s->person.id, c->last_at, e) && story_settle(h->tx, c, e) &&
           story_event(h->tx, "conversation.imported", c, 0, 0, STR_EMPTY, e);
}
