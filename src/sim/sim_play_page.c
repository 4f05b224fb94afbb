/* SPDX-License-Identifier: Apache-2.0 */
/* The phone's page: frame, choice of a person, tabs, hints. Escaping is always on: literals go through
 * play_raw, all else through play_text. No inline script, no inline style. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/unicode.h"
#include "sim/sim_play.h"

#define FACES_AT_ONCE 12

/* ---- writing ---- */

void play_raw(struct play *p, const char *literal)
{
    buf_cstr(&p->out, literal);
}

void play_text(struct play *p, struct str s)
{
    buf_html(&p->out, s);
}

void play_int(struct play *p, int64_t n)
{
    buf_int(&p->out, n);
}

void play_say(struct play *p, enum play_word word)
{
    play_text(p, play_word(p, word));
}

void play_fill(struct play *p, struct str text, struct str filling)
{
    ptrdiff_t at = str_find(text, STR("{}"));

    if (at < 0) {
        play_text(p, text);
        return;
    }
    play_text(p, str_slice(text, 0, (size_t)at));
    play_text(p, filling);
    play_text(p, str_slice(text, (size_t)at + 2, text.len));
}

void play_say_of(struct play *p, enum play_word word, struct str filling)
{
    play_fill(p, play_word(p, word), filling);
}

void play_icon(struct play *p, const char *name)
{
    play_raw(p, "<svg class=\"i\" aria-hidden=\"true\"><use href=\"#draw-");
    play_raw(p, name);
    play_raw(p, "\"/></svg>");
}

/* ---- places ---- */

static int by_rank(const void *a, const void *b)
{
    const struct play_spot *one = a, *other = b;
    int first = one->place->rank > 0 ? one->place->rank : 1000 + (int)one->network;
    int second = other->place->rank > 0 ? other->place->rank : 1000 + (int)other->network;

    if (first == second) /* of one network: as its file has them */
        return (one->place > other->place) - (one->place < other->place);
    return first < second ? -1 : 1;
}

const struct play_spot *play_spots(struct arena *a, size_t *count)
{
    const struct sim_place *place;
    struct play_spot *spots;
    size_t total = 0;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++)
        for (place = sim_drivers[n]->places; place->name != NULL; place++)
            total++;
    spots = ARENA_ARRAY(a, struct play_spot, total);
    *count = 0;
    for (n = 0; n < SIM_NETWORKS; n++)
        for (place = sim_drivers[n]->places; place->name != NULL; place++)
            spots[(*count)++] = (struct play_spot){place, (enum sim_network)n};
    qsort(spots, total, sizeof *spots, by_rank);
    return spots;
}

struct str play_brand(const struct play *p)
{
    return str_from(p->on->place->by_handle ? p->sim->config.handle : p->sim->config.brand);
}

static void write_lang(struct play *p)
{
    if (!p->lang_chosen)
        return;
    play_raw(p, "&amp;lang=");
    play_raw(p, play_lang_code(p->lang));
}

static void write_address(struct play *p, const struct sim_person *person, const struct play_spot *spot)
{
    play_raw(p, "/play?as=");
    play_text(p, person->key);
    play_raw(p, "&amp;on=");
    play_raw(p, spot->place->name);
    write_lang(p);
}

void play_href(struct play *p, const struct sim_person *person, const struct play_spot *spot)
{
    play_raw(p, " href=\"");
    write_address(p, person, spot);
    play_raw(p, "\"");
}

static void hidden_field(struct play *p, const char *name, struct str value)
{
    play_raw(p, "<input type=\"hidden\" name=\"");
    play_raw(p, name);
    play_raw(p, "\" value=\"");
    play_text(p, value);
    play_raw(p, "\">");
}

