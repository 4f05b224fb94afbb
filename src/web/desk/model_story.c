/* SPDX-License-Identifier: Apache-2.0 */
/* A story: messages of both sides and what only we see, in the order in which it happened. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "store/ahead.h"
#include "store/outbox.h"
#include "care/forum.h"
#include "care/promises.h"
#include "store/reaction.h"
#include "web/desk/passages.h"
#include "web/hunch.h"

void story_ahead(struct tx *tx, struct visit *v, int64_t conversation, int64_t person, unsigned has)
{
    ahead_parts(tx, v->brand.id, conversation, v->actor.agent_id, has);
    if (!person)
        return;
    ahead_person(tx, v->brand.id, person, has);
    if (has & STORY_OTHERS)
        theirs_ahead(tx, v, person);
}

bool story_read(struct tx *tx, struct visit *v, int64_t id, struct cursor before, struct story *out, struct error *e)
{
    struct arena *a = v->arena;
    *out = (struct story){0};
    before.limit = STORY_MESSAGES + 1;
    out->until = before.at;
    if (!conversation_with(tx, a, v->brand.id, id, &out->c, &out->person, &out->has, e))
        return false;
    hunch_keep(v->app->hunches, HUNCH_PERSON, (uint64_t)id, out->person.id);
    hunch_keep(v->app->hunches, HUNCH_PARTS, (uint64_t)id, out->has);
    story_ahead(tx, v, id, out->person.id, out->has);
    if (!message_list(tx, a, v->brand.id, id, before, &out->messages, &out->count, e))
        return false;
    out->more = out->count > STORY_MESSAGES;
    if (out->more) {
        out->messages++;
        out->count--;
    }
    return true;
}

/* Most persons have one conversation: this one. */
bool story_theirs(struct tx *tx, struct visit *v, struct story *story, struct theirs *out, struct error *e)
{
    int64_t person = story->person.id;
    *out = (struct theirs){.list = &story->c, .count = 1};
    bool ok = story->has & STORY_OTHERS
                  ? theirs_read(tx, v, person, out, e)
                  : identity_list(tx, v->arena, v->brand.id, person, &out->identities, &out->identity_count, e);
    out->unpromised = !(story->has & STORY_PROMISED);
    return ok;
}

/* ---- one message ---- */

struct telling {
    struct tx *tx;
    struct visit *v;
    const struct names *names;
    const struct story *story;
    struct outbox *outbox;
    size_t outbox_count;
    struct promise *promises;
    size_t promise_count;
    struct entry *entries;
    size_t entry_count;
    struct reaction *reactions;
    size_t reaction_count;
    struct json *items;
    /* of the message before */
    int64_t channel, day;
    struct str door, thread;
    bool was_public, any;
};

static const struct outbox *outbox_row(const struct telling *t, int64_t id)
{
    for (size_t i = 0; i < t->outbox_count; i++)
        if (t->outbox[i].id == id)
            return &t->outbox[i];
    return NULL;
}

/* Why a reply does not go: its own failure, or what holds its whole channel back. Changes a copy of its row. */
static void hold_back(const struct telling *t, struct outbox *row)
{
    const struct channel_row *channel = names_channel(t->names, row->channel_id);
    if (!channel || row->failure.len || !str_eq(row->state, STR("ready")))
        return;
    if (str_eq(channel->state, STR("paused"))) {
        bool refused = channel->failure.len && !str_eq(channel->failure, STR("none"));
        row->failure = refused ? channel->failure : STR("paused");
        row->words = channel->failure_words;
        row->next_at = 0;
    } else if (channel->rate_until > t->v->view.now) {
        row->failure = account_stumbles(channel) ? channel->failure : STR("rate");
        row->words = account_stumbles(channel) ? channel->failure_words : STR_EMPTY;
        row->next_at = channel->rate_until;
    }
}

