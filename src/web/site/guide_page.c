/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of a guide as models: a step with the way that led to it, and an end. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/unicode.h"
#include "web/markdown.h"
#include "web/site/guide.h"

#define WAY_MAX 400 /* bytes of a way */

static const struct guide_step *step_shown(const struct guide_page *page)
{
    return &page->paper.tree->steps[page->walk.at];
}

bool guide_page_at(struct guide_page *page, struct str name, struct str way, struct error *e)
{
    const struct guide_tree *tree = page->paper.tree;
    size_t at = name.len ? guide_step_at(tree, name) : 0;
    if (at >= tree->count)
        return fail(e, ERR_NOT_FOUND, "There is no such step.");
    page->walked = guide_walk_read(tree, str_slice(way, 0, WAY_MAX), &page->walk) && page->walk.at == at;
    if (!page->walked)
        page->walk = (struct guide_walk){.at = at};
    return true;
}

/* ---- addresses ---- */

/* Of a step, and of an answer of it that ends the guide (0: none). */
static struct str address(const struct guide_page *page, size_t step, size_t answer, struct str way)
{
    struct buf b;
    buf_init(&b, page->v->arena, 128);
    buf_str(&b, page->v->view.base);
    buf_str(&b, page->where);
    if (step || answer)
        buf_format(&b, "/%.*s", STR_ARGS(page->paper.tree->steps[step].name));
    if (answer)
        buf_format(&b, "/%zu", answer);
    if (way.len)
        buf_format(&b, "?way=%.*s", STR_ARGS(way));
    return buf_view(&b);
}

static struct str address_behind(const struct guide_page *page, size_t answer)
{
    const struct guide_tree *tree = page->paper.tree;
    const struct guide_answer *chosen = &step_shown(page)->answers[answer];
    struct arena *a = page->v->arena;
    size_t next = chosen->to == GUIDE_STEP ? guide_step_at(tree, chosen->target) : GUIDE_NONE;
    if (next == GUIDE_NONE)
        return address(page, page->walk.at, answer + 1, guide_way(a, &page->walk, page->walk.count));
    bool known = page->walked || page->walk.at == 0;
    return address(page, next, 0, known ? guide_way_on(a, tree, &page->walk, answer) : STR_EMPTY);
}

/* ---- a step ---- */

static struct json *way_json(const struct guide_page *page)
{
    struct arena *a = page->v->arena;
    struct json *list = json_array(a);
    for (size_t i = 0; i < page->walk.count; i++) {
        const struct guide_step *step = &page->paper.tree->steps[page->walk.steps[i]];
        struct json *item = json_object(a);
        json_set_str(a, item, "question", step->title);
        json_set_str(a, item, "answer", step->answers[page->walk.answers[i]].text);
        json_set_str(a, item, "url", address(page, page->walk.steps[i], 0, guide_way(a, &page->walk, i)));
        json_push(a, list, item);
    }
    return list;
}

static struct json *answers_json(const struct guide_page *page)
{
    static const char *const icons[] = {
        [GUIDE_NOWHERE] = "alert", [GUIDE_STEP] = "chev", [GUIDE_ARTICLE] = "book", [GUIDE_ASK] = "send",
        [GUIDE_CHAT] = "chat",     [GUIDE_CALL] = "call", [GUIDE_SOLVED] = "check",
    };
    struct arena *a = page->v->arena;
    const struct guide_step *step = step_shown(page);
    struct json *list = json_array(a);
    for (size_t i = 0; i < step->count; i++) {
        struct json *item = json_object(a);
        json_set_str(a, item, "text", step->answers[i].text);
        json_set_str(a, item, "to", str_from(guide_to_name(step->answers[i].to)));
        json_set_str(a, item, "icon", str_from(icons[step->answers[i].to]));
        json_set_str(a, item, "url", address_behind(page, i));
        json_push(a, list, item);
    }
    return list;
}

static void guide_set(struct guide_page *page)
{
    struct arena *a = page->v->arena;
    struct json *guide = json_object(a);
    json_set_str(a, guide, "title", page->paper.title);
    json_set_str(a, guide, "about", page->paper.about);
    json_set_str(a, guide, "lang", page->paper.text.language);
    json_set_str(a, guide, "url", address(page, 0, 0, STR_EMPTY));
    json_set(a, page->model, "guide", guide);
}

