/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the phone (/play) share: its words, its places, and the page under construction. */
#pragma once

#include "base/buf.h"
#include "sim/sim_driver.h"

enum play_word {
#define WORDS(name, italian, english) name,
#include "sim/sim_play_words.def"
#undef WORDS
    W_COUNT
};

struct play_spot { /* a place of a network */
    const struct sim_place *place;
    enum sim_network network;
};

struct play {
    struct sim *sim;
    struct http_request *req;
    struct arena *a;
    struct buf out;
    int lang;                      /* 0 Italian, 1 English */
    bool lang_chosen;              /* by the address: links carry it on */
    const struct play_spot *spots; /* in their order on the phone */
    size_t spot_count;
    const struct play_spot *on;
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
void play_href(struct play *p, const struct sim_person *person, const struct play_spot *spot);
/* The hidden fields that each form carries. */
void play_hidden(struct play *p, const char *what, struct str to);
void play_icon(struct play *p, const char *name);
/* The words in the phone's language, {} filled. */
struct str play_words_of(const struct play *p, const struct sim_words *words);
void play_fill(struct play *p, struct str text, struct str filling);
/* How the place calls the brand: by its name or its handle. */
struct str play_brand(const struct play *p);
/* All places of all networks. */
const struct play_spot *play_spots(struct arena *a, size_t *count);
/* The whole page into p->out. Lock held. */
void play_page(struct play *p);

/* sim_play_talk.c: what stands on the phone's screen, and the field to write in. Lock held. */
void play_screen(struct play *p);
void play_composer(struct play *p);

/* sim_play_drawer.c: making the network misbehave. */
void play_drawer(struct play *p);
