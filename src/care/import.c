/* SPDX-License-Identifier: Apache-2.0 */
/* A run: lines into batches, batches into commands, and the report. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "care/house.h"
#include "care/import_internal.h"

/* A batch keeps other writers waiting for some ten milliseconds at most. */
#define BATCH_LINES 50
#define BATCH_BYTES (256 * 1024)

struct format {
    bool (*check)(const struct import_run *run, const struct json *line, struct error *e);
    bool (*take)(struct history *h, const struct json *line, struct error *e);
};
static const struct format formats[] = {
    [IMPORT_CONVERSATIONS] = {conversations_check, conversations_take},
    [IMPORT_THREADS] = {threads_check, threads_take},
    [IMPORT_TAKEOUT] = {takeout_check, takeout_take},
};

struct line {
    size_t number;
    struct json *json;
};
struct batch {
    const struct import_run *run;
    const struct format *format;
    struct line lines[BATCH_LINES];
    size_t count, bytes;
    struct import_report report; /* of this batch alone: the command may run twice */
};

static void problem_add(struct import_report *report, size_t line, const char *words)
{
    report->bad++;
    if (report->problem_count == IMPORT_PROBLEMS_MAX)
        return;
    struct import_problem *problem = &report->problems[report->problem_count++];
    problem->line = line;
    size_t len = strnlen(words, sizeof problem->words - 1);
    memcpy(problem->words, words, len);
    problem->words[len] = '\0';
}

static void report_add(struct import_report *sum, const struct import_report *part)
{
    sum->known += part->known;
    sum->agents += part->agents;
    sum->channels += part->channels;
    sum->labels += part->labels;
    sum->snippets += part->snippets;
    sum->people += part->people;
    sum->conversations += part->conversations;
    sum->threads += part->threads;
    sum->unaddressed += part->unaddressed;
    sum->received += part->received;
    sum->ours += part->ours;
    size_t told = sum->bad + part->bad;
    for (size_t i = 0; i < part->problem_count; i++)
        problem_add(sum, part->problems[i].line, part->problems[i].words);
    sum->bad = told;
}

static bool batch_command(struct tx *tx, void *ctx, struct error *e)
{
    struct batch *batch = ctx;
    struct history h;
    if (!history_begin(&h, tx, batch->run, e))
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        struct error here = {0};
        h.writing = false;
        if (batch->format->take(&h, batch->lines[i].json, &here))
            continue;
        if (here.code != ERR_BAD_INPUT || h.writing)
            return fail(e, here.code, "line %zu: %s", batch->lines[i].number, here.message);
        problem_add(&h.report, batch->lines[i].number, here.message);
    }
    if (!history_end(&h, e))
        return false;
    batch->report = h.report;
    return true;
}

static bool batch_write(struct batch *batch, struct import_report *report, struct error *e)
{
    if (batch->count && !db_write(batch->run->house->db, batch->run->brand.id, batch_command, batch, e))
        return false;
    if (batch->count)
        report_add(report, &batch->report);
    batch->count = batch->bytes = 0;
    return true;
}

static void batch_line(struct batch *batch, struct arena *a, struct str text, struct import_report *report)
{
    struct error here = {0};
    struct json *json = json_parse(a, text, &here);
    if (json && json->type != JSON_OBJECT)
        fail(&here, ERR_BAD_INPUT, "A line is one JSON object.");
    if (here.code || !batch->format->check(batch->run, json, &here)) {
        problem_add(report, report->lines, here.message);
        return;
    }
    batch->lines[batch->count++] = (struct line){report->lines, json};
    batch->bytes += text.len;
}

static bool lines_run(const struct import_run *run, struct str bytes, struct import_report *report, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    struct batch *batch = &(struct batch){.run = run, .format = &formats[run->options->format]};
    struct str rest = bytes, text;
    if (str_starts(rest, STR("\xEF\xBB\xBF")))
        rest = str_slice(rest, 3, rest.len);
    while (str_split(&rest, '\n', &text)) {
        report->lines++;
        text = str_trim(text);
        if (text.len)
            batch_line(batch, a, text, report);
        if (batch->count < BATCH_LINES && batch->bytes < BATCH_BYTES)
            continue;
        if (!batch_write(batch, report, e))
            return false;
        arena_reset(a);
        if (run->options->progress)
            run->options->progress(run->options->progress_ctx, report, bytes.len - rest.len, bytes.len);
    }
    return batch_write(batch, report, e);
}

static bool brand_read(struct tx *tx, void *ctx, struct error *e)
{
    struct import_run *run = ctx;
    /* the brand's texts stay for the whole run */
    return brand_by_id(tx, run->house->arena, run->options->brand_id, &run->brand, e);
}

bool import_lines(struct house *house, const struct import_options *options, struct str bytes,
                  struct import_report *report, struct error *e)
{
    struct import_run run = {.house = house, .options = options, .password = STR("!")};
    *report = (struct import_report){0};
    if (!db_read(house->db, brand_read, &run, e))
        return false;
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    run.zone = str_cstr(a, run.brand.zone);
    run.now = options->now ? options->now : clock_now();
    if (options->password.len && !password_hash(a, options->password, &run.password, e))
        return false;
    return lines_run(&run, bytes, report, e);
}
