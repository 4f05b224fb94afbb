/* SPDX-License-Identifier: Apache-2.0 */
/* /play: a phone in the browser on which one is the customer. Requests, actions (forms that work without a
 * script), live news, assets. For the demo only; actions are taken from pages of the same origin alone. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/error.h"
#include "base/unicode.h"
#include "sim/sim_play.h"

#define PICTURE_MAX (5UL * 1024 * 1024)
#define NAME_MAX    60
#define PEOPLE_MAX  500
#define FIRST_PLACE "whatsapp"

static const char policy[] = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
                             "connect-src 'self'; form-action 'self'; "
                             "base-uri 'none'; frame-ancestors 'none'";

/* ---- answers ---- */

static void set_headers(struct http_request *req, bool keep)
{
    http_set_header(req, "Content-Security-Policy", str_from(policy));
    http_set_header(req, "X-Content-Type-Options", STR("nosniff"));
    http_set_header(req, "Referrer-Policy", STR("same-origin"));
    http_set_header(req, "Cross-Origin-Opener-Policy", STR("same-origin"));
    http_set_header(req, "Cache-Control", keep ? STR("max-age=300") : STR("no-store"));
}

static void respond_page(struct play *p, int status)
{
    buf_init(&p->out, p->a, 16384);
    sim_lock(p->sim);
    p->now = sim_now(p->sim);
    play_page(p);
    sim_unlock(p->sim);
    set_headers(p->req, false);
    http_respond(p->req, status, STR("text/html; charset=utf-8"), buf_view(&p->out));
}

static void respond_words(struct play *p, int status, enum play_word word)
{
    set_headers(p->req, false);
    http_respond(p->req, status, STR("text/plain; charset=utf-8"), play_word(p, word));
}

/* Back to the phone; 303, so that a reload does nothing twice. */
static void respond_back(struct play *p, bool drawer)
{
    struct buf to;

    buf_init(&to, p->a, 128);
    buf_cstr(&to, "/play?");
    if (p->person != NULL) {
        buf_cstr(&to, "as=");
        buf_url(&to, p->person->key);
        buf_cstr(&to, "&on=");
        buf_cstr(&to, p->on->place->name);
    }
    if (p->lang_chosen) {
        buf_cstr(&to, "&lang=");
        buf_cstr(&to, play_lang_code(p->lang));
    }
    if (drawer)
        buf_cstr(&to, "&drawer=1#drawer");
    set_headers(p->req, false);
    http_redirect(p->req, 303, buf_view(&to));
}

/* ---- reading the request ---- */

static struct str field(struct play *p, const char *name)
{
    return p->req->method == HTTP_POST ? http_form(p->req, name) : http_query(p->req, name);
}

/* The first of our languages that the browser asks for. */
static int lang_asked(struct str header)
{
    struct str part;

    while (str_split(&header, ',', &part)) {
        part = str_trim(part);
        if (str_starts(part, STR("it")))
            return 0;
        if (str_starts(part, STR("en")))
            return 1;
    }
    return 1;
}

static const struct play_spot *spot_called(const struct play *p, struct str name)
{
    size_t n;

    for (n = 0; n < p->spot_count; n++)
        if (str_eq(name, str_from(p->spots[n].place->name)))
            return &p->spots[n];
    return NULL;
}

static void read_request(struct play *p)
{
    struct str lang = field(p, "lang"), on = field(p, "on"), as = field(p, "as");

    p->problem = W_COUNT;
    p->lang_chosen = str_eq(lang, STR("it")) || str_eq(lang, STR("en"));
    p->lang = p->lang_chosen ? str_eq(lang, STR("en")) : lang_asked(http_header(p->req, "accept-language"));
    p->spots = play_spots(p->a, &p->spot_count);
    p->on = spot_called(p, on);
    if (p->on == NULL)
        p->on = spot_called(p, STR(FIRST_PLACE));
    if (p->on == NULL)
        p->on = p->spots;
    sim_lock(p->sim);
    p->person = as.len > 0 ? sim_person_find(p->sim, as) : NULL;
    if (p->person != NULL && p->person->stranger)
        p->person = NULL;
    sim_unlock(p->sim);
}

