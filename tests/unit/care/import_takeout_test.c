/* SPDX-License-Identifier: Apache-2.0 */
/* Importing the posts of Google+: who commented has a closed story, nothing waits, nobody can be answered, twice is
 * once; words from HTML, names with entities, who could see it. */
#include "channels/channel.h"
#include "import_support.h"

int care_import_takeout_test(void);

#define WHO(id, name) "{\"displayName\":\"" name "\",\"resourceName\":\"users/" id "\"}"
#define OWNER         WHO("1001", "Lume &amp; C.")
#define PUBLIC        "{\"visibleToStandardAcl\":{\"circles\":[{\"type\":\"CIRCLE_TYPE_PUBLIC\"}]}}"
#define COMMENT(id, author, at, words)                                                                               \
    "{\"creationTime\":\"2018-10-09 " at "+0000\",\"author\":" author ",\"content\":\"" words                        \
    "\",\"resourceName\":\"users/1001/posts/" id "\"}"
#define POST(id, acl, rest)                                                                                          \
    "{\"url\":\"https://plus.google.com/+Lume/posts/" id "\",\"creationTime\":\"2018-10-09 08:00:00+0000\","         \
    "\"author\":" OWNER ",\"resourceName\":\"users/1001/posts/" id "\",\"postAcl\":" acl "," rest "}\n"
#define LINK(id, name)                                                                                               \
    "<span class=\\\"proflinkWrapper\\\">+<a href=\\\"https://plus.google.com/" id "\\\">" name "</a></span>"

static const char *const zoe = COMMENT("P1/comments/c1", WHO("1002", "Zo\\u00eb &#39;Zo&#39; M\\u00fcller"),
                                       "08:12:44", "Still <b>broken</b><br>for me " LINK("1001", "Lume"));

static struct story only_story(struct fixture *f, const char *post, const char *who)
{
    struct str key = str_format(f->a, "googleplus:users/1001/posts/%s:%s", post, who);
    int64_t id = id_of(f, str_cstr(f->a, key));
    if (!id)
        fail_msg("no story %s", key.ptr);
    return story_of(f, id);
}

static void take_posts(struct fixture *f, struct str posts)
{
    import_all(f, IMPORT_TAKEOUT, str_cstr(f->a, posts));
}

static struct str one_post(struct fixture *f, const char *comments)
{
    return str_format(f->a, POST("P1", PUBLIC, "\"content\":\"We are <b>back</b> online\",\"comments\":[%s]"),
                      comments);
}

static void who_commented_has_a_closed_story(void **state)
{
    struct fixture *f = *state;
    take_posts(f, one_post(f, zoe));
    assert_int_equal(f->report.threads, 1);
    assert_int_equal(f->report.conversations, 1);
    assert_int_equal(f->report.people, 1);
    assert_int_equal(f->report.received, 1);
    assert_int_equal(f->report.ours, 1);
    assert_int_equal(f->report.channels, 1);
    struct look look = look_at(f);
    assert_int_equal(figure(&look, "waiting"), 0);
    assert_int_equal(figure(&look, "closed"), 1);
    struct story s = only_story(f, "P1", "1002");
    assert_str(s.person.name, "Zoë 'Zo' Müller");
    assert_int_equal(s.c.state, CONVERSATION_CLOSED);
    assert_int_equal(s.c.waiting, 0);
    assert_int_equal(s.c.closed_at, s.messages[1].at);
    assert_str(s.c.outcome, "no_need");
    assert_int_equal(s.message_count, 2);
    assert_true(s.messages[0].outbound && !s.messages[1].outbound);
    assert_str(s.messages[0].text, "We are back online");
    assert_str(s.messages[0].external_id, "users/1001/posts/P1");
    assert_str(s.messages[1].text, "Still broken\nfor me +Lume"); /* a profile's address says nothing any more */
    assert_str(s.messages[1].thread_key, "post:users/1001/posts/P1");
    assert_str(s.messages[1].door, "post");
    assert_true(s.messages[1].is_public);
    assert_int_equal(s.messages[1].place, PLACE_CLOSED);
    assert_int_equal(s.messages[1].at, INT64_C(1539072764) * SECOND_US);
    for (size_t i = 0; i < s.door_count; i++)
        assert_false(s.doors[i].open);
}

