/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as rows, and what belongs to them: receipts, ids of networks, early events, threads, files. */
#include "../care/house_fixture.h"

int store_message_test(void);

static bool add(struct tx *tx, struct care *c, int64_t conversation, int64_t at, bool outbound, int64_t *id,
                struct error *e)
{
    struct message m = {.brand_id = c->brand,
                        .id = *id = id_new(),
                        .conversation_id = conversation,
                        .channel_id = 7,
                        .door = STR("whatsapp"),
                        .text = STR("parole"),
                        .outbound = outbound,
                        .at = at,
                        .place = outbound ? PLACE_NONE : PLACE_WAITING};
    return message_add(tx, &m, e);
}

static void a_row_comes_back_as_it_was(void **state)
{
    struct care *c = *state;
    struct message m = {.brand_id = c->brand,
                        .id = id_new(),
                        .conversation_id = 2,
                        .person_id = 3,
                        .channel_id = 4,
                        .thread_key = STR("post:1"),
                        .door = STR("comment"),
                        .is_public = true,
                        .outbound = true,
                        .agent_id = 5,
                        .external_id = STR("x"),
                        .parent_id = STR("p"),
                        .kind = STR("text"),
                        .text = STR("è 你 \xf0\x9f\x98\x80"),
                        .note = STR("n"),
                        .link = STR("l"),
                        .author_id = STR("a"),
                        .at = INT64_MAX,
                        .received_at = 7,
                        .place = PLACE_CLOSED,
                        .place_by = 8,
                        .day = 20261121,
                        .receipt = MESSAGE_READ,
                        .covers = 9,
                        .edited_at = 10,
                        .deleted_at = 11,
                        .attachments = 12,
                        .payload_id = 13};
    DO(c, message_add(tx, &m, &e));
    struct message r = message_now(c, m.id);
    assert_true(r.conversation_id == 2 && r.person_id == 3 && r.channel_id == 4 && r.agent_id == 5);
    assert_true(r.is_public && r.outbound && r.at == INT64_MAX && r.received_at == 7 && r.place == PLACE_CLOSED);
    assert_true(r.place_by == 8 && r.day == 20261121 && r.receipt == MESSAGE_READ && r.covers == 9);
    assert_true(r.edited_at == 10 && r.deleted_at == 11 && r.attachments == 12 && r.payload_id == 13);
    assert_str(r.text, "è 你 \xf0\x9f\x98\x80");
    assert_str(r.thread_key, "post:1");
    assert_str(r.author_id, "a");
    REFUSED(c, ERR_CONFLICT, message_add(tx, &m, &e)); /* an id is one message */
    REFUSED(c, ERR_NOT_FOUND, message_by_id(tx, c->arena, c->brand + 1, m.id, &r, &e));
}

static bool add_many(struct tx *tx, struct care *c, int64_t *ids, int n, struct error *e)
{
    for (int i = 0; i < n; i++)
        if (!add(tx, c, 9, 1000 + i / 3, false, &ids[i], e))
            return false;
    return true;
}

static void a_story_in_pages(void **state)
{
    struct care *c = *state;
    int64_t ids[40];
    DO(c, add_many(tx, c, ids, 40, &e));
    struct cursor cursor = {.limit = 7};
    int expected = 39;
    for (;;) {
        struct message *page;
        size_t n;
        DO(c, message_list(tx, c->arena, c->brand, 9, cursor, &page, &n, &e));
        for (size_t i = n; i-- > 0;)
            assert_int_equal(page[i].id, ids[expected--]);
        if (n < 7)
            break;
        cursor = (struct cursor){page[0].at, page[0].id, 7};
    }
    assert_int_equal(expected, -1);
}

