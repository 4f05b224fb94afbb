/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Instagram account: what it published, the comments under it, mentions elsewhere, and its private
 * talks (sim_messenger.c). Reached as with Instagram's own login; webhooks of posts are in sim_instagram_events.c. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_meta.h"

#define COMMENT_MAX 2200

static bool sends(struct sim_call *c)
{
    if (c->req->method != HTTP_POST)
        return false;
    if (sim_graph_ends(c, "messages"))
        return sim_param(c, "sender_action").len == 0;
    return sim_graph_ends(c, "replies") || sim_graph_ends(c, "comments") || sim_graph_ends(c, "mentions");
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    bool private = sim_graph_ends(c, "messages");

    if (fault == SIM_FAULT_TOKEN && detail != NULL) {
        sim_graph_error(c, 400, 190, 0, "Invalid OAuth access token - Cannot parse access token", NULL);
    } else if (fault == SIM_FAULT_TOKEN) {
        sim_graph_error(c, 400, 190, 463, "Error validating access token: Session has expired", NULL);
    } else if (fault == SIM_FAULT_PERMISSION) {
        sim_graph_error(c, 403, 10, 0, "(#10) Application does not have permission for this action", NULL);
    } else if (fault == SIM_FAULT_RATE) {
        c->limited = true;
        if (private)
            sim_graph_error(c, 400, 613, 0, "(#613) Calls to this api have exceeded the rate limit.", NULL);
        else
            sim_graph_error(c, 400, 80002, 0, "(#80002) There have been too many calls to this Instagram account.",
                            NULL);
    } else if (fault == SIM_FAULT_WINDOW) {
        sim_graph_error(c, 400, 10, 2534022, "(#10) This message is sent outside of allowed window.", NULL);
    } else if (fault == SIM_FAULT_BLOCKED) {
        sim_graph_error(c, 400, 551, 1545041, "(#551) This person isn't available right now.", NULL);
    } else if (fault == SIM_FAULT_GONE) {
        sim_graph_error(
            c, 400, 100, 33,
            "Unsupported post request. Object does not exist, cannot be loaded due to missing permissions, "
            "or does not support this operation",
            NULL);
    } else if (detail != NULL) {
        sim_graph_error(c, 400, 100, 0, detail, NULL);
    } else {
        sim_graph_error(c, 400, 368, 1390008,
                        "The action attempted has been deemed abusive or is otherwise disallowed", NULL);
    }
}

/* ---- lists ---- */

static bool is_under(const struct sim_item *item, const struct sim_item *of)
{
    return item->network == SIM_INSTAGRAM && item->kind == SIM_COMMENT && !item->deleted && item->parent == of;
}

static int64_t comments_of(const struct sim *sim, const struct sim_item *media)
{
    const struct sim_item *item;
    int64_t n = 0;

    for (item = sim->items; item != NULL; item = item->next)
        n += item->network == SIM_INSTAGRAM && item->kind == SIM_COMMENT && !item->deleted &&
             str_eq(item->root, media->id);
    return n;
}

static struct json *media_json(struct sim_call *c, const struct sim_item *item)
{
    struct json *j = json_object(c->a);

    json_set_str(c->a, j, "id", item->id);
    json_set_str(c->a, j, "caption", item->text);
    json_set_str(c->a, j, "media_type", STR("IMAGE"));
    json_set_str(c->a, j, "timestamp", sim_graph_time(c->a, item->at));
    json_set_str(c->a, j, "permalink", str_format(c->a, "https://www.instagram.com/p/%.*s/", STR_ARGS(item->id)));
    json_set_int(c->a, j, "comments_count", comments_of(c->sim, item));
    return j;
}

static struct json *comment_json(struct sim_call *c, const struct sim_item *item, bool with_replies)
{
    struct json *j = json_object(c->a), *user, *replies;
    const struct sim_item *one;
    struct sim_graph_list list = {json_array(c->a), 0, 50, 0, 0};

