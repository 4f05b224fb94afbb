/* SPDX-License-Identifier: Apache-2.0 */
/* Guides: draft and publication, and the words they are found by. */
#include "care/guides.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/markdown.h"
#include "base/unicode.h"
#include "store/event.h"

static bool told(struct tx *tx, const char *kind, int64_t agent, const struct guide_paper *paper, struct error *e)
{
    struct json *data = json_object(tx_arena(tx));
    json_set_str(tx_arena(tx), data, "name", paper->title);
    struct event event = {.brand_id = paper->text.brand_id,
                          .kind = str_from(kind),
                          .subject_id = paper->text.guide_id,
                          .actor_id = agent,
                          .at = tx_now(tx),
                          .data = json_to_str(tx_arena(tx), data)};
    return event_add(tx, &event, e);
}

struct guide_text *guide_text_in(struct guide_text *texts, size_t n, struct str language)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(texts[i].language, language))
            return &texts[i];
    return NULL;
}

const char *guide_state(const struct guide_text *text)
{
    return !text->published ? "draft" : text->published < text->revision ? "changed" : "published";
}

/* ---- reading ---- */

bool guide_paper_read(struct tx *tx, struct arena *a, const struct guide_text *text, int64_t number,
                      struct guide_paper *out, struct error *e)
{
    struct guide_version version;
    *out = (struct guide_paper){.text = *text, .tree = ARENA_NEW(a, struct guide_tree)};
    if (!guide_version_get(tx, a, text->brand_id, text->guide_id, text->language, number, &version, e) ||
        !guide_tree_read(a, version.steps, out->tree, e))
        return false;
    out->title = version.title;
    out->about = version.about;
    return true;
}

bool guide_draft(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct str language,
                 struct guide_paper *out, struct error *e)
{
    struct guide known;
    struct guide_text *texts;
    size_t n;
    if (!guide_by_id(tx, a, brand, guide, &known, e) || !guide_text_of(tx, a, brand, guide, &texts, &n, e))
        return false;
    const struct guide_text *text = guide_text_in(texts, n, language);
    if (text)
        return guide_paper_read(tx, a, text, GUIDE_DRAFT, out, e);
    *out = (struct guide_paper){.text = {.brand_id = brand, .guide_id = guide, .language = str_dup(a, language)},
                                .tree = ARENA_NEW(a, struct guide_tree)};
    return true;
}

bool guide_articles(struct tx *tx, struct arena *a, int64_t brand, struct str language, struct guide_article **out,
                    size_t *count, struct error *e)
{
    struct article *articles;
    struct article_text *texts;
    size_t text_count;
    if (!article_list(tx, a, brand, &articles, count, e) || !article_text_list(tx, a, brand, &texts, &text_count, e))
        return false;
    *out = ARENA_ARRAY(a, struct guide_article, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = (struct guide_article){.name = articles[i].name};
        for (size_t k = 0; k < text_count; k++)
            if (texts[k].article_id == articles[i].id && str_eq(texts[k].language, language))
                (*out)[i] =
                    (struct guide_article){articles[i].name, texts[k].slug, texts[k].title, texts[k].published > 0};
    }
    return true;
}

/* ---- writing ---- */

/* One that no other guide has. */
static bool slug_free(struct tx *tx, const struct guide_text *text, struct str wanted, struct str *out,
                      struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct guide_text other;
    *out = wanted;
    for (int n = 2;; n++) {
        if (!guide_text_by_slug(tx, a, text->brand_id, *out, &other, e))
            return false;
        bool own = other.guide_id == text->guide_id && str_eq(other.language, text->language);
        if (other.guide_id == 0 || own)
            return true;
        *out = str_format(a, "%.*s-%d", STR_ARGS(wanted), n);
    }
}

static bool paper_fits(struct arena *a, const struct guide_paper *paper, struct error *e)
{
    if (paper->title.len == 0)
        return fail(e, ERR_BAD_INPUT, "A guide has a title.");
    bool fits = text_length(a, paper->title, LENGTH_CHARACTERS) <= ARTICLE_TITLE_MAX &&
                text_length(a, paper->about, LENGTH_CHARACTERS) <= ARTICLE_ABOUT_MAX &&
                paper->text.language.len > 0 && paper->text.language.len <= 12;
    return fits || fail(e, ERR_BAD_INPUT, "A title has %d characters at most.", ARTICLE_TITLE_MAX);
}

static bool version_keep(struct tx *tx, int64_t agent, const struct guide_paper *paper, int64_t number,
                         struct error *e)
{
    struct guide_version version = {.brand_id = paper->text.brand_id,
                                    .guide_id = paper->text.guide_id,
                                    .language = paper->text.language,
                                    .number = number,
                                    .title = paper->title,
                                    .about = paper->about,
                                    .steps = guide_tree_write(tx_arena(tx), paper->tree),
                                    .agent_id = agent,
                                    .at = tx_now(tx)};
    return guide_version_put(tx, &version, e);
}

