/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be the same: traits kept as they are told, and read with care for false friends: what is ours, what a whole
 * office shares, what many are called. */
#include "care/likeness.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "care/people_internal.h"
#include "store/person.h"

/* Somebody's own trait is shared by few: a number that more have is a switchboard's. */
#define SHARED_MAX 3
#define WEIGHT_MAX 5 /* of one reason */

/* ---- what tells ---- */

/* As it is compared: without @, the server it lives on, and capitals. */
static struct str handle_key(struct arena *a, struct str handle)
{
    struct str key = str_lower(a, str_starts(handle, STR("@")) ? str_slice(handle, 1, handle.len) : handle);
    ptrdiff_t server = str_find_char(key, '@');
    if (server > 0)
        key = str_slice(key, 0, (size_t)server);
    return str_ends(key, STR(".bsky.social")) ? str_slice(key, 0, key.len - STR(".bsky.social").len) : key;
}

static bool tell(struct tx *tx, struct trait *trait, enum trait_kind kind, struct str value, struct error *e)
{
    if (value.len < 2 || value.len > 254)
        return true;
    trait->value = str_format(tx_arena(tx), "%c%.*s", (char)kind, STR_ARGS(value));
    return trait_put(tx, trait, e);
}

bool likeness_of_author(struct tx *tx, int64_t brand, struct str network, struct str external_id,
                        const struct channel_author *author, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct trait trait = {.brand_id = brand, .network = network, .external_id = external_id};
    bool address = str_find_char(external_id, '@') > 0 && str_eq(external_id, author->handle);
    if (str_starts(external_id, STR("hidden:")))
        return true;
    /* the brand's own site may say the address of a customer who is signed in there */
    if (str_eq(network, STR("site")) && str_find_char(author->handle, '@') > 0)
        return tell(tx, &trait, TRAIT_EMAIL, likeness_mailbox(a, author->handle), e) &&
               (author->phone.len == 0 || tell(tx, &trait, TRAIT_PHONE, author->phone, e));
    if (address)
        return tell(tx, &trait, TRAIT_EMAIL, likeness_mailbox(a, external_id), e);
    return (author->phone.len == 0 || tell(tx, &trait, TRAIT_PHONE, author->phone, e)) &&
           (author->handle.len == 0 || tell(tx, &trait, TRAIT_HANDLE, handle_key(a, author->handle), e));
}

bool likeness_said(struct tx *tx, struct str network, const struct message *m, struct error *e)
{
    struct trait said[LIKENESS_SAID];
    size_t count = m->author_id.len ? likeness_read(tx_arena(tx), m->text, said) : 0;
    for (size_t i = 0; i < count; i++) {
        said[i].brand_id = m->brand_id;
        said[i].network = network;
        said[i].external_id = m->author_id;
        said[i].message_id = m->id;
        if (!trait_put(tx, &said[i], e))
            return false;
    }
    return true;
}

bool likeness_unsaid(struct tx *tx, struct str network, const struct message *m, struct error *e)
{
    struct trait said[LIKENESS_SAID];
    return m->author_id.len == 0 || likeness_read(tx_arena(tx), m->text, said) == 0 ||
           trait_forget(tx, m->brand_id, network, m->author_id, m->id, e);
}

bool likeness_told(struct tx *tx, int64_t brand, struct str network, struct str one, struct str other,
                   struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct str ids[] = {one, other};
    struct identity known[2];
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct error here = {0};
        if (!identity_find(tx, a, brand, network, ids[i], &known[i], &here))
            return here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
    }
    struct str value = str_format(a, "%.*s:%.*s", STR_ARGS(network), STR_ARGS(other));
    for (size_t i = 0; known[0].person_id != known[1].person_id && i < COUNT_OF(ids); i++) {
        struct trait trait = {.brand_id = brand, .network = network, .external_id = ids[i], .message_id = -1};
        if (!tell(tx, &trait, TRAIT_TOLD, value, e))
            return false;
    }
    return true;
}

/* ---- false friends ---- */

