/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations as rows: pages of lists, filters, the tally, labels, drafts, entries. */
#include "../care/house_fixture.h"

int store_conversation_test(void);

static bool rows_add(struct tx *tx, struct care *c, int n, struct error *e)
{
    for (int i = 0; i < n; i++) {
        struct conversation s = {.brand_id = c->brand,
                                 .id = id_new(),
                                 .person_id = 100 + i % 3,
                                 .state = (enum conversation_state)(i % CONVERSATION_STATES),
                                 .owner_id = i % 4,
                                 .priority = (enum priority)(i % PRIORITIES),
                                 .rank_at = 1000 + i * 37 % 11, /* many equal ones */
                                 .last_at = 5000 + i * 53 % 13,
                                 .channel_id = 7 + i % 2,
                                 .failed = i % 6 == 0};
        if (!conversation_add(tx, &s, e))
            return false;
    }
    return true;
}

static bool fits(const struct conversation *s, const struct conversation_filter *f)
{
    return (f->state < 0 || (int)s->state == f->state) && (f->owner < 0 || s->owner_id == f->owner) &&
           (!f->person || s->person_id == f->person) && (!f->channel || s->channel_id == f->channel) &&
           (f->priority < 0 || (int)s->priority == f->priority) && (!f->failed || s->failed);
}

/* Walks all pages: each row that fits comes once, in order, whatever the size of a page. */
static size_t walk(struct care *c, struct conversation_filter filter, int limit)
{
    struct cursor cursor = {.limit = limit};
    size_t seen = 0;
    bool more = true;
    int64_t before = filter.by_rank ? INT64_MIN : INT64_MAX, before_id = before;
    while (more) {
        struct conversation *list;
        size_t n;
        DO(c, conversation_list(tx, c->arena, c->brand, &filter, cursor, &list, &n, &more, &e));
        assert_true(n <= (size_t)limit);
        assert_true(!more || n == (size_t)limit);
        for (size_t i = 0; i < n; i++) {
            int64_t at = filter.by_rank ? list[i].rank_at : list[i].last_at;
            assert_true(fits(&list[i], &filter));
            if (filter.by_rank)
                assert_true(at > before || (at == before && list[i].id > before_id));
            else if (!filter.label)
                assert_true(at < before || (at == before && list[i].id < before_id));
            before = at;
            before_id = list[i].id;
        }
        seen += n;
        if (n)
            cursor = (struct cursor){before, before_id, limit};
    }
    return seen;
}

static void pages_are_whole(void **state)
{
    struct care *c = *state;
    const int n = 173;
    DO(c, rows_add(tx, c, n, &e));
    struct conversation *all;
    size_t count;
    bool more;
    struct conversation_filter any = {.state = -1, .owner = -1, .priority = -1};
    DO(c, conversation_list(tx, c->arena, c->brand, &any, (struct cursor){.limit = 1000}, &all, &count, &more, &e));
    assert_int_equal(count, n);
    const struct conversation_filter filters[] = {
        any,
        {.state = 2, .owner = -1, .priority = -1},
        {.state = -1, .owner = 0, .priority = -1},
        {.state = -1, .owner = -1, .priority = 3},
        {.state = -1, .owner = -1, .priority = -1, .person = 101},
        {.state = 1, .owner = -1, .priority = -1, .person = 101},
        {.state = -1, .owner = -1, .priority = -1, .channel = 8},
        {.state = -1, .owner = -1, .priority = -1, .failed = true},
        {.by_rank = true, .state = 0, .owner = -1, .priority = -1},
        {.by_rank = true, .state = 3, .owner = 1, .priority = -1},
        {.by_rank = true, .state = 0, .owner = -1, .priority = -1, .failed = true},
    };
    for (size_t f = 0; f < COUNT_OF(filters); f++) {
        size_t expected = 0;
        for (size_t i = 0; i < count; i++)
            expected += fits(&all[i], &filters[f]);
        static const int limits[] = {1, 7, 50, 500};
        for (size_t l = 0; l < COUNT_OF(limits); l++)
            assert_int_equal(walk(c, filters[f], limits[l]), expected);
    }
}

