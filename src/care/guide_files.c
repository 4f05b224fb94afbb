/* SPDX-License-Identifier: Apache-2.0 */
/* Guides from files and back. */
#include "care/guide_files.h"

#include "base/arena.h"
#include "base/id.h"

bool guide_file_read(struct arena *a, struct str language, struct str bytes, struct guide_file *out, struct error *e)
{
    out->tree = ARENA_NEW(a, struct guide_tree);
    return article_file_read(a, language, bytes, &out->front, e) &&
           guide_tree_read(a, out->front.words.body, out->tree, e);
}

/* ---- in ---- */

static bool guide_make(struct tx *tx, int64_t brand, struct str name, const struct article_file *front,
                       struct guide *guide, struct error *e)
{
    struct article_category category = {.position = front->category_place,
                                        .icon = front->icon.len ? front->icon : STR("book"),
                                        .language = front->words.language,
                                        .name = front->category};
    if (front->category.len && !article_category_named(tx, brand, &category, e))
        return false;
    *guide = (struct guide){.brand_id = brand,
                            .id = id_new(),
                            .category_id = category.id,
                            .position = front->place,
                            .name = name,
                            .created_at = tx_now(tx)};
    return guide_add(tx, guide, e);
}

bool guide_import(struct tx *tx, int64_t brand, int64_t agent, struct str name, const struct guide_file *file,
                  enum article_change *change, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct article_words *words = &file->front.words;
    struct guide guide;
    struct guide_paper paper;
    if (!article_name_is_plain(name) || !article_name_is_plain(words->language))
        return fail(e, ERR_BAD_INPUT, "names of guides and languages are letters, digits, - and _");
    if (!guide_by_name(tx, a, brand, name, &guide, e) ||
        (!guide.id && !guide_make(tx, brand, name, &file->front, &guide, e)) ||
        !article_category_also(tx, brand, guide.category_id, &file->front, e) ||
        !guide_draft(tx, a, brand, guide.id, words->language, &paper, e))
        return false;
    bool same = paper.text.revision && str_eq(paper.title, words->title) && str_eq(paper.about, words->about) &&
                str_eq(guide_tree_write(a, paper.tree), guide_tree_write(a, file->tree));
    *change = !paper.text.revision ? ARTICLE_NEW : same ? ARTICLE_SAME : ARTICLE_CHANGED;
    bool current = same && paper.text.published == paper.text.revision;
    paper.title = words->title;
    paper.about = words->about;
    paper.tree = file->tree;
    if (!same && !guide_write(tx, agent, &paper, words->slug, e))
        return false;
    return !file->front.published || current || guide_publish(tx, agent, brand, guide.id, words->language, e);
}

/* ---- out ---- */

static void place_of(const struct guide *guide, const struct article_category *categories, size_t n,
                     struct str language, struct article_file *front)
{
    front->place = guide->position;
    for (size_t i = 0; i < n; i++)
        if (categories[i].id == guide->category_id && str_eq(categories[i].language, language)) {
            front->category = categories[i].name;
            front->icon = categories[i].icon;
            front->category_place = categories[i].position;
        }
}

bool guide_export(struct tx *tx, struct arena *a, int64_t brand,
                  bool (*write)(void *ctx, struct str language, struct str name, struct str bytes, struct error *e),
                  void *ctx, struct error *e)
{
    struct guide_text *texts;
    struct article_category *categories;
    struct guide_version *drafts;
    size_t n, category_count, draft_count;
    if (!guide_text_list(tx, a, brand, &texts, &n, e) ||
        !article_category_list(tx, a, brand, &categories, &category_count, e) ||
        !guide_version_drafts(tx, a, brand, &drafts, &draft_count, e))
        return false;
    for (size_t i = 0; i < n && i < draft_count; i++) { /* in the same order, one for each */
        struct guide guide;
        struct article_file front = {.words = {.language = texts[i].language,
                                               .title = drafts[i].title,
                                               .about = drafts[i].about,
                                               .body = drafts[i].steps,
                                               .slug = texts[i].slug},
                                     .published = texts[i].published == texts[i].revision};
        if (!guide_by_id(tx, a, brand, texts[i].guide_id, &guide, e))
            return false;
        place_of(&guide, categories, category_count, texts[i].language, &front);
        if (!write(ctx, texts[i].language, guide.name, article_file_write(a, &front), e))
            return false;
    }
    return true;
}