/* Browsers name the site a form comes from; whoever names none is no browser. */
static bool same_origin(struct http_request *req)
{
    struct str site = http_header(req, "sec-fetch-site"), origin = http_header(req, "origin");
    struct str host = http_header(req, "host");

    if (site.len > 0)
        return str_eq(site, STR("same-origin"));
    if (origin.len == 0)
        return true;
    if (str_starts(origin, STR("https://")))
        return str_eq(str_slice(origin, 8, origin.len), host);
    return str_starts(origin, STR("http://")) && str_eq(str_slice(origin, 7, origin.len), host);
}

/* ---- actions ---- */

static struct str picture_mime(struct str bytes)
{
    if (str_starts(bytes, STR("\x89PNG\r\n\x1a\n")))
        return STR("image/png");
    if (str_starts(bytes, STR("\xff\xd8\xff")))
        return STR("image/jpeg");
    if (str_starts(bytes, STR("GIF87a")) || str_starts(bytes, STR("GIF89a")))
        return STR("image/gif");
    if (str_starts(bytes, STR("RIFF")) && str_eq(str_slice(bytes, 8, 12), STR("WEBP")))
        return STR("image/webp");
    return STR_EMPTY;
}

static enum play_word word_of_error(const struct error *e)
{
    switch ((int)e->code) {
    case ERR_TOO_LARGE: return W_PROBLEM_LONG;
    case ERR_NOT_FOUND: return W_PROBLEM_GONE;
    case ERR_BAD_INPUT: return W_PROBLEM_EMPTY;
    default: return W_PROBLEM_OTHER;
    }
}

static void refuse_act(struct play *p, enum play_word problem)
{
    p->problem = problem;
    p->kept = text_clean(p->a, http_form(p->req, "text"));
    p->kept_to = http_form(p->req, "to");
    respond_page(p, 422);
}

static void do_act(struct play *p)
{
    const struct http_file *file = http_file(p->req, 0);
    struct sim_act act = {.network = p->on->network, .person = p->person->key};
    struct error e = {ERR_NONE, ""};

    act.what = http_form(p->req, "what");
    act.to = http_form(p->req, "to");
    act.text = str_trim(http_form(p->req, "text"));
    act.media = http_form(p->req, "media");
    if (file != NULL && file->bytes.len > 0) {
        act.media = STR("picture");
        act.mime = picture_mime(file->bytes);
        act.bytes = file->bytes;
        if (act.mime.len == 0 || file->bytes.len > PICTURE_MAX) {
            refuse_act(p, W_PROBLEM_FILE);
            return;
        }
    }
    if (sim_do(p->sim, &act, p->a, NULL, &e))
        respond_back(p, false);
    else
        refuse_act(p, word_of_error(&e));
}

bool sim_play_is_unheard(struct http_request *req, enum sim_network *network)
{
    const struct sim_place *place;
    struct str on;
    int n;

    if (req->method != HTTP_POST || !str_eq(req->path, STR("/play/act")))
        return false;
    on = http_form(req, "on");
    for (n = 0; n < SIM_NETWORKS; n++)
        for (place = sim_drivers[n]->places; place->name != NULL; place++)
            if (sim_drivers[n]->tell == NULL && str_eq(on, str_from(place->name))) {
                *network = (enum sim_network)n;
                return true;
            }
    return false;
}

static void do_person(struct play *p)
{
    struct str name = str_trim(text_clean(p->a, http_form(p->req, "name")));
    size_t length = text_length(p->a, name, LENGTH_CHARACTERS), people = 0;
    struct sim_person *person;

    if (length == 0 || length > NAME_MAX || str_find_char(name, '\n') >= 0) {
        p->problem = W_PROBLEM_NAME;
        respond_page(p, 422);
        return;
    }
    sim_lock(p->sim);
    for (person = p->sim->people; person != NULL; person = person->next)
        people++;
    p->person = people < PEOPLE_MAX ? sim_person_new(p->sim, name) : NULL;
    sim_unlock(p->sim);
    respond_back(p, false);
}

