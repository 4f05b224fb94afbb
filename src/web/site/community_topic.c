/* SPDX-License-Identifier: Apache-2.0 */
/* One topic: its posts as this visitor may see them, and what they may do with each. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "web/desk/model.h"
#include "web/files.h"
#include "web/forms.h"
#include "web/site/community.h"
#include "web/site/help.h"

#define BESIDE_MAX 20

struct topic_page {
    struct site *site;
    int64_t id;
    const struct community_form *form;
    struct member member;
    struct topic topic;
    struct names names;
    struct post *posts;
    struct message *messages;
    struct member *members;
    size_t count, message_count, member_count;
    bool follows, stale; /* stale: something new since they last looked */
    struct json *model;
};

static const struct message *message_of(const struct topic_page *page, int64_t id)
{
    for (size_t i = 0; i < page->message_count; i++)
        if (page->messages[i].id == id)
            return &page->messages[i];
    return NULL;
}

static const struct member *member_of(const struct topic_page *page, int64_t id)
{
    for (size_t i = 0; i < page->member_count; i++)
        if (page->members[i].id == id)
            return &page->members[i];
    return NULL;
}

static struct json *by_json(struct arena *a, const struct topic_page *page, const struct post *post)
{
    struct json *by = json_object(a);
    const struct member *member = member_of(page, post->member_id);
    const struct agent *agent = names_agent(&page->names, post->agent_id);
    json_set_str(a, by, "name", member ? member->name : agent ? agent->name : STR_EMPTY);
    json_set_int(a, by, "helped", member ? member->helped : 0);
    json_set_bool(a, by, "us", post->agent_id != 0);
    return by;
}

static struct json *files_json(struct tx *tx, struct visit *v, const struct message *m, struct error *e)
{
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
                     str_format(a, "%.*s/community/file/%lld", STR_ARGS(v->view.base), (long long)list[i].id));
        json_push(a, files, file);
    }
    return files;
}

/* Why its author alone sees it, and what they can say to that. */
static struct json *aside_json(struct arena *a, const struct topic_page *page, const struct post *post,
                               const struct message *m, struct str why)
{
    if (m->place != PLACE_SET_ASIDE)
        return json_new_null(a);
    struct json *aside = json_object(a);
    const struct agent *agent = names_agent(&page->names, m->place_by),
                       *again = names_agent(&page->names, post->appeal_by);
    json_set_str(a, aside, "who", agent ? agent->name : STR_EMPTY);
    json_set_str(a, aside, "reason", post->aside_reason.len ? post->aside_reason : why);
    json_set_bool(a, aside, "may_appeal", !post->appeal_at);
    json_set_bool(a, aside, "appealed", post->appeal_at && !post->appeal_by);
    json_set_str(a, aside, "again_by", again ? again->name : STR_EMPTY);
    json_set_str(a, aside, "answer", post->appeal_answer);
    return aside;
}

static void can_set(struct arena *a, const struct topic_page *page, const struct post *post, const struct message *m,
                    bool mine, struct json *item)
{
    struct json *can = json_object(a);
    bool there = !m->deleted_at, answer = post->id != page->topic.question_id;
    bool asker = page->member.id && page->topic.member_id == page->member.id;
    json_set_bool(a, can, "change", mine && there);
    json_set_bool(a, can, "thank", !mine && there);
    json_set_bool(a, can, "report", !mine && there);
    json_set_bool(a, can, "accept", asker && answer && there && page->topic.solved_id != post->id);
    json_set(a, item, "can", can);
}

static bool edits_set(struct tx *tx, const struct topic_page *page, const struct message *m, bool mine,
                      struct json *item, struct error *e)
{
    struct visit *v = page->site->v;
    bool told = mine && m->edited_at && !m->deleted_at;
    struct json *edits = told ? post_edits(tx, v->arena, v->brand.id, m->id, e) : json_array(v->arena);
    if (!edits)
        return false;
    for (size_t i = 0; i < json_count(edits); i++)
        json_set_str(v->arena, edits->items[i], "text",
                     forum_body(&page->topic, m->id, json_text(json_get(json_at(edits, i), "text"))));
    json_set(v->arena, item, "edits", edits);
    return true;
}

