/* SPDX-License-Identifier: Apache-2.0 */
#include "web/app_manifest.h"

#include <math.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/embed.h"
#include "base/json.h"
#include "web/assets.h"
#include "web/router.h"

#define OUR_HUE        182.0
#define SHORT_NAME_MAX 12
#define DEGREE         0.017453292519943295

/* ---- colours ---- */

static unsigned channel_of(double linear)
{
    double c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
    return (unsigned)lround(255 * fmin(1, fmax(0, c)));
}

struct str app_colour(struct arena *a, double lightness, double chroma, double hue)
{
    double p = chroma * cos(hue * DEGREE), q = chroma * sin(hue * DEGREE);
    double l = pow(lightness + 0.3963377774 * p + 0.2158037573 * q, 3);
    double m = pow(lightness - 0.1055613458 * p - 0.0638541728 * q, 3);
    double s = pow(lightness - 0.0894841775 * p - 1.2914855480 * q, 3);
    return str_format(a, "#%02x%02x%02x", channel_of(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                      channel_of(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                      channel_of(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

/* ---- the manifest ---- */

static const struct locale *language_of(struct visit *v)
{
    struct str asked = http_query(v->http, "lang"), accepted = http_header(v->http, "accept-language");
    return locale_find(asked.len ? asked : accepted.len ? accepted : v->brand.language);
}

static void icon_add(struct json *icons, struct arena *a, const char *name, const char *sizes, const char *purpose)
{
    struct json *icon = json_object(a);
    bool drawn = str_ends(str_from(name), STR(".svg"));
    json_set_str(a, icon, "src", assets_url(str_from(name)));
    json_set_str(a, icon, "sizes", str_from(sizes));
    json_set_str(a, icon, "type", drawn ? STR("image/svg+xml") : STR("image/png"));
    json_set_str(a, icon, "purpose", str_from(purpose));
    json_push(a, icons, icon);
}

static struct json *icons_of(struct arena *a, bool desk)
{
    struct json *icons = json_array(a);
    icon_add(icons, a, desk ? "app/desk-192.png" : "app/site-192.png", "192x192", "any");
    icon_add(icons, a, desk ? "app/desk-512.png" : "app/site-512.png", "512x512", "any");
    icon_add(icons, a, desk ? "app/desk-mask.png" : "app/site-mask.png", "512x512", "maskable");
    icon_add(icons, a, desk ? "app/desk.svg" : "app/site.svg", "any", "any");
    return icons;
}

struct shortcut {
    const char *key, *path;
};

static struct json *shortcuts_of(struct visit *v, const struct locale *locale, bool desk)
{
    static const struct shortcut site[] = {
        {"site.ask_person", "/ask"}, {"site.requests", "/requests"}, {"site.chat", "/chat"}, {"help.title", "/help"}};
    static const struct shortcut ours[] = {
        {"list.waiting", "/desk?tab=waiting"}, {"list.mine", "/desk?tab=mine"}, {"rail.find", "/desk/search"}};
    struct arena *a = v->arena;
    struct json *list = json_array(a), *icons = json_array(a);
    icon_add(icons, a, desk ? "app/desk-192.png" : "app/site-192.png", "192x192", "any");
    const struct shortcut *from = desk ? ours : site;
    for (size_t i = 0; i < (desk ? COUNT_OF(ours) : COUNT_OF(site)); i++) {
        struct json *item = json_object(a);
        json_set_str(a, item, "name", locale_text(a, locale, str_from(from[i].key), NULL));
        json_set_str(a, item, "url", str_concat(a, v->view.base, str_from(from[i].path)));
        json_set(a, item, "icons", icons);
        json_push(a, list, item);
    }
    return list;
}

/* What a phone's "share" may bring into a request. */
static struct json *share_target(struct visit *v)
{
    static const char *const kinds[] = {"image/", "audio/", "video/", "application/pdf", "text/plain"};
    struct arena *a = v->arena;
    struct json *target = json_object(a), *params = json_object(a), *files = json_array(a), *file = json_object(a),
                *accept = json_array(a);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        json_push(
            a, accept,
            json_new_str(a, str_format(a, "%s%s", kinds[i], str_ends(str_from(kinds[i]), STR("/")) ? "*" : "")));
    json_set_str(a, file, "name", STR("file"));
    json_set(a, file, "accept", accept);
    json_push(a, files, file);
    json_set_str(a, params, "title", STR("title"));
    json_set_str(a, params, "text", STR("text"));
    json_set_str(a, params, "url", STR("url"));
    json_set(a, params, "files", files);
    json_set_str(a, target, "action", str_concat(a, v->view.base, STR("/share")));
    json_set_str(a, target, "method", STR("POST"));
    json_set_str(a, target, "enctype", STR("multipart/form-data"));
    json_set(a, target, "params", params);
    return target;
}

static struct str short_name(struct arena *a, struct str title)
{
    ptrdiff_t space = str_find_char(title, ' ');
    bool fits = title.len <= SHORT_NAME_MAX;
    return fits || space <= 0 ? title : str_dup(a, str_slice(title, 0, (size_t)space));
}

void app_manifest(struct visit *v, bool desk)
{
    struct arena *a = v->arena;
    const struct locale *locale = language_of(v);
    struct json *m = json_object(a), *name = json_object(a);
    double hue = v->brand.hue >= 0 ? v->brand.hue : OUR_HUE;
    struct str home = str_concat(a, v->view.base, desk ? STR("/desk") : STR("/"));
    json_set_str(a, name, "brand", v->brand.title);
    json_set_str(a, m, "id", home);
    json_set_str(a, m, "start_url", home);
    json_set_str(a, m, "scope", home);
    json_set_str(a, m, "name", desk ? locale_text(a, locale, STR("app.desk_name"), name) : v->brand.title);
    json_set_str(a, m, "short_name",
                 desk ? locale_text(a, locale, STR("app.desk_short"), NULL) : short_name(a, v->brand.title));
    json_set_str(a, m, "description",
                 locale_text(a, locale, desk ? STR("app.desk_words") : STR("site.promise"), NULL));
    json_set_str(a, m, "lang", locale_language(locale));
    json_set_str(a, m, "dir", STR("ltr"));
    json_set_str(a, m, "display", STR("standalone"));
    json_set_str(a, m, "theme_color", app_colour(a, .430, .082, hue));
    json_set_str(a, m, "background_color", app_colour(a, .991, .006, 98));
    json_set(a, m, "icons", icons_of(a, desk));
    json_set(a, m, "shortcuts", shortcuts_of(v, locale, desk));
    if (!desk)
        json_set(a, m, "share_target", share_target(v));
    view_headers(v->http);
    http_set_header(v->http, "Cache-Control", STR("no-cache"));
    http_respond(v->http, 200, STR("application/manifest+json"), json_to_str(a, m));
}

/* ---- the service worker ---- */

/* What notifications say; "#" is where the name goes. */
static struct json *worker_words(struct arena *a)
{
    static const char *const keys[] = {"push.said_reply", "push.said_wrote", "push.said_handed", "push.said_rings",
                                       "push.said_due",   "push.said_test",  "push.said_nothing"};
    struct json *words = json_object(a);
    for (size_t l = 0; l < locale_count(); l++) {
        struct json *in = json_object(a);
        for (size_t i = 0; i < COUNT_OF(keys); i++)
            json_set_str(a, in, keys[i] + sizeof "push.said_" - 1,
                         locale_text(a, locale_at(l), str_from(keys[i]), NULL));
        json_set(a, words, str_cstr(a, locale_language(locale_at(l))), in);
    }
    return words;
}

static struct json *shell_of(struct visit *v)
{
    static const char *const files[] = {"ascolto.css", "site.css",       "desk.css",      "icon.svg",
                                        "site-app.js", "site-outbox.js", "site-write.js", "site-search.js"};
    struct arena *a = v->arena;
    struct json *shell = json_array(a);
    for (size_t i = 0; i < COUNT_OF(files); i++)
        json_push(a, shell, json_new_str(a, assets_url(str_from(files[i]))));
    if (v->brand.hue >= 0)
        json_push(a, shell, json_new_str(a, str_format(a, "/assets/hue/%d.css", v->brand.hue)));
    return shell;
}

/* Of all that pages are made of: another program, another worker. */
static struct str version_of(struct arena *a)
{
    uint64_t version = 0;
    for (const struct embed_file *f = embed_files; f->name; f++)
        if (str_starts(str_from(f->name), STR("assets/")) || str_starts(str_from(f->name), STR("templates/")) ||
            str_starts(str_from(f->name), STR("locale/")))
            version = version * 31 + hash64((struct str){f->bytes, f->len});
    return str_format(a, "%016llx", (unsigned long long)version);
}

/* The worker is no module: what it shares with pages loses its "export". */
static void add_plain(struct buf *out, struct str source)
{
    struct str mark = STR("\nexport ");
    for (ptrdiff_t at; (at = str_find(source, mark)) >= 0;
         source = str_slice(source, (size_t)at + mark.len, source.len)) {
        buf_str(out, str_slice(source, 0, (size_t)at));
        buf_char(out, '\n');
    }
    buf_str(out, source);
}

void app_worker(struct visit *v)
{
    struct arena *a = v->arena;
    struct json *app = json_object(a), *languages = json_array(a);
    struct buf out;
    for (size_t i = 0; i < locale_count(); i++)
        json_push(a, languages, json_new_str(a, locale_language(locale_at(i))));
    json_set_str(a, app, "version", version_of(a));
    json_set_str(a, app, "base", v->view.base);
    json_set(a, app, "languages", languages);
    json_set(a, app, "shell", shell_of(v));
    json_set(a, app, "words", worker_words(a));
    json_set_str(a, app, "icon", assets_url(STR("app/site-192.png")));
    json_set_str(a, app, "desk_icon", assets_url(STR("app/desk-192.png")));
    json_set_str(a, app, "badge", assets_url(STR("app/badge.png")));
    buf_init(&out, a, 32768);
    buf_cstr(&out, "const APP = ");
    buf_str(&out, json_to_str(a, app));
    buf_cstr(&out, ";\n");
    add_plain(&out, assets_bytes(STR("site-outbox.js")));
    add_plain(&out, assets_bytes(STR("sw.js")));
    view_headers(v->http);
    http_set_header(v->http, "Cache-Control", STR("no-cache"));
    http_respond(v->http, 200, STR("text/javascript; charset=utf-8"), buf_view(&out));
}
