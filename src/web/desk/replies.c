/* SPDX-License-Identifier: Apache-2.0 */
/* Answering: sending a reply, taking it back, trying again, settling an unsure one. Only a colleague in person. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "care/promises.h"
#include "care/similar.h"
#include "store/message.h"
#include "web/desk/passages.h"

struct send {
    struct visit *v;
    struct reply_request request;
    const struct http_file *file;
    int64_t message_id;
    struct person person;
};

/* The file becomes a blob and an attachment of no message yet; reply_send ties it to the reply. */
static bool file_keep(struct tx *tx, struct send *s, struct error *e)
{
    struct arena *a = tx_arena(tx);
    unsigned char digest[SHA256_BYTES];
    if (!s->file || s->file->bytes.len == 0)
        return true;
    sha256(s->file->bytes, digest);
    struct attachment attachment = {.brand_id = s->v->brand.id,
                                    .id = id_new(),
                                    .kind = str_starts(s->file->mime, STR("image/")) ? STR("image") : STR("file"),
                                    .mime = s->file->mime,
                                    .name = s->file->file_name,
                                    .size = (int64_t)s->file->bytes.len,
                                    .hash = hex_encode(a, digest, sizeof digest),
                                    .state = STR("stored")};
    s->request.attachment = attachment.id;
    return blob_put(tx, attachment.brand_id, attachment.hash, attachment.mime, s->file->bytes, e) &&
           attachment_add(tx, &attachment, e);
}

static bool send_run(struct tx *tx, void *ctx, struct error *e)
{
    struct send *s = ctx;
    struct conversation c;
    const struct author *author = visit_author(s->v, tx, e);
    return author && file_keep(tx, s, e) && reply_send(tx, author, &s->request, &s->message_id, e) &&
           conversation_by_id(tx, s->v->arena, s->v->brand.id, s->request.conversation_id, &c, e) &&
           person_by_id(tx, s->v->arena, s->v->brand.id, c.person_id, &s->person, e);
}

static bool door_of_form(struct visit *v, struct reply_request *request, struct error *e)
{
    struct str door = http_form(v->http, "door"), channel;
    if (!str_split(&door, ':', &channel) || !str_int64(channel, &request->channel_id) || door.len == 0)
        return fail(e, ERR_BAD_INPUT, "Through which door? Choose one.");
    request->door = door;
    return true;
}

/* Approved words, and what fills their fields, in the order of the form. */
static void approved_of_form(struct visit *v, struct reply_request *request)
{
    const struct pairs *form = http_form_all(v->http);
    struct str *fills = ARENA_ARRAY(v->arena, struct str, form->count + 1);
    request->approved = http_form(v->http, "approved");
    request->approved_language = http_form(v->http, "language");
    for (size_t i = 0; i < form->count; i++)
        if (str_eq(form->items[i].name, STR("fill")))
            fills[request->fill_count++] = form->items[i].value;
    request->fills = fills;
}

/* What was refused stays as the draft: no word is lost. */
struct keep {
    struct visit *v;
    const struct reply_request *request;
};

static bool keep_run(struct tx *tx, void *ctx, struct error *e)
{
    const struct keep *keep = ctx;
    struct draft draft = {.brand_id = keep->v->brand.id,
                          .conversation_id = keep->request->conversation_id,
                          .agent_id = keep->v->actor.agent_id,
                          .kind = STR("reply"),
                          .door = keep->request->door,
                          .channel_id = keep->request->channel_id,
                          .text = keep->request->text,
                          .at = tx_now(tx)};
    return draft_put(tx, &draft, e);
}

static void keep_words(struct visit *v, const struct reply_request *request)
{
    struct keep keep = {v, request};
    struct error e = {0};
    if (request->text.len && request->text.len < 65536 && !visit_write(v, keep_run, &keep, &e))
        http_set_header(v->http, "X-Draft", STR("not kept"));
}

