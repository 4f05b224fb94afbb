/* SPDX-License-Identifier: Apache-2.0 */
/* Articles: versions, publishing, and the words they are found by. */
#include "care/articles.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/markdown.h"
#include "base/unicode.h"
#include "care/article_words.h"
#include "store/event.h"

#define SLUG_MAX     80
#define WORDS_MAX    3000 /* different ones of an article */
#define WEIGHT_TITLE 60
#define WEIGHT_ABOUT 20
#define WEIGHT_MAX   20 /* of the text, however often a word stands there */
#define WEIGHT_WORD  5

static bool told(struct tx *tx, const char *kind, int64_t brand, int64_t agent, int64_t article, struct str name,
                 struct error *e)
{
    struct json *data = json_object(tx_arena(tx));
    json_set_str(tx_arena(tx), data, "name", name);
    struct event event = {.brand_id = brand,
                          .kind = str_from(kind),
                          .subject_id = article,
                          .actor_id = agent,
                          .at = tx_now(tx),
                          .data = json_to_str(tx_arena(tx), data)};
    return event_add(tx, &event, e);
}

struct article_text *article_text_in(struct article_text *texts, size_t n, struct str language)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(texts[i].language, language))
            return &texts[i];
    return NULL;
}

/* ---- addresses ---- */

struct str article_slug(struct arena *a, struct str title)
{
    struct str folded = text_fold(a, title), word;
    struct buf b;
    buf_init(&b, a, folded.len + 8);
    for (size_t i = 0; text_word_next(folded, &i, &word) && b.len + word.len < SLUG_MAX;) {
        if (b.len)
            buf_char(&b, '-');
        buf_str(&b, word);
    }
    return b.len ? buf_view(&b) : STR("articolo");
}

/* One that no other text has. */
static bool slug_free(struct tx *tx, const struct article_text *text, struct str wanted, struct str *out,
                      struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct article_text other;
    *out = wanted;
    for (int n = 2;; n++) {
        if (!article_text_by_slug(tx, a, text->brand_id, *out, &other, e))
            return false;
        bool own = other.article_id == text->article_id && str_eq(other.language, text->language);
        if (other.article_id == 0 || own)
            return true;
        *out = str_format(a, "%.*s-%d", STR_ARGS(wanted), n);
    }
}

/* ---- the words they are found by ---- */

struct weighing {
    struct arena *a;
    struct str language, words[WORDS_MAX];
    int64_t weights[WORDS_MAX], most[WORDS_MAX];
    size_t count;
};

static void weigh_word(struct weighing *w, struct str word, int64_t weight, int64_t most)
{
    size_t i = 0;
    while (i < w->count && !str_eq(w->words[i], word))
        i++;
    if (i == WORDS_MAX)
        return;
    if (i == w->count) {
        w->words[w->count++] = word;
        w->most[i] = w->weights[i] = 0;
    }
    if (most > w->most[i])
        w->most[i] = most;
    w->weights[i] = w->weights[i] + weight > w->most[i] ? w->most[i] : w->weights[i] + weight;
}

static void weigh(struct weighing *w, struct str text, int64_t weight, int64_t most)
{
    struct str folded = text_fold(w->a, text), word;
    for (size_t i = 0; article_word_next(folded, &i, &word);) {
        struct str stem = article_word_stem(w->a, word, w->language);
        weigh_word(w, word, weight, most);
        if (!str_eq(stem, word))
            weigh_word(w, stem, weight, most);
    }
}

bool article_index(struct tx *tx, int64_t brand, int64_t id, struct str language, struct str title, struct str about,
                   struct str words, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct weighing *w = ARENA_NEW(a, struct weighing);
    w->a = a;
    w->language = language;
    weigh(w, title, WEIGHT_TITLE, WEIGHT_TITLE);
    weigh(w, about, WEIGHT_ABOUT, WEIGHT_TITLE);
    weigh(w, words, WEIGHT_WORD, WEIGHT_MAX);
    if (!article_word_clear(tx, brand, id, language, e))
        return false;
    for (size_t i = 0; i < w->count; i++)
        if (!article_word_add(tx, brand, language, w->words[i], id, w->weights[i], e))
            return false;
    return true;
}

static bool index_text(struct tx *tx, const struct article_version *version, struct error *e)
{
    return article_index(tx, version->brand_id, version->article_id, version->language, version->title,
                         version->about, markdown_words(tx_arena(tx), version->body), e);
}

/* ---- writing ---- */

