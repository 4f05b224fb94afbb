/* SPDX-License-Identifier: Apache-2.0 */
/* The page behind a link that we gave. It only tells what opening would do, so that previews and scanners use nothing
 * up; the button opens it, for this browser alone. Who may have got it from a public post sees what was public and
 * what they write themselves, until it is shown to be them. */
#include "web/site/passage.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/intake.h"
#include "care/people.h"
#include "net/ratelimit.h"
#include "store/channel.h"
#include "web/desk/model.h"
#include "web/forms.h"

#define WORDS_MAX    10000
#define PUBLIC_SHOWN 40
#define EVERYBODY    STR("passages")

struct passage_page {
    struct site site;
    struct str code;
    struct passage_look look;
    struct passage_former former;
    bool taken;
    struct str text; /* of the form */
    struct json *errors, *model;
};

bool passage_may(struct visit *v, struct error *e)
{
    struct ratelimit_verdict verdict = ratelimit_take(v->app->passages, v->http->client);
    if (verdict.allowed)
        verdict = ratelimit_take(v->app->passages_all, EVERYBODY);
    if (verdict.allowed)
        return true;
    http_set_header(v->http, "Retry-After", str_format(v->arena, "%d", verdict.retry_seconds));
    return fail(e, ERR_RATE_LIMITED, "So many links at once: please wait %d seconds.", verdict.retry_seconds);
}

void passage_may_again(struct visit *v)
{
    ratelimit_give(v->app->passages, v->http->client);
    ratelimit_give(v->app->passages_all, EVERYBODY);
}

struct str passage_place(struct visit *v, const struct passage_look *look, struct str code)
{
    struct arena *a = v->arena;
    const struct passage *row = &look->row;
    if (row->kind == PASSAGE_DEVICE)
        return row->place;
    if (!look->claims || row->proven_at)
        return str_format(a, "/requests/%lld#latest", (long long)look->c.id);
    return row->talk_id ? str_format(a, "/requests/%lld#latest", (long long)row->talk_id)
                        : str_format(a, PASSAGE_PATH "%.*s", STR_ARGS(code));
}

/* ---- what is shown ---- */

/* What everybody could read where the link was given. */
static struct json *public_json(struct tx *tx, struct visit *v, const struct names *names,
                                const struct passage_look *look, struct error *e)
{
    struct arena *a = v->arena;
    struct message *list;
    size_t count;
    struct json *items = json_array(a);
    if (!message_list(tx, a, v->brand.id, look->c.id, (struct cursor){.limit = PUBLIC_SHOWN}, &list, &count, e))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct message *m = &list[i];
        const struct agent *agent = names_agent(names, m->agent_id);
        bool hidden = m->deleted_at || m->place == PLACE_SET_ASIDE || m->place == PLACE_WITHDRAWN;
        if (!m->is_public || hidden || m->channel_id != look->reply.channel_id ||
            !str_eq(m->thread_key, look->reply.thread_key) || (m->outbound && m->receipt < MESSAGE_ACCEPTED))
            continue;
        struct json *item = json_object(a);
        json_set_bool(a, item, "mine", !m->outbound);
        json_set(a, item, "by", agent ? json_new_str(a, agent->name) : json_new_null(a));
        json_set_str(a, item, "text", m->text);
        json_set_time(a, item, "at", m->at);
        json_push(a, items, item);
    }
    return items;
}

/* As the network calls whom the reply went to, where everybody can read it: never as we do, or another network. */
static bool who_public(struct tx *tx, struct visit *v, const struct names *names, const struct passage_look *look,
                       struct str *who, struct error *e)
{
    struct identity identity;
    struct error here = {0};
    struct str network = names_network(names, look->reply.channel_id);
    *who = person_unnamed(v->arena, network, look->reply.author_id);
    if (identity_find(tx, v->arena, v->brand.id, network, look->reply.author_id, &identity, &here)) {
        if (identity.handle.len)
            *who = str_format(v->arena, "@%.*s", STR_ARGS(identity.handle));
        else if (identity.name.len)
            *who = identity.name;
        return true;
    }
    return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

static bool whose_model(struct tx *tx, struct passage_page *page, const struct names *names, struct json *out,
                        struct error *e)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    const struct passage_look *look = &page->look;
    const struct agent *agent = names_agent(names, look->row.agent_id);
    const struct channel *channel = channel_find(names_network(names, look->reply.channel_id));
    struct str who = look->person.name;
    if (look->row.kind == PASSAGE_DEVICE &&
        person_is_nameless(a, &look->person, STR(GUEST_NETWORK), look->giver.external_id))
        who = STR_EMPTY;
    if (look->claims && !who_public(tx, v, names, look, &who, e))
        return false;
    json_set_str(a, out, "who", who);
    json_set(a, out, "by", agent ? json_new_str(a, agent->name) : json_new_null(a));
    json_set(a, out, "network", channel ? json_new_str(a, str_from(channel->label)) : json_new_null(a));
    json_set_time(a, out, "until", look->row.expires_at);
    return true;
}

