/* SPDX-License-Identifier: Apache-2.0 */
/* The brand's accounts on networks. Secrets are sealed by care/ before they come here. */
#pragma once

#include "store/store.h"

struct channel_row {
    int64_t brand_id, id;
    struct str network, name;
    struct str account;                /* our id on the network, when known */
    struct str settings;               /* JSON object of the settings that are no secrets */
    struct str secrets;                /* sealed JSON object */
    struct str state;                  /* "on", "paused" */
    struct str failure, failure_words; /* why paused, or what went wrong last */
    int64_t failure_at, rate_until, last_in_at, last_out_at, probed_at, created_at, removed_at;
    int64_t greeted_at;   /* when the network last proved that it reaches us */
    int64_t access_until; /* how long its access is known to last; 0: nobody said */
};

bool channel_row_add(struct tx *tx, const struct channel_row *row, struct error *e) MUST_USE;
/* name, account, settings, secrets */
bool channel_row_update(struct tx *tx, const struct channel_row *row, struct error *e) MUST_USE;
bool channel_row_state(struct tx *tx, int64_t brand, int64_t id, struct str state, struct str failure,
                       struct str words, int64_t at, struct error *e) MUST_USE;
bool channel_row_rate(struct tx *tx, int64_t brand, int64_t id, int64_t until, struct error *e) MUST_USE;
bool channel_row_last_in(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
bool channel_row_last_out(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
bool channel_row_probed(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
bool channel_row_access(struct tx *tx, int64_t brand, int64_t id, int64_t until, struct error *e) MUST_USE;
bool channel_row_greeted(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
bool channel_row_remove(struct tx *tx, int64_t brand, int64_t id, int64_t at, struct error *e) MUST_USE;
bool channel_row_by_id(struct tx *tx, struct arena *a, int64_t brand, int64_t id, struct channel_row *out,
                       struct error *e) MUST_USE;
/* By id alone, for the address of a webhook. */
bool channel_row_anywhere(struct tx *tx, struct arena *a, int64_t id, struct channel_row *out,
                          struct error *e) MUST_USE;
/* One of the brand's channels that channel_row_anywhere does not know (0: none), and making them all known: an older
 * node beside us may have added it. */
bool channel_homeless(struct tx *tx, int64_t brand, int64_t *id, struct error *e) MUST_USE;
bool channel_homes_mend(struct tx *tx, int64_t brand, struct error *e) MUST_USE;
/* Those not removed, by name; or all. */
bool channel_row_list(struct tx *tx, struct arena *a, int64_t brand, bool removed_too, struct channel_row **out,
                      size_t *count, struct error *e) MUST_USE;

/* Words its network approved beforehand, to be sent where a window is closed. */
struct approved_row {
    struct str name, language; /* the key within the channel */
    struct str head, body, foot;
};
bool approved_clear(struct tx *tx, int64_t brand, int64_t channel, struct error *e) MUST_USE;
bool approved_put(struct tx *tx, int64_t brand, int64_t channel, const struct approved_row *row,
                  struct error *e) MUST_USE;
bool approved_all(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct approved_row **out,
                  size_t *count, struct error *e) MUST_USE;
bool approved_one(struct tx *tx, struct arena *a, int64_t brand, int64_t channel, struct str name,
                  struct str language, struct approved_row *out, struct error *e) MUST_USE;