static bool why_of(struct tx *tx, struct visit *v, const struct message *m, struct str *why, struct error *e)
{
    struct conversation c;
    *why = STR_EMPTY;
    if (m->place != PLACE_SET_ASIDE)
        return true;
    if (!conversation_by_id(tx, v->arena, v->brand.id, m->conversation_id, &c, e))
        return false;
    *why = c.reason;
    return true;
}

/* NULL without an error: nothing of it is shown. */
static bool post_json(struct tx *tx, struct topic_page *page, const struct post *post, struct json **out,
                      struct error *e)
{
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    const struct message *m = message_of(page, post->id);
    bool mine = post->member_id && post->member_id == page->member.id;
    struct str why;
    *out = NULL;
    if (!m || (!mine && !forum_is_seen(post, m)) || (!mine && m->deleted_at && post->id != page->topic.question_id))
        return true;
    struct json *item = json_object(a), *files = files_json(tx, v, m, e);
    if (!files || !edits_set(tx, page, m, mine, item, e) || !why_of(tx, v, m, &why, e))
        return false;
    json_set_id(a, item, "id", post->id);
    json_set(a, item, "by", by_json(a, page, post));
    json_set_time(a, item, "at", post->at);
    json_set_str(a, item, "text", m->deleted_at ? STR_EMPTY : forum_body(&page->topic, post->id, m->text));
    json_set_bool(a, item, "mine", mine);
    json_set_bool(a, item, "solves", page->topic.solved_id == post->id);
    json_set_bool(a, item, "question", page->topic.question_id == post->id);
    json_set_int(a, item, "thanks", post->thanks);
    json_set_bool(a, item, "edited", m->edited_at != 0 && !m->deleted_at);
    json_set_bool(a, item, "withdrawn", m->deleted_at != 0);
    json_set_bool(a, item, "held", post->held);
    json_set(a, item, "aside", aside_json(a, page, post, m, why));
    json_set(a, item, "files", files);
    can_set(a, page, post, m, mine, item);
    *out = item;
    return true;
}

/* ---- reading ---- */

static bool posts_read(struct tx *tx, struct topic_page *page, struct str *next, struct error *e)
{
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    struct post question;
    int64_t after = page->form ? 0 : visit_query_id(v, "after"), *ids;
    *next = STR_EMPTY;
    if (after < page->topic.question_id)
        after = page->topic.question_id;
    if (!post_by_id(tx, a, v->brand.id, page->topic.question_id, &question, e) ||
        !post_list(tx, a, v->brand.id, page->id, after, FORUM_POSTS + 1, &page->posts, &page->count, e))
        return false;
    if (page->count > FORUM_POSTS) {
        page->count = FORUM_POSTS;
        *next = str_format(a, "%lld", (long long)page->posts[FORUM_POSTS - 1].id);
    }
    struct post *all = ARENA_ARRAY(a, struct post, page->count + 1);
    ids = ARENA_ARRAY(a, int64_t, page->count + 1);
    all[0] = question;
    for (size_t i = 0; i < page->count; i++)
        all[i + 1] = page->posts[i];
    page->posts = all;
    page->count++;
    for (size_t i = 0; i < page->count; i++)
        ids[i] = all[i].id;
    if (!message_by_ids(tx, a, v->brand.id, ids, page->count, &page->messages, &page->message_count, e))
        return false;
    for (size_t i = 0; i < page->count; i++)
        ids[i] = all[i].member_id;
    return member_by_ids(tx, a, v->brand.id, ids, page->count, &page->members, &page->member_count, e);
}

static bool follow_read(struct tx *tx, struct topic_page *page, struct error *e)
{
    struct visit *v = page->site->v;
    struct follow *list;
    size_t count;
    if (!page->member.id)
        return true;
    if (!follow_list(tx, v->arena, v->brand.id, page->member.id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].topic_id == page->id) {
            page->follows = true;
            page->stale = page->topic.last_at > list[i].seen_at || list[i].named_at > list[i].seen_at;
        }
    return true;
}

