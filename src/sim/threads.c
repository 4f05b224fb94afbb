/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Threads: posts that name the brand and answers to its own, containers and their publication, lists.
 * The brand hears of replies and mentions; of likes, edits and posts that are taken away it hears nothing. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_meta.h"

#define TEXT_MAX  500
#define CONTAINER "threads/container" /* kept as media: its name is what it answers, its bytes the words */

static bool sends(struct sim_call *c)
{
    return c->req->method == HTTP_POST && (sim_graph_ends(c, "threads") || sim_graph_ends(c, "threads_publish"));
}

static void refuse(struct sim_call *c, enum sim_fault fault, const char *detail)
{
    if (fault == SIM_FAULT_TOKEN && detail != NULL) {
        sim_graph_error(c, 400, 190, 0, "Invalid OAuth access token - Cannot parse access token", NULL);
    } else if (fault == SIM_FAULT_TOKEN) {
        sim_graph_error(c, 400, 190, 463, "Error validating access token: Session has expired", NULL);
    } else if (fault == SIM_FAULT_PERMISSION) {
        sim_graph_error(c, 403, 10, 0, "Application does not have permission for this action", NULL);
    } else if (fault == SIM_FAULT_RATE) {
        c->limited = true;
        sim_graph_error(c, 403, 4, 0, "Application request limit reached", NULL);
    } else if (fault == SIM_FAULT_GONE) {
        sim_graph_error(c, 400, 24, 4279009, "The requested resource does not exist", NULL);
    } else if (detail != NULL) {
        sim_graph_error(c, 400, 100, 0, detail, NULL);
    } else {
        sim_graph_error(c, 400, 368, 1390008,
                        "The action attempted has been deemed abusive or is otherwise disallowed", NULL);
    }
}

static struct str us(const struct sim *sim)
{
    return str_from(sim->lines[SIM_THREADS].account.account_id);
}

static struct str username_of(const struct sim *sim, const struct sim_item *item)
{
    return item->author != NULL ? item->author->handle : str_from(sim->config.handle);
}

/* ---- posts, as webhooks and lists show them ---- */

static bool is_answered(const struct sim *sim, const struct sim_item *item)
{
    const struct sim_item *one = sim->items;

    while (one != NULL && (one->parent != item || one->deleted))
        one = one->next;
    return one != NULL;
}

static struct json *id_json(struct arena *a, struct str id)
{
    struct json *j = json_object(a);

    json_set_str(a, j, "id", id);
    return j;
}

static struct json *post_json(struct sim *sim, struct arena *a, const struct sim_item *item)
{
    const struct sim_item *root = sim_item_find(sim, SIM_THREADS, item->root);
    struct str handle = username_of(sim, item);
    struct json *j = json_object(a), *top = id_json(a, item->root);

    json_set_str(a, j, "id", item->id);
    json_set_str(a, j, "username", handle);
    if (item->text.len > 0)
        json_set_str(a, j, "text", item->text);
    json_set_str(a, j, "media_type", item->media != NULL ? STR("IMAGE") : STR("TEXT_POST"));
    if (item->media != NULL)
        json_set_str(a, j, "media_url", sim_media_url(sim, a, item->media));
    json_set_str(a, j, "permalink",
                 str_format(a, "https://www.threads.net/@%.*s/post/%.*s", STR_ARGS(handle), STR_ARGS(item->id)));
    json_set_str(a, j, "timestamp", sim_graph_time(a, item->at));
    json_set_bool(a, j, "has_replies", is_answered(sim, item));
    json_set_bool(a, j, "is_reply", item->parent != NULL);
    if (item->parent == NULL)
        return j;
    json_set(a, j, "replied_to", id_json(a, item->parent->id));
    if (root != NULL)
        json_set_str(a, top, "username", username_of(sim, root));
    json_set(a, j, "root_post", top);
    json_set_bool(a, j, "is_reply_owned_by_me", item->author == NULL);
    return j;
}

/* ---- webhooks ---- */

