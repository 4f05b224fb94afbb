/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the face of a model, adds what every page needs, and sends it with the security headers. */
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/embed.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "net/http.h"
#include "web/template.h"
#include "web/view.h"
#include "web/web_internal.h"

#define PAGE_EXPECTED ((size_t)64 * 1024)
#define FILE_MAX      (4 * 1024 * 1024)

#define CONTENT_SECURITY_POLICY                                                                                      \
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; connect-src "              \
    "'self'; "                                                                                                       \
    "font-src 'self'; form-action 'self'; base-uri 'none'; manifest-src 'self'; "                                    \
    "media-src 'self' blob:; worker-src 'self'; frame-ancestors "

/* As good as constant: made from bytes inside the program, by one thread, before anyone reads it. */
static struct {
    struct arena *arena;
    const struct template_set *set;
    struct error error;
    bool strict, from_disk;
} views;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static bool switched_on(const char *name)
{
    const char *value = getenv(name);
    return value && strcmp(value, "1") == 0;
}

bool web_from_disk(void)
{
    return switched_on("ASCOLTO_DEV");
}

bool web_read_file(struct arena *a, struct str path, struct str *out)
{
    FILE *f = fopen(str_cstr(a, path), "rb");
    if (!f)
        return false;
    long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    bool done = size >= 0 && size <= FILE_MAX && fseek(f, 0, SEEK_SET) == 0;
    if (done) {
        char *bytes = arena_alloc(a, (size_t)size + 1);
        *out = (struct str){bytes, fread(bytes, 1, (size_t)size, f)};
        done = out->len == (size_t)size;
    }
    fclose(f);
    return done;
}

/* "templates/parts/row.html" → "parts/row"; empty for what is not a template. */
static struct str template_name(struct str file)
{
    struct str folder = STR("templates/"), end = STR(".html");
    if (!str_starts(file, folder) || !str_ends(file, end))
        return STR_EMPTY;
    return str_slice(file, folder.len, file.len - end.len);
}

static const struct template_set *parse_embedded(struct arena *a, struct error *e)
{
    size_t count = 0, room = 0;
    for (const struct embed_file *f = embed_files; f->name; f++)
        room++;
    struct template_source *sources = ARENA_ARRAY(a, struct template_source, room + 1);
    for (const struct embed_file *f = embed_files; f->name; f++) {
        struct str name = template_name(str_from(f->name));
        if (name.len)
            sources[count++] = (struct template_source){name, {f->bytes, f->len}};
    }
    return template_set_parse(a, sources, count, e);
}

static const struct template_set *parse_disk(struct arena *a, struct error *e)
{
    glob_t found = {0};
    glob("templates/*.html", 0, NULL, &found);
    glob("templates/*/*.html", GLOB_APPEND, NULL, &found);
    glob("templates/*/*/*.html", GLOB_APPEND, NULL, &found);
    struct template_source *sources = ARENA_ARRAY(a, struct template_source, found.gl_pathc + 1);
    size_t count = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct str file = str_dup(a, str_from(found.gl_pathv[i]));
        if (web_read_file(a, file, &sources[count].text))
            sources[count++].name = template_name(file);
    }
    globfree(&found);
    return template_set_parse(a, sources, count, e);
}

static void open_once(void)
{
    views.strict = switched_on("ASCOLTO_STRICT");
    views.from_disk = web_from_disk();
    if (!locale_open(&views.error))
        return;
    views.arena = arena_new();
    views.set = parse_embedded(views.arena, &views.error);
}

bool view_open(struct error *e)
{
    pthread_once(&opened, open_once);
    if (!views.set && e)
        *e = views.error;
    return views.set != NULL;
}

bool view_wants_json(struct http_request *req)
{
    struct str path = req->path, part;
    if (str_starts(path, STR("/b/"))) {
        path = str_slice(path, 3, path.len);
        (void)!str_split(&path, '/', &part);
        if (str_starts(path, STR("api/")))
            return true;
    }
    if (str_starts(req->path, STR("/api/")))
        return true;
    struct str accept = http_header(req, "Accept");
    ptrdiff_t json = str_find(accept, STR("application/json")), html = str_find(accept, STR("text/html"));
    return json >= 0 && (html < 0 || json < html);
}

