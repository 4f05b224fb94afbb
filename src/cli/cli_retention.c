/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto retention and the rules that it follows (ascolto brand set). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "care/retention.h"
#include "cli/cli_internal.h"

/* ---- rules ---- */

static bool days_given(struct cli *cli, const char *option, int64_t *days, struct error *e)
{
    struct str text = str_trim(cli_option(cli, option));
    if (!cli_given(cli, option))
        return true;
    if (str_eq(text, STR("forever"))) {
        *days = 0;
        return true;
    }
    return (str_int64(text, days) && *days > 0 && *days <= RETENTION_DAYS_MAX) ||
           fail(e, ERR_MALFORMED, "--%s is a number of days, or forever", option);
}

bool cli_keeps(struct cli *cli, struct brand *brand, struct error *e)
{
    return days_given(cli, "keep-payloads", &brand->keep_payloads, e) &&
           days_given(cli, "keep-events", &brand->keep_events, e) &&
           days_given(cli, "keep-search", &brand->keep_search, e) && retention_rules_fit(brand, e);
}

static bool rules_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct cli *cli = ctx;
    return retention_rule(tx, &cli->brand, 0, "command line", e);
}

bool cli_brand_set(struct cli *cli, struct error *e)
{
    if (!cli_given(cli, "keep-payloads") && !cli_given(cli, "keep-events") && !cli_given(cli, "keep-search"))
        return fail(e, ERR_MALFORMED, "say what is to change");
    if (!cli_open_brand(cli, e) || !cli_keeps(cli, &cli->brand, e) || !cli_write(cli, rules_write, cli, e))
        return false;
    cli_print_id(cli, cli->brand.id);
    return true;
}

/* ---- pruning ---- */

struct moving {
    struct cli *cli;
    FILE *file;
    const char *path;
    int64_t lines;
};

static bool cannot_write(const struct moving *moving, struct error *e)
{
    return fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", moving->path, strerror(errno));
}

static bool move_line(void *ctx, struct str line, struct error *e)
{
    struct moving *moving = ctx;
    moving->lines++;
    return (fwrite(line.ptr, 1, line.len, moving->file) == line.len && putc('\n', moving->file) != EOF) ||
           cannot_write(moving, e);
}

/* On disk before the rows go. */
static bool move_keep(void *ctx, struct error *e)
{
    struct moving *moving = ctx;
    cli_progress("%" PRId64 " rows moved", moving->lines);
    return (fflush(moving->file) == 0 && (fsync(fileno(moving->file)) == 0 || errno == EINVAL)) ||
           cannot_write(moving, e);
}

static bool run_now(struct cli *cli, struct retention_report *report, struct error *e)
{
    struct moving moving = {.cli = cli, .path = cli_option_cstr(cli, "move-to")};
    struct retention_run run = {.brand = &cli->brand, .ctx = &moving};
    if (moving.path) {
        int fd = open(moving.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        moving.file = fd >= 0 ? fdopen(fd, "a") : NULL;
        if (!moving.file)
            return cannot_write(&moving, e);
        run.line = move_line;
        run.keep = move_keep;
    }
    bool ok = retention_prune(cli->house, &run, report, e);
    if (moving.file && fclose(moving.file) != 0 && ok)
        ok = cannot_write(&moving, e);
    cli_progress_end();
    return ok;
}

static void report_print(struct cli *cli, const struct retention_report *r, bool done)
{
    struct arena *a = cli->arena;
    struct json *object = json_object(a);
    json_set_str(a, object, "brand", cli->brand.name);
    json_set_bool(a, object, "done", done);
    json_set_int(a, object, "payloads", r->payloads);
    json_set_int(a, object, "payload_bytes", r->payload_bytes);
    json_set_int(a, object, "events", r->events);
    json_set_int(a, object, "event_bytes", r->event_bytes);
    json_set_int(a, object, "conversations", r->conversations);
    json_set_int(a, object, "messages", r->messages);
    json_set_int(a, object, "files", r->files);
    json_set(a, object, "opening_day", r->opening_day ? json_new_int(a, r->opening_day) : json_new_null(a));
    if (cli->json) {
        cli_print_json(cli, object);
        return;
    }
    printf("%.*s: %s %" PRId64 " payloads (%" PRId64 " bytes), %" PRId64 " events (%" PRId64
           " bytes), the words of %" PRId64 " messages in %" PRId64 " conversations",
           STR_ARGS(cli->brand.name), done ? "gone are" : "there would go", r->payloads, r->payload_bytes, r->events,
           r->event_bytes, r->messages, r->conversations);
    if (done)
        printf(", %" PRId64 " files", r->files);
    printf("\n");
    if (r->opening_day)
        printf("the log opens with the statement of %" PRId64 "\n", r->opening_day);
}

bool cli_retention(struct cli *cli, struct error *e)
{
    struct retention_report report;
    bool run = cli_given(cli, "run");
    if (run == cli_given(cli, "dry-run") || (cli_given(cli, "move-to") && !run))
        return fail(e, ERR_MALFORMED, "either --dry-run, or --run, which may --move-to a file");
    if (!cli_open_brand(cli, e))
        return false;
    if (!(run ? run_now(cli, &report, e) : retention_look(cli->house, &cli->brand, &report, e)))
        return false;
    report_print(cli, &report, run);
    return true;
}
