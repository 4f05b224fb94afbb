/* SPDX-License-Identifier: Apache-2.0 */
/* The posts of Google+ as Google exported them (Takeout, until 2019): who owns the archive wrote the posts. Everybody
 * else who commented on a post has a closed story of their own there; the owner's comments go to whom they name, else
 * to who wrote before. Words are HTML, names have entities, and times end with +0000. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/html_text.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/import_internal.h"
#include "care/intake.h"
#include "care/ledger.h"
#include "care/people.h"
#include "channels/channel.h"

#define NETWORK      STR("googleplus")
#define NOBODY       SIZE_MAX
#define COMMENTS_MAX 5000
#define TITLE        120
#define NAME         80
#define MEDIA_MAX    20

struct remark { /* a comment; the first of a post's is the post itself */
    struct str id, author, name, html, text;
    bool ours;
    int64_t at;
    size_t order, customer;
};
struct customer {
    struct str author, name;
    bool begun;
    struct history_story story;
};
struct post {
    struct history *h;
    struct str key, title, owner, owner_name;
    bool is_public;
    int64_t channel;
    struct remark *remarks;
    size_t count;
    struct customer *customers;
    size_t customer_count;
};

/* ---- checking ---- */

static bool time_of(const struct import_run *run, const struct json *object, int64_t *at)
{
    return clock_parse_iso(json_text(json_get(object, "creationTime")), at) && *at > 0 && *at <= run->now + DAY_US;
}

/* What a post is called by: its resource name, or what stands for it in older archives. */
static struct str post_key(const struct json *line)
{
    static const char *const names[] = {"resourceName", "activityId", "url"};
    struct str key = STR_EMPTY;
    for (size_t i = 0; i < COUNT_OF(names) && !key.len; i++)
        key = str_trim(json_text(json_get(line, names[i])));
    return key;
}

bool takeout_check(const struct import_run *run, const struct json *line, struct error *e)
{
    const struct json *comments = json_get(line, "comments");
    int64_t at;
    if (!json_is(json_get(line, "author"), JSON_OBJECT) || post_key(line).len == 0)
        return fail(e, ERR_BAD_INPUT, "This is no post of Google+: it has no author, or no name.");
    if (!time_of(run, line, &at))
        return fail(e, ERR_BAD_INPUT, "“creationTime” of the post is no time that was.");
    if (comments && !json_is(comments, JSON_ARRAY))
        return fail(e, ERR_BAD_INPUT, "“comments” is a list.");
    if (json_count(comments) > COMMENTS_MAX)
        return fail(e, ERR_BAD_INPUT, "A post has at most %d comments.", COMMENTS_MAX);
    for (size_t i = 0; i < json_count(comments); i++) {
        if (!json_is(json_at(comments, i), JSON_OBJECT))
            return fail(e, ERR_BAD_INPUT, "Comment %zu is not an object.", i + 1);
        if (!time_of(run, json_at(comments, i), &at))
            return fail(e, ERR_BAD_INPUT, "“creationTime” of comment %zu is no time that was.", i + 1);
    }
    return true;
}

/* ---- reading ---- */

/* "users/1000…" without its kind; an older archive has only the address of the profile. */
static struct str author_id(struct history *h, const struct json *author)
{
    struct str id = line_text(h, author, "resourceName");
    if (!id.len)
        id = line_text(h, author, "profilePageUrl");
    for (ptrdiff_t slash = str_find_char(id, '/'); slash >= 0; slash = str_find_char(id, '/'))
        id = str_slice(id, (size_t)slash + 1, id.len);
    return id;
}

static struct str author_name(struct history *h, const struct json *author)
{
    struct arena *a = tx_arena(h->tx);
    return text_shorten(a, str_trim(html_text(a, json_text(json_get(author, "displayName")))), NAME);
}

/* Who is named in the words is a link to a profile that is gone: its name is enough. */
static struct str without_profiles(struct arena *a, struct str text)
{
    const struct str address = STR(" (https://plus.google.com/");
    struct buf out;
    buf_init(&out, a, text.len + 1);
    for (ptrdiff_t at = str_find(text, address); at >= 0; at = str_find(text, address)) {
        struct str rest = str_slice(text, (size_t)at, text.len);
        ptrdiff_t end = str_find_char(rest, ')');
        if (end < 0)
            break;
        buf_str(&out, str_slice(text, 0, (size_t)at));
        text = str_slice(rest, (size_t)end + 1, rest.len);
    }
    buf_str(&out, text);
    return buf_view(&out);
}

static struct str words_of(struct history *h, const struct json *object)
{
    struct arena *a = tx_arena(h->tx);
    return str_trim(without_profiles(a, html_text(a, json_text(json_get(object, "content")))));
}

static void say(struct buf *out, const char *between, struct str words)
{
    if (words.len)
        buf_format(out, "%s%.*s", out->len ? between : "", STR_ARGS(words));
}