static void what_waits(void **state)
{
    struct care *c = *state;
    int64_t one, two, three, reply;
    DO(c, add(tx, c, 9, 300, false, &one, &e) && add(tx, c, 9, 100, false, &two, &e) &&
              add(tx, c, 9, 200, false, &three, &e) && add(tx, c, 9, 400, true, &reply, &e));
    struct message *list, m;
    size_t n;
    DO(c, message_waiting(tx, c->arena, c->brand, 9, INT64_MAX, &list, &n, &e));
    assert_int_equal(n, 3);
    assert_int_equal(list[0].id, two); /* by time, not by id */
    DO(c, message_waiting(tx, c->arena, c->brand, 9, two, &list, &n, &e));
    assert_int_equal(n, 2);
    DO(c, message_longest_waiting(tx, c->arena, c->brand, &m, &e));
    assert_int_equal(m.id, two);
    DO(c, message_waiting_oldest(tx, c->arena, c->brand, 2, &list, &n, &e));
    assert_int_equal(n, 2);
    DO(c, message_set_place(tx, c->brand, two, PLACE_ANSWERED, 4, &e));
    DO(c, message_in_place(tx, c->arena, c->brand, 9, PLACE_ANSWERED, &list, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].place_by, 4);
    DO(c, message_newest(tx, c->arena, c->brand, 9, &m, &e));
    assert_int_equal(m.id, reply);
    DO(c, message_newest_in(tx, c->arena, c->brand, 9, &m, &e));
    assert_int_equal(m.id, one);
    DO(c, message_last_in(tx, c->arena, c->brand, 9, 7, STR("whatsapp"), &m, &e));
    assert_int_equal(m.id, one);
    REFUSED(c, ERR_NOT_FOUND, message_last_in(tx, c->arena, c->brand, 9, 7, STR("comment"), &m, &e));
}

static void a_receipt_only_steps_forward(void **state)
{
    struct care *c = *state;
    int64_t id, theirs, changed;
    DO(c, add(tx, c, 9, 100, true, &id, &e) && add(tx, c, 9, 100, false, &theirs, &e));
    DO(c, message_set_failed(tx, c->brand, id, true, &e));
    assert_int_equal(message_now(c, id).receipt, MESSAGE_FAILED);
    DO(c, message_set_failed(tx, c->brand, id, false, &e));
    DO(c, message_set_accepted(tx, c->brand, id, STR("w1"), 150, &e));
    DO(c, message_set_failed(tx, c->brand, id, true, &e));
    assert_int_equal(message_now(c, id).receipt, MESSAGE_ACCEPTED);
    DO(c, message_set_accepted(tx, c->brand, id, STR("w2"), 160, &e));
    assert_str(message_now(c, id).external_id, "w1");
    DO(c, message_receipts_upto(tx, c->brand, 9, 7, 149, MESSAGE_READ, &changed, &e));
    assert_int_equal(changed, 0);
    DO(c, message_receipts_upto(tx, c->brand, 9, 7, 150, MESSAGE_DELIVERED, &changed, &e));
    assert_int_equal(changed, 1);
    DO(c, message_set_undelivered(tx, c->brand, id, &e)); /* delivered is delivered */
    assert_int_equal(message_now(c, id).receipt, MESSAGE_DELIVERED);
    DO(c, message_set_receipt(tx, c->brand, id, MESSAGE_READ, &e));
    DO(c, message_set_receipt(tx, c->brand, id, MESSAGE_DELIVERED, &e));
    assert_int_equal(message_now(c, id).receipt, MESSAGE_READ);
    REFUSED(c, ERR_CONFLICT, message_delete_queued(tx, c->brand, id, &e));
    REFUSED(c, ERR_CONFLICT, message_delete_queued(tx, c->brand, theirs, &e)); /* never one of theirs */
}

static void our_last_word_but_one(void **state)
{
    struct care *c = *state;
    int64_t one, two, covered;
    struct message m;
    DO(c, add(tx, c, 9, 100, true, &one, &e) && add(tx, c, 9, 200, true, &two, &e));
    REFUSED(c, ERR_NOT_FOUND, message_last_out(tx, c->arena, c->brand, 9, 0, &m, &e)); /* none was accepted */
    tamper(c, "UPDATE message SET receipt = 2, covers = at");
    DO(c, message_last_out(tx, c->arena, c->brand, 9, 0, &m, &e));
    assert_int_equal(m.id, two);
    DO(c, message_last_out(tx, c->arena, c->brand, 9, two, &m, &e));
    assert_int_equal(m.id, one);
    DO(c, message_covered(tx, c->brand, 9, two, &covered, &e));
    assert_int_equal(covered, 100);
    DO(c, message_covered(tx, c->brand, 10, 0, &covered, &e));
    assert_int_equal(covered, 0);
}