static void say_state(const struct telling *t, struct json *item, const struct message *m)
{
    static const char *const states[] = {[MESSAGE_QUEUED] = "queued",
                                         [MESSAGE_FAILED] = "",
                                         [MESSAGE_ACCEPTED] = "sent",
                                         [MESSAGE_DELIVERED] = "delivered",
                                         [MESSAGE_READ] = "read"};
    struct arena *a = t->v->arena;
    const struct outbox *kept = outbox_row(t, m->id);
    struct outbox copy = kept ? *kept : (struct outbox){0}, *row = kept ? &copy : NULL;
    const char *state = m->is_public && m->receipt >= MESSAGE_ACCEPTED ? "published" : states[m->receipt];
    bool sending = row && str_eq(row->state, STR("sending"));
    json_set_str(a, item, "state", m->outbound ? str_from(sending ? "sending" : state) : STR_EMPTY);
    if (row)
        hold_back(t, row);
    if (row && str_eq(row->state, STR("ready")) && row->failure.len == 0)
        json_set_time(a, item, "sends_at", row->next_at);
    if (!row || row->failure.len == 0)
        return;
    struct json *unsent = json_object(a);
    const struct channel *channel = channel_find(names_network(t->names, m->channel_id));
    bool unsure = str_eq(row->state, STR("unsure"));
    json_set_str(a, unsent, "failure", row->failure);
    json_set_bool(a, unsent, "unsure", unsure);
    json_set_int(a, unsent, "attempts", row->attempts);
    json_set_time(a, unsent, "next", str_eq(row->state, STR("ready")) ? row->next_at : 0);
    json_set_str(a, unsent, "words", row->words);
    json_set_str(a, unsent, "channel", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_str(a, item, "state", STR_EMPTY);
    json_set(a, item, "unsent", unsent);
}

static bool say_attachments(const struct telling *t, struct json *item, const struct message *m, struct error *e)
{
    struct arena *a = t->v->arena;
    struct json *list = json_array(a);
    struct attachment *attachments = NULL;
    size_t count = 0;
    if (m->attachments && m->told_at >= 0 && !attachment_list(t->tx, a, m->brand_id, m->id, &attachments, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *file = json_object(a);
        bool stored = str_eq(attachments[i].state, STR("stored"));
        json_set_id(a, file, "id", attachments[i].id);
        json_set_str(a, file, "kind", attachments[i].kind);
        json_set_str(a, file, "name", attachments[i].name);
        json_set_str(
            a, file, "url",
            stored ? str_format(a, "%.*s/desk/file/%lld", STR_ARGS(t->v->view.base), (long long)attachments[i].id)
                   : STR_EMPTY);
        json_set_int(a, file, "bytes", attachments[i].size);
        json_set_str(a, file, "mime", attachments[i].mime);
        json_set_str(a, file, "state", attachments[i].state);
        json_push(a, list, file);
    }
    json_set(a, item, "attachments", list);
    return true;
}

static bool say_edits(const struct telling *t, struct json *item, const struct message *m, struct error *e)
{
    struct arena *a = t->v->arena;
    if (m->deleted_at) {
        struct json *withdrawn = json_object(a);
        json_set_time(a, withdrawn, "at", m->deleted_at);
        json_set_bool(a, withdrawn, "by_network", false);
        json_set_bool(a, withdrawn, "erased", str_eq(m->note, STR(NOTE_ERASED)));
        json_set(a, item, "withdrawn", withdrawn);
        return true;
    }
    if (!m->edited_at)
        return true;
    struct str before;
    struct json *edited = json_object(a);
    if (!message_edit_last(t->tx, a, m->brand_id, m->id, &before, e))
        return false;
    if (before.len == 0)
        return true; /* nobody here ever saw other words */
    json_set_time(a, edited, "at", m->edited_at);
    json_set_str(a, edited, "before", before);
    json_set_str(a, edited, "lang", t->story->c.language);
    json_set(a, item, "edited", edited);
    return true;
}

/* A post of theirs begins its own thread, whose title is the post again. */
static bool is_own_title(const struct message *m, struct str title)
{
    struct str head = title;
    if (str_ends(head, STR("…")))
        head = str_trim(str_slice(head, 0, head.len - STR("…").len));
    return str_starts(str_trim(m->text), head);
}

static bool say_thread(struct telling *t, struct json *item, const struct message *m, struct error *e)
{
    struct arena *a = t->v->arena;
    struct str title, link;
    if (!m->is_public || m->thread_key.len == 0)
        return true;
    if (!thread_get(t->tx, a, m->brand_id, m->channel_id, m->thread_key, &title, &link, e))
        return false;
    if (title.len == 0)
        return true;
    struct json *thread = json_object(a);
    json_set(a, thread, "title", is_own_title(m, title) ? json_new_null(a) : json_new_str(a, title));
    if (forum_topic_of(m))
        link = str_format(a, "%.*s/desk/topic/%lld", STR_ARGS(t->v->view.base), (long long)forum_topic_of(m));
    if (link.len)
        json_set_str(a, thread, "url", link);
    json_set(a, item, "thread", thread);
    return true;
}

static bool say_door(struct telling *t, struct json *item, const struct message *m, struct error *e)
{
    struct arena *a = t->v->arena;
    bool knot = !t->any || t->channel != m->channel_id || !str_eq(t->door, m->door) ||
                (m->is_public && !str_eq(t->thread, m->thread_key));
    json_set(a, item, "door", door_json(a, t->names, m->channel_id, m->door, m->is_public));
    json_set_bool(a, item, "knot", knot);
    json_set_bool(a, item, "went_private", knot && t->any && t->was_public && !m->is_public && !m->outbound);
    t->channel = m->channel_id;
    t->door = m->door;
    t->thread = m->thread_key;
    t->was_public = m->is_public;
    t->any = true;
    return !knot || say_thread(t, item, m, e);
}

static void say_by(const struct telling *t, struct json *item, const struct message *m)
{
    struct arena *a = t->v->arena;
    struct json *by = NULL;
    if (!m->outbound)
        by = person_json(a, &t->story->person);
    else if (names_agent(t->names, m->agent_id))
        by = names_agent_json(a, t->names, m->agent_id);
    if (!by) {
        const struct channel *channel = channel_find(names_network(t->names, m->channel_id));
        by = json_object(a);
        json_set(a, by, "id", json_new_null(a));
        json_set_str(a, by, "name", channel ? str_from(channel->label) : STR_EMPTY);
    }
    json_set(a, item, "by", by);
}

static struct json *item_new(struct telling *t, const char *kind, int64_t id, int64_t at)
{
    struct json *item = json_object(t->v->arena);
    json_set_str(t->v->arena, item, "kind", str_from(kind));
    json_set_id(t->v->arena, item, "id", id);
    json_set_time(t->v->arena, item, "at", at);
    return item;
}

static void say_reactions(const struct telling *t, struct json *item, const struct message *m)
{
    struct arena *a = t->v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < t->reaction_count; i++) {
        if (t->reactions[i].message_id != m->id)
            continue;
        struct json *reaction = json_object(a);
        json_set_str(a, reaction, "emoji", t->reactions[i].emoji);
        json_set_int(a, reaction, "count", t->reactions[i].count);
        json_push(a, list, reaction);
    }
    json_set(a, item, "reactions", list);
}

static void say_origin(const struct telling *t, struct json *item, const struct message *m)
{
    struct arena *a = t->v->arena;
    struct json *origin = m->origin.len ? json_parse(a, m->origin, NULL) : NULL;
    if (!origin || origin->type != JSON_ARRAY)
        return;
    for (size_t i = 0; i < json_count(origin); i++) { /* else the message's own link would stand for it */
        struct json *one = origin->items[i];
        if (json_is(one, JSON_OBJECT) && !json_get(one, "words"))
            json_set(a, one, "words", json_new_null(a));
        if (json_is(one, JSON_OBJECT) && !json_get(one, "link"))
            json_set(a, one, "link", json_new_null(a));
    }
    json_set(a, item, "origin", origin);
}

static bool say_message(struct telling *t, const struct message *m, bool latest, struct error *e)
{
    struct arena *a = t->v->arena;
    struct json *item = item_new(t, "message", m->id, m->at);
    json_set_bool(a, item, "ours", m->outbound);
    say_by(t, item, m);
    if (!say_door(t, item, m, e))
        return false;
    json_set_str(a, item, "text", m->text);
    json_set_str(a, item, "lang", t->story->c.language);
    json_set_bool(a, item, "latest", latest);
    json_set_bool(a, item, "waiting", m->place == PLACE_WAITING);
    json_set_time(a, item, "since", m->place == PLACE_WAITING ? m->at : 0);
    json_set_bool(a, item, "aside", m->place == PLACE_SET_ASIDE);
    say_reactions(t, item, m);
    say_origin(t, item, m);
    if (absence_model(a, t->names, item, m)) {
        json_set_str(a, item, "text", STR_EMPTY);
    } else if (str_eq(m->kind, STR("unsupported"))) {
        struct json *unsupported = json_object(a);
        json_set_str(a, unsupported, "what", m->note);
        if (m->link.len)
            json_set_str(a, unsupported, "link", m->link);
        json_set(a, item, "unsupported", unsupported);
    } else if (m->text.len == 0 && m->note.len) {
        json_set_str(a, item, "text", m->note);
    }
    if (str_eq(m->note, STR(NOTE_STANDBY)))
        json_set_bool(a, item, "standby", m->place == PLACE_WAITING);
    if (m->link.len)
        json_set_str(a, item, "link", m->link);
    say_state(t, item, m);
    if (!(m->told_at < 0 || say_edits(t, item, m, e)) || !say_attachments(t, item, m, e))
        return false;
    json_push(a, t->items, item);
    return true;
}

/* ---- what only we see ---- */

static void say_promise(struct telling *t, const struct promise *p, const struct message *reply)
{
    static const struct {
        const char *stored, *shown;
    } states[] = {{"noticed", "proposed"}, {"open", "open"}, {"kept", "kept"}, {"broken", "broken"}};
    struct arena *a = t->v->arena;
    bool asked = promise_is_asked(p, reply), noticed = str_eq(p->state, STR("noticed"));
    if ((noticed && !asked) || str_eq(p->state, STR("dismissed")))
        return;
    struct json *item = item_new(t, "promise", p->id, id_time(p->id));
    json_set(a, item, "by", names_agent_json(a, t->names, p->agent_id));
    json_set_bool(a, item, "mine", p->agent_id == t->v->actor.agent_id);
    json_set_bool(a, item, "may_end", !noticed && promise_may_end(&t->v->actor, p, &t->story->c));
    json_set_str(a, item, "text", p->text);
    json_set_str(a, item, "lang", t->story->c.language);
    json_set_time(a, item, "due", p->due_at);
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_eq(p->state, str_from(states[i].stored)))
            json_set_str(a, item, "state", str_from(states[i].shown));
    json_push(a, t->items, item);
}