void view_headers(struct http_request *req)
{
    http_set_header(req, "Content-Security-Policy", STR(CONTENT_SECURITY_POLICY "'none'"));
    http_set_header(req, "X-Content-Type-Options", STR("nosniff"));
    http_set_header(req, "Referrer-Policy", STR("same-origin"));
    http_set_header(req, "Cross-Origin-Opener-Policy", STR("same-origin"));
    http_set_header(req, "Cache-Control", STR("no-store"));
}

/* Those sites may show it, and nobody else. */
static void view_framed(const struct view *view, struct http_request *req)
{
    if (view->ancestors.len)
        http_set_header(req, "Content-Security-Policy",
                        str_format(req->arena, CONTENT_SECURITY_POLICY "%.*s", STR_ARGS(view->ancestors)));
}

static struct json *globals(struct arena *a, const struct view *view, const struct locale_frame *frame)
{
    struct json *outer = json_object(a), *v = json_object(a);
    json_set_str(a, v, "lang", locale_language(frame->locale));
    json_set_str(a, v, "zone", str_from(frame->zone));
    json_set_str(a, v, "now", clock_iso(a, frame->now));
    json_set_str(a, v, "brand", view->brand);
    json_set_str(a, v, "scheme", view->scheme.len ? view->scheme : STR("auto"));
    json_set_str(a, v, "section", view->section);
    json_set_bool(a, v, "single_keys", view->single_keys);
    json_set_id(a, v, "event", view->event);
    json_set(a, v, "hue", view->hue >= 0 && view->hue < 360 ? json_new_int(a, view->hue) : json_new_null(a));
    /* models are read only from here on; the pointers are not written through */
    union {
        const struct json *read;
        struct json *write;
    } me = {.read = view->me}, toast = {.read = view->toast};
    json_set(a, v, "me", me.read ? me.write : json_new_null(a));
    json_set(a, v, "toast", toast.read ? toast.write : json_new_null(a));
    json_set(a, outer, "view", v);
    json_set_str(a, outer, "base", view->base);
    json_set_str(a, outer, "csrf", view->csrf);
    return outer;
}

static void report_trouble(struct http_request *req, struct str trouble)
{
    struct str line;
    if (trouble.len)
        http_set_header(req, "X-Template-Trouble", str_slice(trouble, 0, (size_t)str_find_char(trouble, '\n')));
    while (str_split(&trouble, '\n', &line))
        if (line.len)
            log_warn("template", "no such name: %.*s", STR_ARGS(line));
}

/* What to render: the page, a part of it, or the page without its layout. */
static struct str chosen(struct http_request *req, const struct template_set *set, struct str page)
{
    struct str part = http_query(req, "fragment");
    if (!part.len)
        return page;
    struct str name = str_concat(req->arena, STR("parts/"), part);
    return template_shows(set, page, name) ? name : page;
}

static bool render_html(const struct view *view, struct http_request *req, struct str page, const struct json *model,
                        struct buf *out, struct error *e)
{
    struct arena *a = req->arena;
    const struct template_set *set = views.from_disk ? parse_disk(a, e) : views.set;
    if (!set)
        return false;
    struct locale_frame words = {a, view->locale, view->now ? view->now : clock_now(), view->zone};
    if (!words.locale)
        words.locale = locale_find(http_header(req, "Accept-Language"));
    struct buf trouble;
    buf_init(&trouble, a, 0);
    struct template_frame frame = {words, globals(a, view, &words), views.strict ? &trouble : NULL};
    bool bare = http_header(req, "HX-Request").len > 0 && !http_query(req, "fragment").len;
    bool done = bare ? template_render_bare(set, page, &frame, model, out, e)
                     : template_render(set, chosen(req, set, page), &frame, model, out, e);
    if (done)
        report_trouble(req, buf_view(&trouble));
    return done;
}

/* Whoever has the page already is told so; weak, since its bytes may come compressed. True: that was the answer. */
static bool is_known(const struct view *view, struct http_request *req, int status, struct str page)
{
    if (!view->shared || status != 200 || http_header(req, "Cookie").len || http_header(req, "Authorization").len)
        return false;
    struct str tag = str_format(req->arena, "W/\"%016llx\"", (unsigned long long)hash64(page));
    http_set_header(req, "ETag", tag);
    http_set_header(req, "Cache-Control", STR("public, no-cache"));
    http_set_header(req, "Vary", STR("Accept, Cookie"));
    if (str_find(http_header(req, "If-None-Match"), tag) < 0)
        return false;
    http_respond(req, 304, STR("text/html; charset=utf-8"), STR_EMPTY);
    return true;
}