static void ids_of_networks(void **state)
{
    struct care *c = *state;
    int64_t id;
    bool fresh;
    const uint64_t high = UINT64_C(0xfffffffffffffff0); /* hashes use all their bits */
    DO(c, dedup_find(tx, c->brand, high, &id, &e));
    assert_int_equal(id, 0);
    DO(c, dedup_add(tx, c->brand, high, 5, &fresh, &e));
    assert_true(fresh);
    DO(c, dedup_add(tx, c->brand, high, 6, &fresh, &e));
    assert_false(fresh);
    DO(c, dedup_find(tx, c->brand, high, &id, &e));
    assert_int_equal(id, 5);
    DO(c, dedup_set(tx, c->brand, high, -1, &e));
    DO(c, dedup_find(tx, c->brand, high, &id, &e));
    assert_int_equal(id, -1);
    DO(c, dedup_find(tx, c->brand + 1, high, &id, &e));
    assert_int_equal(id, 0);
}

static void early_ones_are_taken_once_in_order(void **state)
{
    struct care *c = *state;
    for (int i = 0; i < 3; i++) {
        struct early early = {.brand_id = c->brand,
                              .channel_id = 7,
                              .external_id = STR("m"),
                              .id = 100 - i,
                              .kind = (enum early_kind)i,
                              .receipt = i,
                              .at = i};
        DO(c, early_add(tx, &early, &e));
    }
    struct early *list;
    size_t n;
    DO(c, early_take(tx, c->arena, c->brand, 8, STR("m"), &list, &n, &e));
    assert_int_equal(n, 0);
    DO(c, early_take(tx, c->arena, c->brand, 7, STR("m"), &list, &n, &e));
    assert_int_equal(n, 3);
    assert_int_equal(list[0].kind, EARLY_RECEIPT);
    assert_int_equal(list[2].kind, EARLY_EDIT);
    DO(c, early_take(tx, c->arena, c->brand, 7, STR("m"), &list, &n, &e));
    assert_int_equal(n, 0);
}

static void early_reactions_are_taken_by_themselves(void **state)
{
    struct care *c = *state;
    struct early early = {.brand_id = c->brand,
                          .channel_id = 7,
                          .external_id = STR("m"),
                          .id = 1,
                          .kind = EARLY_REACTION,
                          .text = STR("ada♥"),
                          .receipt = 3},
                 *list;
    size_t n;
    int64_t kept;
    DO(c, early_add(tx, &early, &e));
    DO(c, early_take(tx, c->arena, c->brand, 7, STR("m"), &list, &n, &e)); /* a receipt is taken, and this stays */
    assert_int_equal(n, 0);
    DO(c, early_count(tx, c->brand, 7, STR("m"), &kept, &e));
    assert_int_equal(kept, 1);
    DO(c, early_take_kinds(tx, c->arena, c->brand, 7, STR("m"), EARLY_REACTION, EARLY_REACTION, &list, &n, &e));
    assert_int_equal(n, 1);
    assert_str(list[0].text, "ada♥");
    assert_int_equal(list[0].receipt, 3);
    DO(c, early_count(tx, c->brand, 7, STR("m"), &kept, &e));
    assert_int_equal(kept, 0);
}

static void a_thread_keeps_what_it_knows(void **state)
{
    struct care *c = *state;
    struct str title, link;
    DO(c, thread_put(tx, c->brand, 7, STR("post:1"), STR("Titolo"), STR_EMPTY, 5, &e));
    DO(c, thread_put(tx, c->brand, 7, STR("post:1"), STR_EMPTY, STR("https://x"), 6, &e));
    DO(c, thread_get(tx, c->arena, c->brand, 7, STR("post:1"), &title, &link, &e));
    assert_str(title, "Titolo");
    assert_str(link, "https://x");
    DO(c, thread_get(tx, c->arena, c->brand, 8, STR("post:1"), &title, &link, &e));
    assert_str(title, "");
}

