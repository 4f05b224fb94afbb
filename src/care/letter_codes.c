/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that go to an address. */
#include "care/letter_codes.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/unicode.h"
#include "care/follows.h"
#include "care/house.h"
#include "care/proofs.h"

#define LINK_BYTES  24
#define ADDRESS_MAX 254
#define NUMBER_MIN  8 /* digits with the country's (E.164) */
#define NUMBER_MAX  15

/* With a key that is not in the database: who reads it cannot try all codes. */
static struct str keyed(struct arena *a, const struct house *house, const char *what, int64_t brand, struct str words)
{
    unsigned char digest[SHA256_BYTES];
    struct str all = str_format(a, "letter|%s|%lld|%.*s", what, (long long)brand, STR_ARGS(words));
    hmac_sha256((struct str){(const char *)house->seal_key, SEAL_KEY_BYTES}, all, digest);
    return hex_encode(a, digest, sizeof digest);
}

/* Of one guest only. */
static struct str code_hash(struct arena *a, const struct house *house, const struct guest *guest, struct str code)
{
    return keyed(a, house, "code", guest->brand_id, str_format(a, "%lld|%.*s", (long long)guest->id, STR_ARGS(code)));
}

static bool address_char(unsigned char c)
{
    return c > ' ' && c != 0x7f && str_find_char(STR("<>(),;:\\\"[]"), (char)c) < 0;
}

bool code_address(struct arena *a, struct str typed, struct str *out)
{
    struct str address = str_lower(a, str_trim(text_clean(a, typed)));
    ptrdiff_t at = str_find_char(address, '@');
    struct str domain = at > 0 ? str_slice(address, (size_t)at + 1, address.len) : STR_EMPTY;
    bool ok = at > 0 && address.len <= ADDRESS_MAX && str_find_char(domain, '.') > 0 &&
              str_find_char(domain, '@') < 0 && !str_ends(domain, STR(".")) && !str_starts(address, STR("-"));
    for (size_t i = 0; ok && i < address.len; i++)
        ok = address_char((unsigned char)address.ptr[i]);
    *out = address;
    return ok;
}

bool code_number(struct arena *a, struct str typed, struct str *out)
{
    struct str all = str_trim(text_clean(a, typed));
    size_t sign = str_starts(all, STR("+")) ? 1 : str_starts(all, STR("00")) ? 2 : 0, n = 1;
    char number[1 + NUMBER_MAX + 1] = "+";
    *out = all;
    for (size_t i = sign; i < all.len && n <= NUMBER_MAX + 1; i++) {
        if (strchr(" .-/()", all.ptr[i]))
            continue;
        if (all.ptr[i] < '0' || all.ptr[i] > '9' || n > NUMBER_MAX)
            return false;
        number[n++] = all.ptr[i];
    }
    if (!sign || n <= NUMBER_MIN || number[1] == '0')
        return false;
    *out = str_dup(a, (struct str){number, n});
    return true;
}

static struct str digits_new(struct arena *a)
{
    char text[CODE_DIGITS + 1] = "";
    for (size_t i = 0; i < CODE_DIGITS; i++) {
        unsigned char byte;
        do
            random_bytes(&byte, 1);
        while (byte >= 250);
        text[i] = (char)('0' + byte % 10);
    }
    return str_dup(a, (struct str){text, CODE_DIGITS});
}

static bool is_mail(const struct code_order *order)
{
    return !strcmp(order->network, "email");
}

/* Letters cost nothing, short messages do. */
static bool may_pay(struct tx *tx, const struct code_order *order, bool *may, struct error *e)
{
    int64_t brand = order->guest->brand_id, lately = 0, today = 0;
    struct str network = str_from(order->network);
    *may = true;
    if (is_mail(order))
        return true;
    if (!letter_code_count_on(tx, brand, network, id_at(tx_now(tx) - HOUR_US), &lately, e) ||
        !letter_code_count_on(tx, brand, network, id_at(tx_now(tx) - DAY_US), &today, e))
        return false;
    *may = lately < CODE_PHONES_AN_HOUR && today < CODE_PHONES_A_DAY;
    return true;
}

/* An address is not flooded, whoever asks; and none of ours gets letters of ours. */
static bool may_go(struct tx *tx, const struct house *house, struct code_order *order, struct error *e)
{
    int64_t brand = order->guest->brand_id, lately, today;
    struct str hash = keyed(tx_arena(tx), house, "address", brand, order->address);
    bool ours, paid;
    if (!may_pay(tx, order, &paid, e) || !letter_is_ours(tx, brand, order->address, &ours, e) ||
        !letter_code_count(tx, brand, hash, id_at(tx_now(tx) - CODE_LASTS_US), &lately, e) ||
        !letter_code_count(tx, brand, hash, id_at(tx_now(tx) - DAY_US), &today, e))
        return false;
    order->sent = !ours && paid && lately < CODE_A_WHILE && today < CODE_A_DAY;
    return true;
}