/* Of both lists each page is the same, and a row tells what a whole conversation does, as far as it tells. */
static void rows_agree(struct care *c, struct conversation_filter filter, int limit)
{
    struct cursor cursor = {.limit = limit};
    bool more = true, also = false;
    while (more) {
        struct conversation *list;
        struct conversation_row *rows;
        size_t n, m;
        DO(c, conversation_list(tx, c->arena, c->brand, &filter, cursor, &list, &n, &more, &e) &&
                  conversation_rows(tx, c->arena, c->brand, &filter, cursor, &rows, &m, &also, &e));
        assert_int_equal(n, m);
        assert_int_equal(more, also);
        for (size_t i = 0; i < n; i++) {
            const struct conversation *a = &list[i], *b = &rows[i].c;
            assert_true(a->id == b->id && a->brand_id == b->brand_id && a->person_id == b->person_id);
            assert_true(a->state == b->state && a->owner_id == b->owner_id && a->priority == b->priority);
            assert_true(a->waiting == b->waiting && a->waiting_since == b->waiting_since);
            assert_true(a->window_until == b->window_until && a->promise_due == b->promise_due);
            assert_true(a->rank_at == b->rank_at && a->last_at == b->last_at && a->last_out_at == b->last_out_at);
            assert_true(a->channel_id == b->channel_id && a->returns == b->returns && a->failed == b->failed);
            assert_true(a->snooze_until == b->snooze_until && a->closed_by == b->closed_by);
            assert_true(str_eq(a->door, b->door) && str_eq(a->preview, b->preview));
            assert_true(str_eq(a->language, b->language) && str_eq(a->mood, b->mood));
            assert_true(str_eq(rows[i].name, str_format(c->arena, "Person %lld", (long long)b->person_id)));
            assert_true(str_eq(rows[i].name_language, STR("it")));
            cursor = (struct cursor){filter.by_rank ? a->rank_at : a->last_at, a->id, limit};
        }
    }
}

static void rows_are_the_list(void **state)
{
    struct care *c = *state;
    int64_t label = id_new();
    DO(c, rows_add(tx, c, 173, &e) && label_add(tx, c->brand, label, STR("guasto"), 10, &e));
    for (int64_t id = 100; id < 103; id++) {
        struct person person = {.brand_id = c->brand,
                                .id = id,
                                .name = str_format(c->arena, "Person %lld", (long long)id),
                                .language = STR("it")};
        DO(c, person_add(tx, &person, &e));
    }
    struct conversation_filter any = {.state = -1, .owner = -1, .priority = -1};
    struct conversation *all;
    size_t count;
    bool more;
    DO(c, conversation_list(tx, c->arena, c->brand, &any, (struct cursor){.limit = 500}, &all, &count, &more, &e));
    for (size_t i = 0; i < count; i++) {
        struct conversation full = all[i];
        full.waiting = (int64_t)i;
        full.waiting_since = (int64_t)i + 1;
        full.window_until = (int64_t)i + 2;
        full.promise_due = (int64_t)i + 3;
        full.last_out_at = (int64_t)i + 4;
        full.returns = (int64_t)i % 5;
        full.closed_by = (int64_t)i + 6;
        full.door = STR("messenger");
        full.preview = str_format(c->arena, "word %zu", i);
        full.language = STR("fr");
        full.mood = i % 2 ? STR("angry") : STR("");
        DO(c, conversation_update(tx, &full, &e) &&
                  (i % 3 || conversation_label_set(tx, c->brand, full.id, label, true, &e)));
    }
    const struct conversation_filter filters[] = {
        any,
        {.state = 2, .owner = -1, .priority = -1},
        {.state = -1, .owner = 0, .priority = 1},
        {.state = -1, .owner = -1, .priority = -1, .channel = 8, .failed = true},
        {.by_rank = true, .state = 0, .owner = -1, .priority = -1},
        {.by_rank = true, .state = 3, .owner = 1, .priority = -1},
        {.by_rank = true, .state = 0, .owner = -1, .priority = -1, .failed = true},
        {.state = 4, .owner = 99, .priority = -1}, /* none */
    };
    for (size_t f = 0; f < COUNT_OF(filters); f++) {
        rows_agree(c, filters[f], 7);
        rows_agree(c, filters[f], 64);
        rows_agree(c, filters[f], 65);
    }
    any.label = label;
    rows_agree(c, any, 100); /* a cursor of a label's list is not one of both */
}

