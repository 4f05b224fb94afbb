/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the posts of Google+ in what Google gives: a file, a folder however deep, a .zip; and what is wrong with
 * it. */
#include "support.h"

#include <libdeflate.h>

int cli_takeout_test(void);

#define COMMENTED(id, who)                                                                                           \
    "\xEF\xBB\xBF{\n \"url\": \"u\",\r\n \"creationTime\": \"2018-10-09 08:00:00+0000\",\n \"author\": "             \
    "{\"displayName\": "                                                                                             \
    "\"Lume\", \"resourceName\": \"users/1\"},\n \"content\": \"Back\",\n \"resourceName\": \"users/1/posts/" id     \
    "\",\n \"comments\": [{\"creationTime\": \"2018-10-09 08:12:44+0000\", \"author\": {\"displayName\": \"" who     \
    "\", \"resourceName\": \"users/" who "\"}, \"content\": \"Hello\"}]\n}\n"

static void folder_make(struct fixture *f, const char *below)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", f->file, below);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void post_put(struct fixture *f, const char *below, const char *bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", f->file, below);
    file_put(path, str_from(bytes));
}

static int64_t counted(struct fixture *f, const char *what)
{
    return json_int(json_get(printed(f), what), -1);
}

static void posts_of_a_folder_are_found(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    folder_make(f, "");
    folder_make(f, "/Takeout");
    folder_make(f, "/Takeout/Google+ Stream");
    folder_make(f, "/Takeout/Google+ Stream/Posts");
    folder_make(f, "/Takeout/Google+ Stream/Activity Log");
    post_put(f, "/Takeout/Google+ Stream/Posts/20181009 - Back.json", COMMENTED("P1", "Zoe"));
    post_put(f, "/Takeout/Google+ Stream/Posts/20181009 - Back(1).json", COMMENTED("P2", "Rex"));
    post_put(f, "/Takeout/Google+ Stream/Posts/20181009 - Back.html", "<html>");
    post_put(f, "/Takeout/Google+ Stream/Activity Log/+1s.json", "{\"items\": []}");
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "threads"), 2);
    assert_int_equal(counted(f, "conversations"), 2);
    does(f, "import ~ --brand lume --format takeout");
    assert_true(says(f->out, "2 posts: 0 messages") && says(f->out, "2 posts known before"));
    post_put(f, "/Takeout/Google+ Stream/Posts/20181010 - Odd.json", "{oops");
    refuses(f, "import ~/Takeout/ --brand lume --format takeout", 1, "1 of 3 files were refused");
    assert_true(says(f->err, "Google+ Stream/Posts/20181010 - Odd.json: "));
    run(f, "import ~ --brand lume --format takeout --json");
    assert_true(says(f->out, "\"file\":\"Takeout/Google+ Stream/Posts/20181010 - Odd.json\""));
    does(f, "channel list --brand lume --json"); /* the archive is no account of ours */
    assert_int_equal(json_count(printed(f)), 0);
    refuses(f, "channel add --brand lume --network googleplus --name Lume", 1, "Google+ is closed");
}

/* Google translates the names of folders: a post is one by what is in it. */
static void a_folder_of_posts_and_a_single_post_do(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    folder_make(f, "");
    folder_make(f, "/Post");
    refuses(f, "import ~ --brand lume --format takeout", 1, "there are no posts in");
    post_put(f, "/Post/circles.json", "{\"circles\": []}");
    post_put(f, "/Post/odd.json", "{oops");
    refuses(f, "import ~ --brand lume --format takeout", 1, "there are no posts in");
    folder_make(f, "/Beiträge");
    post_put(f, "/Beiträge/20181009 - Zurück.json", COMMENTED("P9", "Ute"));
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "conversations"), 1);
    assert_int_equal(counted(f, "lines"), 1);
    post_put(f, "/Post/circles.json", COMMENTED("P8", "Ute"));
    post_put(f, "/Post/odd.json", COMMENTED("P1", "Zoe"));
    does(f, "import ~/Post --brand lume --format takeout --json");
    assert_int_equal(counted(f, "conversations"), 2);
    post_put(f, "/one.json", COMMENTED("P2", "Zoe"));
    does(f, "import ~/one.json --brand lume --format takeout --json");
    assert_int_equal(counted(f, "conversations"), 1);
    assert_int_equal(counted(f, "people"), 0);
    refuses(f, "import /nowhere --brand lume --format takeout", 1, "cannot be read");
    refuses(f, "import ~ --brand lume --format takeout --channel 77", 2, "--channel is for");
}

