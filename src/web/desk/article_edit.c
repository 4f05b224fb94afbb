/* SPDX-License-Identifier: Apache-2.0 */
/* The editor of an article: its words in one language as Markdown, a preview made by the server, versions,
 * publishing, pictures; and the article that is made of a story, without what is the person's own. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/anonymous.h"
#include "care/article_files.h"
#include "store/message.h"
#include "store/person.h"
#include "web/desk/articles.h"
#include "web/desk/page.h"
#include "web/markdown.h"

#define PICTURE_MAX  ((size_t)4 << 20)
#define CATEGORY_MAX 60
#define STORY_WORDS  40 /* messages looked at for a draft */

struct edit_page {
    struct visit *v;
    struct article article;
    struct article_words words;
    struct str category; /* a new one's name */
    struct article_text *texts;
    size_t text_count;
    struct article_version *versions;
    size_t version_count;
    int64_t picture, number;
    struct json *model, *errors;
};

static struct str language_asked(struct visit *v, struct str asked)
{
    for (size_t i = 0; i < locale_count(); i++)
        if (str_eq(asked, locale_language(locale_at(i))))
            return asked;
    return v->brand.language;
}

/* ---- the page ---- */

static bool words_load(struct tx *tx, struct edit_page *page, struct error *e)
{
    struct visit *v = page->v;
    const struct article_text *text = article_text_in(page->texts, page->text_count, page->words.language);
    struct article_version version;
    if (!text || page->words.title.len || page->words.body.len)
        return true;
    if (!article_version_get(tx, v->arena, v->brand.id, page->article.id, text->language, text->latest, &version, e))
        return false;
    page->words.title = version.title;
    page->words.about = version.about;
    page->words.body = version.body;
    page->words.slug = text->slug;
    return true;
}

static struct json *versions_json(struct edit_page *page, const struct names *names)
{
    struct arena *a = page->v->arena;
    const struct article_text *text = article_text_in(page->texts, page->text_count, page->words.language);
    struct json *list = json_array(a);
    for (size_t i = 0; i < page->version_count; i++) {
        const struct article_version *version = &page->versions[i];
        struct json *item = json_object(a);
        json_set_int(a, item, "number", version->number);
        json_set_str(a, item, "title", version->title);
        json_set(a, item, "by", names_agent_json(a, names, version->agent_id));
        json_set_time(a, item, "at", version->at);
        json_set_int(a, item, "helped", version->helped);
        json_set_int(a, item, "not_helped", version->not_helped);
        json_set_bool(a, item, "published", text && text->published == version->number);
        json_set_bool(a, item, "latest", text && text->latest == version->number);
        json_push(a, list, item);
    }
    return list;
}

static struct json *languages_json(struct edit_page *page)
{
    struct arena *a = page->v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < locale_count(); i++) {
        struct str language = locale_language(locale_at(i));
        struct json *item = json_object(a);
        json_set_str(a, item, "value", language);
        json_set_bool(a, item, "current", str_eq(language, page->words.language));
        json_set_bool(a, item, "there", article_text_in(page->texts, page->text_count, language) != NULL);
        json_push(a, list, item);
    }
    return list;
}

static void values_set(struct edit_page *page)
{
    struct arena *a = page->v->arena;
    struct json *values = json_object(a);
    json_set_str(a, values, "title", page->words.title);
    json_set_str(a, values, "about", page->words.about);
    json_set_str(a, values, "body", page->words.body);
    json_set_str(a, values, "slug", page->words.slug);
    json_set_str(a, values, "lang", page->words.language);
    json_set_str(a, values, "category", page->category);
    json_set(a, page->model, "values", values);
}