static void twice_changes_nothing(void **state)
{
    struct fixture *f = *state;
    take_posts(f, one_post(f, zoe));
    struct look before = look_at(f);
    take_posts(f, one_post(f, zoe));
    struct look after = look_at(f);
    assert_int_equal(f->report.known, 1);
    assert_int_equal(f->report.received + f->report.ours + f->report.people + f->report.channels, 0);
    assert_int_equal(f->report.conversations, 0);
    assert_int_equal(before.last_event, after.last_event);
    assert_int_equal(after.count, 1);
}

/* Another file of a longer archive: what is new is closed too, and nobody waits. */
static void a_later_archive_adds_what_is_new(void **state)
{
    struct fixture *f = *state;
    take_posts(f, one_post(f, zoe));
    struct str more =
        str_format(f->a, "%s,%s", zoe, COMMENT("P1/comments/c9", WHO("1002", "Zoe"), "09:00:00", "Hello?"));
    take_posts(f, one_post(f, more.ptr));
    assert_int_equal(f->report.received, 1);
    assert_int_equal(f->report.conversations, 0);
    struct story s = only_story(f, "P1", "1002");
    assert_int_equal(s.message_count, 3);
    assert_int_equal(s.c.state, CONVERSATION_CLOSED);
    struct look look = look_at(f);
    assert_int_equal(figure(&look, "waiting"), 0);
    assert_int_equal(figure(&look, "closed"), 2);
}

static void our_words_go_to_whom_they_name(void **state)
{
    struct fixture *f = *state;
    struct str comments =
        str_format(f->a, "%s,%s,%s,%s", zoe,
                   COMMENT("P1/comments/c2", WHO("1003", "\\u05d3\\u05e0\\u05d9"), "08:20:00", "me too"),
                   COMMENT("P1/comments/c3", OWNER, "08:30:00", LINK("1002", "Zoe") " it is the router"),
                   COMMENT("P1/comments/c4", OWNER, "08:31:00", "And yours?"));
    take_posts(f, one_post(f, comments.ptr));
    struct look look = look_at(f);
    assert_int_equal(figure(&look, "answered"), 2);
    struct story first = only_story(f, "P1", "1002"), second = only_story(f, "P1", "1003");
    assert_int_equal(first.message_count, 3);
    assert_str(first.messages[2].text, "+Zoe it is the router");
    assert_str(second.person.name, "דני");
    assert_int_equal(second.message_count, 2); /* the post stands in the first story alone */
    assert_str(second.messages[1].text, "And yours?");
}

static bool title_read(struct tx *tx, void *ctx, struct error *e)
{
    struct fixture *f = ((struct story *)ctx)->f;
    struct story *s = ctx;
    struct str link;
    return thread_get(tx, f->a, BRAND, s->c.channel_id, s->messages[0].thread_key, &s->person.note, &link, e);
}

static void who_could_see_it_stays_known(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    take_posts(f, str_format(f->a,
                             POST("P2", "{\"communityAcl\":{\"community\":{\"displayName\":\"Lamps &lt;3\"}}}",
                                  "\"content\":\"Only us\\u003cbr\\u003esecond line\",\"comments\":[%s]"),
                             COMMENT("P2/comments/c1", WHO("1002", "Zoe"), "08:12:44", "Mine")));
    struct story s = only_story(f, "P2", "1002");
    assert_str(s.messages[1].door, "limited");
    assert_false(s.messages[1].is_public);
    assert_true(db_read(f->house->db, title_read, &s, &e));
    assert_str(s.person.note, "Lamps <3 · Only us");
}

static void what_was_shared_stands_below_the_words(void **state)
{
    struct fixture *f = *state;
    take_posts(f,
               str_format(f->a,
                          POST("P3", PUBLIC,
                               "\"content\":\"Look\",\"link\":{\"title\":\"Our &quot;map&quot;\",\"url\":"
                               "\"https://lume.example/map\"},\"album\":{\"media\":[{\"url\":\"https://pic.example/1"
                               "\"},{\"url\":\"https://pic.example/2\"}]},\"resharedPost\":{\"author\":{"
                               "\"displayName\":\"Rex\"},\"content\":\"one<br>two\"},\"comments\":[%s]"),
                          COMMENT("P3/comments/c1", WHO("1002", "Zoe"), "08:12:44", "")));
    struct story s = only_story(f, "P3", "1002");
    assert_str(s.messages[0].text, "Look\n\nOur \"map\"\nhttps://lume.example/map\n\nhttps://pic.example/1\n"
                                   "https://pic.example/2\n\nRex\n> one\n> two");
    assert_str(s.messages[1].kind, "unsupported"); /* a picture alone: what it was, the export does not say */
}

