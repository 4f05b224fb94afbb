/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated TikTok of a business account: films of the brand's with comments below them, lists, tokens. Its calls
 * are under /tiktok/open_api; direct messages are in sim_tiktok_dm.c, webhooks in sim_tiktok_events.c. Each answer
 * has the status 200 and says in `code` whether it went well. */
#include "sim/sim_tiktok.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"

#define TEXT_MAX 1200

/* ---- answers ---- */

void sim_tiktok_problem(struct sim_call *c, int code, const char *words)
{
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "code", code);
    json_set_str(c->a, c->answer, "message", str_dup(c->a, str_from(words)));
    json_set_str(c->a, c->answer, "request_id", sim_digits(c->a, 20));
    if (code != 0)
        json_set(c->a, c->answer, "data", json_object(c->a));
}

void sim_tiktok_answer(struct sim_call *c, struct json *data)
{
    sim_tiktok_problem(c, 0, "OK");
    json_set(c->a, c->answer, "data", data);
}

void sim_tiktok_refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN)
        sim_tiktok_problem(c, 40105, "Access token is incorrect or has been revoked.");
    else if (fault == SIM_FAULT_PERMISSION)
        sim_tiktok_problem(c, 40001, "No permission to operate: the scope comment.list.manage is missing.");
    else if (fault == SIM_FAULT_RATE)
        sim_tiktok_problem(c, 40100, "You are sending requests too frequently, please try again later.");
    else if (fault == SIM_FAULT_WINDOW)
        sim_tiktok_problem(c, 40064, "Blocked by direct message rules: more than 48 hours have passed.");
    else if (fault == SIM_FAULT_BLOCKED)
        sim_tiktok_problem(c, 40064, "Blocked by direct message rules.");
    else if (fault == SIM_FAULT_GONE)
        sim_tiktok_problem(c, 40007, "The comment does not exist.");
    else
        sim_tiktok_problem(c, 40002, detail != NULL ? detail : "The text violates the community guidelines.");
}

bool sim_tiktok_is_ours(struct sim_call *c)
{
    if (str_eq(sim_param(c, "business_id"), str_from(c->sim->lines[SIM_TIKTOK].account.account_id)))
        return true;
    sim_tiktok_problem(c, 40001, "No permission to operate this business_id");
    return false;
}

/* After open_api and the version. */
static bool is_path(const struct sim_call *c, const char *path)
{
    struct str rest = str_from(path), part;
    size_t n = 2;

    while (str_split(&rest, '/', &part))
        if (n >= c->count || !str_eq(c->parts[n++], part))
            return false;
    return n == c->count;
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST &&
           (is_path(c, "business/comment/reply/create") || is_path(c, "business/message/send"));
}

static struct str token(struct sim_call *c)
{
    return http_header(c->req, "Access-Token");
}

static bool is_token_call(const struct sim_call *c)
{
    return c->count == 5 && str_eq(c->parts[2], STR("tt_user"));
}

static bool is_consent_page(const struct sim_call *c)
{
    return c->count == 3 && str_eq(c->parts[1], STR("auth")) && str_eq(c->parts[2], STR("authorize"));
}

static bool token_ok(struct sim_call *c, struct str given)
{
    return is_token_call(c) || is_consent_page(c) || sim_consent_token_ok(c, given);
}

/* ---- comments ---- */

static bool text_fits(struct sim_call *c, struct str text)
{
    if (str_trim(text).len == 0)
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, "text: Missing data for required field.");
    else if (text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX)
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, "text: Length must be between 1 and 1200.");
    else if (sim_fault_take(c->sim, SIM_TIKTOK, SIM_FAULT_CONTENT))
        sim_tiktok_refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

