/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of guests who sign in through a network. */
#include "care/proofs.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "care/account.h"
#include "care/codes.h"
#include "care/guests.h"
#include "care/passages.h"
#include "care/people.h"
#include "store/foreseen.h"
#include "store/message.h"
#include "store/person.h"

#define SIGNS  (PROOF_CODE_BYTES - PREFIX.len)
#define PREFIX STR("ASC-")

bool proof_code_of(struct arena *a, struct str text, struct str *code)
{
    text = str_trim(text);
    if (text.len != PROOF_CODE_BYTES || text.ptr[PREFIX.len - 1] != '-')
        return false;
    *code = str_concat(a, PREFIX, code_plain(a, str_slice(text, PREFIX.len, text.len)));
    return str_eq(code_plain(a, str_slice(text, 0, PREFIX.len)), STR("ASC")) &&
           code_is(str_slice(*code, PREFIX.len, code->len), SIGNS);
}

static struct str hash_of(struct arena *a, const struct house *house, int64_t brand, struct str code)
{
    return code_hash(a, house, "proof", brand, code);
}

struct str proof_code_new(struct arena *a)
{
    return str_concat(a, PREFIX, code_random(a, SIGNS));
}

bool proof_begin(struct tx *tx, const struct house *house, const struct guest *guest, struct str code,
                 struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct proof proof = {.brand_id = guest->brand_id,
                          .id = id_new(),
                          .hash = hash_of(a, house, guest->brand_id, code),
                          .guest_id = guest->id,
                          .expires_at = tx_now(tx) + PROOF_LASTS_US};
    return proof_expire(tx, guest->brand_id, tx_now(tx), e) && proof_delete_of(tx, guest->brand_id, guest->id, e) &&
           proof_add(tx, &proof, e);
}

/* first: whose a browser that is new to us is, whatever is parted later. */
static bool becomes(struct tx *tx, const struct guest *guest, int64_t person, int64_t first, int64_t actor,
                    struct foreseen *foreseen, int64_t *merge, struct error *e)
{
    struct person was;
    *merge = 0;
    if (!guest_person(tx, tx_arena(tx), guest, &was, e))
        return false;
    foreseen_spend(foreseen, guest->brand_id, STR(GUEST_NETWORK), guest->external_id, was.id);
    struct identity identity = {.brand_id = guest->brand_id,
                                .network = STR(GUEST_NETWORK),
                                .external_id = guest->external_id,
                                .person_id = person,
                                .first_person_id = first,
                                .name = guest->name,
                                .seen_at = tx_now(tx)};
    bool ok = was.id == 0        ? identity_add(tx, &identity, e)
              : was.id == person ? true
                                 : person_merge(tx, guest->brand_id, was.id, person, actor, merge, e);
    return ok && guest_proved(tx, guest->brand_id, guest->id, tx_now(tx), e);
}

bool guest_becomes(struct tx *tx, const struct guest *guest, int64_t person, int64_t actor, struct foreseen *foreseen,
                   int64_t *merge, struct error *e)
{
    return becomes(tx, guest, person, person, actor, foreseen, merge, e);
}

bool guest_showed(struct tx *tx, const struct guest *guest, const struct identity *by, struct error *e)
{
    int64_t merge;
    return becomes(tx, guest, by->person_id, by->first_person_id, 0, NULL, &merge, e) &&
           passages_proven(tx, guest, by->person_id, 0, merge, e);
}

/* A telephone number is no handle. */
static struct channel_author address_author(const struct guest *guest, struct str address)
{
    bool phone = str_starts(address, STR("+")) && str_find_char(address, '@') < 0;
    return (struct channel_author){.external_id = address,
                                   .handle = phone ? STR_EMPTY : address,
                                   .phone = phone ? str_slice(address, 1, address.len) : STR_EMPTY,
                                   .name = guest->name};
}