static bool words_fit(struct arena *a, const struct article_words *words, struct error *e)
{
    if (words->title.len == 0)
        return fail(e, ERR_BAD_INPUT, "An article has a title.");
    bool fits = text_length(a, words->title, LENGTH_CHARACTERS) <= ARTICLE_TITLE_MAX &&
                text_length(a, words->about, LENGTH_CHARACTERS) <= ARTICLE_ABOUT_MAX &&
                words->body.len <= ARTICLE_BODY_MAX && words->language.len > 0 && words->language.len <= 12;
    return fits || fail(e, ERR_BAD_INPUT, "A title has %d characters at most, a text %d.", ARTICLE_TITLE_MAX,
                        ARTICLE_BODY_MAX);
}

static bool text_read(struct tx *tx, int64_t brand, int64_t article, struct str language, struct article_text *out,
                      struct error *e)
{
    struct article_text *texts;
    size_t n;
    if (!article_text_of(tx, tx_arena(tx), brand, article, &texts, &n, e))
        return false;
    const struct article_text *found = article_text_in(texts, n, language);
    *out = found ? *found : (struct article_text){.brand_id = brand, .article_id = article, .language = language};
    return true;
}

/* Of what is published, title and description change with the next publishing only. */
static bool text_keep(struct tx *tx, struct article_text *text, const struct article_words *words, struct error *e)
{
    bool fresh = text->latest == 0;
    struct str wanted = words->slug.len ? article_slug(tx_arena(tx), words->slug)
                        : fresh         ? article_slug(tx_arena(tx), words->title)
                                        : text->slug;
    text->latest++;
    if (!text->published) {
        text->title = words->title;
        text->about = words->about;
    }
    if (!slug_free(tx, text, wanted, &text->slug, e))
        return false;
    return fresh ? article_text_add(tx, text, e) : article_text_update(tx, text, e);
}

bool article_write(struct tx *tx, int64_t brand, int64_t agent, int64_t article, const struct article_words *words,
                   int64_t *number, struct error *e)
{
    struct article known;
    struct article_text text;
    if (!words_fit(tx_arena(tx), words, e) || !article_by_id(tx, tx_arena(tx), brand, article, &known, e) ||
        !text_read(tx, brand, article, words->language, &text, e) || !text_keep(tx, &text, words, e))
        return false;
    *number = text.latest;
    struct article_version version = {.brand_id = brand,
                                      .article_id = article,
                                      .language = words->language,
                                      .number = text.latest,
                                      .title = words->title,
                                      .about = words->about,
                                      .body = words->body,
                                      .agent_id = agent,
                                      .at = tx_now(tx)};
    return article_version_add(tx, &version, e) && told(tx, "article.saved", brand, agent, article, words->title, e);
}

bool article_publish(struct tx *tx, int64_t brand, int64_t agent, int64_t article, struct str language,
                     struct error *e)
{
    struct article_text text;
    struct article_version version;
    if (!text_read(tx, brand, article, language, &text, e) ||
        !article_version_get(tx, tx_arena(tx), brand, article, language, text.latest, &version, e))
        return false;
    text.published = text.latest;
    text.title = version.title;
    text.about = version.about;
    text.author_id = version.agent_id;
    text.reader_id = agent != version.agent_id ? agent : 0;
    text.published_at = tx_now(tx);
    return article_text_update(tx, &text, e) && index_text(tx, &version, e) &&
           told(tx, "article.published", brand, agent, article, version.title, e);
}

bool article_withdraw(struct tx *tx, int64_t brand, int64_t agent, int64_t article, struct str language,
                      struct error *e)
{
    struct article_text text;
    if (!text_read(tx, brand, article, language, &text, e))
        return false;
    if (!text.published)
        return fail(e, ERR_CONFLICT, "This is not published.");
    text.published = 0;
    return article_text_update(tx, &text, e) && article_word_clear(tx, brand, article, language, e) &&
           told(tx, "article.withdrawn", brand, agent, article, text.title, e);
}

bool article_restore(struct tx *tx, int64_t brand, int64_t agent, int64_t article, struct str language,
                     int64_t number, struct error *e)
{
    struct article_version old;
    int64_t fresh;
    if (!article_version_get(tx, tx_arena(tx), brand, article, language, number, &old, e))
        return false;
    struct article_words words = {.language = language, .title = old.title, .about = old.about, .body = old.body};
    return article_write(tx, brand, agent, article, &words, &fresh, e);
}
