/* SPDX-License-Identifier: Apache-2.0 */
/* A brand is a tenant; and settings of the whole installation. */
#pragma once

#include "store/store.h"

struct brand {
    int64_t id;
    struct str name;     /* short key: host name part, --brand */
    struct str title;    /* "Nuvola Mobile" */
    struct str zone;     /* IANA time zone of its days */
    struct str language; /* "it" */
    int hue;             /* 0-359 */
    int undo_seconds;    /* how long a reply can be taken back */
    int64_t created_at, removed_at;
    /* days that are kept, 0: for ever: what networks sent, the event log, the words of closed conversations in search
     */
    int64_t keep_payloads, keep_events, keep_search;
};

bool brand_add(struct tx *tx, const struct brand *brand, struct error *e) MUST_USE;
bool brand_update(struct tx *tx, const struct brand *brand, struct error *e) MUST_USE;
bool brand_by_id(struct tx *tx, struct arena *a, int64_t id, struct brand *out, struct error *e) MUST_USE;
/* The brand of that name, else the oldest. */
bool brand_of_host(struct tx *tx, struct arena *a, struct str name, struct brand *out, struct error *e) MUST_USE;
/* Removed ones too. */
bool brand_by_name(struct tx *tx, struct arena *a, struct str name, struct brand *out, struct error *e) MUST_USE;
/* By name, or by id in digits. */
bool brand_find(struct tx *tx, struct arena *a, struct str name_or_id, struct brand *out, struct error *e) MUST_USE;
/* Those not removed; or all. */
bool brand_list(struct tx *tx, struct arena *a, bool removed_too, struct brand **out, size_t *count,
                struct error *e) MUST_USE;
bool brand_remove(struct tx *tx, int64_t id, int64_t at, struct error *e) MUST_USE;
/* Replies that are not with their networks yet, nor given up. */
bool brand_on_their_way(struct tx *tx, int64_t id, int64_t *count, struct error *e) MUST_USE;

/* Installation settings; a missing one reads as empty. */
bool setting_get(struct tx *tx, struct arena *a, const char *name, struct str *out, struct error *e) MUST_USE;
bool setting_put(struct tx *tx, const char *name, struct str value, struct error *e) MUST_USE;
