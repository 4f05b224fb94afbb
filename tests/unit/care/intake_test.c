/* SPDX-License-Identifier: Apache-2.0 */
/* The way in: every kind of event, in order and out of order, once and often. */
#include "house_fixture.h"

#include "store/shelf.h"

int care_intake_test(void);

/* ---- messages ---- */

static void a_message_finds_person_conversation_and_place(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_direct(c, "393331", "Buongiorno, il router non si accende");
    event.author.name = STR("Giulia Conti");
    event.author.phone = STR("393331");
    struct taken taken = take(c, &c->whatsapp, event);
    assert_int_equal(taken.fresh, 1);
    struct message m = message_now(c, taken.message);
    assert_int_equal(m.place, PLACE_WAITING);
    assert_true(m.at == event.at);
    assert_int_equal(m.payload_id, taken.payload);
    assert_false(m.outbound);
    assert_str(m.author_id, "393331");
    struct conversation s = conversation_now(c, m.conversation_id);
    assert_int_equal(s.state, CONVERSATION_WAITING);
    assert_int_equal(s.waiting, 1);
    assert_true(s.waiting_since == event.at);
    assert_true(s.window_until == event.at + 24 * HOUR_US);
    assert_str(s.preview, "Buongiorno, il router non si accende");
    struct person p;
    DO(c, person_by_id(tx, c->arena, c->brand, m.person_id, &p, &e));
    assert_str(p.name, "Giulia Conti");
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'message.received'"), 1);
    house_is_sound(c);
}

static void the_same_message_is_taken_once(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_direct(c, "393331", "Pronto?");
    struct taken first = take(c, &c->whatsapp, event);
    for (int i = 0; i < 3; i++) {
        struct taken again = take(c, &c->whatsapp, event);
        assert_int_equal(again.fresh, 0);
        assert_int_equal(again.duplicates, 1);
        assert_int_equal(again.message, first.message);
    }
    struct channel_event twice[2] = {event_direct(c, "393331", "Due volte"), {0}};
    twice[1] = twice[0];
    struct taken both = {0};
    DO(c, take_one(tx, c, &c->whatsapp, twice, 2, &both, &e));
    assert_int_equal(both.fresh, 1);
    assert_int_equal(both.duplicates, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 2);
    assert_int_equal(number_of(c, "SELECT count(*) FROM payload"), 2);
    house_is_sound(c);
}