static void do_fault(struct play *p)
{
    enum sim_network network;
    enum sim_fault fault;
    int64_t times = 0;

    if (!sim_fault_parse(http_form(p->req, "kind"), &fault) || !str_int64(http_form(p->req, "times"), &times) ||
        times < -1 || times > 100) {
        respond_words(p, 422, W_PROBLEM_OTHER);
        return;
    }
    if (sim_network_find(http_form(p->req, "network"), &network))
        sim_fault(p->sim, network, fault, (int)times, 0);
    respond_back(p, true);
}

static void do_clock(struct play *p)
{
    int64_t hours = 0;

    if (!str_int64(http_form(p->req, "hours"), &hours) || hours < 0 || hours > 1000) {
        respond_words(p, 422, W_PROBLEM_OTHER);
        return;
    }
    sim_lock(p->sim);
    p->sim->offset = hours == 0 ? 0 : p->sim->offset + hours * HOUR_US;
    sim_changed(p->sim);
    sim_unlock(p->sim);
    respond_back(p, true);
}

static void handle_post(struct play *p)
{
    struct error e = {ERR_NONE, ""};

    if (!same_origin(p->req)) {
        respond_words(p, 403, W_PROBLEM_ELSEWHERE);
        return;
    }
    if (!http_form_ok(p->req, &e)) {
        respond_words(p, 400, W_PROBLEM_OTHER);
        return;
    }
    if (str_eq(p->req->path, STR("/play/person")))
        do_person(p);
    else if (p->person == NULL)
        respond_back(p, false);
    else if (str_eq(p->req->path, STR("/play/act")))
        do_act(p);
    else if (str_eq(p->req->path, STR("/play/fault")))
        do_fault(p);
    else if (str_eq(p->req->path, STR("/play/clock")))
        do_clock(p);
    else
        respond_words(p, 404, W_NOT_FOUND);
}

/* ---- assets and media ---- */

static bool serve_asset(struct http_request *req, struct str path)
{
    static const struct {
        const char *path, *file, *type;
    } assets[] = {
        {"/play/play.css", "assets/play.css", "text/css; charset=utf-8"},
        {"/play/ascolto.css", "assets/ascolto.css", "text/css; charset=utf-8"},
        {"/play/play.js", "assets/play.js", "text/javascript; charset=utf-8"},
    };
    struct str bytes;
    size_t n;

    for (n = 0; n < COUNT_OF(assets); n++) {
        if (!str_eq(path, str_from(assets[n].path)))
            continue;
        bytes = embed_get(str_from(assets[n].file));
        if (bytes.ptr == NULL)
            return false;
        set_headers(req, true);
        http_respond_bytes(req, 200, str_from(assets[n].type), bytes.ptr, bytes.len, STR_EMPTY);
        return true;
    }
    return false;
}

static bool may_be_shown(struct str mime)
{
    return str_eq(mime, STR("image/png")) || str_eq(mime, STR("image/jpeg")) || str_eq(mime, STR("image/gif")) ||
           str_eq(mime, STR("image/webp"));
}

static void serve_media(struct play *p, struct str id)
{
    struct str bytes = STR_EMPTY, mime = STR_EMPTY;
    struct sim_media *media;

    sim_lock(p->sim);
    media = sim_media_find(p->sim, id);
    if (media != NULL) {
        bytes = str_dup(p->a, media->bytes);
        mime = str_dup(p->a, media->mime);
    }
    sim_unlock(p->sim);
    if (media == NULL) {
        respond_words(p, 404, W_NOT_FOUND);
        return;
    }
    set_headers(p->req, true);
    if (!may_be_shown(mime)) {
        http_set_header(p->req, "Content-Disposition", STR("attachment"));
        mime = STR("application/octet-stream");
    }
    http_respond(p->req, 200, mime, bytes);
}

/* ---- live news ---- */