static bool edit_read(struct tx *tx, void *ctx, struct error *e)
{
    struct edit_page *page = ctx;
    struct visit *v = page->v;
    struct arena *a = v->arena;
    struct names names;
    int64_t id = page->article.id, category = page->article.category_id;
    if (!names_read(tx, v, &names, e) || (id && !article_by_id(tx, a, v->brand.id, id, &page->article, e)) ||
        (id && !article_text_of(tx, a, v->brand.id, id, &page->texts, &page->text_count, e)) ||
        (id && !article_version_list(tx, a, v->brand.id, id, page->words.language, &page->versions,
                                     &page->version_count, e)) ||
        !words_load(tx, page, e))
        return false;
    struct json *pictures = article_picture_list(tx, a, v->brand.id, e);
    struct json *categories =
        pictures ? article_categories(tx, v, page->words.language, category ? category : page->article.category_id, e)
                 : NULL;
    if (!categories)
        return false;
    const struct article_text *text = article_text_in(page->texts, page->text_count, page->words.language);
    json_set_id(a, page->model, "id", id);
    json_set_id(a, page->model, "conversation", page->article.conversation_id);
    json_set(a, page->model, "versions", versions_json(page, &names));
    json_set(a, page->model, "languages", languages_json(page));
    json_set(a, page->model, "categories", categories);
    json_set(a, page->model, "pictures", pictures);
    json_set_bool(a, page->model, "published", text && text->published);
    json_set_bool(a, page->model, "current", text && text->published == text->latest);
    json_set_str(a, page->model, "slug", text ? text->slug : STR_EMPTY);
    values_set(page);
    return true;
}

static bool edit_render(struct edit_page *page, int status, bool preview, struct error *e)
{
    struct visit *v = page->v;
    struct arena *a = v->arena;
    page->model = json_object(a);
    if (!visit_read(v, edit_read, page, e))
        return false;
    json_set(a, page->model, "errors", page->errors ? page->errors : json_new_null(a));
    json_set_bool(a, page->model, "previewed", preview);
    json_set_html(a, page->model, "preview", preview ? markdown_html(a, page->words.body, v->view.base) : STR_EMPTY);
    v->view.section = STR("help");
    view_render_status(&v->view, v->http, status, "article-edit", page->model);
    return true;
}

static bool edit_show(struct visit *v, struct error *e)
{
    struct edit_page page = {.v = v, .article = {.id = v->params[0]}};
    page.words.language = language_asked(v, http_query(v->http, "lang"));
    return edit_render(&page, 200, str_eq(http_query(v->http, "preview"), STR("1")), e);
}

struct wanted {
    struct visit *v;
    struct json *missing;
};

static bool wanted_read(struct tx *tx, void *ctx, struct error *e)
{
    struct wanted *wanted = ctx;
    wanted->missing =
        article_missing_get(tx, wanted->v->arena, wanted->v->brand.id, visit_query_id(wanted->v, "missing"), e);
    return wanted->missing != NULL;
}

static bool fresh_show(struct visit *v, struct error *e)
{
    struct edit_page page = {.v = v};
    struct wanted wanted = {.v = v};
    struct str asked = http_query(v->http, "lang");
    if (visit_query_id(v, "missing")) {
        if (!visit_read(v, wanted_read, &wanted, e))
            return false;
        page.words.title = json_text(json_get(wanted.missing, "said"));
        asked = json_text(json_get(wanted.missing, "language"));
    }
    page.words.language = language_asked(v, asked);
    return edit_render(&page, 200, false, e);
}

/* ---- saving ---- */

static void words_take(struct edit_page *page)
{
    struct visit *v = page->v;
    page->words.language = language_asked(v, http_form(v->http, "lang"));
    page->words.title = form_line(v, "title", ARTICLE_TITLE_MAX, true, &page->errors);
    page->words.about = form_line(v, "about", ARTICLE_ABOUT_MAX, false, &page->errors);
    page->words.slug = form_line(v, "slug", 80, false, &page->errors);
    page->words.body = str_trim(text_clean(v->arena, http_form(v->http, "body")));
    page->category = form_line(v, "new_category", CATEGORY_MAX, false, &page->errors);
    page->article.category_id = visit_form_id(v, "category");
    if (page->words.body.len > ARTICLE_BODY_MAX)
        form_wrong(v->arena, &page->errors, "body", "wrong.long");
}

