/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever happens to messages, needs and people (said, imported, edited, withdrawn, renamed, merged, taken apart
 * again): the index holds exactly what the tables hold, on each engine, and a search finds it page by page, whatever
 * time it is given. The other side is told word by word from the tables. */
#include "house_fixture.h"

#include "base/embed.h"
#include "base/unicode.h"
#include "care/import.h"
#include "db/db_internal.h"
#include "store/search.h"

int care_search_property_test(void);

enum { STEPS = 120, PEOPLE = 6, MESSAGES_MAX = 300 };

static const char *const vocabulary[] = {"linea", "Perché", "PERCHE", "l’ordine", "dell'ordine", "Straße", "strasse",
                                         "modem", "modems", "mo",     "caffè",    "CAFFÈ",       "è",      "non",
                                         "va",    "x_y",    "a-b",    "2026",     "😀",           "naïve",  "да"};
static const char *const asked[] = {"linea", "perche", "ordine", "strasse", "modem", "modems", "mo",
                                    "caffe", "e",      "non",    "va",      "x",     "2026",   "naive",
                                    "да",    "l",      "dell",   "assente", "y",     "b"};

struct world {
    struct care *c;
    uint64_t seed;
    int64_t messages[MESSAGES_MAX];
    size_t count;
    int64_t merge;
    int imports;
    struct message now[MESSAGES_MAX]; /* as the tables hold them in the end, with their stories and people */
    struct conversation stories[MESSAGES_MAX];
    struct person people[MESSAGES_MAX];
};

static size_t any(struct world *w, size_t n)
{
    w->seed = w->seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(w->seed >> 33) % n;
}

static const char *words_any(struct world *w)
{
    struct str text = STR_EMPTY;
    for (size_t n = 1 + any(w, 7); n; n--)
        text = str_format(w->c->arena, "%.*s%s%s", STR_ARGS(text), text.len ? any(w, 4) ? " " : "… " : "",
                          vocabulary[any(w, COUNT_OF(vocabulary))]);
    return str_cstr(w->c->arena, text);
}

static bool known(const struct world *w, int64_t id)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->messages[i] == id)
            return true;
    return false;
}

/* A conversation of up to five years ago, in two messages and a need. */
static void bring_in(struct world *w)
{
    struct care *c = w->c;
    struct error why = {0};
    struct import_report report;
    struct import_options options = {.brand_id = c->brand, .format = IMPORT_CONVERSATIONS};
    const char *first = words_any(w), *second = words_any(w), *need = words_any(w);
    int n = ++w->imports, ago = 10 + (int)any(w, 5 * 365 * 24 * 60);
    struct str lines = str_format(
        c->arena,
        "{\"type\":\"channel\",\"id\":\"wa\",\"network\":\"whatsapp\",\"name\":\"Import\"}\n"
        "{\"type\":\"person\",\"id\":\"p%d\",\"name\":\"%s\",\"identities\":[{\"network\":\"whatsapp\",\"id\":"
        "\"39333%04d\"}]}\n"
        "{\"type\":\"conversation\",\"id\":\"c%d\",\"person\":\"p%d\",\"state\":\"waiting\",\"need\":\"%s\","
        "\"items\":[{\"kind\":\"in\",\"id\":\"a%d\",\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":%d,\"text\":"
        "\"%s\"},{\"kind\":\"in\",\"id\":\"b%d\",\"channel\":\"wa\",\"door\":\"whatsapp\",\"ago\":%d,\"text\":"
        "\"%s\"}]}\n",
        n, first, n, n, n, need, n, ago, first, n, ago - 5, second);
    if (!import_lines(c->h->house, &options, lines, &report, &why))
        fail_msg("%s", why.message);
    if (report.bad)
        fail_msg("%s", report.problems[0].words);
    struct message *list;
    size_t count;
    DO(c, message_after(tx, c->arena, c->brand, 0, 1000, &list, &count, &e));
    for (size_t i = 0; i < count; i++)
        if (!known(w, list[i].id))
            w->messages[w->count++] = list[i].id;
}

static int64_t message_any(struct world *w)
{
    return w->messages[any(w, w->count)];
}

static void say(struct world *w)
{
    char author[16];
    snprintf(author, sizeof author, "%zu", any(w, PEOPLE));
    w->messages[w->count++] = hear(w->c, author, words_any(w));
}

static void change(struct world *w, enum channel_event_kind kind)
{
    struct care *c = w->c;
    struct channel_event event = event_of(c, kind, message_now(c, message_any(w)).external_id);
    event.text = str_from(words_any(w));
    take(c, &c->whatsapp, event);
}