static void labels_narrow_too(void **state)
{
    struct care *c = *state;
    int64_t label = id_new(), found;
    DO(c, rows_add(tx, c, 60, &e) && label_add(tx, c->brand, label, STR("guasto"), 10, &e));
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1};
    struct conversation *all;
    size_t count;
    bool more;
    DO(c, conversation_list(tx, c->arena, c->brand, &filter, (struct cursor){.limit = 100}, &all, &count, &more, &e));
    for (size_t i = 0; i < count; i += 3)
        DO(c, conversation_label_set(tx, c->brand, all[i].id, label, true, &e));
    filter.label = label;
    assert_int_equal(walk(c, filter, 4), 20);
    filter.by_rank = true;
    filter.state = 0;
    size_t expected = 0;
    for (size_t i = 0; i < count; i += 3)
        expected += all[i].state == CONVERSATION_WAITING;
    assert_int_equal(walk(c, filter, 4), expected);
    DO(c, label_remove(tx, c->brand, label, 5, &e));
    DO(c, label_find(tx, c->brand, STR("guasto"), &found, &e));
    assert_int_equal(found, 0);
    REFUSED(c, ERR_NOT_FOUND, label_remove(tx, c->brand, 99, 5, &e));
    DO(c, label_add(tx, c->brand, id_new(), STR("guasto"), 11, &e)); /* comes back under its old id */
    DO(c, label_find(tx, c->brand, STR("guasto"), &found, &e));
    assert_int_equal(found, label);
}

static void labels_are_renamed(void **state)
{
    struct care *c = *state;
    int64_t fault = id_new(), bill = id_new(), found;
    DO(c,
       label_add(tx, c->brand, fault, STR("guasto"), 10, &e) && label_add(tx, c->brand, bill, STR("conto"), 20, &e));
    DO(c, label_rename(tx, c->brand, fault, STR("linea"), &e));
    DO(c, label_find(tx, c->brand, STR("linea"), &found, &e));
    assert_int_equal(found, fault);
    DO(c, label_remove(tx, c->brand, fault, 5, &e));
    REFUSED(c, ERR_NOT_FOUND, label_rename(tx, c->brand, fault, STR("fibra"), &e));
    DO(c, label_rename(tx, c->brand, bill, STR("linea"), &e)); /* what was removed keeps no name from it */
    DO(c, label_find(tx, c->brand, STR("linea"), &found, &e));
    assert_int_equal(found, bill);
}

