/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Facebook Page: Graph's posts, comments and tokens. The webhooks of the wall are in
 * sim_facebook_events.c, Messenger (same host, same token) in sim_messenger.c. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_meta.h"

#define COMMENT_MAX 8000

static bool facebook_sends(struct sim_call *c)
{
    if (c->req->method != HTTP_POST)
        return false;
    if (sim_graph_ends(c, "messages"))
        return sim_param(c, "sender_action").len == 0;
    return sim_graph_ends(c, "comments") || sim_graph_ends(c, "feed") ||
           (c->count == 1 && sim_param(c, "message").len > 0);
}

static void facebook_refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    bool private = sim_graph_ends(c, "messages");

    if (fault == SIM_FAULT_TOKEN && detail != NULL) {
        sim_graph_error(c, 400, 190, 0, "Invalid OAuth access token - Cannot parse access token", NULL);
    } else if (fault == SIM_FAULT_TOKEN) {
        sim_graph_error(c, 400, 190, 463, "Error validating access token: Session has expired", NULL);
    } else if (fault == SIM_FAULT_PERMISSION && private) {
        sim_graph_error(c, 403, 10, 0, "(#10) Requires pages_messaging permission to manage the object", NULL);
    } else if (fault == SIM_FAULT_PERMISSION) {
        sim_graph_error(c, 403, 200, 0, "(#200) Requires pages_manage_engagement permission to manage the object",
                        NULL);
    } else if (fault == SIM_FAULT_RATE) {
        c->limited = true;
        if (private)
            sim_graph_error(c, 400, 613, 0, "(#613) Calls to this api have exceeded the rate limit.", NULL);
        else
            sim_graph_error(c, 403, 4, 0, "(#4) Application request limit reached", NULL);
    } else if (fault == SIM_FAULT_WINDOW) {
        sim_graph_error(c, 400, 10, 2018278, "(#10) This message is sent outside of allowed window.", NULL);
    } else if (fault == SIM_FAULT_BLOCKED) {
        sim_graph_error(c, 400, 551, 1545041, "(#551) This person isn't available right now.", NULL);
    } else if (fault == SIM_FAULT_GONE) {
        sim_graph_error(c, 400, 100, 33,
                        "Unsupported post request. Object does not exist, cannot be loaded due to missing "
                        "permissions, or "
                        "does not support this operation",
                        NULL);
    } else if (fault == SIM_FAULT_CONTENT && detail != NULL) {
        sim_graph_error(c, 400, 100, 0, detail, NULL);
    } else {
        sim_graph_error(c, 400, 368, 1390008,
                        "The action attempted has been deemed abusive or is otherwise disallowed", NULL);
    }
}

/* ---- reading ---- */

static struct json *person_json(struct sim_call *c, const struct sim_person *person)
{
    const struct sim *sim = c->sim;
    struct json *j = json_object(c->a);

    if (person == NULL) {
        json_set_str(c->a, j, "id", str_from(sim->lines[SIM_FACEBOOK].account.account_id));
        json_set_str(c->a, j, "name", str_from(sim->config.brand));
        return j;
    }
    json_set_str(c->a, j, "id", person->ids[SIM_FACEBOOK]);
    json_set_str(c->a, j, "name", person->name);
    return j;
}

static struct json *item_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *j = json_object(c->a), *parent;

    json_set_str(c->a, j, "id", item->id);
    json_set_str(c->a, j, "message", item->text);
    json_set_str(c->a, j, "created_time", sim_graph_time(c->a, item->at));
    json_set(c->a, j, "from", person_json(c, item->author));
    json_set_str(c->a, j, "permalink_url", str_format(c->a, "https://www.facebook.com/%.*s", STR_ARGS(item->id)));
    if (item->kind == SIM_POST) {
        json_set_bool(c->a, j, "is_published", true);
        json_set_str(c->a, j, "updated_time",
                     sim_graph_time(c->a, item->edited_at != 0 ? item->edited_at : item->at));
        return j;
    }
    json_set_bool(c->a, j, "is_hidden", item->hidden);
    json_set_bool(c->a, j, "can_reply_privately", item->author != NULL && !item->answered_privately);
    if (item->parent != NULL && item->parent->kind == SIM_COMMENT) {
        parent = json_object(c->a);
        json_set_str(c->a, parent, "id", item->parent->id);
        json_set_str(c->a, parent, "message", item->parent->text);
        json_set(c->a, j, "parent", parent);
    }
    return j;
}

