/* SPDX-License-Identifier: Apache-2.0 */
/* The community as it is written: joining, topics, replies, and what members do with posts. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/account.h"
#include "care/house.h"
#include "web/forms.h"
#include "web/site/community.h"

#define TAIL 10 /* posts that are shown with a new one */

struct writing {
    struct site *site;
    struct community_form form;
    struct guest_words words;
    struct member member;
    struct forum_say say;
    const struct account *account;
    struct error refused; /* of the name */
    int64_t after;        /* where the page begins that shows the new post */
};

static bool member_read(struct tx *tx, void *ctx, struct error *e)
{
    struct writing *w = ctx;
    return forum_member(tx, w->site->v->arena, &w->site->guest, &w->member, e);
}

/* ---- what is wrong with a form ---- */

static void picture_check(struct writing *w)
{
    struct error wrong = {0};
    bool good = site_files(w->site, &w->words, &wrong);
    for (size_t i = 0; good && i < w->words.media_count; i++) {
        struct channel_media *media = &w->words.media[i];
        media->mime = forum_picture(media->bytes);
        media->kind = MESSAGE_IMAGE;
        good = media->mime.len && media->bytes.len <= FORUM_FILE_MAX;
    }
    if (!good)
        form_wrong(w->site->v->arena, &w->form.errors, "file", "forum.wrong.picture");
}

static void text_check(struct writing *w, bool begins)
{
    struct arena *a = w->site->v->arena;
    size_t title = text_length(a, w->form.title, LENGTH_CHARACTERS);
    if (begins && title < FORUM_TITLE_MIN)
        form_wrong(a, &w->form.errors, "title", "forum.wrong.title");
    if (begins && title > FORUM_TITLE_MAX)
        form_wrong(a, &w->form.errors, "title", "wrong.long");
    if (w->words.text.len == 0)
        form_wrong(a, &w->form.errors, "text", "wrong.missing");
    if (text_length(a, w->words.text, LENGTH_CHARACTERS) > FORUM_TEXT_MAX)
        form_wrong(a, &w->form.errors, "text", "wrong.long");
    if (!w->member.id && !forum_name_is_good(a, w->form.name))
        form_wrong(a, &w->form.errors, "name", "forum.wrong.name");
}

static void friction_check(struct writing *w)
{
    struct visit *v = w->site->v;
    enum friction friction = friction_of(v, w->form.token, &w->form.wait);
    bool fresh = forum_is_new(&w->member, clock_now());
    if (friction == FRICTION_STALE)
        w->form.token = STR_EMPTY;
    if (friction == FRICTION_TRAP || friction == FRICTION_STALE || (fresh && friction == FRICTION_SOON))
        form_wrong(v->arena, &w->form.errors, "once",
                   friction == FRICTION_SOON ? "forum.wrong.soon" : "forum.wrong.again");
}

/* Reads and judges the form; errors are in w->form. */
static bool writing_open(struct visit *v, struct site *site, struct writing *w, bool begins, struct error *e)
{
    struct arena *a = v->arena;
    *w = (struct writing){.site = site};
    if (!http_form_ok(v->http, e) || !site_open(v, "community", site, e) || !visit_read(v, member_read, w, e))
        return false;
    w->form.text = str_trim(text_clean(a, http_form(v->http, "text")));
    w->form.title = str_trim(text_clean(a, http_form(v->http, "title")));
    w->form.name = str_trim(text_clean(a, http_form(v->http, "name")));
    w->form.token = text_shorten(a, text_clean(a, http_form(v->http, "once")), 100);
    w->form.category = visit_form_id(v, "category");
    w->words.text = w->form.text;
    w->words.once = w->form.token;
    picture_check(w);
    text_check(w, begins);
    if (!w->form.errors) /* what is wrong with the words is said first: nobody waits for that */
        friction_check(w);
    return true;
}

/* ---- into the house ---- */

static bool category_known(struct tx *tx, struct writing *w, struct error *e)
{
    struct visit *v = w->site->v;
    struct topic_category *list;
    size_t count;
    if (!w->say.begins)
        return true;
    if (!category_list(tx, v->arena, v->brand.id, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].id == w->form.category)
            return true;
    return fail(e, ERR_BAD_INPUT, "Choose where the topic belongs.");
}

static bool tail_find(struct tx *tx, struct writing *w, struct error *e)
{
    struct visit *v = w->site->v;
    struct topic topic;
    struct post *posts;
    size_t count;
    w->after = 0;
    if (!topic_by_id(tx, v->arena, v->brand.id, w->say.topic_id, &topic, e) ||
        !post_newest(tx, v->arena, v->brand.id, w->say.topic_id, TAIL, &posts, &count, e))
        return false;
    if (topic.posts > FORUM_POSTS && count == TAIL)
        w->after = posts[TAIL - 1].id;
    w->say.title = topic.slug;
    return true;
}

