/* SPDX-License-Identifier: Apache-2.0 */
/* My requests: every story a guest has with the brand, on whichever network, its state in human words, and going on
 * writing there. Only what the two said to each other is shown: no notes, no drafts, no replies that are not gone
 * yet. */
#include "web/site/requests.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/story.h"
#include "store/message.h"
#include "store/person.h"
#include "web/desk/model.h"
#include "web/files.h"
#include "web/forms.h"
#include "web/site/frame.h"
#include "web/site/notices.h"
#include "web/site/passage.h"

#define REQUESTS_PAGE 30
#define STORY_PAGE    60
#define WORDS_MAX     10000
#define TITLE_MAX     90
#define BESIDE_MAX    20

/* ---- a request in a list ---- */

static const char *state_of(const struct conversation *c)
{
    if (c->state == CONVERSATION_CLOSED || c->state == CONVERSATION_SET_ASIDE)
        return "ended";
    if (c->state == CONVERSATION_ANSWERED)
        return "answered";
    return c->owner_id || c->need.len ? "heard" : "waiting";
}

/* How far it came, in four steps that are seen: received, heard, answered, solved. */
static struct json *steps_of(struct arena *a, const struct conversation *c)
{
    static const char *const names[] = {"received", "heard", "answered", "solved"};
    bool answered = c->last_out_at > 0, ended = c->state == CONVERSATION_CLOSED;
    int done = 1 + (c->need.len || c->owner_id || answered) + answered + ended;
    struct json *steps = json_array(a);
    for (int i = 0; i < (int)COUNT_OF(names); i++) {
        struct json *step = json_object(a);
        json_set_str(a, step, "name", str_from(names[i]));
        json_set_bool(a, step, "done", i < done);
        json_set_bool(a, step, "current", !ended && i == done - 1);
        json_push(a, steps, step);
    }
    return steps;
}

/* Talk among members of the community, in which nothing was asked of us. */
static bool is_among_members(const struct conversation *c)
{
    return str_eq(c->outcome, STR("community")) && c->last_out_at == 0;
}

static struct json *request_json(struct arena *a, const struct names *names, const struct conversation *c)
{
    struct json *item = json_object(a);
    const struct agent *owner = names_agent(names, c->owner_id);
    json_set_id(a, item, "id", c->id);
    json_set_str(a, item, "title", c->need.len ? c->need : text_shorten(a, c->preview, TITLE_MAX));
    json_set_str(a, item, "lang", c->need.len ? STR_EMPTY : c->language);
    json_set_time(a, item, "since", c->created_at);
    json_set_time(a, item, "last", c->last_at);
    json_set_str(a, item, "state", str_from(state_of(c)));
    json_set_bool(a, item, "ended", str_eq(str_from(state_of(c)), STR("ended")));
    json_set(a, item, "who", owner ? json_new_str(a, owner->name) : json_new_null(a));
    json_set(a, item, "steps", steps_of(a, c));
    return item;
}

static bool requests_read(struct tx *tx, struct site *site, struct cursor cursor, struct conversation **out,
                          size_t *count, bool *more, struct error *e)
{
    struct visit *v = site->v;
    struct person person;
    struct conversation_filter filter = {.state = -1, .owner = -1, .priority = -1};
    *count = 0;
    *more = false;
    if (!guest_person(tx, v->arena, &site->guest, &person, e))
        return false;
    filter.person = person.id;
    return person.id == 0 || conversation_list(tx, v->arena, v->brand.id, &filter, cursor, out, count, more, e);
}

struct json *requests_open(struct tx *tx, struct site *site, size_t limit, struct error *e)
{
    struct arena *a = site->v->arena;
    struct conversation *list;
    struct names names;
    size_t count, shown = 0;
    bool more;
    struct json *out = json_array(a);
    if (site->guest.id == 0)
        return out;
    if (!requests_read(tx, site, (struct cursor){.limit = REQUESTS_PAGE}, &list, &count, &more, e) ||
        !names_read(tx, site->v, &names, e))
        return NULL;
    for (size_t i = 0; i < count && shown < limit; i++)
        if (list[i].messages && !is_among_members(&list[i]) && !str_eq(str_from(state_of(&list[i])), STR("ended"))) {
            json_push(a, out, request_json(a, &names, &list[i]));
            shown++;
        }
    return out;
}

/* ---- the list ---- */

struct requests_page {
    struct site site;
    struct json *model;
};

static bool list_read(struct tx *tx, void *ctx, struct error *e)
{
    struct requests_page *page = ctx;
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct conversation *list;
    struct names names;
    size_t count;
    bool more;
    struct cursor cursor = form_cursor(http_query(v->http, "more"), REQUESTS_PAGE);
    if (!requests_read(tx, &page->site, cursor, &list, &count, &more, e) || !names_read(tx, v, &names, e))
        return false;
    struct json *open = json_array(a), *ended = json_array(a);
    for (size_t i = 0; i < count; i++) {
        if (list[i].messages == 0 || is_among_members(&list[i])) /* 0: joined with another */
            continue;
        struct json *item = request_json(a, &names, &list[i]);
        json_push(a, str_eq(str_from(state_of(&list[i])), STR("ended")) ? ended : open, item);
    }
    json_set(a, page->model, "open", open);
    json_set(a, page->model, "ended", ended);
    json_set(a, page->model, "next",
             more ? json_new_str(a, form_cursor_text(a, list[count - 1].last_at, list[count - 1].id))
                  : json_new_null(a));
    return true;
}