static void merge(struct world *w)
{
    struct care *c = w->c;
    int64_t one = message_now(c, message_any(w)).person_id, other = message_now(c, message_any(w)).person_id;
    int64_t earlier = w->merge;
    if (earlier) {
        w->merge = 0;
        DO(c, person_unmerge(tx, c->brand, earlier, 0, &e));
    } else if (one != other) {
        DO(c, person_merge(tx, c->brand, one, other, 0, &w->merge, &e));
    }
}

static void step(struct world *w)
{
    struct care *c = w->c;
    switch (any(w, 9)) {
    case 0: change(w, CHANNEL_EDIT); break;
    case 1: change(w, CHANNEL_DELETE); break;
    case 2: {
        int64_t story = message_now(c, message_any(w)).conversation_id;
        struct str need = str_from(words_any(w));
        DO(c, story_need(tx, &c->h->marta, story, need, &e));
        break;
    }
    case 3: {
        int64_t person = message_now(c, message_any(w)).person_id;
        struct str name = str_from(words_any(w));
        DO(c, person_rename(tx, c->brand, person, name, STR("it"), STR_EMPTY, 0, &e));
        break;
    }
    case 4: merge(w); break;
    case 5:
        if (w->count + 2 < MESSAGES_MAX)
            bring_in(w);
        break;
    default:
        if (w->count < MESSAGES_MAX)
            say(w);
    }
}

/* ---- what should be found ---- */

/* Whether a folded text has the folded words, whole and one after the other. */
static bool has_word(struct arena *a, const char *text, const char *word)
{
    struct str folded = text_fold(a, str_from(text));
    for (size_t i = 0, from = SIZE_MAX; i <= folded.len;) {
        size_t here = i;
        bool inside = i < folded.len && text_is_word(utf8_next(folded, &i));
        if (inside && from == SIZE_MAX)
            from = here;
        if (!inside && from != SIZE_MAX) {
            if (str_eq(str_slice(folded, from, here), str_from(word)))
                return true;
            from = SIZE_MAX;
        }
        if (here == folded.len)
            break;
    }
    return false;
}

static void look_at_tables(struct world *w)
{
    struct care *c = w->c;
    for (size_t i = 0; i < w->count; i++) {
        w->now[i] = message_now(c, w->messages[i]);
        w->stories[i] = conversation_now(c, w->now[i].conversation_id);
        DO(c, person_by_id(tx, c->arena, c->brand, w->now[i].person_id, &w->people[i], &e));
    }
}

struct expected {
    int64_t ids[2 * MESSAGES_MAX];
    size_t count;
};

static void expect(struct expected *x, int64_t id)
{
    for (size_t i = 0; i < x->count; i++)
        if (x->ids[i] == id)
            return;
    x->ids[x->count++] = id;
}

/* word NULL: every row there should be. */
static struct expected expected_of(struct world *w, const char *word, bool names)
{
    struct care *c = w->c;
    struct expected x = {.count = 0};
    for (size_t i = 0; i < w->count; i++) {
        struct message m = w->now[i];
        struct conversation story = w->stories[i];
        struct person p = w->people[i];
        if (names && (!word || has_word(c->arena, str_cstr(c->arena, p.name), word)))
            expect(&x, p.id);
        if (!names && !m.deleted_at && (!word || has_word(c->arena, str_cstr(c->arena, m.text), word)))
            expect(&x, m.id);
        if (!names && story.need.len && (!word || has_word(c->arena, str_cstr(c->arena, story.need), word)))
            expect(&x, story.id);
    }
    return x;
}

/* Span by span, as it is asked; step: how long a span may be. */
static size_t ids_of(struct care *c, struct search_match *match, int64_t *out, size_t most)
{
    int64_t oldest, newest;
    size_t n = 0;
    match->brand_id = c->brand;
    DO(c, search_range(tx, c->brand, match->kind, &oldest, &newest, &e));
    for (int64_t before = newest + 2, from; before > oldest; before = from) {
        struct search_ids found;
        DO(c, (from = search_span_start(tx, match, oldest, before), true) &&
                  search_find(tx, c->arena, match, from, before, 1000, &found, &e));
        assert_true(from < before);
        for (size_t i = 0; i < found.count; i++) {
            assert_true(n < most && found.ids[i] >= from && found.ids[i] < before);
            assert_true(n == 0 || found.ids[i] < out[n - 1]);
            out[n++] = found.ids[i];
        }
    }
    return n;
}

