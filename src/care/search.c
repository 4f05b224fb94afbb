/* SPDX-License-Identifier: Apache-2.0 */
/* The hunt: spans from the newest backwards until enough is found or the time is used up. */
#include "care/search.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/search_internal.h"

#define CHUNK       240 /* rows read at once; a list of statements takes no more */
#define LOOK_MAX    2000
#define FIRST_SPAN  (INT64_C(1) << 44) /* of ids: 70 minutes */
#define LAST_SPAN   (INT64_C(1) << 59) /* four years: as much as one question can take */
#define GROWTH_MAX  16
#define QUICK_US    500
#define SHORT_US    3000
#define PEOPLE_FEW  100
#define BEGINNING   64   /* rows looked at before it is known how common the beginning of a word is */
#define RARE_ONE_IN 16   /* rarer than that: the index finds it sooner */
#define HAND_MAX    1024 /* rows looked at by hand at most */

/* ---- the hunt ---- */

struct hunt {
    struct tx *tx;
    struct arena *a;
    const struct search_query *query;
    struct terms terms;
    struct search_match match;
    int64_t one_channel, one_person;
    const char *only;        /* the one kind that is wanted, or NULL */
    struct search_hit *hits; /* newest first */
    size_t count, want;
    struct terms asked; /* of the index; the rest is looked for in the texts that these find */
    bool by_hand;
    size_t looked, passed;
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

/* By hand: people said less than there is of any word, and of many a beginning the newest rows have one. */
static void hunt_terms(struct hunt *h)
{
    bool loose = h->match.step == SEARCH_DAYS;
    if (!h->by_hand)
        h->asked = loose ? terms_loose(&h->terms) : h->terms;
    else
        h->asked = h->match.people_count ? (struct terms){.count = 0} : terms_whole(&h->terms, loose);
    h->match.terms = h->asked.items;
    h->match.term_count = h->asked.count;
    h->match.channel_count = h->query->channel ? 1 : h->query->channel_count;
    if (h->by_hand && h->match.people_count) /* one list, and short */
        h->match.channel_count = 0;
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

/* ---- which of them count ---- */

/* Leaves those whose conversation has the label, in their order. */
static bool labelled_keep(struct hunt *h, struct search_hit *hits, size_t *n, struct error *e)
{
    int64_t *ids = ARENA_ARRAY(h->a, int64_t, *n + 1), *with;
    size_t count, kept = 0;
    for (size_t i = 0; i < *n; i++)
        ids[i] = hits[i].id;
    if (!search_labelled(h->tx, h->a, h->match.brand_id, h->query->label, ids, *n, &with, &count, e))
        return false;
    for (size_t i = 0; i < *n; i++)
        for (size_t k = 0; k < count; k++)
            if (with[k] == ids[i]) {
                hits[kept++] = hits[i];
                break;
            }
    *n = kept;
    return true;
}

/* What people said is looked at by hand, channels too. */
static bool is_of_channels(const struct hunt *h, const struct search_hit *hit)
{
    const struct search_query *query = h->query;
    size_t n = query->channel ? 1 : query->channel_count;
    const int64_t *channels = query->channel ? &query->channel : query->channels;
    for (size_t i = 0; i < n; i++)
        if (strcmp(hit->kind, "message") == 0 && hit->message.channel_id == channels[i])
            return true;
    return n == 0;
}

static bool hit_counts(struct hunt *h, const struct search_hit *hit)
{
    const struct search_query *query = h->query;
    if (!hit->kind || (h->only && strcmp(h->only, hit->kind) != 0))
        return false;
    if (h->by_hand && h->match.people_count && !is_of_channels(h, hit))
        return false;
    if ((h->by_hand || h->match.step == SEARCH_DAYS) && !terms_match(h->a, &h->terms, hit->text))
        return false;
    return !query->wanted || query->wanted(query->ctx, hit);
}

static bool chunk_load(struct hunt *h, struct search_hit *hits, size_t *n, struct error *e)
{
    if (is_person_hunt(h))
        return people_load(h, hits, *n, e);
    return (!h->query->label || labelled_keep(h, hits, n, e)) && messages_load(h, hits, *n, e) &&
           needs_load(h, hits, *n, e);
}

/* Newest first; what stands behind the last that is wanted is not looked at. */
static bool chunk_take(struct hunt *h, const int64_t *ids, size_t n, struct error *e)
{
    struct search_hit *hits = ARENA_ARRAY(h->a, struct search_hit, n + 1);
    size_t count = n;
    for (size_t i = 0; i < n; i++)
        hits[i] = (struct search_hit){.id = ids[i]};
    if (!chunk_load(h, hits, &count, e))
        return false;
    for (size_t i = 0; i < count && h->count < h->want; i++) {
        if (!hit_counts(h, &hits[i]))
            continue;
        h->passed++;
        h->hits[h->count++] = hits[i];
    }
    h->looked += n;
    h->low = h->count == h->want ? h->hits[h->count - 1].id : ids[n - 1];
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
    return h->by_hand && (h->looked >= HAND_MAX ||
                          (!h->match.people_count && h->looked >= BEGINNING && h->passed * RARE_ONE_IN < h->looked));
}

/* What turned out to be slow is done in the other way from here on. */
static void ways_mend(struct hunt *h)
{
    if (!hand_is_slow(h))
        return;
    h->by_hand = false;
    if (h->match.step == SEARCH_SEASONS && terms_whole(&h->terms, false).count < h->terms.count)
        h->match.step = SEARCH_SEASON; /* all words of that beginning are gathered before the first row comes */
    hunt_terms(h);
}

static size_t most_at_once(const struct hunt *h)
{
    if (h->by_hand)
        return h->looked < BEGINNING ? BEGINNING : HAND_MAX;
    if (is_sifted(h) || h->match.step == SEARCH_DAYS)
        return h->looked ? LOOK_MAX : 3 * CHUNK;
    return h->want - h->count;
}

static bool chunks_take(struct hunt *h, const struct search_ids *found, size_t *taken, struct error *e)
{
    for (*taken = 0; *taken < found->count && !hand_is_slow(h);) {
        size_t chunk = h->looked < CHUNK && h->want < CHUNK ? h->want : CHUNK, left = found->count - *taken;
        chunk = chunk < left ? chunk : left;
        if (!chunk_take(h, found->ids + *taken, chunk, e))
            return false;
        *taken += chunk;
        if (is_over(h))
            break;
    }
    return true;
}

/* Half of the time that is left, and the smallest span to its end: each search comes a day further at least. */
static int64_t limit_at(const struct hunt *h)
{
    int64_t now = clock_monotonic(), left = h->deadline - now;
    return h->match.step == SEARCH_DAYS ? 0 : now + (left > 2 * SHORT_US ? left / 2 : SHORT_US);
}

/* Everything from `from` on and before `before`, or less when enough is found or the time is used up; cut: or when
 * the engine was broken off. */
static bool span_look(struct hunt *h, int64_t from, int64_t before, bool *cut, struct error *e)
{
    for (;;) {
        struct search_ids found;
        size_t taken, most = most_at_once(h);
        h->match.limit_at = limit_at(h);
        if (!search_find(h->tx, h->a, &h->match, from, before, (int)most, &found, e) ||
            !chunks_take(h, &found, &taken, e))
            return false;
        *cut = found.cut;
        if (h->count >= h->want)
            return true;
        if (taken == found.count && found.count < most && !found.cut) {
            h->low = from;
            return true;
        }
        if (found.cut || is_over(h) || hand_is_slow(h))
            return true;
        before = h->low;
    }
}

/* The next span: longer by what is missing by what the last one gave, and such that half of the time that is left
 * should do for it. */
static int64_t span_next(const struct hunt *h, int64_t span, size_t found, int64_t took)
{
    double missing = (double)(h->want - h->count), times = found ? missing * 1.5 / (double)found + 1 : GROWTH_MAX;
    double left = (double)(h->deadline - clock_monotonic()) / 2;
    if (times > GROWTH_MAX)
        times = GROWTH_MAX;
    if (took > QUICK_US && times > left / (double)took)
        times = left / (double)took;
    double next = (double)span * times;
    if (next > (double)LAST_SPAN)
        return LAST_SPAN;
    return next > (double)FIRST_SPAN ? (int64_t)next : FIRST_SPAN;
}

/* Words that everybody says and nobody together: smaller spans, down to days. */
static void spans_shrink(struct hunt *h)
{
    if (h->match.step != SEARCH_DAYS)
        h->match.step++;
    hunt_terms(h);
}

static bool hunt_back(struct hunt *h, int64_t floor, int64_t before, struct error *e)
{
    int64_t span = FIRST_SPAN, start = before;
    while (before > floor && (!is_over(h) || (before == start && h->count < h->want))) {
        int64_t begun = clock_monotonic();
        int64_t from = search_span_start(h->tx, &h->match, before - span > floor ? before - span : floor, before);
        size_t had = h->count;
        bool cut;
        if (from < floor)
            from = floor;
        if (!span_look(h, from, before, &cut, e))
            return false;
        if (h->low > from) { /* the way changes, or it is over */
            before = h->low;
            if (cut)
                spans_shrink(h);
            span = cut ? FIRST_SPAN : span;
            ways_mend(h);
            continue;
        }
        span = span_next(h, before - from > span ? before - from : span, h->count - had, clock_monotonic() - begun);
        ways_mend(h);
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
    int64_t oldest, newest, end = query->after > 0 ? query->after : 0;
    h->match.kind = h->only = kind;
    h->low = end;
    h->hits = ARENA_ARRAY(h->a, struct search_hit, h->want + 1);
    if (!label_narrows(h, e) || !search_range(h->tx, h->match.brand_id, h->match.kind, &oldest, &newest, e))
        return false;
    int64_t before = query->before && query->before <= newest ? query->before : newest + 1;
    int64_t floor = oldest > end ? oldest : end;
    if (h->want == 0 || before <= floor)
        return true;
    h->low = before;
    h->by_hand = h->match.people_count || terms_whole(&h->terms, false).count < h->terms.count;
    hunt_terms(h);
    if (!hunt_back(h, floor, before, e))
        return false;
    if (h->low <= floor)
        h->low = end;
    return true;
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
    h->want = (size_t)(query->best ? SEARCH_RANKED : query->limit) + 1;
    h->deadline = clock_monotonic() + (query->time_us ? query->time_us : SEARCH_TIME_US);
    h->one_channel = query->channel;
    h->one_person = query->person;
    h->match.channels = query->channel ? &h->one_channel : query->channels;
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