/* Of what is published, title and description change with the next publishing only. */
bool guide_write(struct tx *tx, int64_t agent, struct guide_paper *paper, struct str slug, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct guide_text *text = &paper->text;
    if (!paper_fits(a, paper, e))
        return false;
    struct str wanted = slug.len         ? article_slug(a, slug)
                        : text->slug.len ? text->slug
                                         : article_slug(a, paper->title);
    text->revision++;
    if (!text->published) {
        text->title = paper->title;
        text->about = paper->about;
    }
    if (!text->counted_since)
        text->counted_since = tx_now(tx);
    return slug_free(tx, text, wanted, &text->slug, e) && guide_text_put(tx, text, e) &&
           version_keep(tx, agent, paper, GUIDE_DRAFT, e) && told(tx, "guides.saved", agent, paper, e);
}

/* What its steps say. */
static struct str words_of(struct arena *a, const struct guide_tree *tree)
{
    struct buf b;
    buf_init(&b, a, 1024);
    for (size_t i = 0; i < tree->count; i++) {
        buf_str(&b, tree->steps[i].title);
        buf_char(&b, '\n');
        buf_str(&b, markdown_words(a, tree->steps[i].words));
        buf_char(&b, '\n');
    }
    return buf_view(&b);
}

static bool not_ready(const struct guide_tree *tree, const struct guide_remark *remarks, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++)
        if (remarks[i].fault != GUIDE_CIRCLE) {
            struct str name = remarks[i].step == GUIDE_NONE ? STR("the guide") : tree->steps[remarks[i].step].name;
            return fail(e, ERR_BAD_INPUT, "%.*s is not ready to be published: %s", STR_ARGS(name),
                        guide_fault_name(remarks[i].fault));
        }
    return false;
}

bool guide_publish(struct tx *tx, int64_t agent, int64_t brand, int64_t guide, struct str language, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct guide_paper paper;
    struct guide_article *articles;
    struct guide_remark *remarks;
    size_t n;
    bool stops;
    if (!guide_draft(tx, a, brand, guide, language, &paper, e) ||
        !guide_articles(tx, a, brand, language, &articles, &n, e))
        return false;
    n = guide_look_over(a, paper.tree, articles, n, &remarks, &stops);
    if (!paper.text.revision)
        return fail(e, ERR_NOT_FOUND, "There is no such guide.");
    if (stops)
        return not_ready(paper.tree, remarks, n, e);
    paper.text.published = paper.text.revision;
    paper.text.title = paper.title;
    paper.text.about = paper.about;
    paper.text.published_at = tx_now(tx);
    return version_keep(tx, agent, &paper, paper.text.published, e) && guide_text_put(tx, &paper.text, e) &&
           article_index(tx, brand, guide, language, paper.title, paper.about, words_of(a, paper.tree), e) &&
           told(tx, "guides.published", agent, &paper, e);
}

bool guide_withdraw(struct tx *tx, int64_t agent, int64_t brand, int64_t guide, struct str language, struct error *e)
{
    struct guide_paper paper;
    if (!guide_draft(tx, tx_arena(tx), brand, guide, language, &paper, e))
        return false;
    if (!paper.text.published)
        return fail(e, ERR_CONFLICT, "This is not published.");
    paper.text.published = 0;
    paper.text.title = paper.title;
    paper.text.about = paper.about;
    return guide_text_put(tx, &paper.text, e) && article_word_clear(tx, brand, guide, language, e) &&
           told(tx, "guides.withdrawn", agent, &paper, e);
}

/* ---- how far people come ---- */

struct guide_count guide_counted(const struct guide_count *counts, size_t n, struct str step, struct str answer)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(counts[i].step, step) && str_eq(counts[i].answer, answer))
            return counts[i];
    return (struct guide_count){0};
}

const struct guide_count *guide_counts_in(const struct guide_count *all, size_t n, int64_t guide, struct str language,
                                          size_t *count)
{
    const struct guide_count *first = NULL;
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].guide_id == guide && str_eq(all[i].language, language)) {
            first = first ? first : &all[i];
            ++*count;
        }
    return first;
}

struct guide_sum guide_sum_of(const struct guide_tree *tree, const struct guide_count *counts, size_t n)
{
    struct guide_sum sum = {0};
    if (tree->count)
        sum.began = guide_counted(counts, n, tree->steps[0].name, STR_EMPTY).seen;
    for (size_t i = 0; i < tree->count; i++)
        for (size_t k = 0; k < tree->steps[i].count; k++) {
            const struct guide_answer *answer = &tree->steps[i].answers[k];
            int64_t seen = guide_counted(counts, n, tree->steps[i].name, answer->text).seen;
            sum.ended += guide_is_end(answer->to) ? seen : 0;
            sum.solved += answer->to == GUIDE_SOLVED ? seen : 0;
        }
    return sum;
}