static bool say_write(struct tx *tx, void *ctx, struct error *e)
{
    struct writing *w = ctx;
    w->refused = (struct error){0};
    if (!category_known(tx, w, e))
        return false;
    if (!forum_join(tx, &w->site->guest, w->form.name, &w->say.member, &w->refused)) {
        *e = w->refused;
        return false;
    }
    w->say.events->items[0].author.name = w->say.member.name;
    return forum_say(tx, &w->say, e) && tail_find(tx, w, e);
}

static bool account_open(struct site *site, const struct account **out, struct error *e)
{
    int64_t channel;
    if (!site_account(site, &channel, e))
        return false;
    *out = account_get(site->v->app->house, channel, e);
    return *out != NULL;
}

/* Kept, or the form again with what was wrong (status 422, 429). */
static bool said(struct writing *w, struct error *e)
{
    struct visit *v = w->site->v;
    if (!site_may_write(w->site, e) || !site_guest(w->site, w->member.id ? STR_EMPTY : w->form.name, e) ||
        !account_open(w->site, &w->account, e))
        return false;
    w->say.house = v->app->house;
    w->say.account = w->account;
    w->say.guest = &w->site->guest;
    w->say.member = w->member;
    w->say.category_id = w->form.category;
    w->say.title = w->form.title;
    forum_event(v->arena, &w->say, &w->words);
    bool ok = visit_write(v, say_write, w, e);
    account_release(v->app->house, w->account);
    return ok;
}

static bool went(struct writing *w)
{
    struct visit *v = w->site->v;
    struct arena *a = v->arena;
    struct str after = w->after ? str_format(a, "?after=%lld", (long long)w->after) : STR_EMPTY;
    view_redirect(&v->view, v->http,
                  str_format(a, "/community/t/%lld/%.*s%.*s#post-%lld", (long long)w->say.topic_id,
                             STR_ARGS(w->say.title), STR_ARGS(after), (long long)w->say.post_id));
    return true;
}

/* What the house refused that the writer can mend: said at the field, with their words kept. */
static bool refused(struct writing *w, const struct error *why)
{
    struct arena *a = w->site->v->arena;
    bool name = w->refused.code == ERR_CONFLICT || w->refused.code == ERR_BAD_INPUT;
    if (name)
        form_wrong(a, &w->form.errors, "name",
                   w->refused.code == ERR_CONFLICT ? "forum.wrong.taken" : "forum.wrong.name");
    else if (why->code == ERR_RATE_LIMITED)
        form_wrong(a, &w->form.errors, "once", "forum.wrong.day");
    return name || why->code == ERR_RATE_LIMITED;
}

static bool reply_post(struct visit *v, struct error *e)
{
    struct site site;
    struct writing w;
    struct error why = {0};
    int64_t id = v->params[0];
    if (!writing_open(v, &site, &w, false, e))
        return false;
    w.say.topic_id = id;
    if (!w.form.errors) {
        if (said(&w, &why))
            return went(&w);
        if (!refused(&w, &why)) {
            *e = why;
            return false;
        }
    }
    return community_topic_page(&site, id, why.code == ERR_RATE_LIMITED ? 429 : 422, &w.form, e);
}

static bool topic_post(struct visit *v, struct error *e)
{
    struct site site;
    struct writing w;
    struct error why = {0};
    if (!writing_open(v, &site, &w, true, e))
        return false;
    if (!w.form.errors) {
        if (said(&w, &why))
            return went(&w);
        if (!refused(&w, &why)) {
            *e = why;
            return false;
        }
    }
    return community_new_page(&site, why.code == ERR_RATE_LIMITED ? 429 : 422, &w.form, e);
}

/* ---- what members do ---- */

struct doing {
    struct site *site;
    struct str kind;
    struct forum_act act;
    struct str slug;
};

static bool act_run(struct tx *tx, struct doing *doing, struct error *e)
{
    static const struct {
        const char *name;
        bool (*run)(struct tx *, struct forum_act *, struct error *);
    } deeds[] = {{"edit", forum_edit},     {"withdraw", forum_withdraw}, {"thank", forum_thank},
                 {"accept", forum_accept}, {"report", forum_report},     {"appeal", forum_appeal},
                 {"call", forum_call}};
    for (size_t i = 0; i < COUNT_OF(deeds); i++)
        if (str_eq(doing->kind, str_from(deeds[i].name)))
            return deeds[i].run(tx, &doing->act, e);
    bool on = str_eq(doing->kind, STR("follow"));
    if (!on && !str_eq(doing->kind, STR("unfollow")))
        return fail(e, ERR_NOT_FOUND, "There is nothing here.");
    return forum_follow(tx, &doing->act, on, e);
}

static bool doing_write(struct tx *tx, void *ctx, struct error *e)
{
    struct doing *doing = ctx;
    struct visit *v = doing->site->v;
    struct topic topic;
    if (!forum_member(tx, v->arena, &doing->site->guest, &doing->act.member, e))
        return false;
    if (!doing->act.member.id)
        return fail(e, ERR_UNAUTHENTICATED, "Who does this has a name here.");
    if (!act_run(tx, doing, e) || !topic_by_id(tx, v->arena, v->brand.id, doing->act.topic_id, &topic, e))
        return false;
    doing->slug = topic.slug;
    return true;
}