/* The reason in the reader's language, as far as a colleague can do something about it. */
static const char *refused_why(struct str message)
{
    static const struct {
        const char *begins, *key;
    } known[] = {{"The reply is too long", "wrong.long"},
                 {"A reply has at most", "wrong.long"},
                 {"There is nothing to send", "wrong.missing"},
                 {"The network no longer lists", "wrong.approved"},
                 {"This door takes no attachments", "wrong.file"},
                 {"The file is too large", "wrong.file"},
                 {"This file was sent", "wrong.file"},
                 {"A colleague answered", NULL}, /* the composer says who */
                 {"Listen first", "wrong.reply_first"},
                 {"This private link", "wrong.passage"},
                 {"This person was set aside", "wrong.boundary"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_starts(message, str_from(known[i].begins)))
            return known[i].key;
    return "wrong.closed";
}

/* What can be mended is said beside the words, on the story itself; scripts get the error. */
static bool reply_refused(struct visit *v, const struct reply_request *request, struct error *e)
{
    keep_words(v, request);
    bool mendable = e->code == ERR_BAD_INPUT || e->code == ERR_CONFLICT || e->code == ERR_TOO_LARGE;
    if (!mendable || view_wants_json(v->http))
        return false;
    struct json *values = json_object(v->arena);
    const char *why = refused_why(str_from(e->message));
    json_set(v->arena, values, "why", why ? json_new_str(v->arena, str_from(why)) : json_new_null(v->arena));
    visit_toast(v, "toast.refused", values);
    struct str address = story_address(v, request->conversation_id);
    address = str_slice(address, 0, address.len - STR("#latest").len);
    view_redirect(&v->view, v->http,
                  str_format(v->arena, "%.*s%cseen=%lld#latest", STR_ARGS(address),
                             str_find_char(address, '?') < 0 ? '?' : '&', (long long)request->seen));
    return true;
}

/* Kept as a draft, for who has no script that does it while they write. */
static bool reply_kept(struct visit *v, const struct reply_request *request)
{
    keep_words(v, request);
    visit_toast(v, "toast.draft", NULL);
    view_redirect(&v->view, v->http, story_address(v, request->conversation_id));
    return true;
}

/* The link stands at the end of what was written, for who has no script that puts it where the cursor is. */
static bool reply_linked(struct visit *v, struct reply_request *request, struct error *e)
{
    struct str link, text = str_trim(request->text);
    if (!passage_link(v, request->conversation_id, &link, e))
        return false;
    request->text = text.len ? str_concat(v->arena, text, str_concat(v->arena, STR("\n"), link)) : link;
    return reply_kept(v, request);
}

/* ---- the next person ---- */

struct next {
    struct visit *v;
    int64_t id, besides; /* whom it leads to; whom one comes from */
};

static bool next_read(struct tx *tx, void *ctx, struct error *e)
{
    struct next *next = ctx;
    struct conversation_filter mine = {.by_rank = true, .state = CONVERSATION_WAITING, .priority = -1};
    struct conversation *list;
    size_t count;
    bool more;
    int64_t owners[] = {next->v->actor.agent_id, 0};
    for (size_t i = 0; i < COUNT_OF(owners) && !next->id; i++) {
        mine.owner = owners[i];
        if (!conversation_list(tx, next->v->arena, next->v->brand.id, &mine, (struct cursor){.limit = 2}, &list,
                               &count, &more, e))
            return false;
        for (size_t k = 0; k < count && !next->id; k++)
            next->id = list[k].id == next->besides ? 0 : list[k].id;
    }
    return true;
}

/* Mine first, then nobody's: the one who loses most by waiting. */
static bool next_person(struct visit *v, int64_t besides, struct str *address, struct error *e)
{
    struct next next = {.v = v, .besides = besides};
    if (!visit_read(v, next_read, &next, e))
        return false;
    *address = next.id ? story_address(v, next.id) : STR("/desk");
    return true;
}

/* ---- sending ---- */

static bool reply_post(struct visit *v, struct error *e)
{
    struct send s = {.v = v, .request = {.conversation_id = v->params[0], .house = v->app->house}};
    if (!http_form_ok(v->http, e) || !door_of_form(v, &s.request, e))
        return false;
    s.file = http_file(v->http, 0);
    s.request.text = http_form(v->http, "text");
    approved_of_form(v, &s.request);
    s.request.seen = visit_form_id(v, "seen");
    s.request.anyway = str_eq(http_form(v->http, "anyway"), STR("1"));
    s.request.once = http_form(v->http, "once");
    if (str_eq(http_form(v->http, "then"), STR("keep")))
        return reply_kept(v, &s.request);
    if (str_eq(http_form(v->http, "then"), STR("passage")))
        return reply_linked(v, &s.request, e);
    if (!visit_write(v, send_run, &s, e))
        return reply_refused(v, &s.request, e);
    visit_wake_outbox(v);
    struct json *values = json_object(v->arena), *undo = json_object(v->arena);
    json_set_str(v->arena, values, "name", s.person.name);
    json_set_str(v->arena, undo, "action", str_format(v->arena, "/desk/m/%lld/withdraw", (long long)s.message_id));
    json_set(v->arena, values, "undo", undo);
    json_set_int(v->arena, values, "seconds", v->brand.undo_seconds);
    visit_toast(v, "toast.sent", values);
    struct str address = story_address(v, s.request.conversation_id);
    bool on = str_eq(http_form(v->http, "then"), STR("next"));
    if (on && !next_person(v, s.request.conversation_id, &address, e))
        return false;
    view_redirect(&v->view, v->http, address);
    return true;
}

/* ---- while it is on its way ---- */

struct message_act {
    struct visit *v;
    struct str kind;
    int64_t conversation;
};

static bool message_run(struct tx *tx, void *ctx, struct error *e)
{
    struct message_act *act = ctx;
    struct message m;
    int64_t id = act->v->params[0];
    const struct author *author = visit_author(act->v, tx, e);
    if (!author || !message_by_id(tx, tx_arena(tx), act->v->brand.id, id, &m, e))
        return false;
    act->conversation = m.conversation_id;
    if (str_eq(act->kind, STR("retry")))
        return reply_retry(tx, author, id, e);
    if (str_eq(act->kind, STR("withdraw")))
        return reply_take_back(tx, author, id, e);
    if (str_eq(act->kind, STR("settle")))
        return reply_settle(tx, author, id, str_eq(http_form(act->v->http, "arrived"), STR("1")), e);
    return fail(e, ERR_NOT_FOUND, "There is nothing at this address.");
}

static const char *message_toast(struct str kind, bool done)
{
    if (!done)
        return "toast.too_late";
    if (str_eq(kind, STR("withdraw")))
        return "toast.withdrawn";
    return str_eq(kind, STR("retry")) ? "toast.retried" : "toast.saved";
}

static bool message_act(struct visit *v, struct error *e)
{
    struct message_act act = {.v = v, .kind = v->words[0]};
    bool done = visit_write(v, message_run, &act, e);
    if (!done && (e->code != ERR_CONFLICT || !act.conversation || view_wants_json(v->http)))
        return false;
    visit_wake_outbox(v);
    visit_toast(v, message_toast(act.kind, done), NULL);
    /* words that were taken back stand in the reply of their story */
    bool back = done && str_eq(act.kind, STR("withdraw"));
    view_redirect(&v->view, v->http,
                  back && http_form(v->http, "stays").len
                      ? str_format(v->arena, "/desk/c/%lld#latest", (long long)act.conversation)
                      : story_address(v, act.conversation));
    return true;
}

static bool next_show(struct visit *v, struct error *e)
{
    struct str address;
    if (!next_person(v, 0, &address, e))
        return false;
    view_redirect(&v->view, v->http, address);
    return true;
}

/* ---- before it is sent ---- */

struct hint {
    struct visit *v;
    struct str text;
    struct person person;
    struct similar similar;
};

static bool hint_read(struct tx *tx, void *ctx, struct error *e)
{
    struct hint *hint = ctx;
    struct conversation c;
    return conversation_by_id(tx, hint->v->arena, hint->v->brand.id, hint->v->params[0], &c, e) &&
           person_by_id(tx, hint->v->arena, hint->v->brand.id, c.person_id, &hint->person, e) &&
           similar_find(tx, hint->v->arena, hint->v->brand.id, c.person_id, hint->text, &hint->similar, e);
}

static bool similar_post(struct visit *v, struct error *e)
{
    struct arena *a = v->arena;
    struct hint hint = {.v = v, .text = http_form(v->http, "text")};
    struct json *model = json_object(a);
    struct str words;
    int64_t due;
    if (hint.text.len > 65536 || !visit_read(v, hint_read, &hint, e))
        return hint.text.len > 65536 ? fail(e, ERR_TOO_LARGE, "A reply has at most 64 KiB.") : false;
    if (hint.similar.people) {
        struct json *similar = json_object(a);
        json_set_int(a, similar, "count", hint.similar.people);
        json_set(a, model, "similar", similar);
    }
    if (promise_notice(a, hint.text, v->view.now, v->view.zone, &words, &due)) {
        struct json *promise = json_object(a);
        json_set_str(a, promise, "words", words);
        json_set_time(a, promise, "due", due);
        json_set(a, model, "promise", promise);
    }
    json_set(a, model, "person", person_json(a, &hint.person));
    view_render(&v->view, v->http, "parts/remarks", model);
    return true;
}

const struct route routes_desk_replies[] = {
    {HTTP_POST, "/desk/c/:id/reply", PERM_AGENT, reply_post, NULL},
    {HTTP_POST, "/desk/c/:id/similar", PERM_AGENT, similar_post, NULL},
    {HTTP_POST, "/desk/m/:id/:name", PERM_AGENT, message_act, NULL},
    {HTTP_GET, "/desk/next", PERM_READ, next_show, NULL},
    {0},
};
