/* SPDX-License-Identifier: Apache-2.0 */
/* What is written on the simulated Mastodon by its API: by the brand, whose words are checked and counted, and by
 * people with clients of their own. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/unicode.h"
#include "sim/sim_mastodon.h"

#define MEDIA_MAX  (16UL * 1024 * 1024)
#define BUSY_US    300000 /* films and sound are made ready for so long */
#define REPLY_GONE "The post you are trying to reply to does not appear to exist."

struct writing {
    struct str text, warning, key;
    bool direct;
    struct sim_item *to;
    struct sim_media *media;
};

/* ---- the length: graphemes, addresses as 23, of @name@server the name ---- */

static struct str word_counted(struct str word)
{
    ptrdiff_t host;

    if (str_starts(word, STR("http://")) || str_starts(word, STR("https://")))
        return STR("aaaaaaaaaaaaaaaaaaaaaaa");
    host = word.len > 1 && word.ptr[0] == '@' ? str_find_char(str_slice(word, 1, word.len), '@') : -1;
    return host > 0 ? str_slice(word, 0, (size_t)host + 1) : word;
}

static size_t length_of(struct sim_call *c, struct str text)
{
    struct buf out;
    size_t from = 0, i;

    buf_init(&out, c->a, text.len + 64);
    for (i = 0; i <= text.len; i++)
        if (i == text.len || text.ptr[i] == ' ' || text.ptr[i] == '\n') {
            buf_str(&out, word_counted(str_slice(text, from, i)));
            if (i < text.len)
                buf_char(&out, text.ptr[i]);
            from = i + 1;
        }
    return text_length(c->a, buf_view(&out), LENGTH_GRAPHEMES);
}

static bool text_fits(struct sim_call *c, const struct writing *w)
{
    if (str_trim(w->text).len == 0 && w->media == NULL)
        sim_mastodon_problem(c, 422, "Validation failed: Text can't be blank");
    else if (length_of(c, w->text) + length_of(c, w->warning) > MASTODON_TEXT_MAX)
        sim_mastodon_problem(c, 422, "Validation failed: Text character limit of 500 exceeded");
    else if (c->sends && sim_fault_take(c->sim, SIM_MASTODON, SIM_FAULT_CONTENT))
        sim_mastodon_problem(c, 422, "Validation failed: Text is not allowed here");
    else
        return true;
    return false;
}

/* ---- files ---- */

static bool is_ready(struct sim_call *c, const struct sim_media *media)
{
    return str_starts(media->mime, STR("image/")) || sim_now(c->sim) - media->at >= BUSY_US;
}

static bool media_taken(struct sim_call *c, struct writing *w)
{
    const struct json *ids = json_get(c->body, "media_ids");
    struct str id = json_id(json_at(ids, 0));

    if (id.len == 0)
        id = http_form(c->req, "media_ids[]");
    if (id.len == 0)
        return true;
    w->media = sim_media_find(c->sim, id);
    if (w->media == NULL || w->media->network != SIM_MASTODON)
        sim_mastodon_problem(c, 422, "Validation failed: Media not found");
    else if (!is_ready(c, w->media))
        sim_mastodon_problem(c, 422, "Cannot attach files that have not finished processing. Try again in a moment!");
    else
        return true;
    return false;
}

/* The network looks at the bytes: clients need not say what they are. */
static struct str mime_of(const struct sim_media *media)
{
    static const struct {
        const char *mime, *begin;
    } known[] = {{"image/png", "\x89PNG"}, {"image/jpeg", "\xff\xd8\xff"}, {"image/gif", "GIF8"}};
    size_t n;

    for (n = 0; n < COUNT_OF(known); n++)
        if (str_starts(media->bytes, str_from(known[n].begin)))
            return str_from(known[n].mime);
    return media->mime;
}

static void upload(struct sim_call *c, bool waits)
{
    struct sim_media *media = sim_call_upload(c);
    struct str mime = media != NULL ? media->mime = mime_of(media) : STR_EMPTY;

    if (media == NULL) {
        sim_mastodon_problem(c, 422, "Validation failed: File can't be blank");
    } else if (!str_starts(mime, STR("image/")) && !str_starts(mime, STR("video/")) &&
               !str_starts(mime, STR("audio/"))) {
        sim_mastodon_problem(c, 422, "Validation failed: File content type is invalid, File is invalid");
    } else if (media->bytes.len > MEDIA_MAX) {
        sim_mastodon_problem(c, 422, "Validation failed: File must be less than 16 MB");
    } else {
        media->ours = sim_mastodon_caller(c).brand;
        c->status = waits && !is_ready(c, media) ? 202 : 200;
        c->answer = sim_mastodon_media(c, media, c->status == 200);
    }
}

/* POST /api/v1/media, /api/v2/media; GET /api/v1/media/ID */
void sim_mastodon_media_call(struct sim_call *c)
{
    const struct sim_media *media = c->count == 4 ? sim_media_find(c->sim, c->parts[3]) : NULL;

    if (c->req->method == HTTP_POST && c->count == 3) {
        upload(c, str_eq(c->parts[1], STR("v2")));
    } else if (media != NULL) {
        c->status = is_ready(c, media) ? 200 : 206;
        c->answer = sim_mastodon_media(c, media, c->status == 200);
    } else {
        sim_mastodon_not_found(c);
    }
}