static void the_same_id_on_another_channel_is_another_message(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_direct(c, "77", "Ciao");
    take(c, &c->whatsapp, event);
    event.door = STR("messenger");
    assert_int_equal(take(c, &c->facebook, event).fresh, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM person"), 3); /* and the fixture's own */
}

static void a_whole_second_is_finer_when_it_is_now(void **state)
{
    struct care *c = *state;
    struct channel_event now = event_direct(c, "1", "Adesso"), old = event_direct(c, "1", "Prima");
    struct channel_event before_all = event_direct(c, "1", "Nel 1970");
    struct channel_event mad = event_direct(c, "1", "Fra cent'anni"), none = event_direct(c, "1", "Quando?");
    now.at = clock_now() / SECOND_US * SECOND_US;
    old.at = (clock_now() - HOUR_US) / SECOND_US * SECOND_US;
    mad.at = clock_now() + 36500 * DAY_US;
    none.at = 0;
    before_all.at = 20 * DAY_US; /* when no network was: nobody has waited since */
    int64_t before = clock_now();
    struct message m = message_now(c, take(c, &c->whatsapp, now).message);
    assert_true(m.at >= before || m.at == now.at + 0); /* the second may have ended meanwhile */
    assert_true(message_now(c, take(c, &c->whatsapp, old).message).at == old.at);
    m = message_now(c, take(c, &c->whatsapp, mad).message);
    assert_true(m.at >= before && m.at <= clock_now());
    m = message_now(c, take(c, &c->whatsapp, none).message);
    assert_true(m.at >= before && m.at <= clock_now());
    m = message_now(c, take(c, &c->whatsapp, before_all).message);
    assert_true(m.at >= before && m.at <= clock_now());
}

static void people_the_network_hides_are_never_mixed(void **state)
{
    struct care *c = *state;
    struct channel_event one = event_comment(c, "", "Vergogna"), two = event_comment(c, "", "Bravi");
    struct message a = message_now(c, take(c, &c->facebook, one).message);
    struct message b = message_now(c, take(c, &c->facebook, two).message);
    assert_true(a.person_id != b.person_id);
    assert_true(a.conversation_id != b.conversation_id);
    /* the doors must know that nobody can be written to */
    assert_true(str_starts(a.author_id, STR("hidden:")));
}

static void a_second_id_is_the_same_person(void **state)
{
    struct care *c = *state;
    struct channel_event both = event_direct(c, "IT.12", "Sono io"), phone = event_direct(c, "393331", "Ancora io");
    both.author.also_known_as = STR("393331");
    struct message a = message_now(c, take(c, &c->whatsapp, both).message);
    struct message b = message_now(c, take(c, &c->whatsapp, phone).message);
    assert_int_equal(a.person_id, b.person_id);
    assert_int_equal(a.conversation_id, b.conversation_id);
    struct channel_event only = event_direct(c, "", "Solo il numero");
    only.author.also_known_as = STR("393331");
    struct message m = message_now(c, take(c, &c->whatsapp, only).message);
    assert_int_equal(m.person_id, a.person_id);
    assert_str(m.author_id, "393331"); /* somebody to answer to */
}

static void a_changed_id_is_the_same_person(void **state)
{
    struct care *c = *state;
    struct channel_event change = {.kind = CHANNEL_IGNORED, .dedupe = STR("user_id_update:IT.1:IT.2")};
    change.author.external_id = STR("IT.2");
    change.author.also_known_as = STR("IT.1");
    take(c, &c->whatsapp, change); /* of nobody we know */
    assert_int_equal(number_of(c, "SELECT count(*) FROM identity WHERE external_id LIKE 'IT.%'"), 0);
    struct message before = message_now(c, hear(c, "IT.1", "Mi sentite?"));
    take(c, &c->whatsapp, change);
    take(c, &c->whatsapp, change);
    struct message after = message_now(c, hear(c, "IT.2", "Ora mi sentite?"));
    assert_true(before.person_id == after.person_id);
    assert_true(before.conversation_id == after.conversation_id);
    struct message other = message_now(c, hear(c, "IT.3", "Io sono un altro"));
    change.author.also_known_as = STR("IT.3");
    take(c, &c->whatsapp, change); /* two whom we know stay two */
    assert_true(message_now(c, hear(c, "IT.3", "E lo resto")).person_id == other.person_id);
    assert_true(other.person_id != after.person_id);
    house_is_sound(c);
}

static void a_number_gets_its_name_later(void **state)
{
    struct care *c = *state;
    struct channel_event first = event_direct(c, "393339", "Salve"), second = event_direct(c, "393339", "Eccomi");
    first.author.name = STR_EMPTY;
    first.author.phone = STR("393339");
    second.author.name = STR("Anna Villa");
    struct message m = message_now(c, take(c, &c->whatsapp, first).message);
    struct person p;
    DO(c, person_by_id(tx, c->arena, c->brand, m.person_id, &p, &e));
    assert_str(p.name, "+393339");
    take(c, &c->whatsapp, second);
    DO(c, person_by_id(tx, c->arena, c->brand, m.person_id, &p, &e));
    assert_str(p.name, "Anna Villa");
    struct search_hit *hits;
    size_t n;
    int64_t next;
    struct search_query query = {.words = STR("anna"), .kind = "person", .limit = 5};
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    assert_int_equal(n, 1);
    query.words = STR("393339");
    DO(c, search_run(tx, c->arena, c->brand, &query, &hits, &n, &next, &e));
    assert_int_equal(n, 0);
}

static void media_are_kept_to_be_fetched(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_direct(c, "1", "");
    struct channel_media media[2] = {{.kind = MESSAGE_IMAGE, .media_id = STR("m1"), .mime = STR("image/jpeg")},
                                     {.kind = MESSAGE_FILE}};
    event.message = MESSAGE_IMAGE;
    event.media = media;
    event.media_count = 2;
    event.note = STR("a photograph");
    struct message m = message_now(c, take(c, &c->whatsapp, event).message);
    struct attachment *list;
    size_t n;
    DO(c, attachment_list(tx, c->arena, c->brand, m.id, &list, &n, &e));
    assert_int_equal(n, 2);
    assert_str(list[0].state, "pending");
    assert_str(list[1].state, "failed"); /* nobody said where it is */
    assert_str(conversation_of_message(c, m.id).preview, "a photograph");
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, event.external_id));
    assert_str(conversation_of_message(c, m.id).preview, "");
    DO(c, attachment_list(tx, c->arena, c->brand, m.id, &list, &n, &e));
    assert_str(list[0].state, "removed");
}

