/* SPDX-License-Identifier: Apache-2.0 */
/* What stands on the phone's screen: the wall, the posts on X, private talk; and the fields to write in. Each
 * item is a list row with an id, so that the script can put in what is new without disturbing what is being
 * read or written. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/unicode.h"
#include "sim/sim_play.h"

#define ZONE "Europe/Rome"

/* ---- parts of an item ---- */

static void write_time(struct play *p, int64_t at)
{
    struct clock_parts t = clock_split(at, ZONE);

    play_raw(p, "<time datetime=\"");
    play_text(p, clock_iso(p->a, at / SECOND_US * SECOND_US));
    play_raw(p, "\">");
    if (clock_day(at, ZONE) == clock_day(p->now, ZONE))
        buf_format(&p->out, "%02d:%02d", t.hour, t.minute);
    else
        buf_format(&p->out, "%d/%d, %02d:%02d", t.day, t.month, t.hour, t.minute);
    play_raw(p, "</time>");
}

static bool mine(const struct play *p, const struct sim_item *item)
{
    return item->author == p->person;
}

static struct str author_name(const struct play *p, const struct sim_item *item)
{
    if (item->author == NULL)
        return str_from(p->sim->config.brand);
    return mine(p, item) ? play_word(p, W_YOU) : item->author->name;
}

static void write_status(struct play *p, const struct sim_item *item)
{
    if (item->edited_at != 0) {
        play_raw(p, "<span>");
        play_say(p, W_EDITED);
        play_raw(p, "</span>");
    }
    if (item->private_reply) {
        play_raw(p, "<span>");
        play_say(p, W_PRIVATE_REPLY);
        play_raw(p, "</span>");
    }
    if (item->author == NULL && item->mark == SIM_MARK_FAILED) {
        play_raw(p, "<span class=\"loss\">");
        play_say(p, W_NOT_DELIVERED);
        play_raw(p, "</span>");
    }
    if (item->liked) {
        play_raw(p, "<span>");
        play_say(p, W_LIKED);
        play_raw(p, "</span>");
    }
    if (!mine(p, item) || item->past)
        return;
    play_raw(p, "<span>");
    play_say(p, item->hooks_left > 0 ? W_ON_ITS_WAY : item->mark == SIM_MARK_READ ? W_READ : W_ARRIVED);
    play_raw(p, "</span>");
}

static void write_by(struct play *p, const struct sim_item *item)
{
    play_raw(p, "<p class=\"by\" data-by aria-live=\"off\"><b>");
    play_text(p, author_name(p, item));
    play_raw(p, "</b>");
    if (sim_drivers[item->network]->shows_handles && !mine(p, item)) {
        play_raw(p, "<span>@");
        play_text(p, item->author != NULL ? item->author->handle : str_from(p->sim->config.handle));
        play_raw(p, "</span>");
    }
    write_time(p, item->at);
    write_status(p, item);
    play_raw(p, "</p>");
}

static void write_attached(struct play *p, const char *icon, enum play_word word)
{
    play_raw(p, "<p class=\"attached\">");
    play_icon(p, icon);
    play_raw(p, " ");
    play_say(p, word);
    play_raw(p, "</p>");
}

static void write_media(struct play *p, const struct sim_item *item)
{
    bool sticker = str_eq(item->media_kind, STR("sticker"));
    bool drawn;

    if (str_eq(item->media_kind, STR("location"))) {
        write_attached(p, "place", W_SHOWN_LOCATION);
    } else if (item->media == NULL) {
        write_attached(p, "odd", W_SHOWN_UNSUPPORTED);
    } else if (str_starts(item->media->mime, STR("image/"))) {
        drawn = str_eq(item->media->file_name, STR("modem.png"));
        play_raw(p, sticker ? "<img class=\"sticker\" src=\"/play/media/" : "<img src=\"/play/media/");
        play_text(p, item->media->id);
        play_raw(p, "\" alt=\"");
        play_say(p, sticker ? W_SHOWN_STICKER : drawn ? W_SHOWN_PICTURE : W_SHOWN_OWN);
        play_raw(p, "\">");
    } else {
        play_raw(p, "<p class=\"attached\">");
        play_icon(p, "file");
        play_raw(p, " <a href=\"/play/media/");
        play_text(p, item->media->id);
        play_raw(p, "\">");
        play_text(p, item->media->file_name.len > 0 ? item->media->file_name : play_word(p, W_FILE));
        play_raw(p, "</a></p>");
    }
}