static uint64_t queue(struct sim *sim, struct arena *a, struct sim_item *item, const char *field, int delay_ms)
{
    struct json *body = json_object(a), *values = json_object(a);

    json_set_str(a, values, "field", str_from(field));
    json_set(a, values, "value", post_json(sim, a, item));
    json_set_str(a, body, "app_id", STR(SIM_APP_ID));
    json_set_str(a, body, "topic", STR("moderate"));
    json_set_str(a, body, "target_id", us(sim));
    json_set_int(a, body, "time", sim_now(sim) / SECOND_US);
    json_set_str(a, body, "subscription_id", STR("880244019377513"));
    json_set_bool(a, body, "has_uid_field", false);
    json_set(a, body, "values", values);
    return sim_hook_add(sim, SIM_THREADS, item, sim_meta_escape(a, json_to_str(a, body)), delay_ms);
}

static bool names_us(const struct sim *sim, const struct sim_item *item, struct arena *a)
{
    struct str at = str_concat(a, STR("@"), str_from(sim->config.handle));

    return str_find(str_lower(a, item->text), str_lower(a, at)) >= 0;
}

static bool under_ours(const struct sim_item *item)
{
    const struct sim_item *up = item->parent;

    while (up != NULL && up->author != NULL)
        up = up->parent;
    return up != NULL;
}

/* One that answers us and names us comes in both ways. */
static void tell(struct sim_deed *d)
{
    if (d->verb != SIM_WROTE)
        return;
    if (under_ours(d->item))
        queue(d->sim, d->a, d->item, "replies", 0);
    if (d->item->parent == NULL || names_us(d->sim, d->item, d->a))
        queue(d->sim, d->a, d->item, "mentions", 0);
}

/* ---- lists ---- */

typedef bool listed_fn(struct sim_call *c, const struct sim_item *item, const struct sim_item *of);

static bool is_ours(struct sim_call *c, const struct sim_item *item, const struct sim_item *of)
{
    (void)of;
    return item->author == NULL && item->parent == NULL && !(item->past && c->sim->config.lenient);
}

static bool is_below(struct sim_call *c, const struct sim_item *item, const struct sim_item *of)
{
    (void)c;
    return item != of && str_eq(item->root, of->id);
}

static bool is_answer(struct sim_call *c, const struct sim_item *item, const struct sim_item *of)
{
    (void)c;
    return item->parent == of;
}

static bool is_mention(struct sim_call *c, const struct sim_item *item, const struct sim_item *of)
{
    (void)of;
    return item->author != NULL && !item->past && (item->parent == NULL || names_us(c->sim, item, c->a));
}

/* The newest first. */
static void list(struct sim_call *c, listed_fn *wanted, const struct sim_item *of)
{
    struct sim_graph_list page = sim_graph_list(c);
    size_t count, i;
    struct sim_item **all = sim_call_newest(c, &count);

    for (i = 0; i < count; i++)
        if (!all[i]->deleted && all[i]->at >= page.since && wanted(c, all[i], of) && sim_graph_listed(&page))
            json_push(c->a, page.data, post_json(c->sim, c->a, all[i]));
    sim_graph_answer_list(c, &page);
}

/* ---- writing: a container, then its publication ---- */

static struct str address_of(struct sim_call *c)
{
    return sim_param(c, str_eq(sim_param(c, "media_type"), STR("VIDEO")) ? "video_url" : "image_url");
}

static bool may_write(struct sim_call *c, struct str text)
{
    struct str type = sim_param(c, "media_type");
    bool words = str_eq(type, STR("TEXT"));

    if (!words && !str_eq(type, STR("IMAGE")) && !str_eq(type, STR("VIDEO")))
        refuse(c, SIM_FAULT_CONTENT, "Param media_type must be one of {TEXT, IMAGE, VIDEO}");
    else if (!words && !sim_is_address(address_of(c)))
        refuse(c, SIM_FAULT_CONTENT, "Only photo or video can be accepted as media type.");
    else if (words && text.len == 0)
        refuse(c, SIM_FAULT_CONTENT, "The parameter text is required");
    else if (text_length(c->a, text, LENGTH_EMOJI_BYTES) > TEXT_MAX)
        refuse(c, SIM_FAULT_CONTENT, "Param text must be at most 500 characters long.");
    else if (sim_fault_take(c->sim, SIM_THREADS, SIM_FAULT_CONTENT))
        refuse(c, SIM_FAULT_CONTENT, NULL);
    else
        return true;
    return false;
}