static struct json *topic_json(struct arena *a, const struct topic_page *page, const struct topic_category *category,
                               size_t left, int64_t talk)
{
    struct json *topic = json_object(a);
    const struct topic *t = &page->topic;
    bool asker = page->member.id && t->member_id == page->member.id;
    json_set_id(a, topic, "id", t->id);
    json_set_str(a, topic, "address", community_address(a, t));
    json_set_str(a, topic, "canonical", str_concat(a, help_origin(page->site->v), community_address(a, t)));
    json_set_str(a, topic, "title", t->title);
    json_set_str(a, topic, "lang", category ? category->language : STR_EMPTY);
    json_set_id(a, topic, "category_id", category ? category->id : 0);
    json_set_str(a, topic, "category", category ? category->title : STR_EMPTY);
    json_set_str(a, topic, "category_name", category ? category->name : STR_EMPTY);
    json_set_int(a, topic, "posts", t->posts > 0 ? t->posts : 0);
    json_set_bool(a, topic, "solved", t->solved_id != 0);
    json_set_int(a, topic, "solved_in", t->solved_id ? (t->solved_at - t->created_at) / SECOND_US : 0);
    json_set_time(a, topic, "since", t->created_at);
    json_set_bool(a, topic, "follows", page->follows);
    json_set_bool(a, topic, "asker", asker);
    json_set_bool(a, topic, "left", left > 0);
    json_set_bool(a, topic, "may_call", asker);
    json_set_bool(a, topic, "shown", t->shown);
    json_set_id(a, topic, "private", talk);
    return topic;
}

static struct json *beside_row(struct arena *a, const struct topic *t, int64_t current)
{
    struct json *row = json_object(a);
    json_set_str(a, row, "address", community_address(a, t));
    json_set_str(a, row, "title", t->title);
    json_set_int(a, row, "posts", t->posts > 0 ? t->posts : 0);
    json_set_bool(a, row, "solved", t->solved_id != 0);
    json_set_bool(a, row, "current", t->id == current);
    return row;
}

/* On a tablet the newest of its category stand beside the topic, which is always among them. */
static bool beside_set(struct tx *tx, struct topic_page *page, struct error *e)
{
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    struct json *rows = json_array(a);
    struct topic *list;
    size_t count;
    bool there = false;
    if (!topic_list(tx, a, v->brand.id, page->topic.category_id, (struct cursor){.limit = BESIDE_MAX}, &list, &count,
                    e))
        return false;
    for (size_t i = 0; i < count; i++)
        there |= list[i].id == page->id;
    if (!there)
        json_push(a, rows, beside_row(a, &page->topic, page->id));
    for (size_t i = 0; i < count; i++)
        json_push(a, rows, beside_row(a, &list[i], page->id));
    json_set(a, page->model, "beside", rows);
    return true;
}

