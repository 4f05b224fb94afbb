/* SPDX-License-Identifier: Apache-2.0 */
/* Reading locale/XX.json once and finding texts in it by a binary search. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/error.h"
#include "base/json.h"
#include "web/locale_internal.h"

struct locale {
    struct str language;
    size_t index;
    struct locale_text *texts; /* sorted by key */
    size_t count;
    struct locale_names names;
};

/* As good as constant: made from bytes inside the program, by one thread, before anyone reads it. */
static struct locale locales[LOCALE_MOST];
static size_t locales_count;
static struct error open_error;
static bool open_failed;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static bool piece_add(struct locale_phrase *phrase, struct str words, struct error *e)
{
    struct locale_piece *p = &phrase->pieces[phrase->count++];
    ptrdiff_t bar = str_find_char(words, '|');
    struct str part, rest = bar < 0 ? words : str_slice(words, 0, (size_t)bar);
    p->placeholder = true;
    p->path.whole = rest;
    while (p->path.count < PATH_PARTS && str_split(&rest, '.', &part))
        p->path.parts[p->path.count++] = part;
    if (!p->path.count)
        return fail(e, ERR_MALFORMED, "a placeholder has no name");
    if (bar >= 0 && !format_find(str_slice(words, (size_t)bar + 1, words.len), &p->format))
        return fail(e, ERR_MALFORMED, "{%.*s}: there is no such format", STR_ARGS(words));
    return true;
}

static struct str escaped(struct arena *a, struct str words)
{
    struct buf out;
    buf_init(&out, a, words.len);
    buf_html(&out, words);
    return buf_view(&out);
}

bool locale_phrase_parse(struct arena *a, struct str words, struct locale_phrase *out, struct error *e)
{
    size_t braces = 0;
    for (size_t i = 0; i < words.len; i++)
        braces += words.ptr[i] == '{';
    out->pieces = ARENA_ARRAY(a, struct locale_piece, braces * 2 + 1);
    out->count = 0;
    while (words.len) {
        ptrdiff_t open = str_find_char(words, '{');
        struct str plain = open < 0 ? words : str_slice(words, 0, (size_t)open);
        if (str_find_char(plain, '}') >= 0)
            return fail(e, ERR_MALFORMED, "a } without its {");
        if (plain.len)
            out->pieces[out->count++] = (struct locale_piece){.words = plain, .html = escaped(a, plain)};
        if (open < 0)
            break;
        words = str_slice(words, (size_t)open + 1, words.len);
        ptrdiff_t close = str_find_char(words, '}');
        if (close < 0)
            return fail(e, ERR_MALFORMED, "a { without its }");
        if (!piece_add(out, str_slice(words, 0, (size_t)close), e))
            return false;
        words = str_slice(words, (size_t)close + 1, words.len);
    }
    return true;
}

static int by_key(const void *left, const void *right)
{
    const struct locale_text *a = left, *b = right;
    return str_cmp(a->key, b->key);
}

static void number_paths(struct locale_phrase *phrase, unsigned *slots)
{
    for (size_t i = 0; i < phrase->count; i++)
        phrase->pieces[i].path.slot = *slots += 2;
}

static bool text_read(struct arena *a, const struct json_member *member, struct locale_text *text, unsigned *slots,
                      struct error *e)
{
    text->key = member->key;
    text->plural = json_is(member->value, JSON_OBJECT);
    const struct json *one = text->plural ? json_get(member->value, "one") : NULL;
    const struct json *other = text->plural ? json_get(member->value, "other") : member->value;
    if (!json_is(other, JSON_STRING) || (text->plural && !json_is(one, JSON_STRING)))
        return fail(e, ERR_MALFORMED, "%.*s: neither a text nor one and other", STR_ARGS(text->key));
    text->raw = json_text(other);
    struct error why = {0};
    if (!locale_phrase_parse(a, text->raw, &text->other, &why) ||
        (text->plural && !locale_phrase_parse(a, json_text(one), &text->one, &why)))
        return fail(e, ERR_MALFORMED, "%.*s: %s", STR_ARGS(text->key), why.message);
    number_paths(&text->one, slots);
    number_paths(&text->other, slots);
    return true;
}

/* A text that is a list with bars between: "Sunday|Monday|…". */
static bool names_read(const struct locale *locale, const char *key, struct str *out, size_t count, struct error *e)
{
    const struct locale_text *text = locale_lookup(locale, str_from(key));
    struct str rest = text ? text->raw : STR_EMPTY;
    for (size_t i = 0; i < count; i++)
        if (!str_split(&rest, '|', &out[i]))
            return fail(e, ERR_MALFORMED, "%s: %zu names are needed", key, count);
    return true;
}