static void say_words(struct telling *t, struct json *item, const struct entry *n)
{
    struct arena *a = t->v->arena;
    json_set(a, item, "by", names_agent_json(a, t->names, n->agent_id));
    json_set_str(a, item, "text", n->text);
    json_set_str(a, item, "reason", n->text);
    json_set_str(a, item, "lang", STR_EMPTY);
    json_set_bool(a, item, "knot", true);
    json_set_bool(a, item, "mine", n->agent_id == t->v->actor.agent_id);
}

static void say_handover(struct telling *t, struct json *item, const struct entry *n, int number)
{
    struct arena *a = t->v->arena;
    const struct agent *to = names_agent(t->names, n->other_id);
    struct json *target = json_object(a);
    json_set_str(a, target, "name", to ? to->name : STR_EMPTY);
    json_set_bool(a, target, "team", false);
    json_set(a, item, "from", names_agent_json(a, t->names, n->agent_id));
    json_set(a, item, "to", target);
    json_set_int(a, item, "number", number);
    json_set_str(a, item, "summary", n->summary);
}

/* How a voice call ended; its words are notes beside it. */
static void say_call(struct telling *t, struct json *item, const struct entry *n)
{
    struct arena *a = t->v->arena;
    int64_t seconds = 0;
    (void)!str_int64(n->summary, &seconds);
    json_set_str(a, item, "state", n->text);
    json_set_bool(a, item, "missed", n->agent_id == 0);
    json_set_bool(a, item, "ours", false);
    json_set_bool(a, item, "lost", str_eq(n->text, STR("lost")));
    json_set_int(a, item, "seconds", seconds);
    json_set_str(a, item, "summary", STR_EMPTY);
    json_set(a, item, "person", person_json(a, &t->story->person));
}