static bool deed(struct visit *v, bool of_topic, struct error *e)
{
    struct arena *a = v->arena;
    struct site site;
    struct doing doing = {.site = &site, .kind = v->words[0]};
    struct error why = {0};
    if (!http_form_ok(v->http, e) || !site_open(v, "community", &site, e) || !site_may_write(&site, e) ||
        !account_open(&site, &doing.act.account, e))
        return false;
    doing.act.house = v->app->house;
    doing.act.guest = &site.guest;
    *(of_topic ? &doing.act.topic_id : &doing.act.post_id) = v->params[0];
    doing.act.words = str_trim(text_clean(a, http_form(v->http, "words")));
    doing.act.once = random_token(a, 12);
    bool bad = str_eq(doing.kind, STR("edit")) &&
               (doing.act.words.len == 0 || text_length(a, doing.act.words, LENGTH_CHARACTERS) > FORUM_TEXT_MAX);
    bool ok = bad ? fail(&why, ERR_BAD_INPUT, "A post has 1 to %d characters.", FORUM_TEXT_MAX)
                  : visit_write(v, doing_write, &doing, &why);
    account_release(v->app->house, doing.act.account);
    if (!ok && why.code == ERR_UNAUTHENTICATED) {
        view_redirect(&v->view, v->http, STR("/community/join"));
        return true;
    }
    if (!ok) {
        *e = why;
        return false;
    }
    struct str place = of_topic ? STR("top") : str_format(a, "post-%lld", (long long)doing.act.post_id);
    view_redirect(&v->view, v->http,
                  str_format(a, "/community/t/%lld/%.*s#%.*s", (long long)doing.act.topic_id, STR_ARGS(doing.slug),
                             STR_ARGS(place)));
    return true;
}

static bool topic_deed(struct visit *v, struct error *e)
{
    return deed(v, true, e);
}

static bool post_deed(struct visit *v, struct error *e)
{
    return deed(v, false, e);
}

/* ---- joining ---- */

static bool join_page(struct writing *w, int status)
{
    struct visit *v = w->site->v;
    struct arena *a = v->arena;
    struct json *model = json_object(a), *values = json_object(a);
    json_set_str(a, values, "name", w->form.name);
    json_set_str(a, values, "once", w->form.token.len ? w->form.token : friction_token(v));
    json_set_int(a, values, "bits", FRICTION_BITS);
    json_set_int(a, values, "wait", w->form.wait);
    json_set(a, model, "values", values);
    json_set(a, model, "errors", w->form.errors ? w->form.errors : json_new_null(a));
    json_set(a, model, "member", community_member_json(a, &w->member, clock_now()));
    site_render_status(w->site, status, "community_join", model);
    return true;
}

static bool join_show(struct visit *v, struct error *e)
{
    struct site site;
    struct writing w = {.site = &site};
    if (!site_open(v, "community", &site, e) || !visit_read(v, member_read, &w, e))
        return false;
    w.form.name = site.guest.name;
    return join_page(&w, 200);
}

static bool join_write(struct tx *tx, void *ctx, struct error *e)
{
    struct writing *w = ctx;
    return forum_join(tx, &w->site->guest, w->form.name, &w->member, e);
}

static bool join_post(struct visit *v, struct error *e)
{
    struct site site;
    struct writing w = {.site = &site};
    if (!http_form_ok(v->http, e) || !site_open(v, "community", &site, e) || !visit_read(v, member_read, &w, e))
        return false;
    w.form.name = str_trim(text_clean(v->arena, http_form(v->http, "name")));
    w.form.token = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), 100);
    if (!forum_name_is_good(v->arena, w.form.name))
        form_wrong(v->arena, &w.form.errors, "name", "forum.wrong.name");
    else
        friction_check(&w);
    if (w.form.errors)
        return join_page(&w, 422);
    if (!site_may_write(&site, e) || !site_guest(&site, w.form.name, e))
        return false;
    if (!visit_write(v, join_write, &w, &w.refused)) {
        if (refused(&w, &w.refused))
            return join_page(&w, 422);
        *e = w.refused;
        return false;
    }
    view_redirect(&v->view, v->http, STR("/community"));
    return true;
}

const struct route routes_site_community_write[] = {
    {HTTP_POST, "/community/new", PERM_PUBLIC, topic_post, NULL},
    {HTTP_POST, "/community/t/:id", PERM_PUBLIC, reply_post, NULL},
    {HTTP_POST, "/community/t/:id/:name", PERM_PUBLIC, topic_deed, NULL},
    {HTTP_POST, "/community/p/:id/:name", PERM_PUBLIC, post_deed, NULL},
    {HTTP_GET, "/community/join", PERM_PUBLIC, join_show, NULL},
    {HTTP_POST, "/community/join", PERM_PUBLIC, join_post, NULL},
    {0},
};