static void list_item(struct sim_call *c, struct sim_graph_list *list, const struct sim_item *item)
{
    if (item->at >= list->since && sim_graph_listed(list))
        json_push(c->a, list->data, item_json(c, item));
}

/* A lenient simulator has forgotten what was added to the posts it remembers: it does not list them. */
static bool is_listed(const struct sim *sim, const struct sim_item *item, bool visitors)
{
    return item->network == SIM_FACEBOOK && item->kind == SIM_POST && !item->deleted &&
           (visitors || item->author == NULL) && !(item->past && sim->config.lenient);
}

/* Newest first, as Graph lists posts: those of the Page, or of visitors too. */
static void list_posts(struct sim_call *c, bool visitors)
{
    struct sim_graph_list list = sim_graph_list(c);
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);

    for (i = 0; i < count; i++)
        if (is_listed(c->sim, all[i], visitors))
            list_item(c, &list, all[i]);
    sim_graph_answer_list(c, &list);
}

/* All levels with filter=stream, else what answers the object itself. */
static void list_comments(struct sim_call *c, const struct sim_item *of)
{
    bool stream = str_eq(http_query(c->req, "filter"), STR("stream"));
    struct sim_graph_list list = sim_graph_list(c);
    struct sim_item *item;

    for (item = c->sim->items; item != NULL; item = item->next)
        if (item->network == SIM_FACEBOOK && item->kind == SIM_COMMENT && !item->deleted &&
            (item->parent == of || (stream && str_eq(item->root, of->id))))
            list_item(c, &list, item);
    sim_graph_answer_list(c, &list);
}

static void debug_token(struct sim_call *c)
{
    static const char *const scopes[] = {"pages_show_list",         "pages_read_engagement",
                                         "pages_read_user_content", "pages_manage_engagement",
                                         "pages_manage_metadata",   "pages_messaging"};
    struct json *data = json_object(c->a), *list = json_array(c->a);
    size_t n;

    for (n = 0; n < COUNT_OF(scopes); n++)
        json_push(c->a, list, json_new_str(c->a, str_from(scopes[n])));
    json_set_str(c->a, data, "app_id", STR(SIM_APP_ID));
    json_set_str(c->a, data, "type", STR("PAGE"));
    json_set_bool(c->a, data, "is_valid", sim_token_ok(c, http_query(c->req, "input_token")));
    json_set_int(c->a, data, "expires_at", 0);
    json_set(c->a, data, "scopes", list);
    json_set_str(c->a, data, "profile_id", str_from(c->sim->lines[SIM_FACEBOOK].account.account_id));
    c->answer = json_object(c->a);
    json_set(c->a, c->answer, "data", data);
}

/* ---- writing ---- */

static bool text_fits(struct sim_call *c, struct str text, bool media)
{
    if (text.len == 0 && !media) {
        facebook_refuse(c, SIM_FAULT_CONTENT, "(#100) Missing message or attachment");
        return false;
    }
    if (text_length(c->a, text, LENGTH_CHARACTERS) > COMMENT_MAX) {
        facebook_refuse(c, SIM_FAULT_CONTENT, "(#100) Param message must be at most 8000 characters long");
        return false;
    }
    if (sim_fault_take(c->sim, SIM_FACEBOOK, SIM_FAULT_CONTENT)) {
        facebook_refuse(c, SIM_FAULT_CONTENT, NULL);
        return false;
    }
    return true;
}