/* ---- writing ---- */

static bool writing_read(struct sim_call *c, struct writing *w)
{
    struct str visibility = sim_param(c, "visibility"), to = sim_param(c, "in_reply_to_id");

    *w = (struct writing){.text = sim_param(c, "status"), .warning = sim_param(c, "spoiler_text")};
    w->key = http_header(c->req, "Idempotency-Key");
    w->direct = str_eq(visibility, STR("direct")) || str_eq(visibility, STR("private"));
    if (to.len > 0) {
        w->to = c->sends ? sim_call_target(c, to, w->direct ? SIM_PRIVATE : SIM_TWEET) : sim_mastodon_item(c, to);
        if (w->to == NULL || !sim_mastodon_sees(c, w->to)) {
            sim_mastodon_problem(c, 404, REPLY_GONE);
            return false;
        }
    }
    return media_taken(c, w) && text_fits(c, w);
}

static struct sim_item *written_before(struct sim_call *c, struct str key)
{
    struct sim_person *author = sim_mastodon_caller(c).person;
    struct sim_item *item = c->sim->items;

    while (item != NULL && (item->network != SIM_MASTODON || key.len == 0 || item->author != author ||
                            !str_eq(item->key, key) || item->deleted))
        item = item->next;
    return item;
}

/* Whom the brand's words name: only they hear them. */
static struct sim_person *named(struct sim_call *c, const struct writing *w, struct str *rest)
{
    struct sim_person *person;

    *rest = w->text;
    for (person = c->sim->people; person != NULL; person = person->next)
        if (sim_mastodon_names(c, person, w->text, rest))
            return person;
    return NULL;
}

static struct sim_item *write_item(struct sim_call *c, const struct writing *w, struct str text)
{
    struct sim *sim = c->sim;
    struct sim_item *item =
        sim_item_new(sim, SIM_MASTODON, w->direct ? SIM_PRIVATE : SIM_TWEET, sim_mastodon_new_id(sim));

    item->root = w->to != NULL ? w->to->root : item->id;
    item->parent = w->to;
    item->text = sim_copy(sim, text_clean(c->a, text));
    item->warning = sim_copy(sim, text_clean(c->a, w->warning));
    item->key = sim_copy(sim, w->key);
    item->media = w->media;
    if (w->media != NULL)
        item->media_kind = STR("picture");
    return item;
}

/* The name in front is taken off: the page shows it by itself. */
static struct sim_item *write_ours(struct sim_call *c, const struct writing *w)
{
    struct str rest;
    struct sim_person *to = named(c, w, &rest);
    struct sim_item *item = write_item(c, w, rest);

    item->person = to;
    item->hidden = to != NULL && to->blocked[SIM_MASTODON]; /* taken, and shown to nobody */
    sim_call_sent(c, item, w->direct ? "direct" : "public", w->to != NULL ? w->to->id : STR_EMPTY);
    return item;
}

static struct sim_item *write_theirs(struct sim_call *c, const struct writing *w, struct sim_person *author)
{
    struct sim_item *item = write_item(c, w, w->text);

    item->author = author;
    item->aside = !sim_mastodon_names(c, NULL, w->text, NULL);
    if (w->direct && !item->aside)
        item->person = author;
    return item;
}

void sim_mastodon_post(struct sim_call *c)
{
    struct mastodon_caller caller = sim_mastodon_caller(c);
    struct sim_item *item = written_before(c, http_header(c->req, "Idempotency-Key"));
    struct writing w;

    if (item == NULL) {
        if (!writing_read(c, &w))
            return;
        item = caller.brand ? write_ours(c, &w) : write_theirs(c, &w, caller.person);
        sim_changed(c->sim);
    }
    c->answer = sim_mastodon_status(c, item);
}

static bool is_callers(struct sim_call *c, const struct sim_item *item)
{
    struct mastodon_caller caller = sim_mastodon_caller(c);

    if (caller.brand ? item->author == NULL : item->author == caller.person && caller.person != NULL)
        return true;
    sim_mastodon_not_found(c); /* as the network says it of others' posts */
    return false;
}

void sim_mastodon_edit(struct sim_call *c, struct sim_item *item)
{
    struct writing w = {
        .text = sim_param(c, "status"), .warning = sim_param(c, "spoiler_text"), .media = item->media};

    if (!is_callers(c, item) || !text_fits(c, &w))
        return;
    item->text = sim_copy(c->sim, text_clean(c->a, w.text));
    item->warning = sim_copy(c->sim, text_clean(c->a, w.warning));
    item->edits++;
    item->edited_at = sim_now(c->sim);
    sim_changed(c->sim);
    c->answer = sim_mastodon_status(c, item);
}

void sim_mastodon_delete(struct sim_call *c, struct sim_item *item)
{
    if (!is_callers(c, item))
        return;
    c->answer = sim_mastodon_status(c, item);
    item->deleted = true;
    sim_changed(c->sim);
}