static void say_entry(struct telling *t, const struct entry *n, int handovers)
{
    static const struct {
        const char *stored, *shown;
    } kinds[] = {{"note", "note"},       {"handover", "hand"},  {"closed", "closed"}, {"set_aside", "aside"},
                 {"taken_back", "back"}, {"snoozed", "asleep"}, {"need", "need"},     {"assigned", "owner"},
                 {"reopened", "back"},   {"call", "call"}};
    struct arena *a = t->v->arena;
    const char *shown = NULL;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(n->kind, str_from(kinds[i].stored)))
            shown = kinds[i].shown;
    if (!shown)
        return;
    struct json *item = item_new(t, shown, n->id, n->at);
    say_words(t, item, n);
    if (str_eq(n->kind, STR("handover")))
        say_handover(t, item, n, handovers);
    if (str_eq(n->kind, STR("closed"))) {
        json_set_str(a, item, "reason", n->summary);
        json_set_str(a, item, "words", n->text);
    }
    if (str_eq(n->kind, STR("set_aside")))
        json_set_str(a, item, "what", str_eq(n->summary, STR("spam")) ? STR("spam") : STR("troll"));
    if (str_eq(n->kind, STR("snoozed")))
        json_set_time(a, item, "until", n->other_id);
    if (str_eq(n->kind, STR("assigned"))) {
        json_set(a, item, "to", names_agent_json(a, t->names, n->other_id));
        json_set_bool(a, item, "took", n->other_id == n->agent_id);
    }
    if (str_eq(n->kind, STR("call")))
        say_call(t, item, n);
    json_push(a, t->items, item);
}

