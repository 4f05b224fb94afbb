/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated LinkedIn: comments on the posts of an organization's page, and posts that mention it. Its calls are
 * under /linkedin/rest and /linkedin/oauth; its notifications are in sim_linkedin_events.c. There is no private talk.
 */
#include "sim/sim_linkedin.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"

#define TEXT_MAX 1250

/* ---- answers ---- */

static void problem(struct sim_call *c, int status, int service, const char *code, const char *words)
{
    c->status = status;
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "status", status);
    json_set_int(c->a, c->answer, "serviceErrorCode", service);
    json_set_str(c->a, c->answer, "code", str_from(code));
    json_set_str(c->a, c->answer, "message", str_dup(c->a, str_from(words)));
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN && detail != NULL)
        problem(c, 401, 65600, "INVALID_ACCESS_TOKEN", "Invalid access token");
    else if (fault == SIM_FAULT_TOKEN)
        problem(c, 401, 65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user");
    else if (fault == SIM_FAULT_PERMISSION)
        problem(c, 403, 100, "ACCESS_DENIED", "Not enough permissions to access: partnerApiSocialActions.CREATE");
    else if (fault == SIM_FAULT_RATE)
        problem(c, 429, 101, "TOO_MANY_REQUESTS",
                "Comment create throttled: creation rate limit exceeded for member");
    else if (fault == SIM_FAULT_GONE)
        problem(c, 404, 0, "NOT_FOUND", "Could not find entity");
    else
        problem(c, 400, 0, "INVALID_VALUE", detail != NULL ? detail : "The comment does not meet the policies");
}

/* ---- comments ---- */

static bool is_comments(const struct sim_call *c)
{
    return c->count >= 4 && str_eq(c->parts[0], STR("rest")) && str_eq(c->parts[1], STR("socialActions")) &&
           str_eq(c->parts[3], STR("comments"));
}

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && is_comments(c);
}

static struct str actor_of(struct sim_call *c, const struct sim_item *item)
{
    return item->author != NULL ? item->author->ids[SIM_LINKEDIN] : sim_linkedin_organization(c->sim, c->a);
}

static struct json *time_json(struct sim_call *c, const struct sim_item *item, int64_t at)
{
    struct json *j = json_object(c->a);

    json_set_str(c->a, j, "actor", actor_of(c, item));
    json_set_int(c->a, j, "time", at / 1000);
    return j;
}

static struct str number_of(struct str urn)
{
    ptrdiff_t comma = str_find_char(urn, ',');

    return comma < 0 ? urn : str_slice(urn, (size_t)comma + 1, urn.len - 1);
}

static void answer_comment(struct sim_call *c, const struct sim_item *item)
{
    struct json *message = json_object(c->a);

    c->answer = json_object(c->a);
    json_set_str(c->a, message, "text", item->text);
    json_set_str(c->a, c->answer, "actor", actor_of(c, item));
    json_set(c->a, c->answer, "message", message);
    json_set(c->a, c->answer, "created", time_json(c, item, item->at));
    json_set(c->a, c->answer, "lastModified", time_json(c, item, item->edited_at ? item->edited_at : item->at));
    json_set_str(c->a, c->answer, "id", number_of(item->id));
    json_set_str(c->a, c->answer, "object", item->root);
    json_set_str(c->a, c->answer, "commentUrn", item->id);
    if (item->parent != NULL && item->parent->kind == SIM_COMMENT)
        json_set_str(c->a, c->answer, "parentComment", item->parent->id);
}