bool code_begin(struct tx *tx, const struct house *house, struct code_order *order, struct error *e)
{
    struct arena *a = tx_arena(tx);
    int64_t brand = order->guest->brand_id;
    struct str digits = digits_new(a), link = random_token(a, LINK_BYTES);
    struct json *about = json_object(a);
    struct letter_code code = {.brand_id = brand,
                               .id = id_new(),
                               .guest_id = order->guest->id,
                               .network = str_from(order->network),
                               .address_hash = keyed(a, house, "address", brand, order->address),
                               .address = seal(a, house->seal_key, order->address),
                               .code_hash = code_hash(a, house, order->guest, digits),
                               .link_hash = keyed(a, house, "link", brand, link),
                               .follow = order->follow,
                               .expires_at = tx_now(tx) + CODE_LASTS_US};
    json_set_str(a, about, "code", digits);
    json_set_str(a, about, "link", link);
    json_set_bool(a, about, "sms", !is_mail(order));
    json_set_bool(a, about, "short", !is_mail(order));
    struct letter_order letter = {.brand_id = brand,
                                  .channel_id = order->channel,
                                  .kind = LETTER_CODE,
                                  .language = order->language,
                                  .to = order->address,
                                  .about = about,
                                  .until_at = code.expires_at};
    return letter_code_expire(tx, brand, id_at(tx_now(tx) - DAY_US), e) && may_go(tx, house, order, e) &&
           letter_code_end(tx, brand, order->guest->id, e) && (!order->sent || letter_code_add(tx, &code, e)) &&
           (!order->sent || letter_queue(tx, house, &letter, e));
}

static bool code_now(struct tx *tx, struct arena *a, const struct guest *guest, struct letter_code *code, bool *is,
                     struct error *e)
{
    struct error here = {0};
    *is = guest->id && letter_code_of(tx, a, guest->brand_id, guest->id, tx_now(tx), code, &here);
    return *is || guest->id == 0 || here.code == ERR_NOT_FOUND || fail(e, here.code, "%s", here.message);
}

bool code_open(struct tx *tx, struct arena *a, const struct house *house, const struct guest *guest,
               struct str *address, struct error *e)
{
    struct letter_code code;
    bool is;
    *address = STR_EMPTY;
    return code_now(tx, a, guest, &code, &is, e) && (!is || seal_open(a, house->seal_key, code.address, address, e));
}

bool code_link_is(struct tx *tx, struct arena *a, const struct house *house, const struct guest *guest,
                  struct str link, bool *is, struct error *e)
{
    struct letter_code code;
    if (!code_now(tx, a, guest, &code, is, e))
        return false;
    *is =
        *is && code.tries < CODE_TRIES && same_secret(code.link_hash, keyed(a, house, "link", guest->brand_id, link));
    return true;
}

static struct str only_digits(struct arena *a, struct str typed)
{
    char out[CODE_DIGITS + 1];
    size_t n = 0;
    for (size_t i = 0; i < typed.len && n <= CODE_DIGITS; i++)
        if (typed.ptr[i] >= '0' && typed.ptr[i] <= '9')
            out[n++] = typed.ptr[i];
    return str_dup(a, (struct str){out, n});
}

bool code_try(struct tx *tx, const struct house *house, struct code_try *attempt, struct error *e)
{
    struct arena *a = tx_arena(tx);
    const struct guest *guest = attempt->guest;
    struct letter_code code;
    struct str address;
    bool is;
    attempt->state = CODE_OVER;
    if (!code_now(tx, a, guest, &code, &is, e))
        return false;
    if (!is || code.tries >= CODE_TRIES)
        return true;
    bool right = attempt->link.len
                     ? same_secret(code.link_hash, keyed(a, house, "link", guest->brand_id, attempt->link))
                     : same_secret(code.code_hash, code_hash(a, house, guest, only_digits(a, attempt->code)));
    if (!right) {
        attempt->state = code.tries + 1 < CODE_TRIES ? CODE_WRONG : CODE_OVER;
        return letter_code_tried(tx, guest->brand_id, code.id, code.tries + 1, e);
    }
    attempt->state = CODE_RIGHT;
    attempt->follow = code.follow;
    return seal_open(a, house->seal_key, code.address, &address, e) &&
           letter_code_end(tx, guest->brand_id, guest->id, e) &&
           proof_of_address(tx, guest, code.network, address, e) &&
           follow_confirm(tx, guest, code.network, address, code.follow, e);
}