/* ---- changes, and those that come too early ---- */

/* Facebook tells an edit with the time of the comment, WhatsApp with whole seconds: each keeps its own words. */
static void edits_of_one_moment_are_all_kept(void **state)
{
    struct care *c = *state;
    static const char *const words[] = {"Il codice è 1", "Il codice è 2", "Il codice è 3", "Il codice è 1"};
    int64_t id = hear(c, "1", "Il codice è 0");
    for (size_t k = 0; k < 2; k++) {
        int64_t at = (message_now(c, id).at / SECOND_US + (int64_t)k * 60) * SECOND_US;
        for (size_t i = 0; i < COUNT_OF(words); i++) {
            struct channel_event edit = event_of(c, CHANNEL_EDIT, message_now(c, id).external_id);
            edit.dedupe = str_format(c->arena, "edit %zu %zu", k, i);
            edit.at = at;
            edit.text = str_from(words[i]);
            take(c, &c->whatsapp, edit);
            assert_str(message_now(c, id).text, words[i]);
        }
        tamper(c, "UPDATE message SET text = 'Il codice è 0' WHERE edited_at > 0");
    }
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 8);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit WHERE text_before = 'Il codice è 2'"), 2);
}

static void an_edit_keeps_the_words_before(void **state)
{
    struct care *c = *state;
    int64_t id = hear(c, "1", "Il mio codice è 12");
    struct channel_event edit = event_of(c, CHANNEL_EDIT, message_now(c, id).external_id);
    edit.text = STR("Il mio codice è 21");
    take(c, &c->whatsapp, edit);
    struct message m = message_now(c, id);
    assert_str(m.text, "Il mio codice è 21");
    assert_true(m.edited_at == edit.at);
    struct str before;
    DO(c, message_edit_last(tx, c->arena, c->brand, id, &before, &e));
    assert_str(before, "Il mio codice è 12");
    assert_str(conversation_of_message(c, id).preview, "Il mio codice è 21");
    struct channel_event older = edit; /* an older edit that comes later changes nothing */
    older.dedupe = STR("older");
    older.at = edit.at - SECOND_US;
    older.text = STR("Il mio codice è 00");
    take(c, &c->whatsapp, older);
    assert_str(message_now(c, id).text, "Il mio codice è 21");
    struct channel_event mad = edit, last = edit; /* one from the far future counts as now: the next one counts too */
    mad.dedupe = STR("mad");
    mad.at = edit.at + 36500 * DAY_US;
    mad.text = STR("Il mio codice è 99");
    take(c, &c->whatsapp, mad);
    last.dedupe = STR("last");
    last.at = clock_now() + HOUR_US;
    last.text = STR("Il mio codice è 12, davvero");
    take(c, &c->whatsapp, last);
    assert_str(message_now(c, id).text, "Il mio codice è 12, davvero");
    house_is_sound(c);
}