void play_hidden(struct play *p, const char *what, struct str to)
{
    if (p->person != NULL) {
        hidden_field(p, "as", p->person->key);
        hidden_field(p, "on", str_from(p->on->place->name));
    }
    if (p->lang_chosen)
        hidden_field(p, "lang", str_from(play_lang_code(p->lang)));
    if (what != NULL)
        hidden_field(p, "what", str_from(what));
    if (to.len > 0)
        hidden_field(p, "to", to);
}

/* ---- frame ---- */

static void write_lang_link(struct play *p, int lang, const char *name, const char *full)
{
    play_raw(p, "<a href=\"/play?");
    if (p->person != NULL) {
        play_raw(p, "as=");
        play_text(p, p->person->key);
        play_raw(p, "&amp;on=");
        play_raw(p, p->on->place->name);
        play_raw(p, "&amp;");
    }
    play_raw(p, "lang=");
    play_raw(p, play_lang_code(lang));
    play_raw(p, "\" lang=\"");
    play_raw(p, play_lang_code(lang));
    play_raw(p, p->lang == lang ? "\" aria-current=\"true\">" : "\">");
    play_raw(p, name);
    play_raw(p, "<span class=\"hidden\">");
    play_raw(p, full);
    play_raw(p, "</span></a>");
}

static void write_top(struct play *p)
{
    play_raw(p, "<!doctype html>\n<html lang=\"");
    play_raw(p, play_lang_code(p->lang));
    play_raw(p, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, "
                "initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content\">\n<meta "
                "name=\"color-scheme\" "
                "content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n<title>");
    if (p->person != NULL) {
        play_text(p, p->person->name);
        play_raw(p, ", ");
    }
    play_say(p, W_TITLE);
    play_raw(p, " · ");
    play_text(p, str_from(p->sim->config.brand));
    play_raw(p, "</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" "
                "href=\"/play/ascolto.css\">\n"
                "<link rel=\"stylesheet\" href=\"/play/play.css\">\n<script src=\"/play/play.js\" "
                "type=\"module\"></script>\n"
                "</head>\n<body class=\"play\" data-version=\"");
    play_int(p, (int64_t)p->sim->version);
    play_raw(p, "\">\n");
    buf_str(&p->out, embed_get(STR("assets/play-sprite.svg"))); /* our own drawings */
    play_raw(p, "\n<a class=\"skip\" href=\"#phone\">");
    play_say(p, W_SKIP);
    play_raw(p, "</a>\n<header class=\"play-top\"><p class=\"brand\"><svg viewBox=\"0 0 28 28\" "
                "aria-hidden=\"true\"><path "
                "d=\"M8 21a5 5 0 0 1-.6-10A7 7 0 0 1 21 12.5a4.3 4.3 0 0 1-.3 8.5z\"/></svg>");
    play_text(p, str_from(p->sim->config.brand));
    play_raw(p, "</p><nav class=\"lang\" aria-label=\"");
    play_say(p, W_LANGUAGE);
    play_raw(p, "\">");
    write_lang_link(p, 0, "IT", ", italiano");
    write_lang_link(p, 1, "EN", ", English");
    play_raw(p, "</nav></header>\n");
}

static void write_desk_link(struct play *p)
{
    play_raw(p, "<p><a class=\"btn\" href=\"/desk\">");
    play_icon(p, "desk");
    play_say(p, W_TO_DESK);
    play_raw(p, "</a> <a class=\"btn\" href=\"/play/mail\">");
    play_say(p, W_TO_MAIL);
    play_raw(p, "</a></p>\n");
}

static void write_problem(struct play *p)
{
    if (p->problem == W_COUNT)
        return;
    play_raw(p, "<p class=\"warn\" role=\"alert\">");
    play_say(p, p->problem);
    play_raw(p, "</p>\n");
}

static void write_face(struct play *p, struct str name, const char *class)
{
    play_raw(p, "<span class=\"face ");
    play_raw(p, class);
    play_raw(p, "\" aria-hidden=\"true\">");
    play_text(p, text_initials(p->a, name));
    play_raw(p, "</span>");
}

