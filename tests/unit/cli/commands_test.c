/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as scripts use it: what is printed where, exit codes, and that it works beside a running house. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/house.h"
#include "channels/channel.h"
#include "cli/cli.h"
#include "store/agent.h"

int cli_commands_test(void);

#define WORDS_MAX 24

struct fixture {
    char folder[64], data[96], file[96];
    struct arena *a;
    int code;
    struct str out, err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/ascolto-cli-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->data, sizeof f->data, "%s/data", f->folder);
    snprintf(f->file, sizeof f->file, "%s/file", f->folder);
    setenv("ASCOLTO_DATA", f->data, 1);
    setenv("ASCOLTO_FAST_PASSWORDS", "1", 1);
    f->a = arena_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    unsetenv("ASCOLTO_DATA");
    arena_free(f->a);
    free(f);
    return 0;
}

/* ---- running ---- */

static struct str file_bytes(struct arena *a, const char *path)
{
    struct buf b;
    char chunk[4096];
    buf_init(&b, a, sizeof chunk);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;)
        buf_add(&b, chunk, (size_t)n);
    close(fd);
    return buf_view(&b);
}

static void file_put(const char *path, struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    close(fd);
}

static int redirect(int fd, const char *path, int flags)
{
    int kept = dup(fd), other = open(path, flags, 0600);
    assert_true(kept >= 0 && other >= 0);
    assert_true(dup2(other, fd) >= 0);
    close(other);
    return kept;
}

static void restored(int fd, int kept)
{
    assert_true(dup2(kept, fd) >= 0);
    close(kept);
}

/* One command line, words cut at blanks; "~" in it stands for the test's file. */
static void run(struct fixture *f, const char *line)
{
    char out[96], err[96], *argv[WORDS_MAX + 1] = {(char[]){"ascolto"}};
    int argc = 1;
    snprintf(out, sizeof out, "%s/out", f->folder);
    snprintf(err, sizeof err, "%s/err", f->folder);
    struct str rest = str_from(line), word;
    while (str_split(&rest, ' ', &word)) {
        ptrdiff_t tilde = str_find_char(word, '~');
        assert_true(argc < WORDS_MAX);
        struct str full = tilde < 0 ? word
                                    : str_format(f->a, "%.*s%s%.*s", (int)tilde, word.ptr, f->file,
                                                 STR_ARGS(str_slice(word, (size_t)tilde + 1, word.len)));
        argv[argc++] = arena_copy(f->a, full.ptr, full.len);
    }
    fflush(stdout);
    fflush(stderr);
    int in = redirect(STDIN_FILENO, f->file[0] && access(f->file, R_OK) == 0 ? f->file : "/dev/null", O_RDONLY);
    int one = redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC);
    int two = redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
    f->code = cli_main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    restored(STDOUT_FILENO, one);
    restored(STDERR_FILENO, two);
    restored(STDIN_FILENO, in);
    f->out = file_bytes(f->a, out);
    f->err = file_bytes(f->a, err);
}

static void does(struct fixture *f, const char *line)
{
    run(f, line);
    if (f->code != 0)
        fail_msg("%s: exit %d: %.*s", line, f->code, STR_ARGS(f->err));
}

/* Refused with this exit code and these words in one line of stderr (a usage line may follow). */
static void refuses(struct fixture *f, const char *line, int code, const char *words)
{
    run(f, line);
    if (f->code != code || str_find(f->err, str_from(words)) < 0)
        fail_msg("%s: exit %d: %.*s", line, f->code, STR_ARGS(f->err));
    assert_true(str_starts(f->err, STR("ascolto: ")) || str_find(f->err, STR("\nascolto: ")) >= 0);
}

static int64_t printed_id(struct fixture *f)
{
    int64_t id;
    assert_true(f->out.len > 1 && f->out.ptr[f->out.len - 1] == '\n');
    assert_true(str_int64(str_slice(f->out, 0, f->out.len - 1), &id));
    assert_true(id > 0);
    return id;
}

static const struct json *printed(struct fixture *f)
{
    struct error e = {0};
    const struct json *json = json_parse(f->a, f->out, &e);
    if (!json)
        fail_msg("%s: %.*s", e.message, STR_ARGS(f->out));
    return json;
}