/* A details element holding the form that corrects and the one that deletes. */
static void write_own_actions(struct play *p, const struct sim_item *item)
{
    const char *acts = sim_drivers[item->network]->acts;
    bool edits = !p->on->place->no_edit && sim_word_in(acts, STR("edit")) && item->text.len > 0;
    bool deletes = sim_word_in(acts, STR("delete"));

    if (!edits && !deletes)
        return;

    play_raw(p, "<details class=\"mend\"><summary class=\"plain square\" aria-label=\"");
    play_say(p, !deletes ? W_EDIT : edits ? W_CHANGE_OWN : W_DELETE);
    play_raw(p, "\">");
    play_icon(p, "more");
    play_raw(p, "</summary>");
    if (edits) {
        play_raw(p, "<form method=\"post\" action=\"/play/act\" class=\"stack tight\">");
        play_hidden(p, "edit", item->id);
        play_raw(p, "<label class=\"hidden\" for=\"e-");
        play_text(p, item->id);
        play_raw(p, "\">");
        play_say(p, W_EDIT);
        play_raw(p, "</label><textarea class=\"in words\" name=\"text\" rows=\"2\" required id=\"e-");
        play_text(p, item->id);
        play_raw(p, "\">");
        play_text(p, item->text);
        play_raw(p, "</textarea><button class=\"btn\">");
        play_say(p, W_SAVE);
        play_raw(p, "</button></form>");
    }
    if (deletes) {
        play_raw(p, "<form method=\"post\" action=\"/play/act\">");
        play_hidden(p, "delete", item->id);
        play_raw(p, "<button class=\"btn\">");
        play_icon(p, "gone");
        play_say(p, W_DELETE);
        play_raw(p, "</button></form>");
    }
    play_raw(p, "</details>");
}

static void write_like(struct play *p, const struct sim_item *item)
{
    play_raw(p, "<form method=\"post\" action=\"/play/act\">");
    play_hidden(p, "react", item->id);
    play_raw(p, "<button class=\"plain\">");
    play_say(p, W_LIKE);
    play_raw(p, "</button></form>");
}

/* The part of a row that the script may replace. */
static void write_body(struct play *p, const struct sim_item *item)
{
    play_raw(p, "<div class=\"body\" data-body>");
    write_by(p, item);
    if (item->deleted) {
        play_raw(p, "<p class=\"withdrawn\">");
        play_say(p, mine(p, item) ? W_DELETED : W_DELETED_OTHER);
        play_raw(p, "</p></div>");
        return;
    }
    if (item->media_kind.len > 0)
        write_media(p, item);
    if (item->text.len > 0) {
        play_raw(p, "<p class=\"words\"");
        if (item->lang.len > 0 && !str_eq(item->lang, str_from(play_lang_code(p->lang)))) {
            play_raw(p, " lang=\"");
            play_text(p, item->lang);
            play_raw(p, "\"");
        }
        play_raw(p, ">");
        play_text(p, item->text);
        play_raw(p, "</p>");
    }
    if (mine(p, item) && !item->past)
        write_own_actions(p, item);
    play_raw(p, "</div>");
}

static void open_row(struct play *p, const struct sim_item *item, const char *class)
{
    play_raw(p, "<li id=\"i-");
    play_text(p, item->id);
    play_raw(p, "\" class=\"");
    play_raw(p, class);
    play_raw(p, mine(p, item) ? " mine\">" : item->author == NULL ? " brand-row\">" : " other\">");
}

/* ---- fields ---- */

static const struct {
    const char *value;
    enum play_word word;
} attachable[] = {
    {"picture", W_PICTURE}, {"sticker", W_STICKER},         {"location", W_LOCATION},
    {"file", W_FILE},       {"unsupported", W_UNSUPPORTED},
};

static void write_choice(struct play *p, const char *value, enum play_word word)
{
    play_raw(p, "<label><input type=\"radio\" name=\"media\" value=\"");
    play_raw(p, value);
    play_raw(p, *value == '\0' ? "\" checked>" : "\">");
    play_say(p, word);
    play_raw(p, "</label>");
}

static void write_attach(struct play *p)
{
    const struct sim_driver *driver = sim_drivers[p->on->network];
    const char *takes = p->on->place->private ? driver->attach_private : driver->attach_public;
    size_t n;

    if (takes == NULL)
        return;
    play_raw(p, "<details class=\"attach\"><summary class=\"plain square\" aria-label=\"");
    play_say(p, W_ATTACH);
    play_raw(p, "\">");
    play_icon(p, "attach");
    play_raw(p, "</summary><div class=\"sheet stack\"><fieldset class=\"field\"><legend>");
    play_say(p, W_WHAT_TO_ATTACH);
    play_raw(p, "</legend><div class=\"seg\">");
    write_choice(p, "", W_NOTHING);
    for (n = 0; n < COUNT_OF(attachable); n++)
        if (sim_word_in(takes, str_from(attachable[n].value)))
            write_choice(p, attachable[n].value, attachable[n].word);
    play_raw(p, "</div></fieldset><p class=\"field\"><label for=\"file\">");
    play_say(p, W_OWN_PICTURE);
    play_raw(p, "</label><input class=\"in\" id=\"file\" type=\"file\" name=\"file\" "
                "accept=\"image/png,image/jpeg,image/gif,image/webp\"></p></div></details>");
}