static bool list_show(struct visit *v, struct error *e)
{
    struct requests_page page = {.model = json_object(v->arena)};
    if (!site_open(v, "requests", &page.site, e) || !notices_looked(&page.site, 0, e) ||
        !visit_read(v, list_read, &page, e))
        return false;
    site_render(&page.site, "requests", page.model);
    return true;
}

/* ---- one of them ---- */

struct request_page {
    struct site site;
    int64_t id;
    bool joined; /* part of another by now */
    struct json *model;
};

static bool is_shown(const struct message *m)
{
    return !m->outbound || m->receipt >= MESSAGE_ACCEPTED;
}

static struct json *files_json(struct tx *tx, struct site *site, const struct message *m, struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct attachment *list;
    size_t count;
    struct json *files = json_array(a);
    if (m->attachments == 0 || m->deleted_at)
        return files;
    if (!attachment_list(tx, a, v->brand.id, m->id, &list, &count, e))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (list[i].hash.len == 0)
            continue;
        struct json *file = json_object(a);
        json_set_str(a, file, "kind", list[i].kind);
        json_set_str(a, file, "name", list[i].name);
        json_set_int(a, file, "bytes", list[i].size);
        json_set_str(a, file, "url",
                     frame_address(site, str_format(a, "%s/file/%lld", site->framed ? "/widget" : "/requests",
                                                    (long long)list[i].id)));
        json_push(a, files, file);
    }
    return files;
}

/* The page's own id of what a guest wrote, by which it knows it again. */
static struct str once_of(struct arena *a, const struct message *m)
{
    struct str before = str_concat(a, m->author_id, STR(":"));
    return !m->outbound && str_starts(m->external_id, before)
               ? str_slice(m->external_id, before.len, m->external_id.len)
               : STR_EMPTY;
}

static struct json *said_json(struct tx *tx, struct site *site, const struct names *names, const struct message *m,
                              struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    const struct agent *agent = m->outbound ? names_agent(names, m->agent_id) : NULL;
    const struct channel *channel = channel_find(names_network(names, m->channel_id));
    struct json *item = json_object(a), *files = files_json(tx, site, m, e);
    if (!files)
        return NULL;
    json_set_id(a, item, "id", m->id);
    json_set_bool(a, item, "mine", !m->outbound);
    json_set(a, item, "by", agent ? json_new_str(a, agent->name) : json_new_null(a));
    json_set_time(a, item, "at", m->at);
    json_set_str(a, item, "text", m->deleted_at ? STR_EMPTY : m->text);
    json_set_bool(a, item, "withdrawn", m->deleted_at != 0);
    json_set_bool(a, item, "edited", m->edited_at != 0);
    json_set_bool(a, item, "here", channel && channel->home);
    json_set_str(a, item, "door", channel ? str_from(channel->label) : STR_EMPTY);
    json_set_bool(a, item, "public", m->is_public);
    json_set_str(a, item, "once", once_of(a, m));
    json_set_bool(a, item, "read", m->receipt == MESSAGE_READ);
    json_set(a, item, "files", files);
    return item;
}

static bool request_fill(struct tx *tx, struct site *site, const struct names *names, const struct conversation *c,
                         struct json *model, struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct message *list;
    size_t count;
    struct cursor before = form_cursor(http_query(v->http, "more"), STORY_PAGE);
    if (!message_list(tx, a, v->brand.id, c->id, before, &list, &count, e))
        return false;
    struct json *items = json_array(a);
    for (size_t i = 0; i < count; i++) {
        struct json *item = is_shown(&list[i]) ? said_json(tx, site, names, &list[i], e) : NULL;
        if (is_shown(&list[i]) && !item)
            return false;
        if (item)
            json_push(a, items, item);
    }
    json_set(a, model, "items", items);
    json_set(a, model, "earlier",
             count == STORY_PAGE ? json_new_str(a, form_cursor_text(a, list[0].at, list[0].id)) : json_new_null(a));
    json_set(a, model, "request", request_json(a, names, c));
    return true;
}

bool request_model(struct tx *tx, struct site *site, const struct conversation *c, struct json *model,
                   struct error *e)
{
    struct names names;
    return names_read(tx, site->v, &names, e) && request_fill(tx, site, &names, c, model, e);
}

static struct json *beside_row(struct arena *a, const struct names *names, const struct conversation *c,
                               int64_t current)
{
    struct json *row = request_json(a, names, c);
    json_set_bool(a, row, "current", c->id == current);
    return row;
}

