/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever happens to messages, needs and people (said, edited, withdrawn, renamed, merged, taken apart again): the
 * index holds exactly what the tables hold, on each engine. The other side is told word by word from the tables. */
#include "house_fixture.h"

#include "base/unicode.h"
#include "store/search.h"

int care_search_property_test(void);

enum { STEPS = 120, PEOPLE = 6, MESSAGES_MAX = 200 };

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
    switch (any(w, 8)) {
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
        struct message m = message_now(c, w->messages[i]);
        struct conversation story = conversation_now(c, m.conversation_id);
        struct person p;
        DO(c, person_by_id(tx, c->arena, c->brand, m.person_id, &p, &e));
        if (names && (!word || has_word(c->arena, str_cstr(c->arena, p.name), word)))
            expect(&x, p.id);
        if (!names && !m.deleted_at && (!word || has_word(c->arena, str_cstr(c->arena, m.text), word)))
            expect(&x, m.id);
        if (!names && story.need.len && (!word || has_word(c->arena, str_cstr(c->arena, story.need), word)))
            expect(&x, story.id);
    }
    return x;
}

static void compare(struct world *w, const char *word, bool names)
{
    struct care *c = w->c;
    struct expected x = expected_of(w, word, names);
    struct search_term term = {.words = str_from(word ? word : "")};
    struct search_match match = {
        .brand_id = c->brand, .kind = names ? "person" : NULL, .terms = &term, .term_count = word != NULL};
    int64_t *ids;
    size_t n;
    DO(c, search_find(tx, c->arena, &match, 0, INT64_MAX, 1000, &ids, &n, &e));
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

static void the_index_is_what_the_tables_are(void **state)
{
    struct world w = {.c = *state, .seed = 20261122};
    const char *given = getenv("ASCOLTO_SEED");
    w.seed = given ? strtoull(given, NULL, 10) : w.seed;
    say(&w);
    for (int i = 0; i < STEPS; i++)
        step(&w);
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
    struct expected x = expected_of(&w, NULL, false);
    struct search_match match = {.brand_id = c->brand};
    int64_t *ids;
    size_t n;
    DO(c, search_find(tx, c->arena, &match, 0, INT64_MAX, 1000, &ids, &n, &e));
    assert_int_equal(n, x.count + 1);
}

int care_search_property_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(the_index_is_what_the_tables_are),
        CARE_TEST(a_row_left_behind_is_seen),
    };
    return cmocka_run_group_tests_name("care/search_property", tests, NULL, NULL);
}