static const char *state_of(const struct passage_page *page)
{
    static const char *const states[] = {
        [PASSAGE_UNKNOWN] = "unknown", [PASSAGE_OPEN] = "open", [PASSAGE_MINE] = "begin",
        [PASSAGE_USED] = "used",       [PASSAGE_LATE] = "late", [PASSAGE_WITHDRAWN] = "withdrawn"};
    bool begins = page->look.claims && !page->look.row.withdrawn_at;
    return page->look.state == PASSAGE_MINE && !begins ? "used" : states[page->look.state];
}

static bool page_read(struct tx *tx, void *ctx, struct error *e)
{
    struct passage_page *page = ctx;
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct names names;
    struct json *out = json_object(a), *items = json_array(a), *former = json_object(a);
    const struct passage_look *look = &page->look;
    bool shown = look->state == PASSAGE_OPEN || look->state == PASSAGE_MINE;
    json_set_str(a, out, "state", str_from(state_of(page)));
    json_set_str(a, out, "code", page->code);
    json_set_str(a, out, "kind",
                 look->row.kind == PASSAGE_DEVICE ? STR("device")
                 : look->claims                   ? STR("public")
                                                  : STR("private"));
    if (shown && (!names_read(tx, v, &names, e) || !whose_model(tx, page, &names, out, e)))
        return false;
    if (shown && look->claims && !(items = public_json(tx, v, &names, look, e)))
        return false;
    bool nameless = person_is_nameless(a, &page->former.person, STR(GUEST_NETWORK), page->site.guest.external_id);
    json_set_str(a, former, "name", nameless ? STR_EMPTY : page->former.person.name);
    json_set_int(a, former, "count", page->former.stories);
    json_set_bool(a, former, "proved", page->former.proved);
    bool asks = shown && !look->claims && (page->former.stories || page->former.proved);
    json_set(a, page->model, "passage", out);
    json_set(a, page->model, "items", items);
    json_set(a, page->model, "former", asks ? former : json_new_null(a));
    return true;
}

static bool page_render(struct passage_page *page, struct error *e)
{
    struct visit *v = page->site.v;
    struct arena *a = v->arena;
    struct json *values = json_object(a);
    bool ok = page->look.state == PASSAGE_OPEN || page->look.state == PASSAGE_MINE;
    page->model = json_object(a);
    if (!visit_read(v, page_read, page, e))
        return false;
    json_set_str(a, values, "text", page->text);
    json_set_str(a, values, "once", random_token(a, 12));
    json_set(a, page->model, "values", values);
    json_set(a, page->model, "errors", page->errors ? page->errors : json_new_null(a));
    http_set_header(v->http, "X-Robots-Tag", STR("noindex"));
    site_render_status(&page->site,
                       page->errors                          ? 422
                       : ok                                  ? 200
                       : page->look.state == PASSAGE_UNKNOWN ? 404
                                                             : 410,
                       "passage", page->model);
    return true;
}

/* ---- looking ---- */

static bool look_read(struct tx *tx, void *ctx, struct error *e)
{
    struct passage_page *page = ctx;
    struct visit *v = page->site.v;
    return passage_look(tx, v->arena, v->app->house, v->brand.id, page->code, &page->site.guest, &page->look, e) &&
           passage_former(tx, v->arena, &page->site.guest, &page->look, &page->former, e);
}

/* What is no code of ours costs of what one may try, so that guessing is hopeless. */
static bool page_look(struct passage_page *page, struct error *e)
{
    struct visit *v = page->site.v;
    if (!passage_code_of(v->arena, v->words[0], &page->code)) {
        page->code = STR_EMPTY;
        page->look = (struct passage_look){.state = PASSAGE_UNKNOWN};
        return true;
    }
    if (!passage_may(v, e) || !visit_read(v, look_read, page, e))
        return false;
    if (page->look.state != PASSAGE_UNKNOWN)
        passage_may_again(v);
    return true;
}

/* Whether they are in already: opened by this browser, which is still that person's. */
static bool is_in(const struct passage_page *page)
{
    const struct passage_look *look = &page->look;
    if (look->state != PASSAGE_MINE)
        return false;
    bool theirs = page->former.person.id == look->person.id;
    return look->claims ? look->row.talk_id || (look->row.proven_at && theirs) : theirs;
}

static bool passage_show(struct visit *v, struct error *e)
{
    struct passage_page page = {.text = STR_EMPTY};
    if (!site_open(v, "requests", &page.site, e) || !page_look(&page, e))
        return false;
    if (!is_in(&page))
        return page_render(&page, e);
    view_redirect(&v->view, v->http, passage_place(v, &page.look, page.code));
    return true;
}

/* ---- opening ---- */

static bool take_write(struct tx *tx, void *ctx, struct error *e)
{
    struct passage_page *page = ctx;
    struct visit *v = page->site.v;
    return passage_take(tx, v->arena, v->app->house, &page->site.guest, page->code, &page->taken, &page->look, e);
}