/* On a tablet the others stand beside the open one, which is always among them. */
static bool beside_set(struct tx *tx, struct request_page *page, const struct names *names,
                       const struct conversation *open, struct error *e)
{
    struct arena *a = page->site.v->arena;
    struct conversation *list;
    struct json *rows = json_array(a);
    size_t count;
    bool more, there = false;
    if (!requests_read(tx, &page->site, (struct cursor){.limit = BESIDE_MAX}, &list, &count, &more, e))
        return false;
    for (size_t i = 0; i < count; i++)
        there |= list[i].id == open->id;
    if (!there)
        json_push(a, rows, beside_row(a, names, open, open->id));
    for (size_t i = 0; i < count; i++)
        if (list[i].id == open->id || (list[i].messages && !is_among_members(&list[i])))
            json_push(a, rows, beside_row(a, names, &list[i], open->id));
    json_set(a, page->model, "beside", rows);
    json_set_bool(a, page->model, "beside_more", more);
    return true;
}

static bool request_read(struct tx *tx, void *ctx, struct error *e)
{
    struct request_page *page = ctx;
    struct conversation c;
    struct names names;
    if (!guest_conversation(tx, page->site.v->arena, &page->site.guest, page->id, &c, e))
        return false;
    page->joined = c.messages == 0 && str_eq(c.outcome, STR("joined"));
    return names_read(tx, page->site.v, &names, e) && request_fill(tx, &page->site, &names, &c, page->model, e) &&
           beside_set(tx, page, &names, &c, e) && passage_before(tx, &page->site, &c, page->model, e) &&
           notices_model(tx, &page->site, page->model, e);
}

static bool request_render(struct request_page *page, int status, struct str text, struct json *errors,
                           struct error *e)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct json *values = json_object(a);
    page->model = json_object(a);
    if (!visit_read(v, request_read, page, e))
        return false;
    if (page->joined) {
        view_redirect(&v->view, v->http, STR("/requests"));
        return true;
    }
    json_set_str(a, values, "text", text);
    json_set_str(a, values, "once", random_token(a, 12));
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "errors", errors ? errors : json_new_null(a));
    json_set_bool(a, page->model, "letter_went", str_eq(http_query(v->http, "letter"), STR("1")));
    site_render_status(&page->site, status, "request", page->model);
    return true;
}

static bool request_is_theirs(struct tx *tx, void *ctx, struct error *e)
{
    struct request_page *page = ctx;
    struct conversation c;
    return guest_conversation(tx, page->site.v->arena, &page->site.guest, page->id, &c, e);
}

static bool request_show(struct visit *v, struct error *e)
{
    struct request_page page = {.id = v->params[0]};
    return site_open(v, "requests", &page.site, e) && visit_read(v, request_is_theirs, &page, e) &&
           notices_looked(&page.site, page.id, e) && request_render(&page, 200, STR_EMPTY, NULL, e);
}

static bool request_post(struct visit *v, struct error *e)
{
    struct request_page page = {.id = v->params[0]};
    struct guest_words words = {0};
    struct error wrong = {0};
    struct json *errors = NULL;
    int64_t conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) ||
        !visit_read(v, request_is_theirs, &page, e))
        return false;
    words.text = str_trim(text_clean(v->arena, http_form(v->http, "text")));
    words.once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), 64);
    if (words.once.len == 0)
        words.once = random_token(v->arena, 12);
    if (!site_files(&page.site, &words, &wrong))
        form_wrong(v->arena, &errors, "file", "wrong.file");
    if (words.text.len == 0 && words.media_count == 0)
        form_wrong(v->arena, &errors, "text", "wrong.missing");
    if (text_length(v->arena, words.text, LENGTH_CHARACTERS) > WORDS_MAX)
        form_wrong(v->arena, &errors, "text", "wrong.long");
    if (errors)
        return request_render(&page, 422, words.text, errors, e);
    if (!site_may_write(&page.site, e) || !site_say(&page.site, &words, page.id, &conversation, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/requests/%lld#latest", (long long)conversation));
    return true;
}

/* ---- their files ---- */

struct guest_file {
    struct site site;
    struct attachment attachment;
    struct str mime, bytes;
};

static bool file_read(struct tx *tx, void *ctx, struct error *e)
{
    struct guest_file *file = ctx;
    struct visit *v = file->site.v;
    if (!guest_attachment(tx, v->arena, &file->site.guest, v->params[0], &file->attachment, e))
        return false;
    return blob_get(tx, v->arena, v->brand.id, file->attachment.hash, &file->mime, &file->bytes, e);
}

static bool file_show(struct visit *v, struct error *e)
{
    struct guest_file file = {0};
    if (!site_open(v, "requests", &file.site, e) || !visit_read(v, file_read, &file, e))
        return false;
    file_respond(v, file.mime, file.attachment.name, file.bytes);
    return true;
}

const struct route routes_site_requests[] = {
    {HTTP_GET, "/requests", PERM_PUBLIC, list_show, NULL},
    {HTTP_GET, "/requests/:id", PERM_PUBLIC, request_show, NULL},
    {HTTP_POST, "/requests/:id", PERM_PUBLIC, request_post, NULL},
    {HTTP_GET, "/requests/file/:id", PERM_PUBLIC, file_show, NULL},
    {HTTP_GET, "/widget/file/:id", PERM_PUBLIC, file_show, NULL},
    {0},
};
