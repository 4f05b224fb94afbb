/* SPDX-License-Identifier: Apache-2.0 */
/* Guides at the desk: what the list, the editor and what changes the steps share. */
#pragma once

#include "care/guides.h"
#include "web/router.h"

struct json;

struct guide_desk {
    struct visit *v;
    int64_t id;
    struct str language;
    struct guide guide;
    struct guide_paper paper; /* the draft */
    struct guide_text *texts;
    struct guide_article *articles;
    struct guide_count *counts;
    size_t text_count, article_count, count_count;
    struct guide_step *filled; /* what a form that was refused held; NULL: none was */
    struct json *model, *errors;
};
/* The language that was asked for, where it is one of ours, else the brand's. */
struct str guide_language(struct visit *v, struct str asked);
/* Reads guide, draft, articles and counts of desk->id in desk->language. */
bool guide_desk_read(struct tx *tx, struct guide_desk *desk, struct error *e) MUST_USE;
/* The editor, with the form of ?step= open; 422 where desk->errors is set. open: a step, or GUIDE_NONE. */
bool guide_desk_render(struct guide_desk *desk, struct str open, struct error *e) MUST_USE;
/* To the editor, with the form of a step open where one is named. */
bool guide_led_to_editor(struct visit *v, int64_t id, struct str language, struct str step, const char *toast);
/* {open, drawn as a tree}: see templates/MODELS.md. */
struct json *guide_tree_json(const struct guide_desk *desk, size_t open);
struct json *guide_remarks_json(const struct guide_desk *desk, bool *stops);
