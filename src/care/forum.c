/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the community, and what they write on its way in. */
#include "care/forum.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/forum_internal.h"
#include "care/story.h"
#include "store/agent.h"
#include "store/brand.h"
#include "store/event.h"
#include "store/person.h"
#include "triage/triage.h"

#define PEOPLE_LOOK 200 /* posts whose authors can be named */
#define SEARCH_LOOK 300 /* topics of one word */

/* ---- members ---- */

static bool member_elsewhere(struct tx *tx, struct arena *a, const struct guest *guest, struct member *member,
                             struct error *e)
{
    struct person person;
    struct identity *identities;
    size_t count;
    if (!guest_person(tx, a, guest, &person, e))
        return false;
    if (!person.id)
        return true;
    if (!identity_list(tx, a, guest->brand_id, person.id, &identities, &count, e))
        return false;
    for (size_t i = 0; i < count && !member->id; i++)
        if (str_eq(identities[i].network, STR(GUEST_NETWORK)) &&
            !member_find(tx, a, guest->brand_id, identities[i].external_id, member, e))
            return false;
    return true;
}

/* The same person in another browser is the same member. */
bool forum_member(struct tx *tx, struct arena *a, const struct guest *guest, struct member *member, struct error *e)
{
    *member = (struct member){0};
    return guest->id == 0 || (member_find(tx, a, guest->brand_id, guest->external_id, member, e) &&
                              (member->id || member_elsewhere(tx, a, guest, member, e)));
}

bool forum_is_new(const struct member *member, int64_t now)
{
    return member->id == 0 || now - member->created_at < FORUM_NEW_US;
}

/* Nobody is called as the brand or as one of us. */
static bool name_is_ours(struct tx *tx, int64_t brand_id, struct str folded, bool *ours, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct brand brand;
    struct agent *agents;
    size_t count;
    if (!brand_by_id(tx, a, brand_id, &brand, e) || !agent_list(tx, a, brand_id, &agents, &count, e))
        return false;
    *ours = str_find(folded, text_fold(a, brand.title)) >= 0 || str_eq(folded, text_fold(a, brand.name));
    for (size_t i = 0; i < count && !*ours; i++)
        *ours = str_eq(folded, text_fold(a, agents[i].name));
    return true;
}

bool forum_join(struct tx *tx, const struct guest *guest, struct str name, struct member *member, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct member other;
    struct triage triage;
    bool ours;
    if (!forum_member(tx, a, guest, member, e) || member->id)
        return member->id != 0;
    if (!forum_name_is_good(a, name))
        return fail(e, ERR_BAD_INPUT, "A name has 2 to 40 letters.");
    triage_read(a, name, STR_EMPTY, false, &triage);
    struct str folded = text_fold(a, name);
    if (!name_is_ours(tx, guest->brand_id, folded, &ours, e) ||
        !member_named(tx, a, guest->brand_id, folded, &other, e))
        return false;
    if (ours || str_eq(str_from(triage.mood), STR("troll")))
        return fail(e, ERR_BAD_INPUT, "Nobody can be called so here.");
    if (other.id)
        return fail(e, ERR_CONFLICT, "Somebody is called so already.");
    *member = (struct member){.brand_id = guest->brand_id,
                              .id = id_new(),
                              .external_id = guest->external_id,
                              .name = name,
                              .folded = folded,
                              .created_at = tx_now(tx)};
    return member_add(tx, member, e);
}

static bool may_write(struct tx *tx, const struct member *member, bool begins, struct error *e)
{
    int64_t posts, topics, now = tx_now(tx);
    bool fresh = forum_is_new(member, now);
    if (!post_count_since(tx, member->brand_id, member->id, id_at(now - DAY_US), &posts, &topics, e))
        return false;
    bool full = fresh ? (begins ? topics >= FORUM_NEW_TOPICS : posts - topics >= FORUM_NEW_REPLIES)
                      : posts >= FORUM_DAY_POSTS;
    return !full || fail(e, ERR_RATE_LIMITED, "So much on one day: please come back tomorrow.");
}

/* ---- what they write ---- */

void forum_event(struct arena *a, struct forum_say *say, const struct guest_words *words)
{
    say->events = ARENA_NEW(a, struct channel_events);
    say->events->arena = a;
    say->begins = say->topic_id == 0;
    if (say->begins)
        say->topic_id = id_new();
    guest_event(a, say->guest, words, say->events);
    struct channel_event *event = &say->events->items[0];
    if (say->begins)
        event->text = forum_question(a, say->title, words->text);
    event->door = STR("topic");
    event->is_public = true;
    event->thread_key = str_format(a, FORUM_THREAD "%lld", (long long)say->topic_id);
    event->thread_title = say->title;
    event->author.name = say->member.name;
}

