/* SPDX-License-Identifier: Apache-2.0 */
/* The chat: the live view of a guest's open conversation behind the door "talk". Whoever leaves finds it among their
 * requests: it is the same story. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/intake.h"
#include "store/event.h"
#include "store/person.h"
#include "web/desk/model.h"
#include "web/feed.h"
#include "web/forms.h"
#include "web/gossip.h"
#include "web/presence.h"
#include "web/site/frame.h"
#include "web/site/notices.h"
#include "web/site/requests.h"

#define WORDS_MAX     10000
#define NAME_MAX      80
#define ONCE_MAX      64
#define CHAT_PAGES    20 /* of one conversation */
#define CHAT_REQUESTS 5  /* beside it */

/* What stands in its form. */
struct chat_form {
    struct str text, name;
    struct json *errors;
};

/* ---- the page ---- */

struct chat_page {
    struct site site;
    int64_t id; /* the conversation; 0: their open one, if there is one */
    int64_t event;
    struct json *model;
};

static bool chat_choose(struct tx *tx, struct chat_page *page, struct conversation *c, struct error *e)
{
    struct visit *v = page->site.v;
    if (!page->id && !guest_talk(tx, v->arena, &page->site.guest, page->site.framed, &page->id, e))
        return false;
    return !page->id || guest_conversation(tx, v->arena, &page->site.guest, page->id, c, e);
}

static struct str talk_path(struct arena *a, const struct site *site, int64_t id)
{
    return str_format(a, "%s/talk/%lld", site->framed ? "/widget" : "/chat", (long long)id);
}

static bool chat_read(struct tx *tx, void *ctx, struct error *e)
{
    struct chat_page *page = ctx;
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct conversation c = {0};
    /* what the log holds by now is shown; whatever comes later is told */
    if (!event_last_id(tx, v->brand.id, &page->event, e) || !chat_choose(tx, page, &c, e))
        return false;
    struct json *chat = json_object(a), *requests = requests_open(tx, &page->site, CHAT_REQUESTS, e);
    if (!requests)
        return false;
    json_set_id(a, chat, "id", page->id);
    json_set_id(a, chat, "event", page->event);
    json_set_id(a, chat, "guest", page->site.guest.id);
    json_set_int(a, chat, "shown", clock_now() / 1000); /* in the link to this page: its own address loads nothing */
    json_set_str(a, chat, "talk", frame_address(&page->site, talk_path(a, &page->site, page->id)));
    int64_t unread = 0;
    if (page->id && page->site.framed && !talk_unseen_count(tx, v->brand.id, page->id, true, &unread, e))
        return false;
    json_set_int(a, chat, "unread", unread);
    json_set(a, page->model, "chat", chat);
    json_set(a, page->model, "requests", requests);
    json_set(a, page->model, "items", json_array(a));
    json_set(a, page->model, "earlier", json_new_null(a));
    json_set(a, page->model, "request", json_new_null(a));
    return !page->id || request_model(tx, &page->site, &c, page->model, e);
}

static bool chat_render(struct site *site, int64_t id, const struct chat_form *form, struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct chat_page page = {.site = *site, .id = id, .model = json_object(a)};
    struct json *values = json_object(a);
    if (!visit_read(v, chat_read, &page, e))
        return false;
    if (!notices_looked(site, page.id, e))
        return false;
    json_set_str(a, values, "text", form->text);
    json_set_str(a, values, "name", form->name);
    json_set_str(a, values, "once", random_token(a, 12));
    json_set(a, page.model, "values", values);
    json_set(a, page.model, "errors", form->errors ? form->errors : json_new_null(a));
    site_render_status(site, form->errors ? 422 : 200, site->framed ? "widget" : "chat", page.model);
    return true;
}

static bool chat_show(struct visit *v, struct error *e)
{
    struct site site;
    const struct chat_form form = {
        .text = text_shorten(v->arena, text_clean(v->arena, http_query(v->http, "text")), WORDS_MAX)};
    bool answered = false, page = http_query(v->http, "fragment").len == 0;
    if (!site_open(v, "chat", &site, e) || (site.framed && page && !frame_page(&site, &answered, e)))
        return false;
    return answered || chat_render(&site, visit_query_id(v, "with"), &form, e);
}

/* ---- writing ---- */

static bool chat_is_theirs(struct tx *tx, void *ctx, struct error *e)
{
    struct conversation c;
    return chat_choose(tx, ctx, &c, e);
}

static bool chat_post(struct visit *v, struct error *e)
{
    struct chat_page page = {.id = visit_form_id(v, "conversation")};
    struct chat_form form = {.text = STR_EMPTY};
    struct guest_words words = {0};
    struct error wrong = {0};
    int64_t conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "chat", &page.site, e) || !visit_read(v, chat_is_theirs, &page, e))
        return false;
    form.name = form_line(v, "name", NAME_MAX, false, &form.errors);
    form.text = words.text = str_trim(text_clean(v->arena, http_form(v->http, "text")));
    words.once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), ONCE_MAX);
    if (words.once.len == 0)
        words.once = random_token(v->arena, 12);
    if (!site_files(&page.site, &words, &wrong))
        form_wrong(v->arena, &form.errors, "file", "wrong.file");
    if (words.text.len == 0 && words.media_count == 0)
        form_wrong(v->arena, &form.errors, "text", "wrong.missing");
    if (text_length(v->arena, words.text, LENGTH_CHARACTERS) > WORDS_MAX)
        form_wrong(v->arena, &form.errors, "text", "wrong.long");
    if (form.errors)
        return chat_render(&page.site, page.id, &form, e);
    if (!site_may_chat(&page.site, e) || !site_guest(&page.site, form.name, e) ||
        !site_say(&page.site, &words, page.id ? page.id : INTAKE_BEGINS, &conversation, e))
        return false;
    view_redirect(
        &v->view, v->http,
        str_format(v->arena, "%s?with=%lld#latest", page.site.framed ? "/widget" : "/chat", (long long)conversation));
    return true;
}