/* What was shared again, each line quoted under the name of who wrote it. */
static void say_reshared(struct history *h, struct buf *out, const struct json *shared)
{
    struct str rest = words_of(h, shared), line;
    if (!json_is(shared, JSON_OBJECT))
        return;
    say(out, "\n\n", author_name(h, json_get(shared, "author")));
    while (str_split(&rest, '\n', &line))
        buf_format(out, "%s> %.*s", out->len ? "\n" : "", STR_ARGS(line));
}

/* The post's own words, then what it shared: a link, pictures by their addresses, another's post. */
static struct str post_words(struct history *h, const struct json *line)
{
    const struct json *link = json_get(line, "link"), *media = json_path(line, "album", "media", NULL);
    struct buf out;
    buf_init(&out, tx_arena(h->tx), 512);
    say(&out, "", words_of(h, line));
    say(&out, "\n\n", str_trim(html_text(tx_arena(h->tx), json_text(json_get(link, "title")))));
    say(&out, json_text(json_get(link, "title")).len ? "\n" : "\n\n", line_text(h, link, "url"));
    for (size_t i = 0; i < json_count(media) && i < MEDIA_MAX; i++)
        say(&out, i ? "\n" : "\n\n", line_text(h, json_at(media, i), "url"));
    say(&out, "\n\n", line_text(h, json_get(line, "media"), "url"));
    say_reshared(h, &out, json_get(line, "resharedPost"));
    return buf_view(&out);
}

/* Everybody, or a circle, a community, a collection, an event: then its name stands in the title. */
static void visibility_read(struct post *p, const struct json *acl)
{
    static const char *const groups[][2] = {
        {"communityAcl", "community"}, {"collectionAcl", "collection"}, {"eventAcl", "event"}};
    const struct json *circles = json_path(acl, "visibleToStandardAcl", "circles", NULL);
    struct arena *a = tx_arena(p->h->tx);
    for (size_t i = 0; i < json_count(circles); i++)
        p->is_public |= str_eq(json_text(json_get(json_at(circles, i), "type")), STR("CIRCLE_TYPE_PUBLIC"));
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        struct str name = author_name(p->h, json_path(acl, groups[i][0], groups[i][1], NULL));
        if (name.len)
            p->title = str_format(a, "%.*s%s%.*s", STR_ARGS(name), p->title.len ? " · " : "", STR_ARGS(p->title));
    }
}

static void remark_read(struct post *p, const struct json *object, size_t order)
{
    struct history *h = p->h;
    struct remark *r = &p->remarks[p->count++];
    const struct json *author = json_get(object, "author");
    *r = (struct remark){.id = line_text(h, object, "resourceName"),
                         .author = author_id(h, author),
                         .name = author_name(h, author),
                         .html = json_text(json_get(object, "content")),
                         .text = words_of(h, object),
                         .order = order,
                         .customer = NOBODY};
    if (!time_of(h->run, object, &r->at))
        r->at = 0; /* checked before */
    if (!r->id.len)
        r->id =
            str_format(tx_arena(h->tx), "%.*s#%lld:%.*s", STR_ARGS(p->key), (long long)r->at, STR_ARGS(r->author));
    r->ours = r->author.len && str_eq(r->author, p->owner);
    if (!r->author.len) /* an account that was deleted: a person of these words alone */
        r->author = str_concat(tx_arena(h->tx), STR("hidden:"), r->id);
}