/* ---- in order ---- */

static void new_day(struct telling *t, int64_t at)
{
    int64_t day = clock_day(at, t->v->view.zone);
    if (day == t->day)
        return;
    t->day = day;
    json_push(t->v->arena, t->items, item_new(t, "day", 0, at));
}

static bool tell_all(struct telling *t, struct error *e)
{
    const struct story *s = t->story;
    size_t entry = 0;
    int handovers = 0;
    int64_t from = s->more && s->count ? s->messages[0].at : 0;
    for (size_t i = 0; i <= s->count; i++) {
        int64_t end = s->until ? s->until : INT64_MAX, until = i < s->count ? s->messages[i].at : end;
        for (; entry < t->entry_count && t->entries[entry].at < until; entry++) {
            handovers += str_eq(t->entries[entry].kind, STR("handover"));
            if (t->entries[entry].at < from)
                continue;
            new_day(t, t->entries[entry].at);
            say_entry(t, &t->entries[entry], handovers);
        }
        if (i == s->count)
            break;
        new_day(t, s->messages[i].at);
        if (!say_message(t, &s->messages[i], i + 1 == s->count, e))
            return false;
        for (size_t p = 0; p < t->promise_count; p++)
            if (t->promises[p].message_id == s->messages[i].id)
                say_promise(t, &t->promises[p], &s->messages[i]);
    }
    return true;
}

static void entries_by_time(struct entry *entries, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct entry entry = entries[i];
        size_t k = i;
        for (; k > 0 && entries[k - 1].at > entry.at; k--)
            entries[k] = entries[k - 1];
        entries[k] = entry;
    }
}

struct json *items_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                         struct error *e)
{
    struct telling t = {.tx = tx, .v = v, .names = names, .story = story, .items = json_array(v->arena)};
    int64_t brand = v->brand.id, id = story->c.id;
    unsigned has = story->has;
    if ((has & STORY_OUTBOX && !outbox_of(tx, v->arena, brand, id, &t.outbox, &t.outbox_count, e)) ||
        (has & STORY_PROMISES &&
         !promise_of_conversation(tx, v->arena, brand, id, &t.promises, &t.promise_count, e)) ||
        (has & STORY_ENTRIES && !entry_list(tx, v->arena, brand, id, &t.entries, &t.entry_count, e)) ||
        !reaction_list(tx, v->arena, brand, id, &t.reactions, &t.reaction_count, e))
        return NULL;
    entries_by_time(t.entries, t.entry_count);
    return tell_all(&t, e) && passages_tell(tx, v, names, story, t.items, e) ? t.items : NULL;
}