static void a_deletion_takes_words_and_place(void **state)
{
    struct care *c = *state;
    int64_t id = hear(c, "1", "Una cosa segreta");
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, id).external_id));
    struct message m = message_now(c, id);
    assert_int_equal(m.place, PLACE_WITHDRAWN);
    assert_str(m.text, "");
    struct conversation s = conversation_of_message(c, id);
    assert_int_equal(s.waiting, 0);
    assert_int_equal(s.state, CONVERSATION_ANSWERED);
    assert_str(s.preview, "");
    assert_int_equal(number_of(c, "SELECT count(*) FROM message_edit"), 0);
    struct channel_event edit = event_of(c, CHANNEL_EDIT, m.external_id);
    edit.text = STR("Una cosa segreta");
    take(c, &c->whatsapp, edit); /* nothing brings the words back */
    assert_str(message_now(c, id).text, "");
    house_is_sound(c);
}

static void changes_may_come_before_their_message(void **state)
{
    struct care *c = *state;
    struct channel_event edited = event_direct(c, "1", "Prima"), deleted = event_direct(c, "2", "Via");
    struct channel_event edit = event_of(c, CHANNEL_EDIT, edited.external_id);
    edit.text = STR("Dopo");
    assert_int_equal(take(c, &c->whatsapp, edit).fresh, 1);
    assert_int_equal(take(c, &c->whatsapp, edit).duplicates, 1);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, deleted.external_id));
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 2);
    assert_str(message_now(c, take(c, &c->whatsapp, edited).message).text, "Dopo");
    struct message m = message_now(c, take(c, &c->whatsapp, deleted).message);
    assert_int_equal(m.place, PLACE_WITHDRAWN);
    assert_str(m.text, "");
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    assert_int_equal(conversation_now(c, m.conversation_id).waiting, 0);
    house_is_sound(c);
}

/* A comment we never heard of, changed: somebody who was named only by the edit waits like everybody. */
static void an_edit_of_what_never_came_is_heard(void **state)
{
    struct care *c = *state;
    struct channel_event first = event_direct(c, "1", "Prima"), edit = first;
    edit.kind = CHANNEL_EDIT;
    edit.dedupe = STR("edit of it");
    edit.new_id = STR("its second id");
    edit.text = STR("@nuvola non va niente");
    struct taken taken = take(c, &c->whatsapp, edit);
    struct message m = message_now(c, taken.message);
    assert_str(m.text, "@nuvola non va niente");
    assert_int_equal(m.place, PLACE_WAITING);
    assert_int_equal(take(c, &c->whatsapp, edit).duplicates, 1);
    assert_int_equal(take(c, &c->whatsapp, first).duplicates, 1);
    assert_str(message_now(c, taken.message).text, "@nuvola non va niente");
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR("its second id")));
    assert_int_equal(message_now(c, taken.message).place, PLACE_WITHDRAWN);
    edit.echo = true; /* our own words wait for nobody */
    edit.external_id = edit.dedupe = STR("ours");
    take(c, &c->whatsapp, edit);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 1);
    house_is_sound(c);
}

/* A change without an id is of no message: it must not wait for the first message without one. */
static void a_change_without_an_id_changes_nothing(void **state)
{
    struct care *c = *state;
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, STR_EMPTY));
    struct channel_event receipt = event_of(c, CHANNEL_RECEIPT, STR_EMPTY);
    receipt.receipt = RECEIPT_READ;
    take(c, &c->whatsapp, receipt);
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    struct channel_event nameless = event_direct(c, "1", "Io non ho un id");
    nameless.external_id = STR_EMPTY;
    take(c, &c->whatsapp, nameless);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message WHERE deleted_at = 0 AND text <> ''"), 1);
    assert_int_equal(take(c, &c->whatsapp, nameless).duplicates, 1); /* by its other key */
}

static void reactions_typing_and_the_rest_wait_for_nobody(void **state)
{
    struct care *c = *state;
    int64_t id = hear(c, "1", "Grazie!");
    struct str external = message_now(c, id).external_id;
    struct channel_event like = event_of(c, CHANNEL_REACTION, external);
    like.note = STR("♥");
    assert_int_equal(take(c, &c->whatsapp, like).fresh, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM event WHERE kind = 'message.reaction'"), 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM reaction WHERE emoji = '♥'"), 1);
    assert_int_equal(take(c, &c->whatsapp, event_of(c, CHANNEL_TYPING, external)).fresh, 0);
    assert_int_equal(take(c, &c->whatsapp, event_of(c, CHANNEL_IGNORED, external)).fresh, 0);
    assert_int_equal(conversation_of_message(c, id).waiting, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 1);
}