static bool category_take(struct tx *tx, struct edit_page *page, int64_t *out, struct error *e)
{
    struct article_category category = {
        .icon = STR("book"), .language = page->words.language, .name = page->category};
    *out = page->article.category_id;
    if (page->category.len == 0)
        return true;
    if (!article_category_named(tx, page->v->brand.id, &category, e))
        return false;
    *out = category.id;
    return true;
}

/* A new one stands first among its category's. */
static bool article_keep(struct tx *tx, struct edit_page *page, struct error *e)
{
    struct visit *v = page->v;
    int64_t category;
    struct article known;
    if (!category_take(tx, page, &category, e))
        return false;
    if (page->article.id) {
        if (!article_by_id(tx, tx_arena(tx), v->brand.id, page->article.id, &known, e))
            return false;
        known.category_id = category;
        return article_move(tx, &known, e);
    }
    int64_t id = id_new();
    known = (struct article){.brand_id = v->brand.id,
                             .id = id,
                             .category_id = category,
                             .conversation_id = page->article.conversation_id,
                             .name = str_format(tx_arena(tx), "a%lld", (long long)id),
                             .created_at = tx_now(tx)};
    page->number = id; /* a command may run twice: the page is told when it is done */
    return article_add(tx, &known, e);
}

static bool save_write(struct tx *tx, void *ctx, struct error *e)
{
    struct edit_page *page = ctx;
    struct visit *v = page->v;
    int64_t number;
    page->number = page->article.id;
    return article_keep(tx, page, e) &&
           article_write(tx, v->brand.id, v->actor.agent_id, page->number, &page->words, &number, e) &&
           (!str_eq(http_form(v->http, "do"), STR("publish")) ||
            article_publish(tx, v->brand.id, v->actor.agent_id, page->number, page->words.language, e));
}

static bool led_to_editor(struct visit *v, int64_t id, struct str language, const char *toast)
{
    visit_toast(v, toast, NULL);
    view_redirect(&v->view, v->http,
                  str_format(v->arena, "/desk/help/%lld?lang=%.*s", (long long)id, STR_ARGS(language)));
    return true;
}

static bool save(struct visit *v, int64_t id, struct error *e)
{
    struct edit_page page = {.v = v, .article = {.id = id}};
    if (!http_form_ok(v->http, e))
        return false;
    words_take(&page);
    bool preview = str_eq(http_form(v->http, "do"), STR("preview"));
    if (preview || page.errors)
        return edit_render(&page, page.errors && !preview ? 422 : 200, preview, e);
    bool publish = str_eq(http_form(v->http, "do"), STR("publish"));
    return visit_write(v, save_write, &page, e) &&
           led_to_editor(v, page.number, page.words.language, publish ? "toast.article_published" : "toast.saved");
}

static bool fresh_post(struct visit *v, struct error *e)
{
    return save(v, 0, e);
}

static bool edit_post(struct visit *v, struct error *e)
{
    return save(v, v->params[0], e);
}

/* ---- withdrawing, restoring ---- */

static bool withdraw_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return article_withdraw(tx, v->brand.id, v->actor.agent_id, v->params[0],
                            language_asked(v, http_form(v->http, "lang")), e);
}

static bool withdraw_post(struct visit *v, struct error *e)
{
    return http_form_ok(v->http, e) && visit_write(v, withdraw_write, v, e) &&
           led_to_editor(v, v->params[0], language_asked(v, http_form(v->http, "lang")), "toast.article_withdrawn");
}