/* Files are called by titles that are cut off: two may be of the same name, and one post may be in two files. */
static void posts_are_known_by_their_own_names(void **state)
{
    struct fixture *f = *state;
    struct str same =
        str_format(f->a, "%.*s%s%.*s", STR_ARGS(one_post(f, zoe)),
                   POST("P7", PUBLIC, "\"content\":\"We are <b>back</b> online\""), STR_ARGS(one_post(f, zoe)));
    take_posts(f, same);
    assert_int_equal(f->report.threads, 3);
    assert_int_equal(f->report.unaddressed, 1);
    assert_int_equal(f->report.known, 1);
    assert_int_equal(f->report.received, 1);
}

static void an_account_that_is_gone_is_nobody_else(void **state)
{
    struct fixture *f = *state;
    struct str comments = str_format(f->a, "%s,%s", COMMENT("P1/comments/c1", "{}", "08:12:44", "One"),
                                     "{\"creationTime\":\"2018-10-09 08:13:00+0000\",\"content\":\"Two\"}");
    take_posts(f, one_post(f, comments.ptr));
    assert_int_equal(f->report.people, 2);
    assert_int_equal(f->report.received, 2);
    take_posts(f, one_post(f, comments.ptr));
    assert_int_equal(f->report.people + f->report.received, 0);
}

static void what_cannot_be_read_is_named(void **state)
{
    static const char *const wrong[][2] = {
        {"{\"a\":1}", "no post of Google+"},
        {"[]", "one JSON object"},
        {"{\"author\":{},\"creationTime\":\"2018-10-09 08:00:00+0000\"}", "no post of Google+"},
        {"{\"author\":{},\"url\":\"u\",\"creationTime\":\"yesterday\"}", "of the post is no time"},
        {"{\"author\":{},\"url\":\"u\",\"creationTime\":\"2118-10-09 08:00:00+0000\"}", "of the post is no time"},
        {"{\"author\":{},\"url\":\"u\",\"creationTime\":\"2018-10-09 08:00:00+0000\",\"comments\":{}}", "is a list"},
        {"{\"author\":{},\"url\":\"u\",\"creationTime\":\"2018-10-09 08:00:00+0000\",\"comments\":[7]}", "Comment 1"},
        {"{\"author\":{},\"url\":\"u\",\"creationTime\":\"2018-10-09 08:00:00+0000\",\"comments\":[{}]}",
         "of comment 1 is no time"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        import_text(f, IMPORT_TAKEOUT, str_from(wrong[i][0]));
        assert_int_equal(f->report.bad, 1);
        if (!strstr(f->report.problems[0].words, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], f->report.problems[0].words);
    }
    import_text(f, IMPORT_TAKEOUT, str_format(f->a, "{oops\n%.*s", STR_ARGS(one_post(f, zoe))));
    assert_int_equal(f->report.bad, 1);
    assert_int_equal(f->report.problems[0].line, 1);
    assert_int_equal(f->report.received, 1);
}

static bool keep_line(void *ctx, struct str line, struct error *e)
{
    (void)e;
    buf_str(ctx, line);
    buf_char(ctx, '\n');
    return true;
}

/* An export of the archive can be read by another house: its channel is closed there as well. */
static void an_export_is_read_back(void **state)
{
    struct fixture *f = *state;
    struct buf lines;
    struct export_report report;
    struct error e = {0};
    buf_init(&lines, f->a, 4096);
    struct export_sink sink = {.line = keep_line, .ctx = &lines};
    take_posts(f, one_post(f, zoe));
    assert_true(export_lines(f->house, BRAND, &sink, &report, &e));
    f->brand = OTHER;
    import_text(f, IMPORT_CONVERSATIONS, buf_view(&lines));
    if (f->report.bad)
        fail_msg("%s", f->report.problems[0].words);
    assert_int_equal(f->report.received, 1);
    struct look look = look_at(f);
    assert_int_equal(figure(&look, "closed"), 1);
    assert_int_equal(look.conversations[0].state, CONVERSATION_CLOSED);
}

int care_import_takeout_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_commented_has_a_closed_story),   TEST(twice_changes_nothing),
        TEST(a_later_archive_adds_what_is_new),   TEST(our_words_go_to_whom_they_name),
        TEST(who_could_see_it_stays_known),       TEST(what_was_shared_stands_below_the_words),
        TEST(posts_are_known_by_their_own_names), TEST(an_account_that_is_gone_is_nobody_else),
        TEST(what_cannot_be_read_is_named),       TEST(an_export_is_read_back),
    };
    return cmocka_run_group_tests_name("care/import_takeout", tests, NULL, NULL);
}
