/* SPDX-License-Identifier: Apache-2.0 */
/* Search over all history: people, messages, needs. Texts are folded (case and accents) on the way in and in queries;
 * every row carries scope tokens (brand, kind, channel, person, public or private), so nothing is filtered
 * afterwards.
 */
#pragma once

#include "store/conversation.h"
#include "store/message.h"
#include "store/person.h"

struct json;

bool search_message(struct tx *tx, const struct message *m, struct error *e) MUST_USE;
bool search_message_gone(struct tx *tx, const struct message *m, struct error *e) MUST_USE; /* as it was added */
bool search_need(struct tx *tx, const struct conversation *c, struct error *e) MUST_USE;
bool search_need_gone(struct tx *tx, const struct conversation *c, struct error *e) MUST_USE;
bool search_person(struct tx *tx, const struct person *p, struct error *e) MUST_USE;
bool search_person_gone(struct tx *tx, const struct person *p, struct error *e) MUST_USE;

struct search_query {
    struct str words; /* words, "phrases", prefix* */
    const char *kind; /* "message", "need", "person", or NULL for all */
    int64_t channel, person;
    const int64_t *channels; /* any of these, when there are more than one */
    size_t channel_count;
    int64_t before; /* cursor: an id, or 0 */
    int64_t after;  /* only ids from here on, or 0 */
    int limit;
};
struct search_hit {
    const char *kind;
    int64_t id;
    struct message message;           /* kind message */
    struct conversation conversation; /* kinds message and need */
    struct person person;
    struct str text; /* the words around what was found; each found word stands between U+0002 and U+0003 */
};
bool search_run(struct tx *tx, struct arena *a, int64_t brand, const struct search_query *query,
                struct search_hit **out, size_t *count, int64_t *next, struct error *e) MUST_USE;
