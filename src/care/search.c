/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the index, and the hunt: spans from the newest backwards until enough is found or the time is used up. */
#include "care/search.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unicode.h"
#include "care/search_internal.h"
#include "store/retention.h"

#define CHUNK       250 /* rows read at once; a list of statements takes no more */
#define LOOK_MAX    2000
#define FIRST_SPAN  (INT64_C(1) << 44) /* of ids: 70 minutes */
#define LAST_SPAN   (INT64_C(1) << 57) /* 400 days: what is behind it is one span */
#define GROWTH_MAX  16
#define QUICK_US    3000
#define PEOPLE_FEW  32
#define BEGINNING   128 /* rows looked at before it is known how common the beginning of a word is */
#define RARE_ONE_IN 64  /* rarer than that: the index finds it sooner */
#define VERY_RARE   128 /* rarer than one in so many: and in all history at once */
#define HAND_LEAST  512
#define HAND_MAX    2048 /* rows looked at by hand at most */

/* ---- rows ---- */

static struct search_row message_row(struct tx *tx, const struct message *m)
{
    return (struct search_row){.brand_id = m->brand_id,
                               .id = m->id,
                               .kind = "message",
                               .channel_id = m->channel_id,
                               .person_id = m->person_id,
                               .is_public = m->is_public,
                               .words = text_fold(tx_arena(tx), m->text)};
}

static struct search_row need_row(struct tx *tx, const struct conversation *c)
{
    return (struct search_row){.brand_id = c->brand_id,
                               .id = c->id,
                               .kind = "need",
                               .person_id = c->person_id,
                               .words = text_fold(tx_arena(tx), c->need)};
}

static struct search_row person_row(struct tx *tx, const struct person *p)
{
    return (struct search_row){.brand_id = p->brand_id,
                               .id = p->id,
                               .kind = "person",
                               .person_id = p->id,
                               .words = text_fold(tx_arena(tx), p->name)};
}

bool search_message(struct tx *tx, const struct message *m, struct error *e)
{
    struct search_row row = message_row(tx, m);
    return m->text.len == 0 || search_add(tx, &row, e);
}

/* What left the index by rule (retention.h) is not there to be taken out. */
static bool is_there(struct tx *tx, int64_t brand, int64_t id, bool *there, struct error *e)
{
    bool left = false;
    bool ok = unsearched_take(tx, brand, id, &left, e);
    *there = !left;
    return ok;
}

bool search_message_gone(struct tx *tx, const struct message *m, struct error *e)
{
    struct search_row row = message_row(tx, m);
    bool there = m->text.len != 0;
    if (there && !is_there(tx, m->brand_id, m->id, &there, e))
        return false;
    return !there || search_remove(tx, &row, e);
}

bool search_need(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct search_row row = need_row(tx, c);
    return c->need.len == 0 || search_add(tx, &row, e);
}

bool search_need_gone(struct tx *tx, const struct conversation *c, struct error *e)
{
    struct search_row row = need_row(tx, c);
    bool there;
    if (!is_there(tx, c->brand_id, c->id, &there, e))
        return false;
    return !there || c->need.len == 0 || search_remove(tx, &row, e);
}

bool search_person(struct tx *tx, const struct person *p, struct error *e)
{
    struct search_row row = person_row(tx, p);
    return search_add(tx, &row, e);
}

bool search_person_gone(struct tx *tx, const struct person *p, struct error *e)
{
    struct search_row row = person_row(tx, p);
    return search_remove(tx, &row, e);
}

/* ---- the hunt ---- */

struct hunt {
    struct tx *tx;
    struct arena *a;
    const struct search_query *query;
    struct terms terms, whole;
    struct search_match match;
    int64_t one_channel, one_person;
    const char *only;        /* the one kind that is wanted, or NULL */
    struct search_hit *hits; /* newest first */
    size_t count, want;
    bool by_hand; /* beginnings of words are looked for in the texts that the other words find */
    bool wide;    /* the rest of history is one span */
    size_t looked, passed, foreign;
    int64_t low; /* everything from here on was looked at */
    int64_t deadline;
};

static bool is_person_hunt(const struct hunt *h)
{
    return h->match.kind && strcmp(h->match.kind, "person") == 0;
}

/* Whether many hits may have to be looked at for one that counts. */
static bool is_sifted(const struct hunt *h)
{
    return h->query->label || h->query->wanted;
}

static void hunt_terms(struct hunt *h)
{
    const struct terms *terms = h->by_hand ? &h->whole : &h->terms;
    h->match.terms = terms->items;
    h->match.term_count = terms->count;
}

/* ---- what the ids are ---- */