/* ---- .zip ---- */

struct packed {
    const char *name, *bytes;
    unsigned method, flags;
    size_t claimed; /* size it says to have; 0: the true one */
    size_t len;     /* of bytes; 0: up to their NUL */
};

static struct str all_of(const struct packed *p)
{
    return (struct str){p->bytes, p->len ? p->len : strlen(p->bytes)};
}

static void put(struct buf *out, size_t n, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        buf_char(out, (char)(i < sizeof n ? n >> (8 * i) & 255 : 0));
}

static struct str packed_bytes(struct arena *a, const struct packed *p)
{
    struct str bytes = all_of(p);
    if (p->method != 8)
        return bytes;
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    char *room = arena_alloc(a, bytes.len + 1024);
    size_t len = libdeflate_deflate_compress(c, bytes.ptr, bytes.len, room, bytes.len + 1024);
    libdeflate_free_compressor(c);
    assert_true(len > 0);
    return (struct str){room, len};
}

/* What stands in both headers: method, time, date, sum, sizes, lengths of the name and of what is extra. */
static void put_facts(struct buf *out, const struct packed *p, size_t packed)
{
    put(out, p->flags, 2);
    put(out, p->method, 2);
    put(out, 0, 8);
    put(out, packed, 4);
    put(out, p->claimed ? p->claimed : all_of(p).len, 4);
    put(out, strlen(p->name), 2);
    put(out, 0, 2);
}

static struct str zip_of(struct arena *a, const struct packed *list, size_t count)
{
    struct buf out, directory;
    buf_init(&out, a, 4096);
    buf_init(&directory, a, 4096);
    for (size_t i = 0; i < count; i++) {
        struct str bytes = packed_bytes(a, &list[i]);
        buf_cstr(&directory, "PK\x01\x02");
        put(&directory, 0x14, 2);
        put(&directory, 0x14, 2);
        put_facts(&directory, &list[i], bytes.len);
        put(&directory, 0, 10);
        put(&directory, out.len, 4);
        buf_cstr(&directory, list[i].name);
        buf_cstr(&out, "PK\x03\x04");
        put(&out, 0x14, 2);
        put_facts(&out, &list[i], bytes.len);
        buf_cstr(&out, list[i].name);
        buf_str(&out, bytes);
    }
    size_t at = out.len;
    buf_str(&out, buf_view(&directory));
    buf_cstr(&out, "PK\x05\x06");
    put(&out, 0, 4);
    put(&out, count, 2);
    put(&out, count, 2);
    put(&out, directory.len, 4);
    put(&out, at, 4);
    put(&out, 0, 2);
    return buf_view(&out);
}

static struct str zip_within(struct arena *a, const char *name, struct str zip)
{
    const struct packed one = {.name = name, .bytes = zip.ptr, .len = zip.len};
    return zip_of(a, &one, 1);
}

static void a_zip_is_read_as_it_is(void **state)
{
    static const struct packed list[] = {
        {"Takeout/Google+ Stream/Posts/20181009 - Back.json", COMMENTED("P1", "Zoe"), 8, 0, 0, 0},
        {"Takeout/Google+ Stream/Posts/20181009 - Back(1).json", COMMENTED("P2", "Rex"), 0, 0, 0, 0},
        {"Takeout/Google+ Stream/Activity Log/+1s.json", "{}", 8, 0, 0, 0},
    };
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    file_put(f->file, zip_of(f->a, list, COUNT_OF(list)));
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "lines"), 2);
    assert_int_equal(counted(f, "conversations"), 2);
    file_put(f->file, str_concat(f->a, zip_of(f->a, list, 2), STR("and a comment at its end")));
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "known"), 2);
    file_put(f->file, zip_of(f->a, list + 2, 1));
    refuses(f, "import ~ --brand lume --format takeout", 1, "there are no posts in");
}

