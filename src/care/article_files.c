/* SPDX-License-Identifier: Apache-2.0 */
/* Articles from files and back. */
#include "care/article_files.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/unicode.h"
#include "store/agent.h"

#define NAME_LENGTH 80

/* ---- a file ---- */

static void place_read(struct str value, struct article_file *file)
{
    struct str part;
    bool ok = str_split(&value, '.', &part) && str_int64(str_trim(part), &file->category_place) &&
              str_int64(str_trim(value), &file->place);
    if (!ok)
        file->category_place = file->place = 0;
}

static void line_read(struct str line, struct article_file *file)
{
    struct str name;
    if (!str_split(&line, ':', &name))
        return;
    name = str_trim(name);
    line = str_trim(line);
    const struct {
        const char *name;
        struct str *to;
    } texts[] = {{"title", &file->words.title}, {"about", &file->words.about}, {"slug", &file->words.slug},
                 {"category", &file->category}, {"icon", &file->icon},         {"author", &file->author}};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (str_eq(name, str_from(texts[i].name)))
            *texts[i].to = line;
    if (str_eq(name, STR("place")))
        place_read(line, file);
    if (str_eq(name, STR("state")))
        file->published = str_eq(line, STR("published"));
}

bool article_file_read(struct arena *a, struct str language, struct str bytes, struct article_file *out,
                       struct error *e)
{
    struct str rest = text_clean(a, bytes), line;
    bool ended = false;
    *out = (struct article_file){.words = {.language = language}};
    if (!str_split(&rest, '\n', &line) || !str_eq(str_trim(line), STR("---")))
        return fail(e, ERR_BAD_INPUT, "the file does not begin with ---");
    while (!ended && str_split(&rest, '\n', &line)) {
        ended = str_eq(str_trim(line), STR("---"));
        if (!ended)
            line_read(line, out);
    }
    if (!ended || out->words.title.len == 0)
        return fail(e, ERR_BAD_INPUT, "%s", ended ? "there is no title" : "the lines in front have no end (---)");
    out->words.body = str_trim(rest);
    return true;
}

/* One line, whatever stands in it. */
static void line_write(struct buf *b, const char *name, struct str value)
{
    if (value.len == 0)
        return;
    buf_format(b, "%s: ", name);
    for (size_t i = 0; i < value.len; i++)
        buf_char(b, value.ptr[i] == '\n' || value.ptr[i] == '\r' ? ' ' : value.ptr[i]);
    buf_char(b, '\n');
}

struct str article_file_write(struct arena *a, const struct article_file *file)
{
    struct buf b;
    buf_init(&b, a, file->words.body.len + 512);
    buf_cstr(&b, "---\n");
    line_write(&b, "title", file->words.title);
    line_write(&b, "about", file->words.about);
    line_write(&b, "slug", file->words.slug);
    line_write(&b, "category", file->category);
    line_write(&b, "icon", file->icon);
    buf_format(&b, "place: %lld.%lld\n", (long long)file->category_place, (long long)file->place);
    line_write(&b, "author", file->author);
    buf_format(&b, "state: %s\n---\n", file->published ? "published" : "draft");
    buf_str(&b, file->words.body);
    buf_char(&b, '\n');
    return buf_view(&b);
}

/* ---- in ---- */

bool article_category_named(struct tx *tx, int64_t brand, struct article_category *category, struct error *e)
{
    struct article_category *list;
    size_t n;
    if (!article_category_list(tx, tx_arena(tx), brand, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].name, category->name) && str_eq(list[i].language, category->language)) {
            *category = list[i];
            return true;
        }
    category->id = id_new();
    if (!category->position)
        category->position = n ? list[n - 1].position + 1 : 1;
    return article_category_put(tx, brand, category, e);
}

bool article_category_also(struct tx *tx, int64_t brand, int64_t category, const struct article_file *file,
                           struct error *e)
{
    struct article_category *list;
    const struct article_category *known = NULL;
    size_t n;
    if (!article_category_list(tx, tx_arena(tx), brand, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].id == category) {
            known = &list[i];
            if (str_eq(known->language, file->words.language))
                return true;
        }
    if (!known || file->category.len == 0)
        return true;
    struct article_category named = *known;
    named.language = file->words.language;
    named.name = file->category;
    return article_category_put(tx, brand, &named, e);
}

static bool article_make(struct tx *tx, int64_t brand, struct str name, const struct article_file *file,
                         struct article *article, struct error *e)
{
    struct article_category category = {.position = file->category_place,
                                        .icon = file->icon.len ? file->icon : STR("book"),
                                        .language = file->words.language,
                                        .name = file->category};
    if (file->category.len && !article_category_named(tx, brand, &category, e))
        return false;
    *article = (struct article){.brand_id = brand,
                                .id = id_new(),
                                .category_id = category.id,
                                .position = file->place,
                                .name = name,
                                .created_at = tx_now(tx)};
    return article_add(tx, article, e);
}

