/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a person by the beginning of a name. */
#include "base/arena.h"
#include "base/json.h"
#include "care/search.h"
#include "web/desk/page.h"

static bool person_found(struct tx *tx, struct visit *v, const struct person *p, struct json *list, struct error *e)
{
    struct arena *a = v->arena;
    struct identity *identities;
    size_t count;
    if (!identity_list(tx, a, v->brand.id, p->id, &identities, &count, e))
        return false;
    struct json *item = person_json(a, p);
    json_set_str(a, item, "handle", count ? identities[0].handle : STR_EMPTY);
    json_set_str(a, item, "icon", str_from(count ? network_icon(identities[0].network) : "people"));
    json_push(a, list, item);
    return true;
}

struct json *people_found(struct tx *tx, struct visit *v, struct str words, int64_t but, int limit, struct error *e)
{
    struct json *list = json_array(v->arena);
    struct search_hit *hits;
    size_t count;
    int64_t next;
    words = str_trim(words);
    bool whole = words.len == 0 || words.ptr[words.len - 1] == '"' || words.ptr[words.len - 1] == '*';
    struct search_query query = {
        .words = whole ? words : str_concat(v->arena, words, STR("*")), .kind = "person", .limit = limit * 2};
    if (!search_run(tx, v->arena, v->brand.id, &query, &hits, &count, &next, e))
        return NULL;
    for (size_t i = 0; i < count && json_count(list) < (size_t)limit; i++) {
        const struct person *p = &hits[i].person;
        if (p->id != but && p->merged_into == 0 && !person_found(tx, v, p, list, e))
            return NULL;
    }
    return list;
}