static void a_revoked_right_pauses_the_account(void **state)
{
    struct care *c = *state;
    struct channel_event event = event_of(c, CHANNEL_RIGHTS, STR_EMPTY);
    event.note = STR("The user removed the application.");
    take(c, &c->facebook, event);
    struct channel_row row;
    DO(c, channel_row_by_id(tx, c->arena, c->brand, c->facebook.row.id, &row, &e));
    assert_str(row.state, "paused");
    assert_str(row.failure, "token");
    assert_str(row.failure_words, "The user removed the application.");
}

/* ---- one webhook for several accounts ---- */

static bool numbers_set(struct tx *tx, struct care *c, struct account *second, struct error *e)
{
    c->whatsapp.row.account = STR("106540001");
    *second = c->whatsapp;
    second->row.id = id_new();
    second->row.account = STR("106540002");
    return channel_row_update(tx, &c->whatsapp.row, e) && channel_row_add(tx, &second->row, e);
}

static void an_event_goes_to_the_account_it_is_for(void **state)
{
    struct care *c = *state;
    struct account second;
    DO(c, numbers_set(tx, c, &second, &e));
    struct channel_event events[] = {event_direct(c, "1", "Per la prima"), event_direct(c, "2", "Per la seconda"),
                                     event_direct(c, "3", "Per chi non conosciamo")};
    events[0].account = STR("106540001");
    events[1].account = STR("106540002");
    events[2].account = STR("106540003");
    struct taken taken = {0};
    DO(c, take_one(tx, c, &c->whatsapp, events, COUNT_OF(events), &taken, &e));
    assert_int_equal(taken.fresh, 3);
    assert_true(message_now(c, taken.message).channel_id == c->whatsapp.row.id);
    int64_t id = 0;
    DO(c, intake_find_message(tx, c->brand, second.row.id, events[1].external_id, &id, &e));
    assert_true(message_now(c, id).channel_id == second.row.id);
    DO(c, intake_find_message(tx, c->brand, c->whatsapp.row.id, events[0].external_id, &id, &e));
    assert_true(message_now(c, id).channel_id == c->whatsapp.row.id);
    /* the same told at the other's own address is the same */
    assert_int_equal(take(c, &second, events[1]).duplicates, 1);
    house_is_sound(c);
}

/* ---- our own words coming back ---- */

static struct channel_event echo_of(struct care *c, const char *to, const char *words)
{
    struct channel_event event = event_direct(c, to, words);
    event.echo = true;
    return event;
}

static void an_echo_from_outside_answers_what_came_before(void **state)
{
    struct care *c = *state;
    int64_t id = hear(c, "1", "Ci siete?");
    struct channel_event echo = echo_of(c, "1", "Eccoci, mi dica");
    struct taken taken = take(c, &c->whatsapp, echo);
    struct message m = message_now(c, taken.message);
    assert_true(m.outbound);
    assert_int_equal(m.receipt, MESSAGE_ACCEPTED);
    assert_int_equal(message_now(c, id).place, PLACE_ANSWERED);
    assert_int_equal(conversation_of_message(c, id).state, CONVERSATION_ANSWERED);
    int64_t later = hear(c, "1", "Il modem è spento");
    assert_int_equal(message_now(c, later).place, PLACE_WAITING);
    assert_int_equal(take(c, &c->whatsapp, echo).duplicates, 1);
    assert_int_equal(message_now(c, later).place, PLACE_WAITING);
    house_is_sound(c);
}

