/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the phone (/play) share: its words, its places, and the page under construction. */
#pragma once

#include "base/buf.h"
#include "sim/sim_internal.h"

enum play_word {
#define WORDS(name, italian, english) name,
#include "sim/sim_play_words.def"
#undef WORDS
    W_COUNT
};

enum play_place { PLAY_WALL, PLAY_MESSENGER, PLAY_X, PLAY_DM, PLAY_WHATSAPP, PLAY_PLACES };

struct play {
    struct sim *sim;
    struct http_request *req;
    struct arena *a;
    struct buf out;
    int lang;         /* 0 Italian, 1 English */
    bool lang_chosen; /* by the address: links carry it on */
    enum play_place place;
    struct sim_person *person; /* NULL: still to be chosen */
    int64_t now;
    enum play_word problem; /* W_COUNT: none */
    struct str kept;        /* words that could not be sent */
    struct str kept_to;     /* what they were to answer */
};

/* sim_play_words.c */
const char *play_lang_code(int lang);
struct str play_word(const struct play *p, enum play_word word);
/* The language of the words suggested to the person: their own, else the page's. */
int play_person_lang(const struct play *p);
struct str play_word_in(int lang, enum play_word word);

/* sim_play_page.c: writing HTML. play_text escapes; play_raw takes literals only. */
void play_raw(struct play *p, const char *literal);
void play_text(struct play *p, struct str s);
void play_say(struct play *p, enum play_word word);
void play_say_of(struct play *p, enum play_word word, struct str filling);
void play_int(struct play *p, int64_t n);
/* " href" value of a page: /play?as=…&on=…, escaped. */
void play_href(struct play *p, const struct sim_person *person, enum play_place place);
/* The hidden fields that each form carries. */
void play_hidden(struct play *p, const char *what, struct str to);
void play_icon(struct play *p, const char *name);
const char *play_place_name(enum play_place place);
enum sim_network play_network(enum play_place place);
bool play_is_private(enum play_place place);
/* The whole page into p->out. Lock held. */
void play_page(struct play *p);

/* sim_play_talk.c: what stands on the phone's screen, and the field to write in. Lock held. */
void play_screen(struct play *p);
void play_composer(struct play *p);

/* sim_play_drawer.c: making the network misbehave. */
void play_drawer(struct play *p);