/* Words to begin with: those that could not be sent, or those of a suggestion that was followed. */
static struct str first_words(const struct play *p, struct str to)
{
    struct str said = http_query(p->req, "say");
    int64_t n;

    if (p->problem != W_COUNT && str_eq(p->kept_to, to))
        return p->kept;
    if (to.len == 0 && str_int64(said, &n) && n >= 1 && n <= 3)
        return play_word_in(play_person_lang(p), (enum play_word)(W_SAY_1 + (int)n - 1));
    return STR_EMPTY;
}

static void write_textarea(struct play *p, const char *prefix, struct str to, bool required)
{
    play_raw(p, "<textarea class=\"in words\" name=\"text\" rows=\"1\" maxlength=\"8000\" id=\"");
    play_raw(p, prefix);
    play_text(p, to);
    play_raw(p, required ? "\" required>" : "\">");
    play_text(p, first_words(p, to));
    play_raw(p, "</textarea>");
}

void play_composer(struct play *p)
{
    bool private = p->on->place->private;
    const char *acts = sim_drivers[p->on->network]->acts;
    const char *what = private ? "message" : sim_word_in(acts, STR("post")) ? "post" : "mention";
    struct str label = play_word(p, private ? W_WRITE_TO : W_WRITE_POST);

    if (!sim_word_in(acts, str_from(what)))
        return; /* one can only answer what stands there */
    if (p->on->place->write.en != NULL)
        label = play_words_of(p, &p->on->place->write);
    play_raw(p, "<form class=\"say\" method=\"post\" action=\"/play/act\" enctype=\"multipart/form-data\"");
    play_raw(p, p->on->place->typing ? " data-typing>" : ">");
    play_hidden(p, what, STR_EMPTY);
    write_attach(p);
    play_raw(p, "<div><label class=\"small\" for=\"say\">");
    play_fill(p, label, play_brand(p));
    play_raw(p, "</label>");
    write_textarea(p, "say", STR_EMPTY, false);
    play_raw(p, "</div><button class=\"key square\" aria-label=\"");
    play_say(p, private ? W_SEND : W_PUBLISH);
    play_raw(p, "\">");
    play_icon(p, "send");
    play_raw(p, "</button></form>\n");
}

/* Answering a post, a comment or a tweet. */
static void write_answer_form(struct play *p, const struct sim_item *item)
{
    bool comment = item->kind == SIM_POST;

    play_raw(p, "<details class=\"answer\"");
    play_raw(p, p->problem != W_COUNT && str_eq(p->kept_to, item->id) ? " open>" : ">");
    play_raw(p, "<summary>");
    play_say(p, comment ? W_COMMENT : W_REPLY);
    play_raw(p, "<span class=\"hidden\">: ");
    play_text(p, author_name(p, item));
    play_raw(p, "</span></summary><form class=\"stack tight\" method=\"post\" action=\"/play/act\">");
    play_hidden(p, "comment", item->id);
    play_raw(p, "<label class=\"hidden\" for=\"a-");
    play_text(p, item->id);
    play_raw(p, "\">");
    play_say_of(p, W_REPLY_TO, author_name(p, item));
    play_raw(p, "</label>");
    write_textarea(p, "a-", item->id, true);
    play_raw(p, "<button class=\"btn\">");
    play_say(p, W_PUBLISH);
    play_raw(p, "</button></form></details>");
}

static void write_actions(struct play *p, const struct sim_item *item)
{
    const char *acts = sim_drivers[item->network]->acts;

    if (item->deleted)
        return;
    play_raw(p, "<div class=\"acts\">");
    if (sim_word_in(acts, STR("comment")))
        write_answer_form(p, item);
    if (!mine(p, item) && !item->liked && sim_word_in(acts, STR("react")))
        write_like(p, item);
    play_raw(p, "</div>");
}

/* ---- lists ---- */

struct selection {
    struct sim_item **items;
    size_t count;
};

typedef bool wanted_fn(const struct play *p, const struct sim_item *item, const struct sim_item *of);

