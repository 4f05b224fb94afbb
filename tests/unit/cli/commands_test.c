/* SPDX-License-Identifier: Apache-2.0 */
/* The house on the command line, as scripts use it: what is printed where, and exit codes. */
#include "support.h"

int cli_commands_test(void);

/* ---- use ---- */

static void wrong_use_is_told(void **state)
{
    struct fixture *f = *state;
    run(f, "");
    assert_int_equal(f->code, 2);
    refuses(f, "dance", 2, "no command");
    refuses(f, "brand", 2, "add, set, list or remove");
    refuses(f, "brand dance", 2, "add, set, list or remove");
    refuses(f, "brand add", 2, "--name is missing");
    refuses(f, "brand add --name", 2, "needs a value");
    refuses(f, "brand add --nam x", 2, "no option --nam");
    refuses(f, "brand add --json=1 --name x", 2, "takes no value");
    refuses(f, "brand add stray --name x", 2, "too much");
    refuses(f, "brand list -x", 2, "no option -x");
    refuses(f, "import", 2, "missing");
    refuses(f, "brand list --database mysql://x", 2, "needs an address like postgresql://");
    refuses(f, "brand list --database postgresql://127.0.0.1:1/x", 1, "cannot be reached");
    refuses(f, "brand list", 1, "no data folder");
    does(f, "help");
    assert_true(says(f->out, "ascolto channel networks") && says(f->out, "Exit: 0 done"));
    for (const char *const *way = (const char *const[]){"token --help", "token -h", "help token", NULL}; *way;
         way++) {
        does(f, *way);
        assert_true(says(f->out, "token revoke") && !says(f->out, "brand add"));
    }
    does(f, "token add --name x -h");
    assert_true(says(f->out, "token add") && !says(f->out, "token revoke"));
    does(f, "version");
    assert_true(str_starts(f->out, STR("ascolto ")));
}