static bool is_among(struct str word, const char *const *list)
{
    for (; *list; list++)
        if (str_eq(word, str_from(*list)))
            return true;
    return false;
}

/* The address of an office, or a name that says nothing. */
static bool is_common(struct str value)
{
    static const char *const offices[] = {
        "info",    "support",  "supporto",  "assistenza",  "service",    "servizio",
        "help",    "contact",  "contatti",  "office",      "ufficio",    "sales",
        "vendite", "admin",    "billing",   "commerciale", "segreteria", "amministrazione",
        "hello",   "ciao",     "mail",      "posta",       "team",       "care",
        "noreply", "no-reply", "webmaster", "postmaster",  "newsletter", "hr",
        "jobs",    "shop",     "store",     "ordini",      "orders",     NULL};
    static const char *const names[] = {"admin",    "official",  "support",  "service",  "profile", "account",
                                        "unknown",  "anonymous", "anonimo",  "customer", "cliente", "utente",
                                        "username", "instagram", "facebook", "telegram", "twitter", NULL};
    struct str rest = str_slice(value, 1, value.len);
    if (value.ptr[0] == TRAIT_EMAIL)
        return is_among(str_slice(rest, 0, (size_t)str_find_char(rest, '@')), offices);
    return value.ptr[0] == TRAIT_HANDLE && (is_among(rest, names) || is_among(rest, offices));
}

/* Short names are taken by somebody else on every other network. */
static bool is_telling(struct str handle)
{
    bool mark = false;
    for (size_t i = 0; i < handle.len; i++)
        mark |= (handle.ptr[i] >= '0' && handle.ptr[i] <= '9') || handle.ptr[i] == '_' || handle.ptr[i] == '.';
    return handle.len >= (mark ? 5 : 7);
}

/* A name, number or address of one of our own accounts. */
static bool is_ours(struct arena *a, const struct channel_row *channels, size_t n, struct str value)
{
    struct str rest = str_slice(value, 1, value.len);
    for (size_t i = 0; i < n; i++) {
        const struct json *settings = json_parse(a, channels[i].settings, NULL);
        if (str_eq_nocase(handle_key(a, channels[i].account), rest) || str_eq_nocase(channels[i].account, rest))
            return true;
        for (size_t k = 0; k < json_count(settings); k++) {
            struct str one = json_text(settings->members[k].value);
            if (one.len && (str_eq_nocase(one, rest) || str_eq(handle_key(a, one), rest)))
                return true;
        }
    }
    return false;
}

/* ---- suggestions ---- */

struct suggesting {
    struct arena *a;
    const struct likeness *rows;
    size_t row_count;
    struct likeness_person *list;
    size_t count;
};

/* How many others share it. */
static size_t shared_by(const struct suggesting *s, struct str value)
{
    size_t n = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        bool known = !str_eq(s->rows[i].value, value);
        for (size_t k = 0; k < i && !known; k++)
            known = str_eq(s->rows[k].value, value) && s->rows[k].other == s->rows[i].other;
        n += !known;
    }
    return n;
}

/* 0: of none. */
static int kind_of(struct str value)
{
    return value.len ? value.ptr[0] : 0;
}

/* NULL: it does not tell. */
static const char *why_of(const struct likeness *row, int *weight)
{
    bool said = row->message || row->other_message;
    int kind = kind_of(row->value);
    *weight = said ? WEIGHT_MAX - 1 : 3;
    if (kind == TRAIT_TOLD) {
        *weight = WEIGHT_MAX;
        return "told";
    }
    if (kind == TRAIT_PHONE)
        return said ? "said_phone" : "same_phone";
    if (kind == TRAIT_EMAIL)
        return said ? "said_email" : "same_email";
    if (row->message && row->other_message) /* both speak of somebody */
        return NULL;
    if (said)
        return str_eq(row->message ? row->aim : row->other_aim, row->message ? row->other_network : row->network)
                   ? "said_handle"
                   : NULL;
    *weight = 1;
    struct str handle = str_slice(row->value, 1, row->value.len);
    return !str_eq(row->network, row->other_network) && is_telling(handle) ? "same_handle" : NULL;
}

