/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulator remembers: people, items, media, what was accepted; and ids that look like the networks'
 * own. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/embed.h"
#include "base/error.h"
#include "sim/sim_driver.h"

void sim_changed(struct sim *sim)
{
    sim->version++;
    sim_wake(sim);
}

struct str sim_copy(struct sim *sim, struct str s)
{
    return str_dup(sim->state, s);
}

/* ---- ids ---- */

struct str sim_digits(struct arena *a, size_t n)
{
    char *out = arena_alloc(a, n + 1);
    unsigned char byte;
    size_t i;

    for (i = 0; i < n; i++) {
        random_bytes(&byte, 1);
        out[i] = (char)('0' + byte % 10);
    }
    if (out[0] == '0')
        out[0] = '7';
    return (struct str){out, n};
}

struct str sim_new_id(struct sim *sim, enum sim_network network, enum sim_kind kind, const struct sim_person *person,
                      struct str root)
{
    return sim_drivers[network]->new_id(sim, kind, person, root);
}

/* ---- people ---- */

struct sim_person *sim_person_find(struct sim *sim, struct str key)
{
    struct sim_person *person;

    for (person = sim->people; person != NULL; person = person->next)
        if (str_eq(person->key, key))
            return person;
    return NULL;
}

struct sim_person *sim_person_of(struct sim *sim, enum sim_network network, struct str id)
{
    bool (*also)(const struct sim_person *, struct str) = sim_drivers[network]->is_person;
    struct sim_person *person;

    for (person = sim->people; person != NULL && id.len > 0; person = person->next)
        if (str_eq(person->ids[network], id) || (also != NULL && also(person, id)))
            return person;
    return NULL;
}

/* Letters and digits of the name in lower case, made unique. */
static struct str new_key(struct sim *sim, struct str name)
{
    char stem[24];
    size_t i, len = 0;
    struct str key;
    int n;

    for (i = 0; i < name.len && len < sizeof stem - 1; i++) {
        char c = name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            stem[len++] = c;
    }
    name = len > 0 ? (struct str){stem, len} : STR("person");
    key = str_dup(sim->house, name);
    for (n = 2; sim_person_find(sim, key) != NULL; n++)
        key = str_format(sim->house, "%.*s%d", STR_ARGS(name), n);
    return key;
}

static void fill_ids(struct sim *sim, struct sim_person *person)
{
    struct str digits;
    int n;

    for (n = 0; n < SIM_NETWORKS; n++)
        if (person->ids[n].len == 0)
            person->ids[n] = sim_drivers[n]->new_person != NULL ? sim_drivers[n]->new_person(sim, sim->house)
                                                                : sim_digits(sim->house, 16);
    if (person->wa_user_id.len == 0) {
        digits = sim_digits(sim->house, 20);
        person->wa_user_id = str_format(sim->house, "IT.%.*s", STR_ARGS(digits));
    }
    if (person->handle.len == 0)
        person->handle = person->key;
}

static struct sim_person *add_person(struct sim *sim, struct str key, struct str name)
{
    struct sim_person *person = ARENA_NEW(sim->house, struct sim_person);

    person->key = key.len > 0 ? str_dup(sim->house, key) : new_key(sim, name);
    person->name = str_dup(sim->house, name);
    person->at = sim_now(sim);
    if (sim->people_last == NULL)
        sim->people = person;
    else
        sim->people_last->next = person;
    sim->people_last = person;
    return person;
}

struct sim_person *sim_person_new(struct sim *sim, struct str name)
{
    struct sim_person *person = add_person(sim, STR_EMPTY, name);

    fill_ids(sim, person);
    sim_changed(sim);
    return person;
}

struct sim_person *sim_stranger(struct sim *sim, enum sim_network network, struct str id)
{
    struct sim_person *person = add_person(sim, STR_EMPTY, id);

    person->stranger = true;
    person->ids[network] = str_dup(sim->house, id);
    fill_ids(sim, person);
    return person;
}

