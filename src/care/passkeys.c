/* SPDX-License-Identifier: Apache-2.0 */
#include "care/passkeys.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"
#include "base/unicode.h"
#include "care/codes.h"
#include "care/guests.h"
#include "care/proofs.h"
#include "store/person.h"

#define TRANSPORTS_MAX 80

bool passkeys_of_guest(struct tx *tx, struct arena *a, const struct guest *guest, int64_t *person,
                       struct passkey **out, size_t *count, struct error *e)
{
    struct person who;
    *out = NULL;
    *count = 0;
    if (!guest_person(tx, a, guest, &who, e))
        return false;
    *person = who.id;
    return who.id == 0 || passkey_of_person(tx, a, guest->brand_id, who.id, out, count, e);
}

/* ---- asking ---- */

static struct str hash_of(struct arena *a, const struct house *house, const struct guest *guest, struct str challenge)
{
    return code_hash(a, house, "passkey", guest->brand_id, challenge);
}

static bool may_begin(struct tx *tx, struct arena *a, struct passkey_begin *begin, struct error *e)
{
    int64_t person;
    if (!begin->adds)
        return !begin->guest->proved_at || fail(e, ERR_CONFLICT, "You are signed in already: sign out first.");
    if (!passkeys_of_guest(tx, a, begin->guest, &person, &begin->there, &begin->count, e))
        return false;
    if (person == 0)
        return fail(e, ERR_NOT_FOUND, "Nobody wrote from this browser yet.");
    if (begin->count >= PASSKEYS_MAX)
        return fail(e, ERR_CONFLICT, "You have %d passkeys: remove one first.", PASSKEYS_MAX);
    if (begin->count)
        begin->handle = begin->there[0].handle;
    return true;
}

bool passkey_begin(struct tx *tx, struct arena *a, const struct house *house, struct passkey_begin *begin,
                   struct error *e)
{
    int64_t brand = begin->guest->brand_id;
    if (!may_begin(tx, a, begin, e) || !passkey_ask_expire(tx, brand, tx_now(tx), e))
        return false;
    struct passkey_ask ask = {.brand_id = brand,
                              .guest_id = begin->guest->id,
                              .adds = begin->adds,
                              .hash = hash_of(tx_arena(tx), house, begin->guest, begin->challenge),
                              .handle = begin->adds ? begin->handle : STR_EMPTY,
                              .expires_at = tx_now(tx) + PASSKEY_ASK_US};
    return passkey_ask_put(tx, &ask, e);
}