bool forum_take(struct tx *tx, const struct house *house, const struct account *account,
                struct channel_events *events, int64_t story, struct error *e)
{
    struct intake in = {.house = house, .account = account, .events = events, .story = story};
    return intake_take(tx, &in, e);
}

/* Where the member's earlier posts in this topic stand. */
static bool story_before(struct tx *tx, const struct forum_say *say, struct conversation *was, int64_t *story,
                         struct error *e)
{
    int64_t before = 0, brand = say->member.brand_id;
    struct message m;
    *was = (struct conversation){0};
    *story = INTAKE_BEGINS;
    if (say->begins)
        return true;
    if (!post_of_member(tx, brand, say->member.id, say->topic_id, &before, e))
        return false;
    if (!before)
        return true;
    if (!message_by_id(tx, tx_arena(tx), brand, before, &m, e) ||
        !conversation_by_id(tx, tx_arena(tx), brand, m.conversation_id, was, e))
        return false;
    *story = was->id;
    return true;
}

/* ---- whom it names ---- */

struct naming {
    struct str *folded;
    int64_t *members; /* 0: the brand or a colleague */
    size_t count;
};

static void naming_add(struct arena *a, struct naming *n, struct str folded, int64_t member)
{
    n->folded = list_room(a, n->folded, n->count, sizeof *n->folded);
    n->members = list_room(a, n->members, n->count, sizeof *n->members);
    n->folded[n->count] = folded;
    n->members[n->count++] = member;
}

static bool naming_read(struct tx *tx, int64_t brand_id, int64_t topic, struct naming *n, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct brand brand;
    struct agent *agents;
    struct post *posts;
    struct member *members;
    size_t count, found;
    if (!brand_by_id(tx, a, brand_id, &brand, e) || !agent_list(tx, a, brand_id, &agents, &count, e))
        return false;
    naming_add(a, n, text_fold(a, brand.title), 0);
    naming_add(a, n, text_fold(a, brand.name), 0);
    for (size_t i = 0; i < count; i++)
        if (!agents[i].removed_at)
            naming_add(a, n, text_fold(a, agents[i].name), 0);
    if (!post_newest(tx, a, brand_id, topic, PEOPLE_LOOK, &posts, &count, e))
        return false;
    int64_t *ids = ARENA_ARRAY(a, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = posts[i].member_id;
    if (!member_by_ids(tx, a, brand_id, ids, count, &members, &found, e))
        return false;
    for (size_t i = 0; i < found; i++)
        naming_add(a, n, members[i].folded, members[i].id);
    return true;
}

/* Members that are named find it among what they follow; *us: the brand or one of us is named. */
static bool name_people(struct tx *tx, const struct forum_say *say, struct str text, bool *us, struct error *e)
{
    struct naming n = {0};
    size_t out[FORUM_NAMED_MAX];
    *us = false;
    if (str_find_char(text, '@') < 0)
        return true;
    if (!naming_read(tx, say->member.brand_id, say->topic_id, &n, e))
        return false;
    size_t found = forum_named(tx_arena(tx), text, n.folded, n.count, out);
    for (size_t i = 0; i < found; i++) {
        int64_t member = n.members[out[i]];
        *us |= member == 0;
        if (member && member != say->member.id && !say->held &&
            !follow_named(tx, say->member.brand_id, member, say->topic_id, tx_now(tx), e))
            return false;
    }
    return true;
}

/* ---- where it stands ---- */

/* Who waited for us before goes on waiting; a grave matter, anger and what names us come to us at once. */
static bool for_us(const struct conversation *was, const struct conversation *now)
{
    return was->waiting > 0 || was->state == CONVERSATION_SET_ASIDE || str_eq(now->mood, STR("grave")) ||
           str_eq(now->mood, STR("angry"));
}

static bool place_post(struct tx *tx, const struct forum_say *say, const struct topic *topic, struct message *m,
                       const struct conversation *was, bool us, struct error *e)
{
    struct conversation c;
    bool asker = topic->member_id == say->member.id;
    if (!conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, &c, e))
        return false;
    if (was->state == CONVERSATION_CLOSED && c.returns > was->returns) { /* members talk: nobody came back to us */
        c.returns = was->returns;
        if (!conversation_update(tx, &c, e))
            return false;
    }
    if (!asker && !say->held && !forum_answered(tx, m->brand_id, topic->id, 0, e))
        return false;
    if (us || say->held || for_us(was, &c))
        return true;
    bool asks = asker && !topic->solved_id && !str_eq(c.mood, STR("thanks"));
    return forum_leave(tx, topic, m, asks, e);
}