static struct search_hit *hit_of(struct search_hit *hits, size_t n, int64_t id)
{
    for (size_t low = 0, high = n; low < high;) { /* newest first */
        size_t middle = low + (high - low) / 2;
        if (hits[middle].id == id)
            return &hits[middle];
        if (hits[middle].id > id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool people_load(struct hunt *h, struct search_hit *hits, size_t n, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, n + 1);
    struct person *people = ARENA_ARRAY(h->a, struct person, n + 1);
    for (size_t i = 0; i < n; i++)
        ids[i] = hits[i].id;
    if (!person_by_ids(h->tx, h->a, h->match.brand_id, ids, n, people, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        hits[i].kind = "person";
        hits[i].person = people[i];
        hits[i].text = people[i].name;
    }
    return true;
}

static bool messages_load(struct hunt *h, struct search_hit *hits, size_t n, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, n + 1);
    struct message *messages;
    size_t count;
    for (size_t i = 0; i < n; i++)
        ids[i] = hits[i].id;
    if (!message_by_ids(h->tx, h->a, h->match.brand_id, ids, n, &messages, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct search_hit *hit = hit_of(hits, n, messages[i].id);
        assert(hit); /* only they were asked for */
        hit->kind = "message";
        hit->message = messages[i];
        hit->text = messages[i].text;
    }
    return true;
}

/* What is no message is the need of a conversation. */
static bool needs_load(struct hunt *h, struct search_hit *hits, size_t n, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, n + 1);
    struct conversation *needs;
    size_t wanted = 0, count;
    for (size_t i = 0; i < n; i++)
        if (!hits[i].kind)
            ids[wanted++] = hits[i].id;
    if (!conversation_by_ids(h->tx, h->a, h->match.brand_id, ids, wanted, &needs, &count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct search_hit *hit = hit_of(hits, n, needs[i].id);
        assert(hit);
        hit->kind = "need";
        hit->conversation = needs[i];
        hit->text = needs[i].need;
    }
    return true;
}

static int64_t hit_conversation(const struct search_hit *hit)
{
    return strcmp(hit->kind, "message") == 0 ? hit->message.conversation_id : hit->conversation.id;
}

/* ---- which of them count ---- */

static bool labelled(struct hunt *h, const struct search_hit *hits, size_t n, bool *is, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, n + 1), *with;
    size_t count;
    for (size_t i = 0; i < n; i++)
        ids[i] = hits[i].kind ? hit_conversation(&hits[i]) : 0;
    if (!search_labelled(h->tx, h->a, h->match.brand_id, h->query->label, ids, n, &with, &count, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        is[i] = false;
        for (size_t k = 0; k < count && !is[i]; k++)
            is[i] = with[k] == ids[i];
    }
    return true;
}

static bool hit_counts(struct hunt *h, const struct search_hit *hit)
{
    const struct search_query *query = h->query;
    if (!hit->kind || (h->only && strcmp(h->only, hit->kind) != 0))
        return false;
    if (h->by_hand && !terms_match(h->a, &h->terms, hit->text))
        return false;
    return !query->wanted || query->wanted(query->ctx, hit);
}

static bool chunk_take(struct hunt *h, const int64_t *ids, size_t n, struct error *e)
{
    struct search_hit *hits = ARENA_ARRAY(h->a, struct search_hit, n + 1);
    bool *has = ARENA_ARRAY(h->a, bool, n + 1);
    for (size_t i = 0; i < n; i++) {
        hits[i] = (struct search_hit){.id = ids[i]};
        has[i] = true;
    }
    bool ok = is_person_hunt(h) ? people_load(h, hits, n, e)
                                : messages_load(h, hits, n, e) && needs_load(h, hits, n, e) &&
                                      (!h->query->label || labelled(h, hits, n, has, e));
    if (!ok)
        return false;
    for (size_t i = 0; i < n && h->count < h->want; i++) {
        h->looked++;
        h->low = hits[i].id;
        h->foreign += hits[i].kind == NULL;
        if (!has[i] || !hit_counts(h, &hits[i]))
            continue;
        h->passed++;
        h->hits[h->count++] = hits[i];
    }
    return true;
}

/* ---- spans ---- */

static bool is_over(const struct hunt *h)
{
    return h->count >= h->want || clock_monotonic() >= h->deadline;
}

/* A beginning that few texts have is found sooner by the index, at a cost that grows with how many have it; one that
 * many have is found sooner by hand. */
static bool hand_is_slow(const struct hunt *h)
{
    return h->by_hand && (h->looked >= HAND_MAX || (h->looked >= HAND_LEAST && h->passed * RARE_ONE_IN < h->looked));
}

/* What turned out to be slow is done in the other way from here on. */
static void ways_mend(struct hunt *h)
{
    if (hand_is_slow(h)) {
        h->by_hand = false;
        h->wide = h->passed * VERY_RARE < h->looked;
        hunt_terms(h);
    }
    if (h->foreign * 2 > h->looked)
        h->match.any_brand = false;
}

static size_t most_at_once(const struct hunt *h)
{
    if (h->by_hand)
        return h->looked < BEGINNING ? BEGINNING : HAND_MAX;
    return is_sifted(h) ? LOOK_MAX : h->want - h->count;
}

/* Everything from `from` on and before `before`, or less when enough is found or the time is used up. */
static bool span_look(struct hunt *h, int64_t from, int64_t before, struct error *e)
{
    for (;;) {
        int64_t *ids;
        size_t n, most = most_at_once(h);
        if (!search_find(h->tx, h->a, &h->match, from, before, (int)most, &ids, &n, e))
            return false;
        size_t i = 0;
        while (i < n && !hand_is_slow(h)) {
            size_t chunk = h->looked < CHUNK && h->want < CHUNK ? h->want : CHUNK,
                   taken = n - i < chunk ? n - i : chunk;
            if (!chunk_take(h, ids + i, taken, e))
                return false;
            i += taken;
            if (is_over(h) && (h->count >= h->want || i < n || n == most))
                return true;
        }
        if (i == n && n < most) {
            h->low = from;
            return true;
        }
        ways_mend(h);
        before = h->low;
    }
}

/* How much longer the next span is: what is missing by what the last one gave, and not longer than there is time for.
 * 0: there is no time. */
static int64_t growth(const struct hunt *h, size_t found, int64_t took)
{
    size_t missing = h->want - h->count;
    int64_t times = found ? (int64_t)(missing * 3 / (found * 2)) + 1 : GROWTH_MAX;
    int64_t left = h->deadline - clock_monotonic();
    if (times > GROWTH_MAX)
        times = GROWTH_MAX;
    if (left <= 0)
        return 0;
    if (took > QUICK_US && times > left / took)
        times = left / took;
    return times;
}

static bool hunt_back(struct hunt *h, int64_t floor, int64_t before, struct error *e)
{
    int64_t span = FIRST_SPAN;
    for (bool begins = true; before > floor && (begins || !is_over(h)); begins = false) {
        int64_t begun = clock_monotonic(), from = floor;
        size_t had = h->count;
        if (span < LAST_SPAN && before - span > floor)
            from = search_span_start(h->tx, before - span, before);
        if (from < floor)
            from = floor;
        if (!span_look(h, from, before, e))
            return false;
        if (h->low > from)
            return true;
        int64_t times = growth(h, h->count - had, clock_monotonic() - begun);
        ways_mend(h);
        if (times == 0)
            return true;
        span = h->wide ? LAST_SPAN : span < LAST_SPAN ? span * times : span;
        before = from;
    }
    return true;
}

/* A label that few have: the people who have it narrow the search as a person does. */
static bool label_narrows(struct hunt *h, struct error *e)
{
    int64_t *people;
    size_t count;
    if (!h->query->label || h->match.people_count)
        return true;
    if (!search_people_labelled(h->tx, h->a, h->match.brand_id, h->query->label, PEOPLE_FEW, &people, &count, e))
        return false;
    if (count == PEOPLE_FEW)
        return true;
    h->match.people = people;
    h->match.people_count = count;
    if (count == 0)
        h->want = 0;
    return true;
}

/* kind: NULL for messages and needs. */
static bool hunt_run(struct hunt *h, const char *kind, struct error *e)
{
    const struct search_query *query = h->query;
    int64_t newest, floor = query->after > 0 ? query->after : 0;
    h->match.kind = h->only = kind;
    h->match.any_brand = kind == NULL;
    h->low = floor;
    h->hits = ARENA_ARRAY(h->a, struct search_hit, h->want + 1);
    if (!label_narrows(h, e) || !search_newest(h->tx, h->match.brand_id, h->match.kind, &newest, e))
        return false;
    int64_t before = query->before && query->before <= newest ? query->before : newest + 1;
    if (h->want == 0 || before <= floor)
        return true;
    h->low = before;
    if (h->match.people_count) /* they said less than there is of any word */
        h->whole.count = 0;
    h->by_hand = h->whole.count < h->terms.count;
    hunt_terms(h);
    return hunt_back(h, floor, before, e);
}

/* ---- the answer ---- */

static bool conversations_fill(struct hunt *h, struct search_hit *hits, size_t n, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, n + 1);
    struct conversation *list;
    size_t wanted = 0, count;
    for (size_t i = 0; i < n; i++)
        if (strcmp(hits[i].kind, "message") == 0)
            ids[wanted++] = hits[i].message.conversation_id;
    if (!conversation_by_ids(h->tx, h->a, h->match.brand_id, ids, wanted, &list, &count, e))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++)
            if (strcmp(hits[i].kind, "message") == 0 && hits[i].message.conversation_id == list[k].id)
                hits[i].conversation = list[k];
    return true;
}

/* Whose they are, and the words around what was found. */
static bool hits_fill(struct hunt *h, struct search_hit *hits, size_t n, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, n + 1);
    struct person *people = ARENA_ARRAY(h->a, struct person, n + 1);
    if (n == 0)
        return true;
    if (!conversations_fill(h, hits, n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        ids[i] = strcmp(hits[i].kind, "person") == 0 ? hits[i].id : hits[i].conversation.person_id;
    if (!person_by_ids(h->tx, h->a, h->match.brand_id, ids, n, people, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        hits[i].person = people[i];
        hits[i].text = terms_marked(h->a, &h->terms, hits[i].text);
    }
    return true;
}

static int newer_first(const void *a, const void *b)
{
    int64_t x = ((const struct search_hit *)a)->id, y = ((const struct search_hit *)b)->id;
    return x > y ? -1 : x < y;
}

struct ranked {
    double rank;
    struct search_hit hit;
};

static int better_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return newer_first(&x->hit, &y->hit);
}

static void hits_rank(struct hunt *h, struct search_hit *hits, size_t n)
{
    struct ranked *list = ARENA_ARRAY(h->a, struct ranked, n + 1);
    for (size_t i = 0; i < n; i++)
        list[i] = (struct ranked){terms_rank(h->a, &h->terms, hits[i].text), hits[i]};
    qsort(list, n, sizeof *list, better_first);
    for (size_t i = 0; i < n; i++)
        hits[i] = list[i].hit;
}

/* Two hunts as one: as far back as both came. */
static void hunts_join(struct hunt *h, const struct hunt *people)
{
    struct search_hit *all = ARENA_ARRAY(h->a, struct search_hit, h->count + people->count + 1);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < h->count; i++)
        all[n++] = h->hits[i];
    for (size_t i = 0; i < people->count; i++)
        all[n++] = people->hits[i];
    if (people->low > h->low)
        h->low = people->low;
    qsort(all, n, sizeof *all, newer_first);
    while (kept < n && kept < h->want && all[kept].id >= h->low)
        kept++;
    h->hits = all;
    h->count = kept;
}

static bool hunts_run(struct hunt *h, struct error *e)
{
    const struct search_query *query = h->query;
    bool said = query->kind && strcmp(query->kind, "said") == 0;
    if (query->kind && !said)
        return hunt_run(h, query->kind, e);
    if (said || query->label || query->wanted || query->channel || query->channel_count || query->person)
        return hunt_run(h, NULL, e);
    struct hunt other = *h;
    if (!hunt_run(h, NULL, e) || !hunt_run(&other, "person", e))
        return false;
    hunts_join(h, &other);
    return true;
}

static void hunt_begin(struct hunt *h)
{
    const struct search_query *query = h->query;
    h->whole = terms_whole(&h->terms);
    h->want = (size_t)(query->best ? SEARCH_RANKED : query->limit) + 1;
    h->deadline = clock_monotonic() + (query->time_us ? query->time_us : SEARCH_TIME_US);
    h->one_channel = query->channel;
    h->one_person = query->person;
    h->match.channels = query->channel ? &h->one_channel : query->channels;
    h->match.channel_count = query->channel ? 1 : query->channel_count;
    h->match.people = &h->one_person;
    h->match.people_count = query->person != 0;
}

bool search_look(struct tx *tx, struct arena *a, int64_t brand, const struct search_query *query,
                 struct search_found *out, struct error *e)
{
    struct hunt h = {.tx = tx, .a = a, .query = query, .terms = terms_of(a, query->words), .match.brand_id = brand};
    size_t most = (size_t)query->limit;
    *out = (struct search_found){0};
    if (h.terms.count == 0 || most == 0)
        return true;
    hunt_begin(&h);
    if (!hunts_run(&h, e))
        return false;
    bool more = h.want && h.count == h.want;
    if (more)
        h.count--;
    if (more && h.count)
        out->next = h.hits[h.count - 1].id;
    else if (h.low > (query->after > 0 ? query->after : 0))
        out->next = h.low;
    out->until = more || !out->next ? 0 : id_time(h.low);
    out->of_newest = query->best && more;
    if (query->best)
        hits_rank(&h, h.hits, h.count);
    out->hits = h.hits;
    out->count = h.count < most ? h.count : most;
    return hits_fill(&h, out->hits, out->count, e);
}

bool search_run(struct tx *tx, struct arena *a, int64_t brand, const struct search_query *query,
                struct search_hit **out, size_t *count, int64_t *next, struct error *e)
{
    struct search_found found;
    bool ok = search_look(tx, a, brand, query, &found, e);
    *out = found.hits;
    *count = found.count;
    *next = found.next;
    return ok;
}
