/* SPDX-License-Identifier: Apache-2.0 */
/* Writing letters. Addresses in them are made of what the installation says of itself, never of what a request said:
 * who asks for a letter to somebody else must not choose where its links lead. */
#include "web/letters.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/html_text.h"
#include "base/json.h"
#include "care/house.h"
#include "care/letters.h"
#include "store/brand.h"
#include "web/view.h"

struct addressing {
    struct str host;
    int64_t brand;
    bool by_host;
};

/* Whether the address alone leads to this brand. */
static bool address_read(struct tx *tx, void *ctx, struct error *e)
{
    struct addressing *where = ctx;
    struct brand brand;
    if (!brand_of_host(tx, tx_arena(tx), where->host, &brand, e))
        return false;
    where->by_host = brand.id == where->brand;
    return true;
}

/* "https://care.example" or "https://care.example/b/nuvola"; empty where the installation has no address. */
static bool base_of(struct arena *a, const struct app *app, const struct brand *brand, struct str *base,
                    struct error *e)
{
    struct str host = app->letters_url, label;
    ptrdiff_t scheme = str_find(host, STR("://"));
    *base = STR_EMPTY;
    if (scheme < 0)
        return true;
    host = str_slice(host, (size_t)scheme + 3, host.len);
    struct addressing where = {.brand = brand->id};
    (void)str_split(&host, '.', &label);
    where.host = label;
    if (!db_read(app->house->db, address_read, &where, e))
        return false;
    *base = where.by_host ? app->letters_url
                          : str_format(a, "%.*s/b/%.*s", STR_ARGS(app->letters_url), STR_ARGS(brand->name));
    return true;
}

/* What a letter shows: what it is about, and whole addresses. */
static struct json *model_of(struct arena *a, const struct letter *letter, const struct json *about, struct str base)
{
    struct json *model = json_object(a);
    struct str link = json_text(json_get(about, "link")), path = json_text(json_get(about, "path")),
               stop = json_text(json_get(about, "stop"));
    for (size_t i = 0; i < json_count(about); i++)
        json_put(a, model, about->members[i].key, about->members[i].value);
    if (str_eq(letter->kind, STR(LETTER_CODE)) && link.len)
        path = str_concat(a, STR("/sign-in/link/"), link);
    json_set_str(a, model, "url", base.len && path.len ? str_concat(a, base, path) : STR_EMPTY);
    json_set_str(a, model, "stop", base.len && stop.len ? str_concat(a, base, stop) : STR_EMPTY);
    return model;
}

static struct str subject_of(struct str kind)
{
    static const struct {
        const char *kind, *subject;
    } subjects[] = {{LETTER_CODE, "letter.subject_code"},
                    {LETTER_TOLD, "letter.subject_told"},
                    {LETTER_TRANSCRIPT, "letter.subject_transcript"}};
    for (size_t i = 0; i < COUNT_OF(subjects); i++)
        if (str_eq(kind, str_from(subjects[i].kind)))
            return str_from(subjects[i].subject);
    return STR_EMPTY;
}

bool letter_write(struct arena *a, const struct brand *brand, const struct letter *letter, const struct json *about,
                  struct letter_mail *out, void *ctx, struct error *e)
{
    const struct app *app = ctx;
    struct str base, html;
    if (!base_of(a, app, brand, &base, e))
        return false;
    struct json *model = model_of(a, letter, about, base);
    struct view view = {.locale = locale_find(letter->language),
                        .zone = str_cstr(a, brand->zone),
                        .now = clock_now(),
                        .brand = brand->title,
                        .hue = -1};
    json_set_str(a, model, "brand", brand->title);
    out->language = locale_language(view.locale);
    out->subject = locale_text(a, view.locale, subject_of(letter->kind), model);
    out->stop = json_text(json_get(model, "stop"));
    const char *page = str_cstr(a, str_concat(a, STR("letter/"), letter->kind));
    if (!view_compose(&view, a, page, model, &html, e))
        return false;
    out->html = html;
    out->text = html_text(a, html);
    return true;
}