/* The asker's story, where it went on in private. */
static bool talk_of(struct tx *tx, const struct topic_page *page, int64_t *talk, struct error *e)
{
    struct visit *v = page->site->v;
    const struct message *question = message_of(page, page->topic.question_id);
    struct message last;
    struct error here = {0};
    *talk = 0;
    if (!question || !page->member.id || page->topic.member_id != page->member.id)
        return true;
    if (message_last_out(tx, v->arena, v->brand.id, question->conversation_id, 0, &last, &here))
        *talk = last.is_public ? 0 : question->conversation_id;
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static bool topic_shown(const struct topic_page *page, struct error *e)
{
    for (size_t i = 0; i < page->count && !page->topic.shown; i++)
        if (page->member.id && page->posts[i].member_id == page->member.id)
            return true;
    return page->topic.shown || fail(e, ERR_NOT_FOUND, "There is no such topic.");
}

static bool topic_read(struct tx *tx, void *ctx, struct error *e)
{
    struct topic_page *page = ctx;
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    struct topic_category *categories, *category = NULL;
    struct post_left *left;
    struct str next;
    size_t count, waits;
    int64_t talk;
    if (!topic_by_id(tx, a, v->brand.id, page->id, &page->topic, e) ||
        !forum_member(tx, a, &page->site->guest, &page->member, e) || !names_read(tx, v, &page->names, e) ||
        !category_list(tx, a, v->brand.id, &categories, &count, e) ||
        !post_left_of(tx, a, v->brand.id, page->id, &left, &waits, e) || !posts_read(tx, page, &next, e) ||
        !topic_shown(page, e) || !follow_read(tx, page, e) || !talk_of(tx, page, &talk, e) ||
        !beside_set(tx, page, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (categories[i].id == page->topic.category_id)
            category = &categories[i];
    struct json *posts = json_array(a), *item;
    for (size_t i = 0; i < page->count; i++) {
        if (!post_json(tx, page, &page->posts[i], &item, e))
            return false;
        if (item)
            json_push(a, posts, item);
    }
    json_set(a, page->model, "topic", topic_json(a, page, category, waits, talk));
    json_set(a, page->model, "posts", posts);
    json_set(a, page->model, "next", next.len ? json_new_str(a, next) : json_new_null(a));
    return true;
}

static bool seen_write(struct tx *tx, void *ctx, struct error *e)
{
    const struct topic_page *page = ctx;
    return follow_seen(tx, page->site->v->brand.id, page->member.id, page->id, tx_now(tx), e);
}

static void form_fill(struct topic_page *page)
{
    static const struct community_form none = {0};
    struct visit *v = page->site->v;
    struct arena *a = v->arena;
    const struct community_form *form = page->form ? page->form : &none;
    struct json *values = json_object(a);
    json_set_str(a, values, "text", form->text);
    json_set_str(a, values, "name", form->name);
    json_set_str(a, values, "once", form->token.len ? form->token : friction_token(v));
    json_set_int(a, values, "bits", forum_is_new(&page->member, clock_now()) ? FRICTION_BITS : 0);
    json_set_int(a, values, "wait", form->wait);
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "errors", form->errors ? form->errors : json_new_null(a));
    json_set(a, page->model, "member", community_member_json(a, &page->member, clock_now()));
}

bool community_topic_page(struct site *site, int64_t id, int status, const struct community_form *form,
                          struct error *e)
{
    struct visit *v = site->v;
    struct topic_page page = {.site = site, .id = id, .form = form, .model = json_object(v->arena)};
    if (!visit_read(v, topic_read, &page, e))
        return false;
    if (page.stale && !visit_write(v, seen_write, &page, e))
        return false;
    /* one address each: old titles and shortened links lead to it */
    if (!form && !str_eq(v->words[0], page.topic.slug)) {
        view_redirect(&v->view, v->http, community_address(v->arena, &page.topic));
        return true;
    }
    form_fill(&page);
    site_render_status(site, status, "community_topic", page.model);
    return true;
}

static bool topic_show(struct visit *v, struct error *e)
{
    struct site site;
    return site_open(v, "community", &site, e) && community_topic_page(&site, v->params[0], 200, NULL, e);
}

/* ---- pictures ---- */

struct post_file {
    struct site site;
    struct attachment attachment;
    struct str mime, bytes;
};

static bool file_read(struct tx *tx, void *ctx, struct error *e)
{
    struct post_file *file = ctx;
    struct visit *v = file->site.v;
    struct arena *a = v->arena;
    struct member member;
    struct message m;
    struct post post;
    if (!attachment_by_id(tx, a, v->brand.id, v->params[0], &file->attachment, e) ||
        !post_by_id(tx, a, v->brand.id, file->attachment.message_id, &post, e) ||
        !message_by_id(tx, a, v->brand.id, post.id, &m, e) || !forum_member(tx, a, &file->site.guest, &member, e))
        return false;
    bool mine = member.id && member.id == post.member_id;
    if (m.deleted_at || !(mine || forum_is_seen(&post, &m)))
        return fail(e, ERR_NOT_FOUND, "There is no such picture.");
    return blob_get(tx, a, v->brand.id, file->attachment.hash, &file->mime, &file->bytes, e);
}

static bool file_show(struct visit *v, struct error *e)
{
    struct post_file file = {0};
    if (!site_open(v, "community", &file.site, e) || !visit_read(v, file_read, &file, e))
        return false;
    file_respond(v, file.mime, file.attachment.name, file.bytes);
    return true;
}

const struct route routes_site_community_topic[] = {
    {HTTP_GET, "/community/t/:id", PERM_PUBLIC, topic_show, NULL},
    {HTTP_GET, "/community/t/:id/:name", PERM_PUBLIC, topic_show, NULL},
    {HTTP_GET, "/community/file/:id", PERM_PUBLIC, file_show, NULL},
    {0},
};