/* Whatever comes of it, nothing is asked any more afterwards. */
static bool answered(struct tx *tx, const struct house *house, const struct guest *guest, bool adds,
                     struct str client_data, struct passkey_ask *ask, struct str *challenge, bool *is,
                     struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct error here = {0};
    *is = guest->id && passkey_ask_take(tx, a, guest->brand_id, guest->id, adds, ask, &here);
    if (here.code != ERR_NONE && here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    *challenge = webauthn_challenge(a, client_data);
    *is = *is && ask->expires_at > tx_now(tx) && same_secret(ask->hash, hash_of(a, house, guest, *challenge));
    return true;
}

/* passkey: 0 where it would be a new one. */
static void refused(const struct guest *guest, int64_t passkey, const char *why)
{
    log_warn("passkey", "brand %lld, passkey %lld: %s", (long long)guest->brand_id, (long long)passkey, why);
}

/* ---- a new one ---- */

static struct str transports_of(struct str given)
{
    bool ok = given.len <= TRANSPORTS_MAX;
    for (size_t i = 0; ok && i < given.len; i++)
        ok = (given.ptr[i] >= 'a' && given.ptr[i] <= 'z') || given.ptr[i] == '-' || given.ptr[i] == ' ';
    return ok ? given : STR_EMPTY;
}

static bool is_there(struct tx *tx, int64_t brand, struct str credential, bool *there, struct error *e)
{
    struct passkey before;
    struct error here = {0};
    *there = passkey_by_credential(tx, tx_arena(tx), brand, credential, &before, &here);
    return *there || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool passkey_make(struct tx *tx, const struct house *house, struct passkey_adding *adding, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct guest *guest = adding->guest;
    struct webauthn_expected expected = {.host = adding->host};
    struct passkey_ask ask;
    struct passkey *list;
    struct str id;
    size_t count;
    int64_t person, counter;
    struct error here = {0};
    bool is;
    adding->state = PASSKEY_OVER;
    if (!answered(tx, house, guest, true, adding->made.client_data, &ask, &expected.challenge, &is, e) ||
        !passkeys_of_guest(tx, a, guest, &person, &list, &count, e))
        return false;
    if (!is || person == 0 || count >= PASSKEYS_MAX)
        return true;
    adding->state = PASSKEY_WRONG;
    if (!webauthn_check_made(a, &expected, &adding->made, &id, &counter, &here)) {
        refused(guest, 0, here.message);
        return true;
    }
    struct passkey made = {.brand_id = guest->brand_id,
                           .id = id_new(),
                           .external_id = guest->external_id,
                           .credential = base64url_encode(a, id.ptr, id.len),
                           .handle = ask.handle,
                           .public_key = adding->made.public_key,
                           .algorithm = adding->made.algorithm,
                           .counter = counter,
                           .transports = transports_of(adding->transports),
                           .name = text_shorten(a, str_trim(text_clean(a, adding->name)), PASSKEY_NAME_MAX),
                           .created_at = tx_now(tx)};
    if (!webauthn_party(a, adding->host, &made.host) || !is_there(tx, made.brand_id, made.credential, &is, e))
        return e->code == ERR_NONE;
    adding->state = is ? PASSKEY_THERE : PASSKEY_DONE;
    return is || passkey_add(tx, &made, e);
}

/* ---- one that is used ---- */

/* The key that was named, and whose it is; person_id 0: none of ours. */
static bool key_find(struct tx *tx, const struct passkey_entering *entering, struct passkey *key,
                     struct identity *owner, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = entering->guest->brand_id;
    struct str party;
    struct error here = {0};
    *owner = (struct identity){0};
    if (passkey_by_credential(tx, a, brand, entering->credential, key, &here) &&
        webauthn_party(a, entering->host, &party) && str_eq(key->host, party) &&
        identity_find(tx, a, brand, STR(GUEST_NETWORK), key->external_id, owner, &here))
        return true;
    *owner = (struct identity){0};
    return here.code == ERR_NONE || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

/* Why it opens nothing; NULL: it does. A counter that does not go on is that of a copy (6.1.1). */
static const char *why_not(struct arena *a, const struct passkey_entering *entering, const struct passkey *key,
                           const struct webauthn_expected *expected, int64_t *counter, struct error *here)
{
    if (!str_eq(entering->handle, key->handle))
        return "It is of another account.";
    if (!webauthn_check_used(a, expected, key->public_key, key->algorithm, &entering->used, counter, here))
        return here->message;
    if ((*counter || key->counter) && *counter <= key->counter)
        return "Its counter went back: there may be a copy of it.";
    return NULL;
}

bool passkey_enter(struct tx *tx, const struct house *house, struct passkey_entering *entering, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct guest *guest = entering->guest;
    struct webauthn_expected expected = {.host = entering->host};
    struct passkey_ask ask;
    struct passkey key;
    struct identity owner;
    int64_t counter;
    struct error here = {0};
    bool is;
    entering->state = PASSKEY_OVER;
    if (!answered(tx, house, guest, false, entering->used.client_data, &ask, &expected.challenge, &is, e) ||
        !key_find(tx, entering, &key, &owner, e))
        return false;
    if (!is || guest->proved_at)
        return true;
    entering->state = PASSKEY_UNKNOWN;
    if (owner.person_id == 0)
        return true;
    const char *why = why_not(a, entering, &key, &expected, &counter, &here);
    if (why) {
        refused(guest, key.id, why);
        entering->state = PASSKEY_WRONG;
        return true;
    }
    entering->state = PASSKEY_DONE;
    return passkey_used(tx, key.brand_id, key.id, counter, tx_now(tx), e) && guest_showed(tx, guest, &owner, e);
}

bool passkey_remove(struct tx *tx, const struct guest *guest, int64_t id, struct error *e)
{
    struct passkey *list;
    size_t count;
    int64_t person;
    if (!passkeys_of_guest(tx, tx_arena(tx), guest, &person, &list, &count, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].id == id)
            return passkey_delete(tx, guest->brand_id, id, e);
    return fail(e, ERR_NOT_FOUND, "There is no such passkey of yours.");
}