bool proof_of_address(struct tx *tx, const struct guest *guest, struct str network, struct str address,
                      struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct identity identity;
    struct person person;
    struct channel_author author = address_author(guest, address);
    struct error here = {0};
    bool made;
    if (identity_find(tx, a, guest->brand_id, network, address, &identity, &here))
        return guest_showed(tx, guest, &identity, e);
    if (here.code != ERR_NOT_FOUND)
        return fail(e, here.code, "%s", here.message);
    if (!guest_person(tx, a, guest, &person, e))
        return false;
    if (person.id == 0) {
        return person_of_author(tx, NULL, guest->brand_id, network, &author, tx_now(tx), &person, &made, e) &&
               identity_find(tx, a, guest->brand_id, network, address, &identity, e) &&
               guest_showed(tx, guest, &identity, e);
    }
    identity = (struct identity){.brand_id = guest->brand_id,
                                 .network = network,
                                 .external_id = address,
                                 .person_id = person.id,
                                 .first_person_id = person.id,
                                 .handle = author.handle,
                                 .name = guest->name,
                                 .phone = author.phone,
                                 .seen_at = tx_now(tx)};
    return identity_add(tx, &identity, e) && guest_proved(tx, guest->brand_id, guest->id, tx_now(tx), e);
}

bool proof_on(const struct channel *channel)
{
    bool direct = false;
    for (const struct door *door = channel->doors; door && door->name; door++)
        direct |= door->kind == DOOR_DIRECT;
    return direct && !channel->forgeable && !channel->home && !channel->archive;
}

/* A code or a guest that is not there is no trouble. */
static bool found_or_not(bool found, const struct error *here, bool *out, struct error *e)
{
    *out = found;
    return found || here->code == ERR_NOT_FOUND || fail(e, here->code, "%s", here->message);
}

/* Whose the account that wrote was before any merge. */
static bool first_of(struct tx *tx, const struct account *account, const struct message *m, int64_t *first,
                     struct error *e)
{
    struct identity identity;
    struct error here = {0};
    bool known = identity_find(tx, tx_arena(tx), m->brand_id, account->row.network, m->author_id, &identity, &here);
    if (!found_or_not(known, &here, &known, e))
        return false;
    *first = known && identity.person_id == m->person_id ? identity.first_person_id : m->person_id;
    return true;
}

bool proof_heard(struct tx *tx, const struct house *house, const struct account *account, const struct message *m,
                 struct foreseen *foreseen, bool *heard, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct str code;
    struct proof proof;
    struct guest guest;
    struct error here = {0};
    *heard = false;
    if (m->is_public || m->author_id.len == 0 || !proof_on(account->channel) || !proof_code_of(a, m->text, &code))
        return true;
    bool known = proof_by_hash(tx, a, m->brand_id, hash_of(a, house, m->brand_id, code), &proof, &here);
    if (!found_or_not(known, &here, &known, e) || !known || proof.used_at || proof.expires_at <= tx_now(tx))
        return here.code == ERR_NONE || here.code == ERR_NOT_FOUND;
    known = guest_by_id(tx, a, m->brand_id, proof.guest_id, &guest, &here);
    if (!found_or_not(known, &here, &known, e) || !known)
        return here.code == ERR_NOT_FOUND;
    proof.used_at = tx_now(tx);
    proof.network = account->row.network;
    proof.external_id = m->author_id;
    *heard = true;
    int64_t merge, first;
    return proof_use(tx, &proof, e) && first_of(tx, account, m, &first, e) &&
           becomes(tx, &guest, m->person_id, first, 0, foreseen, &merge, e) &&
           passages_proven(tx, &guest, m->person_id, 0, merge, e);
}

bool proof_look(struct tx *tx, const struct house *house, const struct guest *guest, struct str code,
                enum proof_state *out, struct error *e)
{
    struct arena *a = tx_arena(tx);
    struct str clean;
    struct proof proof;
    struct error here = {0};
    bool known = false;
    *out = PROOF_OVER;
    if (guest->id == 0 || !proof_code_of(a, code, &clean))
        return true;
    known = proof_by_hash(tx, a, guest->brand_id, hash_of(a, house, guest->brand_id, clean), &proof, &here);
    if (!found_or_not(known, &here, &known, e))
        return false;
    if (!known || proof.guest_id != guest->id)
        return true;
    *out = proof.used_at ? PROOF_DONE : proof.expires_at > tx_now(tx) ? PROOF_OPEN : PROOF_OVER;
    return true;
}