/* ---- live ---- */

/* A page that is going to write becomes a guest before its first words leave: however often they are sent then, they
 * are the same person's. */
static bool chat_hello(struct visit *v, struct error *e)
{
    struct site site;
    if (!http_form_ok(v->http, e) || !site_open(v, "chat", &site, e))
        return false;
    bool again = !site.guest.id && !frame_knows_cookies(&site);
    if (!site.guest.id && !again && (!site_may_write(&site, e) || !site_guest(&site, STR_EMPTY, e)))
        return false;
    struct json *answer = json_object(v->arena);
    json_set_bool(v->arena, answer, "again", again);
    json_set_id(v->arena, answer, "guest", site.guest.id);
    view_headers(v->http);
    http_respond(v->http, 200, STR("application/json"), json_to_str(v->arena, answer));
    return true;
}

struct chat_here {
    struct chat_page page;
    struct str name;
    bool unseen;
};

static bool here_read(struct tx *tx, void *ctx, struct error *e)
{
    struct chat_here *here = ctx;
    struct visit *v = here->page.site.v;
    struct conversation c;
    struct person person;
    if (!guest_conversation(tx, v->arena, &here->page.site.guest, here->page.id, &c, e) ||
        !person_by_id(tx, v->arena, v->brand.id, c.person_id, &person, e))
        return false;
    here->name = person.name;
    return talk_unseen(tx, v->brand.id, c.id, true, &here->unseen, e);
}

static bool here_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct chat_here *here = ctx;
    return talk_seen(tx, here->page.site.guest.brand_id, here->page.id, true, 0, e);
}

/* What the guest's page is doing, and that it has shown what there is. */
static bool chat_here(struct visit *v, struct error *e)
{
    struct chat_here here = {.page = {.id = visit_form_id(v, "conversation")}};
    enum doing doing = doing_from(http_form(v->http, "doing"));
    if (!http_form_ok(v->http, e) || !site_open(v, "chat", &here.page.site, e) || !visit_read(v, here_read, &here, e))
        return false;
    if (doing == DOING_NOTING)
        doing = DOING_READING;
    if (presence_set(v->app->presence, v->brand.id, here.page.id, BEING_GUEST, here.name, doing))
        gossip_show_presence(v->app, v->brand.id, here.page.id, BEING_GUEST);
    gossip_presence(v->app->gossip, v->brand.id, here.page.id, BEING_GUEST, here.name, doing);
    if (here.unseen && str_eq(http_form(v->http, "seen"), STR("1")) && !visit_write(v, here_write, &here, e))
        return false;
    http_respond(v->http, 204, STR("text/plain"), STR_EMPTY);
    return true;
}

static bool events_read(struct tx *tx, void *ctx, struct error *e)
{
    struct chat_page *page = ctx;
    struct conversation c;
    return event_last_id(tx, page->site.v->brand.id, &page->event, e) &&
           guest_conversation(tx, page->site.v->arena, &page->site.guest, page->id, &c, e);
}

static bool chat_events(struct visit *v, struct error *e)
{
    struct chat_page page = {.id = visit_query_id(v, "with")};
    if (!site_open(v, "chat", &page.site, e) || !visit_read(v, events_read, &page, e))
        return false;
    const struct feed_seat seat = {.brand = v->brand.id, .newest = page.event, .most = CHAT_PAGES, .talk = page.id};
    if (feed_join(v->app->feed, v->http, &seat, e))
        return true;
    http_set_header(v->http, "Retry-After", STR("60"));
    return false;
}

/* ---- to keep ---- */

/* The whole talk as a file: a page that stands alone. */
static bool chat_talk(struct visit *v, struct error *e)
{
    struct chat_page page = {.id = v->params[0], .model = json_object(v->arena)};
    if (!site_open(v, "chat", &page.site, e) || !visit_read(v, chat_read, &page, e))
        return false;
    http_set_header(
        v->http, "Content-Disposition",
        str_format(v->arena, "attachment; filename=\"%.*s-%lld.html\"", STR_ARGS(v->brand.name), (long long)page.id));
    site_render(&page.site, "talk", page.model);
    return true;
}

const struct route routes_site_chat[] = {
    {HTTP_GET, "/chat", PERM_PUBLIC, chat_show, NULL},
    {HTTP_POST, "/chat", PERM_PUBLIC, chat_post, NULL},
    {HTTP_POST, "/chat/hello", PERM_PUBLIC, chat_hello, NULL},
    {HTTP_POST, "/chat/here", PERM_PUBLIC, chat_here, NULL},
    {HTTP_GET, "/chat/events", PERM_PUBLIC, chat_events, NULL},
    {HTTP_GET, "/chat/talk/:id", PERM_PUBLIC, chat_talk, NULL},
    {HTTP_GET, "/widget", PERM_PUBLIC, chat_show, NULL},
    {HTTP_POST, "/widget", PERM_PUBLIC, chat_post, NULL},
    {HTTP_POST, "/widget/hello", PERM_PUBLIC, chat_hello, NULL},
    {HTTP_POST, "/widget/here", PERM_PUBLIC, chat_here, NULL},
    {HTTP_GET, "/widget/events", PERM_PUBLIC, chat_events, NULL},
    {HTTP_GET, "/widget/talk/:id", PERM_PUBLIC, chat_talk, NULL},
    {0},
};