/* The same person, the same story: who answers a comment on the network has not seen their private message. */
static void an_echo_answers_nothing_said_elsewhere(void **state)
{
    struct care *c = *state;
    struct channel_event comment = event_direct(c, "1", "Sotto il post"), other = event_direct(c, "1", "Altro post"),
                         echo;
    comment.is_public = other.is_public = true;
    comment.door = other.door = STR("comment");
    comment.thread_key = STR("post:1");
    other.thread_key = STR("post:2");
    int64_t answered = take(c, &c->facebook, comment).message, elsewhere = take(c, &c->facebook, other).message;
    struct channel_event direct = event_direct(c, "1", "In privato");
    direct.door = STR("messenger");
    int64_t private = take(c, &c->facebook, direct).message;
    assert_true(message_now(c, private).conversation_id == message_now(c, answered).conversation_id);
    echo = echo_of(c, "", "Le scriviamo");
    echo.is_public = true;
    echo.thread_key = comment.thread_key;
    echo.parent_id = comment.external_id;
    take(c, &c->facebook, echo);
    assert_int_equal(message_now(c, answered).place, PLACE_ANSWERED);
    assert_int_equal(message_now(c, elsewhere).place, PLACE_WAITING);
    assert_int_equal(message_now(c, private).place, PLACE_WAITING);
    assert_int_equal(conversation_of_message(c, private).waiting, 2);
    house_is_sound(c);
}

static void an_echo_does_not_answer_what_came_after_it(void **state)
{
    struct care *c = *state;
    hear(c, "1", "Prima");
    struct channel_event echo = echo_of(c, "1", "Risposta");
    int64_t after = hear(c, "1", "Dopo");
    take(c, &c->whatsapp, echo);
    assert_int_equal(message_now(c, after).place, PLACE_WAITING);
    assert_int_equal(conversation_of_message(c, after).waiting, 1);
    house_is_sound(c);
}

/* What we published, and what we wrote to people who never wrote to us, has no message here. What the network says of
 * it later must not stop the rest of its webhook. */
static void what_is_said_of_our_own_posts_is_let_go(void **state)
{
    struct care *c = *state;
    struct channel_event post = echo_of(c, "", "Da oggi la fibra a Pavia"), lonely = echo_of(c, "9", "Buongiorno");
    post.is_public = true;
    post.thread_key = STR("post:77");
    assert_int_equal(take(c, &c->facebook, post).fresh, 1);
    assert_int_equal(take(c, &c->whatsapp, lonely).fresh, 1);
    struct str title, link;
    DO(c, thread_get(tx, c->arena, c->brand, c->facebook.row.id, STR("post:77"), &title, &link, &e));
    assert_str(title, "Da oggi la fibra a Pavia");
    static const enum channel_event_kind kinds[] = {CHANNEL_EDIT, CHANNEL_DELETE, CHANNEL_REACTION, CHANNEL_RECEIPT};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct channel_event of_post = event_of(c, kinds[i], post.external_id);
        struct channel_event of_lonely = event_of(c, kinds[i], lonely.external_id);
        of_post.receipt = of_lonely.receipt = RECEIPT_DELIVERED;
        take(c, &c->facebook, of_post);
        take(c, &c->whatsapp, of_lonely);
    }
    assert_int_equal(number_of(c, "SELECT count(*) FROM early"), 0);
    assert_int_equal(take(c, &c->facebook, post).duplicates, 1);
    assert_int_equal(take(c, &c->whatsapp, lonely).duplicates, 1);
    assert_int_equal(number_of(c, "SELECT count(*) FROM message"), 0);
}

/* ---- the payload ---- */

static bool take_unread(struct tx *tx, struct care *c, struct str body, int64_t *id, struct error *e)
{
    struct intake in = {.house = c->h->house, .account = &c->facebook, .body = body, .unread = STR("No JSON.")};
    bool ok = intake_take(tx, &in, e);
    *id = in.payload_id;
    return ok;
}

static void what_cannot_be_read_is_kept_once(void **state)
{
    struct care *c = *state;
    int64_t first, second, other, n;
    DO(c, take_unread(tx, c, STR("{\"x\":"), &first, &e));
    DO(c, take_unread(tx, c, STR("{\"x\":"), &second, &e));
    DO(c, take_unread(tx, c, STR("{\"y\":"), &other, &e));
    DO(c, payload_unread_count(tx, c->brand, &n, &e));
    assert_int_equal(n, 2);
    struct payload kept;
    DO(c, payload_by_id(tx, c->arena, c->brand, first, &kept, &e));
    assert_str(kept.body, "{\"x\":");
    assert_str(kept.reason, "No JSON.");
}

