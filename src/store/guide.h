/* SPDX-License-Identifier: Apache-2.0 */
/* Guides, step by step, as rows: texts in several languages, the draft and what was published, and how often each
 * step and answer was taken. */
#pragma once

#include "store/store.h"

struct guide {
    int64_t brand_id, id, category_id, position;
    struct str name; /* of its files, for export and import */
    int64_t created_at;
};
bool guide_add(struct tx *tx, const struct guide *guide, struct error *e) MUST_USE;
bool guide_move(struct tx *tx, const struct guide *guide, struct error *e) MUST_USE; /* category, position */
bool guide_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct guide *out,
                 struct error *e) MUST_USE;
/* id 0 when there is none. */
bool guide_by_name(struct tx *tx, struct arena *a, int64_t brand, struct str name, struct guide *out,
                   struct error *e) MUST_USE;
/* By category and place in it. */
bool guide_list(struct tx *tx, struct arena *a, int64_t brand, struct guide **out, size_t *count,
                struct error *e) MUST_USE;

struct guide_text {
    int64_t brand_id, guide_id;
    struct str language, slug, title, about; /* title, about: as published, else of the draft */
    int64_t revision, published;             /* of the draft; of what readers see, 0: nothing */
    int64_t published_at, counted_since;
};
bool guide_text_put(struct tx *tx, const struct guide_text *text, struct error *e) MUST_USE;
bool guide_text_of(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct guide_text **out,
                   size_t *count, struct error *e) MUST_USE;
/* guide_id 0 when there is none. */
bool guide_text_by_slug(struct tx *tx, struct arena *a, int64_t brand, struct str slug, struct guide_text *out,
                        struct error *e) MUST_USE;
bool guide_text_list(struct tx *tx, struct arena *a, int64_t brand, struct guide_text **out, size_t *count,
                     struct error *e) MUST_USE;
/* Of these guides, in no order. */
bool guide_text_some(struct tx *tx, struct arena *a, int64_t brand, struct str language, const int64_t *ids, size_t n,
                     struct guide_text **out, size_t *count, struct error *e) MUST_USE;

#define GUIDE_DRAFT 0
struct guide_version {
    int64_t brand_id, guide_id;
    struct str language;
    int64_t number; /* GUIDE_DRAFT, or the revision that was published */
    struct str title, about, steps;
    int64_t agent_id, at;
};
bool guide_version_put(struct tx *tx, const struct guide_version *version, struct error *e) MUST_USE;
bool guide_version_get(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct str language,
                       int64_t number, struct guide_version *out, struct error *e) MUST_USE;
/* Of all guides, by guide and language. */
bool guide_version_drafts(struct tx *tx, struct arena *a, int64_t brand, struct guide_version **out, size_t *count,
                          struct error *e) MUST_USE;

/* ---- how it went ---- */

struct guide_count {
    int64_t guide_id;
    struct str language, step, answer; /* answer empty: of the step itself */
    int64_t seen, moved;               /* how often shown or chosen; of a step: how often somebody went on from it */
};
/* Adds to what is counted. */
bool guide_count_add(struct tx *tx, int64_t brand, const struct guide_count *count, struct error *e) MUST_USE;
bool guide_count_of(struct tx *tx, struct arena *a, int64_t brand, int64_t guide, struct str language,
                    struct guide_count **out, size_t *count, struct error *e) MUST_USE;
/* By guide and language. */
bool guide_count_list(struct tx *tx, struct arena *a, int64_t brand, struct guide_count **out, size_t *count,
                      struct error *e) MUST_USE;
bool guide_count_clear(struct tx *tx, int64_t brand, int64_t guide, struct str language, struct error *e) MUST_USE;