static bool says(struct str text, const char *words)
{
    return str_find(text, str_from(words)) >= 0;
}

static const char *with_id(struct fixture *f, const char *format, int64_t id)
{
    struct buf b;
    buf_init(&b, f->a, 128);
    for (; *format; format++) {
        if (*format == '#')
            buf_int(&b, id);
        else
            buf_char(&b, *format);
    }
    return buf_view(&b).ptr;
}

/* ---- use ---- */

static void wrong_use_is_told(void **state)
{
    struct fixture *f = *state;
    run(f, "");
    assert_int_equal(f->code, 2);
    refuses(f, "dance", 2, "no command");
    refuses(f, "brand", 2, "add or list");
    refuses(f, "brand dance", 2, "add or list");
    refuses(f, "brand add", 2, "--name is missing");
    refuses(f, "brand add --name", 2, "needs a value");
    refuses(f, "brand add --nam x", 2, "no option --nam");
    refuses(f, "brand add --json=1 --name x", 2, "takes no value");
    refuses(f, "brand add stray --name x", 2, "too much");
    refuses(f, "brand list -x", 2, "no option -x");
    refuses(f, "import", 2, "missing");
    refuses(f, "brand list --database postgresql://x", 1, "PostgreSQL comes in a later version");
    refuses(f, "brand list", 1, "no data folder");
    does(f, "help");
    assert_true(says(f->out, "ascolto channel networks") && says(f->out, "Exit: 0 done"));
    does(f, "help token");
    assert_true(says(f->out, "token revoke") && !says(f->out, "brand add"));
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
    struct house *house = house_open(f->data, false, &e);
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
    assert_int_equal(json_count(list), count);
    for (size_t i = 0; i < count; i++) {
        const struct json *network = json_at(list, i);
        size_t settings = 0, doors = 0;
        while (all[i]->settings[settings].name)
            settings++;
        while (all[i]->doors[doors].name)
            doors++;
        assert_int_equal(json_count(json_get(network, "settings")), settings);
        assert_int_equal(json_count(json_get(network, "doors")), doors);
        assert_true(json_text(json_get(json_at(json_get(network, "settings"), 0), "help")).len > 10);
    }
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

/* ---- history and ledger ---- */

#define PERSON                                                                                                       \
    "{\"type\":\"person\",\"id\":\"p\",\"name\":\"Pia\",\"identities\":[{\"network\":\"x\",\"id\":\"55\"}]}\n"
#define TALK                                                                                                         \
    "{\"type\":\"channel\",\"id\":\"c\",\"network\":\"x\",\"name\":\"@lume\"}\n"                                     \
    "{\"type\":\"conversation\",\"id\":\"k\",\"person\":\"p\",\"state\":\"waiting\",\"items\":[{\"kind\":\"in\","    \
    "\"id\":\"m\","                                                                                                  \
    "\"channel\":\"c\",\"door\":\"dm\",\"at\":\"2026-03-04T10:00:00Z\",\"text\":\"Ciao\"}]}\n"

static void history(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    does(f, "brand add --name eco");
    file_put(f->file, STR(PERSON TALK));
    does(f, "import - --brand lume --json"); /* stdin is the file too */
    assert_int_equal(json_int(json_get(printed(f), "received"), 0), 1);
    does(f, "import ~ --brand lume");
    assert_true(says(f->out, "0 messages") && says(f->out, "3 lines known before"));
    refuses(f, "import ~ --brand lume --format csv", 2, "this version reads conversations and threads");
    refuses(f, "import ~ --brand lume --format takeout", 2, "this version reads conversations and threads");
    refuses(f, "import ~ --brand lume --format xml", 2, "a format is");
    refuses(f, "import /nowhere --brand lume", 1, "cannot be read");
    does(f, "export --brand lume");
    file_put(f->file, f->out);
    does(f, "import ~ --brand eco --json");
    assert_int_equal(json_int(json_get(printed(f), "conversations"), 0), 1);
    file_put(f->file, STR(PERSON "oops\n"));
    refuses(f, "import ~ --brand eco", 1, "1 of 2 lines were refused");
    assert_true(says(f->err, "line 2: "));
    does(f, "ledger show --brand eco --json");
    const struct json *ledger = printed(f);
    assert_int_equal(json_int(json_get(ledger, "received"), 0), 1);
    assert_int_equal(json_int(json_get(ledger, "waiting"), 0), 1);
    assert_true(json_bool(json_get(ledger, "balanced"), false));
    assert_int_equal(json_count(json_get(ledger, "channels")), 1);
    does(f, "ledger show --brand eco --day 2026-03-04 --json");
    assert_int_equal(json_int(json_get(printed(f), "received"), 0), 1);
    does(f, "ledger show --brand eco --day 2026-03-05 --json");
    assert_int_equal(json_int(json_get(printed(f), "received"), -1), 0);
    refuses(f, "ledger show --day yesterday", 2, "a day like");
    does(f, "ledger verify"); /* both brands */
    assert_true(says(f->out, "lume: 1 received") && says(f->out, "eco: 1 received"));
    refuses(f, "statement show --brand eco", 1, "");
    does(f, "statement verify --brand eco --json");
}

static void database_break(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    const char *path = str_cstr(f->a, str_format(f->a, "%s/ascolto.db", f->data));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_ledger_that_does_not_balance_is_told(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    file_put(f->file, STR(PERSON TALK));
    does(f, "import ~");
    does(f, "doctor");
    database_break(f, "UPDATE message SET place = 2");
    refuses(f, "ledger verify", 1, "does not balance");
    assert_true(says(f->out, "DOES NOT BALANCE") && says(f->out, "waiting: the ledger says 1, the messages 0"));
    refuses(f, "ledger verify --json --brand lume", 1, "does not balance");
    assert_false(json_bool(json_get(printed(f), "balanced"), true));
    assert_int_equal(json_count(json_get(printed(f), "differences")), 2);
    refuses(f, "doctor", 1, "checks failed");
}

static void real_threads_are_imported_and_balance(void **state)
{
    struct fixture *f = *state;
    const char *shared = getenv("ASCOLTO_SHARED");
    struct str path =
        str_format(f->a, "%s/data/measure-only/replay_threads_en.jsonl.gz", shared && *shared ? shared : "../shared");
    if (access(str_cstr(f->a, path), R_OK) != 0) {
        print_message("skipped: %.*s is not here\n", STR_ARGS(path));
        skip();
    }
    does(f, "brand add --name replay");
    const char *line = str_cstr(f->a, str_format(f->a, "import %.*s --format threads --json", STR_ARGS(path)));
    for (int turn = 0; turn < 2; turn++) {
        does(f, line);
        const struct json *report = printed(f);
        assert_int_equal(json_int(json_get(report, "threads"), 0), 2527);
        assert_int_equal(json_int(json_get(report, "messages"), -1), turn ? 0 : 10799);
        assert_int_equal(json_int(json_get(report, "received"), -1), turn ? 0 : 4643);
        assert_int_equal(json_int(json_get(report, "people"), -1), turn ? 0 : 2550);
        assert_int_equal(json_int(json_get(report, "refused"), -1), 0);
    }
    does(f, "ledger verify --json");
    assert_int_equal(json_int(json_get(printed(f), "received"), 0), 4643);
    assert_true(json_bool(json_get(printed(f), "balanced"), false));
}

static void a_damaged_gzip_is_refused(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    file_put(f->file, STR("\x1f\x8b\x08 this is not really a gzip file\xff\xff\xff\xff"));
    refuses(f, "import ~", 1, "gzip file is");
    file_put(f->file, STR("\x1f\x8b\x08 this is not really a gzip file\x10\x00\x00\x00"));
    refuses(f, "import ~", 1, "gzip file is");
}

/* ---- operation ---- */

static void a_backup_comes_back(void **state)
{
    struct fixture *f = *state;
    struct stat info;
    char other[96], line[256];
    snprintf(other, sizeof other, "%s/other", f->folder);
    does(f, "brand add --name lume");
    does(f, "channel add --network facebook --name Lume --set app_secret=sesame --set page_id=61000 "
            "--set access_token=opensesame --set verify_token=v");
    does(f, "backup ~");
    assert_int_equal(stat(f->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    refuses(f, "restore ~", 1, "holds data already");
    snprintf(line, sizeof line, "restore ~ --data %s", other);
    does(f, line);
    snprintf(line, sizeof line, "doctor --json --data %s", other); /* opens the sealed secrets with the keys */
    does(f, line);
    struct str first = file_bytes(f->a, str_cstr(f->a, str_format(f->a, "%s/key", f->data)));
    struct str second = file_bytes(f->a, str_cstr(f->a, str_format(f->a, "%s/key", other)));
    assert_true(first.len > 0 && str_eq(first, second));
    does(f, "brand add --name later");
    does(f, "restore ~ --force"); /* what was there is moved aside */
    assert_true(says(f->err, "before-restore-"));
    does(f, "brand list --json");
    assert_int_equal(json_count(printed(f)), 1);
    refuses(f, with_id(f, "backup ~ --data /nowhere#", 1), 1, "no data folder");
    snprintf(line, sizeof line, "backup %s/ascolto.db", f->data);
    refuses(f, line, 1, "the data itself");
}

static void a_damaged_backup_is_refused(void **state)
{
    struct fixture *f = *state;
    char line[256];
    does(f, "brand add --name lume");
    does(f, "backup ~");
    struct str whole = file_bytes(f->a, f->file);
    snprintf(line, sizeof line, "restore ~ --data %s/other", f->folder);
    file_put(f->file, str_slice(whole, 0, whole.len - 1));
    refuses(f, line, 1, "cut off");
    char *bytes = arena_copy(f->a, whole.ptr, whole.len);
    bytes[whole.len / 2] ^= 1;
    file_put(f->file, (struct str){bytes, whole.len});
    refuses(f, line, 1, "checksum");
    file_put(f->file, STR("SQLite format 3"));
    refuses(f, line, 1, "no backup");
    file_put(f->file, whole);
    does(f, line);
}

static void the_doctor_looks(void **state)
{
    struct fixture *f = *state;
    does(f, "doctor --sql");
    does(f, "brand add --name lume");
    does(f, "doctor --json");
    assert_int_equal(json_count(printed(f)), 6);
    assert_int_equal(chmod(f->data, 0755), 0);
    refuses(f, "doctor", 1, "1 of 6 checks failed");
    assert_true(says(f->out, "WRONG  folder"));
    assert_int_equal(chmod(f->data, 0700), 0);
    const char *key = str_cstr(f->a, str_format(f->a, "%s/key", f->data));
    assert_int_equal(unlink(key), 0);
    refuses(f, "doctor", 1, "checks failed");
    refuses(f, "brand list", 1, "key file"); /* and no new one is made beside old data */
    assert_int_not_equal(access(key, F_OK), 0);
}

static void only_migrate_changes_the_schema(void **state)
{
    struct fixture *f = *state;
    does(f, "brand add --name lume");
    does(f, "migrate");
    assert_true(str_starts(f->out, STR("schema ")));
    database_break(f, "INSERT INTO schema_version SELECT 999, name, applied_at FROM schema_version LIMIT 1");
    refuses(f, "brand list", 1, "newer Ascolto");
    refuses(f, "migrate", 1, "newer Ascolto");
    database_break(f, "DELETE FROM schema_version");
    refuses(f, "brand add --name luna", 1, "run ascolto migrate");
}

static void it_works_beside_a_running_house(void **state)
{
    struct fixture *f = *state;
    struct error e = {0};
    does(f, "brand add --name lume");
    struct house *house = house_open(f->data, false, &e);
    assert_non_null(house);
    file_put(f->file, STR(PERSON TALK));
    does(f, "import ~");
    does(f, "agent add --name Ada --email ada@lume.example");
    does(f, "ledger verify");
    does(f, "backup ~");
    house_close(house);
    does(f, "agent list --json");
    assert_int_equal(json_count(printed(f)), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int cli_commands_test(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_use_is_told),
        TEST(brands),
        TEST(colleagues),
        TEST(tokens),
        TEST(networks),
        TEST(channels),
        TEST(history),
        TEST(a_ledger_that_does_not_balance_is_told),
        TEST(real_threads_are_imported_and_balance),
        TEST(a_damaged_gzip_is_refused),
        TEST(a_backup_comes_back),
        TEST(a_damaged_backup_is_refused),
        TEST(the_doctor_looks),
        TEST(only_migrate_changes_the_schema),
        TEST(it_works_beside_a_running_house),
    };
    return cmocka_run_group_tests_name("cli/commands", tests, NULL, NULL);
}