static bool topic_grows(struct tx *tx, struct forum_say *say, const struct message *m, struct topic *topic,
                        struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = m->brand_id;
    if (say->begins) {
        *topic = (struct topic){.brand_id = brand,
                                .id = say->topic_id,
                                .category_id = say->category_id,
                                .member_id = say->member.id,
                                .question_id = m->id,
                                .title = say->title,
                                .slug = forum_slug(a, say->title),
                                .shown = !say->held,
                                .created_at = m->at,
                                .last_at = m->at};
        return topic_add(tx, topic, e) && (say->held || forum_words_add(tx, brand, topic->id, topic->title, e));
    }
    topic->posts += !say->held;
    if (!say->held && m->at > topic->last_at)
        topic->last_at = m->at;
    return topic_update(tx, topic, e);
}

static bool say_again(struct tx *tx, struct forum_say *say, int64_t id, struct error *e)
{
    struct post post;
    if (!post_by_id(tx, tx_arena(tx), say->member.brand_id, id, &post, e))
        return false;
    say->post_id = id;
    say->topic_id = post.topic_id;
    say->held = post.held;
    return true;
}

/* What links of somebody new, or abuse, lead to is looked at by a colleague first. */
static bool hold(struct tx *tx, struct forum_say *say, const struct message *m, struct error *e)
{
    struct conversation c;
    if (!conversation_by_id(tx, tx_arena(tx), m->brand_id, m->conversation_id, &c, e))
        return false;
    bool fresh = forum_is_new(&say->member, tx_now(tx));
    say->held = str_eq(c.mood, STR("troll")) || (fresh && forum_has_link(tx_arena(tx), m->text));
    return true;
}

bool forum_say(struct tx *tx, struct forum_say *say, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = say->member.brand_id, story, id;
    struct conversation was;
    struct topic topic = {0};
    struct message m;
    bool us;
    struct str key = say->events->items[0].external_id;
    if (!intake_find_message(tx, brand, say->account->row.id, key, &id, e))
        return false;
    if (id > 0)
        return say_again(tx, say, id, e);
    if (!may_write(tx, &say->member, say->begins, e) || !story_before(tx, say, &was, &story, e) ||
        (!say->begins && !topic_by_id(tx, a, brand, say->topic_id, &topic, e)) ||
        !forum_take(tx, say->house, say->account, say->events, story, e) ||
        !intake_find_message(tx, brand, say->account->row.id, key, &id, e) ||
        !message_by_id(tx, a, brand, id, &m, e) || !hold(tx, say, &m, e) || !topic_grows(tx, say, &m, &topic, e))
        return false;
    say->post_id = id;
    struct post post = {.brand_id = brand,
                        .id = id,
                        .topic_id = topic.id,
                        .member_id = say->member.id,
                        .at = m.at,
                        .held = say->held};
    return post_add(tx, &post, e) && (say->held || forum_words_add(tx, brand, topic.id, m.text, e)) &&
           name_people(tx, say, m.text, &us, e) && follow_put(tx, brand, say->member.id, topic.id, m.at, e) &&
           follow_seen(tx, brand, say->member.id, topic.id, m.at, e) && place_post(tx, say, &topic, &m, &was, us, e);
}

/* ---- search ---- */

static int newest_first(const void *a, const void *b)
{
    const struct topic *x = a, *y = b;
    return x->last_at < y->last_at ? 1 : x->last_at > y->last_at ? -1 : 0;
}

static size_t both(int64_t *ids, size_t n, const int64_t *more, size_t m)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            if (ids[i] == more[k]) {
                ids[kept++] = ids[i];
                break;
            }
    return kept;
}

bool forum_search(struct tx *tx, struct arena *a, int64_t brand, struct str words, size_t most, struct topic **out,
                  size_t *count, struct error *e)
{
    struct str folded = text_fold(a, words), word;
    int64_t *ids = NULL, *more;
    size_t n = 0, m, at = 0, kept = 0;
    *out = NULL;
    *count = 0;
    for (int w = 0; w < 6 && text_word_next(folded, &at, &word); w++) {
        if (!topic_word_find(tx, a, brand, word, SEARCH_LOOK, &more, &m, e))
            return false;
        n = w ? both(ids, n, more, m) : m;
        ids = w ? ids : more;
    }
    if (!topic_by_ids(tx, a, brand, ids, n, out, count, e))
        return false;
    for (size_t i = 0; i < *count; i++)
        if ((*out)[i].shown)
            (*out)[kept++] = (*out)[i];
    if (kept)
        qsort(*out, kept, sizeof **out, newest_first);
    *count = kept < most ? kept : most;
    return true;
}