static struct str value_shown(struct arena *a, struct str value)
{
    struct str rest = str_slice(value, 1, value.len);
    int kind = kind_of(value);
    if (kind == TRAIT_EMAIL || kind == TRAIT_TOLD)
        return rest;
    return str_format(a, "%c%.*s", kind == TRAIT_PHONE ? '+' : '@', STR_ARGS(rest));
}

static struct likeness_person *person_of(struct suggesting *s, const struct likeness *row)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].id == row->other)
            return &s->list[i];
    s->list = list_room(s->a, s->list, s->count, sizeof *s->list);
    s->list[s->count] = (struct likeness_person){.id = row->other, .name = row->other_name};
    return &s->list[s->count++];
}

static void reason_add(struct suggesting *s, const struct likeness *row, const char *why, int weight)
{
    struct likeness_person *person = person_of(s, row);
    struct str value = value_shown(s->a, row->value);
    for (size_t i = 0; i < person->count; i++)
        if (strcmp(person->reasons[i].why, why) == 0 && str_eq(person->reasons[i].value, value))
            return;
    person->weight += weight;
    if (person->count < LIKENESS_REASONS)
        person->reasons[person->count++] = (struct likeness_reason){.why = why,
                                                                    .value = value,
                                                                    .networks = {row->network, row->other_network},
                                                                    .by_other = row->other_message && !row->message};
}

static void likeliest_first(struct suggesting *s)
{
    for (size_t i = 1; i < s->count; i++)
        for (size_t k = i;
             k > 0 && (s->list[k].weight > s->list[k - 1].weight ||
                       (s->list[k].weight == s->list[k - 1].weight && s->list[k].id < s->list[k - 1].id));
             k--) {
            struct likeness_person other = s->list[k];
            s->list[k] = s->list[k - 1];
            s->list[k - 1] = other;
        }
    if (s->count > LIKENESS_SHOWN)
        s->count = LIKENESS_SHOWN;
}

bool likeness_suggest(struct tx *tx, struct arena *a, int64_t brand, int64_t person,
                      const struct channel_row *channels, size_t channel_count, struct likeness_person **out,
                      size_t *count, struct error *e)
{
    struct likeness *rows;
    struct suggesting s = {.a = a};
    if (!likeness_list(tx, a, brand, person, &rows, &s.row_count, e))
        return false;
    s.rows = rows;
    for (int wanted = WEIGHT_MAX; wanted > 0; wanted--) /* the strongest reasons first */
        for (size_t i = 0; i < s.row_count; i++) {
            int weight = 0;
            const char *why = rows[i].value.len > 1 ? why_of(&rows[i], &weight) : NULL;
            if (why && weight == wanted && !is_common(rows[i].value) && shared_by(&s, rows[i].value) <= SHARED_MAX &&
                !is_ours(a, channels, channel_count, rows[i].value))
                reason_add(&s, &rows[i], why, weight);
        }
    likeliest_first(&s);
    *out = s.list;
    *count = s.count;
    return true;
}

bool likeness_deny(struct tx *tx, int64_t brand, int64_t person, int64_t other, int64_t actor, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct person both[2];
    struct identity *ours, *theirs;
    size_t n, m;
    if (person == other)
        return fail(e, ERR_BAD_INPUT, "These are the same person already.");
    if (!person_by_id(tx, a, brand, person, &both[0], e) || !person_by_id(tx, a, brand, other, &both[1], e) ||
        !identity_list(tx, a, brand, person, &ours, &n, e) || !identity_list(tx, a, brand, other, &theirs, &m, e))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            if (!stranger_put(tx, brand, ours[i].first_person_id, theirs[k].first_person_id, actor, e))
                return false;
    struct json *data = json_object(a);
    json_set_id(a, data, "other", other);
    return person_event(tx, "person.strangers", brand, person, actor, data, e);
}