static void make_container(struct sim_call *c)
{
    struct str text = sim_param(c, "text"), to = sim_param(c, "reply_to_id");
    const struct sim_item *target = to.len > 0 ? sim_call_target(c, to, SIM_TWEET) : NULL;
    struct sim_media *container;

    if (!may_write(c, text))
        return;
    if (to.len > 0 && (target == NULL || (target->author != NULL && target->author->blocked[SIM_THREADS]))) {
        refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    container = sim_media_new(c->sim, SIM_THREADS, STR(CONTAINER), to, text);
    if (!str_eq(sim_param(c, "media_type"), STR("TEXT")))
        container->file = sim_media_fetch(c, address_of(c), STR_EMPTY);
    sim_graph_answer_id(c, container->id);
}

static struct sim_media *container_of(struct sim_call *c, struct str id)
{
    struct sim_media *media = sim_media_find(c->sim, id);

    return media != NULL && str_eq(media->mime, STR(CONTAINER)) ? media : NULL;
}

static void tell_container(struct sim_call *c, const struct sim_media *container)
{
    bool old = sim_now(c->sim) - container->at > DAY_US;

    sim_graph_answer_id(c, container->id);
    json_set_str(c->a, c->answer, "status",
                 container->ours ? STR("PUBLISHED")
                 : old           ? STR("EXPIRED")
                                 : STR("FINISHED"));
}

/* Once: after that there is no such container. */
static void publish(struct sim_call *c)
{
    struct sim *sim = c->sim;
    struct sim_media *container = container_of(c, sim_param(c, "creation_id"));
    struct sim_item *item, *to;
    uint64_t echo;
    bool first;

    if (container == NULL || container->ours) {
        refuse(c, SIM_FAULT_GONE, NULL);
        return;
    }
    container->ours = true;
    to = container->file_name.len > 0 ? sim_item_find(sim, SIM_THREADS, container->file_name) : NULL;
    item = sim_item_new(sim, SIM_THREADS, SIM_TWEET, sim_new_id(sim, SIM_THREADS, SIM_TWEET, NULL, STR_EMPTY));
    item->root = to != NULL ? to->root : item->id;
    item->parent = to;
    item->text = container->bytes;
    item->media = container->file;
    if (item->media != NULL)
        item->media_kind = STR("picture");
    sim_call_sent(c, item, to != NULL ? "reply" : "post", container->file_name);
    echo = queue(sim, c->a, item, "replies", sim_echo_delay(c, &first));
    c->after_hook = first ? echo : 0;
    sim_graph_answer_id(c, item->id);
}

/* ---- routing ---- */

static void tell_us(struct sim_call *c)
{
    sim_graph_answer_id(c, us(c->sim));
    json_set_str(c->a, c->answer, "username", str_from(c->sim->config.handle));
    json_set_str(c->a, c->answer, "name", str_from(c->sim->config.brand));
}

static void serve_us(struct sim_call *c, struct str edge)
{
    bool post = c->req->method == HTTP_POST;

    if (edge.len == 0)
        tell_us(c);
    else if (str_eq(edge, STR("threads")) && post)
        make_container(c);
    else if (str_eq(edge, STR("threads")))
        list(c, is_ours, NULL);
    else if (str_eq(edge, STR("threads_publish")) && post)
        publish(c);
    else if (str_eq(edge, STR("mentions")))
        list(c, is_mention, NULL);
    else
        refuse(c, SIM_FAULT_GONE, NULL);
}

static void serve_post(struct sim_call *c, struct sim_item *item, struct str edge)
{
    if (str_eq(edge, STR("conversation"))) {
        list(c, is_below, item);
    } else if (str_eq(edge, STR("replies"))) {
        list(c, is_answer, item);
    } else if (str_eq(edge, STR("manage_reply")) && c->req->method == HTTP_POST) {
        item->hidden = str_eq(sim_param(c, "hide"), STR("true"));
        sim_graph_answer_success(c);
    } else if (edge.len > 0) {
        refuse(c, SIM_FAULT_GONE, NULL);
    } else if (c->req->method == HTTP_DELETE) {
        item->deleted = true;
        sim_changed(c->sim);
        sim_graph_answer_success(c);
    } else {
        c->answer = post_json(c->sim, c->a, item);
    }
}

static void serve(struct sim_call *c)
{
    struct str object = c->count > 0 ? c->parts[0] : STR_EMPTY, edge = c->count > 1 ? c->parts[1] : STR_EMPTY;
    const struct sim_media *container = container_of(c, object);
    struct sim_item *item;

    if (sim_graph_tokens(c))
        return;
    if (str_eq(object, STR("me")) || str_eq(object, us(c->sim))) {
        serve_us(c, edge);
        return;
    }
    if (container != NULL) {
        tell_container(c, container);
        return;
    }
    item = sim_item_find(c->sim, SIM_THREADS, object);
    if (item == NULL || item->deleted)
        refuse(c, SIM_FAULT_GONE, NULL);
    else
        serve_post(c, item, edge);
}

/* ---- the network ---- */

static struct str new_id(struct sim *sim, enum sim_kind kind, const struct sim_person *person, struct str root)
{
    struct str digits = sim_digits(sim->state, 15);

    (void)kind;
    (void)person;
    (void)root;
    return str_format(sim->state, "18%.*s", STR_ARGS(digits));
}

static struct str new_container(struct sim *sim)
{
    return new_id(sim, SIM_TWEET, NULL, STR_EMPTY);
}

static const struct sim_place places[] = {
    {.name = "threads",
     .label = {"Threads", "Threads"},
     .advice = {"Nomina @{} in un post, o rispondi a uno dei suoi: tutto qui è pubblico.",
                "Name @{} in a post, or answer one of theirs: all is public here."},
     .write = {"Scrivi un post a @{}", "Write a post to @{}"},
     .rank = 8,
     .by_handle = true,
     .no_edit = true},
    {0},
};

static const struct sim_seed_post posts[] = {
    {"Domanda del lunedì: meglio una bolletta sola all’anno o una piccola ogni mese?", 3},
    {"Abbiamo tradotto le nostre condizioni in parole normali. Ditemi se ci siamo riusciti.", 1},
    {0},
};

static const struct sim_past_door past[] = {{"reply", "comment"}, {0}};
static const char *const more[] = {"username",     "nuvolamobile", "app_id", "simulated-app",
                                   "consent_base", SIM_OWN_BASE,   NULL};

const struct sim_driver sim_threads = {
    .name = "threads",
    .base = "/threads",
    .account = {"17841500000000218", "simulated-threads-token", "simulated-threads-secret", "simulated-verify", NULL},
    .named = {"user_id", "access_token", "app_secret", "verify_token", NULL},
    .more = more,
    .places = places,
    .posts = posts,
    .doors = past,
    .shows_handles = true,
    .new_id = new_id,
    .new_media = new_container,
    .lacks = "window blocked",
    .acts = "post comment delete react block unblock",
    .attach_public = "picture",
    .post = SIM_TWEET,
    .comment = SIM_TWEET,
    .tell = tell,
    .sign = sim_meta_sign,
    .shake = sim_meta_shake,
    .shaken = sim_meta_shaken,
    .versioned = true,
    .token = sim_graph_given,
    .token_ok = sim_graph_token_ok,
    .sends = sends,
    .serve = serve,
    .refuse = refuse,
    .headers = sim_graph_headers,
};