static void write_item(struct sim_call *c, struct sim_item *target, struct str text, struct sim_media *media)
{
    struct sim *sim = c->sim;
    enum sim_kind kind = target == NULL ? SIM_POST : SIM_COMMENT;
    struct str root = target == NULL ? STR_EMPTY : target->root;
    struct sim_item *item;
    uint64_t echo;
    bool first;

    item = sim_item_new(sim, SIM_FACEBOOK, kind, sim_new_id(sim, SIM_FACEBOOK, kind, NULL, root));
    item->root = target == NULL ? item->id : target->root;
    item->parent = target;
    if (target != NULL && target->kind == SIM_COMMENT && target->parent != NULL &&
        target->parent->kind == SIM_COMMENT)
        item->parent = target->parent; /* two levels only */
    item->text = sim_copy(sim, text);
    item->media = media;
    if (media != NULL)
        item->media_kind = STR("picture");
    sim_call_sent(c, item, target == NULL ? "post" : "comment", target == NULL ? STR_EMPTY : target->id);
    echo = sim_facebook_echo(sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    sim_graph_answer_id(c, item->id);
}

static void post_comment(struct sim_call *c, struct sim_item *target)
{
    struct sim_media *media = sim_call_upload(c);

    if (media == NULL)
        media = sim_media_find(c->sim, sim_param(c, "attachment_id"));
    if (!text_fits(c, sim_param(c, "message"), media != NULL || sim_param(c, "attachment_url").len > 0))
        return;
    if (target->author != NULL && target->author->blocked[SIM_FACEBOOK]) {
        facebook_refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    if (sim_fault_take(c->sim, SIM_FACEBOOK, SIM_FAULT_BLOCKED)) {
        facebook_refuse(c, SIM_FAULT_BLOCKED, NULL);
        return;
    }
    write_item(c, target, sim_param(c, "message"), media);
}

/* POST on an item: a comment of one's own is edited, anybody's is hidden or shown. */
static void change_item(struct sim_call *c, struct sim_item *item)
{
    struct str text = sim_param(c, "message"), hidden = sim_param(c, "is_hidden");

    if (json_is(json_get(c->body, "is_hidden"), JSON_BOOL))
        hidden = json_bool(json_get(c->body, "is_hidden"), false) ? STR("true") : STR("false");
    if (hidden.len > 0) {
        item->hidden = str_eq(hidden, STR("true")) || str_eq(hidden, STR("1"));
        sim_facebook_feed(c->sim, c->a, item, item->hidden ? "hide" : "unhide", c->sim->config.echo_ms);
        sim_graph_answer_success(c);
        return;
    }
    if (item->author != NULL) {
        sim_graph_error(c, 403, 200, 0, "(#200) Only the author can edit this", NULL);
        return;
    }
    if (!text_fits(c, text, false))
        return;
    item->text = sim_copy(c->sim, text);
    item->edited_at = sim_now(c->sim);
    sim_facebook_feed(c->sim, c->a, item, "edited", c->sim->config.echo_ms);
    sim_graph_answer_success(c);
}

static void remove_item(struct sim_call *c, struct sim_item *item)
{
    item->deleted = true;
    sim_changed(c->sim);
    sim_facebook_feed(c->sim, c->a, item, "remove", c->sim->config.echo_ms);
    sim_graph_answer_success(c);
}

/* ---- routing ---- */

static void serve_page(struct sim_call *c, struct str edge)
{
    bool post = c->req->method == HTTP_POST;

    if (edge.len == 0) {
        c->answer = person_json(c, NULL);
    } else if (str_eq(edge, STR("messages")) && post) {
        sim_messenger_send(c);
    } else if (str_eq(edge, STR("message_attachments")) && post) {
        sim_messenger_upload(c);
    } else if (str_eq(edge, STR("conversations"))) {
        sim_messenger_talks(c);
    } else if (str_eq(edge, STR("subscribed_apps"))) {
        sim_graph_answer_success(c);
    } else if (str_eq(edge, STR("feed")) && post) {
        if (text_fits(c, sim_param(c, "message"), false))
            write_item(c, NULL, sim_param(c, "message"), NULL);
    } else if (str_eq(edge, STR("photos")) && post) {
        struct sim_media *media = sim_call_upload(c);
        if (media == NULL)
            facebook_refuse(c, SIM_FAULT_CONTENT, "(#324) Requires upload file");
        else
            sim_graph_answer_id(c, media->id);
    } else if (str_eq(edge, STR("published_posts")) || str_eq(edge, STR("feed")) || str_eq(edge, STR("posts"))) {
        list_posts(c, !str_eq(edge, STR("published_posts")));
    } else {
        facebook_refuse(c, SIM_FAULT_GONE, NULL);
    }
}

static void serve_item(struct sim_call *c, struct sim_item *item, struct str edge)
{
    enum http_method method = c->req->method;

    if (str_eq(edge, STR("comments")) && method == HTTP_POST)
        post_comment(c, item);
    else if (str_eq(edge, STR("comments")))
        list_comments(c, item);
    else if (edge.len > 0 && method == HTTP_POST)
        sim_graph_answer_success(c); /* likes and the like */
    else if (method == HTTP_POST)
        change_item(c, item);
    else if (method == HTTP_DELETE)
        remove_item(c, item);
    else
        c->answer = item_json(c, item);
}

static void facebook_serve(struct sim_call *c)
{
    struct sim *sim = c->sim;
    struct str edge = c->count > 1 ? c->parts[1] : STR_EMPTY;
    struct str object = c->count > 0 ? c->parts[0] : STR_EMPTY;
    struct sim_person *person;
    struct sim_item *item;

    if (str_eq(object, STR("debug_token"))) {
        debug_token(c);
        return;
    }
    if (str_eq(object, STR("me")) || str_eq(object, str_from(sim->lines[SIM_FACEBOOK].account.account_id))) {
        serve_page(c, edge);
        return;
    }
    person = edge.len == 0 ? sim_person_of(sim, SIM_FACEBOOK, object) : NULL;
    if (person != NULL) {
        c->answer = person_json(c, person);
        return;
    }
    item = sim_call_target(c, object, SIM_COMMENT);
    if (item == NULL || item->kind == SIM_PRIVATE)
        facebook_refuse(c, SIM_FAULT_GONE, NULL);
    else
        serve_item(c, item, edge);
}

/* ---- customers ---- */

/* Typing and blocks are told to nobody. */
static void tell(struct sim_deed *d)
{
    if (d->item == NULL)
        return;
    if (d->item->kind == SIM_PRIVATE)
        sim_messenger_tell(d);
    else if (d->verb == SIM_LIKED)
        sim_facebook_reaction(d->sim, d->a, d->item, d->person);
    else
        sim_facebook_feed(d->sim, d->a, d->item,
                          d->verb == SIM_WROTE    ? "add"
                          : d->verb == SIM_EDITED ? "edited"
                                                  : "remove",
                          0);
}

/* ---- ids ---- */

/* root of a comment: the post's id, PAGE_POST; a comment is called POST_COMMENT. */
static struct str comment_id(struct sim *sim, struct str root)
{
    ptrdiff_t underscore = str_find_char(root, '_');
    struct str post = underscore < 0 ? root : str_slice(root, (size_t)underscore + 1, root.len);
    struct str digits = sim_digits(sim->state, 15);

    return str_format(sim->state, "%.*s_%.*s", STR_ARGS(post), STR_ARGS(digits));
}

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str random;

    (void)person;
    if (kind == SIM_COMMENT)
        return comment_id(sim, root);
    if (kind == SIM_POST) {
        random = sim_digits(sim->state, 15);
        return str_format(sim->state, "%s_%.*s", sim->lines[SIM_FACEBOOK].account.account_id, STR_ARGS(random));
    }
    random = random_token(sim->state, 64);
    return str_format(sim->state, "m_%.*s", STR_ARGS(random));
}

/* ---- the network ---- */

static const struct sim_place places[] = {
    {.name = "facebook",
     .label = {"Facebook", "Facebook"},
     .advice =
         {"Commenta un post di {} come farebbe un cliente scontento, poi guarda la scrivania: sei già in lista.",
          "Comment on a post of {} as an unhappy customer would, then look at the desk: you are on the list "
          "already."},
     .write = {"Scrivi sulla pagina di {}", "Write on the page of {}"},
     .rank = 1},
    {.name = "messenger",
     .label = {"Messenger", "Messenger"},
     .advice = {"Scrivi in privato, poi correggi quello che hai scritto: la scrivania mostra com’era prima.",
                "Write in private, then edit what you wrote: the desk shows what it said before."},
     .rank = 2,
     .private = true},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"La fibra arriva a Torino Nord: da lunedì i nostri tecnici sono in Barriera di Milano. Se abiti lì, scrivici.",
     3},
    {"Da oggi la eSIM si attiva anche dall’app. Hai domande? Rispondiamo qui sotto, con nome e cognome.", 1},
    {0},
};

static const struct sim_past_door doors[] = {
    {"comment", "comment"}, {"private_reply", "message"}, {"messenger", "message"}, {0}};

const struct sim_driver sim_facebook = {
    .name = "facebook",
    .label = {"Facebook, Messenger", "Facebook, Messenger"},
    .base = "/graph",
    .account = {"104872390114503", "simulated-page-token", "simulated-app-secret", "simulated-verify", NULL},
    .named = {"page_id", "access_token", "app_secret", "verify_token", NULL},
    .places = places,
    .posts = posts,
    .doors = doors,
    .new_id = new_id,
    .acts = "post comment message edit delete react read typing block unblock",
    .attach_public = "picture",
    .attach_private = "picture sticker location file unsupported",
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 2,
    .tell = tell,
    .sign = sim_meta_sign,
    .shake = sim_meta_shake,
    .shaken = sim_meta_shaken,
    .join = sim_meta_join,
    .versioned = true,
    .token = sim_graph_given,
    .sends = facebook_sends,
    .serve = facebook_serve,
    .refuse = facebook_refuse,
    .headers = sim_graph_headers,
};