/* What this browser held before never flows into somebody's stories unasked. False, without a reason: ask. */
static bool former_settled(struct passage_page *page, struct error *e)
{
    struct visit *v = page->site.v;
    struct str choice = http_form(v->http, "former");
    if (page->look.claims || !(page->former.stories || page->former.proved))
        return true;
    if (str_eq(choice, STR("together")) && !page->former.proved)
        return true;
    if (!str_eq(choice, STR("apart"))) {
        form_wrong(v->arena, &page->errors, "former", "wrong.choice");
        return false;
    }
    if (!site_leave(&page->site, e))
        return false;
    page->site.guest = (struct guest){0};
    return true;
}

static bool passage_post(struct visit *v, struct error *e)
{
    struct passage_page page = {.text = STR_EMPTY};
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !page_look(&page, e))
        return false;
    if (page.look.state != PASSAGE_OPEN && !is_in(&page))
        return page_render(&page, e);
    if (page.look.state == PASSAGE_OPEN) {
        if (!site_may_write(&page.site, e))
            return false;
        if (!former_settled(&page, e))
            return page.errors ? page_render(&page, e) : false;
        bool known = page.site.guest.id != 0;
        if (!site_guest(&page.site, STR_EMPTY, e) || !visit_write(v, take_write, &page, e))
            return false;
        if (!page.taken)
            return visit_read(v, look_read, &page, e) && page_render(&page, e);
        if (known && !page.look.claims && !site_renew(&page.site, e)) /* one known before opens nothing after */
            return false;
    }
    view_redirect(&v->view, v->http, passage_place(v, &page.look, page.code));
    return true;
}

/* ---- the first words of a talk that is not proven ---- */

static bool words_read(struct passage_page *page, struct guest_words *words)
{
    struct visit *v = page->site.v;
    struct error wrong = {0};
    words->text = str_trim(text_clean(v->arena, http_form(v->http, "text")));
    words->once = text_shorten(v->arena, text_clean(v->arena, http_form(v->http, "once")), 64);
    if (words->once.len == 0)
        words->once = random_token(v->arena, 12);
    if (!site_files(&page->site, words, &wrong))
        form_wrong(v->arena, &page->errors, "file", "wrong.file");
    if (words->text.len == 0 && words->media_count == 0)
        form_wrong(v->arena, &page->errors, "text", "wrong.missing");
    if (text_length(v->arena, words->text, LENGTH_CHARACTERS) > WORDS_MAX)
        form_wrong(v->arena, &page->errors, "text", "wrong.long");
    page->text = words->text;
    return page->errors == NULL;
}

static bool say_post(struct visit *v, struct error *e)
{
    struct passage_page page = {.text = STR_EMPTY};
    struct guest_words words = {0};
    int64_t conversation;
    if (!http_form_ok(v->http, e) || !site_open(v, "requests", &page.site, e) || !page_look(&page, e))
        return false;
    if (page.look.state != PASSAGE_MINE || !page.look.claims || page.look.row.withdrawn_at ||
        !words_read(&page, &words))
        return page_render(&page, e);
    int64_t story = page.look.row.talk_id                          ? page.look.row.talk_id
                    : page.former.person.id == page.look.person.id ? page.look.c.id
                                                                   : INTAKE_BEGINS;
    words.passage = page.look.row.id;
    if (!site_may_write(&page.site, e) || !site_say(&page.site, &words, story, &conversation, e))
        return false;
    view_redirect(&v->view, v->http, str_format(v->arena, "/requests/%lld#latest", (long long)conversation));
    return true;
}

bool passage_before(struct tx *tx, struct site *site, const struct conversation *c, struct json *model,
                    struct error *e)
{
    struct visit *v = site->v;
    struct arena *a = v->arena;
    struct passage *list;
    struct passage_look look;
    struct names names;
    struct str who;
    size_t count;
    json_set(a, model, "claim", json_new_null(a));
    if (!passage_of_talk(tx, a, v->brand.id, c->id, &list, &count, e))
        return false;
    if (count == 0 || list[0].proven_at || list[0].withdrawn_at)
        return true;
    if (!passage_stands(tx, a, &list[0], &site->guest, &look, e))
        return false;
    if (look.state != PASSAGE_MINE)
        return true;
    struct json *claim = json_object(a);
    struct json *items = names_read(tx, v, &names, e) ? public_json(tx, v, &names, &look, e) : NULL;
    if (!items || !who_public(tx, v, &names, &look, &who, e))
        return false;
    json_set_str(a, claim, "who", who);
    json_set(a, claim, "items", items);
    json_set(a, model, "claim", claim);
    return true;
}

const struct route routes_site_passage[] = {
    {HTTP_GET, "/p/:name", PERM_PUBLIC, passage_show, NULL},
    {HTTP_POST, "/p/:name", PERM_PUBLIC, passage_post, NULL},
    {HTTP_POST, "/p/:name/say", PERM_PUBLIC, say_post, NULL},
    {0},
};