static void the_tally_is_the_count(void **state)
{
    struct care *c = *state;
    DO(c, rows_add(tx, c, 80, &e));
    uint64_t seed = 3;
    for (int turn = 0; turn < 60; turn++) {
        struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1};
        struct conversation *all;
        size_t count;
        bool more;
        DO(c, conversation_list(tx, c->arena, c->brand, &filter, (struct cursor){.limit = 100}, &all, &count, &more,
                                &e));
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        struct conversation s = all[(seed >> 33) % count];
        s.state = (enum conversation_state)((seed >> 40) % CONVERSATION_STATES);
        s.owner_id = (int64_t)((seed >> 50) % 5);
        DO(c, conversation_update(tx, &s, &e));
    }
    for (int st = 0; st < CONVERSATION_STATES; st++)
        for (int64_t owner = -1; owner < 5; owner++) {
            char sql[160];
            int64_t n;
            snprintf(sql, sizeof sql,
                     "SELECT count(*) FROM conversation WHERE state = %d AND (%lld < 0 OR owner_id = %lld)", st,
                     (long long)owner, (long long)owner);
            DO(c, tally_get(tx, c->brand, owner, (enum conversation_state)st, &n, &e));
            assert_int_equal(n, number_of(c, sql));
        }
    struct conversation none = {.brand_id = c->brand, .id = 1};
    REFUSED(c, ERR_NOT_FOUND, conversation_update(tx, &none, &e));
}

/* What is rolled back leaves the tally as it was. */
static void a_refused_command_does_not_count(void **state)
{
    struct care *c = *state;
    int64_t n;
    struct conversation s = {.brand_id = c->brand, .id = id_new()};
    REFUSED(c, ERR_CONFLICT, conversation_add(tx, &s, &e) && (fail)(&e, ERR_CONFLICT, "no"));
    DO(c, tally_get(tx, c->brand, -1, CONVERSATION_WAITING, &n, &e));
    assert_int_equal(n, 0);
}

static void by_ids_and_names(void **state)
{
    struct care *c = *state;
    DO(c, rows_add(tx, c, 9, &e));
    struct conversation_filter any = {.state = -1, .owner = -1, .priority = -1};
    struct conversation *all, *some;
    size_t count, n;
    bool more;
    DO(c, conversation_list(tx, c->arena, c->brand, &any, (struct cursor){.limit = 100}, &all, &count, &more, &e));
    int64_t ids[] = {all[0].id, 42, all[3].id, all[3].id};
    DO(c, conversation_by_ids(tx, c->arena, c->brand, ids, COUNT_OF(ids), &some, &n, &e));
    assert_int_equal(n, 2);
    DO(c, conversation_by_ids(tx, c->arena, c->brand, ids, 0, &some, &n, &e));
    assert_int_equal(n, 0);
    for (int s = 0; s < CONVERSATION_STATES; s++)
        assert_int_equal(conversation_state_from(str_from(conversation_state_name((enum conversation_state)s))), s);
    assert_int_equal(conversation_state_from(STR("gone")), CONVERSATION_STATES);
    for (int p = 0; p < PRIORITIES; p++)
        assert_int_equal(priority_from(str_from(priority_name((enum priority)p))), p);
    assert_int_equal(priority_from(STR("")), PRIORITIES);
}

static unsigned parts_of(struct care *c, int64_t id, struct person *with)
{
    struct conversation s;
    unsigned has;
    DO(c, conversation_with(tx, c->arena, c->brand, id, &s, with, &has, &e));
    assert_int_equal(s.id, id);
    return has;
}