static void compare(struct world *w, const char *word, bool names)
{
    struct care *c = w->c;
    struct expected x = expected_of(w, word, names);
    struct search_term term = {.words = str_from(word ? word : "")};
    struct search_match match = {.kind = names ? "person" : NULL, .terms = &term, .term_count = word != NULL};
    int64_t ids[1000];
    match.step = (int)any(w, 3);
    size_t n = ids_of(c, &match, ids, COUNT_OF(ids));
    for (size_t i = 0; i < n; i++) {
        bool wanted = names; /* people who were merged away keep their rows */
        for (size_t k = 0; k < x.count; k++)
            wanted |= x.ids[k] == ids[i];
        if (!wanted)
            fail_msg("“%s”: %lld is in the index and should not be", word ? word : "*", (long long)ids[i]);
    }
    for (size_t k = 0; k < x.count; k++) {
        bool there = false;
        for (size_t i = 0; i < n; i++)
            there |= x.ids[k] == ids[i];
        if (!there)
            fail_msg("“%s”: %lld is not in the index", word ? word : "*", (long long)x.ids[k]);
    }
}

/* ---- page by page ---- */

/* Words, phrases, beginnings and several of them, as people write them, and what they mean one by one. */
struct question {
    const char *words;
    const char *whole[2];        /* folded; all of them */
    const char *phrase, *second; /* the one behind the other */
    const char *beginning;
};
static const struct question questions[] = {
    {"linea", {"linea"}, NULL, NULL, NULL},    {"assente", {"assente"}, NULL, NULL, NULL},
    {"mo*", {NULL}, NULL, NULL, "mo"},         {"zuc*", {NULL}, NULL, NULL, "zuc"},
    {"va mod*", {"va"}, NULL, NULL, "mod"},    {"non va", {"non", "va"}, NULL, NULL, NULL},
    {"\"non va\"", {NULL}, "non", "va", NULL}, {"\"caffè linea\" mo*", {NULL}, "caffe", "linea", "mo"},
};

static bool means(struct arena *a, const struct question *q, struct str text)
{
    struct str folded = text_fold(a, text), word, last = STR_EMPTY;
    bool whole[2] = {!q->whole[0], !q->whole[1]}, phrase = !q->phrase, beginning = !q->beginning;
    for (size_t i = 0; text_word_next(folded, &i, &word); last = word) {
        for (size_t k = 0; k < 2; k++)
            whole[k] |= q->whole[k] && str_eq(word, str_from(q->whole[k]));
        phrase |= q->phrase && str_eq(last, str_from(q->phrase)) && str_eq(word, str_from(q->second));
        beginning |= q->beginning && str_starts(word, str_from(q->beginning));
    }
    return whole[0] && whole[1] && phrase && beginning;
}

/* channel, person: 0 for any. */
static struct expected expected_pages(struct world *w, const struct question *q, const struct search_query *query)
{
    int64_t channel = query->channel, person = query->person;
    struct care *c = w->c;
    struct expected x = {.count = 0};
    for (size_t i = 0; i < w->count; i++) {
        struct message m = w->now[i];
        struct conversation story = w->stories[i];
        if (!m.deleted_at && means(c->arena, q, m.text) && (!channel || m.channel_id == channel) &&
            (!person || m.person_id == person) && m.id >= query->after)
            expect(&x, m.id);
        if (story.need.len && means(c->arena, q, story.need) && !channel && story.id >= query->after &&
            (!person || story.person_id == person))
            expect(&x, story.id);
    }
    return x;
}

/* Every page from where the one before said: nothing twice, nothing lost, and the end is the end. */
static void page_through(struct world *w, const struct question *q, struct search_query query)
{
    struct care *c = w->c;
    struct expected x = expected_pages(w, q, &query);
    size_t seen = 0;
    int64_t last = INT64_MAX;
    for (int page = 0;; page++) {
        struct search_found found;
        query.limit = 1 + (int)any(w, 9);
        DO(c, search_look(tx, c->arena, c->brand, &query, &found, &e));
        for (size_t i = 0; i < found.count; i++, seen++) {
            bool wanted = false;
            for (size_t k = 0; k < x.count; k++)
                wanted |= x.ids[k] == found.hits[i].id;
            if (!wanted || found.hits[i].id >= last)
                fail_msg("“%s”, page %d: %lld %s", q->words, page, (long long)found.hits[i].id,
                         wanted ? "comes twice, or too late" : "should not be found");
            last = found.hits[i].id;
        }
        if (found.until && found.count)
            assert_true(id_time(last) >= found.until);
        if (!found.next)
            break;
        assert_true(query.before == 0 || found.next < query.before);
        query.before = found.next;
    }
    if (seen != x.count)
        fail_msg("“%s” (time %lld, channel %lld, person %lld): %zu found of %zu", q->words, (long long)query.time_us,
                 (long long)query.channel, (long long)query.person, seen, x.count);
}