static bool restore_write(struct tx *tx, void *ctx, struct error *e)
{
    struct visit *v = ctx;
    return article_restore(tx, v->brand.id, v->actor.agent_id, v->params[0],
                           language_asked(v, http_form(v->http, "lang")), visit_form_id(v, "number"), e);
}

static bool restore_post(struct visit *v, struct error *e)
{
    return http_form_ok(v->http, e) && visit_write(v, restore_write, v, e) &&
           led_to_editor(v, v->params[0], language_asked(v, http_form(v->http, "lang")), "toast.article_restored");
}

/* ---- pictures ---- */

static bool picture_write(struct tx *tx, void *ctx, struct error *e)
{
    struct edit_page *page = ctx;
    struct visit *v = page->v;
    const struct http_file *file = http_file(v->http, 0);
    unsigned char digest[SHA256_BYTES];
    sha256(file->bytes, digest);
    struct str hash = hex_encode(tx_arena(tx), digest, sizeof digest);
    page->picture = id_new();
    return blob_put(tx, v->brand.id, hash, file->mime, file->bytes, e) &&
           article_picture_add(tx, v->brand.id, page->picture, hash, file->mime,
                               text_shorten(tx_arena(tx), text_clean(tx_arena(tx), file->file_name), 80),
                               (int64_t)file->bytes.len, v->actor.agent_id, tx_now(tx), e) &&
           page_event(tx, v, "article.picture", page->picture, NULL, e);
}

/* By its first bytes, not by what the browser says. */
static bool is_picture(const struct http_file *file)
{
    static const struct {
        const char *mime;
        struct str begin;
    } known[] = {{"image/png", {"\x89PNG\r\n\x1a\n", 8}},
                 {"image/jpeg", {"\xff\xd8\xff", 3}},
                 {"image/gif", {"GIF8", 4}},
                 {"image/webp", {"RIFF", 4}}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(file->mime, str_from(known[i].mime)))
            return str_starts(file->bytes, known[i].begin);
    return false;
}

static bool picture_post(struct visit *v, struct error *e)
{
    struct edit_page page = {.v = v};
    if (!http_form_ok(v->http, e))
        return false;
    const struct http_file *file = http_file(v->http, 0);
    if (!file || !is_picture(file))
        return fail(e, ERR_BAD_INPUT, "A picture is a PNG, JPEG, GIF or WebP.");
    if (file->bytes.len > PICTURE_MAX)
        return fail(e, ERR_TOO_LARGE, "A picture has at most 4 MB.");
    return visit_write(v, picture_write, &page, e) &&
           led_to_editor(v, v->params[0], language_asked(v, http_form(v->http, "lang")), "toast.article_picture");
}

/* ---- from a story ---- */

/* In the language of the article. */
static struct anonymous_words placeholders(struct visit *v, struct str language)
{
    static const char *const keys[] = {"article.anon_name",   "article.anon_email",   "article.anon_phone",
                                       "article.anon_number", "article.anon_account", "article.anon_link"};
    const struct locale *locale = locale_find(language);
    struct str said[COUNT_OF(keys)];
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        said[i] = locale_text(v->arena, locale, str_from(keys[i]), NULL);
    return (struct anonymous_words){said[0], said[1], said[2], said[3], said[4], said[5]};
}

/* What they are called, wherever they write. */
static bool names_of(struct tx *tx, struct visit *v, int64_t person, struct str **out, size_t *count, struct error *e)
{
    struct person who;
    struct identity *identities;
    size_t n;
    if (!person_by_id(tx, v->arena, v->brand.id, person, &who, e) ||
        !identity_list(tx, v->arena, v->brand.id, person, &identities, &n, e))
        return false;
    *out = ARENA_ARRAY(v->arena, struct str, 2 * n + 1);
    *count = 0;
    (*out)[(*count)++] = who.name;
    for (size_t i = 0; i < n; i++) {
        (*out)[(*count)++] = identities[i].name;
        (*out)[(*count)++] = identities[i].handle;
    }
    return true;
}