static bool author_of(struct tx *tx, int64_t brand, struct str name, int64_t otherwise, int64_t *out, struct error *e)
{
    struct agent *agents;
    size_t n;
    *out = otherwise;
    if (!agent_list(tx, tx_arena(tx), brand, &agents, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (name.len && str_eq(agents[i].name, name))
            *out = agents[i].id;
    return true;
}

static bool is_same(const struct article_version *version, const struct article_words *words)
{
    return str_eq(version->title, words->title) && str_eq(version->about, words->about) &&
           str_eq(version->body, words->body);
}

static bool text_take(struct tx *tx, int64_t brand, int64_t agent, const struct article *article,
                      const struct article_file *file, enum article_change *change, struct error *e)
{
    struct article_text *texts;
    struct article_version version;
    size_t n;
    int64_t author, number;
    if (!author_of(tx, brand, file->author, agent, &author, e) ||
        !article_text_of(tx, tx_arena(tx), brand, article->id, &texts, &n, e))
        return false;
    const struct article_text *text = article_text_in(texts, n, file->words.language);
    if (text && !article_version_get(tx, tx_arena(tx), brand, article->id, text->language, text->latest, &version, e))
        return false;
    bool same = text && is_same(&version, &file->words), current = same && text->published == text->latest;
    *change = !text ? ARTICLE_NEW : same ? ARTICLE_SAME : ARTICLE_CHANGED;
    if (!same && !article_write(tx, brand, author, article->id, &file->words, &number, e))
        return false;
    return !file->published || current || article_publish(tx, brand, author, article->id, file->words.language, e);
}

bool article_name_is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!plain)
            return false;
    }
    return name.len > 0 && name.len <= NAME_LENGTH;
}

bool article_import(struct tx *tx, int64_t brand, int64_t agent, struct str name, const struct article_file *file,
                    enum article_change *change, struct error *e)
{
    struct article article;
    if (!article_name_is_plain(name) || !article_name_is_plain(file->words.language))
        return fail(e, ERR_BAD_INPUT, "names of articles and languages are letters, digits, - and _");
    if (!article_by_name(tx, tx_arena(tx), brand, name, &article, e) ||
        (!article.id && !article_make(tx, brand, name, file, &article, e)))
        return false;
    return article_category_also(tx, brand, article.category_id, file, e) &&
           text_take(tx, brand, agent, &article, file, change, e);
}

/* ---- out ---- */

struct shelf {
    struct article *articles;
    struct article_category *categories;
    struct agent *agents;
    size_t count, category_count, agent_count;
};

static void place_of(const struct shelf *shelf, const struct article_text *text, struct article_file *file,
                     struct str *name)
{
    const struct article *article = NULL;
    for (size_t i = 0; i < shelf->count; i++)
        if (shelf->articles[i].id == text->article_id)
            article = &shelf->articles[i];
    if (!article)
        return;
    *name = article->name;
    file->place = article->position;
    for (size_t i = 0; i < shelf->category_count; i++) {
        const struct article_category *category = &shelf->categories[i];
        if (category->id == article->category_id && str_eq(category->language, text->language)) {
            file->category = category->name;
            file->icon = category->icon;
            file->category_place = category->position;
        }
    }
}

static bool file_of(struct tx *tx, struct arena *a, const struct shelf *shelf, const struct article_text *text,
                    struct article_file *file, struct str *name, struct error *e)
{
    struct article_version version;
    if (!article_version_get(tx, a, text->brand_id, text->article_id, text->language, text->latest, &version, e))
        return false;
    *file = (struct article_file){.words = {.language = text->language,
                                            .title = version.title,
                                            .about = version.about,
                                            .body = version.body,
                                            .slug = text->slug},
                                  .published = text->published == text->latest};
    place_of(shelf, text, file, name);
    for (size_t i = 0; i < shelf->agent_count; i++)
        if (shelf->agents[i].id == version.agent_id)
            file->author = shelf->agents[i].name;
    return true;
}

bool article_export(struct tx *tx, struct arena *a, int64_t brand,
                    bool (*write)(void *ctx, struct str language, struct str name, struct str bytes, struct error *e),
                    void *ctx, struct error *e)
{
    struct shelf shelf;
    struct article_text *texts;
    size_t n;
    if (!article_list(tx, a, brand, &shelf.articles, &shelf.count, e) ||
        !article_category_list(tx, a, brand, &shelf.categories, &shelf.category_count, e) ||
        !agent_list(tx, a, brand, &shelf.agents, &shelf.agent_count, e) ||
        !article_text_list(tx, a, brand, &texts, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct article_file file;
        struct str name = STR_EMPTY;
        if (!file_of(tx, a, &shelf, &texts[i], &file, &name, e) ||
            !write(ctx, texts[i].language, name, article_file_write(a, &file), e))
            return false;
    }
    return true;
}