static int by_time(const void *a, const void *b)
{
    const struct sim_item *one = *(struct sim_item *const *)a, *other = *(struct sim_item *const *)b;

    return (one->at > other->at) - (one->at < other->at);
}

static struct selection select_items(struct play *p, wanted_fn *wanted, const struct sim_item *of)
{
    struct selection s = {NULL, 0};
    struct sim_item *item;
    size_t n = 0;

    for (item = p->sim->items; item != NULL; item = item->next)
        n += wanted(p, item, of);
    s.items = ARENA_ARRAY(p->a, struct sim_item *, n + 1);
    for (item = p->sim->items; item != NULL; item = item->next)
        if (wanted(p, item, of))
            s.items[s.count++] = item;
    qsort(s.items, s.count, sizeof(struct sim_item *), by_time);
    return s;
}

static bool is_private(const struct play *p, const struct sim_item *item, const struct sim_item *of)
{
    (void)of;
    return item->network == p->on->network && item->kind == SIM_PRIVATE && item->person == p->person &&
           (item->author != NULL || item->mark != SIM_MARK_FAILED);
}

static bool is_root(const struct play *p, const struct sim_item *item, const struct sim_item *of)
{
    (void)of;
    return item->network == p->on->network && (item->kind == SIM_POST || item->kind == SIM_TWEET) &&
           item->parent == NULL && (!item->deleted || mine(p, item)) &&
           (item->author == NULL || !item->author->stranger); /* known by its id alone */
}

static bool is_answer(const struct play *p, const struct sim_item *item, const struct sim_item *of)
{
    return item != of && item->kind != SIM_PRIVATE && item->network == of->network && !item->hidden &&
           (!item->deleted || mine(p, item)) &&
           (of->kind == SIM_TWEET ? str_eq(item->root, of->root) : item->parent == of);
}

static void write_empty(struct play *p, enum play_word word)
{
    play_raw(p, "<li class=\"empty\" id=\"i-none\"><div data-body><p class=\"soft\">");
    play_say_of(p, word, str_from(p->sim->config.brand));
    play_raw(p, "</p></div></li>");
}

static void write_private(struct play *p)
{
    struct selection s = select_items(p, is_private, NULL);
    size_t n;

    play_raw(p, "<ol class=\"letters\" data-list>");
    if (s.count == 0)
        write_empty(p, W_NOTHING_YET);
    for (n = 0; n < s.count; n++) {
        open_row(p, s.items[n], "private-row");
        write_body(p, s.items[n]);
        play_raw(p, "</li>\n");
    }
    play_raw(p, "</ol>");
}

/* Comments stand under what they answer, two levels deep; posts on X stand in one line under the first. */
static void write_answers(struct play *p, const struct sim_item *of)
{
    struct selection s = select_items(p, is_answer, of);
    size_t n;

    play_raw(p, "<ol class=\"answers\" data-list>");
    for (n = 0; n < s.count; n++) {
        open_row(p, s.items[n], "answer-row");
        write_body(p, s.items[n]);
        write_actions(p, s.items[n]);
        if (s.items[n]->kind == SIM_COMMENT && of->kind == SIM_POST)
            write_answers(p, s.items[n]);
        play_raw(p, "</li>\n");
    }
    play_raw(p, "</ol>");
}

static void write_public(struct play *p)
{
    struct selection s = select_items(p, is_root, NULL);

    play_raw(p, "<ol class=\"wall\" data-list>");
    if (s.count == 0)
        write_empty(p, W_NO_POSTS);
    while (s.count > 0) {
        struct sim_item *item = s.items[--s.count];
        open_row(p, item, "post-row");
        write_body(p, item);
        write_actions(p, item);
        write_answers(p, item);
        play_raw(p, "</li>\n");
    }
    play_raw(p, "</ol>");
}

void play_screen(struct play *p)
{
    bool private = p->on->place->private;

    play_raw(p, private ? "<div class=\"screen from-below\"" : "<div class=\"screen\"");
    play_raw(p, " id=\"screen\" tabindex=\"0\" role=\"log\" aria-label=\"");
    play_say_of(p, private ? W_LOG_PRIVATE : W_LOG_PUBLIC, str_from(p->sim->config.brand));
    play_raw(p, "\">");
    if (private)
        write_private(p);
    else
        write_public(p);
    play_raw(p, "</div>\n<noscript><p class=\"again\"><a class=\"plain\"");
    play_href(p, p->person, p->on);
    play_raw(p, ">");
    play_say(p, W_LOOK_AGAIN);
    play_raw(p, "</a></p></noscript>\n");
}