/* A large archive comes as several .zip files, and somebody packed them once more. */
static void a_zip_within_a_zip_is_read(void **state)
{
    static const struct packed first[] = {{"Takeout/G+/Posts/a.json", COMMENTED("P1", "Zoe"), 8, 0, 0, 0}};
    static const struct packed second[] = {{"Takeout/G+/Beiträge/b.json", COMMENTED("P2", "Rex"), 8, 0, 0, 0},
                                           {"Takeout/G+/Kreise/c.json", "{\"circles\": []}", 8, 0, 0, 0}};
    struct fixture *f = *state;
    struct str one = zip_of(f->a, first, 1), two = zip_of(f->a, second, 2), bad = STR("PK\x03\x04 and no more");
    does(f, "brand add --name lume");
    folder_make(f, "");
    char path[512];
    snprintf(path, sizeof path, "%s/takeout-001.zip", f->file);
    file_put(path, one);
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "conversations"), 1);
    snprintf(path, sizeof path, "%s/takeout-001.zip", f->file);
    file_put(path, two); /* no folder of this name anywhere */
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "conversations"), 1);
    assert_int_equal(counted(f, "lines"), 1);
    file_put(path, bad);
    run(f, "import ~ --brand lume --format takeout --json");
    assert_true(says(f->out, "\"file\":\"takeout-001.zip\""));
    file_put(path, zip_within(f->a, "takeout-002.zip", one));
    does(f, "import ~ --brand lume --format takeout --json");
    assert_int_equal(counted(f, "known"), 1);
    file_put(path, zip_within(f->a, "takeout-002.zip", bad));
    run(f, "import ~ --brand lume --format takeout --json");
    assert_true(says(f->out, "\"file\":\"takeout-001.zip/takeout-002.zip\""));
    file_put(path, zip_within(f->a, "1.zip", zip_within(f->a, "2.zip", zip_within(f->a, "3.zip", one))));
    refuses(f, "import ~ --brand lume --format takeout", 1, "there are no posts in");
}

static void entries_that_cannot_be_unpacked_are_named(void **state)
{
    static const struct packed list[] = {
        {"Posts/encrypted.json", COMMENTED("P1", "Zoe"), 8, 1, 0, 0},
        {"Posts/odd method.json", COMMENTED("P2", "Zoe"), 12, 0, 0, 0},
        {"Posts/too large.json", COMMENTED("P3", "Zoe"), 8, 0, (size_t)65 << 20, 0},
        {"Posts/says more.json", COMMENTED("P4", "Zoe"), 8, 0, 4000, 0},
        {"Posts/says less.json", COMMENTED("P5", "Zoe"), 8, 0, 10, 0},
        {"Posts/good.json", COMMENTED("P6", "Zoe"), 8, 0, 0, 0},
    };
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    file_put(f->file, zip_of(f->a, list, COUNT_OF(list)));
    refuses(f, "import ~ --brand lume --format takeout", 1, "5 of 6 files were refused");
    for (size_t i = 0; i + 1 < COUNT_OF(list); i++)
        assert_true(says(f->err, list[i].name));
    assert_true(says(f->out, "1 conversations"));
}

/* Cut off anywhere, a byte wrong anywhere: never more than a word of it. */
static void a_damaged_zip_harms_nothing(void **state)
{
    static const struct packed list[] = {{"Posts/a.json", COMMENTED("P1", "Zoe"), 8, 0, 0, 0},
                                         {"Posts/b.json", "{}", 0, 0, 0, 0}};
    struct fixture *f = *state;
    struct str zip = zip_of(f->a, list, COUNT_OF(list));
    does(f, "brand add --name lume");
    for (size_t len = 4; len < zip.len; len += 7) {
        file_put(f->file, str_slice(zip, 0, len));
        run(f, "import ~ --brand lume --format takeout");
        assert_int_equal(f->code, 1);
    }
    for (size_t i = 4; i < zip.len; i += 3) {
        char *wrong = arena_copy(f->a, zip.ptr, zip.len);
        wrong[i] = (char)(wrong[i] ^ 0xff);
        file_put(f->file, (struct str){wrong, zip.len});
        run(f, "import ~ --brand lume --format takeout");
        assert_in_range(f->code, 0, 1);
    }
}

int cli_takeout_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(posts_of_a_folder_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_of_posts_and_a_single_post_do, setup, teardown),
        cmocka_unit_test_setup_teardown(a_zip_is_read_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_zip_within_a_zip_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_that_cannot_be_unpacked_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_zip_harms_nothing, setup, teardown),
    };
    return cmocka_run_group_tests_name("cli/takeout", tests, NULL, NULL);
}
