/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a person: words, pictures, and how to be called. It becomes a request of its own, whatever else is open. */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/intake.h"
#include "care/letter_codes.h"
#include "web/forms.h"
#include "web/site/help.h"
#include "web/site/notices.h"

#define ASK_MAX  10000
#define NAME_MAX 80

/* Whence they come: the article that did not solve it, the words they looked for. */
static void came_model(struct site *site, const struct guest_words *words, struct str article, struct str looked,
                       struct json *model)
{
    struct arena *a = site->v->arena;
    json_set_str(a, model, "article", article);
    json_set_str(a, model, "looked", looked);
    json_set_str(a, model, "about", words->origin_count ? words->origins[0].words : STR_EMPTY);
}

struct ask_letters {
    struct site *site;
    struct json *values;
};

/* Whether it can be told to an address that somebody answered. */
static bool letters_read(struct tx *tx, void *ctx, struct error *e)
{
    struct ask_letters *l = ctx;
    int64_t sender;
    if (!letter_sender(tx, l->site->v->brand.id, &sender, e))
        return false;
    json_set_bool(l->site->v->arena, l->values, "letters", sender != 0);
    return true;
}

static bool ask_form(struct site *site, int status, struct str text, struct str name, struct json *errors,
                     struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct guest_words came = {0};
    struct json *model = json_object(a), *values = json_object(a);
    bool posted = v->http->method == HTTP_POST;
    struct str article = posted ? http_form(v->http, "article") : http_query(v->http, "article");
    struct str looked = posted ? http_form(v->http, "looked") : http_query(v->http, "looked");
    if (!help_came_from(site, article, &came, e))
        return false;
    came_model(site, &came, article, looked, values);
    json_set_str(a, values, "text", text);
    json_set_str(a, values, "name", name);
    json_set_str(a, values, "email", posted ? http_form(v->http, "email") : STR_EMPTY);
    json_set_str(a, values, "once", random_token(a, 12));
    if (!visit_read(v, letters_read, &(struct ask_letters){site, values}, e))
        return false;
    json_set(a, model, "values", values);
    json_set(a, model, "errors", errors ? errors : json_new_null(a));
    site_render_status(site, status, "ask", model);
    return true;
}

static bool ask_show(struct visit *v, struct error *e)
{
    struct site site;
    if (!site_open(v, "requests", &site, e))
        return false;
    struct str text = text_shorten(v->arena, text_clean(v->arena, http_query(v->http, "text")), ASK_MAX);
    return ask_form(&site, 200, text, site.guest.name, NULL, e);
}

static bool ask_post(struct visit *v, struct error *e)
{
    struct site site;
    struct guest_words words = {0};
    struct json *errors = NULL;
    int64_t conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &site, e))
        return false;
    struct str name = form_line(v, "name", NAME_MAX, false, &errors);
    words.text = str_trim(text_clean(v->arena, http_form(v->http, "text")));
    words.once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), 64);
    if (words.once.len == 0)
        words.once = random_token(v->arena, 12);
    struct str email = str_trim(http_form(v->http, "email")), address;
    bool sent = false;
    struct error wrong = {0};
    if (email.len && !code_address(v->arena, email, &address))
        form_wrong(v->arena, &errors, "email", "wrong.address");
    if (!site_files(&site, &words, &wrong))
        form_wrong(v->arena, &errors, "file", "wrong.file");
    if (words.text.len == 0 && words.media_count == 0)
        form_wrong(v->arena, &errors, "text", "wrong.missing");
    if (text_length(v->arena, words.text, LENGTH_CHARACTERS) > ASK_MAX)
        form_wrong(v->arena, &errors, "text", "wrong.long");
    if (errors)
        return ask_form(&site, 422, words.text, name, errors, e);
    if (!site_may_write(&site, e) || !site_guest(&site, name, e) ||
        !help_came_from(&site, http_form(v->http, "article"), &words, e) ||
        !site_say(&site, &words, INTAKE_BEGINS, &conversation, e) ||
        !help_asked_all_the_same(&site, http_form(v->http, "looked"), e) ||
        (email.len && !notices_begin(&site, email, &sent, e)))
        return false;
    view_redirect(&v->view, v->http,
                  sent ? STR("/sign-in/email")
                       : str_format(v->arena, "/requests/%lld#latest", (long long)conversation));
    return true;
}

/* What another app shared, where no worker of ours took it: a file cannot be kept for the form, and it says so. */
static bool share_post(struct visit *v, struct error *e)
{
    static const char *const parts[] = {"title", "text", "url"};
    struct site site;
    struct json *errors = NULL;
    struct str text = STR_EMPTY;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &site, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct str part = str_trim(text_clean(v->arena, http_form(v->http, parts[i])));
        if (part.len && str_find(text, part) < 0)
            text = text.len ? str_format(v->arena, "%.*s\n%.*s", STR_ARGS(text), STR_ARGS(part)) : part;
    }
    if (http_file(v->http, 0))
        form_wrong(v->arena, &errors, "file", "wrong.shared");
    return ask_form(&site, 200, text_shorten(v->arena, text, ASK_MAX), site.guest.name, errors, e);
}

const struct route routes_site_ask[] = {
    {HTTP_GET, "/ask", PERM_PUBLIC, ask_show, NULL},
    {HTTP_POST, "/ask", PERM_PUBLIC, ask_post, NULL},
    {HTTP_POST, "/share", PERM_PUBLIC, share_post, NULL},
    {0},
};