/* Each list of a story is asked for as soon as it has a row, and the person comes with it. */
static void a_story_says_which_lists_it_has(void **state)
{
    struct care *c = *state;
    int64_t id = id_new(), person = id_new(), label = id_new();
    struct person with, ada = {.brand_id = c->brand, .id = person, .name = STR("Ada"), .note = STR("sorda")};
    struct conversation s = {.brand_id = c->brand, .id = id, .person_id = person, .preview = STR("Ciao")};
    struct draft draft = {.brand_id = c->brand, .conversation_id = id, .kind = STR("reply"), .text = STR("uno")};
    struct entry note = {.brand_id = c->brand, .conversation_id = id, .id = id_new(), .kind = STR("note")};
    unsigned has;
    DO(c, person_add(tx, &ada, &e) && conversation_add(tx, &s, &e));
    assert_int_equal(parts_of(c, id, &with), 0);
    assert_int_equal(with.id, person);
    assert_true(str_eq(with.name, STR("Ada")) && str_eq(with.note, STR("sorda")));
    DO(c, draft_put(tx, &draft, &e));
    assert_int_equal(parts_of(c, id, &with), STORY_DRAFTS);
    DO(c, entry_add(tx, &note, &e));
    DO(c, label_add(tx, c->brand, label, STR("Resi"), 10, &e));
    DO(c, conversation_label_set(tx, c->brand, id, label, true, &e));
    assert_int_equal(parts_of(c, id, &with), STORY_DRAFTS | STORY_ENTRIES | STORY_LABELS);
    assert_int_equal(with.brand_id, c->brand);
    assert_int_equal(with.merged_into, 0);
    s.id = id_new(), s.person_id = id_new(); /* somebody else's */
    DO(c, conversation_add(tx, &s, &e));
    assert_int_equal(parts_of(c, id, &with) & STORY_OTHERS, 0);
    s.id = id_new(), s.person_id = person;
    DO(c, conversation_add(tx, &s, &e));
    assert_int_equal(parts_of(c, id, &with) & STORY_OTHERS, STORY_OTHERS);
    assert_int_equal(parts_of(c, s.id, &with), STORY_OTHERS);
    REFUSED(c, ERR_NOT_FOUND, conversation_with(tx, c->arena, c->brand, 1, &s, &with, &has, &e));
}

static void drafts_are_one_of_each_kind(void **state)
{
    struct care *c = *state;
    struct draft *list,
        draft = {.brand_id = c->brand, .conversation_id = 5, .agent_id = 1, .kind = STR("reply"), .text = STR("uno")};
    size_t n;
    DO(c, draft_put(tx, &draft, &e));
    draft.text = STR("due");
    DO(c, draft_put(tx, &draft, &e));
    draft.agent_id = 0; /* prepared for whoever answers */
    draft.by_token = 3;
    draft.text = STR("tre");
    DO(c, draft_put(tx, &draft, &e));
    draft.agent_id = 2;
    DO(c, draft_put(tx, &draft, &e));
    DO(c, draft_list(tx, c->arena, c->brand, 5, 1, &list, &n, &e));
    assert_int_equal(n, 2);
    assert_str(list[0].text, "due");
    assert_str(list[1].text, "tre");
    DO(c, draft_delete(tx, c->brand, 5, 1, STR("reply"), &e));
    DO(c, draft_list(tx, c->arena, c->brand, 5, 1, &list, &n, &e));
    assert_int_equal(n, 1);
}

static void mentions_are_seen_once(void **state)
{
    struct care *c = *state;
    int64_t id = message_now(c, hear(c, "Anna", "Ciao")).conversation_id;
    struct json *list = NULL;
    DO(c, mention_add(tx, c->brand, 1, 10, id, 2, 5, &e) && mention_add(tx, c->brand, 1, 10, id, 2, 5, &e));
    DO(c, (list = mention_list(tx, c->arena, c->brand, 1, &e)) != NULL);
    assert_int_equal(json_count(list), 1);
    assert_str(json_text(json_get(json_at(list, 0), "person")), "Anna");
    DO(c, mention_seen(tx, c->brand, 1, id, 9, &e));
    DO(c, (list = mention_list(tx, c->arena, c->brand, 1, &e)) != NULL);
    assert_int_equal(json_count(list), 0);
}

int store_conversation_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(pages_are_whole),        CARE_TEST(rows_are_the_list),
        CARE_TEST(labels_narrow_too),      CARE_TEST(labels_are_renamed),
        CARE_TEST(the_tally_is_the_count), CARE_TEST(a_refused_command_does_not_count),
        CARE_TEST(by_ids_and_names),       CARE_TEST(a_story_says_which_lists_it_has),
        CARE_TEST(by_ids_and_names),       CARE_TEST(drafts_are_one_of_each_kind),
        CARE_TEST(mentions_are_seen_once),
    };
    return cmocka_run_group_tests_name("store/conversation", tests, NULL, NULL);
}