void guide_page_step(struct guide_page *page)
{
    struct arena *a = page->v->arena;
    const struct guide_step *step = step_shown(page);
    size_t count = page->walk.count;
    struct json *item = json_object(a);
    guide_set(page);
    json_set_str(a, item, "name", step->name);
    json_set_str(a, item, "title", step->title);
    json_set_html(a, item, "html", markdown_html(a, step->words, page->v->view.base));
    json_set(a, item, "answers", answers_json(page));
    json_set(a, page->model, "step", item);
    json_set_bool(a, page->model, "first", page->walk.at == 0);
    json_set(a, page->model, "way", way_json(page));
    json_set_str(a, page->model, "back",
                 count ? address(page, page->walk.steps[count - 1], 0, guide_way(a, &page->walk, count - 1))
                       : STR_EMPTY);
}

/* ---- an end ---- */

static void line_add(struct buf *b, const struct guide_step *step, size_t answer)
{
    buf_format(b, "\xe2\x80\xa2 %.*s %.*s\n", STR_ARGS(step->title), STR_ARGS(step->answers[answer].text));
}

struct str guide_page_words(const struct guide_page *page, size_t answer)
{
    struct visit *v = page->v;
    struct locale_frame frame = {v->arena, v->view.locale, v->view.now, v->view.zone};
    struct json *values = json_object(v->arena);
    struct buf b;
    json_set_str(v->arena, values, "title", page->paper.title);
    buf_init(&b, v->arena, 512);
    buf_str(&b, locale_say(&frame, STR("guide.followed"), values));
    buf_char(&b, '\n');
    for (size_t i = 0; i < page->walk.count; i++)
        line_add(&b, &page->paper.tree->steps[page->walk.steps[i]], page->walk.answers[i]);
    line_add(&b, step_shown(page), answer);
    buf_char(&b, '\n');
    return buf_view(&b);
}

void guide_page_end(struct guide_page *page, size_t answer)
{
    struct arena *a = page->v->arena;
    const struct guide_step *step = step_shown(page);
    struct json *end = json_object(a), *last = json_object(a), *way = way_json(page);
    struct str own = guide_way(a, &page->walk, page->walk.count);
    guide_set(page);
    json_set_str(a, end, "to", str_from(guide_to_name(step->answers[answer].to)));
    json_set_str(a, end, "target", step->answers[answer].target);
    json_set_str(a, end, "words", guide_page_words(page, answer));
    json_set(a, page->model, "end", end);
    json_set_str(a, last, "question", step->title);
    json_set_str(a, last, "answer", step->answers[answer].text);
    json_set_str(a, last, "url", address(page, page->walk.at, 0, own));
    json_push(a, way, last);
    json_set(a, page->model, "way", way);
    json_set_str(a, page->model, "back", address(page, page->walk.at, 0, own));
}

/* ---- lists ---- */

struct json *guide_row(struct visit *v, struct str slug, struct str language, struct str title, struct str about)
{
    struct arena *a = v->arena;
    struct json *row = json_object(a);
    json_set_str(a, row, "title", title);
    json_set_str(a, row, "about", about);
    json_set_str(a, row, "lang", language);
    json_set_str(a, row, "icon", STR("way"));
    json_set_int(a, row, "helped", 0);
    json_set_bool(a, row, "guide", true);
    json_set_str(a, row, "url", str_format(a, "%.*s/guides/%.*s", STR_ARGS(v->view.base), STR_ARGS(slug)));
    return row;
}

struct shelf {
    struct guide *guides;
    struct guide_text *texts;
    size_t count, text_count;
};

static void rows_of(struct visit *v, const struct shelf *shelf, struct str language, int64_t category,
                    struct json *rows)
{
    for (size_t i = 0; i < shelf->count; i++)
        for (size_t k = 0; shelf->guides[i].category_id == category && k < shelf->text_count; k++) {
            const struct guide_text *text = &shelf->texts[k];
            if (text->guide_id == shelf->guides[i].id && text->published && str_eq(text->language, language))
                json_push(v->arena, rows, guide_row(v, text->slug, language, text->title, text->about));
        }
}

struct json *guide_rows(struct tx *tx, struct visit *v, struct str language, int64_t category, struct error *e)
{
    struct shelf shelf;
    struct article_category *categories;
    size_t n;
    int64_t last = 0;
    struct json *rows = json_array(v->arena);
    if (!guide_list(tx, v->arena, v->brand.id, &shelf.guides, &shelf.count, e) ||
        !guide_text_list(tx, v->arena, v->brand.id, &shelf.texts, &shelf.text_count, e) ||
        !article_category_list(tx, v->arena, v->brand.id, &categories, &n, e))
        return NULL;
    for (size_t i = 0; i < n; i++) { /* one row a language */
        if (categories[i].id != last && (category == GUIDES_ALL || categories[i].id == category))
            rows_of(v, &shelf, language, categories[i].id, rows);
        last = categories[i].id;
    }
    if (category == GUIDES_ALL || category == 0)
        rows_of(v, &shelf, language, 0, rows);
    return rows;
}