static struct str news(struct arena *a, uint64_t version)
{
    return str_format(a, "id: %llu\nevent: change\ndata: %llu\n\n", (unsigned long long)version,
                      (unsigned long long)version);
}

/* viewers_lock held. */
static void forget_viewer(struct sim *sim, struct sim_viewer *viewer)
{
    if (viewer->prev != NULL)
        viewer->prev->next = viewer->next;
    else
        sim->viewers = viewer->next;
    if (viewer->next != NULL)
        viewer->next->prev = viewer->prev;
    free(viewer);
}

static void viewer_gone(void *ctx)
{
    struct sim_viewer *viewer = ctx;
    struct sim *sim = viewer->sim;

    pthread_mutex_lock(&sim->viewers_lock);
    forget_viewer(sim, viewer);
    pthread_mutex_unlock(&sim->viewers_lock);
}

void sim_play_announce(struct sim *sim, struct arena *a, uint64_t version)
{
    struct sim_viewer *viewer;

    pthread_mutex_lock(&sim->viewers_lock);
    for (viewer = sim->viewers; viewer != NULL; viewer = viewer->next)
        http_stream_send(viewer->stream, news(a, version));
    pthread_mutex_unlock(&sim->viewers_lock);
}

/* What the page has seen comes as ?seen=, and as Last-Event-ID after the line was lost. */
static void open_events(struct play *p)
{
    struct sim *sim = p->sim;
    struct str seen = http_header(p->req, "last-event-id");
    struct sim_viewer *viewer = calloc(1, sizeof *viewer);
    struct arena *a = arena_new();
    uint64_t version;

    if (viewer == NULL)
        abort();
    if (seen.len == 0)
        seen = http_query(p->req, "seen");
    seen = str_dup(a, seen);
    viewer->sim = sim;
    set_headers(p->req, false);
    sim_lock(sim);
    version = sim->version;
    sim_unlock(sim);
    pthread_mutex_lock(&sim->viewers_lock);
    viewer->next = sim->viewers;
    if (viewer->next != NULL)
        viewer->next->prev = viewer;
    sim->viewers = viewer;
    viewer->stream = http_stream_open(p->req, viewer_gone, viewer);
    if (viewer->stream == NULL) /* the client was gone already */
        forget_viewer(sim, viewer);
    else if (!str_eq(seen, str_format(a, "%llu", (unsigned long long)version)))
        http_stream_send(viewer->stream, news(a, version));
    pthread_mutex_unlock(&sim->viewers_lock);
    arena_free(a);
}

/* ---- the door ---- */

/* Whoever opens a private talk reads it. */
static void mark_read(struct play *p)
{
    struct sim_act act = {.network = p->on->network, .what = STR("read")};
    struct error e = {ERR_NONE, ""};

    if (p->person == NULL || !p->on->place->private)
        return;
    act.person = p->person->key;
    (void)!sim_do(p->sim, &act, p->a, NULL, &e);
}

static void handle_get(struct play *p)
{
    struct str path = p->req->path, media = STR("/play/media/");

    if (str_eq(path, STR("/play")) || str_eq(path, STR("/play/"))) {
        mark_read(p);
        respond_page(p, 200);
    } else if (str_eq(path, STR("/play/events"))) {
        open_events(p);
    } else if (str_starts(path, media)) {
        serve_media(p, str_slice(path, media.len, path.len));
    } else if (!serve_asset(p->req, path)) {
        respond_words(p, 404, W_NOT_FOUND);
    }
}

bool sim_play_request(struct sim *sim, struct http_request *req)
{
    struct play p = {.sim = sim, .req = req, .a = req->arena};

    if (!str_eq(req->path, STR("/play")) && !str_starts(req->path, STR("/play/")))
        return false;
    read_request(&p);
    if (req->method == HTTP_POST)
        handle_post(&p);
    else if (req->method == HTTP_GET || req->method == HTTP_HEAD)
        handle_get(&p);
    else
        respond_words(&p, 405, W_NOT_FOUND);
    return true;
}