static bool span_read(const struct locale *locale, const char *key, const struct locale_text **out, struct error *e)
{
    *out = locale_lookup(locale, str_from(key));
    return (*out && (*out)->plural) || fail(e, ERR_MALFORMED, "%s: one and other are needed", key);
}

static bool all_names_read(struct locale *locale, struct error *e)
{
    struct locale_names *n = &locale->names;
    return span_read(locale, "span.days", &n->days, e) && span_read(locale, "span.hours", &n->hours, e) &&
           span_read(locale, "span.minutes", &n->minutes, e) && span_read(locale, "span.seconds", &n->seconds, e) &&
           names_read(locale, "date.weekdays", n->weekdays, COUNT_OF(n->weekdays), e) &&
           names_read(locale, "date.months", n->months, COUNT_OF(n->months), e) &&
           names_read(locale, "date.months_short", n->months_short, COUNT_OF(n->months_short), e) &&
           names_read(locale, "date.today", &n->today, 1, e) &&
           names_read(locale, "date.yesterday", &n->yesterday, 1, e) &&
           names_read(locale, "date.tomorrow", &n->tomorrow, 1, e) &&
           names_read(locale, "span.day_short", &n->day_short, 1, e) &&
           names_read(locale, "span.thousands", &n->thousands, 1, e);
}

/* What one file says. */
struct locale_words {
    const struct json *texts;
    struct str file;
};

static bool words_read(struct arena *a, const struct locale_file *file, struct locale_words *out, struct error *e)
{
    struct error why = {0};
    out->file = str_format(a, "locale/%.*s.json", STR_ARGS(file->language));
    out->texts = json_parse(a, file->bytes, &why);
    return json_is(out->texts, JSON_OBJECT) || fail(e, ERR_MALFORMED, "%.*s: %s", STR_ARGS(out->file), why.message);
}

/* The texts of a file that are not there yet. */
static bool texts_add(struct arena *a, struct locale *locale, const struct locale_words *from, unsigned *slots,
                      struct error *e)
{
    struct error why = {0};
    size_t before = locale->count;
    for (size_t i = 0; i < from->texts->count; i++) {
        struct locale known = {.texts = locale->texts, .count = before};
        if (locale_lookup(&known, from->texts->members[i].key))
            continue;
        if (!text_read(a, &from->texts->members[i], &locale->texts[locale->count++], slots, &why))
            return fail(e, ERR_MALFORMED, "%.*s: %s", STR_ARGS(from->file), why.message);
    }
    if (locale->count > before)
        qsort(locale->texts, locale->count, sizeof *locale->texts, by_key);
    return true;
}

bool locale_set_read(struct arena *a, const struct locale_file *files, size_t count, struct locale *out,
                     struct error *e)
{
    struct locale_words words[LOCALE_MOST];
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        if (!words_read(a, &files[i], &words[i], e))
            return false;
        most += words[i].texts->count;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned slots = 0;
        struct error why = {0};
        struct locale *locale = &out[i];
        *locale = (struct locale){.language = files[i].language, .index = i};
        locale->texts = ARENA_ARRAY(a, struct locale_text, most + 1);
        if (!texts_add(a, locale, &words[i], &slots, e))
            return false;
        for (size_t k = 0; k < count; k++)
            if (!texts_add(a, locale, &words[k], &slots, e))
                return false;
        if (!all_names_read(locale, &why))
            return fail(e, ERR_MALFORMED, "%.*s: %s", STR_ARGS(words[i].file), why.message);
    }
    return true;
}

const struct locale *locale_set_at(const struct locale *set, size_t index)
{
    return &set[index];
}

struct locale *locale_set_new(struct arena *a)
{
    return ARENA_ARRAY(a, struct locale, LOCALE_MOST);
}

/* English first: it is said where nothing else fits. */
static size_t files_list(struct locale_file *out)
{
    struct str folder = STR("locale/"), end = STR(".json");
    size_t count = 1;
    out[0] = (struct locale_file){STR("en"), embed_get(STR("locale/en.json"))};
    for (const struct embed_file *f = embed_files; f->name && count < LOCALE_MOST; f++) {
        struct str name = str_from(f->name);
        if (!str_starts(name, folder) || !str_ends(name, end) || name.len != folder.len + 2 + end.len)
            continue;
        struct str language = str_slice(name, folder.len, folder.len + 2);
        if (!str_eq(language, out[0].language))
            out[count++] = (struct locale_file){language, {f->bytes, f->len}};
    }
    return count;
}