/* Some time in the life of a house; the seed may be given. */
static void live_on(struct world *w)
{
    const char *given = getenv("ASCOLTO_SEED");
    w->seed = given ? strtoull(given, NULL, 10) : w->seed;
    say(w);
    for (int i = 0; i < STEPS; i++)
        step(w);
    look_at_tables(w);
}

static void every_page_goes_on_from_the_last(void **state)
{
    struct world w = {.c = *state, .seed = 20261123};
    live_on(&w);
    for (size_t i = 0; i < COUNT_OF(questions); i++)
        for (int way = 0; way < 6; way++) {
            struct message m = w.now[any(&w, w.count)];
            struct search_query query = {.words = str_from(questions[i].words),
                                         .kind = "said",
                                         .channel = way % 3 == 1 ? m.channel_id : 0,
                                         .person = way % 3 == 2 ? m.person_id : 0,
                                         .time_us = way < 3 ? 0 : 1};
            if (query.time_us && *w.c->h->database) /* a page is 70 minutes there */
                query.after = id_at(w.c->clock - 2 * DAY_US);
            page_through(&w, &questions[i], query);
        }
}

static void the_index_is_what_the_tables_are(void **state)
{
    struct world w = {.c = *state, .seed = 20261122};
    live_on(&w);
    compare(&w, NULL, false);
    compare(&w, NULL, true);
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        compare(&w, asked[i], false);
        compare(&w, asked[i], true);
    }
}

/* The test can see: a row that stays behind is found. */
static void a_row_left_behind_is_seen(void **state)
{
    struct care *c = *state;
    struct world w = {.c = c, .seed = 1};
    say(&w);
    struct message ghost = message_now(c, w.messages[0]);
    ghost.id++;
    DO(c, search_message(tx, &ghost, &e));
    look_at_tables(&w);
    struct expected x = expected_of(&w, NULL, false);
    struct search_match match = {.kind = NULL};
    int64_t ids[10];
    assert_int_equal(ids_of(c, &match, ids, COUNT_OF(ids)), x.count + 1);
}

/* What a migration makes of the tables is what the program writes, to the letter: all of it can be taken away again.
 */
static const char *sqlite_part(struct care *c, struct str text)
{
    static const char from[] = "-- only: sqlite\n", to[] = "-- end";
    const char *all = str_cstr(c->arena, text), *begin = strstr(all, from);
    assert_non_null(begin);
    begin += strlen(from);
    const char *end = strstr(begin, to);
    assert_non_null(end);
    return str_cstr(c->arena, str_slice(str_from(begin), 0, (size_t)(end - begin)));
}

static bool everything_gone(struct tx *tx, struct world *w, struct error *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < w->count; i++) {
        const struct conversation *story = &w->stories[i];
        bool told = story->need.len == 0;
        for (size_t k = 0; k < i; k++)
            told |= w->stories[k].id == story->id;
        ok = (w->now[i].deleted_at || search_message_gone(tx, &w->now[i], e)) &&
             (told || search_need_gone(tx, story, e));
    }
    return ok;
}

static void the_migration_writes_the_same_rows(void **state)
{
    struct world w = {.c = *state, .seed = 20261124};
    struct care *c = w.c;
    if (*c->h->database)
        skip(); /* there the first table was never asked, and is left behind */
    live_on(&w);
    const char *text = sqlite_part(c, embed_get(STR("migrations/0014_search.sql")));
    DO(c, db_raw(tx, text, &e));
    compare(&w, NULL, false);
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        compare(&w, asked[i], false);
    DO(c, everything_gone(tx, &w, &e));
    const char *left = str_cstr(c->arena, str_format(c->arena,
                                                     "SELECT count(*) FROM search WHERE search MATCH "
                                                     "'\"%04x\" * OR scope : p * OR scope : d *'",
                                                     (unsigned)(c->brand % 65521)));
    assert_int_equal(number_of(c, left), 0);
}

int care_search_property_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(the_index_is_what_the_tables_are),
        CARE_TEST(a_row_left_behind_is_seen),
        CARE_TEST(every_page_goes_on_from_the_last),
        CARE_TEST(the_migration_writes_the_same_rows),
    };
    return cmocka_run_group_tests_name("care/search_property", tests, NULL, NULL);
}