static bool key_fits(struct str key)
{
    size_t i;

    for (i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return key.len > 0 && key.len <= 64;
}

bool sim_person_add(struct sim *sim, const struct sim_persona *given, struct error *e)
{
    struct sim_person *person;
    int n;

    if (!key_fits(given->key))
        return fail(e, ERR_BAD_INPUT, "A person's key is made of a-z, 0-9, - and _");
    if (given->name.len == 0)
        return fail(e, ERR_BAD_INPUT, "A person needs a name");
    sim_lock(sim);
    person = sim_person_find(sim, given->key);
    if (person == NULL)
        person = add_person(sim, given->key, given->name);
    person->name = str_dup(sim->house, given->name);
    if (given->handle.len > 0)
        person->handle = str_dup(sim->house, given->handle);
    if (given->lang.len > 0)
        person->lang = str_dup(sim->house, given->lang);
    for (n = 0; n < SIM_NETWORKS; n++)
        if (given->ids[n].len > 0)
            person->ids[n] = str_dup(sim->house, given->ids[n]);
    fill_ids(sim, person);
    sim_changed(sim);
    sim_unlock(sim);
    return true;
}

/* ---- items ---- */

static bool was_called(const struct sim_item *item, struct str id)
{
    struct str rest = item->history, one;

    while (str_split(&rest, ' ', &one))
        if (str_eq(one, id))
            return true;
    return false;
}

struct sim_item *sim_item_find(struct sim *sim, enum sim_network network, struct str id)
{
    struct sim_item *item;

    for (item = sim->items; item != NULL; item = item->next)
        if (item->network == network && (str_eq(item->id, id) || was_called(item, id)))
            return item;
    return NULL;
}

struct sim_item *sim_item_new(struct sim *sim, enum sim_network network, enum sim_kind kind, struct str id)
{
    struct sim_item *item = ARENA_NEW(sim->state, struct sim_item);

    item->network = network;
    item->kind = kind;
    item->id = sim_copy(sim, id);
    item->at = sim_now(sim);
    if (sim->items_last == NULL)
        sim->items = item;
    else
        sim->items_last->next = item;
    sim->items_last = item;
    sim_changed(sim);
    return item;
}

struct sim_item *sim_last_from(struct sim *sim, enum sim_network network, const struct sim_person *person)
{
    struct sim_item *item, *last = NULL;

    for (item = sim->items; item != NULL; item = item->next)
        if (item->network == network && item->kind == SIM_PRIVATE && item->author == person &&
            (last == NULL || item->at >= last->at))
            last = item;
    return last;
}

void sim_accept(struct sim *sim, const char *door, struct str to, const struct sim_item *item)
{
    struct sim_accepted *one;

    for (one = sim->accepted; one != NULL; one = one->next)
        if (one->network == item->network && str_eq(one->to, to) && str_eq(one->text, item->text) &&
            str_eq(one->key, item->key) && strcmp(one->door, door) == 0) {
            one->count++;
            return;
        }
    one = ARENA_NEW(sim->state, struct sim_accepted);
    one->network = item->network;
    one->door = door;
    one->to = sim_copy(sim, to);
    one->text = item->text;
    one->key = item->key;
    one->first_id = item->id;
    one->count = 1;
    if (sim->accepted_last == NULL)
        sim->accepted = one;
    else
        sim->accepted_last->next = one;
    sim->accepted_last = one;
}

/* ---- media ---- */

struct sim_media *sim_media_find(struct sim *sim, struct str id)
{
    struct sim_media *media;

    for (media = sim->media; media != NULL; media = media->next)
        if (str_eq(media->id, id))
            return media;
    return NULL;
}

struct sim_media *sim_media_new(struct sim *sim, enum sim_network network, struct str mime, struct str file_name,
                                struct str bytes)
{
    struct sim_media *media = ARENA_NEW(sim->state, struct sim_media);
    unsigned char digest[SHA256_BYTES];

    sha256(bytes, digest);
    media->network = network;
    media->id =
        sim_drivers[network]->new_media != NULL ? sim_drivers[network]->new_media(sim) : sim_digits(sim->state, 16);
    media->mime = sim_copy(sim, mime);
    media->file_name = sim_copy(sim, file_name);
    media->bytes = sim_copy(sim, bytes);
    media->sha256 = hex_encode(sim->state, digest, sizeof digest);
    media->at = sim_now(sim);
    media->next = sim->media;
    sim->media = media;
    return media;
}

struct str sim_drawing(struct str media_kind, enum sim_network network, struct str *mime, struct str *file_name)
{
    if (str_eq(media_kind, STR("file"))) {
        *mime = STR("application/pdf");
        *file_name = STR("bolletta-ottobre.pdf");
        return embed_get(STR("assets/play-file.pdf"));
    }
    if (str_eq(media_kind, STR("sticker")) && sim_drivers[network]->webp_stickers) {
        *mime = STR("image/webp");
        *file_name = STR("sticker.webp");
        return embed_get(STR("assets/play-sticker.webp"));
    }
    *mime = STR("image/png");
    if (str_eq(media_kind, STR("sticker"))) {
        *file_name = STR("sticker.png");
        return embed_get(STR("assets/play-sticker.png"));
    }
    *file_name = STR("modem.png");
    return embed_get(STR("assets/play-picture.png"));
}

struct str sim_media_url(struct sim *sim, struct arena *a, const struct sim_media *media)
{
    return str_format(a, "http://127.0.0.1:%u%s/cdn/%.*s", (unsigned)sim->port, sim_drivers[media->network]->base,
                      STR_ARGS(media->id));
}
