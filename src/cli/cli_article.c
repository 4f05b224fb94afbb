/* SPDX-License-Identifier: Apache-2.0 */
/* ascolto article import, export and guide import, export: help articles and guides from and to a folder of Markdown
 * files, LANGUAGE/NAME.md. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/json.h"
#include "care/guide_files.h"
#include "cli/cli_internal.h"

#define FILE_BYTES ((size_t)1 << 20)
#define NAME_MAX_  80

struct files {
    struct cli *cli;
    bool guides; /* else articles */
    glob_t found;
    const char *folder;
    size_t counts[3]; /* by enum article_change */
    size_t written;
};

/* ".../it/esim.md" → "it", "esim". */
static bool path_parts(struct str path, struct str *language, struct str *name)
{
    struct str part, before = STR_EMPTY, last = STR_EMPTY;
    while (str_split(&path, '/', &part)) {
        before = last;
        last = part;
    }
    *language = before;
    *name = str_slice(last, 0, last.len - 3);
    return before.len > 0 && before.len <= 3 && last.len > 3 && name->len <= NAME_MAX_;
}

static bool bytes_in(struct tx *tx, const struct files *files, struct str language, struct str name, struct str bytes,
                     enum article_change *change, struct error *e)
{
    struct arena *a = files->cli->arena;
    int64_t brand = files->cli->brand.id;
    struct article_file article;
    struct guide_file guide;
    return files->guides
               ? guide_file_read(a, language, bytes, &guide, e) && guide_import(tx, brand, 0, name, &guide, change, e)
               : article_file_read(a, language, bytes, &article, e) &&
                     article_import(tx, brand, 0, name, &article, change, e);
}

static bool one_in(struct tx *tx, struct files *files, const char *path, struct error *e)
{
    struct cli *cli = files->cli;
    struct str bytes, language, name;
    struct error why = {0};
    enum article_change change;
    if (!path_parts(str_from(path), &language, &name))
        return fail(e, ERR_BAD_INPUT, "%s: files are called LANGUAGE/NAME.md", path);
    bool taken = cli_read_file(cli->arena, path, FILE_BYTES, &bytes, &why) &&
                 bytes_in(tx, files, language, name, bytes, &change, &why);
    if (!taken)
        return fail(e, why.code, "%s: %s", path, why.message);
    files->counts[change]++;
    return true;
}

/* All or none; a command may run twice. */
static bool files_in(struct tx *tx, void *ctx, struct error *e)
{
    struct files *files = ctx;
    memset(files->counts, 0, sizeof files->counts);
    for (size_t i = 0; i < files->found.gl_pathc; i++)
        if (!one_in(tx, files, files->found.gl_pathv[i], e))
            return false;
    return true;
}

static void counts_print(struct cli *cli, const struct files *files)
{
    struct json *object = json_object(cli->arena);
    if (!cli->json) {
        printf("%zu new, %zu changed, %zu as they were\n", files->counts[ARTICLE_NEW], files->counts[ARTICLE_CHANGED],
               files->counts[ARTICLE_SAME]);
        return;
    }
    json_set_int(cli->arena, object, "new", (int64_t)files->counts[ARTICLE_NEW]);
    json_set_int(cli->arena, object, "changed", (int64_t)files->counts[ARTICLE_CHANGED]);
    json_set_int(cli->arena, object, "same", (int64_t)files->counts[ARTICLE_SAME]);
    cli_print_json(cli, object);
}

static bool import(struct cli *cli, bool guides, struct error *e)
{
    struct files files = {.cli = cli, .guides = guides};
    struct str pattern = str_format(cli->arena, "%s/*/*.md", cli->words[0]);
    if (!cli_open_brand(cli, e))
        return false;
    glob(str_cstr(cli->arena, pattern), 0, NULL, &files.found);
    bool ok =
        files.found.gl_pathc > 0 || fail(e, ERR_NOT_FOUND, "there are no files %s/LANGUAGE/NAME.md", cli->words[0]);
    ok = ok && cli_write(cli, files_in, &files, e);
    globfree(&files.found);
    if (ok)
        counts_print(cli, &files);
    return ok;
}

bool cli_article_import(struct cli *cli, struct error *e)
{
    return import(cli, false, e);
}

bool cli_guide_import(struct cli *cli, struct error *e)
{
    return import(cli, true, e);
}

/* ---- out ---- */

static bool folder_make(const char *path, struct error *e)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           fail(e, ERR_UNAVAILABLE, "%s cannot be made: %s", path, strerror(errno));
}

static bool one_out(void *ctx, struct str language, struct str name, struct str bytes, struct error *e)
{
    struct files *files = ctx;
    struct arena *a = files->cli->arena;
    const char *folder = str_cstr(a, str_format(a, "%s/%.*s", files->folder, STR_ARGS(language)));
    const char *path = str_cstr(a, str_format(a, "%s/%.*s.md", folder, STR_ARGS(name)));
    if (!folder_make(folder, e))
        return false;
    FILE *f = fopen(path, "wb");
    bool written = f && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    if (f && fclose(f) != 0)
        written = false;
    files->written += written;
    return written || fail(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(errno));
}

static bool files_out(struct tx *tx, void *ctx, struct error *e)
{
    struct files *files = ctx;
    struct arena *a = files->cli->arena;
    return files->guides ? guide_export(tx, a, files->cli->brand.id, one_out, files, e)
                         : article_export(tx, a, files->cli->brand.id, one_out, files, e);
}

static bool export(struct cli *cli, bool guides, struct error *e)
{
    struct files files = {.cli = cli, .guides = guides, .folder = cli->words[0]};
    struct json *object = json_object(cli->arena);
    if (!cli_open_brand(cli, e) || !folder_make(files.folder, e) || !cli_read(cli, files_out, &files, e))
        return false;
    json_set_int(cli->arena, object, "files", (int64_t)files.written);
    if (cli->json)
        cli_print_json(cli, object);
    else
        printf("%zu files\n", files.written);
    return true;
}

bool cli_article_export(struct cli *cli, struct error *e)
{
    return export(cli, false, e);
}

bool cli_guide_export(struct cli *cli, struct error *e)
{
    return export(cli, true, e);
}
