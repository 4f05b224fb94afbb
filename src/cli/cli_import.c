/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto import and ascolto export. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libdeflate.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "care/export.h"
#include "care/import.h"
#include "cli/cli_internal.h"
#include "cli/cli_takeout.h"

#define PACKED_MOST   ((size_t)1 << 30)
#define UNPACKED_MOST ((size_t)4 << 30)

/* ---- what a file holds ---- */

struct source {
    struct str bytes;
    void *map; /* of a plain file, so that a large one needs no memory */
    size_t map_size;
    struct takeout takeout; /* of an archive: which file each line was */
};

static void source_close(struct source *source)
{
    if (source->map)
        munmap(source->map, source->map_size);
}

static bool file_map(const char *path, struct source *source)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map != MAP_FAILED) {
            source->map = map;
            source->map_size = (size_t)info.st_size;
            source->bytes = (struct str){map, source->map_size};
        }
    }
    close(fd);
    return source->map != NULL;
}

/* All members of a gzip file. A member's last four bytes say its size; what it says is not believed beyond the limit
 * nor beyond what deflate can reach. */
static bool unpack(struct arena *a, struct str packed, struct str *out, struct error *e)
{
    const unsigned char *end = (const unsigned char *)packed.ptr + packed.len;
    size_t size = (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    if (packed.len > PACKED_MOST || size / 1040 > packed.len)
        return fail(e, ERR_TOO_LARGE,
                    "the gzip file is too large or damaged: unpack it first (`zcat FILE | "
                    "ascolto import -`)");
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor)
        return fail(e, ERR_INTERNAL, "there is no memory to unpack the file");
    char *bytes = arena_alloc(a, size + 1);
    size_t used = 0, got = 0;
    enum libdeflate_result result =
        libdeflate_gzip_decompress_ex(decompressor, packed.ptr, packed.len, bytes, size, &used, &got);
    libdeflate_free_decompressor(decompressor);
    if (result != LIBDEFLATE_SUCCESS || used != packed.len)
        return fail(e, ERR_BAD_INPUT,
                    "the gzip file is damaged or has several parts: unpack it first (`zcat FILE | "
                    "ascolto import -`)");
    *out = (struct str){bytes, got};
    return true;
}

static bool source_open(struct cli *cli, bool archive, struct source *source, struct error *e)
{
    const char *path = cli->words[0];
    if (archive) {
        bool found = takeout_open(&source->takeout, cli->arena, path, e);
        source->bytes = found ? buf_view(source->takeout.lines) : STR_EMPTY;
        return found;
    }
    bool mapped = strcmp(path, "-") != 0 && file_map(path, source);
    if (!mapped && !cli_read_file(cli->arena, path, UNPACKED_MOST, &source->bytes, e))
        return false;
    bool packed = source->bytes.len > 18 && memcmp(source->bytes.ptr, "\x1f\x8b", 2) == 0;
    return !packed || unpack(cli->arena, source->bytes, &source->bytes, e);
}

/* ---- import ---- */

static void progress(void *ctx, const struct import_report *so_far, size_t done, size_t total)
{
    (void)ctx;
    cli_progress("%3.0f %%  %zu lines, %zu conversations, %zu messages",
                 total ? 100.0 * (double)done / (double)total : 100.0, so_far->lines, so_far->conversations,
                 so_far->received + so_far->ours);
}

static const char *file_of(const struct takeout *takeout, size_t line)
{
    return line > 0 && line <= takeout->count ? takeout->names[line - 1] : "";
}

static void report_json(const struct cli *cli, const struct import_report *r, const struct takeout *takeout)
{
    struct arena *a = cli->arena;
    struct json *object = json_object(a), *problems = json_array(a);
    const struct {
        const char *name;
        size_t n;
    } counts[] = {{"lines", r->lines},
                  {"known", r->known},
                  {"refused", r->bad},
                  {"agents", r->agents},
                  {"channels", r->channels},
                  {"labels", r->labels},
                  {"snippets", r->snippets},
                  {"people", r->people},
                  {"threads", r->threads},
                  {"unaddressed", r->unaddressed},
                  {"conversations", r->conversations},
                  {"messages", r->received + r->ours},
                  {"received", r->received},
                  {"ours", r->ours}};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        json_set_int(a, object, counts[i].name, (int64_t)counts[i].n);
    for (size_t i = 0; i < r->problem_count; i++) {
        struct json *problem = json_object(a);
        if (takeout->count)
            json_set_str(a, problem, "file", str_from(file_of(takeout, r->problems[i].line)));
        else
            json_set_int(a, problem, "line", (int64_t)r->problems[i].line);
        json_set_str(a, problem, "problem", str_from(r->problems[i].words));
        json_push(a, problems, problem);
    }
    json_set(a, object, "problems", problems);
    cli_print_json(cli, object);
}

