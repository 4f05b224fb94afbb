/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and compresses what is below assets/ once, at first use. */
#include <libdeflate.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/embed.h"
#include "net/http.h"
#include "web/assets.h"
#include "web/web_internal.h"

#define COMPRESSION_LEVEL 9
#define HUE_MAX           360

struct asset {
    struct str name; /* without "assets/" */
    struct str hash;
    struct str url;
    struct str bytes;
    struct str packed; /* gzip; empty where it is not smaller */
    const char *type;
    enum { ASSET_RAW, ASSET_BUSY, ASSET_MADE } state;
};

/* As good as constant: made from bytes inside the program, by one thread, before anyone reads it. */
static struct {
    struct arena *arena;
    struct asset *items;
    size_t count;
    bool from_disk;
} assets;
static pthread_once_t made = PTHREAD_ONCE_INIT;

static const char *type_of(struct str name)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".woff2", "font/woff2"},
        {".mp3", "audio/mpeg"},
        {".txt", "text/plain; charset=utf-8"},
        {".html", "text/html; charset=utf-8"},
    };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_ends(name, str_from(types[i].end)))
            return types[i].type;
    return "application/octet-stream";
}

static struct str pack(struct arena *a, struct str bytes)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(COMPRESSION_LEVEL);
    if (!c)
        return STR_EMPTY;
    size_t room = libdeflate_gzip_compress_bound(c, bytes.len);
    char *out = arena_alloc(a, room);
    size_t len = libdeflate_gzip_compress(c, bytes.ptr, bytes.len, out, room);
    libdeflate_free_compressor(c);
    return len && len < bytes.len ? (struct str){out, len} : STR_EMPTY;
}

static void asset_make(struct arena *a, struct asset *asset);

static struct asset *known(struct str name)
{
    for (size_t i = 0; i < assets.count; i++)
        if (str_eq(assets.items[i].name, name))
            return &assets.items[i];
    return NULL;
}

/* A module names its neighbours ('./live.js'); the browser may keep them for ever only under an address with
 * their hash, so that address is put in. Modules that import each other in a circle keep the plain name. */
static struct str tie_imports(struct arena *a, const struct asset *asset)
{
    struct buf out;
    struct str rest = asset->bytes, mark = STR("'./");
    size_t folder = asset->name.len;
    while (folder && asset->name.ptr[folder - 1] != '/')
        folder--;
    buf_init(&out, a, rest.len + 256);
    for (ptrdiff_t at; (at = str_find(rest, mark)) >= 0;) {
        struct str after = str_slice(rest, (size_t)at + mark.len, rest.len);
        ptrdiff_t end = str_find_char(after, '\'');
        struct str file = str_slice(after, 0, end < 0 ? 0 : (size_t)end);
        struct asset *other = known(str_concat(a, str_slice(asset->name, 0, folder), file));
        if (other && other->state == ASSET_RAW)
            asset_make(a, other);
        buf_str(&out, str_slice(rest, 0, (size_t)at + 1));
        buf_str(&out, other && other->state == ASSET_MADE ? other->url : str_concat(a, STR("./"), file));
        rest = str_slice(after, file.len, after.len);
    }
    buf_str(&out, rest);
    return buf_view(&out);
}

static void asset_make(struct arena *a, struct asset *asset)
{
    unsigned char digest[SHA256_BYTES];
    asset->state = ASSET_BUSY;
    if (str_ends(asset->name, STR(".js")) && str_find(asset->name, STR("vendor/")) != 0)
        asset->bytes = tie_imports(a, asset);
    sha256(asset->bytes, digest);
    asset->hash = hex_encode(a, digest, 8);
    asset->url = str_format(a, "/assets/%.*s/%.*s", STR_ARGS(asset->hash), STR_ARGS(asset->name));
    asset->type = type_of(asset->name);
    if (!str_ends(asset->name, STR(".png")) && !str_ends(asset->name, STR(".woff2")))
        asset->packed = pack(a, asset->bytes);
    asset->state = ASSET_MADE;
}