/* ---- choosing a person ---- */

static void write_person(struct play *p, const struct sim_person *person)
{
    play_raw(p, "<li><a");
    play_href(p, person, p->on);
    play_raw(p, ">");
    write_face(p, person->name, "");
    play_raw(p, "<span>");
    play_say_of(p, W_BE, person->name);
    play_raw(p, "</span></a></li>\n");
}

/* A dozen at once; the others behind a word. */
static void write_faces(struct play *p)
{
    struct sim_person *person;
    int n = 0;

    play_raw(p, "<ul class=\"faces\">\n");
    for (person = p->sim->people; person != NULL; person = person->next) {
        if (person->stranger)
            continue;
        if (n++ == FACES_AT_ONCE) {
            play_raw(p, "</ul>\n<details class=\"drawer\"><summary>");
            play_icon(p, "turn");
            play_say(p, W_OTHERS);
            play_raw(p, "</summary><ul class=\"faces\">\n");
        }
        write_person(p, person);
    }
    play_raw(p, n > FACES_AT_ONCE ? "</ul></details>\n" : "</ul>\n");
}

static void write_choice(struct play *p)
{
    play_raw(p, "<main id=\"phone\" class=\"choose stack\">\n<h1>");
    play_say(p, W_WHO);
    play_raw(p, "</h1>\n<p class=\"soft\">");
    play_say_of(p, W_WHO_INTRO, str_from(p->sim->config.brand));
    play_raw(p, "</p>\n");
    write_problem(p);
    write_faces(p);
    play_raw(p, "<form class=\"sheet stack\" method=\"post\" action=\"/play/person\"><h2>");
    play_say(p, W_NEW_PERSON);
    play_raw(p, "</h2>");
    play_hidden(p, NULL, STR_EMPTY);
    play_raw(p, "<p class=\"field\"><label for=\"name\">");
    play_say(p, W_YOUR_NAME);
    play_raw(p, "</label><input class=\"in\" id=\"name\" name=\"name\" maxlength=\"60\" required "
                "autocomplete=\"off\"></p>"
                "<p><button class=\"key\">");
    play_say(p, W_START);
    play_raw(p, "</button></p></form>\n");
    write_desk_link(p);
    play_raw(p, "</main>\n");
}

/* ---- the phone ---- */

static void write_small_form(struct play *p, const char *what, enum play_word word)
{
    play_raw(p, "<form method=\"post\" action=\"/play/act\">");
    play_hidden(p, what, STR_EMPTY);
    play_raw(p, "<button class=\"btn wide\">");
    play_say_of(p, word, str_from(p->sim->config.brand));
    play_raw(p, "</button></form>");
}

static void write_more(struct play *p)
{
    bool blocked = p->person->blocked[p->on->network];

    play_raw(p, "<details class=\"more\"><summary class=\"plain square\" aria-label=\"");
    play_say(p, W_MORE);
    play_raw(p, "\">");
    play_icon(p, "more");
    play_raw(p, "</summary><div class=\"sheet stack tight\">");
    if (sim_word_in(sim_drivers[p->on->network]->acts, STR("block")))
        write_small_form(p, blocked ? "unblock" : "block", blocked ? W_UNBLOCK : W_BLOCK);
    if (p->on->place->closes)
        write_small_form(p, p->person->dms_closed ? "open" : "close",
                         p->person->dms_closed ? W_OPEN_DMS : W_CLOSE_DMS);
    play_raw(p, "<a class=\"btn wide\" href=\"/play");
    if (p->lang_chosen) {
        play_raw(p, "?lang=");
        play_raw(p, play_lang_code(p->lang));
    }
    play_raw(p, "\">");
    play_say(p, W_CHANGE);
    play_raw(p, "</a></div></details>");
}