static void problem_print(const struct import_problem *problem, const struct takeout *takeout)
{
    if (takeout->count)
        fprintf(stderr, "%s: %s\n", file_of(takeout, problem->line), problem->words);
    else
        fprintf(stderr, "line %zu: %s\n", problem->line, problem->words);
}

static void count_print(const char *before, size_t n, const char *what)
{
    if (n)
        printf("%s%zu %s", before, n, what);
}

static void report_print(const struct import_report *r, enum import_format format)
{
    bool lines = format != IMPORT_TAKEOUT, by_thread = format != IMPORT_CONVERSATIONS;
    if (by_thread)
        printf("%zu %s: ", r->threads, lines ? "threads" : "posts");
    else
        printf("%zu conversations: ", r->conversations);
    printf("%zu messages (%zu received, %zu ours), %zu new people", r->received + r->ours, r->received, r->ours,
           r->people);
    if (by_thread)
        count_print(", ", r->conversations, "conversations");
    count_print(", ", r->agents, "colleagues");
    count_print(", ", r->channels, r->channels == 1 ? "channel" : "channels");
    count_print(", ", r->labels, "labels");
    count_print(", ", r->snippets, "snippets");
    count_print("; ", r->known, lines ? "lines known before" : "posts known before");
    count_print("; ", r->unaddressed,
                lines ? "threads without any customer left out" : "posts that nobody else commented on left out");
    count_print("; ", r->bad, lines ? "lines refused" : "files refused");
    putchar('\n');
}

static bool options_fill(struct cli *cli, struct import_options *options, struct error *e)
{
    struct str format = cli_option(cli, "format");
    *options = (struct import_options){.password = cli_option(cli, "demo-password"), .progress = progress};
    if (format.len == 0 || str_eq(format, STR("conversations")))
        options->format = IMPORT_CONVERSATIONS;
    else if (str_eq(format, STR("threads")))
        options->format = IMPORT_THREADS;
    else if (str_eq(format, STR("takeout")))
        options->format = IMPORT_TAKEOUT;
    else
        return fail(e, ERR_MALFORMED, "a format is conversations, threads or takeout, not “%.*s”", STR_ARGS(format));
    if (cli_given(cli, "channel") && options->format != IMPORT_THREADS)
        return fail(e, ERR_MALFORMED, "--channel is for --format threads: the other formats name their channels");
    return !cli_given(cli, "channel") || cli_id(cli_option(cli, "channel"), "channel", &options->channel_id, e);
}

bool cli_import(struct cli *cli, struct error *e)
{
    struct import_options options;
    CLEANUP(source_close) struct source source = {0};
    struct import_report report;
    if (!options_fill(cli, &options, e) || !cli_open_brand(cli, e) ||
        !source_open(cli, options.format == IMPORT_TAKEOUT, &source, e))
        return false;
    options.brand_id = cli->brand.id;
    if (!import_lines(cli->house, &options, source.bytes, &report, e))
        return false;
    cli_progress_end();
    for (size_t i = 0; i < report.problem_count; i++)
        problem_print(&report.problems[i], &source.takeout);
    if (cli->json)
        report_json(cli, &report, &source.takeout);
    else
        report_print(&report, options.format);
    fflush(stdout);
    return report.bad == 0 || fail(e, ERR_BAD_INPUT, "%zu of %zu %s were refused, the others are in", report.bad,
                                   report.lines, source.takeout.count ? "files" : "lines");
}

/* ---- export ---- */

static bool line_print(void *ctx, struct str line, struct error *e)
{
    (void)ctx;
    bool ok = fwrite(line.ptr, 1, line.len, stdout) == line.len && putchar('\n') != EOF;
    return ok || fail(e, ERR_UNAVAILABLE, "the output cannot be written");
}

static void export_progress(void *ctx, const struct export_report *so_far)
{
    (void)ctx;
    if (!isatty(STDOUT_FILENO))
        cli_progress("%zu people, %zu conversations, %zu messages", so_far->people, so_far->conversations,
                     so_far->messages);
}

bool cli_export(struct cli *cli, struct error *e)
{
    struct export_sink sink = {.line = line_print, .progress = export_progress};
    struct export_report report;
    if (!cli_open_brand(cli, e) || !export_lines(cli->house, cli->brand.id, &sink, &report, e))
        return false;
    cli_progress_end();
    if (report.unsent)
        fprintf(stderr, "%zu replies that no network has accepted yet were left out\n", report.unsent);
    return true;
}