static struct arena *kept; /* reachable for as long as the program runs */

static void read_all(void)
{
    struct locale_file files[LOCALE_MOST];
    kept = arena_new();
    locales_count = files_list(files);
    open_failed = !locale_set_read(kept, files, locales_count, locales, &open_error);
}

bool locale_open(struct error *e)
{
    pthread_once(&opened, read_all);
    if (open_failed && e)
        *e = open_error;
    return !open_failed;
}

const struct locale *locale_at(size_t index)
{
    pthread_once(&opened, read_all);
    return &locales[index < locales_count ? index : 0];
}

size_t locale_count(void)
{
    pthread_once(&opened, read_all);
    return locales_count;
}

struct str locale_language(const struct locale *locale)
{
    return locale->language;
}

size_t locale_index(const struct locale *locale)
{
    return locale->index;
}

/* Weights of Accept-Language are in order in every browser there is, so the first that fits is taken. */
const struct locale *locale_find(struct str language)
{
    struct str part;
    while (str_split(&language, ',', &part)) {
        struct str tag = str_slice(str_trim(part), 0, 2);
        for (size_t i = 0; i < locale_count(); i++)
            if (str_eq_nocase(tag, locales[i].language))
                return locale_at(i);
    }
    return locale_at(0);
}

/* The first text whose key is not before this one. */
static size_t first_from(const struct locale *locale, struct str key)
{
    size_t low = 0, high = locale->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_cmp(locale->texts[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct locale_text *locale_lookup(const struct locale *locale, struct str key)
{
    size_t at = first_from(locale, key);
    return at < locale->count && str_eq(locale->texts[at].key, key) ? &locale->texts[at] : NULL;
}

struct locale_family locale_family(const struct locale *locale, struct str beginning)
{
    size_t at = first_from(locale, beginning);
    struct locale_family family = {.texts = locale->texts + at, .beginning = beginning.len};
    while (at + family.count < locale->count && str_starts(family.texts[family.count].key, beginning))
        family.count++;
    return family;
}

const struct locale_text *locale_family_member(struct locale_family family, struct str rest)
{
    size_t low = 0, high = family.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct str key = family.texts[middle].key;
        int order = str_cmp(str_slice(key, family.beginning, key.len), rest);
        if (order == 0)
            return &family.texts[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool locale_has(const struct locale *locale, struct str key)
{
    return locale_lookup(locale, key) != NULL;
}

const struct locale_names *locale_names(const struct locale *locale)
{
    return &locale->names;
}

static void piece_write(struct buf *out, const struct locale_frame *frame, const struct locale_piece *piece,
                        const struct locale_source *source, bool html)
{
    const struct json *value = source->value(source->ctx, &piece->path);
    bool count = piece->format == FORMAT_PLAIN && json_is(value, JSON_NUMBER);
    struct str text = format_value(frame, count ? FORMAT_NUMBER : piece->format, value);
    if (html)
        buf_html(out, text);
    else
        buf_str(out, text);
}

void locale_write(struct buf *out, const struct locale_frame *frame, const struct locale_text *text,
                  const struct locale_source *source, const struct json *count, bool html, bool trusted)
{
    bool one = text->plural && json_int(count, 0) == 1;
    const struct locale_phrase *phrase = one ? &text->one : &text->other;
    for (size_t i = 0; i < phrase->count; i++) {
        const struct locale_piece *piece = &phrase->pieces[i];
        if (piece->placeholder)
            piece_write(out, frame, piece, source, html);
        else
            buf_str(out, html && !trusted ? piece->html : piece->words);
    }
}

static const struct json *member_value(void *ctx, const struct path *path)
{
    const struct json *value = ctx;
    for (size_t i = 0; i < path->count && value; i++)
        value = json_get_str(value, path->parts[i]);
    return value;
}

struct str locale_say(const struct locale_frame *frame, struct str key, const struct json *values)
{
    const struct locale_text *text = locale_lookup(frame->locale, key);
    if (!text)
        return key;
    struct buf out;
    buf_init(&out, frame->arena, text->raw.len + 32);
    /* the callback only reads */
    union {
        const struct json *read;
        void *ctx;
    } from = {.read = values};
    struct locale_source source = {member_value, from.ctx};
    locale_write(&out, frame, text, &source, json_get(values, "count"), false, false);
    return buf_view(&out);
}

struct str locale_text(struct arena *a, const struct locale *locale, struct str key, const struct json *values)
{
    struct locale_frame frame = {.arena = a, .locale = locale, .now = clock_now()};
    return locale_say(&frame, key, values);
}