static void brands(void **state)
{
    struct fixture *f = *state;
    struct stat info;
    does(f, "brand add --name lume --title=Lume --zone Europe/Rome --language it");
    int64_t id = printed_id(f);
    assert_int_equal(stat(f->data, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    refuses(f, "brand add --name lume", 1, "already");
    refuses(f, "brand add --name Lume", 1, "small letters");
    refuses(f, "brand add --name 42", 1, "small letters");
    refuses(f, "brand add --name luna --zone Mars/Base", 1, "no time zone");
    refuses(f, "brand add --name luna --zone ../../etc/passwd", 1, "no time zone");
    refuses(f, "brand add --name luna --language de", 1, "it and en");
    does(f, "brand list --json");
    const struct json *list = printed(f);
    assert_int_equal(json_count(list), 1);
    assert_int_equal(json_int(json_get(json_at(list, 0), "id"), 0), id);
    does(f, "ledger show"); /* one brand need not be named */
    does(f, "brand add --name luna --json");
    assert_true(json_int(json_get(printed(f), "id"), 0) > id);
    refuses(f, "agent list", 2, "2 brands");
    refuses(f, "agent list --brand sole", 1, "");
    does(f, with_id(f, "agent list --brand #", id));
    does(f, "brand list");
    assert_true(says(f->out, "lume") && says(f->out, "luna"));
}

/* Nobody is forgotten: not before those who wait; then everything of it shuts, and its books stay. */
static void brand_leaves(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    int64_t id = printed_id(f);
    does(f, "agent add --name Ada --email ada@lume.example --role admin");
    does(f, "token add --name bi");
    does(f, "brand add --name luna");
    file_put(
        f->file,
        STR("{\"type\":\"person\",\"id\":\"p\",\"name\":\"Pia\",\"identities\":[{\"network\":\"x\",\"id\":\"55\"}]}\n"
            "{\"type\":\"channel\",\"id\":\"c\",\"network\":\"x\",\"name\":\"@lume\"}\n"
            "{\"type\":\"conversation\",\"id\":\"k\",\"person\":\"p\",\"state\":\"waiting\",\"items\":[{\"kind\":"
            "\"in\","
            "\"id\":\"m\",\"channel\":\"c\",\"door\":\"dm\",\"ago\":5,\"text\":\"Aiuto\"}]}\n"));
    does(f, "import ~ --brand lume");
    refuses(f, "brand remove", 2, "missing");
    refuses(f, "brand remove sole", 1, "no such brand");
    refuses(f, "brand remove lume", 1, "1 conversations wait");
    does(f, "brand remove lume --anyway");
    assert_int_equal(printed_id(f), id);
    refuses(f, "brand remove lume", 1, "removed already");
    refuses(f, "brand add --name lume", 1, "there was a brand");
    does(f, "brand list --json");
    assert_int_equal(json_count(printed(f)), 1);
    does(f, "brand list --all --json");
    assert_int_equal(json_count(printed(f)), 2);
    does(f, "agent list --brand lume --json");
    assert_int_equal(json_count(printed(f)), 0);
    does(f, "channel list --brand lume --json");
    assert_int_equal(json_count(printed(f)), 0);
    does(f, "token list --brand lume --json");
    assert_true(json_text(json_get(json_at(printed(f), 0), "revoked_at")).len > 0);
    does(f, "ledger verify --brand lume --json");
    does(f, "doctor");
    does(f, "brand remove luna"); /* nobody waits there */
}

/* ---- colleagues and tokens ---- */

struct sign_in {
    struct fixture *f;
    struct agent agent;
    struct token token;
    int64_t brand, id;
    struct str secret;
};

static bool agent_read(struct tx *tx, void *ctx, struct error *e)
{
    struct sign_in *s = ctx;
    return agent_by_id(tx, s->f->a, s->brand, s->id, &s->agent, e);
}

static bool token_read(struct tx *tx, void *ctx, struct error *e)
{
    struct sign_in *s = ctx;
    unsigned char digest[SHA256_BYTES];
    sha256(s->secret, digest);
    return token_find(tx, s->f->a, s->brand, hex_encode(s->f->a, digest, sizeof digest), &s->token, e);
}

static bool in_house(struct fixture *f, db_command *read, void *ctx)
{
    struct error e = {0};
    struct house *house = house_open(f->data, NULL, false, &e);
    assert_non_null(house);
    bool ok = db_read(house->db, read, ctx, &e);
    house_close(house);
    return ok;
}

static void colleagues(void **state)
{
    struct fixture *f = *state;
    struct sign_in s = {.f = f};
    does(f, "brand add --name lume");
    s.brand = printed_id(f);
    does(f, "agent add --name Ada --email Ada@Lume.example --role lead");
    s.id = printed_id(f);
    ptrdiff_t at = str_find(f->err, STR(": "));
    assert_true(at > 0);
    struct str made = str_trim(str_slice(f->err, (size_t)at + 2, f->err.len));
    assert_true(in_house(f, agent_read, &s));
    assert_int_equal(s.agent.role, ROLE_LEAD);
    assert_true(password_verify(s.agent.password, made));
    refuses(f, "agent add --name Ada --email ada@lume.example", 1, "already");
    refuses(f, "agent add --name Ugo --email ugo", 1, "no e-mail address");
    refuses(f, "agent add --name Ugo --email ugo@lume.example --role king", 1, "role is");
    file_put(f->file, STR("short\n"));
    refuses(f, "agent password ada@lume.example --password-file ~", 1, "at least");
    file_put(f->file, STR("long enough now\nsecond line\n"));
    does(f, "agent password ADA@lume.example --password-file -");
    assert_int_equal(f->err.len, 0);
    assert_true(in_house(f, agent_read, &s));
    assert_true(password_verify(s.agent.password, STR("long enough now")));
    does(f, with_id(f, "agent remove #", s.id));
    refuses(f, with_id(f, "agent remove #", s.id), 1, "left already");
    does(f, "agent list --json");
    assert_int_equal(json_count(printed(f)), 0);
    does(f, "agent list --all --json");
    assert_int_equal(json_count(printed(f)), 1);
    does(f, "agent add --name Ada --email ada@lume.example --json"); /* comes back as who she was */
    assert_int_equal(json_int(json_get(printed(f), "id"), 0), s.id);
    assert_true(json_text(json_get(printed(f), "password")).len >= 20);
}

static void tokens(void **state)
{
    struct fixture *f = *state;
    struct sign_in s = {.f = f};
    does(f, "brand add --name lume");
    s.brand = printed_id(f);
    refuses(f, "token add --name bi", 1, "agent add");
    does(f, "agent add --name Ada --email ada@lume.example --role admin");
    int64_t ada = printed_id(f);
    refuses(f, "token add --name bi --role admin", 1, "read-only or agent");
    does(f, "token add --name bi --json");
    s.secret = json_text(json_get(printed(f), "token"));
    s.id = json_int(json_get(printed(f), "id"), 0);
    assert_true(str_starts(s.secret, STR("asc_")) && s.secret.len > 40);
    assert_true(in_house(f, token_read, &s));
    assert_int_equal(s.token.id, s.id);
    assert_int_equal(s.token.created_by, ada);
    assert_int_equal(s.token.role, ROLE_AGENT);
    does(f, "token add --name plain --role read-only --agent ada@lume.example");
    assert_true(says(f->out, "\nasc_"));
    does(f, "token list --json");
    assert_int_equal(json_count(printed(f)), 2);
    assert_false(says(f->out, "asc_"));
    does(f, with_id(f, "token revoke #", s.id));
    refuses(f, with_id(f, "token revoke #", s.id), 1, "before");
    refuses(f, with_id(f, "token remove #", s.id), 1, "before");
    refuses(f, "token revoke 77", 1, "no such token");
    refuses(f, "token revoke bi", 2, "no id");
}

/* ---- channels ---- */

static void networks(void **state)
{
    struct fixture *f = *state;
    size_t count;
    const struct channel *const *all = channel_all(&count);
    does(f, "channel networks --json"); /* needs no data */
    const struct json *list = printed(f);
    size_t living = 0;
    for (size_t i = 0; i < count; i++) {
        if (!channel_connects(all[i])) /* nobody connects to it */
            continue;
        const struct json *network = json_at(list, living++);
        size_t settings = 0, doors = 0;
        for (const struct setting *one = all[i]->settings; one->name; one++)
            settings += !(one->flags & SETTING_KEPT);
        while (all[i]->doors[doors].name)
            doors++;
        assert_int_equal(json_count(json_get(network, "settings")), settings);
        assert_int_equal(json_count(json_get(network, "doors")), doors);
        assert_true(json_text(json_get(json_at(json_get(network, "settings"), 0), "help")).len > 10);
    }
    assert_int_equal(json_count(list), living);
    refuses(f, "channel networks googleplus", 1, "no network");
    does(f, "channel networks whatsapp");
    assert_true(says(f->out, "--set access_token=") && !says(f->out, "consumer_secret"));
    refuses(f, "channel networks fax", 1, "no network");
}

static void channels(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    refuses(f, "channel add --network fax --name F", 1, "no network");
    refuses(f, "channel add --network facebook --name Lume", 1, "app_secret");
    refuses(f, "channel add --network facebook --name Lume --set app_secret", 2, "SETTING=VALUE");
    refuses(f, "channel add --network facebook --name Lume --set colour=red", 1, "colour");
    file_put(f->file, STR("sesame\n"));
    does(f, "channel add --network facebook --name Lume --set-file app_secret=~ --set page_id=61000 "
            "--set access_token=opensesame --set verify_token=v");
    int64_t id = printed_id(f);
    does(f, "channel list --json");
    assert_false(says(f->out, "sesame"));
    const struct json *channel = json_at(printed(f), 0);
    assert_int_equal(json_int(json_get(channel, "id"), 0), id);
    assert_true(str_eq(json_text(json_get(channel, "webhook")), str_from(with_id(f, "/hooks/facebook/#", id))));
    assert_true(str_eq(json_text(json_get(channel, "state")), STR("on")));
    does(f, with_id(f, "channel set # --name Lume2 --set page_id=61001", id));
    refuses(f, with_id(f, "channel set #", id), 2, "nothing to change");
    does(f, with_id(f, "channel pause #", id));
    does(f, "channel list --json");
    channel = json_at(printed(f), 0);
    assert_true(str_eq(json_text(json_get(channel, "state")), STR("paused")));
    assert_true(str_eq(json_text(json_get(channel, "account")), STR("61001")));
    assert_true(str_eq(json_text(json_get(channel, "name")), STR("Lume2")));
    does(f, with_id(f, "channel resume #", id));
    does(f, "channel list");
    assert_true(says(f->out, " on "));
    does(f, with_id(f, "channel remove #", id));
    refuses(f, with_id(f, "channel remove #", id), 1, "removed");
    does(f, "channel list --json");
    assert_int_equal(json_count(printed(f)), 0);
    does(f, "channel list --json --all");
    assert_int_equal(json_count(printed(f)), 1);
    refuses(f, "channel pause 12", 1, "");
}

int cli_commands_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_use_is_told), TEST(brands),   TEST(brand_leaves), TEST(colleagues), TEST(tokens),
        TEST(networks),          TEST(channels),
    };
    return cmocka_run_group_tests_name("cli/commands", tests, NULL, NULL);
}