    json_set_str(c->a, j, "id", item->id);
    json_set_str(c->a, j, "text", item->text);
    json_set_str(c->a, j, "timestamp", sim_graph_time(c->a, item->at));
    json_set(c->a, j, "from", sim_instagram_author(c->sim, c->a, item->author));
    json_set_str(c->a, j, "username", item->author != NULL ? item->author->handle : str_from(c->sim->config.handle));
    if (item->author == NULL) {
        user = json_object(c->a);
        json_set_str(c->a, user, "id", str_from(c->sim->lines[SIM_INSTAGRAM].account.account_id));
        json_set(c->a, j, "user", user);
    }
    if (item->parent != NULL && item->parent->kind == SIM_COMMENT)
        json_set_str(c->a, j, "parent_id", item->parent->id);
    if (!with_replies)
        return j;
    for (one = c->sim->items; one != NULL; one = one->next)
        if (is_under(one, item) && sim_graph_listed(&list))
            json_push(c->a, list.data, comment_json(c, one, false));
    replies = sim_graph_list_json(c, &list);
    if (json_count(list.data) > 0)
        json_set(c->a, j, "replies", replies);
    return j;
}

/* A lenient simulator has forgotten what was said under the posts it remembers: it does not list them. */
static void list_media(struct sim_call *c)
{
    struct sim_graph_list list = sim_graph_list(c);
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);

    for (i = 0; i < count; i++)
        if (all[i]->kind == SIM_POST && !all[i]->deleted && all[i]->author == NULL &&
            !(all[i]->past && c->sim->config.lenient) && sim_graph_listed(&list))
            json_push(c->a, list.data, media_json(c, all[i]));
    sim_graph_answer_list(c, &list);
}

static void list_comments(struct sim_call *c, const struct sim_item *of)
{
    struct sim_graph_list list = sim_graph_list(c);
    const struct sim_item *item;

    for (item = c->sim->items; item != NULL; item = item->next)
        if (is_under(item, of) && sim_graph_listed(&list))
            json_push(c->a, list.data, comment_json(c, item, of->kind == SIM_POST));
    sim_graph_answer_list(c, &list);
}

/* ---- writing ---- */