static bool replay_one(struct tx *tx, struct care *c, int64_t id, struct str *still, struct error *e)
{
    struct intake_replay replay = {
        .house = c->h->house, .account = &c->facebook, .payload_id = id, .actor = 5, .arena = c->arena};
    bool ok = intake_replay(tx, &replay, e);
    *still = replay.still_unread;
    return ok;
}

static void a_kept_payload_can_be_read_again(void **state)
{
    struct care *c = *state;
    int64_t bad, good, n;
    struct str still;
    DO(c, take_unread(tx, c, STR("{\"x\":"), &bad, &e));
    DO(c, take_unread(tx, c, STR("{\"object\":\"page\",\"entry\":[]}"), &good, &e));
    DO(c, replay_one(tx, c, bad, &still, &e));
    assert_true(still.len > 0);
    DO(c, replay_one(tx, c, good, &still, &e));
    assert_str(still, "");
    DO(c, payload_unread_count(tx, c->brand, &n, &e));
    assert_int_equal(n, 1);
    REFUSED(c, ERR_CONFLICT, replay_one(tx, c, good, &still, &e));
}

static void a_removed_account_still_takes_what_was_under_way(void **state)
{
    struct care *c = *state;
    int64_t id = hear(c, "1", "Prima");
    DO(c, account_remove(tx, c->brand, c->whatsapp.row.id, c->h->lead.agent_id, &e));
    int64_t under_way = hear(c, "1", "Già in viaggio");
    assert_int_equal(message_now(c, under_way).place, PLACE_WAITING);
    take(c, &c->whatsapp, event_of(c, CHANNEL_DELETE, message_now(c, id).external_id));
    assert_int_equal(message_now(c, id).place, PLACE_WITHDRAWN);
    struct json *view = NULL;
    DO(c, (view = ledger_view(tx, c->arena, &c->h->brand, 0, true, &e)) != NULL);
    const struct json *line = json_at(json_get(view, "channels"), 0);
    assert_str(json_text(json_get(line, "name")), "Nuvola su whatsapp");
    assert_int_equal(json_int(json_get(line, "received"), 0), 2);
    house_is_sound(c);
}

int care_intake_test(void)
{
    const struct CMUnitTest tests[] = {
        CARE_TEST(a_message_finds_person_conversation_and_place),
        CARE_TEST(the_same_message_is_taken_once),
        CARE_TEST(the_same_id_on_another_channel_is_another_message),
        CARE_TEST(a_whole_second_is_finer_when_it_is_now),
        CARE_TEST(people_the_network_hides_are_never_mixed),
        CARE_TEST(a_second_id_is_the_same_person),
        CARE_TEST(a_changed_id_is_the_same_person),
        CARE_TEST(a_number_gets_its_name_later),
        CARE_TEST(media_are_kept_to_be_fetched),
        CARE_TEST(an_edit_keeps_the_words_before),
        CARE_TEST(edits_of_one_moment_are_all_kept),
        CARE_TEST(a_deletion_takes_words_and_place),
        CARE_TEST(changes_may_come_before_their_message),
        CARE_TEST(a_change_without_an_id_changes_nothing),
        CARE_TEST(reactions_typing_and_the_rest_wait_for_nobody),
        CARE_TEST(a_revoked_right_pauses_the_account),
        CARE_TEST(an_edit_of_what_never_came_is_heard),
        CARE_TEST(an_event_goes_to_the_account_it_is_for),
        CARE_TEST(an_echo_from_outside_answers_what_came_before),
        CARE_TEST(an_echo_answers_nothing_said_elsewhere),
        CARE_TEST(an_echo_does_not_answer_what_came_after_it),
        CARE_TEST(what_is_said_of_our_own_posts_is_let_go),
        CARE_TEST(what_cannot_be_read_is_kept_once),
        CARE_TEST(a_kept_payload_can_be_read_again),
        CARE_TEST(a_removed_account_still_takes_what_was_under_way),
    };
    return cmocka_run_group_tests_name("care/intake", tests, NULL, NULL);
}
