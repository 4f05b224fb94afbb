/* SPDX-License-Identifier: Apache-2.0 */
#include "care/file_address.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "care/house.h"

#define MARK_BYTES 16 /* of the HMAC: 128 bits */

static struct str token_of(struct arena *a, const struct house *house, int64_t brand, int64_t attachment)
{
    unsigned char digest[SHA256_BYTES];
    struct str words = str_format(a, "file|%lld|%lld", (long long)brand, (long long)attachment);
    hmac_sha256((struct str){(const char *)house->seal_key, SEAL_KEY_BYTES}, words, digest);
    return str_format(a, "%lld-%lld-%.*s", (long long)brand, (long long)attachment,
                      STR_ARGS(hex_encode(a, digest, MARK_BYTES)));
}

bool file_reachable(const struct house *house)
{
    return house->public_url.len > 0;
}

struct str file_address(struct arena *a, const struct house *house, int64_t brand, int64_t attachment)
{
    if (!file_reachable(house))
        return STR_EMPTY;
    return str_format(a, "%.*s/files/%.*s", STR_ARGS(house->public_url),
                      STR_ARGS(token_of(a, house, brand, attachment)));
}

bool file_token_read(struct arena *a, const struct house *house, struct str token, int64_t *brand,
                     int64_t *attachment)
{
    struct str rest = token, first, second;
    if (!str_split(&rest, '-', &first) || !str_split(&rest, '-', &second) || !str_int64(first, brand) ||
        !str_int64(second, attachment))
        return false;
    return same_secret(token, token_of(a, house, *brand, *attachment));
}
