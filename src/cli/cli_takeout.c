/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the posts of an export of Google+ in a folder. */
#include "cli/cli_takeout.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/cli_internal.h"

#define TAKEOUT_ZIP_MAX ((size_t)4 << 30)

void takeout_add(struct takeout *t, const char *name, struct str bytes)
{
    const char **more = t->names;
    if (str_starts(bytes, STR("\xEF\xBB\xBF")))
        bytes = str_slice(bytes, 3, bytes.len);
    if (t->count == 0 || (t->count & (t->count - 1)) == 0) { /* full at 1, 2, 4, 8 … */
        more = ARENA_ARRAY(t->arena, const char *, t->count ? t->count * 2 : 1);
        if (t->count)
            memcpy(more, t->names, t->count * sizeof *more);
    }
    t->names = more;
    t->names[t->count++] = name;
    for (size_t i = 0; i < bytes.len; i++)
        buf_char(t->lines, bytes.ptr[i] == '\n' || bytes.ptr[i] == '\r' ? ' ' : bytes.ptr[i]);
    buf_char(t->lines, '\n');
}

/* Somebody wrote it at a moment: neither a circle, nor a picture's description, nor the log is so. */
static bool is_post(struct arena *a, struct str bytes)
{
    if (str_starts(bytes, STR("\xEF\xBB\xBF")))
        bytes = str_slice(bytes, 3, bytes.len);
    struct json *post = json_parse(a, bytes, NULL);
    return json_is(json_get(post, "author"), JSON_OBJECT) && json_is(json_get(post, "creationTime"), JSON_STRING);
}

void takeout_offer(struct takeout *t, const char *name, struct str bytes)
{
    if (!t->anywhere || is_post(t->arena, bytes))
        takeout_add(t, name, bytes);
}

bool takeout_may_be(const struct takeout *t, struct str name)
{
    ptrdiff_t slash = -1;
    for (size_t i = 0; i < name.len; i++)
        slash = name.ptr[i] == '/' ? (ptrdiff_t)i : slash;
    struct str folder = slash >= 0 ? str_slice(name, 0, (size_t)slash) : STR_EMPTY;
    return str_ends(name, STR(".json")) &&
           (t->anywhere || str_eq(folder, STR("Posts")) || str_ends(folder, STR("/Posts")));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* One that cannot be read stands in the report as an empty line would. */
static void add_file(struct takeout *t, const char *path, const char *name)
{
    struct str bytes;
    struct error here = {0};
    bool zip = str_ends(str_from(name), STR(".zip"));
    bool ok = cli_read_file(t->arena, path, zip ? TAKEOUT_ZIP_MAX : TAKEOUT_FILE_MAX, &bytes, &here);
    if (!ok)
        takeout_add(t, name, STR("(it cannot be read)"));
    else if (!zip)
        takeout_offer(t, name, bytes);
    else if (!takeout_unzip(t, str_concat(t->arena, str_from(name), STR("/")).ptr, bytes, &here))
        takeout_add(t, name, STR("(it cannot be unpacked)"));
}

/* top: the .json files of the folder itself, else those in folders called Posts, and every .zip. */
static bool walk(struct takeout *t, const char *path, bool top, struct error *e)
{
    char *roots[] = {arena_copy(t->arena, path, strlen(path)), NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    size_t base = strlen(path);
    if (!tree)
        return fail(e, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
    for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
        struct str full = str_from(entry->fts_path);
        bool json = str_ends(full, STR(".json")), zip = str_ends(full, STR(".zip"));
        if (entry->fts_info != FTS_F || !(top ? json && entry->fts_level == 1 : zip || takeout_may_be(t, full)))
            continue;
        const char *name = entry->fts_path + base;
        add_file(t, str_cstr(t->arena, full), str_cstr(t->arena, str_from(*name == '/' ? name + 1 : name)));
    }
    fts_close(tree);
    return true;
}

bool takeout_open(struct takeout *t, struct arena *a, const char *path, struct error *e)
{
    struct stat info;
    struct str bytes;
    *t = (struct takeout){.arena = a, .lines = ARENA_NEW(a, struct buf)};
    buf_init(t->lines, a, 65536);
    if (stat(path, &info) != 0)
        return fail(e, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode)) {
        if (!walk(t, path, false, e) || (t->count == 0 && !walk(t, path, true, e)))
            return false;
        t->anywhere = t->count == 0;
        if (t->anywhere && !walk(t, path, false, e))
            return false;
    } else if (!cli_read_file(a, path, TAKEOUT_ZIP_MAX, &bytes, e)) {
        return false;
    } else if (str_starts(bytes, STR("PK\x03\x04"))) {
        if (!takeout_unzip(t, "", bytes, e))
            return false;
        t->anywhere = t->count == 0;
        if (t->anywhere && !takeout_unzip(t, "", bytes, e))
            return false;
    } else {
        takeout_add(t, path, bytes);
    }
    return t->count > 0 || fail(e, ERR_NOT_FOUND,
                                "there are no posts in %s: give the folder “Google+ Stream/Posts” of the archive "
                                "(.json, not .html)",
                                path);
}