static int compare_remarks(const void *a, const void *b)
{
    const struct remark *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void post_read(struct post *p, struct history *h, const struct json *line)
{
    struct arena *a = tx_arena(h->tx);
    const struct json *comments = json_get(line, "comments"), *author = json_get(line, "author");
    *p = (struct post){.h = h,
                       .key = text_clean(a, post_key(line)),
                       .owner = author_id(h, author),
                       .owner_name = author_name(h, author)};
    p->remarks = ARENA_ARRAY(a, struct remark, json_count(comments) + 1);
    p->customers = ARENA_ARRAY(a, struct customer, json_count(comments) + 1);
    remark_read(p, line, 0);
    p->remarks[0].id = p->key;
    p->remarks[0].ours = true;
    p->remarks[0].text = post_words(h, line);
    ptrdiff_t line_end = str_find_char(p->remarks[0].text, '\n');
    p->title = text_shorten(
        a, str_slice(p->remarks[0].text, 0, line_end < 0 ? p->remarks[0].text.len : (size_t)line_end), TITLE);
    visibility_read(p, json_get(line, "postAcl"));
    for (size_t i = 0; i < json_count(comments); i++)
        remark_read(p, json_at(comments, i), i + 1);
    qsort(p->remarks + 1, p->count - 1, sizeof *p->remarks, compare_remarks);
}

/* ---- who speaks with whom ---- */

static size_t customer_of(const struct post *p, struct str author)
{
    for (size_t i = 0; i < p->customer_count; i++)
        if (str_eq(p->customers[i].author, author))
            return i;
    return NOBODY;
}

static void customers_find(struct post *p)
{
    for (size_t i = 1; i < p->count; i++) {
        struct remark *r = &p->remarks[i];
        if (r->ours)
            continue;
        r->customer = customer_of(p, r->author);
        if (r->customer != NOBODY)
            continue;
        r->customer = p->customer_count++;
        p->customers[r->customer] = (struct customer){.author = r->author, .name = r->name};
    }
}

/* Whom words of the owner are for: the first who is named in them by a link, else who wrote last before, else first.
 */
static size_t addressee_of(const struct post *p, size_t index)
{
    size_t found = 0;
    ptrdiff_t first = -1;
    for (size_t i = 1; i < index; i++)
        if (!p->remarks[i].ours)
            found = p->remarks[i].customer;
    for (size_t i = 0; i < p->customer_count; i++) {
        struct str link = str_concat(tx_arena(p->h->tx), STR("plus.google.com/"), p->customers[i].author);
        ptrdiff_t at = str_find(p->remarks[index].html, link);
        if (at >= 0 && (first < 0 || at < first)) {
            first = at;
            found = i;
        }
    }
    return found;
}

/* ---- writing ---- */

static bool story_begin(struct post *p, struct customer *customer, int64_t at, struct error *e)
{
    struct history *h = p->h;
    struct channel_author author = {.external_id = customer->author, .name = customer->name};
    struct str key = str_format(tx_arena(h->tx), "%.*s:%.*s", STR_ARGS(p->key), STR_ARGS(customer->author));
    struct person person;
    int64_t known;
    bool made;
    if (!line_find(h, "googleplus", key, &known, e))
        return false;
    customer->begun = true;
    if (known)
        return history_story_known(h, &customer->story, known, e);
    if (!person_of_author(h->tx, NULL, h->brand, NETWORK, &author, at, &person, &made, e))
        return false;
    h->report.people += made;
    history_story_new(h, &customer->story, &person, at);
    return line_keep(h, "googleplus", key, customer->story.c.id, e);
}

static bool remark_write(struct post *p, const struct remark *r, bool *fresh, struct error *e)
{
    struct customer *customer = &p->customers[r->customer];
    int64_t known;
    *fresh = false;
    if (!intake_find_message(p->h->tx, p->h->brand, p->channel, r->id, &known, e))
        return false;
    if (known)
        return true;
    if (!customer->begun && !story_begin(p, customer, r->at, e))
        return false;
    struct message m = {.channel_id = p->channel,
                        .thread_key = str_concat(tx_arena(p->h->tx), STR("post:"), p->key),
                        .door = p->is_public ? STR("post") : STR("limited"),
                        .is_public = p->is_public,
                        .outbound = r->ours,
                        .external_id = r->id,
                        .parent_id = r->order ? p->key : STR_EMPTY,
                        .text = r->text,
                        .note = r->text.len ? STR_EMPTY : STR("no words"),
                        .kind = r->text.len ? STR("text") : STR("unsupported"),
                        .author_id = customer->author,
                        .at = r->at,
                        .receipt = r->ours ? MESSAGE_ACCEPTED : MESSAGE_QUEUED};
    return history_message(p->h, &customer->story, &m, fresh, e);
}

/* Nothing of it waits: who wrote is not there any more. */
static bool story_close(struct post *p, struct customer *customer, struct error *e)
{
    struct conversation *c = &customer->story.c;
    if (!history_place_waiting(p->h, &customer->story, PLACE_CLOSED, 0, STR(LEDGER_WHY_ENDED), e))
        return false;
    c->state = CONVERSATION_CLOSED;
    c->closed_at = c->last_at;
    c->outcome = STR("no_need");
    c->reason = STR("Google+ Takeout");
    return history_story_end(p->h, &customer->story, e);
}

static bool post_write(struct post *p, struct error *e)
{
    size_t added = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct remark *r = &p->remarks[i];
        bool fresh;
        if (r->customer == NOBODY)
            r->customer = i ? addressee_of(p, i) : 0;
        if (!remark_write(p, r, &fresh, e))
            return false;
        added += fresh;
    }
    p->h->report.known += added == 0;
    return added == 0 ||
           thread_put(p->h->tx, p->h->brand, p->channel, str_concat(tx_arena(p->h->tx), STR("post:"), p->key),
                      p->title, STR_EMPTY, p->remarks[0].at, e);
}

bool takeout_take(struct history *h, const struct json *line, struct error *e)
{
    struct post p;
    post_read(&p, h, line);
    customers_find(&p);
    h->report.threads++;
    if (p.customer_count == 0) {
        h->report.unaddressed++;
        return true;
    }
    struct str name = p.owner_name.len ? p.owner_name : STR("Google+");
    if (!channel_make(h, NETWORK, name, &p.channel, e))
        return false;
    h->writing = true;
    if (!post_write(&p, e))
        return false;
    for (size_t i = 0; i < p.customer_count; i++)
        if (p.customers[i].begun && !story_close(&p, &p.customers[i], e))
            return false;
    return true;
}