/* Their first words and our last answer. */
static struct str first_draft(struct visit *v, const struct message *list, size_t n,
                              const struct anonymous_words *words, const struct str *names, size_t name_count)
{
    const struct message *asked = NULL, *answer = NULL;
    struct buf b;
    buf_init(&b, v->arena, 1024);
    for (size_t i = 0; i < n; i++) {
        if (list[i].text.len == 0 || list[i].deleted_at)
            continue;
        if (!list[i].outbound && !asked)
            asked = &list[i];
        if (list[i].outbound)
            answer = &list[i];
    }
    const struct message *parts[] = {asked, answer};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (parts[i]) {
            struct str clean = anonymous_text(v->arena, parts[i]->text, words, names, name_count), line;
            while (str_split(&clean, '\n', &line)) {
                buf_cstr(&b, parts[i] == asked ? "> " : "");
                buf_str(&b, line);
                buf_char(&b, '\n');
            }
            buf_char(&b, '\n');
        }
    return str_trim(buf_view(&b));
}

static bool story_words(struct tx *tx, struct edit_page *page, const struct conversation *c, struct error *e)
{
    struct visit *v = page->v;
    struct message *list;
    struct str *names;
    size_t n, name_count;
    struct str language = language_asked(v, c->language);
    struct anonymous_words words = placeholders(v, language);
    if (!message_list(tx, v->arena, v->brand.id, c->id, (struct cursor){.limit = STORY_WORDS}, &list, &n, e) ||
        !names_of(tx, v, c->person_id, &names, &name_count, e))
        return false;
    struct str title = c->need.len ? c->need : visit_words(v, "article.untitled");
    page->words = (struct article_words){
        .language = language,
        .title =
            text_shorten(v->arena, anonymous_text(v->arena, title, &words, names, name_count), ARTICLE_TITLE_MAX),
        .body = first_draft(v, list, n, &words, names, name_count)};
    return true;
}

static bool story_write(struct tx *tx, void *ctx, struct error *e)
{
    struct edit_page *page = ctx;
    struct visit *v = page->v;
    struct conversation c;
    struct article known;
    int64_t number;
    page->article = (struct article){.conversation_id = v->params[0]};
    if (!conversation_by_id(tx, v->arena, v->brand.id, v->params[0], &c, e) ||
        !article_of_conversation(tx, v->arena, v->brand.id, c.id, &known, e))
        return false;
    page->number = known.id;
    page->words.language = language_asked(v, c.language);
    return known.id || (story_words(tx, page, &c, e) && article_keep(tx, page, e) &&
                        article_write(tx, v->brand.id, v->actor.agent_id, page->number, &page->words, &number, e));
}

/* The one that was made of it before is opened again. */
static bool story_post(struct visit *v, struct error *e)
{
    struct edit_page page = {.v = v};
    return http_form_ok(v->http, e) && visit_write(v, story_write, &page, e) &&
           led_to_editor(v, page.number, page.words.language, "toast.article_made");
}

const struct route routes_desk_article_edit[] = {
    {HTTP_GET, "/desk/help/new", PERM_AGENT, fresh_show, NULL},
    {HTTP_POST, "/desk/help/new", PERM_AGENT, fresh_post, NULL},
    {HTTP_GET, "/desk/help/:id", PERM_READ, edit_show, NULL},
    {HTTP_POST, "/desk/help/:id", PERM_AGENT, edit_post, NULL},
    {HTTP_POST, "/desk/help/:id/withdraw", PERM_AGENT, withdraw_post, NULL},
    {HTTP_POST, "/desk/help/:id/restore", PERM_AGENT, restore_post, NULL},
    {HTTP_POST, "/desk/help/:id/picture", PERM_AGENT, picture_post, NULL},
    {HTTP_POST, "/desk/c/:id/article", PERM_AGENT, story_post, NULL},
    {0},
};