static void make_all(void)
{
    struct arena *a = assets.arena = arena_new();
    size_t count = 0;
    struct str folder = STR("assets/");
    for (const struct embed_file *f = embed_files; f->name; f++)
        count += str_starts(str_from(f->name), folder);
    assets.items = ARENA_ARRAY(a, struct asset, count + 1);
    for (const struct embed_file *f = embed_files; f->name; f++) {
        struct str name = str_from(f->name);
        if (!str_starts(name, folder))
            continue;
        struct asset *asset = &assets.items[assets.count++];
        asset->name = str_slice(name, folder.len, name.len);
        asset->bytes = (struct str){f->bytes, f->len};
    }
    for (size_t i = 0; i < assets.count; i++)
        if (assets.items[i].state == ASSET_RAW)
            asset_make(a, &assets.items[i]);
    assets.from_disk = web_from_disk();
}

static const struct asset *find(struct str name)
{
    pthread_once(&made, make_all);
    return known(name);
}

struct str assets_url(struct str name)
{
    const struct asset *asset = find(name);
    return asset ? asset->url : STR("/assets/missing");
}

struct str assets_bytes(struct str name)
{
    const struct asset *asset = find(name);
    return asset ? asset->bytes : STR_EMPTY;
}

/* ASCOLTO_DEV: the file as it is now; the name is one of those we know, so it cannot leave the folder. */
static bool respond_from_disk(struct http_request *req, const struct asset *asset)
{
    struct str path = str_format(req->arena, "assets/%.*s", STR_ARGS(asset->name)), bytes;
    if (!web_read_file(req->arena, path, &bytes))
        return false;
    http_set_header(req, "Cache-Control", STR("no-cache"));
    http_respond(req, 200, str_from(asset->type), bytes);
    return true;
}

static void respond_hue(struct http_request *req, struct str name)
{
    int64_t hue;
    if (!str_ends(name, STR(".css")) || !str_int64(str_slice(name, 0, name.len - 4), &hue) || hue < 0 ||
        hue >= HUE_MAX) {
        http_respond(req, 404, STR("text/plain; charset=utf-8"), STR("There is no such colour.\n"));
        return;
    }
    http_set_header(req, "Cache-Control", STR("public, max-age=31536000, immutable"));
    http_respond(req, 200, STR("text/css; charset=utf-8"),
                 str_format(req->arena, ":root { --hue: %lld; }\n", (long long)hue));
}

void assets_respond(struct http_request *req)
{
    struct str rest = req->path, hash;
    ptrdiff_t at = str_find(rest, STR("/assets/"));
    rest = at < 0 ? STR_EMPTY : str_slice(rest, (size_t)at + 8, rest.len);
    http_set_header(req, "X-Content-Type-Options", STR("nosniff"));
    if (!str_split(&rest, '/', &hash)) {
        hash = STR_EMPTY;
        rest = STR_EMPTY;
    }
    if (str_eq(hash, STR("hue"))) {
        respond_hue(req, rest);
        return;
    }
    const struct asset *asset = find(rest);
    if (!asset) {
        http_respond(req, 404, STR("text/plain; charset=utf-8"), STR("There is no such file.\n"));
        return;
    }
    if (assets.from_disk && respond_from_disk(req, asset))
        return;
    bool packed = asset->packed.len && str_find(http_header(req, "Accept-Encoding"), STR("gzip")) >= 0;
    struct str bytes = packed ? asset->packed : asset->bytes;
    /* An address with an old hash (a page from before an upgrade) gets today's bytes, but may not keep them.
     */
    http_set_header(req, "Cache-Control",
                    str_eq(hash, asset->hash) ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
    http_set_header(req, "Vary", STR("Accept-Encoding"));
    http_respond_bytes(req, 200, str_from(asset->type), bytes.ptr, bytes.len, packed ? STR("gzip") : STR_EMPTY);
}