static bool file_add(struct tx *tx, struct care *c, int64_t message, struct error *e)
{
    struct attachment file = {
        .brand_id = c->brand, .id = id_new(), .message_id = message, .hash = STR("h"), .state = STR("stored")};
    return attachment_add(tx, &file, e) && blob_put(tx, c->brand, STR("h"), STR("image/png"), STR("\0\1"), e);
}

static void bytes_live_as_long_as_somebody_shows_them(void **state)
{
    struct care *c = *state;
    struct str mime, bytes;
    DO(c, file_add(tx, c, 1, &e) && file_add(tx, c, 2, &e));
    DO(c, attachment_remove_of(tx, c->brand, 1, &e));
    DO(c, blob_get(tx, c->arena, c->brand, STR("h"), &mime, &bytes, &e));
    assert_int_equal(bytes.len, 2);
    DO(c, attachment_remove_of(tx, c->brand, 2, &e));
    REFUSED(c, ERR_NOT_FOUND, blob_get(tx, c->arena, c->brand, STR("h"), &mime, &bytes, &e));
}

/* A channel with a backlog does not hide another's, and one that is busy says nothing. */
static void of_each_channel_the_first_is_due(void **state)
{
    struct care *c = *state;
    int64_t full = c->whatsapp.row.id, other = c->facebook.row.id;
    struct attachment *files;
    struct nameless *names;
    size_t count;
    for (int i = 0; i < 40; i++) {
        struct attachment file = {.brand_id = c->brand,
                                  .id = id_new(),
                                  .message_id = 1,
                                  .state = STR("pending"),
                                  .next_at = i < 30 ? 100 : 200,
                                  .channel_id = full};
        struct nameless who = {.network = STR("whatsapp"),
                               .external_id = str_format(c->arena, "%d", i),
                               .channel_id = full,
                               .next_at = i < 30 ? 100 : 200};
        DO(c, attachment_add(tx, &file, &e) && nameless_put(tx, c->brand, &who, &e));
    }
    struct attachment late = {
        .brand_id = c->brand, .id = id_new(), .state = STR("pending"), .next_at = 300, .channel_id = other};
    struct nameless last = {.network = STR("facebook"), .external_id = STR("x"), .channel_id = other, .next_at = 300};
    DO(c, attachment_add(tx, &late, &e) && nameless_put(tx, c->brand, &last, &e));

    DO(c, attachment_due(tx, c->arena, c->brand, 99, NULL, 0, &files, &count, &e));
    assert_int_equal(count, 0);
    DO(c, attachment_due(tx, c->arena, c->brand, 1000, NULL, 0, &files, &count, &e));
    assert_int_equal(count, 16);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(files[i].next_at, files[i].channel_id == full ? 100 : 300);
    DO(c, attachment_due(tx, c->arena, c->brand, 1000, &full, 1, &files, &count, &e));
    assert_int_equal(count, 1);
    assert_int_equal(files[0].id, late.id);
    DO(c, nameless_due(tx, c->arena, c->brand, 1000, NULL, 0, &names, &count, &e));
    assert_int_equal(count, 20);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(names[i].next_at, names[i].channel_id == full ? 100 : 300);
    DO(c, nameless_due(tx, c->arena, c->brand, 1000, &full, 1, &names, &count, &e));
    assert_int_equal(count, 1);
    assert_str(names[0].external_id, "x");
    DO(c, nameless_due(tx, c->arena, c->brand, 299, &full, 1, &names, &count, &e));
    assert_int_equal(count, 0);
}

int store_message_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(a_row_comes_back_as_it_was),
        CARE_TEST(of_each_channel_the_first_is_due),
        CARE_TEST(a_story_in_pages),
        CARE_TEST(what_waits),
        CARE_TEST(a_receipt_only_steps_forward),
        CARE_TEST(our_last_word_but_one),
        CARE_TEST(ids_of_networks),
        CARE_TEST(early_ones_are_taken_once_in_order),
        CARE_TEST(early_reactions_are_taken_by_themselves),
        CARE_TEST(a_thread_keeps_what_it_knows),
        CARE_TEST(bytes_live_as_long_as_somebody_shows_them),
    };
    return cmocka_run_group_tests_name("store/message", tests, NULL, NULL);
}