static struct json *comment_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *j = json_object(c->a);
    bool below = item->parent != NULL && item->parent->kind == SIM_COMMENT, ours = item->author == NULL;

    json_set_str(c->a, j, "comment_id", item->id);
    json_set_str(c->a, j, "video_id", item->root);
    json_set_str(c->a, j, "unique_identifier", ours ? STR(SIM_TIKTOK_OWN) : item->author->ids[SIM_TIKTOK]);
    json_set_str(c->a, j, "username", ours ? str_from(c->sim->config.handle) : item->author->handle);
    json_set_str(c->a, j, "display_name", ours ? str_from(c->sim->config.brand) : item->author->name);
    json_set_str(c->a, j, "create_time", str_format(c->a, "%lld", (long long)(item->at / SECOND_US)));
    json_set_str(c->a, j, "text", item->text);
    json_set_bool(c->a, j, "owner", ours);
    json_set_str(c->a, j, "status", item->hidden ? STR("HIDDEN") : STR("PUBLIC"));
    if (below)
        json_set_str(c->a, j, "parent_comment_id", item->parent->id);
    return j;
}

static void create_reply(struct sim_call *c)
{
    struct sim_item *to = sim_call_target(c, json_id(json_get(c->body, "comment_id")), SIM_COMMENT), *item;
    struct str text = json_text(json_get(c->body, "text"));
    uint64_t echo;
    bool first;

    if (to == NULL || to->kind != SIM_COMMENT || !str_eq(json_id(json_get(c->body, "video_id")), to->root)) {
        sim_tiktok_refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    if ((to->author != NULL && to->author->blocked[SIM_TIKTOK]) ||
        sim_fault_take(c->sim, SIM_TIKTOK, SIM_FAULT_BLOCKED)) {
        sim_tiktok_refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    if (!text_fits(c, text))
        return;
    item = sim_item_new(c->sim, SIM_TIKTOK, SIM_COMMENT, sim_new_id(c->sim, SIM_TIKTOK, SIM_COMMENT, NULL, to->root));
    item->root = to->root;
    item->parent = to->parent != NULL && to->parent->kind == SIM_COMMENT ? to->parent : to; /* two levels only */
    item->text = sim_copy(c->sim, text);
    sim_call_sent(c, item, "comment", to->id);
    echo = sim_tiktok_comment(c->sim, c->a, item, "insert", sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    sim_tiktok_answer(c, comment_json(c, item));
}

/* {"business_id", "video_id", "comment_id", "action": HIDE or UNHIDE} */
static void hide_comment(struct sim_call *c)
{
    struct sim_item *item = sim_call_target(c, json_id(json_get(c->body, "comment_id")), SIM_COMMENT);

    if (item == NULL) {
        sim_tiktok_refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    item->hidden = str_eq(json_text(json_get(c->body, "action")), STR("HIDE"));
    sim_tiktok_comment(c->sim, c->a, item, item->hidden ? "set_to_hidden" : "set_to_public", c->sim->config.echo_ms);
    sim_tiktok_answer(c, json_object(c->a));
}

/* ---- lists ---- */

struct page {
    struct json *list;
    int64_t from, count, seen;
};

static struct page page_of(struct sim_call *c, int64_t count)
{
    struct page page = {.list = json_array(c->a), .count = count};
    int64_t n;

    if (str_int64(http_query(c->req, "max_count"), &n) && n > 0 && n <= 30)
        page.count = n;
    if (str_int64(http_query(c->req, "cursor"), &n) && n > 0)
        page.from = n;
    return page;
}

static bool page_takes(struct page *page)
{
    bool takes = page->seen >= page->from && page->seen < page->from + page->count;

    page->seen++;
    return takes;
}

static void page_answer(struct sim_call *c, const struct page *page, const char *name)
{
    struct json *data = json_object(c->a);
    int64_t after = page->from + (int64_t)json_count(page->list);

    json_set(c->a, data, name, page->list);
    json_set_int(c->a, data, "cursor", after);
    json_set_bool(c->a, data, "has_more", after < page->seen);
    sim_tiktok_answer(c, data);
}

/* The newest first. */
static size_t collect(struct sim_call *c, enum sim_kind kind, struct str root, const struct sim_item *parent,
                      struct sim_item ***out)
{
    size_t count, n = 0, i;
    struct sim_item **all = sim_call_newest(c, &count);

    for (i = 0; i < count; i++)
        if (all[i]->kind == kind && !all[i]->deleted &&
            (root.len == 0 || (str_eq(all[i]->root, root) && all[i]->parent == parent)))
            all[n++] = all[i];
    *out = all;
    return n;
}

static void list_films(struct sim_call *c)
{
    struct page page = page_of(c, 20);
    struct sim_item **films;
    size_t count = collect(c, SIM_POST, STR_EMPTY, NULL, &films), i;

    for (i = 0; i < count; i++) {
        struct json *film = json_object(c->a);
        if (!page_takes(&page) || (films[i]->past && c->sim->config.lenient))
            continue;
        json_set_str(c->a, film, "item_id", films[i]->id);
        json_set_str(c->a, film, "caption", films[i]->text);
        json_set_str(c->a, film, "create_time", str_format(c->a, "%lld", (long long)(films[i]->at / SECOND_US)));
        json_set_str(
            c->a, film, "share_url",
            str_format(c->a, "https://www.tiktok.com/@%s/video/%.*s", c->sim->config.handle, STR_ARGS(films[i]->id)));
        json_push(c->a, page.list, film);
    }
    page_answer(c, &page, "videos");
}

/* Beside a comment stand at most three of its answers. */
static void set_answers(struct sim_call *c, struct json *comment, const struct sim_item *of)
{
    struct sim_item **answers;
    size_t count = collect(c, SIM_COMMENT, of->root, of, &answers), i;
    struct json *list = json_array(c->a);

    for (i = 0; i < count && i < 3; i++)
        json_push(c->a, list, comment_json(c, answers[i]));
    json_set_int(c->a, comment, "replies", (int64_t)count);
    json_set(c->a, comment, "reply_list", list);
}

static void list_comments(struct sim_call *c, bool below)
{
    struct page page = page_of(c, 20);
    struct str film = http_query(c->req, "video_id");
    struct sim_item *of = sim_item_find(c->sim, SIM_TIKTOK, below ? http_query(c->req, "comment_id") : film), **all;
    size_t count, i;

    if (of == NULL || of->deleted) {
        sim_tiktok_problem(c, 40007, below ? "The comment does not exist." : "The video does not exist.");
        return;
    }
    count = collect(c, SIM_COMMENT, film, of, &all);
    for (i = 0; i < count; i++) {
        struct json *comment;
        if (!page_takes(&page))
            continue;
        comment = comment_json(c, all[i]);
        if (!below)
            set_answers(c, comment, all[i]);
        json_push(c->a, page.list, comment);
    }
    page_answer(c, &page, "comments");
}

/* ---- the account, tokens ---- */

static void tell_account(struct sim_call *c)
{
    struct json *data = json_object(c->a);

    json_set_str(c->a, data, "username", str_from(c->sim->config.handle));
    json_set_str(c->a, data, "display_name", str_from(c->sim->config.brand));
    sim_tiktok_answer(c, data);
}

static void give_tokens(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_TIKTOK];
    bool ours = str_eq(json_text(json_get(c->body, "client_secret")), str_from(line->account.secret));

    if (ours) /* a code has another name here */
        json_set_str(c->a, c->body, "code", json_text(json_get(c->body, "auth_code")));
    if (!ours || !sim_consent_grant(c, 86400, "user.info.basic,video.list,comment.list,comment.list.manage")) {
        sim_tiktok_problem(c, 40103, "The refresh token or the code is expired or invalid.");
        return;
    }
    json_set_str(c->a, c->answer, "refresh_token", line->refresh_token);
    json_set_int(c->a, c->answer, "refresh_token_expires_in", 31536000);
    json_set_str(c->a, c->answer, "open_id", str_from(line->account.account_id));
    sim_tiktok_answer(c, c->answer);
}

/* ---- routing ---- */

static void serve(struct sim_call *c)
{
    if (is_token_call(c)) {
        give_tokens(c);
        return;
    }
    if (is_consent_page(c)) {
        sim_consent_page(c);
        return;
    }
    if (!sim_tiktok_is_ours(c))
        return;
    if (is_path(c, "business/comment/reply/create"))
        create_reply(c);
    else if (is_path(c, "business/comment/hide"))
        hide_comment(c);
    else if (is_path(c, "business/comment/list"))
        list_comments(c, false);
    else if (is_path(c, "business/comment/reply/list"))
        list_comments(c, true);
    else if (is_path(c, "business/video/list"))
        list_films(c);
    else if (is_path(c, "business/get"))
        tell_account(c);
    else if (c->count > 3 && str_eq(c->parts[3], STR("message")))
        sim_tiktok_dm_call(c);
    else
        sim_tiktok_problem(c, 40002, "This is not simulated");
}

/* ---- customers ---- */

/* A direct message from Europe, of which TikTok tells next to nothing; a comment that only friends see from now on.
 */
static bool own_act(struct sim_deed *d, struct error *e)
{
    if (str_eq(d->act->what, STR("message-eu"))) {
        d->item = sim_item_new(d->sim, SIM_TIKTOK, SIM_PRIVATE,
                               sim_new_id(d->sim, SIM_TIKTOK, SIM_PRIVATE, d->person, STR_EMPTY));
        d->item->root = d->item->id;
        d->item->author = d->item->person = d->person;
        d->item->text = text_clean(d->sim->state, sim_copy(d->sim, d->act->text));
        d->verb = SIM_WROTE;
        sim_tiktok_tell(d);
        return true;
    }
    if (!str_eq(d->act->what, STR("friends-only")))
        return fail(e, ERR_BAD_INPUT, "There is no such act on TikTok");
    if (d->to == NULL || d->to->author != d->person || d->to->kind != SIM_COMMENT)
        return fail(e, ERR_NOT_FOUND, "It is not there any more");
    d->to->hidden = true;
    d->item = d->to;
    sim_tiktok_comment(d->sim, d->a, d->to, "set_to_friends_only", 0);
    return true;
}

/* ---- ids ---- */

/* 19 digits, above 2^53. */
static struct str new_number(struct arena *a, const char *begins)
{
    struct str digits = sim_digits(a, 12);
    return str_format(a, "%s%.*s", begins, STR_ARGS(digits));
}

static struct str new_person(struct sim *sim, struct arena *a)
{
    (void)sim;
    return new_number(a, "7105000");
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    (void)person;
    (void)root;
    if (kind == SIM_PRIVATE)
        return str_concat(sim->state, random_token(sim->state, 18), STR("=="));
    return new_number(sim->state, kind == SIM_COMMENT ? "7247303" : "7203946");
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "tiktok",
     .label = {"TikTok", "TikTok"},
     .advice = {"Commenta un video di {}: sulla scrivania arriva in un attimo, su TikTok dopo qualche minuto.",
                "Comment on a video of {}: the desk has it in a moment, with TikTok it takes some minutes."},
     .rank = 7},
    {.name = "tiktok-dm",
     .icon = "tiktok",
     .label = {"TikTok, privato", "TikTok, private"},
     .advice = {"Scrivi a {} in privato; poi lascia passare due giorni e guarda che cosa può ancora dire.",
                "Write to {} in private; then let two days pass and see what it can still say."},
     .rank = 8,
     .private = true,
     .no_edit = true},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"Come nasce un’antenna: un giorno con Paola e Ivan sul tetto della scuola.", 3},
    {"Tre cose che il tuo modem non ti dice (la terza ti sorprenderà).", 1},
    {0},
};

static const struct sim_past_door doors[] = {{"comment", "comment"}, {"dm", "message"}, {0}};
static const char *const more[] = {"consent_base",
                                   SIM_OWN_BASE,
                                   "own_identifier",
                                   SIM_TIKTOK_OWN,
                                   "username",
                                   "nuvolamobile",
                                   "client_key",
                                   "simulated-key",
                                   "scope",
                                   "video.list,comment.list,comment.list.manage,message.list.read",
                                   NULL};

const struct sim_driver sim_tiktok = {
    .name = "tiktok",
    .base = "/tiktok",
    .account = {"biz-7b1d4c90-5e2f-nuvola", "simulated-tiktok-token", "simulated-tiktok-secret", NULL, NULL},
    .named = {"business_id", "access_token", "client_secret", NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = doors,
    .shows_handles = true,
    .new_person = new_person,
    .new_id = new_id,
    .acts = "comment message delete read block unblock message-eu friends-only",
    .attach_private = "picture sticker unsupported",
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 2,
    .tell = sim_tiktok_tell,
    .own_act = own_act,
    .sign = sim_tiktok_sign,
    .token = token,
    .token_ok = token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = sim_tiktok_refuse,
};