static void write_tabs(struct play *p)
{
    const struct play_spot *spot;

    play_raw(p, "<nav class=\"apps\" aria-label=\"");
    play_say(p, W_NETWORKS);
    play_raw(p, "\"><ul>");
    for (spot = p->spots; spot < p->spots + p->spot_count; spot++) {
        play_raw(p, "<li><a");
        play_href(p, p->person, spot);
        play_raw(p, spot == p->on ? " aria-current=\"page\">" : ">");
        play_icon(p, spot->place->icon != NULL ? spot->place->icon : spot->place->name);
        play_raw(p, "<span>");
        play_text(p, play_words_of(p, &spot->place->label));
        play_raw(p, "</span></a></li>");
    }
    play_raw(p, "</ul></nav>\n");
}

static void write_phone(struct play *p)
{
    struct str brand = str_from(p->sim->config.brand);
    bool private = p->on->place->private;

    play_raw(p, "<section class=\"phone\" id=\"phone\" aria-label=\"");
    play_say_of(p, W_PHONE_OF, p->person->name);
    play_raw(p, "\">\n<header class=\"phone-head\">");
    write_face(p, brand, "us");
    play_raw(p, "<div><h2>");
    play_text(p, brand);
    play_raw(p, "</h2><p class=\"small soft\">");
    play_text(p, play_words_of(p, &p->on->place->label));
    play_raw(p, ". ");
    play_say(p, private ? W_PRIVATE : W_PUBLIC);
    play_raw(p, "</p></div>");
    write_more(p);
    play_raw(p, "</header>\n");
    play_screen(p);
    play_raw(p, "<div class=\"foot\">");
    write_problem(p);
    if (p->person->blocked[p->on->network]) {
        play_raw(p, "<p class=\"aside-note small\">");
        play_say_of(p, W_BLOCKED_NOW, brand);
        play_raw(p, "</p>\n");
    }
    play_composer(p);
    play_raw(p, "</div>\n");
    write_tabs(p);
    play_raw(p, "</section>\n");
}

static void write_hints(struct play *p)
{
    const struct sim_words *advice = &p->on->place->advice;
    int n;

    play_raw(p, "<section class=\"hints stack\" aria-labelledby=\"you\">\n<h1 id=\"you\">");
    play_say_of(p, W_YOU_ARE, p->person->name);
    play_raw(p, "</h1>\n<p class=\"soft\">");
    play_say_of(p, W_CUSTOMER_OF, str_from(p->sim->config.brand));
    play_raw(p, "</p>\n<p class=\"try\"><b>");
    play_say(p, W_TRY);
    play_raw(p, "</b> ");
    play_fill(p, advice->en != NULL ? play_words_of(p, advice) : play_word(p, W_TRY_TALK), play_brand(p));
    play_raw(p, "</p>\n<div class=\"say-this\"><h2 class=\"caps\">");
    play_say(p, W_WORDS_TO_TRY);
    play_raw(p, "</h2><ul>");
    for (n = 0; n < 3; n++) {
        play_raw(p, "<li><a data-say lang=\"");
        play_raw(p, play_lang_code(play_person_lang(p)));
        play_raw(p, "\" href=\"");
        write_address(p, p->person, p->on);
        play_raw(p, "&amp;say=");
        play_int(p, n + 1);
        play_raw(p, "#say\">");
        play_text(p, play_word_in(play_person_lang(p), (enum play_word)(W_SAY_1 + n)));
        play_raw(p, "</a></li>");
    }
    play_raw(p, "</ul></div>\n");
    write_desk_link(p);
    play_raw(p, "</section>\n");
}

void play_page(struct play *p)
{
    write_top(p);
    if (p->person == NULL) {
        write_choice(p);
    } else {
        play_raw(p, "<main class=\"around\">\n");
        write_hints(p);
        write_phone(p);
        play_drawer(p);
        play_raw(p, "</main>\n");
    }
    play_raw(p, "</body>\n</html>\n");
}