/* Is it the page that speaks, with words alone, on what it says it speaks on? */
static bool body_fits(struct sim_call *c, const struct sim_item *target, struct str text)
{
    struct str parent = json_text(json_get(c->body, "parentComment"));
    bool below = target->kind == SIM_COMMENT;

    if (!str_eq(json_text(json_get(c->body, "actor")), sim_linkedin_organization(c->sim, c->a)))
        problem(c, 403, 100, "ACCESS_DENIED", "Viewer is not authorized to act on behalf of the actor");
    else if (json_get(c->body, "content") != NULL)
        problem(c, 403, 100, "ACCESS_DENIED",
                "Unpermitted fields present in REQUEST_BODY: Data Processing Exception while processing fields "
                "[/content]");
    else if (!str_eq(json_text(json_get(c->body, "object")), target->root))
        refuse(c, SIM_FAULT_CONTENT, "object is not the post of the comment");
    else if (below != (parent.len > 0) || (below && !str_eq(parent, target->id)))
        refuse(c, SIM_FAULT_CONTENT, "parentComment is not the comment of the address");
    else if (str_trim(text).len == 0)
        refuse(c, SIM_FAULT_CONTENT, "message.text may not be empty");
    else if (text_length(c->a, text, LENGTH_CHARACTERS) > TEXT_MAX)
        refuse(c, SIM_FAULT_CONTENT, "message.text is longer than 1250 characters");
    else if (sim_fault_take(c->sim, SIM_LINKEDIN, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

static void create_comment(struct sim_call *c, struct sim_item *target)
{
    struct str text = json_text(json_path(c->body, "message", "text", NULL));
    struct sim *sim = c->sim;
    struct sim_item *item;
    uint64_t echo;
    bool first;

    if (!body_fits(c, target, text))
        return;
    item =
        sim_item_new(sim, SIM_LINKEDIN, SIM_COMMENT, sim_new_id(sim, SIM_LINKEDIN, SIM_COMMENT, NULL, target->root));
    item->root = target->root;
    item->parent = target;
    if (target->kind == SIM_COMMENT && target->parent != NULL && target->parent->kind == SIM_COMMENT)
        item->parent = target->parent; /* two levels only */
    item->text = sim_copy(sim, text);
    sim_call_sent(c, item, "comment", target->id);
    echo = sim_linkedin_echo(sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    c->status = 201;
    http_set_header(c->req, "x-restli-id", number_of(item->id));
    answer_comment(c, item);
}

static void serve_comments(struct sim_call *c)
{
    struct str id = c->parts[2];
    struct sim_item *item;

    if (c->count == 5)
        id = str_format(c->a, "urn:li:comment:(%.*s,%.*s)", STR_ARGS(id), STR_ARGS(c->parts[4]));
    item = sim_call_target(c, id, SIM_COMMENT);
    if (item == NULL)
        refuse(c, SIM_FAULT_GONE, NULL);
    else if (c->req->method == HTTP_POST && c->count == 4)
        create_comment(c, item);
    else if (c->req->method == HTTP_GET && c->count == 5)
        answer_comment(c, item);
    else
        problem(c, 405, 0, "METHOD_NOT_ALLOWED", "This is not simulated");
}

/* ---- lists ---- */

struct page {
    struct json *elements;
    int64_t from, until, start, count, seen;
    struct str actions;
};

static int64_t number_after(struct str text, struct str word)
{
    ptrdiff_t at = str_find(text, word);
    int64_t n = 0;

    for (size_t i = at < 0 ? text.len : (size_t)at + word.len; i < text.len && n < INT64_MAX / 20; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            break;
        n = n * 10 + (text.ptr[i] - '0');
    }
    return n;
}

static bool lists_action(const struct page *p, const char *action)
{
    struct str rest = p->actions, one;

    while (str_split(&rest, ',', &one))
        if (str_eq(one, str_from(action)))
            return true;
    return false;
}

static void list_one(struct sim_call *c, struct page *p, const struct sim_item *item, const char *action, int64_t at)
{
    bool gone = strcmp(action, "COMMENT_DELETE") == 0;

    if (!lists_action(p, action) || at / 1000 < p->from || at / 1000 > p->until)
        return;
    if (p->seen >= p->start && p->seen < p->start + p->count)
        json_push(c->a, p->elements, sim_linkedin_notification(c->sim, c->a, item, action, !gone));
    p->seen++;
}

static void list_notifications(struct sim_call *c)
{
    struct str range = http_query(c->req, "timeRange"), actions = http_query(c->req, "actions");
    struct page p = {.elements = json_array(c->a), .count = 10};
    struct json *paging = json_object(c->a);
    const struct sim_item *item;

    if (!str_eq(http_query(c->req, "q"), STR("criteria")) || !str_starts(actions, STR("List(")) ||
        !str_eq(http_query(c->req, "organizationalEntity"), sim_linkedin_organization(c->sim, c->a))) {
        refuse(c, SIM_FAULT_CONTENT, "q, actions and organizationalEntity are needed");
        return;
    }
    p.actions = str_slice(actions, 5, actions.len - 1);
    p.from = number_after(range, STR("start:"));
    p.until = number_after(range, STR("end:"));
    if (http_query(c->req, "start").len > 0)
        p.start = number_after(http_query(c->req, "start"), STR(""));
    if (http_query(c->req, "count").len > 0)
        p.count = number_after(http_query(c->req, "count"), STR(""));
    for (item = c->sim->items; item != NULL; item = item->next) {
        if (item->network != SIM_LINKEDIN || item->past || (item->kind == SIM_POST && item->author == NULL))
            continue;
        list_one(c, &p, item,
                 item->kind == SIM_POST ? "SHARE_MENTION"
                 : item->author == NULL ? "ADMIN_COMMENT"
                                        : "COMMENT",
                 item->at);
        if (item->edited_at != 0)
            list_one(c, &p, item, "COMMENT_EDIT", item->edited_at);
        if (item->deleted && item->kind == SIM_COMMENT)
            list_one(c, &p, item, "COMMENT_DELETE", item->at);
    }
    json_set_int(c->a, paging, "start", p.start);
    json_set_int(c->a, paging, "count", p.count);
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "paging", paging);
    json_set(c->a, c->answer, "elements", p.elements);
}

/* ---- the page, tokens ---- */

static void tell_organization(struct sim_call *c)
{
    const char *id = c->sim->lines[SIM_LINKEDIN].account.account_id;
    int64_t number = 0;

    if (c->count != 3 || !str_eq(c->parts[2], str_from(id)) || !str_int64(str_from(id), &number)) {
        refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    c->answer = json_object(c->a);
    json_set_int(c->a, c->answer, "id", number);
    json_set_str(c->a, c->answer, "localizedName", str_from(c->sim->config.brand));
    json_set_str(c->a, c->answer, "vanityName", str_from(c->sim->config.handle));
}

static bool is_token_call(const struct sim_call *c)
{
    return c->count == 3 && str_eq(c->parts[0], STR("oauth")) && str_eq(c->parts[2], STR("accessToken"));
}

/* Access tokens change, and the refresh token stays the same for its year. */
static void give_tokens(struct sim_call *c)
{
    struct sim_line *line = &c->sim->lines[SIM_LINKEDIN];
    struct str kept = http_form(c->req, "refresh_token");

    if (!str_eq(http_form(c->req, "client_secret"), str_from(line->account.secret)) ||
        !sim_consent_grant(c, 5184000, "r_organization_social_feed,w_organization_social_feed")) {
        c->status = 401;
        c->answer = json_object(c->a);
        json_set_str(c->a, c->answer, "error", STR("invalid_client"));
        json_set_str(c->a, c->answer, "error_description", STR("Client authentication failed"));
        return;
    }
    if (kept.len > 0)
        line->refresh_token = str_dup(c->sim->house, kept);
    json_set_str(c->a, c->answer, "refresh_token", line->refresh_token);
    json_set_int(c->a, c->answer, "refresh_token_expires_in", 31536059);
}

static bool is_consent_page(const struct sim_call *c)
{
    return c->count == 3 && str_eq(c->parts[0], STR("oauth")) && str_eq(c->parts[2], STR("authorization"));
}

static bool token_ok(struct sim_call *c, struct str token)
{
    return is_token_call(c) || is_consent_page(c) || sim_consent_token_ok(c, token);
}

static void serve(struct sim_call *c)
{
    struct str area = c->count > 1 ? c->parts[1] : STR_EMPTY;

    if (is_token_call(c))
        give_tokens(c);
    else if (is_consent_page(c))
        sim_consent_page(c);
    else if (http_header(c->req, "LinkedIn-Version").len != 6)
        problem(c, 426, 0, "NONEXISTENT_VERSION", "Requested version is not active");
    else if (!str_eq(http_header(c->req, "X-Restli-Protocol-Version"), STR("2.0.0")))
        refuse(c, SIM_FAULT_CONTENT, "Syntax exception in path variables");
    else if (is_comments(c))
        serve_comments(c);
    else if (str_eq(area, STR("organizationalEntityNotifications")))
        list_notifications(c);
    else if (str_eq(area, STR("organizations")))
        tell_organization(c);
    else
        refuse(c, SIM_FAULT_GONE, NULL);
}

/* ---- customers ---- */

/* A post on somebody's own profile that mentions the page. */
static bool own_act(struct sim_deed *d, struct error *e)
{
    struct str id;

    if (!str_eq(d->act->what, STR("mention")))
        return fail(e, ERR_BAD_INPUT, "There is no such act on LinkedIn");
    if (str_trim(d->act->text).len == 0)
        return fail(e, ERR_BAD_INPUT, "Nothing is written");
    id = sim_digits(d->sim->state, 12);
    d->item =
        sim_item_new(d->sim, SIM_LINKEDIN, SIM_POST, str_format(d->a, "urn:li:share:7094637%.*s", STR_ARGS(id)));
    d->item->root = d->item->id;
    d->item->author = d->person;
    d->item->text = text_clean(d->sim->state, sim_copy(d->sim, d->act->text));
    d->verb = SIM_WROTE;
    sim_linkedin_tell(d);
    return true;
}

/* ---- ids ---- */

static struct str new_person(struct sim *sim, struct arena *a)
{
    (void)sim;
    struct str token = random_token(a, 9);
    return str_format(a, "urn:li:person:%.10s", token.ptr);
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 12);

    (void)person;
    if (kind == SIM_COMMENT)
        return str_format(sim->state, "urn:li:comment:(%.*s,7094977%.*s)", STR_ARGS(root), STR_ARGS(digits));
    return str_format(sim->state, "urn:li:activity:7094637%.*s", STR_ARGS(digits));
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "linkedin",
     .label = {"LinkedIn", "LinkedIn"},
     .advice =
         {"Commenta un post di {}, poi correggilo: sulla scrivania si vede com’era prima. Il tuo nome LinkedIn "
          "non lo dice.",
          "Comment on a post of {}, then correct it: the desk shows what it said before. Your name LinkedIn does "
          "not tell."},
     .write = {"Pubblica un post tuo in cui nomini {}", "Publish a post of yours that names {}"},
     .rank = 6},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"Cerchiamo due tecnici per Genova: si lavora in coppia, si torna a casa la sera. Chi è curioso scriva qui "
     "sotto.",
     4},
    {"Fibra nelle scuole: questa settimana abbiamo collegato la trentesima. Domande? Rispondiamo qui.", 1},
    {0},
};

static const struct sim_past_door doors[] = {{"comment", "comment"}, {0}};
static const char *const more[] = {"consent_base", SIM_OWN_BASE, "client_id", "simulated-linkedin-client", NULL};

const struct sim_driver sim_linkedin = {
    .name = "linkedin",
    .base = "/linkedin",
    .account = {"96110055", "simulated-linkedin-token", "simulated-linkedin-secret", NULL, NULL},
    .named = {"organization_id", "access_token", "client_secret", NULL, NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = doors,
    .new_person = new_person,
    .new_id = new_id,
    .lacks = "window blocked",
    .acts = "comment edit delete react mention",
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 2,
    .tell = sim_linkedin_tell,
    .own_act = own_act,
    .sign = sim_linkedin_sign,
    .shake = sim_linkedin_shake,
    .shaken = sim_linkedin_shaken,
    .join = sim_linkedin_join,
    .token_ok = token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
};
