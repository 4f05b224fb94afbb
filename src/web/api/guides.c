/* SPDX-License-Identifier: Apache-2.0 */
/* Guides for programs: to be read, with how far people come. */
#include "base/arena.h"
#include "care/guides.h"
#include "web/api/api.h"

static struct json *text_json(struct arena *a, const struct guide_text *text)
{
    struct json *item = json_object(a);
    json_set_str(a, item, "lang", text->language);
    json_set_str(a, item, "slug", text->slug);
    json_set_str(a, item, "title", text->title);
    json_set_str(a, item, "about", text->about);
    json_set_str(a, item, "state", str_from(guide_state(text)));
    json_set_time(a, item, "published_at", text->published ? text->published_at : 0);
    return item;
}

static struct json *guide_json(struct arena *a, const struct guide *guide, struct json *texts)
{
    struct json *item = json_object(a);
    json_set_id(a, item, "id", guide->id);
    json_set_id(a, item, "category", guide->category_id);
    json_set_str(a, item, "name", guide->name);
    json_set(a, item, "texts", texts);
    return item;
}

static bool guides_run(struct tx *tx, struct api *api, struct error *e)
{
    struct arena *a = api->arena;
    struct guide *guides;
    struct guide_text *texts;
    size_t count, n;
    struct json *items = json_array(a);
    if (!guide_list(tx, a, api->v->brand.id, &guides, &count, e) ||
        !guide_text_list(tx, a, api->v->brand.id, &texts, &n, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json *list = json_array(a);
        for (size_t k = 0; k < n; k++)
            if (texts[k].guide_id == guides[i].id)
                json_push(a, list, text_json(a, &texts[k]));
        json_push(a, items, guide_json(a, &guides[i], list));
    }
    api_page(api, items, 0);
    return true;
}

/* ---- one ---- */

struct counted {
    const struct guide_count *list;
    size_t count;
};

static struct json *answers_json(struct arena *a, const struct guide_step *step, const struct counted *counted)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < step->count; i++) {
        const struct guide_answer *answer = &step->answers[i];
        struct json *item = json_object(a);
        json_set_str(a, item, "text", answer->text);
        json_set_str(a, item, "to", str_from(guide_to_name(answer->to)));
        json_set(a, item, "target", answer->target.len ? json_new_str(a, answer->target) : json_new_null(a));
        json_set_int(a, item, "taken", guide_counted(counted->list, counted->count, step->name, answer->text).seen);
        json_push(a, list, item);
    }
    return list;
}

static struct json *steps_json(struct arena *a, const struct guide_tree *tree, const struct counted *counted)
{
    struct json *list = json_array(a);
    for (size_t i = 0; i < tree->count; i++) {
        const struct guide_step *step = &tree->steps[i];
        struct guide_count own = guide_counted(counted->list, counted->count, step->name, STR_EMPTY);
        struct json *item = json_object(a);
        json_set_str(a, item, "name", step->name);
        json_set_str(a, item, "title", step->title);
        json_set_str(a, item, "words", step->words);
        json_set_int(a, item, "seen", own.seen);
        json_set_int(a, item, "went_on", own.moved);
        json_set(a, item, "answers", answers_json(a, step, counted));
        json_push(a, list, item);
    }
    return list;
}

/* As published, else the draft. */
static bool paper_json(struct tx *tx, struct arena *a, const struct guide_text *text, struct json *out,
                       struct error *e)
{
    struct guide_paper paper;
    struct guide_count *counts;
    size_t n;
    if (!guide_paper_read(tx, a, text, text->published ? text->published : GUIDE_DRAFT, &paper, e) ||
        !guide_count_of(tx, a, text->brand_id, text->guide_id, text->language, &counts, &n, e))
        return false;
    struct counted counted = {counts, n};
    struct guide_sum sum = guide_sum_of(paper.tree, counts, n);
    json_set(a, out, "steps", steps_json(a, paper.tree, &counted));
    json_set_int(a, out, "began", sum.began);
    json_set_int(a, out, "ended", sum.ended);
    json_set_int(a, out, "solved", sum.solved);
    json_set_time(a, out, "counted_since", text->counted_since);
    return true;
}

static bool guide_run(struct tx *tx, struct api *api, struct error *e)
{
    struct arena *a = api->arena;
    int64_t brand = api->v->brand.id, id = api->v->params[0];
    struct guide guide;
    struct guide_text *texts;
    size_t n;
    struct json *list = json_array(a);
    if (!guide_by_id(tx, a, brand, id, &guide, e) || !guide_text_of(tx, a, brand, id, &texts, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct json *text = text_json(a, &texts[i]);
        if (!paper_json(tx, a, &texts[i], text, e))
            return false;
        json_push(a, list, text);
    }
    api->out = guide_json(a, &guide, list);
    return true;
}

#define CALLS(X)                                                                                                     \
    X(HTTP_GET, "/api/v1/guides", PERM_READ, "Guides, by category, without their steps", .run = guides_run,          \
      .page = "Guide")                                                                                               \
    X(HTTP_GET, "/api/v1/guides/:id", PERM_READ,                                                                     \
      "A guide with its steps in every language, and how far people came", .run = guide_run, .answer = "Guide")

const struct route routes_api_guides[] = {CALLS(API_ROUTE){0}};
const struct api_call calls_api_guides[] = {CALLS(API_CALL){0}};