/* ---- the head ---- */

static int doors_used(const struct story *story)
{
    int used = 0;
    for (size_t i = 0; i < story->count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= story->messages[k].channel_id == story->messages[i].channel_id &&
                    str_eq(story->messages[k].door, story->messages[i].door);
        used += !seen;
    }
    return used;
}

struct json *story_labels(struct tx *tx, struct visit *v, const struct story *story, struct error *e)
{
    return story->has & STORY_LABELS ? label_list_of(tx, v->arena, v->brand.id, story->c.id, e)
                                     : json_array(v->arena);
}

static struct json *head_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                               struct error *e)
{
    struct arena *a = v->arena;
    const struct conversation *c = &story->c;
    struct json *head = json_object(a), *labels = story_labels(tx, v, story, e);
    if (!labels)
        return NULL;
    json_set_id(a, head, "id", c->id);
    json_set_str(a, head, "place", str_from(place_of_state(c)));
    json_set_bool(a, head, "mine", c->owner_id == v->actor.agent_id);
    json_set(a, head, "owner", names_agent_json(a, names, c->owner_id));
    json_set_time(a, head, "since", c->waiting_since);
    json_set_int(a, head, "doors", doors_used(story));
    if (c->need.len) {
        struct json *need = json_object(a);
        json_set_str(a, need, "text", c->need);
        json_set_str(a, need, "lang", c->language);
        json_set(a, need, "by", names_agent_json(a, names, c->need_by));
        json_set_time(a, need, "at", c->need_at);
        json_set(a, head, "need", need);
    }
    json_set_str(a, head, "priority", str_from(priority_name(c->priority)));
    json_set(a, head, "labels", labels);
    if (c->state == CONVERSATION_SNOOZED) {
        struct json *asleep = json_object(a);
        json_set_time(a, asleep, "until", c->snooze_until);
        json_set(a, head, "asleep", asleep);
    }
    json_set_int(a, head, "hands", c->handovers);
    json_set_id(a, head, "version", story->count ? story->messages[story->count - 1].id : c->id);
    return head;
}

static void earlier_model(struct arena *a, const struct story *story, const struct theirs *theirs, struct json *model)
{
    size_t n = 0;
    int64_t from = 0, to = 0;
    for (size_t i = 0; i < theirs->count; i++) {
        const struct conversation *c = &theirs->list[i];
        if (c->created_at >= story->c.created_at || c->id == story->c.id)
            continue;
        n++;
        from = c->created_at;
        to = to ? to : c->last_at;
    }
    if (n == 0)
        return;
    struct json *earlier = json_object(a);
    json_set_int(a, earlier, "count", (int64_t)n);
    json_set_time(a, earlier, "from", from);
    json_set_time(a, earlier, "to", to);
    json_set(a, model, "earlier", earlier);
}

struct json *story_model(struct tx *tx, struct visit *v, const struct names *names, const struct story *story,
                         const struct theirs *theirs, struct error *e)
{
    struct arena *a = v->arena;
    struct json *model = json_object(a);
    struct json *head = head_model(tx, v, names, story, e);
    struct json *items = head ? items_model(tx, v, names, story, e) : NULL;
    struct json *composer = items ? composer_model(tx, v, names, story, theirs, e) : NULL;
    struct json *menus = composer ? menus_model(tx, v, names, story, e) : NULL;
    if (!menus || !passage_claim(tx, v, names, story, model, e))
        return NULL;
    earlier_model(a, story, theirs, model);
    json_set(a, model, "conversation", head);
    json_set(a, model, "person", person_json(a, &story->person));
    json_set(a, model, "beings", beings_model(v, story->c.id));
    if (story->more)
        json_set_str(a, model, "more",
                     str_format(a, "%lld.%lld", (long long)story->messages[0].at, (long long)story->messages[0].id));
    json_set(a, model, "items", items);
    json_set(a, model, "composer", composer);
    json_set(a, model, "menus", menus);
    return model;
}