static bool may_write(struct sim_call *c, const struct sim_item *target, struct str text)
{
    if (text.len == 0)
        refuse(c, SIM_FAULT_CONTENT, "(#100) The parameter message is required");
    else if (text_length(c->a, text, LENGTH_CHARACTERS) > COMMENT_MAX)
        refuse(c, SIM_FAULT_CONTENT, "(#100) Param message must be at most 2200 characters long");
    else if (sim_fault_take(c->sim, SIM_INSTAGRAM, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    else if (target->hidden || (target->author != NULL && target->author->blocked[SIM_INSTAGRAM]))
        refuse(c, SIM_FAULT_GONE, NULL);
    else if (sim_fault_take(c->sim, SIM_INSTAGRAM, SIM_FAULT_BLOCKED))
        refuse(c, SIM_FAULT_BLOCKED, NULL);
    else
        return true;
    return false;
}

/* An answer to an answer stands under the first comment. */
static void write_comment(struct sim_call *c, struct sim_item *target, const char *door)
{
    struct sim *sim = c->sim;
    struct str text = sim_param(c, "message");
    struct sim_item *item;
    uint64_t echo;
    bool first;

    if (!may_write(c, target, text))
        return;
    item = sim_item_new(sim, SIM_INSTAGRAM, SIM_COMMENT,
                        sim_new_id(sim, SIM_INSTAGRAM, SIM_COMMENT, NULL, target->root));
    item->root = target->root;
    item->parent = target;
    if (target->parent != NULL && target->parent->kind == SIM_COMMENT)
        item->parent = target->parent;
    item->text = sim_copy(sim, text);
    sim_call_sent(c, item, door, target->id);
    echo = sim_instagram_comment(sim, c->a, item, sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    sim_graph_answer_id(c, item->id);
}

/* Where somebody named us: their post, or a comment under it. */
static void answer_mention(struct sim_call *c)
{
    struct str comment = sim_param(c, "comment_id"), media = sim_param(c, "media_id");
    struct sim_item *target = sim_call_target(c, comment.len > 0 ? comment : media, SIM_COMMENT);

    if (target == NULL || target->kind == SIM_PRIVATE || !str_eq(target->root, media))
        refuse(c, SIM_FAULT_GONE, NULL);
    else
        write_comment(c, target, "mention");
}

/* ---- routing ---- */

static void tell_us(struct sim_call *c)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", str_from(c->sim->lines[SIM_INSTAGRAM].account.account_id));
    json_set_str(c->a, c->answer, "user_id", str_from(c->sim->lines[SIM_INSTAGRAM].account.account_id));
    json_set_str(c->a, c->answer, "username", str_from(c->sim->config.handle));
    json_set_str(c->a, c->answer, "account_type", STR("BUSINESS"));
}

static void serve_us(struct sim_call *c, struct str edge)
{
    bool post = c->req->method == HTTP_POST;

    if (edge.len == 0 && sim_instagram_mentioned(c))
        return;
    if (edge.len == 0)
        tell_us(c);
    else if (str_eq(edge, STR("messages")) && post)
        sim_messenger_send(c);
    else if (str_eq(edge, STR("message_attachments")) && post)
        sim_messenger_upload(c);
    else if (str_eq(edge, STR("conversations")))
        sim_messenger_talks(c);
    else if (str_eq(edge, STR("media")) && !post)
        list_media(c);
    else if (str_eq(edge, STR("mentions")) && post)
        answer_mention(c);
    else if (str_eq(edge, STR("subscribed_apps")))
        sim_graph_answer_success(c);
    else
        refuse(c, SIM_FAULT_GONE, NULL);
}

static void serve_item(struct sim_call *c, struct sim_item *item, struct str edge)
{
    enum http_method method = c->req->method;
    bool below = str_eq(edge, item->kind == SIM_POST ? STR("comments") : STR("replies"));

    if (below && method == HTTP_POST) {
        write_comment(c, item, "comment");
    } else if (below) {
        list_comments(c, item);
    } else if (edge.len > 0) {
        refuse(c, SIM_FAULT_GONE, NULL);
    } else if (method == HTTP_POST) {
        item->hidden = str_eq(sim_param(c, "hide"), STR("true"));
        sim_graph_answer_success(c);
    } else if (method == HTTP_DELETE) {
        item->deleted = true;
        sim_changed(c->sim);
        sim_graph_answer_success(c);
    } else {
        c->answer = item->kind == SIM_POST ? media_json(c, item) : comment_json(c, item, true);
    }
}

static void serve_person(struct sim_call *c, const struct sim_person *person)
{
    c->answer = json_object(c->a);
    json_set_str(c->a, c->answer, "id", person->ids[SIM_INSTAGRAM]);
    json_set_str(c->a, c->answer, "name", person->name);
    json_set_str(c->a, c->answer, "username", person->handle);
}

static void serve(struct sim_call *c)
{
    struct str object = c->count > 0 ? c->parts[0] : STR_EMPTY, edge = c->count > 1 ? c->parts[1] : STR_EMPTY;
    const struct sim_person *person = edge.len == 0 ? sim_person_of(c->sim, SIM_INSTAGRAM, object) : NULL;
    struct sim_item *item;

    if (sim_graph_tokens(c))
        return;
    if (str_eq(object, STR("me")) || str_eq(object, str_from(c->sim->lines[SIM_INSTAGRAM].account.account_id))) {
        serve_us(c, edge);
        return;
    }
    if (person != NULL) {
        serve_person(c, person);
        return;
    }
    item = sim_call_target(c, object, SIM_COMMENT);
    if (item == NULL || item->kind == SIM_PRIVATE)
        refuse(c, SIM_FAULT_GONE, NULL);
    else
        serve_item(c, item, edge);
}

/* ---- customers ---- */

static bool may(const struct sim_deed *d, struct error *e)
{
    if (d->verb == SIM_EDITED && d->item->kind != SIM_PRIVATE)
        return fail(e, ERR_BAD_INPUT, "Comments cannot be edited");
    return true;
}

static void tell(struct sim_deed *d)
{
    const struct sim_item *post =
        d->item != NULL && d->item->kind == SIM_COMMENT ? sim_item_find(d->sim, SIM_INSTAGRAM, d->item->root) : NULL;

    if (d->item != NULL && d->item->kind == SIM_PRIVATE)
        sim_messenger_tell(d);
    else if (d->item == NULL || d->verb != SIM_WROTE)
        return;
    else if (post == NULL || post->author == NULL)
        sim_instagram_comment(d->sim, d->a, d->item, 0);
    else if (sim_instagram_names_us(d->sim, d->a, d->item))
        sim_instagram_mention(d->sim, d->a, d->item);
}

/* Somebody names us in a post of their own. */
static bool own_act(struct sim_deed *d, struct error *e)
{
    struct sim *sim = d->sim;

    if (!str_eq(d->act->what, STR("mention")))
        return fail(e, ERR_BAD_INPUT, "There is no such act");
    if (str_trim(d->act->text).len == 0)
        return fail(e, ERR_BAD_INPUT, "Nothing is written");
    d->item =
        sim_item_new(sim, SIM_INSTAGRAM, SIM_POST, sim_new_id(sim, SIM_INSTAGRAM, SIM_POST, d->person, STR_EMPTY));
    d->item->root = d->item->id;
    d->item->author = d->person;
    d->item->text = text_clean(sim->state, sim_copy(sim, d->act->text));
    sim_changed(sim);
    if (sim_instagram_names_us(sim, d->a, d->item))
        sim_instagram_mention(sim, d->a, d->item);
    return true;
}

/* ---- the network ---- */

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str random = kind == SIM_PRIVATE ? random_token(sim->state, 48) : sim_digits(sim->state, 15);

    (void)person;
    (void)root;
    return str_format(sim->state, kind == SIM_PRIVATE ? "aWdfZAG1f%.*s" : "18%.*s", STR_ARGS(random));
}

static const struct sim_place places[] = {
    {.name = "instagram",
     .label = {"Instagram", "Instagram"},
     .advice =
         {"Commenta un post di @{}: la risposta può arrivare lì sotto oppure, una volta sola, in privato. O "
          "nominalo in un post tuo, o sotto quello di un altro: Instagram dice solo dove, e le parole vanno "
          "chieste.",
          "Comment on a post of @{}: the answer may come below it or, once only, in private. Or name it in a "
          "post of your own, or below somebody else's: Instagram says only where, and the words are asked for."},
     .write = {"Pubblica un post tuo in cui nomini @{}", "Publish a post of yours that names @{}"},
     .by_handle = true,
     .rank = 6,
     .no_edit = true},
    {.name = "instagram-dm",
     .label = {"Instagram, privato", "Instagram, private"},
     .advice = {"Scrivi un messaggio e poi annulla l’invio: dalla scrivania sparisce.",
                "Write a message, then unsend it: it is gone from the desk."},
     .rank = 7,
     .private = true},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"Il nuovo negozio di Bari apre sabato: caffè per tutti, e le vostre domande prima di tutto. ☕", 4},
    {"Chi ci lavora dietro la vostra rete? Oggi vi presentiamo Samir, che risponde al telefono da sei anni.", 1},
    {0},
};

static const struct sim_past_door past[] = {
    {"comment", "comment"}, {"private_reply", "message"}, {"dm", "message"}, {0}};
static const char *const more[] = {"username",      "nuvolamobile", "app_id",
                                   "simulated-app", "consent_base", SIM_OWN_BASE,
                                   "code_base",     SIM_OWN_BASE,   NULL};

const struct sim_driver sim_instagram = {
    .name = "instagram",
    .base = "/instagram",
    .account = {"17841400000000218", "simulated-instagram-token", "simulated-instagram-secret", "simulated-verify",
                NULL},
    .named = {"user_id", "access_token", "app_secret", "verify_token", NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = past,
    .shows_handles = true,
    .new_id = new_id,
    .acts = "comment message edit delete react read block unblock mention",
    .attach_private = "picture unsupported",
    .post = SIM_POST,
    .comment = SIM_COMMENT,
    .levels = 2,
    .may = may,
    .tell = tell,
    .own_act = own_act,
    .sign = sim_meta_sign,
    .shake = sim_meta_shake,
    .shaken = sim_meta_shaken,
    .join = sim_meta_join,
    .versioned = true,
    .token = sim_graph_given,
    .token_ok = sim_graph_token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
    .headers = sim_graph_headers,
};