static void send_json(struct http_request *req, int status, const struct json *model)
{
    struct buf out;
    buf_init(&out, req->arena, 4096);
    json_write(&out, model);
    http_respond(req, status, STR("application/json; charset=utf-8"), buf_view(&out));
}

void view_render_status(struct view *view, struct http_request *req, int status, const char *page, struct json *model)
{
    struct error e = {0};
    struct buf out;
    bool speaks = view->voice || (view->me && !view->site);
    view_headers(req);
    http_set_header(req, "Permissions-Policy",
                    speaks ? STR("camera=(), geolocation=(), microphone=(self)")
                           : STR("camera=(), geolocation=(), microphone=()"));
    if (view->kept && status == 200)
        http_set_header(req, "Cache-Control", STR("private, no-cache"));
    view_framed(view, req);
    if (view_wants_json(req)) {
        send_json(req, status, model);
        return;
    }
    if (!view_open(&e)) {
        log_error("template", "%s", e.message);
        http_respond_error(req, &e);
        return;
    }
    buf_init(&out, req->arena, PAGE_EXPECTED);
    if (!render_html(view, req, str_from(page), model, &out, &e)) {
        log_error("template", "%s", e.message);
        http_respond_error(req, &e);
        return;
    }
    if (!is_known(view, req, status, buf_view(&out)))
        http_respond(req, status, STR("text/html; charset=utf-8"), buf_view(&out));
}

void view_render(struct view *view, struct http_request *req, const char *page, struct json *model)
{
    view_render_status(view, req, 200, page, model);
}

bool view_compose(const struct view *view, struct arena *a, const char *page, const struct json *model,
                  struct str *out, struct error *e)
{
    if (!view_open(e))
        return false;
    const struct template_set *set = views.from_disk ? parse_disk(a, e) : views.set;
    struct locale_frame words = {a, view->locale, view->now, view->zone};
    struct template_frame frame = {words, globals(a, view, &words), NULL};
    struct buf html;
    buf_init(&html, a, 4096);
    if (!set || !template_render(set, str_from(page), &frame, model, &html, e))
        return false;
    *out = buf_view(&html);
    return true;
}

/* Six letters and figures that cannot be mistaken for each other, to be read out on the telephone. */
static struct str number_to_quote(struct arena *a)
{
    static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    unsigned char random[6];
    char out[8];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < 6; i++)
        out[i + (i > 2)] = letters[random[i] % 32];
    out[3] = '-';
    return str_dup(a, (struct str){out, 7});
}

void view_error(struct view *view, struct http_request *req, const struct error *e)
{
    struct arena *a = req->arena;
    int status = error_http_status(e->code);
    struct json *model = json_object(a), *error = json_object(a);
    struct str number = number_to_quote(a);
    json_set_str(a, error, "code", str_from(error_json_code(e->code)));
    bool ours = status >= 500; /* what happened inside stays in the log */
    json_set_str(a, error, "message",
                 str_dup(a, str_from(e->message[0] && !ours ? e->message : error_words(e->code))));
    json_set_int(a, error, "status", status);
    json_set_bool(a, error, "ours", ours);
    json_set_bool(a, error, "again", status >= 429 && (req->method == HTTP_GET || req->method == HTTP_HEAD));
    json_set_str(a, error, "number", number);
    json_set(a, model, "error", error);
    if (ours)
        log_error("web", "%.*s %.*s: %s (%.*s)", STR_ARGS(req->method_name), STR_ARGS(req->path), e->message,
                  STR_ARGS(number));
    view_render_status(view, req, status, view->site ? "site/error" : "error", model);
}

void view_redirect(struct view *view, struct http_request *req, struct str path)
{
    struct arena *a = req->arena;
    struct str location = str_concat(a, view->base, path);
    view_headers(req);
    if (!view_wants_json(req)) {
        http_redirect(req, 303, location);
        return;
    }
    struct json *model = json_object(a);
    json_set_str(a, model, "location", location);
    send_json(req, 200, model);
}
